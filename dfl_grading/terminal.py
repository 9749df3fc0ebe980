"""What the command line shows: progress on stderr, tables and JSON on stdout.

Importing this module is cheap: rich is imported by the first thing that needs it. Every text is
data: no markup is read from it, and what a terminal could obey or cannot encode is made visible.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from dfl_grading.model import GradeReport, Outcome, Verdict
from dfl_grading.statistics import (
    AttentionKind,
    ItemStatistics,
    analyse_items,
    find_attention,
    measure_share,
    measure_spread,
)
from dfl_grading.wording import (
    MARKS,
    format_duration,
    format_points,
    format_share,
    make_visible,
    pluralise,
    shorten,
    word_of,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress as RichProgress
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "Cell",
    "Column",
    "Progress",
    "grade_table",
    "print_error",
    "print_json",
    "print_text",
    "question_table",
    "table",
]

MANY = 40
"""Classes above this size are shown by question, with the rows that need attention only."""
_MANY_CAUSES = 5  # different grader errors that are spelt out
_LONGEST = 1000  # characters of one cell or line
_MANY_MARKS = 24  # questions beyond which a row counts verdicts and shows no marks

_STYLES: Mapping[Verdict, str] = {
    Verdict.PASSED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.FAILED: "red",
    Verdict.ERROR: "magenta",
    Verdict.TIMEOUT: "bright_red",
    Verdict.MEMORY: "bright_red",
    Verdict.OUTPUT: "bright_red",
    Verdict.KILLED: "bright_red",
    Verdict.MISSING: "dim",
    Verdict.MANUAL: "cyan",
    Verdict.GRADER_ERROR: "bold reverse red",
}
_TONES: Mapping[str, str] = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "quiet": "dim",
    "strong": "bold",
}
_PLAIN = str.maketrans(
    {"…": "...", "⏎": "\\n", "⟨": "<", "⟩": ">", "–": "-", "—": "-", "−": "-", "×": "x", "·": "-"}
)


@dataclass(frozen=True)
class Column:
    """A column of `table`; `right` aligns numbers, `keep` never breaks its words over lines."""

    name: str
    right: bool = False
    keep: bool = False


@dataclass(frozen=True)
class Cell:
    """Text with a tone: "good", "bad", "warn", "quiet", "strong", or "" for none."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class _Marks:
    """A row of verdicts, one coloured character each."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class _Counts:
    """How often each verdict came, as coloured numbers and characters."""

    counts: Mapping[Verdict, int]


_Shown = str | Cell | _Marks | _Counts


class Progress:
    """Counts work done: a live bar on a terminal, a few plain lines elsewhere, or nothing.

    Use as a context and call `advance` after each piece. Plain lines come at every tenth of the
    work, and in between after 5, 10, 20, 40 … seconds: about twenty at most. No thread is
    started, so a process may fork while the bar shows.
    """

    def __init__(
        self,
        total: int,
        *,
        label: str = "Grading",
        quiet: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._label = label
        self._quiet = quiet
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._done = 0
        self._began = clock()
        self._tenths = 0
        self._pause = 5.0
        self._spoke = self._began
        self._bar: RichProgress | None = None

    def __enter__(self) -> Self:
        self._began = self._spoke = self._clock()
        if not self._quiet and self._total > 0 and _is_live(self._stream):
            self._bar = _make_bar(_make_console(self._stream), self._label, self._total)
            self._bar.start()
            self._draw(force=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._draw(force=True)
            self._bar.stop()
            self._bar = None

    @property
    def done(self) -> int:
        """How many pieces are done."""
        return self._done

    def advance(self, count: int = 1) -> None:
        """Note that `count` more pieces are done."""
        self._done += count
        if not self._quiet:
            self._draw(force=self._done >= self._total)

    def tick(self) -> None:
        """Show that time passes, while nothing is done."""
        if not self._quiet:
            self._draw(force=False)

    def note(self, text: str) -> None:
        """Print one line beside the progress, such as a grader error at once when it is met."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.console.print(_make_text(text, self._stream), soft_wrap=True)
        else:
            _say(text, self._stream)

    def _draw(self, *, force: bool) -> None:
        now = self._clock()
        if self._bar is not None:
            if force or now - self._spoke >= 0.1:
                self._spoke = now
                words = _fit(self._describe(now), self._stream)
                self._bar.update(self._bar.task_ids[0], completed=self._done, words=words)
                self._bar.refresh()
        else:
            self._draw_line(now)

    def _draw_line(self, now: float) -> None:
        tenths = 10 * self._done // self._total if self._total > 0 else 0
        waited = now - self._spoke >= self._pause
        if tenths <= self._tenths and not waited:
            return
        if tenths <= self._tenths:
            self._pause *= 2
        self._tenths = max(tenths, self._tenths)
        self._spoke = now
        share = format_share(self._done / self._total if self._total > 0 else None)
        _say(f"{self._label}: {self._describe(now)} ({share})", self._stream)

    def _describe(self, now: float) -> str:
        """`12 of 120, 3.4 a second, 32 s left`; the last two once they can be known."""
        words = [f"{self._done} of {self._total}"]
        spent = now - self._began
        if self._done > 0 and spent > 0:
            rate = self._done / spent
            words.append(f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute")
            left = (self._total - self._done) / rate
            words.append(
                f"{format_duration(left)} left" if left > 0 else f"{format_duration(spent)} in all"
            )
        return ", ".join(words)


def _is_live(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


def _make_bar(console: Console, label: str, total: int) -> RichProgress:
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[words]}", markup=False),
        console=console,
        auto_refresh=False,  # no thread: workers may still be forked
        redirect_stdout=False,  # stdout is for tables and JSON, whatever stderr shows
        redirect_stderr=False,
        expand=True,
    )
    bar.add_task(label, total=total, words="")
    return bar


