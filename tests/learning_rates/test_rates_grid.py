"""The grid of learning rates and momenta: each cell is a run, and the recommendation follows from the cells."""

import json
import logging

import numpy as np
import pytest

import thalweg as tw
from thalweg.learning_rates.rates_grid import _best, _bounced, _default_rates, _near, _reason
from thalweg.training.interruption import Interruption

RNG = np.random.default_rng(0)
P = RNG.normal(size=(60, 3))
T = np.tanh(P @ RNG.normal(size=(3, 1))) + 0.05 * RNG.normal(size=(60, 1))
NET = tw.mlp(3, 5, 1)
RATES, MOMENTA = [0.01, 0.1, 1e30], [0.0, 0.9]
TRAIN, VALIDATION = (P[:40], T[:40]), (P[40:], T[40:])


def grid(**options):
    return tw.rates_grid(
        NET, *TRAIN, **{"learning_rates": RATES, "momenta": MOMENTA, "epochs": 12, "dtype": "float64", **options}
    )


CASES = {
    "all examples, nesterov": {"optimizer": "nesterov", "batch_size": "all"},
    "penalties, order, seed": {"l1": 0.001, "l2": 0.01, "order": "sequential", "seed": 3},
    "a start, patience": {"params": NET.init(9, "uniform"), "patience": 3, "validation": VALIDATION},
    "sum of squares": {"loss": "sse", "batch_size": 8, "learning_rates": [0.001, 0.01, 1e30]},
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.thorough if case == "sum of squares" else []) for case in CASES],
)
def test_a_cell_is_the_run_with_its_numbers(case):
    options = CASES[case]
    found = grid(**options)
    kind = tw.Nesterov if options.get("optimizer") == "nesterov" else tw.Momentum
    own = {name: value for name, value in options.items() if name not in ("optimizer", "learning_rates")}
    assert found.errors.shape == found.epochs.shape == (2, 3)
    for row, momentum in enumerate(MOMENTA):
        for column, rate in enumerate(options.get("learning_rates", RATES)):
            run = tw.train(NET, *TRAIN, optimizer=kind(rate, momentum), epochs=12, engine="xla", dtype="float64", **own)
            assert found.diverged[row, column] == (run.stopped_because == "diverged")
            if found.diverged[row, column]:
                continue
            if "validation" in options:
                assert found.epochs[row, column] == run.best_epoch
                expected = run.history.validation_loss.min()
            else:
                assert found.epochs[row, column] == run.epochs
                expected = run.history.loss[-1]
            np.testing.assert_allclose(found.errors[row, column], expected, rtol=1e-8)
    assert found.watched == ("validation loss" if "validation" in options else "training loss")
    assert found.diverged.tolist() == [[False, False, True]] * 2


def test_too_low_crawls_and_too_high_bounces(reference):
    text = reference("nnd_quadratic")["eq_3_15"]
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    P, T = np.array(text["inputs"], float), np.array(text["targets"], float)[:, None]
    x, rates = np.array([-1.0, -2.95]), [0.001, 0.05, 0.1, 0.11]
    found = tw.rates_grid(net, P, T, "sse", "gd", "all", 60, net.unravel(x), learning_rates=rates, dtype="float64")
    F = tw.quadratic(net, "sse", P, T)
    expected = [F.value(F.gradient_descent(x, rate, 59)[-1]) for rate in rates]
    np.testing.assert_allclose(found.errors[0], expected, rtol=1e-9, atol=1e-12)
    crawls, falls, swings, climbs = found.errors[0]
    assert falls < 1e-9
    assert 1 < crawls < swings < found.error_at_start < climbs
    assert found.bounced.tolist() == [[False, False, False, True]]
    np.testing.assert_allclose(found.stable_rate, text["max_stable_learning_rate"], rtol=1e-6)
    assert found.recommended == tw.GradientDescent(0.05)


def test_the_error_at_the_start_is_that_of_the_first_update():
    found = grid(l1=0.1, l2=0.2, batch_size="all")
    run = tw.train(NET, *TRAIN, l1=0.1, l2=0.2, batch_size="all", epochs=1, dtype="float64")
    np.testing.assert_allclose(found.error_at_start, run.history.loss[0], rtol=1e-12)
    watched = grid(l2=0.2, validation=VALIDATION)
    np.testing.assert_allclose(watched.error_at_start, tw.gradient(NET, "mse", NET.init(0), *VALIDATION)[0])


