"""Comparers that ask for a property of the answer instead of comparing it with a reference.

Where the check has a reference all the same, the value must have its form (container, shape,
kind) before its property is looked at. Functions that the instructor gives take the case's
arguments by name; what they raise is the instructor's fault, not the student's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from dfl_grading.compare.closeness import refuse_tolerance, right_where
from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.forms import Form, Misfit, pair_up
from dfl_grading.compare.judgement import Judgement, fail, full
from dfl_grading.compare.plain import (
    NUMERIC,
    amiss,
    array_of,
    container_of,
    describe,
    kind_of_array,
)
from dfl_grading.errors import GraderFileError

__all__ = ["convergence_order", "gradient_of", "in_interval", "monotone", "residual"]

Array = np.ndarray[Any, Any]
Case = Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class _Property(Form):
    """What they share: no reference is needed, but its form counts where there is one."""

    needs_reference: ClassVar[bool] = False

    def misfit(self, value: Any, reference: Any) -> str:
        """Why the value's form is wrong; "" where it is right or nothing is known of it."""
        if amiss(value):
            return amiss(value)
        if reference is None:
            return ""
        for one in pair_up(value, reference, self):
            if isinstance(one, Misfit):
                return f"{one.path}: {one.message}" if one.path else one.message
        return ""


def _numbers(value: Any, expected: str, *, real: bool = True) -> Array | str:
    """The value as an array of finite doubles, or why it is none."""
    array = array_of(value)
    if array is None or kind_of_array(array) not in NUMERIC | {"other"}:
        return f"returned {describe(value)}, expected {expected}"
    if real and np.iscomplexobj(array):
        return f"returned complex numbers, expected {expected}"
    try:
        with np.errstate(over="ignore"):
            array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    except OverflowError:
        return "a whole number too large for a double"
    odd = int(np.count_nonzero(~np.isfinite(array)))
    if odd:
        return f"not finite: {odd} of {array.size} values" if array.size > 1 else "not finite"
    return array


def _all_finite(value: Any) -> str:
    """Why a number, an array or a nest of them is not made of finite numbers; "" where it is."""
    container = container_of(value)
    if container in ("list", "tuple") and array_of(value) is None:
        return next(filter(None, map(_all_finite, value)), "")
    if container == "dict":
        return next(filter(None, map(_all_finite, value.values())), "")
    numbers = _numbers(value, "numbers", real=False)
    return numbers if isinstance(numbers, str) else ""


@dataclass(frozen=True, kw_only=True, repr=False)
class residual(_Property):
    """Judge whether a value satisfies an equation: max |equation(value, **case)| <= atol.

    `equation` returns what must vanish: a number, an array, or a tuple of them; let it refuse
    the trivial solution too, as (A @ x - lam * x, x @ x - 1) does. With `rtol`, the tolerance
    is max(atol, rtol scale(**case)), a scale of the problem and never of the answer (Higham,
    Accuracy and Stability of Numerical Algorithms, 7.1). Invariance: all solutions of the
    equation are judged alike. Shapes: whatever the equation takes; give the check a reference
    where there is one, for then strange shapes are the student's fault, not the equation's.
    Raises GraderFileError without a tolerance, and for `rtol` without `scale`.
    """

    equation: Callable[..., Any] = field(kw_only=False)
    rtol: float | None = None
    atol: float | None = None
    scale: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        refuse_tolerance("residual", rtol=self.rtol, atol=self.atol)
        if self.rtol is not None and self.scale is None:
            raise GraderFileError("residual(rtol=) needs scale=, a function of the case.")

    def __call__(self, value: Any, reference: Any = None, case: Case = None) -> Judgement:
        """All the credit or none."""
        wrong = self.misfit(value, reference) or _all_finite(value)
        if wrong:
            return fail(wrong)
        arguments = dict(case or {})
        try:
            left = self.equation(value, **arguments)
        except Exception:
            if reference is None:
                raise
            self.equation(reference, **arguments)
            return fail("does not fit the equation that it must satisfy")
        size = _size(left)
        allowed = self.atol or 0.0
        if self.scale is not None:
            allowed = max(allowed, (self.rtol or 0.0) * _size(self.scale(**arguments)))
        if size <= allowed:
            return full()
        return fail("does not satisfy the equation that it must satisfy")


def _size(left: Any) -> float:
    """The largest modulus in a number, an array or a tuple of them; NaN stays NaN."""
    parts = left if isinstance(left, (tuple, list)) else (left,)
    sizes = [np.abs(np.asarray(part)).max(initial=0.0) for part in parts]
    return float(np.max(sizes, initial=0.0))


