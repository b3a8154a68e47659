"""The loss of outputs, beside scikit-learn's metrics."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from thalweg.core.activations import Sigmoid, Softmax, Tanh
from thalweg.ensembles.loss import output_loss

RNG = np.random.default_rng(0)
WEIGHT = RNG.random(50)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_probabilities(weight: np.ndarray | None) -> None:
    codes = np.arange(50) % 3
    chances = RNG.dirichlet([1, 1, 1], 50)
    chances[0] = [0.0, 1.0, 0.0]  # certain, and wrong
    expected = log_loss(codes, chances, sample_weight=weight)
    assert output_loss(Softmax(), chances, np.eye(3)[codes], weight) == pytest.approx(expected, rel=1e-12)
    yes = (codes == 1).astype(float)
    expected = log_loss(yes, chances[:, 1], sample_weight=weight)
    assert output_loss(Sigmoid(), chances[:, 1:2], yes[:, None], weight) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_values(weight: np.ndarray | None) -> None:
    T, a = RNG.normal(size=(2, 50, 2))
    expected = mean_squared_error(T, a, sample_weight=weight)
    assert output_loss(Tanh(), a, T, weight) == pytest.approx(expected, rel=1e-12)


def test_weights_of_rows_count_where_targets_are_missing() -> None:
    T, a = RNG.normal(size=(2, 50, 2))
    T[RNG.random(T.shape) < 0.3] = np.nan
    there = ~np.isnan(T)
    expected = mean_squared_error(T[there], a[there], sample_weight=np.column_stack([WEIGHT, WEIGHT])[there])
    assert output_loss(Tanh(), a, T, WEIGHT) == pytest.approx(expected, rel=1e-12)
