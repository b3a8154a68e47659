"""Loss against epoch."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError
from . import style
from .parts import Fitted, scaled_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..training.run import Run

MOST_POINTS = 2000
"""A curve of more epochs is drawn by its extremes in stretches of epochs: that looks the same and stays small."""

_MOST_DOTS = 60
"""Of a curve that was not judged in every epoch so many points are marked one by one."""


@takes_kinds
def learning_curves(
    loss: Sequence[float] | Run | Fitted,
    validation_loss: Sequence[float] | None = None,
    test_loss: Sequence[float] | None = None,
    *,
    best_epoch: int | None = None,
    stopped_because: str | None = None,
    loss_name: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the loss, the validation and the test loss against the epoch; the loss of epoch k stands at index k - 1.

    For a `Run`, or what `tw.fitnet` or its like leaves, in the place of the loss what else is not given is taken from
    it. The axis of losses is logarithmic
    where they are all positive and span more than two decades. Non-finite losses are left out, with a word; the
    epochs between those in which validation and test set were judged (`validate_every`) are bridged. `best_epoch` is
    marked on the validation curve, or on that of training; the last epoch on the training curve, if `stopped_because`
    says why.

    Raises DataError without epochs or with curves of different lengths, ArgumentError for a best epoch that was not
    among the epochs.

    >>> figure = learning_curves([1.0, 0.5, 0.4], [1.1, 0.7, 0.8], best_epoch=2)
    >>> [line.get_label() for line in figure.axes[0].lines][:2]
    ['training', 'validation']
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    from ..training.run import Run

    loss = loss.run if isinstance(loss, Fitted) else loss
    losses: dict[str, Sequence[float] | np.ndarray | Run | None] = {
        "training": loss,
        "validation": validation_loss,
        "test": test_loss,
    }
    if isinstance(loss, Run):
        losses["training"] = loss.history.loss
        losses["validation"] = loss.history.validation_loss if validation_loss is None else validation_loss
        losses["test"] = loss.history.test_loss if test_loss is None else test_loss
        best_epoch = loss.kept_epoch or None if best_epoch is None else best_epoch
        stopped_because = loss.explanation.split(". ")[0] if stopped_because is None else stopped_because
        loss_name = name_of_loss(loss) if loss_name is None else loss_name
    curves = {name: np.asarray(values, dtype=np.float64) for name, values in losses.items() if values is not None}
    for name, values in curves.items():
        if values.ndim != 1:
            raise DataError(f"the {name} loss must be one number for each epoch, not of shape {values.shape}")
    epochs = len(curves["training"])
    if epochs == 0:
        raise DataError("loss is empty: learning curves need one epoch or more")
    for name, values in curves.items():
        if len(values) != epochs:
            told = f"not {epochs} and {len(values)} epochs"
            raise DataError(f"loss and {name}_loss must be as long as each other, {told}")
    if best_epoch is not None and not 1 <= best_epoch <= epochs:
        raise ArgumentError(f"best_epoch must be one of the epochs 1 to {epochs}, not {best_epoch}")

    figure, ax = style.canvas(ax, 6.4, 4.0)
    looks = {
        "training": (style.BLUE, style.DASHES[0]),
        "validation": (style.VERMILION, style.DASHES[1]),
        "test": (style.GREEN, style.DASHES[2]),
    }
    drawn = []
    for name, values in curves.items():
        at = np.flatnonzero(judged_epochs(values)) if name != "training" else np.arange(epochs)
        _curve(ax, name, at + 1, values[at], *looks[name])
        drawn.append(values[at])
    watched = curves.get("validation", curves["training"])
    if best_epoch is not None:
        _mark_best(ax, best_epoch, watched[best_epoch - 1])
    if stopped_because is not None:
        _mark_end(ax, curves["training"])

    values = np.concatenate(drawn)
    finite = values[np.isfinite(values)]
    style.loss_axis(ax, finite)
    if epochs == 1:
        ax.set_xticks([1])
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlim(1, epochs)
    ax.set_xlabel("epoch", color=style.INK)
    ax.set_ylabel(style.label(loss_name or "loss") + scaled_told(loss), color=style.INK, **style.VERBATIM)
    ax.margins(y=0.08)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    if finite.size and len(ax.lines) > 1:
        ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    style.title(ax, "Learning curves", _explanation(values.size - finite.size, stopped_because))
    return figure


def judged_epochs(validation_loss: np.ndarray) -> np.ndarray:
    """Which epochs a validation set was judged in, as truth values: every k-th, if only such losses are finite.

    >>> import numpy as np
    >>> judged_epochs(np.array([np.nan, 0.5, np.nan, 0.4, np.nan, np.nan])).tolist()
    [False, True, False, True, False, True]
    """
    import numpy as np

    told = np.flatnonzero(~np.isnan(validation_loss)) + 1
    every = int(np.gcd.reduce(told)) if told.size else 1
    return np.arange(1, len(validation_loss) + 1) % every == 0


def name_of_loss(run: Run) -> str:
    """The name that a run's loss is registered under, or else of its class."""
    from ..core.losses import LOSSES

    return LOSSES.name_of(run.loss) if LOSSES.has(run.loss) else type(run.loss).__name__


def _curve(ax: Axes, name: str, epochs: np.ndarray, values: np.ndarray, color: str, dashes: Any) -> None:
    import numpy as np

    finite = np.isfinite(values)
    around = np.pad(finite, 1)
    sparse = len(epochs) <= _MOST_DOTS and bool((np.diff(epochs) > 1).any())
    alone = bool((finite & ~around[:-2] & ~around[2:]).any())  # a point that no line leads to
    at, shown = thin_curve(epochs, np.where(finite, values, np.nan))
    ax.plot(
        at, shown, color=color, linestyle=dashes, linewidth=1.8, label=name,
        marker="o" if alone or sparse else None, markersize=4, zorder=2.5, clip_on=False,
    )  # fmt: skip


def thin_curve(epochs: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The epochs and values of a curve; of a long one, those of the least and greatest in each stretch."""
    import numpy as np

    if len(values) <= MOST_POINTS:
        return epochs, values
    kept = {0, len(values) - 1}
    for stretch in np.array_split(np.arange(len(values)), MOST_POINTS // 2):
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


def _mark_end(ax: Axes, values: np.ndarray) -> None:
    """Mark the last epoch on its curve, or where the curve was last finite."""
    import numpy as np

    finite = np.flatnonzero(np.isfinite(values))
    if finite.size:
        last = int(finite[-1])
        ax.plot(
            [last + 1], [values[last]], marker="s", markersize=10, linestyle="none", zorder=2.8, clip_on=False,
            markerfacecolor="none", markeredgecolor=style.INK, label=f"stopped: epoch {len(values)}",
        )  # fmt: skip


def _explanation(left_out: int, stopped_because: str | None) -> str:
    parts = [] if stopped_because is None else [f"Stopped: {style.label(stopped_because, 180)}"]
    if left_out:
        parts.append(f"{left_out} non-finite {'loss is' if left_out == 1 else 'losses are'} left out")
    return "\n".join(line for part in parts for line in textwrap.wrap(part, 80))
