"""G2 Probability: every reference answer found again by a second, independent road."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy.stats import chisquare

from dfl_grading.compare.judgement import judge_by
from dfl_grading.values import Plot, PlotLine

NAME = "foundations-2-probability"
Table = dict[tuple[int, ...], Fraction]


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], float]:
    return shipped.run(NAME)


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def rational_table(seed: int, *shape: int) -> Table:
    """A table of fractions over a random whole number, some of them zero."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 7, shape)
    whole = int(counts.sum())
    return {state: Fraction(int(count), whole) for state, count in np.ndenumerate(counts)}


def as_array(table: Table) -> np.ndarray:
    shape = tuple(1 + max(state[axis] for state in table) for axis in range(len(next(iter(table)))))
    joint = np.zeros(shape)
    for state, p in table.items():
        joint[state] = float(p)
    return joint


def probability(table: Table, **where: int) -> Fraction:
    """P(X_i = a, ...), written probability(table, x0=a, ...)."""
    wanted = [(int(name[1:]), value) for name, value in where.items()]
    return sum((p for s, p in table.items() if all(s[i] == v for i, v in wanted)), Fraction(0))


def at(axes: tuple[int, ...], state: tuple[int, ...]) -> dict[str, int]:
    return {f"x{axis}": value for axis, value in zip(axes, state, strict=True)}


def sizes(table: Table) -> list[int]:
    return [1 + max(state[axis] for state in table) for axis in range(len(next(iter(table))))]


def exactly_independent(table: Table, i: int, j: int, given: tuple[int, ...]) -> bool:
    """P(x, y, z) P(z) = P(x, z) P(y, z) for all x, y, z, in fractions: nothing is rounded."""
    n = sizes(table)
    for c in product(*(range(n[axis]) for axis in given)):
        z = at(given, c)
        for a, b in product(range(n[i]), range(n[j])):
            both = probability(table, **at((i, j), (a, b)), **z) * probability(table, **z)
            apart = probability(table, **at((i,), (a,)), **z)
            if both != apart * probability(table, **at((j,), (b,)), **z):
                return False
    return True


# The notebook


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds(
    run: tuple[dict[str, Any], float],
) -> None:
    assert run[1] < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_two_neurons_are_uncorrelated_and_their_squares_correlate_by_one_over_n_plus_three() -> (
    None
):
    # q = chi2_N / N has E q^2 = 1 + 2 / N; Cov(h1^2, h2^2) = Var q, Var h^2 = 3 E q^2 - 1
    for n in (1, 8, 100):
        second = 1 + 2 / n
        assert (second - 1) / (3 * second - 1) == pytest.approx(1 / (n + 3))


# 1: conditionals


@pytest.mark.parametrize(
    ("target", "given"),
    [((0,), ()), ((2, 0), ()), ((1,), (0,)), ((0,), (2, 1)), ((2, 1), (0,)), ((1, 0), (2,))],
)
def test_conditional_is_the_quotient_of_exact_sums(
    names: dict[str, Any], target: tuple[int, ...], given: tuple[int, ...]
) -> None:
    table = rational_table(1, 2, 3, 4)
    table |= {state: Fraction(0) for state in table if state[1] == 1}
    whole = sum(table.values())
    table = {state: p / whole for state, p in table.items()}
    found = names["conditional"](as_array(table), target, given)
    n = sizes(table)
    assert found.shape == tuple(n[axis] for axis in (*target, *given))
    for state in np.ndindex(*found.shape):
        a, c = state[: len(target)], state[len(target) :]
        condition = probability(table, **at(given, c))
        if condition == 0:
            assert np.isnan(found[state])
        else:
            both = probability(table, **at(target, a), **at(given, c))
            assert found[state] == pytest.approx(float(both / condition), rel=1e-12)


def test_conditional_of_a_rare_event_is_not_lost(names: dict[str, Any], grader: ModuleType) -> None:
    joint = grader.with_holes(1, (4, 3))
    found = names["conditional"](joint, (1,), (0,))
    assert np.all(np.isnan(found[:, 0]))
    assert 0 < joint[1].sum() < 1e-11
    np.testing.assert_allclose(found[:, 1:].sum(axis=0), 1, rtol=1e-12)


# 2: total variance


