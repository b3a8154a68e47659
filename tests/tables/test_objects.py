"""Settings become the network, the rule and the penalty that they name; others are refused."""

import dataclasses

import pytest
from table_cases import small_run

import thalweg as tw
from thalweg.tables.objects import build_network, build_rule, schedule_numbers


def test_weight_decay_is_the_rules_own_or_an_l2_penalty():
    rule, l2 = build_rule(tw.Settings(optimizer="adam", weight_decay=0.25))
    assert (rule, l2) == (tw.Adam(), 0.25)
    rule, l2 = build_rule(tw.Settings(optimizer="adamw", weight_decay=0.25))
    assert (rule, l2) == (tw.AdamW(weight_decay=0.25), 0.0)
    rule, l2 = build_rule(tw.Settings(optimizer="momentum", learning_rate=1, momentum=0.3, weight_decay=0.0))
    assert (rule, l2) == (tw.Momentum(learning_rate=1, momentum=0.3), 0.0)
    assert build_rule(tw.Settings(optimizer="lm"))[1] == build_rule(tw.Settings())[1] == 0.001
    assert build_rule(tw.Settings(optimizer="br"))[1] == 0.0  # it finds its own


@pytest.mark.parametrize(("batch_size", "steps"), [(None, 2), (10, 5), ("all", 1)])
def test_a_schedule_spans_all_updates(batch_size, steps):
    settings = tw.Settings(schedule="linear", learning_rate=0.5, epochs=30, batch_size=batch_size)
    rule = schedule_numbers(build_rule(settings)[0], settings, 42)
    assert rule == tw.Adam(tw.schedules.Linear(0.5, 0.0, 30 * steps))
    settings = tw.Settings(schedule="plateau", optimizer="gd")
    assert schedule_numbers(build_rule(settings)[0], settings, 42).learning_rate == tw.schedules.ReduceOnPlateau(0.01)
    settings = dataclasses.replace(
        settings,
        schedule="fixed",
        optimizer="nesterov",
        momentum=0.5,
        final_momentum=0.9,
        epochs=7,
        batch_size=batch_size,
    )
    rule = schedule_numbers(build_rule(settings)[0], settings, 42)
    assert rule == tw.Nesterov(0.01, tw.schedules.Linear(0.5, 0.9, 7 * steps))


def test_a_schedule_of_a_rule_that_sees_all_examples_spans_its_updates():
    settings = tw.Settings(schedule="linear", optimizer="newton", epochs=30)
    rule = schedule_numbers(build_rule(settings)[0], settings, 420)
    assert rule == tw.Newton(tw.schedules.Linear(1.0, 0.0, 30))


def test_shortcuts_and_dropout_are_in_the_network():
    encoding = small_run().prepared.encoding
    net = build_network(encoding, tw.Settings(hidden=(4, 3), shortcuts=True, dropout=0.5, activation="silu"))
    assert net == tw.cascade(2, 4, 3, 1, hidden="silu", dropout=0.5)
    assert build_network(encoding, tw.Settings(hidden=())) == tw.mlp(2, 1)
    each = build_network(encoding, tw.Settings(hidden=(4, 3), activation=("relu", "tanh"), dropout=(0.25, 0.0)))
    assert [(layer.activation, layer.dropout) for layer in each.layers[:2]] == [
        (tw.activations.ReLU(), 0.25), (tw.activations.Tanh(), 0.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden": (0,)}, "hidden layer 1 has size 0; a size is a whole number of at least 1"),
        ({"hidden": (4, -1)}, "hidden layer 2 has size -1"),
        ({"hidden": (True,)}, "hidden is (True,); it must be a list of whole numbers"),
        ({"hidden": "64"}, "hidden is '64'; it must be a list of whole numbers"),
        ({"hidden": 64}, "hidden is 64; it must be a list of whole numbers"),
        ({"hidden": (10**11,)}, "more than 1,000,000,000: choose smaller layers"),
        ({"hidden": (10**6, 10**6)}, "more than 1,000,000,000: choose smaller layers"),
        ({"activation": "tahn"}, "unknown activation 'tahn': did you mean 'tanh'?"),
        ({"activation": "softmax"}, "activation 'softmax' is for the output layer"),
        ({"hidden": (3, 2), "activation": ("relu", "softmax")}, "activation 'softmax' is for the output layer"),
        ({"hidden": (3, 2), "activation": ("relu",)}, "activation has 1 values, and there are 2 hidden layers"),
        ({"hidden": (3,), "dropout": (0.1, 0.2)}, "dropout has 2 values, and there is 1 hidden layer"),
        ({"hidden": (3, 2), "dropout": (0.1, -0.2)}, "dropout is -0.2"),
        ({"l1": -1.0}, "l1 is -1.0; it must be"),
        ({"optimizer": "nestrov"}, "unknown optimizer 'nestrov': did you mean 'nesterov'?"),
        ({"learning_rate": -1.0}, "learning_rate is -1; it must be above 0 and at most 1000"),
        ({"learning_rate": 0}, "learning_rate is 0; it must be above 0"),
        ({"learning_rate": 1e30}, "learning_rate is 1e+30; it must be above 0 and at most 1000"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"learning_rate": "0.1"}, "learning_rate is '0.1'; it must be a number"),
        ({"momentum": 0.9}, "optimizer 'adam' has no momentum: leave it out, or use momentum or nesterov"),
        ({"optimizer": "momentum", "momentum": 1.0}, "momentum is 1.0; it must be at least 0 and below 1"),
        ({"final_momentum": 0.9}, "optimizer 'adam' has no momentum: leave it out, or use momentum or nesterov"),
        ({"optimizer": "momentum", "final_momentum": 1.0}, "final_momentum is 1; it must be at least 0 and below 1"),
        ({"optimizer": "momentum", "final_momentum": "x"}, "final_momentum is 'x'; it must be a number"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 43}, "batch_size is 43, but there are 42 training examples"),
        ({"batch_size": "some"}, "batch_size is 'some'"),
        ({"epochs": 0}, "epochs is 0"),
        ({"patience": -1}, "patience is -1; it must be a whole number of at least 0"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0 to 4294967295"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": None}, "seed is None"),
        ({"loss": "cross_entropy"}, "loss 'cross_entropy' is for classes, and target 'y' is measured: use mse"),
        ({"loss": "mes"}, "unknown loss 'mes': did you mean 'mse'?"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": -0.5}, "dropout is -0.5"),
        ({"dropout": "half"}, "dropout is 'half'; it must be a number"),
        ({"initializer": "xavier"}, "unknown initializer 'xavier': did you mean 'xavier_"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin': did you mean 'cosine'?"),
        ({"schedule": "linear", "optimizer": "rprop", "learning_rate": None}, "'rprop' has no learning_rate, which"),
        ({"schedule": "linear", "epochs": 0}, "epochs is 0"),
        ({"order": "shufle"}, "unknown order 'shufle': did you mean 'shuffle'?"),
        ({"task": "regresion"}, "unknown task 'regresion': did you mean 'regression'?"),
        ({"ignore": ("w",)}, "ignored column 'w' is not a column"),
        ({"ignore": ("x", "z")}, "no input column is left"),
        ({"split": "70/30"}, "split '70/30' is not three numbers"),
        ({"max_seconds": -1}, "max_seconds is -1"),
        ({"dtype": "float16"}, "dtype is 'float16'; it must be 'float32' or 'float64'"),
        ({"engine": "gpu"}, "engine is 'gpu'; it must be one of auto, numpy, xla"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(change, reason):
    with pytest.raises(tw.ThalwegError) as caught:
        small_run(**change)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
