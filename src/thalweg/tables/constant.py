"""The constant answer that a model must beat: the most common class of its training rows, or their mean."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..training.outcome import TRY
from .scores import ClassificationScores, RegressionScores, measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..data import Encoding

_FEWEST = 8
"""Of fewer test rows it says nothing that a model is no better."""
_EQUAL = 0.995
"""Errors that are so many times as large as those of the constant answer are no smaller."""

_TELLS = 0.9
"""Probabilities whose log loss is below this share of the constant answer's tell more than that."""


def constant_of(encoding: Encoding, labels: np.ndarray) -> dict[str, Any]:
    """What the training rows say of the constant answer, as the record keeps it: shares of the classes, or the mean."""
    classes = encoding.target.classes
    if not classes:
        return {"mean": float(np.mean(labels))}
    counts = Counter(labels.tolist())
    return {"shares": [counts[one] / len(labels) for one in classes]}


def constant_in(record: Mapping[str, Any], encoding: Encoding) -> dict[str, Any]:
    """What a model's record says of the constant answer, as arguments of the scores; nothing in earlier versions.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10, split="100/0/0"))
    >>> constant_in(trained.model.record, trained.model.encoding), constant_in({}, trained.model.encoding)
    ({'mean': 40.0}, {})
    """
    match record.get("constant"):
        case {"mean": int() | float() as mean} if np.isfinite(mean) and not encoding.target.classes:
            return {"mean": float(mean)}
        case {"shares": [*shares]} if len(shares) == len(encoding.target.classes) and shares:
            return {"shares": shares} if all(isinstance(share, int | float) for share in shares) else {}
    return {}


def no_better(scores: ClassificationScores | RegressionScores) -> tuple[str, ...]:
    """A note if scores are no better than those of the constant answer."""
    if scores.constant is None or scores.examples < _FEWEST:
        return ()
    if isinstance(scores, RegressionScores):
        if scores.rmse == 0 or scores.rmse < _EQUAL * scores.constant.rmse:
            return ()
        told = f"RMSE {measured(scores.rmse)}, where that has {measured(scores.constant.rmse)}"
        return (f"the predictions are no better than {scores.constant_told} ({told}): {TRY}",)
    if scores.accuracy == 1.0 or scores.accuracy > scores.constant.accuracy:
        return ()
    said = scores.answers
    share = f"{100 * scores.constant.accuracy:.1f} %"
    if len(said) == 1 and (scores.confusion or scores.accuracy == scores.constant.accuracy):
        return (f"predicts {said[0]} for every row: no better than {scores.constant_told} ({share}); {TRY}",)
    more = ""
    if scores.log_loss < _TELLS * scores.constant.log_loss:
        more = (
            f", though its probabilities tell more (log loss {scores.log_loss:.3g}, not {scores.constant.log_loss:.3g})"
        )
    right = f"right in {100 * scores.accuracy:.1f} % of the rows"
    return (f"{right}: no better than {scores.constant_told} ({share}){more}; {TRY}",)