def table(
    columns: Sequence[str | Column],
    rows: Iterable[Sequence[str | Cell]],
    *,
    title: str = "",
    stream: TextIO | None = None,
) -> None:
    """Print a table; long cells go on over more lines, nothing is cut."""
    _print_table(columns, rows, title=title, stream=stream)


def grade_table(
    reports: Sequence[GradeReport],
    *,
    where: Sequence[tuple[str, Path | str]] = (),
    many: int = MANY,
    stream: TextIO | None = None,
) -> None:
    """Print what `dfl grade` ends with: a table for each problem set, then where to look.

    Up to `many` students make one row each; a larger class makes one row a question and the
    rows of those who need attention. `where` holds pairs such as `("Report", path)`.
    """
    if not reports:
        print_text("No submission was graded.", stream=stream)
    for name in dict.fromkeys(report.problem_set for report in reports):
        group = [report for report in reports if report.problem_set == name]
        group.sort(key=lambda report: (report.student.casefold(), report.student))
        _print_class(name, group, many=many, stream=stream)
    if where:
        width = max(len(label) for label, _ in where) + 1
        for label, place in where:
            print_text(f"{label + ':':<{width}} {place}", stream=stream)


def question_table(
    items: Sequence[ItemStatistics], *, title: str = "", stream: TextIO | None = None
) -> None:
    """Print one row a question: how many passed, the mean, the verdicts by mark, discrimination."""
    columns = [
        Column("Question"),
        Column("Passed", right=True, keep=True),
        Column("Mean", right=True, keep=True),
        Column("Verdicts"),
        Column("Discr.", right=True, keep=True),
    ]
    _print_table(columns, [_make_item_row(item) for item in items], title=title, stream=stream)


def print_json(document: Any, *, stream: TextIO | None = None) -> None:
    """Print one JSON document; dataclasses, paths and datetimes become plain values.

    Raises TypeError for what has no JSON form and ValueError for NaN and infinities.
    """
    out = stream if stream is not None else sys.stdout

    def dump(*, ascii_only: bool) -> str:
        return json.dumps(
            document, indent=1, ensure_ascii=ascii_only, allow_nan=False, default=_make_plain
        )

    text = dump(ascii_only=False)
    try:
        text.encode(_encoding_of(out))
    except UnicodeEncodeError:
        text = dump(ascii_only=True)
    out.write(text + "\n")
    out.flush()


def print_text(text: str, *, tone: str = "", stream: TextIO | None = None) -> None:
    """Print one line as it is, unbroken, in a tone as of `Cell`."""
    out = stream if stream is not None else sys.stdout
    _make_console(out).print(_make_text(text, out, _TONES[tone]), soft_wrap=True)


def print_error(message: str, *, stream: TextIO | None = None) -> None:
    """Print what the operator has to mend, on stderr, without importing rich."""
    out = stream if stream is not None else sys.stderr
    for line in message.splitlines() or [""]:
        _say(line, out)


