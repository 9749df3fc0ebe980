"""Each reference answer of A3 is found again by a second road, and the checks are what they say."""

from __future__ import annotations

from decimal import Decimal, getcontext
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import factorial2

from dfl_grading.values import Plot, PlotLine

NAME = "sigmoid-3-random-matrices"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the whole notebook leaves behind, its visible tests included."""
    return shipped.run(NAME)[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


# 1. Two levels.


def test_gap_is_what_the_eigenvalue_routine_finds(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    for A, C, D in rng.normal(size=(20, 3)):
        wanted = np.ptp(np.linalg.eigvalsh([[A, C], [C, D]]))
        assert names["gap"](A, C, D) == pytest.approx(wanted, rel=1e-10)


def test_gap_keeps_its_digits_where_the_eigenvalue_routine_does_not(
    names: dict[str, Any], grader: ModuleType
) -> None:
    getcontext().prec = 50
    check = next(c for c in grader.problem_set.of("gap") if c.part == "digits")
    for case in check.cases(NAME):
        A, C, D = (Decimal(float(case.arguments[k])) for k in "ACD")
        exact = float(((A + D) ** 2 - 4 * (A * D - C * C)).sqrt())
        assert names["gap"](**case.arguments) == pytest.approx(exact, rel=1e-13)
        matrix = np.array([[A, C], [C, D]], dtype=float)
        assert abs(np.ptp(np.linalg.eigvalsh(matrix)) / exact - 1) > 1e-8


def test_closest_is_found_by_a_minimiser(names: dict[str, Any]) -> None:
    for arguments in ((0.3, 1.2, -1.0, 0.1, 0.4), (-2.0, -1.0, 1.0, 0.5, -0.2)):
        a0, a1, d0, d1, C = arguments
        found = minimize_scalar(
            lambda t, a0=a0, a1=a1, d0=d0, d1=d1, C=C: float(
                np.ptp(np.linalg.eigvalsh([[a0 + a1 * t, C], [C, d0 + d1 * t]]))
            ),
            bracket=(-9.0, 8.0),
        )
        t, smallest = names["closest"](*arguments)
        assert t == pytest.approx(found.x, abs=1e-6)
        assert smallest == pytest.approx(found.fun, rel=1e-10)


# 2. The law of the gap.


@pytest.mark.parametrize("s", [0.05, 1.0, 2.7])
def test_spacing_pdf_is_a_chi_law_with_mean_s_root_pi(names: dict[str, Any], s: float) -> None:
    x = np.array([-1.0, 0.0, 0.1, 1.0, 4.0]) * s
    wanted = stats.chi(2, scale=s * np.sqrt(2)).pdf(x)
    np.testing.assert_allclose(names["spacing_pdf"](x, s), wanted, rtol=1e-12)
    mean = quad(lambda y: y * names["spacing_pdf"](np.array([y]), s)[0], 0, 30 * s)[0]
    assert mean == pytest.approx(s * np.sqrt(np.pi), rel=1e-8)


def test_spacing_samples_agree_with_matrices_and_the_law(
    names: dict[str, Any], grader: ModuleType
) -> None:
    matrices = names["matrix_gaps"](20_000, 1.3, np.random.default_rng(2))
    sample = names["spacing_sample"](20_000, 1.3, np.random.default_rng(3))
    for found in (matrices, sample):
        assert stats.kstest(found, lambda x: grader.gap_cdf(x, 1.3)).pvalue > 1e-3
    cut = np.array([0.4, 1.9, 5.0])
    masses = [quad(lambda y: float(grader.gap_density(y, 1.3)), 0, x)[0] for x in cut]
    np.testing.assert_allclose(grader.gap_cdf(cut, 1.3), masses, rtol=1e-9)


def test_the_naive_variance_of_c_is_as_far_off_as_the_check_says(grader: ModuleType) -> None:
    rng = np.random.default_rng(4)
    A, C, D = rng.normal(size=(3, 100_000))
    wrong = np.hypot(A - D, 2 * C)
    distance = stats.kstest(wrong, lambda x: grader.gap_cdf(x, 1.0)).statistic
    assert distance == pytest.approx(0.13, abs=0.01)


def test_a_sorted_sample_is_not_independent(grader: ModuleType) -> None:
    sample = np.random.default_rng(5).random(5000)
    assert grader.successive(sample, None).fraction == 1
    assert grader.successive(np.sort(sample), None).fraction == 0


# 3. The semicircle.


def semicircle(x: float, R: float) -> float:
    return float(2 / (np.pi * R**2) * np.sqrt(R**2 - x**2))


@pytest.mark.parametrize("k", [0, 1, 2, 5, 6, 14, 60])
def test_sc_moment_is_the_integral_of_the_density(
    names: dict[str, Any], grader: ModuleType, k: int
) -> None:
    half = quad(lambda a: np.sin(a) ** k * np.cos(a) ** 2, 0, np.pi / 2, epsabs=1e-15)[0]
    by_integral = 0.0 if k % 2 else 4 / np.pi * half
    for R in (0.5, 3.1):
        assert names["sc_moment"](k, R) == pytest.approx(by_integral * R**k, rel=1e-8, abs=1e-14)
        assert names["sc_moment"](k, R) == pytest.approx(grader.catalan_moment(k, R), rel=1e-12)


def test_moments_of_a_large_goe_matrix_are_catalan_numbers(names: dict[str, Any]) -> None:
    second = np.linalg.matrix_power(names["goe"](1000, 2.0, np.random.default_rng(6)), 2)
    fourth = second @ second
    traces = np.trace(second), np.trace(fourth), np.sum(second * fourth), np.sum(fourth**2)
    np.testing.assert_allclose(np.array(traces) / 1000, [1, 2, 5, 14], rtol=0.03)
    assert [names["sc_moment"](k, 2.0) for k in (2, 4, 6, 8)] == [1, 2, 5, 14]


@pytest.mark.parametrize("N", [1, 2, 3])
def test_exact_moments_of_small_goe_matrices(grader: ModuleType, N: int) -> None:
    """By Gauss-Hermite quadrature over all entries: exact for polynomials of degree 8."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    weights = weights / weights.sum()
    rows, columns = np.triu_indices(N)
    points = np.array(list(product(nodes, repeat=len(rows))))
    chances = np.prod(np.array(list(product(weights, repeat=len(rows)))), axis=1)
    H = np.zeros((len(points), N, N))
    H[:, rows, columns] = H[:, columns, rows] = points * np.sqrt(
        np.where(rows == columns, 2, 1) / N
    )
    levels = np.linalg.eigvalsh(H)
    found = [chances @ np.mean(levels**k, axis=1) for k in (2, 4, 6, 8)]
    np.testing.assert_allclose(found, grader.exact_moments(N), rtol=1e-10)
    if N == 1:
        assert found == pytest.approx([2**j * factorial2(2 * j - 1) for j in (1, 2, 3, 4)])


