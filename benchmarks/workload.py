"""Make the benchmarks' workload: one problem set and a class's submissions of it.

    python benchmarks/workload.py FOLDER COUNT

The problem set `ps1` is a notebook of 20 cells: 8 solution cells, 8 test cells with visible and
hidden tests; numpy, scipy.linalg and one matplotlib figure. Of the submissions 70 % are right,
20 % have one to three wrong answers, and in 10 % one answer raises. The same count gives the same
files: `course/` (nbgrader's layout), `scripts/<student>.py` (the same code, tests included, as a
plain script that prints its results as JSON) and `expected.json` (student to question to passed).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from questions import DATA, IMPORTS, QUESTIONS, Question

__all__ = ["NAME", "write_workload"]

NAME = "ps1"
_POINTS = 2


@dataclass(frozen=True)
class _Student:
    """One submission: the source of each solution cell, and which questions it must pass."""

    name: str
    answers: Mapping[str, str]
    passed: Mapping[str, bool]


def write_workload(folder: Path, count: int) -> None:
    """Write the course, the scripts and `expected.json` for `count` submissions."""
    course = folder / "course"
    solved = {name: _solution(question) for name, question in QUESTIONS.items()}
    _write(course / "source" / NAME / f"{NAME}.ipynb", _notebook(solved, hidden=True))
    (course / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\n'
    )
    (folder / "scripts").mkdir(parents=True, exist_ok=True)
    expected = {}
    for student in _students(count):
        handed_in = course / "submitted" / student.name / NAME / f"{NAME}.ipynb"
        _write(handed_in, _notebook(student.answers, hidden=False))
        (folder / "scripts" / f"{student.name}.py").write_text(_script(student))
        expected[student.name] = student.passed
    _write(folder / "expected.json", expected)


def _students(count: int) -> Iterator[_Student]:
    rng = random.Random(f"1/{count}")
    kinds = ["error"] * round(0.1 * count) + ["wrong"] * round(0.2 * count)
    kinds += ["right"] * (count - len(kinds))
    rng.shuffle(kinds)
    for number, kind in enumerate(kinds, start=1):
        student = f"s{number:04d}"
        most = {"right": 0, "wrong": rng.randint(1, 3), "error": 1}[kind]
        broken = set(rng.sample(list(QUESTIONS), most))
        answers = {}
        for name, question in QUESTIONS.items():
            pool: tuple[str, ...] = getattr(question, kind) if name in broken else question.right
            # of every student a text of its own, so that nothing can be remembered
            answers[name] = f"# {question.prompt}\n# answer by {student}\n{rng.choice(pool)}"
        yield _Student(student, answers, {name: name not in broken for name in QUESTIONS})


def _solution(question: Question) -> str:
    return f"# {question.prompt}\n# ...\n### BEGIN SOLUTION\n{question.right[0]}\n### END SOLUTION"


# ------------------------------------------------------------------ notebooks


def _notebook(answers: Mapping[str, str], *, hidden: bool) -> dict[str, Any]:
    """The 20 cells; `answers` maps a question to its solution cell's source."""
    cells = [
        _cell("markdown", "title", "# Problem set 1\n\nNumerical linear algebra and friends."),
        _cell("code", "imports", IMPORTS),
        _cell("code", "data", DATA, locked=True),
    ]
    for name, question in QUESTIONS.items():
        tests = question.visible
        if hidden:
            tests += f"\n### BEGIN HIDDEN TESTS\n{question.hidden}\n### END HIDDEN TESTS"
        cells.append(_cell("code", f"{name}-solution", answers[name], solution=True))
        cells.append(_cell("code", f"{name}-tests", tests, grade=True, locked=True))
    cells.append(_cell("markdown", "closing", "End of the problem set."))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, name: str, source: str, **marks: bool) -> dict[str, Any]:
    """A cell; `marks` are what nbgrader is told of it."""
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if marks:
        cell["metadata"] = {"nbgrader": _nbgrader(name, source, **marks)}
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def _nbgrader(
    name: str, source: str, *, grade: bool = False, solution: bool = False, locked: bool = False
) -> dict[str, Any]:
    """nbgrader's metadata of a code cell, with its checksum."""
    parts = [source, "code", str(grade), str(solution), str(locked), name]
    made: dict[str, Any] = {"points": _POINTS} if grade else {}
    parts += [str(float(_POINTS))] if grade else []
    return {
        **made,
        "cell_type": "code",
        "checksum": hashlib.md5("".join(parts).encode()).hexdigest(),
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


# ------------------------------------------------------------------ scripts

_HEAD = f"""\
import io, json, traceback
RESULTS = {{}}
{IMPORTS}
def _show_figures():
    for number in plt.get_fignums():
        plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")

{DATA}"""


def _script(student: _Student) -> str:
    """The same code as one plain file; what fails does not stop what follows."""
    parts = [_HEAD]
    for name, question in QUESTIONS.items():
        parts.append(_guarded(student.answers[name]))
        if "plt." in student.answers[name]:
            parts.append("_show_figures()")
        parts.append(f"RESULTS[{name!r}] = False")
        tests = f"{question.visible}\n{question.hidden}"
        parts.append(_guarded(f"{tests}\nRESULTS[{name!r}] = True"))
    return "\n".join([*parts, "print(json.dumps(RESULTS))", ""])


def _guarded(source: str) -> str:
    body = textwrap.indent(source, "    ")
    return f"try:\n{body}\nexcept Exception:\n    traceback.print_exc()"


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    """Write a workload to a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    asked = parser.parse_args()
    write_workload(asked.folder, asked.count)


_AsWritten = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    main()
