"""The backward phase of a network judged by differences of its forward phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_count, check_number, is_count, takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.propagation import forward_phase, loss_and_gradient
from ..core.weighing import of_weighed_terms
from ..core.weight_names import name_of, weight_at
from ..errors import ArgumentError, shown
from ..registry import title_of
from ..training.arguments import check_examples, check_start, default_loss
from ..training.examples import Examples
from .differences import Values, noise_of
from .entries import Block
from .findings import counted, listed
from .judgement import TOLERANCE, Question, draw, judge, part_of, scales
from .kinks import tell_kinks
from .perturbed import perturbed_losses, size_of_terms
from .returned import Returned
from .verdict import GradientCheck

MOST_WEIGHTS = 1000
"""As many weights are checked, unless told otherwise."""
_KINK = 1e-6
"""How near to a kink an example lies on it."""


@takes_kinds
def check_network(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l1: float = 0.0,
    l2: float = 0.0,
    weights: int | Literal["all"] = MOST_WEIGHTS,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> GradientCheck:
    """Judge the gradient that training uses, weight by weight, at the given parameters and examples.

    ∂F/∂w ≈ (F(w + h) - F(w - h)) / 2h, in float64 and without dropout, the step h chosen for each weight.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l1: Adds l1 Σ|w| over the weights to F.
        l2: Adds (l2/2) Σ w² over the weights to F.
        weights: Of more weights and biases so many, some of each array, are checked; "all" checks them all.
        tolerance: How far the gradient may be from the difference, as a share of their size.
        seed: Of the drawing of weights.

    An example that lies on a kink (a ReLU's net input of 0, an error of 0 in mae) is left out of the judgement of a
    weight that differs. Raises ArgumentError and DataError for what does not fit.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> check = check_network(net, "mse", net.init(0), np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]]))
    >>> check.passed, len(check.names), [part.name for part in check.parts]
    (True, 13, ['layer1', 'layer2'])
    """
    if not isinstance(net, Network):
        raise ArgumentError(f"net is {type(net).__name__}; it must be a network, such as tw.mlp(2, 3, 1)")
    check_count("seed", seed, low=0)
    chosen: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    chosen.check(net.output.activation)
    params = check_start(net, params, "float64")
    of_targets = {"target_weight": target_weight, "targets": targets}
    examples = check_examples(net, chosen, P, T, sample_weight, "float64", **of_targets)
    penalties = {"l1": check_number("l1", l1), "l2": check_number("l2", l2)}
    if not is_count(weights) and weights != "all":
        raise ArgumentError(f"weights is {shown(weights)}; it must be a whole number of at least 1, or 'all'")
    check_count("seed", seed, 0)
    if not 0.0 < check_number("tolerance", tolerance) < 1.0:
        raise ArgumentError(f"tolerance is {shown(tolerance)}; it must be a number above 0 and below 1")
    blocks = _blocks(net)
    indices = draw(blocks, net.parameter_count if weights == "all" else weights, seed)
    check = _check(net, chosen, params, examples, penalties, blocks, indices, tolerance, seed)
    return _told(net, check)


def _check(
    net: Network,
    loss: Loss,
    params: Parameters,
    examples: Examples,
    penalties: Mapping[str, float],
    blocks: Sequence[Block],
    indices: np.ndarray,
    tolerance: float,
    seed: int,
) -> GradientCheck:
    """The given weights beside differences.

    Args:
        net, loss, params, examples: What is checked, and where.
        penalties: The penalties l1 and l2.
        blocks: The arrays of the parameters.
        indices: Of the vector of all parameters, those that are checked.
        tolerance, seed: How far a gradient may be from the difference; of the direction that is drawn.
    """
    inputs, T, weight = examples
    x = net.ravel(params)
    l1, l2 = (penalties[name] or None for name in ("l1", "l2"))

    def moved(at: np.ndarray) -> Values:
        return perturbed_losses(net, loss, net.unravel(at), inputs, T, weight, **penalties)

    def both_at(at: np.ndarray) -> tuple[float, Returned]:
        F, gradient = loss_and_gradient(net, loss, net.unravel(at), inputs, T, weight, l1=l1, l2=l2)
        given = net.ravel(gradient)
        arrays = {block.name: given[block.part].reshape(block.shape) for block in blocks}
        return float(F), Returned(arrays, float(np.finfo(x.dtype).eps), ())

    def told(names: Sequence[str], beside: int) -> tuple[str, ...]:
        rows = _on_kinks(net, loss, params, examples)
        return _tell_kinks(len(names), rows) if rows.any() else tell_kinks(names, beside)

    with np.errstate(all="ignore"):
        F, returned = both_at(x)
        if not np.isfinite(F):
            raise ArgumentError(f"the error is {F} at these parameters: choose some where it is finite")
        scale = scales(x, blocks)
        direction = np.random.default_rng(seed).choice([-1.0, 1.0], len(x)) * scale
        question = Question(
            lambda at: both_at(at)[0],
            moved,
            lambda at: both_at(at)[1],
            x,
            F,
            noise_of(lambda t: both_at(x + t * direction)[0], F),
            blocks,
            indices,
            scale,
            tolerance,
            len(T),
            seed,
            told,
            terms=size_of_terms(net, loss, T, weight),
        )
        return judge(question, returned)


def _tell_kinks(count: int, rows: np.ndarray) -> tuple[str, ...]:
    """The note on weights that differ because examples lie on kinks."""
    told = listed([str(row) for row in np.flatnonzero(rows)], most=5)
    text = (
        f"{counted(count, 'weight differs', 'weights differ')} because examples lie on a kink, where F has no "
        f"derivative (rows {told}, counted from 0): "
    )
    if rows.all():
        text += "all do, so that nothing is left to judge by but parameters beside these, where they agree"
    else:
        text += "a slope of either side is taken there, and at parameters beside these they agree"
    return (text,)


def _blocks(net: Network) -> tuple[Block, ...]:
    """The arrays of a network's parameters, in the order of `Network.ravel`."""
    blocks: list[Block] = []
    start = 0

    def names(start: int) -> Callable[[int], str]:
        return lambda index: name_of(net, weight_at(net, start + index))

    for layer in net.layers:
        sources = layer.sources or ()
        for source in sources:
            which = f" from {source}" if len(sources) > 1 else ""
            shape = layer.size, net.sizes[source]
            blocks.append(Block(f"{layer.name} weights{which}", shape, start, False, names(start)))
            start += blocks[-1].size
        if layer.bias:
            blocks.append(Block(f"{layer.name} bias", (layer.size,), start, True, names(start)))
            start += layer.size
    return tuple(blocks)


