"""Comparers that judge number by number: each says how far a number may lie from its reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import numpy as np

from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.forms import Form, Misfit, Pair, pair_up
from dfl_grading.compare.judgement import Judgement, full
from dfl_grading.compare.plain import NUMERIC, kind_of_array
from dfl_grading.errors import GraderFileError

__all__ = [
    "ByNumber",
    "close",
    "decimals",
    "exact",
    "join",
    "refuse_tolerance",
    "right_where",
    "significant_figures",
    "ulp",
]

Array = np.ndarray[Any, Any]

_BLOCK: Final = 15_000
"""Its temporaries are below 128 kB: they stay in the cache, and take no fresh pages."""

# A comparer is a frozen dataclass whose name is in lower case: a grader file reads it as the
# verb that it is, and its repr is the call that made it.


def refuse_tolerance(name: str, **tolerances: float | None) -> None:
    """Raise GraderFileError unless at least one tolerance is written, and each makes sense."""
    written = {key: given for key, given in tolerances.items() if given is not None}
    if not written:
        wanted = "= or ".join(tolerances)
        raise GraderFileError(f"{name}() has no default tolerance; write {wanted}=.")
    for key, given in written.items():
        number = isinstance(given, (int, float, np.integer, np.floating))
        if isinstance(given, bool) or not number or not 0 <= given < math.inf:
            raise GraderFileError(
                f"{name}({key}={given!r}) is no tolerance; write a finite number, zero or above."
            )


@dataclass(frozen=True, kw_only=True, repr=False)
class ByNumber(Form):
    """What the comparers that judge number by number share.

    Containers, shapes and kinds are judged first, as `Form` says; text and truth values inside
    must be equal; infinities match by sign. `nan_equal` lets NaN serve for NaN; `elementwise`
    awards the fraction of the reference's items that are right instead of all or nothing.
    """

    nan_equal: bool = False
    elementwise: bool = False

    needs_reference: ClassVar[bool] = True
    tolerant: ClassVar[bool] = True

    def allowed(self, reference: Array) -> Array | float:
        """How far a number may lie from each number of the reference (floats, same shape)."""
        raise NotImplementedError

    def allowed_exact(self, reference: Fraction) -> Fraction:
        """The same for one number that is too large for a double."""
        return Fraction(0)

    def right(self, pair: Pair) -> Array:
        """Where the pair's value is right: truth values in the pair's shape."""
        value, reference = pair.value, pair.reference
        if kind_of_array(reference) not in NUMERIC | {"other"}:
            return _equal(value, reference, self.nan_equal)
        if value.dtype == object or reference.dtype == object:
            return self._right_large(value, reference)
        if reference.size <= _BLOCK or not self.local:
            return self._right_block(value, reference)
        flat, known = value.reshape(-1), reference.reshape(-1)
        right = np.empty(flat.shape, dtype=bool)
        for start in range(0, flat.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            right[part] = self._right_block(flat[part], known[part])
        return right.reshape(reference.shape)

    @property
    def local(self) -> bool:
        """Whether what is allowed of a number depends on its own reference only."""
        return True

    def _right_block(self, value: Array, reference: Array) -> Array:
        with np.errstate(all="ignore"):
            size = np.abs(reference.astype(_wide(reference), copy=False))
            return right_where(value, reference, self.allowed(size), self.nan_equal)

    def _right_large(self, value: Array, reference: Array) -> Array:
        right = [
            self._is_right(x, r)
            for x, r in zip(value.ravel().tolist(), reference.ravel().tolist(), strict=True)
        ]
        return np.array(right, dtype=bool).reshape(reference.shape)

    def _is_right(self, value: Any, reference: Any) -> bool:
        try:
            exact, known = Fraction(value), Fraction(reference)
        except (OverflowError, ValueError, TypeError):
            both_nan = value != value and reference != reference
            return bool(value == reference) or (self.nan_equal and both_nan)
        return abs(exact - known) <= self.allowed_exact(known)

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """The credit of `value`, which must have the form of `reference`."""
        pairs = pair_up(value, reference, self, tolerant=self.tolerant)
        rights = [None if isinstance(pair, Misfit) else self.right(pair) for pair in pairs]
        total = sum(pair.size for pair in pairs)
        good = sum(int(np.count_nonzero(right)) for right in rights if right is not None)
        if good == total and all(right is not None for right in rights):
            return full()
        message = _say(value, reference, pairs, rights, float(getattr(self, "rtol", None) or 0))
        return Judgement(good / total if self.elementwise and total else 0.0, message)


def right_where(
    value: Array, reference: Array, allowed: Array | float, nan_equal: bool = False
) -> Array:
    """Where |value - reference| <= allowed; the same infinity is right, NaN only if asked.

    All three have the same shape, or `allowed` is one number; the result has it too.
    """
    with np.errstate(all="ignore"):
        if value.dtype.kind in "iu" and reference.dtype.kind in "iu":
            gap = _integer_gap(value, reference)
            return np.asarray((gap <= allowed) | (value == reference))
        wide = np.result_type(value, reference, np.float64)
        left = value.astype(wide, copy=False)
        right = reference.astype(wide, copy=False)
        gap = np.abs(left - right)
        good = np.asarray(gap <= allowed)
        finite = np.isfinite(gap)
        if not np.all(finite):
            # Never |x - inf| <= rtol inf: what is not finite must be the very same.
            good = np.where(np.isfinite(right), good & finite, left == right)
            if nan_equal:
                good |= np.isnan(left) & np.isnan(right)
        return good


def _integer_gap(value: Array, reference: Array) -> Array:
    """|value - reference| of integers, exactly: as 64 bits that wrap, larger minus smaller."""
    left, right = value.astype(np.uint64), reference.astype(np.uint64)
    gap = np.where(value >= reference, left - right, right - left).astype(np.float64)
    apart = ((value < 0) & (reference > 2**62)) | ((reference < 0) & (value > 2**62))
    return np.where(apart, np.inf, gap)


def _wide(array: Array) -> Any:
    return np.result_type(array, np.float64)


def _equal(value: Array, reference: Array, nan_equal: bool) -> Array:
    try:
        good = np.asarray(value == reference)
        if nan_equal and reference.dtype.kind in "mM":
            good |= np.isnat(value) & np.isnat(reference)
    except (TypeError, ValueError, OverflowError):
        good = np.zeros(reference.shape, dtype=bool)
    return good


# What to say of a wrong answer


def _say(
    value: Any,
    reference: Any,
    pairs: Sequence[Pair | Misfit],
    rights: Sequence[Array | None],
    rtol: float,
) -> str:
    kind = diagnose([(value, reference)], rtol=rtol)
    for pair in pairs:
        if isinstance(pair, Misfit):
            found = f"{pair.path}: {pair.message}" if pair.path else pair.message
            return join(kind, found)
    for pair, right in zip(pairs, rights, strict=True):
        if isinstance(pair, Pair) and right is not None and not np.all(right):
            found = _say_numbers(pair, right, kind, alone=len(pairs) == 1)
            return f"{pair.path}: {found}" if pair.path and not kind else found
    return kind


def join(kind: str, found: str) -> str:
    """The kind of mistake and what is amiss with the form, as one phrase."""
    if not kind:
        return found
    lead, right, _ = kind.partition("right values, but")
    return f"{lead}{right} {found}" if right else f"{kind}; {found}"


def _say_numbers(pair: Pair, right: Array, kind: str, *, alone: bool) -> str:
    odd = _not_finite(pair)
    if odd:
        return f"not finite: {odd} of {pair.size} values" if pair.size > 1 else "not finite"
    if kind:
        return kind
    wrong = int(np.count_nonzero(~right))
    entries = f"{wrong} of {pair.size} entries are wrong" if pair.size > 1 else "wrong value"
    where = _largest(pair) if alone and pair.size > 1 else ""
    return f"{entries}; the largest deviation is at index {where}" if where else entries


def _not_finite(pair: Pair) -> int:
    """How many numbers are not finite where the reference's are."""
    if pair.value.dtype.kind not in "fc" or pair.reference.dtype.kind not in "iufc":
        return 0
    return int(np.count_nonzero(~np.isfinite(pair.value) & np.isfinite(pair.reference)))


