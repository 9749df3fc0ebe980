"""Which files were handed in together, when, and under which names: decided without a disk."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from dfl_grading.archives import Bounds, Contents, Member
from dfl_grading.hand_ins import MOST_FILES
from dfl_grading.lms_names import Form, Label, Owner

__all__ = ["Attempt", "Key", "Piece", "fold", "in_order", "keep_within", "make_attempts"]

Key = tuple[int, int]
"""Which bytes: the number of the archive, and of the member in it."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One file on its way to one student.

    `place` is the number of its archive, `group` of those whose names were read together.
    `target` is its name in the hand-in, `known` whether that is a source notebook's.
    """

    place: int
    group: int
    member: Member
    label: Label
    owner: Owner
    student: str
    form: Form
    target: str
    known: bool = False
    version: int = 0

    @property
    def key(self) -> Key:
        """Which bytes these are."""
        return self.place, self.member.number

    @property
    def is_notebook(self) -> bool:
        """Whether the target is a notebook's name."""
        return self.target.endswith(".ipynb")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one student handed in together, before it lands.

    `time` is what counts and `time_from` where it is from, `sent` puts attempts in order and
    `rank` those of one time. `depth` is above 0 for files that a newer one of the same name took
    the place of. `strange` says that some notebook stands for no source notebook.
    """

    student: str
    owner: Owner
    form: Form
    place: int
    time: datetime
    time_from: str
    sent: datetime
    rank: tuple[int, ...]
    depth: int
    files: Mapping[str, Key]
    strange: bool

    @property
    def notebooks(self) -> list[str]:
        """The names of the notebooks among the files."""
        return [name for name in self.files if name.endswith(".ipynb")]


def in_order(attempt: Attempt) -> tuple[str, datetime, tuple[int, ...]]:
    """Sorts attempts by student, the oldest first."""
    return attempt.student, attempt.sent, attempt.rank


def fold(name: str) -> str:
    """What a disk makes of a name that tells neither case nor the spelling of accents apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def make_attempts(
    pieces: Sequence[Piece],
    contents: Sequence[Contents],
    *,
    due: datetime | None,
    folds: bool,
) -> list[Attempt]:
    """What was handed in together; files that a newer one would overwrite are an older attempt.

    `folds` says that the disk does not tell `A` and `a` apart.
    """
    together: dict[tuple[int, str, str, str], list[Piece]] = {}
    for piece in pieces:
        key = (piece.group, piece.student, piece.owner.key, piece.label.attempt)
        together.setdefault(key, []).append(piece)
    made: list[Attempt] = []
    for group in together.values():
        for depth, layer in enumerate(_layers(_lift(group), folds)):
            made.append(_attempt(layer, depth, contents, due))
    return made


def _by_age(piece: Piece) -> tuple[datetime, int, int, Key]:
    time = piece.label.sent or piece.member.time or datetime.min.replace(tzinfo=UTC)
    return time, piece.label.order, piece.version, piece.key


class _Layer(NamedTuple):
    """Files that can lie beside each other: they, their names and their folders' names."""

    pieces: list[Piece]
    names: set[str]
    folders: set[str]

    def has_room(self, name: str, around: set[str]) -> bool:
        return name not in self.names and name not in self.folders and not around & self.names


def _layers(pieces: Sequence[Piece], folds: bool) -> list[list[Piece]]:
    """The newest files of each name, then those that they took the place of, and so on.

    A file that another one needs for a folder is in the way too.
    """
    layers: list[_Layer] = []
    for piece in sorted(pieces, key=_by_age, reverse=True):
        name = fold(piece.target) if folds else piece.target
        parts = name.split("/")
        around = {"/".join(parts[:count]) for count in range(1, len(parts))}
        layer = next((one for one in layers if one.has_room(name, around)), None)
        if layer is None:
            layer = _Layer([], set(), set())
            layers.append(layer)
        layer.pieces.append(piece)
        layer.names.add(name)
        layer.folders.update(around)
    return [layer.pieces for layer in layers]


