"""Where a course stands: each problem set's dates, hand-ins, grades and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from dfl_grading.autograded import REPORT, read_report
from dfl_grading.course import Course, ProblemSetConfig
from dfl_grading.lateness import settle_late
from dfl_grading.store import ScoreRow, Store

__all__ = ["Standing", "look"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One problem set: times are aware, `mean` is a share in [0, 1] of the points that
    are decided, after late penalties and manual grading, or None where nothing is."""

    problem_set: str
    title: str
    week: int | None
    release: datetime | None
    due: datetime | None
    released: bool
    submitted: int
    graded: int
    needs_manual: int
    mean: float | None


def look(course: Course, names: Sequence[str] = ()) -> tuple[Standing, ...]:
    """The standing of the named problem sets, or of all, in the course's order.

    Raises CourseError for an unknown name and StoreError for a gradebook that cannot be read.
    """
    chosen = course.chosen(names)
    folders = [f for config in chosen for f in course.autograded_folders(config.name).values()]
    if not any((folder / REPORT).is_file() for folder in folders):
        return tuple(_standing(course, config, ()) for config in chosen)
    with Store(course.database_url, course.course_id, create=False) as store:
        settle_late(course, store)
        return tuple(_standing(course, config, store.scores(config.name)) for config in chosen)


def _standing(course: Course, config: ProblemSetConfig, rows: Sequence[ScoreRow]) -> Standing:
    submissions = course.submissions(config.name).submissions
    graded = [
        row
        for row in rows
        if read_report(course.autograded_folder(row.student, config.name)) is not None
    ]
    shares = [row.share for row in graded if row.share is not None]
    return Standing(
        problem_set=config.name,
        title=config.title,
        week=config.week,
        release=config.release,
        due=config.due,
        released=any(course.release_folder(config.name).glob("*.ipynb")),
        submitted=len(submissions),
        graded=len(graded),
        needs_manual=sum(row.needs_manual_grade for row in graded),
        mean=fmean(shares) if shares else None,
    )
