"""C5 The adjoint method: what is observed of each answer, and what it is judged against.

Hidden ranges: 1 to 6 dimensions, T in [0.5, 2], general matrices that do not commute, with norms
below 4; up to 8 parameters of a linear system; 1 to 30 Euler steps; lambda T from -10 to 10 and
from 24 to 56 for the way back; leaks up to 2, and leaks with lambda T from 35 to 50.
Where everything commutes (one dimension, A = 0) the wrong formulas are right, so such cases stand
together with ordinary ones under `all_or_nothing`.
A call takes some 30 ms at most; the seconds allow for patient loops and end those that never stop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import expm, expm_frechet

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, items, shaped

problem_set = ProblemSet(
    "node-5-adjoint-method",
    preload=["matplotlib.pyplot", "scipy.integrate", "scipy.linalg"],
    prelude="import numpy as np",
)

NILPOTENT = np.array([[0.0, 1.0], [0.0, 0.0]])


def matrix(rng: np.random.Generator, d: int) -> np.ndarray:
    """A general matrix with eigenvalues in a disc of radius about one."""
    return rng.normal(size=(d, d)) / np.sqrt(d)


# 1. The linear system.


def draw_system(rng: np.random.Generator) -> dict[str, Any]:
    n, m = int(rng.integers(2, 7)), int(rng.integers(1, 9))
    return {
        "A": rng.normal(size=(n, n)) + n * np.eye(n),
        "b": rng.normal(size=n),
        "c": rng.normal(size=n),
        "dA": rng.normal(size=(m, n, n)),
        "db": rng.normal(size=(m, n)),
    }


problem_set.check(
    "steady",
    observe="steady_gradient(A, b, c, dA, db)",
    seconds=3,
    draw=draw_system,
    draws=4,
    edges=[
        {  # one unknown, one parameter
            "A": np.array([[-2.5]]),
            "b": np.array([0.5]),
            "c": np.array([3.0]),
            "dA": np.array([[[1.5]]]),
            "db": np.array([[-0.7]]),
        },
        {  # only b depends on the parameters, and A is far from symmetric
            "A": np.array([[1.0, 4.0], [0.0, -1.0]]),
            "b": np.array([0.0, 2.0]),
            "c": np.array([1.0, 1.0]),
            "dA": np.zeros((3, 2, 2)),
            "db": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]),
        },
    ],
    by=close(rtol=1e-8, normwise=True),
    all_or_nothing=True,
)


# 2. The Fréchet derivative, against scipy's own algorithm.


def frechet_reference(A: np.ndarray, E: np.ndarray, T: float) -> np.ndarray:
    return np.asarray(expm_frechet(T * A, T * E, compute_expm=False))


def draw_directions(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(2, 7))
    return {"A": matrix(rng, d), "E": matrix(rng, d), "T": rng.uniform(0.5, 2)}


problem_set.check(
    "frechet",
    observe="frechet(A, E, T)",
    seconds=3,
    draw=draw_directions,
    draws=4,
    edges=[
        {"A": NILPOTENT, "E": np.array([[0.5, 0.0], [-2.0, 1.0]]), "T": 1.7},
        {"A": np.zeros((3, 3)), "E": np.arange(9.0).reshape(3, 3) - 3, "T": 0.6},
        {"A": np.array([[0.2, -2.0], [2.0, 0.2]]), "E": np.diag([1.0, -1.0]), "T": 1.9},
    ],
    reference=frechet_reference,
    by=close(rtol=1e-5, normwise=True),
    all_or_nothing=True,
)


# 3. The adjoint, against the adjoint of the Fréchet derivative.


def adjoint_reference(
    A: np.ndarray, y0: np.ndarray, c: np.ndarray, T: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Transposed, the integral of problem 2 has A' for A and the direction c y0'."""
    flow = expm(T * A)
    return frechet_reference(A.T, np.outer(c, y0), T), flow.T @ c, float(c @ A @ flow @ y0)


def draw_flow(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(2, 7))
    return {
        "A": matrix(rng, d),
        "y0": rng.normal(size=d),
        "c": rng.normal(size=d),
        "T": rng.uniform(0.5, 2),
    }


NORMWISE = close(rtol=1e-5, atol=1e-7, normwise=True)

problem_set.check(
    "adjoint-grad",
    observe="adjoint_grad(A, y0, c, T)",
    seconds=5,
    draw=draw_flow,
    draws=4,
    edges=[
        {
            "A": np.zeros((3, 3)),
            "y0": np.array([1.0, -2.0, 0.5]),
            "c": np.array([0.3, 0.0, 2.0]),
            "T": 0.8,
        },
        {"A": NILPOTENT, "y0": np.array([0.0, 1.5]), "c": np.array([2.0, 0.0]), "T": 1.6},
        {"A": np.array([[-0.9]]), "y0": np.array([1.3]), "c": np.array([-0.6]), "T": 1.1},
    ],
    reference=adjoint_reference,
    parts={
        "dJ/dA": Part(at=0, by=NORMWISE, weight=3, all_or_nothing=True),
        "dJ/dy0": Part(at=1, by=NORMWISE, all_or_nothing=True),
        "dJ/dT": Part(at=2, by=close(rtol=1e-5, atol=1e-7), all_or_nothing=True),
    },
)


