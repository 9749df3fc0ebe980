"""Grading again after a fix: who changes, by how much, in which question and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dfl_grading.audit import reasons
from dfl_grading.autograded import read_report
from dfl_grading.course import Course
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.model import GradeReport, QuestionResult
from dfl_grading.pipeline import GradedSet, GradeOptions, Watch, grade, preview

__all__ = ["Change", "QuestionChange", "Regraded", "regrade"]


@dataclass(frozen=True, kw_only=True)
class QuestionChange:
    """One question whose automatic score or verdict is another now, in points.

    `manual` is what a person gave: it stands, and counts in place of both.
    """

    notebook: str
    grade_id: str
    before: float | None
    after: float | None
    verdict_before: str
    verdict_after: str
    manual: float | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One student whose score changes: the points that count before and after, without late
    penalties, and why."""

    student: str
    before: float
    after: float
    questions: tuple[QuestionChange, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Regraded:
    """One problem set: the changes, how many were graded again and kept their score, how many
    were never graded before, how many up to date, and how many wait for a person."""

    problem_set: str
    changes: tuple[Change, ...]
    unchanged: int
    new: int
    up_to_date: int
    needs_person: int


def regrade(
    course: Course,
    names: Sequence[str],
    options: GradeOptions,
    watch: Watch,
    *,
    dry_run: bool,
) -> tuple[Regraded, ...]:
    """Grade what is not up to date, or with `dry_run` only say what that would change.

    A person's scores and comments stay as they are. Raises what `pipeline.grade` raises.
    """
    if not names:
        raise CourseError("regrade takes the problem sets to grade again; name at least one.")
    before = {
        config.name: {
            student: report
            for student, folder in course.autograded_folders(config.name).items()
            if (report := read_report(folder)) is not None
        }
        for config in course.chosen(names)
    }
    manual = _manual(course, list(before))
    made = (preview if dry_run else grade)(course, names, options, watch)
    return tuple(
        _compare(one, before[one.config.name], manual.get(one.config.name, {})) for one in made
    )


_Manual = Mapping[str, Mapping[tuple[str, str], float]]
"""What people gave, by student and question."""


def _manual(course: Course, names: Sequence[str]) -> dict[str, _Manual]:
    from dfl_grading.store import Store

    found: dict[str, _Manual] = {}
    with suppress(StoreError), Store(course.database_url, course.course_id, create=False) as store:
        for name in names:
            found[name] = {
                row.student: {
                    (q.notebook, q.grade_id): q.manual_score
                    for q in row.questions
                    if q.manual_score is not None
                }
                for row in store.scores(name)
            }
    return found


def _compare(graded: GradedSet, before: Mapping[str, GradeReport], manual: _Manual) -> Regraded:
    fresh = [report for report in graded.reports if report.student in graded.fresh]
    known = [report for report in fresh if report.student in before]
    changes = [_change(before[r.student], r, manual.get(r.student, {})) for r in known]
    real = tuple(change for change in changes if change is not None)
    return Regraded(
        problem_set=graded.config.name,
        changes=real,
        unchanged=len(known) - len(real),
        new=len(fresh) - len(known),
        up_to_date=len(graded.reports) - len(fresh),
        needs_person=sum(report.needs_person for report in graded.reports),
    )


def _change(
    before: GradeReport, after: GradeReport, manual: Mapping[tuple[str, str], float]
) -> Change | None:
    old = {(q.notebook, q.grade_id): q for q in before.questions}
    new = {(q.notebook, q.grade_id): q for q in after.questions}
    questions = tuple(
        _question(key, old.get(key), new.get(key), manual.get(key))
        for key in dict.fromkeys((*old, *new))
        if _said(old.get(key)) != _said(new.get(key))
    )
    if not questions:
        return None
    return Change(
        student=after.student,
        before=_counted(old, manual),
        after=_counted(new, manual),
        questions=questions,
        why=reasons(before, after.digests) if after.digests else ("the grader failed",),
    )


def _said(question: QuestionResult | None) -> tuple[float | None, str] | None:
    return None if question is None else (question.score, question.verdict.value)


def _question(
    key: tuple[str, str],
    before: QuestionResult | None,
    after: QuestionResult | None,
    manual: float | None,
) -> QuestionChange:
    return QuestionChange(
        notebook=key[0],
        grade_id=key[1],
        before=before.score if before else None,
        after=after.score if after else None,
        verdict_before=before.verdict.value if before else "",
        verdict_after=after.verdict.value if after else "",
        manual=manual,
    )


def _counted(
    questions: Mapping[tuple[str, str], QuestionResult], manual: Mapping[tuple[str, str], float]
) -> float:
    return sum(manual.get(key, one.score or 0.0) for key, one in questions.items())
