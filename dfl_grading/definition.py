"""A problem set's definition in nbgrader's database: what its `generate_assignment` leaves there.

The rows of notebooks, of graded, solution and task cells, and of the cells' source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dfl_grading.database import Tables, new_id
from dfl_grading.errors import StoreError
from dfl_grading.source import Delimiters, SourceCell, SourceNotebook, checksum, stub

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["Definition", "NotebookRows", "cell_query", "notebook_rows"]


@dataclass(frozen=True)
class Definition:
    """A problem set's definition, seen through one transaction. `due` is naive UTC."""

    connection: Connection
    tables: Tables
    problem_set: str

    def matches(self, wanted: Sequence[NotebookRows], due: datetime | None) -> bool:
        """Whether the database says so already; a `due` of None leaves its date open."""
        found = self._find()
        if found is None or (due is not None and found.duedate != due):
            return False
        present = self._present(found.id)
        return {p.rows.name: p.rows for p in present} == {rows.name: rows for rows in wanted}

    def write(self, wanted: Sequence[NotebookRows], due: datetime | None, course_id: str) -> None:
        """Make the database say so. May raise StoreError: see `Store.define`."""
        assignment_id = self._write_assignment(due, course_id)
        present = {p.rows.name: p for p in self._present(assignment_id)}
        names = {rows.name for rows in wanted}
        for name, gone in present.items():
            if name not in names:
                self._remove_notebook(gone)
        for rows in wanted:
            if rows.name in present:
                self._update_notebook(present[rows.name], rows)
            else:
                self._add_notebook(assignment_id, rows)

    def _find(self) -> Row[Any] | None:
        table = self.tables.assignment
        return self.connection.execute(
            table.select().where(table.c.name == self.problem_set)
        ).first()

    def _write_assignment(self, due: datetime | None, course_id: str) -> str:
        t = self.tables
        found = self._find()
        if found is not None:
            if due is not None:
                change = t.assignment.update().where(t.assignment.c.id == found.id)
                self.connection.execute(change, {"duedate": due})
            return str(found.id)
        course = t.course.select().where(t.course.c.id == course_id)
        if self.connection.execute(course).first() is None:
            self.connection.execute(t.course.insert(), {"id": course_id})
        row = {
            "id": new_id(),
            "name": self.problem_set,
            "duedate": due,
            "course_id": course_id,
        }
        self.connection.execute(t.assignment.insert(), row)
        return str(row["id"])

    def _present(self, assignment_id: str) -> list[_Present]:
        """The problem set's notebooks as they stand in the gradebook."""
        t = self.tables
        query = t.notebook.select().where(t.notebook.c.assignment_id == assignment_id)
        notebooks = self.connection.execute(query).all()
        ids = [row.id for row in notebooks]
        query = t.source_cell.select().where(t.source_cell.c.notebook_id.in_(ids))
        sources = self.connection.execute(query).all()
        cells = self.connection.execute(cell_query(t).where(t.notebook.c.id.in_(ids))).all()
        return [_present(row, cells, sources) for row in notebooks]

    def _add_notebook(self, assignment_id: str, rows: NotebookRows) -> None:
        row = {
            "id": new_id(),
            "name": rows.name,
            "assignment_id": assignment_id,
            "kernelspec": rows.kernelspec,
        }
        self.connection.execute(self.tables.notebook.insert(), row)
        empty = NotebookRows(rows.name, rows.kernelspec)
        self._update_notebook(_Present(str(row["id"]), empty, {}), rows)

    def _update_notebook(self, present: _Present, rows: NotebookRows) -> None:
        t = self.tables
        if present.rows.kernelspec != rows.kernelspec:
            change = t.notebook.update().where(t.notebook.c.id == present.id)
            self.connection.execute(change, {"kernelspec": rows.kernelspec})
        old, new = present.rows.cells, rows.cells
        gone = {present.ids[key]: key[1] for key in old if key not in new}
        self._remove_cells(rows.name, gone)
        for (kind, name), cell in new.items():
            if (kind, name) not in old:
                self._add_cell(present.id, kind, name, cell)
            elif old[kind, name] != cell:
                table = t.kinds[kind]
                change = table.update().where(table.c.id == present.ids[kind, name])
                self.connection.execute(change, cell.values)
        self._write_sources(present, rows)

    def _add_cell(self, notebook_id: str, kind: str, name: str, cell: _Cell) -> None:
        row = {"id": new_id(), "name": name, "notebook_id": notebook_id, "type": kind}
        self.connection.execute(self.tables.base_cell.insert(), row)
        self.connection.execute(self.tables.kinds[kind].insert(), {"id": row["id"], **cell.values})

    def _write_sources(self, present: _Present, rows: NotebookRows) -> None:
        """Write a notebook's source cells again, in order, if any of them changed.

        nbgrader puts missing cells back by the order in which these rows were inserted.
        """
        if present.rows.sources == rows.sources:
            return
        table = self.tables.source_cell
        self.connection.execute(table.delete().where(table.c.notebook_id == present.id))
        inserts = [
            {"id": new_id(), "name": name, "notebook_id": present.id, **source.values}
            for name, source in rows.sources.items()
        ]
        if inserts:
            self.connection.execute(table.insert(), inserts)

    def _remove_notebook(self, present: _Present) -> None:
        t = self.tables
        cells = {cell_id: name for (_, name), cell_id in present.ids.items()}
        self._remove_cells(present.rows.name, cells)
        for table in (t.source_cell, t.submitted_notebook):
            self.connection.execute(table.delete().where(table.c.notebook_id == present.id))
        self.connection.execute(t.notebook.delete().where(t.notebook.c.id == present.id))

    def _remove_cells(self, notebook: str, gone: Mapping[str, str]) -> None:
        """Remove cells (name by id) with their automatic grades, never with a person's work."""
        if not gone:
            return
        t = self.tables
        for table, columns in (
            (t.grade, (t.grade.c.manual_score, t.grade.c.extra_credit)),
            (t.comment, (t.comment.c.manual_comment,)),
        ):
            work = table.select().where(table.c.cell_id.in_(list(gone)))
            for row in self.connection.execute(work):
                if any(row._mapping[column] is not None for column in columns):
                    raise StoreError(
                        f"Cell {gone[row.cell_id]!r} is gone from notebook {notebook!r}, but "
                        f"people have graded it by hand; put it back, or clear those grades in "
                        f"formgrader first."
                    )
            self.connection.execute(table.delete().where(table.c.cell_id.in_(list(gone))))
        for table in (*t.kinds.values(), t.base_cell):
            self.connection.execute(table.delete().where(table.c.id.in_(list(gone))))


