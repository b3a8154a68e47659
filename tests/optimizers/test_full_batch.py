"""The loss as a function of one vector: matrices against a Jacobian by differences, whatever the chunks."""

import jax
import numpy as np
import pytest
from second_order import GRAPHS, dense_jacobian, problem_of, residuals

import thalweg as tw
from thalweg.core.gauss_newton import numbers_an_example
from thalweg.core.losses import LOSSES
from thalweg.core.network import Layer, Network
from thalweg.optimizers import RULES, full_batch
from thalweg.optimizers.full_batch import Problem

SQUARES = [name for name, loss in LOSSES.items() if loss.squares]
each_graph = pytest.mark.parametrize("net", GRAPHS.values(), ids=GRAPHS)


@each_graph
@pytest.mark.parametrize("loss", SQUARES)
@pytest.mark.parametrize("weighted", [False, True])
def test_normal_equations_and_triangle(net, loss, weighted):
    problem = problem_of(net, loss, weighted)
    x = net.ravel(net.init(1))
    r, J = residuals(problem, x), dense_jacobian(problem, x)
    squares, JJ, Jr = problem.normal_equations(x)
    np.testing.assert_allclose(squares, r @ r, rtol=1e-12)
    np.testing.assert_allclose(squares, problem.value(x), rtol=1e-12)
    np.testing.assert_allclose(JJ, J.T @ J, atol=1e-7 * np.abs(JJ).max())
    np.testing.assert_allclose(Jr, J.T @ r, atol=1e-7 * np.abs(Jr).max())
    R = problem.triangle(x)
    assert np.abs(np.tril(R, -1)).max() == 0.0
    both = np.concatenate([J, r[:, None]], axis=1)
    np.testing.assert_allclose(R.T @ R, both.T @ both, atol=1e-7 * np.abs(JJ).max())


@each_graph
@pytest.mark.parametrize("by_jacobian", [False, True])
@pytest.mark.parametrize("l2", [None, 0.3])
def test_both_ways_to_the_gauss_newton_matrix(net, by_jacobian, l2, monkeypatch):
    monkeypatch.setattr(Problem, "_jacobian_is_cheaper", lambda self, xp: by_jacobian)
    problem = problem_of(net, "half_mse", l2=l2)
    x = net.ravel(net.init(1))
    r, J = residuals(problem, x), dense_jacobian(problem, x)
    F, g, G = problem.gauss_newton(x)
    np.testing.assert_allclose(F, r @ r, rtol=1e-12)
    np.testing.assert_allclose(g, 2 * J.T @ r, atol=1e-7 * np.abs(g).max())
    np.testing.assert_allclose(G, 2 * J.T @ J, atol=1e-7 * np.abs(G).max())


def test_the_way_depends_on_the_network():
    one, three = problem_of(tw.mlp(2, 4, 1)), problem_of(tw.mlp(2, 4, 2))
    wide = Problem(tw.mlp(8, 30, 6), LOSSES.get("mse"), {}, np.zeros((1, 6)))
    assert one._jacobian_is_cheaper(np)
    assert three._jacobian_is_cheaper(np)
    assert not wide._jacobian_is_cheaper(np)


@pytest.mark.parametrize(
    ("compiled", "numbers"),
    [
        *((False, numbers) for numbers in (1, 37, 300, 2000)),
        (True, 300),
        *(pytest.param(True, numbers, marks=pytest.mark.thorough) for numbers in (1, 37, 2000)),
    ],
)
def test_sums_do_not_depend_on_the_chunks(numbers, compiled, monkeypatch):
    problem = problem_of(GRAPHS["chain"], l2=0.1)
    net, x = problem.net, problem.net.ravel(problem.net.init(2))
    v = np.random.default_rng(0).normal(size=x.shape)

    def everything(x, v, inputs, T, weight):
        of = Problem(net, problem.loss, inputs, T, weight, problem.l2)
        R = of.triangle(x)
        return of.value(x), of.gauss_newton(x), of.normal_equations(x), R.T @ R, of.acceleration_term(x, v)

    arguments = x, v, problem.inputs, problem.T, problem.weight
    whole = everything(*arguments)
    monkeypatch.setattr(full_batch, "_NUMBERS_IN_A_CHUNK", numbers)
    calls = []
    add = full_batch.add_examples
    monkeypatch.setattr(full_batch, "add_examples", lambda *given: calls.append(1) or add(*given))
    monkeypatch.setattr(Problem, "_jacobian_is_cheaper", lambda self, xp: False)
    with jax.enable_x64(True):
        parts = (jax.jit(everything) if compiled else everything)(*arguments)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13), parts, whole)
    assert len(calls) == 1 if compiled else len(calls) == -(-40 // max(1, numbers // numbers_an_example(net)))


def test_a_network_without_biases_and_with_a_dead_end():
    net = Network(
        {"input": 2}, [Layer("a", 3, "tanh", bias=False), Layer("end", 2, "relu"), Layer("out", 2, sources=("a",))]
    )
    rng = np.random.default_rng(0)
    problem = Problem(net, LOSSES.get("sse"), {"input": rng.normal(size=(9, 2))}, rng.normal(size=(9, 2)))
    x = net.ravel(net.init(0))
    _, JJ, Jr = problem.normal_equations(x)
    problem_by_blocks = Problem(net, problem.loss, problem.inputs, problem.T)
    object.__setattr__(problem_by_blocks, "_jacobian_is_cheaper", lambda xp: False)
    _, g, G = problem_by_blocks.gauss_newton(x)
    np.testing.assert_allclose(G, 2 * JJ, atol=1e-12)
    np.testing.assert_allclose(g, 2 * Jr, atol=1e-12)
    assert np.abs(G).max() > 1.0


def test_the_penalty_marks_weights():
    net = tw.mlp(1, 2, 1)
    np.testing.assert_array_equal(problem_of(tw.mlp(2, 1)).penalized(np.ones(3)), [1, 1, 0])
    np.testing.assert_array_equal(
        Problem(net, LOSSES.get("mse"), {}, None).penalized(np.ones(7)), [1, 1, 0, 0, 1, 1, 0]
    )


@pytest.mark.parametrize("name", ["lm", "br", "newton", "gauss_newton"])
def test_a_gradient_alone_is_not_enough(name):
    rule = RULES.get(name)
    with pytest.raises(tw.ArgumentError, match="asks more of the loss than its gradient"):
        rule.update(np.zeros(2), rule.init(np.zeros(2)), np.zeros(2))
