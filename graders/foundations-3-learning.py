"""G3 Learning as optimisation: what is observed of each answer, and what it is judged against.

Hidden ranges: 3 to 12 dimensions, up to 60 points; lam in [0.1, 3] in the draws and down to 1e-3 in
the edges; kernels of height 0.4 to 3 and width 0.5 to 2; condition numbers 5 to 50 where gradient
descent runs, up to 1e6 where only its rate is asked for; 20 to 500 steps.
Labels, directions and spectra are random; where an answer hangs on an exact tie (quasi-separable
data, zero eigenvalues) the case is built, so that the tie is exact or at rounding.
Truth values and names are easily guessed one by one, so their cases stand under `all_or_nothing`.
A call takes milliseconds; the seconds allow for patient loops and end those that never stop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from dfl_grading import Judgement, Part, ProblemSet, close, curve, exact, items
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "foundations-3-learning",
    preload=["matplotlib.pyplot", "scipy.optimize", "scipy.special"],
    prelude="import numpy as np",
)

NUMBER = close(rtol=1e-8)
WHOLE = close(rtol=1e-8, normwise=True)


def rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    return np.asarray(np.linalg.qr(rng.normal(size=(d, d)))[0])


def with_spectrum(rng: np.random.Generator, eigenvalues: Any) -> np.ndarray:
    """A symmetric matrix with these eigenvalues and a random basis."""
    basis = rotation(rng, len(eigenvalues))
    matrix = (basis * np.asarray(eigenvalues)) @ basis.T
    return np.asarray((matrix + matrix.T) / 2)


# 1. The loss and its gradient. Far scores tell a stable formula from one that is right on paper.


def draw_classes(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 13))
    n = int(rng.integers(3 * d, 5 * d))
    X = rng.normal(size=(n, d)) + 0.3
    truth = rng.normal(size=d)
    y = (rng.random(n) < expit(X @ truth)).astype(float)
    return {"X": X, "y": y, "lam": rng.uniform(0.1, 3)}


def draw_loss(rng: np.random.Generator) -> dict[str, Any]:
    case = draw_classes(rng)
    return {"w": rng.normal(size=case["X"].shape[1]), **case}


FAR_SCORES: list[dict[str, Any]] = [
    {"w": w, "X": X, "y": y, "lam": lam}
    for X in [np.array([[1.0, 0.5, -0.25], [-1.0, 0.25, 0.5], [1.0, -0.5, 0.5]])]
    for w, y, lam in [
        (np.array([40.0, 2.0, -6.0]), np.array([1.0, 0.0, 1.0]), 0.0),  # right, by about 40
        (np.array([2000.0, -100.0, 50.0]), np.array([0.0, 1.0, 0.0]), 0.0),  # wrong by thousands
        (np.array([-900.0, 70.0, 20.0]), np.array([1.0, 1.0, 1.0]), 0.5),
    ]
]

problem_set.check(
    "logistic-loss",
    part="loss",
    weight=2,
    observe="logistic_loss(w, X, y, lam)[0]",
    draw=draw_loss,
    draws=4,
    by=NUMBER,
)
problem_set.check(
    "logistic-loss",
    part="gradient",
    weight=2,
    observe="logistic_loss(w, X, y, lam)[1]",
    draw=draw_loss,
    draws=4,
    by=WHOLE,
)
problem_set.check(
    "logistic-loss",
    part="points far on either side",
    weight=1,
    observe="logistic_loss(w, X, y, lam)[0], logistic_loss(w, X, y, lam)[1]",
    edges=FAR_SCORES,
    by=items(NUMBER, WHOLE),
    all_or_nothing=True,
)


# 2. The minimiser. Three parts: ordinary data, data that are too easy, data that fool full steps.


def easy_data(kind: str) -> dict[str, Any]:
    rng = np.random.default_rng(len(kind))
    X = rng.normal(size=(30, 4))
    if kind == "separable":
        return {"X": X, "y": (X @ [1.0, -2.0, 0.5, 1.0] > 0).astype(float), "lam": 1e-3}
    if kind == "one class":
        ones = np.column_stack([np.ones(30), X])
        return {"X": ones, "y": np.ones(30), "lam": 0.02}
    # fewer points than dimensions, and one feature twice
    wide = rng.normal(size=(5, 8))
    wide[:, 7] = wide[:, 0]
    return {"X": wide, "y": np.array([1.0, 0.0, 0.0, 1.0, 1.0]), "lam": 0.01}


def far_out_data(seed: int) -> dict[str, Any]:
    """A few points a hundred times farther out than the rest: full Newton steps run in circles."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 6))
    n = int(rng.integers(10, 40))
    X = rng.normal(size=(n, d))
    k = int(rng.integers(1, 4))
    X[:k] *= rng.choice([10, 30, 100, 300])
    lam = float(rng.choice([1e-3, 1e-2, 0.1]))
    truth = rng.normal(size=d)
    y = (rng.random(n) < expit(X @ truth)).astype(float)
    if rng.random() < 0.5:
        y[:k] = 1 - y[:k]
    return {"X": X, "y": y, "lam": lam}


