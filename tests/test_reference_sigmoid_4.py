"""A4 Free probability: every reference answer is found again by a second, independent road."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import comb
from types import ModuleType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import shipped
from scipy.integrate import quad
from scipy.special import ellipe
from scipy.stats import rice

from dfl_grading.values import Plot, PlotLine

NAME = "sigmoid-4-free-probability"

Array = np.ndarray[Any, Any]
Names = dict[str, Any]


@pytest.fixture(scope="module")
def answers() -> Names:
    return shipped.answers(NAME)


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def integral(f: Callable[[float], float], *corners: float) -> float:
    pieces = itertools.pairwise(sorted(corners))
    return float(sum(quad(f, a, b, epsabs=1e-12, epsrel=1e-10, limit=200)[0] for a, b in pieces))


# The notebook


def test_the_whole_notebook_passes_its_own_tests() -> None:
    names, _ = shipped.run(NAME)
    assert "S_transform" in names


def test_answers_stand_before_their_tests_and_lie_inside_solution_regions() -> None:
    cells = [(cell, shipped.marks(cell)) for cell in shipped.cells_of(NAME)]
    graded = {marks["grade_id"]: marks for _, marks in cells if marks.get("grade")}
    by_hand = {name for name, marks in graded.items() if marks["solution"]}
    assert by_hand == {"why-free"}
    assert graded["why-free"]["points"] == 4
    order = [cell["id"] for cell, _ in cells]
    for name in graded.keys() - by_hand:
        assert order.index(f"{name}-code") == order.index(name) - 1
    for cell, marks in cells:
        text = "".join(cell["source"])
        assert ("BEGIN SOLUTION" in text) == bool(marks.get("solution"))
        if cell["cell_type"] == "code":
            assert all(len(line) <= 110 for line in text.splitlines())
        if "BEGIN MARK SCHEME" in text:
            inside = text.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            assert "END MARK SCHEME" in inside


# 1: Pauli matrices


@pytest.mark.parametrize("scales", [(1.0, 1.0), (0.4, 1.7), (2.0, 0.05), (0.06, 2.5)])
def test_pauli_densities_have_their_moments(answers: Names, scales: tuple[float, float]) -> None:
    s1, s2 = scales

    def moment(kind: str, k: int) -> float:
        def weighted(x: float) -> float:
            return float(x**k * answers["pauli_density"](np.array([x]), s1, s2, kind)[0])

        return 2 * integral(weighted, 0.0, min(scales), 8 * min(scales), 12 * max(scales))

    for kind, mixed in (("same", 6), ("crossed", 2)):
        assert moment(kind, 0) == pytest.approx(1, rel=1e-7)
        assert moment(kind, 2) == pytest.approx(s1**2 + s2**2, rel=1e-7)
        fourth = 3 * s1**4 + 3 * s2**4 + mixed * s1**2 * s2**2
        assert moment(kind, 4) == pytest.approx(fourth, rel=1e-7)
    # E |lambda| = sqrt(pi / 2) for like scales; an elliptic integral for others
    wanted = np.sqrt(2 / np.pi) * max(scales) * ellipe(1 - (min(scales) / max(scales)) ** 2)
    assert moment("crossed", 1) == pytest.approx(wanted, rel=1e-7)
    if s1 == s2 == 1:
        assert wanted == pytest.approx(np.sqrt(np.pi / 2), rel=1e-12)


def test_pauli_densities_of_like_scales_have_their_closed_forms(answers: Names) -> None:
    x = np.linspace(-6, 6, 41)
    found = answers["pauli_density"](x, 1.0, 1.0, "crossed")
    np.testing.assert_allclose(found, np.abs(x) * np.exp(-(x**2) / 2) / 2, rtol=1e-12)
    np.testing.assert_allclose(found, rice.pdf(np.abs(x), 0) / 2, rtol=1e-12)
    found = answers["pauli_density"](x, 1.0, 1.0, "same")
    np.testing.assert_allclose(found, np.exp(-(x**2) / 4) / np.sqrt(4 * np.pi), rtol=1e-12)


@pytest.mark.parametrize("kind", ["same", "crossed"])
def test_pauli_densities_count_sampled_eigenvalues(answers: Names, kind: str) -> None:
    rng = np.random.default_rng(3)
    z1, z2 = 0.5 * rng.normal(size=100_000), 1.4 * rng.normal(size=100_000)
    diagonal, off = (z1 + z2, 0 * z2) if kind == "same" else (z1, z2)
    matrices = np.array([[diagonal, off], [off, -diagonal]]).transpose(2, 0, 1)
    values = np.linalg.eigvalsh(matrices)
    for top in (0.3, 1.0, 2.5):
        wanted = np.mean(np.abs(values) < top)
        found = integral(
            lambda x: float(answers["pauli_density"](np.array([x]), 0.5, 1.4, kind)[0]),
            *(-top, 0.0, top),
        )
        assert found == pytest.approx(wanted, abs=5 * 0.5 / np.sqrt(100_000))


def test_the_crossed_reference_of_the_grader_agrees(answers: Names, grader: ModuleType) -> None:
    x = grader.POINTS
    for s1, s2 in ((2.0, 0.05), (0.06, 2.5), (1.1, 0.7)):
        found = answers["pauli_density"](x, s1, s2, "crossed")
        np.testing.assert_allclose(
            found, grader.crossed_density(x, s1, s2), rtol=1e-10, atol=1e-250
        )


# 2: words

TWO_LAWS = (
    (np.array([0.0, 1.0, 3.0, 0.5]), np.array([0.25, 0.25, 0.25, 0.25])),
    (np.array([-1.0, 2.0, 0.5, 1.0]), np.array([0.25, 0.25, 0.25, 0.25])),
)


def moments(law: tuple[Array, Array], size: int) -> list[float]:
    return [float(law[1] @ law[0] ** k) for k in range(1, size + 1)]


def test_words_agree_with_noncrossing_partitions(answers: Names, grader: ModuleType) -> None:
    ma, mb = (moments(law, 8) for law in TWO_LAWS)
    for length in (1, 2, 3, 5, 6):
        for letters in itertools.product("ab", repeat=length):
            word = "".join(letters)
            found = answers["free_word"](word, ma, mb)
            assert found == pytest.approx(grader.word_by_partitions(word, ma, mb), rel=1e-9)
    for word in grader.LONG:
        found = answers["free_word"](word, ma, mb)
        assert found == pytest.approx(grader.word_by_partitions(word, ma, mb), rel=1e-9)


def test_words_agree_with_rotated_matrices(answers: Names) -> None:
    ma, mb = (moments(law, 8) for law in TWO_LAWS)
    a, b = (np.repeat(law[0], 60) for law in TWO_LAWS)
    rng = np.random.default_rng(7)
    words = ["abab", "aabab", "ababab", "aabbab", "abaabb", "abababab"]
    found = np.zeros(len(words))
    for _ in range(6):
        turn = answers["haar"](240, rng)
        letters = {"a": np.diag(a), "b": (turn * b) @ turn.T}
        for i, word in enumerate(words):
            product = np.linalg.multi_dot([letters[letter] for letter in word])
            found[i] += np.trace(product) / 240 / 6
    wanted = [answers["free_word"](word, ma, mb) for word in words]
    np.testing.assert_allclose(found, wanted, rtol=0.03)


def test_a_word_turns_and_reads_backwards(answers: Names) -> None:
    ma, mb = (moments(law, 8) for law in TWO_LAWS)
    word = "aabababb"
    value = answers["free_word"](word, ma, mb)
    for turn in range(8):
        turned = word[turn:] + word[:turn]
        assert answers["free_word"](turned, ma, mb) == pytest.approx(value, rel=1e-9)
        assert answers["free_word"](turned[::-1], ma, mb) == pytest.approx(value, rel=1e-9)


def test_the_sum_of_two_free_gaussians_has_the_fourth_moment_ten(answers: Names) -> None:
    gaussian = [0.0, 1.0, 0.0, 3.0]
    words = ["".join(letters) for letters in itertools.product("ab", repeat=4)]
    assert sum(answers["free_word"](word, gaussian, gaussian) for word in words) == 10
    assert answers["free_word"]("abab", gaussian, gaussian) == 0


# 3: cumulants


def noncrossing(n: int) -> list[list[list[int]]]:
    """All non-crossing partitions of 0, ..., n - 1, from all partitions: quick enough to n = 7."""
    partitions: list[list[list[int]]] = [[]]
    for i in range(n):
        partitions = [
            [*p[:j], [*p[j], i], *p[j + 1 :]] if j < len(p) else [*p, [i]]
            for p in partitions
            for j in range(len(p) + 1)
        ]

    def crosses(p: list[list[int]]) -> bool:
        owner = {i: b for b, block in enumerate(p) for i in block}
        return any(
            owner[a] == owner[c] != owner[b] == owner[d]
            for a, b, c, d in itertools.combinations(range(n), 4)
        )

    return [p for p in partitions if not crosses(p)]


def test_moments_are_sums_over_noncrossing_partitions(answers: Names, grader: ModuleType) -> None:
    m = np.array(moments(TWO_LAWS[1], 6))
    kappa = answers["free_cumulants"](m)
    for n in range(1, 7):
        partitions = noncrossing(n)
        assert len(partitions) == comb(2 * n, n) // (n + 1)
        total = sum(np.prod([kappa[len(block) - 1] for block in p]) for p in partitions)
        assert total == pytest.approx(m[n - 1], rel=1e-10)
    np.testing.assert_allclose(grader.lagrange_cumulants(m), kappa, rtol=1e-10)


def test_the_semicircle_has_one_cumulant(answers: Names) -> None:
    density = lambda x: np.sqrt(4 * 0.7**2 - x**2) / (2 * np.pi * 0.7**2)  # noqa: E731
    m = [integral(lambda x, k=k: x**k * density(x), -1.4, 1.4) for k in range(1, 9)]
    kappa = answers["free_cumulants"](np.array(m))
    np.testing.assert_allclose(kappa, [0, 0.49, 0, 0, 0, 0, 0, 0], atol=1e-8)


@pytest.mark.parametrize(("c", "s2"), [(0.1, 0.75), (0.6, 0.5), (1.0, 0.7)])
def test_marchenko_pastur_has_powers_of_c_for_cumulants(
    answers: Names, grader: ModuleType, c: float, s2: float
) -> None:
    low, high = s2 * (1 - np.sqrt(c)) ** 2, s2 * (1 + np.sqrt(c)) ** 2

    def angular(k: int) -> float:
        # lambda = middle - half cos t takes the roots out of both ends of the density
        half, middle = (high - low) / 2, (high + low) / 2

        def f(t: float) -> float:
            x = middle - half * np.cos(t)
            return float(x ** (k - 1) * (half * np.sin(t)) ** 2 / (2 * np.pi * c * s2))

        return integral(f, 0.0, np.pi)

    m = np.array([angular(k) for k in range(1, 9)])
    np.testing.assert_allclose(grader.marchenko_pastur(c, s2, 8), m, rtol=1e-8)
    wanted = [c ** (n - 1) * s2**n for n in range(1, 9)]
    np.testing.assert_allclose(answers["free_cumulants"](m), wanted, atol=1e-8)


def test_cumulants_of_reflections_are_those_of_the_worked_example(answers: Names) -> None:
    kappa = answers["free_cumulants"](np.array([0.0, 1, 0, 1, 0, 1, 0, 1]))
    np.testing.assert_allclose(kappa, [0, 1, 0, -1, 0, 2, 0, -5], atol=1e-12)
    g = 0.1
    found = np.polynomial.polynomial.polyval(g, kappa)
    assert found == pytest.approx((np.sqrt(1 + 4 * g * g) - 1) / (2 * g), abs=1e-7)


def test_hidden_cumulants_leave_room_for_rounding(answers: Names, grader: ModuleType) -> None:
    for check in grader.problem_set.of("free-cumulants"):
        for case in check.cases(NAME):
            m = case.arguments["m"]
            found = answers["free_cumulants"](m)
            np.testing.assert_allclose(found, check.reference(m), rtol=1e-11, atol=1e-11)


# 4: two semicircles


@pytest.mark.parametrize(("p", "r"), [(0.5, 0.5), (0.8, 0.2), (-1.7, 0.6), (0.0, 2.2)])
def test_r_of_two_semicircles_is_no_plain_z(answers: Names, p: float, r: float) -> None:
    R, edge = answers["semicircle_sum"](p, r, 0.7)
    assert pytest.approx((p * p + r * r) * 0.35) == R
    assert edge == pytest.approx(np.sqrt(2 * (p * p + r * r)))
    # a semicircle of this edge: G(R(g) + 1 / g) = g, by quadrature
    g = 0.7 / edge
    z = answers["semicircle_sum"](p, r, g)[0] + 1 / g
    green = integral(
        lambda t: 2 / np.pi * np.sin(t) ** 2 / (z - edge * np.cos(t)),
        *(0.0, np.pi),
    )
    assert green == pytest.approx(g, rel=1e-8)


def test_two_semicircles_add_like_sampled_matrices(answers: Names) -> None:
    rng = np.random.default_rng(5)
    first, second = ((g + g.T) / np.sqrt(4 * 500) for g in rng.normal(size=(2, 500, 500)))
    for p in (0.55, 0.9):
        values = np.linalg.eigvalsh(p * first + (1 - p) * second)
        R, edge = answers["semicircle_sum"](p, 1 - p, 1.0)
        assert np.mean(values**2) == pytest.approx(R, rel=0.03)
        assert values[-1] == pytest.approx(edge, rel=0.04)


# 5 to 7: two reflections


def test_sign_moments_have_the_checked_figures(answers: Names) -> None:
    sign_moment = answers["sign_moment"]
    assert [sign_moment(1.0, 1.0, k) for k in (0, 1, 2, 4, 6)] == [1, 0, 2, 6, 20]
    a, b = 0.7, 1.3
    assert sign_moment(a, b, 2) == pytest.approx(a**2 + b**2)
    assert sign_moment(a, b, 4) == pytest.approx(a**4 + b**4 + 4 * a**2 * b**2)


def test_sign_moments_agree_with_words_and_with_cumulants(answers: Names) -> None:
    a, b = 0.7, 1.3
    ma, mb = ([0.0 if k % 2 else s**k for k in range(1, 9)] for s in (a, b))
    found = [
        sum(
            answers["free_word"]("".join(letters), ma, mb)
            for letters in itertools.product("ab", repeat=k)
        )
        for k in range(1, 7)
    ]
    wanted = [answers["sign_moment"](a, b, k) for k in range(1, 9)]
    np.testing.assert_allclose(found, wanted[:6], atol=1e-10)
    added = answers["free_cumulants"](np.array(ma)) + answers["free_cumulants"](np.array(mb))
    np.testing.assert_allclose(answers["free_cumulants"](np.array(wanted)), added, atol=1e-9)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.7, 1.5), (1.6, 0.6)])
def test_a_sampled_spectrum_has_the_limiting_moments(answers: Names, a: float, b: float) -> None:
    values = answers["sign_spectrum"](a, b, 600, np.random.default_rng(8))
    for k in (2, 4, 6):
        found = np.mean(values**k)
        assert found == pytest.approx(answers["sign_moment"](a, b, k), rel=0.03)
    np.testing.assert_allclose(np.sort(values), -np.sort(values)[::-1], atol=1e-10)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.7, 1.5)])
def test_the_limit_of_the_grader_has_the_limiting_moments(
    answers: Names, grader: ModuleType, a: float, b: float
) -> None:
    x = np.linspace(-(a + b), a + b, 400_001)
    steps = np.diff(grader.limit_cdf(x, a, b))
    assert np.all(steps >= 0)
    assert steps.sum() == pytest.approx(1)
    middle = (x[1:] + x[:-1]) / 2
    for k in (2, 4, 8):
        assert steps @ middle**k == pytest.approx(answers["sign_moment"](a, b, k), rel=1e-6)


def judged(grader: ModuleType, values: Array, a: float, b: float) -> float:
    case = {"a": a, "b": b, "N": len(values)}
    return float(grader.spectrum_of_free_reflections(values, None, case).fraction)


def test_spectra_of_naive_matrices_are_refused(answers: Names, grader: ModuleType) -> None:
    a, b, size = 1.2, 0.9, 360
    signs = np.repeat([1.0, -1.0], size // 2)
    passed = {"haar": 0, "permutation": 0, "coins": 0, "draws": 0, "paired draws": 0}
    for seed in range(8):
        rng = np.random.default_rng(seed)
        turn = answers["haar"](size, rng)
        coins = rng.choice([-1.0, 1.0], size)
        theta = rng.uniform(0, np.pi, size)
        draws = np.sqrt(a**2 + b**2 + 2 * a * b * np.cos(theta))
        made = {
            "haar": answers["sign_spectrum"](a, b, size, rng),
            "permutation": a * signs + b * rng.permutation(signs),
            "coins": np.linalg.eigvalsh(a * np.diag(coins) + b * (turn * signs) @ turn.T),
            "draws": draws * rng.choice([-1, 1], size),
            "paired draws": np.concatenate([draws[: size // 2], -draws[: size // 2]]),
        }
        for name, values in made.items():
            passed[name] += judged(grader, values, a, b) == 1
    assert passed["haar"] == 8
    assert passed["permutation"] == 0
    assert passed["draws"] == 0
    assert passed["coins"] <= 1, "tossed coins are balanced now and then"
    assert passed["paired draws"] <= 2, "seven in a hundred pass a case, all four must be passed"


def as_plot(ax: Any) -> Plot:
    """What a box sends of an Axes with one histogram and one line."""
    bars = ax.containers[0].patches
    lines = [
        PlotLine(
            x=np.array([bar.get_x() + bar.get_width() / 2 for bar in bars]),
            y=np.array([bar.get_height() for bar in bars]),
            kind="bars",
        ),
        PlotLine(x=ax.lines[0].get_xdata(), y=ax.lines[0].get_ydata(), label="limit"),
    ]
    legend = tuple(text.get_text() for text in ax.get_legend().get_texts())
    return Plot(lines=tuple(lines), xlabel=ax.get_xlabel(), ylabel=ax.get_ylabel(), legend=legend)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.7, 1.5), (1.4, 0.6)])
def test_the_figure_is_right_and_its_line_has_area_one(
    answers: Names, grader: ModuleType, a: float, b: float
) -> None:
    mpl.use("Agg")
    ax = answers["plot_sign_sum"](a, b, 240, 20, np.random.default_rng(9))
    drawn = as_plot(ax)
    plt.close("all")
    case = {"a": a, "b": b, "N": 240, "bins": 20}
    assert grader.histogram(drawn, None, case).fraction == 1
    assert grader.limiting_line(drawn, None, case).fraction == 1
    assert grader.words(drawn, None).fraction == 1
    # the density by differences of the distribution function, clear of its edges
    x, y = drawn.lines[1].x, drawn.lines[1].y
    clear = np.isfinite(y) & (np.abs(x) < 0.97 * (a + b))
    clear &= np.abs(np.abs(x) - abs(a - b)) > 0.03
    h = 1e-5
    slope = (grader.limit_cdf(x + h, a, b) - grader.limit_cdf(x - h, a, b)) / (2 * h)
    np.testing.assert_allclose(y[clear], slope[clear], rtol=1e-5, atol=1e-9)


def test_a_line_with_a_hole_or_another_law_is_refused(grader: ModuleType) -> None:
    case = {"a": 0.7, "b": 1.5, "N": 240, "bins": 20}
    x = np.linspace(-2.2, 2.2, 3001)[1:-1]
    with np.errstate(invalid="ignore"):
        right = np.abs(x) / np.pi / np.sqrt((x**2 - 0.64) * (4.84 - x**2))
    arcsine = 1 / (np.pi * np.sqrt(4.84 - x**2))

    def fraction(x: Array, y: Array) -> float:
        drawn = Plot(lines=(PlotLine(x=x, y=y, label="limit"),))
        return float(grader.limiting_line(drawn, None, case).fraction)

    assert fraction(x, right) == 1
    assert fraction(x, np.nan_to_num(right)) == 1
    assert fraction(x[x > 0], right[x > 0]) == 0
    assert fraction(x, np.where(np.abs(x - 1.2) < 0.1, np.nan, right)) == 0
    assert fraction(x, arcsine) == 0
    assert fraction(x, np.where(np.isnan(right), 0.1, right)) == 0
    assert fraction(x, 2 * right) == 0


# 8: the S-transform


@pytest.mark.parametrize("z", [-0.05, -0.004, 0.0, 0.02, 0.05])
def test_s_transforms_have_their_closed_forms(answers: Names, grader: ModuleType, z: float) -> None:
    for c, s2 in ((0.1, 0.5), (0.5, 1.3), (1.0, 2.0)):
        found = answers["S_transform"](grader.marchenko_pastur(c, s2, 20), z)
        assert found == pytest.approx(1 / (s2 * (1 + c * z)), rel=2e-8)
    for p in (0.5, 0.8, 0.98):
        found = answers["S_transform"](np.full(18, p), z)
        assert found == pytest.approx((1 + z) / (p + z), rel=2e-8)


def test_s_transforms_of_hidden_laws_are_clear_of_truncation(
    answers: Names, grader: ModuleType
) -> None:
    check = next(c for c in grader.problem_set.of("s-transform") if c.part == "any law")
    for case in check.cases(NAME):
        points, weights = (np.array(case.arguments[name]) for name in ("points", "weights"))
        assert points.max() <= 6 * points @ weights
        found = answers["S_transform"](moments((points, weights), 16), case.arguments["z"])
        assert found == pytest.approx(grader.s_of_points(**case.arguments), rel=1e-7)


def test_s_transforms_of_free_factors_multiply(answers: Names) -> None:
    positive, other = (np.array([0.5, 1.5]), np.array([0.5, 0.5])), TWO_LAWS[1]
    ma, mb = moments(positive, 4), moments(other, 4)
    product = [answers["free_word"]("ab" * n, ma, mb) for n in range(1, 5)]
    S = answers["S_transform"]
    for z in (1e-3, -2e-3):
        assert S(product, z) == pytest.approx(S(ma, z) * S(mb, z), rel=1e-7)


def test_s_of_a_product_of_matrices_is_measured(answers: Names) -> None:
    # DWW'D with a mask of four fifths: the moments of a sample against the product of two S
    rng = np.random.default_rng(10)
    size, p = 500, 0.8
    weights = rng.normal(size=(size, size)) / np.sqrt(size)
    kept = weights[: int(p * size)]
    values = np.concatenate([np.linalg.eigvalsh(kept @ kept.T), np.zeros(size - len(kept))])
    measured = [float(np.mean(values**k)) for k in range(1, 17)]
    for z in (0.02, 0.05):
        wanted = 1 / (1 + z) * (1 + z) / (p + z)
        assert answers["S_transform"](measured, z) == pytest.approx(wanted, rel=0.02)
