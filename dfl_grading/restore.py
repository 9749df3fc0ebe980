"""Puts a student's notebook back in shape before it runs: the instructor's cells as they are in
`source/`, the student's text as it was handed in, and a note on each thing that was mended.

Works on plain dictionaries, in time that grows about as the notebook does, and never fails: a
notebook without a single known cell comes back with the instructor's cells put in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from dfl_grading.model import Repair
from dfl_grading.source import (
    Delimiters,
    SourceCell,
    SourceNotebook,
    checksum,
    language_of,
    released,
    stub,
)

__all__ = ["Restored", "restore"]

# Tags that change whether or how a cell runs: nbclient reads the first two, papermill the others.
_EXECUTION_TAGS: Final = ("raises-exception", "skip-execution", "parameters", "injected-parameters")
_KEPT_FOR_RUNS: Final = ("execution", "papermill")
_MAX_REPAIRS: Final = 1000
_SIMILAR: Final = 0.6
_FOREIGN: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A notebook that can be run and graded, and what was done to it.

    `answered` holds the grade_ids of solution and manual cells whose text is not what was
    released, and of manual cells right beside which the student wrote; `missing` those of
    solution and manual cells that are not in the notebook.
    """

    document: dict[str, Any]
    repairs: tuple[Repair, ...]
    answered: frozenset[str]
    missing: frozenset[str]


def restore(
    document: dict[str, Any], source: SourceNotebook, delimiters: Delimiters | None = None
) -> Restored:
    """The student's `document` (from `parse_notebook`) put back in shape; it is not changed.

    In the result every test, task and read-only cell of `source` stands once, as in `source`
    and in its order; solution and manual cells keep the student's text and stand in that order
    too; all other cells are the student's own and stay where they were between them. Outputs are
    cleared. Restoring the result again changes nothing and notes the `missing` alone.

    Raises CourseError where the source's own solution or test regions are not well formed.
    """
    template = _prepare(source, delimiters or Delimiters())
    done = _mend(document, template)
    repairs, blank = list(done.repairs), done.blank
    # A cell that was put back may show where a lost one must be; twice is enough in practice.
    for _ in range(3):
        if not (done.missing and done.repairs):
            break
        done = _mend(done.document, template)
        repairs += done.repairs
        blank |= done.blank
    repairs += _gone(template, done.missing)
    answers = {slot.cell.grade_id for slot in template.slots if slot.cell and slot.cell.solution}
    return Restored(
        document=done.document,
        repairs=_bounded(repairs),
        answered=frozenset(answers - blank - done.missing)
        | _beside(done.document, document, template),
        missing=frozenset(done.missing),
    )


def _gone(template: _Template, missing: set[str]) -> list[Repair]:
    """A note on each answer that no cell was found for; its test runs all the same."""
    what = (
        "The cell of this answer is not in the notebook; what other cells define in its place "
        "counts."
    )
    names = [cell.grade_id for cell in template.source.cells if cell.grade_id in missing]
    return [Repair(notebook=template.name, grade_id=name, what=what) for name in names]


def _beside(
    document: Mapping[str, Any], handed_in: Mapping[str, Any], template: _Template
) -> frozenset[str]:
    """The manual cells with text of the student's own right beside them, of the same type.

    That may be the answer, in a cell of its own or added to the question: a person shall look.
    """
    own = {_plain(cell["source"]) for cell in handed_in["cells"] if not _claimed(cell)}
    own -= {_plain(slot.text) for slot in template.slots if slot.cell is None}
    manual = {cell.grade_id for cell in template.source.cells if cell.kind == "manual"}
    found = set()
    cells = document["cells"]
    for cell, other in [*pairwise(cells), *pairwise(reversed(cells))]:
        name = _claimed(cell) or ""
        if name not in manual or _claimed(other) or cell["cell_type"] != other["cell_type"]:
            continue
        text = _plain(other["source"])
        if text.strip() and text in own:
            found.add(name)
    return frozenset(found)


def _bounded(repairs: list[Repair]) -> tuple[Repair, ...]:
    """The repairs, without a flood of them: a student may invent any number of ids."""
    more = len(repairs) - _MAX_REPAIRS
    if more <= 0:
        return tuple(repairs)
    what = f"{more} more repairs of this kind were made."
    last = Repair(notebook=repairs[0].notebook, grade_id=None, what=what)
    return (*repairs[:_MAX_REPAIRS], last)


# --- The instructor's side, made ready once


@dataclass(frozen=True, kw_only=True, eq=False)
class _Slot:
    """A cell of the source: what must stand there, and how to know it when it is met."""

    index: int
    raw: dict[str, Any]
    cell: SourceCell | None
    text: str
    known: frozenset[str]
    checksums: frozenset[str]
    nbgrader: dict[str, Any]

    @property
    def answers(self) -> bool:
        """Whether the text in it is the student's."""
        return self.cell is not None and self.cell.solution


@dataclass(frozen=True, kw_only=True, eq=False)
class _Template:
    name: str
    source: SourceNotebook
    slots: tuple[_Slot, ...]
    marked: tuple[int, ...]
    by_grade_id: dict[str, int]
    by_checksum: dict[str, int]
    before: dict[int, int]
    boilerplate: frozenset[str]
    tags: dict[str, frozenset[str]]


