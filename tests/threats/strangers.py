"""A tiny course, a class of strangers who attack it, honest neighbours, and bait laid out for them.

`grade_class` runs the real `dfl grade` and returns all that came of it; nothing here judges.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

PS = "ps"
BEFORE, AREA, COUNT, AFTER, ESSAY = "before-test", "area-test", "count-test", "after-test", "essay"
POINTS = {BEFORE: 2.0, AREA: 3.0, COUNT: 1.0, AFTER: 2.0, ESSAY: 1.0}
OUTSIDE = (BEFORE, AREA, AFTER)

Document = dict[str, Any]

# ------------------------------------------------------------------ the course

LIMITS: Mapping[str, Any] = {
    "cell_seconds": 1.0,
    "notebook_seconds": 6.0,
    "memory_mb": 400,
    "processes": 30,
    "disk_mb": 20,
    "output_kb": 100,
}

_SOLUTIONS = {
    "before": "def double(x):\n    return x + x",
    "area": "def area(r):\n    return np.pi * r**2",
    "count": "def count(items):\n    return len(items)",
    "after": "def norm(v):\n    return float(np.sqrt(np.sum(v**2)))",
}
_TESTS = {
    BEFORE: "assert double(1) == 2",
    AREA: "assert area(np.ones(3)) is not None",
    COUNT: "assert count([1, 2]) == 2\n### BEGIN HIDDEN TESTS\nassert count([]) == 0\n"
    "### END HIDDEN TESTS",
    AFTER: "assert norm(np.array([3.0, 4.0])) == 5",
}
GRADER = """
import numpy as np
from dfl_grading import ProblemSet, close

# {secret}
problem_set = ProblemSet("ps")
problem_set.check("before-test", observe="double(x)", by=close(rtol=1e-9),
                  draw=lambda rng: {{"x": rng.uniform(1, 2)}}, draws=2)
problem_set.check("area-test", observe="area(r)", by=close(rtol=1e-9), seconds=0.5,
                  draw=lambda rng: {{"r": rng.uniform(1, 2, size=3)}}, draws=2)
problem_set.check("after-test", observe="norm(v)", by=close(rtol=1e-9),
                  draw=lambda rng: {{"v": rng.uniform(1, 2, size=4)}}, draws=2)
problem_set.in_kernel("count-test")
"""


def cell(kind: str, source: str, grade_id: str = "", **mark: Any) -> Document:
    """A cell; one of nbgrader's where it has a grade_id."""
    made: Document = {"cell_type": kind, "id": grade_id or "cell", "source": source}
    made["metadata"] = {}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    if grade_id:
        flags = {"schema_version": 3, "grade": False, "solution": False, "locked": False}
        made["metadata"]["nbgrader"] = {**flags, "task": False, "grade_id": grade_id, **mark}
    return made


def notebook(answers: Mapping[str, str], tests: Mapping[str, str]) -> Document:
    """The problem set's notebook with these answers and test cells."""
    cells = [
        cell("markdown", "# Circles"),
        cell("code", "import numpy as np", "given", locked=True),
    ]
    for name in ("before", "area", "count", "after"):
        cells.append(cell("code", answers[name], name, solution=True))
        test = f"{name}-test"
        cells.append(cell("code", tests[test], test, grade=True, locked=True, points=POINTS[test]))
    text = answers.get("essay", "YOUR ANSWER HERE")
    marks = {"grade": True, "solution": True, "points": 1.0}
    cells.append(cell("markdown", text, "essay", **marks))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def honest(**answers: str) -> Document:
    """What a student hands in who answers all questions right but for the given ones."""
    given = {**_SOLUTIONS, "essay": "Area grows with the square.", **answers}
    visible = {
        name: "\n".join(line for line in text.splitlines() if "HIDDEN" not in line)
        for name, text in _TESTS.items()
    }
    visible[COUNT] = "assert count([1, 2]) == 2"
    return notebook(given, visible)


def make_course(root: Path, secret: str = "", limits: Mapping[str, Any] = LIMITS) -> Path:
    """A course with one problem set of five questions; `secret` stands where nobody may look."""
    answers = {
        name: f"### BEGIN SOLUTION\n# {secret}\n{text}\n### END SOLUTION"
        for name, text in _SOLUTIONS.items()
    }
    path = root / "source" / PS / "p.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook({**answers, "essay": "Because."}, _TESTS)))
    grader = root / "graders" / f"{PS}.py"
    grader.parent.mkdir()
    grader.write_text(GRADER.format(secret=secret))
    lines = [f"{key} = {json.dumps(value)}" for key, value in limits.items()]
    (root / "course.toml").write_text(f"# {secret}\n[limits]\n" + "\n".join(lines) + "\n")
    return root


