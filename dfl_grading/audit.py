"""The record of every score that was given once and is another now: `audit.csv`, a line each."""

from __future__ import annotations

import csv
import getpass
import io
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from dfl_grading.course import Course
from dfl_grading.errors import StoreError
from dfl_grading.export import neutralise
from dfl_grading.model import GradeReport

__all__ = ["AUDIT", "reasons", "record"]

AUDIT: Final = "audit.csv"

_HEAD: Final = ("when", "who", "problem_set", "student", "from", "to", "why")
_WHY: Final[Mapping[str, str]] = {
    "submission": "the student's files changed",
    "source": "the source notebooks changed",
    "grader": "the grader changed",
    "reference": "the reference's values changed",
    "limits": "the limits changed",
    "environment": "what is installed changed",
    "tool": "another version of dfl_grading",
}


def reasons(before: GradeReport, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Why a report is not up to date: what its digests held of what is there now."""
    if not before.digests:
        return ("a person was needed before",)
    changed = [why for key, why in _WHY.items() if before.digests.get(key) != digests.get(key)]
    return tuple(changed) or ("graded again though nothing changed",)


def record(
    course: Course, before: GradeReport, after: GradeReport, digests: Mapping[str, str]
) -> None:
    """Add a line where a score changes, before it lands: a power cut may double a line, and
    loses none. Raises StoreError where the disk refuses."""
    if _scores(before) == _scores(after):
        return
    path = course.root / AUDIT
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    if not path.exists():
        writer.writerow(_HEAD)
    why = "; ".join(reasons(before, digests))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    student = neutralise(after.student)
    scores = (_points(before), _points(after))
    writer.writerow([now, _operator(), after.problem_set, student, *scores, why])
    try:
        with path.open("a", encoding="utf-8", newline="") as line:
            line.write(file.getvalue())
            line.flush()
            os.fsync(line.fileno())
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); free space or mend permissions, then "
            f"grade again: what is done stays done."
        ) from error


def _scores(report: GradeReport) -> dict[tuple[str, str], float | None]:
    return {(q.notebook, q.grade_id): q.score for q in report.questions}


def _points(report: GradeReport) -> str:
    """The automatic points; with a question mark while something is not decided."""
    return f"{report.auto_score:g}" + ("" if report.score is not None else "?")


def _operator() -> str:
    try:
        return neutralise(getpass.getuser())
    except (KeyError, OSError):
        return str(os.getuid())
