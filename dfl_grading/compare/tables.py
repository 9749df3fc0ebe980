"""A comparer of pandas tables, as they arrive from the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dfl_grading.compare.closeness import close, refuse_tolerance
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, clean, describe, kind_of_array
from dfl_grading.errors import GraderFileError
from dfl_grading.values import Table

__all__ = ["table"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, repr=False)
class table(Written):
    """Judge a pandas DataFrame or Series column by column, each by its name.

    What counts beyond names and numbers is written: `dtypes` (the columns' pandas dtypes),
    `index` (the row labels and their names), `column_order`, and `names` (a Series' own name).
    With `row_order=False` the rows may come in any order: both tables are sorted by `keys`,
    columns whose values name each row, or by all columns that hold no real numbers.
    Invariance: the order of the columns unless `column_order`; that of the rows on request.
    NaN serves for NaN (a missing entry is data in a table). Numbers lie within
    max(atol, rtol |ref|), one of which must be written; whole numbers serve for real ones
    unless `dtypes`. Shape: the reference's rows and columns. With `elementwise` the fraction
    of the right columns is awarded.
    """

    rtol: float | None = None
    atol: float | None = None
    dtypes: bool = False
    index: bool = False
    column_order: bool = False
    row_order: bool = True
    keys: Sequence[str] = ()
    names: bool = False
    elementwise: bool = False

    needs_reference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        refuse_tolerance("table", rtol=self.rtol, atol=self.atol)

    def __call__(self, value: Any, reference: Any) -> Judgement:
        """All the credit or none, unless `elementwise`."""
        if amiss(value):
            return fail(amiss(value, "a table"))
        if type(reference) is not Table:
            return fail(f"the reference is {describe(reference)}, not a table")
        if type(value) is not Table:
            return fail(f"returned {describe(value)}, expected a pandas {reference.kind}")
        wrong = self._misfit(value, reference)
        return fail(wrong) if wrong else self._by_columns(value, reference)

    def _misfit(self, value: Table, reference: Table) -> str:
        """What is amiss before any number is looked at."""
        if value.kind != reference.kind:
            return f"returned a {clean(value.kind, 20)}, expected a {reference.kind}"
        if not all(_is_column(data, len(value.index)) for data in value.data):
            return "a column that cannot be compared"
        given, wanted = list(value.columns), list(reference.columns)
        if reference.kind == "Series" and not self.names:
            given = wanted = [None]
        if len(value.data) != len(reference.data):
            return f"wrong number of columns {len(value.data)}, expected {len(reference.data)}"
        if len(given) != len(value.data):
            return "columns without names"
        missing = [name for name in wanted if given.count(name) < wanted.count(name)]
        if missing:
            return f"no column named {clean(str(missing[0]), 40)!r}"
        if self.column_order and given != wanted:
            return "the right columns, but in another order"
        rows, expected = len(value.index), len(reference.index)
        return f"wrong number of rows {rows}, expected {expected}" if rows != expected else ""

    def _by_columns(self, value: Table, reference: Table) -> Judgement:
        left, right = self._columns(value), self._columns(reference)
        if not self.row_order:
            left, right = self._sorted(left, right), self._sorted(right, right)
        if self.index and self._index_misfit(value, reference):
            return fail(self._index_misfit(value, reference))
        said: list[str] = []
        for name, (dtype, known) in right.items():
            wrong = self._column_misfit(left[name], (dtype, known))
            if wrong:
                said.append(f"column {clean(name.rpartition(' ')[0], 40)}: {wrong}")
        if not said:
            return full()
        fraction = 1 - len(said) / len(right) if self.elementwise else 0.0
        return Judgement(fraction, "; ".join(said[:3]))

    def _columns(self, given: Table) -> dict[str, tuple[str, Array]]:
        # Names may come twice: the k-th of that name answers to the k-th.
        names = [
            f"{name!r} {given.columns[:i].count(name)}" for i, name in enumerate(given.columns)
        ]
        if given.kind == "Series" and not self.names:
            names = ["values 0"]
        return {
            name: (dtype, data)
            for name, dtype, data in zip(names, given.dtypes, given.data, strict=True)
        }

    def _sorted(
        self, columns: dict[str, tuple[str, Array]], reference: dict[str, tuple[str, Array]]
    ) -> dict[str, tuple[str, Array]]:
        named = [f"{key!r} 0" for key in self.keys]
        firm = [name for name, (_, data) in reference.items() if kind_of_array(data) != "real"]
        if not set(named) <= set(reference):
            raise GraderFileError(f"table(keys={self.keys!r}) names a column that is not there.")
        keys = [*(named or firm), *reference]
        order = np.lexsort([columns[key][1] for key in reversed(keys)])
        return {name: (dtype, data[order]) for name, (dtype, data) in columns.items()}

    def _index_misfit(self, value: Table, reference: Table) -> str:
        if value.index_names != reference.index_names:
            return "wrong names of the index"
        index, known = value.index, reference.index
        if not self.row_order:
            index, known = np.sort(index), np.sort(known)
        judged = close(rtol=0.0, nan_equal=True, integer_ok=True, real_ok=True)(index, known)
        return "" if judged.passed else "wrong row labels (the index)"

    def _column_misfit(self, given: tuple[str, Array], known: tuple[str, Array]) -> str:
        if self.dtypes and given[0] != known[0]:
            return f"dtype {clean(given[0], 40)}, expected {known[0]}"
        loose = not self.dtypes
        by = close(rtol=self.rtol, atol=self.atol, nan_equal=True, integer_ok=loose, real_ok=loose)
        return by(given[1], known[1]).message


def _is_column(data: Any, rows: int) -> bool:
    made = type(data) is np.ndarray and data.shape == (rows,)
    return made and kind_of_array(data) not in ("structured", "other")
