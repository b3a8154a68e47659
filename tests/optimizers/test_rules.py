"""Every rule of the table: against optax, and what the table promises of any rule."""

import copy
import dataclasses
import functools
import pickle

import jax
import numpy as np
import optax
import pytest
from problems import NET, STEPS, added, gradient_at, path, start

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

ORACLES = {  # rows of the table: pairs of our rule and the optax transformation that does the same
    "gd": [
        (tw.GradientDescent(), optax.sgd(0.01)),
        (tw.GradientDescent(0.3), optax.sgd(0.3)),
    ],
    "momentum": [
        (tw.Momentum(), optax.sgd(0.01, momentum=0.9)),
        (tw.Momentum(0.05, 0.5), optax.chain(optax.trace(0.5), optax.scale(-0.05))),
        (tw.Momentum(0.05, 0.0), optax.sgd(0.05)),
        (tw.Momentum(0.05, 0.6, averaged=True), optax.chain(optax.scale(-0.4 * 0.05), optax.trace(0.6))),
        (tw.Momentum(0.05, 0.6, velocity=True), optax.sgd(0.05, momentum=0.6)),
        (
            tw.Momentum(0.05, 0.6, averaged=True, velocity=True),
            optax.chain(optax.ema(0.6, debias=False), optax.scale(-0.05)),
        ),
    ],
    "nesterov": [
        (tw.Nesterov(), optax.sgd(0.01, momentum=0.9, nesterov=True)),
        (tw.Nesterov(0.05, 0.6), optax.sgd(0.05, momentum=0.6, nesterov=True)),
        (tw.Nesterov(0.05, 0.0), optax.sgd(0.05)),
    ],
    "adam": [
        (tw.Adam(), optax.adam(0.001)),
        (tw.Adam(0.2, 0.8, 0.95, 1e-3), optax.adam(0.2, b1=0.8, b2=0.95, eps=1e-3)),
        (tw.Adam(0.1, 0.0, 0.0), optax.adam(0.1, b1=0.0, b2=0.0)),
    ],
    "adamw": [
        (tw.AdamW(), optax.adamw(0.001, weight_decay=0.01)),
        (tw.AdamW(0.1, 0.8, 0.95, 1e-3, 0.3), optax.adamw(0.1, b1=0.8, b2=0.95, eps=1e-3, weight_decay=0.3)),
        (tw.AdamW(0.1, weight_decay=0.0), optax.adam(0.1)),
    ],
}

ELSEWHERE = {"adagrad", "rmsprop", "adadelta", "adamax", "nadam", "rprop"}
"""Rows that have oracles in tests of their own: test_first_order.py and test_rprop.py."""

NAMES = [name for name in RULES if not issubclass(RULES[name], FullBatchRule)]
"""The rules that ask for a gradient alone."""

every = pytest.mark.parametrize("name", NAMES)
each_pair = pytest.mark.parametrize(
    ("rule", "oracle"),
    [
        pytest.param(*pair, id=f"{name}{number}", marks=[] if number else pytest.mark.thorough)
        for name in NAMES
        for number, pair in enumerate(ORACLES.get(name, []))
    ],
)
"""By numbers of their own; the settings by default are named below."""


@functools.cache
def optax_path(transformation):
    with jax.enable_x64(True):
        params, rows = start(), []
        state, update = transformation.init(params), jax.jit(transformation.update)
        for step in range(STEPS):
            delta, state = update(gradient_at(step, params), state, params)
            params = optax.apply_updates(params, delta)
            rows.append(np.asarray(NET.ravel(params)))
    return np.array(rows)


def test_every_rule_has_its_oracle():
    missing = set(NAMES) - set(ORACLES) - ELSEWHERE
    assert not missing, f"{', '.join(missing)}: pair the rule with what does the same in optax, in ORACLES of this test"


def test_the_rules_of_the_texts_are_there():
    assert {"gd", "momentum", "nesterov", "adam", "adamw"} <= set(RULES)


@each_pair
def test_steps_are_those_of_optax_on_numpy(rule, oracle):
    found, state = path(rule)
    np.testing.assert_allclose(found, optax_path(oracle), rtol=1e-11, atol=1e-13)
    assert state.step == STEPS
    assert found.dtype == np.float64
    assert np.abs(found[-1] - found[0]).max() > 1e-3


