"""A network's structure, its parameters as one vector, and what it says of a structure that is none."""

import copy
import pickle

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from oracles import EVERYTHING, graphs

import thalweg as tw
from thalweg.core.network import LayerParameters


def two_inputs():
    return tw.Network(
        {"p": 2, "q": 3},
        [tw.Layer("a", 2, "tanh", ("q", "p")), tw.Layer("b", 1, "sigmoid", ("p", "a"), bias=False)],
    )


def same(left, right):
    assert list(left) == list(right)
    for name in left:
        assert list(left[name].weights) == list(right[name].weights)
        for source in left[name].weights:
            np.testing.assert_array_equal(left[name].weights[source], right[name].weights[source])
        assert (left[name].bias is None) == (right[name].bias is None)
        if left[name].bias is not None:
            np.testing.assert_array_equal(left[name].bias, right[name].bias)


def test_the_order_of_the_parameter_vector():
    net = two_inputs()
    params = {
        "a": LayerParameters(
            {"q": np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), "p": np.array([[6.0, 7.0], [8.0, 9.0]])},
            np.array([10.0, 11.0]),
        ),
        "b": LayerParameters({"p": np.array([[12.0, 13.0]]), "a": np.array([[14.0, 15.0]])}, None),
    }
    assert net.parameter_count == 16
    np.testing.assert_array_equal(net.ravel(params), np.arange(16.0))
    same(net.unravel(np.arange(16.0)), params)


def test_the_order_does_not_follow_the_order_of_the_dicts():
    net = two_inputs()
    params = net.unravel(np.arange(16.0))
    turned = {
        name: LayerParameters(dict(reversed(params[name].weights.items())), params[name].bias)
        for name in reversed(params)
    }
    np.testing.assert_array_equal(net.ravel(turned), np.arange(16.0))


@settings(max_examples=60)
@given(graphs("tanh"))
def test_ravel_and_unravel_are_inverse(drawn):
    net, _ = drawn
    x = np.arange(float(net.parameter_count))
    np.testing.assert_array_equal(net.ravel(net.unravel(x)), x)
    params = net.init(seed=4, initializer="uniform")
    same(net.unravel(net.ravel(params)), params)
    net.check_parameters(params)
    assert net.parameter_count == sum(
        array.size for weights, bias in params.values() for array in (*weights.values(), bias) if array is not None
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ravel_keeps_the_type_and_the_library(dtype):
    net = two_inputs()
    x = np.arange(16.0, dtype=dtype)
    assert net.ravel(net.unravel(x)).dtype == dtype
    on_jax = net.ravel(net.unravel(jnp.arange(16.0)))
    assert isinstance(on_jax, type(jnp.zeros(1)))


@pytest.mark.parametrize("size", [0, 15, 17])
def test_unravel_refuses_a_wrong_length(size):
    with pytest.raises(tw.ArgumentError, match=rf"x has shape \({size},\); the network has 16 parameters"):
        two_inputs().unravel(np.zeros(size))


def test_an_mlp_is_a_chain():
    net = tw.mlp(4, 3, 2, 1, hidden="relu", output="sigmoid", dropout=0.25)
    assert dict(net.inputs) == {"input": 4}
    assert [(layer.name, layer.size, layer.sources, layer.dropout) for layer in net.layers] == [
        ("layer1", 3, ("input",), 0.25),
        ("layer2", 2, ("layer1",), 0.25),
        ("layer3", 1, ("layer2",), 0.0),
    ]
    assert [layer.activation for layer in net.layers] == [tw.activations.ReLU()] * 2 + [tw.activations.Sigmoid()]
    assert net.output == net.layers[2]
    assert net.parameter_count == 4 * 3 + 3 + 3 * 2 + 2 + 2 * 1 + 1
    assert net.fed_by == {"input": ("layer1",), "layer1": ("layer2",), "layer2": ("layer3",), "layer3": ()}
    assert net.sizes == {"input": 4, "layer1": 3, "layer2": 2, "layer3": 1}


def test_a_cascade_has_all_shortcuts():
    net = tw.cascade(9, 4, 2, 2, hidden="elliott", output="linear", dropout=0.1)
    assert dict(net.inputs) == {"input": 9}
    assert [(layer.name, layer.size, layer.sources, layer.dropout) for layer in net.layers] == [
        ("layer1", 4, ("input",), 0.1),
        ("layer2", 2, ("input", "layer1"), 0.1),
        ("layer3", 2, ("input", "layer1", "layer2"), 0.0),
    ]
    assert net.layers[0].activation == tw.activations.Elliott()
    assert net.layers[2].activation == tw.activations.Linear()
    assert net.parameter_count == 4 * 10 + 2 * 14 + 2 * 16
    assert net.fed_by["input"] == ("layer1", "layer2", "layer3")


def test_sources_by_default():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3), tw.Layer("b", 1)])
    assert [layer.sources for layer in net.layers] == [("p",), ("a",)]
    several = tw.Network({"p": 2, "q": 1}, [tw.Layer("a", 3, sources=["q"]), tw.Layer("b", 1)])
    assert [layer.sources for layer in several.layers] == [("q",), ("a",)]


