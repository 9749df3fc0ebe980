"""The command line: parses, makes one call, shows what came of it.

Exit codes: 0 every submission has a verdict; 1 some need a person (or a proof failed); 2 the
operator's fault, nothing was done. Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfl_grading import __version__
from dfl_grading.errors import CourseError, GradingError

if TYPE_CHECKING:
    from dfl_grading.collect import CollectResult
    from dfl_grading.course import Course
    from dfl_grading.regrade import Regraded
    from dfl_grading.verify import Verified

__all__ = ["app", "main"]

app = typer.Typer(
    name="dfl",
    help="Grade a class's notebooks in boxes, against a reference solution, into nbgrader's "
    "gradebook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # panels in the help would cost a tenth of a second
    context_settings={"help_option_names": ["-h", "--help"]},
)

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", metavar="DIR", help="The course's folder; found upwards otherwise."),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="How many at a time; 0: one a core.")
]
StudentOption = Annotated[
    list[str] | None,
    typer.Option("--student", metavar="ID", help="Only this student (repeatable)."),
]
UnsafeOption = Annotated[
    bool, typer.Option("--unsafe-no-box", help="Run student code as yourself, unprotected.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")
]
ProblemSets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PS]...", help="Problem sets; all of them where none is named."),
]


def main() -> None:
    """Run the command line; a GradingError becomes its sentence and exit code 2."""
    try:
        app()
    except GradingError as error:
        _tell(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as end:
        code = end.code if isinstance(end, SystemExit) else _INTERRUPTED
        if code == _INTERRUPTED:
            _tell("stopped; what is done is kept, the same command goes on.")
        sys.exit(code)
    except OSError as error:
        # a disk, a folder or a limit of this machine; a fault of ours would be of another kind
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"{where}{error.strerror or error}; mend it, then run the same command again.")
        sys.exit(2)


_INTERRUPTED = 130
"""What typer ends with at Ctrl-C."""


def _tell(sentence: str) -> None:
    print(f"dfl: {sentence}", file=sys.stderr)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dfl {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    del version


def _course(folder: Path | None) -> Course:
    from dfl_grading.course import find_course, load_course

    course = load_course(find_course(folder or Path.cwd()))
    if course.nbgrader.group_shared:
        # colleagues go on with the files that this command makes
        os.umask(os.umask(0) & ~0o070)
    return course


def _warned_course(folder: Path | None) -> Course:
    """The course, and one warning on stderr of what its nbgrader_config.py asks for in vain."""
    course = _course(folder)
    options: dict[str, list[str]] = {}
    for option, remedy in course.nbgrader.not_honoured:
        options.setdefault(remedy, []).append(option)
    if options:
        lines = [f"  {', '.join(names)}: {remedy}." for remedy, names in options.items()]
        _tell("\n".join(["warning: nbgrader_config.py sets what is not honoured here:", *lines]))
    return course


@app.command(short_help="Grade what was handed in.")
def grade(
    problem_sets: ProblemSets = None,
    *,
    student: StudentOption = None,
    jobs: JobsOption = 0,
    force: Annotated[bool, typer.Option("--force", help="Grade what is up to date again.")] = False,
    unsafe_no_box: UnsafeOption = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Grade submitted/ into autograded/, the gradebook and a report page."""
    from dfl_grading import terminal
    from dfl_grading.pipeline import GradeOptions
    from dfl_grading.pipeline import grade as grade_course

    here = _warned_course(course)
    options = GradeOptions(
        jobs=jobs, force=force, walls=not unsafe_no_box, students=tuple(student or ())
    )
    sets = grade_course(
        here,
        problem_sets or [],
        options,
        lambda total: terminal.Progress(total, quiet=json),
    )
    reports = [report for graded in sets for report in graded.reports]
    if json:
        terminal.print_json(_grade_document(sets))
    else:
        where: list[tuple[str, Path | str]] = [("Report", graded.page) for graded in sets]
        terminal.grade_table(
            reports, where=[*where, ("Gradebook", _without_password(here.database_url))]
        )
        for graded in sets:
            for remark in graded.remarks:
                terminal.print_error(f"passed over: {remark.name} {remark.why}")
            old = len(graded.reports) - len(graded.fresh)
            if old:
                terminal.print_text(
                    f"{graded.config.name}: {old} of {len(graded.reports)} were up to date and "
                    f"not graded again (--force does).",
                    tone="quiet",
                )
    if any(report.needs_person for report in reports):
        raise typer.Exit(1)


