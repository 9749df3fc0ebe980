"""What the tests of the shipped problem sets share: their cells, their answers, their graders."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

Names = dict[str, Any]


def cells_of(name: str) -> list[dict[str, Any]]:
    """The cells of a problem set's source notebooks, in order."""
    return [
        cell
        for path in sorted((ROOT / "source" / name).glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]


def marks(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell's nbgrader metadata; empty where it has none."""
    return dict(cell["metadata"].get("nbgrader", {}))


def answers(name: str) -> Names:
    """The names that the reference solutions define, with imports and worked examples."""
    return _execute([cell for cell in cells_of(name) if not marks(cell).get("grade")])


def run(name: str) -> tuple[Names, float]:
    """The names that the whole notebook leaves, its visible tests included, and its CPU seconds."""
    started = time.process_time()
    names = _execute(cells_of(name))
    return names, time.process_time() - started


def _execute(cells: list[dict[str, Any]]) -> Names:
    names: Names = {"__name__": "__main__"}
    with _no_screen():
        for cell in cells:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    return names


@contextmanager
def _no_screen() -> Iterator[None]:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    yield
    plt.close("all")


def grader(name: str) -> ModuleType:
    """The module of a grader file: its functions, and `problem_set`."""
    path = ROOT / "graders" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"grader_{name.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