@pytest.mark.parametrize("seed", range(4))
def test_total_variance_in_fractions(names: dict[str, Any], seed: int) -> None:
    table = rational_table(seed, 4, 5)
    y = [Fraction(int(v)) for v in np.random.default_rng(seed).integers(-9, 9, 5)]
    within, squares, mean = Fraction(0), Fraction(0), Fraction(0)
    for a in range(4):
        p = probability(table, x0=a)
        if p:
            first = sum(table[a, b] * y[b] for b in range(5)) / p
            within += sum(table[a, b] * (y[b] - first) ** 2 for b in range(5))
            squares += p * first**2
            mean += p * first
    found = names["total_variance"](as_array(table), np.array([float(v) for v in y]))
    assert found == pytest.approx((float(within), float(squares - mean**2)), rel=1e-12)


def test_total_variance_keeps_its_digits_far_from_zero_and_the_naive_form_does_not(
    names: dict[str, Any], grader: ModuleType
) -> None:
    joint = grader.random_table(np.random.default_rng(9), (4, 5))
    near = names["total_variance"](joint, grader.SMALL_STEPS)
    far = 1e6 + grader.SMALL_STEPS
    assert names["total_variance"](joint, far) == pytest.approx(near, rel=1e-8)
    p = joint.sum(axis=1)
    rows = joint / p[:, None]
    naive = p @ (rows @ far**2 - (rows @ far) ** 2)
    assert abs(naive / near[0] - 1) > 1e-5


# 3: affine maps


@pytest.mark.parametrize(("n", "m"), [(3, 7), (6, 4), (5, 5), (4, 1)])
def test_affine_moments_are_those_of_a_transformed_distribution(
    names: dict[str, Any], n: int, m: int
) -> None:
    """A discrete law on n points: too few for a full rank, so that the covariance is singular."""
    rng = np.random.default_rng(n * m)
    points, p = rng.normal(size=(n, n)), rng.dirichlet(np.ones(n))
    A, b = rng.normal(size=(m, n)), rng.normal(size=m)
    images = points @ A.T + b
    mean = p @ points
    cov = np.cov(points.T, aweights=p, ddof=0).reshape(n, n)
    found = names["affine_moments"](mean, cov, A, b)
    assert np.linalg.matrix_rank(cov) == n - 1
    whole = np.cov(np.hstack([points, images]).T, aweights=p, ddof=0)
    for value, wanted in zip(found, (p @ images, whole[n:, n:], whole[:n, n:]), strict=True):
        np.testing.assert_allclose(value, wanted, atol=1e-12)


# 4: sampling


def test_sample_has_the_law_of_the_table_cell_by_cell(names: dict[str, Any]) -> None:
    joint = as_array(rational_table(5, 3, 2, 3))
    draws = names["sample_table"](joint, 20_000, np.random.default_rng(2))
    assert draws.shape == (20_000, 3)
    counts = np.zeros(joint.shape)
    np.add.at(counts, tuple(draws.T), 1)
    assert np.all(counts[joint == 0] == 0)
    happens = joint > 0
    assert chisquare(counts[happens], 20_000 * joint[happens]).pvalue > 1e-3


def test_hidden_tables_are_far_from_products(grader: ModuleType) -> None:
    """Whoever draws the marginals apart moves chi-square by 4000 times this distance at least."""
    (check, *_) = (c for c in grader.problem_set.of("sample") if c.part == "the law")
    for case in check.cases(NAME):
        joint = case.arguments["joint"]
        if joint.ndim > 1:
            apart = np.ones(())
            for axis in range(joint.ndim):
                others = tuple(other for other in range(joint.ndim) if other != axis)
                apart = np.multiply.outer(apart, joint.sum(axis=others))
            empty = apart[joint == 0].sum()
            assert empty > 0.01 or np.sum((apart - joint) ** 2 / joint) > 0.3


# 5: the constructor


@pytest.mark.parametrize(("n", "m"), [(3, 2), (2, 3), (2, 12), (4, 4), (12, 12), (12, 3)])
def test_the_constructed_table_is_uncorrelated_and_dependent_in_all_hidden_ranges(
    names: dict[str, Any], grader: ModuleType, n: int, m: int
) -> None:
    for seed in range(10):
        case = grader.pair(1000 + seed, n, m)
        p, q, x, y = (case[name] for name in "pqxy")
        assert min(p.min(), q.min()) >= 0.02
        for values in (x, y):
            assert np.abs(values).max() <= 10
            assert np.diff(np.sort(values)).min() >= 0.2 - 1e-12
        table = names["uncorrelated_dependent"](p, q, x, y)
        assert table.min() > -1e-15
        np.testing.assert_allclose(table.sum(axis=1), p, atol=1e-14)
        np.testing.assert_allclose(table.sum(axis=0), q, atol=1e-14)
        assert x @ (table - np.outer(p, q)) @ y == pytest.approx(0, abs=1e-13)
        # an emptied cell alone brings p_i q_j nats
        information = names["mutual_information"](np.clip(table, 0, None))
        assert information >= p.min() * q.min()
        assert grader.information(np.clip(table, 0, None)) == pytest.approx(information)


