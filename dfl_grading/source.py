"""What the instructor's notebook says, as frozen data; and notebooks read from bytes.

Works on plain dictionaries with `json` alone, so that a light worker can use it: neither
nbformat nor nbgrader is imported. `parse_notebook` takes whatever a student may hand in.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from dfl_grading.errors import CourseError

__all__ = [
    "MAX_NOTEBOOK_BYTES",
    "Delimiters",
    "Kind",
    "SourceCell",
    "SourceNotebook",
    "UnreadableNotebook",
    "checksum",
    "parse_notebook",
    "read_source",
    "released",
    "source_from",
    "stub",
]

MAX_NOTEBOOK_BYTES: Final = 100_000_000
"""A larger notebook is refused; look at the file's size before it is read into memory."""

_MAX_CONTAINERS: Final = 1_000_000
_MAX_COMMAS: Final = 5_000_000
_MAX_DEPTH: Final = 100
_MAX_CELLS: Final = 20_000

Kind = Literal["autograded", "manual", "task", "solution", "read only"]


class UnreadableNotebook(ValueError):
    """A file that cannot be read as a notebook; the message is written for its student."""


@dataclass(frozen=True, kw_only=True)
class SourceCell:
    """One cell with nbgrader metadata, as it stands in `source/`: solution and hidden tests too.

    `points` is None where the cell carries none; `locked` says that its text is put back before
    grading (nbgrader's meaning: test cells always are, solution cells never); `index` is the
    cell's place in the notebook, from 0.
    """

    grade_id: str
    cell_type: str
    source: str
    points: float | None
    grade: bool
    solution: bool
    locked: bool
    task: bool
    index: int

    @property
    def kind(self) -> Kind:
        """What the cell is for, in nbgrader's own words."""
        if self.task:
            return "task"
        if self.grade:
            return "manual" if self.solution else "autograded"
        return "solution" if self.solution else "read only"


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceNotebook:
    """An instructor's notebook: its nbgrader cells in order, and all of it as nbformat 4.5.

    `document` is a plain dictionary without outputs; nobody may change it.
    """

    name: str
    path: Path
    cells: tuple[SourceCell, ...]
    document: dict[str, Any]
    kernel_name: str
    language: str

    @property
    def graded(self) -> tuple[SourceCell, ...]:
        """The cells that carry points, in order: autograded, manual and task cells."""
        return tuple(cell for cell in self.cells if cell.points is not None)

    def cell(self, grade_id: str) -> SourceCell:
        """The cell of that grade_id; KeyError where there is none."""
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        raise KeyError(grade_id)


def _default_code_stubs() -> dict[str, str]:
    return {
        "python": "# YOUR CODE HERE\nraise NotImplementedError()",
        "R": "# YOUR CODE HERE\nfail()",
        "matlab": "% YOUR CODE HERE\nerror('No Answer Given!')",
        "octave": "% YOUR CODE HERE\nerror('No Answer Given!')",
        "sas": "/* YOUR CODE HERE */\n %notImplemented;",
        "java": "// YOUR CODE HERE",
    }


@dataclass(frozen=True, kw_only=True)
class Delimiters:
    """The words that mark what a release leaves out, and what it puts there instead.

    The defaults are nbgrader's; `code_stubs` is by language, as a kernelspec names it.
    """

    begin_solution: str = "BEGIN SOLUTION"
    end_solution: str = "END SOLUTION"
    begin_hidden_tests: str = "BEGIN HIDDEN TESTS"
    end_hidden_tests: str = "END HIDDEN TESTS"
    begin_mark_scheme: str = "BEGIN MARK SCHEME"
    end_mark_scheme: str = "END MARK SCHEME"
    text_stub: str = "YOUR ANSWER HERE"
    code_stubs: Mapping[str, str] = field(default_factory=_default_code_stubs, hash=False)


# --- The instructor's notebook


def read_source(path: Path) -> SourceNotebook:
    """The instructor's notebook at `path`, named after its file.

    Raises CourseError for a file that cannot be read, and for nbgrader metadata that cannot be
    graded: a missing or doubled grade_id, points that are missing, negative or not a number.
    """
    path = Path(path)
    try:
        document, _ = parse_notebook(path.read_bytes())
    except OSError as error:
        raise CourseError(
            f"{path} cannot be opened ({error.strerror}); check its name and its permissions."
        ) from error
    except UnreadableNotebook as error:
        raise CourseError(f"{path} cannot be used as a source notebook: {error}") from error
    return source_from(document, path)


