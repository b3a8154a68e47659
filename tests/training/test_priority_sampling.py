"""Priority sampling: portions, pools, draws that no cut changes, equal engines, and the unbiased gradient."""

from itertools import pairwise

import numpy as np
import pytest
from training_cases import CHAIN, SEVERAL_INPUTS, assert_bit_identical, examples, taken, vector

import thalweg as tw
from thalweg.training.batch_order import make_batch_order
from thalweg.training.loop import plan
from thalweg.training.options import TrainingOptions
from thalweg.training.priority_sampling import example_losses
from thalweg.training.recipe import make_recipe

bits = pytest.mark.compiled_as_for_users

P, T, WEIGHT = examples(23)
HIGH = np.array([1, 4, 5, 11, 20])
engines = pytest.mark.parametrize("engine", ["numpy", "xla"])


def filled(sampling, batch_size=8, seed=0, count=23):
    shown = make_batch_order(count, batch_size, sampling, seed)
    assert shown.next_refill(0) == 0
    return shown.refilled(lambda: np.arange(count, dtype=float))


@pytest.mark.parametrize(("portion", "of_eight"), [(0.5, 4), (0.25, 2), (0.13, 1), (0.8, 6), (0.9, 7)])
def test_every_batch_has_its_portion_of_the_high_pool(portion, of_eight):
    rows = filled(tw.PrioritySampling(portion, HIGH)).rows(0, 50)
    assert rows.shape == (50, 3, 8)
    assert rows.dtype == np.int32
    assert (np.isin(rows, HIGH).sum(axis=2) == of_eight).all()
    assert set(rows.ravel()) == set(range(23))


def test_within_a_pool_all_examples_come_equally_often():
    rows = filled(tw.PrioritySampling(0.5, HIGH)).rows(0, 600)
    counts = np.bincount(rows.ravel(), minlength=23)
    for pool, draws in ((HIGH, 600 * 12), (np.setdiff1d(np.arange(23), HIGH), 600 * 12)):
        expected = draws / len(pool)
        assert np.abs(counts[pool] / expected - 1).max() < 0.08
    for epoch in rows[:20]:  # in an epoch, no example of a pool is ahead of another by two
        within = np.bincount(epoch.ravel(), minlength=23)[HIGH]
        assert within.max() - within.min() <= 1


def test_draws_follow_the_seed_and_nothing_else():
    sampling = tw.PrioritySampling(0.5, HIGH)
    rows = filled(sampling, seed=3).rows(0, 9)
    np.testing.assert_array_equal(filled(sampling, seed=3).rows(4, 2), rows[4:6])
    assert (filled(sampling, seed=4).rows(0, 9) != rows).any()
    assert (rows[0] != rows[1]).any()


def test_the_pool_by_the_loss_has_the_greatest_losses():
    sampling = tw.PrioritySampling(share=0.25)
    losses = np.random.default_rng(0).exponential(size=40) * 1e-6
    mask = sampling.chosen(losses)
    assert mask.sum() == 10
    assert losses[mask].min() > losses[~mask].max()
    np.testing.assert_array_equal(sampling.chosen(np.float32(losses * (1 + 1e-6))), mask)
    np.testing.assert_array_equal(np.flatnonzero(sampling.chosen(np.ones(8))), [0, 1])  # alike: the first ones
    np.testing.assert_array_equal(np.flatnonzero(sampling.chosen(np.array([0.0, np.inf, 1.0, 2.0]))), [1])
    assert tw.PrioritySampling(share=0.01).chosen(losses).sum() == 1
    assert tw.PrioritySampling(share=0.99).chosen(losses[:3]).sum() == 2


@pytest.mark.parametrize("size", [1.0, 3.7e-9, 1.1e12])
def test_losses_that_differ_by_rounding_count_as_the_same(size):
    """The first of them are chosen, however an engine rounds; a difference of a hundredth counts."""
    rounding = 1 + 1e-5 * np.random.default_rng(3).uniform(-1, 1, 8)
    assert np.argmax(rounding) > 1
    sampling = tw.PrioritySampling(share=0.25)
    np.testing.assert_array_equal(np.flatnonzero(sampling.chosen(size * rounding)), [0, 1])
    np.testing.assert_array_equal(np.flatnonzero(sampling.chosen(size * (1 + 0.01 * np.arange(8)))), [6, 7])


