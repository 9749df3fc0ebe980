"""The gradebook, compared with what nbgrader itself leaves, and used by nbgrader afterwards."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import tiny_course as tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.errors import StoreError
from dfl_grading.gradebook import _Points, _split
from dfl_grading.model import Evidence, GradeReport, Lateness, QuestionResult, Verdict
from dfl_grading.source import read_source
from dfl_grading.store import ScoreRow, Store

PS = tiny.PROBLEM_SET
STAMP = "2030-03-01T10:00:00"
DUE = datetime(2030, 3, 1, 9, tzinfo=UTC)

POINTS = {
    ("p1", "double-test"): 2.0,
    ("p1", "whole-test"): 1.0,
    ("p1", "why"): 3.0,
    ("p1", "show"): 1.5,
    ("p1", "draw"): 2.0,
    ("p2", "x-test"): 1.0,
    ("p2", "x-why"): 1.0,
}
ANN = {
    ("p1", "double-test"): 2.0,
    ("p1", "whole-test"): 0.0,
    ("p1", "why"): None,
    ("p1", "show"): None,
    ("p1", "draw"): None,
    ("p2", "x-test"): 1.0,
    ("p2", "x-why"): 0.0,
}
BOB = dict.fromkeys([key for key in POINTS if key[0] == "p1"], 0.0) | {("p1", "draw"): None}
ANN_SILENT = [("p2", "x-why")]
BOB_SILENT = [("p1", name) for name in ("double", "whole", "why", "show")]


def report(
    student: str,
    scores: dict[tuple[str, str], float | None],
    *,
    penalty: float = 0.0,
    timestamp: str | None = STAMP,
) -> GradeReport:
    questions = tuple(
        QuestionResult(
            grade_id=grade_id,
            notebook=notebook,
            score=score,
            max_score=POINTS.get((notebook, grade_id), 9.0),
            verdict=Verdict.MANUAL if score is None else Verdict.PARTIAL,
            evidence=Evidence.MANUAL if score is None else Evidence.OUTSIDE,
        )
        for (notebook, grade_id), score in scores.items()
    )
    late = Lateness(penalty=penalty)
    return GradeReport(
        student=student, problem_set=PS, questions=questions, late=late, timestamp=timestamp
    )


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def ask(path: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(query, values).fetchall()
    connection.close()
    return found


DUMPS = {
    "assignment": "SELECT name, duedate FROM assignment",
    "notebook": "SELECT name, kernelspec FROM notebook",
    "cell": """SELECT n.name, b.name, b.type, g.max_score, g.cell_type, t.max_score, t.cell_type
        FROM base_cell b JOIN notebook n ON n.id = b.notebook_id
        LEFT JOIN grade_cells g ON g.id = b.id LEFT JOIN task_cells t ON t.id = b.id""",
    "kinds": """SELECT (SELECT count(*) FROM grade_cells), (SELECT count(*) FROM task_cells),
        (SELECT count(*) FROM solution_cells), (SELECT count(*) FROM base_cell)""",
    "student": "SELECT * FROM student",
    "submission": """SELECT a.name, s.student_id, s.timestamp, s.extension
        FROM submitted_assignment s JOIN assignment a ON a.id = s.assignment_id""",
    "submitted notebook": """SELECT s.student_id, n.name, m.flagged,
        coalesce(m.late_submission_penalty, 0.0) FROM submitted_notebook m
        JOIN submitted_assignment s ON s.id = m.assignment_id
        JOIN notebook n ON n.id = m.notebook_id""",
    "grade": """SELECT s.student_id, n.name, b.name, b.type, g.auto_score, g.manual_score,
        g.extra_credit, g.needs_manual_grade FROM grade g
        JOIN submitted_notebook m ON m.id = g.notebook_id
        JOIN submitted_assignment s ON s.id = m.assignment_id
        JOIN notebook n ON n.id = m.notebook_id JOIN base_cell b ON b.id = g.cell_id""",
    "comment": """SELECT s.student_id, n.name, b.name, b.type, g.auto_comment, g.manual_comment
        FROM comment g JOIN submitted_notebook m ON m.id = g.notebook_id
        JOIN submitted_assignment s ON s.id = m.assignment_id
        JOIN notebook n ON n.id = m.notebook_id JOIN base_cell b ON b.id = g.cell_id""",
    "revision": "SELECT version_num FROM alembic_version",
}
IN_ORDER = """SELECT n.name, c.name, c.cell_type, c.locked, c.source, c.checksum
    FROM source_cell c JOIN notebook n ON n.id = c.notebook_id ORDER BY n.name, c.rowid"""


def dump(path: Path) -> dict[str, list[Any]]:
    """Every column that means something, without the random ids."""
    tables = {name: sorted(ask(path, query), key=repr) for name, query in DUMPS.items()}
    return tables | {"source": ask(path, IN_ORDER)}


def grade_by_hand(path: Path) -> None:
    """What a TA does in formgrader, through nbgrader's own interface."""
    from nbgrader.api import Gradebook

    with Gradebook(url(path)) as book:
        grade = book.find_grade("why", "p1", PS, "ann")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.5, 0.5, False
        book.find_grade("double-test", "p1", PS, "ann").manual_score = 1.0
        book.find_comment("double", "p1", PS, "ann").manual_comment = "Nice."
        book.find_submission_notebook("p1", PS, "ann").flagged = True
        book.db.commit()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """nbgrader's own databases: released, autograded, and autograded again after a TA."""
    root = tiny.make_course(tmp_path_factory.mktemp("nbgrader"))
    late = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (root / "nbgrader_config.py").write_text(late, encoding="utf-8")
    database = root / "gradebook.db"
    tiny.nbgrader(
        root,
        ["db", "assignment", "add", PS, "--duedate", tiny.DUE],
        ["generate_assignment", PS],
    )
    released = dump(database)
    double = "def double(x):\n    return 2 * x"
    answers = {"double": double, "whole": "answer = 41", "why": "Since.", "show": "print(2)"}
    tiny.hand_in(root, "ann", "p1", answers)
    tiny.hand_in(root, "ann", "p2", {"x": "x = 1"})
    tiny.hand_in(root, "bob", "p1", {})
    tiny.nbgrader(root, ["autograde", PS])
    graded = dump(database)
    grade_by_hand(database)
    tiny.nbgrader(root, ["autograde", PS, "--student", "ann", "--force"])
    return {"root": root, "released": released, "graded": graded, "again": dump(database)}


