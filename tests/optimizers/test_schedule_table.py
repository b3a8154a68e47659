"""Every schedule of the table: against optax's where it has it, by hand where not, and in training on both engines."""

import math
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.optimizers import SCHEDULES
from thalweg.optimizers.schedules import Schedule

s = tw.schedules
STEPS = np.arange(0, 61)

ORACLES = {
    "fixed": (s.Fixed(0.2), optax.constant_schedule(0.2)),
    "exponential": (s.Exponential(0.2, 0.3, 7), optax.exponential_decay(0.2, 7, 0.3)),
    "linear": (s.Linear(0.2, 0.05, 40), optax.linear_schedule(0.2, 0.05, 40)),
    "linear, rising": (s.Linear(0.5, 0.9, 40), optax.linear_schedule(0.5, 0.9, 40)),
    "cosine": (s.Cosine(0.2, steps=40), optax.cosine_decay_schedule(0.2, 40)),
    "cosine to an end": (s.Cosine(0.2, 0.05, 40), optax.cosine_decay_schedule(0.2, 40, alpha=0.25)),
    "one_cycle": (s.OneCycle(0.2, 50), optax.cosine_onecycle_schedule(50, 0.2)),
    "one_cycle, other numbers": (
        s.OneCycle(0.2, 50, 0.5, 4.0, 9.0),
        optax.cosine_onecycle_schedule(50, 0.2, pct_start=0.5, div_factor=4.0, final_div_factor=9.0),
    ),
    "fixed_then": (
        s.FixedThen(s.Cosine(0.2, steps=30), 20),
        optax.join_schedules([optax.constant_schedule(0.2), optax.cosine_decay_schedule(0.2, 30)], [20]),
    ),
    "warm_up": (
        s.WarmUp(s.Cosine(0.2, steps=30), 20, 0.01),
        optax.warmup_cosine_decay_schedule(0.01, 0.2, warmup_steps=20, decay_steps=50),
    ),
    "warm_up of optax's": (
        s.WarmUp(optax.exponential_decay(0.2, 7, 0.3), 20),
        optax.warmup_exponential_decay_schedule(0.0, 0.2, warmup_steps=20, transition_steps=7, decay_rate=0.3),
    ),
}


def one_by_one(schedule):
    return np.array([float(schedule(int(k))) for k in STEPS])


@pytest.mark.parametrize(("schedule", "oracle"), ORACLES.values(), ids=ORACLES)
def test_it_is_that_of_optax(schedule, oracle):
    found = one_by_one(schedule)
    np.testing.assert_allclose(found, one_by_one(oracle), rtol=2e-6, atol=1e-8)
    if not isinstance(schedule, s.Fixed):
        assert len(set(found)) > 20


def test_inverse_time_by_hand():
    assert [float(s.InverseTime(0.3, 10)(k)) for k in (0, 5, 10, 20, 90)] == pytest.approx([0.3, 0.2, 0.15, 0.1, 0.03])


OURS = [pair[0] for name, pair in ORACLES.items() if name != "warm_up of optax's"] + [s.InverseTime(0.3, 10)]


