"""The page that a student gets: what it says, that nothing on it runs, and that it reaches them."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import courses
import lively
import pytest
import tiny_course as tiny
from inert_page import Element, Page, refuse_lively
from typer.testing import CliRunner

from dfl_grading.cli import app
from dfl_grading.course import load_course
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.feedback import FeedbackPage, Sheet, make_feedback, render_feedback
from dfl_grading.model import (
    Evidence,
    GradeReport,
    Lateness,
    Outcome,
    PartResult,
    QuestionResult,
    Repair,
    RunRecord,
    Verdict,
)
from dfl_grading.source import Delimiters, parse_notebook
from dfl_grading.store import QuestionScore, ScoreRow
from dfl_grading.terminal import Progress

PS = tiny.PROBLEM_SET


def question(grade_id: str, verdict: Verdict, score: float | None, **more: Any) -> QuestionResult:
    made = {"notebook": "p1", "max_score": 2.0, "evidence": Evidence.OUTSIDE, **more}
    return QuestionResult(grade_id=grade_id, verdict=verdict, score=score, **made)


def sheet(*questions: QuestionResult, **more: Any) -> Sheet:
    fields = {name: more.pop(name) for name in ("late", "run", "repairs") if name in more}
    report = GradeReport(
        student="ada",
        problem_set=PS,
        questions=questions,
        timestamp="2030-03-01T10:00:00",
        **fields,
    )
    made = {"title": "Vectors", "course": "Linear algebra", "timezone": "Europe/Berlin"}
    made |= {"report": report, "row": None, "comments": {}, "delimiters": Delimiters()}
    return Sheet(**{**made, **more})


def row(penalty: float = 0.0, **scores: tuple[float | None, float | None]) -> ScoreRow:
    """The gradebook's line: manual score and extra credit by grade_id."""
    return ScoreRow(
        student="ada",
        problem_set=PS,
        timestamp=None,
        extension=None,
        penalty=penalty,
        max_score=2.0 * len(scores),
        questions=tuple(
            QuestionScore(
                notebook="p1",
                grade_id=grade_id,
                max_score=2.0,
                auto_score=None,
                manual_score=manual,
                extra_credit=extra,
                needs_manual_grade=False,
            )
            for grade_id, (manual, extra) in scores.items()
        ),
    )


def document(*cells: dict[str, Any]) -> dict[str, Any]:
    return parse_notebook(json.dumps(tiny.notebook(*cells)).encode())[0]


def read(html: str) -> Page:
    """The page, with no sign of life in it."""
    page = Page(html)
    refuse_lively(page)
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    links = {e.attributes["href"] for e in page.elements if "href" in e.attributes}
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    return page


def by_class(page: Page, name: str) -> list[Element]:
    return [e for e in page.elements if name in e.attributes.get("class", "").split()]


def words(element: Element) -> str:
    return " ".join(element.text.split())


def rows_of(page: Page) -> list[str]:
    (table,) = by_class(page, "marks")
    start = page.elements.index(table)
    return [words(e) for e in page.elements[start:] if e.name == "tr"][1:]


# ------------------------------------------------------------------ what a page says


def test_the_table_says_what_became_of_each_question() -> None:
    parts = (
        PartResult(name="value", score=1.5, max_score=1.5, verdict=Verdict.PASSED),
        PartResult(
            name="zero", score=0.0, max_score=0.5, verdict=Verdict.FAILED, message="Off by one."
        ),
    )
    page = read(
        render_feedback(
            sheet(
                question("norm", Verdict.PASSED, 2.0),
                question("rank", Verdict.PARTIAL, 1.5, parts=parts, message="Zero is wrong."),
                question("why", Verdict.MANUAL, None, evidence=Evidence.MANUAL),
                question("slow", Verdict.TIMEOUT, 0.0, evidence=Evidence.IN_KERNEL),
                question("bad", Verdict.GRADER_ERROR, None, message="graders/ps1.py:9: KeyError"),
            ),
            "p1",
            document(tiny.cell("assert 1", grade_id="norm", grade=True, locked=True, points=2)),
        )
    )
    assert rows_of(page) == [
        "norm P Correctjudged by its result 2 / 2",
        "rank ~ Partly correctjudged by its result Zero is wrong. P value: correct 1.5 / 1.5 "
        "F zero: not correct. Off by one. 0 / 0.5 1.5 / 2",
        "why ? Waits for a person – / 2",
        "slow T Took too longjudged by tests in your notebook 0 / 2",
        "bad ! Could not be graded yet This is not your fault and cost no points: a person will "
        "look at it. – / 2",
    ]
    (total,) = by_class(page, "total")
    assert words(total) == "3.5 of 10 points"
    assert "2 questions (4 points) still wait for a person’s grade." in page.elements[0].text
    assert "KeyError" not in page.source
    assert "handed in 1 March 2030, 11:00 CET" in page.elements[0].text


