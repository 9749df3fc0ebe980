"""From what was observed to points: pure functions that turn values into verdicts.

A student's fault is a verdict; a fault of the instructor's or of ours is GRADER_ERROR, with
no score, for a person to look at. Nothing here reads a file, a clock or a random number.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.judgement import Judgement, judge_by
from dfl_grading.compare.plain import amiss, clean, container_of, kind_of_scalar
from dfl_grading.errors import GraderFileError
from dfl_grading.inside.adapt import adapt
from dfl_grading.inside.codec import encode
from dfl_grading.model import (
    NO_RESPONSE,
    CellRun,
    CellStatus,
    Evidence,
    Observed,
    PartResult,
    QuestionResult,
    Verdict,
)
from dfl_grading.problem_set import SOLUTION, Case, Check, ProblemSet
from dfl_grading.values import Expression, Plot, Raised, Table, Ungradeable
from dfl_grading.wire import VALUE_LIMIT, BadPayload, TooLarge, decode_value

if TYPE_CHECKING:
    from dfl_grading.source import SourceCell

__all__ = ["blame_stop", "item_at", "judge_in_kernel", "judge_manual", "judge_outside"]

_TELLING: Final = (
    Verdict.TIMEOUT,
    Verdict.MEMORY,
    Verdict.OUTPUT,
    Verdict.KILLED,
    Verdict.ERROR,
    Verdict.MISSING,
    Verdict.FAILED,
)
"""Reasons for no credit, the most telling first."""

_STOPPED: Final = {
    "TIMEOUT": (Verdict.TIMEOUT, "took too long and was stopped"),
    "MEMORY": (Verdict.MEMORY, "needed more memory than allowed"),
    "OUTPUT": (Verdict.OUTPUT, "printed or returned more than allowed"),
    "KILLED": (Verdict.KILLED, "ended its own process"),
}
_OF_STATUS: Final = {
    CellStatus.TIMEOUT: (Verdict.TIMEOUT, "The cell took too long and was stopped."),
    CellStatus.MEMORY: (Verdict.MEMORY, "The cell needed more memory than allowed."),
    CellStatus.OUTPUT: (Verdict.OUTPUT, "The cell printed more than allowed."),
    CellStatus.KILLED: (Verdict.KILLED, "The cell ended its own process."),
    CellStatus.SKIPPED: (
        Verdict.MISSING,
        "The cell never ran, because the notebook was stopped before it.",
    ),
}
_NUMBER: Final = re.compile(r"[-+]?\d*\.\d[\d.]*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d{5,}")


class _GraderFault(Exception):
    """The check itself cannot be right; the message says why. Never leaves this module."""


@dataclass(frozen=True)
class _Judged:
    """One case: its credit, why it is not full, and what the student may read of it."""

    case: Case
    fraction: float
    verdict: Verdict
    message: str = ""
    carried: bool = False


@dataclass(frozen=True)
class _Lacking:
    """In place of what a part judges, where the value has no such item."""

    place: int | str


def judge_outside(
    problem_set: ProblemSet,
    cell: SourceCell,
    notebook: str,
    run: CellRun,
    observed: Mapping[str, tuple[Observed, ...]],
    references: Mapping[str, tuple[Any, ...]],
    student: str = "",
) -> QuestionResult:
    """Judge one graded cell by the values that were observed at its place.

    The keys of `observed` and `references` are the names of the check's parts and of what it
    carries; their i-th items belong to the i-th of `check.cases(problem_set.name, student)`.
    The score is points x sum(weight x fraction) / sum(weight).
    """
    checks = problem_set.of(cell.grade_id)
    if not checks:
        return _grader_error(cell, notebook, "the grader file has no check for this cell")
    parts: list[PartResult] = []
    weights = sum(check.weight for check in checks)
    for check in checks:
        points = _points(cell) * check.weight / weights
        try:
            judged = _judge_part(problem_set, check, run, observed, references, student)
        except _GraderFault as fault:
            return _grader_error(cell, notebook, _where(check, str(fault)))
        parts.append(_settle_part(check, judged, points, observed.get(check.part, ())))
    return _settle(cell, notebook, checks, parts)


def judge_in_kernel(cell: SourceCell, notebook: str, run: CellRun) -> QuestionResult:
    """Judge a test cell that ran inside the student's own process, as nbgrader does.

    An error earns nothing, no error the full points, or as many points as the cell's last
    expression says where that is a number; NaN, a negative number or more than the maximum is
    GRADER_ERROR.
    """
    points = _points(cell)
    score: float | None = 0.0
    if run.status is CellStatus.OK:
        score, verdict, message = _points_of(run.value, points)
    elif run.status is CellStatus.ERROR:
        failed = run.error_name == "AssertionError"
        verdict = Verdict.FAILED if failed else Verdict.ERROR
        message = _sentence(_say_error(run.error_name, run.error_message, failed))
    else:
        verdict, message = _OF_STATUS[run.status]
    return QuestionResult(
        grade_id=cell.grade_id,
        notebook=notebook,
        score=score,
        max_score=points,
        verdict=verdict,
        evidence=Evidence.IN_KERNEL,
        message=message,
    )


def judge_manual(cell: SourceCell, notebook: str, answered: bool) -> QuestionResult:
    """Leave a manually graded cell to a person; an answer that was never written earns zero."""
    return QuestionResult(
        grade_id=cell.grade_id,
        notebook=notebook,
        score=None if answered else 0.0,
        max_score=_points(cell),
        verdict=Verdict.MANUAL,
        evidence=Evidence.MANUAL,
        message="" if answered else NO_RESPONSE,
    )


def blame_stop(result: QuestionResult, stopped: CellStatus | None) -> QuestionResult:
    """The result, which tells how the answer's own cell was stopped where that cost it all."""
    lost = result.score == 0 and result.verdict in (Verdict.MISSING, Verdict.ERROR)
    if stopped is None or not lost:
        return result
    verdict, what = _OF_STATUS[stopped]
    return replace(result, verdict=verdict, message=f"No answer: {what[0].lower()}{what[1:]}")


