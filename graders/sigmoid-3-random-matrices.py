"""A3 Random matrices: what is observed of each answer, and what it is judged against.

Hidden ranges: s and s2 in [0.3, 3], R in [0.5, 4], c in [0.1, 0.95] and, apart, at 1 and up to 4;
matrices of 40 to 350 rows. s2 is never near 1, where a variance looks like its root.
Closed forms are judged to 1e-8. Where a check is stochastic the comment says how far the tolerance
is from the answer, in standard errors (SE) of what is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, distribution, items, shaped
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "sigmoid-3-random-matrices",
    preload=["matplotlib.pyplot", "scipy.integrate", "scipy.special", "scipy.stats"],
)

Case = Mapping[str, Any]


def scale(rng: np.random.Generator) -> float:
    """A number in [0.3, 3], at least a fifth away from 1."""
    return float(rng.uniform(0.3, 0.8) if rng.random() < 0.5 else rng.uniform(1.25, 3))


def seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))


def from_rng_alone(value: Any, _reference: None) -> Judgement:
    """Three draws: the first two with one seed, the third with another."""
    if type(value) is not list or any(type(draw) is not np.ndarray for draw in value):
        return Judgement(0, "returned something other than an array")
    first, again, other = value
    if not np.array_equal(first, again):
        return Judgement(0, "the same rng gives another draw: something else is random")
    if np.array_equal(first, other):
        return Judgement(0, "another rng gives the same draw")
    return Judgement(1)


# 1. Two levels.


def draw_levels(rng: np.random.Generator) -> Case:
    A, C, D = rng.uniform(-3, 3, 3)
    return dict(A=A, C=C, D=D)


# All or nothing: without coupling, and where A = D, some wrong formulas are right.
problem_set.check(
    "gap",
    part="formula",
    weight=3,
    observe="gap(A, C, D)",
    draw=draw_levels,
    draws=4,
    edges=[
        dict(A=1.5, C=0.0, D=-0.5),
        dict(A=0.7, C=-1.1, D=0.7),
        dict(
            A=np.array([1.0, 2.0, -0.3]), C=np.array([0.5, -1.0, 2.0]), D=np.array([1.5, 0.1, 0.9])
        ),
    ],
    reference=lambda A, C, D: np.sqrt(4 * C**2 + (A - D) ** 2),
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
# Here 4 C^2 - (A - D)^2 keeps its digits, and an eigenvalue routine is wrong in the seventh.
problem_set.check(
    "gap",
    part="digits",
    weight=1,
    observe="gap(A, C, D)",
    draw=lambda rng: dict(
        A=(A := rng.uniform(1e6, 3e6)), C=rng.uniform(2e-5, 4e-5), D=A + rng.uniform(2e-5, 6e-5)
    ),
    draws=4,
    reference=lambda A, C, D: np.sqrt(4 * C**2 + (A - D) ** 2),
    by=close(rtol=1e-8),
    all_or_nothing=True,
)


def draw_lines(rng: np.random.Generator) -> Case:
    a0, d0, a1 = rng.uniform(-3, 3, 3)
    return dict(a0=a0, a1=a1, d0=d0, d1=a1 + rng.choice([-1, 1]) * rng.uniform(0.5, 2), C=a0 / 4)


problem_set.check(
    "closest",
    observe="closest(a0, a1, d0, d1, C)",
    draw=draw_lines,
    draws=4,
    edges=[
        dict(a0=1.0, a1=0.5, d0=2.0, d1=-1.5, C=0.0),
        dict(a0=0.2, a1=-0.4, d0=-1.3, d1=1.0, C=-0.7),
    ],
    reference=lambda a0, a1, d0, d1, C: ((d0 - a0) / (a1 - d1), 2 * abs(C)),
    by=items(close(rtol=1e-8), close(rtol=1e-8, atol=1e-12)),
)


# 2. The law of the gap.


def gap_density(x: np.ndarray, s: float) -> np.ndarray:
    return np.where(x < 0, 0.0, x / (2 * s**2) * np.exp(-(x**2) / (4 * s**2)))


def gap_cdf(x: np.ndarray, s: float, **_: Any) -> np.ndarray:
    return np.where(x < 0, 0.0, -np.expm1(-(x**2) / (4 * s**2)))


def draw_gaps(rng: np.random.Generator) -> Case:
    s = scale(rng)
    return dict(x=s * rng.uniform(0, 7, 9), s=s)


problem_set.check(
    "spacing-pdf",
    part="positive x",
    weight=3,
    observe="spacing_pdf(x, s)",
    draw=draw_gaps,
    draws=4,
    edges=[dict(x=np.array([0.0, 1e-4, 0.3]), s=0.04)],
    reference=gap_density,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
# The positive points are there so that zero for everything earns nothing.
problem_set.check(
    "spacing-pdf",
    part="negative x",
    weight=1,
    observe="spacing_pdf(x, s)",
    draw=lambda rng: dict(x=rng.permutation([-2.0, -0.3, 0.8, 1.1]), s=scale(rng)),
    edges=[dict(x=np.array([-1e-6, 0.5, -40.0]), s=1.7)],
    reference=gap_density,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)


def successive(value: Any, _reference: None) -> Judgement:
    """Neighbours in the sample are uncorrelated: the SE is 1/sqrt(5000) = .014, .08 is 5.7 SE."""
    if np.ptp(value) > 0 and abs(np.corrcoef(value[:-1], value[1:])[0, 1]) <= 0.08:
        return Judgement(1)
    return Judgement(0, "the draws are not independent, or not in the order of drawing")


# The bound on the distance of the two distribution functions holds for every n: a right sampler
# fails a case with probability 2e-8, at a distance of .043 for n = 5000. The nearest mistake, C
# with variance s^2, is at a distance of .13.
sample_of_n = shaped(lambda n, **_: (n,))

problem_set.check(
    "spacing-sample",
    observe="spacing_sample(n, s, np.random.default_rng(seed))",
    draw=lambda rng: dict(n=int(rng.integers(5000, 7000)), s=scale(rng), seed=seed(rng)),
    draws=3,
    edges=[dict(n=5000, s=0.02, seed=21)],
    parts={
        "law": Part(
            by=all_of(sample_of_n, distribution(cdf=gap_cdf)), weight=5, all_or_nothing=True
        ),
        "independent": Part(by=all_of(sample_of_n, successive), weight=0.5, all_or_nothing=True),
    },
    reference=None,
    false_failure=2e-7,
)
problem_set.check(
    "spacing-sample",
    part="rng",
    weight=0.5,
    observe="[spacing_sample(n, 1.4, np.random.default_rng(k)) for k in (seed, seed, seed + 1)]",
    draw=lambda rng: dict(n=int(rng.integers(5, 30)), seed=int(rng.integers(999))),
    draws=3,
    by=from_rng_alone,
    reference=None,
    all_or_nothing=True,
)


# 3. The semicircle.


def catalan_moment(k: int, R: float) -> float:
    """By the product of C_n / C_{n-1} = (4 n - 2) / (n + 1), not by factorials."""
    if k % 2:
        return 0.0
    moment = 1.0
    for n in range(1, k // 2 + 1):
        moment *= (4 * n - 2) / (n + 1) * R**2 / 4
    return moment


def draw_moment(rng: np.random.Generator) -> Case:
    return dict(k=2 * int(rng.integers(2, 12)), R=2 * scale(rng))


problem_set.check(
    "sc-moment",
    part="even",
    weight=3,
    observe="sc_moment(k, R)",
    seconds=2,
    draw=draw_moment,
    draws=4,
    edges=[dict(k=2, R=0.9), dict(k=60, R=0.3), dict(k=60, R=3.5)],
    reference=catalan_moment,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
# Zero for everything is caught by k = 0.
problem_set.check(
    "sc-moment",
    part="odd and zero",
    weight=1,
    observe="sc_moment(k, R)",
    edges=[dict(k=0, R=1.7), dict(k=1, R=0.6), dict(k=7, R=3.1), dict(k=59, R=2.5)],
    reference=catalan_moment,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)

GOE = "goe(N, R, np.random.default_rng(seed))"


def symmetric_entries(value: np.ndarray, _reference: None, case: Case) -> Judgement:
    """Symmetric, and entries with mean 0 and the variances of the ensemble.

    The N (N - 1) / 2 > 44 000 entries off the diagonal have a variance with SE 2/N = .67 %, so
    4 % is 6 SE; their mean may be off by 6 SE as well. On the diagonal there are N >= 300 entries,
    with SE sqrt(2/N) = 8 %. The bounds .62 and 1.5 leave 5.4 SE of chi-square on either side (by
    the cube-root law of Wilson and Hilferty); the usual slip, half the variance, stays below .62.
    """
    N, R = case["N"], case["R"]
    if not np.array_equal(value, value.T):
        return Judgement(0, "the matrix is not symmetric")
    off = value[np.triu_indices(N, 1)] / R * 2 * np.sqrt(N)
    if not abs(np.mean(off**2) - 1) <= 0.04:
        return Judgement(0, "the entries off the diagonal have the wrong variance for this radius")
    if not abs(np.mean(off)) <= 6 / np.sqrt(len(off)):
        return Judgement(0, "the mean of the entries is not zero")
    on = np.diagonal(value) / R * np.sqrt(2 * N)
    if not 0.62 <= np.mean(on**2) <= 1.5:
        return Judgement(0.5, "the entries on the diagonal have the wrong variance")
    return Judgement(1)


def semicircle_moments(value: np.ndarray, _reference: None, case: Case) -> Judgement:
    """(1/N) tr (2 H/R)^k for k = 2, 4, 6, 8 against its exact mean at this N.

    Their relative SE, measured at N = 300 and 400 (a test repeats it), is 2, 4.3, 7.2 and 10.7
    over N: they fluctuate almost as powers of tr H^2. Five and a half SE are allowed. The exact
    means are 1, 2, 5, 14 with corrections in 1/N; the last one's, .66 % at N = 1000, would not be
    small beside the SE. 3 % at N = 1000 would be 2.8 SE for k = 8, which is too close.
    """
    N = case["N"]
    second = np.linalg.matrix_power(value * 2 / case["R"], 2)
    fourth = second @ second
    traces = np.trace(second), np.trace(fourth), np.sum(second * fourth), np.sum(fourth**2)
    for k, trace, mean, error in zip(
        (2, 4, 6, 8), traces, exact_moments(N), (2, 4.3, 7.2, 10.7), strict=True
    ):
        if not abs(trace / N / mean - 1) <= 5.5 * error / N:
            return Judgement(0, f"moment {k} of the spectrum is off")
    return Judgement(1)


def exact_moments(N: int) -> tuple[float, float, float, float]:
    """E (1/N) tr H^k of the GOE with radius 2, k = 2, 4, 6, 8, by polynomials in 1/N (Ledoux)."""
    u = 1 / N
    return (
        1 + u,
        2 + 5 * u + 5 * u**2,
        5 + 22 * u + 52 * u**2 + 41 * u**3,
        14 + 93 * u + 374 * u**2 + 690 * u**3 + 509 * u**4,
    )


def draw_goe(rng: np.random.Generator) -> Case:
    return dict(N=int(rng.integers(300, 350)), R=2 * scale(rng), seed=seed(rng))


square = shaped(lambda N, **_: (N, N))

problem_set.check(
    "goe",
    observe=GOE,
    draw=draw_goe,
    draws=3,
    parts={
        "entries": Part(by=all_of(square, symmetric_entries), weight=2),
        "moments": Part(by=all_of(square, semicircle_moments), weight=1, all_or_nothing=True),
    },
    reference=None,
    false_failure=2e-6,
)
problem_set.check(
    "goe",
    part="rng",
    weight=1,
    observe="[goe(N, 1.5, np.random.default_rng(k)) for k in (seed, seed, seed + 1)]",
    draw=lambda rng: dict(N=int(rng.integers(1, 9)), seed=int(rng.integers(999))),
    draws=3,
    by=from_rng_alone,
    reference=None,
    all_or_nothing=True,
)


# 4. The resolvent: by half-planes, since a root with its jump in the wrong place is right in one.


def resolvent(z: Any, R: float) -> Any:
    z = np.asarray(z, dtype=complex)
    return (2 / (z + np.sqrt(z - R) * np.sqrt(z + R)))[()]


def draw_points(rng: np.random.Generator, side: int) -> Case:
    R = 2 * scale(rng)
    height = rng.uniform(0.05, 2, 6) * rng.choice([-1, 1], 6)
    height[:2] = 0.4, -0.7
    return dict(z=R * (side * rng.uniform(0.05, 3, 6) + 1j * height), R=R)


def draw_far(rng: np.random.Generator) -> Case:
    R = 2 * scale(rng)
    angle = rng.uniform(-np.pi, np.pi, 6)
    return dict(z=R * 10 ** rng.uniform(5, 7, 6) * np.exp(1j * angle), R=R)


same_complex = close(rtol=1e-8, real_ok=True)

problem_set.check(
    "g-sc",
    part="right half-plane",
    observe="G_sc(z, R)",
    draw=lambda rng: draw_points(rng, 1),
    draws=3,
    edges=[dict(z=0.3 + 0.002j, R=1.6), dict(z=np.array([1.2, 4.5]), R=1.1)],
    reference=resolvent,
    by=same_complex,
    all_or_nothing=True,
)
problem_set.check(
    "g-sc",
    part="left half-plane",
    observe="G_sc(z, R)",
    draw=lambda rng: draw_points(rng, -1),
    draws=3,
    edges=[
        dict(z=-0.3 - 0.002j, R=1.6),
        dict(z=-2.2, R=1.9),
        dict(z=np.array([-1.2, -4.5]), R=1.1),
    ],
    reference=resolvent,
    by=same_complex,
    all_or_nothing=True,
)
problem_set.check(
    "g-sc",
    part="far field",
    observe="G_sc(z, R)",
    draw=draw_far,
    draws=3,
    edges=[dict(z=np.array([-3e6 + 0j, 2e6j, 5e6 + 1j]), R=0.8)],
    reference=resolvent,
    by=same_complex,
    all_or_nothing=True,
)


# 5. Marchenko-Pastur.


def edges_and_atom(s2: float, c: float) -> np.ndarray:
    root = np.sqrt(c)
    return np.array([s2 * (1 - root) ** 2, s2 * (1 + root) ** 2, max(0.0, 1 - 1 / c)])


def mp_density(x: np.ndarray, s2: float, c: float) -> np.ndarray:
    low, high, _ = edges_and_atom(s2, c)
    inside = (x > low) & (x < high)
    y = np.where(inside, x, 1.0)
    square = np.where(inside, (y - low) * (high - y), 0.0)
    return np.where(inside, np.sqrt(square) / (2 * np.pi * c * s2 * y), 0.0)


def mp_cdf(x: np.ndarray, s2: float, c: float) -> np.ndarray:
    """The distribution function for c < 1, by the trapezoidal rule in the angle of x."""
    low, high, _ = edges_and_atom(s2, c)
    angle = np.linspace(0, np.pi, 2001)
    grid = (low + high) / 2 - (high - low) / 2 * np.cos(angle)
    slope = mp_density(grid, s2, c) * (high - low) / 2 * np.sin(angle)
    mass = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2 * angle[1])])
    return np.interp(x, grid, mass)


def draw_law(rng: np.random.Generator) -> Case:
    return dict(s2=scale(rng), c=rng.uniform(0.1, 0.9))


def with_points(case: Case, rng: np.random.Generator) -> Case:
    high = edges_and_atom(**case)[1]
    return {**case, "x": np.array([0.0, *(high * rng.uniform(-0.3, 1.2, 11))])}


problem_set.check(
    "mp-law",
    part="edges",
    weight=1,
    observe="np.array(mp_edges(s2, c), dtype=float)",
    draw=draw_law,
    draws=4,
    edges=[dict(s2=2.3, c=1.0)],
    reference=edges_and_atom,
    by=close(rtol=1e-8, atol=1e-8),
    all_or_nothing=True,
)
problem_set.check(
    "mp-law",
    part="density",
    weight=2,
    observe="mp_density(x, s2, c)",
    draw=lambda rng: with_points(draw_law(rng), rng),
    draws=4,
    edges=[dict(x=np.array([-1.0, 0.0, 1e-3, 0.7, 2.5, 9.0]), s2=0.6, c=1.0)],
    reference=mp_density,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
problem_set.check(
    "mp-law",
    part="c > 1",
    weight=1,
    observe="np.concatenate([mp_edges(s2, c), mp_density(x, s2, c)])",
    draw=lambda rng: with_points(dict(s2=scale(rng), c=rng.uniform(1.3, 4)), rng),
    draws=3,
    edges=[dict(x=np.array([0.0, 1.5, 3.0]), s2=0.5, c=3.9)],
    reference=lambda x, s2, c: np.concatenate([edges_and_atom(s2, c), mp_density(x, s2, c)]),
    by=close(rtol=1e-8, atol=1e-12),
    all_or_nothing=True,
)


def distance_from_law(steps: np.ndarray, mass: np.ndarray) -> float:
    """The largest distance between a spectrum's distribution function and that of its law."""
    return float(np.max(np.abs(steps - mass)))


