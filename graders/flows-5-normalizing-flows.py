"""F5 Normalizing flows: what is observed of each answer, and what it is judged against.

Hidden ranges: 2 to 6 dimensions, with single cases in 1 and in 2000; scales s of a coupling layer
up to 350; planar w'u from -1000 to 1000, and at times below -1, where |det| counts; radial beta
down to -0.97 alpha; lengths of order one, and once of order 10^4, where differences are too
coarse to serve for a derivative; log-weights down to -2000; x in [-2, 2].
Networks cannot be passed as arguments, so the prelude makes them from hidden matrices.
A call takes milliseconds; the seconds allow for patient loops and end those that never stop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, shaped
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "flows-5-normalizing-flows",
    preload=["matplotlib.pyplot", "scipy.optimize", "scipy.special", "scipy.stats"],
    prelude="""
import numpy as np

def scale_net(A):
    return lambda a: 1.5 * np.sin(a @ A)

def shift_net(C):
    return lambda a: (a @ C) ** 2 - 1

def stack(layers):
    return [(keep, scale_net(A), shift_net(C)) for keep, A, C in layers]
""",
)

NEAR = close(rtol=1e-8, atol=1e-10)
Array = np.ndarray[Any, Any]


# 1. The coupling layer, row by row and column by column.


def draw_layer(rng: np.random.Generator, d: int) -> tuple[Array, Array, Array]:
    """A mask with at least one column of each kind, and matrices for the two networks."""
    keep = rng.permutation(np.arange(d) < rng.integers(1, d))
    shape = (int(keep.sum()), int(d - keep.sum()))
    return keep, rng.normal(size=shape), rng.normal(size=shape) / np.sqrt(shape[0])


def draw_coupling(rng: np.random.Generator) -> dict[str, Any]:
    n, d = int(rng.integers(2, 6)), int(rng.integers(3, 7))
    keep, A, C = draw_layer(rng, d)
    return {"x": rng.normal(size=(n, d)), "keep": keep, "A": A, "C": C}


def forward_by_hand(x: Array, keep: Array, A: Array, C: Array) -> tuple[Array, Array]:
    kept, moved = np.flatnonzero(keep), np.flatnonzero(~keep)
    y, logdet = x.copy(), np.zeros(len(x))
    for i, row in enumerate(x):
        for j, column in enumerate(moved):
            scale = 1.5 * np.sin(float(row[kept] @ A[:, j]))
            y[i, column] = row[column] * np.exp(scale) + float(row[kept] @ C[:, j]) ** 2 - 1
            logdet[i] += scale
    return y, logdet


def backward_by_hand(x: Array, keep: Array, A: Array, C: Array) -> tuple[Array, Array]:
    kept, moved = np.flatnonzero(keep), np.flatnonzero(~keep)
    y, logdet = x.copy(), np.zeros(len(x))
    for i, row in enumerate(x):
        for j, column in enumerate(moved):
            scale = 1.5 * np.sin(float(row[kept] @ A[:, j]))
            y[i, column] = (row[column] + 1 - float(row[kept] @ C[:, j]) ** 2) / np.exp(scale)
            logdet[i] -= scale
    return y, logdet


ONE_ROW = {
    "x": np.array([[0.6, -1.3]]),
    "keep": np.array([False, True]),
    "A": np.array([[0.9]]),
    "C": np.array([[-0.4]]),
}

problem_set.check(
    "coupling",
    observe="coupling(x, keep, scale_net(A), shift_net(C))",
    seconds=3,
    draw=draw_coupling,
    edges=[ONE_ROW],
    reference=forward_by_hand,
    parts={
        "forward: y": Part(at=0, by=NEAR, weight=2),
        "forward: log-determinant": Part(at=1, by=NEAR, weight=2),
    },
)
problem_set.check(
    "coupling",
    observe="coupling_inverse(x, keep, scale_net(A), shift_net(C))",
    seconds=3,
    draw=draw_coupling,
    edges=[ONE_ROW],
    reference=backward_by_hand,
    parts={
        "inverse: x": Part(at=0, by=NEAR, weight=2),
        "inverse: log-determinant": Part(at=1, by=NEAR, weight=2),
    },
)
problem_set.check(
    "coupling",
    part="determinants beyond the range of floats",
    weight=1,
    observe="""
