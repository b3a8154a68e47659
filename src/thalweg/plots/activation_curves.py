"""An activation with its derivative, and where it is saturated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ..core.arrays import float_array
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError, shown
from . import style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..core.activations import Activation

_COMPANIONS = 2
"""Net inputs held at 0 beside the one that varies, for an activation of a whole layer."""
_PIXELS = 601


class ActivationCurve(NamedTuple):
    """An activation along its net input: each array is (points,)."""

    n: np.ndarray
    a: np.ndarray
    """f(n)."""
    derivative: np.ndarray
    """f'(n); of softmax ∂a₁/∂n₁."""
    cross: np.ndarray | None
    """∂a₂/∂n₁ of an activation that mixes the net inputs of a layer, as softmax does; None for the others."""


@takes_kinds
def activation_curve(activation: str | Activation, n: np.ndarray) -> ActivationCurve:
    """f(n) and f'(n) for net inputs (points,); of softmax those of its first of three, the others being 0.

    >>> import numpy as np
    >>> activation_curve("sigmoid", np.array([0.0]))
    ActivationCurve(n=array([0.]), a=array([0.5]), derivative=array([0.25]), cross=None)
    """
    import numpy as np

    from ..core.activations import ACTIVATIONS, Elementwise

    function: Activation = ACTIVATIONS.get(activation)
    n = float_array("n", n)
    if n.ndim != 1:
        raise DataError(f"n has shape {n.shape}; it must be (points,)")
    mixes = not isinstance(function, Elementwise)
    net = np.zeros((len(n), 1 + _COMPANIONS if mixes else 1))
    net[:, 0] = n
    direction = np.zeros_like(net)
    direction[:, 0] = 1.0
    a = np.asarray(function(net))
    slope = np.asarray(function.push(net, a, direction))
    return ActivationCurve(n, a[:, 0], slope[:, 0], slope[:, 1] if mixes else None)


def saturated_stretches(curve: ActivationCurve, threshold: float) -> list[tuple[float, float]]:
    """Where f levels off, as (first, last) net inputs of each stretch: |f'| is below the threshold to an end.

    A slope of 0 between others, as at the bottom of a parabola, is no saturation, nor is a unit that is off, as ReLU's
    below 0, where the slope is 0 throughout.

    >>> import numpy as np
    >>> saturated_stretches(activation_curve("sigmoid", np.array([-9.0, -6.0, 0.0, 1.0])), 0.05)
    [(-9.0, -6.0)]
    >>> saturated_stretches(activation_curve("relu", np.array([-2.0, -1.0, 0.0, 1.0])), 0.05)
    []
    """
    import numpy as np

    low = np.abs(curve.derivative) < threshold
    edges = np.flatnonzero(np.diff(np.pad(low, 1).astype(int))).reshape(-1, 2)
    return [
        (float(curve.n[first]), float(curve.n[end - 1]))
        for first, end in edges
        if (first == 0 or end == len(low)) and np.ptp(curve.derivative[first:end]) > 0
    ]


@takes_kinds
def activation_and_derivative(
    activation: str | Activation,
    *,
    low: float = -6.0,
    high: float = 6.0,
    saturated_below: float = 0.05,
    ax: Axes | None = None,
) -> Figure:
    """Draw f(n) and f'(n) over the net input n, and shade where f is saturated: |f'(n)| < `saturated_below`.

    There almost no error comes through to the layers before (AIFH figures 6.3, 6.4; NCSU). An activation of a whole
    layer, as softmax, is drawn by its first output over its first net input, two others being 0.

    Raises ArgumentError for an unknown name and for bounds that bound nothing.

    >>> figure = activation_and_derivative("tanh")
    >>> [line.get_label() for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    ['f(n)', "f'(n)"]
    """
    import numpy as np

    from ..core.activations import ACTIVATIONS

    low, high = float(low), float(high)
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low) and low < high):
        raise ArgumentError(
            f"low and high are {shown(low)} and {shown(high)}; they must be finite numbers, low below high"
        )
    if not 0 <= saturated_below < math.inf:
        raise ArgumentError(f"saturated_below is {saturated_below}; it must be a finite number of at least 0")
    function = ACTIVATIONS.get(activation)
    curve = activation_curve(function, np.linspace(low, high, _PIXELS))

    figure, ax = style.canvas(ax, 5.6, 4.0)
    ax.axhline(0, color=style.FAINT, linewidth=0.8, zorder=1)
    if low < 0 < high:
        ax.axvline(0, color=style.FAINT, linewidth=0.8, zorder=1)
    mixes = curve.cross is not None
    ax.plot(curve.n, curve.a, color=style.BLUE, linewidth=2, label="a₁" if mixes else "f(n)")
    slope = "∂a₁/∂n₁" if mixes else "f'(n)"
    ax.plot(curve.n, curve.derivative, color=style.VERMILION, linestyle=(0, (4, 1.5)), linewidth=2, label=slope)
    if curve.cross is not None:
        ax.plot(curve.n, curve.cross, color=style.GREEN, linestyle=(0, (1, 1.2)), linewidth=2, label="∂a₂/∂n₁")
    wide = activation_curve(function, np.linspace(2 * low - high, 2 * high - low, 3 * _PIXELS))
    level = [(max(first, low), min(last, high)) for first, last in saturated_stretches(wide, saturated_below)]
    for number, (first, last) in enumerate(stretch for stretch in level if stretch[0] < stretch[1]):
        ax.axvspan(
            first, last, facecolor="#eeeeee", edgecolor="#cccccc", hatch="///", linewidth=0, zorder=0.5,
            label=f"saturated: |{slope}| < {saturated_below:g}" if number == 0 else None,
        )  # fmt: skip
    ax.set_xlim(low, high)
    ax.margins(y=0.08)
    ax.set_xlabel("net input n₁" if mixes else "net input n", color=style.INK)
    ax.legend(
        frameon=False, fontsize=9, labelcolor=style.INK, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4,
        columnspacing=1.2,
    )  # fmt: skip
    explanation = f"{1 + _COMPANIONS} net inputs, the others 0" if mixes else ""
    style.title(ax, style.label(_told(function), 48), explanation)
    return figure


def _told(function: Activation) -> str:
    """The activation's name, and its settings where they are there."""
    from ..core.activations import ACTIVATIONS

    if not ACTIVATIONS.has(function):
        return type(function).__name__
    settings = ACTIVATIONS.describe(function)
    name = settings.pop("name")
    values = (value if isinstance(value, str) else f"{key} {value:g}" for key, value in settings.items())
    return f"{name}{' (' if settings else ''}{', '.join(values)}{')' if settings else ''}"
