"""B3 Kernelized Stein discrepancy: what is observed of each answer, and what it is judged against.

Hidden ranges: m in [-2, 2], s and h in [0.5, 2], n in [5, 100]; edges with n = 2, repeated points,
five dimensions and very large bandwidths.
Scores are given as text in the observation, since a function is no plain data: of a normal
distribution with a full precision matrix, of a mixture, and of a density with heavy tails. A
kernel that has -x built in fails on each of them.
The stochastic checks state their bounds where they stand. Nothing takes more than 0.3 s.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from scipy.stats import binom

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, plot, shaped
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "svgd-3-kernelized-stein-discrepancy",
    preload=["matplotlib.pyplot"],
    prelude="""
import numpy as np


def normal_of(centre, precision):
    return lambda x: -(x - centre) @ precision


def mixture_of(a, b, weight):
    # weight N(a, 1) + (1 - weight) N(b, 1), on the line
    def score(x):
        first = weight * np.exp(-((x - a) ** 2) / 2)
        second = (1 - weight) * np.exp(-((x - b) ** 2) / 2)
        return ((a - x) * first + (b - x) * second) / (first + second)

    return score


def student_of(dof):
    return lambda x: -(dof + x.shape[1]) * x / (dof + np.sum(x**2, axis=1, keepdims=True))
""",
)

Case = dict[str, Any]


# 1. The Stein kernel: two different sets of points, so that an exchange of x and y is seen.


def draw_normal_target(rng: np.random.Generator, d: int) -> Case:
    root = rng.normal(size=(d, d))
    return {"centre": rng.uniform(-1, 1, d), "precision": root @ root.T / d + 0.5 * np.eye(d)}


def draw_two_clouds(rng: np.random.Generator) -> Case:
    d = int(rng.integers(2, 5))
    return {
        "X": rng.normal(size=(int(rng.integers(5, 9)), d)) + rng.uniform(-1, 1, d),
        "Y": rng.normal(size=(int(rng.integers(9, 13)), d)) + rng.uniform(-1, 1, d),
        "h": rng.uniform(0.5, 2),
        **draw_normal_target(rng, d),
    }


def draw_two_mixtures(rng: np.random.Generator) -> Case:
    return {
        "X": rng.normal(size=(int(rng.integers(5, 9)), 1)) * 1.5,
        "Y": rng.normal(size=(int(rng.integers(9, 13)), 1)) * 1.5,
        "h": rng.uniform(0.5, 2),
        "a": rng.uniform(-2, -0.5),
        "b": rng.uniform(0.5, 2),
        "weight": rng.uniform(0.2, 0.8),
    }


MATRIX = close(rtol=1e-8, normwise=True)

problem_set.check(
    "stein-kernel",
    part="several dimensions",
    weight=2,
    observe="stein_kernel(X, Y, normal_of(centre, precision), h)",
    seconds=3,
    draw=draw_two_clouds,
    draws=4,
    edges=[
        {  # five dimensions, one point in both clouds
            "X": np.array([[1.0, -0.5, 0.3, 0.0, 2.0]]),
            "Y": np.array([[1.0, -0.5, 0.3, 0.0, 2.0], [0.0, 0.4, -1.0, 1.0, 1.5]]),
            "h": 1.7,
            "centre": np.array([0.5, 0.0, -0.2, 1.0, 0.3]),
            "precision": np.diag([1.0, 0.5, 2.0, 1.5, 0.8]),
        }
    ],
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "stein-kernel",
    part="on the line, a score that is not linear",
    weight=1,
    observe="stein_kernel(X, Y, mixture_of(a, b, weight), h)",
    seconds=3,
    draw=draw_two_mixtures,
    draws=3,
    by=MATRIX,
    all_or_nothing=True,
)


# 2. The U-statistic: of the solution's Stein kernel, or of the student's own, so that a slip in
# problem 1 is not paid for twice.


def mean_over_pairs(u: np.ndarray, **_case: Any) -> float:
    """The mean over i != j; NaN, which nothing equals, for a kernel that ignores its points."""
    if len(u) > 2 and np.ptp(u) == 0:
        return float("nan")
    return float((u.sum() - np.trace(u)) / (len(u) * (len(u) - 1)))


def draw_sample(rng: np.random.Generator) -> Case:
    d = int(rng.integers(1, 5))
    return {
        "X": rng.normal(size=(int(rng.integers(5, 101)), d)) + rng.uniform(-1, 1, d),
        "h": rng.uniform(0.5, 2),
        **draw_normal_target(rng, d),
    }


problem_set.check(
    "ksd-u",
    part="normal targets",
    weight=2,
    observe="ksd_u(X, normal_of(centre, precision), h)",
    carry={"u": "stein_kernel(X, X, normal_of(centre, precision), h)"},
    reference=mean_over_pairs,
    seconds=3,
    draw=draw_sample,
    draws=4,
    edges=[
        {
            "X": np.array([[0.4, -1.2], [1.1, 0.3]]),
            "h": 0.8,
            "centre": np.array([0.2, -0.1]),
            "precision": np.array([[1.5, 0.4], [0.4, 0.9]]),
        }
    ],
    by=close(rtol=1e-8, atol=1e-10),
    all_or_nothing=True,
)
problem_set.check(
    "ksd-u",
    part="repeated points, heavy tails",
    weight=1,
    observe="ksd_u(X, student_of(dof), h)",
    carry={"u": "stein_kernel(X, X, student_of(dof), h)"},
    reference=mean_over_pairs,
    seconds=3,
    edges=[
        # i != j, and not x_i != x_j
        {"X": np.array([[0.5], [0.5], [-1.0], [2.0], [-1.0]]), "h": 1.1, "dof": 5.0},
        {"X": np.array([[1.0, 2.0], [1.0, 2.0]]), "h": 0.6, "dof": 3.0},
        {"X": np.array([[8.0, -3.0], [0.1, 0.2], [-7.0, 6.0], [0.3, -0.4]]), "h": 1.9, "dof": 4.0},
    ],
    by=close(rtol=1e-8, atol=1e-10),
    all_or_nothing=True,
)


# 3. The population value, held against a mean over x - x' by the trapezoidal rule.


def mean_of_u(m: float, s: float, h: float) -> float:
    """KSD^2 as a mean over x - x', which is N(0, 2 s^2), with E x x' given x - x'."""
    z, step = np.linspace(-9, 9, 801, retstep=True)
    square = 2 * s**2 * z**2
    given = m**2 + s**2 / 2 - square / 4  # E[x x' | x - x']
    u = np.exp(-square / (2 * h**2)) * (given - square / h**2 + 1 / h**2 - square / h**4)
    return float(step * np.sum(u * np.exp(-(z**2) / 2)) / np.sqrt(2 * np.pi))


