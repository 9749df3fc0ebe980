"""Errors carried forward, and parts of one value: through the real command, beside neighbours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import courses
import pytest

from dfl_grading import Part, ProblemSet, close
from dfl_grading.errors import GraderFileError

CUBE = "def cube(x):\n    ### BEGIN SOLUTION\n    return square(x) * x + 1\n    ### END SOLUTION"
CELLS = (
    courses.solution("square", courses.SQUARE),
    courses.test("square-test", "", 2),
    courses.solution("cube", CUBE),
    courses.test("cube-test", "", 6),
)
GRADER = """
    from dfl_grading import Part, ProblemSet, close

    problem_set = ProblemSet("ps1")

    def draw(rng):
        return {"x": float(rng.uniform(1.2, 1.9))}

    problem_set.check("square-test", observe="square(x)", draw=draw, by=close(rtol=1e-9))
    problem_set.check(
        "cube-test",
        observe="(cube(x), -cube(x))",
        draw=draw,
        carry={"s": "square(x)"},
        reference=lambda x, s: (s * x + 1, -s * x - 1),
        parts={
            "plus": Part(by=close(rtol=1e-9), at=0, weight=2),
            "minus": Part(by=close(rtol=1e-9), at=1),
        },
    )
"""
OWN_CUBE = "def cube(x):\n    return square(x) * x + 1"
ANSWERS = {
    "right": ("def square(x):\n    return x**2", OWN_CUBE, "PASSED PASSED", 8),
    "carried": (courses.WRONG_SQUARE, OWN_CUBE, "FAILED PASSED", 6),
    "right-after-all": (
        courses.WRONG_SQUARE,
        "def cube(x):\n    return x**3 + 1",
        "FAILED PASSED",
        6,
    ),
    "both-wrong": (
        courses.WRONG_SQUARE,
        "def cube(x):\n    return square(x) * x",
        "FAILED FAILED",
        0,
    ),
    "one-part": (
        courses.WRONG_SQUARE,
        "class Odd(float):\n    __neg__ = lambda self: 0.0\n"
        "def cube(x):\n    return Odd(square(x) * x + 1)",
        "FAILED PARTIAL",
        4,
    ),
    "no-number": ("def square(x):\n    return float('nan')", OWN_CUBE, "FAILED FAILED", 0),
    "an-array": (
        "import numpy as np\ndef square(x):\n    return np.zeros(3)",
        "def cube(x):\n    return 1.0",
        "FAILED FAILED",
        0,
    ),
    "made-up": (
        "def square(x):\n    return 0.0",
        "def cube(x):\n    return 1.0",
        "FAILED FAILED",
        0,
    ),
    "text": (
        "def square(x):\n    return 'x'",
        "def cube(x):\n    return 'x' * 2",
        "FAILED ERROR",
        0,
    ),
    "raises": ("def square(x):\n    return 1 / 0", OWN_CUBE, "ERROR ERROR", 0),
    "raises-then-right": (
        "def square(x):\n    return 1 / 0",
        "def cube(x):\n    return x**3 + 1",
        "ERROR PASSED",
        6,
    ),
    "not-a-pair": (
        "def square(x):\n    return x**2",
        "def cube(x):\n    return []",
        "PASSED ERROR",
        2,
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("carry")
    courses.make_course(root, grader=GRADER)
    courses.add_notebook(root, "p1", *CELLS)
    for student, (square, cube, _, _) in ANSWERS.items():
        courses.hand_in(root, student, {"square": square, "cube": cube})
    courses.dfl(root, "grade")
    return root


@pytest.mark.parametrize("student", ANSWERS)
def test_an_error_is_carried_forward(graded: Path, student: str) -> None:
    _, _, verdicts, score = ANSWERS[student]
    assert " ".join(courses.verdicts(graded, student).values()) == verdicts
    assert courses.report(graded, student)["score"] == pytest.approx(score)


def test_the_student_is_told_that_an_own_value_was_used(graded: Path) -> None:
    told = courses.questions_of(graded, "carried")["cube-test"]["message"]
    assert told == "Judged by what follows from your own s."
    assert courses.questions_of(graded, "right")["cube-test"]["message"] == ""
    assert "your own" not in courses.questions_of(graded, "right-after-all")["cube-test"]["message"]
    assert "your own" not in courses.questions_of(graded, "both-wrong")["cube-test"]["message"]


def test_each_part_judges_its_own_item(graded: Path) -> None:
    parts = courses.questions_of(graded, "one-part")["cube-test"]["parts"]
    assert [(part["name"], part["verdict"]) for part in parts] == [
        ("plus", "PASSED"),
        ("minus", "FAILED"),
    ]


def test_earlier_values_are_for_the_same_hidden_arguments() -> None:
    made = ProblemSet("ps1")
    settings: dict[str, Any] = {"by": close(rtol=1e-9), "reference": lambda x, s: s * x}
    made.check(
        "q", observe="g(x)", draw=lambda rng: {"x": rng.normal()}, carry={"s": "f(x)"}, **settings
    )
    (check,), (carried,) = made.of("q"), made.carried
    assert carried.cases("ps1") == check.cases("ps1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference": "solution"}, "needs reference= to be a function"),
        ({"reference": None}, "needs reference= to be a function"),
        ({"false_failure": 1e-6}, "is stochastic"),
        ({"carry": {"s": "square("}}, "not Python"),
    ],
)
def test_what_cannot_be_carried_is_refused(changes: dict[str, Any], words: str) -> None:
    settings: dict[str, Any] = {
        "observe": "f()",
        "by": close(rtol=1e-9),
        "reference": lambda s: math.sqrt(s),
        "carry": {"s": "square(2.0)"},
    }
    with pytest.raises(GraderFileError, match=words):
        ProblemSet("ps1").check("q", **{**settings, **changes})


PICTURE = (
    "import matplotlib.pyplot as plt\ndef picture(x):\n    ### BEGIN SOLUTION\n"
    "    _, ax = plt.subplots()\n    ax.plot(x, x, label='line')\n"
    "    ax.hist(x, bins=[0, 1, 4])\n    return ax\n    ### END SOLUTION"
)
PLOTS = """
    import numpy as np
    from dfl_grading import Part, ProblemSet, curve, plot
    from dfl_grading.values import Plot, PlotLine

    problem_set = ProblemSet("ps1")
    problem_set.check(
        "picture-test",
        observe="picture(np.array([0.5, 2.0]))",
        parts={
            "by a plot": Part(
                by=plot(atol=1e-9),
                reference=lambda: Plot(lines=(
                    PlotLine(np.array([0.5, 2.0]), np.array([0.5, 2.0])),
                    PlotLine(np.array([0.5, 2.5]), np.array([1.0, 1.0])),
                )),
            ),
            "by a curve": Part(
                by=curve(label="line", atol=1e-9),
                reference=lambda: (np.array([0.5, 1.0, 2.0]), np.array([0.5, 1.0, 2.0])),
            ),
            "by widths": Part(by=lambda value, _: list(value.lines[1].widths) == [1.0, 3.0]),
        },
    )