def _points(cell: SourceCell) -> float:
    return float(cell.points or 0.0)


def _points_of(value: float | None, points: float) -> tuple[float | None, Verdict, str]:
    if value is None:
        return points, Verdict.PASSED, ""
    if isinstance(value, bool) or not math.isfinite(value) or not 0 <= value <= points:
        message = f"The test cell ended with {value!r} points, but it can award 0 to {points:g}."
        return None, Verdict.GRADER_ERROR, message
    if value == points:
        return float(value), Verdict.PASSED, ""
    return float(value), Verdict.PARTIAL if value > 0 else Verdict.FAILED, ""


# One part: each case by itself, then together


def _judge_part(
    problem_set: ProblemSet,
    check: Check,
    run: CellRun,
    observed: Mapping[str, tuple[Observed, ...]],
    references: Mapping[str, tuple[Any, ...]],
    student: str,
) -> list[_Judged]:
    try:
        cases = check.cases(problem_set.name, student)
    except GraderFileError as error:
        raise _GraderFault(str(error)) from error
    seen = observed.get(check.part, ())
    if len(seen) > len(cases):
        raise _GraderFault(f"{len(seen)} values were observed for {len(cases)} cases")
    solution = [_earlier_known(check, i, references) for i in range(len(cases))]
    known = [_reference(check, case, i, references, solution[i]) for i, case in enumerate(cases)]
    values = [item_at(check.at, one.value) for one in seen]
    own = [_earlier_seen(check, i, observed) for i in range(len(cases))]
    if any(_is_made_up(name, solution, own) for name in check.carry):
        own = [{} for _ in cases]
    judged = [
        _carry(
            check,
            _judge_case(check, case, values[i], known[i]),
            values[i],
            solution[i],
            own[i],
        )
        if i < len(seen)
        else _unobserved(case, run)
        for i, case in enumerate(cases)
    ]
    return _explain(problem_set, check, judged, values, known)


