"""optax rules in the place of ours, and ours in the place of optax rules."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from problems import NET, gradient_at, path, start

import thalweg as tw
from thalweg.optimizers import RULES, as_rule
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.optimizers.interop import OptaxRule

TREE = {"w": np.array([[1.0, -2.0], [0.5, 3.0]]), "more": [np.array([4.0]), {"deep": np.array([0.25, -0.125])}]}


def gradients(step):
    rng = np.random.default_rng(step)
    return jax.tree.map(lambda x: 3.0 * rng.normal(size=x.shape), TREE)


def run(transformation, steps=20, params=TREE):
    state = transformation.init(params)
    update = jax.jit(transformation.update)
    for step in range(steps):
        delta, state = update(gradients(step), state, params)
        params = optax.apply_updates(params, delta)
    return params


def assert_close(found, expected):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13), found, expected)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(tw.GradientDescent(0.1), optax.sgd(0.1), marks=pytest.mark.thorough),
        pytest.param(tw.Momentum(0.1, 0.7), optax.sgd(0.1, momentum=0.7), marks=pytest.mark.thorough),
        (tw.Nesterov(0.1, 0.7), optax.sgd(0.1, momentum=0.7, nesterov=True)),
        pytest.param(tw.Adam(0.1), optax.adam(0.1), marks=pytest.mark.thorough),
        (tw.AdamW(0.1, weight_decay=0.2), optax.adamw(0.1, weight_decay=0.2)),
        (tw.GradientDescent(lambda k: 0.5 / 2**k), optax.sgd(lambda k: 0.5 / 2**k)),
    ],
    ids=["gd", "momentum", "nesterov", "adam", "adamw", "schedule"],
)
def test_ours_within_an_optax_chain(ours, theirs):
    with jax.enable_x64(True):
        found = run(optax.chain(optax.clip_by_global_norm(1.0), tw.to_optax(ours)))
        assert_close(found, run(optax.chain(optax.clip_by_global_norm(1.0), theirs)))
        assert_close(run(tw.to_optax(ours)), run(theirs))


@pytest.mark.parametrize("name", [name for name in RULES if not issubclass(RULES[name], FullBatchRule)])
def test_every_rule_goes_to_optax(name):
    rule = RULES.get(name)
    transformation = tw.to_optax(rule)
    with jax.enable_x64(True):
        params, state = start(), transformation.init(start())
        for step in range(10):
            delta, state = transformation.update(gradient_at(step, params), state, params)
            params = optax.apply_updates(params, delta)
    np.testing.assert_allclose(NET.ravel(params), path(rule, 10)[0][-1], rtol=1e-12)


def test_a_rule_that_does_not_need_the_parameters_does_without():
    transformation = tw.to_optax(tw.GradientDescent(0.5))
    delta, _ = transformation.update({"w": jnp.ones(2)}, transformation.init({"w": jnp.zeros(2)}))
    np.testing.assert_array_equal(delta["w"], [-0.5, -0.5])


def test_ours_for_a_part_of_the_parameters():
    """optax.multi_transform leaves holes in the trees that it hands on."""
    labels = {"w": "ours", "more": ["theirs", {"deep": "ours"}]}
    with jax.enable_x64(True):
        found = run(optax.multi_transform({"ours": tw.to_optax(tw.Adam(0.1)), "theirs": optax.sgd(0.1)}, labels))
        expected = run(optax.multi_transform({"ours": optax.adam(0.1), "theirs": optax.sgd(0.1)}, labels))
    assert_close(found, expected)


def test_ours_within_a_compiled_loop():
    transformation = tw.to_optax(tw.Adam(0.1))

    @jax.jit
    def descend(x):
        def body(_, carried):
            x, state = carried
            delta, state = transformation.update(2.0 * (x - 3.0), state, x)
            return optax.apply_updates(x, delta), state

        return jax.lax.fori_loop(0, 300, body, (x, transformation.init(x)))

    x, state = descend(jnp.array([0.0, 10.0]))
    np.testing.assert_allclose(x, 3.0, atol=1e-2)
    assert state.step == 300


@pytest.mark.parametrize(
    "transformation", [pytest.param(optax.adam(0.1), marks=pytest.mark.thorough), optax.lion(0.01)]
)
def test_an_optax_rule_is_itself(transformation):
    rule = as_rule(transformation)
    assert isinstance(rule, OptaxRule)
    with jax.enable_x64(True):
        found, state = path(rule, 10)
        params, theirs, update = start(), transformation.init(start()), jax.jit(transformation.update)
        for step in range(10):
            delta, theirs = update(gradient_at(step, params), theirs, params)
            params = optax.apply_updates(params, delta)
    np.testing.assert_allclose(found[-1], NET.ravel(params), rtol=1e-13)
    assert state._fields == ("step", "inner")
    assert state.step == 10


def test_an_optax_chain_is_a_rule():
    chain = optax.chain(optax.clip(0.5), optax.scale(-2.0))
    rule = as_rule(chain)
    delta, state = rule.update({"w": jnp.array([0.25, -9.0])}, rule.init({"w": jnp.zeros(2)}), {"w": jnp.zeros(2)})
    np.testing.assert_array_equal(delta["w"], [-0.5, 1.0])
    assert state.step == 1


@pytest.mark.parametrize("name", list(RULES))
def test_rules_by_name_or_object(name):
    assert as_rule(name) == RULES[name]()
    rule = RULES[name]()
    assert as_rule(rule) is rule


def test_what_is_no_rule():
    with pytest.raises(tw.ArgumentError, match="unknown optimizer 'adm': did you mean 'adam'"):
        as_rule("adm")
    with pytest.raises(tw.ArgumentError, match=r"optimizer is the class Adam; give an object: Adam\(\)"):
        as_rule(tw.Adam)
    with pytest.raises(tw.ArgumentError, match="optimizer must be a name or a Rule object, not float"):
        as_rule(0.1)
    with pytest.raises(tw.ArgumentError, match="optimizer must be a name or a Rule object, not tuple"):
        as_rule((1, 2))
