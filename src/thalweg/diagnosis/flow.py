"""How the gradient flows back through a network: what each layer receives, and where it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.activations import ACTIVATIONS, Activation, Elementwise, Sigmoid, Softmax
from ..core.arrays import Array, Tree, tree_map
from ..core.checked import forward, gradient, sensitivities
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..errors import ArgumentError, DataError, shown
from ..notebook import InWords
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import as_rule
from ..optimizers.rule import Rule, RuleState, check_state
from ..surface.loss_point import named
from ..training.arguments import default_loss
from ..training.finding import Finding
from .flow_verdict import find, told
from .shown import flow_in_html

if TYPE_CHECKING:
    from optax import GradientTransformation, MultiSteps

FLAT = 0.05
"""A slope |f'| under this counts as saturated: a sigmoid beyond ±2.9, a tanh beyond ±2.2."""


@dataclass(frozen=True)
class LayerFlow:
    """What one layer sends forward and receives back, over a batch."""

    name: str
    activation: str
    size: int
    output: float
    """The root of the mean square of its outputs a."""
    sensitivity: float
    """The norm of its sensitivities s = ∂F/∂n, over examples and units."""
    gradient: float
    """The norm of ∂F/∂W and ∂F/∂b together."""
    gradient_rms: float
    """The root of the mean square of ∂F/∂w and ∂F/∂b over its weights and biases, to compare layers of any size."""
    slope: float | None
    """The mean of |f'| over examples and units; None where it is not known."""
    saturated: float | None
    """The share of |f'| under the threshold; of ReLU's that is the share of units that are off.

    For softmax, the share of examples in which one unit has nearly all: the trace of the Jacobian, 1 - Σ a², is under
    the threshold. None where it is not known.
    """
    bends: bool
    """Whether f' changes gradually, so that a small slope means saturation: not of linear, ReLU and leaky ReLU."""
    dead: int
    """The units whose slope is 0 for every example, so that none of their weights can change."""
    weight: float
    """The norm of its weights."""
    update_ratio: float | None
    """The norm of the update of its weights over the norm of the weights; None without a rule, for a rule that
    takes steps of a size of its own (a `FullBatchRule`), and for weights of 0."""

    @property
    def sensitivity_rms(self) -> float:
        """The sensitivities' norm without the layer's size, to compare layers."""
        return self.sensitivity / self.size**0.5


