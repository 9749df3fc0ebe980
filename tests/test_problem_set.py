"""What a grader file declares: checks, hidden arguments, and what it is refused for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import courses
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading import Part, ProblemSet, close
from dfl_grading.course import load_course
from dfl_grading.errors import GraderFileError
from dfl_grading.problem_set import SOLUTION, Check, load_problem_set, wants_case
from dfl_grading.release import read_notebooks

BY = close(rtol=1e-9)


def draw(rng: np.random.Generator) -> dict[str, Any]:
    return {"x": rng.normal(size=3), "n": int(rng.integers(100))}


def declare(**changes: Any) -> tuple[Check, ...]:
    """The checks of the cell `q` of a problem set that declares it with these arguments."""
    problem_set = ProblemSet("ps1")
    problem_set.check("q", **{"observe": "f(x)", "by": BY, **changes})
    return problem_set.of("q")


def test_a_check_is_what_was_declared_and_where() -> None:
    (check,) = declare(draw=draw)
    assert (check.grade_id, check.part, check.group) == ("q", "", "")
    assert (check.observe, check.reference, check.weight) == ("f(x)", SOLUTION, 1.0)
    assert check.file == __file__
    assert check.line > 1
    assert ProblemSet("ps1").of("q") == ()


def test_parts_share_one_observation_and_have_their_own_comparers() -> None:
    other = close(rtol=1e-3)
    parts = {"first": Part(by=BY, weight=2), "second": Part(by=other, reference=lambda x: x)}
    first, second = declare(by=None, parts=parts, draw=draw)
    assert (first.part, first.group, first.weight, first.by) == ("first", "first", 2, BY)
    assert (second.part, second.group, second.weight, second.by) == ("second", "first", 1, other)
    assert first.reference == SOLUTION
    assert callable(second.reference)
    assert repr(first.cases("ps1")) == repr(second.cases("ps1"))


def test_parts_may_be_declared_one_by_one() -> None:
    problem_set = ProblemSet("ps1", prelude="import math")
    problem_set.check("q", part="a", observe="f(1)", by=BY)
    problem_set.check("q", part="b", observe="f(2)", by=BY)
    problem_set.check("other", observe="g()", by=BY)
    assert [check.part for check in problem_set.of("q")] == ["a", "b"]
    assert problem_set.of("q")[0].observe == "import math\nf(1)"


# ------------------------------------------------------------------ hidden arguments


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=5), st.text(max_size=5), st.integers(1, 4))
def test_arguments_are_drawn_alike_each_time_and_apart_for_each_set(
    name: str, student: str, draws: int
) -> None:
    (check,) = declare(draw=draw, draws=draws)
    cases = check.cases(name, student)
    assert len(cases) == draws
    assert repr(cases) == repr(check.cases(name, "another"))
    assert repr(cases) != repr(check.cases(name + "!", student))
    assert len({repr(case.arguments) for case in cases}) == draws


def test_edges_come_first_and_nothing_means_one_case() -> None:
    (check,) = declare(draw=draw, draws=2, edges=[{"x": 0, "n": 0}])
    assert [case.edge for case in check.cases("ps1")] == [True, False, False]
    (bare,) = declare()
    assert [dict(case.arguments) for case in bare.cases("ps1")] == [{}]


def test_what_a_reference_does_to_its_arguments_stays_with_it() -> None:
    (check,) = declare(edges=[{"x": np.array([2.0, 1.0]), "names": ["b", "a"]}])
    (case,) = check.cases("ps1")
    case.arguments["x"].sort()
    case.arguments["names"].sort()
    (again,) = check.cases("ps1")
    assert again.arguments["x"].tolist() == [2.0, 1.0]
    assert again.arguments["names"] == ["b", "a"]


@pytest.mark.parametrize("bad", [lambda rng: 1 / 0, lambda rng: 7, dict, lambda rng: None])
def test_a_draw_that_fails_is_told_with_file_and_line(bad: Any) -> None:
    (check,) = declare(draw=bad)
    with pytest.raises(GraderFileError, match=rf"test_problem_set\.py:{check.line}: drawing"):
        check.cases("ps1")


# ------------------------------------------------------------------ what is refused

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no Python": ({"observe": "f("}, "not Python"),
    "no text": ({"observe": None}, "not Python"),
    "a null byte": ({"observe": "f(\0)"}, "not Python"),
    "no expression": ({"observe": "x = 1"}, "needs an expression"),
    "nothing": ({"observe": "# later"}, "needs an expression"),
    "no comparer": ({"by": None}, "needs either by="),
    "two comparers": ({"parts": {"a": Part(by=BY)}}, "needs either by="),
    "no parts": ({"by": None, "parts": {}}, "needs either by="),
    "a part with parts": (
        {"by": None, "parts": {"a": Part(by=BY)}, "part": "b"},
        "needs either by=",
    ),
    "a comparer that is none": ({"by": "close"}, "to be a comparer"),
    "a comparer of one value": ({"by": lambda value: True}, "to take .value, reference."),
    "a comparer of four": ({"by": lambda value, reference, case, more: True}, "to take"),
    "a reference that is a value": ({"reference": 3.0}, "needs reference="),
    "a reference that is an array": ({"reference": np.zeros(3)}, "needs reference="),
    "a reference of another word": ({"reference": "solutions"}, "needs reference="),
    "no draws": ({"draw": draw, "draws": 0}, "draws=0"),
    "draws of text": ({"draw": draw, "draws": "3"}, "draws='3'"),
    "no weight": ({"weight": 0}, "above zero"),
    "a negative weight": ({"weight": -1}, "above zero"),
    "a weight that is none": ({"weight": float("nan")}, "above zero"),
    "an endless weight": ({"weight": float("inf")}, "above zero"),
    "no time": ({"seconds": 0}, "above zero"),
    "endless time": ({"seconds": float("inf")}, "above zero"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_check_that_cannot_be_right_is_refused_where_it_stands(name: str) -> None:
    changes, words = REFUSED[name]
    with pytest.raises(GraderFileError, match=rf"test_problem_set\.py:\d+: .*'q'.*{words}"):
        declare(**changes)


def test_a_check_is_declared_once() -> None:
    problem_set = ProblemSet("ps1")
    problem_set.check("q", observe="1", by=BY)
    with pytest.raises(GraderFileError, match="was declared at line"):
        problem_set.check("q", observe="2", by=BY)


@pytest.mark.parametrize(
    ("by", "wants"),
    [
        (lambda value, reference: True, False),
        (lambda value, reference, case: True, True),
        (max, False),
    ],
)
def test_a_comparer_may_ask_for_the_case(by: Any, wants: bool) -> None:
    assert wants_case(by) is wants


# ------------------------------------------------------------------ grader files


def load(root: Path) -> ProblemSet:
    course = load_course(root)
    path = course.grader_file("ps1")
    assert path is not None
    return load_problem_set(path, read_notebooks(course, "ps1"))


def test_a_grader_file_is_read_anew_each_time_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Bytecode is believed for a second after a change, and would be written beside the file."""
    courses.make_course(tmp_path)
    assert len(load(tmp_path).checks) == 2
    path = tmp_path / "graders/ps1.py"
    path.write_text(path.read_text().replace("draws=2", "draws=9"))
    assert load(tmp_path).checks[0].draws == 9
    assert [p.name for p in path.parent.iterdir()] == ["ps1.py"]