@pytest.mark.parametrize(
    ("optimizer", "factors", "loss", "batch_size", "share"),
    [
        ("momentum", [2.0, 3.8], "mse", None, 1.0),
        ("momentum", [2.0, 3.8], "sse", 10, 0.25),
        ("nesterov", [2.0, 3.8 / 2.8], "sse", "all", 1.0),
    ],
)
def test_the_curvature_is_that_of_an_update(optimizer, factors, loss, batch_size, share):
    found = grid(optimizer=optimizer, loss=loss, batch_size=batch_size)
    spectrum = tw.curvature_spectrum(NET, loss, NET.init(0), *TRAIN, smallest=0, tolerance=1e-6)
    np.testing.assert_allclose(found.lambda_max, share * spectrum.lambda_max, rtol=1e-5)
    np.testing.assert_allclose(found.stable_rate, np.array(factors) / found.lambda_max)


def test_cells_that_are_interrupted_before_an_epoch_have_the_error_of_the_start(monkeypatch):
    monkeypatch.setattr(Interruption, "pressed", lambda self: True)
    found = grid(validation=VALIDATION)
    at_start = np.mean((tw.forward(NET, NET.init(0, dtype="float64"), VALIDATION[0]).output - VALIDATION[1]) ** 2)
    assert found.interrupted
    np.testing.assert_allclose(found.errors, at_start)
    assert found.error_at_start == pytest.approx(at_start)


def test_examples_of_weight_0_are_in_no_update():
    weight = np.repeat([1.0, 0.0], 20)
    found = grid(loss="sse", batch_size=10, l2=0.3, sample_weight=weight)
    alone = tw.rates_grid(
        NET, P[:20], T[:20], "sse", batch_size=10, l2=0.3, learning_rates=RATES, momenta=MOMENTA, epochs=12,
        dtype="float64",
    )  # fmt: skip
    np.testing.assert_allclose(found.lambda_max, alone.lambda_max)
    np.testing.assert_allclose(found.errors, alone.errors, rtol=1e-9)


def test_a_validation_set_may_be_a_list():
    np.testing.assert_array_equal(grid(validation=list(VALIDATION)).errors, grid(validation=VALIDATION).errors)


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_a_rule_without_momentum_has_one_row(optimizer):
    found = tw.rates_grid(NET, *TRAIN, optimizer=optimizer, epochs=10)
    assert found.momenta is None
    assert found.errors.shape == (1, len(found.learning_rates))
    assert (found.stable_rate is None) == (optimizer != "gd")
    assert found.options.startswith(f"--optimizer {optimizer} --learning-rate ")
    assert "momentum" not in found.options + found.reason
    assert len(found.learning_rates) >= 8


def test_the_recommended_rule_reaches_what_it_says():
    found = tw.rates_grid(NET, *TRAIN, epochs=20, validation=VALIDATION)
    run = tw.train(NET, *TRAIN, optimizer=found.recommended, epochs=20, validation=VALIDATION, engine="xla")
    np.testing.assert_allclose(run.history.validation_loss.min(), found.errors[found.best], rtol=1e-4)
    rule = found.recommended
    assert found.options == f"--optimizer momentum --learning-rate {rule.learning_rate:g} --momentum {rule.momentum:g}"
    assert f"{found.errors[found.best]:.4g}" in found.reason
    assert found.errors[found.best] <= 1.05 * found.errors[~found.bounced & ~found.diverged].min()


def test_lists_are_sorted_and_each_number_tried_once():
    found = grid(learning_rates=[0.1, 0.01, 0.1], momenta=(0.9, 0.0))
    np.testing.assert_array_equal(found.learning_rates, [0.01, 0.1])
    np.testing.assert_array_equal(found.momenta, [0.0, 0.9])


def test_runs_that_diverge_are_told_by_the_grid_alone(caplog):
    with caplog.at_level(logging.WARNING, "thalweg"):
        found = grid(learning_rates=[1e6, 1e9])
        assert not caplog.records
        tw.train(NET, *TRAIN, optimizer=tw.GradientDescent(1e9))
        assert len(caplog.records) == 1
    assert found.diverged.all()
    assert (found.best, found.recommended, found.options) == (None, None, None)
    assert "no cell got below the training loss at the start" in found.reason


