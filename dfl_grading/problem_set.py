"""What a grader file uses: a problem set and the checks that judge its answers.

A grader file `graders/<problem_set>.py` builds one `ProblemSet` named `problem_set`. It is the
instructor's own code and runs on the host; students never see it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from dfl_grading.errors import GraderFileError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SOLUTION", "Case", "Check", "Comparer", "ProblemSet"]

Comparer = Callable[..., Any]
"""`by(value, reference)`, or `by(value, reference, case)` with the case's arguments; returns a
`Judgement`, a bool, or the fraction of the credit in [0, 1]."""

Draw = Callable[["np.random.Generator"], Mapping[str, Any]]

SOLUTION: Final = "solution"
"""Judge against the same expression, evaluated in the reference solution's own box."""


@dataclass(frozen=True)
class Case:
    """One set of hidden arguments: their names and values; `edge` where it was written by hand."""

    arguments: Mapping[str, Any]
    edge: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """How one graded cell, or one part of it, is observed and judged."""

    grade_id: str
    part: str
    weight: float
    observe: str
    draw: Draw | None
    draws: int
    edges: tuple[Mapping[str, Any], ...]
    by: Comparer
    reference: Any
    seconds: float
    per_student: bool
    all_or_nothing: bool
    file: str
    line: int

    def cases(self, problem_set: str, student: str = "") -> tuple[Case, ...]:
        """The hidden arguments, always the same for the same check (and student, if asked).

        Raises GraderFileError where `draw` fails or returns something other than a mapping.
        """
        made = [Case(dict(edge), edge=True) for edge in self.edges]
        for index in range(self.draws if self.draw is not None else 0):
            made.append(Case(self._drawn(problem_set, student, index)))
        return tuple(made) or (Case({}),)

    def _drawn(self, problem_set: str, student: str, index: int) -> dict[str, Any]:
        import numpy as np

        who = student if self.per_student else ""
        key = "\0".join([problem_set, self.grade_id, self.part, who, str(index)])
        seed = int.from_bytes(sha256(key.encode()).digest()[:8], "big")
        assert self.draw is not None
        try:
            return dict(self.draw(np.random.default_rng(seed)))
        except Exception as error:
            raise GraderFileError(
                f"{self.file}:{self.line}: drawing arguments for {self.grade_id!r} failed with "
                f"{type(error).__name__}: {error}; mend its draw= function."
            ) from error


@dataclass
class ProblemSet:
    """The checks of one problem set, in the order in which they were declared.

    `name` is the folder's name under `source/`. `preload` names modules that are imported once
    before any notebook runs. `show_reference` lets feedback show reference values.
    """

    name: str
    preload: Sequence[str] = ()
    show_reference: bool = False
    checks: list[Check] = field(default_factory=list)

    def check(
        self,
        grade_id: str,
        *,
        observe: str,
        by: Comparer,
        draw: Draw | None = None,
        draws: int = 3,
        edges: Sequence[Mapping[str, Any]] = (),
        reference: Any = SOLUTION,
        part: str = "",
        weight: float = 1.0,
        seconds: float = 10.0,
        per_student: bool = False,
        all_or_nothing: bool = False,
    ) -> None:
        """Declare how the graded cell `grade_id` is judged; call again with `part=` for more parts.

        `observe` is Python that is evaluated in the box, right after the cell `grade_id` ran, in
        a copy of the student's process: the student's names, with the case's arguments on top.
        Its last line is the expression whose value is judged. `draw(rng)` returns one dictionary
        of hidden arguments, `edges` lists cases that are always tried. `reference` is `SOLUTION`,
        a function of the case's arguments (by name) that returns the right value, or None for a
        property that needs none. `seconds` bounds each evaluation (wall clock). `by` is a
        comparer: see `Comparer`. `weight` shares the cell's points between its parts.

        Raises GraderFileError, with file and line, for whatever cannot be right.
        """
        caller = sys._getframe(1)
        made = Check(
            grade_id=grade_id,
            part=part,
            weight=weight,
            observe=observe,
            draw=draw,
            draws=draws,
            edges=tuple(dict(edge) for edge in edges),
            by=by,
            reference=reference,
            seconds=seconds,
            per_student=per_student,
            all_or_nothing=all_or_nothing,
            file=caller.f_code.co_filename,
            line=caller.f_lineno,
        )
        _refuse_bad(made, self.checks)
        self.checks.append(made)

    def of(self, grade_id: str) -> tuple[Check, ...]:
        """The parts of the check of one graded cell, in order; empty where there is none."""
        return tuple(check for check in self.checks if check.grade_id == grade_id)


def wants_case(by: Comparer) -> bool:
    """Whether a comparer takes the case's arguments as its third parameter."""
    try:
        return "case" in inspect.signature(by).parameters
    except (TypeError, ValueError):
        return False


def _refuse_bad(check: Check, others: Sequence[Check]) -> None:
    where = f"{check.file}:{check.line}: the check of {check.grade_id!r}"
    for other in others:
        if (other.grade_id, other.part) == (check.grade_id, check.part):
            raise GraderFileError(
                f"{where} was declared at line {other.line} already; give each part its own "
                f"part= name or remove one."
            )
    try:
        body = ast.parse(check.observe).body
    except SyntaxError as error:
        raise GraderFileError(f"{where} has observe= that is not Python: {error.msg}.") from error
    if not body or not isinstance(body[-1], ast.Expr):
        raise GraderFileError(f"{where} needs an expression as the last line of observe=.")
    if not callable(check.by):
        raise GraderFileError(f"{where} needs by= to be a comparer, such as close(rtol=1e-8).")
    if not (check.reference is None or check.reference == SOLUTION or callable(check.reference)):
        raise GraderFileError(
            f"{where} needs reference= to be SOLUTION, a function of the arguments, or None."
        )
    if check.draw is not None and check.draws < 1:
        raise GraderFileError(f"{where} has draws={check.draws}; draw at least once.")
    if not check.weight > 0 or not check.seconds > 0:
        raise GraderFileError(f"{where} needs a weight= and seconds= above zero.")
