"""Second derivatives through our own backward phase: Jacobian, Gauss-Newton and Hessian products, Hessian.

Each product with a vector costs about two gradients and stores no matrix.
"""

from __future__ import annotations

from collections.abc import Mapping

from .arrays import Array, Float, Scalar, namespace
from .control import map_rows
from .losses import Loss
from .network import LayerParameters, Network, Parameters
from .propagation import Forward, backward_phase, collect, forward_phase, sensitivities_from
from .weighing import example_factors, of_weighed_terms


def tangent_phase(
    net: Network, params: Parameters, passed: Forward, direction: Parameters
) -> tuple[dict[str, Array], dict[str, Array]]:
    """How net inputs and outputs change with the parameters along `direction`: the forward phase's derivative.

    The inputs of the network do not change, and are not among the outputs.
    """
    xp = namespace(passed.output)
    n_dot: dict[str, Array] = {}
    a_dot: dict[str, Array] = {}
    for layer in net.layers:
        weights, bias = direction[layer.name]
        change = xp.zeros_like(passed.net_inputs[layer.name]) if bias is None else bias
        for source, V in weights.items():
            change = change + passed.sent[source] @ V.T
            if source in a_dot:
                change = change + a_dot[source] @ params[layer.name].weights[source].T
        n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
        n_dot[layer.name] = xp.broadcast_to(change, n.shape)
        a_dot[layer.name] = layer.activation.push(n, a, n_dot[layer.name])
    return n_dot, a_dot


def hessian_product(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    direction: Parameters,
    sample_weight: Array | None = None,
    *,
    l2: Scalar | None = None,
) -> Parameters:
    """∇²F v exactly: the derivative of the gradient along v, taken through the forward and backward phases.

    Pearlmutter 1994. `direction` is v in the structure of the parameters, and so is the result.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> v = net.unravel(np.array([1.0, 0.0]))
    >>> net.ravel(hessian_product(net, tw.losses.SSE(), net.init(0), {"input": P}, T, v))
    array([4., 0.])
    """
    passed = forward_phase(net, params, inputs)
    s = backward_phase(net, loss, params, passed, T, sample_weight)
    return hessian_product_after(net, loss, params, passed, s, T, direction, sample_weight, l2=l2)


def hessian_product_after(
    net: Network,
    loss: Loss,
    params: Parameters,
    passed: Forward,
    s: Mapping[str, Array],
    T: Array,
    direction: Parameters,
    sample_weight: Array | None = None,
    *,
    l2: Scalar | None = None,
) -> Parameters:
    """`hessian_product` after the two phases that all directions share.

    Args:
        net, loss, params, T, direction, sample_weight, l2: As there.
        passed: The forward phase.
        s: The sensitivities of the backward phase.
    """
    n_dot, a_dot = tangent_phase(net, params, passed, direction)
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    c = example_factors(loss, last.size, a.shape[0], sample_weight)
    s_dot = {last.name: of_weighed_terms(loss.sensitivity_dot, last.activation, n, a, T, c, n_dot[last.name])}
    xp = namespace(a)
    for layer in reversed(net.layers[:-1]):
        n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
        v, v_dot = xp.zeros_like(a), xp.zeros_like(a)
        for after in net.fed_by[layer.name]:
            W, V = params[after].weights[layer.name], direction[after].weights[layer.name]
            v, v_dot = v + s[after] @ W, v_dot + s_dot[after] @ W + s[after] @ V
        s_dot[layer.name] = layer.activation.backpropagate_dot(n, a, v, n_dot[layer.name], v_dot)
    found: Parameters = {}
    for name, (weights, bias) in direction.items():
        by_source = {source: s_dot[name].T @ passed.sent[source] for source in weights}
        for source in by_source.keys() & a_dot.keys():
            by_source[source] = by_source[source] + s[name].T @ a_dot[source]
        if l2 is not None:
            by_source = {source: g + l2 * weights[source] for source, g in by_source.items()}
        found[name] = LayerParameters(by_source, None if bias is None else xp.sum(s_dot[name], axis=0))
    return found


def gauss_newton_product(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    direction: Parameters,
    sample_weight: Array | None = None,
    *,
    l2: Scalar | None = None,
) -> Parameters:
    """Jᵀ B J v, the Hessian's part that is never negative: J of the outputs, B the loss's own curvature.

    Schraudolph 2002.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> v = net.unravel(np.array([0.0, 1.0]))
    >>> net.ravel(gauss_newton_product(net, tw.losses.SSE(), net.init(0), {"input": P}, T, v))
    array([0., 6.])
    """
    passed = forward_phase(net, params, inputs)
    return gauss_newton_product_after(net, loss, params, passed, T, direction, sample_weight, l2=l2)


