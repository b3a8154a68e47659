"""What the inputs, targets and outputs of a step are in the table: column, value, scaling, and class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..data import TargetEncoding
from ..data.numeric import NumericColumn
from ..data.scale import Scale
from ..data.targets import outputs_of
from ..files.model import Model
from ..worked.step.values import Labels

if TYPE_CHECKING:
    import polars as pl

_NEAR = 1e-5
"""A feature in float32 comes back to its value within this."""
MOST_ROWS = 100
"""Rows of a batch that have labels: so many are hardly read."""


def labels_of(
    model: Model, frame: pl.DataFrame, rows: Sequence[int], P: np.ndarray, T: np.ndarray, outputs: np.ndarray
) -> Labels:
    """The labels of rows of a table, counted from 0, with their inputs, targets and outputs (rows, ...).

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> model = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=2, split="100/0/0")).model
    >>> labels_of(model, frame, [3], np.array([[-1.4293884]]), np.array([[-1.4293884]]), np.zeros((1, 1))).inputs[0]
    ('x 3, (3 - 19.5) / 11.5434',)
    """
    shown = list(rows)[:MOST_ROWS]
    return Labels(
        inputs=tuple(tuple(_inputs(model, frame, row, P[k])) for k, row in enumerate(shown)),
        targets=tuple(_targets(model, frame, row, T[k]) for k, row in enumerate(shown)),
        outputs=tuple(_outputs(model, outputs[k]) for k in range(len(shown))),
    )


def said_of(model: Model, output: np.ndarray) -> str:
    """What the network says of a row, in a sentence."""
    assert model.encoding is not None
    several = model.encoding.several
    said = [_said(target, part, several) for target, part in _parts(model, output)]
    if several or model.encoding.task == "regression":
        return f"The network says {', '.join(said)} for the row."
    answer, chance = said[0].rsplit(" (", 1)
    return f"The network says {answer} for the row ({chance}."


def _said(target: TargetEncoding, output: np.ndarray, several: bool) -> str:
    if target.scale is not None:
        return f"{target.name} {_undone(target.scale, float(output[0])):.6g}"
    chance = np.array([1.0 - output[0], output[0]]) if len(output) == 1 else output
    of = f"{target.name} " if several else ""
    return f"{of}{target.classes[int(np.argmax(chance))]} ({float(np.max(chance)):.1%})"


def _parts(model: Model, values: np.ndarray) -> Iterator[tuple[TargetEncoding, np.ndarray]]:
    """Each target with its own of the outputs or targets (outputs,) of a row."""
    assert model.encoding is not None
    parts = outputs_of(model.encoding.targets, np.asarray(values)[None, :])
    for target, part in zip(model.encoding.targets, parts, strict=True):
        yield target, part[0]


def _inputs(model: Model, frame: pl.DataFrame, row: int, features: np.ndarray) -> Iterator[str]:
    """The column of each feature, its value in the table, and how that was scaled."""
    assert model.encoding is not None
    place = 0
    for column in model.encoding.inputs:
        value = frame[column.name][row]
        for name in column.feature_names:
            told = f"{name} {_shown(value)}" if name == column.name else f"{name}: {_shown(value)}"
            if isinstance(column, NumericColumn) and name == column.name:
                told += _scaling(column.scale, value, float(features[place]))
            yield told
            place += 1


def _targets(model: Model, frame: pl.DataFrame, row: int, values: np.ndarray) -> tuple[str, ...]:
    return tuple(
        told for target, part in _parts(model, values) for told in _target(target, frame[target.name][row], part)
    )


def _target(target: TargetEncoding, value: object, values: np.ndarray) -> tuple[str, ...]:
    if target.scale is not None:
        return (f"{target.name} {_shown(value)}{_scaling(target.scale, value, float(values[0]))}",)
    if len(values) == 1:
        return (f"{target.name} {_shown(value)}; 0 is {target.classes[0]}, 1 is {target.classes[1]}",)
    return tuple(str(name) for name in target.classes)


def _outputs(model: Model, values: np.ndarray) -> tuple[str, ...]:
    assert model.encoding is not None
    several = model.encoding.several
    return tuple(told for target, part in _parts(model, values) for told in _output(target, part, several))


def _output(target: TargetEncoding, values: np.ndarray, several: bool) -> tuple[str, ...]:
    if target.scale is not None:
        return (f"{target.name} {_undone(target.scale, float(values[0])):.6g}",)
    of = f"{target.name} " if several else ""
    return (f"{of}{target.classes[1]}",) if len(values) == 1 else tuple(str(name) for name in target.classes)


def _scaling(scale: Scale, value: object, feature: float) -> str:
    """(x - mean) / deviation, with the number that was read, or put in the place of a missing one; "" of none."""
    if scale == Scale(0.0, 1.0):
        return ""
    undone = _undone(scale, feature)
    plain = isinstance(value, int | float) and abs(value - undone) <= _NEAR * (abs(value) + scale.deviation)
    number = f"{value:.7g}" if plain else f"{undone:.6g}"
    read = "" if plain else f", taken as {number}"
    return f"{read}, ({number} - {_signed(scale.mean)}) / {scale.deviation:.7g}"


def _signed(mean: float) -> str:
    return f"({mean:.7g})" if mean < 0 else f"{mean:.7g}"


def _undone(scale: Scale, feature: float) -> float:
    return float(scale.undo(np.array([feature]))[0])


def _shown(value: object) -> str:
    """A cell of the table, on one line."""
    if value is None:
        return "missing"
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)[:60]
