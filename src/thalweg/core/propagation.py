"""The heart: the forward phase, the sensitivities s = ∂F/∂n going back, and the gradient they give.

    n^m = Σ W^m a + b^m     a^m = f^m(n^m)                   forward, layer by layer
    s^M = Ḟ^M ∂F/∂a         s^m = Ḟ^m Σ Wᵀ s                 back, over the layers that a layer feeds
    ∂F/∂W^m = (s^m)ᵀ a      ∂F/∂b^m = Σ s^m                  the gradient, summed over the examples

Pure functions of arrays whose library is taken from them: what every engine runs. `checked` has them for arguments as
they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .arrays import Array, Float, Scalar, namespace
from .losses import Loss
from .network import LayerParameters, Network, Parameters
from .weighing import example_factors, of_weighed_terms


class Forward(NamedTuple):
    """What a forward phase computed, layer by layer; each array is (examples, size)."""

    net_inputs: dict[str, Float[Array, "examples _"]]
    """n = Σ W a + b of each layer."""
    outputs: dict[str, Float[Array, "examples _"]]
    """a = f(n) of each layer, and the inputs under their names."""
    sent: dict[str, Float[Array, "examples _"]]
    """What each input and layer sends to those it feeds: its output, with units dropped where dropout is in force."""
    output: Float[Array, "examples outputs"]
    """The output of the last layer."""


def forward_phase(
    net: Network, params: Parameters, inputs: Mapping[str, Array], masks: Mapping[str, Array] | None = None
) -> Forward:
    """n^m and a^m of every layer; `masks` holds the dropout mask of each layer that has dropout. NND 3.2-3.4."""
    sent: dict[str, Array] = dict(inputs)
    outputs: dict[str, Array] = dict(inputs)
    net_inputs: dict[str, Array] = {}
    a = None
    for layer in net.layers:
        weights, bias = params[layer.name]
        n = bias
        for source, W in weights.items():
            z = sent[source] @ W.mT
            n = z if n is None else z + n
        a = layer.activation(n)
        net_inputs[layer.name], outputs[layer.name] = n, a
        sent[layer.name] = a * masks[layer.name] if masks and layer.dropout else a
    return Forward(net_inputs, outputs, sent, a)


def backward_phase(
    net: Network,
    loss: Loss,
    params: Parameters,
    passed: Forward,
    T: Array,
    sample_weight: Array | None = None,
    masks: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """The sensitivities s^m of F: those of the output layer, s^M, and from them all others. NND 3.49-3.50."""
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    c = example_factors(loss, last.size, a.shape[0], sample_weight)
    return sensitivities_from(
        net, params, passed, of_weighed_terms(loss.sensitivity, last.activation, n, a, T, c), masks
    )


def sensitivities_from(
    net: Network,
    params: Parameters,
    passed: Forward,
    s_output: Array,
    masks: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """All sensitivities from those of the output layer: s^m = Ḟ^m Σ Wᵀ s over the layers fed."""
    s = {net.output.name: s_output}
    for layer in reversed(net.layers[:-1]):
        n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
        fed = [s[after] @ params[after].weights[layer.name] for after in net.fed_by[layer.name]]
        v = sum(fed[1:], start=fed[0]) if fed else namespace(a).zeros_like(a)
        if masks and layer.dropout:
            v = v * masks[layer.name]
        s[layer.name] = layer.activation.backpropagate(n, a, v)
    return {layer.name: s[layer.name] for layer in net.layers}


def loss_and_gradient(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    masks: Mapping[str, Array] | None = None,
    *,
    l1: Scalar | None = None,
    l2: Scalar | None = None,
) -> tuple[Array, Parameters]:
    """F and its gradient, with the penalties. NND 3.39-3.40.

    Args:
        net, loss, params: Of what.
        inputs, T: The examples: an array (examples, size) of each input, and (examples, outputs).
        sample_weight: (examples,), or (examples, outputs) of the single targets.
        masks: The dropout mask of each layer that has dropout.
        l1, l2: Of l1 Σ|w| and (l2/2) Σ w²; one that is None costs nothing.
    """
    passed = forward_phase(net, params, inputs, masks)
    F = total_loss(net, loss, passed, T, sample_weight)
    s = backward_phase(net, loss, params, passed, T, sample_weight, masks)
    return penalized(F, collect(passed, s, params), params, l1, l2)


def collect(passed: Forward, s: Mapping[str, Array], params: Parameters) -> Parameters:
    """What sensitivities make of the parameters: sᵀa for weights, Σ s for biases. NND 3.39-3.40."""
    return {
        name: LayerParameters(
            {source: s[name].T @ passed.sent[source] for source in weights},
            None if bias is None else namespace(s[name]).sum(s[name], axis=0),
        )
        for name, (weights, bias) in params.items()
    }


def penalized(
    F: Array, gradient: Parameters, params: Parameters, l1: Scalar | None, l2: Scalar | None
) -> tuple[Array, Parameters]:
    """F and its gradient with l1 Σ|w| and (l2/2) Σ w² of the weights; one that is None costs nothing."""
    if l1 is None and l2 is None:
        return F, gradient
    xp = namespace(F)
    found: Parameters = {}
    for name, by in gradient.items():
        weights, by_weight = params[name].weights, by.weights
        if l1 is not None:
            by_weight = {source: g + l1 * xp.sign(weights[source]) for source, g in by_weight.items()}
            F = F + l1 * sum(xp.sum(xp.abs(W)) for W in weights.values())
        if l2 is not None:
            by_weight = {source: g + l2 * weights[source] for source, g in by_weight.items()}
            F = F + 0.5 * l2 * sum(xp.sum(W * W) for W in weights.values())
        found[name] = LayerParameters(by_weight, by.bias)
    return F, found


def total_loss(net: Network, loss: Loss, passed: Forward, T: Array, sample_weight: Array | None = None) -> Array:
    """F = Σ c ℓ of a forward phase, without penalties."""
    last = net.output
    terms = loss.terms(last.activation, passed.net_inputs[last.name], passed.output, T)
    c = example_factors(loss, last.size, terms.shape[0], sample_weight)
    xp = namespace(terms)
    return xp.sum(terms) * c if sample_weight is None else xp.sum(terms * c)
