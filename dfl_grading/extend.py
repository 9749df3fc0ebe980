"""Extensions: more time for some students, or for all, kept where nbgrader keeps it.

nbgrader keeps an extension with a hand-in. For a student who has not handed in yet it waits in
`extensions.csv` in the course's folder, and goes to the gradebook with the hand-in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dfl_grading.autograded import write_whole
from dfl_grading.course import Course
from dfl_grading.errors import CourseError
from dfl_grading.store import Store

__all__ = [
    "WAITING",
    "Extension",
    "everyone",
    "extend",
    "extensions",
    "grant_waiting",
    "waiting_for",
]

WAITING = "extensions.csv"
_HEAD = ("problem_set", "student", "minutes")


@dataclass(frozen=True, kw_only=True)
class Extension:
    """More time for one student in one problem set; `waiting` until they have handed in."""

    problem_set: str
    student: str
    time: timedelta
    waiting: bool


def extend(
    course: Course, problem_set: str, students: Sequence[str], time: timedelta, store: Store
) -> tuple[Extension, ...]:
    """Give these students so much time beyond the due date; no time takes an extension back.

    A new extension takes the place of an old one. Raises CourseError for an unknown problem set,
    no student or negative time, and StoreError.
    """
    name = course.problem_set(problem_set).name
    if not students:
        raise CourseError("nobody is named to extend; add --student ID, or --all.")
    if time < timedelta():
        raise CourseError("an extension is no negative time; move the due date in course.toml.")
    there = set(store.extend(name, dict.fromkeys(students, time)))
    waiting = _read(course)
    for student in students:
        waiting.pop((name, student), None)
        if student not in there and time:
            waiting[name, student] = time
    _write(course, waiting)
    return tuple(
        Extension(problem_set=name, student=s, time=time, waiting=s not in there) for s in students
    )


def everyone(course: Course, store: Store) -> tuple[str, ...]:
    """Every student that the gradebook or a hand-in knows, sorted."""
    known = {row.student for row in store.student_rows()}
    for config in course.chosen():
        known |= {one.student for one in course.submissions(config.name).submissions}
    return tuple(sorted(known))


def grant_waiting(course: Course, store: Store) -> None:
    """Put extensions that were waiting into the gradebook, for whoever has handed in by now."""
    waiting = _read(course)
    left = dict(waiting)
    for name in {problem_set for problem_set, _ in waiting}:
        wanted = {student: time for (ps, student), time in waiting.items() if ps == name}
        for student in store.extend(name, wanted):
            left.pop((name, student))
    if left != waiting:
        _write(course, left)


def extensions(course: Course, store: Store, names: Sequence[str] = ()) -> tuple[Extension, ...]:
    """All extensions of the named problem sets, or of all: those granted, and those waiting."""
    waiting = _read(course)
    found = []
    for config in course.chosen(names):
        given = {s: (t, False) for s, t in store.extensions(config.name).items()}
        given |= {s: (t, True) for (ps, s), t in waiting.items() if ps == config.name}
        found += [
            Extension(problem_set=config.name, student=student, time=time, waiting=is_waiting)
            for student, (time, is_waiting) in sorted(given.items())
        ]
    return tuple(found)


def waiting_for(course: Course, problem_set: str) -> Mapping[str, timedelta]:
    """The extensions of one problem set that are waiting, by student."""
    return {s: time for (ps, s), time in _read(course).items() if ps == problem_set}


def _read(course: Course) -> dict[tuple[str, str], timedelta]:
    path = course.root / WAITING
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    rows = list(csv.DictReader(io.StringIO(text)))
    found = {}
    for number, row in enumerate(rows, start=2):
        try:
            found[row["problem_set"], row["student"]] = timedelta(minutes=float(row["minutes"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise CourseError(
                f"{path}:{number}: is no line of problem_set,student,minutes; mend or remove it."
            ) from None
    return found


def _write(course: Course, waiting: Mapping[tuple[str, str], timedelta]) -> None:
    path: Path = course.root / WAITING
    if not waiting:
        path.unlink(missing_ok=True)
        return
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_HEAD)
    for (name, student), time in sorted(waiting.items()):
        writer.writerow([name, student, f"{time.total_seconds() / 60:g}"])
    write_whole(path, file.getvalue().encode(), mode=0o644)
