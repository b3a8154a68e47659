"""Many parameter vectors in one pass give what each gives by itself."""

import time

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES
from thalweg.optimizers.full_batch import Problem
from thalweg.surface import evaluate
from thalweg.surface.evaluate import errors_across, errors_at

GRAPH = tw.Network(
    {"p": 3, "q": 2},
    [
        tw.Layer("a", 4, "tanh", ("p",)),
        tw.Layer("b", 3, "softmax", ("q", "p"), bias=False),
        tw.Layer("out", 2, "sigmoid", ("a", "b", "q")),
    ],
)


def problem_of(net, loss, examples=7, weight=None, l2=None, seed=0):
    rng = np.random.default_rng(seed)
    inputs = {name: rng.normal(size=(examples, size)) for name, size in net.inputs.items()}
    return Problem(net, LOSSES.get(loss), inputs, rng.random((examples, net.output.size)), weight, l2)


def one_by_one(problem, X):
    net, l2 = problem.net, problem.l2 or 0.0
    F = [tw.gradient(net, problem.loss, net.unravel(x), problem.inputs, problem.T, problem.weight, l2=l2)[0] for x in X]
    return np.array(F)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_each_loss_on_a_graph(loss):
    problem = problem_of(GRAPH, loss, weight=np.arange(1.0, 8.0), l2=0.1)
    X = np.random.default_rng(1).normal(size=(5, GRAPH.parameter_count))
    np.testing.assert_allclose(errors_at(problem, X), one_by_one(problem, X), rtol=1e-13)


@pytest.mark.parametrize("hidden", list(ACTIVATIONS))
def test_each_activation(hidden):
    problem = problem_of(tw.cascade(2, 3, 3, 1, hidden=hidden), "half_sse")
    X = np.random.default_rng(1).normal(size=(4, problem.net.parameter_count))
    np.testing.assert_allclose(errors_at(problem, X), one_by_one(problem, X), rtol=1e-13)


def test_by_a_formula_of_its_own():
    """2-3-1, written out with einsum."""
    problem = problem_of(tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid"), "mse")
    X = np.random.default_rng(1).normal(size=(6, 13))
    W, b, V, c = X[:, :6].reshape(-1, 3, 2), X[:, 6:9], X[:, 9:12], X[:, 12]
    a = np.tanh(np.einsum("qj,kij->kqi", problem.inputs["input"], W) + b[:, None])
    out = 1 / (1 + np.exp(-(np.einsum("kqi,ki->kq", a, V) + c[:, None])))
    np.testing.assert_allclose(errors_at(problem, X), ((problem.T[:, 0] - out) ** 2).mean(axis=1), rtol=1e-13)


@pytest.mark.parametrize(("numbers", "parameters"), [(1, 1), (40, 60), (1 << 18, 1 << 22)])
def test_chunks_of_any_size_give_the_same(monkeypatch, numbers, parameters):
    problem = problem_of(GRAPH, "cross_entropy", examples=11, weight=np.arange(1.0, 12.0))
    X = np.random.default_rng(1).normal(size=(9, GRAPH.parameter_count))
    monkeypatch.setattr(evaluate, "_NUMBERS_AT_ONCE", numbers)
    monkeypatch.setattr(evaluate, "_PARAMETERS_AT_ONCE", parameters)
    np.testing.assert_allclose(errors_at(problem, X), one_by_one(problem, X), rtol=1e-13)
    coordinates = np.random.default_rng(2).normal(size=(9, 2))
    expected = one_by_one(problem, X[0] + coordinates @ X[1:3])
    np.testing.assert_allclose(errors_across(problem, X[0], X[1:3], coordinates), expected, rtol=1e-13)


def test_what_is_not_finite_is_nan():
    problem = problem_of(tw.mlp(1, 1), "mse")
    found = errors_at(problem, np.array([[1e200, 0.0], [np.inf, 0.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(np.isnan(found), [True, True, False])


@pytest.mark.usefixtures("unchecked_shapes")
def test_forty_thousand_points_of_a_small_network_take_less_than_a_second():
    problem = problem_of(tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid"), "mse", examples=100)
    X = np.random.default_rng(0).normal(size=(40_000, 13))

    def seconds():
        began = time.process_time()
        errors_at(problem, X)
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) < 1.0
