"""What a target column holds in the training rows of files, learnt piece by piece."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from ..data.columns import far_told
from ..data.moments import MergedMoments, Moments
from ..data.scale import Scale
from ..data.target import TargetEncoding
from ..data.value_ranges import ValueRanges
from ..data.values import numbers, tidy
from ..data.written import Writing
from ..errors import DataError

_MOST_CLASSES = 1000


class TargetStatistics:
    """What a target column holds in the training rows."""

    def __init__(self, series: pl.Series, task: str, writing: Writing | None) -> None:
        self.name, self._task, self._type = series.name, task, series.dtype
        reader = TargetEncoding(series.name, "regression", (), Scale(0.0, 1.0)).with_writing(writing)
        self._reader, self._moments, self._counts = reader, MergedMoments(), Counter[Any]()
        self._weighed: MergedMoments | None = None
        self._ranges = ValueRanges()
        self._weights: defaultdict[Any, Fraction] = defaultdict(Fraction)

    def read(self, series: pl.Series) -> pl.Series:
        """The column as numbers or labels, missing as null."""
        if self._task == "regression":
            return self._reader.read(series)
        if series.dtype not in (self._type, pl.Null):
            return series.cast(self._type, strict=False)
        return series

    def look(self, series: pl.Series) -> None:
        """The values of all rows, be they taken or not, as `read` gives them, for what is told of them."""
        if self._task == "regression":
            self._ranges.add(numbers(series.cast(pl.Float64)))

    def notes(self) -> tuple[str, ...]:
        """What is told of values far from all others."""
        return far_told(self.name, self._ranges.far(), None, 0, is_target=True, dates=None)

    def add(self, series: pl.Series, weight: np.ndarray | None = None) -> None:
        """The values of rows, none of them missing, and what each counts in the constant answer."""
        if self._task == "regression":
            values = numbers(series.cast(pl.Float64))
            self._moments += Moments.of(values)
            if weight is not None:
                self._weighed = (self._weighed or MergedMoments()) + Moments.of(values, weight)
            return
        labels = tidy(series)
        self._counts.update(labels.to_list())
        if weight is not None:
            for label, of_label in pl.DataFrame({"label": labels, "w": weight}).group_by("label").sum().iter_rows():
                self._weights[label] += Fraction(of_label)
        self._check_classes()

    def told(self) -> dict[str, Any]:
        """All that was added, as plain data."""
        return {
            "moments": self._moments.told(),
            "ranges": self._ranges.told(),
            "weighed": None if self._weighed is None else self._weighed.told(),
            "counts": list(self._counts.items()),
            "weights": [[label, *weight.as_integer_ratio()] for label, weight in self._weights.items()],
        }

    def merge(self, told: Mapping[str, Any]) -> None:
        """Take in what another one, of other rows of the column, has `told`."""
        self._moments += MergedMoments.of_told(told["moments"])
        if told["weighed"] is not None:
            self._weighed = (self._weighed or MergedMoments()) + MergedMoments.of_told(told["weighed"])
        for label, count in told["counts"]:
            self._counts[label] += count
        for label, *weight in told["weights"]:
            self._weights[label] += Fraction(*weight)
        self._check_classes()

    def hold_ranges(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Take for the ranges those of all, of which each has `told`: in one order, as it may matter."""
        self._ranges = ValueRanges.of_all(one["ranges"] for one in told)

    def encoding(self) -> TargetEncoding:
        """The encoding; raises DataError as `TargetEncoding.fit` does."""
        if self._task == "regression":
            moments = self._moments.rounded
            if not moments.squares:
                raise DataError(f"target {self.name!r} is the same in every row: choose a column that varies")
            scale = moments.scale(f"target {self.name!r}")
            return dataclasses.replace(self._reader, scale=scale)
        classes = sorted(self._counts)
        if len(classes) < 2:
            raise DataError(f"target {self.name!r} has one class only: give rows of at least two classes")
        return TargetEncoding(self.name, self._task, tuple(classes), None)

    def constant(self) -> dict[str, Any]:
        """What training rows say of the constant answer."""
        if self._task == "regression":
            return {"mean": (self._weighed or self._moments).rounded.mean}
        counts = self._weights or self._counts
        total = sum(counts.values())
        return {"shares": [float(counts[one] / total) for one in sorted(counts)]}

    def counts(self) -> np.ndarray:
        """How many rows each class has, in their order."""
        return np.array([self._counts[one] for one in sorted(self._counts)])

    def _check_classes(self) -> None:
        if len(self._counts) > _MOST_CLASSES:
            raise DataError(f"target {self.name!r} has more than {_MOST_CLASSES} classes: say --task regression")
