"""D4 Distances between distributions: what is observed of each answer, and its judge.

Hidden ranges: up to 12 points a distribution, always shuffled; theta in [-2, 2], widths in
[0.5, 2], m in [-2, 2] and s in [0.5, 2]; points of the transport problem in 2 or 3 dimensions.
Where points must coincide (problem 2) they are multiples of one half, so that floats are equal.
Infinite and zero answers are easily had by a wrong formula, so such cases stand together with
ordinary ones under `all_or_nothing`.
A call takes milliseconds; the seconds allow for patient loops and end those that never stop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, exact, plot, shaped
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "wgan-4-distances",
    preload=["matplotlib.pyplot", "scipy.optimize", "scipy.special", "scipy.stats"],
    prelude="import numpy as np",
)

NEAR = close(rtol=1e-8, atol=1e-12)


def masses(rng: np.random.Generator, n: int) -> np.ndarray:
    """Masses of n points, none of them tiny."""
    raw = rng.uniform(0.1, 1, n)
    return np.asarray(raw / raw.sum())


# 1. Kullback-Leibler. The three parts are three thoughts: the sum, the zeros, the refusal.


def draw_same_points(rng: np.random.Generator) -> dict[str, Any]:
    n = int(rng.integers(2, 13))
    return {"p": masses(rng, n), "q": masses(rng, n)}


problem_set.check(
    "kl",
    part="all masses positive",
    weight=2,
    observe="kl(p, q)",
    seconds=3,
    draw=draw_same_points,
    draws=4,
    # a small but honest mass tells the right sum from one that adds an epsilon
    edges=[{"p": np.array([0.25, 0.75]), "q": np.array([1.0, 1e-30])}],
    by=NEAR,
    all_or_nothing=True,
)
problem_set.check(
    "kl",
    part="masses that are zero",
    weight=3,
    observe="kl(p, q)",
    seconds=3,
    edges=[
        {"p": np.array([0.0, 0.3, 0.7, 0.0]), "q": np.array([0.2, 0.5, 0.2, 0.1])},
        {"p": np.array([0.2, 0.5, 0.2, 0.1]), "q": np.array([0.0, 0.3, 0.7, 0.0])},
        {"p": np.array([0.6, 0.0, 0.4]), "q": np.array([0.9, 0.0, 0.1])},
        {"p": np.array([0.6, 0.0, 0.4]), "q": np.array([0.6, 0.4, 0.0])},
        {"p": np.array([0.0, 1.0]), "q": np.array([1.0, 0.0])},
        {"p": np.array([0.0, 1.0]), "q": np.array([0.0, 1.0])},
    ],
    by=NEAR,
    all_or_nothing=True,
)
problem_set.check(
    "kl",
    part="what is no distribution is refused",
    weight=1,
    observe="""
try:
    kl(p, q)
    outcome = "taken"
except ValueError:
    outcome = "refused"
