"""Whether a value has the reference's form: container, shape and kind, before any number.

A check may relax each rule by name; none is relaxed by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dfl_grading.compare.judgement import Written
from dfl_grading.compare.plain import (
    NUMERIC,
    amiss,
    array_of,
    container_of,
    describe,
    flat_array,
    kind_of_array,
    kind_of_scalar,
    kinds_in,
)

__all__ = ["Form", "Misfit", "Pair", "pair_array", "pair_up"]

_PLURAL: Final = {
    "bool": "True or False",
    "integer": "whole numbers",
    "real": "real numbers",
    "complex": "complex numbers",
    "text": "text",
    "bytes": "bytes",
    "date": "dates",
    "duration": "durations",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Form(Written):
    """What a check relaxes of the reference's form; nothing, unless it says so.

    - `squeeze`: axes of length 1 do not count, so (3, 1) serves for (3,) and (1,) for a number;
    - `container_ok`: a list, a tuple and an array of the same items serve for each other;
    - `integer_ok`: whole numbers serve where real or complex numbers are expected;
    - `real_ok`: real numbers serve where whole or complex numbers are expected;
    - `complex_ok`: complex numbers serve where real ones are expected; the imaginary part
      counts as deviation.

    An array has a dtype; a single number has none that a student chose, so `return 0` serves
    for 0.0 (and 0.0 for 0 where the comparer has a tolerance) without any of these. True is
    never a number.
    """

    squeeze: bool = False
    container_ok: bool = False
    integer_ok: bool = False
    real_ok: bool = False
    complex_ok: bool = False


@dataclass(frozen=True, eq=False)
class Pair:
    """One array of the value beside the reference's, of equal shape and comparable kinds.

    `path` names its place in a nested value, such as "item 1"; "" for the whole value.
    """

    path: str
    value: np.ndarray[Any, Any]
    reference: np.ndarray[Any, Any]

    @property
    def size(self) -> int:
        """How many items the reference has here."""
        return int(self.reference.size)


@dataclass(frozen=True)
class Misfit:
    """A place where the form differs: `size` items of the reference are lost with it."""

    path: str
    message: str
    size: int = 1


def pair_up(
    value: Any, reference: Any, form: Form, *, tolerant: bool = True
) -> list[Pair | Misfit]:
    """Each array, number and text of the reference beside the value's.

    The reference's structure leads: lists, tuples, dictionaries, tables, plots and structured
    arrays are entered as deep as the reference goes. `tolerant` lets single numbers be of
    another numeric kind, as `Form` says.
    """
    return list(_walk(value, reference, form, tolerant, ""))


def pair_array(value: Any, reference: Any, form: Form) -> Pair | Misfit:
    """The value and the reference as two arrays of numbers of equal shape, as `Form` allows.

    A list of numbers is one array too, and so is a matrix that is written as a list of lists.
    """
    listed = container_of(value) == container_of(reference) in ("list", "tuple")
    if listed and array_of(reference) is not None:
        pairs = list(_as_arrays(value, reference, form, True, ""))
    else:
        pairs = pair_up(value, reference, form)
    if len(pairs) != 1:
        message = (
            f"the reference is {describe(reference)}, and this comparer judges one array; "
            f"judge each item by its own comparer with items(...)"
        )
        return Misfit("", message)
    only = pairs[0]
    if isinstance(only, Misfit):
        return only
    if kind_of_array(only.reference) not in NUMERIC | {"other"}:
        return Misfit("", f"expected numbers, got {_PLURAL[kind_of_array(only.value)]}")
    if only.value.dtype == object or only.reference.dtype == object:
        return _inexact(only)
    return only


def _inexact(pair: Pair) -> Pair | Misfit:
    try:
        return Pair(pair.path, pair.value.astype(complex), pair.reference.astype(complex))
    except OverflowError:
        return Misfit(pair.path, "a whole number too large for this comparer")


def _walk(
    value: Any, reference: Any, form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    wrong = _container_misfit(value, reference, form, path)
    if wrong:
        yield Misfit(path, wrong, _size(reference))
        return
    container = container_of(reference)
    if container == "none":
        yield Pair(path, np.ones((), dtype=bool), np.ones((), dtype=bool))
    elif container in ("scalar", "array"):
        yield from _arrays(value, reference, form, tolerant, path)
    elif container in ("list", "tuple"):
        yield from _items(value, reference, form, tolerant, path)
    elif container == "dict":
        yield from _keys(value, reference, form, tolerant, path)
    else:
        for name, of_reference in vars(reference).items():
            below = f"{path}, {name}" if path else name
            yield from _walk(getattr(value, name), of_reference, form, tolerant, below)


def _container_misfit(value: Any, reference: Any, form: Form, path: str) -> str:
    expected = describe(reference)
    got, wanted = container_of(value), container_of(reference)
    if wanted != "none" and amiss(reference):
        return f"the reference is {expected}, which nothing can be compared with"
    if got == "none" and wanted != "none" and path:
        return f"None, expected {expected}"
    strange = amiss(value, expected) if not got == wanted == "none" else ""
    if strange:
        return strange
    if got == wanted:
        return ""
    if form.container_ok and {got, wanted} <= {"list", "tuple", "array"}:
        return ""
    if form.squeeze and {got, wanted} == {"scalar", "array"}:
        return ""
    if got == "array" and wanted == "scalar":
        return f"wrong shape {value.shape}, expected {_single(reference)}"
    if got == "scalar" and wanted == "array":
        return f"returned {describe(value)}, expected shape {reference.shape}"
    return f"returned {describe(value)}, expected {expected}"


def _single(reference: Any) -> str:
    kind = kind_of_scalar(reference) or kind_of_array(reference)
    return "a single number" if kind in NUMERIC else describe(reference)


def _size(reference: Any) -> int:
    container = container_of(reference)
    if container == "array":
        return int(reference.size)
    if container in ("list", "tuple"):
        if "" not in kinds_in(reference):
            return len(reference)
        return sum(map(_size, reference))
    if container == "dict":
        return sum(map(_size, reference.values()))
    return 1


def _items(
    value: Any, reference: Any, form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    if container_of(value) == "array":
        yield from _as_arrays(value, reference, form, tolerant, path)
        return
    if len(value) != len(reference):
        message = f"wrong length {len(value)}, expected {len(reference)}"
        yield Misfit(path, message, _size(reference))
        return
    flat = _flat_pair(value, reference, tolerant, path)
    if flat is not None:
        yield flat
        return
    for index, (item, of_reference) in enumerate(zip(value, reference, strict=True)):
        below = f"{path}, item {index}" if path else f"item {index}"
        yield from _walk(item, of_reference, form, tolerant, below)


def _flat_pair(
    value: Sequence[Any], reference: Sequence[Any], tolerant: bool, path: str
) -> Pair | None:
    """Long lists of numbers as two arrays, where each item's kind is right for certain."""
    kinds, expected = kinds_in(value), kinds_in(reference)
    if not reference:
        return None
    if kinds == expected == {"bool"}:
        return Pair(path, np.array(value), np.array(reference))
    reals = {"integer", "real"}
    if (kinds <= reals and expected <= reals and tolerant) or (
        kinds == expected and len(kinds) == 1 and kinds <= NUMERIC
    ):
        return Pair(path, flat_array(value), flat_array(reference))
    return None