def test_moments_fluctuate_as_the_check_assumes(names: dict[str, Any], grader: ModuleType) -> None:
    N, draws = 60, 800
    rng = np.random.default_rng(7)
    levels = np.linalg.eigvalsh([names["goe"](N, 2.0, rng) for _ in range(draws)])
    moments = np.array([np.mean(levels**k, axis=1) for k in (2, 4, 6, 8)])
    exact = np.array(grader.exact_moments(N))
    np.testing.assert_allclose(moments.mean(axis=1), exact, rtol=5 * 12 / N / np.sqrt(draws))
    scatter = N * moments.std(axis=1) / exact
    np.testing.assert_allclose(scatter, [2, 4.3, 7.2, 10.7], rtol=0.15)


def test_the_bounds_for_the_diagonal_are_far_out_and_tell_the_usual_slip() -> None:
    law = stats.chi2(300)
    assert law.cdf(0.62 * 300) < 1e-7
    assert law.sf(1.5 * 300) < 1e-7
    assert law.sf(2 * 0.62 * 300) < 0.003  # half the variance must be told, in each of three cases


def test_goe_checks_tell_wrong_matrices(names: dict[str, Any], grader: ModuleType) -> None:
    case = {"N": 320, "R": 1.7}
    rng = np.random.default_rng(8)
    right = names["goe"](320, 1.7, rng)
    assert grader.symmetric_entries(right, None, case).fraction == 1
    assert grader.semicircle_moments(right, None, case).fraction == 1
    thin = right * np.where(np.eye(320) > 0, np.sqrt(0.5), 1)
    assert grader.symmetric_entries(thin, None, case).fraction == 0.5
    for wrong in (right * np.sqrt(2), right / 1.1, rng.normal(0, 0.0475, (320, 320))):
        assert grader.symmetric_entries(wrong, None, case).fraction == 0
    assert grader.semicircle_moments(1.1 * right, None, case).fraction == 0


