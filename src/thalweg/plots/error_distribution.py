"""How the errors of a regression are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import check_count, takes_kinds
from ..data.predictions import numbers, same_length
from ..errors import DataError
from . import style
from .parts import Fitted, Pairs, color_of, parts_of, scaled_told

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ..training.run import Run

_FAR = 3.0
"""Where 0 is farther from the errors than so many times their span it is not drawn, with a word."""
_HATCHES = ("", "///", "...", "xxx")


@takes_kinds
def error_histogram(actual: ArrayLike, predicted: ArrayLike, *, bins: int = 20, ax: Axes | None = None) -> Figure:
    """Draw how often errors e = actual - predicted of each size come, both (examples,) or (examples, 1).

    A solid line stands at 0, a dashed one at the mean error: what is left of it or right of it as a whole is a bias
    of the model.

    Raises DataError for no examples, lengths that do not match and values that are not finite; ArgumentError for a
    number of bins that is not one.

    >>> figure = error_histogram([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 3.5, 3.0], bins=3)
    >>> [int(patch.get_height()) for patch in figure.axes[0].patches]
    [2, 1, 1]
    """
    import numpy as np

    bins = check_count("bins", bins, 1, 1000)
    truth, guess = numbers("actual", actual, use="draw"), numbers("predicted", predicted, use="draw")
    same_length(truth, guess)
    with np.errstate(over="ignore"):
        errors = truth - guess
    edges, near = _edges(errors, bins)
    counts = np.histogram(errors, edges)[0]
    figure, ax = style.canvas(ax, 5.6, 4.0)
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=style.SKY_BLUE, edgecolor=style.BLUE, linewidth=0.8)
    _finish(ax, errors, near, counts.max())
    return figure


@takes_kinds
def error_histogram_by_part(
    parts: Run | Fitted | Pairs, *, output: int | None = None, bins: int = 20, ax: Axes | None = None
) -> Figure:
    """Draw how often errors e = target - output of each size come, those of training, validation and test stacked.

    The bars of the parts are stacked, so that a bar's whole height is that of all (MATLAB's ploterrhist); lines stand
    at 0 and at the mean of all errors. `parts` is a `Run`, whose own examples are drawn, or what `tw.fitnet` or its
    like leaves, drawn in the units of its arrays, or a dict of (targets, outputs) by the name of the part, both
    (examples, outputs); `output`, counted from 1, chooses one of several, whose errors are else all together.

    Raises as `regression` and `error_histogram` do.

    >>> figure = error_histogram_by_part({"training": ([1.0, 2.0], [1.5, 2.0]), "test": ([4.0], [3.0])}, bins=3)
    >>> [int(patch.get_height()) for patch in figure.axes[0].patches]
    [1, 1, 0, 0, 0, 1]
    """
    import numpy as np

    found = parts_of(parts)
    bins = check_count("bins", bins, 1, 1000)
    outputs = next(iter(found.values())).targets.shape[1]
    if output is not None:
        check_count("output", output, 1, outputs)
    chosen = range(outputs) if output is None else [output - 1]
    with np.errstate(over="ignore"):
        of_part = {
            name: np.concatenate([np.subtract(*part.of(number)) for number in chosen]) for name, part in found.items()
        }
    together = np.concatenate(list(of_part.values()))
    edges, near = _edges(together, bins)
    figure, ax = style.canvas(ax, 5.6, 4.0)
    bottom = np.zeros(len(edges) - 1)
    for number, (name, errors) in enumerate(of_part.items()):
        counts = np.histogram(errors, edges)[0]
        ax.bar(
            edges[:-1], counts, np.diff(edges), bottom=bottom, align="edge", color=color_of(name, number),
            edgecolor="white", linewidth=0.6, hatch=_HATCHES[number % len(_HATCHES)], label=style.label(name),
        )  # fmt: skip
        bottom = bottom + counts
    _finish(ax, together, near, bottom.max(), what=f"target \N{MINUS SIGN} output{scaled_told(parts)}")
    return figure


def _edges(errors: np.ndarray, bins: int) -> tuple[np.ndarray, bool]:
    """The edges of the bars, and whether 0 is so near that it can be drawn; DataError for errors too far apart."""
    import numpy as np

    with np.errstate(over="ignore"):
        span = np.ptp(errors)
    if not np.isfinite(span):
        raise DataError("the errors are too far apart to be drawn: give the values in a larger unit")
    low, high, largest = errors.min(), errors.max(), np.abs(errors).max()
    alike = span <= 4 * bins * np.spacing(largest)  # all the same, but for rounding
    near = bool(alike or low - _FAR * span <= 0 <= high + _FAR * span)
    if alike:
        half = 0.05 * largest or 0.5
        bins, low, high = 1, low - half, high + half
    return np.histogram_bin_edges(errors, bins, (low, high)), near


def _finish(
    ax: Axes, errors: np.ndarray, near: bool, highest: float, what: str = "actual \N{MINUS SIGN} predicted"
) -> None:
    """The lines at 0 and at the mean, the axes and the words."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    largest = np.abs(errors).max()
    scale = float(largest) or 1.0  # so that no sum and no square leaves the range of a float
    mean, deviation = scale * float((errors / scale).mean()), scale * float((errors / scale).std())
    if near:
        ax.axvline(0, color=style.BLACK, linewidth=1.6, label="no error")
    ax.axvline(
        mean,
        color=style.VERMILION,
        linestyle=(0, (4, 1.5)),
        linewidth=1.8,
        label=f"mean {mean:.3g}".replace("-", "\N{MINUS SIGN}"),
    )
    style.plain_ticks(ax.xaxis, *ax.get_xlim())
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6 if near else 2))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(0, 1.08 * highest)
    ax.set_xlabel(f"error: {what}", color=style.INK)
    ax.set_ylabel("examples", color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    explanation = f"{style.examples(len(errors))}, standard deviation {deviation:.3g}"
    beyond = "" if near else "; 0 is far beyond the edge"
    style.title(ax, "Error histogram", explanation + beyond)
