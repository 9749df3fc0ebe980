"""An existing course's `nbgrader_config.py`: honoured, or named once with what to do.

The tables of `docs/nbgrader.md` say which option is which; every row is tried.
"""

from __future__ import annotations

import json
import math
import stat
import sys
from pathlib import Path
from typing import Any

import courses
import pytest
import tiny_course as tiny
from pages import rows_of

from dfl_grading.course import Course, load_course
from dfl_grading.errors import CourseError
from dfl_grading.kernelspecs import python_of
from dfl_grading.nbgrader_config import LatePolicy, read_nbgrader_config
from dfl_grading.nbgrader_options import OPTIONS, RELEASE_STEPS, is_met, remedy_for
from dfl_grading.pipeline import make_job, read_reports
from dfl_grading.release import read_notebooks, release

PS = courses.PS
HERE = Path(__file__).read_text(encoding="utf-8")

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "abc"
c.CourseDirectory.db_url = "sqlite:///grades.db"
c.CourseDirectory.source_directory = "instructor"
c.CourseDirectory.submitted_directory = "handed"
c.CourseDirectory.ignore.append("*.tmp")
c.CourseDirectory.student_id_exclude = "eve,mal"
c.CourseDirectory.notebook_id = "p*"
c.CourseDirectory.groupshared = True
c.Autograde.exclude_overwriting = {"ps1": ["helper.py"]}
c.IncludeHeaderFooter.header = "frame/header.ipynb"
c.IncludeHeaderFooter.footer = "frame/footer.ipynb"
c.LockCells.lock_grade_cells = False
c.LockCells.lock_readonly_cells = False
c.ClearSolutions.begin_solution_delimeter = "MINE>"
c.ClearSolutions.end_solution_delimeter = "<MINE"
c.ClearSolutions.code_stub = {"python": "answer = ..."}
c.ClearSolutions.text_stub = "Say it."
c.ClearHiddenTests.begin_test_delimeter = "UNSEEN>"
c.ClearHiddenTests.end_test_delimeter = "<UNSEEN"
c.ClearMarkScheme.begin_mark_scheme_delimeter = "MARKS>"
c.ClearMarkScheme.end_mark_scheme_delimeter = "<MARKS"
c.Execute.timeout = 3
c.GenerateAssignment.preprocessors.insert(0, "own_steps.fill_in")
c.GenerateAssignment.preprocessors.append("own_steps.Licence")
c.Licence.text = "CC BY"
"""
OWN_STEPS = """
    def fill_in(nb, resources):
        for cell in nb.cells:
            cell.source = cell.source.replace("@TWENTY@", "20")
        return nb, resources

    class Licence:
        def __init__(self, text):
            self.text = text

        def __call__(self, nb, resources):
            nb.metadata["licence"] = f"{self.text} of {resources['nbgrader']['assignment']}"
            nb.cells.append({**nb.cells[0], "id": "licence", "source": self.text})
            return nb, resources
