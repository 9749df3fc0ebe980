"""What kind of wrong an answer is, in one phrase that does not give the right one away.

The phrases name mistakes, not numbers. A factor is never stated ("off by a constant factor on
all draws"): to read it off is to have the answer without the thought. Only factors that are a
mistake with a name of its own are named by it: the base of a logarithm, degrees against
radians, population against sample variance, a sum against a mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from dfl_grading.compare.plain import array_of, container_of, kind_of_scalar

__all__ = ["diagnose"]

Array = np.ndarray[Any, Any]
Draws = Sequence[tuple[Array, Array]]

_LARGEST: Final = 100_000
"""Larger arrays are not diagnosed: it would take longer than to grade a class."""

_TIGHT: Final = 1e-6
_LOOSEST: Final = 1e-2
_NEAR: Final = 1e-2


def diagnose(
    pairs: Sequence[tuple[Any, Any]],
    *,
    rtol: float = _TIGHT,
    arguments: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The kind of mistake that explains every (value, reference) of `pairs`, or "".

    A value that is right on a draw must be right under the mistake too (zero has no sign), so
    give all draws, right and wrong. `rtol` is the check's own tolerance: an approximate answer
    shows its mistake approximately. `arguments` are the draws' hidden arguments, where known:
    "population against sample variance" is told by their sizes. Never raises on any value.
    """
    if not pairs or any(_is_long(value) for pair in pairs for value in pair):
        return ""
    with np.errstate(all="ignore"):
        try:
            found = _find(pairs, min(max(rtol, _TIGHT), _LOOSEST), arguments)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            # Strange values are judged already; to find no words for them is no fault.
            return ""
    said = ("draw", "whatever", "to the precision")
    if len(pairs) == 1 or not found or any(words in found for words in said):
        return found
    head, colon, tail = found.partition(":")
    return f"{head} on all draws{colon}{tail}"


def _is_long(value: Any) -> bool:
    """Whether a list has more items, or more items in its items, than is worth the time."""
    if type(value) not in (list, tuple):
        return False
    inner = (len(item) for item in value if type(item) in (list, tuple))
    return len(value) > _LARGEST or len(value) + sum(inner) > _LARGEST


def _find(
    pairs: Sequence[tuple[Any, Any]], rtol: float, arguments: Sequence[Mapping[str, Any]]
) -> str:
    if len({(container_of(v), len(v)) for v, _ in pairs if type(v) in (list, tuple)}) == 1:
        found = _in_items(pairs, rtol, arguments)
        if found:
            return found
    if all(kind_of_scalar(v) == kind_of_scalar(r) == "text" for v, r in pairs):
        return _of_texts(pairs)
    if all(type(v) is type(r) is int and abs(v - r) == 1 for v, r in pairs):
        return "off by one"
    draws = _as_draws(pairs)
    if not draws:
        return ""
    if all(r.dtype.kind == "b" for _, r in draws):
        return _of_truths(draws)
    return _of_numbers(draws, rtol, arguments)


def _in_items(
    pairs: Sequence[tuple[Any, Any]], rtol: float, arguments: Sequence[Mapping[str, Any]]
) -> str:
    """For several returned values: which of them is wrong, and how."""
    if not all(type(r) in (list, tuple) and len(r) == len(v) for v, r in pairs):
        return ""
    count = len(pairs[0][0])
    if not 2 <= count <= 8 or not all(type(r) is tuple for _, r in pairs):
        return ""
    turned = all(
        all(_alike(v, r, rtol) for v, r in zip(reversed(value), reference, strict=True))
        for value, reference in pairs
    )
    if turned:
        return "the returned values are right, but in reverse order"
    for index in range(count):
        item = [(value[index], reference[index]) for value, reference in pairs]
        if not all(_alike(v, r, rtol) for v, r in item):
            found = _find(item, rtol, arguments)
            return f"item {index}: {found}" if found else ""
    return ""


def _alike(value: Any, reference: Any, rtol: float) -> bool:
    left, right = array_of(value), array_of(reference)
    return left is not None and right is not None and _same(left, right, rtol)


