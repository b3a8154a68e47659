"""Any update of a run, replayed: the same to the bit as in the run, the same as by hand, on both engines."""

import copy
import dataclasses
import functools
import pickle

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
    assert_close,
    by_hand,
    examples,
    taken,
    vector,
)

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.training.batch_order import make_batch_order
from thalweg.training.options import TrainingOptions
from thalweg.training.pretraining import train_autoencoder
from thalweg.training.programs import compilations
from thalweg.training.replay import replay, replay_run

bits = pytest.mark.compiled_as_for_users

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
    "several inputs": {"net": SEVERAL_INPUTS, "batch_size": 8},
    "large": {"net": LARGE, "batch_size": 8, "epochs": 2},
    "large, all": {"net": LARGE, "batch_size": "all", "optimizer": "adam", "epochs": 3},
    "weights": {"batch_size": 8, "sample_weight": examples()[2]},
    "weights of 0": {"batch_size": 8, "sample_weight": WEIGHTLESS},
    "weights of 0, all": {"batch_size": "all", "sample_weight": WEIGHTLESS},
    "sum": {"batch_size": 8, "loss": "sse", "optimizer": tw.GradientDescent(0.01)},
    "penalties": {"batch_size": 8, "l1": 0.003, "l2": 0.02},
    "dropout": {"net": DROPPING, "batch_size": 8, "optimizer": tw.GradientDescent(0.1)},
    "dropout, all": {"net": DROPPING, "batch_size": "all", "optimizer": tw.GradientDescent(0.1)},
    "schedules": {
        "batch_size": 8,
        "optimizer": tw.Nesterov(lambda k: 0.1 / (1 + k), optax.linear_schedule(0.5, 0.9, 6)),
    },
    "plateau": {"batch_size": 8, "optimizer": tw.Momentum(tw.schedules.ReduceOnPlateau(0.4, 0.5, patience=1))},
    "validation": {"batch_size": 8, "validation": VALIDATION, "patience": 50, "validate_every": 2},
    "watched": {"batch_size": 8, "min_gradient": 0.0, "validation": VALIDATION, "min_progress": 0.0},
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


def scenarios(names):
    """Scenarios as parameters of a test."""
    marks = dict.fromkeys(AS_FOR_USERS, bits)
    marks |= {name: (bits, pytest.mark.thorough) for name in SCENARIOS if name.endswith(FOR_USERS)}
    return pytest.mark.parametrize("scenario", [pytest.param(name, marks=marks.get(name, ())) for name in names])


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def trained(scenario, engine, dtype="float64", **changes):
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


@scenarios(SCENARIOS)
def test_each_step_begins_where_the_one_before_ended_and_the_last_where_the_run_did(scenario, engine):
    run = the_run(scenario, engine, type_of(scenario))
    dtype = vector(run).dtype
    steps = run.recipe.batch_order.steps
    replay_run(run, 1)  # dropout's masks are drawn by a program of their own
    before = compilations()
    for k in sorted({1, steps, run.updates - 1}):
        one, next_one = replay_run(run, k), replay_run(run, k + 1)
        assert_same(one.params_after, next_one.params)
        assert_same(one.state_after, next_one.state)
        assert (one.number, one.epoch, one.position) == (k, *(n + 1 for n in divmod(k - 1, steps)))
        assert one.replay_error.epochs == k // steps
        assert one.replay_error.losses in (None, 0.0)
        assert one.batch.T.dtype == vector(one.params, run.network).dtype == one.dtype == dtype
    assert_same(replay(run.recipe, 1).params, run.recipe.params)
    opened = replay_run(run, run.updates)
    if run.recipe.validation is None:
        assert opened.replay_error.parameters == (0.0, 0.0)
        assert_same(opened.params_after, run.params)
    assert_same(opened.state_after._replace(step=0), run.state._replace(step=0))
    assert opened.state_after.step == run.state.step == run.updates
    np.testing.assert_array_equal(opened.losses, run.history.loss)
    assert "to the bit" in str(opened.replay_error)
    assert compilations() == before


