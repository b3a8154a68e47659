"""Rows that every export holds, with what the model answers: so that each says itself whether it computes the same."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.boolean import BooleanColumn
from ..data.categorical import CategoricalColumn
from ..data.columns import Column
from ..data.datetimes import DatetimeColumn
from ..data.hashed import HashedColumn
from ..data.numeric import NumericColumn
from ..errors import ArgumentError, DataError
from .features import source_values

if TYPE_CHECKING:
    import polars as pl

    from ..files import Model

_PLACES = (0.37, None, -1.5)
"""Where the rows lie, in deviations from the mean; None: all is missing."""
_UNSEEN = "(not seen)"
_TOLERANCE = {"float32": 2e-5, "float64": 1e-9}
"""Of an output, beside its size and the target's deviation."""


@dataclass(frozen=True)
class CheckRows:
    """Inputs and expected outputs of a few rows.

    `inputs` are the values (rows,) of each source, or the arrays (rows, size) of a network that was trained on arrays.
    `outputs` (rows, outputs) are what the network answers, in the target's own unit where it is measured; `values` the
    labels or numbers of each target, (rows, targets), empty of a model that was trained on arrays. An output may be
    apart by `tolerance` times (1 + its size / scale) times the `scale` of its column.
    """

    inputs: dict[str, np.ndarray]
    outputs: np.ndarray
    values: np.ndarray
    scale: np.ndarray
    tolerance: float

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.outputs)

    @property
    def room(self) -> np.ndarray:
        """How far apart each output (rows, outputs) may be."""
        return self.tolerance * (self.scale + np.abs(self.outputs))


def check_rows(model: Model, dtype: str | None = None) -> CheckRows:
    """The rows of a model; raises ArgumentError if it answers none of them with finite numbers."""
    tolerance = _tolerance(model, dtype)
    if model.encoding is None:
        rng = np.random.default_rng(0)
        inputs = {name: rng.normal(size=(len(_PLACES), size)).round(3) for name, size in model.network.inputs.items()}
        cast = {name: values.astype(model.dtype) for name, values in inputs.items()}
        with np.errstate(all="ignore"):
            outputs = np.asarray(model.predict(cast), dtype=np.float64)
        if not np.isfinite(outputs).all():
            raise ArgumentError("the model's outputs are not finite at inputs of usual size: train it again")
        none = np.empty((len(outputs), 0), dtype=object)
        return CheckRows(inputs, outputs, none, np.ones(outputs.shape[1]), tolerance)
    frames = [_row(model, place) for place in _PLACES]
    found = [answer for frame in frames if (answer := _answer(model, frame, tolerance)) is not None]
    if not found:
        raise ArgumentError("the model answers no row of usual values with finite numbers: train it again")
    inputs = {name: np.concatenate([one.inputs[name] for one in found]) for name in found[0].inputs}
    outputs, values = (np.concatenate([getattr(one, what) for one in found]) for what in ("outputs", "values"))
    return CheckRows(inputs, outputs, values, found[0].scale, tolerance)


def check_of(model: Model, frame: pl.DataFrame, tolerance: float = 0.0) -> CheckRows:
    """The rows of a table as check rows; raises DataError as `predict_table` does."""
    assert model.encoding is not None
    outputs, values = answers(model, frame)
    targets = model.encoding.targets
    scale = np.array([one.scale.deviation if one.scale else 1.0 for one in targets for _ in range(one.outputs)])
    room = tolerance or _tolerance(model, None)
    return CheckRows(source_values(model.encoding, frame), outputs, values, scale, room)


def _tolerance(model: Model, dtype: str | None) -> float:
    kinds = {str(one.dtype) for one in model.members or (model,)}
    return _TOLERANCE["float32" if "float32" in (*kinds, dtype) else "float64"]


def answers(model: Model, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The outputs (rows, outputs), measured ones in their own unit, and the values (rows, targets) for a table."""
    prediction = model.predict_table(frame)
    each = prediction.each or (prediction,)
    targets = () if model.encoding is None else model.encoding.targets
    columns = []
    for one, target in zip(each, targets, strict=True):
        if one.probabilities is None:
            columns.append(one.values.reshape(-1, 1))
        else:
            columns.append(one.probabilities[:, 1:] if target.outputs == 1 else one.probabilities)
    values = np.empty((len(prediction.values), len(each)), dtype=object)
    for place, one in enumerate(each):
        values[:, place] = one.values.tolist()
    return np.hstack(columns).astype(np.float64), values


def _answer(model: Model, frame: pl.DataFrame, tolerance: float) -> CheckRows | None:
    """What the model says of a row, None if it refuses it or if classes are a tie."""
    assert model.encoding is not None
    try:
        found = check_of(model, frame, tolerance)
    except DataError:
        return None
    outputs, targets = found.outputs, model.encoding.targets
    if targets[0].classes:
        shares = np.sort(np.hstack([outputs, 1.0 - outputs]) if outputs.shape[1] == 1 else outputs, axis=1)
        tied = shares[0, -1] - shares[0, -2] if len(targets) == 1 else np.abs(outputs - 0.5).min()
        if tied < 10 * tolerance:
            return None
    return found


def _row(model: Model, place: float | None) -> pl.DataFrame:
    import polars as pl

    assert model.encoding is not None
    return pl.DataFrame([_cell(column, place) for column in model.encoding.inputs])


def _cell(column: Column, place: float | None) -> pl.Series:
    """A column of one row, its value so many deviations from the mean, or its first or an unseen text, or missing."""
    import polars as pl

    value: Any = None
    match column:
        case NumericColumn():
            if place is not None:
                value = float(f"{column.scale.mean + place * column.scale.deviation:.6g}")
            return pl.Series(column.name, [value], dtype=pl.Float64)
        case BooleanColumn():
            return pl.Series(column.name, [None if place is None else place > 0], dtype=pl.Boolean)
        case CategoricalColumn() | HashedColumn():
            first = (
                column.categories[0] if isinstance(column, CategoricalColumn) else (*column.repeated, *column.single)[0]
            )
            if place is not None:
                value = first if place > 0 else _UNSEEN
            return pl.Series(column.name, [value], dtype=pl.String)
        case DatetimeColumn():
            return _moment(column, place)


def _moment(column: DatetimeColumn, place: float | None) -> pl.Series:
    import polars as pl

    if column.time_only:
        seconds = column.scale.mean + (place or 0.0) * column.scale.deviation
        moment = datetime.time(*_clock(round(seconds) % 86_400)) if place is not None else None
        return pl.Series(column.name, [moment], dtype=pl.Time)
    micro = None
    if place is not None:
        micro = round(column.median / 1e6 + place * column.scale.deviation) * 1_000_000
    moments = pl.Series(column.name, [micro], dtype=pl.Int64).cast(pl.Datetime("us"))
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(column.zone) if column.zone else moments


def _clock(seconds: int) -> tuple[int, int, int]:
    return seconds // 3600, seconds // 60 % 60, seconds % 60
