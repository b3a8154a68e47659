"""What the mathematics is checked against: differences, and a forward pass with activations and losses of others."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from hypothesis import assume
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES

ACTIVATION_ORACLES = {
    "linear": lambda n: n,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda n: jax.nn.leaky_relu(n, 0.01),
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "silu": jax.nn.silu,
    "gelu": lambda n: jax.nn.gelu(n, approximate=False),
    "softplus": jax.nn.softplus,
    "elliott": jax.nn.soft_sign,
    "softmax": jax.nn.softmax,
    "satlin": lambda n: jax.nn.relu6(6.0 * n) / 6.0,
    "satlins": jax.nn.hard_tanh,
    "radbas": lambda n: jnp.exp2(-jnp.square(n) / jnp.log(2.0)),
    "tribas": lambda n: jax.nn.relu(n + 1.0) - 2.0 * jax.nn.relu(n) + jax.nn.relu(n - 1.0),
    "formula": jax.nn.mish,
}
SMOOTH_ACTIVATIONS = {"linear", "sigmoid", "tanh", "silu", "gelu", "softplus", "softmax", "radbas", "formula"}
"""Any other is taken to have a kink at net input 0, where differences say nothing."""


def _cross_entropy(activation, n, a, t):
    if activation == "softmax":
        return optax.softmax_cross_entropy(n, t)
    return optax.sigmoid_binary_cross_entropy(n, t).sum(-1)


LOSS_ORACLES = {  # the loss of each example
    "mse": lambda activation, n, a, t: optax.squared_error(a, t).mean(-1),
    "half_mse": lambda activation, n, a, t: optax.l2_loss(a, t).sum(-1),
    "sse": lambda activation, n, a, t: optax.squared_error(a, t).sum(-1),
    "half_sse": lambda activation, n, a, t: optax.l2_loss(a, t).sum(-1),
    "mae": lambda activation, n, a, t: jnp.abs(a - t).mean(-1),
    "huber": lambda activation, n, a, t: optax.huber_loss(a, t, delta=1.0).mean(-1),
    "cross_entropy": _cross_entropy,
}
SMOOTH_LOSSES = {"mse", "half_mse", "sse", "half_sse", "cross_entropy"}
"""Any other is taken to have kinks where the error is 0 or ±1."""

PROBABILITY_LOSSES = {"cross_entropy": {"sigmoid", "softmax"}}


def fits(loss, activation):
    return activation in PROBABILITY_LOSSES.get(loss, ACTIVATIONS)


def loss_of_examples(loss, activation, n, t, weight=None):
    """F by the oracles, from the net inputs of the output layer."""
    a = ACTIVATION_ORACLES[ACTIVATIONS.name_of(activation)](n)
    each = LOSS_ORACLES[LOSSES.name_of(loss)](ACTIVATIONS.name_of(activation), n, a, t)
    weight = jnp.ones(len(t)) if weight is None else weight
    return jnp.sum(weight * each) / (jnp.sum(weight) if loss.reduction == "mean" else 1.0)


def oracle_loss(net, loss, params, added, inputs, T, weight=None, l1=0.0, l2=0.0, masks=None):
    """F of a network by plain jnp, with `added` put on top of each layer's net input, so that ∂F/∂added = ∂F/∂n."""
    sent = {name: jnp.asarray(values) for name, values in inputs.items()}
    for layer in net.layers:
        weights, bias = params[layer.name]
        n = added[layer.name] + sum(jnp.einsum("qj,ij->qi", sent[source], W) for source, W in weights.items())
        if bias is not None:
            n = n + bias[None, :]
        a = ACTIVATION_ORACLES[ACTIVATIONS.name_of(layer.activation)](n)
        sent[layer.name] = a * masks[layer.name] if masks and layer.name in masks else a
    F = loss_of_examples(loss, net.output.activation, n, T, weight)
    for weights, _ in params.values():
        for W in weights.values():
            F = F + l1 * jnp.abs(W).sum() + 0.5 * l2 * jnp.square(W).sum()
    return F


def nothing_added(net, examples):
    return {layer.name: np.zeros((examples, layer.size)) for layer in net.layers}


def central_differences(function, x, step=2e-5):
    """The gradient of a function of an array by five points: its error is of order step⁴."""
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):

        def at(distance, place=place):
            moved = x.copy()
            moved[place] += distance * step
            return float(function(moved))

        found[place] = (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * step)
    return found


