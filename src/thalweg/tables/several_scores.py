"""The scores of several targets: of each, and of all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..core.plain_data import JsonObject
from ..data.predictions import Label
from ..data.targets import MOST_TOLD
from ..errors import DataError
from ..notebook.pieces import table
from .scores import ClassificationScores, ConstantClass, RegressionScores, scores_from_dict
from .scores_shown import ScoresShown

Scores: TypeAlias = ClassificationScores | RegressionScores

TOGETHER = {
    "classification": {
        "all_right": "all targets right",
        "accuracy": "mean accuracy",
        "balanced_accuracy": "mean balanced accuracy",
        "log_loss": "mean log loss",
    },
    "regression": {"r2": "mean R²", "scaled_rmse": "RMSE in standard deviations"},
}
"""The scores of all targets together by task: their names, and what they are called."""


@dataclass(frozen=True, repr=False)
class SeveralScores(ScoresShown):
    """The scores of several targets of one task: `each` of them, in the order of their `names`, and `together`.

    Together, of classes: `all_right`, the share of examples whose targets are all right, and the means of the targets'
    accuracies, balanced accuracies and log losses; of measured values: `r2`, the mean of the targets' R² (None where
    one is not defined), and `scaled_rmse` = √(mean over examples and targets of (e / s)²), s being the standard
    deviation of the target among the training rows. `constant` has those of the constant answer.

    >>> from thalweg.tables.scores import regression_scores
    >>> each = [regression_scores([1.0, 2.0], [1.0, 2.5]), regression_scores([10.0, 30.0], [10.0, 30.0])]
    >>> scores = SeveralScores.of(["water", "fat"], each, {"r2": 0.75, "scaled_rmse": 0.1}, {})
    >>> scores.lines()
    [('mean R²', '0.75'), ('RMSE in standard deviations', '0.1')]
    """

    names: tuple[str, ...]
    each: tuple[Scores, ...]
    together: Mapping[str, float | None]
    constant: Mapping[str, float | None]

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        each: Sequence[Scores],
        together: Mapping[str, float | None],
        constant: Mapping[str, float | None],
    ) -> SeveralScores:
        """The scores in their order."""
        return cls(tuple(names), tuple(each), dict(together), dict(constant))

    @property
    def examples(self) -> int:
        """The number of examples that were scored; where targets are missing that of the target that has most."""
        return max(scores.examples for scores in self.each)

    @property
    def rows_told(self) -> str:
        """How many rows were scored, in words: of each target where they differ, as targets are missing.

        >>> from thalweg.tables.scores import regression_scores
        >>> each = [regression_scores([1.0, 2.0], [1.0, 2.5]), regression_scores([3.0], [3.0])]
        >>> SeveralScores.of(["water", "fat"], each, {}, {}).rows_told
        '2 rows of water, 1 of fat'
        """
        counts = [scores.examples for scores in self.each]
        if len(set(counts)) == 1:
            return f"{counts[0]:,} rows"
        if len(counts) > MOST_TOLD:
            return f"{min(counts):,} to {max(counts):,} rows of the targets"
        (first, *rest), (name, *others) = counts, self.names
        return ", ".join([f"{first:,} rows of {name}", *(f"{n:,} of {of}" for n, of in zip(rest, others, strict=True))])

    @property
    def weighed_by(self) -> str | None:
        """The column that says what each example counts, None if all count alike."""
        return self.each[0].weighed_by

    @property
    def task(self) -> str:
        """That of all targets."""
        return "regression" if isinstance(self.each[0], RegressionScores) else "classification"

    def to_dict(self) -> JsonObject:
        """The scores as plain JSON values, the inverse of `any_scores_from_dict`."""
        each: JsonObject = {name: scores.to_dict() for name, scores in zip(self.names, self.each, strict=True)}
        return {"task": self.task, "targets": each, "together": dict(self.together), "constant": dict(self.constant)}

    def lines(self) -> list[tuple[str, str]]:
        """The numbers of all targets together, each as a name and a formatted value."""
        return [(name, value) for name, value, _ in self.compared()]

    def compared(self) -> list[tuple[str, str, str]]:
        """The same, each with that of the constant answer, empty without."""
        names = TOGETHER[self.task]
        return [
            (names[name], _told(name, value), _told(name, self.constant[name]) if name in self.constant else "")
            for name, value in self.together.items()
        ]

    @property
    def constant_told(self) -> str:
        """What the constant answer is, in words; empty without one."""
        if not self.constant:
            return ""
        return "always saying the mean of each" if self.task == "regression" else "always saying the commonest of each"

    def in_html(self) -> str:
        """The numbers of all targets together, and those of each."""
        return super().in_html() + table(*self.table())

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The scores of each target as heads and rows, each beside that of the constant answer where there is one.

        Where targets are missing the rows of each, in which it is, stand at the end.
        """
        lines = [scores.compared() for scores in self.each]
        heads = ["target"]
        for place, (name, _, _) in enumerate(lines[0]):
            heads += [name, "constant"] if any(of[place][2] for of in lines) else [name]
        rows = []
        differ = len({scores.examples for scores in self.each}) > 1
        if differ:
            heads.append("rows")
        for target, of, scores in zip(self.names, lines, self.each, strict=True):
            row = [target]
            for place, (_, value, constant) in enumerate(of):
                row += [value, constant] if any(other[place][2] for other in lines) else [value]
            rows.append([*row, f"{scores.examples:,}"] if differ else row)
        return heads, rows

    def class_rows(self) -> list[tuple[str, Label, float | None, float | None, float | None, int]]:
        """Target, class, precision, recall, F1 and number of examples of each class; none if measured."""
        return [
            (target, *of_class)
            for target, scores in zip(self.names, self.each, strict=True)
            if isinstance(scores, ClassificationScores)
            for of_class in zip(scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True)
        ]


