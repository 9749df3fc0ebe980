"""A notebook in a box: on after errors, within its limits, alone, and the same each time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from dfl_grading import box as boxes
from dfl_grading.box import Zygote
from dfl_grading.errors import BoxUnavailable
from dfl_grading.execute import Execution, Observation, execute
from dfl_grading.model import CellStatus, Limits, Outcome
from dfl_grading.wire import encode_value

LIMITS = Limits(cell_seconds=20, notebook_seconds=60)
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
QUICK = Limits(cell_seconds=0.4, notebook_seconds=60)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote(preload=("numpy", "matplotlib.pyplot"))
    try:
        made.wait_until_ready()
    except BoxUnavailable:
        made = Zygote(preload=("numpy", "matplotlib.pyplot"), walls=False)
    with made:
        yield made


@pytest.fixture
def short_courtesy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that ignores an interrupt is killed sooner, so that the test is quick."""
    monkeypatch.setattr(boxes, "_INTERRUPT_SECONDS", 0.3)


def notebook(*sources: str) -> Any:
    """Code cells, each graded under the name of its place: q0, q1, …"""
    cells = [
        new_code_cell(source, metadata={"nbgrader": {"grade_id": f"q{i}"}})
        for i, source in enumerate(sources)
    ]
    return new_notebook(cells=cells, metadata=PYTHON)


def run(zygote: Zygote, *sources: str, limits: Limits = LIMITS, **options: Any) -> Execution:
    return execute(notebook(*sources), zygote, limits, **options)


def text_of(cell: Any, name: str = "stdout") -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == name)


def value_of(cell: Any) -> str:
    (result,) = (o for o in cell.outputs if o.output_type == "execute_result")
    return str(result.data["text/plain"])


def errors_of(cell: Any) -> list[str]:
    return [o.ename for o in cell.outputs if o.output_type == "error"]


def statuses(done: Execution) -> list[CellStatus]:
    return [done.cells[f"q{i}"].status for i in range(len(done.cells))]


# ------------------------------------------------------------------ cells


def test_an_error_does_not_stop_the_notebook(zygote: Zygote) -> None:
    done = run(zygote, "x = 1", "1 / 0", "def f(:", "x + 1")
    error = CellStatus.ERROR
    assert statuses(done) == [CellStatus.OK, error, error, CellStatus.OK]
    assert done.cells["q1"].error_name == "ZeroDivisionError"
    assert done.cells["q1"].error_message == "division by zero"
    assert done.cells["q3"].value == 2
    assert done.first_error == "ZeroDivisionError: division by zero"
    assert done.outcome is Outcome.COMPLETED
    assert [cell.execution_count for cell in done.document.cells] == [1, 2, 3, 4]


def test_the_notebook_that_is_given_stays_as_it_is(zygote: Zygote) -> None:
    given = notebook("print(1)", "raise ValueError")
    before = nbformat.writes(given)
    execute(given, zygote, LIMITS, parameters={"x": 1})
    assert nbformat.writes(given) == before


def test_only_code_cells_with_something_in_them_run(zygote: Zygote) -> None:
    cells = [
        new_markdown_cell("1 / 0"),
        new_raw_cell("1 / 0"),
        new_code_cell(""),
        new_code_cell(" \n"),
        new_code_cell("1 / 0", metadata={"tags": ["skip-execution"]}),
        new_code_cell("# nothing"),
        new_code_cell("1"),
    ]
    given = new_notebook(cells=cells)
    given.cells[-1].metadata.update(tags=5, nbgrader="x")
    document = execute(given, zygote, LIMITS).document
    assert [c.source for c in document.cells] == [c.source for c in cells]
    assert [c.get("execution_count") for c in document.cells] == [None] * 5 + [1, 2]
    assert "outputs" not in document.cells[0]


def test_outputs_of_an_earlier_run_are_gone(zygote: Zygote) -> None:
    cell = new_code_cell("1", execution_count=7)
    cell.outputs = [nbformat.v4.new_output("stream", text="old")]
    given = new_notebook(cells=[cell, new_code_cell("")], metadata={"papermill": "old"})
    (first, _) = execute(given, zygote, LIMITS).document.cells
    assert (first.execution_count, text_of(first), value_of(first)) == (1, "", "1")


