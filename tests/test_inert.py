"""Foreign content becomes HTML that does nothing, whatever it is, and stays readable."""

from __future__ import annotations

import base64
import re
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inert_page import Page, refuse_lively
from lively import HTML, MARKDOWN, SVG, TEXT

from dfl_grading.inert import (
    clean_html,
    plain_text,
    reveal,
    show_code,
    show_image,
    show_markdown,
    show_math,
    show_text,
    strip_ansi,
)

WORDS = """
< > & " ' ` / = $ $$ \\ ! [ ] ( ) | # - * _ ~ \x00 \x1b[31m \\begin{a} \\end{a} <script> </script>
<div <b> <a href= javascript: <img src= onerror= <svg> <math> <style> <!-- --> <![CDATA[ ]]>
data:image/png;base64, &#60; <table> <td> <p title= <title> <noscript> attachment:x <http://x>
"""
PIECES = [*WORDS.split(), "\n", "\n\n", " ", "    ", "\t"]
OURS = {"math", "math wide", "cut", "code", "tl", "tr", "tc"}


def read(html: str) -> Page:
    """The page that a fragment makes, with no sign of life in it."""
    page = Page(html)
    refuse_lively(page)
    for element in page.elements:
        assert "id" not in element.attributes
    return page


def png(width: int = 1, height: int = 1) -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    data += chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("html", HTML, ids=range(len(HTML)))
def test_html_is_made_inert(html: str) -> None:
    page = read(clean_html(html))
    assert {e.attributes.get("class", "cut") for e in page.elements} <= OURS


@pytest.mark.parametrize("text", MARKDOWN, ids=range(len(MARKDOWN)))
def test_markdown_is_made_inert(text: str) -> None:
    page = read(show_markdown(text, {"bad.png": {"image/png": text}, "live.svg": {"a": SVG[0]}}))
    assert {e.attributes.get("class", "cut") for e in page.elements} <= OURS


@pytest.mark.parametrize("text", [*TEXT, *HTML], ids=range(len(TEXT) + len(HTML)))
def test_text_code_and_formulas_are_text(text: str) -> None:
    for made in (show_text(text), show_code(text, "python"), show_math(text)):
        names = {element.name for element in read(made).elements}
        assert {name for name in names if not name.startswith("m")} <= {"pre", "span", "p"}


@pytest.mark.parametrize("content", SVG, ids=range(len(SVG)))
def test_svg_that_tries_something_is_an_image_or_nothing(content: str) -> None:
    made = show_image("image/svg+xml", content, "'\"><script>")
    page = read(made or "")
    assert {element.name for element in page.elements} <= {"img"}
    if made:
        source = page.elements[0].attributes["src"]
        inner = base64.b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode()
        assert not re.search(r"<script|\son\w+=|foreignObject|<\?", inner)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(PIECES),
            st.text(max_size=5),
        ),
        max_size=25,
    ).map("".join)
)
def test_no_mixture_comes_alive(text: str) -> None:
    for show in (clean_html, show_markdown, show_text, show_math):
        read(show(text))
    read(show_code(text, "python"))


@settings(deadline=None)
@given(st.text())
def test_code_loses_no_character(text: str) -> None:
    assert plain_text(show_code(text, "python")) == reveal(text)


def test_harmless_html_stays() -> None:
    table = (
        "<style scoped>.x{}</style><table border='1' class='dataframe'><thead><tr><th>a</th></tr>"
        "</thead><tbody><tr><td colspan='2'>1 &lt; 2</td></tr></tbody></table>"
    )
    assert clean_html(table) == (
        '<table border="1"><thead><tr><th>a</th></tr></thead>'
        '<tbody><tr><td colspan="2">1 &lt; 2</td></tr></tbody></table>'
    )
    link = '<a href="https://example.org/?a=1&amp;b">x</a> <a href="mailto:a@b.c">y</a>'
    made = [element.attributes for element in read(clean_html(link)).elements]
    assert [each["href"] for each in made] == ["https://example.org/?a=1&b", "mailto:a@b.c"]
    assert all("noopener" in each["rel"] for each in made)


def test_markdown_is_rendered() -> None:
    made = show_markdown("# A\n\n*b* `c` ~~d~~\n\n|x|y|\n|-|-:|\n|1|2|\n\n```\n<e>\n```")
    names = [element.name for element in read(made).elements]
    assert names[:5] == ["h1", "p", "em", "code", "del" if "del" in names else "s"]
    assert '<td align="right">2</td>' in made
    assert "&lt;e&gt;" in made


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("so $x_1 * y_1$ is", ["$x_1 * y_1$"]),
        ("$$\n- a\n+ b\n$$", ["$$\n- a\n+ b\n$$"]),
        (
            "\\begin{align}\na &= b \\\\\n- c\n\\end{align}",
            ["\\begin{align}\na &= b \\\\\n- c\n\\end{align}"],
        ),
        ("- $a<b$\n- $$c$$ d", ["$a<b$", "$$c$$"]),
        ("`$a$` costs \\$5 and $", []),
        ("$$\nopen\n\nend", []),
        ("one $ two\n\nthree $ four", []),
    ],
)
def test_formulas_are_found(text: str, formulas: list[str]) -> None:
    found = read(show_markdown(text)).elements
    drawn = [e.attributes["alttext"] for e in found if e.name == "math"]
    assert drawn == [formula.strip("$").strip() for formula in formulas]


