"""One self-contained page for each problem set: what a class did, and what needs a person.

The page needs no server, no script and no other file: its style is inline and allowed by hash,
its plots are SVG, and its Content-Security-Policy forbids everything else. Names and messages
are foreign text: made visible, cut to a length and escaped by the template.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dfl_grading.model import (
    Evidence,
    GradeReport,
    Lateness,
    Outcome,
    QuestionResult,
    Verdict,
)
from dfl_grading.page import TONES, render
from dfl_grading.statistics import (
    AttentionKind,
    ItemStatistics,
    Spread,
    analyse_items,
    count_bins,
    find_attention,
    list_questions,
    measure_share,
    measure_spread,
)
from dfl_grading.wording import (
    MARKS,
    count_words,
    format_duration,
    format_points,
    format_share,
    make_visible,
    pluralise,
    shorten,
    word_of,
)

__all__ = ["IndexRow", "make_index_row", "write_index", "write_report"]

_NAME = 40
_MESSAGE = 160
_HOVER = 400
_WEAK = 0.1  # a question that tells students apart less than this is worth a look


@dataclass(frozen=True, kw_only=True)
class IndexRow:
    """One problem set's line on the index page; `href` is relative to that page, `mean` a share."""

    title: str
    problem_set: str
    href: str
    submissions: int
    needs_person: int
    needs_manual: int
    mean: float | None


@dataclass(frozen=True)
class _Text:
    """Foreign text to show: `full` is empty unless `short` was cut."""

    short: str
    full: str = ""


@dataclass(frozen=True, kw_only=True)
class _Segment:
    tone: str
    x: str
    width: str
    label: str


@dataclass(frozen=True, kw_only=True)
class _Item:
    number: int
    name: _Text
    notebook: _Text
    segments: tuple[_Segment, ...]
    words: str
    passed: str
    waiting: str
    mean: str
    most: str
    facility: str
    discrimination: str
    weak: bool
    in_kernel: str
    message: _Text
    message_count: str


@dataclass(frozen=True, kw_only=True)
class _Bar:
    x: str
    y: str
    width: str
    height: str
    middle: str
    label_y: str
    count: int
    range: str


@dataclass(frozen=True, kw_only=True)
class _Concern:
    where: _Text
    what: _Text
    count: str
    students: tuple[tuple[int, _Text], ...]


@dataclass(frozen=True, kw_only=True)
class _Cell:
    tone: str
    mark: str
    points: str
    hover: str
    in_kernel: bool


@dataclass(frozen=True, kw_only=True)
class _Row:
    number: int
    name: _Text
    cells: tuple[_Cell | None, ...]
    score: str
    pending: bool
    late: str
    late_hover: str
    total: str
    share: str
    note: str
    note_hover: str


def write_report(
    title: str,
    problem_set: str,
    reports: Sequence[GradeReport],
    output: Path,
    *,
    now: datetime,
    course: str = "",
    not_submitted: Sequence[str] = (),
) -> None:
    """Write the page of one problem set to `output`, in one step; its folder is made.

    `now` is printed as the time of making; `not_submitted` names enrolled students without a
    hand-in. Raises OSError where the file cannot be written.
    """
    ordered = sorted(reports, key=lambda report: (report.student.casefold(), report.student))
    page = _describe_class(ordered)
    page |= {
        "title": _show(title, 120),
        "problem_set": _show(problem_set, 120),
        "course": _show(course, 120),
        "made": _format_moment(now),
        "absent": [_show(name, _NAME) for name in not_submitted],
    }
    _write(output, render("report.html.j2", page))


def make_index_row(
    title: str, problem_set: str, reports: Sequence[GradeReport], page: str
) -> IndexRow:
    """The index line of one problem set whose page is the file `page` beside the index."""
    spread = measure_spread(_list_shares(reports))
    return IndexRow(
        title=title,
        problem_set=problem_set,
        href=quote(page),
        submissions=len(reports),
        needs_person=sum(_needs_person(report) for report in reports),
        needs_manual=sum(_awaits_grade(report) for report in reports),
        mean=spread.mean if spread else None,
    )


