"""Rprop against its published pseudo-code, one weight at a time, and against optax where both are the same rule."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.optimizers import RULES


def bowl(x):
    """F and its gradient: a valley that is curved, with a wall on one side."""
    a, b = x
    return 0.5 * (a * a + 30.0 * b * b) + a * a * a * a * 0.25 + a * b, np.array([a + a**3 + b, 30.0 * b + a])


def published(x, steps, delta0=0.1, always_back=False):
    """Igel & Hüsken 2003, table 4, weight by weight; gives the points and how often an update was taken back or not."""
    x = list(x)
    count = len(x)
    last_g, last_w, delta, last_F = [0.0] * count, [0.0] * count, [delta0] * count, None
    points, back, left = [], 0, 0
    for _ in range(steps):
        F, g = bowl(np.array(x))
        for i in range(count):
            gi = float(g[i])
            if last_g[i] * gi > 0:
                delta[i] = min(delta[i] * 1.2, 50.0)
                last_w[i] = -delta[i] if gi > 0 else delta[i]
                x[i] += last_w[i]
                last_g[i] = gi
            elif last_g[i] * gi < 0:
                delta[i] = max(delta[i] * 0.5, 1e-6)
                if always_back or last_F < F:
                    x[i] -= last_w[i]
                    back += 1
                else:
                    left += 1
                last_g[i] = 0.0
            else:
                last_w[i] = 0.0 if gi == 0 else -delta[i] if gi > 0 else delta[i]
                x[i] += last_w[i]
                last_g[i] = gi
        last_F = F
        points.append(list(x))
    return np.array(points), back, left


def ours(x, steps, library=np, with_value=True, rule=None):
    rule = rule or tw.Rprop()
    update = rule.update if library is np else jax.jit(rule.update)
    x = library.asarray(x)
    state, points = rule.init(x), []
    for _ in range(steps):
        F, g = bowl(np.asarray(x))
        delta, state = update(library.asarray(g), state, x, library.asarray(F) if with_value else None)
        x = x + delta
        points.append(np.asarray(x))
    return np.array(points), state


def test_turning_is_the_rule_of_trainrp():
    """MATLAB's documentation: dX = deltaX.*sign(gX), deltaX times delt_inc or delt_dec by the sign of gX.*gX_last."""
    x, last, size, points, turned = np.array([2.0, -1.0]), np.zeros(2), np.full(2, 0.07), [], 0
    for _ in range(60):
        g = -bowl(x)[1]
        same = g * last
        size = np.minimum(np.where(same > 0, 1.2, np.where(same < 0, 0.5, 1.0)) * size, 50.0)
        x = x + size * np.sign(g)
        turned += int((same < 0).sum())
        last = g
        points.append(x)
    assert turned > 5
    rule = RULES.get("trainrp")
    np.testing.assert_allclose(ours([2.0, -1.0], 60, rule=rule)[0], points, rtol=1e-12)
    assert rule.parts(np.array([1.0]), rule.init(np.array([0.0])), np.array([0.0]), 1.0)["delta"] == -0.07
    assert dict(rule.texts())["delta"] == "-sign(g)*rate"


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_it_is_the_published_pseudo_code(library):
    expected, back, left = published([2.0, -1.0], 60)
    assert back >= 3
    assert left >= 3
    with jax.enable_x64(True):
        found, state = ours([2.0, -1.0], 60, library)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert int(state.step) == 60
    assert bowl(found[-1])[0] < 1e-3 * bowl(found[0])[0]


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_without_the_loss_each_change_of_sign_takes_the_last_update_back(library):
    expected, _, left = published([2.0, -1.0], 60, always_back=True)
    assert left == 0
    with jax.enable_x64(True):
        found, _ = ours([2.0, -1.0], 60, library, with_value=False)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert np.abs(found - published([2.0, -1.0], 60)[0]).max() > 1e-3


