"""Words for people: nothing hidden stays hidden, nothing is longer than asked for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.model import Verdict
from dfl_grading.wording import (
    MARKS,
    count_words,
    format_duration,
    format_points,
    format_share,
    make_visible,
    pluralise,
    shorten,
    word_of,
)


def test_every_verdict_has_its_own_mark_in_one_ascii_character() -> None:
    assert set(MARKS) == set(Verdict)
    assert len(set(MARKS.values())) == len(Verdict)
    assert all(len(mark) == 1 and mark.isascii() for mark in MARKS.values())


@given(st.text(st.characters()))
@settings(deadline=None)
def test_what_is_shown_can_be_seen_and_encoded(text: str) -> None:
    shown = make_visible(text)
    shown.encode("utf-8")
    kinds = {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller", "Zoë Müller"),
        ("a\nb", "a⏎b"),
        ("\x1b[31mred\x00", "⟨U+001B⟩[31mred⟨U+0000⟩"),
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("bad\ud800", "bad⟨U+D800⟩"),
        ("a\u00a0b", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "a⟨U+200C⟩b"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 4 + "⟨marks⟩"),
    ],
)
def test_steering_characters_are_named_and_languages_kept(text: str, shown: str) -> None:
    assert make_visible(text) == shown


@given(st.text(st.characters()), st.integers(2, 50))
@settings(deadline=None)
def test_a_shortened_text_is_as_short_as_asked_for(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == make_visible(text) or short.endswith("…")


@pytest.mark.parametrize(
    ("points", "text"), [(2.0, "2"), (0.5, "0.5"), (1 / 3, "0.33"), (-0.001, "0"), (None, "–")]
)
def test_points(points: float | None, text: str) -> None:
    assert format_points(points) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.001, "1 %"), (0.5, "50 %"), (0.999, "99 %"), (1.0, "100 %"), (None, "–")],
)
def test_only_a_full_share_is_a_hundred_percent(share: float | None, text: str) -> None:
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (7500, "2 h 5 min"),
        (2 * 86400 + 30, "2 d"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_counts_in_words() -> None:
    assert count_words({Verdict.FAILED: 2, Verdict.PASSED: 1}) == "1 passed, 2 failed"
    assert word_of(Verdict.GRADER_ERROR) == "grader error"
    assert [pluralise(n, "repair") for n in (0, 1, 2)] == ["0 repairs", "1 repair", "2 repairs"]
