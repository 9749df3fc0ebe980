"""A1 Trainability: how each answer of `trainability.ipynb` is observed and judged.

Hidden ranges: sigma_w in [.8, 3], v0 in [.01, 3], L in [1, 20], unless a line says why not.
Where a check is stochastic, the comment gives the probability that a right answer fails it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import erf, expit

from dfl_grading import Judgement, ProblemSet, close
from dfl_grading.compare.plain import amiss, describe
from dfl_grading.values import Plot

problem_set = ProblemSet(
    "sigmoid-1-trainability", preload=["numpy", "scipy.special", "matplotlib.pyplot"]
)

Case = Mapping[str, Any]


def fault(value: Any, shape: tuple[int, ...]) -> str:
    """What keeps `value` from being a finite real array of that shape; empty where nothing does."""
    if why := amiss(value, f"an array of shape {shape}"):
        return why
    if type(value) is not np.ndarray or value.dtype.kind not in "fiu":
        return f"returned {describe(value)}, expected real numbers of shape {shape}"
    if value.shape != shape:
        return f"wrong shape {value.shape}, expected {shape}"
    return "" if np.all(np.isfinite(value)) else "not finite"


def not_an_axes(value: Any) -> str:
    if type(value) is Plot:
        return ""
    return amiss(value, "an Axes") or f"returned {describe(value)}, expected an Axes"


# 1. Linear networks -----------------------------------------------------------------------------


def draw_lin_var(rng: np.random.Generator) -> Case:
    N = int(rng.integers(10, 1000))
    return dict(
        v0=rng.uniform(0.01, 3), N=N, s2=rng.uniform(0.8, 3) ** 2 / N, L=int(rng.integers(2, 21))
    )


# All or nothing: a wrong formula passes the edge cases, which are there to catch a right one
# with a slip at L = 0.
problem_set.check(
    "lin-var",
    observe="lin_var(v0, N, s2, L)",
    draw=draw_lin_var,
    draws=4,
    edges=[dict(v0=0.3, N=64, s2=0.05, L=0), dict(v0=0.3, N=64, s2=1 / 64, L=20)],
    reference=lambda v0, N, s2, L: v0 * (N * s2) ** L,
    by=close(rtol=1e-8, atol=0),
    all_or_nothing=True,
)

problem_set.check(
    "lin-scatter",
    observe="lin_scatter(N, L)",
    draw=lambda rng: dict(N=int(rng.integers(10, 500)), L=int(rng.integers(2, 21))),
    draws=4,
    edges=[dict(N=37, L=0), dict(N=1, L=3)],
    reference=lambda N, L: ((1 + 2 / N) ** L - 1) ** 0.5,
    by=close(rtol=1e-8, atol=1e-12),  # atol: the value at L = 0 is zero
    all_or_nothing=True,
)


# 2. Initial weights -----------------------------------------------------------------------------


def draw_fans(rng: np.random.Generator) -> Case:
    # Fans that differ by a factor of three tell the kinds and the fans apart: the nearest wrong
    # variance is off by a third. At least 30 000 entries.
    small = int(rng.integers(100, 130))
    nin, nout = (small, 3 * small) if rng.random() < 0.5 else (3 * small, small)
    return dict(nin=nin, nout=nout, seed=int(rng.integers(2**32)))


def independent_entries(value: Any, reference: float, case: Case) -> Judgement:
    """Mean zero, and the reference's variance within 5 %; any law of the entries will do.

    The standard error of the variance of n = 30 000 Gaussian entries is sqrt(2/n) = .8 %
    (less for uniform ones), so 5 % is 6.1 standard errors; the mean may be off by 6. The
    probability that a right answer fails is below 4e-9 a case.
    """
    if why := fault(value, (case["nout"], case["nin"])):
        return Judgement(0, why)
    deviation = float(np.std(value))
    ratio = deviation**2 / reference
    if abs(ratio - 1) <= 0.05:
        return centred(value, reference)
    if abs(deviation / reference - 1) <= 0.05:
        return Judgement(0, "standard deviation and variance are mixed up")
    much = "large" if ratio > 1 else "small"
    return Judgement(0, f"the variance of the entries is too {much}: which fan is it?")


def centred(value: np.ndarray, variance: float) -> Judgement:
    if abs(np.mean(value)) <= 6 * np.sqrt(variance / value.size):
        return Judgement(1)
    return Judgement(0, "the mean of the entries is not zero")


problem_set.check(
    "init",
    part="glorot",
    observe="init('glorot', nin, nout, np.random.default_rng(seed))",
    draw=draw_fans,
    draws=3,
    edges=[dict(nin=30000, nout=1, seed=11)],
    all_or_nothing=True,
    false_failure=4e-8,
    reference=lambda nin, nout, seed: 2 / (nin + nout),
    by=independent_entries,
)
problem_set.check(
    "init",
    part="he",
    observe="init('he', nin, nout, np.random.default_rng(seed))",
    draw=draw_fans,
    draws=3,
    edges=[dict(nin=30000, nout=1, seed=12)],
    all_or_nothing=True,
    false_failure=4e-8,
    reference=lambda nin, nout, seed: 2 / nin,
    by=independent_entries,
)


def orthonormal(value: Any, _reference: None, case: Case) -> Judgement:
    """Orthonormal columns, or rows where there are fewer of them; entries to 1e-10."""
    nout, nin = case["nout"], case["nin"]
    if why := fault(value, (nout, nin)):
        return Judgement(0, why)
    gram = value.T @ value if nout >= nin else value @ value.T
    if np.max(np.abs(gram - np.eye(len(gram)))) <= 1e-10:
        return Judgement(1)
    return Judgement(0, f"the {'columns' if nout >= nin else 'rows'} are not orthonormal")


problem_set.check(
    "init",
    part="orthogonal",
    observe="init('orthogonal', nin, nout, np.random.default_rng(seed))",
    draw=lambda rng: dict(nin=(n := int(rng.integers(5, 60))), nout=n, seed=int(rng.integers(99))),
    draws=3,
    edges=[
        dict(nin=7, nout=4, seed=13),
        dict(nin=3, nout=9, seed=14),
        dict(nin=1, nout=1, seed=15),
    ],
    reference=None,
    by=orthonormal,
)


def signed_qr(Z: np.ndarray) -> np.ndarray:
    """The orthogonal factor of each Z = QR with a positive diagonal in R."""
    Q, R = np.linalg.qr(Z)
    return Q * np.sign(np.einsum("...ii->...i", R))[..., None, :]


# They never enter the box.
ROTATIONS = signed_qr(np.random.default_rng(2017).standard_normal((3, 4, 4)))


def haar(value: Any, _reference: None) -> Judgement:
    """The traces of Q and of QR, R any of three fixed rotations, have mean 0 and mean square 1.

    Diaconis & Shahshahani (1994): for Haar Q in O(n), n >= 4, the moments of the trace are those
    of a standard normal up to the fourth; by invariance QR has the law of Q. Over 20 000 draws the
    standard errors are .0071 (mean) and .01 (mean square): .05 is 7.1 and 5.0 of them, and .06,
    for the mean square of tr QR, is 6. A right answer fails with probability 6e-7. `qr` without
    the sign fix has a mean trace of about -.83 and fails; a random sign for the whole matrix mends
    that, but the mean square of tr QR is then far from 1; the U of an SVD fails as well.
    """
    if why := fault(value, (20_000, 4, 4)):
        return Judgement(0, why)
    if np.max(np.abs(np.einsum("kij,kil->kjl", value, value) - np.eye(4))) > 1e-10:
        return Judgement(0, "some of 20 000 draws are not orthogonal")
    trace = np.einsum("kii->k", value)
    if not abs(np.mean(trace)) <= 0.05:
        return Judgement(0, "over 20 000 draws the mean trace is not zero: not the Haar law")
    turned = np.einsum("kij,rji->rk", value, ROTATIONS)
    if not (
        abs(np.mean(trace**2) - 1) <= 0.05
        and np.all(np.abs(np.mean(turned, axis=1)) <= 0.05)
        and np.all(np.abs(np.mean(turned**2, axis=1) - 1) <= 0.06)
    ):
        return Judgement(0, "over 20 000 draws a fixed rotation changes the law: not the Haar law")
    return Judgement(1)


# One drawing of arguments, 20 000 of matrices: all of them come out and are judged here, so that
# nothing but Haar matrices can look like Haar matrices.
problem_set.check(
    "init",
    part="haar",
    observe="""