def measured_together(
    each: Sequence[RegressionScores], deviations: Sequence[float]
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The scores of measured targets together, and those of the constant answer; `deviations` are the targets' own.

    >>> from thalweg.tables.scores import regression_scores
    >>> measured_together([regression_scores([0.0, 2.0], [0.0, 1.0])] * 2, [1.0, 0.5])[0]
    {'r2': 0.5, 'scaled_rmse': 1.118033988749895}
    """

    def of(rmses: Sequence[float], shares: Sequence[float | None]) -> dict[str, float | None]:
        known = [share for share in shares if share is not None]
        scaled = np.asarray(rmses) / np.asarray(deviations)
        return {
            "r2": float(np.mean(known)) if len(known) == len(shares) else None,
            "scaled_rmse": float(np.sqrt(np.mean(scaled**2))),
        }

    constants = [scores.constant for scores in each if scores.constant is not None]
    return (
        of([scores.rmse for scores in each], [scores.r2 for scores in each]),
        of([one.rmse for one in constants], [one.r2 for one in constants]) if len(constants) == len(each) else {},
    )


def classes_together(
    each: Sequence[ClassificationScores],
    actual: np.ndarray,
    predicted: np.ndarray,
    sample_weight: np.ndarray | None = None,
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The scores of classified targets together, and those of the constant answer; labels are (examples, targets)."""
    constants = [scores.constant for scores in each if scores.constant is not None]
    answers = np.array([one.answer for one in constants], dtype=object)

    def of(guess: np.ndarray, scores: Sequence[ClassificationScores | ConstantClass]) -> dict[str, float | None]:
        right = (actual == guess).all(axis=1)
        return {"all_right": float(np.average(right, weights=sample_weight)), **means_of_classes(scores)}

    return of(predicted, each), of(answers, constants) if len(constants) == len(each) else {}


def means_of_classes(scores: Sequence[ClassificationScores | ConstantClass]) -> dict[str, float | None]:
    """The means over targets of the scores of each."""
    names = ("accuracy", "balanced_accuracy", "log_loss")
    return {name: float(np.mean([getattr(one, name) for one in scores])) for name in names}


def any_scores_from_dict(plain: Mapping[str, Any]) -> Scores | SeveralScores:
    """The scores, of one target or of several, that `to_dict` made plain; raises DataError if they are damaged."""
    if "targets" not in plain:
        return scores_from_dict(plain)
    try:
        targets = dict(plain["targets"])
        if len(targets) < 2:
            raise DataError("scores are damaged: several targets are two or more")
        found = SeveralScores.of(
            [str(name) for name in targets],
            [scores_from_dict(scores) for scores in targets.values()],
            *({name: _number(value) for name, value in plain[key].items()} for key in ("together", "constant")),
        )
        if {type(scores) for scores in found.each} == {type(found.each[0])} and not (
            {*found.together, *found.constant} - set(TOGETHER[found.task])
        ):
            return found
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"scores are damaged: {error!r}") from None
    raise DataError("scores are damaged: they are not those of one task")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _told(name: str, value: float | None) -> str:
    if value is None:
        return "not defined"
    return f"{value:.4g}" if name in ("r2", "scaled_rmse", "log_loss") else f"{100 * value:.1f} %"
