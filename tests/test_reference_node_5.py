"""C5 The adjoint method: every reference answer found again by a second, independent road."""

from __future__ import annotations

from collections.abc import Mapping
from math import factorial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy.integrate import solve_ivp
from scipy.linalg import expm, expm_frechet

from dfl_grading.compare.judgement import judge_by
from dfl_grading.values import Plot, PlotLine

NAME = "node-5-adjoint-method"
TINY = 1e-30
"""Of a complex step: derivatives without cancellation."""


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], float]:
    return shipped.run(NAME)


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def cases(grader: ModuleType, grade_id: str, part: str | None = None) -> list[dict[str, Any]]:
    return [
        dict(case.arguments)
        for check in grader.problem_set.of(grade_id)
        if part is None or check.part == part
        for case in check.cases(NAME)
    ]


def near(value: Any, wanted: Any, rtol: float) -> None:
    """The largest error, divided by the largest entry."""
    value, wanted = np.asarray(value), np.asarray(wanted)
    assert value.shape == wanted.shape
    assert np.max(np.abs(value - wanted)) <= rtol * np.max(np.abs(wanted))


def far(value: Any, wanted: Any) -> bool:
    """A part in ten at least."""
    return bool(np.max(np.abs(value - wanted)) > 0.1 * np.max(np.abs(wanted)))


# The notebook


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds(
    run: tuple[dict[str, Any], float],
) -> None:
    assert run[1] < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


# The hidden cases


@pytest.mark.parametrize("grade_id", ["frechet", "adjoint-grad", "two-gradients"])
def test_hidden_flows_lie_in_the_ranges_that_the_text_names(
    grader: ModuleType, grade_id: str
) -> None:
    for case in cases(grader, grade_id):
        flow = case["A"] if "A" in case else case["W"]
        assert 1 <= len(flow) <= 6
        assert np.linalg.norm(flow, 2) <= 4
        assert 0.5 <= case["T"] <= 2


def test_hidden_directions_tell_the_short_formula_from_the_right_one(grader: ModuleType) -> None:
    told = 0
    for case in cases(grader, "frechet"):
        A, E, T = case["A"], case["E"], case["T"]
        right = expm_frechet(T * A, T * E, compute_expm=False)
        left, behind = T * E @ expm(T * A), T * expm(T * A) @ E
        assert np.trace(left) == pytest.approx(np.trace(right), abs=1e-9)
        told += far(left, right) and far(behind, right) and far((left + behind) / 2, right)
    assert told >= 4


def test_hidden_systems_are_well_conditioned_and_not_symmetric(grader: ModuleType) -> None:
    drawn = [case["A"] for case in cases(grader, "steady") if len(case["A"]) > 1]
    assert all(np.linalg.cond(A) < 100 for A in drawn)
    assert all(np.abs(A - A.T).max() > 0.1 for A in drawn)


# 1: the linear system


def test_steady_gradient_is_the_complex_step(grader: ModuleType, names: dict[str, Any]) -> None:
    for case in cases(grader, "steady"):
        A, b, c = case["A"], case["b"], case["c"]
        wanted = [
            (c @ np.linalg.solve(A + 1j * TINY * p, b + 1j * TINY * q)).imag / TINY
            for p, q in zip(case["dA"], case["db"], strict=True)
        ]
        near(names["steady_gradient"](**case), wanted, 1e-11)


# 2: the Fréchet derivative


def words(A: np.ndarray, E: np.ndarray, T: float) -> np.ndarray:
    """The derivative of the exponential series: all products with one letter E among letters A."""
    total, inner, power = np.zeros_like(A), np.zeros_like(A), np.eye(len(A))
    for k in range(1, 90):
        inner = inner @ A + power @ E  # the derivative of A^k
        power = power @ A
        total = total + float(T**k / factorial(k)) * inner
    return total


def test_frechet_is_the_sum_over_words(grader: ModuleType, names: dict[str, Any]) -> None:
    for case in cases(grader, "frechet"):
        near(names["frechet"](**case), words(**case), 1e-10)
        near(grader.frechet_reference(**case), words(**case), 1e-10)


