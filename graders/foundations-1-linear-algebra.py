"""G1 Linear algebra: what is observed of each answer, and what it is judged against.

Hidden sizes: 3 to 12 rows and columns. Eigenvalues in [-3, 3] and singular values in [0.1, 5];
different ones lie more than 0.05 apart outside the edges, so that projectors and cuts are well
conditioned (an error of 1e-16 / 0.05 against a tolerance of 1e-8). What is to count as zero lies
far below `tol`, all else far above, except in edges that tell an absolute tol from a relative one.
Where the answer is not unique (bases, phases, ties) the defining properties are judged, and no
basis is ever compared. A call takes less than a millisecond; the seconds end what never stops.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from dfl_grading import (
    Judgement,
    Part,
    ProblemSet,
    all_of,
    close,
    orthonormal,
    plot,
    residual,
    shaped,
    sorted_close,
)
from dfl_grading.values import Plot, PlotLine

problem_set = ProblemSet(
    "foundations-1-linear-algebra",
    preload=["matplotlib.pyplot", "scipy.linalg"],
    prelude="import numpy as np",
)

NUMBERS = close(rtol=1e-8, atol=1e-10, container_ok=True)
MATRIX = close(
    rtol=1e-8,
    atol=1e-10,
    normwise=True,
    container_ok=True,
    integer_ok=True,
    real_ok=True,
    complex_ok=True,
)
TOL = 1e-6


def unitary(rng: np.random.Generator, n: int, kind: str = "real") -> np.ndarray:
    """A random orthogonal or unitary matrix."""
    raw = rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if kind == "complex" else 0)
    return np.asarray(np.linalg.qr(raw)[0])


def with_singular_values(
    rng: np.random.Generator, m: int, n: int, s: Any, kind: str = "real"
) -> np.ndarray:
    """A random matrix of shape (m, n) with these singular values, and zeros for the others."""
    middle = np.zeros((m, n))
    np.fill_diagonal(middle, np.pad(s, (0, min(m, n) - len(s))))
    return np.asarray(unitary(rng, m, kind) @ middle @ unitary(rng, n, kind).conj().T)


def with_eigenvalues(rng: np.random.Generator, values: Any, kind: str = "real") -> np.ndarray:
    """A random Hermitian matrix with these eigenvalues, each as often as it is listed."""
    basis = unitary(rng, len(values), kind)
    matrix = basis * np.asarray(values) @ basis.conj().T
    return np.asarray((matrix + matrix.conj().T) / 2)


def apart(rng: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    """So many numbers in [low, high], at least 0.6 of their even spacing apart, in any order."""
    spacing = (high - low) / count
    spots = low + spacing * (np.arange(count) + rng.uniform(0, 0.4, count))
    return np.asarray(rng.permutation(spots))


def fresh(seed: int) -> np.random.Generator:
    """The generator of an edge case."""
    return np.random.default_rng(seed)


def numbered(*cases: dict[str, Any]) -> list[dict[str, Any]]:
    """Edge cases that differ in a small argument, which a message can name, not in arrays alone."""
    return [{"number": number, **case} for number, case in enumerate(cases, 1)]


# 1. One projector for each eigenvalue. Each draw has a repeated eigenvalue.


def draw_degenerate(rng: np.random.Generator, kind: str = "real") -> dict[str, Any]:
    n = int(rng.integers(4, 13))
    different = apart(rng, -3, 3, int(rng.integers(2, n)))
    more = rng.choice(different, n - len(different))
    return {"A": with_eigenvalues(rng, [*different, *more], kind), "tol": TOL}


def draw_hermitian(rng: np.random.Generator) -> dict[str, Any]:
    return draw_degenerate(rng, "complex")


SPIN = np.array([[0, -1j, 0], [1j, 0, -1j], [0, 1j, 0]]) / np.sqrt(2)
CHAIN = [0.0, 0.08, 0.16, 1.0, 1.05, -2.0]

problem_set.check(
    "spectral",
    observe="spectral(A, tol)",
    seconds=3,
    draw=draw_degenerate,
    draws=4,
    edges=[{"A": with_eigenvalues(fresh(1), [2.0, -1.0, 0.5]), "tol": TOL}],
    parts={
        "eigenvalues": Part(at=0, by=NUMBERS, weight=2, all_or_nothing=True),
        "projectors": Part(at=1, by=MATRIX, weight=4, all_or_nothing=True),
    },
)
problem_set.check(
    "spectral",
    part="complex matrices",
    weight=3,
    observe="spectral(A, tol)[1]",
    seconds=3,
    draw=draw_hermitian,
    draws=4,
    edges=[{"A": SPIN, "tol": TOL}],
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "spectral",
    part="what is one group",
    weight=3,
    observe="""
