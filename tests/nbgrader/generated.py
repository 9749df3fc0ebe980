"""Courses made from a seed: every kind of cell that nbgrader knows, and answers of every kind."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tiny_course as tiny

PS = "made"
POINTS = (0, 0.5, 1, 2, 2.5, 3)
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


@dataclass(frozen=True)
class Question:
    """Source cells in order, and what a student may write in each answer: the first is right."""

    cells: tuple[dict[str, Any], ...]
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def test_cell(name: str, source: str, points: float) -> dict[str, Any]:
    return tiny.cell(source, grade_id=name, grade=True, locked=True, points=points)


def answer_cell(name: str, source: str) -> dict[str, Any]:
    return tiny.cell(source, grade_id=name, solution=True)


def of_function(rng: random.Random, name: str) -> Question:
    """A function, whose tests may be hidden, noisy, or show something that is no number."""
    k = rng.randint(2, 9)
    source = (
        f"def {name}(x):\n    ### BEGIN SOLUTION\n    return {k} * x\n    ### END SOLUTION\n"
        f"# keep this line"
    )
    lines = [f"assert {name}(1) == {k}"]
    if rng.random() < 0.5:
        lines.append(HIDDEN.format(f"assert {name}(3) == {3 * k}, 'no {name}'"))
    lines += rng.choice(
        ([], ["print(0.25)"], ["'0.25'"], [f"{name}"], ["None"], ["True"], ["0.25;"])
    )
    answers = [
        f"def {name}(x):\n    return {k} * x",
        f"def {name}(x):\n    print('here')\n    return x * {k}",
        f"def {name}(x):\n    return {k} if x == 1 else 0",
        f"def {name}(x):\n    return 'one'",
        f"def {name}(x):\n    raise ValueError(x)",
        f"def {name}(x) return 1",
        f"{name} = None\n1 / 0",
        f"def {name}(x):\n    return undefined_{name}",
        f"from IPython.display import display\ndisplay('x')\ndef {name}(x): return x + x * {k - 1}",
    ]
    cells = (
        answer_cell(name, source),
        test_cell(f"{name}-test", "\n".join(lines), rng.choice(POINTS)),
    )
    return Question(cells, {name: answers})


def of_value(rng: random.Random, name: str) -> Question:
    """A value without a solution region: all of the cell is the answer."""
    k = rng.randint(2, 99)
    cells = (
        answer_cell(name, f"{name} = {k}"),
        test_cell(f"{name}-test", f"assert {name} == {k}", rng.choice(POINTS)),
    )
    wrong = [f"{name} = {k - 1}", f"{name} = '{k}'", f"{name}", "pass", f"del {name}"]
    return Question(cells, {name: [f"{name} = {k}", f"{name} = {k}.0", *wrong]})


def of_parts(rng: random.Random, name: str) -> Question:
    """Partial credit: the test cell's last value is a number of points."""
    points = rng.choice(POINTS[1:])
    whole = rng.random() < 0.5
    share = "int(points)" if whole else "points"
    source = f"points = {points} * sum(v == i for i, v in enumerate({name})) / 4\n{share}"
    answers = [f"{name} = [0, 1, 2, 3]", f"{name} = [0, 1, 5, 3]", f"{name} = [5]", f"{name} = 4"]
    cells = (answer_cell(name, answers[0]), test_cell(f"{name}-test", source, points))
    return Question(cells, {name: answers})


def of_text(rng: random.Random, name: str) -> Question:
    flags = {"grade_id": name, "grade": True, "solution": True, "points": rng.choice(POINTS)}
    cells = (tiny.cell("Because.", "markdown", **flags),)
    return Question(cells, {name: ["Because.", "I do not know.", "$x^2$", "YOUR ANSWER HERE!"]})


def of_code_by_hand(rng: random.Random, name: str) -> Question:
    flags = {"grade_id": name, "grade": True, "solution": True, "points": rng.choice(POINTS)}
    cells = (tiny.cell("### BEGIN SOLUTION\nplot = 1\n### END SOLUTION\nplot", **flags),)
    return Question(cells, {name: ["plot = 1\nplot", "1 / 0", "print('a plot')"]})


def of_task(rng: random.Random, name: str) -> Question:
    text = "Draw it.\n### BEGIN MARK SCHEME\nA line: all points.\n### END MARK SCHEME"
    flags = {"grade_id": name, "task": True, "locked": True, "points": rng.choice(POINTS)}
    return Question((tiny.cell(text, "markdown", **flags),))


