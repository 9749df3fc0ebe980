"""How far a problem set's tolerances stand from right answers' noise and from wrong answers.

The reference solution is observed under other seeds and under perturbations that change nothing
but rounding; filed wrong samples are observed as they are. What is measured is the distance from
the reference in units of what a comparer allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dfl_grading.box import Zygote
from dfl_grading.execute import execute
from dfl_grading.grading import Job, encoded_cases, observation_of
from dfl_grading.judge import item_at, judge_outside
from dfl_grading.model import CellRun, CellStatus, Observed, Verdict
from dfl_grading.problem_set import Check, ProblemSet
from dfl_grading.run import Observation
from dfl_grading.source import SourceNotebook
from dfl_grading.values import Raised
from dfl_grading.wire import decode_value, encode_value

__all__ = ["Margin", "SeedTrial", "calibrate", "count_stochastic", "try_seeds"]

Seen = Mapping[tuple[str, str], tuple[Observed, ...]]
"""What was observed, by (grade_id, group of parts)."""

_CLOSE = 0.1
"""Noise above this share of the tolerance, or a wrong answer within its inverse, is a warning."""

_ORDER = """
import numpy as _numpy
def _reversed(function):
    def call(a, *args, **kwargs):
        if isinstance(a, _numpy.ndarray) and a.ndim == 1 and not args and not kwargs:
            a = a[::-1]
        return function(a, *args, **kwargs)
    return call
for _name in ("sum", "mean", "prod"):
    setattr(_numpy, _name, _reversed(getattr(_numpy, _name)))
"""


@dataclass(frozen=True, kw_only=True)
class SeedTrial:
    """How often a stochastic check passed the reference solution, over so many other draws."""

    grade_id: str
    part: str
    passed: int
    tried: int
    stopped: int
    """How many of the others were stopped by a limit."""
    stated: float
    """The probability of failing a right answer that the grader file states."""


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The room around one part's tolerance, in units of the tolerance; None where it has none.

    `noise` is the largest distance of the reference under perturbations named in `from_`,
    `single` that of the reference given float32 arguments, `wrong` the smallest distance of a
    filed answer that fails, in `wrong_sample`. Right answers lie below 1, wrong ones above.
    """

    grade_id: str
    part: str
    noise: float | None
    noise_from: str
    single: float | None
    wrong: float | None
    wrong_sample: str

    @property
    def warning(self) -> str:
        """What is too near; empty where the tolerance has room on both sides."""
        if self.noise is not None and self.noise > 1:
            return f"the tolerance fails a right answer ({self.noise_from})"
        if self.noise is not None and self.noise > _CLOSE:
            return f"the reference's own noise ({self.noise_from}) is near the tolerance"
        if self.wrong is not None and self.wrong < 1 / _CLOSE:
            return f"the wrong answer of {self.wrong_sample} is near the tolerance"
        return ""


# ------------------------------------------------------------------ stochastic checks


def count_stochastic(job: Job) -> int:
    """How many of a problem set's parts are stochastic."""
    checks = job.grader.checks if job.grader else ()
    return sum(check.false_failure is not None for check in checks)


def try_seeds(job: Job, count: int, advance: Callable[[], object]) -> tuple[SeedTrial, ...]:
    """Judge the reference solution by every stochastic check, with `count` other draws each.

    `advance` is called after each draw of each check. Raises what `execute` raises.
    """
    if job.grader is None or count == 0:
        return ()
    chancy = [check for check in job.grader.checks if check.false_failure is not None]
    personal = ProblemSet(job.grader.name)
    personal.checks = [replace(check, per_student=True) for check in map(_drawn, chancy)]
    trials: list[SeedTrial] = []
    for notebook in job.notebooks:
        mine = {cell.grade_id for cell in notebook.graded}
        checks = [check for check in personal.checks if check.grade_id in mine]
        if checks:
            trials += _try_notebook(job, personal, notebook, checks, count, advance)
    return tuple(trials)