def test_by_hand():
    rule, x = tw.Rprop(delta0=1.0), np.array([10.0, 10.0, 10.0])
    state = rule.init(x)
    seen = []
    for gradient, F in (([1, 1, 1], 5.0), ([2, -3, -3], 6.0), ([1, -1, 4], 5.5), ([-1, 0, -4], 5.4)):
        parts = rule.parts(np.array(gradient, dtype=float), state, x, F)
        delta, state = rule.update(np.array(gradient, dtype=float), state, x, F)
        seen.append((parts["rate"].tolist(), delta.tolist()))
    assert seen == [
        ([1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]),
        ([1.2, 0.5, 0.5], [-1.2, 1.0, 1.0]),  # F rose: the last update is taken back
        ([1.44, 0.5, 0.5], [-1.44, 0.5, -0.5]),  # after a change of sign, the gradient counts as 0
        ([0.72, 0.5, 0.25], [0.0, 0.0, 0.0]),  # F fell: what was done is left
    ]


def test_its_steps_are_those_of_optax():
    """optax's updates come one step late, so what is compared is the step that each weight has."""
    rule = tw.Rprop(0.1, eta_plus=1.4, eta_minus=0.3, delta_min=0.01, delta_max=0.4)
    transformation = optax.scale_by_rprop(0.1, eta_minus=0.3, eta_plus=1.4, min_step_size=0.01, max_step_size=0.4)
    gradients = np.random.default_rng(2).normal(size=(50, 6)) + np.sin(np.arange(50)[:, None] / 5)
    gradients[::7, 2] = 0.0
    with jax.enable_x64(True):
        x = jnp.zeros(6)
        state, theirs, update = rule.init(np.zeros(6)), transformation.init(x), jax.jit(transformation.update)
        rates = []
        for gradient in gradients:
            _, state = rule.update(gradient, state, np.zeros(6), 1.0)
            _, theirs = update(gradient, theirs)
            np.testing.assert_allclose(state.rate, theirs.step_sizes, rtol=1e-12)
            rates.append(state.rate)
    assert np.min(rates) < 0.02
    assert np.max(rates) > 0.2


def test_steps_stay_within_their_bounds():
    rule = tw.Rprop(delta0=0.1, delta_min=0.09, delta_max=0.11)
    x = np.zeros(2)
    state, rates = rule.init(x), []
    for step in range(6):
        _, state = rule.update(np.array([1.0, (-1.0) ** step]), state, x, float(step))
        rates.append(state.rate)
    np.testing.assert_allclose(rates[-1], [0.11, 0.09])


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_only_the_sign_of_the_gradient_counts(scale):
    gradients = np.random.default_rng(4).normal(size=(12, 4)).astype(np.float32)
    paths = []
    for factor in (np.float32(1.0), np.float32(scale)):
        rule, x = tw.Rprop(), np.zeros(4, np.float32)
        state, rows = rule.init(x), []
        for gradient in gradients:
            delta, state = rule.update(gradient * factor, state, x, np.float32(0.0))
            rows.append(delta)
        paths.append(rows)
    np.testing.assert_array_equal(*paths)


def first_steps(rule, params):
    ones = tree_map(np.ones_like, params)
    return -np.concatenate([d.ravel() for d in jax.tree.leaves(rule.update(ones, rule.init(params), params)[0])])


def test_first_steps_are_drawn_from_a_range():
    rule = tw.Rprop(delta0=0.005, delta0_high=0.02)
    weights = np.random.default_rng(0).uniform(-0.01, 0.01, 4000)
    steps = first_steps(rule, weights)
    assert steps.min() >= 0.005
    assert steps.max() <= 0.02
    counts, _ = np.histogram(steps, 10, (0.005, 0.02))
    assert np.abs(counts - 400).max() < 80  # 4 standard deviations of a uniform draw
    others = first_steps(rule, np.random.default_rng(1).uniform(-0.01, 0.01, 4000))
    assert abs(np.corrcoef(steps, others)[0, 1]) < 0.06
    np.testing.assert_array_equal(first_steps(rule, weights), steps)
    assert len(np.unique(first_steps(rule, np.zeros(50)))) == 50
    assert set(first_steps(tw.Rprop(delta0=0.3), weights)) == {0.3}


