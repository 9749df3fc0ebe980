"""Whose file is it? What the names tell that Canvas, Moodle, Blackboard and Gradescope give.

A name is read into a `Label`: the owners, the file's own name, and what else the name says. All
of an archive's names are read together, since one name alone may be ambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import partial
from typing import Final

from dfl_grading.hand_ins import parse_timestamp

__all__ = ["Form", "Label", "Naming", "Owner", "read_names", "recognise_form", "recognise_notebook"]


class Form(StrEnum):
    """Who gave the files their names."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    BLACKBOARD = "blackboard"
    GRADESCOPE = "gradescope"
    PLAIN = "plain"
    PATTERN = "pattern"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who handed in: `student` is the id that the name alone gives.

    `key` tells two owners apart who share one `student`. A roster may know the owner by
    `lms_ids` (numbers that mean nothing outside the LMS), by `ids` or by `names`.
    """

    key: str
    student: str
    lms_ids: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Label:
    """What one name says. `file` is the path inside the hand-in, `sent` is aware UTC.

    `late` is the LMS's own mark. Files of one owner with the same `attempt` were handed in
    together; `order` counts what the LMS counts, later is larger.
    """

    owners: tuple[Owner, ...]
    file: str
    sent: datetime | None = None
    late: bool = False
    attempt: str = ""
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What helps to read names: the problem set and its notebooks (without `.ipynb`), the student
    ids of a roster, the zone of times without one, the operator's pattern, the name of the
    archive, and the text of Gradescope's `submission_metadata.yml`."""

    problem_set: str
    notebooks: tuple[str, ...]
    zone: tzinfo = UTC
    students: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    stem: str = ""
    metadata: str = field(default="", repr=False)

    def knows(self, file: str) -> bool:
        """Whether a file's name stands for one of the problem set's notebooks."""
        return recognise_notebook(file, self.notebooks) is not None


Said = Label | str | None
"""A label, or why a name cannot be read, or None for a file that belongs to no hand-in."""

_CANVAS: Final = re.compile(
    r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)(?:_(?P<attachment>\d+)_(?P<file>.+)|"
    r"_(?:text|link)\.html)"
)
_CANVAS_HIDDEN: Final = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon)_(?P<id>\w{5})(?:_(?P<attachment>\d+)_(?P<file>.+)|"
    r"_(?:text|link)\.html)"
)
_MOODLE: Final = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?"
)
_BLACKBOARD: Final = re.compile(
    r"(?P<lead>.+_.+)_attempt_(?P<sent>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)"
)
_GRADESCOPE: Final = re.compile(r"submission_(?P<id>\d+)")
_METADATA: Final = "submission_metadata.yml"
_STAMP: Final = re.compile(
    r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:[-T _.]?(\d\d)[-:.h]?(\d\d)(?:[-:.]?(\d\d))?)?"
)
_VERSIONS: Final = (
    re.compile(r"(?P<stem>.+?)[ _-]*\((?P<number>\d+)\)"),
    re.compile(r"(?P<stem>.+?)[ _-]+copy[ _-]?(?P<number>\d*)", re.IGNORECASE),
    re.compile(r"copy[ _-]+(?:of[ _-]+)?(?P<stem>.+)", re.IGNORECASE),
    re.compile(r"(?P<stem>.+)-(?P<number>\d+)"),
)
_WRAPPERS: Final = frozenset({"submitted", "submission", "submissions", "download", "downloads"})


def recognise_form(names: Sequence[str]) -> tuple[Form, int, int]:
    """Who named these files, how many of the notebooks among them say so, and of how many.

    All names decide together: the LMS whose form most notebooks have, if at least half have it.
    Where there is no notebook, all files count as one.
    """
    counted = [name for name in names if _is_notebook(name)] or list(names)
    found = Counter(form for name in counted for form in _forms_of(name))
    form, count = max(found.items(), key=lambda item: item[1], default=(Form.PLAIN, 0))
    if not count or 2 * count < len(counted):
        return Form.PLAIN, len(counted), len(counted)
    return form, count, len(counted)


def _forms_of(name: str) -> list[Form]:
    parts = name.split("/")
    found = []
    if _read_canvas(parts[-1]):
        found.append(Form.CANVAS)
    if any(_MOODLE.fullmatch(part) for part in parts):
        found.append(Form.MOODLE)
    if _BLACKBOARD.fullmatch(parts[-1]):
        found.append(Form.BLACKBOARD)
    if any(_GRADESCOPE.fullmatch(part) for part in parts[:-1]):
        found.append(Form.GRADESCOPE)
    return found


