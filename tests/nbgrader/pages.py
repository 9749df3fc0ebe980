"""The tables of `docs/nbgrader.md`, which the tests of this folder read."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/nbgrader.md"


def rows_of(header: str) -> list[list[str]]:
    """The rows of the table whose first column has this header."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    assert rows, f"the table of {header} is empty"
    return rows
