"""The scores of rows that come block by block: all their numbers are sums and counts, and exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..data.encoding import Encoding
from ..data.moments import MergedMoments, Moments
from ..data.predictions import class_indices, class_names, class_probabilities
from ..files.model import Prediction
from .scores import (
    MOST_CONFUSED,
    MOST_MISTAKES,
    ClassificationScores,
    ConstantClass,
    ConstantValue,
    RegressionScores,
)
from .several_scores import SeveralScores, means_of_classes, measured_together


class StreamedScores:
    """What `score` gives for all rows that were added, of which none is kept.

    Sums of blocks are added as exact fractions, so that the scores are the same to the bit in whatever order these
    come, and whoever adds them: `told` is what `merge` of another one takes in. `constant` is what the training rows
    say of the constant answer; `weighed_by` as in `score`.
    """

    def __init__(self, encoding: Encoding, constant: Mapping[str, Any], weighed_by: str | None = None) -> None:
        self._encoding, self._weighed_by = encoding, weighed_by
        constants = constant["targets"] if encoding.several else [constant]
        self._tallies: list[Any] = [
            ClassTally(target.classes, one["shares"]) if target.classes else ValueTally(one["mean"])
            for target, one in zip(encoding.targets, constants, strict=True)
        ]
        self._right = [Fraction(0)] * 3
        """The weight of rows whose targets are all right, that of the constant's, and of all."""

    def add(self, labels: np.ndarray, prediction: Prediction, sample_weight: np.ndarray | None = None) -> None:
        """Rows, their labels (rows,) or (rows, targets), what was predicted, and what each counts."""
        if not len(labels):
            return
        if not self._encoding.several:
            self._tallies[0].add(labels, prediction, sample_weight)
            return
        for place, (tally, one) in enumerate(zip(self._tallies, prediction.each, strict=True)):
            tally.add(labels[:, place], one, sample_weight)
        if self._encoding.task == "classification":
            weight = np.ones(len(labels)) if sample_weight is None else sample_weight
            answers = np.array([tally.answer for tally in self._tallies], dtype=object)
            right = (labels == prediction.values).all(axis=1), (labels == answers).all(axis=1), True
            self._right = [
                total + Fraction(float(np.sum(weight * each))) for total, each in zip(self._right, right, strict=True)
            ]

    def told(self) -> dict[str, Any]:
        """All that was added, as plain data."""
        return {"right": _told(self._right), "each": [tally.told() for tally in self._tallies]}

    def merge(self, told: Mapping[str, Any]) -> None:
        """Take in what was added to another one."""
        self._right = [total + more for total, more in zip(self._right, _of_told(told["right"]), strict=True)]
        for tally, one in zip(self._tallies, told["each"], strict=True):
            tally.merge(one)

    def scores(self) -> ClassificationScores | RegressionScores | SeveralScores:
        """The scores of what was added, at least one row."""
        each = [tally.scores(self._weighed_by) for tally in self._tallies]
        if not self._encoding.several:
            return each[0]
        if self._encoding.task == "regression":
            deviations = [target.scale.deviation for target in self._encoding.targets if target.scale]
            together = measured_together(each, deviations)
        else:
            right, by_constant, rows = self._right
            together = (
                {"all_right": float(right / rows), **means_of_classes(each)},
                {"all_right": float(by_constant / rows), **means_of_classes([one.constant for one in each])},
            )
        return SeveralScores.of(self._encoding.target_names, each, *together)


