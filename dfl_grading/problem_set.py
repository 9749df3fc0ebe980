"""What a grader file uses: a problem set and the checks that judge its answers.

A grader file `graders/<problem_set>.py` builds one `ProblemSet` named `problem_set`. It is the
instructor's own code and runs on the host; students never see it.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from dfl_grading.errors import GraderFileError

if TYPE_CHECKING:
    import numpy as np

    from dfl_grading.source import SourceNotebook

__all__ = ["SOLUTION", "Case", "Check", "Comparer", "Part", "ProblemSet", "load_problem_set"]

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
class Part:
    """One of several judgements of the same observation: its comparer and its share of the points.

    `at` is the place of what it judges in a tuple or list (a number) or in a dictionary (a key);
    without it, all of the value. `reference` is as in `ProblemSet.check`, and for what is judged
    alone; None here means the check's own, which is for all of the value. `false_failure` is as
    there, for this part alone.
    """

    by: Comparer
    weight: float = 1.0
    all_or_nothing: bool = False
    reference: Any = None
    at: int | str | None = None
    false_failure: float | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """How one graded cell, or one part of it, is observed and judged.

    Parts with the same `group` share one observation: the expression is evaluated once a case.
    `carry` maps a parameter of `reference` to the name of the carried check that observes it.
    """

    grade_id: str
    part: str
    group: str
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
    false_failure: float | None
    file: str
    line: int
    at: int | str | None = None
    reference_at: int | str | None = None
    carry: Mapping[str, str] = field(default_factory=dict)
    seed_name: str | None = None

    def cases(self, problem_set: str, student: str = "") -> tuple[Case, ...]:
        """The hidden arguments, always the same for the same check (and student, if asked).

        Raises GraderFileError where `draw` fails or returns something other than a mapping.
        """
        # copies: a reference that sorts its argument in place must not change the next student's
        made = [Case(deepcopy(dict(edge)), edge=True) for edge in self.edges]
        for index in range(self.draws if self.draw is not None else 0):
            made.append(Case(self._drawn(problem_set, student, index)))
        return tuple(made) or (Case({}),)

    def _drawn(self, problem_set: str, student: str, index: int) -> dict[str, Any]:
        import numpy as np

        who = student if self.per_student else ""
        name = self.group if self.seed_name is None else self.seed_name
        key = "\0".join([problem_set, self.grade_id, name, who, str(index)])
        seed = int.from_bytes(sha256(key.encode()).digest()[:8], "big")
        assert self.draw is not None
        try:
            return dict(self.draw(np.random.default_rng(seed)))
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise GraderFileError(
                f"{self.file}:{self.line}: drawing arguments for {self.grade_id!r} failed with "
                f"{what}; mend its draw= function."
            ) from error


@dataclass
class ProblemSet:
    """The checks of one problem set, in the order in which they were declared.

    `name` is the folder's name under `source/`. `preload` names modules that are imported once
    before any notebook runs. `show_reference` lets feedback show reference values. `prelude` is
    Python that runs before every `observe`: imports and helpers that do not lean on the student's.
    """

    name: str
    preload: Sequence[str] = ()
    show_reference: bool = False
    prelude: str = ""
    checks: list[Check] = field(default_factory=list)
    carried: list[Check] = field(default_factory=list)
    """What is observed beside the checks, to carry errors forward; never judged itself."""
    trusted: list[str] = field(default_factory=list)

    def in_kernel(self, *grade_ids: str) -> None:
        """Say that these cells are judged by their own asserts alone, as nbgrader does."""
        self.trusted.extend(grade_ids)

    def check(
        self,
        grade_id: str,
        *,
        observe: str,
        by: Comparer | None = None,
        parts: Mapping[str, Part] | None = None,
        draw: Draw | None = None,
        draws: int = 3,
        edges: Sequence[Mapping[str, Any]] = (),
        reference: Any = SOLUTION,
        part: str = "",
        weight: float = 1.0,
        seconds: float = 10.0,
        per_student: bool = False,
        all_or_nothing: bool = False,
        false_failure: float | None = None,
        carry: Mapping[str, str] | None = None,
    ) -> None:
        """Declare how the graded cell `grade_id` is judged; call again with `part=` for more parts.

        `observe` is Python that is evaluated in the box, right after the cell `grade_id` ran, in
        a copy of the student's process: the student's names, with the case's arguments on top.
        Its last line is the expression whose value is judged. `draw(rng)` returns one dictionary
        of hidden arguments, `edges` lists cases that are always tried. `reference` is `SOLUTION`,
        a function of the case's arguments (by name) that returns the right value, or None for a
        property that needs none. `seconds` bounds each evaluation (wall clock). `by` is a
        comparer: see `Comparer`; `parts` maps names to several judgements of the one value that
        `observe` gives. `weight` shares the cell's points between parts. `false_failure` marks a
        stochastic check and states the probability that it fails a right answer, 1e-6 at the
        most where it can be had; `dfl verify` then tries it with 100 other draws.

        `carry` carries errors forward: it maps names to expressions for earlier values, and the
        function `reference` takes them by these names beside the case's arguments. An answer is
        right if it is what `reference` makes of the solution's earlier values, or of the
        student's own where these are finite and of the same form.

        Raises GraderFileError, with file and line, for whatever cannot be right.
        """
        caller = sys._getframe(1)
        file, line = caller.f_code.co_filename, caller.f_lineno
        if (by is None) == (parts is None) or (parts is not None and (part or not parts)):
            raise GraderFileError(
                f"{file}:{line}: the check of {grade_id!r} needs either by= (with part= where it "
                f"is one of several) or parts={{name: Part(by=...)}}."
            )
        own = Part(by=by, weight=weight, all_or_nothing=all_or_nothing) if by is not None else None
        wanted = parts if own is None else {part: own}
        assert wanted is not None
        group = next(iter(wanted))
        for name, one in wanted.items():
            made = Check(
                grade_id=grade_id,
                part=name,
                group=group,
                weight=one.weight,
                observe=self._after_prelude(observe),
                draw=draw,
                draws=draws,
                edges=tuple(dict(edge) for edge in edges),
                by=one.by,
                reference=reference if one.reference is None else one.reference,
                seconds=seconds,
                per_student=per_student,
                all_or_nothing=one.all_or_nothing,
                false_failure=(false_failure if one.false_failure is None else one.false_failure),
                file=file,
                line=line,
                at=one.at,
                reference_at=one.at if one.reference is None else None,
                carry={name: f"{group} <- {name}" for name in carry or ()},
            )
            _refuse_bad(made, self.checks)
            self.checks.append(made)
        for name, expression in (carry or {}).items():
            part = f"{group} <- {name}"
            earlier = replace(
                made,
                part=part,
                group=part,
                observe=self._after_prelude(expression),
                reference=SOLUTION,
                carry={},
                at=None,
                reference_at=None,
                seed_name=group,
            )
            _refuse_bad(earlier, self.carried)
            self.carried.append(earlier)

    def _after_prelude(self, observe: str) -> str:
        return f"{self.prelude}\n{observe}" if self.prelude else observe

    def observed(self, grade_id: str) -> tuple[Check, ...]:
        """One check for each observation that one graded cell needs."""
        firsts = [check for check in self.of(grade_id) if check.part == check.group]
        return (*firsts, *(check for check in self.carried if check.grade_id == grade_id))

    def of(self, grade_id: str) -> tuple[Check, ...]:
        """The parts of the check of one graded cell, in order; empty where there is none."""
        return tuple(check for check in self.checks if check.grade_id == grade_id)


def load_problem_set(path: Path, notebooks: Sequence[SourceNotebook]) -> ProblemSet:
    """Return the problem set that a grader file declares, held against its source notebooks.

    Raises GraderFileError, with file and line, for code that fails, for checks of cells that are
    not there or are not auto-graded, and for auto-graded cells without a check.
    """
    module = ModuleType(f"_dfl_grader_{sha256(str(path).encode()).hexdigest()[:16]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
    try:
        # not by import, which keeps bytecode beside the file and believes it for a second
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        # what it prints must not get into the answer on stdout
        with contextlib.redirect_stdout(sys.stderr):
            exec(code, module.__dict__)
    except (GraderFileError, KeyboardInterrupt):
        raise
    except BaseException as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise GraderFileError(
            f"{path}:{_line_in(path, error)}: the grader file fails with {what}; mend it."
        ) from error
    made = getattr(module, "problem_set", None)
    if not isinstance(made, ProblemSet):
        raise GraderFileError(
            f"{path}: there is no problem_set in it; write problem_set = ProblemSet(...)."
        )
    _hold_against(made, path, notebooks)
    return made


def _line_in(path: Path, error: BaseException) -> int:
    """The line of the grader file that an error comes from; 1 where none is known."""
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    lines = [
        frame.lineno or 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else 1


def _hold_against(problem_set: ProblemSet, path: Path, notebooks: Sequence[SourceNotebook]) -> None:
    kinds = {cell.grade_id: cell.kind for notebook in notebooks for cell in notebook.graded}
    automatic = {grade_id for grade_id, kind in kinds.items() if kind == "autograded"}
    for check in problem_set.checks:
        if check.grade_id not in automatic:
            known = ", ".join(sorted(automatic)) or "none"
            what = "is not auto-graded" if check.grade_id in kinds else "is not in the notebooks"
            raise GraderFileError(
                f"{check.file}:{check.line}: the cell {check.grade_id!r} {what}; "
                f"auto-graded cells are: {known}."
            )
        places = [notebook.name for notebook in notebooks if _has(notebook, check.grade_id)]
        if len(places) > 1:
            raise GraderFileError(
                f"{check.file}:{check.line}: the cell {check.grade_id!r} is in "
                f"{' and in '.join(places)}; give each a grade_id of its own."
            )
    checked = {check.grade_id for check in problem_set.checks}
    for grade_id in problem_set.trusted:
        if grade_id not in automatic or grade_id in checked:
            raise GraderFileError(
                f"{path}: in_kernel names {grade_id!r}, which is not an auto-graded cell without "
                f"a check; take it out."
            )
    left = sorted(automatic - checked - set(problem_set.trusted))
    if left:
        raise GraderFileError(
            f"{path}: no check for the auto-graded cell {left[0]!r}"
            f"{f' and {len(left) - 1} more' if len(left) > 1 else ''}; add "
            f"problem_set.check({left[0]!r}, ...), or problem_set.in_kernel({left[0]!r}) if its "
            f"own asserts shall judge."
        )


def _has(notebook: SourceNotebook, grade_id: str) -> bool:
    return any(cell.grade_id == grade_id for cell in notebook.graded)


def wants_case(by: Comparer) -> bool:
    """Whether a comparer takes the case's arguments as its third parameter."""
    try:
        return "case" in inspect.signature(by).parameters
    except (TypeError, ValueError):
        return False


