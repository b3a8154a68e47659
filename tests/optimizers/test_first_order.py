"""The first-order rules against optax, against recorded numbers of PyTorch, and against their own equations."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.optimizers.shown import ShownRule

RECORDED = json.loads((Path(__file__).parent / "recorded" / "pytorch.json").read_text(encoding="utf-8"))
STEPS = 50

PAIRS = {
    "adagrad": (tw.AdaGrad(0.3, epsilon=0.0), optax.adagrad(0.3, initial_accumulator_value=0.0, eps=0.0)),
    "adadelta": (tw.AdaDelta(0.7, 0.8, 1e-3), optax.adadelta(0.7, rho=0.8, eps=1e-3)),
    "adadelta, defaults": (tw.AdaDelta(), optax.adadelta(1.0)),
    "rmsprop": (tw.RMSProp(0.05, 0.8, 0.01), optax.rmsprop(0.05, decay=0.8, eps=0.01, eps_in_sqrt=False)),
    "adam": (tw.Adam(0.05, 0.8, 0.95, 0.01), optax.adam(0.05, b1=0.8, b2=0.95, eps=0.01)),
    "adam, efficient": (
        tw.Adam(0.05, 0.8, 0.95, 0.01, efficient=True),
        optax.adam(0.05, b1=0.8, b2=0.95, eps=0.01),
    ),
    "adamw": (
        tw.AdamW(0.05, 0.8, 0.95, 0.01, 0.2),
        optax.adamw(0.05, b1=0.8, b2=0.95, eps=0.01, weight_decay=0.2),
    ),
    "adamax": (tw.AdaMax(0.05, 0.8, 0.95, 0.01), optax.adamax(0.05, b1=0.8, b2=0.95, eps=0.01)),
    "adamax, defaults": (tw.AdaMax(), optax.adamax(0.002)),
    "nadam": (tw.NAdam(0.05, 0.8, 0.95, 0.01, momentum_decay=1e6), optax.nadam(0.05, b1=0.8, b2=0.95, eps=0.01)),
}
pairs = pytest.mark.parametrize(("rule", "transformation"), PAIRS.values(), ids=PAIRS)


def slope(step, x):
    """A gradient on a tree: a stretched bowl, and noise that step for step is the same; never 0."""
    rng = np.random.default_rng(step)
    return {
        "w": x["w"] * np.array([[1.0, 4.0], [0.3, 2.0]]) + rng.normal(size=(2, 2)),
        "b": (x["b"][0] * 0.5 + rng.normal(size=3),),
    }


def start(library=np):
    return {"w": library.asarray([[1.0, -2.0], [0.5, 3.0]]), "b": (library.asarray([2.0, -1.0, 0.1]),)}


def path(init, update, steps=STEPS, library=np):
    """The parameters after each update, a row each."""
    x, rows = start(library), []
    state = init(x)
    for step in range(steps):
        delta, state = update(slope(step, x), state, x)
        x = tree_map(lambda x, d: x + d, x, delta)
        rows.append(np.concatenate([np.asarray(x["w"]).ravel(), np.asarray(x["b"][0])]))
    return np.array(rows)


@pairs
def test_fifty_steps_are_those_of_optax_on_numpy_and_jax(rule, transformation):
    with jax.enable_x64(True):
        expected = path(transformation.init, jax.jit(transformation.update), library=jnp)
        compiled = path(rule.init, jax.jit(rule.update), library=jnp)
    found = path(rule.init, rule.update)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(compiled, expected, rtol=1e-11, atol=1e-12)
    assert np.abs(found[-1] - found[0]).max() > 1e-3


NAMES = {"lr": "learning_rate", "eps": "epsilon", "rho": "decay", "alpha": "decay"}
PAIR_NAMES = {"betas": ("beta1", "beta2"), "etas": ("eta_minus", "eta_plus"), "step_sizes": ("delta_min", "delta_max")}


def ours(name):
    """Our rule with the settings that PyTorch's was recorded with."""
    settings = {}
    for key, value in RECORDED["settings"][name].items():
        if key in PAIR_NAMES:
            settings |= dict(zip(PAIR_NAMES[key], value, strict=True))
        else:
            settings["delta0" if (name, key) == ("rprop", "lr") else NAMES.get(key, key)] = value
    return tw.optimizers.RULES[name](**settings)


@pytest.mark.parametrize("name", RECORDED["settings"])
def test_fifty_steps_are_those_that_pytorch_took(name):
    rule, x = ours(name), np.array(RECORDED["start"])
    state, rows = rule.init(x), []
    for gradient in RECORDED["gradients"]:  # a loss that never rises: then iRprop⁺ is PyTorch's iRprop⁻
        delta, state = rule.update(np.array(gradient), state, x, value=1.0)
        x = x + delta
        rows.append(x)
    np.testing.assert_allclose(rows[4::5], RECORDED["after_every_5_updates"][name], rtol=1e-11, atol=1e-13)


