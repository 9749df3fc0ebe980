"""What README.md and docs/course.md promise: it exists, and it is as they say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from dfl_grading.course import Course, load_course
from dfl_grading.course_file import FOLDERS, PointsPolicy, ProblemSetConfig
from dfl_grading.late_rules import LateRules
from dfl_grading.model import Limits
from dfl_grading.source import Delimiters

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = (ROOT / "docs/course.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def course_from(root: Path, toml: str) -> Course:
    (root / "course.toml").write_text(toml, encoding="utf-8")
    return load_course(root)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_make_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)  ", README))
    assert named >= {"grade", "test"}
    assert named <= targets


def test_every_command_exists() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "dfl_grading", "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    offered = set(re.findall(r"[a-z]+", run.stdout))
    named = set(re.findall(r"`(?:\.venv/bin/)?dfl ([a-z]+)", README))
    assert named >= {"grade", "doctor", "status"}
    assert named <= offered


def test_the_readmes_course_loads(tmp_path: Path) -> None:
    block = re.search(r"((?:^    .*\n|^\n)+)", README[README.index("    [course]") :], re.MULTILINE)
    assert block is not None
    course = course_from(tmp_path, block.group(1))
    assert (course.course_id, course.timezone) == ("my-course", "Europe/Berlin")
    assert course.problem_sets["week-1"].due is not None


def manual_toml() -> str:
    block = re.search(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    assert block is not None
    return block.group(1)


def test_the_manuals_values_are_the_defaults(tmp_path: Path) -> None:
    course = course_from(tmp_path, manual_toml())
    assert course.limits == Limits()
    assert course.points == PointsPolicy()
    assert course.delimiters == Delimiters()
    assert [getattr(course, f"{step}_directory") for step in FOLDERS] == list(FOLDERS)
    assert course.database_url == f"sqlite:///{tmp_path}/gradebook.db"
    (config,) = course.problem_sets.values()
    assert config.limits == Limits(cell_seconds=60, notebook_seconds=600)


def test_the_manual_names_every_key() -> None:
    written = set(re.findall(r"^(?:# )?(\w+) = ", manual_toml(), re.MULTILINE))
    keys = {f.name for kind in (Limits, PointsPolicy, Delimiters, LateRules) for f in fields(kind)}
    keys |= {f.name for f in fields(ProblemSetConfig)} - {"limits"}
    assert written == keys | {*FOLDERS, "id", "title", "description", "timezone", "url"}


def test_the_folder_table_is_where_things_lie(tmp_path: Path) -> None:
    course = course_from(tmp_path, "")
    lies = {
        course.source_folder("PS"),
        course.release_folder("PS"),
        course.samples_folder("PS"),
        course.submitted_folder / "ID" / "PS",
        course.autograded_folder("ID", "PS"),
        course.report_page("PS"),
        tmp_path / "graders/PS.py",
        tmp_path / "gradebook.db",
    }
    rows = re.findall(r"^\| `([^`]+)` \| ", README[README.index("| folder |") :], re.MULTILINE)
    written = {
        row.replace("<problem set>", "PS").replace("<student>", "ID").rstrip("/")
        for row in rows
        if not row.startswith("dfl ")
    }
    assert written == {path.relative_to(tmp_path).as_posix() for path in lies}
