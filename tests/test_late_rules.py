"""`[late]` of `course.toml` and `dfl extend`: arithmetic, then courses by the real commands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import courses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError
from dfl_grading.late_rules import LateRules, days_late, late_penalty, lowest, spend_slip_days

DAY = 86400.0


@pytest.mark.parametrize(
    ("grace", "seconds", "days"),
    [(0, 0, 0), (0, 1, 1), (0, DAY, 1), (0, DAY + 1, 2), (10, 600, 0), (10, 601, 1), (10, -5, 0)],
)
def test_a_day_counts_once_it_has_begun(grace: float, seconds: float, days: int) -> None:
    assert days_late(LateRules(grace_minutes=grace), seconds) == days


@pytest.mark.parametrize(
    ("rules", "days", "cost"),
    [
        ({"percent_per_day": 10}, 2, 1.6),
        ({"points_per_day": 1.5}, 2, 3.0),
        ({"percent_per_day": 10, "points_per_day": 1}, 1, 1.8),
        ({"percent_per_day": 10, "cap_percent": 15}, 9, 1.2),
        ({"points_per_day": 3, "cap_points": 5}, 9, 5.0),
        ({"points_per_day": 3}, 9, 8.0),
        ({}, 9, 0.0),
    ],
)
def test_days_cost_what_the_rules_say(rules: dict[str, float], days: int, cost: float) -> None:
    assert late_penalty(LateRules(**rules), days, 8.0) == pytest.approx(cost)  # type: ignore[arg-type]


@given(
    st.builds(
        LateRules,
        percent_per_day=st.floats(0, 200),
        points_per_day=st.floats(0, 50),
        cap_percent=st.floats(0, 100),
        cap_points=st.floats(0, 50),
    ),
    st.integers(0, 400),
    st.floats(-1, 100),
)
def test_a_penalty_is_never_more_than_the_score_and_never_falls(
    rules: LateRules, days: int, score: float
) -> None:
    cost = late_penalty(rules, days, score)
    assert 0 <= cost <= max(0.0, score)
    assert cost <= late_penalty(rules, days + 1, score)
    assert late_penalty(rules, 0, score) == 0


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 20))
def test_slip_days_are_spent_in_order(days: list[int], slip: int) -> None:
    spent = spend_slip_days(LateRules(slip_days=slip), days)
    assert sum(spent) == min(slip, sum(days))
    assert all(0 <= one <= late for one, late in zip(spent, days, strict=True))
    unpaid = [i for i, (one, late) in enumerate(zip(spent, days, strict=True)) if one < late]
    assert all(spent[i] == 0 for i in range(unpaid[0] + 1, len(days))) if unpaid else True


def test_the_lowest_are_dropped_and_one_is_left() -> None:
    shares = {"a": 0.5, "b": 0.25, "c": 0.25}
    assert lowest(shares, 1) == {"b"}
    assert lowest(shares, 9) == {"b", "c"}
    assert lowest(shares, 0) == lowest({}, 3) == frozenset()


# ------------------------------------------------------------------ whole courses

TOML = """
    [late]
    grace_minutes = 30
    percent_per_day = 10
    slip_days = 1
    drop_lowest = 1

    [[problem_set]]
    name = "ps1"
    due = 2030-02-27T09:30:00

    [[problem_set]]
    name = "ps2"
    due = 2030-02-28T10:00:00