def read_names(form: Form, names: Sequence[str], naming: Naming) -> dict[str, Said]:
    """What each name says, as that form writes names."""
    if form is Form.PLAIN:
        return _read_plain(names, naming)
    if form is Form.BLACKBOARD:
        return _read_blackboard(names, naming)
    readers: Mapping[Form, Callable[[str], Said]] = {
        Form.CANVAS: _canvas,
        Form.MOODLE: _moodle,
        Form.GRADESCOPE: partial(_gradescope, submissions=_read_metadata(naming.metadata)),
        Form.PATTERN: partial(_by_pattern, naming=naming),
    }
    return {name: readers[form](name) for name in names}


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


# ------------------------------------------------------------------------------ names of notebooks


def recognise_notebook(file: str, notebooks: Sequence[str]) -> tuple[str, int] | None:
    """Which source notebook a file's name stands for, and which version; None where none.

    What browsers, systems and LMSs add is taken off: `name-1`, `name (2)`, `name - Copy`,
    `Copy of name`; case, and what stands between the words, do not matter.
    """
    stem = file[: -len(".ipynb")] if _is_notebook(file) else file
    number = 0
    for _ in range(4):
        found = _known(stem, notebooks)
        if found is not None:
            return found, number
        match = next(filter(None, (version.fullmatch(stem) for version in _VERSIONS)), None)
        if match is None:
            return None
        stem = match["stem"].strip()
        digits = match.groupdict().get("number") or "1"
        number = number * 1000 + int(digits[:9])
    return None


def _known(stem: str, notebooks: Sequence[str]) -> str | None:
    if stem in notebooks:
        return stem
    close = [name for name in notebooks if _squeeze(name) == _squeeze(stem)]
    return close[0] if len(close) == 1 else None


def _squeeze(text: str) -> str:
    """The words of a name: case, accents' spelling and what stands between them put aside."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("%20", " ")
    return re.sub(r"[\W_]+", "-", text).strip("-")


# -------------------------------------------------------------------------------------------- LMSs


def _read_canvas(name: str) -> re.Match[str] | None:
    return _CANVAS_HIDDEN.fullmatch(name) or _CANVAS.fullmatch(name)


def _canvas(name: str) -> Said:
    match = _read_canvas(name.split("/")[-1])
    if match is None:
        return "is not named as Canvas names files" if _is_notebook(name) else None
    if match["file"] is None:
        return None
    hidden = match["name"] == "anon"
    student = f"anon_{match['id']}" if hidden else match["name"]
    owner = Owner(
        key=match["id"],
        student=student,
        lms_ids=(match["id"],),
        names=() if hidden else (student,),
    )
    return Label(
        owners=(owner,),
        file=match["file"],
        late=bool(match["late"]),
        order=int(match["attachment"][:18]),
    )


def _moodle(name: str) -> Said:
    parts = name.split("/")
    for place, part in enumerate(parts):
        match = _MOODLE.fullmatch(part)
        if match is None:
            continue
        rest = [match["file"] or "", *parts[place + 1 :]]
        file = "/".join(part for part in rest if part)
        if match["kind"] != "file" or not file:
            return None
        # With blind marking all are called "Participant", in the site's language.
        owner = Owner(
            key=match["id"],
            student=match["name"],
            lms_ids=(match["id"], f"{match['name']} {match['id']}"),
            names=(match["name"],),
        )
        return Label(owners=(owner,), file=file)
    return "is not named as Moodle names files" if _is_notebook(name) else None


def _read_blackboard(names: Sequence[str], naming: Naming) -> dict[str, Said]:
    matches = {name: _BLACKBOARD.fullmatch(name.split("/")[-1]) for name in names}
    leads = {match["lead"] for match in matches.values() if match}
    split = {lead: _split_lead(lead, naming.students) for lead in leads}
    titles: dict[str, set[str]] = {}
    for title, student in split.values():
        titles.setdefault(student, set()).add(title)
    said: dict[str, Said] = {}
    for name, match in matches.items():
        if match is None:
            why = "is not named as Blackboard names files"
            said[name] = why if _is_notebook(name) else None
        elif match["file"] is None:
            said[name] = None
        else:
            _, student = split[match["lead"]]
            # An id with an underscore cannot be told from the assignment's title: then two
            # students seem to be one, under two titles.
            key = student if len(titles[student]) == 1 else match["lead"]
            owner = Owner(key=key, student=student, lms_ids=(student,), ids=(student,))
            sent = _local(match["sent"], naming.zone)
            said[name] = Label(
                owners=(owner,), file=match["file"], sent=sent, attempt=match["sent"]
            )
    return said


def _split_lead(lead: str, students: frozenset[str]) -> tuple[str, str]:
    """The assignment's title and the student's id, of the two joined by an underscore."""
    ends = [lead[len(start) + 1 :] for start in _starts(lead)]
    student = next((end for end in ends if end in students), ends[-1])
    return lead[: -len(student)], student


def _gradescope(name: str, *, submissions: Mapping[str, _Submission]) -> Said:
    parts = name.split("/")
    for place, part in enumerate(parts[:-1]):
        match = _GRADESCOPE.fullmatch(part)
        if match is None:
            continue
        known = submissions.get(part, _Submission())
        owners = known.owners or (Owner(key=part, student="", lms_ids=(part, match["id"])),)
        return Label(
            owners=owners,
            file="/".join(parts[place + 1 :]),
            sent=known.sent,
            attempt=part,
            order=int(match["id"][:18]),
        )
    if parts[-1] == _METADATA or not _is_notebook(name):
        return None
    return "is in no folder submission_…, as Gradescope makes them"


@dataclass(frozen=True)
class _Submission:
    """What Gradescope's metadata says of one submission."""

    owners: tuple[Owner, ...] = ()
    sent: datetime | None = None