def one_spectrum(value: np.ndarray, _reference: None, case: Case) -> Judgement:
    """All p eigenvalues of one draw, p < n.

    - Their mean is s2 with relative SE sqrt(2 / (p n)), of which 6 are allowed.
    - The spectrum is rigid: its distribution function is within 2.4 / p of the limit on average,
      with a scatter of .4 / p (a test measures it), so 4.8 / p is 6 SE. Independent draws from
      the same law have a distance of .87 / sqrt(p), twice that.
    - The edges fluctuate by the law of Tracy and Widom (mean -1.2, scatter 1.3), with centre and
      scale as in Johnstone (2001). That law's chances below -9 and above 9 are 1e-13 and 2e-9.
      In relative terms the largest eigenvalue may be off by some 13 %. (5 % at n = 1000 would be
      3 SE of the upper edge and 1.5 of the lower one.)
    """
    p, n, s2 = case["p"], case["n"], case["s2"]
    if np.any(np.diff(value) < 0):
        return Judgement(0, "the eigenvalues are not in ascending order")
    if not abs(np.mean(value) / s2 - 1) <= 6 * np.sqrt(2 / (p * n)):
        return Judgement(0, "the mean of the spectrum is off: what is divided by what?")
    mass = mp_cdf(value, s2, p / n)
    rank = np.arange(p)
    if max(distance_from_law(rank / p, mass), distance_from_law((rank + 1) / p, mass)) > 4.8 / p:
        return Judgement(0, "the spectrum is too far from its limit for a matrix of this size")
    for sign, level in ((-1, value[0]), (1, value[-1])):
        root_n, root_p = np.sqrt(n - 0.5), np.sqrt(p - 0.5)
        width = root_n + sign * root_p
        spread = width * abs(1 / root_n + sign / root_p) ** (1 / 3) / n
        if not abs(level / s2 - width**2 / n) <= 9 * spread:
            return Judgement(0, "an edge of the spectrum is off")
    return Judgement(1)


