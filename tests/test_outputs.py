"""What a cell shows is put together as Jupyter does, and can be written whatever was sent."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.model import CellStatus
from dfl_grading.outputs import CellOutputs, OutputStore, note_of


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(text: str, display_id: str = "", *, update: bool = False) -> dict[str, Any]:
    return {
        "output_type": "update_display_data" if update else "display_data",
        "data": {"text/plain": text},
        "metadata": {},
        "transient": {"display_id": display_id} if display_id else {},
    }


def clear(*, wait: bool = False) -> dict[str, Any]:
    return {"output_type": "clear_output", "wait": wait}


def show(*sent: dict[str, Any], store: OutputStore | None = None, note: str = "") -> list[Any]:
    cell = CellOutputs(store or OutputStore())
    for output in sent:
        cell.add(output)
    cell.finish(note)
    return cell.outputs


def texts(outputs: list[Any]) -> list[str]:
    return [o.text if o.output_type == "stream" else o.data["text/plain"] for o in outputs]


def test_pieces_of_one_stream_become_one_output() -> None:
    outputs = show(stream("a"), stream("b\n"), stream("c", "stderr"), stream("d"))
    assert [(o.name, o.text) for o in outputs] == [
        ("stdout", "ab\n"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_a_display_parts_a_stream() -> None:
    assert texts(show(stream("a"), stream("b"), display("x"), stream("c"))) == ["ab", "x", "c"]


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ([stream("a"), stream("b"), clear()], []),
        ([stream("a"), clear(), stream("b")], ["b"]),
        ([stream("a"), clear(wait=True)], ["a"]),
        ([stream("a"), clear(wait=True), stream("b"), stream("c")], ["bc"]),
        ([display("a"), clear(wait=True), clear(wait=True), display("b")], ["b"]),
        ([stream("a"), clear(wait=True), clear(), stream("b"), display("c")], ["b", "c"]),
    ],
)
def test_clear_output(sent: list[dict[str, Any]], left: list[str]) -> None:
    assert texts(show(*sent)) == left


def test_an_update_reaches_every_display_of_its_id_in_every_cell() -> None:
    store = OutputStore()
    first = show(display("1", "one"), display("2", "two"), store=store)
    second = show(display("3", "one"), store=store)
    assert texts(first) == ["3", "2"]
    show(display("4", "one", update=True), display("5", "none", update=True), store=store)
    assert (texts(first), texts(second)) == (["4", "2"], ["4"])


def test_an_update_does_not_bring_back_what_was_cleared() -> None:
    assert texts(show(display("1", "one"), clear(), display("2", "one", update=True))) == []


def test_an_update_is_not_the_output_that_a_clear_waits_for() -> None:
    sent = display("1", "one"), clear(wait=True), display("2", "one", update=True)
    assert texts(show(*sent)) == ["2"]


def test_a_note_ends_the_cell_on_stderr() -> None:
    (output,) = show(note="stopped")
    assert (output.name, output.text) == ("stderr", "\n[stopped]\n")


@pytest.mark.parametrize(
    ("status", "overflowed", "expected"),
    [
        (CellStatus.OK, False, ""),
        (CellStatus.ERROR, False, ""),
        (CellStatus.TIMEOUT, False, "why"),
        (CellStatus.KILLED, False, "why"),
        (CellStatus.OK, True, "cut off"),
    ],
)
def test_what_is_noted(status: CellStatus, overflowed: bool, expected: str) -> None:
    assert expected in note_of(status, "why", overflowed)
    assert bool(note_of(status, "why", overflowed)) is bool(expected)


def test_json_stays_json_and_all_else_is_text() -> None:
    data = {
        "application/json": {"x": [1, None]},
        "application/x.v1+json": 5,
        "text/plain": {"a": 1},
    }
    (output,) = show({"output_type": "display_data", "data": data, "metadata": {"k": [1]}})
    assert output.data["application/json"] == {"x": [1, None]}
    assert output.data["application/x.v1+json"] == 5
    assert output.data["text/plain"] == "{'a': 1}"
    assert output.metadata == {"k": [1]}


def test_nested_data_has_a_bottom() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"d": [deep]}
    data = {"application/json": deep}
    (output,) = show({"output_type": "display_data", "data": data, "metadata": deep})
    assert len(json.dumps(output)) < 2000


@pytest.mark.parametrize("count", [-1, True, "5", 2.5, None])
def test_a_false_execution_count_is_none(count: Any) -> None:
    sent = {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": count}
    assert show(sent)[0].execution_count is None


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"output_type": "script"},
        {"output_type": ["stream"]},
        {"output_type": "display_data", "data": [], "metadata": {}},
        {"output_type": "execute_result", "data": {}, "metadata": None},
    ],
)
def test_what_has_no_known_shape_is_left_out(sent: dict[str, Any]) -> None:
    assert show(sent) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=["Cs", "L", "Cc", "So"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["stream", "error", "display_data", "update_display_data", "execute_result", "clear_output"]
)
MIMES = st.sampled_from(["text/plain", "application/json", "text/x+json", "a+json", "\ud800"])
SENT = st.fixed_dictionaries(
    {},
    optional={
        "output_type": KINDS | JSON,
        "name": JSON | st.just("stderr"),
        "text": JSON,
        "ename": JSON,
        "evalue": JSON,
        "traceback": JSON,
        "data": st.dictionaries(MIMES, JSON, max_size=3) | JSON,
        "metadata": st.dictionaries(st.text(max_size=3), JSON, max_size=3) | JSON,
        "execution_count": JSON,
        "wait": JSON,
        "transient": JSON | st.just({"display_id": "one"}),
    },
)


@settings(deadline=None, max_examples=40)
@given(st.lists(SENT, max_size=4))
def test_whatever_is_sent_can_be_written_as_a_notebook(sent: list[dict[str, Any]]) -> None:
    cell = nbformat.v4.new_code_cell(outputs=show(*sent))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    text = json.dumps(notebook, allow_nan=False, ensure_ascii=False).encode()
    assert len(json.loads(text)["cells"][0]["outputs"]) <= len(sent)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=4)), max_size=9))
def test_no_text_is_lost(pieces: list[tuple[str, str]]) -> None:
    outputs = show(*(stream(text, name) for name, text in pieces))
    for name in ("stdout", "stderr"):
        assert "".join(o.text for o in outputs if o.name == name) == "".join(
            text.encode("utf-8", "replace").decode() for kind, text in pieces if kind == name
        )
    assert all(a.name != b.name for a, b in itertools.pairwise(outputs))


def test_many_pieces_and_many_displays_of_one_id_take_little_time() -> None:
    begun = time.process_time()
    show(stream("x" * 5_000_000), *(stream("y") for _ in range(4000)))
    show(*(display(str(i), "one") for i in range(3000)))
    assert time.process_time() - begun < 5