def _of_texts(pairs: Sequence[tuple[str, str]]) -> str:
    if all(v.split() == r.split() or "".join(v.split()) == "".join(r.split()) for v, r in pairs):
        return "right but for spaces or line ends"
    if all(v.casefold().split() == r.casefold().split() for v, r in pairs):
        return "right but for upper and lower case"
    return ""


def _of_truths(draws: Draws) -> str:
    if all(x.dtype.kind == "b" and x.shape == r.shape and np.all(x != r) for x, r in draws):
        return "True and False are swapped"
    return ""


def _as_draws(pairs: Sequence[tuple[Any, Any]]) -> Draws:
    """All pairs as arrays; none where one of them is no array, is not finite or is too large."""
    draws = []
    for value, reference in pairs:
        left, right = array_of(value), array_of(reference)
        if left is None or right is None or left.size + right.size > _LARGEST:
            return ()
        left, right = _inexact(left), _inexact(right)
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
            return ()
        draws.append((left, right))
    return draws if any(right.size for _, right in draws) else ()


def _inexact(array: Array) -> Array:
    """Large whole numbers as doubles; what cannot be one raises OverflowError."""
    if array.dtype != object:
        return array
    turned = array.astype(complex)
    return turned if np.any(turned.imag) else turned.real


def _of_numbers(draws: Draws, rtol: float, arguments: Sequence[Mapping[str, Any]]) -> str:
    if any(x.shape != r.shape for x, r in draws):
        return _of_shapes(draws, rtol)
    if any(x.dtype.kind == "b" for x, _ in draws):
        return ""
    if all(_same(x, r, 1e-12) for x, r in draws):
        if any(x.dtype.kind != r.dtype.kind for x, r in draws):
            return "the right values, but of the wrong dtype"
        return _imprecise(draws)
    if all(_same(x, r, rtol) for x, r in draws):
        return _imprecise(draws)
    for look in (_constant, _mapped, _turned, _reordered, _shifted, _added):
        found = look(draws, rtol)
        if found:
            return found
    if found := _scaled(draws, rtol, arguments):
        return found
    # Said last: a constant phase and a conjugate say more.
    turned = _in_modulus(draws, rtol)
    return "right in modulus, but not in phase" if turned else _imprecise(draws)


# How two arrays are compared here


def _same(left: Array, right: Array, rtol: float) -> bool:
    """Whether two arrays agree to a relative `rtol`, next to nothing at zeros."""
    if left.shape != right.shape:
        return False
    if left.dtype.kind == "b" or right.dtype.kind == "b":
        return left.dtype.kind == right.dtype.kind and bool(np.all(left == right))
    if not left.size:
        return True
    wide = np.result_type(left, right, np.float64)
    a, b = left.astype(wide), right.astype(wide)
    size = np.abs(b)
    return bool(np.all(np.isfinite(b))) and bool(
        np.all(np.abs(a - b) <= rtol * size + 1e-13 * size.max())
    )


def _everywhere(draws: Draws, rtol: float, expected: Callable[[Array], Array]) -> bool:
    """Whether each value is the expected function of its reference, and not zero throughout."""
    found = False
    for value, reference in draws:
        under = expected(_wide(reference))
        if not _same(value, under, rtol):
            return False
        found = found or bool(np.any(under))
    return found


def _wide(array: Array) -> Array:
    return array.astype(np.result_type(array, np.float64))


def _far(draws: Draws) -> bool:
    """Whether some value is off by more than a lack of precision."""
    return max(_gap(x, r) for x, r in draws) >= _NEAR


def _telling(draws: Draws) -> bool:
    """Whether the references are no handful of small integers, where all mistakes look alike."""
    values = np.concatenate([np.ravel(r) for _, r in draws])
    small = (np.abs(values) <= 4) & (values == np.round(values.real))
    return not bool(np.all(small)) or len(np.unique(values)) > 3


# One look for each kind of mistake


