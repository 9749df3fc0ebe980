"""`curve` and `reproducible`: a line however it was drawn, and draws that come from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfl_grading.compare import curve, reproducible, shaped
from dfl_grading.errors import GraderFileError
from dfl_grading.values import Plot, PlotLine

X = np.linspace(0.5, 3.0, 11)
KNOWN = (X, X**2)


def drawn(x: Any, y: Any, label: str = "") -> Plot:
    return Plot(lines=(PlotLine(np.asarray(x), np.asarray(y), label=label),))


def dense(count: int = 2000, start: float = 0.0, end: float = 4.0) -> np.ndarray:
    return np.linspace(start, end, count)


@pytest.mark.parametrize(
    ("plot", "fraction", "message"),
    [
        (drawn(X, X**2), 1.0, ""),
        (drawn(X[::-1], X[::-1] ** 2), 1.0, ""),
        (drawn(dense(), dense() ** 2), 1.0, ""),
        (drawn(dense(start=0.5, end=3.0), dense(start=0.5, end=3.0) ** 2), 1.0, ""),
        (drawn(np.arange(4), np.arange(4) ** 2), 0.0, "through 27% of the points"),
        (drawn(X**2, X), 0.0, "x and y are swapped"),
        (drawn(X, X**3), 0.0, "the line runs"),
        (drawn(X[:-1], X[:-1] ** 2), 0.0, "91% of the points"),
        (drawn(X, np.full(11, np.nan)), 0.0, "runs elsewhere"),
        (drawn([], []), 0.0, "runs elsewhere"),
        (drawn(X, np.array(list("abcdefghijk"))), 0.0, "runs elsewhere"),
        (Plot(lines=()), 0.0, "nothing is drawn"),
        (X**2, 0.0, "expected the Axes of a plot"),
        (None, 0.0, "returned None"),
    ],
    ids=str.split(
        "same back dense within coarse swapped cubic short nan empty text none array None"
    ),
)
def test_a_line_is_judged_by_where_it_runs(plot: Any, fraction: float, message: str) -> None:
    judged = curve(rtol=1e-5)(plot, KNOWN)
    assert judged.fraction == fraction
    assert message in judged.message


def test_the_line_of_the_label_counts() -> None:
    lines = (PlotLine(X, X, label="identity"), PlotLine(X, X**2, label="The Square"))
    plot = Plot(lines=lines)
    assert curve(label="square", rtol=1e-9)(plot, KNOWN).passed
    assert curve(rtol=1e-9)(plot, KNOWN).passed, "any line will do"
    assert not curve(label="identity", rtol=1e-9)(plot, KNOWN).passed
    assert curve(label="cube", rtol=1e-9)(plot, KNOWN).message == "no line is labelled 'cube'"
    assert curve(label="square", rtol=1e-9)(drawn(X, X**2, "a square"), plot).passed


def test_an_upright_curve_is_a_function_of_y() -> None:
    x, y = np.sin(X), X
    by = curve(along="y", rtol=1e-6)
    assert by(drawn(np.sin(dense()), dense()), (x, y)).passed
    assert by(drawn(dense(), np.sin(dense())), (x, y)).message == "x and y are swapped"


def test_part_of_the_points_is_part_of_the_credit() -> None:
    half = np.where(X < 1.8, X**2, 0.0)
    judged = curve(rtol=1e-9, elementwise=True)(drawn(X, half), KNOWN)
    assert judged.fraction == pytest.approx(6 / 11)
    assert judged.message == "the line runs through 55% of the points"


def test_a_tolerance_and_an_axis_are_written() -> None:
    with pytest.raises(GraderFileError, match="no default tolerance"):
        curve()
    with pytest.raises(GraderFileError, match="write 'x' or 'y'"):
        curve(rtol=1e-3, along="z")  # type: ignore[arg-type]


@pytest.mark.parametrize("reference", [None, X, (X, X[:-1]), (X, np.array(["a"] * 11)), Plot(())])
def test_a_reference_that_is_none_fails_all(reference: Any) -> None:
    assert "the reference is" in curve(rtol=1e-3)(drawn(X, X**2), reference).message


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=30, unique=True),
    st.integers(2, 9),
    st.booleans(),
)
def test_more_points_on_the_same_segments_change_nothing(
    xs: list[float], more: int, back: bool
) -> None:
    x = np.sort(np.array(xs))
    y = np.cos(x)
    t = np.linspace(0, 1, more)
    fine = np.unique(np.concatenate([(x[:-1, None] + np.diff(x)[:, None] * t).ravel(), x]))
    line = drawn(fine, np.interp(fine, x, y))
    if back:
        line = drawn(fine[::-1], np.interp(fine, x, y)[::-1])
    assert curve(atol=1e-9)(line, (x, y)).passed
    assert not curve(atol=1e-9)(drawn(fine, np.interp(fine, x, y) + 1e-6), (x, y)).passed


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([X, X.copy(), X + 1], ""),
        ((0.1, 0.1, 0.2), ""),
        ([X, X + 0.0, X + 1], ""),
        ([0.1, 0.3, 0.2], "the same seed gives something else"),
        ([X, X, X], "another seed gives the same"),
        ([0.1, 0.1], "expected three draws"),
        ([0.1, None, 0.2], "returned None"),
        (None, "returned None"),
        (3.0, "expected three draws"),
    ],
)
def test_draws_come_from_the_seed(value: Any, message: str) -> None:
    judged = reproducible()(value)
    assert judged.passed == (not message)
    assert message in judged.message


def test_a_shape_may_name_some_of_the_arguments() -> None:
    case = {"n": 3, "seed": 7}
    for shape in (lambda n: (n,), lambda n, **_: (n,), lambda **all: (all["n"],)):
        assert shaped(shape)(np.zeros(3), case=case).passed
        assert not shaped(shape)(np.zeros(4), case=case).passed