def of_autotest(rng: random.Random, name: str) -> Question:
    k = rng.randint(2, 99)
    mark = rng.choice(("AUTOTEST", "HASHED AUTOTEST"))
    lines = [f"### {mark} {name}"]
    if rng.random() < 0.5:
        lines += ["### BEGIN HIDDEN TESTS", f"### {mark} {name} + 1", "### END HIDDEN TESTS"]
    cells = (
        answer_cell(name, f"{name} = {k}"),
        test_cell(f"{name}-test", "\n".join(lines), rng.choice(POINTS)),
    )
    return Question(
        cells, {name: [f"{name} = {k}", f"{name} = {k}.0", f"{name} = {k + 1}", "pass"]}
    )


def of_data(rng: random.Random, name: str) -> Question:
    """Reads the problem set's file, which a student's own version must not replace."""
    k = rng.randint(2, 9)
    right = f"{name} = [int(n) for n in open('data.csv').read().split(',')]"
    cells = (
        tiny.cell(f"k_{name} = {k}", grade_id=f"{name}-given", locked=True),
        answer_cell(name, right),
        test_cell(f"{name}-test", f"assert sum({name}) * k_{name} == {6 * k}", rng.choice(POINTS)),
    )
    own = f"from helper import six\n{name} = [six]"
    return Question(cells, {name: [right, own, f"{name} = [0]", f"k_{name} = 0"]})


KINDS: tuple[Callable[[random.Random, str], Question], ...] = (
    of_function, of_function, of_value, of_parts, of_parts, of_text, of_code_by_hand, of_task,
    of_data,
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A generated problem set: its questions by notebook."""

    seed: int
    notebooks: Mapping[str, tuple[Question, ...]]

    def lay_out(self, root: Path, autotests: Path) -> None:
        folder = root / "source" / PS
        for name, questions in self.notebooks.items():
            cells = [cell for question in questions for cell in question.cells]
            tiny.write(
                folder / f"{name}.ipynb", tiny.notebook(tiny.cell("# Go", "markdown"), *cells)
            )
        (folder / "data.csv").write_text("1,2,3", encoding="utf-8")
        shutil.copyfile(autotests, root / "autotests.yml")


def make(seed: int) -> Made:
    """A problem set of two notebooks, the same for the same seed."""
    rng = random.Random(seed)
    notebooks = {}
    for name in ("p1", "p2"):
        kinds = [*KINDS, of_autotest] if name == "p1" else list(KINDS)
        rng.shuffle(kinds)
        notebooks[name] = tuple(kind(rng, f"{name}_q{number}") for number, kind in enumerate(kinds))
    return Made(seed, notebooks)


@dataclass(frozen=True)
class Student:
    """How often an answer is right, given at all; which notebooks; whether locked cells change."""

    name: str
    right: float
    given: float
    notebooks: tuple[str, ...] = ("p1", "p2")
    meddles: bool = False


STUDENTS = (
    Student("ann", 0.8, 1.0),
    Student("bob", 0.15, 0.9),
    Student("cid", 0.3, 0.3, ("p1",)),
    Student("dee", 0.5, 0.9, ("p2",), meddles=True),
)


def hand_in(made: Made, release: Path, submitted: Path) -> None:
    """Each student's hand-in, made from the released notebooks."""
    rng = random.Random(made.seed + 1)
    for student in STUDENTS:
        folder = submitted / student.name / PS
        for name in student.notebooks:
            answers = {
                grade_id: texts
                for question in made.notebooks[name]
                for grade_id, texts in question.answers.items()
            }
            path = release / PS / f"{name}.ipynb"
            document = json.loads(path.read_text(encoding="utf-8"))
            for cell in document["cells"]:
                _answer(cell, answers, student, rng)
            tiny.write(folder / f"{name}.ipynb", document)
        (folder / "timestamp.txt").write_text(tiny.STAMP, encoding="utf-8")
        (folder / "data.csv").write_text("0,0,0", encoding="utf-8")
        (folder / "helper.py").write_text("six = 6", encoding="utf-8")


def _answer(
    cell: dict[str, Any],
    answers: Mapping[str, Sequence[str]],
    student: Student,
    rng: random.Random,
) -> None:
    mark = cell["metadata"].get("nbgrader", {})
    grade_id = mark.get("grade_id")
    if grade_id in answers and rng.random() < student.given:
        texts = answers[grade_id]
        cell["source"] = texts[0] if rng.random() < student.right else rng.choice(texts)
    elif student.meddles and mark.get("locked"):
        cell["source"] = rng.choice(("pass", "# nothing", "99", cell["source"]))
        if "points" in mark:
            mark["points"] = rng.choice((mark["points"], 99))
