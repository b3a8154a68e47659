"""The phases for arguments as they come: what is as good as an array, what is refused, and how; nothing is changed."""

import jax.numpy as jnp
import numpy as np
import pytest
from oracles import EVERYTHING, random_case

import thalweg as tw
from thalweg.core.losses import LOSSES

P2, T1 = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]), np.array([[1.0], [0.0], [1.0]])


@pytest.fixture
def case():
    return random_case(EVERYTHING, LOSSES.get("cross_entropy"), seed=17, examples=4, weighted=True)


def chain():
    net = tw.mlp(2, 3, 1, output="sigmoid")
    return net, net.init(seed=1)


def test_one_input_by_name_or_alone():
    net, params = chain()
    alone = tw.forward(net, params, P2).output
    np.testing.assert_array_equal(tw.forward(net, params, {"input": P2}).output, alone)
    np.testing.assert_array_equal(tw.forward(net, params, P2.tolist()).output, alone)
    np.testing.assert_array_equal(tw.forward(net, params, P2.astype(int)).output, alone)
    np.testing.assert_array_equal(tw.forward(net, params, {"input": P2.tolist()}).output, alone)


def test_lists_and_integers_are_as_good_as_arrays():
    net, params = chain()
    F, g = tw.gradient(net, "mse", params, P2, T1, np.array([1.0, 2.0, 3.0]))
    for P, T, weight in (
        (P2.tolist(), T1.tolist(), [1, 2, 3]),
        (P2.astype(int), T1.astype(int), np.array([1, 2, 3])),
        (P2.astype(np.int8), T1.astype(bool).astype(int), (1.0, 2.0, 3.0)),
    ):
        F_again, g_again = tw.gradient(net, "mse", params, P, T, weight)
        assert F_again == F
        np.testing.assert_array_equal(net.ravel(g_again), net.ravel(g))


def test_a_chain_of_names_and_objects_is_the_same_loss():
    net, params = chain()
    F, g = tw.gradient(net, "mse", params, P2, T1)
    F_object, g_object = tw.gradient(net, tw.losses.MSE(), params, P2, T1)
    assert F_object == F
    np.testing.assert_array_equal(net.ravel(g), net.ravel(g_object))


def frozen(case):
    for array in (
        *(array for weights, bias in case.params.values() for array in (*weights.values(), bias)),
        *case.P.values(),
        case.T,
        case.weight,
    ):
        if array is not None:
            array.flags.writeable = False
    return case


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "cross_entropy"])
def test_nothing_given_is_changed(case, loss):
    net, _, params, P, T, weight, *_ = frozen(case)
    before = net.ravel(params), {name: values.copy() for name, values in P.items()}, T.copy(), weight.copy()
    tw.forward(net, params, P)
    tw.sensitivities(net, loss, params, P, T, weight)
    once = tw.gradient(net, loss, params, P, T, weight, l1=0.1, l2=0.1)
    twice = tw.gradient(net, loss, params, P, T, weight, l1=0.1, l2=0.1)
    assert once[0] == twice[0]
    np.testing.assert_array_equal(net.ravel(once[1]), net.ravel(twice[1]))
    np.testing.assert_array_equal(net.ravel(params), before[0])
    for name, values in P.items():
        np.testing.assert_array_equal(values, before[1][name])
    np.testing.assert_array_equal(T, before[2])
    np.testing.assert_array_equal(weight, before[3])


def test_a_gradient_keeps_no_hold_of_the_parameters():
    net = tw.mlp(2, 1)
    params = net.init(seed=1)
    _, g = tw.gradient(net, "mse", params, P2, T1, l2=0.1)
    kept = net.ravel(g)
    params["layer1"].weights["input"][...] = 100.0
    np.testing.assert_array_equal(net.ravel(g), kept)


def test_the_order_of_the_inputs_does_not_matter(case):
    net, loss, params, P, T, weight, *_ = case
    F, g = tw.gradient(net, loss, params, P, T, weight)
    F_turned, g_turned = tw.gradient(net, loss, params, dict(reversed(P.items())), T, weight)
    assert F_turned == F
    np.testing.assert_array_equal(net.ravel(g), net.ravel(g_turned))


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    ("P", "message"),
    [
        (np.zeros(2), "P has shape (2,); it must be (examples, 2): reshape it to two dimensions"),
        (np.zeros((1, 2, 1)), "P has shape (1, 2, 1); it must be (examples, 2): reshape it to two dimensions"),
        (np.zeros((5, 3)), "P has 3 columns, shape (5, 3); input 'input' has size 2"),
        (np.float64(3.0), "P has shape (); it must be (examples, 2): reshape it to two dimensions"),
    ],
)
def test_inputs_of_wrong_shape(P, message, xp):
    net, params = chain()
    for call in (tw.forward, lambda net, params, P: tw.gradient(net, "mse", params, P, T1)):
        with pytest.raises(tw.ArgumentError) as told:
            call(net, params, xp.asarray(P))
        assert str(told.value) == message