def test_the_worked_example_of_the_frechet_derivative(names: dict[str, Any]) -> None:
    A, E = np.array([[0.0, 1], [0, 0]]), np.array([[0.0, 0], [1, 0]])
    for T in (0.5, 1.7):
        near(names["frechet"](A, E, T), [[T**2 / 2, T**3 / 6], [T, T**2 / 2]], 1e-13)
        near(T * E @ expm(T * A), [[0, 0], [T, T**2]], 1e-13)


# 3: the adjoint of a linear flow


def test_the_adjoint_agrees_with_the_frechet_derivative_in_every_direction(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "adjoint-grad"):
        A, y0, c, T = case["A"], case["y0"], case["c"], case["T"]
        dA, dy0, dT = names["adjoint_grad"](**case)
        wanted = np.empty_like(A)
        for place in np.ndindex(A.shape):
            unit = np.zeros_like(A)
            unit[place] = 1
            wanted[place] = c @ words(A, unit, T) @ y0
        near(dA, wanted, 1e-9)
        near(dy0, [c @ expm(T * A) @ unit for unit in np.eye(len(A))], 1e-9)
        end = (c @ expm((T + 1e-5) * A) @ y0 - c @ expm((T - 1e-5) * A) @ y0) / 2e-5
        assert dT == pytest.approx(end, abs=1e-7)
        for ours, theirs in zip((dA, dy0, dT), grader.adjoint_reference(**case), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-8)


def test_the_short_formula_is_no_gradient(grader: ModuleType) -> None:
    told = 0
    for case in cases(grader, "adjoint-grad"):
        y0, T = case["y0"], case["T"]
        right, start, _ = grader.adjoint_reference(**case)
        told += far(T * np.outer(start, y0), right) and far(right.T, right)
    assert told >= 4


# 4: two gradients


def euler(W: np.ndarray, case: Mapping[str, Any], n: int) -> Any:
    y, h = case["y0"], case["T"] / n
    for _ in range(n):
        y = y + h * np.tanh(W @ y + case["b"])
    return np.sum((y - case["target"]) ** 2) / 2


def complex_gradient(case: Mapping[str, Any], n: int) -> np.ndarray:
    """The exact gradient of the loss of n Euler steps."""
    gradient = np.empty_like(case["W"])
    for place in np.ndindex(gradient.shape):
        moved = case["W"].astype(complex)
        moved[place] += 1j * TINY
        gradient[place] = euler(moved, case, n).imag / TINY
    return gradient


def backward_euler_of_the_whole(case: Mapping[str, Any], n: int) -> np.ndarray:
    """The system of state, adjoint and gradient as one field, with the Jacobian written out."""
    W, b, d, h = case["W"], case["b"], len(case["y0"]), case["T"] / n

    def field(z: np.ndarray) -> np.ndarray:
        y, a = z[:d], z[d : 2 * d]
        jacobian = np.diag(np.cosh(W @ y + b) ** -2.0)
        by_weights = np.kron(jacobian, y)  # of f by W[i, j], in rows of W
        return np.concatenate([np.tanh(W @ y + b), -(jacobian @ W).T @ a, -by_weights.T @ a])

    end = case["y0"]
    for _ in range(n):
        end = end + h * np.tanh(W @ end + b)
    z = np.concatenate([end, end - case["target"], np.zeros(d * d)])
    for _ in range(n):
        z = z - h * field(z)
    return z[2 * d :].reshape(d, d)


def test_the_two_gradients_by_complex_steps_and_by_one_large_field(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "two-gradients"):
        discrete, continuous = names["two_gradients"](**case)
        near(discrete, complex_gradient(case, case["n"]), 1e-12)
        near(continuous, backward_euler_of_the_whole(case, case["n"]), 1e-12)
        if case["n"] < 20:
            assert np.max(np.abs(discrete - continuous)) > 1e-3 * np.max(np.abs(discrete))


