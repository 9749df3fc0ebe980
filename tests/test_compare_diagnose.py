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
    ("a likelihood for minus its log", lambda x: x, lambda x: math.exp(-x), POINTS,
     "the exponential of minus it on all draws"),
    ("a loss for a likelihood", lambda x: math.exp(-x), lambda x: x, POINTS,
     "minus the logarithm of it on all draws"),
    ("the commutator turned round", lambda a: a @ a.T - 2 * a, lambda a: 2 * a.T - a @ a.T,
     MATRICES, "transposed and the sign flipped on all draws"),
    ("returns shifted the other way", lambda x: np.cumsum(x),
     lambda x: np.r_[np.cumsum(x)[1:], 9.75], SAMPLES,
     "off by one on all draws: the entries are shifted by one place"),
    ("a state times i", lambda x: np.exp(1j * x) * x, lambda x: 1j * np.exp(1j * x) * x, LOGITS,
     "off by a constant phase on all draws"),
    ("the moduli only", lambda x: np.exp(1j * x), lambda x: np.exp(3j * x), LOGITS,
     "right in modulus, but not in phase on all draws"),
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


# One mistake explains all draws or none


@pytest.mark.parametrize(
    ("right", "wrong", "cases", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_on_some_draws_is_not_told_of_all(
    right: Solve, wrong: Solve, cases: list[dict[str, Any]], said: str
) -> None:
    pairs = list(zip(on(wrong, cases), on(right, cases), strict=True))
    odd = [(_unlike(value), reference) for value, reference in pairs]
    for mixed in ([*pairs[:-1], odd[-1]], [odd[0], *pairs[1:]], [pairs[0], *odd[1:]]):
        found = diagnose(mixed, arguments=cases)
        assert found == "" or said not in found


def _unlike(value: Any) -> Any:
    """Another value of the same form, which no mistake explains."""
    if isinstance(value, tuple):
        return tuple(map(_unlike, value))
    if isinstance(value, str):
        return value + "!"
    made = np.asarray(value)
    if made.dtype.kind == "b":
        return not value
    odd = np.sin(7.3 * made + np.arange(1.0, made.size + 1.0).reshape(made.shape)) * 2.7 + 13.1
    return odd[()] if made.dtype.kind != "i" else np.round(1000 * odd).astype(made.dtype)[()]


A = np.array
ODD = A([1.3, 2.9, 7.1])
TABLE = A([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
SHARES = np.exp(ODD) / np.exp(ODD).sum()
CONSTANT = "off by a constant factor"
VARIANCE = "population against sample variance on all draws: the division by n or n - 1"
DEVIATION = (
    "population against sample standard deviation on all draws: the division by n or n - 1 "
    "under the square root"
)
MEAN = "a sum against a mean on all draws: the division by the number of items"
CLOSE = "close, but not to the precision that is asked for"
WHOLE = "whole numbers only: is something cut off or rounded?"
SQUARED = "squared: is a square root missing?"
SHIFTED = "off by one: the entries are shifted by one place"

SENTENCES: list[tuple[str, list[tuple[Any, Any]], str]] = [
    ("nothing at all", [], ""),
    ("numbers beyond doubles", [(10**400, 10**401)], ""),
    ("integers that differ by one and two", [(2, 1), (7, 5)], ""),
    ("integers that differ by one each way", [(6, 5), (9, 10)], "off by one on all draws"),
    ("doubles that differ by one", [(1.0, 2.0)], "off by one"),
    ("doubles that differ by one, up", [(3.0, 2.0)], "off by one"),
    ("one double, no whole number", [(2.5, 1.5)], ""),
    ("two doubles, no whole numbers", [(A([2.5, 3.7]), A([1.5, 2.7]))], "off by one"),
    ("one up and one down", [(A([6.0, 4, 8, 20]), A([5.0, 5, 7, 21]))], "off by one"),
    ("an added constant", [(ODD + 0.25, ODD)], "off by an added constant"),
    ("nine items", [(tuple(-n for n in range(3, 12)), tuple(range(3, 12)))], "sign flipped"),
    ("the last of eight items", [((*range(3, 10), -2.5), (*range(3, 10), 2.5))],
     "item 7: sign flipped"),
    ("one item", [((-3.3,), (3.3,))], "sign flipped"),
    ("a list is one array", [([1.5, -3.3], [1.5, 3.3])], "right but for signs"),
    ("a list in reverse order", [([1.5, 3.3], [3.3, 1.5])], "in reverse order"),
    ("a list for a tuple", [([1.5, -3.3], (1.5, 3.3))], "item 1: sign flipped"),
    ("items of another number", [((1.5, 3.3, 4.0), (1.5, 3.3))], ""),
    ("a wrong item without a name", [((1.5, 3.7), (1.5, 3.3))], ""),
    ("the first wrong item has no name", [((A([True, False]), -3.3), (A([True, True]), 3.3))], ""),
    ("the second wrong item", [((A([True, True]), -3.3), (A([True, True]), 3.3))],
     "item 1: sign flipped"),
    ("blanks on one draw only", [("a b", "ab"), ("x", "y")], ""),
    ("blanks more and blanks fewer", [("a  b", "a b"), ("ab", "a b")],
     "right but for spaces or line ends on all draws"),
    ("a blank too many", [("a b", "ab")], "right but for spaces or line ends"),
    ("upper case on one draw only", [("A b", "a B"), ("x", "y")], ""),
    ("upper case and blanks", [("A  b", "a B")], "right but for upper and lower case"),
    ("one truth value of two", [(A([True, False]), A([False, False]))], ""),
    ("a truth value for two", [(A([True]), A([False, False]))], ""),
    ("a number for a truth value", [(A([1.0]), A([False]))], ""),
    ("truth values for numbers", [(A([True, True]), A([2.5, 3.5]))], ""),
    ("nothing for nothing", [(np.zeros(0), np.zeros(0))], ""),
    ("everything masked", [(np.ma.masked_all(3), ODD)], ""),
    ("whole numbers on one draw", [(A([1, 2]), A([1.0, 2.0])), (A([1.0, 3.0]), A([1.0, 3.0]))],
     "the right values, but of the wrong dtype on all draws"),
    ("four squared", [(16.0, 4.0)], ""),
    ("five squared", [(25.0, 5.0)], SQUARED),
    ("minus five squared", [(25.0, -5.0)], SQUARED),
    ("a half squared", [(0.25, 0.5)], SQUARED),
    ("three small numbers squared", [(A([1.0, 4, 9]), A([1.0, 2, 3]))], ""),
    ("four small numbers squared", [(A([1.0, 4, 9, 16]), A([1.0, 2, 3, 4]))], SQUARED),
    ("roots, one of nothing", [(A([0.0, 2, 3, 4]), A([0.0, 4, 9, 16]))],
     "the square root of it: is a square missing?"),
    ("another shape", [(TABLE.reshape(3, 2), TABLE)], "the right values, but in the wrong shape"),
    ("another shape and other values", [(np.sin(9 * TABLE.T) + 3, TABLE)], ""),
    ("three axes turned round", [(np.arange(8.0).reshape(2, 2, 2).T,
     np.arange(8.0).reshape(2, 2, 2))], "transposed"),
    ("one of two is missing", [(A([1.3]), A([1.3, 2.9]))], ""),
    ("the last of three is missing", [(ODD[:-1], ODD)], "off by one: the last entry is missing"),
    ("the first of three is missing", [(ODD[1:], ODD)], "off by one: the first entry is missing"),
    ("three for two", [(ODD, ODD[:2])], ""),
    ("one too many at the start", [(np.r_[0.5, ODD], ODD)],
     "off by one: there is one entry too many at the start"),
    ("one too many at the end", [(np.r_[ODD, 9.9], ODD)],
     "off by one: there is one entry too many at the end"),
    ("the same answer twice of three", [(1.25, 2.7), (1.25, 3.9), (1.75, 4.4)], ""),
    ("the same answer to the same question", [(1.25, 2.7), (1.25, 2.7)],
     f"{CONSTANT} on all draws"),
    ("the same answer to another question", [(1.25, 2.7), (1.25, 2.9)],
     "the same answer, whatever the arguments: are they used?"),
    ("a real and a complex draw", [(A([1.5 + 0j]), A([1.5 + 2j])), (A([2.5]), A([2.5]))],
     "the imaginary part is lost on all draws"),
    ("signs", [(A([3.0, -4]), A([-3.0, -4]))], "right but for signs"),
    ("moduli of complex numbers", [(A([5.0, 4]), A([3 + 4j, 4]))],
     "right in modulus, but not in phase"),
    ("rows in reverse order", [(TABLE[::-1], TABLE)], "the right values, but in another order"),
    ("columns in another order", [(TABLE[:, [2, 0, 1]], TABLE)],
     "the right columns, but in another order"),
    ("entries in another order", [(A([[2.0, 1, 3], [7, 5, 4]]), TABLE)],
     "the right values, but in another order"),
    ("not rising", [(ODD[[1, 0, 2]], ODD)], "the right values, but not sorted as asked"),
    ("not falling", [(ODD[[1, 2, 0]], ODD[::-1])], "the right values, but not sorted as asked"),
    ("a reference without order", [(ODD[[2, 0, 1]], ODD[[1, 2, 0]])],
     "the right values, but in another order"),
    ("one reference in order and one without", [(ODD[[1, 0, 2]], ODD),
     (ODD[[0, 2, 1]], ODD[[1, 2, 0]])], "the right values, but in another order on all draws"),
    ("in reverse order", [(ODD[::-1], ODD)], "in reverse order"),
    ("shifted up", [(A([9.0, 1.3, 2.9, 7.1]), A([1.3, 2.9, 7.1, 8.8]))], SHIFTED),
    ("shifted down", [(A([2.9, 7.1, 8.8, 0.0]), A([1.3, 2.9, 7.1, 8.8]))], SHIFTED),
    ("three entries tell of no shift", [(A([9.0, 1.3, 2.9]), ODD)], ""),
    ("what never changes tells of no shift", [(A([0.0, 1, 1, 1]), np.ones(4))], ""),
    ("a factor", [(2.5 * ODD, ODD)], CONSTANT),
    ("a negative factor", [(-2.5 * ODD, ODD)], CONSTANT),
    ("a complex factor", [(2j * (ODD + 1j), ODD + 1j)], CONSTANT),
    ("a phase", [(1j * (ODD + 1j), ODD + 1j)], "off by a constant phase"),
    ("a factor for each draw", [(2.5 * ODD, ODD), (3.5 * ODD, ODD)],
     "right up to a factor that differs from draw to draw"),
    ("a factor for each pair", [(2.5 * ODD[:2], ODD[:2]), (3.5 * ODD[:2], ODD[:2])], ""),
    ("a factor for three and a pair", [(2.5 * ODD, ODD), (3.5 * ODD[:2], ODD[:2])],
     "right up to a factor that differs from draw to draw"),
    ("a factor for three and a number", [(2.5 * ODD, ODD), (3.5, 1.0)], ""),
    ("a factor of nothing", [(2.5 * 1.7, 1.7), (0.0, 0.0), (2.5 * 1.1, 1.1)],
     f"{CONSTANT} on all draws"),
    ("nothing for something", [(0.0, 1.7), (0.0, 2.9)],
     "the same answer, whatever the arguments: are they used?"),
    ("shares that sum to more", [(np.exp(ODD), SHARES)], "not normalised"),
    ("one share", [(A([3.0]), A([1.0]))], ""),
    ("shares and one share", [(np.exp(ODD), SHARES), (A([3.0]), A([1.0]))], ""),
    ("a direction", [(ODD, ODD / np.linalg.norm(ODD))], "not normalised"),
    ("cut off", [(A([3.0, 7, 2]), A([3.4, 7.9, 2.2]))], WHOLE),
    ("cut off, and more than that", [(A([3.0, 9, 2]), A([3.4, 7.9, 2.2]))], ""),
    ("one number cut off", [(3.0, 3.4)], WHOLE),
    ("cut off on one draw", [(3.0, 3.4), (5.5, 5.97)], ""),
    ("one decimal", [(2.1, 2.123456789)], ""),
    ("two decimals", [(2.12, 2.123456789)], "rounded too far"),
    ("six decimals", [(2.123457, 2.123456789)], "rounded too far"),
    ("seven decimals", [(2.1234568, 2.123456789)], CLOSE),
    ("three decimals in an array", [(np.round(ODD * math.pi, 3), ODD * math.pi)],
     "rounded too far"),
    ("decimals on one draw only", [(3.142, math.pi), (2.7182919, math.e)], CLOSE),
    ("single precision", [(float(np.float32(math.pi)), math.pi)], "right to single precision only"),
    ("half precision", [(float(np.float16(math.pi)), math.pi)], CLOSE),
    ("single precision on one draw", [(float(np.float32(math.pi)), math.pi),
     (math.e * (1 + 3e-8), math.e)], CLOSE),
    ("single precision of one entry",
     [(A([float(np.float32(math.pi)), math.e * (1 + 3e-8)]), A([math.pi, math.e]))], CLOSE),
    ("a few rounding errors", [(1.7 * (1 + 1e-15), 1.7)], CLOSE),
    ("more than one in a hundred", [(1.7 * 1.02, 1.7)], ""),
    ("less than one in a hundred", [(1.7 * 1.009, 1.7)], CLOSE),
    ("right items, but not to the last figure", [((1.5 * (1 + 1e-9), 3.3), (1.5, 3.3))], CLOSE),
    ("truth values for a constant more", [(A([True, False]), A([3.5, 2.5]))], ""),
    ("truth values for a constant more, on one draw",
     [(A([True, False]), A([3.5, 2.5])), (A([1.5, 2.5]), A([4.0, 5.0]))], ""),
    ("True is no number among items", [((True, -3.3), (1.0, 3.3))], ""),
    ("an empty draw beside another", [(np.zeros(0), np.zeros(0)), (-ODD, ODD)],
     "sign flipped on all draws"),
    ("a number beside an array in reverse order", [(2.5, 2.5), (ODD[::-1], ODD)], ""),
    ("a constant too small to be seen", [(A([1.0, 1e-3]) + 5e-7, A([1.0, 1e-3]))], CLOSE),
    ("a constant added to large numbers",
     [(A([105.0, 205.0001, 305.0]), A([100.0, 200.0, 300.0]))], "off by an added constant"),
    ("a large factor, approximately", [(1e4 * 1.7 * (1 + 2e-6), 1.7), (1e4 * 2.3, 2.3)],
     f"{CONSTANT} on all draws"),
    ("a factor and something for nothing", [(1.0, 0.0), (2.5 * 1.7, 1.7), (2.5 * 2.3, 2.3)], ""),
    ("a right draw and a factor", [(ODD, ODD), (3.5 * ODD, ODD)],
     "right up to a factor that differs from draw to draw"),
    ("twice the shares", [(2 * SHARES, SHARES)], "not normalised"),
    ("unsigned numbers far apart", [(A([0, 7], "u1"), A([255, 7], "u1"))], ""),
    ("the least byte and the largest", [(A([-128, 7], "i1"), A([127, 7], "i1"))], ""),
    ("near nothing", [(1e-3, 0.0)], CLOSE),
    ("not near nothing", [(0.5, 0.0)], ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "said"), [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES]
)
def test_what_is_told_to_the_word(pairs: list[tuple[Any, Any]], said: str) -> None:
    assert diagnose(pairs) == said


def test_a_mistake_shows_within_the_tolerance_and_never_beyond_one_in_a_hundred() -> None:
    def flipped(by: float) -> list[tuple[Any, Any]]:
        return [(-1.7 * (1 + by), 1.7), (-2.3 * (1 - 2 * by), 2.3)]

    assert diagnose(flipped(4e-7), rtol=0.0) == "sign flipped on all draws"
    assert diagnose(flipped(5e-6), rtol=0.0) == ""
    assert diagnose(flipped(4e-3), rtol=0.5) == "sign flipped on all draws"
    assert diagnose(flipped(2e-2), rtol=0.5) == ""


def test_how_much_is_diagnosed() -> None:
    numbers = np.arange(1.0, 50_001.0)
    assert diagnose([(-numbers, numbers)]) == "sign flipped"
    assert diagnose([(-np.r_[numbers, 5.0], np.r_[numbers, 5.0])]) == ""
    long = [[1.0] * 50_000, [1.0] * 50_001]
    assert diagnose([(long, [[1.0], [1.0]])]) == ""
    assert diagnose([([1.0] * 100_001, [-1.0])]) == ""


def scaled(by: Callable[[int], float], *counts: int) -> list[tuple[float, float]]:
    return [(by(n) * r, r) for n, r in zip(counts, (1.7, 2.9, 4.4), strict=False)]


def unbiased(n: int) -> float:
    return n / (n - 1)


ITEMS = {n: {"x": np.zeros(n)} for n in (3, 4, 5, 6, 7, 9, 120, 130, 500)}
COUNTED: list[tuple[str, list[tuple[float, float]], list[dict[str, Any]], str]] = [
    ("two counts, unknown", scaled(unbiased, 5, 9), [], VARIANCE),
    ("one count, unknown", scaled(unbiased, 5, 5), [], f"{CONSTANT} on all draws"),
    ("one count, known", scaled(unbiased, 5, 5), [ITEMS[5], ITEMS[5]], VARIANCE),
    ("another count, known", scaled(unbiased, 5, 5), [ITEMS[6]] * 2, f"{CONSTANT} on all draws"),
    ("other counts, known", scaled(unbiased, 5, 9), [ITEMS[6], ITEMS[7]], ""),
    ("counts of one draw only", scaled(unbiased, 5, 9), [ITEMS[7]], VARIANCE),
    ("the other way round", scaled(lambda n: 1 / unbiased(n), 5, 9), [], VARIANCE),
    ("two of two and three of three", scaled(unbiased, 2, 3), [], VARIANCE),
    ("of opposite sign", scaled(lambda n: -unbiased(n), 5, 9), [], ""),
    ("nothing on a draw", [*scaled(unbiased, 5, 9), (0.0, 0.0)], [], VARIANCE),
    ("a count as an argument", scaled(unbiased, 5, 9), [{"n": 5}, {"n": 9}], VARIANCE),
    ("a list as an argument", scaled(unbiased, 5, 9), [{"x": [0] * 5}, {"x": (0,) * 9}], VARIANCE),
    ("a pair as an argument", scaled(unbiased, 2, 9), [{"x": [0] * 2}, {"x": (0,) * 9}], VARIANCE),
    ("a pair's count as an argument", scaled(unbiased, 2, 9), [{"n": 2}, {"n": 9}], VARIANCE),
    ("an array of two as an argument", scaled(unbiased, 2, 9),
     [{"x": np.zeros(2)}, {"x": np.zeros(9)}], VARIANCE),
    ("a matrix as an argument", scaled(unbiased, 6, 10),
     [{"x": np.zeros((2, 3))}, {"x": np.zeros((10, 3))}], VARIANCE),
    ("counts too large to be seen", scaled(unbiased, 120, 130), [ITEMS[120], ITEMS[130]], CLOSE),
    ("a deviation", scaled(lambda n: unbiased(n) ** 0.5, 5, 9), [], DEVIATION),
    ("a deviation, the other way round", scaled(lambda n: unbiased(n) ** -0.5, 5, 9), [],
     DEVIATION),
    ("a deviation of either sign", scaled(lambda n: unbiased(n) ** 0.5 * (n - 7), 6, 8), [], ""),
    ("a sum", scaled(float, 5, 9), [ITEMS[5], ITEMS[9]], MEAN),
    ("a mean", scaled(lambda n: 1 / n, 5, 9), [ITEMS[5], ITEMS[9]], MEAN),
    ("a sum of counts unknown", scaled(float, 5, 9), [], ""),
    ("a sum of four", scaled(float, 4, 4), [ITEMS[4]] * 2, f"{CONSTANT} on all draws"),
    ("a sum of five", scaled(float, 5, 5), [ITEMS[5]] * 2, MEAN),
    ("a sum of three and of four", scaled(float, 3, 4), [ITEMS[3], ITEMS[4]], MEAN),
    ("a sum of other counts", scaled(float, 5, 9), [ITEMS[6], ITEMS[9]], ""),
    ("a sum and nothing", [*scaled(float, 5, 9), (0.0, 0.0)], [ITEMS[5], ITEMS[9], ITEMS[7]], MEAN),
    ("nearly a sum", scaled(lambda n: 1.01 * n, 5, 9), [ITEMS[5], ITEMS[9]], ""),
    ("minus a sum", scaled(lambda n: -float(n), 5, 9), [ITEMS[5], ITEMS[9]], ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "arguments", "said"), [row[1:] for row in COUNTED], ids=[row[0] for row in COUNTED]
)
def test_what_is_told_of_counts(
    pairs: list[tuple[float, float]], arguments: list[dict[str, Any]], said: str
) -> None:
    assert diagnose(pairs, arguments=arguments) == said
