"""The source notebooks as grading takes them: what nbgrader's release adds before cells are locked.

Header and footer, AUTOTEST directives turned into tests, and the course's own preprocessors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from dfl_grading.course_file import NBGRADER_FILE
from dfl_grading.errors import CourseError
from dfl_grading.imports import skip_grammar
from dfl_grading.nbgrader_config import importable
from dfl_grading.nbgrader_options import RELEASE_STEPS
from dfl_grading.source import (
    SourceNotebook,
    UnreadableNotebook,
    parse_notebook,
    read_source,
    source_from,
)

if TYPE_CHECKING:
    from dfl_grading.course import Course

__all__ = [
    "complete",
    "first_steps",
    "name_of",
    "node_of",
    "plain",
    "read_notebooks",
    "taken",
    "told",
]

AUTOTEST: Final = "AUTOTEST"
"""nbgrader's mark of a test that is written from the reference solution's own values."""


def read_notebooks(course: Course, problem_set: str) -> tuple[SourceNotebook, ...]:
    """The notebooks of `source/<problem set>`, complete, in the order of their names.

    Raises CourseError where there is none, and as `read_source` and `complete` do.
    """
    paths = course.notebook_paths(problem_set)
    if not paths:
        raise CourseError(
            f"{course.source_folder(problem_set)} has no notebook; put one there, or correct the "
            f"problem set's name."
        )
    return tuple(complete(course, read_source(path)) for path in paths)


def complete(course: Course, notebook: SourceNotebook) -> SourceNotebook:
    """The source notebook as grading takes it; itself where nothing is to be added.

    That is nbgrader's release up to where cells are locked: header and footer around it, AUTOTEST
    directives turned into tests (in a fresh kernel, on the host: it is the instructor's own
    code), and the course's own preprocessors that come before. Raises CourseError where it fails.
    """
    for step in first_steps(course):
        if step == "IncludeHeaderFooter":
            notebook = _framed(course, notebook)
        elif step == "InstantiateTests":
            notebook = _with_autotests(course, notebook)
        else:
            node = node_of(notebook)
            with told(notebook, f"the course's {name_of(step)}"):
                node = taken(course, notebook, step, node)
                notebook = source_from(plain(node), notebook.path)
    return notebook


def first_steps(course: Course) -> tuple[Any, ...]:
    """The steps before cells are locked: what they make is graded, too."""
    ends = {*RELEASE_STEPS} - {"IncludeHeaderFooter", "InstantiateTests"}
    return tuple(takewhile(lambda step: step not in ends, course.nbgrader.steps))


def _framed(course: Course, notebook: SourceNotebook) -> SourceNotebook:
    """The notebook between the cells of the course's header and footer."""
    said = course.nbgrader.options.get("IncludeHeaderFooter", {})
    if not (said.get("header") or said.get("footer")) or not said.get("enabled", True):
        return notebook
    document = notebook.document
    ids = {cell["id"] for cell in document["cells"]}
    header, footer = (
        _cells_of(course, name, said[name], ids) if said.get(name) else []
        for name in ("header", "footer")
    )
    cells = [*header, *document["cells"], *footer]
    return source_from({**document, "cells": cells}, notebook.path)


def _cells_of(course: Course, name: str, file: str, ids: set[str]) -> list[dict[str, Any]]:
    """The cells of a header or footer, under ids that are none of `ids`."""
    path = course.root / file
    try:
        document, _ = parse_notebook(path.read_bytes())
    except (OSError, UnreadableNotebook) as error:
        raise CourseError(
            f"{path}, the course's IncludeHeaderFooter.{name}, cannot be read: {error}; correct "
            f"{NBGRADER_FILE}."
        ) from error
    cells = []
    for number, cell in enumerate(document["cells"]):
        own = cell["id"] if cell["id"] not in ids else f"{name}-{number}"
        cells.append({**cell, "id": own})
    return cells


def _with_autotests(course: Course, notebook: SourceNotebook) -> SourceNotebook:
    """The notebook with its AUTOTEST directives turned into tests; itself without any."""
    said = dict(course.nbgrader.options.get("InstantiateTests", {}))
    mark = said.get("autotest_delimiter", AUTOTEST)
    directed = any(c["cell_type"] == "code" and mark in c["source"] for c in _cells(notebook))
    if not directed or not said.get("enabled", True):
        return notebook
    skip_grammar()
    from nbgrader.preprocessors import InstantiateTests

    folder = notebook.path.parent
    file = said.pop("autotest_filename", "autotests.yml")
    # nbgrader looks for the course's file in the current folder, which is not ours to choose.
    own, shared = folder / file, course.root / file
    with told(notebook, "turning AUTOTEST directives into tests"):
        preprocessor = InstantiateTests(
            autotest_filename=str(own if own.is_file() else shared), **said
        )
    node = node_of(notebook)
    # nbgrader starts a kernel, never closes its channels, and on an error leaves it running.
    client: Any = None

    def preprocess_cell(cell: Any, resources: dict[str, Any], index: int) -> Any:
        nonlocal client
        client = preprocessor.kc
        return type(preprocessor).preprocess_cell(preprocessor, cell, resources, index)

    preprocessor.preprocess_cell = preprocess_cell
    try:
        with told(notebook, "turning AUTOTEST directives into tests"):
            node, _ = preprocessor.preprocess(node, {"metadata": {"path": str(folder)}})
    finally:
        if client is not None:
            client.stop_channels()
            client.parent.shutdown_kernel(now=True)
    return source_from(plain(node), notebook.path)


def _cells(notebook: SourceNotebook) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = notebook.document["cells"]
    return cells


def node_of(notebook: SourceNotebook) -> Any:
    skip_grammar()
    from nbformat import from_dict

    return from_dict(deepcopy(notebook.document))


# The course's own preprocessors


def name_of(step: Any) -> str:
    return step if isinstance(step, str) else getattr(step, "__name__", repr(step))


def taken(course: Course, notebook: SourceNotebook, step: Any, node: Any) -> Any:
    """The notebook after one of the course's own preprocessors: a class, a function or its path.

    nbgrader calls them in the course's folder; here the current folder is left alone.
    """
    with importable(course.root):
        if isinstance(step, str):
            module, _, name = step.rpartition(".")
            step = getattr(import_module(module), name)
        if isinstance(step, type):
            step = step(**course.nbgrader.options.get(step.__name__, {}))
        about = {
            "student": ".",
            "assignment": notebook.path.parent.name,
            "notebook": notebook.name,
            "db_url": course.database_url,
        }
        folder = {"path": str(notebook.path.parent)}
        node, _ = step(node, {"nbgrader": about, "metadata": folder, "unique_key": notebook.name})
    return node


@contextmanager
def told(notebook: SourceNotebook, step: str) -> Iterator[None]:
    """Turn what nbgrader raises, which may be anything, into one sentence."""
    try:
        yield
    except Exception as error:
        raise CourseError(f"{notebook.path}: {step} failed: {_words(error)}; mend it.") from error


def _words(error: Exception) -> str:
    if hasattr(error, "ename"):  # nbgrader gives this one a list to print, which cannot be
        return f"{error.ename}: {getattr(error, 'evalue', '')}"
    # nbgrader's ValidationError says nothing itself; what it was raised for does.
    cause = error.__context__ if type(error).__name__ == "ValidationError" else None
    words = " ".join(str(cause or error).split())[:300]
    return words.rstrip(".") or type(error).__name__


def plain(node: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(node))
    return document
