"""scikit-learn's own checks of estimators, all of them."""

from typing import Any

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from thalweg.estimators import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("unchecked_shapes")]
_FIVE: dict[str, Any] = {"epochs": 10, "hidden": (8,), "weight_decay": 0.001, "learning_rate": 0.03}
"""`best` with a single setting, as its variations change what is given here: five small networks, quickly trained."""
_ONE = {**_FIVE, "best": False}


@parametrize_with_checks(
    [
        MLPClassifier(hidden_layer_sizes=(20,), max_iter=15, learning_rate_init=0.02),
        MLPRegressor(hidden_layer_sizes=(20,), max_iter=15, learning_rate_init=0.02),
        TabularClassifier(**_ONE),
        TabularRegressor(**_ONE),
    ]
)
def test_scikit_learns_checks(estimator, check) -> None:
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        "estimators_pickle", "fit_idempotent", "methods_subset_invariance", "regressor_multioutput",
        "sample_weight_equivalence_on_dense_data",
    ],
)  # fmt: skip
def test_several_networks_as_one_too(check: str) -> None:
    """Of what several could break: what is kept, their seeds, rows apart from others, targets and weights."""
    getattr(estimator_checks, f"check_{check}")("TabularRegressor", TabularRegressor(**_FIVE))


@pytest.mark.thorough
@parametrize_with_checks([TabularClassifier(**_FIVE), TabularRegressor(**_FIVE)])
def test_all_of_several_networks_as_one(estimator, check) -> None:
    check(estimator)
