"""D4 Distances: every reference answer found again by a second, independent road."""

from __future__ import annotations

from itertools import permutations
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr

from dfl_grading.compare.judgement import judge_by
from dfl_grading.values import Plot, PlotLine

NAME = "wgan-4-distances"
FAIR, BENT = np.array([0.5, 0.5]), np.array([0.75, 0.25])
TWO, THREE = np.array([0.5, 0.5, 0.0]), np.ones(3) / 3
LN2 = np.log(2)


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], float]:
    return shipped.run(NAME)


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def clouds(seed: int, d: int = 1) -> tuple[np.ndarray, ...]:
    """Two discrete distributions of unequal size: points, masses, points, masses."""
    rng = np.random.default_rng(seed)
    n, m = rng.choice(np.arange(3, 13), 2, replace=False)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
    return (x[:, 0], p, y[:, 0], q) if d == 1 else (x, p, y, q)


# The notebook


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds(
    run: tuple[dict[str, Any], float],
) -> None:
    assert run[1] < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_every_drawn_distribution_is_one(grader: ModuleType) -> None:
    refusals = "what is no distribution is refused"
    for check in grader.problem_set.checks:
        for case in check.cases(NAME):
            for name in {"p", "q"} & case.arguments.keys() if check.part != refusals else ():
                assert np.sum(case.arguments[name]) == pytest.approx(1, abs=1e-12)
                assert np.min(case.arguments[name]) >= 0
                assert len(case.arguments[name]) <= 12


