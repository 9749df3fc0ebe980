"""Source notebooks in one form, so that a change reads well in a diff."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dfl_grading.autograded import write_whole
from dfl_grading.course import Course
from dfl_grading.errors import CourseError
from dfl_grading.source import UnreadableNotebook, parse_notebook

__all__ = ["tidied", "tidy"]

_KEPT = ("attachments", "jupyter", "nbgrader", "slideshow", "tags")
"""Metadata of cells that an author means; editors add more, each its own."""


def tidy(course: Course, names: Sequence[str] = (), *, check: bool = False) -> tuple[Path, ...]:
    """Bring the source notebooks of the named problem sets, or of all, into one form.

    Returns those that were not; with `check`, nothing is written. Raises CourseError for an
    unknown name or a notebook that cannot be read.
    """
    changed = []
    for config in course.chosen(names):
        for path in course.notebook_paths(config.name):
            before = path.read_bytes()
            after = tidied(before, path)
            if after == before:
                continue
            changed.append(path)
            if not check:
                write_whole(path, after, mode=path.stat().st_mode & 0o777)
    return tuple(changed)


def tidied(data: bytes, path: Path) -> bytes:
    """A notebook without outputs, counts and what editors leave: keys sorted, a line of text a
    line of the file, a marked cell's id its grade_id. Raises CourseError as `tidy` does."""
    try:
        document, _ = parse_notebook(data)
    except UnreadableNotebook as error:
        raise CourseError(f"{path}: {error}") from error
    document["cells"] = [_cell(cell) for cell in document["cells"]]
    document["metadata"] = _metadata(document["metadata"])
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: cell["metadata"][key] for key in _KEPT if cell["metadata"].get(key)}
    made = {**cell, "metadata": metadata, "source": cell["source"].splitlines(keepends=True)}
    grade_id = (metadata.get("nbgrader") or {}).get("grade_id")
    if grade_id:
        made["id"] = grade_id
    if cell["cell_type"] == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """The kernel and its language; versions of whoever opened the notebook last are left out."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    kernel |= {k: v for k, v in (metadata.get("kernelspec") or {}).items() if k in kernel}
    language = (metadata.get("language_info") or {}).get("name") or kernel["language"]
    return {"kernelspec": kernel, "language_info": {"name": language}}