def test_a_persons_grades_and_comments_stand_above_the_automatic_ones() -> None:
    html = render_feedback(
        sheet(
            question("why", Verdict.MANUAL, None, evidence=Evidence.MANUAL),
            question("norm", Verdict.FAILED, 0.0, message="Wrong sign."),
            row=row(why=(1.5, None), norm=(2.0, 0.5)),
            comments={
                ("p1", "why"): "Well <b>argued</b>.\nNearly.",
                ("p1", "code"): "Name it better.",
                ("p1", "blank"): "No response.",
                ("p2", "why"): "Of another notebook.",
            },
        ),
        "p1",
        document(
            tiny.cell("Because.", "markdown", grade_id="why", grade=True, solution=True, points=2),
            tiny.cell("x = 1", grade_id="code", solution=True),
            tiny.cell("", grade_id="blank", solution=True),
        ),
    )
    page = read(html)
    assert rows_of(page) == [
        "why ✓ Graded by a person CommentWell <b>argued</b>. Nearly. 1.5 / 2",
        "norm ✓ Graded by a person Wrong sign.0.5 of these points are extra credit. 2.5 / 2",
    ]
    assert words(by_class(page, "total")[0]) == "4 of 4 points 100 %"
    comments = [words(element) for element in by_class(page, "comment")]
    assert comments.count("CommentWell <b>argued</b>. Nearly.") == 2  # in the table, at the cell
    assert comments.count("CommentName it better.") == 2  # in the list, at the cell
    assert len(comments) == 4


def test_comments_are_markdown_without_tags_as_formgrader_asks_for() -> None:
    comment = "Mind *the* <why> of $x^2$:\n\n- one\n- [two](javascript:go)"
    html = render_feedback(
        sheet(question("why", Verdict.MANUAL, None), comments={("p1", "why"): comment}),
        "p1",
        document(tiny.cell("Because.", "markdown", grade_id="why", grade=True, solution=True)),
    )
    shown = by_class(read(html), "comment")
    assert [words(element) for element in shown] == [
        "CommentMind the <why> of x2: one [two](javascript:go)"
    ] * 2
    assert html.count("<em>the</em>") == html.count("<li>one</li>") == html.count("<msup>") == 2


def test_lateness_costs_what_the_gradebook_says() -> None:
    late = Lateness(seconds=7200, penalty=0.5, extension_seconds=3600, policy="a quarter a day")
    passed = question("norm", Verdict.PASSED, 2.0)
    page = read(render_feedback(sheet(passed, late=late, row=row(1.5)), "p1", None))
    assert words(by_class(page, "total")[0]) == "0.5 of 2 points 25 %"
    (line,) = by_class(page, "late")
    assert words(line) == (
        "2 points, less 1.5 for lateness: handed in 2 h late, after an extension of 1 h, a quarter "
        "a day."
    )
    page = read(render_feedback(sheet(passed, late=late), "p1", None))
    assert words(by_class(page, "total")[0]) == "1.5 of 2 points 75 %"
    free = read(render_feedback(sheet(passed, late=replace(late, penalty=0.0)), "p1", None))
    assert not by_class(free, "late")
    assert "Handed in 2 h late" in free.elements[0].text


