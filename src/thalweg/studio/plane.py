"""What a network says of the plane of its two inputs, or of its one, beside the rows of the table."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from ..core.blocks import output_in_blocks
from ..core.network import Network, Parameters
from .building import Built

_CELLS = 72
_MOST_SHOWN = 600
_SIZE, _LEFT, _BOTTOM = 320, 46, 34
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442")
_SHAPES = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Grid:
    """The places at which a network is asked, and the rows that stand beside its answers."""

    names: tuple[str, ...]
    ends: np.ndarray
    """(inputs, 2)."""
    P: np.ndarray
    rows: np.ndarray
    labels: np.ndarray
    parts: np.ndarray


def grid_of(built: Built) -> Grid | None:
    """The grid of a table of one or two columns of numbers; None for another one."""
    import polars as pl

    inputs = built.prepared.encoding.inputs
    if not 1 <= len(inputs) <= 2 or built.prepared.encoding.several:
        return None
    names = tuple(one.name for one in inputs)
    if not all(built.frame[name].dtype.is_numeric() for name in names):
        return None
    if len(built.prepared.encoding.feature_names) != len(names):
        return None
    values = built.frame.select(names).cast(pl.Float64).to_numpy()
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    ends = np.stack([low - margin, high + margin], axis=1)
    axes = [np.linspace(start, stop, _CELLS if len(names) == 2 else 200) for start, stop in ends]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(names))
    P, _ = built.prepared.encoding.inputs_of(pl.DataFrame(dict(zip(names, points.T, strict=True))))
    taken, labels, parts = _rows(built)
    there = np.isfinite(values[taken]).all(axis=1)
    return Grid(names, ends, P, values[taken][there], labels[there], parts[there])


def _rows(built: Built) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    prepared = built.prepared
    parts = [("train", prepared.train), ("validation", prepared.validation), ("test", prepared.test)]
    there = [(name, part) for name, part in parts if part is not None and len(part.rows)]
    rows = np.concatenate([part.rows for _, part in there])
    labels = np.concatenate([part.labels for _, part in there])
    names = np.concatenate([np.full(len(part.rows), name) for name, part in there])
    if len(rows) > _MOST_SHOWN:
        kept = np.linspace(0, len(rows) - 1, _MOST_SHOWN).astype(int)
        rows, labels, names = rows[kept], labels[kept], names[kept]
    return rows, labels, names


def answers(net: Network, params: Parameters, P: np.ndarray) -> np.ndarray:
    """The network's outputs for encoded rows, whatever they are."""
    dtype = next(iter(params[net.output.name].weights.values())).dtype
    with np.errstate(all="ignore"):
        return np.asarray(output_in_blocks(net, params, {next(iter(net.inputs)): P.astype(dtype)}), dtype=float)


def plane(built: Built, grid: Grid, params: Parameters) -> str:
    """An SVG picture of the regions of the classes, or of the values, over two inputs, with the rows on top."""
    target = built.prepared.encoding.target
    outputs = answers(built.network, params, grid.P)
    if not np.isfinite(outputs).all():
        return '<p class="faint">The outputs are not finite any more.</p>'
    classes = list(target.classes) if target.task == "classification" else []
    if classes:
        shares = np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
        image = _coloured(shares)
        colours = {str(name): PALETTE[k % len(PALETTE)] for k, name in enumerate(classes)}
        shapes = {str(name): _SHAPES[k % len(_SHAPES)] for k, name in enumerate(classes)}
        points = [(x, y, colours[str(name)], shapes[str(name)], str(name), part)
                  for (x, y), name, part in zip(grid.rows, _plain(grid.labels), grid.parts, strict=True)
                  if str(name) in colours]  # fmt: skip
        legend = "".join(f'<span><i style="background:{colours[str(name)]}"></i>{escape(str(name))}</span>'
                         for name in classes)  # fmt: skip
    else:
        values = restored(built, outputs[:, 0])
        ends = _ends(np.concatenate([np.asarray(grid.labels, float), values]))
        image = _heat((values - ends[0]) / (ends[1] - ends[0]))
        shown = _shade((np.asarray(grid.labels, float) - ends[0]) / (ends[1] - ends[0]))
        points = [
            (x, y, colour, "circle", f"{value:.4g}", part)
            for (x, y), colour, value, part in zip(grid.rows, shown, grid.labels, grid.parts, strict=True)
        ]
        legend = f"<span>low {ends[0]:.3g}</span><i class='ramp'></i><span>high {ends[1]:.3g}</span>"
    return _drawn(grid, image, points) + f'<div class="legend">{legend}</div>'