def _of_shapes(draws: Draws, rtol: float) -> str:
    if all(x.ndim == r.ndim == 2 and _same(x.T, r, rtol) for x, r in draws):
        return "transposed"
    if all(_same(x.ravel(), r.ravel(), rtol) for x, r in draws):
        return "the right values, but in the wrong shape"
    if not all(x.ndim == r.ndim == 1 and r.size >= 3 for x, r in draws):
        return ""
    if all(_same(x, r[1:], rtol) for x, r in draws):
        return "off by one: the first entry is missing"
    if all(_same(x, r[:-1], rtol) for x, r in draws):
        return "off by one: the last entry is missing"
    if all(_same(x[1:], r, rtol) for x, r in draws):
        return "off by one: there is one entry too many at the start"
    if all(_same(x[:-1], r, rtol) for x, r in draws):
        return "off by one: there is one entry too many at the end"
    return ""


def _constant(draws: Draws, rtol: float) -> str:
    (first, reference), *others = draws
    same = bool(others) and all(_same(x, first, 1e-12) for x, _ in others)
    if same and any(not _same(r, reference, rtol) for _, r in others):
        return "the same answer, whatever the arguments: are they used?"
    return ""


def _mapped(draws: Draws, rtol: float) -> str:
    if _everywhere(draws, rtol, np.negative):
        return "sign flipped"
    if _everywhere(draws, rtol, np.conj):
        return "the complex conjugate"
    whole = all(x.dtype.kind in "iu" or np.all(x == np.round(x.real)) for x, _ in draws)
    if whole and (_all_plus(draws, 1) or _all_plus(draws, -1)):
        return "off by one"
    if any(np.iscomplexobj(r) for _, r in draws) and _everywhere(draws, rtol, np.real):
        return "the imaginary part is lost"
    if _in_modulus(draws, rtol) and not any(np.iscomplexobj(x) for pair in draws for x in pair):
        return "right but for signs"
    if not _telling(draws):
        return ""
    for expected, phrase in _MAPS:
        if _everywhere(draws, rtol, expected):
            return phrase
    return ""


def _in_modulus(draws: Draws, rtol: float) -> bool:
    return _far(draws) and all(_same(np.abs(x), np.abs(_wide(r)), rtol) for x, r in draws)


def _all_plus(draws: Draws, step: int) -> bool:
    return _everywhere(draws, 1e-12, lambda reference: reference + step)


def _root(reference: Array) -> Array:
    return np.sqrt(reference) if np.all(reference.real >= 0) else np.full_like(reference, np.nan)


def _log(reference: Array) -> Array:
    return np.log(reference) if np.all(reference.real > 0) else np.full_like(reference, np.nan)


_LN2, _LN10 = math.log(2.0), math.log(10.0)
_MAPS: Final[tuple[tuple[Callable[[Array], Array], str], ...]] = (
    (lambda r: r * _LN2, "natural log against log2"),
    (lambda r: r / _LN2, "natural log against log2"),
    (lambda r: r * _LN10, "natural log against log10"),
    (lambda r: r / _LN10, "natural log against log10"),
    (lambda r: r * (_LN2 / _LN10), "log2 against log10"),
    (lambda r: r * (_LN10 / _LN2), "log2 against log10"),
    (lambda r: r * (180 / math.pi), "degrees against radians"),
    (lambda r: r * (math.pi / 180), "degrees against radians"),
    (np.square, "squared: is a square root missing?"),
    (_root, "the square root of it: is a square missing?"),
    (np.reciprocal, "upside down: the reciprocal"),
    (lambda r: 1 - r, "the complement: one minus it"),
    (_log, "the logarithm of it"),
    (np.exp, "the exponential of it: is a logarithm missing?"),
    (lambda r: -_log(r), "minus the logarithm of it"),
    (lambda r: np.exp(-r), "the exponential of minus it"),
)


def _turned(draws: Draws, rtol: float) -> str:
    if all(_same(x.T, r, rtol) for x, r in draws):
        return "transposed"
    if all(_same(-x.T, r, rtol) for x, r in draws):
        return "transposed and the sign flipped"
    return ""


