"""What a student may see of their executed notebook, cell by cell, as inert HTML.

Test and task cells appear as they were released. A cell with hidden tests ran whole inside the
student's process, and whatever it printed may tell of those tests: its output is left out, and of
its error only what a released line caused is told. Text elsewhere loses the lines that quote a
hidden test. What a program carries off in a code of its own cannot be found: a test whose secret
matters belongs into a grader file, where it never enters the box.
"""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, Literal

from markupsafe import Markup

from dfl_grading.inert import (
    Attachments,
    clean_html,
    plain_text,
    reveal,
    show_code,
    show_image,
    show_markdown,
    show_math,
    show_text,
    strip_ansi,
)
from dfl_grading.source import Delimiters, language_of

__all__ = ["Failure", "Secrets", "ShownCell", "show_cells", "split_hidden"]

_MAX_CELLS: Final = 2000
_MAX_OUTPUTS: Final = 100
_MAX_PAGE: Final = 30_000_000
_MAX_HTML: Final = 3_000_000
_MAX_MARKDOWN: Final = 300_000
_SHORT_LINE: Final = 8

HIDDEN: Final = "A hidden test failed"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a test cell with hidden tests failed; `released` says that a released line did."""

    error: str
    released: bool

    @property
    def sentence(self) -> str:
        """What the student reads, where a hidden test failed."""
        told = self.error in _KNOWN_ERRORS and self.error != "AssertionError"
        return f"{HIDDEN}: it ended in {self.error}." if told else f"{HIDDEN}."


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """One cell as a page shows it. `hidden` says that it has hidden tests, and `failure` how
    they ended where they did not pass."""

    kind: Literal["code", "markdown", "raw"]
    grade_id: str
    is_answer: bool
    prompt: str
    source: Markup
    outputs: tuple[Markup, ...]
    hidden: bool = False
    failure: Failure | None = None


@dataclass(frozen=True)
class Secrets:
    """The lines that no text may quote."""

    lines: tuple[str, ...] = ()

    def are_in(self, text: str) -> bool:
        """Whether a text quotes one, as it stands or as a Python string or HTML would."""
        if not self.lines:
            return False
        forms = {text, strip_ansi(text), unescape(text)}
        forms |= {re.sub(r"\\(['\"\\])", r"\1", form) for form in forms}
        return any(line in form for form in forms for line in self.lines)

    def cut(self, text: str) -> str:
        """The text without the lines that quote one."""
        if not self.are_in(text):
            return text
        return "\n".join(
            "[a line that quotes a hidden test is not shown]" if self.are_in(line) else line
            for line in text.split("\n")
        )


@dataclass
class _Page:
    """What one page shows so far, and what it may."""

    secrets: Secrets
    language: str
    size: int = 0
    html: int = 0
    markdown: int = 0


def show_cells(
    document: Mapping[str, Any], delimiters: Delimiters
) -> tuple[tuple[ShownCell, ...], Secrets]:
    """The cells of an executed notebook, of `source.parse_notebook`'s form, and its secrets."""
    cells = document["cells"]
    texts = [_split(cell, delimiters) for cell in cells]
    secrets = _secrets(cells, texts)
    page = _Page(secrets, language_of(document["metadata"]) or "python")
    made = [
        _show_cell(page, cell, text, hidden)
        for cell, (text, hidden) in zip(cells[:_MAX_CELLS], texts, strict=False)
    ]
    if len(cells) > _MAX_CELLS:
        made.append(_note_cell(f"{len(cells) - _MAX_CELLS} more cells are not shown here."))
    return tuple(made), secrets


def split_hidden(text: str, delimiters: Delimiters) -> tuple[str, frozenset[int]]:
    """A cell's text as it was released, and the numbers of the lines, from 1, that were not.

    Takes out hidden tests, mark schemes and marked solutions; a region that is not closed
    reaches to the end.
    """
    pairs = (
        (delimiters.begin_solution, delimiters.end_solution),
        (delimiters.begin_hidden_tests, delimiters.end_hidden_tests),
        (delimiters.begin_mark_scheme, delimiters.end_mark_scheme),
    )
    kept: list[str] = []
    hidden: set[int] = set()
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        opened = next((end for begin, end in pairs if begin in line), "")
        marker = bool(opened) or any(end in line for _, end in pairs)
        if closing or marker:
            hidden.add(number)
            closing = "" if closing and closing in line else closing or opened
        else:
            kept.append(line)
    return "\n".join(kept), frozenset(hidden)


def _split(cell: Mapping[str, Any], delimiters: Delimiters) -> tuple[str, frozenset[int]]:
    if not _grade_id(cell) or _nbgrader(cell).get("solution") is True:
        return cell["source"], frozenset()
    return split_hidden(cell["source"], delimiters)


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, Mapping) else {}


