"""The gradebook on a real PostgreSQL server: the same as in a file, and several graders at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import courses
import pytest
import tiny_course as tiny
from postgresql import Server, serve
from sqlalchemy import create_engine, text
from test_store import ANN, PS, STAMP, report

from dfl_grading.database import Database
from dfl_grading.errors import StoreError
from dfl_grading.source import read_source
from dfl_grading.store import ScoreRow, Store

STUDENTS = [f"s{number}" for number in range(4)]
SETS = ("ps1", "ps2")

ASK = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "default_course") as gradebook:
    for name, student, cell, points in json.loads(sys.argv[2]):
        grade = gradebook.find_grade(cell, "p1", name, student)
        grade.manual_score = points
        gradebook.db.commit()
    print(json.dumps([
        [a.name, s.student_id, s.score, s.max_score, s.needs_manual_grade, str(s.timestamp)]
        for a in gradebook.assignments for s in gradebook.assignment_submissions(a.name)
    ]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def lay_out(root: Path, url: str) -> Path:
    """A course of two problem sets; odd students are wrong in the first, every third in both."""
    courses.make_course(root, toml=f'[gradebook]\nurl = "{url}"\n')
    courses.add_notebook(root, "p1", *courses.questions(), problem_set="ps2")
    for number, student in enumerate(STUDENTS):
        square = {"square": courses.WRONG_SQUARE} if number % 2 else {}
        mean = {"mean": "mean = None"} if number % 3 == 0 else {}
        courses.hand_in(root, student, {**square, **mean})
        courses.hand_in(root, student, mean, problem_set="ps2")
    return root


def scores_of(url: str) -> dict[str, tuple[ScoreRow, ...]]:
    with Store(url, create=False) as store:
        return {name: store.scores(name) for name in SETS}


def ask_nbgrader(url: str, *by_hand: tuple[str, str, str, float]) -> list[list[Any]]:
    """What nbgrader's own Gradebook says of every submission, after these points were given."""
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK, url, json.dumps(by_hand)],
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def graded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A course whose two problem sets were graded by two processes at once."""
    url = server.make("grades").replace("dfl@", "dfl:hush@")
    root = lay_out(tmp_path_factory.mktemp("postgresql"), url)
    running = [
        subprocess.Popen(
            courses.command("grade", name),
            cwd=root,
            env=courses.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in SETS
    ]
    for process in running:
        said, _ = process.communicate(timeout=100)
        assert process.returncode == 0, said
        assert "dfl:***@/grades" in said
        assert "hush" not in said
    return root, url


def test_two_graders_at_once_lose_no_score(graded: tuple[Path, str]) -> None:
    root, url = graded
    found = scores_of(url)
    for name in SETS:
        assert [row.student for row in found[name]] == STUDENTS
        for row in found[name]:
            assert row.score == courses.report(root, row.student, name)["score"]
    assert [row.score for row in found["ps1"]] == [2, 3, 5, 0]
    assert [row.score for row in found["ps2"]] == [2, 5, 5, 2]


def test_the_gradebook_is_the_same_as_in_a_file(graded: tuple[Path, str], tmp_path: Path) -> None:
    _, url = graded
    root = lay_out(tmp_path / "file", "sqlite:///gradebook.db")
    courses.grade(root)
    assert scores_of(f"sqlite:///{root / 'gradebook.db'}") == scores_of(url)


def test_points_by_hand_and_extensions_are_kept(graded: tuple[Path, str]) -> None:
    root, url = graded
    found = ask_nbgrader(url, ("ps1", "s0", "mean-test", 1.5))
    assert len(found) == 8
    assert [row[2:5] for row in found if row[:2] == ["ps1", "s0"]] == [[3.5, 5.0, False]]
    assert {row[5] for row in found} == {STAMP.replace("T", " ")}
    with Store(url, create=False) as store:
        assert store.extend("ps1", {"s0": timedelta(days=2, minutes=5), "nobody": timedelta(1)})
        assert store.extensions("ps1") == {"s0": timedelta(days=2, minutes=5)}
    courses.grade(root, "ps1", students=("s0",), force=True)
    (row,) = (row for row in scores_of(url)["ps1"] if row.student == "s0")
    assert (row.score, row.needs_manual_grade) == (3.5, True)
    assert row.extension == timedelta(days=2, minutes=5)


def test_a_gradebook_that_nbgrader_made_is_graded_and_goes_on_to_its_feedback(
    server: Server, tmp_path: Path
) -> None:
    url = server.make("theirs")
    root = tiny.make_course(tmp_path)
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n"
        "c.CourseDirectory.course_id = 'their-course'\n"
    )
    tiny.nbgrader(root, ["generate_assignment", PS])
    tiny.hand_in(root, "ann", "p1", {"double": "def double(x):\n    return 2 * x"})
    courses.dfl(root, "grade")
    tiny.nbgrader(root, ["generate_feedback", PS])
    assert "2.0" in (root / f"feedback/ann/{PS}/p1.html").read_text(encoding="utf-8")
    assert not (root / "gradebook.db").exists()


def test_a_server_that_is_away_is_told_before_any_work(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://grader:secret@/grades?host={tmp_path}"
    root = lay_out(tmp_path / "course", url)
    before = courses.tree(root)
    start = time.monotonic()
    done = courses.dfl(root, "grade", code=2)
    assert time.monotonic() - start < 10
    assert courses.tree(root) == before
    (line,) = done.stderr.strip().splitlines()
    assert "cannot be reached" in line
    assert "start its server, or correct its URL" in line
    assert "secret" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://dfl@/none?host={top}", 'database "none" does not exist'),
        ("postgresql+psycopg://eve@/postgres?host={top}", 'role "eve" does not exist'),
        ("postgresql+nodriver://dfl@/postgres", "install the driver that it names"),
    ],
)
def test_a_url_that_cannot_be_used_is_told(server: Server, url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        Store(url.format(top=server.top))


def test_many_who_come_first_at_once_make_one_gradebook(server: Server) -> None:
    url = server.make("first")
    with ThreadPoolExecutor(6) as pool:
        for made in pool.map(Database, [url] * 6):
            made.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    engine.dispose()


@pytest.fixture
def store(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open gradebook with the tiny course's problem set."""
    root = tiny.make_course(tmp_path)
    with Store(server.make(f"one{abs(hash(request.node.name))}"), patience=20) as store:
        folder = root / "source" / PS
        store.define(PS, [read_source(path) for path in sorted(folder.glob("*.ipynb"))])
        yield store


