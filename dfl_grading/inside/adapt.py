"""What a library's object is as plain data: tables, plots, expressions, tensors, sparse matrices.

Only libraries that are already imported are asked; none is imported here.
"""

from __future__ import annotations

import sys
from typing import Any

from .codec import Tagged

__all__ = ["adapt"]


def adapt(value: Any) -> Any:
    """Return something plain, or a `Tagged` table, plot or expression; refuse the rest by name."""
    for module, convert in _CONVERTERS:
        if module in sys.modules:
            made = convert(sys.modules[module], value)
            if made is not None:
                return made
    return refuse(value)


def refuse(value: Any, reason: str = "") -> Tagged:
    """Return the mark of a value that cannot be graded: its type's name and the reason."""
    return Tagged("ungradeable", type_name=_type_name(value), reason=reason)


def _type_name(value: Any) -> str:
    numpy = sys.modules.get("numpy")
    if numpy is not None and type(value) is numpy.ndarray:
        return f"numpy array of dtype {value.dtype}"[:100]
    return str(type.__dict__["__name__"].__get__(type(value)))[:100]


def _from_pandas(pandas: Any, value: Any) -> Any:
    if isinstance(value, pandas.Series):
        frame, kind = value.to_frame(), "Series"
    elif isinstance(value, pandas.DataFrame):
        frame, kind = value, "DataFrame"
    elif isinstance(value, pandas.Index):
        return _column(value)
    elif value is pandas.NA:
        return float("nan")
    elif value is pandas.NaT or isinstance(value, pandas.Timestamp | pandas.Timedelta):
        return value.to_numpy()
    else:
        return None
    return Tagged(
        "table",
        kind=kind,
        columns=tuple(_label(c) for c in frame.columns),
        dtypes=tuple(str(d) for d in frame.dtypes),
        data=tuple(_column(frame.iloc[:, i]) for i in range(frame.shape[1])),
        index=_column(frame.index),
        index_names=tuple(_label(n) for n in frame.index.names),
    )


def _label(label: Any) -> Any:
    if isinstance(label, tuple):
        return tuple(_label(part) for part in label)
    return label if label is None or isinstance(label, int | float | str) else str(label)


def _column(series: Any) -> Any:
    import numpy

    values = series.to_numpy()
    if values.dtype.kind in "biufcMm":
        return values
    if getattr(series.dtype, "kind", "O") in "biuf" and series.ndim == 1:
        # pandas' own nullable numbers, with some missing
        return series.to_numpy(dtype=float, na_value=numpy.nan)
    return numpy.array([str(v) for v in values], dtype=str)


def _from_matplotlib(figure: Any, value: Any) -> Any:
    axes_type = sys.modules["matplotlib.axes"].Axes
    if isinstance(value, figure.Figure) and len(value.axes) == 1:
        value = value.axes[0]
    if not isinstance(value, axes_type):
        return None
    legend = value.get_legend()
    return Tagged(
        "plot",
        lines=tuple(_lines(value)),
        title=value.get_title(),
        xlabel=value.get_xlabel(),
        ylabel=value.get_ylabel(),
        xscale=value.get_xscale(),
        yscale=value.get_yscale(),
        legend=tuple(t.get_text() for t in legend.get_texts()) if legend else (),
        images=tuple(_plain_array(image.get_array()) for image in _images(value)),
    )


def _images(axes: Any) -> list[Any]:
    meshes = [c for c in axes.collections if type(c).__name__ in ("QuadMesh", "PolyQuadMesh")]
    return [*axes.images, *meshes]


def _lines(axes: Any) -> list[Any]:
    import numpy

    made = []
    for line in axes.lines:
        x, y = (_plain_array(v) for v in line.get_data(orig=False))
        made.append(_line(x, y, line.get_label(), "line"))
    for dots in axes.collections:
        if type(dots).__name__ == "PathCollection":
            offsets = _plain_array(dots.get_offsets())
            made.append(_line(offsets[:, 0], offsets[:, 1], dots.get_label(), "points"))
    for bars in axes.containers:
        if type(bars).__name__ == "BarContainer":
            patches = bars.patches
            x = numpy.array([p.get_x() + p.get_width() / 2 for p in patches], float)
            y = numpy.array([p.get_height() for p in patches], float)
            widths = numpy.array([p.get_width() for p in patches], float)
            made.append(_line(x, y, bars.get_label(), "bars", widths=widths))
    return made


def _line(x: Any, y: Any, label: Any, kind: str, **more: Any) -> Tagged:
    shown = "" if str(label).startswith("_") else str(label)
    return Tagged("plot line", x=x, y=y, label=shown, kind=kind, **more)


def _plain_array(values: Any) -> Any:
    import numpy

    return numpy.ma.filled(numpy.ma.asarray(values, dtype=float), numpy.nan)


def _from_sympy(sympy: Any, value: Any) -> Any:
    if isinstance(value, sympy.MatrixBase):
        return [[adapt(item) for item in row] for row in value.tolist()]
    if not isinstance(value, sympy.Basic):
        return None
    names = sorted(str(symbol) for symbol in value.free_symbols)
    return Tagged("expression", text=str(value), symbols=tuple(names))


def _from_torch(torch: Any, value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return None
    if value.numel() * value.element_size() > 2**26:
        return refuse(value, "it is too large to be compared entry by entry")
    if value.is_meta:
        return refuse(value, "it has a shape and no numbers")
    if value.layout is not torch.strided:
        value = value.to_dense()
    if value.is_quantized:
        value = value.dequantize()
    if value.is_floating_point() and value.dtype not in (torch.float32, torch.float64):
        value = value.float()
    return value.detach().resolve_conj().resolve_neg().cpu().numpy()


def _from_scipy(sparse: Any, value: Any) -> Any:
    if not sparse.issparse(value):
        return None
    rows, columns = value.shape if len(value.shape) == 2 else (1, value.shape[0])
    if rows * columns * value.dtype.itemsize > 2**26:
        return refuse(value, "it is too large to be compared entry by entry")
    return value.toarray()


_CONVERTERS = (
    ("pandas", _from_pandas),
    ("matplotlib.figure", _from_matplotlib),
    ("sympy", _from_sympy),
    ("torch", _from_torch),
    ("scipy.sparse", _from_scipy),
)
