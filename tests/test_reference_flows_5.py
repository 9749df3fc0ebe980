"""F5 Normalizing flows: every reference answer found again by a second, independent road."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import kstest, multivariate_normal, norm

from dfl_grading.values import Plot, PlotLine

NAME = "flows-5-normalizing-flows"
SYLLABUS = (1.3, 0.2, 1.0)
"""x, m and s for which the syllabus states -2.04, -1.72, -1.693 and -1.688."""

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], float]:
    return shipped.run(NAME)


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def log_det(f: Callable[[Array], Array], z: Array) -> Array:
    """ln |det J| at each row, by central differences of fourth order."""
    h = 2e-4
    columns = []
    for step in h * np.eye(z.shape[1]):
        near, far = f(z + step) - f(z - step), f(z + 2 * step) - f(z - 2 * step)
        columns.append((8 * near - far) / (12 * h))
    return np.asarray(np.linalg.slogdet(np.stack(columns, axis=2))[1])


def cases(grader: ModuleType, grade_id: str, part: str) -> list[dict[str, Any]]:
    (check,) = [one for one in grader.problem_set.of(grade_id) if one.part == part]
    return [dict(case.arguments) for case in check.cases(NAME)]


# The notebook


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds(
    run: tuple[dict[str, Any], float],
) -> None:
    assert run[1] < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_the_worked_examples_are_right(names: dict[str, Any]) -> None:
    y = np.array([0.7, 2.0, 9.0])
    np.testing.assert_allclose(
        names["lognormal_log_density"](y), norm.logpdf(np.log(y), 1, 0.5) - np.log(y), rtol=1e-12
    )
    weights = np.array([[1, 1], [1, 3], [3, 1], [3, 3]])
    assert np.log(weights).mean() == pytest.approx(0.549, abs=5e-4)
    assert np.log(weights.mean(axis=1)).mean() == pytest.approx(0.621, abs=5e-4)


# 1 and 2: coupling layers


def sine(a: Array) -> Array:
    return np.sin(a @ np.array([[1.0, -0.6], [0.4, 2.0]]))


def square(a: Array) -> Array:
    return (a @ np.array([[0.5, 1.0], [-1.0, 0.3]])) ** 2


MASKS = [np.array([True, False, True, False]), np.array([False, True, True, False])]
LAYERS = [(MASKS[0], sine, square), (~MASKS[0], square, sine), (MASKS[1], sine, sine)]


@pytest.mark.parametrize("layer", LAYERS)
def test_coupling_agrees_with_the_jacobian_both_ways(names: dict[str, Any], layer: Any) -> None:
    x = np.random.default_rng(1).normal(size=(5, 4)) / 2
    y, logdet = names["coupling"](x, *layer)
    back, logdet_back = names["coupling_inverse"](y, *layer)
    np.testing.assert_allclose(logdet, log_det(lambda x: names["coupling"](x, *layer)[0], x), 1e-7)
    np.testing.assert_allclose(
        logdet_back, log_det(lambda y: names["coupling_inverse"](y, *layer)[0], y), 1e-5, 1e-6
    )
    np.testing.assert_allclose(back, x, atol=1e-12)
    np.testing.assert_array_equal(y[:, layer[0]], x[:, layer[0]])


def test_the_density_of_a_stack_is_that_of_its_draws(names: dict[str, Any]) -> None:
    def forward(x: Array) -> Array:
        for layer in LAYERS:
            x = names["coupling"](x, *layer)[0]
        return x

    x = np.random.default_rng(2).normal(size=(6, 4)) / 2
    wanted = multivariate_normal.logpdf(x, np.zeros(4)) - log_det(forward, x)
    np.testing.assert_allclose(names["flow_log_density"](forward(x), LAYERS), wanted, rtol=1e-5)


def test_a_right_inverse_for_a_wrong_density_would_not_do(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """The judge's own sum, on what the notebook's inverse gives."""
    layers = LAYERS[:2]
    y = np.random.default_rng(3).normal(size=(3, 4))
    x, total = y, np.zeros(3)
    for layer in layers[::-1]:
        x, logdet = names["coupling_inverse"](x, *layer)
        total = total + logdet
    judged = grader.pulled_back(y, layers, np.column_stack([x, total]))
    np.testing.assert_allclose(names["flow_log_density"](y, layers), judged, rtol=1e-12)
    assert not np.allclose(names["flow_log_density"](y, layers[::-1]), judged, rtol=1e-3)


# 3: planar flows


@pytest.mark.parametrize("product", [-1000.0, -30.0, -1.0, 0.0, 2.5, 700.0, 1000.0])
def test_the_corrected_direction_has_the_right_parts(names: dict[str, Any], product: float) -> None:
    rng = np.random.default_rng(4)
    u, w = rng.normal(size=(2, 5))
    u += (product - u @ w) * w / (w @ w)
    safe = names["planar_u"](u, w)
    # ln(1 + e^r), as the area below its derivative, which is the logistic function
    softplus = quad(expit, -40, np.clip(product, -40, 40), limit=200)[0]
    softplus += max(product - 40, 0.0)
    assert w @ safe == pytest.approx(softplus - 1, abs=1e-8)
    assert w @ safe >= -1 - 1e-12
    across = np.eye(5) - np.outer(w, w) / (w @ w)
    np.testing.assert_allclose(across @ safe, across @ u, atol=1e-10)


@pytest.mark.parametrize("d", [1, 2, 4, 6])
def test_planar_agrees_with_the_jacobian(names: dict[str, Any], d: int) -> None:
    rng = np.random.default_rng(d)
    z, (u, w) = rng.normal(size=(5, d)) / 2, rng.normal(size=(2, d)) / np.sqrt(d)
    for bent in (u, u - 3 * w / (w @ w)):  # the second one folds
        out, logdet = names["planar"](z, bent, w, 0.2)
        np.testing.assert_allclose(
            logdet, log_det(lambda z, u=bent: names["planar"](z, u, w, 0.2)[0], z), 1e-6, 1e-7
        )
        np.testing.assert_allclose(out - z, np.outer(np.tanh(z @ w + 0.2), bent), atol=1e-12)


def test_a_planar_map_folds_exactly_below_minus_one(names: dict[str, Any]) -> None:
    z = np.linspace(-3, 3.001, 2001)[:, None]
    for product, folds in ((-1.0, False), (-0.5, False), (-1.01, True), (4.0, False)):
        out = names["planar"](z, np.array([product / 2]), np.array([2.0]), 0.3)[0]
        assert bool(np.any(np.diff(out[:, 0]) < 0)) == folds


# 4: the figure


def line_of(ax: Any, label: str) -> tuple[Array, Array]:
    (line,) = [one for one in ax.lines if one.get_label() == label]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


@pytest.mark.parametrize(("u", "w", "b"), [(1.5, 2.0, 0.4), (0.97, -1.0, 0.1), (-2.5, -3.0, 0.0)])
def test_the_drawn_density_is_that_of_pushed_draws(
    names: dict[str, Any], u: float, w: float, b: float
) -> None:
    grid = np.linspace(-6, 6, 2001)  # pushed forward, so that it is dense where the density is high
    ax = names["planar_line"](grid + u * np.tanh(w * grid + b), u, w, b)
    x, density = line_of(ax, "flow")
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    assert below[-1] == pytest.approx(1, abs=1e-3)
    z = np.random.default_rng(7).normal(size=4000)
    pushed = z + u * np.tanh(w * z + b)
    assert kstest(pushed, lambda y: np.interp(y, x, below)).pvalue > 1e-3
    np.testing.assert_allclose(line_of(ax, "base")[1], norm.pdf(x), rtol=1e-12)


def test_hidden_planar_lines_are_not_folded(grader: ModuleType) -> None:
    for case in cases(grader, "planar-line", "flow"):
        assert case["u"] * case["w"] > -0.98


def test_the_figure_is_judged_by_its_points(grader: ModuleType) -> None:
    case = cases(grader, "planar-line", "flow")[-1]
    right = grader.exact_line(**case)
    assert grader.flow_line(right, right, case).fraction == 1
    assert grader.base_line(right, right, case).fraction == 1
    assert grader.words(right, right).fraction == 1
    flow, base = right.lines
    backwards = Plot((PlotLine(flow.x[::-1], flow.y[::-1], "Flow "),))
    assert grader.flow_line(backwards, right, case).fraction == 1
    for strange in (
        Plot((PlotLine(flow.x, base.y, "flow"),)),
        Plot((PlotLine(flow.y, flow.x, "flow"),)),
        Plot((PlotLine(flow.x[1:], flow.y[1:], "flow"),)),
        Plot((PlotLine(flow.x, flow.y * np.nan, "flow"),)),
        Plot((PlotLine(flow.x.astype(str), flow.y.astype(str), "flow"),)),
        Plot((PlotLine(flow.x, flow.y, ""),)),
        Plot(()),
        None,
        3.0,
    ):
        assert grader.flow_line(strange, right, case).fraction == 0
        assert grader.words(strange, right).fraction == 0


# 5 and 6: radial and Sylvester flows


@pytest.mark.parametrize("d", [1, 2, 3, 6])
@pytest.mark.parametrize(("alpha", "beta"), [(0.7, -0.6), (1.3, 2.0)])
def test_radial_agrees_with_the_jacobian(
    names: dict[str, Any], d: int, alpha: float, beta: float
) -> None:
    rng = np.random.default_rng(d)
    z, z0 = rng.normal(size=(5, d)), rng.normal(size=d) + 2
    out, logdet = names["radial"](z, z0, alpha, beta)
    wanted = log_det(lambda z: names["radial"](z, z0, alpha, beta)[0], z)
    np.testing.assert_allclose(logdet, wanted, 1e-6, 1e-7)
    r, moved = np.linalg.norm(z - z0, axis=1), np.linalg.norm(out - z0, axis=1)
    np.testing.assert_allclose(moved, r + beta * r / (alpha + r), rtol=1e-10)
    # at the centre, the limit
    centre, limit = names["radial"](np.array([z0, z0 + 1e-9]), z0, alpha, beta)
    np.testing.assert_array_equal(centre[0], z0)
    np.testing.assert_allclose(limit, d * np.log(1 + beta / alpha), rtol=1e-7)


@pytest.mark.parametrize(("d", "m"), [(1, 1), (3, 2), (4, 4), (6, 3), (2, 5)])
def test_sylvester_agrees_with_the_jacobian(names: dict[str, Any], d: int, m: int) -> None:
    rng = np.random.default_rng(10 * d + m)
    z, A, B = rng.normal(size=(4, d)), rng.normal(size=(d, m)) / 2, rng.normal(size=(m, d)) / 2
    b = rng.normal(size=m)
    out, logdet = names["sylvester"](z, A, B, b)
    wanted = log_det(lambda z: names["sylvester"](z, A, B, b)[0], z)
    np.testing.assert_allclose(logdet, wanted, 1e-6, 1e-7)
    np.testing.assert_allclose(out - z, np.tanh(z @ B.T + b) @ A.T, atol=1e-12)


def test_hidden_determinants_are_far_from_zero(grader: ModuleType, names: dict[str, Any]) -> None:
    """A log-determinant near a singular map would be ill-conditioned."""
    for grade_id, part in (("planar", "log-determinant"), ("sylvester", "log-determinant")):
        for case in cases(grader, grade_id, part):
            assert np.all(names[grade_id](**case)[1] > np.log(1e-3)), case


# 7: importance-weighted bounds


def test_the_curve_agrees_with_plain_averages(names: dict[str, Any]) -> None:
    w = np.random.default_rng(5).gamma(0.5, size=60)
    for k in (1, 2, 5, 60):
        plain = np.mean([np.log(w[i : i + k].mean()) for i in range(0, 60, k)])
        assert names["iwae_curve"](np.log(w), [k]) == pytest.approx(plain, rel=1e-12)
        lifted = names["iwae_curve"](np.log(w) - 1500, [k])
        assert lifted == pytest.approx(plain - 1500, rel=1e-12)


def test_nested_groups_never_fall(names: dict[str, Any]) -> None:
    for seed in range(50):
        log_w = 3 * np.random.default_rng(seed).standard_t(2, size=120)
        assert np.all(np.diff(names["iwae_curve"](log_w, [1, 2, 4, 12, 60, 120])) >= -1e-12)


def test_the_bounds_of_the_syllabus(grader: ModuleType) -> None:
    found = [grader.exact_bound(*SYLLABUS, k) for k in (1, 5, 30)]
    np.testing.assert_allclose(found, [-2.044, -1.725, -1.693], atol=5e-4)
    assert [round(found[0], 2), round(found[1], 2), round(found[2], 3)] == [-2.04, -1.72, -1.693]
    log_p = norm.logpdf(1.3, 0, np.sqrt(2))
    assert round(log_p, 3) == -1.688
    assert found[0] < found[1] < found[2] < log_p


def test_the_exact_bounds_agree_with_three_other_roads(grader: ModuleType) -> None:
    x, m, s = SYLLABUS
    log_p = norm.logpdf(x, 0, np.sqrt(2))
    # k = 1: the divergence of two Gaussians
    kl = np.log(np.sqrt(0.5) / s) + (s**2 + (m - x / 2) ** 2) / (2 * 0.5) - 0.5
    assert grader.exact_bound(x, m, s, 1) == pytest.approx(log_p - kl, abs=1e-7)
    # k = 2: an integral over both draws
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    z = m + s * nodes
    log_w = norm.logpdf(z) + norm.logpdf(x, z) - norm.logpdf(z, m, s)
    pairs = np.logaddexp(log_w[:, None], log_w) - np.log(2)
    by_nodes = weights @ pairs @ weights / (2 * np.pi)
    assert grader.exact_bound(x, m, s, 2) == pytest.approx(by_nodes, abs=1e-4)
    # large k: the gap closes as Var(w) / (2 k p^2)
    square = quad(lambda z: norm.pdf(z) ** 2 * norm.pdf(x, z) ** 2 / norm.pdf(z, m, s), -9, 9)[0]
    rate = (square / np.exp(2 * log_p) - 1) / 2
    assert 400 * (log_p - grader.exact_bound(x, m, s, 400)) == pytest.approx(rate, rel=0.02)


def test_the_monte_carlo_bound_scatters_as_it_should(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for case in cases(grader, "iwae-bound", ""):
        x, m, s, k = (case[name] for name in "xmsk")
        assert abs(np.log(s)) > 18 * grader.standard_error(x, m, s, k)
        error = grader.standard_error(x, m, s, k) * np.sqrt(20_000 / 500)
        exact = grader.exact_bound(x, m, s, k)
        draws = [
            names["iwae_bound"](x, m, s, k, 500, np.random.default_rng(seed)) for seed in range(60)
        ]
        scores = (np.array(draws) - exact) / error
        assert abs(scores.mean()) < 4 / np.sqrt(60)
        assert 0.7 < scores.std() < 1.35


def test_bounds_mistaken_for_one_another_are_many_errors_off(grader: ModuleType) -> None:
    for case in cases(grader, "iwae-bound", ""):
        x, m, s, k = (case[name] for name in "xmsk")
        if k not in (2, 3):
            continue
        error, exact = grader.standard_error(x, m, s, k), grader.exact_bound(x, m, s, k)
        log_p = norm.logpdf(x, 0, np.sqrt(2))
        for naive in (grader.exact_bound(x, m, s, 1), log_p, exact + np.log(k)):
            assert abs(naive - exact) > 18 * error


# 8: gaps


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gaps_agree_with_an_optimiser(names: dict[str, Any], seed: int) -> None:
    """The ELBO by Gauss-Hermite nodes in the plane, and its best diagonal Gaussian by descent."""
    rng = np.random.default_rng(seed)
    W, sigma, x = rng.normal(size=(3, 2)), 0.8, rng.normal(size=3)
    node, weight = np.polynomial.hermite_e.hermegauss(6)  # exact for quadratic integrands
    first, second = (part.ravel() for part in np.meshgrid(node, node))
    noise, mass = np.stack([first, second], axis=1), np.outer(weight, weight).ravel() / 2 / np.pi

    def elbo(m: Array, v: Array) -> float:
        z = m + np.sqrt(v) * noise
        log_q = norm.logpdf(noise).sum(axis=1) - np.log(v).sum() / 2
        joint = norm.logpdf(z).sum(axis=1) + norm.logpdf(x, z @ W.T, sigma).sum(axis=1)
        return float(mass @ (joint - log_q))

    best = minimize(lambda p: -elbo(p[:2], np.exp(p[2:])), np.zeros(4), tol=1e-10)
    log_p = multivariate_normal.logpdf(x, np.zeros(3), W @ W.T + sigma**2 * np.eye(3))
    m, v = rng.normal(size=2), rng.uniform(0.1, 1, 2)
    approximation, amortisation = names["gaps"](W, sigma, x[None], m[None], v[None])
    assert approximation == pytest.approx(log_p + best.fun, abs=1e-6)
    assert amortisation == pytest.approx(-best.fun - elbo(m, v), abs=1e-6)


def test_the_gaps_add_up_to_the_gap_of_problem_seven(
    names: dict[str, Any], grader: ModuleType
) -> None:
    one = np.array([[1.0]])
    x, m, s = SYLLABUS
    both = names["gaps"](one, 1.0, np.array([[x]]), np.array([[m]]), np.array([[s**2]]))
    gap = norm.logpdf(x, 0, np.sqrt(2)) - grader.exact_bound(x, m, s, 1)
    assert both[0] == pytest.approx(0, abs=1e-12)
    assert both[1] == pytest.approx(gap, abs=1e-7)
    assert round(gap, 4) == 0.3559


def test_no_gap_is_negative(names: dict[str, Any], grader: ModuleType) -> None:
    for case in cases(grader, "gaps", "approximation gap"):
        approximation, amortisation = names["gaps"](**case)
        assert approximation > -1e-12
        assert np.all(amortisation > 0)