def test_the_same_student_from_all_sides_lands_once(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(store.save, [report("ann", ANN)] * 12))
    (row,) = store.scores(PS)
    assert row.raw_score == sum(score or 0.0 for score in ANN.values())
    assert len(row.questions) == len(ANN)


def test_a_server_that_starts_again_is_waited_for(server: Server, store: Store) -> None:
    store.save(report("ann", ANN))
    server.stop()
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(store.save, report("bob", ANN))
        time.sleep(0.3)
        assert not saving.done()
        server.start()
        saving.result(timeout=20)
    assert [row.student for row in store.scores(PS)] == ["ann", "bob"]


def test_who_holds_a_row_without_end_is_named(server: Server, tmp_path: Path) -> None:
    url = server.make("held")
    root = tiny.make_course(tmp_path)
    with Store(url, patience=0.5) as store:
        store.define(PS, [read_source(root / "source" / PS / "p1.ipynb")])
        found = {key: score for key, score in ANN.items() if key[0] == "p1"}
        store.save(report("ann", found))
        engine = create_engine(url)
        with engine.connect() as holder:
            holder.execute(text("UPDATE grade SET manual_score = 1"))
            with pytest.raises(StoreError, match=r"held by another program \(waited 0.5 s\)"):
                store.save(report("ann", {**found, ("p1", "double-test"): 0.0}))
            holder.rollback()
        engine.dispose()
        store.save(report("ann", {**found, ("p1", "double-test"): 0.0}))
        (row,) = store.scores(PS)
    assert row.raw_score == sum(score or 0.0 for score in found.values()) - 2.0


def test_a_name_that_is_too_long_for_the_server_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="no room for a name of more than 128 characters"):
        store.save(report("a" * 129, ANN))
