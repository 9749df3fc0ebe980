"""A4 Free probability: what is observed of each answer, and what it is judged against.

Hidden ranges: scales of the Pauli sums in [0.3, 2], with edges of 1 : 40, where I_0 overflows;
words of 4 to 8 letters; 5 to 8 moments of laws in [-3, 3]; p in [0.5, 0.98] with r = 1 - p, and
both signs; a, b in [0.6, 1.6]; even N in [200, 600]; |z| <= 0.05.
The references are other roads than the notebook's own: an angular integral, a sum over
non-crossing partitions, Lagrange's formula, the exact moment series.
"""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
from scipy.optimize import brentq

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, shaped

problem_set = ProblemSet(
    "sigmoid-4-free-probability", preload=["matplotlib.pyplot", "scipy.special"]
)

Case = dict[str, Any]
Array = np.ndarray[Any, Any]


# 1. Pauli matrices. The two sums are two parts: a Gaussian, and a plane with two scales.


def draw_scales(rng: np.random.Generator) -> Case:
    s1, s2 = rng.uniform(0.3, 2, 2)
    return {"x": rng.uniform(-3, 3, 25), "s1": float(s1), "s2": float(s2)}


def same_density(x: Array, s1: float, s2: float) -> Array:
    variance = s1**2 + s2**2
    return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def crossed_density(x: Array, s1: float, s2: float) -> Array:
    """The density of a length in the plane by its mean over 8000 angles: periodic, so exact."""
    angle = 2 * np.pi * np.arange(8000) / 8000
    exponent = (np.cos(angle) / s1) ** 2 + (np.sin(angle) / s2) ** 2
    circle = np.exp(-(x[:, None] ** 2) / 2 * exponent).mean(axis=1)
    return np.abs(x) * circle / (2 * s1 * s2)


POINTS = np.array([-9.0, -4.0, -0.6, -0.01, 0.0, 0.02, 1.3, 6.0, 10.0])

problem_set.check(
    "pauli-density",
    part="same",
    weight=1,
    observe="pauli_density(x, s1, s2, 'same')",
    draw=draw_scales,
    edges=[{"x": POINTS, "s1": 1.5, "s2": 1.5}],
    by=close(rtol=1e-8),
    reference=same_density,
)
problem_set.check(
    "pauli-density",
    part="crossed, equal scales",
    weight=1,
    observe="pauli_density(x, s, s, 'crossed')",
    draw=lambda rng: {"x": rng.uniform(-3, 3, 25), "s": float(rng.uniform(0.4, 2))},
    by=close(rtol=1e-8, atol=1e-250),
    reference=lambda x, s: crossed_density(x, s, s),
)
problem_set.check(
    "pauli-density",
    part="crossed, two scales",
    weight=2,
    observe="pauli_density(x, s1, s2, 'crossed')",
    draw=draw_scales,
    edges=[{"x": POINTS, "s1": 2.0, "s2": 0.05}, {"x": POINTS, "s1": 0.06, "s2": 2.5}],
    by=close(rtol=1e-8, atol=1e-250),
    reference=crossed_density,
)


# 2. Words. The reference adds the cumulants of all non-crossing partitions into blocks of one
# letter: the block of the first letter cuts the rest into gaps, which are words of their own.


def lagrange_cumulants(m: Array) -> Array:
    """kappa_n = -[x^n] M(x)^(1 - n) / (n - 1), from M(x) = 1 + m_1 x + m_2 x^2 + ..."""
    size = len(m) + 1
    inverse = np.zeros(size)
    inverse[0] = 1.0
    for n in range(1, size):  # 1 / M, coefficient by coefficient
        inverse[n] = -np.dot(m[:n], inverse[n - 1 :: -1] if n > 1 else inverse[:1])
    kappa, power = [m[0]], inverse
    for n in range(2, size):  # power is M^(1 - n)
        kappa.append(-power[n] / (n - 1))
        power = np.convolve(power, inverse)[:size]
    return np.array(kappa, dtype=float)


