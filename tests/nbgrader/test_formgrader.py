"""nbgrader's formgrader in a real browser, on what `dfl grade` leaves.

A Jupyter server with formgrader serves a graded course, and headless Chromium is driven as a person
would: by the links, into the inputs. `docs/nbgrader.md` says what is tried.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import courses
import pytest
import tiny_course as tiny
from test_feedback import CHROMIUM

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    (CHROMIUM is None or DRIVER is None) and "CI" not in os.environ,
    reason="needs chromium and chromium-driver to open formgrader in",
)

PATIENCE = 60  # seconds for what takes one on a machine that does nothing else

CELLS = [
    *courses.questions()[:3],
    courses.solution("roots", "### BEGIN SOLUTION\nroots = {-2, 2}\n### END SOLUTION"),
    courses.test("roots-test", "1.5 * len({-2, 2} & set(roots))", 3),
    tiny.cell("Twice.", "markdown", grade_id="why", grade=True, solution=True, points=4),
    tiny.cell("print(2)", grade_id="show", grade=True, solution=True, points=1.5),
]

GRADER = """
    from dfl_grading import ProblemSet, close

    problem_set = ProblemSet("ps1")
    problem_set.check(
        "square-test", observe="square(x)", edges=[{"x": 3.0}, {"x": 5.0}], by=close(rtol=1e-9)
    )
    problem_set.in_kernel("roots-test")
"""
DUE = '[[problem_set]]\nname = "ps1"\ndue = 2030-03-01T10:30:00Z\n'
LATE = "2030-03-01 11:45:00 UTC"
HOURLY = """
    c = get_config()
    from nbgrader.plugins import BasePlugin

    class Hourly(BasePlugin):
        def late_submission_penalty(self, student_id, score, total_seconds_late):
            return total_seconds_late // 3600

    c.AssignLatePenalties.plugin_class = Hourly
"""

FIRST = {
    "square": "def square(x):\n    return x * x",
    "roots": "roots = [2]",
    "why": "Because it is squared.",
    "show": "print('two')",
}
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
UNTOUCHED = {"square": STUB, "roots": STUB, "why": "YOUR ANSWER HERE", "show": STUB}
SECOND = {**FIRST, "square": courses.WRONG_SQUARE, "roots": "roots = [-2, 2]"}
WELL = "Well *argued* & short: 1 < 2."
LABEL = "Say what 'two' is."


def lay_out(root: Path) -> Path:
    """A graded course: ada half right, bob late, cyd with nothing done."""
    courses.make_course(root, *CELLS, grader=GRADER, toml=DUE)
    courses.write(root / "nbgrader_config.py", HOURLY)
    courses.hand_in(root, "ada", FIRST)
    late = courses.hand_in(root, "bob", {**FIRST, "roots": "roots = [-2, 2]"})
    (late / "timestamp.txt").write_text(LATE, encoding="utf-8")
    courses.hand_in(root, "cyd", UNTOUCHED)
    courses.dfl(root, "grade")
    return root


# ------------------------------------------------------------------ a server and a browser


def wait(condition: Callable[[], Any]) -> Any:
    """What the condition says as soon as it says anything."""
    end = time.monotonic() + PATIENCE
    while not (said := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return said


@contextmanager
def serve(root: Path, home: Path) -> Iterator[str]:
    """Where formgrader is: in a Jupyter server that is started in the course's folder."""
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    unneeded = dict.fromkeys(("jupyterlab", "notebook", "jupyter_lsp"), False)
    server_app = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False}
    server_app |= {"jpserver_extensions": unneeded, "allow_root": True}
    config = {"ServerApp": server_app, "IdentityProvider": {"token": ""}}
    (home / "jupyter_server_config.json").write_text(json.dumps(config), encoding="utf-8")
    places = {name: str(home) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server"],
            cwd=root,
            env={**courses.environment(), **places, "JUPYTER_RUNTIME_DIR": str(home / "run")},
            stdout=log,
            stderr=log,
        )
    site = f"http://127.0.0.1:{port}/formgrader"

    def is_up() -> bool:
        assert server.poll() is None, (home / "log").read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{site}/api/status", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    try:
        wait(is_up)
        yield site
    finally:
        server.terminate()
        server.wait(PATIENCE)


# formgrader takes MathJax from the network, and its keys wait for it.
NO_MATHJAX = """
window.MathJax = {Hub: {Config() {}, Startup: {signal: {Interest(hear) { hear("End"); }}}}};
"""


