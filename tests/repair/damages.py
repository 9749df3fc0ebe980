"""What people and programs do to notebooks, and what each must get.

A damage is a function that gets the honest student's notebook and changes it, or gives back the
bytes of the file that is handed in. `@damage` says what must come of it: the points, the verdicts
that are not the honest ones, and the repairs that must be told, by grade_id and some words.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import honest
from honest import Document, find, own, place, take

Do = Callable[[Document], bytes | None]


@dataclass(frozen=True, kw_only=True)
class Damage:
    """One row of the corpus; `plain` are the verdicts that differ where cells judge themselves."""

    name: str
    do: Do
    score: float
    verdicts: Mapping[str, str]
    plain: Mapping[str, str]
    told: tuple[tuple[str | None, str], ...]
    sentences: Mapping[str, str] = field(default_factory=dict)
    unreadable: bool = False


DAMAGES: list[Damage] = []


def damage(
    score: float = 5,
    *told: tuple[str | None, str],
    plain: Mapping[str, str] | None = None,
    sentences: Mapping[str, str] | None = None,
    unreadable: bool = False,
    **verdicts: str,
) -> Callable[[Do], Do]:
    """File a damage; in `verdicts`, `square_test` stands for the question `square-test`."""

    def file(do: Do) -> Do:
        name = do.__name__.replace("_", "-")
        changed = {grade_id.replace("_", "-"): verdict for grade_id, verdict in verdicts.items()}
        DAMAGES.append(
            Damage(
                name=name,
                do=do,
                score=score,
                verdicts=changed,
                plain=plain or {},
                told=told,
                sentences=sentences or {},
                unreadable=unreadable,
            )
        )
        return do

    return file


def made(damage: Damage) -> bytes:
    """The file that is handed in."""
    document = honest.handed_in()
    data = damage.do(document)
    return json.dumps(document).encode() if data is None else data


LOST = "mark of this cell was lost"
MOVED = "had been moved"
BACK = "was not there; it was put back"
TEXT = "was not the right one; it was put back"
MARK = "mark of this cell had been changed"
TIMES = "times"
KEPT = "it was kept in a new cell"
NO_CELL = "The cell of this answer is not in the notebook"

MARKED = ("setup", "square", "square-test", "mean", "mean-test", "norm", "norm-test", "why")
ALL_LOST = tuple((grade_id, LOST) for grade_id in MARKED)


def unmark(cell: honest.Cell) -> None:
    cell["metadata"].clear()


def new_ids(document: Document) -> None:
    for number, cell in enumerate(document["cells"]):
        cell["id"] = f"new{number}"


# --- Nothing


@damage()
def untouched(document: Document) -> None:
    """The honest notebook itself."""


@damage()
def run_and_saved(document: Document) -> None:
    for number, cell in enumerate(document["cells"]):
        if cell["cell_type"] == "code":
            stream = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
            cell |= {"execution_count": number, "outputs": [stream]}
            cell["metadata"] |= {"execution": {"iopub.status.busy": "2030-01-01T10:00:00Z"}}


# --- Marks that are lost


@damage(5, *ALL_LOST)
def all_marks_lost(document: Document) -> None:
    for cell in document["cells"]:
        unmark(cell)


@damage(5, *ALL_LOST)
def all_marks_and_ids_lost(document: Document) -> None:
    for cell in document["cells"]:
        unmark(cell)
    new_ids(document)


@damage(5, ("square-test", LOST))
def mark_of_a_test_lost(document: Document) -> None:
    unmark(find(document, "square-test"))
    new_ids(document)


@damage(5, ("mean", LOST))
def mark_of_an_answer_lost(document: Document) -> None:
    unmark(find(document, "mean"))
    new_ids(document)


@damage(5, ("why", LOST))
def mark_of_a_proof_lost(document: Document) -> None:
    unmark(find(document, "why"))
    new_ids(document)


@damage(5, *ALL_LOST)
def marks_lost_and_own_cells_between(document: Document) -> None:
    for cell in document["cells"]:
        unmark(cell)
    new_ids(document)
    for at in range(len(document["cells"]), 0, -1):
        document["cells"].insert(at, own(f"scratch_{at} = {at}"))


@damage(5, *ALL_LOST)
def marks_lost_and_tests_edited(document: Document) -> None:
    for cell in document["cells"]:
        if honest.name_of(cell).endswith("-test"):
            cell["source"] += "\nprint('passed')"
    for cell in document["cells"]:
        unmark(cell)
    new_ids(document)


@damage(5, *ALL_LOST)
def typed_again_by_hand(document: Document) -> None:
    """Cell by cell in a new notebook: no prose, no marks, other spaces."""
    kept = [cell for cell in document["cells"] if honest.name_of(cell)]
    for cell in kept:
        cell["source"] = cell["source"].replace(" == ", "==").replace(" ** ", "**") + "  \n"
        unmark(cell)
    document["cells"] = kept
    document["metadata"] = {}
    new_ids(document)


@damage(5, ("square", LOST), ("mean", LOST), ("norm", LOST))
def answers_typed_into_new_cells(document: Document) -> None:
    """The marked cells deleted, the answers in cells of the student's own, in their places."""
    for grade_id in ("square", "mean", "norm"):
        document["cells"][place(document, grade_id)] = own(honest.ANSWERS[grade_id])