def test_adam_has_two_forms():
    assert tw.Adam().efficient is False
    ordinary, efficient = (tw.Adam(0.1, 0.7, 0.9, 0.3, efficient=form) for form in (False, True))
    one, other = path(ordinary.init, ordinary.update), path(efficient.init, efficient.update)
    np.testing.assert_allclose(other, one, rtol=1e-12)
    x = start()
    parts = efficient.parts(slope(0, x), efficient.init(x), x)
    assert list(parts) == ["m", "v", "rate", "delta"]


def printed_form(k, m, v, alpha=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """NND 3.34 as printed: the fraction stands upside down."""
    alpha_k = alpha * (1 - beta1**k) / np.sqrt(1 - beta2**k)
    return -alpha_k * m / (np.sqrt(v) + epsilon)


def unscaled_epsilon(k, m, v, alpha=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """The fraction put right, ε left as it is printed."""
    return -alpha * np.sqrt(1 - beta2**k) / (1 - beta1**k) * m / (np.sqrt(v) + epsilon)


def test_the_efficient_form_of_adam_as_printed_is_another_rule():
    rule, x = tw.Adam(0.1, efficient=True), np.array([1.0, -3.0])
    delta, state = rule.update(np.array([0.2, 5.0]), rule.init(x), x)
    np.testing.assert_allclose(delta, [-0.1, -0.1], rtol=1e-6)
    assert np.abs(printed_form(1, state.m, state.v) / delta - 1).min() > 0.5
    rule = tw.Adam(0.1, epsilon=0.5, efficient=True)
    delta, state = rule.update(np.array([0.2, 5.0]), rule.init(x), x)
    np.testing.assert_allclose(delta, [-0.1 * 0.2 / 0.7, -0.1 * 5 / 5.5], rtol=1e-12)
    assert np.abs(unscaled_epsilon(1, state.m, state.v, epsilon=0.5) / delta - 1).min() > 0.5


def test_the_parts_of_an_update_are_those_of_the_equations():
    rule = tw.Adam(learning_rate=lambda k: 0.1 / (k + 1), beta1=0.5, beta2=0.75, epsilon=1.0)
    x = np.array([0.0])
    state = rule.init(x)
    _, state = rule.update(np.array([4.0]), state, x)
    parts = rule.parts(np.array([8.0]), state, x)
    # m = 0.5 · 2 + 0.5 · 8, v = 0.75 · 4 + 0.25 · 64; m̂ = m/0.75, v̂ = v/0.4375; the rate is 0.05/(√v̂ + 1)
    expected = {"m": 5.0, "v": 19.0, "m_hat": 20 / 3, "v_hat": 19 / 0.4375}
    expected["rate"] = 0.05 / (np.sqrt(expected["v_hat"]) + 1)
    expected["delta"] = -expected["rate"] * expected["m_hat"]
    assert list(parts) == list(expected)
    for name, number in expected.items():
        np.testing.assert_allclose(parts[name], [number], rtol=1e-14)


SHOWN = [rule for rule in tw.optimizers.RULES.values() if issubclass(rule, ShownRule)]


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_the_update_is_made_of_the_parts_that_are_shown(kind):
    rule, x = kind(), start()
    state = rule.init(x)
    for step in range(3):
        parts = rule.parts(slope(step, x), state, x)
        delta, state = rule.update(slope(step, x), state, x)
        assert list(parts)[-1] == "delta"
        jax.tree.map(np.testing.assert_array_equal, parts["delta"], delta)
        for name in set(state._fields) - {"step"}:
            jax.tree.map(np.testing.assert_array_equal, parts[name], getattr(state, name))
    assert {"rate"} <= parts.keys()


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_keep_their_type(kind, dtype):
    rule, x = kind(), tree_map(lambda array: array.astype(dtype), start())
    state = rule.init(x)
    for step in range(2):
        gradient = tree_map(lambda g: g.astype(dtype), slope(step, x))
        delta, state = rule.update(gradient, state, x, value=np.dtype(dtype).type(1.0))
    for array in jax.tree.leaves((delta, state[1:])):
        assert np.asarray(array).dtype == dtype


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind, id=kind.__name__, marks=[] if kind in (tw.NAdam, tw.optimizers.Rprop) else pytest.mark.thorough
        )
        for kind in SHOWN
    ],
)
def test_both_engines_train_alike(kind):
    """Of the others, the updates are those of optax on both above."""
    rng = np.random.default_rng(0)
    P = rng.uniform(-1, 1, (24, 2))
    T = P[:, :1] * P[:, 1:]
    net = tw.cascade(2, 4, 1)
    losses = [
        tw.train(net, P, T, optimizer=kind(), epochs=30, batch_size="all", dtype="float64", engine=engine).history.loss
        for engine in ("numpy", "xla")
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-8)
    assert losses[0][-1] < losses[0][0]
