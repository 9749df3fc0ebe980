"""Late penalties by the course's own rules, worked out anew from what the gradebook says now.

nbgrader fixes a penalty when it autogrades; what a person grades later then escapes it. Here it
follows from the reports (how late) and the gradebook (which points), whenever one is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from dfl_grading.autograded import land_report, read_report
from dfl_grading.course import Course
from dfl_grading.late_rules import LateRules, days_late, late_penalty, spend_slip_days
from dfl_grading.model import GradeReport
from dfl_grading.store import ScoreRow, Store

__all__ = ["RULES", "settle_late"]

RULES = "course.toml"
"""The policy that a report names where `[late]` of `course.toml` made its penalty."""


def settle_late(course: Course, store: Store) -> int:
    """Bring every late penalty to what `[late]` says of the points now; returns how many changed.

    Does nothing in a course without such rules. Raises StoreError.
    """
    rules = course.late
    if rules is None:
        return 0
    due = store.due_dates()
    rows = {name: {row.student: row for row in store.scores(name)} for name in course.problem_sets}
    order = sorted(
        course.problem_sets, key=lambda name: due.get(name, datetime.max.replace(tzinfo=UTC))
    )
    changed: dict[str, dict[str, float]] = {}
    for student in sorted({student for there in rows.values() for student in there}):
        reports = _reports(course, student, order)
        spent = _spent(rules, reports)
        for name, report in reports.items():
            row = rows[name].get(student)
            if row is not None and _settle_one(course, rules, report, row, spent[name]):
                changed.setdefault(name, {})[student] = _penalty(rules, report, row, spent[name])
    for name, penalties in changed.items():
        store.set_penalties(name, penalties)
    return sum(map(len, changed.values()))


def _reports(course: Course, student: str, order: list[str]) -> dict[str, GradeReport]:
    found = {name: read_report(course.autograded_folder(student, name)) for name in order}
    return {name: report for name, report in found.items() if report is not None}


def _spent(rules: LateRules, reports: Mapping[str, GradeReport]) -> dict[str, int]:
    days = [days_late(rules, report.late.seconds) for report in reports.values()]
    return dict(zip(reports, spend_slip_days(rules, days), strict=True))


def _penalty(rules: LateRules, report: GradeReport, row: ScoreRow, spent: int) -> float:
    days = days_late(rules, report.late.seconds) - spent
    return late_penalty(rules, days, row.raw_score)


def _settle_one(
    course: Course, rules: LateRules, report: GradeReport, row: ScoreRow, spent: int
) -> bool:
    """Whether the gradebook's penalty is another now; the report's is mended here."""
    penalty = _penalty(rules, report, row, spent)
    late = replace(
        report.late,
        penalty=penalty,
        slip_days=spent,
        policy=RULES if penalty or spent else "",
    )
    if late != report.late:
        folder = course.autograded_folder(report.student, report.problem_set)
        # who grades another problem set meanwhile may have landed a newer one
        if read_report(folder) == report:
            land_report(folder, replace(report, late=late))
    return abs(row.penalty - penalty) > 1e-9