@pytest.mark.parametrize("seed", range(2))
def test_rates_that_change_nothing_are_not_recommended(seed):
    found = grid(learning_rates=[1e-30, 1e-20], momenta=[0.0], seed=seed)
    assert found.best is None
    assert found.reason.endswith("without bouncing: nothing changed, try higher rates")


def test_as_plain_data():
    found = grid()
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["optimizer"] == "momentum"
    assert told["options"] == found.options
    assert told["errors"][0][2] is None
    assert told["best"] == list(found.best)
    assert told["learning_rates"] == RATES


# What follows from the cells

NAN = float("nan")


def best_of(errors, before=1.0, bounced=None, rates=(0.1, 0.2, 0.4, 0.8)):
    errors = np.array(errors)
    good = (np.where(np.isfinite(errors), errors, np.inf) < before) & ~np.array(
        np.zeros(errors.shape) if bounced is None else bounced, dtype=bool
    )
    best = _best(errors, good, np.array(rates))
    at = np.full(errors.shape, 7)
    return best, _reason(errors, good, before, "training loss", best, np.array(rates), at, True)


def test_the_lowest_is_recommended():
    best, reason = best_of([[0.5, 0.4, 0.3, 0.6], [0.5, 0.2, 0.3, 0.4]])
    assert best == (1, 1)
    assert reason == (
        "the lowest training loss 0.2 in epoch 7, of the 8 of 8 cells that trained without bouncing; with this "
        "momentum no rate goes wrong up to 0.8"
    )


def test_of_equals_one_with_room_is_preferred():
    best, reason = best_of([[0.205, 0.3, 0.3, NAN], [0.5, 0.2, NAN, NAN]])
    assert best == (0, 0)
    assert reason == (
        "training loss 0.205 in epoch 7, within 5 % of the lowest that did not bounce (0.2); with this momentum "
        "training diverges from a rate of 0.8 on"
    )
    assert best_of([[0.22, 0.3, 0.3, NAN], [0.5, 0.2, NAN, NAN]])[0] == (1, 1)  # not near enough


def test_a_validation_loss_may_be_half_as_much_higher():
    errors = np.array([[0.29, 0.4, 0.4, NAN], [0.5, 0.2, NAN, NAN]])
    good, rates = np.isfinite(errors), np.array([0.1, 0.2, 0.4, 0.8])
    assert _best(errors, good, rates, _near("training loss")) == (1, 1)
    assert _best(errors, good, rates, _near("validation loss")) == (0, 0)
    assert _best(np.where(errors == 0.29, 0.31, errors), good, rates, _near("validation loss")) == (1, 1)


def test_what_bounced_is_not_recommended():
    best, reason = best_of([[0.5, 0.4, 0.1, NAN]], bounced=[[False, False, True, False]])
    assert best == (0, 1)
    assert reason.endswith("training bounces, or ends above the start, from a rate of 0.4 on")


def test_at_the_edge_higher_rates_are_worth_trying():
    best, reason = best_of([[0.5, 0.4, 0.3, 0.1]])
    assert best == (0, 3)
    assert reason.endswith("it is the highest rate tried: try higher ones too")


def test_without_a_cell_below_the_start_nothing_is_recommended():
    best, reason = best_of([[2.0, 3.0, NAN, NAN]])
    assert best is None
    assert "try smaller rates" in reason


def test_negative_errors_have_their_lowest_too():
    assert best_of([[-1.0, -2.0, -3.0, 0.5]])[0] == (0, 2)


@pytest.mark.parametrize(
    ("losses", "bounced"),
    [
        ([0.9, 0.5, 0.4], False),
        ([0.9, 0.5, 1.1], True),
        ([2.1, 0.5], True),
        ([1.9, 0.5], False),
        ([0.001, 0.01, 0.02], False),  # small beside the start
        ([0.01, 0.07], True),
    ],
)
def test_a_bounce(losses, bounced):
    assert _bounced(np.array(losses), 1.0) == bounced


