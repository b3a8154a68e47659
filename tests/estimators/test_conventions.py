"""scikit-learn's own checks of estimators, all of them."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from thalweg.estimators import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor


@parametrize_with_checks(
    [
        MLPClassifier(max_iter=60),
        MLPRegressor(max_iter=60),
        TabularClassifier(epochs=60),
        TabularRegressor(epochs=60, hidden=(8,)),
    ]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(estimator, check) -> None:
    check(estimator)