def test_repairs_and_the_end_of_the_run_are_told() -> None:
    repairs = tuple(
        Repair(notebook=name, grade_id=grade_id, what=what)
        for name, grade_id, what in (
            ("p1", "norm", "The test was put back."),
            ("p1", None, "The notebook was of format 3."),
            ("p2", "x", "Of another notebook."),
        )
    )
    run = RunRecord(outcome=Outcome.TIMEOUT, message="longer than 9 s")
    page = read(render_feedback(sheet(repairs=repairs, run=run), "p1", None))
    (made,) = by_class(page, "repairs")
    assert words(made) == "norm: The test was put back. The notebook was of format 3."
    assert "because it took too long" in words(by_class(page, "notice")[0])
    many = tuple(replace(repairs[1], what=str(number)) for number in range(500))
    page = read(render_feedback(sheet(repairs=many), "p1", None))
    assert words(by_class(page, "repairs")[0]).endswith("99 and 400 more")


def test_each_notebook_has_its_page_and_all_have_one_total() -> None:
    made = sheet(
        question("a", Verdict.PASSED, 2.0), question("b", Verdict.PARTIAL, 1.0, notebook="p2")
    )
    for name, row_of in (("p1", "a P Correct"), ("p2", "b ~ Partly correct")):
        page = read(render_feedback(made, name, None))
        assert [text.startswith(row_of) for text in rows_of(page)] == [True]
        assert words(by_class(page, "total")[0]) == "3 of 4 points 75 %"
        assert "p1: 2 / 2 · p2: 1 / 2" in " ".join(page.elements[0].text.split())
        assert "There is no notebook to show" in page.elements[0].text


def test_cells_stand_in_order_with_what_was_said_of_them() -> None:
    test = tiny.cell("assert x", grade_id="norm", grade=True, locked=True, points=2)
    html = render_feedback(
        sheet(question("norm", Verdict.FAILED, 0.0, message="Wrong sign.")),
        "p1",
        document(tiny.cell("# Hi", "markdown"), tiny.cell("x = 1"), test, test),
    )
    page = read(html)
    articles = [e for e in page.elements if e.name == "article"]
    assert [e.attributes["id"] for e in articles] == ["cell-1", "cell-2", "q-1", "cell-4"]
    assert "Wrong sign." in articles[2].text
    assert "Wrong sign." not in articles[3].text
    assert [e.attributes["href"] for e in page.elements if e.name == "a"] == ["#q-1", "#questions"]


HIDDEN = "assert f(90210) == 1, 'one, of course'"
HIDING = f"assert f(1)\n### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"


@pytest.mark.parametrize(
    ("evidence", "line", "message", "said"),
    [
        (Evidence.IN_KERNEL, 3, "one, of course", "A hidden test failed."),
        (Evidence.IN_KERNEL, 1, "f is wrong", "f is wrong"),
        (Evidence.IN_KERNEL, 1, HIDDEN, "[a line that quotes a hidden test is not shown]"),
        (Evidence.IN_KERNEL, 0, "one, of course", "A hidden test failed."),
        (Evidence.OUTSIDE, 3, "has the wrong sign", "has the wrong sign"),
    ],
)
def test_a_message_tells_nothing_of_a_hidden_test(
    evidence: Evidence, line: int, message: str, said: str
) -> None:
    frame = f"Cell In[3], line {line}\n----> {line} x\n"
    error = {"output_type": "error", "ename": "AssertionError", "evalue": message}
    cell = tiny.cell(HIDING, grade_id="f", grade=True, locked=True, points=2)
    cell |= {"execution_count": 3, "outputs": [{**error, "traceback": [frame]}] if line else []}
    failed = question("f", Verdict.FAILED, 0.0, evidence=evidence, message=message)
    page = read(render_feedback(sheet(failed), "p1", document(cell)))
    assert said in rows_of(page)[0]
    assert "90210" not in page.source
    assert "of course" not in page.source


def test_a_message_of_a_test_that_cannot_be_shown_is_not_told() -> None:
    failed = question("f", Verdict.FAILED, 0.0, evidence=Evidence.IN_KERNEL, message="secret")
    page = read(render_feedback(sheet(failed), "p1", None))
    assert "A test failed." in rows_of(page)[0]
    assert "secret" not in page.source


# ------------------------------------------------------------------ nothing runs