def steep(a):
    return scale * (1 + 0 * a[:, :1]) * np.ones(3)

def still(a):
    return 0 * steep(a)

points, kept = np.ones((2, 4)), np.array([False, True, False, False])
np.stack([coupling(points, kept, steep, still)[1],
          coupling_inverse(points, kept, steep, still)[1]])
""",
    seconds=3,
    edges=[{"scale": 350.0}, {"scale": -345.0}],
    reference=lambda scale: np.array([[3 * scale] * 2, [-3 * scale] * 2]),
    by=NEAR,
    all_or_nothing=True,
)


# 2. The density of a stack, judged by what follows from the student's own inverse.


def draw_stack(rng: np.random.Generator) -> dict[str, Any]:
    n, d = int(rng.integers(2, 6)), int(rng.integers(2, 7))
    return {
        "y": rng.normal(size=(n, d)),
        "layers": [draw_layer(rng, d) for _ in range(int(rng.integers(2, 5)))],
    }


def pulled_back(y: Array, layers: Any, pulled: Any) -> Array:
    """ln p(y) from x, in the first columns, and the log-determinants, in the last."""
    x, total = pulled[:, :-1], pulled[:, -1]
    return np.asarray(total - (x**2 + np.log(2 * np.pi)).sum(axis=1) / 2)


problem_set.check(
    "flow-density",
    observe="flow_log_density(y, stack(layers))",
    carry={
        "pulled": """
x, total = y, np.zeros(len(y))
for keep, s, t in stack(layers)[::-1]:
    x, logdet = coupling_inverse(x, keep, s, t)
    total = total + logdet
