"""The instructor's notebook as data, and notebooks read from whatever bytes come in."""

from __future__ import annotations

import copy
import json
import math
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading import source as source_module
from dfl_grading.errors import CourseError
from dfl_grading.source import (
    Delimiters,
    SourceCell,
    UnreadableNotebook,
    checksum,
    parse_notebook,
    read_source,
    released,
    source_from,
    stub,
)

Document = dict[str, Any]


def mark(grade_id: str = "q1", **others: Any) -> Document:
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": False,
        "solution": False,
        "locked": False,
        **others,
    }


def code(source: Any = "", nbgrader: Any = None, **others: Any) -> Document:
    metadata = {} if nbgrader is None else {"nbgrader": nbgrader}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
        **others,
    }


def text(source: Any = "", nbgrader: Any = None, **others: Any) -> Document:
    metadata = {} if nbgrader is None else {"nbgrader": nbgrader}
    return {"cell_type": "markdown", "metadata": metadata, "source": source, **others}


def raw_notebook(*cells: Any, **others: Any) -> Document:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **others}


def data_of(document: Any) -> bytes:
    return json.dumps(document).encode()


def parsed(*cells: Any, **others: Any) -> Document:
    return parse_notebook(data_of(raw_notebook(*cells, **others)))[0]


def write(folder: Path, *cells: Any, **others: Any) -> Path:
    path = folder / "p1.ipynb"
    path.write_bytes(data_of(raw_notebook(*cells, **others)))
    return path


def a_cell(**fields: Any) -> SourceCell:
    plain: Document = {
        "grade_id": "q1",
        "cell_type": "code",
        "source": "",
        "points": None,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "index": 0,
    }
    return SourceCell(**{**plain, **fields})


# --- The instructor's notebook


def test_a_source_notebook_is_read_as_it_stands(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        text("# Title"),
        code(["x = 1\n", "### BEGIN SOLUTION"], mark("answer", solution=True)),
        code("assert x", mark("test", grade=True, points=2)),
        text("because", mark("why", grade=True, solution=True, points=1.5)),
        text("draw", mark("drawing", task=True, locked=True, points=3)),
        code("import os", mark("setup", locked=True)),
        code("nothing", mark("")),
        metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
    )
    source = read_source(path)
    assert (source.name, source.path) == ("p1", path)
    assert (source.kernel_name, source.language) == ("ir", "R")
    assert [(cell.grade_id, cell.kind, cell.points, cell.locked) for cell in source.cells] == [
        ("answer", "solution", None, False),
        ("test", "autograded", 2.0, True),
        ("why", "manual", 1.5, False),
        ("drawing", "task", 3.0, True),
        ("setup", "read only", None, True),
    ]
    assert [cell.index for cell in source.cells] == [1, 2, 3, 4, 5]
    assert [cell.grade_id for cell in source.graded] == ["test", "why", "drawing"]
    assert source.cell("answer").source == "x = 1\n### BEGIN SOLUTION"
    with pytest.raises(KeyError):
        source.cell("other")
    assert pickle.loads(pickle.dumps(source)).cells == source.cells


def test_a_source_keeps_no_outputs(tmp_path: Path) -> None:
    out = {"output_type": "stream", "name": "stdout", "text": "42"}
    source = read_source(write(tmp_path, code("42", outputs=[out], execution_count=3)))
    assert source.document["cells"][0]["outputs"] == []
    assert source.document["cells"][0]["execution_count"] is None
    assert (source.kernel_name, source.language) == ("python3", "python")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_metadata_of_each_schema_is_read(tmp_path: Path, version: int) -> None:
    meta = mark(grade=True, points=1, checksum="0" * 32) | {"schema_version": version}
    assert read_source(write(tmp_path, code("", meta))).cells[0].points == 1.0