# --- Marks that are wrong


@damage(5, ("square", "grade_id of this cell had been changed to 'square2'"))
def name_of_an_answer_changed(document: Document) -> None:
    find(document, "square")["metadata"]["nbgrader"]["grade_id"] = "square2"


@damage(5, ("square-test", "grade_id of this cell had been changed to 'test'"))
def name_of_a_test_changed(document: Document) -> None:
    find(document, "square-test")["metadata"]["nbgrader"]["grade_id"] = "test"


@damage(5, ("square", "grade_id of this cell had been changed to 'mean'"))
def names_of_two_answers_swapped(document: Document) -> None:
    one = find(document, "square")["metadata"]["nbgrader"]
    other = find(document, "mean")["metadata"]["nbgrader"]
    one["grade_id"], other["grade_id"] = "mean", "square"


@damage(5, ("square-test", TEXT), ("square-test", KEPT))
def marks_of_an_answer_and_its_test_swapped(document: Document) -> None:
    one, other = find(document, "square"), find(document, "square-test")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


@damage(5, ("square-test", "gave this cell 200 points; it carries 2"))
def points_raised(document: Document) -> None:
    find(document, "square-test")["metadata"]["nbgrader"]["points"] = 200


@damage(5, ("norm-test", "checksum of this cell"))
def checksum_forged(document: Document) -> None:
    find(document, "norm-test")["metadata"]["nbgrader"]["checksum"] = "0" * 32


@damage(5, ("norm-test", MARK))
def test_unmarked_as_graded(document: Document) -> None:
    find(document, "norm-test")["metadata"]["nbgrader"]["grade"] = False


@damage(5, ("norm-test", MARK), ("norm-test", TEXT))
def test_marked_as_an_answer(document: Document) -> None:
    cell = find(document, "norm-test")
    cell["metadata"]["nbgrader"] |= {"solution": True, "locked": False}
    cell["source"] = "pass"


@damage(5, (None, "grade_id 'bonus' is not one of this notebook's"))
def a_test_of_the_students_own(document: Document) -> None:
    mark = {"grade_id": "bonus", "grade": True, "solution": False, "locked": True, "points": 99}
    mark |= {"schema_version": 3, "task": False}
    document["cells"].append({**own("assert True"), "metadata": {"nbgrader": mark}})


@damage(5, ("setup", ""), ("square-test", ""))
def marks_that_are_no_marks(document: Document) -> None:
    one, other = find(document, "setup"), find(document, "square-test")
    one["metadata"]["nbgrader"], other["metadata"]["nbgrader"] = 7, {"grade_id": ["x"]}


@damage(5, ("norm-test", "'raises-exception' changes how a cell runs"))
def test_tagged_to_fail_quietly(document: Document) -> None:
    find(document, "norm-test")["metadata"]["tags"] = ["raises-exception"]


@damage(5, ("norm-test", "'skip-execution' changes how a cell runs"))
def test_tagged_to_be_skipped(document: Document) -> None:
    find(document, "norm-test")["metadata"]["tags"] = ["skip-execution"]


# --- Cells of another type


def retype(cell: honest.Cell, kind: str) -> None:
    cell["cell_type"] = kind
    for key in ("outputs", "execution_count"):
        cell.pop(key, None)


@damage(5, ("square", "it is a code cell again"))
def answer_made_prose(document: Document) -> None:
    retype(find(document, "square"), "markdown")


