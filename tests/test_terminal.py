"""What the command line shows: progress, tables and JSON, on any terminal and on none."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_class import make_class, make_question, make_report

from dfl_grading.model import GradeReport, Lateness, Outcome, Repair, RunRecord, Verdict
from dfl_grading.statistics import analyse_items
from dfl_grading.terminal import (
    Cell,
    Column,
    Progress,
    grade_table,
    print_error,
    print_json,
    print_text,
    question_table,
    table,
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def ascii_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("ascii")


def show(reports: list[GradeReport], **options: object) -> str:
    stream = io.StringIO()
    grade_table(reports, stream=stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def row_of(text: str, student: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{student} ")]
    return line.split()


# Progress


def run_progress(total: int, seconds: float, clock: Clock, **options: object) -> list[str]:
    stream = io.StringIO()
    with Progress(total, stream=stream, clock=clock, **options) as progress:  # type: ignore[arg-type]
        for _ in range(total):
            clock.now += seconds
            progress.advance()
    return stream.getvalue().splitlines()


def test_quick_work_makes_a_line_each_tenth() -> None:
    lines = run_progress(200, 0.01, Clock())
    assert len(lines) == 10
    assert lines[0] == "Grading: 20 of 200, 100.0 a second, 1.8 s left (10 %)"
    assert lines[-1] == "Grading: 200 of 200, 100.0 a second, 2.0 s in all (100 %)"


def test_slow_work_speaks_after_five_seconds_and_then_more_rarely() -> None:
    lines = run_progress(1000, 1.0, Clock())
    assert lines[0] == "Grading: 5 of 1000, 1.0 a second, 16 min 35 s left (1 %)"
    assert [int(line.split()[1]) for line in lines[:5]] == [5, 15, 35, 75, 100]
    assert len(lines) <= 20


@given(st.integers(1, 3000), st.floats(0.001, 60))
@settings(deadline=None, max_examples=60)
def test_lines_are_few_and_the_last_says_that_all_is_done(total: int, seconds: float) -> None:
    lines = run_progress(total, seconds, Clock())
    assert 1 <= len(lines) <= 25
    assert lines[-1].startswith(f"Grading: {total} of {total},")
    assert lines[-1].endswith("(100 %)")


def test_waiting_is_told_while_nothing_gets_done() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress(3, label="Running", stream=stream, clock=clock) as progress:
        for _ in range(60):
            clock.now += 1
            progress.tick()
    assert stream.getvalue().splitlines() == ["Running: 0 of 3 (0 %)"] * 3  # after 5, 15, 35 s


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_quiet_says_nothing(kind: type[io.StringIO]) -> None:
    stream = kind()
    with Progress(5, quiet=True, stream=stream) as progress:
        progress.advance(5)
        progress.tick()
        progress.note("a note")
    assert stream.getvalue() == ""
    assert progress.done == 5


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_no_work_is_no_trouble(kind: type[io.StringIO]) -> None:
    stream = kind()
    with Progress(0, stream=stream) as progress:
        progress.tick()
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_live_bar_without_a_thread() -> None:
    clock, stream = Clock(), Terminal()
    before = threading.active_count()
    with Progress(4, stream=stream, clock=clock) as progress:
        for _ in range(4):
            clock.now += 1
            progress.advance()
        progress.note("q3: \x1b[2Jgrader error")
        assert threading.active_count() == before
    text = stream.getvalue()
    assert "━" in text
    assert "1 of 4, 1.0 a second, 3.0 s left" in text
    assert "4 of 4, 1.0 a second, 4.0 s in all" in text
    assert "q3: ⟨U+001B⟩[2Jgrader error" in text
    assert text.endswith("\x1b[?25h"), "the cursor is shown again"


def test_a_live_bar_leaves_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(2, stream=Terminal()) as progress:
        progress.advance()
        print("one JSON document")
        progress.advance()
    assert capsys.readouterr().out == "one JSON document\n"


def test_the_cursor_comes_back_after_an_interrupt() -> None:
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), Progress(2, stream=stream):
        raise KeyboardInterrupt
    assert stream.getvalue().endswith("\x1b[?25h")


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with Progress(1, stream=stream, clock=Clock()) as progress:
        progress.advance()
    assert stream.getvalue() == "Grading: 1 of 1 (100 %)\n"


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(1) as progress:
        progress.advance()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Grading: 1 of 1")


# The table of `dfl grade`


def test_each_student_has_a_row_with_score_marks_and_time() -> None:
    questions = [make_question(v.value, v, points=1.0) for v in Verdict]
    text = show([make_report("ada", *questions), make_report("bob")])
    marks = "P~FETMOK-?!"
    assert " ".join(row_of(text, "ada")) == f"ada 1.5* / 11 {marks} grader error 0.5 s"
    assert row_of(text, "bob") == ["bob", "2", "/", "2", "P", "0.5", "s"]
    for verdict, mark in zip(Verdict, marks, strict=True):
        assert f"{mark} {verdict.value.lower().replace('_', ' ')}" in text
    assert "2 graded; mean 58 %, median 58 %; 1 with a grader error; 1 to grade by hand." in text


def test_only_columns_that_say_something_are_shown() -> None:
    text = show([make_report("ada")])
    assert "Late" not in text
    assert "Attention" not in text
    late = replace(make_report("ada"), late=Lateness(seconds=60.0, penalty=0.25))
    assert "-0.25" in row_of(show([late]), "ada")
    free = replace(make_report("ada"), late=Lateness(seconds=93_600.0))
    assert "1 d 2 h" in " ".join(row_of(show([free, make_report("bob")]), "ada"))


def test_why_a_person_should_look_is_said() -> None:
    fault = make_question("fit", Verdict.GRADER_ERROR, message="graders/a.py:3: no reference")
    repair = Repair(notebook="vectors", grade_id=None, what="put back")
    reports = [
        make_report("ada", fault),
        make_report("bob", fault),
        replace(make_report("cyd"), repairs=(repair, repair)),
        replace(make_report("dan"), run=RunRecord(boxed=False)),
        replace(make_report("eve"), run=RunRecord(outcome=Outcome.UNREADABLE, message="not JSON")),
    ]
    killed = RunRecord(outcome=Outcome.KILLED, message="the notebook's process ended")
    reports.append(replace(make_report("fay"), run=killed))
    text = show(reports)
    assert "killed" in " ".join(row_of(text, "fay"))
    assert "grader error" in " ".join(row_of(text, "ada"))
    assert "2 repairs" in " ".join(row_of(text, "cyd"))
    assert "no box" in " ".join(row_of(text, "dan"))
    assert "unreadable" in " ".join(row_of(text, "eve"))
    assert "! fit: graders/a.py:3: no reference (2 students)\n" in text
    assert "! not JSON (eve)\n" in text


def test_many_causes_are_counted_not_all_spelt_out() -> None:
    reports = [
        make_report(f"s{n}", make_question("a", Verdict.GRADER_ERROR, message=f"fault {n}"))
        for n in range(8)
    ]
    text = show(reports)
    assert text.count("! a: fault") == 5
    assert "… and 3 more causes" in text


def test_many_questions_are_counted() -> None:
    questions = [make_question(f"q{n}", Verdict.PASSED) for n in range(30)]
    questions[3] = make_question("q3", Verdict.FAILED)
    assert row_of(show([make_report("ada", *questions)]), "ada")[4:6] == ["29P", "1F"]


def test_a_large_class_is_shown_by_question_with_those_who_need_attention() -> None:
    reports = [make_report(f"student{n:03d}") for n in range(41)]
    repair = Repair(notebook="vectors", grade_id=None, what="put back")
    reports[17] = replace(reports[17], repairs=(repair,))
    text = show(reports)
    assert row_of(text, "norm") == ["norm", "100", "%", "2", "/", "2", "41P", "-"]
    assert "1 repair" in " ".join(row_of(text, "student017"))
    assert "student016" not in text
    assert "student016" in show(reports[:40])


def test_a_large_class_in_great_need_is_cut_with_a_count() -> None:
    fault = make_question("a", Verdict.GRADER_ERROR, message="no reference")
    text = show([make_report(f"student{n:03d}", fault) for n in range(60)], many=50)
    assert text.count("student0") == 50
    assert "… and 10 more, named on the report page." in text


def test_each_problem_set_has_its_table_and_the_end_says_where_to_look() -> None:
    reports = [make_report("ada"), replace(make_report("ada"), problem_set="linear-2")]
    text = show(reports, where=[("Report", Path("reports/x.html")), ("Gradebook", "gradebook.db")])
    assert "linear-1-vectors" in text
    assert "linear-2" in text
    assert text.endswith("Report:    reports/x.html\nGradebook: gradebook.db\n")


def test_nothing_graded_is_said() -> None:
    assert show([]) == "No submission was graded.\n"


def test_tables_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    grade_table([make_report("ada")])
    shown = capsys.readouterr()
    assert "ada" in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("count", [30, 60])
def test_a_width_of_eighty_is_kept(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = show(make_class(count)).splitlines()
    assert max(len(line) for line in lines if not line.startswith("! ")) <= 80
    monkeypatch.setenv("COLUMNS", "40")
    assert "stud" in show(make_class(count)), "less is possible, if not pretty"


# Text of unknown origin


@pytest.mark.parametrize(
    "name",
    ["[bold red]ada[/]", ":smile:", "\x1b[31mada", "user\u202egnp", "a\nb", "", "x" * 10_000],
)
def test_a_hostile_name_neither_steers_nor_floods(name: str) -> None:
    text = show([make_report(name, make_question("q", Verdict.GRADER_ERROR, message=name))])
    assert not set(text) & {"\x1b", "\u202e", "\r"}
    assert len(text) < 2500
    if name.startswith(("[", ":")):
        assert name in text


def test_a_terminal_without_unicode_is_served() -> None:
    stream = ascii_stream()
    question = make_question("é", Verdict.GRADER_ERROR, message="off by 3 – or more…")
    grade_table([make_report("Jürgen 漢字", question)], stream=stream)
    question_table(analyse_items(make_class(5)), stream=stream)
    print_text("×", stream=stream)
    print_error("a\u2028b", stream=stream)
    text = written(stream)
    assert "J\\xfcrgen \\u6f22\\u5b57" in text
    assert "off by 3 - or more..." in text


def test_progress_on_a_terminal_without_unicode_is_served() -> None:
    stream = ascii_stream()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    with Progress(2, label="Grading", stream=stream) as progress:
        progress.advance()
        progress.note("Jürgen…")
    assert "J\\xfcrgen..." in written(stream)


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_is_respected(
    no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    stream = Terminal()
    table(["Name"], [[Cell("yes", "good")]], stream=stream)
    assert ("\x1b[32m" in stream.getvalue()) == coloured
    assert "yes" in stream.getvalue()


def test_colour_never_goes_to_a_file() -> None:
    stream = io.StringIO()
    table(["Name"], [[Cell("yes", "bad")]], stream=stream)
    assert "\x1b" not in stream.getvalue()


# The other tables, JSON and errors


def test_a_table_aligns_and_never_cuts() -> None:
    stream = io.StringIO()
    remedy = "word " * 40 + "end"
    table(
        ["What", Column("Count", right=True), Column("Remedy")],
        [["namespaces", "7", remedy], ["x", "1234", ""]],
        title="Protections",
        stream=stream,
    )
    lines = stream.getvalue().splitlines()
    assert lines[0].rstrip() == "Protections"
    (header,) = [line for line in lines if line.startswith("What")]
    (row,) = [line for line in lines if line.startswith("namespaces")]
    assert header.index("Count") + 4 == row.index("7")
    assert stream.getvalue().count("word") == 40
    assert "end" in stream.getvalue()


def test_the_question_table_shows_statistics() -> None:
    stream = io.StringIO()
    reports = [
        make_report(
            str(n),
            make_question("a", Verdict.PARTIAL, points=4.0, score=float(n)),
            make_question("b", Verdict.PARTIAL, points=4.0, score=float(n)),
        )
        for n in range(4)
    ]
    question_table(analyse_items(reports), stream=stream)
    assert row_of(stream.getvalue(), "a") == ["a", "0", "%", "1.5", "/", "4", "4~", "1.00"]


def test_json_is_one_document_with_plain_values() -> None:
    stream = io.StringIO()
    moment = datetime(2025, 11, 21, tzinfo=UTC)
    document = {
        "path": Path("a/b"),
        "at": moment,
        "late": Lateness(seconds=1.0),
        "verdict": Verdict.PASSED,
        "name": "Zoë",
        "bad": "\ud800",
    }
    print_json(document, stream=stream)
    assert json.loads(stream.getvalue()) == {
        "path": "a/b",
        "at": moment.isoformat(),
        "late": {
            "seconds": 1.0,
            "penalty": 0.0,
            "extension_seconds": 0.0,
            "policy": "",
            "slip_days": 0,
        },
        "verdict": "PASSED",
        "name": "Zoë",
        "bad": "\ud800",
    }
    assert stream.getvalue().endswith("}\n")


def test_json_keeps_letters_where_the_stream_can() -> None:
    wide, narrow = io.StringIO(), ascii_stream()
    print_json({"name": "Zoë"}, stream=wide)
    print_json({"name": "Zoë"}, stream=narrow)
    assert "Zoë" in wide.getvalue()
    assert "Zo\\u00eb" in written(narrow)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_is_not_json_is_refused_before_anything_is_printed(value: object) -> None:
    stream = io.StringIO()
    with pytest.raises((ValueError, TypeError)):
        print_json({"value": value}, stream=stream)
    assert stream.getvalue() == ""


def test_errors_go_to_stderr_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_error("first\nsecond \x1b[2J")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "first\nsecond ⟨U+001B⟩[2J\n"


def test_importing_it_is_cheap() -> None:
    heavy = "{'rich', 'numpy', 'jinja2', 'nbformat', 'pandas'}"
    script = f"import sys, dfl_grading.terminal; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


def test_a_real_terminal_shows_the_bar(tmp_path: Path) -> None:
    script = tmp_path / "bar.py"
    script.write_text(
        "from dfl_grading.terminal import Progress\n"
        "with Progress(2) as progress:\n"
        "    progress.advance()\n"
        "    progress.advance()\n"
    )
    outer, inner = pty.openpty()
    try:
        run = subprocess.Popen([sys.executable, str(script)], stderr=inner, cwd=Path.cwd())
        assert run.wait(timeout=60) == 0
        shown = os.read(outer, 65536).decode()
    finally:
        os.close(inner)
        os.close(outer)
    assert "2 of 2" in shown
    assert "\x1b[?25h" in shown
