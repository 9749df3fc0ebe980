"""One box: a forked process with walls around it, spoken to in frames, killed when its time is up.

A `Zygote` is a process that has imported what notebooks need; `Zygote.spawn` forks a `Box`. All
that comes back over a box's channel is untrusted: frames are counted, bounded and parsed as data,
and a frame that does not follow the grammar ends the box.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from dfl_grading.errors import BoxUnavailable
from dfl_grading.model import CellStatus, Limits, Observed
from dfl_grading.values import Raised
from dfl_grading.wire import VALUE_LIMIT, BadPayload, decode_value, encode_value

__all__ = ["Box", "CellEnd", "Nursery", "Usage", "Zygote", "ZygoteDied"]

_INSIDE = Path(__file__).parent / "inside"
_BOOTSTRAP = """
import importlib.util, json, socket, sys
where, descriptors, config = sys.argv[1:4]
spec = importlib.util.spec_from_file_location(
    "_dfl_inside", where + "/__init__.py", submodule_search_locations=[where])
module = importlib.util.module_from_spec(spec)
sys.modules["_dfl_inside"] = module
spec.loader.exec_module(module)
from _dfl_inside.zygote import serve
serve([socket.socket(fileno=int(n)) for n in descriptors.split(",")], json.loads(config))
"""
_START_SECONDS = 60.0
_INTERRUPT_SECONDS = 2.0
_WATCH_SECONDS = 0.1
_WATCH_CLOSELY_SECONDS = 0.02
"""How often memory is summed up once half of what is allowed is in use."""
_MAX_FRAME = VALUE_LIMIT + 1000
_MAX_NEWS = 100_000
"""Bytes of a frame that tells how something ended."""
_MOST_VALUES = 8 * VALUE_LIMIT
"""Bytes of all the values that one box may send: the host keeps them until it judges."""
_COUNTS = range(1_000_000)
"""What a cell's number may be."""
_FRAME_CHARGE = 500
"""What a frame counts for beside its bytes: it costs the host time."""
_MOST_CLEARED = 20
"""How much more than may be kept a cell may show and clear again."""
_OUTSIDE_USER = 2_000_000_000
"""Who student code is on the host when root grades: a user that owns nothing."""

_BACKEND = "module://matplotlib_inline.backend_inline"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")


class ZygoteDied(Exception):
    """The zygote ended without being told to: start another and try again."""


class _Broken(Exception):
    """The box has ended, or must end: why, as a cell's status."""

    def __init__(self, status: CellStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, kw_only=True)
