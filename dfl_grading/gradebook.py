"""A submission's grades in nbgrader's database: what its `autograde` leaves there.

A person's work (manual scores, extra credit, manual comments, flags) is never written, and
extensions only where a person asks for them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dfl_grading.database import Tables, new_id
from dfl_grading.definition import cell_query
from dfl_grading.errors import StoreError
from dfl_grading.model import NO_RESPONSE, GradeReport, QuestionResult, Verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Table

__all__ = ["Gradebook", "Question", "refuse_impossible", "refuse_impossible_penalty"]

Question = tuple[str, str]
"""A notebook's name and a grade_id."""


@dataclass(frozen=True)
class Gradebook:
    """The submissions of every problem set, seen through one transaction; times are naive UTC."""

    connection: Connection
    tables: Tables

    def save(
        self,
        report: GradeReport,
        timestamp: datetime | None,
        silent: frozenset[Question],
    ) -> None:
        """Write one submission; `silent` are the untouched solution cells. See `Store.save`."""
        cells = self.cells(report.problem_set)
        _refuse_unknown(report, cells)
        submission_id, is_new = self._save_submission(report, timestamp, cells[0].assignment_id)
        notebooks = self._save_notebooks(submission_id, cells, is_new)
        marked = _mark(report, cells, silent)
        grades = self._present_marks(self.tables.grade, marked.grades, notebooks, is_new)
        self._save_marks(self.tables.grade, marked.grades, notebooks, grades)
        comments = self._present_marks(self.tables.comment, marked.comments, notebooks, is_new)
        self._save_marks(self.tables.comment, marked.comments, notebooks, comments)
        points = _points(marked.grades, grades)
        self._save_penalties(notebooks, _split(report.late.penalty, points))

    def _save_submission(
        self,
        report: GradeReport,
        timestamp: datetime | None,
        assignment_id: str,
    ) -> tuple[str, bool]:
        """The submission's id and whether it is new; its student and timestamp are written."""
        from sqlalchemy import and_, select

        t = self.tables
        theirs = and_(
            t.submission.c.student_id == t.student.c.id,
            t.submission.c.assignment_id == assignment_id,
        )
        query = (
            select(t.submission.c.id, t.submission.c.timestamp)
            .select_from(t.student.outerjoin(t.submission, theirs))
            .where(t.student.c.id == report.student)
        )
        found = self.connection.execute(query).first()
        if found is None:
            self.connection.execute(t.student.insert(), {"id": report.student})
        if found is None or found.id is None:
            row = {
                "id": new_id(),
                "assignment_id": assignment_id,
                "student_id": report.student,
                "timestamp": timestamp,
            }
            self.connection.execute(t.submission.insert(), row)
            return str(row["id"]), True
        if found.timestamp != timestamp:
            change = t.submission.update().where(t.submission.c.id == found.id)
            self.connection.execute(change, {"timestamp": timestamp})
        return str(found.id), False

    def _save_notebooks(
        self, submission_id: str, cells: Sequence[Row[Any]], is_new: bool
    ) -> dict[str, _SubmittedNotebook]:
        """The submitted notebooks by name; those that were missing are added."""
        table = self.tables.submitted_notebook
        names = {cell.notebook_id: cell.notebook for cell in cells}
        query = table.select().where(
            table.c.notebook_id.in_(list(names)), table.c.assignment_id == submission_id
        )
        found = {
            names[row.notebook_id]: _SubmittedNotebook(row.id, row.late_submission_penalty)
            for row in ([] if is_new else self.connection.execute(query))
        }
        inserts = [
            {
                "id": new_id(),
                "assignment_id": submission_id,
                "notebook_id": notebook_id,
                "flagged": False,
            }
            for notebook_id, name in names.items()
            if name not in found
        ]
        if inserts:
            self.connection.execute(table.insert(), inserts)
        for row in inserts:
            found[names[row["notebook_id"]]] = _SubmittedNotebook(str(row["id"]), None)
        return found

    def _present_marks(
        self,
        table: Table,
        marks: Mapping[str, _Mark],
        notebooks: Mapping[str, _SubmittedNotebook],
        is_new: bool,
    ) -> dict[str, Row[Any]]:
        """The rows of `table` that the submission has, by cell id."""
        if is_new or not marks:
            return {}
        # By both columns of the unique index: nbgrader has none on notebook_id alone.
        query = table.select().where(
            table.c.cell_id.in_(list(marks)),
            table.c.notebook_id.in_([notebook.id for notebook in notebooks.values()]),
        )
        return {row.cell_id: row for row in self.connection.execute(query)}

    def _save_marks(
        self,
        table: Table,
        marks: Mapping[str, _Mark],
        notebooks: Mapping[str, _SubmittedNotebook],
        present: Mapping[str, Row[Any]],
    ) -> None:
        """Insert the rows that are missing and update the values that differ."""
        from sqlalchemy import bindparam

        inserts, updates = [], []
        for cell_id, mark in marks.items():
            row = present.get(cell_id)
            if row is None:
                key = {"cell_id": cell_id, "notebook_id": notebooks[mark.notebook].id}
                inserts.append({"id": new_id(), **key, **mark.values(None)})
                continue
            values = mark.values(row)
            if any(row._mapping[name] != value for name, value in values.items()):
                updates.append({"row_id": row.id, **values})
        if inserts:
            self.connection.execute(table.insert(), inserts)
        if updates:
            self.connection.execute(
                table.update().where(table.c.id == bindparam("row_id")), updates
            )

    def _save_penalties(
        self,
        notebooks: Mapping[str, _SubmittedNotebook],
        shares: Mapping[str, float | None],
    ) -> None:
        table = self.tables.submitted_notebook
        for name, notebook in notebooks.items():
            if notebook.penalty != shares.get(name):
                change = table.update().where(table.c.id == notebook.id)
                self.connection.execute(change, {"late_submission_penalty": shares.get(name)})

    def extend(self, problem_set: str, times: Mapping[str, timedelta]) -> tuple[str, ...]:
        """Set the extensions of these students' hand-ins; returns who has one."""
        t = self.tables
        query = (
            t.submission.select()
            .join(t.assignment, t.assignment.c.id == t.submission.c.assignment_id)
            .where(t.assignment.c.name == problem_set, t.submission.c.student_id.in_(list(times)))
        )
        found = self.connection.execute(query).all()
        for row in found:
            time = times[row.student_id] or None
            if row.extension != time:
                change = t.submission.update().where(t.submission.c.id == row.id)
                self.connection.execute(change, {"extension": time})
        return tuple(row.student_id for row in found)

    def set_penalties(self, problem_set: str, penalties: Mapping[str, float]) -> None:
        """Write late penalties, in points by student; students who are not named keep theirs."""
        notebooks: dict[str, dict[str, _SubmittedNotebook]] = {}
        points: dict[str, dict[str, _Points]] = {}
        for row in self.rows(problem_set):
            if row.student_id not in penalties or row.grade_id is None:
                continue
            theirs = notebooks.setdefault(row.student_id, {})
            theirs[row.notebook] = _SubmittedNotebook(row.submitted_id, row.penalty)
            so_far = points.setdefault(row.student_id, {})
            so_far[row.notebook] = so_far.get(row.notebook, _Points()).and_of(
                row.auto_score, row.manual_score, row.extra_credit, row.max_score
            )
        for student, theirs in notebooks.items():
            self._save_penalties(theirs, _split(penalties[student], points[student]))

    def cells(self, problem_set: str) -> Sequence[Row[Any]]:
        t = self.tables
        query = cell_query(t).join(t.assignment, t.assignment.c.id == t.notebook.c.assignment_id)
        found: Any = self.connection.execute(query.where(t.assignment.c.name == problem_set))
        rows: Sequence[Row[Any]] = found.all()
        return rows

    def rows(self, problem_set: str) -> Sequence[Row[Any]]:
        """Submissions with their grades: one row a grade, and one where there is none yet."""
        from sqlalchemy import func, select

        t = self.tables
        joined = (
            t.assignment.join(t.submission, t.submission.c.assignment_id == t.assignment.c.id)
            .outerjoin(
                t.submitted_notebook, t.submitted_notebook.c.assignment_id == t.submission.c.id
            )
            .outerjoin(t.notebook, t.notebook.c.id == t.submitted_notebook.c.notebook_id)
            .outerjoin(t.grade, t.grade.c.notebook_id == t.submitted_notebook.c.id)
            .outerjoin(t.base_cell, t.base_cell.c.id == t.grade.c.cell_id)
            .outerjoin(t.grade_cell, t.grade_cell.c.id == t.grade.c.cell_id)
            .outerjoin(t.task_cell, t.task_cell.c.id == t.grade.c.cell_id)
        )
        query = select(
            t.submission.c.student_id,
            t.submission.c.timestamp,
            t.submission.c.extension,
            t.submitted_notebook.c.id.label("submitted_id"),
            t.submitted_notebook.c.late_submission_penalty.label("penalty"),
            t.notebook.c.name.label("notebook"),
            t.base_cell.c.name.label("grade_id"),
            func.coalesce(t.grade_cell.c.max_score, t.task_cell.c.max_score, 0.0).label(
                "max_score"
            ),
            t.grade.c.auto_score,
            t.grade.c.manual_score,
            t.grade.c.extra_credit,
            t.grade.c.needs_manual_grade,
        ).select_from(joined)
        found: Any = self.connection.execute(query.where(t.assignment.c.name == problem_set))
        rows: Sequence[Row[Any]] = found.all()
        return rows