source = np.random.default_rng(seed)
np.array([init("orthogonal", 4, 4, source) for _ in range(20_000)])
""",
    draw=lambda rng: dict(seed=int(rng.integers(2**32))),
    draws=1,
    reference=None,
    by=haar,
    seconds=20,
    false_failure=6e-7,
)


def from_rng_alone(value: Any, _reference: None, case: Case) -> Judgement:
    """The same seed gives the same weights, another seed gives others."""
    if type(value) is not list or len(value) != 3:
        return Judgement(0, amiss(value) or f"returned {describe(value)}, expected arrays")
    first, again, other = value
    for weights in value:
        if why := fault(weights, (case["nout"], case["nin"])):
            return Judgement(0, why)
    if not np.array_equal(first, again):
        return Judgement(0, "the same rng gives different weights: something else is random")
    if np.array_equal(first, other):
        return Judgement(0, "another rng gives the same weights")
    return Judgement(1)


problem_set.check(
    "init",
    part="rng",
    observe="""
[
    init(kind, nin, nout, np.random.default_rng(seed)),
    init(kind, nin, nout, np.random.default_rng(seed)),
    init(kind, nin, nout, np.random.default_rng(seed + 1)),
]
""",
    edges=[
        dict(kind="glorot", nin=6, nout=5, seed=16),
        dict(kind="he", nin=5, nout=8, seed=17),
        dict(kind="orthogonal", nin=5, nout=5, seed=18),
    ],
    reference=None,
    by=from_rng_alone,
)


# 3. LSUV ----------------------------------------------------------------------------------------

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "relu": lambda u: np.maximum(u, 0.0),
    "sin": np.sin,
    "erf": erf,
    "sigmoid": expit,
    "linear": lambda u: u,
}


def draw_lsuv(rng: np.random.Generator) -> Case:
    # A batch with a mean, so that the mean square is not the variance; scales far from one.
    widths = rng.integers(5, 13, size=int(rng.integers(4, 10)))
    return dict(
        Ws=[rng.normal(0, 10 ** rng.uniform(-1, 1), (nout, nin)) for nin, nout in pairwise(widths)],
        X=rng.normal(rng.uniform(0.5, 2), rng.uniform(0.5, 3), (150, widths[0])),
        act=str(rng.choice(["tanh", "relu", "sin"])),
        tol=float(rng.choice([1e-3, 1e-6, 1e-8])),
    )


def unit_variances(value: Any, _reference: None, case: Case) -> Judgement:
    """Positive multiples of the given weights that give every layer a variance within tol of 1."""
    Ws, H, phi = case["Ws"], case["X"], ACTIVATIONS[case["act"]]
    if type(value) not in (list, tuple) or len(value) != len(Ws):
        return Judgement(0, amiss(value) or "expected a list with one matrix for each layer")
    for layer, (new, given) in enumerate(zip(value, Ws, strict=True), start=1):
        if why := fault(new, given.shape):
            return Judgement(0, f"layer {layer}: {why}")
        scale = np.vdot(new, given) / np.vdot(given, given)
        if not (scale > 0 and np.allclose(new, scale * given, rtol=1e-8, atol=1e-8 * scale)):
            return Judgement(0, f"layer {layer}: not a positive multiple of the given matrix")
        U = H @ new.T
        # The last term forgives the rounding of a sum in another order, no more.
        if not abs(np.var(U) - 1) < case["tol"] + 1e-12:
            return Judgement(0, f"layer {layer}: the variance is not within tol of 1")
        H = phi(U)
    return Judgement(1)


problem_set.check(
    "lsuv",
    observe="""