class CellEnd:
    """How one cell ended: `alive` tells whether the box can run the next."""

    status: CellStatus
    alive: bool
    seconds: float
    count: int | None = None
    value: float | None = None
    error_name: str = ""
    message: str = ""
    overflowed: bool = False


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a box used from birth to end: CPU seconds and peak resident megabytes."""

    cpu_s: float = 0.0
    peak_mb: float = 0.0


class Nursery:
    """A process that imports what notebooks need, once, and then becomes `count` zygotes.

    The options are those of `Zygote`. Made before workers are forked, it lets each worker have a
    zygote of its own (`Zygote(nursery=…, number=…)`) without importing everything again.
    """

    def __init__(
        self,
        count: int = 1,
        *,
        interpreter: Path | None = None,
        preload: Sequence[str] = (),
        hidden: Sequence[Path] = (),
        walls: bool = True,
        without: Sequence[str] = (),
        kernels: bool = False,
        threads: int = 1,
    ) -> None:
        self.walls = walls and not without
        self.without = frozenset(without)
        self.kernels = kernels
        self.scratch = tempfile.TemporaryDirectory(prefix="dfl-")
        program = self.program = str(interpreter or sys.executable)
        config = {
            "preload": list(preload),
            "readable": _readable(program),
            "hidden": [str(path.resolve()) for path in hidden],
            "walls": walls,
            "without": list(without),
            "kernels": kernels,
            "root": "/box" if walls else self.scratch.name,
            "folder": self.scratch.name,
            "backend": _BACKEND,
        }
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(count)]
        self.controls = [ours for ours, _ in pairs]
        numbers = [theirs.fileno() for _, theirs in pairs]
        self.stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        where = ",".join(map(str, numbers))
        self.process = subprocess.Popen(
            [program, "-s", "-c", _BOOTSTRAP, str(_INSIDE), where, json.dumps(config)],
            pass_fds=numbers,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.stderr,
            env=_environment(program, threads),
            cwd=self.scratch.name,
            start_new_session=True,
            # a box is made of folders that its student must be able to enter
            umask=0o022,
        )
        for _, theirs in pairs:
            theirs.close()

    def take(self, number: int) -> socket.socket:
        """The control socket of one zygote; this process has nothing to do with the others."""
        for other, control in enumerate(self.controls):
            if other != number:
                control.close()
        return self.controls[number]

    def let_go(self) -> None:
        """Leave the zygotes to the processes that have taken them."""
        for control in self.controls:
            control.close()

    def close(self) -> None:
        """End the process and the zygotes that it became."""
        self.let_go()
        self.process.kill()
        self.process.wait()
        self.stderr.close()
        self.scratch.cleanup()


class Zygote:
    """A warm process that forks one box after another.

    `interpreter` is the Python that notebooks run in, `preload` the modules imported once,
    `hidden` folders of which nothing may be seen (the course). Without `walls` student code runs
    as the grader itself; `without` names protections to leave out, for the project's own
    tests. With `kernels`, boxes can run notebooks of other languages. With a `nursery`, this is
    the zygote `number` of those that it becomes, and no other option is heeded. Raises
    BoxUnavailable where this machine cannot put the walls up.
    """

    def __init__(
        self,
        *,
        interpreter: Path | None = None,
        preload: Sequence[str] = (),
        hidden: Sequence[Path] = (),
        walls: bool = True,
        without: Sequence[str] = (),
        kernels: bool = False,
        threads: int = 1,
        nursery: Nursery | None = None,
        number: int = 0,
    ) -> None:
        self._is_shared = nursery is not None
        self._nursery = nursery or Nursery(
            interpreter=interpreter,
            preload=preload,
            hidden=hidden,
            walls=walls,
            without=without,
            kernels=kernels,
            threads=threads,
        )
        self.walls = self._nursery.walls
        self.without = self._nursery.without
        self.kernels = self._nursery.kernels
        self._handle = -1
        self._control = self._nursery.take(number)
        self._control.settimeout(_START_SECONDS)
        self.notes: tuple[str, ...] = ()
        self.python = ""
        self._ready = False

    def wait_until_ready(self) -> None:
        """Return when boxes can be forked; `spawn` calls it. Raises BoxUnavailable, or ZygoteDied
        where somebody killed it before."""
        while not self._ready:
            try:
                message, _ = self._receive()
            except ZygoteDied:
                # whoever loses a zygote of a nursery starts one of their own, and learns why
                if self._is_shared or self._was_killed():
                    raise
                raise BoxUnavailable(self._explain()) from None
            if "map" in message:
                self._map_users(message["map"])
            elif message.get("ready"):
                self.notes = tuple(message["notes"])
                self.python = str(message["python"])
                self._ready = True

    def spawn(self, limits: Limits, *, seed: int = 0) -> Box:
        """Fork one box. Raises ZygoteDied or BoxUnavailable."""
        self.wait_until_ready()
        ours, theirs = socket.socketpair()
        asked = {
            "seed": seed,
            "output_bytes": limits.output_kb * 1000,
            "limits": {
                "memory_mb": limits.memory_mb,
                "processes": limits.processes + 2,
                "disk_bytes": limits.disk_mb * 10**6,
                "files": max(1000, limits.disk_mb * 100),
                "open_files": 512,
                "kernels": int(self.kernels),
            },
        }
        with theirs:
            self._send({"spawn": asked}, [theirs.fileno()])
        _, descriptors = self._receive()
        return Box(self, ours, descriptors[0], limits)

    def reap(self) -> Usage:
        """Wait for the box that was just killed; return what it used."""
        self._send({"reap": True})
        message, _ = self._receive()
        return Usage(cpu_s=message["cpu"], peak_mb=message["peak_kb"] / 1000)

    def close(self) -> None:
        """End the zygote and all that it forked."""
        self._control.close()
        if not self._is_shared:
            self._nursery.close()
        elif self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))
        except OSError as error:
            raise ZygoteDied(str(error)) from error

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 65536, 4)
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        if not data:
            raise ZygoteDied("the zygote closed its socket")
        return json.loads(data), list(descriptors)

    def _map_users(self, pid: int) -> None:
        """Write the zygote's user and group maps; as root, make the student a user of its own."""
        if self._is_shared:
            self._handle = os.pidfd_open(pid)
            with contextlib.suppress(OSError):
                os.sched_setaffinity(pid, os.sched_getaffinity(0))
        folder = Path(f"/proc/{pid}")
        user, group = os.geteuid(), os.getegid()
        try:
            if user == 0:
                both = f"0 0 1\n1000 {_OUTSIDE_USER} 1"
                (folder / "gid_map").write_text(both)
                (folder / "uid_map").write_text(both)
            else:
                (folder / "setgroups").write_text("deny")
                (folder / "gid_map").write_text(f"1000 {group} 1")
                (folder / "uid_map").write_text(f"1000 {user} 1")
        except OSError:
            self._send({"mapped": False})
            return
        self._send({"mapped": True})

    def _was_killed(self) -> bool:
        """Whether the zygote was ended from outside, which says nothing about the walls."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._nursery.process.wait(5)
        return self._nursery.process.returncode in (-signal.SIGKILL, -signal.SIGKILL & 0xFF)

    def _explain(self) -> str:
        """One sentence on why the zygote did not come up, from the end of what it printed."""
        self._nursery.process.kill()
        self._nursery.process.wait()
        self._nursery.stderr.seek(0)
        lines = self._nursery.stderr.read().decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1].strip() if lines else "it ended without a word"
        return (
            f"the box cannot be set up with {self._nursery.program}: {reason}; "
            f"'dfl doctor' tells what this machine lacks"
        )


def _readable(program: str) -> list[str]:
    """The folders that the interpreter needs, asked of itself where it is not our own."""
    if program == sys.executable:
        prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix]
    else:
        ask = "import sys; print(sys.prefix, sys.base_prefix, sys.exec_prefix, sep='\\0')"
        try:
            done = subprocess.run(
                [program, "-c", ask], capture_output=True, text=True, check=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BoxUnavailable(
                f"the interpreter {program} does not run ({error}); mend interpreter= in "
                f"course.toml"
            ) from error
        prefixes = done.stdout.strip().split("\0")
    found = [*_SYSTEM, *prefixes, *(str(Path(p).resolve()) for p in prefixes)]
    found += [str(Path(program).parent), str(Path(program).resolve().parent)]
    return [path for path in dict.fromkeys(found) if path != "/"]


def _environment(program: str, threads: int) -> dict[str, str]:
    """What the zygote and its boxes find in their environment: nothing of the grader's own."""
    return {
        "PATH": f"{Path(program).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "MPLCONFIGDIR": str(_font_cache(program)),
        "MPLBACKEND": _BACKEND,
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # by which nbgrader's courses tell grading from a student's own work
        "NBGRADER_EXECUTION": "autograde",
        **dict.fromkeys(
            (
                "OMP_NUM_THREADS",
                "OPENBLAS_NUM_THREADS",
                "MKL_NUM_THREADS",
                "NUMEXPR_NUM_THREADS",
                "VECLIB_MAXIMUM_THREADS",
            ),
            str(threads),
        ),
    }


