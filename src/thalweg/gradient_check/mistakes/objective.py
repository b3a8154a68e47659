"""What a student's function is of a network: its loss, that loss with a factor or penalties, another one, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...core.activations import ACTIVATIONS
from ...core.losses import LOSSES, Reduction
from ...core.network import Layer, Network, Parameters
from ...errors import ThalwegError
from .numbers import known_factor
from .packing import Packing
from .problem import Problem

POINTS = 8
"""At so many points the function is compared: more than the numbers that may be found."""
_EXACT, _SINGLE = 1e-9, 3e-5


class Recognised(NamedTuple):
    """What a function was seen to be, by which packing, and what is to be told of it."""

    problem: Problem
    packing: Packing
    note: str = ""


def recognise(problem: Problem, ways: Sequence[Packing], X: Sequence[np.ndarray], F: np.ndarray) -> Recognised | None:
    """The problem and the packing by which F comes out at the points X; None for another function.

    What was asked for comes first, then its loss by a factor or with penalties, another loss, another activation in one
    layer.
    """
    if not np.isfinite(F).all():
        return None
    for near in (_EXACT, _SINGLE):
        for way in ways:
            if _agrees(problem, _at(problem, way, X), F, near):
                return Recognised(problem, way)
        for way in ways:
            found = _with_terms(problem, _at(problem, way, X), F, near)
            if found is not None:
                return Recognised(found, way, f"function(x) is {_told(problem, found)}")
    for way in ways[:4]:
        for other, what in _others(problem):
            params = _at(other, way, X)
            found = other if _agrees(other, params, F, _EXACT) else _with_terms(other, params, F, _EXACT)
            if found is not None:
                told = "" if found is other else f", and {_told(other, found)}"
                return Recognised(found, way, f"function(x) is what comes out {what}{told}")
    return None


def _at(problem: Problem, way: Packing, X: Sequence[np.ndarray]) -> list[Parameters]:
    return [problem.net.unravel(x[way.order]) for x in X]


def _agrees(problem: Problem, params: Sequence[Parameters], F: np.ndarray, near: float) -> bool:
    for at, value in zip(params, F, strict=True):
        found = problem.value(at)
        if not abs(found - value) <= near * max(abs(found), abs(value)):
            return False
    return True


def _with_terms(problem: Problem, params: Sequence[Parameters], F: np.ndarray, near: float) -> Problem | None:
    """The problem with another factor or other penalties, as few as explain F at all points."""
    plain = replace(problem, factor=1.0, l1=0.0, l2=0.0, bias_l2=0.0)
    with np.errstate(all="ignore"):
        loss = np.array([plain.value(at) for at in params])
    if not np.isfinite(loss).all():
        return None
    terms = {
        name: np.array([replace(plain, factor=0.0, **{name: 1.0}).penalty(at) for at in params]) for name in _NAMES
    }
    for names in ((), ("l2",), ("l2", "bias_l2"), ("l1",), ("l1", "l2")):
        columns = np.column_stack([loss, *(terms[name] for name in names)])
        sizes = np.linalg.norm(columns, axis=0)
        if not (sizes > 0).all():
            continue
        numbers = np.linalg.lstsq(columns / sizes, F, rcond=None)[0] / sizes
        if (np.abs(columns @ numbers - F) <= near * np.abs(F)).all() and numbers[0] != 0:
            rounded = [_tidy(float(number)) for number in numbers]
            return replace(plain, factor=rounded[0], **dict(zip(names, rounded[1:], strict=True)))
    return None


_NAMES = ("l1", "l2", "bias_l2")


def _tidy(number: float) -> float:
    """A number without the last digits that a fit gets wrong."""
    short = float(f"{number:.6g}")
    return short if abs(short - number) <= 1e-9 * abs(number) else number


def _told(asked: Problem, found: Problem) -> str:
    """How a function differs from what was asked for."""
    name = LOSSES.name_of(asked.loss)
    words = []
    if abs(found.factor - asked.factor) > 1e-9 * abs(asked.factor):
        known = known_factor(asked, found.factor)
        words.append(f"{found.factor:.6g} times the network's {name}" + (f" ({known})" if known else ""))
    else:
        words.append(f"the network's {name}")
    for told, of, l_asked, l_found in (
        ("(l2/2) Σ w²", "l2", asked.l2, found.l2),
        ("l1 Σ |w|", "l1", asked.l1, found.l1),
        ("(l2/2) Σ b² of the biases", "l2", asked.bias_l2, found.bias_l2),
    ):
        if abs(l_asked - l_found) > 1e-9 * max(abs(l_asked), abs(l_found)):
            words.append(f"with {told}, {of} = {l_found:.6g}" if l_found else f"without {told}, {of} = {l_asked:.6g}")
    return f"{', '.join(words)}: the gradient is judged as that of your function"


def _others(problem: Problem) -> Iterator[tuple[Problem, str]]:
    """The problem with another loss, or with another activation in one layer."""
    net, own = problem.net, type(problem.loss)
    for name, kind in LOSSES.items():
        reductions: dict[Reduction, None] = dict.fromkeys([kind().reduction, problem.loss.reduction])
        for reduction in reductions:
            loss = kind(reduction=reduction)
            try:
                loss.check(net.output.activation)
            except ThalwegError:
                continue
            if kind is not own or reduction != problem.loss.reduction:
                which = "" if reduction == kind().reduction else f", the {reduction} over the examples"
                yield replace(problem, loss=loss), f"with {name}{which}, where the network was given with another loss"
    for place, layer in enumerate(net.layers):
        for name in ACTIVATIONS:
            activation = ACTIVATIONS.get(name)
            if type(activation) is type(layer.activation):
                continue
            layers = list(net.layers)
            layers[place] = Layer(layer.name, layer.size, activation, layer.sources, layer.bias, layer.dropout)
            try:
                other = Network(dict(net.inputs), layers)
                problem.loss.check(other.output.activation)
            except ThalwegError:
                continue
            yield (
                replace(problem, net=other),
                f"with {name} in {layer.name}, where the network has {ACTIVATIONS.name_of(layer.activation)}",
            )
