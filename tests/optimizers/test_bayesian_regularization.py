"""Bayesian regularisation: its hyperparameters by brute force, and what they are for."""

import jax
import numpy as np
import pytest
from second_order import GRAPHS, dense_jacobian, examples, iterations, problem_of, residuals

import thalweg as tw
from thalweg.optimizers.bayesian_regularization import hyperparameters
from thalweg.optimizers.full_batch import Problem

each_graph = pytest.mark.parametrize("net", GRAPHS.values(), ids=GRAPHS)


@each_graph
@pytest.mark.parametrize("loss", ["mse", "half_mse", "sse", "half_sse"])
def test_hyperparameters_by_brute_force(net, loss):
    """Of the sums of squares themselves, whatever the loss's factor."""
    problem, plain = problem_of(net, loss, weighted=False), problem_of(net, "sse", weighted=False)
    x = net.ravel(net.init(1))
    rule = tw.BayesianRegularization()
    path, _, before = iterations(rule, problem, x, 6)
    last = path[-1]
    after, state, F = rule.search(problem, before, last)
    assert state.damped.accepted
    J = dense_jacobian(plain, last)
    alpha, beta = float(before.alpha), float(before.beta)
    H = 2 * beta * J.T @ J + 2 * alpha * np.eye(len(x))
    gamma = len(x) - 2 * alpha * np.trace(np.linalg.inv(H))
    assert float(state.gamma) == pytest.approx(gamma, rel=1e-5)
    assert 0 < gamma < len(x)
    E_D, E_W = np.sum(residuals(plain, after) ** 2), after @ after
    assert float(state.alpha) == pytest.approx(gamma / (2 * E_W), rel=1e-5)
    assert float(state.beta) == pytest.approx((plain.T.size - gamma) / (2 * E_D), rel=1e-5)
    assert float(F) == pytest.approx(problem.value(last))
    fallen = beta * (np.sum(residuals(plain, last) ** 2) - E_D) + alpha * (last @ last - E_W)
    assert float(state.damped.reduction) == pytest.approx(fallen, rel=1e-6)


def test_the_way_does_not_depend_on_the_factor_of_the_loss():
    net = GRAPHS["chain"]
    x = net.ravel(net.init(1))
    paths = [
        iterations(tw.BayesianRegularization(), problem_of(net, loss, weighted=False), x, 8)[0]
        for loss in ("mse", "half_sse")
    ]
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-6)


def test_a_weight_of_two_is_a_row_given_twice():
    net = GRAPHS["chain"]
    P, T, _ = examples(net, 30)
    twice = np.where(np.arange(30) < 10, 2.0, 1.0)
    weighed = tw.train(net, P, T, optimizer="br", epochs=8, sample_weight=twice, engine="numpy")
    given = tw.train(net, np.r_[P, P[:10]], np.r_[T, T[:10]], optimizer="br", epochs=8, engine="numpy")
    for one, other in zip(jax.tree.leaves(weighed.state), jax.tree.leaves(given.state), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-9)


@pytest.mark.usefixtures("unchecked_shapes")
def test_it_finds_the_noise_and_does_not_overfit():
    rng = np.random.default_rng(0)
    P = np.linspace(-1, 1, 60)[:, None]
    clean = np.sin(3 * P)
    T = clean + rng.normal(0, 0.2, P.shape)
    net = tw.mlp(1, 25, 1)
    run = tw.train(net, P, T, optimizer="br", epochs=60)
    gamma, beta = float(run.state.gamma), float(run.state.beta)
    assert np.mean((run.predict(P) - clean) ** 2) < 0.015  # σ² γ/n would be expected
    assert 3 < gamma < 15 < net.parameter_count
    assert np.sqrt(1 / (2 * beta)) == pytest.approx(0.2, rel=0.25)


def test_more_parameters_than_errors():
    P = np.linspace(-1, 1, 6)[:, None]
    run = tw.train(tw.mlp(1, 10, 1), P, np.sin(3 * P), optimizer="br", epochs=50)
    assert np.isfinite(run.history.loss).all()
    assert 0 < float(run.state.gamma) < 6
    assert float(run.state.beta) > 0