def source_from(document: dict[str, Any], path: Path) -> SourceNotebook:
    """The instructor's notebook that a parsed `document` holds; `path` gives its name.

    Raises CourseError as `read_source` does.
    """
    cells: list[SourceCell] = []
    seen: dict[str, int] = {}
    for index, raw in enumerate(document["cells"]):
        cell = _source_cell(raw, index, path)
        if cell is None:
            continue
        if cell.grade_id in seen:
            raise CourseError(
                f"{path}: cells {seen[cell.grade_id] + 1} and {index + 1} both have the grade_id "
                f"{cell.grade_id!r}; give one of them another id."
            )
        seen[cell.grade_id] = index
        cells.append(cell)
    metadata = document["metadata"]
    kernelspec = metadata.get("kernelspec", {})
    return SourceNotebook(
        name=path.stem,
        path=path,
        cells=tuple(cells),
        document={**document, "cells": [_without_outputs(cell) for cell in document["cells"]]},
        kernel_name=kernelspec.get("name", "python3"),
        language=language_of(metadata) or "python",
    )


def language_of(metadata: Mapping[str, Any]) -> str:
    """The language that a notebook's metadata names, or an empty string."""
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        language = metadata.get(key, {}).get(name)
        if isinstance(language, str) and language:
            return language
    return ""