class ClassTally:
    """Classified rows: how many of each class were taken for each, and the sum of their log losses.

    `shares` (classes,) are those of the classes among the training rows.

    >>> tally = ClassTally(("red", "white"), [0.6, 0.4])
    >>> chances = np.array([[0.9, 0.1], [0.4, 0.6]])
    >>> tally.add(np.array(["red", "red"]), Prediction(np.array(["red", "white"]), chances, ("red", "white"), ()))
    >>> tally.scores().confusion, tally.scores().accuracy
    (((1, 1), (0, 0)), 0.5)
    """

    def __init__(self, classes: tuple[Any, ...], shares: Any) -> None:
        self._names, self._prior = class_names(classes), np.asarray(shares, np.float64)
        self._counts = np.zeros((len(classes), len(classes)), np.int64)
        self._weighed: defaultdict[int, Fraction] | None = None
        """What the rows of a class that were taken for one weigh, by the place in `_counts`; None: they are alike."""
        self._log_loss = Fraction(0)

    @property
    def answer(self) -> Any:
        """The constant one."""
        return self._names[int(np.argmax(self._prior))]

    def add(self, labels: np.ndarray, prediction: Prediction, weight: np.ndarray | None = None) -> None:
        """Rows of these labels."""
        names, count = self._names, len(self._names)
        truth, guess = class_indices("actual", labels, names), class_indices("predicted", prediction.values, names)
        chances = class_probabilities(prediction.probabilities, (len(truth), count))  # pyright: ignore
        pairs = truth * count + guess
        self._counts += np.bincount(pairs, minlength=count**2).reshape(count, count)
        if weight is not None:
            self._weigh(enumerate(np.bincount(pairs, weight, minlength=count**2).tolist()))
        logs = _logs(chances[np.arange(len(truth)), truth])
        self._log_loss -= Fraction(float(np.sum(logs if weight is None else weight * logs)))

    def told(self) -> dict[str, Any]:
        """All that was added, as plain data."""
        weighed = None if self._weighed is None else [[place, *_told([one])] for place, one in self._weighed.items()]
        return {"counts": self._counts.tolist(), "weighed": weighed, "log loss": _told([self._log_loss])}

    def merge(self, told: Mapping[str, Any]) -> None:
        """Take in what was added to another one."""
        self._counts += np.asarray(told["counts"], np.int64)
        self._log_loss += _of_told(told["log loss"])[0]
        if told["weighed"] is not None:
            self._weigh((place, _of_told([one])[0]) for place, one in told["weighed"])

    def _weigh(self, weights: Iterable[tuple[int, Any]]) -> None:
        if self._weighed is None:
            self._weighed = defaultdict(Fraction)
        for place, one in weights:
            if one:
                self._weighed[place] += Fraction(one)

    def scores(self, weighed_by: str | None = None) -> ClassificationScores:
        """As `classification_scores`."""
        counts = self._counts
        weights = counts.astype(np.float64)
        if self._weighed is not None:
            places, values = list(self._weighed), list(map(float, self._weighed.values()))
            weights = np.zeros(counts.shape)
            weights.flat[places] = values
        support, of_class, answered, right = (
            counts.sum(axis=1),
            weights.sum(axis=1),
            weights.sum(axis=0),
            np.diag(weights),
        )
        total, place = float(of_class.sum()), int(np.argmax(self._prior))
        recall, there = _divided(right, of_class), of_class > 0

        def each(values: np.ndarray) -> tuple[float | None, ...]:
            return tuple(float(value) if counts else None for value, counts in zip(values, there, strict=True))

        few = len(self._names) <= MOST_CONFUSED
        prior = _logs(self._prior / self._prior.sum())
        return ClassificationScores(
            examples=int(support.sum()),
            accuracy=float(right.sum() / total),
            log_loss=float(self._log_loss) / total,
            classes=tuple(self._names),
            precision=each(_divided(right, answered)),
            recall=each(recall),
            f1=each(_divided(2 * right, of_class + answered)),
            support=tuple(map(int, support)),
            confusion=tuple(tuple(map(int, row)) for row in counts) if few else (),
            balanced_accuracy=float(np.mean(recall[there])),
            constant=ConstantClass(
                answer=self._names[place],
                accuracy=float(of_class[place] / total),
                balanced_accuracy=float(there[place]) / int(there.sum()),
                log_loss=-float(np.sum(of_class * prior)) / total,
            ),
            mistakes=() if few else self._mistakes(),
            weighed_by=weighed_by,
        )

    def _mistakes(self) -> tuple[tuple[Any, Any, int], ...]:
        wrong = self._counts.copy()
        np.fill_diagonal(wrong, 0)
        most = np.argsort(-wrong, axis=None, kind="stable")[:MOST_MISTAKES].tolist()
        found = ((*divmod(place, len(self._names)), int(wrong.flat[place])) for place in most)
        return tuple((self._names[i], self._names[j], count) for i, j, count in found if count)


