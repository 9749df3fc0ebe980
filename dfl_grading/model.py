"""Frozen types that every step passes on: submissions, verdicts, reports.

A value here is complete when it is born. Nothing in this module does any work beyond
arithmetic over its own fields and the JSON form of a report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

__all__ = [
    "NO_RESPONSE",
    "REPORT_SCHEMA",
    "CellRun",
    "CellStatus",
    "Evidence",
    "GradeReport",
    "Lateness",
    "Limits",
    "Observed",
    "Outcome",
    "PartResult",
    "QuestionResult",
    "Repair",
    "RunRecord",
    "Submission",
    "Verdict",
]

REPORT_SCHEMA = 1

NO_RESPONSE = "No response."
"""nbgrader's comment on an answer that the student left as it was released."""


class Verdict(StrEnum):
    """What became of one question."""

    PASSED = "PASSED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    OUTPUT = "OUTPUT"
    KILLED = "KILLED"
    MISSING = "MISSING"
    MANUAL = "MANUAL"
    GRADER_ERROR = "GRADER_ERROR"


class Evidence(StrEnum):
    """What a score rests on."""

    OUTSIDE = "outside"
    """A value was observed in the box and judged outside: it cannot be forged."""
    IN_KERNEL = "in kernel"
    """A test cell ran inside the student's own process, as nbgrader does."""
    MANUAL = "manual"
    """A person decides."""


class Outcome(StrEnum):
    """How the run of a whole submission ended."""

    COMPLETED = "completed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    KILLED = "killed"
    UNREADABLE = "unreadable"
    GRADER_ERROR = "grader error"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one box may use. Times are wall-clock seconds, sizes are megabytes (10^6 bytes).

    With `rerun_after_kill`, the cells after one that had to be killed run in a fresh box, without
    the culprit; otherwise they are not run.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 300.0
    memory_mb: int = 2000
    processes: int = 64
    disk_mb: int = 200
    output_kb: int = 2000
    rerun_after_kill: bool = False


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One student's hand-in for one problem set, as found on disk.

    `notebooks` maps a notebook's name (without `.ipynb`) to its file; `files` are the other
    files that were handed in. `timestamp` is naive UTC, as nbgrader stores it. `group` names
    those whom one hand-in counts for, the one whose `folder` it is first; empty where a student
    works alone. `own_folder` is a member's own hand-in, whichever counts.
    """

    student: str
    problem_set: str
    folder: Path
    notebooks: Mapping[str, Path]
    files: tuple[Path, ...] = ()
    timestamp: datetime | None = None
    group: tuple[str, ...] = ()
    own_folder: Path | None = None

    @property
    def owner(self) -> str:
        """Whose hand-in this is: a group gets one draw of arguments, and so one grade."""
        return self.group[0] if self.group else self.student


class CellStatus(StrEnum):
    """How the run of one cell ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    KILLED = "killed"
    SKIPPED = "skipped"
    """Never ran: the box had ended before."""


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """How one code cell ran. `value` is its last expression where that is a real number."""

    status: CellStatus
    value: float | None = None
    error_name: str = ""
    error_message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One evaluation of a check's expression: the plain value, or a `values.Raised`.

    `mutated` names the arguments that the call changed in place.
    """

    value: Any
    mutated: tuple[str, ...] = ()
    seconds: float = 0.0
    payload: bytes = field(default=b"", repr=False, compare=False)
    """The bytes that it came as (`wire.decode_value` gives a dictionary with "value")."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One thing that was put back in a student's notebook before it ran."""

    notebook: str
    grade_id: str | None
    what: str