@pytest.mark.parametrize("size", [0, -1, True, 2.0, "3", None])
def test_sizes_that_are_no_sizes(size):
    message = rf"{{}} has size {size!r}; it must be a whole number of at least 1"
    with pytest.raises(tw.ArgumentError, match=message.format("layer 'a'")):
        tw.Layer("a", size)
    with pytest.raises(tw.ArgumentError, match=message.format("input 'p'")):
        tw.Network({"p": size}, [tw.Layer("a", 1)])
    with pytest.raises(tw.ArgumentError, match=message.format("layer 'layer1'")):
        tw.mlp(2, size, 1)
    with pytest.raises(tw.ArgumentError, match=message.format("input 'input'")):
        tw.cascade(size, 1)


@pytest.mark.parametrize("name", ["", "a/b", "a[0]", "a,b", 3, None])
def test_names_that_are_no_names(name):
    with pytest.raises(tw.ArgumentError, match=r"layer name .* it must be a text without"):
        tw.Layer(name, 1)
    with pytest.raises(tw.ArgumentError, match=r"input name .* it must be a text without"):
        tw.Network({name: 1}, [tw.Layer("a", 1)])


@pytest.mark.parametrize(
    ("inputs", "layers", "message"),
    [
        ({}, [tw.Layer("a", 1)], 'a network needs an input: inputs={"p": 2}'),
        ({"p": 1}, [], "a network needs a layer"),
        (
            {"p": 1, "q": 1},
            [tw.Layer("a", 1)],
            "layer 'a': there are several inputs; name those that feed it in sources=(...)",
        ),
        (
            {"pixels": 1},
            [tw.Layer("a", 1, sources=("pixel",))],
            "layer 'a': unknown source 'pixel': did you mean 'pixels'? Known: pixels "
            "(a source must stand before the layer)",
        ),
        (
            {"p": 1},
            [tw.Layer("a", 1, sources=("p", "b")), tw.Layer("b", 1)],
            "layer 'a': unknown source 'b': Known: p (a source must stand before the layer)",
        ),
        (
            {"p": 1},
            [tw.Layer("a", 1, sources=("a",))],
            "layer 'a': unknown source 'a': Known: p (a source must stand before the layer)",
        ),
        ({"p": 1}, [tw.Layer("p", 1)], "the name 'p' stands for two inputs or layers: rename one"),
        ({"p": 1}, [tw.Layer("a", 1), tw.Layer("a", 1)], "the name 'a' stands for two inputs or layers: rename one"),
        ({"p": 1}, [tw.Layer("a", 1, sources=())], "layer 'a' has no source: name an input or an earlier layer"),
        ({"p": 1}, [tw.Layer("a", 1, sources=("p", "p"))], "layer 'a' names a source twice: ('p', 'p')"),
        (
            {"p": 1},
            [tw.Layer("a", 1, dropout=0.5)],
            "layer 'a' is the output: dropout belongs in hidden layers",
        ),
    ],
)
def test_structures_that_are_no_network(inputs, layers, message):
    with pytest.raises(tw.ArgumentError) as told:
        tw.Network(inputs, layers)
    assert str(told.value) == message


