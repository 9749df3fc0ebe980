"""The proof that a released notebook shows no answer.

It does not trust what made the notebook: it cuts the source notebook itself, by other code than
the release uses, and looks for what was cut in everything that students would get.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from dfl_grading.errors import CourseError
from dfl_grading.source import Delimiters, SourceCell, SourceNotebook, released

__all__ = ["Secret", "refuse_leaks", "refuse_leaks_in_text", "secrets_of"]

_LONG_TEXT: Final = 24
_LONG_LINE: Final = 8
"""Characters, blanks aside, from which on a text is no coincidence: `x = 1` may stand anywhere,
in a cell that students may see; in a notebook's metadata or attachments much less is telling."""


@dataclass(frozen=True)
class Secret:
    """One region that students must not see: where it stands, and its lines without indent."""

    grade_id: str
    what: str
    lines: tuple[str, ...]


def secrets_of(source: SourceNotebook, delimiters: Delimiters) -> tuple[Secret, ...]:
    """The solutions, hidden tests and mark schemes of a source notebook, in order."""
    found: list[Secret] = []
    for cell in source.cells:
        regions = list(_regions(cell, delimiters))
        if cell.solution and not any(what == "solution" for what, _ in regions):
            regions.append(("solution", cell.source))
        found += [Secret(cell.grade_id, what, _lines(text)) for what, text in regions]
    return tuple(found)


def refuse_leaks(
    source: SourceNotebook,
    document: Mapping[str, Any],
    delimiters: Delimiters,
    *,
    exact: bool = True,
) -> None:
    """Raise CourseError, naming the cell, where `document` shows what `source` keeps secret.

    `document` is the released notebook in plain nbformat-4 JSON with one string for each source.
    Unless `exact`, its cells may say other things than the source without its answers does.
    """
    if exact:
        _refuse_other_text(source, document, delimiters)
    secrets = secrets_of(source, delimiters)
    words = tuple(word for pair in _pairs(delimiters) for word in pair[1:])
    shown = {line for cell in document["cells"] for line in _lines(cell["source"])}
    for place, text in _strings(document):
        if word := next((word for word in words if word in text), None):
            raise CourseError(f"{source.path}: {place} of the release still has {word!r}.")
        refuse_leaks_in_text(text, secrets, delimiters, f"{source.path}: {place} of the release")
    for place, text in _hidden_strings(document):
        for secret in secrets:
            for line in secret.lines:
                if len("".join(line.split())) >= _LONG_LINE and line not in shown and line in text:
                    _refuse(f"{source.path}: {place} of the release", secret)


def refuse_leaks_in_text(
    text: str, secrets: Iterable[Secret], delimiters: Delimiters, where: str
) -> None:
    """Raise CourseError where a text, be it a cell or a file, holds a whole secret region."""
    harmless = {line for stub in _stubs(delimiters) for line in _lines(stub)}
    joined = "\n" + "\n".join(_lines(text)) + "\n"
    for secret in secrets:
        telling = [line for line in secret.lines if _is_telling(line, harmless)]
        is_long = len("".join("".join(telling).split())) >= _LONG_TEXT
        if is_long and "\n" + "\n".join(secret.lines) + "\n" in joined:
            _refuse(where, secret)


def _refuse(where: str, secret: Secret) -> None:
    raise CourseError(
        f"{where} shows the {secret.what} of the cell {secret.grade_id!r}; take it out of the "
        f"source."
    )


def _refuse_other_text(
    source: SourceNotebook, document: Mapping[str, Any], delimiters: Delimiters
) -> None:
    """Refuse a cell whose text is not exactly what a second way of cutting leaves of it."""
    wanted = [cell["source"] for cell in source.document["cells"]]
    for cell in source.cells:
        wanted[cell.index] = released(cell, source.language, delimiters)
    given = [cell["source"] for cell in document["cells"]]
    if wanted != given:
        pairs = zip(wanted, given, strict=False)
        number = next((i for i, (one, other) in enumerate(pairs) if one != other), len(wanted))
        raise CourseError(
            f"{source.path}: cell {number + 1} of the release is not what the source says without "
            f"its answers; check the cell's delimiters."
        )


def _pairs(delimiters: Delimiters) -> tuple[tuple[str, str, str], ...]:
    return (
        ("solution", delimiters.begin_solution, delimiters.end_solution),
        ("hidden tests", delimiters.begin_hidden_tests, delimiters.end_hidden_tests),
        ("mark scheme", delimiters.begin_mark_scheme, delimiters.end_mark_scheme),
    )


def _stubs(delimiters: Delimiters) -> Sequence[str]:
    return (delimiters.text_stub, *delimiters.code_stubs.values())


def _regions(cell: SourceCell, delimiters: Delimiters) -> Iterator[tuple[str, str]]:
    """Each marked region of a cell with its kind; `released` has refused the crooked ones."""
    lines = cell.source.split("\n")
    for what, begin, end in _pairs(delimiters):
        marks = [i for i, line in enumerate(lines) if begin in line or end in line]
        for start, stop in pairwise(marks):
            if begin in lines[start]:
                yield what, "\n".join(lines[start + 1 : stop])


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _is_telling(line: str, harmless: set[str]) -> bool:
    return line not in harmless and not re.match(r"(#|import |from .* import )", line)


def _strings(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a notebook with its place: cells' sources, and whatever hangs on them."""
    for number, cell in enumerate(document["cells"], start=1):
        yield f"cell {number}", cell["source"]
    yield from _hidden_strings(document)


def _hidden_strings(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts that no one sees at once: metadata, attachments and outputs."""
    yield from _walk("the metadata", document["metadata"])
    for number, cell in enumerate(document["cells"], start=1):
        rest = {key: value for key, value in cell.items() if key not in ("source", "id")}
        # Its form is checked already, and a grade_id may well be a word of the solution.
        rest["metadata"] = {key: v for key, v in cell["metadata"].items() if key != "nbgrader"}
        yield from _walk(f"what hangs on cell {number}", rest)


def _walk(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
        if "\\" in value:
            yield place, re.sub(r"\\n", "\n", value).replace('\\"', '"').replace("\\'", "'")
        if (text := _decoded(value)) is not None:
            yield place, text
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield place, str(key)
            yield from _walk(place, item)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield place, "".join(value)
        for item in value:
            yield from _walk(place, item)


def _decoded(value: str) -> str | None:
    """The text that an attachment in base64 is, as SVG and text are; None for anything else."""
    if len(value) < _LONG_LINE:
        return None
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
