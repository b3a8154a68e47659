"""The error reached by each learning rate with each momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.arrays import float_array
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..learning_rates.rates_grid import RatesGrid

_COLORS = "viridis"
_EXTENDS = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
_PALE = "#eeeeee"
_MOST_NUMBERS = 30
"""Columns up to which the errors are written into their cells."""
_MOST_TICKS = 25


@takes_kinds
def rates_map(
    learning_rates: Sequence[float] | np.ndarray | RatesGrid,
    momenta: Sequence[float] | np.ndarray | None = None,
    errors: Sequence[Sequence[float]] | np.ndarray | None = None,
    *,
    best: tuple[int, int] | None = None,
    bounced: Sequence[Sequence[bool]] | np.ndarray | None = None,
    stable_rate: Sequence[float] | np.ndarray | None = None,
    error_at_start: float | None = None,
    error_name: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the errors (M, R) of learning rates (R,) and momenta (M,) as a map; NaN, a run that diverged, is crossed.

    Args:
        learning_rates: (R,), or a `RatesGrid`, from which all is taken.
        momenta: (M,); None for a rule without, then M is 1.
        errors: (M, R); NaN for a run that diverged.
        best: The (row, column) that is framed.
        bounced: (M, R): cells that have an arrow.
        stable_rate: (M,): the largest stable learning rate with each momentum.
        error_at_start: Where the scale ends: above it a run came to nothing.
        error_name: What the errors are.
        ax: Axes to draw on; None: a figure of its own.

    Dark is low; the scale is logarithmic where the errors are positive and span more than half a decade.

    Raises DataError for shapes that do not fit, ArgumentError for a `best` that is not on the map.

    >>> figure = rates_map([0.1, 1.0], [0.0, 0.9], [[0.5, 0.25], [0.125, float("nan")]], best=(1, 0))
    >>> [text.get_text() for text in figure.axes[0].texts][:4]
    ['0.5', '0.25', '0.125', '×']
    """
    import numpy as np

    from ..learning_rates.rates_grid import RatesGrid

    if isinstance(learning_rates, RatesGrid):
        return _map_of(learning_rates, error_name, ax)
    if errors is None:
        raise DataError("errors are missing: give the errors (momenta, learning rates), or a RatesGrid alone")
    rates, values = float_array("learning_rates", learning_rates), float_array("errors", errors)
    rows = None if momenta is None else float_array("momenta", momenta)
    if rates.ndim != 1 or (rows is not None and rows.ndim != 1):
        raise DataError("learning_rates and momenta must each be of shape (values,)")
    shape = 1 if rows is None else len(rows), len(rates)
    if values.shape != shape or 0 in shape:
        raise DataError(
            f"errors must be of shape (momenta, learning rates) = {shape}, one of each or more, not {values.shape}"
        )
    if best is not None and not (0 <= best[0] < shape[0] and 0 <= best[1] < shape[1]):
        raise ArgumentError(f"best is {best}; it must be (row, column) of a map of {shape[0]} × {shape[1]}")
    if stable_rate is not None and np.shape(stable_rate) != shape[:1]:
        raise DataError(f"stable_rate must be of shape {shape[:1]}, one a momentum, not {np.shape(stable_rate)}")

    high = np.zeros(shape, dtype=bool) if bounced is None else float_array("bounced", bounced).astype(bool)
    if high.shape != shape:
        raise DataError(f"bounced must be of the shape of errors, {shape}, not {high.shape}")

    figure, ax = style.canvas(ax, max(6.4, min(14.0, 2.6 + 0.62 * shape[1])), max(2.8, min(9.0, 1.9 + 0.42 * shape[0])))
    image = ax.imshow(
        values,
        cmap=_COLORS,
        norm=_norm(values, high, error_at_start),
        aspect="auto",
        origin="lower",
        interpolation="none",
    )
    _write_cells(ax, values, high, image)
    if stable_rate is not None:
        _draw_bound(ax, rates, np.asarray(stable_rate, dtype=np.float64))
    if best is not None:
        _frame(ax, *best)
    columns = _ticks(shape[1])
    ax.set_xticks(columns, [f"{rates[i]:.3g}" for i in columns], rotation=45 if len(columns) > 12 else 0)
    named = () if rows is None else _ticks(shape[0])
    ax.set_yticks(named, None if rows is None else [f"{rows[i]:.3g}" for i in named])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, shape[1] - 0.5)
    ax.set_ylim(-0.5, shape[0] - 0.5)
    ax.set_xlabel("learning rate", color=style.INK)
    if rows is not None:
        ax.set_ylabel("momentum", color=style.INK)
    _add_scale(figure, ax, image, values, error_name or "error")
    what = "Learning rate" if rows is None else "Learning rate and momentum"
    style.title(ax, what, _explanation(values, high, best, stable_rate is not None))
    return figure


def _map_of(grid: RatesGrid, error_name: str | None, ax: Axes | None) -> Figure:
    return rates_map(
        grid.learning_rates, grid.momenta, grid.errors,
        best=grid.best, bounced=grid.bounced, stable_rate=grid.stable_rate, error_at_start=grid.error_at_start,
        error_name=error_name or grid.watched, ax=ax,
    )  # fmt: skip


