"""The rules of a contour as its sliders show them: their settings, the largest stable rate, what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.kinds import is_finite_number, is_number
from ..errors import ArgumentError, shown
from ..optimizers.rule import Rule
from ..registry import replaced
from .formula_data import Json, finite

if TYPE_CHECKING:
    from ..surface import Descent, Path

TURNED = ("learning_rate", "momentum")
"""The settings of a rule that have a slider, where they are numbers."""
_WIDER = 3.0
"""A slider goes so many times as far as the largest stable rate."""
_GROWN = 1e3
"""An error that many times the first one, at the end of a path, is one that grows without end."""


def turned(rule: Any, values: Sequence[Any]) -> Any:
    """The rule at another learning rate and momentum, None where it has none; raises ArgumentError for what is none.

    >>> import thalweg as tw
    >>> turned(tw.optimizers.Momentum(0.1), [0.2, 0.5])
    Momentum(learning_rate=0.2, momentum=0.5, averaged=False, velocity=False)
    """
    if len(values) != len(TURNED):
        raise ArgumentError(f"{shown(list(values))} is no pair of a learning rate and a momentum")
    own = settings_of(rule)
    changes = {}
    for name, value in zip(TURNED, values, strict=True):
        if own[name] is None:
            continue
        if not is_finite_number(value):
            raise ArgumentError(f"the {name.replace('_', ' ')} is {shown(value)}; it must be a number")
        if value != own[name]:
            changes[name] = float(value)
    return replaced(rule, **changes) if changes else rule


def settings_of(rule: Any) -> dict[str, float | None]:
    """The learning rate and the momentum of a rule; None where it has none, or a schedule."""
    fields = {field.name for field in rule.numbers()} if isinstance(rule, Rule) else set()
    found: dict[str, float | None] = {}
    for name in TURNED:
        value = getattr(rule, name) if name in fields else None
        found[name] = float(value) if value is not None and is_number(value) else None
    return found


def slider_data(name: str, rule: Any, steepest: float, top: float = 0.0) -> dict[str, Json]:
    """A rule's settings, its largest stable rate, and how far its slider goes, which is to `top` at least."""
    settings = settings_of(rule)
    rate = settings["learning_rate"]
    data: dict[str, Json] = {"name": name, **settings}
    bound = None if rate is None else rule.stability()
    if rate is None:
        return data
    if bound is not None and steepest > 0:
        stable = bound.factor / steepest
        data |= {"bound": finite(stable), "formula": bound.formula}
        return {**data, "top": finite(max(top, _round(_WIDER * stable), _wide(rate)))}
    return {**data, "top": finite(max(top, _wide(rate, 10.0)))}


def _wide(rate: float, times: float = 1.0) -> float:
    """A round number that is not below so many times a rate."""
    return _round(times * rate) if rate > 0 else 1.0


def _round(value: float) -> float:
    """The next number of one or two digits that is not below a positive one.

    >>> [_round(0.3), _round(0.30001), _round(17.2)]
    [0.3, 0.31, 18.0]
    """
    power = floor(log10(value)) - 1
    step = 10.0**power
    count = value / step
    whole = round(count) if abs(count - round(count)) < 1e-9 * count else floor(count) + 1
    return float(f"{whole * step:.3g}")


def outcome(path: Path | Descent, rule: Any, steepest: float) -> tuple[str, bool]:
    """What a rate above the largest stable one does to a path, in words, and whether it diverges; "" for nothing."""
    rate = settings_of(rule)["learning_rate"]
    bound = None if rate is None else rule.stability()
    stable = bound.factor / steepest if bound is not None and steepest > 0 else None
    F, last = np.asarray(path.F), len(path.F) - 1
    grows = last > 0 and bool(F[-1] > F[0]) and bool(F[-1] > _GROWN * max(F[0], np.finfo(float).tiny))
    rising = last > 1 and bool(F[-1] > F[0] > 0) and bool(F[-1] > F[-2])
    far = path.stopped_because == "diverged" or grows
    if stable is not None and rate is not None and rate > stable * (1 + 1e-9):
        above = f"its rate {rate:.4g} is above {bound.formula if bound else ''} = {stable:.4g}"
        if far or rising:
            return f"diverges: {above}, and {_growth(path)}", True
        return f"{above}: it cannot settle where F is curved so", False
    if stable is not None and rate is not None and abs(rate - stable) <= 1e-9 * stable:
        return (
            f"its rate is {bound.formula if bound else ''} itself: it swings for ever along the steepest direction",
            False,
        )
    return (f"diverges: {_growth(path)}", True) if far else ("", False)


def _growth(path: Path | Descent) -> str:
    last = len(path.F) - 1
    if path.stopped_because == "diverged":
        return f"after {last} step{'s' * (last != 1)} it is not finite any more"
    return f"the error grew from {path.F[0]:.3g} to {path.F[-1]:.3g} in {last} step{'s' * (last != 1)}"
