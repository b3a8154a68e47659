"""Other numbers for each student: small, of few decimals, in the place of those of a step file."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...core.activations import Elementwise
from ...core.network import LayerParameters, Parameters
from ..step.held import held_of
from ..step.values import StepValues
from ..step_files.file import StepFile

_SPREAD = 2.4
"""What a net input is about, at most: the weights are drawn for it."""
_LEAST = 0.15
"""Of the largest number of an array the smallest one is so much."""
_FLAT = 0.03
"""Below, of its largest, a derivative counts as that of a unit that is saturated or dead."""
_AT_THE_END = 0.02
"""An output of softmax so near to 0 or 1 is saturated."""
_SMALLEST = 0.5
"""Inputs are drawn up to at least so much: of smaller ones the gradients are 0 to few decimals."""
_ROOM = 0.1
"""Targets of a bounded output are drawn from a range that is no smaller."""
_MET = 0.05
"""A target so near is met already."""
_BESIDE = 0.01
"""So far from a net input on both sides a derivative must not jump: no net input is so near to a kink."""


def drawn(file: StepFile, rng: np.random.Generator) -> StepFile:
    """The same file with other weights, inputs and targets; what it holds fixed, and what is 0 or 1 in kind, stays so.

    Targets that are all 0, 1 or -1 are drawn from those; one-hot rows stay one-hot.
    """
    assert file.targets is not None
    inputs = {name: _inputs(rng, values) for name, values in file.inputs.items()}
    return dataclasses.replace(
        file, params=_parameters(file, rng), inputs=inputs, targets=_targets(file, rng, file.targets)
    )


def on_a_grid(rng: np.random.Generator, shape: tuple[int, ...], largest: float, *, least: float = _LEAST) -> np.ndarray:
    """Numbers of few decimals up to a size, of both signs, none near 0, and no two of one size where there is room.

    >>> numbers = on_a_grid(np.random.default_rng(0), (2, 3), 1.0)
    >>> len(set(np.abs(numbers).ravel())), bool((np.abs(numbers) >= 0.1).all())
    (6, True)
    """
    count = int(np.prod(shape))
    decimals = math.ceil(math.log10(max(10.0, 2.0 * count) / largest) - 1e-9)
    whole = math.floor(largest * 10.0**decimals + 1e-9)
    sizes = np.arange(max(1, math.ceil(least * whole)), whole + 1)
    taken = rng.choice(sizes, count, replace=count > len(sizes))
    signs = rng.choice([-1.0, 1.0], count)
    return np.round(signs * taken / 10.0**decimals, decimals).reshape(shape)


def _parameters(file: StepFile, rng: np.random.Generator) -> Parameters:
    net = file.network
    found: Parameters = {}
    for layer in net.layers:
        sources = layer.sources or ()
        fan = sum(net.sizes[source] for source in sources) + bool(layer.bias)
        given = file.params[layer.name]
        weights = {}
        for source in sources:
            sent = float(np.abs(file.inputs[source]).max(initial=0.0)) or 1.0 if source in file.inputs else 1.0
            most = _SPREAD / math.sqrt(fan) / max(sent, 0.5)
            largest = min(max(float(np.abs(given.weights[source]).max()), 0.5 * most), most)
            weights[source] = on_a_grid(rng, given.weights[source].shape, largest).astype(given.weights[source].dtype)
        bias = given.bias
        if bias is not None:
            largest = min(max(float(np.abs(bias).max()), 0.4), 0.9)
            bias = on_a_grid(rng, bias.shape, largest).astype(bias.dtype)
            bias = np.full_like(bias, bias[0]) if layer.name in file.shared_bias else bias
        found[layer.name] = LayerParameters(weights, bias)
    held = held_of(net, file.fixed)
    if held is None:
        return found
    x, kept = np.asarray(net.ravel(found)), np.asarray(net.ravel(file.params))
    return net.unravel(np.where(held, kept, x).astype(x.dtype))


def _inputs(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """Of each column numbers of its size; positive where all of the file's are."""
    columns = []
    for column in np.asarray(values, float).T:
        largest = max(float(np.abs(column).max()), _SMALLEST) if column.any() else 1.0
        new = on_a_grid(rng, column.shape, largest, least=0.3)
        columns.append(np.abs(new) if (column >= 0).all() else new)
    return np.stack(columns, axis=1)


def _targets(file: StepFile, rng: np.random.Generator, targets: np.ndarray) -> np.ndarray:
    values = np.asarray(targets, float)
    known = values[np.isfinite(values)]
    kinds = np.unique(known)
    if not np.isin(kinds, (-1.0, 0.0, 1.0)).all():
        return _numbers_like(file, rng, values)
    one_hot = values.shape[1] > 1 and np.isin(kinds, (0.0, 1.0)).all() and (values.sum(axis=1) == 1.0).all()
    if one_hot:
        return np.eye(values.shape[1])[rng.integers(0, values.shape[1], len(values))]
    new = rng.choice(kinds if len(kinds) > 1 else kinds.repeat(2), values.shape)
    return np.where(np.isfinite(values), new, values)


def _numbers_like(file: StepFile, rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """Numbers between the file's, widened where those are one; within what a bounded output reaches."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    middle, reach = 0.5 * (low + high), max(0.5 * (high - low), 0.4 * max(abs(low), abs(high)))
    low, high = middle - reach, middle + reach
    outputs = getattr(file.network.output.activation, "outputs", None)
    if outputs is not None and outputs[0] <= np.nanmin(values) and np.nanmax(values) <= outputs[1]:
        low, high = max(low, outputs[0] + 0.01), min(high, outputs[1] - 0.01)
        if high - low < _ROOM:
            low, high = outputs[0] + _ROOM, outputs[1] - _ROOM
    decimals = math.ceil(math.log10(20.0 / max(high - low, 1e-9)))
    new = np.round(rng.uniform(low, high, values.shape), decimals)
    return np.where(np.isfinite(values), new, values)


def flaws_of_values(step: StepValues) -> int:
    """How many units of a step are saturated, dead, or at a kink: what no answer should hang on."""
    flaws = 0
    with np.errstate(all="ignore"):
        for layer in step.network.layers:
            n, a = step.passed.net_inputs[layer.name], step.passed.outputs[layer.name]
            activation = layer.activation
            if not isinstance(activation, Elementwise):
                flaws += int(((a < _AT_THE_END) | (a > 1.0 - _AT_THE_END)).sum())
                continue

            def slope(at: np.ndarray, activation: Elementwise = activation) -> np.ndarray:
                return np.asarray(activation.backpropagate(at, np.asarray(activation(at)), np.ones_like(at)))

            found, before, after = slope(n), slope(n - _BESIDE), slope(n + _BESIDE)
            flaws += int((~(np.abs(found) >= _FLAT)).sum())
            flaws += int((np.abs(after - before) > 0.2 * np.maximum(np.abs(found), 0.5)).sum())
        missing = np.zeros_like(step.targets, dtype=bool) if step.missing is None else step.missing
        flaws += int(((np.abs(step.targets - step.passed.output) < _MET) & ~missing).sum())
        finite = np.isfinite(step.network.ravel(step.gradient)).all()
    return flaws + int(not finite)
