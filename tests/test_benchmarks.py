"""The benchmarks' workload gets the scores that it was made to get. No time is measured here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
COUNT = 10


@pytest.fixture(scope="module")
def measure() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        import measure

        yield measure


@pytest.fixture(scope="module")
def work(measure: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    measure.write_workload(folder, COUNT)
    return folder


def read_expected(work: Path) -> Any:
    return json.loads((work / "expected.json").read_text())


def test_dfl_grade_gives_every_score_that_is_expected(
    measure: Any, work: Path, tmp_path: Path
) -> None:
    course = measure.clean_copy(work / "course", tmp_path / "course", gradebook=False)
    expected = read_expected(work)
    graded = measure.grade(course, expected)
    assert graded.whole_s > graded.each_s > 0
    assert len(expected) == COUNT
    failed = [student for student, passed in expected.items() if not all(passed.values())]
    assert len(failed) == 3
    report = json.loads((course / f"autograded/{failed[0]}/ps1/report.json").read_text())
    assert 0 < report["score"] < report["max_score"] == 16
    with pytest.raises(measure.WrongScores, match=f"wrong scores to {failed[0]}"):
        measure.grade(course, {**expected, failed[0]: dict.fromkeys(expected[failed[0]], True)})


def test_the_plain_scripts_give_the_same(work: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "floor.py"), str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    assert measured["submissions"] == COUNT
    assert measured["wrong"] == []


def test_one_count_gives_one_workload(measure: Any, work: Path, tmp_path: Path) -> None:
    measure.write_workload(tmp_path / "again", COUNT)
    for path in sorted(p for p in work.rglob("*") if p.is_file()):
        assert (tmp_path / "again" / path.relative_to(work)).read_bytes() == path.read_bytes()
