"""The quick way to import jsonschema: quick, complete, and without a trace."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_nbformat_is_imported_without_the_grammar() -> None:
    assert (
        run(
            "import sys\n"
            "from dfl_grading.imports import skip_grammar\n"
            "skip_grammar()\n"
            "import nbformat\n"
            "print('rfc3987_syntax' in sys.modules, 'lark' in sys.modules)\n"
            "nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('1')]))\n"
        )
        == "False False"
    )


def test_the_grammar_stays_importable_and_what_is_imported_stays() -> None:
    assert (
        run(
            "import sys\n"
            "from dfl_grading.imports import skip_grammar\n"
            "skip_grammar()\n"
            "before = sys.modules['jsonschema']\n"
            "skip_grammar()\n"
            "print(sys.modules['jsonschema'] is before, 'rfc3987_syntax' in sys.modules)\n"
        )
        == "True False"
    )
