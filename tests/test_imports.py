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


def test_nbgraders_tables_are_imported_without_its_extensions() -> None:
    assert (
        run(
            "import sys\n"
            "from dfl_grading.imports import put_off_init, skip_grammar\n"
            "skip_grammar()\n"
            "put_off_init('nbgrader')\n"
            "from nbgrader import api\n"
            "import nbgrader.utils\n"
            "print(api.Grade.__tablename__, nbgrader.utils.is_grade.__name__,\n"
            "      'nbconvert' in sys.modules, 'nbgrader.exchange' in sys.modules)\n"
        )
        == "grade is_grade False False"
    )


def test_the_whole_package_is_there_when_it_is_asked_for() -> None:
    assert (
        run(
            "import sys\n"
            "from dfl_grading.imports import put_off_init\n"
            "put_off_init('nbgrader')\n"
            "from nbgrader import api\n"
            "import nbgrader\n"
            "version = nbgrader.__version__\n"
            "from nbgrader.apps import NbGraderApp\n"
            "points = nbgrader._jupyter_server_extension_points()\n"
            "print(version[0], points[0]['module'], sys.modules['nbgrader'] is nbgrader,\n"
            "      nbgrader.api is api, hasattr(nbgrader, 'nothing'))\n"
        )
        == "0 nbgrader True True False"
    )


def test_a_package_that_is_imported_or_missing_is_left_alone() -> None:
    assert (
        run(
            "import sys, json\n"
            "from dfl_grading.imports import put_off_init\n"
            "put_off_init('json'), put_off_init('there_is_no_such_package')\n"
            "print(sys.modules['json'] is json, 'there_is_no_such_package' in sys.modules)\n"
        )
        == "True False"
    )


def test_nbgrader_unpacks_archives_though_setuptools_is_put_off() -> None:
    assert run(
        "import pathlib, sys, tempfile, zipfile\n"
        "from dfl_grading.database import Database\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "Database(f'sqlite:///{folder}/gradebook.db').close()\n"
        "with zipfile.ZipFile(folder / 'a.zip', 'w') as archive:\n"
        "    archive.writestr('one.txt', 'one')\n"
        "print('pkg_resources' in sys.modules)\n"
        "from nbgrader.utils import unzip\n"
        "unzip(str(folder / 'a.zip'), str(folder))\n"
        "print((folder / 'one.txt').read_text())\n"
        "import setuptools\n"
        "print(callable(setuptools.setup))\n"
    ).split() == ["False", "one", "True"]
