"""Stacked autoencoders: the tied gradient, reconstruction, and what it does for a deep chain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from training_cases import SEVERAL_INPUTS, SHORTCUTS, vector

import thalweg as tw
from thalweg.core.network import LayerParameters
from thalweg.training import ties
from thalweg.training.options import TrainingOptions
from thalweg.training.pretraining import train_autoencoder

RNG = np.random.default_rng(0)
HIDDEN = RNG.normal(size=(120, 3))
P = np.tanh(HIDDEN @ RNG.normal(size=(3, 8)))  # 8 columns that 3 numbers explain
NET = tw.mlp(8, 5, 3, 2, hidden="tanh", output="linear")
HOW = {
    "decoder": "linear",
    "loss": "mse",
    "optimizer": tw.Adam(0.01),
    "batch_size": 20,
    "epochs": 30,
    "seed": 0,
    "dtype": "float64",
}


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_the_tied_gradient_is_that_of_jax(activation):
    net = tw.Network({"input": 8}, [tw.Layer("encoder", 3, activation), tw.Layer("decoder", 8, "sigmoid")])
    T = 0.5 + 0.5 * P
    free = net.init(3)
    W, b, d = free["encoder"].weights["input"], free["encoder"].bias + 0.1, free["decoder"].bias - 0.2
    squash = {"sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax}[activation]

    def F(W, b, d):
        code = squash(P @ W.T + b)
        return jnp.mean((jax.nn.sigmoid(code @ W + d) - T) ** 2)

    params = {"encoder": LayerParameters({"input": W}, b), "decoder": LayerParameters({"encoder": W.T}, d)}
    value, g = tw.gradient(net, "mse", params, P, T)
    found = ties.tied_gradient((("encoder", "decoder"),), g)
    with jax.enable_x64(True):
        by_W, by_b, by_d = map(np.asarray, jax.grad(F, (0, 1, 2))(W, b, d))
        np.testing.assert_allclose(value, F(W, b, d), rtol=1e-12)
    np.testing.assert_allclose(found["encoder"].weights["input"], by_W, rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(found["decoder"].weights["encoder"], found["encoder"].weights["input"].T)
    np.testing.assert_allclose(found["encoder"].bias, by_b, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found["decoder"].bias, by_d, rtol=1e-10, atol=1e-14)
    assert np.abs(g["encoder"].weights["input"] - by_W).max() > 1e-3 * np.abs(by_W).max()


def autoencoder(engine="numpy", tied=True, **changes):
    start = LayerParameters({"input": NET.init(0)["layer1"].weights["input"]}, NET.init(0)["layer1"].bias)
    how = HOW | {"engine": engine} | changes
    decoder = how.pop("decoder")
    return train_autoencoder(NET.layers[0], P, start, TrainingOptions(**how), tied=tied, decoder=decoder)


@pytest.mark.parametrize(
    ("engine", "rule"),
    [
        ("numpy", "adam"),
        ("numpy", "rprop"),
        ("numpy", "momentum"),
        ("numpy", "adamw"),
        ("xla", "adam"),
        ("xla", "rprop"),
    ],
)
def test_tied_weights_stay_tied_to_the_bit(engine, rule):
    run = autoencoder(engine, optimizer=rule, l2=0.01, epochs=8)
    W, V = run.params["encoder"].weights["input"], run.params["decoder"].weights["encoder"]
    np.testing.assert_array_equal(V, W.T)
    assert np.abs(W - NET.init(0)["layer1"].weights["input"]).max() > 1e-3


def test_rules_that_move_the_places_apart_keep_them_tied():
    run = autoencoder(optimizer=tw.Rprop(0.001, delta0_high=0.02), batch_size="all")
    np.testing.assert_array_equal(run.params["decoder"].weights["encoder"], run.params["encoder"].weights["input"].T)


def test_tied_descent_is_descent_on_one_matrix():
    """Ten updates by jax.grad of the loss as a function of W, b and d alone."""
    run = autoencoder(optimizer=tw.GradientDescent(0.3), batch_size="all", epochs=10)

    def F(W, b, d):
        return jnp.mean((jnp.tanh(P @ W.T + b) @ W + d - P) ** 2)

    with jax.enable_x64(True):
        x = [jnp.asarray(NET.init(0)["layer1"].weights["input"]), jnp.zeros(5), jnp.zeros(8)]
        gradient = jax.jit(jax.grad(F, (0, 1, 2)))
        for _ in range(10):
            x = [part - 0.3 * g for part, g in zip(x, gradient(*x), strict=True)]
    np.testing.assert_allclose(run.params["encoder"].weights["input"], x[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.params["encoder"].bias, x[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.params["decoder"].bias, x[2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tied", [True, False])
def test_both_engines_train_the_same_autoencoder(tied):
    one, other = autoencoder("numpy", tied), autoencoder("xla", tied)
    np.testing.assert_allclose(vector(one), vector(other), rtol=1e-8, atol=1e-10)
    assert one.history.loss[-1] < 0.3 * one.history.loss[0]
    W, V = one.params["encoder"].weights["input"], one.params["decoder"].weights["encoder"]
    assert np.array_equal(V, W.T) == tied


def test_large_layers_stay_tied_where_the_loop_carries_arrays():
    wide = tw.Layer("wide", 2500, "sigmoid")
    rng = np.random.default_rng(1)
    a = rng.uniform(0, 1, (16, 12))
    start = LayerParameters({"input": rng.normal(size=(2500, 12)) * 0.02}, np.zeros(2500))
    how = HOW | {"optimizer": tw.Adam(0.001), "batch_size": "all", "epochs": 3}
    decoder = how.pop("decoder")
    one, other = (
        train_autoencoder(wide, a, start, TrainingOptions(**how, engine=engine), tied=True, decoder=decoder)
        for engine in ("numpy", "xla")
    )
    assert one.network.parameter_count > 50_000
    np.testing.assert_allclose(vector(one), vector(other), rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(
        other.params["decoder"].weights["encoder"], other.params["encoder"].weights["input"].T
    )


def left_out(net, params, P):
    """The share of the inputs' variance that no linear decoder gets back from the last hidden layer."""
    code = tw.forward(net, params, P).outputs[net.layers[-2].name]
    code = np.column_stack([code, np.ones(len(P))])
    back = code @ np.linalg.lstsq(code, P, rcond=None)[0]
    return np.sum((P - back) ** 2) / np.sum((P - P.mean(axis=0)) ** 2)


