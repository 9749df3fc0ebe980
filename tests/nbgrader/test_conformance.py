"""nbgrader's own files through `dfl grade`: what its own tests expect of them, and ours get.

The expectations are the first table of `docs/nbgrader.md`; the files lie in nbgrader's wheel.
"""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import courses
import pytest
from pages import rows_of

FOUND = importlib.util.find_spec("nbgrader")
assert FOUND is not None
assert FOUND.submodule_search_locations is not None
TESTS = Path(next(iter(FOUND.submodule_search_locations))) / "tests"
APPS, PREPROCESSORS = TESTS / "apps/files", TESTS / "preprocessors/files"

DUE = "2015-02-02 14:58:23.948203"
LATE = "2015-02-02 15:58:23.948203 UTC"

PLAIN = "c = get_config()\n"
OWN = (
    "c = get_config()\n"
    'c.ClearSolutions.code_stub = dict(python="# YOUR CODE HERE")\n'
    "c.Execute.timeout = 2\n"
    "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
)


@dataclass(frozen=True)
class HandIn:
    """One row of the table: where its file goes, and what it is handed in for."""

    source: str
    file: str
    own: bool = False
    folder: Path = APPS

    @property
    def problem_set(self) -> str:
        place = "checked-" if self.folder is PREPROCESSORS else ""
        return place + self.source.removesuffix(".ipynb")

    @property
    def student(self) -> str:
        return self.file.removesuffix(".ipynb")


def shipped(name: str, *sorts: str, own: bool = False) -> dict[str, HandIn]:
    return {
        f"{name}-{sort}": HandIn(f"{name}.ipynb", f"{name}-{sort}.ipynb", own) for sort in sorts
    }


def validated(sort: str) -> dict[str, HandIn]:
    file = f"submitted-{sort}.ipynb"
    return {f"validator {sort}": HandIn("submitted-unchanged.ipynb", file, folder=PREPROCESSORS)}


HAND_INS = {
    **{
        f"submitted-{sort}": HandIn("submitted-unchanged.ipynb", f"submitted-{sort}.ipynb")
        for sort in ("unchanged", "changed", "cheat-attempt", "cheat-attempt-alternative")
    },
    **shipped("autotest-simple", "unchanged", "changed"),
    **shipped("autotest-hashed", "unchanged", "changed"),
    **shipped("autotest-multi", "unchanged", "changed"),
    "test-hidden-tests": HandIn("test-hidden-tests.ipynb", "", own=True),
    **shipped("autotest-hidden", "unchanged", "changed-wrong", "changed-right", own=True),
    "validating-environment-variable": HandIn(
        "validating-environment-variable.ipynb", "validating-environment-variable.ipynb"
    ),
    "timeout": HandIn("timeout.ipynb", "timeout.ipynb", own=True),
    "submitted-changed, 1 h late": HandIn(
        "submitted-unchanged.ipynb", "submitted-changed.ipynb", own=True
    ),
    "p1 of p1 and p2": HandIn("two", "submitted-changed.ipynb"),
    **validated("unchanged"),
    **validated("changed"),
    **validated("grade-cell-changed"),
    **validated("locked-cell-changed"),
}
TABLE = {row[0]: row[1:] for row in rows_of("handed in")}


def put(origin: Path, *place: str | Path) -> None:
    path = Path(*place)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, path)


def lay_out(root: Path, *, own: bool) -> Path:
    """A course of nbgrader's files: those rows that need options of their own, or all others."""
    root.mkdir()
    put(APPS / "autotests.yml", root, "autotests.yml")
    (root / "nbgrader_config.py").write_text(OWN if own else PLAIN, encoding="utf-8")
    for one in HAND_INS.values():
        if one.own is not own:
            continue
        source = root / "source" / one.problem_set
        if one.source == "two":
            for name in ("p1.ipynb", "p2.ipynb"):
                put(APPS / "submitted-unchanged.ipynb", source, name)
        else:
            put(one.folder / one.source, source, "p1.ipynb")
        if one.file:
            put(one.folder / one.file, root, "submitted", one.student, one.problem_set, "p1.ipynb")
    return root


def hand_in_the_release(root: Path, problem_set: str) -> None:
    courses.dfl(root, "release", problem_set)
    released = root / "release" / problem_set / "p1.ipynb"
    put(released, root, "submitted", "released", problem_set, "p1.ipynb")


def set_due(root: Path, problem_set: str) -> None:
    """What `nbgrader db assignment add --duedate` leaves, where nbgrader keeps due dates."""
    from dateutil.parser import parse

    from dfl_grading.store import Store

    with Store(f"sqlite:///{root}/gradebook.db"):
        pass
    with gradebook(root) as book:
        book.update_or_create_assignment(problem_set, duedate=parse(DUE))