@dataclass(frozen=True)
class _SubmittedNotebook:
    id: str
    penalty: float | None


@dataclass(frozen=True)
class _GradeMark:
    """What autograding says of one graded cell."""

    notebook: str
    auto_score: float | None
    max_score: float
    missing: bool
    """The whole notebook was not handed in: no person need look at it, as in nbgrader."""
    task: bool = False

    def values(self, row: Row[Any] | None) -> dict[str, Any]:
        by_hand = row is not None and row.manual_score is not None
        review = not self.missing and (self.auto_score is None or by_hand)
        if row is not None and review and self.task and (by_hand or row.auto_score is None):
            # nbgrader asks for a second look at an answer, but never at a task
            review = bool(row.needs_manual_grade)
        return {"auto_score": self.auto_score, "needs_manual_grade": review}


@dataclass(frozen=True)
class _CommentMark:
    """What autograding says of one solution or task cell."""

    notebook: str
    auto_comment: str | None

    def values(self, _: Row[Any] | None) -> dict[str, Any]:
        return {"auto_comment": self.auto_comment}


_Mark = _GradeMark | _CommentMark


@dataclass(frozen=True)
class _Marks:
    """All of a submission's marks, by cell id."""

    grades: Mapping[str, _GradeMark]
    comments: Mapping[str, _CommentMark]