@lru_cache(maxsize=32)
def _prepare(source: SourceNotebook, delimiters: Delimiters) -> _Template:
    by_index = {cell.index: cell for cell in source.cells}
    slots = tuple(
        _slot(index, raw, by_index.get(index), source.language, delimiters)
        for index, raw in enumerate(source.document["cells"])
    )
    marked = tuple(cell.index for cell in source.cells)
    stubs = (delimiters.text_stub, delimiters.code_stubs.get(source.language, ""))
    return _Template(
        name=source.name,
        source=source,
        slots=slots,
        marked=marked,
        by_grade_id={cell.grade_id: cell.index for cell in source.cells},
        by_checksum={digest: i for i in marked for digest in slots[i].checksums},
        before=dict(zip(marked[1:], marked[:-1], strict=True)),
        boilerplate=_words("\n".join(stubs)),
        tags=_instructors_tags(slots),
    )


def _slot(
    index: int, raw: dict[str, Any], cell: SourceCell | None, language: str, delimiters: Delimiters
) -> _Slot:
    if cell is None:
        text, known, sums = raw["source"], {raw["source"]}, set()
        nbgrader: dict[str, Any] = {}
    else:
        text = released(cell, language, delimiters)
        # nbgrader computes its checksum before it takes the hidden tests out.
        kept = stub(cell, language, delimiters)
        known = {text, kept}
        sums = {checksum(cell, text), checksum(cell, kept)}
        nbgrader = _nbgrader_metadata(cell, checksum(cell, kept))
    return _Slot(
        index=index,
        raw=raw,
        cell=cell,
        text=text,
        known=frozenset(_plain(each) for each in known),
        checksums=frozenset(sums),
        nbgrader=nbgrader,
    )


def _nbgrader_metadata(cell: SourceCell, digest: str) -> dict[str, Any]:
    """The metadata of nbgrader's schema 3, as its own autograder leaves it."""
    metadata: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "checksum": digest,
        "grade": cell.grade,
        "grade_id": cell.grade_id,
        "locked": cell.locked,
        "schema_version": 3,
        "solution": cell.solution,
        "task": cell.task,
    }
    if cell.points is not None:
        metadata["points"] = cell.points
    return metadata


def _instructors_tags(slots: Iterable[_Slot]) -> dict[str, frozenset[str]]:
    """The execution tags that ordinary cells of the source have, by the cell's text."""
    found = {}
    for slot in slots:
        tags = _execution_tags(slot.raw)
        if slot.cell is None and tags:
            found[_plain(slot.text)] = frozenset(tags)
    return found


def _execution_tags(cell: Mapping[str, Any]) -> list[str]:
    return [tag for tag in cell["metadata"].get("tags", ()) if tag in _EXECUTION_TAGS]


def _plain(text: str) -> str:
    """The text without what no editor keeps: line ends, blanks at their end, blank borders."""
    return "\n".join([line.rstrip() for line in text.splitlines()]).strip("\n")


# --- How much two texts have in common, at a bounded cost

_WORD: Final = re.compile(r"\w+|[^\w\s]")
_WORD_CHARACTERS: Final = 4000
_WORD_BUDGET: Final = 2_000_000


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:_WORD_CHARACTERS]))


@dataclass
class _Likeness:
    """Compares texts by their words, and finds nothing alike once its budget is spent."""

    left: int = _WORD_BUDGET
    seen: dict[str, frozenset[str]] = field(default_factory=dict)

    def words(self, text: str) -> frozenset[str]:
        found = self.seen.get(text)
        if found is None:
            self.left -= min(len(text), _WORD_CHARACTERS)
            found = _words(text) if self.left > 0 else frozenset()
            self.seen[text] = found
        return found

    def alike(self, one: str, other: str) -> float:
        """Twice the shared words over all words: 1 for the same words, 0 for none shared."""
        first, second = self.words(one), self.words(other)
        self.left -= min(len(first), len(second))
        if self.left < 0 or not first or not second:
            return 0.0
        return 2 * len(first & second) / (len(first) + len(second))

    def foreign(self, one: str, other: str) -> bool:
        """Whether the texts share next to no names; signs and numbers are alike in all code."""
        first = {word for word in self.words(one) if word.isidentifier()}
        second = {word for word in self.words(other) if word.isidentifier()}
        return 2 * len(first & second) < _FOREIGN * (len(first) + len(second))

    def keeps(self, stub_words: frozenset[str], text: str) -> float:
        """The share of the stub's own words that the text still has."""
        self.left -= len(stub_words)
        if self.left < 0 or not stub_words:
            return 0.0
        return len(stub_words & self.words(text)) / len(stub_words)


# --- One student's notebook on the desk


