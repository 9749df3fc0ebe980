"""What a grader file may write: tolerances that are missing or senseless are refused at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dfl_grading import compare
from dfl_grading.compare import (
    Judgement,
    all_of,
    any_of,
    as_judgement,
    bands,
    close,
    convergence_order,
    decimals,
    distribution,
    exact,
    expression,
    gradient_of,
    in_interval,
    items,
    monotone,
    orthonormal,
    plot,
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
from dfl_grading.errors import GraderFileError
from dfl_grading.values import Table

TOLERANT = [
    close, sorted_close, up_to_sign, up_to_phase, up_to_permutation, up_to_scale, up_to_constant,
    table, plot,
]  # fmt: skip


@pytest.mark.parametrize("made", TOLERANT)
@pytest.mark.parametrize("given", [{}, {"rtol": None}, {"rtol": -1e-8}, {"atol": math.nan},
                                   {"atol": math.inf}, {"rtol": True}, {"rtol": "1e-8"}],
                         ids=str)  # fmt: skip
def test_a_tolerance_is_written_and_makes_sense(made: Any, given: dict[str, Any]) -> None:
    with pytest.raises(GraderFileError, match=made.__name__):
        made(**given)


@pytest.mark.parametrize("made", TOLERANT)
def test_no_tolerance_is_taken_by_place(made: Any) -> None:
    with pytest.raises(TypeError):
        made(1e-8)


@pytest.mark.parametrize(
    "make",
    [
        same_subspace,
        orthonormal,
        lambda: monotone("increasing"),
        lambda: monotone("upwards", atol=0.0),  # type: ignore[arg-type]
        in_interval,
        lambda: residual(lambda v: v),
        lambda: residual(lambda v: v, rtol=1e-8),
        lambda: gradient_of(lambda x: x, at="x"),
        lambda: gradient_of(lambda x: x, at="x", rtol=1e-8, method="forward"),  # type: ignore[arg-type]
        lambda: convergence_order(2),
        lambda: shaped((2,), kind="float"),  # type: ignore[arg-type]
        lambda: ulp(n=-1),
        lambda: decimals(n=-1),
        lambda: decimals(n=True),
        lambda: significant_figures(n=0),
        lambda: significant_figures(n=2.5),  # type: ignore[arg-type]
        bands,
        lambda: bands(close(rtol=1e-8)),  # type: ignore[arg-type]
        lambda: bands((1.5, close(rtol=1e-8))),
        lambda: bands((0.0, close(rtol=1e-8))),
        lambda: bands((True, close(rtol=1e-8))),
        all_of,
        lambda: items(1e-8),
        lambda: distribution(cdf=np.sqrt, moments={1: 0.0}),
        lambda: distribution(moments={1: 0.0}, false_failure=0.0),
        lambda: distribution(moments={1: 0.0}, least=1),
        lambda: expression("import os"),
        lambda: expression("x", rtol=-1.0),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_written(make: Callable[[], Any]) -> None:
    with pytest.raises(GraderFileError):
        make()


@pytest.mark.parametrize(
    "written",
    ["close(rtol=1e-08)", "exact(squeeze=True)", "ulp(n=2)", "in_interval(0, 1)",
     "monotone('increasing', atol=0.0)", "up_to_sign(atol=1e-09, columns=True)",
     "bands((1.0, close(rtol=1e-08)), (0.5, close(rtol=0.0001)))",
     "items(close(rtol=1e-08), exact())", "distribution(moments={1: 0.0})", "expression('x')"],
)  # fmt: skip
def test_a_comparer_reads_as_it_was_written(written: str) -> None:
    assert repr(eval(written, vars(compare))) == written


def test_comparers_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        close(rtol=1e-8).rtol = 1.0  # type: ignore[misc]


# Faults of the instructor that only a case shows


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (gradient_of(lambda y: y, at="x", rtol=1e-8), GraderFileError),
        (convergence_order(2, within=0.1), GraderFileError),
        (convergence_order(2, within=0.1, steps="y"), GraderFileError),
        (in_interval(3, lambda y: y), GraderFileError),
        (residual(lambda value, z: value - z, atol=0.1), TypeError),
        (distribution(cdf=lambda s, y: s - y, least=2), ValueError),
        (distribution(cdf=lambda s, y: (s < y) * 1.0, least=2), ValueError),
        (distribution(probabilities=[0.5, 0.6], least=2), ValueError),
        (expression(), GraderFileError),
    ],
    ids=lambda by: re.sub(r" at 0x[0-9a-f]+", "", repr(by)),
)
def test_a_fault_of_the_check_is_raised(by: Any, error: type[Exception]) -> None:
    value = "x" if isinstance(by, expression) else [1.0, 2.0]
    with pytest.raises(error):
        compare.judgement.judge_by(by, value, None, {"y": 1.5})


def test_an_equation_that_cannot_take_a_strange_value_is_no_fault_where_the_form_is_known() -> None:
    by = residual(lambda value: value["a"] - 1.0, atol=1e-9)
    with pytest.raises((TypeError, IndexError)):
        by(np.ones(2))
    assert by({"a": 1.0}, {"a": 1.0}).passed
    assert "expected a dictionary" in by(np.ones(2), {"a": 1.0}).message
    picky = residual(lambda value: float(np.log(value)) if value > 0 else 1 / 0, atol=1e-9)
    assert picky(-1.0, 1.0).message == "does not fit the equation that it must satisfy"


FAULTS: list[tuple[Callable[[], Any], str]] = [
    (close, "close() has no default tolerance; write rtol= or atol=."),
    (lambda: orthonormal(), "orthonormal() has no default tolerance; write atol=."),
    (same_subspace, "same_subspace() has no default tolerance; write atol=."),
    (lambda: monotone("increasing"), "monotone() has no default tolerance; write atol=."),
    (lambda: residual(abs), "residual() has no default tolerance; write rtol= or atol=."),
    (lambda: gradient_of(abs, at="x"),
     "gradient_of() has no default tolerance; write rtol= or atol=."),
    (lambda: convergence_order(2), "convergence_order() has no default tolerance; write within=."),
    (lambda: close(rtol=-1.0),
     "close(rtol=-1.0) is no tolerance; write a finite number, zero or above."),
    (lambda: close(rtol=1.0, atol=math.inf),
     "close(atol=inf) is no tolerance; write a finite number, zero or above."),
    (lambda: ulp(n=-1), "ulp(n=-1) is no tolerance; write a finite number, zero or above."),
    (lambda: gradient_of(abs, at="x", atol=-1.0),
     "gradient_of(atol=-1.0) is no tolerance; write a finite number, zero or above."),
    (lambda: residual(abs, atol=-1.0),
     "residual(atol=-1.0) is no tolerance; write a finite number, zero or above."),
    (lambda: expression("x", rtol=-1.0),
     "expression(rtol=-1.0) is no tolerance; write a finite number, zero or above."),
    (lambda: expression("import os"), "expression('import os') cannot be read."),
    (lambda: significant_figures(n=0),
     "significant_figures(n=0) needs a whole number from 1 to 300."),
    (lambda: significant_figures(n=301),
     "significant_figures(n=301) needs a whole number from 1 to 300."),
    (lambda: decimals(n=-1), "decimals(n=-1) needs a whole number from 0 to 300."),
    (lambda: decimals(n=301), "decimals(n=301) needs a whole number from 0 to 300."),
    (all_of, "all_of() takes comparers, such as all_of(close(rtol=1e-8))."),
    (lambda: items(exact(), 1e-8), "items() takes comparers, such as items(close(rtol=1e-8))."),
    (lambda: items(), "items() takes comparers, such as items(close(rtol=1e-8))."),
    (bands, "bands() needs at least one pair (credit, comparer)."),
    (lambda: bands(exact()), "bands() takes pairs such as (0.5, close(rtol=1e-4))."),
    (lambda: bands((0.5, exact(), 1)), "bands() takes pairs such as (0.5, close(rtol=1e-4))."),
    (lambda: bands([0.5, exact()]), "bands() takes pairs such as (0.5, close(rtol=1e-4))."),
    (lambda: bands((0.5, 1e-8)), "bands() takes pairs such as (0.5, close(rtol=1e-4))."),
    (lambda: bands((1.5, exact())), "bands() has the credit 1.5; write one in (0, 1]."),
    (lambda: bands((0.0, exact())), "bands() has the credit 0.0; write one in (0, 1]."),
    (lambda: bands((True, exact())), "bands() has the credit True; write one in (0, 1]."),
    (lambda: in_interval(), "in_interval() needs low= or high=."),
    (lambda: in_interval(2, 1)(1.5), "in_interval() has low=2.0 above high=1.0."),
    (lambda: residual(abs, rtol=1e-8), "residual(rtol=) needs scale=, a function of the case."),
    (lambda: gradient_of(abs, at="x", rtol=1e-8, method="forward"),
     "gradient_of(method='forward'): central or complex."),
    (lambda: gradient_of(abs, at="x", rtol=1e-8)(1.0, None, {"y": 1.0}),
     "gradient_of(at='x'): the case has no such argument."),
    (lambda: gradient_of(abs, at="x", rtol=1e-8)(1.0),
     "gradient_of(at='x'): the case has no such argument."),
    (lambda: convergence_order(2, within=0.1)([1.0]),
     "convergence_order(steps='h'): the case has no such argument."),
    (lambda: convergence_order(2, within=0.1)([1.0], None, {"h": [0.1]}),
     "convergence_order() needs two or more positive step sizes."),
    (lambda: convergence_order(2, within=0.1)([1.0], None, {"h": [0.1, 0.1]}),
     "convergence_order() needs two or more positive step sizes."),
    (lambda: convergence_order(2, within=0.1)([1.0], None, {"h": [0.1, 0.0]}),
     "convergence_order() needs two or more positive step sizes."),
    (lambda: convergence_order(2, within=0.1)([1.0], None, {"h": [[0.1, 0.2]]}),
     "convergence_order() needs two or more positive step sizes."),
    (lambda: monotone("upwards", atol=0.0),
     "monotone(direction='upwards'): increasing or decreasing."),
    (lambda: shaped((2,), kind="float"),
     "shaped(kind='float'): write one of ['real', 'integer', 'complex', 'bool']."),
    (lambda: distribution(cdf=np.sqrt, moments={1: 0.0}),
     "distribution() takes one of cdf=, probabilities=, moments=."),
    (lambda: distribution(cdf=np.sqrt, probabilities=[1.0]),
     "distribution() takes one of cdf=, probabilities=, moments=."),
    (lambda: distribution(false_failure=0.0),
     "distribution(false_failure=) is a probability in (0, 1)."),
    (lambda: distribution(false_failure=1.0),
     "distribution(false_failure=) is a probability in (0, 1)."),
    (lambda: distribution(least=1), "distribution(least=) asks for two numbers or more."),
    (lambda: expression()("x", 1j), "expression() got a complex number as its reference."),
    (lambda: expression()("x", "x +"), "the reference expression cannot be read."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_the_instructor_is_told_what_to_write(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(GraderFileError) as raised:
        make()
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("by", "value", "case", "said"),
    [
        (distribution(cdf=lambda s: s, least=2), [1.0, 2.0], {}, "a probability for each number"),
        (distribution(cdf=lambda s: s, least=2), [-1.0, 0.0], {}, "a probability for each number"),
        (distribution(cdf=lambda s: 0.5, least=2), [0.1, 0.2], {}, "a probability for each number"),
        (distribution(cdf=lambda s: 1 - s, least=2), [0.1, 0.2], {}, "cdf= must not fall"),
        (distribution(probabilities=[0.5, 0.6], least=2), [0, 1], {}, "must be non-negative and"),
        (distribution(probabilities=[1.5, -0.5], least=2), [0, 1], {}, "must be non-negative and"),
        (distribution(probabilities=[1.0], least=2), [0, 0], {}, "must be non-negative and"),
        (distribution(probabilities=[[0.5, 0.5]], least=2), [0, 1], {}, "must be non-negative and"),
        (lambda *_: None, 1.0, {}, "a comparer returns a Judgement, a bool or a fraction in [0,"),
        (lambda *_: "1", 1.0, {}, "not str"),
        (lambda *_: 1.5, 1.0, {}, "a fraction of the credit lies in [0, 1]; this one is 1.5"),
        (lambda *_: Judgement("1"), 1.0, {}, "a fraction is a number, not str"),
        (lambda *_: Judgement(True), 1.0, {}, "a fraction is a number, not bool"),
    ],
)  # fmt: skip
def test_the_instructor_is_told_what_a_function_must_return(
    by: Any, value: Any, case: dict[str, Any], said: str
) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        compare.judgement.judge_by(by, value, None, case)
    assert said in str(raised.value)


def test_a_key_that_names_no_column_is_refused() -> None:
    given = Table("DataFrame", ("a",), ("float64",), (np.ones(2),), np.arange(2))
    by = table(rtol=1e-8, row_order=False, keys=("a", "b"))
    with pytest.raises(GraderFileError) as raised:
        by(given, given)
    assert str(raised.value) == "table(keys=('a', 'b')) names a column that is not there."


def test_without_sympy_an_expression_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfl_grading.compare.expressions.find_spec", lambda name: None)
    with pytest.raises(GraderFileError) as raised:
        expression("x")
    assert str(raised.value) == "expression() needs sympy; install it with dfl-grading[sympy]."


def test_every_number_is_a_tolerance_and_zero_too() -> None:
    for given in (0, 1, 0.5, np.float32(0.5), np.int64(1), np.float64(0.0)):
        assert close(rtol=given).rtol == close(atol=given).atol == given
    assert decimals(n=0).n == 0
    assert decimals(n=300)(1.0, 1.0).passed
    assert significant_figures(n=1).n == 1
    assert significant_figures(n=300)(1.0, 1.0).passed
    assert ulp(n=0)(1.0, 1.0).passed
    assert distribution(least=2).least == 2
    assert in_interval(high=1)(0.5).passed
    assert in_interval(low=0)(0.5).passed


def test_what_needs_a_reference_says_so() -> None:
    inside = in_interval(0, 1)
    needing = [
        close(rtol=0), exact(), ulp(n=1), sorted_close(rtol=0), up_to_sign(rtol=0), table(rtol=0),
        plot(rtol=0), same_subspace(atol=0), distribution(), all_of(inside, exact()),
        any_of(exact(), inside), items(inside, exact()), bands((1.0, inside), (0.5, exact())),
    ]  # fmt: skip
    free = [
        inside, monotone("increasing", atol=0), orthonormal(atol=0), shaped(()), expression("x"),
        expression(), residual(abs, atol=0), convergence_order(1, within=0),
        gradient_of(abs, at="x", rtol=0), distribution(cdf=np.sqrt), distribution(moments={1: 0}),
        distribution(probabilities=[0.5, 0.5]), all_of(inside), any_of(abs), items(inside, abs),
        bands((1.0, inside), (0.5, abs)),
    ]  # fmt: skip
    assert all(by.needs_reference is True for by in needing)
    assert not any(by.needs_reference for by in free)
    assert all(by.own_words is True for by in (all_of(exact()), any_of(exact()), items(exact())))


def test_nothing_is_relaxed_unless_it_is_written() -> None:
    for by in (close(rtol=0), exact(), ulp(n=1), sorted_close(rtol=0), up_to_sign(rtol=0),
               up_to_scale(rtol=0), up_to_permutation(rtol=0), table(rtol=0), plot(rtol=0),
               shaped(()), distribution(), expression("x"), monotone("increasing", atol=0),
               in_interval(0), orthonormal(atol=0), same_subspace(atol=0)):  # fmt: skip
        relaxed = {key for key, given in vars(by).items() if given is True}
        assert relaxed <= {"finite", "row_order", "point_order"}, by
    assert repr(up_to_phase(rtol=0.5)) == "up_to_phase(real_ok=True, complex_ok=True, rtol=0.5)"
    assert repr(up_to_constant(rtol=0.5)) == "up_to_constant(rtol=0.5, normwise=True)"
    assert repr(plot(rtol=0.5)) == "plot(rtol=0.5)"
    assert repr(bands((0.5, exact()), (1.0, exact()))) == "bands((1.0, exact()), (0.5, exact()))"
    assert expression("x").seconds == 2.0
    assert distribution().false_failure == 2e-8
    assert distribution().least == 100
    assert shaped(()).kind == "real"
    assert convergence_order(1, within=0).steps == "h"
    assert gradient_of(abs, at="x", rtol=0).method == "central"
    assert up_to_permutation(rtol=0).axis == 0


def test_a_comparer_that_python_cannot_read_is_called_all_the_same() -> None:
    assert compare.judgement.judge_by(max, 0.25, 0.5, {"x": 1.0}) == Judgement(0.5)
    assert compare.judgement.judge_by(lambda v, r, case: case["x"], 0.25, 0.5, {"x": 1.0}).passed
    assert as_judgement(np.True_) == Judgement(1.0)
    assert Judgement(1 + 1e-10).passed
    assert Judgement(-1e-10) == Judgement(0.0)
    assert not Judgement(0.999999).passed


def test_what_an_equation_raises_of_a_value_is_raised_where_no_form_is_known() -> None:
    by = residual(lambda value: 0.0 if value is None else 1 / 0, atol=0.5)
    with pytest.raises(ZeroDivisionError):
        by(1.0)


def test_a_function_behind_a_guard_is_not_called() -> None:
    by = all_of(shaped((2,)), lambda value, reference: 1 / 0)
    assert by(np.ones(3)).message == "wrong shape (3,), expected (2,)"
    with pytest.raises(ZeroDivisionError):
        by(np.ones(2))
