"""Steps of real runs: the step that is read is the step that trained."""

import numpy as np
import optax
import pytest
from training.training_cases import CHAIN, examples

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

P = np.random.default_rng(0).normal(size=(23, 3))
T = np.tanh(P @ np.array([[0.5], [-1.0], [0.3]]))


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        *((name, "numpy") for name in sorted(RULES)),
        *(  # whose replay is tried in training/test_replay.py
            pytest.param(name, "xla", marks=[pytest.mark.thorough, pytest.mark.compiled_as_for_users])
            for name in ("adam", "lm", "rprop", "br", "bfgs")
        ),
    ],
)
def test_the_step_leads_from_one_update_to_the_next(name, engine):
    batch_size = "all" if issubclass(RULES[name], FullBatchRule) else 8
    options = {"optimizer": name, "batch_size": batch_size, "epochs": 4, "l2": 0.01, "engine": engine}
    if engine == "xla":  # by the programs that the rules are replayed by
        net, options["dtype"] = CHAIN, "float64"
        run = tw.train(net, *examples()[:2], **options)
    else:
        net = tw.cascade(3, 4, 2, 1)
        run = tw.train(net, P, T, **options)
    k = max(1, run.updates - 1)
    step, last = run.step(k), run.step(run.updates)
    exact = (
        {"rtol": 2e-5, "atol": 2e-6} if step.params["layer1"].bias.dtype == np.float32 else {"rtol": 1e-6, "atol": 1e-8}
    )
    if k < run.updates:
        np.testing.assert_allclose(net.ravel(step.new_params), net.ravel(last.params), **exact)
    assert step.number == k
    np.testing.assert_allclose(net.ravel(last.new_params), net.ravel(run.params), **exact)
    assert "to the bit" in last.notes[1]
    assert str(step.number) in step.show(weight="layer1[0,0]")


def test_dropout_schedules_and_weights_are_those_of_the_run():
    net = tw.mlp(3, 4, 1, dropout=0.4)
    rule = tw.Momentum(tw.schedules.InverseTime(0.1, 20), 0.8)
    weight = np.linspace(0.5, 2.0, len(P))
    for engine in ("numpy", "xla"):
        run = tw.train(net, P, T, optimizer=rule, batch_size=6, epochs=5, sample_weight=weight, engine=engine)
        last = run.step(run.updates)
        np.testing.assert_allclose(net.ravel(last.new_params), net.ravel(run.params), rtol=1e-5, atol=1e-6)
        assert last.rule.learning_rate == pytest.approx(rule.learning_rate(run.updates - 1))
        np.testing.assert_allclose(last.weight, weight[last.rows], rtol=1e-6)
        kept = last.masks["layer1"]
        assert set(np.unique(kept)) <= {0.0, kept.max()}


@pytest.mark.thorough  # one of a line search is opened in optimizers/test_optax_list.py
def test_a_rule_of_optax():
    net = tw.mlp(3, 4, 1)
    run = tw.train(net, P, T, optimizer=optax.adam(0.05), batch_size=8, epochs=3)
    last = run.step(run.updates)
    np.testing.assert_allclose(net.ravel(last.new_params), net.ravel(run.params), rtol=1e-5, atol=1e-6)
    assert "Weight update" in last.show()


def test_a_run_of_many_can_be_opened():
    runs = tw.train_many(tw.mlp(3, 4, 1), P, T, optimizer="adam", epochs=5, batch_size="all", seed=range(3))
    for run in runs:
        last = run.step(5)
        np.testing.assert_allclose(
            run.network.ravel(last.new_params), run.network.ravel(run.params), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("k", [0, 21, 1.5, True])
def test_a_step_that_is_none_is_told(k):
    run = tw.train(tw.mlp(3, 4, 1), P, T, epochs=20, batch_size="all", engine="numpy")
    with pytest.raises(tw.ArgumentError, match="step") as caught:
        run.step(k)
    assert "20" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("engine", "unbiased"), [("numpy", True), ("numpy", False), ("xla", True)])
def test_priority_sampling_reweighted_or_not(engine, unbiased):
    net = tw.mlp(3, 4, 1)
    order = tw.PrioritySampling(unbiased=unbiased)
    weight = np.linspace(0.5, 2.0, len(P))
    run = tw.train(
        net, P, T, optimizer="gd", batch_size=6, epochs=5, order=order, sample_weight=weight, l2=0.01, engine=engine
    )
    last = run.step(run.updates)
    np.testing.assert_allclose(net.ravel(last.new_params), net.ravel(run.params), rtol=1e-5, atol=1e-6)
    assert "Weight update" in last.show()
