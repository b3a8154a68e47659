"""How good predictions are: the scores of a classifier and of a regression, from scikit-learn's metrics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..data.predictions import Label as Label
from ..data.predictions import class_indices, class_names, class_probabilities, numbers, plain_label, same_length
from ..errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class ClassificationScores:
    """The scores of a classifier; per-class tuples are in the order of `classes`.

    Precision is the share of right ones among the predictions of a class, recall the share of a class that was
    found, f1 their harmonic mean (each 0 where it would be 0/0), support the number of examples of a class.
    `confusion[i][j]` counts the examples of class i that were predicted as class j. Log loss is the mean of
    -ln(probability given to the actual class).
    """

    examples: int
    accuracy: float
    log_loss: float
    classes: tuple[Label, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    support: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """The scores as plain JSON values, the inverse of `scores_from_dict`."""
        return {
            "task": "classification",
            **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()},
            "confusion": [list(row) for row in self.confusion],
        }

    def lines(self) -> list[tuple[str, str]]:
        """The headline numbers, each as a name and a formatted value."""
        right = sum(self.confusion[index][index] for index in range(len(self.classes)))
        return [
            ("accuracy", f"{100 * self.accuracy:.1f} % ({right} of {self.examples})"),
            ("log loss", f"{self.log_loss:.4g}"),
        ]


@dataclass(frozen=True)
class RegressionScores:
    """The scores of a regression, in the units of the target.

    With errors e = actual - predicted: rmse = √(mean e²), mae = mean |e|,
    r2 = 1 - Σ e² / Σ (actual - mean actual)², which is None (not defined) where the actual values are all the same,
    as they are in a single example.
    """

    examples: int
    rmse: float
    mae: float
    r2: float | None

    def to_dict(self) -> dict[str, Any]:
        """The scores as plain JSON values, the inverse of `scores_from_dict`."""
        return {"task": "regression", **asdict(self)}

    def lines(self) -> list[tuple[str, str]]:
        """The headline numbers, each as a name and a formatted value."""
        r2 = "not defined (the actual values are all the same)" if self.r2 is None else f"{self.r2:.4g}"
        return [("RMSE", measured(self.rmse)), ("MAE", measured(self.mae)), ("R²", r2)]


def classification_scores(
    actual: ArrayLike, predicted: ArrayLike, probabilities: ArrayLike, classes: Sequence[Label]
) -> ClassificationScores:
    """Score predicted classes against actual ones.

    `actual` and `predicted` are labels, shape (examples,); `probabilities` has shape (examples, classes), its columns
    in the order of `classes`. A class without examples scores 0, without a warning.

    Raises DataError for an empty or non-finite array, shapes that do not match, probabilities outside [0, 1] or whose
    rows do not add up to 1, and a label that is not among the classes; ArgumentError for fewer than two classes or
    repeated ones.

    >>> scores = classification_scores(
    ...     ["red", "red", "white"], ["red", "white", "white"], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], ["red", "white"]
    ... )
    >>> scores.confusion
    ((1, 1), (0, 1))
    >>> scores.lines()
    [('accuracy', '66.7 % (2 of 3)'), ('log loss', '0.4149')]
    """
    from sklearn import metrics

    names = class_names(classes)
    # Indices stand for the labels: scikit-learn sorts labels, and its log loss reads the columns in that order.
    indices = list(range(len(names)))
    truth, guess = class_indices("actual", actual, names), class_indices("predicted", predicted, names)
    same_length(truth, guess)
    chances = class_probabilities(probabilities, (len(truth), len(names)))
    per_class: Any = metrics.precision_recall_fscore_support  # its declared types fit averages only
    precision, recall, f1, support = per_class(truth, guess, labels=indices, zero_division=0)
    confusion = metrics.confusion_matrix(truth, guess, labels=indices)
    return ClassificationScores(
        examples=len(truth),
        accuracy=float(metrics.accuracy_score(truth, guess)),
        log_loss=float(metrics.log_loss(truth, chances, labels=indices)),
        classes=tuple(names),
        precision=tuple(map(float, precision)),
        recall=tuple(map(float, recall)),
        f1=tuple(map(float, f1)),
        support=tuple(map(int, support)),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def regression_scores(actual: ArrayLike, predicted: ArrayLike) -> RegressionScores:
    """Score predicted numbers against actual ones, both of shape (examples,) or (examples, 1).

    Raises DataError for an empty or non-finite array, another shape, and lengths that do not match.

    >>> regression_scores([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])
    RegressionScores(examples=3, rmse=1.1547005383792515, mae=0.6666666666666666, r2=-1.0)
    >>> regression_scores([1.0], [1.5]).r2 is None
    True
    """
    import numpy as np
    from sklearn import metrics

    truth, guess = numbers("actual", actual, use="score"), numbers("predicted", predicted, use="score")
    same_length(truth, guess)
    # A power of two, so that scaling is exact: the squares of very large or small errors stay in range.
    largest = max(float(np.abs(truth).max()), float(np.abs(guess).max()))
    scale = float(np.ldexp(1.0, max(int(np.frexp(largest)[1]) - 1, -1000)))
    truth, guess = truth / scale, guess / scale
    return RegressionScores(
        examples=len(truth),
        rmse=scale * float(metrics.root_mean_squared_error(truth, guess)),
        mae=scale * float(metrics.mean_absolute_error(truth, guess)),
        r2=float(metrics.r2_score(truth, guess)) if np.ptp(truth) > 0 else None,
    )


def measured(value: float) -> str:
    """A number in a unit of the user's own, to four digits, without an exponent where people write none.

    >>> measured(21009.9), measured(0.054321), measured(1.5e12)
    ('21,010', '0.05432', '1.5e+12')
    """
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def scores_from_dict(plain: Mapping[str, Any]) -> ClassificationScores | RegressionScores:
    """The scores that `to_dict` made plain; raises DataError if they are incomplete or damaged.

    >>> scores = RegressionScores(examples=2, rmse=0.5, mae=0.5, r2=0.75)
    >>> scores_from_dict(scores.to_dict()) == scores
    True
    """
    try:
        match plain["task"]:
            case "classification":
                scores = ClassificationScores(
                    examples=int(plain["examples"]),
                    accuracy=float(plain["accuracy"]),
                    log_loss=float(plain["log_loss"]),
                    classes=tuple(map(plain_label, plain["classes"])),
                    precision=tuple(map(float, plain["precision"])),
                    recall=tuple(map(float, plain["recall"])),
                    f1=tuple(map(float, plain["f1"])),
                    support=tuple(map(int, plain["support"])),
                    confusion=tuple(tuple(map(int, row)) for row in plain["confusion"]),
                )
                per_class = (scores.precision, scores.recall, scores.f1, scores.support, scores.confusion)
                if any(len(values) != len(scores.classes) for values in (*per_class, *scores.confusion)):
                    raise DataError("scores are damaged: not one value for each class")
                return scores
            case "regression":
                r2 = plain["r2"]
                return RegressionScores(
                    int(plain["examples"]), float(plain["rmse"]), float(plain["mae"]), None if r2 is None else float(r2)
                )
            case other:
                raise DataError(f"scores are of an unknown task {other!r}: classification or regression")
    except KeyError as missing:
        raise DataError(f"scores are incomplete: {missing} is missing") from None
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"scores are damaged: {error}") from None
