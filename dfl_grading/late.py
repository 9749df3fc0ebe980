"""What coming late costs: a course's own late submission plugin of nbgrader's is asked."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from dfl_grading.errors import CourseError
from dfl_grading.nbgrader_config import LatePolicy, importable

__all__ = ["LatePlugin", "has_plugin"]


class LatePlugin:
    """The plugin of a course, ready to be asked; `name` is its class's.

    `folder` is the course's, where its module may lie. Raises CourseError where it cannot be had.
    """

    def __init__(self, policy: LatePolicy, folder: Path) -> None:
        try:
            with importable(folder):
                made = _class_of(policy.plugin)
        except Exception as error:
            raise CourseError(
                f"the late submission plugin {policy.plugin!r} cannot be imported: "
                f"{type(error).__name__}: {error}; correct AssignLatePenalties.plugin_class."
            ) from error
        self.name = made.__name__
        options: dict[str, Any] = {}
        for ancestor in reversed(made.__mro__):
            options.update(policy.options.get(ancestor.__name__, {}))
        try:
            self._plugin = made(**options)
        except Exception as error:
            raise CourseError(
                f"the late submission plugin {self.name} refuses its options: {error}; correct "
                f"them in nbgrader_config.py."
            ) from error

    def penalty(self, student: str, scores: Mapping[str, float], seconds: float) -> float:
        """The penalty in points, for the scores of all notebooks, by their names.

        As in nbgrader, each notebook is asked for by itself, and loses from nothing to all of
        its score. Raises CourseError where the plugin fails or gives what is no number.
        """
        total = 0.0
        for score in scores.values():
            try:
                given = self._plugin.late_submission_penalty(student, score, seconds)
                total += 0.0 if given is None else min(max(0.0, float(given)), score)
            except Exception as error:
                raise CourseError(
                    f"the late submission plugin {self.name} failed for {student!r}: "
                    f"{type(error).__name__}: {error}; mend it, then grade again."
                ) from error
        return total


def has_plugin(policy: LatePolicy | None) -> bool:
    """Whether a policy can cost anything: nbgrader's own plugin does nothing by default."""
    if policy is None:
        return False
    own = policy.options.get("LateSubmissionPlugin", {})
    return policy.plugin is not None or own.get("penalty_method", "none") != "none"


def _class_of(plugin: Any) -> Any:
    if plugin is None:
        from nbgrader.plugins import LateSubmissionPlugin

        return LateSubmissionPlugin
    if isinstance(plugin, str):
        module, _, name = plugin.rpartition(".")
        return getattr(import_module(module), name)
    return plugin