def draw_law(rng: np.random.Generator) -> Case:
    """Neither the mean nor the width alone makes the discrepancy."""
    return {
        "m": float(rng.choice([-1, 1]) * rng.uniform(0.3, 2)),
        "s": float(rng.choice([rng.uniform(0.5, 0.85), rng.uniform(1.2, 2)])),
        "h": rng.uniform(0.5, 2),
    }


problem_set.check(
    "population-ksd2",
    part="mean and width differ",
    weight=2,
    observe="population_ksd2(m, s, h)",
    reference=mean_of_u,
    seconds=2,
    draw=draw_law,
    draws=4,
    by=close(rtol=1e-8),
)
problem_set.check(
    "population-ksd2",
    part="special cases",
    weight=1,
    observe="population_ksd2(m, s, h)",
    reference=mean_of_u,
    seconds=2,
    edges=[
        {"m": 0.0, "s": 1.0, "h": 0.7},  # zero, whatever the bandwidth
        {"m": 0.0, "s": 1.0, "h": 1.9},
        {"m": -1.3, "s": 1.0, "h": 0.9},
        {"m": 0.0, "s": 0.6, "h": 1.4},
        {"m": 0.0, "s": 1.9, "h": 0.55},
        {"m": 1.2, "s": 0.7, "h": 300.0},
    ],
    by=close(rtol=1e-8, atol=1e-12),
    all_or_nothing=True,
)