@dataclass(frozen=True, repr=False)
class GradientFlow(InWords):
    """The flow of a gradient through the layers, in their order, and what is unusual about it."""

    layers: tuple[LayerFlow, ...]
    loss: str
    F: float
    examples: int
    inputs: Mapping[str, float]
    """The root of the mean square of each input."""
    stuck: float
    """The share of sigmoid or softmax outputs that are wrong by over ½ and saturated, so that a loss which is not
    cross-entropy hardly corrects them."""
    targets: float
    """The root of the mean square of the targets."""
    threshold: float = FLAT

    def in_words(self) -> str:
        """The verdict."""
        return self.verdict

    def in_html(self) -> str:
        """The verdict, and the layers."""
        return flow_in_html(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is unusual, and what the texts advise; empty if nothing is."""
        return find(self)

    @property
    def verdict(self) -> str:
        """The findings in words, a line each."""
        return told(self)

    def to_dict(self) -> JsonObject:
        """Plain data for a file."""
        from ..files.model_file import plain

        found = [vars(finding) for finding in self.findings]
        layers = [vars(layer) for layer in self.layers]
        return plain({**vars(self), "inputs": dict(self.inputs), "layers": layers, "findings": found})


@takes_kinds
def gradient_flow(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    rule: str | Rule | GradientTransformation | MultiSteps | None = None,
    *,
    state: RuleState | None = None,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    threshold: float = FLAT,
) -> GradientFlow:
    """Each layer's outputs, sensitivities ∂F/∂n, gradient, saturated and dead units, and update; with a verdict.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        rule: The update rule whose next update is told; None: no update.
        state: The rule's state, such as `run.state`; None: its first one.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        threshold: A unit whose slope |f'| is below this is saturated.

    Dropout is left out. Raises ArgumentError for shapes that do not fit, DataError for no examples.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 8, 8, 8, 8, 8, 8, 1, hidden="sigmoid")
    >>> P = np.random.default_rng(0).normal(size=(50, 2))
    >>> flow = tw.gradient_flow(net, "mse", net.init(0), P, P[:, :1])
    >>> flow.verdict.split(":")[0]
    'the gradient shrinks 940-fold from layer7 to layer2'

    Sources: AIFH 6.5 and figures 6.3, 6.4; NCSU (vanishing gradients).
    """
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    if not 0 < threshold < 1:
        raise ArgumentError(f"threshold is {shown(threshold)}; it must be between 0 and 1")
    if np.shape(T)[:1] == (0,):
        raise DataError("P has no examples: the flow of the gradient needs some")
    with np.errstate(all="ignore"):
        weighed: dict[str, Any] = {"target_weight": target_weight, "targets": targets}
        F, g = gradient(net, checked, params, P, T, sample_weight, **weighed)
        passed = forward(net, params, P)
        s = sensitivities(net, checked, params, P, T, sample_weight, **weighed)
        delta = None if rule is None else _delta(as_rule(rule), state, net, params, F, g)
        layers = []
        for layer in net.layers:
            n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
            slopes = _slopes(layer.activation, n, a)
            weight = _norm(params[layer.name].weights)
            layers.append(
                LayerFlow(
                    name=layer.name,
                    activation=named(ACTIVATIONS, layer.activation),
                    size=layer.size,
                    output=_root_mean_square(a),
                    sensitivity=_norm(s[layer.name]),
                    gradient=_norm(g[layer.name]),
                    gradient_rms=_norm(g[layer.name]) / _count(g[layer.name]) ** 0.5,
                    slope=None if slopes is None else float(np.mean(np.abs(slopes))),
                    saturated=_saturated(layer.activation, a, slopes, threshold),
                    bends=_bends(layer.activation, n, a),
                    dead=0 if slopes is None else int(np.sum(np.all(slopes == 0, axis=0))),
                    weight=weight,
                    update_ratio=_norm(delta[layer.name].weights) / weight if delta and weight else None,
                )
            )
        counted = np.isfinite(T) if target_weight is None else np.isfinite(T) & (np.asarray(target_weight) > 0)
        stuck = _stuck(net, checked, passed.output, np.where(counted, T, passed.output), threshold)
        inputs = {name: _root_mean_square(passed.outputs[name]) for name in net.inputs}
    size = _root_mean_square(np.asarray(T)[counted])
    return GradientFlow(tuple(layers), named(LOSSES, checked), float(F), len(T), inputs, stuck, size, threshold)


def _delta(
    rule: Rule, state: RuleState | None, net: Network, params: Parameters, F: Array, g: Parameters
) -> Parameters | None:
    """The rule's next update; a state holds vectors in the order of `ravel`, or trees like the parameters."""
    if isinstance(rule, FullBatchRule):
        return None
    if state is not None:
        check_state(rule, state, net.ravel(params))
    if state is not None and _holds_trees(state):
        return rule.update(g, state, params, F)[0]
    state = rule.init(net.ravel(params)) if state is None else state._replace(step=int(state.step))
    return net.unravel(np.asarray(rule.update(net.ravel(g), state, net.ravel(params), F)[0]))


def _holds_trees(state: Tree) -> bool:
    if isinstance(state, tuple):
        return any(map(_holds_trees, state))
    return isinstance(state, Mapping)


def _slopes(activation: Activation, n: np.ndarray, a: np.ndarray) -> np.ndarray | None:
    """f' of each example and unit; for softmax the diagonal of the Jacobian, the largest entry of a unit's column."""
    if isinstance(activation, Elementwise):
        return np.broadcast_to(activation.derivative(n if activation.reads == "net_input" else a), n.shape)
    return a * (1.0 - a) if type(activation) is Softmax else None


def _saturated(activation: Activation, a: np.ndarray, slopes: np.ndarray | None, threshold: float) -> float | None:
    if slopes is None:
        return None
    flat = 1.0 - np.sum(a * a, axis=1) if isinstance(activation, Softmax) else np.abs(slopes)
    return float(np.mean(flat < threshold))


def _bends(activation: Activation, n: np.ndarray, a: np.ndarray) -> bool:
    return not isinstance(activation, Elementwise) or bool(np.any(activation.second_derivative(n, a) != 0))


def _stuck(net: Network, loss: Loss, a: np.ndarray, T: np.ndarray, threshold: float) -> float:
    activation = net.output.activation
    if loss.probabilities or type(activation) not in (Sigmoid, Softmax):
        return 0.0
    return float(np.mean((np.abs(T - a) > 0.5) & (a * (1.0 - a) < threshold)))


def _norm(tree: Tree) -> float:
    squares: list[float] = []
    tree_map(lambda part: squares.append(float(np.sum(np.square(part, dtype=np.float64)))), tree)
    return sum(squares) ** 0.5


def _count(tree: Tree) -> int:
    sizes: list[int] = []
    tree_map(lambda part: sizes.append(part.size), tree)
    return sum(sizes)


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
