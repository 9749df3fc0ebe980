"""The honest notebook as programs save it: in their formats, with their metadata, without ours."""

from __future__ import annotations

import json
from typing import Any

import honest
from damages import ALL_LOST, LOST, damage, new_ids, unmark
from honest import Document, find, place


def lines(document: Document) -> None:
    """The text of each cell as a list of lines, as files have it."""
    for cell in document["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


def without_ids(document: Document, minor: int) -> None:
    document["nbformat_minor"] = minor
    for cell in document["cells"]:
        del cell["id"]


# --- Colab


def as_colab(document: Document, *, marks: bool) -> bytes:
    """Format 4.0, ids in the metadata, outputs named, and a part of the metadata of its own."""
    for number, cell in enumerate(document["cells"]):
        mark = cell["metadata"].get("nbgrader")
        cell["metadata"] = {"id": f"Xq3vZk{number:02d}w9aB"}
        if marks and mark:
            cell["metadata"] |= {"nbgrader": mark, "deletable": False}
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "colab": {"base_uri": "https://localhost:8080/"},
                "outputId": f"5c1f0b1e-0000-4000-8000-0000000000{number:02d}",
            }
    without_ids(document, 0)
    lines(document)
    document["metadata"] = {
        "colab": {"provenance": [], "collapsed_sections": ["a1"], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    return json.dumps(document, indent=2).encode()


@damage()
def colab_with_marks(document: Document) -> bytes:
    return as_colab(document, marks=True)


@damage(5, *ALL_LOST)
def colab_without_marks(document: Document) -> bytes:
    return as_colab(document, marks=False)


@damage(5, *ALL_LOST)
def colab_with_a_form_and_a_drive(document: Document) -> bytes:
    """What people add there: a mounted drive, a form's title above an answer."""
    document["cells"].insert(0, honest.own("#@title Start { display-mode: 'form' }\ndrive = None"))
    answer = find(document, "square")
    answer["source"] = "#@title Squares\n" + answer["source"]
    return as_colab(document, marks=False)


# --- VS Code


@damage()
def vscode_with_marks(document: Document) -> bytes:
    for cell in document["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
    without_ids(document, 2)
    lines(document)
    document["metadata"] = {
        "kernelspec": {"display_name": ".venv (3.12.3)", "language": "python", "name": "python3"},
        "language_info": {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": "python",
            "nbconvert_exporter": "python",
            "pygments_lexer": "ipython3",
            "version": "3.12.3",
        },
        "orig_nbformat": 4,
        "vscode": {"interpreter": {"hash": "0" * 64}},
    }
    return json.dumps(document, indent=1).encode()


@damage(5, *ALL_LOST)
def vscode_exported_from_a_script(document: Document) -> bytes:
    """From `# %%` cells: no prose cells' types lost, but every mark, and no kernel."""
    for cell in document["cells"]:
        cell["metadata"] = {"vscode": {"languageId": "python"}}
    without_ids(document, 2)
    lines(document)
    document["metadata"] = {"language_info": {"name": "python"}, "orig_nbformat": 4}
    return json.dumps(document, indent=2).encode()


# --- jupytext


@damage()
def jupytext_paired(document: Document) -> bytes:
    """Paired with a script that keeps the marks: ids are made anew."""
    new_ids(document)
    document["metadata"]["jupytext"] = {
        "cell_metadata_filter": "nbgrader,-all",
        "formats": "ipynb,py:percent",
        "text_representation": {"extension": ".py", "format_name": "percent"},
    }
    lines(document)
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


@damage(5, *ALL_LOST)
def jupytext_from_a_light_script(document: Document) -> bytes:
    """From a script without cell marks: no metadata, spaces between paragraphs as it likes."""
    for cell in document["cells"]:
        unmark(cell)
        cell["source"] = cell["source"].strip()
        cell["metadata"] = {"lines_to_next_cell": 2} if cell["cell_type"] == "code" else {}
    without_ids(document, 4)
    document["metadata"] = {
        "jupytext": {"cell_metadata_filter": "-all", "main_language": "python"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    }
    lines(document)
    return json.dumps(document, indent=1).encode()


# --- Other places


@damage()
def kaggle(document: Document) -> bytes:
    for number, cell in enumerate(document["cells"]):
        cell["metadata"] |= {"_uuid": f"{number:040x}", "_cell_guid": f"b{number}", "trusted": True}
    without_ids(document, 4)
    document["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": []}
    return json.dumps(document).encode()


@damage(5, ("square-test", LOST))
def deepnote(document: Document) -> bytes:
    """Metadata of its own on each cell, one mark gone."""
    unmark(find(document, "square-test"))
    for number, cell in enumerate(document["cells"]):
        cell["id"] = f"{number:032x}"
        cell["metadata"] |= {"cell_id": f"{number:032x}", "deepnote_cell_type": cell["cell_type"]}
    document["metadata"]["deepnote_notebook_id"] = "1"
    return json.dumps(document, indent=2).encode()


@damage()
def widgets_left_behind(document: Document) -> None:
    view = "application/vnd.jupyter.widget-state+json"
    state = {"a1": {"model_module": "@jupyter-widgets/base", "state": {"_view_name": "x"}}}
    document["metadata"]["widgets"] = {view: {"state": state, "version_major": 2}}


# --- Old formats


def as_format_3(document: Document) -> bytes:
    cells: list[dict[str, Any]] = []
    for cell in document["cells"]:
        kind, text = cell["cell_type"], cell["source"]
        old: dict[str, Any] = {"cell_type": kind, "metadata": cell["metadata"]}
        if kind == "code":
            old |= {"input": text, "language": "python", "outputs": [], "prompt_number": 1}
            old["collapsed"] = False
        elif text.startswith("#") and "\n" not in text:
            level = len(text) - len(text.lstrip("#"))
            old |= {"cell_type": "heading", "level": level, "source": text.lstrip("# ")}
        else:
            old["source"] = text
        cells.append(old)
    sheet = {"cells": cells, "metadata": {}}
    notebook = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    return json.dumps({**notebook, "worksheets": [sheet]}).encode()


@damage(5, (None, "old format 3"))
def format_3(document: Document) -> bytes:
    return as_format_3(document)


@damage(5, (None, "old format 3"), *ALL_LOST)
def format_3_without_marks(document: Document) -> bytes:
    for cell in document["cells"]:
        unmark(cell)
    return as_format_3(document)


@damage()
def format_4_0(document: Document) -> bytes:
    without_ids(document, 0)
    lines(document)
    return json.dumps(document, indent=1).encode()


@damage()
def marks_of_nbgraders_first_schema(document: Document) -> None:
    for cell in document["cells"]:
        if mark := cell["metadata"].get("nbgrader"):
            mark["schema_version"] = 1
            mark.pop("task")


@damage()
def one_id_for_all_cells(document: Document) -> None:
    for cell in document["cells"]:
        cell["id"] = "same"


# --- Files


@damage(5, (None, "byte-order mark"))
def byte_order_mark_and_windows_lines(document: Document) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(document, indent=1).replace("\n", "\r\n").encode()


@damage(5, (None, "UTF-16"))
def utf_16(document: Document) -> bytes:
    return json.dumps(document).encode("utf-16")


@damage(5, (None, "Windows-1252"))
def windows_1252(document: Document) -> bytes:
    find(document, "why")["source"] += " Größe."
    return json.dumps(document, ensure_ascii=False).encode("cp1252")


@damage(5, (None, "saved for R"))
def saved_for_another_language(document: Document) -> None:
    document["metadata"] = {"kernelspec": {"display_name": "R", "name": "ir", "language": "R"}}


@damage()
def no_metadata_at_all(document: Document) -> bytes:
    return json.dumps({"cells": document["cells"]}).encode()


@damage()
def kernel_of_the_students_own(document: Document) -> None:
    kernel = {"display_name": "conda (ml)", "name": "conda-ml", "language": "python"}
    document["metadata"] = {"kernelspec": kernel, "authors": "me", "title": 7}


@damage(5, (None, "unknown type 'heading'"))
def a_cell_of_an_unknown_type(document: Document) -> None:
    document["cells"].insert(3, {"cell_type": "heading", "metadata": {}, "source": "Mine"})


@damage(
    0,
    unreadable=True,
    square_test="MISSING",
    mean_test="MISSING",
    norm_test="MISSING",
    why="MISSING",
    sentences={"square-test": "ends in the middle", "why": "ends in the middle"},
)
def cut_off_in_the_middle(document: Document) -> bytes:
    return json.dumps(document, indent=1).encode()[:-900]


@damage(
    0,
    unreadable=True,
    square_test="MISSING",
    mean_test="MISSING",
    norm_test="MISSING",
    why="MISSING",
    sentences={"mean-test": "Git merge conflict"},
)
def merge_conflict(document: Document) -> bytes:
    text = json.dumps(document, indent=1).split("\n")
    at = place(document, "mean") * 9
    text[at:at] = ["<<<<<<< HEAD", "=======", ">>>>>>> theirs"]
    return "\n".join(text).encode()
