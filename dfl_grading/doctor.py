"""Proves what this machine protects against: one short attack for each protection.

Each attack runs as a notebook's cell in a real box, against bait that is laid out on the host.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dfl_grading.box import CellEnd, Zygote, ZygoteDied
from dfl_grading.errors import BoxUnavailable
from dfl_grading.model import CellStatus, Limits

__all__ = ["Examination", "Finding", "examine"]

HOLDS, BROKEN, UNAVAILABLE = "holds", "does not hold", "cannot be had here"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One protection: `verdict` is "holds", "does not hold" or "cannot be had here"."""

    protection: str
    against: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found: protections, versions by name, and what is missing with its remedy."""

    findings: tuple[Finding, ...]
    versions: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def safe(self) -> bool:
        """Whether every protection holds."""
        return all(finding.verdict == HOLDS for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class _Attack:
    """A cell that prints "held" where the protection held; or one whose end tells."""

    protection: str
    against: str
    code: str
    ends: tuple[CellStatus, ...] = (CellStatus.OK,)
    says_held: bool = True


_TRY = """
def attack(what):
    try:
        got = what()
    except BaseException as error:
        print("held:", type(error).__name__, error)
    else:
        print("broken:", repr(got)[:100])
"""

_SYSCALLS = """
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
calls = {
    "ptrace": (117 if arm else 101, 0, 0, 0), "mount": (40 if arm else 165, 0, 0, 0),
    "unshare": (97 if arm else 272, 0x10000000), "bpf": (280 if arm else 321, 0, 0, 0),
    "keyctl": (219 if arm else 250, 0, 0), "userfaultfd": (282 if arm else 323, 0),
    "io_uring_setup": (425, 1, 0), "perf_event_open": (241 if arm else 298, 0, 0, 0, 0, 0),
}
through = []
for name, call in calls.items():
    ctypes.set_errno(0)
    if libc.syscall(*call) >= 0 or ctypes.get_errno() != errno.EPERM:
        through.append(name)
