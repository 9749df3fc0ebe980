"""What a notebook shows in a box is what it shows in Jupyter: both run, and outputs compared.

The corpus is `tests/fidelity/*.cells`, one notebook a file: a line `#%% name`, then the cell. What
may differ is in the table of `docs/execution.md`.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dfl_grading.box import Zygote
from dfl_grading.errors import BoxUnavailable
from dfl_grading.execute import execute
from dfl_grading.model import Limits

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs/execution.md").read_text(encoding="utf-8")
CORPUS = sorted((ROOT / "tests/fidelity").glob("*.cells"))
WORK = "/box/work"
PRELOAD = ("numpy", "pandas", "sympy", "matplotlib.pyplot")


# ------------------------------------------------------------------ the corpus


@functools.cache
def cells_of(path: Path) -> dict[str, str]:
    """The cells of one notebook by name."""
    parts = re.split(r"(?m)^#%% (.*)\n", path.read_text(encoding="utf-8"))[1:]
    cells = dict(zip(parts[::2], (text.rstrip("\n") for text in parts[1::2]), strict=True))
    assert len(cells) == len(parts) / 2, f"two cells of {path.name} have one name"
    return cells


def notebook_of(path: Path) -> Any:
    import nbformat.v4

    cells = [nbformat.v4.new_code_cell(source) for source in cells_of(path).values()]
    return nbformat.v4.new_notebook(cells=cells)


def differences() -> frozenset[str]:
    """The cells that `docs/execution.md` says differ."""
    table = DOCUMENT.partition("| what | in Jupyter |")[2]
    return frozenset(re.findall(r"`(\w+/[^`]+)`", table))


CASES = [(path.stem, name) for path in CORPUS for name in cells_of(path)]


# ------------------------------------------------------------------ the two ways


async def run_in_jupyter(path: Path, folder: Path, turns: asyncio.Semaphore) -> Any:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook = notebook_of(path)
    work = folder / path.stem
    work.mkdir()
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        allow_errors=True,
        extra_arguments=["--log-level=CRITICAL"],
        resources={"metadata": {"path": str(work)}},
    )
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    async with turns:
        try:
            await client.async_execute(
                env={
                    **kept,
                    "HOME": str(folder / "home"),
                    "IPYTHONDIR": str(folder / "home/.ipython"),
                    "MPLCONFIGDIR": str(folder / "home/matplotlib"),
                    "LANG": "C.UTF-8",
                    "PYTHONUTF8": "1",
                    "PYTHONHASHSEED": "0",
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
                },
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except DeadKernelError:
            assert path.stem == "asking"  # it calls exit()
    text = nbformat.writes(notebook).replace(str(work), WORK)
    return nbformat.reads(text, as_version=4)


@pytest.fixture(scope="module")
def in_jupyter(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Each notebook of the corpus, executed by nbclient."""
    folder = tmp_path_factory.mktemp("jupyter")
    (folder / "home").mkdir()

    async def run_all() -> list[Any]:
        turns = asyncio.Semaphore(2)
        return await asyncio.gather(*(run_in_jupyter(path, folder, turns) for path in CORPUS))

    notebooks = asyncio.run(run_all())
    return {path.stem: notebook for path, notebook in zip(CORPUS, notebooks, strict=True)}


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote(preload=PRELOAD)
    try:
        made.wait_until_ready()
    except BoxUnavailable:
        made = Zygote(preload=PRELOAD, walls=False)
    with made:
        yield made


@pytest.fixture(scope="module")
def in_box(zygote: Zygote) -> Mapping[str, Any]:
    """Each notebook of the corpus, executed in a box."""
    limits = Limits(cell_seconds=60)
    return {path.stem: execute(notebook_of(path), zygote, limits).document for path in CORPUS}


# ------------------------------------------------------------------ written alike

COLOUR = r"(?:\x1b\[[\d;]*m)*"
ALIKE = [
    (r"\b0x[0-9a-f]+", "0x…"),
    (r"\bThread-\d+", "Thread-…"),
    (r"/tmp/ipykernel_\d+/\d+\.py", "<cell>"),
    (r"\(\d+\.py, line", "(<cell>, line"),
    (r"/\S+/run-\d+/work\b", WORK),
    (r"[\d.]+(?:e[+-]?\d+)? (?:s|ms|[µμ]s|ns)\b", "<time>"),
    (r"(?<=user )<time>|(?<=sys: )<time>|(?<=total: )<time>", "<time>"),
    (r"\d+\.\d+(?=it/s)|(?<=in )\d+\.\d+(?=s\b)", "…"),
    (r"\r\n", "\n"),
]
KERNEL_FRAME = re.compile(COLOUR + r"File " + COLOUR + r"\S*/ipykernel/")


def alike(value: Any) -> Any:
    """A part of an output, without what differs from run to run."""
    if isinstance(value, str):
        for pattern, text in ALIKE:
            value = re.sub(pattern, text, value)
    elif isinstance(value, list):
        value = [alike(item) for item in value if not KERNEL_FRAME.match(str(item))]
    elif isinstance(value, dict):
        value = {key: alike(item) for key, item in value.items() if key != "model_id"}
    return value


def shown(cell: Any) -> list[Any]:
    """What a cell shows, streams merged: the text between two other outputs, stdout first."""
    outputs: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if not outputs or outputs[-1]["output_type"] != "streams":
                outputs.append({"output_type": "streams", "stdout": "", "stderr": ""})
            outputs[-1][output.name] += output.text
        else:
            outputs.append(dict(output))
    made = [alike(output) for output in outputs]
    return [cell.execution_count, *made]


# ------------------------------------------------------------------ the comparison


@pytest.mark.parametrize(("theme", "name"), CASES, ids=[f"{theme}/{name}" for theme, name in CASES])
def test_what_a_cell_shows(
    theme: str, name: str, in_jupyter: Mapping[str, Any], in_box: Mapping[str, Any]
) -> None:
    index = [other for other in CASES if other[0] == theme].index((theme, name))
    jupyter, box = (shown(run[theme].cells[index]) for run in (in_jupyter, in_box))
    if f"{theme}/{name}" in differences():
        assert box != jupyter, "docs/execution.md tells of a difference that is not there"
    else:
        assert box == jupyter


def test_the_table_names_cells_that_there_are() -> None:
    assert differences() <= {f"{theme}/{name}" for theme, name in CASES}


def test_the_language_is_named_alike(
    in_jupyter: Mapping[str, Any], in_box: Mapping[str, Any]
) -> None:
    one, other = in_jupyter["values"].metadata, in_box["values"].metadata
    assert other.language_info == one.language_info


def test_outputs_follow_the_format(in_box: Mapping[str, Any]) -> None:
    import nbformat

    for notebook in in_box.values():
        nbformat.validate(notebook)
