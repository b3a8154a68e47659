"""How the weights, and the gradients, of each layer are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.kinds import check_count, takes_kinds
from ..errors import DataError
from . import style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..core.network import Network, Parameters

MOST_LAYERS = 24
"""Of a network with more layers so many are drawn, evenly chosen, the first and the last among them."""


class LayerHistogram(NamedTuple):
    """The distribution of a layer's weights, or of the logarithms of their absolute values."""

    layer: str
    counts: np.ndarray
    edges: np.ndarray
    values: int
    zeros: int
    """Values that are 0: they have no logarithm, and are counted here only."""
    middle: float
    """The mean; of absolute values the root of the mean square."""
    spread: float
    """The standard deviation."""


@takes_kinds
def layer_histograms(
    net: Network, params: Parameters, *, bins: int = 40, magnitudes: bool = False
) -> list[LayerHistogram]:
    """A histogram of each layer's weights, all over the same edges; biases are left out.

    With `magnitudes` it is one of log10 |w| over the values that are not 0. Raises ArgumentError for parameters that
    are not the network's, DataError naming the layer for values that are not finite.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> layer_histograms(net, net.init(0, "zeros"), bins=3)[0].counts
    array([0, 2, 0])
    """
    import numpy as np

    bins = check_count("bins", bins, 1, 1000)
    net.check_parameters(params)
    values = {
        layer.name: np.concatenate(
            [np.asarray(array, dtype=np.float64).ravel() for array in params[layer.name].weights.values()]
        )
        for layer in net.layers
    }
    for name, array in values.items():
        if not np.isfinite(array).all():
            raise DataError(f"layer {name!r} holds values that are not finite: draw those of an earlier epoch")
    shown = {name: np.log10(np.abs(array[array != 0])) if magnitudes else array for name, array in values.items()}
    everything = np.concatenate(list(shown.values()))
    edges = np.histogram_bin_edges(everything if everything.size else np.zeros(1), bins)
    result = []
    for name, array in values.items():
        mean, square = float(array.mean()), float(np.sqrt(np.mean(array**2)))
        result.append(
            LayerHistogram(
                name,
                np.histogram(shown[name], edges)[0],
                edges,
                array.size,
                int((array == 0).sum()),
                square if magnitudes else mean,
                float(array.std()),
            )
        )
    return result


@takes_kinds
def weight_histograms(net: Network, params: Parameters, *, bins: int = 40, ax: Axes | None = None) -> Figure:
    """Draw a histogram of the weights of each layer, from the first at the top to the output at the bottom.

    Each is scaled to its own height; biases are left out. Raises as `layer_histograms` does.

    >>> import thalweg as tw
    >>> net = tw.mlp(3, 4, 2)
    >>> [label.get_text() for label in weight_histograms(net, net.init(0)).axes[0].get_yticklabels()]
    ['layer1', 'layer2']
    """
    histograms = layer_histograms(net, params, bins=bins)
    words = [f"sd {told.spread:.2g}" for told in histograms]
    figure, ax = _ridges(histograms, words, ax, logarithmic=False)
    low, high = histograms[0].edges[[0, -1]]
    if low < 0 < high:
        ax.axvline(0, color=style.FAINT, linewidth=0.8, zorder=1)
    style.plain_ticks(ax.xaxis, low, high)
    ax.set_xlabel("weight", color=style.INK)
    style.title(ax, "Weights of each layer", _left_out(len(histograms)))
    return figure


@takes_kinds
def gradient_histograms(net: Network, gradient: Parameters, *, bins: int = 40, ax: Axes | None = None) -> Figure:
    """Draw a histogram of |∂F/∂w|, on a logarithmic axis, over the weights of each layer, the first at the top.

    Where gradients vanish the histograms of the first layers lie far to the left (NCSU, AIFH). `gradient` is what
    `tw.gradient` returns; derivatives that are 0 are counted beside their layer. Raises as `layer_histograms` does.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(3, 4, 2)
    >>> F, g = tw.gradient(net, "mse", net.init(0), np.ones((5, 3)), np.ones((5, 2)))
    >>> gradient_histograms(net, g).axes[0].get_xscale()
    'log'
    """
    histograms = layer_histograms(net, gradient, bins=bins, magnitudes=True)
    words = [
        f"rms {told.middle:.2g}" + (f"\n{100 * told.zeros / told.values:.0f} % are 0" if told.zeros else "")
        for told in histograms
    ]
    figure, ax = _ridges(histograms, words, ax, logarithmic=True)
    ax.set_xlabel("|∂F/∂w|", color=style.INK)
    style.title(ax, "Gradients of each layer", _left_out(len(histograms)))
    return figure


def _ridges(
    histograms: list[LayerHistogram], words: list[str], ax: Axes | None, *, logarithmic: bool
) -> tuple[Figure, Axes]:
    """One histogram under another over the same axis, each with its name at the left and a word at the right."""
    import numpy as np

    layers = len(histograms)
    chosen = np.unique(np.linspace(0, layers - 1, min(layers, MOST_LAYERS)).round().astype(int))
    edges = 10.0 ** histograms[0].edges if logarithmic else histograms[0].edges
    figure, ax = style.canvas(ax, 6.0, max(2.2, min(9.0, 1.2 + 0.62 * len(chosen))))
    if logarithmic:
        ax.set_xscale("log")
    bottoms = np.arange(len(chosen))[::-1]
    for index, bottom in zip(chosen, bottoms, strict=True):
        told = histograms[index]
        heights = 0.85 * told.counts / max(told.counts.max(), 1)
        ax.stairs(bottom + heights, edges, baseline=bottom, fill=True, facecolor=style.SKY_BLUE, zorder=2)
        ax.stairs(bottom + heights, edges, baseline=bottom, color=style.BLUE, linewidth=0.8, zorder=2.1)
        ax.text(
            1.01, bottom + 0.08, words[index], transform=ax.get_yaxis_transform(), fontsize=8, color=style.FAINT,
            va="bottom",
        )  # fmt: skip
    ax.set_yticks(bottoms, [style.label(histograms[index].layer) for index in chosen], **style.VERBATIM)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(-0.03, len(chosen))
    return figure, ax


def _left_out(layers: int) -> str:
    return f"{MOST_LAYERS} of {layers} layers" if layers > MOST_LAYERS else ""
