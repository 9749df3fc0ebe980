"""Plain values as bytes and back: numbers, strings, containers, arrays, and nothing that runs.

A payload is a header length (4 bytes, big-endian), a JSON header and raw buffers:
`{"value": node, "buffers": [length, …]}`. A node is a list that starts with its tag; see
`docs/wire.md` for the grammar. Decoding bounds what it allocates before it does, never executes
anything, and raises BadPayload for whatever does not follow the grammar.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

__all__ = [
    "MAX_BRACKETS",
    "MAX_DEPTH",
    "MAX_HEADER",
    "BadPayload",
    "Tagged",
    "TooLarge",
    "decode",
    "encode",
]

MAX_DEPTH = 50
MAX_HEADER = 16_000_000
"""Bytes of a header: a list in Python takes some twenty times the room that it has in JSON."""
MAX_BRACKETS = 1_000_000
"""Opening brackets and braces of a header, and a quarter of its commas; those in strings count."""
_MAX_FIELDS = 1000
_MAX_EMPTY_ITEM = 1_000_000
_MAX_ALIKE = 1000

_SCALAR_KINDS = "biufcUSMm"
_DTYPE = re.compile(r"b1|[iufc][1-9]\d?|[US][1-9]\d{0,8}|[mM]8(\[\d{0,9}[A-Za-z]{1,7}\])?")
_INT = re.compile(r"-?[0-9a-f]+")
_FLOAT = re.compile(r"-?0x[01]\.[0-9a-f]+p[+-]\d{1,5}|-?inf|nan")
_LAST_CHARACTER = 0x10FFFF


class BadPayload(ValueError):
    """The bytes do not follow the grammar."""


class TooLarge(ValueError):
    """The value needs more bytes than the limit allows."""


class Tagged:
    """A value that crosses under a tag of its own: a table, a plot, an expression, a refusal.

    `fields` holds plain values; the receiver's `make` mapping turns them into its own type.
    """

    __slots__ = ("fields", "tag")

    def __init__(self, tag: str, **fields: Any) -> None:
        self.tag = tag
        self.fields = fields


def encode(value: Any, limit: int, adapt: Callable[[Any], Any] | None = None) -> bytes:
    """Return the payload of a value.

    `adapt` is asked about whatever is not plain, and returns something plain or a `Tagged`.
    Raises TooLarge above `limit` bytes, and TypeError for what `adapt` does not know.
    """
    writer = _Writer(limit, adapt)
    node = writer.node(value, 0)
    header = json.dumps(
        {"value": node, "buffers": [len(buffer) for buffer in writer.buffers]},
        separators=(",", ":"),
    ).encode()
    size = 4 + len(header) + sum(len(buffer) for buffer in writer.buffers)
    if size > limit:
        raise TooLarge(f"{size} bytes, of which {limit} may cross")
    if why := _why_heavy(header):
        raise TooLarge(why)
    return b"".join([len(header).to_bytes(4, "big"), header, *writer.buffers])


def _why_heavy(header: bytes) -> str:
    """Why a header would take too much memory to read; empty where it would not."""
    if len(header) > MAX_HEADER:
        return f"{len(header)} bytes beside arrays, of which {MAX_HEADER} may cross"
    brackets = header.count(b"[") + header.count(b"{")
    if brackets > MAX_BRACKETS or header.count(b",") > 4 * MAX_BRACKETS:
        return f"more than {MAX_BRACKETS} items beside arrays"
    return ""


class _Writer:
    def __init__(self, limit: int, adapt: Callable[[Any], Any] | None) -> None:
        self.limit = limit
        self.adapt = adapt
        self.buffers: list[bytes] = []
        self.size = 0
        self.nodes = 0

    def node(self, value: Any, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise TooLarge(f"nested more than {MAX_DEPTH} deep")
        self.spend(8)
        self.nodes += 1
        if self.nodes > MAX_BRACKETS:
            raise TooLarge(f"more than {MAX_BRACKETS} items beside arrays")
        made = self.simple(value)
        if made is not None:
            return made
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            made = self.array(numpy, value)
            if made is not None:
                return made
        if isinstance(value, list):
            return ["list", [self.node(item, depth + 1) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return ["tuple", [self.node(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, dict):
            items = list(dict.items(value))
            return ["dict", [[self.node(k, depth + 1), self.node(v, depth + 1)] for k, v in items]]
        if isinstance(value, Tagged):
            fields = {str(k): self.node(v, depth + 1) for k, v in value.fields.items()}
            return ["tagged", value.tag, fields]
        if self.adapt is None:
            raise TypeError(f"a {type(value).__name__} is not plain data")
        return self.node(self.adapt(value), depth + 1)

    def simple(self, value: Any) -> list[Any] | None:
        """The node of a scalar, read by the base type's own method: a subclass cannot lie."""
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.generic):
            return None
        if value is None:
            return ["none"]
        if isinstance(value, bool):
            return ["bool", value is True]
        if isinstance(value, int):
            return ["int", int.__format__(value, "x")]
        if isinstance(value, float):
            return ["float", float.hex(value)]
        if isinstance(value, complex):
            real, imag = (complex.__dict__[part].__get__(value) for part in ("real", "imag"))
            return ["complex", real.hex(), imag.hex()]
        if isinstance(value, str):
            self.spend(str.__len__(value))
            return ["str", str.__str__(value)]
        if isinstance(value, bytes | bytearray):
            plain = memoryview(value)
            self.spend(plain.nbytes)
            return ["bytes", base64.b64encode(plain).decode()]
        return None

    def array(self, numpy: Any, value: Any) -> list[Any] | None:
        if isinstance(value, numpy.ma.MaskedArray):
            data = numpy.ma.getdata(value)
            mask = numpy.ma.getmaskarray(value)
            inner, hidden = self.array(numpy, data), self.array(numpy, mask)
            return None if inner is None or hidden is None else ["masked", inner, hidden]
        scalar = isinstance(value, numpy.generic)
        plain = numpy.array(value, copy=None, subok=False)
        dtype = _packed(numpy, plain.dtype)
        if dtype is None:
            return None
        self.spend(plain.nbytes)
        self.buffers.append(plain.astype(dtype, copy=False).tobytes())
        tag = "scalar" if scalar else "array"
        return [tag, _describe(dtype), list(plain.shape), len(self.buffers) - 1]

    def spend(self, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")


def _packed(numpy: Any, dtype: Any) -> Any:
    """The dtype in this machine's byte order and without gaps; None where it cannot cross
    (Python objects, sub-arrays, nothing at all)."""
    if dtype.names is None:
        crosses = dtype.subdtype is None and dtype.kind in _SCALAR_KINDS and dtype.itemsize > 0
        return dtype.newbyteorder("=") if crosses else None
    if not 0 < len(dtype.names) <= _MAX_FIELDS:
        return None
    fields = [(name, _packed(numpy, dtype[name])) for name in dtype.names]
    return None if any(kind is None for _, kind in fields) else numpy.dtype(fields)


def _describe(dtype: Any) -> Any:
    """The JSON form of a packed dtype: "f8", or a list of [name, dtype] for records."""
    if dtype.names is not None:
        return [[name, _describe(dtype[name])] for name in dtype.names]
    return dtype.str.lstrip("<>=|")


def decode(
    payload: bytes | memoryview,
    limit: int,
    make: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """Return the value of a payload; `make[tag](**fields)` builds what crossed under a tag.

    Raises BadPayload for anything that does not follow the grammar, on any bytes whatever.
    """
    if len(payload) > limit:
        raise BadPayload(f"{len(payload)} bytes, of which {limit} may cross")
    view = memoryview(payload)
    size = int.from_bytes(view[:4], "big")
    if len(view) < 4 or size > len(view) - 4:
        raise BadPayload("the header is longer than the payload")
    header = bytes(view[4 : 4 + size])
    if why := _why_heavy(header):
        raise BadPayload(why)
    try:
        said = json.loads(header.decode("ascii"))
        reader = _Reader(view[4 + size :], said["buffers"], make or {})
        return reader.value(said["value"], 0)
    except BadPayload:
        raise
    except Exception as error:  # whatever Python or numpy finds wrong with it
        raise BadPayload(f"{type(error).__name__}: {error}"[:200]) from error


class _Reader:
    def __init__(
        self, rest: memoryview, lengths: Any, make: Mapping[str, Callable[..., Any]]
    ) -> None:
        if type(lengths) is not list or not all(type(n) is int and n >= 0 for n in lengths):
            raise BadPayload("buffers is not a list of lengths")
        if sum(lengths) != len(rest):
            raise BadPayload("the buffers do not fill the payload")
        self.make = make
        self.rest = rest
        self.starts = list(accumulate(lengths, initial=0))

    def buffer(self, index: Any) -> memoryview:
        if type(index) is not int or not 0 <= index < len(self.starts) - 1:
            raise BadPayload("no such buffer")
        return self.rest[self.starts[index] : self.starts[index + 1]]

    def value(self, node: Any, depth: int) -> Any:
        if depth > MAX_DEPTH + 2:
            raise BadPayload("nested too deep")
        if type(node) is not list or not node or type(node[0]) is not str:
            raise BadPayload("a node is not a tagged list")
        tag, *rest = node
        reader = getattr(self, f"read_{tag}", None)
        if reader is None:
            raise BadPayload(f"unknown tag {tag[:40]!r}")
        return reader(depth, *rest)

    def read_none(self, depth: int) -> None:
        del depth

    def read_bool(self, depth: int, value: Any) -> bool:
        del depth
        if type(value) is not bool:
            raise BadPayload("not a bool")
        return value

    def read_int(self, depth: int, digits: Any) -> int:
        del depth
        return int(_matched(_INT, digits), 16)

    def read_float(self, depth: int, digits: Any) -> float:
        del depth
        return float.fromhex(_matched(_FLOAT, digits))

    def read_complex(self, depth: int, real: Any, imag: Any) -> complex:
        return complex(self.read_float(depth, real), self.read_float(depth, imag))

    def read_str(self, depth: int, value: Any) -> str:
        del depth
        return _text(value)

    def read_bytes(self, depth: int, value: Any) -> bytes:
        del depth
        return base64.b64decode(_text(value), validate=True)

    def read_list(self, depth: int, items: Any) -> list[Any]:
        return [self.value(item, depth + 1) for item in _items(items)]

    def read_tuple(self, depth: int, items: Any) -> tuple[Any, ...]:
        return tuple(self.read_list(depth, items))

    def read_dict(self, depth: int, pairs: Any) -> dict[Any, Any]:
        made = []
        for pair in _items(pairs):
            key, value = _items(pair)
            made.append((self.value(key, depth + 1), self.value(value, depth + 1)))
        # keys that share a hash would make a dictionary of them take the square of their number
        alike = Counter(hash(key) for key, _ in made).most_common(1)
        if alike and alike[0][1] > _MAX_ALIKE:
            raise BadPayload("the keys of a dictionary are too much alike")
        return dict(made)

    def read_tagged(self, depth: int, tag: Any, fields: Any) -> Any:
        if type(fields) is not dict or _text(tag) not in self.make:
            raise BadPayload("unknown kind of tagged value")
        return self.make[tag](**{k: self.value(v, depth + 1) for k, v in fields.items()})

    def read_array(self, depth: int, dtype: Any, shape: Any, index: Any) -> Any:
        del depth
        import numpy

        kind = numpy.dtype(_dtype(dtype, 0))
        sizes = _items(shape)
        if not all(type(n) is int and 0 <= n < 2**40 for n in sizes) or len(sizes) > 32:
            raise BadPayload("not a shape")
        buffer = self.buffer(index)
        count = 1
        for n in sizes:
            count *= n
        if count * kind.itemsize != len(buffer):
            raise BadPayload("a buffer does not fit its shape")
        if count == 0 and kind.itemsize > _MAX_EMPTY_ITEM:
            raise BadPayload("the items of an empty array are too large")
        if count == 0:
            return numpy.empty(sizes, kind)
        made = numpy.frombuffer(bytearray(buffer), kind).reshape(sizes)
        _hold_to_kind(numpy, made)
        return made

    def read_scalar(self, depth: int, dtype: Any, shape: Any, index: Any) -> Any:
        if shape != []:
            raise BadPayload("a scalar has a shape")
        return self.read_array(depth, dtype, shape, index)[()]

    def read_masked(self, depth: int, data: Any, mask: Any) -> Any:
        import numpy

        values, hidden = self.value(data, depth + 1), self.value(mask, depth + 1)
        for array in (values, hidden):
            if type(array) is not numpy.ndarray:
                raise BadPayload("a masked array is not made of arrays")
        if hidden.shape != values.shape or hidden.dtype != numpy.ma.make_mask_descr(values.dtype):
            raise BadPayload("a mask does not fit its array")
        return numpy.ma.MaskedArray(values, mask=hidden)


def _hold_to_kind(numpy: Any, array: Any) -> None:
    """Make every bool True or False, and refuse characters that are none: numpy believes bytes."""
    if array.dtype.names is not None:
        for name in array.dtype.names:
            _hold_to_kind(numpy, array[name])
    elif array.dtype.kind == "b":
        array[...] = array.view("u1") != 0
    elif array.dtype.kind == "U":
        letters = numpy.ascontiguousarray(array).view("u4")
        if letters.max(initial=0) > _LAST_CHARACTER:
            raise BadPayload("not a character")


def _text(value: Any) -> str:
    if type(value) is not str:
        raise BadPayload("not a string")
    return value


def _items(value: Any) -> list[Any]:
    if type(value) is not list:
        raise BadPayload("not a list")
    return value


def _matched(pattern: re.Pattern[str], value: Any) -> str:
    if not pattern.fullmatch(_text(value)):
        raise BadPayload("not a number")
    return str(value)


def _dtype(described: Any, depth: int) -> Any:
    if type(described) is not list:
        if not _DTYPE.fullmatch(_text(described)):
            raise BadPayload("not a dtype")
        return described
    if depth > MAX_DEPTH or not 0 < len(described) <= _MAX_FIELDS:
        raise BadPayload("not a dtype")
    return [(_text(name), _dtype(kind, depth + 1)) for name, kind in described]
