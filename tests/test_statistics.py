"""Statistics against numpy on random data, and what each says of too little data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_class import make_class, make_question, make_report

from dfl_grading.model import NO_RESPONSE, GradeReport, Outcome, Repair, RunRecord, Verdict
from dfl_grading.statistics import (
    AttentionKind,
    analyse_items,
    correlate,
    count_bins,
    find_attention,
    list_questions,
    measure_share,
    measure_spread,
)

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


def scored(student: str, scores: list[float], points: list[float]) -> GradeReport:
    return make_report(
        student,
        *(
            make_question(f"q{n}", Verdict.PARTIAL, points=most, score=score)
            for n, (score, most) in enumerate(zip(scores, points, strict=True))
        ),
    )


@given(st.lists(numbers, min_size=1, max_size=60))
@settings(deadline=None)
def test_the_spread_is_numpys(values: list[float]) -> None:
    spread = measure_spread(values)
    assert spread is not None
    expected = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    found = [
        spread.lowest,
        spread.lower_quartile,
        spread.median,
        spread.upper_quartile,
        spread.highest,
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(spread.mean, np.mean(values), rtol=1e-9, atol=1e-9)
    if len(values) > 1:
        assert spread.deviation == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-9)
    else:
        assert spread.deviation is None


def test_no_values_have_no_spread() -> None:
    assert measure_spread([]) is None


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=60))
@settings(deadline=None)
def test_the_correlation_is_numpys_or_undefined(pairs: list[tuple[float, float]]) -> None:
    left, right = (list(side) for side in zip(*pairs, strict=True))
    found = correlate(left, right)
    if min(np.ptp(left) / (1 + np.max(np.abs(left))), np.ptp(right)) == 0:
        assert found is None
    elif found is not None:
        assert found == pytest.approx(np.corrcoef(left, right)[0, 1], abs=1e-6)
    else:
        pytest.fail("it varies, so it correlates")


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.1 + 0.2, 0.3, 0.3, 0.3]])
def test_a_correlation_of_too_little_is_undefined(values: list[float]) -> None:
    assert correlate(values, list(range(len(values)))) is None


def test_items_of_a_random_class_are_numpys() -> None:
    rng = np.random.default_rng(3)
    points = [1.0, 2.0, 3.0, 4.0]
    scores = rng.uniform(0, points, size=(50, 4))
    reports = [scored(f"s{n}", row.tolist(), points) for n, row in enumerate(scores)]
    for index, item in enumerate(analyse_items(reports)):
        rest = np.delete(scores, index, axis=1).sum(axis=1)
        assert item.grade_id == f"q{index}"
        assert (item.scored, item.total) == (50, 50)
        assert item.mean == pytest.approx(scores[:, index].mean())
        assert item.facility == pytest.approx(scores[:, index].mean() / points[index])
        assert item.discrimination == pytest.approx(np.corrcoef(scores[:, index], rest)[0, 1])


def test_an_undecided_question_neither_counts_as_zero_nor_drops_the_student() -> None:
    report = make_report(
        "ada", make_question("a", Verdict.PARTIAL), make_question("b", Verdict.MANUAL, points=10)
    )
    assert measure_share(report.questions) == 0.5
    assert measure_share(report.questions[1:]) is None
    manual = analyse_items([report])[1]
    assert (manual.scored, manual.mean, manual.facility) == (0, None, None)


def test_answers_for_a_person_are_graded_or_wait_and_blanks_are_neither() -> None:
    blank = make_question("b", Verdict.MANUAL, score=0.0, message=NO_RESPONSE)
    results = [
        blank,
        make_question("b", Verdict.MANUAL, score=0.0),
        make_question("b", Verdict.MANUAL, score=1.5),
        make_question("b", Verdict.MANUAL),
    ]
    item, plain = analyse_items(
        [make_report(str(n), one, make_question("a")) for n, one in enumerate(results)]
    )
    assert (item.manual, item.graded, item.waiting, item.scored) == (True, 2, 1, 3)
    assert (plain.manual, plain.graded, plain.waiting, plain.passed) == (False, 0, 0, 1.0)


def test_the_only_question_has_no_discrimination() -> None:
    reports = [
        make_report(str(n), make_question("a", verdict))
        for n, verdict in enumerate([Verdict.PASSED, Verdict.FAILED, Verdict.PARTIAL])
    ]
    assert analyse_items(reports)[0].discrimination is None


def test_a_question_without_points_has_no_facility() -> None:
    reports = [make_report("a", make_question("bonus", points=0.0)), make_report("b")]
    assert [item.facility for item in analyse_items(reports)] == [None, 1.0]


def test_questions_of_different_reports_are_united_in_order() -> None:
    reports = [make_report("a", make_question("x")), make_report("b", make_question("y"))]
    assert list_questions(reports) == (("vectors", "x"), ("vectors", "y"))
    assert [item.total for item in analyse_items(reports)] == [1, 1]


def test_messages_that_differ_in_numbers_only_are_one_message() -> None:
    texts = ["off by 1.5e-3", "no array", "off by -7", "off by 20", "no array"]
    reports = [
        make_report(str(n), make_question("a", Verdict.FAILED, message=text))
        for n, text in enumerate(texts)
    ]
    item = analyse_items(reports)[0]
    assert (item.message, item.message_count) == ("off by 1.5e-3", 3)


def test_those_who_passed_leave_no_message() -> None:
    item = analyse_items([make_report("a", make_question("a", message="well done"))])[0]
    assert (item.message, item.message_count) == ("", 0)


@given(st.lists(st.integers(0, 1000), max_size=200))
@settings(deadline=None)
def test_bins_hold_every_share_once(thousandths: list[int]) -> None:
    counts = count_bins([value / 1000 for value in thousandths])
    expected = [0] * 10
    for value in thousandths:
        expected[min(9, value // 100)] += 1
    assert list(counts) == expected


def test_a_sum_of_tenths_falls_on_its_boundary() -> None:
    assert count_bins([sum([0.1] * 8)])[8] == 1  # 0.7999999999999999


def test_shares_outside_the_scale_go_to_its_ends() -> None:
    assert count_bins([-0.2, 1.7]) == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1)


def test_attention_groups_students_and_puts_the_worst_first() -> None:
    fault = make_question("fit", Verdict.GRADER_ERROR, message="graders/a.py:3: no reference")
    essay = make_question("essay", Verdict.MANUAL, message="please read")
    repair = Repair(notebook="vectors", grade_id=None, what="metadata put back")
    unreadable = GradeReport(
        student="eve",
        problem_set="linear-1-vectors",
        questions=(),
        repairs=(repair,),
        run=RunRecord(outcome=Outcome.UNREADABLE, message="it is not JSON"),
    )
    found = find_attention(
        [make_report("ada", essay, fault), make_report("bob", fault), unreadable]
    )
    assert [(e.kind, e.where, e.what, e.students) for e in found] == [
        (AttentionKind.GRADER_ERROR, "fit", "graders/a.py:3: no reference", ("ada", "bob")),
        (AttentionKind.UNREADABLE, "", "it is not JSON", ("eve",)),
        (AttentionKind.MANUAL, "essay", "", ("ada",)),
        (AttentionKind.REPAIR, "vectors", "metadata put back", ("eve",)),
    ]


def test_the_same_repair_of_many_cells_is_told_once() -> None:
    repairs = tuple(
        Repair(notebook="vectors", grade_id=name, what="mark lost") for name in ("a", "b", "c", "d")
    )
    four = replace(make_report("ada"), repairs=(*repairs, replace(repairs[0], what="moved")))
    five = replace(make_report("bob"), repairs=(*repairs, replace(repairs[0], grade_id="e")))
    assert [(e.where, e.what, e.students) for e in find_attention([four])] == [
        ("a, b, c, d", "mark lost", ("ada",)),
        ("a", "moved", ("ada",)),
    ]
    assert [e.where for e in find_attention([five])] == ["a, b, c and 2 more"]
    assert [(e.where, e.students) for e in find_attention([four, five])] == [
        ("a, b, c, d", ("ada", "bob")),
        ("a", ("ada",)),
        ("e", ("bob",)),
    ]


def test_a_run_that_failed_is_told_once_not_for_each_question() -> None:
    questions = tuple(
        make_question(name, Verdict.GRADER_ERROR, message="no box") for name in ("a", "b")
    )
    run = RunRecord(outcome=Outcome.GRADER_ERROR, message="no box")
    report = GradeReport(student="ada", problem_set="p", questions=questions, run=run)
    assert [(e.where, e.what) for e in find_attention([report])] == [("", "no box")]


def test_a_perfect_class_needs_nobody() -> None:
    assert find_attention([make_report("ada"), make_report("bob")]) == ()


def test_counts_cover_the_class() -> None:
    for item in analyse_items(make_class(60)):
        assert item.total == 60
        assert item.passed == item.counts[Verdict.PASSED] / 60
