"""`docs/security.md` in step with the tests: its tables of threats and of protections."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from test_attacks import EVERY

from dfl_grading.inside.walls import PROTECTIONS
from dfl_grading.model import Limits

PAGE = (Path(__file__).parent.parent.parent / "docs/security.md").read_text(encoding="utf-8")


def table(header: str, number: int = 0) -> list[list[str]]:
    """The rows of the table that begins with this header; of several, of the one so numbered."""
    lines = PAGE.splitlines()
    start = [n for n, line in enumerate(lines) if line.startswith(f"| {header} |")][number]
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_threat_names_the_attacks_that_try_it() -> None:
    tried: dict[str, list[str]] = {}
    for _, attack in EVERY:
        tried.setdefault(attack.threat, []).append(attack.name)
    said = {threat: re.findall(r"`([^`]+)`", names) for threat, _, names in table("try")}
    assert said == tried


def test_the_other_threats_name_tests_that_are_there() -> None:
    tests = Path(__file__).parent.parent
    named = [name for row in table("try", 1) for name in re.findall(r"`([^`]+)`", row[2])]
    assert len(named) >= 10
    for name in named:
        file, _, function = name.partition("::")
        assert f"def {function or 'test_'}" in (tests / file).read_text(encoding="utf-8"), name


def test_names_of_attacks_are_their_own() -> None:
    names = [attack.name for _, attack in EVERY]
    assert len(names) == len(set(names))


def test_every_protection_is_on_the_page() -> None:
    named = [name for row in table("protection") for name in re.findall(r"`([^`]+)`", row[0])]
    assert sorted(named) == sorted(PROTECTIONS)


def test_every_limit_is_on_the_page() -> None:
    said = {re.findall(r"`([^`]+)`", row[0])[0] for row in table("limit")} - {"seconds"}
    assert said | {"rerun_after_kill"} == {field.name for field in fields(Limits)}
