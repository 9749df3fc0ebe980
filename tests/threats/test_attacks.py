"""Real notebooks that attack the grader, in classes beside honest students, through `dfl grade`.

A class is graded once, however many processes run these tests.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attacks_on_documents
import attacks_on_limits
import attacks_on_scores
import attacks_on_the_box
import pytest
from strangers import (
    AFTER,
    AREA,
    BEFORE,
    COUNT,
    NEIGHBOURS,
    OUTSIDE,
    POINTS,
    Attack,
    Graded,
    grade_class,
)

CLASSES: dict[str, tuple[Attack, ...]] = {
    "scores": attacks_on_scores.ATTACKS,
    "box": attacks_on_the_box.ATTACKS,
    "limits": attacks_on_limits.ATTACKS,
    "documents": attacks_on_documents.ATTACKS,
    "nobody": (),
}
EVERY = [(name, attack) for name, attacks in CLASSES.items() for attack in attacks]

Grade = Callable[[str], Graded]


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Grade:
    """The outcome of a class, which the first test that asks for it grades."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    known: dict[str, Graded] = {}

    def grade(name: str) -> Graded:
        if name not in known:
            known[name] = _graded_once(shared / f"class-{name}", CLASSES[name])
        return known[name]

    return grade


def _graded_once(folder: Path, attacks: tuple[Attack, ...]) -> Graded:
    folder.mkdir(exist_ok=True)
    done = folder / "graded.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            outcome = grade_class(folder / "class", attacks)
            done.write_text(json.dumps(dataclasses.asdict(outcome)))
    return Graded(**json.loads(done.read_text()))


def ids(value: Any) -> str:
    return value.name if isinstance(value, Attack) else str(value)


@pytest.mark.parametrize("name", CLASSES)
def test_the_class_is_graded_to_the_end(graded: Grade, name: str) -> None:
    outcome = graded(name)
    assert outcome.code == 0, outcome.said
    assert set(outcome.reports) == {*NEIGHBOURS, *(attack.name for attack in CLASSES[name])}


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_is_left_touched_or_running(graded: Grade, name: str) -> None:
    assert graded(name).findings == []


@pytest.mark.parametrize("name", [name for name in CLASSES if CLASSES[name]])
@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_honest_neighbours_get_what_they_get_alone(
    graded: Grade, name: str, neighbour: str
) -> None:
    alone, beside = graded("nobody").reports[neighbour], graded(name).reports[neighbour]
    for key in ("questions", "repairs", "unanswered", "score", "auto_score", "max_score"):
        assert beside[key] == alone[key]
    assert beside["run"]["outcome"] == alone["run"]["outcome"] == "completed"


@pytest.mark.parametrize(("name", "attack"), EVERY, ids=ids)
def test_attack(graded: Grade, name: str, attack: Attack) -> None:
    outcome = graded(name)
    said = {one["grade_id"]: one for one in outcome.reports[attack.name]["questions"]}
    assert {grade_id: one["max_score"] for grade_id, one in said.items()} == POINTS
    assert said[BEFORE]["verdict"] == attack.before
    assert said[BEFORE]["score"] == (POINTS[BEFORE] if attack.before == "PASSED" else 0)
    assert said[AREA]["score"] == attack.earns
    if attack.area:
        assert said[AREA]["verdict"] in attack.area
    if attack.after:
        assert said[AFTER]["verdict"] == attack.after
    for grade_id in (AREA, AFTER, COUNT):
        assert said[grade_id]["verdict"] != "GRADER_ERROR"
    assert all(said[grade_id]["evidence"] == "outside" for grade_id in OUTSIDE)
    report = outcome.reports[attack.name]
    if "MISSING" not in (attack.before, said[COUNT]["verdict"]):
        assert said[COUNT]["evidence"] == "in kernel"
    if attack.says:
        assert re.search(attack.says, json.dumps(report, ensure_ascii=False))


@pytest.mark.parametrize(("name", "attack"), EVERY, ids=ids)
def test_nothing_was_found_and_nothing_got_through(
    graded: Grade, name: str, attack: Attack
) -> None:
    outcome = graded(name)
    shown = _outputs(outcome.notebooks.get(attack.name, '{"cells": []}'))
    assert "THROUGH:" not in shown, re.findall(r"THROUGH:[^\n]*", shown)[:5]
    if "attempt(" in attack.code:
        assert "refused:" in shown
    everything = outcome.notebooks.get(attack.name, "") + json.dumps(outcome.reports[attack.name])
    assert outcome.token not in everything


def _outputs(notebook: str) -> str:
    """What the cells of an executed notebook show."""
    cells = json.loads(notebook)["cells"]
    return "\n".join(
        json.dumps(output, ensure_ascii=False).replace("\\n", "\n")
        for cell in cells
        for output in cell.get("outputs", ())
    )
