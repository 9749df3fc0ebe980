"""Attacks on documents: edited marks, files that are no notebooks, files beside, names."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

from strangers import AFTER, AREA, Attack, Document, cell, honest

METADATA = "edited marks and cells"
FILES = "files that are no notebooks"
PICKLES = "files that run when they are loaded"
SHADOWS = "modules beside the notebook"

Edit = Callable[[Document], "Document | bytes"]


def _find(document: Document, grade_id: str) -> int:
    return next(i for i, one in enumerate(document["cells"]) if one["id"] == grade_id)


def _mark(document: Document, grade_id: str) -> Document:
    found: Document = document["cells"][_find(document, grade_id)]["metadata"]["nbgrader"]
    return found


def marked(grade_id: str, /, **changes: Any) -> Edit:
    """Change a cell's nbgrader mark."""

    def edit(document: Document) -> Document:
        _mark(document, grade_id).update(changes)
        return document

    return edit


def tagged(grade_id: str, *tags: str) -> Edit:
    """Give a cell tags."""

    def edit(document: Document) -> Document:
        document["cells"][_find(document, grade_id)]["metadata"]["tags"] = list(tags)
        return document

    return edit


def rewritten(grade_id: str, source: str) -> Edit:
    """Give a cell another text."""

    def edit(document: Document) -> Document:
        document["cells"][_find(document, grade_id)]["source"] = source
        return document

    return edit


def rearranged(change: Callable[[list[Document], int], object]) -> Edit:
    """Change the list of cells, given where area's test stands."""

    def edit(document: Document) -> Document:
        change(document["cells"], _find(document, AREA))
        return document

    return edit


def _stripped(document: Document) -> Document:
    for one in document["cells"]:
        one["metadata"] = {}
    return document


def _worth_more(document: Document) -> Document:
    for one in document["cells"]:
        one["metadata"].get("nbgrader", {}).update(points=1000, score=1000, max_score=1000)
    document["metadata"]["nbgrader"] = {"score": 1000}
    return document


def _split(cells: list[Document], at: int) -> None:
    cells[at]["source"] = "pass"
    cells.insert(at + 1, {**cell("code", "assert area is not None"), "id": "rest"})


def _merged(cells: list[Document], at: int) -> None:
    cells[at - 1]["source"] += "\n" + cells.pop(at)["source"]