@contextmanager
def browser(home: Path) -> Iterator[WebDriver]:
    """Headless Chromium that reaches this machine only."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    assert CHROMIUM is not None
    options.binary_location = CHROMIUM
    for argument in (
        *("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        "window-size=1200,1600",
        f"user-data-dir={home / 'profile'}",
        "host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(DRIVER, env={**os.environ, "HOME": str(home)})
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_MATHJAX})
        yield driver
    finally:
        driver.quit()


@dataclass(frozen=True)
class Person:
    """Who sits before formgrader: follows its links, types, and reads what it shows."""

    driver: WebDriver

    def follow(self, selector: str) -> None:
        wait(lambda: self.seen(selector))[0].click()

    def seen(self, selector: str) -> list[WebElement]:
        """The elements that can be seen, once the page's own requests are answered."""
        idle = "return document.readyState === 'complete' && !!window.$ && $.active === 0"
        if not self.driver.execute_script(idle):
            return []
        found = self.driver.find_elements("css selector", selector)
        return [element for element in found if element.is_displayed()]

    def rows(self) -> list[WebElement]:
        return wait(lambda: self.seen("#main-table tr"))

    def table(self) -> list[list[str]]:
        """The page's table, row by row, as it reads; a tick as what it stands for."""
        script = """return [...arguments[0].querySelectorAll("td")].map(cell =>
          cell.innerText || cell.getAttribute("data-search") || "")"""
        return [self.driver.execute_script(script, row) for row in self.rows()]

    def open_notebook(self) -> None:
        """From any page to the hand-ins of ps1's notebook p1, with the students' names."""
        self.follow("a[href$='/formgrader/gradebook']")
        self.follow("a[href$='/gradebook/ps1']")
        self.follow("a[href$='/gradebook/ps1/p1']")
        self.follow("#toggle_names")

    def notebooks(self) -> dict[str, list[str]]:
        """Of each student's p1: score, score of code and of text, and what to look at."""
        self.open_notebook()
        return {row[1]: [*row[2:5], *row[6:8]] for row in self.table()}

    def open_student(self, name: str) -> None:
        links = wait(lambda: self.seen("a.name-shown"))
        next(link for link in links if link.text == name).click()
        wait(lambda: self.seen("input.score[placeholder]"))

    def statuses(self) -> dict[str, list[str]]:
        """Status and score of each student's hand-in."""
        self.follow("a[href$='/formgrader/gradebook']")
        self.follow("a[href$='/formgrader/manage_assignments']")
        self.follow("a[href$='/manage_submissions/ps1']")
        return {row[1]: row[3:5] for row in self.table()}

    def give_feedback(self, student: str) -> None:
        """Have formgrader write the feedback; the list of hand-ins is open."""
        (row,) = [row for row in self.rows() if f" {student} " in row.text]
        row.find_element("css selector", ".generate-feedback a").click()
        wait(lambda: self.seen("#success-modal"))

    def type(self, field: str, text: str) -> None:
        """Type into an input and go on to the next, by which formgrader saves; wait for that."""
        self.driver.find_element("id", field).send_keys(text, "\t")
        wait(lambda: self.seen("body"))
        assert not self.seen(".glyphicon-refresh"), "formgrader could not save"

    def scores(self) -> dict[str, tuple[str, str, bool]]:
        """Of each question: the automatic score, a person's, whether formgrader asks for one."""
        wait(lambda: self.seen("input.score[placeholder]"))
        script = """return [...document.querySelectorAll("input.score")].map(e =>
          [e.id, e.placeholder, e.value, e.classList.contains("needs_manual_grade")])"""
        return {name: tuple(rest) for name, *rest in self.driver.execute_script(script)}

    def comment(self, question: str) -> tuple[str, str]:
        """The automatic comment, or the invitation to write one, and a person's."""
        element = self.driver.find_element("id", f"{question}-comment")
        return tuple(element.get_property(name) for name in ("placeholder", "value"))

    def reads(self, page: Path) -> str:
        """The text of a page that a student gets."""
        self.driver.get(page.as_uri())
        return self.driver.find_element("tag name", "body").text

    def errors(self) -> list[str]:
        """What went wrong in the pages, but that there is no network."""
        logged = self.driver.get_log("browser")
        return [e["message"] for e in logged if "ERR_NAME_NOT_RESOLVED" not in e["message"]]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "course")


