"""Estimators for scikit-learn: its pipelines, searches and scores, by networks of ours."""

from .classifier import MLPClassifier
from .regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]


def __dir__() -> list[str]:
    return __all__