def _forged_outputs(document: Document) -> Document:
    test = document["cells"][_find(document, AREA)]
    text = '{"score": 3.0, "verdict": "PASSED"}'
    test["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    test["execution_count"] = 4
    test["metadata"]["papermill"] = {"status": "completed", "exception": False}
    document["metadata"]["papermill"] = {"exception": False, "parameters": {"area": 3}}
    return document


def _wrong_types(document: Document) -> Document:
    for one in document["cells"]:
        if "nbgrader" in one["metadata"]:
            one["metadata"]["nbgrader"].update(points=[1], grade="yes", locked={}, checksum=7)
        one["metadata"] |= {"tags": "raises-exception", "collapsed": [], "jupyter": 3}
    return document


_EDITS: dict[str, Edit] = {
    "points-edited": marked(AREA, points=1000),
    "negative-points": marked(AREA, points=-3),
    "everything-worth-more": _worth_more,
    "checksum-edited": marked(AREA, checksum="0" * 32),
    "grade-id-edited": marked(AREA, grade_id="free-points"),
    "grade-id-of-another": marked(AREA, grade_id=AFTER),
    "test-no-longer-graded": marked(AREA, grade=False),
    "test-made-a-solution": marked(AREA, solution=True, locked=False),
    "test-made-a-task": marked(AREA, task=True, grade=False),
    "old-schema": marked(AREA, schema_version=1),
    "marks-of-wrong-types": _wrong_types,
    "test-deleted": rearranged(lambda cells, at: cells.pop(at)),
    "test-doubled": rearranged(lambda cells, at: cells.append(dict(cells[at]))),
    "test-moved-to-the-top": rearranged(lambda cells, at: cells.insert(0, cells.pop(at))),
    "test-split": rearranged(_split),
    "test-merged": rearranged(_merged),
    "test-emptied": rewritten(AREA, ""),
    "test-replaced": rewritten(AREA, "import os\nos._exit(0)"),
    "test-made-text": rearranged(
        lambda cells, at: cells[at].update(cell_type="markdown", outputs=None)
    ),
    "cells-reversed": rearranged(lambda cells, at: cells.reverse()),
    "marks-stripped": _stripped,
    "raises-exception-on-the-test": tagged(AREA, "raises-exception"),
    "skip-execution-on-the-test": tagged(AREA, "skip-execution"),
    "skip-execution-on-the-answer": tagged("area", "skip-execution"),
    "parameters-on-the-answer": tagged("area", "parameters", "injected-parameters"),
    "outputs-forged": _forged_outputs,
    "ten-thousand-cells": rearranged(
        lambda cells, at: cells.extend({**cell("code", ""), "id": f"c{n}"} for n in range(10**4))
    ),
    "another-kernel": lambda document: (
        document["metadata"].update(
            kernelspec={"name": "../../bin/sh", "display_name": "x", "language": "bash"}
        )
        or document
    ),
}


# ------------------------------------------------------------------ files


def _right() -> Document:
    return honest()


def _data() -> bytes:
    return json.dumps(_right()).encode()


def _as_version_3(document: Document) -> Document:
    cells = [
        {"cell_type": "code", "input": one["source"], "language": "python", "outputs": [],
         "metadata": one["metadata"], "collapsed": False}
        if one["cell_type"] == "code"
        else {"cell_type": "markdown", "source": one["source"], "metadata": one["metadata"]}
        for one in document["cells"]
    ]  # fmt: skip
    return {
        "metadata": {"name": "p"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _conflict() -> bytes:
    text = json.dumps(_right(), indent=1)
    half = text.index('"cells"')
    return (text[:half] + "\n<<<<<<< HEAD\n" + text[half:] + "\n>>>>>>> theirs\n").encode()


_UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "not-json": (lambda: b"def area(r): return 3", "not a notebook"),
    "json-bomb": (lambda: b"[" * 10**6, "too deep|damaged|far more"),
    "json-with-a-million-keys": (
        lambda: b'{"cells": [' + b"{}," * 10**6 + b"{}]}",
        "far more",
    ),
    "number-of-a-million-digits": (
        lambda: b'{"cells": [], "nbformat": ' + b"4" * 10**6 + b"}",
        "number",
    ),
    "truncated": (lambda: _data()[:-500], "ends in the middle"),
    "merge-conflict": (_conflict, "merge conflict"),
    "empty-file": (lambda: b"", "empty"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000), "picture"),
    "archive": (lambda: b"PK\x03\x04" + bytes(1000), "ZIP archive"),
    "web-page": (lambda: b"<!DOCTYPE html><html></html>", "web page"),
    "nulls": (lambda: bytes(10**6), "empty|not text"),
    "json-list": (lambda: b"[1, 2, 3]", ""),
    "version-99": (lambda: b'{"nbformat": 99, "nbformat_minor": 0, "cells": []}', "99|version"),
    "no-cells-at-all": (lambda: b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', ""),
    "huge": (
        lambda: b'{"cells": [{"cell_type": "markdown", "source": "' + b"x" * 150_000_000 + b'"}]}',
        "MB",
    ),
}
_MENDED: dict[str, tuple[Callable[[], bytes], str]] = {
    "byte-order-mark": (lambda: b"\xef\xbb\xbf" + _data(), "byte-order mark"),
    "utf-16": (lambda: json.dumps(_right()).encode("utf-16"), "UTF-16"),
    "version-3": (lambda: json.dumps(_as_version_3(_right())).encode(), "format 3|older|version 3"),
    "wrong-kernel": (
        lambda: json.dumps(
            _right() | {"metadata": {"kernelspec": {"name": "ir", "language": "R"}}}
        ).encode(),
        "",
    ),
    "no-metadata": (
        lambda: json.dumps({k: v for k, v in _right().items() if k != "metadata"}).encode(),
        "",
    ),
    "invalid-utf-8": (
        lambda: json.dumps(honest(essay="caf@")).encode().replace(b"caf@", b"caf\xe9"),
        "Windows-1252|UTF-8",
    ),
    "lone-surrogates": (lambda: json.dumps(honest(essay="\ud800")).encode(), "characters"),
}


def bytes_of(make: Callable[[], bytes]) -> Edit:
    """Hand in these bytes whatever the document is."""
    return lambda _: make()


# ------------------------------------------------------------------ files beside


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("__import__('os').system('touch /tmp/@MARK@')",)


_PICKLE = pickle.dumps(_Evil())
_YAML = b"!!python/object/apply:os.system ['touch /tmp/@MARK@']\n"
_SHADOW = (
    b"import os\nopen('/tmp/@MARK@', 'w').close()\n"
    b"def __getattr__(name): return lambda *a, **k: True\n"
)
_NPY = (
    b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(127)
    + b"\n"
    + _PICKLE
)


def _shadow(name: str, *files: str) -> Attack:
    return Attack(
        name=name,
        threat=SHADOWS,
        edit=lambda _: honest(),
        files=dict.fromkeys(files, _SHADOW),
        earns=3.0,
        after="",
    )


ATTACKS = (
    *(Attack(name=name, threat=METADATA, edit=edit, after="") for name, edit in _EDITS.items()),
    *(
        Attack(
            name=name,
            threat=FILES,
            edit=bytes_of(make),
            before="MISSING",
            area=frozenset({"MISSING"}),
            after="MISSING",
            says=says,
        )
        for name, (make, says) in _UNREADABLE.items()
    ),
    *(
        Attack(name=name, threat=FILES, edit=bytes_of(make), earns=3.0, says=says)
        for name, (make, says) in _MENDED.items()
    ),
    Attack(name="no-notebook", threat=FILES, notebook="", files={"notes.txt": b"I could not."},
           before="MISSING", area=frozenset({"MISSING"}), after="MISSING", says="not handed in"),
    Attack(name="nothing-at-all", threat=FILES, notebook="", before="MISSING",
           area=frozenset({"MISSING"}), after="MISSING", says="not handed in"),
    Attack(name="renamed", threat=FILES, notebook="my final version (2).ipynb",
           edit=lambda _: honest(), earns=3.0, says="was taken for"),
    Attack(name="two-notebooks", threat=FILES, edit=lambda _: honest(), earns=3.0,
           files={"p-copy.ipynb": b"{}", "Untitled.ipynb": b""}),
    Attack(name="folders-named-like-results", threat=FILES, edit=lambda _: honest(), earns=3.0,
           notebook="q.ipynb",
           files={"p.ipynb/x.txt": b"x", "report.json/x.txt": b"x", "x.ipynb/y.ipynb": b"{}",
                  "timestamp.txt/x": b"", "feedback_info.json": b"{}"}),
    Attack(name="names-like-results", threat=FILES, edit=lambda _: honest(), earns=3.0,
           files={"report.json": b'{"schema": 1, "score": 100}', "P.IPYNB": b"{}",
                  "timestamp.txt": b"2000-01-01 00:00:00 UTC\n" + b"x" * 1000,
                  "submission_secret.txt": b"x", "gradebook.db": b"x"}),
    Attack(name="many-files", threat=FILES, edit=lambda _: honest(), earns=3.0,
           files={f"{n}.txt": b"x" for n in range(3000)}),
    Attack(name="large-files", threat=FILES, edit=lambda _: honest(), earns=3.0,
           files={f"{n}.bin": bytes(15_000_000) for n in range(4)}),
    Attack(name="strange-names", threat=FILES, edit=lambda _: honest(), earns=3.0,
           files={"a\nb.txt": b"x", "-rf": b"x", "$(touch x)": b"x", "x" * 250: b"x",
                  "\u202etxt.exe": b"x", "...": b"x", "~": b"x", "nul": b"x"}),
    Attack(name="pickles", threat=PICKLES, edit=lambda _: honest(), earns=3.0,
           files={"data.pkl": _PICKLE, "p.pkl": _PICKLE, "report.pickle": _PICKLE,
                  "data.npy": _NPY, "config.yaml": _YAML, "course.toml": b"[limits]\n",
                  "data.joblib": _PICKLE, "model.pt": _PICKLE}),
    Attack(name="pickle-in-an-output", threat=PICKLES, code="import base64, pickle\n"
           "class E:\n    def __reduce__(self): return (open, ('/tmp/@MARK@', 'w'))\n"
           "from IPython.display import display\n"
           "display({'application/x-python-pickle': base64.b64encode(pickle.dumps(E())).decode(),"
           " 'text/plain': 'x'}, raw=True)"),
    _shadow("shadow-numpy", "numpy.py", "numpy/__init__.py"),
    _shadow("shadow-ipython", "IPython.py", "ipykernel.py", "traitlets.py"),
    _shadow("shadow-the-grader", "dfl_grading.py", "dfl_grading/__init__.py", "_dfl_inside.py",
            "papermill.py", "nbformat.py", "nbgrader.py"),
    _shadow("shadow-site", "sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py",
            "pyproject.toml", "graders/ps.py"),
    _shadow("shadow-the-library", "json.py", "os.py", "struct.py", "random.py", "select.py",
            "signal.py", "socket.py", "ast.py", "base64.py", "pathlib.py", "traceback.py"),
    _shadow("ipython-startup", ".ipython/profile_default/startup/00-x.py", "ipython_config.py",
            "nbgrader_config.py", "jupyter_config.py", ".pdbrc", ".pythonrc.py"),
)  # fmt: skip
