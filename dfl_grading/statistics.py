"""What the reports of one problem set say together: spread, questions, who needs a person.

Every function is pure and counts in shares: a student's share is the points earned over the
points decided so far, before any late penalty. So a question that still waits for a person
neither counts as zero nor drops the student.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dfl_grading.model import NO_RESPONSE, Evidence, GradeReport, Outcome, QuestionResult, Verdict

__all__ = [
    "Attention",
    "AttentionKind",
    "ItemStatistics",
    "Spread",
    "analyse_items",
    "correlate",
    "count_bins",
    "find_attention",
    "list_questions",
    "measure_share",
    "measure_spread",
]

Key = tuple[str, str]
"""A question is named by its notebook and its grade_id."""

_NUMBER = re.compile(r"[-+]?\d[\d.,_]*(?:[eE][-+]?\d+)?")
_NAMED_CELLS = 4  # cells of one repair that are named
_MESSAGE_HEAD = 300  # messages that agree so far are one message


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Where values lie; `deviation` is the sample standard deviation, None for one value."""

    count: int
    mean: float
    median: float
    deviation: float | None
    lowest: float
    lower_quartile: float
    upper_quartile: float
    highest: float


@dataclass(frozen=True, kw_only=True)
class ItemStatistics:
    """How a class did on one question.

    `mean` is in points and `facility` in shares, over the `scored` results that have a score;
    `discrimination` is the correlation of the question's points with the share that the same
    students earned on the other questions. Each is None where it is undefined. `message` is an
    example of the most frequent message of those who did not pass, `message_count` how many
    got it, give or take the numbers in it. Of the results that are a person's to give, `graded`
    have their points and `waiting` do not; what was left blank is neither.
    """

    notebook: str
    grade_id: str
    max_score: float
    counts: Mapping[Verdict, int]
    scored: int
    in_kernel: int
    graded: int
    waiting: int
    mean: float | None
    facility: float | None
    discrimination: float | None
    message: str
    message_count: int

    @property
    def total(self) -> int:
        """How many reports hold this question."""
        return sum(self.counts.values())

    @property
    def passed(self) -> float:
        """The share of reports in which it passed."""
        return self.counts.get(Verdict.PASSED, 0) / self.total

    @property
    def manual(self) -> bool:
        """Whether a person gives the points, so that nobody passes or fails."""
        return self.counts.get(Verdict.MANUAL, 0) > 0


