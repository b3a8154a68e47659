"""What is plain of a run, beside scikit-learn's dummies; hidden units that are copies, by comparing every pair."""

import dataclasses

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import r2_score

import thalweg as tw
from thalweg.training.examples import Examples
from thalweg.training.outcome import Outcome, copies, no_better, plain, settled

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (200, 3))
INPUTS = np.random.default_rng(0).normal(size=(30, 2))
SINE = INPUTS, np.sin(INPUTS[:, :1])


def kinds(run):
    return [finding.kind for finding in run.findings]


def outcome(net, params, P, T, weight=None):
    return Outcome.of(net, params, Examples({"input": P}, T, weight))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_share_explained_is_r2(weighted):
    net, T = tw.mlp(3, 4, 2), RNG.normal(size=(200, 2)) * [1.0, 3.0]
    weight = RNG.uniform(0.5, 2.0, 200) if weighted else None
    found = outcome(net, net.init(0), X, T, weight)
    expected = r2_score(T, found.passed.output, sample_weight=weight, multioutput="variance_weighted")
    assert found.explained == pytest.approx(expected)
    dummy = DummyRegressor().fit(X, T, sample_weight=weight)
    np.testing.assert_allclose(found.mean, np.ravel(dummy.constant_))


def test_what_is_told_of_targets_is_that_of_those_that_count():
    """Of three outputs one has no target: against each column without what is missing."""
    T, counts = 5.0 + RNG.normal(size=(200, 3)), RNG.uniform(size=(200, 3)) < [0.5, 0.8, 0.0]
    found = outcome(tw.mlp(3, 3), tw.mlp(3, 3).init(0), X, np.where(counts, T, -99.0), np.where(counts, 0.7, 0.0))
    columns = [T[counts[:, k], k] for k in range(2)]
    np.testing.assert_allclose(found.spans, [*map(np.ptp, columns), 0.0])
    np.testing.assert_allclose(found.mean, [*map(np.mean, columns), 0.0])
    np.testing.assert_allclose(found.deviation(axis=0), [*map(np.std, columns), 0.0])
    together = np.concatenate([column - column.mean() for column in columns])
    np.testing.assert_allclose(found.deviation(), np.sqrt(np.mean(together**2)))


def test_the_commonest_class_is_that_of_the_greatest_weight():
    """Nine of ten rows are 0, and weigh a tenth of the one that is 1: saying 1 for every row is the constant answer."""
    T = (np.arange(200) % 10 == 0).astype(float)[:, None]
    weight, net = np.where(T[:, 0] == 1, 90.0, 1.0), tw.mlp(3, 1, output="sigmoid")
    P, params = T * [1.0, 0.0, 0.0], net.unravel(np.array([2.0, 0.0, 0.0, 0.5]))
    found = outcome(net, params, P, T, weight)
    dummy = DummyClassifier(strategy="most_frequent").fit(P, T.ravel(), weight)
    np.testing.assert_allclose(found.shares(found.chosen(T)), dummy.class_prior_)
    assert [one.text for one in no_better(found)] == [
        "predicts 1 for every example: no better than always saying 1 (90.9 %)"
    ]


@pytest.mark.parametrize(
    ("net", "p", "t", "options"),
    [
        (tw.mlp(2, 1, output="sigmoid"), *XOR, {}),
        (tw.mlp(2, 8, 1, hidden="linear", output="sigmoid"), *XOR, {}),
        (tw.mlp(3, 8, 1), X, X[:, :1], {"l2": 1.0}),
    ],
)
def test_no_better_than_the_mean(net, p, t, options, caplog):
    """Field 08-no-better-than-a-constant."""
    run = tw.train(net, p, t, epochs=300, **options)
    assert kinds(run) == ["no better than a constant"]
    assert "no better than always saying the mean (R² 0.00" in run.findings[0].text
    assert [record.getMessage() for record in caplog.records] == [str(run.findings[0])]


def test_no_better_than_the_commonest_class():
    """Field 08-no-better-than-a-constant: the probabilities tell something, the classes nothing."""
    P = RNG.normal(size=(1000, 2))
    T = (RNG.uniform(size=(1000, 1)) < 0.15 / (1 + np.exp(-4 * P[:, :1]))).astype(float)
    run = tw.train(tw.mlp(2, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.01), epochs=100)
    share = DummyClassifier(strategy="most_frequent").fit(P, T.ravel()).score(P, T.ravel())
    assert run.findings[0].text == (
        f"predicts 0 for every example: no better than always saying 0 ({100 * share:.1f} %)"
    )


def test_what_learns_is_told_nothing(caplog):
    net = tw.mlp(2, 4, 1, output="sigmoid")
    assert tw.train(net, *XOR, optimizer=tw.Adam(0.05), epochs=500).findings == ()
    assert tw.train(tw.mlp(3, 8, 1), X, X[:, :1], optimizer=tw.Adam(0.01), epochs=100).findings == ()
    assert caplog.records == []


