"""The network of a step file, with its weights, and the numbers and parts that such a file holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.activations import ACTIVATIONS
from ...core.initializers import INITIALIZERS
from ...core.kinds import check_count, is_finite_number
from ...core.network import Layer, LayerParameters, Network, Parameters
from ...errors import ArgumentError, shown, unknown
from ..notations import AnyNotation, name_of_notation, notation_named
from ..step.decimals import rounded_tree

NETWORK = ("inputs", "layers", "weights_are")
"""The keys of `[network]`."""


def read_network(
    data: Mapping[str, Any], dtype: str, order: str | None, notation: AnyNotation, most: int
) -> tuple[Network, Parameters]:
    """The network, with its weights as they are given, the others by the seed."""
    table = data.get("network")
    if not isinstance(table, Mapping):
        raise ArgumentError("the file has no [network]: give inputs and [[network.layers]]")
    check_keys("[network]", table, NETWORK)
    inputs = table.get("inputs")
    inputs = {"input": inputs} if isinstance(inputs, int) else inputs
    if not isinstance(inputs, Mapping):
        raise ArgumentError(f"[network] inputs is {shown(inputs)}; it must be a number, or names with sizes: {{p = 2}}")
    entries = table.get("layers")
    if not isinstance(entries, list) or not entries:
        raise ArgumentError("[network] has no layers: add [[network.layers]] with name, size and activation")
    layers = [_layer(entry, number) for number, entry in enumerate(entries, start=1)]
    net = Network(dict(inputs), layers)
    net.check_size(most, "choose smaller layers, or allow more with --max-parameters (most_parameters=...)")
    seed = check_count("seed", data.get("seed", 0), 0)
    INITIALIZERS.get(data.get("initializer", "auto"))
    drawn = net.init(seed, data.get("initializer", "auto"), dtype, most_parameters=most)
    if "round" in data:  # a calculation by hand begins with numbers that can be written down
        drawn = rounded_tree(drawn, data["round"])
    params: Parameters = {}
    for layer, entry in zip(net.layers, entries, strict=True):
        if order is None and notation_named(notation).from_to:
            _ask_about_square(net, layer, entry.get("weights"), notation)
        params[layer.name] = read_parameters(net, layer, entry, drawn[layer.name], dtype, order == "from, to")
    net.check_parameters(params)
    return net, params


LAYER = ("name", "size", "activation", "sources", "weights", "bias", "shared_bias", "dropout")


def shared_biases(net: Network, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The layers of which the file says that their units have one bias together."""
    entries = zip(net.layers, data["network"]["layers"], strict=True)
    return tuple(layer.name for layer, entry in entries if entry.get("shared_bias", False) is not False)


def _layer(entry: Any, number: int) -> Layer:
    place = f"layer {number}"
    if not isinstance(entry, Mapping):
        raise ArgumentError(f"{place} is {shown(entry)}; write it as [[network.layers]]")
    check_keys(place, entry, LAYER)
    activation = read_part(ACTIVATIONS, entry.get("activation", "linear"), f"activation of {place}")
    sources = entry.get("sources")
    if sources is not None and (not isinstance(sources, list) or not all(isinstance(s, str) for s in sources)):
        raise ArgumentError(f"{place}: sources is {shown(sources)}; it must be a list of names")
    bias = entry.get("bias", True)
    if entry.get("shared_bias", False) is not False and "bias" in entry:
        raise ArgumentError(f"{place} has bias and shared_bias, which are two ways to have one: leave one of them out")
    return Layer(
        entry.get("name", f"layer{number}"),
        entry.get("size", len(bias) if isinstance(bias, list) else 1),
        activation,
        None if sources is None else tuple(sources),
        bias is not False,
        dropout=read_number(f"dropout of {place}", entry.get("dropout", 0.0)),
    )


def _ask_about_square(net: Network, layer: Layer, given: Any, notation: AnyNotation) -> None:
    """Refuse a square matrix in the notation of a text that would write it the other way round, unless it is said."""
    for source in layer.sources or ():
        values = given.get(source) if isinstance(given, Mapping) else given
        rows = isinstance(values, list) and all(isinstance(row, list) for row in values)
        if rows and layer.size == net.sizes[source] > 1:
            raise ArgumentError(
                f"weights of layer {layer.name!r} from {source!r} are square, and the text of notation "
                f"{name_of_notation(notation)!r} "
                'writes weights from, to: say weights_are = "from, to" at the top of the file if its matrices are '
                'written so, or weights_are = "to, from" if each row is a unit\'s'
            )


