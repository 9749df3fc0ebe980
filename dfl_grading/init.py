"""A new course that grades at once, and a `course.toml` for a course that nbgrader has made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dfl_grading.autograded import write_whole
from dfl_grading.course import Course, load_course
from dfl_grading.errors import CourseError
from dfl_grading.model import Limits
from dfl_grading.page import TEMPLATES

__all__ = ["describe_nbgrader_course", "make_course"]

_FILES = TEMPLATES / "course"
_NAME = "week-1"


def make_course(folder: Path) -> tuple[Path, ...]:
    """Write a new course with one problem set, its grader, its samples and one hand-in.

    Returns the files, which were not there before. Raises CourseError where the folder has
    something in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(
            f"{folder}: is not empty; name a new folder, or use --from-nbgrader for a course that "
            f"is there."
        )
    made = []
    for source in sorted(path for path in _FILES.rglob("*") if path.is_file()):
        relative = source.relative_to(_FILES)
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, source.read_bytes(), mode=0o644)
        made.append(target)
    return tuple(made)


def describe_nbgrader_course(folder: Path) -> Path:
    """Write a `course.toml` that says what an nbgrader course's own files say; returns its path.

    Nothing of the course is changed. Raises CourseError where there is a `course.toml` already,
    or no course.
    """
    target = folder / "course.toml"
    if target.exists():
        raise CourseError(f"{target}: is there already; take it away to have it made anew.")
    course = load_course(folder)
    write_whole(target, "\n".join(_describe(course, folder)).encode(), mode=0o644)
    return target


def _describe(course: Course, folder: Path) -> Iterator[str]:
    yield "# Made from the nbgrader course in this folder. What nbgrader_config.py says beyond it"
    yield "# still counts. Every key is explained in the manual, on the page course.md."
    yield ""
    yield "[course]"
    yield f"id = {_text(course.course_id)}"
    yield f"title = {_text(course.course_id or folder.resolve().name)}"
    yield f"timezone = {_text(course.timezone)}"
    url = _relative_url(course)
    if url != "sqlite:///gradebook.db":
        yield from ("", "[gradebook]", f"url = {_text(url)}")
    names = ("source", "release", "submitted", "autograded", "feedback")
    folders = {name: getattr(course, f"{name}_directory") for name in names}
    if moved := {name: place for name, place in folders.items() if place != name}:
        yield from ("", "[folders]", *(f"{name} = {_text(at)}" for name, at in moved.items()))
    standard = Limits()
    limits = {
        field.name: getattr(course.limits, field.name)
        for field in fields(Limits)
        if getattr(course.limits, field.name) != getattr(standard, field.name)
    }
    if limits:
        yield from ("", "[limits]", *(f"{name} = {_value(v)}" for name, v in limits.items()))
    due = _due_dates(course)
    for week, name in enumerate(course.problem_sets, start=1):
        yield from ("", "[[problem_set]]", f"name = {_text(name)}", f"week = {week}")
        if moment := due.get(name):
            yield f"due = {moment:%Y-%m-%dT%H:%M:%S}Z"
    yield ""


def _due_dates(course: Course) -> dict[str, datetime]:
    """When each problem set is due, in UTC, as the gradebook has it; none without one."""
    from dfl_grading.store import Store

    match = re.fullmatch(r"sqlite:///(/.*)", course.database_url)
    if match and not Path(match[1]).is_file():
        return {}
    with Store(course.database_url, course.course_id, create=False) as store:
        return {name: due.astimezone(UTC) for name, due in store.due_dates().items()}


def _relative_url(course: Course) -> str:
    inside = f"sqlite:///{course.root.resolve()}/"
    url = course.database_url
    return f"sqlite:///{url.removeprefix(inside)}" if url.startswith(inside) else url


def _text(text: str) -> str:
    """A TOML string; JSON's is one, but for what it may leave unescaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
