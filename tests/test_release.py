"""Releases: the same as nbgrader's, always the same, and never with an answer in them."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_course as tiny

from dfl_grading.course import Course, load_course
from dfl_grading.errors import CourseError
from dfl_grading.leaks import refuse_leaks
from dfl_grading.release import complete, read_notebooks, release, released_notebook
from dfl_grading.source import Delimiters, SourceNotebook, read_source
from dfl_grading.store import Store

PS = tiny.PROBLEM_SET
SPEC = importlib.util.find_spec("nbgrader")
assert SPEC is not None
assert SPEC.submodule_search_locations is not None
SHIPPED = Path(SPEC.submodule_search_locations[0]) / "tests/apps/files"
AUTO = "auto"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny.make_course(tmp_path / "course")


@pytest.fixture
def course(root: Path) -> Course:
    return load_course(root)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny course, and a problem set with AUTOTEST directives, released by nbgrader."""
    root = tiny.make_course(tmp_path_factory.mktemp("nbgrader"))
    for name in ("simple", "hidden"):
        target = root / "source" / AUTO / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHIPPED / f"autotest-{name}.ipynb", target)
    shutil.copy(SHIPPED / "autotests.yml", root / "autotests.yml")
    tiny.nbgrader(root, ["generate_assignment", PS], ["generate_assignment", AUTO])
    return root


def made(tmp_path: Path, *cells: dict[str, Any], **metadata: Any) -> SourceNotebook:
    """A source notebook of these cells."""
    document = tiny.notebook(*cells)
    document["metadata"] |= metadata
    return read_source(tiny.write(tmp_path / "made" / "p1.ipynb", document))


def shown(course: Course, notebook: SourceNotebook) -> dict[str, Any]:
    return released_notebook(course, notebook)


def flat(document: dict[str, Any]) -> list[Any]:
    """What matters of a notebook's cells, however its text is written down."""
    return [
        (cell["cell_type"], text, cell["metadata"], cell.get("outputs"))
        for cell, text in zip(document["cells"], tiny.sources(document), strict=True)
    ]


# The same as nbgrader's


