"""The heart: the forward phase, the sensitivities s = ∂F/∂n going back, and the gradient they give.

Pure functions of arrays; the array library is taken from the arguments. `run_forward` and `run_backward`
are what every engine runs; `forward`, `sensitivities` and `gradient` check their arguments first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ArgumentError
from .arrays import Array, Float, namespace
from .losses import LOSSES, Loss, example_factors
from .network import LayerParameters, Network, Parameters


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


def forward(net: Network, params: Parameters, P: Array | Mapping[str, Array]) -> Forward:
    """The forward phase: n^m = Σ W^m a + b^m and a^m = f^m(n^m) for every layer. NND 3.2-3.4.

    P is (examples, features), or a mapping of such arrays when the network has several inputs. Raises ArgumentError
    for shapes that do not fit.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> params = net.unravel(np.array([2.0, 3.0, 1.0]))
    >>> tw.forward(net, params, np.array([[1.0, 1.0]])).output
    array([[6.]])
    """
    net.check_parameters(params)
    return run_forward(net, params, check_inputs(net, P))


def sensitivities(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
) -> dict[str, Float[Array, "examples size"]]:
    """s^m = ∂F/∂n^m of every layer: s^M = Ḟ^M ∂F/∂a, and s^m = Ḟ^m Σ Wᵀ s over the layers fed.

    The loss's factors are within. P and T are (examples, features) and (examples, outputs); NND 3.38, 3.49, 3.50,
    AIFH 6.5. Raises ArgumentError for shapes that do not fit.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> tw.sensitivities(net, "sse", params, np.array([[3.0]]), np.array([[5.0]]))
    {'layer1': array([[2.]])}
    """
    loss, inputs, T, sample_weight = _check(net, loss, params, P, T, sample_weight)
    return run_backward(net, loss, params, run_forward(net, params, inputs), T, sample_weight)


def gradient(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[Array, Parameters]:
    """F and its gradient, in the structure of the parameters: ∂F/∂W^m = (s^m)ᵀ a^{m-1}, ∂F/∂b^m = Σ s^m. NND 3.39-3.40.

    `sample_weight` (examples,) weighs the examples, so that a weight of 2 is a row given twice. `l1` adds l1 Σ|w| and
    `l2` adds (l2/2) Σ w² over the weights, not the biases. Raises ArgumentError for shapes that do not fit.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> F, g = tw.gradient(net, "sse", params, np.array([[3.0]]), np.array([[5.0]]))
    >>> float(F), g["layer1"].weights["input"], g["layer1"].bias
    (1.0, array([[6.]]), array([2.]))
    """
    loss, inputs, T, sample_weight = _check(net, loss, params, P, T, sample_weight)
    return run_gradient(net, loss, params, inputs, T, sample_weight, l1=_penalty(l1), l2=_penalty(l2))


def run_forward(
    net: Network, params: Parameters, inputs: Mapping[str, Array], masks: Mapping[str, Array] | None = None
) -> Forward:
    """The forward phase of checked arguments; `masks` holds the dropout mask of each layer that has dropout."""
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


def run_backward(
    net: Network,
    loss: Loss,
    params: Parameters,
    passed: Forward,
    T: Array,
    sample_weight: Array | None = None,
    masks: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """The sensitivities of checked arguments, from the output layer back."""
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    c = example_factors(loss, last.size, a.shape[0], sample_weight)
    return run_back(net, params, passed, loss.sensitivity(last.activation, n, a, T) * c, masks)


def run_back(
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


def run_gradient(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    masks: Mapping[str, Array] | None = None,
    *,
    l1: Any = None,
    l2: Any = None,
) -> tuple[Array, Parameters]:
    """F and its gradient of checked arguments; a penalty that is None costs nothing."""
    passed = run_forward(net, params, inputs, masks)
    F = total_loss(net, loss, passed, T, sample_weight)
    s = run_backward(net, loss, params, passed, T, sample_weight, masks)
    xp = namespace(passed.output)
    found: Parameters = {}
    for name, (weights, bias) in params.items():
        by_weight = {source: s[name].T @ passed.sent[source] for source in weights}
        if l1 is not None:
            by_weight = {source: g + l1 * xp.sign(weights[source]) for source, g in by_weight.items()}
            F = F + l1 * sum(xp.sum(xp.abs(W)) for W in weights.values())
        if l2 is not None:
            by_weight = {source: g + l2 * weights[source] for source, g in by_weight.items()}
            F = F + 0.5 * l2 * sum(xp.sum(W * W) for W in weights.values())
        found[name] = LayerParameters(by_weight, None if bias is None else xp.sum(s[name], axis=0))
    return F, found


def total_loss(net: Network, loss: Loss, passed: Forward, T: Array, sample_weight: Array | None = None) -> Array:
    """F = Σ_q c_q ℓ(a_q, t_q) of a forward phase, without penalties."""
    last = net.output
    terms = loss.terms(last.activation, passed.net_inputs[last.name], passed.output, T)
    c = example_factors(loss, last.size, terms.shape[0], sample_weight)
    xp = namespace(terms)
    return xp.sum(terms) * c if sample_weight is None else xp.sum(terms * c)


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


def _check(
    net: Network, loss: str | Loss, params: Parameters, P: Any, T: Array, sample_weight: Array | None
) -> tuple[Loss, dict[str, Array], Array, Array | None]:
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


def _penalty(number: Any) -> Any:
    """None for a plain 0, which then costs nothing; a traced number may be anything."""
    return None if isinstance(number, int | float) and number == 0 else number


def _check_two_dimensions(place: str, array: Array, what: str, size: int) -> None:
    if array.ndim != 2:
        raise ArgumentError(
            f"{place} has shape {tuple(array.shape)}; it must be (examples, {size}): reshape it to two dimensions"
        )
    if array.shape[1] != size:
        raise ArgumentError(f"{place} has {array.shape[1]} columns, shape {tuple(array.shape)}; {what} has size {size}")
