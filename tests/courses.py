"""Tiny courses for the tests of grading: one notebook of a few questions, graded in a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import tiny_course as tiny

if TYPE_CHECKING:
    from dfl_grading.pipeline import GradedSet

PS = "ps1"
STAMP = "2030-03-01 10:00:00 UTC"
SCRIPT = Path(sys.executable).parent / "dfl"

SQUARE = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
MEAN = (
    "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n"
    "    ### END SOLUTION"
)
WRONG_SQUARE = "def square(x):\n    return x + x"

GRADER = """
    from dfl_grading import ProblemSet, close

    problem_set = ProblemSet("ps1")

    problem_set.check(
        "square-test",
        observe="square(x)",
        draw=lambda rng: {"x": float(rng.uniform(3, 9))},
        draws=2,
        by=close(rtol=1e-9),
    )
    problem_set.check(
        "mean-test", observe="mean(v)", edges=[{"v": [1.0, 2.0, 6.0]}], by=close(rtol=1e-9)
    )
"""


def solution(grade_id: str, source: str) -> dict[str, Any]:
    return tiny.cell(source, grade_id=grade_id, solution=True)


def test(grade_id: str, source: str, points: float) -> dict[str, Any]:
    return tiny.cell(source, grade_id=grade_id, grade=True, locked=True, points=points)


test.__test__ = False  # type: ignore[attr-defined]


def questions() -> list[dict[str, Any]]:
    """Two questions of 2 and 3 points."""
    return [
        tiny.cell("# Numbers", "markdown"),
        solution("square", SQUARE),
        test("square-test", "assert square(2) == 4", 2),
        solution("mean", MEAN),
        test("mean-test", "assert mean([1]) == 1", 3),
    ]


def make_course(
    root: Path,
    *cells: dict[str, Any],
    grader: str | None = GRADER,
    files: Mapping[str, str] | None = None,
    toml: str = "",
) -> Path:
    """A course with the problem set `ps1` of one notebook, `p1`; a plain nbgrader one without
    `grader`."""
    add_notebook(root, "p1", *(cells or questions()))
    if grader is not None:
        write(root / "graders" / f"{PS}.py", grader)
    for name, text in (files or {}).items():
        write(root / "source" / PS / name, text)
    if toml:
        write(root / "course.toml", toml)
    return root


def add_notebook(root: Path, name: str, *cells: dict[str, Any], problem_set: str = PS) -> None:
    tiny.write(root / "source" / problem_set / f"{name}.ipynb", tiny.notebook(*cells))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def hand_in(
    root: Path,
    student: str,
    answers: Mapping[str, str] | None = None,
    *,
    notebooks: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    problem_set: str = PS,
) -> Path:
    """A hand-in: the source notebooks with these cells' text changed; returns its folder.

    `notebooks` maps the names handed in to the source notebooks' names.
    """
    folder = root / "submitted" / student / problem_set
    folder.mkdir(parents=True)
    for name, original in ({"p1": "p1"} if notebooks is None else notebooks).items():
        text = (root / "source" / problem_set / f"{original}.ipynb").read_text(encoding="utf-8")
        document = json.loads(text)
        for cell in document["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = (answers or {}).get(grade_id, cell["source"])
        tiny.write(folder / f"{name}.ipynb", document)
    for name, text in (files or {}).items():
        write(folder / name, text)
    (folder / "timestamp.txt").write_text(STAMP, encoding="utf-8")
    return folder


def environment() -> dict[str, str]:
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "120"}


def command(*arguments: str) -> list[str]:
    """The command line for these arguments; without boxes where this machine has none."""
    unboxed = arguments[0] == "grade" and not boxes()
    return [str(SCRIPT), *arguments, *(["--unsafe-no-box"] if unboxed else [])]


def dfl(root: Path, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """What `dfl` says when it is run in a course; it must end with `code`."""
    done = subprocess.run(
        command(*arguments),
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def grade(root: Path, *names: str, **options: Any) -> tuple[GradedSet, ...]:
    """What `dfl grade` does, in this process: quicker, and without its words."""
    from dfl_grading.course import load_course
    from dfl_grading.pipeline import GradeOptions
    from dfl_grading.pipeline import grade as grade_course
    from dfl_grading.terminal import Progress

    chosen = GradeOptions(**{"jobs": 1, "walls": boxes(), **options})
    return grade_course(load_course(root), names, chosen, lambda total: Progress(total, quiet=True))


@cache
def boxes() -> bool:
    """Whether this machine can close a box."""
    from dfl_grading.box import Zygote
    from dfl_grading.errors import BoxUnavailable

    try:
        with Zygote() as zygote:
            zygote.wait_until_ready()
    except BoxUnavailable:
        return False
    return True


def report(root: Path, student: str, problem_set: str = PS) -> dict[str, Any]:
    """What the report of a student says."""
    path = root / "autograded" / student / problem_set / "report.json"
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


def verdicts(root: Path, student: str, problem_set: str = PS) -> dict[str, str]:
    return {q["grade_id"]: q["verdict"] for q in report(root, student, problem_set)["questions"]}


def questions_of(root: Path, student: str, problem_set: str = PS) -> dict[str, dict[str, Any]]:
    return {q["grade_id"]: q for q in report(root, student, problem_set)["questions"]}


def executed(root: Path, student: str, name: str = "p1") -> str:
    """The text of a notebook as it was executed, outputs and all."""
    return (root / "autograded" / student / PS / f"{name}.ipynb").read_text(encoding="utf-8")


def tree(root: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, every folder with None."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }
