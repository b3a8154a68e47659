"""Runs that end when epochs are no better by a tolerance, and penalties that are divided by the batch."""

import numpy as np
import pytest

import thalweg as tw

P = np.random.default_rng(0).normal(size=(30, 2))
T = np.sin(P[:, :1])
NET = tw.mlp(2, 4, 1)


def ends(losses: np.ndarray, tolerance: float, epochs: int) -> int:
    """After which epoch, by a plain loop."""
    best, idle = np.inf, 0
    for number, loss in enumerate(losses, start=1):
        idle = idle + 1 if loss > best - tolerance else 0
        best = min(best, loss)
        if idle == epochs:
            return number
    return len(losses)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize(("tolerance", "epochs"), [(1e-4, 3), (0.01, 2), (0.0, 1), (0.003, 5)])
def test_it_ends_where_a_plain_loop_does(tolerance: float, epochs: int, validated: bool, engine: str) -> None:
    options = {"validation": (P[:9], T[:9] + 0.3)} if validated else {}
    options |= {"optimizer": tw.Adam(0.03), "batch_size": 10, "engine": engine, "dtype": "float64"}
    whole = tw.train(NET, P, T, "mse", epochs=80, **options)
    run = tw.train(NET, P, T, "mse", epochs=80, tolerance=tolerance, tolerance_epochs=epochs, **options)
    losses = whole.history.validation_loss if validated else whole.history.loss
    assert run.epochs == ends(losses, tolerance, epochs) < 80
    assert run.stopped_because == "tolerance"
    assert f"in {epochs} epochs" in run.explanation
    if not validated:  # the last parameters are kept
        same = tw.train(NET, P, T, "mse", **{**options, "epochs": run.epochs})
        assert (NET.ravel(run.params) == NET.ravel(same.params)).all()


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("weighted", [False, True])
def test_penalties_are_divided_by_each_batch(weighted: bool, engine: str) -> None:
    """Against a loop with the gradient of each batch, whose last one is smaller."""
    weight = np.linspace(0.5, 2, 30) if weighted else None
    options = {"optimizer": tw.optimizers.GradientDescent(0.1), "batch_size": 8, "order": "sequential"}
    options |= {"dtype": "float64", "engine": engine, "epochs": 2, "sample_weight": weight}
    run = tw.train(NET, P, T, "mse", l1=0.3, l2=0.7, shares_penalties=True, **options)
    x, counts = NET.ravel(NET.init(0)), np.ones(30) if weight is None else weight
    for first in [0, 8, 16, 24] * 2:
        rows = slice(first, first + 8)
        share = counts[rows].sum()
        some = None if weight is None else weight[rows]
        g = tw.gradient(
            NET, "mse", NET.unravel(x), P[rows], T[rows], sample_weight=some, l1=0.3 / share, l2=0.7 / share
        )[1]
        x = x - 0.1 * NET.ravel(g)
    np.testing.assert_allclose(NET.ravel(run.params), x, rtol=1e-10)
    step = run.step(4)
    assert "to the bit" in " ".join(step.notes)


def test_it_is_a_number() -> None:
    with pytest.raises(tw.ArgumentError, match="tolerance is -1"):
        tw.train(NET, P, T, tolerance=-1)


def test_a_loss_that_stays_within_no_tolerance_is_not_idle() -> None:
    """An epoch is idle where its loss is above the lowest less the tolerance, as scikit-learn counts; 0 here."""
    run = tw.train(NET, P, T, optimizer=tw.GradientDescent(0.0), epochs=4, tolerance=0.0, tolerance_epochs=1)
    assert (run.stopped_because, run.epochs) == ("epochs", 4)


def test_epochs_without_validation_are_not_idle() -> None:
    """Losses that rise by a large rate: of every third epoch, the second that is judged is the first idle one."""
    judged = {"validation": (P, T), "validate_every": 3, "tolerance": 1e-9, "tolerance_epochs": 2}
    run = tw.train(NET, P, -T, optimizer=tw.GradientDescent(0.05), epochs=30, batch_size="all", **judged)
    losses = run.history.validation_loss[2::3]
    assert (np.diff(losses) > 0).all()
    assert (run.stopped_because, run.epochs) == ("tolerance", 9)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_rule_of_all_examples_has_its_share_of_the_penalty(weighted: bool) -> None:
    weight = np.linspace(0.5, 2, 30) if weighted else None
    share = 30.0 if weight is None else weight.sum()
    how = {"optimizer": "bfgs", "epochs": 3, "sample_weight": weight, "engine": "numpy"}
    run = tw.train(NET, P, T, "mse", l2=6.0, shares_penalties=True, **how)
    alone = tw.train(NET, P, T, "mse", l2=6.0 / share, **how)
    np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(alone.params), rtol=1e-9)
    assert run.recipe.penalties == pytest.approx((0.0, 6.0 / share))
    assert run.step(2).l2 == pytest.approx(6.0 / share)