def _ticks(count: int) -> range:
    """Places of so many rows or columns that are named: all, or some evenly apart."""
    return range(0, count, -(-count // _MOST_TICKS))


def _norm(values: np.ndarray, bounced: np.ndarray, top: float | None) -> Any:
    """Colours by the logarithm where it tells more, from the lowest that did not bounce to the error at the start."""
    import numpy as np
    from matplotlib.colors import LogNorm, Normalize

    finite = values[np.isfinite(values)]
    if not finite.size:
        return Normalize(0.0, 1.0)
    steady = values[np.isfinite(values) & ~bounced]
    low, high = float(min(steady, default=finite.min())), float(finite.max())
    if top is not None and top > low:
        high = min(high, float(top))
    if low > 0 and high > 3 * low:
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + (abs(low) or 1.0))


def _add_scale(figure: Figure, ax: Axes, image: Any, values: np.ndarray, name: str) -> None:
    """A scale of colours with a few numbers, evenly apart."""
    import numpy as np
    from matplotlib.colors import LogNorm

    finite = values[np.isfinite(values)]
    if not finite.size:
        return
    low, high = float(image.norm.vmin), float(image.norm.vmax)
    beyond = _EXTENDS[bool(finite.min() < low), bool(finite.max() > high)]
    bar = figure.colorbar(image, ax=ax, pad=0.02, extend=beyond)
    count = 5 if len(values) > 2 else 2
    ticks = (np.geomspace if isinstance(image.norm, LogNorm) else np.linspace)(low, high, count)
    bar.minorticks_off()
    bar.set_ticks(ticks.tolist(), labels=[f"{tick:.2g}" for tick in ticks])
    bar.set_label(style.label(name), color=style.INK, fontsize=9, **style.VERBATIM)
    bar.ax.tick_params(labelsize=8, colors=style.INK)
    bar.outline.set_visible(False)


def _write_cells(ax: Axes, values: np.ndarray, bounced: np.ndarray, image: Any) -> None:
    """The numbers, with an arrow for a run that bounced; a cross on hatched ground for one that diverged."""
    import numpy as np
    from matplotlib import patheffects
    from matplotlib.patches import Rectangle

    written = values.shape[1] <= _MOST_NUMBERS
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            ax.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5), 1, 1, facecolor="#eeeeee", edgecolor="#bbbbbb", hatch="////", linewidth=0
                )
            )
            ax.text(
                column, row, "\N{MULTIPLICATION SIGN}", ha="center", va="center", fontsize=12, color=style.INK,
                fontweight="bold",
            )  # fmt: skip
        elif written:
            color = image.cmap(image.norm(min(max(value, image.norm.vmin), image.norm.vmax)))
            red, green, blue, _ = color
            if bounced[row, column]:  # pale, whatever its last error is: such a run is no good one
                ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=_PALE, edgecolor="#999999",
                                       hatch="....", linewidth=0, zorder=2))  # fmt: skip
                color, (red, green, blue) = _PALE, (0.93, 0.93, 0.93)
            dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
            arrow = "\N{UPWARDS ARROW}" if bounced[row, column] else ""
            ax.text(
                column, row, f"{value:.3g}{arrow}", ha="center", va="center", color="white" if dark else style.INK,
                fontsize=8 if values.shape[1] <= 16 else 5.5, zorder=5,
                path_effects=[patheffects.withStroke(linewidth=2.0, foreground=color)],
            )  # fmt: skip


def _draw_bound(ax: Axes, rates: np.ndarray, stable: np.ndarray) -> None:
    """A step line along the edges of the cells: left of it are the rates that are stable, row by row."""
    import numpy as np
    from matplotlib import patheffects

    at = np.searchsorted(rates, stable, side="right") - 0.5
    if len(rates) < 2 or (at < 0).all() or (at > len(rates) - 1).all():
        return
    edges = np.arange(len(stable) + 1) - 0.5
    ax.plot(
        np.repeat(at, 2), np.repeat(edges, 2)[1:-1], color=style.ORANGE, linewidth=2.0, linestyle="--",
        label="largest stable rate at the start", zorder=3, clip_on=False,
        path_effects=[patheffects.withStroke(linewidth=3.5, foreground="white")],
    )  # fmt: skip


def _frame(ax: Axes, row: int, column: int) -> None:
    from matplotlib.patches import Rectangle

    for color, width in (("white", 4.5), (style.VERMILION, 2.5)):
        ax.add_patch(
            Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, fill=False, edgecolor=color, linewidth=width, zorder=4)
        )


def _explanation(values: np.ndarray, bounced: np.ndarray, best: tuple[int, int] | None, bound: bool) -> str:
    import numpy as np

    diverged = int(np.sum(~np.isfinite(values)))
    parts = [] if best is None else [f"framed: recommended ({values[best]:.3g})"]
    if diverged:
        parts.append(f"\N{MULTIPLICATION SIGN}: {diverged} of {values.size} diverged")
    if bounced.any() and values.shape[1] <= _MOST_NUMBERS:
        parts.append("\N{UPWARDS ARROW}, pale: bounced")
    if bound:
        parts.append("left of the dashed line: stable at the start")
    return "; ".join(parts)