def _drawn(check: Check) -> Check:
    """The check without cases that are the same for every seed, where it draws any."""
    return replace(check, edges=()) if check.draw is not None else check


def _try_notebook(
    job: Job,
    personal: ProblemSet,
    notebook: SourceNotebook,
    checks: Sequence[Check],
    count: int,
    advance: Callable[[], object],
) -> Iterator[SeedTrial]:
    seeds = [f"seed {number}" for number in range(count)]
    wanted = [
        replace(
            observation_of(check, encoded_cases(personal, check, seed)),
            part=f"{check.group}\0{seed}",
        )
        for check in checks
        if check.part == check.group
        for seed in seeds
    ]
    with _zygote(job) as zygote:
        seen = _observe(job, zygote, notebook, wanted, notebook.document, patience=count)
    for check in checks:
        passed = stopped = 0
        for seed in seeds:
            values = seen.get((check.grade_id, f"{check.group}\0{seed}"), ())
            verdict = _verdict(personal, notebook, check, values, seed)
            passed += verdict is Verdict.PASSED
            stopped += verdict is Verdict.TIMEOUT
            advance()
        assert check.false_failure is not None
        yield SeedTrial(
            grade_id=check.grade_id,
            part=check.part,
            passed=passed,
            tried=count,
            stopped=stopped,
            stated=check.false_failure,
        )


def _verdict(
    personal: ProblemSet,
    notebook: SourceNotebook,
    check: Check,
    values: tuple[Observed, ...],
    seed: str,
) -> Verdict:
    alone = ProblemSet(personal.name)
    alone.checks = [check]
    result = judge_outside(
        alone,
        notebook.cell(check.grade_id),
        notebook.name,
        CellRun(status=CellStatus.OK),
        {check.part: values},
        {check.part: tuple(one.value for one in values)},
        seed,
    )
    return result.verdict


# ------------------------------------------------------------------ tolerances


def calibrate(
    job: Job,
    samples: Mapping[str, Mapping[str, Mapping[str, Any]]],
    advance: Callable[[], object],
) -> tuple[Margin, ...]:
    """The margins of every part that is judged by a number's distance.

    `samples` maps the names of filed wrong samples to their notebooks by name. `advance` is called
    after each run of a notebook.
    """
    if job.grader is None:
        return ()
    margins: list[Margin] = []
    for notebook in job.notebooks:
        base, noisy, single = _perturbed(job, notebook, advance)
        wrong = {}
        with _zygote(job) as zygote:
            for name, documents in samples.items():
                wanted = _wanted(job.grader, notebook)
                wrong[name] = _observe(job, zygote, notebook, wanted, documents[notebook.name])
                advance()
        for cell in notebook.graded:
            for check in job.grader.of(cell.grade_id):
                margins += _margin(check, base, noisy, single, wrong)
    return tuple(margins)


def _perturbed(
    job: Job, notebook: SourceNotebook, advance: Callable[[], object]
) -> tuple[Seen, dict[str, Seen], Seen]:
    """The reference as it is, under each perturbation of rounding, and given float32."""
    assert job.grader is not None
    wanted = _wanted(job.grader, notebook)
    plain = notebook.document
    noisy: dict[str, Seen] = {}
    with _zygote(job) as zygote:
        base = _observe(job, zygote, notebook, wanted, plain)
        advance()
        noisy["another random state"] = _observe(job, zygote, notebook, wanted, plain, seed=1)
        advance()
        reordered = [replace(one, observe=f"{_ORDER}\n{one.observe}") for one in wanted]
        noisy["another order of summation"] = _observe(job, zygote, notebook, reordered, plain)
        advance()
        narrow = [replace(one, cases=tuple(_single(case) for case in one.cases)) for one in wanted]
        single = _observe(job, zygote, notebook, narrow, plain)
        advance()
    # several BLAS threads cannot be forked into a box; the reference is the instructor's own
    with Zygote(interpreter=job.interpreter, preload=job.preload, walls=False, threads=2) as free:
        noisy["two BLAS threads"] = _observe(job, free, notebook, wanted, plain)
        advance()
    return base, noisy, single