@dataclass
class _Desk:
    """A notebook under repair: its cells, and which cell of the source each of them is."""

    template: _Template
    cells: list[dict[str, Any]]
    plain: list[str]
    likeness: _Likeness
    cell_of: dict[int, int] = field(default_factory=dict)
    slot_of: dict[int, int] = field(default_factory=dict)
    found_by: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    repairs: list[Repair] = field(default_factory=list)

    def match(self, slot: int, cell: int, found_by: str = "") -> None:
        self.cell_of[slot] = cell
        self.slot_of[cell] = slot
        if found_by:
            self.found_by[slot] = found_by

    def note(self, slot: _Slot | None, what: str) -> None:
        grade_id = slot.cell.grade_id if slot is not None and slot.cell is not None else None
        self.repairs.append(Repair(notebook=self.template.name, grade_id=grade_id, what=what))

    def free(self) -> list[int]:
        """The cells that are nobody's yet, in order."""
        taken = self.slot_of
        return [i for i in range(len(self.cells)) if i not in taken and i not in self.dropped]

    def unanswered(self, slot: int) -> bool:
        """Whether an answer is not there, or is what was released."""
        cell = self.cell_of.get(slot)
        return cell is None or _is_blank(self, self.template.slots[slot], cell)


@dataclass(frozen=True, kw_only=True)
class _Mended:
    document: dict[str, Any]
    repairs: tuple[Repair, ...]
    blank: set[str]
    missing: set[str]


