"""`source/` to `release/`: what students get, made by nbgrader's own preprocessors.

They are called without an app, without a change of folder and without a database of their own,
in the order of nbgrader's `generate_assignment`. Nothing is written before `leaks` has proved
that no answer is shown.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from dfl_grading.errors import CourseError
from dfl_grading.imports import skip_grammar
from dfl_grading.leaks import refuse_leaks, refuse_leaks_in_text, secrets_of
from dfl_grading.source import Delimiters, SourceNotebook, read_source, source_from

if TYPE_CHECKING:
    from dfl_grading.course import Course
    from dfl_grading.store import Store

__all__ = ["ReleaseResult", "complete", "read_notebooks", "release", "released_notebook"]

AUTOTEST: Final = "AUTOTEST"
"""nbgrader's mark of a test that is written from the reference solution's own values."""

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
    """The source notebook with its AUTOTEST directives turned into tests; itself without any.

    That runs the notebook in a fresh kernel of its own kind, on the host: it is the instructor's
    own code. Raises CourseError where it fails.
    """
    cells = notebook.document["cells"]
    if not any(cell["cell_type"] == "code" and AUTOTEST in cell["source"] for cell in cells):
        return notebook
    skip_grammar()
    from nbformat import from_dict
    from nbgrader.preprocessors import InstantiateTests

    folder = notebook.path.parent
    own = folder / "autotests.yml"
    # nbgrader looks for the course's file in the current folder, which is not ours to choose.
    shared = course.root / "autotests.yml"
    preprocessor = InstantiateTests(autotest_filename=str(own if own.is_file() else shared))
    node = from_dict(deepcopy(notebook.document))
    # nbgrader starts a kernel, never closes its channels, and on an error leaves it running.
    client: Any = None

    def preprocess_cell(cell: Any, resources: dict[str, Any], index: int) -> Any:
        nonlocal client
        client = preprocessor.kc
        return type(preprocessor).preprocess_cell(preprocessor, cell, resources, index)

    preprocessor.preprocess_cell = preprocess_cell
    try:
        with _told(notebook, "turning AUTOTEST directives into tests"):
            node, _ = preprocessor.preprocess(node, {"metadata": {"path": str(folder)}})
    finally:
        if client is not None:
            client.stop_channels()
            client.parent.shutdown_kernel(now=True)
    return source_from(_plain(node), notebook.path)


def released_notebook(course: Course, notebook: SourceNotebook) -> dict[str, Any]:
    """The notebook as students get it: plain nbformat 4, the same for the same source.

    Cell ids stay, outputs, execution counts and times go, and so do attachments that only an
    answer used. Raises CourseError for what nbgrader refuses, and where an answer is shown.
    """
    skip_grammar()
    from nbformat import from_dict

    node = from_dict(deepcopy(notebook.document))
    for preprocessor in _preprocessors(course.delimiters):
        with _told(notebook, f"nbgrader's {type(preprocessor).__name__}"):
            node, _ = preprocessor.preprocess(node, {})
    document = _tidy(_plain(node), notebook)
    refuse_leaks(notebook, document, course.delimiters)
    return document


def _preprocessors(words: Delimiters) -> Iterator[Any]:
    """nbgrader's release steps in its order; the database is written by `store` in their midst."""
    from nbgrader import preprocessors as p

    yield _Upgrade()
    yield p.LockCells()
    yield p.ClearSolutions(
        code_stub=dict(words.code_stubs),
        text_stub=words.text_stub,
        begin_solution_delimeter=words.begin_solution,
        end_solution_delimeter=words.end_solution,
    )
    yield p.ClearOutput()
    yield p.CheckCellMetadata()
    yield p.ClearHiddenTests(
        begin_test_delimeter=words.begin_hidden_tests, end_test_delimeter=words.end_hidden_tests
    )
    yield p.ClearMarkScheme(
        begin_mark_scheme_delimeter=words.begin_mark_scheme,
        end_mark_scheme_delimeter=words.end_mark_scheme,
    )
    yield p.ComputeChecksums()
    yield p.CheckCellMetadata()


class _Upgrade:
    """Brings old nbgrader metadata up to date, which its own command does on disk."""

    def preprocess(self, node: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        from nbgrader.nbgraderformat import MetadataValidator

        return MetadataValidator().upgrade_notebook_metadata(node), resources


@contextmanager
def _told(notebook: SourceNotebook, step: str) -> Iterator[None]:
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


def _plain(node: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(node))
    return document


def _tidy(document: dict[str, Any], notebook: SourceNotebook) -> dict[str, Any]:
    """Without what differs from run to run, and without what only an answer used."""
    document["metadata"].pop("widgets", None)
    before = [cell["source"] for cell in notebook.document["cells"]]
    for cell, text in zip(document["cells"], before, strict=True):
        cell["metadata"].pop("execution", None)
        attached = cell.get("attachments", {})
        if cell["source"] != text:
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
