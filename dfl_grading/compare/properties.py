"""Comparers that ask for a property of the answer instead of comparing it with a reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from dfl_grading.compare.closeness import refuse_tolerance, right_where
from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.forms import Form, Misfit, pair_up
from dfl_grading.compare.judgement import Judgement, fail, full
from dfl_grading.compare.plain import NUMERIC, amiss, array_of, describe, kind_of_array
from dfl_grading.errors import GraderFileError

__all__ = ["convergence_order", "gradient_of", "in_interval", "monotone", "residual"]

Array = np.ndarray[Any, Any]
Bound = float | Callable[..., Any]


def _numbers(value: Any, expected: str, *, finite: bool = True) -> Array | str:
    """The value as an array of numbers, or why it is none."""
    if amiss(value):
        return amiss(value, expected)
    array = array_of(value)
    if array is None or kind_of_array(array) not in NUMERIC | {"other"}:
        return f"returned {describe(value)}, expected {expected}"
    try:
        array = array.astype(np.result_type(array, np.float64)) if array.dtype != object else (
            array.astype(np.float64)
        )
    except OverflowError:
        return "not finite"
    if finite and not np.all(np.isfinite(array)):
        odd = int(np.count_nonzero(~np.isfinite(array)))
        return f"not finite: {odd} of {array.size} values" if array.size > 1 else "not finite"
    return array


def _reals(value: Any, expected: str) -> Array | str:
    array = _numbers(value, expected)
    if not isinstance(array, str) and np.iscomplexobj(array):
        return f"returned complex numbers, expected {expected}"
    return array


@dataclass(frozen=True, kw_only=True)
class _Residual(Form):
    equation: Callable[..., Any]
    rtol: float | None = None
    atol: float | None = None

    needs_reference: ClassVar[bool] = False


class residual:
    """Judge whether a value satisfies an equation: max |equation(value, **case)| <= atol.

    `equation` is the instructor's: it takes the value and the case's arguments by name, and
    returns what must vanish (a number, an array, or several in a tuple). It may return a pair
    (residual, scale) under `relative=True`; then max |residual| <= rtol max |scale| is asked,
    as for |Ax - lambda x| against |A| |x| (Higham, Accuracy and Stability of Numerical
    Algorithms, 7.1). Invariance: every solution of the equation is judged alike. Give the
    check a reference too where there is one: the value must then have its form (container,
    shape, kind), and an equation that cannot take a strange value is no fault of the check.
    Raises GraderFileError without a tolerance.
    """