def _mend(document: dict[str, Any], template: _Template) -> _Mended:
    """One pass: claim, keep what would be lost, look for the lost, arrange, write."""
    desk = _open(document["cells"], template)
    spared = _worth_keeping(desk)
    if spared:
        desk = _open(_with_spared(desk.cells, spared, template.slots), template)
        for index in spared.values():
            where = "after" if _is_task(template.slots[index]) else "before"
            desk.note(
                template.slots[index],
                f"Text that was not handed out stood in this cell; it was kept in a new cell "
                f"{where} it.",
            )
    if not _is_whole(desk):
        _find_lost(desk)
    cells = _write(desk, _arrange(desk))
    metadata = _notebook_metadata(document["metadata"], desk)
    answers = [template.slots[i] for i in template.marked if template.slots[i].answers]
    return _Mended(
        document={"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        repairs=tuple(desk.repairs),
        blank={_id(slot) for slot in answers if desk.unanswered(slot.index)},
        missing={_id(slot) for slot in answers if slot.index not in desk.cell_of},
    )


def _id(slot: _Slot) -> str:
    assert slot.cell is not None
    return slot.cell.grade_id


def _is_task(slot: _Slot) -> bool:
    return slot.cell is not None and slot.cell.task


def _is_test(slot: _Slot) -> bool:
    return slot.cell is not None and slot.cell.kind == "autograded"


def _mark(cell: Mapping[str, Any]) -> dict[str, Any]:
    mark = cell["metadata"].get("nbgrader")
    return mark if isinstance(mark, dict) else {}


def _claimed(cell: Mapping[str, Any]) -> str | None:
    grade_id = _mark(cell).get("grade_id")
    return grade_id if isinstance(grade_id, str) else None


def _is_blank(desk: _Desk, slot: _Slot, cell: int) -> bool:
    """Whether a cell holds no answer: nothing, the stub, or (by its checksum) an earlier stub."""
    plain = desk.plain[cell]
    if not plain.strip() or plain in slot.known:
        return True
    return _is_older(slot, desk.cells[cell])


# --- Which cell is which, by its mark


def _open(cells: Sequence[dict[str, Any]], template: _Template) -> _Desk:
    """The cells on the desk, each with the cell of the source that its grade_id names."""
    plain = [_plain(cell["source"]) for cell in cells]
    desk = _Desk(template, list(cells), plain, _Likeness())
    claims: dict[int, list[int]] = {}
    for index, cell in enumerate(cells):
        slot = _claimed_slot(template, cell)
        if slot is not None:
            claims.setdefault(slot, []).append(index)
    answer_at = -1
    for slot in template.marked:
        rivals = claims.get(slot, [])
        if rivals:
            keeper = rivals[0] if len(rivals) == 1 else _settle(desk, slot, rivals, answer_at)
            desk.match(slot, keeper)
            if template.slots[slot].answers:
                answer_at = keeper
    return desk


def _claimed_slot(template: _Template, cell: Mapping[str, Any]) -> int | None:
    """The cell of the source that a mark names; its checksum has the last word.

    The checksum was made with the grade_id in it, and so tells when that was changed later.
    """
    claimed, digest = _claimed(cell), _mark(cell).get("checksum")
    if claimed is None:
        return None
    known = template.by_checksum.get(digest) if isinstance(digest, str) else None
    return template.by_grade_id.get(claimed) if known is None else known


def _settle(desk: _Desk, index: int, rivals: list[int], answer_at: int) -> int:
    """The one cell, of several with one grade_id, that keeps it.

    All of a student's copies run, in their order, so the last one that was worked on is in force
    when the tests come: that is the answer, as it is for a TA who reads down the page. Copies as
    they were handed out are left out, since a stub would undo the answer before it. A copied test
    keeps its first place after the answer that it tests.
    """
    slot = desk.template.slots[index]
    if slot.answers:
        keeper = max(rivals, key=lambda i: (*_worked_on(desk, slot, i), i))
        stubs = _untouched(desk, slot, [i for i in rivals if i != keeper])
        desk.dropped.update(stubs)
        desk.note(
            slot,
            f"This cell was there {len(rivals)} times; the last one that was worked on counts as "
            f"the answer, and " + _say_others(len(rivals) - 1, len(stubs)),
        )
        return keeper
    exact = [i for i in rivals if _is_exact(desk, slot, i)] or rivals
    keeper = next((i for i in exact if i > answer_at), exact[-1])
    desk.note(slot, f"This cell was there {len(rivals)} times; one of them was kept.")
    for index in rivals:
        if index != keeper and _is_mere_copy(desk, slot, index):
            desk.dropped.add(index)
    return keeper


def _untouched(desk: _Desk, slot: _Slot, copies: list[int]) -> list[int]:
    """The copies of an answer that stand as they were handed out, or empty."""
    return [i for i in copies if _is_blank(desk, slot, i) and "attachments" not in desk.cells[i]]


def _say_others(others: int, stubs: int) -> str:
    if stubs == others:
        return "what was left as it was handed out does not run."
    if not stubs:
        return "the others run as ordinary cells."
    return "the others run as ordinary cells, but for what was left as it was handed out."


def _is_mere_copy(desk: _Desk, slot: _Slot, cell: int) -> bool:
    """Whether a copy of an instructor's cell can go.

    Setup code that a student runs a second time may be needed there, and stays.
    """
    if _is_test(slot):
        alike = desk.likeness.alike(slot.text, desk.plain[cell])
        return _is_exact(desk, slot, cell) or alike > 0.9
    return slot.raw["cell_type"] == "markdown" and _is_exact(desk, slot, cell)


def _worked_on(desk: _Desk, slot: _Slot, cell: int) -> tuple[bool, bool]:
    """Whether a copy of an answer holds one, and still has the frame that was given for it."""
    frame = _frame(desk, slot)
    return (
        not _is_blank(desk, slot, cell),
        desk.likeness.keeps(frame, desk.plain[cell]) >= 0.5,
    )


def _frame(desk: _Desk, slot: _Slot) -> frozenset[str]:
    """The words that are the stub's own: a function's name and arguments, say."""
    return desk.likeness.words(slot.text) - desk.template.boilerplate


def _is_exact(desk: _Desk, slot: _Slot, cell: int) -> bool:
    return desk.plain[cell] in slot.known


# --- What a student wrote into a cell that will be put back


def _worth_keeping(desk: _Desk) -> dict[int, int]:
    """The instructor's cells (by their place) in which a student's own text stands."""
    slots = desk.template.slots
    kept = {}
    for rank, index in enumerate(desk.template.marked):
        slot, cell = slots[index], desk.cell_of.get(index)
        if slot.answers or cell is None or _is_exact(desk, slot, cell):
            continue
        if _is_older(slot, desk.cells[cell]):
            continue
        known = {line.strip() for text in slot.known for line in text.split("\n")}
        added = [line for line in desk.plain[cell].split("\n") if line.strip() not in known]
        if not any(line.strip() for line in added):
            continue
        near = desk.template.marked[max(rank - 1, 0) : rank + (1 if _is_test(slot) else 2)]
        if (
            _is_task(slot)
            or any(_lacks_answer(desk, i) for i in near)
            or _is_extended(slot, desk.plain[cell])
            or desk.likeness.foreign(slot.text, desk.plain[cell])
        ):
            kept[cell] = index
    return kept


def _lacks_answer(desk: _Desk, index: int) -> bool:
    """Whether an answer is not given where it should be: a test's own text is none."""
    slot, cell = desk.template.slots[index], desk.cell_of.get(index)
    if not slot.answers:
        return False
    tests = (other for other in desk.template.slots if _is_test(other))
    return desk.unanswered(index) or any(desk.plain[cell or 0] in test.known for test in tests)


def _is_extended(slot: _Slot, text: str) -> bool:
    """Whether code was only added to a read-only cell, which not every editor protects.

    An import that an answer rests on may be among it; the instructor's cell runs after it.
    """
    if _is_test(slot) or slot.raw["cell_type"] != "code":
        return False
    lines = {line.rstrip() for line in text.split("\n")}
    return all(line in lines for line in _plain(slot.text).split("\n"))


def _is_older(slot: _Slot, cell: Mapping[str, Any]) -> bool:
    """Whether a cell's own checksum shows that it is as it was once released."""
    assert slot.cell is not None
    return bool(_mark(cell).get("checksum") == checksum(slot.cell, cell["source"]))


def _with_spared(
    cells: Sequence[dict[str, Any]], spared: Mapping[int, int], slots: Sequence[_Slot]
) -> list[dict[str, Any]]:
    """The cells, with an ordinary copy beside each one whose text would be lost."""
    ids = {cell["id"] for cell in cells}
    out: list[dict[str, Any]] = []
    for index, cell in enumerate(cells):
        copy = (
            {**cell, "id": _fresh_id(cell["id"], ids), "metadata": {}} if index in spared else None
        )
        if copy is not None and not _is_task(slots[spared[index]]):
            out.append(copy)
        out.append(cell)
        if copy is not None and _is_task(slots[spared[index]]):
            out.append(copy)
    return out


def _fresh_id(wanted: str, ids: set[str]) -> str:
    """An id that no cell has yet, as near to the one wanted as can be; it is taken then."""
    made, count = wanted, 1
    while made in ids:
        count += 1
        made = f"{wanted[:56]}-{count}"
    ids.add(made)
    return made


# --- Which cell is which, where the mark is gone


def _is_whole(desk: _Desk) -> bool:
    """Whether each of the instructor's marked cells is there by its mark, in order."""
    at = [desk.cell_of.get(index, -1) for index in desk.template.marked]
    return -1 not in at and all(one < two for one, two in pairwise(at))


def _find_lost(desk: _Desk) -> None:
    """Match the cells that carry no mark: by cell id, by text, by likeness and place."""
    _match_ids(desk)
    _match_texts(desk)
    if _all_found(desk):
        return
    _match_between(desk, _anchors(desk), range(len(desk.template.slots)))
    if not _all_found(desk):
        # An answer may stand beyond the ordinary cells that it was handed out among.
        fixed = [pair for pair in _anchors(desk) if desk.template.slots[pair[0]].cell is not None]
        _match_between(desk, fixed, desk.template.marked)
        _match_frames(desk)


def _all_found(desk: _Desk) -> bool:
    return all(index in desk.cell_of for index in desk.template.marked)


def _match_between(desk: _Desk, anchors: list[tuple[int, int]], candidates: Sequence[int]) -> None:
    """Match the candidates among the slots that lie between two anchors with the free cells
    that lie there."""
    slots = [slot for slot in candidates if slot not in desk.cell_of]
    cells = desk.free()
    ends = [*anchors, (len(desk.template.slots), len(desk.cells))]
    slot_at = cell_at = 0
    for slot_end, cell_end in ends:
        slot_to = bisect_left(slots, slot_end, slot_at)
        cell_to = bisect_left(cells, cell_end, cell_at)
        if slot_at < slot_to and cell_at < cell_to:
            _match_gap(desk, slots[slot_at:slot_to], cells[cell_at:cell_to])
        slot_at, cell_at = slot_to, cell_to


def _match_frames(desk: _Desk) -> None:
    """Match the answers that are still lost with cells anywhere that keep all of their frame."""
    lost = [slot for slot in desk.template.slots if slot.answers and slot.index not in desk.cell_of]
    if not lost:
        return
    at: dict[str, list[int]] = {}
    for cell in desk.free():
        for word in desk.likeness.words(desk.plain[cell]):
            at.setdefault(word, []).append(cell)
    for slot in lost:
        frame = _frame(desk, slot)
        if sum(word.isidentifier() for word in frame) < 2:
            continue
        rare = min((at.get(word, []) for word in frame), key=len)
        fits = [
            cell
            for cell in rare[-_WINDOW:]
            if cell not in desk.slot_of
            and desk.cells[cell]["cell_type"] == slot.raw["cell_type"]
            and frame <= desk.likeness.words(desk.plain[cell])
        ]
        if fits:
            desk.match(slot.index, fits[-1], "its text")


def _match_ids(desk: _Desk) -> None:
    by_id = {desk.cells[i]["id"]: i for i in desk.free()}
    for slot in desk.template.slots:
        cell = by_id.get(slot.raw["id"])
        if slot.index in desk.cell_of or cell is None or cell in desk.slot_of:
            continue
        if desk.cells[cell]["cell_type"] != slot.raw["cell_type"]:
            continue
        if slot.answers or desk.likeness.alike(slot.text, desk.plain[cell]) >= _FOREIGN:
            desk.match(slot.index, cell, "its cell id")


def _match_texts(desk: _Desk) -> None:
    """Match equal texts, where as many of them are sought as found."""
    sought: dict[tuple[str, str], list[int]] = {}
    for slot in desk.template.slots:
        text = _plain(slot.text)
        if slot.index not in desk.cell_of and text.strip():
            sought.setdefault((slot.raw["cell_type"], text), []).append(slot.index)
    found: dict[tuple[str, str], list[int]] = {}
    for cell in desk.free():
        key = (desk.cells[cell]["cell_type"], desk.plain[cell])
        if key in sought:
            found.setdefault(key, []).append(cell)
    for key, cells in found.items():
        if len(cells) == len(sought[key]):
            for slot_index, cell in zip(sought[key], cells, strict=True):
                desk.match(slot_index, cell, "its text")


def _anchors(desk: _Desk) -> list[tuple[int, int]]:
    """The matched (slot, cell) pairs that are in order: as many answers as possible, then
    as many other marked cells, then as many ordinary ones."""
    many = len(desk.template.slots) + 1
    pairs = sorted(desk.cell_of.items())
    weights = []
    for index, _ in pairs:
        slot = desk.template.slots[index]
        weights.append(many * many if slot.answers else many if slot.cell else 1)
    return _heaviest_rising(pairs, weights)


def _heaviest_rising(pairs: list[tuple[int, int]], weights: list[int]) -> list[tuple[int, int]]:
    """The heaviest subsequence whose second members rise, too; n log n, by a Fenwick tree."""
    if all(one[1] < two[1] for one, two in pairwise(pairs)):
        return pairs
    size = max(cell for _, cell in pairs) + 2
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)
    link: list[int] = []
    best = (0, -1)
    for rank, ((_, cell), weight) in enumerate(zip(pairs, weights, strict=True)):
        before, at = (0, -1), cell
        while at > 0:
            before = max(before, tree[at])
            at -= at & -at
        link.append(before[1])
        mine = (before[0] + weight, rank)
        best = max(best, mine)
        at = cell + 1
        while at <= size:
            tree[at] = max(tree[at], mine)
            at += at & -at
    chain = []
    rank = best[1]
    while rank >= 0:
        chain.append(pairs[rank])
        rank = link[rank]
    return chain[::-1]