def test_a_source_given_as_a_text():
    with pytest.raises(tw.ArgumentError, match="layer 'a': sources is the text 'p'; give a tuple of names"):
        tw.Layer("a", 1, sources="p")


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5, float("nan")])
def test_dropout_out_of_bounds(dropout):
    with pytest.raises(tw.ArgumentError, match=rf"dropout is {dropout}; it must be at least 0 and below 1"):
        tw.Layer("a", 1, dropout=dropout)


def test_an_unknown_activation():
    with pytest.raises(tw.ArgumentError, match="unknown activation 'tahn': did you mean 'tanh'"):
        tw.Layer("a", 1, "tahn")
    with pytest.raises(tw.ArgumentError, match="unknown activation 'sigmoyd': did you mean 'sigmoid'"):
        tw.mlp(2, 1, output="sigmoyd")
    with pytest.raises(tw.ArgumentError, match="activation must be a name or a Activation object, not int"):
        tw.Layer("a", 1, 3)


@pytest.mark.parametrize("make", [tw.mlp, tw.cascade])
@pytest.mark.parametrize("sizes", [(), (3,)])
def test_too_few_sizes(make, sizes):
    with pytest.raises(tw.ArgumentError, match="needs the size of its input and of at least one layer"):
        make(*sizes)


def _changed(change):
    params = two_inputs().unravel(np.arange(16.0))
    change(params)
    return params


def _set(layer, **parts):
    def change(params):
        params[layer] = params[layer]._replace(**parts)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda params: params.pop("b"), "params lacks 'b'; it has a"),
        (lambda params: params.clear(), "params lacks 'a'; it has nothing"),
        (lambda params: params.update(c=params["a"]), "params has 'c', which is not in the network"),
        (lambda params: params["a"].weights.pop("p"), "params['a'].weights lacks 'p'; it has q"),
        (
            lambda params: params["b"].weights.update(q=np.zeros((1, 3))),
            "params['b'].weights has 'q', which is not in the network",
        ),
        (
            lambda params: params["a"].weights.update(q=np.zeros((3, 2))),
            "params['a'].weights['q'] has shape (3, 2); the network needs (2, 3)",
        ),
        (_set("a", bias=None), "params['a'].bias is None; the layer has bias=True"),
        (_set("b", bias=np.zeros(1)), "params['b'].bias is an array; the layer has bias=False"),
        (_set("a", bias=np.zeros((2, 1))), "params['a'].bias has shape (2, 1); the network needs (2,)"),
    ],
)
def test_parameters_that_do_not_fit(change, message):
    net, params = two_inputs(), _changed(change)
    P = {"p": np.zeros((1, 2)), "q": np.zeros((1, 3))}
    for use in (
        net.check_parameters,
        lambda params: tw.forward(net, params, P),
        lambda params: tw.gradient(net, "mse", params, P, np.zeros((1, 1))),
        lambda params: tw.sensitivities(net, "mse", params, P, np.zeros((1, 1))),
    ):
        with pytest.raises(tw.ArgumentError) as told:
            use(params)
        assert str(told.value) == message


def test_equal_networks_are_one_key():
    net = two_inputs()
    again = two_inputs()
    assert net == again
    assert hash(net) == hash(again)
    assert len({net, again}) == 1
    turned = tw.Network({"q": 3, "p": 2}, net.layers)
    assert turned == net
    assert hash(turned) == hash(net)
    assert tw.Network(dict(net.inputs), list(net.layers)) == net


