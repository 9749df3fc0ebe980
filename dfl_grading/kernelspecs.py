"""Which Python a Jupyter kernel's name stands for on this machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["python_of"]

OWN = ("", "python", "python2", "python3")
"""Names that every installation gives its own Python; they tell of no other."""


def python_of(kernel_name: str) -> Path | None:
    """The absolute path of the Python that the kernel of that name runs.

    None where its name tells of none, where no such kernel is installed here, and where it is no
    Python's. Kernels are looked for where `jupyter kernelspec list` finds them.
    """
    if kernel_name in OWN:
        return None
    for folder in _folders():
        try:
            spec = json.loads((folder / kernel_name / "kernel.json").read_text(encoding="utf-8"))
            program, *rest = spec["argv"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        path = Path(program)
        if "ipykernel_launcher" in rest or "ipykernel" in rest:
            return path if path.is_absolute() and os.access(path, os.X_OK) else None
        return None
    return None


def _folders() -> Iterator[Path]:
    for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep):
        if path:
            yield Path(path, "kernels")
    data = os.environ.get("JUPYTER_DATA_DIR") or Path("~/.local/share/jupyter").expanduser()
    yield Path(data, "kernels")
    for prefix in dict.fromkeys((sys.prefix, "/usr/local", "/usr")):
        yield Path(prefix, "share/jupyter/kernels")