def lively_page(site: str = lively.SITE) -> str:
    """A page with every payload in every place, names and messages included."""
    given = json.loads(json.dumps(lively.cells()).replace(lively.SITE, site))
    graded = tiny.cell("assert 1", grade_id="norm", grade=True, locked=True, points=2)
    foreign = [text for text in (*lively.TEXT, *lively.HTML) if len(text) < 500]
    questions = [question("norm", Verdict.FAILED, 0.0, message=foreign[0])]
    questions += [
        question(
            text,
            Verdict.ERROR,
            0.0,
            message=text,
            parts=(
                PartResult(
                    name=text, score=0.0, max_score=1.0, verdict=Verdict.ERROR, message=text
                ),
            )
            * 2,
        )
        for text in foreign
    ]
    repairs = tuple(Repair(notebook="p1", grade_id=text, what=text) for text in foreign)
    made = sheet(
        *questions,
        repairs=repairs,
        late=Lateness(seconds=9.0, penalty=0.5, policy=foreign[0]),
        title=foreign[1],
        course=foreign[0],
        comments={("p1", "norm"): "".join(foreign)} | {("p1", text): text for text in foreign},
    )
    made = replace(made, report=replace(made.report, student=foreign[0]))
    return render_feedback(made, "p1", document(graded, *given))


def test_nothing_that_a_notebook_holds_is_alive_on_its_page() -> None:
    page = read(lively_page())
    articles = [e for e in page.elements if e.name == "article"]
    assert len(articles) == len(lively.cells()) + 1
    assert {e.depth for e in articles} == {articles[0].depth}
    assert [e.name for e in page.elements if e.depth == 0] == ["html"]
    assert "{{ 7 * 7 }}{% raw %}" in page.elements[0].text  # foreign text is no template
    plain = [e for e in page.elements if e.name == "svg"]
    assert [e.attributes["class"] for e in plain] == ["meter"]


def test_the_page_forbids_itself_all_but_its_style_and_its_images() -> None:
    page = read(lively_page())
    policies = [e for e in page.elements if e.attributes.get("http-equiv")]
    (style,) = [e for e in page.elements if e.name == "style"]
    digest = base64.b64encode(sha256(style.text.encode()).digest()).decode()
    assert [e.attributes["content"] for e in policies] == [
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        f"form-action 'none'"
    ]
    assert page.elements.index(policies[0]) < page.elements.index(style)
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.fixture
def visits() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", seen
        server.shutdown()
        thread.join()


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="needs chromium to open pages in"
)


def browse(html: str, folder: Path) -> str:
    """What a real browser makes of a page."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8", errors="replace")
    assert CHROMIUM is not None
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-component-update"
    options += " --disable-background-networking --disable-sync --virtual-time-budget=2000"
    done = subprocess.run(
        [
            CHROMIUM,
            *options.split(),
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            str(path),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


@needs_browser
def test_a_browser_can_tell_that_something_ran(
    visits: tuple[str, list[str]], tmp_path: Path
) -> None:
    site, seen = visits
    body = lively.HTML[0] + lively.HTML[7] + f"<img src={site}a.png>"
    assert "<title>ran</title>" in browse(f"<title>x</title><body>{body}", tmp_path)
    assert seen == ["/a.png"]


@needs_browser
@pytest.mark.parametrize("policy", [True, False], ids=["as it is", "without its policy"])
def test_nothing_runs_or_loads_in_a_browser(
    policy: bool, visits: tuple[str, list[str]], tmp_path: Path
) -> None:
    site, seen = visits
    html = lively_page(site)
    if not policy:
        html, count = re.subn(r"<meta http-equiv=[^\n]*\n", "", html)
        assert count == 1
    dom = browse(html, tmp_path)
    page = read(dom)
    (title,) = [e.text for e in page.elements if e.name == "title"]
    assert title == read(html).elements[0].text.split("\n")[0] or title != "ran"
    assert "data-ran" not in {name for e in page.elements for name in e.attributes}
    assert len([e for e in page.elements if e.name == "article"]) == len(lively.cells()) + 1
    assert seen == []


# ------------------------------------------------------------------ time


def test_a_page_of_200_cells_is_made_at_once() -> None:
    source = "\n".join(
        f"def f{n}(x):\n    '''Twice.'''\n    return {n} * x  # {n}" for n in range(5)
    )
    text = (
        "## Part\nSome *words* and $x_1 + x_2$, a `name`.\n\n- one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n"
    )
    table = "<table>" + "<tr><td>1</td><td>2</td></tr>" * 10 + "</table>"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "line\n" * 10},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": table}},
    ]
    cells = [
        tiny.cell(text, "markdown") if n % 2 else {**tiny.cell(source), "outputs": outputs}
        for n in range(200)
    ]
    given, made = document(*cells), sheet(question("norm", Verdict.PASSED, 2.0))
    render_feedback(made, "p1", given)
    times = []
    for _ in range(3):
        start = time.process_time()
        render_feedback(made, "p1", given)
        times.append(time.process_time() - start)
    assert min(times) < 0.3


# ------------------------------------------------------------------ a whole course


def quiet(total: int) -> Progress:
    return Progress(total, quiet=True)


def feedback(root: Path, *names: str, **options: Any) -> dict[str, FeedbackPage]:
    """The pages that were made, by their place below `feedback/`."""
    pages = make_feedback(load_course(root), names, quiet, **options)
    return {page.path.relative_to(root / "feedback").as_posix(): page for page in pages}


def changed(pages: dict[str, FeedbackPage]) -> list[str]:
    return [name for name, page in pages.items() if page.changed]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded course: ann has answered nearly all, bob handed in one notebook of two."""
    root = tiny.make_course(tmp_path_factory.mktemp("course"))
    answers = {
        "double": "def double(x):\n    print('got', x)\n    return 2 if x == 1 else 1 / 0",
        "why": "Since $x + x = 2x$.",
        "show": "print('<script>')",
    }
    ann = courses.hand_in(root, "ann", answers, notebooks={"p1": "p1", "p2": "p2"})
    (ann / "submission_secret.txt").write_text("ann's secret", encoding="utf-8")
    courses.hand_in(root, "bob", {"double": "def double(x):\n    return 2"})
    courses.grade(root)
    return root


