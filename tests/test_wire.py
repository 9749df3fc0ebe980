"""Values as bytes: what crosses crosses whole, and no bytes whatever do more than be refused."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dfl_grading.inside import codec
from dfl_grading.inside.adapt import adapt
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable
from dfl_grading.wire import (
    VALUE_LIMIT,
    BadPayload,
    TooLarge,
    decode_value,
    encode_value,
    take_item,
)


def cross(value: Any) -> Any:
    """The value as the host gets it from a box."""
    return decode_value(codec.encode(value, VALUE_LIMIT, adapt))


def pack(node: Any, *buffers: bytes, lengths: Any = None, **more: Any) -> bytes:
    """A payload with this node, right or wrong."""
    header = {"value": node, "buffers": [len(b) for b in buffers] if lengths is None else lengths}
    text = json.dumps({**header, **more}).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(buffers)


def same(one: Any, other: Any) -> bool:
    """Whether two values are of one type and equal to the bit, NaN and the sign of zero too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ma.MaskedArray):
        masks = np.ma.getmaskarray(one), np.ma.getmaskarray(other)
        return same(*masks) and same(np.ma.getdata(one), np.ma.getdata(other))
    if isinstance(one, np.ndarray | np.generic):
        return bool(
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, float):
        return one.hex() == other.hex()
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    return bool(one == other)


# ------------------------------------------------------------------ what crosses

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**64, max_value=2**300),
    st.floats(),
    st.complex_numbers(allow_nan=True),
    st.text(max_size=20),
    st.binary(max_size=20),
)
DTYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(),
    npst.unsigned_integer_dtypes(),
    npst.floating_dtypes(),
    npst.complex_number_dtypes(),
    npst.unicode_string_dtypes(max_len=5),
    npst.byte_string_dtypes(max_len=5),
    npst.datetime64_dtypes(),
    npst.timedelta64_dtypes(),
)
RECORDS = npst.array_dtypes(subtype_strategy=DTYPES, max_size=3)
ARRAYS = st.one_of(DTYPES, RECORDS).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0, max_side=3))
)
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats())
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=8,
)