lsuv(Ws, X, {"tanh": np.tanh, "relu": lambda u: np.maximum(u, 0.0), "sin": np.sin}[act], tol)
""",
    draw=draw_lsuv,
    draws=4,
    edges=[
        dict(  # a single layer
            Ws=[np.array([[0.2, -1.4, 0.6]])],
            X=np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 4.0], [2.0, 2.5, 1.0], [0.0, 1.0, 1.0]]),
            act="tanh",
            tol=1e-9,
        )
    ],
    reference=None,
    by=unit_variances,
    seconds=3,  # it takes milliseconds, and an endless loop is likely here
)


# 4. The Jacobian --------------------------------------------------------------------------------


def network(Ws: Sequence[np.ndarray], bs: Sequence[np.ndarray], act: str, h: np.ndarray) -> Any:
    for W, b in zip(Ws, bs, strict=True):
        h = ACTIVATIONS[act](W @ h + b)
    return h


def central_differences(
    Ws: Sequence[np.ndarray], bs: Sequence[np.ndarray], x: np.ndarray, act: str
) -> np.ndarray:
    """The Jacobian, column by column, from the network's values alone."""
    step = 6e-6  # near the cube root of the rounding unit: truncation and rounding balance
    columns = []
    for direction in step * np.eye(len(x)):
        above, below = network(Ws, bs, act, x + direction), network(Ws, bs, act, x - direction)
        columns.append((above - below) / (2 * step))
    return np.stack(columns, axis=1)


