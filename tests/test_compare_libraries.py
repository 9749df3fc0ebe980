"""Tables, plots, expressions and samples as real libraries make them, on their way out of a box."""

from __future__ import annotations

import math
import re
import signal
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sympy
from matplotlib.figure import Figure
from scipy.stats import norm

from dfl_grading.compare import close, distribution, exact, expression, plot, table
from dfl_grading.errors import GraderFileError
from dfl_grading.inside.adapt import adapt
from dfl_grading.inside.codec import encode
from dfl_grading.judge import judge_outside
from dfl_grading.model import CellRun, CellStatus, Observed, Verdict
from dfl_grading.problem_set import ProblemSet
from dfl_grading.source import SourceCell
from dfl_grading.values import Expression, Table
from dfl_grading.wire import VALUE_LIMIT, decode_value


def sent(value: Any) -> Any:
    """The value as the host gets it."""
    return decode_value(encode(value, VALUE_LIMIT, adapt))


# Tables


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {"name": ["ada", "bob", "eve"], "score": [0.5, math.nan, 2.0], "n": [3, 1, 2]}
    )


@pytest.mark.parametrize(
    ("change", "options", "fraction", "said"),
    [
        (lambda t: t, {"index": True, "dtypes": True, "column_order": True}, 1.0, ""),
        (lambda t: t[["n", "name", "score"]], {}, 1.0, ""),
        (lambda t: t[["n", "name", "score"]], {"column_order": True}, 0.0, "another order"),
        (lambda t: t.sort_values("n"), {}, 0.0, "column"),
        (lambda t: t.sort_values("n"), {"row_order": False}, 1.0, ""),
        (lambda t: t.sort_values("n"), {"row_order": False, "keys": ("name",)}, 1.0, ""),
        (lambda t: t.set_index(pd.Index([5, 6, 7])), {}, 1.0, ""),
        (lambda t: t.set_index(pd.Index([5, 6, 7])), {"index": True}, 0.0, "row labels"),
        (lambda t: t.rename_axis("who"), {"index": True}, 0.0, "names of the index"),
        (lambda t: t.astype({"n": "int8"}), {}, 1.0, ""),
        (lambda t: t.astype({"n": "int8"}), {"dtypes": True}, 0.0, "dtype int8, expected int64"),
        (lambda t: t.assign(n=t["n"].astype(float)), {}, 1.0, ""),
        (lambda t: t.fillna(0.0), {}, 0.0, "column 'score'"),
        (lambda t: t.fillna(0.0), {"elementwise": True}, 2 / 3, "column 'score'"),
        (lambda t: t.iloc[:2], {}, 0.0, "wrong number of rows 2, expected 3"),
        (lambda t: t.assign(extra=1), {}, 0.0, "wrong number of columns 4, expected 3"),
        (lambda t: t.rename(columns={"n": "N"}), {}, 0.0, "no column named 'n'"),
        (lambda t: t.rename(columns={"n": "score"}), {}, 0.0, "no column named 'n'"),
        (lambda t: t.assign(name=t["name"].str.title()), {}, 0.0, "column 'name'"),
        (lambda t: t["score"], {}, 0.0, "returned a Series, expected a DataFrame"),
        (lambda t: t.to_numpy(), {}, 0.0, "cannot be graded"),
        (lambda t: t.to_dict(), {}, 0.0, "returned a dictionary"),
        (lambda t: None, {}, 0.0, "is a return missing?"),
    ],
)
def test_tables(change: Any, options: dict[str, Any], fraction: float, said: str) -> None:
    judged = table(rtol=1e-9, **options)(sent(change(scores())), sent(scores()))
    assert judged.fraction == pytest.approx(fraction)
    assert said in judged.message


def test_series() -> None:
    by, named = table(rtol=1e-9), table(rtol=1e-9, names=True)
    mean = scores().groupby("name")["score"].mean()
    assert by(sent(mean), sent(mean)).passed
    assert by(sent(mean.rename("other")), sent(mean)).passed
    assert "no column named 'score'" in named(sent(mean.rename("other")), sent(mean)).message
    assert not by(sent(mean * 2), sent(mean)).passed


