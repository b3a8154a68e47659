"""A feedforward network: named inputs, layers fed by inputs and layers before them; its parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..errors import ArgumentError, shown, unknown
from ..notebook import InWords
from .activations import ACTIVATIONS, Activation, Softmax
from .arrays import Array, DType, Float, namespace
from .kinds import check_fields, is_count
from .network_shown import network_in_html, network_in_words

if TYPE_CHECKING:
    from .initializers import Initializer


class LayerParameters(NamedTuple):
    """The weights of a layer, one array (size, size of source) for each source, and its bias (size,) or None."""

    weights: dict[str, Float[Array, "size source"]]
    bias: Float[Array, " size"] | None


_LONGEST_NAME = 200
"""Letters of the name of an input or a layer, which messages repeat."""
MOST_PARAMETERS = 10**9
"""Of a network that is drawn: 8 GiB in float64."""
Parameters: TypeAlias = dict[str, LayerParameters]


@dataclass(frozen=True)
class Layer:
    """A layer n = Σ W_source a_source + b, a = f(n); without `sources` it is fed by the layer before (NND 3.2-3.4).

    `dropout` is the share of its outputs that training sets to 0 in each step, the rest scaled by 1/(1 - share).

    >>> Layer("hidden", 3, "tanh")
    Layer(name='hidden', size=3, activation=Tanh(), sources=None, bias=True, dropout=0.0)
    """

    name: str
    size: int
    activation: Activation = "linear"  # pyright: ignore[reportAssignmentType] - a name becomes the activation it names
    sources: tuple[str, ...] | None = None
    bias: bool = True
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.sources, str):
            raise ArgumentError(f"layer {self.name!r}: sources is the text {self.sources!r}; give a tuple of names")
        _check_name("layer", self.name)
        _check_size(f"layer {self.name!r}", self.size)
        check_fields(self)
        object.__setattr__(self, "activation", ACTIVATIONS.get(self.activation))
        if self.sources is not None:
            object.__setattr__(self, "sources", tuple(self.sources))
        if not 0.0 <= self.dropout < 1.0:
            raise ArgumentError(
                f"layer {self.name!r}: dropout is {shown(self.dropout)}; it must be at least 0 and below 1"
            )


@dataclass(frozen=True, repr=False)
class Network(InWords):
    """A feedforward acyclic graph of layers; the last one is the output.

    Each layer's sources are inputs or layers that stand before it; a layer without sources is fed by the one before
    it, the first by the only input. Raises ArgumentError for names, sizes and sources that make no network.

    >>> net = Network(inputs={"p": 2}, layers=[Layer("hidden", 3, "tanh"), Layer("out", 1, "sigmoid", ("hidden", "p"))])
    >>> net.parameter_count
    15
    >>> net.layers[1].sources
    ('hidden', 'p')
    """

    inputs: Mapping[str, int]
    layers: Sequence[Layer]

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.inputs:
            raise ArgumentError('a network needs an input: inputs={"p": 2}')
        if not len(self.layers):
            raise ArgumentError("a network needs a layer")
        for name, size in self.inputs.items():
            _check_name("input", name)
            _check_size(f"input {name!r}", size)
        known = list(self.inputs)
        layers = []
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise ArgumentError(f"layers has {shown(layer)}; it must be made of Layer objects")
            layers.append(_with_sources(layer, known, only_input=len(self.inputs) == 1 or bool(layers)))
            known.append(layer.name)
        if layers[-1].dropout:
            raise ArgumentError(f"layer {layers[-1].name!r} is the output: dropout belongs in hidden layers")
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        object.__setattr__(self, "layers", tuple(layers))

    def in_words(self) -> str:
        """Sizes, activations, what feeds what, and the number of parameters."""
        return network_in_words(self)

    def in_html(self) -> str:
        """A picture, and a table of the layers."""
        return network_in_html(self)

    def __hash__(self) -> int:
        return hash((frozenset(self.inputs.items()), self.layers))  # equal whatever the order of the inputs

    def __reduce__(self) -> tuple[object, ...]:
        return Network, (dict(self.inputs), self.layers)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The size of every input and layer."""
        return {**self.inputs, **{layer.name: layer.size for layer in self.layers}}

    @cached_property
    def fed_by(self) -> dict[str, tuple[str, ...]]:
        """For every input and layer, the layers that it feeds."""
        return {name: tuple(layer.name for layer in self.layers if name in _sources(layer)) for name in self.sizes}

    @property
    def output(self) -> Layer:
        """The last layer."""
        return self.layers[-1]

    @cached_property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(
            layer.size * (sum(self.sizes[source] for source in _sources(layer)) + layer.bias) for layer in self.layers
        )

    def init(
        self,
        seed: int = 0,
        initializer: str | Initializer = "auto",
        dtype: DType = "float64",
        *,
        most_parameters: int | None = None,
    ) -> Parameters:
        """Initial parameters as NumPy arrays, drawn layer by layer from `numpy.random.default_rng(seed)`.

        `initializer` is a name or object of `tw.initializers`; "auto" takes what fits each layer's activation.
        A network of more than `most_parameters` (None: 10⁹) is refused before memory is taken for them.

        >>> Network({"p": 2}, [Layer("out", 1)]).init(seed=0, initializer="zeros")["out"].bias
        array([0.])
        """
        import numpy as np

        from .initializers import INITIALIZERS

        self.check_size(most_parameters, "choose smaller layers, or net.init(..., most_parameters=...)")
        draw = INITIALIZERS.get(initializer)
        try:
            rng = np.random.default_rng(seed)
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise ArgumentError(f"seed is {shown(seed)}; it must be a whole number of at least 0") from None
        try:
            dtype = np.dtype(dtype)
        except (TypeError, ValueError, RecursionError):
            raise ArgumentError(f"dtype is {shown(dtype)}; it must be a type of numbers, such as 'float64'") from None
        if dtype.kind != "f":
            raise ArgumentError(f"dtype is {dtype}; it must be one of numbers with decimals, such as 'float64'")
        params: Parameters = {}
        activations: dict[str, Activation | None] = dict.fromkeys(self.inputs)
        for layer in self.layers:
            widths = [self.sizes[source] for source in _sources(layer)]
            fed_by = [activations[source] for source in _sources(layer)]
            weights, bias = draw.of_layer(rng, layer, list(zip(widths, fed_by, strict=True)))
            activations[layer.name] = layer.activation
            parts = np.split(weights.astype(dtype), np.cumsum(widths)[:-1], axis=1)
            arrays = dict(zip(_sources(layer), map(np.ascontiguousarray, parts), strict=True))
            params[layer.name] = LayerParameters(arrays, bias.astype(dtype) if layer.bias else None)
        return params

    def check_size(self, most: int | None = None, remedy: str = "choose smaller layers") -> None:
        """Raise ArgumentError for more parameters than `most`, MOST_PARAMETERS if that is None, before they are made.

        >>> mlp(2, 10**18, 1).check_size()
        Traceback (most recent call last):
        thalweg.errors.ArgumentError: layer 'layer1' of 1,000,000,000,000,000,000 units makes a network of \
4,000,000,000,000,000,001 parameters, more than 1,000,000,000: choose smaller layers
        """
        most = MOST_PARAMETERS if most is None else most
        if self.parameter_count > most:
            largest = max(self.layers, key=lambda layer: layer.size)
            raise ArgumentError(
                f"layer {largest.name!r} of {_written(largest.size)} units makes a network of "
                f"{_written(self.parameter_count)} parameters, more than {most:,}: {remedy}"
            )

    def ravel(self, params: Parameters) -> Array:
        """All parameters as one vector x, layer by layer: its weights source by source, row by row, then its bias.

        >>> net = Network({"p": 2}, [Layer("out", 1)])
        >>> net.ravel(net.init(seed=1, initializer="zeros"))
        array([0., 0., 0.])
        """
        arrays = []
        try:
            for layer in self.layers:
                weights, bias = params[layer.name]
                arrays.extend(weights[source] for source in _sources(layer))
                if bias is not None:
                    arrays.append(bias)
            xp = namespace(*arrays)
            return xp.concat([xp.reshape(array, (-1,)) for array in arrays])
        except Exception:
            self.check_parameters(params)  # names what is wrong, where only that is
            raise

    def unravel(self, x: Array) -> Parameters:
        """The parameters that a vector in the order of `ravel` stands for; raises ArgumentError for a wrong length."""
        if getattr(x, "shape", None) != (self.parameter_count,):
            told = f"has shape {tuple(x.shape)}" if hasattr(x, "__array_namespace__") else f"is {shown(x)}"
            raise ArgumentError(f"x {told}; the network has {self.parameter_count} parameters")
        xp = namespace(x)
        params: Parameters = {}
        start = 0
        for layer in self.layers:
            weights: dict[str, Array] = {}
            for source in _sources(layer):
                stop = start + layer.size * self.sizes[source]
                weights[source] = xp.reshape(x[start:stop], (layer.size, self.sizes[source]))
                start = stop
            bias = x[start : start + layer.size] if layer.bias else None
            start += layer.size if layer.bias else 0
            params[layer.name] = LayerParameters(weights, bias)
        return params

    def check_parameters(self, params: Parameters) -> None:
        """Raise ArgumentError naming the first array that is missing, foreign or of the wrong shape."""
        if not isinstance(params, Mapping):
            raise ArgumentError(
                f"params is {type(params).__name__}; it must be the parameters of the network, as net.init() gives "
                "them: make them from one vector by net.unravel(x)"
            )
        _check_keys("params", params, [layer.name for layer in self.layers])
        for layer in self.layers:
            parts = params[layer.name]
            if not (isinstance(parts, tuple) and len(parts) == 2 and isinstance(parts[0], Mapping)):
                raise ArgumentError(
                    f"params[{layer.name!r}] is {shown(parts)}; it must be LayerParameters(weights, bias)"
                )
            weights, bias = parts
            _check_keys(f"params[{layer.name!r}].weights", weights, _sources(layer))
            for source in _sources(layer):
                _check_shape(
                    f"params[{layer.name!r}].weights[{source!r}]",
                    weights[source],
                    (layer.size, self.sizes[source]),
                )
            if (bias is not None) != layer.bias:
                found = "None" if bias is None else "an array"
                raise ArgumentError(f"params[{layer.name!r}].bias is {found}; the layer has bias={layer.bias}")
            if bias is not None:
                _check_shape(f"params[{layer.name!r}].bias", bias, (layer.size,))


