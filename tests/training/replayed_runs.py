"""The runs whose updates the tests of replays open, by the name of what they have."""

import functools

import numpy as np
import optax
import pytest
from training_cases import (
    BATCH_RULES,
    CHAIN,
    FULL_BATCH_RULES,
    LARGE,
    SEVERAL_INPUTS,
    SHORTCUTS,
    bits,
    examples,
)

import thalweg as tw
from thalweg.core.arrays import tree_map

thorough = pytest.mark.thorough
RULE = tw.Momentum(0.05, momentum=0.8)
DROPPING = tw.mlp(3, 9, 7, 2, dropout=0.4)
WEIGHTLESS = np.where(np.arange(23) % 4 == 1, 0.0, examples()[2])
VALIDATION = examples(count=11, seed=6)[:2]
SCENARIOS = {
    "batches": {"batch_size": 8},  # 23 examples: the last batch is smaller
    "all": {"batch_size": "all"},
    "one at a time": {"batch_size": 1, "order": "sequential", "epochs": 2},
    "one at a time, drawn": {"batch_size": 1, "order": "random", "epochs": 2},
    "all, drawn": {"batch_size": "all", "order": "random"},
    "shortcuts": {"net": SHORTCUTS, "batch_size": 8},
    "several inputs, penalties": {"net": SEVERAL_INPUTS, "batch_size": 8, "l1": 0.003, "l2": 0.02},
    "large": {"net": LARGE, "batch_size": 8, "epochs": 2},
    "large, all": {"net": LARGE, "batch_size": "all", "optimizer": "adam", "epochs": 3},
    "weights": {"batch_size": 8, "sample_weight": examples()[2]},
    "weights of 0": {"batch_size": 8, "sample_weight": WEIGHTLESS},
    "weights of 0, all": {"batch_size": "all", "sample_weight": WEIGHTLESS},
    "sum": {"batch_size": 8, "loss": "sse", "optimizer": tw.GradientDescent(0.01)},
    "dropout": {"net": DROPPING, "batch_size": 8, "optimizer": tw.GradientDescent(0.1)},
    "dropout, all": {"net": DROPPING, "batch_size": "all", "optimizer": tw.GradientDescent(0.1)},
    "schedules": {
        "batch_size": 8,
        "optimizer": tw.Nesterov(lambda k: 0.1 / (1 + k), optax.linear_schedule(0.5, 0.9, 6)),
    },
    "plateau": {"batch_size": 8, "optimizer": tw.Momentum(tw.schedules.ReduceOnPlateau(0.4, 0.5, patience=1))},
    "watched": {
        "batch_size": 8,
        "validation": VALIDATION,
        "patience": 50,
        "validate_every": 2,
        "min_gradient": 0.0,
        "min_progress": 0.0,
    },
    "priority": {"batch_size": 6, "order": tw.PrioritySampling(0.5, share=0.3, refill_every=2, unbiased=True)},
    "priority, given": {
        "batch_size": 6,
        "order": tw.PrioritySampling(0.5, high=[2, 4, 9]),
        "sample_weight": WEIGHTLESS,
    },
    **{f"rule {name}": {"batch_size": 8, "optimizer": name} for name in BATCH_RULES},
    **{f"rule {name}": {"batch_size": "all", "optimizer": name} for name in FULL_BATCH_RULES},
}
FOR_USERS, FOR_USERS_TOO = (
    ", for users",
    ("dropout", "one at a time, drawn", "priority, given", "large, all", "rule lm"),
)
SCENARIOS |= {f"{name}{FOR_USERS}": SCENARIOS[name] for name in FOR_USERS_TOO}
RULES = [f"rule {name}" for name in (*BATCH_RULES, *FULL_BATCH_RULES)]
AS_FOR_USERS = ("batches",)
"""A run and its replay are one program: this shows, as all of FOR_USERS, that its bits do not hang on how it is
compiled."""
ON_XLA_TOO = (
    "all, drawn",
    "shortcuts",
    "weights of 0, all",
    "sum",
    "dropout, all",
    "plateau",
    "large",
    *(f"rule {name}" for name in ("gd", "adagrad", "adadelta", "rmsprop", "adamax", "nadam", "gda")),
    *(f"rule {name}" for name in ("bfgs", "oss", "newton")),
)
"""What XLA shows by others as well, so that its programs are compiled by the thorough alone: tests/optimizers compiles
each rule, and the rest have every kind of state."""


def scenarios(names, *engines):
    """Scenarios as parameters of a test, each on these engines if there are some."""
    parameters = []
    for name in names:
        marks = [bits] if name in AS_FOR_USERS else [bits, thorough] if name.endswith(FOR_USERS) else []
        for engine in engines:
            more = [thorough] if engine == "xla" and name in ON_XLA_TOO else []
            parameters.append(pytest.param(name, engine, marks=[*marks, *more]))
        if not engines:
            more = [thorough] if name in ON_XLA_TOO else []
            parameters.append(pytest.param(name, marks=[*marks, *more]))
    return pytest.mark.parametrize(["scenario", "engine"] if engines else "scenario", parameters)


def trained(scenario, engine, dtype="float64", **changes):
    """A run of a scenario."""
    settings = {"net": CHAIN, "optimizer": RULE, "epochs": 5, "seed": 3, **SCENARIOS[scenario], **changes}
    net = settings.pop("net")
    P, T, _ = examples(net=net)
    return tw.train(net, P, T, engine=engine, dtype=dtype, **settings)


@functools.cache
def the_run(scenario, engine, dtype):
    """The run of a scenario, made once."""
    return trained(scenario, engine, dtype)


def type_of(scenario):
    """The type by default for these; one program serves all tests of the others."""
    return None if scenario == "priority, given" else "float64"


def assert_same(one, other):
    """Trees of the same bits and types."""
    tree_map(lambda a, b: np.testing.assert_array_equal(np.asarray(a), np.asarray(b), strict=True), one, other)