@pytest.fixture
def root(graded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(graded, tmp_path / "course")


def page_of(root: Path, student: str, notebook: str) -> Page:
    path = root / "feedback" / student / PS / f"{notebook}.html"
    return read(path.read_text(encoding="utf-8"))


def test_every_graded_notebook_gets_a_page_that_tells_no_secret(root: Path) -> None:
    pages = feedback(root)
    assert list(pages) == [f"{s}/{PS}/{n}.html" for s in ("ann", "bob") for n in ("p1", "p2")]
    assert all(page.changed for page in pages.values())
    ann = page_of(root, "ann", "p1")
    assert rows_of(ann)[0] == (
        "double-test E Stopped with an errorjudged by tests in your notebook A hidden test failed: "
        "it ended in ZeroDivisionError. 0 / 2"
    )
    assert "assert double(1) == 2" in ann.elements[0].text
    assert "<script>" in ann.elements[0].text
    assert "A hidden test failed." in rows_of(page_of(root, "bob", "p1"))[0]
    assert "There is no notebook to show" in page_of(root, "bob", "p2").elements[0].text
    for name in pages:
        html = (root / "feedback" / name).read_text(encoding="utf-8")
        for secret in ("42\n", "double(21)", "HIDDEN TESTS", "MARK SCHEME", "straight line"):
            assert secret not in Page(html).elements[0].text.replace("answer == 42\n", "")
    folder = root / "feedback" / "ann" / PS
    assert (folder / "timestamp.txt").read_text(encoding="utf-8") == tiny.STAMP
    assert not list(root.glob("feedback/**/.*"))


def test_what_is_up_to_date_is_left_alone(root: Path) -> None:
    feedback(root)
    path = root / "feedback" / "ann" / PS / "p1.html"
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert changed(feedback(root)) == []
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    assert len(changed(feedback(root, force=True))) == 4
    assert path.read_bytes() == before[1]
    path.write_text("<html>half a page", encoding="utf-8")
    (root / "feedback" / "bob" / PS / "p2.html").unlink()
    assert changed(feedback(root)) == [f"ann/{PS}/p1.html", f"bob/{PS}/p2.html"]


def test_a_persons_grade_and_comment_appear_with_the_next_call(root: Path) -> None:
    from nbgrader.api import Gradebook

    feedback(root)
    assert words(by_class(page_of(root, "ann", "p1"), "total")[0]) == "2 of 11.5 points"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        book.find_grade("why", "p1", PS, "ann").manual_score = 2.5
        book.find_grade("double-test", "p1", PS, "ann").extra_credit = 0.5
        book.find_comment("why", "p1", PS, "ann").manual_comment = "Say <why> it is added."
        book.find_comment("double", "p1", PS, "ann").manual_comment = "Mind the branch."
        book.find_submission_notebook("p1", PS, "ann").late_submission_penalty = 1.0
        book.db.commit()
    assert changed(feedback(root)) == [f"ann/{PS}/p1.html", f"ann/{PS}/p2.html"]
    page = page_of(root, "ann", "p1")
    assert words(by_class(page, "total")[0]) == "4 of 11.5 points"
    assert "why ✓ Graded by a person CommentSay <why> it is added. 2.5 / 3" in rows_of(page)
    assert "Mind the branch." in words(by_class(page, "plain")[0])
    assert "5 points, less 1 for lateness." in " ".join(page.elements[0].text.split())
    courses.grade(root, force=True)
    feedback(root)
    assert "2.5 / 3" in rows_of(page_of(root, "ann", "p1"))[2]


def test_only_the_named_students_get_pages(root: Path) -> None:
    assert [page.student for page in feedback(root, PS, students=["bob"]).values()] == ["bob"] * 2
    assert not (root / "feedback" / "ann").exists()
    with pytest.raises(CourseError, match="nothing is graded by zoe"):
        feedback(root, students=["zoe"])


def test_the_command_says_what_it_did(root: Path) -> None:
    course = ["--course", str(root)]
    done = CliRunner().invoke(app, ["feedback", PS, "--json", *course], catch_exceptions=False)
    pages = json.loads(done.stdout)["pages"]
    assert [(p["student"], p["notebook"], p["changed"]) for p in pages] == [
        (student, notebook, True) for student in ("ann", "bob") for notebook in ("p1", "p2")
    ]
    assert all(Path(p["path"]).is_file() for p in pages)
    done = CliRunner().invoke(app, ["feedback", "--student", "ann", *course])
    assert "2 pages" in done.stdout
    assert "0 written, 2 up to date" in done.stdout
    assert done.exit_code == 0


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path, root: Path) -> None:
    empty = tiny.make_course(tmp_path / "empty")
    for names in ((), (PS,)):
        with pytest.raises(CourseError, match=r"nothing is graded .*dfl grade"):
            feedback(empty, *names)
    (root / "feedback").mkdir()
    (root / "feedback" / "ann").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        feedback(root)
    (root / "gradebook.db").unlink()
    with pytest.raises(StoreError, match="There is no gradebook"):
        feedback(root)


