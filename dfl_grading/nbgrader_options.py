"""nbgrader's options of what is done here in its place, and what to do about those not heeded.

Data for `nbgrader_config`; a test holds the names together with nbgrader's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dfl_grading.course_file import suggestion

__all__ = ["AUTOGRADE_LISTS", "OPTIONS", "RELEASE_STEPS", "is_met", "remedy_for"]

RELEASE_STEPS: Final = (
    "IncludeHeaderFooter",
    "InstantiateTests",
    "LockCells",
    "ClearSolutions",
    "ClearOutput",
    "CheckCellMetadata",
    "ComputeChecksums",
    "SaveCells",
    "ClearHiddenTests",
    "ClearMarkScheme",
    "ComputeChecksums",
    "CheckCellMetadata",
)
"""nbgrader's own preprocessors of `generate_assignment`, in its order."""


_AUTOGRADE_STEPS: Final = (
    "ClearOutput", "DeduplicateIds", "OverwriteKernelspec", "OverwriteCells", "CheckCellMetadata",
    "Execute", "IgnorePattern", "ClearMetadataPreprocessor", "LimitOutput", "SaveAutoGrades",
    "AssignLatePenalties",
)  # fmt: skip
_SANITIZE: Final = _AUTOGRADE_STEPS[:5]
_AUTOGRADE: Final = (*_AUTOGRADE_STEPS[5:], "CheckCellMetadata")
AUTOGRADE_LISTS: Final = {
    "sanitize_preprocessors": _SANITIZE,
    "autograde_preprocessors": _AUTOGRADE,
}


OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "CourseDirectory": (
        "course_id", "student_id", "student_id_exclude", "assignment_id", "notebook_id",
        "directory_structure", "source_directory", "release_directory",
        "source_with_tests_directory", "submitted_directory", "autograded_directory",
        "feedback_directory", "solution_directory", "db_url", "root", "groupshared", "ignore",
        "include", "max_file_size", "max_dir_size",
    ),
    "Autograde": (
        "create_student", "exclude_overwriting", "sanitize_preprocessors",
        "autograde_preprocessors",
    ),
    "GenerateAssignment": ("create_assignment", "no_database", "preprocessors"),
    "BaseConverter": (
        "force", "pre_convert_hook", "post_convert_hook", "permissions", "exporter_class",
    ),
    "IncludeHeaderFooter": ("header", "footer"),
    "InstantiateTests": (
        "autotest_filename", "autotest_delimiter", "hashed_delimiter", "use_salt",
        "enforce_metadata", "comment_strs", "sanitizers",
    ),
    "LockCells": (
        "lock_solution_cells", "lock_grade_cells", "lock_readonly_cells", "lock_all_cells",
    ),
    "ClearSolutions": (
        "code_stub", "text_stub", "begin_solution_delimeter", "end_solution_delimeter",
        "enforce_metadata",
    ),
    "ClearOutput": ("remove_metadata_fields",),
    "ClearHiddenTests": ("begin_test_delimeter", "end_test_delimeter", "enforce_metadata"),
    "ClearMarkScheme": (
        "begin_mark_scheme_delimeter", "end_mark_scheme_delimeter", "check_attachment_leakage",
        "enforce_metadata",
    ),
    "Execute": (
        "timeout", "kernel_name", "interrupt_on_timeout", "timeout_func", "error_on_timeout",
        "execute_retries", "skip_cells_with_tag", "allow_error_names",
        "force_raise_errors", "raise_on_iopub_timeout", "iopub_timeout", "startup_timeout",
        "shell_timeout_interval", "shutdown_kernel", "extra_arguments", "ipython_hist_file",
        "kernel_manager_class", "record_timing", "store_widget_state", "on_cell_start",
        "on_cell_execute", "on_cell_complete", "on_cell_error",
        "on_notebook_start", "on_notebook_complete", "on_notebook_error",
    ),
    "OverwriteCells": ("add_missing_cells", "missing_cell_notification"),
    "AssignLatePenalties": ("plugin_class",),
    "LateSubmissionPlugin": ("penalty_method",),
    "LimitOutput": ("max_lines", "max_traceback"),
    "IgnorePattern": ("pattern",),
}  # fmt: skip
"""nbgrader's options of what we do in its place; for names that are spelt wrong, too."""

_SILENT: Final = re.compile(
    r"Exchange\w*|TransferApp|\w+App|Authenticator|\w*AuthPlugin|FileNameCollectorPlugin"
    r"|ExtractorPlugin|\w*ExportPlugin|NbGrader|Application|Validator|GenerateSolution"
    r"|GenerateSourceWithTests|GetGrades|HTMLExporter|TemplateExporter|FilesWriter|\w+Manager"
)
"""Sections of nbgrader's other commands, which go on reading them."""

_MET: Final = {
    ("CourseDirectory", "include"),
    ("CourseDirectory", "max_file_size"),
    ("CourseDirectory", "max_dir_size"),
    ("CourseDirectory", "solution_directory"),
    ("CourseDirectory", "source_with_tests_directory"),
    ("IgnorePattern", "pattern"),
    ("IgnorePattern", "enabled"),
    ("OverwriteCells", "add_missing_cells"),
}
"""What other commands use, and what holds whatever is said: stderr costs nothing, and missing
test cells are always put back."""

