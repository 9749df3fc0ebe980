"""`dfl syllabus`: the course page, and what it says of the shipped course."""

from __future__ import annotations

import json
from pathlib import Path

import courses
import pytest
from inert_page import Page, refuse_lively

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError
from dfl_grading.syllabus import read_syllabus, write_syllabus

ROOT = Path(__file__).parent.parent
TOML = """
    [course]
    title = "Numbers & <b>more</b>"
    description = "With $x^2$."

    [[series]]
    name = "basics"
    title = "The basics"

    [[problem_set]]
    name = "ps1"
    title = "First <script>"
    series = "basics"
    week = 3
    readings = [{ author = "A. Author", title = "A Book", chapter = "1-2" }]
    release = 2027-01-11T09:00:00
    due = 2027-01-25T23:59:00
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    cells = [
        courses.tiny.cell("# Title\n\nSome text.", "markdown"),
        courses.tiny.cell("## 1. Squares (2 points)\n\nSquare it: $x^2$.", "markdown"),
        courses.solution("square", courses.SQUARE),
        courses.test("square-test", "", 2),
        courses.tiny.cell("### Why (3 points, read by a person)", "markdown"),
        courses.tiny.cell("", "markdown", grade_id="why", grade=True, solution=True, points=3),
    ]
    courses.make_course(tmp_path, *cells, toml=TOML)
    return tmp_path


def test_the_page_shows_each_week_and_runs_nothing(course: Path) -> None:
    done = courses.dfl(course, "syllabus")
    page = course / "syllabus.html"
    assert done.stdout.split() == [str(page)]
    html = page.read_text(encoding="utf-8")
    parsed = Page(html)
    refuse_lively(parsed)
    text = " ".join(element.text for element in parsed.elements)
    for wanted in ("Week 3", "A Book", "1-2", "The basics", "Squares", "Why", "25 January 2027"):
        assert wanted in text
    assert "ol" not in {element.name for element in parsed.elements}
    assert "b" not in {element.name for element in parsed.elements}
    assert "First &lt;script&gt;" in html


def test_json_says_the_same(course: Path) -> None:
    made = json.loads(courses.dfl(course, "syllabus", "--json", "--output", "page.html").stdout)
    assert (course / "page.html").is_file()
    (section,) = made["sections"]
    assert (section["week"], section["series"]) == (3, "basics")
    assert section["problems"] == [
        {"title": "1. Squares", "automatic": 2.0, "manual": 0.0},
        {"title": "Why", "automatic": 0.0, "manual": 3.0},
    ]


def test_a_series_that_is_not_there_is_told_with_its_line(course: Path) -> None:
    toml = (course / "course.toml").read_text(encoding="utf-8")
    (course / "course.toml").write_text(toml.replace('series = "basics"', 'series = "basic"'))
    with pytest.raises(CourseError, match=r'course\.toml:\d+: .*did you mean "basics"'):
        load_course(course)


def test_the_shipped_course_has_a_complete_page(tmp_path: Path) -> None:
    here = load_course(ROOT)
    sections = read_syllabus(here)
    assert [section.problem_set for section in sections] == list(here.problem_sets)
    for section in sections:
        assert section.week is not None
        assert section.release is not None
        assert section.due is not None
        assert section.description
        assert section.series in {series.name for series in here.series}
        assert len(section.problems) >= 5
        assert sum(problem.automatic for problem in section.problems) == 20
        assert sum(problem.manual for problem in section.problems) >= 1
    write_syllabus(here, sections, tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(f'id="{section.problem_set}"' in html for section in sections)
    assert all(
        reading.title in html
        for s in sections
        for reading in s.readings
        if "'" not in reading.title
    )
