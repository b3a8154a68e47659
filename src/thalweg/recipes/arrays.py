"""Arrays encoded as MATLAB's shallow networks do: constant inputs removed, the rest scaled, classes as one-hot rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from ..core.arrays import table_array
from ..data import Encoding, TargetEncoding
from ..data.array_layout import ArrayLayout, column_names, names_of_arrays
from ..data.columns import Column
from ..data.numeric import NumericColumn
from ..data.scale import Scale
from ..data.split import Split
from ..data.values import counted
from ..errors import ArgumentError, DataError, shown, unknown

SCALINGS = ("mapminmax", "standard", "none")
_MATLAB = {"mapstd": "standard"}
"""What MATLAB calls those that have another name there."""


def fit_scale(values: np.ndarray, scaling: str, place: str) -> Scale:
    """The scale of values (rows,) that are there: to ±1 by their lowest and highest, to deviations, or none.

    Values that are all the same keep their unit. Raises DataError for values that are too large.

    >>> fit_scale(np.array([1.0, 5.0]), "mapminmax", "P").apply(np.array([1.0, 3.0, 5.0]))
    array([-1.,  0.,  1.])
    """
    if scaling == "standard":
        return Scale.of(values, place)
    if scaling == "none":
        return Scale(0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    half = 0.5 * high - 0.5 * low
    return Scale(0.5 * high + 0.5 * low, half if half > 0 else 1.0)


def read_scaling(scaling: object) -> str:
    """The way to scale that a name of ours or MATLAB's stands for; raises ArgumentError for any other.

    >>> read_scaling("mapstd")
    'standard'
    """
    known = _MATLAB.get(scaling, scaling) if isinstance(scaling, str) else scaling
    if known not in SCALINGS:
        raise ArgumentError(unknown("scaling", scaling, SCALINGS, also=tuple(_MATLAB)))
    return known


def target_names(T: object) -> tuple[str, ...] | None:
    """The names of the columns of a frame, or of a series of Polars or pandas; None where there are none.

    >>> target_names(pl.Series("yield", [1.0])), target_names(np.ones(1))
    (('yield',), None)
    """
    name = None if isinstance(T, np.ndarray) else getattr(T, "name", None)
    return (name,) if isinstance(name, str) and name else column_names("T", T)


def fit_inputs(
    P: np.ndarray, train: np.ndarray, scaling: str, names: tuple[str, ...] | None = None
) -> tuple[tuple[Column, ...], ArrayLayout, list[str]]:
    """The columns of P (examples, inputs) that vary in the training rows, all columns' names, and what was left out.

    The names are x1, x2, ... where none are given.

    A column that lacks a value in some training row has a mark besides, 1 where it does, and its mean in the place of
    the value (MATLAB's fixunknowns).
    """
    names = names or names_of_arrays(P.shape[1])
    columns, notes = [], []
    for place, name in enumerate(names):
        known = P[train, place]
        missing = np.isnan(known)
        values = known[~missing]
        if not len(values) or (not missing.any() and (values == values[0]).all()):
            told = f"is {values[0]:g} in every training row" if len(values) else "has no value in the training rows"
            notes.append(f"input {name} {told}: left out")
            continue
        scale = fit_scale(values, scaling, f"column {place} of P")
        columns.append(NumericColumn(name, scale, float(values.mean()), bool(missing.any())))
    if not columns:
        raise DataError(f"no input is left ({'; '.join(notes)}): P needs a column that varies")
    return tuple(columns), ArrayLayout(names, scaling), notes


def encoded_inputs(encoding: Encoding | None, P: np.ndarray) -> np.ndarray:
    """The inputs of the network (examples, features) for an array, with values in the place of missing ones."""
    assert encoding is not None
    assert encoding.layout is not None
    frame = encoding.layout.frame(P)
    return np.hstack([column.encode(frame[column.name])[0] for column in encoding.inputs])


def missing_told(P: np.ndarray, rows: Split, columns: tuple[Column, ...], layout: ArrayLayout) -> list[str]:
    """A note on each input that lacks values: what stands there, and whether an input marks them."""
    notes = []
    for column in columns:
        missing = np.isnan(P[:, layout.inputs.index(column.name)])
        counts = {"training": rows.train, "validation": rows.validation, "test": rows.test}
        told = [counted(count, f"{part} row") for part, of in counts.items() if (count := int(missing[of].sum()))]
        if told:
            none, marked = ", and in no training row", ""
            if len(column.feature_names) > 1:
                none, marked = "", f", and an input {column.feature_names[1]!r} marks it"
            places = " and ".join(told)
            notes.append(f"input {column.name} lacks a value in {places}{none}: the training mean is taken{marked}")
    return notes


def fit_values(
    T: np.ndarray, train: np.ndarray, scaling: str, names: tuple[str, ...] | None = None
) -> tuple[TargetEncoding, ...]:
    """A target for each column of T (examples, outputs); raises DataError for one that does not vary in training.

    The names are y1, y2, ... where none are given, and y of a single one.
    """
    if names is None:
        names = tuple(f"y{number}" for number in range(1, T.shape[1] + 1)) if T.shape[1] > 1 else ("y",)
    targets = []
    for place, name in enumerate(names):
        values = T[train, place]
        values = values[~np.isnan(values)]
        if not len(values) or (values == values[0]).all():
            told = f"is {values[0]:g} in every training row" if len(values) else "has no value in the training rows"
            others = T[~np.isnan(T[:, place]), place]
            varies = len(others) > 0 and bool((others != others[0]).any())
            remedy = f"leave column {place} (counted from 0) out of T" if T.shape[1] > 1 else "give a T that varies"
            if varies:
                remedy = f"though not in the others: divide the examples otherwise, or {remedy}"
            raise DataError(f"target {name!r} {told}{', ' if varies else ': '}{remedy}")
        target = TargetEncoding.fit(pl.Series(name, values), "regression")
        targets.append(replace(target, scale=fit_scale(values, scaling, f"column {place} of T")))
    return tuple(targets)


def with_class(T: ArrayLike) -> tuple[ArrayLike, np.ndarray]:
    """T whose rows without a class have that of the first row that has one, and whether each has one (examples,).

    A class is missing that is NaN or None, or a row of which some number is NaN. Raises DataError if all are missing.

    >>> with_class(["a", None, "b"])[1]
    array([ True, False,  True])
    """
    texts = isinstance(T, list | tuple) and any(isinstance(label, str) for label in T)
    array = np.array(T, dtype=object) if texts else table_array("T", T)
    if array.ndim not in (1, 2) or not len(array):
        return T, np.ones(len(array) if array.ndim else 0, dtype=bool)
    if array.dtype.kind == "O":
        none = np.array([_is_none(value) for value in array.ravel()]).reshape(array.shape)
    else:
        none = np.asarray(array != array)  # noqa: PLR0124 - NaN alone differs from itself
    missing: np.ndarray = np.any(none.reshape(len(array), -1), axis=1)
    if not missing.any():
        return T, np.logical_not(missing)
    if missing.all():
        raise DataError("T has no class in any row: give a class for each example")
    filled = np.array(array)
    filled[missing] = array[int((~missing).argmax())]
    return filled, np.logical_not(missing)


def _is_none(value: object) -> bool:
    """Whether a value is what Python, NumPy or pandas writes for a missing one."""
    nan = isinstance(value, float | np.floating) and bool(np.isnan(value))
    return value is None or nan or type(value).__name__ in ("NAType", "NaTType")


def _one_class(label: object) -> DataError:
    return DataError(f"T has one class only, {shown(label)}: give rows of at least two classes")


def read_classes(
    T: ArrayLike, names: tuple[str, ...] | None = None, examples: int | None = None
) -> tuple[np.ndarray, TargetEncoding, bool]:
    """Classes of examples: their labels (examples,), their encoding, and whether one number tells them.

    T is one-hot rows (examples, classes), whose classes are 1, 2, ..., or as their columns' `names`; one column of 0
    and 1; or a vector of labels. `examples`, the rows of P, tell what was transposed. Raises DataError for anything
    else, and for one class only.

    >>> labels, target, single = read_classes(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    >>> labels, target.classes, single
    (array([2, 1, 3]), (1, 2, 3), False)
    """
    array = table_array("T", T)
    if array.ndim == 1:
        if array.dtype.kind in "biuf" and len(array) and ((array == 0) | (array == 1)).all():
            array = array[:, None]
        else:
            kinds = {type(label) for label in array.tolist()}
            if len(kinds) > 1 or not kinds <= {str, int, float, bool}:
                raise DataError("T is no vector of labels: give texts, or whole numbers, or one-hot rows")
            different = len(np.unique(array))
            if array.dtype.kind in "iuf" and different > max(2, len(array) / 2):
                raise DataError(
                    f"T has {different} different numbers in {len(array)} rows, too few of each to be classes: for "
                    "values use tw.fitnet"
                )
            series = pl.Series(names[0] if names else "class", array.tolist())
            target = TargetEncoding.fit(series, "classification")
            return target.labels(series), target, False
    if array.ndim != 2 or array.dtype.kind not in "biuf" or not array.size:
        line = array.ndim == 2 and 1 in array.shape and array.size > 1
        vector = ", or a vector of labels: T.ravel()" if line else ""
        raise DataError(
            f"T has shape {array.shape} of {array.dtype}; it must be one-hot rows (examples, classes){vector}"
        )
    wrong = ((array != 0) & (array != 1)).any(axis=1)
    if array.shape[1] > 1:
        wrong |= array.sum(axis=1) != 1
    if wrong.any():
        row = int(wrong.argmax())
        right = "0 or 1" if array.shape[1] == 1 else "one 1 among 0s"
        lies = array.shape[1] > len(array) and (len(array) == 1 or (array.sum(axis=0) == 1).all())
        both = "T.T" if array.shape[1] == examples else "P.T and T.T"
        turned = f": transposed? examples are rows here, give {both}" if lies else ""
        raise DataError(f"T is {shown(array[row].tolist())} in row {row} (counted from 0); it must be {right}{turned}")
    if array.shape[1] == 1:
        name = names[0] if names else "class"
        if (array == array[0]).all():
            raise _one_class(int(array[0, 0]))
        return array[:, 0].astype(int), TargetEncoding(name, "classification", (0, 1), None), True
    classes = names or tuple(range(1, array.shape[1] + 1))
    if (array == array[0]).all():
        raise _one_class(classes[int(array[0].argmax())])
    target = TargetEncoding("class", "classification", classes, None, one_hot=len(classes) == 2)
    return np.array(classes)[array.argmax(axis=1)], target, False
