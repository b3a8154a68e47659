"""The flow of the gradient: every number by jax.grad or by hand, and the verdicts on networks made to be ill."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.diagnosis.flow import LayerFlow
from thalweg.diagnosis.flow_verdict import find

RNG = np.random.default_rng(0)
P = RNG.normal(size=(64, 4))
T = np.sin(P[:, :1])


def kinds(flow):
    return [finding.kind for finding in flow.findings]


def stack(hidden, depth=8, width=16):
    return tw.mlp(4, *[width] * (depth - 1), 1, hidden=hidden)


def scaled(net, factor, seed=0):
    return net.unravel(factor * net.ravel(net.init(seed)))


@pytest.mark.parametrize("seed", range(5))
def test_a_sigmoid_stack_of_depth_8_vanishes_and_its_relu_twin_does_not(seed):
    ill = tw.gradient_flow(stack("sigmoid"), "mse", stack("sigmoid").init(seed), P, T)
    assert kinds(ill) == ["vanishing"]
    assert "from layer8 to layer1: each layer multiplies it by the slope of sigmoid" in ill.verdict
    assert "use ReLU in the hidden layers, initial weights" in ill.verdict
    assert "pre-training" in ill.verdict
    well = tw.gradient_flow(stack("relu"), "mse", stack("relu").init(seed), P, T)
    assert not {"vanishing", "exploding", "saturation", "no gradient"} & set(kinds(well))
    assert "vanish" not in well.verdict


def test_the_fold_is_that_of_the_gradients():
    net = stack("sigmoid")
    flow = tw.gradient_flow(net, "mse", net.init(0), P, T)
    with jax.enable_x64(True):
        gradients = jax_gradients(net, net.init(0))
    rms = [float(np.sqrt(np.mean(g**2))) for g in gradients]
    np.testing.assert_allclose([layer.gradient_rms for layer in flow.layers], rms, rtol=1e-9)
    np.testing.assert_allclose([layer.gradient for layer in flow.layers], [np.linalg.norm(g) for g in gradients])
    told = float(flow.verdict.split("shrinks ")[1].split("-fold")[0].replace(",", ""))
    assert told == float(f"{rms[-1] / min(rms):.2g}")


def jax_gradients(net, params):
    """∂F/∂(W, b) of each layer of a sigmoid stack with one linear output, by jax.grad."""

    def error(params):
        a = P
        for k, (W, b) in enumerate(params):
            n = a @ W.T + b
            a = n if k == len(params) - 1 else jax.nn.sigmoid(n)
        return jnp.mean((a - T) ** 2)

    given = [(params[layer.name].weights[layer.sources[0]], params[layer.name].bias) for layer in net.layers]
    found = jax.jit(jax.grad(error))(given)
    return [np.concatenate([np.ravel(W), np.ravel(b)]) for W, b in found]


def test_every_number_of_a_layer_by_hand():
    net = tw.Network({"p": 1}, [tw.Layer("h", 2, "tanh"), tw.Layer("out", 1)])
    params = {
        "h": tw.LayerParameters({"p": np.array([[1.0], [3.0]])}, np.array([0.0, 0.0])),
        "out": tw.LayerParameters({"h": np.array([[2.0, -1.0]])}, np.array([0.5])),
    }
    P, T = np.array([[0.5], [2.0]]), np.array([[1.0], [0.0]])
    h = np.tanh(np.array([[0.5, 1.5], [2.0, 6.0]]))
    out = h @ [[2.0], [-1.0]] + 0.5
    s_out = 2 * (out - T) / 2
    s_h = s_out * [[2.0, -1.0]] * (1 - h**2)
    rule = tw.Momentum(0.1)
    flow = tw.gradient_flow(net, "mse", params, P, T, rule)
    first, second = flow.layers
    assert (flow.loss, flow.examples, flow.inputs) == ("mse", 2, {"p": pytest.approx(np.sqrt(4.25 / 2))})
    assert pytest.approx(np.mean((out - T) ** 2)) == flow.F
    assert (first.name, first.activation, first.size, second.activation) == ("h", "tanh", 2, "linear")
    assert first.output == pytest.approx(np.sqrt((h**2).mean()))
    assert first.sensitivity == pytest.approx(np.linalg.norm(s_h))
    assert first.sensitivity_rms == pytest.approx(np.linalg.norm(s_h) / np.sqrt(2))
    gradient = np.concatenate([s_h.T @ P, s_h.sum(axis=0)[:, None]], axis=1)
    assert first.gradient == pytest.approx(np.linalg.norm(gradient))
    assert first.gradient_rms == pytest.approx(np.sqrt((gradient**2).mean()))
    assert first.slope == pytest.approx((1 - h**2).mean())
    assert first.saturated == 0.25  # only tanh(6) has a slope under 0.05
    assert (first.dead, first.bends, second.bends, second.slope) == (0, True, False, 1.0)
    assert first.weight == pytest.approx(np.sqrt(10))
    assert first.update_ratio == pytest.approx(0.1 * np.linalg.norm(s_h.T @ P) / np.sqrt(10))
    assert second.update_ratio == pytest.approx(0.1 * np.linalg.norm(s_out.T @ h) / np.sqrt(5))


def test_saturation_of_a_softmax_is_that_one_unit_has_nearly_all():
    net = tw.Network({"p": 3}, [tw.Layer("out", 3, "softmax")])
    one = {"out": tw.LayerParameters({"p": np.eye(3)}, np.zeros(3))}
    P = np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.5]])
    T = np.eye(3)[[0, 1, 2, 0]]
    assert tw.gradient_flow(net, None, one, P, T).layers[0].saturated == 0.5
    many = tw.mlp(2, 200, output="softmax")
    even = many.unravel(np.zeros(600))
    assert tw.gradient_flow(many, None, even, P[:, :2], np.eye(200)[:4]).layers[0].saturated == 0.0


def test_dead_units():
    net = tw.mlp(4, 10, 10, 1, hidden="relu")
    params = net.init(0)
    params["layer1"].bias[:4] = -100.0
    flow = tw.gradient_flow(net, "mse", params, P, T)
    assert flow.layers[0].dead == 4
    assert kinds(flow) == ["dead units"]
    assert "4 of 10 units of layer1" in flow.verdict
    assert "leaky_relu" in flow.verdict


@pytest.mark.parametrize("dead", [1, 2])
def test_a_quarter_of_a_layer_that_is_dead_is_told(dead):
    net = tw.mlp(4, 8, 1, hidden="relu")
    params = net.init(0)
    params["layer1"].bias[:dead] = -100.0
    flow = tw.gradient_flow(net, "mse", params, P, T)
    assert flow.layers[0].dead == dead
    assert ("dead units" in kinds(flow)) == (dead == 2)


def test_a_wholly_dead_layer_cuts_the_others_off():
    net = tw.mlp(4, 10, 10, 1, hidden="relu")
    params = net.init(0)
    params["layer2"].bias[:] = -1000.0
    flow = tw.gradient_flow(net, "mse", params, P, T, "adam")
    assert kinds(flow) == ["no gradient"]
    assert flow.verdict.startswith("no gradient reaches layer1 and layer2: every unit of layer2 is dead")


def test_weights_of_0_cut_the_layers_before_them_off():
    net = tw.mlp(4, 10, 10, 1)
    params = net.init(0)
    params["layer3"].weights["layer2"][:] = 0.0
    flow = tw.gradient_flow(net, "mse", params, P, T)
    assert kinds(flow) == ["no gradient"]
    assert flow.verdict.startswith(
        "no gradient reaches layer1 and layer2: the weights of layer3 are all 0. Remedy: init"
    )


@pytest.mark.parametrize(
    ("hidden", "factor", "kind", "words"),
    [
        ("tanh", 100.0, "vanishing", "tanh saturates in"),
        ("tanh", 0.1, "vanishing", "the weights from layer7 to layer8 are small. Remedy: initial weights"),
        ("tanh", 10.0, "exploding", "the weights are large"),
        ("sigmoid", 1.0, "vanishing", "the slope of sigmoid"),
        ("tanh", 1.0, None, "nothing unusual"),
        ("elu", 1.0, None, "nothing unusual"),
    ],
)
def test_vanishing_and_exploding(hidden, factor, kind, words):
    net = stack(hidden)
    flow = tw.gradient_flow(net, "mse", scaled(net, factor), P, T)
    assert kinds(flow)[:1] == ([kind] if kind else [])
    assert words in flow.verdict


def test_saturation_without_vanishing():
    net = tw.mlp(4, 16, 1, hidden="tanh")
    flow = tw.gradient_flow(net, "mse", net.init(0), 100 * P, T)
    assert kinds(flow) == ["saturation"]
    assert "tanh saturates in layer1 (9" in flow.verdict
    assert "scale the inputs" in flow.verdict


def test_large_inputs_explode_the_first_gradient():
    net = tw.mlp(4, 16, 1, hidden="leaky_relu")
    params = scaled(net, 1.0)
    params["layer1"].weights["input"][:] *= 1e-4
    flow = tw.gradient_flow(net, "mse", params, 1e4 * P, T)
    assert kinds(flow) == ["exploding"]
    assert "the numbers of input 'input' are large (1.0" in flow.verdict
    assert "Remedy: scale the inputs" in flow.verdict


def test_outputs_stuck_on_the_wrong_side_are_told_with_squares_and_not_with_cross_entropy():
    net = tw.Network({"p": 4}, [tw.Layer("out", 1, "sigmoid")])
    params = {"out": tw.LayerParameters({"p": np.zeros((1, 4))}, np.array([9.0]))}
    flow = tw.gradient_flow(net, "mse", params, P, np.zeros((64, 1)))
    assert kinds(flow) == ["stuck outputs"]
    assert "100 % of the outputs are wrong and saturated, and mse hardly corrects them" in flow.verdict
    assert not kinds(tw.gradient_flow(net, "cross_entropy", params, P, np.zeros((64, 1))))
    assert not kinds(tw.gradient_flow(net, "mse", params, P, np.ones((64, 1))))


@pytest.mark.parametrize(
    ("rate", "kind"), [(1e-10, "small updates"), (0.01, None), (10.0, "large updates")]
)  # fmt: skip
def test_update_ratios(rate, kind):
    net = tw.mlp(4, 8, 1)
    flow = tw.gradient_flow(net, "mse", net.init(0), P, T, tw.GradientDescent(rate))
    assert kinds(flow) == ([] if kind is None else [kind])
    ratios = [layer.update_ratio for layer in flow.layers]
    again = tw.gradient_flow(net, "mse", net.init(0), P, T, tw.GradientDescent(2 * rate))
    np.testing.assert_allclose([layer.update_ratio for layer in again.layers], [2 * ratio for ratio in ratios])


def test_the_update_is_that_of_the_rule_at_its_state():
    """After a run, the ratio is that of the step which one more epoch makes."""
    net = tw.mlp(4, 8, 1)
    given = {"optimizer": tw.Adam(0.01), "batch_size": "all", "dtype": "float64"}
    run = tw.train(net, P, T, "mse", epochs=20, **given)
    more = tw.train(net, P, T, "mse", epochs=21, **given)
    flow = tw.gradient_flow(net, run.loss, run.params, P, T, run.optimizer, state=run.state)
    for layer in flow.layers:
        before, after = (r.params[layer.name].weights for r in (run, more))
        (source,) = before
        ratio = np.linalg.norm(after[source] - before[source]) / np.linalg.norm(before[source])
        assert layer.update_ratio == pytest.approx(ratio, rel=1e-9)
    first = tw.gradient_flow(net, run.loss, run.params, P, T, run.optimizer)
    assert first.layers[0].update_ratio != pytest.approx(flow.layers[0].update_ratio)


def test_a_state_of_trees():
    net = tw.mlp(4, 8, 1)
    rule, params = tw.Momentum(0.1), net.init(0)
    state = rule.init(params)._replace(delta=net.unravel(np.ones(net.parameter_count)))
    flat = rule.init(net.ravel(params))._replace(delta=np.ones(net.parameter_count))
    one, other = (tw.gradient_flow(net, "mse", params, P, T, rule, state=given) for given in (state, flat))
    assert [layer.update_ratio for layer in one.layers] == pytest.approx([layer.update_ratio for layer in other.layers])


def test_a_rule_of_optax():
    net = tw.mlp(4, 8, 1)
    rule = optax.sgd(0.05, momentum=0.9)
    run = tw.train(net, P, T, "mse", rule, "all", epochs=3)
    more = tw.train(net, P, T, "mse", rule, "all", epochs=4)
    for state, before, after in ((run.state, run.params, more.params), (None, net.init(0), None)):
        flow = tw.gradient_flow(net, "mse", before, P, T, rule, state=state)
        if after is None:
            first = tw.gradient_flow(net, "mse", before, P, T, tw.GradientDescent(0.05))
            expected = first.layers[0].update_ratio
        else:
            W, V = (params["layer1"].weights["input"].astype(float) for params in (before, after))
            expected = np.linalg.norm(V - W) / np.linalg.norm(W)
        assert flow.layers[0].update_ratio == pytest.approx(expected, rel=1e-4)


def test_parts_that_are_in_no_registry():
    class Mine(tw.activations.Tanh):
        pass

    class Own(tw.losses.MSE):
        pass

    net = tw.mlp(4, 3, 1, hidden=Mine())
    flow = tw.gradient_flow(net, Own(), net.init(0), P, T)
    assert (flow.layers[0].activation, flow.loss) == ("Mine", "Own")


def test_a_rule_that_takes_whole_steps_has_no_ratio():
    net = tw.mlp(4, 3, 1)
    assert tw.gradient_flow(net, "mse", net.init(0), P, T, "lm").layers[0].update_ratio is None


def test_at_a_minimum_and_beyond_all_numbers():
    net = tw.mlp(1, 1)
    at_minimum = tw.gradient_flow(net, "sse", net.unravel(np.array([2.0, 0.0])), [[1.0]], [[2.0]])
    assert kinds(at_minimum) == ["no gradient"]
    assert "the error is at a minimum, or flat here" in at_minimum.verdict
    beyond = tw.gradient_flow(net, "sse", net.unravel(np.array([1e200, 0.0])), [[1e200]], [[2.0]])
    assert kinds(beyond) == ["not finite"]
    assert json.loads(json.dumps(beyond.to_dict(), allow_nan=False))["F"] is None


def test_a_layer_that_leads_nowhere():
    net = tw.Network({"p": 4}, [tw.Layer("lost", 3, "tanh"), tw.Layer("out", 1, "linear", ("p",))])
    flow = tw.gradient_flow(net, "mse", net.init(0), P, T)
    assert "no gradient reaches lost: its path is cut" in flow.verdict
    assert kinds(flow) == ["no gradient"]
    layers = [
        tw.Layer("lost", 3, "tanh"),
        *(tw.Layer(f"s{k}", 9, "sigmoid", ("p",) if k == 1 else None) for k in range(1, 9)),
    ]
    deep = tw.Network({"p": 4}, [*layers, tw.Layer("out", 1)])
    assert kinds(tw.gradient_flow(deep, "mse", deep.init(0), P, T)) == ["no gradient", "vanishing"]


def test_a_trained_network_of_usual_size_is_well():
    net = tw.mlp(4, 16, 8, 1, hidden="tanh")
    run = tw.train(net, P, T, optimizer=tw.Adam(0.01), epochs=100)
    flow = tw.gradient_flow(net, run.loss, run.params, P, T, run.optimizer, state=run.state)
    assert flow.verdict.startswith("nothing unusual: the layers' gradients are within a factor of")
    assert flow.findings == find(flow) == ()


def test_as_data():
    net = stack("sigmoid")
    told = json.loads(json.dumps(tw.gradient_flow(net, "mse", net.init(0), P, T, "gd").to_dict(), allow_nan=False))
    assert [layer["name"] for layer in told["layers"]] == [f"layer{k}" for k in range(1, 9)]
    assert set(told["layers"][0]) == set(LayerFlow.__dataclass_fields__)
    assert told["findings"][0]["kind"] == "vanishing"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"P": P[:0], "T": T[:0]}, tw.DataError, "P has no examples"),
        ({"P": P[:, :3]}, tw.ArgumentError, "P has 3 columns"),
        ({"threshold": 0.0}, tw.ArgumentError, "threshold is 0.0; it must be between 0 and 1"),
        ({"rule": "adem"}, tw.ArgumentError, "unknown optimizer 'adem'"),
        ({"loss": "cross_entropy"}, tw.ArgumentError, "needs sigmoid or softmax outputs"),
    ],
)
def test_mistakes(given, error, words):
    net = tw.mlp(4, 3, 1)
    given = {"loss": "mse", "P": P, "T": T, **given}
    with pytest.raises(error, match=words):
        tw.gradient_flow(net, given.pop("loss"), net.init(0), given.pop("P"), given.pop("T"), **given)
