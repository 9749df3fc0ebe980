"""Single measurements: one command timed, one process tree weighed, one figure each."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from workload import NAME, write_workload

__all__ = [
    "Graded",
    "Memory",
    "WrongScores",
    "autograde",
    "clean_copy",
    "generate",
    "grade",
    "help_seconds",
    "judging_seconds",
    "run_floor",
    "walls_seconds",
    "weigh",
    "write_workload",
]

JOBS = 2
_BIN = Path(sys.executable).parent
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_ENVIRONMENT = {**os.environ, **_THREADS, "PATH": f"{_BIN}:{os.environ['PATH']}"}
_DFL = (sys.executable, "-m", "dfl_grading")

Passed = Mapping[str, Mapping[str, bool]]
"""Which questions each student passed."""


class WrongScores(Exception):
    """A grader gave other scores than the workload was made to get."""


@dataclass(frozen=True)
class Graded:
    """Seconds of one whole run, and of its loop for each submission."""

    whole_s: float
    each_s: float = 0.0


@dataclass(frozen=True)
class Memory:
    """Peaks in megabytes: the parent, each worker with all below it (what processes share is
    divided among them), and the largest process below the parent."""

    parent_mb: float
    worker_mb: float
    largest_mb: float


# ------------------------------------------------------------------ whole commands


def _run(command: Sequence[str | Path], folder: Path) -> tuple[float, str]:
    """Seconds that a command took, and what it printed."""
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-3000:]}")
    return taken, done.stdout


def clean_copy(course: Path, folder: Path, *, gradebook: bool) -> Path:
    """A copy of the course in which nothing is graded, with its gradebook or without."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("source", "submitted"):
        shutil.copytree(course / name, folder / name)
    shutil.copyfile(course / "nbgrader_config.py", folder / "nbgrader_config.py")
    if gradebook:
        shutil.copyfile(course / "gradebook.db", folder / "gradebook.db")
    return folder


def generate(course: Path) -> None:
    """Have nbgrader make the release version and the gradebook, as it must before grading."""
    _run([_BIN / "nbgrader", "generate_assignment", NAME], course)


def grade(course: Path, expected: Passed) -> Graded:
    """`dfl grade` of a clean course. Raises WrongScores."""
    taken, printed = _run([*_DFL, "grade", "--jobs", str(JOBS), "--json"], course)
    (problem_set,) = json.loads(printed)["problem_sets"]
    found = {
        report["student"]: {
            q["grade_id"]: q["score"] == q["max_score"] for q in report["questions"]
        }
        for report in problem_set["reports"]
    }
    _compare("dfl grade", found, expected)
    _compare("dfl grade's gradebook", _in_gradebook(course), expected)
    landed = sorted(path.stat().st_mtime for path in course.glob("autograded/*/*/report.json"))
    # the first to land had begun with the others that were graded beside it
    return Graded(taken, (landed[-1] - landed[0]) / max(1, len(landed) - JOBS))


def autograde(course: Path, expected: Passed) -> Graded:
    """`nbgrader autograde` of a clean course. Raises WrongScores."""
    taken, _ = _run([_BIN / "nbgrader", "autograde", NAME], course)
    _compare("nbgrader autograde", _in_gradebook(course), expected)
    return Graded(taken)


def run_floor(work: Path) -> Graded:
    """The loop of `floor.py`. Raises WrongScores."""
    program = Path(__file__).with_name("floor.py")
    taken, printed = _run([sys.executable, program, work, "--jobs", str(JOBS)], work)
    return Graded(taken, json.loads(printed)["per_submission_s"])


_FULL = """
    select student.id, base_cell.name, grade.auto_score = grade_cells.max_score
    from grade
    join base_cell on base_cell.id = grade.cell_id
    join grade_cells on grade_cells.id = grade.cell_id
    join submitted_notebook on submitted_notebook.id = grade.notebook_id
    join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
    join student on student.id = submitted_assignment.student_id
"""


def _full(report: Mapping[str, Any]) -> dict[str, bool]:
    return {q["grade_id"]: q["score"] == q["max_score"] for q in report["questions"]}


def _in_gradebook(course: Path) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as connection:
        for student, cell, full in connection.execute(_FULL):
            found.setdefault(student, {})[cell] = bool(full)
    return found


def _compare(who: str, found: Passed, expected: Passed) -> None:
    wanted = {
        student: {f"{name}-tests": right for name, right in passed.items()}
        for student, passed in expected.items()
    }
    wrong = sorted(s for s in wanted.keys() | found.keys() if found.get(s) != wanted.get(s))
    if wrong:
        raise WrongScores(f"{who} gave wrong scores to {', '.join(wrong)}.")


# ------------------------------------------------------------------ memory


def weigh(course: Path) -> Memory:
    """Peaks of `dfl grade` on a clean course, sampled while it runs."""
    command = [*_DFL, "grade", "--jobs", str(JOBS), "--json"]
    parent = worker = largest = 0.0
    with subprocess.Popen(
        command, cwd=course, env=_ENVIRONMENT, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            sizes = [_size(pid) for pid in _descendants(process.pid)]
            parent = max(parent, _size(process.pid)[0])
            worker = max(worker, sum(shared for _, shared in sizes) / JOBS)
            largest = max([largest, *(resident for resident, _ in sizes)])
            time.sleep(0.02)
    return Memory(parent, worker, largest)


def _descendants(root: int) -> list[int]:
    found: list[int] = []
    todo = [root]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        found.append(pid)
    return found[1:]


def _size(pid: int) -> tuple[float, float]:
    """A process's resident megabytes, and its share of them where pages are shared."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        fields = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
        return int(fields["Rss"]) / 1000, int(fields["Pss"]) / 1000
    return 0.0, 0.0


# ------------------------------------------------------------------ single figures


def help_seconds(folder: Path) -> float:
    """`dfl --help`, the median of seven."""
    return statistics.median(_run([*_DFL, "--help"], folder)[0] for _ in range(7))


def judging_seconds() -> float:
    """Judging 10^6 doubles that have come over, the best of five: the machine may be busy."""
    import numpy as np

    from dfl_grading import close

    reference = np.random.default_rng(0).normal(size=10**6)
    value, by = reference * (1 + 1e-12), close(rtol=1e-9)
    return min(_seconds(lambda: by(value, reference)) for _ in range(5))


def walls_seconds(course: Path, count: int) -> float:
    """What the walls cost a submission: `count` of them in boxes with walls and without, in turn,
    ten times; the median of the differences."""
    from dfl_grading.box import Zygote
    from dfl_grading.execute import execute
    from dfl_grading.model import Limits

    preload = ("numpy", "scipy.linalg", "matplotlib.pyplot")
    differences = []
    with Zygote(preload=preload) as boxed, Zygote(preload=preload, walls=False) as bare:
        for zygote in (boxed, bare):
            zygote.wait_until_ready()
        for notebook in sorted(course.glob("submitted/*/*/*.ipynb"))[:count]:
            document = json.loads(notebook.read_text(encoding="utf-8"))
            for _ in range(10):
                with_walls, without = (
                    _seconds(partial(execute, document, zygote, Limits()))
                    for zygote in (boxed, bare)
                )
                differences.append(with_walls - without)
    return statistics.median(differences)


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