def test_columns_that_share_a_name_are_both_judged() -> None:
    right = pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])
    assert table(rtol=1e-9)(sent(right), sent(right)).passed
    assert not table(rtol=1e-9)(sent(right * [1, 2]), sent(right)).passed
    assert not table(rtol=1e-9)(sent(right * [2, 1]), sent(right)).passed


def test_many_index_levels_and_dates() -> None:
    right = pd.DataFrame(
        {"when": pd.date_range("2024-01-01", periods=4), "v": [1.0, 2.0, 3.0, 4.0]},
        index=pd.MultiIndex.from_product([["a", "b"], [0, 1]], names=["k", "i"]),
    )
    by = table(rtol=1e-9, index=True, dtypes=True)
    assert by(sent(right), sent(right)).passed
    assert not by(sent(right.assign(when=right["when"] + pd.Timedelta("1D"))), sent(right)).passed
    assert not by(sent(right.swaplevel()), sent(right)).passed


def test_labels_of_rows_may_be_numbers_and_are_exact() -> None:
    right = pd.DataFrame({"v": [1.0, 2.0]}, index=[0.1, 0.2])
    by = table(rtol=1e-3, index=True)
    assert by(sent(right), sent(right)).passed
    assert not by(sent(right.set_axis([0.1, 0.2 + 1e-12])), sent(right)).passed
    counted = right.set_axis([1, 2])
    assert by(sent(right.set_axis([1.0, 2.0])), sent(counted)).passed
    assert by(sent(counted), sent(right.set_axis([1.0, 2.0]))).passed
    gap = right.set_axis([math.nan, 1.0])
    assert by(sent(gap), sent(gap)).passed
    shuffled = table(rtol=1e-3, index=True, row_order=False, keys=("v",))
    assert shuffled(sent(right.iloc[::-1]), sent(right)).passed


def test_a_reference_that_is_no_table_says_so() -> None:
    assert "the reference is" in table(rtol=1e-9)(sent(scores()), 3.0).message


# Plots

T = np.linspace(0.1, 2.0, 20)


def drawn(*, log: bool = False, label: str = "decay", axis: str = "t", title: str = "") -> Any:
    axes = Figure().subplots()
    axes.plot(T, np.exp(-T), label=label)
    axes.scatter(T, T**2, label="points")
    axes.set_xlabel(axis)
    axes.set_ylabel("y")
    axes.set_title(title)
    if log:
        axes.set_yscale("log")
    axes.legend()
    return axes


@pytest.mark.parametrize(
    ("value", "options", "said"),
    [
        (drawn(), {"scales": True, "labels": True, "legend": True, "labelled": True}, ""),
        (drawn(log=True), {}, ""),
        (drawn(log=True), {"scales": True}, "wrong scale of the y axis"),
        (drawn(axis="time"), {"labelled": True}, ""),
        (drawn(axis="time"), {"labels": True}, "wrong label of the x axis"),
        (drawn(axis=" "), {"labelled": True}, "the x axis has no label"),
        (drawn(), {"title": True}, "no title"),
        (drawn(title="Decay"), {"title": True}, ""),
        (drawn(label="growth"), {}, ""),
        (drawn(label="growth"), {"legend": True}, "1 of 2 lines are missing or wrong"),
        (None, {}, "is a return missing?"),
        (np.exp(-T), {}, "expected the Axes of a plot"),
    ],
)
def test_plots(value: Any, options: dict[str, Any], said: str) -> None:
    judged = plot(rtol=1e-9, **options)(sent(value), sent(drawn()))
    assert judged.passed == (said == "")
    assert said in judged.message


def one_line(x: Any, y: Any, **style: Any) -> Any:
    axes = Figure().subplots()
    axes.plot(x, y, **style)
    return sent(axes)


def test_one_line_is_told_what_is_wrong_with_it() -> None:
    right, by = one_line(T, T**3), plot(rtol=1e-9)
    assert by(one_line(T, T**3, color="red", marker="o"), right).passed
    assert by(one_line(T**3, T), right).message == "x and y are swapped"
    assert by(one_line(T, T**2), right).message == "wrong y values of the line"
    assert by(one_line(2 * T, T**3), right).message == "wrong x values of the line"
    assert by(one_line(T[1:], T[1:] ** 3), right).message == "a line of 19 points, expected 20"
    labelled = plot(rtol=1e-9, legend=True)
    asked = one_line(T, T, label="a")
    assert labelled(one_line(T, T), asked).message == "the line is right, but not its label"