# 4. Two gradients of one Euler method.


def draw_network(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(2, 6))
    return {
        "W": 1.5 * matrix(rng, d),
        "b": rng.normal(size=d) / 2,
        "y0": rng.normal(size=d),
        "target": rng.normal(size=d),
        "T": rng.uniform(0.5, 2),
        "n": int(rng.integers(2, 13)),
    }


RECIPE = close(rtol=1e-8, normwise=True)

problem_set.check(
    "two-gradients",
    observe="two_gradients(W, b, y0, target, T, n)",
    seconds=1,
    draw=draw_network,
    draws=4,
    edges=[
        {
            "W": np.array([[0.5, 1.0, -0.2], [0.0, -0.8, 0.3], [1.1, 0.4, 0.0]]),
            "b": np.array([0.2, 0.0, -0.4]),
            "y0": np.array([1.0, 0.5, -1.5]),
            "target": np.zeros(3),
            "T": 0.7,
            "n": 1,
        },
        {
            "W": np.array([[-1.4, 0.6], [0.3, -0.9]]),
            "b": np.zeros(2),
            "y0": np.array([0.8, -1.1]),
            "target": np.array([0.5, 0.5]),
            "T": 2.0,
            "n": 30,
        },
    ],
    parts={
        "first discretise, then differentiate": Part(at=0, by=RECIPE, all_or_nothing=True),
        "first differentiate, then discretise": Part(at=1, by=RECIPE, all_or_nothing=True),
    },
)


# 5. The way back. What it returns beyond the threshold is an order of magnitude, and no more.


def draw_decay(rng: np.random.Generator) -> dict[str, Any]:
    T = rng.uniform(0.5, 2)
    return {"lam": rng.uniform(24, 56) / T, "T": T}


def way_back(value: Any, reference: Any, case: Any) -> Judgement:
    """Near 1 where the present remembers, else the reference's power of ten."""
    size = abs(float(value))
    if abs(case["lam"] * case["T"]) <= 10:
        return Judgement(float(abs(value - 1) <= 1e-3), "not 1, though the decay is mild")
    if not 0 < size < np.inf:
        return Judgement(0.0, "zero or not finite where a large number is found")
    off = np.log10(size) - np.log10(abs(reference))
    if abs(off) <= 1:
        return Judgement(1.0)
    side = "small" if off < 0 else "large"
    return Judgement(0.0, f"too {side} by more than a power of ten where lambda T is large")


problem_set.check(
    "reconstruct",
    observe="reconstruct(lam, T)",
    seconds=5,
    draw=draw_decay,
    draws=4,
    edges=[
        {"lam": 26.0, "T": 1.0},  # here the plain law 1e-9 exp(lambda T) is 40 times too large
        {"lam": 24.5, "T": 2.0},
        {"lam": 12.0, "T": 0.6},
        {"lam": -9.0, "T": 1.0},
        {"lam": 0.0, "T": 1.3},
    ],
    by=all_of(shaped(()), way_back),
    all_or_nothing=True,
)


# 6. The figure, judged by its data.


def draw_rates(rng: np.random.Generator) -> dict[str, Any]:
    T = rng.uniform(0.5, 2)
    return {"lams": np.sort(rng.uniform(3, 56, 7)) / T, "T": T}


def own_way_back(lams: np.ndarray, T: float, found: np.ndarray) -> np.ndarray:
    """What `measured` must show comes from this: the solution's values, or the student's own."""
    return found


def measured_line(value: Any, reference: Any, case: Any) -> Judgement:
    """The error of the way back at each lambda, to within a power of ten."""
    line = _labelled(value, "measured", case["lams"])
    if isinstance(line, str):
        return Judgement(0.0, line)
    if not np.all(line > 0):
        return Judgement(0.0, "an error is not positive: has the absolute value been taken?")
    off = np.log10(line) - np.log10(np.maximum(np.abs(reference - 1), 1e-16))
    right = np.abs(off) <= 1
    return Judgement(float(np.all(right)), "" if np.all(right) else "wrong order of magnitude")


def estimate_line(value: Any, _reference: Any, case: Any) -> Judgement:
    """The law 1e-9 exp(lambda T)."""
    line = _labelled(value, "estimate", case["lams"])
    if isinstance(line, str):
        return Judgement(0.0, line)
    law = 1e-9 * np.exp(case["lams"] * case["T"])
    right = np.all(np.abs(line / law - 1) <= 1e-6)
    return Judgement(float(right), "" if right else "the estimate is another curve")


