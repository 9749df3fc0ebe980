"""How heavy libraries are imported quickly."""

from __future__ import annotations

import sys
from importlib import import_module

__all__ = ["skip_grammar"]

_GRAMMAR = "rfc3987_syntax"


def skip_grammar() -> None:
    """Import jsonschema without the grammar of one optional format, where it is not imported yet.

    With `rfc3987_syntax` installed (jupyter_server brings it), importing jsonschema builds a
    parser for IRIs: about a second of the 2.3 s that `import nbgrader` takes, and most of the
    0.8 s of `import nbformat`. Nothing in a notebook's schema uses that format. jsonschema
    takes the module's absence in its stride, so it is hidden while jsonschema is imported and
    no longer. Call this before importing nbgrader, nbformat or papermill.
    """
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules:
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        import_module("jsonschema")
    except ImportError:  # whoever needs it will say so better
        pass
    finally:
        del sys.modules[_GRAMMAR]
