"""A run that goes on: 10 + 10 epochs are 20, to the bit, for every rule, engine, order and criterion."""

import numpy as np
import optax
import pytest
from training_cases import CHAIN, examples

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

bits = pytest.mark.compiled_as_for_users  # one program makes both runs, so it is not the subject of most

P = np.random.default_rng(0).normal(size=(23, 2))
T = np.sin(P[:, :1]) + P[:, 1:]
NET = tw.mlp(2, 4, 1)


def alike(a: tw.Run, b: tw.Run) -> None:
    assert (a.epochs, a.updates, a.best_epoch, a.stopped_because) == (
        b.epochs,
        b.updates,
        b.best_epoch,
        b.stopped_because,
    )
    assert (a.network.ravel(a.params) == b.network.ravel(b.params)).all()
    assert a.history.names() == b.history.names()
    for name in a.history.names():
        times = name == "seconds"
        assert times or np.array_equal(a.history[name], b.history[name], equal_nan=True)


def ten_and_ten(net=NET, P=P, T=T, **options) -> None:
    twenty = tw.train(net, P, T, "mse", epochs=20, **options)
    ten = tw.train(net, P, T, "mse", epochs=10, **options)
    before = ten.network.ravel(ten.params).copy()
    alike(ten.more(10), twenty)
    alike(tw.train(net, P, T, "mse", epochs=10, state=ten, **options), twenty)
    assert (ten.network.ravel(ten.params) == before).all()
    assert ten.epochs == 10


thorough = pytest.mark.thorough  # test_replay.py lets a run of each kind of rule go on inside XLA


@pytest.mark.parametrize(
    ("rule", "engine"),
    [
        *((rule, "numpy") for rule in RULES),
        *(pytest.param(rule, "xla", marks=bits if rule == "adam" else thorough) for rule in RULES),
    ],
)
def test_every_rule(rule: str, engine: str) -> None:
    full = isinstance(RULES.get(rule), FullBatchRule)
    batch_size = "all" if full else 8
    ten_and_ten(CHAIN, *examples()[:2], optimizer=rule, engine=engine, batch_size=batch_size, dtype="float64")


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(optax.adam(1e-2), marks=thorough),
        pytest.param(optax.lbfgs(), marks=thorough),
        optax.noisy_sgd(0.01, key=3),  # with keys of JAX's in its state
    ],
    ids=["adam", "lbfgs", "noise"],
)
def test_rules_of_optax(rule) -> None:
    ten_and_ten(optimizer=rule, batch_size="all")


OPTIONS = {
    "drawn": {"order": "random", "batch_size": 4},
    "priority": {"order": tw.PrioritySampling(0.5, refill_every=3), "batch_size": 6},
    "given order": {
        "order": tw.GivenOrder(lambda epoch: np.random.default_rng(epoch).permutation(23)),
        "batch_size": 6,
    },
    "progress": {"validation": (P[:7], T[:7]), "validate_every": 3, "min_progress": 0.001},
    "tolerance": {"validation": (P[:7], T[:7]), "tolerance": 1e-9, "tolerance_epochs": 15},
    "schedule": {"optimizer": tw.Momentum(lambda k: 0.1 * 0.9**k)},
    "plateau": {"optimizer": tw.Momentum(tw.schedules.ReduceOnPlateau(0.5, patience=2))},
    "penalties": {
        "l1": 1e-3,
        "l2": 1e-2,
        "shares_penalties": True,
        "min_gradient": 1e-9,
        "sample_weight": np.arange(23.0),
    },
    "float64": {"dtype": "float64", "seed": 5},
    "record": {"record": "all", "validation": (P[:7], T[:7]), "test": (P[7:9], T[7:9])},
}
OF_THE_HOST = ("drawn", "given order", "schedule", "float64")
"""What XLA carries nothing of from one run to the next."""


@pytest.mark.parametrize(
    ("options", "engine"),
    [
        *((options, "numpy") for options in OPTIONS),
        *(pytest.param(name, "xla", marks=[thorough] * (name in OF_THE_HOST)) for name in OPTIONS),
    ],
)
def test_every_option(options: str, engine: str) -> None:
    ten_and_ten(engine=engine, **OPTIONS[options])