"""
CELLS = [
    tiny.cell("# MINE>\nanswer = 1 + base\n# <MINE", grade_id="answer", solution=True),
    tiny.cell(
        "assert answer > @TWENTY@\n# UNSEEN>\nassert answer == 21\n# <UNSEEN",
        grade_id="answer-test", grade=True, locked=True, points=2,
    ),
    tiny.cell(
        "from helper import six\nassert six == 7 and open('data.csv').read() == '1'",
        grade_id="files-test", grade=True, locked=True, points=1,
    ),
    tiny.cell(
        "import os\nassert not os.path.exists('junk.tmp')",
        grade_id="ignored-test", grade=True, locked=True, points=1,
    ),
    tiny.cell("import time\ntime.sleep(20)", grade_id="slow", grade=True, locked=True, points=1),
    tiny.cell("Since.", "markdown", grade_id="why", grade=True, solution=True, points=1),
    tiny.cell(
        "Draw.\nMARKS>\nA line.\n<MARKS", "markdown",
        grade_id="draw", task=True, locked=True, points=1,
    ),
]  # fmt: skip


def make_sink(root: Path) -> Path:
    """A course in which every option that is honoured says something else than by default."""
    root.mkdir()
    root.joinpath("nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    courses.write(root / "own_steps.py", OWN_STEPS)
    tiny.write(root / "frame/header.ipynb", tiny.notebook(tiny.cell("base = 20")))
    tiny.write(root / "frame/footer.ipynb", tiny.notebook(tiny.cell("The end.", "markdown")))
    for name in ("p1", "draft"):
        tiny.write(root / "instructor" / PS / f"{name}.ipynb", tiny.notebook(*CELLS))
    files = {"data.csv": "1", "helper.py": "six = 6", "notes.tmp": "x"}
    for name, text in files.items():
        (root / "instructor" / PS / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That course, released and graded by the command."""
    root = make_sink(tmp_path_factory.mktemp("config") / "course")
    assert "warning" not in courses.dfl(root, "release").stderr
    for student in ("ann", "eve", "mal"):
        folder = root / "handed" / student / PS
        document = json.loads((root / "release" / PS / "p1.ipynb").read_text(encoding="utf-8"))
        for cell in document["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "answer":
                cell["source"] = "answer = base + 1"
        tiny.write(folder / "p1.ipynb", document)
        for name, text in {"data.csv": "2", "helper.py": "six = 7", "junk.tmp": ""}.items():
            (folder / name).write_text(text, encoding="utf-8")
    assert "warning" not in courses.dfl(root, "grade").stderr
    return root


def released(sink: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((sink / "release" / PS / "p1.ipynb").read_text("utf-8"))
    return made


def cell_of(document: dict[str, Any], grade_id: str) -> dict[str, Any]:
    return next(
        cell
        for cell in document["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def text_of(document: dict[str, Any], grade_id: str) -> str:
    return "".join(cell_of(document, grade_id)["source"])


def settings_of(root: Path, config: str) -> Course:
    (root / "source" / PS).mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n", encoding="utf-8")
    return load_course(root)


# -------------------------------------------------------------------------- honoured


def test_folders_and_database(sink: Path) -> None:
    assert (sink / "autograded/ann" / PS / "p1.ipynb").is_file()
    assert courses.questions_of(sink, "ann")["answer-test"]["score"] == 2
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{sink}/grades.db", "abc") as book:
        assert book.find_submission(PS, "ann").score == 4
        assert book.find_assignment(PS).course_id == "abc"


def test_students_and_notebooks_that_are_left_out(sink: Path, tmp_path: Path) -> None:
    assert [path.name for path in (sink / "autograded").iterdir()] == ["ann"]
    assert [path.name for path in (sink / "release" / PS).glob("*.ipynb")] == ["p1.ipynb"]
    courses.hand_in(courses.make_course(tmp_path, grader=None), "ann")
    courses.hand_in(tmp_path, "bob")
    course = settings_of(tmp_path, 'c.CourseDirectory.student_id = "b*"')
    assert [one.student for one in course.submissions(PS).submissions] == ["bob"]


def test_students_folders_may_lie_in_the_problem_sets(tmp_path: Path) -> None:
    made = courses.hand_in(courses.make_course(tmp_path, grader=None), "ann")
    made.rename(tmp_path / "given")
    (tmp_path / "submitted" / PS).mkdir()
    (tmp_path / "given").rename(tmp_path / "submitted" / PS / "ann")
    (tmp_path / "submitted/ann").rmdir()
    course = settings_of(
        tmp_path,
        "c.CourseDirectory.directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'",
    )
    courses.dfl(tmp_path, "grade")
    assert (tmp_path / "autograded" / PS / "ann/report.json").is_file()
    courses.dfl(tmp_path, "feedback")
    assert (tmp_path / "feedback" / PS / "ann/p1.html").is_file()
    courses.dfl(tmp_path, "release")
    assert (tmp_path / "release" / PS / "p1.ipynb").is_file()
    standing = json.loads(courses.dfl(tmp_path, "status", "--json").stdout)["problem_sets"][0]
    assert (standing["submitted"], standing["graded"]) == (1, 1)
    assert len(read_reports(course, PS)) == 1
    told = courses.dfl(tmp_path, "collect", "given", "-p", PS, code=2).stderr
    assert "directory_structure; collect with nbgrader" in told


def test_files_that_are_ignored_or_the_students_own(sink: Path) -> None:
    questions = courses.questions_of(sink, "ann")
    assert questions["ignored-test"]["score"] == 1
    assert questions["files-test"]["score"] == 1, "their helper.py, and the source's data.csv"
    left = {path.name: path for path in (sink / "autograded/ann" / PS).iterdir()}
    assert left["helper.py"].read_text(encoding="utf-8") == "six = 7"
    assert left["data.csv"].read_text(encoding="utf-8") == "1"
    assert not (sink / "release" / PS / "notes.tmp").exists()
    assert {"junk.tmp", "notes.tmp"} & set(left) == set()


def test_a_file_of_ones_own_may_be_left_out(tmp_path: Path) -> None:
    test = "from helper import six\nassert six == 6"
    cells = [tiny.cell(test, grade_id="t", grade=True, locked=True, points=1)]
    courses.make_course(tmp_path, *cells, grader=None, files={"helper.py": "six = 6"})
    settings_of(tmp_path, 'c.Autograde.exclude_overwriting = {"ps1": ["helper.py"]}')
    courses.hand_in(tmp_path, "ann")
    courses.grade(tmp_path)
    assert courses.questions_of(tmp_path, "ann")["t"]["score"] == 1


def test_a_shared_course_lets_its_group_write(sink: Path) -> None:
    folder = sink / "autograded/ann" / PS
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o664
    for path in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o2775


def test_header_and_footer_stand_around_the_notebook(sink: Path) -> None:
    texts = ["".join(cell["source"]) for cell in released(sink)["cells"]]
    assert texts[0] == "base = 20"
    assert "The end." in texts[-2:]
    # graded with them: the answer takes its base from the header
    assert courses.questions_of(sink, "ann")["answer-test"]["verdict"] == "PASSED"
    assert courses.report(sink, "ann")["repairs"] == []


def test_a_header_that_is_not_there_is_told(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    course = settings_of(tmp_path, 'c.IncludeHeaderFooter.header = "nowhere.ipynb"')
    with pytest.raises(CourseError, match=r"nowhere\.ipynb, the course's IncludeHeaderFooter"):
        read_notebooks(course, PS)


def test_locks_delimiters_and_stubs(sink: Path) -> None:
    document = released(sink)
    assert text_of(document, "answer") == "answer = ..."
    assert text_of(document, "why") == "Say it."
    assert text_of(document, "answer-test") == "assert answer > 20"
    assert text_of(document, "draw") == "Draw."
    assert "editable" not in cell_of(document, "answer-test")["metadata"]
    assert cell_of(document, "answer")["metadata"]["deletable"] is False
    graded = json.loads((sink / "autograded/ann" / PS / "p1.ipynb").read_text("utf-8"))
    assert "UNSEEN>" in text_of(graded, "answer-test")


@pytest.mark.parametrize(
    ("config", "editable"),
    [
        ("c.LockCells.lock_readonly_cells = False", True),
        ("c.LockCells.enabled = False", True),
        ("c.LockCells.lock_solution_cells = False", False),
        ("", False),
    ],
)
def test_each_lock_may_be_left_open(tmp_path: Path, config: str, editable: bool) -> None:
    cells = [tiny.cell("x = 1", grade_id="given", locked=True), *courses.questions()]
    courses.make_course(tmp_path, *cells, grader=None)
    course = settings_of(tmp_path, config)
    release(course, PS)
    document = released(tmp_path)
    assert cell_of(document, "given")["metadata"].get("editable", True) is editable
    open_answer = "lock_solution" in config or "enabled" in config
    assert ("deletable" not in cell_of(document, "square")["metadata"]) is open_answer


def test_every_cell_may_be_locked(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    release(settings_of(tmp_path, "c.LockCells.lock_all_cells = True"), PS)
    assert released(tmp_path)["cells"][0]["metadata"] == {"deletable": False, "editable": False}


def test_a_limit_of_seconds(sink: Path) -> None:
    assert courses.questions_of(sink, "ann")["slow"]["verdict"] == "TIMEOUT"
    assert courses.report(sink, "ann")["run"]["wall_s"] < 19


@pytest.mark.parametrize("section", ["Execute", "ExecutePreprocessor", "NotebookClient"])
def test_a_limit_is_read_wherever_nbgrader_reads_it(tmp_path: Path, section: str) -> None:
    limits = settings_of(tmp_path, f"c.{section}.timeout = 7").limits
    assert (limits.cell_seconds, limits.notebook_seconds) == (7, 70)


def test_the_nearest_section_wins_as_in_nbgrader(tmp_path: Path) -> None:
    config = (
        "c.NotebookClient.timeout = 5\nc.Execute.timeout = 9\nc.ExecutePreprocessor.timeout = 7"
    )
    assert settings_of(tmp_path, config).limits.cell_seconds == 9


@pytest.mark.parametrize("value", ["None", "-1", "0"])
def test_no_limit_is_the_notebooks_and_told(tmp_path: Path, value: str) -> None:
    course = settings_of(tmp_path, f"c.Execute.timeout = {value}")
    assert course.limits.cell_seconds == course.limits.notebook_seconds == 300
    assert [option for option, _ in course.nbgrader.not_honoured] == ["Execute.timeout"]
    courses.write(tmp_path / "course.toml", "[limits]\nnotebook_seconds = 900\n")
    assert load_course(tmp_path).limits.cell_seconds == 900
    courses.write(tmp_path / "course.toml", "[limits]\ncell_seconds = 20\n")
    course = load_course(tmp_path)
    assert (course.limits.cell_seconds, course.nbgrader.not_honoured) == (20, ())


def test_the_courses_own_preprocessors_run_in_their_place(sink: Path) -> None:
    document = released(sink)
    assert document["metadata"]["licence"] == f"CC BY of {PS}"
    assert "".join(document["cells"][-1]["source"]) == "CC BY"
    graded = (sink / "autograded/ann" / PS / "p1.ipynb").read_text(encoding="utf-8")
    assert "assert answer > 20" in graded, "what comes before cells are locked is graded, too"
    assert "CC BY" not in json.dumps(tiny.sources(read(sink / "instructor" / PS / "p1.ipynb")))


def read(path: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


def test_a_preprocessor_that_shows_an_answer_is_refused(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.write(
        tmp_path / "telling.py",
        """
        def tell(nb, resources):
            nb.metadata["help"] = "return sum(values) / len(values)"
            return nb, resources
        """,
    )
    course = settings_of(tmp_path, 'c.GenerateAssignment.preprocessors.append("telling.tell")')
    with pytest.raises(CourseError, match="shows the solution of the cell 'mean'"):
        release(course, PS)


@pytest.mark.parametrize(
    ("step", "sign"),
    [("absent.step", "No module named 'absent'"), ("broken.step", "ZeroDivisionError|zero")],
)
def test_a_preprocessor_that_fails_is_told(tmp_path: Path, step: str, sign: str) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.write(tmp_path / "broken.py", "def step(nb, resources):\n    1 / 0\n")
    course = settings_of(tmp_path, f"c.GenerateAssignment.preprocessors.append({step!r})")
    with pytest.raises(CourseError, match=sign) as caught:
        release(course, PS)
    assert "\n" not in str(caught.value)


def test_a_list_of_nbgraders_own_preprocessors(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    names = [name for name in RELEASE_STEPS if name != "LockCells"]
    config = (
        "import sys\nsys.modules.setdefault('rfc3987_syntax', None)\n"
        "from nbgrader import preprocessors as p\n"
        f"c.GenerateAssignment.preprocessors = [getattr(p, n) for n in {names}]"
    )
    course = settings_of(tmp_path, config)
    assert course.nbgrader.steps == tuple(names)
    release(course, PS)
    assert "deletable" not in cell_of(released(tmp_path), "square")["metadata"]


def test_autotests_under_another_mark_and_file(tmp_path: Path) -> None:
    from test_conformance import APPS, put

    cells = [
        tiny.cell("v = 3", grade_id="v", solution=True),
        tiny.cell("### CHECKME v", grade_id="t", grade=True, locked=True, points=1),
    ]
    courses.make_course(tmp_path, *cells, grader=None)
    put(APPS / "autotests.yml", tmp_path, "own.yml")
    course = settings_of(
        tmp_path,
        'c.InstantiateTests.autotest_filename = "own.yml"\n'
        'c.InstantiateTests.autotest_delimiter = "CHECKME"',
    )
    (notebook,) = read_notebooks(course, PS)
    assert 'assert str(v) == "3"' in notebook.cell("t").source
    course = settings_of(tmp_path, "c.InstantiateTests.enabled = False")
    (notebook,) = read_notebooks(course, PS)
    assert notebook.cell("t").source == "### CHECKME v"


def test_options_go_to_nbgraders_preprocessors(tmp_path: Path) -> None:
    marks = "### BEGIN MARK SCHEME\n![a](attachment:a.png)\n### END MARK SCHEME"
    task = tiny.cell(marks, "markdown", grade_id="draw", task=True, locked=True, points=1)
    noisy = tiny.cell("1")
    noisy["metadata"]["mine"] = True
    courses.make_course(tmp_path, noisy, task, grader=None)
    with pytest.raises(CourseError, match="attachment in a marking scheme"):
        release(settings_of(tmp_path, ""), PS)
    release(
        settings_of(
            tmp_path,
            "c.ClearMarkScheme.check_attachment_leakage = False\n"
            "c.ClearOutput.remove_metadata_fields = {'mine'}",
        ),
        PS,
    )
    assert "mine" not in released(tmp_path)["cells"][0]["metadata"]


def test_a_late_plugin_and_its_options_are_kept(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "").nbgrader.late == LatePolicy()
    config = "c.LateSubmissionPlugin.penalty_method = 'zero'"
    zero = LatePolicy(options={"LateSubmissionPlugin": {"penalty_method": "zero"}})
    assert settings_of(tmp_path, config).nbgrader.late == zero
    config = "c.AssignLatePenalties.plugin_class = 'late.Hourly'\nc.Hourly.points = 2"
    hourly = LatePolicy(plugin="late.Hourly", options={"Hourly": {"points": 2}})
    course = settings_of(tmp_path, config)
    assert course.nbgrader.late == hourly
    assert course.nbgrader.not_honoured == ()
    off = settings_of(tmp_path, "c.AssignLatePenalties.enabled = False")
    assert off.nbgrader.late is None


def test_a_kernel_stands_for_its_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    for name, text in {"env": json.dumps(spec), "ir": '{"argv": ["R"]}', "odd": "{"}.items():
        courses.write(tmp_path / "jupyter/kernels" / name / "kernel.json", text)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert python_of("env") == Path(sys.executable)
    assert [python_of(name) for name in ("python3", "ir", "odd", "absent")] == [None] * 4
    root = courses.make_course(tmp_path / "course", grader=None)
    course = settings_of(root, "c.Execute.kernel_name = 'env'")
    assert make_job(course, course.problem_set(PS)).interpreter == Path(sys.executable)
    kernel = {**tiny.KERNEL, "name": "env"}
    document = tiny.notebook(*courses.questions(), kernel=kernel)
    tiny.write(root / "source" / PS / "p1.ipynb", document)
    course = settings_of(root, "")
    assert make_job(course, course.problem_set(PS)).interpreter == Path(sys.executable)


def test_old_names_are_read(tmp_path: Path) -> None:
    course = settings_of(
        tmp_path,
        'c.NbGrader.db_url = "sqlite:////tmp/x.db"\nc.Exchange.course_id = "x"\n'
        'c.AutogradeApp.exclude_overwriting = {"a": ["b"]}\n'
        'c.ClearSolutions.code_stub = "pass"',
    )
    assert (course.database_url, course.course_id) == ("sqlite:////tmp/x.db", "x")
    assert course.nbgrader.kept_files == {"a": ("b",)}
    assert course.delimiters.code_stubs == {"python": "pass"}
    assert course.nbgrader.not_honoured == ()


def test_modules_of_the_course_can_be_imported_by_its_configuration(tmp_path: Path) -> None:
    courses.write(tmp_path / "our_words.py", "STUB = 'Here.'\n")
    before = list(sys.path)
    course = settings_of(tmp_path, "import our_words\nc.ClearSolutions.text_stub = our_words.STUB")
    assert course.delimiters.text_stub == "Here."
    assert sys.path == before


def test_a_changed_header_grades_again(tmp_path: Path) -> None:
    courses.hand_in(courses.make_course(tmp_path, grader=None), "ann")
    header = tmp_path / "header.ipynb"
    tiny.write(header, tiny.notebook(tiny.cell("a = 1")))
    course = settings_of(tmp_path, 'c.IncludeHeaderFooter.header = "header.ipynb"')
    first = make_job(course, course.problem_set(PS)).digests
    tiny.write(header, tiny.notebook(tiny.cell("a = 2")))
    assert make_job(course, course.problem_set(PS)).digests["source"] != first["source"]


# ---------------------------------------------------------------------- not honoured


def test_one_warning_names_what_is_not_honoured(tmp_path: Path) -> None:
    courses.hand_in(courses.make_course(tmp_path, grader=None), "ann")
    settings_of(
        tmp_path,
        "c.Execute.iopub_timeout = 10\nc.Execute.startup_timeout = 90\n"
        "c.Autograde.create_student = False\nc.Execute.timout = 9\n"
        "c.Autograde.force = False\nc.Exchange.root = '/srv/exchange'\nc.ClearSolution.x = 1",
    )
    warned = courses.dfl(tmp_path, "grade", "--json")
    assert json.loads(warned.stdout)["problem_sets"][0]["graded"] == ["ann"]
    lines = warned.stderr.splitlines()
    assert [line for line in lines if "warning" in line] == [
        "dfl: warning: nbgrader_config.py sets what is not honoured here:"
    ]
    told = [line.strip() for line in lines if line.startswith("  ")]
    assert [line.split(":")[0] for line in told] == [
        "Execute.iopub_timeout, Execute.startup_timeout",
        "Execute.timout",
        "Autograde.create_student",
        "ClearSolution.x",
    ]
    assert 'did you mean "timeout"?' in told[1]
    assert "CourseDirectory.student_id_exclude" in told[2]
    assert 'did you mean "ClearSolutions"?' in told[3]
    for command in ("release", "verify"):
        assert courses.dfl(tmp_path, command, code=None).stderr.count("warning: nbgrader") == 1
    assert "warning" not in courses.dfl(tmp_path, "status").stderr


@pytest.mark.parametrize(
    ("config", "sign"),
    [
        ("c.Autograde.sanitize_preprocessors.append('a.Own')", "Own is not run"),
        ("c.Autograde.autograde_preprocessors = []", "Execute was taken out"),
        ("c.GenerateAssignment.preprocessors = ['LockCells']", "goes through ClearSolutions"),
        ("c.OverwriteCells.enabled = False", "always taken"),
        ("c.NbGraderPreprocessor.enabled = False", "always taken"),
        ("c.Autograde.pre_convert_hook = print", "call it yourself"),
        ("c.ClearSolutions.enforce_metadata = False", "mark the cell"),
        ("c.GenerateFeedback.preprocessors = []", "nbgrader generate_feedback"),
    ],
)
def test_what_cannot_be_had_is_told(tmp_path: Path, config: str, sign: str) -> None:
    told = settings_of(tmp_path, config).nbgrader.not_honoured
    assert any(sign in remedy for _, remedy in told), told


@pytest.mark.parametrize(
    "config",
    [
        "c.Execute.allow_errors = True",
        "c.Autograde.create_student = True",
        "c.IgnorePattern.enabled = True\nc.IgnorePattern.pattern = 'Warn'",
        "c.OverwriteCells.add_missing_cells = True",
        "c.OverwriteCells.enabled = True",
        "c.CourseDirectory.max_file_size = 5\nc.Exchange.timezone = 'UTC'",
        "c.FormgradeApp.x = 1\nc.CsvExportPlugin.to = 'x.csv'\nc.Application.log_level = 10",
    ],
)
def test_what_needs_nothing_is_not_told(tmp_path: Path, config: str) -> None:
    assert settings_of(tmp_path, config).nbgrader.not_honoured == ()


def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    for config in ("c.Execute.timeout = 'long'", "c.Autograde.exclude_overwriting = 3"):
        with pytest.raises(CourseError, match="has the wrong kind"):
            settings_of(tmp_path, config)


# ------------------------------------------------------------------------ the tables


def nbgraders_options() -> dict[str, set[str]]:
    """The options of nbgrader's own classes that we do the work of."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from nbgrader import converters, coursedir, plugins, preprocessors
    from nbgrader.converters.base import BaseConverter

    homes = (preprocessors, converters, plugins, coursedir)
    classes = {name: getattr(home, name) for home in homes for name in vars(home)}
    classes["BaseConverter"] = BaseConverter
    found = {
        name: set(classes[name].class_own_traits(config=True)) - {"enabled"} for name in OPTIONS
    }
    execute = classes["Execute"].class_traits(config=True)
    found["Execute"] = set(execute) - {"enabled", "default_language", "display_data_priority"}
    output = set(classes["ClearOutput"].class_traits(config=True))
    found["ClearOutput"] = output & {"remove_metadata_fields"}
    return found


def test_the_options_are_nbgraders_own() -> None:
    assert {name: set(names) for name, names in OPTIONS.items()} == nbgraders_options()


HONOURED = {row[0]: row[1:] for row in rows_of("option")}
TOLD = {row[0]: row[1] for row in rows_of("option that is not honoured")}


def test_the_tables_hold_every_option() -> None:
    every = {f"{section}.{name}" for section, names in OPTIONS.items() for name in names}
    said = {option for cell in (*HONOURED, *TOLD) for option in split(cell)}
    assert every - said == set()
    assert not {o for cell in HONOURED for o in split(cell)} & {o for c in TOLD for o in split(c)}


def split(cell: str) -> list[str]:
    """`A.b`, `.c` stand for A.b and A.c."""
    found: list[str] = []
    for part in cell.replace("`", "").split(","):
        name = part.strip()
        found.append(name if not name.startswith(".") else found[-1].split(".")[0] + name)
    return found


@pytest.mark.parametrize("row", HONOURED)
def test_each_honoured_row_names_its_test(row: str) -> None:
    (_, test) = HONOURED[row][:2]
    assert f"def {test}(" in HERE or "elsewhere" in test


@pytest.mark.parametrize("row", TOLD)
def test_each_row_tells_what_the_warning_tells(row: str, tmp_path: Path) -> None:
    for option in split(row):
        section, name = option.split(".")
        assert not is_met(section, name)
        assert remedy_for(section, name)[1] == TOLD[row]


def test_reading_needs_no_nbgrader(tmp_path: Path) -> None:
    path = courses.write(tmp_path / "nbgrader_config.py", "c = get_config()\n")
    made = read_nbgrader_config(path)
    assert made.cell_seconds is None
    assert math.isinf(
        read_nbgrader_config(
            courses.write(tmp_path / "nbgrader_config.py", "c.Execute.timeout = None\n")
        ).cell_seconds
        or 0
    )