class AttentionKind(StrEnum):
    """Why somebody should look."""

    GRADER_ERROR = "grader error"
    UNREADABLE = "unreadable"
    MANUAL = "manual"
    REPAIR = "repair"


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One thing to look at, and whom it concerns; `where` is a grade_id, several, or empty."""

    kind: AttentionKind
    where: str
    what: str
    students: tuple[str, ...]


def measure_share(questions: Sequence[QuestionResult]) -> float | None:
    """Points earned over points decided; None where nothing that carries points is decided."""
    decided = [(q.score, q.max_score) for q in questions if q.score is not None]
    possible = math.fsum(most for _, most in decided)
    return math.fsum(score for score, _ in decided) / possible if possible > 0 else None


def measure_spread(values: Sequence[float]) -> Spread | None:
    """Mean, median, deviation and quartiles (linear interpolation); None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    count = len(ordered)
    mean = math.fsum(ordered) / count
    squares = math.fsum((value - mean) ** 2 for value in ordered)
    return Spread(
        count=count,
        mean=mean,
        median=_quantile(ordered, 0.5),
        deviation=math.sqrt(squares / (count - 1)) if count > 1 else None,
        lowest=ordered[0],
        lower_quartile=_quantile(ordered, 0.25),
        upper_quartile=_quantile(ordered, 0.75),
        highest=ordered[-1],
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def correlate(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or where one side never varies."""
    count = len(first)
    if count < 3:
        return None
    left = _centre(first)
    right = _centre(second)
    if left is None or right is None:
        return None
    product = math.fsum(a * b for a, b in zip(left, right, strict=True))
    return max(-1.0, min(1.0, product))


def _centre(values: Sequence[float]) -> list[float] | None:
    """Deviations from the mean, scaled to length one; None where they are rounding noise."""
    mean = math.fsum(values) / len(values)
    apart = [value - mean for value in values]
    length = math.sqrt(math.fsum(value * value for value in apart))
    size = max(abs(value) for value in values)
    if length <= 1e-12 * size * math.sqrt(len(values)) or length == 0:
        return None
    return [value / length for value in apart]


def count_bins(shares: Sequence[float], bins: int = 10) -> tuple[int, ...]:
    """How many shares fall in each of `bins` equal parts of [0, 1]; 1 belongs to the last.

    A share a rounding error below a boundary counts as on it, so that 0.7 made of tenths is
    seven tenths.
    """
    counts = [0] * bins
    for share in shares:
        counts[min(bins - 1, max(0, math.floor(share * bins + 1e-9)))] += 1
    return tuple(counts)


def list_questions(reports: Sequence[GradeReport]) -> tuple[Key, ...]:
    """Every question that some report holds, in the order in which they first appear."""
    return tuple(dict.fromkeys((q.notebook, q.grade_id) for r in reports for q in r.questions))


def analyse_items(reports: Sequence[GradeReport]) -> tuple[ItemStatistics, ...]:
    """The statistics of each question, in the order of `list_questions`."""
    found: dict[Key, list[tuple[QuestionResult, float | None]]] = {
        key: [] for key in list_questions(reports)
    }
    for report in reports:
        decided = [q for q in report.questions if q.score is not None]
        earned = math.fsum(q.score for q in decided if q.score is not None)
        possible = math.fsum(q.max_score for q in decided)
        for question in report.questions:
            rest = _rest(question, earned, possible)
            found[question.notebook, question.grade_id].append((question, rest))
    return tuple(_analyse(key, results) for key, results in found.items())


def _rest(question: QuestionResult, earned: float, possible: float) -> float | None:
    """The share on the student's other questions; None where there is nothing to compare."""
    others = possible - question.max_score
    if question.score is None or others <= 1e-9:
        return None
    return (earned - question.score) / others


def _analyse(key: Key, results: Sequence[tuple[QuestionResult, float | None]]) -> ItemStatistics:
    most = max(question.max_score for question, _ in results)
    personal = [question for question, _ in results if question.verdict is Verdict.MANUAL]
    blank = sum(q.score == 0 and q.message == NO_RESPONSE for q in personal)
    waiting = sum(question.score is None for question in personal)
    scores = [question.score for question, _ in results if question.score is not None]
    pairs = [(q.score, rest) for q, rest in results if q.score is not None and rest is not None]
    mean = math.fsum(scores) / len(scores) if scores else None
    message, count = _find_message([question for question, _ in results])
    return ItemStatistics(
        notebook=key[0],
        grade_id=key[1],
        max_score=most,
        counts=Counter(question.verdict for question, _ in results),
        scored=len(scores),
        in_kernel=sum(question.evidence is Evidence.IN_KERNEL for question, _ in results),
        graded=len(personal) - waiting - blank,
        waiting=waiting,
        mean=mean,
        facility=mean / most if mean is not None and most > 0 else None,
        discrimination=correlate([score for score, _ in pairs], [rest for _, rest in pairs]),
        message=message,
        message_count=count,
    )


def _find_message(results: Sequence[QuestionResult]) -> tuple[str, int]:
    """The most frequent message, numbers in it passed over; the earliest of equals."""
    kinds: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for question in results:
        if question.message and question.verdict is not Verdict.PASSED:
            kind = _NUMBER.sub("#", question.message[:_MESSAGE_HEAD])
            kinds[kind] += 1
            examples.setdefault(kind, question.message)
    if not kinds:
        return "", 0
    kind, count = kinds.most_common(1)[0]
    return examples[kind], count


def find_attention(reports: Sequence[GradeReport]) -> tuple[Attention, ...]:
    """What needs a person, the same thing for several students as one entry; worst kind first.

    The same repair of several cells is one entry, too: an editor may have dropped every mark.
    """
    found: dict[tuple[AttentionKind, str, str], list[str]] = {}
    for report in reports:
        for thing in dict.fromkeys(_attend(report)):
            found.setdefault(thing, []).append(report.student)
    ranks = {kind: rank for rank, kind in enumerate(AttentionKind)}
    repaired: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    entries = []
    for (kind, where, what), students in found.items():
        if kind is AttentionKind.REPAIR:
            repaired.setdefault((what, tuple(students)), []).append(where)
        else:
            entries.append(Attention(kind=kind, where=where, what=what, students=tuple(students)))
    entries += [
        Attention(kind=AttentionKind.REPAIR, where=_name_cells(where), what=what, students=whose)
        for (what, whose), where in repaired.items()
    ]
    return tuple(sorted(entries, key=lambda e: (ranks[e.kind], -len(e.students))))


def _name_cells(cells: Sequence[str]) -> str:
    """The cells' names, or the first few of many and how many more there are."""
    shown = cells if len(cells) <= _NAMED_CELLS else cells[: _NAMED_CELLS - 1]
    rest = len(cells) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _attend(report: GradeReport) -> list[tuple[AttentionKind, str, str]]:
    found = []
    cause = report.run.message
    if report.run.outcome is Outcome.UNREADABLE:
        found.append((AttentionKind.UNREADABLE, "", cause or "the notebook could not be read"))
    if report.run.outcome is Outcome.GRADER_ERROR:
        found.append((AttentionKind.GRADER_ERROR, "", cause or "grading this submission failed"))
    for question in report.questions:
        if question.verdict is Verdict.GRADER_ERROR:
            if report.run.outcome is Outcome.GRADER_ERROR and question.message == cause:
                continue  # said once, of the whole run
            found.append((AttentionKind.GRADER_ERROR, question.grade_id, question.message))
        elif question.score is None:
            what = question.message if question.verdict is not Verdict.MANUAL else ""
            found.append((AttentionKind.MANUAL, question.grade_id, what))
    for repair in report.repairs:
        found.append((AttentionKind.REPAIR, repair.grade_id or repair.notebook, repair.what))
    return found