@pytest.mark.parametrize(
    ("T", "message"),
    [
        (np.zeros(3), "T has shape (3,); it must be (examples, 1): reshape it to two dimensions"),
        (np.zeros((3, 2)), "T has 2 columns, shape (3, 2); output layer 'layer2' has size 1"),
        (np.zeros((2, 1)), "T has 2 examples and P has 3: they must have the same"),
        ([0, 1, 0], "T has shape (3,); it must be (examples, 1): reshape it to two dimensions"),
    ],
)
def test_targets_of_wrong_shape(T, message):
    net, params = chain()
    for function in (tw.gradient, tw.sensitivities):
        with pytest.raises(tw.ArgumentError) as told:
            function(net, "mse", params, P2, T)
        assert str(told.value) == message


@pytest.mark.parametrize("weight", [np.ones(2), np.ones((3, 1)), 1.0])
def test_sample_weights_of_wrong_shape(weight):
    net, params = chain()
    for function in (tw.gradient, tw.sensitivities):
        with pytest.raises(tw.ArgumentError, match=r"sample_weight has shape \(.*\); P has 3 examples"):
            function(net, "mse", params, P2, T1, weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda P: P["p"], "P is one array, but the network has 2 inputs: give P={'p': ..., 'q': ...}"),
        (lambda P: {"p": P["p"]}, "P has inputs 'p'; the network has p, q"),
        (lambda P: {**P, "r": P["p"]}, "P has inputs 'p', 'q', 'r'; the network has p, q"),
        (lambda P: {**P, "q": P["q"][:3]}, "P['q'] has 3 examples; the inputs before it have 4"),
        (lambda P: {**P, "q": P["p"]}, "P['q'] has 3 columns, shape (4, 3); input 'q' has size 2"),
        (
            lambda P: {**P, "p": P["p"][0]},
            "P['p'] has shape (3,); it must be (examples, 3): reshape it to two dimensions",
        ),
    ],
)
def test_several_inputs_that_do_not_fit(case, change, message):
    net, loss, params, P, T, *_ = case
    for call in (
        lambda P: tw.forward(net, params, P),
        lambda P: tw.gradient(net, loss, params, P, T),
        lambda P: tw.sensitivities(net, loss, params, P, T),
    ):
        with pytest.raises(tw.ArgumentError) as told:
            call(change(P))
        assert str(told.value) == message


def test_an_unknown_loss():
    net, params = chain()
    with pytest.raises(tw.ArgumentError, match="unknown loss 'cross_entrpy': did you mean 'cross_entropy'"):
        tw.gradient(net, "cross_entrpy", params, P2, T1)
    with pytest.raises(tw.ArgumentError, match="loss must be a name or a Loss object, not "):
        tw.sensitivities(net, tw.losses.MSE, params, P2, T1)


def test_turned_arrays_are_told():
    net = tw.mlp(2, 3)
    params, P, T = net.init(0), np.zeros((200, 2)), np.zeros((200, 3))
    for ask in (
        lambda P, T: tw.gradient(net, "mse", params, P, T),
        lambda P, T: tw.train(net, P, T, epochs=1),
        lambda P, T: tw.train(net, np.zeros((5, 2)), np.zeros((5, 3)), validation=(P, T), epochs=1),
    ):
        told = r"P has 200 columns, shape .2, 200.; input 'input' has size 2: transposed. examples are rows .*give P.T$"
        with pytest.raises(tw.ArgumentError, match=told):
            ask(P.T, T)
        with pytest.raises(tw.ArgumentError, match=r"output layer 'layer1' has size 3: transposed. .*give T.T$"):
            ask(P, T.T)
        with pytest.raises(tw.ArgumentError, match=r"input 'input' has size 2$"):
            ask(np.zeros((3, 200)), T)
    with pytest.raises(tw.ArgumentError, match="transposed"):
        tw.forward(net, params, P.T)
    with pytest.raises(tw.ArgumentError, match=r"has size 2$"):
        tw.forward(tw.mlp(2, 1), tw.mlp(2, 1).init(0), np.zeros((3, 3)))
