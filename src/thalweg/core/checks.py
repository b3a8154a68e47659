"""The checks of what is given to a network: inputs, targets, weights of examples; each refusal names the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ArgumentError, DataError, shown
from .arrays import Array
from .given_arrays import finite_array
from .losses import LOSSES, Loss
from .network import Network, Parameters


def check_inputs(
    net: Network, P: Array | Mapping[str, Array], read: Callable[[str, Any], Array] | None = None
) -> dict[str, Array]:
    """P as a dict of inputs, each (examples, size); raises ArgumentError for what does not fit the network.

    `read` makes an array of each: `finite_array`, which raises DataError, if nothing else is said.
    """
    check_network(net)
    if isinstance(P, Mapping):
        given = dict(P)
    elif len(net.inputs) == 1:
        given = {next(iter(net.inputs)): P}
    else:
        names = ", ".join(f"{name!r}: ..." for name in net.inputs)
        raise ArgumentError(f"P is one array, but the network has {len(net.inputs)} inputs: give P={{{names}}}")
    if set(given) != set(net.inputs):
        told = ", ".join(map(shown, given)) or "none"
        raise ArgumentError(f"P has inputs {told}; the network has {', '.join(net.inputs)}")
    arrays: dict[str, Array] = {}
    examples = None
    for name in net.inputs:
        place = "P" if len(net.inputs) == 1 else f"P[{name!r}]"
        array = arrays[name] = (read or finite_array)(place, given[name])
        _check_two_dimensions(place, array, f"input {name!r}", net.inputs[name])
        if examples not in (None, array.shape[0]):
            raise ArgumentError(f"{place} has {array.shape[0]} examples; the inputs before it have {examples}")
        examples = array.shape[0]
    return arrays


def check_targets(net: Network, T: Array, examples: int, read: Callable[[str, Any], Array] | None = None) -> Array:
    """T as an array (examples, outputs); raises ArgumentError for what does not fit."""
    T = (read or finite_array)("T", T)
    _check_two_dimensions("T", T, f"output layer {net.output.name!r}", net.output.size)
    if T.shape[0] != examples:
        raise ArgumentError(f"T has {T.shape[0]} examples and P has {examples}: they must have the same")
    return T


def check_network(net: Any) -> None:
    """Raise ArgumentError for what is no network."""
    if not isinstance(net, Network):
        raise ArgumentError(f"net is {shown(net)}; it must be a Network, such as tw.mlp(2, 3, 1)")


def check_problem(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None,
) -> tuple[Loss, dict[str, Array], Array, Array | None]:
    """All that F is made of: the loss, inputs, targets and weights of the examples; raises ArgumentError."""
    check_network(net)
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    net.check_parameters(params)
    inputs = check_inputs(net, P)
    examples = next(iter(inputs.values())).shape[0]
    if examples == 0:
        raise DataError("P has no examples")
    T = check_targets(net, T, examples)
    if sample_weight is None:
        return checked, inputs, T, None
    weight = finite_array("sample_weight", sample_weight)
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