def _grade_id(cell: Mapping[str, Any]) -> str:
    found = _nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def _secrets(
    cells: Sequence[Mapping[str, Any]], texts: Sequence[tuple[str, frozenset[int]]]
) -> Secrets:
    """The hidden lines that are long enough to be known again and stand nowhere in the open."""
    shown = {line.strip() for text, _ in texts for line in text.split("\n")}
    found: dict[str, None] = {}
    for cell, (_, hidden) in zip(cells, texts, strict=True):
        lines = cell["source"].split("\n")
        found.update(dict.fromkeys(lines[number - 1].strip() for number in sorted(hidden)))
    return Secrets(
        tuple(
            line
            for line in found
            if len("".join(line.split())) >= _SHORT_LINE and line not in shown
        )
    )


# ------------------------------------------------------------------ one cell


def _note_cell(words: str) -> ShownCell:
    return ShownCell(
        kind="markdown", grade_id="", is_answer=False, prompt="", source=_note(words), outputs=()
    )


def _note(words: str) -> Markup:
    return Markup('<p class="cut">{}</p>').format(words)


def _show_cell(
    page: _Page, cell: Mapping[str, Any], text: str, hidden: frozenset[int]
) -> ShownCell:
    kind = cell["cell_type"]
    outputs: tuple[Markup, ...] = ()
    prompt, failure = "", None
    if kind == "markdown":
        source = _show_markdown(page, text, _attachments(cell))
    elif kind == "code":
        source = show_code(text, page.language)
        count = cell.get("execution_count")
        prompt = str(count) if type(count) is int else " "
        if hidden:
            outputs, failure = _show_hidden(page, cell, hidden)
        else:
            outputs = _show_outputs(page, cell.get("outputs", ()), prompt)
    else:
        source = show_text(text)
    return ShownCell(
        kind=kind if kind in ("markdown", "code") else "raw",
        grade_id=_grade_id(cell),
        is_answer=_nbgrader(cell).get("solution") is True,
        prompt=prompt,
        source=source,
        outputs=outputs,
        hidden=bool(hidden) and _nbgrader(cell).get("task") is not True,
        failure=failure,
    )


def _show_markdown(page: _Page, text: str, attachments: Attachments | None = None) -> Markup:
    """Markdown, or its text where the page has too much of it to render."""
    page.markdown += len(text)
    return show_text(text) if page.markdown > _MAX_MARKDOWN else show_markdown(text, attachments)