@pytest.mark.parametrize("loss", ["mse", "sse", "huber"])
@pytest.mark.parametrize("net", [CHAIN, SEVERAL_INPUTS], ids=["chain", "graph"])
def test_example_losses_are_those_of_each_example_alone(net, loss):
    P, T, _ = examples(6, net=net)
    params = net.init(1)
    inputs = P if isinstance(P, dict) else {"input": P}
    kind = tw.losses.LOSSES.get(loss)
    found = example_losses(net, kind, params, inputs, T)
    alone = [tw.gradient(net, loss, params, taken(P, slice(i, i + 1)), T[i : i + 1])[0] for i in range(6)]
    np.testing.assert_allclose(found / found[0], np.array(alone) / alone[0], rtol=1e-12)


def batch_gradients(sampling, params, loss, epochs, weight=None):
    """The gradient of each batch as training takes it, by the weights that the recipe gives."""
    options = TrainingOptions(loss, order=sampling, batch_size=8, dtype="float64", sample_weight=weight)
    recipe = make_recipe(CHAIN, P, T, options)
    shown = recipe.batch_order.refilled(lambda: np.zeros(23))
    w = recipe.weighed(shown).weight
    rows = shown.rows(0, epochs).reshape(-1, 8)
    return np.array(
        [
            CHAIN.ravel(tw.gradient(CHAIN, loss, params, P[b], T[b], None if w is None else w[b])[1])
            for b in rows
        ]
    )  # fmt: skip


@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_reweighted_gradients_are_those_of_all_examples_on_average(loss, unchecked_shapes):
    params = CHAIN.init(2)
    _, whole = tw.gradient(CHAIN, loss, params, P, T)
    whole = CHAIN.ravel(whole) * (8 / 23 if loss == "sse" else 1.0)  # a sum over a batch of 8 is so much smaller
    spread = {}
    for unbiased in (True, False):
        found = batch_gradients(tw.PrioritySampling(0.6, HIGH, unbiased=unbiased), params, loss, 500)
        error = found.std(axis=0) / np.sqrt(len(found))
        spread[unbiased] = np.abs(found.mean(axis=0) - whole) / error
    assert spread[True].max() < 4.0
    assert spread[False].max() > 12.0


@engines
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_an_epoch_of_whole_rounds_is_the_gradient_of_all_weighed_examples(engine, loss):
    """Two batches of 3 and 3: twice each of the 3 in the high pool, and once each of the other 6."""
    P, T, weight = examples(9)
    sampling, rate = tw.PrioritySampling(0.5, np.array([0, 3, 8]), unbiased=True), 1e-8
    start = CHAIN.init(1)
    run = tw.train(
        CHAIN, P, T, loss, tw.GradientDescent(rate), batch_size=6, epochs=1, params=start, order=sampling,
        sample_weight=weight, l1=0.1, l2=0.2, dtype="float64", engine=engine,
    )  # fmt: skip
    share = 6 / 9 if loss == "sse" else 1.0  # a sum over a batch of 6 is so much smaller
    whole = CHAIN.ravel(tw.gradient(CHAIN, loss, start, P, T, weight)[1])
    F, penalized = tw.gradient(CHAIN, loss, start, P, T, weight, l1=0.1, l2=0.2)
    expected = share * whole + (CHAIN.ravel(penalized) - whole)
    np.testing.assert_allclose((CHAIN.ravel(start) - vector(run)) / (2 * rate), expected, rtol=1e-5, atol=1e-6)
    if loss == "mse":
        assert run.history.loss[0] == pytest.approx(float(F), rel=1e-6)


