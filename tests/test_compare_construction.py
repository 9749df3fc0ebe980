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
    all_of,
    bands,
    close,
    convergence_order,
    decimals,
    distribution,
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
