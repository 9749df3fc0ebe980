"""Each protection by itself: an attack that it refuses, and that gets through without it.

Some protections overlap. Then those beside the one that is tried are off in both runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from strangers import (
    AFTER,
    LIMITS,
    PS,
    Bait,
    dfl,
    hand_in,
    honest,
    lay_bait,
    make_course,
    with_helpers,
)

from dfl_grading.backends import LocalWorkers
from dfl_grading.course import load_course
from dfl_grading.grading import Workshop, grade_submission, run_reference
from dfl_grading.inside.walls import PROTECTIONS
from dfl_grading.pipeline import make_job


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An attack that one protection stops: `code`, or `first` in one notebook and `code` in the
    next. It got through where it prints "THROUGH:" or, `by_the_end`, where the notebook did not
    go on."""

    code: str
    first: str = ""
    besides: tuple[str, ...] = ()
    by_the_end: bool = False
    skip: str = ""


_CALL = "import ctypes, os\ndef call(*a):\n    r = ctypes.CDLL(None).syscall(*a)\n"
_CALL += "    if r < 0: raise OSError('refused')\n    return r\n"
_ARM = "import platform\narm = platform.machine() == 'aarch64'\n"
_ROOT = os.geteuid() == 0
_NOT_INSIDE = not os.access(sys.prefix, os.W_OK)
_NO_CORES = resource.getrlimit(resource.RLIMIT_CORE)[1] in range(4096)

TRIALS = {
    "room": Trial(code="attempt(lambda: open('@HOME@/.ssh/id_rsa').read())"),
    "hidden": Trial(
        code="attempt(lambda: open('@COURSE@/course.toml').read())",
        skip="the course cannot lie in the interpreter's folder here" if _NOT_INSIDE else "",
    ),
    "read-only": Trial(
        code="attempt(lambda: open(np.__file__, 'r+b').close())",
        besides=("landlock",),
        skip="what root installed, a student's user cannot write to anyway" if _ROOT else "",
    ),
    "mounts": Trial(
        first=_CALL + _ARM + "call(40 if arm else 165, b'x', b'/usr/share', b'tmpfs', 0, 0)\n"
        "open('/usr/share/left', 'w').close()",
        code="attempt(lambda: os.stat('/usr/share/left'))\n".join(("import os\n", "")),
        besides=("capabilities", "seccomp", "landlock"),
    ),
    "pids": Trial(
        first="import subprocess\nsubprocess.Popen(['sleep', '@NAP@'], start_new_session=True)",
        code="import pathlib\n"
        "lines = [p.read_bytes() for p in pathlib.Path('/proc').glob('[0-9]*/cmdline')]\n"
        "attempt(lambda: [line for line in lines if line.startswith(b'sleep')][0])",
    ),
    "ipc": Trial(
        first=_CALL + _ARM + "call(186 if arm else 68, 4711, 0o1666)",
        code=_CALL + _ARM + "attempt(lambda: call(186 if arm else 68, 4711, 0))",
        besides=("seccomp",),
    ),
    "uts": Trial(
        first="import socket\nsocket.sethostname('mine')",
        code="import socket\nattempt(lambda: {'mine': 1}[socket.gethostname()])",
        besides=("capabilities",),
    ),
    "network": Trial(
        code="import socket\nudp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "attempt(lambda: udp.sendto(b'x', ('127.0.0.1', @UDP@)))"
    ),
    "proc": Trial(
        code="import os\npids = [name for name in os.listdir('/proc') if name.isdigit()]\n"
        "attempt(lambda: [pid for pid in pids if int(pid) != os.getpid()][0])"
    ),
    "tmpfs": Trial(
        first="open('/box/tmp/left', 'w').close()",
        code="attempt(lambda: open('/box/tmp/left'))",
    ),
    "core-dumps": Trial(
        code="import resource\n"
        "attempt(lambda: resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096)))",
        skip="nobody gets core dumps here" if _NO_CORES else "",
    ),
    "open-files": Trial(code="import os\nattempt(lambda: [os.dup(1) for _ in range(600)])"),
    "file-size": Trial(code="attempt(lambda: open('sparse', 'wb').truncate(10**9))"),
    "data": Trial(code="attempt(lambda: np.zeros(10**8))"),
    "processes": Trial(
        code="import os, time\ndef breed():\n    for _ in range(60):\n"
        "        if os.fork() == 0:\n            time.sleep(0.5)\n            os._exit(0)\n"
        "attempt(breed)"
    ),
    "capabilities": Trial(code="import socket\nattempt(lambda: socket.sethostname('mine'))"),
    "no-new-privileges": Trial(
        code="status = open('/proc/self/status').read()\n"
        "attempt(lambda: {'0': 'possible'}[status.split('NoNewPrivs:')[1].split()[0]])",
        besides=("landlock", "seccomp"),
    ),
    "landlock": Trial(
        code="import os, socket\n"
        "attempt(lambda: os.write(os.open('/dev/random', os.O_WRONLY), b'x'))"
    ),
    "seccomp": Trial(
        code=_CALL + _ARM + "attempt(lambda: call(97 if arm else 272, 0x10000000))\n"
        "attempt(lambda: call(92 if arm else 135, 0xffffffff))"
    ),
    "watcher": Trial(
        code="import mmap, time\nkept = [mmap.mmap(-1, 10**8) for _ in range(3)]\n"
        "for one in kept: one.write(bytes(10**8))\n"
        "time.sleep(0.3)\nprint('THROUGH' + ':')"
    ),
    "clock": Trial(code="import time\ntime.sleep(3)\nprint('THROUGH' + ':')"),
    "interrupt": Trial(code="import time\ntime.sleep(60)", by_the_end=True),
    "output": Trial(
        code="import json, os, struct\n"
        "text = json.dumps({'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 10**5})\n"
        "for _ in range(40):\n"
        "    os.write(3, b'o' + struct.pack('>I', len(text)) + text.encode())\n"
        "print('THROUGH' + ':')"
    ),
}