@dataclass(frozen=True, kw_only=True, repr=False)
class gradient_of(_Property):
    """Judge the derivative of a function at the case's argument `at`, found numerically.

    `function(**case)` returns a number or an array. Shape: that of the function's result,
    followed by that of the argument. Each entry must lie within
    max(atol, rtol max |gradient|). `method` is "central" (differences of fourth order, good to
    about 1e-11 for smooth functions) or "complex" (one complex step, good to rounding, for
    functions that take complex arguments: Squire and Trapp 1998, SIAM Review 40). Invariance:
    adding a constant to the function changes nothing. Raises GraderFileError without a
    tolerance.
    """

    function: Callable[..., Any] = field(kw_only=False)
    at: str
    rtol: float | None = None
    atol: float | None = None
    method: Literal["central", "complex"] = "central"

    def __post_init__(self) -> None:
        refuse_tolerance("gradient_of", rtol=self.rtol, atol=self.atol)
        if self.method not in ("central", "complex"):
            raise GraderFileError(f"gradient_of(method={self.method!r}): central or complex.")

    def __call__(self, value: Any, reference: Any = None, case: Case = None) -> Judgement:
        """All the credit or none; the kind of wrong where it has a name."""
        gradient = self._gradient(dict(case or {}))
        wrong = self.misfit(value, reference)
        given = wrong or _numbers(value, "real numbers")
        if isinstance(given, str):
            return fail(given)
        if given.shape != gradient.shape:
            kind = diagnose([(given, gradient)], rtol=self.rtol or 0.0)
            found = f"wrong shape {given.shape}, expected {gradient.shape or 'a single number'}"
            return fail(f"{kind}; {found}" if kind == "transposed" else found)
        largest = np.abs(gradient).max(initial=0.0)
        allowed = max(self.atol or 0.0, (self.rtol or 0.0) * float(largest))
        right = right_where(given, gradient, allowed)
        if np.all(right):
            return full()
        kind = diagnose([(given, gradient)], rtol=self.rtol or 0.0)
        wrong_count = int(np.count_nonzero(~right))
        return fail(kind or f"{wrong_count} of {gradient.size} entries of the gradient are wrong")

    def _gradient(self, case: dict[str, Any]) -> Array:
        if self.at not in case:
            raise GraderFileError(f"gradient_of(at={self.at!r}): the case has no such argument.")
        point = np.asarray(case[self.at], dtype=np.float64)
        columns = [self._slope(case, point, index) for index in np.ndindex(point.shape)]
        shape = columns[0].shape if columns else ()
        stacked = np.stack(columns, axis=-1) if columns else np.zeros((*shape, 0))
        return stacked.reshape((*shape, *point.shape))

    def _slope(self, case: dict[str, Any], point: Array, index: tuple[int, ...]) -> Array:
        def at(step: complex) -> Array:
            moved = point.astype(complex if isinstance(step, complex) else float)
            moved[index] += step
            argument = moved if point.ndim else moved[()]
            return np.asarray(self.function(**{**case, self.at: argument}))

        if self.method == "complex":
            tiny = 1e-30
            return np.asarray(at(complex(0.0, tiny)).imag / tiny)
        h = np.finfo(float).eps ** 0.2 * max(1.0, abs(float(point[index])))
        h = (float(point[index]) + h) - float(point[index])
        near, far = at(h) - at(-h), at(2 * h) - at(-2 * h)
        return np.asarray((8 * near - far) / (12 * h), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, repr=False)
