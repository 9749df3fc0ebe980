"""What a course says about itself in `course.toml`, checked key by key.

Every refusal is one sentence with the file, the line where it is known, the key and the remedy.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, NoReturn

from dfl_grading.errors import CourseError
from dfl_grading.late_rules import LateRules
from dfl_grading.model import Limits
from dfl_grading.source import Delimiters

__all__ = [
    "COURSE_FILE",
    "NBGRADER_FILE",
    "CourseFile",
    "PointsPolicy",
    "ProblemSetConfig",
    "Reading",
    "Series",
    "is_file",
    "is_folder",
    "read_course_file",
    "suggestion",
    "why_unsafe",
    "zone_of",
]

COURSE_FILE = "course.toml"
NBGRADER_FILE = "nbgrader_config.py"

FOLDERS = ("source", "release", "submitted", "autograded", "feedback")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One text that a problem set builds on: named, never copied."""

    author: str
    title: str
    chapter: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Problem sets that belong together, such as those of one book or one paper."""

    name: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class PointsPolicy:
    """How points are shown and bounded.

    `round` is the number of decimals of a shown score, `cap` whether a score is held at its
    maximum, `total` the points that every problem set must add up to (None: not checked).
    """

    round: int = 2
    cap: bool = True
    total: float | None = None


@dataclass(frozen=True, kw_only=True)
class ProblemSetConfig:
    """What the course says of one problem set.

    `name` is the folder's name under `source/`, `series` that of a `Series`, or "". `release` and
    `due` are aware, in the course's time zone unless the file gave an offset. `limits` are the
    course's with the problem set's own on top. `preload` names modules to import once before any
    notebook runs. `interpreter` is the absolute path of another Python to run the notebooks with,
    or None. `groups` are the students who hand in together, each student in one group at most.
    """

    name: str
    title: str = ""
    series: str = ""
    week: int | None = None
    description: str = ""
    readings: tuple[Reading, ...] = ()
    release: datetime | None = None
    due: datetime | None = None
    limits: Limits = field(default_factory=Limits)
    preload: tuple[str, ...] = ()
    interpreter: Path | None = None
    groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """What `course.toml` says; None where it is silent, so that other sources may fill in.

    `limits` holds only the fields that the file gives, `folders` and `release` likewise.
    `problem_sets` are in the order of the file; `own_limits` maps each to its own limits.
    """

    course_id: str | None = None
    title: str = ""
    description: str = ""
    timezone: str | None = None
    database_url: str | None = None
    folders: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    points: PointsPolicy = field(default_factory=PointsPolicy)
    release: Mapping[str, Any] = field(default_factory=dict)
    problem_sets: tuple[ProblemSetConfig, ...] = ()
    own_limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    series: tuple[Series, ...] = ()
    late: LateRules | None = None


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean "due"?` where a known name is close, else the list of the known names."""
    import difflib

    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known are: {', '.join(names)}." if names else "there is none yet."