def test_the_order_of_points_counts_unless_it_does_not() -> None:
    right, turned = one_line(T, T**3), one_line(T[::-1], T[::-1] ** 3)
    assert not plot(rtol=1e-9)(turned, right).passed
    assert plot(rtol=1e-9, point_order=False)(turned, right).passed


def test_gaps_images_and_partial_credit() -> None:
    gap = np.where(T > 1, np.nan, T)
    assert plot(rtol=1e-9)(one_line(T, gap), one_line(T, gap)).passed
    axes = Figure().subplots()
    axes.imshow(np.eye(3))
    picture = sent(axes)
    assert plot(rtol=1e-9)(picture, picture).passed
    other = Figure().subplots()
    other.imshow(2 * np.eye(3))
    assert not plot(rtol=1e-9)(sent(other), picture).passed
    assert "0 images" in plot(rtol=1e-9)(one_line(T, T), picture).message or "lines" in (
        plot(rtol=1e-9)(one_line(T, T), picture).message
    )
    half = plot(rtol=1e-9, elementwise=True)(sent(drawn()), sent(drawn()))
    assert half.passed
    both = Figure().subplots()
    both.plot(T, T)
    both.plot(T, T**2)
    one = Figure().subplots()
    one.plot(T, T)
    one.plot(T, -(T**2))
    assert plot(rtol=1e-9, elementwise=True)(sent(one), sent(both)).fraction == 0.5


# Expressions

X, Y = sympy.symbols("x y")


@pytest.mark.parametrize(
    ("made", "right"),
    [
        (sympy.integrate(sympy.sin(X) ** 2, X), "x/2 - sin(2*x)/4"),
        (sympy.diff(sympy.atan2(Y, X), X), "-y/(x**2 + y**2)"),
        (sympy.Rational(1, 3) * sympy.pi, "pi/3"),
        (sympy.sqrt(2) * sympy.I, "I*2**0.5"),
        (sympy.exp(X) * sympy.E, "exp(1 + x)"),
        (sympy.Abs(X) ** 2, "x**2"),
        (sympy.Max(X, Y), "(x + y + Abs(x - y))/2"),
        (sympy.gamma(X + 1), "x*gamma(x)"),
        (sympy.log(X, 2), "log(x)/log(2)"),
        (sympy.factor(X**3 - Y**3), "x**3 - y**3"),
        (sympy.Integer(7), "7"),
    ],
    ids=str,
)
def test_what_sympy_writes_is_read(made: Any, right: str) -> None:
    # log(x) of a negative number is complex on both sides.
    assert expression(right)(sent(made)).passed
    assert expression()(sent(made), Expression(right)).passed
    wrong = expression(right)(sent(made + X / 7))
    assert wrong.fraction == 0.0


def test_matrices_go_item_by_item() -> None:
    right = sympy.Matrix([[X, 1], [0, X**2]])
    assert expression()(sent(right.T.T), sent(right)).passed
    judged = expression()(sent(right.T), sent(right))
    assert judged.message.startswith("item 0: item 1")
    assert "wrong length 1" in expression()(sent(sympy.Matrix([[X, 1]])), sent(right)).message


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (sympy.Integral(sympy.exp(X**2), X), "Integral(), which is not a known function"),
        (sympy.Eq(X, 2), "Eq(), which is not a known function"),
        (sympy.Function("f")(X), "f(), which is not a known function"),
        (sympy.oo, "depends on oo"),
        (sympy.true, "cannot be read"),
        ("x = 2", "cannot be read"),
        ("2 x", "cannot be read"),
        ("2x", "write * for a product"),
        ("(x)(y)", "write * for a product"),
        ("x²", "cannot be read"),
        ("x.real", "cannot be read"),
        ("[x for x in y]", "cannot be read"),
        ("(lambda: x)()", "cannot be read"),
        ("x if x else y", "cannot be read"),
        ("log(x, 2, 3)", "wrong number of arguments"),
        ("sqrt(x, evaluate)", "wrong number of arguments"),
        ("1" * 4000, "too large"),
        ("x+" * 3000 + "x", "too long"),
        ("sin(" * 150 + "x" + ")" * 150, "not equal"),
        ("+".join(["x"] * 400), "too deep"),
        ("x" * 6000, "too long"),
        (True, "True or False"),
        (np.eye(2), "returned an array"),
        (None, "is a return missing?"),
    ],
    ids=lambda made: str(made)[:30],
)
def test_what_is_no_expression_is_told_so(made: Any, said: str) -> None:
    judged = expression("x + 1")(sent(made))
    assert judged.fraction == 0.0
    assert said in judged.message