def item_at(place: int | str | None, value: Any) -> Any:
    """What of a value a part judges; `_Lacking` where it has no such place."""
    if place is None or amiss(value) or isinstance(value, Raised):
        return value
    if type(value) is dict and place in value:
        return value[place]
    if type(value) in (list, tuple) and type(place) is int and -len(value) <= place < len(value):
        return value[place]
    return _Lacking(place)


def _reference(
    check: Check,
    case: Case,
    index: int,
    references: Mapping[str, tuple[Any, ...]],
    earlier: Mapping[str, Any],
) -> Any:
    if check.reference is None:
        if getattr(check.by, "needs_reference", False):
            raise _GraderFault(f"{check.by!r} compares with a reference, but reference= is None")
        return None
    if callable(check.reference):
        try:
            with np.errstate(all="ignore"):
                whole = check.reference(**case.arguments, **earlier)
                return _as_plain(item_at(check.reference_at, whole))
        except Exception as error:
            raise _GraderFault(f"reference= raised {type(error).__name__}: {error}") from error
    assert check.reference == SOLUTION
    return item_at(check.reference_at, _of_solution(check.part, index, references))


def _of_solution(part: str, index: int, references: Mapping[str, tuple[Any, ...]]) -> Any:
    known = references.get(part, ())
    if index >= len(known):
        raise _GraderFault("the reference solution gave no value for one of the cases")
    value = known[index].value if isinstance(known[index], Observed) else known[index]
    if isinstance(value, Raised):
        raise _GraderFault(f"the reference solution raised {value.name}: {value.message}")
    if isinstance(value, Ungradeable):
        raise _GraderFault(f"the reference solution returns a {value.type_name}: {value.reason}")
    return value


# An error carried forward: an earlier value was wrong, and what was made of it is right


def _earlier_known(
    check: Check, index: int, references: Mapping[str, tuple[Any, ...]]
) -> dict[str, Any]:
    return {name: _of_solution(part, index, references) for name, part in check.carry.items()}


def _earlier_seen(
    check: Check, index: int, observed: Mapping[str, tuple[Observed, ...]]
) -> dict[str, Any]:
    """The student's own earlier values, by name; without those that were never observed."""
    return {
        name: observed[part][index].value
        for name, part in check.carry.items()
        if index < len(observed.get(part, ()))
    }


