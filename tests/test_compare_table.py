"""Right but unusual, wrong but plausible: the verdict that each answer must get.

One row is a comparer, a value, its reference, the fraction of the credit, and a piece of what
the student reads. Read it as a list of promises.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dfl_grading.compare import (
    all_of,
    any_of,
    bands,
    close,
    convergence_order,
    decimals,
    distribution,
    exact,
    expression,
    gradient_of,
    in_interval,
    items,
    monotone,
    orthonormal,
    plot,
    residual,
    same_subspace,
    shaped,
    significant_figures,
    sorted_close,
    table,
    ulp,
    up_to_constant,
    up_to_permutation,
    up_to_phase,
    up_to_scale,
    up_to_sign,
)
from dfl_grading.compare.judgement import judge_by
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

NAN, INF = math.nan, math.inf
A = np.array
TIGHT = close(rtol=1e-8)
THIRD = 1 / 3
ONE_TWO = A([1.0, 2.0])
MATRIX = A([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
TURN = A([[0.6, -0.8], [0.8, 0.6]])
PLANE = A([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
BIG = 2**70
DRAWN = np.random.default_rng(5).normal(size=4000)


class Float(float):
    """A number that says it is equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__

    def __sub__(self, other: Any) -> float:
        return 0.0


class Everything(np.ndarray):
    """An array that says it is equal to everything."""

    def __array_function__(self, *_: Any, **__: Any) -> bool:
        return True


def frame(columns: dict[str, Any], index: Any = None, kind: str = "DataFrame") -> Table:
    data = tuple(np.asarray(column) for column in columns.values())
    rows = len(data[0]) if data else 0
    return Table(
        kind=kind,
        columns=tuple(columns),
        dtypes=tuple(str(column.dtype) for column in data),
        data=data,
        index=np.arange(rows) if index is None else np.asarray(index),
    )


GRID = np.linspace(0.0, 1.0, 11)


def drawn(*ys: Any, x: Any = GRID, label: str = "", **furniture: Any) -> Plot:
    lines = tuple(PlotLine(x=np.asarray(x), y=np.asarray(y), label=label) for y in ys)
    return Plot(lines=lines, **furniture)


