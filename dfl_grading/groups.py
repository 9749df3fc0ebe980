"""Who works together: one hand-in that counts for several students.

Groups stand in `course.toml` or in `groups.csv`; what one member handed in counts for them all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dfl_grading.course_file import COURSE_FILE, ProblemSetConfig, suggestion, why_unsafe
from dfl_grading.errors import CourseError
from dfl_grading.hand_ins import HandIns, Remark, printable
from dfl_grading.model import Submission

__all__ = ["GROUPS_FILE", "share", "with_groups"]

GROUPS_FILE = "groups.csv"
_HEAD = ("problem_set", "group", "student")
_EVERYWHERE = ("", "*")


def with_groups(
    problem_sets: Mapping[str, ProblemSetConfig], path: Path
) -> dict[str, ProblemSetConfig]:
    """The problem sets with the groups of a `groups.csv` beside those of `course.toml`.

    A student who is named for one problem set leaves the group that holds everywhere for it.
    Raises CourseError, with the line, for a file that cannot be used and for a student in two
    groups.
    """
    named = _read(path, problem_sets)
    made = {}
    for name, config in problem_sets.items():
        own = named.get(name, {})
        taken = {student for group in config.groups for student in group}
        for student in taken & own.keys():
            raise CourseError(
                f"{path}: {student} is in a group of {name} here and in {COURSE_FILE}; remove one."
            )
        everywhere = {
            student: group
            for student, group in named.get("", {}).items()
            if student not in own and student not in taken
        }
        groups = (*config.groups, *_together(own), *_together(everywhere))
        made[name] = replace(config, groups=tuple(group for group in groups if len(group) > 1))
    return made


def _together(named: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The members of each group, from the group of each student."""
    groups: dict[str, list[str]] = {}
    for student, group in named.items():
        groups.setdefault(group, []).append(student)
    return [tuple(members) for members in groups.values()]


def _read(path: Path, known: Collection[str]) -> dict[str, dict[str, str]]:
    """The group of each student, by problem set; "" stands for all."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}; mend its rights.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: is not UTF-8 text; save it as UTF-8.") from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [cell.strip() for cell in reader.fieldnames or ()]
    reader.fieldnames = header
    if set(header) != set(_HEAD):
        raise CourseError(
            f"{path}: its first line must be {','.join(_HEAD)}; an empty problem_set, or *, "
            f"stands for all."
        )
    found: dict[str, dict[str, str]] = {}
    for row in reader:
        place = f"{path}:{reader.line_num}"
        if len(row) != len(_HEAD) or None in row.values():
            raise CourseError(f"{place}: is no line of {','.join(_HEAD)}; mend it.")
        name, group, student = (row[key].strip() for key in _HEAD)
        name = "" if name in _EVERYWHERE else name
        if name and name not in known:
            raise CourseError(
                f'{place}: there is no problem set "{name}"; {suggestion(name, known)}'
            )
        why = why_unsafe(student)
        if why or not group:
            what = f"the student {student!r} {why}" if why else "the group has no name"
            raise CourseError(f"{place}: {what}; mend it.")
        there = found.setdefault(name, {})
        if there.setdefault(student, group) != group:
            raise CourseError(
                f"{place}: {student} is in group {there[student]} already; a student is in one "
                f"group of a problem set."
            )
    return found


def share(found: HandIns, groups: Sequence[Sequence[str]]) -> HandIns:
    """The hand-ins, with that of each group under every member's name.

    Where several members handed in, the newest with a notebook counts, which a remark tells.
    """
    by_student = {one.student: one for one in found.submissions}
    remarks = list(found.remarks)
    for group in groups:
        theirs = [by_student[student] for student in group if student in by_student]
        if not theirs:
            continue
        best = max(theirs, key=_order)
        members = (best.student, *(student for student in group if student != best.student))
        remarks += [
            Remark(
                f"{printable(one.student)}/{one.problem_set}",
                f"is of the same group as {printable(best.student)}/{best.problem_set}, which is "
                f"newer and counts for {len(members)} students",
            )
            for one in theirs
            if one is not best
        ]
        for student in members:
            own = by_student.get(student)
            by_student[student] = replace(
                best, student=student, group=members, own_folder=own.folder if own else None
            )
    submissions = tuple(by_student[student] for student in sorted(by_student))
    return HandIns(submissions, tuple(remarks))


def _order(one: Submission) -> tuple[bool, datetime]:
    return bool(one.notebooks), one.timestamp or datetime.min