def _margin(
    check: Check, base: Seen, noisy: Mapping[str, Seen], single: Seen, wrong: Mapping[str, Seen]
) -> list[Margin]:
    allowed = getattr(check.by, "allowed", None)
    if allowed is None:
        return []
    key = (check.grade_id, check.group)
    known = base.get(key, ())

    def distance(seen: Seen) -> float | None:
        return _distance(allowed, check.at, seen.get(key, ()), known)

    if distance(base) is None:
        return []  # no numbers

    noise, where = None, ""
    for name, seen in noisy.items():
        found = distance(seen)
        if found is not None and (noise is None or found > noise):
            noise, where = found, name
    # a sample that this part finds right says nothing about it: its mistake is elsewhere, and
    # whether its verdicts are as filed is proved apart
    nearest, sample = None, ""
    for name, seen in wrong.items():
        found = distance(seen)
        if found is not None and found > 1 and (nearest is None or found < nearest):
            nearest, sample = found, name
    return [
        Margin(
            grade_id=check.grade_id,
            part=check.part,
            noise=noise,
            noise_from=where,
            single=distance(single),
            wrong=nearest,
            wrong_sample=sample,
        )
    ]


def _distance(
    allowed: Callable[[Any], Any],
    at: int | str | None,
    seen: Sequence[Observed],
    known: Sequence[Observed],
) -> float | None:
    """The largest distance over the cases, in units of what is allowed; None where a value is no
    array of numbers of the reference's shape."""
    if len(seen) != len(known) or not known:
        return None
    largest = 0.0
    for one, other in zip(seen, known, strict=True):
        value, reference = (_numbers(item_at(at, each.value)) for each in (one, other))
        if value is None or reference is None or value.shape != reference.shape:
            return None
        with np.errstate(all="ignore"):
            gap = np.abs(value - reference)
            room = np.broadcast_to(np.asarray(allowed(np.abs(reference)), float), gap.shape)
            same = (value == reference) | (np.isnan(value) & np.isnan(reference))
            share = np.where(same, 0.0, gap / room)  # also where both are infinite, or both NaN
        if share.size:
            largest = max(largest, float(np.nan_to_num(share, nan=np.inf).max()))
    return largest


def _numbers(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, Raised):
        return None
    try:
        made = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return made.astype(complex) if made.dtype.kind in "iufc" else None


# ------------------------------------------------------------------ runs


def _wanted(grader: ProblemSet, notebook: SourceNotebook) -> list[Observation]:
    return [
        observation_of(check, encoded_cases(grader, check, ""))
        for cell in notebook.graded
        for check in grader.observed(cell.grade_id)
    ]


def _observe(
    job: Job,
    zygote: Zygote,
    notebook: SourceNotebook,
    wanted: Sequence[Observation],
    document: Mapping[str, Any],
    *,
    seed: int = 0,
    patience: int = 10,
) -> Seen:
    seconds = max(10, patience) * job.limits.notebook_seconds
    patient = replace(job.limits, notebook_seconds=seconds)
    execution = execute(document, zygote, patient, observations=wanted, files=job.files, seed=seed)
    return execution.observed


@contextmanager
def _zygote(job: Job) -> Iterator[Zygote]:
    with Zygote(
        interpreter=job.interpreter, preload=job.preload, hidden=job.hidden, walls=job.walls
    ) as made:
        yield made


def _single(case: bytes) -> bytes:
    """A case's arguments with float64 arrays and numbers rounded to float32."""
    return encode_value({name: _rounded(value) for name, value in decode_value(case).items()})


def _rounded(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    if isinstance(value, float):
        return float(np.float32(value))
    if isinstance(value, list | tuple):
        return type(value)(_rounded(item) for item in value)
    return value