def is_file(path: Path) -> bool:
    """Whether a regular file is there; False where one may not look."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False where one may not look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def why_unsafe(name: str) -> str:
    """Why `name` cannot be the name of a student or problem set; empty where it can.

    Names are compared byte for byte and never normalised, so that look-alikes stay apart.
    """
    if not name.strip():
        return "is empty"
    if name.startswith("."):
        return "starts with a dot"
    if "/" in name or "\\" in name:
        return "contains a slash"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _BIDI for c in name):
        return "contains control characters"
    if len(name.encode("utf-8", "surrogateescape")) > 255:
        return "is longer than 255 bytes"
    return ""


def zone_of(key: str) -> tzinfo | None:
    """The time zone of that name, or None where there is none; UTC needs no time zone data."""
    if key == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError):
        return None


# ---------------------------------------------------------------------------------- course.toml


@dataclass(frozen=True)
class _Table:
    """One table of the file: its header as the author wrote it, its values, and where it is."""

    header: str
    values: Mapping[str, Any]
    text: str
    label: str = ""
    number: int = 0
    """Which of the tables of that header this is, from 0."""

    def refuse(self, what: str, key: str = "") -> NoReturn:
        line = _line_of(self.text, self.header, self.number, key)
        place = f"{COURSE_FILE}:{line}: " if line else f"{COURSE_FILE}: "
        header = f"{self.header}: " if self.header else ""
        if self.label:
            header = f'{self.header} "{self.label}": '
        raise CourseError(f"{place}{header}{what}")

    def allow(self, *keys: str) -> None:
        for key in self.values:
            if key not in keys:
                self.refuse(f'unknown key "{key}"; {suggestion(key, keys)}', key)

    def expect(self, key: str, good: bool, what: str) -> None:
        if not good:
            self.refuse(f"{key} = {_shown(self.values[key])} is not right; write {what}.", key)

    def text_of(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None:
            self.expect(key, isinstance(value, str), "a text in quotes")
        return value

    def number_of(self, key: str, *, whole: bool, low: float, strict: bool = False) -> Any:
        value = self.values.get(key)
        if value is None:
            return None
        kinds = (int,) if whole else (int, float)
        good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        kind = "whole number" if whole else "number"
        bound = "above" if strict else "of at least"
        self.expect(
            key, good and (value > low if strict else value >= low), f"a {kind} {bound} {low:g}"
        )
        return value

    def flag_of(self, key: str) -> bool | None:
        value = self.values.get(key)
        if value is not None:
            self.expect(key, isinstance(value, bool), "true or false")
        return value

    def texts_of(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not good:
            self.expect(key, False, 'a list of texts, such as ["one", "two"]')
        return tuple(value)

    def moment_of(self, key: str, zone: tzinfo) -> datetime | None:
        """A TOML date with time; without an offset it is the course's local time.

        Where a local time happens twice (clocks go back) a due date is the later one.
        """
        value = self.values.get(key)
        if value is None:
            return None
        example = "a date with a time and without quotes, such as 2027-01-31T23:59:00"
        if not isinstance(value, datetime):
            if isinstance(value, date):
                example = f"a time too, such as {value.isoformat()}T23:59:00"
            self.expect(key, False, example)
        assert isinstance(value, datetime)
        if value.tzinfo is not None:
            return value
        aware = value.replace(tzinfo=zone)
        later = aware.replace(fold=1)
        if key == "due" and later.utcoffset() != aware.utcoffset():
            aware = later
        back = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        self.expect(key, back == value, "a time that exists: clocks jump over this one")
        return aware


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return value.isoformat() if isinstance(value, date) else str(value)


def _line_of(text: str, header: str, number: int, key: str) -> int | None:
    """The line of a key (else of the header) in the file; a guess by the look of the lines."""
    seen, inside, at = -1, not header, None
    for line_number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[?[\w. -]+\]\]?\s*(#.*)?$", line):
            found = line.split("#")[0].strip()
            if not header and key and found.strip("[] ") == key:
                return line_number
            seen += found == header
            inside = found == header and seen == number
            if inside:
                at = line_number
        elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return line_number
    return at


def read_course_file(path: Path) -> CourseFile:
    """What a `course.toml` says, checked.

    Raises CourseError for a file that cannot be read, an unknown key or a bad value.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}; mend its rights.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path}: is not TOML: {error}; mend it there.") from error
    top = _Table("", document, text)
    top.allow(
        *("course", "gradebook", "folders", "limits", "points", "late", "release"),
        *("series", "problem_set"),
    )
    course = _section(top, "course", "id", "title", "description", "timezone")
    gradebook = _section(top, "gradebook", "url")
    timezone = course.text_of("timezone")
    zone = zone_of(timezone or "UTC")
    if zone is None:
        course.refuse(
            f'unknown time zone "{timezone}"; write a name such as "Europe/Berlin".', "timezone"
        )
    series = _series(top)
    problem_sets, own_limits = _problem_sets(top, zone, path.parent, [one.name for one in series])
    return CourseFile(
        course_id=_course_id(course),
        title=course.text_of("title") or "",
        description=course.text_of("description") or "",
        timezone=timezone,
        database_url=gradebook.text_of("url"),
        folders=_folders(_section(top, "folders", *FOLDERS)),
        limits=_limits(_section(top, "limits", *_LIMITS)),
        points=_points(_section(top, "points", "round", "cap", "total")),
        release=_release(_section(top, "release", *_DELIMITERS)),
        problem_sets=problem_sets,
        own_limits=own_limits,
        series=series,
        late=_late(top) if "late" in top.values else None,
    )


