"""Each reference answer of A2 is found again by a second road, and the notebook is in order."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import fsolve
from scipy.special import erf

ROOT = Path(__file__).parents[1]
NAME = "sigmoid-2-signal-propagation"
NOTEBOOK = ROOT / "source" / NAME / "signal-propagation.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
NETWORKS = [(1.5, 0.0), (0.9, 0.3), (1.3, 0.3), (2.5, 0.3), (4.0, 0.3)]

Answers = dict[str, Any]


def nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    return dict(cell["metadata"].get("nbgrader", {}))


def execute(cells: list[dict[str, Any]], names: Answers) -> Answers:
    for cell in cells:
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    return names


@pytest.fixture(autouse=True, scope="module")
def _without_a_screen() -> Iterator[None]:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def answers() -> Answers:
    """The names that the imports, the worked examples and the reference solutions define."""
    wanted = [
        cell for cell in CELLS if cell["cell_type"] == "code" and not nbgrader(cell).get("grade")
    ]
    return execute(wanted, {})


@pytest.fixture(scope="module")
def problem_set() -> Any:
    spec = importlib.util.spec_from_file_location("grader", ROOT / "graders" / f"{NAME}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.problem_set


def mean(f: Callable[[float], float], *corners: float) -> float:
    """E f(z) by adaptive quadrature between the corners: no grid, no weight table."""
    edges = [-12.0, *sorted({0.0, *corners}), 12.0]
    pieces = [
        quad(lambda z: f(z) * np.exp(-z * z / 2), a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0]
        for a, b in pairwise(edges)
    ]
    return float(sum(pieces) / np.sqrt(2 * np.pi))


def tanh_square(q: float) -> float:
    return mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2)


def sech_fourth(q: float) -> float:
    return mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)


def hermite_squares(q: float, degree: int = 300) -> np.ndarray:
    """a_n^2 for tanh(sqrt(q) z) = sum of a_n He_n(z) / sqrt(n!), whose power series is C."""
    z, step = np.linspace(-11, 11, 2001, retstep=True)
    weighted = np.tanh(np.sqrt(q) * z) * np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi)
    before, now = np.zeros_like(z), np.ones_like(z)
    squares = []
    for n in range(degree):
        squares.append((weighted @ now) ** 2)
        before, now = now, (z * now - np.sqrt(n) * before) / np.sqrt(n + 1)
    return np.array(squares)


# The notebook


def test_the_notebook_is_as_nbformat_writes_it_and_holds_no_output() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    document = json.loads(text)
    written = json.dumps(
        document, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")
    )
    assert text == written + "\n"
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in CELLS if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_cells_are_named_and_points_sum_to_twenty_and_four() -> None:
    marked = {cell["id"]: nbgrader(cell) for cell in CELLS if nbgrader(cell)}
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
    assert all(mark["grade_id"] == name for name, mark in marked.items())
    graded = {name: mark for name, mark in marked.items() if mark["grade"]}
    by_hand = {name for name, mark in graded.items() if mark["solution"]}
    assert by_hand == {"why-chi1"}
    assert sum(mark["points"] for name, mark in graded.items() if name not in by_hand) == 20
    assert marked["why-chi1"]["points"] == 4
    for name in graded.keys() - by_hand:
        assert marked[f"{name}-code"]["solution"]


def test_the_rubric_and_all_answers_lie_inside_solution_regions() -> None:
    for cell in CELLS:
        text = "".join(cell["source"])
        assert ("BEGIN SOLUTION" in text) == bool(nbgrader(cell).get("solution"))
        if "BEGIN MARK SCHEME" in text:
            inside = text.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            assert "BEGIN MARK SCHEME" in inside
            assert "END MARK SCHEME" in inside


def test_the_whole_notebook_passes_its_own_tests_in_under_two_seconds() -> None:
    started = time.process_time()
    execute([cell for cell in CELLS if cell["cell_type"] == "code"], {})
    assert time.process_time() - started < 2


def test_every_automatic_question_has_a_check_and_no_check_is_left_over(problem_set: Any) -> None:
    automatic = {
        nbgrader(cell)["grade_id"]
        for cell in CELLS
        if nbgrader(cell).get("grade") and not nbgrader(cell)["solution"]
    }
    assert {check.grade_id for check in problem_set.checks} == automatic


def test_hidden_networks_stay_clear_of_criticality(answers: Answers, problem_set: Any) -> None:
    for check in problem_set.of("cstar-xi"):
        for case in check.cases(NAME):
            chi = answers["qstar_chi"](**case.arguments)[1]
            assert not 0.95 < chi < 1.05, (check.part, case)


# 0 and 1: means and the length map


def test_gaussian_mean_agrees_with_adaptive_quadrature(answers: Answers) -> None:
    for q in (0.05, 1.0, 12.6):
        found = answers["gaussian_mean"](lambda z, q=q: np.cosh(np.sqrt(q) * z) ** -4.0)
        assert found == pytest.approx(sech_fourth(q), rel=1e-10)
    corner = 1 / np.sqrt(2.0)
    found = answers["gaussian_mean"](lambda z: np.clip(np.sqrt(2.0) * z, -1, 1) ** 4)
    wanted = mean(lambda z: np.clip(np.sqrt(2.0) * z, -1, 1) ** 4, -corner, corner)
    assert found == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("q", [0.01, 0.3, 1.0, 3.0, 12.0])
def test_qmap_has_the_closed_forms_of_erf_relu_and_hard_tanh(answers: Answers, q: float) -> None:
    linear = erf(1 / np.sqrt(2 * q))
    hard = q * linear - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - linear
    assert hard == pytest.approx(
        mean(lambda z: min(q * z * z, 1.0), -1 / np.sqrt(q), 1 / np.sqrt(q)), rel=1e-9
    )
    closed = {
        lambda x: erf(np.sqrt(np.pi) * x / 2): 2 / np.pi * np.arcsin(np.pi * q / (2 + np.pi * q)),
        lambda x: np.maximum(x, 0): q / 2,
        lambda x: np.clip(x, -1, 1): hard,
    }
    for phi, square in closed.items():
        wanted = 1.7**2 * square + 0.2**2
        assert answers["qmap"](q, 1.7, 0.2, phi) == pytest.approx(wanted, rel=5e-6)
    wanted = 1.7**2 * tanh_square(q) + 0.2**2
    assert answers["qmap"](q, 1.7, 0.2, np.tanh) == pytest.approx(wanted, rel=1e-10)


def test_a_wide_random_network_keeps_to_the_length_map(answers: Answers) -> None:
    rng = np.random.default_rng(11)
    layers = answers["propagate"](np.ones((1000, 1)), 1.5, 0.3, np.tanh, 3, rng)
    measured = (layers**2).mean(axis=(1, 2))
    predicted = answers["qmap"](measured[1], 1.5, 0.3, np.tanh)
    assert measured[2] == pytest.approx(predicted, rel=0.15)


def test_gauss_hermite_with_121_nodes_is_the_trap_that_it_is_said_to_be(answers: Answers) -> None:
    z, weight = np.polynomial.hermite_e.hermegauss(121)
    q, chi = answers["qstar_chi"](4.0, 0.3)
    trapped = 16 * weight @ np.cosh(np.sqrt(q) * z) ** -4.0 / np.sqrt(2 * np.pi)
    assert trapped == pytest.approx(2.428, abs=5e-4)
    assert chi == pytest.approx(2.367261, abs=5e-7)


# 2: the fixed point


def test_qstar_chi_gives_the_checked_figures(answers: Answers) -> None:
    found = [answers["qstar_chi"](*network) for network in NETWORKS]
    figures = [
        (0.793354, 1.139323),
        (0.216525, 0.600371),
        (0.607047, 0.939807),
        (4.079124, 1.585225),
        (12.604150, 2.367261),
    ]
    np.testing.assert_allclose(found, figures, atol=6e-7, rtol=0)


@pytest.mark.parametrize("network", [*NETWORKS, (2.2, 0.0), (3.0, 0.5), (0.8, 0.02)])
def test_qstar_is_the_stable_fixed_point(answers: Answers, network: tuple[float, float]) -> None:
    sigma_w, sigma_b = network
    q, chi = answers["qstar_chi"](sigma_w, sigma_b)
    assert q > 0
    assert sigma_w**2 * tanh_square(q) + sigma_b**2 == pytest.approx(q, rel=1e-9)
    assert sigma_w**2 * sech_fourth(q) == pytest.approx(chi, rel=1e-9)
    nearby = 1.01 * q
    assert abs(sigma_w**2 * tanh_square(nearby) + sigma_b**2 - q) < abs(nearby - q)


@pytest.mark.parametrize("sigma_w", [0.5, 0.9, 1.0])
def test_without_bias_and_with_small_weights_the_signal_dies(
    answers: Answers, sigma_w: float
) -> None:
    assert answers["qstar_chi"](sigma_w, 0.0) == (0.0, pytest.approx(sigma_w**2))
    assert all(sigma_w**2 * tanh_square(q) < q for q in (1e-3, 0.1, 1.0))


def test_chi_is_the_mean_squared_singular_value_of_one_layer(answers: Answers) -> None:
    q, chi = answers["qstar_chi"](1.5, 0.3)
    rng = np.random.default_rng(5)
    slopes = 1 - np.tanh(rng.normal(0, np.sqrt(q), 400)) ** 2
    jacobian = slopes[:, None] * rng.normal(0, 1.5 / 20, (400, 400))
    values = np.linalg.svd(jacobian, compute_uv=False)
    assert np.mean(values**2) == pytest.approx(chi, rel=0.12)


# 3 and 4: critical lines


def test_critical_tanh_gives_the_checked_figures(answers: Answers) -> None:
    critical = answers["critical_tanh"]
    assert critical(0.0) == (1.0, 0.0)
    np.testing.assert_allclose(critical(0.05), (1.122539, 0.153692), atol=6e-7)
    sigma_w, q = critical(np.sqrt(0.05))
    np.testing.assert_allclose((sigma_w**2, q), (1.760955, 0.570048), atol=6e-7)
    assert critical(0.1)[0] == pytest.approx(1.193401, abs=6e-7)
    assert critical(0.3)[0] == pytest.approx(1.395584, abs=6e-7)
    assert critical(np.sqrt(2.01e-5))[0] ** 2 == pytest.approx(1.05, abs=6e-6)


@pytest.mark.parametrize("sigma_b", [0.05, 0.17, 0.5])
def test_critical_tanh_solves_both_equations_at_once(answers: Answers, sigma_b: float) -> None:
    def equations(point: np.ndarray) -> list[float]:
        sigma_w2, q = point
        return [sigma_w2 * sech_fourth(q) - 1, sigma_w2 * tanh_square(q) + sigma_b**2 - q]

    sigma_w2, q = fsolve(equations, (1.5, 0.5), xtol=1e-12)
    np.testing.assert_allclose(answers["critical_tanh"](sigma_b), (np.sqrt(sigma_w2), q), rtol=1e-7)


def test_the_line_leaves_its_corner_as_the_notebook_says(answers: Answers) -> None:
    sigma_w, q = answers["critical_tanh"](1e-4)
    assert 4 / 3 * q**3 == pytest.approx(1e-8, rel=0.02)
    assert sigma_w**2 - 1 == pytest.approx(2 * (0.75e-8) ** (1 / 3), rel=0.02)


@pytest.mark.parametrize("q", [0.01, 0.4, 1.0, 3.0])
def test_critical_erf_makes_both_means_right(answers: Answers, q: float) -> None:
    sigma_w2, sigma_b2 = answers["critical_erf"](q)
    slope = mean(lambda z: np.exp(-np.pi * q * z * z / 2))
    square = mean(lambda z: erf(np.sqrt(np.pi * q) * z / 2) ** 2)
    assert sigma_w2 * slope == pytest.approx(1, rel=1e-10)
    assert sigma_w2 * square + sigma_b2 == pytest.approx(q, rel=1e-10)


def test_critical_erf_gives_the_checked_figures(answers: Answers) -> None:
    np.testing.assert_allclose(answers["critical_erf"](1.0), (2.035090, 0.148361), atol=6e-7)


# 5: correlations


def test_cstar_xi_gives_the_checked_figures(answers: Answers) -> None:
    cstar_xi = answers["cstar_xi"]
    np.testing.assert_allclose(cstar_xi(2.5, 0.3), (0.122104, 5.10892, 0.688), rtol=1e-3)
    np.testing.assert_allclose(cstar_xi(2.5, 0.3)[:2], (0.122104, 5.10892), rtol=5e-6)
    np.testing.assert_allclose(cstar_xi(4.0, 0.3)[:2], (0.029696, 3.63935), rtol=2e-5)
    np.testing.assert_allclose(cstar_xi(1.5, 0.05)[:2], (0.052086, 16.2006), rtol=1e-5)
    np.testing.assert_allclose(cstar_xi(1.3, 0.3), (1, 16.1082, 1.338), rtol=3e-4)


@pytest.mark.parametrize("network", [(2.5, 0.3), (1.5, 0.05), (1.9, 0.0), (0.9, 0.3), (3.0, 0.5)])
def test_cstar_xi_agrees_with_the_hermite_series(
    answers: Answers, network: tuple[float, float]
) -> None:
    sigma_w, sigma_b = network
    q, _ = answers["qstar_chi"](*network)
    series = np.polynomial.Polynomial(sigma_w**2 * hermite_squares(q) / q) + sigma_b**2 / q
    c = 0.0
    for _ in range(600):
        c = series(c)
    step = 1e-4 * q
    slope = sigma_w**2 * (tanh_square(q + step) - tanh_square(q - step)) / (2 * step)
    wanted = (c, -1 / np.log(series.deriv()(c)), -1 / np.log(slope))
    np.testing.assert_allclose(answers["cstar_xi"](*network), wanted, rtol=2e-6, atol=1e-10)


def test_the_sine_network_agrees_with_the_general_tools(answers: Answers) -> None:
    q, chi = answers["sine_qstar_chi"](2.0, 0.3)
    assert answers["qmap"](q, 2.0, 0.3, np.sin) == pytest.approx(q, rel=1e-9)
    assert 4 * mean(lambda z: np.cos(np.sqrt(q) * z) ** 2) == pytest.approx(chi, rel=1e-9)
    c, xi_c, xi_q = answers["sine_cstar_xi"](2.0, 0.3)
    z, step = np.linspace(-8.5, 8.5, 401, retstep=True)
    weight = step * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    one = np.sqrt(q) * z[:, None]
    two = np.sqrt(q) * (c * z[:, None] + np.sqrt(1 - c**2) * z)
    assert weight @ (4 * np.sin(one) * np.sin(two)) @ weight + 0.09 == pytest.approx(q * c)
    assert weight @ (4 * np.cos(one) * np.cos(two)) @ weight == pytest.approx(np.exp(-1 / xi_c))
    bend = mean(lambda z: -(np.sin(np.sqrt(q) * z) ** 2))
    assert chi + 4 * bend == pytest.approx(np.exp(-1 / xi_q))
    sigma_w, q = answers["sine_critical"](0.3)
    assert answers["sine_qstar_chi"](sigma_w, 0.3) == (pytest.approx(q), pytest.approx(1))


# 6: ReLU


def relu_gap(c: float, depth: int) -> float:
    """1 - c after some layers, carried as a gap so that no digits cancel."""
    gap = 1 - c
    for _ in range(depth):
        angle = 2 * np.arcsin(np.sqrt(gap / 2))
        tail = np.sin(angle) - angle * np.cos(angle)
        if angle < 0.05:
            tail = angle**3 / 3 - angle**5 / 30 + angle**7 / 840
        gap -= tail / np.pi
    return float(gap)


@pytest.mark.parametrize(("c", "depth"), [(-1.0, 3), (0.15, 1), (0.999, 20), (0.6, 3000)])
def test_relu_c_agrees_with_the_map_of_the_gap(answers: Answers, c: float, depth: int) -> None:
    assert 1 - answers["relu_c"](c, depth) == pytest.approx(relu_gap(c, depth), rel=1e-7)


def test_relu_c_is_the_mean_over_two_correlated_gaussians(answers: Answers) -> None:
    rng = np.random.default_rng(8)
    z = rng.normal(size=(2, 400_000))
    u = np.maximum(z[0], 0)
    v = np.maximum(0.4 * z[0] + np.sqrt(1 - 0.16) * z[1], 0)
    assert answers["relu_c"](0.4, 1) == pytest.approx(2 * np.mean(u * v), abs=0.008)


def test_the_asymptotic_law_of_relu_needs_three_thousand_layers(answers: Answers) -> None:
    def off(depth: int) -> float:
        return abs((1 - answers["relu_c"](0.2, depth)) * 2 * depth**2 / (9 * np.pi**2) - 1)

    assert off(1000) > 0.02
    assert off(3000) < 0.02


# 7: the figure


def test_the_phase_diagram_shows_the_critical_line(answers: Answers) -> None:
    sigma_bs = np.array([0.0, 0.1, 0.3])
    ax = answers["phase_diagram"](sigma_bs)
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_xdata(), (1, 1.193401, 1.395584), atol=6e-7)
    np.testing.assert_array_equal(line.get_ydata(), sigma_bs)
    assert line.get_label() == "critical line"
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"$\sigma_w$", r"$\sigma_b$")
