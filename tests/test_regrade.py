"""`dfl regrade` after a fix: what it says beforehand is what happens, and a person's work stays."""

from __future__ import annotations

import csv
import getpass
import json
from pathlib import Path
from typing import Any

import courses
import pytest

WHY = courses.tiny.cell("", "markdown", grade_id="why", grade=True, solution=True, points=5)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    courses.make_course(tmp_path, *courses.questions(), WHY)
    courses.hand_in(tmp_path, "ada", {"why": "Because."})
    courses.hand_in(tmp_path, "bob", {"square": courses.WRONG_SQUARE, "why": "So."})
    courses.grade(tmp_path)
    return tmp_path


def regrade(root: Path, *options: str, code: int = 0) -> dict[str, Any]:
    done = courses.dfl(root, "regrade", "ps1", "--json", *options, code=code)
    (found,) = json.loads(done.stdout)["problem_sets"]
    made: dict[str, Any] = found
    return made


def accept_doubling(root: Path) -> None:
    path = root / "graders/ps1.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "\nfrom dataclasses import replace\n"
        "problem_set.checks[:] = [replace(c, by=lambda value, reference: True)\n"
        "    if c.grade_id == 'square-test' else c for c in problem_set.checks]\n",
        encoding="utf-8",
    )


def grade_by_hand(root: Path, student: str, grade_id: str, points: float) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade(grade_id, "p1", "ps1", student)
        grade.manual_score = points
        comment = gradebook.find_comment("why", "p1", "ps1", student)
        comment.manual_comment = "Well said."
        gradebook.db.commit()


def test_nothing_changes_where_nothing_changed(course: Path) -> None:
    found = regrade(course, "--dry-run")
    assert (found["changes"], found["up_to_date"], found["unchanged"]) == ([], 2, 0)
    again = regrade(course, "--dry-run", "--force")
    assert (again["changes"], again["up_to_date"], again["unchanged"]) == ([], 0, 2)


def test_a_dry_run_says_what_then_happens_and_writes_nothing(course: Path) -> None:
    accept_doubling(course)
    before = courses.tree(course)
    planned = regrade(course, "--dry-run")
    after = courses.tree(course)
    assert {k for k in before | after if before.get(k) != after.get(k)} <= {
        name for name in after if name.startswith((".dfl", "gradebook.db-"))
    }
    (change,) = planned["changes"]
    assert change["student"] == "bob"
    assert (change["before"], change["after"]) == (3.0, 5.0)
    assert change["why"] == ["the grader changed"]
    (question,) = change["questions"]
    assert (question["grade_id"], question["verdict_before"], question["verdict_after"]) == (
        "square-test",
        "FAILED",
        "PASSED",
    )
    done = regrade(course)
    assert done["changes"] == planned["changes"]
    assert courses.verdicts(course, "bob")["square-test"] == "PASSED"
    assert regrade(course)["changes"] == []


def test_a_persons_scores_and_comments_stay(course: Path) -> None:
    from nbgrader.api import Gradebook

    grade_by_hand(course, "bob", "square-test", 1.5)
    grade_by_hand(course, "bob", "why", 4.0)
    accept_doubling(course)
    (change,) = regrade(course)["changes"]
    assert (change["before"], change["after"]) == (8.5, 8.5)
    assert change["questions"][0]["manual"] == 1.5
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("square-test", "p1", "ps1", "bob")
        assert (grade.auto_score, grade.manual_score, grade.score) == (2.0, 1.5, 1.5)
        assert gradebook.find_grade("why", "p1", "ps1", "bob").manual_score == 4.0
        comment = gradebook.find_comment("why", "p1", "ps1", "bob")
        assert comment.manual_comment == "Well said."


def test_every_change_of_a_score_leaves_a_line(course: Path) -> None:
    assert not (course / "audit.csv").exists()
    accept_doubling(course)
    regrade(course)
    with (course / "audit.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["who"] == getpass.getuser()
    assert (line["problem_set"], line["student"]) == ("ps1", "bob")
    assert (line["from"], line["to"]) == ("3?", "5?"), "what a person reads is still open"
    assert line["why"] == "the grader changed"
    assert line["when"].startswith("20")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("source", "the source notebooks changed"),
        ("student", "the student's files changed"),
        ("limits", "the limits changed"),
        ("data", "the grader changed"),
    ],
)
def test_the_reason_is_what_changed(course: Path, what: str, why: str) -> None:
    accept_doubling(course)
    courses.grade(course)
    if what == "source":
        path = course / "source/ps1/p1.ipynb"
        path.write_text(path.read_text(encoding="utf-8").replace("# Numbers", "# More numbers"))
    elif what == "student":
        path = course / "submitted/bob/ps1/p1.ipynb"
        path.write_text(path.read_text(encoding="utf-8").replace("sum(values)", "min(values)"))
    elif what == "limits":
        courses.write(course / "course.toml", "[limits]\ncell_seconds = 7.0\n")
    else:
        courses.write(course / "graders/data/held_out.csv", "1,2\n")
    found = regrade(course)
    if what == "student":
        (change,) = found["changes"]
        assert (change["student"], change["why"]) == ("bob", [why])
    else:
        assert found["changes"] == []
        assert found["unchanged"] == 2
    digests = courses.report(course, "bob")["digests"]
    assert digests


def test_the_table_is_for_people(course: Path) -> None:
    accept_doubling(course)
    shown = courses.dfl(course, "regrade", "ps1", "--dry-run").stdout
    assert "3 → 5" in shown
    assert "the grader changed" in " ".join(shown.split())
    assert "1 would change, 1 graded again without a change" in shown
    assert "name at least one" in courses.dfl(course, "regrade", code=2).stderr