def _on_kinks(net: Network, loss: Loss, params: Parameters, examples: Examples) -> np.ndarray:
    """Which examples have a net input, or an error, where the derivative jumps: (examples,)."""
    inputs, T, weight = examples
    passed = forward_phase(net, params, inputs)
    found = np.zeros(len(T), bool)
    for layer in net.layers:
        n = passed.net_inputs[layer.name]
        sides = [
            layer.activation.backpropagate(m, layer.activation(m), np.ones_like(m)) for m in (n - _KINK, n + _KINK)
        ]
        found |= _jumps(*sides)
    n, activation = passed.net_inputs[net.output.name], net.output.activation
    c = 1.0 if weight is None or weight.ndim == 1 else weight > 0
    sides = [of_weighed_terms(loss.sensitivity, activation, m, activation(m), T, c) for m in (n - _KINK, n + _KINK)]
    return found | _jumps(*sides)


def _jumps(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Whether two sides differ by more than a smooth function would, in any unit of an example."""
    apart = np.abs(after - before) > 1e3 * _KINK * (1.0 + np.abs(before) + np.abs(after))
    return np.any(apart, axis=1)


def _told(net: Network, check: GradientCheck) -> GradientCheck:
    """The check in the words of a network: a part for each layer, and where a mistake comes in."""
    layers = [
        weight_at(net, block.start).layer
        for block, part in zip(_blocks(net), check.parts, strict=True)
        for _ in range(part.checked)
    ]
    parts = []
    for layer in net.layers:
        mine = np.array([k for k, name in enumerate(layers) if name == layer.name], dtype=np.intp)
        total = layer.size * (sum(net.sizes[source] for source in layer.sources or ()) + layer.bias)
        parts.append(part_of(layer.name, total, mine, check.verdicts, check.error))
    notes = list(check.notes)
    wrong = [part.name for part in parts if part.wrong]
    if wrong:
        last = next(layer for layer in net.layers if layer.name == wrong[-1])
        what = f"the derivative of {title_of(last.activation)}"
        if last is net.output:
            what += ", or of the loss"
        notes.append(f"the mistake comes in at {last.name!r}, the last layer that is wrong: look at {what}")
    if any(layer.dropout for layer in net.layers):
        notes.append("dropout is left out of the check")
    return replace(check, parts=tuple(parts), notes=tuple(notes), unit=("weight", "weights"))
