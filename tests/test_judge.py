"""From observations to points: each verdict, each message, each fault on its own road."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dfl_grading.compare import Judgement, bands, close, exact, items, up_to_sign
from dfl_grading.judge import judge_in_kernel, judge_manual, judge_outside
from dfl_grading.model import CellRun, CellStatus, Evidence, Observed, QuestionResult, Verdict
from dfl_grading.problem_set import ProblemSet
from dfl_grading.source import SourceCell
from dfl_grading.values import Raised, Ungradeable

OK = CellRun(status=CellStatus.OK)


def cell(points: float | None = 4.0, grade_id: str = "q1") -> SourceCell:
    return SourceCell(
        grade_id=grade_id,
        cell_type="code",
        source="",
        points=points,
        grade=True,
        solution=False,
        locked=True,
        task=False,
        index=3,
    )


def draw_x(rng: np.random.Generator) -> dict[str, Any]:
    return {"x": float(rng.uniform(1.1, 2.9))}


def course(**options: Any) -> ProblemSet:
    made = ProblemSet("ps1", show_reference=options.pop("show_reference", False))
    settings = {"observe": "f(x)", "draw": draw_x, "draws": 4, "by": close(rtol=1e-8)}
    made.check("q1", **{**settings, **options})
    return made


def judge(
    problem_set: ProblemSet,
    answer: Any,
    solution: Any = None,
    run: CellRun = OK,
    points: float = 4.0,
) -> QuestionResult:
    """Judge as the pipeline does: `answer` and `solution` are functions of the arguments."""
    observed, references = {}, {}
    for check in problem_set.of("q1"):
        cases = check.cases(problem_set.name)
        given = [answer(**case.arguments) for case in cases]
        observed[check.part] = tuple(
            one if isinstance(one, Observed) else Observed(value=one) for one in given
        )
        if solution is not None:
            references[check.part] = tuple(solution(**case.arguments) for case in cases)
    return judge_outside(problem_set, cell(points), "notebook", run, observed, references)


def square(x: float = 2.0) -> float:
    return x**2


def raising(name: str, message: str = "", **details: Any) -> Any:
    return lambda **_: Raised(name, message, details or None)


# Verdicts and points


def test_a_right_answer_earns_the_points_and_no_words() -> None:
    result = judge(course(), square, square)
    assert (result.verdict, result.score, result.max_score) == (Verdict.PASSED, 4.0, 4.0)
    assert (result.message, result.parts) == ("", ())
    assert result.evidence is Evidence.OUTSIDE
    assert (result.grade_id, result.notebook) == ("q1", "notebook")


def test_full_credit_is_the_points_to_the_last_bit() -> None:
    made = course(part="a", weight=0.1)
    made.check("q1", observe="f(x)", draw=draw_x, part="b", weight=0.2, by=close(rtol=1e-8))
    assert judge(made, square, square, points=0.7).score == 0.7


def test_partial_credit_is_the_fraction_of_the_draws() -> None:
    edges = [{"x": 0.0}]
    result = judge(course(edges=edges), lambda x: x**2 if x else -1.0, square)
    assert (result.verdict, result.score) == (Verdict.PARTIAL, 4.0 * 4 / 5)
    assert result.message.startswith("Right on 4 of 5 hidden cases; the edge case x = 0 fails")


def test_all_or_nothing_keeps_the_credit_and_still_counts() -> None:
    result = judge(
        course(edges=[{"x": 0.0}], all_or_nothing=True), lambda x: x**2 if x else -1.0, square
    )
    assert (result.verdict, result.score) == (Verdict.FAILED, 0.0)
    assert result.message.startswith("Right on 4 of 5 hidden cases, and all must be right; the")


def test_a_wrong_answer_is_failed_with_one_diagnosis_over_all_draws() -> None:
    result = judge(course(), lambda x: -(x**2), square)
    assert (result.verdict, result.score) == (Verdict.FAILED, 0.0)
    assert result.message == "Wrong on all 4 hidden cases: sign flipped on all draws."


def test_a_factor_is_told_but_not_named() -> None:
    result = judge(course(), lambda x: 3.7 * x**2, square)
    assert "off by a constant factor on all draws" in result.message
    assert "3.7" not in result.message


def test_sample_variance_is_told_by_the_size_of_the_argument() -> None:
    made = course(draw=lambda rng: {"x": rng.normal(size=int(rng.integers(5, 30)))})
    result = judge(made, lambda x: float(np.var(x)), lambda x: float(np.var(x, ddof=1)))
    assert "population against sample variance" in result.message


def test_two_cases_are_both_of_them() -> None:
    result = judge(course(draws=2), lambda x: x + 7.3 * x**3, square)
    assert result.message == "Wrong on both hidden cases: wrong value."


def test_an_array_of_objects_is_called_one() -> None:
    made = Ungradeable("numpy array of dtype object", "it holds Python objects")
    message = judge(course(), lambda x: made, square).message
    assert "returned a numpy array of dtype object, which cannot be graded" in message


def test_a_wrong_shape_is_named_once() -> None:
    result = judge(course(), lambda x: np.array([x**2]), square)
    assert result.message == (
        "Wrong on all 4 hidden cases: the right values, but in the wrong shape (1,), expected a "
        "single number."
    )


def test_the_form_is_named_beside_the_diagnosis() -> None:
    made = course(draw=lambda rng: {"x": rng.normal(size=(2, 3))})
    result = judge(made, lambda x: x, lambda x: x.T)
    assert "transposed on all draws; wrong shape (2, 3), expected (3, 2)" in result.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: None, "returned None: is a return missing?"),
        (lambda x: math.nan, "not finite"),
        (lambda x: str(x), "returned text, expected a real number"),
        (lambda x: Ungradeable("Tensor<b>", "cannot cross"), "an object of type Tensor<b>"),
        (lambda x: np.array([[x]]), "wrong shape (1, 1), expected a single number"),
        (lambda x: 17.25, "the same answer, whatever the arguments"),
    ],
)
def test_wrong_answers_are_told_what_kind(answer: Any, said: str) -> None:
    result = judge(course(), answer, square)
    assert result.verdict is Verdict.FAILED
    assert said in result.message


@pytest.mark.parametrize("name", ["TIMEOUT", "MEMORY", "OUTPUT", "KILLED"])
def test_a_stopped_evaluation_has_its_own_verdict(name: str) -> None:
    result = judge(course(), raising(name), square)
    assert (result.verdict, result.score) == (Verdict[name], 0.0)
    assert result.message


def test_one_timeout_leaves_the_credit_of_the_other_draws() -> None:
    made = course(edges=[{"x": 1e9}])
    result = judge(made, lambda x: Raised("TIMEOUT") if x == 1e9 else x**2, square)
    assert (result.verdict, result.score) == (Verdict.PARTIAL, 4.0 * 4 / 5)
    assert "x = 1e+09 fails" in result.message
    assert "took too long" in result.message


def test_the_most_telling_reason_names_the_verdict() -> None:
    made = course(edges=[{"x": 0.0}, {"x": 1.0}])

    def answer(x: float) -> Any:
        return {0.0: Raised("ValueError", "bad"), 1.0: Raised("TIMEOUT")}.get(x, -1.0)

    assert judge(made, answer, lambda x: x + 7.5).verdict is Verdict.TIMEOUT


def test_an_error_is_an_error_and_says_which() -> None:
    result = judge(course(), raising("ValueError", "shapes (3,) and (4,) differ"), square)
    assert (result.verdict, result.score) == (Verdict.ERROR, 0.0)
    assert result.message == "Raised ValueError: shapes (3,) and (4,) differ."


def test_an_error_message_does_not_carry_hidden_numbers_out() -> None:
    result = judge(course(), lambda x: Raised("ValueError", f"x was {x!r} or {x:e}"), square)
    assert "ValueError: x was … or …" in result.message


def test_an_edge_case_may_show_its_numbers() -> None:
    made = course(draw=None, edges=[{"x": 0.25}])
    result = judge(made, lambda x: Raised("ValueError", f"x was {x!r}"), square)
    assert "x was 0.25" in result.message


def test_an_error_message_is_one_short_printable_line() -> None:
    result = judge(course(), raising("E\nvil" * 99, "a\x1b[31m\n\0b" * 999), square)
    assert result.message.isprintable()
    assert len(result.message) < 400


def test_what_is_still_a_stub_is_told_so() -> None:
    result = judge(course(), raising("NotImplementedError"), square)
    assert result.verdict is Verdict.ERROR
    assert "still to be written" in result.message


def test_a_function_that_was_never_defined_is_missing() -> None:
    result = judge(course(), raising("NameError", "…", undefined="f"), square)
    assert (result.verdict, result.score) == (Verdict.MISSING, 0.0)
    assert result.message == "The name f is not defined."


def test_a_name_that_the_students_own_code_lacks_is_an_error() -> None:
    result = judge(course(), raising("NameError", "no g", undefined="g"), square)
    assert result.verdict is Verdict.ERROR


def test_an_argument_is_never_the_missing_name() -> None:
    result = judge(course(), raising("NameError", "no x", undefined="x"), square)
    assert result.verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (CellStatus.SKIPPED, Verdict.MISSING),
        (CellStatus.TIMEOUT, Verdict.TIMEOUT),
        (CellStatus.MEMORY, Verdict.MEMORY),
        (CellStatus.OUTPUT, Verdict.OUTPUT),
        (CellStatus.KILLED, Verdict.KILLED),
    ],
)
def test_a_cell_that_never_got_there_says_why(status: CellStatus, verdict: Verdict) -> None:
    made = course()
    references = {"": (1.0, 2.0, 3.0, 4.0)}
    run = CellRun(status=status)
    result = judge_outside(made, cell(), "notebook", run, {}, references)
    assert (result.verdict, result.score) == (verdict, 0.0)
    assert result.message


def test_mutated_arguments_are_noted_and_cost_nothing() -> None:
    result = judge(course(), lambda x: Observed(value=x**2, mutated=("x", "evil")), square)
    assert (result.verdict, result.score) == (Verdict.PASSED, 4.0)
    assert result.message == "Note: it changes its argument x in place."


def test_edges_of_arrays_may_fail_in_several_ways() -> None:
    edges = [{"x": np.zeros(2)}, {"x": np.ones(2)}, {"x": np.full(2, 2.0)}]
    made = course(draw=None, edges=edges, reference=lambda x: x + 1)
    answers = iter([np.array([5.0, 5.0]), Raised("ValueError", "no"), np.full(2, 3.0)])
    result = judge(made, lambda **_: next(answers))
    assert result.verdict is Verdict.PARTIAL, result.message
    assert "an edge case fails" in result.message


def test_hidden_draws_are_not_shown() -> None:
    made = course()
    result = judge(made, lambda x: x + 0.123, square)
    for case in made.checks[0].cases("ps1"):
        assert f"{case.arguments['x']:.4g}" not in result.message
        assert f"{case.arguments['x'] ** 2:.4g}" not in result.message


def test_reference_values_are_shown_only_if_the_problem_set_says_so() -> None:
    made = course(draw=None, edges=[{"x": 3.0}], show_reference=True)
    assert "expected 9, got 10.5" in judge(made, lambda x: 10.5, square).message
    made = course(draw=None, edges=[{"x": 3.0}])
    assert "9" not in judge(made, lambda x: 10.5, square).message


@pytest.mark.parametrize(
    "value",
    [10**5000, "t" * 10**6, [[1.0]] * 3, b"x", {"a": 1}, np.zeros(3), np.zeros(99), None, 1j],
    ids=lambda value: type(value).__name__,
)
def test_showing_a_reference_takes_any_value(value: Any) -> None:
    made = course(draw=None, show_reference=True, by=exact())
    result = judge_outside(
        made, cell(), "n", OK, {"": (Observed(value=0.5),)}, {"": (value,)}, "sam"
    )
    assert result.verdict is Verdict.FAILED
    assert "expected" in result.message
    assert len(result.message) < 400


# Parts and weights


def test_parts_share_the_points_by_weight() -> None:
    made = course(part="value", weight=3.0)
    made.check("q1", observe="f(x)", draw=draw_x, part="sign", weight=1.0, by=up_to_sign(rtol=1e-8))
    result = judge(made, lambda x: -(x**2), square)
    assert (result.verdict, result.score) == (Verdict.PARTIAL, 1.0)
    assert [(p.name, p.score, p.max_score, p.verdict) for p in result.parts] == [
        ("value", 0.0, 3.0, Verdict.FAILED),
        ("sign", 1.0, 1.0, Verdict.PASSED),
    ]
    assert result.message == "value: Wrong on all 4 hidden cases: sign flipped on all draws."


def test_what_is_wrong_with_several_parts_is_said_once() -> None:
    made = course(part="a")
    made.check("q1", observe="f(x)", draw=draw_x, draws=7, part="b", by=close(rtol=1e-8))
    made.check("q1", observe="f(x)", draw=draw_x, part="c", by=up_to_sign(rtol=1e-8))
    result = judge(made, raising("NotImplementedError"), square)
    assert result.message == "Raised NotImplementedError: is it still to be written?"

    made = course(part="a")
    made.check("q1", observe="f(x)", draw=draw_x, draws=4, part="b", by=close(rtol=1e-6))
    made.check("q1", observe="f(x)", draw=draw_x, part="c", by=lambda v, r: Judgement(0.0, "odd"))
    result = judge(made, lambda x: -(x**2), square)
    assert result.message == (
        "a, b: Wrong on all 4 hidden cases: sign flipped on all draws. "
        "c: Wrong on all 3 hidden cases: odd."
    )


def test_parts_that_make_one_make_it_to_the_last_bit() -> None:
    made = course(part="a", weight=1.0)
    for name in ("b", "c"):
        made.check("q1", observe="f(x)", draw=draw_x, part=name, by=lambda v, r: 2 / 3)
    made.check("q1", observe="f(x)", draw=draw_x, part="d", by=lambda v, r: 2 / 3)
    assert judge(made, square, square, points=4.0).score == 3.0


def test_what_is_wrong_with_all_parts_is_said_once() -> None:
    made = course(part="a")
    made.check("q1", observe="f(x)", draw=draw_x, draws=4, part="b", by=exact())
    result = judge(made, raising("NameError", "", undefined="f"), square)
    assert (result.verdict, result.message) == (Verdict.MISSING, "The name f is not defined.")


def test_fractions_of_a_plain_function_count() -> None:
    result = judge(course(by=lambda value, reference: 0.25), square, square)
    assert (result.verdict, result.score) == (Verdict.PARTIAL, 1.0)
    assert "not fully right" in result.message.lower()


def test_a_plain_function_says_its_own_words() -> None:
    result = judge(course(by=lambda v, r: Judgement(0.0, "look at page 3")), square, square)
    assert "look at page 3" in result.message


def test_a_plain_function_without_words_borrows_the_diagnosis() -> None:
    result = judge(course(by=lambda v, r: bool(v == r)), lambda x: -(x**2), square)
    assert "sign flipped on all draws" in result.message


def test_a_comparer_may_ask_for_the_case() -> None:
    made = course(reference=None, by=lambda value, reference, case: value == case["x"] ** 2)
    assert judge(made, square).verdict is Verdict.PASSED


def test_a_closed_form_needs_no_reference_box() -> None:
    made = course(reference=lambda x: x * x)
    assert judge(made, square).verdict is Verdict.PASSED
    assert judge(made, lambda x: -x).verdict is Verdict.FAILED


def test_each_student_is_judged_by_the_draws_of_their_own() -> None:
    made = course(per_student=True, reference=square)
    for student in ("ada", "bob"):
        cases = made.checks[0].cases("ps1", student)
        observed = {"": tuple(Observed(value=square(**case.arguments)) for case in cases)}
        mine = judge_outside(made, cell(), "n", OK, observed, {}, student)
        assert mine.verdict is Verdict.PASSED
        other = judge_outside(made, cell(), "n", OK, observed, {}, "eve")
        assert other.verdict is Verdict.FAILED


def test_bands_give_half() -> None:
    made = course(by=bands((1.0, close(rtol=1e-8)), (0.5, close(rtol=1e-4))))
    result = judge(made, lambda x: x**2 * (1 + 1e-6), square)
    assert (result.verdict, result.score) == (Verdict.PARTIAL, 2.0)
    assert "not to the precision" in result.message


def test_items_speak_for_themselves() -> None:
    made = course(by=items(exact(), up_to_sign(rtol=1e-8), close(rtol=1e-8)))
    result = judge(made, lambda x: (1, -x, x + 0.5), lambda x: (1, x, x))
    assert (result.verdict, result.score) == (Verdict.PARTIAL, pytest.approx(4.0 * 2 / 3))
    assert "item 2: " in result.message
    assert "sign" not in result.message


# Faults that are not the student's


def failing(*_: Any) -> bool:
    raise ZeroDivisionError("oops")


@pytest.mark.parametrize(
    ("options", "solution", "said"),
    [
        ({"by": failing}, square, "ZeroDivisionError"),
        ({"by": lambda v, r: math.nan}, square, "lies in [0, 1]"),
        ({"by": lambda v, r: 1.5}, square, "lies in [0, 1]"),
        ({"by": lambda v, r: "good"}, square, "not str"),
        ({"by": lambda v, r: None}, square, "not NoneType"),
        ({"by": lambda v, r: np.array([True])}, square, "not ndarray"),
        ({"reference": None}, None, "reference= is None"),
        ({"reference": None, "by": bands((1.0, exact()))}, None, "reference= is None"),
        ({"reference": None, "by": items(exact(), exact())}, None, "reference= is None"),
        ({"reference": lambda y: y}, None, "reference= raised TypeError"),
        ({}, None, "gave no value"),
        ({}, raising("ValueError", "no"), "the reference solution raised ValueError: no"),
        ({}, lambda x: Ungradeable("Spline"), "the reference solution returns a Spline"),
        ({}, lambda x: math.nan, "does not pass close("),
        ({"draw": lambda rng: 7}, square, "drawing arguments"),
    ],
)
def test_a_fault_of_the_check_is_a_grader_error_and_no_score(
    options: dict[str, Any], solution: Any, said: str
) -> None:
    made = course(**options)
    references = {}
    if solution is not None:
        references = {"": tuple(solution(x=x) for x in (1.5, 2.0, 2.5, 2.75))}
    observed = {"": tuple(Observed(value=x) for x in (1.0, 2.0, 3.0, 4.0))}
    result = judge_outside(made, cell(), "notebook", OK, observed, references)
    assert (result.verdict, result.score) == (Verdict.GRADER_ERROR, None)
    assert said in result.message
    assert "test_judge.py:" in result.message


def test_too_few_observations_of_a_cell_that_ran_are_our_fault() -> None:
    result = judge_outside(course(), cell(), "n", OK, {}, {"": (1.0,) * 4})
    assert (result.verdict, result.score) == (Verdict.GRADER_ERROR, None)


def test_too_many_observations_are_our_fault() -> None:
    many = {"": tuple(Observed(value=1.0) for _ in range(5))}
    result = judge_outside(course(), cell(), "n", OK, many, {"": (1.0,) * 4})
    assert result.verdict is Verdict.GRADER_ERROR


def test_a_cell_without_a_check_is_a_grader_error() -> None:
    result = judge_outside(course(), cell(grade_id="q9"), "n", OK, {}, {})
    assert (result.verdict, result.score) == (Verdict.GRADER_ERROR, None)


def test_a_comparer_fault_on_one_part_withholds_the_whole_score() -> None:
    made = course(part="a")
    made.check("q1", observe="f(x)", draw=draw_x, draws=4, part="b", by=failing)
    assert judge(made, square, square).score is None


# Test cells that ran inside the kernel


@pytest.mark.parametrize(
    ("run", "verdict", "score"),
    [
        (OK, Verdict.PASSED, 4.0),
        (CellRun(status=CellStatus.OK, value=4.0), Verdict.PASSED, 4.0),
        (CellRun(status=CellStatus.OK, value=1.5), Verdict.PARTIAL, 1.5),
        (CellRun(status=CellStatus.OK, value=0.0), Verdict.FAILED, 0.0),
        (CellRun(status=CellStatus.OK, value=math.nan), Verdict.GRADER_ERROR, None),
        (CellRun(status=CellStatus.OK, value=math.inf), Verdict.GRADER_ERROR, None),
        (CellRun(status=CellStatus.OK, value=-0.5), Verdict.GRADER_ERROR, None),
        (CellRun(status=CellStatus.OK, value=4.5), Verdict.GRADER_ERROR, None),
        (CellRun(status=CellStatus.ERROR, error_name="AssertionError"), Verdict.FAILED, 0.0),
        (CellRun(status=CellStatus.ERROR, error_name="KeyError"), Verdict.ERROR, 0.0),
        (CellRun(status=CellStatus.TIMEOUT), Verdict.TIMEOUT, 0.0),
        (CellRun(status=CellStatus.MEMORY), Verdict.MEMORY, 0.0),
        (CellRun(status=CellStatus.OUTPUT), Verdict.OUTPUT, 0.0),
        (CellRun(status=CellStatus.KILLED), Verdict.KILLED, 0.0),
        (CellRun(status=CellStatus.SKIPPED), Verdict.MISSING, 0.0),
    ],
)
def test_in_kernel_cells(run: CellRun, verdict: Verdict, score: float | None) -> None:
    result = judge_in_kernel(cell(), "notebook", run)
    assert (result.verdict, result.score, result.max_score) == (verdict, score, 4.0)
    assert result.evidence is Evidence.IN_KERNEL
    assert bool(result.message) == (verdict not in (Verdict.PASSED, Verdict.PARTIAL)) or score == 0


def test_a_failed_assertion_says_what_it_says() -> None:
    run = CellRun(
        status=CellStatus.ERROR, error_name="AssertionError", error_message="f(2) is not 4"
    )
    assert judge_in_kernel(cell(), "notebook", run).message == "f(2) is not 4."


def test_a_cell_without_points_passes_with_none() -> None:
    result = judge_in_kernel(cell(points=0.0), "notebook", OK)
    assert (result.verdict, result.score) == (Verdict.PASSED, 0.0)


@pytest.mark.parametrize(
    ("answered", "score", "message"), [(True, None, ""), (False, 0.0, "No response.")]
)
def test_manual_cells_wait_for_a_person(answered: bool, score: float | None, message: str) -> None:
    result = judge_manual(cell(), "notebook", answered)
    assert (result.verdict, result.score, result.message) == (Verdict.MANUAL, score, message)
    assert (result.evidence, result.max_score) == (Evidence.MANUAL, 4.0)
