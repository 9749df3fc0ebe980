"""W6 A classifier from scratch: what is observed of each answer, and what it is judged against.

Hidden ranges: 1 to 12 samples, 2 to 12 classes, 3 to 8 inputs, 3 to 6 hidden units, logits up to
10^4, lambda up to 1. The classifier learns from 1100 of the shipped digits and is asked about the
500 in `data/`, which no box shows. Their labels never enter a box.
A training takes a twentieth of a second; the seconds allow for slow right answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

from dfl_grading import (
    Judgement,
    Part,
    ProblemSet,
    all_of,
    bands,
    close,
    exact,
    gradient_of,
    in_interval,
    items,
    shaped,
)
from dfl_grading.values import Plot

HERE = Path(__file__).resolve().parent
NAME = "study-6-classifier-from-scratch"

problem_set = ProblemSet(
    NAME,
    preload=["matplotlib.pyplot", "scipy.special"],
    prelude="import numpy as np",
)

Case = Mapping[str, Any]


# 1. The logarithm of the softmax ----------------------------------------------------------------


def log_probabilities(Z: np.ndarray) -> np.ndarray:
    return Z - logsumexp(Z, axis=1, keepdims=True)


def draw_logits(rng: np.random.Generator) -> Case:
    n, K = int(rng.integers(2, 7)), int(rng.integers(2, 13))
    return dict(Z=rng.normal(0, 3, (n, K)))


def draw_huge(rng: np.random.Generator) -> Case:
    """Rows whose levels are thousands apart, and rows whose entries are."""
    K = int(rng.integers(3, 9))
    levels = rng.permutation([-9000.0, -2000.0, 0.0, 3000.0, 9000.0])
    spread = np.array([1.0, 1.0, 1.0, 300.0, 300.0])
    return dict(Z=levels[:, None] + spread[:, None] * rng.uniform(-3, 3, (5, K)))


problem_set.check(
    "log-softmax",
    part="ordinary logits",
    observe="log_softmax(Z)",
    draw=draw_logits,
    edges=[dict(Z=np.array([[0.7]])), dict(Z=np.array([[2.0], [-3.0], [0.0]]))],
    reference=log_probabilities,
    by=close(rtol=1e-8, atol=1e-10),
    all_or_nothing=True,
)
# All or nothing: the point is that no logits are too large.
problem_set.check(
    "log-softmax",
    part="huge logits",
    observe="log_softmax(Z)",
    draw=draw_huge,
    edges=[dict(Z=np.array([[1e4, -1e4, 1e4], [-1e4, -1e4, -1e4], [800.0, 0.0, -800.0]]))],
    reference=log_probabilities,
    by=close(rtol=1e-8, atol=1e-10),
    all_or_nothing=True,
)


# 2. Cross-entropy -------------------------------------------------------------------------------


def mean_surprise(Z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([logsumexp(row) - row[k] for row, k in zip(Z, y, strict=True)]))


def surprise_and_gradient(Z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    truth = np.eye(Z.shape[1])[y]
    return mean_surprise(Z, y), (softmax(Z, axis=1) - truth) / len(y)


def draw_batch(rng: np.random.Generator) -> Case:
    n, K = int(rng.integers(2, 13)), int(rng.integers(3, 11))
    return dict(Z=rng.normal(0, 2, (n, K)), y=rng.integers(0, K, n))


# All or nothing: with one sample the mean is the sum.
problem_set.check(
    "cross-entropy",
    observe="cross_entropy(Z, y)",
    draw=draw_batch,
    edges=[
        dict(Z=np.array([[0.2, -1.0, 1.5]]), y=np.array([0])),
        dict(Z=np.array([[0.1, 2.0, -0.4, 0.9], [1.1, 0.3, 0.2, -2.0]]), y=np.array([1, 1])),
    ],
    reference=surprise_and_gradient,
    parts={
        "loss": Part(at=0, by=close(rtol=1e-8), all_or_nothing=True),
        "gradient": Part(
            at=1,
            by=all_of(shaped(lambda Z, y: Z.shape), gradient_of(mean_surprise, at="Z", rtol=1e-6)),
            weight=2,
            all_or_nothing=True,
        ),
    },
)
problem_set.check(
    "cross-entropy",
    part="huge logits",
    observe="cross_entropy(Z, y)",
    edges=[
        dict(Z=np.array([[9e3, -9e3], [-700.0, 900.0]]), y=np.array([1, 1])),
        dict(Z=np.array([[-5e3, 0.0, 4e3], [-8e3, -8e3, -8e3]]), y=np.array([0, 2])),
    ],
    reference=surprise_and_gradient,
    by=items(close(rtol=1e-8), close(rtol=1e-6, normwise=True)),
    all_or_nothing=True,
)


# 3. The gradient of the network -----------------------------------------------------------------

SHAPES = {"W1": (0, 1), "b1": (1,), "W2": (1, 2), "b2": (2,)}
PARAMS = "(W1, b1, W2, b2)"


def draw_network(rng: np.random.Generator) -> dict[str, Any]:
    """A network and a batch; n, d, h and K are all different, so no wrong order fits."""
    n, d, h, K = (int(size) for size in rng.permutation([3, 4, 5, 6]))
    sizes = (d, h, K)
    params = {
        name: rng.normal(0, 0.7, [sizes[axis] for axis in axes]) for name, axes in SHAPES.items()
    }
    X, y = rng.normal(size=(n, d)), rng.integers(0, K, n)
    return dict(**params, X=X, y=y, lam=rng.uniform(0.05, 1))


def network_loss(
    W1: np.ndarray,
    b1: np.ndarray,
    W2: np.ndarray,
    b2: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    lam: float,
) -> float:
    penalty = lam / 2 * (np.vdot(W1, W1) + np.vdot(W2, W2))
    return mean_surprise(np.tanh(X @ W1 + b1) @ W2 + b2, y) + float(penalty)


ONE_SAMPLE = draw_network(np.random.default_rng(31))
ONE_SAMPLE |= dict(X=ONE_SAMPLE["X"][:1], y=ONE_SAMPLE["y"][:1], lam=0.0)


def derivative(name: str, place: int) -> Part:
    """One of the four gradients; all or nothing, as without a penalty or a mean much is right."""
    return Part(
        at=place,
        by=all_of(
            shaped(lambda **case: case[name].shape), gradient_of(network_loss, at=name, rtol=1e-6)
        ),
        all_or_nothing=True,
    )


problem_set.check(
    "network-gradient",
    observe=f"""