def _font_cache(program: str) -> Path:
    """A folder for matplotlib's list of fonts, which takes seconds to make."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    for base in (Path(home), Path(tempfile.gettempdir()) / f"dfl-cache-{os.geteuid()}"):
        folder = base / "dfl_grading" / "matplotlib"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and folder.stat().st_uid == os.geteuid():
            return folder
    return Path(program).parent


@dataclass
class Box:
    """One forked process; use as a context manager, which leaves nothing of it behind."""

    zygote: Zygote
    channel: socket.socket
    handle: int
    limits: Limits
    started: float = field(default_factory=time.monotonic)
    usage: Usage = field(default_factory=Usage)
    alive: bool = True
    _buffer: bytearray = field(default_factory=bytearray)
    _watched_at: float = 0.0
    _watch_every: float = _WATCH_SECONDS
    _received: int = 0
    _valued: int = 0
    _cleared: int = 0

    def __enter__(self) -> Box:
        try:
            self._expect(b"r", time.monotonic() + _START_SECONDS)
        except _Broken as broken:
            self.close()
            raise BoxUnavailable(
                f"the box cannot be closed: {broken.message}; 'dfl doctor' tells what this "
                f"machine lacks"
            ) from broken
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill every process of the box and take note of what it used."""
        if self.handle < 0:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.channel.close()
        os.close(self.handle)
        self.handle = -1
        self.usage = self.zygote.reap()

    def put_file(self, name: str, data: bytes) -> None:
        """Lay a file in the work folder; `name` is relative and was made by the host."""
        try:
            self._send(b"F", name.encode() + b"\0" + data)
        except _Broken:  # the next cell tells
            self.close()

    def run_cell(
        self, code: str, seconds: float, show: Callable[[dict[str, Any]], None]
    ) -> CellEnd:
        """Run one cell for at most `seconds`; `show` gets each output as it comes."""
        begun = time.monotonic()
        if "clock" in self.zygote.without:
            seconds *= 10
        deadline = min(begun + seconds, self._notebook_deadline())
        too_long = _time_up(seconds, self.limits, whole=deadline < begun + seconds)
        self._received = self._cleared = 0
        interrupted = False
        try:
            self._send(b"R", code.encode("utf-8", "replace"))
            while True:
                frame = self._next(deadline)
                if frame is None:
                    if interrupted or deadline >= self._notebook_deadline():
                        raise _Broken(CellStatus.TIMEOUT, too_long)
                    interrupted = True
                    self._interrupt()
                    deadline = min(time.monotonic() + _INTERRUPT_SECONDS, self._notebook_deadline())
                    continue
                kind, payload = frame
                if kind == b"o":
                    self._show(payload, show)
                elif kind == b"d":
                    taken = time.monotonic() - begun
                    return _cell_end(payload, taken, too_long if interrupted else "")
                else:
                    _raise_failure(kind, payload)
                    raise _Broken(CellStatus.KILLED, "the notebook wrote to the grader's channel")
        except _Broken as broken:
            self.close()
            return CellEnd(
                status=broken.status,
                alive=False,
                seconds=time.monotonic() - begun,
                message=broken.message,
            )

    def run_notebook(
        self,
        document: Mapping[str, Any],
        kernel: str,
        told: Callable[[int, dict[str, Any] | None], None],
    ) -> CellEnd:
        """Run a whole notebook through papermill's own engine and its kernel, in this box.

        `told(index, None)` is called when a cell starts, `told(index, cell)` when it has ended;
        `cell` is what the box says of it. Returns how the run ended as a whole.
        """
        begun = time.monotonic()
        seconds = self.limits.cell_seconds
        asked = {"document": document, "kernel": kernel, "seconds": seconds}
        patience = seconds + 4 * _INTERRUPT_SECONDS
        try:
            payload = json.dumps({**asked, "start_seconds": _START_SECONDS}).encode()
            self._send(b"N", payload)
            deadline = min(begun + _START_SECONDS + patience, self._notebook_deadline())
            while (frame := self._next(deadline)) is not None:
                kind, payload = frame
                if kind == b"d":
                    taken = time.monotonic() - begun
                    return CellEnd(status=CellStatus.OK, alive=True, seconds=taken)
                if kind == b"!":
                    raise _Broken(CellStatus.KILLED, _last_line(payload))
                self._received += len(payload)
                if self._received > 20 * self.limits.output_kb * 1000:
                    raise _Broken(CellStatus.OUTPUT, "the notebook printed more than may be kept")
                if kind != b"c":
                    continue
                told(*_cell_news(payload))
                deadline = min(time.monotonic() + patience, self._notebook_deadline())
            whole = time.monotonic() >= self._notebook_deadline()
            raise _Broken(CellStatus.TIMEOUT, _time_up(seconds, self.limits, whole=whole))
        except _Broken as broken:
            self.close()
            return CellEnd(
                status=broken.status,
                alive=False,
                seconds=time.monotonic() - begun,
                message=broken.message,
            )

    def observe(self, observe: str, cases: Sequence[bytes], seconds: float) -> tuple[Observed, ...]:
        """Evaluate an expression for each case (encoded arguments), in a copy of the process.

        Returns one Observed a case; those that never came are Raised by name.
        """
        arguments = [decode_value(case) for case in cases]
        asked = encode_value({"observe": observe, "cases": arguments, "seconds": float(seconds)})
        limit = seconds * min(len(cases), 3) + _INTERRUPT_SECONDS + 2
        deadline = min(time.monotonic() + limit, self._notebook_deadline() + seconds)
        got: dict[int, Observed] = {}
        missing = Raised("KILLED", "the process ended before it gave an answer")
        try:
            self._send(b"O", asked)
            while True:
                frame = self._next(deadline)
                if frame is None:
                    missing = Raised("TIMEOUT", "no answer in time")
                    raise _Broken(CellStatus.TIMEOUT, "no answer in time")
                kind, payload = frame
                if kind == b"v":
                    index = int.from_bytes(payload[:4], "big")
                    if index >= len(cases):
                        raise _Broken(
                            CellStatus.KILLED, "the notebook wrote to the grader's channel"
                        )
                    if index not in got:
                        got[index] = self._take_value(payload[4:])
                elif kind == b"w":
                    if _status(payload) == -1000:
                        missing = Raised("TIMEOUT", "no answer in time")
                    break
                elif kind != b"o":
                    _raise_failure(kind, payload)
                    raise _Broken(CellStatus.KILLED, "the notebook wrote to the grader's channel")
        except _Broken as broken:
            self.close()
            if broken.status is CellStatus.MEMORY:
                missing = Raised("MEMORY", broken.message)
        return tuple(got.get(index, Observed(value=missing)) for index in range(len(cases)))

    def _take_value(self, payload: bytes) -> Observed:
        self._valued += len(payload)
        if self._valued > _MOST_VALUES:
            return Observed(value=Raised("OUTPUT", "the values are larger than may be kept"))
        return _observed(payload)

    # -- frames

    def _notebook_deadline(self) -> float:
        return self.started + self.limits.notebook_seconds

    def _send(self, kind: bytes, payload: bytes) -> None:
        """Send one frame; a box that does not read it is watched all the same."""
        left = memoryview(kind + len(payload).to_bytes(4, "big") + payload)
        deadline = min(time.monotonic() + _START_SECONDS, self._notebook_deadline())
        while left:
            now = time.monotonic()
            if now >= deadline:
                raise _Broken(CellStatus.TIMEOUT, "the notebook's process did not go on in time")
            self._watch(now)
            _, ready, _ = select.select([], [self.channel], [], self._watch_every)
            try:
                sent = self.channel.send(left, socket.MSG_DONTWAIT) if ready else 0
            except BlockingIOError:
                continue
            except OSError as error:
                raise _Broken(CellStatus.KILLED, "the notebook's process ended") from error
            left = left[sent:]

    def _expect(self, kind: bytes, deadline: float) -> None:
        frame = self._next(deadline)
        if frame is None or frame[0] != kind:
            message = frame[1].decode("utf-8", "replace").strip() if frame else "no answer"
            raise _Broken(CellStatus.KILLED, message.splitlines()[-1] if message else "no answer")

    def _next(self, deadline: float) -> tuple[bytes, bytes] | None:
        """The next frame; None at the deadline. Raises _Broken when there can be no other."""
        while True:
            frame = self._parse()
            if frame is not None:
                return frame
            now = time.monotonic()
            if now >= deadline:
                return None
            self._watch(now)
            patience = min(deadline - now, self._watch_every)
            ready, _, _ = select.select([self.channel], [], [], patience)
            if ready:
                self._read()

    def _parse(self) -> tuple[bytes, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 5:
            return None
        size = int.from_bytes(buffer[1:5], "big")
        if size > _MAX_FRAME:
            raise _Broken(CellStatus.KILLED, "the notebook wrote to the grader's channel")
        if len(buffer) < 5 + size:
            return None
        frame = bytes(buffer[:1]), bytes(buffer[5 : 5 + size])
        del buffer[: 5 + size]
        return frame

    def _read(self) -> None:
        try:
            data = self.channel.recv(1 << 20)
        except OSError:
            data = b""
        if not data:
            raise _Broken(CellStatus.KILLED, "the notebook's process ended")
        self._buffer += data

    def _show(self, payload: bytes, show: Callable[[dict[str, Any]], None]) -> None:
        """Pass one output on, unless the box sends more than an honest one would."""
        self._received += len(payload) + _FRAME_CHARGE
        most = 6 * self.limits.output_kb * 1000 + 10**6
        flooded = self._received > most or self._cleared > _MOST_CLEARED * most
        if flooded and "output" not in self.zygote.without:
            raise _Broken(CellStatus.OUTPUT, "the cell printed far more than may be kept")
        try:
            output = json.loads(payload)
        except (ValueError, RecursionError):
            raise _Broken(CellStatus.KILLED, "the notebook sent a broken output") from None
        if isinstance(output, dict):
            if output.get("output_type") == "clear_output":
                # a live plot shows a thousand figures, and keeps the last
                self._cleared += self._received
                self._received = 0
            show(output)

    def _interrupt(self) -> None:
        if "interrupt" in self.zygote.without:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGINT)

    def _watch(self, now: float) -> None:
        """Sum up the memory of the box's processes now and then; too much ends it."""
        if self._watched_at == 0.0:
            self._watched_at = now
        if now - self._watched_at < self._watch_every or "watcher" in self.zygote.without:
            return
        self._watched_at = now
        limit = self.limits.memory_mb * 10**6
        used, count = _measure_tree(_host_pid(self.handle), limit)
        often = _WATCH_CLOSELY_SECONDS if limit < 2 * used else _WATCH_SECONDS
        self._watch_every = max(often, 4 * (time.monotonic() - now))
        if used > limit:
            raise _Broken(CellStatus.MEMORY, f"more than {self.limits.memory_mb} MB were in use")
        if count > 4 * self.limits.processes + 50:
            raise _Broken(CellStatus.KILLED, "too many processes were started")


