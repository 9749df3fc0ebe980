"""Formulas: what is drawn is right, and what is not understood is not drawn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inert_page import Page, refuse_lively

from dfl_grading.formula import draw_formula


def draw(tex: str, *, wide: bool = False) -> str:
    """The inside of what is drawn, checked to be MathML with as many children as it needs."""
    made = draw_formula(tex, wide=wide)
    assert made is not None
    check(made)
    return re.sub(r"^<math[^>]*>(.*)</math>$", r"\1", made)


COUNTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "math": 1}
COUNTS |= {"msubsup": 3, "munderover": 3}


def check(made: str) -> None:
    page = Page(made)
    refuse_lively(page)
    for index, element in enumerate(page.elements):
        inner = []
        for other in page.elements[index + 1 :]:
            if other.depth <= element.depth:
                break
            inner += [other] if other.depth == element.depth + 1 else []
        if element.name in COUNTS:
            assert len(inner) == COUNTS[element.name], made


@pytest.mark.parametrize(
    ("tex", "mathml"),
    [
        ("x", "<mi>x</mi>"),
        ("-1.5", "<mrow><mo>−</mo><mn>1.5</mn></mrow>"),
        ("a<b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"),
        ("\\sigma_w^2", "<msubsup><mi>σ</mi><mi>w</mi><mn>2</mn></msubsup>"),
        ("x^12", "<mrow><msup><mi>x</mi><mn>1</mn></msup><mn>2</mn></mrow>"),
        ("x^{12}", "<msup><mi>x</mi><mn>12</mn></msup>"),
        ("\\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (
            "\\frac{a+b}c",
            "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>",
        ),
        ("\\sqrt q", "<msqrt><mi>q</mi></msqrt>"),
        ("\\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        ("\\phi'", "<msup><mi>ϕ</mi><mrow><mo>′</mo></mrow></msup>"),
        ("f''^2", "<msup><mi>f</mi><mrow><mo>′′</mo><mn>2</mn></mrow></msup>"),
        ("\\mathbb{E}", "<mi>𝔼</mi>"),
        ("\\mathbb R", "<mi>ℝ</mi>"),
        ("\\mathcal N", "<mi>𝒩</mi>"),
        ("\\mathbf{x1}", "<mi>𝐱𝟏</mi>"),
        ("\\operatorname{diag}", '<mi mathvariant="normal">diag</mi>'),
        ("\\text{if } x", "<mrow><mtext>if\u00a0</mtext><mi>x</mi></mrow>"),
        ("\\tanh q", '<mrow><mi>tanh</mi><mspace width="0.17em"/><mi>q</mi></mrow>'),
        ("\\hat x", '<mover accent="true"><mi>x</mi><mo>^</mo></mover>'),
        ("\\sum\\limits_i", "<msub><mo>∑</mo><mi>i</mi></msub>"),
        ("{}_2 F", "<mrow><msub><mrow></mrow><mn>2</mn></msub><mi>F</mi></mrow>"),
        ("", "<mrow></mrow>"),
    ],
)
def test_what_is_drawn(tex: str, mathml: str) -> None:
    assert draw(tex) == mathml


def test_limits_stand_below_on_a_line_of_their_own() -> None:
    below = "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>"
    assert draw("\\sum_i^n", wide=True) == below
    assert draw("\\sum_i^n") == below.replace("munderover", "msubsup")
    assert draw("\\int_0^1", wide=True).startswith("<msubsup>")


def test_fences_grow() -> None:
    made = draw("\\left( \\frac a b \\right. + \\bigl[ x \\bigr]")
    assert made.count('stretchy="true"') == 3


@pytest.mark.parametrize(
    ("tex", "rows", "cells", "sides"),
    [
        ("\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}", 2, 4, "tctctctc"),
        ("\\begin{align*} a &= b \\\\ c &= d \\\\ \\end{align*}", 2, 4, "trtltrtl"),
        ("\\begin{cases} 1 & x > 0 \\\\ 0 \\end{cases}", 2, 3, "tltltl"),
        ("\\begin{array}{r|l} a & b \\end{array}", 1, 2, "trtl"),
    ],
)
def test_tables(tex: str, rows: int, cells: int, sides: str) -> None:
    made = draw(tex, wide=True)
    assert made.count("<mtr>") == rows
    assert made.count("<mtd") == cells
    assert "".join(re.findall(r'class="(t.)"', made)) == sides


@pytest.mark.parametrize(
    "tex",
    [
        "\\unknown", "{", "}", "{x", "x}", "x_", "x^", "x^a^b", "x_a_b", "\\frac", "\\frac{a}",
        "\\left(", "\\right)", "\\left( x", "\\left? x \\right)", "\\begin{pmatrix} 1",
        "\\begin{tikz} \\end{tikz}", "\\begin{cases} \\end{matrix}", "a & b", "a \\\\ b",
        "\\text{$x$}", "\\text{a{b}}", "\\mathrm{\\x}", "\\mathbb{\\frac}", "\\", "$", "#", "%",
        "\\not x", "\\sqrt[2", "{" * 100 + "x" + "}" * 100, "x" * 6000, "\\href{javascript:x}{y}",
        "\\def\\a{\\a}\\a", "\\htmlClass{x}{y}", "\\require{html}", "\\text", "\\operatorname{}",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_drawn(tex: str) -> None:
    assert draw_formula(tex, wide=False) is None


PIECES = """
{ } x y 1 23 + - < > & ^ _ ' ( ) [ ] | \\\\ \\frac \\sqrt \\left( \\right) \\begin{pmatrix}
\\end{pmatrix} \\text{ \\mathrm \\mathbb \\sum \\limits \\alpha \\, " ' <script>
\\underbrace \\bar \\bigl é ∞ ~ $
"""


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(PIECES.split()), st.text(max_size=2))).map(" ".join))
def test_whatever_is_drawn_is_whole_and_inert(tex: str) -> None:
    for wide in (True, False):
        made = draw_formula(tex, wide=wide)
        if made is not None:
            check(made)
