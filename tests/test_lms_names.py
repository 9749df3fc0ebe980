"""Whose file is it, by its name? As each LMS writes names, and as people do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.errors import CourseError
from dfl_grading.lms_names import (
    Form,
    Label,
    Naming,
    Owner,
    read_names,
    recognise_form,
    recognise_notebook,
)
from dfl_grading.roster import Roster, read_roster

ONE = Naming(problem_set="ps1", notebooks=("trainability",), zone=ZoneInfo("Europe/Berlin"))
TWO = replace(ONE, notebooks=("p1", "p2"))


def labels(form: Form, names: list[str], naming: Naming = TWO) -> dict[str, tuple[str, str]]:
    """Student and file of each name that says them."""
    said = read_names(form, names, naming)
    return {
        name: (label.owners[0].student, label.file)
        for name, label in said.items()
        if isinstance(label, Label)
    }


def label(form: Form, name: str, naming: Naming = TWO) -> Label:
    said = read_names(form, [name], naming)[name]
    assert isinstance(said, Label), said
    return said


# ----------------------------------------------------------------------------------- recognising


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("lovelaceada_LATE_12345_67890_name-1.ipynb", Form.CANVAS),
        ("lovelaceada_12345_67890_name.ipynb", Form.CANVAS),
        ("out/müllerjürgen_1_2_a_b_3.ipynb", Form.CANVAS),
        ("anon_a1B2c_67890_p1.ipynb", Form.CANVAS),
        ("Ada Lovelace_1234567_assignsubmission_file_/p1.ipynb", Form.MOODLE),
        ("Ada Lovelace_1234567_assignsubmission_file/p1.ipynb", Form.MOODLE),
        ("Ada Lovelace_1234567_assignsubmission_file_p1.ipynb", Form.MOODLE),
        ("HW 1_ada_attempt_2027-01-25-23-11-02_p1.ipynb", Form.BLACKBOARD),
        ("assignment_1_export/submission_123456789/p1.ipynb", Form.GRADESCOPE),
        ("ada/p1.ipynb", Form.PLAIN),
        ("ada_p1.ipynb", Form.PLAIN),
        ("submission_12.ipynb", Form.PLAIN),
    ],
)
def test_a_form_is_told_by_the_names(name: str, form: Form) -> None:
    assert recognise_form([name]) == (form, 1, 1)


def test_all_names_decide_together() -> None:
    canvas = [f"student{n}_{n}_{n}_p1.ipynb" for n in range(3)]
    assert recognise_form([*canvas, "ada/p1.ipynb", "x.png"]) == (Form.CANVAS, 3, 4)
    assert recognise_form([*canvas, *(f"s{n}/p1.ipynb" for n in range(4))])[0] is Form.PLAIN
    assert recognise_form([]) == (Form.PLAIN, 0, 0)


@pytest.mark.parametrize(
    ("file", "notebook"),
    [
        ("p1.ipynb", "p1"), ("p1-1.ipynb", "p1"), ("p1 (2).ipynb", "p1"), ("p1(2).ipynb", "p1"),
        ("p1-Copy1.ipynb", "p1"), ("p1 - Copy.ipynb", "p1"), ("p1 copy 2.ipynb", "p1"),
        ("Copy of p2.ipynb", "p2"), ("P1.IPYNB", "p1"), ("p1-1-2.ipynb", "p1"),
        ("p1 - Copy (3).ipynb", "p1"), ("p3.ipynb", None), ("xp1.ipynb", None), ("p1x.ipynb", None),
    ],
)  # fmt: skip
def test_what_is_added_to_a_notebook_s_name_is_taken_off(file: str, notebook: str | None) -> None:
    found = recognise_notebook(file, ("p1", "p2"))
    assert (found and found[0]) == notebook


def test_a_source_notebook_with_a_number_keeps_it() -> None:
    names = ("week", "week-1", "Signal propagation")
    assert recognise_notebook("week-1.ipynb", names) == ("week-1", 0)
    assert recognise_notebook("week-2.ipynb", names) == ("week", 2)
    assert recognise_notebook("signal_propagation-3.ipynb", names) == ("Signal propagation", 3)
    assert recognise_notebook("signal%20propagation.ipynb", names) == ("Signal propagation", 0)
    assert recognise_notebook("a-b.ipynb", ("a b", "a_b")) is None


NOTEBOOK = st.from_regex(r"[a-z]{3,8}([-_ ][a-z]{3,8})?", fullmatch=True).filter(
    lambda name: "copy" not in name
)


@given(
    name=NOTEBOOK,
    added=st.lists(st.sampled_from(["-1", " (2)", "-Copy3", " - Copy"]), max_size=3),
)
@settings(deadline=None, max_examples=100)
def test_a_name_comes_back_however_often_it_was_copied(name: str, added: list[str]) -> None:
    found = recognise_notebook(name + "".join(added) + ".ipynb", (name, "another one"))
    assert found is not None
    assert found[0] == name


# ------------------------------------------------------------------------------------------ LMSs

WORD = st.from_regex(r"[a-z]{1,10}", fullmatch=True).filter(lambda word: word != "anon")
FILE = st.from_regex(r"[a-z][a-z0-9 _()-]{0,12}\.(ipynb|csv)", fullmatch=True)
NUMBER = st.integers(1, 10**9)


@given(last=WORD, first=WORD, late=st.booleans(), user=NUMBER, attachment=NUMBER, file=FILE)
@settings(deadline=None, max_examples=100)
def test_canvas_names_come_back(
    last: str, first: str, late: bool, user: int, attachment: int, file: str
) -> None:
    name = f"{last}{first}{'_LATE' if late else ''}_{user}_{attachment}_{file}"
    found = label(Form.CANVAS, name)
    assert (found.owners[0].student, found.file) == (last + first, file)
    assert (found.owners[0].key, found.late, found.order) == (str(user), late, attachment)


@given(first=WORD, last=WORD, number=NUMBER, file=FILE, flat=st.booleans(), inner=st.booleans())
@settings(deadline=None, max_examples=100)
def test_moodle_names_come_back(
    first: str, last: str, number: int, file: str, flat: bool, inner: bool
) -> None:
    who = f"{first.title()} {last.title()}"
    file = f"part/{file}" if inner and not flat else file
    name = f"{who}_{number}_assignsubmission_file_{'' if flat else '/'}{file}"
    found = label(Form.MOODLE, name)
    assert (found.owners[0].student, found.file) == (who, file)
    assert found.owners[0].key == str(number)


@given(
    title=st.from_regex(r"[A-Z][A-Za-z0-9 _]{0,10}", fullmatch=True),
    student=st.from_regex(r"[a-z0-9.@-]{1,10}", fullmatch=True),
    file=FILE,
    time=st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)),
)
@settings(deadline=None, max_examples=100)
def test_blackboard_names_come_back(title: str, student: str, file: str, time: datetime) -> None:
    name = f"{title}_{student}_attempt_{time:%Y-%m-%d-%H-%M-%S}_{file}"
    found = label(Form.BLACKBOARD, name, replace(TWO, zone=UTC))
    assert (found.owners[0].student, found.file) == (student, file)
    assert found.sent == time.replace(microsecond=0, tzinfo=UTC)


def test_canvas_late_and_hidden_names() -> None:
    found = label(Form.CANVAS, "LATE_anon_a1B2c_67890_p1.ipynb")
    assert (found.owners[0].student, found.late) == ("anon_a1B2c", True)
    said = read_names(Form.CANVAS, ["ada_1_text.html", "ada_1_link.html", "p1.ipynb"], TWO)
    assert said["ada_1_text.html"] is said["ada_1_link.html"] is None
    assert "Canvas" in str(said["p1.ipynb"])


def test_moodle_s_texts_are_no_files() -> None:
    names = [
        "Ada L_1_assignsubmission_onlinetext_/onlinetext.html",
        "Ada L_1_assignsubmission_file_",
    ]
    assert set(read_names(Form.MOODLE, names, TWO).values()) == {None}


def test_blackboard_s_receipts_are_no_files_and_its_times_are_local() -> None:
    names = [f"HW_ada_attempt_2027-{day}{end}" for day in ("01-25-23-11-02", "07-25-23-11-02")
             for end in (".txt", "_p1.ipynb")]  # fmt: skip
    said = read_names(Form.BLACKBOARD, names, TWO)
    assert [said[name] for name in names[::2]] == [None, None]
    times = [one.sent for one in said.values() if isinstance(one, Label)]
    winter, summer = datetime(2027, 1, 25, 22, 11, 2), datetime(2027, 7, 25, 21, 11, 2)
    assert times == [winter.replace(tzinfo=UTC), summer.replace(tzinfo=UTC)]


def test_a_blackboard_id_with_an_underscore_is_told_by_the_roster_or_kept_apart() -> None:
    names = [f"HW_{who}_l_attempt_2027-01-25-23-11-02_p1.ipynb" for who in ("ada", "bob")]
    owners = [one.owners[0] for one in read_names(Form.BLACKBOARD, names, TWO).values()
              if isinstance(one, Label)]  # fmt: skip
    assert [owner.student for owner in owners] == ["l", "l"]
    assert owners[0].key != owners[1].key
    known = replace(TWO, students=frozenset({"ada_l", "bob_l", "l"}))
    assert [who for who, _ in labels(Form.BLACKBOARD, names, known).values()] == ["ada_l", "bob_l"]


METADATA = """---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0042'
    :email: ada@example.org
  :created_at: &1 2027-01-25 22:11:02.632510000 Z
  :score: 0.0
  :history:
  - :id: 9
    :created_at: 2026-01-01 00:00:00 Z
    :submitters:
    - :name: Eve
