"""Late submission plugins of nbgrader's: asked as nbgrader asks them, through the command too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import courses
import pytest

from dfl_grading.errors import CourseError
from dfl_grading.late import LatePlugin, has_plugin
from dfl_grading.nbgrader_config import LatePolicy
from dfl_grading.store import Store

PLUGIN = """
    from nbgrader.plugins import BasePlugin
    from traitlets import Float

    class Hourly(BasePlugin):
        points = Float(1.0).tag(config=True)

        def late_submission_penalty(self, student_id, score, total_seconds_late):
            if student_id == "eve":
                1 / 0
            return None if student_id == "nil" else self.points * (total_seconds_late // 3600)
"""


def plugin(folder: Path, plugin: Any = "hourly.Hourly", **options: Any) -> LatePlugin:
    courses.write(folder / "hourly.py", PLUGIN)
    return LatePlugin(LatePolicy(plugin=plugin, options={"Hourly": options}), folder)


def test_a_plugin_takes_what_it_says(tmp_path: Path) -> None:
    hourly = plugin(tmp_path, points=0.5)
    assert hourly.name == "Hourly"
    assert hourly.penalty("ann", {"p1": 3.0}, 7200) == 1.0
    assert hourly.penalty("nil", {"p1": 3.0}, 7200) == 0.0


def test_a_penalty_is_between_nothing_and_all_of_each_notebook(tmp_path: Path) -> None:
    assert plugin(tmp_path).penalty("ann", {"p1": 0.5, "p2": 4.0}, 3600) == 1.5
    assert plugin(tmp_path, points=-1.0).penalty("ann", {"p1": 0.5}, 3600) == 0.0


def test_nbgraders_own_plugin() -> None:
    zero = LatePolicy(options={"LateSubmissionPlugin": {"penalty_method": "zero"}})
    assert has_plugin(zero)
    assert LatePlugin(zero, Path("/")).penalty("ann", {"p1": 2.0, "p2": 1.0}, 1) == 3.0
    assert not has_plugin(LatePolicy())
    assert not has_plugin(None)


@pytest.mark.parametrize("name", ["absent.Plugin", "hourly.Absent"])
def test_a_plugin_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(CourseError, match=r"cannot be imported.*plugin_class"):
        plugin(tmp_path, name)


def test_a_plugin_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"Hourly failed for 'eve': ZeroDivisionError"):
        plugin(tmp_path).penalty("eve", {"p1": 1.0}, 3600)
    with pytest.raises(CourseError, match="refuses its options"):
        plugin(tmp_path, points="many")


def test_the_gradebooks_due_date_counts_and_a_persons_points_too(tmp_path: Path) -> None:
    courses.hand_in(courses.make_course(tmp_path, grader=None), "ann")
    courses.write(tmp_path / "hourly.py", PLUGIN)
    config = "c = get_config()\nc.AssignLatePenalties.plugin_class = 'hourly.Hourly'\n"
    courses.write(tmp_path / "nbgrader_config.py", config)
    set_due(tmp_path, datetime(2030, 3, 1, 7, 30, tzinfo=UTC))
    courses.grade(tmp_path)
    late = courses.report(tmp_path, "ann")["late"]
    assert late == {
        "seconds": 9000.0, "penalty": 2.0, "extension_seconds": 0.0, "policy": "Hourly",
        "slip_days": 0,
    }  # fmt: skip
    assert penalty(tmp_path) == 2.0
    give(tmp_path, "mean-test", -1.5)  # 2 + 3 points, of which the last are 1.5 fewer now
    set_due(tmp_path, datetime(2030, 2, 27, tzinfo=UTC))
    courses.grade(tmp_path)
    assert penalty(tmp_path) == 3.5
    set_due(tmp_path, datetime(2030, 3, 2, tzinfo=UTC))
    courses.grade(tmp_path)
    assert penalty(tmp_path) == 0.0


def set_due(root: Path, due: datetime) -> None:
    from nbgrader.api import Gradebook

    with Store(f"sqlite:///{root}/gradebook.db"):
        pass
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        book.update_or_create_assignment(courses.PS, duedate=due.replace(tzinfo=None))


def give(root: Path, grade_id: str, extra: float) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        book.find_grade(grade_id, "p1", courses.PS, "ann").extra_credit = extra
        book.db.commit()


def penalty(root: Path) -> float:
    with Store(f"sqlite:///{root}/gradebook.db") as store:
        (row,) = store.scores(courses.PS)
    return row.penalty
