"""The error against one weight, with its tangent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..surface.along_weight import Descent, ErrorAlongWeight

_MOST_TANGENTS = 8
"""Steps that are drawn with a tangent and an arrow."""


@takes_kinds
def error_along_weight(curve: ErrorAlongWeight, *, ax: Axes | None = None) -> Figure:
    """Draw F against the weight, the weight's own value on it, and the tangent there, whose slope is the gradient.

    The tangent is as long as it stays in the picture. The steps of each path are points on the curve, with arrows from
    one to the next. AIFH figure 6.1.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> curve = tw.error_along_weight(net, "mse", net.unravel(np.array([2.0, 0.0])), P, T, "layer1[0,0]")
    >>> error_along_weight(curve).axes[0].texts[0].get_text()
    'slope 3: the weight must fall'
    """
    import numpy as np

    figure, ax = style.canvas(ax, 6.4, 4.2)
    finite = np.isfinite(curve.F)
    low, high = float(curve.F[finite].min()), float(curve.F[finite].max())
    margin = 0.08 * (high - low) or 0.5
    ax.plot(curve.values, curve.F, color=style.BLUE, linewidth=2, label="error")
    reach = 0.3 * np.ptp(curve.values)
    if curve.slope:
        reach = min(reach, 0.45 * (high - low + 2 * margin) / abs(curve.slope))
    ends = np.array([curve.at - reach, curve.at + reach])
    ax.plot(ends, curve.tangent(ends), color=style.VERMILION, linestyle=(0, (4, 1.5)), linewidth=1.8, label="tangent")
    ax.plot(
        [curve.at], [curve.F_at], marker="o", markersize=8, color=style.VERMILION, markeredgecolor=style.BLACK,
        linestyle="none", label=f"weight {curve.at:.4g}, error {curve.F_at:.4g}", zorder=3,
    )  # fmt: skip
    for number, path in enumerate(curve.paths):
        _draw_path(ax, path, number)
    ax.set_xlim(min(curve.values[0], curve.at), max(curve.values[-1], curve.at))
    ax.set_ylim(min(low, curve.F_at) - margin, max(high, curve.F_at) + margin)
    style.plain_ticks(ax.xaxis, curve.values[0], curve.values[-1])
    style.plain_ticks(ax.yaxis, low, high)
    ax.set_xlabel(style.label(curve.name, 60), color=style.INK, **style.VERBATIM)
    ax.set_ylabel(curve.error, color=style.INK)
    ax.legend(
        frameon=False, fontsize=9, labelcolor=style.INK, loc="upper center", bbox_to_anchor=(0.5, -0.14),
        ncols=3 - bool(curve.paths),
    )  # fmt: skip
    verdict = (
        "it does not matter here" if not curve.slope else f"the weight must {'fall' if curve.slope > 0 else 'rise'}"
    )
    style.title(ax, "Error against one weight", f"slope {curve.slope:.4g}: {verdict}")
    return figure


def _draw_path(ax: Axes, path: Descent, number: int) -> None:
    """The points of a path on the curve, a short tangent at each of the first, and arrows between those far apart."""
    import numpy as np

    color, marker, _ = style.look(number + 2)
    ax.plot(
        path.values, path.F, color=color, marker=marker, markersize=5, linestyle="none", zorder=4, gid=f"path {number}",
        label=f"{style.label(path.name)}: {len(path.steps)} steps to {path.values[-1]:.4g}, error {path.F[-1]:.4g}",
    )  # fmt: skip
    for k, (w, step) in enumerate(list(zip(path.values, path.steps, strict=False))[:_MOST_TANGENTS]):
        reach = np.array([w - 0.3 * abs(step), w + 0.3 * abs(step)])
        tangent = path.F[k] + path.slopes[k] * (reach - w)
        ax.plot(reach, tangent, color=color, linewidth=1.0, zorder=3, gid=f"step {number} {k}")
    for start, end in list(zip(range(len(path.steps)), range(1, len(path.values)), strict=True))[:_MOST_TANGENTS]:
        ax.annotate(
            "", (path.values[end], path.F[end]), (path.values[start], path.F[start]), zorder=3,
            arrowprops={"arrowstyle": "->", "color": color, "linewidth": 0.9, "linestyle": ":"},
        ).set_gid(f"step {number} {start}")  # fmt: skip