def test_a_grader_file_reads_its_own_future_and_no_other(tmp_path: Path) -> None:
    """`from __future__ import annotations` of ours must not reach into it."""
    grader = courses.GRADER + "\n    def f(x: undefined) -> int: ...\n"
    courses.make_course(tmp_path, grader=grader)
    with pytest.raises(GraderFileError, match="NameError"):
        load(tmp_path)


def test_a_grader_file_may_have_dataclasses_and_print(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grader = (
        """
    from __future__ import annotations
    from dataclasses import dataclass
    print("hello")
    @dataclass
    class Interval:
        low: float
    """
        + courses.GRADER
    )
    courses.make_course(tmp_path, grader=grader)
    load(tmp_path)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\n")


def test_ctrl_c_in_a_grader_file_is_no_fault_of_it(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader="raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path)


def test_a_cell_in_two_notebooks_cannot_be_checked(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    courses.add_notebook(tmp_path, "p2", *courses.questions())
    with pytest.raises(GraderFileError, match="'square-test' is in p1 and in p2"):
        load(tmp_path)


@pytest.mark.parametrize("named", ["square-test", "square", "nothing"])
def test_in_kernel_names_cells_that_have_no_check(tmp_path: Path, named: str) -> None:
    courses.make_course(tmp_path)
    path = tmp_path / "graders/ps1.py"
    path.write_text(path.read_text() + f"problem_set.in_kernel({named!r})\n")
    with pytest.raises(GraderFileError, match=f"in_kernel names '{named}'"):
        load(tmp_path)


def test_the_grader_files_module_can_be_found_by_name(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    draw_of = load(tmp_path).checks[0].draw
    assert draw_of is not None
    assert sys.modules[draw_of.__module__].__file__ == str(tmp_path / "graders/ps1.py")
