"""Builds the shipped class: `tools/class/<student>/<problem set>.txt` to `submitted/`.

    .venv/bin/python tools/build_class.py            # write the notebooks that are out of step
    .venv/bin/python tools/build_class.py --check    # write nothing; 1 where one is out of step

Each text says what one student did to the notebook that was released; the notebook is made from
today's release, run once in a box for its outputs, and saved as the student's editor saves it.
Time stamps and other files stand in `submitted/` as they are. Lines before the first cell:

    saved by: jupyter        or vscode, colab, old jupyter; "nobody" leaves it as it was released
    file: trainability (1)   the notebook's own name, if it is not the released one
    delete: ID               the cell is gone
    move: ID after ID        the cell stands elsewhere
    points: ID NUMBER        the cell's metadata claim other points
    cut: SHARE               only so much of the file was saved

and then cells, each a line `%%` and its text: `%% ID` is written over the cell of that id (a
grade_id, or the id of an ordinary cell), `%% + ID` is a new cell after it, `%% + ID markdown` one
of text, and `%% = ID` a copy of the cell, with its mark, after it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from dfl_grading.box import Zygote
from dfl_grading.course import Course, load_course
from dfl_grading.execute import execute
from dfl_grading.model import Limits
from dfl_grading.release import read_notebooks, released_notebook

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "tools" / "class"
LIMITS = Limits(cell_seconds=6, notebook_seconds=90, memory_mb=1000, output_kb=20)

Notebook = dict[str, Any]


@dataclass
class Recipe:
    """What one student did: the settings of the head, and the cells in their order."""

    path: Path
    settings: list[tuple[str, str]] = field(default_factory=list)
    cells: list[tuple[str, str]] = field(default_factory=list)

    def get(self, key: str, default: str) -> str:
        return next((value for name, value in self.settings if name == key), default)


def read_recipe(path: Path) -> Recipe:
    """Read one text; raises ValueError, with its line, for what cannot be meant."""
    recipe = Recipe(path)
    lines: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("%% "):
            lines = []
            recipe.cells.append((line[3:].strip(), ""))
        elif recipe.cells:
            lines.append(line)
            recipe.cells[-1] = (recipe.cells[-1][0], "\n".join(lines).strip("\n"))
        elif found := re.fullmatch(r"(saved by|file|delete|move|points|cut): (.+)", line):
            recipe.settings.append((found[1], found[2].strip()))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"{path}:{number}: neither a setting nor a comment: {line!r}")
    return recipe


def answer(recipe: Recipe, released: Notebook) -> Notebook:
    """The notebook as the student left it, without outputs."""
    notebook = deepcopy(released)
    cells: list[dict[str, Any]] = notebook["cells"]
    for head, text in recipe.cells:
        words = head.split()
        if words[0] == "+":
            kind = "markdown" if words[2:] == ["markdown"] else "code"
            _insert(cells, words[1], _new_cell(kind, text))
        elif words[0] == "=":
            copy = deepcopy(cells[_place(recipe, cells, words[1])])
            _insert(cells, words[1], {**copy, "id": _made_id(text), "source": text})
        else:
            cells[_place(recipe, cells, words[0])]["source"] = text
    for key, value in recipe.settings:
        words = value.split()
        if key == "delete":
            del cells[_place(recipe, cells, words[0])]
        elif key == "move":
            moved = cells.pop(_place(recipe, cells, words[0]))
            cells.insert(_place(recipe, cells, words[2]) + 1, moved)
        elif key == "points":
            mark = cells[_place(recipe, cells, words[0])]["metadata"]["nbgrader"]
            mark["points"] = float(words[1])
    return notebook


def _place(recipe: Recipe, cells: list[dict[str, Any]], wanted: str) -> int:
    for place, cell in enumerate(cells):
        if cell["id"] == wanted:
            return place
    raise ValueError(f"{recipe.path}: the release has no cell {wanted!r}")


def _insert(cells: list[dict[str, Any]], after: str, cell: dict[str, Any]) -> None:
    """Put a cell after the one of that id, and after what was put there before."""
    place = next(i for i, one in enumerate(cells) if one["id"] == after) + 1
    while place < len(cells) and cells[place].get("new_after") == after:
        place += 1
    cells.insert(place, {**cell, "new_after": after})


def _new_cell(kind: str, text: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": _made_id(text), "metadata": {}, "source": text}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _made_id(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


# --- As an editor saves it


def save_as(editor: str, notebook: Notebook) -> Notebook:
    """The notebook with the marks of the program that it was last saved by."""
    for cell in notebook["cells"]:
        cell.pop("new_after", None)
    if editor == "nobody":
        return notebook
    python = "3.6.9" if editor == "old jupyter" else "3.12.4"
    info = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": python,
    }
    name = "Python 3" if editor == "old jupyter" else "Python 3 (ipykernel)"
    kernel = {"display_name": name, "language": "python", "name": "python3"}
    notebook["metadata"] = {"kernelspec": kernel, "language_info": info}
    change = {"vscode": _by_vscode, "colab": _by_colab, "old jupyter": _by_old_jupyter}
    if editor in change:
        change[editor](notebook)
    return notebook


def _by_vscode(notebook: Notebook) -> None:
    """An editor that keeps no metadata which it does not know, and gives new cell ids."""
    notebook["metadata"]["kernelspec"]["display_name"] = ".venv"
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {}
        cell["id"] = _made_id(f"{number} {cell['id']}")


def _by_colab(notebook: Notebook) -> None:
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        cell["metadata"]["id"] = sha256(cell.pop("id").encode()).hexdigest()[:12]


def _by_old_jupyter(notebook: Notebook) -> None:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]
        if cell["cell_type"] == "code":
            cell["metadata"]["collapsed"] = True


# --- What running it leaves


def run(recipe: Recipe, notebook: Notebook, files: Mapping[str, bytes], zygote: Zygote) -> None:
    """Put the outputs and execution counts of one run into the notebook.

    Counts rise as for somebody who ran some cells more than once.
    """
    plain = deepcopy(notebook)
    for cell in plain["cells"]:
        cell.pop("new_after", None)
    plain |= {"nbformat": 4, "nbformat_minor": 5}
    done = execute(plain, zygote, LIMITS, files=files, seed=1)
    steps = random.Random(str(recipe.path.relative_to(TEXTS)))
    count = 0
    for cell, ran in zip(notebook["cells"], done.document["cells"], strict=True):
        if cell["cell_type"] == "code" and ran.execution_count is not None:
            count += steps.choice((1, 1, 1, 2, 2, 3, 7))
            cell["execution_count"] = count
            cell["outputs"] = [_own_output(o, count) for o in ran.outputs if not _is_note(o)]


def _is_note(output: Mapping[str, Any]) -> bool:
    """Whether the box wrote it, to say that it stopped the cell or cut what it printed."""
    return bool(re.fullmatch(r"\n\[.*\]\n", output.get("text", "")))


def _own_output(output: Mapping[str, Any], count: int) -> dict[str, Any]:
    """An output as another machine would have it: its own paths and numbers."""
    text = json.dumps(output)
    text = re.sub(r'[^\s:"]*/site-packages/', "/opt/conda/lib/python3.12/site-packages/", text)
    text = re.sub(r'[^\s:"]*/lib/python3\.\d+/', "/opt/conda/lib/python3.12/", text)
    text = re.sub(r"/box/(work|home)/", "~/dfl/", text)
    text = re.sub(r"Cell In\[\d+\]", f"Cell In[{count}]", text)
    made: dict[str, Any] = json.loads(text)
    if "execution_count" in made:
        made["execution_count"] = count
    return made


def as_text(recipe: Recipe, notebook: Notebook) -> str:
    """The file's text: sources by line, as Jupyter writes them."""
    notebook = deepcopy(notebook)
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
        for output in cell.get("outputs", ()):
            if isinstance(output.get("text"), str):
                output["text"] = output["text"].splitlines(keepends=True)
    wide = 2 if recipe.get("saved by", "jupyter") == "colab" else 1
    text = json.dumps(notebook, indent=wide, ensure_ascii=False, sort_keys=True) + "\n"
    return text[: int(len(text) * float(recipe.get("cut", "1")))]