def test_the_language_is_named_as_jupyter_does(zygote: Zygote) -> None:
    language = run(zygote, "1").document.metadata.language_info
    assert language.version == sys.version.split()[0]
    assert (language.name, language.file_extension) == ("python", ".py")


@pytest.mark.parametrize(
    ("source", "value"),
    [("0.5", 0.5), ("3", 3.0), ("True", None), ("'3'", None), ("x = 3", None), ("3;", None)],
)
def test_a_cells_value_is_a_real_number(zygote: Zygote, source: str, value: float | None) -> None:
    assert run(zygote, source).cells["q0"].value == value


def test_a_value_that_cannot_be_shown_is_an_error_of_the_cell(zygote: Zygote) -> None:
    done = run(zygote, "class A:\n    def __repr__(self): raise KeyError('x')\nA()", "1")
    assert statuses(done) == [CellStatus.ERROR, CellStatus.OK]
    assert done.cells["q0"].error_name == "KeyError"


def test_an_error_that_cannot_be_put_in_words(zygote: Zygote) -> None:
    bad = "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E"
    done = run(zygote, bad, "1")
    assert statuses(done) == [CellStatus.ERROR, CellStatus.OK]
    assert errors_of(done.document.cells[0]) == ["SystemExit"]


# ------------------------------------------------------------------ time


def test_a_cell_that_runs_too_long_is_interrupted_and_the_next_runs(zygote: Zygote) -> None:
    endless = [
        "x = 1\nwhile True: pass",
        "import asyncio\nawait asyncio.sleep(60)",
        "import time; time.sleep(60)",
        "!sleep 60",
        "import subprocess; subprocess.run(['sleep', '60'])",
    ]
    done = run(zygote, *endless, "x", limits=QUICK)
    assert statuses(done) == [CellStatus.TIMEOUT] * len(endless) + [CellStatus.OK]
    assert done.outcome is Outcome.COMPLETED
    for cell in done.document.cells[:-1]:
        assert errors_of(cell) in (["KeyboardInterrupt"], ["CancelledError"])
        assert "longer than 0.4 s" in text_of(cell, "stderr")


@pytest.mark.usefixtures("short_courtesy")
def test_a_cell_that_does_not_heed_an_interrupt_ends_the_notebook(zygote: Zygote) -> None:
    stubborn = "import signal\nprint('before')\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    stubborn += "while True: pass"
    done = run(zygote, stubborn, "1", limits=QUICK)
    assert statuses(done) == [CellStatus.TIMEOUT, CellStatus.SKIPPED]
    assert done.outcome is Outcome.TIMEOUT
    assert text_of(done.document.cells[0]) == "before\n"
    assert done.document.cells[1].outputs == []


def test_a_notebook_that_runs_too_long_is_ended(zygote: Zygote) -> None:
    limits = Limits(cell_seconds=20, notebook_seconds=0.5)
    done = run(zygote, "1", "import time\ntime.sleep(20)", "1", limits=limits)
    assert statuses(done) == [CellStatus.OK, CellStatus.TIMEOUT, CellStatus.SKIPPED]
    assert done.outcome is Outcome.TIMEOUT
    assert done.wall_s < 10


def test_an_interrupt_between_cells_does_nothing(zygote: Zygote) -> None:
    send = "import os, signal, threading, time\ndef go():\n    time.sleep(.05)\n"
    send += "    os.kill(os.getpid(), signal.SIGINT)\nthreading.Thread(target=go).start()"
    done = run(zygote, send, "1", limits=LIMITS)
    assert CellStatus.KILLED not in statuses(done)


def test_a_timer_that_strikes_between_cells_harms_nothing(zygote: Zygote) -> None:
    import time

    source = """import signal
def strike(*_): raise OSError("struck")
signal.signal(signal.SIGALRM, strike)
signal.setitimer(signal.ITIMER_REAL, 0.1)"""
    with zygote.spawn(LIMITS) as box:
        assert box.run_cell(source, 5, lambda _: None).status is CellStatus.OK
        time.sleep(0.3)
        shown: list[Any] = []
        assert box.run_cell("1", 5, shown.append).status is CellStatus.OK
    assert "between cells: OSError: struck" in str(shown)