def test_goe_does_not_change_when_the_basis_is_rotated(names: dict[str, Any]) -> None:
    """H and QHQ' have one law: entry (0, 0) of 2 x 2 matrices turned by 45 degrees."""
    rng = np.random.default_rng(9)
    H = np.array([names["goe"](2, 1.0, rng) for _ in range(20_000)])
    turned = (H[:, 0, 0] + H[:, 1, 1]) / 2 + H[:, 0, 1]
    assert stats.ks_2samp(H[:10_000, 0, 0], turned[10_000:]).pvalue > 1e-3


# 4. The resolvent.

POINTS = [1 + 1j, -2 + 0.3j, -0.1 - 0.4j, 0.9 - 2j, 3.3j, 2.5 + 0j, -4 + 0j]


@pytest.mark.parametrize("z", POINTS)
def test_g_sc_is_the_integral_of_the_density(names: dict[str, Any], z: complex) -> None:
    R = 1.7
    parts = [
        quad(
            lambda x, part=part: float(getattr(semicircle(x, R) / (z - x), part)),
            -R,
            R,
            limit=200,
            epsabs=1e-12,
        )[0]
        for part in ("real", "imag")
    ]
    found = names["G_sc"](z, R)
    assert found == pytest.approx(complex(*parts), rel=1e-7)
    assert found.imag * complex(z).imag <= 0


def test_g_sc_has_the_right_shape_and_far_field(names: dict[str, Any], grader: ModuleType) -> None:
    z = np.array(POINTS).reshape(7, 1)
    assert names["G_sc"](z, 1.7).shape == (7, 1)
    np.testing.assert_allclose(names["G_sc"](z, 1.7), grader.resolvent(z, 1.7), rtol=1e-12)
    far = 1e6 * np.exp(1j * np.linspace(-3, 3, 7))
    series = 1 / far + 1.7**2 / 4 / far**3
    np.testing.assert_allclose(names["G_sc"](far, 1.7), series, rtol=1e-14)
    real = names["G_sc"](np.array([-2.5, 2.5]), 1.7)
    assert real[0] == pytest.approx(-real[1])


def test_g_sc_gives_the_density_back_and_fits_a_matrix(names: dict[str, Any]) -> None:
    for x in (-1.5, 0.0, 0.8):
        density = -names["G_sc"](x + 1e-9j, 1.7).imag / np.pi
        assert density == pytest.approx(semicircle(x, 1.7), rel=1e-6)
    levels = np.linalg.eigvalsh(names["goe"](400, 1.7, np.random.default_rng(10)))
    for z in POINTS:
        assert names["G_sc"](z, 1.7) == pytest.approx(np.mean(1 / (z - levels)), abs=0.02)


def test_the_flat_law_of_the_text(names: dict[str, Any]) -> None:
    for z in POINTS:
        parts = [
            quad(lambda x, p=p, z=z: getattr(0.25 / (z - x), p), -2, 2, limit=200)[0]
            for p in ("real", "imag")
        ]
        if abs(z.real) > 2 or z.imag:
            assert names["flat_G"](z, 2.0) == pytest.approx(complex(*parts), rel=1e-7)


# 5. Marchenko-Pastur.


@pytest.mark.parametrize("c", [0.1, 0.25, 0.5, 0.9, 1.0, 1.7, 4.0])
def test_mp_density_has_its_mass_and_moments(names: dict[str, Any], c: float) -> None:
    low, high, atom = names["mp_edges"](1.0, c)

    def moment(k: int) -> float:
        """With x = middle - half cos(a) the roots at the edges are smooth."""
        middle, half = (low + high) / 2, (high - low) / 2

        def integrand(a: float) -> float:
            x = middle - half * np.cos(a)
            return float(x**k * names["mp_density"](np.array([x]), 1.0, c)[0] * half * np.sin(a))

        return quad(integrand, 0, np.pi)[0]

    assert moment(0) == pytest.approx(1 - atom, rel=1e-7)
    wanted = [1, 1 + c, 1 + 3 * c + c**2]
    assert [moment(k) for k in (1, 2, 3)] == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(("s2", "c"), [(0.6, 0.3), (2.0, 1.0), (1.4, 3.0)])