FITTED = close(rtol=1e-6, normwise=True)

problem_set.check(
    "irls",
    part="classes that overlap",
    weight=2,
    observe="irls(X, y, lam)",
    seconds=4,
    draw=draw_classes,
    draws=4,
    by=FITTED,
)
problem_set.check(
    "irls",
    part="data that are too easy",
    weight=1,
    observe="irls(X, y, lam)",
    seconds=4,
    edges=[easy_data(kind) for kind in ("separable", "one class", "wide")],
    by=FITTED,
)
problem_set.check(
    "irls",
    part="far-out points",
    weight=1,
    observe="irls(X, y, lam)",
    seconds=4,
    edges=[far_out_data(seed) for seed in (13, 621, 1127)],
    by=FITTED,
)


# 3. Is there a minimum? Both answers occur among draws and edges.


def draw_labels(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 6))
    n = int(rng.integers(4 * d, 8 * d))
    X = rng.normal(size=(n, d))
    score = X @ rng.normal(size=d)
    X, score = X[np.abs(score) > 0.1], score[np.abs(score) > 0.1]
    y = (score > 0).astype(float)
    if rng.random() < 0.5:
        wrong = rng.permutation(len(y))[: len(y) // 3]
        y[wrong] = 1 - y[wrong]
    return {"X": X, "y": y}


GRID = np.array([[a, b, 1.0] for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)])
SIDE = (GRID[:, 0] > 0).astype(float)
MIXED = np.where(GRID[:, 0] == 0, GRID[:, 1] > 0, GRID[:, 0] > 0).astype(float)
CROSSED = (GRID[:, 0] * GRID[:, 1] > 0).astype(float)
TWICE = np.column_stack([GRID, GRID[:, 0], GRID[:, 1] - GRID[:, 2]])

LABELLED: list[dict[str, Any]] = [
    {"X": GRID, "y": SIDE},  # separable
    {"X": 0.01 * GRID, "y": SIDE},  # still so
    {"X": GRID - [1.0, 0.0, 1.0], "y": 1 - SIDE},  # without an intercept, the other way round
    # quasi-separable: on the line between the classes both occur, in the order + - +
    {"X": GRID, "y": np.where(GRID[:, 0] == 0, GRID[:, 1] != 0, GRID[:, 0] > 0).astype(float)},
    {"X": GRID, "y": MIXED},  # separable by an oblique line
    {"X": GRID, "y": CROSSED},  # overlap
    {"X": TWICE, "y": CROSSED},  # overlap, and weights that do nothing
    {"X": GRID[:, :2], "y": np.ones(9)},  # one class all round the origin: a minimum
    {"X": GRID, "y": np.ones(9)},  # one class and an intercept: none
    {"X": np.zeros((4, 3)), "y": np.array([0.0, 1.0, 1.0, 0.0])},  # nothing to learn from
    {"X": np.eye(3), "y": np.array([0.0, 1.0, 0.0])},  # as many points as dimensions
    {"X": np.vstack([np.eye(3), np.eye(3)]), "y": np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])},
    # one point of an overlap is moved to one side, in a direction of its own
    {
        "X": np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]]),
        "y": np.array([1.0, 0, 1, 1]),
    },
]

problem_set.check(
    "has-minimum",
    observe="has_minimum(X, y)",
    seconds=3,
    draw=draw_labels,
    draws=8,
    edges=LABELLED,
    by=exact(),
    all_or_nothing=True,
)


# 4. Kernel ridge regression. For kernels with few features the reference never sees a kernel.


