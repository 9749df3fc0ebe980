"""`dfl verify --seeds` and `--calibrate`: rates and margins, through the real command."""

from __future__ import annotations

import json
from typing import Any

import courses
import pytest

MEAN = (
    "import numpy as np\ndef mean(x):\n    ### BEGIN SOLUTION\n    return float(np.mean(x))\n"
    "    ### END SOLUTION"
)
SAMPLE = (
    "def sample(n, rng):\n    ### BEGIN SOLUTION\n    return rng.normal(size=n)\n"
    "    ### END SOLUTION"
)
NAMES = ("strict", "roomy", "near", "pair", "free", "undefined")
CHECKS = """
    import numpy as np
    from dfl_grading import Part, ProblemSet, close, exact

    problem_set = ProblemSet("ps1")

    def draw(rng):
        return {"x": rng.uniform(1, 2, size=4097) * 10.0 ** rng.integers(-8, 8, size=4097)}

    def draw_near_zero(rng):
        return {"x": rng.normal(size=100_003)}

    problem_set.check(
        "strict", observe="mean(x)", draw=draw_near_zero, draws=6, by=close(rtol=1e-18)
    )
    problem_set.check("roomy", observe="mean(x)", draw=draw, by=close(rtol=1e-9))
    problem_set.check("near", observe="mean(x)", draw=draw, by=close(rtol=0.01))
    problem_set.check(
        "undefined",
        observe="np.array([mean(x), np.nan])",
        draw=draw,
        by=close(rtol=1e-9, nan_equal=True),
    )
    problem_set.check("free", observe="mean(x) > 0", draw=draw, by=exact())
    problem_set.check(
        "pair",
        observe="(mean(x), 2.0)",
        draw=draw,
        parts={"mean": Part(by=close(rtol=1e-9), at=0), "two": Part(by=close(rtol=1e-9), at=1)},
    )
    def centred(allowed):
        return lambda value, reference: abs(np.mean(value)) <= allowed

    for part, allowed, stated in (("sound", 5.0, 1e-6), ("unsound", 0.01, 1e-6)):
        problem_set.check(
            "sample",
            part=part,
            observe="sample(100, np.random.default_rng(seed)) * 10**0",
            draw=lambda rng: {"seed": int(rng.integers(2**32))},
            draws=1,
            reference=None,
            false_failure=stated,
            by=centred(allowed),
        )
"""
WRONG = """# expect: roomy FAILED
# %% mean
import numpy as np
def mean(x):
    return 1.05 * float(np.mean(x))
"""


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("calibrate")
    cells = [courses.solution("mean", MEAN), courses.solution("draw", SAMPLE)]
    cells += [courses.test(name, "", 1) for name in (*NAMES, "sample")]
    courses.make_course(root, *cells, grader=CHECKS)
    courses.write(root / "graders/samples/ps1/wrong/factor.py", WRONG)
    done = courses.dfl(root, "verify", "--seeds", "40", "--calibrate", "--json", code=1)
    made: dict[str, Any] = json.loads(done.stdout)
    made["shown"] = courses.dfl(root, "verify", "--seeds", "3", "--calibrate", code=1).stdout
    return made


@pytest.fixture(scope="module")
def margins(verified: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["grade_id"], one["part"]): one for one in verified["margins"]}


def test_a_stochastic_check_is_tried_with_other_draws(verified: dict[str, Any]) -> None:
    proofs = {p["what"]: p for p in verified["proofs"] if "stochastic" in p["what"]}
    sound, unsound = (
        proofs[f"stochastic check sample, {part} passes the reference with 40 seeds"]
        for part in ("sound", "unsound")
    )
    assert sound["held"]
    assert not unsound["held"]
    (said,) = unsound["findings"]
    failed = int(said.split("failed with ")[1].split(" of 40 seeds")[0])
    # the mean of 100 normal numbers lies within 0.01 in 8 of 100 cases
    assert 25 <= failed <= 40
    assert "states a probability of 1e-06" in said


def test_every_numeric_part_has_its_margin(margins: dict[tuple[str, str], Any]) -> None:
    assert set(margins) == {
        ("strict", ""),
        ("roomy", ""),
        ("near", ""),
        ("pair", "mean"),
        ("pair", "two"),
        ("undefined", ""),
    }


def test_noise_above_the_tolerance_is_a_warning(margins: dict[tuple[str, str], Any]) -> None:
    strict = margins["strict", ""]
    assert strict["noise"] > 1
    assert strict["noise_from"] == "another order of summation"
    assert strict["warning"].startswith("the tolerance fails a right answer")


def test_room_on_both_sides_is_none(margins: dict[tuple[str, str], Any]) -> None:
    roomy = margins["roomy", ""]
    assert roomy["noise"] < 1e-3
    assert roomy["wrong"] == pytest.approx(5e7, rel=0.01)
    assert roomy["wrong_sample"] == "wrong/factor"
    assert roomy["warning"] == ""
    assert 1 < roomy["single"] < 1000, "float32 arguments: told, and no warning"


def test_a_wrong_answer_near_the_tolerance_is_a_warning(
    margins: dict[tuple[str, str], Any],
) -> None:
    near = margins["near", ""]
    assert near["wrong"] == pytest.approx(5, rel=0.01)
    assert near["warning"] == "the wrong answer of wrong/factor is near the tolerance"


def test_an_item_of_a_pair_has_its_own(margins: dict[tuple[str, str], Any]) -> None:
    assert margins["pair", "mean"]["wrong"] == pytest.approx(5e7, rel=0.01)
    assert margins["pair", "two"]["wrong"] is None
    assert margins["pair", "two"]["noise"] == 0


def test_nan_where_nan_belongs_is_no_distance(margins: dict[tuple[str, str], Any]) -> None:
    margin = margins["undefined", ""]
    assert margin["noise"] < 0.1
    assert margin["warning"] == ""


def test_the_table_names_what_to_look_at(verified: dict[str, Any]) -> None:
    shown = " ".join(verified["shown"].split())
    assert "the tolerance fails a right answer" in shown
    assert "near the tolerance" in shown
