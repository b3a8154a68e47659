"""The network of an estimator, and its parameters as scikit-learn holds them: `coefs_` and `intercepts_`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar, cast

import numpy as np

from ..core.activations import ACTIVATIONS, Activation
from ..core.arrays import DType
from ..core.initializers import INITIALIZERS
from ..core.network import Layer, LayerParameters, Network, Parameters, check_output
from .given import ActivationOrName, InitializerOrPair
from .poisson import Exponential

Value = TypeVar("Value")

INPUT = "input"
ACTIVATION_NAMES = {"identity": "linear", "logistic": "sigmoid"}
"""The activations that scikit-learn calls otherwise."""
OUTPUT_NAMES = {"linear": "identity", "sigmoid": "logistic"}


def activation_of(given: ActivationOrName) -> Activation:
    """An activation by scikit-learn's name, by ours, or as it is."""
    if isinstance(given, str) and given == "exp":
        return Exponential()
    return ACTIVATIONS.get(ACTIVATION_NAMES.get(given, given) if isinstance(given, str) else given)


def each_layer(name: str, given: Value | Sequence[Value], layers: int) -> list[Value]:
    """One value for each hidden layer: the same for all, or a list of as many; raises ValueError for another number."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [cast("Value", given)] * layers
    if len(given) != layers:
        raise ValueError(
            f"{name} has {len(given)} values for {layers} hidden layers: give one for each, or one for all"
        )
    return list(given)


def make_network(
    units: Sequence[int], activations: Sequence[ActivationOrName], output: ActivationOrName, dropout: Sequence[float]
) -> Network:
    """The chain of layers of these units, the inputs first."""
    last = len(units) - 1
    layers = []
    for number, size in enumerate(units[1:], start=1):
        hidden = number < last
        activation = activation_of(activations[number - 1] if hidden else output)
        if not hidden:
            check_output(f"layer{number}", size, activation)
        layers.append(
            Layer(f"layer{number}", int(size), activation, dropout=float(dropout[number - 1]) if hidden else 0.0)
        )
    return Network({INPUT: int(units[0])}, tuple(layers))


def parameters_of(net: Network, coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> Parameters:
    """`coefs_` (inputs, units) and `intercepts_` as parameters: views, where they are arrays."""
    source = INPUT
    params: Parameters = {}
    for layer, W, b in zip(net.layers, coefs, intercepts, strict=True):
        params[layer.name] = LayerParameters({source: np.asarray(W).T}, np.asarray(b))
        source = layer.name
    return params


def coefs_of(params: Parameters) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Parameters as `coefs_` and `intercepts_`: copies."""
    coefs, intercepts = [], []
    for weights, bias in params.values():
        (W,) = weights.values()
        coefs.append(np.array(W.T, order="C"))
        intercepts.append(np.array(bias))
    return coefs, intercepts


def scikit_learn_start(
    units: Sequence[int], logistic: bool, random: np.random.RandomState, dtype: DType
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights and biases as scikit-learn draws them: U(-r, r), r = √(6/(fan_in + fan_out)), 2 for 6 before a logistic.

    `logistic` is whether the hidden layers are.
    """
    coefs, intercepts = [], []
    for fan_in, fan_out in pairwise(units):
        bound = np.sqrt((2.0 if logistic else 6.0) / (fan_in + fan_out))
        coefs.append(random.uniform(-bound, bound, (fan_in, fan_out)).astype(dtype, copy=False))
        intercepts.append(random.uniform(-bound, bound, fan_out).astype(dtype, copy=False))
    return coefs, intercepts


def start_of(
    net: Network,
    init: InitializerOrPair,
    activation: ActivationOrName | Sequence[ActivationOrName],
    random: np.random.RandomState,
    dtype: DType,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The initial `coefs_` and `intercepts_` that `init` says: "sklearn", a name of ours, or a pair of both.

    `activation` is that of the hidden layers, or a list with one for each.
    """
    if isinstance(init, str) and init == "sklearn":
        each = [activation] if isinstance(activation, str | Activation) else activation
        logistic = bool(each) and all(activation_of(one) == activation_of("logistic") for one in each)
        return scikit_learn_start(
            [*net.inputs.values(), *(layer.size for layer in net.layers)], logistic, random, dtype
        )
    if isinstance(init, list | tuple):
        coefs, intercepts = init
        given = parameters_of(net, coefs, intercepts)
        net.check_parameters(given)
        coefs, intercepts = coefs_of(given)
        return [W.astype(dtype) for W in coefs], [b.astype(dtype) for b in intercepts]
    return coefs_of(net.init(int(random.randint(2**31)), INITIALIZERS.get(init), dtype))