def _attachments(cell: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = cell.get("attachments")
    if not isinstance(found, Mapping):
        return {}
    return {name: _bundle(bundle) for name, bundle in found.items() if isinstance(bundle, Mapping)}


def _bundle(data: Any) -> dict[str, str]:
    """A MIME bundle with a text for each type."""
    if not isinstance(data, Mapping):
        return {}
    return {str(mime): _text(content) for mime, content in data.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(piece, str) for piece in value):
        return "".join(value)
    return "" if value is None else json.dumps(value, indent=1, ensure_ascii=False, default=str)


# ------------------------------------------------------------------ cells with hidden tests

_KNOWN_ERRORS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_FRAME: Final = re.compile(r"\bIn ?\[(\d+)\][^\n]{0,80}?\bline:? (\d+)")


def _show_hidden(
    page: _Page, cell: Mapping[str, Any], hidden: frozenset[int]
) -> tuple[tuple[Markup, ...], Failure | None]:
    """What is told of a cell with hidden tests: that it printed, and how it failed."""
    outputs = [output for output in cell.get("outputs", ()) if isinstance(output, Mapping)]
    errors = [output for output in outputs if output.get("output_type") == "error"]
    made: list[Markup] = []
    if len(errors) < len(outputs):
        made.append(_note("What this cell printed is not shown, since hidden tests ran in it."))
    if not errors:
        return tuple(made), None
    error = errors[-1]
    name = _text(error.get("ename"))
    frames = _frames(error)
    mine = _lines_of(frames, cell.get("execution_count"))
    failure = Failure(error=name, released=bool(mine) and not mine & hidden)
    if failure.released:
        made.append(_show_released_error(page, cell, error, frames, min(mine)))
    else:
        made.append(Markup('<div class="error"><pre>{}</pre></div>').format(failure.sentence))
    return tuple(made), failure


def _frames(error: Mapping[str, Any]) -> list[str]:
    lines = error.get("traceback")
    return [_text(line) for line in lines] if isinstance(lines, list) else []


def _place(frame: str) -> tuple[int, int] | None:
    """The number of the cell that a frame of a traceback is in, and its line."""
    match = _FRAME.search(strip_ansi(frame[:2000]))
    return (int(match[1][:9]), int(match[2][:9])) if match else None


def _lines_of(frames: Iterable[str], count: Any) -> frozenset[int]:
    places = (_place(frame) for frame in frames)
    return frozenset(place[1] for place in places if place is not None and place[0] == count)


def _show_released_error(
    page: _Page, cell: Mapping[str, Any], error: Mapping[str, Any], frames: list[str], line: int
) -> Markup:
    """An error that a released line caused: that line, the student's own frames, the error."""
    sources = cell["source"].split("\n")
    stands = sources[line - 1] if 0 < line <= len(sources) else ""
    told = [f"In this cell:\n----> {stands.strip()}\n"]
    places = [(_place(frame), frame) for frame in frames]
    told += [frame for place, frame in places if place and place[0] != cell.get("execution_count")]
    told.append(f"{_text(error.get('ename'))}: {_text(error.get('evalue'))}")
    return Markup('<div class="error">{}</div>').format(
        show_text(page.secrets.cut("\n".join(told)))
    )


# ------------------------------------------------------------------ outputs


def _show_outputs(page: _Page, outputs: Sequence[Any], prompt: str) -> tuple[Markup, ...]:
    made: list[Markup] = []
    for output in outputs[:_MAX_OUTPUTS]:
        if isinstance(output, Mapping):
            shown = _show_output(page, output, prompt)
            page.size += len(shown)
            if page.size > _MAX_PAGE:
                shown = _note("This output is not shown: there is too much on this page.")
            made.append(shown)
    if len(outputs) > _MAX_OUTPUTS:
        made.append(_note(f"{len(outputs) - _MAX_OUTPUTS} more outputs are not shown here."))
    return tuple(made)


def _show_output(page: _Page, output: Mapping[str, Any], prompt: str) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        text = show_text(page.secrets.cut(_text(output.get("text"))))
        return Markup('<div class="{}">{}</div>').format(name, text)
    if kind == "error":
        lines = "\n".join(_frames(output)) or (
            f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        )
        return Markup('<div class="error">{}</div>').format(show_text(page.secrets.cut(lines)))
    if kind in ("display_data", "execute_result"):
        return _show_bundle(page, _bundle(output.get("data")), prompt)
    return _note("An output of an unknown kind is not shown.")


_IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
_LIVE: Final = re.compile(
    r"<\s*(script|iframe|object|embed|form|video|audio|canvas|svg)\b", re.IGNORECASE
)


def _show_bundle(page: _Page, data: Mapping[str, str], prompt: str) -> Markup:
    """The richest form of one output that can be shown without running or loading anything."""
    left_out = sorted(mime for mime in data if mime != "text/plain")
    if "text/html" in data:
        made = _show_html(page, data["text/html"])
        if made is not None:
            return made
    for mime in _IMAGES:
        if mime in data:
            image = show_image(mime, data[mime], _words_for(page, data, prompt))
            if image is not None:
                return image
    if "text/markdown" in data:
        return _show_markdown(page, page.secrets.cut(data["text/markdown"]))
    if "text/latex" in data:
        if page.secrets.are_in(data["text/latex"]):
            return _note("A formula that quotes a hidden test is not shown.")
        return show_math(data["text/latex"])
    if "application/json" in data:
        return show_text(page.secrets.cut(data["application/json"]))
    if "text/plain" in data and not left_out:
        return show_text(page.secrets.cut(data["text/plain"]))
    words = page.secrets.cut(data.get("text/plain", "")) if not _is_address(data) else ""
    note = _note(f"{_name_of(left_out)} is not shown here.")
    return Markup("{}{}").format(show_text(words) if words else "", note)


def _is_address(data: Mapping[str, str]) -> bool:
    """Whether the text is no more than `<IPython.core.display.HTML object>`."""
    return re.fullmatch(r"<[\w.]+ object(?: at 0x\w+)?>", data.get("text/plain", "")) is not None


def _name_of(mimes: Sequence[str]) -> str:
    names = {
        "application/javascript": "JavaScript",
        "text/html": "A live part of the output",
        **dict.fromkeys(_IMAGES, "An image that could not be read"),
    }
    first = next((mime for mime in mimes if mime in names), mimes[0] if mimes else "")
    return names.get(first, f"Output of the kind {reveal(first)[:60] or 'unknown'}")


def _words_for(page: _Page, data: Mapping[str, str], prompt: str) -> str:
    words = page.secrets.cut(data.get("text/plain", ""))[:200]
    return words if words and not _is_address(data) else f"Image from cell {prompt.strip() or '?'}"


def _show_html(page: _Page, html: str) -> Markup | None:
    """The HTML without what is lively in it; None where nothing is left."""
    if page.secrets.are_in(html) or page.secrets.are_in(plain_text(html)):
        return _note("HTML that quotes a hidden test is not shown.")
    page.html += len(html)
    if page.html > _MAX_HTML:
        return None
    made = clean_html(html)
    if not plain_text(made).strip() and "<img src=" not in made:
        return None
    note = _note("A live part of this output is not shown.") if _LIVE.search(html) else ""
    return Markup('<div class="html">{}</div>{}').format(made, note)
