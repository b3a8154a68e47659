"""What an output function can give, and targets that lie outside it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..core.activations import ACTIVATIONS, Activation, Elementwise, Linear, Softmax
from ..core.activations.steps import Step
from ..core.network import Network
from .finding import Finding

_FAR = np.concatenate([-np.logspace(6, -3, 400), [0.0], np.logspace(-3, 6, 400)])
_NEAR = np.abs(_FAR) <= 1e3
_SETTLED = 0.01
"""A function that goes on by more than this share of itself from net inputs of 1,000 to 1,000,000 has no limit."""
_ROUNDING = 1e-4
"""Targets so little outside, as a share of 1 and of the limit, are told nothing."""


def reach(activation: Activation) -> tuple[float, float]:
    """Between which values the outputs of an activation lie, as its values tell; infinite where it has no limit.

    >>> from thalweg.core.activations import Softplus, Tanh
    >>> reach(Tanh()), reach(Softplus())
    ((-1.0, 1.0), (0.0, inf))
    """
    if type(activation) is Softmax:
        return 0.0, 1.0
    if isinstance(activation, Linear) or not isinstance(activation, Elementwise | Step):
        return -np.inf, np.inf  # of a layer whose outputs depend on each other one unit tells nothing
    try:
        return _seen(activation)
    except TypeError:  # an activation of one's own that cannot be hashed
        return _seen.__wrapped__(activation)


@lru_cache(maxsize=256)
def _seen(activation: Activation) -> tuple[float, float]:
    """The limits of the values from net inputs of -1,000,000 to 1,000,000."""
    with np.errstate(all="ignore"):
        a = np.nan_to_num(np.asarray(activation(_FAR[:, None]))[:, 0], nan=0.0, posinf=np.inf, neginf=-np.inf)
    near = a[_NEAR]
    low, high = float(a.min()), float(a.max())
    if low < near.min() - _SETTLED * max(1.0, abs(near.min())):
        low = -np.inf
    if high > near.max() + _SETTLED * max(1.0, abs(near.max())):
        high = np.inf
    return float(f"{low:.4g}") + 0.0, float(f"{high:.4g}") + 0.0


def targets_in_reach(net: Network, T: np.ndarray, weight: np.ndarray | None = None) -> tuple[Finding, ...]:
    """A finding if targets (examples, outputs) lie outside what the output function of a network can give.

    With a weight of each, those of weight 0 are not looked at.

    >>> import thalweg as tw
    >>> print(*targets_in_reach(tw.mlp(1, 1, output="sigmoid"), np.array([[5.0], [45.0]])))
    targets lie outside what a sigmoid can give (0 to 1): 5 to 45. Remedy: a linear output, or targets scaled into it
    """
    last = net.output
    if isinstance(last.activation, Linear):
        return ()
    name = _with_article(last.activation)
    whole = T
    if weight is not None and weight.ndim == 2:
        whole, T = T[(weight > 0).all(axis=1)], T[weight > 0]
    lowest, highest = float(T.min()), float(T.max())
    sums = type(last.activation) is Softmax
    if not sums or lowest < 0 or highest > 1:
        low, high = reach(last.activation)
        least, most = (limit - sign * _ROUNDING * max(1.0, abs(limit)) for limit, sign in ((low, 1), (high, -1)))
        if lowest < least or highest > most:
            outside = int(np.count_nonzero(np.clip(T, least, most) != T))
            which = "targets lie" if outside == T.size else f"{outside:,} of {T.size:,} targets lie"
            text = f"{which} outside what {name} can give ({_told(low, high)}): {lowest:.3g} to {highest:.3g}"
            return (Finding("out of reach", (last.name,), text, "a linear output, or targets scaled into it"),)
    if sums:
        off = np.abs(whole.sum(axis=1) - 1.0) > 1e-3
        if off.any():
            which = f"{int(off.sum()):,} of {len(whole):,} examples have targets"
            text = f"{which} that do not add up to 1, as the outputs of a softmax do"
            remedy = "one-hot targets; or sigmoid outputs, where an example may be of several classes or of none"
            return (Finding("out of reach", (last.name,), text, remedy),)
    return ()


def _with_article(activation: Activation) -> str:
    name = ACTIVATIONS.name_of(activation) if ACTIVATIONS.has(activation) else type(activation).__name__
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _told(low: float, high: float) -> str:
    if high == np.inf:
        return f"{low:g} or more"
    return f"{high:g} or less" if low == -np.inf else f"{low:g} to {high:g}"