def _without_password(database_url: str) -> str:
    """Where the gradebook is, to be shown."""
    shown = database_url.removeprefix("sqlite:///")
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", shown)


@app.command(short_help="Prove problem sets before students see them.")
def verify(
    problem_sets: ProblemSets = None,
    *,
    jobs: JobsOption = 0,
    seeds: Annotated[
        int,
        typer.Option("--seeds", min=0, help="Other draws for each stochastic check; 0: none."),
    ] = 100,
    only: Annotated[
        str, typer.Option("--only", metavar="GLOB", help="Try these samples, such as 'wrong/*'.")
    ] = "*",
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Measure the room around every tolerance."),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what held too.")] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Prove problem sets: reference, stub, samples and stochastic checks get what they must."""
    from dfl_grading import terminal
    from dfl_grading.verify import VerifyOptions
    from dfl_grading.verify import verify as verify_course

    verified = verify_course(
        _warned_course(course),
        problem_sets or [],
        lambda total: terminal.Progress(total, label="Verifying", quiet=json),
        VerifyOptions(jobs=jobs, seeds=seeds, only=only, calibrate=calibrate),
    )
    if json:
        proofs = [proof for one in verified for proof in one.proofs]
        margins = [
            {"problem_set": one.problem_set, **vars(margin), "warning": margin.warning}
            for one in verified
            for margin in one.margins
        ]
        terminal.print_json({"proofs": proofs, "margins": margins})
    else:
        for one in verified:
            _show_proofs(one, verbose=verbose)
            _show_margins(one)
        for one in verified:
            held = sum(proof.held for proof in one.proofs)
            terminal.print_text(
                f"{one.problem_set}: {held} of {len(one.proofs)} proofs hold, after "
                f"{one.cpu_s:.0f} s of processor time.",
                tone="good" if one.held else "bad",
            )
    if not all(one.held for one in verified):
        raise typer.Exit(1)


def _show_proofs(verified: Verified, *, verbose: bool) -> None:
    from dfl_grading import terminal

    for proof in verified.proofs:
        if verbose or not proof.held:
            tone = "good" if proof.held else "bad"
            word = "holds" if proof.held else "FAILS"
            terminal.print_text(f"{word}  {proof.problem_set}: {proof.what}", tone=tone)
        for finding in proof.findings:
            terminal.print_text(f"       - {finding}")


def _show_margins(verified: Verified) -> None:
    """Distances in units of the tolerance: right answers lie below 1, wrong ones above."""
    from dfl_grading import terminal

    if not verified.margins:
        return
    columns = [
        terminal.Column("Check"),
        terminal.Column("Noise", right=True, keep=True),
        terminal.Column("float32", right=True, keep=True),
        terminal.Column("Wrong", right=True, keep=True),
        terminal.Column("Warning"),
    ]

    def shown(distance: float | None) -> str:
        return "-" if distance is None else f"{distance:.1g}"

    rows = [
        (
            f"{one.grade_id}: {one.part}" if one.part else one.grade_id,
            shown(one.noise),
            shown(one.single),
            shown(one.wrong),
            terminal.Cell(one.warning, "warn"),
        )
        for one in verified.margins
    ]
    title = f"{verified.problem_set}: distances from the reference, in tolerances"
    terminal.table(columns, rows, title=title)


@app.command(short_help="Write release/ from source/, without answers.")
def release(
    problem_sets: ProblemSets = None, *, course: CourseOption = None, json: JsonOption = False
) -> None:
    """Write release/ from source/: no solutions, no hidden tests, no mark schemes."""
    from dfl_grading import terminal
    from dfl_grading.release import release as release_one
    from dfl_grading.store import Store

    here = _warned_course(course)
    chosen = here.chosen(problem_sets or [])
    with Store(here.database_url, here.course_id) as store:
        made = [release_one(here, config.name, store=store) for config in chosen]
    if json:
        terminal.print_json({"released": made})
        return
    for result in made:
        what = "released" if result.changed else "released already, unchanged"
        count = len(result.notebooks) + len(result.files)
        terminal.print_text(f"{result.problem_set}: {what} ({count} files in {result.folder})")


@app.command(short_help="Bring hand-ins from an LMS or a folder to submitted/.")
def collect(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Archives, folders or notebooks.")
    ],
    *,
    problem_set: Annotated[
        str, typer.Option("--problem-set", "-p", metavar="PS", help="What was handed in.")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="LMS",
            help="Who named the files: canvas, moodle, blackboard, gradescope, plain or auto.",
        ),
    ] = "auto",
    pattern: Annotated[
        str,
        typer.Option("--pattern", metavar="REGEX", help="Named groups: student_id, timestamp, …"),
    ] = "",
    roster: Annotated[
        Path | None,
        typer.Option("--roster", metavar="CSV", help="The LMS's names and ids to student ids."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, only tell.")] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Bring hand-ins from LMS archives and folders to submitted/, older ones to collected/."""
    from dfl_grading import terminal
    from dfl_grading.collect import CollectOptions
    from dfl_grading.collect import collect as collect_paths

    options = CollectOptions(form=form, pattern=pattern, roster=roster, dry_run=dry_run)
    result = collect_paths(_course(course), problem_set, paths, options)
    if json:
        terminal.print_json(result)
    else:
        _show_collected(result)
    if result.refused:
        raise typer.Exit(1)