@pytest.mark.parametrize(
    "text",
    ["9**9**9**9", "factorial(10**8)", "gamma(x*10**7)", "digamma(x*10**8)",
     "exp(exp(exp(exp(x))))",
     "binomial(10**9, 10**8)", "sin(10**200)", "((x+1)**9999)**9999", "1e400", "beta(1e9, 1e9)",
     "+".join(["x**999"] * 500), "loggamma(1e300)", "+".join(["loggamma(49*I+x)"] * 199),
     "+".join(["LambertW(x+9)"] * 199), "*".join(["(x+I)**y"] * 199), "atan2(I*x, y)"],
)  # fmt: skip
def test_no_text_costs_much_time(text: str) -> None:
    start = time.process_time()
    assert not expression("x")(text).passed
    assert time.process_time() - start < 2.0


def test_long_sums_are_read() -> None:
    assert expression("250*x")("+".join(["x"] * 250)).passed
    poly = sympy.expand((X + 2 * Y + 3) ** 15)
    assert expression("(x + 2*y + 3)**15")(sent(poly)).passed


def test_what_holds_for_integers_only() -> None:
    assert expression("(-1)**n", integers=("n",))("cos(pi*n)").passed
    assert not expression("(-1)**n")("cos(pi*n)").passed


def test_coefficients_may_be_rounded_if_the_check_says_so() -> None:
    assert not expression("x/3")("0.333333*x").passed
    assert expression("x/3", rtol=1e-5)("0.333333*x").passed
    assert not expression("x/3", rtol=1e-5)("0.3333*x").passed


# Poles of both sides at every point that is tried: only algebra can tell.
NOWHERE = "gamma(exp(exp(exp(x**2 + 9)))) + x"


def test_sympy_decides_where_no_point_can_be_tried() -> None:
    assert expression(NOWHERE)(NOWHERE).passed
    with pytest.raises(GraderFileError, match="cannot tell"):
        expression(NOWHERE, seconds=1e-6)(f"{NOWHERE} + 0*y")


def test_a_proof_is_cut_off_and_other_alarms_stay() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: heard.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 60.0)
        expression(NOWHERE)(NOWHERE)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60.0
        assert signal.getsignal(signal.SIGALRM) is not before
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard == []


@pytest.mark.parametrize(
    ("right", "given", "options", "passed"),
    [
        ("x", "sqrt(x**2)", {"positive": ("x",)}, True),
        ("0*x", "sin(pi*x)", {"integers": ("x",)}, True),
        ("x", "sqrt(x**2)", {"integers": ("x",)}, True),
        ("x", "x + y - y", {}, True),
        ("x", "x + 1", {}, False),
        ("x", "x - 1/2", {}, False),
        ("Abs(x)**2", "x**2", {}, True),
        ("2**x*2", "2**(x + 1)", {}, True),
        ("x*pi*E + I", "E*x*pi - -I", {}, True),
        ("ln(x)", "log(x)", {}, True),
        ("x", "conjugate(x)", {}, True),
        ("Max(x, x)", "Min(x, x)", {}, True),
        ("ceiling(x)", "ceiling(x)", {}, True),
        ("LambertW(x)", "LambertW(x)", {}, True),
    ],
)
def test_sympy_proves_what_no_point_can_tell(
    right: str, given: str, options: dict[str, Any], passed: bool
) -> None:
    by = expression(f"{NOWHERE} + {right}", seconds=60.0, **options)
    judged = by(f"{NOWHERE} + {given}")
    assert judged.passed == passed
    assert judged.message == ("" if passed else "not equal to the right expression")


def test_what_sympy_cannot_tell_is_a_fault_of_the_check() -> None:
    with pytest.raises(GraderFileError, match="cannot tell whether two expressions are equal"):
        expression(f"{NOWHERE} + x", seconds=60.0)(f"{NOWHERE} + sqrt(x**2)")


