"""What a training recorded beside its losses, over the epochs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError
from . import style
from .curves import thin_curve
from .parts import Fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..training.history import History
    from ..training.run import Run

_APART = ("loss", "validation_loss", "test_loss", "seconds")
"""What learning curves show, and what only rises."""
_LAST = "validation_checks"
_DECADE = 10.0
"""An axis is logarithmic where the greatest value is more than so many times the least."""
_MOST_ROWS = 8
_MOST_MARKS = 60
"""Of no more epochs each is marked."""


@takes_kinds
def training_state(run: Run | History | Fitted, *, names: Sequence[str] | None = None) -> Figure:
    """Draw what each epoch recorded: gradient norm, mu, learning rate, step length, ..., validation checks (MATLAB's
    plottrainstate).

    One row each over the same epochs, with its value in the last of them; on a logarithmic axis where all are positive
    and span more than a decade. `names` chooses, in their order; None: all that was recorded but losses and seconds.

    Raises DataError for a training that recorded nothing of this, or of no epochs, ArgumentError for other names.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, optimizer="lm", epochs=20, record=("mu", "gradient_norm"))
    >>> [ax.get_ylabel() for ax in training_state(run).axes]
    ['gradient norm', 'mu']
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    from ..training.run import Run
    from .shown_figure import ShownFigure

    run = run.run if isinstance(run, Fitted) else run
    history = run.history if isinstance(run, Run) else run
    chosen = _chosen(history, names)
    epochs = len(history.loss)
    if not epochs:
        raise DataError("the run has no epochs: train it for one or more")
    height = 0.9 + 1.5 * len(chosen)
    figure = ShownFigure(figsize=(6.4, height), layout="compressed", facecolor="white")
    rows = figure.subplots(len(chosen), 1, sharex=True, squeeze=False)[:, 0]
    at = np.arange(1, epochs + 1)
    for number, (ax, name) in enumerate(zip(rows, chosen, strict=True)):
        _row(ax, name, at, history[name], style.PALETTE[number % len(style.PALETTE)])
    style.title(rows[0], "Training state", _ending(run) if isinstance(run, Run) else "")
    last = rows[-1]
    last.set_xlabel("epoch", color=style.INK)
    if epochs == 1:
        last.set_xticks([1])
    else:
        last.xaxis.set_major_locator(MaxNLocator(integer=True))
        last.set_xlim(1, epochs)
    return figure


def state_names(history: History) -> list[str]:
    """The names of what is drawn of a history.

    >>> import numpy as np
    >>> from thalweg.training.history import History
    >>> state_names(History(np.ones(1), None, None, recorded={"mu": np.ones(1), "seconds": np.ones(1)}))
    ['mu']
    """
    there = [name for name in history.names() if name not in _APART]
    return sorted(there, key=lambda name: name == _LAST)


def _chosen(history: History, names: Sequence[str] | None) -> list[str]:
    there = state_names(history)
    if names is None and not there:
        raise DataError("this training recorded nothing beside its losses: train with record='all'")
    chosen = there if names is None else list(names)
    if not chosen:
        raise ArgumentError("names is empty: name what to draw, or leave it out")
    if len(chosen) > _MOST_ROWS:
        raise ArgumentError(f"{len(chosen)} rows are more than {_MOST_ROWS}, the most on a page: choose by names=")
    return chosen


def _row(ax: Axes, name: str, at: np.ndarray, values: np.ndarray, color: str) -> None:
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    style.canvas(ax, 0, 0)
    finite = values[np.isfinite(values)]
    counts = name == _LAST
    at, drawn = thin_curve(at, np.where(np.isfinite(values), values, np.nan))
    ax.plot(at, drawn, color=color, linewidth=1.6, drawstyle="steps-post" if counts else None, clip_on=False,
            marker="o" if len(at) <= _MOST_MARKS else None, markersize=3.5)  # fmt: skip
    if not counts:
        style.loss_axis(ax, finite, _DECADE)
    if counts:
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        ax.set_ylim(bottom=0)
    elif ax.get_yscale() == "linear":
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.margins(y=0.12)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_ylabel(style.label(name.replace("_", " ")), color=style.INK, fontsize=9, **style.VERBATIM)
    told = f"{values[-1]:.4g}".replace("-", "\N{MINUS SIGN}")
    ax.annotate(
        f"{told}\nin epoch {len(values)}", (1, 0.5), (6, 0), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="center", fontsize=8.5, color=style.FAINT,
    )  # fmt: skip


def _ending(run: Run) -> str:
    """Why the run stopped, in lines."""
    return "\n".join(textwrap.wrap(f"Stopped: {style.label(run.explanation.split('. ')[0], 180)}", 80))
