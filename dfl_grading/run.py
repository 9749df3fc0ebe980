"""What one run of a notebook is asked beside running cells, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dfl_grading.model import CellRun, CellStatus, Observed, Outcome

__all__ = ["Observation", "Run"]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What to evaluate after the cell `grade_id`: an expression, once a case.

    `cases` are mappings of arguments, encoded by `wire.encode_value`.
    """

    grade_id: str
    part: str
    observe: str
    cases: tuple[bytes, ...]
    seconds: float


@dataclass
class Run:
    """What to do beside running cells, and what came of it: papermill itself returns a notebook."""

    observations: Mapping[str, Sequence[Observation]]
    files: Mapping[str, bytes]
    seed: int
    cells: dict[str, CellRun] = field(default_factory=dict)
    observed: dict[tuple[str, str], tuple[Observed, ...]] = field(default_factory=dict)
    stopped: dict[str, CellStatus] = field(default_factory=dict)
    """How a cell was stopped that stood before a graded one, by that one's grade_id."""
    waiting: CellStatus | None = None
    """How a cell was stopped after which no graded one has come yet."""
    outcome: Outcome = Outcome.COMPLETED
    message: str = ""
    first_error: str = ""
    cpu_s: float = 0.0
    peak_mb: float = 0.0
