"""What is had block by block is what is had of all examples at once (field h29-predict-memory)."""

import subprocess
import sys

import jax
import numpy as np
import pytest
from oracles import EVERYTHING

import thalweg as tw
from thalweg.core import blocks
from thalweg.core.blocks import BLOCK, loss_and_gradient_in_blocks, output_in_blocks, total_loss_in_blocks
from thalweg.core.propagation import forward_phase, loss_and_gradient, total_loss
from thalweg.optimizers.full_batch import Problem

PEAK = """
import numpy as np, thalweg as tw
from pathlib import Path
def peak():
    return int(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
net = tw.mlp(10, 24, 1)
P = np.random.default_rng(0).normal(size=(120_000, 10))
run = tw.train(net, P[:100], P[:100, :1], epochs=1, dtype="float64", engine="numpy")
run.predict(P[:20_000])  # two blocks, whose memory is used again
before = peak()
run.predict(P)
print((peak() - before) / 1024, P.nbytes / 2**20)
for rule in ("gd", "lbfgs", "scg"):
    tw.train(net, P, P[:, :1], optimizer=rule, batch_size="all", epochs=2, engine="numpy")
print((peak() - before) / 1024)
"""


@pytest.mark.parametrize("rows", [1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 3 * BLOCK + 5])
def test_blocks_are_the_whole(rows):
    net = EVERYTHING
    params = net.init(0)
    rng = np.random.default_rng(1)
    inputs = {name: rng.normal(size=(rows, size)) for name, size in net.inputs.items()}
    whole = tw.forward(net, params, inputs).output
    np.testing.assert_allclose(output_in_blocks(net, params, inputs), whole, rtol=1e-12)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_predictions_and_updates_of_all_rows_take_little_memory():
    """Every layer's net input and output of all rows would be seven times the data, with sensitivities ten and more."""
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    by_prediction, data, by_updates = map(float, done.stdout.split())
    assert by_prediction < data
    assert by_updates < 3 * data


def examples_of(net, rows, weighed):
    rng = np.random.default_rng(rows)
    inputs = {name: rng.normal(size=(rows, size)) for name, size in net.inputs.items()}
    weight = rng.uniform(0.5, 2.0, rows) if weighed else None
    return inputs, rng.normal(size=(rows, net.output.size)), weight


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("rows", [2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 3])
def test_loss_and_gradient_are_those_of_all_at_once(rows, weighed, reduction):
    net, loss = EVERYTHING, tw.losses.MSE(reduction=reduction)
    params, (inputs, T, weight) = net.init(0), examples_of(net, rows, weighed)
    penalties = {"l1": 0.01, "l2": 0.02}
    F, g = loss_and_gradient_in_blocks(net, loss, params, inputs, T, weight, **penalties)
    whole, by = loss_and_gradient(net, loss, params, inputs, T, weight, **penalties)
    same = np.testing.assert_array_equal if rows < 2 * BLOCK else np.testing.assert_allclose
    close = {} if rows < 2 * BLOCK else {"rtol": 1e-10, "atol": 1e-12}
    same(F, whole, **close)
    same(net.ravel(g), net.ravel(by), **close)
    validated = total_loss_in_blocks(net, loss, params, inputs, T, weight)
    same(validated, total_loss(net, loss, forward_phase(net, params, inputs), T, weight), **close)


def test_weights_of_single_targets_go_with_their_blocks():
    net, loss = tw.mlp(2, 3, 2), tw.losses.MSE()
    params, (inputs, T, weight) = net.init(0), examples_of(net, 2 * BLOCK + 3, weighed=True)
    of_targets = weight[:, None] * np.random.default_rng(1).integers(0, 3, T.shape)
    F, g = loss_and_gradient_in_blocks(net, loss, params, inputs, T, of_targets)
    whole, by = loss_and_gradient(net, loss, params, inputs, T, of_targets)
    np.testing.assert_allclose(F, whole, rtol=1e-10)
    np.testing.assert_allclose(net.ravel(g), net.ravel(by), rtol=1e-10, atol=1e-14)


