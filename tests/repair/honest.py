"""The notebook that all damage is done to: what the instructor wrote, and an honest student's work.

The student has two of three functions right and has written a proof: 5 of 8 points, and 2 more
wait for a person.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import courses
import tiny_course as tiny

from dfl_grading.source import Delimiters, checksum, released, source_from

Document = dict[str, Any]
Cell = dict[str, Any]

SQUARE = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
MEAN = (
    "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n"
    "    ### END SOLUTION"
)
NORM = "def norm(x, y):\n    ### BEGIN SOLUTION\n    return math.hypot(x, y)\n    ### END SOLUTION"
SQUARE_TEST = (
    "assert square(2) == 4\n### BEGIN HIDDEN TESTS\nassert square(5) == 25\n### END HIDDEN TESTS"
)
MEAN_TEST = (
    "assert mean([1]) == 1\n### BEGIN HIDDEN TESTS\nassert mean([1, 2, 6]) == 3\n"
    "### END HIDDEN TESTS"
)
NORM_TEST = (
    "assert norm(0, 2) == 2\n### BEGIN HIDDEN TESTS\nassert norm(3, 4) == 5\n### END HIDDEN TESTS"
)

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
    problem_set.check(
        "norm-test", observe="norm(x, y)", edges=[{"x": 3.0, "y": 4.0}], by=close(rtol=1e-9)
    )
"""

POINTS = {"square-test": 2, "mean-test": 3, "norm-test": 1, "why": 2}
HONEST = {
    "square-test": "PASSED",
    "mean-test": "PASSED",
    "norm-test": "FAILED",
    "why": "MANUAL",
}
ANSWERS = {
    "square": "def square(x):\n    return x ** 2",
    "mean": "def mean(values):\n    total = 0\n    for value in values:\n        total += value\n"
    "    return total / len(values)",
    "norm": "def norm(x, y):\n    return abs(x) + abs(y)",
    "why": "The squares of the sides add up, as Pythagoras has shown.",
}


def source_cells() -> list[Cell]:
    return [
        tiny.cell("# Numbers\n\nFour questions.", "markdown"),
        tiny.cell("import math\nLIMIT = 10", grade_id="setup", locked=True),
        tiny.cell("## 1. Squares\n\nWrite `square(x)`.", "markdown"),
        courses.solution("square", SQUARE),
        courses.test("square-test", SQUARE_TEST, 2),
        tiny.cell("## 2. Means\n\nWrite `mean(values)`.", "markdown"),
        courses.solution("mean", MEAN),
        tiny.cell("mean([1, 2, 3])"),
        courses.test("mean-test", MEAN_TEST, 3),
        tiny.cell("## 3. Lengths\n\nWrite `norm(x, y)`.", "markdown"),
        courses.solution("norm", NORM),
        courses.test("norm-test", NORM_TEST, 1),
        tiny.cell("## 4. Why\n\nSay why it is so.", "markdown"),
        tiny.cell(
            "### BEGIN SOLUTION\nPythagoras.\n### END SOLUTION",
            "markdown",
            grade_id="why",
            grade=True,
            solution=True,
            points=2,
        ),
    ]


def handed_out() -> Document:
    """What the student got: stubs, no hidden tests, checksums, ids as an editor makes them."""
    document = tiny.notebook(*copy.deepcopy(source_cells()))
    source = source_from(copy.deepcopy(document), Path("p1.ipynb"))
    for each in source.cells:
        text = released(each, "python", Delimiters())
        cell = document["cells"][each.index]
        cell["source"] = text
        cell["metadata"]["deletable"] = False
        cell["metadata"]["nbgrader"]["checksum"] = checksum(each, text)
    return document


def handed_in() -> Document:
    """The honest student's work."""
    document = handed_out()
    for cell in document["cells"]:
        cell["source"] = ANSWERS.get(name_of(cell), cell["source"])
    return document


def name_of(cell: Cell) -> str:
    grade_id: str = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    return grade_id


def place(document: Document, grade_id: str) -> int:
    names = [name_of(cell) for cell in document["cells"]]
    return names.index(grade_id)


def find(document: Document, grade_id: str) -> Cell:
    cell: Cell = document["cells"][place(document, grade_id)]
    return cell


def take(document: Document, grade_id: str) -> Cell:
    """The cell of that name, taken out."""
    cell: Cell = document["cells"].pop(place(document, grade_id))
    return cell


def own(text: str, kind: str = "code") -> Cell:
    """A cell that the student added."""
    return {**tiny.cell(text, kind), "id": f"own{len(text)}x{sum(map(ord, text))}"}