def _mark(report: GradeReport, cells: Sequence[Row[Any]], silent: frozenset[Question]) -> _Marks:
    """Every grade and comment that the problem set's cells get from a report."""
    questions = {(q.notebook, q.grade_id): q for q in report.questions}
    handed_in = {q.notebook for q in report.questions if q.verdict is not Verdict.MISSING}
    grades: dict[str, _GradeMark] = {}
    comments: dict[str, _CommentMark] = {}
    for cell in cells:
        question = questions.get((cell.notebook, cell.name))
        if cell.type in ("GradeCell", "TaskCell"):
            missing = cell.notebook not in handed_in
            score = 0.0 if missing else question.score if question else None
            task = cell.type == "TaskCell"
            grades[cell.id] = _GradeMark(cell.notebook, score, cell.max_score, missing, task)
        if cell.type in ("SolutionCell", "TaskCell"):
            untouched = cell.type == "SolutionCell" and (cell.notebook, cell.name) in silent
            comments[cell.id] = _CommentMark(cell.notebook, NO_RESPONSE if untouched else None)
    return _Marks(grades, comments)


def _refuse_unknown(report: GradeReport, cells: Sequence[Row[Any]]) -> None:
    if not cells:
        raise StoreError(
            f"The gradebook knows no problem set {report.problem_set!r}; run `dfl release "
            f"{report.problem_set}` first."
        )
    known = {(cell.notebook, cell.name) for cell in cells if cell.type != "SolutionCell"}
    for question in report.questions:
        if (question.notebook, question.grade_id) not in known:
            raise StoreError(
                f"The report of {report.student!r} grades {question.grade_id!r} in notebook "
                f"{question.notebook!r}, which the gradebook does not know; grade "
                f"{report.problem_set!r} again."
            )


