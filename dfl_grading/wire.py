"""Values that cross between host and box, on the host's side.

The grammar and its limits are in `docs/wire.md`; `dfl_grading.inside.codec` reads and writes
it, this module adds the host's own types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dfl_grading.inside.codec import BadPayload, TooLarge
from dfl_grading.inside.codec import decode as _decode
from dfl_grading.inside.codec import encode as _encode
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

__all__ = ["VALUE_LIMIT", "BadPayload", "TooLarge", "decode_value", "encode_value"]

VALUE_LIMIT = 64_000_000
"""Bytes that one observed value may need."""


def encode_value(value: Any, limit: int = VALUE_LIMIT) -> bytes:
    """Return the payload of a plain value.

    Raises TypeError where the value is not plain data, and TooLarge above `limit` bytes.
    """
    return _encode(value, limit)


def decode_value(payload: bytes | memoryview, limit: int = VALUE_LIMIT) -> Any:
    """Return the plain value of a payload; see `dfl_grading.values` for what may come.

    Raises BadPayload on any bytes that do not follow the grammar, and nothing else.
    """
    try:
        return _decode(payload, limit, _MAKE)
    except (AttributeError, MemoryError) as error:
        raise BadPayload(f"{type(error).__name__}: {error}"[:200]) from error


def _table(**fields: Any) -> Table:
    import numpy as np

    data = tuple(fields["data"])
    if not all(isinstance(column, np.ndarray) and column.ndim == 1 for column in data):
        raise BadPayload("a table's column is not a 1-D array")
    if not isinstance(fields["index"], np.ndarray):
        raise BadPayload("a table's index is not an array")
    columns, dtypes = tuple(fields["columns"]), tuple(str(d) for d in fields["dtypes"])
    if not len(columns) == len(dtypes) == len(data):
        raise BadPayload("a table's columns do not match its data")
    return Table(
        kind=_text(fields["kind"]),
        columns=columns,
        dtypes=dtypes,
        data=data,
        index=fields["index"],
        index_names=tuple(fields["index_names"]),
    )


def _plot(**fields: Any) -> Plot:
    lines = tuple(fields.pop("lines"))
    if not all(isinstance(line, PlotLine) for line in lines):
        raise BadPayload("a plot's line is not a line")
    images = tuple(fields.pop("images"))
    legend = tuple(str(entry) for entry in fields.pop("legend"))
    texts = {name: _text(value) for name, value in fields.items()}
    return Plot(lines=lines, images=images, legend=legend, **texts)


def _plot_line(**fields: Any) -> PlotLine:
    import numpy as np

    x, y = fields["x"], fields["y"]
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.shape == y.shape):
        raise BadPayload("a line's x and y are not arrays of one shape")
    return PlotLine(x=x, y=y, label=_text(fields["label"]), kind=_text(fields["kind"]))


def _expression(text: Any, symbols: Any) -> Expression:
    return Expression(_text(text), tuple(_text(s) for s in symbols))


def _ungradeable(type_name: Any, reason: Any) -> Ungradeable:
    return Ungradeable(_text(type_name), _text(reason))


def _raised(name: Any, message: Any, details: Any = None) -> Raised:
    if details is not None and not isinstance(details, Mapping):
        raise BadPayload("an error's details are not a dictionary")
    return Raised(_text(name), _text(message), details)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadPayload("not a string")
    return value


_MAKE: Mapping[str, Callable[..., Any]] = {
    "table": _table,
    "plot": _plot,
    "plot line": _plot_line,
    "expression": _expression,
    "ungradeable": _ungradeable,
    "raised": _raised,
}
