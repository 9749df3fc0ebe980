"""The process that every box is forked from, and what a box does until it ends.

Started by `dfl_grading.box` as a program of its own; talks over two sockets: the zygote's
(requests and their answers, one JSON message each) and, in each box, a stream of frames: a kind
(1 byte), a length (4 bytes, big-endian), a payload.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import importlib.util
import io
import json
import os
import random
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from . import codec, kernels, walls
from . import shell as shells
from .adapt import adapt, refuse

__all__ = ["serve"]

NOTEBOOK = b"N"
RUN, OBSERVE, FILE, OUTPUT, DONE, VALUE, OBSERVED, READY = (
    b"R",
    b"O",
    b"F",
    b"o",
    b"d",
    b"v",
    b"w",
    b"r",
)
_VALUE_LIMIT = 64_000_000
_DISTURBING = (signal.SIGINT, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGCHLD)


def serve(controls: list[socket.socket], config: dict[str, Any]) -> None:
    """Import, enter the room, hold a shell ready, then fork a box for each request.

    With several control sockets, become a process for each once all is imported.
    """
    for control in controls:
        control.set_inheritable(False)
    walls.die_with_parent()
    if config["kernels"]:
        kernels.hide_grammar()
    for name in (*config["preload"], *(kernels.PRELOAD if config["kernels"] else ())):
        _preload(name)
    if "numpy" in sys.modules:
        # which is imported when it is first used, and then not seeded
        _preload("numpy.random")
    config["fonts"] = _read_fonts(Path(os.environ["MPLCONFIGDIR"]))
    if config["walls"]:
        # it gets a room of its own; a power cut would leave the folder behind
        os.chdir("/")
        with contextlib.suppress(OSError):
            Path(config["folder"]).rmdir()
    control = controls[0] if len(controls) == 1 else _split(controls)
    notes: list[str] = []
    without = frozenset(config["without"])
    if unknown := without - walls.PROTECTIONS:
        raise ValueError(f"no protection is named {', '.join(sorted(unknown))}")
    if config["walls"]:
        _check_single_threaded(config["preload"])
        walls.open_room(lambda: _ask_for_mapping(control), without)
        walls.die_with_parent()
        if (first := os.fork()) > 0:
            _wait_for_room(first, control)
        walls.die_with_parent()
        notes = walls.enter_room(config["readable"], config["hidden"], without)
        walls.become_student()
        walls.die_with_parent()
    else:
        os.chdir(config["folder"])
    _set_environment(config)
    shell = _ready_shell(config)
    gc.collect()
    gc.freeze()
    # glibc hands blocks up to the largest that was ever freed out of the heap, whose pages are
    # there already: else every large array of a notebook takes fresh ones
    bytearray(1 << 24)
    _send(control, {"ready": True, "notes": notes, "python": sys.version.split()[0]})
    _serve_requests(control, config, shell)


def _preload(name: str) -> None:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)


def _read_fonts(folder: Path) -> dict[str, bytes]:
    """Matplotlib's list of fonts, by file name: without one, each box that imports matplotlib
    would make it anew, which takes seconds. A child makes it where there is none yet."""
    if not any(folder.glob("fontlist-*.json")) and importlib.util.find_spec("matplotlib"):
        if (child := os.fork()) == 0:
            try:
                importlib.import_module("matplotlib.font_manager")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    return {path.name: path.read_bytes() for path in folder.glob("fontlist-*.json")}


def _lay_fonts(root: str, fonts: dict[str, bytes]) -> None:
    folder = Path(root) / "home/.matplotlib"
    folder.mkdir(exist_ok=True)
    for name, data in fonts.items():
        (folder / name).write_bytes(data)


def _split(controls: list[socket.socket]) -> socket.socket:
    """Go on in one child for each control socket; here, wait for the last of them to end."""
    for control in controls:
        if os.fork() == 0:
            walls.die_with_parent()
            for other in controls:
                if other is not control:
                    other.close()
            return control
    for control in controls:
        control.close()
    for _ in controls:
        os.wait()
    os._exit(0)


def _check_single_threaded(preload: list[str]) -> None:
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise RuntimeError(
            f"preloading {', '.join(preload)} started {threads - 1} threads, and only a "
            f"single-threaded process can be forked: take the module out of preload"
        )


def _ask_for_mapping(control: socket.socket) -> None:
    _send(control, {"map": os.getpid()})
    if _receive(control)[0].get("mapped") is not True:
        raise walls.WallError("user namespace", 1, "map users")


def _wait_for_room(first: int, control: socket.socket) -> None:
    """The outer process: nothing but an end that the host can kill, with all that is inside."""
    control.close()
    _, status = os.waitpid(first, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _set_environment(config: dict[str, Any]) -> None:
    home = f"{config['root']}/home"
    os.environ.update({"HOME": home, "TMPDIR": f"{config['root']}/tmp", "USER": "student"})
    os.environ.update({"IPYTHONDIR": f"{home}/.ipython", "MPLBACKEND": config["backend"]})
    # there is no network: pip tells at once what is installed, and fails at once else
    os.environ.update({"PIP_RETRIES": "0", "PIP_NO_INPUT": "1", "PIP_NO_CACHE_DIR": "1"})
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    os.environ["MPLCONFIGDIR"] = f"{home}/.matplotlib"
    walls.make_folders(config["root"])
    _lay_fonts(config["root"], config["fonts"])
    sys.path[:] = ["", *(path for path in sys.path if path and _is_library(path))]
    sys.argv = ["notebook"]


def _is_library(path: str) -> bool:
    """Whether an import path belongs to the interpreter: never a folder of the course."""
    roots = {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr"}
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _ready_shell(config: dict[str, Any]) -> Any:
    shell = shells.make_shell()
    if "matplotlib.pyplot" in sys.modules:
        _warm_figures(shell)
    nowhere = shells.Outputs(lambda output: None, (), 10**6)
    shell.outputs = shell.display_pub.outputs = shell.displayhook.outputs = nowhere
    for line in ("1", "%time None", "1 / 0"):
        # the first cell of a process pays for IPython's own lazy imports
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(line, store_history=False)
    shells.forget_cells(shell)
    return shell


def _warm_figures(shell: Any) -> None:
    """Draw one figure, so that fonts are loaded before any fork."""
    pyplot = sys.modules["matplotlib.pyplot"]
    with contextlib.suppress(ImportError):
        from matplotlib_inline.backend_inline import configure_inline_support

        configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    figure, axes = pyplot.subplots()
    axes.plot([0, 1])
    # with mathematics in it, whose first parse takes half as long as a figure
    axes.set_title("$x$")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    pyplot.close("all")
    _show_before_drawing(shell, pyplot)


def _show_before_drawing(shell: Any, pyplot: Any) -> None:
    """Have figures shown, and so closed, before pyplot draws those that changed: a third of what
    a figure costs goes into a picture that nobody sees."""
    draw = getattr(pyplot, "_draw_all_if_interactive", None)
    hooks = shell.events.callbacks["post_execute"]
    if draw in hooks:
        hooks.remove(draw)
        hooks.append(draw)


def _serve_requests(control: socket.socket, config: dict[str, Any], shell: Any) -> None:
    own = os.pidfd_open(os.getpid()) if config["walls"] else -1
    child = 0
    while True:
        request, descriptors = _receive(control)
        if "spawn" in request:
            channel = descriptors[0]
            apart = own >= 0 and "pids" not in config["without"]
            child = walls.fork_into_pid_namespace(own) if apart else os.fork()
            if child == 0:
                control.close()
                _be_box(channel, request["spawn"], config, shell)
            os.close(channel)
            handle = os.pidfd_open(child)
            _send(control, {"spawned": child}, [handle])
            os.close(handle)
        elif "reap" in request:
            _, status, usage = os.wait4(child, 0)
            answer = {"status": status, "cpu": usage.ru_utime + usage.ru_stime}
            _send(control, {**answer, "peak_kb": usage.ru_maxrss})
        else:
            return


# ------------------------------------------------------------------ one box


def _be_box(channel: int, spawn: dict[str, Any], config: dict[str, Any], shell: Any) -> None:
    """Become a box around the channel, run what it asks for, and never return."""
    status = 1
    try:
        _keep_only(channel)
        # A worker ignores SIGINT, and that is inherited: here it must stop a cell.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if config["walls"]:
            walls.enter_box(spawn["limits"], frozenset(config["without"]))
            _lay_fonts(config["root"], config["fonts"])
        else:
            _make_unboxed(spawn, config)
        _seed(spawn["seed"])
        Session(socket.socket(fileno=3), shell, spawn).serve()
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        with contextlib.suppress(OSError):
            os.write(3, _frame(b"!", traceback.format_exc().encode()[-4000:]))
    finally:
        os._exit(status)


def _make_unboxed(spawn: dict[str, Any], config: dict[str, Any]) -> None:
    """Without walls: a process group and a folder of its own, and that is all."""
    os.setsid()
    walls.die_with_parent()
    root = Path(config["root"]) / f"run-{os.getpid()}"
    root.mkdir()
    walls.make_folders(str(root))


def _keep_only(channel: int) -> None:
    """Close every descriptor but the channel, which becomes number 3; the streams go nowhere."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    if channel != 3:
        os.dup2(channel, 3)
    os.set_inheritable(3, False)
    os.closerange(4, 65536)


