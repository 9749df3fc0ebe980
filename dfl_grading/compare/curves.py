"""A comparer of one curve in a plot: where it runs, however densely it was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from dfl_grading.compare.closeness import refuse_tolerance, right_where
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, describe
from dfl_grading.errors import GraderFileError
from dfl_grading.values import Plot, PlotLine

__all__ = ["curve"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, repr=False)
class curve(Written):
    """Judge whether some line of a matplotlib Axes runs through the reference's points.

    Invariance: how densely the line was drawn, in which direction, its looks, and what else was
    drawn. Between its own points it is straight. Shapes: the value is a plot; the reference is
    one, whose line of that label counts, or a pair of arrays (x, y), each of shape (n,). `label`
    is a word that the line's label must hold, in any case; "" takes any line. `along` is the
    axis on which the curve is a function: "x", or "y" for one that stands upright. Values on the
    other axis lie within max(atol, rtol max |ref|), one of which must be written; NaN fails.
    With `elementwise` the fraction of the points that it runs through is awarded.
    """

    label: str = ""
    along: Literal["x", "y"] = "x"
    rtol: float | None = None
    atol: float | None = None
    elementwise: bool = False

    needs_reference: ClassVar[bool] = True
    own_words: ClassVar[bool] = True
    takes_reference: ClassVar[bool] = False
    """A reference need not be a value that would pass: a pair of arrays is no plot."""

    def __post_init__(self) -> None:
        refuse_tolerance("curve", rtol=self.rtol, atol=self.atol)
        if self.along not in ("x", "y"):
            raise GraderFileError(f"curve(along={self.along!r}): write 'x' or 'y'.")

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """The credit of the line that runs through the most points."""
        if amiss(value):
            return fail(amiss(value, "a plot"))
        known = self._points(reference)
        if known is None:
            return fail(f"the reference is {describe(reference)}, not a plot or a pair of arrays")
        if type(value) is not Plot:
            return fail(f"returned {describe(value)}, expected the Axes of a plot")
        if not value.lines:
            return fail("nothing is drawn")
        named = self._named(value)
        if not named:
            return fail(f"no line is labelled {self.label!r}")
        shares = [self._share(line.x, line.y, known) for line in named]
        if max(shares) == 1.0:
            return full()
        swapped = max(self._share(line.y, line.x, known) for line in named)
        message = "x and y are swapped" if swapped == 1.0 else "the line runs elsewhere"
        if swapped < 1.0 and max(shares) > 0:
            message = f"the line runs through {max(shares):.0%} of the points"
        return Judgement(max(shares) if self.elementwise else 0.0, message)

    def _named(self, plot: Plot) -> list[PlotLine]:
        word = self.label.casefold()
        return [line for line in plot.lines if word in line.label.casefold()]

    def _points(self, reference: Any) -> tuple[Array, Array] | None:
        if type(reference) is Plot:
            named = self._named(reference)
            return (named[0].x, named[0].y) if named else None
        if type(reference) in (list, tuple) and len(reference) == 2:
            x, y = (np.asarray(part) for part in reference)
            if x.ndim == 1 and x.shape == y.shape and _is_real(x) and _is_real(y):
                return x, y
        return None

    def _share(self, x: Array, y: Array, known: tuple[Array, Array]) -> float:
        """The fraction of the known points that a line runs through."""
        across, up = known if self.along == "x" else known[::-1]
        line, height = (x, y) if self.along == "x" else (y, x)
        if not (_is_real(line) and _is_real(height)) or not line.size or not across.size:
            return 0.0
        order = np.argsort(line, kind="stable")
        line, height = line[order].astype(float), height[order].astype(float)
        slack = 1e-9 * max(1.0, float(np.max(np.abs(across))))
        covered = (line[0] - slack <= across) & (across <= line[-1] + slack)
        largest = float(np.max(np.abs(up[np.isfinite(up)]), initial=0.0))
        allowed = max(self.atol or 0.0, (self.rtol or 0.0) * largest)
        at = np.interp(across.astype(float), line, height)
        return float(np.mean(covered & right_where(at, up.astype(float), allowed)))


def _is_real(values: Array) -> bool:
    return values.dtype.kind in "iuf"