def test_nothing_waits_for_a_network_or_a_person(zygote: Zygote) -> None:
    done = run(zygote, "%pip install no-such-package-at-all", "input()", "breakpoint()", "!cat")
    assert done.wall_s < 15
    assert statuses(done)[1:] == [CellStatus.ERROR, CellStatus.OK, CellStatus.OK]


# ------------------------------------------------------------------ ends


@pytest.mark.parametrize("ending", ["import os; os._exit(0)", "import os; os.abort()"])
def test_a_process_that_ends_is_killed_whatever_it_says(zygote: Zygote, ending: str) -> None:
    done = run(zygote, "print(1)", ending, "print(2)")
    assert statuses(done) == [CellStatus.OK, CellStatus.KILLED, CellStatus.SKIPPED]
    assert done.outcome is Outcome.KILLED
    assert "ended" in text_of(done.document.cells[1], "stderr")


def test_sys_exit_ends_its_cell_alone(zygote: Zygote) -> None:
    done = run(zygote, "import sys\nsys.exit(0)\nprint('not here')", "print('here')", "exit()", "1")
    error = CellStatus.ERROR
    assert statuses(done) == [error, CellStatus.OK, CellStatus.OK, CellStatus.OK]
    assert errors_of(done.document.cells[0]) == ["SystemExit"]


def test_a_forgotten_child_does_not_answer(zygote: Zygote) -> None:
    done = run(zygote, "import os\npid = os.fork()\n'child' if pid == 0 else 'parent'", "pid > 0")
    assert value_of(done.document.cells[0]) == "'parent'"
    assert value_of(done.document.cells[1]) == "True"


# ------------------------------------------------------------------ what is shown


def test_threads_lose_no_text(zygote: Zygote) -> None:
    source = """from concurrent.futures import ThreadPoolExecutor
def say(i):
    for j in range(20): print(f"<{i}.{j}>\\n", end="")
with ThreadPoolExecutor(20) as pool: list(pool.map(say, range(40)))"""
    text = text_of(run(zygote, source).document.cells[0])
    assert sorted(text.split()) == sorted(f"<{i}.{j}>" for i in range(40) for j in range(20))


def test_order_is_kept_between_python_and_programs(zygote: Zygote) -> None:
    source = "import os\nfor i in range(3):\n    print('py', i)\n    os.system(f'echo sh {i}')"
    lines = text_of(run(zygote, source).document.cells[0]).split("\n")
    assert [line for line in lines if line and line != "0"] == [
        "py 0", "sh 0", "py 1", "sh 1", "py 2", "sh 2"
    ]  # fmt: skip


def test_streams_keep_their_order(zygote: Zygote) -> None:
    source = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')"
    outputs = run(zygote, source).document.cells[0].outputs
    assert [o.text for o in outputs] == ["a\n", "b\n", "c\n"]


def test_text_of_a_thread_goes_to_the_cell_that_runs(zygote: Zygote) -> None:
    later = "import threading, time\nt = threading.Timer(.1, print, ('late',)); t.start()"
    cells = run(zygote, later, "t.join()").document.cells
    assert [text_of(cell) for cell in cells] == ["", "late\n"]


def test_too_much_text_is_cut_and_the_error_still_shown(zygote: Zygote) -> None:
    limits = Limits(output_kb=10)
    source = "for i in range(10_000): print('line', i)\n1 / 0"
    done = run(zygote, source, "print('again')", limits=limits)
    first, second = done.document.cells
    assert 10_000 <= len(text_of(first)) < 11_000
    assert errors_of(first) == ["ZeroDivisionError"]
    assert "cut off" in text_of(first, "stderr")
    assert text_of(second) == "again\n"