loss, gradient = network_gradient({PARAMS}, X, y, lam)
(loss, *gradient)
""",
    draw=draw_network,
    edges=[ONE_SAMPLE],
    parts={
        "loss": Part(
            at=0, by=close(rtol=1e-8), reference=network_loss, weight=2, all_or_nothing=True
        ),
        "gradient of W1": derivative("W1", 1),
        "gradient of b1": derivative("b1", 2),
        "gradient of W2": derivative("W2", 3),
        "gradient of b2": derivative("b2", 4),
    },
)


# 4. One step ------------------------------------------------------------------------------------

VELOCITY = "(vW1, vb1, vW2, vb2)"


def draw_step(rng: np.random.Generator) -> dict[str, Any]:
    network = draw_network(rng)
    velocity = {f"v{name}": rng.normal(0, 0.1, network[name].shape) for name in SHAPES}
    return network | velocity | dict(rate=rng.uniform(0.05, 0.5), momentum=rng.uniform(0.3, 0.95))


def stepped(gradient: Any, rate: float, momentum: float, **case: Any) -> list[list[np.ndarray]]:
    """What follows from a gradient: the new parameters and the new velocity."""
    velocity = [
        momentum * case[f"v{name}"] - rate * one for name, one in zip(SHAPES, gradient, strict=True)
    ]
    return [[case[name] + v for name, v in zip(SHAPES, velocity, strict=True)], velocity]


four = items(*[close(rtol=1e-8, normwise=True)] * 4)
FIRST = draw_step(np.random.default_rng(41))

problem_set.check(
    "train-step",
    observe=f"""