def test_the_oldest_metadata_is_read(tmp_path: Path) -> None:
    meta = {"grade": True, "grade_id": "q1", "points": "2.5"}
    cell = read_source(write(tmp_path, code("", meta), code("", {"grade": False}))).cells[0]
    assert (cell.points, cell.kind, cell.locked) == (2.5, "autograded", True)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [code("", mark("a", locked=True)), text(""), code("", mark("a", solution=True))],
            "cells 1 and 3 both have the grade_id 'a'",
        ),
        ([code("", mark("", grade=True, points=1))], "cell 1 is an nbgrader cell without"),
        ([code("", {"solution": True})], "cell 1 is an nbgrader cell without a grade_id"),
        ([code("", mark("a b", locked=True))], "the grade_id 'a b'"),
        ([code("", mark("../a", locked=True))], "the grade_id '../a'"),
        ([code("", mark("a\n", locked=True))], r"the grade_id 'a\n'"),
        ([code("", mark(7, locked=True))], "without a grade_id"),  # type: ignore[arg-type]
        ([code("", mark(grade=True))], "('q1') is graded and has points None"),
        ([code("", mark(grade=True, points=-1))], "has points -1"),
        ([code("", mark(grade=True, points=math.nan))], "has points None"),
        ([code("", mark(grade=True, points=math.inf))], "has points None"),
        ([code("", mark(grade=True, points="2"))], "has points '2'"),
        ([code("", mark(grade=True, points=True))], "has points True"),
        ([text("", mark(task=True, locked=True))], "has points None"),
        ([text("", mark(grade=True, points=1))], "mark it as a manually graded answer"),
        ([text("", mark(solution=True))], "mark it as a manually graded answer"),
        ([code("", mark(task=True, points=1))], "a task must be a markdown cell"),
        ([text("", mark(task=True, grade=True, points=1))], "as a task and as an answer"),
        ([code("", mark(locked=True) | {"schema_version": 4})], "of version 4"),
        ([code("", "marked")], "not an object"),
    ],
)
def test_a_source_that_cannot_be_graded_is_refused(
    tmp_path: Path, cells: list[Document], said: str
) -> None:
    path = write(tmp_path, *cells)
    with pytest.raises(CourseError) as caught:
        read_source(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}: cell")
    assert str(caught.value).endswith(".")