def _keys(
    value: Any, reference: Any, form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    # 1, 1.0 and True are one key to Python; here True is a key of its own.
    given = {(type(key) is bool, key): item for key, item in value.items()}
    wanted = {(type(key) is bool, key): item for key, item in reference.items()}
    missing = sum(key not in given for key in wanted)
    if missing or len(given) > len(wanted):
        extra = len(given) - (len(wanted) - missing)
        message = f"wrong keys: {missing} missing and {extra} not expected"
        yield Misfit(path, message, _size(reference))
        return
    for number, (key, of_reference) in enumerate(wanted.items()):
        name = f"key {key[1]!r}" if type(key[1]) is str and len(key[1]) <= 40 else f"key {number}"
        below = f"{path}, {name}" if path else name
        yield from _walk(given[key], of_reference, form, tolerant, below)


def _as_arrays(
    value: Any, reference: Any, form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    """A list beside an array, either way round, where the check lets them serve for each other."""
    left, right = array_of(value), array_of(reference)
    if left is None or right is None:
        message = f"returned {describe(value)}, expected {describe(reference)}"
        if right is not None:
            message = f"returned {describe(value)}, which is no array of numbers"
        yield Misfit(path, message, _size(reference))
        return
    loose = Form(
        squeeze=form.squeeze, integer_ok=True, real_ok=form.real_ok, complex_ok=form.complex_ok
    )
    # Which of 0 and 0.0 a list holds is no dtype that anybody chose.
    yield from _arrays(left, right, loose if tolerant else form, tolerant, path)


def _arrays(
    value: Any, reference: Any, form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    if container_of(value) in ("list", "tuple"):
        yield from _as_arrays(value, reference, form, tolerant, path)
        return
    left, right = _raw(value), _raw(reference)
    if form.squeeze:
        left, right = left.squeeze(), right.squeeze()
    size = int(right.size)
    kind, wanted = _kind(left), _kind(right)
    if left.shape != right.shape:
        expected = right.shape if right.ndim else _single(right)
        yield Misfit(path, f"wrong shape {left.shape}, expected {expected}", size)
    elif "structured" in (kind, wanted):
        yield from _fields(left, right, form, tolerant, path)
    elif not _serves(kind, wanted, form, loose=tolerant and right.ndim == 0):
        if right.ndim == 0:
            message = f"returned {describe(value)}, expected {describe(reference)}"
        else:
            message = f"wrong dtype {left.dtype}: {_PLURAL[kind]}, expected {_PLURAL[wanted]}"
        yield Misfit(path, message, size)
    else:
        yield from _masked(left, right, path)


def _raw(value: Any) -> np.ndarray[Any, Any]:
    """The value as an array; a large Python integer as an object array that holds it exactly."""
    if type(value) is int:
        return flat_array([value]).reshape(())
    if type(value) in (np.ndarray, np.ma.MaskedArray):
        made: np.ndarray[Any, Any] = value
        return made
    return np.asarray(value)


def _kind(array: np.ndarray[Any, Any]) -> str:
    """As `kind_of_array`; what holds objects here was made by `flat_array`, of integers."""
    return "integer" if array.dtype == object else kind_of_array(array)


def _serves(kind: str, wanted: str, form: Form, *, loose: bool) -> bool:
    """Whether numbers of one kind serve for another."""
    if kind == wanted:
        return True
    return {
        ("integer", "real"): form.integer_ok or loose,
        ("integer", "complex"): form.integer_ok or loose,
        ("real", "complex"): form.real_ok or loose,
        ("real", "integer"): form.real_ok or loose,
        ("complex", "real"): form.complex_ok,
        ("complex", "integer"): form.complex_ok and form.real_ok,
    }.get((kind, wanted), False)


def _fields(
    left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], form: Form, tolerant: bool, path: str
) -> Iterator[Pair | Misfit]:
    if left.dtype.names != right.dtype.names or left.dtype.names is None:
        yield Misfit(path, "wrong field names of a structured array", int(right.size))
        return
    for name in left.dtype.names:
        below = f"{path}, field {name!r}" if path else f"field {name!r}"
        if "other" in (kind_of_array(left[name]), kind_of_array(right[name])):
            yield Misfit(below, "holds Python objects, which cannot be graded", int(right.size))
            continue
        yield from _arrays(left[name], right[name], form, tolerant, below)


def _masked(
    left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], path: str
) -> Iterator[Pair | Misfit]:
    if not isinstance(left, np.ma.MaskedArray) and not isinstance(right, np.ma.MaskedArray):
        yield Pair(path, left, right)
        return
    hidden, expected = np.ma.getmaskarray(left), np.ma.getmaskarray(right)
    size = int(right.size)
    if not np.array_equal(hidden, expected):
        if expected.any():
            yield Misfit(path, "masked in other places than expected", size)
        else:
            yield Misfit(path, f"{int(hidden.sum())} of {size} entries are masked", size)
        return
    seen, known = np.ma.getdata(left), np.ma.getdata(right)
    if expected.any():
        seen, known = seen[~expected], known[~expected]
    yield Pair(path, seen, known)
