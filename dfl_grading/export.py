"""The gradebook as a file for other programs.

A format is one function from `Grades` to text, and one line in `FORMATS`.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dfl_grading.errors import CourseError
from dfl_grading.late_rules import lowest
from dfl_grading.lateness import settle_late
from dfl_grading.store import QuestionScore, ScoreRow, Store, StudentRow

if TYPE_CHECKING:
    from dfl_grading.course import Course

__all__ = ["FORMATS", "ExportResult", "Grades", "Standing", "export", "neutralise"]


@dataclass(frozen=True)
class Standing:
    """One student in one problem set; `row` is None where nothing was handed in."""

    student: StudentRow
    problem_set: str
    max_score: float
    row: ScoreRow | None

    @property
    def score(self) -> float:
        """The points after the late penalty; 0 where nothing was handed in, as nbgrader has it."""
        return self.row.score if self.row else 0.0


@dataclass(frozen=True)
class Grades:
    """All that an export says: every student in every chosen problem set.

    `standings` go by problem set, then by student; `questions` asks for the points of each.
    `drop_lowest` is how many problem sets do not count in a student's total.
    """

    problem_sets: tuple[str, ...]
    standings: tuple[Standing, ...]
    questions: bool = False
    drop_lowest: int = 0


@dataclass(frozen=True)
class ExportResult:
    """What was written: the file, and how many students in how many problem sets it holds."""

    path: Path
    students: int
    problem_sets: int


def export(
    course: Course,
    problem_sets: Sequence[str],
    *,
    output: Path,
    to: str = "csv",
    questions: bool = False,
    store: Store | None = None,
) -> ExportResult:
    """Write the grades of the named problem sets (all, where none is named) to `output`.

    `store` is the gradebook where the caller has it open. The file is replaced in one step; a
    new one can be read by its owner alone, since it holds names and grades.
    Raises CourseError for an unknown format and a file that cannot be written, StoreError where
    there is no gradebook.
    """
    if to not in FORMATS:
        raise CourseError(f"{to!r} is no format to export to; known are: {', '.join(FORMATS)}.")
    chosen = tuple(config.name for config in course.chosen(problem_sets))
    if store is None:
        with Store(course.database_url, course.course_id, create=False) as opened:
            grades = _grades(course, opened, chosen, questions)
    else:
        grades = _grades(course, store, chosen, questions)
    _write(output, FORMATS[to](grades))
    students = {standing.student.student for standing in grades.standings}
    return ExportResult(output, len(students), len(chosen))


def _grades(course: Course, store: Store, problem_sets: tuple[str, ...], questions: bool) -> Grades:
    settle_late(course, store)
    students = sorted(
        store.student_rows(), key=lambda s: (s.last_name or "", s.first_name or "", s.student)
    )
    standings: list[Standing] = []
    for name in problem_sets:
        most = store.max_score(name)
        rows = {row.student: row for row in store.scores(name)}
        standings += [Standing(s, name, most, rows.get(s.student)) for s in students]
    drop = course.late.drop_lowest if course.late else 0
    return Grades(problem_sets, tuple(standings), questions, drop)


# Formats


def _csv(grades: Grades) -> str:
    """One line for each student in each problem set, quoted as RFC 4180 says."""
    columns = _question_columns(grades) if grades.questions else ()
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*_COLUMNS, *(neutralise(_label(column)) for column in columns)])
    for standing in grades.standings:
        row = standing.row
        cells = [value(standing) for value in _COLUMNS.values()]
        points = {(q.notebook, q.grade_id): q for q in (row.questions if row else ())}
        own = [points.get(column[1:]) if column[0] == standing.problem_set else None
               for column in columns]  # fmt: skip
        writer.writerow([_cell(value) for value in (*cells, *(_points(q) for q in own))])
    return file.getvalue()


_Value = str | float | bool | None

_COLUMNS: Final[Mapping[str, Callable[[Standing], _Value]]] = {
    "problem_set": lambda s: s.problem_set,
    "student": lambda s: s.student.student,
    "last_name": lambda s: s.student.last_name,
    "first_name": lambda s: s.student.first_name,
    "email": lambda s: s.student.email,
    "submitted": lambda s: s.row is not None,
    "timestamp": lambda s: s.row.timestamp.isoformat() if s.row and s.row.timestamp else None,
    "raw_score": lambda s: s.row.raw_score if s.row else 0.0,
    "penalty": lambda s: s.row.penalty if s.row else 0.0,
    "score": lambda s: s.score,
    "max_score": lambda s: s.max_score,
    "needs_manual_grade": lambda s: s.row is not None and s.row.needs_manual_grade,
}

_Column = tuple[str, str, str]
"""A problem set, a notebook and a grade_id."""


def _question_columns(grades: Grades) -> tuple[_Column, ...]:
    def found() -> Iterator[_Column]:
        for standing in grades.standings:
            for question in standing.row.questions if standing.row else ():
                yield standing.problem_set, question.notebook, question.grade_id

    return tuple(dict.fromkeys(found()))


def _label(column: _Column) -> str:
    return "/".join(column)


def _points(question: QuestionScore | None) -> float | None:
    """What a question earned; nothing while a person has yet to say."""
    if question is None or (question.auto_score is None and question.manual_score is None):
        return None
    return question.score


def _cell(value: _Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(round(value, 10))
    return neutralise(value)


def neutralise(text: str) -> str:
    """A text that no spreadsheet takes for a formula: such a one gets an apostrophe in front.

    What it did can be undone: one apostrophe goes from whatever begins with apostrophes and
    then a formula's first character, which no other text is left to begin with.
    """
    return f"'{text}" if re.match(r"'*[=+\-@\t\r\n＝＋－＠]", text) else text


def _totals(grades: Grades) -> str:
    """One line for each student: the score in each problem set, and in all that count."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    worth = [s for s in grades.standings if s.max_score > 0]
    names = tuple(dict.fromkeys(standing.problem_set for standing in worth))
    writer.writerow([*_PERSON, *map(neutralise, names), "dropped", "total", "max_total", "percent"])
    by_student: dict[str, dict[str, Standing]] = {}
    for standing in worth:
        by_student.setdefault(standing.student.student, {})[standing.problem_set] = standing
    for theirs in by_student.values():
        shares = {name: one.score / one.max_score for name, one in theirs.items()}
        dropped = lowest(shares, grades.drop_lowest)
        counted = [one for name, one in theirs.items() if name not in dropped]
        total, most = sum(one.score for one in counted), sum(one.max_score for one in counted)
        first = next(iter(theirs.values()))
        values: list[_Value] = [
            *(_COLUMNS[column](first) for column in _PERSON),
            *(theirs[name].score if name in theirs else None for name in names),
            " ".join(name for name in names if name in dropped),
            *(total, most, 100.0 * total / most),
        ]
        writer.writerow([_cell(value) for value in values])
    return file.getvalue()


_PERSON: Final = ("student", "last_name", "first_name", "email")


FORMATS: Final[Mapping[str, Callable[[Grades], str]]] = {"csv": _csv, "totals": _totals}
"""How each format is written, by its name on the command line."""


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, name)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written ({error.strerror}); name another file."
        ) from error
