"""Estimators for scikit-learn: its pipelines, searches and scores, by networks of ours."""

from .classifier import MLPClassifier
from .regressor import MLPRegressor
from .tabular import TabularClassifier, TabularRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "TabularClassifier", "TabularRegressor"]


def __dir__() -> list[str]:
    return __all__