def _is_made_up(
    name: str, known: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether a student's earlier value is the same in all cases where the solution's is not:
    that is no answer to carry forward, but a way to make the later one easy."""
    mine = {repr(one[name]) for one in own if name in one}
    return len(mine) == 1 and len({repr(one[name]) for one in known}) > 1


def _carry(
    check: Check,
    judged: _Judged,
    value: Any,
    known: Mapping[str, Any],
    own: Mapping[str, Any],
) -> _Judged:
    """The better of two judgements: by the true reference, and by the one that the student's own
    earlier values lead to."""
    if not check.carry or judged.fraction == 1.0 or isinstance(value, (Raised, _Lacking)):
        return judged
    if own.keys() != known.keys() or not all(_alike(own[name], known[name]) for name in known):
        return judged
    try:
        with np.errstate(all="ignore"):
            whole = check.reference(**judged.case.arguments, **own)
            reference = _as_plain(item_at(check.reference_at, whole))
    except Exception:  # the student's value is none that the formula is made for
        return judged
    if not _is_finite(reference):
        return judged
    try:
        again = _compare(check, judged.case, value, reference)
    except _GraderFault:  # as above
        return judged
    if again.fraction <= judged.fraction:
        return judged
    verdict = Verdict.PASSED if again.passed else Verdict.PARTIAL
    return _Judged(judged.case, again.fraction, verdict, again.message, carried=True)


def _alike(own: Any, known: Any) -> bool:
    """Whether a student's value has the form of the solution's, with finite numbers."""
    if container_of(own) != container_of(known) or not _is_finite(own):
        return False
    if container_of(known) in ("list", "tuple"):
        return len(own) == len(known) and all(map(_alike, own, known))
    if container_of(known) in ("array", "scalar"):
        one, other = np.asarray(own), np.asarray(known)
        kinds = {"i": "f", "u": "f"}
        same = [kinds.get(array.dtype.kind, array.dtype.kind) for array in (one, other)]
        return one.shape == other.shape and same[0] == same[1]
    return type(own) is type(known)


def _is_finite(value: Any) -> bool:
    if container_of(value) in ("list", "tuple"):
        return all(map(_is_finite, value))
    if container_of(value) not in ("array", "scalar"):
        return True
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.all(np.isfinite(array)))


def _as_plain(value: Any) -> Any:
    """What an instructor's function returned, in the form in which a box would have sent it."""
    if isinstance(value, (Expression, Plot, Table)):
        return value
    try:
        return decode_value(encode(value, VALUE_LIMIT, adapt))
    except (TypeError, TooLarge, BadPayload):
        return value


def _judge_case(check: Check, case: Case, value: Any, reference: Any) -> _Judged:
    if isinstance(value, Raised):
        return _judge_raised(check, case, value)
    if isinstance(value, _Lacking):
        what = f"there is no item {value.place!r} in what was returned"
        return _Judged(case, 0.0, Verdict.FAILED, what)
    judged = _compare(check, case, value, reference)
    if judged.passed:
        return _Judged(case, 1.0, Verdict.PASSED, judged.message)
    if getattr(check.by, "needs_reference", False) and getattr(check.by, "takes_reference", True):
        # An answer may be wrong because the check is: then no answer could be right.
        proof = _compare(check, case, reference, reference)
        if not proof.passed:
            raise _GraderFault(
                f"the reference value itself does not pass {check.by!r}: {proof.message}"
            )
    verdict = Verdict.PARTIAL if judged.fraction > 0 else Verdict.FAILED
    return _Judged(case, judged.fraction, verdict, judged.message)


def _compare(check: Check, case: Case, value: Any, reference: Any) -> Judgement:
    try:
        with np.errstate(all="ignore"):
            return judge_by(check.by, value, reference, case.arguments)
    except Exception as error:
        raise _GraderFault(
            f"the comparer {check.by!r} raised {type(error).__name__}: {error}"
        ) from error


def _judge_raised(check: Check, case: Case, raised: Raised) -> _Judged:
    if raised.name in _STOPPED:
        verdict, message = _STOPPED[raised.name]
        return _Judged(case, 0.0, verdict, message)
    undefined = clean((raised.details or {}).get("undefined"), 60)
    if undefined and undefined in _names(check.observe) - set(case.arguments):
        return _Judged(case, 0.0, Verdict.MISSING, f"the name {undefined} is not defined")
    message = (
        raised.message if case.edge or not case.arguments else _NUMBER.sub("…", raised.message)
    )
    return _Judged(case, 0.0, Verdict.ERROR, _say_error(raised.name, message, failed=False))


def _unobserved(case: Case, run: CellRun) -> _Judged:
    if run.status in _OF_STATUS:
        verdict, message = _OF_STATUS[run.status]
        return _Judged(case, 0.0, verdict, message.rstrip("."))
    raise _GraderFault("nothing was observed for one of the cases, though its cell ran")


def _names(observe: str) -> set[str]:
    """The names that an expression itself reads."""
    return {
        node.id
        for node in ast.walk(ast.parse(observe))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _say_error(name: str, message: str, failed: bool) -> str:
    name, message = clean(name, 60) or "an error", clean(message, 200)
    if failed:
        return message or "a test failed"
    if name == "NotImplementedError":
        return "raised NotImplementedError: is it still to be written?"
    return f"raised {name}: {message}" if message else f"raised {name}"


# What the student reads


def _explain(
    problem_set: ProblemSet,
    check: Check,
    judged: Sequence[_Judged],
    values: Sequence[Any],
    known: Sequence[Any],
) -> list[_Judged]:
    """Put one diagnosis over all draws in place of each draw's own message, if there is one."""
    compared = [
        (values[i], known[i], one.case.arguments)
        for i, one in enumerate(judged)
        if i < len(values) and not isinstance(values[i], (Raised, _Lacking)) and not one.carried
    ]
    wrong = [i for i, one in enumerate(judged) if one.verdict in (Verdict.FAILED, Verdict.PARTIAL)]
    if not wrong or check.reference is None:
        return list(judged)
    own = not getattr(check.by, "needs_reference", False) or getattr(check.by, "own_words", False)
    kind = ""
    if not (own and any(judged[i].message for i in wrong)):
        kind = diagnose(
            [(value, reference) for value, reference, _ in compared],
            rtol=float(getattr(check.by, "rtol", None) or 0.0),
            arguments=[arguments for _, _, arguments in compared],
        )
    explained = list(judged)
    for i in wrong:
        message = _merge(kind, judged[i].message)
        if problem_set.show_reference:
            shown = f"expected {_brief(known[i])}, got {_brief(values[i])}"
            message = f"{message} ({shown})" if message else shown
        one = judged[i]
        explained[i] = replace(one, message=message)
    return explained


def _merge(kind: str, message: str) -> str:
    """The diagnosis over all draws, and what is amiss with the form where a draw says so."""
    if not kind:
        return message
    found = re.search(r"(wrong (shape|dtype|length)|returned) .*", message)
    if found and found[2] == "shape" and "in the wrong shape" in kind:
        return f"the right values, but in the {found[0]}"
    return f"{kind}; {found[0]}" if found else kind


def _brief(value: Any) -> str:
    """A small value in a few characters, for problem sets that show reference values."""
    container = container_of(value)
    if container == "none":
        return "None"
    if container == "scalar":
        if type(value) is int and value.bit_length() > 200:
            return "a large whole number"
        if kind_of_scalar(value) in ("text", "bytes"):
            return repr(clean(str(value), 40))
        return f"{value:.10g}" if isinstance(value, (float, np.floating)) else str(value)
    if container == "array" and value.size <= 6:
        return np.array2string(value, precision=8, separator=", ").replace("\n", "")
    if container in ("list", "tuple") and len(value) <= 4:
        opening, closing = "[]" if container == "list" else "()"
        return opening + ", ".join(map(_brief, value)) + closing
    return "…"


def _settle_part(
    check: Check,
    judged: Sequence[_Judged],
    points: float,
    seen: Sequence[Observed],
) -> PartResult:
    fractions = [one.fraction for one in judged]
    fraction = sum(fractions) / len(fractions)
    if check.all_or_nothing:
        fraction = 1.0 if all(f == 1.0 for f in fractions) else 0.0
    if fraction == 1.0:
        verdict = Verdict.PASSED
    elif fraction > 0:
        verdict = Verdict.PARTIAL
    else:
        reasons = {one.verdict for one in judged if one.fraction < 1.0}
        verdict = next((v for v in _TELLING if v in reasons), Verdict.FAILED)
    sentences = [
        _sentence(_count(judged, check.all_or_nothing)),
        _carried(check, judged),
        _mutated(judged, seen),
    ]
    return PartResult(
        name=check.part,
        score=points if fraction == 1.0 else points * fraction,
        max_score=points,
        verdict=verdict,
        message=" ".join(filter(None, sentences)),
    )


def _count(judged: Sequence[_Judged], all_or_nothing: bool) -> str:
    """How many cases are right, and what is wrong with the most telling of the others."""
    wrong = [one for one in judged if one.fraction < 1.0]
    if not wrong:
        return ""
    missing = [one for one in wrong if one.verdict is Verdict.MISSING]
    if len(missing) == len(judged):
        return missing[0].message
    order = (*_TELLING, Verdict.PARTIAL)
    first = min(wrong, key=lambda one: (order.index(one.verdict), not one.message))
    right = len(judged) - len(wrong)
    if len(judged) == 1:
        return first.message or "wrong"
    if len(wrong) == len(judged) and _same_end(judged):
        return first.message
    if right == 0:
        partly = any(one.fraction > 0 for one in wrong)
        every = "both" if len(judged) == 2 else f"all {len(judged)}"
        head = f"{'not fully right' if partly else 'wrong'} on {every} hidden cases"
    else:
        head = f"right on {right} of {len(judged)} hidden cases"
        head += ", and all must be right" if all_or_nothing else ""
        edges = [one for one in wrong if one.case.edge]
        if edges:
            first = first if first.case.edge else edges[0]
            head += f"; {_edge(first.case)} fails"
    return f"{head}: {first.message}" if first.message else head


def _same_end(judged: Sequence[_Judged]) -> bool:
    """Whether no case came to a value, all for one reason: then their number says nothing."""
    reasons = {(one.verdict, one.message) for one in judged}
    return len(reasons) == 1 and judged[0].verdict not in (Verdict.FAILED, Verdict.PARTIAL)


def _edge(case: Case) -> str:
    """An edge case by its small arguments: the student may know what it is."""
    named = [f"{name} = {_short(value)}" for name, value in case.arguments.items() if _short(value)]
    return f"the edge case {', '.join(named[:4])}" if named else "an edge case"


def _short(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value)) if abs(int(value)) < 10**12 else ""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return repr(value) if isinstance(value, str) and len(value) <= 20 else ""


def _carried(check: Check, judged: Sequence[_Judged]) -> str:
    if not any(one.carried for one in judged):
        return ""
    return f"Judged by what follows from your own {' and '.join(check.carry)}."


def _mutated(judged: Sequence[_Judged], seen: Sequence[Observed]) -> str:
    known = {name for one in judged for name in one.case.arguments}
    changed = sorted({name for one in seen for name in one.mutated} & known)
    if not changed:
        return ""
    plural = "s" if len(changed) > 1 else ""
    return f"Note: it changes its argument{plural} {', '.join(changed)} in place."


def _sentence(text: str) -> str:
    if not text:
        return ""
    # A name such as `qmap` keeps its case.
    first = text.split(maxsplit=1)[0]
    text = text[0].upper() + text[1:] if first.isalpha() and first.islower() else text
    return text if text[-1] in ".?!" else text + "."


# The question


def _settle(
    cell: SourceCell, notebook: str, checks: Sequence[Check], parts: Sequence[PartResult]
) -> QuestionResult:
    points = _points(cell)
    weights = sum(check.weight for check in checks)
    full = all(part.verdict is Verdict.PASSED for part in parts)
    if full:
        score, verdict = points, Verdict.PASSED
    else:
        # thirds and two thirds make one
        score = math.fsum(part.score for part in parts if part.score is not None)
        some = any(part.verdict in (Verdict.PASSED, Verdict.PARTIAL) for part in parts)
        verdict = Verdict.PARTIAL if some else _most_telling(parts)
    named = len(parts) > 1 or bool(checks[0].part)
    assert weights > 0
    return QuestionResult(
        grade_id=cell.grade_id,
        notebook=notebook,
        score=score,
        max_score=points,
        verdict=verdict,
        evidence=Evidence.OUTSIDE,
        message=_of_parts(parts) if named else parts[0].message,
        parts=tuple(parts) if named else (),
    )


def _most_telling(parts: Sequence[PartResult]) -> Verdict:
    verdicts = {part.verdict for part in parts}
    return next((verdict for verdict in _TELLING if verdict in verdicts), Verdict.FAILED)


def _of_parts(parts: Sequence[PartResult]) -> str:
    """What is said of the parts, the same of several once, and of all of them without names."""
    named: dict[str, list[str]] = {}
    for part in parts:
        if part.message:
            named.setdefault(part.message, []).append(part.name)
    if len(named) == 1 and all(part.message for part in parts):
        return next(iter(named))
    return " ".join(
        f"{', '.join(filter(None, names))}: {message}" if any(names) else message
        for message, names in named.items()
    )


def _where(check: Check, text: str) -> str:
    part = f" (part {check.part!r})" if check.part else ""
    place = f"{PurePath(check.file).name}:{check.line}"
    return f"{place}: the check of {check.grade_id!r}{part}: {text}"


def _grader_error(cell: SourceCell, notebook: str, message: str) -> QuestionResult:
    return QuestionResult(
        grade_id=cell.grade_id,
        notebook=notebook,
        score=None,
        max_score=_points(cell),
        verdict=Verdict.GRADER_ERROR,
        evidence=Evidence.OUTSIDE,
        message=clean(message, 1000),
    )