params, velocity = train_step({PARAMS}, {VELOCITY}, X, y, rate, momentum, lam)
[list(params), list(velocity)]
""",
    draw=draw_step,
    edges=[FIRST | dict(momentum=0.0), FIRST | dict(rate=0.0)],
    carry=dict(gradient=f"network_gradient({PARAMS}, X, y, lam)[1]"),
    reference=stepped,
    parts={
        "parameters": Part(at=0, by=four, weight=2, all_or_nothing=True),
        "velocity": Part(at=1, by=four, weight=2, all_or_nothing=True),
    },
    seconds=2,
)


def kept_and_moved(value: Any, _reference: None, case: Case) -> Judgement:
    """What was given is as it was, and the step was taken: doing nothing keeps it, too."""
    names = [*SHAPES, *(f"v{name}" for name in SHAPES)]
    made, given = value
    if not all(np.array_equal(one, case[name]) for one, name in zip(given, names, strict=True)):
        return Judgement(0, "the caller's arrays were changed")
    if any(np.array_equal(one, case[name]) for one, name in zip(made, SHAPES, strict=False)):
        return Judgement(0, "no step was taken")
    return Judgement(1)


problem_set.check(
    "train-step",
    part="leaves its arguments alone",
    observe=f"""
given = {PARAMS}, {VELOCITY}
made = train_step(*given, X, y, rate, momentum, lam)
[list(made[0]), [*given[0], *given[1]]]
""",
    draw=draw_step,
    draws=2,
    reference=None,
    by=kept_and_moved,
    all_or_nothing=True,
    seconds=2,
)


# 5. The classifier ------------------------------------------------------------------------------


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    return table[:, 1:], table[:, 0].astype(np.int64)


TRAIN, TRAIN_CLASS = load(HERE.parent / "source" / NAME / "digits.csv.gz")
HELD_OUT, HELD_OUT_CLASS = load(HERE / "data" / "study-6-held-out.csv.gz")


def draw_run(rng: np.random.Generator) -> dict[str, Any]:
    """Some 1100 digits under other names, the same with shuffled labels, and those to name.

    What is drawn is that of which the label is known, so no label of a held-out digit is sent.
    """
    some = rng.permutation(len(TRAIN))[: int(rng.integers(1050, 1151))]
    y = rng.permutation(10)[TRAIN_CLASS[some]]
    return dict(
        X=TRAIN[some],
        y=y,
        shuffled=rng.permutation(y),
        X_new=HELD_OUT[rng.permutation(len(HELD_OUT))],
        seed=int(rng.integers(2**31)),
    )


def sorted_run() -> dict[str, Any]:
    """The digits sorted by class: a learner that takes them as they come forgets."""
    run = draw_run(np.random.default_rng(51))
    order = np.argsort(run["y"], kind="stable")
    return run | dict(X=run["X"][order], y=run["y"][order])


CLASS_OF = {
    picture.tobytes(): int(name)
    for pictures, names in ((TRAIN, TRAIN_CLASS), (HELD_OUT, HELD_OUT_CLASS))
    for picture, name in zip(pictures, names, strict=True)
}


def truth(X: np.ndarray, y: np.ndarray, X_new: np.ndarray, **_: Any) -> np.ndarray:
    """The held-out classes under the names of this run: the names are read off the training."""
    name = {CLASS_OF[x.tobytes()]: int(k) for x, k in zip(X, y, strict=True)}
    return np.array([name[CLASS_OF[x.tobytes()]] for x in X_new])


CHANCE = 0.4
"""Of 500 digits a learner of shuffled labels names 10 % rightly, in the mean. The scatter is not
that of 500 throws, as alike digits are named alike: over 200 shuffles it is .031 for the network
and .055 for the nearest mean, the worst that we know. .4 is 5.4 of the latter. What knows the
digits beforehand is near .9."""

by_accuracy = bands((1.0, in_interval(0.93, 1)), (0.5, in_interval(0.90, 1)))


def accuracy_and_control(value: Any, reference: np.ndarray) -> Judgement:
    """Bands of accuracy, and nothing for what names digits that it was taught wrongly.

    Over 100 runs the network is at .965, with a scatter of .004 from its start and its batches:
    .93 is far more than 4 of them off.
    """
    taught, control = (float(np.mean(row == reference)) for row in value)
    if control > CHANCE:
        return Judgement(0, "taught shuffled labels, it still names digits by their true classes")
    judged = by_accuracy(taught, None)
    if judged.fraction == 1:
        return judged
    return Judgement(judged.fraction, f"the held-out accuracy is {taught:.3f}")


problem_set.check(
    "fit",
    observe="""