def write_index(
    course_title: str, rows: Sequence[IndexRow], output: Path, *, now: datetime
) -> None:
    """Write the page that links the problem sets' pages. Raises OSError as `write_report`."""
    lines = [
        {
            "title": _show(row.title, 120),
            "problem_set": _show(row.problem_set, 120),
            "href": f"./{row.href}",
            "submissions": row.submissions,
            "needs_person": row.needs_person,
            "needs_manual": row.needs_manual,
            "mean": format_share(row.mean),
            "segment": f"{100 * min(1.0, max(0.0, row.mean or 0.0)):.2f}",
        }
        for row in rows
    ]
    page = {"title": _show(course_title, 120), "made": _format_moment(now), "rows": lines}
    _write(output, render("index.html.j2", page))


def _describe_class(reports: Sequence[GradeReport]) -> dict[str, Any]:
    """All that the template shows of the reports, as text and geometry."""
    shares = _list_shares(reports)
    spread = measure_spread(shares)
    items = analyse_items(reports)
    most = max((report.max_score for report in reports), default=0.0)
    decided = all(report.score is not None and report.max_score == most for report in reports)
    notebooks = {item.notebook for item in items}
    used = Counter(question.verdict for report in reports for question in report.questions)
    return {
        "count": len(reports),
        "tiles": _make_tiles(reports, spread, most if decided else None),
        "unboxed": sum(not report.run.boxed for report in reports),
        "histogram": _draw_histogram(shares, spread) if spread else None,
        "items": [_show_item(n, item, len(notebooks) > 1) for n, item in enumerate(items, 1)],
        "concerns": _list_concerns(reports),
        "rows": _list_rows(reports),
        "late_any": any(_is_late(report.late) for report in reports),
        "notes_any": any(_describe_notes(report) for report in reports),
        "in_kernel_any": any(item.in_kernel for item in items),
        "most": format_points(most),
        "legend": [(MARKS[v], TONES[v], word_of(v)) for v in Verdict if used[v]],
        "run": _describe_runs(reports),
    }


def _make_tiles(
    reports: Sequence[GradeReport], spread: Spread | None, most: float | None
) -> list[tuple[str, str, str, str]]:
    """Label, figure, small print and tone of each figure at the top."""
    person = sum(_needs_person(report) for report in reports)
    manual = sum(_awaits_grade(report) for report in reports)
    late = sum(report.late.seconds > 0 for report in reports)
    handed_in = f"{late} late" if late else "none late"
    tiles = [("Submissions", str(len(reports)), handed_in if reports else "", "")]
    if spread:
        tiles += _make_spread_tiles(spread, most)
    tiles.append(
        ("Need a person", str(person), "see below" if person else "nobody", _alarm(person))
    )
    if manual:
        tiles.append(("To grade by hand", str(manual), "have a cell that waits", "manual"))
    return tiles


def _alarm(count: int) -> str:
    return "fault" if count else "calm"


def _make_spread_tiles(spread: Spread, most: float | None) -> list[tuple[str, str, str, str]]:
    def points(share: float) -> str:
        if most is None:  # shares of different totals have no common points
            return "of the points decided"
        return f"{format_points(share * most)} of {format_points(most)} points"

    ends = f"{format_share(spread.lowest)} to {format_share(spread.highest)}"
    deviation = "–" if spread.deviation is None else f"± {100 * spread.deviation:.0f} %"
    return [
        ("Mean", format_share(spread.mean), points(spread.mean), ""),
        ("Median", format_share(spread.median), points(spread.median), ""),
        ("Spread", deviation, ends, ""),
    ]


def _draw_histogram(shares: Sequence[float], spread: Spread) -> dict[str, Any]:
    """Ten bars over 0 to 100 % on a canvas of 640 by 200, its base line at y = 170."""
    counts = count_bins(shares)
    tallest = max(counts)
    bars = []
    for index, count in enumerate(counts):
        height = 140 * count / tallest
        bars.append(
            _Bar(
                x=f"{20 + 60 * index + 3}",
                y=f"{170 - height:.2f}",
                width="54",
                height=f"{height:.2f}",
                middle=f"{20 + 60 * index + 30}",
                label_y=f"{170 - height - 6:.2f}",
                count=count,
                range=f"{10 * index} to {10 * index + 10} %",
            )
        )
    words = "; ".join(f"{bar.range}: {bar.count}" for bar in bars if bar.count)
    return {
        "bars": bars,
        "ticks": [(f"{20 + 60 * n}", str(10 * n)) for n in range(11)],
        "median": f"{20 + 600 * min(1.0, max(0.0, spread.median)):.2f}",
        "median_words": format_share(spread.median),
        "description": f"Students for each ten percent of the points: {words}.",
        "figures": [
            ("Highest", format_share(spread.highest)),
            ("Upper quartile", format_share(spread.upper_quartile)),
            ("Median", format_share(spread.median)),
            ("Lower quartile", format_share(spread.lower_quartile)),
            ("Lowest", format_share(spread.lowest)),
            ("Full marks", str(sum(share > 1 - 1e-9 for share in shares))),
        ],
    }


