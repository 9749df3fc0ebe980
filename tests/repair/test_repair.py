"""Broken notebooks through the real `dfl grade`: points, verdicts, what is told, and to whom.

Two classes hand in every damage: one is judged by a grader file, outside the box; one is an
nbgrader course as it stands, whose test cells judge.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import courses
import editors  # noqa: F401 (its damages join the others)
import honest
import pytest
from damages import DAMAGES, Damage, made

KINDS = {"grader": honest.GRADER, "plain": None}
ROWS = [pytest.param(kind, row, id=f"{kind}-{row.name}") for kind in KINDS for row in DAMAGES]


def lay_out(root: Path, grader: str | None) -> Path:
    courses.make_course(root, *honest.source_cells(), grader=grader)
    for row in DAMAGES:
        folder = root / "submitted" / row.name / courses.PS
        folder.mkdir(parents=True)
        (folder / "p1.ipynb").write_bytes(made(row))
    courses.dfl(root, "grade", code=None)
    courses.dfl(root, "feedback")
    return root


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: lay_out(tmp_path_factory.mktemp(kind), text) for kind, text in KINDS.items()}


def words(page: Path) -> str:
    """The words of a page, as a person reads them."""
    text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
    return " ".join(html.unescape(text).split())


def questions(root: Path, row: Damage) -> dict[str, dict[str, Any]]:
    return courses.questions_of(root, row.name)


def told(root: Path, row: Damage) -> list[tuple[str | None, str]]:
    repairs = courses.report(root, row.name)["repairs"]
    return [(repair["grade_id"], repair["what"]) for repair in repairs]


def test_the_corpus_is_large_and_every_name_in_it_is_its_own() -> None:
    assert len({row.name for row in DAMAGES}) == len(DAMAGES) >= 70


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_each_damage_gets_its_verdicts_and_points(
    classes: dict[str, Path], kind: str, row: Damage
) -> None:
    found = questions(classes[kind], row)
    expected = honest.HONEST | dict(row.verdicts) | (dict(row.plain) if kind == "plain" else {})
    assert {grade_id: one["verdict"] for grade_id, one in found.items()} == expected
    assert sum(one["score"] or 0 for one in found.values()) == row.score
    for one in found.values():
        waits = one["verdict"] == "MANUAL" and one["message"] != "No response."
        assert (one["score"] is None) is waits
        assert one["max_score"] == honest.POINTS[one["grade_id"]]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_what_is_missing_is_told_in_a_sentence(
    classes: dict[str, Path], kind: str, row: Damage
) -> None:
    found = questions(classes[kind], row)
    for grade_id, one in found.items():
        assert one["verdict"] != "MISSING" or len(one["message"].split()) >= 2, grade_id
    for grade_id, said in row.sentences.items():
        assert said in found[grade_id]["message"]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_each_repair_is_in_the_report(classes: dict[str, Path], kind: str, row: Damage) -> None:
    repairs = told(classes[kind], row)
    for grade_id, said in row.told:
        assert any(one == grade_id and said in what for one, what in repairs), (said, repairs)
    if not row.told:
        assert repairs == []
    assert all(what.endswith(".") for _, what in repairs)
    assert not [what for _, what in repairs if re.search(r"\byou(r|rs)?\b", what, re.IGNORECASE)]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_students_and_assistants_read_of_each_repair(
    classes: dict[str, Path], kind: str, row: Damage
) -> None:
    root = classes[kind]
    pages = [words(root / "reports" / f"{courses.PS}.html")]
    if not row.unreadable:
        pages.append(words(root / "feedback" / row.name / courses.PS / "p1.html"))
    for page in pages:
        for _, what in told(root, row):
            assert what[:150].strip() in page


def test_nobody_is_left_out(classes: dict[str, Path]) -> None:
    for root in classes.values():
        for row in DAMAGES:
            kept = root / "autograded" / row.name / courses.PS / "p1.ipynb"
            assert kept.is_file() is not row.unreadable
            if not row.unreadable:
                names = [honest.name_of(cell) for cell in json.loads(kept.read_text())["cells"]]
                tests = [name for name in names if name.endswith("-test")]
                assert tests == ["square-test", "mean-test", "norm-test"]
