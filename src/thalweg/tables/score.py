"""The scores of a model's predictions on rows whose targets are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data import Encoding
from ..files.model import Prediction
from .scores import ClassificationScores, RegressionScores, classification_scores, regression_scores
from .several_scores import SeveralScores, classes_together, measured_together


def score(
    encoding: Encoding,
    actual: np.ndarray,
    prediction: Prediction,
    constant: Mapping[str, Any] | None = None,
    *,
    sample_weight: np.ndarray | None = None,
    weighed_by: str | None = None,
) -> ClassificationScores | RegressionScores | SeveralScores:
    """The scores of a prediction for rows whose labels or values are known, beside those of the constant answer.

    `constant` is what the training rows say of that, as `constant_of` tells; without, it is the best in hindsight.
    `sample_weight` (rows,) says what each row counts, by the column `weighed_by`, or (rows, targets) each measured
    target of it. Of several measured targets those that are missing, NaN, are left out of the scores of each.
    """
    weighed: dict[str, Any] = {"weighed_by": weighed_by}
    if not encoding.several:
        alone = of_target(sample_weight, 0)
        return _of_those_there(prediction, actual, constant, {**weighed, "sample_weight": alone})
    constants = (constant or {}).get("targets") or [None] * len(encoding.targets)
    each: list[Any] = []
    for place, one in enumerate(prediction.each):
        of_this = {**weighed, "sample_weight": of_target(sample_weight, place)}
        each.append(_of_those_there(one, actual[:, place], constants[place], of_this))
    if encoding.task == "regression":
        together = measured_together(each, [target.scale.deviation for target in encoding.targets if target.scale])
    else:
        together = classes_together(each, actual, prediction.values, sample_weight)
    return SeveralScores.of(encoding.target_names, each, *together)


def of_target(weight: np.ndarray | None, place: int) -> np.ndarray | None:
    """What rows count for a target, of weights (rows,) or (rows, targets)."""
    return weight[:, place] if weight is not None and weight.ndim == 2 else weight


def there(actual: np.ndarray, prediction: Prediction) -> tuple[np.ndarray, Prediction, np.ndarray | None]:
    """The measured values that are there, the predictions of these, and a mask of them; None: all are."""
    if actual.dtype.kind != "f" or not np.isnan(actual).any():
        return actual, prediction, None
    mask = ~np.isnan(actual)
    return actual[mask], prediction.taken(mask), mask


def _of_those_there(
    prediction: Prediction, actual: np.ndarray, constant: Mapping[str, Any] | None, weighed: Mapping[str, Any]
) -> ClassificationScores | RegressionScores:
    actual, prediction, mask = there(actual, prediction)
    weight = weighed["sample_weight"]
    weight = weight if weight is None or mask is None else weight[mask]
    return _of_one(prediction, actual, constant, {**weighed, "sample_weight": weight})


def _of_one(
    prediction: Prediction, actual: np.ndarray, constant: Mapping[str, Any] | None, weighed: Mapping[str, Any]
) -> ClassificationScores | RegressionScores:
    if prediction.probabilities is None:
        return regression_scores(actual, prediction.values, **(constant or {}), **weighed)
    classes = [label for label in prediction.classes if not isinstance(label, tuple)]
    return classification_scores(
        actual, prediction.values, prediction.probabilities, classes, **(constant or {}), **weighed
    )