outcome
""",
    seconds=3,
    edges=[
        {"p": np.array([0.5, 0.5, 0.0]), "q": np.array([0.333, 0.333, 0.333])},
        {"p": np.array([0.45, 0.45]), "q": np.array([0.5, 0.5])},
        {"p": np.array([0.5, 0.5]), "q": np.array([0.5, 0.500001])},
        {"p": np.array([0.7, 0.5, -0.2]), "q": np.array([0.3, 0.3, 0.4])},
        {"p": np.array([0.3, 0.3, 0.4]), "q": np.array([0.7, 0.5, -0.2])},
        # ten tenths do not sum to one exactly
        {"p": np.full(10, 0.1), "q": np.array([0.05, 0.15] * 5)},
    ],
    by=exact(),
    all_or_nothing=True,
)


# 2. Shuffled supports. The draws have one support inside the other, either way round.


def draw_nested(rng: np.random.Generator) -> dict[str, Any]:
    large = rng.permutation(np.arange(-8, 9) / 2)[: int(rng.integers(6, 13))]
    small = rng.permutation(large)[: int(rng.integers(3, len(large)))]
    x, y = (small, large) if rng.random() < 0.5 else (large, small)
    return {"x": x, "p": masses(rng, len(x)), "y": y, "q": masses(rng, len(y))}


problem_set.check(
    "divergences",
    observe="tuple(float(value) for value in divergences(x, p, y, q))",
    seconds=3,
    draw=draw_nested,
    draws=5,
    edges=[
        {  # the same points in another order: both directions are finite
            "x": np.array([1.5, -1.0, 3.0, 0.5]),
            "p": np.array([0.1, 0.2, 0.3, 0.4]),
            "y": np.array([0.5, 1.5, -1.0, 3.0]),
            "q": np.array([0.3, 0.3, 0.2, 0.2]),
        },
        {  # no point in common
            "x": np.array([2.0, -2.0]),
            "p": np.array([0.7, 0.3]),
            "y": np.array([1.0, 0.0, -1.0]),
            "q": np.array([0.2, 0.5, 0.3]),
        },
        {  # each has a point of its own, and they share one
            "x": np.array([2.0, 0.5, 1.0]),
            "p": np.array([0.2, 0.3, 0.5]),
            "y": np.array([-1.0, 2.0]),
            "q": np.array([0.6, 0.4]),
        },
        {  # a point without mass is not in the support
            "x": np.array([2.0, 0.5, 1.0]),
            "p": np.array([0.4, 0.0, 0.6]),
            "y": np.array([1.0, 2.0]),
            "q": np.array([0.8, 0.2]),
        },
        {  # repeated points
            "x": np.array([1.0, 0.0, 1.0, 2.0, 1.0]),
            "p": np.array([0.1, 0.3, 0.2, 0.2, 0.2]),
            "y": np.array([2.0, 1.0, 0.0, 2.0]),
            "q": np.array([0.25, 0.25, 0.25, 0.25]),
        },
    ],
    parts={
        "KL(P || Q)": Part(at=0, by=NEAR, all_or_nothing=True),
        "KL(Q || P)": Part(at=1, by=NEAR, all_or_nothing=True),
        "JS": Part(at=2, by=NEAR, all_or_nothing=True),
        "TV": Part(at=3, by=NEAR, all_or_nothing=True),
    },
)


# 3. W1 on the line.


def draw_on_the_line(rng: np.random.Generator) -> dict[str, Any]:
    n = int(rng.integers(3, 13))
    m = n + int(rng.integers(1, 5)) if n < 8 else n - int(rng.integers(1, 5))
    return {
        "x": rng.uniform(-3, 3, n),
        "p": masses(rng, n),
        "y": rng.uniform(-3, 3, m),
        "q": masses(rng, m),
    }


problem_set.check(
    "w1",
    part="scattered points",
    weight=3,
    observe="w1(x, p, y, q)",
    seconds=3,
    draw=draw_on_the_line,
    draws=4,
    by=NEAR,
)
problem_set.check(
    "w1",
    part="special cases",
    weight=1,
    observe="w1(x, p, y, q)",
    seconds=3,
    edges=[
        {  # repeated points, and a mass of zero far out
            "x": np.array([2.0, 0.0, 2.0, 50.0]),
            "p": np.array([0.25, 0.5, 0.25, 0.0]),
            "y": np.array([0.0, 3.0, 0.0]),
            "q": np.array([0.125, 0.75, 0.125]),
        },
        {  # the same distribution in another order
            "x": np.array([1.0, -2.0, 0.5]),
            "p": np.array([0.2, 0.3, 0.5]),
            "y": np.array([0.5, 1.0, -2.0]),
            "q": np.array([0.5, 0.2, 0.3]),
        },
        {
            "x": np.array([-1.25]),
            "p": np.array([1.0]),
            "y": np.array([0.5]),
            "q": np.array([1.0]),
        },
        {  # equal means, and far apart
            "x": np.array([100.0, -100.0]),
            "p": np.array([0.5, 0.5]),
            "y": np.array([1.0, -1.0, 0.0]),
            "q": np.array([0.25, 0.25, 0.5]),
        },
    ],
    by=NEAR,
    all_or_nothing=True,
)


# 4. The monotone plan: any coupling earns a third, the right one all.


def table_of_masses(p: np.ndarray, q: np.ndarray, **_others: Any) -> tuple[int, int]:
    return (len(p), len(q))


def right_sums(atol: float) -> Any:
    """A coupling: no mass is negative, rows sum to p and columns to q."""

    def judge(value: Any, _reference: Any, case: Any) -> Judgement:
        plan = np.asarray(value, dtype=float)
        if not np.all(plan >= -atol):
            return Judgement(0.0, "a mass of the plan is negative")
        if not np.all(np.abs(plan.sum(axis=1) - case["p"]) <= atol):
            return Judgement(0.0, "the rows of the plan do not sum to p")
        if not np.all(np.abs(plan.sum(axis=0) - case["q"]) <= atol):
            return Judgement(0.0, "the columns of the plan do not sum to q")
        return Judgement(1.0)

    return judge


problem_set.check(
    "monotone-plan",
    observe="monotone_plan(x, p, y, q)",
    seconds=2,
    draw=draw_on_the_line,
    draws=4,
    edges=[
        {  # marks that fall together, a shared point, a mass of zero
            "x": np.array([3.0, 0.0, 1.0, 2.0]),
            "p": np.array([0.4, 0.1, 0.0, 0.5]),
            "y": np.array([2.0, 5.0, -1.0, 4.0]),
            "q": np.array([0.5, 0.3, 0.1, 0.1]),
        },
        {
            "x": np.array([0.75]),
            "p": np.array([1.0]),
            "y": np.array([1.0, -2.0, 0.0]),
            "q": np.array([0.2, 0.3, 0.5]),
        },
    ],
    parts={
        "sums": Part(by=all_of(shaped(table_of_masses), right_sums(1e-9))),
        "monotone": Part(by=close(atol=1e-10, integer_ok=True), weight=2),
    },
)


# 5. Shifted intervals, and point masses where the width is zero.


def shifted_reference(theta: float, w: float) -> tuple[float, ...]:
    """By the share that the intervals have in common, in place of the share outside."""
    if theta == 0:
        return (0.0,) * 5
    common = max(w - abs(theta), 0) / w if w > 0 else 0.0
    return (np.inf, np.inf, (1 - common) * np.log(2), 1 - common, abs(theta))


def draw_shift(rng: np.random.Generator) -> dict[str, Any]:
    return {"theta": rng.uniform(-2, 2), "w": rng.uniform(0.5, 2)}


problem_set.check(
    "shifted",
    observe="tuple(float(value) for value in shifted(theta, w))",
    seconds=3,
    draw=draw_shift,
    draws=4,
    edges=[
        {"theta": -0.35, "w": 1.0},
        {"theta": 1.9, "w": 0.6},
        {"theta": -1.75, "w": 1.25},
        {"theta": 1e-3, "w": 2.0},
        {"theta": 0.0, "w": 0.7},
        {"theta": -0.8, "w": 0.0},
        {"theta": 0.0, "w": 0.0},
    ],
    reference=shifted_reference,
    parts={
        "KL(P || Q)": Part(at=0, by=close(rtol=1e-8), all_or_nothing=True),
        "KL(Q || P)": Part(at=1, by=close(rtol=1e-8), all_or_nothing=True),
        "JS": Part(at=2, by=close(rtol=1e-8), weight=2, all_or_nothing=True),
        "TV": Part(at=3, by=close(rtol=1e-8), weight=2, all_or_nothing=True),
        "W1": Part(at=4, by=close(rtol=1e-8), weight=2, all_or_nothing=True),
    },
)


# 6. The figure, judged by its data.


def draw_figure(rng: np.random.Generator) -> dict[str, Any]:
    return {"thetas": np.sort(rng.uniform(-2, 2, 14)), "w": rng.uniform(0.5, 2)}


def words(value: Any, _reference: Any) -> Judgement:
    """Axes are named as asked, scales are linear, the legend names the three lines."""
    if (getattr(value, "xscale", ""), getattr(value, "yscale", "")) != ("linear", "linear"):
        return Judgement(0.0, "no Axes with linear scales was returned")
    across, up = value.xlabel.lower(), value.ylabel.lower()
    if "theta" not in across and "θ" not in across:
        return Judgement(0.0, "the x axis is not named theta")
    if "distance" not in up:
        return Judgement(0.0, "the y axis is not named distance")
    if not {"JS", "TV", "W1"} <= {text.strip() for text in value.legend}:
        return Judgement(0.0, "the legend does not name JS, TV and W1")
    return Judgement(1.0)


def values_of(thetas: np.ndarray, w: float, values: np.ndarray) -> np.ndarray:
    """What the lines must show: the solution's JS, TV and W1, or the student's own."""
    return values


LINES = plot(atol=1e-8, legend=True, extra_ok=True, elementwise=True)


def three_lines(value: Any, reference: Any, case: Any) -> Judgement:
    columns = zip(reference.T, ("JS", "TV", "W1"), strict=True)
    wanted = Plot(tuple(PlotLine(case["thetas"], y, name) for y, name in columns))
    return LINES(value, wanted)


problem_set.check(
    "distance-curves",
    observe="distance_curves(thetas, w)",
    carry={"values": "np.array([shifted(theta, w)[2:] for theta in thetas], dtype=float)"},
    reference=values_of,
    seconds=5,
    draw=draw_figure,
    edges=[
        {"thetas": np.array([-1.1, -0.2, 0.0, 0.1, 1.7]), "w": 0.0},
        {"thetas": np.array([-0.4, 0.0, 0.9, 1.2]), "w": 0.8},
    ],
    parts={
        "lines": Part(by=three_lines, weight=3),
        "words": Part(by=words),
    },
)


# 7. Two Gaussians.


def draw_gaussians(rng: np.random.Generator) -> dict[str, Any]:
    """Neither the shift nor the spread is small beside the other: W1 would be the larger one."""
    widths = rng.permutation([rng.uniform(0.5, 1.1), rng.uniform(1.3, 2)])
    shift = rng.choice([-1, 1]) * rng.uniform(0.3, 1.5) * abs(widths[0] - widths[1])
    centre = rng.uniform(-0.8, 0.8)
    return {
        "m1": centre + shift / 2,
        "s1": float(widths[0]),
        "m2": centre - shift / 2,
        "s2": float(widths[1]),
    }


problem_set.check(
    "gauss-w1",
    part="both differ",
    weight=3,
    observe="gauss_w1(m1, s1, m2, s2)",
    seconds=3,
    draw=draw_gaussians,
    draws=4,
    by=close(rtol=1e-5),
)
problem_set.check(
    "gauss-w1",
    part="special cases",
    weight=1,
    observe="gauss_w1(m1, s1, m2, s2)",
    seconds=3,
    edges=[
        {"m1": 1.2, "s1": 0.8, "m2": -0.3, "s2": 0.8},
        {"m1": -0.7, "s1": 1.9, "m2": -0.7, "s2": 0.6},
        {"m1": 0.9, "s1": 1.3, "m2": 0.9, "s2": 1.3},
        {"m1": 0.0, "s1": 0.5, "m2": 0.4, "s2": 2.0},
        {"m1": 1.5, "s1": 1.0, "m2": -1.5, "s2": 1.01},
    ],
    by=close(rtol=1e-5, atol=1e-12),
    all_or_nothing=True,
)


# 8. The linear program. The plan need not be unique: judged are its sums and its cost.


def draw_clouds(rng: np.random.Generator) -> dict[str, Any]:
    n, m = (int(size) for size in rng.choice(np.arange(4, 11), 2, replace=False))
    d = int(rng.integers(2, 4))
    return {
        "X": rng.normal(size=(n, d)),
        "p": masses(rng, n),
        "Y": rng.normal(size=(m, d)) + rng.uniform(-1, 1, d),
        "q": masses(rng, m),
    }


def as_cheap_as_the_best(value: Any, reference: Any, case: Any) -> Judgement:
    ways = np.linalg.norm(case["X"][:, None] - case["Y"], axis=2)
    cost, least = float(np.sum(value * ways)), float(np.sum(reference * ways))
    if cost <= least + max(2e-6 * least, 1e-6):
        return Judgement(1.0)
    return Judgement(0.0, "the plan is a coupling, but not an optimal one")


SIXTH, SLOPE = np.ones(6) / 6, np.arange(1, 7) / 21
CORNERS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 1.0], [1.0, 3.0], [4.0, 4.0]])

problem_set.check(
    "transport",
    observe="""
