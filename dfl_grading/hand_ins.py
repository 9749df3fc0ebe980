"""Find what students handed in, without following a link or believing a name.

`submitted/<student>/<problem set>/` holds one hand-in. What cannot be taken as it is does not
stop the others: it becomes a remark.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from dfl_grading.course_file import why_unsafe, zone_of
from dfl_grading.model import Submission

__all__ = ["HandIns", "Remark", "find_hand_ins", "parse_timestamp", "printable"]

MOST_FILES = 5000
MOST_FOLDERS_DEEP = 20
_TIMESTAMP = "timestamp.txt"


class Remark(NamedTuple):
    """Something in `submitted/` that was passed over: its printable name, and why."""

    name: str
    why: str


class HandIns(NamedTuple):
    """The submissions of one problem set by student, and what was passed over."""

    submissions: tuple[Submission, ...]
    remarks: tuple[Remark, ...]


def find_hand_ins(
    submitted: Path,
    problem_set: str,
    ignore: Sequence[str],
    *,
    student: str = "*",
    by_problem_set: bool = False,
) -> HandIns:
    """The hand-ins for one problem set, sorted by student; nothing raises but a lost disk.

    Links are never followed, devices and pipes never opened. Students are told apart byte for
    byte: case-only twins and Unicode look-alikes are different students. With `by_problem_set`,
    the students' folders lie in the problem set's.
    """
    found: list[Submission] = []
    remarks: list[Remark] = []
    top = submitted / problem_set if by_problem_set else submitted
    for entry in _entries(top, "", remarks):
        name = printable(entry.name)
        if entry.is_symlink():
            remarks.append(Remark(name, "is a link; links are not followed, copy the folder here"))
            continue
        if not entry.is_dir() or not _is_asked_for(entry.name, student):
            continue
        folder = Path(entry.path) if by_problem_set else Path(entry.path, problem_set)
        if not os.path.lexists(folder):
            continue
        why = why_unsafe(entry.name)
        if why:
            remarks.append(Remark(name, f"is no student's name: it {why}; rename the folder"))
        elif not _is_real_folder(folder):
            remarks.append(Remark(f"{name}/{problem_set}", "is not a folder; it was passed over"))
        else:
            found.append(_hand_in(entry.name, problem_set, folder, ignore, remarks))
    return HandIns(tuple(sorted(found, key=lambda s: s.student)), tuple(remarks))


def _hand_in(
    student: str, problem_set: str, folder: Path, ignore: Sequence[str], remarks: list[Remark]
) -> Submission:
    label = f"{student}/{problem_set}"
    files = tuple(_walk(folder, label, ignore, remarks))
    notebooks = {
        path.stem: path for path in files if path.suffix == ".ipynb" and path.parent == folder
    }
    return Submission(
        student=student,
        problem_set=problem_set,
        folder=folder,
        notebooks=notebooks,
        files=tuple(path for path in files if path not in set(notebooks.values())),
        timestamp=_read_timestamp(folder / _TIMESTAMP, label, remarks) if files else None,
    )


def _walk(folder: Path, label: str, ignore: Sequence[str], remarks: list[Remark]) -> Iterator[Path]:
    """The plain files under a folder, sorted, at most `MOST_FILES` of them."""
    waiting = [(folder, 0)]
    count = 0
    while waiting:
        here, depth = waiting.pop(0)
        inner = here.relative_to(folder).as_posix()
        place = label if inner == "." else f"{label}/{printable(inner)}"
        for entry in _entries(here, place, remarks):
            if any(fnmatchcase(entry.name, pattern) for pattern in ignore):
                continue
            why = _why_not_taken(entry, depth)
            if not why and entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), depth + 1))
                continue
            if not why and count == MOST_FILES:
                remarks.append(Remark(label, f"holds more than {MOST_FILES} files; the rest was"))
                return
            if why:
                remarks.append(Remark(f"{place}/{printable(entry.name)}", why))
                continue
            count += 1
            yield Path(entry.path)


def _why_not_taken(entry: os.DirEntry[str], depth: int) -> str:
    if entry.is_symlink():
        return "is a link; it was passed over"
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        return "lies too deep; it was passed over" if depth >= MOST_FOLDERS_DEEP else ""
    if not stat.S_ISREG(mode):
        return "is not a plain file; it was passed over"
    if printable(entry.name) != entry.name:
        return "has a name with control characters; it was passed over"
    return ""


def _entries(folder: Path, label: str, remarks: list[Remark]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        remarks.append(Remark(label or folder.name, f"cannot be read: {error.strerror}"))
        return []


def _is_asked_for(name: str, wanted: str) -> bool:
    return name == wanted or fnmatchcase(name, wanted)


def _is_real_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def printable(name: str) -> str:
    """The name with what a terminal or a database could choke on written as an escape."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in name
    )


# -------------------------------------------------------------------------------------- the time


def _read_timestamp(path: Path, label: str, remarks: list[Remark]) -> datetime | None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            text = file.read(200).decode("utf-8", "replace").strip()
    except OSError:
        return None
    time = parse_timestamp(text)
    if time is None and text:
        why = "is no time, so the hand-in counts as one without a time; mend the file"
        remarks.append(Remark(f"{label}/{_TIMESTAMP}", why))
    return time


def parse_timestamp(text: str) -> datetime | None:
    """The naive UTC time of a `timestamp.txt`, or None where it is none.

    Like nbgrader: most written forms, followed by nothing (UTC), an offset or a time zone's name;
    an unknown name counts as UTC. Unlike nbgrader 0.9, `+0100` is an hour and not 100 seconds,
    and a text without a full date is no time instead of taking the missing parts from today.
    """
    parts = text.split()
    zone: tzinfo | None = None
    if len(parts) == 3 and re.fullmatch(r"[A-Za-z][\w+/-]*", parts[2]):
        zone = zone_of(parts[2])
        parts = parts[:2] if _has_clock(parts) else parts
    joined = " ".join(parts)
    try:
        time = _from_iso(joined) or _from_prose(joined)
        if time is not None and time.tzinfo is None and zone is not None:
            time = time.replace(tzinfo=zone)
        return time.astimezone(UTC).replace(tzinfo=None) if time and time.tzinfo else time
    except (ValueError, OverflowError, ArithmeticError):
        return None


def _has_clock(parts: Sequence[str]) -> bool:
    return any(":" in part for part in parts[:2])


def _from_iso(text: str) -> datetime | None:
    """ISO 8601 with a space before the offset allowed; None for any other form."""
    try:
        return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d(:?\d\d)?$)", "", text))
    except ValueError:
        return None


def _from_prose(text: str) -> datetime | None:
    from dateutil import parser

    def read(default: datetime) -> datetime:
        time: datetime = parser.parse(text, default=default, tzinfos=_zone_for_dateutil)
        return time

    # What differs between two defaults was not in the text: a time without its full date.
    first, second = read(datetime(2001, 1, 1)), read(datetime(2004, 2, 2))
    return first if first == second else None


def _zone_for_dateutil(name: str | None, offset: int | None) -> tzinfo | int | None:
    if offset is not None:
        return offset
    return zone_of(name) if name else None