def _seed(seed: int) -> None:
    random.seed(seed)
    if "numpy.random" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


class Session:
    """Runs cells and observations as the host asks, until the channel closes."""

    def __init__(self, channel: socket.socket, shell: Any, spawn: dict[str, Any]) -> None:
        self.channel = channel
        self.shell = shell
        self.pid = os.getpid()
        captured = self._capture(1, "../.stdout"), self._capture(2, "../.stderr")
        self.outputs = shells.Outputs(self._emit, captured, spawn["output_bytes"])
        self.runner = shells.start_session(shell, self.outputs)

    def _capture(self, descriptor: int, name: str) -> int:
        """Have a descriptor end in a file of the box that this process reads."""
        captured = os.open(name, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        os.dup2(captured, descriptor)
        return captured

    def serve(self) -> None:
        """Answer requests until the host closes the channel."""
        self.send(READY, b"")
        while True:
            self.wait()
            request = self.receive()
            if request is None:
                return
            self.answer(*request)

    def wait(self) -> None:
        """Return when the host has asked for something.

        What a student's own timer raises meanwhile does not count: no cell runs.
        """
        while True:
            try:
                select.select([self.channel], [], [])
                return
            except BaseException as error:
                said = f"between cells: {type(error).__name__}: {_shown(error)}\n"
                self.outputs.write("stderr", said)

    def answer(self, kind: bytes, payload: bytes) -> None:
        """Do one thing that the host asked for."""
        if kind == RUN:
            self.send(DONE, json.dumps(self.run(payload.decode())).encode("utf-8", "replace"))
        elif kind == NOTEBOOK:
            kernels.run_notebook(payload, self.send)
            self.send(DONE, b"{}")
        elif kind == OBSERVE:
            self.observe(codec.decode(payload, _VALUE_LIMIT))
        elif kind == FILE:
            name, _, data = payload.partition(b"\0")
            path = Path(name.decode())
            with contextlib.suppress(OSError):  # of a hand-in that does not fit on the disk
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    # -- cells

    def run(self, code: str) -> dict[str, Any]:
        """Run one cell; return how it ended."""
        self.outputs.start_cell()
        walls.hold_reserve(True)
        try:
            result = self.runner.run(code)
        finally:
            walls.hold_reserve(False)
        if os.getpid() != self.pid:
            # a child that the cell forked and forgot: the channel is its parent's
            os._exit(0)
        self.outputs.end_cell()
        error = result.error_before_exec or result.error_in_exec or self.shell.error_in_display
        return {
            "count": result.execution_count,
            "value": _number(result.result),
            "error": None if error is None else type(error).__name__[:200],
            "message": "" if error is None else _shown(error),
            "overflowed": self.outputs.overflowed,
        }

    def _emit(self, output: str) -> None:
        self.send(OUTPUT, output.encode("utf-8", "replace"))

    # -- observations

    def observe(self, asked: dict[str, Any]) -> None:
        """Evaluate an expression for each case in a copy of this process, which then ends."""
        end = time.monotonic() + asked["seconds"] * len(asked["cases"]) + 1
        pid = os.fork()
        if pid == 0:
            try:
                self._observe_cases(asked)
            finally:
                os._exit(0)
        status = self._wait_for(pid, end)
        self.send(OBSERVED, json.dumps({"status": status}).encode())

    def _wait_for(self, pid: int, end: float) -> int:
        handle = os.pidfd_open(pid)
        try:
            ready, _, _ = select.select([handle], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if ready else -1000
        finally:
            os.close(handle)

    def _observe_cases(self, asked: dict[str, Any]) -> None:
        self.outputs.emit = lambda output: None
        nothing = os.open("/dev/null", os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        signal.signal(signal.SIGALRM, _raise_timeout)
        body, last = _compile(asked["observe"])
        late = 0
        for index, arguments in enumerate(asked["cases"]):
            if late < 2:
                value = self._observe(body, last, arguments, asked["seconds"])
                late += isinstance(value.get("value"), codec.Tagged) and value["late"]
            else:
                value = {"value": _raised("TIMEOUT", ""), "mutated": [], "seconds": 0.0}
            value.pop("late", None)
            self._send_value(index, value)

    def _observe(self, body: Any, last: Any, arguments: Any, seconds: float) -> dict[str, Any]:
        before = {name: _snapshot(value) for name, value in arguments.items()}
        names = dict(self.shell.user_ns)
        names.update(arguments)
        started = time.monotonic()
        late = False
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            # the notebook's own decimal precision and numpy.seterr hold here too
            value = self.runner.context.run(_evaluate, body, last, names)
        except _Timeout:
            value, late = _raised("TIMEOUT", f"no answer within {seconds:g} s"), True
        except MemoryError as error:
            value = _raised("MEMORY", _shown(error))
        except BaseException as error:
            value = _raised_by(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        taken = time.monotonic() - started
        mutated = [name for name, was in before.items() if _snapshot(arguments[name]) != was]
        return {"value": value, "mutated": mutated, "seconds": taken, "late": late}

    def _send_value(self, index: int, result: dict[str, Any]) -> None:
        try:
            payload = codec.encode(result, _VALUE_LIMIT, adapt)
        except codec.TooLarge as error:
            payload = self._refusal(result, str(error))
        except BaseException as error:
            payload = self._refusal(result, _shown(error))
        self.send(VALUE, index.to_bytes(4, "big") + payload)

    def _refusal(self, result: dict[str, Any], why: str) -> bytes:
        return codec.encode({**result, "value": refuse(result["value"], why[:200])}, _VALUE_LIMIT)

    # -- frames

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send one frame, whole: no other thread's and no signal handler's error comes between."""
        with self.outputs.lock:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, _DISTURBING)
            try:
                self.channel.sendall(_frame(kind, payload))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def receive(self) -> tuple[bytes, bytes] | None:
        """Return the next frame; None when the host is gone."""
        head = self._exactly(5)
        if head is None:
            return None
        payload = self._exactly(int.from_bytes(head[1:], "big"))
        return None if payload is None else (head[:1], payload)

    def _exactly(self, size: int) -> bytes | None:
        parts: list[bytes] = []
        while size > 0:
            part = self.channel.recv(min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class _Timeout(BaseException):
    """One evaluation has used its time."""


def _raise_timeout(number: int, frame: Any) -> None:
    raise _Timeout


def _compile(observe: str) -> tuple[Any, Any]:
    """The statements before the last line, and the last line as an expression."""
    tree = ast.parse(observe)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    body = compile(tree, "<check>", "exec") if tree.body else None
    return body, compile(ast.Expression(last.value), "<check>", "eval")


def _evaluate(body: Any, last: Any, names: dict[str, Any]) -> Any:
    walls.hold_reserve(True)
    try:
        if body is not None:
            exec(body, names)
        return eval(last, names)
    finally:
        walls.hold_reserve(False)


def _snapshot(value: Any) -> bytes | None:
    try:
        return codec.encode(value, _VALUE_LIMIT)
    except (TypeError, ValueError):
        return None


def _raised(name: str, message: str, **details: Any) -> codec.Tagged:
    return codec.Tagged("raised", name=name, message=message, details=details)


def _raised_by(error: BaseException) -> codec.Tagged:
    details = {}
    if isinstance(error, NameError) and isinstance(getattr(error, "name", None), str):
        details["undefined"] = str(error.name)
    return _raised(type(error).__name__[:200], _shown(error), **details)


def _shown(error: BaseException) -> str:
    try:
        return str.__str__(str(error))[:500]
    except BaseException:
        return ""


def _number(value: Any) -> str | None:
    """A cell's last value as text, where it is a real number; bool is not one."""
    numpy = sys.modules.get("numpy")
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int.__format__(value, "d") if abs(int(value)) < 10**15 else "inf"
    if isinstance(value, float):
        return float.__repr__(float(value))
    if numpy is not None and isinstance(value, numpy.integer | numpy.floating):
        return repr(float(value))
    return None


def _frame(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload


def _send(control: socket.socket, message: dict[str, Any], descriptors: list[int] = []) -> None:  # noqa: B006
    socket.send_fds(control, [json.dumps(message).encode()], descriptors)


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    data, descriptors, _, _ = socket.recv_fds(control, 65536, 4)
    if not data:
        os._exit(0)
    return json.loads(data), list(descriptors)
