"""A training step opened: every quantity between the parameters before it and those after, each by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...core.activations import Elementwise
from ...core.kinds import takes_kinds
from ...core.losses import Loss
from ...core.network import Layer, Network, Parameters
from ...core.propagation import Forward, loss_and_gradient
from ...errors import ArgumentError, unknown
from ...optimizers.rule import Rule
from .conventions import PLAIN, Conventions, share_biases
from .damped import DampedSystem


@dataclass(frozen=True)
class Term:
    """One term of a net input: a weight times what an input or a layer sends."""

    source: str
    index: int
    weight: float
    sent: float

    @property
    def product(self) -> float:
        """weight · sent."""
        return self.weight * self.sent


@dataclass(frozen=True)
class BackTerm:
    """One term of a sum that goes back: a weight times the sensitivity of the unit that it feeds."""

    layer: str
    index: int
    weight: float
    sensitivity: float

    @property
    def product(self) -> float:
        """weight · sensitivity."""
        return self.weight * self.sensitivity


@dataclass(frozen=True)
class Neuron:
    """A unit of a layer in one example: what comes in, what goes out, and what comes back.

    `slope` is f'(n), None for an activation of the whole layer, such as softmax, whose derivative is a matrix; `mask`
    what dropout multiplies its output with.
    """

    layer: str
    index: int
    example: int
    terms: tuple[Term, ...]
    bias: float | None
    net_input: float
    output: float
    slope: float | None
    mask: float | None
    back: tuple[BackTerm, ...]
    sensitivity: float


@dataclass(frozen=True)
class Labels:
    """A text for each input, target and output of each example (examples, ...); none where nothing is known."""

    inputs: tuple[tuple[str, ...], ...] = ()
    targets: tuple[tuple[str, ...], ...] = ()
    outputs: tuple[tuple[str, ...], ...] = ()

    def input(self, example: int, index: int) -> str:
        """What an input is.

        >>> Labels(inputs=(("alcohol 14.3",),)).input(0, 0), Labels().input(0, 0)
        ('alcohol 14.3', '')
        """
        return _at(self.inputs, example, index)

    def target(self, example: int, index: int) -> str:
        """What a target is."""
        return _at(self.targets, example, index)

    def output(self, example: int, index: int) -> str:
        """What an output is."""
        return _at(self.outputs, example, index)


def _at(texts: tuple[tuple[str, ...], ...], example: int, index: int) -> str:
    return texts[example][index] if example < len(texts) and index < len(texts[example]) else ""


@dataclass(frozen=True, eq=False)
class StepValues:
    """One step of training, opened. Arrays are those that were computed; `neuron` looks at one unit.

    `sensitivities` are those of each example's own error, before the examples are combined: F = Σ_q `factors`[q] times
    `errors`[q], and so the gradient. `weight` is of the examples, or of the single targets, which then weigh the terms
    of each example's own error; a missing target is 0 in `targets` and has weight 0. `gradient` holds the penalties;
    `parts` every quantity of the rule's update in the order in which they follow, in the structure of the parameters or
    a number for all; `value` and `value_after` are F at the parameters before and after. `number` counts the updates of
    a run from 1.
    """

    network: Network
    loss: Loss
    rule: Rule
    inputs: Mapping[str, np.ndarray]
    targets: np.ndarray
    weight: np.ndarray | None
    masks: Mapping[str, np.ndarray] | None
    l1: float | None
    l2: float | None
    params: Parameters
    state: Any
    passed: Forward
    errors: np.ndarray
    sensitivities: Mapping[str, np.ndarray]
    factors: np.ndarray
    value: float
    gradient: Parameters
    parts: Mapping[str, Any]
    system: DampedSystem | None
    delta: Parameters
    new_params: Parameters
    new_state: Any
    value_after: float
    number: int = 1
    rows: np.ndarray | None = None
    """The row of each example in the data, counted from 0; None: as they stand."""
    held: Parameters | None = None
    """1 where a parameter stays as it is, else 0, in the structure of the parameters; None: all are updated."""
    fixed: tuple[str, ...] = ()
    """The names by which they were said."""
    labels: Labels = field(default_factory=Labels)
    missing: np.ndarray | None = None
    """A mask (examples, outputs) of the targets that are missing; None: all are there."""
    conventions: Conventions = PLAIN
    """Where the step differs from one of a training."""
    penalty_divisor: int = 1
    """What the l1 and l2 that were given are divided by: `l1` and `l2` are what the step has."""

    @property
    def decimals(self) -> int | None:
        """To how many every line is rounded; None: none is."""
        return self.conventions.decimals

    @property
    def shared_bias(self) -> tuple[str, ...]:
        """The layers whose units have one bias together."""
        return self.conventions.shared_bias

    @property
    def input_gradient(self) -> dict[str, np.ndarray]:
        """∂F/∂p of each input, (examples, size): the weighed sum of the sensitivities of the units that it feeds.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(2, 1)
        >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 3.0, 1.0])), [[1.0, 1.0]], [[5.0]])
        >>> step.input_gradient
        {'input': array([[4., 6.]])}
        """
        return {
            name: self.factors[:, None]
            * sum(
                (self.sensitivities[after] @ self.params[after].weights[name] for after in self.network.fed_by[name]),
                start=np.zeros_like(p),
            )
            for name, p in self.inputs.items()
        }

    @property
    def target_weight(self) -> np.ndarray | None:
        """The weights (examples, outputs) of the single targets; None where each example's count alike."""
        return self.weight if self.weight is not None and self.weight.ndim == 2 else None

    @property
    def examples(self) -> int:
        """The number of examples."""
        return self.targets.shape[0]

    def layer(self, name: str) -> Layer:
        """A layer by name; raises ArgumentError for an unknown one."""
        for layer in self.network.layers:
            if layer.name == name:
                return layer
        raise ArgumentError(unknown("layer", name, [layer.name for layer in self.network.layers]))

    @takes_kinds
    def neuron(self, layer: str, index: int, example: int = 0) -> Neuron:
        """A unit in an example, both counted from 0; raises ArgumentError for one that does not exist.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(2, 1)
        >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 3.0, 1.0])), [[1.0, 1.0]], [[5.0]])
        >>> step.neuron("layer1", 0).terms[1]
        Term(source='input', index=1, weight=3.0, sent=1.0)
        """
        found = self.layer(layer)
        if not 0 <= index < found.size:
            raise ArgumentError(f"neuron {index}: layer {layer!r} has {found.size}, 0 to {found.size - 1}")
        q = self.check_example(example)
        weights, bias = self.params[layer]
        n, a = self.passed.net_inputs[layer][q], self.passed.outputs[layer][q]
        slope = None
        if isinstance(found.activation, Elementwise):
            slope = float(found.activation.backpropagate(n, a, np.ones_like(n))[index])
        masked = self.masks is not None and found.dropout
        return Neuron(
            layer=layer,
            index=index,
            example=q,
            terms=tuple(
                Term(source, j, float(W[index, j]), float(self.passed.sent[source][q, j]))
                for source, W in weights.items()
                for j in range(W.shape[1])
            ),
            bias=None if bias is None else float(bias[index]),
            net_input=float(n[index]),
            output=float(a[index]),
            slope=slope,
            mask=float(self.masks[layer][q, index]) if self.masks is not None and masked else None,
            back=tuple(
                BackTerm(
                    after,
                    k,
                    float(self.params[after].weights[layer][k, index]),
                    float(self.sensitivities[after][q, k]),
                )
                for after in self.network.fed_by[layer]
                for k in range(self.network.sizes[after])
            ),
            sensitivity=float(self.sensitivities[layer][q, index]),
        )

    def example_gradient(self, *examples: int) -> Parameters:
        """The gradient of the error of an example alone, or the sum of those of several; without penalties."""
        rows = np.asarray([self.check_example(q) for q in examples])
        found = loss_and_gradient(
            self.network,
            summed(self.loss),
            self.params,
            {name: p[rows] for name, p in self.inputs.items()},
            self.targets[rows],
            None if self.target_weight is None else self.target_weight[rows],
            None if self.masks is None else {name: mask[rows] for name, mask in self.masks.items()},
        )[1]
        return share_biases(self.shared_bias, found)

    def check_example(self, example: int) -> int:
        """The number of an example; raises ArgumentError for one that does not exist."""
        if not 0 <= example < self.examples:
            raise ArgumentError(f"example {example}: the step has {self.examples}, 0 to {self.examples - 1}")
        return example


def summed(loss: Loss) -> Loss:
    """The loss whose value for one example is that example's own error."""
    return dataclasses.replace(loss, reduction="sum")