def hand_in(root: Path, student: str, files: Mapping[str, Document | bytes]) -> None:
    """Lay what a student handed in; nothing at all for no files."""
    folder = root / "submitted" / student / PS
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)


# ------------------------------------------------------------------ attacks and bait


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One thing that a stranger tries, and what must become of the question that it is tried on.

    `code` stands in the answer to `area` (in a cell of its own before it, or in its test cell, by
    `where`); `edit` changes the document, or returns the bytes to hand in; `files` lie beside it.
    `area` are the verdicts that are right; empty for any that earns nothing. `after` is the
    verdict of the question after it, answered right. `says` must be found in the report.
    """

    name: str
    threat: str
    code: str = ""
    where: str = "area"
    edit: Callable[[Document], Document | bytes] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    notebook: str = "p.ipynb"
    area: frozenset[str] = frozenset()
    after: str = "PASSED"
    before: str = "PASSED"
    earns: float = 0.0
    says: str = ""


_ATTEMPT = """
def attempt(what):
    try:
        got = what()
    except BaseException as error:
        print("refused:", type(error).__name__, error)
    else:
        print("THROUGH:", repr(got)[:300])
"""


def with_helpers(code: str) -> str:
    """The code with the function `attempt` before it, where it calls it."""
    return f"{_ATTEMPT}\n{code}" if "attempt(" in code else code


def attacked(attack: Attack, bait: Mapping[str, str]) -> Document | bytes:
    """The notebook that this attacker hands in."""
    code = with_helpers(attack.code)
    for name, value in bait.items():
        code = code.replace(f"@{name}@", value)
    if attack.where == "area" and code:
        document = honest(area=code)
    else:
        document = honest(area="def area(r):\n    return None")
    index = next(i for i, one in enumerate(document["cells"]) if one["id"] == "area")
    if attack.where == "extra":
        extra = cell("code", code)
        document["cells"].insert(index, {**extra, "id": "extra"})
    elif attack.where == "test":
        document["cells"][index + 1]["source"] = code
    return attack.edit(document) if attack.edit else document


@dataclass(frozen=True)
class Bait:
    """What attackers reach for; `names` fill the @PLACES@ in their code."""

    token: str
    names: Mapping[str, str]
    heard: Callable[[], list[str]]


@contextlib.contextmanager
def lay_bait(root: Path, home: Path) -> Iterator[Bait]:
    """A secret in every place, sockets that listen, a process to be killed."""
    token = f"s3cr3t-{secrets.token_hex(8)}"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text(f"{token} key")
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0{token}")
        abstract.listen()
        path = home / "socket"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(os.path.relpath(path))
        unix.listen()
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", token])
        stack.callback(victim.wait)
        stack.callback(victim.kill)

        def heard() -> list[str]:
            sounds = []
            for name, ear in (("tcp", tcp), ("udp", udp), ("abstract", abstract), ("unix", unix)):
                ear.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    sounds.append(f"{name}: {ear.recv(100) if ear is udp else ear.accept()}")
            if victim.poll() is not None:
                sounds.append("the victim was killed")
            return sounds

        yield Bait(
            token,
            {
                "COURSE": str(root),
                "HOME": str(home),
                "TCP": str(tcp.getsockname()[1]),
                "UDP": str(udp.getsockname()[1]),
                "ABSTRACT": f"\\0s3cr3t-' + '{token[7:]}",
                "UNIX": str(path),
                "VICTIM": str(victim.pid),
                "NAP": f"3600.{int(token[7:15], 16)}",
                "MARK": f"mark-{token[7:]}",
                "CORES": str(len(os.sched_getaffinity(0))),
            },
            heard,
        )


# ------------------------------------------------------------------ one run


NEIGHBOURS = {
    "ada": {},
    "grace": {"area": "def area(r):\n    return 3.14 * r**2"},
    "niels": {"count": "def count(items):\n    return 2", "essay": "YOUR ANSWER HERE"},
}
"""Honest students: all right; one question wrong; right on the visible test alone."""


@dataclass(frozen=True)
class Graded:
    """What one `dfl grade` left: reports, executed notebooks as text, and what else changed."""

    code: int
    said: str
    reports: Mapping[str, Document]
    notebooks: Mapping[str, str]
    token: str
    findings: Sequence[str]
    seconds: float

    def question(self, student: str, grade_id: str) -> Document:
        """One question of one student's report."""
        found: list[Document] = self.reports[student]["questions"]
        return next(one for one in found if one["grade_id"] == grade_id)


