"""What a plain value is, in words; nothing here believes what a value says of itself.

Types are compared exactly (`type(x) is float`), so a subclass with operators of its own is
no number here. Nothing in this module raises on any value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

__all__ = [
    "NUMERIC",
    "amiss",
    "array_of",
    "clean",
    "container_of",
    "describe",
    "flat_array",
    "kind_of_array",
    "kind_of_scalar",
    "kinds_in",
]

NUMERIC: Final = frozenset({"integer", "real", "complex"})
"""The kinds that take part in arithmetic; True and False are not numbers."""

_KIND_OF_CODE: Final = {
    "b": "bool",
    "i": "integer",
    "u": "integer",
    "f": "real",
    "c": "complex",
    "U": "text",
    "T": "text",
    "S": "bytes",
    "M": "date",
    "m": "duration",
}
_KIND_OF_TYPE: Final[dict[type, str]] = {
    bool: "bool",
    int: "integer",
    float: "real",
    complex: "complex",
    str: "text",
    bytes: "bytes",
    **{
        made: _KIND_OF_CODE[np.dtype(made).kind]
        for made in set(np.sctypeDict.values()) - {np.void, np.object_}
    },
}
_ARRAYS: Final = (np.ndarray, np.ma.MaskedArray)
_IN_WORDS: Final = {
    "none": "None",
    "bool": "True or False",
    "integer": "a whole number",
    "real": "a real number",
    "complex": "a complex number",
    "text": "text",
    "bytes": "bytes",
    "date": "a date",
    "duration": "a duration",
    "table": "a table",
    "plot": "a plot",
    "line": "a line of a plot",
    "expression": "a symbolic expression",
}
_OF_KIND: Final = {
    "bool": " of True or False",
    "complex": " of complex numbers",
    "text": " of text",
    "structured": " with fields",
    "other": " of Python objects",
}
_FROZEN: Final = {Table: "table", Plot: "plot", PlotLine: "line", Expression: "expression"}
_LARGEST_EXACT: Final = 2**53
_DEEPEST: Final = 16


def clean(text: Any, limit: int = 200) -> str:
    """One printable line of at most `limit` characters, from text that a student wrote."""
    if type(text) is not str:
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def kind_of_scalar(value: Any) -> str:
    """The kind of one scalar: bool, integer, real, complex, text, bytes, date, duration or ""."""
    return _KIND_OF_TYPE.get(type(value), "")


def kind_of_array(array: np.ndarray[Any, Any]) -> str:
    """The kind of an array's items; "structured" where it has fields, "other" for objects."""
    if array.dtype.names is not None:
        return "structured"
    return _KIND_OF_CODE.get(array.dtype.kind, "other")


def container_of(value: Any) -> str:
    """What holds the value: one word, the same for each way to write the same thing.

    A Python number, a numpy scalar and a 0-d array are all a "scalar".
    """
    if value is None:
        return "none"
    if kind_of_scalar(value):
        return "scalar"
    made = type(value)
    if made in (list, tuple, dict):
        return str(made.__name__)
    if made is np.void:
        return "array" if value.dtype.names is not None else "ungradeable"
    if made in _ARRAYS:
        if value.ndim == 0 and kind_of_array(value) not in ("structured", "other"):
            return "scalar"
        return "array"
    if made in _FROZEN:
        return _FROZEN[made]
    if made is Raised:
        return "raised"
    return "ungradeable"


def describe(value: Any) -> str:
    """A value's form in a few words, never its content: "a list of 3 items"."""
    container = container_of(value)
    if container == "scalar":
        kind = kind_of_scalar(value) or kind_of_array(value)
        return _IN_WORDS.get(kind, "a value")
    if container == "array":
        return f"an array of shape {value.shape}{_OF_KIND.get(kind_of_array(value), '')}"
    if container in ("list", "tuple", "dict"):
        noun = "dictionary" if container == "dict" else container
        return f"a {noun} of {len(value)} item{'s' if len(value) != 1 else ''}"
    if type(value) is Ungradeable:
        name = clean(value.type_name, 60)
        if name.startswith("numpy array"):
            return f"a {name}"
        return f"an object of type {name}" if name else "an object"
    if container == "raised":
        return "an error"
    return _IN_WORDS.get(container, "an object")


def amiss(value: Any, expected: str = "") -> str:
    """Why a value cannot be compared with anything at all; "" where it can be.

    `expected` describes what was asked for and ends the sentence.
    """
    container = container_of(value)
    ending = f", expected {expected}" if expected else ""
    if container == "none":
        return "returned None: is a return missing?"
    if container == "raised":
        return f"raised {clean(value.name, 60) or 'an error'}"
    if container == "ungradeable":
        return f"returned {describe(value)}, which cannot be graded{ending}"
    if container == "array" and kind_of_array(value) == "other":
        return f"returned an array of Python objects, which cannot be graded{ending}"
    return ""


def array_of(value: Any, depth: int = _DEEPEST) -> np.ndarray[Any, Any] | None:
    """The numbers or truth values of a scalar, an array or a nested list or tuple, as an array.

    None where the value is ragged, mixes True with numbers, is masked anywhere, holds anything
    else or is nested deeper than `depth`. Whole numbers in lists that are too large for a
    double stay exact, in an object array.
    """
    container = container_of(value)
    if container == "scalar":
        return _scalar_array(value)
    if container == "array":
        if kind_of_array(value) not in NUMERIC | {"bool"} or np.any(np.ma.getmask(value)):
            return None
        return np.asarray(value)
    if container in ("list", "tuple") and depth > 0:
        return _nested_array(value, depth)
    return None


def kinds_in(items: Sequence[Any]) -> set[str]:
    """The kinds of the scalars in a list or tuple; with "" where an item is no scalar."""
    return {_KIND_OF_TYPE.get(made, "") for made in set(map(type, items))}


def flat_array(items: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Numbers (none of them a truth value) as a 1-D array that keeps large integers exact."""
    if "integer" in kinds_in(items) and any(map(_is_large, items)):
        exact = np.empty(len(items), dtype=object)
        for index, item in enumerate(items):
            exact[index] = item.item() if isinstance(item, np.generic) else item
        return exact
    return np.array(items)


def _is_large(item: Any) -> bool:
    return isinstance(item, (int, np.integer)) and not -_LARGEST_EXACT <= item <= _LARGEST_EXACT


def _scalar_array(value: Any) -> np.ndarray[Any, Any] | None:
    kind = kind_of_scalar(value) or kind_of_array(value)
    if kind not in NUMERIC | {"bool"} or np.any(np.ma.getmask(value)):
        return None
    return np.asarray(value)


def _nested_array(items: Sequence[Any], depth: int) -> np.ndarray[Any, Any] | None:
    kinds = kinds_in(items)
    if not items:
        return np.zeros(0)
    if kinds == {"bool"}:
        return np.array(items, dtype=bool)
    if kinds <= NUMERIC:
        return flat_array(items)
    rows: list[np.ndarray[Any, Any]] = []
    for item in items:
        row = array_of(item, depth - 1)
        if row is None or (rows and (row.shape, _truth(row)) != (rows[0].shape, _truth(rows[0]))):
            return None
        rows.append(row)
    return np.stack(rows)


def _truth(array: np.ndarray[Any, Any]) -> bool:
    return bool(array.dtype.kind == "b")
