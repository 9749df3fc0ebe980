"""`docs/authoring.md`, followed literally: every file written, every command run, in order."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import courses
import pytest

PAGE = (Path(__file__).parent.parent / "docs/authoring.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+)`(?:, at its end)?:\s*\Z")


def follow(root: Path) -> Path:
    """Do what the page says; returns the course's folder."""
    here = root
    for match in BLOCK.finditer(PAGE):
        language, text = match.groups()
        if language == "console":
            for line in text.splitlines():
                here = run(line.removeprefix("$ "), here)
            continue
        named = NAMED.search(PAGE[: match.start()])
        assert named is not None, f"which file is this?\n{text}"
        path = here / named.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") + "\n" if path.is_file() else ""
        path.write_text(before + text, encoding="utf-8")
    return here


def run(line: str, here: Path) -> Path:
    command = shlex.split(line)
    if command[0] == "cd":
        return here / command[1]
    bin_folder = Path(sys.executable).parent
    environment = courses.environment() | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return here


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return follow(tmp_path_factory.mktemp("authoring"))


def test_the_page_leads_to_a_release_and_a_course_page(course: Path) -> None:
    released = (course / "release/week-2/traces.ipynb").read_text(encoding="utf-8")
    assert "raise NotImplementedError" in released
    assert "eigvalsh" not in released
    assert "MARK SCHEME" not in released
    page = (course / "syllabus.html").read_text(encoding="utf-8")
    assert all(word in page for word in ("Traces", "A Book", "Power sums", "8 February 2035"))


def test_what_was_written_grades(course: Path) -> None:
    courses.hand_in(course, "ada", notebooks={"traces": "traces"}, problem_set="week-2")
    courses.dfl(course, "grade", "week-2")
    report = courses.report(course, "ada", "week-2")
    assert [q["verdict"] for q in report["questions"]] == ["PASSED", "MANUAL"]


def test_the_proof_goes_red_when_the_solution_is_broken(course: Path) -> None:
    path = course / "source/week-2/traces.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("** k))", "** k) + 1e-6)"), encoding="utf-8")
    done = courses.dfl(course, "verify", "week-2", "--json", code=1)
    path.write_text(text, encoding="utf-8")
    red = [proof["what"] for proof in json.loads(done.stdout)["proofs"] if not proof["held"]]
    assert red
