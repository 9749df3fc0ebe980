"""The page of a problem set: complete, self-contained, inert whatever names and messages hold."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_class import make_class, make_question, make_report

from dfl_grading.model import (
    REPORT_SCHEMA,
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
from dfl_grading.report import make_index_row, write_index, write_report

NOW = datetime(2025, 11, 21, 22, 30, tzinfo=UTC)
VOID = {"meta"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></svg><svg onload=alert(1)>",
    "{{ 777 * 777 }}{% raw %}",
    "user\u202egnp.exe",
    "\x00\x1b[2Jcleared\r\n",
    "bad\ud800surrogate",
    "<!--",
    "x" * 10_000,
]


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A strict reading of a page: every element closed in order, all attributes kept."""

    source: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()
        assert not self.open, [element.name for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} comes twice"
        element = Element(tag, {key: value or "" for key, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"a stray </{tag}>"
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data[:40]}")

    def all(self, name: str, **attributes: str) -> list[Element]:
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.name == name and wanted.items() <= element.attributes.items()
        ]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self.all("body")[0].text)


def make_page(folder: Path, reports: list[GradeReport], title: str = "Vectors") -> Page:
    output = folder / "reports" / "page.html"
    write_report(title, "linear-1-vectors", reports, output, now=NOW, course="Linear algebra")
    return Page(output.read_text(encoding="utf-8"))


def assert_inert(page: Page) -> None:
    """Nothing runs, nothing is fetched, nothing is styled from outside the hashed sheet."""
    names = {element.name for element in page.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
    for element in page.elements:
        for key, value in element.attributes.items():
            assert not key.startswith("on")
            assert key not in {"style", "src", "srcset", "action", "xlink:href"}
            assert key != "href" or re.fullmatch(r"#[a-z]+(-\d+)?|\./[\w.%-]+", value)


def test_the_page_is_whole_and_self_contained(tmp_path: Path) -> None:
    page = make_page(tmp_path, make_class(30))
    assert_inert(page)
    anchors = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(anchors) == len(set(anchors))
    links = [e.attributes["href"][1:] for e in page.all("a")]
    assert links
    assert set(links) <= set(anchors)


def test_the_policy_allows_the_style_sheet_and_nothing_else(tmp_path: Path) -> None:
    page = make_page(tmp_path, make_class(3))
    (policy,) = [e for e in page.all("meta") if "http-equiv" in e.attributes]
    (style,) = page.all("style")
    digest = base64.b64encode(sha256(style.text.encode()).digest()).decode()
    assert policy.attributes["content"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert "url(" not in style.text
    assert "@import" not in style.text
    for media in ("prefers-color-scheme: dark", "@media print"):
        assert media in style.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, text: str) -> None:
    question = make_question(text, Verdict.FAILED, message=text)
    fault = make_question(f"{text}2", Verdict.GRADER_ERROR, message=text)
    report = make_report(text, replace(question, notebook=text), fault)
    report = replace(
        report,
        repairs=(Repair(notebook=text, grade_id=text, what=text),),
        late=Lateness(seconds=5.0, penalty=1.0, policy=text),
        run=RunRecord(outcome=Outcome.UNREADABLE, message=text),
    )
    page = make_page(tmp_path, [report, make_report("ada")], title=text)
    assert_inert(page)
    source = page.source
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", source
    )
    assert "603729" not in source
    assert max(map(len, page.text.split(" "))) < 500
    if text.isprintable() and len(text) < 40:
        assert page.text.count(text) >= 6


def test_long_text_is_cut_with_more_of_it_on_hover(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_report("n" * 60)])
    (name,) = {e.text for e in page.all("bdi", title="n" * 60)}
    assert name == "n" * 39 + "…"


def test_every_verdict_has_a_mark_beside_its_colour_and_a_legend(tmp_path: Path) -> None:
    questions = [make_question(v.value, v, message="why") for v in Verdict]
    page = make_page(tmp_path, [make_report("ada", *questions)])
    cells = [e for e in page.all("td") if e.attributes.get("class", "").startswith("c-")]
    marks = [e.text[0] for e in cells]
    assert len(set(marks)) == len(Verdict)
    for verdict, cell in zip(Verdict, cells, strict=True):
        word = verdict.value.lower().replace("_", " ")
        assert f": {word}, " in cell.attributes["title"]
        assert "outside — why" in cell.attributes["title"]
        assert f"{cell.text[0]} {word}" in page.text