"""
# every hand-in is stamped 2030-03-01 10:00: two days and half an hour, and one day, too late


@pytest.fixture
def course(tmp_path: Path) -> Path:
    courses.make_course(tmp_path, toml=TOML)
    courses.add_notebook(tmp_path, "p1", *courses.questions(), problem_set="ps2")
    grader = (tmp_path / "graders/ps1.py").read_text(encoding="utf-8")
    courses.write(tmp_path / "graders/ps2.py", grader.replace('"ps1"', '"ps2"'))
    for name in ("ps1", "ps2"):
        courses.hand_in(tmp_path, "ada", problem_set=name)
    courses.hand_in(tmp_path, "bob", {"square": courses.WRONG_SQUARE}, problem_set="ps2")
    return tmp_path


def late(root: Path, student: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = courses.report(root, student, name)["late"]
    return found


def exported(root: Path, to: str = "csv") -> list[dict[str, str]]:
    courses.dfl(root, "export", "--output", "grades.csv", "--to", to)
    with (root / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_lateness_costs_after_slip_days_and_grading_again_changes_nothing(course: Path) -> None:
    courses.grade(course)
    first = {name: late(course, "ada", name) for name in ("ps1", "ps2")}
    # three days of ps1 have begun, one of them is free; ps2 comes after it and pays for its day
    assert (first["ps1"]["slip_days"], first["ps1"]["penalty"]) == (1, pytest.approx(1.0))
    assert (first["ps2"]["slip_days"], first["ps2"]["penalty"]) == (0, pytest.approx(0.5))
    assert first["ps1"]["policy"] == "course.toml"
    assert late(course, "bob", "ps2")["slip_days"] == 1
    assert late(course, "bob", "ps2")["penalty"] == 0
    before = courses.tree(course / "autograded")
    courses.grade(course)
    assert courses.tree(course / "autograded") == before
    courses.grade(course, force=True)
    assert {name: late(course, "ada", name) for name in ("ps1", "ps2")} == first


def test_a_penalty_follows_what_a_person_grades_later(course: Path) -> None:
    from nbgrader.api import Gradebook

    courses.grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("square-test", "p1", "ps1", "ada")
        grade.manual_score = 0.0
        gradebook.db.commit()
    (row,) = [r for r in exported(course) if (r["student"], r["problem_set"]) == ("ada", "ps1")]
    assert float(row["penalty"]) == pytest.approx(0.6)
    assert float(row["score"]) == pytest.approx(2.4)
    assert late(course, "ada", "ps1")["penalty"] == pytest.approx(0.6)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("ps1", "ada")
        assert submission.late_submission_penalty == pytest.approx(0.6)


def test_totals_leave_out_the_lowest(course: Path) -> None:
    courses.grade(course)
    totals = {row["student"]: row for row in exported(course, "totals")}
    assert totals["ada"]["dropped"] == "ps1"
    assert float(totals["ada"]["total"]) == pytest.approx(4.5)
    assert float(totals["ada"]["percent"]) == pytest.approx(90)
    assert totals["bob"]["dropped"] == "ps1", "what was never handed in is worth nothing"
    assert float(totals["bob"]["ps1"]) == 0


def test_an_extension_counts_at_once_and_may_be_taken_back(course: Path) -> None:
    courses.grade(course)
    said = courses.dfl(course, "extend", "ps1", "--student", "ada", "--days", "2").stdout
    assert "ada" in said
    courses.grade(course)
    there = late(course, "ada", "ps1")
    assert (there["extension_seconds"], there["seconds"]) == (2 * DAY, 1800.0)
    assert (there["penalty"], there["slip_days"]) == (0, 0), "within the grace time now"
    assert late(course, "ada", "ps2")["slip_days"] == 1, "so the free day is left for ps2"
    found = json.loads(courses.dfl(course, "extend", "--json").stdout)["extensions"]
    assert [(one["problem_set"], one["student"], one["waiting"]) for one in found] == [
        ("ps1", "ada", False)
    ]
    courses.dfl(course, "extend", "ps1", "--student", "ada", "--none")
    courses.grade(course)
    assert late(course, "ada", "ps1")["slip_days"] == 1
    assert json.loads(courses.dfl(course, "extend", "--json").stdout)["extensions"] == []


def test_an_extension_waits_for_the_hand_in(course: Path) -> None:
    courses.dfl(course, "extend", "ps2", "--all", "--days", "1")
    assert (course / "extensions.csv").read_text(encoding="utf-8").split() == [
        "problem_set,student,minutes",
        "ps2,ada,1440",
        "ps2,bob,1440",
    ]
    courses.grade(course)
    assert late(course, "bob", "ps2")["seconds"] == 0
    assert not (course / "extensions.csv").exists()
    found = json.loads(courses.dfl(course, "extend", "--json").stdout)["extensions"]
    assert [(one["student"], one["waiting"]) for one in found] == [("ada", False), ("bob", False)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ps9", "--student", "ada", "--days", "1"), "ps9"),
        (("ps1", "--days", "1"), "nobody is named"),
        (("ps1", "--student", "ada"), "takes --days"),
        (("ps1", "--student", "ada", "--days", "1", "--none"), "takes --days"),
    ],
)
def test_what_cannot_be_extended_is_told(
    course: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in courses.dfl(course, "extend", *arguments, code=2).stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [("percent_per_day = -1", "of at least 0"), ("slip_days = 1.5", "whole"), ("tax = 1", "tax")],
)
def test_rules_that_cannot_be_meant_are_refused_with_their_line(
    tmp_path: Path, line: str, words: str
) -> None:
    courses.make_course(tmp_path, toml=f"[late]\n{line}\n")
    with pytest.raises(CourseError, match=rf"course\.toml:2: .*{words}"):
        load_course(tmp_path)


def test_a_waiting_list_that_is_broken_is_told_with_its_line(course: Path) -> None:
    (course / "extensions.csv").write_text("problem_set,student,minutes\nps1,ada,soon\n")
    assert "extensions.csv:2" in courses.dfl(course, "extend", code=2).stderr
