"""A network as a drawing: units in columns, weights as lines, shortcuts as arcs over what they skip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.kinds import check_count, takes_kinds
from ..errors import DataError
from . import style
from .diagram_layout import Group, Layout, apex, is_shortcut, lay_out
from .parts import Fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..core.network import Network, Parameters
    from ..files.model import Model
    from ..training.run import Run

MOST_ARCS = 24
"""With more shortcuts than this each is one broad arc from layer to layer."""
_UNDER = 2.0
"""Where an arc below a layer begins, under its name."""
_GREY = "#8a8a8a"


@takes_kinds
def network_diagram(
    net: Network | Run | Model | Fitted,
    params: Parameters | None = None,
    *,
    biases: bool = False,
    most_units: int = 10,
    ax: Axes | None = None,
) -> Figure:
    """Draw a network with its weights: blue lines are positive, red dashed ones negative, and wide ones large.

    Of a layer of more than `most_units` the first and last are drawn, with an ellipsis and the number left out, and of
    a very deep network the first and last layers. A line that skips layers (a shortcut) is an arc; where they are many
    there is one arc between two layers, as wide as the root of the mean square of its weights. With `biases` a unit
    that is always 1 stands before each layer that has them. Without `params` all lines are alike; a run or model
    brings its own.

    Raises ArgumentError for parameters that are not the network's, DataError for weights that are not finite.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    >>> [text.get_text() for text in network_diagram(net, net.init(0)).axes[0].texts][:3]
    ['input\\n2', 'layer1\\n3 tanh', 'layer2\\n1 sigmoid']
    """
    from ..core.network import Network

    net = net.run if isinstance(net, Fitted) else net
    if not isinstance(net, Network):
        params = net.params if params is None else params
        net = net.network
    most_units = check_count("most_units", most_units, 3, 100)
    if params is not None:
        _check(net, params)
    plan = lay_out(net, most_units, biases)

    size = (max(2.6, min(15.0, 1.9 * plan.columns)), max(2.0, min(9.0, 0.36 * (plan.top - plan.bottom + 2))))
    own = ax is None
    figure, ax = style.canvas(ax, *size)
    if not own:
        box = ax.get_window_extent()
        size = box.width / figure.dpi, box.height / figure.dpi
    step = min(size[0] / plan.columns * 0.45, size[1] / (plan.top - plan.bottom + 3))  # inches between two units
    ax.axis("off")
    ax.set_xlim(-0.5, plan.columns - 0.5)
    ax.set_ylim(plan.bottom, plan.top)

    lines = _Lines(_largest(params, biases))
    _connect(net, params, plan, lines)
    lines.draw(ax)
    diameter = 72 * min(0.26, 0.72 * step)
    for group in plan.groups.values():
        _draw_group(ax, group, diameter, size[0] / plan.columns)
    for x, y in plan.bias_units.values():
        _draw_units(ax, x, [y], "s", diameter)
        ax.text(x, y, "1", ha="center", va="center", fontsize=8, color=style.INK, zorder=3)
    if plan.gap_column is not None:
        ax.text(
            plan.gap_column, 0, f"…\n{plan.hidden_layers} more\nlayers", ha="center", va="center", fontsize=9,
            color=style.FAINT,
        )  # fmt: skip
    if params is not None:
        lines.add_legend(ax)
    told = [f"{net.parameter_count:,} parameter{'' if net.parameter_count == 1 else 's'}"]
    if lines.largest is not None:
        told.append(f"widest line: |w| = {lines.largest:.3g}")
    if plan.hidden_edges:
        told.append(f"{plan.hidden_edges} shortcuts over the gap are left out")
    style.title(ax, "Network", "; ".join(told))
    return figure


class _Lines:
    """The lines of a drawing, gathered: the places that each goes through, its weight, and whether it is an arc."""

    def __init__(self, largest: float | None) -> None:
        self.largest = largest
        self.paths: list[np.ndarray] = []
        self.weights: list[float] = []
        self.arcs: list[tuple[np.ndarray, float]] = []

    def add(self, path: np.ndarray, weight: float) -> None:
        """One weight."""
        self.paths.append(path)
        self.weights.append(weight)

    def draw(self, ax: Axes) -> None:
        """All of them, the smallest weights at the back."""
        import numpy as np
        from matplotlib.collections import LineCollection

        if self.arcs:
            share = [0.3 if self.largest is None else weight / self.largest for _, weight in self.arcs]
            ax.add_collection(
                LineCollection(
                    [path for path, _ in self.arcs], colors="#b0b0b0", linewidths=[1.5 + 5 * part for part in share],
                    capstyle="round", zorder=0.8, label="shortcuts between layers",
                ),
                autolim=False,
            )  # fmt: skip
        if not self.paths:
            return
        order = np.argsort(np.abs(self.weights), kind="stable")
        weights = np.asarray(self.weights)[order]
        if self.largest is None:
            look: dict[str, Any] = {"colors": _GREY, "linewidths": 0.8}
        else:
            share = np.abs(weights) / self.largest
            look = {
                "colors": [style.VERMILION if weight < 0 else style.BLUE for weight in weights],
                "linewidths": 0.3 + 2.7 * share,
                "linestyles": [(0, (4, 1.5)) if weight < 0 else "solid" for weight in weights],
                "alpha": 0.3 + 0.7 * share,
            }
        paths = [self.paths[index] for index in order]
        ax.add_collection(LineCollection(paths, zorder=1, label="weights", **look), autolim=False)

    def add_legend(self, ax: Axes) -> None:
        """What the colours say."""
        from matplotlib.lines import Line2D

        handles = [
            Line2D([], [], color=style.BLUE, linewidth=2, label="weight above 0"),
            Line2D([], [], color=style.VERMILION, linewidth=2, linestyle=(0, (4, 1.5)), label="below 0"),
        ]
        if self.arcs:
            handles.append(Line2D([], [], color="#b0b0b0", linewidth=5, label="shortcut between layers"))
        ax.legend(
            handles=handles, frameon=False, fontsize=9, labelcolor=style.INK, ncols=3, loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
        )  # fmt: skip


def _check(net: Network, params: Parameters) -> None:
    import numpy as np

    net.check_parameters(params)
    for name, (weights, bias) in params.items():
        if not all(np.isfinite(np.asarray(array)).all() for array in (*weights.values(), bias) if array is not None):
            raise DataError(f"layer {name!r} holds weights that are not finite: draw those of an earlier epoch")


def _largest(params: Parameters | None, biases: bool) -> float | None:
    """The largest absolute weight, 1 if all are 0; None without weights."""
    import numpy as np

    if params is None:
        return None
    arrays = [array for weights, bias in params.values() for array in (*weights.values(), bias if biases else None)]
    return max(float(np.abs(np.asarray(array)).max()) for array in arrays if array is not None) or 1.0


def _connect(net: Network, params: Parameters | None, plan: Layout, lines: _Lines) -> None:
    """Add every line between units that are drawn."""
    import numpy as np

    groups = plan.groups
    arcs = [edge for edge in plan.edges if is_shortcut(groups, *edge)]
    single = sum(len(groups[source].units) * len(groups[name].units) for source, name in arcs) <= MOST_ARCS
    for source, name in plan.edges:
        there, here = groups[source], groups[name]
        W = None if params is None else np.asarray(params[name].weights[source], dtype=np.float64)
        if (source, name) in arcs and not single:
            strength = 0.0 if W is None else float(np.sqrt(np.mean(W**2)))
            lines.arcs.append((_arc(plan, there, here, None, None), strength))
            continue
        for row, low in zip(here.units, here.heights, strict=True):
            for column, high in zip(there.units, there.heights, strict=True):
                path = np.array([[there.column, high], [here.column, low]])
                if (source, name) in arcs:
                    path = _arc(plan, there, here, high, low)
                lines.add(path, 0.0 if W is None else W[row, column])
    for name, place in plan.bias_units.items():
        bias = None if params is None else params[name].bias
        for row, height in zip(groups[name].units, groups[name].heights, strict=True):
            lines.add(np.array([place, (groups[name].column, height)]), 0.0 if bias is None else float(bias[row]))


def _arc(plan: Layout, there: Group, here: Group, start: float | None, end: float | None) -> np.ndarray:
    """A Bézier curve over (or under) the layers between, as points (points, 2); None: from or to the whole layer."""
    import numpy as np

    height = apex(plan.groups, there.name, here.name)
    over = height > there.heights[0]
    if start is None or end is None:
        start = there.heights[0] + 0.4 if over else there.heights[-1] - _UNDER
        end = here.heights[0] + 0.4 if over else here.heights[-1] - _UNDER
    bend = (height - (start + end) / 8) * 4 / 3  # so that the middle of the curve is at the apex
    reach = 0.3 * (here.column - there.column)
    t = np.linspace(0, 1, 40)[:, np.newaxis]
    corners = np.array(
        [[there.column, start], [there.column + reach, bend], [here.column - reach, bend], [here.column, end]]
    )
    factors = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return factors @ corners


def _draw_group(ax: Axes, group: Group, diameter: float, width: float) -> None:
    """The units of a group, and its name under them; `width` is that of its column, in inches."""
    _draw_units(ax, group.column, group.heights, "o" if group.activation else "s", diameter)
    if group.ellipsis is not None:
        ax.text(
            group.column, group.ellipsis, f"⋮ {group.size - len(group.units):,} more", ha="center", va="center",
            fontsize=8, color=style.FAINT, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1},
        )  # fmt: skip
    font = 9 if width > 1 else 8
    limit = max(5, int(72 * 0.95 * width / (0.58 * font)))
    lines = [style.label(group.name, limit), style.label(f"{group.size:,} {group.activation or ''}".strip(), limit)]
    ax.text(
        group.column, group.heights[-1] - 0.75, "\n".join(lines), ha="center", va="top", fontsize=font, color=style.INK,
        linespacing=1.3, **style.VERBATIM,
    )  # fmt: skip


def _draw_units(ax: Axes, x: float, heights: Sequence[float], marker: str, diameter: float) -> None:
    ax.scatter(
        [x] * len(heights), heights, s=diameter**2, marker=marker, facecolors="white", edgecolors=style.INK,
        linewidths=1.0, zorder=2,
    )  # fmt: skip
