"""Loss against epoch."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ..errors import ArgumentError, DataError
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2000
"""A curve of more epochs is drawn by its extremes in stretches of epochs: that looks the same and stays small."""


def learning_curves(
    loss: Sequence[float],
    validation_loss: Sequence[float] | None = None,
    *,
    best_epoch: int | None = None,
    stopped_because: str | None = None,
    loss_name: str = "loss",
    ax: Axes | None = None,
) -> Figure:
    """Draw the loss, and the validation loss, against the epoch; the loss of epoch k stands at index k - 1.

    The axis of losses is logarithmic where they are all positive and span more than two decades. Non-finite losses
    are left out, with a word. `best_epoch` is marked on the validation curve, or on the only one.

    Raises DataError without epochs or with curves of different lengths, ArgumentError for a best epoch that was not
    among the epochs.

    >>> figure = learning_curves([1.0, 0.5, 0.4], [1.1, 0.7, 0.8], best_epoch=2)
    >>> [line.get_label() for line in figure.axes[0].lines][:2]
    ['training', 'validation']
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    curves = {"training": np.asarray(loss, dtype=np.float64)}
    if validation_loss is not None:
        curves["validation"] = np.asarray(validation_loss, dtype=np.float64)
    epochs = len(curves["training"])
    if epochs == 0:
        raise DataError("loss is empty: learning curves need one epoch or more")
    if validation_loss is not None and len(validation_loss) != epochs:
        raise DataError(
            f"loss and validation_loss must be as long as each other, not {epochs} and {len(validation_loss)} epochs"
        )
    if best_epoch is not None and not 1 <= best_epoch <= epochs:
        raise ArgumentError(f"best_epoch must be one of the epochs 1 to {epochs}, not {best_epoch}")

    figure, ax = style.canvas(ax, 6.4, 4.0)
    for (name, values), color, dashes in zip(
        curves.items(), (style.BLUE, style.VERMILION), ("-", (0, (4, 1.5))), strict=False
    ):
        _curve(ax, name, values, color, dashes)
    if best_epoch is not None:
        _mark_best(ax, best_epoch, list(curves.values())[-1][best_epoch - 1])

    values = np.concatenate(list(curves.values()))
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        ax.set_yscale("log")
    elif finite.size:
        style.plain_ticks(ax.yaxis, finite.min(), finite.max())
    else:
        ax.set_yticks([])
    if epochs == 1:
        ax.set_xticks([1])
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlim(1, epochs)
    ax.set_xlabel("epoch", color=style.INK)
    ax.set_ylabel(style.label(loss_name), color=style.INK, **style.VERBATIM)
    ax.margins(y=0.08)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    if finite.size and len(ax.lines) > 1:
        ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    style.title(ax, "Learning curves", _explanation(values.size - finite.size, stopped_because))
    return figure


def _curve(ax: Axes, name: str, values: np.ndarray, color: str, dashes: str | tuple[int, tuple[float, ...]]) -> None:
    import numpy as np

    finite = np.isfinite(values)
    around = np.pad(finite, 1)
    alone = bool((finite & ~around[:-2] & ~around[2:]).any())  # a point that no line leads to
    at, shown = _thin(np.where(finite, values, np.nan))
    ax.plot(
        at, shown, color=color, linestyle=dashes, linewidth=1.8, label=name,
        marker="o" if alone else None, markersize=4, zorder=2.5, clip_on=False,
    )  # fmt: skip


def _thin(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The epochs and values of a curve; of a long one, those of the least and greatest in each stretch."""
    import numpy as np

    epochs = np.arange(1, len(values) + 1)
    if len(values) <= MOST_POINTS:
        return epochs, values
    kept = {0, len(values) - 1}
    for stretch in np.array_split(epochs - 1, MOST_POINTS // 2):
        part = values[stretch]
        if np.isnan(part).any():
            kept.add(int(stretch[np.isnan(part).argmax()]))
        if not np.isnan(part).all():
            kept |= {int(stretch[np.nanargmin(part)]), int(stretch[np.nanargmax(part)])}
    index = np.array(sorted(kept))
    return epochs[index], values[index]


def _mark_best(ax: Axes, epoch: int, value: float) -> None:
    import math

    ax.axvline(epoch, color=style.FAINT, linestyle=":", linewidth=1.2, zorder=1)
    if math.isfinite(value):
        ax.plot(
            [epoch], [value], marker="D", markersize=7, linestyle="none", zorder=3, clip_on=False,
            color=style.ORANGE, markeredgecolor=style.BLACK, label=f"best: epoch {epoch} ({value:.4g})",
        )  # fmt: skip


def _explanation(left_out: int, stopped_because: str | None) -> str:
    parts = [] if stopped_because is None else [f"Stopped: {style.label(stopped_because, 180)}"]
    if left_out:
        parts.append(f"{left_out} non-finite {'loss is' if left_out == 1 else 'losses are'} left out")
    return "\n".join(line for part in parts for line in textwrap.wrap(part, 80))