def _cell_news(payload: bytes) -> tuple[int, dict[str, Any] | None]:
    """What a box says of one cell of a notebook in another language."""
    try:
        said = json.loads(payload)
        return int(said["index"]), said if "outputs" in said else None
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise _Broken(CellStatus.KILLED, "the notebook wrote to the grader's channel") from None


def _raise_failure(kind: bytes, payload: bytes) -> None:
    """Raise _Broken where a box tells that it cannot go on; a full memory is the student's."""
    if kind == b"!":
        why = _last_line(payload)
        full = why.startswith("MemoryError")
        status = CellStatus.MEMORY if full else CellStatus.KILLED
        raise _Broken(status, f"the notebook's process failed: {why[:300]}")


def _last_line(payload: bytes) -> str:
    lines = payload.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "the notebook's process ended"


def _observed(payload: bytes) -> Observed:
    """What one evaluation gave, from bytes that nobody vouches for."""
    try:
        result = decode_value(payload)
        if type(result) is not dict:
            raise BadPayload("not what an evaluation gives")
        mutated = tuple(str(name) for name in result["mutated"])
        return Observed(
            value=result["value"],
            mutated=mutated,
            seconds=float(result["seconds"]),
            payload=payload,
        )
    except (BadPayload, KeyError, TypeError, ValueError, OverflowError):
        return Observed(value=Raised("KILLED", "the notebook sent a broken value"))