class convergence_order(_Property):
    """Judge the order of a method by how fast its errors vanish with the step.

    The value holds one error for each step size in the case's argument `steps` (1-D, at least
    two); with `exact(**case)` it holds approximations, and the errors are taken against that,
    which a made-up list of errors does not survive. The slope of log |error| over log h, by
    least squares, must lie within `within` of `order`. Shape: (k,), that of the steps.
    Invariance: a common factor of all errors changes nothing. Source: Süli and Mayers,
    An Introduction to Numerical Analysis, 12.
    """

    order: float = field(kw_only=False)
    within: float | None = None
    steps: str = "h"
    exact: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        refuse_tolerance("convergence_order", within=self.within)

    def __call__(self, value: Any, reference: Any = None, case: Case = None) -> Judgement:
        """All the credit or none."""
        arguments = dict(case or {})
        if self.steps not in arguments:
            raise GraderFileError(
                f"convergence_order(steps={self.steps!r}): the case has no such argument."
            )
        steps = np.asarray(arguments[self.steps], dtype=np.float64)
        if steps.ndim != 1 or len(np.unique(steps)) < 2 or not np.all(steps > 0):
            raise GraderFileError("convergence_order() needs two or more positive step sizes.")
        wrong = self.misfit(value, reference)
        given = wrong or _numbers(value, "real numbers")
        if isinstance(given, str):
            return fail(given)
        if given.shape != steps.shape:
            return fail(f"wrong shape {given.shape}, expected {steps.shape}")
        exact = self.exact(**arguments) if self.exact is not None else 0.0
        return self._judge(np.abs(given - exact), steps)

    def _judge(self, errors: Array, steps: Array) -> Judgement:
        if not np.all(errors > 0):
            return fail("an error of exactly zero: the order cannot be told")
        if np.all(errors == errors[0]):
            return fail("the error does not change with the step")
        slope = float(np.polyfit(np.log(steps), np.log(errors), 1)[0])
        if abs(slope - self.order) <= (self.within or 0.0):
            return full()
        if slope < 0:
            return fail("the error grows as the step shrinks")
        return fail(f"converges {'too slowly' if slope < self.order else 'faster than it can'}")


@dataclass(frozen=True, kw_only=True, repr=False)
class monotone(_Property):
    """Judge whether numbers rise (or fall) along the last axis, within `atol`.

    `direction` is "increasing" or "decreasing"; each step must be at least -atol in that
    direction, and with `strict` more than atol. Invariance: adding a constant changes
    nothing. Shape: at least two entries along the last axis. `atol` must be written.
    """

    direction: Literal["increasing", "decreasing"] = field(kw_only=False)
    atol: float | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        refuse_tolerance("monotone", atol=self.atol)
        if self.direction not in ("increasing", "decreasing"):
            raise GraderFileError(
                f"monotone(direction={self.direction!r}): increasing or decreasing."
            )

    def __call__(self, value: Any, reference: Any = None) -> Judgement:
        """All the credit or none."""
        wrong = self.misfit(value, reference)
        given = wrong or _numbers(value, "real numbers")
        if isinstance(given, str):
            return fail(given)
        if given.ndim == 0 or given.shape[-1] < 2:
            if reference is not None:
                return full()
            return fail("too few values to rise or fall")
        atol = self.atol or 0.0
        steps = np.diff(given, axis=-1) * (1.0 if self.direction == "increasing" else -1.0)
        good = steps > atol if self.strict else steps >= -atol
        if np.all(good):
            return full()
        count = int(np.count_nonzero(~good))
        return fail(f"not {self.direction}: {count} of {good.size} steps go the wrong way")


@dataclass(frozen=True, kw_only=True, repr=False)
class in_interval(_Property):
    """Judge whether all numbers lie between `low` and `high`, ends included unless `open`.

    Each bound is a number, a function of the case's arguments, or None for no bound; no
    tolerance is added to it. Invariance: all values inside are judged alike. Shape: any that
    is not empty; integers serve as well as reals. With `elementwise`, the fraction of the
    numbers that lie inside is awarded. Raises GraderFileError without any bound.
    """

    low: float | Callable[..., Any] | None = field(default=None, kw_only=False)
    high: float | Callable[..., Any] | None = field(default=None, kw_only=False)
    open: bool = False
    elementwise: bool = False

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise GraderFileError("in_interval() needs low= or high=.")

    def __call__(self, value: Any, reference: Any = None, case: Case = None) -> Judgement:
        """All the credit or none, unless `elementwise`."""
        low, high = self._bound(self.low, -math.inf, case), self._bound(self.high, math.inf, case)
        if not low <= high:
            raise GraderFileError(f"in_interval() has low={low!r} above high={high!r}.")
        wrong = self.misfit(value, reference)
        given = wrong or _numbers(value, "real numbers")
        if isinstance(given, str):
            return fail(given)
        if not given.size:
            return full() if reference is not None else fail("no values at all")
        below = given <= low if self.open else given < low
        above = given >= high if self.open else given > high
        outside = int(np.count_nonzero(below | above))
        if not outside:
            return full()
        side = "too small" if not np.any(above) else "too large" if not np.any(below) else "outside"
        share = f"{outside} of {given.size} values are " if given.size > 1 else ""
        return Judgement(1 - outside / given.size if self.elementwise else 0.0, share + side)

    def _bound(self, bound: Any, without: float, case: Case) -> float:
        if bound is None:
            return without
        return float(bound(**dict(case or {})) if callable(bound) else bound)