def test_a_source_that_is_not_there_or_no_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"absent\.ipynb cannot be opened \(No such file"):
        read_source(tmp_path / "absent.ipynb")
    (tmp_path / "bad.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"bad\.ipynb cannot be used.*ends in the middle"):
        read_source(tmp_path / "bad.ipynb")


# --- What a release leaves, against nbgrader's own preprocessors

WORDS = (
    "x = 1", "", "    y = 2", "\treturn", "### BEGIN SOLUTION", "    ### END SOLUTION",
    "# BEGIN HIDDEN TESTS", "  # END HIDDEN TESTS", "=== BEGIN MARK SCHEME ===",
    "=== END MARK SCHEME ===", "BEGIN SOLUTION END SOLUTION", "é\u2003", "    ### BEGIN SOLUTION",
)  # fmt: skip
SOURCES = st.lists(st.sampled_from(WORDS), max_size=8).map("\n".join)
KINDS = st.sampled_from(
    [
        ("code", {"solution": True}),
        ("code", {"grade": True, "points": 1.0, "locked": True}),
        ("code", {"grade": True, "solution": True, "points": 2.0}),
        ("code", {"locked": True}),
        ("markdown", {"grade": True, "solution": True, "points": 0.5}),
        ("markdown", {"task": True, "locked": True, "points": 3.0}),
        ("markdown", {"locked": True}),
    ]
)
LANGUAGES = st.sampled_from(["python", "R", "matlab", "java"])


def theirs(cell: SourceCell, language: str, names: list[str]) -> str | None:
    """The text that nbgrader's preprocessors leave, or None where they refuse."""
    node = as_node(cell)
    nb = notebook_node(node, language)
    resources: Document = {}
    try:
        for preprocessor in preprocessors(names):
            nb, resources = preprocessor.preprocess(nb, resources)
    except (RuntimeError, ValueError):
        return None
    return str(nb.cells[0].source)


def preprocessors(names: list[str]) -> list[Any]:
    skip()
    import nbgrader.preprocessors

    made = [getattr(nbgrader.preprocessors, name)() for name in names]
    for each in made:
        each.log.setLevel("CRITICAL")
    return made


def skip() -> None:
    from dfl_grading.imports import skip_grammar

    skip_grammar()


def as_node(cell: SourceCell) -> Any:
    skip()
    from nbformat.v4 import new_code_cell, new_markdown_cell

    made = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    meta = mark(cell.grade_id) | {
        "grade": cell.grade,
        "solution": cell.solution,
        "locked": cell.locked,
        "task": cell.task,
    }
    if cell.points is not None:
        meta["points"] = cell.points
    return made(cell.source, metadata={"nbgrader": meta})


def notebook_node(node: Any, language: str) -> Any:
    from nbformat.v4 import new_notebook

    kernel = {"name": "k", "display_name": "k", "language": language}
    return new_notebook(cells=[node], metadata={"kernelspec": kernel})


def ours(make: Callable[[SourceCell, str, Delimiters], str], *given: Any) -> str | None:
    try:
        return make(*given)
    except CourseError as error:
        check_sentence(str(error), "'q1'")
        return None


def cell_of(kind: tuple[str, Document], source: str) -> SourceCell:
    return a_cell(cell_type=kind[0], source=source, **kind[1])


@settings(deadline=None, max_examples=300)
@given(KINDS, SOURCES, LANGUAGES)
def test_a_stub_is_what_nbgrader_makes(
    kind: tuple[str, Document], source: str, language: str
) -> None:
    cell = cell_of(kind, source)
    assert ours(stub, cell, language, Delimiters()) == theirs(cell, language, ["ClearSolutions"])


@settings(deadline=None, max_examples=300)
@given(KINDS, SOURCES, LANGUAGES)
def test_a_released_cell_is_what_nbgrader_makes(
    kind: tuple[str, Document], source: str, language: str
) -> None:
    cell = cell_of(kind, source)
    names = ["ClearSolutions", "ClearHiddenTests", "ClearMarkScheme"]
    assert ours(released, cell, language, Delimiters()) == theirs(cell, language, names)


def test_other_delimiters_and_stubs_are_heeded() -> None:
    mine = Delimiters(
        begin_solution="<sol>", end_solution="</sol>", text_stub="?", code_stubs={"python": "..."}
    )
    cell = a_cell(source="a\n  # <sol>\n  b\n  # </sol>\nc", solution=True)
    assert stub(cell, "python", mine) == "a\n  ...\nc"
    written = a_cell(cell_type="markdown", source="why", grade=True, solution=True, points=1.0)
    assert stub(written, "python", mine) == "?"
    with pytest.raises(CourseError, match="no code stub is known for 'R'"):
        stub(cell, "R", mine)


def test_the_defaults_are_nbgraders() -> None:
    clear, hide, scheme = preprocessors(["ClearSolutions", "ClearHiddenTests", "ClearMarkScheme"])
    assert Delimiters() == Delimiters(
        begin_solution=clear.begin_solution_delimeter,
        end_solution=clear.end_solution_delimeter,
        begin_hidden_tests=hide.begin_test_delimeter,
        end_hidden_tests=hide.end_test_delimeter,
        begin_mark_scheme=scheme.begin_mark_scheme_delimeter,
        end_mark_scheme=scheme.end_mark_scheme_delimeter,
        text_stub=clear.text_stub,
        code_stubs=clear.code_stub,
    )
    assert hash(Delimiters()) == hash(Delimiters())


@settings(deadline=None, max_examples=300)
@given(
    KINDS,
    st.text(),
    st.from_regex(r"[a-zA-Z0-9_-]+", fullmatch=True),
    st.floats(0, allow_infinity=False, allow_nan=False),
)
def test_a_checksum_is_what_nbgrader_computes(
    kind: tuple[str, Document], source: str, grade_id: str, points: float
) -> None:
    skip()
    from nbgrader.utils import compute_checksum

    given_points = {"points": points} if "points" in kind[1] else {}
    cell = a_cell(
        cell_type=kind[0], source=source, grade_id=grade_id, **{**kind[1], **given_points}
    )
    assert checksum(cell) == compute_checksum(as_node(cell))
    other = as_node(cell)
    other.source = "something else"
    assert checksum(cell, "something else") == compute_checksum(other)


# --- Notebooks from bytes: what is repaired


def test_a_good_notebook_needs_no_note() -> None:
    document = raw_notebook(
        {**code("1"), "id": "a"},
        {**text("# é", attachments={"a.png": {"image/png": "QUJD"}}), "id": "b"},
    )
    before = copy.deepcopy(document)
    assert parse_notebook(data_of(document)) == (document, ())
    assert document == before
    check_valid(document)


def check_valid(document: Document) -> None:
    skip()
    import nbformat

    nbformat.validate(nbformat.from_dict(document))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", "byte-order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32"),
        ("utf-32-be", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_other_encodings_are_read_and_noted(encoding: str, said: str) -> None:
    written = json.dumps(raw_notebook(code("# é")), ensure_ascii=False)
    document, notes = parse_notebook(written.encode(encoding))
    assert document["cells"][0]["source"] == "# é"
    assert len(notes) == 1
    assert said in notes[0]


def test_big_endian_marks_are_read() -> None:
    written = json.dumps(raw_notebook(code("# é")), ensure_ascii=False)
    for bom, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")):
        document, notes = parse_notebook(bom + written.encode(encoding))
        assert document["cells"][0]["source"] == "# é"
        assert len(notes) == 1


def test_bytes_that_windows_does_not_know_are_read() -> None:
    written = json.dumps(raw_notebook(code("# \x81é")), ensure_ascii=False).encode("latin-1")
    assert parse_notebook(written)[0]["cells"][0]["source"] == "# \x81é"


def test_numbers_that_are_none_are_left_out() -> None:
    written = (
        b'{"cells": [], "metadata": {"a": NaN, "b": -Infinity, "c": 1e999, "d": 0.5},'
        b' "nbformat": 4, "nbformat_minor": 5}'
    )
    document, notes = parse_notebook(written)
    assert document["metadata"] == {"a": None, "b": None, "c": None, "d": 0.5}
    assert notes == ("The file held NaN, which is no number in JSON, and it was left out.",)
    json.dumps(document, allow_nan=False)


def test_broken_characters_are_replaced() -> None:
    document, notes = parse_notebook(data_of(raw_notebook(code("a\ud800b"), code("\U0001f600"))))
    assert [cell["source"] for cell in document["cells"]] == ["a\ufffdb", "\U0001f600"]
    assert len(notes) == 1
    assert parse_notebook(data_of(raw_notebook(code("\U0001f600"))))[1] == ()


def test_zeros_at_the_end_are_passed_over() -> None:
    assert parse_notebook(data_of(raw_notebook(code("1"))) + b"\n\0\0\0")[1] == ()


OLD_CELLS: list[Document] = [
    {
        "cell_type": "code",
        "language": "python",
        "collapsed": False,
        "input": ["a = 1\n", "a"],
        "prompt_number": 3,
        "outputs": [{"output_type": "pyout", "prompt_number": 3, "text": ["1"]}],
        "metadata": {"nbgrader": {"grade_id": "q1"}},
    },
    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["A\n", "B"]},
    {"cell_type": "heading", "metadata": {}, "source": "C"},
    {"cell_type": "markdown", "metadata": {}, "source": "text"},
    {"cell_type": "raw", "metadata": {}, "source": "raw"},
    {"cell_type": "html", "metadata": {}, "source": "<b>x</b>"},
]


@pytest.mark.parametrize("version", [2, 3])
def test_old_formats_are_brought_up_as_nbformat_does(version: int) -> None:
    skip()
    import nbformat

    cells = [each for each in OLD_CELLS if version == 3 or each["cell_type"] != "heading"]
    old = {
        "metadata": {"name": "x"},
        "nbformat": version,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells[:2], "metadata": {}}, {"cells": cells[2:]}],
    }
    document, notes = parse_notebook(data_of(old))
    assert len(notes) == 1
    assert f"old format {version}" in notes[0]
    assert document["cells"][0]["metadata"] == {"nbgrader": {"grade_id": "q1"}}
    node = nbformat.from_dict({**old, "worksheets": [{"cells": cells, "metadata": {}}]})
    for each in node.worksheets[0].cells:  # nbformat joins lines when it reads, not here
        for key in {"input", "source"} & each.keys():
            each[key] = "".join(each[key])
    expected = nbformat.convert(node, 4)
    assert [(cell["cell_type"], cell["source"]) for cell in document["cells"]] == [
        (cell.cell_type, cell.source) for cell in expected.cells
    ]
    check_valid(document)


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 5, 6, None, "x"])
def test_each_minor_of_format_4_is_read(minor: Any) -> None:
    document, notes = parse_notebook(data_of(raw_notebook(code("1"), nbformat_minor=minor)))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert notes == ()
    check_valid(document)