@app.command(short_help="Show where each problem set stands.")
def status(
    problem_sets: ProblemSets = None, *, course: CourseOption = None, json: JsonOption = False
) -> None:
    """Show each problem set's dates, hand-ins, grades and what waits for a person."""
    from dfl_grading import terminal
    from dfl_grading.status import look
    from dfl_grading.wording import format_share

    standings = look(_course(course), problem_sets or [])
    if json:
        terminal.print_json({"problem_sets": standings})
        return
    columns = [
        terminal.Column("Problem set", keep=True),
        terminal.Column("Wk", right=True),
        terminal.Column("Release", keep=True),
        terminal.Column("Due", keep=True),
        terminal.Column("Graded", right=True, keep=True),
        terminal.Column("Manual", right=True),
        terminal.Column("Mean", right=True, keep=True),
    ]
    rows = [
        (
            one.problem_set,
            "" if one.week is None else str(one.week),
            f"{one.release:%d %b}" if one.release else "",
            f"{one.due:%d %b}" if one.due else "",
            f"{one.graded}/{one.submitted}",
            str(one.needs_manual or ""),
            format_share(one.mean),
        )
        for one in standings
    ]
    terminal.table(columns, rows)


@app.command(short_help="Grade again after a fix, and say who changes.")
def regrade(
    problem_sets: ProblemSets = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say who would change; write nothing.")
    ] = False,
    student: StudentOption = None,
    jobs: JobsOption = 0,
    force: Annotated[bool, typer.Option("--force", help="Grade what is up to date again.")] = False,
    unsafe_no_box: UnsafeOption = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Grade again after a fix, and say who changes, by how much and why."""
    from dfl_grading import terminal
    from dfl_grading.pipeline import GradeOptions
    from dfl_grading.regrade import regrade as regrade_course

    options = GradeOptions(
        jobs=jobs, force=force, walls=not unsafe_no_box, students=tuple(student or ())
    )
    done = regrade_course(
        _warned_course(course),
        problem_sets or [],
        options,
        lambda total: terminal.Progress(total, label="Grading", quiet=json),
        dry_run=dry_run,
    )
    if json:
        terminal.print_json({"dry_run": dry_run, "problem_sets": done})
    else:
        for one in done:
            _show_regraded(one, dry_run=dry_run)
    if any(one.needs_person for one in done):
        raise typer.Exit(1)


def _show_regraded(done: Regraded, *, dry_run: bool) -> None:
    """One row a question that changes, then how many there are of whom."""
    from dfl_grading import terminal
    from dfl_grading.wording import format_points

    columns = [
        terminal.Column("Student", keep=True),
        terminal.Column("Score", right=True, keep=True),
        terminal.Column("Question", keep=True),
        terminal.Column("Points", right=True, keep=True),
        terminal.Column("Why"),
    ]
    rows = []
    for change in done.changes:
        score = f"{format_points(change.before)} → {format_points(change.after)}"
        for number, one in enumerate(change.questions):
            points = f"{format_points(one.before, '?')} → {format_points(one.after, '?')}"
            if one.manual is not None:
                points += f" ({format_points(one.manual)} by hand stays)"
            first = (change.student, score) if number == 0 else ("", "")
            rows.append((*first, one.grade_id, points, "; ".join(change.why) if not number else ""))
    if rows:
        terminal.table(columns, rows, title=done.problem_set)
    would = "would change" if dry_run else "changed"
    terminal.print_text(
        f"{done.problem_set}: {len(done.changes)} {would}, {done.unchanged} graded again without "
        f"a change, {done.up_to_date} up to date, {done.new} new."
    )


@app.command(short_help="Make a new course, or describe one of nbgrader's.")
def init(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The new course's folder.")
    ] = None,
    *,
    from_nbgrader: Annotated[
        Path | None,
        typer.Option("--from-nbgrader", metavar="DIR", help="Describe this nbgrader course."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a course that grades at once, or a course.toml for one that nbgrader has made."""
    from dfl_grading import terminal
    from dfl_grading.init import describe_nbgrader_course, make_course

    if (folder is None) == (from_nbgrader is None):
        raise CourseError(
            "init takes the folder of a new course, or --from-nbgrader and an old course's folder."
        )
    if from_nbgrader is not None:
        files: tuple[Path, ...] = (describe_nbgrader_course(from_nbgrader),)
    else:
        assert folder is not None
        files = make_course(folder)
    if json:
        terminal.print_json({"files": files})
        return
    for file in files:
        terminal.print_text(str(file))
    if folder is not None:
        terminal.print_text(f"Next: cd {folder} && dfl verify && dfl grade")


