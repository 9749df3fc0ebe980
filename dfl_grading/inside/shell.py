"""An IPython shell whose outputs are nbformat dictionaries, as a Jupyter kernel's would be.

`docs/execution.md` tells what is the same as in Jupyter's own kernel and what is not;
`tests/test_fidelity.py` runs both and compares.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import codecs
import contextlib
import contextvars
import getpass
import inspect
import io
import json
import os
import pdb
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

from IPython.core import debugger
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import (
    ExecutionResult,
    InteractiveShell,
    InteractiveShellABC,
)
from IPython.display import publish_display_data
from traitlets import Any as AnyTrait
from traitlets import CBool, Instance, Type, default
from traitlets.config import Config

__all__ = ["Outputs", "forget_cells", "make_shell", "start_session"]

Emit = Callable[[str], None]
"""Takes one output, as JSON."""

_FLUSH_BYTES = 16_384
_FLUSH_SECONDS = 0.2
_ASKED_FLUSH_SECONDS = 0.02
_MOST_OUTPUTS = 10_000
_MOST_ERRORS = 20
_ERROR_BYTES = 500_000
_SPENT_BYTES = 8_000_000
_MOST_FRAMES = 60


# ------------------------------------------------------------------ what a cell shows


class Outputs:
    """Where all that a notebook shows goes: one dictionary at a time, streams merged.

    `emit` gets nbformat outputs as JSON, and kinds that are not nbformat's:
    `update_display_data` and `clear_output`. What a cell shows beyond `limit` bytes is dropped;
    `overflowed` tells. `captured` are the files that descriptors 1 and 2 write to.
    """

    def __init__(self, emit: Emit, captured: tuple[int, ...], limit: int) -> None:
        self.emit = emit
        self.files = [_Captured(name, file) for name, file in zip(_STREAMS, captured, strict=False)]
        self.limit = limit
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.name = ""
        self.pending: list[str] = []
        self.size = 0
        self.flushed_at = 0.0
        self.shown = self.count = self.errors = 0
        self.overflowed = False

    def renew_lock(self) -> None:
        """After a fork: whoever held the lock is not in this process."""
        self.lock = threading.RLock()

    def start_cell(self) -> None:
        """Begin to count anew."""
        self.shown = self.count = self.errors = 0
        self.overflowed = False

    def write(self, name: str, text: str) -> None:
        """Add text to a stream, after what programs wrote by themselves."""
        if os.getpid() != self.pid:
            # a forked worker's text goes the way of any other program's
            os.write(_STREAMS.index(name) + 1, text.encode("utf-8", "replace"))
            return
        with self.lock:
            self.drain()
            self._add(name, text)

    def drain(self) -> None:
        """Take in what subprocesses and C code wrote to descriptors 1 and 2."""
        for file in self.files:
            if os.lseek(file.number, 0, os.SEEK_END) != file.read_to:
                self._add(file.name, file.read(self.limit))

    def _add(self, name: str, text: str) -> None:
        if name != self.name:
            self._send_text()
            self.name = name
        room = self.limit - self.shown
        if len(text) > room:
            text, self.overflowed = text[: max(room, 0)], True
        if not text:
            return
        self.pending.append(text)
        self.size += len(text)
        self.shown += len(text)
        if self.size >= _FLUSH_BYTES or (
            text.endswith(("\n", "\r")) and time.monotonic() - self.flushed_at > _FLUSH_SECONDS
        ):
            self._send_text()

    def flush(self) -> None:
        """Send the stream text that waits, unless some was sent just now."""
        if os.getpid() != self.pid:
            return
        with self.lock:
            self.drain()
            if self.pending and time.monotonic() - self.flushed_at > _ASKED_FLUSH_SECONDS:
                self._send_text()

    def _send_text(self) -> None:
        if self.pending:
            text, self.pending, self.size = "".join(self.pending), [], 0
            self.emit(_to_json({"output_type": "stream", "name": self.name, "text": text}))
            self.flushed_at = time.monotonic()

    def show(self, output: dict[str, Any]) -> None:
        """Send one output, unless the cell has shown too much already.

        Raises TypeError or ValueError where it cannot be written as JSON.
        """
        if os.getpid() != self.pid:
            return
        text = _to_json(output)
        with self.lock:
            self.drain()
            self._send_text()
            if self._has_room(output["output_type"], len(text)):
                self.emit(text)
            else:
                self.overflowed = True

    def _has_room(self, kind: str, size: int) -> bool:
        """Whether one more output may be shown; a few errors always may."""
        if kind == "error" and self.errors < _MOST_ERRORS and size < _ERROR_BYTES:
            self.errors += 1
            return True
        self.count += 1
        self.shown += size
        return self.shown <= self.limit and self.count <= _MOST_OUTPUTS

    def clear(self, wait: bool) -> None:
        """Have the cell's outputs so far go, at once or when the next one comes."""
        if os.getpid() != self.pid:
            return
        with self.lock:
            self.drain()
            self._send_text()
            self.emit(_to_json({"output_type": "clear_output", "wait": wait}))
            self.start_cell()

    def end_cell(self) -> None:
        """Send all that waits."""
        with self.lock:
            self.drain()
            self._send_text()
            self.name = ""
            for file in self.files:
                file.forget()


