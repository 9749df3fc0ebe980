"""Laws that every comparer keeps: reflexive, invariant as it claims, and never an exception."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dfl_grading.compare import (
    Judgement,
    all_of,
    any_of,
    as_judgement,
    bands,
    close,
    convergence_order,
    curve,
    decimals,
    diagnose,
    distribution,
    exact,
    expression,
    gradient_of,
    in_interval,
    items,
    monotone,
    orthonormal,
    plot,
    reproducible,
    residual,
    same_subspace,
    shaped,
    significant_figures,
    sorted_close,
    table,
    ulp,
    up_to_constant,
    up_to_permutation,
    up_to_phase,
    up_to_scale,
    up_to_sign,
)
from dfl_grading.compare.judgement import judge_by
from dfl_grading.values import Expression, Plot, PlotLine, Raised, Table, Ungradeable

QUICK = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

# Plain values of every kind that may leave a box, the odd ones most of all


def odd_arrays() -> st.SearchStrategy[Any]:
    dtypes = st.sampled_from(
        [
            "?",
            "i1",
            "u1",
            "i8",
            "u8",
            "f2",
            "f4",
            "f8",
            "g",
            "c8",
            "c16",
            "U3",
            "S3",
            "M8[s]",
            "m8[ms]",
            ">f8",
            ">i4",
        ]
    ).map(np.dtype) | st.sampled_from(
        [
            np.dtype([("a", "f8"), ("b", "i4")]),
            np.dtype([("a", "U2"), ("n", [("x", "f4")])]),
            np.dtype("(2,)f8"),
            np.dtype("V4"),
        ]
    )
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    plain = st.builds(_filled, dtypes, shapes, st.integers(0, 2**32))
    masked = st.builds(
        lambda a, m: np.ma.array(a, mask=np.full(a.shape, m) if m != 2 else False),
        plain.filter(lambda a: a.dtype.names is None and a.dtype.kind != "V"),
        st.sampled_from([True, False, 2]),
    )
    objects = st.just(np.array([1, None, "x"], dtype=object))
    return plain | masked | objects


def _filled(dtype: np.dtype[Any], shape: tuple[int, ...], seed: int) -> Any:
    """Random bytes: NaN with payloads, infinities, subnormals and the largest integers."""
    rng = np.random.default_rng(seed)
    empty = np.zeros(shape, dtype=dtype)
    if dtype.kind in "gUb" or dtype.names or dtype.char == "g":
        return empty + (1 if dtype.char == "g" else 0) if dtype.char == "g" else empty
    raw = rng.integers(0, 256, size=empty.nbytes, dtype=np.uint8).tobytes()
    return np.frombuffer(raw, dtype=empty.dtype).reshape(empty.shape).copy()


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**53 + 1, 2**64, -(2**70), 10**400])
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=5)
    | st.binary(max_size=3)
    | st.sampled_from(
        [np.float32(1.5), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True), np.str_("a"),
         np.complex64(1j), np.float64("nan"), np.datetime64("NaT"), np.longdouble(1) / 3,
         np.zeros((), dtype="f8,i4")[()]]
    )
)  # fmt: skip
RICH = st.sampled_from(
    [
        Raised("ValueError", "no"),
        Ungradeable("Spline", ""),
        Expression("x**2 + 1", ("x",)),
        Expression("__import__('os')"),
        Table("DataFrame", ("a", "a"), ("f8", "U1"), (np.zeros(2), np.array(["x", "y"])),
              np.arange(2)),
        Table("Series", (None,), ("f8",), (np.zeros(0),), np.arange(0)),
        Table("DataFrame", (), (), (), np.arange(3)),
        Table("DataFrame", (("a", 1), 7), ("f8",), (np.zeros((2, 2)),), np.arange(2)),
        Plot(lines=(PlotLine(np.arange(3.0), np.arange(3.0)),)),
        Plot(lines=(PlotLine(np.zeros(0), np.zeros(0)),), images=(np.zeros((2, 2)),)),
        Plot(lines=(PlotLine(np.array(["a"]), np.array([1j])),)),
        Plot(lines=()),
    ]
)  # fmt: skip
PLAIN = st.recursive(
    SCALARS | odd_arrays() | RICH,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.text(max_size=2) | st.integers(0, 2) | st.booleans(), inner, max_size=3
        )
    ),
    max_leaves=6,
)

CASE = {"x": np.array([0.5, 1.5]), "h": [0.1, 0.05], "c": 2.0}
COMPARERS: list[Any] = [
    close(rtol=1e-8),
    close(rtol=1e-8, atol=1e-12, squeeze=True, container_ok=True, integer_ok=True, real_ok=True,
          complex_ok=True, nan_equal=True, elementwise=True),
    close(rtol=0.5, normwise=True),
    exact(),
    exact(nan_equal=True, elementwise=True, container_ok=True),
    ulp(n=2),
    significant_figures(n=3),
    decimals(n=2),
    bands((1.0, close(rtol=1e-8)), (0.5, close(rtol=1e-2))),
    sorted_close(rtol=1e-8),
    up_to_sign(rtol=1e-8, columns=True),
    up_to_sign(rtol=1e-8),
    up_to_phase(rtol=1e-8, columns=True),
    up_to_permutation(rtol=1e-8),
    up_to_permutation(rtol=1e-8, axis=1),
    up_to_scale(rtol=1e-8, columns=True),
    up_to_scale(rtol=1e-8, positive=True),
    up_to_constant(rtol=1e-8),
    same_subspace(atol=1e-8),
    same_subspace(atol=1e-8, rows=True),
    orthonormal(atol=1e-8),
    orthonormal(atol=1e-8, rows=True),
    monotone("increasing", atol=0.0),
    in_interval(0, 1, elementwise=True),
    convergence_order(2, within=0.1),
    gradient_of(lambda x, **_: np.sum(x**2), at="x", rtol=1e-6),
    table(rtol=1e-8),
    table(rtol=1e-8, dtypes=True, index=True, row_order=False, names=True, elementwise=True),
    plot(rtol=1e-8),
    plot(rtol=1e-8, scales=True, labelled=True, labels=True, title=True, legend=True,
         point_order=False, elementwise=True),
    curve(atol=1e-8),
    reproducible(),
    expression("x**2 + 1"),
    distribution(),
    distribution(moments={1: 0.0}, least=2),
    distribution(probabilities=[0.5, 0.5], least=2, flatten=True),
    distribution(cdf=lambda s, **_: 1 / (1 + np.exp(-np.clip(s, -700, 700))), least=2),
    residual(lambda *_, **__: 0.0, atol=0.0),
    items(close(rtol=1e-8), exact()),
    all_of(close(rtol=1e-8), exact()),
    any_of(close(rtol=1e-8), sorted_close(rtol=1e-8)),
    shaped((None, 2)),
    shaped((), kind="complex", finite=False),
    all_of(shaped((2,)), lambda value, _: float(value[0]) == float(value[1])),
]  # fmt: skip


@given(value=PLAIN, reference=PLAIN)
@settings(QUICK, max_examples=80)
def test_no_plain_value_is_more_than_a_verdict(value: Any, reference: Any) -> None:
    for by in COMPARERS:
        judged = judge_by(by, value, reference, CASE)
        note(repr(by))
        assert isinstance(judged, Judgement)
        assert 0.0 <= judged.fraction <= 1.0
        assert judged.message or judged.fraction == 1.0
        assert len(judged.message) < 600


@given(value=PLAIN)
@settings(QUICK, max_examples=80)
def test_a_pair_of_numbers_is_nothing_else(value: Any) -> None:
    reference = np.array([1.0, 2.0])
    for by in COMPARERS:
        judged = judge_by(by, value, reference, CASE)
        note(repr(by))
        assert judge_by(by, value, reference, CASE) == judged
        by_number = getattr(by, "needs_reference", False)
        if by_number and judged.passed and not isinstance(by, same_subspace):
            assert np.shape(value) == (2,)


@given(value=PLAIN)
@QUICK
def test_every_comparable_value_equals_itself(value: Any) -> None:
    assume(not _hopeless(value))
    for by in (close(rtol=0.0, nan_equal=True), exact(nan_equal=True, squeeze=True)):
        assert by(value, value) == Judgement(1.0)


def _hopeless(value: Any) -> bool:
    """Whether a value cannot be compared at all: errors, objects, and what holds them."""
    if isinstance(value, (list, tuple)):
        return any(map(_hopeless, value))
    if isinstance(value, dict):
        return any(map(_hopeless, value.values()))
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "O" or (value.dtype.kind == "V" and value.dtype.names is None)
    if isinstance(value, Table):
        return any(map(_hopeless, value.data))
    return isinstance(value, (Raised, Ungradeable))


@given(value=PLAIN, reference=PLAIN)
@QUICK
def test_exact_is_symmetric(value: Any, reference: Any) -> None:
    assert exact()(value, reference).passed == exact()(reference, value).passed


@given(pairs=st.lists(st.tuples(PLAIN, PLAIN), max_size=3))
@QUICK
def test_diagnose_takes_any_pairs(pairs: list[tuple[Any, Any]]) -> None:
    assert isinstance(diagnose(pairs, arguments=[CASE] * len(pairs)), str)


# The invariance that each comparer names

FINITE = st.floats(-1e3, 1e3).filter(lambda x: x == 0 or abs(x) > 1e-3)
VECTORS = hnp.arrays(float, st.integers(2, 6), elements=FINITE)
MATRICES = hnp.arrays(float, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=FINITE)
SEEDS = st.integers(0, 2**32)


def law(by: Any, change: Callable[[np.ndarray[Any, Any], np.random.Generator], Any]) -> Any:
    return pytest.param(by, change, id=repr(by))


LAWS = [
    law(up_to_sign(rtol=1e-9), lambda a, _: -a),
    law(up_to_sign(rtol=1e-9, columns=True), lambda a, r: a * r.choice([-1.0, 1.0], a.shape[-1])),
    law(up_to_phase(rtol=1e-9, normwise=True), lambda a, r: a * np.exp(1j * r.uniform(0, 7))),
    law(
        up_to_phase(rtol=1e-9, columns=True, normwise=True),
        lambda a, r: a * np.exp(1j * r.uniform(0, 7, a.shape[-1])),
    ),
    law(up_to_scale(rtol=1e-9), lambda a, r: a * r.choice([-1, 1]) * 10 ** r.uniform(-9, 9)),
    law(
        up_to_scale(rtol=1e-9, positive=True, columns=True),
        lambda a, r: a * 10 ** r.uniform(-9, 9, a.shape[-1]),
    ),
    law(up_to_constant(rtol=1e-9, atol=1e-9), lambda a, r: a + r.uniform(-1e3, 1e3)),
    law(up_to_permutation(rtol=1e-9), lambda a, r: r.permutation(a, axis=0)),
    law(up_to_permutation(rtol=1e-9, axis=1), lambda a, r: r.permutation(a, axis=1)),
    law(sorted_close(rtol=1e-9), lambda a, r: r.permuted(a, axis=-1)),
]


@pytest.mark.parametrize(("by", "change"), LAWS)
@given(reference=MATRICES, seed=SEEDS)
@QUICK
def test_each_invariance_holds(by: Any, change: Any, reference: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert by(change(reference, rng), reference) == Judgement(1.0)
    # And not more than that: one entry changed is wrong.
    broken = reference.copy()
    broken[0, 0] += 1 + abs(broken[0, 0])
    assume(np.count_nonzero(reference) == reference.size and len(np.unique(np.abs(reference))) > 2)
    if isinstance(by, (up_to_scale, up_to_phase, up_to_sign)) and reference.shape[0] > 1:
        assert not by(change(broken, rng), reference).passed


@given(seed=SEEDS, size=st.integers(1, 4))
@QUICK
def test_same_subspace_does_not_care_for_the_basis(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    reference = rng.normal(size=(5, size))
    mixing = np.linalg.qr(rng.normal(size=(size, size)))[0] * rng.uniform(0.5, 2.0, size)
    by = same_subspace(atol=1e-9)
    assert by(reference @ mixing, reference) == Judgement(1.0)
    assert by(reference, reference @ mixing) == Judgement(1.0)
    assert not by(reference + rng.normal(size=reference.shape), reference).passed


@given(reference=MATRICES)
@QUICK
def test_finite_matrices_are_what_they_are(reference: Any) -> None:
    for by in COMPARERS:
        if getattr(by, "needs_reference", False) and not isinstance(
            by, (table, plot, curve, items, distribution)
        ):
            assert by(reference, reference) == Judgement(1.0)


@given(reference=VECTORS, seed=SEEDS)
@QUICK
def test_up_to_sign_phase_and_same_subspace_are_symmetric(reference: Any, seed: int) -> None:
    value = np.random.default_rng(seed).choice([-1.0, 1.0]) * reference
    for by in (up_to_sign(atol=1e-9), same_subspace(atol=1e-9), up_to_phase(atol=1e-9)):
        assert by(value, reference).passed == by(reference, value).passed


@given(x=st.floats(), reference=st.floats(), rtol=st.floats(0, 1), atol=st.floats(0, 1))
@settings(QUICK, max_examples=150)
def test_close_is_the_rule_it_states(x: float, reference: float, rtol: float, atol: float) -> None:
    right = close(rtol=rtol, atol=atol)(x, reference).passed
    if math.isfinite(x) and math.isfinite(reference):
        assert right == (abs(x - reference) <= max(atol, rtol * abs(reference)))
    else:
        assert right == (x == reference)


@given(x=st.integers(), reference=st.integers(), shift=st.integers(0, 80))
@settings(QUICK, max_examples=150)
def test_integers_of_any_size_are_exact(x: int, reference: int, shift: int) -> None:
    left, right = x << shift, reference << shift
    assert exact()(left, right).passed == (left == right)
    assert exact()([left, 1], [right, 1]).passed == (left == right)
    assert close(rtol=0.0)(left, right).passed == (left == right)
    assert exact()(left + 1, left).passed is False


@given(
    hnp.arrays(st.sampled_from([np.int64, np.uint64, np.int8, np.uint32]), 4),
    hnp.arrays(st.sampled_from([np.int64, np.uint64, np.int8, np.uint32]), 4),
    st.integers(0, 300),
)
@settings(QUICK, max_examples=150)
def test_integer_arrays_are_compared_as_integers(left: Any, right: Any, atol: int) -> None:
    expected = all(abs(int(x) - int(r)) <= atol for x, r in zip(left, right, strict=True))
    assert close(atol=float(atol))(left, right).passed == expected


@given(reference=VECTORS, n=st.integers(1, 12))
@QUICK
def test_rounding_keeps_figures_and_decimals(reference: Any, n: int) -> None:
    rounded = np.array([float(f"{x:.{n - 1}e}") for x in reference])
    assert significant_figures(n=n)(rounded, reference).passed
    assert decimals(n=n)(np.array([float(f"{x:.{n}f}") for x in reference]), reference).passed


@given(reference=VECTORS, steps=st.integers(0, 5), n=st.integers(0, 5))
@QUICK
def test_ulp_counts_doubles(reference: Any, steps: int, n: int) -> None:
    value = reference + steps * np.spacing(np.abs(reference))
    assume(np.all(np.abs(value) >= np.abs(reference)))
    assert ulp(n=n)(value, reference).passed == (steps <= n)


@given(reference=MATRICES, seed=SEEDS)
@QUICK
def test_elementwise_credit_is_the_share_of_right_entries(reference: Any, seed: int) -> None:
    wrong = np.random.default_rng(seed).random(reference.shape) < 0.5
    value = np.where(wrong, reference + 1 + np.abs(reference), reference)
    share = 1 - wrong.mean()
    judged = close(rtol=1e-9, elementwise=True)(value, reference)
    assert judged.fraction == pytest.approx(share, abs=1e-12)


@given(seed=SEEDS, size=st.integers(1, 5))
@QUICK
def test_orthonormal_does_not_care_which_frame(seed: int, size: int) -> None:
    frame = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, size)))[0]
    turn = np.linalg.qr(np.random.default_rng(seed + 1).normal(size=(6, 6)))[0]
    assert orthonormal(atol=1e-12)(turn @ frame).passed
    assert not orthonormal(atol=1e-12)(turn @ frame * 1.001).passed


@given(values=VECTORS, shift=FINITE)
@QUICK
def test_monotone_does_not_care_for_constants(values: Any, shift: float) -> None:
    by = monotone("increasing", atol=1e-9)
    rising = np.cumsum(np.abs(values))
    assert by(rising).passed
    assert by(rising + shift).passed
    assert by(-rising).passed == bool(np.all(np.abs(values[1:]) <= 1e-9))


@given(seed=SEEDS)
@settings(QUICK, max_examples=15)
def test_a_sample_has_no_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = rng.normal(size=300)
    for by in (
        distribution(moments={1: 0.0, 2: 1.0}),
        distribution(cdf=lambda x: 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))),
    ):
        assert by(rng.permutation(sample)) == by(sample) == Judgement(1.0)


@given(seed=SEEDS)
@settings(QUICK, max_examples=15)
def test_expressions_mean_the_same_in_every_form(seed: int) -> None:
    import sympy

    rng = np.random.default_rng(seed)
    x, y = sympy.symbols("x y", real=True)
    a, b, c = (int(n) for n in rng.integers(1, 6, size=3))
    made = (x + a * y) ** b * sympy.sin(c * x) + sympy.exp(-a * x) / (y**2 + b)
    for form in (sympy.expand(made), sympy.together(made), sympy.expand_trig(made)):
        assert expression(str(made))(Expression(str(form))) == Judgement(1.0)
    assert not expression(str(made))(Expression(str(made + x / 1000))).passed


# What a comparer may return


@given(fraction=st.floats())
@QUICK
def test_a_fraction_is_taken_in_zero_to_one_only(fraction: float) -> None:
    if 0 <= fraction <= 1:
        assert as_judgement(fraction).fraction == fraction
    elif not -1e-9 <= fraction <= 1 + 1e-9:
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            as_judgement(fraction)


@pytest.mark.parametrize("result", [None, "1", [1.0], np.ones(1), 1j, {"fraction": 1}], ids=repr)
def test_anything_else_is_no_judgement(result: Any) -> None:
    with pytest.raises(TypeError, match="a comparer returns"):
        as_judgement(result)


@pytest.mark.parametrize(
    ("result", "fraction"),
    [(True, 1.0), (np.False_, 0.0), (1, 1.0), (np.float32(0.5), 0.5), (1 + 1e-12, 1.0)],
)
def test_what_counts_as_a_judgement(result: Any, fraction: float) -> None:
    assert as_judgement(result) == Judgement(fraction)


@pytest.mark.parametrize("fraction", [True, "1", None, math.nan, -0.1, 1.1])
def test_a_judgement_is_complete_when_it_is_born(fraction: Any) -> None:
    with pytest.raises(ValueError, match="fraction"):
        Judgement(fraction)
