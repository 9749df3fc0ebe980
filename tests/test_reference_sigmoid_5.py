"""Each reference answer of A5 is found again by a second road: series, matrices, other algebra."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
import shipped
from scipy.integrate import quad
from scipy.optimize import brentq, fsolve

NAME = "sigmoid-5-jacobian-spectra"
KINDS = ("gaussian", "orthogonal")


@pytest.fixture(scope="module")
def answers() -> Any:
    return shipped.answers(NAME)


def mean(f: Any) -> float:
    """E f(z) by adaptive quadrature."""
    weighted = [
        quad(lambda z: f(z) * np.exp(-z * z / 2), a, a + 6, epsabs=1e-14, epsrel=1e-12)[0]
        for a in (-12, -6, 0, 6)
    ]
    return float(sum(weighted) / np.sqrt(2 * np.pi))


def matrices(kind: str, L: int, p: float, N: int, seed: int) -> np.ndarray:
    """Eigenvalues of J J^T of a critical network, by other means than the notebook's.

    The masks are cut out of the weights as blocks: in a basis of its own each mask keeps the first
    p N coordinates, which a rotation-invariant law of the weights allows.
    """
    rng = np.random.default_rng(seed)
    keep = round(p * N)
    product = np.eye(N)[:, :N]
    for _ in range(L):
        weights = rng.normal(0, 1 / np.sqrt(N), (N, N))
        if kind == "orthogonal":
            left, _, right = np.linalg.svd(weights)
            weights = left @ right
        product = (weights[:keep, : len(product)] @ product) / np.sqrt(p)
    values = np.linalg.svd(product, compute_uv=False) ** 2
    return np.concatenate([np.zeros(N - keep), values[::-1]])


def test_the_whole_notebook_passes_its_own_tests() -> None:
    names, _ = shipped.run(NAME)
    assert callable(names["edge_figure"])


# 1 and 2: the transform and its moments


def series_of_s(L: int, p: Fraction, kind: str) -> list[Fraction]:
    """m_1, m_2, m_3 at sigma_w = 1 by reversion of chi(z) = z S(z) / (1 + z), in exact fractions.

    chi(z) = z (1 + z)^(a - 1) (z + p)^-L with a = 0 or L; the coefficients by the binomial series.
    """
    power = (L if kind == "orthogonal" else 0) - 1

    def binomial(n: int, k: int) -> Fraction:
        value = Fraction(1)
        for i in range(k):
            value *= Fraction(n - i, i + 1)
        return value

    one = [binomial(power, k) for k in range(3)]
    two = [binomial(-L, k) * p ** (-L - k) for k in range(3)]
    c = [sum((one[i] * two[k - i] for i in range(k + 1)), Fraction(0)) for k in range(3)]
    # x = c0 z + c1 z^2 + c2 z^3, turned round by Lagrange's formula.
    return [1 / c[0], -c[1] / c[0] ** 3, (2 * c[1] ** 2 - c[0] * c[2]) / c[0] ** 5]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("L", "p"), [(1, Fraction(1, 2)), (3, Fraction(7, 10)), (20, Fraction(1))])
def test_mean_and_variance_are_in_the_series(answers: Any, L: int, p: Fraction, kind: str) -> None:
    m1, m2, _ = (float(m) for m in series_of_s(L, p, kind))
    for sigma_w in (0.9, 1.0, 2.5):
        scale = sigma_w ** (2 * L)
        found = answers["jj_moments"](L, float(p), sigma_w, kind)
        wanted = (m1 * scale, (m2 - m1**2) * scale**2)
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_transform_is_that_of_the_law_of_large_matrices(answers: Any, kind: str) -> None:
    L, p = 3, 0.8
    spectra = np.concatenate([matrices(kind, L, p, 240, seed) for seed in range(3)])
    x = 0.3 / spectra.max()
    z = np.mean(spectra * x / (1 - spectra * x))
    found = answers["s_jj"](z, L, p, p**-0.5, kind)
    assert found == pytest.approx((1 + z) / z * x, rel=0.03)
    assert answers["s_jj"](z, L, p, 2.0, kind) == pytest.approx(found / (4 * p) ** L, rel=1e-12)


def test_one_masked_gaussian_layer_is_marchenko_and_pastur(answers: Any) -> None:
    p, sigma_w, z = 0.6, 1.4, 0.25
    x = chi_of_one_layer(z, p, sigma_w)
    found = answers["s_jj"](z, 1, p, sigma_w, "gaussian")
    assert found == pytest.approx((1 + z) / z * x, rel=1e-9)


def chi_of_one_layer(z: float, p: float, sigma_w: float) -> float:
    """chi(z) of sigma_w^2 W W^T cut to p N rows, from its density."""
    low, high = (1 - np.sqrt(p)) ** 2, (1 + np.sqrt(p)) ** 2

    def psi(x: float) -> float:
        def integrand(angle: float) -> float:
            # t = middle + half-width cos(angle) takes the square roots out of the density
            half = (high - low) / 2
            t = (high + low) / 2 + half * np.cos(angle)
            density = half**2 * np.sin(angle) ** 2 / (2 * np.pi * t)
            value = sigma_w**2 * t * x
            return float(density * value / (1 - value))

        return float(quad(integrand, 0, np.pi, epsabs=1e-13)[0])

    top = 1 / (sigma_w**2 * high)
    return float(brentq(lambda x: psi(x) - z, 1e-9, top * (1 - 1e-9), xtol=1e-14))


@pytest.mark.parametrize("L", [1, 2, 5])
def test_deep_linear_gaussian_moments_are_fuss_and_catalan(answers: Any, L: int) -> None:
    m1, m2, m3 = series_of_s(L, Fraction(1), "gaussian")
    assert [m1, m2, m3] == [Fraction(comb((L + 1) * k, k), L * k + 1) for k in (1, 2, 3)]
    assert answers["jj_moments"](L, 1.0, 1.0, "gaussian") == (1, m2 - 1)


# 3: the sampler


@pytest.mark.parametrize(
    ("kind", "L", "p", "within"),
    [
        ("orthogonal", 2, 0.5, 0.08),
        ("orthogonal", 8, 0.9, 0.08),
        ("gaussian", 3, 0.75, 0.25),
        ("gaussian", 8, 0.9, 0.25),
    ],
)
def test_the_sampler_and_the_formula_agree(
    answers: Any, kind: str, L: int, p: float, within: float
) -> None:
    spectra = [
        answers["jj_spectrum"](300, L, p, p**-0.5, kind, np.random.default_rng(seed))
        for seed in range(2)
    ]
    m1, variance = answers["jj_moments"](L, p, p**-0.5, kind)
    assert m1 == pytest.approx(1)
    assert np.mean(spectra) == pytest.approx(1, rel=within)
    assert np.mean(np.var(spectra, axis=1)) == pytest.approx(variance, rel=within)


def test_masks_of_random_count_scatter_the_mean_as_the_notebook_says(answers: Any) -> None:
    rng = np.random.default_rng(5)
    counts = rng.binomial(300, 0.5, (4000, 8)) / 150
    assert np.std(np.prod(counts, axis=1)) == pytest.approx(0.16, abs=0.015)
    exact = [
        np.mean(answers["jj_spectrum"](60, 3, 0.7, 0.7**-0.5, "orthogonal", rng)) for _ in range(40)
    ]
    assert np.std(exact) < 0.04 < np.sqrt(3 * 0.3 / (0.7 * 60))


def test_the_tolerances_of_the_sampler_are_above_four_standard_errors(answers: Any) -> None:
    for kind, N, tolerances in (("orthogonal", 120, (0.06, 0.08)), ("gaussian", 200, (0.14, 0.4))):
        runs = np.array([matrices(kind, 3, 0.7, N, seed) for seed in range(24)])
        _, variance = answers["jj_moments"](3, 0.7, 0.7**-0.5, kind)
        scatter = np.std(runs.mean(axis=1)), np.std(runs.var(axis=1)) / variance
        # The scatter of 24 runs is itself uncertain by 15 %.
        assert all(4 * s < t for s, t in zip(scatter, tolerances, strict=True)), (kind, scatter)


def test_the_signs_of_qr_do_not_show_in_the_spectrum() -> None:
    rng = np.random.default_rng(2)
    rotation, upper = np.linalg.qr(rng.normal(size=(20, 20)))
    right = rotation * np.sign(np.diag(upper))
    masks = [np.diag(rng.permutation(20) < 14).astype(float) for _ in range(2)]
    spectra = [np.linalg.svd(masks[1] @ w @ masks[0], compute_uv=False) for w in (rotation, right)]
    np.testing.assert_allclose(*spectra, atol=1e-12)


# 4 and 5: the edge and the atoms


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("L", "p"), [(1, 0.6), (2, 0.5), (3, 0.8), (4, 0.75), (20, 0.9), (60, 0.97)]
)
def test_the_edge_is_where_the_walk_turns(answers: Any, L: int, p: float, kind: str) -> None:
    def walk(log_z: np.ndarray) -> np.ndarray:
        z = np.exp(log_z)
        s = answers["s_jj"](z, L, p, p**-0.5, kind)
        return (1 + z) / (z * s)

    grid = np.linspace(-9, 3 if kind == "gaussian" else 18, 270_001)
    assert answers["lam_max"](L, p, kind) == pytest.approx(walk(grid).min(), rel=3e-7)


@pytest.mark.parametrize(
    ("kind", "L", "p"),
    [
        ("gaussian", 2, 1.0),
        ("gaussian", 3, 0.7),
        ("gaussian", 5, 0.9),
        ("orthogonal", 3, 0.5),
        ("orthogonal", 5, 0.7),
        ("orthogonal", 4, 0.9),
    ],
)
def test_large_matrices_end_at_the_edge(answers: Any, kind: str, L: int, p: float) -> None:
    largest = np.mean([matrices(kind, L, p, 300, seed)[-1] for seed in range(3)])
    assert answers["lam_max"](L, p, kind) == pytest.approx(largest, rel=0.12)


def test_the_edge_has_its_closed_forms_at_the_ends(answers: Any) -> None:
    lam_max = answers["lam_max"]
    for L in (1, 2, 7, 60):
        assert lam_max(L, 1.0, "orthogonal") == 1
        wanted = float(Fraction((L + 1) ** (L + 1), L**L))
        assert lam_max(L, 1.0, "gaussian") == pytest.approx(wanted, rel=1e-12)
    assert lam_max(1, 0.64, "gaussian") == pytest.approx(1.8**2 / 0.64, rel=1e-12)
    # The two branches of the orthogonal network meet at L (1 - p) = 1.
    soft = [lam_max(5, p, "orthogonal") for p in (0.8 - 1e-7, 0.8 + 1e-7)]
    assert soft[0] == pytest.approx(soft[1], rel=3e-6)
    # Large depth: e L for linear Gaussian networks, e L (1 - p) / p for orthogonal ones.
    assert lam_max(100_000, 0.7, "orthogonal") == pytest.approx(np.e * 3e4 / 0.7, rel=1e-4)


def test_the_atoms_are_dimensions_of_intersections(answers: Any) -> None:
    for N, L, off in ((50, 4, 5), (40, 3, 8), (30, 6, 5), (20, 1, 7), (30, 8, 5)):
        p = 1 - off / N
        top, place, zero = answers["atoms"](L, p)
        values = matrices("orthogonal", L, p, N, 3)
        assert np.sum(np.abs(values / place - 1) < 1e-9) == round(N * top)
        assert np.sum(values == 0) == round(N * zero)
        assert place == pytest.approx(answers["lam_max"](L, p, "orthogonal")) or top == 0


def test_the_atoms_have_the_checked_figures(answers: Any) -> None:
    np.testing.assert_allclose(answers["atoms"](4, 0.9), (0.6, 0.9**-4, 0.1), rtol=1e-12)
    values = answers["jj_spectrum"](50, 4, 0.9, 0.9**-0.5, "orthogonal", np.random.default_rng(1))
    assert np.sum(np.abs(values - 0.9**-4) < 1e-10) == 30
    assert np.sum(values < 1e-14) == 5


@pytest.mark.parametrize(("L", "p"), [(3, 0.9), (12, 0.95), (6, 0.6)])
def test_the_transform_has_the_atoms_in_it(answers: Any, L: int, p: float) -> None:
    """An atom of weight w at the top makes psi(1/lambda) grow like w / (1 - top / lambda)."""
    top, place, zero = answers["atoms"](L, p)
    z = 1e7
    x = z / (1 + z) * answers["s_jj"](z, L, p, p**-0.5, "orthogonal")
    if top > 0:
        assert z * (1 - x * place) == pytest.approx(top, rel=1e-5)
    # 1 - zero = the limit of -psi(x) for x -> -infinity: chi has a pole at z = zero - 1.
    near = -p + 1e-9
    assert abs(answers["s_jj"](near, L, p, p**-0.5, "orthogonal")) > 1e6
    assert zero == pytest.approx(1 - p)


# 6: smooth activations


def test_var_smooth_gives_the_checked_figures(answers: Any) -> None:
    found = [
        answers["var_smooth"](q, 16, "orthogonal", lambda x: np.cosh(x) ** -2.0)
        for q in (0.02, 0.1)
    ]
    np.testing.assert_allclose(found, (0.04267, 0.6353), atol=6e-5)
    assert found[1] < 8 * 0.1**2 * 16 / 2
    assert found[0] == pytest.approx(0.04267, abs=6e-6)


@pytest.mark.parametrize("q", [0.0, 0.01, 1.0, 3.0])
def test_var_smooth_agrees_with_adaptive_means_and_closed_forms(answers: Any, q: float) -> None:
    def slope(x: Any) -> Any:
        return np.exp(-np.pi * x**2 / 4)

    closed = (1 + np.pi * q) / np.sqrt(1 + 2 * np.pi * q)
    found = answers["var_smooth"]
    assert found(q, 7, "gaussian", slope) == pytest.approx(7 * closed, rel=1e-9)
    assert found(q, 7, "orthogonal", slope) == pytest.approx(7 * (closed - 1), rel=1e-9, abs=1e-12)
    for derivative in (lambda x: 1 - np.tanh(x) ** 2, lambda x: 1 / (1 + np.exp(-x)), np.cos):
        mu1, mu2 = (mean(lambda z, k=k, d=derivative: d(np.sqrt(q) * z) ** (2 * k)) for k in (1, 2))
        wanted = 3 * mu2 / mu1**2
        assert found(q, 3, "gaussian", derivative) == pytest.approx(wanted, rel=1e-9)


def test_a_product_of_matrices_has_the_smooth_variance(answers: Any) -> None:
    rng = np.random.default_rng(6)
    N, L, q = 300, 16, 0.02
    # Slopes at the quantiles of their law: no scatter from their count.
    z = np.sqrt(2) * answers["erfinv"](2 * (np.arange(N) + 0.5) / N - 1)
    slopes = 1 - np.tanh(np.sqrt(q) * z) ** 2
    product = np.eye(N)
    for _ in range(L):
        rotation, _ = np.linalg.qr(rng.normal(size=(N, N)))
        product = rng.permutation(slopes)[:, None] * (rotation @ product)
    values = np.linalg.svd(product, compute_uv=False) ** 2
    wanted = answers["var_smooth"](q, L, "orthogonal", lambda x: 1 - np.tanh(x) ** 2)
    assert np.var(values) / np.mean(values) ** 2 == pytest.approx(wanted, rel=0.05)


# 7: the design


def hard_tanh(q: float) -> tuple[float, float]:
    """p and E phi^2 by adaptive quadrature up to the corner, and beyond it."""
    corner = 1 / np.sqrt(q)

    def density(z: float) -> float:
        return float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi))

    inside = 2 * quad(density, 0, corner, epsabs=1e-15)[0]
    outside = 2 * quad(density, corner, corner + 12, epsabs=1e-15)[0]
    square = 2 * quad(lambda z: q * z * z * density(z), 0, corner, epsabs=1e-15)[0]
    return inside, square + outside


@pytest.mark.parametrize(
    ("L", "target", "kind"),
    [
        (20, 0.02, "orthogonal"),
        (2, 2.0, "orthogonal"),
        (16, 0.25, "orthogonal"),
        (5, 7.0, "gaussian"),
    ],
)
def test_a_design_solves_its_three_equations(
    answers: Any, L: int, target: float, kind: str
) -> None:
    sigma_w, sigma_b, q = answers["design"](L, target, kind, "hard tanh")
    p, square = hard_tanh(q)
    assert sigma_w**2 * p == pytest.approx(1, rel=1e-9)
    assert sigma_w**2 * square + sigma_b**2 == pytest.approx(q, rel=1e-9)
    assert answers["jj_moments"](L, p, sigma_w, kind)[1] == pytest.approx(target, rel=1e-7)


def test_the_design_has_the_checked_figures(answers: Any) -> None:
    p = 0.998435
    for L in (4, 10):
        sigma_w, sigma_b, q = answers["design"](L, L * (1 - p) / p, "orthogonal", "hard tanh")
        assert q == pytest.approx(0.1, rel=1e-4)
        assert sigma_w**2 == pytest.approx(1.001568, abs=1e-6)
        assert sigma_b**2 == pytest.approx(1.3488e-4, rel=5e-4)
    assert hard_tanh(0.1)[0] == pytest.approx(p, abs=6e-7)
    (again,) = fsolve(lambda q: hard_tanh(abs(q[0]))[0] - 0.9984346, [0.12])
    assert again == pytest.approx(0.1, rel=1e-4)


def test_what_cannot_be_designed_is_none(answers: Any) -> None:
    design = answers["design"]
    for L in (1, 4, 20):
        assert design(L, 0.3 * L, "orthogonal", "relu") is None
        assert design(L, 0.3 * L, "gaussian", "relu") is None
        assert design(L, 0.999 * L, "gaussian", "hard tanh") is None
        assert design(L, 1.001 * L, "gaussian", "hard tanh") is not None
        # The variances that ReLU has, whatever one does.
        assert answers["jj_moments"](L, 0.5, np.sqrt(2), "orthogonal") == (
            pytest.approx(1),
            pytest.approx(L),
        )
        assert answers["jj_moments"](L, 0.5, np.sqrt(2), "gaussian")[1] == pytest.approx(2 * L)


def test_the_laws_of_the_model_answer_hold(answers: Any) -> None:
    tanh = answers["var_smooth"](1e-4, 1, "orthogonal", lambda x: 1 - np.tanh(x) ** 2)
    assert tanh == pytest.approx(8e-8, rel=2e-3)
    q = [answers["design"](L, 0.25, "orthogonal", "hard tanh")[2] for L in (10**6, 10**12)]
    laws = [1 / (2 * np.log(L)) for L in (10**6, 10**12)]
    assert abs(q[1] / laws[1] - 1) < abs(q[0] / laws[0] - 1) < 0.2


# The running example, and the figure


def test_the_leaky_network_agrees_with_its_matrices(answers: Any) -> None:
    rng = np.random.default_rng(8)
    N, L, a = 300, 3, 0.5
    slopes = np.repeat([1.0, a], N // 2) * np.sqrt(2 / (1 + a**2))
    product = np.eye(N)
    for _ in range(L):
        rotation, _ = np.linalg.qr(rng.normal(size=(N, N)))
        product = rng.permutation(slopes)[:, None] * (rotation @ product)
    values = np.linalg.svd(product, compute_uv=False) ** 2
    assert np.var(values) == pytest.approx(1.08, rel=0.08)
    z, edge = answers["leaky_edge"](L, a)
    assert z == pytest.approx(1.91, abs=0.01)
    assert values[0] == pytest.approx(edge, rel=0.06)


def test_the_worked_figures_of_the_text_are_right(answers: Any) -> None:
    assert answers["var_smooth"](0.05, 1, "orthogonal", np.cos) == pytest.approx(0.004528, abs=4e-6)
    b = (1 - 0.05) / (1 + 0.05)
    assert b == pytest.approx(0.905, abs=6e-4)
    assert np.sqrt(b) == pytest.approx(0.951, abs=6e-4)
    assert 100 * ((1 - b) / (1 + b)) ** 2 == pytest.approx(0.25)


def test_the_figure_shows_both_edges(answers: Any) -> None:
    depths = np.array([1, 4, 30])
    ax = answers["edge_figure"](depths, 0.9)
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(
        lines["orthogonal"].get_ydata(),
        (1 / 0.9, 0.9**-4, 1 / 9 * 30**30 / 29**29),
        rtol=1e-12,
    )
    np.testing.assert_array_equal(lines["Gaussian"].get_xdata(), depths)
    assert lines["Gaussian"].get_ydata()[0] == pytest.approx((1 + 0.9**0.5) ** 2 / 0.9)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


# The hidden cases


def test_hidden_cases_stay_in_their_ranges() -> None:
    for check in shipped.grader(NAME).problem_set.checks:
        for case in check.cases(NAME):
            given = case.arguments
            assert 1 <= given.get("L", 1) <= 60
            assert 0.5 <= given.get("p", 1) <= 1
            assert 0 <= given.get("q", 0) <= 3
            if check.grade_id == "jj-spectrum":
                on = given["p"] * given["N"]
                assert on == pytest.approx(round(on), abs=1e-9)