@pytest.fixture
def person(course: Path, tmp_path: Path) -> Iterator[Person]:
    with serve(course, tmp_path / "home") as site, browser(tmp_path / "home") as driver:
        driver.get(site)
        yield Person(driver)


# ------------------------------------------------------------------ what a person does

INVITATION = "Type any comments here (supports Markdown and MathJax)"
READY = ["graded", "0 / 10.5"]
WAITS, FAILED = "needs manual grade", "tests failed"


def test_a_person_grades_by_hand_between_two_runs(course: Path, person: Person) -> None:
    bob, to_do = ["needs manual grading", "5 / 10.5"], ["needs manual grading", "3.5 / 10.5"]
    assert person.statuses() == {"ada": to_do, "bob": bob, "cyd": READY}
    others = {
        "bob": ["5 / 10.5", "5 / 6.5", "0 / 4", WAITS, ""],
        "cyd": ["0 / 10.5", "0 / 6.5", "0 / 4", "", FAILED],
    }
    first = ["3.5 / 10.5", "3.5 / 6.5", "0 / 4", WAITS, FAILED]
    assert person.notebooks() == {"ada": first, **others}
    person.open_student("ada")
    automatic = {"square-test": ("2", "", False), "roots-test": ("1.5", "", False)}
    assert person.scores() == {**automatic, "why": ("", "", True), "show": ("", "", True)}
    person.type("why", "3.25")
    person.type("why-comment", WELL)
    assert person.scores()["why"] == ("", "3.25", False)

    # The page stays open while ada's new answers are graded, and more is typed into it.
    shutil.rmtree(course / "submitted/ada/ps1")
    courses.hand_in(course, "ada", SECOND)
    courses.dfl(course, "grade", "--force")
    person.type("show", "1")
    person.type("show-comment", LABEL)

    second = ["7.25 / 10.5", "4 / 6.5", "3.25 / 4", WAITS, FAILED]
    assert person.notebooks() == {"ada": second, **others}
    person.open_student("ada")
    automatic = {"square-test": ("0", "", False), "roots-test": ("3", "", False)}
    # What was graded before the run is to be looked at again, as after nbgrader's.
    assert person.scores() == {**automatic, "why": ("", "3.25", True), "show": ("", "1", False)}
    assert person.comment("why") == (INVITATION, WELL)
    assert person.comment("show") == (INVITATION, LABEL)
    person.follow(".mark-graded")
    assert person.scores()["why"] == ("", "3.25", False)
    assert person.statuses() == {"ada": ["graded", "7.25 / 10.5"], "bob": bob, "cyd": READY}
    assert in_gradebook(course, "ada") == (7.25, 10.5, False, WELL, LABEL)
    person.open_notebook()
    person.open_student("cyd")
    assert set(person.scores().values()) == {("0", "", False)}
    assert person.comment("why") == person.comment("show") == ("No response.", "")
    check_feedback(course, person)
    assert person.errors() == []


def check_feedback(course: Path, person: Person) -> None:
    """What formgrader's button, `dfl feedback` and nbgrader's command write one after another."""
    person.statuses()
    page = course / "feedback/ada/ps1/p1.html"
    person.give_feedback("ada")
    theirs = person.reads(page)
    courses.dfl(course, "feedback")
    ours = person.reads(page)
    tiny.nbgrader(course, ["generate_feedback", "ps1", "--force"])
    assert person.reads(page) == theirs
    for text in ("p1 (Score: 7.25 / 10.5)", "Written response (Score: 3.25 / 4.0)"):
        assert text in theirs
    for text in ("7.25\nof 10.5 points", "3.25 / 4"):
        assert text in ours
    for text in ("Well argued & short: 1 < 2.", LABEL):
        assert text in theirs
        assert text in ours
    late = person.reads(course / "feedback/bob/ps1/p1.html")
    assert "Late submission penalty (Score: -1.0)" in late


def in_gradebook(root: Path, student: str) -> tuple[float, float, bool, str, str]:
    """What nbgrader makes of a hand-in: score, maximum, whether it waits, and the comments."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings(), Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        warnings.simplefilter("ignore")  # nbgrader's own queries
        submission = book.find_submission("ps1", student)
        why, show = (book.find_comment(name, "p1", "ps1", student) for name in ("why", "show"))
        return (
            submission.score,
            submission.max_score,
            submission.needs_manual_grade,
            why.comment,
            show.comment,
        )