# 4. The two variances, held against Gauss-Legendre on short panels in place of the trapezoid.


def stein_1d(x: np.ndarray, y: np.ndarray, h: float) -> np.ndarray:
    """u_p for the target N(0, 1) on the line, by the polynomial before the kernel."""
    square = (x - y) ** 2
    value = np.exp(-square / (2 * h**2)) * (x * y - square / h**2 + 1 / h**2 - square / h**4)
    return np.asarray(value)


def two_zetas(m: float, s: float, h: float) -> tuple[float, float]:
    nodes, weights = np.polynomial.legendre.leggauss(12)
    ends = np.linspace(-9, 9, 31)
    z = (ends[:-1, None] + 0.3 * (1 + nodes)).ravel()
    mass = np.tile(0.3 * weights, 30) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    x = m + s * z
    u = stein_1d(x[:, None], x, h)
    bar = u @ mass
    mean = bar @ mass
    return float(mass @ (bar - mean) ** 2), float(mass @ (u - mean) ** 2 @ mass)


# the longest sample under the narrowest kernel: a coarse grid misses it
LONG = {"m": 1.1, "s": 2.0, "h": 0.5}

problem_set.check(
    "hoeffding",
    part="zeta_1",
    weight=2,
    observe="float(hoeffding(m, s, h)[0])",
    seconds=5,
    draw=draw_law,
    draws=3,
    edges=[LONG],
    reference=lambda m, s, h: two_zetas(m, s, h)[0],
    by=close(rtol=1e-5),
)
problem_set.check(
    "hoeffding",
    part="zeta_2",
    weight=1,
    observe="float(hoeffding(m, s, h)[1])",
    seconds=5,
    draw=draw_law,
    draws=3,
    edges=[LONG],
    reference=lambda m, s, h: two_zetas(m, s, h)[1],
    by=close(rtol=1e-5),
)
problem_set.check(
    "hoeffding",
    part="q = p: degenerate",
    weight=1,
    observe="np.array(hoeffding(m, s, h), dtype=float)",
    seconds=5,
    edges=[{"m": 0.0, "s": 1.0, "h": 0.6}, {"m": 0.0, "s": 1.0, "h": 1.8}],
    reference=lambda m, s, h: np.array([0.0, two_zetas(m, s, h)[1]]),
    by=close(rtol=1e-5, atol=1e-10),
    all_or_nothing=True,
)


# 5. Replicates of the U-statistic. With n <= 8 the V-statistic is off by a fifth of u(x, x).


def draw_replicates(rng: np.random.Generator) -> Case:
    return {
        "m": rng.uniform(-1, 1),
        "s": rng.uniform(0.7, 1.4),
        "h": rng.uniform(0.7, 2),
        "n": int(rng.integers(5, 9)),
        "reps": int(rng.integers(400, 500)),
        "seed": int(rng.integers(2**32)),
    }


def spread_of_u(m: float, s: float, h: float, n: int) -> float:
    zeta_1, zeta_2 = two_zetas(m, s, h)
    return float(np.sqrt(2 / (n * (n - 1)) * (2 * (n - 2) * zeta_1 + zeta_2)))


def unbiased(value: Any, _reference: Any, case: Case) -> Judgement:
    """The mean lies within six standard errors, the scatter within a factor of 1.8.

    U is skewed at small n, but the mean of 400 is nearly normal: 15 000 trials had no deviation
    above 4.5 standard errors, and six stand for 1e-7 with room for the skewness. The scatter of
    the same trials stayed between 0.77 and 1.29 of what Hoeffding's formula says. The
    V-statistic is off by 5.7 standard errors at the least, and by ten as a rule.
    """
    law = {key: case[key] for key in ("m", "s", "h")}
    spread = spread_of_u(**law, n=case["n"])
    off = (np.mean(value) - mean_of_u(**law)) / (spread / np.sqrt(len(value)))
    if not abs(off) <= 6:
        return Judgement(
            0.0, f"the mean over the replicates is too {'large' if off > 0 else 'small'}"
        )
    ratio = np.std(value, ddof=1) / spread
    if not 1 / 1.8 <= ratio <= 1.8:
        much = "much" if ratio > 1 else "little: is each sample drawn afresh?"
        return Judgement(0.0, f"the replicates differ too {much}")
    return Judgement(1.0)