def _reordered(draws: Draws, rtol: float) -> str:
    if any(r.ndim == 0 for _, r in draws):
        return ""
    if any(np.iscomplexobj(x) or np.iscomplexobj(r) for x, r in draws):
        return ""
    if all(x.ndim == 2 for x, _ in draws) and all(
        _same(_in_order(x), _in_order(r), rtol) for x, r in draws
    ):
        return "the right columns, but in another order"
    if not all(_same(np.sort(x, axis=None), np.sort(r, axis=None), rtol) for x, r in draws):
        return ""
    if all(r.ndim == 1 and _same(x[::-1], r, rtol) for x, r in draws):
        return "in reverse order"
    if all(r.ndim == 1 and (_rises(r) or _rises(-r)) for _, r in draws):
        return "the right values, but not sorted as asked"
    return "the right values, but in another order"


def _in_order(matrix: Array) -> Array:
    """The columns in an order of their own, by their rounded entries."""
    size = np.abs(matrix).max() or 1.0
    return matrix[:, np.lexsort(np.round(matrix / size, 4)[::-1])]


def _rises(values: Array) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))


def _shifted(draws: Draws, rtol: float) -> str:
    if not all(r.ndim == 1 and r.size >= 4 and np.ptp(r.real) > 0 for _, r in draws):
        return ""
    if all(_same(x[1:], r[:-1], rtol) for x, r in draws) or all(
        _same(x[:-1], r[1:], rtol) for x, r in draws
    ):
        return "off by one: the entries are shifted by one place"
    return ""


def _added(draws: Draws, rtol: float) -> str:
    gaps = np.concatenate([np.ravel(x.astype(complex) - r) for x, r in draws])
    values = np.concatenate([np.ravel(r) for _, r in draws])
    if len(np.unique(values)) < 2 or np.abs(gaps).max() <= rtol * np.abs(values).max():
        return ""
    whole = bool(np.all(gaps == np.round(gaps.real)))
    if whole and np.all(np.abs(gaps) == 1):
        return "off by one"
    if np.all(np.abs(gaps - gaps[0]) <= rtol * np.abs(values).max()):
        return "off by an added constant"
    return ""


def _scaled(draws: Draws, rtol: float, arguments: Sequence[Mapping[str, Any]]) -> str:
    factors = [_factor(x, r, rtol) for x, r in draws]
    known = [f for f in factors if f is not None and not np.isnan(f)]
    if any(f is None for f in factors) or not known or np.allclose(known, 1.0, rtol=rtol, atol=0):
        return ""
    named = _named_factor(draws, factors, rtol, arguments)
    if named:
        return named
    seen = sum(int(np.count_nonzero(r)) for _, r in draws)
    close = all(abs(b - a) <= 4 * rtol * abs(a) for a, b in pairwise(known))
    if close and seen >= 2:
        turned = abs(abs(known[0]) - 1) <= rtol
        return "off by a constant phase" if turned else "off by a constant factor"
    if any(r.size >= 3 for _, r in draws) and all(r.size >= 2 for _, r in draws):
        return "right up to a factor that differs from draw to draw" if len(draws) > 1 else ""
    return ""


def _factor(value: Array, reference: Array, rtol: float) -> Any:
    """The one c with value = c reference; None where there is none, NaN where both are zero."""
    if not np.any(reference):
        return math.nan if not np.any(value) else None
    where = np.unravel_index(int(np.argmax(np.abs(reference))), reference.shape)
    factor = value[where] / reference[where]
    return factor if factor != 0 and _same(value, factor * reference, rtol) else None