def test_an_alarm_that_comes_again_comes_again_after_a_proof() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.setitimer(signal.ITIMER_REAL, 60.0, 50.0)
        expression(NOWHERE)(NOWHERE)
        assert signal.getitimer(signal.ITIMER_REAL)[1] == 50.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def grouped(term: str, groups: int = 10, each: int = 100) -> str:
    """A sum of sums: so many terms that its tree is flat."""
    return "+".join(["(" + "+".join([term] * each) + ")"] * groups)


@pytest.mark.parametrize(
    ("text", "right", "said"),
    [
        # A sum of 1000 terms has 1000 + 999 nodes; 2000 are read.
        (grouped("x"), "1000*x", ""),
        ("-(" + grouped("x") + ")", "-1000*x", ""),
        ("x+" + grouped("x"), "1001*x", "the expression is too long to be read"),
        (grouped("-x", each=66) + "+x*x*x*x*x*x", "x**6 - 660*x", ""),
        (grouped("-x", each=67), "-670*x", "the expression is too long to be read"),
        (grouped("1"), "1000", ""),
        ("1+" + grouped("1"), "1001", "the expression is too long to be read"),
        # A call is one node more, and 200 of them are read.
        (grouped("abs(x)", each=20), "200*abs(x)", ""),
        (grouped("abs(x)", each=20) + "+abs(x)", "201*abs(x)",
         "the expression is too long to be read"),
        (" " * 4999 + "x", "x", ""),
        (" " * 5000 + "x", "x", "the expression is too long to be read"),
        ("+".join(["x"] * 301), "301*x", ""),
        ("+".join(["x"] * 302), "302*x", "the expression is nested too deep to be read"),
        (str(2**1999), f"{2**1999}", ""),
        (str(2**2000), "1", "the expression has a number too large to be read"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_how_long_an_expression_may_be(text: str, right: str, said: str) -> None:
    if said:
        assert expression("x")(text).message == said
    else:
        assert expression(right)(text).passed


def test_outside_the_main_thread_points_still_decide() -> None:
    found: list[Any] = []

    def work() -> None:
        found.append(expression("sin(x)**2")("1 - cos(x)**2"))
        try:
            expression(NOWHERE)(NOWHERE)
        except GraderFileError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].passed
    assert isinstance(found[1], GraderFileError)


# Other libraries, and the road through the judge


def test_sparse_matrices_arrive_as_arrays() -> None:
    matrix = scipy.sparse.csr_array(np.diag([1.0, 2.0]))
    assert close(rtol=1e-9)(sent(matrix), np.diag([1.0, 2.0])).passed


def test_a_closed_form_may_return_what_a_library_makes() -> None:
    made = ProblemSet("ps")
    made.check("q", observe="f()", by=table(rtol=1e-9), reference=lambda: scores())
    made.check("q", observe="g()", part="g", by=expression(), reference=lambda: X**2)
    cell = SourceCell(
        grade_id="q", cell_type="code", source="", points=2.0, grade=True, solution=False,
        locked=True, task=False, index=0,
    )  # fmt: skip
    observed = {
        "": (Observed(value=sent(scores())),),
        "g": (Observed(value=Expression("x*x", ("x",))),),
    }
    result = judge_outside(made, cell, "n", CellRun(status=CellStatus.OK), observed, {})
    assert (result.verdict, result.score) == (Verdict.PASSED, 2.0)


def test_a_table_is_a_value_to_exact_too() -> None:
    assert exact(nan_equal=True)(sent(scores()), sent(scores())).passed
    assert isinstance(sent(scores()), Table)
    judged = exact(nan_equal=True)(sent(scores().fillna(1.0)), sent(scores()))
    assert judged.message.startswith("data, item 1")


# Samples: the stated rate of failing a right answer, and the power to fail a wrong one

SEEDS = range(400)


@pytest.mark.parametrize(
    "by",
    [
        distribution(cdf=norm.cdf, false_failure=0.02),
        distribution(moments={1: 0.0, 2: 1.0, 4: 3.0}, false_failure=0.02),
        distribution(moments={1: 0.0, 2: 1.0}, false_failure=0.02),
    ],
    ids=lambda by: re.sub(r" at 0x[0-9a-f]+", "", repr(by)),
)
def test_a_right_sampler_fails_no_more_often_than_is_stated(by: Any) -> None:
    failed = sum(not by(np.random.default_rng(s).normal(size=2000)).passed for s in SEEDS)
    # 8 of 400 are expected at most; 17 would be three standard deviations more.
    assert failed <= 17


def test_a_wrong_sample_is_told_how_it_differs() -> None:
    by = distribution(cdf=norm.cdf)
    sample = np.random.default_rng(8).normal(size=4000)
    assert by(sample - 1).message.endswith("too far to the left")
    assert by(sample + 1).message.endswith("too far to the right")
    assert by(sample * 2).message.endswith("too wide")
    assert by(sample / 2).message.endswith("too narrow")
    assert by(sample.reshape(40, 100)).message.startswith("wrong shape (40, 100)")
    assert distribution(cdf=norm.cdf, flatten=True)(sample.reshape(40, 100)).passed
    assert by(np.where(sample > 2, np.inf, sample)).message.startswith("not finite")
    assert by(sample + 1j).message.startswith("returned an array")
    assert by(sample.tolist()).passed


def test_moments_use_the_exact_error_where_it_is_known() -> None:
    # Two values, ten times rarer than they should be: the estimated error is far too small.
    sample = np.where(np.arange(10_000) % 1000 == 0, 10.0, 0.0)
    estimated = distribution(moments={1: 0.1}, false_failure=1e-3)
    exact = distribution(moments={1: 0.1, 2: 1.0}, false_failure=1e-3)
    assert estimated(sample).message == "the mean of the sample is too small"
    assert exact(sample).message == "the mean of the sample is too small"
    nearly = np.where(np.arange(10_000) % 125 == 0, 10.0, 0.0)
    assert exact(nearly).passed
    third = distribution(moments={3: 0.0})
    skewed = np.random.default_rng(2).exponential(size=4000)
    assert third(skewed).message == "the moment of order 3 of the sample is too large"


def test_a_power_that_never_varies_is_right_to_rounding() -> None:
    sample = np.where(np.arange(3000) % 2 == 0, 0.1, -0.1)
    assert distribution(moments={1: 0.0, 2: 0.01})(sample).passed
    assert not distribution(moments={2: 0.01001})(sample).passed


def test_what_cannot_occur_must_not() -> None:
    by = distribution(probabilities=[0.5, 0.0, 0.5])
    assert by(np.arange(1000) % 2 * 2).passed
    assert by(np.r_[1, np.arange(1000) % 2 * 2]).message == "a category was drawn that cannot occur"
    assert distribution(probabilities=[1.0, 0.0])(np.zeros(200, dtype=int)).passed
    assert not by(np.zeros(1000)).passed
    assert by(np.full(1000, 0.5)).message == "not all values are categories 0, 1, 2, …"


def test_chi_square_keeps_its_rate_with_rare_categories() -> None:
    p = [0.5, 0.3, 0.19, 0.008, 0.002]
    by = distribution(probabilities=p, false_failure=0.02)
    failed = sum(not by(np.random.default_rng(s).choice(5, 1500, p=p)).passed for s in SEEDS)
    assert 0 < failed <= 17


def test_two_samples_keep_the_rate() -> None:
    by = distribution(false_failure=0.02)
    failed = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        failed += not by(rng.normal(size=500), rng.normal(size=900)).passed
    assert failed <= 17


def test_the_default_passes_every_seed_and_fails_every_wrong_sampler() -> None:
    by = distribution(cdf=norm.cdf)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        assert by(rng.normal(size=4000)).passed
        assert not by(rng.normal(scale=1.4, size=4000)).passed
        assert not by(rng.uniform(-1.7, 1.7, size=4000)).passed
        assert not by(rng.normal(0.15, size=4000)).passed


def test_haar_matrices_need_the_sign_fix() -> None:
    def trace(rng: np.random.Generator, fixed: bool) -> float:
        q, r = np.linalg.qr(rng.normal(size=(4, 4)))
        return float(np.trace(q * np.sign(np.diag(r)) if fixed else q))

    by = distribution(moments={1: 0.0, 2: 1.0})
    rng = np.random.default_rng(3)
    assert by([trace(rng, True) for _ in range(4000)]).passed
    judged = by([trace(rng, False) for _ in range(4000)])
    assert judged.message == "the mean of the sample is too small"
