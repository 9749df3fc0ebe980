"""Comparers for answers that are right up to a sign, a phase, an order, a scale or a constant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from dfl_grading.compare.closeness import join, refuse_tolerance, right_where
from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.forms import Form, Misfit, Pair, pair_array
from dfl_grading.compare.judgement import Judgement, fail, full

__all__ = [
    "ByArray",
    "sorted_close",
    "up_to_constant",
    "up_to_permutation",
    "up_to_phase",
    "up_to_scale",
    "up_to_sign",
]

Array = np.ndarray[Any, Any]

_LARGEST_MATCHING: Final = 2000
"""More rows than this are matched in sorted order, not by the best matching."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ByArray(Form):
    """What the comparers of one array of numbers share.

    A number x is within tolerance of ref where |x - ref| <= max(atol, rtol |ref|); with
    `normwise` the scale is max |ref| over the array. At least one tolerance must be written.
    """

    rtol: float | None = None
    atol: float | None = None
    normwise: bool = False

    needs_reference: ClassVar[bool] = True
    freedom: ClassVar[str] = ""
    """What an answer may do, in words: "up to sign"."""

    def __post_init__(self) -> None:
        refuse_tolerance(type(self).__name__, rtol=self.rtol, atol=self.atol)

    def near(self, value: Array, reference: Array) -> Array:
        """Where the value lies within the tolerance of the reference, truth values."""
        with np.errstate(all="ignore"):
            size = np.abs(reference.astype(np.result_type(reference, np.float64), copy=False))
            return right_where(value, reference, self._allowed(size))

    def _allowed(self, size: Array) -> Array | float:
        rtol, atol = self.rtol or 0.0, self.atol or 0.0
        if self.normwise:
            known = size[np.isfinite(size)]
            return max(atol, rtol * float(known.max())) if known.size else atol
        return np.maximum(atol, rtol * size)

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether the arrays agree under the comparer's symmetry; both finite, of one shape."""
        raise NotImplementedError

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """All the credit or none; the message names what kind of wrong it is."""
        pair = pair_array(value, reference, self)
        if isinstance(pair, Misfit):
            found = f"{pair.path}: {pair.message}" if pair.path else pair.message
            return fail(join(diagnose([(value, reference)], rtol=self.rtol or 0.0), found))
        return self._judge(pair, value, reference)

    def _judge(self, pair: Pair, value: Any, reference: Any) -> Judgement:
        if not np.all(np.isfinite(pair.reference)):
            return fail("the reference is not finite, and this comparer judges finite numbers")
        odd = int(np.count_nonzero(~np.isfinite(pair.value)))
        if odd:
            return fail(f"not finite: {odd} of {pair.size} values" if odd > 1 else "not finite")
        with np.errstate(all="ignore"):
            if not pair.size or self.agrees(pair.value, pair.reference):
                return full()
        kind = diagnose([(value, reference)], rtol=self.rtol or 0.0)
        return fail(kind or self.otherwise())

    def otherwise(self) -> str:
        """What to say where no mistake with a name of its own explains the answer."""
        return f"wrong, even {self.freedom}"


