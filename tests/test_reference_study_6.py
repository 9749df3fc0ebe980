"""W6 A classifier from scratch: every reference answer found again by a second road."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal, localcontext
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shipped

from dfl_grading.values import Plot, PlotLine

NAME = "study-6-classifier-from-scratch"
SOURCE = shipped.ROOT / "source" / NAME
SIZES = [(3, 5, 4, 6), (6, 3, 5, 4), (1, 4, 3, 5)]


@pytest.fixture(scope="module")
def names() -> Iterator[dict[str, Any]]:
    """What the notebook leaves, its visible tests included; it reads the file beside it."""
    with contextlib.chdir(SOURCE):
        yield shipped.run(NAME)[0]


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    return shipped.grader(NAME)


def network(n: int, d: int, h: int, K: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "params": (
            rng.normal(size=(d, h)),
            rng.normal(size=h),
            rng.normal(size=(h, K)),
            rng.normal(size=K),
        ),
        "X": rng.normal(size=(n, d)),
        "y": rng.integers(0, K, n),
    }


def plain_loss(params: Any, X: np.ndarray, y: np.ndarray, lam: float) -> Any:
    """The loss by its definition, for complex parameters too; nothing in it is stabilised."""
    W1, b1, W2, b2 = params
    E = np.exp(np.tanh(X @ W1 + b1) @ W2 + b2)
    P = E[np.arange(len(y)), y] / E.sum(axis=1)
    return -np.mean(np.log(P)) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


# The notebook and its data


def test_code_fits_the_page() -> None:
    for cell in shipped.cells_of(NAME):
        if cell["cell_type"] == "code":
            assert all(len(line.rstrip("\n")) <= 110 for line in cell["source"]), cell["id"]


def test_both_parts_together_are_the_1797_digits_and_share_none(grader: ModuleType) -> None:
    both = np.concatenate([grader.TRAIN, grader.HELD_OUT])
    assert (len(grader.TRAIN), len(grader.HELD_OUT)) == (1297, 500)
    assert len(np.unique(both, axis=0)) == len(both)
    assert (both.min(), both.max()) == (0, 16)
    counts = np.bincount(np.concatenate([grader.TRAIN_CLASS, grader.HELD_OUT_CLASS]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # each class in proportion, to a digit
    np.testing.assert_allclose(np.bincount(grader.HELD_OUT_CLASS), counts * 500 / 1797, atol=1)


def test_the_data_are_small_and_name_their_authors_and_licence() -> None:
    for folder, file in (
        (SOURCE, "digits.csv.gz"),
        (shipped.ROOT / "graders" / "data", "study-6-held-out.csv.gz"),
    ):
        assert (folder / file).stat().st_size < 200_000
        notice = (folder / "LICENSE-digits.txt").read_text(encoding="utf-8")
        assert all(word in notice for word in (file, "Alpaydin", "Kaynak", "CC BY 4.0"))
    released = {path.name for path in (shipped.ROOT / "release" / NAME).iterdir()}
    assert released == {"classifier-from-scratch.ipynb", "digits.csv.gz", "LICENSE-digits.txt"}


def test_no_held_out_class_is_among_the_arguments(grader: ModuleType) -> None:
    (check,) = grader.problem_set.of("fit")
    for case in check.cases(NAME):
        assert case.arguments.keys() == {"X", "y", "shuffled", "X_new", "seed"}
        assert len(case.arguments["y"]) == len(case.arguments["X"]) >= 1050
        known = {row.tobytes() for row in case.arguments["X"]}
        assert not known & {row.tobytes() for row in case.arguments["X_new"]}


def test_no_two_sizes_of_a_drawn_network_are_equal(grader: ModuleType) -> None:
    for seed in range(20):
        drawn = grader.draw_network(np.random.default_rng(seed))
        sizes = [len(drawn["X"]), *drawn["W1"].shape, drawn["W2"].shape[1]]
        assert len(set(sizes)) == 4
        assert drawn["y"].max() < sizes[-1]


# 1 and 2: softmax and cross-entropy


def decimal_log_softmax(row: list[float]) -> list[float]:
    """By 60 digits and exponents without a bound: no shift is needed."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 60, 10**9, -(10**9)
        exact = [Decimal(float(z)) for z in row]
        total = sum(z.exp() for z in exact).ln()
        return [float(z - total) for z in exact]