_SMALL_GAP: Final = 400
_WINDOW: Final = 8


def _match_gap(desk: _Desk, slots: list[int], cells: list[int]) -> None:
    """Match what lies between two known cells, in order, to the best total likeness."""

    def score(slot: int, cell: int) -> float:
        return _fit(desk, desk.template.slots[slot], cell)

    match = _best_pairs if len(slots) * len(cells) <= _SMALL_GAP else _near_pairs
    for slot, cell in match(slots, cells, score):
        desk.match(slot, cell, "its text and place")


def _fit(desk: _Desk, slot: _Slot, index: int) -> float:
    """How well a cell without a mark fits the cell of the source; 0 where it cannot be it."""
    cell, text = desk.cells[index], desk.plain[index]
    if cell["cell_type"] != slot.raw["cell_type"]:
        return 0.0
    mark = _mark(cell)
    hinted = slot.cell is not None and all(
        bool(mark.get(key)) == slot.nbgrader[key] for key in ("grade", "solution", "task")
    )
    if slot.answers:
        # Whatever stands where the answer was is the best guess, even with nothing else known.
        guess = 0.1 if text.strip() else 0.02
        return guess + 0.5 * hinted + 0.9 * desk.likeness.keeps(_frame(desk, slot), text)
    alike = desk.likeness.alike(slot.text, text)
    return alike if alike >= (_FOREIGN if hinted and mark else _SIMILAR) else 0.0