def draw_regression(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 7))
    n = int(rng.integers(8, 25))
    return {
        "X": rng.normal(size=(n, d)),
        "y": rng.normal(size=n) + 1,
        "lam": rng.uniform(0.05, 2),
        # as many new points as old ones: the wrong index of k is then no error
        "X_new": rng.normal(size=(n, d)),
        "height": rng.uniform(1.3, 3) if rng.random() < 0.5 else rng.uniform(0.4, 0.7),
    }


def draw_gaussian(rng: np.random.Generator) -> dict[str, Any]:
    return {**draw_regression(rng), "width": rng.uniform(0.5, 2)}


def ridge_answer(features: Any, y: Any, lam: float, features_new: Any) -> tuple[np.ndarray, float]:
    """Ridge regression on explicit features, by least squares with extra rows."""
    d = features.shape[1]
    rows = np.vstack([features, np.sqrt(lam) * np.eye(d)])
    weights = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(d)]), rcond=None)[0]
    return features_new @ weights, float(weights @ weights)


def quadratic_answer(
    X: Any, y: Any, lam: float, X_new: Any, height: float
) -> tuple[np.ndarray, float]:
    """The features of height^2 (1 + a.b)^2: constant, linear and all products of two."""

    def features(A: np.ndarray) -> np.ndarray:
        products = (A[:, :, None] * A[:, None, :]).reshape(len(A), -1)
        return height * np.hstack([np.ones((len(A), 1)), np.sqrt(2) * A, products])

    return ridge_answer(features(X), y, lam, features(X_new))


def gaussian_answer(
    X: Any, y: Any, lam: float, X_new: Any, height: float, width: float
) -> tuple[np.ndarray, float]:
    """By features of its own making: the eigenvectors of the kernel on all points together."""
    points = np.vstack([X, X_new])
    squares = np.sum((points[:, None] - points[None]) ** 2, axis=-1)
    values, vectors = np.linalg.eigh(height**2 * np.exp(-squares / (2 * width**2)))
    features = vectors * np.sqrt(np.maximum(values, 0))
    return ridge_answer(features[: len(X)], y, lam, features[len(X) :])


def regression_parts(predictions: float, norm: float) -> dict[str, Part]:
    return {
        "predictions": Part(at=0, by=close(rtol=1e-8, normwise=True), weight=predictions),
        "norm": Part(at=1, by=close(rtol=1e-8), weight=norm),
    }


QUADRATIC = "lambda A, B: height**2 * (1 + A @ B.T) ** 2"
GAUSSIAN = """
def gaussian(A, B):
    squares = np.sum((A[:, None, :] - B[None, :, :]) ** 2, axis=-1)
    return height**2 * np.exp(-squares / (2 * width**2))


kernel_ridge(X, y, gaussian, lam, X_new)
"""
REPEATED = np.array([[0.5, 1.0, -1.0]] * 3 + [[-1.0, 0.0, 0.5]])

problem_set.check(
    "kernel-ridge",
    observe=GAUSSIAN,
    seconds=3,
    draw=draw_gaussian,
    draws=4,
    edges=[
        {
            "X": REPEATED,
            "y": np.array([1.0, 2.0, 2.0, -1.0]),
            "lam": 0.05,
            "X_new": np.array([[0.0, 0.5, 0.0], [0.5, 1.0, -1.0]]),
            "height": 2.2,
            "width": 0.8,
        }
    ],
    reference=gaussian_answer,
    parts={f"Gaussian kernel: {name}": part for name, part in regression_parts(2.0, 1.0).items()},
)
for name, part in (("predictions", 2.0), ("norm", 1.0)):
    problem_set.check(
        "kernel-ridge",
        part=f"kernel that is not constant on the diagonal: {name}",
        weight=part,
        observe=f"kernel_ridge(X, y, {QUADRATIC}, lam, X_new)[{0 if name == 'predictions' else 1}]",
        seconds=3,
        draw=draw_regression,
        reference=(
            (lambda **case: quadratic_answer(**case)[0])
            if name == "predictions"
            else (lambda **case: quadratic_answer(**case)[1])
        ),
        by=close(rtol=1e-8, normwise=True),
    )


# 5. The best fixed step, from the spectrum that the matrix was made with.