def _without_outputs(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return cell
    return {**cell, "outputs": [], "execution_count": None}


def _source_cell(raw: dict[str, Any], index: int, path: Path) -> SourceCell | None:
    meta = raw["metadata"].get("nbgrader")
    if meta is None:
        return None
    where = f"{path}: cell {index + 1}"
    if not isinstance(meta, dict):
        raise CourseError(f"{where} has nbgrader metadata that is not an object; remove it.")
    grade, solution, task = (bool(meta.get(key)) for key in ("grade", "solution", "task"))
    locked = not solution and (grade or bool(meta.get("locked")))
    if not (grade or solution or task or locked):
        return None
    version = meta.get("schema_version", 0)
    if version not in (0, 1, 2, 3):
        raise CourseError(
            f"{where} has nbgrader metadata of version {version!r}, and only 1 to 3 are known; "
            f"save the notebook with nbgrader 0.9."
        )
    grade_id = _grade_id(meta, where)
    where = f"{where} ({grade_id!r})"
    cell = SourceCell(
        grade_id=grade_id,
        cell_type=raw["cell_type"],
        source=raw["source"],
        points=_points(meta, where) if grade or task else None,
        grade=grade,
        solution=solution,
        locked=locked,
        task=task,
        index=index,
    )
    _refuse_odd(cell, where)
    return cell


def _grade_id(meta: Mapping[str, Any], where: str) -> str:
    grade_id = meta.get("grade_id")
    if not isinstance(grade_id, str) or not grade_id:
        raise CourseError(f"{where} is an nbgrader cell without a grade_id; give it one.")
    if not re.fullmatch(r"[a-zA-Z0-9_\-]+", grade_id):
        raise CourseError(
            f"{where} has the grade_id {grade_id!r}; use only letters, digits, '_' and '-'."
        )
    return grade_id


def _points(meta: Mapping[str, Any], where: str) -> float:
    points = meta.get("points")
    if isinstance(points, str) and meta.get("schema_version", 0) == 0:
        # The oldest metadata kept what had been typed in.
        try:
            points = float(points)
        except ValueError:
            points = None
    if (
        isinstance(points, bool)
        or not isinstance(points, int | float)
        or not math.isfinite(points)
        or points < 0
    ):
        raise CourseError(
            f"{where} is graded and has points {meta.get('points')!r}; "
            f"give it a number that is not negative."
        )
    return float(points)


def _refuse_odd(cell: SourceCell, where: str) -> None:
    """Refuse the marks that nbgrader itself refuses, or could never grade."""
    if cell.task and (cell.grade or cell.solution):
        raise CourseError(f"{where} is marked as a task and as an answer; choose one.")
    if cell.task and cell.cell_type != "markdown":
        raise CourseError(
            f"{where} is a task, and a task must be a markdown cell; change its type."
        )
    if cell.cell_type != "code" and not cell.task and cell.grade != cell.solution:
        raise CourseError(
            f"{where} is a {cell.cell_type} cell that is a test or a plain solution; "
            f"mark it as a manually graded answer."
        )


# --- What a release leaves of a cell


def stub(cell: SourceCell, language: str, delimiters: Delimiters) -> str:
    """The text of a cell with its solution taken out, as nbgrader's ClearSolutions makes it.

    Raises CourseError for solution regions that are nested, not closed or outside a solution
    cell, and for a language that has no code stub.
    """
    instead = _stub_text(cell, language, delimiters)
    text, found = _cut(cell, delimiters.begin_solution, delimiters.end_solution, instead)
    if found and not cell.solution:
        raise CourseError(
            f"the cell {cell.grade_id!r} has {delimiters.begin_solution!r} and is not a solution "
            f"cell; mark it as one or take the region out."
        )
    return instead if cell.solution and not found else text


def released(cell: SourceCell, language: str, delimiters: Delimiters) -> str:
    """The text of a cell as students get it: no solution, no hidden tests, no mark scheme.

    Raises CourseError as `stub` does, and for hidden tests outside a graded cell or a mark
    scheme outside a task.
    """
    text = stub(cell, language, delimiters)
    for begin, end, allowed in (
        (delimiters.begin_hidden_tests, delimiters.end_hidden_tests, cell.grade),
        (delimiters.begin_mark_scheme, delimiters.end_mark_scheme, cell.task),
    ):
        text, found = _cut(cell, begin, end, None, text)
        if found and not allowed:
            raise CourseError(
                f"the cell {cell.grade_id!r} has {begin!r} and is a {cell.kind} cell; "
                f"move the region to a cell that is graded."
            )
    return text


def _stub_text(cell: SourceCell, language: str, delimiters: Delimiters) -> str:
    if cell.cell_type != "code":
        return delimiters.text_stub
    if cell.solution and language not in delimiters.code_stubs:
        raise CourseError(
            f"no code stub is known for {language!r}, the language of the cell "
            f"{cell.grade_id!r}; add one to ClearSolutions.code_stub."
        )
    return delimiters.code_stubs.get(language, "")


def _cut(
    cell: SourceCell, begin: str, end: str, instead: str | None, text: str | None = None
) -> tuple[str, bool]:
    """The text with each region replaced by `instead` (indented like the region), if any."""
    text = cell.source if text is None else text
    if begin not in text and end not in text:
        return text, False
    kept: list[str] = []
    inside = found = False
    for line in text.split("\n"):
        if begin in line:
            if inside:
                raise CourseError(
                    f"the cell {cell.grade_id!r} has {begin!r} twice with no {end!r} between; "
                    f"close the first region."
                )
            inside = found = True
            indent = line[: len(line) - len(line.lstrip())]
            if instead is not None:
                kept.extend(indent + stub_line for stub_line in instead.split("\n"))
        elif end in line:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise CourseError(f"the cell {cell.grade_id!r} has {begin!r} and no {end!r}; add it.")
    return "\n".join(kept), found


def checksum(cell: SourceCell, text: str | None = None) -> str:
    """nbgrader's checksum of a cell, in hex; of `text` in its place, where given."""
    digest = md5(usedforsecurity=False)
    source = cell.source if text is None else text
    for piece in (source, cell.cell_type, str(cell.grade), str(cell.solution), str(cell.locked)):
        digest.update(piece.encode())
    digest.update(cell.grade_id.encode())
    if cell.grade and cell.points is not None:
        digest.update(str(cell.points).encode())
    return digest.hexdigest()


# --- A notebook from bytes


def parse_notebook(data: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A notebook as a plain nbformat 4.5 dictionary, and a note on each repair it needed.

    Every cell has a unique `id` (made from its text where it had none), a string `source` and
    well-formed `metadata`; code cells have `outputs` (a list of dictionaries, not looked into)
    and `execution_count`. Keys that nbformat does not know are left out of cells.

    Raises UnreadableNotebook with a sentence for the student.
    """
    notes: list[str] = []
    text = _decode(data, notes)
    loaded = _load(text, notes)
    metadata, cells = _as_format_4(loaded, notes)
    if len(cells) > _MAX_CELLS:
        raise UnreadableNotebook(
            f"The notebook has {len(cells)} cells and at most {_MAX_CELLS} are read: "
            f"remove the cells that are not needed."
        )
    ids: dict[str, int] = {}
    document = {
        "cells": [_cell(cell, number, ids, notes) for number, cell in enumerate(cells, start=1)],
        "metadata": _notebook_metadata(metadata),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return document, tuple(notes)


_AGAIN: Final = "open the notebook in Jupyter, save it and hand in that file"

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    # Without a mark, the first two characters of a JSON document tell as much.
    (b"{\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00{", "utf-32-be"),
    (b"{\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
)

_MAGIC: Final = (
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
)


def _decode(data: bytes, notes: list[str]) -> str:
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise UnreadableNotebook(
            f"The file has {len(data) / 1e6:.0f} MB and at most {MAX_NOTEBOOK_BYTES / 1e6:.0f} MB "
            f"are read: clear the outputs of the notebook, save it and hand in that file."
        )
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableNotebook(f"The file is empty: {_AGAIN}.")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UnreadableNotebook(f"The file is {what}, not a notebook: {_AGAIN}.")
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = _decode_badly(data, encoding, error, notes)
    if encoding == "utf-8-sig":
        notes.append("The file began with a byte-order mark, which was passed over.")
    elif encoding != "utf-8":
        notes.append(f"The file was saved in {encoding[:6].upper()} and was read as that.")
    return text.rstrip("\x00 \t\r\n")


def _decode_badly(data: bytes, encoding: str, error: UnicodeDecodeError, notes: list[str]) -> str:
    if error.reason in ("unexpected end of data", "truncated data"):
        # Cut off inside a character: what is left will be found to be cut off, too.
        return data[: error.start].decode(encoding)
    if not encoding.startswith("utf-8") or b"\x00" in data or not data.lstrip().startswith(b"{"):
        raise UnreadableNotebook(f"The file is not text, so it is not a notebook: {_AGAIN}.")
    notes.append("The file was not saved in UTF-8 and was read as Windows-1252.")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _load(text: str, notes: list[str]) -> Any:
    brackets = text.count("{") + text.count("[")
    if brackets > _MAX_CONTAINERS or text.count(",") > _MAX_COMMAS:
        raise UnreadableNotebook(
            "The file holds far more data than a notebook can use: clear the outputs of the "
            "notebook, save it and hand in that file."
        )
    odd: list[str] = []

    def number(token: str) -> float | None:
        value = float(token)
        if math.isfinite(value):
            return value
        odd.append(token)
        return None

    try:
        loaded = json.loads(text, parse_constant=number, parse_float=number)
    except json.JSONDecodeError as error:
        _explain(text, error)
    except RecursionError:
        _refuse_depth()
    except ValueError as error:
        # Python refuses to read an integer of thousands of digits.
        raise UnreadableNotebook(f"The file holds a number that is too long: {_AGAIN}.") from error
    _bound_depth(loaded)
    if odd:
        notes.append(f"The file held {odd[0]}, which is no number in JSON, and it was left out.")
    if re.search(r"\\u[dD][89a-fA-F]", text):
        loaded, broken = _mend_text(loaded)
        if broken:
            notes.append("The file held broken characters, which were replaced.")
    return loaded


def _explain(text: str, error: json.JSONDecodeError) -> NoReturn:
    """Say what a file is that is not JSON, in the student's terms."""
    start = text.lstrip()[:200]
    conflict = re.search(r"^[<>]{7}", text, re.MULTILINE)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        raise UnreadableNotebook(
            f"The file holds the marks of a Git merge conflict (line {line}): keep one of the two "
            f"versions, {_AGAIN}."
        ) from None
    if start.startswith("<"):
        raise UnreadableNotebook(f"The file is a web page, not a notebook: {_AGAIN}.") from None
    if "\x00" in text:
        raise UnreadableNotebook(f"The file is not text, so it is not a notebook: {_AGAIN}.")
    if not start.startswith(("{", "[")):
        raise UnreadableNotebook(
            f"The file is not a notebook (it begins with {start[:20]!r}): {_AGAIN}."
        ) from None
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        raise UnreadableNotebook(
            f"The file ends in the middle (line {error.lineno}), so it was not saved or uploaded "
            f"whole: {_AGAIN}."
        ) from None
    raise UnreadableNotebook(
        f"The file is damaged at line {error.lineno}, column {error.colno} "
        f"(it is not JSON there: {error.msg}): {_AGAIN}."
    ) from None


def _refuse_depth() -> NoReturn:
    raise UnreadableNotebook(f"The file is nested too deep to be a notebook: {_AGAIN}.") from None


def _bound_depth(loaded: Any) -> None:
    """Refuse what later recursive walks (copying, writing) could not take."""
    level = [loaded] if isinstance(loaded, dict | list) else []
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    _refuse_depth()


def _mend_text(value: Any) -> tuple[Any, bool]:
    """The value with halves of surrogate pairs replaced: they cannot be written as UTF-8."""
    if isinstance(value, str):
        mended = re.sub("[\ud800-\udfff]", "\ufffd", value)
        return mended, mended != value
    if isinstance(value, list):
        items = [_mend_text(item) for item in value]
        return [item for item, _ in items], any(broken for _, broken in items)
    if isinstance(value, dict):
        pairs = [(_mend_text(key), _mend_text(item)) for key, item in value.items()]
        broken = any(key[1] or item[1] for key, item in pairs)
        return {key[0]: item[0] for key, item in pairs}, broken
    return value, False


def _as_format_4(loaded: Any, notes: list[str]) -> tuple[Any, list[Any]]:
    """The notebook's metadata and its cells, from any format that has them."""
    if not isinstance(loaded, dict) or not ("cells" in loaded or "worksheets" in loaded):
        raise UnreadableNotebook(f"The file is JSON and not a notebook: {_AGAIN}.")
    version = loaded.get("nbformat", 4 if "cells" in loaded else 3)
    if isinstance(version, str) and version.isdecimal() and len(version) < 4:
        version = int(version)
    if version in (2, 3) and not isinstance(version, bool):
        notes.append(f"The notebook was in the old format {version} and was brought up to 4.")
        return loaded.get("metadata"), _old_cells(loaded)
    if version != 4 or isinstance(version, bool):
        raise UnreadableNotebook(
            f"The notebook is in format {version!r:.20}, and only 2 to 4 can be read: {_AGAIN}."
        )
    cells = loaded.get("cells")
    if not isinstance(cells, list):
        raise UnreadableNotebook(f"The notebook has no list of cells: {_AGAIN}.")
    return loaded.get("metadata"), cells


def _old_cells(loaded: Mapping[str, Any]) -> list[Any]:
    """The cells of format 2 or 3 in today's terms; outputs, made anew anyway, are left out."""
    sheets = loaded.get("worksheets")
    if not isinstance(sheets, list) or not all(
        isinstance(sheet, dict) and isinstance(sheet.get("cells", []), list) for sheet in sheets
    ):
        raise UnreadableNotebook(f"The notebook has no list of cells: {_AGAIN}.")
    return [_old_cell(cell) for sheet in sheets for cell in sheet.get("cells", [])]


def _old_cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    kind = cell.get("cell_type")
    new = {"metadata": cell.get("metadata", {}), "cell_type": kind}
    if kind == "code":
        return {**new, "source": cell.get("input", "")}
    new["source"] = cell.get("source", "")
    if kind == "heading":
        level = cell.get("level", 1)
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        title = " ".join(_joined(new["source"], "heading").splitlines())
        return {**new, "cell_type": "markdown", "source": f"{marks} {title}"}
    return {**new, "cell_type": "markdown"} if kind == "html" else new


def _joined(source: Any, which: str) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise UnreadableNotebook(f"The {which} cell of the notebook has no text: {_AGAIN}.")


def _cell(raw: Any, number: int, ids: dict[str, int], notes: list[str]) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("cell_type"), str):
        raise UnreadableNotebook(f"Cell {number} of the notebook is not a cell: {_AGAIN}.")
    kind = raw["cell_type"]
    if kind not in ("code", "markdown", "raw"):
        notes.append(f"Cell {number} had the unknown type {kind!r:.30} and was read as a raw cell.")
        kind = "raw"
    source = raw.get("source", "")
    if not isinstance(source, str):
        if not isinstance(source, list) or not all(isinstance(line, str) for line in source):
            raise UnreadableNotebook(
                f"Cell {number} of the notebook has something other than text in it: {_AGAIN}."
            )
        source = "".join(source)
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": _cell_id(raw.get("id"), kind, source, ids),
        "metadata": _cell_metadata(raw.get("metadata"), kind),
        "source": source,
    }
    if kind == "code":
        outputs = raw.get("outputs")
        count = raw.get("execution_count")
        cell["outputs"] = (
            [item for item in outputs if isinstance(item, dict)]
            if isinstance(outputs, list)
            else []
        )
        cell["execution_count"] = count if type(count) is int and count >= 0 else None
    elif attachments := _attachments(raw.get("attachments")):
        cell["attachments"] = attachments
    return cell


