"""The flow of the gradient through the layers, at one point or over a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..diagnosis.flow import GradientFlow
    from ..diagnosis.flow_history import FlowHistory


@takes_kinds
def gradient_flow(flow: GradientFlow, *, ax: Axes | None = None) -> Figure:
    """Draw each layer's gradient and sensitivities (root mean squares, logarithmic) over its saturated and dead units.

    The layers stand in their order, the input's side left. What is 0 has no mark. Given an `ax`, only the upper part
    is drawn there.

    >>> import numpy as np, thalweg as tw
    >>> net, P = tw.mlp(1, 3, 3, 1, hidden="sigmoid"), np.array([[1.0], [2.0]])
    >>> figure = gradient_flow(tw.gradient_flow(net, "mse", net.init(0), P, P))
    >>> [tick.get_text() for tick in figure.axes[-1].get_xticklabels()]
    ['layer1\\nsigmoid', 'layer2\\nsigmoid', 'layer3\\nlinear']
    """
    import numpy as np

    layers = flow.layers
    at = np.arange(len(layers))
    below = None
    if ax is None:
        from .shown_figure import ShownFigure

        whole = ShownFigure(figsize=(max(6.4, 1.6 + 0.7 * len(layers)), 5.2), layout="compressed", facecolor="white")
        ax, below = whole.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    figure, ax = style.canvas(ax, 6.4, 4.0)
    for name, color, marker, dashes in (
        ("gradient_rms", style.BLUE, "o", "-"),
        ("sensitivity_rms", style.VERMILION, "s", (0, (4, 1.5))),
    ):
        values = np.array([getattr(layer, name) for layer in layers])
        label = {"gradient_rms": "gradient of a weight", "sensitivity_rms": "sensitivity of a unit"}[name]
        ax.plot(
            at, np.where((values > 0) & np.isfinite(values), values, np.nan), color=color, marker=marker,
            linestyle=dashes, linewidth=1.6, label=label,
        )  # fmt: skip
    if any(line.get_ydata()[np.isfinite(line.get_ydata())].size for line in ax.lines):  # pyright: ignore
        ax.set_yscale("log")
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_ylabel("root mean square", color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    style.title(ax, "Flow of the gradient", _shortened(flow.verdict))
    if below is not None:
        _draw_shares(below, flow, at)
    last = ax if below is None else below
    turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(layers) > 12 else {}
    names = [f"{style.label(layer.name, 12)}\n{layer.activation}" for layer in layers]
    last.set_xticks(at, names, fontsize=8.5, **turn, **style.VERBATIM)
    last.set_xlim(-0.5, len(layers) - 0.5)
    return figure


def _draw_shares(ax: Axes, flow: GradientFlow, at: np.ndarray) -> None:
    style.canvas(ax, 0, 0)
    saturated = [100 * (layer.saturated or 0.0) for layer in flow.layers]
    dead = [100 * layer.dead / layer.size for layer in flow.layers]
    ax.bar(at - 0.2, saturated, 0.36, color=style.SKY_BLUE, edgecolor=style.INK, linewidth=0.6,
           label=f"off or saturated: slope under {flow.threshold:g}")  # fmt: skip
    ax.bar(at + 0.2, dead, 0.36, color=style.BLACK, label="dead: slope always 0")
    ax.set_ylim(0, 135)
    ax.set_yticks(range(0, 101, 25))
    ax.set_ylabel("% of units", color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK, loc="upper right", ncols=2)


@takes_kinds
def gradient_flow_history(history: FlowHistory, number: str = "gradient_rms", *, ax: Axes | None = None) -> Figure:
    """Draw one number of each layer against the epoch, the layers from dark (near the input) to light.

    `number` is "gradient_rms", "sensitivity_rms", "update_ratio", "saturated", "slope", "output" or "weight". Raises
    ArgumentError for another one.

    >>> import numpy as np, thalweg as tw
    >>> net, P = tw.mlp(1, 3, 1), np.array([[0.0], [1.0]])
    >>> recorder = tw.FlowRecorder(net, "mse", P, P)
    >>> run = tw.train(net, P, P, epochs=3, callbacks=[recorder])
    >>> [line.get_label() for line in gradient_flow_history(recorder.history).axes[0].lines]
    ['layer1', 'layer2']
    """
    import numpy as np
    from matplotlib import colormaps

    if number not in _NUMBERS:
        raise ArgumentError(f"number is {shown(number)}; it must be one of {', '.join(_NUMBERS)}")
    values = history.numbers(number)
    figure, ax = style.canvas(ax, 6.4, 4.0)
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, len(history.layers)))
    for k, (name, shade) in enumerate(zip(history.layers, shades, strict=True)):
        ax.plot(
            history.epochs, values[:, k], color=shade, linewidth=1.8, linestyle=_DASHES[k % len(_DASHES)],
            label=style.label(name), marker="o" if len(history.epochs) == 1 else None,
        )  # fmt: skip
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        ax.set_yscale("log")
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_xlabel("epoch", color=style.INK)
    ax.set_ylabel(_NUMBERS[number], color=style.INK)
    ax.legend(frameon=False, fontsize=8.5, labelcolor=style.INK, ncols=1 + len(history.layers) // 9)
    style.title(ax, "Flow of the gradient over the run", _shortened(history.verdict))
    return figure


_NUMBERS = {
    "gradient_rms": "gradient of a weight (root mean square)",
    "sensitivity_rms": "sensitivity of a unit (root mean square)",
    "update_ratio": "update / weights",
    "saturated": "share saturated",
    "slope": "mean slope of the activation",
    "output": "output (root mean square)",
    "weight": "norm of the weights",
}
_DASHES: Sequence[object] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))


def _shortened(verdict: str) -> str:
    """The verdict without its remedies, wrapped; at most four lines."""
    import textwrap

    lines = [line for told in verdict.splitlines() for line in textwrap.wrap(told.split(". Remedy")[0], 76)]
    return "\n".join([*lines[:4], "…"] if len(lines) > 4 else lines)
