"""What a run that diverged is told of the learning rate, and that it costs little."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.curvature import hessian
from thalweg.training import advice
from thalweg.training.options import TrainingOptions
from thalweg.training.recipe import make_recipe

RNG = np.random.default_rng(0)
P = RNG.normal(size=(60, 3))
T = P @ RNG.normal(size=(3, 1))
NET = tw.mlp(3, 1)
NUMBER = r"(\d[\d.e+-]*\d|\d)"


def told(**options):
    arguments = {"loss": "mse", "optimizer": tw.GradientDescent(9.0), "batch_size": "all", "epochs": 2000, **options}
    run = tw.train(NET, P, T, **arguments)
    assert run.stopped_because == "diverged"
    assert "\n" not in run.explanation
    return run


def lambda_max(loss="mse", l2=0.0):
    return np.linalg.eigvalsh(hessian(NET, tw.losses.LOSSES.get(loss), NET.init(0), {"input": P}, T, l2=l2 or None))[-1]


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize(
    ("rule", "factor", "formula"),
    [
        (tw.GradientDescent(9.0), 2.0, "2/λ_max"),
        (tw.Momentum(9.0, 0.5), 3.0, "2(1+α)/λ_max"),
        (tw.Nesterov(9.0, 0.5), 1.5, "2(1+α)/((1+2α)λ_max)"),
    ],
)
def test_the_numbers_are_those_of_the_hessian(engine, rule, factor, formula):
    text = told(optimizer=rule, engine=engine).explanation
    found = re.search(rf" is {re.escape(formula)} = {NUMBER}/{NUMBER} = {NUMBER}; it was {NUMBER}$", text)
    assert found, text
    values = [float(value) for value in found.groups()]
    np.testing.assert_allclose(values, [factor, lambda_max(), factor / lambda_max(), 9.0], rtol=5e-3)
    assert "smaller learning rate" in text


def test_the_penalty_is_part_of_the_curvature():
    text = told(l2=50.0).explanation
    np.testing.assert_allclose(float(re.search(rf"2/{NUMBER} =", text)[1]), lambda_max(l2=50.0), rtol=1e-3)


@pytest.mark.parametrize(("batch_size", "share"), [("all", 1.0), (20, 1 / 3)])
def test_of_a_sum_an_update_sees_the_examples_of_its_batch(batch_size, share):
    text = told(loss="sse", batch_size=batch_size).explanation
    np.testing.assert_allclose(float(re.search(rf"2/{NUMBER} =", text)[1]), share * lambda_max("sse"), rtol=1e-3)


def test_a_rate_below_the_bound_diverges_where_the_curvature_grows():
    """F = (w₁w₂w₃ - 10)²: 2/λ_max is 0.1 at the start, and 0.016 at the flattest minimum."""
    layers = [tw.Layer(name, 1, bias=False) for name in "abc"]
    net = tw.Network({"p": 1}, layers)
    start = net.unravel(np.full(3, 0.5))
    options = {"params": start, "batch_size": 1, "epochs": 1, "dtype": "float64"}
    P, T, rule = np.ones((50, 1)), np.full((50, 1), 10.0), tw.GradientDescent(0.09)
    run = tw.train(net, P, T, "mse", rule, **options)
    assert run.stopped_because == "diverged"
    told = "; it was 0.09, and the curvature grew on the way"
    assert run.explanation.endswith(f"{told}, or is larger in some batches")
    recipe = make_recipe(net, P, T, TrainingOptions("mse", rule, **{**options, "batch_size": "all"}))
    assert advice.stable_rate_advice(recipe, start).endswith(told)


@pytest.mark.parametrize("rule", [tw.Adam(1e30), tw.RMSProp(1e30)])
def test_a_rule_without_a_bound_is_told_no_number(rule):
    net = tw.mlp(3, 3, 1)
    run = tw.train(net, P, T, "sse", rule, epochs=50)
    assert run.stopped_because == "diverged"
    assert run.explanation.endswith("Try a smaller learning rate")


def test_a_schedule_is_told_the_bound_alone():
    text = told(optimizer=tw.GradientDescent(lambda k: 9.0)).explanation
    assert re.search(rf"2/λ_max = 2/{NUMBER} = {NUMBER}$", text), text


def test_many_runs_at_once_are_not_each_looked_at(monkeypatch):
    monkeypatch.setattr(advice, "find_spectrum", lambda *_, **__: pytest.fail("λ_max was sought"))
    (run,) = tw.train_many(NET, P, T, "mse", [tw.GradientDescent(9.0)], "all", epochs=2000)
    assert run.stopped_because == "diverged"
    assert "smaller learning rate" in run.explanation


def test_a_large_network_is_looked_at_over_some_examples(monkeypatch):
    monkeypatch.setattr(advice, "_OPERATIONS", 6 * advice._PRODUCTS * NET.parameter_count * 40)
    text = told().explanation
    assert " (over 40 examples); it was 9" in text
    assert 0.5 * lambda_max() < float(re.search(rf"2/{NUMBER} =", text)[1]) < 2 * lambda_max()
    monkeypatch.setattr(advice, "_OPERATIONS", 1.0)
    assert told().explanation.endswith("Try a smaller learning rate")


def test_of_very_many_examples_some_are_looked_at():
    P = np.random.default_rng(0).normal(size=(1 << 17, 1))
    recipe = make_recipe(tw.mlp(1, 1), P, P, TrainingOptions("mse", "gd"))
    text = advice.stable_rate_advice(recipe, recipe.params)
    assert " (over 65536 examples)" in text
    np.testing.assert_allclose(float(re.search(rf"2/{NUMBER} =", text)[1]), 2 * (P**2).mean(), rtol=0.02)


@pytest.mark.parametrize("sizes", [(3, 1), (300, 300, 300, 1), (1000, 4000, 10)])
def test_it_costs_little(sizes, monkeypatch):
    seen = []

    def record(net, loss, params, examples, question, *, most_products, engine, **_):
        seen.append(12 * most_products * net.parameter_count * len(examples.T))
        assert engine == "numpy"
        return SimpleNamespace(lambda_max=1.0)

    monkeypatch.setattr(advice, "find_spectrum", record)
    net = tw.mlp(*sizes)
    P = np.zeros((2000, sizes[0]))
    recipe = make_recipe(net, P, np.zeros((2000, sizes[-1])), TrainingOptions("mse", "gd"))
    advice.stable_rate_advice(recipe, recipe.params)
    assert all(0 < operations <= 1e10 for operations in seen)
    assert len(seen) == (net.parameter_count < 1e6)


def test_penalties_that_are_shared_count_by_their_share():
    l2 = 600.0
    run = told(l2=l2, shares_penalties=True)
    whole = lambda_max(l2=l2 / len(P))
    (found,) = re.findall(rf"2/λ_max = 2/{NUMBER}", run.explanation)
    assert float(found) == pytest.approx(whole, rel=2e-3)