def draw_wishart(rng: np.random.Generator) -> Case:
    n = int(rng.integers(300, 400))
    return dict(p=int(n * rng.uniform(0.2, 0.4)), n=n, s2=scale(rng), seed=seed(rng))


problem_set.check(
    "wishart",
    part="p < n",
    weight=2,
    observe="wishart_spectrum(p, n, s2, np.random.default_rng(seed))",
    draw=draw_wishart,
    draws=3,
    by=all_of(shaped(lambda p, **_: (p,)), one_spectrum),
    reference=None,
    false_failure=1e-6,
    all_or_nothing=True,
)


def tall_spectrum(value: np.ndarray, _reference: None, case: Case) -> Judgement:
    """p > n: exactly p - n zeros, and the mean within 6 SE of s2."""
    p, n, s2 = case["p"], case["n"], case["s2"]
    if int(np.sum(np.abs(value) < 1e-9 * s2)) != p - n:
        return Judgement(0, "the wrong number of eigenvalues is zero")
    if not abs(np.mean(value) / s2 - 1) <= 6 * np.sqrt(2 / (p * n)):
        return Judgement(0, "the mean of the spectrum is off")
    return Judgement(1 if np.all(np.diff(value) >= 0) else 0)


problem_set.check(
    "wishart",
    part="p > n",
    weight=1,
    observe="wishart_spectrum(p, n, s2, np.random.default_rng(seed))",
    draw=lambda rng: dict(
        p=int(rng.integers(120, 180)), n=int(rng.integers(50, 70)), s2=scale(rng), seed=seed(rng)
    ),
    draws=3,
    by=all_of(shaped(lambda p, **_: (p,)), tall_spectrum),
    reference=None,
    false_failure=1e-7,
    all_or_nothing=True,
)
problem_set.check(
    "wishart",
    part="rng",
    weight=1,
    observe="[wishart_spectrum(p, 9, 1.5, np.random.default_rng(seed + k)) for k in (0, 0, 1)]",
    draw=lambda rng: dict(p=int(rng.integers(2, 9)), seed=int(rng.integers(999))),
    draws=3,
    by=from_rng_alone,
    reference=None,
    all_or_nothing=True,
)


