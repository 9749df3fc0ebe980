"""The manual of the comparers: each example runs, and no comparer goes without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dfl_grading
from dfl_grading import compare

MANUAL = (Path(__file__).parent.parent / "docs/comparers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
COMPARERS = sorted(set(compare.__all__) - {"Judgement", "as_judgement", "diagnose"})


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[-2][:50])
def test_each_example_runs(block: str) -> None:
    assert "assert" in block
    exec(compile(block, "docs/comparers.md", "exec"), {"__name__": "example"})


def test_there_are_examples_for_every_comparer() -> None:
    assert len(BLOCKS) >= 15
    for name in COMPARERS:
        assert any(re.search(rf"\b{name}\(", block) for block in BLOCKS), name
        assert re.search(rf"^### .*\b{name}\b", MANUAL, re.MULTILINE), name


def test_grader_files_find_every_comparer_at_the_front_door() -> None:
    assert set(dfl_grading.__all__) >= set(COMPARERS) | {"Judgement", "as_judgement"}
    for name in COMPARERS:
        assert getattr(dfl_grading, name) is getattr(compare, name)


@pytest.mark.parametrize("name", COMPARERS)
def test_each_comparer_states_its_invariance_and_shapes(name: str) -> None:
    doc = " ".join((getattr(compare, name).__doc__ or "").split())
    assert doc.startswith("Judge ")
    assert "Invariance: " in doc
    assert "Shape: " in doc or "Shapes: " in doc