@pytest.fixture(scope="module")
def defined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with our database, where the problem set is defined."""
    root = tiny.make_course(tmp_path_factory.mktemp("ours"))
    with Store(url(root / "gradebook.db")) as store:
        assert store.define(PS, notebooks(root), DUE)
    return root


def notebooks(root: Path) -> list[Any]:
    return [read_source(path) for path in sorted((root / "source" / PS).glob("*.ipynb"))]


@pytest.fixture
def root(defined: Path, tmp_path: Path) -> Path:
    """A fresh copy of the course with the problem set defined."""
    return Path(shutil.copytree(defined, tmp_path / "course"))


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    with Store(url(root / "gradebook.db"), patience=2.0) as store:
        yield store


# Equal to nbgrader's


def test_a_definition_is_what_generate_assignment_leaves(
    defined: Path, reference: dict[str, Any]
) -> None:
    assert dump(defined / "gradebook.db") == reference["released"]


def test_grades_are_what_autograde_leaves(
    root: Path, store: Store, reference: dict[str, Any]
) -> None:
    store.save(report("ann", ANN, penalty=3.0), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    assert dump(root / "gradebook.db") == reference["graded"]


def test_a_persons_work_outlives_a_regrade_as_in_nbgrader(
    root: Path, store: Store, reference: dict[str, Any]
) -> None:
    store.save(report("ann", ANN, penalty=3.0), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    grade_by_hand(root / "gradebook.db")
    # 1 for double-test, 2.5 + 0.5 for why, 1 for x-test: all of it, as it came late
    store.save(report("ann", ANN, penalty=5.0), ANN_SILENT)
    assert dump(root / "gradebook.db") == reference["again"]


def test_nbgrader_works_on_our_database(
    root: Path, store: Store, reference: dict[str, Any]
) -> None:
    shutil.copytree(reference["root"] / "autograded", root / "autograded")
    shutil.copytree(reference["root"] / "submitted", root / "submitted")
    store.save(report("ann", ANN, penalty=0.5), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    tiny.nbgrader(
        root,
        ["db", "upgrade"],
        ["export", "--to", "grades.csv"],
        ["generate_feedback", PS],
    )
    exported = (root / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert exported[1:] == [
        f"{PS},2030-03-01 09:00:00,2030-03-01 10:00:00,ann,,,,3.0,0.5,2.5,11.5",
        f"{PS},2030-03-01 09:00:00,2030-03-01 10:00:00,bob,,,,0.0,0.0,0.0,11.5",
    ]
    feedback = (root / "feedback" / "ann" / PS / "p1.html").read_text(encoding="utf-8")
    assert "(Score: 1.67 / 9.5)" in feedback  # 2 of 9.5, less 2/3 of the penalty


def formgraders_view(root: Path) -> list[Any]:
    """What nbgrader's web pages are made from, without the random ids."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    api = NbGraderAPI(CourseDirectory(root=str(root)))
    found = [api.get_assignment(PS)]
    found += [api.get_submission(PS, student) for student in ("ann", "bob")]
    for name in ("p1", "p2"):  # which it sorts by their random ids
        found += sorted(api.get_notebook_submissions(PS, name), key=lambda one: one["student"])
    return [{k: value for k, value in one.items() if k not in ("id", "index")} for one in found]