# 6. Ratios of neighbouring gaps.


def ratio_by_loops(levels: np.ndarray) -> float:
    ordered = sorted(levels.tolist())
    ratios = []
    for left, middle, right in zip(ordered, ordered[1:], ordered[2:], strict=False):
        small, large = sorted([middle - left, right - middle])
        ratios.append(small / large)
    return sum(ratios) / len(ratios)


problem_set.check(
    "mean-ratio",
    observe="mean_ratio(levels)",
    draw=lambda rng: dict(levels=rng.normal(0, 2, int(rng.integers(5, 30)))),
    draws=4,
    edges=[dict(levels=np.array([2.0, -1.0, 0.5])), dict(levels=np.array([3.0, 1.5, 4.5, 0.0]))],
    reference=ratio_by_loops,
    by=close(rtol=1e-8),
    all_or_nothing=True,
)

# The mean ratio of large matrices (Atas and others, 2013), and that of independent levels.
RATIO = {"poisson": 2 * np.log(2) - 1, "goe": 0.5307, "signs": 0.5307}
SPECTRA = """
[
    repulsion("poisson", N, 2 * samples, np.random.default_rng(seed)),
    repulsion("goe", N, samples, np.random.default_rng(seed)),
    repulsion("signs", N, samples, np.random.default_rng(seed)),
]
"""