@app.command(short_help="Bring source notebooks into one form.")
def tidy(
    problem_sets: ProblemSets = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 where something would be.")
    ] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Bring source notebooks into one form: no outputs, keys sorted, ids that last."""
    from dfl_grading import terminal
    from dfl_grading.tidy import tidy as tidy_course

    changed = tidy_course(_course(course), problem_sets or [], check=check)
    if json:
        terminal.print_json({"changed": changed})
    else:
        for path in changed:
            terminal.print_text(str(path))
    if check and changed:
        raise typer.Exit(1)


@app.command(short_help="Make the pages of results anew.")
def report(
    problem_sets: ProblemSets = None, *, course: CourseOption = None, json: JsonOption = False
) -> None:
    """Make reports/<ps>.html anew, one self-contained page each."""
    from dfl_grading import terminal
    from dfl_grading.pipeline import make_pages

    here = _course(course)
    pages = make_pages(here, here.chosen(problem_sets or []))
    if json:
        terminal.print_json({"pages": pages})
        return
    for page in pages:
        terminal.print_text(str(page))


@app.command(short_help="For students: run a notebook's visible tests.")
def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="What shall be handed in.")],
    *,
    unsafe_no_box: Annotated[
        bool, typer.Option("--unsafe-no-box", help="Run the notebook unprotected.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run the visible tests of a notebook before it is handed in, in the same kind of box."""
    from dfl_grading import terminal
    from dfl_grading.check import check as check_notebook
    from dfl_grading.wording import format_points, word_of

    found = check_notebook(notebook, walls=not unsafe_no_box)
    if json:
        terminal.print_json({"passed": found.passed, **vars(found)})
    else:
        rows = [
            (
                question.grade_id,
                terminal.Cell(word_of(question.verdict), "good" if passed else "bad"),
                f"{format_points(question.score, '?')} / {format_points(question.max_score)}",
                question.message,
            )
            for question in found.questions
            for passed in [question.score == question.max_score]
        ]
        columns = [
            terminal.Column("Question", keep=True),
            terminal.Column("Visible test", keep=True),
            terminal.Column("Points", right=True, keep=True),
            terminal.Column(""),
        ]
        terminal.table(columns, rows)
        for repair in found.repairs:
            terminal.print_text(repair)
        if found.message:
            terminal.print_text(found.message, tone="bad")
        terminal.print_text("Hidden arguments may still find what the visible tests do not.")
    if not found.passed:
        raise typer.Exit(1)


