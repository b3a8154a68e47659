"""How good predictions are: scores of a classifier and of a regression; beside them those of the constant answer, which
is the most common class of the training rows, or their mean.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.plain_data import JsonObject
from ..data.predictions import Label as Label
from ..data.predictions import class_indices, class_names, class_probabilities, numbers, plain_label, same_length
from ..errors import DataError
from .metrics import confusion_matrix, each_class, log_loss, r2_score
from .scores_shown import ScoresShown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike


MOST_CONFUSED = 200
"""Of more classes than this not all pairs are counted."""
MOST_MISTAKES = 20
"""Of those the most frequent."""


@dataclass(frozen=True)
class ConstantClass:
    """The scores of always saying the most common class of the training rows, or, for the log loss, their shares."""

    answer: Label
    accuracy: float
    balanced_accuracy: float
    log_loss: float


@dataclass(frozen=True)
class ConstantValue:
    """The scores of always saying the mean of the training rows."""

    answer: float
    rmse: float
    mae: float
    r2: float | None


@dataclass(frozen=True, repr=False)
class ClassificationScores(ScoresShown):
    """The scores of a classifier; per-class tuples are in the order of `classes`.

    Precision is the share of right ones among the predictions of a class (0 if there are none), recall the share of a
    class that was found, f1 their harmonic mean, support the number of examples of a class: of a class without
    examples, or whose examples count nothing, the other three are None. Balanced accuracy is the mean recall of the
    other classes.
    `confusion[i][j]` counts the examples of class i that were predicted as class j; of more than `MOST_CONFUSED`
    classes it is empty, and `mistakes` has the most frequent ones: actual class, predicted class, number. Log loss is
    the mean of -ln(probability given to the actual class). `constant` has the scores of a constant answer; it and the
    balanced accuracy are None in model files of earlier versions. Where `weighed_by` names a column the rows count in
    all shares and means as it says; the support and the confusion count rows.
    """

    examples: int
    accuracy: float
    log_loss: float
    classes: tuple[Label, ...]
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]
    f1: tuple[float | None, ...]
    support: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    balanced_accuracy: float | None = None
    constant: ConstantClass | None = None
    mistakes: tuple[tuple[Label, Label, int], ...] = ()
    weighed_by: str | None = None

    @property
    def answers(self) -> list[Label]:
        """The classes that were predicted; of more than `MOST_CONFUSED` classes those that were right somewhere."""
        if not self.confusion:
            return [name for name, recall in zip(self.classes, self.recall, strict=True) if recall]
        columns = zip(*self.confusion, strict=True)
        return [name for name, column in zip(self.classes, columns, strict=True) if sum(column)]

    def most_mistaken(self, most: int = 3) -> list[tuple[Label, Label, int]]:
        """Which classes were most often taken for which others, and how often."""
        if not self.confusion:
            return list(self.mistakes[:most])
        wrong = [
            (self.classes[row], self.classes[column], count)
            for row, counts in enumerate(self.confusion)
            for column, count in enumerate(counts)
            if row != column and count
        ]
        return sorted(wrong, key=lambda cell: -cell[2])[:most]

    def worst_classes(self, most: int) -> list[int]:
        """The places of all classes, or of the `most` of the lowest F1, the frequent ones first among equals."""
        if len(self.classes) <= most:
            return list(range(len(self.classes)))
        known = [place for place, number in enumerate(self.support) if number]
        return sorted(known, key=lambda place: (self.f1[place] or 0.0, -self.support[place]))[:most]

    def to_dict(self) -> JsonObject:
        """The scores as plain JSON values, the inverse of `scores_from_dict`."""
        return {
            "task": "classification",
            **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()},
            "confusion": [list(row) for row in self.confusion],
        }

    def lines(self) -> list[tuple[str, str]]:
        """The headline numbers, each as a name and a formatted value."""
        return [(name, value) for name, value, _ in self.compared()]

    def compared(self) -> list[tuple[str, str, str]]:
        """The headline numbers, each as a name, a formatted value, and that of the constant answer, empty without."""
        right = f"{round(self.accuracy * self.examples)} of {self.examples}" if self.weighed_by is None else "weighed"
        other, balanced = self.constant, self.balanced_accuracy
        lines = [
            (
                "accuracy",
                f"{100 * self.accuracy:.1f} % ({right})",
                "" if other is None else f"{100 * other.accuracy:.1f} %",
            )
        ]
        if balanced is not None:
            value = "" if other is None else f"{100 * other.balanced_accuracy:.1f} %"
            lines.append(("balanced accuracy", f"{100 * balanced:.1f} %", value))
        return [*lines, ("log loss", f"{self.log_loss:.4g}", "" if other is None else f"{other.log_loss:.4g}")]

    @property
    def constant_told(self) -> str:
        """What the constant answer is, in words; empty without one."""
        return "" if self.constant is None else f"always saying {self.constant.answer}"


@dataclass(frozen=True, repr=False)
class RegressionScores(ScoresShown):
    """The scores of a regression, in the units of the target.

    With errors e = actual - predicted: rmse = √(mean e²), mae = mean |e|,
    r2 = 1 - Σ e² / Σ (actual - mean actual)², which is None (not defined) where the actual values are all the same,
    as they are in a single example. `constant` has the scores of a constant answer, None in model files of earlier
    versions. Where `weighed_by` names a column the rows count as it says.
    """

    examples: int
    rmse: float
    mae: float
    r2: float | None
    constant: ConstantValue | None = None
    weighed_by: str | None = None

    def to_dict(self) -> JsonObject:
        """The scores as plain JSON values, the inverse of `scores_from_dict`."""
        return {"task": "regression", **asdict(self)}

    def lines(self) -> list[tuple[str, str]]:
        """The headline numbers, each as a name and a formatted value."""
        return [(name, value) for name, value, _ in self.compared()]

    def compared(self) -> list[tuple[str, str, str]]:
        """The headline numbers, each as a name, a formatted value, and that of the constant answer, empty without."""
        r2 = "not defined (the actual values are all the same)" if self.r2 is None else f"{self.r2:.4g}"
        other = self.constant
        if other is None:
            return [("RMSE", measured(self.rmse), ""), ("MAE", measured(self.mae), ""), ("R²", r2, "")]
        return [
            ("RMSE", measured(self.rmse), measured(other.rmse)),
            ("MAE", measured(self.mae), measured(other.mae)),
            ("R²", r2, "" if other.r2 is None else f"{other.r2:.4g}"),
        ]

    @property
    def constant_told(self) -> str:
        """What the constant answer is, in words; empty without one."""
        return "" if self.constant is None else f"always saying the mean, {measured(self.constant.answer)}"


def classification_scores(
    actual: ArrayLike,
    predicted: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[Label],
    shares: ArrayLike | None = None,
    *,
    sample_weight: np.ndarray | None = None,
    weighed_by: str | None = None,
) -> ClassificationScores:
    """Score predicted classes against actual ones, beside the constant answer.

    `actual` and `predicted` are labels, shape (examples,); `probabilities` has shape (examples, classes), its columns
    in the order of `classes`. `shares` (classes,) are those of the classes among the training rows, which make the
    constant answer; None: those among `actual`. `sample_weight` (examples,) says what each counts, by the column
    `weighed_by`.

    Raises DataError for an empty or non-finite array, shapes that do not match, probabilities outside [0, 1] or whose
    rows do not add up to 1, and a label that is not among the classes; ArgumentError for fewer than two classes or
    repeated ones.

    >>> scores = classification_scores(
    ...     ["red", "red", "white"], ["red", "white", "white"], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], ["red", "white"]
    ... )
    >>> scores.confusion
    ((1, 1), (0, 1))
    >>> scores.lines()
    [('accuracy', '66.7 % (2 of 3)'), ('balanced accuracy', '75.0 %'), ('log loss', '0.4149')]
    >>> scores.constant_told, scores.constant.accuracy.__round__(3)
    ('always saying red', 0.667)
    """
    names = class_names(classes)
    truth, guess = class_indices("actual", actual, names), class_indices("predicted", predicted, names)
    same_length(truth, guess)
    chances = class_probabilities(probabilities, (len(truth), len(names)))
    precision, recall, f1 = each_class(truth, guess, len(names), sample_weight)
    support, weights = (np.bincount(truth, each, minlength=len(names)) for each in (None, sample_weight))
    known = weights if shares is None else np.asarray(shares, np.float64)
    commonest = int(np.argmax(known))
    prior = np.broadcast_to(known / known.sum(), chances.shape)
    counts = weights > 0

    def each(values: Any) -> tuple[float | None, ...]:
        return tuple(float(value) if there else None for value, there in zip(values, counts, strict=True))

    few = len(names) <= MOST_CONFUSED
    confusion = confusion_matrix(truth, guess, len(names)) if few else ()
    return ClassificationScores(
        examples=len(truth),
        accuracy=float(np.average(truth == guess, weights=sample_weight)),
        log_loss=log_loss(truth, chances, sample_weight),
        classes=tuple(names),
        precision=each(precision),
        recall=each(recall),
        f1=each(f1),
        support=tuple(map(int, support)),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        balanced_accuracy=float(np.mean(recall[counts])),
        constant=ConstantClass(
            answer=names[commonest],
            accuracy=float(weights[commonest] / weights.sum()),
            balanced_accuracy=float(counts[commonest]) / int(counts.sum()),
            log_loss=log_loss(truth, prior, sample_weight),
        ),
        mistakes=() if few else _mistakes(truth, guess, names),
        weighed_by=weighed_by,
    )


def regression_scores(
    actual: ArrayLike,
    predicted: ArrayLike,
    mean: float | None = None,
    *,
    sample_weight: np.ndarray | None = None,
    weighed_by: str | None = None,
) -> RegressionScores:
    """Score predicted numbers against actual ones, both of shape (examples,) or (examples, 1).

    `mean` is that of the training rows, the constant answer; None: that of `actual`. `sample_weight` (examples,) says
    what each counts, by the column `weighed_by`.

    Raises DataError for an empty or non-finite array, another shape, and lengths that do not match.

    >>> scores = regression_scores([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])
    >>> scores.rmse, scores.mae, scores.r2
    (1.1547005383792515, 0.6666666666666666, -1.0)
    >>> scores.constant
    ConstantValue(answer=2.0, rmse=0.816496580927726, mae=0.6666666666666666, r2=0.0)
    >>> regression_scores([1.0], [1.5]).r2 is None
    True
    """
    truth, guess = numbers("actual", actual, use="score"), numbers("predicted", predicted, use="score")
    same_length(truth, guess)
    # A power of two, so that scaling is exact: the squares of very large or small errors stay in range.
    largest = max(float(np.abs(truth).max()), float(np.abs(guess).max()), abs(mean or 0.0))
    scale = float(np.ldexp(1.0, max(int(np.frexp(largest)[1]) - 1, -1000)))
    truth, guess = truth / scale, guess / scale
    constant = float(np.average(truth, weights=sample_weight)) if mean is None else mean / scale

    def errors(values: np.ndarray) -> tuple[float, float, float | None]:
        wrong = truth - values
        rmse = float(np.sqrt(np.average(wrong**2, weights=sample_weight)))
        mae = float(np.average(np.abs(wrong), weights=sample_weight))
        return scale * rmse, scale * mae, r2_score(truth, values, sample_weight)

    other = ConstantValue(scale * constant, *errors(np.full(len(truth), constant)))
    return RegressionScores(len(truth), *errors(guess), other, weighed_by)


def measured(value: float) -> str:
    """A number in a unit of the user's own, to four digits, without an exponent where people write none.

    >>> measured(21009.9), measured(0.054321), measured(1.5e12)
    ('21,010', '0.05432', '1.5e+12')
    """
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _mistakes(truth: np.ndarray, guess: np.ndarray, names: Sequence[Label]) -> tuple[tuple[Label, Label, int], ...]:
    """The most frequent mistakes: actual class, predicted class, number."""
    wrong = truth != guess
    pairs, counts = np.unique(truth[wrong] * len(names) + guess[wrong], return_counts=True)
    most = np.argsort(-counts, kind="stable")[:MOST_MISTAKES]
    frequent = zip(pairs[most].tolist(), counts[most].tolist(), strict=True)
    return tuple((names[pair // len(names)], names[pair % len(names)], count) for pair, count in frequent)


def scores_from_dict(plain: Mapping[str, Any]) -> ClassificationScores | RegressionScores:
    """The scores that `to_dict` made plain; raises DataError if they are incomplete or damaged.

    >>> scores = RegressionScores(examples=2, rmse=0.5, mae=0.5, r2=0.75)
    >>> scores_from_dict(scores.to_dict()) == scores
    True
    """
    try:
        match plain["task"]:
            case "classification":
                balanced, constant = plain.get("balanced_accuracy"), plain.get("constant")
                scores = ClassificationScores(
                    examples=int(plain["examples"]),
                    accuracy=float(plain["accuracy"]),
                    log_loss=float(plain["log_loss"]),
                    classes=tuple(map(plain_label, plain["classes"])),
                    precision=tuple(map(_number, plain["precision"])),
                    recall=tuple(map(_number, plain["recall"])),
                    f1=tuple(map(_number, plain["f1"])),
                    support=tuple(map(int, plain["support"])),
                    confusion=tuple(tuple(map(int, row)) for row in plain["confusion"]),
                    balanced_accuracy=_number(balanced),
                    mistakes=tuple(
                        (plain_label(actual), plain_label(said), int(count))
                        for actual, said, count in plain.get("mistakes", ())
                    ),
                    constant=None
                    if constant is None
                    else ConstantClass(
                        plain_label(constant["answer"]),
                        *(float(constant[name]) for name in ("accuracy", "balanced_accuracy", "log_loss")),
                    ),
                    weighed_by=_text(plain.get("weighed_by")),
                )
                per_class = (scores.precision, scores.recall, scores.f1, scores.support)
                if scores.confusion or len(scores.classes) <= MOST_CONFUSED:
                    per_class = (*per_class, scores.confusion)
                if any(len(values) != len(scores.classes) for values in (*per_class, *scores.confusion)):
                    raise DataError("scores are damaged: not one value for each class")
                return scores
            case "regression":
                constant = plain.get("constant")
                return RegressionScores(
                    int(plain["examples"]),
                    *_errors(plain),
                    constant=None if constant is None else ConstantValue(float(constant["answer"]), *_errors(constant)),
                    weighed_by=_text(plain.get("weighed_by")),
                )
            case other:
                raise DataError(f"scores are of an unknown task {other!r}: classification or regression")
    except KeyError as missing:
        raise DataError(f"scores are incomplete: {missing} is missing") from None
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"scores are damaged: {error}") from None


def _errors(plain: Mapping[str, Any]) -> tuple[float, float, float | None]:
    return float(plain["rmse"]), float(plain["mae"]), _number(plain["r2"])


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