print("broken: " + ", ".join(through) if through else "held: " + ", ".join(calls))
"""

_ATTACKS = (
    _Attack(
        protection="files cannot be read",
        against="reading source/, graders/, the gradebook, keys, other students' work",
        code="attack(lambda: open({secret!r}).read())",
    ),
    _Attack(
        protection="files cannot be written",
        against="writing anywhere but the work folder",
        code="attack(lambda: open({secret!r}, 'w').write('x'))\n"
        "attack(lambda: open('/usr/x', 'w'))\nattack(lambda: open('/etc/passwd', 'a').write('x'))",
    ),
    _Attack(
        protection="Landlock",
        against="writing to what the file system alone would let it",
        code="attack(lambda: open('/box/../dev/random', 'wb').write(b'x'))",
    ),
    _Attack(
        protection="no network",
        against="TCP to this machine or any other",
        code="import socket\n"
        "attack(lambda: socket.create_connection(('127.0.0.1', {port}), 1))\n"
        "attack(lambda: socket.create_connection(('192.0.2.1', 80), 1))",
    ),
    _Attack(
        protection="no abstract sockets",
        against="talking to a desktop's or a daemon's unix socket",
        code="import socket\nattack(lambda: socket.socket(socket.AF_UNIX).connect({abstract!r}))",
    ),
    _Attack(
        protection="no listening port",
        against="serving something from the box",
        code="import socket\nattack(lambda: socket.socket().bind(('0.0.0.0', 8099)))",
    ),
    _Attack(
        protection="processes are hidden",
        against="signals to the grader and to others' processes",
        code="import os, signal\nattack(lambda: os.kill({victim}, signal.SIGKILL))\n"
        "pids = [int(p) for p in os.listdir('/proc') if p.isdigit()]\n"
        "print('held: own processes only' if max(pids, default=0) < 100 "
        "else 'broken: /proc shows others')",
    ),
    _Attack(
        protection="shared memory is private",
        against="System V memory of other processes",
        code="import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "got = libc.shmget({shm_key}, 0, 0)\n"
        "print('held: not there' if got < 0 else 'broken: segment %d' % got)",
    ),
    _Attack(
        protection="host name is private",
        against="telling machines apart",
        code="import socket\nprint('held: box' if socket.gethostname() == 'box' "
        "else 'broken: ' + socket.gethostname())",
    ),
    _Attack(
        protection="no capabilities",
        against="what a root user may do",
        code="import ctypes, os, struct\nlibc = ctypes.CDLL(None)\n"
        "sets = ctypes.create_string_buffer(24)\n"
        "libc.capget(struct.pack('Ii', 0x20080522, 0), sets)\n"
        "bad = [n for n in range(41) if libc.prctl(23, n, 0, 0, 0) == 1]\n"
        "closed = libc.prctl(39, 0, 0, 0, 0) == 1 and not bad and sets.raw == bytes(24)\n"
        "print('held: none' if closed else f'broken: {{bad}} {{sets.raw}}')\n"
        "attack(lambda: os.setuid(0))",
    ),
    _Attack(
        protection="seccomp",
        against="ptrace, mounts, new namespaces, bpf, keyrings, io_uring",
        code=_SYSCALLS.replace("{", "{{").replace("}", "}}"),
    ),
    _Attack(
        protection="memory is bounded",
        against="memory bombs",
        code="import os\nattack(lambda: bytearray(10**9))",
    ),
    _Attack(
        protection="memory of all processes is bounded",
        against="memory bombs spread over processes",
        code="import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        kept = bytearray(os.urandom(1000)) * 120_000\n        time.sleep(30)\n"
        "time.sleep(30)",
        ends=(CellStatus.MEMORY, CellStatus.KILLED),
        says_held=False,
    ),
    _Attack(
        protection="processes are bounded",
        against="fork bombs",
        code="import os, time\nstarted = 0\ntry:\n    while started < 500:\n"
        "        if os.fork() == 0:\n            time.sleep(20)\n            os._exit(0)\n"
        "        started += 1\nexcept OSError as error:\n    print('held:', error)\n"
        "else:\n    print('broken:', started, 'processes')",
    ),
    _Attack(
        protection="disk is bounded",
        against="disk bombs, in /dev/shm and /tmp as well",
        code="def fill(path):\n    with open(path, 'wb') as file:\n"
        "        for _ in range(100):\n            file.write(bytes(10**6))\n"
        "for path in ('big', '/tmp/big', '/dev/shm/big'):\n    attack(lambda: fill(path))",
    ),
    _Attack(
        protection="time is bounded",
        against="endless loops",
        code="while True: pass",
        ends=(CellStatus.TIMEOUT,),
        says_held=False,
    ),
    _Attack(
        protection="time is bounded against its will",
        against="loops that ignore interrupts",
        code="import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True: time.sleep(1)",
        ends=(CellStatus.TIMEOUT,),
        says_held=False,
    ),
    _Attack(
        protection="output is bounded",
        against="floods of text",
        code="for _ in range(3000): print('x' * 10_000)\nprint('held: never seen')",
        ends=(CellStatus.OK, CellStatus.OUTPUT),
        says_held=False,
    ),
    _Attack(
        protection="nothing stays behind",
        against="daemons that outlive the cell",
        code="import subprocess\nsubprocess.Popen(['sleep', {nap!r}], start_new_session=True)\n"
        "print('held: looked for outside')",
    ),
)

_LIMITS = Limits(
    cell_seconds=2, notebook_seconds=20, memory_mb=400, processes=40, disk_mb=20, output_kb=50
)


def examine(course: Path | None = None) -> Examination:
    """Try every protection; takes a few seconds. `course` is hidden as in grading."""
    missing = []
    findings: tuple[Finding, ...]
    try:
        with Zygote(hidden=[course] if course else []) as zygote, _bait() as bait:
            zygote.wait_until_ready()
            missing += list(zygote.notes)
            findings = tuple(_try(zygote, attack, bait) for attack in _ATTACKS)
    except (BoxUnavailable, ZygoteDied) as error:
        missing.append(f"{error} {_remedy()}")
        findings = tuple(
            Finding(protection=attack.protection, against=attack.against, verdict=UNAVAILABLE)
            for attack in _ATTACKS
        )
    return Examination(findings=findings, versions=_versions(), missing=tuple(missing))


def _try(zygote: Zygote, attack: _Attack, bait: Mapping[str, Any]) -> Finding:
    shown: list[str] = []

    def show(output: dict[str, Any]) -> None:
        shown.append(str(output.get("text", "")))

    with zygote.spawn(_LIMITS) as box:
        box.run_cell(_TRY, 10, show)
        end = box.run_cell(attack.code.format(**bait), _LIMITS.cell_seconds, show)
    verdict, detail = _judge(attack, end, "".join(shown))
    if attack.code.find("{nap") >= 0 and _runs(bait["nap"]):
        verdict, detail = BROKEN, "a process of the box is still there"
    return Finding(
        protection=attack.protection, against=attack.against, verdict=verdict, detail=detail
    )


def _judge(attack: _Attack, end: CellEnd, text: str) -> tuple[str, str]:
    if end.status not in attack.ends:
        return BROKEN, f"the cell ended as {end.status}: {end.error_name} {end.message}".strip()
    if not attack.says_held:
        kept = len(text) <= 2 * _LIMITS.output_kb * 1000
        return (HOLDS, end.message) if kept else (BROKEN, f"{len(text)} characters came through")
    said = [line for line in text.splitlines() if line.strip()]
    broken = [line for line in said if not line.startswith("held")]
    return (BROKEN, "; ".join(broken)) if broken or not said else (HOLDS, "")


@contextlib.contextmanager
def _bait() -> Iterator[dict[str, Any]]:
    """What attacks reach for: a secret file, listening sockets, a process, a memory segment."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        secret = Path(folder) / "answers.py"
        secret.write_text("42")
        secret.chmod(0o666)
        Path(folder).chmod(0o755)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = f"\0dfl-doctor-{os.getpid()}"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(abstract)
        unix.listen()
        victim = subprocess.Popen(["sleep", "60"])
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        key, release = _shared_memory()
        stack.callback(release)
        yield {
            "secret": str(secret),
            "port": server.getsockname()[1],
            "abstract": abstract,
            "victim": victim.pid,
            "shm_key": key,
            "nap": f"31.{os.getpid():07d}",
        }


