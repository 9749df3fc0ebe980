"""Hand-ins that went through nbgrader's exchange, and rights that its courses need."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import courses
import pytest
import tiny_course as tiny

from dfl_grading.hand_ins import parse_timestamp
from dfl_grading.store import Store

PS = tiny.PROBLEM_SET
STUDENTS = {
    "ann": {"double": "def double(x):\n    return 2 * x", "whole": "answer = 42"},
    "bob": {"double": "def double(x):\n    return x", "whole": "answer = 42"},
    "eve": {},
}
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "doubling"
c.CourseDirectory.groupshared = {shared}
c.Exchange.root = "{top}/exchange"
c.Exchange.cache = "{top}/cache"
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lay_out(top: Path, *, shared: bool = False) -> Path:
    """A course whose exchange is `top/exchange`, released and fetched by every student."""
    course = tiny.make_course(top / "course")
    (top / "exchange").mkdir()
    (top / "exchange").chmod(0o777)
    config = CONFIG.format(shared=shared, top=top)
    (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
    fetches = [["fetch_assignment", PS, *as_student(top, student)] for student in STUDENTS]
    for student in STUDENTS:
        (top / "homes" / student).mkdir(parents=True)
    tiny.nbgrader(course, ["generate_assignment", PS], ["release_assignment", PS], *fetches)
    for student, answers in STUDENTS.items():
        for path in (top / "homes" / student / PS).glob("*.ipynb"):
            document = json.loads(path.read_text(encoding="utf-8"))
            for cell in document["cells"]:
                grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
                cell["source"] = answers.get(grade_id, cell["source"])
            tiny.write(path, document)
    submits = [["submit", PS, *as_student(top, student)] for student in STUDENTS]
    tiny.nbgrader(course, *submits, ["collect", PS])
    return course


def as_student(top: Path, student: str) -> list[str]:
    return [
        f"--CourseDirectory.student_id={student}",
        f"--Exchange.assignment_dir={top}/homes/{student}",
        f"--Exchange.cache={top}/cache/{student}",
    ]


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Released, fetched, submitted and collected by nbgrader; graded by us; handed back."""
    top = tmp_path_factory.mktemp("exchange")
    course = lay_out(top)
    courses.dfl(course, "grade")
    courses.dfl(course, "feedback")
    fetches = [["fetch_feedback", PS, *as_student(top, student)] for student in STUDENTS]
    tiny.nbgrader(course, ["release_feedback", PS], *fetches)
    return top


def test_what_was_collected_is_graded_with_its_time(top: Path) -> None:
    course = top / "course"
    with Store(f"sqlite:///{course / 'gradebook.db'}", "doubling", create=False) as store:
        rows = {row.student: row for row in store.scores(PS)}
    assert {name: row.raw_score for name, row in rows.items()} == {"ann": 3, "bob": 1, "eve": 0}
    for student, row in rows.items():
        handed_in = course / "submitted" / student / PS / "timestamp.txt"
        assert row.timestamp == parse_timestamp(handed_in.read_text(encoding="utf-8"))
        assert row.timestamp is not None
        made = courses.report(course, student)
        assert made["timestamp"] == row.timestamp.isoformat()
        assert made["repairs"] == []


def test_nothing_in_submitted_is_changed(top: Path) -> None:
    (sent,) = (top / "exchange/doubling/inbound").glob("ann+*")
    assert courses.tree(top / "course/submitted/ann" / PS) == courses.tree(sent)


def test_graded_notebooks_cannot_be_written_and_what_feedback_needs_is_beside(top: Path) -> None:
    for student in STUDENTS:
        graded = top / "course/autograded" / student / PS
        assert {mode(path) for path in graded.glob("*.ipynb")} == {0o444}
        for name in ("timestamp.txt", "submission_secret.txt"):
            there = top / "course/submitted" / student / PS / name
            assert (graded / name).read_bytes() == there.read_bytes()


def test_every_student_fetches_their_own_feedback(top: Path) -> None:
    for student in STUDENTS:
        (page,) = (top / "homes" / student / PS / "feedback").glob("*/p1.html")
        assert f"<bdi>{student}</bdi>" in page.read_text(encoding="utf-8")


def test_formgrader_takes_them_for_graded(top: Path) -> None:
    ask = (
        "from traitlets.config import Config\n"
        "from nbgrader.coursedir import CourseDirectory\n"
        "from nbgrader.apps.api import NbGraderAPI\n"
        "print(sorted(NbGraderAPI(CourseDirectory()).get_autograded_students('ps1')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ask],
        cwd=top / "course",
        env=courses.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == str(sorted(STUDENTS)), done.stderr


@pytest.mark.parametrize(
    ("mask", "shared", "notebooks", "folders"),
    [
        (0o077, False, 0o444, 0o700),
        (0o002, False, 0o444, 0o775),
        (0o077, True, 0o664, 0o2770),
        (0o002, True, 0o664, 0o2775),
    ],
)
def test_rights_follow_the_course_and_the_umask(
    tmp_path: Path, mask: int, shared: bool, notebooks: int, folders: int
) -> None:
    root = courses.make_course(tmp_path, grader=None)
    config = f"c = get_config()\nc.CourseDirectory.groupshared = {shared}\n"
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    courses.hand_in(root, "ann", files={"notes/own.txt": "mine"})
    old = os.umask(mask)
    try:
        courses.grade(root)
        courses.grade(root, force=True)
    finally:
        os.umask(old)
    graded = root / "autograded/ann/ps1"
    assert mode(graded / "p1.ipynb") == notebooks
    for folder in (graded, graded.parent, graded.parent.parent, graded / "notes"):
        assert mode(folder) == folders, folder


def test_colleagues_can_go_on_with_all_that_a_shared_course_gets(tmp_path: Path) -> None:
    root = courses.make_course(tmp_path)
    config = "c = get_config()\nc.CourseDirectory.groupshared = True\n"
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    handed_in = courses.hand_in(root, "ann")
    before = set(root.rglob("*"))
    old = os.umask(0o077)
    try:
        courses.dfl(root, "grade")
        courses.dfl(root, "feedback")
        (handed_in / "p1.ipynb").write_bytes(
            (handed_in / "p1.ipynb").read_bytes().replace(b"*", b"+")
        )
        courses.dfl(root, "grade")
    finally:
        os.umask(old)
    made = set(root.rglob("*")) - before
    folders = {path for path in made if path.is_dir()}
    assert {root / name for name in ("autograded", "feedback", "reports", ".dfl")} <= folders
    assert all(mode(path) & 0o070 == 0o070 for path in folders)
    # all others are never written to, but replaced
    for name in ("gradebook.db", "audit.csv", ".dfl/ps1.lock"):
        assert mode(root / name) == 0o660, name