def fit_series(built: Built, grid: Grid, params: Parameters) -> dict[str, Any]:
    """The fitted curve over one input as points, and the rows of each part."""
    target = built.prepared.encoding.target
    outputs = answers(built.network, params, grid.P)
    x = np.linspace(grid.ends[0, 0], grid.ends[0, 1], len(outputs))
    regression = target.task == "regression"
    values = restored(built, outputs[:, 0]) if regression else outputs[:, -1]
    heights = grid.labels if regression else np.array([str(one) == str(target.classes[-1]) for one in grid.labels])
    rows = {part: [[float(a), float(b)] for a, b in zip(grid.rows[grid.parts == part, 0],
                                                        np.asarray(heights, float)[grid.parts == part], strict=True)]
            for part in dict.fromkeys(grid.parts.tolist())}  # fmt: skip
    fitted = [[float(a), float(b)] for a, b in zip(x, values, strict=True) if np.isfinite(b)]
    return {"fitted": fitted, "rows": rows, "name": grid.names[0], "target": target.name}


def restored(built: Built, outputs: np.ndarray) -> np.ndarray:
    """Outputs of a regression as the table has its target."""
    scale = built.prepared.encoding.target.scale
    return outputs if scale is None else scale.undo(outputs)


def _plain(labels: np.ndarray) -> list[Any]:
    return [int(one) if isinstance(one, float) and float(one).is_integer() else one for one in labels.tolist()]


def _ends(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _coloured(shares: np.ndarray) -> np.ndarray:
    palette = np.array([_rgb(PALETTE[k % len(PALETTE)]) for k in range(shares.shape[1])], dtype=float)
    best = shares.argmax(axis=1)
    count = shares.shape[1]
    sure = (shares.max(axis=1) - 1 / count) / (1 - 1 / count)
    strength = (0.12 + 0.5 * np.clip(sure, 0, 1))[:, None]
    rgba = np.hstack([palette[best], 255 * strength])
    return rgba.reshape(_CELLS, _CELLS, 4).astype(np.uint8)


def _shade(share: np.ndarray) -> list[str]:
    return ["#{:02x}{:02x}{:02x}".format(*row) for row in _ramp(share)]


def _ramp(share: np.ndarray) -> np.ndarray:
    stops = np.array([_rgb("#0b559f"), _rgb("#e8e8e8"), _rgb("#c65102")], dtype=float)
    share = np.clip(np.nan_to_num(share), 0, 1)
    return np.stack([np.interp(share, [0, 0.5, 1], stops[:, k]) for k in range(3)], axis=-1).astype(int)


def _heat(share: np.ndarray) -> np.ndarray:
    rgb = _ramp(share)
    return np.hstack([rgb, np.full((len(rgb), 1), 190)]).reshape(_CELLS, _CELLS, 4).astype(np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _drawn(grid: Grid, image: np.ndarray, points: list[tuple[Any, ...]]) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image[::-1], "RGBA").save(file, "PNG", compress_level=3)
    data = base64.b64encode(file.getvalue()).decode()
    (x0, x1), (y0, y1) = grid.ends

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + _SIZE * (x - x0) / (x1 - x0), 6 + _SIZE * (1 - (y - y0) / (y1 - y0))

    marks = "".join(_mark(*place(x, y), colour, shape, told, part) for x, y, colour, shape, told, part in points)
    ticks = "".join(
        f'<text x="{_LEFT + _SIZE * share:.1f}" y="{_SIZE + 20}">{_tick(x0, x1, share)}</text>'
        f'<text x="{_LEFT - 5}" y="{10 + _SIZE * (1 - share):.1f}" class="left">{_tick(y0, y1, share)}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    names = [escape(name) for name in grid.names]
    wide, high = _SIZE + _LEFT + 12, _SIZE + _BOTTOM + 8
    return (
        f'<svg class="plane" viewBox="0 0 {wide} {high}" role="img" aria-label="what the network says of the plane">'
        f'<image href="data:image/png;base64,{data}" x="{_LEFT}" y="6" width="{_SIZE}" height="{_SIZE}" '
        f'preserveAspectRatio="none"/><rect class="frame" x="{_LEFT}" y="6" width="{_SIZE}" height="{_SIZE}"/>'
        f'{marks}{ticks}<text x="{_LEFT + _SIZE / 2}" y="{high - 4}">{names[0]}</text>'
        f'<text transform="translate(10 {_SIZE / 2}) rotate(-90)">{names[1]}</text>'
        "</svg>"
    )


def _tick(low: float, high: float, share: float) -> str:
    """A place on an axis, to the digits that tell it from its neighbours."""
    value = low + (high - low) * share
    digits = 1 - math.floor(math.log10(high - low))
    if not 0 <= digits <= 6 or abs(value) >= 1e6:
        return f"{value:.3g}"
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _mark(x: float, y: float, colour: str, shape: str, told: str, part: str) -> str:
    title = f"<title>{escape(told)} ({part})</title>"
    kind = f'class="mark {part}" fill="{colour}"'
    if shape == "circle":
        return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>'
    ways = {
        "square": f"M{x - 3.6:.1f} {y - 3.6:.1f}h7.2v7.2h-7.2z",
        "diamond": f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z",
        "triangle": f"M{x:.1f} {y - 4.6:.1f}l4.6 8.2h-9.2z",
    }
    return f'<path {kind} d="{ways[shape]}">{title}</path>'