def _show_item(number: int, item: ItemStatistics, name_notebook: bool) -> _Item:
    in_kernel = ""
    if item.in_kernel:
        in_kernel = "in kernel" if item.in_kernel == item.total else "partly in kernel"
    discrimination = item.discrimination
    return _Item(
        number=number,
        name=_show(item.grade_id, 60),
        notebook=_show(item.notebook if name_notebook else "", 60),
        segments=_cut_bar(item.counts),
        words=count_words(item.counts),
        passed=_say_passed(item),
        waiting=f"{item.waiting} to grade" if item.waiting else "",
        mean=format_points(item.mean),
        most=format_points(item.max_score),
        facility=format_share(item.facility, ""),
        discrimination="–" if discrimination is None else f"{discrimination:.2f}".replace("-", "−"),
        weak=discrimination is not None and discrimination < _WEAK,
        in_kernel=in_kernel,
        message=_show(item.message, _MESSAGE),
        message_count=f"{item.message_count} ×" if item.message_count else "",
    )


def _say_passed(item: ItemStatistics) -> str:
    """The share that passed, or how many answers have a person's points: nobody passes those."""
    if item.manual:
        return f"{item.graded} graded"
    return format_share(item.passed) if item.scored else "–"


def _cut_bar(counts: Mapping[Verdict, int]) -> tuple[_Segment, ...]:
    """One segment for each verdict that occurs, over a width of 100."""
    total = sum(counts.values())
    made = []
    x = 0.0
    for verdict in Verdict:
        count = counts.get(verdict, 0)
        if count:
            width = 100 * count / total
            label = f"{word_of(verdict)}: {count} of {total}"
            made.append(
                _Segment(tone=TONES[verdict], x=f"{x:.2f}", width=f"{width:.2f}", label=label)
            )
            x += width
    return tuple(made)


_CONCERN_TITLES: Mapping[AttentionKind, tuple[str, str]] = {
    AttentionKind.GRADER_ERROR: (
        "Grader errors",
        "The grader or the machine is at fault: no points were given or taken. "
        "Mend the cause and grade again.",
    ),
    AttentionKind.UNREADABLE: (
        "Unreadable notebooks",
        "Nothing could be run. Ask the student for the file again, or repair it.",
    ),
    AttentionKind.MANUAL: ("To grade by hand", "These answers wait for a person’s grade."),
    AttentionKind.REPAIR: (
        "Repairs",
        "These were put back before the notebook ran, and cost nothing. Worth a look.",
    ),
}


def _list_concerns(reports: Sequence[GradeReport]) -> list[dict[str, Any]]:
    numbers = {report.student: number for number, report in enumerate(reports, 1)}
    kinds: dict[AttentionKind, list[_Concern]] = {}
    for entry in find_attention(reports):
        concern = _Concern(
            where=_show(entry.where, 60),
            what=_show(entry.what, _MESSAGE),
            count=pluralise(len(entry.students), "student"),
            students=tuple(
                (numbers[name], _show(name or "(no name)", _NAME)) for name in entry.students
            ),
        )
        kinds.setdefault(entry.kind, []).append(concern)
    return [
        {
            "kind": kind.value.replace(" ", "-"),
            "title": _CONCERN_TITLES[kind][0],
            "advice": _CONCERN_TITLES[kind][1],
            "entries": entries,
        }
        for kind, entries in kinds.items()
    ]


def _list_rows(reports: Sequence[GradeReport]) -> list[_Row]:
    keys = list_questions(reports)
    return [_show_row(number, report, keys) for number, report in enumerate(reports, 1)]


def _show_row(number: int, report: GradeReport, keys: Sequence[tuple[str, str]]) -> _Row:
    results = {(q.notebook, q.grade_id): q for q in report.questions}
    late = report.late
    return _Row(
        number=number,
        name=_show(report.student or "(no name)", _NAME),
        cells=tuple(_show_cell(results[key]) if key in results else None for key in keys),
        score=format_points(report.auto_score),
        pending=report.score is None,
        late=_show_lateness(late),
        late_hover=_describe_lateness(late),
        total=format_points(max(0.0, report.auto_score - late.penalty)),
        share=format_share(measure_share(report.questions)),
        note=_describe_notes(report),
        note_hover=shorten(report.run.message, _HOVER),
    )