def fresh_spectra(kind: str) -> Any:
    """The mean within 5 %, the scatter between spectra within .5 and 1.5 of what it is.

    One spectrum of N levels has a mean ratio with scatter of about .31 / sqrt(N - 2), whatever
    the kind (a test measures .28 to .33). With 100 spectra of 45 levels the SE of the mean is
    .0050 for matrices and, with twice as many, .0035 for independent levels: 5 % of .53 and .386
    are 5.3 and 5.5 SE. A spectrum as small as this has a mean within .003 of the limit, which
    leaves 4.7 SE. The SE of the scatter is 7 %: more than 5 SE on either side.
    """

    def judge(value: np.ndarray, _reference: None, case: Case) -> Judgement:
        if len(value) != case["samples"] * (2 if kind == "poisson" else 1):
            return Judgement(0, f"{kind}: wrong number of spectra")
        if not abs(np.mean(value) / RATIO[kind] - 1) <= 0.05:
            return Judgement(0, f"{kind}: the mean ratio is off by more than 5 %")
        if not 0.5 <= np.std(value) * np.sqrt(case["N"] - 2) / 0.31 <= 1.5:
            return Judgement(0, f"{kind}: too much or too little scatter: is each spectrum fresh?")
        return Judgement(1)

    return all_of(shaped((None,)), judge)