@pytest.mark.parametrize("scale", [0.1, 3.0, 800.0, 1e4])
def test_log_softmax_agrees_with_sixty_digits(names: dict[str, Any], scale: float) -> None:
    Z = scale * np.random.default_rng(3).uniform(-1, 1, (5, 4))
    Z[0] = [scale, scale, -scale, 0]
    wanted = [decimal_log_softmax(row) for row in Z]
    np.testing.assert_allclose(names["log_softmax"](Z), wanted, rtol=1e-12, atol=1e-12)


def test_the_exponential_ends_where_the_text_says() -> None:
    with np.errstate(over="ignore", under="ignore"):
        assert np.isinf(np.exp(710.0))
        assert np.isfinite(np.exp(709.0))
        assert np.exp(-746.0) == 0 < np.exp(-745.0)


def test_every_huge_case_breaks_the_plain_formula_and_a_common_shift(grader: ModuleType) -> None:
    """So that no luck of the draw lets the naive answers through."""
    (check,) = (c for c in grader.problem_set.of("log-softmax") if c.part == "huge logits")
    with np.errstate(all="ignore"):
        for case in check.cases(NAME):
            Z = case.arguments["Z"]
            for shift in (0, Z.max()):
                E = np.exp(Z - shift)
                assert not np.all(np.isfinite(np.log(E / E.sum(axis=1, keepdims=True))))


