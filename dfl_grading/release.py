"""`source/` to `release/`: what students get, made by nbgrader's own preprocessors.

They are called without an app, without a change of folder and without a database of their own,
in the order of nbgrader's `generate_assignment`. Nothing is written before `leaks` has proved
that no answer is shown.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from dfl_grading.errors import CourseError
from dfl_grading.leaks import refuse_leaks, refuse_leaks_in_text, secrets_of
from dfl_grading.nbgrader_options import RELEASE_STEPS
from dfl_grading.prepare import (
    complete,
    first_steps,
    name_of,
    node_of,
    plain,
    read_notebooks,
    taken,
    told,
)
from dfl_grading.source import SourceNotebook

if TYPE_CHECKING:
    from dfl_grading.course import Course
    from dfl_grading.store import Store

__all__ = ["ReleaseResult", "complete", "read_notebooks", "release", "released_notebook"]

_NEVER: Final = (".ipynb_checkpoints", "*.pyc", "__pycache__", "*.ipynb")
_MAX_TEXT: Final = 2_000_000
"""Bytes of a file up to which it is searched for answers; larger ones are data."""


@dataclass(frozen=True)
class ReleaseResult:
    """What a release left: its folder, its files by name, and whether any of them is new."""

    problem_set: str
    folder: Path
    notebooks: tuple[str, ...]
    files: tuple[str, ...]
    changed: bool


def release(
    course: Course,
    problem_set: str,
    *,
    store: Store | None = None,
    notebooks: Sequence[SourceNotebook] | None = None,
) -> ReleaseResult:
    """Write `release/<problem set>` and define the problem set in the gradebook, if given one.

    `notebooks` are those of `read_notebooks`, where the caller has them already. The folder is
    made aside and renamed into place; where it would be the same, it is left alone. Raises
    CourseError, with nothing written, where the source cannot be released or shows an answer.
    """
    if notebooks is None:
        notebooks = read_notebooks(course, problem_set)
    made = {f"{n.name}.ipynb": _text(released_notebook(course, n)) for n in notebooks}
    files = _files(course, problem_set)
    _refuse_leaky_files(course, notebooks, files)
    if store is not None:
        due = course.problem_set(problem_set).due
        store.define(problem_set, notebooks, due, delimiters=course.delimiters)
    folder = course.release_folder(problem_set)
    changed = not _is_same(folder, made, files)
    if changed:
        _write(folder, made, files)
    return ReleaseResult(problem_set, folder, tuple(made), tuple(files), changed)


def released_notebook(course: Course, notebook: SourceNotebook) -> dict[str, Any]:
    """The notebook as students get it: plain nbformat 4, the same for the same source.

    Cell ids stay, outputs, execution counts and times go, and so do attachments that only an
    answer used. Raises CourseError for what nbgrader refuses, and where an answer is shown.
    """
    own = tuple(step for step in course.nbgrader.steps if step in RELEASE_STEPS)
    document = _through(course, notebook, own)
    refuse_leaks(notebook, document, course.delimiters)
    first = first_steps(course)
    if all(step in first or step in own for step in course.nbgrader.steps):
        return document
    # what the course's own preprocessors make of it cannot be cut in a second way
    document = _through(course, notebook, course.nbgrader.steps[len(first) :])
    refuse_leaks(notebook, document, course.delimiters, exact=False)
    return document


def _through(course: Course, notebook: SourceNotebook, steps: Sequence[Any]) -> dict[str, Any]:
    """The notebook after these steps of a release, in their order."""
    with told(notebook, "nbgrader's MetadataValidator"):
        node = _upgraded(node_of(notebook))
    for step in steps:
        name = name_of(step)
        if step not in RELEASE_STEPS:
            with told(notebook, f"the course's {name}"):
                node = taken(course, notebook, step, node)
            continue
        with told(notebook, f"nbgrader's {name}"):
            preprocessor = _preprocessor(course, name)
            if preprocessor is not None and preprocessor.enabled:
                node, _ = preprocessor.preprocess(node, {})
    return _tidy(plain(node), notebook)


_DONE_ELSEWHERE: Final = ("IncludeHeaderFooter", "InstantiateTests", "SaveCells")
"""The first two by `complete`; the gradebook is written by `store`."""


def _preprocessor(course: Course, name: str) -> Any:
    """One of nbgrader's own release steps as the course wants it; None where it is done
    elsewhere."""
    if name in _DONE_ELSEWHERE:
        return None
    from nbgrader import preprocessors

    words = course.delimiters
    given: dict[str, dict[str, Any]] = {
        "ClearSolutions": {
            "code_stub": dict(words.code_stubs),
            "text_stub": words.text_stub,
            "begin_solution_delimeter": words.begin_solution,
            "end_solution_delimeter": words.end_solution,
        },
        "ClearHiddenTests": {
            "begin_test_delimeter": words.begin_hidden_tests,
            "end_test_delimeter": words.end_hidden_tests,
        },
        "ClearMarkScheme": {
            "begin_mark_scheme_delimeter": words.begin_mark_scheme,
            "end_mark_scheme_delimeter": words.end_mark_scheme,
        },
    }
    options = {**course.nbgrader.options.get(name, {}), **given.get(name, {})}
    return getattr(preprocessors, name)(**options)


def _upgraded(node: Any) -> Any:
    """The notebook with nbgrader's metadata brought up to date, which its command does on disk."""
    from nbgrader.nbgraderformat import MetadataValidator

    return MetadataValidator().upgrade_notebook_metadata(node)