def test_every_protection_is_tried() -> None:
    assert set(TRIALS) == PROTECTIONS


class Range:
    """A course in which every trial is handed in, graded with some protections off."""

    def __init__(self, root: Path, bait: Bait) -> None:
        self.root = root
        make_course(root, bait.token, {**LIMITS, "cell_seconds": 2.0, "memory_mb": 200})
        for name, trial in TRIALS.items():
            for number, code in enumerate((trial.first, trial.code), start=1):
                for word, value in bait.names.items():
                    code = code.replace(f"@{word}@", value)
                hand_in(root, f"{name}-{number}", {"p.ipynb": honest(area=with_helpers(code))})
        course = load_course(root)
        self.submissions = {s.student: s for s in course.submissions(PS).submissions}
        self.job = make_job(course, course.problem_sets[PS])
        self.workshop = Workshop()
        references = run_reference(self.job, (), self.workshop)
        self.job = replace(self.job, references=references)

    def got_through(self, name: str, *without: str) -> bool:
        """Whether a trial's attack gets through while some protections are off."""
        job = replace(self.job, without=without)
        workshop = Workshop() if without else self.workshop
        try:
            for number in (1, 2):
                submission = self.submissions[f"{name}-{number}"]
                graded = grade_submission(job, submission, workshop)
        finally:
            if without:
                workshop.close()
        assert graded.report.run.boxed is not bool(without)
        if TRIALS[name].by_the_end:
            said = {one.grade_id: one.verdict for one in graded.report.questions}
            return said[AFTER] != "PASSED"
        cells = json.loads(graded.notebooks["p"])["cells"]
        return "THROUGH:" in json.dumps([cell.get("outputs") for cell in cells])


@contextlib.contextmanager
def _range(base: Path, root: Path) -> Iterator[Range]:
    with lay_bait(root, base / "home") as bait:
        made = Range(root, bait)
        try:
            yield made
        finally:
            made.workshop.close()


@pytest.fixture(scope="module")
def place() -> Iterator[Range]:
    """A course where everybody may look, in the interpreter's own folder where that can be."""
    inside = sys.prefix if os.access(sys.prefix, os.W_OK) else None
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir=inside) as other:
        base, root = Path(name).resolve(), Path(other).resolve()
        base.chmod(0o755)
        root.chmod(0o755)
        with _range(base, root / "course") as made:
            yield made


@pytest.mark.parametrize("name", TRIALS)
def test_the_protection_refuses_what_gets_through_without_it(place: Range, name: str) -> None:
    trial = TRIALS[name]
    if trial.skip:
        pytest.skip(trial.skip)
    assert not place.got_through(name, *trial.besides)
    assert place.got_through(name, *trial.besides, name)


@pytest.mark.skipif(not _ROOT, reason="only root can cover a part of /proc")
def test_where_a_container_masks_proc_the_box_has_none(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    code = with_helpers("import os\nattempt(lambda: os.listdir('/proc')[0])")
    hand_in(root, "ada", {"p.ipynb": honest()})
    hand_in(root, "mallory", {"p.ipynb": honest(area=code)})
    mask = "mount --make-rprivate / && mount -t tmpfs mask /proc/irq && exec "
    grade = shlex.join([sys.executable, "-m", "dfl_grading", "grade", "--course", str(root)])
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mask + grade], capture_output=True, text=True
    )
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"nothing can be mounted here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    reports = {
        name: json.loads((root / f"autograded/{name}/{PS}/report.json").read_text())
        for name in ("ada", "mallory")
    }
    assert reports["ada"]["auto_score"] == 8
    assert reports["mallory"]["auto_score"] == 5
    shown = (root / f"autograded/mallory/{PS}/p.ipynb").read_text()
    assert "refused: IndexError" in shown


class _Cores:
    """Work that tells which processors it may use."""

    def __call__(self, task: int) -> tuple[int, ...]:
        time.sleep(0.05 * task)
        return tuple(sorted(os.sched_getaffinity(0)))

    def close(self) -> None:
        pass


def test_workers_keep_to_their_own_processors() -> None:
    with LocalWorkers[int, tuple[int, ...]](_Cores, 2) as workers:
        seen = {cores for _, cores in workers.run([1, 1, 1, 1]) if isinstance(cores, tuple)}
    every = os.sched_getaffinity(0)
    assert {core for cores in seen for core in cores} == every
    assert sum(len(cores) for cores in seen) == len(every)


def test_the_command_says_when_a_protection_was_off(place: Range, tmp_path: Path) -> None:
    def grade(without: str) -> subprocess.CompletedProcess[str]:
        arguments = ("grade", "--force", "--student", "room-2")
        return dfl(place.root, *arguments, home=tmp_path, temporary=tmp_path, without=without)

    assert grade("room").returncode == 0
    report = json.loads((place.root / f"autograded/room-2/{PS}/report.json").read_text())
    assert report["run"]["boxed"] is False
    unknown = grade("gravity")
    assert unknown.returncode == 2
    assert "gravity" in unknown.stderr
