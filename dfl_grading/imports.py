"""How heavy libraries are imported quickly."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

__all__ = ["put_off_init", "skip_grammar"]

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


def put_off_init(package: str) -> None:
    """Have a package's own `__init__` run when something of it is asked for, and not before.

    `import nbgrader` imports its Jupyter extensions, exchange and converters: most of its 2 s,
    and none of it is needed for `nbgrader.api`. Modules of the package import as ever after
    this; any other attribute of the package runs its `__init__` first. Does nothing where the
    package is imported already, or is not there.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is None or spec.loader is None:
        return
    loader, module = spec.loader, module_from_spec(spec)

    def find(name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        if find_spec(f"{package}.{name}"):
            return import_module(f"{package}.{name}")
        if module.__dict__.pop("__getattr__", None):
            loader.exec_module(module)
        return getattr(module, name)

    module.__dict__["__getattr__"] = find
    sys.modules[package] = module
