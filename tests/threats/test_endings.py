"""What ends with a verdict, what goes on after a kill, and whose names are kept apart."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from strangers import (
    AFTER,
    AREA,
    BEFORE,
    COUNT,
    LIMITS,
    PS,
    changed,
    dfl,
    hand_in,
    honest,
    make_course,
    snapshot,
)

HIDING = {
    "in-a-session": "import subprocess\nsubprocess.Popen(['sleep', '{nap}'], start_new_session=1)",
    "twice-forked": "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        os.execvp('sleep', ['sleep', '{nap}'])\n    os._exit(0)",
    "deaf": "import os, signal\nif os.fork() == 0:\n    for n in range(1, 64):\n"
    "        try: signal.signal(n, signal.SIG_IGN)\n        except (OSError, ValueError): pass\n"
    "    os.execvp('sleep', ['sleep', '{nap}'])",
    "born-when-watched": "import os\ndef area(r):\n    if os.fork() == 0:\n        os.setsid()\n"
    "        os.execvp('sleep', ['sleep', '{nap}'])",
    "behind-a-crash": "import ctypes, subprocess\nsubprocess.Popen(['sleep', '{nap}'])\n"
    "ctypes.string_at(0)",
}


def _running(argument: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if argument.encode() in path.read_bytes():
                return True
    return False


def test_no_process_is_left_when_its_verdict_is_written(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    naps = {name: f"36{n}.{os.getpid():07d}" for n, name in enumerate(HIDING)}
    for name, code in HIDING.items():
        hand_in(root, name, {"p.ipynb": honest(area=code.replace("{nap}", naps[name]))})
    (tmp_path / "tmp").mkdir()
    running = subprocess.Popen(
        [sys.executable, "-m", "dfl_grading", "grade", "--course", str(root), "--json"],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.DEVNULL,
    )
    waiting, seen = dict(naps), set()
    while waiting and running.poll() is None:
        for name, nap in list(waiting.items()):
            if (root / "autograded" / name / PS / "report.json").exists():
                del waiting[name]
                assert not _running(nap), name
            elif _running(nap):
                seen.add(name)
        time.sleep(0.002)
    assert running.wait() == 0
    assert seen, "not one of the processes was ever seen, so nothing was tried"


def _grade(root: Path, base: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (base / "tmp").mkdir(exist_ok=True)
    return dfl(root, "grade", *arguments, home=base, temporary=base / "tmp")


def _reports(root: Path) -> dict[str, dict[str, Any]]:
    return {
        path.parent.parent.name: json.loads(path.read_text())
        for path in root.glob(f"autograded/*/{PS}/report.json")
    }


def _verdicts(report: Mapping[str, Any]) -> dict[str, str]:
    return {one["grade_id"]: one["verdict"] for one in report["questions"]}


ENDS = {
    "exit": "import os\nos._exit(1)",
    "crash": "import ctypes\nctypes.string_at(0)",
    "deaf-loop": "import signal, time\nsignal.signal(2, signal.SIG_IGN)\nwhile True: time.sleep(1)",
    "memory": "import mmap\nkept = []\nwhile True:\n    kept.append(mmap.mmap(-1, 10**8))\n"
    "    kept[-1].write(bytes(10**8))",
}


def test_after_a_kill_the_other_questions_are_run_where_the_course_wants_it(
    tmp_path: Path,
) -> None:
    root = make_course(tmp_path / "course", limits={**LIMITS, "rerun_after_kill": True})
    for name, code in ENDS.items():
        hand_in(root, name, {"p.ipynb": honest(area=code)})
    assert _grade(root, tmp_path).returncode == 0
    reports = _reports(root)
    assert set(reports) == set(ENDS)
    for name, report in reports.items():
        said = _verdicts(report)
        assert [said[BEFORE], said[COUNT], said[AFTER]] == ["PASSED"] * 3, name
        assert said[AREA] in ("KILLED", "TIMEOUT", "MEMORY"), name


# ------------------------------------------------------------------ names

KEPT = (
    "ada",
    "Ada",
    "ADA",
    "\u0430da",  # the first letter is Cyrillic
    "zoe\u0308",
    "zo\u00eb",
    "a b",
    "x" * 200,
    "name@school.example",
    "O'Hara",
    "{student}",
    "%s%n",
    "nul",
    "-rf",
    "~",
)
REFUSED = (
    "tab\tname",
    "line\nbreak",
    "\x1b[31mred",
    "right\u202eleft",
    "..hidden..",
    ".dot",
)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, list[str]]:
    base = tmp_path_factory.mktemp("names").resolve()
    root = make_course(base / "course")
    for number, name in enumerate((*KEPT, *REFUSED)):
        answers = {} if number % 2 else {"after": "def norm(v):\n    return 0.0"}
        hand_in(root, name, {"p.ipynb": honest(**answers)})
    before = snapshot(base)
    done = _grade(root, base)
    return root, done, changed(before, snapshot(base))


def test_strange_names_are_kept_apart_or_passed_over(
    named: tuple[Path, Any, list[str]],
) -> None:
    root, done, touched = named
    assert done.returncode == 0, done.stderr
    assert touched == []
    reports = _reports(root)
    assert set(reports) == set(KEPT)
    for number, name in enumerate(KEPT):
        assert reports[name]["student"] == name
        assert (_verdicts(reports[name])[AFTER] == "PASSED") == bool(number % 2), name
    assert done.stderr.count("passed over:") >= len(REFUSED) - 2
    assert not any(name in done.stdout + done.stderr for name in REFUSED if not name.isprintable())


def test_a_student_cannot_be_named_by_a_path(named: tuple[Path, Any, list[str]]) -> None:
    root, *_ = named
    for name in ("../ada", "/etc", "."):
        done = _grade(root, root.parent, "--student", name)
        assert done.returncode == 2, name
        assert "Traceback" not in done.stderr
