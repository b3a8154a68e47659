"""The forward phase, the sensitivities and the gradient for arguments as they come: checked first, then computed.

Each refusal names the place: inputs, targets and weights of examples, against the network that they are given to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ArgumentError, DataError, shown, transposed
from .arrays import Array, Float, Scalar, finite_array, number_array
from .blocks import loss_and_gradient_in_blocks
from .kinds import check_number
from .losses import LOSSES, Loss
from .network import Network, Parameters
from .propagation import Forward, backward_phase, forward_phase
from .weighing import finite_targets, weigh_targets


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
    *,
    target_weight: Array | None = None,
    targets: str = "complete",
) -> dict[str, Float[Array, "examples size"]]:
    """s^m = ∂F/∂n^m of every layer: s^M = Ḟ^M ∂F/∂a, and s^m = Ḟ^m Σ Wᵀ s over the layers fed.

    The loss's factors are within. P and T are (examples, features) and (examples, outputs), weights as in `gradient`;
    NND 3.38, 3.49, 3.50, AIFH 6.5. Raises ArgumentError for shapes that do not fit.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> tw.sensitivities(net, "sse", params, np.array([[3.0]]), np.array([[5.0]]))
    {'layer1': array([[2.]])}
    """
    loss, inputs, T, weight = check_problem(net, loss, params, P, T, sample_weight, target_weight, targets)
    return backward_phase(net, loss, params, forward_phase(net, params, inputs), T, weight)


def gradient(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    *,
    target_weight: Array | None = None,
    targets: str = "complete",
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[Array, Parameters]:
    """F and its gradient, in the structure of the parameters: ∂F/∂W^m = (s^m)ᵀ a^{m-1}, ∂F/∂b^m = Σ s^m. NND 3.39-3.40.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l1: Adds l1 Σ|w| over the weights to F.
        l2: Adds (l2/2) Σ w² over the weights to F, not over the biases.

    Raises ArgumentError for shapes that do not fit, DataError for what are no finite numbers.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> F, g = tw.gradient(net, "sse", params, np.array([[3.0]]), np.array([[5.0]]))
    >>> float(F), g["layer1"].weights["input"], g["layer1"].bias
    (1.0, array([[6.]]), array([2.]))
    >>> net, T = tw.mlp(1, 2), np.array([[1.0, 2.0], [3.0, np.nan]])
    >>> float(tw.gradient(net, "mse", net.init(0, "zeros"), np.ones((2, 1)), T, targets="ignore_nan")[0])  # (1+4+9)/3
    4.666666666666666
    """
    loss, inputs, T, weight = check_problem(net, loss, params, P, T, sample_weight, target_weight, targets)
    return loss_and_gradient_in_blocks(
        net, loss, params, inputs, T, weight, l1=_penalty("l1", l1), l2=_penalty("l2", l2)
    )


def _penalty(name: str, number: Scalar) -> Scalar | None:
    """None for a plain 0, which then costs nothing; a traced number may be anything."""
    if hasattr(number, "__array_namespace__") and getattr(number, "ndim", None) == 0:
        return number
    return check_number(name, number) or None


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


def check_network(net: object) -> None:
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
    target_weight: Array | None = None,
    targets: str = "complete",
) -> tuple[Loss, dict[str, Array], Array, Array | None]:
    """All that F is made of: the loss, inputs, targets and weights, of examples or targets; raises ArgumentError."""
    check_network(net)
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    net.check_parameters(params)
    inputs = check_inputs(net, P)
    examples = next(iter(inputs.values())).shape[0]
    if examples == 0:
        raise DataError("P has no examples")
    T = check_targets(net, T, examples, number_array)
    weight = None if sample_weight is None else finite_array("sample_weight", sample_weight)
    if weight is not None and tuple(weight.shape) != (examples,):
        raise ArgumentError(f"sample_weight has shape {tuple(weight.shape)}; P has {examples} examples")
    T, weight = weigh_targets("", checked, T, weight, target_weight, targets)
    return checked, inputs, finite_targets("T", T), weight


def _check_two_dimensions(place: str, array: Array, what: str, size: int) -> None:
    if array.ndim != 2:
        raise ArgumentError(
            f"{place} has shape {tuple(array.shape)}; it must be (examples, {size}): reshape it to two dimensions"
        )
    if array.shape[1] != size:
        hint = transposed(place, tuple(array.shape), size)
        raise ArgumentError(
            f"{place} has {array.shape[1]} columns, shape {tuple(array.shape)}; {what} has size {size}{hint}"
        )