@pytest.mark.parametrize("schedule", OURS, ids=repr)
def test_it_takes_arrays_and_traced_steps(schedule):
    expected = one_by_one(schedule)
    found = schedule(STEPS)
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_allclose(jax.jit(schedule)(jnp.asarray(STEPS)), expected, rtol=1e-4, atol=1e-7)
    if OURS.index(schedule) % 4:  # a rule takes any of them alike
        return
    rule = tw.Momentum(learning_rate=schedule)
    state, update = rule.init(jnp.zeros(1)), jax.jit(rule.update)
    for k in range(3):
        before = state.delta
        delta, state = update(jnp.ones(1), state, jnp.zeros(1))
        np.testing.assert_allclose(0.9 * before - delta, expected[k], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_of_the_table_is_for_a_whole_run(name):
    schedule = SCHEDULES[name].over(0.1, 200)
    values = np.broadcast_to(schedule(np.arange(200)), 200)
    assert values.max() == pytest.approx(0.1, rel=1e-3)
    assert values.min() >= 0
    if name not in ("fixed", "plateau"):
        assert float(schedule(200)) <= 0.0101
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(SCHEDULES[name].over(0.1, 200))
    assert isinstance(SCHEDULES.get(name), Schedule)
    for steps in (1, 2, 3):
        values = np.asarray([float(SCHEDULES[name].over(0.1, steps)(k)) for k in range(4)])
        assert np.isfinite(values).all()
        assert values.max() <= 0.1 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("name", "promised"),
    [
        ("fixed", {0: 1.0, 900: 1.0}),
        ("inverse_time", {0: 1.0, 100: 0.5, 900: 0.1}),
        ("exponential", {0: 1.0, 450: 0.1, 900: 0.01}),
        ("linear", {0: 1.0, 225: 0.75, 900: 0.0}),
        ("cosine", {0: 1.0, 450: 0.5, 900: 0.0}),
        ("one_cycle", {0: 1 / 25, 135: 0.52, 270: 1.0, 585: 0.500002, 900: 1 / 250_000}),
        ("fixed_then", {0: 1.0, 450: 1.0, 675: 0.5, 900: 0.0}),
        ("warm_up", {0: 0.0, 9: 0.2, 45: 1.0, 900: 0.0}),
        ("plateau", {0: 1.0, 900: 1.0}),
    ],
)
def test_the_schedule_of_a_run_is_what_it_promises(name, promised):
    """Shares of the rate after so many of 900 steps, from the sentence that each schedule has of itself."""
    schedule = SCHEDULES[name].over(0.4, 900)
    assert {k: float(schedule(k)) / 0.4 for k in promised} == pytest.approx(promised, abs=1e-7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: s.Cosine(0.1, steps=0), "Cosine: steps is 0; it must be at least 1"),
        (lambda: s.InverseTime(0.1, half_after=-3), "InverseTime: half_after is -3; it must be at least 1"),
        (lambda: s.Exponential(0.1, factor=0.0), "factor must be above 0"),
        (lambda: s.OneCycle(0.1, rise=1.0), "rise must be between 0 and 1"),
        (lambda: s.WarmUp(s.ReduceOnPlateau()), "WarmUp: then is ReduceOnPlateau"),
        (lambda: s.FixedThen(0.1), "FixedThen: then is 0.1; it must be a function of the step"),
        (lambda: s.ReduceOnPlateau(factor=1.0), "factor between 0 and 1"),
        (lambda: s.ReduceOnPlateau(start=0.0), "start must be above 0"),
        (lambda: s.ReduceOnPlateau(patience=0), "patience at least 1"),
        (lambda: s.ReduceOnPlateau(0.1, least=0.2), "least from 0 to start"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(tw.ArgumentError, match=message):
        make()


RNG = np.random.default_rng(1)
P = RNG.uniform(-1, 1, (20, 2))
T = P[:, :1] * P[:, 1:]
NET = tw.mlp(2, 3, 1)
engines = pytest.mark.parametrize("engine", ["numpy", "xla"])


def by_hand(rates, momenta, batch_size, epochs):
    params, state, k = NET.init(0), None, 0
    for _ in range(epochs):
        for first in range(0, len(P), batch_size):
            rows = slice(first, first + batch_size)
            rule = tw.Momentum(float(rates(k)), float(momenta(k)))
            state = state or rule.init(NET.ravel(params))
            _, g = tw.gradient(NET, "mse", params, P[rows], T[rows])
            delta, state = rule.update(NET.ravel(g), state, NET.ravel(params))
            params, k = NET.unravel(NET.ravel(params) + delta), k + 1
    return NET.ravel(params)


@engines
def test_rate_and_momentum_change_in_training(engine):
    rate, momentum = s.WarmUp(s.Cosine(0.2, steps=30), 5), s.Linear(0.5, 0.9, 20)
    how = {"batch_size": 6, "epochs": 12, "order": "sequential", "dtype": "float64", "engine": engine}
    run = tw.train(NET, P, T, optimizer=tw.Momentum(rate, momentum), **how)
    expected = by_hand(rate, momentum, 6, 12)
    np.testing.assert_allclose(NET.ravel(run.params), expected, rtol=1e-7, atol=1e-9)
    assert np.abs(NET.ravel(run.params) - by_hand(rate, lambda k: 0.5, 6, 12)).max() > 1e-3


def reduced(losses, start, factor, patience, least):
    """The rate of each epoch by the definition: how long is it since the losses before were bettered?"""
    rate, best, waited, rates = start, math.inf, 0, []
    for loss in losses:
        rates.append(rate)
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            rate, waited = max(rate * factor, least), 0
    return rates


@pytest.mark.parametrize(("engine", "validated"), [("numpy", False), ("xla", True)])
def test_a_rate_is_reduced_on_plateaus(engine, validated):
    plateau = s.ReduceOnPlateau(1.6, factor=0.3, patience=2, least=0.1)
    validation = (P[::3], T[::3] + 0.1) if validated else None
    points = [NET.ravel(NET.init(0))]
    run = tw.train(
        NET,
        P,
        T,
        optimizer=tw.GradientDescent(plateau),
        batch_size="all",
        epochs=40,
        dtype="float64",
        engine=engine,
        validation=validation,
        callbacks=[lambda end: points.append(NET.ravel(end.parameters()))],
    )
    watched = run.history.validation_loss if validated else run.history.loss
    rates = reduced(watched, 1.6, 0.3, 2, 0.1)
    assert len(set(rates)) >= 3
    assert rates[-1] == 0.1
    for rate, before, after in zip(rates, points, points[1:], strict=False):
        _, g = tw.gradient(NET, "mse", NET.unravel(before), P, T)
        np.testing.assert_allclose(after - before, -rate * NET.ravel(g), rtol=1e-6, atol=1e-12)


@engines
def test_the_rate_of_a_second_order_rule_is_reduced_too(engine):
    """Steps 2.5 times as long as Newton's lead away from a quadratic's minimum, until the rate is reduced to 1."""
    net = tw.mlp(2, 1)
    rule = tw.Newton(s.ReduceOnPlateau(2.5, factor=0.4, patience=2), safeguard=False)
    run = tw.train(net, P, T + 1.0, optimizer=rule, epochs=6, engine=engine)
    losses = run.history.loss
    assert losses[0] < losses[1] < losses[2]
    least = np.mean(
        (np.c_[P, np.ones(20)] @ np.linalg.lstsq(np.c_[P, np.ones(20)], T[:, 0] + 1.0)[0] - T[:, 0] - 1.0) ** 2
    )
    assert losses[0] > 2 * least
    assert losses[-1] == pytest.approx(least, rel=1e-9)


def test_only_a_learning_rate_is_reduced_on_plateaus():
    rule = tw.Momentum(0.1, momentum=s.ReduceOnPlateau(0.5))
    with pytest.raises(tw.ArgumentError, match=r"momentum is ReduceOnPlateau.*only a learning_rate"):
        tw.train(NET, P, T, optimizer=rule)