@pytest.mark.parametrize(
    ("rule", "oracle"),
    [
        pytest.param(*pair, id=f"{name}{number}", marks=[] if number in (1, 5) else pytest.mark.thorough)
        for name in NAMES
        for number, pair in enumerate(ORACLES.get(name, []))
    ],
)
def test_steps_are_those_of_optax_on_jax_compiled_once(rule, oracle):
    traced = []

    @jax.jit
    def update(gradient, state, params):
        traced.append(1)
        delta, state = rule.update(gradient, state, params)
        return added(params, delta), state

    with jax.enable_x64(True):
        params, rows = start(), []
        state = rule.init(params)
        for step in range(STEPS):
            params, state = update(gradient_at(step, params), state, params)
            rows.append(np.asarray(NET.ravel(params)))
    np.testing.assert_allclose(rows, optax_path(oracle), rtol=1e-11, atol=1e-13)
    assert len(traced) == 1
    assert int(state.step) == STEPS


@pytest.mark.parametrize("name", list(ORACLES))
def test_a_name_means_the_settings_by_default(name):
    assert RULES.get(name) == ORACLES[name][0][0]


def test_settings_by_default_are_those_of_the_papers():
    adam = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    for name, expected in (
        ("gd", {"learning_rate": 0.01}),
        ("momentum", {"learning_rate": 0.01, "momentum": 0.9}),
        ("nesterov", {"learning_rate": 0.01, "momentum": 0.9}),
        ("adam", adam),
        ("adamw", {**adam, "weight_decay": 0.01}),
    ):
        rule = RULES.get(name)
        assert {field.name: getattr(rule, field.name) for field in rule.numbers()} == expected


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_is_kept(name, dtype):
    rule, params = RULES.get(name), start(dtype)
    gradient = gradient_at(0, params)
    with jax.enable_x64(dtype == "float64"):
        for update in (rule.update, *([jax.jit(rule.update)] if dtype == "float32" else [])):
            delta, state = update(gradient, rule.init(params), params)
            for array in jax.tree.leaves([delta, *state[1:]]):
                assert array.dtype == dtype


@every
def test_numpy_stays_numpy(name):
    rule = RULES.get(name)
    params = start()
    delta, state = rule.update(gradient_at(0, params), rule.init(params), params)
    for array in jax.tree.leaves([delta, *state[1:]]):
        assert isinstance(array, np.ndarray | np.generic)


@every
def test_the_state_has_named_parts_and_counts(name):
    rule, params = RULES.get(name), start()
    state = rule.init(params)
    assert state._fields[0] == "step"
    assert state.step == 0
    for step in range(3):
        assert state.step == step
        delta, after = rule.update(gradient_at(step, params), state, params)
        assert type(after) is type(state)
        assert jax.tree.structure(after) == jax.tree.structure(state)
        assert jax.tree.structure(delta) == jax.tree.structure(params)
        for part, again in zip(state[1:], after[1:], strict=True):
            jax.tree.map(lambda a, b: np.testing.assert_array_equal(a.shape, b.shape), part, again)
        state = after
    assert state.step == 3


@every
def test_a_run_goes_on_from_a_stored_state(name):
    rule, params = RULES.get(name), start()
    whole, _ = path(rule, 10)
    state = rule.init(params)
    for step in range(10):
        if step == 5:
            leaves, structure = jax.tree.flatten(pickle.loads(pickle.dumps(state)))
            state = jax.tree.unflatten(structure, leaves)
            rule = pickle.loads(pickle.dumps(rule))
        delta, state = rule.update(gradient_at(step, params), state, params)
        params = added(params, delta)
    np.testing.assert_array_equal(NET.ravel(params), whole[-1])


@every
def test_an_update_changes_nothing_that_it_is_given(name):
    rule, params = RULES.get(name), start()
    _, state = path(rule, 3)
    gradient = gradient_at(3, params)
    for array in jax.tree.leaves((params, gradient, state[1:])):
        if array.ndim:
            array.flags.writeable = False
    before = copy.deepcopy((params, gradient, tuple(state)))
    once, after = rule.update(gradient, state, params)
    twice, again = rule.update(gradient, state, params)
    jax.tree.map(np.testing.assert_array_equal, (params, gradient, tuple(state)), before)
    jax.tree.map(np.testing.assert_array_equal, (once, tuple(after)), (twice, tuple(again)))


@every
def test_one_vector_is_as_good_as_a_tree(name):
    rule = RULES.get(name)
    params = start()
    x = NET.ravel(params)
    state, state_of_tree = rule.init(x), rule.init(params)
    for step in range(5):
        gradient = gradient_at(step, params)
        delta, state = rule.update(NET.ravel(gradient), state, x)
        delta_of_tree, state_of_tree = rule.update(gradient, state_of_tree, params)
        np.testing.assert_array_equal(delta, NET.ravel(delta_of_tree))
        x, params = x + delta, added(params, delta_of_tree)