problem_set.check(
    "repulsion",
    observe=SPECTRA,
    draw=lambda rng: dict(
        N=int(rng.integers(45, 60)), samples=int(rng.integers(110, 120)), seed=seed(rng)
    ),
    draws=3,
    edges=[dict(N=50, samples=112, seed=51)],
    by=items(fresh_spectra("poisson"), fresh_spectra("goe"), fresh_spectra("signs")),
    reference=None,
    false_failure=1e-5,
)


# 7. The figure, judged by its data.


def draw_figure(rng: np.random.Generator) -> Case:
    n = int(rng.integers(400, 500))
    case = dict(p=int(n * rng.uniform(0.3, 0.6)), n=n, s2=scale(rng), seed=seed(rng))
    high = edges_and_atom(case["s2"], case["p"] / n)[1]
    return {**case, "xs": np.sort(high * rng.uniform(-0.05, 1.1, 15))}


def drawn(value: Any, kind: str) -> list[PlotLine]:
    return [line for line in value.lines if line.kind == kind] if type(value) is Plot else []


def limit_of(value: Any) -> PlotLine | None:
    return next((line for line in drawn(value, "line") if "limit" in line.label.lower()), None)


def limiting_line(value: Any, _reference: None, case: Case) -> Judgement:
    """The line passes through each wanted point; points between them are fine."""
    line = limit_of(value)
    if line is None:
        return Judgement(0, "no line labelled 'limit' was found in a returned Axes")
    wanted = mp_density(case["xs"], case["s2"], case["p"] / case["n"])
    for x, y in zip(case["xs"], wanted, strict=True):
        at = np.abs(line.x - x) <= 1e-9
        if not np.any(at):
            return Judgement(0, "the line has no point at some of the xs")
        if not np.any(np.abs(line.y[at] - y) <= 1e-6):
            return Judgement(0, "the line does not pass through the limiting density")
    return Judgement(1)


