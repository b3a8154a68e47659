"""A learning-rate range test: the loss while the rate rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import DataError
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..learning_rates.range_test import RangeTest


@takes_kinds
def range_test(test: RangeTest, *, ax: Axes | None = None) -> Figure:
    """Draw the loss against the rising learning rate, and on it where it fell fastest, was lowest, and bounced.

    The recommended rate is a line. Losses that are not finite are left out. Raises DataError where none is finite.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 64)[:, None]
    >>> test = tw.learning_rate_range_test(tw.mlp(1, 8, 1), P, np.sin(3 * P), batch_size="all")
    >>> [line.get_label().split(":")[0] for line in range_test(test).axes[0].lines]
    ['loss after each update', 'falls fastest', 'lowest', 'bounces', 'recommended']
    """
    import numpy as np

    finite = np.isfinite(test.losses)
    if not finite.any():
        raise DataError("no loss of the range test is finite: lower its lowest rate")
    losses = test.losses[finite]
    figure, ax = style.canvas(ax, 6.4, 4.2)
    ax.set_xscale("log")
    ax.plot(test.rates[finite], losses, color=style.BLUE, linewidth=1.8, label="loss after each update")
    marks = (
        ("falls fastest", test.steepest_at, "v", style.GREEN),
        ("lowest", test.lowest_at, "D", style.ORANGE),
        ("bounces", test.bounced_at, "X", style.VERMILION),
    )
    for name, rate, marker, color in marks:
        if rate is None:
            continue
        loss = float(np.interp(rate, test.rates[finite], losses))
        ax.plot(
            [rate], [loss], marker=marker, markersize=9, color=color, markeredgecolor=style.BLACK, linestyle="none",
            label=f"{name}: {rate:.3g}", zorder=3, clip_on=False,
        )  # fmt: skip
    if test.recommended is not None:
        ax.axvline(
            test.recommended, color=style.BLACK, linestyle=(0, (4, 1.5)), linewidth=1.4,
            label=f"recommended: {test.recommended:.3g}",
        )  # fmt: skip
    style.loss_axis(ax, losses)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_xlabel("learning rate", color=style.INK)
    ax.set_ylabel("loss", color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    style.title(ax, "Learning-rate range test", "" if test.recommended is not None else test.reason)
    return figure
