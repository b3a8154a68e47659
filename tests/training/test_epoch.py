"""Dropout, and that both engines run the same epoch: the same parameters and history up to rounding."""

import jax
import numpy as np
import optax
import pytest
from training_cases import (
    BATCH_RULES,
    CHAIN,
    ENGINES,
    FULL_BATCH_RULES,
    LARGE,
    SEVERAL_INPUTS,
    SHORTCUTS,
    assert_bit_identical,
    assert_close,
    examples,
    vector,
)

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.training.epoch import dropout_masks, penalty_share
from thalweg.training.examples import Examples
from thalweg.training.loop import start_engine
from thalweg.training.options import TrainingOptions
from thalweg.training.recipe import make_recipe

RULE = tw.Momentum(0.05, momentum=0.8)
SCENARIOS = {
    "chain": {"batch_size": 8},  # 23 examples: the last batch is smaller
    "shortcuts": {"net": SHORTCUTS, "batch_size": 8},
    "several inputs": {"net": SEVERAL_INPUTS, "batch_size": 8},
    "large": {"net": LARGE, "batch_size": 8, "epochs": 4},
    "large, all": {"net": LARGE, "batch_size": "all"},
    "one at a time": {"batch_size": 1, "epochs": 3},
    "one at a time, in order": {"batch_size": 1, "order": "sequential", "epochs": 3},
    "one at a time, drawn": {"batch_size": 1, "order": "random", "epochs": 3},
    "in order": {"batch_size": 5, "order": "sequential"},
    "drawn": {"batch_size": 5, "order": "random"},
    "all": {"batch_size": "all"},
    "all, drawn": {"batch_size": "all", "order": "random"},
    "all, several inputs, penalties, weights": {
        "net": SEVERAL_INPUTS,
        "batch_size": "all",
        "l1": 0.003,
        "l2": 0.02,
        "weighted": True,
    },
    "weights": {"batch_size": 8, "weighted": True},
    "weights, all": {"batch_size": "all", "weighted": True},
    "sum": {"batch_size": 8, "loss": "sse", "optimizer": tw.GradientDescent(0.01)},
    "sum, weights": {"batch_size": 8, "loss": "half_sse", "weighted": True, "optimizer": tw.GradientDescent(0.01)},
    "mae": {"batch_size": 8, "loss": "mae"},
    "penalties": {"batch_size": 8, "l1": 0.003, "l2": 0.02},
    "validation": {"batch_size": 8, "validated": True},
    "patience": {"batch_size": 8, "validated": True, "patience": 2, "optimizer": tw.Momentum(0.6), "epochs": 40},
    "goal": {"batch_size": 8, "goal": 0.17, "epochs": 40},
    "min_gradient": {"batch_size": "all", "min_gradient": 0.15, "epochs": 40},
    "min_gradient, large": {"net": LARGE, "batch_size": 8, "min_gradient": 0.01},
    "min_gradient, batches": {"batch_size": 8, "min_gradient": 0.01},
    "schedule": {"batch_size": 8, "optimizer": tw.Adam(optax.linear_schedule(0.05, 0.001, 15))},
    "schedules, all": {
        "batch_size": "all",
        "optimizer": tw.Nesterov(lambda k: 0.1 if k < 3 else 0.05, momentum=optax.linear_schedule(0.5, 0.9, 6)),
    },
    **{f"rule {name}": {"batch_size": 8, "optimizer": name} for name in BATCH_RULES},
    **{f"rule {name}": {"batch_size": "all", "optimizer": name} for name in FULL_BATCH_RULES},
}


def trained(scenario, engine, dtype):
    settings = {"net": CHAIN, "optimizer": RULE, "epochs": 8, "seed": 3, **SCENARIOS[scenario]}
    net = settings.pop("net")
    P, T, weight = examples(net=net)
    if settings.pop("weighted", False):
        settings["sample_weight"] = weight
    if settings.pop("validated", False):
        settings["validation"] = examples(count=11, seed=6, net=net)[:2]
    return tw.train(net, P, T, engine=engine, dtype=dtype, **settings)


IN_REPLAY = {
    "chain", "shortcuts", "several inputs", "large", "large, all", "one at a time", "one at a time, in order",
    "one at a time, drawn", "in order", "drawn", "all", "all, drawn", "weights", "weights, all", "sum", "penalties",
    "validation", "schedule", "schedules, all", *(f"rule {name}" for name in RULES),
}  # fmt: skip
"""Whose like, or whose kind of rule, test_replay.py compares on both engines, and with updates by hand."""


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(name, marks=pytest.mark.thorough if name in IN_REPLAY else ()) for name in SCENARIOS],
)
def test_engines_agree_in_float64(scenario):
    plain, compiled = (trained(scenario, engine, "float64") for engine in ENGINES)
    assert (plain.engine, compiled.engine) == ENGINES
    assert vector(plain).dtype == vector(compiled).dtype == np.float64
    assert_close(plain, compiled, 1e-10)


