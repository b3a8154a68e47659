"""The error along one direction through the parameters, its parabola, and where a learning rate leads on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..surface.along_direction import ErrorAlongDirection

_UPDATES = 6
"""As many are drawn, or as far as they stay in the picture, and the one that leaves it."""
_SEEN = 0.01
"""Of the width: updates that go less far than this are not drawn."""


@takes_kinds
def error_along_direction(
    curve: ErrorAlongDirection, *, learning_rate: float | None = None, ax: Axes | None = None
) -> Figure:
    """Draw F against the distance along a direction, and the parabola of its slope and curvature at the point.

    With a `learning_rate`, the first updates of gradient descent on the parabola are marked, up to one that leaves the
    picture: they come nearer to its lowest point below 2/curvature, and go further from it above. NND P3.3. Raises
    ArgumentError for a rate that is not above 0.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0]]), np.array([[5.0]])
    >>> along = tw.error_along_direction(net, "sse", net.unravel(np.zeros(2)), P, T, np.array([1.0, 0.0]))
    >>> figure = error_along_direction(along, learning_rate=0.9)
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['error', 'parabola of slope and curvature', 'gradient descent, rate 0.9', 'the point']
    """
    import numpy as np

    if learning_rate is not None and not learning_rate > 0:
        raise ArgumentError(f"learning_rate is {shown(learning_rate)}; it must be above 0")
    figure, ax = style.canvas(ax, 6.4, 4.2)
    steps, parabola = curve.steps, curve.parabola(curve.steps)
    finite = curve.F[np.isfinite(curve.F)]
    low, high = min(finite.min(), curve.F_at), max(finite.max(), curve.F_at)
    low = max(min(low, float(parabola.min())), low - (high - low))
    high = min(max(high, float(parabola.max())), max(high, curve.F_at + 2 * (high - low)))
    margin = 0.06 * (high - low) or 0.5
    ax.plot(steps, curve.F, color=style.BLUE, linewidth=2, label="error")
    ax.plot(
        steps, parabola, color=style.VERMILION, linestyle=(0, (4, 1.5)), linewidth=1.6,
        label="parabola of slope and curvature",
    )  # fmt: skip
    if learning_rate is not None:
        went = curve.descent(learning_rate, _UPDATES)
        inside = np.cumprod((went >= steps[0]) & (went <= steps[-1])).sum()
        width = steps[-1] - steps[0]
        went = np.clip(went[: inside + 1], steps[0] - 100 * width, steps[-1] + 100 * width)
        if inside and np.ptp(went) > _SEEN * width:
            ax.plot(
                went, curve.parabola(went), color=style.BLACK, linewidth=0.9, marker=".", markersize=7,
                label=f"gradient descent, rate {learning_rate:.3g}",
            )  # fmt: skip
    ax.plot(
        [0.0], [curve.F_at], marker="o", markersize=8, color=style.VERMILION, markeredgecolor=style.BLACK,
        linestyle="none", label="the point", zorder=3,
    )  # fmt: skip
    ax.set_xlim(steps[0], steps[-1])
    ax.set_ylim(low - margin, high + margin)
    style.plain_ticks(ax.xaxis, steps[0], steps[-1])
    style.plain_ticks(ax.yaxis, low, high)
    ax.set_xlabel(f"distance along the {style.label(curve.name, 60)}", color=style.INK, **style.VERBATIM)
    ax.set_ylabel(curve.error, color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    rate = f"; a rate above 2/{curve.curvature:.3g} = {2 / curve.curvature:.3g} bounces" if curve.curvature > 0 else ""
    told = f"slope {curve.slope:.3g}, curvature {curve.curvature:.3g}{rate}".replace("-", "\N{MINUS SIGN}")
    style.title(ax, "Error along a direction", told)
    return figure
