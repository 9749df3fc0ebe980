"""`docs/from-nbgrader.md`, followed literally on the course that `nbgrader quickstart` makes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import courses
import pytest
import tiny_course as tiny

PAGE = (Path(__file__).parents[2] / "docs/from-nbgrader.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+)`:\s*\Z")

TYPED_IN = (
    "def squares(n):\n    if n < 1:\n        raise ValueError\n"
    "    return {1: [1], 2: [1, 4]}.get(n, [k * k for k in range(1, 12)][:n])"
)
"""Right for all that the visible tests try, and for nothing beyond."""


def hand_in(course: Path, student: str, origin: str, squares: str = "") -> None:
    folder = course / "submitted" / student / "ps1"
    shutil.copytree(course / origin / "ps1", folder)
    if squares:
        path = folder / "problem1.ipynb"
        document = json.loads(path.read_text(encoding="utf-8"))
        for cell in document["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "squares":
                cell["source"] = squares
        path.write_text(json.dumps(document), encoding="utf-8")


def run(line: str, here: Path) -> tuple[Path, str]:
    command = shlex.split(line)
    if command[0] == "cd":
        return here / command[1], ""
    if command[:2] == ["dfl", "grade"] and not courses.boxes():
        command.append("--unsafe-no-box")
    bin_folder = Path(sys.executable).parent
    environment = courses.environment() | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    # A machine without boxes is for `dfl doctor` to say, and no fault of the page.
    assert done.returncode == 0 or command[1] == "doctor", f"{line}\n{done.stdout}\n{done.stderr}"
    return here, done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The course where the page ends, and what each command said."""
    here = tmp_path_factory.mktemp("moving")
    tiny.nbgrader(here, ["quickstart", "course101"])
    hand_in(here / "course101", "ada", "source")
    hand_in(here / "course101", "eve", "source", TYPED_IN)
    said: dict[str, str] = {}
    for match in BLOCK.finditer(PAGE):
        language, text = match.groups()
        if language == "console":
            for line in text.splitlines():
                here, said[line.removeprefix("$ ")] = run(line.removeprefix("$ "), here)
            continue
        named = NAMED.search(PAGE[: match.start()])
        assert named is not None, f"which file is this?\n{text}"
        courses.write(here / named.group(1), text)
    return here, said


def test_the_page_has_five_steps() -> None:
    assert re.findall(r"^### (\d)\. ", PAGE, re.MULTILINE) == list("12345")


def test_the_course_that_it_began_with_is_as_it_was(followed: tuple[Path, dict[str, str]]) -> None:
    first = followed[0].parent / "course101"
    assert {path.name for path in first.iterdir()} == {
        "source", "submitted", "nbgrader_config.py"
    }  # fmt: skip


def test_the_grader_file_tells_a_typed_in_answer(followed: tuple[Path, dict[str, str]]) -> None:
    course, said = followed
    before = said["dfl regrade ps1 --dry-run"]
    assert "eve" in before
    assert "ada" not in before
    assert courses.verdicts(course, "ada", "ps1")["correct_squares"] == "PASSED"
    assert courses.verdicts(course, "eve", "ps1")["correct_squares"] == "FAILED"
    assert courses.verdicts(course, "eve", "ps1")["squares_invalid_input"] == "PASSED"


def test_it_ends_with_a_release_pages_and_scores(followed: tuple[Path, dict[str, str]]) -> None:
    course, _ = followed
    assert "course101" in (course / "course.toml").read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in (course / "release/ps1/problem1.ipynb").read_text("utf-8")
    assert (course / "feedback/ada/ps1/problem1.html").is_file()
    assert len((course / "grades.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_every_command_that_it_names_is_one() -> None:
    from nbgrader.apps.nbgraderapp import NbGraderApp

    known = set(NbGraderApp().subcommands)
    named = set(re.findall(r"`nbgrader (\w+)", PAGE))
    rows = re.search(r"^\| `nbgrader release_assignment`(.*?)\|", PAGE, re.MULTILINE)
    assert rows is not None
    named |= set(re.findall(r"`(\w+)`", rows.group(1)))
    assert named >= {"autograde", "validate", "zip_collect", "fetch_assignment"}
    assert named <= known
    helped = subprocess.run(
        [str(courses.SCRIPT), "--help"], capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"`dfl (\w+)", PAGE)) <= set(re.findall(r"\w+", helped.stdout))