def _status(payload: bytes) -> int:
    try:
        return int(json.loads(payload)["status"])
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return -1


def _cell_end(payload: bytes, taken: float, too_long: str) -> CellEnd:
    """How a cell ended, from what the box says of it; `too_long` where its time was up."""
    try:
        if len(payload) > _MAX_NEWS:
            raise ValueError
        said = json.loads(payload)
        error = said["error"]
        name = "" if error is None else str(error)[:200]
        value = None if said["value"] is None else float(said["value"])
        count = said["count"] if type(said["count"]) is int and said["count"] in _COUNTS else None
        message = str(said["message"])[:2000]
        overflowed = bool(said["overflowed"])
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise _Broken(CellStatus.KILLED, "the notebook wrote to the grader's channel") from None
    status = CellStatus.OK if error is None else CellStatus.ERROR
    if too_long:
        status, message = CellStatus.TIMEOUT, too_long
    elif name in ("MemoryError", "_ArrayMemoryError"):
        status = CellStatus.MEMORY
    return CellEnd(
        status=status,
        alive=True,
        seconds=taken,
        count=count,
        value=value if status is CellStatus.OK else None,
        error_name=name,
        message=message,
        overflowed=overflowed,
    )


def _time_up(seconds: float, limits: Limits, *, whole: bool) -> str:
    if whole:
        return f"the whole notebook ran longer than {limits.notebook_seconds:g} s"
    return f"the cell ran longer than {seconds:g} s"