def test_formgrader_sees_the_same_course(
    root: Path, store: Store, reference: dict[str, Any]
) -> None:
    for folder in ("release", "submitted", "autograded"):
        shutil.copytree(reference["root"] / folder, root / folder)
    store.save(report("ann", ANN, penalty=3.0), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    grade_by_hand(root / "gradebook.db")
    store.save(report("ann", ANN, penalty=5.0), ANN_SILENT)
    ours = formgraders_view(root)
    assert ours == formgraders_view(reference["root"])
    assert [one["autograded"] for one in ours[1:3]] == [True, True]


# Opening


def test_a_new_database_needs_no_alembic_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with Store(url(tmp_path / "new.db"), "dfl") as store:
        assert store.scores(PS) == ()
    assert ask(tmp_path / "new.db", "SELECT * FROM alembic_version") == [("e43177bfe90b",)]


def test_a_database_is_only_made_where_wanted(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no gradebook"):
        Store(url(tmp_path / "new.db"), create=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="no gradebook"):
        Store("sqlite://", create=False)
    with Store("sqlite://") as store:
        assert store.define(PS, [])


def test_a_half_made_database_is_completed(root: Path) -> None:
    database = root / "half.db"
    with Store(url(database)):
        pass
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE alembic_version")
    connection.close()
    with Store(url(database)):
        pass
    assert ask(database, "SELECT count(*) FROM alembic_version") == [(1,)]


@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        ("UPDATE alembic_version SET version_num = '167914646830'", "nbgrader db upgrade"),
        ("DROP TABLE alembic_version", "nbgrader db upgrade"),
        ("UPDATE alembic_version SET version_num = 'ffffffffffff'", "newer nbgrader"),
    ],
)
def test_another_revision_is_refused(root: Path, spoil: str, remedy: str) -> None:
    with sqlite3.connect(root / "gradebook.db") as connection:
        connection.execute(spoil)
    connection.close()
    with pytest.raises(StoreError, match=remedy):
        Store(url(root / "gradebook.db"))


def test_what_cannot_be_opened_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database\n" * 100, encoding="utf-8")
    for wrong, sign in (
        (url(tmp_path / "text.db"), "is not a database"),
        (url(tmp_path / "absent" / "gradebook.db"), "check that its folder exists"),
        ("nonsense", "URL"),
        ("oracle9://me:secret@host/db", "URL"),
    ):
        with pytest.raises(StoreError, match=sign) as caught:
            Store(wrong)
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)


def test_a_read_only_database_can_be_read_and_not_written(root: Path) -> None:
    with Store(f"sqlite:///file:{root / 'gradebook.db'}?mode=ro&uri=true") as store:
        assert store.max_score(PS) == 11.5
        with pytest.raises(StoreError, match="read-only"):
            store.save(report("ann", ANN))


