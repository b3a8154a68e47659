"""Conventions of texts that a training has not: one bias for a layer, penalties on biases, a rate for each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from ...core.arrays import Array
from ...core.blocks import loss_and_gradient_in_blocks
from ...core.kinds import as_number, check_count, is_truth
from ...core.losses import Loss
from ...core.network import LayerParameters, Network, Parameters
from ...errors import ArgumentError, shown, unknown

MOST_DECIMALS = 12
"""To which a step can be rounded."""
PENALIZED = ("weights", "all")
SHARED_OVER = ("step", "examples")


@dataclass(frozen=True)
class Conventions:
    """How a step is made and shown where texts differ; by default as `tw.train` makes it.

    `shared_bias` are layers whose units have one bias together: its gradient is the sum over them. `penalize` says
    whether l1 and l2 are on "weights" alone or on "all" parameters, and `penalty_over` whether they are those of the
    "step" or are divided by its "examples", as in λ/2m. `learning_rates` has a rate for each layer. `input_gradients`
    shows the gradients by the inputs. `decimals` rounds every line to so many, and goes on from what is rounded.
    """

    shared_bias: tuple[str, ...] = ()
    penalize: Literal["weights", "all"] = "weights"
    penalty_over: Literal["step", "examples"] = "step"
    learning_rates: Mapping[str, float] | None = None
    input_gradients: bool = False
    decimals: int | None = None

    def rate_of(self, layer: str) -> float | None:
        """The learning rate of a layer, if it has one of its own."""
        return None if self.learning_rates is None else self.learning_rates[layer]


PLAIN = Conventions()


def check_conventions(
    net: Network,
    *,
    shared_bias: str | Sequence[str] = (),
    penalize: str = "weights",
    penalty_over: str = "step",
    learning_rates: Mapping[str, float] | None = None,
    input_gradients: bool = False,
    decimals: int | None = None,
    place_of_rates: str = "learning_rates",
) -> Conventions:
    """The conventions of a step of a network; raises ArgumentError for what they cannot be.

    `place_of_rates` is where the learning rates were given.

    >>> import thalweg as tw
    >>> check_conventions(tw.mlp(1, 2, 1), shared_bias=["layer1"]).shared_bias
    ('layer1',)
    """
    for name, value, known in (("penalize", penalize, PENALIZED), ("penalty_over", penalty_over, SHARED_OVER)):
        if not isinstance(value, str) or value not in known:
            raise ArgumentError(f"{name} is {shown(value)}; it must be {' or '.join(map(repr, known))}")
    if not is_truth(input_gradients):
        raise ArgumentError(f"input_gradients is {shown(input_gradients)}; it must be true or false")
    if decimals is not None:
        check_count("decimals", decimals, 0, MOST_DECIMALS)
    return Conventions(
        _shared(net, shared_bias),
        "all" if penalize == "all" else "weights",
        "examples" if penalty_over == "examples" else "step",
        None if learning_rates is None else _rates(net, learning_rates, place_of_rates),
        bool(input_gradients),
        None if decimals is None else int(decimals),
    )


def _shared(net: Network, shared_bias: str | Sequence[str]) -> tuple[str, ...]:
    """The layers with one bias, each once, in the network's order."""
    if isinstance(shared_bias, str) or not isinstance(shared_bias, Sequence):
        told = f", such as [{shared_bias!r}]" if isinstance(shared_bias, str) else ""
        raise ArgumentError(f"shared_bias is {shown(shared_bias)}; it must be a list of layers{told}")
    names = [layer.name for layer in net.layers]
    for name in shared_bias:
        if name not in names:
            raise ArgumentError(f"shared_bias: {unknown('layer', name, names)}")
    for layer in net.layers:
        if layer.name in shared_bias and not layer.bias:
            raise ArgumentError(f"shared_bias: layer {layer.name!r} has no bias to share")
    return tuple(name for name in names if name in shared_bias)


