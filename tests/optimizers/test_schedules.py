"""Numbers that change with the step: functions of it, optax's among them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from problems import NET, gradient_at, path, start

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

DECAY = optax.exponential_decay(0.3, transition_steps=10, decay_rate=0.5)


def by_optax(transformation, steps):
    with jax.enable_x64(True):
        params = start()
        state, rows, update = transformation.init(params), [], jax.jit(transformation.update)
        for step in range(steps):
            delta, state = update(gradient_at(step, params), state, params)
            params = optax.apply_updates(params, delta)
            rows.append(np.asarray(NET.ravel(params)))
    return np.array(rows)


RATES = 0.3 * 0.5 ** (np.arange(30) / 10.0)


def looked_up(step):
    """The same rates in float64; optax reckons those of its own schedules in float32."""
    return jnp.asarray(RATES)[step]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(tw.GradientDescent, optax.sgd), (tw.Adam, optax.adam), (tw.AdamW, partial(optax.adamw, weight_decay=0.01))],
)
def test_a_scheduled_learning_rate_is_that_of_optax(ours, theirs):
    with jax.enable_x64(True):
        found, _ = path(ours(learning_rate=looked_up), 30)
    expected = by_optax(theirs(looked_up), 30)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(path(ours(learning_rate=DECAY), 30)[0], expected, atol=3e-6)
    assert np.abs(path(ours(learning_rate=0.3), 30)[0] - expected).max() > 0.01


@pytest.mark.parametrize(
    "schedule",
    [
        optax.cosine_decay_schedule(0.2, 25),
        optax.join_schedules([optax.constant_schedule(0.1), DECAY], [7]),
        optax.piecewise_constant_schedule(0.3, {5: 0.1, 9: 0.5}),
    ],
    ids=["steadily decreasing", "fixed, then decreasing", "stairs"],
)
def test_schedules_of_optax(schedule):
    rates = [float(schedule(step)) for step in range(12)]
    rule, x = tw.GradientDescent(schedule), np.array([1.0, -2.0])
    state = rule.init(x)
    for rate in rates:
        delta, state = rule.update(x, state, x)
        np.testing.assert_allclose(delta, -rate * x, rtol=1e-6)
        x = x + delta
    assert len(set(rates)) > 2


def test_momentum_with_schedules_by_hand():
    rate, memory = (lambda k: 0.2 / (1.0 + 0.1 * k)), (lambda k: 0.9 - 0.5 / (k + 1.0))
    rule = tw.Momentum(rate, memory)
    x, last, state = np.array([3.0]), 0.0, rule.init(np.array([3.0]))
    by_hand = 3.0
    for k in range(20):
        delta, state = rule.update(2.0 * x, state, x)
        last = -rate(k) * 2.0 * by_hand + memory(k) * last
        x, by_hand = x + delta, by_hand + last
        np.testing.assert_allclose(x, [by_hand], rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_optax_schedule_leaves_numpy_arrays_what_they_are(dtype):
    params = start(dtype)
    for name, row in RULES.items():
        if issubclass(row, FullBatchRule) or "learning_rate" not in [field.name for field in row.numbers()]:
            continue
        rule = row(learning_rate=DECAY)
        delta, state = rule.update(gradient_at(0, params), rule.init(params), params)
        for array in jax.tree.leaves([delta, *state[1:]]):
            assert isinstance(array, np.ndarray | np.generic), name
            assert array.dtype == dtype, name


def test_a_schedule_compiles_once():
    rule = tw.Nesterov(learning_rate=DECAY, momentum=lambda k: 0.5 + 0.4 * k / (k + 10.0))
    traced = []

    @jax.jit
    def update(gradient, state, params):
        traced.append(1)
        return rule.update(gradient, state, params)

    params = start("float32")
    state = on_numpy = rule.init(params)
    for step in range(12):
        gradient = gradient_at(step, params)
        delta, state = update(gradient, state, params)
        expected, on_numpy = rule.update(gradient, on_numpy, params)
        np.testing.assert_allclose(NET.ravel(delta), NET.ravel(expected), rtol=1e-4, atol=1e-6)
    assert len(traced) == 1


def test_a_schedule_that_leaves_its_bounds_is_told():
    rule = tw.Momentum(0.1, momentum=lambda k: 0.5 + k)
    state = rule.init(np.zeros(1))
    _, state = rule.update(np.ones(1), state, np.zeros(1))
    with pytest.raises(tw.ArgumentError, match=r"Momentum: momentum is 1\.5; it must be at least 0 and below 1"):
        rule.update(np.ones(1), state, np.zeros(1))