values, projectors = spectral(A, tol)
np.concatenate([np.ravel(values), np.ravel(projectors)])
""",
    seconds=3,
    edges=numbered(
        {"A": 0.7 * np.eye(5), "tol": TOL},
        {"A": np.zeros((3, 3)), "tol": TOL},
        {"A": with_eigenvalues(fresh(2), CHAIN), "tol": 0.1},
        # on both sides of a border of rounding
        {"A": with_eigenvalues(fresh(3), [0.4999999, 0.5000001, 0.5, 2.0]), "tol": TOL},
        # near to each other, and not the same
        {"A": with_eigenvalues(fresh(4), [1.0, 1.002, 1.004, 1.004]), "tol": 1e-4},
    ),
    by=MATRIX,
    all_or_nothing=True,
)


# 2. Eigenspaces of any square matrix: projectors, so that no basis matters.


def blocks(lam: float, sizes: Any, others: Any) -> np.ndarray:
    """A Jordan matrix: blocks of lam of these sizes, and the other eigenvalues."""
    n = sum(sizes) + len(others)
    jordan = np.diag(np.concatenate([np.full(sum(sizes), lam), others]))
    border = set(np.cumsum(sizes))
    for row in range(1, sum(sizes)):
        if row not in border:
            jordan[row - 1, row] = 1.0
    assert jordan.shape == (n, n)
    return jordan


def disguised(rng: np.random.Generator, jordan: np.ndarray) -> np.ndarray:
    """The same matrix in a basis that is not orthogonal, but not far from it either."""
    n = len(jordan)
    basis = unitary(rng, n) @ (np.eye(n) + np.triu(rng.uniform(-0.5, 0.5, (n, n)), 1))
    return np.asarray(basis @ jordan @ np.linalg.inv(basis))


def draw_eigenspace(rng: np.random.Generator, largest: int) -> dict[str, Any]:
    """An eigenvalue of multiplicity 2 or 3, and others at least 0.5 away."""
    lam = rng.uniform(-2, 2)
    others = lam + rng.choice([-1, 1]) * apart(rng, 0.5, 4, int(rng.integers(1, 6)))
    sizes = [1, 1] if largest == 1 else [largest, *rng.integers(1, 3, int(rng.integers(0, 2)))]
    return {"A": disguised(rng, blocks(lam, sizes, others)), "lam": lam, "tol": TOL}


def draw_complete(rng: np.random.Generator) -> dict[str, Any]:
    return draw_eigenspace(rng, 1)


def draw_defective(rng: np.random.Generator) -> dict[str, Any]:
    return draw_eigenspace(rng, int(rng.integers(2, 4)))


TURN = np.array([[1.0, -2.0, 0.0], [2.0, 1.0, 0.0], [0.5, 0.0, 3.0]])

problem_set.check(
    "eigenspace",
    part="enough eigenvectors",
    observe="eigenspace(A, lam, tol)",
    seconds=3,
    draw=draw_complete,
    edges=numbered({"A": TURN, "lam": 1 + 2j, "tol": TOL}, {"A": TURN, "lam": 3.0, "tol": TOL}),
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "eigenspace",
    part="too few eigenvectors",
    weight=2,
    observe="eigenspace(A, lam, tol)",
    seconds=3,
    draw=draw_defective,
    draws=5,
    edges=[{"A": blocks(1.5, [3, 2, 1], []), "lam": 1.5, "tol": TOL}],
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "eigenspace",
    part="all or nothing of the space",
    observe="eigenspace(A, lam, tol)",
    seconds=3,
    edges=numbered(
        {"A": TURN, "lam": 2.0, "tol": TOL},
        {"A": -1.5 * np.eye(4), "lam": -1.5, "tol": TOL},
        {"A": np.diag([1.0, 1.00001, 4.0]), "lam": 1.0, "tol": 1e-3},
        {"A": np.diag([100.0, 300.0, 100.01]), "lam": 100.0, "tol": 1e-3},
    ),
    by=MATRIX,
    all_or_nothing=True,
)


# 3. The compact singular value decomposition, judged by its definition.


def draw_matrix(
    rng: np.random.Generator, kind: str = "real", *, deficient: bool = True
) -> dict[str, Any]:
    m, n = (int(size) for size in rng.integers(3, 13, 2))
    r = int(rng.integers(1, min(m, n))) if deficient else min(m, n)
    return {"A": with_singular_values(rng, m, n, apart(rng, 0.1, 5, r), kind), "tol": TOL}


def draw_full(rng: np.random.Generator) -> dict[str, Any]:
    return draw_matrix(rng, deficient=False)


def draw_deficient(rng: np.random.Generator) -> dict[str, Any]:
    return draw_matrix(rng)


def draw_complex(rng: np.random.Generator) -> dict[str, Any]:
    return draw_matrix(rng, "complex", deficient=bool(rng.random() < 0.5))


def puts_together(factors: Any, A: np.ndarray, tol: float, **_others: Any) -> np.ndarray:
    """What is left of A; values that were rightly cut off are taken out of A first."""
    U, s, V = (np.asarray(factor) for factor in factors)
    left, values, right = np.linalg.svd(A, full_matrices=False)
    known = (left * np.where(values > tol, values, 0)) @ right
    return np.asarray((U * s) @ V.conj().T - known)


ORTHONORMAL = orthonormal(atol=1e-8, real_ok=True, complex_ok=True)


def orthonormal_factors(factors: Any, reference: Any) -> Judgement:
    for name, place in (("U", 0), ("V", 2)):
        judged = ORTHONORMAL(factors[place], reference[place])
        if judged.fraction < 1:
            return Judgement(0.0, f"{name}: {judged.message}")
    return Judgement(1.0)


def right_singular_values(factors: Any, reference: Any) -> Judgement:
    return NUMBERS(factors[1], reference[1])


DECOMPOSITION = all_of(
    residual(puts_together, atol=1e-8, container_ok=True, real_ok=True, complex_ok=True),
    orthonormal_factors,
)
COMPLETE = all_of(DECOMPOSITION, right_singular_values)

problem_set.check(
    "compact-svd",
    observe="compact_svd(A, tol)",
    seconds=3,
    draw=draw_deficient,
    draws=5,
    edges=[{"A": with_singular_values(fresh(5), 6, 9, [3.0, 2.0, 2.0, 0.5]), "tol": TOL}],
    parts={
        "singular values": Part(at=1, by=NUMBERS, weight=1),
        "decomposition": Part(by=DECOMPOSITION, weight=2),
    },
)
problem_set.check(
    "compact-svd",
    part="complex matrices",
    weight=1,
    observe="compact_svd(A, tol)",
    seconds=3,
    draw=draw_complex,
    draws=4,
    by=COMPLETE,
)
problem_set.check(
    "compact-svd",
    part="special cases",
    weight=1,
    observe="compact_svd(A, tol)",
    seconds=3,
    edges=numbered(
        {"A": np.zeros((4, 3)), "tol": TOL},
        {"A": 2.5 * unitary(fresh(6), 5), "tol": TOL},
        {"A": np.array([[0.0, 3.0, -4.0]]), "tol": TOL},
        # tol is absolute: relative to the largest it would take more
        {"A": with_singular_values(fresh(7), 4, 5, [40.0, 6.0, 0.2]), "tol": 0.5},
    ),
    by=COMPLETE,
    all_or_nothing=True,
)


# 4. The pseudoinverse is unique: compared entry by entry.

problem_set.check(
    "pinv",
    part="full rank",
    weight=1,
    observe="pinv(A, tol)",
    seconds=3,
    draw=draw_full,
    draws=4,
    edges=[{"A": with_singular_values(fresh(8), 4, 11, [2.0, 1.5, 0.7, 0.2]), "tol": TOL}],
    by=MATRIX,
)
problem_set.check(
    "pinv",
    part="lower rank",
    weight=2,
    observe="pinv(A, tol)",
    seconds=3,
    draw=draw_deficient,
    draws=5,
    edges=numbered(
        {"A": np.zeros((3, 5)), "tol": TOL},
        {"A": with_singular_values(fresh(9), 7, 4, [3.0, 1.0, 1e-9, 3e-10]), "tol": TOL},
        {"A": with_singular_values(fresh(10), 4, 5, [40.0, 6.0, 0.2]), "tol": 0.5},
    ),
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "pinv",
    part="complex matrices",
    weight=1,
    observe="pinv(A, tol)",
    seconds=3,
    draw=draw_complex,
    draws=4,
    by=MATRIX,
)


# 5. The best matrix of rank k. Unique in the draws; in ties its distance is judged.


def draw_rank(rng: np.random.Generator) -> dict[str, Any]:
    kind = str(rng.choice(["real", "complex"]))
    A = draw_matrix(rng, kind, deficient=False)["A"]
    return {"A": A, "k": int(rng.integers(1, min(A.shape)))}


def shape_of_the_matrix(A: np.ndarray) -> tuple[int, ...]:
    return A.shape


def as_near_as_can_be(value: Any, _reference: Any, case: Any) -> Judgement:
    """Of rank at most k, and as near to A as the singular values allow (Eckart and Young)."""
    near, A, k = np.asarray(value), case["A"], case["k"]
    s = np.linalg.svd(A, compute_uv=False)
    if np.any(np.linalg.svd(near, compute_uv=False)[k:] > 1e-8):
        return Judgement(0.0, "the rank is larger than k")
    if np.linalg.norm(A - near) > np.linalg.norm(s[k:]) + 1e-8:
        return Judgement(0.0, "there is a nearer matrix of rank at most k")
    return Judgement(1.0)


problem_set.check(
    "best-rank",
    observe="best_rank(A, k)",
    seconds=3,
    draw=draw_rank,
    draws=5,
    parts={
        "matrix": Part(at=0, by=MATRIX, weight=3),
        "spectral error": Part(at=1, by=NUMBERS, weight=2),
        "Frobenius error": Part(at=2, by=NUMBERS, weight=2),
    },
)
RANK_EDGES = numbered(
    {"A": draw_matrix(fresh(11), deficient=False)["A"], "k": 0},
    {"A": with_singular_values(fresh(24), 5, 4, [4.0, 3.0, 2.0, 0.7]), "k": 3},
    {"A": with_singular_values(fresh(12), 3, 8, [4.0, 2.0, 1.0]), "k": 3},
    {"A": with_singular_values(fresh(13), 9, 4, [4.0, 2.0, 1.0, 0.5]), "k": 4},
    {"A": with_singular_values(fresh(14), 6, 7, [4.0, 2.0]), "k": 4},
    {"A": with_singular_values(fresh(15), 5, 7, [3.0, 2.0, 2.0, 2.0, 1.0]), "k": 2},
    {"A": 1.5 * unitary(fresh(16), 4, "complex"), "k": 1},
)
problem_set.check(
    "best-rank",
    part="ties and ends: matrix",
    weight=1,
    observe="best_rank(A, k)[0]",
    seconds=3,
    edges=RANK_EDGES,
    by=all_of(shaped(shape_of_the_matrix, kind="complex"), as_near_as_can_be),
    all_or_nothing=True,
)
problem_set.check(
    "best-rank",
    part="ties and ends: errors",
    weight=2,
    observe="np.array([float(error) for error in best_rank(A, k)[1:]])",
    seconds=3,
    edges=RANK_EDGES,
    by=NUMBERS,
    all_or_nothing=True,
)


# 6. The figure, judged by its data.


def draw_figure(rng: np.random.Generator) -> dict[str, Any]:
    return {"A": draw_matrix(rng, deficient=False)["A"]}


LINES = plot(atol=1e-8, legend=True, extra_ok=True, elementwise=True)


def relative_errors(A: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """What the lines must show, shape (p, 2): by the solution's errors, or the student's own."""
    if np.all(errors[0] > 0):
        return np.asarray(errors / errors[0])
    s = np.linalg.svd(A, compute_uv=False)
    tails = np.sqrt(np.cumsum(s[::-1] ** 2)[::-1])
    return np.stack([s / s[0], tails / tails[0]], axis=1)


def both_lines(value: Any, reference: Any) -> Judgement:
    """The relative errors over k from 0 to min(m, n) - 1."""
    columns = zip(reference.T, ("spectral", "Frobenius"), strict=True)
    ks = np.arange(len(reference))
    return LINES(value, Plot(tuple(PlotLine(ks, y, name) for y, name in columns)))


def words_and_scales(value: Any, _reference: Any) -> Judgement:
    """Scales as asked, both axes named, a legend."""
    if (getattr(value, "xscale", ""), getattr(value, "yscale", "")) != ("linear", "log"):
        return Judgement(0.0, "no Axes with a linear k and logarithmic errors was returned")
    across, up = value.xlabel.lower(), value.ylabel.lower()
    if "k" not in across:
        return Judgement(0.0, "the x axis is not named rank k")
    if "error" not in up:
        return Judgement(0.0, "the y axis is not named relative error")
    if not {"spectral", "frobenius"} <= {text.strip().lower() for text in value.legend}:
        return Judgement(0.0, "the legend does not name spectral and Frobenius")
    return Judgement(1.0)


problem_set.check(
    "error-plot",
    observe="error_plot(A)",
    carry={"errors": "np.array([best_rank(A, k)[1:] for k in range(min(A.shape))], dtype=float)"},
    reference=relative_errors,
    seconds=5,
    draw=draw_figure,
    edges=[{"A": 2.0 * unitary(fresh(17), 6)}],
    parts={
        "lines": Part(by=both_lines, weight=3),
        "words and scales": Part(by=words_and_scales),
    },
)


# 7. The nearest orthogonal matrix: unique for full rank, judged by its distance otherwise.


def draw_square(rng: np.random.Generator, kind: str = "real") -> dict[str, Any]:
    n = int(rng.integers(3, 13))
    return {"A": with_singular_values(rng, n, n, apart(rng, 0.3, 3, n), kind)}


def draw_complex_square(rng: np.random.Generator) -> dict[str, Any]:
    return draw_square(rng, "complex")


def draw_mirrored(rng: np.random.Generator) -> dict[str, Any]:
    """Of negative determinant: what is nearest is no rotation."""
    A = draw_square(rng)["A"]
    A[0] *= -np.sign(np.linalg.det(A))
    return {"A": A}


def as_near_as_any(value: Any, _reference: Any, case: Any) -> Judgement:
    A = case["A"]
    least = np.sum((np.linalg.svd(A, compute_uv=False) - 1) ** 2)
    if abs(np.linalg.norm(A - np.asarray(value)) ** 2 - least) > 1e-8:
        return Judgement(0.0, "there is a nearer orthogonal matrix")
    return Judgement(1.0)


problem_set.check(
    "nearest-orthogonal",
    part="positive and negative determinants",
    weight=2,
    observe="nearest_orthogonal(A)",
    seconds=1,
    draw=draw_mirrored,
    draws=3,
    edges=numbered(
        {"A": with_singular_values(fresh(18), 4, 4, [9.0, 3.0, 1.0, 0.01])},
        draw_square(fresh(19)),
    ),
    by=MATRIX,
    all_or_nothing=True,
)
problem_set.check(
    "nearest-orthogonal",
    part="complex matrices",
    observe="nearest_orthogonal(A)",
    seconds=1,
    draw=draw_complex_square,
    by=MATRIX,
)
problem_set.check(
    "nearest-orthogonal",
    part="without full rank",
    observe="nearest_orthogonal(A)",
    seconds=1,
    edges=numbered(
        {"A": with_singular_values(fresh(20), 5, 5, [2.0, 1.2, 0.5])},
        # a row and a column of exact zeros
        {"A": np.pad(with_singular_values(fresh(23), 3, 3, [2.0, 1.2, 0.5]), (0, 1))},
    ),
    by=all_of(orthonormal(atol=1e-8), as_near_as_any),
)


# 8. The spectrum of a deep linear network.


def draw_layers(rng: np.random.Generator) -> dict[str, Any]:
    n, depth = int(rng.integers(3, 13)), int(rng.integers(2, 7))
    layers = [with_singular_values(rng, n, n, apart(rng, 0.5, 1.5, n)) for _ in range(depth)]
    return {"Ws": layers}


def draw_widths(rng: np.random.Generator) -> dict[str, Any]:
    """Layers of different widths, one of them narrower than the last: zeros in the spectrum."""
    widths = [int(width) for width in rng.integers(3, 9, int(rng.integers(2, 5)))]
    widths = [*widths, int(rng.integers(9, 13))]
    layers = [
        with_singular_values(rng, rows, columns, apart(rng, 0.5, 1.5, min(rows, columns)))
        for columns, rows in pairwise(widths)
    ]
    return {"Ws": layers}


def draw_steep(rng: np.random.Generator) -> dict[str, Any]:
    """Two layers whose singular vectors fit: those of J are the products, 1 to 1e-6 or so."""
    n = int(rng.integers(3, 9))
    inner, outer = unitary(rng, n), unitary(rng, n)
    first = np.geomspace(1, rng.uniform(2e-3, 4e-3), n)
    second = np.geomspace(rng.uniform(0.5, 2), 1e-3, n)
    return {"Ws": [inner * first @ unitary(rng, n).T, outer * second @ inner.T]}


problem_set.check(
    "jj-spectrum",
    part="square layers",
    weight=2,
    observe="jj_spectrum(Ws)",
    seconds=3,
    draw=draw_layers,
    draws=4,
    edges=[{"Ws": [np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 3.0], [1.0, 0.0, 0.0]])]}],
    by=sorted_close(rtol=1e-6, atol=1e-10),
)
problem_set.check(
    "jj-spectrum",
    part="layers of different widths",
    observe="jj_spectrum(Ws)",
    seconds=3,
    draw=draw_widths,
    draws=4,
    edges=[{"Ws": [unitary(fresh(21), 7)[:3], 2 * unitary(fresh(22), 8)[:, :3]]}],
    by=sorted_close(rtol=1e-6, atol=1e-10),
)
problem_set.check(
    "jj-spectrum",
    part="large ratios",
    observe="jj_spectrum(Ws)",
    seconds=3,
    draw=draw_steep,
    draws=4,
    by=sorted_close(rtol=1e-6, atol=0.0),
    all_or_nothing=True,
)