@scenarios(name for name in SCENARIOS if "dropout" not in name and type_of(name))
def test_both_engines_make_the_same_run(scenario):
    plain, compiled = (the_run(scenario, engine, "float64") for engine in ENGINES)
    assert (plain.engine, compiled.engine) == ENGINES
    assert vector(plain).dtype == vector(compiled).dtype == np.float64
    assert_close(plain, compiled, 1e-10)


@scenarios(RULES)
def test_a_run_that_goes_on_carries_all_of_its_rule(scenario):
    """Inside XLA, where two trainings of a rule are one program; test_checkpoint.py has the rest."""
    whole = the_run(scenario, "xla", "float64")
    more = trained(scenario, "xla", epochs=2).more(3)
    assert (more.epochs, more.updates, more.stopped_because) == (whole.epochs, whole.updates, whole.stopped_because)
    assert_same(more.params, whole.params)
    assert_same(more.state, whole.state)
    np.testing.assert_array_equal(more.history.loss, whole.history.loss)


PLAIN = [
    name
    for name, settings in SCENARIOS.items()
    if name.removeprefix("rule ") not in FULL_BATCH_RULES
    and not any(word in name for word in ("dropout", "plateau", "priority"))
]


@scenarios(PLAIN)
def test_a_step_is_the_step_written_out_by_hand(scenario, engine):
    run = the_run(scenario, engine, "float64")
    net, how = run.network, SCENARIOS[scenario]
    P, T, _ = examples(net=net)
    weight = how.get("sample_weight")
    kept = np.arange(len(T)) if weight is None else np.flatnonzero(weight)
    batch_size, order = how["batch_size"], how.get("order", "shuffle")
    rows = make_batch_order(len(kept), batch_size, order, 3).rows(0, run.epochs)
    path, _ = by_hand(
        net, taken(P, kept), T[kept], run.loss, run.optimizer, rows, net.init(3),
        None if weight is None else weight[kept], how.get("l1", 0.0), how.get("l2", 0.0),
    )  # fmt: skip
    for k in (1, 2, run.updates // 2, run.updates):
        opened = replay_run(run, k)
        np.testing.assert_allclose(vector(opened.params, net), vector(path[k - 1], net), rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(vector(opened.params_after, net), vector(path[k], net), rtol=1e-8, atol=1e-11)
        drawn = rows.reshape(-1, rows.shape[-1])[k - 1]
        drawn = kept[drawn[drawn < len(kept)]]
        if opened.rows is None:
            assert (batch_size, len(kept)) == ("all", len(T))
        else:
            assert sorted(opened.rows) == sorted(drawn)
            if batch_size != "all":
                assert opened.rows.tolist() == drawn.tolist()
        seen = slice(None) if opened.rows is None else opened.rows
        assert_same(opened.batch.T, T[seen])
        given = P if isinstance(P, dict) else {"input": P}
        assert_same(dict(opened.batch.inputs), {name: values[seen] for name, values in given.items()})
        assert (opened.batch.weight is None) == (weight is None)
        if weight is not None:
            assert_same(opened.batch.weight, weight[seen])
        assert (opened.l1, opened.l2) == (how.get("l1"), how.get("l2"))
        assert opened.masks is None


@scenarios(SCENARIOS)
def test_numpy_makes_of_it_what_the_engine_made_of_it(scenario, engine):
    """On NumPy to the bit; on XLA but for the rounding of one update.

    That is some units in the last place of the largest parameter, times the condition of a system if the rule solves
    one, which on these runs is in the hundreds.
    """
    run = the_run(scenario, engine, type_of(scenario))
    magnified = 1000 if getattr(run.optimizer, "matrices", 0) else 32
    for k in (1, run.updates // 2, run.updates):
        apart = replay_run(run, k).difference
        assert apart.relative <= (0.0 if engine == "numpy" else magnified * np.finfo(vector(run).dtype).eps)


def test_an_optax_rule():
    """Its states are trees of its own, and JAX evaluates it; its schedules reckon in float32."""
    rule = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(optax.linear_schedule(0.05, 0.001, 15)))
    run = trained("batches", "xla", "float32", optimizer=rule)
    opened = replay_run(run, 7)
    assert_same(opened.params_after, replay_run(run, 8).params)
    assert replay_run(run, run.updates).replay_error.parameters == (0.0, 0.0)
    assert opened.difference.relative < 32 * np.finfo("float32").eps


def test_the_rule_holds_the_numbers_of_the_step(engine):
    rule = tw.Nesterov(lambda k: 0.1 / (1 + k), tw.schedules.Linear(0.5, 0.9, 10))
    run = trained("batches", engine, optimizer=rule)
    assert replay_run(run, 1).rule == tw.Nesterov(0.1, 0.5)
    assert replay_run(run, 6).rule == rule.at(5) == tw.Nesterov(0.1 / 6, 0.7)
    assert replay_run(trained("rule adam", engine), 6).rule == tw.Adam()
    assert replay_run(trained("rule adam", engine, optimizer=tw.Adam(0.5, efficient=True)), 6).rule == tw.Adam(
        0.5, efficient=True
    )


def test_the_rule_holds_the_share_of_the_rate_that_plateaus_have_left(engine):
    """The share as its definition has it, from the history of the run."""
    run = trained("plateau", engine, epochs=30, validation=VALIDATION)
    share, best, waited, shares = 1.0, np.inf, 0, []
    for loss in run.history.validation_loss:
        shares.append(share)
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == 1:
            share, waited = share * 0.5, 0
    assert len(set(shares)) > 3
    for epoch in (0, 7, 15, 29):
        opened = replay_run(run, 3 * epoch + 2)
        assert opened.rule == tw.Momentum(0.4 * shares[epoch])
        assert opened.replay_error.losses in (None, 0.0)


@pytest.mark.parametrize("scenario", ["dropout", "dropout, all"])
def test_masks_are_those_of_the_very_update(scenario, engine):
    """They thin the hidden layers, and without them, or with the next ones, the update is another."""
    from thalweg.core.propagation import loss_and_gradient

    run = trained(scenario, engine)
    one, other = replay_run(run, run.updates - 1), replay_run(run, run.updates)
    for opened in (one, other):
        count = len(opened.batch.T)
        assert {name: mask.shape for name, mask in opened.masks.items()} == {"layer1": (count, 9), "layer2": (count, 7)}
        assert {float(value) for mask in opened.masks.values() for value in mask.ravel()} == {0.0, 1 / 0.6}
        batch = opened.batch.inputs, opened.batch.T, opened.batch.weight
        _, g = loss_and_gradient(DROPPING, run.loss, opened.params, *batch, opened.masks)
        expected = vector(opened.params, DROPPING) - 0.1 * vector(g, DROPPING)
        np.testing.assert_allclose(vector(opened.params_after, DROPPING), expected, rtol=1e-12, atol=1e-14)
        _, without = loss_and_gradient(DROPPING, run.loss, opened.params, *batch)
        assert np.abs(vector(g, DROPPING) - vector(without, DROPPING)).max() > 1e-3
    rows = min(len(one.batch.T), len(other.batch.T))
    assert (one.masks["layer1"][:rows] != other.masks["layer1"][:rows]).any()


def test_pools_of_priority_sampling_are_those_of_the_step(engine):
    """Rows from the pools that the losses of then make, weighed so that the batch stands for all examples."""
    run = trained("priority", engine, epochs=6)
    P, T, _ = examples()
    for epoch in (0, 2, 4):  # the pools are filled at the start of each second one
        first = replay_run(run, 4 * epoch + 1)
        errors = ((tw.forward(CHAIN, first.params, P).output - T) ** 2).sum(axis=1)
        high = np.isin(np.arange(23), np.argsort(-errors)[:7])
        for opened in (first, replay_run(run, 4 * epoch + 6)):
            assert high[opened.rows].tolist() == [True] * 3 + [False] * 3
            np.testing.assert_allclose(opened.batch.weight, np.where(high[opened.rows], 14 / 23, 32 / 23))


STOPPED = {
    "patience": {"validation": VALIDATION, "patience": 3, "optimizer": tw.Momentum(0.6), "epochs": 80},
    "patience, no validation": {"patience": 3, "optimizer": tw.Momentum(0.9), "epochs": 80},
    "goal": {"goal": 0.17, "epochs": 80},
    "min_gradient": {"min_gradient": 0.12, "batch_size": "all", "epochs": 80},
    "diverged": {"loss": "sse", "optimizer": tw.GradientDescent(5.0), "net": tw.mlp(3, 5, 2, hidden="relu")},
    "callback": {"callbacks": [lambda end: tw.STOP if end.epoch == 4 else None]},
    "seconds": {"max_seconds": 0.0, "epochs": 10**6},
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_run_that_was_stopped(case, engine):
    run = trained("batches", engine, **STOPPED[case])
    assert run.stopped_because == case.split(",")[0]
    assert run.updates < run.recipe.epochs * run.recipe.batch_order.steps
    opened = replay_run(run, run.updates)
    assert opened.replay_error.losses in (None, 0.0)
    assert opened.replay_error.epochs == run.epochs
    with pytest.raises(tw.ArgumentError, match=f"step {run.updates + 1}: the run ends with update {run.updates}$"):
        replay_run(run, run.updates + 1)
    if case not in ("callback", "seconds"):  # which no recipe knows
        with pytest.raises(tw.ArgumentError, match=f"the run ends with update {run.updates} \\({run.stopped_because}"):
            replay(run.recipe, run.updates + 1)


@pytest.mark.parametrize("case", STOPPED)
def test_the_step_that_leads_to_the_kept_parameters_is_known_as_that(case, engine):
    run = trained("batches", engine, **STOPPED[case])
    found = []
    for k in range(1, min(run.updates, 200) + 1):
        replay_error = replay_run(run, k).replay_error
        if replay_error.parameters is not None:
            assert replay_error.parameters == (0.0, 0.0)
            found.append(k)
    before_the_first = replay_run(run, 1).params
    assert len(found) == 1 or not (vector(before_the_first, run.network) != vector(run)).any()


def test_the_runs_stopping_rules_do_not_end_its_replay(engine):
    """On another machine a loss may round to the other side of a limit."""
    run = trained("batches", engine)
    stopping = run.recipe.hyperparameters.stopping._replace(goal=1e9, patience=1)
    hyperparameters = run.recipe.hyperparameters._replace(stopping=stopping)
    recipe = dataclasses.replace(run.recipe, hyperparameters=hyperparameters)
    assert_same(replay(recipe, 15, run.updates).params_after, run.params)
    with pytest.raises(tw.ArgumentError, match=r"step 15: the run ends with update 3 \(goal\)"):
        replay(recipe, 15)
    diverging = trained("batches", engine, **STOPPED["diverged"]).recipe
    with pytest.raises(
        tw.ArgumentError, match=r"the replay ends with update \d+ \(diverged\), sooner than the run, wh"
    ):
        replay(diverging, 15, updates=15)


MANY = {
    "rules": {"optimizer": [tw.Adam(0.01), tw.Adam(0.02), tw.Momentum(0.1)], "batch_size": "all"},
    "folds, seeds, validation": {
        "sample_weight": np.stack([WEIGHTLESS, np.ones(23), WEIGHTLESS[::-1]]),
        "batch_size": 8,
        "seed": [4, 5, 6],
        "validation": VALIDATION,
        "patience": 2,
        "epochs": 30,
    },
}


@pytest.mark.parametrize("case", MANY)
def test_a_run_among_many(case):
    """A step of it is the step of the run alone: those differ in rounding, for they are other programs."""
    how = {"epochs": 5, "dtype": "float64", **MANY[case]}
    net = how.pop("net", CHAIN)
    P, T, _ = examples()
    runs = tw.train_many(net, P, T, **how)
    assert all(run.recipe.examples.T is runs[0].recipe.examples.T for run in runs)
    for number, run in enumerate(runs):
        own = {
            name: value[number]
            if isinstance(value, list) or (name == "sample_weight" and np.ndim(value) == 2)
            else value
            for name, value in how.items()
        }
        alone = tw.train(net, P, T, engine="xla", **own)
        for k in (1, run.updates // 2, run.updates):
            one, other = replay_run(run, k), replay_run(alone, k)
            assert_same(one.params_after, other.params_after)
            assert_same(one.batch.T, other.batch.T)
            assert_same(one.rows, other.rows)
            assert one.rule == other.rule
            assert one.replay_error.losses is None or one.replay_error.losses < 1e-9
    assert {run.engine for run in runs} == {"xla"}


@pytest.mark.parametrize("tied", [True, False])
def test_an_autoencoder_of_pretraining(tied, engine):
    P = examples()[0]
    start = tw.mlp(3, 4, 3).init(0)["layer1"]
    run = train_autoencoder(
        tw.Layer("h", 4, "tanh"),
        P,
        start,
        TrainingOptions("mse", batch_size=8, epochs=4, seed=1, dtype="float64", engine=engine),
        tied=tied,
        decoder="linear",
    )
    opened = replay_run(run, run.updates)
    assert opened.replay_error.parameters == (0.0, 0.0)
    assert opened.difference.relative < 1e-15
    first, second = (opened.params_after[name].weights for name in ("encoder", "decoder"))
    assert (first["input"] == second["encoder"].T).all() == tied


def test_a_run_can_be_pickled_and_copied_and_then_replayed(engine):
    run = trained("validation", engine)
    for other in (pickle.loads(pickle.dumps(run)), copy.deepcopy(run), copy.copy(run)):
        assert_same(replay_run(other, 9).params_after, replay_run(run, 9).params_after)
        assert replay_run(other, 9).replay_error.losses == 0.0
    assert "recipe" not in repr(run)


def test_a_replay_says_where_a_run_is_another_one(engine):
    run = trained("batches", engine)
    history = dataclasses.replace(run.history, loss=run.history.loss * [1, 1, 1.5, 1, 1])
    moved = tree_map(lambda x: x + np.float32(0.25), run.params)
    replay_error = replay_run(dataclasses.replace(run, history=history, params=moved), 15).replay_error
    assert replay_error.epochs == 5
    assert replay_error.losses == pytest.approx(1 / 3)
    assert replay_error.parameters.absolute == pytest.approx(0.25, rel=1e-5)
    assert replay_error.parameters.relative == pytest.approx(0.25 / np.abs(vector(moved, CHAIN)).max(), rel=1e-5)
    assert str(replay_error) == (
        "the losses of 5 epochs are the run's within 0.3 of their size; the parameters after it are the run's within "
        f"{replay_error.parameters.relative:.1g} of their size"
    )
    assert replay_run(dataclasses.replace(run, history=history), 8).replay_error.losses == 0.0
    assert str(replay_run(run, 2).replay_error) == "no epoch was completed, so no loss can be compared"
    assert str(replay_run(run, 3).replay_error) == "the losses of 1 epoch are the run's to the bit"


@pytest.mark.parametrize("k", [0, -1, 1.0, True, "3", None])
def test_a_step_that_is_no_number_of_an_update(k):
    run = trained("batches", "numpy")
    with pytest.raises(tw.ArgumentError, match="updates are counted from 1, and the run has 15"):
        replay_run(run, k)


def test_a_run_without_a_recipe_says_so():
    run = dataclasses.replace(trained("batches", "numpy"), recipe=None)
    with pytest.raises(tw.ArgumentError, match="this run has no recipe, so its steps cannot be replayed: use a run as"):
        replay_run(run, 1)


def test_a_run_keeps_no_batches(engine):
    """They would take more room than the run."""
    assert trained("batches", engine).recipe.batch_order._last == {}