@dataclass(frozen=True, kw_only=True)
class PartResult:
    """What one part of a check earned."""

    name: str
    score: float | None
    max_score: float
    verdict: Verdict
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class QuestionResult:
    """What one graded cell earned. `score` is None where a person must decide."""

    grade_id: str
    notebook: str
    score: float | None
    max_score: float
    verdict: Verdict
    evidence: Evidence
    message: str = ""
    parts: tuple[PartResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How late a submission came, and what that costs in points."""

    seconds: float = 0.0
    penalty: float = 0.0
    extension_seconds: float = 0.0
    policy: str = ""
    slip_days: int = 0


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What running the submission's notebooks used."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    outcome: Outcome = Outcome.COMPLETED
    message: str = ""
    boxed: bool = True


@dataclass(frozen=True, kw_only=True)
class GradeReport:
    """All that was decided of one submission; the truth that the gradebook is built from.

    `unanswered` names the solution cells, as (notebook, grade_id), that are as they were released.
    `group` names all whom the hand-in counts for, the one who handed it in first.
    `digests` names what decided it (submission, source, grader, reference, limits,
    environment, tool), each a SHA-256 in hex. `schema` only ever grows: see
    `docs/report-schema.md`.
    """

    student: str
    problem_set: str
    questions: tuple[QuestionResult, ...]
    repairs: tuple[Repair, ...] = ()
    late: Lateness = field(default_factory=Lateness)
    run: RunRecord = field(default_factory=RunRecord)
    digests: Mapping[str, str] = field(default_factory=dict)
    timestamp: str | None = None
    unanswered: tuple[tuple[str, str], ...] = ()
    group: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """The points that can be earned, manual ones included."""
        return sum(q.max_score for q in self.questions)

    @property
    def score(self) -> float | None:
        """The points earned before any late penalty; None while a grader error or a person
        is still to be heard on some question."""
        scores = [q.score for q in self.questions]
        return None if any(s is None for s in scores) else sum(s for s in scores if s is not None)

    @property
    def auto_score(self) -> float:
        """The points that are certain now: the sum over the questions that have a score."""
        return sum(q.score for q in self.questions if q.score is not None)

    @property
    def needs_person(self) -> bool:
        """Whether a grader error awaits a person (manually graded cells do not count)."""
        return any(q.verdict is Verdict.GRADER_ERROR for q in self.questions)

    @property
    def needs_manual_grade(self) -> bool:
        """Whether some question has no score yet."""
        return any(q.score is None for q in self.questions)

    def to_json(self) -> str:
        """The report as one JSON document, keys in the order of the schema."""
        document: dict[str, Any] = {
            "schema": REPORT_SCHEMA,
            "student": self.student,
            "problem_set": self.problem_set,
            "group": list(self.group),
            "timestamp": self.timestamp,
            "score": self.score,
            "auto_score": self.auto_score,
            "max_score": self.max_score,
            "questions": [asdict(q) for q in self.questions],
            "repairs": [asdict(r) for r in self.repairs],
            "unanswered": [list(cell) for cell in self.unanswered],
            "late": asdict(self.late),
            "run": asdict(self.run),
            "digests": dict(self.digests),
        }
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        # half of a surrogate pair, from a student's message, stays a JSON escape: UTF-8 has none
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str) -> GradeReport:
        """Read back what `to_json` wrote; keys that a later version added are passed over.

        Raises ValueError (with KeyError and TypeError folded in) for anything else.
        """
        try:
            document = json.loads(text)
            if document["schema"] != REPORT_SCHEMA:
                raise ValueError(f"report schema {document['schema']!r} is not {REPORT_SCHEMA}")
            return cls(
                student=document["student"],
                problem_set=document["problem_set"],
                timestamp=document.get("timestamp"),
                questions=tuple(_question(q) for q in document["questions"]),
                repairs=tuple(Repair(**_known(Repair, r)) for r in document["repairs"]),
                late=Lateness(**_known(Lateness, document["late"])),
                run=_run(document["run"]),
                digests=document["digests"],
                unanswered=tuple((n, g) for n, g in document.get("unanswered", ())),
                group=tuple(document.get("group", ())),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a grade report: {error!r}") from error


def _known(kind: type, fields: Mapping[str, Any]) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {key: value for key, value in fields.items() if key in names}


def _run(fields: Mapping[str, Any]) -> RunRecord:
    known = _known(RunRecord, fields)
    return RunRecord(**{**known, "outcome": Outcome(known["outcome"])})


def _question(fields: Mapping[str, Any]) -> QuestionResult:
    known = _known(QuestionResult, fields)
    parts = tuple(
        PartResult(**{**_known(PartResult, p), "verdict": Verdict(p["verdict"])})
        for p in known.pop("parts", ())
    )
    return QuestionResult(
        **{
            **known,
            "verdict": Verdict(known["verdict"]),
            "evidence": Evidence(known["evidence"]),
            "parts": parts,
        }
    )
