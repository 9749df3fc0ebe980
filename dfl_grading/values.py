"""What a value from a box is on the host: plain data, and a few frozen types for the rest.

An observed value arrives as None, bool, int, float, complex, str, bytes, list, tuple, dict, a
numpy scalar, a plain `numpy.ndarray` (bool, integer, real, complex, string, structured),
`numpy.ma.MaskedArray`, or one of the types below. Never an object of the student's making.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Expression", "Plot", "PlotLine", "Raised", "Table", "Ungradeable"]


@dataclass(frozen=True, eq=False)
class Table:
    """A pandas DataFrame or Series: `columns[i]` has the values `data[i]` (each 1-D).

    `kind` is "DataFrame" or "Series"; `dtypes[i]` is the name of the column's pandas dtype;
    `index` holds the row labels and `index_names` the names of its levels.
    """

    kind: str
    columns: tuple[Any, ...]
    dtypes: tuple[str, ...]
    data: tuple[np.ndarray, ...]
    index: np.ndarray
    index_names: tuple[Any, ...] = (None,)


@dataclass(frozen=True, eq=False)
class PlotLine:
    """One line, set of points or set of bars of an Axes: `x` and `y` are 1-D and of equal length.

    Bars have their middles in `x`, their heights in `y` and how wide they are in `widths`.
    """

    x: np.ndarray
    y: np.ndarray
    label: str = ""
    kind: str = "line"
    widths: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Plot:
    """The data of a matplotlib Axes: what was drawn, in data coordinates, never pixels."""

    lines: tuple[PlotLine, ...]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xscale: str = "linear"
    yscale: str = "linear"
    legend: tuple[str, ...] = ()
    images: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Expression:
    """A sympy expression as text (`str(expr)`), to be read by a whitelisted parser only."""

    text: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ungradeable:
    """A value that cannot cross: `type_name` is the name of its type, `reason` says why."""

    type_name: str
    reason: str = ""


@dataclass(frozen=True)
class Raised:
    """The observed expression raised, or was stopped.

    `name` is the exception's class, or one of "TIMEOUT", "MEMORY", "OUTPUT", "KILLED";
    `undefined` names the name that a NameError missed; `mutated` the arguments that the call
    changed in place are reported beside a value, not here.
    """

    name: str
    message: str = ""
    details: Mapping[str, Any] | None = None