def gradebook(root: Path) -> Any:
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{root}/gradebook.db")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Both courses, graded by the command."""
    top = tmp_path_factory.mktemp("conformance")
    plain, own = lay_out(top / "plain", own=False), lay_out(top / "own", own=True)
    hand_in_the_release(own, "test-hidden-tests")
    late = HAND_INS["submitted-changed, 1 h late"]
    stamp = own / "submitted" / late.student / late.problem_set / "timestamp.txt"
    stamp.write_text(LATE, encoding="utf-8")
    set_due(own, late.problem_set)
    for root in (plain, own):
        courses.dfl(root, "grade")
    return {False: plain, True: own}


def test_every_row_of_the_table_is_tried() -> None:
    assert list(TABLE) == list(HAND_INS)


@pytest.mark.parametrize("name", HAND_INS)
def test_nbgraders_own_files_get_what_its_tests_expect(graded: dict[bool, Path], name: str) -> None:
    one = HAND_INS[name]
    points, by_hand = TABLE[name][:2]
    score, most = (float(part) for part in points.split("/"))
    student = one.student or "released"
    root = graded[one.own]
    made = courses.report(root, student, one.problem_set)
    given = [question["score"] for question in made["questions"]]
    assert sum(part or 0.0 for part in given) == score
    assert made["max_score"] == most
    assert any(part is None for part in given) is (by_hand == "yes")
    with warnings.catch_warnings(), gradebook(root) as book:
        warnings.simplefilter("ignore")  # nbgrader's own queries
        submission = book.find_submission(one.problem_set, student)
        assert sum(notebook.score for notebook in submission.notebooks) == score
        assert submission.max_score == most
        assert submission.needs_manual_grade is (by_hand == "yes")


def test_untouched_answers_are_told_of_in_the_gradebook(graded: dict[bool, Path]) -> None:
    comments = {}
    for student in ("submitted-unchanged", "submitted-changed"):
        with gradebook(graded[False]) as book:
            comments[student] = [
                book.find_comment(name, "p1", "submitted-unchanged", student).comment
                for name in ("set_a", "baz", "quux")
            ]
    assert comments["submitted-unchanged"] == ["No response."] * 3
    assert comments["submitted-changed"] == [None] * 3


def test_the_zero_plugin_takes_all_that_came_late(graded: dict[bool, Path]) -> None:
    late = HAND_INS["submitted-changed, 1 h late"]
    with gradebook(graded[True]) as book:
        submission = book.find_submission(late.problem_set, late.student)
        assert submission.total_seconds_late == 3600
        notebook = submission.notebooks[0]
        assert (notebook.score, notebook.late_submission_penalty) == (2, 2)


def test_hidden_tests_are_back_in_the_autograded_notebook(graded: dict[bool, Path]) -> None:
    for student in ("unchanged", "changed-wrong", "changed-right"):
        folder = graded[True] / "autograded" / f"autotest-hidden-{student}" / "autotest-hidden"
        assert "BEGIN HIDDEN TESTS" in (folder / "p1.ipynb").read_text(encoding="utf-8")
    released = graded[True] / "release/test-hidden-tests/p1.ipynb"
    assert "BEGIN HIDDEN TESTS" not in released.read_text(encoding="utf-8")


def test_a_notebook_that_was_not_handed_in_needs_nobody(graded: dict[bool, Path]) -> None:
    with gradebook(graded[False]) as book:
        first, second = book.find_submission("two", "submitted-changed").notebooks
        assert (first.score, first.needs_manual_grade) == (2, True)
        assert (second.score, second.needs_manual_grade) == (0, False)


@pytest.mark.parametrize(
    ("sort", "failed", "changed"),
    [
        ("unchanged", 3, 0),
        ("changed", 0, 0),
        ("grade-cell-changed", None, 1),
        ("locked-cell-changed", None, 2),
    ],
)
def test_what_the_validator_counts_the_report_tells(
    graded: dict[bool, Path], sort: str, failed: int | None, changed: int
) -> None:
    made = courses.report(graded[False], f"submitted-{sort}", "checked-submitted-unchanged")
    mended = {repair["grade_id"] for repair in made["repairs"]}
    assert len(mended) == changed
    if failed is not None:
        lost = [q for q in made["questions"] if q["score"] is not None and q["score"] == 0]
        assert len(lost) == failed


def test_nbgrader_itself_reads_the_gradebook(graded: dict[bool, Path]) -> None:
    """The database is one that sqlite and nbgrader both find whole."""
    for root in graded.values():
        with sqlite3.connect(root / "gradebook.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