def _lift(pieces: Sequence[Piece]) -> list[Piece]:
    """Take off the folders that all notebooks of a hand-in lie in."""
    made = list(pieces)
    while True:
        paths = [piece.target.split("/") for piece in made if piece.is_notebook]
        if not paths or min(map(len, paths)) == 1 or len({path[0] for path in paths}) > 1:
            return made
        outer = f"{paths[0][0]}/"
        made = [replace(piece, target=piece.target.removeprefix(outer)) for piece in made]


def _attempt(
    pieces: Sequence[Piece], depth: int, contents: Sequence[Contents], due: datetime | None
) -> Attempt:
    first = pieces[0]
    sent, time_from = _time_of(pieces, contents)
    time = sent
    late = any(piece.label.late for piece in pieces)
    if first.form is Form.CANVAS and due is not None and not late and sent > due:
        # Canvas marks what is late, and writes the time of the download into its archives.
        time, time_from = due.astimezone(UTC).replace(microsecond=0), "due date"
    order = max(piece.label.order for piece in pieces)
    return Attempt(
        student=first.student,
        owner=first.owner,
        form=first.form,
        place=first.place,
        time=time,
        time_from=time_from,
        sent=sent,
        rank=(order, -depth, first.group),
        depth=depth,
        files={piece.target: piece.key for piece in sorted(pieces, key=lambda p: p.target)},
        strange=any(p.is_notebook and "/" not in p.target and not p.known for p in pieces),
    )


def _time_of(pieces: Sequence[Piece], contents: Sequence[Contents]) -> tuple[datetime, str]:
    """When files were handed in, in whole seconds, and what says so."""
    said = [piece.label.sent for piece in pieces if piece.label.sent]
    members = [piece.member.time for piece in pieces if piece.member.time]
    own = [contents[piece.place].time for piece in pieces]
    packed = contents[pieces[0].place].kind in ("zip", "tar")
    where = "name" if said else "archive" if members and packed else "file"
    return max(said or members or own).replace(microsecond=0), where


def keep_within(
    attempts: Sequence[Attempt], contents: Sequence[Contents], bounds: Bounds
) -> tuple[list[Attempt], list[tuple[Key, str]]]:
    """The attempts without what is too much for one student or in all, and why each file is.

    Notebooks go before other files and newer attempts before older ones.
    """
    sizes = {(at, m.number): m.size for at, one in enumerate(contents) for m in one.members}
    spent: dict[str, int] = {}
    total = 0
    left: list[Attempt] = []
    refused: list[tuple[Key, str]] = []
    newest_first = sorted(attempts, key=in_order, reverse=True)
    for attempt in sorted(newest_first, key=lambda attempt: attempt.student):
        taken: dict[str, Key] = {}
        for target in sorted(attempt.files, key=lambda name: (not name.endswith(".ipynb"), name)):
            key = attempt.files[target]
            mine = spent.get(attempt.student, 0) + sizes[key]
            why = _why_too_much(attempt.student, len(taken), mine, bounds)
            if not why and total + sizes[key] > bounds.total_bytes:
                why = f"would make more than {bounds.total_bytes / 1e9:,.1f} GB in all"
            if why:
                refused.append((key, why))
            else:
                spent[attempt.student] = mine
                total += sizes[key]
                taken[target] = key
        left.append(replace(attempt, files=taken))
    return left, refused


def _why_too_much(student: str, files: int, size: int, bounds: Bounds) -> str:
    if files >= MOST_FILES:
        return f"is one of more than {MOST_FILES:,} files of {student}"
    if size > bounds.student_bytes:
        most = f"{bounds.student_bytes / 1e6:,.0f} MB"
        return f"would make {size / 1e6:,.0f} MB of {student}, more than {most} for one student"
    return ""