def _takes_values(by: Comparer) -> bool:
    """Whether a comparer can be called as it will be; what has no signature is believed."""
    try:
        signature = inspect.signature(by)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(None, None, **({"case": {}} if wants_case(by) else {}))
    except TypeError:
        return False
    return True


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
    except (SyntaxError, TypeError, ValueError) as error:
        raise GraderFileError(f"{where} has observe= that is not Python: {error}.") from error
    if not body or not isinstance(body[-1], ast.Expr):
        raise GraderFileError(f"{where} needs an expression as the last line of observe=.")
    if not callable(check.by):
        raise GraderFileError(f"{where} needs by= to be a comparer, such as close(rtol=1e-8).")
    solution = isinstance(check.reference, str) and check.reference == SOLUTION
    if not _takes_values(check.by):
        raise GraderFileError(
            f"{where} needs by= to take (value, reference), and case= if it likes."
        )
    if not (check.reference is None or solution or callable(check.reference)):
        raise GraderFileError(
            f"{where} needs reference= to be SOLUTION, a function of the arguments, or None."
        )
    if check.draw is not None and not (isinstance(check.draws, int) and check.draws >= 1):
        raise GraderFileError(f"{where} has draws={check.draws!r}; draw at least once.")
    if check.carry and (solution or not callable(check.reference)):
        raise GraderFileError(f"{where} has carry=, which needs reference= to be a function.")
    if check.carry and check.false_failure is not None:
        raise GraderFileError(f"{where} is stochastic, which carry= is not for; leave out one.")
    if not (0 < check.weight < math.inf and 0 < check.seconds < math.inf):
        raise GraderFileError(f"{where} needs a weight= and seconds= above zero.")
