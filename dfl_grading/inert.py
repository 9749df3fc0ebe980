"""Foreign content as inert HTML: what a notebook says and shows, without what it could do.

Whatever comes in here was written by a student. Text is escaped; HTML, be it an output's or what
Markdown makes, goes through `nh3`, which parses as a browser does and keeps a short list of
elements and attributes; images are data that was looked at. Nothing that comes out runs, loads,
sends, or takes on the page's own style: no `class` (but a formula's), no `id`, no `style`.

`nh3` and not bleach, which nbconvert brings along: bleach's authors have given it up.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markupsafe import Markup
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType

from dfl_grading.formula import draw_formula

__all__ = [
    "Attachments",
    "clean_html",
    "plain_text",
    "reveal",
    "show_code",
    "show_image",
    "show_markdown",
    "show_math",
    "show_text",
    "strip_ansi",
]

_MAX_TEXT: Final = 20_000
_MAX_LINES: Final = 400
_MAX_HTML: Final = 150_000
_MAX_MARKDOWN: Final = 30_000
_MAX_CODE: Final = 60_000
_MAX_COLOURED: Final = 20_000
_MAX_IMAGE: Final = 6_000_000
_MAX_PIXELS: Final = 40_000_000
_MAX_DEPTH: Final = 100
_MAX_FORMULA: Final = 50


# ------------------------------------------------------------------ text

_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def reveal(text: str) -> str:
    """The text with each character that hides, steers or cannot be written as `⟨U+202E⟩`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _INVISIBLE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def _shorten(text: str, limit: int, lines: int) -> tuple[str, int, str]:
    """Head, how much was left out, and tail of a long text; the tail is empty for a short one."""
    if len(text) <= limit and text.count("\n") <= lines:
        return text, 0, ""
    head, tail = text[: limit * 3 // 4], text[-limit // 4 :]
    head = "\n".join(head.split("\n")[: lines * 3 // 4])
    tail = "\n".join(tail.split("\n")[-lines // 4 :])
    left_out = len(text) - len(head) - len(tail)
    return (head, left_out, tail) if left_out > 0 else (text, 0, "")


def _cut(left_out: int) -> Markup:
    return Markup(f'<p class="cut">{left_out:,} characters are not shown here.</p>')


# ------------------------------------------------------------------ streams and tracebacks

_SEQUENCE: Final = re.compile(
    r"\x1b\[([0-9;:]*)([@-~])"  # the ones with parameters; `m` gives colours
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?|\x9b[0-?]*[@-~]?"
)
_LEVELS: Final = (0, 95, 135, 175, 215, 255)


def strip_ansi(text: str) -> str:
    """The text without the sequences that a terminal obeys."""
    return _SEQUENCE.sub("", text) if "\x1b" in text or "\x9b" in text else text


def show_text(text: str) -> Markup:
    """What a stream or a traceback says, its colours kept and everything else as it stands."""
    head, left_out, tail = _shorten(_without_overwritten(text), _MAX_TEXT, _MAX_LINES)
    made = f"<pre>{_colour(head)}</pre>"
    if left_out:
        made += f"{_cut(left_out)}<pre>{_colour(tail)}</pre>"
    return Markup(made)


def _without_overwritten(text: str) -> str:
    """What a terminal shows in the end of lines that were written over, as progress bars do."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _colour(text: str) -> str:
    made: list[str] = []
    style = _Style()
    at = 0
    for match in _SEQUENCE.finditer(text):
        made.append(style.wrap(text[at : match.start()]))
        if match[2] == "m":
            style = style.after(match[1])
        at = match.end()
    made.append(style.wrap(text[at:]))
    return "".join(made)


class _Style:
    """What a terminal would write in: colours by number from 0 to 15, bold, and the like."""

    def __init__(self, marks: frozenset[str] = frozenset()) -> None:
        self.marks = marks

    def wrap(self, text: str) -> str:
        text = escape(reveal(text))
        if not text or not self.marks:
            return text
        return f'<span class="{" ".join(sorted(self.marks))}">{text}</span>'

    def after(self, parameters: str) -> _Style:
        """The style after a sequence `ESC [ parameters m`."""
        codes = [int(code) for code in re.findall(r"\d{1,3}", parameters)] or [0]
        marks = set(self.marks)
        while codes:
            code = codes.pop(0)
            if code in (38, 48):
                self._set(marks, "a" if code == 38 else "g", _extended(codes))
            else:
                self._apply(marks, code)
        return _Style(frozenset(marks))

    def _apply(self, marks: set[str], code: int) -> None:
        named = {1: "ab", 2: "af", 3: "ai", 4: "au"}
        if code == 0:
            marks.clear()
        elif code in named:
            marks.add(named[code])
        elif code in (22, 23, 24):
            marks -= {22: {"ab", "af"}, 23: {"ai"}, 24: {"au"}}[code]
        elif 30 <= code <= 37 or code == 39:
            self._set(marks, "a", code - 30 if code < 38 else None)
        elif 40 <= code <= 47 or code == 49:
            self._set(marks, "g", code - 40 if code < 48 else None)
        elif 90 <= code <= 97 or 100 <= code <= 107:
            self._set(marks, "a" if code < 100 else "g", code % 10 + 8)

    @staticmethod
    def _set(marks: set[str], kind: str, colour: int | None) -> None:
        marks -= {f"{kind}{number}" for number in range(16)}
        if colour is not None:
            marks.add(f"{kind}{colour}")


def _extended(codes: list[int]) -> int | None:
    """The nearest of the sixteen colours to one of 256 or of 2^24; takes its codes off."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        number = codes.pop(0)
        if number < 16:
            return number
        if number >= 232:
            return _nearest(*[8 + 10 * (number - 232)] * 3)
        number -= 16
        return _nearest(_LEVELS[number // 36 % 6], _LEVELS[number // 6 % 6], _LEVELS[number % 6])
    if kind == 2 and len(codes) >= 3:
        return _nearest(codes.pop(0), codes.pop(0), codes.pop(0))
    codes.clear()
    return None


def _nearest(red: int, green: int, blue: int) -> int | None:
    most, least = max(red, green, blue), min(red, green, blue)
    if most - least < 40:
        return 8 if 60 < most < 200 else None  # grey, else the page's own ink
    middle = (most + least) / 2
    colour = (red > middle) + 2 * (green > middle) + 4 * (blue > middle)
    return colour + (8 if most > 220 else 0)


# ------------------------------------------------------------------ code

_LEXERS: Final = ("python", "r", "julia", "octave", "matlab")
_COLOURS: Final = {
    Token.Keyword: "hk",
    Token.Operator.Word: "hk",
    Token.Literal.String: "hs",
    Token.Literal.Number: "hm",
    Token.Comment: "hc",
    Token.Name.Function: "hf",
    Token.Name.Class: "hf",
    Token.Name.Builtin: "hb",
    Token.Name.Exception: "hb",
    Token.Name.Decorator: "hd",
    Token.Literal.String.Interpol: "hd",
}


def show_code(source: str, language: str) -> Markup:
    """Source text with its colours, where it is not too long to be worth them."""
    head, left_out, tail = _shorten(reveal(source), _MAX_CODE, 2000)
    made = f'<pre class="code">{_highlight(head, language)}</pre>'
    if left_out:
        made += f'{_cut(left_out)}<pre class="code">{escape(tail)}</pre>'
    return Markup(made)


def _highlight(text: str, language: str) -> str:
    lexer = _lexer(language.lower())
    if lexer is None or len(text) > _MAX_COLOURED:
        return escape(text)
    made: list[str] = []
    pending, last = "", ""
    for token, piece in lexer.get_tokens(text):
        colour = last if piece.isspace() else _colour_of(token)
        if colour != last:
            made.append(_span(last, pending))
            pending, last = "", colour
        pending += piece
    made.append(_span(last, pending))
    return "".join(made)


def _span(colour: str, text: str) -> str:
    return f'<span class="{colour}">{escape(text)}</span>' if colour and text else escape(text)


@lru_cache(maxsize=16)
def _lexer(language: str) -> Lexer | None:
    language = "python" if language.startswith(("python", "ipython")) else language
    if language not in _LEXERS:
        return None
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@lru_cache(maxsize=500)
def _colour_of(token: _TokenType) -> str:
    while token is not None and token not in _COLOURS:
        token = token.parent
    return _COLOURS.get(token, "")


# ------------------------------------------------------------------ HTML


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS: Final = _names(
    "a abbr b bdi blockquote br caption center cite code col colgroup dd del details dfn div dl "
    "dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small "
    "span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr"
)
_DROPPED: Final = _names(
    "script style iframe object embed applet form template noscript svg math title textarea "
    "select button video audio canvas noframes noembed xmp plaintext frameset head"
)
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "col": {"span"},
    "colgroup": {"span"},
    "li": {"value"},
    "ol": {"start"},
    "table": {"border"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
}
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s]{1,2000}", re.IGNORECASE)
_WORDS: Final = {"alt", "title"}
_ALIGNED: Final = {"left", "right", "center", "top", "middle", "bottom", "baseline"}
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_FLAT: Final = _names("area base br col hr img input link meta source wbr p li dt dd td th tr")

Attachments = Mapping[str, Mapping[str, Any]]
"""Images that hang on a cell: their MIME bundles by name."""


def clean_html(html: str, attachments: Attachments | None = None) -> Markup:
    """The HTML with what is harmless in it: text, tables, lists, checked images, plain links."""
    if _depth(html) > _MAX_DEPTH:
        return Markup('<p class="cut">HTML that is nested too deep is not shown here.</p>')

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if _LINK.fullmatch(value) else None
        if name == "src":
            return _source_of(value, attachments or {})
        if name == "class":
            return value
        if name in _WORDS or name == "rel":
            return value[:500]
        if name in ("align", "valign", "scope"):
            return value if value.lower() in _ALIGNED | {"row", "col"} else None
        return value if re.fullmatch(r"\d{1,4}%?", value) else None

    left_out = max(0, len(html) - _MAX_HTML)
    made = nh3.clean(
        html[:_MAX_HTML].encode("utf-8", "replace").decode("utf-8"),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "data", "attachment"},
        allowed_classes={"span": {"math", "wide"}},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(reveal(made) + (_cut(left_out) if left_out else ""))


def plain_text(html: str) -> str:
    """The words of some HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def _depth(html: str) -> int:
    """No less than how deep the elements of some HTML lie in each other.

    Parsing takes time that grows with depth times length: 10^5 open `<div>` take a minute.
    """
    open_now: Counter[str] = Counter()
    depth = most = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _FLAT or (match[1] and not open_now[name]):
            continue
        step = -1 if match[1] else 1
        open_now[name] += step
        depth += step
        most = max(most, depth)
    return most


# ------------------------------------------------------------------ images

_FORMATS: Final = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
}
_DATA: Final = re.compile(r"data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/=\s]+)", re.ASCII)
_SVG: Final = re.compile(
    r"\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]", re.S
)
_LIVELY: Final = re.compile(
    r"<[\w:]*(script|foreignobject|iframe|embed|object|handler|listener)|\bon\w+\s*=|script:|"
    r"<!entity|xml-stylesheet|@import|data:text|&#",
    re.IGNORECASE,
)


def show_image(mime: str, content: str, words: str) -> Markup | None:
    """An image as part of the page, `words` in its place where it is not seen; None for none.

    Pixels must be what their type says and not too many. SVG is shown as an image, where
    browsers run no script and load nothing, and not at all where it tries to.
    """
    source = _svg(content) if mime == "image/svg+xml" else _pixels(mime, content)
    if source is None:
        return None
    return Markup('<img src="{}" alt="{}">').format(source, reveal(words))


def _pixels(mime: str, content: str) -> str | None:
    if mime not in _FORMATS or len(content) > _MAX_IMAGE:
        return None
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_FORMATS[mime]):
        return None
    width, height = _size_of(mime, data)
    if not 0 < width * height <= _MAX_PIXELS:
        return None
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _size_of(mime: str, data: bytes) -> tuple[int, int]:
    """Width and height in pixels, as the image's own header says; 0 where it does not."""
    try:
        if mime == "image/png":
            return struct.unpack(">II", data[16:24])
        if mime == "image/gif":
            return struct.unpack("<HH", data[6:10])
        at = 2
        while data[at] == 0xFF:
            marker, length = struct.unpack(">BH", data[at + 1 : at + 4])
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack(">HH", data[at + 5 : at + 9])
                return width, height
            at += 2 + length
    except (struct.error, IndexError):
        pass
    return 0, 0


def _svg(content: str) -> str | None:
    if len(content) > _MAX_IMAGE or not _SVG.match(content) or _LIVELY.search(content):
        return None
    # without its declaration, which could name another encoding than the one that was looked at
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", content)
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode("utf-8", "replace")).decode()


def _source_of(value: str, attachments: Attachments) -> str | None:
    """The address of an image that is part of the page; None for all others."""
    if value.startswith("attachment:"):
        from urllib.parse import unquote

        name = value.removeprefix("attachment:")
        bundle = attachments.get(name) or attachments.get(unquote(name)) or {}
        sources = (_pixels(mime, content) for mime, content in bundle.items() if mime in _FORMATS)
        return next((source for source in sources if source), None)
    match = _DATA.fullmatch(value)
    return _pixels(match[1], match[2]) if match else None


# ------------------------------------------------------------------ Markdown


def show_markdown(
    text: str, attachments: Attachments | None = None, *, tags: bool = True
) -> Markup:
    """Markdown as HTML, its formulas drawn, or as they were written where that is not known.

    Without `tags`, an element that stands in it is text as well.
    """
    head, left_out, tail = _shorten(text, _MAX_MARKDOWN, 5000)
    try:
        made = _draw_formulas(clean_html(_markdown(tags).render(reveal(head)), attachments))
    except (RecursionError, ValueError, IndexError, KeyError):
        return show_text(text)
    return made + (_cut(left_out) + show_text(tail) if left_out else "")


def show_math(text: str) -> Markup:
    """One formula by itself, as LaTeX."""
    head, left_out, _ = _shorten(reveal(text), _MAX_TEXT, _MAX_LINES)
    made = f'<p class="math">{_draw(head.strip(), wide=True)}</p>'
    return Markup(made) + (_cut(left_out) if left_out else "")


# In what the sanitiser gives, quotes within attributes are escaped: this can only be an element.
_FORMULA: Final = re.compile(r'<span class="math( wide)?">([^<]*)</span>')


def _draw_formulas(html: Markup) -> Markup:
    return Markup(_FORMULA.sub(lambda match: _drawn(unescape(match[2]), match[0]), html))


def _drawn(text: str, otherwise: str) -> str:
    """The formula of a `span`; the `span` itself where it cannot be drawn."""
    made = _draw(text, wide=text.startswith(("$$", "\\begin")))
    return made if made.startswith("<math") else otherwise


def _draw(text: str, *, wide: bool) -> str:
    """MathML of a formula with or without its dollars; its text where that is not known."""
    inner = re.sub(r"^\$\$?|\$\$?$", "", text)
    return draw_formula(inner, wide=wide) or escape(text)


@lru_cache(maxsize=2)
def _markdown(tags: bool) -> MarkdownIt:
    """CommonMark with tables, strikethrough and formulas, as Jupyter has it."""
    parser = MarkdownIt("commonmark", {"html": tags, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "math", _inline_math)
    parser.block.ruler.before("fence", "math", _block_math, {"alt": ["paragraph", "blockquote"]})
    rules: dict[str, Callable[..., str]] = {
        "math": lambda self, tokens, index, options, env: _formula(tokens[index]),
        "th_open": lambda self, tokens, index, options, env: _open_cell("th", tokens[index]),
        "td_open": lambda self, tokens, index, options, env: _open_cell("td", tokens[index]),
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


def _formula(token: Any) -> str:
    kind = "math wide" if token.content.startswith(("$$", "\\begin")) else "math"
    return f'<span class="{kind}">{escape(token.content)}</span>'


def _open_cell(tag: str, token: Any) -> str:
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{tag} align="{side}">' if side in _ALIGNED else f"<{tag}>"


_INLINE: Final = re.compile(r"\$\$(?:[^$\\]|\\.)+\$\$|\$(?:[^$\\]|\\.)+\$", re.DOTALL)


def _inline_math(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("math", "", 0).content = match[0]
    state.pos = match.end()
    return True


_BEGIN: Final = re.compile(r"\$\$|\\begin\{([a-zA-Z]+\*?)\}")


def _block_math(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A formula on lines of its own, whatever its lines begin with; a blank line ends none."""
    start = state.bMarks[first] + state.tShift[first]
    opening = _BEGIN.match(state.src, start, state.eMarks[first])
    if opening is None:
        return False
    closing = "$$" if opening[1] is None else f"\\end{{{opening[1]}}}"
    begin = opening.end()
    for line in range(first, min(last, first + _MAX_FORMULA)):
        if line > first and state.sCount[line] < state.blkIndent:
            return False
        text = state.src[begin : state.eMarks[line]]
        if line > first and not text.strip():
            return False
        if text.rstrip().endswith(closing):
            break
        if closing in text:
            return False  # words follow: a matter of the inline rule
        begin = state.bMarks[line + 1] if line + 1 < last else 0
    else:
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = state.src[start : state.eMarks[line]].strip()
        token.block = True
        token.map = [first, line + 1]
        state.line = line + 1
    return True