@app.command(short_help="Give students more time.")
def extend(
    problem_set: Annotated[
        str | None, typer.Argument(metavar="PS", help="The problem set; none: list them all.")
    ] = None,
    *,
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="ID", help="For this student (repeatable)."),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For every known student.")] = False,
    days: Annotated[float, typer.Option("--days", min=0)] = 0,
    hours: Annotated[float, typer.Option("--hours", min=0)] = 0,
    minutes: Annotated[float, typer.Option("--minutes", min=0)] = 0,
    none: Annotated[bool, typer.Option("--none", help="Take the extension back.")] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Give students more time, in nbgrader's gradebook; without a problem set, list who has it."""
    from datetime import timedelta

    from dfl_grading import terminal
    from dfl_grading.extend import everyone, extensions
    from dfl_grading.extend import extend as extend_students
    from dfl_grading.store import Store
    from dfl_grading.wording import format_duration

    here = _course(course)
    time = timedelta(days=days, hours=hours, minutes=minutes)
    with Store(here.database_url, here.course_id) as store:
        if problem_set is None:
            found = extensions(here, store)
        else:
            if (not time) != none:
                raise CourseError(
                    "an extension takes --days, --hours or --minutes, or else --none."
                )
            who = everyone(here, store) if everybody else tuple(student or ())
            found = extend_students(here, problem_set, who, time, store)
    if json:
        terminal.print_json({"extensions": found})
        return
    if not found:
        terminal.print_text("Nobody has an extension.")
        return
    columns = [
        terminal.Column("Problem set", keep=True),
        terminal.Column("Student", keep=True),
        terminal.Column("Extension", right=True, keep=True),
        terminal.Column(""),
    ]
    rows = [
        (
            one.problem_set,
            one.student,
            format_duration(one.time.total_seconds()) if one.time else "none",
            "until they hand in, in extensions.csv" if one.waiting and one.time else "",
        )
        for one in found
    ]
    terminal.table(columns, rows)


@app.command(short_help="Write the course page, week by week.")
def syllabus(
    problem_sets: ProblemSets = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; syllabus.html otherwise.")
    ] = None,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Write the course page: each week's readings, problems, points and dates."""
    from dfl_grading import terminal
    from dfl_grading.syllabus import read_syllabus, write_syllabus

    here = _course(course)
    sections = read_syllabus(here, problem_sets or [])
    page = output or here.root / "syllabus.html"
    write_syllabus(here, sections, page)
    if json:
        terminal.print_json({"page": page, "sections": sections})
        return
    terminal.print_text(str(page))