def mlp(
    *sizes: int,
    hidden: str | Activation | Sequence[str | Activation] = "tanh",
    output: str | Activation = "linear",
    dropout: float = 0.0,
) -> Network:
    """A chain: an input of the first size, then a layer for each further size (`layer1`, `layer2`, ...).

    `hidden` is the activation of all hidden layers, or a list of one for each. Raises ArgumentError for sizes that make
    no network, and for an output that is a softmax of one unit: always 1.

    >>> [layer.name for layer in mlp(2, 3, 1).layers]
    ['layer1', 'layer2']
    >>> [layer.activation for layer in mlp(2, 4, 3, 1, hidden=["relu", "tanh"]).layers]
    [ReLU(), Tanh(), Linear()]
    """
    return Network({"input": _first(sizes)}, tuple(_layers(sizes, hidden, output, dropout)))


def cascade(
    *sizes: int,
    hidden: str | Activation | Sequence[str | Activation] = "tanh",
    output: str | Activation = "linear",
    dropout: float = 0.0,
) -> Network:
    """A chain with all shortcuts: every layer is fed by the input and all layers before it (PROBEN1's shortcuts).

    >>> cascade(9, 4, 2, 2).layers[2].sources
    ('input', 'layer1', 'layer2')
    """
    names = ["input"]
    layers = []
    for layer in _layers(sizes, hidden, output, dropout):
        layers.append(Layer(layer.name, layer.size, layer.activation, tuple(names), dropout=layer.dropout))
        names.append(layer.name)
    return Network({"input": _first(sizes)}, tuple(layers))