def normalised_bars(value: Any, _reference: None, case: Case) -> Judgement:
    """Bars of area one that add up, from the left, to the limit's distribution function.

    At each edge of a bar the spectrum's distribution function is 2.4 / p < .02 from the limit's on
    average, with a scatter of .003 (see `one_spectrum`): .08 is 20 SE, so this counts as certain.
    """
    bars = drawn(value, "bars")
    if len(bars) != 1 or not 15 <= len(bars[0].x) <= 60:
        return Judgement(0, "no histogram of 15 to 60 bars was found in a returned Axes")
    centres, heights = bars[0].x, bars[0].y
    width = np.ptp(centres) / (len(centres) - 1)
    if not (width > 0 and np.allclose(np.diff(centres), width, rtol=1e-6, atol=0)):
        return Judgement(0, "the bars are not equally wide")
    if not abs(np.sum(heights) * width - 1) <= 1e-6:
        return Judgement(0, "the area of the bars is not one")
    edges = np.append(centres - width / 2, centres[-1] + width / 2)
    shares = np.concatenate([[0], np.cumsum(heights) * width])
    mass = mp_cdf(edges, case["s2"], case["p"] / case["n"])
    if distance_from_law(shares, mass) > 0.08:
        return Judgement(0, "the bars are not the spectrum of one draw")
    return Judgement(1)


def labels_and_scales(value: Any, _reference: None) -> Judgement:
    """Both axes named as asked, with linear scales."""
    if limit_of(value) is None:
        return Judgement(0, "no line labelled 'limit' was found in a returned Axes")
    if (value.xscale, value.yscale) != ("linear", "linear"):
        return Judgement(0, "a scale is not linear")
    named = ["eigenvalue" in value.xlabel.lower(), "density" in value.ylabel.lower()]
    return Judgement(sum(named) / 2, "" if all(named) else "an axis label is missing or wrong")


problem_set.check(
    "mp-figure",
    observe="mp_figure(p, n, s2, xs, np.random.default_rng(seed))",
    draw=draw_figure,
    draws=3,
    edges=[dict(p=200, n=400, s2=0.4, seed=61, xs=np.array([0.0, 0.1, 0.5, 2.0]))],
    parts={
        "line": Part(by=limiting_line, weight=2, all_or_nothing=True),
        "bars": Part(by=normalised_bars, weight=1, all_or_nothing=True),
        "labels": Part(by=labels_and_scales, weight=1),
    },
    reference=None,
)