def cell_query(t: Tables) -> Any:
    """Notebooks with their cells: one row a cell, and one for a notebook without any."""
    from sqlalchemy import func, select

    joined = (
        t.notebook.outerjoin(t.base_cell, t.base_cell.c.notebook_id == t.notebook.c.id)
        .outerjoin(t.grade_cell, t.grade_cell.c.id == t.base_cell.c.id)
        .outerjoin(t.task_cell, t.task_cell.c.id == t.base_cell.c.id)
    )
    return select(
        t.notebook.c.assignment_id,
        t.notebook.c.id.label("notebook_id"),
        t.notebook.c.name.label("notebook"),
        t.base_cell.c.id,
        t.base_cell.c.name,
        t.base_cell.c.type,
        func.coalesce(t.grade_cell.c.max_score, t.task_cell.c.max_score).label("max_score"),
        t.grade_cell.c.cell_type.label("grade_cell_type"),
        t.task_cell.c.cell_type.label("task_cell_type"),
    ).select_from(joined)


@dataclass(frozen=True)
class _Cell:
    """A graded, solution or task cell: its columns beyond the name."""

    max_score: float | None = None
    cell_type: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        if self.cell_type is None:
            return {}
        return {"max_score": self.max_score, "cell_type": self.cell_type}


@dataclass(frozen=True)
class _Source:
    """A source cell's columns."""

    cell_type: str
    locked: bool
    source: str
    checksum: str | None

    @property
    def values(self) -> dict[str, Any]:
        return {
            "cell_type": self.cell_type,
            "locked": self.locked,
            "source": self.source,
            "checksum": self.checksum,
        }


@dataclass(frozen=True)
class NotebookRows:
    """One notebook's rows; cells by (type, name), sources by name, in the notebook's order."""

    name: str
    kernelspec: str
    cells: Mapping[tuple[str, str], _Cell] = field(default_factory=dict)
    sources: Mapping[str, _Source] = field(default_factory=dict)


@dataclass(frozen=True)
class _Present:
    """A notebook's rows as they stand, with the ids of the notebook and of its cells."""

    id: str
    rows: NotebookRows
    ids: Mapping[tuple[str, str], str]


def notebook_rows(notebook: SourceNotebook, delimiters: Delimiters) -> NotebookRows:
    """The rows that nbgrader's SaveCells would leave for a notebook.

    Raises StoreError for a cell that nbgrader cannot grade, CourseError for a solution region
    that is not closed or stands elsewhere than in a solution cell.
    """
    cells: dict[tuple[str, str], _Cell] = {}
    sources: dict[str, _Source] = {}
    for cell in notebook.cells:
        if cell.cell_type not in ("code", "markdown"):
            if cell.grade or cell.task:
                raise StoreError(
                    f"{notebook.path}: cell {cell.grade_id!r} is graded but of type "
                    f"{cell.cell_type}; nbgrader grades code and markdown only."
                )
            continue
        graded = _Cell(float(cell.points or 0.0), cell.cell_type)
        if cell.grade:
            cells["GradeCell", cell.grade_id] = graded
        if cell.solution:
            cells["SolutionCell", cell.grade_id] = _Cell()
        if cell.task:
            cells["TaskCell", cell.grade_id] = graded
        sources[cell.grade_id] = _source(cell, notebook.language, delimiters)
    kernelspec = json.dumps(notebook.document.get("metadata", {}).get("kernelspec", {}))
    return NotebookRows(notebook.name, kernelspec, cells, sources)


def _source(cell: SourceCell, language: str, delimiters: Delimiters) -> _Source:
    text = stub(cell, language, delimiters)
    # nbgrader leaves a task that is not locked without a checksum.
    is_summed = cell.grade or cell.solution or cell.locked
    total = checksum(cell, text) if is_summed else None
    return _Source(cell.cell_type, cell.locked, text, total)


def _present(
    notebook: Row[Any], cells: Iterable[Row[Any]], sources: Iterable[Row[Any]]
) -> _Present:
    mine = [cell for cell in cells if cell.notebook_id == notebook.id and cell.id is not None]
    rows = NotebookRows(
        notebook.name,
        notebook.kernelspec,
        {
            (cell.type, cell.name): _Cell(
                cell.max_score, cell.grade_cell_type or cell.task_cell_type
            )
            for cell in mine
        },
        {
            row.name: _Source(row.cell_type, row.locked, row.source, row.checksum)
            for row in sources
            if row.notebook_id == notebook.id
        },
    )
    return _Present(notebook.id, rows, {(cell.type, cell.name): cell.id for cell in mine})
