"""Measure dfl_grading beside nbgrader and beside the floor, in one run, and print a table.

    python benchmarks/run.py [--submissions 60] [--runs 3] [--nbgrader-runs 1] [--quick] [--json]

Measurements take turns (dfl, floor, dfl, nbgrader, dfl, …), since machines drift: trust the
ratios. Exits with 1 where a score differs from what the workload was made to get.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure

__all__ = ["main"]


@dataclass(frozen=True)
class Row:
    """One line of the table; a figure is good where it is at most `target` (None: no target)."""

    what: str
    figure: float
    unit: str
    beside: str
    ratio: float | None
    target: float | None
    aim: float | None = None

    @property
    def good(self) -> bool | None:
        """Whether the target is met."""
        if self.target is None:
            return None
        return (self.figure if self.ratio is None else self.ratio) <= self.target


@dataclass
class Figures:
    """What the turns gave so far, in seconds."""

    fresh: list[measure.Graded] = field(default_factory=list)
    with_gradebook: list[measure.Graded] = field(default_factory=list)
    nbgrader: list[measure.Graded] = field(default_factory=list)
    floor: list[measure.Graded] = field(default_factory=list)


def main() -> None:
    """Measure, print, and exit with 1 where a score is wrong."""
    asked = _parse()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="dfl-benchmark-") as folder:
        work = Path(folder)
        measure.write_workload(work, asked.submissions)
        try:
            rows = list(_measure(work, asked))
        except measure.WrongScores as error:
            sys.exit(f"wrong: {error}")
    machine = {
        "submissions": asked.submissions,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load_before": round(load, 2),
    }
    if asked.json:
        made = [{**asdict(row), "good": row.good} for row in rows]
        print(json.dumps({**machine, "scores": "all as expected", "rows": made}, indent=1))
    else:
        _print(rows, machine)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3, help="of dfl and of the floor")
    parser.add_argument("--nbgrader-runs", type=int, default=1, help="some minutes each")
    parser.add_argument("--quick", action="store_true", help="20 submissions, once, no nbgrader")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        asked.submissions, asked.runs, asked.nbgrader_runs = 20, 1, 0
    return asked


def _measure(work: Path, asked: argparse.Namespace) -> Iterator[Row]:
    course, expected = work / "course", json.loads((work / "expected.json").read_text())
    measure.generate(course)
    figures = Figures()
    for turn in range(max(asked.runs, asked.nbgrader_runs)):
        _take_turn(work, expected, figures, turn < asked.runs, turn < asked.nbgrader_runs)
    yield from _speed(figures)
    yield Row("walls, a submission", 1e3 * measure.walls_seconds(course, 8), "ms", "", None, 20)
    copy = measure.clean_copy(course, work / "copy", gradebook=True)
    memory = measure.weigh(copy)
    yield Row("memory of the parent", memory.parent_mb, "MB", "", None, 250)
    yield Row("memory a worker, box included", memory.worker_mb, "MB", "", None, 200)
    yield Row("memory of the largest box", memory.largest_mb, "MB", "", None, 200)
    yield Row("dfl --help", measure.help_seconds(work), "s", "", None, 0.3)
    yield Row("judging 10^6 doubles", 1e3 * measure.judging_seconds(), "ms", "", None, 50)


def _take_turn(
    work: Path, expected: measure.Passed, figures: Figures, ours: bool, theirs: bool
) -> None:
    course, copy = work / "course", work / "copy"
    if ours:
        _say("dfl grade, gradebook made by nbgrader")
        measure.clean_copy(course, copy, gradebook=True)
        figures.with_gradebook.append(measure.grade(copy, expected))
        _say("the floor")
        figures.floor.append(measure.run_floor(work))
        _say("dfl grade, no gradebook")
        measure.clean_copy(course, copy, gradebook=False)
        figures.fresh.append(measure.grade(copy, expected))
    if theirs:
        _say("nbgrader autograde")
        measure.clean_copy(course, copy, gradebook=True)
        figures.nbgrader.append(measure.autograde(copy, expected))


def _speed(figures: Figures) -> Iterator[Row]:
    theirs = statistics.median(g.whole_s for g in figures.nbgrader) if figures.nbgrader else None
    floor = statistics.median(g.each_s for g in figures.floor)
    if theirs is not None:
        yield Row("nbgrader autograde, whole", theirs, "s", "", None, None)
    for what, graded in (
        ("dfl grade, whole", figures.with_gradebook),
        ("dfl grade, whole, no gradebook", figures.fresh),
    ):
        whole = statistics.median(g.whole_s for g in graded)
        if theirs is None:
            yield Row(what, whole, "s", "", None, None)
        else:
            yield Row(what, whole, "s", "nbgrader", whole / theirs, 1 / 15, 1 / 20)
    yield Row("floor, a submission", 1e3 * floor, "ms", "", None, None)
    each = statistics.median(g.each_s for g in [*figures.with_gradebook, *figures.fresh])
    yield Row("dfl grade's loop, a submission", 1e3 * each, "ms", "floor", each / floor, 2.5, 1.7)


def _say(what: str) -> None:
    print(f"measuring {what} ...", file=sys.stderr, flush=True)


def _print(rows: list[Row], machine: dict[str, object]) -> None:
    from dfl_grading.terminal import Cell, Column, print_text, table

    words = {None: Cell(""), True: Cell("ok", "good"), False: Cell("over", "bad")}
    columns = [Column("What"), Column("Figure", right=True, keep=True)]
    columns += [Column("Ratio", keep=True), Column("At most", keep=True), Column("", keep=True)]
    table(
        columns,
        [
            (row.what, f"{row.figure:.3g} {row.unit}", _ratio(row), _target(row), words[row.good])
            for row in rows
        ],
    )
    print_text("All scores are as expected.", tone="good")
    print_text(", ".join(f"{name} {value}" for name, value in machine.items()), tone="quiet")
    if float(str(machine["load_before"])) > 0.5:
        print_text("The machine was busy before: trust the ratios alone.", tone="warn")


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f"{_share(row.ratio)} {row.beside}"


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    if row.ratio is None:
        return f"{row.target:g} {row.unit}"
    return _share(row.target) + ("" if row.aim is None else f" (aim: {_share(row.aim)})")


def _share(ratio: float) -> str:
    return f"1/{1 / ratio:.3g}" if ratio < 0.5 else f"{ratio:.3g}"


if __name__ == "__main__":
    main()
