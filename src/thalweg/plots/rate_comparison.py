"""Runs of several learning rates, side by side: too high a rate bounces or diverges, too low a one crawls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.arrays import float_array
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError
from . import style
from .curves import name_of_loss, thin_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ..training.run import Run

MOST_NAMED = 10
"""Of more numeric rates than these a colour scale tells which is which."""
_HEADROOM = 10.0
"""Losses above so many times the highest first loss are beyond the upper edge of the picture."""


_FAR = 1e6
"""Losses above so many times the upper edge are drawn as if they were there."""


class RateCurve(NamedTuple):
    """The curve of one learning rate."""

    rate: object
    loss: np.ndarray
    diverged_in: int | None
    """The epoch in which the run diverged; None if it did not."""


@takes_kinds
def rate_curves(runs: Sequence[Run | ArrayLike], rates: Sequence[object] | None = None) -> list[RateCurve]:
    """The curves of runs, or of loss arrays (epochs,), ordered by rate where all rates are numbers.

    A run's own learning rate is taken where `rates` are not given. A curve diverged if a loss is not finite, or if the
    run says so. Raises DataError for no runs or an empty one, ArgumentError for rates that are lacking.

    >>> [(curve.rate, curve.diverged_in) for curve in rate_curves([[1.0, float("inf")], [1.0, 0.5]], [2.0, 0.1])]
    [(0.1, None), (2.0, 2)]
    """
    import numpy as np

    from ..training.run import Run

    if not len(runs):
        raise DataError("there are no runs: a comparison needs one or more")
    if rates is not None and len(rates) != len(runs):
        raise ArgumentError(f"there are {len(runs)} runs and {len(rates)} rates: give one rate for each run")
    curves = []
    for number, run in enumerate(runs):
        told = run.history.loss if isinstance(run, Run) else run
        loss = float_array(f"run {number + 1}", told)
        if loss.ndim != 1 or not len(loss):
            raise DataError(
                f"run {number + 1} has losses of shape {loss.shape}: give one for each of one or more epochs"
            )
        bad = ~np.isfinite(loss)
        diverged_in = int(bad.argmax()) + 1 if bad.any() else None
        if diverged_in is None and isinstance(run, Run) and run.stopped_because == "diverged":
            diverged_in = len(loss)
        rate = rates[number] if rates is not None else _rate_of(run, number)
        curves.append(RateCurve(rate, loss, diverged_in))
    if _numeric(curves):
        curves.sort(key=lambda curve: _number(curve.rate) or 0.0)
    return curves


@takes_kinds
def learning_rates(
    runs: Sequence[Run | ArrayLike],
    rates: Sequence[object] | None = None,
    *,
    loss_name: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the loss of several runs, one for each learning rate, against the epoch (NCSU, AIFH).

    `runs` are runs, or losses (epochs,) each, whose `rates` are then given: numbers, or texts. Where a run diverged
    its curve ends in a cross. Raises as `rate_curves` does.

    >>> figure = learning_rates([[1.0, 0.9], [1.0, 0.2], [1.0, float("nan")]], [0.01, 0.1, 3.0])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['0.01: 0.9', '0.1: 0.2', '3: diverged in epoch 2']
    """
    from matplotlib.ticker import MaxNLocator

    from ..training.run import Run

    curves = rate_curves(runs, rates)
    own = ax is None
    figure, ax = style.canvas(ax, 6.8, 4.2)
    colors = _colors(len(curves))
    seen = _seen(curves)
    style.loss_axis(ax, seen)
    top = _top(seen, logarithmic=ax.get_yscale() == "log")
    for number, curve in enumerate(curves):
        _draw(ax, curve, number, colors[number], top)
    ax.set_ylim(top=top)
    longest = max(len(curve.loss) for curve in curves)
    if longest == 1:
        ax.set_xticks([1])
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlim(1, longest)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_xlabel("epoch", color=style.INK)
    if loss_name is None:
        loss_name = next((name_of_loss(run) for run in runs if isinstance(run, Run)), "loss")
    ax.set_ylabel(style.label(loss_name), color=style.INK, **style.VERBATIM)
    if len(curves) > MOST_NAMED and _numeric(curves):
        _add_scale(figure, ax, curves)
    else:
        legend = ax.legend(
            frameon=False, fontsize=8, labelcolor=style.INK, title="learning rate: last loss", title_fontsize=8,
            loc="upper left", bbox_to_anchor=(1.01, 1.02), alignment="left", ncols=1 + (len(curves) - 1) // 20,
        )  # fmt: skip
        for text in legend.get_texts():
            text.set_parse_math(False)
        if own:
            figure.set_figwidth(figure.get_figwidth() + 1.6 * ((len(curves) - 1) // 20))
    style.title(ax, "Comparison of learning rates", _explanation(curves))
    return figure


def _seen(curves: list[RateCurve]) -> np.ndarray:
    """The losses that the picture makes room for: of runs that did not diverge, if there are such."""
    import numpy as np

    chosen = [curve.loss for curve in curves if curve.diverged_in is None] or [curve.loss for curve in curves]
    losses = np.concatenate(chosen)
    losses = losses[np.isfinite(losses)]
    first = max((loss[0] for loss in chosen if np.isfinite(loss[0])), default=0.0)
    return losses[losses <= _HEADROOM * first] if first > 0 else losses


def _top(seen: np.ndarray, *, logarithmic: bool) -> float:
    """The upper edge, a little above all that is seen."""
    if not seen.size:
        return 1.0
    low, high = float(seen.min()), float(seen.max())
    if logarithmic:
        return high * (high / low) ** 0.08
    return high + (0.08 * (high - low) or 0.08 * abs(high) or 1.0)


def _draw(ax: Axes, curve: RateCurve, number: int, color: Any, top: float) -> None:
    """A curve; of a run that diverged up to where it leaves the picture, or was last finite, and a cross there."""
    import numpy as np

    epochs = np.arange(1.0, len(curve.loss) + 1)
    loss = np.where(np.isfinite(curve.loss), np.minimum(curve.loss, _FAR * abs(top)), np.nan)
    cross = None
    if curve.diverged_in is not None:
        leaves = np.flatnonzero(~np.isfinite(curve.loss) | (curve.loss > top))
        end = int(leaves[0]) if leaves.size else len(loss)
        if leaves.size and end > 0:
            epochs, loss = _up_to(epochs[:end], loss[:end], curve.loss[end], top, ax.get_yscale() == "log")
        elif leaves.size:
            epochs, loss = epochs[:1], np.array([top])
        cross = (epochs[-1], loss[-1])
    at, values = thin_curve(epochs, loss)
    ending = f"{curve.loss[-1]:.3g}" if curve.diverged_in is None else f"diverged in epoch {curve.diverged_in}"
    ax.plot(
        at, values, color=color, linestyle=style.DASHES[number % len(style.DASHES)], linewidth=1.7, zorder=2.5,
        marker="o" if len(at) == 1 and cross is None else None, markersize=4, label=f"{_shown(curve.rate)}: {ending}",
    )  # fmt: skip
    if cross is not None:
        ax.plot(
            *cross, marker="X", markersize=9, color=color, markeredgecolor="white", linestyle="none", zorder=3,
            clip_on=False,
        )  # fmt: skip


def _up_to(
    epochs: np.ndarray, loss: np.ndarray, following: float, top: float, logarithmic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """A curve with the point at which its line to the following loss leaves the picture."""
    import numpy as np

    if not np.isfinite(following):
        following = _FAR * abs(top)
    scale = np.log if logarithmic else np.asarray
    share = float((scale(top) - scale(loss[-1])) / (scale(following) - scale(loss[-1])))
    return np.append(epochs, epochs[-1] + share), np.append(loss, top)


def _colors(count: int) -> list[Any]:
    """From dark to light with the rate, which also a print in grey and a colour-blind reader show; not to white."""
    import numpy as np
    from matplotlib import colormaps

    return [colormaps["viridis"](place) for place in np.linspace(0.0, 0.88, count)]


def _add_scale(figure: Figure, ax: Axes, curves: list[RateCurve]) -> None:
    """A colour scale that names some of the rates, in the order and colours of the curves."""
    import numpy as np
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap

    count = len(curves)
    bar = figure.colorbar(
        ScalarMappable(BoundaryNorm(np.arange(count + 1) - 0.5, count), ListedColormap(_colors(count))), ax=ax
    )
    named = np.unique(np.linspace(0, count - 1, 8).round().astype(int))
    bar.set_ticks(named.tolist(), labels=[f"{_number(curves[index].rate):.2g}" for index in named])
    bar.ax.tick_params(labelsize=8, colors=style.INK, length=0)
    bar.ax.minorticks_off()
    bar.set_label("learning rate", color=style.INK)


def _explanation(curves: list[RateCurve]) -> str:
    import numpy as np

    diverged = sum(curve.diverged_in is not None for curve in curves)
    finished = [curve for curve in curves if curve.diverged_in is None]
    parts = [f"{diverged} of {len(curves)} diverged (\N{MULTIPLICATION SIGN})"] if diverged else []
    if finished:
        best = finished[int(np.argmin([curve.loss[-1] for curve in finished]))]
        parts.insert(0, f"lowest last loss: {best.loss[-1]:.3g} at {_shown(best.rate)}")
    return "; ".join(parts)


def _rate_of(run: Any, number: int) -> object:
    """A run's own learning rate; a schedule is told by its number at the start."""
    from ..training.run import Run

    rate = getattr(run.optimizer, "learning_rate", None) if isinstance(run, Run) else None
    if rate is None:
        found = "a rule without one" if isinstance(run, Run) else "no Run"
        raise ArgumentError(f"run {number + 1} is {found}: give the learning rates in rates=[...]")
    if callable(rate):
        first: Any = rate(0)
        return f"{float(first):g}, scheduled"
    return rate


def _numeric(curves: list[RateCurve]) -> bool:
    return all(_number(curve.rate) is not None for curve in curves)


def _number(rate: object) -> float | None:
    """A rate as a float, None if it is no number."""
    import numpy as np

    value: Any = rate.item() if isinstance(rate, np.generic) else rate
    return float(value) if isinstance(value, int | float) else None


def _shown(rate: object) -> str:
    number = _number(rate)
    return style.label(rate, 32) if number is None else f"{number:.4g}"