def native(value: Any) -> Any:
    """The value with arrays in this machine's byte order, as they cross."""
    if isinstance(value, np.ndarray):
        packed = codec._packed(np, value.dtype)
        return value.astype(packed)
    if isinstance(value, list | tuple):
        return type(value)(native(item) for item in value)
    if isinstance(value, dict):
        return {key: native(item) for key, item in value.items()}
    return value


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_plain_values_cross_whole(value: Any) -> None:
    assert same(decode_value(encode_value(value)), native(value))


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**4000),
        10**5000,
        float("nan"),
        -0.0,
        math.inf,
        complex(-0.0, math.nan),
        "\ud800 half of a pair",
        "\N{SNOWMAN}\x00\x1b[31m",
        np.float64(0.1),
        np.float32("nan"),
        np.bool_(True),
        np.int8(-3),
        np.complex64(1 + 2j),
        np.datetime64("2030-01-01", "ns"),
        np.datetime64("NaT"),
        np.timedelta64(3, "h"),
        np.array(2.5),
        np.zeros((0, 3)),
        np.zeros((2, 0), "U3"),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(10)[::-2],
        np.asfortranarray(np.eye(3)),
        np.array(["", "schön", "\U0001f600"]),
        np.array([True, False]),
        np.array([(1, 2.5, "x")], [("a", "i4"), ("b", "f8"), ("c", "U2")]),
        np.array([(1, (2.5, True))], [("a", "i1"), ("b", [("c", "f8"), ("d", "?")])]),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        np.ma.masked_array([(1, 2.0)], mask=[(True, False)], dtype=[("a", "i4"), ("b", "f8")]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_odd_values_cross_whole(value: Any) -> None:
    assert same(decode_value(encode_value(value)), native(value))


def test_an_array_that_came_can_be_written_to() -> None:
    came = decode_value(encode_value(np.zeros(3)))
    came[0] = 1.0
    assert came.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("kind", [">f8", ">i4", ">U2", ">M8[s]"])
def test_the_byte_order_of_an_array_is_not_lost(kind: str) -> None:
    value = np.array([1, 2, 3]).astype(kind)
    assert decode_value(encode_value(value)).tolist() == value.tolist()


def test_records_cross_whatever_their_layout() -> None:
    other_order = np.array([(1.5, 2)], [("a", ">f8"), ("b", ">i4")])
    with_gaps = np.array([(1, 2.5)], np.dtype([("a", "i1"), ("b", "f8")], align=True))
    assert cross(other_order).tolist() == [(1.5, 2)]
    assert cross(with_gaps).tolist() == [(1, 2.5)]


def test_a_long_double_keeps_its_digits() -> None:
    value = np.longdouble(1) / 3
    assert cross(value) == value
    assert type(cross(value)) is np.longdouble


def test_an_empty_numpy_string_crosses() -> None:
    assert cross(np.str_("")) == ""
    assert cross(np.bytes_(b"")) == b""


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (namedtuple("Point", "x y")(1, 2.0), (1, 2.0)),
        (OrderedDict(a=1), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (defaultdict(list, {1: [2]}), {1: [2]}),
        (IntEnum("Colour", "RED")(1), 1),  # type: ignore[call-overload]
        (np.array([1.0, 2.0]).view(np.recarray), np.array([1.0, 2.0])),
        (np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_well_known_subclasses_cross_as_what_they_hold(value: Any, plain: Any) -> None:
    came = cross(value)
    if plain is None:
        assert type(came) is np.ndarray
        assert came.tolist() == [(1, 2.0)]
    else:
        assert same(came, plain)


# ------------------------------------------------------------------ subclasses that lie


class LyingFloat(float):
    def __float__(self) -> float:
        return 42.0

    def hex(self) -> str:
        return (42.0).hex()

    def __repr__(self) -> str:
        return "42.0"

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class LyingInt(int):
    def __format__(self, spec: str) -> str:
        return "2a"

    def __index__(self) -> int:
        return 42


class LyingComplex(complex):
    real = 42.0  # type: ignore[assignment]
    imag = 0.0  # type: ignore[assignment]

    def __add__(self, other: object) -> complex:
        return 42 + 0j


class LyingStr(str):
    def __str__(self) -> str:
        return "42"

    def __len__(self) -> int:
        return 2


class LyingBytes(bytes):
    def __bytes__(self) -> bytes:
        return b"42"

    def __len__(self) -> int:
        return 0


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[int]:
        return iter([42])

    def __len__(self) -> int:
        return 1


class LyingTuple(tuple):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[int]:
        return iter([42])


class LyingDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("answer", 42)]

    def __iter__(self) -> Iterator[str]:
        return iter(["answer"])


class LyingArray(np.ndarray):
    def tobytes(self, order: Any = "C") -> bytes:
        return np.full(2, 42.0).tobytes()

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        return np.full(2, 42.0)

    def astype(self, *_: Any, **__: Any) -> Any:
        return np.full(2, 42.0)

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        return 0


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (LyingFloat(1.5), 1.5),
        (LyingInt(7), 7),
        (LyingComplex(1 + 2j), 1 + 2j),
        (LyingStr("no"), "no"),
        (LyingBytes(b"no"), b"no"),
        (LyingList([1, 2]), [1, 2]),
        (LyingTuple([1, 2]), (1, 2)),
        (LyingDict(wrong=1), {"wrong": 1}),
        (np.array([1.0, 2.0]).view(LyingArray), np.array([1.0, 2.0])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_crosses_as_what_it_is_and_not_as_it_says(value: Any, truth: Any) -> None:
    assert same(cross(value), truth)


# ------------------------------------------------------------------ what does not cross


def _generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (_generator(), "generator"),
        ({1, 2}, "set"),
        (frozenset([1]), "frozenset"),
        (LyingFloat, "type"),
        (object(), "object"),
        (range(3), "range"),
        (print, "builtin_function_or_method"),
        (map(abs, [1]), "map"),
        (np.random.default_rng(0), "Generator"),
        (np.array([1, None], dtype=object), "numpy array of dtype object"),
        (np.zeros(2, [("a", "O")]), "numpy array of dtype [('a', 'O')]"),
        (np.zeros(2, [("a", "f8", (3,))]), "numpy array of dtype [('a', '<f8', (3,))]"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_graded_is_refused_by_the_name_of_its_type(value: Any, name: str) -> None:
    assert cross(value) == Ungradeable(name)
    assert cross([1.5, value]) == [1.5, Ungradeable(name)]
    with pytest.raises(TypeError):
        encode_value(value)


@pytest.mark.parametrize(
    "value",
    [
        [None] * (codec.MAX_BRACKETS + 1),
        "x" * codec.MAX_HEADER,
        "[" * codec.MAX_BRACKETS,
        np.zeros(VALUE_LIMIT, "u1"),
        b"x" * codec.MAX_HEADER,
    ],
    ids=[
        "many items",
        "a long string",
        "a string of brackets",
        "a large array",
        "long bytes",
    ],
)
def test_what_is_too_large_says_so(value: Any) -> None:
    with pytest.raises(TooLarge):
        encode_value(value)


def test_what_holds_itself_says_so() -> None:
    inner: list[Any] = []
    inner += [inner, inner, inner]
    with pytest.raises(TooLarge):
        encode_value(inner)


@settings(deadline=None, max_examples=50)
@given(VALUES, st.integers(min_value=0, max_value=400))
def test_what_is_sent_keeps_to_the_limit_that_it_is_read_with(value: Any, limit: int) -> None:
    try:
        payload = encode_value(value, limit)
    except TooLarge:
        return
    assert same(decode_value(payload, limit), native(value))


# ------------------------------------------------------------------ bytes that nobody vouches for


def read_or_refuse(payload: bytes, limit: int = VALUE_LIMIT) -> Any:
    """What came; None where the payload was refused. Any other exception fails the test."""
    try:
        return decode_value(payload, limit)
    except BadPayload:
        return None


TREE = ["list", [["dict", [[["str", "a"], ["float", "0x1.8p+0"]]]], ["array", "f8", [1], 0]]]
TAGS = st.sampled_from(
    (
        *("none", "bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict"),
        *("tagged", "array", "scalar", "masked"),
    )
)
WORDS = st.sampled_from(
    (
        *("table", "plot", "plot line", "expression", "ungradeable", "raised", "text", "symbols"),
        *("name", "message", "details", "x", "y", "f8", "b1", "U1", "M8[s]", "O", "V9"),
        *("nan", "0x1.0p+1", "ff"),
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | TAGS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=15,
)
NODES = st.recursive(
    st.one_of(
        st.tuples(TAGS, JSON).map(list),
        st.tuples(st.sampled_from(["array", "scalar"]), JSON, JSON, st.integers(-1, 2)).map(list),
        st.tuples(st.just("array"), WORDS, st.lists(st.integers(0, 9), max_size=2), st.just(0)).map(
            list
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "tuple"]), st.lists(inner, max_size=3)).map(list),
        st.tuples(st.just("dict"), st.lists(st.tuples(inner, inner).map(list), max_size=3)).map(
            list
        ),
        st.tuples(st.just("masked"), inner, inner).map(list),
        st.tuples(st.just("tagged"), WORDS, st.dictionaries(WORDS, inner, max_size=4)).map(list),
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert read_or_refuse(data) is None


@settings(deadline=None, max_examples=150)
@given(JSON | NODES, st.lists(st.binary(max_size=16), max_size=2), st.none() | JSON)
def test_any_header_is_read_or_refused(node: Any, buffers: list[bytes], lengths: Any) -> None:
    read_or_refuse(pack(node, *buffers, lengths=lengths))


@settings(deadline=None, max_examples=150)
@given(VALUES, st.data())
def test_a_damaged_payload_is_read_or_refused(value: Any, data: st.DataObject) -> None:
    payload = bytearray(encode_value(value))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(payload) - 1)))
        end = data.draw(st.integers(at, min(len(payload), at + 8)))
        payload[at:end] = data.draw(st.binary(max_size=8))
    read_or_refuse(bytes(payload))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0\0\0",
        b"\xff\xff\xff\xff{}",
        pack(TREE),
        pack(TREE, bytes(8), b"more", lengths=[8]),
        pack(TREE, bytes(8), lengths=[8, 0, -8, 8]),
        pack(TREE, bytes(8), lengths=[True] * 8),
        pack(TREE, bytes(8)).replace(b'"a"', b'"\xc3\xa9"'),
        pack(None),
        pack([]),
        pack(["nothing"]),
        pack(["value", []]),
        pack(["none", 1]),
        pack(["bool", 1]),
        pack(["int", 1]),
        pack(["int", "0x1f"]),
        pack(["int", "1_0"]),
        pack(["int", "9" * 5000 + "z"]),
        pack(["float", "1.5"]),
        pack(["float", "0x1.0p+99999"]),
        pack(["float", " nan"]),
        pack(["complex", "nan"]),
        pack(["str", 1]),
        pack(["bytes", "?"]),
        pack(["list", {}]),
        pack(["dict", [[["int", "1"]]]]),
        pack(["dict", [[["list", []], ["none"]]]]),
        pack(["dict", {"a": 1}]),
        pack(["tagged", "module", {}]),
        pack(["tagged", "raised", {}]),
        pack(["tagged", "raised", {"name": ["str", "E"], "message": ["int", "1"]}]),
        pack(["tagged", "expression", {"text": ["str", "x"], "symbols": ["str", "x"], "z": []}]),
        pack(["array", "O", [1], 0], bytes(8)),
        pack(["array", "V8", [1], 0], bytes(8)),
        pack(["array", "f8,f8", [1], 0], bytes(16)),
        pack(["array", "(2,)f8", [1], 0], bytes(16)),
        pack(["array", ">f8", [1], 0], bytes(8)),
        pack(["array", "M8[s/0]", [1], 0], bytes(8)),
        pack(["array", "f8", [-1], 0], bytes(8)),
        pack(["array", "f8", [True], 0], bytes(8)),
        pack(["array", "f8", [1.0], 0], bytes(8)),
        pack(["array", "f8", [2], 0], bytes(8)),
        pack(["array", "f8", [1], 1], bytes(8)),
        pack(["array", "f8", [1], -1], bytes(8)),
        pack(["array", "f8", [1], True], bytes(8), bytes(8)),
        pack(["array", "f8", [1] * 33, 0], bytes(8)),
        pack(["array", [], [1], 0], b""),
        pack(["array", [["a", "f8"], ["a", "f8"]], [1], 0], bytes(16)),
        pack(["array", [["a"]], [1], 0], bytes(8)),
        pack(["array", "U1", [1], 0], b"\xff\xff\xff\xff"),
        pack(["array", [["a", "U1"]], [1], 0], b"\0\0\x11\0"),
        pack(["scalar", "f8", [1], 0], bytes(8)),
        pack(["masked", ["float", "nan"], ["array", "b1", [1], 0]], b"\1"),
        pack(["masked", ["array", "f8", [1], 0], ["array", "b1", [2], 1]], bytes(8), b"\0\0"),
        pack(["masked", ["array", "f8", [1], 0], ["array", "f8", [1], 0]], bytes(8)),
    ],
    ids=lambda payload: repr(payload[4:70]),
)
def test_what_does_not_follow_the_grammar_is_refused(payload: bytes) -> None:
    with pytest.raises(BadPayload):
        decode_value(payload)