def guesses(labels):
    model = fit(X / 16, labels.copy(), np.random.default_rng(seed))
    return np.asarray(predict(model, X_new / 16))


np.array([guesses(y), guesses(shuffled)])
""",
    draw=draw_run,
    draws=3,
    edges=[sorted_run()],
    reference=truth,
    by=all_of(shaped((2, len(HELD_OUT))), accuracy_and_control),
    false_failure=1e-7,
    seconds=10,
)


# 6. The control ---------------------------------------------------------------------------------


def draw_table(rng: np.random.Generator) -> dict[str, Any]:
    """Well separated clouds of about the same size, so that truth and shuffle tell apart."""
    K, n = int(rng.integers(2, 5)), int(rng.integers(60, 81))
    names = rng.choice(20, K, replace=False)
    weights = rng.dirichlet(np.full(K, 80.0))
    middles = 10 * rng.permutation(np.eye(4))[:K]

    def cloud(size: int) -> tuple[np.ndarray, np.ndarray]:
        which = np.concatenate([np.arange(K), rng.choice(K, size - K, p=weights)])
        return middles[which] + rng.normal(size=(size, 4)), names[which]

    (X, y), (X_new, y_new) = cloud(n), cloud(n // 2)
    seed = int(rng.integers(2**31))
    return dict(X=X, y=y, X_new=X_new, y_new=y_new, k=int(rng.integers(1, 6)), seed=seed)


def by_class(case: dict[str, Any]) -> dict[str, Any]:
    order = np.argsort(case["y"], kind="stable")
    return case | dict(X=case["X"][order], y=case["y"][order])


def nearest(X: np.ndarray, y: np.ndarray, X_new: np.ndarray, k: int) -> np.ndarray:
    """The most frequent class among the k nearest rows, the smallest of equals."""
    far = np.sum((X_new[:, None, :] - X) ** 2, axis=2)
    votes = y[np.argsort(far, axis=1, kind="stable")[:, :k]]
    return np.array(
        [np.unique(row)[np.argmax(np.unique(row, return_counts=True)[1])] for row in votes]
    )


def was_shuffled(value: Any, _reference: None, case: Case) -> Judgement:
    """The learner got each picture and each label once, joined anew; the caller's stay as given.

    A shuffle keeps the share sum p_k^2 of the labels where they are, with a standard deviation of
    at most .06 for two classes and 60 rows, less for more of either: .3 is 5 of them.
    """
    _accuracies, taught, given = value
    if len(taught) != 2:
        return Judgement(0, "the learner is to be called once")
    (X, labels), (_X, other) = taught
    if not (_is_like(X, case["X"]) and _is_like(labels, case["y"])):
        return Judgement(0, "the learner did not get as many pictures and labels as there are")
    if not np.array_equal(np.sort(labels), np.sort(case["y"])):
        return Judgement(0, "the classes are not as frequent as before")
    if not np.array_equal(X[np.lexsort(X.T)], case["X"][np.lexsort(case["X"].T)]):
        return Judgement(0, "the learner did not get the pictures as they are")
    if not all(
        np.array_equal(one, case[name])
        for one, name in zip(given, ("X", "y", "X_new", "y_new"), strict=True)
    ):
        return Judgement(0, "the caller's arrays were changed")
    kept = agreement(X, labels, case)
    share = np.unique(case["y"], return_counts=True)[1] / len(labels)
    if kept > np.sum(share**2) + 0.3:
        return Judgement(0, "the pictures still have their labels")
    if np.array_equal(labels, other):
        return Judgement(0, "another rng gives the same labels")
    return Judgement(1)


def _is_like(found: Any, given: np.ndarray) -> bool:
    if not isinstance(found, np.ndarray):
        return False
    return found.shape == given.shape and found.dtype == given.dtype


def agreement(X: np.ndarray, labels: np.ndarray, case: Case) -> float:
    """The share of the pictures whose label is their own."""
    own = {row.tobytes(): name for row, name in zip(case["X"], case["y"], strict=True)}
    return float(np.mean([own[row.tobytes()] == k for row, k in zip(X, labels, strict=True)]))


def accuracies(value: Any, _reference: None, case: Case) -> Judgement:
    """Both accuracies follow from what the learner was taught, which is known."""
    if was_shuffled(value, None, case).fraction < 1:
        return Judgement(0, "the learner was not taught shuffled labels")
    found, ((X, labels), _), _given = value
    trained = np.mean(nearest(X, labels, X, case["k"]) == labels)
    held_out = np.mean(nearest(X, labels, case["X_new"], case["k"]) == case["y_new"])
    return items(close(atol=1e-12), close(atol=1e-12))(found, (float(trained), float(held_out)))


problem_set.check(
    "shuffled-control",
    observe="""