@pytest.mark.usefixtures("unchecked_shapes")
def test_numpy_and_xla_take_the_same_way():
    net = GRAPHS["shortcuts"]
    P, T, weight = examples(net)
    runs = [
        tw.train(net, P, T, optimizer="br", epochs=10, sample_weight=weight, engine=engine)
        for engine in ("numpy", "xla")
    ]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-7)
    for one, other in zip(jax.tree.leaves(runs[0].state), jax.tree.leaves(runs[1].state), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-9)


def test_a_run_that_stalls_tells_how_many_parameters_count():
    P, T, _ = examples(tw.mlp(2, 2, 1))
    run = tw.train(tw.mlp(2, 2, 1), P, T, optimizer=tw.BayesianRegularization(mu_max=0.0, mu=0.1), epochs=5)
    assert run.stopped_because == "stalled"
    assert run.explanation == (
        "mu rose above its maximum of 0 and no step lowers the errors and the penalty any more: if the loss is not low "
        "enough, try another seed, or scg (epoch 1); at the end 9.0 parameters are effective"
    )


def test_a_worked_step_is_told_what_the_iteration_left_and_the_hyperparameters():
    P, T, _ = examples(tw.mlp(2, 2, 1))
    run = tw.train(tw.mlp(2, 2, 1), P, T, optimizer="br", epochs=2, engine="numpy")
    text = run.step(2).show()
    left = tw.BayesianRegularization().numbers_left(run.state)
    assert list(left) == [
        "stalled", "mu", "tries", "accepted", "accelerated", "singular", "predicted", "reduction", "alpha", "beta",
        "gamma",
    ]  # fmt: skip
    assert [name for name in left if f"{name} = " not in text] == []


@each_graph
def test_the_step_solves_the_damped_system_of_the_regularised_sum(net):
    """(βJᵀJ + αI + mu I) δ = -(βJᵀr + αx), with J dense and the α and β that the steps before left."""
    problem = problem_of(net, "sse", weighted=False)
    rule = tw.BayesianRegularization(acceleration=False)
    path, _, before = iterations(rule, problem, net.ravel(net.init(1)), 6)
    x = path[-1]
    after, state, _ = rule.search(problem, before, x)
    J, r = dense_jacobian(problem, x), np.ravel(residuals(problem, x))
    alpha, beta = float(before.alpha), float(before.beta)
    assert alpha > 0
    mu = float(state.damped.mu) / rule.mu_decrease
    matrix = beta * J.T @ J + (alpha + mu) * np.eye(len(x))
    expected = np.linalg.solve(matrix, -(beta * J.T @ r + alpha * x))
    np.testing.assert_allclose(after - x, expected, rtol=1e-6, atol=1e-9)


class Walled(Problem):
    """A problem that is infinite wherever it is looked for, so that no step is taken."""

    def value(self, x):
        return np.asarray(np.inf)


def test_a_step_that_is_refused_leaves_the_hyperparameters():
    net, rule = GRAPHS["chain"], tw.BayesianRegularization(mu_max=1.0)
    problem = problem_of(net, weighted=False)
    path, _, before = iterations(rule, problem, net.ravel(net.init(1)), 3)
    before = before._replace(gamma=before.gamma / 2)
    walled = Walled(net, problem.loss, problem.inputs, problem.T)
    x, state, _ = rule.search(walled, before, path[-1])
    assert not state.damped.accepted
    np.testing.assert_array_equal(x, path[-1])
    assert (state.alpha, state.beta, state.gamma) == (before.alpha, before.beta, before.gamma)


def test_a_share_that_is_not_positive_is_taken_as_one():
    alpha, beta = hyperparameters(np.array(5.0), 3.0, np.array(4.0), np.array(0.5))  # more parameters than errors
    assert (alpha, beta) == (5.0, 1.0)
    alpha, beta = hyperparameters(np.array(0.0), 3.0, np.array(0.0), np.array(0.5))
    assert (alpha, beta) == (1.0, 1.0)


def test_a_singular_system_gives_the_whole_step():
    """Without damping or penalty, and an input that is 0: the least squares of the other, in one step."""
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    P, T = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), np.array([[1.0], [2.0], [4.0]])
    problem = Problem(net, tw.losses.MSE(), {"p": P}, T)
    rule, x = tw.BayesianRegularization(mu=0.0, acceleration=False), np.array([0.5, 0.25])
    after, state, _ = rule.search(problem, rule.init(x), x)
    assert state.damped.singular
    np.testing.assert_allclose(after, [17 / 14, 0.25], rtol=1e-9)
