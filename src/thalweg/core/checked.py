"""The forward phase, the sensitivities and the gradient for arguments as they come: checked first, then computed."""

from __future__ import annotations

from collections.abc import Mapping

from .arrays import Array, Float, Scalar
from .blocks import loss_and_gradient_in_blocks
from .checks import check_inputs, check_network, check_problem
from .losses import Loss
from .network import Network, Parameters
from .numbers import check_number
from .propagation import Forward, backward_phase, forward_phase


def forward(net: Network, params: Parameters, P: Array | Mapping[str, Array]) -> Forward:
    """The forward phase: n^m = Σ W^m a + b^m and a^m = f^m(n^m) for every layer. NND 3.2-3.4.

    P is (examples, features), or a mapping of such arrays when the network has several inputs. Raises ArgumentError
    for shapes that do not fit, DataError for what are no finite numbers.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> params = net.unravel(np.array([2.0, 3.0, 1.0]))
    >>> tw.forward(net, params, np.array([[1.0, 1.0]])).output
    array([[6.]])
    """
    check_network(net)
    net.check_parameters(params)
    return forward_phase(net, params, check_inputs(net, P))


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
    loss, inputs, T, sample_weight = check_problem(net, loss, params, P, T, sample_weight)
    return backward_phase(net, loss, params, forward_phase(net, params, inputs), T, sample_weight)


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
    loss, inputs, T, sample_weight = check_problem(net, loss, params, P, T, sample_weight)
    penalties = {"l1": _penalty("l1", l1), "l2": _penalty("l2", l2)}
    return loss_and_gradient_in_blocks(net, loss, params, inputs, T, sample_weight, **penalties)


def _penalty(name: str, number: Scalar) -> Scalar | None:
    """None for a plain 0, which then costs nothing; a traced number may be anything."""
    if hasattr(number, "__array_namespace__") and getattr(number, "ndim", None) == 0:
        return number
    return check_number(name, number) or None
