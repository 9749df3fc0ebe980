"""What a student may see of an executed notebook: all of it but what tells of hidden tests."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import tiny_course as tiny
from inert_page import Page, refuse_lively

from dfl_grading.shown import Failure, Secrets, ShownCell, show_cells, split_hidden
from dfl_grading.source import Delimiters, parse_notebook, released, source_from

WORDS = Delimiters()
VISIBLE = "assert triple(2) == 6"
SECRET = "assert triple(777) == 2331, 'the answer is 2331'"
TESTS = f"{VISIBLE}\n### BEGIN HIDDEN TESTS\n{SECRET}\n### END HIDDEN TESTS"
RED, GREEN, OFF = "\x1b[31m", "\x1b[32m", "\x1b[39m"


def frame(count: int, line: int, text: str) -> str:
    """A frame of a traceback as IPython 9 writes it."""
    return (
        f"\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m{GREEN}In[{count}]{OFF}{GREEN}, line {line}{OFF}\n"
        f"{GREEN}----> {OFF}{GREEN}{line}{OFF} {text}\n"
    )


def error(name: str, value: str, *frames: str) -> dict[str, Any]:
    head = f"{RED}{name}{OFF}                Traceback (most recent call last)"
    lines = ["-" * 75, head, *frames, f"{RED}{name}{OFF}: {value}"]
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def display(mime: str, content: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {mime: content}, "metadata": {}}


def graded(*outputs: dict[str, Any], source: str = TESTS) -> dict[str, Any]:
    made = tiny.cell(source, grade_id="triple-test", grade=True, locked=True, points=2)
    return {**made, "outputs": list(outputs), "execution_count": 3}


def show(*cells: dict[str, Any]) -> tuple[tuple[ShownCell, ...], str]:
    """The cells, and all that the page says of them as text."""
    document, _ = parse_notebook(json.dumps(tiny.notebook(*cells)).encode())
    made, _ = show_cells(document, WORDS)
    html = "".join(str(cell.source) + "".join(cell.outputs) for cell in made)
    page = Page(f"<div>{html}</div>")
    refuse_lively(page)
    return made, page.elements[0].text


# ------------------------------------------------------------------ the text of cells


@pytest.mark.parametrize("cell", source_from(tiny.first(), tiny.Path("p1.ipynb")).cells)
def test_locked_cells_read_as_they_were_released(cell: Any) -> None:
    if not cell.solution:
        assert split_hidden(cell.source, WORDS)[0] == released(cell, "python", WORDS)


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc", "a\nc", {2, 3, 4}),
        ("a\n  # BEGIN HIDDEN TESTS\nb", "a", {2, 3}),
        ("a\n### END HIDDEN TESTS\nb", "a\nb", {2}),
        ("BEGIN MARK SCHEME\nx\nBEGIN HIDDEN TESTS\nEND MARK SCHEME\ny", "y", {1, 2, 3, 4}),
        ("### BEGIN SOLUTION\nx\n### END SOLUTION", "", {1, 2, 3}),
        ("plain", "plain", set()),
    ],
)
def test_regions_are_cut(text: str, shown: str, hidden: set[int]) -> None:
    assert split_hidden(text, WORDS) == (shown, frozenset(hidden))


def test_the_courses_own_words_mark_what_is_hidden() -> None:
    words = Delimiters(begin_hidden_tests="SECRET {", end_hidden_tests="} SECRET")
    assert split_hidden("a\n# SECRET {\nb\n# } SECRET", words)[0] == "a"


def test_a_students_answer_is_shown_whole() -> None:
    text = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n### BEGIN HIDDEN TESTS"
    (cell,), page = show(tiny.cell(text, grade_id="x", solution=True))
    assert page == text
    assert cell.is_answer
    assert not cell.hidden


def test_a_mark_scheme_is_not_shown() -> None:
    task = "Draw.\n\n### BEGIN MARK SCHEME\nA straight line gives 2.\n### END MARK SCHEME"
    (cell,), page = show(tiny.cell(task, "markdown", grade_id="t", task=True, points=2))
    assert page.strip() == "Draw."
    assert not cell.hidden


# ------------------------------------------------------------------ how hidden tests failed


def test_a_failed_hidden_test_tells_nothing() -> None:
    failed = error("AssertionError", "the answer is 2331", frame(3, 3, SECRET))
    (cell,), page = show(graded(failed))
    assert cell.failure == Failure(error="AssertionError", released=False)
    assert VISIBLE in page
    assert "A hidden test failed." in page
    assert "2331" not in page
    assert "777" not in page
    assert "HIDDEN" not in page


def test_the_kind_of_an_error_in_a_hidden_test_is_told() -> None:
    raised = error("ZeroDivisionError", "777", frame(3, 3, SECRET), frame(2, 2, "return 1 / 0"))
    (cell,), page = show(graded(raised))
    assert cell.failure is not None
    assert cell.failure.sentence == "A hidden test failed: it ended in ZeroDivisionError."
    assert "777" not in page


@pytest.mark.parametrize("name", [SECRET, "Answer2331", "", "print", "AssertionError"])
def test_an_errors_name_that_python_does_not_know_is_not_told(name: str) -> None:
    assert Failure(error=name, released=False).sentence == "A hidden test failed."


def test_a_failed_released_test_is_told_without_its_hidden_neighbours() -> None:
    around = f"{VISIBLE}\n      2 ### BEGIN HIDDEN TESTS\n      3 {SECRET}"
    own = frame(2, 5, "return x * 'a'")
    failed = error("TypeError", "can't multiply", frame(3, 1, around), own)
    (cell,), page = show(graded(failed))
    assert cell.failure == Failure(error="TypeError", released=True)
    assert f"----> {VISIBLE}" in page
    assert "return x * 'a'" in page
    assert "TypeError: can't multiply" in page
    assert "777" not in page
    assert "HIDDEN" not in page


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [frame(2, 1, VISIBLE)],
        [frame(3, 1, VISIBLE), frame(3, 3, SECRET)],
        ["In[3], line 3 In[3], line 1"],
        ["no frame of ours"],
        [frame(3, 2, "### BEGIN HIDDEN TESTS")],
    ],
    ids=["none", "elsewhere", "both", "two in one", "unknown", "marker"],
)
def test_where_the_line_is_not_known_a_test_is_taken_for_a_hidden_one(frames: list[str]) -> None:
    (cell,), page = show(graded(error("ValueError", f"told {SECRET}", *frames)))
    assert cell.failure == Failure(error="ValueError", released=False)
    assert "777" not in page
    assert "told" not in page


def test_a_traceback_that_is_no_list_is_no_trouble() -> None:
    (cell,), page = show(graded({"output_type": "error", "ename": None, "traceback": SECRET}))
    assert cell.failure is not None
    assert "777" not in page


def test_an_error_that_lies_about_its_line_still_quotes_no_hidden_one() -> None:
    failed = error("Exception", f"x\n{SECRET}\ny", frame(3, 1, VISIBLE), f"In[9], line 1\n{SECRET}")
    _, page = show(graded(failed))
    assert "777" not in page
    assert "not shown" in page


def test_what_a_cell_with_hidden_tests_printed_is_not_shown() -> None:
    printed = [stream("called with 777\n"), display("text/html", "<b>777</b>")]
    (cell,), page = show(graded(*printed))
    assert cell.failure is None
    assert "777" not in page
    assert "is not shown, since hidden tests ran in it" in page


def test_a_test_without_hidden_lines_shows_all() -> None:
    failed = error("AssertionError", "six", frame(3, 1, VISIBLE))
    (cell,), page = show(graded(stream("called with 2\n"), failed, source=VISIBLE))
    assert not cell.hidden
    assert "called with 2" in page
    assert "Traceback (most recent call last)" in page


# ------------------------------------------------------------------ quotes elsewhere

QUOTES = [
    stream(f"before\n{SECRET}\nafter\n"),
    stream(
        f"before\n{RED}assert{OFF} triple(777) == 2331, {GREEN}'the answer is 2331'{OFF}\nafter"
    ),
    stream(f"before\n{TESTS!r}\nafter"),
    stream(f"before\n{json.dumps(TESTS)}\nafter"),
    error("Exception", SECRET, SECRET),
    display("text/plain", repr(TESTS)),
    display("text/markdown", f"```\n{SECRET}\n```"),
    display("text/latex", f"$${SECRET}$$"),
    display("text/html", f"<pre>{SECRET.replace(chr(39), '&#39;')}</pre>"),
    display("text/html", "<b>assert</b> triple(777) == 2331, <i>'the answer is 2331'</i>"),
    display("text/html", f'<abbr title="{SECRET}">x</abbr>'),
    display("application/json", json.dumps([TESTS])),
]


@pytest.mark.parametrize("output", QUOTES, ids=range(len(QUOTES)))
def test_no_output_quotes_a_hidden_test(output: dict[str, Any]) -> None:
    spy = {**tiny.cell("print(In)"), "outputs": [output]}
    cells, page = show(graded(), spy)
    assert "777" not in page
    assert not any("777" in text for cell in cells for text in cell.outputs)
    assert "not shown" in page
    if "before" in str(output):
        assert "before" in page
        assert "after" in page


def test_lines_that_stand_in_the_open_or_are_short_are_no_secrets() -> None:
    text = "### BEGIN HIDDEN TESTS\nimport numpy as np\nx = 1\nassert triple(9) == 27\n"
    printed = "import numpy as np\nx = 1\nassert triple(9) == 27"
    _, page = show(
        tiny.cell("import numpy as np"),
        graded(source=text + "### END HIDDEN TESTS"),
        {**tiny.cell("f()"), "outputs": [stream(printed)]},
    )
    assert "import numpy as np\nx = 1\n[a line" in page
    assert "27" not in page


def test_without_secrets_nothing_is_cut() -> None:
    assert Secrets().cut("anything") == "anything"


# ------------------------------------------------------------------ outputs


def outputs_of(*outputs: dict[str, Any]) -> str:
    _, page = show({**tiny.cell(""), "outputs": list(outputs), "execution_count": 7})
    return page


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"text/plain": "42"}, "42"),
        ({"text/html": "<b>rich</b>", "text/plain": "poor"}, "rich"),
        ({"text/html": "<script>x</script>", "text/plain": "poor"}, "poor"),
        ({"text/html": "<b>a</b><script>x</script>"}, "aA live part of this output is not shown."),
        ({"application/javascript": "x()"}, "JavaScript is not shown here."),
        ({"application/vnd.x+json": {"a": 1}}, "Output of the kind application/vnd.x+json is"),
        ({"image/png": "broken", "text/plain": "<Figure size 1x1>"}, "<Figure size 1x1>"),
        ({"text/markdown": "*so*", "text/plain": "poor"}, "so"),
        ({"text/latex": "$x$", "text/plain": "poor"}, "x"),
        ({"application/json": {"a": [1]}, "text/plain": "<x.JSON object>"}, '"a"'),
        ({}, "Output of the kind unknown is not shown here."),
    ],
)
def test_the_richest_form_that_can_be_shown_is(data: dict[str, Any], text: str) -> None:
    page = outputs_of({"output_type": "display_data", "data": data, "metadata": {}})
    assert text in page
    assert "poor" not in page or text == "poor"


def test_many_outputs_and_cells_are_cut_with_a_note() -> None:
    page = outputs_of(*[stream(f"<{number}>") for number in range(500)])
    assert "<99>" in page
    assert "<100>" not in page
    assert "400 more outputs are not shown here." in page
    cells, page = show(*[tiny.cell(f"x{number}") for number in range(2500)])
    assert len(cells) == 2001
    assert page.endswith("500 more cells are not shown here.")


def test_a_page_stops_growing() -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (9).to_bytes(4, "big") * 2
    big = display("image/png", base64.b64encode(header + bytes(3_000_000)).decode())
    cells = [{**tiny.cell(f"x{n}"), "outputs": [big]} for n in range(10)]
    made, page = show(*cells)
    assert sum(len(text) for cell in made for text in cell.outputs) < 31_000_000
    assert "there is too much on this page" in page