def _late(top: _Table) -> LateRules:
    names = [f.name for f in fields(LateRules)]
    table = _section(top, "late", *names)
    given = {
        name: table.number_of(name, whole=name in ("slip_days", "drop_lowest"), low=0)
        for name in names
    }
    return LateRules(**{name: value for name, value in given.items() if value is not None})


_LIMITS = tuple(limit.name for limit in fields(Limits))
_DELIMITERS = tuple(delimiter.name for delimiter in fields(Delimiters))


def _section(top: _Table, key: str, *known: str) -> _Table:
    values = top.values.get(key, {})
    if not isinstance(values, dict):
        top.refuse(f"{key} is not a section; write [{key}].", key)
    table = _Table(f"[{key}]", values, top.text)
    table.allow(*known)
    return table


def _course_id(course: _Table) -> str | None:
    value = course.text_of("id")
    if value is not None:
        course.expect("id", not value or not why_unsafe(value), "a plain name without slashes")
        course.expect("id", value == value.strip(), "it without spaces at its ends")
    return value


def _folders(table: _Table) -> dict[str, str]:
    found = {key: table.text_of(key) or "" for key in table.values}
    for key, value in found.items():
        table.expect(key, bool(value.strip()) and "\0" not in value, "the name of a folder")
        same = [other for other in found if other != key and found[other] == value]
        if same:
            table.refuse(f'{key} and {same[0]} are both "{value}"; give each its own.', key)
    return found


def _limits(table: _Table) -> dict[str, float]:
    whole = {limit.name for limit in fields(Limits) if limit.type == "int"}
    flags = {limit.name for limit in fields(Limits) if limit.type == "bool"}
    found = {
        key: table.flag_of(key) or False
        if key in flags
        else table.number_of(key, whole=key in whole, low=0, strict=True)
        for key in table.values
    }
    cell, notebook = found.get("cell_seconds"), found.get("notebook_seconds")
    if cell and notebook and cell > notebook:
        table.refuse(
            f"cell_seconds = {cell:g} is more than notebook_seconds = {notebook:g}; "
            f"raise notebook_seconds.",
            "cell_seconds",
        )
    return found


def _points(table: _Table) -> PointsPolicy:
    given = {
        "round": table.number_of("round", whole=True, low=0),
        "cap": table.flag_of("cap"),
        "total": table.number_of("total", whole=False, low=0, strict=True),
    }
    policy = PointsPolicy()
    return replace(policy, **{key: value for key, value in given.items() if value is not None})


def _release(table: _Table) -> dict[str, Any]:
    found: dict[str, Any] = {key: table.text_of(key) for key in table.values if key != "code_stubs"}
    for key, value in found.items():
        table.expect(key, bool(value.strip()), "the words that mark the place")
    stubs = table.values.get("code_stubs")
    if stubs is not None:
        if not isinstance(stubs, dict) or not all(isinstance(s, str) for s in stubs.values()):
            table.refuse('code_stubs is not right; write { python = "…" }.', "code_stubs")
        found["code_stubs"] = {**Delimiters().code_stubs, **stubs}
    return found


def _tables(top: _Table, key: str) -> list[dict[str, Any]]:
    tables = top.values.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(item, dict) for item in tables):
        top.refuse(f"{key} is not a list of sections; write [[{key}]] for each.")
    return tables


def _series(top: _Table) -> tuple[Series, ...]:
    made: dict[str, Series] = {}
    for number, values in enumerate(_tables(top, "series")):
        table = _Table("[[series]]", values, top.text, f"{values.get('name', '')}", number)
        table.allow(*(f.name for f in fields(Series)))
        name = table.text_of("name") or ""
        if not name:
            table.refuse('has no name; add name = "…", which its problem sets then say.')
        if name in made:
            table.refuse("stands here a second time; remove or rename one.", "name")
        made[name] = Series(
            name=name,
            title=table.text_of("title") or "",
            description=table.text_of("description") or "",
        )
    return tuple(made.values())