def test_a_database_that_stays_locked_is_told_within_the_patience(root: Path) -> None:
    with Store(url(root / "gradebook.db"), patience=0.3) as store:
        other = sqlite3.connect(root / "gradebook.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreError, match="another program"):
            store.save(report("ann", ANN))
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
        store.save(report("ann", ANN))
        other.close()


def test_a_database_that_is_held_for_a_moment_is_waited_for(root: Path, store: Store) -> None:
    other = sqlite3.connect(root / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.3, other.execute, ["ROLLBACK"])
    release.start()
    store.save(report("ann", ANN))
    release.join()
    other.close()
    assert set(store.saved(PS)) == {"ann"}


def _save_many(database: Path, students: list[str]) -> None:
    with Store(url(database)) as store:
        for student in students:
            store.save(report(student, ANN), ANN_SILENT)


def test_two_processes_may_write_at_once(root: Path) -> None:
    database = root / "gradebook.db"
    shared = [f"s{number}" for number in range(25)]
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_save_many, args=(database, shared)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    with Store(url(database)) as store:
        assert {row.student: row.raw_score for row in store.scores(PS)} == dict.fromkeys(
            shared, 3.0
        )
    assert ask(database, "SELECT count(*) FROM grade") == [(7 * 25,)]


def test_a_killed_writer_leaves_whole_submissions(root: Path) -> None:
    database = root / "gradebook.db"
    context = multiprocessing.get_context("spawn")
    students = [f"s{number}" for number in range(5000)]
    worker = context.Process(target=_save_many, args=(database, students))
    worker.start()
    deadline = time.monotonic() + 30
    while ask(database, "SELECT count(*) FROM grade") == [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.kill()
    worker.join()
    with Store(url(database)) as store:
        saved = store.saved(PS)
        assert 0 < len(saved) < len(students)
        assert [student for student in saved if saved[student].scores != ANN] == []
        store.save(report("s0", ANN), ANN_SILENT)
    assert ask(database, "PRAGMA integrity_check") == [("ok",)]


_FULL = """
import resource, signal, sys
import test_store as here
from dfl_grading.errors import StoreError
from dfl_grading.store import Store
from pathlib import Path
database = Path(sys.argv[1])
with Store(here.url(database)) as store:
    most = database.stat().st_size + 20_000
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        for number in range(1000):
            store.save(here.report(f"s{number}", here.ANN))
    except StoreError as error:
        print(error, number, len(store.saved(here.PS)), sep="|")
"""


def test_a_disk_that_is_full_is_told_and_loses_nothing(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(root / "gradebook.db")],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    message, failed, saved = done.stdout.strip().split("|")
    assert "check the disk" in message
    assert failed == saved
    assert ask(root / "gradebook.db", "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux")
def test_a_child_process_inherits_no_open_gradebook(root: Path, store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    assert store.saved(PS)
    still_open = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}
    assert not [name for name in still_open if name.startswith(str(root))]


# Defining


def test_a_definition_that_says_nothing_new_writes_nothing(root: Path, store: Store) -> None:
    before = (root / "gradebook.db").read_bytes()
    assert not store.define(PS, notebooks(root), DUE)
    assert not store.define(PS, notebooks(root), None)
    assert (root / "gradebook.db").read_bytes() == before


def test_a_due_date_is_stored_in_utc(root: Path, store: Store) -> None:
    moved = DUE.astimezone(timezone(timedelta(hours=5))) + timedelta(days=1)
    assert store.define(PS, notebooks(root), moved)
    assert dump(root / "gradebook.db")["assignment"] == [(PS, "2030-03-02 09:00:00.000000")]


def _changed(root: Path, name: str, **changes: Any) -> list[Any]:
    """The notebooks with one cell of p1 changed, or left out where nothing is said of it."""
    first, second = notebooks(root)
    cells = tuple(
        replace(cell, **changes) if cell.grade_id == name else cell
        for cell in first.cells
        if changes or cell.grade_id != name
    )
    return [replace(first, cells=cells), second]


def test_new_points_keep_manual_scores(root: Path, store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    grade_by_hand(root / "gradebook.db")
    before = store.scores(PS)[0]
    assert store.define(PS, _changed(root, "why", points=4.0), DUE)
    after = store.scores(PS)[0]
    assert after.max_score == before.max_score + 1
    assert after.raw_score == before.raw_score == 5.0
    by_name = {question.grade_id: question for question in after.questions}
    assert by_name["why"].max_score == 4.0
    assert by_name["why"].manual_score == 2.5


def test_new_source_is_written_in_order(root: Path, store: Store) -> None:
    text = "assert double(2) == 4"
    assert store.define(PS, _changed(root, "double-test", source=text), DUE)
    rows = [row for row in dump(root / "gradebook.db")["source"] if row[0] == "p1"]
    assert [row[1] for row in rows] == [
        "given", "double", "double-test", "whole", "whole-test", "why", "show", "draw"
    ]  # fmt: skip
    assert rows[2][4] == text
    assert rows[2][5] != rows[0][5]


def test_a_removed_cell_takes_only_its_own_automatic_grade(root: Path, store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    grade_by_hand(root / "gradebook.db")
    assert store.define(PS, _changed(root, "whole-test"), DUE)
    row = store.scores(PS)[0]
    assert row.max_score == 10.5
    assert row.raw_score == 5.0
    assert {question.grade_id for question in row.questions} == {
        name for _, name in POINTS if name != "whole-test"
    }


@pytest.mark.parametrize("gone", ["why", "double-test", "double"])
def test_a_cell_with_a_persons_work_is_not_removed(root: Path, store: Store, gone: str) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    grade_by_hand(root / "gradebook.db")
    before = dump(root / "gradebook.db")
    with pytest.raises(StoreError, match=gone):
        store.define(PS, _changed(root, gone), DUE)
    assert dump(root / "gradebook.db") == before


def test_a_removed_notebook_and_a_new_one(root: Path, store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    first, second = notebooks(root)
    assert store.define(PS, [first, replace(second, name="p3")], DUE)
    assert {row[0] for row in dump(root / "gradebook.db")["notebook"]} == {"p1", "p3"}
    assert store.saved(PS)["ann"].scores == {key: ANN[key] for key in ANN if key[0] == "p1"}
    scores = {("p3" if key[0] == "p2" else "p1", key[1]): value for key, value in ANN.items()}
    store.save(report("ann", scores), [("p3", "x-why")])
    assert store.saved(PS)["ann"].scores == scores


def test_a_cell_may_become_a_task(root: Path, store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    task = {"grade": False, "solution": False, "task": True, "locked": True}
    assert store.define(PS, _changed(root, "why", **task), DUE)
    store.save(report("ann", ANN), ANN_SILENT)
    assert store.saved(PS)["ann"].scores == ANN
    assert [row[2] for row in dump(root / "gradebook.db")["cell"] if row[1] == "why"] == [
        "TaskCell"
    ]


def test_a_graded_raw_cell_is_refused(root: Path, store: Store) -> None:
    with pytest.raises(StoreError, match="raw"):
        store.define(PS, _changed(root, "why", cell_type="raw"), DUE)


# Saving


def test_saving_again_is_the_same(root: Path, store: Store) -> None:
    store.save(report("ann", ANN, penalty=1.0), ANN_SILENT)
    before = dump(root / "gradebook.db")
    store.save(report("ann", ANN, penalty=1.0), ANN_SILENT)
    assert dump(root / "gradebook.db") == before


def test_a_grader_error_waits_for_a_person(store: Store) -> None:
    wrong = report("ann", ANN | {("p1", "double-test"): None})
    store.save(wrong)
    question = store.scores(PS)[0].questions[0]
    assert (question.grade_id, question.auto_score) == ("double-test", None)
    assert question.needs_manual_grade
    assert store.scores(PS)[0].needs_manual_grade


def test_a_notebook_that_goes_missing_scores_nothing_and_asks_nobody(store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    missing = report("ann", ANN)
    questions = tuple(
        replace(q, score=0.0, verdict=Verdict.MISSING) if q.notebook == "p1" else q
        for q in missing.questions
    )
    store.save(replace(missing, questions=questions))
    row = store.scores(PS)[0]
    assert row.raw_score == 1.0
    assert not row.needs_manual_grade
    assert len(row.questions) == 7


def test_a_later_hand_in_replaces_the_timestamp_and_lateness(store: Store) -> None:
    store.save(report("ann", ANN, penalty=1.0))
    store.save(report("ann", ANN, timestamp="2030-03-01T12:00:00+02:00"))
    row = store.scores(PS)[0]
    assert row.timestamp == datetime(2030, 3, 1, 10)
    assert row.penalty == 0.0
    store.save(report("ann", ANN, timestamp=None))
    assert store.saved(PS)["ann"].timestamp is None


def test_what_cannot_be_is_refused_and_nothing_is_written(root: Path, store: Store) -> None:
    before = dump(root / "gradebook.db")
    test = ("p1", "double-test")
    for wrong, sign in (
        (report("ann", ANN | {test: 2.5}), "double-test"),
        (report("ann", ANN | {test: -1.0}), "double-test"),
        (report("ann", ANN | {test: float("nan")}), "double-test"),
        (report("ann", ANN | {("p1", "nowhere"): 1.0}), "nowhere"),
        (report("ann", ANN, penalty=float("nan")), "penalty"),
        (report("ann", ANN, penalty=-1.0), "penalty"),
        (report("ann", ANN, timestamp="yesterday"), "timestamp"),
        (replace(report("ann", ANN), problem_set="ps9"), "ps9"),
    ):
        with pytest.raises(StoreError, match=sign):
            store.save(wrong)
    assert dump(root / "gradebook.db") == before


def test_names_are_values_and_never_sql(store: Store) -> None:
    for student in ("o'brien", '"; DROP TABLE student; --', "zoë"):
        store.save(report(student, ANN))
    assert set(store.saved(PS)) == {"o'brien", '"; DROP TABLE student; --', "zoë"}


# Reading


def test_saved_is_what_was_saved(store: Store) -> None:
    store.save(report("ann", ANN), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    saved = store.saved(PS)
    assert saved["ann"].scores == ANN
    assert saved["ann"].timestamp == datetime(2030, 3, 1, 10)
    assert saved["bob"].scores == BOB | {("p2", "x-test"): 0.0, ("p2", "x-why"): 0.0}
    assert store.saved("ps2") == {}


def test_scores_agree_with_nbgraders_own_sums(root: Path, store: Store) -> None:
    from nbgrader.api import Gradebook

    store.save(report("ann", ANN, penalty=1.0), ANN_SILENT)
    store.save(report("bob", BOB), BOB_SILENT)
    grade_by_hand(root / "gradebook.db")
    with Gradebook(url(root / "gradebook.db")) as book:
        book.grant_extension(PS, "bob", days=2)
        theirs = {
            s.student.id: (s.score, s.max_score, s.late_submission_penalty, s.needs_manual_grade)
            for s in book.assignment_submissions(PS)
        }
    ours = {
        row.student: (row.raw_score, row.max_score, row.penalty, row.needs_manual_grade)
        for row in store.scores(PS)
    }
    assert ours == theirs
    assert ours["ann"][:3] == (5.0, 11.5, 1.0)
    assert store.extensions(PS) == {"bob": timedelta(days=2)}
    assert [row.extension for row in store.scores(PS)] == [None, timedelta(days=2)]


def test_a_penalty_can_be_worked_out_anew(root: Path, store: Store) -> None:
    store.save(report("ann", ANN, penalty=3.0), ANN_SILENT)
    store.save(report("bob", BOB, penalty=1.0), BOB_SILENT)
    grade_by_hand(root / "gradebook.db")
    ann, bob = store.scores(PS)
    assert (ann.score, bob.penalty) == (2.0, 1.0)
    store.set_penalties(PS, {"ann": ann.raw_score})
    assert [row.score for row in store.scores(PS)] == [0.0, 0.0]
    assert store.scores(PS)[1].penalty == 1.0
    with pytest.raises(StoreError, match="ann"):
        store.set_penalties(PS, {"ann": float("inf")})


def test_a_row_never_scores_below_zero() -> None:
    row = ScoreRow(
        student="ann",
        problem_set=PS,
        timestamp=None,
        extension=None,
        penalty=2.0,
        max_score=1.0,
        questions=(),
    )
    assert (row.raw_score, row.score) == (0.0, 0.0)


def test_student_rows_hold_names(root: Path, store: Store) -> None:
    from nbgrader.api import Gradebook

    store.save(report("bob", BOB), BOB_SILENT)
    with Gradebook(url(root / "gradebook.db")) as book:
        book.add_student("ann", first_name="Ann", last_name="Lee", email="a@b.c")
    store.save(report("ann", ANN), ANN_SILENT)
    ann, bob = store.student_rows()
    assert (ann.student, ann.first_name, ann.last_name, ann.email) == ("ann", "Ann", "Lee", "a@b.c")
    assert (bob.student, bob.first_name) == ("bob", None)


points = st.builds(_Points, st.floats(0, 100), st.floats(0, 100))


@settings(deadline=None)
@given(
    penalty=st.floats(0, 500), notebooks=st.dictionaries(st.text(max_size=2), points, max_size=4)
)
def test_a_penalty_is_shared_whole_and_where_there_are_points(
    penalty: float, notebooks: dict[str, _Points]
) -> None:
    shares = _split(penalty, notebooks)
    assert shares.keys() == notebooks.keys()
    given = sum(share or 0.0 for share in shares.values())
    room = sum(one.now + one.open for one in notebooks.values())
    assert given == pytest.approx(min(penalty, room), rel=1e-9, abs=1e-9)
    for name, share in shares.items():
        assert 0.0 <= (share or 0.0) <= notebooks[name].now + notebooks[name].open + 1e-6
        if penalty <= sum(one.now for one in notebooks.values()):
            assert (share or 0.0) <= notebooks[name].now + 1e-6
