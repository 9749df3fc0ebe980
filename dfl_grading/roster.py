"""Who is who: a class list that maps an LMS's names and ids to student ids.

It is a CSV file with the column `student_id` and any of `lms_id`, `email`, `login`, `name`,
`first_name` and `last_name`. Other columns are passed over; a student may have several rows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dfl_grading.course_file import why_unsafe
from dfl_grading.errors import CourseError
from dfl_grading.lms_names import Owner

__all__ = ["Roster", "read_roster"]

_IDS: Final = ("student_id", "email", "login")
_MOST_BYTES: Final = 20_000_000


@dataclass(frozen=True)
class Roster:
    """The students of a class list, and who goes by which id and by which name."""

    path: Path
    students: frozenset[str]
    lms_ids: Mapping[str, frozenset[str]]
    ids: Mapping[str, frozenset[str]]
    names: Mapping[str, frozenset[str]]

    def find(self, owner: Owner) -> tuple[frozenset[str], bool]:
        """Those that the owner may be, and whether an id says so and not a name alone.

        None where nothing fits; several where a name fits several, or an id another one than
        the name.
        """
        by_id = [self.lms_ids.get(_plain(text)) for text in owner.lms_ids]
        by_id += [self.ids.get(_plain(text)) for text in owner.ids]
        by_name = [self.names.get(_letters(text)) for text in owner.names]
        found = [students for students in (*by_id, *by_name) if students]
        if not found:
            return frozenset(), False
        common = frozenset.intersection(*found)
        return common or frozenset.union(*found), any(by_id)


def read_roster(path: Path) -> Roster:
    """The class list in a CSV file (comma, semicolon or tab; UTF-8 or Windows' 1252).

    Raises CourseError, with the line, where it cannot be used.
    """
    students: set[str] = set()
    lms_ids: dict[str, set[str]] = {}
    ids: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for line, row in _rows(path):
        student = row.get("student_id", "")
        if not any(row.values()):
            continue
        why = why_unsafe(student)
        if why:
            raise CourseError(f"{path}:{line}: the student_id {student!r} {why}; mend it.")
        students.add(student)
        for column in _IDS:
            if row.get(column):
                ids.setdefault(_plain(row[column]), set()).add(student)
        if row.get("lms_id"):
            lms_ids.setdefault(_plain(row["lms_id"]), set()).add(student)
        for name in _spellings(row):
            names.setdefault(name, set()).add(student)
    return Roster(path, frozenset(students), _frozen(lms_ids), _frozen(ids), _frozen(names))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}; name a CSV file.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [re.sub(r"[\s-]+", "_", cell.strip().casefold()) for cell in next(reader, [])]
        if "student_id" not in header:
            raise CourseError(
                f"{path}: has no column student_id; its first line must name the columns, such "
                f"as student_id,lms_id,name."
            )
        for row in reader:
            cells = (cell.strip() for cell in row)
            yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise CourseError(f"{path}:{reader.line_num}: is not CSV: {error}; mend it.") from error


def _spellings(row: Mapping[str, str]) -> Iterator[str]:
    """A name's letters, from any of its words on: LMSs write the last name first."""
    texts = [row.get("name", ""), f"{row.get('first_name', '')} {row.get('last_name', '')}"]
    for text in texts:
        words = re.split(r"[\s,]+", text.strip())
        for at in range(len(words)):
            made = _letters("".join(words[at:] + words[:at]))
            if made:
                yield made


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text).casefold())


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {text: frozenset(students) for text, students in found.items()}
