"""A tiny nbgrader course for the tests that compare with nbgrader itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROBLEM_SET = "ps1"
STAMP = "2030-03-01 10:00:00 UTC"
DUE = "2030-03-01 09:00:00 UTC"

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def cell(
    source: str,
    kind: str = "code",
    *,
    grade_id: str = "",
    points: float | None = None,
    **flags: Any,
) -> dict[str, Any]:
    """A cell; with nbgrader metadata where it has a grade_id."""
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    made["id"] = grade_id or f"cell-{abs(hash((kind, source))) % 10**8}"
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    if grade_id:
        meta = {"schema_version": 3, "grade": False, "solution": False, "locked": False}
        meta |= {"task": False, "grade_id": grade_id, **flags}
        if points is not None:
            meta["points"] = points
        made["metadata"]["nbgrader"] = meta
    return made


def notebook(*cells: dict[str, Any], kernel: Mapping[str, str] = KERNEL) -> dict[str, Any]:
    metadata = {"kernelspec": dict(kernel), "language_info": {"name": "python"}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, document: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION"
TESTS = (
    "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS"
)


def first() -> dict[str, Any]:
    """A notebook with every kind of cell that nbgrader knows."""
    return notebook(
        cell("# Doubling", "markdown"),
        cell("scale = 2", grade_id="given", locked=True),
        cell(SOLUTION, grade_id="double", solution=True),
        cell(TESTS, grade_id="double-test", grade=True, locked=True, points=2),
        cell("answer = scale * 21", grade_id="whole", solution=True),
        cell("assert answer == 42", grade_id="whole-test", grade=True, locked=True, points=1),
        cell(
            "Because it is added to itself.",
            "markdown",
            grade_id="why",
            grade=True,
            solution=True,
            points=3,
        ),
        cell("print(scale)", grade_id="show", grade=True, solution=True, points=1.5),
        cell(
            "Draw it.\n### BEGIN MARK SCHEME\nA straight line: 2 points.\n### END MARK SCHEME",
            "markdown",
            grade_id="draw",
            task=True,
            locked=True,
            points=2,
        ),
    )


def second() -> dict[str, Any]:
    return notebook(
        cell("x = 1", grade_id="x", solution=True),
        cell("assert x == 1", grade_id="x-test", grade=True, locked=True, points=1),
        cell("It is one.", "markdown", grade_id="x-why", grade=True, solution=True, points=1),
    )


def make_course(root: Path) -> Path:
    """A course with one problem set of two notebooks in `source/`."""
    write(root / "source" / PROBLEM_SET / "p1.ipynb", first())
    write(root / "source" / PROBLEM_SET / "p2.ipynb", second())
    (root / "source" / PROBLEM_SET / "data.csv").write_text("1,2\n", encoding="utf-8")
    return root


def hand_in(root: Path, student: str, name: str, answers: Mapping[str, str]) -> None:
    """The released notebook with some cells' text changed, as `student` hands it in."""
    folder = root / "submitted" / student / PROBLEM_SET
    path = root / "release" / PROBLEM_SET / f"{name}.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    for one in document["cells"]:
        grade_id = one["metadata"].get("nbgrader", {}).get("grade_id")
        one["source"] = answers.get(grade_id, one["source"])
    write(folder / f"{name}.ipynb", document)
    (folder / "timestamp.txt").write_text(STAMP, encoding="utf-8")


_RUN = """
import json, sys
sys.modules["rfc3987_syntax"] = None
from nbgrader.apps.nbgraderapp import NbGraderApp
for arguments in json.loads(sys.argv[1]):
    try:
        NbGraderApp.launch_instance(argv=arguments)
    except SystemExit as end:
        if end.code:
            raise
    app = NbGraderApp.instance().subapp
    while app is not None:
        type(app).clear_instance()
        app = app.subapp
    NbGraderApp.clear_instance()
"""


def nbgrader(root: Path, *commands: Sequence[str], fails: bool = False) -> str:
    """Run nbgrader's commands in a course, one after the other; what they wrote to stderr.

    They share one process, since nbgrader takes seconds to import. It `fails` where one does.
    """
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps([list(command) for command in commands])],
        cwd=root,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
            "OPENBLAS_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.returncode != 0) is fails, done.stderr
    return done.stderr


def sources(document: Mapping[str, Any]) -> Sequence[str]:
    """The text of each cell, however it is written down."""
    return [
        text if isinstance(text, str) else "".join(text)
        for text in (one["source"] for one in document["cells"])
    ]
