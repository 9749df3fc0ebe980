"""What a plain value is called, and which values are arrays of numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dfl_grading.compare.plain import (
    amiss,
    array_of,
    clean,
    container_of,
    describe,
    kind_of_array,
    kind_of_scalar,
)
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

A = np.array
LINE = PlotLine(np.zeros(1), np.zeros(1))
TABLE = Table("Series", (None,), ("f8",), (np.zeros(1),), np.arange(1))


class Mine(float):
    """No number: its operators may be its own."""


class Array(np.ndarray):
    """No array, for the same reason."""


@pytest.mark.parametrize(
    ("value", "container", "words"),
    [
        (None, "none", "None"),
        (True, "scalar", "True or False"),
        (np.False_, "scalar", "True or False"),
        (3, "scalar", "a whole number"),
        (np.uint8(3), "scalar", "a whole number"),
        (0.5, "scalar", "a real number"),
        (np.float32(0.5), "scalar", "a real number"),
        (np.longdouble(0.5), "scalar", "a real number"),
        (1j, "scalar", "a complex number"),
        (np.complex64(1j), "scalar", "a complex number"),
        ("a", "scalar", "text"),
        (np.str_("a"), "scalar", "text"),
        (b"a", "scalar", "bytes"),
        (np.bytes_(b"a"), "scalar", "bytes"),
        (np.datetime64("2024-01-01"), "scalar", "a date"),
        (np.timedelta64(1, "s"), "scalar", "a duration"),
        (A(0.5), "scalar", "a real number"),
        (A("a"), "scalar", "text"),
        (A(["a"], dtype="T"), "array", "an array of shape (1,) of text"),
        (A([1.0, 2.0]), "array", "an array of shape (2,)"),
        (A([[1, 2]]), "array", "an array of shape (1, 2)"),
        (np.ma.array([1.0]), "array", "an array of shape (1,)"),
        (A([True]), "array", "an array of shape (1,) of True or False"),
        (A([1j]), "array", "an array of shape (1,) of complex numbers"),
        (A([(1.0,)], [("a", "f8")]), "array", "an array of shape (1,) with fields"),
        (A((1.0,), [("a", "f8")]), "array", "an array of shape () with fields"),
        (A((1.0,), [("a", "f8")])[()], "array", "an array of shape () with fields"),
        (A([None]), "array", "an array of shape (1,) of Python objects"),
        (A(None), "array", "an array of shape () of Python objects"),
        (A(b"ab", "V2")[()], "ungradeable", "an object"),
        ([], "list", "a list of 0 items"),
        ([1], "list", "a list of 1 item"),
        ((1, 2), "tuple", "a tuple of 2 items"),
        ({"a": 1}, "dict", "a dictionary of 1 item"),
        ({}, "dict", "a dictionary of 0 items"),
        (TABLE, "table", "a table"),
        (Plot((LINE,)), "plot", "a plot"),
        (LINE, "line", "a line of a plot"),
        (Expression("x"), "expression", "a symbolic expression"),
        (Raised("KeyError"), "raised", "an error"),
        (Ungradeable("Spline"), "ungradeable", "an object of type Spline"),
        (Ungradeable(""), "ungradeable", "an object"),
        (Ungradeable("numpy array of objects"), "ungradeable", "a numpy array of objects"),
        (Mine(0.5), "ungradeable", "an object"),
        (np.zeros(2).view(Array), "ungradeable", "an object"),
        ({1, 2}, "ungradeable", "an object"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)  # fmt: skip
def test_what_a_value_is_called(value: Any, container: str, words: str) -> None:
    assert container_of(value) == container
    assert describe(value) == words


def test_kinds_of_scalars_and_arrays() -> None:
    assert kind_of_scalar(np.float16(1)) == kind_of_scalar(1.5) == kind_of_array(A(1.5)) == "real"
    assert kind_of_scalar(A(1.5)) == kind_of_scalar(None) == kind_of_scalar([]) == ""
    assert kind_of_array(A([None])) == kind_of_array(np.zeros(1, "V3")) == "other"
    assert kind_of_array(np.zeros(1, "f8,i4")) == "structured"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "returned None: is a return missing?"),
        (Raised("KeyError"), "raised KeyError"),
        (Raised(""), "raised an error"),
        (Raised("E" * 60), f"raised {'E' * 60}"),
        (Raised("E" * 61), f"raised {'E' * 59}…"),
        (Ungradeable("S"), "returned an object of type S, which cannot be graded"),
        (A([None]), "returned an array of Python objects, which cannot be graded"),
        (0.5, ""),
        ([None], ""),
        (A([(None,)], [("a", "O")]), ""),
    ],
    ids=repr,
)
def test_what_is_amiss_with_a_value(value: Any, said: str) -> None:
    assert amiss(value) == said
    told = amiss(value, "a number")
    assert told == (f"{said}, expected a number" if "graded" in said else said)


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("a\nb\tc", 200, "a b c"),
        ("  a   b  ", 200, "a b"),
        ("a\u202eb", 200, "a b"),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("a" * 201, 200, "a" * 199 + "…"),
        (" " * 11 + "a", 3, "a"),
        (" " * 12 + "a", 3, ""),
        (None, 200, ""),
        (b"a", 200, ""),
    ],
)
def test_what_a_student_wrote_is_one_short_line(text: Any, limit: int, line: str) -> None:
    assert clean(text, limit) == line
    assert clean("x" * 201) == "x" * 199 + "…"


def nest(depth: int) -> Any:
    return 1.0 if depth == 0 else [nest(depth - 1)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, A(2)),
        (0.5, A(0.5)),
        (True, A(True)),
        (A(0.5), A(0.5)),
        ([1, 2.5], A([1.0, 2.5])),
        ((1, 2), A([1, 2])),
        ([], np.zeros(0)),
        ([True, False], A([True, False])),
        ([[1, 2], (3, 4)], A([[1, 2], [3, 4]])),
        ([A([1.0, 2.0]), [3.0, 4.0]], A([[1.0, 2.0], [3.0, 4.0]])),
        ([[True], [False]], A([[True], [False]])),
        (np.ma.array([1.0, 2.0], mask=False), A([1.0, 2.0])),
        (nest(16), np.ones((1,) * 16)),
    ],
    ids=str,
)
def test_what_is_an_array(value: Any, expected: Any) -> None:
    made = array_of(value)
    assert made is not None
    assert type(made) is np.ndarray
    assert made.dtype == expected.dtype
    assert made.shape == expected.shape
    assert np.array_equal(made, expected)


@pytest.mark.parametrize(
    "value",
    [
        None, "a", [1, "a"], [1.0, True], [1.0, None], [[1.0], [2.0, 3.0]], [[1.0], 2.0],
        [[1.0], [True]], [[True], [1.0]], {"a": 1.0}, A(["a"]), A([None]), A("a"),
        np.ma.array([1.0, 2.0], mask=[0, 1]), np.ma.array(1.0, mask=True), nest(17),
        [np.ma.array([1.0, 2.0], mask=[0, 1])], Mine(1.0), TABLE,
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_no_array(value: Any) -> None:
    assert array_of(value) is None


def test_whole_numbers_stay_exact_and_no_others_do() -> None:
    for large in (2**53 + 1, -(2**53) - 1, 2**70, np.int64(2**60)):
        made = array_of([large, 1])
        assert made is not None
        assert made.dtype == object
        assert made[0] == int(large)
        assert type(made[0]) is int
    for small in (2**53, -(2**53), 0.5, math.inf):
        made = array_of([small, 1])
        assert made is not None
        assert made.dtype != object
    assert array_of(2**70) == 2**70