@pytest.mark.parametrize(
    "other",
    [
        tw.mlp(2, 3, 1),
        tw.Network({"p": 2, "q": 4}, two_inputs().layers),
        tw.Network({"p": 2, "q": 3}, [tw.Layer("a", 2, "relu", ("q", "p")), two_inputs().layers[1]]),
        tw.Network({"p": 2, "q": 3}, [two_inputs().layers[0], tw.Layer("b", 1, "sigmoid", ("p", "a"))]),
    ],
)
def test_other_networks_are_not_equal(other):
    assert two_inputs() != other


@pytest.mark.parametrize("net", [tw.mlp(2, 3, 1), tw.cascade(2, 3, 1), EVERYTHING])
def test_a_network_survives_pickle_and_copy(net):
    for again in (pickle.loads(pickle.dumps(net)), copy.copy(net), copy.deepcopy(net)):
        assert again == net
        assert hash(again) == hash(net)
        assert again.sizes == net.sizes


def test_a_network_cannot_be_changed():
    sizes = {"p": 2}
    layers = [tw.Layer("a", 1)]
    net = tw.Network(sizes, layers)
    sizes["p"] = 3
    layers.append(tw.Layer("b", 1))
    assert dict(net.inputs) == {"p": 2}
    assert len(net.layers) == 1
    with pytest.raises(TypeError):
        net.inputs["p"] = 3
    with pytest.raises(AttributeError):
        net.layers = ()


def test_the_same_seed_draws_the_same_parameters():
    net = two_inputs()
    same(net.init(seed=5), net.init(seed=5))
    assert (net.ravel(net.init(seed=5)) != net.ravel(net.init(seed=6))).any()
    same(net.init(), net.init(seed=0))


def test_layers_are_drawn_one_after_the_other_from_one_generator():
    net = two_inputs()
    params = net.init(seed=9, initializer="uniform")
    drawn = np.random.default_rng(9).uniform(-1.0, 1.0, 16 + 1)
    np.testing.assert_array_equal(np.hstack([params["a"].weights["q"], params["a"].weights["p"]]).ravel(), drawn[:10])
    np.testing.assert_array_equal(params["a"].bias, drawn[10:12])
    np.testing.assert_array_equal(np.hstack([params["b"].weights["p"], params["b"].weights["a"]]).ravel(), drawn[12:16])
    assert params["b"].bias is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_of_a_type(dtype):
    net = two_inputs()
    params = net.init(seed=2, dtype=dtype)
    for weights, bias in params.values():
        for array in (*weights.values(), bias):
            if array is not None:
                assert isinstance(array, np.ndarray)
                assert array.dtype == dtype
    np.testing.assert_array_equal(net.ravel(params), net.ravel(net.init(seed=2)).astype(dtype))


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(tw.ArgumentError, match=r"seed is .*; it must be a whole number of at least 0"):
        tw.mlp(1, 1).init(seed)


def test_a_softmax_of_one_unit_at_the_end_is_refused_where_a_network_is_made_or_trained():
    """Field 13."""
    for make in (tw.mlp, tw.cascade):
        with pytest.raises(tw.ArgumentError, match="'layer2': a softmax of one unit is always 1: use"):
            make(2, 3, 1, output="softmax")
    net = tw.Network({"p": 2}, [tw.Layer("out", 1, "softmax")])  # which may be looked at, or loaded
    with pytest.raises(tw.ArgumentError, match="'out': a softmax of one unit"):
        tw.train(net, np.zeros((4, 2)), np.ones((4, 1)))
    assert tw.mlp(2, 1, 2, hidden="softmax").layers[0].size == 1


def test_each_hidden_layer_may_have_an_activation_of_its_own():
    for build in (tw.mlp, tw.cascade):
        net = build(2, 4, 3, 1, hidden=["tansig", tw.activations.ReLU()], output="logsig")
        assert [layer.activation for layer in net.layers] == [
            tw.activations.Tanh(), tw.activations.ReLU(), tw.activations.Sigmoid()
        ]  # fmt: skip
        with pytest.raises(tw.ArgumentError, match="hidden has 1 activations; the network has 2 hidden layers"):
            build(2, 4, 3, 1, hidden=["tanh"])