def test_too_much_text_alone_is_told(zygote: Zygote) -> None:
    done = run(zygote, "print('x' * 20_000)", "!yes | head -c 100000", limits=Limits(output_kb=10))
    assert statuses(done) == [CellStatus.OUTPUT] * 2


def test_a_live_plot_may_clear_as_often_as_it_likes(zygote: Zygote) -> None:
    source = """from IPython.display import clear_output, display
for i in range(300):
    clear_output(wait=True)
    display({"text/plain": "x" * 5000 + str(i)}, raw=True)"""
    done = run(zygote, source, limits=Limits(output_kb=50))
    assert statuses(done) == [CellStatus.OK]
    (output,) = done.document.cells[0].outputs
    assert output.data["text/plain"].endswith("x299")


def test_a_program_may_print_in_small_and_large_pieces(zygote: Zygote) -> None:
    source = "import os, subprocess\nsubprocess.run('printf \"é%.0s\" $(seq 3000)', shell=True)"
    cell = run(zygote, source + "\nprint()").document.cells[0]
    assert text_of(cell) == "é" * 3000 + "\n"


def test_emojis_do_not_count_for_more_than_they_are(zygote: Zygote) -> None:
    done = run(zygote, "print('😀' * 9_000)", limits=Limits(output_kb=10))
    assert statuses(done) == [CellStatus.OK]
    assert text_of(done.document.cells[0]) == "😀" * 9_000 + "\n"


# ------------------------------------------------------------------ alone, and the same each time


def test_no_box_knows_of_another(zygote: Zygote) -> None:
    spoil = """import os, sys, random, builtins, math
import numpy as np, matplotlib.pyplot as plt
open("left.txt", "w").write("x")
os.environ["LEFT"] = "1"
sys.path.append("/left"); builtins.left = math.pi = 3
plt.rcParams["lines.linewidth"] = 99; np.set_printoptions(precision=1); np.seterr(all="raise")
plt.plot([1])
random.random(), np.random.rand()
left = 1
print("left", end="")"""
    ask = """import os, sys, builtins, math
import numpy as np, matplotlib.pyplot as plt
(os.path.exists("left.txt"), "LEFT" in os.environ, "/left" in sys.path,
 hasattr(builtins, "left"), math.pi == 3, plt.rcParams["lines.linewidth"] == 99,
 np.get_printoptions()["precision"] == 1, np.geterr()["divide"] == "raise",
 plt.get_fignums() != [], "left" in globals(), len(In) > 2)"""
    run(zygote, spoil)
    done = run(zygote, ask)
    assert set(value_of(done.document.cells[0])) <= set("(False, \n)")
    assert text_of(done.document.cells[0]) == ""


RANDOM = """import random, numpy as np, os, uuid
(random.random(), random.sample(range(100), 3), float(np.random.rand()),
 np.random.permutation(5).tolist(), hash("text"))"""


def test_random_numbers_are_the_same_in_each_run(zygote: Zygote) -> None:
    first, second = (value_of(run(zygote, RANDOM).document.cells[0]) for _ in range(2))
    assert first == second


def test_random_numbers_differ_by_seed(zygote: Zygote) -> None:
    first, second = (value_of(run(zygote, RANDOM, seed=n).document.cells[0]) for n in (0, 1))
    assert first != second


def test_files_lie_in_the_work_folder(zygote: Zygote) -> None:
    files = {"data.csv": b"a,b\n1,2\n", "deep/er/raw.bin": b"\x00\xff", "ü.txt": "ü".encode()}
    source = (
        "print(open('data.csv').read(), open('deep/er/raw.bin', 'rb').read(), open('ü.txt').read())"
    )
    done = run(zygote, source, "import helper; helper.X", files={**files, "helper.py": b"X = 5\n"})
    assert text_of(done.document.cells[0]) == "a,b\n1,2\n b'\\x00\\xff' ü\n"
    assert done.cells["q1"].value == 5


def test_a_check_is_evaluated_in_the_notebooks_own_context(zygote: Zygote) -> None:
    source = (
        "import decimal\ndecimal.getcontext().prec = 5\ndef f(): return str(1 / decimal.Decimal(3))"
    )
    check = Observation(grade_id="q0", part="", observe="f()", cases=(encode_value({}),), seconds=5)
    (seen,) = run(zygote, source, observations=[check]).observed["q0", ""]
    assert seen.value == "0.33333"