submission_12:
  :submitters:
  - :name: Pair One
    :sid:
    :email: "one@example.org"
  - :name: 'O''Pair'
  :created_at: *1
submission_13:
  :submitters:
  - :name: !ruby/object:Gem::Installer {}
    :sid: !!python/object/apply:os.system ["touch pwned"]
"""


def test_gradescope_s_metadata_tells_who_and_when() -> None:
    naming = replace(TWO, metadata=METADATA)
    inner = {11: "p1.ipynb", 12: "a/p1.ipynb", 13: "p1.ipynb", 14: "p1.ipynb"}
    names = [f"export/submission_{number}/{file}" for number, file in inner.items()]
    first, pair, evil, unknown = read_names(Form.GRADESCOPE, names, naming).values()
    assert isinstance(first, Label)
    assert isinstance(pair, Label)
    assert first.owners[0].student == "0042"
    assert first.owners[0].ids == ("0042", "ada@example.org")
    assert first.sent == datetime(2027, 1, 25, 22, 11, 2, 632510, tzinfo=UTC)
    assert [owner.student for owner in pair.owners] == ["one@example.org", "O'Pair"]
    assert (pair.sent, pair.file) == (None, "a/p1.ipynb")
    for one in (evil, unknown):
        assert isinstance(one, Label)
        assert one.owners[0].student == ""
    said = read_names(Form.GRADESCOPE, ["export/submission_metadata.yml", "p1.ipynb"], naming)
    assert [type(one) for one in said.values()] == [type(None), str]


def test_a_pattern_is_read_as_nbgrader_reads_it() -> None:
    pattern = re.compile(r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)")
    naming = replace(TWO, pattern=pattern, zone=UTC, stem="download")
    found = label(Form.PATTERN, "ps1_ada_attempt_2027-01-30-15-00-00_p1.ipynb", naming)
    assert (found.owners[0].student, found.file) == ("ada", "p1.ipynb")
    assert found.sent == datetime(2027, 1, 30, 15, tzinfo=UTC)
    assert "pattern" in str(read_names(Form.PATTERN, ["p1.ipynb"], naming)["p1.ipynb"])
    names = re.compile(r"download/(?P<first_name>\w+)-(?P<last_name>\w+)/(?P<timestamp>[^/]*)/")
    naming = replace(naming, pattern=names)
    found = label(Form.PATTERN, "Ada-Lovelace/2027-01-30 15:00 +0100/p1.ipynb", naming)
    assert (found.owners[0].student, found.file) == ("Ada Lovelace", "p1.ipynb")
    assert found.sent == datetime(2027, 1, 30, 14, tzinfo=UTC)
    said = read_names(Form.PATTERN, ["Ada-L/yesterday/p1.ipynb"], naming)
    assert "no time" in str(*said.values())


# --------------------------------------------------------------------------------------- plain


def test_plain_names_of_one_notebook() -> None:
    names = ["ada.ipynb", "bob (1).ipynb", "c_d_trainability-1.ipynb", "ada_data.csv", "README"]
    assert labels(Form.PLAIN, names, ONE) == {
        "ada.ipynb": ("ada", "trainability.ipynb"),
        "bob (1).ipynb": ("bob", "trainability.ipynb"),
        "c_d_trainability-1.ipynb": ("c_d", "trainability-1.ipynb"),
        "ada_data.csv": ("ada", "data.csv"),
    }


def test_plain_names_of_two_notebooks() -> None:
    names = ["ada_p1.ipynb", "ada_l_p2 (2).ipynb", "bob.ipynb", "p1.ipynb"]
    said = read_names(Form.PLAIN, names, TWO)
    assert labels(Form.PLAIN, names) == {
        "ada_p1.ipynb": ("ada", "p1.ipynb"),
        "ada_l_p2 (2).ipynb": ("ada_l", "p2 (2).ipynb"),
    }
    assert "<student>_<notebook>.ipynb" in str(said["bob.ipynb"])
    assert "no student" in str(said["p1.ipynb"])
    known = replace(TWO, students=frozenset({"bob", "ada_l"}))
    assert labels(Form.PLAIN, ["ada_l_final.ipynb"], known) == {
        "ada_l_final.ipynb": ("ada_l", "final.ipynb")
    }


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (["ada/p1.ipynb", "bob/x/p1.ipynb"], ["ada", "bob"]),
        (["ada/ps1/p1.ipynb"], ["ada"]),
        (["submitted/ada/ps1/p1.ipynb"], ["ada"]),
        (["ps1/ada/p1.ipynb", "ps1/bob/p1.ipynb"], ["ada", "bob"]),
        (["class/ada/p1.ipynb", "class/bob/p1.ipynb"], ["ada", "bob"]),
        (["out/ada_p1.ipynb", "out/bob_p1.ipynb", "out/eve_p2.ipynb"], ["ada", "bob", "eve"]),
        (["ada/p1.ipynb", "ada/p2.ipynb", "ada/data/x.csv"], ["ada"]),
        (["ada/ada_p1.ipynb"], ["ada"]),
    ],
)
def test_folders_around_all_students_do_not_count(names: list[str], students: list[str]) -> None:
    found = labels(Form.PLAIN, names)
    assert sorted({student for student, _ in found.values()}) == students
    assert all(file.count("p1") < 2 for _, file in found.values())


def test_an_archive_of_just_the_notebooks_is_one_student_s() -> None:
    naming = replace(TWO, stem="ada")
    names = ["p1.ipynb", "p2-1.ipynb", "data.csv"]
    assert {student for student, _ in labels(Form.PLAIN, names, naming).values()} == {"ada"}
    assert labels(Form.PLAIN, ["p1.ipynb", "bob/p1.ipynb"], naming) == {
        "bob/p1.ipynb": ("bob", "p1.ipynb")
    }


# --------------------------------------------------------------------------------------- roster


def roster(tmp_path: Path, text: str) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode())
    return read_roster(path)


def test_a_roster_finds_people_by_id_and_by_name(tmp_path: Path) -> None:
    made = roster(
        tmp_path,
        "\ufeffStudent ID;LMS ID;Name;Email;Room\r\n"
        "al1;12345;Lovelace, Ada;ada@example.org;7\r\n"
        "gh1;Participant 77;Grace Brewster Hopper;;\r\n"
        "\r\n"
        "jm1;;Müller, Jürgen;;\r\n"
        "jm2;999;Jürgen Müller;;\r\n",
    )

    def find(**fields: object) -> set[str]:
        return set(made.find(Owner(key="", student="", **fields))[0])  # type: ignore[arg-type]

    assert find(lms_ids=("12345",)) == find(names=("lovelaceada",)) == {"al1"}
    assert find(names=("Ada Lovelace",)) == find(ids=("ADA@example.org",)) == {"al1"}
    assert find(lms_ids=("77", "participant 77")) == {"gh1"}
    assert find(names=("hoppergracebrewster",)) == find(names=("Hopper Grace Brewster",)) == {"gh1"}
    assert find(names=("Ju\u0308rgen Mu\u0308ller",)) == {"jm1", "jm2"}
    assert find(lms_ids=("999",), names=("Jürgen Müller",)) == {"jm2"}
    assert find(lms_ids=("12345",), names=("Jürgen Müller",)) == {"al1", "jm1", "jm2"}
    # An LMS's number is no student id: they may well be alike by chance.
    assert find(lms_ids=("al1",)) == find(ids=("12345",)) == find(names=("7",)) == set()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name,id\nAda,1\n", "student_id"),
        ("", "student_id"),
        ("student_id\n../x\n", ":2:"),
        ("student_id,name\nada,Ada\n,Bob\n", ":3:"),
        ("student_id\n.\n", ":2:"),
    ],
)
def test_a_roster_that_cannot_be_used_is_told(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=what):
        roster(tmp_path, text)
    with pytest.raises(CourseError, match="cannot be read"):
        read_roster(tmp_path / "missing.csv")


# ------------------------------------------------------------------------------------ the manual


def test_the_manual_s_names_are_read_as_it_says() -> None:
    manual = (Path(__file__).parent.parent / "docs/commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", manual, re.MULTILINE)
    assert [form for form, _, _ in rows] == [form.value for form in Form if form != "pattern"]
    metadata = "submission_123456789:\n  :submitters:\n  - :name: A\n    :sid: sid\n"
    for form, names, student in rows:
        name = re.findall(r"`([^`]+\.ipynb)`", names)[0]
        assert recognise_form([name])[0] == form
        naming = replace(TWO, metadata=metadata)
        assert (
            label(Form(form), name, naming).owners[0].student == re.findall(r"`(.+?)`", student)[0]
        )


def test_the_manual_s_copies_are_recognised() -> None:
    manual = (Path(__file__).parent.parent / "docs/commands.md").read_text(encoding="utf-8")
    listed = manual[manual.index("where that can be told:") : manual.index("are `p1.ipynb`.")]
    copies = re.findall(r"`([^`]+)`", listed)
    assert len(copies) == 4
    assert {recognise_notebook(name, TWO.notebooks) is not None for name in copies} == {True}
