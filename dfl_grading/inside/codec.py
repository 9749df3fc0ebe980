"""Plain values as bytes and back: numbers, strings, containers, arrays, and nothing that runs.

A payload is a header length (4 bytes, big-endian), a JSON header and raw buffers:
`{"value": node, "buffers": [length, …]}`. A node is a list that starts with its tag; see
`docs/wire.md` for the grammar. Decoding allocates no more than the payload's own size, never
executes anything, and raises BadPayload for whatever does not follow the grammar.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["MAX_DEPTH", "BadPayload", "Tagged", "TooLarge", "decode", "encode"]

MAX_DEPTH = 50
_SCALAR_KINDS = "biufcUSMm"


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
    if len(header) + writer.size > limit:
        raise TooLarge(f"{len(header) + writer.size} bytes, of which {limit} may cross")
    return b"".join([len(header).to_bytes(4, "big"), header, *writer.buffers])


class _Writer:
    def __init__(self, limit: int, adapt: Callable[[Any], Any] | None) -> None:
        self.limit = limit
        self.adapt = adapt
        self.buffers: list[bytes] = []
        self.size = 0

    def node(self, value: Any, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise TooLarge(f"nested more than {MAX_DEPTH} deep")
        self.spend(8)
        made = self.simple(value)
        if made is not None:
            return made
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            made = self.array(numpy, value)
            if made is not None:
                return made
        if isinstance(value, list | tuple):
            tag = "list" if isinstance(value, list) else "tuple"
            return [tag, [self.node(item, depth + 1) for item in tuple.__iter__(tuple(value))]]
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
            plain = complex.__add__(value, 0j) if type(value) is not complex else value
            return ["complex", plain.real.hex(), plain.imag.hex()]
        if isinstance(value, str):
            self.spend(str.__len__(value))
            return ["str", str.__str__(value)]
        if isinstance(value, bytes | bytearray):
            self.spend(len(value))
            return ["bytes", base64.b64encode(bytes(value)).decode()]
        return None

    def array(self, numpy: Any, value: Any) -> list[Any] | None:
        if isinstance(value, numpy.ma.MaskedArray):
            data = numpy.ma.getdata(value)
            mask = numpy.ma.getmaskarray(value)
            inner, hidden = self.array(numpy, data), self.array(numpy, mask)
            return None if inner is None or hidden is None else ["masked", inner, hidden]
        scalar = isinstance(value, numpy.generic)
        plain = numpy.array(value, copy=None, subok=False)
        dtype = _describe(plain.dtype)
        if dtype is None:
            return None
        self.spend(plain.nbytes)
        if plain.dtype.byteorder == ">":
            plain = plain.astype(plain.dtype.newbyteorder("="))
        self.buffers.append(plain.tobytes())
        return ["scalar" if scalar else "array", dtype, list(plain.shape), len(self.buffers) - 1]

    def spend(self, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")


def _describe(dtype: Any) -> Any:
    """The JSON form of a dtype: "f8", or a list of [name, dtype] for records; None if it cannot
    cross (Python objects, sub-arrays)."""
    if dtype.names is not None:
        fields = [[name, _describe(dtype[name])] for name in dtype.names]
        packed = sum(dtype[name].itemsize for name in dtype.names) == dtype.itemsize
        return fields if packed and all(kind is not None for _, kind in fields) else None
    if dtype.subdtype is not None or dtype.kind not in _SCALAR_KINDS:
        return None
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
    try:
        header = json.loads(bytes(view[4 : 4 + size]))
        reader = _Reader(view[4 + size :], header["buffers"], make or {})
        return reader.value(header["value"], 0)
    except BadPayload:
        raise
    except (KeyError, TypeError, ValueError, IndexError, RecursionError, OverflowError) as error:
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
        self.buffers: list[memoryview] = []
        start = 0
        for length in lengths:
            self.buffers.append(rest[start : start + length])
            start += length

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
        return int(_text(digits), 16)

    def read_float(self, depth: int, digits: Any) -> float:
        del depth
        return float.fromhex(_text(digits))

    def read_complex(self, depth: int, real: Any, imag: Any) -> complex:
        del depth
        return complex(float.fromhex(_text(real)), float.fromhex(_text(imag)))

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
        made = {}
        for pair in _items(pairs):
            key, value = _items(pair)
            made[self.value(key, depth + 1)] = self.value(value, depth + 1)
        return made

    def read_tagged(self, depth: int, tag: Any, fields: Any) -> Any:
        if type(fields) is not dict or _text(tag) not in self.make:
            raise BadPayload("unknown kind of tagged value")
        return self.make[tag](**{k: self.value(v, depth + 1) for k, v in fields.items()})

    def read_array(self, depth: int, dtype: Any, shape: Any, index: Any) -> Any:
        del depth
        import numpy

        kind = numpy.dtype(_dtype(dtype))
        sizes = _items(shape)
        if not all(type(n) is int and 0 <= n < 2**40 for n in sizes) or len(sizes) > 32:
            raise BadPayload("not a shape")
        if type(index) is not int or not 0 <= index < len(self.buffers):
            raise BadPayload("no such buffer")
        count = 1
        for n in sizes:
            count *= n
        buffer = self.buffers[index]
        if count * kind.itemsize != len(buffer):
            raise BadPayload("a buffer does not fit its shape")
        if len(buffer) == 0:
            return numpy.empty(sizes, kind)
        return numpy.frombuffer(bytearray(buffer), kind).reshape(sizes)

    def read_scalar(self, depth: int, dtype: Any, shape: Any, index: Any) -> Any:
        if shape != []:
            raise BadPayload("a scalar has a shape")
        return self.read_array(depth, dtype, shape, index)[()]

    def read_masked(self, depth: int, data: Any, mask: Any) -> Any:
        import numpy

        values, hidden = self.value(data, depth + 1), self.value(mask, depth + 1)
        if not isinstance(values, numpy.ndarray) or not isinstance(hidden, numpy.ndarray):
            raise BadPayload("a masked array is not made of arrays")
        return numpy.ma.MaskedArray(values, mask=hidden)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise BadPayload("not a string")
    return value


def _items(value: Any) -> list[Any]:
    if type(value) is not list:
        raise BadPayload("not a list")
    return value


def _dtype(described: Any) -> Any:
    if type(described) is list:
        return [(_text(name), _dtype(kind)) for name, kind in described]
    text = _text(described)
    if not text or text[0] not in "biufcUSMm" or len(text) > 20:
        raise BadPayload("not a dtype")
    return text
