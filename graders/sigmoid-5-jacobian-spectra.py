"""A5 Jacobian spectra: what is observed of each answer, and what it is judged against.

Hidden ranges: L in [1, 20] (to 60 for the edge), p in [0.5, 1], sigma_w in [0.8, 3], q in [0, 3],
z in [-0.3, 2]. Targets of a design: 0.02 to 2 with orthogonal weights, 1.1 L to 2 L with Gaussian.
Whatever is exact is judged to 1e-8, so that leading orders and limits fail.
The sampler is judged by an exact spectrum (one layer, and the counts of two atoms) and by its first
two moments at a width where four standard errors are a few per cent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf

from dfl_grading import Judgement, Part, ProblemSet, all_of, close, exact, items, shaped

problem_set = ProblemSet(
    "sigmoid-5-jacobian-spectra",
    prelude="import numpy as np",
    preload=["matplotlib.pyplot", "scipy.optimize", "scipy.special"],
)

KINDS = ("gaussian", "orthogonal")


# 1. The S-transform.


def draw_transform(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "z": rng.uniform(-0.3, 2, 4),
        "L": int(rng.integers(2, 21)),
        "p": rng.uniform(0.5, 0.98),
        "sigma_w": rng.uniform(0.8, 3),
    }


for kind in KINDS:
    problem_set.check(
        "s-jj",
        part=kind,
        observe=f"s_jj(z, L, p, sigma_w, {kind!r})",
        draw=draw_transform,
        edges=[{"z": np.array([0.4, 1.2]), "L": 1, "p": 0.6, "sigma_w": 1.7}],
        by=close(rtol=1e-8),
        all_or_nothing=True,
    )


# 2. Mean and variance.


def draw_masks(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "L": int(rng.integers(2, 21)),
        "p": rng.uniform(0.5, 0.98),
        "sigma_w": rng.uniform(0.8, 3),
    }


LINEAR = {"L": 9, "p": 1.0, "sigma_w": 1.3}

problem_set.check(
    "jj-moments",
    part="mean",
    observe="jj_moments(L, p, sigma_w, kind)[0]",
    draw=lambda rng: draw_masks(rng) | {"kind": KINDS[rng.integers(2)]},
    draws=4,
    by=close(rtol=1e-8),
)
problem_set.check(
    "jj-moments",
    part="variance, Gaussian",
    weight=1.5,
    observe="jj_moments(L, p, sigma_w, 'gaussian')[1]",
    draw=draw_masks,
    edges=[LINEAR],
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
problem_set.check(
    "jj-moments",
    part="variance, orthogonal",
    weight=1.5,
    observe="jj_moments(L, p, sigma_w, 'orthogonal')[1]",
    draw=draw_masks,
    edges=[LINEAR],
    by=close(rtol=1e-8, atol=1e-10),
    all_or_nothing=True,
)


# 3. The sampler. What is exact first: one layer, and the counts that no randomness can change.


def one_layer(N: int, p: float, sigma_w: float, seed: int) -> np.ndarray:
    on = round(p * N)
    return np.concatenate([np.zeros(N - on), np.full(on, sigma_w**2)])


def draw_layer(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "N": 40,
        "p": int(rng.integers(20, 39)) / 40,
        "sigma_w": rng.uniform(0.8, 3),
        "seed": int(rng.integers(2**31)),
    }


problem_set.check(
    "jj-spectrum",
    part="one orthogonal layer",
    weight=2,
    observe="jj_spectrum(N, 1, p, sigma_w, 'orthogonal', np.random.default_rng(seed))",
    seconds=5,
    draw=draw_layer,
    draws=4,
    edges=[{"N": 7, "p": 1.0, "sigma_w": 1.3, "seed": 5}],
    by=close(atol=1e-9),
    reference=one_layer,
    all_or_nothing=True,
)

# Eigenvalues that are not zero come as near to it as N^-L, so that their number is a bound only.
# The rest of the spectrum keeps away from the atom at the top.
ATOMS = """
values = np.asarray(jj_spectrum(N, L, p, p**-0.5, 'orthogonal', np.random.default_rng(seed)))
(bool(np.sum(values < 1e-10) >= N - round(p * N)), int(np.sum(np.abs(values * p**L - 1) < 1e-9)))
"""


def atom_counts(N: int, L: int, p: float, seed: int) -> tuple[bool, int]:
    return True, N - L * (N - round(p * N))


problem_set.check(
    "jj-spectrum",
    part="two atoms",
    weight=1,
    observe=ATOMS,
    seconds=5,
    draw=lambda rng: {
        "N": 60,
        "L": int(rng.integers(2, 5)),
        "p": int(rng.integers(50, 58)) / 60,
        "seed": int(rng.integers(2**31)),
    },
    by=exact(),
    reference=atom_counts,
    all_or_nothing=True,
)

# Relative standard deviations over 1200 networks at the worst corner, L = 3 and p = 0.7.
# Orthogonal, N = 120: mean 0.9 %, variance 0.9 %. Gaussian, N = 200: mean 2.3 %, variance 6.1 %
# with a bias of 1.3 % (of order L / N) and a skewness of 0.25. Each tolerance is six of them or
# more, beside the bias, and the largest of the 1200 deviations was 28 % where 40 % are allowed.
# What must fail is far off: the other kind's variance by a factor of at least 3, a missing
# 1 / sqrt(N) by a power of N. A mask whose count is random moves the orthogonal mean by 6 to 11 %,
# and fails the exact part above in any case.
MOMENTS = """
values = np.asarray(jj_spectrum(N, L, p, sigma_w, kind, np.random.default_rng(seed)))
(float(values.mean()), float(values.var()))
"""


def moments(N: int, L: int, p: float, sigma_w: float, kind: str, seed: int) -> tuple[float, float]:
    m1 = (sigma_w**2 * p) ** L
    return m1, m1**2 * L * (1 / p if kind == "gaussian" else (1 - p) / p)


def draw_network(kind: str, N: int) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {
            "N": N,
            "L": int(rng.integers(2, 4)),
            "p": int(rng.integers(14, 19)) / 20,
            "sigma_w": rng.uniform(0.8, 3),
            "kind": kind,
            "seed": int(rng.integers(2**31)),
        }

    return draw


problem_set.check(
    "jj-spectrum",
    part="mean and variance, orthogonal",
    weight=2,
    observe=MOMENTS,
    seconds=5,
    draw=draw_network("orthogonal", 120),
    by=items(close(rtol=0.06), close(rtol=0.08)),
    reference=moments,
    all_or_nothing=True,
    false_failure=1e-6,
)
problem_set.check(
    "jj-spectrum",
    part="mean and variance, Gaussian",
    weight=2,
    observe=MOMENTS,
    seconds=5,
    draw=draw_network("gaussian", 200),
    by=items(close(rtol=0.14), close(rtol=0.4)),
    reference=moments,
    all_or_nothing=True,
    false_failure=1e-6,
)


# 4. The edge. Orthogonal networks are drawn on both sides of L (1 - p) = 1.

problem_set.check(
    "lam-max",
    part="Gaussian, masks",
    weight=3,
    observe="lam_max(L, p, 'gaussian')",
    draw=lambda rng: {"L": int(rng.integers(2, 21)), "p": rng.uniform(0.5, 0.9)},
    edges=[{"L": 1, "p": 0.65}, {"L": 60, "p": 0.5}],
    by=close(rtol=1e-8),
    all_or_nothing=True,
)
problem_set.check(
    "lam-max",
    part="Gaussian, linear",
    weight=1,
    observe="lam_max(L, 1.0, 'gaussian')",
    edges=[{"L": 2}, {"L": 7}, {"L": 60}],
    by=close(rtol=1e-8),
    reference=lambda L: (L + 1) * ((L + 1) / L) ** L,
)
problem_set.check(
    "lam-max",
    part="orthogonal, soft edge",
    weight=2,
    observe="lam_max(L, p, 'orthogonal')",
    draw=lambda rng: {"L": int(rng.integers(6, 21)), "p": rng.uniform(0.5, 0.78)},
    edges=[{"L": 3, "p": 0.52}, {"L": 60, "p": 0.97}],
    by=close(rtol=1e-8),
)
problem_set.check(
    "lam-max",
    part="orthogonal, atom",
    weight=2,
    observe="lam_max(L, p, 'orthogonal')",
    draw=lambda rng: {"L": int(rng.integers(2, 7)), "p": rng.uniform(0.86, 0.98)},
    edges=[{"L": 1, "p": 0.55}, {"L": 4, "p": 0.75}, {"L": 12, "p": 1.0}],
    by=close(rtol=1e-8),
    all_or_nothing=True,
)


# 5. The atoms. A student's zero may be off by rounding, in L (1 - p) = 1 above all.


def draw_shallow(rng: np.random.Generator) -> dict[str, Any]:
    return {"L": int(rng.integers(2, 6)), "p": rng.uniform(0.82, 0.98)}


def draw_deep(rng: np.random.Generator) -> dict[str, Any]:
    return {"L": int(rng.integers(6, 21)), "p": rng.uniform(0.5, 0.8)}


problem_set.check(
    "atoms",
    part="top fraction",
    weight=3,
    observe="np.array([atoms(L, p)[0], atoms(M, r)[0]], dtype=float)",
    draw=lambda rng: (
        draw_shallow(rng) | dict(zip(("M", "r"), draw_deep(rng).values(), strict=True))
    ),
    edges=[{"L": 4, "p": 0.9, "M": 10, "r": 0.9}, {"L": 1, "p": 0.63, "M": 15, "r": 1.0}],
    by=close(atol=1e-10),
    all_or_nothing=True,
)
problem_set.check(
    "atoms",
    part="place",
    weight=1,
    observe="atoms(L, p)[1]",
    draw=draw_shallow,
    edges=[{"L": 7, "p": 0.6}],
    by=close(rtol=1e-8),
)
problem_set.check(
    "atoms",
    part="zero fraction",
    weight=1,
    observe="atoms(L, p)[2]",
    draw=draw_deep,
    edges=[{"L": 5, "p": 1.0}],
    by=close(atol=1e-10),
    all_or_nothing=True,
)


# 6. Smooth activations: tanh, erf (closed form), and one that is not a sigmoid.


def draw_smooth(rng: np.random.Generator) -> dict[str, Any]:
    return {"q": rng.uniform(0.01, 3), "L": int(rng.integers(2, 21))}


def erf_orthogonal(q: float, L: int) -> float:
    return L * ((1 + np.pi * q) / np.sqrt(1 + 2 * np.pi * q) - 1)


def erf_gaussian(q: float, L: int) -> float:
    return L * (1 + np.pi * q) / np.sqrt(1 + 2 * np.pi * q)


problem_set.check(
    "var-smooth",
    part="orthogonal, tanh",
    weight=2,
    observe="var_smooth(q, L, 'orthogonal', lambda x: 1 - np.tanh(x) ** 2)",
    draw=draw_smooth,
    edges=[{"q": 0.1, "L": 16}],
    by=close(rtol=1e-5),
)
problem_set.check(
    "var-smooth",
    part="orthogonal, erf",
    weight=1,
    observe="var_smooth(q, L, 'orthogonal', lambda x: np.exp(-np.pi * x**2 / 4))",
    draw=draw_smooth,
    edges=[{"q": 0.0, "L": 4}],
    by=close(rtol=1e-5, atol=1e-10),
    reference=erf_orthogonal,
    all_or_nothing=True,
)
problem_set.check(
    "var-smooth",
    part="Gaussian, erf",
    weight=1,
    observe="var_smooth(q, L, 'gaussian', lambda x: np.exp(-np.pi * x**2 / 4))",
    draw=draw_smooth,
    edges=[{"q": 0.0, "L": 4}],
    by=close(rtol=1e-5),
    reference=erf_gaussian,
    all_or_nothing=True,
)
problem_set.check(
    "var-smooth",
    part="softplus",
    weight=1,
    observe="var_smooth(q, L, kind, lambda x: 1 / (1 + np.exp(-x)))",
    draw=lambda rng: draw_smooth(rng) | {"kind": KINDS[rng.integers(2)]},
    by=close(rtol=1e-5),
)


# 7. The design, judged by substitution into its three equations.


def hard_tanh_means(q: float) -> tuple[float, float]:
    """p = E phi'^2 and E phi^2 of hard tanh."""
    p = float(erf(1 / np.sqrt(2 * q)))
    return p, q * p - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - p