def _written(count: int) -> str:
    return f"{count:,}" if count < 10**24 else f"more than 10^{count.bit_length() * 3 // 10}"


def check_output(layer: str, size: int, activation: Activation) -> None:
    """Raise ArgumentError for a softmax of one unit, from which nothing can be learnt."""
    if size == 1 and isinstance(activation, Softmax):
        raise ArgumentError(f"layer {layer!r}: a softmax of one unit is always 1: use a sigmoid, or two units")


def _first(sizes: tuple[int, ...]) -> int:
    if len(sizes) < 2:
        raise ArgumentError(f"a network needs the size of its input and of at least one layer; found {sizes}")
    return sizes[0]


def _layers(
    sizes: tuple[int, ...],
    hidden: str | Activation | Sequence[str | Activation],
    output: str | Activation,
    dropout: float,
) -> Iterable[Layer]:
    last = len(sizes) - 1
    each = list(hidden) if isinstance(hidden, list | tuple) else [hidden] * (last - 1)
    if isinstance(hidden, list | tuple) and len(each) != last - 1:
        raise ArgumentError(
            f"hidden has {len(each)} activations; the network has {last - 1} hidden layers: give as many"
        )
    for number, size in enumerate(sizes[1:], start=1):
        activation = ACTIVATIONS.get(output if number == last else each[number - 1])
        if number == last:
            check_output(f"layer{number}", size, activation)
        yield Layer(f"layer{number}", size, activation, dropout=0.0 if number == last else dropout)