# ------------------------------------------------------------------ papermill


def test_parameters_are_injected_after_the_tagged_cell(zygote: Zygote) -> None:
    given = new_notebook(
        cells=[
            new_code_cell("a = 1; b = 2", metadata={"tags": ["parameters"]}),
            new_code_cell("a, b"),
        ],
        metadata=PYTHON,
    )
    document = execute(given, zygote, LIMITS, parameters={"a": [1, "x"]}).document
    assert [c.metadata.get("tags") for c in document.cells] == [
        ["parameters"], ["injected-parameters"], []
    ]  # fmt: skip
    assert value_of(document.cells[2]) == "([1, 'x'], 2)"


def test_parameters_come_first_without_a_tagged_cell(zygote: Zygote) -> None:
    document = run(zygote, "a", parameters={"a": None}).document
    assert document.cells[0].metadata.tags == ["injected-parameters"]
    assert document.cells[1].outputs == []


def papermill(folder: Path, given: Any, *options: str) -> tuple[int, Any]:
    """Run papermill's command line; its exit code and the notebook that it wrote."""
    nbformat.write(given, folder / "in.ipynb")
    done = subprocess.run(
        [
            *(Path(sys.executable).parent / "papermill", "in.ipynb", "out.ipynb"),
            *("--engine", "dfl", "--no-progress-bar", *options),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (folder / "out.ipynb").exists(), done.stderr
    return done.returncode, nbformat.read(folder / "out.ipynb", as_version=4)


def test_papermills_command_line(tmp_path: Path) -> None:
    given = new_notebook(
        cells=[
            new_markdown_cell("# Title"),
            new_code_cell("alpha = 1", metadata={"tags": ["parameters"]}),
            new_code_cell("import numpy as np\nprint(alpha * 2, np.random.rand())"),
        ],
        metadata=PYTHON,
    )
    code, made = papermill(tmp_path, given, "-p", "alpha", "21")
    assert code == 0
    assert text_of(made.cells[3]) == "42 0.5488135039273248\n"
    assert made.metadata.papermill.parameters == {"alpha": 21}
    nbformat.validate(made)


def test_papermill_fails_when_a_cell_did_and_all_ran(tmp_path: Path) -> None:
    given = new_notebook(
        cells=[
            new_code_cell("1 / 0"),
            new_code_cell("while True: pass"),
            new_code_cell("print('ran')"),
        ],
        metadata=PYTHON,
    )
    code, made = papermill(tmp_path, given, "--execution-timeout", "1")
    assert code == 1
    assert text_of(made.cells[-1]) == "ran\n"
    assert made.metadata.papermill.exception is True
    assert "An Exception was encountered" in made.cells[0].source


def test_matplotlib_finds_its_fonts_though_it_is_imported_late() -> None:
    with Zygote() as bare:
        source = "import matplotlib.pyplot as plt\nimport matplotlib\nmatplotlib.get_backend()"
        done = run(bare, source, "import os\nos.listdir(matplotlib.get_configdir())")
    assert text_of(done.document.cells[0], "stderr") == ""
    assert "inline" in value_of(done.document.cells[0])
    assert "fontlist-" in value_of(done.document.cells[1])


# ------------------------------------------------------------------ without walls

ASK_FOR_CHANNEL = "import os; r = os.system('test -e /proc/self/fd/3 && echo open || echo closed')"


def test_a_box_without_walls_runs_a_notebook_too() -> None:
    with Zygote(walls=False) as bare:
        done = run(bare, f"{ASK_FOR_CHANNEL}; 1", "open('x', 'w'); 2")
    assert [cell.value for cell in done.cells.values()] == [1, 2]
    assert text_of(done.document.cells[0]) == "closed\n"


def test_programs_do_not_get_the_channel(zygote: Zygote) -> None:
    done = run(zygote, ASK_FOR_CHANNEL)
    assert text_of(done.document.cells[0]) == "closed\n"