def test_a_formula_that_is_not_known_stays_as_it_was_written() -> None:
    made = show_markdown("so $\\weird{x} < 1$ and $$\\color{red} y$$")
    found = [e for e in read(made).elements if e.name == "span"]
    assert [e.text for e in found] == ["$\\weird{x} < 1$", "$$\\color{red} y$$"]
    assert [e.attributes["class"] for e in found] == ["math", "math wide"]
    assert show_math("$\\weird$") == '<p class="math">$\\weird$</p>'
    assert show_math("$\\displaystyle x$").startswith('<p class="math"><math display="block"')


def test_a_formula_is_drawn_in_text_only() -> None:
    quoted = '<span class="math">$b$</span>'
    found = read(show_markdown(f"<abbr title='{quoted}'>x</abbr> $c$")).elements
    assert [e.attributes["title"] for e in found if e.name == "abbr"] == [quoted]
    assert [e.attributes["alttext"] for e in found if e.name == "math"] == ["c"]


def test_terminal_colours_become_classes_and_other_sequences_go() -> None:
    made = show_text(
        "\x1b[1;31mred\x1b[0m \x1b[38;5;28;01massert\x1b[39;00m \x1b[2J\x1b]0;t\x07end"
    )
    assert made == (
        '<pre><span class="a1 ab">red</span> <span class="a2 ab">assert</span> end</pre>'
    )
    assert strip_ansi("\x1b[1;31mred\x1b[0m \x1b]0;t\x07x\x1b") == "red x"
    assert show_text("\x1b[48;2;200;10;10mx\x1b[49my") == '<pre><span class="g1">x</span>y</pre>'
    assert show_text("\x1b[38m\x1b[38;5m\x1b[38;2;1mx\x1b[999mx") == "<pre>xx</pre>"


def test_a_progress_bar_shows_its_end() -> None:
    assert show_text("10%\r50%\r100%\r\nnext\r") == "<pre>100%\nnext</pre>"


def test_what_hides_is_made_visible() -> None:
    assert show_text("a\u202eb\x00\ud800") == "<pre>a⟨U+202E⟩b⟨U+0000⟩⟨U+D800⟩</pre>"
    assert "⟨U+202E⟩" in clean_html("<b>&#x202e;x</b>")


def test_what_is_long_is_cut_in_the_middle_and_says_so() -> None:
    text = "\n".join(f"line {number}" for number in range(100_000))
    made = show_text(text)
    assert len(made) < 30_000
    assert made.startswith("<pre>line 0\n")
    assert made.endswith("line 99999</pre>")
    (note,) = re.findall(r"([\d,]+) characters are not shown here", made)
    kept = len("".join(re.findall(r"<pre>(.*?)</pre>", made, re.DOTALL)))
    assert int(note.replace(",", "")) == len(text) - kept
    for show in (clean_html, show_markdown, show_math):
        assert len(show("word " * 1_000_000)) < 250_000


def test_images_are_what_they_say() -> None:
    made = show_image("image/png", f"\n{png()}\n", '"x" <b>')
    assert made == f'<img src="data:image/png;base64,{png()}" alt="&#34;x&#34; &lt;b&gt;">'
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x10\x00\x10" + b"0" * 20
    assert show_image("image/jpeg", base64.b64encode(jpeg).decode(), "")
    gif = base64.b64encode(b"GIF89a\x10\x00\x10\x00rest").decode()
    assert show_image("image/gif", gif, "")
    assert show_image("image/png", gif, "") is None
    assert show_image("image/png", "not base64!", "") is None
    assert show_image("image/png", png(100_000, 100_000), "") is None
    assert show_image("image/png", png() + "A" * 10**7, "") is None
    assert show_image("text/html", png(), "") is None
    plot = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n'
        ' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg xmlns="http://www.w3.org/2000/'
        'svg"><style>*{stroke-linejoin: round}</style><use xlink:href="#a"/></svg>'
    )
    assert show_image("image/svg+xml", plot, "")


def test_attachments_are_put_in() -> None:
    attached = {"my plot.png": {"image/png": png()}, "x.html": {"text/html": "<b>"}}
    made = show_markdown("![a](attachment:my%20plot.png) <img src='attachment:x.html'>", attached)
    sources = [e.attributes.get("src") for e in read(made).elements if e.name == "img"]
    assert sources == [f"data:image/png;base64,{png()}", None]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60_000,
        "<div></x>" * 30_000,
        ("<b>" * 3 + "</i></u></em>") * 20_000,
        "<table>" + "<p>x" * 60_000,
        "<a " + " ".join(f"a{n}=1" for n in range(30_000)) + ">",
    ],
    ids=["open", "wrongly closed", "formats", "fostered", "attributes"],
)
def test_html_that_is_made_to_be_slow_is_not(html: str) -> None:
    start = time.process_time()
    read(clean_html(html))
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text",
    ["\\begin{a}\n" * 5000, "$$a\n" * 12_000, "![" * 25_000, "> " * 25_000, "|a" * 20_000 + "\n|-"],
    ids=["begin", "dollars", "images", "quotes", "table"],
)
def test_markdown_that_is_made_to_be_slow_is_not(text: str) -> None:
    start = time.process_time()
    read(show_markdown(text))
    assert time.process_time() - start < 8


@pytest.mark.parametrize("text", ["\r" * 10**6, "\x1b[" * 10**5, "\x1b[1;" * 10**5, "((" * 10**4])
def test_text_that_is_made_to_be_slow_is_not(text: str) -> None:
    start = time.process_time()
    read(show_text(text))
    read(show_code(text, "python"))
    assert time.process_time() - start < 5