def _by_columns(
    agrees: Callable[[Array, Array], bool], value: Array, reference: Array, columns: bool
) -> bool:
    """Apply a test to the whole arrays, or to each column of matrices by itself."""
    if not columns or reference.ndim < 2:
        return agrees(value, reference)
    return all(
        agrees(value[..., index], reference[..., index]) for index in range(reference.shape[-1])
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class up_to_sign(ByArray):
    """Judge an array that is determined up to its sign, such as an eigenvector.

    Invariance: value and -value are judged alike; with `columns`, each column (last axis) has
    a sign of its own, as the columns of U in an SVD (Golub and Van Loan, Matrix Computations,
    2.4). Shape: any, real or complex; the reference's.
    """

    freedom: ClassVar[str] = "up to sign"

    columns: bool = False

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether value or -value is near, column by column if asked."""
        return _by_columns(self._either, _float(value), reference, self.columns)

    def _either(self, value: Array, reference: Array) -> bool:
        return bool(np.all(self.near(value, reference)) or np.all(self.near(-value, reference)))


@dataclass(frozen=True, kw_only=True, repr=False)
class up_to_phase(ByArray):
    """Judge an array that is determined up to a complex phase, such as a complex eigenvector.

    Invariance: value and value exp(i t) are judged alike for every real t; with `columns`,
    each column has a phase of its own. The phase is taken from the inner product with the
    reference. Shape: any; the reference's. Real and complex arrays serve for each other.
    """

    freedom: ClassVar[str] = "up to phase"

    columns: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        # A real vector times a phase is complex: the dtype says nothing here.
        object.__setattr__(self, "complex_ok", True)
        object.__setattr__(self, "real_ok", True)

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether value, turned by its best phase, is near."""
        return _by_columns(self._turned, _float(value), _float(reference), self.columns)

    def _turned(self, value: Array, reference: Array) -> bool:
        overlap = np.vdot(_unit(value), _unit(reference))
        phase = overlap / abs(overlap) if overlap != 0 else 1.0
        return bool(np.all(self.near(value * phase, reference)))


@dataclass(frozen=True, kw_only=True, repr=False)
class up_to_scale(ByArray):
    """Judge an array that is determined up to a factor, such as an unnormalised density.

    Invariance: value and c value are judged alike for every c > 0, and for every c other than
    zero unless `positive`; with `columns`, each column has a factor of its own. The factor is
    the least-squares one. Zero is right only for zero. Shape: any; the reference's.
    """

    freedom: ClassVar[str] = "up to a factor"

    columns: bool = False
    positive: bool = False

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether value, divided by its best factor, is near."""
        return _by_columns(self._scaled, _float(value), _float(reference), self.columns)

    def _scaled(self, value: Array, reference: Array) -> bool:
        if not np.any(reference):
            return not np.any(value)
        size = np.abs(reference).max()
        left, right = _unit(value), reference / size
        factor = np.vdot(right, left) / np.vdot(right, right)
        if self.positive and not factor.real > 0:
            return False
        return bool(np.all(self.near(left / factor * size, reference)))


@dataclass(frozen=True, kw_only=True, repr=False)
class up_to_constant(ByArray):
    """Judge an array that is determined up to an added constant, such as a potential.

    Invariance: value and value + c are judged alike, and so are ref and ref + c: both are
    centred on their means, and `rtol` is relative to the largest deviation of the reference
    from its mean. Shape: any with two entries at least; the reference's.
    """

    freedom: ClassVar[str] = "up to a constant"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "normwise", True)

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether the two are near once each is centred."""
        return bool(np.all(self.near(_centred(value), _centred(reference))))


@dataclass(frozen=True, kw_only=True, repr=False)
class sorted_close(ByArray):
    """Judge numbers whose order does not matter, such as a spectrum.

    Invariance: any order of the entries along the last axis. Real numbers are compared in
    ascending order; complex ones, which have none, by the best one-to-one matching.
    Shape: any; the reference's.
    """

    freedom: ClassVar[str] = "in any order"

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether the entries are near in some order, along the last axis."""
        if np.iscomplexobj(value) or np.iscomplexobj(reference):
            rows = reference.reshape(-1, reference.shape[-1] if reference.ndim else 1)
            return all(
                _matched(self, left[:, None], right[:, None])
                for left, right in zip(value.reshape(rows.shape), rows, strict=True)
            )
        if reference.ndim == 0:
            return bool(self.near(value, reference))
        return bool(np.all(self.near(np.sort(value, axis=-1), np.sort(reference, axis=-1))))


@dataclass(frozen=True, kw_only=True, repr=False)
class up_to_permutation(ByArray):
    """Judge an array whose rows may come in any order, such as cluster centres.

    Invariance: any order of the slices along `axis` (0, the rows, unless written). Slices are
    matched one to one (Hopcroft and Karp 1973). Shape: at least 1-D; the reference's.
    """

    freedom: ClassVar[str] = "in any order"

    axis: int = 0

    def agrees(self, value: Array, reference: Array) -> bool:
        """Whether some order of the slices brings them all near."""
        if not -reference.ndim <= self.axis < reference.ndim:
            return bool(np.all(self.near(value, reference)))
        left = np.moveaxis(value, self.axis, 0)
        right = np.moveaxis(reference, self.axis, 0)
        count = left.shape[0]
        return _matched(self, left.reshape(count, -1), right.reshape(count, -1))


def _matched(comparer: ByArray, value: Array, reference: Array) -> bool:
    """Whether the rows can be matched one to one so that each lies near its partner."""
    count = reference.shape[0]
    if np.all(comparer.near(value, reference)):
        return True
    if count > _LARGEST_MATCHING:
        left, right = (rows[np.lexsort(_keys(rows))] for rows in (value, reference))
        return bool(np.all(comparer.near(left, right)))
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    fits = np.empty((count, count), dtype=bool)
    for index in range(count):
        row = np.broadcast_to(value[index], reference.shape)
        fits[index] = np.all(comparer.near(row, reference), axis=1)
    return bool(np.all(maximum_bipartite_matching(csr_array(fits)) >= 0))


def _keys(rows: Array) -> Array:
    if np.iscomplexobj(rows):
        rows = np.concatenate([rows.real, rows.imag], axis=1)
    return np.asarray(rows.T[::-1])


def _float(array: Array) -> Array:
    return array.astype(np.result_type(array, np.float64), copy=False)


def _unit(array: Array) -> Array:
    """The array over its largest modulus: an inner product of it cannot overflow."""
    size = np.abs(array).max() if array.size else 0.0
    return array / size if size > 0 else array


def _centred(array: Array) -> Array:
    wide = _float(array)
    # Halves first: the sum of two large numbers may overflow where their mean does not.
    return np.asarray(wide - (wide / wide.size).sum())
