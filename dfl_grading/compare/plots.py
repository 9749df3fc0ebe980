"""A comparer of plots: the data that was drawn, never the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dfl_grading.compare.closeness import refuse_tolerance, right_where
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, describe
from dfl_grading.values import Plot, PlotLine

__all__ = ["plot"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, repr=False)
class plot(Written):
    """Judge the data of a matplotlib Axes: each line of the reference must be drawn.

    Invariance: colours, styles, sizes and limits do not count, nor does the order in which
    lines were drawn, nor whether points were joined. The points of a line keep their order
    unless `point_order=False`. What counts beyond the data is written: `scales` (linear or
    log), `labelled` (both axes have a label, in any words), `labels` (the very words), `title`
    (there is one), `legend` (each line of a labelled reference has the same label), `extra_ok`
    (more lines may be drawn than asked for). Numbers lie within max(atol, rtol max |ref|) of
    their line, one of which must be written; NaN serves for NaN, as a gap. Shape: each line
    has as many points as its reference. With `elementwise` the fraction of the lines that are
    right is awarded.
    """

    rtol: float | None = None
    atol: float | None = None
    scales: bool = False
    labelled: bool = False
    labels: bool = False
    title: bool = False
    legend: bool = False
    extra_ok: bool = False
    point_order: bool = True
    elementwise: bool = False

    needs_reference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        refuse_tolerance("plot", rtol=self.rtol, atol=self.atol)

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """All the credit or none, unless `elementwise`."""
        if amiss(value):
            return fail(amiss(value, "a plot"))
        if type(reference) is not Plot:
            return fail(f"the reference is {describe(reference)}, not a plot")
        if type(value) is not Plot:
            return fail(f"returned {describe(value)}, expected the Axes of a plot")
        wrong = self._furniture(value, reference)
        return fail(wrong) if wrong else self._by_lines(value, reference)

    def _furniture(self, value: Plot, reference: Plot) -> str:
        if self.scales and (value.xscale, value.yscale) != (reference.xscale, reference.yscale):
            axis = "x" if value.xscale != reference.xscale else "y"
            return f"wrong scale of the {axis} axis"
        for axis, given, wanted in (
            ("x", value.xlabel, reference.xlabel),
            ("y", value.ylabel, reference.ylabel),
        ):
            if self.labels and given.split() != wanted.split():
                return f"wrong label of the {axis} axis"
            if self.labelled and not given.strip():
                return f"the {axis} axis has no label"
        return "no title" if self.title and not value.title.strip() else ""

    def _by_lines(self, value: Plot, reference: Plot) -> Judgement:
        wanted, given = len(reference.lines), len(value.lines)
        images = len(reference.images)
        if not given and wanted:
            return fail("nothing is drawn")
        if given > wanted and not self.extra_ok:
            return fail(f"{given} lines are drawn, expected {wanted}")
        if len(value.images) != images:
            return fail(f"{len(value.images)} images are drawn, expected {images}")
        drawn = self._matched(value.lines, reference.lines) + sum(
            self._near(shown, known)
            for shown, known in zip(value.images, reference.images, strict=True)
        )
        if drawn == wanted + images:
            return full()
        fraction = drawn / (wanted + images) if self.elementwise else 0.0
        things = "lines and images" if images else "lines"
        message = f"{wanted + images - drawn} of {wanted + images} {things} are missing or wrong"
        return Judgement(fraction, self._detail(value, reference) or message)

    def _matched(self, given: tuple[PlotLine, ...], wanted: tuple[PlotLine, ...]) -> int:
        """How many of the wanted lines can be matched one to one with lines that were drawn."""
        if not wanted:
            return 0
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_bipartite_matching

        fits = np.array([[self._same_line(g, w) for g in given] for w in wanted])
        return int(np.sum(maximum_bipartite_matching(csr_array(fits)) >= 0))

    def _same_line(self, given: PlotLine, wanted: PlotLine) -> bool:
        if self.legend and wanted.label and given.label.split() != wanted.label.split():
            return False
        return self._near_line(given, wanted)

    def _near_line(self, given: PlotLine, wanted: PlotLine) -> bool:
        first: tuple[Array, ...] = (given.x, given.y)
        second: tuple[Array, ...] = (wanted.x, wanted.y)
        if not self.point_order:
            first = tuple(part[np.lexsort(first[::-1])] for part in first)
            second = tuple(part[np.lexsort(second[::-1])] for part in second)
        return all(self._near(a, b) for a, b in zip(first, second, strict=True))

    def _near(self, given: Array, wanted: Array) -> bool:
        if given.shape != wanted.shape:
            return False
        if given.dtype.kind not in "biuf" or wanted.dtype.kind not in "biuf":
            return bool(given.dtype.kind == wanted.dtype.kind and np.all(given == wanted))
        known = wanted[np.isfinite(wanted)].astype(float)
        largest = float(np.abs(known).max(initial=0.0))
        allowed = max(self.atol or 0.0, (self.rtol or 0.0) * largest)
        near = right_where(given.astype(float), wanted.astype(float), allowed, nan_equal=True)
        return bool(np.all(near))

    def _detail(self, value: Plot, reference: Plot) -> str:
        """What is wrong, where one line was asked for and one was drawn."""
        if len(value.lines) != 1 or len(reference.lines) != 1:
            return ""
        given, wanted = value.lines[0], reference.lines[0]
        if given.x.shape != wanted.x.shape:
            return f"a line of {given.x.size} points, expected {wanted.x.size}"
        if self._near_line(given, wanted):
            right = self._same_line(given, wanted)
            return "" if right else "the line is right, but not its label"
        swapped = PlotLine(x=given.y, y=given.x, label=given.label)
        if self._near_line(swapped, wanted):
            return "x and y are swapped"
        if not self._near(given.x, wanted.x):
            return "wrong x values of the line"
        return "wrong y values of the line"