def test_evidence_in_the_kernel_is_marked_and_no_other(tmp_path: Path) -> None:
    inside = make_question("inside", evidence=Evidence.IN_KERNEL)
    page = make_page(tmp_path, [make_report("ada", inside, make_question("outside"))])
    cells = {
        e.attributes["title"].split(":")[0]: e for e in page.all("td") if "title" in e.attributes
    }
    assert cells["inside"].text == "Pk2"
    assert cells["outside"].text == "P2"
    assert "in kernel" in page.text
    assert "in kernel" not in make_page(tmp_path, [make_report("ada")]).text


def test_figures_are_those_of_the_class(tmp_path: Path) -> None:
    reports = [
        make_report(f"s{n}", make_question("a", Verdict.PARTIAL, points=10.0, score=float(score)))
        for n, score in enumerate([0, 5, 10, 9])
    ]
    page = make_page(tmp_path, reports)
    tiles = [e.text.strip() for e in page.all("div") if "tile" in e.attributes.get("class", "")]
    assert tiles == [
        "Submissions4none late",
        "Mean60 %6 of 10 points",
        "Median70 %7 of 10 points",
        "Spread± 45 %0 % to 100 %",
        "Need a person0nobody",
    ]
    bars = [e.text.split() for e in page.all("g")]
    assert [(bar[0], bar[-1]) for bar in bars] == [("0", "1"), ("50", "1"), ("90", "2")]
    (description,) = page.all("desc", id="h-desc")
    assert "0 to 10 %: 1; 50 to 60 %: 1; 90 to 100 %: 2" in description.text


def test_bars_split_the_class_by_verdict(tmp_path: Path) -> None:
    verdicts = [Verdict.PASSED, Verdict.PASSED, Verdict.TIMEOUT, Verdict.GRADER_ERROR]
    page = make_page(
        tmp_path, [make_report(str(n), make_question("a", v)) for n, v in enumerate(verdicts)]
    )
    (bar,) = page.all("svg", class_="stack")
    assert bar.attributes["aria-label"] == "2 passed, 1 timeout, 1 grader error"
    parts = [e for e in page.all("rect") if e.attributes["class"].startswith("f-")]
    assert [(e.attributes["x"], e.attributes["width"], e.attributes["class"]) for e in parts] == [
        ("0.00", "50.00", "f-passed"),
        ("50.00", "25.00", "f-limit"),
        ("75.00", "25.00", "f-fault"),
    ]


def test_answers_for_a_person_have_no_rate_of_passing(tmp_path: Path) -> None:
    results = [
        make_question("essay", Verdict.MANUAL, score=0.0, message="No response."),
        make_question("essay", Verdict.MANUAL, score=1.0),
        make_question("essay", Verdict.MANUAL),
    ]
    page = make_page(tmp_path, [make_report(str(n), one) for n, one in enumerate(results)])
    (row,) = [e for e in page.all("tr") if e.attributes.get("id", "").startswith("q-")]
    assert re.search(r"1 graded\s*1 to grade", row.text)
    assert "0 %" not in row.text.split("graded")[0]


def test_a_question_that_misleads_is_pointed_out(tmp_path: Path) -> None:
    def report(number: int) -> GradeReport:
        good = make_question("good", Verdict.PARTIAL, points=9.0, score=float(number))
        odd = make_question("odd", Verdict.PARTIAL, points=9.0, score=float(9 - number))
        other = make_question("other", Verdict.PARTIAL, points=9.0, score=float(number))
        return make_report(f"s{number}", good, odd, other)

    page = make_page(tmp_path, [report(n) for n in range(10)])
    weak = [e for e in page.all("tr") if e.attributes.get("id", "").startswith("q-")]
    assert ["look at it" in row.text for row in weak] == [False, True, False]
    assert "−1.00" in weak[1].text


def test_what_needs_a_person_is_listed_with_links(tmp_path: Path) -> None:
    fault = make_question("fit", Verdict.GRADER_ERROR, message="graders/a.py:3: no reference")
    essay = make_question("essay", Verdict.MANUAL)
    repair = Repair(notebook="vectors", grade_id="norm", what="the test cell was put back")
    ada = replace(make_report("ada", essay), repairs=(repair,))
    eve = replace(make_report("eve"), run=RunRecord(outcome=Outcome.UNREADABLE, message="not JSON"))
    page = make_page(tmp_path, [make_report("bob", fault), ada, eve])
    items = [re.sub(r"\s+", " ", e.text).strip() for e in page.all("li")]
    assert items == [
        "fit: graders/a.py:3: no reference bob",
        "not JSON eve",
        "essay ada",
        "norm: the test cell was put back ada",
    ]
    assert [e.attributes["href"] for e in page.all("a") if e.text == "eve"] == ["#s-3"] * 2
    (row,) = page.all("tr", id="s-3")
    assert "eve" in row.text
    assert "unreadable" in row.text


