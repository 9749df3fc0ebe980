"""A short soak: many hostile notebooks in one run leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parent.parent.parent / "benchmarks" / "soak.py"


def test_hostile_notebooks_in_a_row_leave_nothing() -> None:
    done = subprocess.run([sys.executable, str(SOAK), "25"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is left" in done.stdout
