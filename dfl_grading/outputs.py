"""What a cell shows, put together as Jupyter does from what a box sends, piece by piece.

Nothing that comes in is believed: an output that is not of nbformat's shape is left out, and what
is kept can be written as a notebook whatever was sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dfl_grading.model import CellStatus

__all__ = ["CellOutputs", "OutputStore", "note_of"]

_DEEPEST = 40
"""How deep metadata and JSON may be nested; what lies deeper is text."""
_MOST_OF_ONE_ID = 100
"""How many displays of one display_id an update reaches: the last ones."""
_HOLDS_JSON = re.compile(r"application/(.*\+)?json")


@dataclass
class OutputStore:
    """The displays of one notebook that may be updated later, by display_id."""

    displays: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class CellOutputs:
    """The outputs of one cell, growing; they are complete once `finish` is called."""

    store: OutputStore
    outputs: list[Any] = field(default_factory=list)
    _clear_next: bool = False
    _text: list[str] = field(default_factory=list)

    def add(self, output: Mapping[str, Any]) -> None:
        """Take in one output, update or clearing, as it was sent."""
        kind = output.get("output_type")
        if kind == "clear_output":
            self._clear(wait=output.get("wait") is True)
            return
        made = _checked(output)
        if made is None:
            return
        display_id = _display_id(output) if "data" in made else ""
        if kind == "update_display_data":
            self._update(display_id, made)
            return
        if self._clear_next:
            self._clear(wait=False)
        if kind == "stream" and self._merge(made):
            return
        self._close_stream()
        self.outputs.append(made)
        if display_id:
            self._update(display_id, made)
            shown = self.store.displays.setdefault(display_id, [])
            shown.append(made)
            del shown[:-_MOST_OF_ONE_ID]

    def finish(self, note: str) -> None:
        """End the cell; `note` tells the student of what is not shown."""
        if note:
            self.add({"output_type": "stream", "name": "stderr", "text": f"\n[{note}]\n"})
        self._close_stream()

    def _clear(self, *, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self.outputs.clear()
            self._text.clear()

    def _merge(self, made: Any) -> bool:
        """Add text to the stream that is open; its pieces are joined once, when it ends."""
        last = self.outputs[-1] if self.outputs else None
        if last is None or last["output_type"] != "stream" or last["name"] != made["name"]:
            return False
        self._text.append(made["text"])
        return True

    def _close_stream(self) -> None:
        if self._text:
            self.outputs[-1]["text"] += "".join(self._text)
            self._text.clear()

    def _update(self, display_id: str, made: Any) -> None:
        for shown in self.store.displays.get(display_id, ()):
            shown["data"], shown["metadata"] = made["data"], made["metadata"]


def note_of(status: CellStatus, message: str, overflowed: bool) -> str:
    """The sentence under a cell that was stopped or whose output was cut; empty otherwise."""
    if overflowed:
        return "the rest of the output was cut off: the cell printed more than may be kept"
    if status in (CellStatus.OK, CellStatus.ERROR):
        return ""
    return message


def _display_id(output: Mapping[str, Any]) -> str:
    transient = output.get("transient")
    found = transient.get("display_id") if isinstance(transient, Mapping) else None
    return found if isinstance(found, str) else ""


def _checked(output: Mapping[str, Any]) -> Any:
    """The output with nbformat's fields alone, or None where it is not of their shape."""
    import nbformat

    kind = output.get("output_type")
    made: dict[str, Any] | None = None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        made = {"output_type": kind, "name": name, "text": _text(output.get("text"))}
    elif kind == "error":
        lines = output.get("traceback")
        made = {
            "output_type": kind,
            "ename": _text(output.get("ename")),
            "evalue": _text(output.get("evalue")),
            "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
        }
    elif kind in ("display_data", "update_display_data", "execute_result"):
        made = _checked_bundle(output)
        if made is not None and kind == "execute_result":
            count = output.get("execution_count")
            made["output_type"] = kind
            made["execution_count"] = count if type(count) is int and count >= 0 else None
    return None if made is None else nbformat.from_dict(made)


def _checked_bundle(output: Mapping[str, Any]) -> dict[str, Any] | None:
    data, metadata = output.get("data"), output.get("metadata")
    if not isinstance(data, dict) or not isinstance(metadata, dict):
        return None
    return {
        "output_type": "display_data",
        "data": {_text(mime): _content(mime, value) for mime, value in data.items()},
        "metadata": _tidy(metadata),
    }


def _content(mime: str, value: Any) -> Any:
    """What a MIME type may hold: JSON where it is JSON, text everywhere else."""
    return _tidy(value) if _HOLDS_JSON.fullmatch(mime) else _text(value)


def _tidy(value: Any, depth: int = 0) -> Any:
    """JSON that can be written and read again: no NaN, no half surrogates, not nested for ever."""
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_text(key): _tidy(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_tidy(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return _text(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    """Text that can be written as UTF-8 whatever was sent."""
    if isinstance(value, list):
        value = "".join(item for item in value if isinstance(item, str))
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")
