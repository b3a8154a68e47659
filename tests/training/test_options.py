"""Every option of a training stands in one place; the functions that take options have them from there."""

import dataclasses
import inspect
import re

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.options import TrainingOptions

OPTIONS = {option.name: option for option in dataclasses.fields(TrainingOptions)}
NOT_OF_MANY = {"max_seconds", "engine", "callbacks", "state", "verbose"}
TAKE = {
    "train": (tw.train, set(OPTIONS), {}),
    "train_many": (tw.train_many, set(OPTIONS) - NOT_OF_MANY, {}),
    "rates_grid": (
        tw.rates_grid,
        set(OPTIONS) - NOT_OF_MANY - {"record", "test"},
        {"optimizer": "momentum", "epochs": 50},
    ),
    "range_test": (
        tw.learning_rate_range_test,
        {
            "loss",
            "optimizer",
            "batch_size",
            "params",
            "l2",
            "sample_weight",
            "target_weight",
            "targets",
            "order",
            "seed",
        },
        {"optimizer": "gd"},
    ),
    "pretrain": (
        tw.pretrain,
        {
            "loss",
            "optimizer",
            "batch_size",
            "epochs",
            "params",
            "l1",
            "l2",
            "order",
            "seed",
            "dtype",
            "engine",
            "checkpoint",
        },
        {"loss": "mse", "epochs": 50},
    ),
}
FEW = {"P": np.ones((4, 2)), "T": np.ones((4, 1)), "epochs": 1, "engine": "numpy"}


def words(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_an_option_says_what_it_is(option):
    assert option.metadata["doc"].endswith((".", ")"))
    assert option.default is not dataclasses.MISSING
    if option.metadata["check"] is not None:
        assert getattr(TrainingOptions(), option.name) == option.default


@pytest.mark.parametrize("name", TAKE)
def test_names_defaults_and_words_of_a_function_are_those_of_the_options(name):
    function, taken, others = TAKE[name]
    parameters = inspect.signature(function).parameters
    assert {option for option in OPTIONS if option in parameters} == taken
    doc = words(inspect.getdoc(function))
    assert "{" + "options}" not in doc
    for option in taken:
        assert parameters[option].default == others.get(option, OPTIONS[option].default)
        assert f" {option}: {words(OPTIONS[option].metadata['doc'])}" in doc
    documented = re.findall(r"^    (\w+): ", inspect.getdoc(function).split("Args:\n")[1].split("\n\n")[0], re.M)
    assert documented[: len(parameters) - len(taken)] == [p for p in parameters if p not in OPTIONS]
    assert len(max(function.__doc__.split("\n"), key=len)) <= 120


def test_the_first_options_may_be_given_by_position_in_their_old_order():
    positional = [p.name for p in inspect.signature(tw.train).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["net", "P", "T", "loss", "optimizer", "batch_size", "epochs", "params"]
    net = tw.mlp(2, 1)
    one = tw.train(net, FEW["P"], FEW["T"], "mse", "gd", 2, 1)
    other = tw.train(net=net, **FEW, loss="mse", optimizer="gd", batch_size=2)
    np.testing.assert_array_equal(net.ravel(one.params), net.ravel(other.params))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tw.train(tw.mlp(2, 1), **FEW, learning_rate=0.1), r"train\(\) got an unexpected .* 'learning_rate'"),
        (lambda: tw.train(tw.mlp(2, 1)), r"train\(\) missing a required argument: 'P'"),
        (lambda: tw.train_many(tw.mlp(2, 1), FEW["P"], FEW["T"], engine="numpy"), r"train_many\(\) .* 'engine'"),
        (lambda: tw.train(tw.mlp(2, 1), *[None] * 9), r"train\(\) too many positional arguments"),
    ],
)
def test_wrong_calls_are_refused_as_by_any_function(call, says):
    with pytest.raises(TypeError, match=says):
        call()