@damage(5, ("mean-test", "it is a code cell again"))
def test_made_raw(document: Document) -> None:
    retype(find(document, "mean-test"), "raw")


@damage(5, ("why", "it is a markdown cell again"))
def proof_made_code(document: Document) -> None:
    retype(find(document, "why"), "code")
    find(document, "why").update(outputs=[], execution_count=None)


# --- Deleted


@damage(5, ("mean-test", BACK))
def test_deleted(document: Document) -> None:
    take(document, "mean-test")


@damage(5, ("square-test", BACK), ("mean-test", BACK), ("norm-test", BACK))
def all_tests_deleted(document: Document) -> None:
    for grade_id in ("square-test", "mean-test", "norm-test"):
        take(document, grade_id)


@damage(5, ("setup", BACK))
def setup_deleted(document: Document) -> None:
    take(document, "setup")


@damage(5)
def prose_deleted(document: Document) -> None:
    document["cells"] = [cell for cell in document["cells"] if honest.name_of(cell)]


@damage(
    3,
    ("square", NO_CELL),
    square_test="MISSING",
    sentences={"square-test": "The cell square is not in the notebook."},
)
def answer_deleted(document: Document) -> None:
    take(document, "square")


@damage(
    3,
    ("square", NO_CELL),
    ("square-test", BACK),
    square_test="MISSING",
    sentences={"square-test": "The cell square is not in the notebook."},
)
def answer_and_test_deleted(document: Document) -> None:
    take(document, "square")
    take(document, "square-test")


@damage(
    3,
    ("square", NO_CELL),
    square_test="MISSING",
    sentences={"square-test": "The cell square is not in the notebook."},
)
def whole_question_deleted(document: Document) -> None:
    at = place(document, "square")
    del document["cells"][at - 1 : at + 2]


@damage(5, ("square", LOST))
def answer_deleted_and_written_at_the_top(document: Document) -> None:
    cell = take(document, "square")
    document["cells"].insert(0, own(cell["source"]))


@damage(5, ("why", "an empty cell was put in its place"), sentences={"why": "No response."})
def proof_deleted(document: Document) -> None:
    take(document, "why")


@damage(5, sentences={"why": "No response."})
def proof_emptied(document: Document) -> None:
    find(document, "why")["source"] = " \n"


@damage(3, square_test="MISSING", plain={"square-test": "ERROR"})
def answer_emptied(document: Document) -> None:
    find(document, "square")["source"] = ""


@damage(
    0,
    ("square", NO_CELL),
    ("why", "an empty cell was put in its place"),
    square_test="MISSING",
    mean_test="MISSING",
    norm_test="MISSING",
    sentences={"norm-test": "The cell norm is not in the notebook.", "why": "No response."},
)
def everything_deleted(document: Document) -> None:
    document["cells"] = []


@damage(5, ("square-test", BACK), ("mean", NO_CELL), ("why", "an empty cell"))
def only_the_code_is_left(document: Document) -> None:
    """All functions in one cell, in an otherwise empty notebook."""
    text = "\n\n\n".join(honest.ANSWERS[name] for name in ("square", "mean", "norm"))
    document["cells"] = [own("import math"), own(text)]


# --- Twice


def copy_of(cell: honest.Cell, source: str | None = None) -> honest.Cell:
    made = copy.deepcopy(cell)
    made["id"] = f"{made['id']}-copy"
    return made if source is None else {**made, "source": source}


def stub_of(grade_id: str) -> str:
    text: str = find(honest.handed_out(), grade_id)["source"]
    return text


@damage(5, ("square", TIMES))
def stub_before_its_answer(document: Document) -> None:
    at = place(document, "square")
    document["cells"].insert(at, copy_of(document["cells"][at], stub_of("square")))


@damage(5, ("square", "what was left as it was handed out does not run"))
def stub_after_its_answer(document: Document) -> None:
    at = place(document, "square")
    document["cells"].insert(at + 1, copy_of(document["cells"][at], stub_of("square")))


@damage(5, ("square", TIMES))
def answer_in_a_copy_at_the_end(document: Document) -> None:
    cell = find(document, "square")
    document["cells"].append(copy_of(cell))
    cell["source"] = stub_of("square")


@damage(3, ("square", TIMES), square_test="FAILED")
def second_answer_is_wrong(document: Document) -> None:
    at = place(document, "square")
    wrong = "def square(x):\n    return x + x"
    document["cells"].insert(at + 1, copy_of(document["cells"][at], wrong))