def test_a_missing_version_is_told_from_the_cells() -> None:
    assert parse_notebook(data_of({"cells": [code("1")]}))[0]["cells"][0]["source"] == "1"
    old = {"worksheets": [{"cells": [OLD_CELLS[0]]}]}
    assert parse_notebook(data_of(old))[0]["cells"][0]["source"] == "a = 1\na"
    assert parse_notebook(data_of({"cells": [], "nbformat": "4"}))[1] == ()


def test_missing_ids_are_made_of_the_text_and_always_the_same() -> None:
    cells = [code("1"), code("1"), text("1"), {**code("2"), "id": "a b"}, {**code("3"), "id": "x"}]
    first = parsed(*cells, {**code("4"), "id": "x"}, {**code("5"), "id": 5})
    assert first == parsed(*cells, {**code("4"), "id": "x"}, {**code("5"), "id": 5})
    made = [cell["id"] for cell in first["cells"]]
    assert len(set(made)) == 7
    assert made[4] == "x"
    assert made[1] == made[0] + "-2"
    assert parsed(text("0"), code("1"))["cells"][1]["id"] == made[0]
    check_valid(first)


def test_what_nbformat_would_refuse_is_left_out() -> None:
    document = parsed(
        code(
            "1",
            execution_count=True,
            outputs="none",
            metadata={
                "tags": ["a", 3, "a", "b,c", ""],
                "name": "",
                "jupyter": 1,
                "collapsed": "yes",
                "scrolled": "auto",
                "execution": {"a": 1},
                "mine": [{"deep": 1}],
            },
            mine=1,
        ),
        text("2", metadata=[], attachments={"a": {"image/png": 3}, "b": {"x/y": ["1", "2"]}}),
        {"cell_type": "raw", "metadata": {"format": 3, "tags": "no"}},
        code("3", metadata={"tags": None}, attachments={"a": {"x/y": "1"}}, outputs=[1, {"a": 1}]),
        metadata={
            "kernelspec": {"name": "python3"},
            "language_info": {"name": "python", "mimetype": 3, "codemirror_mode": [], "v": 1},
            "orig_nbformat": 3,
            "title": 3,
            "authors": "me",
            "mine": 1,
        },
    )
    first, second, third, fourth = document["cells"]
    assert first["metadata"] == {"tags": ["a"], "scrolled": "auto", "mine": [{"deep": 1}]}
    assert (first["outputs"], first["execution_count"]) == ([], None)
    assert first.keys() == {
        "cell_type", "execution_count", "id", "metadata", "outputs", "source"
    }  # fmt: skip
    assert second["attachments"] == {"b": {"x/y": ["1", "2"]}}
    assert (third["source"], third["metadata"]) == ("", {"tags": []})
    assert fourth["outputs"] == [{"a": 1}]
    assert document["metadata"] == {
        "kernelspec": {"name": "python3", "display_name": "python3"},
        "language_info": {"name": "python", "v": 1},
        "mine": 1,
    }
    fourth["outputs"] = []
    check_valid(document)
    assert parsed(metadata={"kernelspec": "python3", "language_info": 3})["metadata"] == {}