def test_penalties_of_a_batch_are_whole_whatever_it_weighs():
    P, T, weight = examples(9)
    start, high = CHAIN.init(1), np.array([0, 3, 8])
    run = tw.train(
        CHAIN, P, T, "mse", tw.GradientDescent(0.5), batch_size=6, epochs=1, params=start, l1=0.1, l2=0.2,
        order=tw.PrioritySampling(0.5, high, unbiased=True), sample_weight=weight, dtype="float64", engine="numpy",
    )  # fmt: skip
    x = CHAIN.ravel(start)
    for k in range(run.updates):
        rows, params = run.step(k + 1).rows, CHAIN.unravel(x)
        own = weight[rows] * np.where(np.isin(rows, high), 2 / 3, 4 / 3)
        share = own.sum() / (6 * weight.mean())
        assert abs(share - 1.0) > 0.01
        plain, penalized = (
            CHAIN.ravel(tw.gradient(CHAIN, "mse", params, P[rows], T[rows], own, **penalties)[1])
            for penalties in ({}, {"l1": 0.1, "l2": 0.2})
        )
        x = x - 0.5 * (share * plain + penalized - plain)
    np.testing.assert_allclose(CHAIN.ravel(run.params), x, rtol=1e-10)


def test_factors_by_hand():
    sampling = tw.PrioritySampling(0.5, np.array([0, 1]), unbiased=True)
    shown = filled(sampling, batch_size=4, count=8)
    np.testing.assert_allclose(shown.factors, [0.5, 0.5, *[1.5] * 6])
    np.testing.assert_allclose(shown.factors[shown.rows(0, 3)].mean(axis=2), 1.0)
    assert filled(tw.PrioritySampling(0.5, HIGH)).factors is None


SAMPLINGS = {
    "by the loss": tw.PrioritySampling(share=0.3, refill_every=3),
    "by the loss, unbiased": tw.PrioritySampling(0.4, share=0.2, refill_every=2, unbiased=True),
    "given rows, unbiased": tw.PrioritySampling(0.6, HIGH, unbiased=True),
    "a given mask": tw.PrioritySampling(0.3, np.isin(np.arange(23), HIGH)),
}
samplings = pytest.mark.parametrize("sampling", SAMPLINGS.values(), ids=SAMPLINGS)


def trained(sampling, engine, **changes):
    how = {"batch_size": 6, "epochs": 11, "optimizer": tw.Adam(0.02), "dtype": "float64", "seed": 5} | changes
    return tw.train(CHAIN, P, T, order=sampling, engine=engine, **how)


@samplings
def test_both_engines_are_the_same_run(sampling):
    one, other = (trained(sampling, engine, sample_weight=WEIGHT) for engine in ("numpy", "xla"))
    np.testing.assert_allclose(vector(one), vector(other), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=1e-9)
    assert np.abs(vector(one) - vector(trained("random", "numpy", sample_weight=WEIGHT))).max() > 1e-3


@bits
@samplings
@engines
def test_a_run_is_the_same_however_it_is_cut_into_segments(sampling, engine, monkeypatch):
    whole = trained(sampling, engine)
    assert_bit_identical(trained(sampling, engine, callbacks=[lambda end: None]), whole)
    monkeypatch.setattr(
        "thalweg.training.loop.plan", lambda first, start, steps, last, budget: plan(first, start, steps, last, 3)
    )
    assert_bit_identical(trained(sampling, engine), whole)


