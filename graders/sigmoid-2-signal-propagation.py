"""A2 Signal propagation: what is observed of each answer, and what it is judged against.

Hidden ranges: sigma_w in [0.8, 3], sigma_b in [0, 0.5], q in [0.01, 3], c in [0.1, 1] and
L in [1, 20].
Some edges go further on purpose: sigma_w near 4 gives q* near 12, where 121 Gauss-Hermite nodes
are wrong in the second digit; L near 3000 tells the ReLU map from its asymptotic law.
A call takes milliseconds; the seconds allow for patient iterations and end those that never stop.
Everything is kept away from chi_1 = 1, where each answer moves without bound as the input does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf

from dfl_grading import Judgement, ProblemSet, close

problem_set = ProblemSet(
    "sigmoid-2-signal-propagation",
    preload=["matplotlib.pyplot", "scipy.integrate", "scipy.optimize", "scipy.special"],
)


# 1. The length map. Each activation is a part; three have a closed form.


def draw_length(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "q": rng.uniform(0.01, 3),
        "sigma_w": rng.uniform(0.8, 3),
        "sigma_b": rng.uniform(0, 0.5),
    }


def erf_length(q: float, sigma_w: float, sigma_b: float) -> float:
    square = 2 / np.pi * np.arcsin(np.pi * q / (2 + np.pi * q))
    return float(sigma_w**2 * square + sigma_b**2)


def relu_length(q: float, sigma_w: float, sigma_b: float) -> float:
    return sigma_w**2 * q / 2 + sigma_b**2


def hard_tanh_length(q: float, sigma_w: float, sigma_b: float) -> float:
    linear = erf(1 / np.sqrt(2 * q))
    square = q * linear - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - linear
    return float(sigma_w**2 * square + sigma_b**2)


problem_set.check(
    "qmap",
    part="tanh",
    weight=3,
    observe="qmap(q, sigma_w, sigma_b, np.tanh)",
    draw=draw_length,
    draws=4,
    edges=[{"q": 11.0, "sigma_w": 1.7, "sigma_b": 0.4}],
    by=close(rtol=1e-5),
)
problem_set.check(
    "qmap",
    part="erf",
    weight=1,
    observe="qmap(q, sigma_w, sigma_b, lambda x: erf(np.sqrt(np.pi) * x / 2))",
    draw=draw_length,
    by=close(rtol=1e-5),
    reference=erf_length,
)
problem_set.check(
    "qmap",
    part="ReLU",
    weight=1,
    observe="qmap(q, sigma_w, sigma_b, lambda x: np.maximum(x, 0))",
    draw=draw_length,
    by=close(rtol=1e-5),
    reference=relu_length,
)
problem_set.check(
    "qmap",
    part="hard tanh",
    weight=1,
    observe="qmap(q, sigma_w, sigma_b, lambda x: np.clip(x, -1, 1))",
    draw=draw_length,
    by=close(rtol=1e-5),
    reference=hard_tanh_length,
)


# 2. The fixed point and chi_1.


def draw_network(rng: np.random.Generator) -> dict[str, Any]:
    return {"sigma_w": rng.uniform(0.8, 3), "sigma_b": rng.uniform(0.05, 0.5)}


FAR = {"sigma_w": 3.9, "sigma_b": 0.25}

problem_set.check(
    "qstar-chi",
    part="q*",
    weight=2,
    observe="qstar_chi(sigma_w, sigma_b)[0]",
    seconds=5,
    draw=draw_network,
    draws=4,
    edges=[FAR],
    by=close(rtol=1e-5),
)
problem_set.check(
    "qstar-chi",
    part="chi_1",
    weight=2,
    observe="qstar_chi(sigma_w, sigma_b)[1]",
    seconds=5,
    draw=draw_network,
    draws=4,
    edges=[FAR],
    by=close(rtol=1e-5),
)
problem_set.check(
    "qstar-chi",
    part="no bias",
    weight=1,
    observe="np.array(qstar_chi(sigma_w, 0.0), dtype=float)",
    seconds=5,
    edges=[{"sigma_w": 0.85}, {"sigma_w": 1.0}, {"sigma_w": 2.2}],
    by=close(rtol=1e-5, atol=1e-8),
    all_or_nothing=True,
)


# 3. The critical line of tanh.


def draw_bias(rng: np.random.Generator) -> dict[str, Any]:
    return {"sigma_b": rng.uniform(0.02, 0.5)}


problem_set.check(
    "critical-tanh",
    part="sigma_w",
    weight=5,
    observe="critical_tanh(sigma_b)[0]",
    seconds=5,
    draw=draw_bias,
    draws=4,
    edges=[{"sigma_b": 0.006}],
    by=close(rtol=1e-5),
)
problem_set.check(
    "critical-tanh",
    part="q*",
    weight=2,
    observe="critical_tanh(sigma_b)[1]",
    seconds=5,
    draw=draw_bias,
    draws=4,
    by=close(rtol=1e-5),
)
problem_set.check(
    "critical-tanh",
    part="the corner",
    weight=1,
    observe="np.array([critical_tanh(0.0), critical_tanh(sigma_b)], dtype=float)",
    seconds=5,
    edges=[{"sigma_b": 0.001}],
    by=close(rtol=1e-5, atol=1e-8),
)


# 4. The critical line of erf, in variances.


def draw_q(rng: np.random.Generator) -> dict[str, Any]:
    return {"q": rng.uniform(0.01, 3)}


def erf_sigma_w2(q: float) -> float:
    return float(np.sqrt(1 + np.pi * q))


def erf_sigma_b2(q: float) -> float:
    return q - erf_length(q, np.sqrt(erf_sigma_w2(q)), 0.0)


problem_set.check(
    "critical-erf",
    part="sigma_w2",
    observe="critical_erf(q)[0]",
    draw=draw_q,
    edges=[{"q": 0.005}],
    by=close(rtol=1e-8),
    reference=erf_sigma_w2,
)
problem_set.check(
    "critical-erf",
    part="sigma_b2",
    observe="critical_erf(q)[1]",
    draw=draw_q,
    edges=[{"q": 0.005}],
    by=close(rtol=1e-8),
    reference=erf_sigma_b2,
)


# 5. The correlation map. The two phases are drawn apart, both clear of chi_1 = 1.


def draw_order(rng: np.random.Generator) -> dict[str, Any]:
    return {"sigma_w": rng.uniform(0.8, 1.15), "sigma_b": rng.uniform(0.15, 0.5)}


def draw_chaos(rng: np.random.Generator) -> dict[str, Any]:
    return {"sigma_w": rng.uniform(1.8, 3), "sigma_b": rng.uniform(0.05, 0.5)}


problem_set.check(
    "cstar-xi",
    part="order: c* and xi_c",
    observe="np.array(cstar_xi(sigma_w, sigma_b)[:2], dtype=float)",
    seconds=5,
    draw=draw_order,
    by=close(rtol=1e-4),
)
problem_set.check(
    "cstar-xi",
    part="chaos: c*",
    observe="cstar_xi(sigma_w, sigma_b)[0]",
    seconds=5,
    draw=draw_chaos,
    edges=[FAR],
    by=close(rtol=1e-4),
)
problem_set.check(
    "cstar-xi",
    part="chaos: xi_c",
    observe="cstar_xi(sigma_w, sigma_b)[1]",
    seconds=5,
    draw=draw_chaos,
    edges=[FAR, {"sigma_w": 1.9, "sigma_b": 0.0}],
    by=close(rtol=1e-4),
)
problem_set.check(
    "cstar-xi",
    part="xi_q",
    observe="cstar_xi(sigma_w, sigma_b)[2]",
    seconds=5,
    draw=draw_chaos,
    edges=[{"sigma_w": 0.95, "sigma_b": 0.35}],
    by=close(rtol=1e-4),
)


# 6. ReLU at its critical point.


def draw_correlation(rng: np.random.Generator) -> dict[str, Any]:
    return {"c": rng.uniform(0.1, 1), "L": int(rng.integers(1, 21))}


problem_set.check(
    "relu-c",
    part="a few layers",
    weight=3,
    observe="relu_c(c, L)",
    seconds=3,
    draw=draw_correlation,
    draws=4,
    edges=[{"c": -1.0, "L": 3}, {"c": 0.999, "L": 20}],
    by=close(rtol=1e-8),
)
problem_set.check(
    "relu-c",
    part="very deep",
    weight=1,
    observe="1 - relu_c(c, L)",
    seconds=3,
    edges=[{"c": 0.15, "L": 700}, {"c": 0.6, "L": 2900}],
    by=close(rtol=1e-5),
)


# 7. The figure, judged by its data.


def draw_biases(rng: np.random.Generator) -> dict[str, Any]:
    return {"sigma_bs": np.sort(rng.uniform(0, 0.5, 12))}


def critical_line(value: Any, reference: Any) -> Judgement:
    """The labelled line passes through the reference's points; denser or reversed is the same."""
    found = _labelled(value)
    if found is None:
        return Judgement(0.0, "no line labelled 'critical line' was found in a returned Axes")
    wanted = _labelled(reference)
    if _passes(found.x, found.y, wanted):
        return Judgement(1.0)
    if _passes(found.y, found.x, wanted):
        return Judgement(0.0, "the axes are swapped: sigma_w goes across")
    return Judgement(0.0, "the critical line does not pass through the right points")