def _largest(pair: Pair) -> str:
    if pair.value.dtype.kind not in "iufc" or pair.reference.dtype.kind not in "iufc":
        return ""
    with np.errstate(all="ignore"):
        wide = np.result_type(pair.value, pair.reference, np.float64)
        gap = np.abs(pair.value.astype(wide) - pair.reference.astype(wide))
    if not np.any(gap > 0):
        return ""
    index = np.unravel_index(int(np.nanargmax(gap)), gap.shape)
    return str(int(index[0])) if len(index) == 1 else str(tuple(map(int, index)))


# The comparers


@dataclass(frozen=True, kw_only=True, repr=False)
class close(ByNumber):
    """Judge whether each number lies within a tolerance of its reference.

    Invariance: none; a number x is right where |x - ref| <= max(atol, rtol |ref|), which
    derives from the reference alone. With `normwise` the scale is max |ref| over the array
    instead of each |ref|, as fits matrices and gradients with entries near zero (Golub and
    Van Loan, Matrix Computations, 2.3). At least one of `rtol` and `atol` must be written.
    Shapes: any, nested in lists, tuples and dictionaries as the reference is.
    Raises GraderFileError for a tolerance that is missing, negative or not finite.
    """

    rtol: float | None = None
    atol: float | None = None
    normwise: bool = False

    def __post_init__(self) -> None:
        refuse_tolerance("close", rtol=self.rtol, atol=self.atol)

    @property
    def local(self) -> bool:
        """Whether each number has a tolerance of its own."""
        return not self.normwise

    def allowed(self, reference: Array) -> Array | float:
        """max(atol, rtol |ref|); with `normwise`, one number for the whole array."""
        rtol, atol = self.rtol or 0.0, self.atol or 0.0
        if self.normwise:
            known = reference[np.isfinite(reference)]
            return max(atol, rtol * float(known.max())) if known.size else atol
        return np.maximum(atol, rtol * reference) if atol else rtol * reference

    def allowed_exact(self, reference: Fraction) -> Fraction:
        """max(atol, rtol |ref|), in rational arithmetic."""
        return max(Fraction(self.atol or 0), Fraction(self.rtol or 0) * abs(reference))