@pytest.mark.parametrize("name", [name for name in NAMES if len(RULES.get(name).init(start())) > 1])
def test_a_gradient_of_another_structure_than_the_state_is_refused(name):
    rule, params = RULES.get(name), start()
    wrong = {"a": params["a"]}
    with pytest.raises(tw.ArgumentError, match="trees differ"):
        rule.update(wrong, rule.init(params), params)


@every
def test_every_number_has_its_bound(name):
    for field in RULES[name].numbers():
        with pytest.raises(tw.ArgumentError) as told:
            RULES[name](**{field.name: -0.1})
        assert f"{RULES[name].__name__}: {field.name} is -0.1; it must be at least " in str(told.value)
        with pytest.raises(tw.ArgumentError) as told:
            RULES[name](**{field.name: None})
        assert str(told.value) == f"{RULES[name].__name__}: {field.name} is None; it must be a number or schedule"


@pytest.mark.parametrize("value", [-1e-12, float("nan"), float("inf"), float("-inf"), np.float32(-1.0), -1])
def test_numbers_out_of_bounds_are_refused(value):
    with pytest.raises(tw.ArgumentError, match=f"Adam: epsilon is {value}; it must be at least 0"):
        tw.Adam(epsilon=value)


def test_a_text_is_no_number():
    with pytest.raises(tw.ArgumentError, match=r"Adam: beta1 is '0\.1'; it must be a number or schedule"):
        tw.Adam(beta1="0.1")


@pytest.mark.parametrize("value", [1.0, 1, 1.5])
def test_a_memory_that_never_fades_is_refused(value):
    betas = [(name, beta) for name in ("adam", "adamw") for beta in ("beta1", "beta2")]
    for name, field in [("momentum", "momentum"), ("nesterov", "momentum"), *betas]:
        with pytest.raises(tw.ArgumentError, match=f"{field} is {value}; it must be at least 0 and below 1"):
            RULES[name](**{field: value})
        RULES[name](**{field: 1.0 - 1e-9})


@pytest.mark.parametrize("name", list(ORACLES))
def test_zero_is_within_bounds(name):
    for field in RULES[name].numbers():
        assert getattr(RULES[name](**{field.name: 0.0}), field.name) == 0.0


def test_a_large_learning_rate_is_the_users_choice():
    assert tw.GradientDescent(1000.0).learning_rate == 1000.0


@every
def test_schedules_give_the_numbers_of_each_step(name):
    asked = {field.name: [] for field in RULES[name].numbers()}

    def number(field, step):
        return field.metadata["at_least"] + 0.5 / (step + 1.0)

    def schedule(field):
        def of_step(step):
            asked[field.name].append(step)
            return number(field, step)

        return of_step

    for field in RULES[name].numbers():
        rule = RULES[name](**{field.name: schedule(field)})
        params = start()
        state = rule.init(params)
        for step in range(4):
            by_hand = RULES[name](**{field.name: number(field, step)})
            gradient = gradient_at(step, params)
            expected, expected_state = by_hand.update(gradient, state, params)
            delta, state = rule.update(gradient, state, params)
            jax.tree.map(np.testing.assert_array_equal, (delta, state), (expected, expected_state))
            params = added(params, delta)
    assert set(map(tuple, asked.values())) == {(0, 1, 2, 3)}


@every
def test_numbers_do_not_recompile(name):
    params = start("float32")
    gradient, state = gradient_at(0, params), RULES.get(name).init(params)
    _, state = RULES.get(name).update(gradient, state, params)
    least = {field.name: field.metadata["at_least"] for field in RULES[name].numbers()}
    default = {field.name: float(field.default) for field in RULES[name].numbers()}
    others = [default | {field: least[field] + more} for field in least for more in (0.125, 0.25, 0.75)]
    traced = []

    @jax.jit
    def update(numbers, gradient, state, params):
        traced.append(1)
        return RULES[name](**numbers).update(gradient, state, params)[0]

    for numbers in others:
        expected, _ = RULES[name](**numbers).update(gradient, state, params)
        found = update(numbers, gradient, state, params)
        np.testing.assert_allclose(NET.ravel(found), NET.ravel(expected), rtol=1e-5, atol=1e-6)
    assert len(traced) == 1


@every
def test_a_rule_is_a_value(name):
    rule = RULES.get(name)
    assert rule == RULES[name]()
    assert hash(rule) == hash(RULES[name]())
    field = rule.numbers()[0].name
    other = dataclasses.replace(rule, **{field: 0.123})
    assert other != rule
    assert getattr(other, field) == 0.123
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(rule, field, 1.0)


@every
def test_without_schedules_a_rule_is_the_same_at_every_step(name):
    rule = RULES.get(name)
    assert rule.at(0) is rule
    assert rule.at(17) is rule
