"""From what the room Landscape is to show to the network, its examples, and the picture of its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.network import Network, Parameters
from ..core.weight_names import find_weight, index_of, name_of, weight_at
from ..errors import ArgumentError
from ..optimizers import RULES
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.rule import Rule
from ..surface import Quadratic, demonstration, quadratic, with_weights
from ..training.arguments import default_loss
from ..widgets import Contour
from .building import Built
from .landscape_state import ADAM, DESCENT, NETWORK, Chosen, State, chosen_of

POINTS = 60
"""Of the grid along each axis: so few that a page is quick, and the contours are still smooth."""
_MOST_WORK = 150_000_000
"""Points of the grid times examples times units: about three seconds."""
_NETWORK_RULES, _NETWORK_STEPS = (("gd", 0.1), ("adam", 0.1)), 100


@dataclass(frozen=True, eq=False)
class Case:
    """What is drawn, and from where the rules are followed on it."""

    state: State
    title: str
    about: str
    net: Network
    loss: Any
    params: Parameters
    P: Any
    T: Any
    weights: tuple[str, str]
    span: tuple[tuple[float, float], tuple[float, float]]
    start: tuple[float, float]
    rules: tuple[Chosen, ...]
    steps: int
    alone: bool
    l2: float = 0.0
    given: str = ""
    """Of the case "network": how many updates its weights have had, in words."""

    @property
    def from_start(self) -> Parameters:
        """The parameters at the start."""
        return with_weights(self.net, self.params, dict(zip(self.weights, self.start, strict=True)))

    def picture(self, work: Any = None) -> Contour:
        """The error over the two weights, with the rules followed from the start."""
        return Contour(
            self.net, self.loss, self.from_start, self.P, self.T, self.weights,
            [one.made() for one in self.rules], steps=self.steps, only=self.alone, span=self.span, points=POINTS,
            l2=self.l2, view=self.state.view, eigenvectors=self.state.eigenvectors, work=work,
        )  # fmt: skip


def case_of(state: State, built: Built | None = None, params: Parameters | None = None, updates: int = 0) -> Case:
    """The case of a state; `built`, `params` and `updates` are the training of the page, for the case "network".

    Raises ArgumentError for weights that do not exist, and a start outside of what is drawn.

    >>> case = case_of(State())
    >>> case.weights, case.start, case.rules
    (('a[0,0]', 'a[0,1]'), (-1.0, -2.95), (Chosen(name='gd', learning_rate=0.01, momentum=None),))
    """
    if state.case == NETWORK:
        assert built is not None
        return _of_network(state, built, built.recipe.params if params is None else params, updates)
    shown = demonstration(state.case)
    view = shown.views[state.pair - 1 if state.case == ADAM else 0]
    P, T, span = shown.P, shown.T, view.span
    if state.data:
        rows = np.array(state.data)
        P, T = rows[:, :2], rows[:, 2:]
        span = _span_of(quadratic(shown.network, shown.loss, P, T), view.span, state.start or view.start)
    return Case(
        state, shown.title, shown.source, shown.network, shown.loss, shown.params, P, T, view.weights, span,
        _start(state, view.weights, span, view.start), state.rules or _named(shown.rules), state.steps or shown.steps,
        alone=state.case != DESCENT,
    )  # fmt: skip


def names_of(net: Network, most: int = 2000) -> list[str]:
    """The names of a network's weights, the first ones of a large network."""
    return [name_of(net, weight_at(net, k)) for k in range(min(most, net.parameter_count))]


def offered_rules(case: Case) -> list[str]:
    """The rules that can be followed: those that move all weights at once cannot hold others."""
    return [
        name for name in RULES if case.state.case == DESCENT or not case.alone
        or not issubclass(RULES[name], FullBatchRule)
    ]  # fmt: skip


def _of_network(state: State, built: Built, params: Parameters, updates: int) -> Case:
    net, part, options = built.network, built.prepared.train, built.options
    if net.parameter_count < 2:
        raise ArgumentError("the network has one parameter, and a landscape needs two: add a unit in the room Train")
    names = state.weights or tuple(names_of(net, 2))
    places = [index_of(net, find_weight(net, name)) for name in names]
    if places[0] == places[1]:
        raise ArgumentError(f"weight {names[0]!r} is chosen twice: a landscape needs two weights")
    x = np.asarray(net.ravel(params), dtype=np.float64)
    if not np.isfinite(x).all():
        raise ArgumentError("the weights of the training are not finite any more: reset it in the room Train")
    P, T = np.asarray(part.P, dtype=np.float64), np.asarray(part.T, dtype=np.float64)
    rows = max(1, _MOST_WORK // (POINTS * POINTS * sum(net.sizes.values())))
    about = f"{built.name}: {len(T):,} rows of the training part"
    if rows < len(T):
        P, T, about = P[:rows], T[:rows], f"{about}, of which the first {rows:,} are taken here"
    own = tuple(float(x[place]) for place in places)
    reach = [max(3.0, abs(value)) for value in own]
    first, second = ((value - half, value + half) for value, half in zip(own, reach, strict=True))
    given = f"after {updates:,} update{'s' * (updates != 1)}" if updates else "at their initial values"
    penalties = {name: options.get(name) or 0.0 for name in ("l1", "l2")}
    if penalties["l1"]:
        about += "; its l1 penalty is left out"
    names = tuple(name_of(net, weight_at(net, place)) for place in places)
    return Case(
        state, "The network of the room Train", f"{about}; its other weights are {given}", net,
        options.get("loss") or default_loss(net), net.unravel(x), P, T, (names[0], names[1]), (first, second),
        _start(state, names, (first, second), (own[0], own[1])),
        state.rules or tuple(Chosen(name, rate) for name, rate in _NETWORK_RULES), state.steps or _NETWORK_STEPS,
        alone=state.alone, l2=penalties["l2"], given=given,
    )  # fmt: skip


def _named(rules: tuple[Rule, ...]) -> tuple[Chosen, ...]:
    return tuple(chosen_of(RULES.name_of(rule), rule) for rule in rules)


def _start(state: State, names: Any, span: Any, own: tuple[float, float]) -> tuple[float, float]:
    if not state.start:
        return own
    for name, value, (low, high) in zip(names, state.start, span, strict=True):
        if not low <= value <= high:
            raise ArgumentError(
                f"the start has {name} = {value:g}, outside of the picture, which goes from {low:g} to {high:g}"
            )
    return state.start[0], state.start[1]


def _span_of(F: Quadratic, usual: Any, start: tuple[float, ...]) -> Any:
    """A range that holds the minimum and the start: the usual one, if it does."""
    lowest = F.minimum if F.has_minimum else np.asarray(start)
    held = [(low, high) for low, high in usual]
    if all(low + 0.5 <= x <= high - 0.5 for x, (low, high) in zip(lowest, held, strict=True)):
        return usual
    half = max(3.0, 1.2 * float(np.abs(np.asarray(start) - lowest).max()))
    return tuple((float(x - half), float(x + half)) for x in lowest)