def _read_metadata(text: str) -> dict[str, _Submission]:
    """The submitters and times of a `submission_metadata.yml`, as plain text.

    It is read line by line, since all that is needed stands at fixed depths: no tag is obeyed,
    no alias followed, and what looks otherwise is passed over.
    """
    found: dict[str, _Submission] = {}
    for block in re.split(r"(?m)^(?=submission_\d+:)", text)[1:]:
        lines = block.splitlines()
        people: list[dict[str, str]] = []
        sent, section = None, ""
        for line in lines[1:]:
            top = re.match(r"  :?(\w+):\s*(.*)", line)
            item = re.match(r" {2,8}(- +)? *:?(\w+):\s*(.*)", line)
            if top:
                section = top[1]
                if section == "created_at":
                    sent = _metadata_time(_scalar(top[2]))
            elif item and section == "submitters":
                if item[1] or not people:
                    people.append({})
                people[-1][item[2]] = _scalar(item[3])
        owners = tuple(filter(None, map(_submitter, people)))
        found[lines[0].split(":")[0]] = _Submission(owners, sent)
    return found


def _scalar(text: str) -> str:
    """A plain or quoted YAML scalar; empty for an alias, a tag or anything else."""
    text = re.sub(r"^&\S+\s+", "", text.strip())
    if text[:1] == text[-1:] and text[:1] in ("'", '"') and len(text) > 1:
        quote = text[0]
        return text[1:-1].replace("''", "'") if quote == "'" else text[1:-1].replace('\\"', '"')
    return "" if text[:1] in ("*", "!", "[", "{", "|", ">") or text in ("~", "null") else text


def _submitter(person: Mapping[str, str]) -> Owner | None:
    name, sid, email = (person.get(key, "") for key in ("name", "sid", "email"))
    ids = tuple(filter(None, (sid, email)))
    student = (*ids, name, "")[0]
    return Owner(key=student, student=student, ids=ids, names=(name,)) if student else None


def _metadata_time(text: str) -> datetime | None:
    text = re.sub(r"(\.\d{1,6})\d*", r"\1", text)
    return _aware(parse_timestamp(re.sub(r" Z$", "+00:00", text)))


# --------------------------------------------------------------------------------- operator's own


def _by_pattern(name: str, *, naming: Naming) -> Said:
    """As in nbgrader: the pattern is matched at the beginning of the path."""
    assert naming.pattern is not None
    match = naming.pattern.match(name) or naming.pattern.match(f"{naming.stem}/{name}")
    if match is None:
        return "does not match the pattern" if _is_notebook(name) else None
    groups = {key: value or "" for key, value in match.groupdict().items()}
    full = f"{groups.get('first_name', '')} {groups.get('last_name', '')}".strip()
    student = groups.get("student_id", "") or full
    if not student:
        return "matches the pattern without a student in it"
    ids = tuple(filter(None, (groups.get("student_id", ""), groups.get("email", ""))))
    owner = Owner(
        key=student, student=student, lms_ids=ids[:1], ids=ids, names=(full,) if full else ()
    )
    ending = re.search(r"(\.\w+)?$", name.split("/")[-1])
    file = groups.get("file_id", "")
    if file and ending and not file.endswith(ending[0]):
        file += ending[0]
    text = groups.get("timestamp", "")
    sent = _local(text, naming.zone) or _aware(parse_timestamp(text)) if text else None
    if text and sent is None:
        return f"has {text!r} where the pattern finds a timestamp, which is no time"
    return Label(owners=(owner,), file=file or name.split("/")[-1], sent=sent)


