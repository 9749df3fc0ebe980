"""The gradebook: nbgrader's own database, and its one writer.

What is written here is what nbgrader's `generate_assignment` and `autograde` leave behind, so
that formgrader, `generate_feedback` and `export` work on it. The reports are the truth; the
gradebook can be rebuilt from them. nbgrader commits once per cell; here one submission, and one
definition of a problem set, is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from dfl_grading.database import Database
from dfl_grading.definition import Definition, notebook_rows
from dfl_grading.errors import StoreError
from dfl_grading.gradebook import (
    Gradebook,
    Question,
    refuse_impossible,
    refuse_impossible_penalty,
)
from dfl_grading.model import GradeReport
from dfl_grading.source import Delimiters, SourceNotebook

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["QuestionScore", "Saved", "ScoreRow", "Store", "StudentRow"]


@dataclass(frozen=True)
class Saved:
    """What the gradebook holds of one submission's automatic grading; times are naive UTC."""

    timestamp: datetime | None
    scores: Mapping[Question, float | None]


@dataclass(frozen=True, kw_only=True)
class QuestionScore:
    """One graded cell of one submission, in points."""

    notebook: str
    grade_id: str
    max_score: float
    auto_score: float | None
    manual_score: float | None
    extra_credit: float | None
    needs_manual_grade: bool

    @property
    def score(self) -> float:
        """The points that count: the manual score, else the automatic one, plus extra credit."""
        given = self.auto_score if self.manual_score is None else self.manual_score
        return 0.0 if given is None else given + (self.extra_credit or 0.0)


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One submission's standing, in points; `timestamp` is naive UTC."""

    student: str
    problem_set: str
    timestamp: datetime | None
    extension: timedelta | None
    penalty: float
    max_score: float
    questions: tuple[QuestionScore, ...]

    @property
    def raw_score(self) -> float:
        """The points before the late penalty, manual grading and extra credit included."""
        return sum(question.score for question in self.questions)

    @property
    def score(self) -> float:
        """The points after the late penalty; never below zero, as nbgrader exports it."""
        return max(0.0, self.raw_score - self.penalty)

    @property
    def share(self) -> float | None:
        """The points after the late penalty over those that are decided; None where none is."""
        decided = [q for q in self.questions if (q.auto_score, q.manual_score) != (None, None)]
        most = sum(question.max_score for question in decided)
        return self.score / most if most > 0 else None

    @property
    def needs_manual_grade(self) -> bool:
        """Whether a person has still to look at some question."""
        return any(question.needs_manual_grade for question in self.questions)


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """A student as the gradebook knows them."""

    student: str
    first_name: str | None
    last_name: str | None
    email: str | None
    lms_user_id: str | None