def draw_definite(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 13))
    low = rng.uniform(0.1, 2)
    return {"H": with_spectrum(rng, rng.uniform(low, low * rng.uniform(5, 50), size=d))}


def step_answer(H: np.ndarray) -> tuple[float, float]:
    """From the norms of H and of its inverse: no eigenvalue is computed."""
    high = float(np.linalg.norm(H, 2))
    low = 1 / float(np.linalg.norm(np.linalg.inv(H), 2))
    kappa = high / low
    return 2 / (high + low), (kappa - 1) / (kappa + 1)


problem_set.check(
    "best-step",
    observe="best_step(H)",
    seconds=3,
    draw=draw_definite,
    draws=4,
    edges=[
        {"H": 2.5 * np.eye(4)},
        {"H": np.array([[0.3]])},
        {"H": np.diag([1e6, 1.0, 20.0])},
        {"H": np.array([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]])},
    ],
    reference=step_answer,
    parts={
        "step": Part(at=0, by=close(rtol=1e-8), all_or_nothing=True),
        "rate": Part(at=1, by=close(rtol=1e-8, atol=1e-10), all_or_nothing=True),
    },
)


# 6. The descent, against its closed form in the eigenbasis.


def draw_descent(rng: np.random.Generator, *, best: bool = True) -> dict[str, Any]:
    """A quadratic, a step, and so many steps that the gap falls by about 1e-12."""
    d = int(rng.integers(3, 13))
    low = rng.uniform(0.3, 2)
    kappa = rng.uniform(8, 40)
    inner = low * (1 + (kappa - 1) * rng.uniform(0.1, 0.9, d - 2))
    H = with_spectrum(rng, np.concatenate([[low, low * kappa], inner]))
    step = 2 / (low * (1 + kappa)) * (1 if best else rng.uniform(0.5, 0.9))
    rate = max(abs(1 - step * low), abs(1 - step * low * kappa))
    return {
        "H": H,
        "b": 10 * rng.normal(size=d),
        "x0": rng.normal(size=d),
        "step": step,
        "steps": 2 * round(0.5 * np.log(1e-12) / (2 * np.log(rate))),
    }


def draw_shorter(rng: np.random.Generator) -> dict[str, Any]:
    return draw_descent(rng, best=False)


def descent_answer(
    H: np.ndarray, b: np.ndarray, x0: np.ndarray, step: float, steps: int
) -> tuple[np.ndarray, float]:
    values, vectors = np.linalg.eigh(H)
    start = vectors.T @ (x0 - np.linalg.solve(H, b))
    k = np.arange(steps + 1)[:, None]
    gaps = np.sum(values * start**2 * (1 - step * values) ** (2 * k), axis=1) / 2
    return gaps, float((gaps[-1] / gaps[steps // 2]) ** (1 / steps))


DIVERGES = {
    "H": np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]]),
    "b": np.array([1.0, -2.0, 0.0]),
    "x0": np.array([0.3, 0.1, -2.0]),
    "step": 0.7,
    "steps": 30,
}
MEASURED = {
    "gaps": Part(at=0, by=close(rtol=1e-6), weight=1),
    "measured rate": Part(at=1, by=close(rtol=1e-6), weight=1),
}

problem_set.check(
    "descend",
    observe="descend(H, b, x0, step, steps)",
    seconds=4,
    draw=draw_descent,
    edges=[DIVERGES],
    reference=descent_answer,
    parts={f"best step: {name}": part for name, part in MEASURED.items()},
)
problem_set.check(
    "descend",
    part="another step: measured rate",
    observe="descend(H, b, x0, step, steps)[1]",
    seconds=4,
    draw=draw_shorter,
    reference=lambda **case: descent_answer(**case)[1],
    by=close(rtol=1e-6),
)


# 7. The picture. Losses are compared by their logarithms: eight decades count alike.


def draw_picture(rng: np.random.Generator) -> dict[str, Any]:
    case = draw_descent(rng)
    steps = 2 * round(case["steps"] / 3)
    return {"H": case["H"], "b": case["b"], "x0": case["x0"], "steps": steps}