@app.command(short_help="Write each student's pages of feedback.")
def feedback(
    problem_sets: ProblemSets = None,
    *,
    student: StudentOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write pages that are up to date.")
    ] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Write feedback/<student>/<ps>/*.html: scores, comments and the notebook as it ran."""
    from dfl_grading import terminal
    from dfl_grading.feedback import make_feedback

    here = _course(course)
    pages = make_feedback(
        here,
        problem_sets or [],
        lambda total: terminal.Progress(total, label="Feedback", quiet=json),
        students=tuple(student or ()),
        force=force,
    )
    if json:
        terminal.print_json({"pages": pages})
        return
    fresh = sum(page.changed for page in pages)
    terminal.print_text(
        f"{len(pages)} pages in {here.root / here.feedback_directory}: {fresh} written, "
        f"{len(pages) - fresh} up to date."
    )


@app.command(short_help="Write the gradebook to a file.")
def export(
    problem_sets: ProblemSets = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format: csv.")] = "csv",
    questions: Annotated[
        bool, typer.Option("--questions", help="One more column for each question.")
    ] = False,
    course: CourseOption = None,
    json: JsonOption = False,
) -> None:
    """Write the gradebook to a file for a spreadsheet or an LMS."""
    from dfl_grading import terminal
    from dfl_grading.export import export as export_course

    here = _course(course)
    result = export_course(here, problem_sets or [], output=output, to=to, questions=questions)
    if json:
        terminal.print_json(result)
        return
    terminal.print_text(f"{output}: {result.students} students, {result.problem_sets} problem sets")


@app.command(short_help="Try what this machine protects against.")
def doctor(course: CourseOption = None, json: JsonOption = False) -> None:
    """Try on this machine what student code may try, and tell what holds."""
    from dfl_grading import terminal
    from dfl_grading.doctor import HOLDS, examine

    found = examine(course)
    if json:
        terminal.print_json({"safe": found.safe, **vars(found)})
    else:
        rows = [
            (
                terminal.Cell(one.verdict, "good" if one.verdict == HOLDS else "bad"),
                one.protection,
                one.against + (f" ({one.detail})" if one.verdict != HOLDS and one.detail else ""),
            )
            for one in found.findings
        ]
        terminal.table(["", "Protection", "Against"], rows)
        versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
        terminal.print_text(versions, tone="quiet")
        for note in found.missing:
            terminal.print_text(note, tone="bad")
    if not found.safe:
        raise typer.Exit(1)


_COLLECTED = ("Student", "", "Time", "", "Folder")


def _show_collected(result: CollectResult) -> None:
    from dfl_grading import terminal

    for source in result.sources:
        how = "as --from and --pattern say" if source.chosen else "found by its names"
        terminal.print_text(
            f"{source.name}: {source.form}, {how} ({source.named} of {source.counted} notebooks)"
        )
    fates = {
        "collected": (result.collected, "good"),
        "kept as older": (result.older, ""),
        "unchanged": (result.unchanged, "quiet"),
    }
    rows = [
        (
            one.student,
            terminal.Cell(fate, tone),
            one.timestamp,
            terminal.Cell("late" if one.late else "", "warn"),
            one.folder,
        )
        for fate, (hand_ins, tone) in fates.items()
        for one in sorted(hand_ins, key=lambda one: one.student.casefold())
        if len(result.unchanged) < terminal.MANY or fate != "unchanged"
    ]
    if rows:
        columns = [terminal.Column(name, keep=name == "Time") for name in _COLLECTED]
        terminal.table(columns, rows)
    for note in result.notes:
        terminal.print_text(f"Note: {note}.", tone="quiet")
    if result.refused:
        refused = [(one.name, one.source, one.why) for one in result.refused]
        terminal.table(["Refused", "From", "Why"], refused)
    counts = ", ".join(f"{len(hand_ins)} {fate}" for fate, (hand_ins, _) in fates.items())
    more = f", {result.passed_over} files passed over" if result.passed_over else ""
    would = " (nothing was written)" if result.dry_run else ""
    terminal.print_text(
        f"{result.problem_set}: {counts}, {len(result.refused)} refused{more}{would}.",
        tone="bad" if result.refused else "good",
    )


def _grade_document(sets: object) -> dict[str, object]:
    import json

    from dfl_grading.pipeline import GradedSet

    assert isinstance(sets, tuple)
    made: list[dict[str, object]] = []
    for graded in sets:
        assert isinstance(graded, GradedSet)
        made.append(
            {
                "problem_set": graded.config.name,
                "report_page": str(graded.page),
                "graded": sorted(graded.fresh),
                "reports": [json.loads(report.to_json()) for report in graded.reports],
                "passed_over": [
                    {"name": remark.name, "why": remark.why} for remark in graded.remarks
                ],
            }
        )
    return {"problem_sets": made}