"""


def test_a_reference_may_be_a_plot_and_bars_have_widths(tmp_path: Path) -> None:
    cells = (courses.solution("picture", PICTURE), courses.test("picture-test", "", 2))
    courses.make_course(tmp_path, courses.tiny.cell("import numpy as np"), *cells, grader=PLOTS)
    courses.hand_in(tmp_path, "ada")
    courses.grade(tmp_path)
    question = courses.questions_of(tmp_path, "ada")["picture-test"]
    assert question["verdict"] == "PASSED", question["message"]
    wrong = PICTURE.replace("ax.plot(x, x,", "ax.plot(x, 2 * x,")
    courses.hand_in(tmp_path, "bob", {"picture": wrong})
    courses.grade(tmp_path)
    parts = courses.questions_of(tmp_path, "bob")["picture-test"]["parts"]
    assert [part["verdict"] for part in parts] == ["FAILED", "FAILED", "PASSED"]


def test_a_part_may_be_stochastic_alone() -> None:
    made = ProblemSet("ps1")
    by = close(rtol=1e-9)
    parts = {"sure": Part(by=by), "chance": Part(by=by, false_failure=1e-6)}
    made.check("q", observe="f()", parts=parts)
    assert [check.false_failure for check in made.of("q")] == [None, 1e-6]