def _named_factor(
    draws: Draws, factors: Sequence[Any], rtol: float, arguments: Sequence[Mapping[str, Any]]
) -> str:
    if not any(np.iscomplexobj(r) for _, r in draws) and _normalised(draws, rtol):
        return "not normalised"
    real = [f for f in factors if not np.isnan(f)]
    if any(np.imag(f) != 0 or f <= 0 for f in real):
        return ""
    sizes = [_sizes(a) for a in arguments] if len(arguments) == len(draws) else None
    ns = [_count_behind(float(np.real(f)), rtol) for f in factors]
    if _counts_fit(ns, sizes):
        return "population against sample variance: the division by n or n - 1"
    ns = [_count_behind(float(np.real(f)) ** 2, 2 * rtol) for f in factors]
    if _counts_fit(ns, sizes):
        return (
            "population against sample standard deviation: the division by n or n - 1 "
            "under the square root"
        )
    if sizes is not None and _is_count(factors, sizes, rtol):
        return "a sum against a mean: the division by the number of items"
    return ""


def _is_count(factors: Sequence[Any], sizes: Sequence[set[int]], rtol: float) -> bool:
    counts = set()
    for factor, known in zip(factors, sizes, strict=True):
        if np.isnan(factor):
            continue
        ratio = max(float(np.real(factor)), 1 / float(np.real(factor)))
        count = round(ratio)
        if count not in known or abs(ratio - count) > rtol * count:
            return False
        counts.add(count)
    return len(counts) >= 2 or min(counts) >= 5


def _count_behind(ratio: float, rtol: float) -> int | None:
    """The n of a ratio n/(n-1) or (n-1)/n; 0 for no evidence, None where there is no such n."""
    if math.isnan(ratio):
        return 0
    ratio = max(ratio, 1 / ratio)
    if not 1 < ratio <= 2 * (1 + rtol):
        return None
    n = round(ratio / (ratio - 1))
    if n < 2 or n > 0.1 / math.sqrt(rtol) or abs(n / (n - 1) - ratio) > 4 * rtol * ratio:
        return None
    return n


def _counts_fit(ns: Sequence[int | None], sizes: Sequence[set[int]] | None) -> bool:
    """Whether n/(n-1) is believable: n is a size in the arguments, or differs between draws."""
    if any(n is None for n in ns) or not any(ns):
        return False
    if sizes is not None:
        return all(not n or n in known for n, known in zip(ns, sizes, strict=True))
    return len({n for n in ns if n}) >= 2


def _sizes(arguments: Mapping[str, Any]) -> set[int]:
    found: set[int] = set()
    for value in arguments.values():
        if type(value) is int:
            found.add(value)
        elif type(value) is np.ndarray:
            found.update((*value.shape, value.size))
        elif type(value) in (list, tuple):
            found.add(len(value))
    return found


def _normalised(draws: Draws, rtol: float) -> bool:
    """Whether the references sum to one, or have norm one; their multiples do not."""
    if not all(r.size >= 2 for _, r in draws):
        return False
    return any(
        all(abs(measure(r) - 1) <= rtol for _, r in draws) for measure in (np.sum, np.linalg.norm)
    )


def _imprecise(draws: Draws) -> str:
    gap = max(_gap(x, r) for x, r in draws)
    if gap >= _NEAR and all(
        np.all(x == np.round(x.real)) and np.all(np.abs(x - r) < 1) for x, r in draws
    ):
        return "whole numbers only: is something cut off or rounded?" if _telling(draws) else ""
    if not 0 < gap < _NEAR:
        return ""
    if gap < 1e-14:
        return "close, but not to the precision that is asked for"
    for digits in range(1, 7):
        half = 0.5000001 * 10.0**-digits
        if all(
            np.all(np.abs(np.round(x, digits) - x) <= 1e-12 * np.abs(x))
            and np.all(np.abs(x - r) <= half)
            for x, r in draws
        ):
            return "rounded too far"
    if gap <= 1e-6 and all(np.all(x.astype(np.complex64) == x) for x, _ in draws):
        return "right to single precision only"
    return "close, but not to the precision that is asked for"


def _gap(value: Array, reference: Array) -> float:
    # Integers wrap, and the longest are no doubles.
    left, right = (
        array.astype(np.result_type(array, np.longdouble)) for array in (value, reference)
    )
    size = float(np.abs(right).max(initial=0.0))
    deviation = float(np.abs(left - right).max(initial=0.0))
    return deviation / size if size else deviation