def test_the_two_gradients_meet_to_first_order(grader: ModuleType, names: dict[str, Any]) -> None:
    case = cases(grader, "two-gradients")[0]
    gaps = []
    for n in (100, 200, 400):
        discrete, continuous = names["two_gradients"](**(case | {"n": n}))
        gaps.append(np.max(np.abs(discrete - continuous)))
    orders = np.log2(np.array(gaps[:-1]) / gaps[1:])
    np.testing.assert_allclose(orders, 1, atol=0.05)


# 5 and 6: the way back


def test_the_way_back_has_the_figures_of_the_syllabus(names: dict[str, Any]) -> None:
    assert names["reconstruct"](20.0, 1.0) == pytest.approx(0.976, abs=5e-4)
    assert np.log10(names["reconstruct"](50.0, 1.0)) == pytest.approx(np.log10(6e11), abs=0.2)


def test_the_way_back_is_the_forward_error_grown_by_the_exact_flow(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "reconstruct"):
        lam, T = case["lam"], case["T"]
        there = solve_ivp(lambda t, y, r=lam: -r * y, (0, T), [1.0], rtol=1e-6, atol=1e-9)
        exact = there.y[0, -1] * np.exp(lam * T)
        found = names["reconstruct"](lam, T)
        if abs(lam * T) <= 10:
            assert found == pytest.approx(1, abs=1e-4)
            assert exact == pytest.approx(1, abs=1e-4)
        else:
            assert abs(np.log10(abs(found) / abs(exact))) < 0.2


def test_the_power_of_ten_does_not_hang_on_rounding(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "reconstruct"):
        found = names["reconstruct"](case["lam"], case["T"])
        moved = names["reconstruct"](case["lam"] * (1 + 1e-12), case["T"])
        assert moved == pytest.approx(found, rel=1e-3)


