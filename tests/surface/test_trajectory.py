"""Trajectories: the updates of tw.train, the matrices of the texts, and what ends a trajectory."""

import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.optimizers.rule import RULES

LINEAR = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
NET = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
RNG = np.random.default_rng(0)
P, T = RNG.normal(size=(12, 2)), RNG.random((12, 1))


def texts(reference, name, file="nnd_demonstrations"):
    text = reference(file)[name]
    return np.array(text["inputs"], float), np.array(text["targets"], float)[:, None], text


def test_the_demonstration_of_gradient_descent(reference):
    P, T, text = texts(reference, "gradient_descent")
    start = LINEAR.unravel(np.array(text["start"]))
    rule = tw.GradientDescent(text["learning_rate"])
    taken = tw.trajectory(LINEAR, "sse", start, P, T, rule, steps=text["iterations"])
    np.testing.assert_array_equal(taken.X[0], text["start"])
    np.testing.assert_allclose(taken.X[1], text["after_step_1"], rtol=1e-12)
    np.testing.assert_allclose(taken.X[-1], text["after_step_100"], atol=5e-6)
    assert (len(taken.X), len(taken.F), taken.stopped_because, taken.name) == (101, 101, "steps", "gd")


def test_on_a_quadratic_each_step_is_a_matrix(reference):
    """x ← (I - αA) x - αd, and F = c + dᵀx + ½xᵀAx."""
    P, T, text = texts(reference, "P3_3", "nnd_quadratic")
    A, d, c = np.array(text["A"]), np.array(text["d"]), text["c"]
    taken = tw.trajectory(LINEAR, "sse", LINEAR.unravel(np.array([1.0, 1.0])), P, T, tw.GradientDescent(0.05), steps=20)
    x = np.array([1.0, 1.0])
    for k in range(21):
        np.testing.assert_allclose(taken.X[k], x, rtol=1e-12)
        assert taken.F[k] == pytest.approx(c + d @ x + 0.5 * x @ A @ x, rel=1e-12)
        x = (np.eye(2) - 0.05 * A) @ x - 0.05 * d


def batches_of(name):
    """Batch size and order that a rule can be shown."""
    rule = RULES.get(name)
    needs_all = isinstance(rule, FullBatchRule) or name == "rprop"
    return [("all", "shuffle")] if needs_all else [("all", "shuffle"), (5, "shuffle"), (5, "sequential"), (1, "random")]


@pytest.mark.parametrize(("name", "size", "order"), [(name, *batch) for name in RULES for batch in batches_of(name)])
def test_the_updates_are_those_of_train(name, size, order):
    rule = RULES.get(name)
    steps = 12 if size == "all" else 3 * -(-12 // size)
    start = NET.init(2)
    taken = tw.trajectory(NET, "mse", start, P, T, rule, steps=steps, batch_size=size, order=order, seed=3, l2=0.01)
    run = tw.train(
        NET, P, T, "mse", rule, size, epochs=12 if size == "all" else 3, params=start, order=order, seed=3, l2=0.01,
        dtype="float64", engine="numpy",
    )  # fmt: skip
    assert run.updates == steps
    np.testing.assert_allclose(taken.X[-1], NET.ravel(run.params), rtol=1e-12, atol=1e-14)


def test_weights_of_examples_count_in_each_batch():
    start, weight = NET.init(2), np.random.default_rng(7).uniform(0.2, 3.0, len(P))
    rule = tw.optimizers.GradientDescent(0.3)
    taken = tw.trajectory(NET, "mse", start, P, T, rule, steps=6, batch_size=5, seed=3, sample_weight=weight)
    run = tw.train(
        NET, P, T, "mse", rule, 5, epochs=6 // -(-len(P) // 5), params=start, seed=3, sample_weight=weight,
        dtype="float64", engine="numpy",
    )  # fmt: skip
    np.testing.assert_allclose(taken.X[run.updates], NET.ravel(run.params), rtol=1e-12, atol=1e-14)
    F, _ = tw.gradient(NET, "mse", run.params, P, T, weight)
    assert taken.F[run.updates] == pytest.approx(float(F), rel=1e-12)


def test_a_rule_of_optax():
    with_optax = tw.trajectory(NET, "mse", NET.init(0), P, T, optax.sgd(0.5), steps=5)
    np.testing.assert_allclose(
        with_optax.X, tw.trajectory(NET, "mse", NET.init(0), P, T, tw.GradientDescent(0.5), steps=5).X, rtol=1e-5
    )


def test_a_schedule():
    rule = tw.GradientDescent(tw.schedules.InverseTime(0.5, 1.0))
    taken = tw.trajectory(LINEAR, "sse", LINEAR.unravel(np.zeros(2)), [[1.0, 0.0]], [[1.0]], rule, steps=2)
    rates = [float(rule.learning_rate(k)) for k in range(2)]
    x = 0.0
    for k, rate in enumerate(rates):
        x -= rate * 2 * (x - 1)
        assert taken.X[k + 1, 0] == pytest.approx(x)
    assert rates[0] != rates[1]


def test_only_some_weights():
    """As if the others were no parameters: Adam's step of the first update is α for those, 0 for the others."""
    names = ("layer1[0,0]", "layer2[0]")
    taken = tw.trajectory(NET, "mse", NET.init(0), P, T, tw.Adam(0.1), steps=30, only=names)
    moved = np.ptp(taken.X, axis=0)
    np.testing.assert_array_equal(np.flatnonzero(moved), [0, 12])
    np.testing.assert_allclose(np.abs(taken.X[1] - taken.X[0])[[0, 12]], 0.1, rtol=1e-5)
    assert taken.F[-1] < taken.F[0]


def test_divergence_ends_it_at_the_last_finite_point():
    taken = tw.trajectory(LINEAR, "sse", LINEAR.unravel(np.ones(2)), P, T, tw.GradientDescent(1e5), steps=200)
    assert taken.stopped_because == "diverged"
    assert len(taken.X) == len(taken.F) < 100
    assert np.isfinite(taken.X).all()
    assert np.isfinite(taken.F).all()


def test_a_rule_that_can_go_no_lower_ends_it():
    taken = tw.trajectory(LINEAR, "sse", LINEAR.unravel(np.ones(2)), P, T, "lm", steps=500)
    assert taken.stopped_because == "stalled"
    squares = np.linalg.lstsq(P, T, rcond=None)[1].item()
    assert taken.F[-1] == pytest.approx(squares, rel=1e-13)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rule": "lm", "only": ["layer1[0,0]"]}, "LevenbergMarquardt moves all parameters"),
        ({"rule": "lm", "batch_size": 3}, "needs all examples in each update"),
        ({"rule": "adma"}, "unknown optimizer 'adma'"),
        ({"rule": tw.GradientDescent(tw.schedules.ReduceOnPlateau(0.1))}, "is reduced by what tw.train sees"),
        ({"steps": 0}, "steps is 0; it must be a whole number of at least 1"),
        ({"batch_size": 13}, "batch_size is 13, but there are 12"),
        ({"only": ["layer9[0]"]}, "unknown layer 'layer9'"),
        ({"order": tw.PrioritySampling(0.5)}, "filled by tw.train"),
    ],
)
def test_mistakes(given, words):
    given = {"rule": "gd", "batch_size": 4, **given} if "order" in given else {"rule": "gd", **given}
    with pytest.raises(tw.ThalwegError, match=words):
        tw.trajectory(NET, "mse", NET.init(0), P, T, given.pop("rule"), **given)