class Store:
    """nbgrader's gradebook at `database_url`, open until `close` (or the end of `with`).

    A new database gets nbgrader's tables and revision here, without the `alembic` command that
    nbgrader needs for it; `create=False` refuses to make one. `patience` bounds, in seconds, how
    long a write waits while another program holds the database. Not to be carried through a
    fork. Raises StoreError where the database cannot be opened or is of another revision.
    """

    def __init__(
        self,
        database_url: str,
        course_id: str = "",
        *,
        create: bool = True,
        patience: float = 30.0,
    ) -> None:
        # nbgrader's empty course id names no row, so its foreign key would dangle.
        self.course_id = course_id or "default_course"
        self._database = Database(database_url, create=create, patience=patience)
        self._t = self._database.tables

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def define(
        self,
        problem_set: str,
        notebooks: Sequence[SourceNotebook],
        due: datetime | None = None,
        *,
        delimiters: Delimiters | None = None,
    ) -> bool:
        """Whether the problem set's rows had to be changed so that they match `notebooks`.

        `notebooks` are as they stand in `source/`, with their solutions: a stub takes the place
        of each before it is written, as in nbgrader, while hidden tests stay. `due` is aware;
        None leaves the gradebook's own due date.
        Manual scores stay where the points of a cell change. Where nbgrader refuses to add or
        remove cells once there are submissions, this does so, and refuses (StoreError) only
        where a cell that went away holds a person's work.
        """
        words = delimiters or Delimiters()
        wanted = tuple(notebook_rows(notebook, words) for notebook in notebooks)
        day = _naive_utc(due)
        read = self._database.read
        if read(lambda c: Definition(c, self._t, problem_set).matches(wanted, day)):
            return False
        self._database.write(
            lambda c: Definition(c, self._t, problem_set).write(wanted, day, self.course_id)
        )
        return True

    def save(self, report: GradeReport, unanswered: Iterable[Question] = ()) -> None:
        """Write one submission's grades in one transaction, as nbgrader's autograde would.

        `unanswered` names the solution cells that are as released. Manual scores, extra credit,
        manual comments, flags and extensions are never touched. Raises StoreError where the
        report does not fit the problem set's definition, or holds an impossible score.
        """
        refuse_impossible(report)
        timestamp = _naive_utc(report.timestamp)
        silent = frozenset(unanswered)
        self._database.write(lambda c: self._gradebook(c).save(report, timestamp, silent))

    def saved(self, problem_set: str) -> Mapping[str, Saved]:
        """What was saved of each student's submission: by student, from one query."""
        rows: dict[str, tuple[datetime | None, dict[Question, float | None]]] = {}
        for row in self._database.read(lambda c: self._gradebook(c).rows(problem_set)):
            _, scores = rows.setdefault(row.student_id, (row.timestamp, {}))
            if row.grade_id is not None:
                scores[row.notebook, row.grade_id] = row.auto_score
        return {student: Saved(*found) for student, found in rows.items()}

    def scores(self, problem_set: str) -> tuple[ScoreRow, ...]:
        """Every submission's standing, by student, with manual scores and late penalties."""
        rows = self._database.read(lambda c: self._gradebook(c).rows(problem_set))
        most = self.max_score(problem_set)
        found: dict[str, list[Row[Any]]] = {}
        for row in rows:
            found.setdefault(row.student_id, []).append(row)
        return tuple(
            _score_row(problem_set, student, found[student], most) for student in sorted(found)
        )

    def max_score(self, problem_set: str) -> float:
        """The points that the problem set is worth; 0 where it is not in the gradebook."""
        cells = self._database.read(lambda c: self._gradebook(c).cells(problem_set))
        return sum((cell.max_score or 0.0 for cell in cells), 0.0)

    def due_dates(self) -> Mapping[str, datetime]:
        """When each problem set is due, aware and in UTC; without those that have no date."""
        rows = self._database.read(lambda c: c.execute(self._t.assignment.select()).all())
        moments = {row.name: _naive_utc(row.duedate) for row in rows}
        return {name: m.replace(tzinfo=UTC) for name, m in moments.items() if m is not None}

    def student_rows(self) -> tuple[StudentRow, ...]:
        """Every student of the gradebook, sorted by id."""
        rows = self._database.read(lambda c: c.execute(self._t.student.select()).all())
        return tuple(
            StudentRow(
                student=row.id,
                first_name=row.first_name,
                last_name=row.last_name,
                email=row.email,
                lms_user_id=row.lms_user_id,
            )
            for row in sorted(rows, key=lambda row: str(row.id))
        )

    def extend(self, problem_set: str, times: Mapping[str, timedelta]) -> tuple[str, ...]:
        """Grant extensions by student, as nbgrader does: only to hand-ins that are there, whose
        students are returned. No time takes an extension back."""
        return self._database.write(lambda c: self._gradebook(c).extend(problem_set, times))

    def extensions(self, problem_set: str) -> Mapping[str, timedelta]:
        """The extensions granted through nbgrader, by student."""
        from sqlalchemy import select

        t = self._t
        query = (
            select(t.submission.c.student_id, t.submission.c.extension)
            .join(t.assignment, t.assignment.c.id == t.submission.c.assignment_id)
            .where(t.assignment.c.name == problem_set, t.submission.c.extension.is_not(None))
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        return {row.student_id: row.extension for row in rows}

    def comments(self, problem_set: str) -> Mapping[str, Mapping[Question, str]]:
        """The comments on each student's cells, a person's before the autograder's."""
        from sqlalchemy import func, select

        t = self._t
        text = func.coalesce(t.comment.c.manual_comment, t.comment.c.auto_comment).label("text")
        query = (
            select(t.submission.c.student_id, t.notebook.c.name, t.base_cell.c.name, text)
            .join(t.assignment, t.assignment.c.id == t.submission.c.assignment_id)
            .join(t.submitted_notebook, t.submitted_notebook.c.assignment_id == t.submission.c.id)
            .join(t.notebook, t.notebook.c.id == t.submitted_notebook.c.notebook_id)
            .join(t.comment, t.comment.c.notebook_id == t.submitted_notebook.c.id)
            .join(t.base_cell, t.base_cell.c.id == t.comment.c.cell_id)
            .where(t.assignment.c.name == problem_set, text.is_not(None))
        )
        found: dict[str, dict[Question, str]] = {}
        for student, notebook, grade_id, said in self._database.read(
            lambda c: c.execute(query).all()
        ):
            found.setdefault(student, {})[notebook, grade_id] = said
        return found

    def set_penalties(self, problem_set: str, penalties: Mapping[str, float]) -> None:
        """Write late penalties anew, in points by student, in one transaction.

        nbgrader fixes a penalty when it autogrades, so that later manual grading escapes it;
        this is for working it out again from `scores`. Other students keep theirs.
        """
        for student, penalty in penalties.items():
            refuse_impossible_penalty(student, penalty)
        self._database.write(lambda c: self._gradebook(c).set_penalties(problem_set, penalties))

    def _gradebook(self, connection: Connection) -> Gradebook:
        return Gradebook(connection, self._t)


def _score_row(problem_set: str, student: str, rows: Sequence[Row[Any]], most: float) -> ScoreRow:
    penalties = {row.submitted_id: row.penalty or 0.0 for row in rows}
    questions = (
        QuestionScore(
            notebook=row.notebook,
            grade_id=row.grade_id,
            max_score=row.max_score,
            auto_score=row.auto_score,
            manual_score=row.manual_score,
            extra_credit=row.extra_credit,
            needs_manual_grade=row.needs_manual_grade,
        )
        for row in rows
        if row.grade_id is not None
    )
    return ScoreRow(
        student=student,
        problem_set=problem_set,
        timestamp=rows[0].timestamp,
        extension=rows[0].extension,
        penalty=sum(penalties.values(), 0.0),
        max_score=most,
        questions=tuple(sorted(questions, key=lambda q: (q.notebook, q.grade_id))),
    )


def _naive_utc(moment: datetime | str | None) -> datetime | None:
    """A moment as nbgrader stores it; a naive one is UTC already. Raises StoreError."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError as error:
            raise StoreError(f"{moment!r} is not an ISO timestamp; grade again.") from error
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