def test_late_penalties_are_shown_with_the_total(tmp_path: Path) -> None:
    late = Lateness(seconds=7500.0, penalty=1.5, extension_seconds=3600.0, policy="10 % a day")
    reports = [replace(make_report("ada"), late=late), make_report("bob")]
    page = make_page(tmp_path, reports)
    (row,) = page.all("tr", id="s-1")
    assert row.text.split() == ["adaP22−1.50.5100", "%"]
    (cell,) = [e for e in page.all("td") if "2 h 5 min late" in e.attributes.get("title", "")]
    assert cell.attributes["title"] == "2 h 5 min late, extension of 1 h, 10 % a day"
    assert "Late" not in make_page(tmp_path, [make_report("bob")]).text
    free = replace(make_report("ada"), late=Lateness(seconds=93_600.0))
    page = make_page(tmp_path, [free, make_report("bob")])
    (cell,) = [e for e in page.all("td") if "late" in e.attributes.get("title", "")]
    assert cell.text == "1 d 2 h"


@pytest.mark.parametrize(("loose", "words"), [(0, None), (1, "1 of 3 submissions ran"), (3, "All")])
def test_a_page_made_without_a_box_says_so(tmp_path: Path, loose: int, words: str | None) -> None:
    reports = [
        replace(r, run=replace(r.run, boxed=n >= loose)) for n, r in enumerate(make_class(3))
    ]
    notices = make_page(tmp_path, reports).all("p", class_="notice")
    assert [re.sub(r"\s+", " ", e.text.strip())[:22] for e in notices] == (
        [] if words is None else ["Graded without a box. "]
    )
    assert all(words in re.sub(r"\s+", " ", e.text) for e in notices if words)


def test_an_empty_class_has_a_page(tmp_path: Path) -> None:
    page = make_page(tmp_path, [])
    assert_inert(page)
    assert "No submission has been graded yet" in page.text
    assert not page.all("table")


def test_nothing_decided_yet_has_a_page(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_report("ada", make_question("essay", Verdict.MANUAL))])
    assert not page.all("svg", class_="histogram")
    assert "To grade by hand1" in page.text


def test_a_class_of_one_has_a_page_without_undefined_figures(tmp_path: Path) -> None:
    page = make_page(tmp_path, make_class(1))
    assert "Spread–" in page.text
    assert not re.search(r"\b(nan|inf|None)\b", page.text)


def test_a_class_of_four_hundred_is_quick(tmp_path: Path) -> None:
    reports = make_class(400, questions=20)
    began = time.perf_counter()
    write_report("Vectors", "linear-1-vectors", reports, tmp_path / "page.html", now=NOW)
    assert time.perf_counter() - began < 2.0
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len([e for e in page.all("tr") if e.attributes.get("id", "").startswith("s-")]) == 400
    assert (tmp_path / "page.html").stat().st_size < 3_000_000


def test_students_come_by_name_whatever_their_order(tmp_path: Path) -> None:
    pages = [
        make_page(tmp_path, [make_report(name) for name in names]).source
        for names in (["bob", "Ada", "eve"], ["eve", "bob", "Ada"])
    ]
    assert pages[0] == pages[1]
    assert pages[0].index("Ada") < pages[0].index("bob") < pages[0].index("eve")