_STREAMS = ("stdout", "stderr")


class _Captured:
    """A file that programs append to and that this process reads."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.read_to = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, limit: int) -> str:
        """What is new, up to a little more than `limit` bytes of it; the rest is passed over."""
        size = os.fstat(self.number).st_size
        start = self.read_to if size >= self.read_to else 0
        self.read_to = size
        return self._decoder.decode(os.pread(self.number, min(size - start, limit + 1), start))

    def forget(self) -> None:
        """Give back the room of what was read, where that is much."""
        if self.read_to > _SPENT_BYTES:
            os.ftruncate(self.number, 0)
            self.read_to = 0


def _to_json(output: dict[str, Any]) -> str:
    """One output as JSON text, which has no NaN. Raises TypeError or ValueError."""
    try:
        return json.dumps(output, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError:
        tidy = _without_nan(output)
        return json.dumps(tidy, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON does not know, as text or a list."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _without_nan(value: Any) -> Any:
    """The value with NaN and infinity as text, as Jupyter's own writer has them."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not abs(value) <= sys.float_info.max:
        return float.__repr__(value)
    return value


class OutStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook; the class is named as the kernel's is."""

    encoding = "UTF-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        super().__init__()
        self._outputs = outputs
        self.name = name

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if self.closed:
            raise ValueError("I/O operation on closed file")
        self._outputs.write(self.name, text)
        return len(text)

    def flush(self) -> None:
        self._outputs.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return _STREAMS.index(self.name) + 1


class ZMQDisplayPublisher(DisplayPublisher):  # type: ignore[misc]
    outputs: Outputs | None = None

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        if self.outputs is None:
            return
        metadata = {} if metadata is None else metadata
        self._validate_data(data, metadata)
        kind = "update_display_data" if update else "display_data"
        shown = {"output_type": kind, "data": data, "metadata": metadata}
        self.outputs.show({**shown, "transient": transient} if transient else shown)

    def clear_output(self, wait: bool = False) -> None:
        if self.outputs is not None:
            self.outputs.clear(bool(wait))


class ZMQShellDisplayHook(DisplayHook):  # type: ignore[misc]
    outputs: Outputs | None = None
    message: dict[str, Any] | None = None
    """The execute_result that is being made; None at other times."""

    def start_displayhook(self) -> None:
        self.message = {"output_type": "execute_result", "data": {}, "metadata": {}}

    def write_output_prompt(self) -> None:
        if self.message is not None:
            self.message["execution_count"] = self.prompt_count

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        if self.message is not None:
            self.message.update(data=format_dict, metadata=md_dict or {})

    def finish_displayhook(self) -> None:
        message, self.message = self.message, None
        if message and message["data"] and self.outputs is not None:
            self.outputs.show(message)


# ------------------------------------------------------------------ the shell


class _Compiler(CachingCompiler):  # type: ignore[misc]
    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        """A file name as the kernel's: tracebacks and warnings read the same."""
        code_hash = zlib.crc32(raw_code.encode("utf-8", "replace"))
        name = f"/tmp/ipykernel_{os.getpid()}/{code_hash}.py"
        # else each frame of a traceback costs a search of all modules, which takes milliseconds
        inspect.modulesbyfile[name] = "__main__"
        return name


_UNSEEN_MAGICS = ("connect_info", "edit", "less", "man", "more", "qtconsole", "subshell")
"""A kernel's magics that only show something to who sits in front: nobody does."""


class _Transformers(TransformerManager):  # type: ignore[misc]
    """Looks for magics only in cells that hold a sign of one: to take a cell apart for it costs
    more than to run most cells."""

    _own = tuple(TransformerManager().token_transformers)
    _signs = re.compile(r"[%!?]|^\s*[,;/]", re.MULTILINE)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        if tuple(self.token_transformers) == self._own and not self._signs.search("".join(lines)):
            return lines
        transformed: list[str] = super().do_token_transforms(lines)
        return transformed