def _local(text: str, zone: tzinfo) -> datetime | None:
    """A date and clock time of the course's own zone, in UTC; None where it is none."""
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(group or 0) for group in match.groups())
        made = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _aware(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


# ------------------------------------------------------------------------------------------- plain


def _read_plain(names: Sequence[str], naming: Naming) -> dict[str, Said]:
    """`<student>/<file>`, `<student>.ipynb` or `<student>_<notebook>.ipynb`.

    Folders around all students, and those named for the problem set, do not count. An archive or
    folder that holds just the problem set's notebooks is one student's, named by it.
    """
    paths = _unwrap({name: _without_problem_set(name, naming) for name in names}, naming)
    said: dict[str, Said] = {}
    for name, parts in paths.items():
        if len(parts) > 1:
            said[name] = _plain_label(parts[0], "/".join(parts[1:]), naming)
        elif _is_notebook(parts[0]):
            said[name] = _flat(parts[0], naming)
    students = {one.owners[0].student for one in said.values() if isinstance(one, Label)}
    loose = [parts[0] for parts in paths.values() if _is_notebook(parts[0])]
    if loose and not students and naming.stem and all(map(naming.knows, loose)):
        return {name: _plain_label(naming.stem, parts[-1], naming) for name, parts in paths.items()}
    for name, parts in paths.items():
        if name not in said:
            owner = max((one for one in _starts(parts[0]) if one in students), default="")
            label = _plain_label(owner, parts[0][len(owner) + 1 :], naming)
            said[name] = label if owner and label.file else None
    return said


def _plain_label(student: str, file: str, naming: Naming) -> Label:
    owner = Owner(
        key=student, student=student, lms_ids=(student,), ids=(student,), names=(student,)
    )
    if _is_notebook(file) and file.startswith(f"{student}_"):
        rest = file[len(student) + 1 :]
        file = rest if naming.knows(rest) else file
    return Label(owners=(owner,), file=file)


def _without_problem_set(name: str, naming: Naming) -> tuple[str, ...]:
    *folders, file = name.split("/")
    return (*(part for part in folders if part != naming.problem_set), file)


def _unwrap(paths: dict[str, tuple[str, ...]], naming: Naming) -> dict[str, tuple[str, ...]]:
    """The paths without the folders that hold all students."""
    while paths and min(map(len, paths.values())) > 1:
        if len({parts[0] for parts in paths.values()}) > 1:
            break
        outer = next(iter(paths.values()))[0]
        within = [parts[1:] for parts in paths.values()]
        several = len({parts[0] for parts in within if len(parts) > 1}) > 1
        loose = [parts[0] for parts in within if len(parts) == 1 and _is_notebook(parts[0])]
        strange = [file for file in loose if not naming.knows(file)]
        is_class = len(strange) > len(naming.notebooks) or (several and not loose)
        if outer in naming.students or (outer.casefold() not in _WRAPPERS and not is_class):
            break
        paths = {name: parts[1:] for name, parts in paths.items()}
    return paths


def _flat(file: str, naming: Naming) -> Label | str:
    """Whose notebook a loose file is, by its name alone."""
    stem = file[: -len(".ipynb")]
    for student in _starts(stem):
        rest = stem[len(student) + 1 :]
        if student and rest and naming.knows(rest):
            return _plain_label(student, f"{rest}.ipynb", naming)
    if naming.knows(file):
        return "has no student in its name; name it <student>_<notebook>.ipynb"
    only = naming.notebooks[0] if len(naming.notebooks) == 1 else ""
    student = max((one for one in (*_starts(stem), stem) if one in naming.students), default="")
    rest = only or stem[len(student) + 1 :]
    if student and rest:
        return _plain_label(student, f"{rest}.ipynb", naming)
    if not only:
        wanted = ", ".join(naming.notebooks) or "the notebooks"
        return f"may be any of {wanted}; name it <student>_<notebook>.ipynb"
    return _plain_label(re.sub(r" ?\(\d+\)$", "", stem), f"{only}.ipynb", naming)


def _starts(text: str) -> list[str]:
    """What stands before each underscore, the shortest first."""
    return [text[: match.start()] for match in re.finditer("_", text)]