def test_changes_of_a_table_form_the_space_that_the_proof_counts() -> None:
    rng = np.random.default_rng(3)
    for n, m in product(range(2, 6), repeat=2):
        x, y = rng.normal(size=n), rng.normal(size=m)
        sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
        assert n * m - np.linalg.matrix_rank(sums) == (n - 1) * (m - 1)
        level = np.vstack([sums, np.kron(x, y)])
        assert n * m - np.linalg.matrix_rank(level) == (n - 1) * (m - 1) - 1


def test_two_by_two_is_refused(names: dict[str, Any], grader: ModuleType) -> None:
    with pytest.raises(ValueError, match="independent"):
        names["uncorrelated_dependent"](**grader.pair(7, 2, 2))


def test_the_judge_of_the_constructor_refuses_each_fault(grader: ModuleType) -> None:
    case = grader.pair(8, 3, 3)
    p, q, x = (case[name] for name in "pqx")
    start = np.outer(p, q)
    u = np.array([x[1] - x[2], x[2] - x[0], x[0] - x[1]])
    level = np.outer(u, [1, -1, 0]) / np.abs(u).max() * start.min()
    tilted = np.outer([1, -1, 0], [1, -1, 0]) * start.min()
    faults = {
        "independent": start,
        "independent, or": start + 1e-3 * level,
        "correlated": start + tilted,
        "negative": start + 60 * level,
        "sum to 1": 2 * start,
        "shape": start[:2],
    }
    for word, table in faults.items():
        judged = grader.DEPENDENT(table, None, case)
        assert judged.fraction == 0
        assert word in judged.message
    assert grader.DEPENDENT(start + level, None, case).fraction == 1
    assert grader.right_marginals(start + level, None, case).fraction == 1
    other = np.outer(q, q) if not np.allclose(p, q) else start.T
    assert grader.right_marginals(other, None, case).fraction == 0


# 6 and 7: gaps and statements


@pytest.mark.parametrize("seed", range(3))
def test_gap_in_fractions(names: dict[str, Any], seed: int) -> None:
    table = rational_table(seed, 3, 2, 3)
    joint = as_array(table)
    n = sizes(table)
    for i, j, given in [(0, 1, ()), (2, 0, ()), (0, 2, (1,)), (1, 2, (0,))]:
        worst = Fraction(0)
        for c in product(*(range(n[axis]) for axis in given)):
            z = at(given, c)
            whole = probability(table, **z)
            for a, b in product(range(n[i]), range(n[j])):
                if whole:
                    both = probability(table, **at((i, j), (a, b)), **z) / whole
                    first = probability(table, **at((i,), (a,)), **z) / whole
                    second = probability(table, **at((j,), (b,)), **z) / whole
                    worst = max(worst, abs(both - first * second))
        assert names["gap"](joint, i, j, given) == pytest.approx(float(worst), rel=1e-12)


def rational_patterns() -> dict[str, Table]:
    """Chain, fork, collider, parity and a scale, in fractions; axis 1 is the middle one."""
    start = [Fraction(1, 3), Fraction(2, 3)]
    step = [[Fraction(1, 4), Fraction(3, 4)], [Fraction(2, 5), Fraction(3, 5)]]
    on = [[Fraction(1, 7), Fraction(6, 7)], [Fraction(1, 2), Fraction(1, 2)]]
    bits = list(product(range(2), repeat=3))
    both = {(a, c): Fraction(1 + a + 3 * c, 9) for a, c in product(range(2), repeat=2)}
    return {
        "chain": {(a, b, c): start[a] * step[a][b] * on[b][c] for a, b, c in bits},
        "fork": {(a, b, c): start[b] * step[b][a] * on[b][c] for a, b, c in bits},
        "collider": {
            (a, b, c): start[a] * on[0][c] * (both[a, c] if b else 1 - both[a, c])
            for a, b, c in bits
        },
        "parity": {s: Fraction(int(sum(s) % 2 == 0), 4) for s in bits},
        "copies": {(a, b, c): start[a] * int(a == b) * on[b][c] for a, b, c in bits},
    }