def words_and_scales(value: Any, _reference: Any) -> Judgement:
    """Linear across, logarithmic up, both axes named."""
    if (getattr(value, "xscale", ""), getattr(value, "yscale", "")) != ("linear", "log"):
        return Judgement(0.0, "no Axes with a linear x axis and a logarithmic y axis was returned")
    across, up = value.xlabel.lower(), value.ylabel.lower()
    if not any(name in across for name in ("lam", "λ")):
        return Judgement(0.0, "the x axis is not named lambda")
    if "error" not in up:
        return Judgement(0.0, "the y axis is not named error")
    return Judgement(1.0)


def _labelled(plot: Any, label: str, lams: np.ndarray) -> Any:
    """The heights of the line with this label, in the order of lams; or what is wrong with it."""
    lines = [line for line in getattr(plot, "lines", ()) if label in line.label.lower()]
    if not lines:
        return f"no line labelled '{label}' was found in a returned Axes"
    x, y = lines[0].x, lines[0].y
    if x.shape != lams.shape or "c" in (x.dtype.kind, y.dtype.kind):
        return f"the line '{label}' does not have one point for each lambda"
    x, y = x.astype(float), y.astype(float)
    order = np.argsort(x)
    if not np.allclose(x[order], lams, rtol=1e-9, atol=0):
        return f"the points of the line '{label}' do not stand at the given lambdas"
    return y[order]


problem_set.check(
    "blow-up",
    observe="blow_up(lams, T)",
    carry={"found": "np.array([reconstruct(lam, T) for lam in lams], dtype=float)"},
    reference=own_way_back,
    seconds=5,
    draw=draw_rates,
    edges=[{"lams": np.array([5.0, 12.0, 21.0, 33.0, 47.0]), "T": 1.0}],
    parts={
        "measured": Part(by=measured_line, weight=2),
        "estimate": Part(by=estimate_line),
        "scales and words": Part(by=words_and_scales),
    },
)


# 7. The leaky network. Each check is a thought: the integral, the jumps, the state kept.


def draw_leaky(rng: np.random.Generator, lam: float, k: int) -> dict[str, Any]:
    d = int(rng.integers(2, 5))
    T = rng.uniform(0.5, 2)
    return {
        "lam": lam,
        "W": 1.5 * matrix(rng, d),
        "b": rng.normal(size=d) / 2,
        "y0": rng.normal(size=d),
        "times": T * np.sort(np.append(rng.uniform(0.1, 0.95, k - 1), 1.0)),
        "targets": rng.normal(size=(k, d)),
    }


def draw_once(rng: np.random.Generator) -> dict[str, Any]:
    return draw_leaky(rng, rng.uniform(0, 2), 1)


def draw_often(rng: np.random.Generator) -> dict[str, Any]:
    return draw_leaky(rng, rng.uniform(0, 2), int(rng.integers(2, 5)))


def draw_strong(rng: np.random.Generator) -> dict[str, Any]:
    case = draw_leaky(rng, 0.0, int(rng.integers(1, 4)))
    return case | {"lam": rng.uniform(35, 50) / case["times"][-1]}


THREE = items(NORMWISE, NORMWISE, NORMWISE)
PAIR = {
    "W": np.array([[0.0, 1.6], [-1.2, 0.4]]),
    "b": np.array([0.3, -0.1]),
    "y0": np.array([1.2, 0.6]),
}

problem_set.check(
    "node-gradient",
    part="one observation",
    observe="node_gradient(lam, W, b, y0, times, targets)",
    seconds=5,
    draw=draw_once,
    edges=[PAIR | {"lam": 0.0, "times": np.array([1.4]), "targets": np.array([[0.0, -0.5]])}],
    by=THREE,
)
problem_set.check(
    "node-gradient",
    part="several observations",
    observe="node_gradient(lam, W, b, y0, times, targets)",
    seconds=5,
    draw=draw_often,
    edges=[
        PAIR  # one of them at the very beginning
        | {
            "lam": 0.7,
            "times": np.array([0.0, 0.6, 1.8]),
            "targets": np.array([[0.0, 1.0], [0.5, 0.5], [-1.0, 0.2]]),
        }
    ],
    by=THREE,
)
problem_set.check(
    "node-gradient",
    part="a strong leak",
    observe="node_gradient(lam, W, b, y0, times, targets)",
    seconds=5,
    draw=draw_strong,
    edges=[PAIR | {"lam": 48.0, "times": np.array([1.0]), "targets": np.array([[0.4, -0.8]])}],
    by=THREE,
    all_or_nothing=True,
)