def test_draws_of_the_nested_supports_go_both_ways(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    (check, *_) = grader.problem_set.of("divergences")
    infinite = [
        np.isinf(names["divergences"](**case.arguments)[:2])
        for case in check.cases(NAME)
        if not case.edge
    ]
    assert {tuple(pair) for pair in infinite} == {(False, True), (True, False)}


def test_draws_of_the_intervals_overlap_and_do_not(grader: ModuleType) -> None:
    (check, *_) = grader.problem_set.of("shifted")
    pairs = [case.arguments for case in check.cases(NAME)]
    inside = [one for one in pairs if 0 < abs(one["theta"]) < one["w"]]
    outside = [one for one in pairs if abs(one["theta"]) > one["w"] > 0]
    assert len(inside) >= 2
    assert len(outside) >= 2
    assert {np.sign(one["theta"]) for one in inside} == {-1, 1}


# 1 and 2: divergences


def test_kl_gives_the_checked_figures(names: dict[str, Any]) -> None:
    assert names["kl"](FAIR, BENT) == pytest.approx(0.143841, abs=6e-7)
    assert names["kl"](BENT, FAIR) == pytest.approx(0.130812, abs=6e-7)
    assert names["kl"](TWO, THREE) == pytest.approx(0.405465, abs=6e-7)
    assert names["kl"](THREE, TWO) == np.inf


def test_a_third_written_as_point_33_is_refused_and_would_be_wrong(names: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="sum to one"):
        names["kl"](TWO, np.full(3, 0.33))
    assert np.sum(rel_entr(TWO, np.full(3, 0.33))) == pytest.approx(0.4155, abs=6e-5)
    with pytest.raises(ValueError, match="negative"):
        names["kl"](np.array([1.5, -0.5]), FAIR)
    assert names["kl"](np.full(10, 0.1), np.full(10, 0.1)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_kl_agrees_with_the_library_and_with_a_mean_log_likelihood_ratio(
    names: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(8)), rng.dirichlet(np.ones(8))
    assert names["kl"](p, q) == pytest.approx(np.sum(rel_entr(p, q)), rel=1e-12)
    ratios = np.log(p / q)
    sample = ratios[rng.choice(8, size=100_000, p=p)]
    error = np.std(sample) / np.sqrt(len(sample))
    assert abs(names["kl"](p, q) - np.mean(sample)) < 5 * error


@pytest.mark.parametrize("seed", range(4))
def test_divergences_agree_with_events_and_with_the_library(
    names: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(7)), rng.dirichlet(np.ones(7))
    x = rng.permutation(20)[:7] / 4
    order = rng.permutation(7)
    forward, backward, js, tv = names["divergences"](x, p, x[order], q[order])
    assert forward == pytest.approx(np.sum(rel_entr(p, q)), rel=1e-12)
    assert backward == pytest.approx(np.sum(rel_entr(q, p)), rel=1e-12)
    assert js == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-9)
    # the supremum over all 2^7 events, one by one
    events = (np.arange(2**7)[:, None] >> np.arange(7)) & 1
    assert tv == pytest.approx(np.max(events @ (p - q)), rel=1e-12)


def test_divergences_see_supports_and_not_lists(names: dict[str, Any]) -> None:
    x, y = np.array([2.0, 0.0]), np.array([1.0, 2.0])
    worked = names["divergences"](x, FAIR, y, BENT)
    np.testing.assert_allclose(worked, (np.inf, np.inf, 0.454454, 0.75), atol=6e-7)
    nested = names["divergences"](x, FAIR, np.array([0.0, 5.0, 2.0]), THREE)
    assert nested[0] == pytest.approx(np.log(1.5))
    assert nested[1] == np.inf
    apart = names["divergences"](x, FAIR, x + 1, BENT)
    np.testing.assert_allclose(apart, (np.inf, np.inf, LN2, 1))
    ghost = names["divergences"](x, FAIR, np.array([0.0, 5.0, 2.0]), np.array([0.5, 0, 0.5]))
    assert ghost == (0, 0, 0, 0)
    halves = np.array([2.0, 0.0, 2.0])
    assert names["divergences"](x, FAIR, halves, np.array([0.25, 0.5, 0.25])) == (0, 0, 0, 0)


# 3 and 4: the line


def test_w1_gives_the_checked_figures(names: dict[str, Any]) -> None:
    points = np.arange(3.0)
    assert names["w1"](points[:2], FAIR, points[1::-1], BENT[::-1]) == pytest.approx(0.25)
    assert names["w1"](points, TWO, points[::-1], THREE) == pytest.approx(0.5)
    assert names["w1"](np.zeros(1), np.ones(1), np.array([-1.7]), np.ones(1)) == pytest.approx(1.7)


@pytest.mark.parametrize("seed", range(6))
def test_w1_agrees_with_the_library_the_dual_and_the_plan(names: dict[str, Any], seed: int) -> None:
    x, p, y, q = clouds(seed)
    found = names["w1"](x, p, y, q)
    assert found == pytest.approx(stats.wasserstein_distance(x, y, p, q), rel=1e-10)
    # Kantorovich-Rubinstein: the best function of slope at most one, on the union of points
    t = np.sort(np.concatenate([x, y]))
    mass = np.array([p[x == s].sum() - q[y == s].sum() for s in t])
    slopes = np.diff(np.eye(len(t)), axis=0)
    best = linprog(
        -mass,
        A_ub=np.vstack([slopes, -slopes]),
        b_ub=np.tile(np.diff(t), 2),
        A_eq=np.eye(len(t))[:1],
        b_eq=[0],
        bounds=(None, None),
    )
    assert found == pytest.approx(-best.fun, rel=1e-8)
    plan = names["monotone_plan"](x, p, y, q)
    assert found == pytest.approx(np.sum(plan * np.abs(x[:, None] - y)), rel=1e-10)


def test_w1_is_an_area_measured_by_quadrature(names: dict[str, Any]) -> None:
    x, p, y, q = clouds(11)
    t = np.linspace(-5, 5, 200_001)
    f, g = ((t[:, None] >= points) @ masses for points, masses in ((x, p), (y, q)))
    assert names["w1"](x, p, y, q) == pytest.approx(np.mean(np.abs(f - g)) * 10, abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_the_monotone_plan_is_the_only_coupling_that_never_crosses(
    names: dict[str, Any], seed: int
) -> None:
    x, p, y, q = clouds(seed)
    plan = names["monotone_plan"](x, p, y, q)
    np.testing.assert_allclose(plan.sum(axis=1), p, atol=1e-14)
    np.testing.assert_allclose(plan.sum(axis=0), q, atol=1e-14)
    used = np.argwhere(plan > 1e-14)
    for i, j in used:
        for k, m in used:
            assert not (x[i] < x[k] and y[j] > y[m])
    # and the cheapest for squared distances, where the minimum is unique
    n, m = plan.shape
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    squares = (x[:, None] - y) ** 2
    best = linprog(squares.ravel(), A_eq=sums[:-1], b_eq=np.concatenate([p, q[:-1]]))
    np.testing.assert_allclose(plan.ravel(), best.x, atol=1e-8)


def test_the_monotone_plan_pairs_quantiles_of_one_uniform_number(names: dict[str, Any]) -> None:
    x, p, y, q = clouds(3)
    u = (np.arange(40_000) + 0.5) / 40_000
    rows, columns = np.argsort(x), np.argsort(y)
    i = rows[np.searchsorted(np.cumsum(p[rows])[:-1], u)]
    j = columns[np.searchsorted(np.cumsum(q[columns])[:-1], u)]
    counted = np.zeros((len(x), len(y)))
    np.add.at(counted, (i, j), 1 / len(u))
    np.testing.assert_allclose(names["monotone_plan"](x, p, y, q), counted, atol=6e-5)


# 5 and 6: shifts


def densities(theta: float, w: float) -> tuple[float, float, float]:
    """JS, TV and W1 of two uniform densities by the midpoint rule on a fine grid."""
    edges, step = np.linspace(-5, 5, 100_001, retstep=True)
    t = edges[:-1] + step / 2
    f = ((t > 0) & (t < w)) / w
    g = ((t > theta) & (t < theta + w)) / w
    m = (f + g) / 2
    js = np.sum(rel_entr(f, m) + rel_entr(g, m)) * step / 2
    area = np.sum(np.abs(np.cumsum(f - g))) * step**2
    return float(js), float(np.sum(np.abs(f - g)) * step / 2), float(area)


@pytest.mark.parametrize(("theta", "w"), [(0.3, 1.0), (-0.7, 1.0), (1.4, 1.0), (-1.2, 1.8)])
def test_shifted_intervals_agree_with_integrals_of_densities(
    names: dict[str, Any], theta: float, w: float
) -> None:
    forward, backward, *finite = names["shifted"](theta, w)
    assert (forward, backward) == (np.inf, np.inf)
    np.testing.assert_allclose(finite, densities(theta, w), atol=5e-4)


@pytest.mark.parametrize("theta", [-2.0, -0.4, 0.6, 1.0, 1.3])
def test_shifts_give_the_checked_figures(names: dict[str, Any], theta: float) -> None:
    wanted = (min(abs(theta), 1) * LN2, min(abs(theta), 1), abs(theta))
    np.testing.assert_allclose(names["shifted"](theta, 1.0)[2:], wanted, rtol=1e-12)
    point_masses = (np.inf, np.inf, LN2, 1, abs(theta))
    np.testing.assert_allclose(names["shifted"](theta, 0.0), point_masses, rtol=1e-12)
    np.testing.assert_allclose(names["point_masses"](theta), point_masses, rtol=1e-12)
    one = np.ones(1)
    by_hand = names["divergences"](0 * one, one, theta * one, one)
    np.testing.assert_allclose(by_hand, point_masses[:4], rtol=1e-12)


def test_no_shift_is_no_distance(names: dict[str, Any]) -> None:
    for w in (0.0, 1.0):
        assert names["shifted"](0.0, w) == (0, 0, 0, 0, 0)


def test_the_grader_s_closed_form_agrees_with_the_reference(
    names: dict[str, Any], grader: ModuleType
) -> None:
    (check, *_) = grader.problem_set.of("shifted")
    for case in check.cases(NAME):
        wanted = grader.shifted_reference(**case.arguments)
        np.testing.assert_allclose(names["shifted"](**case.arguments), wanted, rtol=1e-12)


def test_the_picture_shows_the_three_distances(names: dict[str, Any]) -> None:
    import matplotlib.pyplot as plt

    thetas = np.array([-1.5, -0.25, 0.0, 0.5])
    ax = names["distance_curves"](thetas, 1.0)
    lines = {line.get_label(): line for line in ax.get_lines()}
    plt.close(ax.figure)
    assert set(lines) == {"JS", "TV", "W1"}
    for line in lines.values():
        np.testing.assert_array_equal(line.get_xdata(), thetas)
    np.testing.assert_allclose(lines["JS"].get_ydata(), LN2 * np.array([1, 0.25, 0, 0.5]))
    np.testing.assert_allclose(lines["TV"].get_ydata(), [1, 0.25, 0, 0.5])
    np.testing.assert_allclose(lines["W1"].get_ydata(), [1.5, 0.25, 0, 0.5])
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"$\theta$", "distance")


def test_lines_are_judged_by_label_and_by_the_values_they_follow_from(grader: ModuleType) -> None:
    thetas, values = np.array([-1.0, 0.5]), np.array([[0.6, 1.0, 1.0], [0.3, 0.5, 0.5]])
    case = {"thetas": thetas, "w": 1.0}

    def fraction(*named: tuple[str, int]) -> float:
        lines = tuple(PlotLine(thetas, values[:, column], name) for name, column in named)
        return judge_by(grader.three_lines, Plot(lines), values, case).fraction

    assert fraction(("W1", 2), ("JS", 0), ("TV", 1)) == 1
    assert fraction(("TV", 0), ("JS", 1), ("W1", 2)) == pytest.approx(1 / 3)
    assert fraction(("JS", 0)) == pytest.approx(1 / 3)
    for strange in (None, 3.0, "plot", np.zeros(3)):
        assert judge_by(grader.three_lines, strange, values, case).fraction == 0
        assert judge_by(grader.words, strange, values, case).fraction == 0


# 7: Gaussians


@pytest.mark.parametrize(("s1", "s2"), [(1.0, 2.0), (1.7, 0.6)])
def test_centred_gaussians_give_the_checked_figure(
    names: dict[str, Any], s1: float, s2: float
) -> None:
    wanted = abs(s1 - s2) * np.sqrt(2 / np.pi)
    assert names["gauss_w1"](0.3, s1, 0.3, s2) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    "four", [(0.0, 1.0, 1.0, 2.0), (-2.0, 0.5, 2.0, 1.9), (1.1, 1.0, 1.0, 1.6), (1, 0.9, -1, 0.9)]
)
def test_gaussians_agree_with_the_area_between_their_distribution_functions(
    names: dict[str, Any], four: tuple[float, float, float, float]
) -> None:
    m1, s1, m2, s2 = four

    def gap(t: float) -> float:
        return float(abs(stats.norm.cdf(t, m1, s1) - stats.norm.cdf(t, m2, s2)))

    crossing = [(m1 * s2 - m2 * s1) / (s2 - s1)] if s1 != s2 else [0.0]
    area = quad(gap, -20, 20, points=crossing, epsabs=1e-11, limit=200)[0]
    assert names["gauss_w1"](*four) == pytest.approx(area, rel=1e-8)