_ALWAYS = "this step is always taken; remove the option"
_KERNEL = "no kernel process is started that it could be meant for; remove it"
_HOOK = "nothing calls it; call it yourself, before or after the command"
_REMEDIES: Final[Mapping[str, tuple[Any, str]]] = {
    "CourseDirectory.assignment_id": ("", "name the problem set on the command line"),
    "Autograde.create_student": (
        True,
        "who handed in is added to the gradebook; leave others out with "
        "CourseDirectory.student_id_exclude",
    ),
    "Autograde.sanitize_preprocessors": (
        None,
        "run what it adds on submitted/ before dfl grade",
    ),
    "Autograde.autograde_preprocessors": (
        None,
        "run what it adds on autograded/ after dfl grade",
    ),
    "GenerateAssignment.create_assignment": (True, "the gradebook gets every problem set"),
    "GenerateAssignment.no_database": (False, "dfl release always writes to the gradebook"),
    "*.force": (False, "dfl grade --force grades again; dfl release always replaces"),
    "*.pre_convert_hook": (None, _HOOK),
    "*.post_convert_hook": (None, _HOOK),
    "*.permissions": (
        None,
        "set CourseDirectory.groupshared = True, or change the rights afterwards",
    ),
    "*.exporter_class": (None, "notebooks stay notebooks; convert them with nbconvert"),
    "ClearSolutions.enforce_metadata": (True, "mark the cell of each solution as an answer"),
    "ClearHiddenTests.enforce_metadata": (True, "put hidden tests into test cells"),
    "ClearMarkScheme.enforce_metadata": (True, "put mark schemes into tasks"),
    "OverwriteCells.missing_cell_notification": (
        None,
        "what was put back is noted in the report, and not in the cell",
    ),
    "LimitOutput.max_lines": (1000, "bound output with output_kb in course.toml's [limits]"),
    "LimitOutput.max_traceback": (100, "tracebacks of more than 60 frames are shortened"),
    "LimitOutput.enabled": (True, "bound output with output_kb in course.toml's [limits]"),
    "ClearMetadataPreprocessor.*": (
        None,
        "autograded notebooks keep their metadata; clear it with nbconvert afterwards",
    ),
    "Execute.enabled": (True, "notebooks are always run; remove it"),
    "Execute.interrupt_on_timeout": (
        True,
        "a cell is interrupted at its limit, and the next one runs; remove it",
    ),
    "Execute.timeout_func": (None, "set cell_seconds in course.toml, for each problem set"),
    "Execute.error_on_timeout": (None, "the verdict TIMEOUT tells of it; remove it"),
    "Execute.execute_retries": (
        0,
        "a notebook whose grader died is run once more anyway; remove it",
    ),
    "Execute.skip_cells_with_tag": ("skip-execution", "use the tag skip-execution"),
    "Execute.allow_errors": (True, "later cells always run; remove it"),
    "Execute.raise_on_iopub_timeout": (True, _KERNEL),
    "Execute.*": (None, _KERNEL),
    "Exporter.*": (None, "add preprocessors to GenerateAssignment.preprocessors"),
    "NotebookExporter.*": (None, "add preprocessors to GenerateAssignment.preprocessors"),
    "GenerateFeedback.*": (
        None,
        "dfl feedback makes pages of its own; nbgrader generate_feedback goes on reading it",
    ),
    "*.enabled": (True, _ALWAYS),
    "*.default_language": (None, "nothing here is shown by it; remove it"),
    "*.display_data_priority": (None, "nothing here is shown by it; remove it"),
}
"""What to do about an option, by its name, and the default with which nothing needs to be."""


def is_met(section: str, name: str) -> bool:
    """Whether an option needs no heed here: it is met anyway, or for other commands."""
    return bool(_SILENT.fullmatch(section)) or (section, name) in _MET


def remedy_for(section: str, name: str) -> tuple[Any, str]:
    """The default of an option, if known, and what to do about it."""
    section = _CLASSES.get(section, section)
    if f"{section}.{name}" in _REMEDIES:
        return _REMEDIES[f"{section}.{name}"]
    known = OPTIONS.get(section, ())
    if section in _CONVERTERS:
        known += OPTIONS["BaseConverter"]
    elif section not in ("CourseDirectory", "LateSubmissionPlugin"):
        known += _OF_PREPROCESSORS
    if section in OPTIONS and name not in known:
        return None, f"there is no such option: {suggestion(name, known)}"
    for key in (f"{section}.*", f"*.{name}"):
        if key in _REMEDIES:
            return _REMEDIES[key]
    return None, f"nothing here reads it: {suggestion(section, OPTIONS)}"


_CLASSES: Final = {
    "ExecutePreprocessor": "Execute",
    "NotebookClient": "Execute",
    "Feedback": "GenerateFeedback",
}
_CONVERTERS: Final = ("Autograde", "GenerateAssignment", "BaseConverter")
_OF_PREPROCESSORS: Final = ("enabled", "default_language", "display_data_priority")