TAGGED: dict[str, dict[str, Any]] = {
    "table": {
        "kind": "DataFrame",
        "columns": ("a",),
        "dtypes": ("float64",),
        "data": (np.zeros(2),),
        "index": np.arange(2),
        "index_names": (None,),
    },
    "plot": {
        "lines": (codec.Tagged("plot line", x=np.zeros(2), y=np.zeros(2), label="", kind="line"),),
        "title": "",
        "xlabel": "",
        "ylabel": "",
        "xscale": "linear",
        "yscale": "log",
        "legend": ("a",),
        "images": (np.eye(2),),
    },
    "expression": {"text": "x**2", "symbols": ("x",)},
    "ungradeable": {"type_name": "set", "reason": ""},
    "raised": {"name": "NameError", "message": "no", "details": {"undefined": "x"}},
}
KINDS = {
    "table": Table,
    "plot": Plot,
    "expression": Expression,
    "ungradeable": Ungradeable,
    "raised": Raised,
}
WRONG = [
    ("table", "data", (np.zeros(3),)),
    ("table", "data", (np.zeros((2, 1)),)),
    ("table", "data", ([0.0, 0.0],)),
    ("table", "data", ()),
    ("table", "columns", np.zeros(1)),
    ("table", "columns", ([1],)),
    ("table", "dtypes", (1,)),
    ("table", "index", 2),
    ("table", "kind", 1),
    ("table", "index_names", 3),
    ("plot", "lines", (1,)),
    ("plot", "lines", 1),
    ("plot", "images", (1,)),
    ("plot", "images", 1),
    ("plot", "legend", "abc"),
    ("plot", "title", None),
    ("plot", "colour", "red"),
    ("expression", "symbols", "x"),
    ("expression", "text", 1),
    ("ungradeable", "reason", 1),
    ("raised", "details", [1]),
]