def word_by_partitions(word: str, ma: list[float], mb: list[float]) -> float:
    kappa = {"a": lagrange_cumulants(np.array(ma)), "b": lagrange_cumulants(np.array(mb))}

    def mean(w: str) -> float:
        return blocks(w, 0, 1) if w else 1.0

    def blocks(w: str, last: int, size: int) -> float:
        """Sum over the ways to go on with the block of w[0], whose last letter so far is here."""
        total = kappa[w[0]][size - 1] * mean(w[last + 1 :])
        for nxt in range(last + 1, len(w)):
            if w[nxt] == w[0]:
                total += mean(w[last + 1 : nxt]) * blocks(w, nxt, size + 1)
        return float(total)

    return mean(word)


def law(rng: np.random.Generator, size: int, low: float, high: float) -> list[float]:
    """The moments of a law on five points."""
    points, weights = rng.uniform(low, high, 5), rng.dirichlet(np.ones(5))
    return [float(np.sum(weights * points**k)) for k in range(1, size + 1)]


def draw_word(rng: np.random.Generator, kinds: tuple[str, ...]) -> Case:
    word = kinds[int(rng.integers(len(kinds)))]
    return {"word": word, "ma": law(rng, 8, -0.5, 2), "mb": law(rng, 8, -1, 1.5)}


SHORT = ("abab", "aabab", "babab", "abaab", "bbaba")
LONG = ("abababab", "aababbab", "abbabaab", "babbaaba", "bababaa", "abaabab")

problem_set.check(
    "free-word",
    part="four or five letters",
    weight=1,
    observe="free_word(word, ma, mb)",
    draw=lambda rng: draw_word(rng, SHORT),
    edges=[
        {"word": "baba", "ma": [0.0, 1.0, 0.0, 1.0], "mb": [0.0, 2.0, 0.0, 8.0]},
        {"word": "abab", "ma": [0.7, 1.1, 1.6, 3.0], "mb": [-1.2, 2.3, -4.0, 9.0]},
    ],
    by=close(rtol=1e-8, atol=1e-10),
    reference=word_by_partitions,
    all_or_nothing=True,
)
problem_set.check(
    "free-word",
    part="long words",
    weight=1,
    observe="free_word(word, ma, mb)",
    seconds=5,
    draw=lambda rng: draw_word(rng, LONG),
    draws=4,
    by=close(rtol=1e-8, atol=1e-10),
    reference=word_by_partitions,
    all_or_nothing=True,
)
problem_set.check(
    "free-word",
    part="words of two powers",
    weight=1,
    observe="free_word(word, ma, mb)",
    draw=lambda rng: draw_word(rng, ("aaabb", "abbbaa", "bbabb")),
    edges=[{"word": "b", "ma": [0.3, 1.0], "mb": [0.8, 1.0]}],
    by=close(rtol=1e-8, atol=1e-10),
    reference=word_by_partitions,
    all_or_nothing=True,
)


# 3. Cumulants: classical and free ones agree up to the third, so each draw has five or more.


def draw_marchenko_pastur(rng: np.random.Generator) -> Case:
    return {"c": rng.uniform(0.1, 1), "s2": rng.uniform(0.4, 0.75), "K": int(rng.integers(6, 9))}


def marchenko_pastur(c: float, s2: float, K: int) -> Array:
    """Narayana's numbers: m_k = s2^k sum over j of c^j N(k, j + 1)."""
    return np.array(
        [
            s2**k * sum(c**j * comb(k, j) * comb(k - 1, j) / (j + 1) for j in range(k))
            for k in range(1, K + 1)
        ]
    )


def draw_law(rng: np.random.Generator) -> Case:
    return {"m": np.array(law(rng, int(rng.integers(5, 9)), -1.5, 1.5))}