def labels_and_scales(value: Any, _reference: Any) -> Judgement:
    """Both axes named as asked, with linear scales."""
    if _labelled(value) is None:
        return Judgement(0.0, "no line labelled 'critical line' was found in a returned Axes")
    if (value.xscale, value.yscale) != ("linear", "linear"):
        return Judgement(0.0, "a scale is not linear")
    named = [_names(value.xlabel, "w"), _names(value.ylabel, "b")]
    return Judgement(sum(named) / 2, "" if all(named) else "an axis label is missing or wrong")


def _labelled(plot: Any) -> Any:
    lines = getattr(plot, "lines", ())
    return next((line for line in lines if "critical" in line.label.lower()), None)


def _passes(x: Any, y: Any, wanted: Any) -> bool:
    if len(x) < len(wanted.x) or x.dtype.kind not in "fiu" or y.dtype.kind not in "fiu":
        return False
    order = np.argsort(y)
    if not (y[order[0]] <= wanted.y.min() + 1e-9 and wanted.y.max() - 1e-9 <= y[order[-1]]):
        return False
    return bool(np.all(np.abs(np.interp(wanted.y, y[order], x[order]) - wanted.x) <= 1e-3))


def _names(label: str, letter: str) -> bool:
    plain = label.lower().replace("σ", "sigma")
    return f"sigma{letter}" in "".join(c for c in plain if c.isalnum())


problem_set.check(
    "phase-diagram",
    part="line",
    weight=3,
    observe="phase_diagram(sigma_bs)",
    seconds=5,
    draw=draw_biases,
    edges=[{"sigma_bs": np.array([0.0, 0.13, 0.47])}],
    by=critical_line,
)
problem_set.check(
    "phase-diagram",
    part="labels",
    weight=1,
    observe="phase_diagram(sigma_bs)",
    seconds=5,
    edges=[{"sigma_bs": np.array([0.11, 0.23, 0.35])}],
    by=labels_and_scales,
    reference=None,
)
