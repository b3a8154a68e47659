"""The gradients of random graphs: by differences, and by JAX through a forward pass written apart."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles import (
    EVERYTHING,
    cases,
    check_gradient,
    loss_of_examples,
    nothing_added,
    oracle_loss,
    random_case,
)

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES
from thalweg.core.propagation import backward_phase, forward_phase, loss_and_gradient

each_hidden = pytest.mark.parametrize("hidden", list(ACTIVATIONS))
few = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assert_trees_close(found, expected, **near):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **near), found, expected)


@each_hidden
def test_gradient_by_differences(hidden):
    @settings(few, max_examples=4)
    @given(cases(hidden))
    def of_any_graph(case):
        check_gradient(case)

    of_any_graph()


def check_by_jax(case):
    net, loss, params, P, T, weight, l1, l2 = case
    with jax.enable_x64(True):

        def of(params, added):
            return oracle_loss(net, loss, params, added, P, T, weight, l1, l2)

        derivatives = jax.jit(jax.value_and_grad(of, argnums=(0, 1)))
        expected, (by_params, by_net_inputs) = derivatives(params, nothing_added(net, len(T)))
    F, gradient = tw.gradient(net, loss, params, P, T, weight, l1=l1, l2=l2)
    near = {"rtol": 1e-10, "atol": 1e-12 * (1.0 + float(F))}
    np.testing.assert_allclose(F, expected, rtol=1e-11)
    assert_trees_close(gradient, by_params, **near)
    assert_trees_close(tw.sensitivities(net, loss, params, P, T, weight), by_net_inputs, **near)


@settings(few, max_examples=4)  # each compiles an oracle
@given(st.sampled_from(list(ACTIVATIONS)).flatmap(cases))
def test_gradient_and_sensitivities_by_jax(case):
    check_by_jax(case)


@pytest.mark.thorough
@each_hidden
def test_gradient_and_sensitivities_by_jax_of_each_activation(hidden):
    settings(few, max_examples=2)(given(cases(hidden))(check_by_jax))()


def everything(loss="cross_entropy", **options):
    case = random_case(EVERYTHING, LOSSES.get(loss), seed=17, examples=4, weighted=True, **options)
    assert case is not None
    return case


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(loss, marks=[] if loss in ("cross_entropy", "huber") else pytest.mark.thorough)
        for loss in LOSSES  # each is JAX's in test_losses.py
    ],
)
def test_gradient_by_jax_through_the_forward_phase_itself(loss):
    net, loss, params, P, T, weight, *_ = everything(loss)
    with jax.enable_x64(True):

        def of(params):
            n = tw.forward(net, params, P).net_inputs["out"]
            return loss_of_examples(loss, net.output.activation, n, T, weight)

        expected = jax.jit(jax.grad(of))(params)
    _, gradient = tw.gradient(net, loss, params, P, T, weight)
    assert_trees_close(gradient, expected, rtol=1e-10, atol=1e-13)


def test_gradient_by_differences_where_a_layer_feeds_several():
    check_gradient(everything(l1=0.03, l2=0.05))


def test_gradient_with_dropout_masks():
    net, loss, params, P, T, weight, *_ = everything()
    masks = {"a": np.array([[0.0, 2.0, 2.0], [2.0, 0.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 0.0]])}
    masks["c"] = np.array([[4.0, 0.0, 4.0], [4.0, 4.0, 4.0], [0.0, 0.0, 4.0], [4.0, 0.0, 0.0]]) / 3.0
    with jax.enable_x64(True):

        def of(params, added):
            return oracle_loss(net, loss, params, added, P, T, weight, masks=masks)

        derivatives = jax.jit(jax.value_and_grad(of, argnums=(0, 1)))
        expected, (by_params, by_net_inputs) = derivatives(params, nothing_added(net, 4))
    F, gradient = loss_and_gradient(net, loss, params, P, T, weight, masks)
    s = backward_phase(net, loss, params, forward_phase(net, params, P, masks), T, weight, masks)
    np.testing.assert_allclose(F, expected, rtol=1e-12)
    assert_trees_close(gradient, by_params, rtol=1e-10, atol=1e-13)
    assert_trees_close(s, by_net_inputs, rtol=1e-10, atol=1e-13)
    assert float(F) != pytest.approx(float(tw.gradient(net, loss, params, P, T, weight)[0]), rel=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_once_for_all_numbers(dtype):
    net, loss, params, P, T, weight, *_ = everything()
    params, P, T, weight = jax.tree.map(lambda array: array.astype(dtype), (params, P, T, weight))
    traced = []
    with jax.enable_x64(dtype == "float64"):

        @jax.jit
        def compiled(params, P, T, weight, l1, l2):
            traced.append(1)
            return tw.gradient(net, loss, params, P, T, weight, l1=l1, l2=l2)

        for factor, l1, l2 in ((1.0, 0.0, 0.0), (0.5, 0.01, 0.0), (2.0, 0.0, 0.3)):
            moved = jax.tree.map(lambda array, factor=factor: array * np.dtype(dtype).type(factor), params)
            F, gradient = compiled(moved, P, T, weight, l1, l2)
            expected, by_numpy = tw.gradient(net, loss, moved, P, T, weight, l1=l1, l2=l2)
            near = {"rtol": 1e-11, "atol": 1e-13} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-5}
            np.testing.assert_allclose(F, expected, rtol=near["rtol"])
            assert_trees_close(gradient, by_numpy, **near)
            for array in (F, *jax.tree.leaves(gradient), expected, *jax.tree.leaves(by_numpy)):
                assert array.dtype == dtype
    assert len(traced) == 1


def test_penalties_leave_the_biases_alone():
    net, loss, params, P, T, weight, *_ = everything()
    F, plain = tw.gradient(net, loss, params, P, T, weight)
    F_l1, l1 = tw.gradient(net, loss, params, P, T, weight, l1=0.25)
    F_l2, l2 = tw.gradient(net, loss, params, P, T, weight, l2=0.5)
    weights = [W for layer in params.values() for W in layer.weights.values()]
    np.testing.assert_allclose(F_l1 - F, 0.25 * sum(np.abs(W).sum() for W in weights), rtol=1e-12)
    np.testing.assert_allclose(F_l2 - F, 0.25 * sum((W * W).sum() for W in weights), rtol=1e-12)
    for name, (by_weight, by_bias) in plain.items():
        for source, g in by_weight.items():
            W = params[name].weights[source]
            np.testing.assert_allclose(l1[name].weights[source] - g, 0.25 * np.sign(W), rtol=1e-9, atol=1e-15)
            np.testing.assert_allclose(l2[name].weights[source] - g, 0.5 * W, rtol=1e-9, atol=1e-15)
        if by_bias is not None:
            np.testing.assert_array_equal(l1[name].bias, by_bias)
            np.testing.assert_array_equal(l2[name].bias, by_bias)


def test_a_dead_end_gets_no_gradient():
    net, loss, params, P, T, weight, *_ = everything()
    _, gradient = tw.gradient(net, loss, params, P, T, weight)
    s = tw.sensitivities(net, loss, params, P, T, weight)
    np.testing.assert_array_equal(s["dead_end"], np.zeros((4, 2)))
    np.testing.assert_array_equal(gradient["dead_end"].weights["a"], np.zeros((2, 3)))
    np.testing.assert_array_equal(gradient["dead_end"].bias, np.zeros(2))
    assert list(s) == list(gradient) == [layer.name for layer in net.layers]


def test_numpy_on_one_side_and_jax_on_the_other():
    net = tw.Network({"p": 2}, [tw.Layer("a", 2, "tanh"), tw.Layer("out", 2, sources=("a", "p"))])
    _, loss, params, P, T, weight, *_ = random_case(net, LOSSES.get("mse"), seed=17, examples=4, weighted=True)
    F, _ = tw.gradient(net, loss, params, P, T, weight)
    with jax.enable_x64(True):
        on_jax = jax.tree.map(jnp.asarray, (params, P, T))
        for mixed in ((on_jax[0], P, T), (params, on_jax[1], T), (params, P, on_jax[2])):
            np.testing.assert_allclose(tw.gradient(net, loss, *mixed, weight)[0], F, rtol=1e-12)