def test_the_gradient_agrees_with_a_complex_step(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(5)
    Z, y = rng.normal(size=(4, 3)), np.array([0, 2, 2, 1])

    def loss(Z: Any) -> Any:
        E = np.exp(Z)
        return -np.mean(np.log(E[np.arange(4), y] / E.sum(axis=1)))

    found, G = names["cross_entropy"](Z, y)
    assert found == pytest.approx(loss(Z), rel=1e-12)
    for place in np.ndindex(*Z.shape):
        nudged = Z.astype(complex)
        nudged[place] += 1e-30j
        assert G[place] == pytest.approx(loss(nudged).imag / 1e-30, rel=1e-10)
    np.testing.assert_allclose(G.sum(axis=1), 0, atol=1e-16)
    np.testing.assert_allclose(names["cross_entropy"](np.zeros((7, 10)), y[[0] * 7])[0], np.log(10))


def test_two_classes_are_the_worked_example(names: dict[str, Any]) -> None:
    for z in (-3.0, 0.0, 2.0):
        loss, G = names["cross_entropy"](np.array([[0.0, z]]), np.array([1]))
        assert loss == pytest.approx(np.log1p(np.exp(-z)), rel=1e-12)
        assert G[0, 1] == pytest.approx(-1 / (1 + np.exp(z)), rel=1e-12)


def test_the_hessian_is_that_of_the_proof(names: dict[str, Any]) -> None:
    z = np.array([[0.4, -1.2, 0.9, 2.0]])
    p = np.exp(names["log_softmax"](z))[0]
    hessian = np.diag(p) - np.outer(p, p)

    def gradient(z: np.ndarray) -> np.ndarray:
        return np.asarray(names["cross_entropy"](z, np.array([2]))[1][0])

    measured = [(gradient(z + e) - gradient(z - e)) / 2e-5 for e in 1e-5 * np.eye(4)]
    np.testing.assert_allclose(measured, hessian, atol=1e-9)
    values, vectors = np.linalg.eigh(hessian)
    assert abs(values[0]) < 1e-15 < 1e-3 < values[1]
    np.testing.assert_allclose(np.abs(vectors[:, 0]), 0.5)


def test_squared_error_has_no_gradient_where_the_network_is_confidently_wrong() -> None:
    p, truth = np.array([1 - 2e-9, 1e-9, 1e-9]), np.array([0.0, 1.0, 0.0])
    squared = (np.diag(p) - np.outer(p, p)) @ (p - truth)
    assert np.max(np.abs(squared)) < 1e-8 < 0.99 < np.max(np.abs(p - truth))


# 3 and 4: the network and its step


@pytest.mark.parametrize("sizes", SIZES)
def test_the_network_gradient_agrees_with_complex_steps(
    names: dict[str, Any], sizes: tuple[int, int, int, int]
) -> None:
    given = network(*sizes)
    loss, gradient = names["network_gradient"](**given, lam=0.3)
    assert loss == pytest.approx(plain_loss(**given, lam=0.3), rel=1e-12)
    for which, part in enumerate(given["params"]):
        for place in np.ndindex(*part.shape):
            nudged = [p.astype(complex) for p in given["params"]]
            nudged[which][place] += 1e-30j
            slope = plain_loss(nudged, given["X"], given["y"], 0.3).imag / 1e-30
            assert gradient[which][place] == pytest.approx(slope, rel=1e-9, abs=1e-14)


def test_the_loss_of_the_network_is_not_convex(names: dict[str, Any]) -> None:
    """Exchanged hidden units give the same loss; halfway it is higher, as the proof says."""
    given = network(40, 3, 2, 2, seed=8)
    W1, b1, W2, b2 = (3 * p for p in given["params"])
    y = (np.tanh(given["X"] @ W1 + b1) @ W2 + b2).argmax(axis=1)
    assert 5 < y.sum() < 35

    def loss(*params: np.ndarray) -> float:
        return float(names["network_gradient"](params, given["X"], y, 0.0)[0])

    twin = (W1[:, ::-1], b1[::-1], W2[::-1], b2)
    middle = [(a + b) / 2 for a, b in zip((W1, b1, W2, b2), twin, strict=True)]
    assert loss(*twin) == pytest.approx(loss(W1, b1, W2, b2), rel=1e-12)
    assert loss(*middle) > 1.5 * loss(*twin)


def test_steps_with_one_class_are_a_linear_recursion(names: dict[str, Any]) -> None:
    """One class leaves only the penalty: weight and velocity go on by the power of a matrix."""
    given = network(3, 4, 2, 1)
    rate, momentum, lam, steps = 0.1, 0.8, 0.5, 7
    params, velocity = given["params"], tuple(np.zeros_like(p) for p in given["params"])
    for _ in range(steps):
        params, velocity = names["train_step"](
            params, velocity, given["X"], given["y"], rate, momentum, lam
        )
    once = np.array([[1 - rate * lam, momentum], [-rate * lam, momentum]])
    factor = np.linalg.matrix_power(once, steps)[:, 0]
    for which in (0, 2):
        np.testing.assert_allclose(params[which], factor[0] * given["params"][which], rtol=1e-12)
        np.testing.assert_allclose(velocity[which], factor[1] * given["params"][which], rtol=1e-12)
    np.testing.assert_allclose(params[1], given["params"][1])


def test_the_example_of_momentum_is_right() -> None:
    theta, v = 1.0, 0.0
    for wanted in (0.9, 0.72):
        v = 0.9 * v - 0.1 * theta
        theta += v
        assert theta == pytest.approx(wanted)


# 5: the classifier


def accuracy(learner: Any, grader: ModuleType, y: np.ndarray, seed: int) -> float:
    fit, predict = learner
    model = fit(grader.TRAIN / 16, y, np.random.default_rng(seed))
    return float(np.mean(predict(model, grader.HELD_OUT / 16) == grader.HELD_OUT_CLASS))


def test_the_network_reads_the_held_out_digits(names: dict[str, Any], grader: ModuleType) -> None:
    """The figures of the syllabus: .962 to .987 over splits and starts; one split here."""
    learner = (names["fit"], names["predict"])
    found = [accuracy(learner, grader, grader.TRAIN_CLASS, seed) for seed in range(6)]
    assert min(found) > 0.945
    assert 0.955 < np.mean(found) < 0.985


def test_taught_shuffled_labels_it_is_at_chance(names: dict[str, Any], grader: ModuleType) -> None:
    rng = np.random.default_rng(9)
    network = (names["fit"], names["predict"])
    found = [accuracy(network, grader, rng.permutation(grader.TRAIN_CLASS), s) for s in range(8)]
    assert np.mean(found) == pytest.approx(0.1, abs=0.045)
    assert max(found) < 0.3


def test_with_time_it_learns_shuffled_labels_by_heart(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(15)
    X, y = names["X_train"], rng.permutation(names["y_train"])
    params = (rng.normal(0, 1 / 8, (64, 64)), np.zeros(64), rng.normal(0, 1 / 8, (64, 10)))
    params = (*params, np.zeros(10))
    velocity = tuple(np.zeros_like(p) for p in params)
    for _ in range(300):
        for some in np.array_split(rng.permutation(1000), 31):
            params, velocity = names["train_step"](
                params, velocity, X[some], y[some], 0.1, 0.9, 0.0
            )
    assert np.mean(names["predict"](params, X) == y) > 0.85
    assert np.mean(names["predict"](params, names["X_valid"]) == names["y_valid"]) < 0.3


def test_no_learner_is_far_from_chance_after_a_shuffle(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """The nearest mean scatters most: the room below the bound is five times its scatter."""
    rng = np.random.default_rng(10)
    means = (names["fit_means"], names["predict_nearest"])
    found = [accuracy(means, grader, rng.permutation(grader.TRAIN_CLASS), 0) for _ in range(40)]
    assert np.mean(found) == pytest.approx(0.1, abs=0.04)
    assert np.mean(found) + 4 * np.std(found) < grader.CHANCE
    assert 0.87 < accuracy(means, grader, grader.TRAIN_CLASS, 0) < 0.93


def test_who_knows_the_digits_beforehand_earns_nothing(grader: ModuleType) -> None:
    (check,) = grader.problem_set.of("fit")
    for case in check.cases(NAME):
        reference = grader.truth(**case.arguments)
        plain = np.array([grader.CLASS_OF[row.tobytes()] for row in case.arguments["X_new"]])
        by_heart = np.array([plain, plain])
        assert grader.accuracy_and_control(by_heart, reference).fraction == 0
        # who finds out the new names first, and then knows: betrayed by the control
        renamed = np.array([reference, reference])
        assert grader.accuracy_and_control(renamed, reference).fraction == 0
        constant = np.zeros_like(renamed)
        assert grader.accuracy_and_control(constant, reference).fraction == 0
        right = np.array([reference, np.roll(reference, 1)])
        assert grader.accuracy_and_control(right, reference).fraction == 1


@pytest.mark.parametrize(("right", "credit"), [(465, 1.0), (464, 0.5), (450, 0.5), (449, 0.0)])
def test_bands_of_accuracy(grader: ModuleType, right: int, credit: float) -> None:
    reference = np.arange(500) % 10
    taught = np.where(np.arange(500) < right, reference, (reference + 1) % 10)
    value = np.array([taught, (reference + 3) % 10])
    assert grader.accuracy_and_control(value, reference).fraction == credit


# 6: the control


def test_a_constant_learner_keeps_its_accuracy(names: dict[str, Any], grader: ModuleType) -> None:
    case = grader.draw_table(np.random.default_rng(11))
    y, y_new = case["y"], case["y_new"]
    found = names["shuffled_control"](
        lambda X, y, rng: np.bincount(y).argmax(),
        lambda model, X: np.full(len(X), model),
        *(case[name] for name in ("X", "y", "X_new", "y_new")),
        np.random.default_rng(1),
    )
    often = np.bincount(y).argmax()
    assert found == (pytest.approx(np.mean(y == often)), pytest.approx(np.mean(y_new == often)))


def test_the_control_of_one_neighbour_is_perfect_memory_and_chance(
    names: dict[str, Any], grader: ModuleType
) -> None:
    """Held out: the chance that two draws from the classes agree, in the mean over shuffles."""
    case = grader.draw_table(np.random.default_rng(12))
    given = [case[name] for name in ("X", "y", "X_new", "y_new")]
    rng = np.random.default_rng(2)
    found = np.array(
        [
            names["shuffled_control"](names["remember"], names["recall_nearest"], *given, rng)
            for _ in range(200)
        ]
    )
    assert np.all(found[:, 0] == 1)
    share = {k: np.mean(case["y"] == k) for k in np.unique(case["y"])}
    chance = np.mean([share[k] for k in case["y_new"]])
    assert np.mean(found[:, 1]) == pytest.approx(chance, abs=0.04)


def test_a_kept_pairing_is_always_seen(grader: ModuleType) -> None:
    """The bound for the labels that a shuffle leaves in place stays clear of 1, and of chance."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        case = grader.draw_table(rng)
        X, y = case["X"], case["y"]
        given = [case[name] for name in ("X", "y", "X_new", "y_new")]
        right = ((1.0, 0.5), [[X, rng.permutation(y)], [X, rng.permutation(y)]], given)
        assert grader.was_shuffled(right, None, case).fraction == 1, seed
        order = rng.permutation(len(y))
        wrong = ((1.0, 1.0), [[X[order], y[order]], [X, y]], given)
        assert grader.was_shuffled(wrong, None, case).fraction == 0, seed


# 7 and 8: the matrix and the figure


def test_confusion_agrees_with_a_histogram_in_two_dimensions(names: dict[str, Any]) -> None:
    rng = np.random.default_rng(13)
    y, guess = rng.integers(0, 6, (2, 400))
    C, recall = names["confusion"](y, guess, 6)
    counts, *_ = np.histogram2d(y, guess, bins=np.arange(7) - 0.5)
    np.testing.assert_array_equal(C, counts)
    assert C.dtype.kind == "i"
    # the mean of the recalls over the samples is the accuracy
    assert recall[y].mean() == pytest.approx(np.mean(y == guess), rel=1e-12)


def test_recall_of_a_class_without_samples_is_nan(names: dict[str, Any]) -> None:
    _, recall = names["confusion"](np.array([2, 2]), np.array([2, 1]), 4)
    np.testing.assert_array_equal(recall, [np.nan, np.nan, 0.5, np.nan])


def test_the_figure_is_judged_by_its_data(names: dict[str, Any], grader: ModuleType) -> None:
    case = grader.draw_losses(np.random.default_rng(14))
    ax = names["learning_curves"](**case)
    lines = tuple(PlotLine(*line.get_data(), line.get_label()) for line in ax.get_lines())
    right = Plot(lines, xlabel="step", ylabel="loss", yscale="log", legend=("training", "held-out"))
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    judges = (grader.curves, grader.lowest)
    assert all(judge(right, None, case).fraction == 1 for judge in judges)
    assert grader.words_and_scales(right, None).fraction == 1
    late = tuple(PlotLine(line.x + 1, line.y, line.label) for line in lines)
    exchanged = tuple(PlotLine(line.y, line.x, line.label) for line in lines)
    for wrong in (late, exchanged, lines[::-1][:1], ()):
        assert grader.curves(Plot(lines=wrong), None, case).fraction == 0
    assert grader.lowest(Plot(lines=late), None, case).fraction == 0
    assert grader.words_and_scales(Plot(lines=lines), None).fraction == 0