def test_going_on_otherwise_starts_from_the_last_parameters_and_the_state_of_the_rule() -> None:
    """Against two Adam trainings by hand: the second goes on counting, on other rows."""
    first = tw.train(NET, P, T, "mse", optimizer="adam", batch_size="all", epochs=7, dtype="float64")
    second = tw.train(NET, P[:9], T[:9], "mse", optimizer="adam", batch_size="all", epochs=5, state=first)
    rule, x = tw.Adam(), NET.ravel(NET.init(0))
    state = rule.init(x)
    for inputs, targets, epochs in ((P, T, 7), (P[:9], T[:9], 5)):
        for _ in range(epochs):
            g = tw.gradient(NET, "mse", NET.unravel(x), inputs, targets)[1]
            delta, state = rule.update(NET.ravel(g), state, x)
            x = x + delta
    np.testing.assert_allclose(NET.ravel(second.params), x, rtol=1e-9)
    assert (second.epochs, second.updates) == (5, 5)
    assert "to the bit" in " ".join(second.step(3).notes)
    assert second.more(2).epochs == 7


@pytest.mark.parametrize("rule", ["adam", *(pytest.param(rule, marks=thorough) for rule in ("nesterov", "adadelta"))])
@pytest.mark.parametrize(("first", "then"), [("numpy", "xla"), ("xla", "numpy")])
def test_the_other_engine_goes_on(rule: str, first: str, then: str) -> None:
    """Of a network that XLA carries as a tree, and NumPy as a vector."""
    net = tw.mlp(2, 13_000, 1)
    given: dict = {"loss": "mse", "optimizer": rule, "batch_size": "all", "dtype": "float64"}
    four = tw.train(net, P, T, epochs=4, engine=then, **given)
    two = tw.train(net, P, T, epochs=2, engine=first, **given)
    more = tw.train(net, P, T, epochs=2, engine=then, state=two, **given)
    np.testing.assert_allclose(more.history.loss, four.history.loss[2:], rtol=1e-9)
    np.testing.assert_allclose(net.ravel(more.params), net.ravel(four.params), rtol=1e-7, atol=1e-12)


@bits
def test_a_run_that_ended_in_the_middle_of_an_epoch_goes_on() -> None:
    given: dict = {"P": np.tile(P, (100, 1)), "T": np.tile(T, (100, 1)), "batch_size": 1, "engine": "numpy"}
    cut = tw.train(NET, loss="mse", epochs=9, max_seconds=0.02, **given)
    assert cut.stopped_because == "seconds"
    assert cut.updates % 2300
    more = cut.more(2)
    whole = tw.train(NET, loss="mse", epochs=more.epochs, **given)
    alike(more, whole)


def test_a_run_that_ended_early_goes_on() -> None:
    stopped = tw.train(NET, P, T, "mse", epochs=20, callbacks=[lambda end: tw.STOP if end.epoch == 8 else None])
    assert stopped.more(12).epochs == 20
    alike_but_the_end = tw.train(NET, P, T, "mse", epochs=20)
    assert (stopped.more(12).history.loss == alike_but_the_end.history.loss).all()
    patient = tw.train(NET, P, T, "mse", epochs=500, goal=0.5)
    assert patient.stopped_because == "goal"
    assert patient.more(3).epochs == patient.epochs + 1  # the goal is met again


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"state": 3}, "state is 3"),
        ({"state": tw.train(NET, P, T, epochs=2), "params": NET.init(0)}, "both say where to start"),
        ({"state": tw.train(tw.mlp(2, 3, 1), P, T, epochs=2)}, "a run of another network"),
        ({"state": tw.train(NET, P, T, epochs=2), "optimizer": "momentum"}, "a run of another rule"),
        ({"state": tw.train(NET, P, T, epochs=2), "dtype": "float64"}, "a run of another dtype"),
        ({"state": tw.train_many(NET, P, T, seed=[0, 1], epochs=2)[0]}, "does not hold where its rule stood"),
    ],
    ids=["kind", "params", "network", "rule", "dtype", "many"],
)
def test_what_nothing_can_go_on_from(options: dict, message: str) -> None:
    with pytest.raises(tw.ArgumentError, match=message):
        tw.train(NET, P, T, epochs=3, **options)


@pytest.mark.filterwarnings("ignore")
def test_a_run_that_diverged_leads_nowhere() -> None:
    run = tw.train(NET, P, T, "mse", optimizer=tw.optimizers.GradientDescent(1e6), epochs=50)
    with pytest.raises(tw.ArgumentError, match="this run diverged"):
        run.more(3)
    with pytest.raises(tw.ArgumentError, match="epochs is 0"):
        tw.train(NET, P, T, epochs=2).more(0)
