"""Notebooks in other languages than Python: papermill's own engine, inside the same box.

The kernel and the program that speaks to it are both in the box, without a network; what comes out
are outputs, read as anything else that leaves a box. Checks cannot be observed there: such
notebooks are judged by their own test cells.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dfl_grading.box import Zygote
from dfl_grading.model import CellRun, CellStatus, Limits, Outcome
from dfl_grading.outputs import CellOutputs, OutputStore, note_of
from dfl_grading.run import Run

__all__ = ["run_in_kernel"]

_OUTCOMES = {
    CellStatus.TIMEOUT: Outcome.TIMEOUT,
    CellStatus.MEMORY: Outcome.MEMORY,
    CellStatus.OUTPUT: Outcome.OUTPUT,
}


def run_in_kernel(
    nb_man: Any, kernel: str, zygote: Zygote | None, limits: Limits, run: Run
) -> None:
    """Run the managed notebook in a box with its own kernel; `run` takes what came of it."""
    if zygote is None:
        with Zygote(kernels=True) as own:
            run_in_kernel(nb_man, kernel, own, limits, run)
        return
    cells = nb_man.nb.cells
    store = OutputStore()
    current = 0
    begun = time.monotonic()

    def told(index: int, said: dict[str, Any] | None) -> None:
        nonlocal current, begun
        if not 0 <= index < len(cells) or cells[index].cell_type != "code":
            return
        current = index
        if said is None:
            begun = time.monotonic()
            nb_man.cell_start(cells[index], index)
            return
        _take(cells[index], said, store, run, limits, time.monotonic() - begun)
        nb_man.cell_complete(cells[index], index)

    with zygote.spawn(limits, seed=run.seed) as box:
        for name, data in run.files.items():
            box.put_file(name, data)
        end = box.run_notebook(_document(nb_man.nb), kernel, told)
    run.cpu_s, run.peak_mb = box.usage.cpu_s, box.usage.peak_mb
    if end.status is not CellStatus.OK:
        run.outcome, run.message = _OUTCOMES.get(end.status, Outcome.KILLED), end.message
        _note_end(cells, current, end.status, end.message, run)
    _skip_the_rest(cells, run)


def _document(notebook: Any) -> dict[str, Any]:
    """The notebook without what papermill notes in it."""
    cells = [
        {**cell, "metadata": {k: v for k, v in cell.metadata.items() if k != "papermill"}}
        for cell in notebook.cells
    ]
    metadata = {k: v for k, v in notebook.metadata.items() if k != "papermill"}
    return {**notebook, "cells": cells, "metadata": metadata}


def _take(
    cell: Any,
    said: Mapping[str, Any],
    store: OutputStore,
    run: Run,
    limits: Limits,
    taken: float,
) -> None:
    """Take in what the box says of a cell that has ended after so many seconds."""
    shown = CellOutputs(store)
    outputs = said["outputs"] if isinstance(said["outputs"], list) else []
    size = 0
    for output in outputs:
        size += len(str(output))
        if isinstance(output, dict) and size <= limits.output_kb * 1000:
            shown.add(output)
    overflowed = size > limits.output_kb * 1000
    late = taken >= limits.cell_seconds
    status = CellStatus.TIMEOUT if late else CellStatus.OK
    shown.finish(note_of(status, f"the cell ran longer than {limits.cell_seconds:g} s", overflowed))
    cell.outputs = shown.outputs
    count = said.get("count")
    cell.execution_count = count if type(count) is int else None
    if grade_id := _grade_id(cell):
        run.cells[grade_id] = _judge(cell, overflowed, late)


def _judge(cell: Any, overflowed: bool, late: bool) -> CellRun:
    if late:
        return CellRun(status=CellStatus.TIMEOUT, error_message="the cell ran too long")
    for output in cell.outputs:
        if output["output_type"] == "error":
            return CellRun(
                status=CellStatus.ERROR,
                error_name=output["ename"],
                error_message=output["evalue"][:2000],
            )
    return CellRun(status=CellStatus.OUTPUT if overflowed else CellStatus.OK, value=_value(cell))


def _value(cell: Any) -> float | None:
    """The number that the cell's result shows, as nbgrader reads it; None where it shows none."""
    for output in cell.outputs:
        if output["output_type"] == "execute_result":
            try:
                return float(str(output["data"].get("text/plain", "")))
            except ValueError:
                return None
    return None


def _note_end(cells: Any, index: int, status: CellStatus, message: str, run: Run) -> None:
    # papermill calls a cell complete also where its kernel died in it
    if grade_id := _grade_id(cells[index]):
        run.cells[grade_id] = CellRun(status=status, error_message=message)


def _skip_the_rest(cells: Any, run: Run) -> None:
    for cell in cells:
        if cell.cell_type == "code" and (grade_id := _grade_id(cell)):
            skipped = CellRun(status=CellStatus.SKIPPED, error_message=run.message)
            run.cells.setdefault(grade_id, skipped)


def _grade_id(cell: Any) -> str:
    marks = cell.metadata.get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, Mapping) else ""