_Score = Callable[[int, int], float]


def _best_pairs(slots: list[int], cells: list[int], score: _Score) -> list[tuple[int, int]]:
    """The pairs in order with the highest total score, by dynamic programming."""
    wide = len(cells) + 1
    totals = [[0.0] * wide for _ in range(len(slots) + 1)]
    scores = [_without_guesses([score(slot, cell) for cell in cells]) for slot in slots]
    for i in range(len(slots) - 1, -1, -1):
        for j in range(len(cells) - 1, -1, -1):
            skipped = max(totals[i + 1][j], totals[i][j + 1])
            paired = scores[i][j] + totals[i + 1][j + 1] if scores[i][j] > 0 else 0.0
            totals[i][j] = max(skipped, paired)
    pairs = []
    i = j = 0
    while i < len(slots) and j < len(cells):
        if scores[i][j] > 0 and totals[i][j] == scores[i][j] + totals[i + 1][j + 1]:
            pairs.append((slots[i], cells[j]))
            i, j = i + 1, j + 1
        elif totals[i][j] == totals[i][j + 1]:
            # Of cells of the source that fit alike the first has it: all tests come after it.
            j += 1
        else:
            i += 1
    return pairs


def _without_guesses(scores: list[float]) -> list[float]:
    """The scores without those that are mere guesses beside a cell that fits."""
    return [score if 3 * score >= max(scores) else 0.0 for score in scores]


def _near_pairs(slots: list[int], cells: list[int], score: _Score) -> list[tuple[int, int]]:
    """Pairs in order, each the best within a few cells: for gaps too large to weigh in full."""
    pairs = []
    start = 0
    for slot in slots:
        window = range(start, min(start + _WINDOW, len(cells)))
        rated = [(score(slot, cells[j]), -j) for j in window]
        value, place = max(rated, default=(0.0, 0))
        if value > 0:
            pairs.append((slot, cells[-place]))
            start = 1 - place
    return pairs


# --- The order of the cells

_Item = tuple[int | None, int | None]
"""A cell of the result: the student's cell, the slot that it is; one of them may be None."""


def _arrange(desk: _Desk) -> list[_Item]:
    """The order of the result: marked cells as in the source, all others where they were."""
    anchors = _anchors(desk)
    slots = desk.template.slots
    placed = {slot for slot, _ in anchors if slots[slot].cell is not None}
    pending = [s for s in desk.template.marked if s not in placed and _can_stand(desk, s)]
    desk.moved.update(s for s in pending if s in desk.cell_of)
    riding = _riders(desk)
    away = desk.dropped | riding.keys() | {desk.cell_of[s] for s in desk.moved}
    landmarks = {cell: slot for slot, cell in anchors}
    parts: list[tuple[int, list[_Item]]] = [(-1, [])]
    for cell in range(len(desk.cells)):
        if cell in away:
            continue
        slot = landmarks.get(cell)
        if slot is not None and slot in placed:
            parts.append((slot, []))
        parts[-1][1].append((cell, slot))
    groups: dict[int, list[int]] = {}
    starts = [start for start, _ in parts]
    for slot in pending:
        groups.setdefault(bisect_left(starts, slot) - 1, []).append(slot)
    out: list[_Item] = []
    for rank, (start, items) in enumerate(parts):
        out += _filled(desk, items, groups.get(rank, []), riding, headed=start >= 0)
    return out


