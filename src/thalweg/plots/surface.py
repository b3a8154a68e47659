"""Contours of the error over two weights or directions, with the trajectories of update rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError
from . import style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..surface.error_surface import Path, Surface

LEVELS = 16
_PATHS = ((style.VERMILION, "o", "-"), (style.BLACK, "s", (0, (5, 1.5))), (style.PURPLE, "^", (0, (1, 1))),
          (style.GREEN, "D", (0, (5, 1, 1, 1))), (style.ORANGE, "v", (0, (3, 1))))  # fmt: skip
_LARGEST = 1e200
"""Matplotlib's contours end at 1e250."""
_MOST_MARKS = 25
"""Markers on a path; more of them hide it."""


@takes_kinds
def error_surface(surface: Surface, *, eigenvectors: bool = False, ax: Axes | None = None) -> Figure:
    """Draw the contours of F over the two axes, each path from its start to its end, and the lowest point.

    The levels are closer together where F is low: in equal steps of log F if F spans more than two decades, else in
    squares. With `eigenvectors`, the two of the curvature at the centre are drawn there with their eigenvalues. Where
    F is not finite, nothing is drawn but a hatch.

    Raises ArgumentError for more paths than can be told apart, DataError where no value can be drawn.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> across = "layer1[0,0]", "layer1[0]"
    >>> error_surface(tw.error_surface(net, "mse", net.init(0), P, T, across)).axes[0].get_xlabel()
    'layer1[0,0]'
    """
    import numpy as np

    check_paths(len(surface.paths))
    figure, ax = style.canvas(ax, 6.4, 5.2)
    F = np.ma.masked_invalid(np.where(np.abs(surface.F) < _LARGEST, surface.F, np.nan))
    finite = F.compressed()
    if not finite.size:
        raise DataError(f"the error is nowhere finite and under {_LARGEST:g}: nothing can be drawn; take other ranges")
    levels, logarithmic = contour_levels(finite, surface.F_minimum)
    _contours(figure, ax, surface, F, levels, logarithmic)
    for number, (path, look) in enumerate(zip(surface.paths, _PATHS, strict=False)):
        _draw_path(ax, path, number, *look)
    starts = {tuple(path.points[0].tolist()) for path in surface.paths} or {tuple(surface.center.tolist())}
    for k, start in enumerate(sorted(starts)):
        ax.plot(
            *start, marker="o", markersize=9, color="white", markeredgecolor=style.BLACK, markeredgewidth=1.6,
            linestyle="none", label=("start" if surface.paths else "parameters") if k == 0 else None, zorder=5,
        )  # fmt: skip
    low = "lowest shown" if surface.at_edge else "minimum"
    ax.plot(
        *surface.minimum, marker="*", markersize=15, color=style.YELLOW, markeredgecolor=style.BLACK, linestyle="none",
        label=f"{low}: {_number(surface.F_minimum, finite)}", zorder=6, clip_on=False,
    )  # fmt: skip
    if eigenvectors:
        _draw_eigenvectors(ax, surface)
    ax.set_xlim(surface.first[0], surface.first[-1])
    ax.set_ylim(surface.second[0], surface.second[-1])
    width, height = np.ptp(surface.first), np.ptp(surface.second)
    if 0.5 < width / height < 2:
        ax.set_aspect("equal")
    ax.locator_params(nbins=6)
    for axis, values in ((ax.xaxis, surface.first), (ax.yaxis, surface.second)):
        style.plain_ticks(axis, values[0], values[-1])
    ax.set_xlabel(style.label(surface.names[0], 60), color=style.INK, **style.VERBATIM)
    ax.set_ylabel(style.label(surface.names[1], 60), color=style.INK, **style.VERBATIM)
    ax.legend(  # beside the picture: within it a star or a path might lie under it
        fontsize=8.5, labelcolor=style.INK, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2,
    )  # fmt: skip
    style.title(ax, "Error surface", _explanation(surface, F.size - finite.size))
    return figure


def check_paths(count: int) -> None:
    """Raise ArgumentError for more paths than can be told apart."""
    if count > len(_PATHS):
        raise ArgumentError(f"{count} paths cannot be told apart: draw at most {len(_PATHS)}")


