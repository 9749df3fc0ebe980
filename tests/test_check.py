"""`dfl check`: a student's own notebook, without a course, before it is handed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import courses
import pytest
import tiny_course as tiny

TEST = "assert double(2) == 4, 'twice two is four'"


def notebook(folder: Path, answer: str, *more: dict[str, Any]) -> Path:
    cells = (
        courses.solution("double", answer),
        courses.test("double-test", TEST, 3),
        *more,
    )
    return tiny.write(folder / "p1.ipynb", tiny.notebook(*cells))


def check(path: Path, code: int) -> dict[str, Any]:
    unboxed = [] if courses.boxes() else ["--unsafe-no-box"]
    done = courses.dfl(path.parent, "check", path.name, "--json", *unboxed, code=code)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_what_passes_ends_with_0(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("2")
    path = notebook(tmp_path, "k = int(open('data.txt').read())\ndef double(x):\n    return k * x")
    found = check(path, 0)
    assert found["passed"]
    assert [q["verdict"] for q in found["questions"]] == ["PASSED"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.txt", "p1.ipynb"]


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        ("def double(x):\n    return x", "FAILED", "Twice two is four"),
        ("def double(x):\n    return y", "ERROR", "NameError"),
        ("raise SystemExit", "ERROR", "double"),
        ("import os\nos._exit(1)", "MISSING", ""),
    ],
)
def test_what_does_not_pass_ends_with_1_and_says_why(
    tmp_path: Path, answer: str, verdict: str, words: str
) -> None:
    found = check(notebook(tmp_path, answer), 1)
    (question,) = found["questions"]
    assert question["verdict"] == verdict
    assert words in question["message"]
    assert bool(found["message"]) == (verdict == "MISSING")


def test_the_table_is_for_people(tmp_path: Path) -> None:
    path = notebook(tmp_path, "def double(x):\n    return x")
    unboxed = [] if courses.boxes() else ["--unsafe-no-box"]
    shown = courses.dfl(tmp_path, "check", str(path), *unboxed, code=1).stdout
    assert "Twice two is four" in shown
    assert "0 / 3" in shown
    assert "Hidden arguments" in shown


def test_what_is_no_notebook_is_told(tmp_path: Path) -> None:
    (tmp_path / "p1.ipynb").write_text("not json")
    assert "p1.ipynb: " in courses.dfl(tmp_path, "check", "p1.ipynb", code=2).stderr
    assert "cannot be read" in courses.dfl(tmp_path, "check", "p2.ipynb", code=2).stderr
    tiny.write(tmp_path / "p3.ipynb", tiny.notebook(tiny.cell("1")))
    assert "no test cell" in courses.dfl(tmp_path, "check", "p3.ipynb", code=2).stderr