def _host_pid(handle: int) -> int:
    for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1


def _measure_tree(root: int, enough: int) -> tuple[int, int]:
    """Bytes that a process and its descendants hold, and how many processes there are.

    What processes share is counted once where the cheap sum comes to more than `enough`.
    """
    pages: dict[int, int] = {}
    tables, todo = 0, [root]
    while todo and len(pages) < 5000:
        pid = todo.pop()
        with contextlib.suppress(OSError, ValueError):
            own, maps = _memory_of(pid)
            pages[pid] = own
            tables += maps
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
    total = sum(pages.values())
    if tables <= enough < total + tables:
        total = sum(_shared_out(pid, own) for pid, own in pages.items())
    return total + tables, len(pages)


def _memory_of(pid: int) -> tuple[int, int]:
    """Bytes of a process that are no file's, shared memory with them; and of its page tables."""
    found = _kilobytes(f"/proc/{pid}/status")
    own = sum(found.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap"))
    return own * 1024, found.get("VmPTE", 0) * 1024


def _shared_out(pid: int, at_most: int) -> int:
    """The same, each shared page divided by how many share it; a process can forbid to look."""
    try:
        found = _kilobytes(f"/proc/{pid}/smaps_rollup")
    except OSError:
        return at_most
    return sum(found.get(name, 0) for name in ("Pss_Anon", "Pss_Shmem", "SwapPss")) * 1024


def _kilobytes(path: str) -> dict[str, int]:
    """The lines of a file of /proc that give kilobytes."""
    lines = [line.split() for line in Path(path).read_text().splitlines()]
    return {words[0][:-1]: int(words[1]) for words in lines if words[2:] == ["kB"]}
