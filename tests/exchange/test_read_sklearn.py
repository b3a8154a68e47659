"""scikit-learn's MLPs read as models, against their own predict."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

import thalweg as tw
from thalweg.errors import ArgumentError

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)) * [1.0, 50.0, 0.1] + [0.0, 1000.0, 5.0]
SMALL: dict[str, Any] = {"hidden_layer_sizes": (4, 3), "max_iter": 5, "random_state": 0}


def fitted(estimator: Any, P: Any, T: Any) -> Any:
    with warnings.catch_warnings(action="ignore"):  # that five iterations are few
        return estimator.fit(P, T)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_regressors(activation: str) -> None:
    mlp = fitted(MLPRegressor(**SMALL, activation=activation), X, X[:, :2] / 100)
    np.testing.assert_allclose(tw.exchange.read_network(mlp).predict(X), mlp.predict(X), rtol=1e-12)


def test_counts() -> None:
    mlp = fitted(MLPRegressor(**SMALL, loss="poisson"), X / 100, np.arange(40) % 5)
    model = tw.exchange.read_network(mlp)
    np.testing.assert_allclose(model.predict(X / 100)[:, 0], mlp.predict(X / 100), rtol=1e-12)


@pytest.mark.parametrize("labels", [["no", "yes"], ["fig", "pear", "plum"], [2, 5, 7]])
def test_classifiers_keep_their_labels(labels: list[Any]) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    T = np.array(labels)[np.arange(40) % len(labels)]
    mlp = fitted(make_pipeline(StandardScaler(), MLPClassifier(**SMALL)), frame, T)
    model = tw.exchange.read_network(mlp, target="kind")
    assert type(model.loss).__name__ == "CrossEntropy"
    predicted = model.predict_table(frame)
    assert predicted.classes == tuple(labels)
    np.testing.assert_allclose(predicted.probabilities, mlp.predict_proba(frame), rtol=1e-11)
    assert (predicted.values == mlp.predict(frame)).all()


def test_several_labels_at_once() -> None:
    mlp = fitted(MLPClassifier(**SMALL), X, np.stack([X[:, 0] > 0, X[:, 1] > 1000], axis=1).astype(int))
    model = tw.exchange.read_network(mlp)
    np.testing.assert_allclose(model.predict(X), mlp.predict_proba(X), rtol=1e-12)
    assert model.predict_table(dict(zip(["x1", "x2", "x3"], X.T, strict=True))).target == "y1, y2"


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        MinMaxScaler((-1, 1)),
        MaxAbsScaler(),
        RobustScaler(),
    ],
)
def test_scalers_before_and_behind(scaler: Any) -> None:
    inner = make_pipeline(scaler, "passthrough", MLPRegressor(**SMALL, activation="tanh"))
    whole = fitted(TransformedTargetRegressor(inner, transformer=StandardScaler()), X, X[:, 1])
    np.testing.assert_allclose(tw.exchange.read_network(whole).predict(X)[:, 0], whole.predict(X), rtol=1e-10)


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        (MLPRegressor(), "not fitted: it has no coefs_"),
        (StandardScaler(), "StandardScaler is no MLPClassifier or MLPRegressor"),
        (fitted(make_pipeline(PolynomialFeatures(), MLPRegressor(**SMALL)), X, X[:, 0]), "step 'polynomialfeatures'"),
        (fitted(make_pipeline(MinMaxScaler(clip=True), MLPRegressor(**SMALL)), X, X[:, 0]), "with clip=True"),
    ],
)
def test_what_is_no_network_is_told(estimator: Any, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        tw.exchange.read_network(estimator)