def read_parameters(
    net: Network,
    layer: Layer,
    entry: Mapping[str, Any],
    drawn: LayerParameters,
    dtype: str,
    from_to: bool = False,
    of: str = "",
) -> LayerParameters:
    """Weights and bias of a layer as an entry gives them, else as drawn; `from_to`: its matrices are transposed.

    `of` says in messages of what they are, if not the network's own.
    """
    of = f"{of} " if of else ""
    sources: tuple[str, ...] = layer.sources or ()
    given = entry.get("weights", {})
    if not isinstance(given, Mapping):
        if len(sources) > 1:
            raise ArgumentError(
                f"layer {layer.name!r} has several sources: give weights.{sources[0]} and so on, one matrix each"
            )
        given = dict.fromkeys(sources, given)
    check_keys(f"{of}weights of layer {layer.name!r}", given, sources)
    weights = {}
    for source in sources:
        shape = (layer.size, net.sizes[source])
        place = f"{of}weights of layer {layer.name!r} from {source!r}"
        if source not in given:
            weights[source] = drawn.weights[source]
        elif from_to:
            weights[source] = read_array(given[source], place, shape[::-1], dtype).T.copy()
        else:
            weights[source] = read_array(given[source], place, shape, dtype)
    place = f"{of}bias of layer {layer.name!r}"
    shared = entry.get("shared_bias", False)
    if shared is not False and drawn.bias is not None:
        one = drawn.bias[0] if shared is True else read_number(f"shared_{place}", shared)
        return LayerParameters(weights, np.full(layer.size, one, dtype))
    bias = entry.get("bias", True)
    if isinstance(bias, bool):
        return LayerParameters(weights, drawn.bias)
    if not isinstance(bias, list) and layer.size > 1:
        raise ArgumentError(f"{place} is {shown(bias)}; give a list of {layer.size}, or one for all as shared_bias")
    return LayerParameters(weights, read_array(bias, place, (layer.size,), dtype))


def read_part(registry: Any, given: Any, place: str) -> Any:
    """A part of a registry from its name, or from a table with name and settings."""
    if registry is ACTIVATIONS and given == "formula":
        given = {"name": given}
    if isinstance(given, str):
        return registry.get(given)
    if not isinstance(given, Mapping) or "name" not in given:
        raise ArgumentError(f"{place} is {shown(given)}; give a name, or a table with name and settings")
    if registry is ACTIVATIONS and given["name"] == "formula" and "formula" not in given:
        raise ArgumentError(
            f'{place} is "formula" without one: write {{name = "formula", formula = "n / (1 + abs(n))"}}'
        )
    return registry.build(given)


def read_array(values: Any, place: str, shape: Sequence[int], dtype: str) -> np.ndarray:
    """An array of a shape; raises ArgumentError that names the place, and asks "transposed?" where that fits."""
    shape = tuple(shape)
    array = _numbers(values, place, dtype)
    if array.size == np.prod(shape) and array.ndim < len(shape):
        array = array.reshape(shape)  # a single row or column may be a plain list
    if array.shape != shape:
        turned = array.shape == shape[::-1]
        hint = '; transposed? weights_are = "from, to" at the top of the file says so' if turned else ""
        raise ArgumentError(f"{place} has shape {array.shape}; the network needs {shape}{hint}")
    return _finite(array, place)


def read_rows(values: Any, place: str, *, missing: bool = False) -> np.ndarray:
    """Examples as rows; a plain list is one number an example. With `missing` some may be NaN."""
    array = _numbers(values, place, "float64")
    _finite(np.where(np.isnan(array), 0.0, array) if missing else array, place)
    return array[:, None] if array.ndim == 1 else array


def _numbers(values: Any, place: str, dtype: str) -> np.ndarray:
    for value in _flat(values):
        if isinstance(value, bool):
            raise ArgumentError(f"{place} has {str(value).lower()}, which is no number: write 1 or 0")
        if isinstance(value, str):
            raise ArgumentError(f"{place} has {shown(value)}: words are not numbers, write 1.5")
    try:
        return np.asarray(values, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{place}: {shown(values)} are not numbers in rows of equal length") from None


def _flat(values: Any) -> Iterator[Any]:
    """The values of lists in lists."""
    if not isinstance(values, list | tuple):
        yield values
        return
    for value in values:
        yield from _flat(value)


def _finite(array: np.ndarray, place: str) -> np.ndarray:
    if not np.isfinite(array).all():
        raise ArgumentError(f"{place} has a number that is not finite")
    return array


def read_number(place: str, value: Any) -> float:
    """A finite number; raises ArgumentError that names the place."""
    if not is_finite_number(value):
        raise ArgumentError(f"{place} is {shown(value)}; it must be a number")
    return float(value)


def check_keys(place: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise ArgumentError, with the near names, for a key that is none of those known."""
    for key in found:
        if key not in known:
            raise ArgumentError(f"{place}: {unknown('key', key, known)}")