def gauss_newton_product_after(
    net: Network,
    loss: Loss,
    params: Parameters,
    passed: Forward,
    T: Array,
    direction: Parameters,
    sample_weight: Array | None = None,
    *,
    l2: Scalar | None = None,
) -> Parameters:
    """`gauss_newton_product` after the forward phase `passed`, which all directions share."""
    n_dot, _ = tangent_phase(net, params, passed, direction)
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    c = example_factors(loss, last.size, a.shape[0], sample_weight)
    back = of_weighed_terms(loss.gauss_newton, last.activation, n, a, T, c, n_dot[last.name])
    s = sensitivities_from(net, params, passed, back)
    found: Parameters = {}
    for name, (weights, bias) in collect(passed, s, params).items():
        by_source = weights
        if l2 is not None:
            by_source = {source: g + l2 * direction[name].weights[source] for source, g in weights.items()}
        found[name] = LayerParameters(by_source, bias)
    return found


def acceleration_term(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    direction: Parameters,
    c: Scalar,
) -> Parameters:
    """2 Jᵀ r̈ of a squared error Σ r²: r̈ is the second derivative of the residuals r along `direction`, J their first.

    What the geodesic acceleration of a Levenberg-Marquardt step is solved from (Transtrum & Sethna 2012).
    `c` is the factor of each example, (examples, 1), of each target, (examples, outputs), or one number. Two forward
    phases and a backward one.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1, 1)
    >>> params, v = net.unravel(np.array([0.0, 0.0, 3.0, 0.0])), net.unravel(np.array([1.0, 0.0, 1.0, 0.0]))
    >>> P, T = np.array([[2.0]]), np.array([[0.0]])
    >>> net.ravel(acceleration_term(net, tw.losses.SSE(), params, {"input": P}, T, v, 1.0))
    array([48., 24.,  0.,  8.])
    """
    passed = forward_phase(net, params, inputs)
    xp = namespace(passed.output)
    n_dot, a_dot = tangent_phase(net, params, passed, direction)
    a_ddot: dict[str, Array] = {}
    for layer in net.layers:
        n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
        n_ddot = xp.zeros_like(n)
        for source, V in direction[layer.name].weights.items():
            if source in a_dot:
                n_ddot = n_ddot + a_dot[source] @ (2.0 * V.T) + a_ddot[source] @ params[layer.name].weights[source].T
        # Ḟ is symmetric, so that the derivative of Ḟ ṅ is the one that the backward phase has.
        a_ddot[layer.name] = layer.activation.backpropagate_dot(n, a, n_dot[layer.name], n_dot[layer.name], n_ddot)
    last = net.output
    v = 2.0 * loss.multiple() * c * a_ddot[last.name]
    n, a = passed.net_inputs[last.name], passed.output
    return collect(passed, sensitivities_from(net, params, passed, last.activation.backpropagate(n, a, v)), params)


def jacobian(
    net: Network, params: Parameters, inputs: Mapping[str, Array]
) -> tuple[Float[Array, "examples outputs"], Float[Array, "examples outputs parameters"]]:
    """The outputs a, and ∂a/∂x for each example and output, x in the order of `ravel`; ∂e/∂x = -∂a/∂x.

    One backward phase for each output, from the columns of Ḟ (the Marquardt sensitivities, Hagan & Menhaj 1994).

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> jacobian(net, net.init(0), {"input": np.array([[3.0]])})[1]
    array([[[3., 1.]]])
    """
    passed = forward_phase(net, params, inputs)
    xp = namespace(passed.output)
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    rows = []
    for output in range(last.size):
        one = xp.astype(xp.arange(last.size) == output, a.dtype)
        seed = last.activation.backpropagate(n, a, xp.broadcast_to(one, a.shape))
        rows.append(_per_example(net, passed, sensitivities_from(net, params, passed, seed)))
    return a, xp.stack(rows, axis=1)


def hessian(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    *,
    l2: Scalar | None = None,
) -> Float[Array, "parameters parameters"]:
    """∇²F as a matrix, in the order of `ravel`: one exact product for each parameter, so for small networks.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> hessian(net, tw.losses.SSE(), net.init(0), {"input": P}, T)
    array([[4., 0.],
           [0., 6.]])
    """
    x = net.ravel(params)
    xp = namespace(x)

    def column(v: Array) -> Array:
        return net.ravel(hessian_product(net, loss, params, inputs, T, net.unravel(v), sample_weight, l2=l2))

    return map_rows(xp, column, xp.eye(x.shape[0], dtype=x.dtype))


def _per_example(net: Network, passed: Forward, s: dict[str, Array]) -> Float[Array, "examples parameters"]:
    """The gradient of each example by itself, in the order of `ravel`: the outer products of s and a."""
    xp = namespace(passed.output)
    parts = []
    for layer in net.layers:
        for source in layer.sources or ():
            outer = s[layer.name][:, :, None] * passed.sent[source][:, None, :]
            parts.append(xp.reshape(outer, (outer.shape[0], -1)))
        if layer.bias:
            parts.append(s[layer.name])
    return xp.concat(parts, axis=1)