FLOAT64_ON_XLA = [*(f"rule {name}" for name in BATCH_RULES if name != "adam"), "large", "weights", "penalties"]
"""Of which JAX holds nothing in float64 where a run is in float32, and test_replay.py compares those in float64."""


@pytest.mark.parametrize(
    ("scenario", "engine"),
    [
        *((name, engine) for name in ("rule adam", "several inputs", "validation") for engine in ENGINES),
        *((name, "numpy") for name in FLOAT64_ON_XLA),
        *(pytest.param(name, "xla", marks=pytest.mark.thorough) for name in FLOAT64_ON_XLA),
    ],
)
def test_float32_runs_follow_the_float64_run(scenario, engine):
    """Each update adds rounding of about eps to numbers near 1, and these runs of at most 69 updates do not magnify it.

    Eight roundings an update is the allowance; one more factor, in Adam's rules, is 1 - β₂ᵏ, which for small k has
    lost the leading digits of 1 and moves an update of a thousandth by eps / (1 - β₂).
    """
    exact = trained(scenario, "numpy", "float64")
    eps = np.finfo(np.float32).eps
    tolerance = 8 * eps * exact.updates
    run = trained(scenario, engine, "float32")
    assert {array.dtype for array in jax.tree.leaves(run.params)} == {np.dtype("float32")}
    assert_close(run, exact, tolerance)


@pytest.mark.parametrize("engine", ENGINES)
def test_stopping_scenarios_do_stop_before_the_epochs_end(engine):
    for name in ("patience", "goal", "min_gradient"):
        run = trained(name, engine, "float64")
        assert run.stopped_because == name
        assert 1 < run.epochs < SCENARIOS[name]["epochs"]


# Dropout. An identity network with targets 0 and a learning rate of 0 shows its masks in its loss.

SHARE = 0.3
MASKED = tw.mlp(40, 40, 40, hidden="linear", dropout=SHARE)
IDENTITY = MASKED.unravel(np.concatenate([np.eye(40).ravel(), np.zeros(40)] * 2))


def masks_seen(engine, loss, **settings):
    ones = np.ones((500, 40))
    settings = {"batch_size": 100, "epochs": 4, "seed": 1, "dtype": "float64", **settings}
    return tw.train(
        MASKED, ones, 0 * ones, loss, tw.GradientDescent(0.0), params=IDENTITY, engine=engine, **settings
    ).history.loss


@pytest.mark.parametrize(
    ("engine", "batch_size"),
    [("numpy", 100), ("numpy", "all"), ("xla", 100), pytest.param("xla", "all", marks=pytest.mark.thorough)],
)
def test_dropout_drops_its_share_and_scales_the_rest(engine, batch_size):
    mean, mean_of_squares = (masks_seen(engine, loss, batch_size=batch_size) for loss in ("mae", "mse"))
    np.testing.assert_allclose(mean_of_squares, mean / (1 - SHARE), rtol=1e-12)  # values 0 and 1/(1 - share) only
    deviation = np.sqrt(SHARE / (1 - SHARE) / (500 * 40))
    assert abs(mean - 1).max() < 5 * deviation
    assert len(set(mean.tolist())) == 4  # new masks in every epoch


