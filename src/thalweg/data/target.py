"""The target column: classes as 0/1 or one-hot, values standardised, and the way back from a network's outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thalweg.errors import DataError

from ..core.plain_data import GivenObject, JsonObject
from .choices import TASKS
from .numbers_written import NumberWriting
from .numeric import read_numbers
from .records import from_record, to_record
from .scale import Scale
from .task import check_target, check_task
from .values import finite, is_missing, numbers, shown, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

Label = str | int | float | bool


@dataclass(frozen=True)
class TargetEncoding:
    """How a target column becomes the outputs of a network, and these become labels or values again.

    Classification: `classes` in order; two of them are one output, 1 for the second, unless `one_hot` says that they
    are two outputs (of a network that was read); more are one-hot. Regression: one output, standardised by `scale`.

    >>> target = TargetEncoding.fit(pl.Series("fruit", ["plum", "fig", "plum"]), "classification")
    >>> target.classes, target.encode(pl.Series("fruit", ["fig", "plum"])).tolist()
    (('fig', 'plum'), [[0.0], [1.0]])
    >>> target.decode(np.array([[0.2], [0.9]])).tolist()
    ['fig', 'plum']
    """

    name: str
    task: str
    classes: tuple[Label, ...]
    scale: Scale | None
    writing: NumberWriting | None = None
    """How the numbers were written where they were text; None: plainly."""
    one_hot: bool = False
    """Whether two classes are two outputs."""

    def __post_init__(self) -> None:
        known = self.task in TASKS
        classifies = self.task == "classification"
        if not known or classifies != (len(set(self.classes)) >= 2) or classifies != (self.scale is None):
            raise DataError(f"target {self.name!r}: a classifier has two classes or more, a regression has a scale")

    @classmethod
    def fit(cls, column: pl.Series, task: str) -> TargetEncoding:
        """The encoding learnt from a column; missing values do not count.

        Classes are sorted (an Enum keeps its order) and keep their type. Raises ArgumentError for an unknown task,
        DataError for dates, infinite values, a single class, more classes than half the rows (two are always
        accepted), text or booleans for regression, and a regression target that is constant.
        """
        check_task(task)
        check_target(column)
        if task == "classification":
            return cls(column.name, task, _classes(column), None)
        values = _measured(column)
        values = values[~np.isnan(values)]
        scale = Scale.of(values, f"target {column.name!r}")
        if (values == values[0]).all():
            raise DataError(f"target {column.name!r} is {values[0]:g} in every row: choose a column that varies")
        return cls(column.name, task, (), scale)

    @property
    def outputs(self) -> int:
        """The number of outputs that the network needs."""
        return len(self.classes) if len(self.classes) > 2 or self.one_hot else 1

    def encode(self, column: pl.Series) -> np.ndarray:
        """The targets (rows, outputs) in float64; a missing value is NaN.

        Raises DataError for a label that is none of the classes, or for what is no finite number in regression, with
        the row.
        """
        if is_missing(column):
            return np.full((len(column), self.outputs), np.nan)
        column = self.read(column)
        if self.scale:
            with np.errstate(over="ignore"):
                targets = self.scale.apply(_measured(column))
            finite(np.nan_to_num(targets, nan=0.0, posinf=np.inf, neginf=-np.inf)[:, None], self.name)
            return targets[:, None]
        codes = self._codes(column)
        if self.outputs == 1:
            return codes
        present = ~np.isnan(codes[:, 0])
        targets = np.full((len(codes), self.outputs), np.nan)
        targets[present] = 0.0
        targets[present, codes[present, 0].astype(np.intp)] = 1.0
        return targets

    def with_writing(self, writing: object) -> TargetEncoding:
        """The encoding that knows how its numbers were written."""
        return replace(self, writing=writing) if isinstance(writing, NumberWriting) else self

    def read(self, column: pl.Series) -> pl.Series:
        """The column as it was read in training: text as numbers, or, where the classes are text, numbers as text."""
        if column.dtype == pl.String and (self.scale or self.writing):
            return read_numbers(column, self.writing, f"target {self.name!r}")[0]
        if column.dtype.is_integer() and self.classes and all(isinstance(label, str) for label in self.classes):
            return column.cast(pl.String)
        return column

    def codes(self, labels: np.ndarray) -> np.ndarray:
        """The number of the class (rows,) of each label, as `labels` and `decode` give them."""
        number = {_key(label): place for place, label in enumerate(self.classes)}
        return np.array([number[_key(label)] for label in labels.tolist()], dtype=np.intp)

    def _codes(self, column: pl.Series) -> np.ndarray:
        """The number of each row's class (rows, 1), NaN where it is missing."""
        number: dict[tuple[str, Label | None], float] = {_key(label): float(i) for i, label in enumerate(self.classes)}
        number[_key(None)] = np.nan
        labels = _labels(column)
        try:
            return np.array([number[_key(label)] for label in labels], dtype=np.float64)[:, None]
        except KeyError:
            row = next(i for i, label in enumerate(labels) if _key(label) not in number)
            known = ", ".join(shown(label) for label in self.classes[:10]) + (", ..." if len(self.classes) > 10 else "")
            raise DataError(
                f"target {self.name!r} is {shown(labels[row])} in row {row + 1}, which is no class of the training "
                f"rows ({known}): correct it, or train on rows that have it"
            ) from None

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """The probability of each class (rows, classes) from one sigmoid column or from softmax columns.

        Raises DataError for a regression target and for outputs of another width.
        """
        if self.task != "classification":
            raise DataError(f"target {self.name!r} is measured: only classes have probabilities")
        outputs = self._checked(outputs)
        return np.hstack([1 - outputs, outputs]) if self.outputs == 1 else outputs

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """The most probable labels, or the values in their own unit, (rows,) from outputs (rows, outputs).

        Equal probabilities go to the first class. Raises DataError for outputs of another width.
        """
        if self.scale:
            return self.scale.undo(self._checked(outputs)[:, 0])
        return label_array(self.classes)[self.probabilities(outputs).argmax(axis=1)]

    def labels(self, column: pl.Series) -> np.ndarray:
        """A column as an array of what `decode` gives: labels, of which none is missing, or numbers in float64."""
        if self.scale and is_missing(column):
            return np.full(len(column), np.nan)
        column = self.read(column)
        return _measured(column) if self.scale else label_array(_labels(column))

    def _checked(self, outputs: np.ndarray) -> np.ndarray:
        outputs = np.asarray(outputs, dtype=np.float64)
        if outputs.ndim != 2 or outputs.shape[1] != self.outputs:
            raise DataError(f"target {self.name!r} needs outputs of shape (rows, {self.outputs}), not {outputs.shape}")
        return outputs

    def to_dict(self) -> JsonObject:
        """Plain JSON data; `one_hot` where it says something."""
        record = to_record(self)
        return record if self.one_hot else {name: value for name, value in record.items() if name != "one_hot"}

    @classmethod
    def from_dict(cls, record: GivenObject) -> TargetEncoding:
        """The inverse of `to_dict`; raises DataError for anything else."""
        return from_record(cls, record)