def test_who_did_not_hand_in_is_named(tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    write_report("V", "v", make_class(2), output, now=NOW, not_submitted=["max", "<b>nora</b>"])
    page = Page(output.read_text(encoding="utf-8"))
    (absent,) = page.all("details", class_="absent")
    assert re.sub(r"\s+", " ", absent.text) == "2 enrolled without a submission max, <b>nora</b>"


def test_an_old_page_stays_whole_until_the_new_one_is(tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    write_report("Old", "v", [], output, now=NOW)
    old = output.read_bytes()
    with pytest.raises(TypeError):
        write_report(None, "v", [], output, now=NOW)  # type: ignore[arg-type]
    assert output.read_bytes() == old
    write_report("New", "v", [], output, now=NOW)
    assert output.read_bytes() != old
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_the_index_links_each_page_with_its_mean(tmp_path: Path) -> None:
    rows = [
        make_index_row("Vectors", "linear-1", make_class(30), "linear-1.html"),
        make_index_row("<b>Empty</b>", "empty set", [], "empty set.html"),
    ]
    write_index("Linear <i>algebra</i>", rows, tmp_path / "index.html", now=NOW)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert_inert(page)
    assert [e.attributes["href"] for e in page.all("a")] == [
        "./linear-1.html",
        "./empty%20set.html",
    ]
    assert [e.text for e in page.all("h1")] == ["Linear <i>algebra</i>"]
    lines = [e.text.split() for e in page.all("tr")][1:]
    assert rows[0].mean is not None
    assert lines[0][:4] == ["Vectorslinear-1", "30", str(round(100 * rows[0].mean)), "%"]
    assert lines[1] == ["<b>Empty</b>empty", "set", "0", "–", "–", "–"]


def test_the_index_counts_who_needs_a_person() -> None:
    fault = make_report("a", make_question("x", Verdict.GRADER_ERROR))
    essay = make_report("b", make_question("x", Verdict.MANUAL))
    lost = replace(make_report("c"), run=RunRecord(outcome=Outcome.UNREADABLE))
    row = make_index_row("V", "v", [fault, essay, lost], "v.html")
    assert (row.submissions, row.needs_person, row.needs_manual) == (3, 2, 1)


# The schema of report.json: its document and the model agree.

SCHEMA = (Path(__file__).parent.parent / "docs/report-schema.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The rows of the one table under a heading of the document, without its header."""
    section = SCHEMA.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names_of(heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows_of(heading)]


def full_report() -> GradeReport:
    part = PartResult(name="zero", score=None, max_score=1.0, verdict=Verdict.GRADER_ERROR)
    return replace(
        make_report("ada", make_question("norm", Verdict.MANUAL, parts=(part,))),
        repairs=(Repair(notebook="vectors", grade_id=None, what="put back"),),
        unanswered=(("vectors", "norm"),),
        digests=dict.fromkeys(names_of("`digests`"), "0" * 64),
    )


TYPES = {
    "integer": int,
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
}


def objects() -> dict[str, list[dict[str, object]]]:
    """Every kind of object in two documents: one with all its nulls, one with none."""
    documents = []
    for report in (full_report(), replace(make_class(2)[1], timestamp="2025-10-01T09:30:00")):
        documents.append(json.loads(report.to_json()))
    return {
        "`report`": documents,
        "`question`": [q for d in documents for q in d["questions"]],
        "`part`": [p for d in documents for q in d["questions"] for p in q["parts"]],
        "`repair`": [r for d in documents for r in d["repairs"]],
        "`late`": [d["late"] for d in documents],
        "`run`": [d["run"] for d in documents],
        "`digests`": [d["digests"] for d in documents if d["digests"]],
    }


@pytest.mark.parametrize("heading", objects())
def test_the_document_and_the_report_have_the_same_keys_types_and_nulls(heading: str) -> None:
    found = objects()[heading]
    assert found
    for made in found:
        assert list(made) == names_of(heading)
        for name, kind, null, _ in rows_of(heading):
            value = made[name.strip("`")]
            if value is None:
                assert null != "never", name
            else:
                named = TYPES.get(kind.split(" ")[0], dict)
                assert isinstance(value, named), name
                assert isinstance(value, bool) == (kind == "boolean"), name


@pytest.mark.parametrize(
    ("heading", "values"), [("Verdicts", Verdict), ("Evidence", Evidence), ("Outcomes", Outcome)]
)
def test_the_document_lists_every_closed_value(heading: str, values: type[Verdict]) -> None:
    assert names_of(heading) == [value.value for value in values]


def test_the_document_names_every_field_of_the_model() -> None:
    kinds = {"`question`": QuestionResult, "`part`": PartResult, "`late`": Lateness}
    for heading, kind in kinds.items():
        assert set(names_of(heading)) == {made.name for made in fields(kind)}


def test_a_report_can_be_written_whatever_its_message_holds() -> None:
    report = make_report("Zoë", make_question("a", Verdict.ERROR, message="bad \ud800 \\ud800"))
    text = report.to_json()
    assert "Zoë" in text
    assert GradeReport.from_json(text.encode("utf-8").decode("utf-8")) == report


def test_the_documents_example_is_a_report_of_this_schema() -> None:
    example = SCHEMA.split("```json\n", 1)[1].split("```", 1)[0]
    report = GradeReport.from_json(example)
    assert report.score == 2.5
    assert set(json.loads(example)) == set(json.loads(report.to_json()))
    assert json.loads(example)["schema"] == REPORT_SCHEMA
    assert f"`schema` is {REPORT_SCHEMA}." in SCHEMA
