"""G1 Linear algebra: every reference answer found again by a second, independent road."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
import shipped
import sympy
from scipy.optimize import minimize

from dfl_grading.compare.judgement import judge_by
from dfl_grading.problem_set import Check

NAME = "foundations-1-linear-algebra"
TOL = 1e-6


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], float]:
    return shipped.run(NAME)


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def hidden(grader: ModuleType, grade_id: str) -> list[tuple[Check, dict[str, Any]]]:
    """All hidden cases of a question."""
    return [
        (check, dict(case.arguments))
        for check in grader.problem_set.of(grade_id)
        for case in check.cases(NAME)
    ]


def star(matrix: np.ndarray) -> np.ndarray:
    return np.asarray(matrix.conj().T)


def a_matrix(seed: int, m: int, n: int, *, rank: int | None = None) -> np.ndarray:
    """A complex matrix, as a product of Gaussian factors where the rank is less than full."""
    rng = np.random.default_rng(seed)
    rank = min(m, n) if rank is None else rank

    def gaussian(*shape: int) -> np.ndarray:
        return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape))

    return gaussian(m, rank) @ gaussian(rank, n)


# The notebook, and what is hidden


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds(
    run: tuple[dict[str, Any], float],
) -> None:
    assert run[1] < 2


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_hidden_matrices_have_the_promised_sizes(grader: ModuleType) -> None:
    for check in grader.problem_set.checks:
        for case in check.cases(NAME):
            matrices = case.arguments.get("Ws") or [case.arguments["A"]]
            assert max(max(matrix.shape) for matrix in matrices) <= 12, check.grade_id
            assert max(max(matrix.shape) for matrix in matrices) >= 3, check.grade_id


def test_hidden_gaps_are_wide_or_within_rounding(grader: ModuleType) -> None:
    """Nothing sits on the border of tol, and different numbers differ by more than 1e-3."""
    for check, case in hidden(grader, "spectral"):
        gaps = np.diff(np.linalg.eigvalsh(case["A"]))
        tol = case["tol"]
        assert not np.any((gaps > 0.85 * tol) & (gaps < 5 * tol)), (check.part, gaps)
        if check.part != "what is one group":
            assert np.all((gaps < 1e-12) | (gaps > 1e-3)), (check.part, gaps)
    for grade_id in ("compact-svd", "pinv"):
        for check, case in hidden(grader, grade_id):
            s = scipy.linalg.svdvals(case["A"])
            ratio = s / case["tol"]
            assert not np.any((ratio > 0.5) & (ratio < 2)), (check.part, s)
    for check, case in hidden(grader, "best-rank"):
        s, k = scipy.linalg.svdvals(case["A"]), case["k"]
        assert check.part.startswith("ties") or s[k - 1] - s[k] > 1e-3


def test_hidden_eigenspaces_are_decided_by_a_wide_margin(grader: ModuleType) -> None:
    defective = 0
    for check, case in hidden(grader, "eigenspace"):
        A, lam, tol = case["A"], case["lam"], case["tol"]
        s = scipy.linalg.svdvals(A - lam * np.eye(len(A)))
        zero = s <= tol
        assert np.all(s[zero] < 0.02 * tol)
        assert np.all(s[~zero] > 5 * tol)
        if tol == TOL:
            assert np.all(s[~zero] > 1e-3), (check.part, s)
        algebraic = np.sum(np.abs(np.linalg.eigvals(A) - lam) < 1e-3)
        defective += algebraic > np.sum(zero)
        assert (check.part == "too few eigenvectors") == (algebraic > np.sum(zero))
    assert defective >= 5


# 1. Projectors


def test_projectors_are_lagrange_polynomials_of_the_matrix(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """P_mu = product over the other eigenvalues nu of (A - nu) / (mu - nu): no eigenvectors."""
    for check, case in hidden(grader, "spectral"):
        if check.part == "what is one group":
            continue
        A = case["A"]
        values, projectors = names["spectral"](A, case["tol"])
        eye = np.eye(len(A))
        for mu, P in zip(values, projectors, strict=True):
            wanted = eye
            for nu in values[values != mu]:
                wanted = wanted @ (A - nu * eye) / (mu - nu)
            np.testing.assert_allclose(P, wanted, atol=1e-7)


def test_projectors_resolve_the_identity_and_rebuild_the_matrix(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for _, case in hidden(grader, "spectral"):
        A, tol = case["A"], case["tol"]
        values, projectors = names["spectral"](A, tol)
        assert np.all(np.diff(values) > tol)
        np.testing.assert_allclose(projectors.sum(axis=0), np.eye(len(A)), atol=1e-12)
        dimensions = np.trace(projectors, axis1=1, axis2=2).real
        assert np.sum(dimensions * values) == pytest.approx(np.trace(A).real, abs=1e-10)
        for first, P in enumerate(projectors):
            for second, Q in enumerate(projectors):
                np.testing.assert_allclose(P @ Q, P if first == second else 0 * P, atol=1e-12)


def test_groups_are_chains(names: dict[str, Any]) -> None:
    diagonal = np.array([1.0, 0.16, 0.0, 0.08, 1.05])
    values, projectors = names["spectral"](np.diag(diagonal), 0.1)
    np.testing.assert_allclose(values, [0.08, 1.025])
    np.testing.assert_allclose(np.diagonal(projectors, axis1=1, axis2=2)[0], [0, 1, 1, 1, 0])
    values, projectors = names["spectral"](np.zeros((3, 3)), TOL)
    assert (values.shape, projectors.shape) == ((1,), (1, 3, 3))


def test_the_projector_is_a_contour_integral_of_the_resolvent(names: dict[str, Any]) -> None:
    A = a_matrix(1, 4, 4)
    A = A + star(A)
    values, projectors = names["spectral"](A, TOL)
    radius = np.diff(values).min() / 2
    circle = np.exp(2j * np.pi * np.arange(64) / 64)
    for mu, P in zip(values, projectors, strict=True):
        mean = sum(
            radius * c * np.linalg.inv((mu + radius * c) * np.eye(4) - A) for c in circle
        ) / len(circle)
        np.testing.assert_allclose(P, mean, atol=1e-10)


@pytest.mark.parametrize("n", [5, 6])
def test_the_ring_and_the_shift_are_as_the_notebook_says(names: dict[str, Any], n: int) -> None:
    values, projectors = names["spectral"](names["ring"](n), TOL)
    assert len(values) == n // 2 + 1
    for j, (value, P) in enumerate(zip(values, projectors, strict=True)):
        known, Q = names["ring_projector"](n, j)
        assert value == pytest.approx(known, abs=1e-12)
        np.testing.assert_allclose(P, Q, atol=1e-12)
    D = names["shift"](n) - np.eye(n)
    np.testing.assert_allclose(D.T @ D, names["ring"](n), atol=1e-14)
    wanted = np.sort(2 * np.abs(np.sin(np.pi * np.arange(n) / n)))[::-1]
    np.testing.assert_allclose(names["compact_svd"](D, TOL)[1], wanted[:-1], rtol=1e-12)


# 2. Eigenspaces


def test_eigenspaces_of_exact_matrices_agree_with_sympy(names: dict[str, Any]) -> None:
    rows = [
        [[3, 1, 0, 0], [0, 3, 0, 0], [1, 0, 3, 2], [0, 0, 0, -1]],
        [[2, 0, 0], [1, 2, 0], [-1, 4, 5]],
        [[0, -4, 0], [1, 0, 0], [1, 1, 1]],
    ]
    for matrix in map(sympy.Matrix, rows):
        A = np.array(matrix.tolist(), dtype=float)
        for lam, _, vectors in matrix.eigenvects():
            basis = np.array(sympy.Matrix.hstack(*vectors).tolist(), dtype=complex)
            Q = scipy.linalg.orth(basis)
            np.testing.assert_allclose(
                names["eigenspace"](A, complex(lam), TOL), Q @ star(Q), atol=1e-10
            )


def test_the_eigenspace_is_a_limit_of_tikhonov(names: dict[str, Any], grader: ModuleType) -> None:
    """P = lim d (M* M + d)^{-1} as d -> 0: only a linear system, no decomposition."""
    for _, case in hidden(grader, "eigenspace"):
        A, lam, tol = case["A"], case["lam"], case["tol"]
        if tol != TOL:
            continue
        M = A - lam * np.eye(len(A))
        d = 1e-9
        limit = d * np.linalg.inv(star(M) @ M + d * np.eye(len(A)))
        P = names["eigenspace"](A, lam, tol)
        np.testing.assert_allclose(P, limit, atol=2e-4)
        np.testing.assert_allclose(P @ P, P, atol=1e-12)
        np.testing.assert_allclose(M @ P, 0 * P, atol=1e-9)


# 3. The singular value decomposition


def test_singular_values_are_roots_of_the_eigenvalues_of_the_gram_matrix(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for _, case in hidden(grader, "compact-svd"):
        A, tol = case["A"], case["tol"]
        U, s, V = names["compact_svd"](A, tol)
        gram = np.sqrt(np.maximum(np.linalg.eigvalsh(star(A) @ A)[::-1], 0))
        np.testing.assert_allclose(s, gram[: len(s)], rtol=1e-7)
        assert np.all(gram[len(s) :] < max(tol, 1e-6))
        np.testing.assert_allclose(A @ V, U * s, atol=1e-12 * max(1, s.max(initial=0)))
        np.testing.assert_allclose(star(U) @ U, np.eye(len(s)), atol=1e-12)
        np.testing.assert_allclose(star(V) @ V, np.eye(len(s)), atol=1e-12)


def test_the_rank_is_that_of_exact_arithmetic(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    for rank in (1, 2, 3):
        whole = rng.integers(-3, 4, (6, rank)) @ rng.integers(-3, 4, (rank, 5))
        U, s, V = names["compact_svd"](whole.astype(float), 1e-9)
        assert len(s) == sympy.Matrix(whole.tolist()).rank()
        assert (U.shape, V.shape) == ((6, len(s)), (5, len(s)))


def test_any_phases_and_bases_are_accepted_and_loose_ones_are_not(
    names: dict[str, Any], grader: ModuleType
) -> None:
    rng = np.random.default_rng(3)
    A = a_matrix(4, 6, 4, rank=3)
    case = {"A": A, "tol": TOL}
    U, s, V = right = names["compact_svd"](A, TOL)
    phases = np.exp(1j * rng.uniform(0, 6, 3))
    judge = grader.COMPLETE
    assert judge_by(judge, (U * phases, s, V * phases), right, case).fraction == 1
    assert judge_by(judge, (U * phases, s, V), right, case).fraction == 0
    assert judge_by(judge, (U[:, ::-1], s[::-1], V[:, ::-1]), right, case).fraction == 0
    assert judge_by(judge, (U, s, star(V)), right, case).fraction == 0
    assert judge_by(judge, (U * s, np.ones(3), V), right, case).fraction == 0
    assert judge_by(judge, (-U, -s, V), right, case).fraction == 0
    B = 3 * np.linalg.qr(a_matrix(5, 4, 4))[0]
    turn = np.linalg.qr(a_matrix(6, 4, 4))[0]
    U, s, V = right = names["compact_svd"](B, TOL)
    assert judge_by(judge, (U @ turn, s, V @ turn), right, {"A": B, "tol": TOL}).fraction == 1


# 4. The pseudoinverse


def test_the_pseudoinverse_has_the_four_properties_of_penrose(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for _, case in hidden(grader, "pinv"):
        A, X = case["A"], names["pinv"](case["A"], case["tol"])
        assert X.shape == A.shape[::-1]
        for product in (A @ X, X @ A):
            np.testing.assert_allclose(star(product), product, atol=1e-9)
        np.testing.assert_allclose(X @ A @ X, X, atol=1e-9)
        # what tol calls zero stays behind in A
        left = case["tol"] if np.linalg.norm(A @ X @ A - A, 2) > 1e-9 else 1e-9
        assert np.linalg.norm(A @ X @ A - A, 2) <= left


def test_the_pseudoinverse_is_the_limit_of_ridge_regression(names: dict[str, Any]) -> None:
    for seed, (m, n, rank) in enumerate([(5, 3, 3), (3, 7, 3), (6, 6, 2)]):
        A = a_matrix(seed, m, n, rank=rank)
        ridge = star(A) @ np.linalg.inv(A @ star(A) + 1e-8 * np.eye(m))
        np.testing.assert_allclose(names["pinv"](A, TOL), ridge, atol=1e-5)


def test_it_gives_the_shortest_of_the_best_solutions(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(7)
    A, b = a_matrix(8, 6, 5, rank=2).real, rng.normal(size=6)
    rank = np.linalg.matrix_rank(A)
    assert rank == 4  # the real part of rank 2 is Re X Re Y - Im X Im Y
    x = names["pinv"](A, TOL) @ b
    best, *_ = scipy.linalg.lstsq(A, b, lapack_driver="gelsy", cond=1e-10)
    np.testing.assert_allclose(x, best, atol=1e-9)
    N = scipy.linalg.null_space(A)
    assert N.shape == (5, 5 - rank)
    for _ in range(5):
        other = x + N @ rng.normal(size=N.shape[1])
        assert np.linalg.norm(A @ other - b) == pytest.approx(np.linalg.norm(A @ x - b))
        assert np.linalg.norm(other) > np.linalg.norm(x)


def test_the_pseudoinverse_of_an_exact_matrix_agrees_with_sympy(names: dict[str, Any]) -> None:
    exact = sympy.Matrix([[1, 2, 0], [2, 4, 0], [0, 1, 1], [1, 3, 1]])
    wanted = np.array(exact.pinv().tolist(), dtype=float)
    A = np.array(exact.tolist(), dtype=float)
    np.testing.assert_allclose(names["pinv"](A, 1e-9), wanted, atol=1e-12)


# 5 and 6. Eckart and Young


@pytest.mark.parametrize("k", [1, 2])
def test_no_search_finds_a_nearer_matrix(names: dict[str, Any], k: int) -> None:
    """Minimise ||A - X Y|| over all factors X, Y with k columns and rows."""
    rng = np.random.default_rng(9)
    A = rng.normal(size=(4, 5))
    near, e2, eF = names["best_rank"](A, k)

    def square(z: np.ndarray) -> tuple[float, np.ndarray]:
        X, Y = z[: 4 * k].reshape(4, k), z[4 * k :].reshape(k, 5)
        left = X @ Y - A
        slope = [2 * left @ Y.T, 2 * X.T @ left]
        return float(np.sum(left**2)), np.concatenate([part.ravel() for part in slope])

    found = [
        minimize(square, rng.normal(size=9 * k), jac=True, options={"gtol": 1e-10})
        for _ in range(3)
    ]
    best = min(found, key=lambda one: one.fun)
    assert np.sqrt(best.fun) == pytest.approx(eF, rel=1e-8)
    X, Y = best.x[: 4 * k].reshape(4, k), best.x[4 * k :].reshape(k, 5)
    np.testing.assert_allclose(X @ Y, near, atol=1e-5)
    for _ in range(200):
        other = rng.normal(size=(4, k)) @ rng.normal(size=(k, 5))
        assert np.linalg.norm(A - other, 2) >= e2


def test_the_errors_are_the_norms_of_what_is_left(
    names: dict[str, Any], grader: ModuleType
) -> None:
    for _, case in hidden(grader, "best-rank"):
        A, k = case["A"], case["k"]
        near, e2, eF = names["best_rank"](A, k)
        assert isinstance(e2, float)
        assert isinstance(eF, float)
        assert np.linalg.norm(A - near, 2) == pytest.approx(e2, abs=1e-12)
        assert np.sqrt(np.sum(np.abs(A - near) ** 2)) == pytest.approx(eF, abs=1e-12)
        assert np.linalg.matrix_rank(near, tol=1e-9) <= k
        assert grader.as_near_as_can_be(near, None, case).fraction == 1


def test_ties_may_be_broken_either_way_and_worse_matrices_fail(grader: ModuleType) -> None:
    A = np.diag([3.0, 2.0, 2.0])
    judge = grader.as_near_as_can_be
    case = {"A": A, "k": 2}
    mixed = np.array([0.0, 0.6, 0.8])
    for good in (
        np.diag([3.0, 2, 0]),
        np.diag([3.0, 0, 2]),
        np.diag([3.0, 0, 0]) + 2 * np.outer(mixed, mixed),
    ):
        assert judge(good, None, case).fraction == 1
    assert judge(np.diag([0.0, 2, 2]), None, case).fraction == 0
    assert judge(A, None, case).fraction == 0
    # as good in the spectral norm, and not in Frobenius's: the example of the proof
    case = {"A": np.diag([2.0, 1.0, 0.0]), "k": 1}
    halfway = np.diag([1.5, 0.0, 0.0])
    assert np.linalg.norm(case["A"] - halfway, 2) == 1
    assert judge(halfway, None, case).fraction == 0


def test_the_figures_of_the_first_difference(names: dict[str, Any]) -> None:
    D = names["shift"](6) - np.eye(6)
    errors = [names["best_rank"](D, k)[1:] for k in range(7)]
    wanted = np.sqrt([(4, 12), (3, 8), (3, 5), (1, 2), (1, 1), (0, 0), (0, 0)])
    np.testing.assert_allclose(errors, wanted, atol=1e-12)


def test_the_figure_shows_relative_errors(names: dict[str, Any], grader: ModuleType) -> None:
    A = a_matrix(10, 5, 8)
    ax = names["error_plot"](A)
    assert ax.get_yscale() == "log"
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert set(lines) == {"spectral", "Frobenius"}
    for label, order in (("spectral", 2), ("Frobenius", "fro")):
        left = [A - names["best_rank"](A, k)[0] for k in range(5)]
        wanted = [np.linalg.norm(L, order) / np.linalg.norm(A, order) for L in left]
        np.testing.assert_allclose(lines[label].get_ydata(), wanted, rtol=1e-10)
        np.testing.assert_array_equal(lines[label].get_xdata(), range(5))
    errors = np.array([names["best_rank"](A, k)[1:] for k in range(5)])
    own = grader.relative_errors(A, errors)
    np.testing.assert_allclose(grader.relative_errors(A, 0 * errors), own, rtol=1e-12)


# 7. The nearest orthogonal matrix


def test_the_nearest_orthogonal_matrix_is_the_polar_factor(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """Q = A (A* A)^{-1/2}: by the matrix root, and by Newton's iteration (Higham 8.3)."""
    mirrored = 0
    for check, case in hidden(grader, "nearest-orthogonal"):
        A, Q = case["A"], names["nearest_orthogonal"](case["A"])
        np.testing.assert_allclose(star(Q) @ Q, np.eye(len(A)), atol=1e-12)
        assert grader.as_near_as_any(Q, None, case).fraction == 1
        assert np.iscomplexobj(Q) == np.iscomplexobj(A)
        if check.part == "without full rank":
            continue
        X = A
        for _ in range(30):
            X = (X + star(np.linalg.inv(X))) / 2
        np.testing.assert_allclose(Q, X, atol=1e-9)
        root = scipy.linalg.sqrtm(star(A) @ A)
        np.testing.assert_allclose(Q @ root, A, atol=1e-7)
        mirrored += not np.iscomplexobj(A) and np.linalg.det(Q) < 0
    assert mirrored >= 3