def _classes(column: pl.Series) -> tuple[Label, ...]:
    values = column if column.dtype == pl.Enum else tidy(column)
    present = values.drop_nulls()
    classes = tuple(label for label in _labels(present.unique().sort()) if label is not None)
    if len(classes) == 1:
        raise DataError(
            f"target {column.name!r} has one class only, {shown(classes[0])}: give rows of at least two classes"
        )
    if len(classes) > 2 and len(classes) > len(present) / 2:
        remedy = "choose a column whose values repeat"
        if column.dtype.is_numeric():
            remedy = "predict the number with --task regression, or choose another column"
        raise DataError(
            f"target {column.name!r} has {len(classes)} classes in {len(present)} rows, too few of each: {remedy}"
        )
    return classes


def _labels(column: pl.Series) -> list[Label | None]:
    """The values as Python's str, int, float and bool, missing as None."""
    values = tidy(column)
    return (values.cast(pl.Float64) if values.dtype.is_decimal() else values).to_list()


def label_array(labels: Sequence[Label | None]) -> np.ndarray:
    """The labels as an array; as objects where text ends in NUL, which NumPy's arrays of text would drop."""
    cut = any(isinstance(label, str) and label.endswith("\0") for label in labels)
    return np.array(labels, dtype=object if cut else None)


def _key(label: Label | None) -> tuple[str, Label | None]:
    """What makes two labels the same: 1 and 1.0 are, 1 and True are not."""
    return ("boolean" if isinstance(label, bool) else "other", label)


def _measured(column: pl.Series) -> np.ndarray:
    """A target as float64, missing as NaN; raises DataError for what is no number."""
    if not column.dtype.is_numeric():
        present = column.drop_nulls()
        row = int(column.is_not_null().arg_max() or 0)
        few = present.n_unique() <= max(2, len(present) / 2)
        remedy = "use --task classification, or choose a numeric column" if few else "choose a numeric column"
        raise DataError(
            f"target {column.name!r} is {shown(column[row])} in row {row + 1}, which is no number: {remedy}"
        )
    return numbers(column)