def has_variance(value: Any, _reference: Any, case: Any) -> Judgement:
    p, _ = hard_tanh_means(value[2])
    found = case["L"] * (1 / p if case["kind"] == "gaussian" else (1 - p) / p)
    right = abs(found - case["target"]) <= 1e-5 * case["target"]
    return Judgement(float(right), "" if right else "at this q the variance is not the target")


def is_near(value: Any, _reference: Any, case: Any) -> Judgement:
    """What the masks add to the variance is right within a fifth: no other q was meant."""
    p, _ = hard_tanh_means(value[2])
    wanted = case["target"] / case["L"] - (case["kind"] == "gaussian")
    right = abs((1 - p) / p - wanted) <= 0.2 * wanted
    return Judgement(float(right), "" if right else "at this q the variance is far from the target")


def is_critical(value: Any, _reference: Any) -> Judgement:
    p, _ = hard_tanh_means(value[2])
    right = abs(value[0] ** 2 * p - 1) <= 1e-5
    return Judgement(float(right), "" if right else "chi_1 is not one with this sigma_w and q")


def is_fixed(value: Any, _reference: Any) -> Judgement:
    _, square = hard_tanh_means(value[2])
    error = value[0] ** 2 * square + value[1] ** 2 - value[2]
    right = abs(error) <= 1e-6 * value[2]
    return Judgement(float(right), "" if right else "q is not a fixed point of the length map")


