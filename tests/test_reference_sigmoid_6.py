"""A6 Experiments: every reference against a second, independent route, and the checked figures."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import comb
from shipped import Names, answers, cells_of, grader, marks, run

NAME = "sigmoid-6-experiments"


@pytest.fixture(scope="module")
def names() -> Names:
    return answers(NAME)


@pytest.fixture(scope="module")
def checks() -> Any:
    return grader(NAME)


def case(checks: Any, grade_id: str, part: str, index: int = 0) -> dict[str, Any]:
    (check,) = [one for one in checks.problem_set.of(grade_id) if one.part == part]
    return dict(check.cases(NAME)[index].arguments)


def mean(f: Any) -> float:
    """E f(z) over a standard normal, by adaptive quadrature."""
    pieces = [
        quad(lambda z: f(z) * np.exp(-z * z / 2), a, b, epsabs=1e-13, epsrel=1e-11)[0]
        for a, b in ((-10, 0), (0, 10))
    ]
    return float(sum(pieces) / np.sqrt(2 * np.pi))


def critical_slope(sigma_w: float, sigma_b: float) -> tuple[float, float]:
    """(q*, chi_1) of tanh, by adaptive quadrature."""
    q = brentq(
        lambda q: sigma_w**2 * mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2) + sigma_b**2 - q,
        1e-6,
        sigma_w**2 + sigma_b**2,
        xtol=1e-12,
    )
    return q, sigma_w**2 * mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)


# The notebook


def test_the_notebook_passes_its_own_tests_and_its_points_are_as_said() -> None:
    run(NAME)
    graded = {cell["id"]: marks(cell) for cell in cells_of(NAME) if marks(cell).get("grade")}
    by_hand = {name: mark["points"] for name, mark in graded.items() if mark["solution"]}
    assert by_hand == {"why-density": 4, "read-spectrum": 4}
    assert sum(mark["points"] for mark in graded.values()) == 28


def test_every_automatic_question_has_a_check_and_no_check_is_left_over(checks: Any) -> None:
    automatic = {
        cell["id"]
        for cell in cells_of(NAME)
        if marks(cell).get("grade") and not marks(cell)["solution"]
    }
    assert {check.grade_id for check in checks.problem_set.checks} == automatic


def test_the_tools_of_the_setup_cell_are_right(names: Names) -> None:
    for network in ((0.9, 0.3), (1.3, 0.3), (2.5, 0.3)):
        assert names["qstar_chi"](*network) == pytest.approx(critical_slope(*network), rel=1e-9)
    sigma_w, sigma_b = names["critical_tanh"](0.153692)
    assert (sigma_w, sigma_b) == (pytest.approx(1.122539, abs=2e-6), pytest.approx(0.05, abs=2e-6))
    rng = np.random.default_rng(1)
    draws = np.array([names["haar"](4, rng) for _ in range(4000)])
    trace = np.einsum("kii->k", draws)
    assert np.mean(trace) == pytest.approx(0, abs=0.08)
    assert np.mean(trace**2) == pytest.approx(1, abs=0.12)


# 1: the density


@pytest.mark.parametrize("L", [1, 2, 5, 12, 20])
def test_the_density_agrees_with_the_roots_of_its_equation(
    names: Names, checks: Any, L: int
) -> None:
    lam = checks.top(L) * np.append(np.geomspace(1e-5, 0.99, 40), [1.0, 1.3])
    np.testing.assert_allclose(names["deep_density"](lam, L), checks.density(lam, L), rtol=1e-8)


@pytest.mark.parametrize("L", [1, 2, 5, 20])
def test_the_density_has_the_fuss_catalan_moments(names: Names, L: int) -> None:
    edge = (L + 1) ** (L + 1) / L**L
    # lam = edge sin(v)^(2L+2): smooth at both ends, so that the midpoint rule converges fast
    v = (np.arange(3000) + 0.5) / 3000 * np.pi / 2
    lam = edge * np.sin(v) ** (2 * L + 2)
    step = edge * (2 * L + 2) * np.sin(v) ** (2 * L + 1) * np.cos(v) * np.pi / 6000
    mass = np.zeros_like(lam)
    inside = lam > 1e-250
    mass[inside] = names["deep_density"](lam[inside], L) * step[inside]
    for k in range(5):
        wanted = comb((L + 1) * k, k, exact=True) / (L * k + 1)
        assert np.sum(mass * lam**k) == pytest.approx(wanted, rel=1e-5), k


def test_one_layer_is_the_marchenko_pastur_law(names: Names) -> None:
    lam = np.array([1e-4, 0.3, 2.0, 3.99])
    wanted = np.sqrt((4 - lam) / lam) / (2 * np.pi)
    np.testing.assert_allclose(names["deep_density"](lam, 1), wanted, rtol=1e-10)


def test_products_of_random_matrices_have_that_density(names: Names) -> None:
    rng = np.random.default_rng(2)
    values = []
    for _ in range(6):
        factors = rng.normal(0, 150**-0.5, (3, 150, 150))
        values.append(np.linalg.svd(np.linalg.multi_dot(factors), compute_uv=False) ** 2)
    found = np.concatenate(values)
    edges = np.array([0.05, 0.3, 1.0, 3.0, 9.0])
    for low, high in pairwise(edges):
        lam = np.linspace(low, high, 4001)
        mass = np.mean(names["deep_density"](lam, 3)[:-1]) * (high - low)
        assert np.mean((found > low) & (found <= high)) == pytest.approx(mass, abs=0.015)


def test_the_pile_at_zero_is_as_the_model_answer_says(names: Names) -> None:
    for L in (3, 16):
        lam = np.array([1e-12])
        wanted = np.sin(np.pi / (L + 1)) * lam ** (-L / (L + 1)) / np.pi
        # the next term is smaller by a factor of lam^(1/(L+1))
        near = names["deep_density"](lam, L) / wanted
        assert abs(near[0] - 1) < 2 * lam[0] ** (1 / (L + 1))


# 2: one layer


@pytest.mark.parametrize("network", [(0.9, 0.3), (1.5, 0.3), (2.5, 0.3)])
def test_one_layer_at_width_400_has_the_mean_chi_1(names: Names, network: Any) -> None:
    q, chi = critical_slope(*network)
    found = names["layer_chi"](q, *network, 400, 40, np.random.default_rng(4))
    assert np.mean(found) == pytest.approx(chi, rel=0.05)


def test_one_layer_scatters_as_the_notebook_says(names: Names, checks: Any) -> None:
    found = names["layer_chi"](1.0, 1.5, 0.3, 100, 400, np.random.default_rng(5))
    wanted = checks.spread({"q": 1.0, "N": 100})
    assert np.std(found) / np.mean(found) == pytest.approx(wanted, rel=0.15)
    assert np.sqrt(wanted**2 * 100 / 400) == pytest.approx(0.04, abs=0.003)
    # the chi of a layer is its mean squared singular value
    squares = mean(lambda z: np.cosh(z) ** -8.0)
    assert checks.tanh_moment(1.0, 4) == pytest.approx(squares, rel=1e-9)
    assert np.mean(found) == pytest.approx(1.5**2 * mean(lambda z: np.cosh(z) ** -4.0), rel=0.02)


# 3 and 4: depth scales


def test_the_fit_finds_what_the_angles_were_made_with(names: Names, checks: Any) -> None:
    gap = 0.1 * np.exp(-np.arange(30) / 1.2) * np.array([[1.0], [4.0], [0.3]])
    layers = checks.pairs(gap, 7, np.random.default_rng(6))
    assert names["fit_xi"](layers) == pytest.approx(1.2, rel=1e-8)
    assert checks.fitted(layers) == pytest.approx(1.2, rel=1e-8)


def test_the_fit_is_the_mean_of_the_logarithms(names: Names, checks: Any) -> None:
    gap = np.exp(np.random.default_rng(7).normal(-4, 1, (3, 8)) - np.arange(8))
    layers = checks.pairs(gap, 5, np.random.default_rng(8))
    slope = np.polyfit(np.arange(8), np.log(gap).mean(axis=0), 1)[0]
    assert names["fit_xi"](layers) == pytest.approx(-1 / slope, rel=1e-9)
    np.testing.assert_allclose(names["fit_xi"](checks.TINY), checks.fitted(checks.TINY), rtol=1e-9)


def test_subtracting_from_one_loses_the_digits_that_the_check_asks_for(checks: Any) -> None:
    one, two = checks.TINY[..., 0], checks.TINY[..., 1]
    c = np.sum(one * two, -1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(two, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.polyfit(np.arange(4), np.log(1 - c).mean(axis=0), 1)[0]
    assert abs(-1 / slope / checks.fitted(checks.TINY) - 1) > 1e-6


def test_the_depth_scales_of_the_syllabus_are_found(names: Names, checks: Any) -> None:
    for sigma_w, predicted, width in ((0.9, 1.96, 200), (1.0, 2.81, 200)):
        _, chi = critical_slope(sigma_w, 0.3)
        assert -1 / np.log(chi) == pytest.approx(predicted, abs=0.005)
        assert checks.xi_c(sigma_w, 0.3) == pytest.approx(-1 / np.log(chi), rel=1e-8)
        found = names["measure_xi"](sigma_w, 0.3, width, 14, 12, np.random.default_rng(9))
        assert found == pytest.approx(predicted, rel=0.15)


def test_near_criticality_the_measurement_falls_short(names: Names, checks: Any) -> None:
    assert checks.xi_c(1.3, 0.3) == pytest.approx(16.1, abs=0.05)
    found = [
        names["measure_xi"](1.3, 0.3, 200, 14, 12, np.random.default_rng(seed)) for seed in (1, 2)
    ]
    assert max(found) < 0.9 * 16.1


# 5 to 7: training


def test_the_gradient_agrees_with_differences(names: Names) -> None:
    rng = np.random.default_rng(10)
    Ws, A = rng.normal(size=(4, 3, 3)), rng.normal(size=(3, 3))
    before, target = Ws.copy(), A.copy()
    loss, gradient = names["deep_gradient"](Ws, A)
    product = Ws[3] @ Ws[2] @ Ws[1] @ Ws[0]
    assert loss == pytest.approx(np.linalg.norm(product - A) ** 2 / 6, rel=1e-12)
    for index in np.ndindex(Ws.shape):
        step = np.zeros_like(Ws)
        step[index] = 1e-5
        above, below = (names["deep_gradient"](Ws + s, A)[0] for s in (step, -step))
        assert gradient[index] == pytest.approx((above - below) / 2e-5, rel=1e-5, abs=1e-7)
    np.testing.assert_array_equal(Ws, before)
    np.testing.assert_array_equal(A, target)


@pytest.mark.parametrize("kind", ["orthogonal", "gaussian"])
def test_the_start_has_its_law_and_its_sign(names: Names, kind: str) -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        A = rng.standard_normal((6, 6))
        Ws = names["deep_start"](kind, A, 5, rng)
        signs = [np.sign(np.linalg.det(W)) for W in Ws]
        assert np.prod(signs) == np.sign(np.linalg.det(A))
        if kind == "orthogonal":
            for W in Ws:
                np.testing.assert_allclose(W @ W.T, np.eye(6), atol=1e-12)
    large = names["deep_start"]("gaussian", np.eye(50), 10, rng)
    assert np.var(large) == pytest.approx(1 / 50, rel=0.05)


def test_the_determinant_of_a_deep_gaussian_product_is_noise(names: Names, checks: Any) -> None:
    arguments = case(checks, "deep-start", "sign")
    assert arguments["kind"] == "gaussian"
    wrong = 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        Ws = names["deep_start"]("gaussian", arguments["A"], arguments["L"], rng)
        computed = np.linalg.slogdet(np.linalg.multi_dot(Ws[::-1]))[0]
        wrong += computed != np.linalg.slogdet(arguments["A"])[0]
    assert wrong >= 1


def test_training_follows_the_update_rule(names: Names) -> None:
    # one by one matrices: scalar recursion
    a, b, rate = 0.5, 0.8, 0.2
    Ws, A = np.array([[[a]], [[b]]]), np.array([[1.5]])
    for _ in range(7):
        error = a * b - 1.5
        a, b = a - rate * error * b, b - rate * error * a
    found = names["train_best"](Ws, A, [0.01, rate], 7)
    assert found == pytest.approx((a * b - 1.5) ** 2 / 2, rel=1e-12)
    assert Ws[0, 0, 0] == 0.5


def test_divergent_runs_lose(names: Names) -> None:
    Ws, A = np.full((3, 2, 2), 0.7) + np.eye(2), np.eye(2)
    good = names["train_best"](Ws, A, [0.01], 60)
    assert np.isfinite(good)
    assert names["train_best"](Ws, A, [1e4, 0.01], 60) == good
    assert names["train_best"](Ws, A, [0.01, 1e4], 60) == good
    assert names["train_best"](Ws, A, [1e4], 60) == np.inf


def test_orthogonal_starts_learn_and_gaussian_ones_do_not(names: Names) -> None:
    rates = [0.03, 0.1, 0.3, 0.6, 1.0]
    orthogonal, gaussian = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        A = names["haar"](16, rng)
        for kind, losses in (("orthogonal", orthogonal), ("gaussian", gaussian)):
            Ws = names["deep_start"](kind, A, 16, rng)
            losses.append(names["train_best"](Ws, A, rates, 120))
    assert max(orthogonal) < 0.07
    assert min(gaussian) > 0.24


def test_the_lowest_loss_is_not_always_the_last(names: Names, checks: Any) -> None:
    few = dict(checks.FEW) | {"rates": [1.9]}
    losses = [names["train_best"](**(few | {"steps": steps})) for steps in range(7)]
    assert losses[6] > 1.001 * min(losses)


# 8: the figure


def test_the_figure_shows_bars_and_theory(names: Names, checks: Any) -> None:
    arguments = case(checks, "plot-spectrum", "bars", 1)
    s, edges, L = arguments["s"], arguments["edges"], arguments["L"]
    assert edges[0] <= s.min()
    assert s.max() <= edges[-1]
    ax = names["plot_spectrum"](s, edges, L)
    heights = [bar.get_height() for bar in ax.containers[0]]
    np.testing.assert_allclose(heights, np.histogram(s, edges, density=True)[0], rtol=1e-12)
    (line,) = ax.get_lines()
    x, y = line.get_xdata(), line.get_ydata()
    inside = x**2 < 0.99 * checks.top(L)
    wanted = 2 * x[inside] * checks.density(x[inside] ** 2, L)
    np.testing.assert_allclose(y[inside], wanted, rtol=1e-8)
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")


def test_one_layer_is_the_quarter_circle(names: Names) -> None:
    ax = names["plot_spectrum"](np.array([0.5, 1.0, 1.9]), np.linspace(0, 2, 9), 1)
    (line,) = ax.get_lines()
    x, y = line.get_xdata(), line.get_ydata()
    np.testing.assert_allclose(y, np.sqrt(4 - x**2) / np.pi, rtol=1e-6, atol=1e-7)


def test_the_four_networks_have_the_variances_of_the_model_answer(names: Names) -> None:
    def variance(weights: str, q: float | None) -> float:
        found = [
            names["jacobian_values"](weights, q, 16, 100, np.random.default_rng(seed)) ** 2
            for seed in range(6)
        ]
        return float(np.var(found))

    narrow = variance("orthogonal", 0.02)
    assert 0.02 < narrow < 0.07
    assert variance("orthogonal", 0.5) > 20 * narrow
    assert variance("gaussian", 0.02) > 5
    assert variance("orthogonal", None) > 3

    def bracket(q: float) -> float:
        first, second = (mean(lambda z, k=k: np.cosh(np.sqrt(q) * z) ** (-4.0 * k)) for k in (1, 2))
        return second / first**2 - 1

    assert 16 * bracket(0.02) == pytest.approx(0.0427, abs=5e-5)
    assert 16 * bracket(0.5) == pytest.approx(4.8, abs=0.05)
    assert bracket(0.001) == pytest.approx(8e-6, rel=0.02)