def _say(text: str, stream: TextIO) -> None:
    stream.write(_fit(make_visible(text), stream) + "\n")
    stream.flush()


def _print_class(
    name: str, reports: Sequence[GradeReport], *, many: int, stream: TextIO | None
) -> None:
    if len(reports) <= many:
        _print_rows(name, reports, stream=stream)
    else:
        question_table(analyse_items(reports), title=name, stream=stream)
        concerned = [report for report in reports if _list_reasons(report)]
        if concerned:
            shown = concerned[:many]
            title = "Students who need attention"
            print_text("", stream=stream)
            _print_rows(title, shown, stream=stream)
            if len(concerned) > many:
                rest = len(concerned) - many
                print_text(f"… and {rest} more, named on the report page.", stream=stream)
    print_text("", stream=stream)
    _print_legend(reports, stream=stream)
    _print_causes(reports, stream=stream)
    print_text(_summarise(reports), tone="strong", stream=stream)
    print_text("", stream=stream)


def _print_rows(name: str, reports: Sequence[GradeReport], *, stream: TextIO | None) -> None:
    late = any(report.late.seconds > 0 or report.late.penalty > 0 for report in reports)
    attention = any(_list_reasons(report) for report in reports)
    columns = [Column("Student"), Column("Score", right=True, keep=True)]
    columns += [Column("Late", right=True, keep=True)] if late else []
    columns.append(Column("Questions"))
    columns += [Column("Attention")] if attention else []
    columns.append(Column("Time", right=True, keep=True))
    rows = []
    for report in reports:
        row: list[_Shown] = [shorten(report.student, 40) or "(no name)", _make_score(report)]
        row += [_format_lateness(report)] if late else []
        row.append(_mark_questions(report))
        row += [Cell("; ".join(_list_reasons(report)), "warn")] if attention else []
        row.append(Cell(format_duration(report.run.wall_s), "quiet"))
        rows.append(row)
    _print_table(columns, rows, title=name, stream=stream)


def _make_score(report: GradeReport) -> Cell:
    mark = "" if report.score is not None else "*"
    most = format_points(report.max_score)
    return Cell(f"{format_points(report.auto_score)}{mark} / {most}", "strong")


def _format_lateness(report: GradeReport) -> str:
    """What lateness costs, or how late it came where that costs nothing."""
    if report.late.penalty > 0:
        return f"-{format_points(report.late.penalty)}"
    return format_duration(report.late.seconds) if report.late.seconds > 0 else ""


def _mark_questions(report: GradeReport) -> _Shown:
    verdicts = tuple(question.verdict for question in report.questions)
    if len(verdicts) <= _MANY_MARKS:
        return _Marks(verdicts)
    return _Counts(Counter(verdicts))


def _list_reasons(report: GradeReport) -> list[str]:
    """Why somebody should look at this submission, in a few words each."""
    reasons = []
    if report.run.outcome not in (Outcome.COMPLETED, Outcome.GRADER_ERROR):
        reasons.append(report.run.outcome.value)
    if report.needs_person or report.run.outcome is Outcome.GRADER_ERROR:
        reasons.append("grader error")
    if report.repairs:
        reasons.append(pluralise(len(report.repairs), "repair"))
    if not report.run.boxed:
        reasons.append("no box")
    return reasons


def _print_causes(reports: Sequence[GradeReport], *, stream: TextIO | None) -> None:
    """Spell out what went wrong with the grading, each cause once."""
    kinds = (AttentionKind.GRADER_ERROR, AttentionKind.UNREADABLE)
    causes = [entry for entry in find_attention(reports) if entry.kind in kinds]
    for entry in causes[:_MANY_CAUSES]:
        where = f"{entry.where}: " if entry.where else ""
        who = (
            shorten(entry.students[0], 40)
            if len(entry.students) == 1
            else pluralise(len(entry.students), "student")
        )
        line = f"{MARKS[Verdict.GRADER_ERROR]} {where}{shorten(entry.what, 300)} ({who})"
        print_text(line, tone="bad", stream=stream)
    if len(causes) > _MANY_CAUSES:
        rest = len(causes) - _MANY_CAUSES
        print_text(f"… and {rest} more causes, listed on the report page.", stream=stream)


