"""Every row of the table trains on the command line; every rule that sees all examples, on both graphs and engines."""

import numpy as np
import pytest
from command_line import DATA, ok
from command_line import run as run_command
from descent_cases import RULES as QUASI_NEWTON
from second_order import GRAPHS, examples

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

FULL_BATCH = [name for name in RULES if issubclass(RULES[name], FullBatchRule)]
SECOND_ORDER = [name for name in FULL_BATCH if name not in QUASI_NEWTON]
"""Those whose two engines are not compared in test_quasi_newton.py."""
REPORTED = ("adam", "gdx", "lm", "scg")
every = pytest.mark.parametrize("name", RULES)
every_full_batch = pytest.mark.parametrize("name", FULL_BATCH)
without_shape_checks = pytest.mark.usefixtures("unchecked_shapes")


def weighed(name, net):
    """Ten of thirty examples count twice, with a penalty; how, and the run of eight epochs on NumPy."""
    P, T, _ = examples(net, 30)
    how = {"optimizer": name, "epochs": 8, "l2": 0.01}
    twice = np.where(np.arange(30) < 10, 2.0, 1.0)
    return P, T, twice, how, tw.train(net, P, T, sample_weight=twice, engine="numpy", **how)


@pytest.mark.parametrize("name", SECOND_ORDER)
@without_shape_checks
def test_a_weight_of_two_with_a_penalty_is_a_row_given_twice(name):
    net = GRAPHS["chain"]
    P, T, _, how, run = weighed(name, net)
    given = tw.train(net, np.r_[P, P[:10]], np.r_[T, T[:10]], engine="numpy", **how)
    np.testing.assert_allclose(given.history.loss, run.history.loss, rtol=1e-7)
    assert run.history.loss[-1] < run.history.loss[0]


@pytest.mark.parametrize(
    ("name", "net"), [*((name, GRAPHS["chain"]) for name in SECOND_ORDER), ("lm", GRAPHS["shortcuts"])]
)
@pytest.mark.thorough  # the engines are compared in the tests of each rule
@without_shape_checks
def test_on_both_engines_with_weights_and_a_penalty(name, net):
    P, T, twice, how, run = weighed(name, net)
    compiled = tw.train(net, P, T, sample_weight=twice, engine="xla", **how)
    np.testing.assert_allclose(compiled.history.loss, run.history.loss, rtol=1e-7)
    np.testing.assert_allclose(net.ravel(compiled.params), net.ravel(run.params), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", SECOND_ORDER)
@without_shape_checks
def test_float32_is_kept(name):
    net = GRAPHS["shortcuts"]
    P, T, _ = examples(net, 30)
    run = tw.train(net, P, T, optimizer=name, epochs=40, dtype="float32", engine="numpy")
    assert net.ravel(run.params).dtype == np.float32
    assert np.isfinite(run.history.loss).all()
    assert run.history.loss[-1] < 0.5 * run.history.loss[0]


@every_full_batch
@pytest.mark.parametrize(
    ("net", "options", "told"),
    [
        (tw.mlp(2, 3, 1), {"batch_size": 8}, "needs all examples in each update, not batch_size=8: use 'all', or adam"),
        (tw.mlp(2, 3, 1), {"order": "random"}, "every example once in each update: use order='shuffle', or adam"),
        (tw.mlp(2, 3, 1, dropout=0.5), {}, "needs the same network in each update: train without dropout, or use adam"),
        (tw.mlp(2, 3, 1), {"l1": 0.1}, "needs a smooth loss: use l2 instead of l1, or use adam"),
        (tw.mlp(2, 300, 200, 1), {}, "parameters of this network, more than 4 GiB: use lbfgs, scg or adam"),
        (tw.mlp(2, 3, 1, output="sigmoid"), {}, "needs a sum of squares, not cross_entropy: use mse, or gauss_newton"),
        (tw.mlp(2, 3, 1), {"loss": "mae"}, "needs a sum of squares, not mae: use mse, or bfgs, rprop or adam for this"),
    ],
    ids=["batches", "order", "dropout", "l1", "size", "cross-entropy", "mae"],
)
def test_where_it_cannot_go_a_line_names_the_rule_that_can(name, net, options, told):
    rule = RULES[name]
    if ("GiB" in told and not rule.matrices) or ("squares" in told and not rule.needs_squares):
        pytest.skip("it goes there")
    P = np.linspace(-1, 1, 24).reshape(12, 2)
    with pytest.raises(tw.ArgumentError) as error:
        tw.train(net, P, (P[:, :1] > 0) * 1.0, optimizer=name, **options)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@every_full_batch
def test_a_batch_size_that_is_all_examples_is_all(name):
    P, T, _ = examples(tw.mlp(2, 2, 1), 12)
    runs = [tw.train(tw.mlp(2, 2, 1), P, T, optimizer=name, epochs=2, batch_size=size) for size in (12, "all", None)]
    for other in runs[1:]:
        np.testing.assert_array_equal(other.history.loss, runs[0].history.loss)


@every
@pytest.mark.usefixtures("unchecked_shapes", "unwritten_figures")
def test_on_the_command_line(name, tmp_path, monkeypatch):
    """One rule of each kind with its report; of the others the report is made and not written out."""
    if name not in REPORTED:
        monkeypatch.setattr("thalweg.reports.report.render_report", lambda report: "")
    options = ["--target", "progression", "--optimizer", name, "--hidden", "3", "--epochs", "4"]
    model = tmp_path / "model.thalweg"
    whole = ["train", DATA / "diabetes.csv", *options, "--output", model]
    batches = [*whole, "--batch-size", "16"]
    if name == "lm":
        refused = run_command(*batches)
        assert refused.status == 1, refused
        assert not model.exists()
    ok(*(whole if name in FULL_BATCH else batches))
    assert tw.load(model).dtype == ("float64" if name in FULL_BATCH else "float32")


def test_every_loss_is_named_where_it_does_not_fit():
    P = np.linspace(-1, 1, 24).reshape(12, 2)
    for name, loss in LOSSES.items():
        if not loss.squares:
            net = tw.mlp(2, 3, 1, output="sigmoid" if loss.probabilities else "linear")
            with pytest.raises(tw.ArgumentError, match=f"LevenbergMarquardt needs a sum of squares, not {name}: use"):
                tw.train(net, P, (P[:, :1] > 0) * 1.0, name, optimizer="lm")


@every
@without_shape_checks
def test_a_rule_counts_its_updates(name):
    """A schedule of a number of the rule, and a replay, go by the count."""
    net = GRAPHS["chain"]
    P, T, _ = examples(net, 20)
    assert RULES[name]().init(net.ravel(net.init(0))).step == 0
    run = tw.train(net, P, T, optimizer=name, batch_size="all", epochs=3, engine="numpy", dtype="float64")
    assert int(run.state.step) == run.updates == run.epochs == 3
