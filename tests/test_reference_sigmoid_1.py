"""A1 Trainability: every reference solution against a second, independent route."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma, polygamma

from dfl_grading.compare import as_judgement
from dfl_grading.problem_set import wants_case
from dfl_grading.values import Plot, PlotLine, Ungradeable

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "source" / "sigmoid-1-trainability" / "trainability.ipynb"
GRADER = ROOT / "graders" / "sigmoid-1-trainability.py"

DOCUMENT: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def marks(cell: dict[str, Any]) -> dict[str, Any]:
    return dict(cell["metadata"].get("nbgrader", {}))


@pytest.fixture(scope="module")
def run() -> Iterator[tuple[dict[str, Any], float]]:
    """The names that the whole notebook leaves behind, its own tests included, and its CPU time."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__"}
    started = time.process_time()
    for cell in DOCUMENT["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    taken = time.process_time() - started
    yield names, taken
    plt.close("all")


@pytest.fixture(scope="module")
def names(run: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grader_of_sigmoid_1", GRADER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The notebook as a file ---------------------------------------------------------------------------


def test_notebook_is_stored_as_nbformat_writes_it() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert text == nbformat.writes(notebook) + "\n"


def test_notebook_ships_no_outputs() -> None:
    for cell in DOCUMENT["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_cell_ids_are_the_grade_ids_and_differ() -> None:
    ids = [cell["id"] for cell in DOCUMENT["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in DOCUMENT["cells"]:
        assert marks(cell).get("grade_id", cell["id"]) == cell["id"]


def test_points_are_twenty_and_four() -> None:
    graded = [marks(cell) for cell in DOCUMENT["cells"] if marks(cell).get("grade")]
    assert sum(m["points"] for m in graded if not m["solution"]) == 20
    assert sum(m["points"] for m in graded if m["solution"]) == 4


def test_every_solution_can_be_taken_out() -> None:
    """A region in each solution cell, the mark scheme inside it, and none anywhere else."""
    for cell in DOCUMENT["cells"]:
        text = "".join(cell["source"])
        regions = (text.count("### BEGIN SOLUTION"), text.count("### END SOLUTION"))
        assert regions == ((1, 1) if marks(cell).get("solution") else (0, 0))
        if "MARK SCHEME" in text:
            order = ["BEGIN SOLUTION", "BEGIN MARK SCHEME", "END MARK SCHEME", "END SOLUTION"]
            assert sorted(order, key=text.index) == order


def test_every_automatic_cell_has_a_check_and_no_other(grader: ModuleType) -> None:
    automatic = {
        m["grade_id"] for m in map(marks, DOCUMENT["cells"]) if m.get("grade") and not m["solution"]
    }
    assert {check.grade_id for check in grader.problem_set.checks} == automatic


def test_notebook_runs_within_two_seconds(run: tuple[dict[str, Any], float]) -> None:
    assert run[1] < 2


# 1. Linear networks -------------------------------------------------------------------------------


def test_lin_var_is_the_trace_of_a_covariance_recursion(names: dict[str, Any]) -> None:
    """E[W C W'] = s2 tr(C) 1, iterated from any covariance of the input."""
    rng = np.random.default_rng(1)
    for N, s2, L in ((3, 0.4, 1), (5, 0.3, 6), (8, 0.05, 4), (6, 1 / 6, 9)):
        A = rng.normal(size=(N, N))
        C = A @ A.T
        v0 = np.trace(C) / N
        for _ in range(L):
            C = s2 * np.trace(C) * np.eye(N)
        assert names["lin_var"](v0, N, s2, L) == pytest.approx(np.trace(C) / N, rel=1e-12)
    assert names["lin_var"](0.4, 7, 0.9, 0) == 0.4


def test_lin_var_holds_for_weights_that_are_not_gaussian(names: dict[str, Any]) -> None:
    rng, N, s2, L, nets = np.random.default_rng(2), 12, 0.1, 3, 20_000
    h = np.tile(rng.normal(size=N), (nets, 1))
    v0 = np.mean(h[0] ** 2)
    for _ in range(L):
        signs = rng.integers(0, 2, size=(nets, N, N), dtype=np.int8) * 2.0 - 1
        h = np.sqrt(s2) * np.einsum("kij,kj->ki", signs, h)
    sizes = np.mean(h**2, axis=1)
    error = np.std(sizes) / np.sqrt(nets)
    assert abs(sizes.mean() - names["lin_var"](v0, N, s2, L)) < 4.5 * error
    assert error < 0.02 * sizes.mean()


def test_lin_scatter_follows_from_the_moments_of_chi_square(names: dict[str, Any]) -> None:
    for N, L in ((1, 1), (4, 3), (50, 20), (400, 2)):
        first, second = (stats.chi2(N).moment(k) for k in (1, 2))
        expected = np.sqrt((second / first**2) ** L - 1)
        assert names["lin_scatter"](N, L) == pytest.approx(expected, rel=1e-9)
    assert names["lin_scatter"](9, 0) == 0


def test_lin_scatter_is_what_networks_do(names: dict[str, Any]) -> None:
    rng, N, L, nets = np.random.default_rng(3), 15, 3, 20_000
    h = np.tile(np.arange(1.0, N + 1), (nets, 1))
    start = h[0] @ h[0]
    for _ in range(L):
        h = np.einsum("kij,kj->ki", rng.normal(0, 0.3, size=(nets, N, N)), h)
    r = np.sum(h**2, axis=1) / start
    assert np.std(r) / np.mean(r) == pytest.approx(names["lin_scatter"](N, L), rel=0.06)


def test_model_answer_on_typical_networks() -> None:
    """E ln(chi^2_N / N) = psi(N/2) - ln(N/2), about -1/N; its variance is about 2/N."""
    for N in (3, 40, 200):
        mean = stats.chi2(N).expect(lambda t, N=N: np.log(t / N))
        assert mean == pytest.approx(digamma(N / 2) - np.log(N / 2), rel=1e-6)
        assert mean < 0
    assert digamma(100) - np.log(100) == pytest.approx(-1 / 200, rel=0.01)
    assert polygamma(1, 100) == pytest.approx(2 / 200, rel=0.01)


# 2. Initial weights -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "variance"), [("glorot", 2 / 500), ("he", 2 / 400)])
def test_init_is_a_normal_law_of_that_variance(
    names: dict[str, Any], kind: str, variance: float
) -> None:
    W = names["init"](kind, 400, 100, np.random.default_rng(4))
    assert W.shape == (100, 400)
    assert stats.kstest(W.ravel() / np.sqrt(variance), "norm").pvalue > 1e-3


def test_glorot_and_he_keep_what_they_promise(names: dict[str, Any]) -> None:
    """He keeps the mean square through ReLU; Glorot's forward and backward factors average to 1."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=300)
    x /= np.sqrt(np.mean(x**2))
    after = [
        np.mean(np.maximum(names["init"]("he", 300, 300, rng) @ x, 0) ** 2) for _ in range(200)
    ]
    assert np.mean(after) == pytest.approx(1, abs=0.05)
    nin, nout = 90, 270
    factors = [
        (nin * np.var(W), nout * np.var(W))
        for W in (names["init"]("glorot", nin, nout, rng) for _ in range(20))
    ]
    assert np.mean(factors) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("nin", "nout"), [(1, 1), (6, 6), (7, 3), (3, 7)])
def test_init_orthogonal_has_unit_singular_values(
    names: dict[str, Any], nin: int, nout: int
) -> None:
    W = names["init"]("orthogonal", nin, nout, np.random.default_rng(6))
    assert W.shape == (nout, nin)
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), 1, atol=1e-12)


def test_init_refuses_other_kinds(names: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="lecun"):
        names["init"]("lecun", 2, 2, np.random.default_rng(0))


def test_init_orthogonal_is_haar_entry_by_entry(names: dict[str, Any]) -> None:
    """The square of an entry of a Haar matrix in O(n) has the law Beta(1/2, (n-1)/2), its sign
    is fair, and determinants of both signs occur equally often."""
    rng = np.random.default_rng(7)
    Q = np.array([names["init"]("orthogonal", 4, 4, rng) for _ in range(4000)])
    for i, j in ((0, 0), (3, 1), (3, 3)):
        assert stats.kstest(Q[:, i, j] ** 2, stats.beta(0.5, 1.5).cdf).pvalue > 1e-4
        assert abs(np.mean(np.sign(Q[:, i, j]))) < 4.5 / np.sqrt(4000)
    assert abs(np.mean(np.linalg.det(Q))) < 4.5 / np.sqrt(4000)


def test_haar_check_tells_right_from_wrong(grader: ModuleType) -> None:
    """The sign fix passes; raw QR has E tr = -.83, and one random sign does not mend it."""
    rng = np.random.default_rng(8)
    Z = rng.standard_normal((20_000, 4, 4))
    raw = np.linalg.qr(Z)[0]
    assert np.mean(np.einsum("kii->k", raw)) == pytest.approx(-0.82, abs=0.04)
    assert grader.haar(grader.signed_qr(Z), None).fraction == 1
    assert grader.haar(raw * rng.choice([-1, 1], size=(20_000, 4))[:, None, :], None).fraction == 1
    u, _, vt = np.linalg.svd(Z)
    assert grader.haar(u @ vt, None).fraction == 1
    one_sign = raw * rng.choice([-1, 1], size=20_000)[:, None, None]
    for wrong in (raw, one_sign, u, Z, np.broadcast_to(np.eye(4), Z.shape)):
        assert grader.haar(wrong, None).fraction == 0


# 3. LSUV ------------------------------------------------------------------------------------------


def test_lsuv_gives_each_layer_unit_variance(names: dict[str, Any], grader: ModuleType) -> None:
    """Sample by sample and unit by unit, in a forward pass of plain loops."""
    check = grader.problem_set.of("lsuv")[0]
    for case in check.cases("sigmoid-1-trainability"):
        Ws, X, act, tol = (case.arguments[name] for name in ("Ws", "X", "act", "tol"))
        given = [W.copy() for W in Ws]
        phi = grader.ACTIVATIONS[act]
        new = names["lsuv"](Ws, X, phi, tol)
        samples = [list(x) for x in X]
        for W, old in zip(new, given, strict=True):
            ratios = W / old
            assert np.ptp(ratios) < 1e-9 * ratios.max()
            assert ratios.min() > 0
            samples = [[float(np.dot(row, h)) for row in W] for h in samples]
            flat = [u for sample in samples for u in sample]
            centre = sum(flat) / len(flat)
            assert abs(sum((u - centre) ** 2 for u in flat) / len(flat) - 1) < tol + 1e-12
            samples = [[float(phi(np.float64(u))) for u in sample] for sample in samples]
        for W, old in zip(Ws, given, strict=True):
            assert np.array_equal(W, old)


def test_lsuv_of_a_linear_network_in_closed_form(names: dict[str, Any]) -> None:
    """With phi(u) = u the product of all new weights is the given product over the last spread."""
    rng = np.random.default_rng(9)
    X, Ws = rng.normal(1, 2, (30, 4)), [rng.normal(size=(4, 4)) for _ in range(3)]
    new = names["lsuv"](Ws, X, lambda u: u, 1e-10)
    product = Ws[2] @ Ws[1] @ Ws[0]
    np.testing.assert_allclose(new[2] @ new[1] @ new[0], product / np.std(X @ product.T), rtol=1e-9)


# 4. The Jacobian ----------------------------------------------------------------------------------


@pytest.mark.parametrize("widths", [(1, 1), (4, 4, 4), (3, 5, 2), (2, 7, 7, 1, 4)])
def test_jacobian_by_complex_steps(names: dict[str, Any], widths: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(widths))
    Ws = [rng.normal(size=(n, m)) for m, n in pairwise(widths)]
    bs = [rng.normal(size=n) for n in widths[1:]]
    x = rng.normal(size=widths[0])
    columns = []
    for direction in np.eye(len(x)):
        h = x + 1e-30j * direction
        for W, b in zip(Ws, bs, strict=True):
            h = np.tanh(W @ h + b)
        columns.append(h.imag / 1e-30)
    J = names["jacobian"](Ws, bs, x, names["tanh"])
    np.testing.assert_allclose(J, np.stack(columns, axis=1), rtol=1e-10, atol=1e-14)


def test_central_differences_are_far_better_than_the_tolerance(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """On every hidden case the reference and the product of slopes agree to 1e-7, not just 1e-5."""
    slopes = {
        "tanh": lambda u: 1 / np.cosh(u) ** 2,
        "sin": np.cos,
        "erf": lambda u: 2 / np.sqrt(np.pi) * np.exp(-(u**2)),
        "sigmoid": lambda u: 1 / (4 * np.cosh(u / 2) ** 2),
        "linear": np.ones_like,
    }
    for check in grader.problem_set.of("jacobian"):
        for case in check.cases("sigmoid-1-trainability"):
            act = case.arguments["act"]
            phi = names["Activation"](act, grader.ACTIVATIONS[act], slopes[act])
            layers = {name: case.arguments[name] for name in ("Ws", "bs", "x")}
            J = names["jacobian"](**layers, phi=phi)
            expected = check.reference(**case.arguments)
            assert np.max(np.abs(J - expected)) < 1e-7 * np.max(np.abs(expected))


@pytest.mark.parametrize("name", ["linear", "tanh", "relu", "square"])
def test_activations_of_the_notebook_have_their_slopes(names: dict[str, Any], name: str) -> None:
    phi, u = names[name], np.array([-1.7, -0.3, 0.2, 2.1])
    np.testing.assert_allclose((phi(u + 1e-6) - phi(u - 1e-6)) / 2e-6, phi.prime(u), atol=1e-8)


# 5. Residual networks -----------------------------------------------------------------------------


def test_res_is_the_trace_of_a_covariance_recursion(names: dict[str, Any]) -> None:
    """E[(1 + s W) C (1 + s W)'] = C + s^2 tr(C)/N, iterated."""
    for sigma, L in ((0.3, 1), (1.2, 5), (0.5, 10)):
        C = np.diag([3.0, 0.5, 0.0, 1.0])
        for _ in range(L):
            C = C + sigma**2 * np.trace(C) / 4 * np.eye(4)
        assert names["res"](sigma, L) == pytest.approx(np.trace(C) / 4.5, rel=1e-12)
    assert names["res"](0.5, 10) == pytest.approx(9.31, abs=0.005)
    assert names["res"](1 / np.sqrt(10**6), 10**6) == pytest.approx(np.e, rel=1e-5)


def test_forty_networks_grow_as_the_formula_says(names: dict[str, Any], grader: ModuleType) -> None:
    """sigma = .5, L = 10, N = 200: mean within 15 % of 9.31, one network scatters about 20 %."""
    growth = names["res_nets"](0.5, 10, 200, 40, np.random.default_rng(10))
    assert np.mean(growth) == pytest.approx(9.31, rel=0.15)
    assert 0.1 < np.std(growth) / np.mean(growth) < 0.3
    case = {"sigma": 0.5, "L": 10, "N": 200, "nets": 40}
    assert grader.mean_and_scatter(growth, None, case).fraction == 1


def fast_growth(sigma: float, L: int, N: int, nets: int, rng: np.random.Generator) -> np.ndarray:
    """The exact law of the growth without matrices: 1 + 2 s g/sqrt(N) + s^2 chi^2_N/N a block."""
    g = rng.standard_normal((L, nets))
    rest = rng.chisquare(N - 1, (L, nets))
    return np.prod(1 + 2 * sigma * g / np.sqrt(N) + sigma**2 * (g**2 + rest) / N, axis=0)


def test_scatter_of_the_growth_is_as_the_check_assumes() -> None:
    sigma, L, N = 0.6, 6, 200
    block = (4 * sigma**2 + 2 * sigma**4) / (N * (1 + sigma**2) ** 2)
    growth = fast_growth(sigma, L, N, 100_000, np.random.default_rng(11))
    assert np.mean(growth) == pytest.approx((1 + sigma**2) ** L, rel=0.003)
    assert np.std(growth) / np.mean(growth) == pytest.approx(
        np.sqrt((1 + block) ** L - 1), rel=0.02
    )


def test_growth_check_passes_right_answers_and_fails_the_naive_error(grader: ModuleType) -> None:
    """500 seeds on every hidden case; one block too few fails nine times in ten on each."""
    rng = np.random.default_rng(12)
    cases = [case.arguments for case in grader.problem_set.of("res-nets")[0].cases("")]
    judged = grader.mean_and_scatter
    for case in cases:
        sizes = {name: case[name] for name in ("N", "nets")}
        for _ in range(500):
            right = fast_growth(case["sigma"], case["L"], **sizes, rng=rng)
            assert judged(right, None, case).fraction == 1
        fewer = [
            judged(fast_growth(case["sigma"], case["L"] - 1, **sizes, rng=rng), None, case)
            for _ in range(100)
        ]
        assert np.mean([judgement.fraction for judgement in fewer]) < 0.1


# 6. The figure ------------------------------------------------------------------------------------


def test_plot_depth_draws_straight_lines_of_the_right_slope(names: dict[str, Any]) -> None:
    axes = names["plot_depth"](0.7, [0.6, 1.0, 1.9], 9)
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0.6", "1", "1.9"]
    for line, gain in zip(axes.get_lines(), [0.6, 1.0, 1.9], strict=True):
        assert list(line.get_xdata()) == list(range(10))
        assert line.get_ydata()[0] == 0.7
        np.testing.assert_allclose(np.diff(np.log(line.get_ydata())), np.log(gain), atol=1e-12)


# The checks ---------------------------------------------------------------------------------------

STRANGE = [
    None,
    True,
    3,
    1e308,
    float("nan"),
    "text",
    b"",
    [],
    (),
    {},
    [None] * 3,
    np.array(2.0),
    np.empty((0, 4)),
    np.full((4, 4), np.inf),
    np.array(["a", "b"]),
    np.ma.masked_all((20_000, 4, 4)),
    Plot(lines=()),
    Plot(lines=(PlotLine(np.array([np.nan]), np.array([1.0])),), legend=("1",)),
    Ungradeable("Strange"),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_strange_value_passes_or_upsets_a_check(grader: ModuleType) -> None:
    """A comparer that raises would be a fault of the grader's, and a person would have to look."""
    for check in grader.problem_set.checks:
        case = check.cases("sigmoid-1-trainability")[-1].arguments
        reference = check.reference(**case) if callable(check.reference) else None
        for strange in STRANGE:
            extra = {"case": case} if wants_case(check.by) else {}
            judgement = as_judgement(check.by(strange, reference, **extra))
            assert judgement.fraction == 0, (check.grade_id, check.part, strange)
            assert judgement.message