@damage(5, ("square", TIMES))
def first_answer_is_wrong(document: Document) -> None:
    at = place(document, "square")
    wrong = "def square(x):\n    return x + x"
    document["cells"].insert(at, copy_of(document["cells"][at], wrong))


@damage(5, ("norm-test", TIMES))
def test_there_three_times(document: Document) -> None:
    cell = find(document, "norm-test")
    document["cells"].insert(0, copy_of(cell))
    document["cells"].append(copy_of(copy_of(cell)))


@damage(5, ("setup", TIMES))
def setup_there_twice(document: Document) -> None:
    document["cells"].insert(place(document, "mean"), copy_of(find(document, "setup")))


@damage(5, ("why", TIMES))
def proof_there_twice(document: Document) -> None:
    at = place(document, "why")
    document["cells"].insert(at + 1, copy_of(document["cells"][at], "YOUR ANSWER HERE"))


@damage(5, ("square", TIMES), ("mean-test", TIMES), ("why", TIMES))
def whole_notebook_pasted_after_itself(document: Document) -> None:
    """The released notebook once more, below the answers."""
    document["cells"] += [copy_of(cell) for cell in honest.handed_out()["cells"]]


@damage(5, ("square", TIMES), ("mean-test", TIMES), ("why", TIMES))
def whole_notebook_pasted_before_itself(document: Document) -> None:
    document["cells"][:0] = [copy_of(cell) for cell in honest.handed_out()["cells"]]


@damage(5, ("square", TIMES), ("square-test", TIMES))
def a_question_copied_with_its_test(document: Document) -> None:
    at = place(document, "square")
    document["cells"][at + 2 : at + 2] = [copy_of(each) for each in document["cells"][at : at + 2]]


# --- Split

HELPER = "def times(x, y):\n    return x * y"
MAIN = "def square(x):\n    return times(x, x)"


@damage(5)
def answer_split_with_the_mark_above(document: Document) -> None:
    at = place(document, "square")
    document["cells"][at]["source"] = HELPER
    document["cells"].insert(at + 1, own(MAIN))


@damage(5)
def answer_split_with_the_mark_below(document: Document) -> None:
    at = place(document, "square")
    document["cells"][at]["source"] = MAIN
    document["cells"].insert(at, own(HELPER))


@damage(5, ("square", TIMES))
def answer_split_with_the_mark_twice(document: Document) -> None:
    at = place(document, "square")
    document["cells"].insert(at, copy_of(document["cells"][at], HELPER))
    document["cells"][at + 1]["source"] = MAIN


@damage(5, ("square", TIMES))
def answer_split_with_its_helper_below(document: Document) -> None:
    at = place(document, "square")
    document["cells"].insert(at + 1, copy_of(document["cells"][at], HELPER))
    document["cells"][at]["source"] = MAIN


@damage(5, ("square-test", TIMES))
def test_split_with_the_mark_twice(document: Document) -> None:
    at = place(document, "square-test")
    document["cells"].insert(at + 1, copy_of(document["cells"][at], "# and no more"))


@damage(5, ("why", TIMES))
def proof_split_with_the_mark_twice(document: Document) -> None:
    at = place(document, "why")
    document["cells"].insert(at + 1, copy_of(document["cells"][at], "Quod erat."))


# --- Merged


@damage(5, ("mean-test", "had been merged into the cell before it"))
def test_merged_into_its_answer(document: Document) -> None:
    cell = find(document, "mean")
    cell["source"] += "\n\n" + take(document, "mean-test")["source"]
    del document["cells"][place(document, "mean") + 1]


@damage(5, ("mean-test", ""))
def answer_merged_into_its_test(document: Document) -> None:
    test = find(document, "mean-test")
    test["source"] = take(document, "mean")["source"] + "\n\n" + test["source"]


@damage(5, ("mean", NO_CELL))
def two_answers_merged(document: Document) -> None:
    find(document, "square")["source"] += "\n\n" + take(document, "mean")["source"]


@damage(5, ("square-test", ""), ("mean", NO_CELL))
def everything_merged_into_the_first_answer(document: Document) -> None:
    code = [cell for cell in document["cells"][4:12] if cell["cell_type"] == "code"]
    find(document, "square")["source"] += "".join("\n\n" + cell["source"] for cell in code)
    del document["cells"][4:12]