np.column_stack([x, total])
"""
    },
    reference=pulled_back,
    seconds=3,
    draw=draw_stack,
    draws=4,
    edges=[
        {"y": np.array([[0.3, -0.8, 1.9]]), "layers": []},
        {
            "y": np.array([[0.3, -0.8], [1.5, 0.2]]),
            "layers": [(np.array([True, False]), np.array([[0.7]]), np.array([[1.1]]))],
        },
    ],
    by=NEAR,
    all_or_nothing=True,
)


# 3. Planar flows. For each draw of u the product w'u is set, not left to chance.


def corrected(u: Array, w: Array) -> Array:
    """The part of u orthogonal to w, and a part along w of the right length."""
    product = float(u @ w)
    wanted = np.log1p(np.exp(-abs(product))) + max(product, 0.0) - 1
    along = w / np.sqrt(w @ w)
    return np.asarray(u - (u @ along) * along + wanted / np.sqrt(w @ w) * along)


def with_product(rng: np.random.Generator, d: int, product: float) -> tuple[Array, Array]:
    u, w = rng.normal(size=(2, d))
    return u + (product - u @ w) * w / (w @ w), w


def draw_u(rng: np.random.Generator) -> dict[str, Any]:
    u, w = with_product(rng, int(rng.integers(2, 7)), rng.uniform(-5, 3))
    return {"u": u, "w": w}


problem_set.check(
    "planar-u",
    part="moderate products",
    weight=2,
    observe="planar_u(u, w)",
    seconds=3,
    draw=draw_u,
    draws=4,
    reference=corrected,
    by=NEAR,
    all_or_nothing=True,
)
problem_set.check(
    "planar-u",
    part="large products",
    weight=1,
    observe="planar_u(u, w)",
    seconds=3,
    edges=[
        {"u": np.array([30.0, -20.0]), "w": np.array([20.0, -15.0])},
        {"u": np.array([-30.0, 21.0, 0.5]), "w": np.array([20.0, -15.0, 4.0])},
        {"u": np.array([0.0, 0.0]), "w": np.array([0.3, -0.4])},
    ],
    reference=corrected,
    by=NEAR,
    all_or_nothing=True,
)


def planar_by_lemma(z: Array, u: Array, w: Array, b: float) -> tuple[Array, Array]:
    lengths = np.array([float(np.dot(row, w)) + b for row in z])
    slopes = np.cosh(np.clip(lengths, -300, 300)) ** -2.0
    moved = np.array([row + np.tanh(a) * u for row, a in zip(z, lengths, strict=True)])
    return moved, np.log(np.abs(1 + slopes * float(u @ w)))


def draw_planar(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(2, 7))
    u, w = with_product(rng, d, rng.choice([-0.9, 2.5]) * rng.uniform(0.5, 1))
    z = rng.normal(size=(int(rng.integers(2, 6)), d)) / np.sqrt(w @ w)
    return {"z": z, "u": u, "w": w, "b": rng.uniform(-1, 1)}


problem_set.check(
    "planar",
    observe="planar(z, u, w, b)",
    seconds=3,
    draw=draw_planar,
    draws=4,
    edges=[
        {  # folded over, so that the determinant is negative at the first point
            "z": np.array([[0.1, -0.2], [2.0, 1.5]]),
            "u": np.array([-2.0, -0.9]),
            "w": np.array([1.1, 0.5]),
            "b": 0.05,
        },
        {  # in other units
            "z": np.array([[4.1e3, -1.2e4, 7.0e3], [-9.3e3, 2.2e3, 1.0e4]]),
            "u": np.array([8.0e3, 1.1e4, -6.0e3]),
            "w": np.array([1.0e-4, 0.7e-4, -0.4e-4]),
            "b": -0.2,
        },
        {"z": np.array([[0.4]]), "u": np.array([-0.6]), "w": np.array([1.5]), "b": 0.0},
    ],
    reference=planar_by_lemma,
    parts={
        "f(z)": Part(at=0, by=NEAR, all_or_nothing=True),
        "log-determinant": Part(at=1, by=NEAR, weight=2),
    },
)


# 4. The figure, judged by its data.


def draw_line(rng: np.random.Generator) -> dict[str, Any]:
    w = rng.choice([-1, 1]) * rng.uniform(0.5, 2)
    return {
        "ys": np.sort(rng.uniform(-4, 4, 15)),
        "u": rng.uniform(-0.85, 3) / w,
        "w": w,
        "b": rng.uniform(-1, 1),
    }


def flow_density(y: float, u: float, w: float, b: float) -> float:
    z = brentq(lambda z: z + u * np.tanh(w * z + b) - y, y - 1 - abs(u), y + 1 + abs(u))
    stretch = 1 + u * w * np.cosh(w * z + b) ** -2.0
    return float(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / stretch)


def exact_line(ys: Array, u: float, w: float, b: float) -> Plot:
    flow = np.array([flow_density(y, u, w, b) for y in ys])
    base = np.exp(-(ys**2) / 2) / np.sqrt(2 * np.pi)
    lines = (PlotLine(ys, flow, "flow"), PlotLine(ys, base, "base"))
    return Plot(lines, xlabel="y", ylabel="density", legend=("flow", "base"))


def drawn(value: Any, label: str) -> PlotLine | None:
    """The finite line of numbers with this label; None where there is none."""
    for line in getattr(value, "lines", ()):
        if line.label.strip().lower() != label or line.x.shape != line.y.shape:
            continue
        if line.x.dtype.kind in "fiu" and line.y.dtype.kind in "fiu" and line.x.size:
            return line if np.all(np.isfinite(line.x)) and np.all(np.isfinite(line.y)) else None
    return None


def on_the_curve(value: Any, label: str, ys: Array, density: Any) -> Judgement:
    """Each drawn point lies on the curve, and each of `ys` was drawn; order is free."""
    line = drawn(value, label)
    if line is None:
        return Judgement(0.0, f"no line of finite numbers labelled '{label}' was found")
    if len(line.x) > 2000:
        return Judgement(0.0, "more than 2000 points are drawn")
    if not all(np.min(np.abs(line.x - y)) <= 1e-9 for y in ys):
        return Judgement(0.0, f"the line '{label}' has no point at some of ys")
    if any(abs(x) > 1e3 for x in line.x):
        return Judgement(0.0, f"the line '{label}' goes far beyond ys")
    wanted = np.array([density(float(x)) for x in line.x])
    if np.all(np.abs(line.y - wanted) <= 1e-6):
        return Judgement(1.0)
    return Judgement(0.0, f"the line '{label}' has wrong values")


def flow_line(value: Any, _reference: Any, case: Any) -> Judgement:
    parameters = {name: float(case[name]) for name in "uwb"}
    return on_the_curve(value, "flow", case["ys"], lambda y: flow_density(y, **parameters))


def base_line(value: Any, _reference: Any, case: Any) -> Judgement:
    return on_the_curve(
        value, "base", case["ys"], lambda y: np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
    )


def words(value: Any, _reference: Any) -> Judgement:
    """Axes are named as asked, scales are linear, and a legend names the two lines."""
    if (getattr(value, "xscale", ""), getattr(value, "yscale", "")) != ("linear", "linear"):
        return Judgement(0.0, "no Axes with linear scales was returned")
    if value.xlabel.strip().strip("$").strip() != "y":
        return Judgement(0.0, "the x axis is not named y")
    if "density" not in value.ylabel.lower():
        return Judgement(0.0, "the y axis is not named density")
    if not {"flow", "base"} <= {text.strip().lower() for text in value.legend}:
        return Judgement(0.0, "the legend does not name flow and base")
    return Judgement(1.0)


problem_set.check(
    "planar-line",
    observe="planar_line(ys, u, w, b)",
    reference=exact_line,
    seconds=3,
    draw=draw_line,
    edges=[
        # nearly folded: a sharp peak
        {"ys": np.array([-2.0, -0.5, 0.1, 0.2, 1.5]), "u": 0.97, "w": -1.0, "b": 0.1},
        # torn apart: two bumps
        {"ys": np.array([-4.0, -2.5, 0.0, 1.0, 2.5]), "u": -2.5, "w": -3.0, "b": 0.0},
    ],
    parts={
        "flow": Part(by=flow_line, weight=4),
        "base": Part(by=base_line),
        "words": Part(by=words),
    },
)


# 5. Radial flows.


def radial_by_matrix(z: Array, z0: Array, alpha: float, beta: float) -> tuple[Array, Array]:
    """The Jacobian as a matrix: (1 + beta h) I + beta h' e e' r, with e the unit vector."""
    moved, logdet = [], []
    for row in z:
        r = float(np.sqrt(np.sum((row - z0) ** 2)))
        moved.append(row + beta * (row - z0) / (alpha + r))
        away = (row - z0) / r if r > 0 else np.zeros(len(row))
        jacobian = (1 + beta / (alpha + r)) * np.eye(len(row))
        jacobian -= beta * r / (alpha + r) ** 2 * np.outer(away, away)
        logdet.append(np.linalg.slogdet(jacobian)[1])
    return np.array(moved), np.array(logdet)


def draw_radial(rng: np.random.Generator) -> dict[str, Any]:
    d, alpha = int(rng.integers(2, 7)), rng.uniform(0.5, 2)
    return {
        "z": rng.normal(size=(int(rng.integers(2, 6)), d)),
        "z0": rng.normal(size=d) / 2,
        "alpha": alpha,
        "beta": alpha * (rng.uniform(-0.9, -0.3) if rng.random() < 0.5 else rng.uniform(0.5, 3)),
    }


problem_set.check(
    "radial",
    observe="radial(z, z0, alpha, beta)",
    seconds=3,
    draw=draw_radial,
    draws=4,
    edges=[
        {  # the first point is the centre
            "z": np.array([[0.5, -1.0, 2.0], [0.5, 1.0, 0.0]]),
            "z0": np.array([0.5, -1.0, 2.0]),
            "alpha": 1.6,
            "beta": -0.7,
        },
        {"z": np.array([[0.3], [-1.1]]), "z0": np.array([0.2]), "alpha": 0.8, "beta": 1.3},
        {  # in other units, and near to beta = -alpha
            "z": np.array([[4.1e3, -1.2e4], [-9.3e3, 2.2e3]]),
            "z0": np.array([3.0e3, -1.0e4]),
            "alpha": 1.0e4,
            "beta": -0.97e4,
        },
    ],
    reference=radial_by_matrix,
    parts={
        "f(z)": Part(at=0, by=NEAR, all_or_nothing=True),
        "log-determinant": Part(at=1, by=NEAR, weight=2),
    },
)


# 6. Sylvester flows, against the determinant of size d wherever that is small enough.


def sylvester_by_matrix(z: Array, A: Array, B: Array, b: Array) -> tuple[Array, Array]:
    moved, logdet = [], []
    for row in z:
        bend = np.tanh(B @ row + b)
        moved.append(row + A @ bend)
        jacobian = np.eye(len(row)) + A @ np.diag(1 - bend**2) @ B
        logdet.append(np.linalg.slogdet(jacobian)[1])
    return np.array(moved), np.array(logdet)


def draw_sylvester(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 7))
    m = int(rng.integers(2, d + 1))
    return {
        "z": rng.normal(size=(int(rng.integers(2, 6)), d)),
        "A": 0.7 * rng.normal(size=(d, m)),
        "B": rng.normal(size=(m, d)) / np.sqrt(d),
        "b": rng.normal(size=m) / 2,
    }


problem_set.check(
    "sylvester",
    observe="sylvester(z, A, B, b)",
    seconds=3,
    draw=draw_sylvester,
    draws=4,
    edges=[
        {  # folded over in one direction
            "z": np.array([[0.0, 0.1], [1.0, -0.4]]),
            "A": np.array([[-2.0, 0.3], [0.1, 0.8]]),
            "B": np.array([[1.0, 0.2], [-0.3, 0.9]]),
            "b": np.array([0.05, 0.3]),
        },
        {  # in other units
            "z": np.array([[4.1e3, -1.2e4, 7.0e3], [-9.3e3, 2.2e3, 1.0e4]]),
            "A": 1e4 * np.array([[0.8, -0.1], [0.4, 0.9], [-0.3, 0.6]]),
            "B": 1e-4 * np.array([[1.0, 0.4, -0.2], [0.1, 0.8, 0.5]]),
            "b": np.array([-0.2, 0.1]),
        },
    ],
    reference=sylvester_by_matrix,
    parts={
        "f(z)": Part(at=0, by=NEAR, all_or_nothing=True),
        "log-determinant": Part(at=1, by=NEAR, weight=2),
    },
)
problem_set.check(
    "sylvester",
    part="2000 dimensions",
    weight=1,
    observe="""
