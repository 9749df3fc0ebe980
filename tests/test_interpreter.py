"""A problem set that names another interpreter: a real environment with another numpy in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from tiny_course import cell, notebook, write

DFL = Path(sys.executable).parent / "dfl"
OTHER_NUMPY = "2.2.6"


@pytest.fixture(scope="module")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with IPython and another numpy, and nothing of ours."""
    folder = tmp_path_factory.mktemp("other") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, f"numpy=={OTHER_NUMPY}", "ipython"], check=True)
    return python


def grade(course: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [DFL, "grade", "--course", course, "--json", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def make_course(root: Path, interpreter: str) -> None:
    source = notebook(
        cell("import numpy as np\nimport sys\nprint(sys.executable)"),
        cell(
            "### BEGIN SOLUTION\nv = np.__version__\n### END SOLUTION", grade_id="v", solution=True
        ),
        cell("assert v", grade_id="test", grade=True, locked=True, points=1),
    )
    write(root / "source/ps/ps.ipynb", source)
    write(root / "submitted/ada/ps/ps.ipynb", source)
    (root / "graders").mkdir()
    (root / "graders/ps.py").write_text(
        "from dfl_grading import ProblemSet, exact\n"
        "problem_set = ProblemSet('ps')\n"
        "problem_set.check('test', observe='[v, float(np.sum(x))]', by=exact(),\n"
        f"    reference=lambda x: [{OTHER_NUMPY!r}, 3.0], edges=[dict(x=[1.0, 2.0])])\n"
    )
    (root / "course.toml").write_text(
        f'[[problem_set]]\nname = "ps"\ninterpreter = "{interpreter}"\n'
    )


def test_notebooks_run_in_the_interpreter_that_the_problem_set_names(
    other_python: Path, tmp_path: Path
) -> None:
    assert numpy.__version__ != OTHER_NUMPY
    make_course(tmp_path, str(other_python))
    done = grade(tmp_path)
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["problem_sets"][0]["reports"]
    assert report["score"] == 1, report["questions"]
    executed = (tmp_path / "autograded/ada/ps/ps.ipynb").read_text()
    assert str(other_python) in executed


def test_an_interpreter_that_is_not_there_is_refused_before_work_starts(tmp_path: Path) -> None:
    make_course(tmp_path, "/nowhere/bin/python")
    done = grade(tmp_path)
    assert done.returncode == 2
    assert "/nowhere/bin/python" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "autograded").exists()


def test_an_interpreter_without_ipython_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    course = tmp_path / "course"
    course.mkdir()
    make_course(course, str(folder / "bin" / "python"))
    done = grade(course)
    assert done.returncode == 2
    assert "IPython" in done.stderr
    assert not (course / "autograded").exists()