def test_a_cell_of_an_unknown_type_becomes_raw_and_is_noted() -> None:
    document, notes = parse_notebook(data_of(raw_notebook(code("1", cell_type="sql" * 50))))
    assert document["cells"][0]["cell_type"] == "raw"
    assert len(notes) == 1
    assert len(notes[0]) < 120


# --- Notebooks from bytes: what is refused


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\0", "is empty"),
        (b"\xef\xbb\xbf", "is not a notebook"),
        (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x80\x81\x00\x01", "is not text"),
        (b"{\x01\x00\x02\x00", "is not text"),
        (b"\xff\xfea\xd8", "is not a notebook"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"import numpy as np\n", "begins with 'import numpy as np"),
        (b"{", "ends in the middle (line 1)"),
        (b'{"cells": [\n{"source": "abc', "ends in the middle (line 2)"),
        ('{"cells": ["é'.encode()[:-1], "ends in the middle (line 1)"),
        (b'{"cells": [],\n "metadata" {}}', "damaged at line 2, column 13"),
        (b'{"cells": []} {"cells": []}', "damaged at line 1"),
        (b'{"cells": [\n<<<<<<< HEAD\n{},\n=======\n{}\n>>>>>>> b\n]}', "conflict (line 2)"),
        (b'{"cells": [\n>>>>>>> b\n]}', "conflict (line 2)"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"cells": ' + b"[" * 200 + b"]" * 200 + b"}", "nested too deep"),
        (b'{"cells": [], "x": ' + b"9" * 5000 + b"}", "a number that is too long"),
        (b"[]", "JSON and not a notebook"),
        (b"3", "JSON and not a notebook"),
        (b'"a"', "JSON and not a notebook"),
        (b"{}", "JSON and not a notebook"),
        (b'{"nbformat": 4, "metadata": {}}', "JSON and not a notebook"),
        (b'{"nbformat": 4, "cells": {}}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": 3}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": [3]}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": [{"cells": 3}]}', "no list of cells"),
        (b'{"nbformat": 99, "cells": []}', "in format 99"),
        (b'{"nbformat": 1, "cells": []}', "in format 1,"),
        (b'{"nbformat": true, "cells": []}', "in format True"),
        (b'{"nbformat": [4], "cells": []}', "in format [4]"),
        (b'{"nbformat": null, "cells": []}', "in format None"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableNotebook) as caught:
        parse_notebook(data)
    check_sentence(str(caught.value), said)


def check_sentence(message: str, said: str) -> None:
    assert said in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (3, "Cell 2 of the notebook is not a cell"),
        ({}, "Cell 2 of the notebook is not a cell"),
        ({"cell_type": 3}, "Cell 2 of the notebook is not a cell"),
        (code(3), "Cell 2 of the notebook has something other than text"),
        (code({"a": "b"}), "Cell 2 of the notebook has something other than text"),
        (code(["a", 3]), "Cell 2 of the notebook has something other than text"),
        (code(None), "Cell 2 of the notebook has something other than text"),
    ],
)
def test_a_cell_that_is_none_is_refused(cell: Any, said: str) -> None:
    with pytest.raises(UnreadableNotebook) as caught:
        parsed(code("1"), cell)
    check_sentence(str(caught.value), said)


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    start = time.process_time()
    for data, said in (
        (bytes(100_000_001), "has 100 MB and at most 100 MB are read"),
        (b'{"cells": [' + b"[]," * 1_000_001 + b"0]}", "far more data"),
        (b'{"cells": [' + b"0," * 5_000_001 + b"0]}", "far more data"),
        (data_of(raw_notebook(*[3] * 20_001)), "has 20001 cells and at most 20000"),
    ):
        with pytest.raises(UnreadableNotebook) as caught:
            parse_notebook(data)
        check_sentence(str(caught.value), said)
    assert time.process_time() - start < 2