def _can_stand(desk: _Desk, index: int) -> bool:
    """Whether a cell belongs in the result: it is there, or it can be put back.

    A lost answer in code is not: its stub could undo what the student wrote elsewhere. A lost
    written answer is put back empty, so that a person finds a place to give points.
    """
    slot = desk.template.slots[index]
    return index in desk.cell_of or not slot.answers or slot.raw["cell_type"] == "markdown"


def _riders(desk: _Desk) -> dict[int, int]:
    """The student's own code cells right after a moved answer go with it: the rest of it, maybe."""
    riders = {}
    for index in desk.moved:
        slot = desk.template.slots[index]
        if not (slot.answers and slot.raw["cell_type"] == "code"):
            continue
        cell = desk.cell_of[index] + 1
        while cell < len(desk.cells) and cell not in desk.slot_of and cell not in desk.dropped:
            if desk.cells[cell]["cell_type"] != "code":
                break
            riders[cell] = index
            cell += 1
    return riders


def _filled(
    desk: _Desk, items: list[_Item], pending: list[int], riding: Mapping[int, int], *, headed: bool
) -> list[_Item]:
    """A stretch between two placed cells with the pending ones put in, in order.

    A cell after an answer goes as late as it can, since the answer may go on in the cells that
    follow; any other stays close to the cell before it.
    """
    if not pending:
        return items
    known = [(slot, place) for place, (_, slot) in enumerate(items) if slot is not None]
    slots = [slot for slot, _ in known]
    riders: dict[int, list[_Item]] = {}
    for cell, slot in riding.items():
        riders.setdefault(slot, []).append((cell, None))
    out: list[_Item] = []
    low = 1 if headed else 0
    done = 0
    for slot in pending:
        rank = bisect_left(slots, slot)
        low = max(low, known[rank - 1][1] + 1) if rank else low
        high = known[rank][1] if rank < len(known) else len(items)
        before = desk.template.before.get(slot)
        low = high if before is not None and desk.template.slots[before].answers else low
        out += items[done:low]
        done = low
        out.append((desk.cell_of.get(slot), slot))
        out += riders.get(slot, [])
    return out + items[done:]


# --- The result


def _write(desk: _Desk, order: list[_Item]) -> list[dict[str, Any]]:
    """The cells of the result, with a note on each thing that is not as it was handed in."""
    ids = {cell["id"] for cell in desk.cells}
    out = []
    for cell, index in order:
        slot = None if index is None else desk.template.slots[index]
        if cell is None:
            assert slot is not None
            out.append(_put_back(desk, slot, ids))
        elif slot is None or slot.cell is None:
            out.append(_own(desk, cell))
        else:
            out.append(_marked(desk, slot, slot.cell, cell))
    return out


def _put_back(desk: _Desk, slot: _Slot, ids: set[str]) -> dict[str, Any]:
    before = desk.cell_of.get(desk.template.before.get(slot.index, -1))
    assert slot.cell is not None
    if slot.answers:
        desk.note(slot, "This answer was not there; an empty cell was put in its place.")
    elif before is not None and _plain(slot.text) and _plain(slot.text) in desk.plain[before]:
        desk.note(
            slot,
            f"This {_what(slot)} had been merged into the cell before it; it was put "
            f"back after that cell.",
        )
    else:
        desk.note(slot, f"This {_what(slot)} was not there; it was put back.")
    text = slot.text if slot.answers else slot.cell.source
    return _instructors(slot, text, _fresh_id(slot.raw["id"], ids))


def _what(slot: _Slot) -> str:
    assert slot.cell is not None
    kinds = {"autograded": "test cell", "task": "task", "read only": "read-only cell"}
    return kinds.get(slot.cell.kind, "answer")


def _instructors(slot: _Slot, text: str, cell_id: str) -> dict[str, Any]:
    """The instructor's cell, locked as a release locks it."""
    metadata = _copied(slot.raw["metadata"])
    for key in _KEPT_FOR_RUNS:
        metadata.pop(key, None)
    metadata["deletable"] = False
    if not slot.answers:
        metadata["editable"] = False
    metadata["nbgrader"] = dict(slot.nbgrader)
    return _as_cell(slot.raw["cell_type"], cell_id, metadata, text, slot.raw)


def _as_cell(
    cell_type: str, cell_id: str, metadata: dict[str, Any], text: str, raw: Mapping[str, Any]
) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": cell_type,
        "id": cell_id,
        "metadata": metadata,
        "source": text,
    }
    if cell_type == "code":
        cell["outputs"] = []
        cell["execution_count"] = None
    elif "attachments" in raw:
        cell["attachments"] = _copied(raw["attachments"])
    return cell