@pytest.mark.parametrize("tied", [True, False])
def test_the_code_keeps_what_random_weights_lose(tied):
    params = tw.pretrain(NET, P, tied=tied, optimizer=tw.Adam(0.01), batch_size=20, epochs=60, dtype="float64")
    NET.check_parameters(params)
    random = [left_out(NET, NET.init(seed), P) for seed in range(10)]
    assert left_out(NET, params, P) < 0.6 * min(random)
    first = NET.init(0)
    np.testing.assert_array_equal(params["layer3"].weights["layer2"], first["layer3"].weights["layer2"])
    np.testing.assert_array_equal(params["layer3"].bias, first["layer3"].bias)


def test_each_layer_learns_from_the_outputs_of_those_below():
    how = {"optimizer": tw.Adam(0.01), "batch_size": 20, "epochs": 5, "dtype": "float64"}
    params = tw.pretrain(NET, P, **how)
    a = tw.forward(NET, params, P).outputs["layer1"]
    upper = tw.mlp(5, 3, 2, hidden="tanh")
    start = {
        "layer1": LayerParameters({"input": NET.init(0)["layer2"].weights["layer1"]}, NET.init(0)["layer2"].bias),
        "layer2": upper.init(0)["layer2"],
    }
    expected = tw.pretrain(upper, a, params=start, **how)["layer1"]
    np.testing.assert_array_equal(params["layer2"].weights["layer1"], expected.weights["input"])
    np.testing.assert_array_equal(params["layer2"].bias, expected.bias)
    again = tw.pretrain(NET, {"input": P}, **how)
    np.testing.assert_array_equal(NET.ravel(again), NET.ravel(params))


