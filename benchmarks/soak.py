"""Grade hostile notebooks in a row, and look at what is left: python benchmarks/soak.py [N]

Takes N of the attacks of `tests/threats` (500 unless told, in turn), grades them as one class with
the real command, and watches its processes meanwhile. Prints what each kind of process holds early
and late, and what is left afterwards; ends with 1 where something is left or grows.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "threats"))

import attacks_on_documents
import attacks_on_limits
import attacks_on_scores
import attacks_on_the_box
from strangers import LIMITS, Attack, attacked, hand_in, left_behind, left_running, make_course

CHOSEN = (
    "daemon-that-stays", "every-descriptor", "disk", "os-exit", "ten-million-items",
    "process-that-stays", "kill-everybody", "fork-bomb", "giant-length", "millions-of-files",
    "memory-in-many-processes", "segfault", "printing-a-gigabyte", "threads", "not-json",
    "array-of-100-mb", "open-files", "daemon-born-when-watched", "random-bytes", "shared-memory",
    "disk-elsewhere", "values-without-end", "loop-that-ignores-interrupts", "pipes-and-sockets",
    "large-files",
)  # fmt: skip
GROWTH_MB = 40.0
"""More than this between early and late is a leak; the allocator's own ups and downs are less."""


@dataclass
class Held:
    """What one kind of process held at each look: megabytes, descriptors, mounts."""

    megabytes: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    mounts: list[int] = field(default_factory=list)


def make_class(root: Path, count: int, mark: str, nap: str) -> None:
    """A course with `count` attackers."""
    every = (
        *attacks_on_scores.ATTACKS,
        *attacks_on_the_box.ATTACKS,
        *attacks_on_limits.ATTACKS,
        *attacks_on_documents.ATTACKS,
    )
    known: dict[str, Attack] = {attack.name: attack for attack in every}
    make_course(root, limits={**LIMITS, "cell_seconds": 0.5, "notebook_seconds": 4.0})
    names = {
        "COURSE": str(root),
        "HOME": str(root),
        "NAP": nap,
        "MARK": mark,
        "VICTIM": "1",
        "CORES": "1",
    }
    for number in range(count):
        attack = known[CHOSEN[number % len(CHOSEN)]]
        files = {attack.notebook: attacked(attack, names), **attack.files}
        hand_in(root, f"{number:04d}-{attack.name}", files)


def processes_of(root: int) -> Iterator[tuple[str, int]]:
    """The grader's processes by kind, without the boxes that come and go."""
    yield "parent", root
    for worker in _children(root):
        yield "worker", worker
        for outer in _children(worker):
            yield "zygote (outside)", outer
            for inner in _children(outer)[:1]:
                yield "zygote", inner


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def look(root: int, held: dict[str, Held]) -> None:
    """Note what every process of the grader holds now."""
    for kind, pid in processes_of(root):
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{pid}/status").read_text()
            resident = int(status.split("VmRSS:")[1].split()[0]) / 1000
            descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            mounts = len(Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
            one = held.setdefault(kind, Held())
            one.megabytes.append(resident)
            one.descriptors.append(descriptors)
            one.mounts.append(mounts)


def grade(root: Path, temporary: Path, held: dict[str, Held]) -> int:
    """Run the command and look at it four times a second; return its exit code."""
    environment = {**os.environ, "TMPDIR": str(temporary), "OPENBLAS_NUM_THREADS": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "dfl_grading", "grade", "--jobs", "2", "--course", str(root)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while running.poll() is None:
        look(running.pid, held)
        time.sleep(0.25)
    return running.returncode


def summary(values: Sequence[float]) -> tuple[float, float]:
    """The usual value early on (the second tenth of the run, and a little) and late."""
    tenth = max(1, len(values) // 10)
    return statistics.median(values[tenth : 3 * tenth + 1]), statistics.median(values[-2 * tenth :])


def report(held: dict[str, Held]) -> list[str]:
    """Print a line for each kind of process; return what has grown."""
    grown = []
    print(f"{'':18}{'RSS early':>11}{'late':>8}{'fds':>8}{'late':>6}{'mounts':>9}{'late':>6}")
    for kind, one in held.items():
        first, last = summary(one.megabytes)
        descriptors, mounts = summary(one.descriptors), summary(one.mounts)
        print(
            f"{kind:18}{first:8.0f} MB{last:5.0f} MB{descriptors[0]:8.0f}{descriptors[1]:6.0f}"
            f"{mounts[0]:9.0f}{mounts[1]:6.0f}"
        )
        if last - first > GROWTH_MB:
            grown.append(f"the {kind} grew by {last - first:.0f} MB")
        for name, (before, after) in (("descriptors", descriptors), ("mounts", mounts)):
            if after > before + 1:
                grown.append(f"the {kind} has {after - before:.0f} more {name}")
    return grown


def main(count: int) -> int:
    """Grade `count` attackers; 0 where nothing is left and nothing grows."""
    held: dict[str, Held] = {}
    mark = f"soak-{os.getpid():07d}"
    nap = f"3600.{os.getpid():07d}"
    mounts = Path("/proc/self/mountinfo").read_text()
    with tempfile.TemporaryDirectory() as name:
        root, temporary = Path(name) / "course", Path(name) / "tmp"
        temporary.mkdir()
        make_class(root, count, mark, nap)
        started = time.monotonic()
        code = grade(root, temporary, held)
        seconds = time.monotonic() - started
        wrong = report(held) if count >= 100 or code else []
        reports = [json.loads(p.read_text()) for p in root.glob("autograded/*/*/report.json")]
        wrong += left_running(str(root), nap, mark) + left_behind(mark)
        wrong += [f"left in TMPDIR: {path.name}" for path in temporary.iterdir()]
    if Path("/proc/self/mountinfo").read_text() != mounts:
        wrong.append("the machine has other mounts than before")
    if code or len(reports) != count:
        wrong.append(f"the command ended with {code} and {len(reports)} of {count} reports")
    ends: dict[str, int] = {}
    for one in reports:
        ends[one["run"]["outcome"]] = ends.get(one["run"]["outcome"], 0) + 1
    print(f"{count} hostile notebooks in {seconds:.0f} s: {ends}")
    print("\n".join(wrong) or "nothing is left, nothing grows")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
