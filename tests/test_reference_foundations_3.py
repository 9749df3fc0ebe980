"""Each reference answer of G3 is found again by a second road, and the hidden cases bite."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped
from scipy.optimize import minimize, nnls
from scipy.special import expit, log_expit

NAME = "foundations-3-learning"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return shipped.answers(NAME)


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def arguments(grader: ModuleType, grade_id: str) -> list[dict[str, Any]]:
    """The hidden arguments of all parts of a question."""
    checks = grader.problem_set.of(grade_id)
    return [dict(case.arguments) for check in checks for case in check.cases(NAME)]


# The notebook


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds() -> None:
    names, seconds = shipped.run(NAME)
    assert names["best_step"](np.diag([1.0, 9.0])) == pytest.approx((0.2, 0.8))
    assert seconds < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_the_first_newton_step_for_the_counts_goes_too_far_as_the_text_says(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    w = names["poisson_fit"](names["COUNT_X"], names["COUNT_Y"], 0.5)
    sizes = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert sizes[1] > 100 * sizes[0]
    assert sizes[-1] < 1e-12
    found = minimize(
        lambda w: names["poisson_loss"](w, names["COUNT_X"], names["COUNT_Y"], 0.5),
        np.zeros(2),
        jac=True,
    )
    np.testing.assert_allclose(w, found.x, rtol=1e-4)


def test_zero_weights_are_a_saddle_that_costs_a_logarithm_or_a_power(names: dict[str, Any]) -> None:
    two = [names["steps_to_learn"](2, start) for start in (0.1, 0.01, 0.001)]
    three = [names["steps_to_learn"](3, start) for start in (0.1, 0.01, 0.001)]
    assert two[2] - two[1] == pytest.approx(np.log(10) / np.log(1.1), abs=1)
    assert three[2] / three[1] == pytest.approx(10, rel=0.02)


# 1 and 2: logistic regression


def test_the_loss_is_the_negative_log_likelihood(names: dict[str, Any], grader: ModuleType) -> None:
    for case in arguments(grader, "logistic-loss"):
        w, X, y, lam = case["w"], case["X"], case["y"], case["lam"]
        score = X @ w
        logs = y * log_expit(score) + (1 - y) * log_expit(-score)
        loss, gradient = names["logistic_loss"](w, X, y, lam)
        assert loss == pytest.approx(-np.sum(logs) + lam / 2 * np.sum(w**2), rel=1e-12)
        if np.max(np.abs(score)) < 30:  # farther out a difference of losses says nothing

            def value(w: np.ndarray, case: dict[str, Any] = case) -> float:
                return float(names["logistic_loss"](w, case["X"], case["y"], case["lam"])[0])

            h = 1e-5
            slopes = [(value(w + h * e) - value(w - h * e)) / (2 * h) for e in np.eye(len(w))]
            np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7)


def test_far_scores_keep_their_digits(names: dict[str, Any], grader: ModuleType) -> None:
    right, wrong, _ = grader.FAR_SCORES
    margins = (2 * right["y"] - 1) * (right["X"] @ right["w"])
    loss, gradient = names["logistic_loss"](**right)
    assert np.min(margins) > 30  # 1 - sigma has no digits left here
    assert loss == pytest.approx(np.sum(np.exp(-margins)), rel=1e-6)
    tails = (2 * right["y"] - 1) * np.exp(-margins)
    np.testing.assert_allclose(gradient, -right["X"].T @ tails, rtol=1e-6)
    margins = (2 * wrong["y"] - 1) * (wrong["X"] @ wrong["w"])
    assert np.max(margins) < -750
    assert names["logistic_loss"](**wrong)[0] == pytest.approx(-np.sum(margins), rel=1e-12)


def test_irls_agrees_with_a_quasi_newton_method(names: dict[str, Any], grader: ModuleType) -> None:
    for case in arguments(grader, "irls"):
        X, y, lam = case["X"], case["y"], case["lam"]
        w = names["irls"](X, y, lam)
        sign = 2 * y - 1

        def value(
            v: np.ndarray, X: np.ndarray = X, sign: np.ndarray = sign, lam: float = lam
        ) -> tuple[float, np.ndarray]:
            margin = sign * (X @ v)
            loss = -np.sum(log_expit(margin)) + lam / 2 * v @ v
            return loss, lam * v - X.T @ (sign * expit(-margin))

        scale = 1 + np.max(np.abs(X)) * len(y)
        assert np.max(np.abs(value(w)[1])) < 1e-12 * scale
        options = {"gtol": 1e-9, "maxiter": 5000}
        found = minimize(value, np.zeros(len(w)), jac=True, method="BFGS", options=options)
        assert value(w)[0] <= found.fun * (1 + 1e-12)
        np.testing.assert_allclose(w, found.x, atol=2e-4 * np.max(np.abs(w)))


def test_the_far_out_points_fool_full_newton_steps(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for seed in (13, 621, 1127):
        case = grader.far_out_data(seed)
        X, y, lam = case["X"], case["y"], case["lam"]
        w = np.zeros(X.shape[1])
        for _ in range(100):
            p = expit(X @ w)
            hessian = (X.T * (p * (1 - p))) @ X + lam * np.eye(len(w))
            w = w - np.linalg.solve(hessian, X.T @ (p - y) + lam * w)
        right = names["irls"](X, y, lam)
        assert np.max(np.abs(w - right)) > 0.1 * np.max(np.abs(right))


def test_weights_of_separable_data_grow_like_a_logarithm(names: dict[str, Any]) -> None:
    X, y = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0])
    small, smaller = (names["irls"](X, y, lam)[0] for lam in (1e-6, 1e-8))
    # 2 sigma(-w) = lam w
    assert 2 * expit(-smaller) == pytest.approx(1e-8 * smaller, rel=1e-6)
    assert smaller - small == pytest.approx(np.log(100), rel=0.1)


# 3: is there a minimum?


def test_has_minimum_agrees_with_stiemke(names: dict[str, Any], grader: ModuleType) -> None:
    """A minimum exists if and only if some u > 0 has sum of u_i s_i x_i = 0."""
    found = []
    for case in arguments(grader, "has-minimum"):
        signed = (2 * case["y"] - 1)[:, None] * case["X"]
        left = nnls(signed.T, -signed.sum(axis=0), maxiter=10_000)[1]
        assert left < 1e-9 or left > 1e-3
        found.append(names["has_minimum"](case["X"], case["y"]))
        assert found[-1] is bool(left < 1e-9)
    draws = found[:8]
    assert 2 <= sum(draws) <= 6, "both answers among the draws"


def test_where_there_is_a_minimum_a_small_penalty_does_not_matter(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for case in arguments(grader, "has-minimum"):
        sizes = [np.linalg.norm(names["irls"](case["X"], case["y"], lam)) for lam in (1e-4, 1e-6)]
        if names["has_minimum"](case["X"], case["y"]):
            assert sizes[1] == pytest.approx(sizes[0], rel=0.02, abs=1e-12)
        else:
            assert sizes[1] > 1.05 * sizes[0]


# 4: kernel ridge regression


@pytest.mark.parametrize("seed", range(3))
def test_kernel_ridge_agrees_with_features_and_minimises_its_loss(
    names: dict[str, Any], grader: ModuleType, seed: int
) -> None:
    case = grader.draw_gaussian(np.random.default_rng(seed))
    kernel = names["gaussian_kernel"](case["height"], case["width"])
    X, y, lam, new = case["X"], case["y"], case["lam"], case["X_new"]
    predictions, square = names["kernel_ridge"](X, y, kernel, lam, new)
    wanted, norm = grader.gaussian_answer(**case)
    np.testing.assert_allclose(predictions, wanted, atol=1e-9 * np.max(np.abs(wanted)))
    assert square == pytest.approx(norm, rel=1e-9)
    # no other function of the same form has a smaller loss
    K = kernel(X, X)

    def loss(alpha: np.ndarray) -> float:
        return float(np.sum((y - K @ alpha) ** 2) + lam * alpha @ K @ alpha) / 2

    fitted, _ = names["kernel_ridge"](X, y, kernel, lam, X)
    alpha = np.linalg.solve(K, fitted)
    assert loss(alpha) == pytest.approx((np.sum((y - fitted) ** 2) + lam * square) / 2, rel=1e-6)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        assert loss(alpha + 0.01 * rng.normal(size=len(y))) > loss(alpha)


def test_the_wider_kernel_agrees_with_its_features(
    names: dict[str, Any], grader: ModuleType
) -> None:
    case = grader.draw_regression(np.random.default_rng(5))
    height = case["height"]
    X, y, lam, new = case["X"], case["y"], case["lam"], case["X_new"]
    found = names["kernel_ridge"](X, y, lambda A, B: height**2 * (1 + A @ B.T) ** 2, lam, new)
    wanted = grader.quadratic_answer(**case)
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-9 * np.max(np.abs(wanted[0])))
    assert found[1] == pytest.approx(wanted[1], rel=1e-9)


# 5, 6 and 7: the rate of gradient descent


def test_the_best_step_is_a_minimum_of_the_rate(names: dict[str, Any], grader: ModuleType) -> None:
    for case in arguments(grader, "best-step"):
        H = case["H"]
        step, rate = names["best_step"](H)
        assert np.linalg.norm(np.eye(len(H)) - step * H, 2) == pytest.approx(rate, abs=1e-10)
        for other in (0.9999 * step, 1.0001 * step):
            assert np.linalg.norm(np.eye(len(H)) - other * H, 2) > rate
        kappa = np.linalg.cond(H)
        assert rate == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_measured_rate_is_the_predicted_one(
    names: dict[str, Any], grader: ModuleType, seed: int
) -> None:
    """The figure (kappa - 1) / (kappa + 1), on quadratics of up to 12 dimensions."""
    case = grader.draw_descent(np.random.default_rng(seed))
    step, predicted = names["best_step"](case["H"])
    assert step == pytest.approx(case["step"], rel=1e-10)
    gaps, measured = names["descend"](**case)
    assert measured == pytest.approx(predicted, rel=0.005)
    wanted, rate = grader.descent_answer(**case)
    np.testing.assert_allclose(gaps, wanted, rtol=1e-7)
    assert measured == pytest.approx(rate, rel=1e-8)
    k = np.arange(len(gaps))
    assert np.all(gaps <= gaps[0] * predicted ** (2 * k) * (1 + 1e-7))


def test_both_ends_of_the_spectrum_attain_the_bound(names: dict[str, Any]) -> None:
    H, b = np.diag([1.0, 3.0, 9.0]), np.array([1.0, 1.0, 1.0])
    minimum = np.linalg.solve(H, b)
    for start in ([2.0, 0.0, 0.0], [0.0, 0.0, 2.0], [1.0, 0.0, -3.0]):
        gaps, rate = names["descend"](H, b, minimum + start, 0.2, 20)
        np.testing.assert_allclose(gaps, gaps[0] * 0.64 ** np.arange(21), rtol=1e-9)
        assert rate == pytest.approx(0.8)


def test_the_best_step_saves_half_of_the_steps() -> None:
    kappa = 1000.0
    best, safe = (np.log(10) / (-2 * np.log(rate)) for rate in ((kappa - 1) / (kappa + 1), 0.999))
    assert best / kappa == pytest.approx(0.576, abs=1e-3)
    assert safe / best == pytest.approx(2, rel=1e-3)


def test_a_negative_eigenvalue_drives_every_step_away(names: dict[str, Any]) -> None:
    H = np.diag([-0.1, 1.0, 4.0])
    for step in (0.01, 0.3, 0.49):
        gaps, rate = names["descend"](H, np.zeros(3), np.array([1e-3, 1, 1]), step, 4000)
        assert gaps[-1] < 0
        assert gaps[-1] < gaps[2000] < 0
        assert rate == pytest.approx(1 + 0.1 * step, rel=1e-6)


def test_hidden_gaps_fall_far_below_the_digits_of_the_loss(
    names: dict[str, Any], grader: ModuleType
) -> None:
    ratios = []
    for case in arguments(grader, "descend"):
        lowest = abs(case["b"] @ np.linalg.solve(case["H"], case["b"])) / 2
        gaps, _ = names["descend"](**case)
        ratios.append(np.min(gaps) / lowest)
    assert sum(1e-14 < ratio < 1e-9 for ratio in ratios) >= 3
    assert min(ratios) > 1e-15


def test_the_picture_shows_both_lines(names: dict[str, Any], grader: ModuleType) -> None:
    case = grader.SMALL
    ax = names["rate_plot"](**case)
    shown = {line.get_label(): line for line in ax.get_lines()}
    k, gaps = grader.measured_line(**case, best=(2 / 4.5, 7 / 9))
    np.testing.assert_allclose(shown["measured"].get_xdata(), k)
    np.testing.assert_allclose(shown["measured"].get_ydata(), gaps, rtol=1e-9)
    # H has the eigenvalues 0.5, 1, 4: kappa is 8 and the rate 7/9
    predicted = gaps[0] * (7 / 9) ** (2 * k)
    np.testing.assert_allclose(shown["predicted"].get_ydata(), predicted, rtol=1e-9)
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")


# 8: kinds of critical points


def signs(H: np.ndarray) -> tuple[int, int]:
    """How many eigenvalues are negative and positive, by Sylvester's law: the pivots' signs."""
    from scipy.linalg import ldl

    _, blocks, _ = ldl(H / max(float(np.max(np.abs(H))), 1e-300))
    pivots = np.linalg.eigvalsh(blocks)
    return int(np.sum(pivots < -1e-10)), int(np.sum(pivots > 1e-10))


def test_classify_agrees_with_sylvesters_law_of_inertia(
    names: dict[str, Any], grader: ModuleType
) -> None:
    kinds = []
    for case in arguments(grader, "classify"):
        kind, index = names["classify"](case["H"])
        negative, positive = signs(case["H"])
        assert index == negative
        full = negative + positive == len(case["H"])
        assert (kind == "degenerate") == (not full)
        assert (kind == "saddle") == (full and negative > 0 and positive > 0)
        assert (kind == "minimum") == (full and negative == 0)
        kinds.append((kind, index % 2))
    assert {kind for kind, _ in kinds} == {"minimum", "maximum", "saddle", "degenerate"}
    assert {("saddle", 0), ("saddle", 1), ("maximum", 0), ("maximum", 1)} <= set(kinds)
    assert any(kind == "degenerate" and odd for kind, odd in kinds)


def test_hidden_eigenvalues_are_zero_or_clearly_not(grader: ModuleType) -> None:
    for case in arguments(grader, "classify"):
        values = np.abs(np.linalg.eigvalsh(case["H"]))
        shares = values / max(np.max(values), 1e-300)
        assert np.all((shares < 1e-14) | (shares > 1e-7))


def test_the_two_layer_network_is_as_the_text_says(names: dict[str, Any]) -> None:
    def hessian(a: float, b: float) -> np.ndarray:
        """Of (1 - ab)^2 / 2, by hand."""
        return np.array([[b * b, 2 * a * b - 1], [2 * a * b - 1, a * a]])

    assert names["classify"](hessian(0, 0)) == ("saddle", 1)
    for a in (0.5, 1.0, -2.0):
        assert names["classify"](hessian(a, 1 / a)) == ("degenerate", 0)
    assert names["classify"](np.zeros((3, 3))) == ("degenerate", 0)