@pytest.mark.parametrize("lambda_max", [1e-6, 0.3, 20.0, 1e9])
def test_the_default_rates_lie_about_the_largest_stable_one(lambda_max):
    rates = np.array(_default_rates(lambda_max))
    stable = 2 / lambda_max
    assert 8 <= len(rates) <= 12
    assert rates[0] < stable / 100
    assert stable < rates[-1] <= 4.04 * stable
    np.testing.assert_allclose(rates[1:] / rates[:-1], 2.0, rtol=0.3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimizer": "lm"}, "LevenbergMarquardt has no learning rate"),
        ({"optimizer": "rprop"}, "Rprop has no learning rate"),
        ({"optimizer": "adam"}, "Adam has no momentum: leave momenta out"),
        ({"learning_rates": []}, "learning_rates is empty"),
        ({"learning_rates": [0.1, 0.0]}, "learning_rates is 0 among others"),
        ({"learning_rates": [float("inf")]}, "learning_rates is inf among others"),
        ({"learning_rates": "fast"}, "learning_rates is 'fast'"),
        ({"learning_rates": "12"}, "learning_rates is '12'"),
        ({"learning_rates": 0.1}, r"learning_rates is 0\.1"),
        ({"momenta": [0.5, 1.0]}, "momenta is 1 among others"),
        ({"momenta": [-0.1]}, "momenta is -0.1 among others"),
        ({"momenta": [float("nan")]}, "momenta is nan among others"),
        ({"batch_size": 100}, "batch_size is 100"),
        ({"loss": "sse", "batch_size": 0, "l2": 0.1}, "batch_size is 0"),
        ({"loss": "sse", "batch_size": "some", "l2": 0.1}, "batch_size is 'some'"),
        ({"loss": "sse", "batch_size": -5, "l2": 0.1}, "batch_size is -5"),
        ({"l2": "a"}, "l2 is 'a'"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": [1, 2]}, r"seed is \[1, 2\]"),
        ({"l1": [0.1, 0.2]}, r"l1 is \[0\.1, 0\.2\]"),
        ({"sample_weight": np.ones((6, 40))}, r"sample_weight has shape \(6, 40\)"),
        ({"validation": P}, "validation is array"),
        ({"epochs": 0}, "epochs is 0"),
        ({"loss": "cross_entropy"}, "cross_entropy needs sigmoid or softmax outputs"),
    ],
)
def test_refuses(options, says):
    with pytest.raises(tw.ThalwegError, match=says) as refused:
        grid(**options)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        ((np.zeros((0, 3)), np.zeros((0, 1))), "P has no examples"),
        ((P, None), "T is None"),
        ((P[:2], [[1], [1, 2]]), "T is not a table of numbers"),
    ],
)
def test_refuses_examples(examples, says):
    with pytest.raises(tw.ThalwegError, match=says):
        tw.rates_grid(NET, *examples, "sse")


def test_a_grid_that_was_killed_goes_on(tmp_path, monkeypatch):
    """What it was to be, to the bit; a grid of other rates is refused."""
    from thalweg.training.member_group import MemberGroup

    options = {"learning_rates": [0.01, 0.1], "momenta": [0.5], "epochs": 12}
    real, done = MemberGroup._advance, []

    def advance(self):
        done.append(self)
        if done.count(self) > 2:
            raise SystemExit
        real(self)

    with monkeypatch.context() as cut:
        cut.setattr(MemberGroup, "_advance", advance)
        with pytest.raises(SystemExit):
            tw.rates_grid(NET, *TRAIN, **options, checkpoint=tw.Checkpoints(tmp_path, every="3epochs"))
    on = tw.Checkpoints(tmp_path, resume=True)
    whole, again = tw.rates_grid(NET, *TRAIN, **options), tw.rates_grid(NET, *TRAIN, **options, checkpoint=on)
    np.testing.assert_array_equal(again.errors, whole.errors, strict=True)
    assert (again.best, again.reason) == (whole.best, whole.reason)
    with pytest.raises(tw.ArgumentError, match=r"of run 1 optimizer learning_rate was 0\.01 and is 0\.02"):
        tw.rates_grid(NET, *TRAIN, **{**options, "learning_rates": [0.02, 0.1]}, checkpoint=on)
