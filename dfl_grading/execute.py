"""Run one notebook in a box, through papermill: its cells in order, its checks observed in place.

Unlike papermill's own engine, ours goes on after an error: each question earns its own credit.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dfl_grading.imports import skip_grammar

skip_grammar()

from papermill.engines import papermill_engines  # noqa: E402
from papermill.parameterize import parameterize_notebook  # noqa: E402

from dfl_grading.box import Zygote  # noqa: E402
from dfl_grading.model import CellRun, CellStatus, Limits, Observed, Outcome  # noqa: E402
from dfl_grading.run import Observation, Run  # noqa: E402

__all__ = ["Execution", "Observation", "execute"]


@dataclass(frozen=True, kw_only=True)
class Execution:
    """What running one notebook gave.

    `document` is the executed notebook (a NotebookNode); `cells` has the runs of the code cells
    that bear a grade_id, `observed` what each check saw, by (grade_id, part). `stopped` tells how
    a cell was stopped that stood before a graded one, by the grade_id of that one.
    """

    document: Any
    cells: Mapping[str, CellRun]
    observed: Mapping[tuple[str, str], tuple[Observed, ...]]
    stopped: Mapping[str, CellStatus]
    outcome: Outcome
    message: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    first_error: str


def execute(
    document: Mapping[str, Any],
    zygote: Zygote,
    limits: Limits,
    *,
    observations: Sequence[Observation] = (),
    files: Mapping[str, bytes] | None = None,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Execution:
    """Run every code cell of a notebook in one fresh box and observe its checks.

    `document` is an nbformat-4 dictionary, which stays as it is; `files` are laid in the work
    folder first; `parameters` are injected as papermill does. Raises ZygoteDied where the
    grader's own process was lost, and BoxUnavailable where no box can be made.
    """
    import nbformat

    notebook = nbformat.from_dict(document)
    notebook.metadata["papermill"] = nbformat.from_dict({})
    if parameters:
        for cell in notebook.cells:
            if not isinstance(cell.metadata.get("tags"), list):
                cell.metadata["tags"] = []  # papermill looks for them in every cell
        notebook = parameterize_notebook(notebook, dict(parameters), engine_name="dfl")
    by_cell: dict[str, list[Observation]] = {}
    for observation in observations:
        by_cell.setdefault(observation.grade_id, []).append(observation)
    run = Run(observations=by_cell, files=files or {}, seed=seed)
    started = time.monotonic()
    notebook = papermill_engines.execute_notebook_with_engine(
        "dfl",
        notebook,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name") or "python3",
        progress_bar=False,
        autosave_cell_every=0,
        zygote=zygote,
        limits=limits,
        run=run,
    )
    return Execution(
        document=notebook,
        cells=run.cells,
        observed=run.observed,
        stopped=run.stopped,
        outcome=run.outcome,
        message=run.message,
        wall_s=time.monotonic() - started,
        cpu_s=run.cpu_s,
        peak_mb=run.peak_mb,
        first_error=run.first_error,
    )