def without_outputs(text: str) -> Any:
    """What of a notebook does not come from running it; the text itself where it is broken."""
    try:
        notebook = json.loads(text)
    except ValueError:
        return text
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


# --- The class


def main() -> int:
    """Build what is out of step, or say what is."""
    parser = argparse.ArgumentParser(description="Build the shipped class in submitted/.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--all", action="store_true", help="write every notebook anew")
    parser.add_argument("students", nargs="*", help="these alone")
    asked = parser.parse_args()
    course = load_course(ROOT)
    stale = [
        (recipe, notebook, target)
        for recipe, notebook, target in _class(course)
        if (asked.all or _is_stale(recipe, notebook, target))
        and (not asked.students or recipe.path.parent.name in asked.students)
    ]
    if not asked.check and stale:
        _write(stale)
    for _, _, target in stale:
        print(f"{'out of step' if asked.check else 'written'}: {target.relative_to(ROOT)}")
    return 1 if asked.check and stale else 0


def _class(course: Course) -> Iterator[tuple[Recipe, Notebook, Path]]:
    released = {
        name: {n.name: released_notebook(course, n) for n in read_notebooks(course, name)}
        for name in sorted({path.stem for path in TEXTS.glob("*/*.txt")})
    }
    for path in sorted(TEXTS.glob("*/*.txt")):
        recipe = read_recipe(path)
        [(name, notebook)] = released[path.stem].items()
        folder = course.submitted_folder / path.parent.name / path.stem
        target = folder / f"{recipe.get('file', name)}.ipynb"
        yield recipe, answer(recipe, notebook), target


def _is_stale(recipe: Recipe, notebook: Notebook, target: Path) -> bool:
    if not target.is_file():
        return True
    made = save_as(recipe.get("saved by", "jupyter"), deepcopy(notebook))
    was = target.read_text(encoding="utf-8")
    return bool(without_outputs(as_text(recipe, made)) != without_outputs(was))


def _write(stale: list[tuple[Recipe, Notebook, Path]]) -> None:
    preload = ["numpy", "matplotlib.pyplot", "scipy.integrate", "scipy.optimize", "scipy.special"]
    with Zygote(preload=preload) as zygote:
        for recipe, notebook, target in stale:
            editor = recipe.get("saved by", "jupyter")
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = [path for path in target.parent.iterdir() if path.suffix != ".ipynb"]
            files = {path.name: path.read_bytes() for path in beside if path.is_file()}
            if editor != "nobody" and not recipe.get("cut", ""):
                run(recipe, notebook, files, zygote)
            made = save_as(editor, notebook)
            target.write_text(as_text(recipe, made), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
