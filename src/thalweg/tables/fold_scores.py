"""The scores of folds: of each, their mean and spread, and of all rows together by what was said out of their fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.plain_data import JsonObject
from .scores import ClassificationScores, RegressionScores, measured
from .several_scores import TOGETHER, SeveralScores

_NAMES = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "log_loss": "log loss",
    "rmse": "RMSE", "mae": "MAE", "r2": "R²",
    "all_right": TOGETHER["classification"]["all_right"], "scaled_rmse": TOGETHER["regression"]["scaled_rmse"],
}  # fmt: skip


@dataclass(frozen=True)
class FoldScores:
    """The scores of each fold's rows by the networks that they were not given to, and of all these rows together.

    The rows of a fold chose the epoch that its networks stopped at, so that these scores are a little too good.
    """

    folds: tuple[ClassificationScores | RegressionScores | SeveralScores, ...]
    together: ClassificationScores | RegressionScores | SeveralScores

    def summary(self) -> dict[str, dict[str, float]]:
        """Mean and spread over the folds (the standard deviation, of n - 1), and the value of all rows, by score.

        >>> from thalweg.tables.scores import regression_scores
        >>> each = [regression_scores([1.0, 2.0], [1.0, 2.0 + error]) for error in (1.0, 3.0)]
        >>> found = FoldScores(tuple(each), each[0]).summary()["mae"]
        >>> found["mean"], round(found["spread"], 3), found["together"]
        (1.0, 0.707, 0.5)
        """
        found = {}
        for name in _NAMES:
            values = [_value(one, name) for one in self.folds]
            known = np.array([value for value in values if value is not None], dtype=np.float64)
            together = _value(self.together, name)
            if len(known) and together is not None:
                spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
                found[name] = {"mean": float(known.mean()), "spread": spread, "together": float(together)}
        return found

    def lines(self) -> list[tuple[str, str, str, str]]:
        """Each score with its mean, its spread, and its value for all rows, as they are written."""
        return summary_lines(self.summary())

    def to_dict(self) -> JsonObject:
        """Plain data."""
        return {
            "folds": [one.to_dict() for one in self.folds],
            "together": self.together.to_dict(),
            "summary": {name: dict(told) for name, told in self.summary().items()},
        }


def summary_lines(summary: dict[str, dict[str, float]]) -> list[tuple[str, str, str, str]]:
    """The lines of a summary, as it stands in a record too."""
    lines = []
    for name, told in summary.items():
        written = (_written(name, told[key]) for key in ("mean", "spread", "together"))
        lines.append((_NAMES.get(name, name), *written))
    return lines


def _value(scores: ClassificationScores | RegressionScores | SeveralScores, name: str) -> float | None:
    """A score by its name; of several targets that of all together."""
    return scores.together.get(name) if isinstance(scores, SeveralScores) else getattr(scores, name, None)


def _written(name: str, value: float) -> str:
    if name.endswith("accuracy") or name == "all_right":
        return f"{100 * value:.1f} %"
    return measured(value) if name in ("rmse", "mae") else f"{value:.4g}"


def fold_scores(
    score: Callable[[np.ndarray, np.ndarray], ClassificationScores | RegressionScores | SeveralScores],
    outputs: np.ndarray,
    folds: Sequence[np.ndarray],
    there: np.ndarray | None = None,
) -> FoldScores | None:
    """The scores of what was said of the rows of folds; `score` gives those of rows and their outputs.

    `there` (rows, targets) says which targets are, None: all. A fold that lacks all values of a target has no scores of
    its own. None if no row of a fold was predicted, or if no fold has scores.
    """
    known = np.flatnonzero(np.isfinite(outputs).all(axis=1))
    parts = [rows[np.isin(rows, known)] for rows in folds]
    parts = [rows for rows in parts if len(rows)]
    if not parts:
        return None
    together = np.sort(np.concatenate(parts))
    parts = [rows for rows in parts if there is None or there[rows].any(axis=0).all()]
    if not parts:
        return None
    each = tuple(score(rows, outputs[rows]) for rows in parts)
    return FoldScores(each, score(together, outputs[together]))
