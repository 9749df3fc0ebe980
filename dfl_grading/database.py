"""nbgrader's database: opening it, its tables, transactions, and errors in plain words.

Nothing here knows what a grade is; `store` does.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

from dfl_grading.errors import StoreError
from dfl_grading.imports import put_off_init, skip_grammar

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, MetaData, Table

__all__ = ["Database", "Tables", "new_id", "refuse_absent_server"]

T = TypeVar("T")


class Database:
    """nbgrader's database at a URL, open until `close`.

    A new one gets nbgrader's tables and revision here, without the `alembic` command that
    nbgrader's own Gradebook starts for it; `create=False` refuses to make one. `patience`
    bounds, in seconds, how long a transaction waits while another program holds the database.
    Not to be carried through a fork. Raises StoreError where the database cannot be opened or
    is of another revision.
    """

    def __init__(self, url: str, *, create: bool = True, patience: float = 30.0) -> None:
        self.tables = _load_tables()
        self._patience = patience
        self._opened = False
        self._engine = _engine(url, patience)
        self._writer = self._engine.execution_options(dfl_write=True)
        self._where, is_file = _place_of(self._engine)
        is_plain = is_file and not self._where.startswith("file:")
        self._file = Path(self._where) if is_plain else None
        try:
            self._open(create)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def read(self, work: Callable[[Connection], T]) -> T:
        """The result of `work` in one transaction that only reads."""
        return self._transact(self._engine, work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """The result of `work` in one transaction, all of it or nothing."""
        return self._transact(self._writer, work)

    def _transact(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        """The result of `work` in one transaction, tried again while others are in the way."""
        from sqlalchemy.exc import SQLAlchemyError

        deadline = time.monotonic() + self._patience
        clashes = 0
        while True:
            try:
                with engine.begin() as connection:
                    made = work(connection)
                self._opened = True
                return made
            except SQLAlchemyError as error:
                # Two writers may both insert a student: the second finds them when it looks again.
                clashes += _is_clash(error)
                # A server that is started again is waited for; one that never was there is not.
                is_lost = self._opened and _is_lost(error)
                again = _is_busy(error) or is_lost or 0 < clashes < 3
                if not again or time.monotonic() > deadline:
                    raise StoreError(_sentence(error, self._where, self._patience)) from error
            time.sleep(random.uniform(0.01, 0.05))

    def _open(self, create: bool) -> None:
        # SQLite makes an empty file of what it only looks at.
        is_absent = self._file is not None and not self._file.exists()
        if self._file is not None and is_absent and create:
            # SQLite itself would never let a group write, whatever the umask says.
            with contextlib.suppress(OSError):
                self._file.touch()
        revision = None if is_absent and not create else self.read(self._revision)
        if revision is None:
            if not create:
                raise StoreError(
                    f"There is no gradebook at {self._where} yet; run `dfl grade` or "
                    f"`dfl release` first."
                )
            self.write(self._create)
            revision = self.read(self._revision)
        head, known = _revisions()
        if revision != head and (revision in known or not revision):
            raise StoreError(
                f"The gradebook {self._where} was made by an older nbgrader (revision "
                f"{revision or 'unknown'}); run `nbgrader db upgrade` first."
            )
        if revision != head:
            raise StoreError(
                f"The gradebook {self._where} has revision {revision}, which this nbgrader does "
                f"not know; install the newer nbgrader that made it."
            )

    def _revision(self, connection: Connection) -> str | None:
        """The database's alembic revision, "" where it has none, None where it is to be made."""
        from sqlalchemy import func, inspect, select, text

        names = set(inspect(connection).get_table_names())
        if "alembic_version" in names:
            row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
            if row is not None:
                return str(row[0])
        for table in (self.tables.assignment, self.tables.student):
            if table.name in names and connection.scalar(select(func.count()).select_from(table)):
                return ""
        # Nothing, or the empty tables that nbgrader leaves where it finds no `alembic` command.
        return None

    def _create(self, connection: Connection) -> None:
        """Make the tables and name the revision as nbgrader's Gradebook does on a new file."""
        from sqlalchemy import inspect, text

        if connection.dialect.name == "postgresql":  # where tables are made at once otherwise
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
        if self._revision(connection) is not None:  # another process was quicker
            return
        self.tables.metadata.create_all(connection)
        if "alembic_version" not in inspect(connection).get_table_names():
            column = "version_num VARCHAR(32) NOT NULL"
            connection.execute(text(f"CREATE TABLE alembic_version ({column})"))
        head, _ = _revisions()
        insert = text("INSERT INTO alembic_version (version_num) VALUES (:head)")
        connection.execute(insert, {"head": head})