def test_many_equal_cells_cost_no_more() -> None:
    start = time.process_time()
    document = parsed(*[code("1")] * 20_000)
    assert len({cell["id"] for cell in document["cells"]}) == 20_000
    assert time.process_time() - start < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "cell_type", "source", "metadata", "tags", "id", "nbformat", "outputs",
                 "worksheets", "attachments", "kernelspec", "language_info", "name", "nbgrader"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)  # fmt: skip
CELL = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw"])},
    optional={
        "source": st.text(max_size=9) | st.lists(st.text(max_size=3)),
        "metadata": JSON,
        "attachments": JSON,
        "outputs": st.just([]),
        "id": JSON,
        "execution_count": JSON,
    },
)


@settings(deadline=None, max_examples=200)
@given(st.lists(CELL | JSON, max_size=4), JSON)
def test_any_json_is_a_valid_notebook_or_refused(cells: list[Any], metadata: Any) -> None:
    try:
        document, _ = parse_notebook(data_of(raw_notebook(*cells, metadata=metadata)))
    except UnreadableNotebook as error:
        check_sentence(str(error), "")
        return
    for cell in document["cells"]:
        cell["metadata"].pop("nbgrader", None)
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    check_valid(document)
    assert parse_notebook(data_of(document)) == (document, ())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b'{"cells":' + tail))
def test_any_bytes_are_a_notebook_or_refused(data: bytes) -> None:
    try:
        parse_notebook(data)
    except UnreadableNotebook as error:
        check_sentence(str(error), "")


@settings(deadline=None, max_examples=100)
@given(st.lists(CELL, max_size=3), st.text(max_size=5))
def test_any_source_is_read_or_refused(cells: list[Any], name: str) -> None:
    document = parsed(*cells)
    try:
        source_from(document, Path(f"{name.strip('/.') or 'x'}.ipynb"))
    except CourseError as error:
        check_sentence(str(error), "cell")


def test_reading_needs_nothing_heavy() -> None:
    heavy = "{'nbformat', 'nbgrader', 'papermill', 'jsonschema', 'numpy'}"
    program = (
        f"import sys, {source_module.__name__}, dfl_grading.restore\n"
        f"print({heavy} & sys.modules.keys() - {{'numpy'}})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