def _summarise(reports: Sequence[GradeReport]) -> str:
    shares = [measure_share(report.questions) for report in reports]
    spread = measure_spread([share for share in shares if share is not None])
    words = [f"{len(reports)} graded"]
    if spread is not None:
        words.append(f"mean {format_share(spread.mean)}, median {format_share(spread.median)}")
    faults = sum(report.needs_person for report in reports)
    if faults:
        words.append(f"{faults} with a grader error")
    waiting = sum(_waits(report) for report in reports)
    if waiting:
        words.append(f"{waiting} to grade by hand")
    return "; ".join(words) + "."


def _waits(report: GradeReport) -> bool:
    return any(q.score is None and q.verdict is not Verdict.GRADER_ERROR for q in report.questions)


def _print_legend(reports: Sequence[GradeReport], *, stream: TextIO | None) -> None:
    used = {question.verdict for report in reports for question in report.questions}
    words = [f"{MARKS[v]} {word_of(v)}" for v in Verdict if v in used]
    if any(report.score is None for report in reports):
        words.append("* not all decided yet")
    out = stream if stream is not None else sys.stdout
    lines = [""]
    for word in words:  # a mark stays on the line of its word
        longer = f"{lines[-1]}   {word}" if lines[-1] else word
        if len(longer) <= _make_console(out).width:
            lines[-1] = longer
        else:
            lines.append(word)
    for line in lines:
        print_text(line, tone="quiet", stream=stream)


def _say_passed(item: ItemStatistics) -> str:
    """The share that passed, or how many answers have a person's points: nobody passes those."""
    if item.manual:
        return f"{item.graded} graded" + (f", {item.waiting} wait" if item.waiting else "")
    return format_share(item.passed) if item.scored else "-"


def _make_item_row(item: ItemStatistics) -> list[_Shown]:
    weak = item.discrimination is not None and item.discrimination < 0.1
    discrimination = "-" if item.discrimination is None else f"{item.discrimination:.2f}"
    return [
        item.grade_id,
        _say_passed(item),
        f"{format_points(item.mean, '-')} / {format_points(item.max_score)}",
        _Counts(item.counts),
        Cell(discrimination, "warn" if weak else ""),
    ]


def _print_table(
    columns: Sequence[str | Column],
    rows: Iterable[Sequence[_Shown]],
    *,
    title: str,
    stream: TextIO | None,
) -> None:
    from rich import box
    from rich.table import Table

    out = stream if stream is not None else sys.stdout
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    if title:
        made.title = _make_text(shorten(title, 200), out, "bold")
    for column in columns:
        _add_column(made, Column(column) if isinstance(column, str) else column, out)
    for row in rows:
        made.add_row(*(_render(cell, out) for cell in row))
    _make_console(out).print(made)


def _add_column(made: Table, column: Column, stream: TextIO) -> None:
    made.add_column(
        _make_text(column.name, stream),
        justify="right" if column.right else "left",
        no_wrap=column.keep,
        overflow="fold",  # never an ellipsis: it hides, and some terminals cannot print it
    )


def _render(cell: _Shown, stream: TextIO) -> RenderableType:
    from rich.text import Text

    if isinstance(cell, str):
        return _make_text(cell, stream)
    if isinstance(cell, Cell):
        return _make_text(cell.text, stream, _TONES[cell.tone])
    if isinstance(cell, _Marks):
        return Text.assemble(*((MARKS[verdict], _STYLES[verdict]) for verdict in cell.verdicts))
    parts = [(f"{cell.counts[v]}{MARKS[v]}", _STYLES[v]) for v in Verdict if cell.counts.get(v)]
    return Text(" ").join(Text(text, style) for text, style in parts)


def _make_text(text: str, stream: TextIO, style: str = "") -> Text:
    from rich.text import Text

    return Text(_fit(shorten(text, _LONGEST), stream), style=style, overflow="fold")


def _fit(text: str, stream: TextIO) -> str:
    """The text as the stream can encode it."""
    encoding = _encoding_of(stream)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(_PLAIN)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _encoding_of(stream: TextIO) -> str:
    return stream.encoding or "utf-8"


def _make_console(stream: TextIO) -> Console:
    """A console that reads no markup, guesses no colours and breaks no path."""
    from rich.console import Console

    return Console(file=stream, markup=False, emoji=False, highlight=False)


def _make_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no JSON form")