def test_a_plain_law_in_place_of_the_experiment_is_found_out(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    (check,) = grader.problem_set.of("reconstruct")
    law = {"lam": 26.0, "T": 1.0}
    assert law in cases(grader, "reconstruct")
    found = 1 + 1e-9 * np.exp(26.0)
    reference = names["reconstruct"](**law)
    assert judge_by(check.by, found, reference, law).fraction == 0
    assert judge_by(check.by, 3 * reference, reference, law).fraction == 1
    for strange in (0.0, np.nan, np.inf, None, [reference]):
        assert judge_by(check.by, strange, reference, law).fraction == 0
    far = {"lam": 40.0, "T": 1.0}
    assert judge_by(check.by, 1.0, names["reconstruct"](**far), far).fraction == 0


def test_two_modes_are_lost_without_any_solver() -> None:
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    modes = turn @ np.diag([-1.0, -50.0]) @ turn.T
    back = expm(-modes) @ (expm(modes) @ np.ones(2))
    assert 1e3 < np.max(np.abs(back)) < 1e8


def figure(lams: np.ndarray, measured: Any, estimate: Any, **words: str) -> Plot:
    lines = PlotLine(lams, np.asarray(measured), "measured"), PlotLine(lams, estimate, "estimate")
    named = {"xlabel": r"$\lambda$", "ylabel": "error", "yscale": "log"} | words
    return Plot(lines, **named)  # type: ignore[arg-type]


def test_the_figure_is_judged_by_its_data(grader: ModuleType) -> None:
    case = {"lams": np.array([5.0, 21.0, 40.0]), "T": 1.0}
    found = np.array([1 + 2e-6, 0.9, 3e7])
    law = 1e-9 * np.exp(case["lams"])

    def judged(value: Any) -> list[float]:
        judges = grader.measured_line, grader.estimate_line, grader.words_and_scales
        return [judge_by(judge, value, found, case).fraction for judge in judges]

    right = np.abs(found - 1)
    assert judged(figure(case["lams"], right, law)) == [1, 1, 1]
    assert judged(figure(case["lams"], 5 * right, law)) == [1, 1, 1]
    assert judged(figure(case["lams"], right * [1, 1, 30], law)) == [0, 1, 1]
    assert judged(figure(case["lams"], found - 1, law)) == [0, 1, 1]
    assert judged(figure(case["lams"], right, 2 * law)) == [1, 0, 1]
    assert judged(figure(case["lams"], right, law, yscale="linear")) == [1, 1, 0]
    assert judged(figure(case["lams"], right, law, ylabel="")) == [1, 1, 0]
    assert judged(figure(case["lams"][:2], right[:2], law[:2])) == [0, 0, 1]
    assert judged(figure(case["lams"] + 1, right, law)) == [0, 0, 1]
    assert judged(None) == [0, 0, 0]


def test_the_figure_shows_what_problem_five_finds(names: dict[str, Any]) -> None:
    lams = np.array([6.0, 30.0])
    measured, estimate = names["blow_up"](lams, 1.0).get_lines()
    wanted = [abs(names["reconstruct"](lam, 1.0) - 1) for lam in lams]
    np.testing.assert_allclose(measured.get_ydata(), wanted)
    np.testing.assert_allclose(estimate.get_ydata(), [1e-9 * np.exp(6), 1e-9 * np.exp(30)])


# 7: the leaky network


def by_complex_steps(
    lam: float,
    W: np.ndarray,
    b: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    targets: np.ndarray,
) -> np.ndarray:
    """The gradient by W, b and y0 in one vector: RK4, each parameter moved in a copy of its own."""
    d = len(y0)
    m = d * d + 2 * d
    moves = 1j * TINY * np.eye(m)
    Ws = W + moves[:, : d * d].reshape(m, d, d)
    bs = b + moves[:, d * d : d * d + d]
    y = y0 + moves[:, d * d + d :]

    def f(y: np.ndarray) -> np.ndarray:
        return np.asarray(-lam * y + np.tanh(np.einsum("mij,mj->mi", Ws, y) + bs))

    loss, now = np.zeros(m, dtype=complex), 0.0
    for time, target in zip(times, targets, strict=True):
        n = int(np.ceil((time - now) * (300 + 25 * lam)))
        h = (time - now) / max(n, 1)
        for _ in range(n):
            k1 = f(y)
            k2 = f(y + h / 2 * k1)
            k3 = f(y + h / 2 * k2)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(y + h * k3))
        loss += ((y - target) ** 2).sum(axis=1) / 2
        now = time
    return np.asarray(loss.imag / TINY)


def test_node_gradient_is_the_derivative_of_many_small_steps(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "node-gradient"):
        d = len(case["y0"])
        wanted = by_complex_steps(**case)
        pieces = np.split(wanted, [d * d, d * d + d])
        for ours, theirs in zip(names["node_gradient"](**case), pieces, strict=True):
            np.testing.assert_allclose(
                ours.ravel(), theirs, rtol=0, atol=max(1e-8, 1e-6 * np.abs(theirs).max())
            )


def test_a_strong_leak_leaves_more_to_judge_than_the_absolute_tolerance(
    grader: ModuleType, names: dict[str, Any]
) -> None:
    for case in cases(grader, "node-gradient", "a strong leak"):
        assert 35 <= case["lam"] * case["times"][-1] <= 50
        dW, db, _ = names["node_gradient"](**case)
        assert min(np.abs(dW).max(), np.abs(db).max()) > 5e-5


def test_an_observation_at_the_start_is_a_push_of_the_start(names: dict[str, Any]) -> None:
    W, b, y0 = np.array([[0.2, -0.6], [0.7, 0.1]]), np.array([0.3, 0.0]), np.array([1.0, -1.0])
    later, x = np.array([[0.4, 0.4]]), np.array([0.25, 2.0])
    one = names["node_gradient"](0.5, W, b, y0, np.array([1.0]), later)
    two = names["node_gradient"](0.5, W, b, y0, np.array([0.0, 1.0]), np.vstack([x, later]))
    np.testing.assert_allclose(two[0], one[0], atol=1e-9)
    np.testing.assert_allclose(two[1], one[1], atol=1e-9)
    np.testing.assert_allclose(two[2] - one[2], y0 - x, atol=1e-9)