problem_set.check(
    "ksd-replicates",
    observe="ksd_replicates(m, s, h, n, reps, np.random.default_rng(seed))",
    seconds=5,
    draw=draw_replicates,
    draws=4,
    edges=[{"m": 0.0, "s": 1.0, "h": 0.8, "n": 5, "reps": 480, "seed": 31}],
    reference=None,
    by=all_of(shaped(lambda reps, **_others: (reps,)), unbiased),
    false_failure=1e-6,
    all_or_nothing=True,
)


# 6. The figure, judged by its data; by the student's own values where those were wrong before.


def draw_figure(rng: np.random.Generator) -> Case:
    hs = [round(float(h), 2) for h in rng.uniform([0.5, 1.1], [0.9, 2.0])]
    return {
        "Z": rng.normal(size=(int(rng.integers(20, 40)), 1)),
        "ms": np.sort(rng.uniform(-2, 2, 9)),
        "hs": hs,
    }


def drawn_values(
    Z: np.ndarray,
    ms: np.ndarray,
    hs: list[float],
    curves: np.ndarray,
    estimates: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    return curves, estimates


def words(value: Any, _reference: Any, case: Case) -> Judgement:
    """The axes bear their names, the scales are linear, the legend names each line."""
    if (getattr(value, "xscale", ""), getattr(value, "yscale", "")) != ("linear", "linear"):
        return Judgement(0.0, "no Axes with linear scales was returned")
    if "m" not in value.xlabel.lower() or "ksd" not in value.ylabel.lower():
        return Judgement(0.0, "an axis label is missing or wrong")
    names = {f"{kind}h = {h:g}" for h in case["hs"] for kind in ("", "U, ")}
    if not names <= {" ".join(text.split()) for text in value.legend}:
        return Judgement(0.0, "the legend does not name every line")
    return Judgement(1.0)


LINES = plot(atol=1e-8, legend=True, extra_ok=True, elementwise=True)


def lines_of(which: int, kind: str) -> Any:
    """The lines of the population values (0) or of the estimates (1) are there."""

    def judge(value: Any, reference: Any, case: Case) -> Judgement:
        rows = zip(case["hs"], reference[which], strict=True)
        return LINES(
            value, Plot(tuple(PlotLine(case["ms"], y, f"{kind}h = {h:g}") for h, y in rows))
        )

    return judge


problem_set.check(
    "ksd-figure",
    observe="ksd_figure(Z, ms, hs)",
    carry={
        "curves": "np.array([[population_ksd2(m, 1.0, h) for m in ms] for h in hs], dtype=float)",
        "estimates": """
np.array([[ksd_u(Z + m, normal_score, h) for m in ms] for h in hs], dtype=float)
""",
    },
    reference=drawn_values,
    seconds=2,
    draw=draw_figure,
    draws=3,
    edges=[
        {
            "Z": np.array([[-1.1], [0.2], [0.4], [1.3], [-0.6], [-0.1]]),
            "ms": np.array([-0.3, 0.0, 0.1, 1.6]),
            "hs": [1.5],
        }
    ],
    parts={
        "population values": Part(by=lines_of(0, ""), weight=2),
        "U-statistics": Part(by=lines_of(1, "U, "), weight=1),
        "words": Part(by=words),
    },
)


# 7. The bootstrap values, given the counts. The diagonal is large, as it is in a Stein kernel.


def draw_counts(rng: np.random.Generator) -> Case:
    n, rows = int(rng.integers(5, 40)), int(rng.integers(3, 8))
    root = rng.normal(size=(n, 3))
    return {
        "u": root @ root.T + np.diag(rng.uniform(0, 2, n)),
        "counts": rng.multinomial(n, np.full(n, 1 / n), size=rows),
    }


def pair_by_pair(u: np.ndarray, counts: np.ndarray) -> np.ndarray:
    n = len(u)
    pairs = list(permutations(range(n), 2))
    return np.array(
        [sum((c[i] - 1) * (c[j] - 1) * u[i, j] for i, j in pairs) / n**2 for c in counts]
    )


problem_set.check(
    "bootstrap",
    observe="bootstrap(u, counts)",
    reference=pair_by_pair,
    seconds=3,
    draw=draw_counts,
    draws=4,
    edges=[
        {  # each point once, all the mass on one point, and something between
            "u": np.array([[3.0, -0.4, 0.5], [-0.4, 2.0, 1.0], [0.5, 1.0, 4.0]]),
            "counts": np.array([[1, 1, 1], [0, 3, 0], [2, 1, 0], [0, 1, 2]]),
        },
        {"u": np.array([[1.0, -0.7], [-0.7, 2.0]]), "counts": np.array([[2, 0]])},
    ],
    by=close(rtol=1e-8, atol=1e-12),
    all_or_nothing=True,
)


# 8. Power. The true values come from 40 000 trials each (standard error 0.0025), computed once
# by a program without a loop over trials; see test_reference_svgd_3.py for the same on fewer.

POWER = {
    # (m, s, h, n, B, alpha): probability of a rejection
    (0.6, 1.0, 1.0, 25, 99, 0.05): 0.6684,
    (-0.5, 1.0, 1.5, 30, 99, 0.05): 0.7156,
    (0.0, 2.0, 1.0, 20, 99, 0.05): 0.7337,
    (0.0, 0.6, 0.8, 30, 99, 0.05): 0.7918,
    (-0.9, 0.7, 0.7, 12, 99, 0.05): 0.7587,
    (0.4, 1.3, 2.0, 30, 39, 0.1): 0.6594,
    (0.3, 0.8, 0.5, 30, 99, 0.1): 0.2806,
    (0.0, 1.0, 1.0, 30, 99, 0.05): 0.0700,
    (0.0, 1.0, 0.6, 20, 39, 0.1): 0.1280,
    (0.0, 1.5, 0.5, 25, 99, 0.05): 0.1975,
}


def case_of(row: tuple[Any, ...], seed: int, trials: int) -> Case:
    names = ("m", "s", "h", "n", "B", "alpha")
    return dict(zip(names, row, strict=True)) | {"seed": seed, "trials": trials}


def draw_power(rng: np.random.Generator) -> Case:
    rows = [row for row in POWER if row[:2] != (0.0, 1.0)]
    chosen = rows[int(rng.integers(len(rows)))]
    return case_of(chosen, int(rng.integers(2**32)), int(rng.integers(180, 221)))


def rejected_share(value: Any, reference: float, case: Case) -> Judgement:
    """The count of rejections lies between the binomial quantiles at 1e-7 and 1 - 1e-7.

    The reference's own standard error of 0.0025 is allowed for twice on both sides.
    """
    trials = case["trials"]
    low = binom.ppf(1e-7, trials, max(reference - 0.005, 0))
    high = binom.ppf(1 - 1e-7, trials, min(reference + 0.005, 1))
    count = value * trials
    if not abs(count - round(count)) <= 1e-6:
        return Judgement(0.0, "this is not a fraction of the trials")
    if not low <= round(count) <= high:
        return Judgement(0.0, f"rejects too {'often' if count > high else 'rarely'}")
    return Judgement(1.0)


# Five cases, each with two tails of 1e-7: 1e-6 in all.
problem_set.check(
    "power",
    observe="float(power(m, s, h, n, trials, np.random.default_rng(seed), B=B, alpha=alpha))",
    seconds=5,
    draw=draw_power,
    draws=4,
    edges=[case_of((0.0, 1.0, 1.0, 30, 99, 0.05), 17, 200)],
    reference=lambda m, s, h, n, B, alpha, seed, trials: POWER[m, s, h, n, B, alpha],
    by=all_of(shaped(()), rejected_share),
    false_failure=1e-6,
    all_or_nothing=True,
)
