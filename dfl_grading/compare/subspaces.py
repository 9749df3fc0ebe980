"""Comparers of matrices whose columns matter only by what they span, or by being orthonormal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from dfl_grading.compare.closeness import refuse_tolerance
from dfl_grading.compare.forms import Form, Misfit, pair_up
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import NUMERIC, amiss, array_of, describe, kind_of_array

__all__ = ["orthonormal", "same_subspace"]

Array = np.ndarray[Any, Any]

_MOST_EXTRA: Final = 4
"""So many times its dimension may a space be spanned; more costs time and says nothing."""


@dataclass(frozen=True, kw_only=True, repr=False)
class same_subspace(Written):
    """Judge the space that a matrix's columns span, such as a degenerate eigenspace.

    Invariance: any change of basis, so value and value @ M are judged alike for every
    invertible M; any number of columns that span the space will do. The sine of the largest
    principal angle must be at most `atol` (Björck and Golub 1973, Numerical methods for
    computing angles between linear subspaces). The rank is LAPACK's: singular values below
    max(n, k) eps times the largest count as zero. Shape: (n, k), or (n,) for one vector;
    n is the reference's. With `rows`, the rows span the space.
    """

    atol: float | None = None
    rows: bool = False

    needs_reference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        refuse_tolerance("same_subspace", atol=self.atol)

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """All the credit or none."""
        if amiss(value):
            return fail(amiss(value, describe(reference)))
        left, right = _matrix(value, self.rows), _matrix(reference, self.rows)
        if isinstance(left, str):
            return fail(left)
        if isinstance(right, str):
            return fail(f"the reference is no matrix: {right}")
        length, wanted = left.shape[0], right.shape[0]
        if length != wanted:
            return fail(f"wrong shape: vectors of length {length}, expected {wanted}")
        if left.shape[1] > right.shape[1] + _MOST_EXTRA * wanted:
            return fail(f"wrong shape: {left.shape[1]} vectors of length {length}")
        return self._judge(_basis(left), _basis(right))

    def _judge(self, given: Array | None, known: Array | None) -> Judgement:
        if given is None or known is None:
            return fail("no singular value decomposition")
        if given.shape[1] != known.shape[1]:
            return fail(f"spans a space of dimension {given.shape[1]}, expected {known.shape[1]}")
        return full() if _sine(given, known) <= (self.atol or 0.0) else fail("another subspace")


def _basis(matrix: Array) -> Array | None:
    """An orthonormal basis of what the columns span; None where LAPACK finds none."""
    if not matrix.size:
        return matrix[:, :0]
    try:
        left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError:
        return None
    rank = int(np.sum(values > max(matrix.shape) * np.finfo(float).eps * values[0]))
    return np.asarray(left[:, :rank])


def _matrix(value: Any, rows: bool) -> Array | str:
    """A finite matrix of doubles whose columns are judged, or what the value is instead."""
    array = array_of(value)
    if array is None or kind_of_array(array) not in NUMERIC:
        return f"returned {describe(value)}, expected a matrix of numbers"
    if array.ndim not in (1, 2):
        return f"wrong shape {array.shape}, expected a matrix"
    with np.errstate(over="ignore"):
        matrix = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    if not np.all(np.isfinite(matrix)):
        return "not finite"
    if matrix.ndim == 1:
        return matrix[:, None]
    return matrix.T if rows else matrix


def _sine(given: Array, known: Array) -> float:
    """The sine of the largest principal angle between two orthonormal bases of equal rank."""
    if not known.size:
        return 0.0
    apart = given - known @ (known.conj().T @ given)
    return float(np.linalg.norm(apart, 2))


@dataclass(frozen=True, kw_only=True, repr=False)
class orthonormal(Form):
    """Judge whether a matrix has orthonormal columns: max |Q* Q - 1| <= atol.

    Invariance: value and U value are judged alike for every orthogonal (or unitary) U, and so
    are all orders and signs of the columns. Needs no reference; where there is one, the value
    must have its shape and kind. Shape: (n, k) with k <= n. With `rows`, the rows are judged.
    Source: Golub and Van Loan, Matrix Computations, 2.1.
    """

    atol: float | None = None
    rows: bool = False

    needs_reference: ClassVar[bool] = False

    def __post_init__(self) -> None:
        refuse_tolerance("orthonormal", atol=self.atol)

    def __call__(self, value: Any, reference: Any = None) -> Judgement:
        """All the credit or none."""
        if amiss(value):
            return fail(amiss(value))
        misfits = pair_up(value, reference, self) if reference is not None else []
        for misfit in misfits:
            if isinstance(misfit, Misfit):
                return fail(misfit.message)
        matrix = _matrix(value, self.rows)
        if isinstance(matrix, str):
            return fail(matrix)
        if matrix.shape[1] > matrix.shape[0]:
            which = "rows" if self.rows else "columns"
            return fail(f"more {which} than can be orthogonal: shape {np.shape(value)}")
        with np.errstate(all="ignore"):
            return self._judge(matrix.conj().T @ matrix)

    def _judge(self, gram: Array) -> Judgement:
        atol = self.atol or 0.0
        which = "rows" if self.rows else "columns"
        lengths = np.abs(np.diag(gram) - 1) <= atol
        angles = np.abs(gram - np.diag(np.diag(gram))) <= atol
        if np.all(lengths) and np.all(angles):
            return full()
        if np.all(angles):
            return fail(f"the {which} are orthogonal, but not normalised")
        if np.all(lengths):
            return fail(f"the {which} are normalised, but not orthogonal")
        return fail(f"the {which} are not orthonormal")
