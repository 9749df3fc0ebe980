"""An IPython shell whose outputs are nbformat dictionaries, as a Jupyter kernel's would be."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

__all__ = ["Outputs", "make_shell", "run_cell", "start_session"]

Emit = Callable[[dict[str, Any]], None]
_FLUSH_BYTES = 16_384
_FLUSH_SECONDS = 0.2


class StdinNotImplementedError(NotImplementedError):
    """Raised by `input()`: nobody sits in front of a graded notebook."""


class Outputs:
    """Where all that a notebook shows goes: one dictionary at a time, streams merged.

    `emit` gets nbformat outputs, and two kinds that are not nbformat's: `update_display_data`
    and `clear_output`. What a cell shows beyond `limit` bytes is dropped and counted.
    """

    def __init__(self, emit: Emit, captured: int | None, limit: int) -> None:
        self.emit = emit
        self.captured = captured
        self.limit = limit
        self.pid = os.getpid()
        self.read_to = 0
        self.name = ""
        self.pending: list[str] = []
        self.size = 0
        self.flushed_at = 0.0
        self.shown = 0
        self.count = 0
        self.overflowed = False

    def start_cell(self) -> None:
        """Begin to count anew."""
        self.shown = self.count = 0
        self.overflowed = False

    def write(self, name: str, text: str) -> None:
        """Add text to a stream, after what programs wrote by themselves."""
        self.drain()
        self._add(name, text)

    def drain(self) -> None:
        """Take in what subprocesses and C code wrote to descriptors 1 and 2."""
        if self.captured is None or os.getpid() != self.pid:
            return
        size = os.fstat(self.captured).st_size
        if size <= self.read_to:
            return
        data = os.pread(self.captured, min(size - self.read_to, self.limit + 1), self.read_to)
        self.read_to = size
        self._add("stdout", data.decode("utf-8", "replace"))

    def _add(self, name: str, text: str) -> None:
        if name != self.name:
            self.flush()
            self.name = name
        room = self.limit - self.shown
        if len(text) > room:
            text, self.overflowed = text[: max(room, 0)], True
        if not text:
            return
        self.pending.append(text)
        self.size += len(text)
        self.shown += len(text)
        if self.size >= _FLUSH_BYTES or time.monotonic() - self.flushed_at > _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Send the stream text that waits."""
        if self.pending:
            text, self.pending, self.size = "".join(self.pending), [], 0
            self.emit({"output_type": "stream", "name": self.name, "text": text})
        self.flushed_at = time.monotonic()

    def show(self, output: dict[str, Any]) -> None:
        """Send one output, unless the cell has shown too much already."""
        self.drain()
        self.flush()
        size = _size(output)
        self.count += 1
        if self.shown + size > self.limit or self.count > 10_000:
            self.overflowed = True
            return
        self.shown += size
        self.emit(output)

    def end_cell(self) -> None:
        """Send all that waits."""
        self.drain()
        self.flush()
        self.name = ""


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(str(key)) + _size(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(_size(item) for item in value)
    return len(value) if isinstance(value, str | bytes) else 8


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook."""

    def __init__(self, outputs: Outputs, name: str, descriptor: int) -> None:
        super().__init__()
        self._outputs = outputs
        self._name = name
        self._descriptor = descriptor
        self.buffer = _Bytes(self)

    @property
    def name(self) -> str:
        """The stream's name, as the interpreter's own has it."""
        return f"<{self._name}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Always UTF-8."""
        return "UTF-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What cannot be written is replaced later."""
        return "strict"

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        self._outputs.drain()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`: bytes that end up as text."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def write(self, data: Any, /) -> int:
        raw = bytes(data)
        self._stream.write(raw.decode("utf-8", "replace"))
        return len(raw)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    outputs: Outputs | None = None

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        if self.outputs is None:
            return
        kind = "update_display_data" if update else "display_data"
        self.outputs.show(
            {
                "output_type": kind,
                "data": encode_images(data),
                "metadata": dict(metadata or {}),
                "transient": dict(transient or {}),
            }
        )

    def clear_output(self, wait: bool = False) -> None:
        if self.outputs is not None:
            self.outputs.drain()
            self.outputs.flush()
            self.outputs.emit({"output_type": "clear_output", "wait": bool(wait)})


class _Hook(DisplayHook):  # type: ignore[misc]
    outputs: Outputs | None = None
    _message: dict[str, Any]

    def start_displayhook(self) -> None:
        self._message = {}

    def write_output_prompt(self) -> None:
        self._message["execution_count"] = self.prompt_count

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self._message["data"] = encode_images(format_dict)
        self._message["metadata"] = dict(md_dict or {})

    def finish_displayhook(self) -> None:
        if self._message.get("data") and self.outputs is not None:
            self.outputs.show({"output_type": "execute_result", **self._message})
        self._message = {}


def encode_images(data: Any) -> dict[str, Any]:
    """A MIME bundle with bytes as base64 text and everything else as JSON can hold it."""
    import base64

    made = {}
    for mime, content in dict(data).items():
        if isinstance(content, bytes):
            made[str(mime)] = base64.b64encode(content).decode("ascii") + (
                "\n" if mime.startswith("image/") else ""
            )
        else:
            made[str(mime)] = content
    return made


class BoxShell(InteractiveShell):  # type: ignore[misc]
    """The shell that notebooks run in."""

    outputs: Outputs | None = None
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def init_io(self) -> None:
        """Leave the streams alone: a session sets its own."""

    def init_sys_modules(self) -> None:
        """As in a kernel, `__main__` is the notebook."""
        super().init_sys_modules()
        sys.modules["__main__"] = self.user_module

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        if self.outputs is None:
            return
        self.outputs.show(
            {
                "output_type": "error",
                "ename": str(getattr(etype, "__name__", etype)),
                "evalue": _text_of(evalue),
                "traceback": [str(line) for line in stb],
            }
        )

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window to draw in."""

    def system_piped(self, cmd: str) -> None:
        """Run a `!command` without a terminal and show what it prints."""
        done = subprocess.run(  # noqa: S602
            self.var_expand(cmd, depth=1), shell=True, stdin=subprocess.DEVNULL, check=False
        )
        self.user_ns["_exit_code"] = done.returncode

    system = system_piped


def _text_of(value: Any) -> str:
    try:
        return str(value)
    except BaseException as error:  # the student's own __str__ may do anything
        return f"<{type(error).__name__} in its own __str__>"


# rich, tqdm and others ask for the class by this name to know that they are in a notebook
BoxShell.__name__ = BoxShell.__qualname__ = "ZMQInteractiveShell"


def make_shell() -> BoxShell:
    """Return the one shell of this process, ready before any fork."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.autoindent = False
    config.InteractiveShell.colors = os.environ.get("DFL_COLORS", "Linux")
    config.InteractiveShell.cache_size = 1000
    shell = BoxShell.instance(config=config)
    shell.set_hook("show_in_pager", lambda *_: None, 99)
    shell.user_ns["exit"] = shell.user_ns["quit"] = shell.exiter if hasattr(shell, "exiter") else exit
    return shell


def start_session(shell: BoxShell, outputs: Outputs) -> asyncio.AbstractEventLoop:
    """Give the shell its outputs and the process its streams; return the loop that cells run in."""
    shell.outputs = outputs
    shell.display_pub.outputs = outputs
    shell.displayhook.outputs = outputs
    sys.stdout = Stream(outputs, "stdout", 1)
    sys.stderr = Stream(outputs, "stderr", 2)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]
    builtins.input = _refuse_input
    getpass.getpass = _refuse_getpass
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def _refuse_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def _refuse_getpass(prompt: str = "Password: ", stream: Any = None, **_: Any) -> str:
    raise StdinNotImplementedError(
        "getpass was called, but this frontend does not support input requests."
    )


def run_cell(shell: BoxShell, loop: asyncio.AbstractEventLoop, code: str) -> Any:
    """Run one cell as a kernel does, inside a running event loop; return IPython's result."""
    transformed = code
    problem = None
    try:
        transformed = shell.transform_cell(code)
    except Exception:
        problem = sys.exc_info()
    running = shell.run_cell_async(
        code,
        store_history=True,
        transformed_cell=transformed,
        preprocessing_exc_tuple=problem,
        cell_id=None,
    )
    try:
        return loop.run_until_complete(running)
    finally:
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", None)