def refuse_impossible(report: GradeReport) -> None:
    """Raise StoreError for a score or penalty that would spoil every sum it enters."""
    for question in report.questions:
        if question.score is not None and not _is_possible(question):
            raise StoreError(
                f"The report of {report.student!r} gives {question.grade_id!r} "
                f"{question.score} of {question.max_score} points; mend the grader and grade "
                f"{report.problem_set!r} again."
            )
    refuse_impossible_penalty(report.student, report.late.penalty)


def refuse_impossible_penalty(student: str, penalty: float) -> None:
    """Raise StoreError for a late penalty that is not a number of points from zero up."""
    if not 0.0 <= penalty < math.inf:
        raise StoreError(
            f"The late penalty of {student!r} is {penalty} points, and must be zero or more; "
            f"mend the late policy."
        )


def _is_possible(question: QuestionResult) -> bool:
    most = question.max_score
    return question.score is not None and 0.0 <= question.score <= most + 1e-9 * max(1.0, most)


# Late penalties


@dataclass(frozen=True)
class _Points:
    """What a penalty can be taken from: the points so far, and those a person may still give.

    nbgrader caps a penalty at the score so far, so that what is graded by hand later escapes it.
    """

    now: float = 0.0
    open: float = 0.0

    def and_of(
        self, auto: float | None, by_hand: float | None, extra: float | None, most: float
    ) -> _Points:
        """With one more question."""
        given = auto if by_hand is None else by_hand
        if given is None:
            return _Points(self.now, self.open + most)
        return _Points(self.now + max(0.0, given + (extra or 0.0)), self.open)


def _points(marks: Mapping[str, _GradeMark], present: Mapping[str, Row[Any]]) -> dict[str, _Points]:
    """The points of each notebook once `marks` are saved."""
    points: dict[str, _Points] = {}
    for cell_id, mark in marks.items():
        row = present.get(cell_id)
        by_hand, extra = (None, None) if row is None else (row.manual_score, row.extra_credit)
        so_far = points.get(mark.notebook, _Points())
        points[mark.notebook] = so_far.and_of(mark.auto_score, by_hand, extra, mark.max_score)
    return points


def _split(penalty: float, points: Mapping[str, _Points]) -> dict[str, float | None]:
    """The penalty of each notebook: nbgrader keeps them so, and none for what came in time.

    It is taken from the points so far, each notebook in proportion, and what these cannot bear
    from the points that are still open.
    """
    if penalty <= 0.0:
        return dict.fromkeys(points)
    now = {name: notebook.now for name, notebook in points.items()}
    taken = min(penalty, sum(now.values()))
    shares, more = _shares(taken, now), {name: notebook.open for name, notebook in points.items()}
    extra = _shares(min(penalty - taken, sum(more.values())), more)
    return {name: shares[name] + extra[name] for name in points}


def _shares(amount: float, room: Mapping[str, float]) -> dict[str, float]:
    whole = sum(room.values())
    shares = {}
    for name, points in room.items():
        # Each is taken from what is left, so that they add up without rounding.
        share = amount if points >= whole else amount * points / whole
        shares[name] = share
        amount -= share
        whole -= points
    return shares
