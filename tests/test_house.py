"""The house: who may import whom. The tables in `docs/design.md` are what is checked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dfl_grading"
DESIGN = (ROOT / "docs/design.md").read_text(encoding="utf-8")

HEAVY = frozenset(
    {
        "numpy", "nbformat", "nbgrader", "papermill", "pandas", "scipy", "matplotlib", "sympy",
        "IPython", "sqlalchemy", "jinja2", "jsonschema", "traitlets", "dateutil",
    }
)  # fmt: skip
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "templates" not in p.parts)


@dataclass(frozen=True)
class Import:
    """One import in one file: the full dotted name, and whether it runs on import of the file."""

    name: str
    line: int
    top: bool
    for_types: bool


def table(header: str) -> list[list[str]]:
    """The rows of the table of `docs/design.md` that has this header."""
    lines = DESIGN.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows, f"the table of {header} is empty"
    return rows


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def floors() -> dict[str, int]:
    """The floor of each room; `inside`, which stands apart, is below all."""
    found: dict[str, int] = {}
    for floor, rooms, _ in table("floor"):
        for room in names_in(rooms):
            assert room not in found, f"{room} stands twice in the table"
            found[room] = 0 if floor == "apart" else int(floor)
    return found


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> Iterator[Import]:
    """Every import in a file, wherever it stands; relative ones by their full name."""
    package = ["dfl_grading", *path.relative_to(PACKAGE).parent.parts]

    def visit(node: ast.AST, top: bool, for_types: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, top, for_types)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else []
                module = ".".join([*base, *([child.module] if child.module else [])])
                for alias in child.names:
                    yield Import(f"{module}.{alias.name}", child.lineno, top, for_types)
            else:
                inner = top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                yield from visit(child, inner, for_types or types)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), True, False)


def rooms_imported(path: Path) -> Iterator[tuple[str, Import]]:
    """The rooms of ours that a file imports; `dfl_grading` itself counts as `__init__`."""
    for found in imports_of(path):
        parts = found.name.split(".")
        if parts[0] != "dfl_grading":
            continue
        named = parts[1] if len(parts) > 1 else "__init__"
        is_room = (PACKAGE / named).is_dir() or (PACKAGE / f"{named}.py").is_file()
        yield (named if is_room else "__init__"), found


def test_the_floor_plan_names_every_room_and_no_other() -> None:
    rooms = {room_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set(floors())


def test_imports_run_down_the_floors() -> None:
    plan = floors()
    plan["__main__"] = max(plan.values())
    # The package's own door opens only onto what grader files need.
    door = {"problem_set", "compare"}
    wrong = []
    for path in MODULES:
        room = room_of(path)
        for target, found in rooms_imported(path):
            here = f"{path.relative_to(ROOT)}:{found.line} imports {target}"
            if room == "__init__":
                wrong += [here] if target not in door else []
            elif target not in (room, "__init__") and plan[target] > plan[room]:
                wrong.append(here)
    assert wrong == []


def test_rooms_import_each_other_without_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        room = room_of(path)
        targets = {target for target, _ in rooms_imported(path)} - {room, "__init__"}
        graph.setdefault(room, set()).update(targets)
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room_of(p) == "inside"], ids=lambda p: p.name
)
def test_the_inside_of_the_box_needs_only_python_and_ipython(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"IPython", "traitlets"}
    wrong = []
    for found in imports_of(path):
        first, *rest = found.name.split(".")
        ours = first == "dfl_grading"
        if ours and rest[:1] != ["inside"]:
            wrong.append(f"line {found.line} imports {found.name}, which is not inside")
        if not ours and found.top and first not in allowed:
            wrong.append(f"line {found.line} imports {found.name} at the top")
    assert wrong == []


def test_frameworks_come_in_by_their_doors_only() -> None:
    wrong = []
    for frameworks, doors, tops in table("framework"):
        for path in MODULES:
            room = room_of(path)
            for found in imports_of(path):
                if found.for_types or found.name.split(".")[0] not in names_in(frameworks):
                    continue
                where = f"{path.relative_to(ROOT)}:{found.line} imports {found.name}"
                if doors != "any" and room not in names_in(doors):
                    wrong.append(f"{where}, whose doors are {doors}")
                elif found.top and room not in names_in(tops):
                    wrong.append(f"{where} at the top")
    assert wrong == []


def test_the_doors_are_rooms() -> None:
    for _, doors, tops in table("framework"):
        assert {*names_in(doors), *names_in(tops)} <= set(floors())


def heavy_after(*arguments: str) -> set[str]:
    """The heavy frameworks that a fresh interpreter imported to run these arguments."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.splitlines()[-1]
    imported = set(re.findall(r"^import time:.*\| +([\w.]+)$", run.stderr, re.MULTILINE))
    assert "dfl_grading" in imported
    return {name for name in imported if name in HEAVY}


def test_the_command_line_answers_for_help_without_anything_heavy() -> None:
    assert heavy_after("-m", "dfl_grading", "--help") == set()


@pytest.mark.parametrize("module", ["course", "model", "errors", "problem_set", "source"])
def test_light_rooms_stay_light(module: str) -> None:
    assert heavy_after("-c", f"import dfl_grading.{module}") == set()