def _own(desk: _Desk, index: int) -> dict[str, Any]:
    """A cell that is the student's own: only marks and tags are taken off."""
    cell = desk.cells[index]
    claimed = _claimed(cell)
    if claimed and claimed not in desk.template.by_grade_id:
        desk.note(
            None,
            f"The grade_id {claimed[:60]!r} is not one of this notebook's; the mark was taken off.",
        )
    allowed = desk.template.tags.get(desk.plain[index], frozenset())
    metadata = _own_metadata(desk, None, cell, allowed)
    return _as_cell(cell["cell_type"], cell["id"], metadata, cell["source"], cell)


def _own_metadata(
    desk: _Desk, slot: _Slot | None, cell: Mapping[str, Any], allowed: Iterable[str]
) -> dict[str, Any]:
    """A student's metadata without nbgrader's and without what changes how the cell runs."""
    metadata: dict[str, Any] = _copied(cell["metadata"])
    for key in ("nbgrader", *_KEPT_FOR_RUNS):
        metadata.pop(key, None)
    unwanted = [tag for tag in _execution_tags(cell) if tag not in allowed]
    if unwanted:
        metadata["tags"] = [tag for tag in metadata["tags"] if tag not in unwanted]
        names = " and ".join(repr(tag) for tag in unwanted)
        desk.note(slot, f"The tag {names} changes how a cell runs; it was taken off this cell.")
    return metadata


def _marked(desk: _Desk, slot: _Slot, source: SourceCell, index: int) -> dict[str, Any]:
    """A cell that the source marks: its text or the student's, and the mark as it must be."""
    cell = desk.cells[index]
    if slot.index in desk.found_by:
        by = desk.found_by[slot.index]
        desk.note(slot, f"The nbgrader mark of this cell was lost; the cell was found by {by}.")
    elif _mark(cell) != slot.nbgrader:
        _note_mark(desk, slot, source, index)
    if slot.index in desk.moved:
        desk.note(slot, "This cell had been moved; it was put back in its place.")
    if cell["cell_type"] != source.cell_type:
        desk.note(
            slot,
            f"This cell had been made a {cell['cell_type']} cell; it is a {source.cell_type} cell "
            f"again.",
        )
    tags = _execution_tags(slot.raw)
    if slot.answers:
        metadata = _own_metadata(desk, slot, cell, tags)
        metadata["nbgrader"] = dict(slot.nbgrader)
        return _as_cell(source.cell_type, cell["id"], metadata, cell["source"], cell)
    _own_metadata(desk, slot, cell, tags)
    if not _is_exact(desk, slot, index):
        desk.note(slot, f"The text of this {_what(slot)} was not the right one; it was put back.")
    return _instructors(slot, source.source, cell["id"])


def _note_mark(desk: _Desk, slot: _Slot, source: SourceCell, index: int) -> None:
    """Note where a cell's own mark says something else than the source's."""
    mark = _mark(desk.cells[index])
    if mark.get("grade_id") != source.grade_id:
        desk.note(
            slot,
            f"The grade_id of this cell had been changed to {mark.get('grade_id')!r:.60}; it was "
            f"put back.",
        )
    points = mark.get("points")
    if source.points is not None and "points" in mark and points != source.points:
        desk.note(
            slot,
            f"The notebook gave this cell {points!r:.20} points; it carries {source.points:g}.",
        )
    solution, grade = bool(mark.get("solution")), bool(mark.get("grade"))
    locked = not solution and (grade or bool(mark.get("locked")))
    said = (grade, solution, locked, bool(mark.get("task")))
    if said != (source.grade, source.solution, source.locked, source.task):
        desk.note(slot, "The nbgrader mark of this cell had been changed; it was put back.")
    digest = mark.get("checksum")
    if digest is None or digest in slot.checksums:
        return
    if slot.answers or _is_exact(desk, slot, index):
        desk.note(slot, "The checksum of this cell was not the right one; it was put back.")


def _notebook_metadata(theirs: Mapping[str, Any], desk: _Desk) -> dict[str, Any]:
    """The student's notebook metadata with the source's kernel, and without leftovers of runs."""
    source = desk.template.source
    spoken = language_of(theirs)
    if spoken and spoken.lower() != source.language.lower():
        desk.note(
            None,
            f"The notebook was saved for {spoken[:40]}; it was run as {source.language}, "
            f"which it was handed out for.",
        )
    ours = source.document["metadata"]
    left_out = ("kernelspec", "language_info", "nbgrader", "papermill", "widgets")
    kept = {key: _copied(value) for key, value in theirs.items() if key not in left_out}
    kept["kernelspec"] = _copied(ours.get("kernelspec")) or {
        "display_name": "Python 3",
        "language": source.language,
        "name": source.kernel_name,
    }
    if "language_info" in ours:
        kept["language_info"] = _copied(ours["language_info"])
    return kept


def _copied(value: Any) -> Any:
    """A copy of plain JSON data; `parse_notebook` has bounded its depth."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