@damage(5, ("why", ""))
def proof_merged_into_its_question(document: Document) -> None:
    document["cells"][place(document, "why") - 1]["source"] += (
        "\n\n" + take(document, "why")["source"]
    )


@damage(5, ("why", "an empty cell was put in its place"))
def short_proof_merged_into_its_question(document: Document) -> None:
    """Too short to tell from a question that was edited: a person shall look."""
    document["cells"][place(document, "why") - 1]["source"] += "\n\nPythagoras."
    take(document, "why")


@damage(5)
def proof_in_a_cell_of_its_own(document: Document) -> None:
    cell = find(document, "why")
    document["cells"].append(own(cell["source"], "markdown"))
    cell["source"] = "YOUR ANSWER HERE"


@damage(3, ("square", NO_CELL), square_test="MISSING")
def answer_merged_into_prose(document: Document) -> None:
    at = place(document, "square") - 1
    document["cells"][at]["source"] += "\n" + take(document, "square")["source"]


@damage(5, ("square", TIMES), ("mean", NO_CELL))
def mark_of_one_answer_on_another(document: Document) -> None:
    find(document, "mean")["metadata"] = copy.deepcopy(find(document, "square")["metadata"])


@damage(5, ("square", LOST), ("mean", NO_CELL), ("norm", NO_CELL))
def all_answers_in_one_cell_and_marks_lost(document: Document) -> None:
    text = "\n\n".join(take(document, name)["source"] for name in ("square", "mean", "norm"))
    document["cells"].insert(2, own(text))
    for cell in document["cells"]:
        unmark(cell)
    new_ids(document)


# --- In another order


@damage(5, *ALL_LOST)
def answers_at_the_end_and_marks_lost(document: Document) -> None:
    for name in ("norm", "mean", "square"):
        document["cells"].append(take(document, name))
    for cell in document["cells"]:
        unmark(cell)
    new_ids(document)


@damage(5, ("square-test", MOVED))
def test_before_its_answer(document: Document) -> None:
    document["cells"].insert(0, take(document, "square-test"))


@damage(5, ("setup", MOVED))
def setup_at_the_end(document: Document) -> None:
    document["cells"].append(take(document, "setup"))


@damage(5, ("square", MOVED))
def answer_at_the_end(document: Document) -> None:
    document["cells"].append(take(document, "square"))


@damage(5, ("why", MOVED))
def proof_at_the_top(document: Document) -> None:
    document["cells"].insert(0, take(document, "why"))


@damage(5, ("square-test", ""))
def all_tests_at_the_end(document: Document) -> None:
    for grade_id in ("norm-test", "mean-test", "square-test"):
        document["cells"].append(take(document, grade_id))


@damage(5, ("square-test", ""), ("mean", ""))
def everything_reversed(document: Document) -> None:
    document["cells"].reverse()


@damage(5, *ALL_LOST)
def reversed_and_marks_lost(document: Document) -> None:
    for cell in document["cells"]:
        unmark(cell)
    document["cells"].reverse()


@damage(5, ("square", MOVED), ("square-test", MOVED))
def two_questions_swapped(document: Document) -> None:
    cells = document["cells"]
    cells[2:9] = cells[5:9] + cells[2:5]


# --- Written where it does not belong


@damage(5, ("norm-test", TEXT))
def test_made_to_pass(document: Document) -> None:
    find(document, "norm-test")["source"] = "assert True"


@damage(5, ("square-test", KEPT))
def answer_written_into_its_test(document: Document) -> None:
    answer, test = find(document, "square"), find(document, "square-test")
    test["source"] = answer["source"] + "\n" + test["source"]
    answer["source"] = stub_of("square")


@damage(5, ("setup", TEXT))
def setup_changed(document: Document) -> None:
    find(document, "setup")["source"] = "import math\nLIMIT = 1000"


@damage(5, ("setup", KEPT))
def imports_added_to_the_setup(document: Document) -> None:
    """Editors that know nothing of read-only cells let people type into them."""
    find(document, "setup")["source"] += "\nimport statistics"
    find(document, "mean")["source"] = "def mean(values):\n    return statistics.fmean(values)"


@damage(5)
def comments_and_blank_lines_in_the_margins(document: Document) -> None:
    for cell in document["cells"]:
        cell["source"] = "\n\n" + cell["source"].replace("\n", "  \r\n") + "\n \n"