def relative_to_largest(value: Any, reference: np.ndarray) -> Any:
    """Within 1e-5 of the largest entry: the error of central differences is not entry by entry."""
    return close(rtol=1e-5, atol=1e-5 * float(np.max(np.abs(reference))))(value, reference)


def draw_network(rng: np.random.Generator, widths: Sequence[int]) -> Case:
    sigma_w, sigma_b = rng.uniform(0.8, 3), rng.uniform(0.1, 0.5)
    layers = list(pairwise(widths))
    return dict(
        Ws=[rng.normal(0, sigma_w / np.sqrt(nin), (nout, nin)) for nin, nout in layers],
        bs=[rng.normal(0, sigma_b, nout) for _, nout in layers],
        x=rng.standard_normal(widths[0]),
        act=str(rng.choice(["tanh", "sin", "erf", "sigmoid"])),
    )


JACOBIAN = """
from scipy.special import erf, expit
phi = {
    "tanh": Activation("tanh", np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "sin": Activation("sin", np.sin, np.cos),
    "erf": Activation("erf", erf, lambda u: 2 / np.sqrt(np.pi) * np.exp(-(u**2))),
    "sigmoid": Activation("sigmoid", expit, lambda u: expit(u) * expit(-u)),
    "linear": Activation("linear", lambda u: u, np.ones_like),
}[act]
jacobian(Ws, bs, x, phi)
"""

# All or nothing in each part: with one layer, or with phi(u) = u, some wrong orders are right.
problem_set.check(
    "jacobian",
    part="equal widths",
    weight=3,
    observe=JACOBIAN,
    draw=lambda rng: draw_network(rng, [int(rng.integers(3, 9))] * int(rng.integers(3, 7))),
    draws=4,
    edges=[
        dict(
            Ws=[np.array([[1.0, 2.0], [-0.5, 0.3]]), np.array([[0.2, 1.0], [1.5, -0.7]])],
            bs=[np.array([0.1, 0.2]), np.array([-0.3, 0.0])],
            x=np.array([0.4, -1.1]),
            act="linear",
        ),
        dict(
            Ws=[np.array([[0.6, -1.2], [0.9, 0.4]])],
            bs=[np.array([0.5, -0.25])],
            x=np.zeros(2),
            act="sin",
        ),
    ],
    reference=central_differences,
    by=relative_to_largest,
    all_or_nothing=True,
)
problem_set.check(
    "jacobian",
    part="any widths",
    weight=1,
    observe=JACOBIAN,
    draw=lambda rng: draw_network(rng, [int(n) for n in rng.permutation(np.arange(2, 8))[:4]]),
    draws=3,
    reference=central_differences,
    by=relative_to_largest,
    all_or_nothing=True,
)


# 5. Residual networks ---------------------------------------------------------------------------

problem_set.check(
    "res",
    observe="res(sigma, L)",
    draw=lambda rng: dict(sigma=rng.uniform(0.1, 2), L=int(rng.integers(2, 21))),
    draws=4,
    edges=[dict(sigma=0.7, L=0), dict(sigma=0.0, L=8)],
    reference=lambda sigma, L: (1 + sigma**2) ** L,
    by=close(rtol=1e-8, atol=0),
    all_or_nothing=True,
)


