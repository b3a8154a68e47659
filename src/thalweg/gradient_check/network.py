"""The backward phase of a network judged by differences of its forward phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.numbers import check_count, check_number, is_count
from ..core.places import name_of, place_at
from ..core.propagation import forward_phase, loss_and_gradient, total_loss
from ..errors import ArgumentError, shown
from ..training.arguments import check_examples, check_start, default_loss
from ..training.examples import Examples
from .differences import noise_of
from .entries import Block
from .findings import counted, listed
from .judgement import TOLERANCE, Question, draw, judge, part_of, scales
from .perturbed import perturbed_losses
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
    P: Any,
    T: Any,
    *,
    sample_weight: Any = None,
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
    chosen: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    chosen.check(net.output.activation)
    params = check_start(net, params, "float64")
    examples = check_examples(net, chosen, P, T, sample_weight, "float64")
    penalties = {"l1": check_number("l1", l1), "l2": check_number("l2", l2)}
    if not is_count(weights) and weights != "all":
        raise ArgumentError(f"weights is {shown(weights)}; it must be a whole number of at least 1, or 'all'")
    check_count("seed", seed, 0)
    if not 0.0 < check_number("tolerance", tolerance) < 1.0:
        raise ArgumentError(f"tolerance is {shown(tolerance)}; it must be a number above 0 and below 1")
    blocks = _blocks(net)
    indices = draw(blocks, net.parameter_count if weights == "all" else weights, seed)
    check = _check(net, chosen, params, examples, penalties, blocks, indices, tolerance, seed)
    on_kinks = _on_kinks(net, chosen, params, examples) if "wrong" in check.verdicts else np.zeros(0, bool)
    left_out = ""
    if on_kinks.any():
        wrong = np.array([verdict == "wrong" for verdict in check.verdicts])
        again = np.zeros(int(wrong.sum()), bool)
        if not on_kinks.all():
            rest = _without(examples, on_kinks)
            second = _check(net, chosen, params, rest, penalties, blocks, indices[wrong], tolerance, seed)
            again = np.array([verdict == "wrong" for verdict in second.verdicts])
        if not again.any():
            verdicts = tuple("kink" if verdict == "wrong" else verdict for verdict in check.verdicts)
            check = replace(check, verdicts=verdicts, findings=())
            rows = listed([str(row) for row in np.flatnonzero(on_kinks)], most=5)
            left_out = (
                f"{counted(int(wrong.sum()), 'weight differs', 'weights differ')} because examples lie on a kink, "
                f"where F has no derivative (rows {rows}, counted from 0): "
                + ("all do, so that nothing is left to judge by" if on_kinks.all() else "without these they agree")
            )
    return _told(net, check, left_out, indices)


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
    """The given weights beside differences."""
    inputs, T, weight = examples
    x = net.ravel(params)
    with np.errstate(all="ignore"):
        l1, l2 = (penalties[name] or None for name in ("l1", "l2"))
        F, gradient = loss_and_gradient(net, loss, params, inputs, T, weight, l1=l1, l2=l2)
        if not np.isfinite(F):
            raise ArgumentError(f"the error is {float(F)} at these parameters: choose some where it is finite")
        given = net.ravel(gradient)
        values = perturbed_losses(net, loss, params, inputs, T, weight, **penalties)
        scale = scales(x, blocks)
        direction = np.random.default_rng(seed).choice([-1.0, 1.0], len(x)) * scale

        def along(t: float) -> float:
            return float(total_loss(net, loss, forward_phase(net, net.unravel(x + t * direction), inputs), T, weight))

        question = Question(values, x, float(F), noise_of(along, float(F)), blocks, indices, scale, tolerance, len(T))
        arrays = {block.name: given[block.part].reshape(block.shape) for block in blocks}
        return judge(question, Returned(arrays, float(np.finfo(x.dtype).eps), ()))


def _blocks(net: Network) -> tuple[Block, ...]:
    """The arrays of a network's parameters, in the order of `Network.ravel`."""
    blocks: list[Block] = []
    start = 0

    def names(start: int) -> Callable[[int], str]:
        return lambda index: name_of(net, place_at(net, start + index))

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
    inputs, T, _ = examples
    passed = forward_phase(net, params, inputs)
    found = np.zeros(len(T), bool)
    for layer in net.layers:
        n = passed.net_inputs[layer.name]
        sides = [
            layer.activation.backpropagate(m, layer.activation(m), np.ones_like(m)) for m in (n - _KINK, n + _KINK)
        ]
        found |= _jumps(*sides)
    n, activation = passed.net_inputs[net.output.name], net.output.activation
    return found | _jumps(*(loss.sensitivity(activation, m, activation(m), T) for m in (n - _KINK, n + _KINK)))


def _jumps(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Whether two sides differ by more than a smooth function would, in any unit of an example."""
    apart = np.abs(after - before) > 1e3 * _KINK * (1.0 + np.abs(before) + np.abs(after))
    return np.any(apart, axis=1)


def _without(examples: Examples, rows: np.ndarray) -> Examples:
    inputs, T, weight = examples
    kept = ~rows
    return Examples(
        {name: values[kept] for name, values in inputs.items()}, T[kept], None if weight is None else weight[kept]
    )


def _told(net: Network, check: GradientCheck, left_out: str, indices: np.ndarray) -> GradientCheck:
    """The check in the words of a network: a part for each layer, and where a mistake comes in."""
    layers = [place_at(net, int(index)).layer for index in indices]
    parts = []
    for layer in net.layers:
        mine = np.array([k for k, name in enumerate(layers) if name == layer.name], dtype=np.intp)
        total = layer.size * (sum(net.sizes[source] for source in layer.sources or ()) + layer.bias)
        parts.append(part_of(layer.name, total, mine, check.verdicts, check.error))
    notes = [left_out] if left_out else []
    notes += check.notes
    wrong = [part.name for part in parts if part.wrong]
    if wrong:
        last = next(layer for layer in net.layers if layer.name == wrong[-1])
        what = f"the derivative of {type(last.activation).__name__}"
        if last is net.output:
            what += ", or of the loss"
        notes.append(f"the mistake comes in at {last.name!r}, the last layer that is wrong: look at {what}")
    if any(layer.dropout for layer in net.layers):
        notes.append("dropout is left out of the check")
    return replace(check, parts=tuple(parts), notes=tuple(notes), unit=("weight", "weights"))