def _rates(net: Network, rates: Mapping[str, float], place: str) -> dict[str, float]:
    """A rate for each layer."""
    if not isinstance(rates, Mapping):
        raise ArgumentError(f"{place} is {shown(rates)}; it must be a rate for each layer, by its name")
    names = [layer.name for layer in net.layers]
    for name in rates:
        if name not in names:
            raise ArgumentError(f"{place}: {unknown('layer', name, names)}")
    found = {}
    for name in names:
        if name not in rates:
            raise ArgumentError(f"{place} has none for layer {name!r}: give each layer its own")
        rate = as_number(rates[name])
        if rate is None or isinstance(rates[name], bool | str) or not 0.0 <= rate < np.inf:
            raise ArgumentError(f"{place}: {name!r} is {shown(rates[name])}; it must be a number of at least 0")
        found[name] = rate
    return found


def check_shared(shared_bias: Sequence[str], params: Parameters, held: Parameters | None) -> None:
    """Raise ArgumentError where the units of a layer with one bias have different ones, or some are held alone."""
    for name in shared_bias:
        bias = params[name].bias
        assert bias is not None
        if not (bias == bias[0]).all():
            raise ArgumentError(
                f"layer {name!r} has one bias (shared_bias), but is given {shown([float(b) for b in bias])}: give each "
                "unit the same"
            )
        of_held = None if held is None else held[name].bias
        if of_held is not None and not (of_held == of_held[0]).all():
            raise ArgumentError(
                f"fixed holds one unit's bias of layer {name!r}, which has one for all: name {name}.bias"
            )


def parameters_told(net: Network, shared_bias: Sequence[str]) -> int:
    """How many parameters a network has, where the units of some layers have one bias together.

    >>> import thalweg as tw
    >>> parameters_told(tw.mlp(1, 3, 1), ["layer1"])
    8
    """
    return net.parameter_count - sum(net.sizes[layer] - 1 for layer in shared_bias)


def share_biases(shared_bias: Sequence[str], gradient: Parameters) -> Parameters:
    """A gradient in which the bias of a layer with one for all has the sum over its units, in the place of each.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 2)
    >>> share_biases(["layer1"], net.unravel(np.arange(4.0)))["layer1"].bias
    array([5., 5.])
    """
    if not shared_bias:
        return gradient
    return {
        name: LayerParameters(weights, np.full_like(bias, bias.sum()))
        if name in shared_bias and bias is not None
        else LayerParameters(weights, bias)
        for name, (weights, bias) in gradient.items()
    }


def objective(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    weight: Array | None,
    masks: Mapping[str, Array] | None,
    conventions: Conventions,
    *,
    l1: float | None,
    l2: float | None,
) -> tuple[Any, Parameters]:
    """F and its gradient on NumPy: `loss_and_gradient`, with one bias for a layer and penalties on biases.

    Args:
        net, loss, params, inputs, T, masks, l1, l2: As there.
        weight: The `sample_weight` there.
        conventions: Which layers share a bias, and what is penalized.
    """
    F, gradient = loss_and_gradient_in_blocks(net, loss, params, inputs, T, weight, masks, l1=l1, l2=l2)
    gradient = share_biases(conventions.shared_bias, gradient)
    if conventions.penalize == "weights" or not (l1 or l2):
        return F, gradient
    found: Parameters = {}
    for name, (by_weight, by_bias) in gradient.items():
        bias = params[name].bias
        if bias is None or by_bias is None:
            found[name] = gradient[name]
            continue
        counted = bias[:1] if name in conventions.shared_bias else bias
        of_l1, of_l2 = l1 or 0.0, l2 or 0.0
        F = F + of_l1 * np.abs(counted).sum() + 0.5 * of_l2 * (counted * counted).sum()
        by_bias_too = by_bias + of_l1 * np.sign(bias) + of_l2 * bias
        found[name] = LayerParameters(by_weight, by_bias_too.astype(bias.dtype))
    return F, found


def refuse_for(rule: str, conventions: Conventions, names: Mapping[str, str] = MappingProxyType({})) -> None:
    """Raise ArgumentError for a convention that a rule which moves all parameters at once cannot follow.

    `names` are what conventions are called where they were given, if not as here.
    """
    for name, given in (
        ("shared_bias", conventions.shared_bias),
        ("penalize", conventions.penalize == "all"),
        ("learning_rates", conventions.learning_rates is not None),
        ("decimals", conventions.decimals is not None),
    ):
        if given:
            raise ArgumentError(
                f"{names.get(name, name)}: {rule} moves all parameters at once, and knows nothing of it: take a "
                "first-order rule, such as gd"
            )