def _show_nobody(line: str) -> None:
    """Do nothing."""


def _autosave(line: str) -> None:
    """Tell how often the notebook would be saved."""
    try:
        seconds = int(line)
    except ValueError as error:
        raise UsageError(f"%autosave requires an integer, got {line!r}") from error
    script = f"IPython.notebook.set_autosave_interval({seconds * 1000})"
    publish_display_data({"application/javascript": script})
    print(f"Autosaving every {seconds} seconds" if seconds else "Autosave disabled")


class BoxShell(InteractiveShell):  # type: ignore[misc]
    """The shell that notebooks run in."""

    outputs: Outputs | None = None
    error_in_display: BaseException | None = None
    """What a value's own repr raised in this cell: it counts as an error of the cell."""
    frames_left_out = 0

    display_pub_class = Type(ZMQDisplayPublisher)
    displayhook_class = Type(ZMQShellDisplayHook)
    compiler_class = Type(_Compiler)
    input_transformer_manager = Instance(_Transformers, ())
    autoindent = CBool(False)
    exiter = Instance(ZMQExitAutocall)
    keepkernel_on_exit = AnyTrait()

    @default("exiter")  # type: ignore[untyped-decorator]
    def _default_exiter(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)

    def init_io(self) -> None:
        """Leave the streams alone: a session sets its own."""

    def init_virtualenv(self) -> None:
        """The interpreter is the environment."""

    def init_hooks(self) -> None:
        """Pages for a pager (`obj?`) go nowhere, as nobody pages."""
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)

    def init_magics(self) -> None:
        """The terminal's magics and the kernel's."""
        super().init_magics()
        for name in _UNSEEN_MAGICS:
            self.register_magic_function(_show_nobody, "line", name)
        self.register_magic_function(_autosave, "line", "autosave")

    def init_sys_modules(self) -> None:
        """As in a kernel, `__main__` is the notebook."""
        super().init_sys_modules()
        sys.modules["__main__"] = self.user_module

    def ask_exit(self) -> None:
        """`exit()`: go on, so that each question earns its own credit."""

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """Put text into the next cell: there is nobody to run it."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window to draw in."""

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        """What to show of an error: the notebook's part of its traceback, not this file's."""
        kind, value, trace = super()._get_exc_info(exc_tuple)
        self.frames_left_out = _shorten(trace)
        return kind, value, trace

    def _format_exception_for_storage(self, exception: Any, filename: Any = None, **_: Any) -> Any:
        """What the history keeps of an error: not its traceback, which would be made twice."""
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        if self.outputs is None:
            return
        if self.displayhook.message is not None:
            self.error_in_display = evalue
        if self.frames_left_out:
            stb = [*stb[:-1], f"[... {self.frames_left_out} frames left out ...]", *stb[-1:]]
            self.frames_left_out = 0
        self.outputs.show(
            {
                "output_type": "error",
                "ename": str(getattr(etype, "__name__", etype)),
                "evalue": _text_of(evalue),
                "traceback": [str(line) for line in stb],
            }
        )

    def show_error(self, error: BaseException) -> None:
        """Show an error by its name alone, unless the cell has shown one."""
        if self.outputs is not None and self.outputs.errors == 0:
            self._showtraceback(type(error), "", [type(error).__name__])

    def system_piped(self, cmd: str) -> None:
        """Run a `!command` without a terminal and show what it prints."""
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        code = _run_shown(self.var_expand(cmd, depth=1))
        self.user_ns["_exit_code"] = 128 - code if code > 128 else code
        if code and getattr(self, "system_raise_on_error", False):
            raise subprocess.CalledProcessError(code, cmd)

    system = system_piped


# rich, tqdm and others ask for the class by this name to know that they are in a notebook
BoxShell.__name__ = BoxShell.__qualname__ = "ZMQInteractiveShell"
InteractiveShellABC.register(BoxShell)