PASS, FAIL = 1.0, 0.0
ROWS: list[tuple[str, Any, Any, Any, float, str]] = [
    # close: right, however it is written
    ("a float", TIGHT, 0.5, 0.5, PASS, ""),
    ("one rounding error", TIGHT, 0.1 + 0.2, 0.3, PASS, ""),
    ("return 0 for 0.0", TIGHT, 0, 0.0, PASS, ""),
    ("2 for 2.0", TIGHT, 2, 2.0, PASS, ""),
    ("2.0 for 2", TIGHT, 2.0, 2, PASS, ""),
    ("a numpy scalar", TIGHT, np.float64(0.5), 0.5, PASS, ""),
    ("a 0-d array", TIGHT, A(0.5), 0.5, PASS, ""),
    ("a numpy integer", TIGHT, np.int64(3), 3.0, PASS, ""),
    ("a real number for a complex one", TIGHT, 2.0, 2 + 0j, PASS, ""),
    ("single precision that suffices", close(rtol=1e-6), np.float32(THIRD), THIRD, PASS, ""),
    ("a float32 array", close(rtol=1e-6), A([THIRD], "f4"), A([THIRD]), PASS, ""),
    ("Fortran order", TIGHT, np.asfortranarray(MATRIX), MATRIX, PASS, ""),
    ("big endian", TIGHT, ONE_TWO.astype(">f8"), ONE_TWO, PASS, ""),
    ("a strided view", TIGHT, np.arange(6.0)[::2], A([0.0, 2.0, 4.0]), PASS, ""),
    ("minus zero", TIGHT, -0.0, 0.0, PASS, ""),
    ("infinity", TIGHT, INF, INF, PASS, ""),
    ("minus infinity in an array", TIGHT, A([-INF, 1.0]), A([-INF, 1.0]), PASS, ""),
    ("NaN where the check says so", close(rtol=1e-8, nan_equal=True), NAN, NAN, PASS, ""),
    ("two empty arrays", TIGHT, np.zeros((0, 3)), np.zeros((0, 3)), PASS, ""),
    ("two empty lists", TIGHT, [], [], PASS, ""),
    ("a list with an integer in it", TIGHT, [1, 2.5], [1.0, 2.5], PASS, ""),
    ("a tuple of a number and an array", TIGHT, (2, ONE_TWO), (2.0, ONE_TWO), PASS, ""),
    ("a dictionary in another order", TIGHT, {"b": 2.0, "a": 1.0}, {"a": 1.0, "b": 2.0}, PASS, ""),
    ("a ragged list", TIGHT, [[1.0], [2.0, 3.0]], [[1.0], [2.0, 3.0]], PASS, ""),
    ("nothing masked", TIGHT, np.ma.array(ONE_TWO, mask=False), ONE_TWO, PASS, ""),
    ("the same entries masked", TIGHT, np.ma.array([1.0, 9.0], mask=[0, 1]),
     np.ma.array([1.0, 2.0], mask=[0, 1]), PASS, ""),
    ("a structured array", TIGHT, A([(1, 2.0)], "i4,f8"), A([(1, 2.0)], "i8,f8"), PASS, ""),
    ("the largest double", TIGHT, 1.7e308, 1.7e308, PASS, ""),
    ("a subnormal", TIGHT, 5e-324, 5e-324, PASS, ""),
    ("integers beyond doubles, nearly", TIGHT, BIG + 1, BIG, PASS, ""),
    ("a number of 400 digits", TIGHT, 10**400, 10**400, PASS, ""),
    ("None where None is right", TIGHT, None, None, PASS, ""),
    ("atol alone", close(atol=1e-3), 0.0005, 0.0, PASS, ""),
    ("the larger of two tolerances", close(rtol=1e-8, atol=0.5), 1.4, 1.0, PASS, ""),
    ("small entries, normwise", close(rtol=1e-6, normwise=True), A([1e3, 1e-6]), A([1e3, 0.0]),
     PASS, ""),
    ("(1, 1) for a number, squeezed", close(rtol=1e-8, squeeze=True), A([[0.5]]), 0.5, PASS, ""),
    ("(3, 1) for (3,), squeezed", close(rtol=1e-8, squeeze=True), np.ones((3, 1)), np.ones(3),
     PASS, ""),
    ("a list for an array, allowed", close(rtol=1e-8, container_ok=True), [1.0, 2.0], ONE_TWO,
     PASS, ""),
    ("an array for a tuple, allowed", close(rtol=1e-8, container_ok=True), ONE_TWO, (1.0, 2.0),
     PASS, ""),
    ("a list for a tuple, allowed", close(rtol=1e-8, container_ok=True), [1.0, 2], (1.0, 2.0),
     PASS, ""),
    ("integers, allowed", close(rtol=1e-8, integer_ok=True), A([1, 2]), ONE_TWO, PASS, ""),
    ("reals for integers, allowed", close(rtol=1e-8, real_ok=True), ONE_TWO, A([1, 2]), PASS, ""),
    ("complex without imaginary part, allowed", close(rtol=1e-8, complex_ok=True), ONE_TWO + 0j,
     ONE_TWO, PASS, ""),
    # close: wrong, however near it looks
    ("1e-9 for 2e-9", TIGHT, 1e-9, 2e-9, FAIL, "wrong value"),
    ("1e-9 for nothing", TIGHT, 1e-9, 0.0, FAIL, "close, but not to the precision that is"),
    ("just outside the tolerance", close(rtol=1e-3), 1.0011, 1.0, FAIL, "not to the precision"),
    ("a tolerance scaled by the value would pass", close(rtol=0.1), 1.105, 1.0, FAIL,
     "wrong value"),
    ("True for 1.0", TIGHT, True, 1.0, FAIL, "returned True or False, expected a real number"),
    ("1.0 for True", TIGHT, 1.0, True, FAIL, "expected True or False"),
    ("truth values for numbers", TIGHT, A([True, False]), A([1.0, 0.0]), FAIL, "dtype bool"),
    ("True in a list of numbers", TIGHT, [True, 2.0], [1.0, 2.0], FAIL, "item 0"),
    ("NaN", TIGHT, NAN, 1.0, FAIL, "not finite"),
    ("NaN for NaN", TIGHT, NAN, NAN, FAIL, "wrong value"),
    ("all NaN", TIGHT, np.full(3, NAN), np.ones(3), FAIL, "not finite: 3 of 3 values"),
    ("infinity for a number", TIGHT, INF, 1.0, FAIL, "not finite"),
    ("a number for infinity", TIGHT, 1e308, INF, FAIL, "wrong value"),
    ("the other infinity", TIGHT, -INF, INF, FAIL, "wrong value"),
    ("NaN for infinity, NaN allowed", close(rtol=1e-8, nan_equal=True), NAN, INF, FAIL,
     "wrong value"),
    ("a number for NaN, NaN allowed", close(rtol=1e-8, nan_equal=True), 1.0, NAN, FAIL,
     "wrong value"),
    ("(3, 1) for (3,)", TIGHT, np.ones((3, 1)), np.ones(3),
     FAIL, "wrong shape (3, 1), expected (3,)"),
    ("a number for an array of it", TIGHT, 1.0, np.ones(3), FAIL, "expected shape (3,)"),
    ("(1,) for a number", TIGHT, A([0.5]), 0.5, FAIL, "wrong shape (1,), expected a single number"),
    ("empty for one", TIGHT, np.zeros(0), np.zeros(1), FAIL, "wrong shape (0,), expected (1,)"),
    ("all masked", TIGHT, np.ma.masked_all(3), np.zeros(3), FAIL, "3 of 3 entries are masked"),
    ("the wrong entries masked", TIGHT, np.ma.array([1.0, 2.0], mask=[1, 0]),
     np.ma.array([1.0, 2.0], mask=[0, 1]), FAIL, "masked in other places"),
    ("an integer array", TIGHT, A([1, 2]), ONE_TWO, FAIL, "right values, but wrong dtype int64"),
    ("real for an integer array", TIGHT, ONE_TWO, A([1, 2]), FAIL, "expected whole numbers"),
    ("complex for real", TIGHT, ONE_TWO + 0j, ONE_TWO, FAIL, "complex numbers, expected real"),
    ("an imaginary part, complex allowed", close(rtol=1e-8, complex_ok=True), ONE_TWO + 1e-3j,
     ONE_TWO, FAIL, "off by an added constant"),
    ("a list for an array", TIGHT, [1.0, 2.0], ONE_TWO, FAIL, "returned a list of 2 items"),
    ("a tuple for a list", TIGHT, (1.0, 2.0), [1.0, 2.0], FAIL, "returned a tuple"),
    ("a tuple too long", TIGHT, (1.0, 2.0, 3.0), (1.0, 2.0), FAIL, "wrong length 3, expected 2"),
    ("a tuple turned round", TIGHT, (2.0, 1.0), (1.0, 2.0), FAIL, "in reverse order"),
    ("a key too few", TIGHT, {"a": 1.0}, {"a": 1.0, "b": 2.0},
     FAIL, "1 missing and 0 not expected"),
    ("a key too many", TIGHT, {"a": 1.0, "b": 2.0}, {"a": 1.0},
     FAIL, "0 missing and 1 not expected"),
    ("True as a key for 1", TIGHT, {True: 1.0}, {1: 1.0}, FAIL, "1 missing and 1 not expected"),
    ("a key's value", TIGHT, {"a": 5.1}, {"a": 3.3}, FAIL, "key 'a'"),
    ("text of the number", TIGHT, "0.5", 0.5, FAIL, "returned text, expected a real number"),
    ("None", TIGHT, None, 0.5, FAIL, "returned None: is a return missing?"),
    ("None in a tuple", TIGHT, (1.0, None), (1.0, 2.0), FAIL, "item 1: None"),
    ("an error", TIGHT, Raised("KeyError"), 0.5, FAIL, "raised KeyError"),
    ("an object", TIGHT, Ungradeable("Spline"), 0.5, FAIL, "an object of type Spline"),
    ("an array of objects", TIGHT, A([1.0, None]), ONE_TWO, FAIL, "Python objects"),
    ("a float that equals everything", TIGHT, Float(9.0), 0.5, FAIL, "cannot be graded"),
    ("an array that equals everything", TIGHT, np.zeros(2).view(Everything), ONE_TWO, FAIL,
     "cannot be graded"),
    ("one of three wrong", TIGHT, A([1.0, 9.0, 3.0]), A([1.0, 2.0, 3.5]), FAIL,
     "2 of 3 entries are wrong; the largest deviation is at index 1"),
    ("integers beyond doubles", close(rtol=0.0), 2**53 + 1, 2**53, FAIL, "off by one"),
    ("int64 beyond doubles", close(rtol=0.0), A([2**62 + 1]), A([2**62]), FAIL,
     "close, but not to the precision that is"),
    ("uint64 that would wrap", close(atol=1.0), A([0], "u8"), A([2**64 - 1], "u8"), FAIL,
     "wrong value"),
    ("overflow of the difference", close(rtol=0.5), -1.7e308, 1.7e308, FAIL, "sign flipped"),
    ("a field of objects", TIGHT, A([(None,)], [("a", "O")]), A([(1.0,)], [("a", "f8")]), FAIL,
     "field 'a': holds Python objects"),
    ("a wrong item among arrays, elementwise", close(rtol=1e-8, elementwise=True),
     (None, np.ones(3)), (np.ones(9), np.ones(3)), 0.25, "item 0"),
    ("truth values in a list", TIGHT, [True, False], [True, False], PASS, ""),
    ("other truth values in a list", TIGHT, [True, True], [True, False], FAIL, "1 of 2"),
    ("a field's values", TIGHT, A([(1, 2.0)], "i8,f8"), A([(1, 3.0)], "i8,f8"), FAIL, "field 'f1'"),
    ("other field names", TIGHT, A([(1.0,)], [("a", "f8")]), A([(1.0,)], [("b", "f8")]), FAIL,
     "field names"),
    ("a plot for a number", TIGHT, drawn(GRID), 0.5, FAIL, "returned a plot"),
    ("half of the entries, elementwise", close(rtol=1e-8, elementwise=True), A([1.0, 5.0]), ONE_TWO,
     0.5, "1 of 2 entries"),
    ("a wrong item, elementwise", close(rtol=1e-8, elementwise=True), (1.0, np.ones((2, 1))),
     (1.0, np.ones(3)), 0.25, "item 1"),
    # exact
    ("an integer", exact(), 17, 17, PASS, ""),
    ("a numpy integer for int", exact(), np.int32(17), 17, PASS, ""),
    ("an integer beyond 64 bits", exact(), BIG, BIG, PASS, ""),
    ("one more than that", exact(), BIG + 1, BIG, FAIL, "off by one"),
    ("text", exact(), "UCB1", "UCB1", PASS, ""),
    ("text in lower case", exact(), "ucb1", "UCB1", FAIL, "upper and lower case"),
    ("text with a space", exact(), "UCB1 ", "UCB1", FAIL, "spaces"),
    ("17.0 for 17", exact(), 17.0, 17, FAIL, "expected a whole number"),
    ("17.0 for 17, allowed", exact(real_ok=True), 17.0, 17, PASS, ""),
    ("True for 1", exact(), True, 1, FAIL, "True or False"),
    ("a truth value", exact(), np.True_, True, PASS, ""),
    ("the other truth value", exact(), False, True, FAIL, "True and False are swapped"),
    ("a sequence of arms", exact(), [0, 1, 2, 0], [0, 1, 2, 0], PASS, ""),
    ("a sequence shifted", exact(), A([0, 1, 2, 0]), A([1, 2, 0, 5]), FAIL, "shifted by one place"),
    ("bytes for text", exact(), b"a", "a", FAIL, "returned bytes, expected text"),
    ("an array of text", exact(), A(["a", "b"]), A(["a", "b"]), PASS, ""),
    ("nested", exact(), {"moves": [(0, 1)]}, {"moves": [(0, 1)]}, PASS, ""),
    ("one rounding error, exactly", exact(), 0.1 + 0.2, 0.3, FAIL, "not to the precision"),
    ("dates", exact(), A(["2024-01-01"], "M8[D]"), A(["2024-01-01"], "M8[ns]"), PASS, ""),
    ("no date for a date", exact(nan_equal=True), A(["NaT"], "M8[D]"), A(["2024-01-01"], "M8[D]"),
     FAIL, "wrong"),
    ("no date for no date", exact(nan_equal=True), A(["NaT"], "M8[D]"), A(["NaT"], "M8[D]"),
     PASS, ""),
    ("no date for no date, not allowed", exact(), A(["NaT"], "M8[D]"), A(["NaT"], "M8[D]"),
     FAIL, "wrong value"),
    ("a long integer beside infinity", TIGHT, [BIG, INF], [BIG, INF], PASS, ""),
    ("a long integer beside the other", TIGHT, [BIG, -INF], [BIG, INF], FAIL, "wrong"),
    ("a long integer beside NaN", close(rtol=1e-8, nan_equal=True), [BIG, NAN], [BIG, NAN],
     PASS, ""),
    ("a long integer beside NaN, not allowed", TIGHT, [BIG, NAN], [BIG, NAN], FAIL,
     "1 of 2 entries are wrong"),
    # ulp, significant figures, decimals, bands
    ("the next double", ulp(n=1), np.nextafter(0.3, 1), 0.3, PASS, ""),
    ("the second next", ulp(n=1), 0.3 + 2 * np.spacing(0.3), 0.3, FAIL, "not to the precision"),
    ("three figures, rounded", significant_figures(n=3), 2.72, math.e, PASS, ""),
    ("three figures, in full", significant_figures(n=3), math.e, 2.72, PASS, ""),
    ("three figures, cut off", significant_figures(n=3), 2.71, math.e, FAIL,
     "close, but not to the precision that is"),
    ("figures of a small number", significant_figures(n=2), 1.3e-9, 1.26e-9, PASS, ""),
    ("figures of zero", significant_figures(n=2), 1e-9, 0.0, FAIL,
     "close, but not to the precision that is"),
    ("two decimals, rounded half up", decimals(n=2), 0.13, 0.125, PASS, ""),
    ("no decimals", decimals(n=0), 2.4, 2.0, PASS, ""),
    ("two decimals, wrong", decimals(n=2), 0.13, 0.124, FAIL, "wrong value"),
    ("within the first band", bands((1.0, TIGHT), (0.5, close(rtol=1e-4))), 2.0, 2.0, PASS, ""),
    ("within the second band", bands((1.0, TIGHT), (0.5, close(rtol=1e-4))), 2.00001, 2.0, 0.5,
     "not to the precision"),
    ("outside all bands", bands((1.0, TIGHT), (0.5, close(rtol=1e-4))), 2.2, 2.0, FAIL,
     "wrong value"),
    # orders, signs, phases, scales, constants
    ("a spectrum in another order", sorted_close(rtol=1e-8), A([3.0, 1.0, 2.0]), A([1.0, 2.0, 3.0]),
     PASS, ""),
    ("a complex spectrum", sorted_close(rtol=1e-8), A([1 - 1j, 2j, 1 + 1j]), A([1 + 1j, 1 - 1j,
     2j]),
     PASS, ""),
    ("a complex spectrum with a wrong pair", sorted_close(rtol=1e-8), A([1 + 1j, 1 + 1j]),
     A([1 + 1j, 1 - 1j]), FAIL, "right in modulus, but not in phase"),
    ("a single number, sorted", sorted_close(rtol=1e-8), 2.0, 2.0, PASS, ""),
    ("another single number, sorted", sorted_close(rtol=1e-8), 2.5, 1.7, FAIL, "wrong"),
    ("a zero in a vector, normwise", up_to_sign(rtol=1e-6, normwise=True), A([-1e3, 1e-6]),
     A([1e3, 0.0]), PASS, ""),
    ("a zero in a vector", up_to_sign(rtol=1e-6), A([-1e3, 1e-6]), A([1e3, 0.0]), FAIL,
     "wrong, even up to sign"),
    ("an eigenvalue twice", sorted_close(rtol=1e-8), A([1.0, 1.0, 2.0]), A([1.0, 2.0, 2.0]),
     FAIL, "wrong, even in any order"),
    ("minus an eigenvector", up_to_sign(rtol=1e-8), -ONE_TWO, ONE_TWO, PASS, ""),
    ("signs entry by entry", up_to_sign(rtol=1e-8), A([1.0, -2.0]), ONE_TWO, FAIL, "but for signs"),
    ("columns with signs, a global sign asked", up_to_sign(rtol=1e-8), TURN * [1, -1], TURN,
     FAIL, "right but for signs"),
    ("columns with signs", up_to_sign(rtol=1e-8, columns=True), TURN * [1, -1], TURN, PASS, ""),
    ("rows with signs", up_to_sign(rtol=1e-8, columns=True), (TURN.T * [1, -1]).T, TURN, FAIL,
     "right but for signs"),
    ("twice an eigenvector", up_to_sign(rtol=1e-8), 2 * ONE_TWO, ONE_TWO, FAIL, "constant factor"),
    ("a complex eigenvector turned", up_to_phase(rtol=1e-8), ONE_TWO * np.exp(0.7j), ONE_TWO + 0j,
     PASS, ""),
    ("a real one for a complex one", up_to_phase(rtol=1e-8), -ONE_TWO, ONE_TWO * 1j, PASS, ""),
    ("its conjugate", up_to_phase(rtol=1e-8), A([1, 1j, 2]), A([1, -1j, 2]), FAIL, "conjugate"),
    ("centres in another order", up_to_permutation(rtol=1e-8), MATRIX[::-1], MATRIX, PASS, ""),
    ("columns in another order, rows asked", up_to_permutation(rtol=1e-8), MATRIX[:, ::-1], MATRIX,
     FAIL, "right columns, but in another order"),
    ("columns in another order", up_to_permutation(rtol=1e-8, axis=1), MATRIX[:, ::-1], MATRIX,
     PASS, ""),
    ("centres as a list of lists", up_to_permutation(rtol=1e-8), [[3, 4.0], [1.0, 2.0]],
     [[1.0, 2.0], [3.0, 4.0]], PASS, ""),
    ("centres as an array for a list", up_to_permutation(rtol=1e-8), A([[3.0, 4.0], [1.0, 2.0]]),
     [[1.0, 2.0], [3.0, 4.0]], FAIL, "expected a list"),
    ("a ragged list for a matrix", up_to_permutation(rtol=1e-8), [[3.0], [1.0, 2.0]],
     [[1.0, 2.0], [3.0, 4.0]], FAIL, "which is no array of numbers"),
    ("one centre twice", up_to_permutation(rtol=1e-8), MATRIX[[0, 0]], MATRIX, FAIL,
     "wrong, even in any order"),
    ("a density without its constant", up_to_scale(rtol=1e-8), 7 * ONE_TWO, ONE_TWO, PASS, ""),
    ("a negative factor, positive asked", up_to_scale(rtol=1e-8, positive=True), -ONE_TWO, ONE_TWO,
     FAIL, "sign flipped"),
    ("nothing times it", up_to_scale(rtol=1e-8), 0 * ONE_TWO, ONE_TWO, FAIL,
     "wrong, even up to a factor"),
    ("a potential and a constant", up_to_constant(rtol=1e-8), ONE_TWO + 5, ONE_TWO, PASS, ""),
    ("a potential with a slope", up_to_constant(rtol=1e-8), 2 * ONE_TWO, ONE_TWO, FAIL,
     "off by a constant factor"),
    ("NaN up to anything", up_to_scale(rtol=1e-8), A([NAN, NAN]), ONE_TWO, FAIL,
     "not finite: 2 of 2 values"),
    ("zero up to a phase, within atol", up_to_phase(atol=1e-3), A([1e-3]), A([0.0]), PASS, ""),
    # subspaces and frames
    ("another basis", same_subspace(atol=1e-10), PLANE @ A([[1.0, 2.0], [3.0, 5.0]]), PLANE,
     PASS, ""),
    ("more columns than needed", same_subspace(atol=1e-10), PLANE @ np.ones((2, 3)) + np.outer(
        PLANE[:, 0], [0, 1, 2]), PLANE, PASS, ""),
    ("a plane tilted", same_subspace(atol=1e-10), PLANE + 1e-6, PLANE, FAIL, "another subspace"),
    ("very many vectors in a plane", same_subspace(atol=1e-10), PLANE @ np.ones((2, 99)), PLANE,
     FAIL, "99 vectors of length 3"),
    ("only a line of the plane", same_subspace(atol=1e-10), PLANE[:, 0], PLANE, FAIL,
     "dimension 1, expected 2"),
    ("rows for columns", same_subspace(atol=1e-10), PLANE.T, PLANE, FAIL, "length 2, expected 3"),
    ("a rotation", orthonormal(atol=1e-10), TURN, None, PASS, ""),
    ("the very identity", orthonormal(atol=0.0), np.eye(3), None, PASS, ""),
    ("no frame at all", orthonormal(atol=1e-10), MATRIX.T, None, FAIL, "are not orthonormal"),
    ("a frame not normalised", orthonormal(atol=1e-10), 2 * TURN, None, FAIL, "not normalised"),
    ("unit vectors askew", orthonormal(atol=1e-10), A([[1.0, 0.6], [0.0, 0.8]]), None, FAIL,
     "not orthogonal"),
    ("orthonormal rows", orthonormal(atol=1e-10, rows=True), PLANE.T, None, PASS, ""),
    ("more columns than rows", orthonormal(atol=1e-10), PLANE.T, None, FAIL, "more columns"),
    # properties
    ("falling losses", monotone("decreasing", atol=0.0), A([3.0, 2.0, 2.0]), None, PASS, ""),
    ("a step up", monotone("decreasing", atol=0.0), A([3.0, 2.0, 2.5]), None, FAIL, "1 of 2 steps"),
    ("a flat step, strict", monotone("decreasing", atol=0.0, strict=True), A([3.0, 2.0, 2.0]), None,
     FAIL, "not decreasing"),
    ("one value cannot fall", monotone("decreasing", atol=0.0), A([3.0]), None, FAIL, "too few"),
    ("a probability", in_interval(0, 1), 1.0, None, PASS, ""),
    ("not a probability", in_interval(0, 1), A([0.5, 1.5]), None, FAIL, "too large"),
    ("an open end", in_interval(0, 1, open=True), 1, None, FAIL, "too large"),
    ("the other open end", in_interval(0, 1, open=True), 0, None, FAIL, "too small"),
    ("on both sides", in_interval(0, 1), A([-1.0, 2.0]), None, FAIL, "2 of 2 values are outside"),
    ("the ends themselves", in_interval(0, 1), A([0.0, 1.0]), None, PASS, ""),
    ("complex numbers have no order", in_interval(0, 1), 0.5 + 0j, None, FAIL, "complex numbers"),
    ("no values at all", in_interval(0, 1), [], None, FAIL, "no values"),
    ("half of them inside", in_interval(0, 1, elementwise=True), A([0.5, -1.0]), None,
     0.5, "too small"),
    ("a rounding error outside one", in_interval(high=1.0), 1 + 2e-16, None, FAIL, "too large"),
    # the form alone
    ("any length", shaped((None, 2)), np.ones((7, 2)), None, PASS, ""),
    ("one axis too few", shaped((None, 2)), np.ones(2), None, FAIL, "expected (any, 2)"),
    ("another length", shaped((3,)), np.ones(2), None, FAIL, "wrong shape (2,), expected (3,)"),
    ("integers for reals, in form", shaped((2,)), A([1, 2]), None, PASS, ""),
    ("reals for integers, in form", shaped((2,), kind="integer"), ONE_TWO, None, FAIL, "integer"),
    ("truth values for reals, in form", shaped((2,)), A([True, False]), None, FAIL, "dtype bool"),
    ("a list, in form", shaped((2,)), [1.0, 2.0], None, FAIL, "returned a list"),
    ("NaN, in form", shaped((2,)), A([1.0, NAN]), None, FAIL, "not finite"),
    ("NaN, in form, allowed", shaped((2,), finite=False), A([1.0, NAN]), None, PASS, ""),
    ("a single large integer", shaped((), kind="integer"), BIG, None, PASS, ""),
    ("None, in form", shaped(()), None, None, FAIL, "is a return missing?"),
    # samples
    ("the right sample", distribution(moments={1: 0, 2: 1}), DRAWN, None, PASS, ""),
    ("a sample too wide", distribution(moments={1: 0, 2: 1}), 1.3 * DRAWN, None, FAIL, "too large"),
    ("a sample of zeros", distribution(moments={1: 0, 2: 1}), 0 * DRAWN, None, FAIL, "too small"),
    ("too few draws", distribution(moments={1: 0}), DRAWN[:9], None, FAIL, "only 9 numbers"),
    ("two samples of one law", distribution(), DRAWN[::2], DRAWN[1::2], PASS, ""),
    ("a die", distribution(probabilities=[1 / 6] * 6), np.arange(600) % 6, None, PASS, ""),
    ("a loaded die", distribution(probabilities=[1 / 6] * 6), np.arange(600) % 5, None,
     FAIL, "often"),
    ("a die that starts at one", distribution(probabilities=[1 / 6] * 6), np.arange(600) % 6 + 1,
     None,
     FAIL, "categories"),
    # expressions
    ("another form", expression(), Expression("1 - cos(x)**2", ("x",)), Expression("sin(x)**2"),
     PASS, ""),
    ("sympy's own spelling", expression("sqrt(2)*exp(-x**2)"), "exp(-x**2)*2**(1/2)", None,
     PASS, ""),
    ("a sign", expression("x - y"), "y - x", None, FAIL, "sign flipped"),
    ("a caret", expression("x**2"), "x^2", None, FAIL, "** for a power"),
    ("an antiderivative", expression("x**2/2", constant_ok=True), "x**2/2 + C", None, PASS, ""),
    ("a constant too much", expression("x**2/2"), "x**2/2 + 1", None, FAIL, "added constant"),
    ("code", expression("x"), "__import__('os').system('true')", None, FAIL, "cannot be read"),
    ("a tower of powers", expression("x"), "9**9**9**9", None, FAIL,
     "not defined everywhere where the answer"),
    ("a root of a square", expression("x"), "sqrt(x**2)", None, FAIL,
     "not equal to the right expression"),
    ("a root of a positive square", expression("x", positive=("x",)), "sqrt(x**2)", None, PASS, ""),
    # tables
    ("a table", table(rtol=1e-8), frame({"a": [1.0], "n": [2]}), frame({"a": [1.0], "n": [2]}),
     PASS, ""),
    ("columns in another order, table", table(rtol=1e-8), frame({"n": [2], "a": [1.0]}),
     frame({"a": [1.0], "n": [2]}), PASS, ""),
    ("columns in another order, counted", table(rtol=1e-8, column_order=True),
     frame({"n": [2], "a": [1.0]}), frame({"a": [1.0], "n": [2]}), FAIL, "another order"),
    ("a column missing", table(rtol=1e-8), frame({"a": [1.0], "m": [2]}),
     frame({"a": [1.0], "n": [2]}), FAIL, "no column named 'n'"),
    ("integers for reals in a table", table(rtol=1e-8), frame({"a": [1]}), frame({"a": [1.0]}),
     PASS, ""),
    ("integers for reals, dtypes counted", table(rtol=1e-8, dtypes=True), frame({"a": [1]}),
     frame({"a": [1.0]}), FAIL, "dtype int64, expected float64"),
    ("a missing entry", table(rtol=1e-8), frame({"a": [NAN, 1.0]}), frame({"a": [NAN, 1.0]}),
     PASS, ""),
    ("rows in another order", table(rtol=1e-8), frame({"k": ["b", "a"], "v": [2.0, 1.0]}),
     frame({"k": ["a", "b"], "v": [1.0, 2.0]}), FAIL, "column 'k': 2 of 2 entries are wrong;"),
    ("rows in another order, allowed", table(rtol=1e-8, row_order=False),
     frame({"k": ["b", "a"], "v": [2.0, 1.0]}), frame({"k": ["a", "b"], "v": [1.0, 2.0]}),
     PASS, ""),
    ("another index", table(rtol=1e-8), frame({"a": [1.0]}, index=[7]), frame({"a": [1.0]}),
     PASS, ""),
    ("another index, counted", table(rtol=1e-8, index=True), frame({"a": [1.0]}, index=[7]),
     frame({"a": [1.0]}), FAIL, "row labels"),
    ("half of the columns", table(rtol=1e-8, elementwise=True), frame({"a": [1.0], "b": [9.0]}),
     frame({"a": [1.0], "b": [2.0]}), 0.5, "column 'b'"),
    ("a Series for a frame", table(rtol=1e-8), frame({"a": [1.0]}, kind="Series"),
     frame({"a": [1.0]}), FAIL, "returned a Series"),
    ("an array for a table", table(rtol=1e-8), A([[1.0]]), frame({"a": [1.0]}),
     FAIL, "expected a pandas"),
    # plots
    ("the right line", plot(rtol=1e-8), drawn(GRID**2), drawn(GRID**2), PASS, ""),
    ("lines in another order", plot(rtol=1e-8), drawn(GRID, GRID**2), drawn(GRID**2, GRID),
     PASS, ""),
    ("axes swapped", plot(rtol=1e-8), drawn(GRID, x=GRID**2), drawn(GRID**2), FAIL, "swapped"),
    ("nothing drawn", plot(rtol=1e-8), drawn(), drawn(GRID), FAIL, "nothing is drawn"),
    ("a line too many", plot(rtol=1e-8), drawn(GRID, GRID), drawn(GRID), FAIL, "2 lines are drawn"),
    ("a line too many, allowed", plot(rtol=1e-8, extra_ok=True), drawn(GRID**3, GRID), drawn(GRID),
     PASS, ""),
    ("one line drawn twice for two", plot(rtol=1e-8), drawn(GRID, GRID), drawn(GRID, GRID**2),
     FAIL, "1 of 2 lines are missing or wrong"),
    ("a linear axis for a log axis", plot(rtol=1e-8, scales=True), drawn(GRID),
     drawn(GRID, yscale="log"), FAIL, "scale of the y axis"),
    ("no label", plot(rtol=1e-8, labelled=True), drawn(GRID, xlabel="t"), drawn(GRID), FAIL,
     "y axis has no label"),
    # several at once
    ("eigenvalues and eigenvectors", items(TIGHT, up_to_sign(rtol=1e-8, columns=True)),
     (ONE_TWO, TURN * [-1, 1]), (ONE_TWO, TURN), PASS, ""),
    ("right eigenvalues only", items(TIGHT, up_to_sign(rtol=1e-8)), (ONE_TWO, TURN + 1),
     (ONE_TWO, TURN), 0.5, "item 1"),
    ("right eigenvalues only, all or nothing", items(TIGHT, up_to_sign(rtol=1e-8),
     all_or_nothing=True), (ONE_TWO, TURN + 1), (ONE_TWO, TURN), FAIL, "item 1"),
    ("both right, all or nothing", items(TIGHT, up_to_sign(rtol=1e-8), all_or_nothing=True),
     (ONE_TWO, -TURN), (ONE_TWO, TURN), PASS, ""),
    ("three items for two", items(TIGHT, TIGHT), (1.0, 2.0, 3.0), (1.0, 2.0),
     FAIL, "wrong length 3"),
    ("a list of items", items(TIGHT, TIGHT), [1.0, 2.0], (1.0, 2.0), PASS, ""),
    ("a reference of one item", items(TIGHT, TIGHT), (1.0, 2.0), 1.0, FAIL, "the reference is"),
    ("eigenvalues only", items(TIGHT, up_to_sign(rtol=1e-8)), ONE_TWO, (ONE_TWO, TURN), FAIL,
     "expected a tuple of 2 items"),
    ("two asked for, one met", all_of(TIGHT, in_interval(0, 1)), 2.0, 2.0, FAIL, "too large"),
    ("either will do", any_of(TIGHT, close(atol=1.0)), 2.5, 2.0, PASS, ""),
]  # fmt: skip


