"""The floor under any grader that keeps submissions apart: a fork for each, and nothing else.

    python benchmarks/floor.py FOLDER [--jobs N]

The parent imports numpy, scipy.linalg and matplotlib once and draws a figure, so that fonts are
loaded; then each script of the workload runs in a fork of it, at most N at a time. No notebook is
read, no output kept, no wall put up, nothing written. Prints one JSON object: seconds of the loop
and per submission, CPU seconds, and the students whose results differ from `expected.json`.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any


def main() -> None:
    """Measure, print, and exit with 1 where a result is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    _preload()
    scripts = sorted((asked.folder / "scripts").glob("*.py"))
    begun = time.perf_counter()
    results, cpu = _run_all(scripts, asked.jobs)
    loop = time.perf_counter() - begun
    expected = json.loads((asked.folder / "expected.json").read_text())
    wrong = sorted(name for name, passed in expected.items() if results.get(name) != passed)
    each = {"per_submission_s": loop / len(scripts), "cpu_per_submission_s": cpu / len(scripts)}
    print(json.dumps({"submissions": len(scripts), "loop_s": loop, **each, "wrong": wrong}))
    sys.exit(bool(wrong))


def _preload() -> None:
    os.environ["MPLBACKEND"] = "Agg"
    import matplotlib.pyplot as plt
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401

    figure, axes = plt.subplots()
    axes.plot([0, 1])
    axes.set_title("warm")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")
    # a collection in a child would touch, and so copy, all that was imported
    gc.collect()
    gc.freeze()


def _run_all(scripts: Sequence[Path], jobs: int) -> tuple[dict[str, Any], float]:
    """Each student's results (None where the script gave none), and the CPU seconds of all."""
    results: dict[str, Any] = {}
    running: dict[int, tuple[str, IO[bytes]]] = {}
    cpu = 0.0
    waiting = list(reversed(scripts))
    while waiting or running:
        while waiting and len(running) < jobs:
            script, output = waiting.pop(), tempfile.TemporaryFile()  # noqa: SIM115
            pid = os.fork()
            if pid == 0:
                _be_child(script, output.fileno())
            running[pid] = script.stem, output
        pid, status, usage = os.wait4(-1, 0)
        cpu += usage.ru_utime + usage.ru_stime
        student, output = running.pop(pid)
        with output:
            output.seek(0)
            lines = output.read().decode().strip().splitlines()
        results[student] = json.loads(lines[-1]) if status == 0 and lines else None
    return results, cpu


def _be_child(script: Path, output: int) -> None:
    """Run one script, its output going to a file; never returns."""
    status = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = sys.stderr = os.fdopen(1, "w", closefd=False)
        exec(compile(script.read_text(), str(script), "exec"), {"__name__": "__main__"})
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