def _show_cell(result: QuestionResult) -> _Cell:
    points = format_points(result.score)
    hover = (
        f"{shorten(result.grade_id, 60)}: {word_of(result.verdict)}, "
        f"{points} of {format_points(result.max_score)}, {result.evidence.value}"
    )
    if result.message:
        hover += f" — {shorten(result.message, _MESSAGE)}"
    return _Cell(
        tone=TONES[result.verdict],
        mark=MARKS[result.verdict],
        points=points,
        hover=hover,
        in_kernel=result.evidence is Evidence.IN_KERNEL,
    )


def _show_lateness(late: Lateness) -> str:
    """What lateness costs, or how late it came where that costs nothing."""
    if late.penalty:
        return f"−{format_points(late.penalty)}"
    return format_duration(late.seconds) if late.seconds > 0 else ""


def _describe_lateness(late: Lateness) -> str:
    words = [f"{format_duration(late.seconds)} late"] if late.seconds > 0 else []
    if late.extension_seconds > 0:
        words.append(f"extension of {format_duration(late.extension_seconds)}")
    if late.policy:
        words.append(shorten(late.policy, _NAME))
    return ", ".join(words)


def _describe_notes(report: GradeReport) -> str:
    """How the run ended where it did not complete, what was repaired, what was left blank."""
    notes = [] if report.run.outcome is Outcome.COMPLETED else [report.run.outcome.value]
    if report.group:
        others = [shorten(who, _NAME) for who in report.group if who != report.student]
        notes.append(f"with {', '.join(others)}")
    if report.repairs:
        notes.append(pluralise(len(report.repairs), "repair"))
    if report.unanswered:
        notes.append(f"{len(report.unanswered)} unanswered")
    return "; ".join(notes)


def _describe_runs(reports: Sequence[GradeReport]) -> dict[str, Any]:
    """Time, memory and ends of all runs, and the slowest five."""
    runs = [report.run for report in reports]
    walls = measure_spread([run.wall_s for run in runs])
    peaks = measure_spread([run.peak_mb for run in runs])
    if walls is None or peaks is None:
        return {}
    ends = Counter(run.outcome for run in runs)
    stopped = Counter(question.verdict for report in reports for question in report.questions)
    slowest = sorted(enumerate(reports, 1), key=lambda pair: -pair[1].run.wall_s)[:5]
    return {
        "figures": [
            ("Time, median", format_duration(walls.median)),
            ("Time, longest", format_duration(walls.highest)),
            ("Time, all runs", format_duration(sum(run.wall_s for run in runs))),
            ("Processor time", format_duration(sum(run.cpu_s for run in runs))),
            ("Peak memory, median", f"{peaks.median:.0f} MB"),
            ("Peak memory, highest", f"{peaks.highest:.0f} MB"),
            ("Questions timed out", str(stopped[Verdict.TIMEOUT])),
            ("Questions out of memory", str(stopped[Verdict.MEMORY])),
        ],
        "ends": [(outcome.value, ends[outcome]) for outcome in Outcome if ends[outcome]],
        "slowest": [
            (
                number,
                _show(report.student, _NAME),
                format_duration(report.run.wall_s),
                f"{report.run.peak_mb:.0f} MB",
                report.run.outcome.value,
            )
            for number, report in slowest
        ],
    }


def _list_shares(reports: Sequence[GradeReport]) -> list[float]:
    shares = (measure_share(report.questions) for report in reports)
    return [share for share in shares if share is not None]


def _needs_person(report: GradeReport) -> bool:
    ended_badly = report.run.outcome in (Outcome.UNREADABLE, Outcome.GRADER_ERROR)
    return report.needs_person or ended_badly


def _awaits_grade(report: GradeReport) -> bool:
    return any(q.score is None and q.verdict is not Verdict.GRADER_ERROR for q in report.questions)


def _is_late(late: Lateness) -> bool:
    return late.seconds > 0 or late.penalty > 0


def _format_moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M %Z}".strip()


def _show(text: str, limit: int) -> _Text:
    short = shorten(text, limit)
    if text and not short.strip():
        return _Text("(blank)")
    return _Text(
        short, shorten(text, _HOVER) if len(make_visible(text[: limit + 1])) > limit else ""
    )


def _write(output: Path, text: str) -> None:
    """Write beside the target, then rename: a reader sees the old page or the new one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