def _cell_id(given: Any, kind: str, source: str, ids: dict[str, int]) -> str:
    """The cell's own id where it is a good one, else one made of its text, always the same."""
    if isinstance(given, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", given) and given not in ids:
        ids[given] = 1
        return given
    base = made = sha256(f"{kind}\0{source}".encode()).hexdigest()[:16]
    while made in ids:
        ids[base] += 1
        made = f"{base}-{ids[base]}"
    ids[made] = 1
    return made


def _cell_metadata(metadata: Any, kind: str) -> dict[str, Any]:
    """A cell's metadata without the entries that nbformat's schema would refuse."""
    if not isinstance(metadata, dict):
        return {}
    kept = {key: value for key, value in metadata.items() if _fits(key, value, kind)}
    if "tags" in kept:
        tags = kept["tags"] if isinstance(kept["tags"], list) else []
        good = [tag for tag in tags if isinstance(tag, str) and tag and "," not in tag]
        kept["tags"] = list(dict.fromkeys(good))
    return kept


def _fits(key: str, value: Any, kind: str) -> bool:
    if key == "jupyter":
        return isinstance(value, dict)
    if key == "name":
        return isinstance(value, str) and re.match(".", value) is not None
    if kind == "raw" and key == "format":
        return isinstance(value, str)
    if kind == "code" and key == "collapsed":
        return isinstance(value, bool)
    if kind == "code" and key == "scrolled":
        return isinstance(value, bool) or value == "auto"
    if kind == "code" and key == "execution":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return True


def _attachments(raw: Any) -> dict[str, dict[str, Any]]:
    """The attachments that are well formed: a name, and for each media type its text."""
    if not isinstance(raw, dict):
        return {}
    return {
        name: dict(bundle)
        for name, bundle in raw.items()
        if isinstance(bundle, dict)
        and all(
            isinstance(item, str)
            or (isinstance(item, list) and all(isinstance(line, str) for line in item))
            for item in bundle.values()
        )
    }


def _notebook_metadata(raw: Any) -> dict[str, Any]:
    """A notebook's metadata without the entries that nbformat's schema would refuse."""
    if not isinstance(raw, dict):
        return {}
    kept = {key: value for key, value in raw.items() if not key.startswith("orig_nbformat")}
    kernel = kept.pop("kernelspec", None)
    if isinstance(kernel, dict) and isinstance(kernel.get("name"), str):
        shown = kernel.get("display_name")
        kept["kernelspec"] = {
            **kernel,
            "display_name": shown if isinstance(shown, str) else kernel["name"],
        }
    info = kept.pop("language_info", None)
    if isinstance(info, dict) and isinstance(info.get("name"), str):
        texts = ("file_extension", "mimetype", "pygments_lexer")
        kept["language_info"] = {
            key: value
            for key, value in info.items()
            if not (key in texts and not isinstance(value, str))
            and not (key == "codemirror_mode" and not isinstance(value, str | dict))
        }
    if not isinstance(kept.get("title", ""), str):
        del kept["title"]
    if not isinstance(kept.get("authors", []), list):
        del kept["authors"]
    return kept
