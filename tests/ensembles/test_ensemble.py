"""What is kept of the settings that were tried."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import log_loss

import thalweg as tw
from thalweg.core.activations import Sigmoid
from thalweg.ensembles.candidates import Tried
from thalweg.ensembles.ensemble import combine

RNG = np.random.default_rng(0)
T = (RNG.random((200, 1)) < 0.3).astype(float)
CHANCES = np.clip(0.3 + 0.3 * (T - 0.3) + 0.1 * RNG.normal(size=T.shape), 0.01, 0.99)
FOLDS = np.array_split(np.arange(200), 4)
RUN = tw.train(tw.mlp(1, 1, output="sigmoid"), np.zeros((2, 1)), T[:2], epochs=1, engine="numpy")


def one(name: str, outputs: np.ndarray) -> Tried:
    return Tried(name, (RUN,) * 4, (0, 1, 2, 3), outputs, log_loss(T, outputs))


def test_the_lowest_loss_is_kept() -> None:
    found = combine([one("bad", 1 - T * 0.9), one("good", CHANCES)], Sigmoid(), T, FOLDS, calibrates=False)
    assert found.weights == (0.0, 1.0)
    assert [(member.name, member.fold, member.weight) for member in found.members] == [
        ("good", fold, 0.25) for fold in range(4)
    ]
    assert found.loss == found.plain_loss == pytest.approx(log_loss(T, CHANCES))
    assert (found.outputs == CHANCES).all()


def test_calibrated_outputs_have_the_loss_that_is_told() -> None:
    found = combine([one("good", CHANCES)], Sigmoid(), T, FOLDS)
    assert found.calibration is not None
    assert found.loss < found.plain_loss
    assert found.loss == pytest.approx(log_loss(T, found.outputs))
    np.testing.assert_allclose(found.outputs, found.calibration.apply(Sigmoid(), CHANCES))


def test_rows_in_no_fold_stay_without_outputs() -> None:
    some = CHANCES.copy()
    some[FOLDS[3]] = np.nan
    found = combine([dataclasses.replace(one("good", CHANCES), outputs=some)], Sigmoid(), T, FOLDS)
    assert np.isnan(found.outputs[FOLDS[3]]).all()
    assert np.isfinite(found.outputs[:150]).all()
    assert found.plain_loss == pytest.approx(log_loss(T[:150], CHANCES[:150]))


def test_a_setting_that_diverged_is_not_kept() -> None:
    lost = dataclasses.replace(one("lost", CHANCES), loss=np.inf)
    found = combine([lost, one("good", CHANCES)], Sigmoid(), T, FOLDS, calibrates=False)
    assert found.weights == (0.0, 1.0)
    assert not found.interrupted


def test_rows_of_weight_choose() -> None:
    """Of two settings, each right in one half, that is kept which is right where rows weigh something."""
    here = np.arange(200)[:, None] < 100
    right, wrong = 0.1 + 0.8 * T, 0.9 - 0.8 * T
    halves = [one("last", np.where(here, wrong, right)), one("first", np.where(here, right, wrong))]
    found = combine(halves, Sigmoid(), T, FOLDS, weight=here[:, 0].astype(float), calibrates=False)
    assert found.weights == (0.0, 1.0)
    assert found.loss == pytest.approx(-np.log(0.9))