class ValueTally:
    """Measured rows: the sums of errors and of their squares, and the moments of the actual values.

    `mean` is that of the training rows, the constant answer.

    >>> tally = ValueTally(2.0)
    >>> tally.add(np.array([1.0, 2.0, 3.0]), Prediction(np.array([1.0, 2.0, 5.0]), None, (), ()))
    >>> tally.scores().rmse, tally.scores().mae, tally.scores().r2
    (1.1547005383792515, 0.6666666666666666, -1.0)
    """

    def __init__(self, mean: float) -> None:
        self._mean, self._rows, self._scale = mean, 0, 0.0
        self._sums = [Fraction(0)] * 4
        """Of the squares and the sizes of the model's errors, and of those of the constant."""
        self._moments, self._lowest, self._highest = MergedMoments(), np.inf, -np.inf

    def add(self, labels: np.ndarray, prediction: Prediction, weight: np.ndarray | None = None) -> None:
        """Rows of these values."""
        truth, guess = np.asarray(labels, np.float64), np.asarray(prediction.values, np.float64)
        largest = max(float(np.abs(truth).max()), float(np.abs(guess).max()), abs(self._mean))
        scale = float(np.ldexp(1.0, max(int(np.frexp(largest)[1]) - 1, -1000)))  # in which no square is too large
        counts = np.ones(len(truth)) if weight is None else weight
        found: list[Fraction] = []
        for values in (guess, self._mean):
            wrong = truth / scale - values / scale
            found += [
                Fraction(float(np.sum(counts * wrong**2))) * Fraction(scale) ** 2,
                Fraction(float(np.sum(counts * np.abs(wrong)))) * Fraction(scale),
            ]
        moments = MergedMoments() + Moments.of(truth / scale, counts)
        self._take(len(truth), scale, found, moments.scaled(Fraction(scale)), float(truth.min()), float(truth.max()))

    def told(self) -> dict[str, Any]:
        """All that was added, as plain data."""
        found = {"rows": self._rows, "scale": self._scale, "sums": _told(self._sums), "moments": self._moments.told()}
        return {**found, "range": [float(self._lowest), float(self._highest)]}

    def merge(self, told: Mapping[str, Any]) -> None:
        """Take in what was added to another one."""
        sums, moments = _of_told(told["sums"]), MergedMoments.of_told(told["moments"])
        self._take(told["rows"], told["scale"], sums, moments, *told["range"])

    def _take(
        self, rows: int, scale: float, sums: Sequence[Fraction], moments: MergedMoments, lowest: float, highest: float
    ) -> None:
        self._rows, self._scale = self._rows + rows, max(self._scale, scale)
        self._sums = [total + more for total, more in zip(self._sums, sums, strict=True)]
        self._moments += moments
        self._lowest, self._highest = min(self._lowest, lowest), max(self._highest, highest)

    def scores(self, weighed_by: str | None = None) -> RegressionScores:
        """As `regression_scores`."""
        constant = ConstantValue(self._mean, *self._errors(*self._sums[2:]))
        return RegressionScores(self._rows, *self._errors(*self._sums[:2]), constant, weighed_by)

    def _errors(self, squares: Fraction, sizes: Fraction) -> tuple[float, float, float | None]:
        scale, r2 = Fraction(self._scale), None
        moments = self._moments.scaled(1 / scale).rounded
        total, spread, in_units = moments.count, moments.squares, float(squares / scale**2)
        if self._lowest < self._highest:
            r2 = 1.0 - in_units / spread if spread else float(squares == 0)
        return self._scale * float(np.sqrt(in_units / total)), self._scale * float(sizes / scale) / total, r2


def _told(sums: Sequence[Fraction]) -> list[list[int]]:
    return [list(one.as_integer_ratio()) for one in sums]


def _of_told(told: Sequence[Sequence[int]]) -> list[Fraction]:
    return [Fraction(*one) for one in told]


def _logs(chances: np.ndarray) -> np.ndarray:
    rounding = np.finfo(np.float64).eps
    return np.log(np.clip(chances, rounding, 1 - rounding))


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