def contour_levels(finite: np.ndarray, minimum: float) -> tuple[np.ndarray, bool]:
    """Levels from the lowest value to the highest but the top 2 %, and whether they are logarithmic."""
    import numpy as np

    low, high = min(minimum, float(finite.min())), float(np.quantile(finite, 0.98))
    if high <= low:
        high = low + (abs(low) or 1.0)
    floor = max(float(np.quantile(finite, 0.002)), 1e-6 * high)  # near 0, decades say little
    if low >= 0 and high > 100 * floor > 0:
        return np.geomspace(floor, high, LEVELS), True
    return low + (high - low) * np.linspace(0.0, 1.0, LEVELS) ** 2, False


def _contours(
    figure: Figure, ax: Axes, surface: Surface, F: np.ma.MaskedArray, levels: np.ndarray, logarithmic: bool
) -> None:
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("depth", ["#4292c6", "#9ecae1", "#deebf7", "#ffffff"])
    if F.count() < F.size:
        ax.patch.set(hatch="///", edgecolor="#bbbbbb", facecolor="#f4f4f4")
    norm = BoundaryNorm(levels, shades.N, extend="both")
    filled = ax.contourf(surface.first, surface.second, F, levels, cmap=shades, norm=norm, extend="both", zorder=1)
    ax.contour(surface.first, surface.second, F, levels, colors="#5b7f99", linewidths=0.6, zorder=1.5)
    ticks = levels[:: (LEVELS - 1) // 5]
    bar = figure.colorbar(filled, ax=ax, ticks=ticks, shrink=0.85, pad=0.02)
    bar.ax.set_yticklabels(style.told_apart(ticks), fontsize=8)
    scale = ", logarithmic levels" if logarithmic else ""
    bar.set_label(f"{surface.error}{scale}", color=style.INK, fontsize=9)
    bar.outline.set_visible(False)


def _draw_path(
    ax: Axes, path: Path, number: int, color: str, marker: str, dashes: str | tuple[int, tuple[float, ...]]
) -> None:
    """The path and its end; their names say which they are, for an animation."""
    points = path.points
    every = max(1, -(-len(points) // _MOST_MARKS))
    ax.plot(
        points[:, 0], points[:, 1], color=color, linestyle=dashes, linewidth=1.5, marker=marker, markersize=4,
        markevery=every, label=f"{style.label(path.name)}, {_ending(path)}", zorder=3, gid=f"path {number}",
    )  # fmt: skip
    ax.plot(
        *points[-1], marker=marker, markersize=8, color=color, markeredgecolor="white", zorder=4, gid=f"end {number}"
    )


def _ending(path: Path) -> str:
    return {"steps": "ends at", "diverged": "diverges after", "stalled": "stalls at"}[
        path.stopped_because
    ] + f" {_number(path.F[-1], path.F)}"


def _number(value: float, among: np.ndarray) -> str:
    """A value of F, with what is only rounding as 0."""
    return "0" if abs(value) < 1e-15 * float(among.max()) else f"{value:.3g}"


def _draw_eigenvectors(ax: Axes, surface: Surface) -> None:
    import numpy as np

    values, vectors = np.linalg.eigh(surface.curvature)
    reach = 0.22 * min(np.ptp(surface.first), np.ptp(surface.second))
    center = tuple(surface.center.tolist())
    for value, vector in zip(values, vectors.T, strict=True):
        arrow = reach * vector * (1.0 if vector[np.abs(vector).argmax()] > 0 else -1.0)
        end = center[0] + float(arrow[0]), center[1] + float(arrow[1])
        ax.annotate("", end, center, zorder=5, arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.6})
        ax.annotate(
            f"λ = {value:.3g}", end, (4, 4), textcoords="offset points", fontsize=9, color=style.INK, zorder=6,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )  # fmt: skip


def _explanation(surface: Surface, missing: int) -> str:
    parts = []
    shares = [100 * path.share for path in surface.paths]
    if shares and min(shares) < 99.5:
        least, most = f"{min(shares):.0f}", f"{max(shares):.0f}"
        parts.append(
            f"The paths leave this plane: {least if least == most else f'{least} to {most}'} % of their squared "
            "length lies in it"
        )
    if missing:
        parts.append(f"Hatched: not finite ({100 * missing / surface.F.size:.0f} %)")
    return "\n".join(parts)
