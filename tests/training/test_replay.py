"""Any update of a run, replayed: the same to the bit as in the run, the same as by hand, on both engines."""

import numpy as np
import optax
import pytest
from replayed_runs import (
    DROPPING,
    FOR_USERS,
    RULES,
    SCENARIOS,
    VALIDATION,
    assert_same,
    scenarios,
    the_run,
    trained,
    type_of,
)
from training_cases import CHAIN, ENGINES, FULL_BATCH_RULES, assert_close, by_hand, examples, taken, vector

import thalweg as tw
from thalweg.training.batch_order import make_batch_order
from thalweg.training.programs import compilations
from thalweg.training.replay import replay, replay_run


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@scenarios(SCENARIOS, *ENGINES)
def test_each_step_begins_where_the_one_before_ended_and_the_last_where_the_run_did(scenario, engine):
    """NumPy makes of a step what the engine made of it: on NumPy to the bit, on XLA but for the rounding of one update.

    That is some units in the last place of the largest parameter, times the condition of a system if the rule solves
    one, which on these runs is in the hundreds.
    """
    run = the_run(scenario, engine, type_of(scenario))
    dtype = vector(run).dtype
    steps = run.recipe.batch_order.steps
    replay_run(run, 1)  # dropout's masks are drawn by a program of their own
    before = compilations()
    magnified = 1000 if getattr(run.optimizer, "matrices", 0) else 32
    for k in sorted({1, steps, run.updates - 1}):
        one, next_one = replay_run(run, k), replay_run(run, k + 1)
        assert one.difference.relative <= (0.0 if engine == "numpy" else magnified * np.finfo(dtype).eps)
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
    and not name.endswith(FOR_USERS)
    and not any(word in name for word in ("dropout", "plateau", "priority"))
]


@scenarios(PLAIN, "numpy")
def test_a_step_is_the_step_written_out_by_hand(scenario, engine):
    """On NumPy, which XLA is compared with above."""
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


def test_an_optax_rule():
    """Its states are trees of its own, and JAX evaluates it; its schedules reckon in float32."""
    rule = optax.sgd(optax.linear_schedule(0.05, 0.001, 15), momentum=0.9)
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


@scenarios(["dropout", "dropout, all"], *ENGINES)
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


def test_masks_of_a_run_that_was_begun_by_another_go_on():
    P, T, _ = examples()
    how = {"optimizer": tw.Adam(0.01), "batch_size": 8, "engine": "numpy", "seed": 4}
    run = tw.train(DROPPING, P[:9], T[:9], epochs=2, state=tw.train(DROPPING, P, T, epochs=3, **how), **how)
    assert run.recipe.updates_before == 9
    assert "those of the engine are the same to the bit" in " ".join(run.step(1).notes)


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
