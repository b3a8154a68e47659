"""The backward pass layer by layer, with hooks where mistakes are made: without any, it is `core.propagation`'s.

    s^M = ∂F/∂n                                               output
    v^m = Σ Wᵀ s        s^m = Ḟ^m v^m                         carried, slope
    s^m of each example                                       terms
    ∂F/∂W^m = (s^m)ᵀ a  ∂F/∂b^m = Σ s^m  and the penalty's    product, sum, penalty, array

The pass of the core stays as plain as the texts have it; this one is for what students write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...core.arrays import Array
from ...core.network import Layer, Parameters
from .mistake import Mistake, Place, State, applied
from .problem import BIAS, Point, arrays_of, gathered


def gradient_with(at: Point, mistakes: Sequence[Mistake] = ()) -> Parameters:
    """The gradient at a point as it comes out with mistakes.

    >>> import numpy as np, thalweg as tw
    >>> from thalweg.gradient_check.mistakes.problem import Problem
    >>> from thalweg.training.examples import Examples
    >>> net = tw.mlp(1, 1)
    >>> examples = Examples({"input": np.array([[3.0]])}, np.array([[5.0]]), None)
    >>> at = Point(Problem(net, tw.losses.SSE(), examples), net.init(0, "zeros"))
    >>> gradient_with(at)["layer1"].bias, gradient_with(at)["layer1"].weights["input"]
    (array([-10.]), array([[-30.]]))
    """
    net, state = at.problem.net, passed_back(at, mistakes)
    return gathered(net, [state.gradient[place] for place in arrays_of(net)])


def passed_back(at: Point, mistakes: Sequence[Mistake] = ()) -> State:
    """The whole backward pass with mistakes."""
    state = State({}, {}, {})
    for layer in reversed(at.problem.net.layers):
        state = with_sensitivity(at, layer, state, mistakes)
        state = with_arrays(at, layer, state, mistakes)
    return state


def with_sensitivity(at: Point, layer: Layer, state: State, mistakes: Sequence[Mistake]) -> State:
    """The state with v and s of a layer, those that it feeds being done."""
    place = Place(at, layer, "", state)
    name = layer.name
    if layer is at.problem.net.output:
        v = at.by_output()
        place = place._replace(state=state._replace(v={**state.v, name: v}))
        s = applied(mistakes, "output", place, at.output_sensitivity())
    else:
        v = applied(mistakes, "carried", place, carried(place))
        place = place._replace(state=state._replace(v={**state.v, name: v}))
        s = layer.activation.backpropagate(place.n, place.a, v)
    s = applied(mistakes, "slope", place, s)
    s = applied(mistakes, "terms", place, s)
    return place.state._replace(s={**state.s, name: s})


def with_arrays(
    at: Point, layer: Layer, state: State, mistakes: Sequence[Mistake], sources: Iterable[str] | None = None
) -> State:
    """The state with the arrays of a layer, of which s is done: all, or those of some sources."""
    found = dict(state.gradient)
    every = (*(layer.sources or ()), *([BIAS] if layer.bias else []))
    for source in every if sources is None else sources:
        found[layer.name, source] = array_with(Place(at, layer, source, state), mistakes)
    return state._replace(gradient=found)


def array_with(place: Place, mistakes: Sequence[Mistake]) -> Array:
    """One array of the gradient."""
    at, layer, source, state = place
    if source == BIAS:
        g = applied(mistakes, "sum", place, np.sum(state.s[layer.name], axis=0))
    else:
        g = applied(mistakes, "product", place, state.s[layer.name].T @ at.a(source))
    problem = at.problem
    if problem.l1 or problem.l2 or problem.bias_l2 or any(one.hook == "penalty" for one in mistakes):
        g = g + applied(mistakes, "penalty", place, problem.penalty_by(at.params, layer.name, source))
    return applied(mistakes, "array", place, g)


def carried(place: Place) -> Array:
    """What is carried back to a layer: Σ Wᵀ s over those that it feeds; 0 for one that feeds none."""
    at, layer = place.at, place.layer
    fed = [place.state.s[after] @ at.params[after].weights[layer.name] for after in at.problem.net.fed_by[layer.name]]
    return sum(fed[1:], start=fed[0]) if fed else np.zeros_like(place.a)