def test_mp_law_solves_its_equation(
    names: dict[str, Any], grader: ModuleType, s2: float, c: float
) -> None:
    """Edges are roots of the discriminant; the density is the imaginary part of a root."""
    low, high, atom = names["mp_edges"](s2, c)
    np.testing.assert_allclose((low, high, atom), grader.edges_and_atom(s2, c), atol=1e-14)
    for edge in (low, high):
        assert (edge - s2 * (1 - c)) ** 2 - 4 * c * s2 * edge == pytest.approx(0, abs=1e-12)
    x = np.linspace(low, high, 9)[1:-1]
    for point, density in zip(x, names["mp_density"](x, s2, c), strict=True):
        roots = np.roots([c * s2 * point, -(point - s2 * (1 - c)), 1])
        assert np.max(roots.imag) / np.pi == pytest.approx(density, rel=1e-9)
    outside = np.array([-1.0, 0.0, low - 0.1, high, high + 1])
    assert np.all(names["mp_density"](outside, s2, c) == 0)
    # The atom is the residue of G at 0, the root of the equation that has a pole there.
    z = 1e-7j
    poles = z * np.roots([c * s2 * z, -(z - s2 * (1 - c)), 1])
    if c != 1:
        assert np.min(np.abs(poles - atom)) < 1e-5


def test_mp_cdf_of_the_grader_is_the_integral(grader: ModuleType) -> None:
    for s2, c in ((0.7, 0.2), (1.8, 0.85)):
        low, high, _ = grader.edges_and_atom(s2, c)

        def density(y: float, s2: float = s2, c: float = c) -> float:
            return float(grader.mp_density(np.array(y), s2, c))

        x = np.linspace(low, high, 6)
        masses = [quad(density, low, end)[0] for end in x]
        np.testing.assert_allclose(grader.mp_cdf(x, s2, c), masses, atol=2e-6)


@pytest.mark.parametrize("c", [0.25, 0.5])
def test_sampled_edges_at_n_1000(names: dict[str, Any], c: float) -> None:
    levels = names["wishart_spectrum"](int(1000 * c), 1000, 1.0, np.random.default_rng(11))
    low, high, _ = names["mp_edges"](1.0, c)
    assert levels[-1] == pytest.approx(high, rel=0.05)
    assert levels[0] == pytest.approx(low, rel=0.08)


def test_wishart_spectrum_is_that_of_the_matrix(names: dict[str, Any]) -> None:
    for p, n in ((4, 9), (7, 3), (1, 1)):
        levels = names["wishart_spectrum"](p, n, 1.6, np.random.default_rng(12))
        X = np.sqrt(1.6) * np.random.default_rng(12).standard_normal((p, n))
        squares = np.linalg.svd(X / np.sqrt(n), compute_uv=False) ** 2
        wanted = np.sort(np.concatenate([squares, np.zeros(p - len(squares))]))
        np.testing.assert_allclose(levels, wanted, atol=1e-13)


@pytest.mark.parametrize(("p", "n"), [(60, 300), (120, 300)])
def test_spectra_are_as_rigid_as_the_check_assumes(
    names: dict[str, Any], grader: ModuleType, p: int, n: int
) -> None:
    rng = np.random.default_rng(13)
    case = {"p": p, "n": n, "s2": 1.5}
    distances, means, edges = [], [], []
    for _ in range(150):
        levels = names["wishart_spectrum"](p, n, 1.5, rng)
        mass = grader.mp_cdf(levels, 1.5, p / n)
        rank = np.arange(p)
        distances.append(max(abs(rank / p - mass).max(), abs((rank + 1) / p - mass).max()) * p)
        means.append(levels.mean() / 1.5)
        edges.append((levels[0], levels[-1]))
        assert grader.one_spectrum(levels, None, case).fraction == 1
    assert 1.8 < np.mean(distances) < 2.6
    assert np.mean(distances) + 5.5 * np.std(distances) < 4.8
    assert np.std(means) == pytest.approx(np.sqrt(2 / (p * n)), rel=0.25)
    independent = np.sort(rng.random((150, p)), axis=1)
    far = np.abs(independent - np.arange(p) / p).max(axis=1)
    assert np.mean(far > 4.8 / p) > 0.6


def test_wishart_checks_tell_wrong_spectra(names: dict[str, Any], grader: ModuleType) -> None:
    case = {"p": 100, "n": 350, "s2": 2.0}
    right = names["wishart_spectrum"](100, 350, 2.0, np.random.default_rng(14))
    outlier = np.append(right[:-1], 1.4 * right[-1])
    for wrong in (right[::-1], right * 3.5, np.sqrt(right), right / 2, outlier):
        assert grader.one_spectrum(wrong, None, case).fraction == 0


# 6. Ratios.