@pytest.mark.parametrize("tag", TAGGED)
def test_tables_plots_and_the_rest_arrive_as_the_hosts_own_types(tag: str) -> None:
    came = cross(codec.Tagged(tag, **TAGGED[tag]))
    assert type(came) is KINDS[tag]
    if tag == "plot":
        assert type(came.lines[0]) is PlotLine


@pytest.mark.parametrize(("tag", "field", "value"), WRONG)
def test_a_field_of_another_kind_is_refused(tag: str, field: str, value: Any) -> None:
    with pytest.raises(BadPayload):
        cross(codec.Tagged(tag, **{**TAGGED[tag], field: value}))


def test_the_truth_values_of_an_array_are_made_so() -> None:
    """numpy believes a byte of 2 to be a bool, and then neither True nor False equals it."""
    came = decode_value(pack(["array", "b1", [3], 0], b"\0\1\2"))
    assert came.tobytes() == b"\0\1\1"
    record = decode_value(pack(["array", [["a", "b1"], ["b", "i1"]], [1], 0], b"\2\2"))
    assert record.tobytes() == b"\1\2"


# ------------------------------------------------------------------ bombs


def deep(open_bracket: str, close: str, times: int) -> bytes:
    text = '{"value":' + open_bracket * times + close * times + ',"buffers":[]}'
    return len(text).to_bytes(4, "big") + text.encode()


