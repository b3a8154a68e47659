"""scikit-learn's own checks of estimators, all of them."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from thalweg.estimators import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor

_FIVE: dict[str, Any] = {"epochs": 10, "hidden": (8,), "weight_decay": 0.001, "learning_rate": 0.03}
"""`best` with a single setting, as its variations change what is given here: five small networks, quickly trained."""
_ONE = {**_FIVE, "best": False}


@parametrize_with_checks(
    [
        MLPClassifier(max_iter=30, learning_rate_init=0.005),
        MLPRegressor(max_iter=30, learning_rate_init=0.005),
        TabularClassifier(**_ONE),
        TabularRegressor(**_FIVE),
    ]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(estimator, check) -> None:
    check(estimator)


@pytest.mark.thorough
@parametrize_with_checks([TabularClassifier(**_FIVE), TabularRegressor(**_ONE)])
@pytest.mark.filterwarnings("ignore")
def test_the_other_way_too(estimator, check) -> None:
    check(estimator)