def mean_and_scatter(value: Any, _reference: None, case: Case) -> Judgement:
    """The mean within 15 %, and a scatter between .4 and 1.8 of what it should be.

    One block multiplies |h|^2 by 1 + 2 sigma g/sqrt(N) + sigma^2 chi^2/N, whatever h is: relative
    variance (4 sigma^2 + 2 sigma^4)/(N (1 + sigma^2)^2), independent between blocks. In the ranges
    drawn here 15 % is at least 5.4 standard errors of the mean, and the bounds of the scatter at
    least 5 of its own: a right answer fails with probability below 1e-6 in all. One block too many
    or too few is off by 26 % or more of the mean (20 % in the edge case).
    """
    sigma, L, N, nets = (case[name] for name in ("sigma", "L", "N", "nets"))
    if why := fault(value, (nets,)):
        return Judgement(0, why)
    mean = float(np.mean(value))
    if not abs(mean / (1 + sigma**2) ** L - 1) <= 0.15:
        return Judgement(0, "the mean growth is off by more than 15 %")
    block = (4 * sigma**2 + 2 * sigma**4) / (N * (1 + sigma**2) ** 2)
    if not 0.4 <= np.std(value) / mean / np.sqrt((1 + block) ** L - 1) <= 1.8:
        return Judgement(0, "the networks differ too much or too little: is each one fresh?")
    return Judgement(1)


problem_set.check(
    "res-nets",
    observe="res_nets(sigma, L, N, nets, np.random.default_rng(seed))",
    draw=lambda rng: dict(
        sigma=rng.uniform(0.6, 0.65),
        L=int(rng.integers(4, 7)),
        N=200,
        nets=int(rng.integers(44, 56)),
        seed=int(rng.integers(2**32)),
    ),
    draws=3,
    edges=[dict(sigma=0.5, L=10, N=200, nets=48, seed=19)],
    false_failure=1e-6,
    reference=None,
    by=mean_and_scatter,
    seconds=20,
)


# 6. The figure ----------------------------------------------------------------------------------


def draw_figure(rng: np.random.Generator) -> Case:
    gains = [round(float(g), 3) for g in rng.uniform(0.5, 2, size=int(rng.integers(2, 5)))]
    return dict(v0=round(rng.uniform(0.01, 3), 3), gains=gains, L=int(rng.integers(5, 21)))


def curves(value: Any, _reference: None, case: Case) -> Judgement:
    """For each gain some line has the points (l, v0 g^l), l = 0 ... L; more lines are fine."""
    if why := not_an_axes(value):
        return Judgement(0, why)
    layers = np.arange(case["L"] + 1)
    found = 0
    for gain in case["gains"]:
        wanted = case["v0"] * gain**layers
        found += any(
            line.x.shape == layers.shape
            and np.array_equal(line.x, layers)
            and np.allclose(line.y, wanted, rtol=1e-8, atol=0)
            for line in value.lines
        )
    missing = len(case["gains"]) - found
    return Judgement(1) if not missing else Judgement(0, f"{missing} of the curves not found")


def words(value: Any, _reference: None, case: Case) -> Judgement:
    """Both axes have a name and the legend names every gain."""
    if why := not_an_axes(value):
        return Judgement(0, why)
    if not (value.xlabel.strip() and value.ylabel.strip()):
        return Judgement(0, "an axis has no name")
    if not {f"{gain:g}" for gain in case["gains"]} <= set(value.legend):
        return Judgement(0, "the legend does not show every gain")
    return Judgement(1)


def straight_curves(value: Any, _reference: None) -> Judgement:
    """The vertical axis is logarithmic, the horizontal one is not."""
    if why := not_an_axes(value):
        return Judgement(0, why)
    straight = (value.xscale, value.yscale) == ("linear", "log")
    return Judgement(
        1.0 if straight else 0.0, "" if straight else "the curves are not straight lines"
    )


for part, weight, draws, by in (
    ("curves", 2.0, 3, curves),
    ("axis", 1.0, 1, straight_curves),
    ("words", 1.0, 1, words),
):
    problem_set.check(
        "plot-depth",
        part=part,
        weight=weight,
        observe="plot_depth(v0, gains, L)",
        draw=draw_figure,
        draws=draws,
        edges=[dict(v0=0.5, gains=[1.5], L=1)],
        reference=None,
        by=by,
    )
