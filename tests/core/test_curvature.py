"""Second derivatives against JAX's, through a forward pass written apart, on graphs with all there is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import (
    ACTIVATION_ORACLES,
    LOSS_ORACLES,
    fits,
    loss_of_examples,
    nothing_added,
    oracle_loss,
    random_case,
)

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.curvature import acceleration_term, gauss_newton_product, hessian, hessian_product, jacobian
from thalweg.core.losses import LOSSES
from thalweg.optimizers.full_batch import Problem

NEAR = {"rtol": 1e-9, "atol": 1e-11}
OUTPUT_OF = {"cross_entropy": "softmax"}


def graph(hidden, output="linear"):
    """Two inputs, shortcuts, a layer without bias, a dead end, two outputs; two hidden activations, or one."""
    first, second = hidden if isinstance(hidden, tuple) else (hidden, hidden)
    return tw.Network(
        inputs={"p": 2, "q": 1},
        layers=[
            tw.Layer("a", 2, first, ("p",)),
            tw.Layer("dead_end", 2, first, ("a",)),
            tw.Layer("b", 2, second, ("q", "a", "p"), bias=False),
            tw.Layer("out", 2, output, ("b", "p", "a")),
        ],
    )


def short(output):
    """A hidden layer and a shortcut, for what depends on the end only."""
    return tw.Network(
        inputs={"p": 2, "q": 1},
        layers=[tw.Layer("a", 2, "tanh", ("p", "q")), tw.Layer("out", 2, output, ("a", "p"))],
    )


def case_of(hidden=None, output="linear", loss="mse", **options):
    net = short(output) if hidden is None else graph(hidden, output)
    case = random_case(net, LOSSES.get(loss), seed=3, weighted=True, l2=0.05, **options)
    assert case is not None
    return case


NAMES = list(ACTIVATIONS)
TWO_BY_TWO = list(zip(NAMES[::2], NAMES[1::2] + ["softmax"] * (len(NAMES) % 2), strict=True))
"""Each stands within one network."""
OUTS = iter(NAMES)
"""Each of the first stands at one end too."""
CASES = [
    pytest.param(
        case_of(both, next(OUTS)),
        id=f"{both[0]} and {both[1]} within",
        marks=[] if {"tanh", "softmax"} & {*both} else pytest.mark.thorough,  # each alone: activations/test_activations
    )
    for both in TWO_BY_TWO
] + [
    pytest.param(
        case_of(loss=name, output=OUTPUT_OF.get(name) or next(OUTS), l1=0.0),
        id=name,
        marks=pytest.mark.thorough if name in ("half_mse", "half_sse") else [],  # by differences: test_weighing.py
    )
    for name in LOSSES
]
CASES += [pytest.param(case_of(output=name), id=f"{name} out", marks=pytest.mark.thorough) for name in OUTS]
CASES += [pytest.param(case_of(loss="cross_entropy", output="sigmoid"), id="cross_entropy of sigmoids")]
each = pytest.mark.parametrize("case", CASES)
each_end = pytest.mark.parametrize("case", [case for case in CASES if "within" not in case.id])


def oracle_net_input(net, params, inputs):
    """The net inputs of the output layer, by plain jnp."""
    sent = {name: jnp.asarray(values) for name, values in inputs.items()}
    for layer in net.layers:
        weights, bias = params[layer.name]
        n = sum(sent[source] @ W.T for source, W in weights.items())
        n = n if bias is None else n + bias
        sent[layer.name] = ACTIVATION_ORACLES[ACTIVATIONS.name_of(layer.activation)](n)
    return n


@each
def test_hessian_and_its_product_by_jax(case):
    net, loss, params, P, T, weight, _, l2 = case
    x = net.ravel(params)
    with jax.enable_x64(True):

        def of(x):
            return oracle_loss(net, loss, net.unravel(x), nothing_added(net, len(T)), P, T, weight, l2=l2)

        expected = np.asarray(jax.jit(jax.hessian(of))(x))
    found = hessian(net, loss, params, P, T, weight, l2=l2)
    np.testing.assert_allclose(found, expected, **NEAR)
    v = np.random.default_rng(1).normal(size=x.shape)
    product = hessian_product(net, loss, params, P, T, net.unravel(v), weight, l2=l2)
    np.testing.assert_allclose(net.ravel(product), expected @ v, **NEAR)


@each_end
def test_gauss_newton_by_jax(case):
    net, loss, params, P, T, weight, _, l2 = case
    x = net.ravel(params)
    split = (
        not loss.probabilities
    )  # J of the outputs and the loss's curvature there; of the net inputs for a fused pair

    with jax.enable_x64(True):

        def ends(x):
            n = oracle_net_input(net, net.unravel(x), P)
            return ACTIVATION_ORACLES[ACTIVATIONS.name_of(net.output.activation)](n) if split else n

        def of(end):
            if split:
                each = LOSS_ORACLES[LOSSES.name_of(loss)]("linear", end, end, T)
                return jnp.sum(weight * each) / (jnp.sum(weight) if loss.reduction == "mean" else 1.0)
            return loss_of_examples(loss, net.output.activation, end, T, weight)

        def matrix(x):
            J = jax.jacobian(ends)(x)
            B = jax.hessian(of)(ends(x))
            return jnp.einsum("qop,qors,rsm->pm", J, B, J)

        expected = np.asarray(jax.jit(matrix)(x))
    weights = Problem(net, loss, P, T).penalized(x)
    expected = expected + l2 * np.diag(weights)
    v = np.random.default_rng(2).normal(size=x.shape)
    product = gauss_newton_product(net, loss, params, P, T, net.unravel(v), weight, l2=l2)
    np.testing.assert_allclose(net.ravel(product), expected @ v, **NEAR)
    F, g, G = Problem(net, loss, P, T, weight, l2).gauss_newton(x)
    np.testing.assert_allclose(G, expected, **NEAR)
    F_of_gradient, gradient = tw.gradient(net, loss, params, P, T, weight, l2=l2)
    np.testing.assert_allclose(F, F_of_gradient, rtol=1e-12)
    np.testing.assert_allclose(g, net.ravel(gradient), **NEAR)


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(both, id=" and ".join(both), marks=[] if number % 3 == 2 else pytest.mark.thorough)
        for number, both in enumerate(TWO_BY_TWO)
    ],
)
def test_jacobian_and_bend_by_jax(hidden):
    loss = "half_sse" if "tanh" in hidden else "mse"
    net, loss, params, P, T, weight, *_ = case_of(hidden=hidden, output="softmax", loss=loss)
    x = net.ravel(params)
    v = np.random.default_rng(4).normal(size=x.shape)
    c = weight / weight.sum() / 2 if loss.reduction == "mean" else weight / 2
    with jax.enable_x64(True):

        def of(x):
            return jax.nn.softmax(oracle_net_input(net, net.unravel(x), P))

        def both(x):
            def slope(x):
                return jax.jvp(of, (x,), (v,))[1]

            second = jax.jvp(slope, (x,), (v,))[1]
            J = jax.jacobian(of)(x)
            return J, 2.0 * jnp.einsum("q,qop,qo->p", c, J, second)  # of residuals √c (a - t)

        expected, bend = jax.jit(both)(x)
    a, J = jacobian(net, params, P)
    np.testing.assert_allclose(J, expected, **NEAR)
    np.testing.assert_allclose(a, tw.forward(net, params, P).output)
    np.testing.assert_allclose(Problem(net, loss, P, T, weight).acceleration_term(x, v), bend, **NEAR)


def test_products_compiled_by_jax_are_those_of_numpy():
    net, loss, params, P, T, weight, _, l2 = case_of(None, "sigmoid", "cross_entropy")
    x = net.ravel(params)
    v = np.random.default_rng(5).normal(size=x.shape)
    traced = []

    def all_of(x, v, P, T, weight, l2):
        traced.append(1)
        problem = Problem(net, loss, P, T, weight, l2)
        return (
            problem.value(x),
            problem.gradient(x),
            problem.hessian_product(x, v),
            problem.gauss_newton_product(x, v),
            problem.hessian(x),
            problem.gauss_newton(x),
        )

    expected = all_of(x, v, P, T, weight, l2)
    with jax.enable_x64(True):
        compiled = jax.jit(all_of)
        found = compiled(x, v, P, T, weight, l2)
        compiled(2 * x, v + 1, P, T, weight, 2 * l2)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **NEAR), found, expected)
    assert len(traced) == 2


def test_the_hessian_of_the_texts(reference):
    for name in ("eq_3_15", "P3_3"):
        text = reference("nnd_quadratic")[name]
        net = tw.Network({"p": 2}, [tw.Layer("out", 1, bias=False)])
        P, T = np.array(text["inputs"], float), np.array(text["targets"], float)[:, None]
        np.testing.assert_allclose(hessian(net, tw.losses.SSE(), net.init(0), {"p": P}, T), text["A"])
    text = reference("nnd_quadratic")["E3_2"]["hessian"]
    P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    net = tw.mlp(1, 1)
    np.testing.assert_allclose(hessian(net, tw.losses.SSE(), net.init(0), {"input": P}, T), text, atol=1e-15)


def test_without_the_penalty_the_bend_is_of_the_errors_alone():
    net, loss, params, P, T, weight, *_ = case_of()
    x = net.ravel(params)
    v = np.random.default_rng(6).normal(size=x.shape)
    plain = Problem(net, loss, P, T, weight).acceleration_term(x, v)
    np.testing.assert_array_equal(Problem(net, loss, P, T, weight, 0.3).acceleration_term(x, v), plain)
    c = (weight / weight.sum() / 2)[:, None]
    np.testing.assert_allclose(
        net.ravel(acceleration_term(net, loss, params, P, T, net.unravel(v), c)), plain, rtol=1e-12
    )


def test_which_losses_fit_is_what_the_cases_hold():
    for case in CASES:
        net, loss = case.values[0][:2]
        assert fits(LOSSES.name_of(loss), ACTIVATIONS.name_of(net.output.activation))
