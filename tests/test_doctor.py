"""The machine's examination, and what happens where boxes cannot be had."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import cell, notebook, write

from dfl_grading.doctor import HOLDS, examine

DFL = Path(sys.executable).parent / "dfl"


def run(*arguments: str | Path, without_boxes: bool = False) -> subprocess.CompletedProcess[str]:
    command = [str(DFL), *map(str, arguments)]
    if without_boxes:
        # in a user namespace of its own, whose limit on further ones binds nobody else
        script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"'
        command = ["unshare", "--user", "--map-root-user", "sh", "-c", script, *command]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    solution = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    source = notebook(
        cell(solution, grade_id="x", solution=True),
        cell("assert x == 1", grade_id="x-test", grade=True, locked=True, points=1),
    )
    write(tmp_path / "source/ps/ps.ipynb", source)
    write(tmp_path / "submitted/ada/ps/ps.ipynb", source)
    return tmp_path


def test_every_protection_is_attacked_and_holds_on_this_machine() -> None:
    found = examine()
    assert len(found.findings) >= 19
    assert {one.protection: one.detail for one in found.findings if one.verdict != HOLDS} == {}
    assert found.safe
    assert found.missing == ()


def test_doctor_prints_one_json_document() -> None:
    done = run("doctor", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["safe"] is True
    assert {finding["verdict"] for finding in document["findings"]} == {"holds"}
    assert document["versions"]["nbgrader"]


def test_doctor_says_what_cannot_be_had_and_how_to_get_it() -> None:
    done = run("doctor", "--json", without_boxes=True)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert {finding["verdict"] for finding in document["findings"]} == {"cannot be had here"}
    assert "max_user_namespaces" in " ".join(document["missing"])


def test_grading_is_refused_where_there_is_no_box(course: Path) -> None:
    done = run("grade", "--course", course, without_boxes=True)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "dfl doctor" in done.stderr
    assert not (course / "autograded").exists()


def test_only_the_option_by_name_grades_without_a_box_and_every_report_says_so(
    course: Path,
) -> None:
    done = run("grade", "--course", course, "--unsafe-no-box", without_boxes=True)
    assert done.returncode == 0, done.stderr
    report = json.loads((course / "autograded/ada/ps/report.json").read_text())
    assert report["score"] == 1
    assert report["run"]["boxed"] is False
    assert "box" in (course / "reports/ps.html").read_text()
