"""What an activation's curve has: kinks, jumps, and between which outputs it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown
from .activation_curves import activation_curve

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from ..core.activations import Activation

_INTERVALS = 4000
_HALVINGS = 36
_STARTS_AT = 0.3183098861837907
"""Where in an interval the grid begins: off the round numbers, where kinks are."""
_LEAST = 1e-6
"""A change of f or f' by less, beside its largest value, is none."""
_FAR, _FARTHER = 1e5, 1e6
"""Net inputs at which an output that still grows is taken to have no bound."""
_STILL = 1e-3


class Bend(NamedTuple):
    """Where an activation has no derivative: a kink, or a jump of f itself."""

    at: float
    left: float
    """f' beside a kink on its left; of a jump f."""
    right: float
    """The same on its right."""
    jumps: bool


class OutputRange(NamedTuple):
    """Between which outputs an activation stays; None: without a bound."""

    low: float | None
    high: float | None
    said: bool
    """Whether the activation says so itself; else they were found by looking."""


@takes_kinds
def bends(activation: str | Activation, low: float = -6.0, high: float = 6.0) -> list[Bend]:
    """The kinks and jumps of an activation of one net input between two net inputs, from left to right.

    Found by halving intervals towards where f, or f', changes the most. Raises ArgumentError for an unknown name and
    for bounds that bound nothing.

    >>> bends("relu"), bends("tanh")
    ([Bend(at=0.0, left=0.0, right=1.0, jumps=False)], [])
    """
    import numpy as np

    check_bounds(low, high)
    function = _known(activation)

    def value(n: np.ndarray) -> np.ndarray:
        return slopes_of(function, n)[0]

    def slope(n: np.ndarray) -> np.ndarray:
        return slopes_of(function, n)[1]

    width = (high - low) / _INTERVALS
    grid = low + width * (np.arange(-1, _INTERVALS + 1) + _STARTS_AT)
    found = [Bend(at, left, right, True) for at, left, right in _changes(value, grid)]
    at_jumps = [bend.at for bend in found]
    found += [
        Bend(at, left, right, False)
        for at, left, right in _changes(slope, grid)
        if not any(abs(at - jump) <= 2 * width for jump in at_jumps)
    ]
    return sorted(bend for bend in found if low <= bend.at <= high)


@takes_kinds
def output_range(activation: str | Activation) -> OutputRange:
    """The outputs between which an activation of one net input stays: as it says itself, or found by looking.

    >>> output_range("sigmoid"), output_range("relu")
    (OutputRange(low=0.0, high=1.0, said=True), OutputRange(low=0.0, high=None, said=False))
    """
    import numpy as np

    function = _known(activation)
    if function.outputs is not None:
        return OutputRange(*function.outputs, True)
    far = np.geomspace(1.0, _FARTHER, 601)
    n = np.concatenate([-far[::-1], np.linspace(-40.0, 40.0, 80_001), far])
    f = slopes_of(function, n)[0]
    known = np.isfinite(f)
    near = known & (np.abs(n) <= _FAR)
    if not near.any():
        return OutputRange(None, None, False)
    low, high = float(f[known].min()), float(f[known].max())
    before = float(f[near].min()), float(f[near].max())
    up = bool(np.isposinf(f).any()) or high - before[1] > _STILL * (1.0 + abs(before[1]))
    down = bool(np.isneginf(f).any()) or before[0] - low > _STILL * (1.0 + abs(before[0]))
    return OutputRange(None if down else low, None if up else high, False)


def slopes_of(function: Activation, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f(n) and f'(n) for net inputs (points,); of a step f' is 0, as it is wherever there is one."""
    import numpy as np

    from ..core.activations.steps import Step

    with np.errstate(all="ignore"):
        if isinstance(function, Step):
            return np.asarray(function(n)), np.zeros(len(n))
        curve = activation_curve(function, n)
    return curve.a, curve.derivative


def check_bounds(low: float, high: float) -> None:
    """Raise ArgumentError for bounds that bound nothing."""
    if not -1e6 <= low < high <= 1e6 or high - low < 1e-3:
        raise ArgumentError(
            f"low and high are {shown(low)} and {shown(high)}; they must be numbers from -1e6 to 1e6, low below high "
            "by 0.001 or more"
        )


def _known(activation: str | Activation) -> Activation:
    from ..core.activations import ACTIVATIONS

    return ACTIVATIONS.get(activation)


def _changes(of: Callable[[np.ndarray], np.ndarray], grid: np.ndarray) -> list[tuple[float, float, float]]:
    """Where a function jumps, with its values on both sides: every interval is halved towards the larger change."""
    import numpy as np

    left, right = grid[:-1], grid[1:]
    f_left, f_right = of(left), of(right)
    known = np.concatenate([f_left, f_right])
    known = known[np.isfinite(known)]
    if not known.size:
        return []
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        f_middle = of(middle)
        first = np.abs(f_middle - f_left) >= np.abs(f_right - f_middle)
        left, right = np.where(first, left, middle), np.where(first, middle, right)
        f_left, f_right = np.where(first, f_left, f_middle), np.where(first, f_middle, f_right)
    jumps = np.flatnonzero(np.abs(f_right - f_left) > _LEAST * (1.0 + np.abs(known).max()))
    scale = grid[-1] - grid[0]
    return [(_round(0.5 * (left[k] + right[k]), scale), float(f_left[k]), float(f_right[k])) for k in jumps]


def _round(value: float, scale: float) -> float:
    """Without what halving leaves over."""
    return 0.0 if abs(value) < 1e-9 * scale else float(f"{value:.9g}")
