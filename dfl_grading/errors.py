"""The one base error and its few kinds; each message is one sentence with the remedy."""

from __future__ import annotations

__all__ = ["BoxUnavailable", "CourseError", "GraderFileError", "GradingError", "StoreError"]


class GradingError(Exception):
    """An operator's fault, found before work starts: what is wrong, where, what to do.

    The command line prints the message and exits with 2. A student's fault is never an
    exception: it becomes a verdict.
    """


class CourseError(GradingError):
    """The course folder, its configuration or a problem set cannot be used as it is."""


class GraderFileError(GradingError):
    """A grader file does not load, or does not fit its notebooks."""


class BoxUnavailable(GradingError):
    """This machine cannot isolate student code, and nobody said to go on without."""


class StoreError(GradingError):
    """The gradebook cannot be opened or written."""
