"""Tensors, where torch is there (it is an extra): a class graded by the real pipeline."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import courses
import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs the extra 'torch'"
)

SCALED = "def scaled(x):\n    ### BEGIN SOLUTION\n    return 2.0 * x\n    ### END SOLUTION"
GRADER = """
    from dfl_grading import ProblemSet, close

    problem_set = ProblemSet("ps1", preload=["torch"])
    problem_set.check(
        "scaled-test",
        observe="scaled(torch.tensor(x, dtype=torch.float64))",
        draw=lambda rng: {"x": rng.normal(size=(2, 3))},
        by=close(rtol=1e-6),
    )
    problem_set.check(
        "slope-test",
        observe="slope(torch.tensor(x, dtype=torch.float64))",
        draw=lambda rng: {"x": rng.normal(size=4)},
        reference=lambda x: 3 * x**2,
        by=close(rtol=1e-9),
    )
"""
SLOPE = (
    "def slope(x):\n    ### BEGIN SOLUTION\n    x = x.requires_grad_()\n"
    "    (grad,) = torch.autograd.grad((x**3).sum(), x)\n    return grad\n    ### END SOLUTION"
)
HEAD = "import torch\n"
ANSWERS = {
    "tensor": ("return 2.0 * x", "PASSED"),
    "with a graph": ("return 2.0 * x.requires_grad_()", "PASSED"),
    "single precision": ("return (2.0 * x).float()", "PASSED"),
    "numpy": ("return 2.0 * x.numpy()", "PASSED"),
    "a view": ("return torch.stack([2.0 * x, x])[0].T.contiguous().T", "PASSED"),
    "sparse": ("return (2.0 * x).to_sparse()", "PASSED"),
    "compressed rows": ("return (2.0 * x).to_sparse_csr()", "PASSED"),
    "negated lazily": ("return torch._neg_view(-2.0 * x)", "PASSED"),
    "a parameter": ("return torch.nn.Parameter(2.0 * x)", "PASSED"),
    "half precision": ("return (2.0 * x).to(torch.bfloat16)", "FAILED"),
    "eight bits": ("return (2.0 * x).to(torch.float8_e4m3fn)", "FAILED"),
    "transposed": ("return 2.0 * x.T", "FAILED"),
    "complex": ("return 2.0 * x + 0.001j", "FAILED"),
    "whole numbers": ("return (2.0 * x).long()", "FAILED"),
    "truth values": ("return x > 0", "FAILED"),
    "no numbers": ("return (2.0 * x).to('meta')", "FAILED"),
    "a module": ("return torch.nn.Linear(3, 3)", "FAILED"),
    "nan": ("return x * float('nan')", "FAILED"),
    "huge": ("return torch.zeros(1).expand(10**6, 10**6)", "FAILED"),
    "lying": (
        "class T(torch.Tensor):\n        def __torch_function__(*a, **k): raise OSError\n"
        "    return (2.0 * x).as_subclass(T)",
        "FAILED",
    ),
}
BOMB = "kept = [torch.ones(10**8, dtype=torch.float64) for _ in range(100)]\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("torch")
    cells = (
        courses.tiny.cell(HEAD),
        courses.solution("scaled", SCALED),
        courses.test("scaled-test", "", 2),
        courses.solution("slope", SLOPE),
        courses.test("slope-test", "", 1),
    )
    courses.make_course(root, *cells, grader=GRADER)
    for name, (body, _) in ANSWERS.items():
        student = name.replace(" ", "-")
        courses.hand_in(root, student, {"scaled": f"def scaled(x):\n    {body}"})
    courses.hand_in(root, "bomb", {"scaled": f"{BOMB}def scaled(x):\n    return 2.0 * x"})
    courses.grade(root)
    return root


@pytest.mark.parametrize("name", ANSWERS)
def test_a_tensor_is_judged_as_its_numbers(graded: Path, name: str) -> None:
    verdicts = courses.verdicts(graded, name.replace(" ", "-"))
    questions = courses.questions_of(graded, name.replace(" ", "-"))
    assert verdicts["scaled-test"] == ANSWERS[name][1], questions["scaled-test"]["message"]
    assert verdicts["slope-test"] == "PASSED"


def test_what_a_tensor_lacks_is_said(graded: Path) -> None:
    said = courses.questions_of(graded, "no-numbers")["scaled-test"]["message"]
    assert "cannot be graded" in said
    assert "Linear" in courses.questions_of(graded, "a-module")["scaled-test"]["message"]
    assert (
        "transposed" in courses.questions_of(graded, "transposed")["scaled-test"]["message"].lower()
    )


def test_a_bomb_of_tensors_hurts_itself_alone(graded: Path) -> None:
    verdicts = courses.verdicts(graded, "bomb")
    assert verdicts["scaled-test"] in ("MISSING", "MEMORY", "ERROR", "KILLED")
