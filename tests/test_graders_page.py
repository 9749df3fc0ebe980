"""`docs/graders.md`: its examples are run as they stand, in a course with hidden data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import cell, notebook, write

DFL = Path(sys.executable).parent / "dfl"
PAGE = (Path(__file__).parent.parent / "docs/graders.md").read_text(encoding="utf-8")
GRADER, CARRY, DATA, SAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.S)
THIEF = """kept = []
def predict(X):
    kept.append(X)
    print("seen", X)
    return X[:, 0]"""
HELD_OUT = "0.5,-1.25,1\n-2.0,3.5,-1\n4.0,0.125,1\n"


def solved(grade_id: str, code: str, points: int) -> list[dict[str, object]]:
    answer = f"### BEGIN SOLUTION\n{code}\n### END SOLUTION"
    return [
        cell(answer, grade_id=f"{grade_id}-code", solution=True),
        cell("pass", grade_id=grade_id, grade=True, locked=True, points=points),
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    source = notebook(
        cell("import numpy as np"),
        *solved("mean-square", "def mean_square(x):\n    return np.mean(x**2)", 2),
        *solved("fit", "def fit(x, y):\n    return np.polyfit(x, y, 1)", 3),
        *solved("spread", "def spread(x):\n    return np.var(x**2)", 1),
        *solved("predict", "def predict(X):\n    return np.sign(X[:, 0])", 3),
    )
    write(root / "source/week-1/week-1.ipynb", source)
    (root / "source/week-1/shipped.csv").write_text("1,2\n")
    (root / "graders/data").mkdir(parents=True)
    (root / "graders/data/held_out.csv").write_text(HELD_OUT)
    (root / "graders/week-1.py").write_text(GRADER + CARRY + DATA)
    sample = re.sub(r" +\(.*\)$", "", SAMPLE, flags=re.M)
    folder = root / "graders/samples/week-1/wrong"
    folder.mkdir(parents=True)
    left = ("fit", "spread", "predict")
    rest = "\n".join([*(f"# expect: {name} MISSING" for name in left), "# rest"])
    (folder / "absolute.py").write_text(sample.replace("# rest", rest))
    write(root / "submitted/ada/week-1/week-1.ipynb", source)
    carried = solved("mean-square", "def mean_square(x):\n    return abs(x).mean()", 2)
    carried += solved("spread", "def spread(x):\n    return np.mean((x**2 - mean_square(x))**2)", 1)
    write(
        root / "submitted/cid/week-1/week-1.ipynb", notebook(cell("import numpy as np"), *carried)
    )
    thief = [
        cell("import numpy as np"),
        cell("print(open('shipped.csv').read())"),
        cell(f"print(open({str(root / 'graders/data/held_out.csv')!r}).read())"),
        cell(THIEF, grade_id="predict-code", solution=True),
        cell("pass", grade_id="predict", grade=True, locked=True, points=3),
        cell("print('kept', kept)"),
    ]
    write(root / "submitted/bob/week-1/week-1.ipynb", notebook(*thief))
    return root


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(DFL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_examples_grade_a_class_and_hidden_data_stays_hidden(course: Path) -> None:
    done = run("grade", "--course", course, "--json")
    assert done.returncode == 0, done.stderr
    reports = {r["student"]: r for r in json.loads(done.stdout)["problem_sets"][0]["reports"]}
    assert reports["ada"]["score"] == 9, reports["ada"]["questions"]
    spread = next(q for q in reports["cid"]["questions"] if q["grade_id"] == "spread")
    assert spread["verdict"] == "PASSED"
    assert f"{spread['message'].rstrip('.')}" in " ".join(PAGE.split())
    verdicts = {q["grade_id"]: q["verdict"] for q in reports["bob"]["questions"]}
    assert verdicts["predict"] == "PASSED"
    executed = (course / "autograded/bob/week-1/week-1.ipynb").read_text()
    assert "1,2" in executed, "a shipped file can be read"
    assert "FileNotFoundError" in executed
    assert "kept []" in executed
    assert "1.25" not in executed


def test_the_example_of_a_sample_gets_its_verdicts(course: Path) -> None:
    done = run("verify", "--course", course, "--json")
    proofs = json.loads(done.stdout)["proofs"]
    assert {p["what"]: p["findings"] for p in proofs if not p["held"]} == {}
    assert any("absolute" in proof["what"] for proof in proofs)