def test_no_orthogonal_matrix_is_nearer(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(12)
    for seed in range(3):
        A = a_matrix(seed, 4, 4, rank=4 - seed % 2)
        best = np.linalg.norm(A - names["nearest_orthogonal"](A))
        for size in (0.01, 0.1, 10.0):
            skew = size * rng.normal(size=(4, 4))
            turn = scipy.linalg.expm(skew - skew.T)
            assert np.linalg.norm(A - names["nearest_orthogonal"](A) @ turn) > best - 1e-12


# 8. Deep linear networks


def test_spectra_of_products_in_forty_digits(names: dict[str, Any], grader: ModuleType) -> None:
    for check, case in hidden(grader, "jj-spectrum"):
        Ws, narrow = case["Ws"], check.part == "layers of different widths"
        if len(Ws[-1]) > 9 and not narrow:
            continue  # forty digits take their time
        with mpmath.workdps(40):
            J = mpmath.eye(Ws[0].shape[1])
            for W in Ws:
                J = mpmath.matrix(W.tolist()) * J
            exact = np.sort([float(v) for v in mpmath.eigsy(J * J.T, eigvals_only=True)])
        atol = 1e-14 * exact[-1] if narrow else 0.0
        found = np.sort(names["jj_spectrum"](Ws))
        np.testing.assert_allclose(found, exact, rtol=1e-8, atol=atol, strict=True)


def test_large_ratios_are_lost_in_the_square_and_stay_within_the_promise(
    names: dict[str, Any], grader: ModuleType
) -> None:
    lost = 0
    for check, case in hidden(grader, "jj-spectrum"):
        if check.part != "large ratios":
            continue
        first, second = case["Ws"]
        values = np.sort(names["jj_spectrum"]([first, second]))
        assert 1e6 < np.sqrt(values[-1] / values[0]) * 10 < 1.01e7
        J = second @ first
        lost += not np.allclose(np.linalg.eigvalsh(J @ J.T), values, rtol=1e-6, atol=0)
    assert lost >= 2


def test_widths_of_the_hidden_networks_leave_zeros(grader: ModuleType) -> None:
    for check, case in hidden(grader, "jj-spectrum"):
        shapes = [W.shape for W in case["Ws"]]
        assert all(before[0] == after[1] for before, after in pairwise(shapes))
        if check.part == "layers of different widths":
            assert min(min(shape) for shape in shapes) < shapes[-1][0]