def long_header(item: str, times: int) -> bytes:
    text = '{"value":["list",[' + ",".join([item] * times) + ']],"buffers":[]}'
    return len(text).to_bytes(4, "big") + text.encode()


def alike(count: int) -> bytes:
    """A dictionary whose keys share one hash."""
    modulus = 2**61 - 1
    pairs = [[["int", f"{n * modulus:x}"], ["none"]] for n in range(1, count)]
    return pack(["dict", pairs])


MANY = codec.MAX_BRACKETS
BOMBS = {
    "deep lists": lambda: deep('["list",[', "]]", 100_000),
    "deep nothing": lambda: deep("[", "]", MANY - 1),
    "deep dictionaries": lambda: deep('{"a":', "}", MANY - 1),
    "many lists": lambda: long_header("[]", MANY + 1),
    "many dictionaries": lambda: long_header('{"a":1}', MANY - 10),
    "many numbers": lambda: long_header("1", 7 * MANY),
    "many nodes": lambda: long_header('["none"]', MANY // 10),
    "many buffers": lambda: pack(["none"], lengths=[0] * MANY),
    "a large header": lambda: long_header('"' + "x" * 1000 + '"', codec.MAX_HEADER // 1000),
    "a shape of nothing": lambda: pack(["array", "f8", [2**39, 2**39, 0], 0], b""),
    "strings of no length": lambda: pack(["array", "U0", [2**39], 0], b""),
    "records of nothing": lambda: pack(["array", [["a", "S0"]], [2**39], 0], b""),
    "one huge item": lambda: pack(["array", "U999999999", [0], 0], b""),
    "deep records": lambda: pack(["array", _nested(400), [0], 0], b""),
    "wide records": lambda: pack(["array", [[f"f{n}", "f8"] for n in range(9999)], [0], 0], b""),
    "columns of an array": lambda: codec.encode(
        codec.Tagged("table", **{**TAGGED["table"], "columns": np.zeros(40_000_000, "i1")}),
        VALUE_LIMIT,
    ),
    "keys of one hash": lambda: alike(20_000),
    "an integer of a million digits": lambda: pack(["int", "f" * 8_000_000]),
    "a number of many digits": lambda: long_header("1" * 5000, 10),
}


def _nested(depth: int) -> Any:
    kind: Any = "f8"
    for _ in range(depth):
        kind = [["a", kind]]
    return kind


@pytest.mark.parametrize("name", BOMBS)
def test_no_payload_takes_more_memory_than_a_small_multiple_of_a_header(name: str) -> None:
    payload = BOMBS[name]()
    np.dtype([("a", "f8")])  # numpy's own first imports are not the payload's
    tracemalloc.start()
    try:
        read_or_refuse(payload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * codec.MAX_HEADER


def test_a_payload_above_its_limit_is_not_looked_at() -> None:
    with pytest.raises(BadPayload, match="of which 10 may cross"):
        decode_value(encode_value("a value"), limit=10)


def test_many_honest_keys_still_make_a_dictionary() -> None:
    value = {n: float(n) for n in range(20_000)}
    assert cross(value) == value


# ------------------------------------------------------------------ one item of a payload


@settings(deadline=None, max_examples=50)
@given(VALUES, st.floats())
@example([np.zeros(2), np.ones(3)], 0.25)
def test_the_value_of_an_observation_is_taken_out_whole(value: Any, seconds: float) -> None:
    first = encode_value({"value": value, "mutated": [], "seconds": seconds})
    later = encode_value({"value": value, "mutated": [], "seconds": 99.0})
    taken = take_item(first, "value")
    assert same(decode_value(taken), native(value))
    assert taken == take_item(later, "value")


@pytest.mark.parametrize("payload", [b"", pack(["dict", []]), pack(["none"]), b"\0\0\0\2{}"])
def test_an_item_that_is_not_there_is_refused(payload: bytes) -> None:
    with pytest.raises(BadPayload):
        take_item(payload, "value")


# ------------------------------------------------------------------ libraries, in a real box

CELL = """
import decimal, fractions
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.sparse
import sympy

frame = pd.DataFrame(
    {"a": [1.5, 2.5], "n": pd.array([1, None], dtype="Int64"), "t": ["x", None], 7: [True, False]},
    index=pd.Index(["r", "s"], name="row"),
)
figure, axes = plt.subplots()
axes.plot([0, 1, 2], [1, 10, 100], label="growth")
axes.scatter([1.0], [2.0], label="dots")
axes.bar(["u", "v"], [3, 4])
axes.set(title="T", xlabel="X", ylabel="Y", yscale="log")
axes.legend()
picture = plt.figure().add_subplot()
picture.imshow([[1.0, 2.0], [3.0, 4.0]])
two, _ = plt.subplots(2)
x, y = sympy.symbols("x y")
sparse = scipy.sparse.csr_matrix(([5.0], ([1], [2])), shape=(2, 3))
"""
VALUES_IN_A_BOX: dict[str, Any] = {
    "frame['a'].sum()": np.float64(4.0),
    "pd.Timestamp('2030-01-02')": np.datetime64("2030-01-02T00:00:00.000000"),
    "pd.NA": float("nan"),
    "pd.Index([1, 2])": np.array([1, 2]),
    "sparse": np.array([[0.0, 0, 0], [0, 0, 5.0]]),
    "scipy.sparse.coo_array(np.eye(2))": np.eye(2),
    "sympy.Rational(1, 3) * x + y": Expression("x/3 + y", ("x", "y")),
    "sympy.Matrix([[x, 1]])": [[Expression("x", ("x",)), Expression("1")]],
    "sympy.pi": Expression("pi"),
    "two": Ungradeable("Figure"),
    "fractions.Fraction(1, 2)": Ungradeable("Fraction"),
    "decimal.Decimal(1)": Ungradeable("Decimal"),
    "np.poly1d([1, 2])": Ungradeable("poly1d"),
    "iter([1])": Ungradeable("list_iterator"),
    "scipy.sparse.eye(20_000)": Ungradeable(
        "dia_matrix", "it is too large to be compared entry by entry"
    ),
    "{'a': (np.arange(3), [sparse])}": {
        "a": (np.arange(3), [np.array([[0.0, 0, 0], [0, 0, 5.0]])])
    },
}


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the host sees of each expression, after the cell has run in a box."""
    import courses

    from dfl_grading.box import Zygote
    from dfl_grading.model import Limits

    preload = ("numpy", "pandas", "matplotlib.pyplot", "scipy.sparse", "sympy")
    asked = [*VALUES_IN_A_BOX, "frame", "frame['a']", "pd.DataFrame()", "axes", "figure", "picture"]
    with (
        Zygote(preload=preload, walls=courses.boxes()) as zygote,
        zygote.spawn(Limits()) as box,
    ):
        end = box.run_cell(CELL, 60, lambda output: None)
        assert end.error_name == "", end.message
        return {text: box.observe(text, [encode_value({})], 20.0)[0].value for text in asked}


@pytest.mark.parametrize("text", VALUES_IN_A_BOX)
def test_what_libraries_make_arrives_as_plain_data(seen: dict[str, Any], text: str) -> None:
    assert same(seen[text], VALUES_IN_A_BOX[text])


def test_a_table_arrives_by_its_columns(seen: dict[str, Any]) -> None:
    frame, series, empty = seen["frame"], seen["frame['a']"], seen["pd.DataFrame()"]
    assert (frame.kind, frame.columns, frame.index_names) == (
        "DataFrame",
        ("a", "n", "t", 7),
        ("row",),
    )
    assert frame.dtypes[:2] == ("float64", "Int64")
    first, second, third, fourth = frame.data
    assert first.tolist() == [1.5, 2.5]
    assert same(second, np.array([1.0, np.nan]))
    assert third.tolist()[0] == "x"
    assert fourth.tolist() == [True, False]
    assert frame.index.tolist() == ["r", "s"]
    assert (series.kind, series.columns, series.data[0].tolist()) == ("Series", ("a",), [1.5, 2.5])
    assert (empty.columns, empty.data, empty.index.shape) == ((), (), (0,))


def test_a_plot_arrives_by_what_was_drawn(seen: dict[str, Any]) -> None:
    axes, figure = seen["axes"], seen["figure"]
    assert (axes.title, axes.xlabel, axes.ylabel, axes.yscale) == ("T", "X", "Y", "log")
    found = {line.kind: (line.label, line.x.tolist(), line.y.tolist()) for line in axes.lines}
    assert found["line"] == ("growth", [0, 1, 2], [1, 10, 100])
    assert found["points"] == ("dots", [1.0], [2.0])
    assert found["bars"][1:] == ([0.0, 1.0], [3.0, 4.0])
    assert axes.legend == ("growth", "dots")
    assert [line.kind for line in figure.lines] == [line.kind for line in axes.lines]
    assert [image.tolist() for image in seen["picture"].images] == [[[1.0, 2.0], [3.0, 4.0]]]