@dataclass(frozen=True, kw_only=True, repr=False)
class exact(ByNumber):
    """Judge whether a value equals its reference: numbers, text, truth values, containers.

    Invariance: none; 1, 1.0 and True are three different answers, unless the check relaxes
    the kind by name. Integers of any size are compared as integers. Shapes: any, nested.
    """

    tolerant: ClassVar[bool] = False

    def allowed(self, reference: Array) -> Array | float:
        """Nothing."""
        return 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class ulp(ByNumber):
    """Judge whether each number lies within `n` units in the last place of its reference.

    Invariance: none. A unit is the gap to the next larger double at |ref| (Goldberg 1991,
    "What every computer scientist should know about floating-point arithmetic").
    Shapes: any, nested.
    """

    n: int

    def __post_init__(self) -> None:
        refuse_tolerance("ulp", n=self.n)

    def allowed(self, reference: Array) -> Array | float:
        """n times the spacing of doubles at |ref|."""
        return self.n * np.spacing(reference)


@dataclass(frozen=True, kw_only=True, repr=False)
class significant_figures(ByNumber):
    """Judge whether each number agrees with its reference to `n` significant decimal figures.

    Invariance: none; a number is right where it lies within half a unit of the reference's
    n-th figure, so both the rounded and the full number are. A reference of zero asks for
    zero. Shapes: any, nested.
    """

    n: int

    def __post_init__(self) -> None:
        _refuse_count("significant_figures", self.n, least=1)

    def allowed(self, reference: Array) -> Array | float:
        """Half a unit of the n-th figure of |ref|, and two roundings of it."""
        finite = np.where(np.isfinite(reference) & (reference > 0), reference, 1.0)
        unit = 10.0 ** (np.floor(np.log10(finite)) - self.n + 1)
        return np.where(reference > 0, 0.5 * unit + 2 * np.spacing(finite), 0.0)


@dataclass(frozen=True, kw_only=True, repr=False)
class decimals(ByNumber):
    """Judge whether each number agrees with its reference to `n` decimal places.

    Invariance: none; a number is right within half a unit of the n-th place, so both the
    rounded and the full number are. Shapes: any, nested.
    """

    n: int

    def __post_init__(self) -> None:
        _refuse_count("decimals", self.n, least=0)

    def allowed(self, reference: Array) -> Array | float:
        """Half a unit of the n-th decimal place, and two roundings of |ref|."""
        finite = np.where(np.isfinite(reference), reference, 0.0)
        return 0.5 * 10.0**-self.n + 2 * np.spacing(finite)


def _refuse_count(name: str, n: Any, least: int) -> None:
    if type(n) is not int or not least <= n <= 300:
        raise GraderFileError(f"{name}(n={n!r}) needs a whole number from {least} to 300.")