def test_a_release_is_what_generate_assignment_makes(
    course: Course, reference: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = release(course, PS)
    assert result.changed
    assert (result.notebooks, result.files) == (("p1.ipynb", "p2.ipynb"), ("data.csv",))
    theirs = reference / "release" / PS
    assert {p.name for p in result.folder.iterdir()} == {p.name for p in theirs.iterdir()}
    for name in result.notebooks:
        ours = json.loads((result.folder / name).read_text(encoding="utf-8"))
        other = json.loads((theirs / name).read_text(encoding="utf-8"))
        assert flat(ours) == flat(other)
        assert ours["metadata"] == other["metadata"]
    assert Path.cwd() == tmp_path


def test_autotests_are_what_generate_assignment_makes(
    reference: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(reference / "source", root / "source")
    shutil.copy(reference / "autotests.yml", root)
    monkeypatch.chdir(tmp_path)
    result = release(load_course(root), AUTO)
    for name in result.notebooks:
        ours = json.loads((result.folder / name).read_text(encoding="utf-8"))
        other = json.loads((reference / "release" / AUTO / name).read_text(encoding="utf-8"))
        assert flat(ours) == flat(other)
    text = (result.folder / "simple.ipynb").read_text(encoding="utf-8")
    assert "AUTOTEST" not in text
    assert "YOUR CODE HERE" in text


def test_autotests_without_their_templates_are_told(course: Course, tmp_path: Path) -> None:
    notebook = made(
        tmp_path,
        tiny.cell("a = 1", grade_id="a", solution=True),
        tiny.cell("### AUTOTEST a", grade_id="a-test", grade=True, locked=True, points=1),
    )
    with pytest.raises(CourseError, match="AUTOTEST") as caught:
        complete(course, notebook)
    assert "\n" not in str(caught.value)


def test_autotests_that_fail_leave_no_kernel_running(
    course: Course, root: Path, tmp_path: Path
) -> None:
    shutil.copy(SHIPPED / "autotests.yml", root)
    notebook = made(
        tmp_path,
        tiny.cell("import os; open('pid', 'w').write(str(os.getpid()))"),
        tiny.cell("### AUTOTEST nowhere", grade_id="t", grade=True, locked=True, points=1),
    )
    with pytest.raises(CourseError, match="NameError: name 'nowhere' is not defined"):
        complete(course, notebook)
    pid = int((notebook.path.parent / "pid").read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_notebook_without_autotests_is_complete(course: Course, root: Path) -> None:
    notebook = read_source(root / "source" / PS / "p1.ipynb")
    assert complete(course, notebook) is notebook


# Always the same


def test_a_second_release_changes_nothing(course: Course) -> None:
    folder = release(course, PS).folder
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    assert not release(course, PS).changed
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before


def test_a_notebook_is_written_in_one_form(course: Course, root: Path) -> None:
    text = (release(course, PS).folder / "p1.ipynb").read_text(encoding="utf-8")
    document = json.loads(text)
    assert text == json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert document["metadata"]["kernelspec"] == tiny.KERNEL
    assert document["cells"][0]["id"] == tiny.first()["cells"][0]["id"]
    # Saved by another editor: other order of keys, outputs, times, counts.
    source = root / "source" / PS / "p1.ipynb"
    saved = json.loads(source.read_text(encoding="utf-8"))
    for number, cell in enumerate(saved["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["42\n"]}]
            cell["metadata"]["execution"] = {"iopub.execute_input": f"2030-01-0{number}"}
            cell["metadata"]["collapsed"] = True
    saved["metadata"]["widgets"] = {"state": "42"}
    source.write_text(json.dumps(dict(reversed(saved.items())), indent=4), encoding="utf-8")
    assert not release(course, PS).changed


def test_what_is_gone_from_the_source_goes_from_the_release(course: Course, root: Path) -> None:
    folder = release(course, PS).folder
    (root / "source" / PS / "p2.ipynb").unlink()
    (root / "source" / PS / "data.csv").unlink()
    assert release(course, PS).changed
    assert [path.name for path in folder.iterdir()] == ["p1.ipynb"]
    assert [path.name for path in folder.parent.iterdir()] == [PS]


def test_files_are_copied_except_what_editors_leave(course: Course, root: Path) -> None:
    source = root / "source" / PS
    for name in (
        "img/a.png", ".ipynb_checkpoints/p1-checkpoint.ipynb", "__pycache__/h.pyc", "h.pyc",
        "helper.py", "img/old.ipynb", ".ipynb_checkpoints/data.csv",
    ):  # fmt: skip
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(b"\x89 bytes")
    result = release(course, PS)
    assert result.files == ("data.csv", "helper.py", "img/a.png")
    assert (result.folder / "img/a.png").read_bytes() == b"\x89 bytes"


def test_a_release_defines_the_problem_set(course: Course) -> None:
    with Store(course.database_url) as store:
        release(course, PS, store=store)
        assert store.max_score(PS) == 11.5
        assert not store.define(PS, read_notebooks(course, PS))


def test_a_problem_set_without_notebooks_is_told(course: Course, root: Path) -> None:
    (root / "source" / "empty").mkdir()
    with pytest.raises(CourseError, match="no notebook"):
        release(course, "empty")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(course: Course, root: Path) -> None:
    (root / "release").mkdir(mode=0o500)
    with pytest.raises(CourseError, match="cannot be written"):
        release(course, PS)


def test_a_file_where_the_folder_should_be_is_told(course: Course, root: Path) -> None:
    (root / "release").write_text("", encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be written"):
        release(course, PS)


# Delimiters


def test_the_courses_own_delimiters_hold(root: Path, tmp_path: Path) -> None:
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.ClearSolutions.begin_solution_delimeter = 'SECRET'\n"
        "c.ClearSolutions.end_solution_delimeter = 'PUBLIC'\n"
        "c.ClearSolutions.text_stub = 'Say it.'\n",
        encoding="utf-8",
    )
    notebook = made(
        tmp_path,
        tiny.cell("a = 1\n# SECRET\nb = 2\n# PUBLIC", grade_id="a", solution=True),
        tiny.cell("It is.", "markdown", grade_id="b", grade=True, solution=True, points=1),
    )
    assert tiny.sources(shown(load_course(root), notebook)) == [
        "a = 1\n# YOUR CODE HERE\nraise NotImplementedError()",
        "Say it.",
    ]


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        (tiny.cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), "ClearSolutions"),
        (tiny.cell("### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS"), "ClearHiddenTests"),
        (tiny.cell("### BEGIN SOLUTION\nx = 1", grade_id="a", solution=True), "END SOLUTION|end"),
        (tiny.cell("see BEGIN MARK SCHEME", "raw"), "MARK SCHEME|mark scheme"),
    ],
)
def test_what_nbgrader_refuses_is_told_with_the_file(
    course: Course, tmp_path: Path, cell: dict[str, Any], sign: str
) -> None:
    notebook = made(tmp_path, cell)
    with pytest.raises(CourseError, match=sign) as caught:
        shown(course, notebook)
    assert "p1.ipynb" in str(caught.value)


def test_old_metadata_is_brought_up_to_date(course: Course, tmp_path: Path) -> None:
    cell = tiny.cell("a = 1", grade_id="a", solution=True)
    cell["metadata"]["nbgrader"]["schema_version"] = 2
    cell["metadata"]["nbgrader"]["colour"] = "red"
    (one,) = shown(course, made(tmp_path, cell))["cells"]
    assert one["metadata"]["nbgrader"]["schema_version"] == 3
    assert "colour" not in one["metadata"]["nbgrader"]


# No answer


ANSWER = "value = integrate(lambda z: z * z, -1, 1)\nresult = value / 3"
SVG = base64.b64encode(f"<svg><desc>{ANSWER}</desc></svg>".encode()).decode()


def secretive(*more: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    text = f"### BEGIN SOLUTION\n{ANSWER}\n### END SOLUTION"
    return (tiny.cell(text, grade_id="a", solution=True), *more)


def with_metadata(cell: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    cell["metadata"] |= metadata
    return cell


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: secretive(tiny.cell(ANSWER, "markdown")),
        lambda: secretive(tiny.cell(f"# as above\nif True:\n    {ANSWER}".replace("\n", "\n    "))),
        lambda: secretive(with_metadata(tiny.cell("1"), note={"deep": [ANSWER]})),
        lambda: secretive(with_metadata(tiny.cell("1"), note=json.dumps({"was": ANSWER}))),
        lambda: secretive(with_metadata(tiny.cell("1"), note="result = value / 3")),
        lambda: secretive(
            tiny.cell("![p](attachment:p.svg)", "markdown")
            | {"attachments": {"p.svg": {"image/svg+xml": SVG}}}
        ),
        lambda: secretive(tiny.cell("Mark with BEGIN SOLUTION.", "markdown")),
    ],
    ids=["copy", "indented", "metadata", "encoded", "one-line", "attachment", "delimiter"],
)
def test_an_answer_that_is_left_is_found_and_nothing_is_written(
    course: Course, root: Path, spoil: Callable[[], tuple[dict[str, Any], ...]]
) -> None:
    tiny.write(root / "source" / PS / "p1.ipynb", tiny.notebook(*secretive()))
    folder = release(course, PS).folder
    before = (folder / "p1.ipynb").read_bytes()
    tiny.write(root / "source" / PS / "p1.ipynb", tiny.notebook(*spoil()))
    with Store(course.database_url) as store:
        with pytest.raises(CourseError, match=r"p1\.ipynb"):
            release(course, PS, store=store)
        assert store.max_score(PS) == 0.0
    assert (folder / "p1.ipynb").read_bytes() == before


def test_an_answer_in_the_notebooks_metadata_is_found(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="metadata"):
        shown(course, made(tmp_path, *secretive(), notes={"key": ANSWER}))


def test_an_answer_in_another_file_is_found(course: Course, root: Path) -> None:
    tiny.write(root / "source" / PS / "p1.ipynb", tiny.notebook(*secretive()))
    (root / "source" / PS / "solution.py").write_text(ANSWER + "\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"solution\.py"):
        release(course, PS)


def test_hidden_tests_and_mark_schemes_are_found_like_solutions(
    course: Course, tmp_path: Path
) -> None:
    hidden = "assert abs(estimate(1000) - 3.14159) < 1e-2"
    test = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    scheme = "Two points for the sketch, one for the labels"
    task = f"Draw.\n### BEGIN MARK SCHEME\n{scheme}\n### END MARK SCHEME"
    graded = {"grade": True, "locked": True, "points": 1}
    for answer, cell in (
        (hidden, tiny.cell(test, grade_id="t", **graded)),
        (scheme, tiny.cell(task, "markdown", grade_id="d", task=True, points=1)),
    ):
        assert answer not in json.dumps(shown(course, made(tmp_path, cell)))
        with pytest.raises(CourseError, match=r"hidden tests|mark scheme"):
            shown(course, made(tmp_path, cell, tiny.cell(f"Mind: \n\n{answer}", "markdown")))


def test_short_or_shared_lines_are_no_leak(course: Course, tmp_path: Path) -> None:
    notebook = made(
        tmp_path,
        tiny.cell("import numpy as np\nimport scipy.integrate as integrate"),
        tiny.cell("import numpy as np\nx = 1", grade_id="a", solution=True),
        tiny.cell("import scipy.integrate as integrate", grade_id="b", solution=True),
        tiny.cell("x = 1\nassert x == 1", grade_id="c", grade=True, locked=True, points=1),
        tiny.cell(
            "YOUR ANSWER HERE", "markdown", grade_id="d", grade=True, solution=True, points=1
        ),
        tiny.cell(
            "YOUR ANSWER HERE", "markdown", grade_id="e", grade=True, solution=True, points=1
        ),
    )
    assert len(shown(course, notebook)["cells"]) == 6


def test_pictures_of_an_answer_go_with_it(course: Course, tmp_path: Path) -> None:
    png = {"image/png": base64.b64encode(b"\x89PNG\r\n").decode()}
    answer = tiny.cell(
        "![mine](attachment:mine.png)",
        "markdown",
        grade_id="a",
        grade=True,
        solution=True,
        points=1,
    ) | {"attachments": {"mine.png": png}}
    question = tiny.cell("![q](attachment:a%20b.png)", "markdown") | {
        "attachments": {"a b.png": png, "unused.png": png}
    }
    answered, asked = shown(course, made(tmp_path, answer, question))["cells"]
    assert "attachments" not in answered
    assert set(asked["attachments"]) == {"a b.png", "unused.png"}


def test_the_proof_does_not_trust_the_release(tmp_path: Path) -> None:
    notebook = made(tmp_path, *secretive(tiny.cell("1")))
    course_words = Delimiters()
    good = {
        "metadata": {},
        "cells": [{"source": "", "metadata": {}}, {"source": "1", "metadata": {}}],
    }
    good["cells"][0]["source"] = "# YOUR CODE HERE\nraise NotImplementedError()"
    refuse_leaks(notebook, good, course_words)
    for wrong in ("value = 1", ANSWER, "# YOUR CODE HERE"):
        bad = json.loads(json.dumps(good))
        bad["cells"][0]["source"] = wrong
        with pytest.raises(CourseError, match="cell 1"):
            refuse_leaks(notebook, bad, course_words)
    bad = json.loads(json.dumps(good))
    bad["cells"][1]["outputs"] = [{"text": [ANSWER]}]
    with pytest.raises(CourseError, match="cell 2"):
        refuse_leaks(notebook, bad, course_words)
    with pytest.raises(CourseError, match="not what the source says"):
        refuse_leaks(notebook, good | {"cells": good["cells"][:1]}, course_words)