def test_first_steps_are_the_same_for_a_vector_and_for_arrays_traced_or_not():
    net = tw.mlp(3, 5, 2)
    params = net.init(0, dtype="float32")
    rule, x = tw.Rprop(delta0=0.1, delta0_high=0.9), net.ravel(params)
    vector = first_steps(rule, x)
    np.testing.assert_array_equal(net.ravel(net.unravel(vector)), vector)
    ones = net.unravel(np.ones_like(x))
    np.testing.assert_allclose(-net.ravel(rule.update(ones, rule.init(params), params)[0]), vector, rtol=1e-6)
    traced = jax.jit(lambda x: rule.update(jnp.ones_like(x), rule.init(x), x)[0])(jnp.asarray(x))
    np.testing.assert_allclose(-traced, vector, rtol=1e-6)
    many = jax.vmap(lambda x: rule.update(jnp.ones_like(x), rule.init(x), x)[0])(jnp.stack([x, x]))
    np.testing.assert_allclose(-many, np.stack([vector, vector]), rtol=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_it_trains_and_its_numbers_reach_the_engine(engine):
    rng = np.random.default_rng(0)
    P = rng.uniform(-1, 1, (40, 2))
    T = np.sin(3 * P[:, :1]) * P[:, 1:]
    net = tw.mlp(2, 6, 1)
    params = net.init(0)
    how = {"batch_size": "all", "dtype": "float64", "engine": engine, "params": params}
    one = tw.train(net, P, T, optimizer=tw.Rprop(delta0=0.003, delta0_high=0.009), epochs=1, **how)
    moved = np.abs(net.ravel(one.params) - net.ravel(params))
    assert moved.min() >= 0.003 * (1 - 1e-9)
    assert moved.max() <= 0.009 * (1 + 1e-9)
    assert len(np.unique(moved.round(8))) > 15
    del how["batch_size"]  # all examples are its default
    run = tw.train(net, P, T, optimizer="rprop", epochs=200, **how)
    assert run.updates == 200
    assert run.history.loss[-1] < 0.02 * run.history.loss[0]


def test_mistakes_are_told():
    with pytest.raises(tw.ArgumentError, match=r"Rprop: eta_plus is 0\.9; it must be at least 1"):
        tw.Rprop(eta_plus=0.9)
    with pytest.raises(tw.ArgumentError, match=r"Rprop: eta_minus is 1\.0; it must be at least 0 and below 1"):
        tw.Rprop(eta_minus=1.0)


def test_ways_of_taking_back():
    """Rprop⁺ always takes the last update back, iRprop⁻ never; iRprop⁺ when F rose."""
    x = np.array([0.0])
    moves = {}
    for backtracking in ("if_worse", "always", "never"):
        for after in (4.0, 5.0, 6.0):
            rule = tw.Rprop(backtracking=backtracking)
            delta, state = rule.update(np.array([1.0]), rule.init(x), x, value=5.0)
            moves[backtracking, after] = float(rule.update(np.array([-1.0]), state, x + delta, value=after)[0][0])
    assert moves == {
        ("if_worse", 4.0): 0.0,
        ("if_worse", 5.0): 0.0,
        ("if_worse", 6.0): 0.1,
        ("always", 4.0): 0.1,
        ("always", 5.0): 0.1,
        ("always", 6.0): 0.1,
        ("never", 4.0): 0.0,
        ("never", 5.0): 0.0,
        ("never", 6.0): 0.0,
    }


def test_an_unknown_way_of_taking_back():
    with pytest.raises(tw.ArgumentError, match="unknown backtracking 'alway': did you mean 'always'"):
        tw.Rprop(backtracking="alway")