def _sources(layer: Layer) -> tuple[str, ...]:
    return layer.sources or ()


def _with_sources(layer: Layer, known: list[str], only_input: bool) -> Layer:
    """The layer with its sources spelled out and checked against the names that stand before it."""
    if layer.name in known:
        raise ArgumentError(f"the name {layer.name!r} stands for two inputs or layers: rename one")
    if layer.sources is None and not only_input:
        raise ArgumentError(f"layer {layer.name!r}: there are several inputs; name those that feed it in sources=(...)")
    sources = (known[-1],) if layer.sources is None else layer.sources
    if not sources:
        raise ArgumentError(f"layer {layer.name!r} has no source: name an input or an earlier layer")
    for source in sources:
        if source not in known:
            message = unknown("source", source, known)
            raise ArgumentError(f"layer {layer.name!r}: {message} (a source must stand before the layer)")
    if len(set(sources)) < len(sources):
        raise ArgumentError(f"layer {layer.name!r} names a source twice: {shown(sources)}")
    return Layer(layer.name, layer.size, layer.activation, sources, layer.bias, layer.dropout)


def _check_name(kind: str, name: object) -> None:
    if not isinstance(name, str) or not name or set(name) & set("/[],"):
        raise ArgumentError(f"{kind} name {shown(name)}: it must be a text without '/', '[', ']' or ','")
    if len(name) > _LONGEST_NAME:
        raise ArgumentError(f"{kind} name {shown(name)}: it must have {_LONGEST_NAME} letters at most")


def _check_size(place: str, size: object) -> None:
    if not (isinstance(size, int) and is_count(size)):
        raise ArgumentError(f"{place} has size {shown(size)}; it must be a whole number of at least 1")


def _check_keys(place: str, found: Mapping[str, object], expected: Iterable[str]) -> None:
    for name in expected:
        if name not in found:
            raise ArgumentError(f"{place} lacks {name!r}; it has {', '.join(map(str, found)) or 'nothing'}")
    for name in found:
        if name not in expected:
            raise ArgumentError(f"{place} has {shown(name)}, which is not in the network")


def _check_shape(place: str, array: Array, expected: tuple[int, ...]) -> None:
    if not hasattr(array, "__array_namespace__"):
        raise ArgumentError(f"{place} is {shown(array)}; it must be an array")
    if getattr(array.dtype, "kind", "f") in "cOSUMm":
        raise ArgumentError(f"{place} holds values of type {array.dtype}; it must hold real numbers")
    if array.shape != expected:
        raise ArgumentError(f"{place} has shape {tuple(array.shape)}; the network needs {expected}")