def semicircle(R: float, K: int) -> Array:
    return np.array(
        [0.0 if k % 2 else comb(k, k // 2) / (k // 2 + 1) * (R / 2) ** k for k in range(1, K + 1)]
    )


# the absolute term is the tolerance of the text; the laws keep rounding a thousand times below
WITHIN = close(rtol=1e-8, atol=1e-8)

problem_set.check(
    "free-cumulants",
    part="Marchenko-Pastur",
    observe="free_cumulants(m)",
    draw=lambda rng: {"m": marchenko_pastur(**draw_marchenko_pastur(rng))},
    by=WITHIN,
    reference=lagrange_cumulants,
)
problem_set.check(
    "free-cumulants",
    part="semicircle",
    observe="free_cumulants(m)",
    draw=lambda rng: {"m": semicircle(rng.uniform(0.8, 2.5), int(rng.integers(5, 9)))},
    by=WITHIN,
    reference=lagrange_cumulants,
)
problem_set.check(
    "free-cumulants",
    part="any law",
    observe="free_cumulants(m)",
    draw=draw_law,
    edges=[{"m": np.array([0.7])}, {"m": np.array([-1.3, 2.0])}],
    by=WITHIN,
    reference=lagrange_cumulants,
    all_or_nothing=True,
)


# 4. Two semicircles. At p = r = 1 the published R(z) = z is right: no such case is drawn.


def draw_mixture(rng: np.random.Generator) -> Case:
    p = rng.uniform(0.5, 0.98)
    return {"p": p, "r": 1 - p, "z": rng.uniform(0.2, 1)}


MIXTURES = [{"p": -1.7, "r": 0.6, "z": -0.8}, {"p": 0.0, "r": 2.2, "z": 0.3}]

problem_set.check(
    "semicircle-sum",
    part="R",
    observe="semicircle_sum(p, r, z)[0]",
    draw=draw_mixture,
    edges=MIXTURES,
    by=close(rtol=1e-8),
    reference=lambda p, r, z: p * (p * z) / 2 + r * (r * z) / 2,
    all_or_nothing=True,
)
problem_set.check(
    "semicircle-sum",
    part="edge",
    observe="semicircle_sum(p, r, z)[1]",
    draw=draw_mixture,
    edges=MIXTURES,
    by=close(rtol=1e-8),
    reference=lambda p, r, z: np.sqrt(2) * np.hypot(p, r),
    all_or_nothing=True,
)


# 5. Moments of two reflections: the mean over a circle, which 64 angles give exactly to k = 20.


def circle_moment(a: float, b: float, k: int) -> float:
    if k % 2:
        return 0.0
    theta = 2 * np.pi * np.arange(64) / 64
    return float(np.mean((a**2 + b**2 + 2 * a * b * np.cos(theta)) ** (k // 2)))


problem_set.check(
    "sign-moment",
    part="up to four",
    observe="sign_moment(a, b, k)",
    draw=lambda rng: dict(zip("ab", rng.uniform(0.5, 2, 2).tolist(), strict=True)) | {"k": 4},
    edges=[{"a": 1.3, "b": 0.8, "k": 1}, {"a": 1.0, "b": 1.0, "k": 4}],
    by=close(rtol=1e-8),
    reference=circle_moment,
    all_or_nothing=True,
)
problem_set.check(
    "sign-moment",
    part="higher",
    observe="sign_moment(a, b, k)",
    draw=lambda rng: {
        "a": rng.uniform(0.5, 1.5),
        "b": rng.uniform(0.5, 1.5),
        "k": 2 * int(rng.integers(3, 11)),
    },
    edges=[{"a": 0.0, "b": 1.2, "k": 8}, {"a": 0.7, "b": 0.9, "k": 19}],
    by=close(rtol=1e-8),
    reference=circle_moment,
    all_or_nothing=True,
)


# 6. A sampled spectrum. Measured with the reference at a = b = 1, the worst case, N = 250, 400
# samples: m_2 and m_4 scatter by 0.58 % and 0.83 %, which goes as 1 / N. At N >= 360 that is
# 0.40 % and 0.58 %, so that 3 % is 7.4 and 5.2 standard errors: 2e-7 a case, 8e-7 for four.
# The count of eigenvalues below a point: spectra are rigid. The largest of 31 deviations is 1.7 in
# the mean, sd 0.45, at any N; at most 3.3 in 4500 samples of N = 120 to 600. 5 is allowed, 7 sd.
# Independent draws from the limit are off by about 0.8 sqrt(N) > 15, by 11 where they are made in
# pairs, a permutation in place of U by N / 6.


def limit_cdf(x: Array, a: float, b: float) -> Array:
    """The fraction of eigenvalues below x: (x^2 - a^2 - b^2) / 2ab is the cosine of a phase."""
    phase = np.arcsin(np.clip((x**2 - a**2 - b**2) / (2 * a * b), -1, 1))
    return 0.5 + np.sign(x) * (0.25 + phase / (2 * np.pi))


def spectrum_of_free_reflections(value: Any, _reference: Any, case: Case) -> Judgement:
    a, b, size = case["a"], case["b"], case["N"]
    values = np.sort(value)
    if not np.all(np.isfinite(values)):
        return Judgement(0, "not finite")
    for k in (2, 4):
        if not abs(np.mean(values**k) / circle_moment(a, b, k) - 1) <= 0.03:
            return Judgement(0, f"the moment of order {k} is wrong")
    if not np.max(np.abs(values + values[::-1])) <= 1e-7 * (a + b):
        return Judgement(0, "the eigenvalues do not come in pairs of opposite sign")
    points = np.linspace(-(a + b), a + b, 33)[1:-1]
    counts = np.searchsorted(values, points)
    if not np.max(np.abs(counts - size * limit_cdf(points, a, b))) <= 5:
        return Judgement(0, "the eigenvalues are spread unlike those of the limit")
    return Judgement(1)


def draw_reflections(rng: np.random.Generator) -> Case:
    a, b = rng.uniform(0.6, 1.6, 2)
    size = 2 * int(rng.integers(180, 221))
    return {"a": float(a), "b": float(b), "N": size, "seed": int(rng.integers(2**32))}


problem_set.check(
    "sign-spectrum",
    observe="sign_spectrum(a, b, N, np.random.default_rng(seed))",
    draw=draw_reflections,
    edges=[{"a": 1.0, "b": 1.0, "N": 600, "seed": 21}],
    by=all_of(shaped(lambda N, **_: (N,)), spectrum_of_free_reflections),
    reference=None,
    seconds=5,
    all_or_nothing=True,
    false_failure=8e-7,
)


# 7. The figure: histogram, line and words are judged one by one, from one evaluation.


def drawn(value: Any, kind: str, word: str) -> Any:
    """The bars, or the line of that name; the only one of its kind will do. None without one."""
    lines = [line for line in getattr(value, "lines", ()) if line.kind == kind]
    named = [line for line in lines if word in line.label.lower()]
    return named[0] if named else lines[0] if len(lines) == 1 else None


def histogram(value: Any, _reference: Any, case: Case) -> Judgement:
    """Equal bins over the whole range, of area 1, whose counts keep within 8 of the limit's."""
    bars = drawn(value, "bars", "sampled")
    if bars is None:
        return Judgement(0, "no histogram was found in a returned Axes")
    a, b, bins, size = (case[name] for name in ("a", "b", "bins", "N"))
    edges = np.linspace(-(a + b), a + b, bins + 1)
    if bars.x.shape != (bins,) or not np.all(np.abs(bars.x - (edges[1:] + edges[:-1]) / 2) < 1e-6):
        return Judgement(0, "the bins are not those that were asked for")
    below = np.cumsum(bars.y) * (edges[1] - edges[0])
    if not abs(below[-1] - 1) <= 5e-3:
        return Judgement(0, "the area of the histogram is not 1")
    if not np.max(np.abs(below - limit_cdf(edges[1:], a, b))) <= 8 / size:
        return Judgement(0, "the histogram is not that of such a spectrum")
    return Judgement(1)


def limiting_line(value: Any, _reference: Any, case: Case) -> Judgement:
    line = drawn(value, "line", "limit")
    if line is None:
        return Judgement(0, "no line labelled 'limit' was found in a returned Axes")
    a, b = case["a"], case["b"]
    top, gap = a + b, abs(a - b)
    known = np.isfinite(line.x) & np.isfinite(line.y)
    x, y = line.x[known], line.y[known]
    inside = (np.abs(x) > gap + 1e-3 * top) & (np.abs(x) < top * (1 - 1e-3))
    outside = (np.abs(x) < gap - 1e-3 * top) | (np.abs(x) > top * (1 + 1e-3))
    square = x[inside] ** 2
    wanted = np.sqrt(square / ((square - gap**2) * (top**2 - square))) / np.pi
    for sign in (-1, 1):
        run = np.sort(np.concatenate([[gap, top], sign * x[inside & (sign * x > 0)]]))
        if not np.max(np.diff(run)) <= 0.051 * top:
            return Judgement(0, "the line leaves out a part of the spectrum")
    if not np.all(np.abs(y[inside] - wanted) <= 1e-6 * wanted):
        return Judgement(0, "the line has wrong values where there are eigenvalues")
    if not np.all(np.abs(y[outside]) <= 1e-9):
        return Judgement(0, "the line is not zero where there are no eigenvalues")
    return Judgement(1)


def words(value: Any, _reference: Any) -> Judgement:
    """Both axes named, linear scales, both names in the legend."""
    if not hasattr(value, "legend"):
        return Judgement(0, "no Axes was returned")
    if (value.xscale, value.yscale) != ("linear", "linear"):
        return Judgement(0, "a scale is not linear")
    if not (value.xlabel.strip() and value.ylabel.strip()):
        return Judgement(0, "an axis has no name")
    shown = " ".join(value.legend).lower()
    if "sampled" not in shown or "limit" not in shown:
        return Judgement(0, "the legend does not name both")
    return Judgement(1)


def draw_figure(rng: np.random.Generator) -> Case:
    a, b = rng.permutation([rng.uniform(0.6, 0.9), rng.uniform(1.1, 1.6)])
    return {
        "a": float(a),
        "b": float(b),
        "N": 2 * int(rng.integers(100, 131)),
        "bins": int(rng.integers(16, 40)),
        "seed": int(rng.integers(2**32)),
    }


problem_set.check(
    "plot-sign-sum",
    observe="plot_sign_sum(a, b, N, bins, np.random.default_rng(seed))",
    draw=draw_figure,
    edges=[{"a": 1.2, "b": 1.2, "N": 300, "bins": 24, "seed": 22}],
    parts={
        "histogram": Part(by=histogram, weight=2),
        "limit": Part(by=limiting_line, weight=2),
        "words": Part(by=words, weight=1),
    },
    reference=None,
    seconds=5,
    # the histogram keeps within 8 counts as problem 6 does: 14 standard errors
    false_failure=1e-7,
)


# 8. The S-transform. The exact moment series psi is solved for chi, where the student has 16 or
# more moments: with |z| <= 0.05 and no eigenvalue over 6 times the mean what is left out is 3e-8.


def draw_small(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]) * rng.uniform(0.01, 0.05))


def draw_wishart(rng: np.random.Generator) -> Case:
    return {"c": rng.uniform(0.1, 1), "s2": rng.uniform(0.5, 2), "z": draw_small(rng)}


def draw_mask(rng: np.random.Generator) -> Case:
    return {"p": rng.uniform(0.5, 0.98), "z": draw_small(rng)}


def draw_points(rng: np.random.Generator) -> Case:
    points, weights = rng.uniform(0.3, 1.6, 4), rng.dirichlet(np.full(4, 3.0))
    return {"points": points.tolist(), "weights": weights.tolist(), "z": draw_small(rng)}


def s_of_points(points: list[float], weights: list[float], z: float) -> float:
    t, w = np.array(points), np.array(weights)
    if z == 0:
        return float(1 / (w @ t))

    def psi(x: float) -> float:
        return float(w @ (t * x / (1 - t * x)))

    chi = brentq(lambda x: psi(x) - z, -1.0, 0.9 / t.max(), xtol=1e-16, rtol=1e-14)
    return float(chi * (1 + z) / z)


problem_set.check(
    "s-transform",
    seconds=2,
    part="Marchenko-Pastur",
    observe="""
from math import comb
S_transform(
    np.array([
        s2**k * sum(c**j * comb(k, j) * comb(k - 1, j) / (j + 1) for j in range(k))
        for k in range(1, 21)
    ]),
    z,
)
""",
    draw=draw_wishart,
    by=close(rtol=1e-6),
    reference=lambda c, s2, z: 1 / (s2 * (1 + c * z)),
    all_or_nothing=True,
)
problem_set.check(
    "s-transform",
    seconds=2,
    part="ones and zeros",
    observe="S_transform(np.full(18, p), z)",
    draw=draw_mask,
    by=close(rtol=1e-6),
    reference=lambda p, z: (1 + z) / (p + z),
    all_or_nothing=True,
)
problem_set.check(
    "s-transform",
    seconds=2,
    part="any law",
    observe="""
powers = np.array(points) ** np.arange(1, 17)[:, None]
S_transform(powers @ np.array(weights), z)
""",
    draw=draw_points,
    by=close(rtol=1e-6),
    reference=s_of_points,
    all_or_nothing=True,
)
problem_set.check(
    "s-transform",
    seconds=2,
    part="at zero",
    observe="S_transform(np.full(16, p) * scale ** np.arange(1, 17), 0.0)",
    draw=lambda rng: {"p": rng.uniform(0.5, 0.98), "scale": rng.uniform(0.3, 2)},
    by=close(rtol=1e-6),
    reference=lambda p, scale: 1 / (p * scale),
)
