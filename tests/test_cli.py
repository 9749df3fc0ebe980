"""The command line: exit codes, what goes to which stream, and one sentence for a fault."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import dfl

from dfl_grading import __version__, cli
from dfl_grading.errors import CourseError


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a right hand-in, a wrong one and a link, never graded."""
    root = courses.make_course(tmp_path_factory.mktemp("course"))
    courses.hand_in(root, "ann")
    courses.hand_in(root, "bob", {"square": courses.WRONG_SQUARE})
    (root / "submitted/eve").symlink_to("ann")
    return root


# ------------------------------------------------------------------ one run, looked at in full


@pytest.fixture(scope="module")
def graded(course: Path) -> subprocess.CompletedProcess[str]:
    """The first `dfl grade --json` in the course, from a folder below its root."""
    return dfl(course / "submitted", "grade", "--json", "--jobs", "1")


def test_json_is_one_document_and_nothing_else(
    course: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    (made,) = json.loads(graded.stdout)["problem_sets"]
    assert graded.stdout.count("\n{") == 0
    assert made["problem_set"] == "ps1"
    assert made["graded"] == ["ann", "bob"]
    assert made["passed_over"][0]["name"] == "eve"
    assert [report["score"] for report in made["reports"]] == [5.0, 3.0]
    assert made["reports"][0] == courses.report(course, "ann")
    assert Path(made["report_page"]).is_file()


def test_no_release_step_is_needed(course: Path, graded: subprocess.CompletedProcess[str]) -> None:
    assert graded.returncode == 0
    assert not (course / "release").exists()


def test_a_second_run_shows_a_table_and_where_to_look(
    course: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    said = dfl(course, "grade", "ps1")
    assert "ann" in said.stdout
    assert "5 / 5" in said.stdout
    assert str(course / "reports/ps1.html") in said.stdout
    assert "gradebook.db" in said.stdout
    assert "2 of 2 were up to date" in said.stdout
    assert "passed over: eve" in said.stderr
    assert "\x1b" not in said.stdout + said.stderr


def test_the_module_does_the_same_as_the_command(
    course: Path, graded: subprocess.CompletedProcess[str]
) -> None:
    before = courses.tree(course / "autograded")
    by_module = subprocess.run(
        [sys.executable, "-m", "dfl_grading", *courses.command("grade", "--json")[1:]],
        cwd=course,
        env=courses.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (made,) = json.loads(by_module.stdout)["problem_sets"]
    assert made["graded"] == []
    assert courses.tree(course / "autograded") == before


def test_a_course_may_be_named(course: Path, graded: object, tmp_path: Path) -> None:
    said = dfl(tmp_path, "status", "--course", str(course), "--json")
    (row,) = json.loads(said.stdout)["problem_sets"]
    assert (row["problem_set"], row["submitted"], row["graded"]) == ("ps1", 2, 2)


# ------------------------------------------------------------------ exit codes


def test_a_grader_error_ends_with_1(tmp_path: Path) -> None:
    courses.make_course(tmp_path, courses.test("bad", "-1", 1), grader=None)
    courses.hand_in(tmp_path, "ann")
    said = dfl(tmp_path, "grade", code=1)
    assert "bad" in said.stdout
    assert courses.verdicts(tmp_path, "ann") == {"bad": "GRADER_ERROR"}


FAULTS: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "no course": (lambda root: None, ["grade"], "no course in"),
    "no folder": (lambda root: None, ["grade", "--course", "nowhere"], "nowhere is not a folder"),
    "no problem set": (courses.make_course, ["grade", "ps9"], 'no problem set "ps9"'),
    "no submissions": (courses.make_course, ["grade", "--json"], "no submissions"),
    "no student": (courses.make_course, ["grade", "--student", "zoe"], "'zoe' handed in nothing"),
    "nothing to verify": (
        lambda root: (root / "source").mkdir(),
        ["verify"],
        "no problem set to verify",
    ),
    "nothing to report": (courses.make_course, ["report"], "run 'dfl grade' first"),
    "a broken grader": (
        lambda root: courses.hand_in(courses.make_course(root, grader="1 / 0\n"), "ann"),
        ["grade", "--json"],
        "ps1.py:1: the grader file fails with ZeroDivisionError",
    ),
}


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `main` for these arguments, in this process."""
    monkeypatch.setattr(sys, "argv", ["dfl", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", FAULTS)
def test_an_operators_fault_is_one_sentence_on_stderr_and_ends_with_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    prepare, arguments, words = FAULTS[name]
    prepare(tmp_path)
    before = courses.tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("dfl: ")
    assert said.err.count("\n") == 1
    assert words in said.err
    assert courses.tree(tmp_path) == before


def test_the_command_itself_ends_with_2(tmp_path: Path) -> None:
    said = dfl(tmp_path, "grade", "--json", code=2)
    assert said.stdout == ""
    assert said.stderr.startswith("dfl: no course in")
    assert said.stderr.count("\n") == 1


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CourseError("there is no chalk; buy some."), 2, "dfl: there is no chalk; buy some.\n"),
        (KeyboardInterrupt(), 130, "dfl: stopped; what is done is kept, the same command goes on."),
        (
            OSError(28, "No space left on device", "/tmp/x"),
            2,
            "dfl: /tmp/x: No space left on device; mend it, then run the same command again.\n",
        ),
        (OSError("odd"), 2, "dfl: odd; mend it"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_fault_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    monkeypatch.setattr(cli, "_course", failing(error))
    assert call(monkeypatch, "status") == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_course", failing(ZeroDivisionError("ours")))
    monkeypatch.setattr(sys, "argv", ["dfl", "status"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize(
    ("arguments", "code", "stream", "words"),
    [
        (["--version"], 0, "out", f"dfl {__version__}"),
        (["--help"], 0, "out", "grade"),
        (["-h"], 0, "out", "grade"),
        (["grade", "-h"], 0, "out", "--student"),
        (["gade"], 2, "err", "gade"),
        (["grade", "--nonsense"], 2, "err", "nonsense"),
        (["grade", "--jobs", "-1"], 2, "err", "jobs"),
        (["export"], 2, "err", "output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_asked_for_in_a_wrong_way_ends_with_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    stream: str,
    words: str,
) -> None:
    assert call(monkeypatch, *arguments) == code
    assert words in getattr(capsys.readouterr(), stream)


COMMANDS = ("grade", "verify", "release", "status", "report", "export", "doctor")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert call(monkeypatch, command, "--help") == 0
    assert "--json" in capsys.readouterr().out


# ------------------------------------------------------------------ proofs


def test_a_proof_that_holds_ends_with_0_and_one_that_fails_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not courses.boxes():
        pytest.skip("this machine cannot close a box")
    courses.make_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "verify") == 0
    said = capsys.readouterr().out
    assert re.search(r"ps1: (\d+) of \1 proofs hold, after \d+ s of processor time\.", said)
    courses.write(
        tmp_path / "graders/samples/ps1/accepted/odd.py",
        "# %% square\ndef square(x):\n    return x + x\n",
    )
    assert call(monkeypatch, "verify", "--json") == 1
    proofs = json.loads(capsys.readouterr().out)["proofs"]
    failed = [proof["what"] for proof in proofs if not proof["held"]]
    assert failed == ["sample accepted/odd gets its verdicts"]


# ------------------------------------------------------------------ whoever runs it


def test_it_needs_no_home_and_no_terminal(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": "/nonexistent"}
    said = subprocess.run(
        [str(courses.SCRIPT), "status"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "ps1" in said.stdout
