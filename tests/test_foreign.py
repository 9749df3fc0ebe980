"""Notebooks in another language than Python: a Bash kernel, in the box, through papermill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dfl_grading.box import Zygote
from dfl_grading.execute import Execution, execute
from dfl_grading.model import CellStatus, Limits, Outcome

DFL = Path(sys.executable).parent / "dfl"


@pytest.fixture(scope="module", autouse=True)
def bash_kernel() -> None:
    """The kernel's specification, where the interpreter's own kernels are."""
    command = [sys.executable, "-m", "bash_kernel.install", "--sys-prefix"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def zygote(bash_kernel: None) -> Iterator[Zygote]:
    with Zygote(kernels=True) as made:
        yield made


def cell(source: str, grade_id: str, **marks: Any) -> dict[str, Any]:
    nbgrader = {
        "grade": False,
        "solution": False,
        "task": False,
        "locked": True,
        "schema_version": 3,
        "grade_id": grade_id,
        **marks,
    }
    return {
        "cell_type": "code",
        "id": grade_id,
        "metadata": {"nbgrader": nbgrader},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {
            "kernelspec": {"name": "bash", "language": "bash", "display_name": "Bash"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(scope="module")
def execution(zygote: Zygote) -> Execution:
    document = notebook(
        cell("x=3; echo hi $x", "says"),
        cell("false", "fails"),
        cell(f"cat {Path(__file__)}", "looks"),
        cell("echo kept > /box/work/file; cat file data.txt", "writes"),
        cell("sleep 30", "sleeps"),
        cell("echo after $x", "after"),
    )
    return execute(document, zygote, Limits(cell_seconds=3), files={"data.txt": b"shipped\n"})


def text_of(execution: Execution, index: int) -> str:
    outputs = execution.document.cells[index].outputs
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")


def test_cells_run_in_one_shell_and_go_on_after_an_error(execution: Execution) -> None:
    assert execution.outcome is Outcome.COMPLETED
    assert execution.cells["says"].status is CellStatus.OK
    assert text_of(execution, 0) == "hi 3\n"
    assert execution.cells["fails"].status is CellStatus.ERROR
    assert text_of(execution, 5) == "after 3\n"
    assert execution.cells["after"].status is CellStatus.OK


def test_the_same_walls_stand_around_it(execution: Execution) -> None:
    assert "No such file" in text_of(execution, 2)
    assert text_of(execution, 3) == "kept\nshipped\n"


def test_a_slow_cell_is_interrupted_and_named(execution: Execution) -> None:
    assert execution.cells["sleeps"].status is CellStatus.TIMEOUT
    assert "longer than 3 s" in text_of(execution, 4)


def test_a_kernel_that_ends_itself_keeps_what_was_earned(zygote: Zygote) -> None:
    document = notebook(cell("echo 1", "first"), cell("kill -9 $PPID; kill -9 $$", "dies"))
    ended = execute(document, zygote, Limits(cell_seconds=3, notebook_seconds=30))
    assert ended.cells["first"].status is CellStatus.OK
    assert ended.cells["dies"].status is not CellStatus.OK


def test_a_class_of_bash_notebooks_is_graded(tmp_path: Path) -> None:
    solution = {"solution": True, "locked": False}
    test = {"grade": True, "points": 2}
    stub = "### BEGIN SOLUTION\nx=3\n### END SOLUTION"
    source = notebook(cell(stub, "x", **solution), cell('[ "$x" = 3 ]', "x-test", **test))
    (tmp_path / "course.toml").write_text('[release.code_stubs]\nbash = "# YOUR CODE HERE"\n')
    write(tmp_path / "source/ps/ps.ipynb", source)
    for student, answer in (("right", "x=3"), ("wrong", "x=4")):
        handed_in = notebook(cell(answer, "x", **solution), cell("true", "x-test", **test))
        write(tmp_path / f"submitted/{student}/ps/ps.ipynb", handed_in)
    done = subprocess.run(
        [DFL, "grade", "--course", tmp_path, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)["problem_sets"][0]["reports"]
    assert {report["student"]: report["score"] for report in reports} == {"right": 2, "wrong": 0}
    assert {q["evidence"] for report in reports for q in report["questions"]} == {"in kernel"}


def write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