def plausible(value: Any, _reference: Any) -> Judgement:
    """Three numbers of a sign and size that the equations can be computed for."""
    right = bool(np.all((value >= 0) & (value < 1e3)) and value[2] > 0)
    return Judgement(float(right), "" if right else "sigma_w, sigma_b or q has no possible value")


def draw_orthogonal(rng: np.random.Generator) -> dict[str, Any]:
    target = float(np.exp(rng.uniform(np.log(0.02), np.log(2))))
    return {"L": int(rng.integers(2, 21)), "target": target, "kind": "orthogonal"}


def draw_gaussian(rng: np.random.Generator) -> dict[str, Any]:
    L = int(rng.integers(1, 21))
    return {"L": L, "target": L * rng.uniform(1.1, 2), "kind": "gaussian"}


def substituted(kind: str, weight: float) -> dict[str, Part]:
    """The three equations, the last two only near the target: any q has some critical network."""
    form = all_of(shaped((3,)), plausible)
    near = all_of(form, is_near)
    return {
        f"{kind}: target": Part(by=all_of(form, has_variance), weight=weight),
        f"{kind}: critical": Part(by=all_of(near, is_critical), weight=weight),
        f"{kind}: fixed point": Part(by=all_of(near, is_fixed), weight=weight),
    }