distance, plan = transport(X, p, Y, q)
(float(distance), np.asarray(plan, dtype=float))
""",
    seconds=5,
    draw=draw_clouds,
    draws=4,
    edges=[
        # the same cloud in another order
        {"X": CORNERS, "p": SIXTH, "Y": CORNERS[[3, 5, 0, 1, 4, 2]], "q": SIXTH},
        # and moved by a vector: the numeric instance of the second part of the proof
        {
            "X": CORNERS,
            "p": SLOPE,
            "Y": CORNERS[[2, 0, 4, 5, 1, 3]] + np.array([-0.6, 0.8]),
            "q": SLOPE[[2, 0, 4, 5, 1, 3]],
        },
        # on the line, where every plan that never crosses is optimal
        {
            "X": np.array([[0.0], [1.0], [-2.0]]),
            "p": np.array([0.2, 0.3, 0.5]),
            "Y": np.array([[3.0], [-3.5], [0.5]]),
            "q": np.array([0.25, 0.2, 0.55]),
        },
    ],
    parts={
        "distance": Part(at=0, by=close(rtol=1e-6, atol=1e-7), all_or_nothing=True),
        "plan": Part(
            at=1,
            by=all_of(shaped(table_of_masses), right_sums(1e-6), as_cheap_as_the_best),
            all_or_nothing=True,
        ),
    },
)
