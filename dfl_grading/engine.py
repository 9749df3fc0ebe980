"""Papermill's engine `dfl`: cells run in a forked, boxed shell, and an error does not stop it.

Papermill imports this module itself, through its entry points, while it is being imported: import
`papermill.engines` first, as `execute` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from papermill.engines import Engine

from dfl_grading.box import Box, CellEnd, Zygote
from dfl_grading.foreign import run_in_kernel
from dfl_grading.model import CellRun, CellStatus, Limits, Observed, Outcome
from dfl_grading.outputs import CellOutputs, OutputStore, note_of
from dfl_grading.run import Observation, Run
from dfl_grading.source import language_of
from dfl_grading.values import Raised

__all__ = ["BoxedEngine"]

_MOST_RERUNS = 3
_HURRY_SECONDS = 2.0


class BoxedEngine(Engine):  # type: ignore[misc]
    """Papermill's engine `dfl`: cells run in a forked, boxed IPython shell, and errors do not stop
    it. Options of the command line: `execution_timeout` (seconds per cell)."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        zygote: Zygote | None = None,
        limits: Limits | None = None,
        run: Run | None = None,
        execution_timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Run the managed notebook's cells; called by papermill."""
        limits = limits or Limits()
        if execution_timeout:
            limits = replace(limits, cell_seconds=float(execution_timeout))
        run = run or Run(observations={}, files={}, seed=0)
        if language_of(nb_man.nb.metadata) not in ("", "python"):
            run_in_kernel(nb_man, kernel_name, zygote, limits, run)
            return
        if zygote is not None:
            _run_in_box(nb_man, zygote, limits, run)
            return
        # numpy is there before the fork, so that its random numbers are the same in each run
        with Zygote(preload=("numpy",)) as own:
            _run_in_box(nb_man, own, limits, run)


def _run_in_box(nb_man: Any, zygote: Zygote, limits: Limits, run: Run) -> None:
    """Run the cells, and, where the limits say so, those after a killed one in a fresh box."""
    store = OutputStore()
    killed: list[int] = []
    for _ in range(1 + _MOST_RERUNS if limits.rerun_after_kill else 1):
        last = _run_once(nb_man, zygote, limits, store, run, killed)
        if last is None:
            break
        killed.append(last)
    for _, cell in _code_cells(nb_man.nb):
        if grade_id := _grade_id(cell):
            if _is_graded(cell) and grade_id not in run.cells:
                _blame(run, grade_id)
            skipped = CellRun(status=CellStatus.SKIPPED, error_message=run.message)
            run.cells.setdefault(grade_id, skipped)
    nb_man.nb.metadata["language_info"] = _language_info(zygote.python)


def _run_once(
    nb_man: Any,
    zygote: Zygote,
    limits: Limits,
    store: OutputStore,
    run: Run,
    killed: Sequence[int],
) -> int | None:
    """Run the notebook in one box; the index of the cell that ended it, or None.

    After a kill, cells up to the one that was killed last run again, unseen, for their effects.
    """
    with zygote.spawn(limits, seed=run.seed) as box:
        for name, data in run.files.items():
            box.put_file(name, data)
        ended = None
        for index, cell in _code_cells(nb_man.nb):
            if index in killed:
                continue
            if killed and index < killed[-1]:
                box.run_cell(cell.source, limits.cell_seconds, lambda _: None)
            else:
                _run_cell(nb_man, index, cell, box, limits, store, run)
            if not box.alive:
                ended = index
                break
    run.cpu_s += box.usage.cpu_s
    run.peak_mb = max(run.peak_mb, box.usage.peak_mb)
    return ended


def _code_cells(notebook: Any) -> Iterator[tuple[int, Any]]:
    for index, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags")
        skipped = isinstance(tags, list) and "skip-execution" in tags
        if cell.cell_type == "code" and not skipped and (cell.source.strip() or _is_graded(cell)):
            yield index, cell


