"""The example of `docs/from-otter.md`: its two cells and its grader file make a problem set."""

from __future__ import annotations

import re
from pathlib import Path

import courses

PAGE = (Path(__file__).parent.parent / "docs/from-otter.md").read_text(encoding="utf-8")


def test_the_question_that_was_moved_grades(tmp_path: Path) -> None:
    answer, test, grader = re.findall(r"^```python\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    cells = (courses.solution("q1-code", answer), courses.test("q1", test, 2))
    courses.make_course(tmp_path, *cells, grader=grader.replace("hw-1", courses.PS))
    courses.hand_in(tmp_path, "ada", {"q1-code": "def square(x):\n    return x**2"})
    courses.hand_in(tmp_path, "eve", {"q1-code": "def square(x):\n    return {2: 4, 5: 25}.get(x)"})
    courses.grade(tmp_path)
    assert courses.verdicts(tmp_path, "ada") == {"q1": "PASSED"}
    assert courses.verdicts(tmp_path, "eve") == {"q1": "FAILED"}
    assert courses.report(tmp_path, "ada")["score"] == 2
    courses.dfl(tmp_path, "release", courses.PS)
    released = (tmp_path / "release" / courses.PS / "p1.ipynb").read_text(encoding="utf-8")
    assert "x * x" not in released
    assert "25" not in released