def _problem_sets(
    top: _Table, zone: tzinfo, root: Path, series: Sequence[str]
) -> tuple[tuple[ProblemSetConfig, ...], dict[str, Mapping[str, float]]]:
    tables = _tables(top, "problem_set")
    made: dict[str, ProblemSetConfig] = {}
    own_limits: dict[str, Mapping[str, float]] = {}
    for number, values in enumerate(tables):
        label = values.get("name", "")
        table = _Table("[[problem_set]]", values, top.text, f"{label}", number)
        config = _problem_set(table, zone, root)
        if config.series and config.series not in series:
            table.refuse(
                f'there is no [[series]] "{config.series}"; {suggestion(config.series, series)}',
                "series",
            )
        if config.name in made:
            table.refuse("stands here a second time; remove or rename one.", "name")
        made[config.name] = config
        own = values.get("limits", {})
        if not isinstance(own, dict):
            table.refuse("limits is not a section; write [problem_set.limits].", "limits")
        before = sum("limits" in other for other in tables[:number])
        limits = _Table("[problem_set.limits]", own, top.text, config.name, before)
        limits.allow(*_LIMITS)
        own_limits[config.name] = _limits(limits)
    return tuple(made.values()), own_limits


def _problem_set(table: _Table, zone: tzinfo, root: Path) -> ProblemSetConfig:
    known = [f.name for f in fields(ProblemSetConfig)]
    table.allow(*known)
    if "name" not in table.values:
        table.refuse('has no name; add name = "…", the name of its folder under source/.')
    name = table.text_of("name") or ""
    why = why_unsafe(name) or ("contains a plus sign" if "+" in name else "")
    why = why or ("has spaces at its ends" if name != name.strip() else "")
    if why:
        table.refuse(f"its name {why}; use a plain folder name.", "name")
    release, due = table.moment_of("release", zone), table.moment_of("due", zone)
    # In UTC: within one time zone Python compares wall clocks, wrong where the clocks go back.
    if release and due and due.astimezone(UTC) <= release.astimezone(UTC):
        table.refuse(f"due = {due:%F %R} is not after release = {release:%F %R}; mend one.", "due")
    return ProblemSetConfig(
        name=name,
        title=table.text_of("title") or "",
        series=table.text_of("series") or "",
        week=table.number_of("week", whole=True, low=0),
        description=table.text_of("description") or "",
        readings=_readings(table),
        release=release,
        due=due,
        preload=_preload(table),
        interpreter=_interpreter(table, root),
        groups=_groups(table),
    )


def _groups(table: _Table) -> tuple[tuple[str, ...], ...]:
    groups = table.values.get("groups", [])
    good = isinstance(groups, list) and all(
        isinstance(group, list) and all(isinstance(student, str) for student in group)
        for group in groups
    )
    if not good:
        table.refuse(
            'groups is no list of lists of students; write [["ada", "bob"], ["eve", "flo"]].',
            "groups",
        )
    seen: set[str] = set()
    for student in (student for group in groups for student in group):
        why = why_unsafe(student)
        if why:
            table.refuse(f"groups names {student!r}, which {why}; write a student's id.", "groups")
        if student in seen:
            table.refuse(f'groups names "{student}" twice; a student is in one group.', "groups")
        seen.add(student)
    return tuple(tuple(group) for group in groups)


def _readings(table: _Table) -> tuple[Reading, ...]:
    items = table.values.get("readings", [])
    example = '[{author = "…", title = "…", chapter = "…"}]'
    good = isinstance(items, list) and all(isinstance(item, dict) for item in items)
    if not good:
        table.refuse(f"readings is not a list; write readings = {example}.", "readings")
    known = [f.name for f in fields(Reading)]
    for item in items:
        for key, value in item.items():
            if key not in known:
                table.refuse(
                    f'unknown key "{key}" in readings; {suggestion(key, known)}', "readings"
                )
            if not isinstance(value, str):
                table.refuse(f"{key} in readings is not a text; put it in quotes.", "readings")
        if "author" not in item or "title" not in item:
            table.refuse(f"a reading needs author and title; write {example}.", "readings")
    return tuple(Reading(**item) for item in items)


def _preload(table: _Table) -> tuple[str, ...]:
    names = table.texts_of("preload")
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            table.refuse(f'preload names "{name}", which is not a module\'s name.', "preload")
    return names


def _interpreter(table: _Table, root: Path) -> Path | None:
    value = table.text_of("interpreter")
    if value is None:
        return None
    # Not resolved: a virtual environment's python is a link, and it is the link that makes it one.
    path = root.absolute() / Path(value).expanduser()
    if not is_file(path):
        table.refuse(
            f'interpreter "{value}" does not exist; create that environment '
            f"or remove the key to use the grader's own Python.",
            "interpreter",
        )
    return path
