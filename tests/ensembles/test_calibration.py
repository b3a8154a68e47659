"""Calibration, beside SciPy's minimiser and scikit-learn's logistic regression."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from thalweg.core.activations import Linear, Sigmoid, Softmax
from thalweg.ensembles.calibration import METHODS, Calibration, calibration_that_helps, fit_calibration
from thalweg.errors import DataError

RNG = np.random.default_rng(0)
N = 400
NET = 1.5 * RNG.normal(size=(N, 3))
CODES = np.array([RNG.choice(3, p=p) for p in softmax(NET, axis=1)])
T = np.eye(3)[CODES]
SURE = softmax(3.0 * NET, axis=1)
"""Probabilities that are too sure of themselves: three times the net input that is right."""
FOLDS = np.array_split(RNG.permutation(N), 5)


@pytest.mark.parametrize("weight", [None, RNG.random(N)])
def test_temperature_is_scipys(weight: np.ndarray | None) -> None:
    found = fit_calibration("temperature", Softmax(), SURE, T, weight)
    expected = minimize_scalar(
        lambda slope: log_loss(CODES, softmax(slope * np.log(SURE), axis=1), sample_weight=weight),
        bounds=(0.01, 10),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found.slope == pytest.approx([expected.x] * 3, rel=1e-4)
    assert found.shift == (0.0, 0.0, 0.0)
    np.testing.assert_allclose(found.apply(Softmax(), SURE), softmax(found.slope[0] * np.log(SURE), axis=1), atol=1e-12)


def test_one_sigmoid_is_platts() -> None:
    yes, sure = T[:, :1], SURE[:, :1]
    found = fit_calibration("vector", Sigmoid(), sure, yes)
    expected = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(sure), yes[:, 0])
    assert found.slope == pytest.approx(expected.coef_[0], rel=1e-3)
    assert found.shift == pytest.approx(expected.intercept_, abs=1e-3)
    np.testing.assert_allclose(found.apply(Sigmoid(), sure), expit(found.slope[0] * logit(sure) + found.shift[0]))


def test_it_is_kept_where_it_lowers_the_loss_of_other_rows() -> None:
    found = calibration_that_helps(Softmax(), SURE, T, FOLDS)
    assert found is not None
    assert log_loss(CODES, found.apply(Softmax(), SURE)) < 0.9 * log_loss(CODES, SURE)
    right = found.apply(Softmax(), SURE)
    assert calibration_that_helps(Softmax(), right, T, FOLDS) is None
    assert calibration_that_helps(Linear(), SURE, T, FOLDS) is None
    assert calibration_that_helps(Softmax(), SURE, T, FOLDS[:1]) is None


def test_what_only_fits_its_own_rows_is_not_kept() -> None:
    """Of few rows, a vector always lowers the loss of the rows it is fitted to."""
    few = RNG.permutation(N)[:12]
    chances = softmax(NET[few], axis=1)
    fitted = fit_calibration("vector", Softmax(), chances, T[few])
    assert log_loss(CODES[few], fitted.apply(Softmax(), chances), labels=[0, 1, 2]) < log_loss(
        CODES[few], chances, labels=[0, 1, 2]
    )
    assert calibration_that_helps(Softmax(), chances, T[few], np.array_split(np.arange(12), 4)) is None


def test_certain_outputs_stay_finite() -> None:
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    found = fit_calibration("temperature", Softmax(), certain, np.eye(2)[[0, 1, 1]])
    assert np.isfinite(found.apply(Softmax(), certain)).all()


def test_plain_data_and_back() -> None:
    one = Calibration("vector", (1.0, 2.0), (0.0, -1.0))
    assert Calibration.from_dict(one.to_dict(), 2) == one
    for change in ({"method": "magic"}, {"slope": [1.0]}, {"shift": [0.0, np.inf]}):
        with pytest.raises(DataError):
            Calibration.from_dict({**one.to_dict(), **change}, 2)


def test_rows_that_weigh_nothing_do_not_calibrate() -> None:
    """The first half is too sure of itself and counts alone: it is calibrated as if the right others were not there."""
    counts = np.arange(N) < N // 2
    outputs = np.where(counts[:, None], SURE, softmax(NET, axis=1))
    weight = counts.astype(float)
    found = calibration_that_helps(Softmax(), outputs, T, FOLDS, weight)
    alone = calibration_that_helps(Softmax(), outputs, T, [fold[counts[fold]] for fold in FOLDS])
    assert found.method == alone.method
    assert found.slope == pytest.approx(alone.slope, rel=1e-4)
    assert calibration_that_helps(Softmax(), outputs, T, FOLDS, 1.0 - weight) is None


def test_each_fold_is_judged_by_what_the_weighed_rows_of_the_others_are_fitted_to() -> None:
    """Those that count are not sure enough, and the others wrong: without weights no scaling would help."""
    counts = np.arange(N) < N // 2
    outputs = np.where(counts[:, None], softmax(NET / 2, axis=1), softmax(-3 * NET, axis=1))
    found = calibration_that_helps(Softmax(), outputs, T, FOLDS, counts.astype(float))
    assert found is not None
    assert 1.5 < found.slope[0] < 2.5


def loss_out_of_the_folds(method: str, outputs: np.ndarray) -> float:
    """Each fold by what the others are fitted to."""
    judged = np.zeros_like(outputs)
    for fold in FOLDS:
        others = np.setdiff1d(np.arange(N), fold)
        judged[fold] = fit_calibration(method, Softmax(), outputs[others], T[others]).apply(Softmax(), outputs[fold])
    return log_loss(CODES, judged)


def test_the_method_of_the_lowest_loss_is_kept_if_it_gains_a_thousandth() -> None:
    surer = softmax(1.2 * NET, axis=1)
    temperature, vector = (loss_out_of_the_folds(method, surer) for method in METHODS)
    assert temperature < vector < log_loss(CODES, surer)
    assert calibration_that_helps(Softmax(), surer, T, FOLDS).method == "temperature"
    hardly = softmax(1.01 * NET, axis=1)
    assert 0.999 < loss_out_of_the_folds("temperature", hardly) / log_loss(CODES, hardly) < 1.0
    assert calibration_that_helps(Softmax(), hardly, T, FOLDS) is None
