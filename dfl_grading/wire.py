"""Values that cross between host and box, on the host's side.

The grammar and its limits are in `docs/wire.md`; `dfl_grading.inside.codec` reads and writes
it, this module adds the host's own types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dfl_grading.inside.codec import BadPayload, TooLarge
from dfl_grading.inside.codec import decode as _decode
from dfl_grading.inside.codec import encode as _encode
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

if TYPE_CHECKING:
    import numpy as np

__all__ = ["VALUE_LIMIT", "BadPayload", "TooLarge", "decode_value", "encode_value", "take_item"]

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
    return _decode(payload, limit, _MAKE)


def take_item(payload: bytes, key: str) -> bytes:
    """Return the payload of one item of a dictionary's payload, byte for byte as it came.

    No other item may hold arrays. Raises BadPayload where there is no such item.
    """
    size = int.from_bytes(payload[:4], "big")
    try:
        header = json.loads(payload[4 : 4 + size])
        node = next(value for name, value in header["value"][1] if name == ["str", key])
    except (StopIteration, LookupError, TypeError, ValueError) as error:
        raise BadPayload(f"there is no item {key!r}") from error
    made = json.dumps({"value": node, "buffers": header["buffers"]}, separators=(",", ":"))
    return len(made).to_bytes(4, "big") + made.encode("ascii") + payload[4 + size :]


def _table(**fields: Any) -> Table:
    columns, dtypes = _sequence(fields["columns"]), _sequence(fields["dtypes"])
    data, index = _sequence(fields["data"]), _array(fields["index"], 1)
    if not len(columns) == len(dtypes) == len(data):
        raise BadPayload("a table's columns do not match its data")
    if any(_array(column, 1).shape != index.shape for column in data):
        raise BadPayload("a table's columns do not match its index")
    return Table(
        kind=_text(fields["kind"]),
        columns=tuple(_label(label) for label in columns),
        dtypes=tuple(_text(dtype) for dtype in dtypes),
        data=data,
        index=index,
        index_names=tuple(_label(name) for name in _sequence(fields["index_names"])),
    )


def _plot(**fields: Any) -> Plot:
    lines = _sequence(fields.pop("lines"))
    if not all(isinstance(line, PlotLine) for line in lines):
        raise BadPayload("a plot's line is not a line")
    images = tuple(_array(image) for image in _sequence(fields.pop("images")))
    legend = tuple(_text(entry) for entry in _sequence(fields.pop("legend")))
    texts = {name: _text(value) for name, value in fields.items()}
    return Plot(lines=lines, images=images, legend=legend, **texts)


def _plot_line(**fields: Any) -> PlotLine:
    x, y = _array(fields["x"], 1), _array(fields["y"], 1)
    if x.shape != y.shape:
        raise BadPayload("a line's x and y are not of one length")
    widths = _array(fields["widths"], 1) if "widths" in fields else None
    if widths is not None and widths.shape != x.shape:
        raise BadPayload("a line's x and widths are not of one length")
    label, kind = _text(fields["label"]), _text(fields["kind"])
    return PlotLine(x=x, y=y, label=label, kind=kind, widths=widths)


def _expression(text: Any, symbols: Any) -> Expression:
    return Expression(_text(text), tuple(_text(s) for s in _sequence(symbols)))


def _ungradeable(type_name: Any, reason: Any) -> Ungradeable:
    return Ungradeable(_text(type_name), _text(reason))


def _raised(name: Any, message: Any, details: Any = None) -> Raised:
    if details is not None and not isinstance(details, Mapping):
        raise BadPayload("an error's details are not a dictionary")
    return Raised(_text(name), _text(message), details)


def _array(value: Any, dimensions: int | None = None) -> np.ndarray:
    import numpy as np

    if type(value) is not np.ndarray or dimensions not in (None, value.ndim):
        raise BadPayload("not an array" if dimensions is None else f"not {dimensions}-D")
    return value


def _sequence(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise BadPayload("not a list")
    return tuple(value)


def _label(value: Any) -> Any:
    """The name of a column or level: a scalar, or a tuple of them."""
    if isinstance(value, tuple):
        return tuple(_label(part) for part in value)
    if not (value is None or isinstance(value, int | float | str)):
        raise BadPayload("not a label")
    return value


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