DESIGN = "np.array(design(L, target, kind, 'hard tanh'), dtype=float)"

problem_set.check(
    "design",
    observe=DESIGN,
    seconds=5,
    draw=draw_orthogonal,
    edges=[{"L": 20, "target": 0.02, "kind": "orthogonal"}],
    parts=substituted("orthogonal", 3),
)
problem_set.check(
    "design",
    observe=DESIGN,
    seconds=5,
    draw=draw_gaussian,
    parts=substituted("Gaussian", 1),
)

# What is out of reach, beside something in reach: None for everything earns nothing.
POSSIBLE = """
asked = [('orthogonal', 'hard tanh', t), ('orthogonal', 'relu', t), ('gaussian', 'relu', t),
         ('gaussian', 'hard tanh', t), ('gaussian', 'hard tanh', 1.4 * L)]
tuple(design(L, target, kind, activation) is not None for kind, activation, target in asked)
"""


def possible(L: int, t: float) -> tuple[bool, ...]:
    return True, False, False, False, True


problem_set.check(
    "design",
    part="what is out of reach",
    weight=3,
    observe=POSSIBLE,
    seconds=5,
    draw=lambda rng: {"L": int(rng.integers(4, 21)), "t": rng.uniform(0.1, 2)},
    edges=[{"L": 3, "t": 2.9}],
    by=exact(),
    reference=possible,
    all_or_nothing=True,
)


# 8. The figure, judged by its data.


def draw_figure(rng: np.random.Generator) -> dict[str, Any]:
    depths = np.sort(rng.choice(np.arange(1, 101), 9, replace=False))
    return {"depths": depths, "p": rng.uniform(0.8, 0.97)}


def shows(kind: str) -> Any:
    """A comparer: the labelled line has a point at every depth, where the reference has it."""

    def judge(value: Any, reference: Any, case: Any) -> Judgement:
        found, wanted = _labelled(value, kind), _labelled(reference, kind)
        if found is None or found.x.dtype.kind not in "fiu" or found.y.dtype.kind not in "fiu":
            return Judgement(0.0, f"no line labelled '{kind}' was found in a returned Axes")
        heights = {round(float(x), 6): float(y) for x, y in zip(wanted.x, wanted.y, strict=True)}
        drawn = {round(float(x), 6): float(y) for x, y in zip(found.x, found.y, strict=True)}
        if any(depth not in drawn for depth in heights):
            return Judgement(0.0, f"the {kind} line has no point at some of the depths")
        right = all(abs(drawn[d] - y) <= 1e-6 * y for d, y in heights.items())
        return Judgement(float(right), "" if right else f"the {kind} line has wrong values")

    return judge


def labels_and_scales(value: Any, _reference: Any) -> Judgement:
    if _labelled(value, "gaussian") is None and _labelled(value, "orthogonal") is None:
        return Judgement(0.0, "no labelled line was found in a returned Axes")
    if (value.xscale, value.yscale) != ("log", "log"):
        return Judgement(0.0, "a scale is not logarithmic")
    across = value.xlabel.lower().replace("$", " ").split()
    up = value.ylabel.lower().replace("λ", "lambda")
    named = ["depth" in across or "l" in across, "lambda" in up]
    return Judgement(sum(named) / 2, "" if all(named) else "an axis label is missing or wrong")


def _labelled(plot: Any, kind: str) -> Any:
    lines = getattr(plot, "lines", ())
    return next((line for line in lines if kind in line.label.lower()), None)


problem_set.check(
    "edge-figure",
    observe="edge_figure(depths, p)",
    seconds=5,
    draw=draw_figure,
    draws=3,
    edges=[{"depths": np.array([1, 2, 10, 90]), "p": 0.9}],
    parts={
        "Gaussian": Part(by=shows("gaussian"), weight=3),
        "orthogonal": Part(by=shows("orthogonal"), weight=3),
        "labels and scales": Part(by=labels_and_scales, weight=2),
    },
)