def grade_class(base: Path, attacks: Sequence[Attack], *, jobs: int = 2) -> Graded:
    """Grade a class of these attackers and the honest neighbours with the real command."""
    base = base.resolve()
    root, home, temporary = base / "course", base / "home", base / "tmp"
    temporary.mkdir(parents=True)
    with lay_bait(root, home) as bait:
        make_course(root, bait.token)
        for name, answers in NEIGHBOURS.items():
            document = honest(**answers)
            document["cells"][0]["source"] += f"\n\n{bait.token}"
            hand_in(root, name, {"p.ipynb": document})
        for attack in attacks:
            files = {attack.notebook: attacked(attack, bait.names)} if attack.notebook else {}
            hand_in(root, attack.name, {**files, **attack.files})
        before = snapshot(base)
        started = time.monotonic()
        done = dfl(root, "grade", "--jobs", str(jobs), home=home, temporary=temporary, bait=bait)
        seconds = time.monotonic() - started
        findings = [f"changed or made: {name}" for name in changed(before, snapshot(base))]
        findings += [f"left in TMPDIR: {path}" for path in temporary.iterdir()]
        findings += bait.heard() + left_running(bait.names["NAP"], str(root), bait.names["MARK"])
        findings += left_behind(bait.names["MARK"]) + unlike_the_gradebook(root)
        return Graded(
            done.returncode,
            done.stdout + done.stderr,
            _reports(root),
            {
                path.parent.parent.name: path.read_text(encoding="utf-8")
                for path in sorted(root.glob(f"autograded/*/{PS}/p.ipynb"))
            },
            bait.token,
            findings,
            seconds,
        )


def dfl(
    root: Path,
    *arguments: str,
    home: Path,
    temporary: Path,
    bait: Bait | None = None,
    without: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run the real command on a course."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "OPENBLAS_NUM_THREADS": "1",
        "MY_TOKEN": bait.token if bait else "",
    }
    environment.pop("XDG_CACHE_HOME", None)
    if without:
        environment["DFL_GRADING_TEST_WITHOUT"] = without
    return subprocess.run(
        [sys.executable, "-m", "dfl_grading", *arguments, "--course", str(root)],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=280,
    )


def _reports(root: Path) -> dict[str, Document]:
    return {
        path.parent.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(root.glob(f"autograded/*/{PS}/report.json"))
    }


# ------------------------------------------------------------------ what else it left


_OUTPUTS = ("autograded", "reports", "gradebook.db", ".dfl", ".cache")


def snapshot(base: Path) -> dict[str, str]:
    """Every file of a class but what grading writes: its rights and its digest."""
    seen = {}
    for path in sorted(base.rglob("*")):
        parts = path.relative_to(base).parts
        if parts[0] == "tmp" or any(part in _OUTPUTS for part in parts[:2]):
            continue
        digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        seen["/".join(parts)] = f"{path.lstat().st_mode} {digest}"
    return seen


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of what is new, gone or different."""
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def left_running(*arguments: str) -> list[str]:
    """Processes whose command line holds one of these; they have a moment to be gone."""
    found: list[str] = []
    for _ in range(10):
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if any(argument in line for argument in arguments):
                    found.append(f"still running: {path.parent.name} {line[:200]}")
        if not found:
            break
        time.sleep(0.05)
    return found


def left_behind(mark: str) -> list[str]:
    """Files with this mark in their names where anybody may write."""
    places = ("/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/etc", sys.prefix)
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            found += [f"left behind: {path}" for path in Path(place).iterdir() if mark in path.name]
    return found


def unlike_the_gradebook(root: Path) -> list[str]:
    """Students whose scores in the gradebook are not those of their reports."""
    query = """
        SELECT submitted_assignment.student_id, SUM(grade.auto_score) FROM grade
        JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
        JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
        GROUP BY submitted_assignment.student_id
    """
    with contextlib.closing(sqlite3.connect(root / "gradebook.db")) as database:
        stored = {student: score or 0.0 for student, score in database.execute(query)}
    wanted = {student: report["auto_score"] for student, report in _reports(root).items()}
    return [
        f"the gradebook has {stored.get(student)} for {student}, whose report has {score}"
        for student, score in wanted.items()
        if abs(stored.get(student, -1.0) - score) > 1e-9
    ] + [f"the gradebook has {student}" for student in stored.keys() - wanted.keys()]