def refuse_absent_server(url: str) -> None:
    """Raise StoreError where the database is a server's and cannot be reached.

    Quick and without nbgrader, so that it can be asked before any work.
    """
    if url.startswith("sqlite"):
        return
    from sqlalchemy.exc import SQLAlchemyError

    engine = _engine(url, 0.0)
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        raise StoreError(_sentence(error, _place_of(engine)[0], 0.0)) from error
    finally:
        engine.dispose()


def new_id() -> str:
    """An id as nbgrader makes them."""
    return uuid4().hex


@dataclass(frozen=True)
class Tables:
    """nbgrader's tables. `kinds` are those of the cells, by the name of their type."""

    metadata: MetaData
    course: Table
    assignment: Table
    notebook: Table
    base_cell: Table
    grade_cell: Table
    task_cell: Table
    kinds: Mapping[str, Table]
    source_cell: Table
    student: Table
    submission: Table
    submitted_notebook: Table
    grade: Table
    comment: Table


def _load_tables() -> Tables:
    skip_grammar()
    for package in ("nbgrader", "setuptools"):  # which nbgrader unpacks archives with
        put_off_init(package)
    from nbgrader import api

    kinds = {
        kind.__name__: kind.__table__ for kind in (api.GradeCell, api.SolutionCell, api.TaskCell)
    }
    return Tables(
        metadata=api.Base.metadata,
        course=api.Course.__table__,
        assignment=api.Assignment.__table__,
        notebook=api.Notebook.__table__,
        base_cell=api.BaseCell.__table__,
        grade_cell=kinds["GradeCell"],
        task_cell=kinds["TaskCell"],
        kinds=kinds,
        source_cell=api.SourceCell.__table__,
        student=api.Student.__table__,
        submission=api.SubmittedAssignment.__table__,
        submitted_notebook=api.SubmittedNotebook.__table__,
        grade=api.Grade.__table__,
        comment=api.Comment.__table__,
    )


def _revisions() -> tuple[str, frozenset[str]]:
    """The newest of nbgrader's alembic revisions, and all of them.

    Read from the scripts themselves: alembic would take 0.12 s to import for it.
    """
    from nbgrader.dbutil import ALEMBIC_DIR

    known: set[str] = set()
    parents: set[str] = set()
    for script in sorted(Path(ALEMBIC_DIR, "versions").glob("*.py")):
        text = script.read_text(encoding="utf-8")
        for name, found in (("revision", known), ("down_revision", parents)):
            if match := re.search(rf"^{name}\s*=\s*['\"](\w+)['\"]", text, re.MULTILINE):
                found.add(match[1])
    heads = sorted(known - parents)
    if len(heads) != 1:
        raise StoreError(
            f"This nbgrader has {len(heads)} newest database revisions in {ALEMBIC_DIR}, not "
            f"one; install nbgrader again."
        )
    return heads[0], frozenset(known)


