"""G2 Probability: what is observed of each answer, and what it is judged against.

Hidden ranges: tables of 1 to 4 axes with 2 to 12 values each; vectors of 3 to 12 dimensions and
maps to 1 to 12; marginal probabilities of at least 0.02 and values at least 0.2 apart in problem 5;
gaps in problem 7 are at most tol / 10 or at least 10 tol.
A zero probability is exactly 0.0 in the tables below; conditionals on it are nan. Beside it stand
probabilities down to 1e-12, which are small and not zero: whoever adds an epsilon to what he
divides by, or calls the small ones zero, is told apart from who looks.
A call takes milliseconds; the seconds end those that never stop.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np

from dfl_grading import (
    Judgement,
    Part,
    ProblemSet,
    all_of,
    close,
    curve,
    distribution,
    exact,
    items,
    reproducible,
    shaped,
)
from dfl_grading.values import Plot, PlotLine

Array = np.ndarray[Any, Any]
Case = dict[str, Any]

problem_set = ProblemSet(
    "foundations-2-probability",
    preload=["matplotlib.pyplot", "scipy.linalg"],
    prelude="import numpy as np",
)

NEAR = close(rtol=1e-8, atol=1e-12)
WHOLE = close(rtol=1e-8, atol=1e-12, normwise=True)


def random_table(rng: np.random.Generator, shape: Any) -> Array:
    return np.asarray(rng.dirichlet(np.ones(int(np.prod(shape)))).reshape(shape))


def conditionals(rng: np.random.Generator, *shape: int) -> Array:
    """Random conditional laws of the last axis, given the others."""
    return np.asarray(rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]))


# 1. Marginals and conditionals. Axes are asked for out of order, and their lengths differ.


def draw_marginal(rng: np.random.Generator) -> Case:
    joint = random_table(rng, rng.permutation([2, 3, 4, 5]))
    return {
        "joint": joint,
        "target": tuple(int(axis) for axis in rng.permutation(4)[:2]),
    }


def draw_conditional(rng: np.random.Generator) -> Case:
    joint = random_table(rng, rng.permutation([2, 3, 4, 5]))
    axes = [int(axis) for axis in rng.permutation(4)]
    one = int(rng.integers(1, 3))
    return {"joint": joint, "target": tuple(axes[:one]), "given": tuple(axes[one:3])}


def with_holes(seed: int, shape: tuple[int, ...]) -> Array:
    """A table with one value of axis 0 that never occurs, one that hardly does, and holes."""
    rng = np.random.default_rng(seed)
    joint = random_table(rng, shape)
    joint[0] = 0.0
    joint[1] *= 1e-12
    joint[-1, 0] = 0.0
    return np.asarray(joint / joint.sum())


problem_set.check(
    "conditional",
    part="marginals",
    weight=1,
    observe="conditional(joint, target, ())",
    draw=draw_marginal,
    edges=[
        {"joint": np.array([0.2, 0.5, 0.3]), "target": (0,)},
        {
            "joint": random_table(np.random.default_rng(5), (3, 2, 4)),
            "target": (2, 0, 1),
        },
    ],
    by=NEAR,
    all_or_nothing=True,
)
problem_set.check(
    "conditional",
    part="conditionals",
    weight=3,
    observe="conditional(joint, target, given)",
    draw=draw_conditional,
    draws=4,
    edges=[
        {
            "joint": random_table(np.random.default_rng(6), (2, 3, 4)),
            "target": (1,),
            "given": (2, 0),
        },
        # a square table, in which the wrong direction has the right shape
        {
            "joint": random_table(np.random.default_rng(7), (5, 5)),
            "target": (0,),
            "given": (1,),
        },
        {
            "joint": random_table(np.random.default_rng(7), (5, 5)),
            "target": (1,),
            "given": (0,),
        },
    ],
    by=NEAR,
)
problem_set.check(
    "conditional",
    part="what never happens",
    weight=2,
    observe="conditional(joint, target, given)",
    edges=[
        {"joint": with_holes(1, (4, 3)), "target": (1,), "given": (0,)},
        {"joint": with_holes(2, (3, 4, 2)), "target": (2,), "given": (0, 1)},
        {"joint": with_holes(3, (3, 4, 2)), "target": (0,), "given": (1,)},
        {"joint": with_holes(4, (3, 3, 2)), "target": (1, 2), "given": (0,)},
    ],
    by=close(rtol=1e-8, atol=1e-12, nan_equal=True),
    all_or_nothing=True,
)


# 2. Total variance. Rows of very different weight; values far from zero as a part of their own.


def draw_levels(rng: np.random.Generator) -> Case:
    n, m = (int(size) for size in rng.integers(3, 13, 2))
    return {"joint": random_table(rng, (n, m)), "y": rng.uniform(-5, 5, m)}


def split_by_rows(joint: Array, y: Array) -> tuple[float, float]:
    """The two parts from pairs of independent copies: Var = E (Y - Y')^2 / 2."""
    squares = (y[:, None] - y) ** 2 / 2
    total = joint.sum(axis=0) @ squares @ joint.sum(axis=0)
    within = sum(row @ squares @ row / row.sum() for row in joint if row.sum() > 0)
    return float(within), float(total - within)


FUNCTION = np.diag([0.1, 0.0, 0.4, 0.5])[:, [2, 0, 3, 1]]
UNRELATED = np.outer([0.5, 0.25, 0.25], [0.125, 0.5, 0.25, 0.125])
SMALL_STEPS = np.array([0.0, 0.5, 1.25, 2.0, 3.5])
LEVEL_EDGES = [
    {"joint": with_holes(8, (5, 3)), "y": np.array([2.0, -1.0, 4.0])},
    {"joint": FUNCTION, "y": np.array([1.0, -3.0, 2.0, 0.5])},
    {"joint": UNRELATED, "y": np.array([4.0, 0.0, -2.0, 8.0])},
    {"joint": np.array([[0.3], [0.7]]), "y": np.array([2.0])},
]
SPLIT = {
    "within": Part(at=0, by=NEAR, all_or_nothing=True),
    "between": Part(at=1, by=NEAR, all_or_nothing=True),
}

problem_set.check(
    "total-variance",
    observe="total_variance(joint, y)",
    draw=draw_levels,
    draws=4,
    edges=[
        {
            "joint": np.array([[0.01, 0.0, 0.01], [0.6, 0.3, 0.08]]),
            "y": np.arange(3.0) ** 2,
        }
    ],
    reference=split_by_rows,
    parts=SPLIT,
)
problem_set.check(
    "total-variance",
    part="rows that never occur, and parts that are zero",
    weight=0.5,
    observe="total_variance(joint, y)",
    edges=LEVEL_EDGES,
    reference=split_by_rows,
    by=items(NEAR, NEAR),
    all_or_nothing=True,
)
problem_set.check(
    "total-variance",
    part="values far from zero",
    weight=0.5,
    observe="total_variance(joint, y)",
    edges=[
        {
            "joint": random_table(np.random.default_rng(seed), (4, 5)),
            "y": far + SMALL_STEPS,
        }
        for seed, far in ((9, 1e6), (10, -1e6))
    ],
    reference=split_by_rows,
    by=items(close(rtol=1e-6), close(rtol=1e-6)),
    all_or_nothing=True,
)


# 3. Affine maps. More outputs than inputs and singular covariances are ordinary cases here.


def affine_case(rng: np.random.Generator, n: int, m: int, rank: int) -> Case:
    half = rng.normal(size=(n, rank))
    return {
        "mean": rng.normal(size=n),
        "cov": half @ half.T,
        "A": rng.normal(size=(m, n)),
        "b": rng.normal(size=m),
    }


def draw_affine(rng: np.random.Generator) -> Case:
    n, m = (int(size) for size in rng.integers(3, 13, 2))
    return affine_case(rng, n, m, int(rng.integers(1, n + 1)))


problem_set.check(
    "affine",
    observe="affine_moments(mean, cov, A, b)",
    draw=draw_affine,
    draws=4,
    edges=[
        affine_case(np.random.default_rng(11), 5, 5, 5),
        affine_case(np.random.default_rng(12), 3, 12, 2),
        affine_case(np.random.default_rng(13), 12, 1, 12),
        affine_case(np.random.default_rng(14), 4, 4, 0),
    ],
    parts={
        "mean": Part(at=0, by=WHOLE, all_or_nothing=True),
        "covariance": Part(at=1, by=WHOLE, weight=2, all_or_nothing=True),
        "cross-covariance": Part(at=2, by=WHOLE, weight=2, all_or_nothing=True),
    },
)


# 4. Sampling. 4000 draws; chi-square on the cells of the table at a rate of 2e-8 a case, and no
# draw from an empty cell. Drawing each axis from its marginal moves Pearson's statistic by 4000
# times the chi-square distance of the table from a product, which is above 0.3 in each case.

DRAWS = 4000


def draw_cells(rng: np.random.Generator) -> Case:
    shape = rng.permutation([2, 3, 4])[: int(rng.integers(2, 4))]
    joint = random_table(rng, shape)
    joint[rng.random(joint.shape) < 0.2] = 0.0
    joint.flat[int(rng.integers(joint.size))] += 0.1
    return {"joint": joint / joint.sum(), "seed": int(rng.integers(1_000_000))}


def right_law(value: Any, _reference: Any, case: Case) -> Judgement:
    """The cells of a sample have the table's probabilities; no empty cell was drawn."""
    joint = case["joint"]
    if np.any(value < 0) or np.any(value >= np.array(joint.shape)):
        return Judgement(0.0, "a state was drawn that the table has not")
    cells = np.ravel_multi_index(tuple(value.T.astype(int)), joint.shape)
    if np.any(joint.ravel()[cells] == 0):
        return Judgement(0.0, "a state was drawn that never happens")
    return distribution(probabilities=joint.ravel(), false_failure=2e-8)(cells)


LAW = all_of(shaped(lambda joint: (DRAWS, joint.ndim), kind="integer"), right_law)


def right_and_reproducible(value: Any, _reference: Any, case: Case) -> Judgement:
    """Only a right sample earns anything for being made by the generator alone."""
    law = LAW(value[0], None, case)
    return reproducible()(value) if law.fraction == 1 else law


problem_set.check(
    "sample",
    observe=f"""
draws = [sample_table(joint, {DRAWS}, np.random.default_rng(s)) for s in (seed, seed, seed + 1)]
draws
""",
    seconds=4,
    draw=draw_cells,
    edges=[{"joint": np.array([0.125, 0.0, 0.625, 0.25]), "seed": 4}],
    reference=None,
    parts={
        "the law": Part(at=0, by=LAW, weight=3, all_or_nothing=True),
        "reproducible": Part(by=right_and_reproducible, all_or_nothing=True),
    },
    false_failure=1e-6,
)


def states_that_happen(value: Any, _reference: Any, case: Case) -> Judgement:
    """Each row is a state of positive probability."""
    happen = {tuple(state) for state in np.argwhere(case["joint"] > 0).tolist()}
    strange = any(tuple(row) not in happen for row in value.tolist())
    return Judgement(float(not strange), "a state was drawn that never happens" if strange else "")


problem_set.check(
    "sample",
    part="few draws, few states",
    weight=0.5,
    observe="sample_table(joint, n, np.random.default_rng(3))",
    edges=[
        {"joint": np.eye(24)[17].reshape(2, 4, 3), "n": 1},
        {"joint": np.eye(10)[8].reshape(5, 2), "n": 6},
        {"joint": np.eye(5) / 5, "n": 40},
        {"joint": (np.eye(27)[5] + np.eye(27)[21]).reshape(3, 3, 3) / 2, "n": 40},
    ],
    by=all_of(shaped(lambda joint, n: (n, joint.ndim), kind="integer"), states_that_happen),
    reference=None,
    all_or_nothing=True,
)


# 5. Uncorrelated and dependent: a property, since no table is the only one.


def pair(seed: int, n: int, m: int) -> Case:
    rng = np.random.default_rng(seed)
    case = {}
    for mass, value, size in (("p", "x", n), ("q", "y", m)):
        raw = rng.uniform(0.3, 1, size)
        places = np.cumsum(rng.uniform(0.2, 1.5, size))
        case[mass] = raw / raw.sum()
        case[value] = rng.permutation(places - places.mean() + rng.uniform(-0.5, 0.5))
    return case


def draw_pair(rng: np.random.Generator) -> Case:
    n, m = (int(size) for size in rng.integers(3, 13, 2))
    return pair(int(rng.integers(1_000_000)), n, m)


def information(table: Array) -> float:
    product = np.outer(table.sum(axis=1), table.sum(axis=0))
    happens = table > 0
    return float(np.sum(table[happens] * np.log(table[happens] / product[happens])))


def uncorrelated_only(value: Any, _reference: Any, case: Case) -> Judgement:
    """A joint table with zero covariance and at least 1e-4 nats of mutual information."""
    if np.min(value) < -1e-12:
        return Judgement(0.0, "a probability is negative")
    if abs(np.sum(value) - 1) > 1e-9:
        return Judgement(0.0, "the probabilities do not sum to 1")
    x = case["x"] - value.sum(axis=1) @ case["x"]
    y = case["y"] - value.sum(axis=0) @ case["y"]
    if abs(x @ value @ y) > 1e-10:
        return Judgement(0.0, "X and Y are correlated")
    if information(np.clip(value, 0, None)) < 1e-4:
        return Judgement(0.0, "X and Y are independent, or nearly so")
    return Judgement(1.0)


def right_marginals(value: Any, _reference: Any, case: Case) -> Judgement:
    for axis, (mass, name) in enumerate((("p", "X"), ("q", "Y"))):
        if np.max(np.abs(value.sum(axis=1 - axis) - case[mass])) > 1e-10:
            return Judgement(0.0, f"the marginal of {name} is not the one asked for")
    return Judgement(1.0)


DEPENDENT = all_of(shaped(lambda p, q: (len(p), len(q))), uncorrelated_only)


def table_or_refusal(value: Any, _reference: Any, case: Case) -> Judgement:
    if len(case["p"]) == len(case["q"]) == 2:
        refused = value == "refused" if isinstance(value, str) else False
        return Judgement(float(refused), "" if refused else "no such table exists here")
    if isinstance(value, str):
        return Judgement(0.0, "refused, though there is such a table")
    return DEPENDENT(value, None, case)


problem_set.check(
    "constructor",
    observe="uncorrelated_dependent(p, q, x, y)",
    seconds=2,
    draw=draw_pair,
    draws=4,
    edges=[pair(21, 3, 2), pair(22, 2, 3), pair(23, 2, 12), pair(24, 12, 12)],
    reference=None,
    parts={
        "uncorrelated, and dependent": Part(by=DEPENDENT, weight=3),
        "with these marginals": Part(by=all_of(DEPENDENT, right_marginals), weight=2),
    },
)
problem_set.check(
    "constructor",
    part="where there is none",
    weight=1,
    observe="""
try:
    outcome = uncorrelated_dependent(p, q, x, y)
except ValueError:
    outcome = "refused"
outcome
""",
    seconds=2,
    edges=[pair(31, 2, 2), pair(32, 3, 2), pair(33, 2, 2), pair(34, 3, 3)],
    reference=None,
    by=table_or_refusal,
    all_or_nothing=True,
)


# 6. The gap. Reference by loops over states, without any conditional table.


def largest_gap(joint: Array, i: int, j: int, given: tuple[int, ...]) -> float:
    moved = np.moveaxis(joint, (i, j, *given), tuple(range(2 + len(given))))
    kept = moved.sum(axis=tuple(range(2 + len(given), joint.ndim)))
    slices = kept.reshape(*kept.shape[:2], -1)
    found = 0.0
    for state in range(slices.shape[2]):
        both = slices[:, :, state]
        if both.sum() > 0:
            both = both / both.sum()
            product = np.outer(both.sum(axis=1), both.sum(axis=0))
            found = max(found, float(np.max(np.abs(both - product))))
    return found


def draw_gap(rng: np.random.Generator) -> Case:
    joint = random_table(rng, rng.permutation([2, 3, 4, 5]))
    i, j, *rest = (int(axis) for axis in rng.permutation(4))
    return {
        "joint": joint,
        "i": i,
        "j": j,
        "given": tuple(rest[: int(rng.integers(1, 3))]),
    }


def common_cause(seed: int, law: Any, bend: float = 0.0) -> Array:
    """X and Y independent given Z, which has this law (axis 2); `bend` ties them in state 0."""
    rng = np.random.default_rng(seed)
    law = np.asarray(law)
    first, second = conditionals(rng, len(law), 3), conditionals(rng, len(law), 4)
    slices = first[:, :, None] * second[:, None, :]
    slices[0, :2, :2] += bend * np.min(slices[0, :2, :2]) * np.array([[1, -1], [-1, 1]])
    return np.moveaxis(law[:, None, None] * slices, 0, 2)


RARE = [1e-9, 0.4, 0.6 - 1e-9]
PLAIN = [0.25, 0.25, 0.5]

problem_set.check(
    "gap",
    part="ordinary tables",
    weight=2,
    observe="gap(joint, i, j, given)",
    draw=draw_gap,
    draws=5,
    edges=[
        {
            "joint": random_table(np.random.default_rng(41), (3, 12)),
            "i": 1,
            "j": 0,
            "given": (),
        }
    ],
    reference=largest_gap,
    by=NEAR,
)
problem_set.check(
    "gap",
    part="zero, nearly zero, and rare states",
    weight=2,
    observe="gap(joint, i, j, given)",
    edges=[
        {"joint": common_cause(42, PLAIN), "i": 0, "j": 1, "given": (2,)},
        {"joint": common_cause(42, PLAIN), "i": 0, "j": 1, "given": ()},
        {"joint": common_cause(43, PLAIN, 1e-4), "i": 0, "j": 1, "given": (2,)},
        {"joint": common_cause(44, RARE, 1.0), "i": 1, "j": 0, "given": (2,)},
        {
            "joint": common_cause(45, [0.0, 0.25, 0.75], 1.0),
            "i": 0,
            "j": 1,
            "given": (2,),
        },
        {"joint": with_holes(46, (3, 4, 2)), "i": 1, "j": 2, "given": (0,)},
    ],
    reference=largest_gap,
    by=NEAR,
    all_or_nothing=True,
)


# 7. Which statements hold. Few, many, none; exactly, nearly, and not quite.


def chain(rng: np.random.Generator, *sizes: int) -> Array:
    joint = conditionals(rng, sizes[0])
    for before, size in pairwise(sizes):
        joint = joint[..., None] * conditionals(rng, before, size)
    return joint


def collider(rng: np.random.Generator, n: int, m: int, k: int) -> Array:
    """Axes 0 and 2 independent, axis 1 drawn by looking at both."""
    outer = np.outer(conditionals(rng, n), conditionals(rng, k))
    return np.asarray(np.moveaxis(outer[:, :, None] * conditionals(rng, n, k, m), 2, 1))


def draw_pattern(rng: np.random.Generator) -> Case:
    kinds = [chain(rng, 3, 2, 4), collider(rng, 2, 3, 3), chain(rng, 2, 3, 2, 3)]
    joint = kinds[int(rng.integers(3))]
    return {"joint": joint.transpose(rng.permutation(joint.ndim)), "tol": 1e-9}


def parity() -> Array:
    """Three fair bits, and a fourth that makes their sum even."""
    bits = np.indices((2, 2, 2, 2)).sum(axis=0)
    return (bits % 2 == 0) / 8


def tied_pair() -> Array:
    """Axis 1 is a copy of axis 0; axis 2 looks at them."""
    rng = np.random.default_rng(51)
    return np.asarray(
        np.diag([0.2, 0.3, 0.5])[:, :, None] * conditionals(rng, 3, 2)[:, None, :],
    )


SEEDED = np.random.default_rng(52)
TABLES: list[Case] = [
    {"joint": chain(SEEDED, 3, 3, 2).transpose(2, 0, 1), "tol": 1e-9},
    {"joint": collider(SEEDED, 3, 2, 2).transpose(1, 2, 0), "tol": 1e-9},
    {"joint": chain(SEEDED, 2, 2, 3, 2).transpose(3, 1, 0, 2), "tol": 1e-9},
    {"joint": parity(), "tol": 1e-9},
    {"joint": tied_pair(), "tol": 1e-9},
    {"joint": random_table(SEEDED, (2, 3, 2)), "tol": 1e-9},  # none
    {"joint": np.outer([0.2, 0.3, 0.5], [0.6, 0.4]), "tol": 1e-9},
    # nearly independent given Z: a statement for a wide tolerance, none for a narrow one
    {"joint": common_cause(53, PLAIN, 1e-3), "tol": 1e-3},
    {"joint": common_cause(53, PLAIN, 1e-3), "tol": 1e-8},
    # tied in a rare state alone, which a test of products does not see
    {"joint": common_cause(54, RARE, 1.0), "tol": 1e-5},
    {"joint": common_cause(55, [0.0, 0.25, 0.75], 1.0), "tol": 1e-9},
]


def all_statements(joint: Array) -> list[tuple[int, int, tuple[int, ...]]]:
    """Every triple (i, j, given) of a table, in increasing order."""
    axes = range(joint.ndim)
    return sorted(
        (i, j, given)
        for i, j in combinations(axes, 2)
        for size in range(joint.ndim - 1)
        for given in combinations([axis for axis in axes if axis not in (i, j)], size)
    )


def true_statements(joint: Array, tol: float) -> list[tuple[int, int, tuple[int, ...]]]:
    return [one for one in all_statements(joint) if largest_gap(joint, *one) <= tol]


problem_set.check(
    "independences",
    observe="""
found = independences(joint, tol)
sorted((int(i), int(j), tuple(int(axis) for axis in given)) for i, j, given in found)
""",
    seconds=5,
    draw=draw_pattern,
    draws=4,
    edges=TABLES,
    reference=true_statements,
    by=exact(),
    all_or_nothing=True,
)


# 8. The figure, judged by its data. The reference is drawn densely, so that a point too many,
# between two right ones, is seen as well.


def draw_regression(rng: np.random.Generator) -> Case:
    n, m = (int(size) for size in rng.integers(3, 9, 2))
    return {
        "joint": random_table(rng, (n, m)),
        "x": rng.permutation(np.cumsum(rng.uniform(0.3, 1.5, n))) - 2,
        "y": rng.uniform(-5, 5, m),
    }


REGRESSIONS: list[Case] = [
    {
        "joint": with_holes(61, (5, 4)),
        "x": np.array([0.5, -2.0, 3.0, -1.0, 1.5]),
        "y": np.array([1.0, -4.0, 2.5, 0.0]),
    },
    {  # uncorrelated: Y = X^2
        "joint": np.diag([0.25, 0.25, 0.25, 0.25]),
        "x": np.array([-2.0, -1.0, 1.0, 2.0]),
        "y": np.array([4.0, 1.0, 1.0, 4.0]),
    },
]


def mean_line(joint: Array, x: Array, y: Array) -> Plot:
    happens = [a for a in np.argsort(x) if joint[a].sum() > 0]
    heights = [joint[a] @ y / joint[a].sum() for a in happens]
    across = np.linspace(x[happens[0]], x[happens[-1]], 201)
    heights = np.interp(across, x[happens], heights)
    return Plot(lines=(PlotLine(across, heights, label="conditional mean"),))


def straight_line(joint: Array, x: Array, y: Array) -> Plot:
    """Least squares over all cells, each with the root of its probability as weight."""
    a, b = (index.ravel() for index in np.indices(joint.shape))
    root = np.sqrt(joint.ravel())
    design = np.column_stack([root, root * x[a]])
    offset, slope = np.linalg.lstsq(design, root * y[b], rcond=None)[0]
    across = mean_line(joint, x, y).lines[0].x
    return Plot(lines=(PlotLine(across, offset + slope * across, label="best line"),))


def words(value: Any, _reference: Any) -> Judgement:
    """Scales, names of the axes and a legend, for a figure that has both lines."""
    if type(value) is not Plot:
        return Judgement(0.0, "no Axes was returned")
    labels = " ".join(line.label.casefold() for line in value.lines)
    if "conditional mean" not in labels or "best line" not in labels:
        return Judgement(0.0, "a line is missing, or its label")
    if (value.xscale, value.yscale) != ("linear", "linear"):
        return Judgement(0.0, "a scale is not linear")
    if [text.strip().strip("$").casefold() for text in (value.xlabel, value.ylabel)] != ["x", "y"]:
        return Judgement(0.0, "the axes are not labelled x and y")
    return Judgement(1.0) if value.legend else Judgement(0.0, "there is no legend")


problem_set.check(
    "regression",
    observe="regression_plot(joint, x, y)",
    seconds=5,
    draw=draw_regression,
    edges=REGRESSIONS,
    reference=mean_line,
    parts={
        "conditional mean": Part(by=curve(label="conditional mean", rtol=1e-6), weight=2),
        "best line": Part(
            by=curve(label="best line", rtol=1e-6), weight=2, reference=straight_line
        ),
        "labels and scales": Part(by=words, all_or_nothing=True),
    },
)