def test_masks_go_with_their_examples():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "tanh", dropout=0.5), tw.Layer("b", 1)])
    loss, params = tw.losses.MSE(), net.init(0)
    inputs, T, _ = examples_of(net, 2 * BLOCK + 7, weighed=False)
    masks = {"a": np.random.default_rng(0).integers(0, 2, (len(T), 3)) * 2.0}
    _, g = loss_and_gradient_in_blocks(net, loss, params, inputs, T, None, masks)
    _, whole = loss_and_gradient(net, loss, params, inputs, T, None, masks)
    np.testing.assert_allclose(net.ravel(g), net.ravel(whole), rtol=1e-10)


@pytest.mark.parametrize("weighed", [pytest.param(False, marks=pytest.mark.thorough), True])
def test_compiled_blocks_are_the_whole(weighed, monkeypatch):
    """The last block, which is filled up, counts its own rows alone."""
    net = tw.mlp(2, 5, 1)
    params, (inputs, T, weight) = net.init(0), examples_of(net, 103, weighed)
    expected = loss_and_gradient(net, tw.losses.MSE(), params, inputs, T, weight, l2=0.1)
    monkeypatch.setattr(blocks, "COMPILED_NUMBERS", 8 * 20)
    with jax.enable_x64(True):
        given = jax.tree.map(jax.numpy.asarray, (params, inputs, T, weight))
        found = jax.jit(lambda *a: loss_and_gradient_in_blocks(net, tw.losses.MSE(), *a, l2=0.1))(*given)
        judged = jax.jit(lambda *a: total_loss_in_blocks(net, tw.losses.MSE(), *a))(*given)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(net.ravel(found[1]), net.ravel(expected[1]), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(judged, total_loss(net, tw.losses.MSE(), forward_phase(net, params, inputs), T, weight))


@pytest.mark.parametrize("name", ["hessian_product", "gauss_newton_product", "hessian"])
def test_curvature_in_blocks_is_that_of_the_halves(name):
    net = tw.mlp(2, 3, 1, hidden="tanh")
    inputs, T, weight = examples_of(net, 2 * BLOCK, weighed=True)
    x, v = net.ravel(net.init(0)), np.linspace(-1, 1, net.parameter_count)

    def at(rows, l2):
        problem = Problem(net, tw.losses.SSE(), {"input": inputs["input"][rows]}, T[rows], weight[rows], l2)
        return getattr(problem, name)(x) if name == "hessian" else getattr(problem, name)(x, v)

    halves = at(slice(0, BLOCK), 0.1) + at(slice(BLOCK, None), None)
    np.testing.assert_allclose(at(slice(None), 0.1), halves, rtol=1e-10, atol=1e-10)


@pytest.mark.compiled_as_for_users
@pytest.mark.parametrize(
    ("rule", "engine"),
    [
        ("lbfgs", "numpy"),
        ("gd", "xla"),
        pytest.param("gd", "numpy", marks=pytest.mark.thorough),
        pytest.param("lbfgs", "xla", marks=pytest.mark.thorough),
    ],
)
def test_an_update_of_many_rows_is_replayed_to_the_bit(engine, rule, monkeypatch):
    monkeypatch.setattr(blocks, "COMPILED_NUMBERS", 1 << 14)
    net = tw.mlp(2, 3, 1)
    inputs, T, _ = examples_of(net, 2 * BLOCK + 100, weighed=False)
    run = tw.train(net, inputs["input"], T, optimizer=rule, batch_size="all", epochs=3, engine=engine)
    told = " ".join(run.step(run.updates).notes)
    assert "the parameters after it are the run's to the bit" in told


@pytest.mark.parametrize("rows", [3, 2 * BLOCK])
def test_examples_that_weigh_nothing_together_have_no_loss(rows: int) -> None:
    net = tw.mlp(2, 1)
    P, T = np.ones((rows, 2)), np.ones((rows, 1))
    F, g = loss_and_gradient_in_blocks(
        net, tw.losses.MSE(), net.init(0), {"input": P}, T, np.zeros(rows), l2=np.asarray(0.0)
    )
    assert F == 0.0
    assert not net.ravel(g).any()