def _engine(database_url: str, patience: float) -> Engine:
    """An engine whose write transactions hold the database from their first statement.

    SQLite keeps the journal that the file has. WAL, which would let readers and the writer
    overlap, is not turned on: it is a property of the file, so nbgrader would get it too, and
    it fails on network folders, where many courses live. `synchronous` is FULL: a commit is on
    the disk; what a power cut still takes is found by `saved` and saved again. A connection
    lives for one transaction: a process that is forked in between inherits no open gradebook.
    """
    from sqlalchemy import NullPool, create_engine, event, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(database_url)
        if url.get_backend_name() == "postgresql":
            made = create_engine(url, poolclass=NullPool, connect_args=_postgresql_arguments(url))
            wait = round(1000 * min(5.0, max(0.1, patience)))
            event.listen(made, "begin", partial(_begin_postgresql, wait))
            return made
        if url.get_backend_name() != "sqlite":
            return create_engine(url, poolclass=NullPool)
        pool = None if url.database in (None, "", ":memory:") else NullPool
        engine = create_engine(url, poolclass=pool, connect_args={"timeout": min(5.0, patience)})
    except (ArgumentError, ImportError) as error:
        raise StoreError(
            f"The gradebook's database URL cannot be used: {_first_line(error)}; correct it, or "
            f"install the driver that it names."
        ) from error
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_arguments(url: URL) -> dict[str, Any]:
    # Else a host that answers nothing is waited for for minutes. Both drivers know the option.
    is_known = url.get_driver_name().startswith("psycopg") and "connect_timeout" not in url.query
    return {"connect_timeout": 10} if is_known else {}


def _begin_postgresql(wait: int, connection: Connection) -> None:
    # Else a program that forgot its open transaction would be waited for without end.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")


def _place_of(engine: Engine) -> tuple[str, bool]:
    """Where a database is, without its password, and whether that is a file."""
    url = engine.url
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, ":memory:")
    return (str(url.database) if is_file else url.render_as_string()), is_file


def _set_up_sqlite(connection: Any, _: object) -> None:
    # Else Python's sqlite3 decides itself when a transaction begins, and too late.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    # Two writers that both begin by reading would each wait for the other to end: no timeout
    # helps there. So a writer takes its lock first.
    writes = connection.get_execution_options().get("dfl_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_busy(error: Exception) -> bool:
    """Whether another program was in the way, so that trying again may help."""
    text = str(getattr(error, "orig", None) or error).lower()
    signs = ("locked", "lock timeout", "deadlock", "could not serialize")
    return any(sign in text for sign in signs)


def _is_lost(error: Exception) -> bool:
    """Whether the connection to a server was lost, which is there again when it has restarted."""
    text = str(getattr(error, "orig", None) or error).lower()
    signs = ("connection to server", "terminating connection", "server closed the connection")
    return bool(getattr(error, "connection_invalidated", False)) or any(s in text for s in signs)


def _is_clash(error: Exception) -> bool:
    from sqlalchemy.exc import IntegrityError

    return isinstance(error, IntegrityError)


_MAKING: Final = 0x6E626772
"""The number of the lock under which a server's tables are made: "nbgr"."""

_HELD: Final = "is held by another program (waited {patience:g} s); close it and try again."
_UNKNOWN: Final = "cannot be used: {cause}; make it, or correct the gradebook's URL."
_SENTENCES: Final = (
    ("locked", _HELD),
    ("lock timeout", _HELD),
    ("authentication failed", "does not let you in: {cause}; correct the user and the password."),
    ("no password supplied", "needs a password; put it into ~/.pgpass or PGPASSWORD."),
    ("does not exist", _UNKNOWN),
    ("permission denied", "may not be used: {cause}; grant that right, or use another user."),
    ("too long for type", "has no room for a name of more than 128 characters; shorten it."),
    ("connection to server", "cannot be reached: {cause}; start its server, or correct its URL."),
    ("connection timeout", "cannot be reached: {cause}; start its server, or correct its URL."),
    ("readonly", "is read-only; make the file and its folder writable."),
    ("unable to open", "cannot be opened; check that its folder exists and may be written."),
    ("disk is full", "cannot grow, since the disk is full; free some space and try again."),
    ("disk i/o error", "cannot be read or written; check the disk and its free space."),
    ("not a database", "is not a database; move the file away, or correct the path."),
    ("malformed", "is damaged; restore it from a backup, or move it away and grade again."),
)


def _sentence(error: Exception, where: str, patience: float) -> str:
    """What a database error means to an operator."""
    cause = getattr(error, "orig", None) or error
    for sign, meaning in _SENTENCES:
        if sign in str(cause).lower():
            told = meaning.format(patience=patience, cause=_first_line(cause))
            return f"The gradebook {where} {told}"
    return f"The gradebook {where} cannot be used: {_first_line(cause)}."


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
