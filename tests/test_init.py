"""`dfl init` and `dfl tidy`: a course that grades at once, and notebooks in one form."""

from __future__ import annotations

import json
from pathlib import Path

import courses
import pytest
import tiny_course as tiny

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError
from dfl_grading.init import make_course
from dfl_grading.tidy import tidied


def test_a_new_course_grades_at_once(tmp_path: Path) -> None:
    root = tmp_path / "new"
    said = courses.dfl(tmp_path, "init", "new").stdout
    assert "dfl grade" in said
    courses.dfl(root, "grade")
    report = courses.report(root, "ada", "week-1")
    assert {q["grade_id"]: q["verdict"] for q in report["questions"]} == {
        "rms": "PASSED",
        "spread": "FAILED",
        "why": "MANUAL",
    }


def test_a_new_course_is_proven_and_tidy(tmp_path: Path) -> None:
    files = json.loads(courses.dfl(tmp_path, "init", "new", "--json").stdout)["files"]
    assert str(Path("new") / "course.toml") in files
    courses.dfl(tmp_path / "new", "tidy", "--check")
    courses.dfl(tmp_path / "new", "verify")


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = courses.dfl(tmp_path.parent, "init", str(tmp_path), code=2)
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "takes the folder" in courses.dfl(tmp_path, "init", code=2).stderr
    with pytest.raises(CourseError, match="not empty"):
        make_course(tmp_path / "mine.txt")


NBGRADER = """
    c = get_config()
    c.CourseDirectory.course_id = 'old "course"'
    c.CourseDirectory.submitted_directory = "handed-in"
    c.ExecutePreprocessor.timeout = 45
"""


def test_a_course_of_nbgraders_is_described_and_grades_alike(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.write(tmp_path / "nbgrader_config.py", NBGRADER)
    before = load_course(tmp_path)
    courses.dfl(tmp_path, "init", "--from-nbgrader", ".")
    after = load_course(tmp_path)
    assert (after.course_id, after.database_url) == ('old "course"', before.database_url)
    assert after.submitted_directory == "handed-in"
    assert after.limits == before.limits
    assert list(after.problem_sets) == ["ps1"]
    assert (
        "is there already" in courses.dfl(tmp_path, "init", "--from-nbgrader", ".", code=2).stderr
    )


def test_due_dates_come_from_the_gradebook(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.write(
        tmp_path / "course.toml",
        f"[[problem_set]]\nname = 'ps1'\ndue = {tiny.DUE[:10]}T09:00:00Z\n",
    )
    courses.hand_in(tmp_path, "ada")
    courses.grade(tmp_path)
    (tmp_path / "course.toml").unlink()
    courses.dfl(tmp_path, "init", "--from-nbgrader", ".")
    due = load_course(tmp_path).problem_sets["ps1"].due
    assert due is not None
    assert f"{due:%Y-%m-%d %H:%M:%S %Z}" == tiny.DUE


def test_tidying_keeps_what_an_author_means_and_is_done_once(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    path = tmp_path / "source/ps1/p1.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"]["widgets"] = {"a": 1}
    document["metadata"]["language_info"]["version"] = "3.9.1"
    cell = document["cells"][1]
    cell |= {"execution_count": 7, "id": "0badcafe"}
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    cell["metadata"] |= {"collapsed": True, "ExecuteTime": {"a": "b"}, "tags": ["keep"]}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert courses.dfl(tmp_path, "tidy", "--check", code=1).stdout.split() == [str(path)]
    assert json.loads(path.read_text(encoding="utf-8")) == document
    courses.dfl(tmp_path, "tidy")
    tidy = json.loads(path.read_text(encoding="utf-8"))
    (made,) = [one for one in tidy["cells"] if one["id"] == "square"]
    assert made["outputs"] == []
    assert made["execution_count"] is None
    assert sorted(made["metadata"]) == ["nbgrader", "tags"]
    assert "".join(made["source"]) == cell["source"]
    assert set(tidy["metadata"]) == {"kernelspec", "language_info"}
    assert "3.9.1" not in path.read_text(encoding="utf-8")
    courses.dfl(tmp_path, "tidy", "--check")


def test_a_notebook_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"x\.ipynb: "):
        tidied(b"not a notebook", tmp_path / "x.ipynb")
