"""Notebooks in other languages: papermill's own engine, run in the box with its kernel beside it.

Both ends are in the box, so what is sent is no more to be trusted than any output: one JSON frame
a cell, with its outputs and execution count.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["CELL", "PRELOAD", "hide_grammar", "run_notebook"]

CELL = b"c"
PRELOAD = ("papermill.engines", "nbclient", "jupyter_client.asynchronous")
"""What a zygote for other kernels imports beforehand."""


def hide_grammar() -> None:
    """Keep jsonschema from building a grammar that no notebook needs, which takes a second."""
    if "jsonschema" not in sys.modules:
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def run_notebook(payload: bytes, send: Callable[[bytes, bytes], None]) -> None:
    """Run a notebook through papermill's engine; send a frame when a cell starts and ends.

    `payload` is JSON: the document, the kernel's name and the seconds a cell may take.
    """
    import nbformat
    from papermill.engines import NBClientEngine, NotebookExecutionManager
    from traitlets.config import Config

    asked = json.loads(payload)
    os.environ["JUPYTER_RUNTIME_DIR"] = os.path.abspath("../tmp/jupyter")  # noqa: PTH100
    document = nbformat.from_dict(asked["document"])
    document.metadata["papermill"] = {}

    class Manager(NotebookExecutionManager):  # type: ignore[misc]
        """Tells the host of each cell."""

        begun = 0.0

        def cell_start(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
            super().cell_start(cell, cell_index)
            self.begun = time.monotonic()
            send(CELL, json.dumps({"index": cell_index}).encode())

        def cell_complete(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
            super().cell_complete(cell, cell_index)
            ended = {
                "index": cell_index,
                "count": cell.get("execution_count"),
                "outputs": cell.get("outputs", []),
                "seconds": time.monotonic() - self.begun,
            }
            send(CELL, json.dumps(ended).encode())

    manager = Manager(document, progress_bar=False, autosave_cell_every=0)
    manager.notebook_start()
    # no network in the box, not even its own: the kernel is spoken to over unix sockets
    config = Config({"KernelManager": {"transport": "ipc"}})
    NBClientEngine.execute_managed_notebook(
        manager,
        asked["kernel"],
        execution_timeout=asked["seconds"],
        start_timeout=asked["start_seconds"],
        allow_errors=True,
        force_raise_errors=False,
        interrupt_on_timeout=True,
        error_on_timeout={
            "ename": "CellTimeoutError",
            "evalue": f"the cell ran longer than {asked['seconds']:g} s",
            "traceback": [],
        },
        config=config,
    )