@pytest.mark.parametrize("kind", ["chain", "fork", "collider", "parity", "copies"])
def test_independences_are_the_exact_ones(
    names: dict[str, Any], grader: ModuleType, kind: str
) -> None:
    table = rational_patterns()[kind]
    assert sum(table.values()) == 1
    found = sorted(names["independences"](as_array(table), 1e-9))
    exact = [
        (i, j, given)
        for i, j in combinations(range(3), 2)
        for given in [(), (3 - i - j,)]
        if exactly_independent(table, i, j, given)
    ]
    assert found == exact == grader.true_statements(as_array(table), 1e-9)
    expected = {
        "chain": [(0, 2, (1,))],
        "fork": [(0, 2, (1,))],
        "collider": [(0, 2, ())],
        "parity": [(0, 1, ()), (0, 2, ()), (1, 2, ())],
        "copies": [(0, 2, (1,)), (1, 2, (0,))],
    }
    assert found == expected[kind]


def test_no_hidden_gap_is_near_its_tolerance_and_answers_differ(grader: ModuleType) -> None:
    (check,) = grader.problem_set.of("independences")
    lengths = set()
    for case in check.cases(NAME):
        joint, tol = case.arguments["joint"], case.arguments["tol"]
        gaps = np.array([grader.largest_gap(joint, *s) for s in grader.all_statements(joint)])
        assert np.all((gaps <= tol / 10) | (gaps >= 10 * tol))
        lengths.add(int(np.sum(gaps <= tol)))
    assert {0, 1} < lengths
    assert len(lengths) >= 4


def test_the_rare_state_is_not_seen_by_products(grader: ModuleType, names: dict[str, Any]) -> None:
    joint = grader.common_cause(54, grader.RARE, 1.0)
    p = joint.sum(axis=(0, 1))
    apart = joint.sum(axis=1)[:, None, :] * joint.sum(axis=0)[None, :, :]
    assert np.max(np.abs(joint * p - apart)) < 1e-15
    assert names["gap"](joint, 0, 1, (2,)) > 1e-3


# 8: the figure


def lines_of(names: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    ax = names["regression_plot"](**case)
    return {line.get_label(): line.get_data() for line in ax.get_lines()}


def test_between_is_the_variance_of_the_conditional_means(names: dict[str, Any]) -> None:
    joint = as_array(rational_table(11, 4, 3)) + 0.01
    joint /= joint.sum()
    x, y = np.array([3.0, -1.0, 0.5, 2.0]), np.array([1.0, -2.0, 4.0])
    lines = lines_of(names, {"joint": joint, "x": x, "y": y})
    across, heights = lines["conditional mean"]
    assert list(across) == sorted(x)
    p = joint.sum(axis=1)[np.argsort(x)]
    _, between = names["total_variance"](joint, y)
    assert p @ heights**2 - (p @ heights) ** 2 == pytest.approx(between)
    # the best line is the best: moving it either way costs
    level, slope = np.polynomial.polynomial.polyfit(*lines["best line"], 1)

    def loss(a: float, c: float) -> float:
        return float(np.sum(joint * (y[None, :] - a - c * x[:, None]) ** 2))

    for da, dc in [(1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)]:
        assert loss(level + da, slope + dc) > loss(level, slope)


def test_a_point_that_never_happens_is_seen_in_the_figure(
    names: dict[str, Any], grader: ModuleType
) -> None:
    case = grader.REGRESSIONS[0]
    across, heights = lines_of(names, case)["conditional mean"]
    assert 0.5 not in across
    by = grader.curve(label="conditional mean", rtol=1e-6)
    reference = grader.mean_line(**case)
    right = Plot(lines=(PlotLine(np.array(across), np.array(heights), label="Conditional mean"),))
    assert judge_by(by, right, reference, case).fraction == 1
    place = int(np.searchsorted(across, 0.5))
    more = PlotLine(
        np.insert(across, place, 0.5), np.insert(heights, place, 0.0), label="conditional mean"
    )
    assert judge_by(by, Plot(lines=(more,)), reference, case).fraction == 0