def _shorten(trace: TracebackType | None) -> int:
    """Take this file's frames out of a traceback, and the middle of a very long one, as a deep
    recursion leaves; return how many frames of the notebook that were."""
    steps: list[TracebackType] = []
    while trace is not None:
        if not steps or trace.tb_frame.f_code.co_filename != __file__:
            steps.append(trace)
        trace = trace.tb_next
    left_out = max(0, len(steps) - _MOST_FRAMES)
    if left_out:
        del steps[_MOST_FRAMES // 2 : _MOST_FRAMES // 2 + left_out]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        step.tb_next = following
    return left_out


def _text_of(value: Any) -> str:
    try:
        return str(value)
    except BaseException as error:  # the student's own __str__ may do anything
        return f"<{type(error).__name__} in its own __str__>"


def _run_shown(command: str) -> int:
    """Run a command and pass what it prints to `sys.stdout` as it comes; return its exit code."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with subprocess.Popen(
        [os.environ.get("SHELL", "sh"), "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            while data := os.read(process.stdout.fileno(), 65536):
                sys.stdout.write(decoder.decode(data))
            return process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def make_shell() -> BoxShell:
    """Return the one shell of this process, ready before any fork."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell: BoxShell = BoxShell.instance(config=config)
    pdb.Pdb = debugger.Pdb = debugger.InterruptiblePdb  # type: ignore[misc]
    pdb.set_trace = debugger.set_trace
    return shell


def forget_cells(shell: BoxShell) -> None:
    """Leave no trace of the cells that warmed the shell up."""
    module = shell.user_module
    own = {name: getattr(module, name, None) for name in _OF_A_MODULE}
    shell.reset(new_session=True)
    module.__dict__.update(own)
    shell.execution_count = 1
    shell.last_execution_succeeded = True
    shell.last_execution_result = None
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)


_OF_A_MODULE = ("__name__", "__doc__", "__package__", "__loader__", "__spec__")


# ------------------------------------------------------------------ running cells


class Runner:
    """The event loop that cells run in, and the context variables that they share."""

    def __init__(self, shell: BoxShell) -> None:
        self.shell = shell
        self.loop = asyncio.new_event_loop()
        self.context = contextvars.copy_context()
        asyncio.set_event_loop(self.loop)

    def run(self, code: str) -> Any:
        """Run one cell as a kernel does, inside a running event loop; return IPython's result."""
        self.shell.error_in_display = None
        kept = builtins.input, getpass.getpass
        builtins.input, getpass.getpass = _refuse_input, _refuse_getpass
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return self._run(code)
        finally:
            signal.signal(signal.SIGINT, handler)
            builtins.input, getpass.getpass = kept

    def _run(self, code: str) -> Any:
        shell = self.shell
        transformed, problem = code, None
        try:
            transformed = shell.transform_cell(code)
        except Exception:
            problem = sys.exc_info()
        # as in the kernel, what a cell that awaits sets of context variables ends with it
        awaits = ("await" in code or "async" in code) and shell.should_run_async(
            code, transformed_cell=transformed, preprocessing_exc_tuple=problem
        )
        context = self.context.copy() if awaits else self.context
        running = shell.run_cell_async(
            code, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=problem
        )
        count = shell.execution_count
        result = None
        try:
            result = self._finish(self._task(running, context))
        except BaseException as error:
            # IPython itself gave up: at an error, say, that raises when it is put in words
            result = ExecutionResult(None)
            result.execution_count, result.error_in_exec = count, error
            shell.execution_count = count + 1
            shell.show_error(error)
        finally:
            context.run(shell.events.trigger, "post_execute")
            context.run(shell.events.trigger, "post_run_cell", result)
        return result

    def _task(self, running: Any, context: contextvars.Context) -> asyncio.Task[Any]:
        """A task that shares the context: what one cell sets (`np.seterr`) holds in the next."""
        return self.loop.create_task(running, context=context)

    def _finish(self, task: asyncio.Task[Any]) -> Any:
        """Run the loop until a cell's task is done; an interrupt while it waits cancels it."""
        while True:
            try:
                return self.loop.run_until_complete(task)
            except KeyboardInterrupt:
                if task.done():
                    raise
                task.cancel()


def start_session(shell: BoxShell, outputs: Outputs) -> Runner:
    """Give the shell its outputs and the process its streams; return what runs cells."""
    shell.outputs = shell.display_pub.outputs = shell.displayhook.outputs = outputs
    sys.stdout, sys.stderr = OutStream(outputs, "stdout"), OutStream(outputs, "stderr")
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[assignment,misc]
    os.register_at_fork(after_in_child=outputs.renew_lock)
    sys.breakpointhook = _pass_breakpoint
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Runner(shell)


def _pass_breakpoint(*_: Any, **__: Any) -> None:
    """`breakpoint()` without a debugger: go on."""


def _refuse_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def _refuse_getpass(prompt: str = "", stream: Any = None, **_: Any) -> str:
    raise StdinNotImplementedError(
        "getpass was called, but this frontend does not support input requests."
    )
