"""What a gradient is of: a network, a loss with its factor and penalties, examples; and a point of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.activations import Activation, Sigmoid
from ...core.arrays import Array
from ...core.losses import Loss, PointwiseLoss
from ...core.network import LayerParameters, Network, Parameters
from ...core.propagation import Forward, collect, forward_phase, sensitivities_from, total_loss
from ...core.weighing import example_factors, of_weighed_terms
from ...training.examples import Examples

BIAS = "bias"
"""Stands where the name of a source stands for weights; a layer's bias has none."""


@dataclass(frozen=True)
class Problem:
    """F = factor Σ c ℓ + l1 Σ |w| + (l2/2) Σ w² + (bias_l2/2) Σ b²: what a gradient is of."""

    net: Network
    loss: Loss
    examples: Examples
    factor: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    bias_l2: float = 0.0

    @property
    def count(self) -> int:
        """The number of examples."""
        return len(self.examples.T)

    def penalty(self, params: Parameters) -> float:
        """What the parameters cost."""
        found = 0.0
        for weights, bias in params.values():
            for W in weights.values():
                found += self.l1 * float(np.abs(W).sum()) + 0.5 * self.l2 * float((W * W).sum())
            if bias is not None:
                found += 0.5 * self.bias_l2 * float((bias * bias).sum())
        return found

    def value(self, params: Parameters) -> float:
        """The value at parameters."""
        inputs, T, weight = self.examples
        passed = forward_phase(self.net, params, inputs)
        return self.factor * float(total_loss(self.net, self.loss, passed, T, weight)) + self.penalty(params)

    def c(self, loss: Loss | None = None, weighed: bool = True) -> float | np.ndarray:
        """The factors of the examples' terms, as `example_factors` has them, by a loss (None: its own)."""
        weight = self.examples.weight if weighed else None
        return example_factors(loss or self.loss, self.net.output.size, self.count, weight)

    def penalty_by(self, params: Parameters, layer: str, source: str) -> Array:
        """The penalties' derivative by an array."""
        if source == BIAS:
            bias = params[layer].bias
            assert bias is not None
            return self.bias_l2 * bias
        W = params[layer].weights[source]
        return self.l1 * np.sign(W) + self.l2 * W


@dataclass(frozen=True, eq=False)
class Point:
    """Parameters, and the forward phase there."""

    problem: Problem
    params: Parameters

    @cached_property
    def passed(self) -> Forward:
        """n and a of every layer."""
        return forward_phase(self.problem.net, self.params, self.problem.examples.inputs)

    @cached_property
    def right_sensitivities(self) -> dict[str, Array]:
        """s of every layer, as it should be."""
        problem = self.problem
        return sensitivities_from(problem.net, self.params, self.passed, self.output_sensitivity())

    @cached_property
    def right(self) -> Parameters:
        """The gradient, as it should be."""
        net = self.problem.net
        found = collect(self.passed, self.right_sensitivities, self.params)
        return gathered(
            net,
            [
                array_of(found, layer, source) + self.problem.penalty_by(self.params, layer, source)
                for layer, source in arrays_of(net)
            ],
        )

    def n(self, layer: str) -> Array:
        """The net inputs of a layer."""
        return self.passed.net_inputs[layer]

    def a(self, name: str) -> Array:
        """The outputs of a layer, or an input."""
        return self.passed.outputs[name]

    def output_sensitivity(self, loss: Loss | None = None, weighed: bool = True) -> Array:
        """s of the output layer, by a loss (None: the problem's own)."""
        problem, last = self.problem, self.problem.net.output
        loss = loss or problem.loss
        n, a, T = self.n(last.name), self.passed.output, problem.examples.T
        c = problem.c(loss, weighed)
        return problem.factor * of_weighed_terms(loss.sensitivity, last.activation, n, a, T, c)

    def by_output(self, loss: Loss | None = None) -> Array:
        """∂F/∂a of the output layer, by a loss (None: the problem's own)."""
        problem = self.problem
        loss = loss or problem.loss
        return (
            problem.factor
            * by_output(loss, problem.net.output.activation, self.passed.output, problem.examples.T)
            * (problem.c(loss))
        )


def by_output(loss: Loss, activation: Activation, a: Array, t: Array) -> Array:
    """∂ℓ/∂a, also of a loss that is fused with its output function: of cross-entropy -t/a, or (a - t) / (a (1 - a))."""
    if isinstance(loss, PointwiseLoss):
        return loss.derivative(a, t)
    with np.errstate(all="ignore"):
        found = (a - t) / (a * (1.0 - a)) if isinstance(activation, Sigmoid) else -t / a
    return np.nan_to_num(found, posinf=0.0, neginf=0.0)


def arrays_of(net: Network) -> tuple[tuple[str, str], ...]:
    """Each array of the parameters as (layer, source), source BIAS for a bias, in the order of `Network.ravel`.

    >>> import thalweg as tw
    >>> arrays_of(tw.mlp(2, 3, 1))
    (('layer1', 'input'), ('layer1', 'bias'), ('layer2', 'layer1'), ('layer2', 'bias'))
    """
    return tuple(
        (layer.name, source)
        for layer in net.layers
        for source in (*(layer.sources or ()), *([BIAS] if layer.bias else []))
    )


def array_of(params: Parameters, layer: str, source: str) -> Array:
    """One array of parameters, or of a gradient."""
    found = params[layer].bias if source == BIAS else params[layer].weights[source]
    assert found is not None
    return found


def gathered(net: Network, arrays: Sequence[Array]) -> Parameters:
    """Arrays in the order of `arrays_of` as parameters."""
    found: Parameters = {}
    left = iter(arrays)
    for layer in net.layers:
        weights = {source: next(left) for source in layer.sources or ()}
        found[layer.name] = LayerParameters(weights, next(left) if layer.bias else None)
    return found