def test_the_list_of_promises_is_long_and_each_has_its_own_name() -> None:
    names = [row[0] for row in ROWS]
    assert len(ROWS) >= 150
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("by", "value", "reference", "fraction", "said"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_each_answer_gets_its_verdict(
    by: Any, value: Any, reference: Any, fraction: float, said: str
) -> None:
    judged = judge_by(by, value, reference, None)
    assert judged.fraction == fraction
    assert said in judged.message
    assert bool(judged.message) == (fraction < 1.0)


CASES: list[tuple[str, Any, Any, dict[str, Any], float, str]] = [
    ("an eigenpair", residual(lambda v, A: A @ v[1] - v[0] * v[1], atol=1e-9),
     (3.0, A([0.0, 2.0])), {"A": np.diag([2.0, 3.0])}, PASS, ""),
    ("no eigenpair", residual(lambda v, A: A @ v[1] - v[0] * v[1], atol=1e-9),
     (2.0, A([0.0, 2.0])), {"A": np.diag([2.0, 3.0])}, FAIL, "does not satisfy"),
    ("NaN solves nothing", residual(lambda v, a: v**2 - a, atol=1e-9), NAN, {"a": 2.0}, FAIL,
     "not finite"),
    ("the other root", residual(lambda v, a: v**2 - a, atol=1e-9), -math.sqrt(2.0), {"a": 2.0},
     PASS, ""),
    ("a root on the problem's own scale", residual(lambda v, a: v**2 - a, rtol=1e-9,
     scale=lambda a: a), 1e8 + 1e-6, {"a": 1e16}, PASS, ""),
    ("a gradient", gradient_of(lambda x, c: c * np.sum(x**3), at="x", rtol=1e-6), A([3.0, 12.0]),
     {"x": ONE_TWO, "c": 1.0}, PASS, ""),
    ("minus a gradient", gradient_of(lambda x, c: c * np.sum(x**3), at="x", rtol=1e-6),
     A([-3.0, -12.0]), {"x": ONE_TWO, "c": 1.0}, FAIL, "sign flipped"),
    ("a Jacobian", gradient_of(lambda x: MATRIX @ x, at="x", rtol=1e-6), MATRIX,
     {"x": A([1.0, 2.0, 3.0])}, PASS, ""),
    ("a Jacobian transposed", gradient_of(lambda x: MATRIX @ x, at="x", rtol=1e-6), MATRIX.T,
     {"x": A([1.0, 2.0, 3.0])}, FAIL, "transposed"),
    ("order two", convergence_order(2, within=0.25), A([0.01, 0.0025]), {"h": [0.1, 0.05]},
     PASS, ""),
    ("an error of zero", convergence_order(2, within=0.25), A([0.01, 0.0]), {"h": [0.1, 0.05]},
     FAIL,
     "exactly zero"),
    ("an error that stays", convergence_order(2, within=0.25), A([0.01, 0.01]), {"h": [0.1, 0.05]},
     FAIL, "does not change"),
    ("an error that grows", convergence_order(2, within=0.25), A([0.01, 0.02]), {"h": [0.1, 0.05]},
     FAIL, "grows"),
    ("order four for two", convergence_order(2, within=0.25), A([16.0, 1.0]), {"h": [0.1, 0.05]},
     FAIL, "faster than it can"),
    ("an order on the very edge", convergence_order(1, within=1.0), A([4.0, 1.0]),
     {"h": [2.0, 1.0]}, PASS, ""),
    ("errors of another number of steps", convergence_order(2, within=0.25), A([4.0, 1.0, 0.25]),
     {"h": [2.0, 1.0]}, FAIL, "wrong shape (3,), expected (2,)"),
    ("a gradient by a complex step", gradient_of(lambda x: np.sum(np.exp(x) * x), at="x",
     rtol=1e-14,
     method="complex"), np.exp(ONE_TWO) * (1 + ONE_TWO), {"x": ONE_TWO}, PASS, ""),
    ("a gradient beyond differences", gradient_of(lambda x: np.sum(np.exp(x) * x), at="x",
     rtol=1e-15),
     np.exp(ONE_TWO) * (1 + ONE_TWO), {"x": ONE_TWO}, FAIL, "close"),
    ("a slope", gradient_of(lambda x: np.sin(x), at="x", rtol=1e-9), math.cos(0.3), {"x": 0.3},
     PASS, ""),
    ("a slope as an array", gradient_of(lambda x: np.sin(x), at="x", rtol=1e-9), A([math.cos(0.3)]),
     {"x": 0.3},
     FAIL, "wrong shape (1,), expected a single number"),
    ("a slope of zero, within atol", gradient_of(lambda x: np.cos(x), at="x", atol=1e-9), 0.0,
     {"x": 0.0},
     PASS,
     ""),
    ("order one for two", convergence_order(2, within=0.25), A([0.01, 0.005]), {"h": [0.1, 0.05]},
     FAIL, "too slowly"),
    ("order two, from approximations", convergence_order(2, within=0.25, exact=lambda **_: 1.0),
     A([1.01, 1.0025]), {"h": [0.1, 0.05]}, PASS, ""),
    ("a shape of the case", shaped(lambda n: (n, n)), np.eye(3), {"n": 3}, PASS, ""),
    ("a function behind a guard", all_of(shaped((2,)), lambda v, _: v[0] < v[1]), ONE_TWO, {}, PASS,
     ""),
    ("a function that is not called", all_of(shaped((2,)), lambda v, _: v[0] < v[1]), "ab", {},
     FAIL, "returned text"),
    ("bands of a property", bands((1.0, in_interval(0, lambda b: b)), (0.5, in_interval(0))), 3.0,
     {"b": 2.0}, 0.5, "too large"),
    ("a bound of the case", in_interval(0, lambda b: b), 3.0, {"b": 2.0}, FAIL, "too large"),
    ("a sample by its law", distribution(cdf=lambda x, s: 0.5 * (1 + np.tanh(x / s))),
     np.arctanh(np.linspace(-0.999, 0.999, 999)), {"s": 1.0}, PASS, ""),
    ("a sample of another scale", distribution(cdf=lambda x, s: 0.5 * (1 + np.tanh(x / s))),
     np.arctanh(np.linspace(-0.999, 0.999, 999)), {"s": 2.0}, FAIL, "too narrow"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "value", "case", "fraction", "said"),
    [row[1:] for row in CASES],
    ids=[row[0] for row in CASES],
)
def test_properties_of_a_case(
    by: Any, value: Any, case: dict[str, Any], fraction: float, said: str
) -> None:
    judged = judge_by(by, value, None, case)
    assert judged.fraction == fraction
    assert said in judged.message
