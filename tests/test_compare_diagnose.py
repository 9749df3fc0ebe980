"""What students are told: each kind of mistake, on a real wrong answer beside the right one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.compare import close, diagnose, exact, sorted_close, up_to_sign

Solve = Callable[..., Any]
RNG = np.random.default_rng(11)
POINTS = [{"x": float(x)} for x in RNG.uniform(1.1, 6.5, size=5)]
SAMPLES = [{"x": RNG.normal(size=n)} for n in (7, 12, 30, 5, 18)]
MATRICES = [{"a": RNG.normal(size=(3, 3))} for _ in range(4)]
TALL = [{"a": RNG.normal(size=(4, 2))} for _ in range(4)]
COUNTS = [{"n": int(n)} for n in (5, 9, 12, 17)]
LOGITS = [{"x": RNG.normal(size=4)} for _ in range(4)]


def on(solve: Solve, cases: list[dict[str, Any]]) -> list[Any]:
    return [solve(**case) for case in cases]


def relu_step(v0: float, s2: float, n: int) -> float:
    return v0 * n * s2


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum()


def entropy(x: Any, log: Any = np.log) -> float:
    p = softmax(x)
    return float(-(p * log(p)).sum())


def heun(x: float) -> float:
    return x * math.exp(-0.5)


def spectrum(a: Any) -> Any:
    return np.linalg.eigvalsh(a + a.T)


def primes(n: int) -> int:
    return sum(all(k % d for d in range(2, k)) for k in range(2, n + 1))


# name, the right function, the wrong one, the cases, what is said of it
MISTAKES: list[tuple[str, Solve, Solve, list[dict[str, Any]], str]] = [
    ("a factor forgotten", heun, lambda x: 2.5 * heun(x), POINTS,
     "off by a constant factor on all draws"),
    ("the sign of a loss", lambda x: float(np.log(softmax(x)[0])),
     lambda x: -float(np.log(softmax(x)[0])), LOGITS, "sign flipped on all draws"),
    ("X X' for X' X", lambda a: a @ np.diag([1.0, 2, 3]), lambda a: (a @ np.diag([1.0, 2, 3])).T,
     MATRICES, "transposed on all draws"),
    ("a design matrix on its side", lambda a: 2 * a,
     lambda a: 2 * a.T, TALL, "transposed on all draws"),
    ("entropy in nats for bits", lambda x: entropy(x, np.log2), entropy, LOGITS,
     "natural log against log2 on all draws"),
    ("entropy in bits for nats", entropy, lambda x: entropy(x, np.log2), LOGITS,
     "natural log against log2 on all draws"),
    ("decibels by the natural log", lambda x: 10 * math.log10(x),
     lambda x: 10 * math.log(x), POINTS,
     "natural log against log10 on all draws"),
    ("log10 for log2", lambda x: math.log2(x), lambda x: math.log10(x), POINTS,
     "log2 against log10 on all draws"),
    ("log2 for log10", lambda x: math.log10(x), lambda x: math.log2(x), POINTS,
     "log2 against log10 on all draws"),
    ("log10 for the natural log", lambda x: math.log(x), lambda x: math.log10(x), POINTS,
     "natural log against log10 on all draws"),
    ("a range one short", lambda n: n * (n + 1) // 2 - n * (n - 1) // 2 + n,
     lambda n: 2 * n - 1, COUNTS, "off by one on all draws"),
    ("a count that starts at one", primes,
     lambda n: primes(n) + 1, COUNTS, "off by one on all draws"),
    ("an arm numbered from one", lambda x: np.argsort(x), lambda x: np.argsort(x) + 1, LOGITS,
     "off by one on all draws"),
    ("range(n) for range(n + 1)", lambda n: np.arange(n + 1) ** 2.0, lambda n: np.arange(n) ** 2.0,
     COUNTS, "off by one on all draws: the last entry is missing"),
    ("range(1, n) for range(n)", lambda n: np.sqrt(np.arange(n)),
     lambda n: np.sqrt(np.arange(1, n)),
     COUNTS, "off by one on all draws: the first entry is missing"),
    ("the start value kept", lambda n: np.cumsum(np.ones(n)) ** 2,
     lambda n: np.r_[7.0, np.cumsum(np.ones(n)) ** 2], COUNTS, "one entry too many at the start"),
    ("one step too far", lambda n: np.arange(n) ** 2.0, lambda n: np.arange(n + 1) ** 2.0, COUNTS,
     "one entry too many at the end"),
    ("returns shifted by a step", lambda x: np.cumsum(x), lambda x: np.r_[0.0, np.cumsum(x)[:-1]],
     SAMPLES, "off by one on all draws: the entries are shifted by one place"),
    ("degrees", lambda x: math.atan2(x, 2.0), lambda x: math.degrees(math.atan2(x, 2.0)), POINTS,
     "degrees against radians on all draws"),
    ("radians", lambda x: math.degrees(math.atan(x)), lambda x: math.atan(x), POINTS,
     "degrees against radians on all draws"),
    ("np.var without ddof", lambda x: float(np.var(x, ddof=1)), lambda x: float(np.var(x)), SAMPLES,
     "population against sample variance on all draws: the division by n or n - 1"),
    ("a covariance with ddof", lambda x: np.cov(np.outer(x, x)[:2], ddof=0), lambda x: np.cov(
        np.outer(x, x)[:2]), SAMPLES, "population against sample variance on all draws"),
    ("np.std without ddof", lambda x: float(np.std(x, ddof=1)), lambda x: float(np.std(x)), SAMPLES,
     "population against sample standard deviation on all draws"),
    ("a sum for a mean", lambda x: float(np.mean(x**2)), lambda x: float(np.sum(x**2)), SAMPLES,
     "a sum against a mean on all draws"),
    ("a spectrum in descending order", spectrum, lambda a: spectrum(a)[::-1], MATRICES,
     "in reverse order on all draws"),
    ("a spectrum without order", spectrum, lambda a: spectrum(a)[[1, 2, 0]], MATRICES,
     "the right values, but not sorted as asked on all draws"),
    ("a permutation", lambda x: np.exp(x), lambda x: np.exp(np.sort(x)), LOGITS,
     "the right values, but in another order on all draws"),
    ("columns in another order", lambda a: np.exp(a), lambda a: np.exp(a)[:, ::-1], MATRICES,
     "the right columns, but in another order on all draws"),
    ("an integer array", lambda x: np.round(x), lambda x: np.round(x).astype(int), LOGITS,
     "the right values, but of the wrong dtype on all draws"),
    ("a (n, 1) column", lambda x: 2 * x, lambda x: 2 * x[:, None], SAMPLES,
     "the right values, but in the wrong shape on all draws"),
    ("softmax without its sum", softmax, lambda x: np.exp(x), LOGITS,
     "not normalised on all draws"),
    ("a direction of any length", lambda x: x / np.linalg.norm(x), lambda x: x, LOGITS,
     "not normalised on all draws"),
    ("a variance for a deviation", lambda x: float(np.std(x)), lambda x: float(np.var(x)), SAMPLES,
     "squared on all draws: is a square root missing?"),
    ("a deviation for a variance", lambda x: float(np.var(x)), lambda x: float(np.std(x)), SAMPLES,
     "the square root of it on all draws: is a square missing?"),
    ("a rate for a time", lambda x: 1 / x, lambda x: x, POINTS, "upside down on all draws"),
    ("the other tail", lambda x: math.exp(-x),
     lambda x: 1 - math.exp(-x), POINTS, "the complement"),
    ("a log-density", lambda x: math.exp(-x), lambda x: -x, POINTS, "the logarithm of it"),
    ("a density for its log", lambda x: -x, lambda x: math.exp(-x), POINTS,
     "the exponential of it on all draws: is a logarithm missing?"),
    ("a potential with its constant", lambda x: x - x.mean(), lambda x: x - x.mean() + 4.5, SAMPLES,
     "off by an added constant on all draws"),
    ("the conjugate", lambda x: np.exp(1j * x), lambda x: np.exp(-1j * x), SAMPLES,
     "the complex conjugate on all draws"),
    ("the real part", lambda x: np.fft.fft(x), lambda x: np.fft.fft(x).real + 0j, SAMPLES,
     "the imaginary part is lost on all draws"),
    ("the absolute value", lambda x: np.sin(3 * x), lambda x: np.abs(np.sin(3 * x)), SAMPLES,
     "right but for signs on all draws"),
    ("hard-coded", heun, lambda **_: 1.25, POINTS, "the same answer, whatever the arguments"),
    ("the notebook's own array", lambda x: x**2, lambda **_: np.arange(4.0), LOGITS,
     "the same answer, whatever the arguments"),
    ("float32", heun, lambda x: float(np.float32(heun(x))), POINTS,
     "right to single precision only on all draws"),
    ("rounded for the eye", heun, lambda x: round(heun(x), 3), POINTS,
     "rounded too far on all draws"),
    ("// for /", lambda x: 10 * x / 3, lambda x: 10 * x // 3, POINTS,
     "whole numbers only on all draws: is something cut off or rounded?"),
    ("too coarse a quadrature", lambda x: math.exp(x) - 1, lambda x: float(np.trapezoid(
        np.exp(np.linspace(0, x, 60)), np.linspace(0, x, 60))), POINTS,
     "close, but not to the precision that is asked for"),
    ("a factor that is not constant", lambda x: np.cos(x),
     lambda x: np.cos(x) * (2 + x[0] ** 2), LOGITS,
     "right up to a factor that differs from draw to draw"),
    ("two results turned round", lambda x: (x**2, x + 3), lambda x: (x + 3, x**2), POINTS,
     "the returned values are right, but in reverse order on all draws"),
    ("the second result negative", lambda x: (x**2, x + 3), lambda x: (x**2, -x - 3), POINTS,
     "item 1 on all draws: sign flipped"),
    ("a negated test", lambda x: x > 3.0, lambda x: x <= 3.0, POINTS, "True and False are swapped"),
    ("upper case", lambda n: f"state {n}", lambda n: f"State {n}", COUNTS, "upper and lower case"),
    ("a blank too many", lambda n: f"move {n}",
     lambda n: f"move  {n}\n", COUNTS, "spaces or line ends"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "cases", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_each_mistake_is_told_by_its_kind(
    right: Solve, wrong: Solve, cases: list[dict[str, Any]], said: str
) -> None:
    pairs = list(zip(on(wrong, cases), on(right, cases), strict=True))
    assert said in diagnose(pairs, arguments=cases)


@pytest.mark.parametrize(
    ("right", "wrong", "cases"), [m[1:4] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_no_mistake_earns_credit_or_gives_the_answer_away(
    right: Solve, wrong: Solve, cases: list[dict[str, Any]]
) -> None:
    passed = []
    for value, reference in zip(on(wrong, cases), on(right, cases), strict=True):
        by = exact() if isinstance(reference, str) else close(rtol=1e-10)
        judged = by(value, reference)
        passed.append(judged.passed)
        for number in np.ravel(np.asarray(reference)) if not isinstance(reference, str) else ():
            if isinstance(number, np.inexact) and number != np.round(number.real):
                assert f"{abs(number):.3g}" not in judged.message
    # An absolute value, say, may be right by chance; a mistake is never right on all draws.
    assert not all(passed)


RIGHT = [
    ("the right answer", heun, heun, POINTS),
    ("nothing in common", heun, lambda x: math.sin(7 * x) + 3, POINTS),
    ("noise", lambda x: np.exp(x), lambda x: np.sin(9 * np.exp(x)), LOGITS),
]


@pytest.mark.parametrize(
    ("right", "wrong", "cases"), [m[1:] for m in RIGHT], ids=[m[0] for m in RIGHT]
)
def test_what_is_no_mistake_with_a_name_is_not_given_one(
    right: Solve, wrong: Solve, cases: list[dict[str, Any]]
) -> None:
    assert diagnose(list(zip(on(wrong, cases), on(right, cases), strict=True))) == ""


def test_one_right_draw_does_not_hide_a_mistake_and_one_other_draw_does() -> None:
    values, references = on(lambda x: -heun(x), POINTS), on(heun, POINTS)
    pairs = list(zip(values, references, strict=True))
    assert diagnose([*pairs, (0.0, 0.0)]) == "sign flipped on all draws"
    assert diagnose([*pairs, (5.0, 3.0)]) == ""
    assert diagnose([*pairs, (references[0], references[0])]) == "right but for signs on all draws"


def test_a_factor_takes_two_numbers_to_be_seen() -> None:
    assert diagnose([(2.5, 1.7)]) == ""
    assert diagnose([(5.0, 2.0), (7.5, 3.0)]) == "off by a constant factor on all draws"
    assert diagnose([(np.array([5.0, 7.5]), np.array([2.0, 3.0]))]) == "off by a constant factor"


def test_a_factor_of_two_is_no_variance_of_two_numbers() -> None:
    pairs = [(2 * x, x) for x in (1.7, 2.9, 4.1)]
    assert diagnose(pairs) == "off by a constant factor on all draws"
    assert diagnose(pairs, arguments=POINTS[:3]) == "off by a constant factor on all draws"


def test_one_number_is_no_evidence_of_a_count() -> None:
    assert diagnose([(2.2, 2.0)]) == ""
    assert diagnose([(0.0, 1e9)]) == ""
    assert diagnose([(np.array([1.0, 1, 2]), np.array([1.0, 2, 2]))]) == ""


def test_what_is_nearly_right_is_not_right_but_for_signs() -> None:
    nearly = np.array([1.0 + 1e-3j, 2.0])
    assert diagnose([(nearly, np.array([1.0, 2.0]))], rtol=1e-6).startswith("close")


def test_small_integers_tell_nothing_beyond_sign_and_one() -> None:
    assert diagnose([(4, 2)]) == ""
    assert diagnose([(1, 2)]) == "off by one"
    assert diagnose([(-2, 2)]) == "sign flipped"


def test_an_approximate_answer_shows_its_mistake_approximately() -> None:
    pairs = [(-heun(**case) * (1 + 1e-5 * case["x"]), heun(**case)) for case in POINTS]
    assert diagnose(pairs) == ""
    assert diagnose(pairs, rtol=1e-4) == "sign flipped on all draws"


def test_what_is_not_finite_is_no_pattern() -> None:
    assert diagnose([(math.nan, 1.0)]) == diagnose([(math.inf, 1.0)]) == diagnose([]) == ""


def test_a_comparer_that_allows_a_sign_does_not_complain_of_one() -> None:
    vector = np.array([0.6, -0.8])
    assert up_to_sign(rtol=1e-8)(-vector, vector).message == ""
    assert up_to_sign(rtol=1e-8)(3 * vector, vector).message == "not normalised"
    assert sorted_close(rtol=1e-8)(vector[::-1], vector).message == ""


def test_large_arrays_are_judged_and_not_diagnosed() -> None:
    reference = RNG.normal(size=200_000)
    message = close(rtol=1e-8)(-reference, reference).message
    assert message.startswith("200000 of 200000 entries are wrong; the largest deviation is at")


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(2.1, 9.7))
@settings(deadline=None, derandomize=True)
def test_no_factor_is_ever_stated(a: float, b: float, factor: float) -> None:
    found = diagnose([(factor * a, a), (factor * b, b), (factor * (a + b), a + b)])
    assert not any(
        character.isdigit() for character in found.replace("log2", "").replace("log10", "")
    )