rng = np.random.default_rng(seed)
z = rng.normal(size=(100, 2000))
A, B = rng.normal(size=(2000, 3)) / 20, rng.normal(size=(3, 2000)) / 40
sylvester(z, A, B, np.array([0.2, -0.4, 0.1]))[1]
""",
    # a right answer takes some milliseconds, a hundred large determinants more than ten seconds
    seconds=2,
    edges=[{"seed": 17}],
    by=NEAR,
)


# 7. Importance-weighted bounds.


def curve_by_hand(log_w: Array, ks: list[int]) -> Array:
    bounds = []
    for k in ks:
        groups = [log_w[start : start + k] for start in range(0, len(log_w), k)]
        means = [g.max() + np.log(np.sum(np.exp(g - g.max())) / k) for g in groups]
        bounds.append(float(np.sum(means) / len(means)))
    return np.array(bounds)


def draw_weights(rng: np.random.Generator) -> dict[str, Any]:
    return {"log_w": rng.uniform(0.5, 2) * rng.normal(size=24) - 1.0, "ks": [1, 3, 4, 12]}


problem_set.check(
    "iwae-curve",
    part="weights of order one",
    weight=2,
    observe="iwae_curve(log_w, ks)",
    seconds=3,
    draw=draw_weights,
    draws=4,
    edges=[{"log_w": np.array([0.7, -0.4, 1.9]), "ks": [3]}],
    reference=curve_by_hand,
    by=NEAR,
    all_or_nothing=True,
)
problem_set.check(
    "iwae-curve",
    part="weights far from one",
    weight=1,
    observe="iwae_curve(log_w, ks)",
    seconds=3,
    edges=[
        {"log_w": np.array([-1000.0, -1001.5, -998.0, -1003.0, -999.0, -2000.0]), "ks": [1, 2, 6]},
        {"log_w": np.array([810.0, 800.0, 790.0, 805.0]), "ks": [2, 4]},
        # both kinds at once, so that one common shift for all groups does not serve
        {"log_w": np.array([-1500.0, 3.0, 2.0, -1200.0]), "ks": [1, 2, 4]},
    ],
    reference=curve_by_hand,
    by=NEAR,
    all_or_nothing=True,
)


def draw_q(rng: np.random.Generator) -> dict[str, Any]:
    """An approximate posterior so far off that L_1, L_k and ln p(x) differ by many tolerances.

    Nor is s near to 1, where a forgotten ln s would not show.
    """
    x = rng.uniform(-2, 2)
    return {
        "x": x,
        "m": x / 2 + rng.choice([-1, 1]) * rng.uniform(0.5, 0.7),
        "s": rng.uniform(0.8, 0.88) if rng.random() < 0.5 else rng.uniform(1.12, 1.25),
        "k": int(rng.integers(2, 4)),
        "seed": int(rng.integers(1, 10**9)),
    }


def log_weights(x: float, m: float, s: float, z: Array) -> Array:
    joint = -(z**2) / 2 - (x - z) ** 2 / 2 - np.log(2 * np.pi)
    return np.asarray(joint + ((z - m) / s) ** 2 / 2 + np.log(s) + np.log(2 * np.pi) / 2)


def exact_bound(x: float, m: float, s: float, k: int, **_seed: Any) -> float:
    """L_k without sampling, from ln S = integral of (e^-t - e^-tS) / t over t from 0 to infinity.

    The mean of e^-tS is the k-th power of one integral over z. Both by the trapezoidal rule, the
    outer one in ln t; S is taken relative to p(x).
    """
    log_p = -np.log(4 * np.pi) / 2 - x**2 / 4
    noise = np.linspace(-9, 9, 401)
    mass = np.exp(-(noise**2) / 2) / np.exp(-(noise**2) / 2).sum()
    weights = np.exp(log_weights(x, m, s, m + s * noise) - log_p)
    log_t, step = np.linspace(-34, 22, 1121, retstep=True)
    t = np.exp(log_t)
    transform = np.exp(-np.outer(t / k, weights)) @ mass
    return float(log_p + step * np.sum(np.exp(-t) - transform**k))


def standard_error(x: float, m: float, s: float, k: int) -> float:
    """That of the mean over 20000 groups, from as many groups of fixed draws."""
    z = m + s * np.random.default_rng(1).normal(size=(20_000, k))
    spread = np.std(logsumexp(log_weights(x, m, s, z), axis=1))
    return float(spread / np.sqrt(20_000))


def within_six_errors(value: Any, reference: Any, case: Any) -> Judgement:
    # The terms are close to half a chi-square variable, or narrower: with 20000 of them their mean
    # is normal as far as six standard errors (two-sided 2e-9), and skewness at the most trebles
    # that. The standard error itself is known to 2 per cent.
    error = standard_error(case["x"], case["m"], case["s"], case["k"])
    if abs(float(value) - reference) <= 6 * error:
        return Judgement(1.0)
    side = "above" if value > reference else "below"
    return Judgement(0.0, f"{side} the bound by more than six standard errors at k = {case['k']}")


problem_set.check(
    "iwae-bound",
    observe="iwae_bound(x, m, s, k, 20000, np.random.default_rng(seed))",
    seconds=3,
    draw=draw_q,
    draws=4,
    edges=[
        {"x": 1.1, "m": 0.0, "s": 0.85, "k": 1, "seed": 101},
        {"x": -1.7, "m": -0.2, "s": 0.8, "k": 20, "seed": 102},
    ],
    reference=exact_bound,
    by=all_of(shaped(()), within_six_errors),
    all_or_nothing=True,
    false_failure=1e-7,
)


# 8. Two gaps of a linear Gaussian model.


def draw_model(rng: np.random.Generator) -> dict[str, Any]:
    d, n = int(rng.integers(2, 7)), int(rng.integers(2, 6))
    p = d + int(rng.integers(0, 3))
    W = rng.normal(size=(p, d)) + 0.4
    X = rng.normal(size=(n, p))
    return {
        "W": W,
        "sigma": rng.uniform(0.5, 1.5),
        "X": X,
        "means": X @ np.linalg.pinv(W).T + 0.3 * rng.normal(size=(n, d)),
        "variances": rng.uniform(0.05, 1.0, (n, d)),
    }


def gaps_by_elbo(
    W: Array, sigma: float, X: Array, means: Array, variances: Array
) -> tuple[float, Array]:
    """ln p(x) from the covariance of x, and the ELBO of each Gaussian as three expectations."""
    p, d = W.shape
    cov = W @ W.T + sigma**2 * np.eye(p)
    fits = np.array([row @ np.linalg.solve(cov, row) for row in X])
    log_p = -(fits + np.linalg.slogdet(cov)[1] + p * np.log(2 * np.pi)) / 2

    def elbo(m: Array, v: Array) -> Array:
        misfit = np.sum((X - m @ W.T) ** 2, axis=1) + v @ np.sum(W**2, axis=0)
        likelihood = -misfit / (2 * sigma**2) - p * np.log(2 * np.pi * sigma**2) / 2
        prior = -np.sum(m**2 + v, axis=1) / 2 - d * np.log(2 * np.pi) / 2
        entropy = np.sum(np.log(2 * np.pi * np.e * v), axis=1) / 2
        return np.asarray(likelihood + prior + entropy)

    centres = X @ np.linalg.solve(cov, W)
    best = np.tile(1 / (1 + np.sum(W**2, axis=0) / sigma**2), (len(X), 1))
    return float(np.mean(log_p - elbo(centres, best))), elbo(centres, best) - elbo(means, variances)


problem_set.check(
    "gaps",
    observe="gaps(W, sigma, X, means, variances)",
    seconds=3,
    draw=draw_model,
    draws=4,
    edges=[
        {  # orthogonal columns: the family contains the posterior
            "W": np.array([[1.0, 2.0], [1.0, -2.0], [0.0, 0.0]]),
            "sigma": 0.7,
            "X": np.array([[0.4, -1.0, 2.0], [1.5, 0.3, 0.0]]),
            "means": np.array([[0.1, 0.2], [0.8, 0.5]]),
            "variances": np.array([[0.2, 0.05], [0.3, 0.1]]),
        },
        {  # more latent variables than data: the prior alone keeps the posterior finite
            "W": np.array([[1.2, -0.5, 0.8]]),
            "sigma": 0.5,
            "X": np.array([[1.3], [-0.4], [0.0]]),
            "means": np.array([[0.5, -0.2, 0.3], [0.0, 0.1, 0.0], [0.0, 0.0, 0.0]]),
            "variances": np.array([[0.2, 0.4, 0.3], [0.1, 0.5, 0.6], [1.0, 1.0, 1.0]]),
        },
    ],
    reference=gaps_by_elbo,
    parts={
        "approximation gap": Part(at=0, by=NEAR, all_or_nothing=True),
        "amortisation gaps": Part(at=1, by=NEAR, all_or_nothing=True),
    },
)
