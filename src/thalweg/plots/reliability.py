"""Whether probabilities can be believed: of what is said with 70 %, do 70 % come true?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.kinds import check_count, takes_kinds
from ..data.predictions import Label, judged
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

_Z = 1.959963984540054
"""The normal deviate of a two-sided 95 % interval."""


class CalibrationBins(NamedTuple):
    """Examples gathered by the probability that was given; arrays are (bins,), NaN where a bin is empty."""

    edges: np.ndarray
    """(bins + 1,)"""
    counts: np.ndarray
    given: np.ndarray
    """The mean probability that was given."""
    observed: np.ndarray
    """The share that came true."""
    low: np.ndarray
    """Of the 95 % interval of that share (Wilson 1927)."""
    high: np.ndarray
    error: float
    """The expected calibration error: Σ counts/examples · |observed - given| (Naeini et al. 2015)."""


@takes_kinds
def calibration_bins(
    actual: ArrayLike, probabilities: ArrayLike, classes: Sequence[Label] | None = None, *, bins: int = 10
) -> CalibrationBins:
    """Gather the examples in bins of equal width by the probability of the second of two classes.

    Of more classes it is the probability of the predicted one, which comes true where the prediction is right.
    Arguments are those of `roc`. Raises DataError for arrays that do not fit, ArgumentError for a number of bins that
    is not one.

    >>> told = calibration_bins([0, 0, 1, 1], [0.1, 0.3, 0.35, 0.8], bins=2)
    >>> told.counts.tolist(), told.given.round(3).tolist(), told.observed.round(3).tolist()
    ([3, 1], [0.25, 0.8], [0.333, 1.0])
    """
    import numpy as np

    bins = check_count("bins", bins, 1, 100)
    indices, chances, names = judged(actual, probabilities, classes)
    if len(names) == 2:
        given, true = chances[:, 1], indices == 1
    else:
        given, true = chances.max(axis=1), chances.argmax(axis=1) == indices
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, given, side="left") - 1, 0, bins - 1)  # (low, high], and 0 in the first
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(place, given, bins) / counts
        shares = np.bincount(place, true, bins) / counts
        center = (shares + _Z**2 / (2 * counts)) / (1 + _Z**2 / counts)
        reach = _Z / (1 + _Z**2 / counts) * np.sqrt(shares * (1 - shares) / counts + _Z**2 / (4 * counts**2))
    error = float(np.nansum(counts * np.abs(shares - means)) / len(indices))
    return CalibrationBins(edges, counts, means, shares, center - reach, center + reach, error)


@takes_kinds
def calibration(
    actual: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[Label] | None = None,
    *,
    bins: int = 10,
    ax: Axes | None = None,
) -> Figure:
    """Draw a reliability diagram: the share that came true over the probability given, and how many are in each bin.

    On the dashed line the probabilities can be taken at their word. Bars are 95 % intervals. Arguments and errors are
    those of `calibration_bins`.

    >>> figure = calibration([0, 0, 1, 1], [0.1, 0.3, 0.35, 0.8], bins=2)
    >>> figure.axes[0].lines[1].get_ydata().round(3)
    array([0.333, 1.   ])
    """
    import numpy as np

    told = calibration_bins(actual, probabilities, classes, bins=bins)
    _, _, names = judged(actual, probabilities, classes)
    filled = told.counts > 0
    given, observed = told.given[filled], told.observed[filled]

    figure, ax = style.canvas(ax, 5.2, 5.6)
    ax.plot([0, 1], [0, 1], color=style.FAINT, linestyle="--", linewidth=1.2, label="perfect calibration", zorder=1)
    ax.plot(
        given, observed, color=style.BLUE, marker="o", markersize=6, linewidth=1.6, label="observed", zorder=2.5,
        clip_on=False,
    )  # fmt: skip
    ax.vlines(given, told.low[filled], told.high[filled], color=style.BLUE, linewidth=1.2, label="95 % interval")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_aspect("equal")
    two = len(names) == 2
    ax.set_ylabel(
        f"share of {style.label(names[1])}" if two else "share of right ones", color=style.INK, **style.VERBATIM
    )
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK, loc="best")
    ax.tick_params(labelbottom=False)

    strip = ax.inset_axes((0, -0.26, 1, 0.22), sharex=ax)
    style.canvas(strip, 0, 0)
    width = np.diff(told.edges)
    strip.bar(told.edges[:-1], told.counts, width, align="edge", color=style.SKY_BLUE, edgecolor=style.BLUE)
    strip.set_ylim(0, 1.35 * told.counts.max())
    for left, count in zip(told.edges[:-1] + width / 2, told.counts, strict=True):
        if count and bins <= 20:
            strip.text(
                left,
                count,
                f"{count:,}",
                ha="center",
                va="bottom",
                fontsize=7 if told.counts.max() < 10_000 else 6,
                color=style.INK,
            )
    strip.set_yticks([])
    strip.set_ylabel("examples", color=style.INK, fontsize=8)
    what = f"probability given to {style.label(names[1])}" if two else "probability given to the predicted class"
    strip.set_xlabel(what, color=style.INK, **style.VERBATIM)
    explanation = f"{style.examples(int(told.counts.sum()))}, expected calibration error {told.error:.3f}"
    style.title(ax, "Calibration", explanation)
    return figure