def test_mean_ratio_by_loops(names: dict[str, Any], grader: ModuleType) -> None:
    rng = np.random.default_rng(15)
    for n in (3, 4, 50):
        levels = rng.normal(size=n)
        assert names["mean_ratio"](levels) == pytest.approx(grader.ratio_by_loops(levels))
    assert names["mean_ratio"](np.array([3.0, 1.0, 2.0, 0.0])) == 1


def test_poisson_levels_have_ratio_two_ln_two_minus_one(
    names: dict[str, Any], grader: ModuleType
) -> None:
    exact = quad(lambda r: 2 * r / (1 + r) ** 2, 0, 1)[0]
    assert grader.RATIO["poisson"] == pytest.approx(exact, rel=1e-12)
    assert exact == pytest.approx(0.386, abs=5e-4)
    levels = np.random.default_rng(16).random(100_000)
    assert names["mean_ratio"](levels) == pytest.approx(exact, rel=0.02)


def test_ratios_of_large_matrices_and_their_scatter(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for kind in ("poisson", "goe", "signs"):
        found = names["repulsion"](kind, 50, 800, np.random.default_rng(17))
        assert found.mean() == pytest.approx(grader.RATIO[kind], rel=0.015)
        assert 0.27 < found.std() * np.sqrt(48) < 0.335
    large = np.linalg.eigvalsh(names["goe"](700, 1.0, np.random.default_rng(18)))
    assert names["mean_ratio"](large) == pytest.approx(0.527, rel=0.05)


def test_ratio_check_tells_kinds_and_repetitions(names: dict[str, Any], grader: ModuleType) -> None:
    case = {"N": 50, "samples": 110}
    goe = names["repulsion"]("goe", 50, 110, np.random.default_rng(19))
    poisson = names["repulsion"]("poisson", 50, 220, np.random.default_rng(20))
    judge = {kind: grader.fresh_spectra(kind) for kind in grader.RATIO}
    assert judge["goe"](goe, None, case).fraction == 1
    assert judge["signs"](goe, None, case).fraction == 1
    assert judge["poisson"](poisson, None, case).fraction == 1
    for wrong in (poisson[:110], np.full(110, 0.5307), goe * 0.6 / 0.5307):
        assert judge["goe"](wrong, None, case).fraction == 0


# 7. The figure.


def test_the_figure_shows_spectrum_and_law(names: dict[str, Any], grader: ModuleType) -> None:
    xs = np.array([0.0, 0.3, 1.1, 5.0])
    case = {"p": 150, "n": 400, "s2": 1.3, "xs": xs}
    ax = names["mp_figure"](150, 400, 1.3, xs, np.random.default_rng(21))
    (line,) = ax.get_lines()
    (bars,) = ax.containers
    widths = {round(bar.get_width(), 12) for bar in bars}
    assert len(widths) == 1
    centres = np.array([bar.get_x() + bar.get_width() / 2 for bar in bars])
    heights = np.array([bar.get_height() for bar in bars])
    shown = (
        PlotLine(line.get_xdata(), line.get_ydata(), "limit"),
        PlotLine(centres, heights, "one draw", "bars"),
    )
    right = Plot(shown, xlabel=ax.get_xlabel(), ylabel=ax.get_ylabel())
    for judge in (grader.limiting_line, grader.normalised_bars):
        assert judge(right, None, case).fraction == 1
    assert grader.labels_and_scales(right, None).fraction == 1
    counts = Plot((shown[0], PlotLine(centres, 10 * heights, "", "bars")))
    uniform = Plot((shown[0], PlotLine(centres, np.full(30, heights.mean()), "", "bars")))
    for wrong in (counts, uniform, Plot(shown[:1]), None, 3.0, "plot"):
        assert grader.normalised_bars(wrong, None, case).fraction == 0
    for wrong in (Plot(shown[1:]), Plot((PlotLine(shown[0].y, shown[0].x, "limit"),)), None):
        assert grader.limiting_line(wrong, None, case).fraction == 0
    assert grader.labels_and_scales(counts, None).fraction == 0


def test_the_model_figure_shows_the_arcsine_law(names: dict[str, Any]) -> None:
    Q = stats.ortho_group.rvs(300, random_state=np.random.default_rng(22))
    levels = np.linalg.eigvalsh(Q + Q.T)
    distance = stats.kstest(levels, lambda x: 0.5 + np.arcsin(np.clip(x / 2, -1, 1)) / np.pi)
    assert distance.statistic < 0.045