def test_a_deep_sigmoid_chain_learns_better_after_it(unchecked_shapes):
    net = tw.mlp(8, 12, 12, 12, 1, hidden="sigmoid", output="linear")
    T = P[:, :1] * P[:, 1:2] + P[:, 2:3]
    how = {"optimizer": tw.Adam(0.005), "batch_size": 20, "epochs": 100, "loss": "mse"}
    alone = tw.train(net, P, T, seed=2, **how)
    for tied in (True, False):
        params = tw.pretrain(net, P, tied=tied, optimizer=tw.Adam(0.02), batch_size=20, epochs=150, seed=2)
        helped = tw.train(net, P, T, params=params, seed=2, **how)
        assert helped.history.loss[-1] < 0.5 * alone.history.loss[-1], tied


def test_layers_without_bias_and_with_dropout():
    layers = [tw.Layer("a", 4, "tanh", bias=False, dropout=0.5), tw.Layer("b", 2)]
    net = tw.Network({"p": 8}, layers)
    plain = tw.Network({"p": 8}, [tw.Layer("a", 4, "tanh", bias=False), tw.Layer("b", 2)])
    params = tw.pretrain(net, P, epochs=2)
    assert params["a"].bias is None
    assert params["a"].weights["p"].dtype == params["b"].bias.dtype == np.float32
    np.testing.assert_array_equal(net.ravel(params), plain.ravel(tw.pretrain(plain, P, epochs=2)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tw.pretrain(SHORTCUTS, P[:, :3]), "needs a chain, and layer 'layer2' is fed by input, layer1, not by"),
        (lambda: tw.pretrain(SEVERAL_INPUTS, {"p": P[:, :3], "q": P[:, :2]}), "chain, and the network has 2 inputs"),
        (lambda: tw.pretrain(tw.mlp(8, 1), P), "needs a hidden layer"),
        (lambda: tw.pretrain(NET, P, optimizer="trainscg"), "trainscg moves all weights freely: use tied=False"),
        (lambda: tw.pretrain(NET, P, optimizer="lm"), "LevenbergMarquardt moves all weights freely: use tied=False"),
        (lambda: tw.pretrain(NET, P[:, :5]), "P has 5 columns"),
        (lambda: tw.pretrain(NET, np.where(P > 0.99, np.nan, P)), "P has nan at row"),
        (lambda: tw.pretrain(NET, P, epochs=0), "epochs is 0"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(tw.ThalwegError, match=message):
        make()


def test_free_decoders_take_any_rule():
    params = tw.pretrain(NET, P, tied=False, optimizer="lm", epochs=20, dtype="float64")
    assert left_out(NET, params, P) < 0.6 * left_out(NET, NET.init(0), P)


def test_killed_and_resumed(tmp_path, monkeypatch):
    """In the second of three layers: the first is not trained again, and the end is the same, to the bit."""
    from thalweg.training import pretraining

    net, P = tw.mlp(4, 3, 3, 2, 1), np.random.default_rng(0).uniform(-1, 1, (30, 4))
    options = {"epochs": 6, "batch_size": 5, "engine": "numpy"}
    whole = tw.pretrain(net, P, **options)
    real = pretraining.drive

    def until_the_third(recipe, **more):
        if recipe.program.net.layers[0].size == 2:
            raise RuntimeError("killed")
        return real(recipe, **more)

    monkeypatch.setattr(pretraining, "drive", until_the_third)
    with pytest.raises(RuntimeError, match="killed"):
        tw.pretrain(net, P, **options, checkpoint=tmp_path)
    monkeypatch.undo()
    for path in (tmp_path / "layer2").glob("checkpoint-*"):
        path.unlink()
    before = {path: path.read_bytes() for path in (tmp_path / "layer1").glob("checkpoint-*")}
    again = tw.pretrain(net, P, **options, checkpoint=tw.Checkpoints(tmp_path, resume=True))
    assert before
    assert {path: path.read_bytes() for path in (tmp_path / "layer1").glob("checkpoint-*")} == before
    np.testing.assert_array_equal(net.ravel(again), net.ravel(whole))
