"""The checks of what is given to a network: inputs, targets, weights of examples; each refusal names the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError
from .arrays import Array
from .losses import LOSSES, Loss
from .network import Network, Parameters


def check_inputs(net: Network, P: Array | Mapping[str, Array]) -> dict[str, Array]:
    """P as a dict of inputs, each (examples, size); raises ArgumentError for what does not fit the network."""
    if isinstance(P, Mapping):
        given = dict(P)
    elif len(net.inputs) == 1:
        given = {next(iter(net.inputs)): P}
    else:
        names = ", ".join(f"{name!r}: ..." for name in net.inputs)
        raise ArgumentError(f"P is one array, but the network has {len(net.inputs)} inputs: give P={{{names}}}")
    if set(given) != set(net.inputs):
        raise ArgumentError(f"P has inputs {', '.join(map(repr, given))}; the network has {', '.join(net.inputs)}")
    arrays = {name: as_array(given[name]) for name in net.inputs}
    examples = None
    for name, array in arrays.items():
        place = "P" if len(arrays) == 1 else f"P[{name!r}]"
        _check_two_dimensions(place, array, f"input {name!r}", net.inputs[name])
        if examples not in (None, array.shape[0]):
            raise ArgumentError(f"{place} has {array.shape[0]} examples; the inputs before it have {examples}")
        examples = array.shape[0]
    return arrays


def check_targets(net: Network, T: Array, examples: int) -> Array:
    """T as an array (examples, outputs); raises ArgumentError for what does not fit."""
    T = as_array(T)
    _check_two_dimensions("T", T, f"output layer {net.output.name!r}", net.output.size)
    if T.shape[0] != examples:
        raise ArgumentError(f"T has {T.shape[0]} examples and P has {examples}: they must have the same")
    return T


def as_array(values: Any) -> Array:
    """The values as an array: unchanged if they are one, else by NumPy."""
    import numpy as np

    return values if hasattr(values, "__array_namespace__") else np.asarray(values)


def check_problem(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None,
) -> tuple[Loss, dict[str, Array], Array, Array | None]:
    """All that F is made of: the loss, inputs, targets and weights of the examples; raises ArgumentError."""
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    net.check_parameters(params)
    inputs = check_inputs(net, P)
    examples = next(iter(inputs.values())).shape[0]
    T = check_targets(net, T, examples)
    if sample_weight is None:
        return checked, inputs, T, None
    weight = as_array(sample_weight)
    if tuple(weight.shape) != (examples,):
        raise ArgumentError(f"sample_weight has shape {tuple(weight.shape)}; P has {examples} examples")
    return checked, inputs, T, weight


def _check_two_dimensions(place: str, array: Array, what: str, size: int) -> None:
    if array.ndim != 2:
        raise ArgumentError(
            f"{place} has shape {tuple(array.shape)}; it must be (examples, {size}): reshape it to two dimensions"
        )
    if array.shape[1] != size:
        raise ArgumentError(f"{place} has {array.shape[1]} columns, shape {tuple(array.shape)}; {what} has size {size}")