taught = []


def learn(X, y, rng):
    taught.append((np.array(X), np.array(y)))
    return taught[-1]


def classify(model, X):
    far = np.sum((X[:, None, :] - model[0]) ** 2, axis=2)
    votes = model[1][np.argsort(far, axis=1, kind="stable")[:, :k]]
    found = [np.unique(row, return_counts=True) for row in votes]
    return np.array([names[np.argmax(counts)] for names, counts in found])


copies = [part.copy() for part in (X, y, X_new, y_new)]
result = shuffled_control(learn, classify, X, y, X_new, y_new, np.random.default_rng(seed))
shuffled_control(learn, classify, *copies, np.random.default_rng(seed + 1))
(result, [list(pair) for pair in taught], [X, y, X_new, y_new])
""",
    draw=draw_table,
    draws=3,
    edges=[by_class(draw_table(np.random.default_rng(61)))],
    parts={
        "a shuffle": Part(by=was_shuffled, all_or_nothing=True),
        "two accuracies": Part(by=accuracies, all_or_nothing=True),
    },
    reference=None,
    false_failure=1e-6,
)


# 7. The confusion matrix ------------------------------------------------------------------------


def counted(y: np.ndarray, guess: np.ndarray, K: int) -> tuple[np.ndarray, np.ndarray]:
    C = np.array([[int(np.sum((y == j) & (guess == k))) for k in range(K)] for j in range(K)])
    recall = [float(np.mean(guess[y == j] == j)) if np.any(y == j) else np.nan for j in range(K)]
    return C, np.array(recall)


def draw_guesses(rng: np.random.Generator) -> Case:
    K, n = int(rng.integers(3, 9)), int(rng.integers(30, 100))
    y = rng.integers(0, K, n)
    return dict(y=y, guess=np.where(rng.random(n) < 0.6, y, rng.integers(0, K, n)), K=K)


problem_set.check(
    "confusion",
    observe="confusion(y, guess, K)",
    draw=draw_guesses,
    edges=[
        # a class that never occurs and is never guessed, and one that is only guessed
        dict(y=np.array([2, 0, 2, 0, 2]), guess=np.array([2, 1, 0, 0, 2]), K=5),
        dict(y=np.array([1]), guess=np.array([0]), K=2),
    ],
    reference=counted,
    parts={
        "matrix": Part(at=0, by=exact(), all_or_nothing=True),
        "recall": Part(at=1, by=close(rtol=1e-8, nan_equal=True), all_or_nothing=True),
    },
)


# 8. The learning curve --------------------------------------------------------------------------


def draw_losses(rng: np.random.Generator) -> Case:
    n = int(rng.integers(8, 20))
    t = np.arange(n)
    turn = rng.uniform(3, n - 3)
    return dict(
        every=int(rng.integers(2, 50)),
        training=2.3 * np.exp(-t / 3) * rng.uniform(0.9, 1.1, n) + 0.01,
        held_out=0.4 + 0.03 * np.abs(t - turn) * rng.uniform(0.9, 1.1, n),
    )


def drawn(value: Any, label: str) -> Any:
    lines = [line for line in getattr(value, "lines", ()) if label in line.label.lower()]
    return lines[0] if lines else None


def passes_through(value: Any, label: str, x: np.ndarray, y: np.ndarray) -> Judgement:
    """The data of the line with this label are these points, in any order."""
    if type(value) is not Plot:
        return Judgement(0, "expected an Axes: is it returned?")
    line = drawn(value, label)
    if line is None:
        return Judgement(0, f"nothing is labelled '{label}'")
    if line.x.shape != x.shape or line.x.dtype.kind not in "iuf" or line.y.dtype.kind not in "iuf":
        return Judgement(0, f"'{label}' has not as many points as there should be")
    order = np.argsort(line.x, kind="stable")
    if not np.allclose(line.y[order], y, rtol=1e-8, atol=0):
        return Judgement(0, f"'{label}' has wrong losses")
    if not np.allclose(line.x[order], x, rtol=1e-8, atol=0):
        return Judgement(0, f"'{label}' stands at wrong steps")
    return Judgement(1)


def curves(value: Any, _reference: None, case: Case) -> Judgement:
    steps = case["every"] * np.arange(1.0, len(case["training"]) + 1)
    for label, losses in (("training", case["training"]), ("held-out", case["held_out"])):
        judged = passes_through(value, label, steps, losses)
        if judged.fraction < 1:
            return judged
    return Judgement(1)


def lowest(value: Any, _reference: None, case: Case) -> Judgement:
    losses = list(case["held_out"])
    place = losses.index(min(losses))
    step = np.array([case["every"] * (place + 1.0)])
    return passes_through(value, "lowest", step, np.array([losses[place]]))


def words_and_scales(value: Any, _reference: None) -> Judgement:
    if type(value) is not Plot:
        return Judgement(0, "expected an Axes: is it returned?")
    if (value.xscale, value.yscale) != ("linear", "log"):
        return Judgement(0, "a scale is not the one asked for")
    if "step" not in value.xlabel.lower() or "loss" not in value.ylabel.lower():
        return Judgement(0, "an axis label is missing or wrong")
    if not all(any(word in text.lower() for text in value.legend) for word in ("train", "held")):
        return Judgement(0, "no legend that names both lines")
    return Judgement(1)


problem_set.check(
    "learning-curves",
    observe="learning_curves(every, training, held_out)",
    draw=draw_losses,
    edges=[
        # two equal lowest losses
        dict(
            every=7,
            training=np.array([2.0, 1.0, 0.7, 0.4]),
            held_out=np.array([2.1, 0.9, 1.0, 0.9]),
        )
    ],
    reference=None,
    parts={
        "two lines": Part(by=curves, weight=2, all_or_nothing=True),
        "the lowest point": Part(by=lowest, all_or_nothing=True),
        "words and scales": Part(by=words_and_scales),
    },
    seconds=2,
)