def test_gaussians_agree_with_two_sorted_samples(names: dict[str, Any]) -> None:
    u = (np.arange(20_000) + 0.5) / 20_000
    pairs = np.abs(stats.norm.ppf(u, -0.4, 1.8) - stats.norm.ppf(u, 0.7, 0.7))
    assert names["gauss_w1"](-0.4, 1.8, 0.7, 0.7) == pytest.approx(np.mean(pairs), rel=1e-3)


def test_the_wrong_formulas_for_gaussians_are_far_off_on_every_draw(grader: ModuleType) -> None:
    (check, *_) = grader.problem_set.of("gauss-w1")
    for case in check.cases(NAME):
        a = abs(case.arguments["m1"] - case.arguments["m2"])
        b = abs(case.arguments["s1"] - case.arguments["s2"])
        right = quad(lambda z, a=a, b=b: abs(a + b * z) * stats.norm.pdf(z), -9, 9, limit=200)[0]
        for wrong in (a, np.hypot(a, b), a + b * np.sqrt(2 / np.pi), b * np.sqrt(2 / np.pi)):
            assert abs(wrong / right - 1) > 1e-2
        assert all(abs(case.arguments[name]) <= 2 for name in ("m1", "m2", "s1", "s2"))


# 8: the plane


@pytest.mark.parametrize("seed", range(3))
def test_transport_of_equal_masses_is_the_best_of_all_assignments(
    names: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    ways = np.linalg.norm(x[:, None] - y, axis=2)
    equal = np.ones(5) / 5
    found, plan = names["transport"](x, equal, y, equal)
    best = min(ways[np.arange(5), list(order)].sum() for order in permutations(range(5))) / 5
    assert found == pytest.approx(best, rel=1e-9)
    chosen = np.zeros((5, 5))
    chosen[linear_sum_assignment(ways)] = 0.2
    np.testing.assert_allclose(plan, chosen, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_transport_has_a_dual_certificate(names: dict[str, Any], seed: int) -> None:
    x, p, y, q = clouds(seed, d=2 + seed % 2)
    found, plan = names["transport"](x, p, y, q)
    ways = np.linalg.norm(x[:, None] - y, axis=2)
    n, m = ways.shape
    # potentials f_i + g_j <= |x_i - y_j| bound every plan from below
    pairs = np.hstack([np.kron(np.eye(n), np.ones((m, 1))), np.kron(np.ones((n, 1)), np.eye(m))])
    dual = linprog(-np.concatenate([p, q]), A_ub=pairs, b_ub=ways.ravel(), bounds=(None, None))
    assert found == pytest.approx(-dual.fun, rel=1e-8)
    assert found == pytest.approx(np.sum(plan * ways), rel=1e-12)
    np.testing.assert_allclose(plan.sum(axis=1), p, atol=1e-10)
    np.testing.assert_allclose(plan.sum(axis=0), q, atol=1e-10)
    assert plan.min() >= -1e-12


def test_transport_on_the_line_is_w1_and_of_a_shift_its_length(names: dict[str, Any]) -> None:
    x, p, y, q = clouds(5)
    found, _ = names["transport"](x[:, None], p, y[:, None], q)
    assert found == pytest.approx(names["w1"](x, p, y, q), rel=1e-9)
    points, masses, *_ = clouds(6, d=3)
    order = np.random.default_rng(1).permutation(len(masses))
    moved = (points + np.array([0.3, -0.4, 1.2]))[order]
    assert names["transport"](points, masses, moved, masses[order])[0] == pytest.approx(1.3)


def test_total_variation_times_the_diameter_bounds_w1(names: dict[str, Any]) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=6)
        p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        tv = names["divergences"](x, p, x, q)[3]
        assert names["w1"](x, p, x, q) <= np.ptp(x) * tv + 1e-12


def test_any_optimal_plan_passes_and_no_other(grader: ModuleType) -> None:
    (judge,) = [one.by for one in grader.problem_set.of("transport") if one.part == "plan"]
    half = np.array([0.5, 0.5])
    # on the line both pairings of 0, 1 with 2, 3 cost the same; in the second case they do not
    case = {"X": np.array([[0.0], [1.0]]), "p": half, "Y": np.array([[2.0], [3.0]]), "q": half}
    straight, crossed = np.eye(2) / 2, np.eye(2)[::-1] / 2
    assert judge_by(judge, straight, crossed, case).fraction == 1
    assert judge_by(judge, crossed, straight, case).fraction == 1
    case["X"] = np.array([[0.0], [9.0]])
    assert judge_by(judge, straight, straight, case).fraction == 1
    assert judge_by(judge, crossed[::-1] * 0.9, straight, case).fraction == 0
    case["Y"] = np.array([[0.0], [9.0]])
    assert judge_by(judge, crossed, straight, case).message.endswith("not an optimal one")
    for strange in (None, 1.0, "plan", np.zeros((3, 2)), np.full((2, 2), np.nan)):
        assert judge_by(judge, strange, straight, case).fraction == 0
