"""Words for people, the same on a page and in a terminal: verdicts, numbers, foreign text.

Names and messages may come from a student and are shown as data: nothing here escapes for
HTML (the template does) and nothing here trusts that a character may be printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dfl_grading.model import Verdict

__all__ = [
    "MARKS",
    "count_words",
    "format_duration",
    "format_points",
    "format_share",
    "make_visible",
    "pluralise",
    "shorten",
    "word_of",
]

MARKS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.PASSED: "P",
        Verdict.PARTIAL: "~",
        Verdict.FAILED: "F",
        Verdict.ERROR: "E",
        Verdict.TIMEOUT: "T",
        Verdict.MEMORY: "M",
        Verdict.OUTPUT: "O",
        Verdict.KILLED: "K",
        Verdict.MISSING: "-",
        Verdict.MANUAL: "?",
        Verdict.GRADER_ERROR: "!",
    }
)
"""One ASCII character for each verdict, so that colour is never the only cue."""

_PILE = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words and in emoji


def word_of(verdict: Verdict) -> str:
    """The verdict in lower-case words."""
    return verdict.value.lower().replace("_", " ")


def pluralise(count: int, noun: str) -> str:
    """`1 student`, `2 students`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def count_words(counts: Mapping[Verdict, int]) -> str:
    """`18 passed, 2 failed`, in the order of the verdicts; verdicts with no case are left out."""
    return ", ".join(f"{counts[v]} {word_of(v)}" for v in Verdict if counts.get(v))


def format_points(points: float | None, missing: str = "–") -> str:
    """At most two decimals and no trailing zeros."""
    if points is None:
        return missing
    text = f"{points:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def format_share(share: float | None, missing: str = "–") -> str:
    """A share in [0, 1] as whole percent; only a full share reads 100 %, only none reads 0 %."""
    if share is None:
        return missing
    percent = round(100 * share)
    if percent == 100 and share < 1 - 1e-9:
        percent = 99
    if percent == 0 and share > 1e-9:
        percent = 1
    return f"{percent} %"


def format_duration(seconds: float) -> str:
    """The two largest units of a duration: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    for index, (name, size) in enumerate(units[:-1]):
        if whole >= size:
            small, small_size = units[index + 1]
            rest = whole % size // small_size
            return f"{whole // size} {name}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def make_visible(text: str) -> str:
    """The text on one line, with every character that hides or steers shown by name.

    Control characters, direction overrides and other invisible ones become `⟨U+202E⟩`, line
    breaks `⏎`; piles of combining marks are cut after the fourth.
    """
    text = _PILE.sub(r"\1⟨marks⟩", text)
    if text.isprintable():
        return text
    made: list[str] = []
    before = ""
    for character in text:
        made.append(_show(character, before))
        before = character
    return "".join(made)


def _show(character: str, before: str) -> str:
    if character.isprintable():
        return character
    if character in "\n\r\u2028\u2029\x85":
        return "⏎"
    if unicodedata.category(character) == "Zs":
        return " "
    if character in _JOINERS and before and not before.isascii() and before.isprintable():
        return character
    return f"⟨U+{ord(character):04X}⟩"


def shorten(text: str, limit: int) -> str:
    """The text made visible, of at most `limit` characters, `…` at the end where it was cut."""
    made = make_visible(text[: limit + 1])
    return made if len(made) <= limit else made[: limit - 1].rstrip() + "…"