def _shared_memory() -> tuple[int, Callable[[], object]]:
    import ctypes

    libc = ctypes.CDLL(None)
    key = 0x0DF10000 + os.getpid() % 0xFFFF
    made = libc.shmget(key, 4096, 0o1666)
    return key, lambda: libc.shmctl(made, 0, None)


def _runs(argument: str) -> bool:
    """Whether a process with that argument is alive on this machine."""
    for _ in range(20):
        found = False
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                found = found or argument.encode() in path.read_bytes()
        if not found:
            return False
        time.sleep(0.05)
    return True


def _versions() -> dict[str, str]:
    names = ("dfl-grading", "nbgrader", "papermill", "nbformat", "ipython", "numpy", "pandas")
    found = {"python": platform.python_version(), "kernel": platform.release()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    found["interpreter"] = sys.executable
    return found


def _remedy() -> str:
    """How to get isolation on this machine, as far as can be told."""
    if sys.platform != "linux":
        return "Boxes need Linux: grade on a Linux machine or in a virtual one."
    knobs = {
        "/proc/sys/kernel/unprivileged_userns_clone": (
            "0",
            "sysctl kernel.unprivileged_userns_clone=1",
        ),
        "/proc/sys/user/max_user_namespaces": ("0", "sysctl user.max_user_namespaces=10000"),
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    }
    for path, (bad, remedy) in knobs.items():
        with contextlib.suppress(OSError):
            if Path(path).read_text().strip() == bad:
                return f"An administrator can allow it: {remedy}."
    if Path("/.dockerenv").exists() or shutil.which("systemd-detect-virt") is None:
        return "In a container, allow user namespaces and mounts (docker: --privileged)."
    return "Linux 5.13 or later with user namespaces and Landlock is needed."