def _language_info(version: str) -> dict[str, Any]:
    """What a notebook says of the language that its cells were run in, as Jupyter writes it."""
    return {
        "name": "python",
        "version": version,
        "mimetype": "text/x-python",
        "codemirror_mode": {"name": "ipython", "version": 3},
        "pygments_lexer": "ipython3",
        "nbconvert_exporter": "python",
        "file_extension": ".py",
    }


def _is_graded(cell: Any) -> bool:
    """Whether a cell is observed and judged, though there may be nothing in it."""
    marks = cell.metadata.get("nbgrader")
    return isinstance(marks, Mapping) and bool(marks.get("grade"))


def _grade_id(cell: Any) -> str:
    marks = cell.metadata.get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, Mapping) else ""


def _run_cell(
    nb_man: Any, index: int, cell: Any, box: Box, limits: Limits, store: OutputStore, run: Run
) -> None:
    nb_man.cell_start(cell, index)
    shown = CellOutputs(store)
    end = box.run_cell(cell.source, limits.cell_seconds, shown.add)
    shown.finish(note_of(end.status, end.message, end.overflowed))
    cell.outputs = shown.outputs
    cell.execution_count = end.count
    if end.status is not CellStatus.OK:
        run.first_error = run.first_error or f"{end.error_name}: {end.message}".strip(": ")
        nb_man.cell_exception(cell, index)
    if not end.alive:
        run.outcome, run.message = _outcome(end.status), end.message
    _complete(nb_man, index, cell, end.seconds)
    if _is_graded(cell):
        _blame(run, _grade_id(cell))
    elif end.status in _STOPS:
        run.waiting = end.status
    if grade_id := _grade_id(cell):
        run.cells[grade_id] = _cell_run(end)
        hurry = end.status is CellStatus.TIMEOUT
        _observe(box, run.observations.get(grade_id, ()), run, hurry=hurry)


def _complete(nb_man: Any, index: int, cell: Any, seconds: float) -> None:
    """Tell papermill that a cell has ended: the duration is known, and papermill's own way to it,
    reading the time that it wrote, takes longer than most cells."""
    times = cell.metadata.papermill
    begun, times["start_time"] = times["start_time"], None
    nb_man.cell_complete(cell, index)
    times["start_time"], times["duration"] = begun, round(seconds, 6)


_STOPS = (CellStatus.TIMEOUT, CellStatus.MEMORY, CellStatus.OUTPUT, CellStatus.KILLED)


def _blame(run: Run, grade_id: str) -> None:
    """Note for a graded cell how the last cell before it was stopped, if one was."""
    if run.waiting is not None:
        run.stopped[grade_id], run.waiting = run.waiting, None


def _cell_run(end: CellEnd) -> CellRun:
    status = end.status
    if status is CellStatus.OK and end.overflowed:
        status = CellStatus.OUTPUT
    return CellRun(
        status=status,
        value=end.value,
        error_name=end.error_name,
        error_message=end.message,
        seconds=end.seconds,
    )


def _observe(box: Box, observations: Sequence[Observation], run: Run, *, hurry: bool) -> None:
    """Evaluate the checks of one cell; once something ran into its limit, wait no longer for the
    rest than an honest answer needs."""
    for wanted in observations:
        if box.alive:
            seconds = min(wanted.seconds, _HURRY_SECONDS) if hurry else wanted.seconds
            seen = box.observe(wanted.observe, wanted.cases, seconds)
            run.observed[wanted.grade_id, wanted.part] = seen
            hurry = hurry or any(_timed_out(one) for one in seen)
    if observations and not box.alive and run.outcome is Outcome.COMPLETED:
        run.outcome = Outcome.KILLED
        run.message = f"the notebook's process ended while {observations[0].grade_id} was judged"


def _timed_out(one: Observed) -> bool:
    return isinstance(one.value, Raised) and one.value.name == "TIMEOUT"


def _outcome(status: CellStatus) -> Outcome:
    return {
        CellStatus.TIMEOUT: Outcome.TIMEOUT,
        CellStatus.MEMORY: Outcome.MEMORY,
        CellStatus.OUTPUT: Outcome.OUTPUT,
    }.get(status, Outcome.KILLED)