def test_a_notebook_that_cannot_be_read_costs_nobody_else_a_page(root: Path) -> None:
    folder = root / "autograded" / "ann" / PS
    (folder / "p1.ipynb").unlink()
    (folder / "p1.ipynb").write_bytes(b"{")
    (root / "autograded" / "bob" / PS / "report.json").write_text("{", encoding="utf-8")
    assert list(feedback(root)) == [f"ann/{PS}/p1.html", f"ann/{PS}/p2.html"]
    assert "There is no notebook to show" in page_of(root, "ann", "p1").elements[0].text


def test_nbgrader_hands_our_pages_out(root: Path, tmp_path: Path) -> None:
    from nbgrader.utils import notebook_hash

    feedback(root, students=["ann"])
    ours = (root / "feedback" / "ann" / PS / "p1.html").read_bytes()
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    config = (
        f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = 'x'"
    )
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    tiny.nbgrader(root, ["release_feedback", PS, "--student=ann"])
    for notebook in ("p1", "p2"):
        name = notebook_hash(secret="ann's secret", notebook_id=notebook)
        released = exchange / "x" / "feedback" / f"{name}.html"
        page = root / "feedback" / "ann" / PS / f"{notebook}.html"
        assert released.read_bytes() == page.read_bytes()
    tiny.nbgrader(root, ["generate_feedback", PS, "--student=ann"])
    assert (root / "feedback" / "ann" / PS / "p1.html").read_bytes() == ours
