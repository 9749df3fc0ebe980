"""The class that the repository ships: it is in step with the releases, and gets what is filed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tiny_course as tiny

ROOT = Path(__file__).parent.parent
FILED = tomllib.loads((ROOT / "tests/shipped_class.toml").read_text(encoding="utf-8"))
VERDICTS = (
    *("PASSED", "PARTIAL", "FAILED", "ERROR", "TIMEOUT"),
    *("MEMORY", "OUTPUT", "KILLED", "MISSING", "MANUAL"),
)


def handed_in() -> set[tuple[str, str]]:
    folders = (ROOT / "submitted").glob("*/*/")
    return {(folder.parent.name, folder.name) for folder in folders}


def test_the_class_is_filed_as_it_stands() -> None:
    filed = {(student, name) for student, sets in FILED.items() for name in sets}
    assert filed == handed_in()
    assert len(FILED) >= 12
    seen = {key for sets in FILED.values() for kept in sets.values() for key in kept}
    assert seen >= set(VERDICTS) - {"OUTPUT"}


def test_the_class_is_in_step_with_the_releases() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/build_class.py", "--check"],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, ""), (
        f"{done.stdout}{done.stderr}run tools/build_class.py, then grade the class and look"
    )


def test_the_class_gets_what_is_filed_and_nbgrader_exports_the_same(tmp_path: Path) -> None:
    reports = grade(tmp_path)
    assert {key: as_filed(report) for key, report in reports.items()} == {
        (student, name): kept for student, sets in FILED.items() for name, kept in sets.items()
    }
    evidence = {q["evidence"] for report in reports.values() for q in report["questions"]}
    assert evidence == {"outside", "manual"}

    tiny.nbgrader(tmp_path, ["export", "--to", "grades.csv", "--log-level", "ERROR"])
    exported = {(row["student_id"], row["assignment"]): row for row in rows(tmp_path)}
    everyone = {(student, name) for student in FILED for _, name in handed_in()}
    assert exported.keys() == everyone
    for key, row in exported.items():
        score = reports[key]["auto_score"] if key in reports else 0
        # nbgrader adds the points up in an order that changes from one gradebook to the next
        scores = [float(row["raw_score"]), float(row["score"])]
        assert scores == pytest.approx([score, score]), key
        assert float(row["max_score"]) == 24


def grade(course: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The reports of `dfl grade` on a copy of the course, by student and problem set."""
    for name in ("source", "graders", "submitted"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copyfile(ROOT / "course.toml", course / "course.toml")
    done = subprocess.run(
        [Path(sys.executable).parent / "dfl", "grade", "--json"],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    sets = json.loads(done.stdout)["problem_sets"]
    assert [graded["passed_over"] for graded in sets] == [[], []]
    return {
        (report["student"], graded["problem_set"]): report
        for graded in sets
        for report in graded["reports"]
    }


def as_filed(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report in the words of `shipped_class.toml`."""
    filed: dict[str, Any] = {"score": plain(report["auto_score"])}
    for question in report["questions"]:
        verdict, grade_id = question["verdict"], question["grade_id"]
        assert verdict in VERDICTS
        if verdict == "PARTIAL":
            filed.setdefault(verdict, {})[grade_id] = plain(question["score"])
        else:
            filed.setdefault(verdict, []).append(grade_id)
    return {**filed, **dict(circumstances(report))}


def circumstances(report: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if report["late"]["seconds"] > 0:
        yield "late", True
    if report["run"]["outcome"] != "completed":
        yield "outcome", report["run"]["outcome"]
    repaired = sorted({repair["grade_id"] or "" for repair in report["repairs"]})
    if repaired:
        # an editor that drops all marks
        yield "repaired", "all" if len(repaired) > 15 else repaired


def plain(points: float) -> float:
    return round(points, 6)


def rows(course: Path) -> list[dict[str, str]]:
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
