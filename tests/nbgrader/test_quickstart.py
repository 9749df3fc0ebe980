"""nbgrader's own example course, graded by `nbgrader autograde` and by `dfl grade`, side by side.

`nbgrader quickstart` writes the course, and nbgrader releases it. Who hands in are the two
students of nbgrader's user guide, and others who changed nothing, everything and the wrong things.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import courses
import pytest
import tiny_course as tiny
from test_conformance import TESTS
from test_differential import Pair

GUIDE = TESTS.parent / "docs/source/user_guide"
PS = "ps1"

WRONG = {
    "squares": "def squares(n):\n    return [i * i for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
    "sum_of_squares_equation": "$n^3$",
    "sum_of_squares_application": "sum_of_squares = None",
    "part-b": "For words.",
    "cell-d3df8cd59fd0eb74": "my_dictionary = {'one': 2}",
}


def write_example(top: Path) -> Path:
    tiny.nbgrader(top, ["quickstart", "course101"])
    course = top / "course101"
    shutil.copytree(GUIDE / "submitted", course / "submitted")
    return course


def write_twin(course: Path) -> Path:
    """What `quickstart --autotest` takes from the guide, but for its second notebook."""
    shutil.copytree(GUIDE / "source/ps1_autotest", course / "source" / PS)
    (course / "source" / PS / "problem2.ipynb").unlink()
    shutil.copyfile(GUIDE / "source/header.ipynb", course / "source/header.ipynb")
    shutil.copyfile(GUIDE / "autotests.yml", course / "autotests.yml")
    config = "c = get_config()\nc.IncludeHeaderFooter.header = 'source/header.ipynb'\n"
    (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
    return course


def hand_in(course: Path, student: str, origin: str, answers: Mapping[str, str]) -> None:
    """The notebooks of `source/` or `release/`, with these answers."""
    folder = course / "submitted" / student / PS
    shutil.copytree(course / origin / PS, folder)
    for path in folder.glob("*.ipynb"):
        document = json.loads(path.read_text(encoding="utf-8"))
        for cell in document["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(grade_id, cell["source"])
        path.write_text(json.dumps(document), encoding="utf-8")


def grade_both(theirs: Path, ours: Path) -> Pair:
    """The course as nbgrader releases it, graded by both, each in its own copy."""
    tiny.nbgrader(theirs, ["generate_assignment", PS])
    hand_in(theirs, "unchanged", "release", {})
    hand_in(theirs, "solved", "source", {})
    hand_in(theirs, "wrong", "release", WRONG)
    shutil.copytree(theirs, ours)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(tiny.nbgrader, theirs, ["autograde", PS])
        done = courses.dfl(ours, "grade")
        running.result()
    assert "nbgrader_config.py" not in done.stderr, "all of its configuration is honoured"
    return Pair(theirs, ours)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    top = tmp_path_factory.mktemp("quickstart")
    with ThreadPoolExecutor(1) as pool:
        example = pool.submit(write_example, top)
        twin = grade_both(write_twin(top / "twin"), top / "our-twin")
        return {
            "example": grade_both(example.result(), top / "our-course101"),
            "automatic tests": twin,
        }


# Points of 13 and of 10; in each a person has to look at the task.
TOTALS = {
    "example": {"bitdiddle": 1.5, "hacker": 3.0, "unchanged": 0.0, "solved": 3.0, "wrong": 1.5},
    "automatic tests": {"unchanged": 0.0, "solved": 3.0, "wrong": 1.5},
}


@pytest.mark.parametrize("name", TOTALS)
def test_every_grade_and_comment_is_nbgraders(pairs: dict[str, Pair], name: str) -> None:
    for table in ("grade", "comment"):
        theirs, ours = pairs[name].grades(table)
        assert ours == theirs
        assert {key[0] for key in theirs} == set(TOTALS[name])


@pytest.mark.parametrize("name", TOTALS)
def test_every_total_is_nbgraders(pairs: dict[str, Pair], name: str) -> None:
    most = {"example": 13.0, "automatic tests": 10.0}[name]
    expected = {student: (score, most, True) for student, score in TOTALS[name].items()}
    assert totals(pairs[name].theirs) == expected
    assert totals(pairs[name].ours) == expected


def totals(root: Path) -> dict[str, tuple[Any, ...]]:
    """Of each student: score, maximum, and whether a person must look."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings(), Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        warnings.simplefilter("ignore")  # nbgrader's own queries
        return {
            one.student.id: (one.score, one.max_score, one.needs_manual_grade)
            for one in book.assignment_submissions(PS)
        }
