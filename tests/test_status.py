"""Where a course stands, before, while and after it is graded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import courses
import pytest
import tiny_course as tiny

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.release import release
from dfl_grading.status import Standing, look
from dfl_grading.store import Store

TOML = """
    [course]
    id = "c"
    [[problem_set]]
    name = "ps1"
    title = "Numbers"
    week = 3
    release = 2030-02-01T09:00:00
    due = 2030-03-01T09:00:00
"""


def look_at(root: Path, *names: str) -> tuple[Standing, ...]:
    return look(load_course(root), names)


def make_course(root: Path) -> Path:
    why = tiny.cell("Because.", "markdown", grade_id="why", grade=True, solution=True, points=5)
    courses.make_course(root, *courses.questions(), why, toml=TOML)
    courses.add_notebook(root, "q", *courses.questions(), problem_set="ps2")
    return root


def test_a_course_that_has_just_begun(tmp_path: Path) -> None:
    make_course(tmp_path)
    before = courses.tree(tmp_path)
    first, second = look_at(tmp_path)
    assert first == Standing(
        problem_set="ps1",
        title="Numbers",
        week=3,
        release=datetime(2030, 2, 1, 9, tzinfo=UTC),
        due=datetime(2030, 3, 1, 9, tzinfo=UTC),
        released=False,
        submitted=0,
        graded=0,
        needs_manual=0,
        mean=None,
    )
    assert (second.problem_set, second.title, second.week) == ("ps2", "ps2", None)
    assert courses.tree(tmp_path) == before
    assert look_at(tmp_path, "ps2") == (second,)
    with pytest.raises(CourseError, match="ps9"):
        look_at(tmp_path, "ps9")


def test_a_course_in_the_middle(tmp_path: Path) -> None:
    make_course(tmp_path)
    courses.hand_in(tmp_path, "ann", {"why": "I think so."})
    courses.hand_in(tmp_path, "bob", {"square": courses.WRONG_SQUARE, "why": "No."})
    courses.grade(tmp_path)
    courses.hand_in(tmp_path, "cem")
    course = load_course(tmp_path)
    with Store(course.database_url, course.course_id) as store:
        release(course, "ps1", store=store)
    standing, untouched = look_at(tmp_path)
    assert (standing.submitted, standing.graded, standing.needs_manual) == (3, 2, 2)
    assert standing.released
    # what a person has still to decide is not counted, as on the page of results
    assert standing.mean == pytest.approx((5 + 3) / 2 / 5)
    assert (untouched.submitted, untouched.graded, untouched.mean) == (0, 0, None)


def test_a_lost_gradebook_is_told_with_its_remedy_and_not_made_empty(tmp_path: Path) -> None:
    make_course(tmp_path)
    courses.hand_in(tmp_path, "ann")
    courses.grade(tmp_path)
    (tmp_path / "gradebook.db").unlink()
    with pytest.raises(StoreError, match=r"no gradebook at .*dfl grade"):
        look_at(tmp_path)
    assert not (tmp_path / "gradebook.db").exists()
    assert look_at(tmp_path, "ps2")[0].graded == 0