@pytest.mark.parametrize("engine", ENGINES)
def test_dropout_follows_the_seed(engine):
    once, again, other = (masks_seen(engine, "mae", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_with_dropout_is_the_same_run_for_the_same_seed(engine):
    P, T, _ = examples()
    net = tw.mlp(3, 12, 2, dropout=0.4)
    once, again, other = (
        tw.train(net, P, T, batch_size=8, epochs=5, seed=seed, params=net.init(0), engine=engine) for seed in (4, 4, 5)
    )
    assert_bit_identical(once, again)
    assert (vector(once) != vector(other)).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_dropout_of_zero_is_none(engine):
    P, T, _ = examples()
    runs = [
        tw.train(net, P, T, batch_size=8, epochs=3, engine=engine)
        for net in (tw.mlp(3, 5, 2, dropout=0.0), tw.mlp(3, 5, 2))
    ]
    assert_bit_identical(*runs)


@pytest.mark.parametrize("engine", ENGINES)
def test_validation_and_prediction_drop_nothing(engine):
    ones = np.ones((10, 40))
    run = tw.train(
        MASKED,
        ones,
        0 * ones,
        "mse",
        tw.GradientDescent(0.0),
        params=IDENTITY,
        validation=(ones, 0 * ones),
        epochs=2,
        engine=engine,
    )
    np.testing.assert_allclose(run.history.validation_loss, 1.0, rtol=1e-6)
    assert (run.history.loss != 1.0).all()
    np.testing.assert_allclose(run.predict(ones), 1.0, rtol=1e-6)


def test_masks_of_layers_are_drawn_apart():
    net = tw.mlp(2, 6, 6, 1, dropout=0.5)
    masks = dropout_masks(net, 50, lambda layer, shape: np.random.default_rng(layer).random(shape))
    assert list(masks) == ["layer1", "layer2"]
    assert (masks["layer1"] != masks["layer2"]).any()
    assert set(np.unique(masks["layer1"])) == {0.0, 2.0}
    assert dropout_masks(tw.mlp(2, 6, 1), 50, lambda layer, shape: np.zeros(shape)) == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_layer_each_update_and_each_seed_has_masks_of_its_own(engine):
    P, T, _ = examples()
    net = tw.mlp(3, 40, 40, 2, dropout=0.5)
    seen = {}
    for seed in (1, 2):
        of_seed = start_engine(make_recipe(net, P, T, TrainingOptions(batch_size=8, seed=seed, engine=engine)))
        for step in (0, 1, 70_000):
            for layer, mask in of_seed.masks(step, 8).items():
                assert mask.shape == (8, 40)
                assert 0.3 < np.mean(mask == 0) < 0.7
                seen[seed, step, layer] = mask.tobytes()
    assert len(set(seen.values())) == 2 * 3 * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_gradient_under_dropout_is_that_of_the_thinned_network(engine):
    """One step on one example: the units whose incoming weights moved are those whose outgoing weights moved."""
    net = tw.mlp(2, 200, 1, hidden="tanh", dropout=0.5)
    params = net.init(0)
    run = tw.train(
        net,
        np.array([[0.5, -0.3]]),
        np.array([[2.0]]),
        "half_sse",
        tw.GradientDescent(0.1),
        epochs=1,
        params=params,
        engine=engine,
        dtype="float64",
    )
    into = (run.params["layer1"].weights["input"] != params["layer1"].weights["input"]).all(axis=1)
    out = (run.params["layer2"].weights["layer1"] != params["layer2"].weights["layer1"])[0]
    np.testing.assert_array_equal(into, out)
    assert 60 < into.sum() < 140

    # The same step by hand, with the kept units only, twice as strong.
    P, T = np.array([0.5, -0.3]), 2.0
    W1, w2 = params["layer1"].weights["input"][into], 2.0 * params["layer2"].weights["layer1"][0, into]

    hidden = np.tanh(W1 @ P)
    error = w2 @ hidden - T
    g1, g2 = np.outer(error * w2 * (1.0 - hidden**2), P), error * hidden
    moved1 = (params["layer1"].weights["input"] - run.params["layer1"].weights["input"])[into]
    moved2 = (params["layer2"].weights["layer1"] - run.params["layer2"].weights["layer1"])[0, into]
    np.testing.assert_allclose(moved1, 0.1 * g1, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(moved2, 0.1 * 2.0 * g2, rtol=1e-9, atol=1e-13)


def test_penalties_of_a_batch_that_weighs_nothing_vanish():
    for weight, share in ((None, 2.0), (np.array([1.0, 3.0]), 4.0), (np.zeros(2), np.inf)):
        assert penalty_share(Examples({}, np.ones((2, 1)), weight)) == share


@pytest.mark.parametrize("loss", ["sse", "mse"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_of_an_epoch_is_that_of_all_its_examples(loss, weighted):
    """Of weights that stay where they are, in batches of which the last is smaller; so is the gradient's norm."""
    P, T, weight = examples()
    weight = weight if weighted else None
    run = tw.train(
        CHAIN, P, T, loss, tw.GradientDescent(0.0), batch_size=8, epochs=2, sample_weight=weight, dtype="float64",
        record="gradient_norm",
    )  # fmt: skip
    F, g = tw.gradient(CHAIN, loss, CHAIN.init(0), P, T, weight)
    np.testing.assert_allclose(run.history.loss, float(F), rtol=1e-12)
    if loss == "sse":
        np.testing.assert_allclose(run.history.gradient_norm, np.linalg.norm(vector(g, CHAIN)) / 3, rtol=1e-12)


@pytest.mark.parametrize("validated", [False, True])
def test_the_rate_on_plateaus_is_that_of_a_plain_loop(validated):
    """Halved after each two epochs, one after another, that were no better, down to its least; from the history."""
    P, T, _ = examples()
    judged = {"validation": (P[:5], T[:5] + 0.5)} if validated else {}
    rule = tw.Momentum(tw.schedules.ReduceOnPlateau(0.8, 0.5, patience=2, least=0.03), 0.5)
    run = tw.train(
        CHAIN, P, T, optimizer=rule, batch_size=4, epochs=40, record="learning_rate", engine="numpy", **judged,
    )  # fmt: skip
    rate, best, waited, rates, after_better = 0.8, np.inf, 0, [], 0
    for loss in run.history.validation_loss if validated else run.history.loss:
        rates.append(rate)
        after_better += waited == 1 and loss < best
        best, waited = min(best, loss), 0 if loss < best else waited + 1
        if waited == 2:
            rate, waited = max(0.5 * rate, 0.03), 0
    np.testing.assert_allclose(run.history["learning_rate"], rates, rtol=1e-6)
    assert rates[-1] == 0.03
    assert after_better or validated
