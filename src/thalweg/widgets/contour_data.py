"""An error surface, or the error along one weight, and the paths on it, as plain data for a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from ..core.weight_names import name_of, weight_at
from ..errors import DataError
from ..plots.surface import contour_levels
from ..surface import Descent, Surface
from .formula_data import Json, finite

if TYPE_CHECKING:
    from contourpy._contourpy import FillReturn_OuterOffset

    from ..core.network import Network
    from ..surface import ErrorAlongWeight, Path

WIDE = 1000
"""A contour's lines are whole numbers: so many from one border to the other."""
MOST_WEIGHTS = 40
"""Of a larger network the weights at a point of a plane are not told one by one."""
_DIGITS = 6
"""Of the grid's errors: what lies between them is interpolated anyway."""
_HUGE = 1e200


def drawing_data(drawn: Surface | ErrorAlongWeight, net: Network | None = None) -> dict[str, Json]:
    """All but the paths: axes, the grid of errors, the regions above each level, the point given and the lowest.

    With a network of not too many parameters, those at each point of a plane too. Raises DataError where no error
    can be drawn.
    """
    return _surface_data(drawn, net) if isinstance(drawn, Surface) else _curve_data(drawn)


def paths_data(paths: Iterable[Path | Descent]) -> list[dict[str, Json]]:
    """The points of paths, the errors there, and along one weight the slopes, at full precision."""
    return [_path_data(path) for path in paths]


def curvature_data(H: np.ndarray, at: Sequence[float], where: str) -> dict[str, Json]:
    """The eigenvalues of the curvature (2, 2) along the axes at a point, the largest first, and their eigenvectors."""
    values, vectors = np.linalg.eigh(H)
    rows = vectors.T[::-1]
    rows = np.where(np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1) < 0, -rows, rows)
    return {"where": where, "at": [finite(x) for x in at], "values": _numbers(values[::-1]), "vectors": _numbers(rows)}


def _path_data(path: Path | Descent) -> dict[str, Json]:
    data = {"name": path.name, "F": _numbers(path.F), "ended": path.stopped_because}
    if isinstance(path, Descent):
        return {**data, "points": _numbers(path.values[:, None]), "slopes": _numbers(path.slopes)}
    return {**data, "points": _numbers(path.points), "share": finite(path.share)}


def _surface_data(drawn: Surface, net: Network | None) -> dict[str, Json]:
    F = np.ma.masked_invalid(np.where(np.abs(drawn.F) < _HUGE, drawn.F, np.nan))
    if not F.count():
        raise DataError(f"the error is nowhere finite and under {_HUGE:g}: nothing can be drawn; take other ranges")
    levels, logarithmic = contour_levels(F.compressed(), drawn.F_minimum)
    plane = drawn.plane
    at_a_point = {}
    if net is not None and net.parameter_count <= MOST_WEIGHTS:
        at_a_point = {
            "weights": [name_of(net, weight_at(net, k)) for k in range(net.parameter_count)],
            "origin": _numbers(plane.origin),
            "directions": _numbers(plane.directions),
        }
    return {
        "kind": "surface",
        "error": drawn.error,
        "names": list(drawn.names),
        "ranges": [_ends(drawn.first), _ends(drawn.second)],
        "F": _rounded(drawn.F),
        "levels": [finite(level) for level in levels],
        "logarithmic": logarithmic,
        "regions": _regions(F, levels),
        "start": _numbers(drawn.center),
        "F_start": finite(drawn.F_center),
        "minimum": _numbers(drawn.minimum),
        "F_minimum": finite(drawn.F_minimum),
        "at_edge": drawn.at_edge,
        **at_a_point,
    }


def _curve_data(drawn: ErrorAlongWeight) -> dict[str, Json]:
    known = drawn.F[np.isfinite(drawn.F)]
    heights = [float(known.min()), float(known.max()), *([drawn.F_at] if np.isfinite(drawn.F_at) else [])]
    low, high = min(heights), max(heights)
    margin = 0.08 * (high - low) or 0.5
    lowest = int(np.nanargmin(drawn.F))
    return {
        "kind": "curve",
        "error": drawn.error,
        "names": [drawn.name],
        "ranges": [_ends(drawn.values), [finite(low - margin), finite(high + margin)]],
        "F": _numbers(drawn.F),
        "start": [finite(drawn.at)],
        "F_start": finite(drawn.F_at),
        "slope_start": finite(drawn.slope),
        "minimum": [finite(drawn.values[lowest])],
        "F_minimum": finite(drawn.F[lowest]),
        "at_edge": lowest in (0, len(drawn.F) - 1),
    }


def _regions(F: np.ma.MaskedArray, levels: np.ndarray) -> list[str]:
    """Where F is finite, then where it is above each level, each as the path of an SVG, from 0 to `WIDE`."""
    from contourpy import FillType, contour_generator

    rows, columns = F.shape
    across, down = np.linspace(0, WIDE, columns), np.linspace(WIDE, 0, rows)
    of = contour_generator(across, down, F, name="serial", fill_type=FillType.OuterOffset)
    return [_svg_path(cast("FillReturn_OuterOffset", of.filled(low, 2 * _HUGE))) for low in (-2 * _HUGE, *levels)]


def _svg_path(filled: FillReturn_OuterOffset) -> str:
    """Polygons with their holes, in whole numbers, none twice in a row."""
    written = []
    for points, offsets in zip(*filled, strict=True):
        for begin, end in pairwise(offsets):
            ring = np.rint(points[begin : end - 1]).astype(int)  # its last point is its first again
            ring = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]
            if len(ring) > 2:
                written.append("M" + "L".join(f"{x} {y}" for x, y in ring.tolist()) + "Z")
    return "".join(written)


def _ends(values: np.ndarray) -> list[Json]:
    return [finite(values[0]), finite(values[-1])]


def _numbers(values: np.ndarray) -> list[Json]:
    """Numbers as JSON has them; null where one is not finite."""
    return [
        _numbers(value) if isinstance(value, np.ndarray) else finite(value) if np.isfinite(value) else None
        for value in np.asarray(values)
    ]


def _rounded(F: np.ndarray) -> list[list[Json]]:
    return [[finite(float(f"{x:.{_DIGITS}g}")) if np.isfinite(x) else None for x in row] for row in F]