def check_backpropagate(activation, n, v):
    """Assert that `backpropagate` is the product of v with the Jacobian that differences give."""
    found = activation.backpropagate(n, activation(n), v)
    expected = central_differences(lambda n: np.sum(v * activation(n)), n)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def check_gradient(case, gradient=tw.gradient):
    """Assert that F's gradient is the one that differences of F give."""
    net, loss, params, P, T, weight, l1, l2 = case

    def of(x):
        return gradient(net, loss, net.unravel(x), P, T, weight, l1=l1, l2=l2)

    x = net.ravel(params)
    F, found = of(x)
    expected = central_differences(lambda x: of(x)[0], x)
    np.testing.assert_allclose(net.ravel(found), expected, rtol=1e-7, atol=2e-9 * (1.0 + abs(float(F))))


class Case(NamedTuple):
    """A network, a loss, and what F is computed from."""

    net: tw.Network
    loss: tw.losses.Loss
    params: dict
    P: dict
    T: np.ndarray
    weight: np.ndarray | None = None
    l1: float = 0.0
    l2: float = 0.0


def distance_to_kinks(case):
    """How near a net input, an error or a penalised weight lies to a place where F has no second derivative."""
    passed = tw.forward(case.net, case.params, case.P)
    distances = [np.inf]
    for layer in case.net.layers:
        if ACTIVATIONS.name_of(layer.activation) not in SMOOTH_ACTIVATIONS:
            distances.append(np.abs(passed.net_inputs[layer.name]).min())
    if LOSSES.name_of(case.loss) not in SMOOTH_LOSSES:
        e = np.abs(case.T - passed.output)
        distances += [e.min(), np.abs(e - 1.0).min()]
    if case.l1:
        distances += [np.abs(W).min() for weights, _ in case.params.values() for W in weights.values()]
    return min(distances)


def random_targets(rng, net, loss, examples):
    if LOSSES.name_of(loss) in PROBABILITY_LOSSES:
        return rng.uniform(0.0, 1.0, (examples, net.output.size))
    return rng.normal(0.0, 1.0, (examples, net.output.size))


def random_case(net, loss, seed, examples=3, weighted=False, l1=0.0, l2=0.0, away=5e-3):
    """Numbers for a network, away from kinks; None if chance does not find any."""
    rng = np.random.default_rng(seed)
    for _ in range(50):
        params = net.unravel(rng.normal(0.0, 0.8, net.parameter_count))
        P = {name: rng.normal(0.0, 1.0, (examples, size)) for name, size in net.inputs.items()}
        weight = rng.uniform(0.2, 2.0, examples) if weighted else None
        case = Case(net, loss, params, P, random_targets(rng, net, loss, examples), weight, l1, l2)
        if distance_to_kinks(case) > away:
            return case
    return None


@st.composite
def graphs(draw, hidden):
    """A network of any shape, whose first layer has a given activation, and a loss that fits its output."""
    names = [f"p{number}" for number in range(1, draw(st.integers(1, 2)) + 1)]
    inputs = {name: draw(st.integers(1, 2)) for name in names}
    layers = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        activation = hidden if number == 1 else draw(st.sampled_from(sorted(ACTIVATIONS)))
        sources = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        name = f"a{number}"
        layers.append(tw.Layer(name, draw(st.integers(1, 3)), activation, tuple(sources), draw(st.booleans())))
        names.append(name)
    net = tw.Network(inputs, layers)
    ends_in = ACTIVATIONS.name_of(net.output.activation)
    loss = draw(st.sampled_from([name for name in sorted(LOSSES) if fits(name, ends_in)]))
    return net, LOSSES[loss](reduction=draw(st.sampled_from(["mean", "sum"])))


@st.composite
def cases(draw, hidden):
    """A random graph with random numbers, away from kinks."""
    net, loss = draw(graphs(hidden))
    case = random_case(
        net,
        loss,
        seed=draw(st.integers(0, 2**32 - 1)),
        weighted=draw(st.booleans()),
        l1=draw(st.sampled_from([0.0, 0.03])),
        l2=draw(st.sampled_from([0.0, 0.05])),
    )
    assume(case is not None)
    return case


EVERYTHING = tw.Network(
    inputs={"p": 3, "q": 2},
    layers=[
        tw.Layer("a", 3, "tanh", ("p",), dropout=0.5),
        tw.Layer("b", 2, "relu", ("q", "p"), bias=False),
        tw.Layer("dead_end", 2, "softplus", ("a",)),
        tw.Layer("c", 3, "softmax", ("a", "b"), dropout=0.25),
        tw.Layer("d", 2, "gelu", ("c", "p")),
        tw.Layer("out", 2, "sigmoid", ("d", "a", "q")),
    ],
)
"""Two inputs, shortcuts, a dead end, a layer without bias, softmax within, and dropout."""
