"""Pages for people: self-contained, without script, allowed to show what they hold and no more.

A page's style is inline and allowed by its hash; its Content-Security-Policy forbids everything
else. Values are escaped by the template unless they are `Markup`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dfl_grading.model import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["TEMPLATES", "TONES", "render"]

TEMPLATES: Final = Path(__file__).parent / "templates"

TONES: Final[Mapping[Verdict, str]] = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partial",
    Verdict.FAILED: "failed",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "limit",
    Verdict.MEMORY: "limit",
    Verdict.OUTPUT: "limit",
    Verdict.KILLED: "limit",
    Verdict.MISSING: "missing",
    Verdict.MANUAL: "manual",
    Verdict.GRADER_ERROR: "fault",
}
"""The colour of each verdict, as `style.css` names it."""


def render(template: str, values: Mapping[str, Any], styles: Sequence[str] = ()) -> str:
    """The page that a template makes of `values`, with the common style and those named."""
    from markupsafe import Markup

    style = "".join(_read(name) for name in ("style.css", *styles))
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    page = _make_environment().get_template(template)
    return page.render(**values, style=Markup(style), style_digest=digest)


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _make_environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