def measured_line(
    H: Any, b: Any, x0: Any, steps: int, best: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(steps + 1.0), descent_answer(H, b, x0, best[0], steps)[0]


def predicted_line(
    H: Any, b: Any, x0: Any, steps: int, best: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    k, gaps = measured_line(H, b, x0, steps, best)
    return k, gaps[0] * best[1] ** (2 * k)


def logarithmic(label: str) -> Any:
    """A comparer of one line's logarithms: 1 % is 0.0043 of a decade."""
    by = curve(label=label, atol=0.0043)

    def judge(value: Any, reference: Any) -> Judgement:
        if type(value) is not Plot:
            return by(value, reference)
        with np.errstate(all="ignore"):
            logs = tuple(
                PlotLine(line.x, np.log10(line.y.astype(float)), label=line.label)
                for line in value.lines
                if line.y.dtype.kind in "iuf"
            )
            return by(Plot(lines=logs), (reference[0], np.log10(reference[1])))

    return judge


def words_and_scales(value: Any, _reference: Any) -> Judgement:
    """A logarithmic scale up, a linear one across, both axes named."""
    if type(value) is not Plot or not value.lines:
        return Judgement(0.0, "no Axes with a line was returned")
    if value.yscale != "log":
        return Judgement(0.0, "the scale of the losses is not logarithmic")
    if value.xscale != "linear":
        return Judgement(0.0, "the scale of the steps is not linear")
    named = "step" in value.xlabel.lower() and "loss" in value.ylabel.lower()
    return Judgement(float(named), "" if named else "an axis has no such name")


SMALL = {
    "H": np.diag([0.5, 4.0, 1.0]),
    "b": np.array([1.0, 0.0, -3.0]),
    "x0": np.array([0.0, 2.0, 1.0]),
    "steps": 12,
}

for label, line in (("measured", measured_line), ("predicted", predicted_line)):
    problem_set.check(
        "rate-plot",
        part=f"the {label} line",
        weight=2,
        observe="rate_plot(H, b, x0, steps)",
        seconds=4,
        draw=draw_picture,
        edges=[SMALL],
        carry={"best": "best_step(H)"},  # a wrong step was paid for in problem 5
        reference=line,
        by=logarithmic(label),
    )
problem_set.check(
    "rate-plot",
    part="scales and names",
    weight=1,
    observe="rate_plot(H, b, x0, steps)",
    seconds=4,
    edges=[SMALL],
    reference=None,
    by=words_and_scales,
)


# 8. The kind of a critical point: every kind, both parities of the index, scales 1e-8 to 1e6.


def draw_hessian(rng: np.random.Generator) -> dict[str, Any]:
    d = int(rng.integers(3, 13))
    signs = rng.choice([-1.0, 1.0], size=d)
    return {"H": with_spectrum(rng, signs * rng.uniform(0.1, 3, size=d))}


def hessian(*eigenvalues: float, scale: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(len(eigenvalues))
    return {"H": with_spectrum(rng, scale * np.array(eigenvalues))}


HESSIANS = [
    hessian(0.5, 1.0, 2.0, 0.7),  # minimum
    hessian(-0.5, -1.0, -2.0, -0.7),  # maximum, and the determinant is positive
    hessian(-0.5, -1.0, -2.0),
    hessian(-0.5, -1.0, 2.0, 3.0),  # saddle with a positive determinant
    hessian(-0.5, 1.0, 2.0, 3.0, 1.5),
    hessian(0.0, -1.0, 2.0, 3.0),  # both signs and a zero: degenerate by the tie rule
    hessian(0.0, 0.0, -1.0, -2.0, 4.0, 0.3),
    hessian(0.0, 1.0, 2.0),
    hessian(0.0, -1.0, -2.0, -3.0, -0.2),
    hessian(1.0, 0.5, 2.0, scale=1e-11),  # an absolute bound would call these zero
    hessian(-1.0, 0.5, 2.0, 1e-6, scale=1e-8),
    hessian(1.0, 1e-6, 3.0, 2.0),  # flat, but not zero
    hessian(0.0, 1.0, -2.0, 0.4, scale=1e8),  # rounding leaves a zero at 1e-8
    {"H": np.zeros((5, 5))},
    {"H": np.array([[-2.0]])},
]

problem_set.check(
    "classify",
    observe="classify(H)",
    seconds=1,
    draw=draw_hessian,
    draws=4,
    edges=HESSIANS,
    parts={
        "kind": Part(at=0, by=exact(), weight=3, all_or_nothing=True),
        "index": Part(at=1, by=exact(), weight=1, all_or_nothing=True),
    },
)
