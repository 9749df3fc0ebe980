"""A strict reader of pages, and what no page may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = {"meta", "img", "br", "hr", "col", "wbr"}
HARMLESS = names(
    """
    html head meta title style body header main section article div p span pre code svg rect a
    abbr b bdi blockquote br caption center cite col colgroup dd del details dfn dl dt em
    figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol q s samp small strike
    strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr nav
    math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mfrac msqrt mroot
    mtable mtr mtd
    """
)
ATTRIBUTES = names(
    """
    lang charset http-equiv content name class id href rel title src alt width height span
    value start border colspan rowspan align valign scope role aria-label aria-hidden viewbox
    preserveaspectratio x y
    display alttext mathvariant stretchy minsize maxsize accent
    """
)
IMAGE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=]+")
LINK = re.compile(r"#[\w-]+|(https?://|mailto:)\S+", re.IGNORECASE)


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    depth: int
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A strict reading: every element closed in order, no attribute twice."""

    source: str
    strict: bool = True
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(str(self.source))
        self.close()
        assert not (self.strict and self.open), [element.name for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} comes twice"
        element = Element(tag, {key: value or "" for key, value in attrs}, len(self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"a stray </{tag}>"
        assert self.open[-1].name == tag, f"</{tag}> closes {self.open[-1].name}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data[:50]}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data[:50]}")


def refuse_lively(page: Page) -> None:
    """Fail where anything on the page could run, load, send, or lead astray."""
    for element in page.elements:
        assert element.name in HARMLESS, element
        for name, value in element.attributes.items():
            assert name in ATTRIBUTES, element
            if name == "src":
                assert IMAGE.fullmatch(value), element
            if name == "href":
                assert LINK.fullmatch(value), element
                assert value.startswith("#") or "noopener" in element.attributes["rel"], element
            if name == "http-equiv":
                assert value == "Content-Security-Policy", element
