"""The course page: the syllabus week by week, on one page that needs no server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from dfl_grading.autograded import write_whole
from dfl_grading.course import Course, ProblemSetConfig, Reading
from dfl_grading.inert import show_markdown
from dfl_grading.page import render
from dfl_grading.release import read_notebooks
from dfl_grading.source import SourceNotebook
from dfl_grading.wording import format_points, make_visible

__all__ = ["Problem", "Section", "read_syllabus", "write_syllabus"]

_HEADING = re.compile(r"^#{2,4}\s+(.+?)\s*#*$", re.MULTILINE)
_NUMBER = re.compile(r"^(\d+)([.)])")
_POINTS = re.compile(r"\s*\([^()]*\bpoints?\b[^()]*\)\s*$")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One heading of a notebook with graded cells under it; `title` is Markdown. Points of cells
    that the grader judges, and of those that a person reads."""

    title: str
    automatic: float
    manual: float


@dataclass(frozen=True, kw_only=True)
class Section:
    """One problem set as the syllabus shows it. Times are aware, or None."""

    problem_set: str
    title: str
    series: str
    week: int | None
    description: str
    readings: tuple[Reading, ...]
    release: datetime | None
    due: datetime | None
    problems: tuple[Problem, ...]

    @property
    def points(self) -> float:
        """What can be earned in all."""
        return sum(problem.automatic + problem.manual for problem in self.problems)


def read_syllabus(course: Course, names: Sequence[str] = ()) -> tuple[Section, ...]:
    """The named problem sets as sections, or all of them, in the course's order.

    Raises CourseError for an unknown name or a source notebook that cannot be read.
    """
    return tuple(_section(course, config) for config in course.chosen(names))


def write_syllabus(course: Course, sections: Sequence[Section], output: Path) -> None:
    """Write the course page, whole or not at all. Raises OSError where that fails."""
    titles = {series.name: series for series in course.series}
    groups = [
        {
            "title": _line(titles[name].title) if name in titles else "",
            "description": show_markdown(titles[name].description) if name in titles else "",
            "sections": [_shown(section) for section in group],
        }
        for name, group in groupby(sections, key=lambda section: section.series)
    ]
    page = {
        "title": {"short": make_visible(course.title or course.course_id or course.root.name)},
        "description": show_markdown(course.description),
        "groups": groups,
        "count": len(sections),
    }
    html = render("syllabus.html.j2", page, ["syllabus.css"])
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, html.encode("utf-8", "replace"), mode=0o644)


def _section(course: Course, config: ProblemSetConfig) -> Section:
    problems = [p for notebook in read_notebooks(course, config.name) for p in _problems(notebook)]
    return Section(
        problem_set=config.name,
        title=config.title or config.name,
        series=config.series,
        week=config.week,
        description=config.description,
        readings=config.readings,
        release=config.release,
        due=config.due,
        problems=tuple(problems),
    )


def _problems(notebook: SourceNotebook) -> list[Problem]:
    """Each heading that graded cells stand under, with what they are worth."""
    title = notebook.name
    found: dict[str, list[float]] = {}
    for index, cell in enumerate(notebook.document["cells"]):
        graded = [one for one in notebook.graded if one.index == index]
        if not graded and cell["cell_type"] == "markdown":
            headings = _HEADING.findall(cell["source"])
            title = _POINTS.sub("", headings[-1]) if headings else title
        for one in graded:
            points = found.setdefault(title, [0.0, 0.0])
            points[one.kind != "autograded"] += one.points or 0.0
    return [Problem(title=name, automatic=a, manual=m) for name, (a, m) in found.items()]


def _shown(section: Section) -> dict[str, Any]:
    return {
        "anchor": section.problem_set,
        "week": section.week,
        "title": _line(section.title),
        "description": show_markdown(section.description),
        "release": _day(section.release),
        "due": _day(section.due),
        "readings": [
            {"author": make_visible(r.author), "title": make_visible(r.title), "chapter": r.chapter}
            for r in section.readings
        ],
        "problems": [
            {
                # a number in front is no list
                "title": show_markdown(_NUMBER.sub(r"\1\\\2", problem.title)),
                "automatic": format_points(problem.automatic) if problem.automatic else "",
                "manual": format_points(problem.manual) if problem.manual else "",
            }
            for problem in section.problems
        ],
        "points": format_points(section.points),
    }


def _line(text: str) -> str:
    return make_visible(text)


def _day(moment: datetime | None) -> str:
    return f"{moment:%A, %-d %B %Y, %H:%M}" if moment else ""