def test_what_has_not_settled_is_told_nothing():
    assert tw.train(tw.mlp(3, 8, 1), X, X[:, :1], epochs=5).findings == ()
    assert tw.train(tw.mlp(3, 8, 1), X, 0 * X[:, :1] + 2, epochs=300).findings == (), "the targets are all the same"
    assert not settled(0.9 ** np.arange(100.0))
    assert settled(1 + 0.9 ** np.arange(100.0))


def test_a_dead_output():
    """Field 13-dead-or-constant-output."""
    net = tw.mlp(2, 2, 1, hidden="relu", output="relu")
    run = tw.train(net, *XOR, loss="mse", optimizer=tw.GradientDescent(0.3), epochs=1000, batch_size=1)
    assert kinds(run) == ["dead output"]
    assert "the output unit is dead: its net input is negative for every example" in run.findings[0].text
    assert run.findings[0].remedy == "a sigmoid or linear output"


def test_one_dead_output_of_three():
    net = tw.mlp(3, 3, output="relu")
    params = net.init(0)
    params["layer1"].bias[:] = [5.0, -50.0, 5.0]
    (found,) = plain(outcome(net, params, X, 5 + X), params)
    assert found.text == "1 of 3 output units is dead: its net input is negative for every example"
    assert found.remedy == "a linear output"


def test_an_output_that_never_varies():
    net, T = tw.mlp(3, 2), X[:, :2]
    params = net.init(0)
    params["layer1"].weights["input"][:] = [[1, 0, 0], [0, 0, 0]]
    (found,) = plain(outcome(net, params, X, T), params)
    assert found.text == "output 1 of 2, counted from 0, never varies"


def test_targets_out_of_reach_are_told_alone(caplog):
    """Field 06-output-cannot-reach-targets."""
    run = tw.train(tw.mlp(3, 8, 1, output="sigmoid"), X, 25 + 20 * X[:, :1], loss="mse", epochs=1)
    assert kinds(run) == ["out of reach"]
    assert len(caplog.records) == 1


def test_a_run_that_diverged_or_has_no_examples_is_told_nothing():
    net = tw.mlp(3, 1)
    assert tw.train(net, X, X[:, :1], optimizer=tw.GradientDescent(1e6), epochs=200).findings == ()
    run = tw.train(tw.mlp(2, 1, output="sigmoid"), *XOR, epochs=300)
    assert dataclasses.replace(run, recipe=None).findings == ()


def test_of_many_examples_all_are_asked_before_it_is_said_of_every_one():
    """Of the first glance's few none is of the rare class; the whole has some that are found."""
    P = np.linspace(-1, 1, 5000)[:, None]
    T = np.zeros_like(P)
    T[1:13:2] = 1.0
    net = tw.mlp(1, 1, output="sigmoid")
    params = net.unravel(np.array([-1e5, -1e5 * 0.9955]))
    run = tw.train(net, P, T, params=params, optimizer=tw.GradientDescent(1e-12), epochs=60, dtype="float64")
    assert run.predict(P).max() > 0.9
    assert "predicts 0 for every example" not in str(run.findings)


def by_pairs(net, params, layer):
    """How many units of a layer have the same weights to and from all others as another one."""
    rows = [*params[layer].weights.values(), params[layer].bias[:, None]]
    rows += [params[fed].weights[layer].T for fed in net.fed_by[layer]]
    table = np.hstack(rows)
    return sum(any(i != j and (a == b).all() for j, b in enumerate(table)) for i, a in enumerate(table))


@pytest.mark.parametrize("net", [tw.mlp(2, 6, 5, 1), tw.cascade(2, 6, 5, 1)])
def test_copies_are_counted(net):
    params = net.init(3)
    assert copies(net, params) == {}
    for unit in (4, 5):
        for weights in params["layer1"].weights.values():
            weights[unit] = weights[0]
        params["layer1"].bias[unit] = params["layer1"].bias[0]
        for fed in net.fed_by["layer1"]:
            params[fed].weights["layer1"][:, unit] = params[fed].weights["layer1"][:, 0]
    assert copies(net, params) == {"layer1": by_pairs(net, params, "layer1")} == {"layer1": 3}
    params["layer2"].weights["layer1"][0, 4] += 0.1
    assert copies(net, params) == {"layer1": by_pairs(net, params, "layer1")} == {"layer1": 2}


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_equal_initial_weights_stay_copies(engine, caplog):
    net = tw.mlp(2, 4, 1)
    ones = net.unravel(np.full(net.parameter_count, 0.3))
    run = tw.train(net, *SINE, params=ones, epochs=60, engine=engine)
    (found,) = run.findings
    assert found.kind == "copies"
    assert found.text.startswith("4 of 4 units of layer1 are copies of each other")
    assert [record.getMessage() for record in caplog.records] == [str(found)]


def test_copies_that_part_or_that_a_penalty_made_are_told_nothing():
    net = tw.mlp(2, 4, 1, dropout=0.5)
    ones = net.unravel(np.full(net.parameter_count, 0.3))
    assert "copies" not in [one.kind for one in tw.train(net, *SINE, params=ones, epochs=60).findings]
    sparse = tw.train(tw.mlp(2, 30, 1), *SINE, l1=0.05, optimizer=tw.Adam(0.01), epochs=300)
    assert "copies" not in [one.kind for one in sparse.findings]