def _tidy(document: dict[str, Any], notebook: SourceNotebook) -> dict[str, Any]:
    """Without what differs from run to run, and without what only an answer used."""
    document["metadata"].pop("widgets", None)
    before = {cell["id"]: cell["source"] for cell in notebook.document["cells"]}
    for cell in document["cells"]:
        cell["metadata"].pop("execution", None)
        attached = cell.get("attachments", {})
        if cell["source"] != before.get(cell.get("id"), cell["source"]):
            for name in [name for name in attached if not _uses(cell["source"], name)]:
                del attached[name]
        if not attached:
            cell.pop("attachments", None)
    return document


def _uses(text: str, attachment: str) -> bool:
    return any(f"attachment:{name}" in text for name in (attachment, quote(attachment)))


def _text(document: dict[str, Any]) -> str:
    """A notebook as a file: sorted keys, indent 1, sources by line, a newline at the end."""
    from nbformat import from_dict, writes

    return str(writes(from_dict(document))).rstrip("\n") + "\n"


# The files beside the notebooks


def _files(course: Course, problem_set: str) -> dict[str, Path]:
    """The other files of `source/<problem set>` by their path within it."""
    ignore = (*course.ignore, *_NEVER)

    def is_ignored(name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in ignore)

    folder = course.source_folder(problem_set)
    found: dict[str, Path] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        for name in sorted(names):
            path = Path(where, name)
            if not is_ignored(name) and path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    return found


def _refuse_leaky_files(
    course: Course, notebooks: Sequence[SourceNotebook], files: dict[str, Path]
) -> None:
    secrets = [s for notebook in notebooks for s in secrets_of(notebook, course.delimiters)]
    for path in files.values():
        if path.stat().st_size > _MAX_TEXT:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except ValueError:
            continue
        refuse_leaks_in_text(text, secrets, course.delimiters, str(path))


def _is_same(folder: Path, made: dict[str, str], files: dict[str, Path]) -> bool:
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    if present != {*made, *files}:
        return False
    notebooks = all((folder / name).read_bytes() == text.encode() for name, text in made.items())
    return notebooks and all(
        (folder / name).read_bytes() == path.read_bytes() for name, path in files.items()
    )


def _write(folder: Path, made: dict[str, str], files: dict[str, Path]) -> None:
    """Make the folder aside, then put it in the place of the old one."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".release-") as aside:
            new, old = Path(aside, "new"), Path(aside, "old")
            new.mkdir()
            for name, path in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, new / name)
            for name, text in made.items():
                (new / name).write_text(text, encoding="utf-8", newline="\n")
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written ({error.strerror}); check its permissions and the disk."
        ) from error