@engines
def test_pools_are_filled_at_the_set_interval_by_the_losses_of_then(engine):
    """Batch by batch as the definition says it, with the parameters that the run had."""
    sampling = tw.PrioritySampling(0.5, share=0.3, refill_every=3, unbiased=True)
    points = [CHAIN.init(5)]
    rule = tw.GradientDescent(0.1)
    trained(sampling, engine, optimizer=rule, callbacks=[lambda end: points.append(end.parameters())])
    pools = []
    for epoch, (before, after) in enumerate(pairwise(points)):
        if epoch % 3 == 0:
            errors = ((tw.forward(CHAIN, before, P).output - T) ** 2).sum(axis=1)
            high = np.isin(np.arange(23), np.argsort(-errors)[:7])
            pools.append(tuple(np.flatnonzero(high)))
        rows = make_batch_order(23, 6, tw.PrioritySampling(0.5, high), 5).refilled(None).rows(epoch, 1)[0]
        factors = np.where(high, (7 / 23) / 0.5, (16 / 23) / 0.5)
        x = CHAIN.ravel(before)
        for batch in rows:
            _, g = tw.gradient(CHAIN, "mse", CHAIN.unravel(x), P[batch], T[batch], factors[batch])
            x = x - 0.1 * CHAIN.ravel(g)
        np.testing.assert_allclose(CHAIN.ravel(after), x, rtol=1e-9, atol=1e-12)
    assert len(pools) == 4
    assert len(set(pools)) > 1


@bits
@pytest.mark.parametrize("engine", ["numpy", pytest.param("xla", marks=pytest.mark.thorough)])
def test_rows_of_a_pool_are_counted_before_examples_of_weight_0_are_left_out(engine):
    weight = np.where(np.arange(23) % 4 == 0, 0.0, WEIGHT)
    kept = np.flatnonzero(weight)
    run = trained(tw.PrioritySampling(0.5, HIGH), engine, sample_weight=weight)
    again = tw.train(
        CHAIN, P[kept], T[kept], order=tw.PrioritySampling(0.5, np.flatnonzero(np.isin(kept, HIGH))), engine=engine,
        sample_weight=weight[kept], batch_size=6, epochs=11, optimizer=tw.Adam(0.02), dtype="float64", seed=5,
    )  # fmt: skip
    assert_bit_identical(run, again)


@bits
def test_large_sets_are_judged_in_parts(monkeypatch):
    whole = trained(SAMPLINGS["by the loss"], "numpy")
    monkeypatch.setattr("thalweg.training.engine._ROWS_AT_ONCE", 7)
    assert_bit_identical(trained(SAMPLINGS["by the loss"], "numpy"), whole)
    xla = trained(SAMPLINGS["by the loss"], "xla")
    np.testing.assert_allclose(vector(xla), vector(whole), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tw.PrioritySampling(portion=1.0), r"portion is 1\.0; it must be between 0 and 1"),
        (lambda: tw.PrioritySampling(share=0.0), r"share is 0\.0; it must be between 0 and 1"),
        (lambda: tw.PrioritySampling(refill_every=0), "refill_every is 0"),
        (lambda: tw.PrioritySampling(refill_every=2.5), r"refill_every is 2\.5"),
        (lambda: trained(tw.PrioritySampling(0.05), "numpy"), r"a portion of 0\.05 of a batch of 6 is 0"),
        (lambda: trained(tw.PrioritySampling(0.95), "numpy"), r"a portion of 0\.95 of a batch of 6 is 6"),
        (lambda: trained(tw.PrioritySampling(), "numpy", batch_size=1), "batch of 1"),
        (lambda: trained(tw.PrioritySampling(high=[3, 23]), "numpy"), "row numbers from 0 to 22"),
        (lambda: trained(tw.PrioritySampling(high=[0.5]), "numpy"), "row numbers from 0 to 22"),
        (lambda: trained(tw.PrioritySampling(high=np.ones(5, bool)), "numpy"), r"shape \(5,\)"),
        (lambda: trained(tw.PrioritySampling(high=np.ones(23, bool)), "numpy"), "all of the 23"),
        (lambda: trained(tw.PrioritySampling(high=np.array([], int)), "numpy"), "none of the 23"),
        (lambda: trained("priority", "numpy"), "unknown order 'priority'"),
        (lambda: tw.train_many(CHAIN, P, T, order=tw.PrioritySampling(), batch_size=6, seed=[1, 2]), "tw.train"),
        (lambda: trained(tw.PrioritySampling(), "numpy", optimizer="lm", batch_size="all"), "every example once"),
        (lambda: trained("random", "numpy", optimizer="lm", batch_size="all"), "every example once"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(tw.ArgumentError, match=message):
        make()
