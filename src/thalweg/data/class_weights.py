"""Weights of the classes: balanced, or one for each; and what each row counts by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from thalweg.core.kinds import as_number
from thalweg.errors import ArgumentError, DataError, shown, unknown

from .roles import LARGEST_WEIGHT
from .target import TargetEncoding
from .targets import Targets

BALANCED = "balanced"
"""Each class counts as much as another: rows / (classes · rows of the class)."""


def check_class_weight(given: Any) -> None:
    """Raise ArgumentError for what is neither "balanced" nor a dict of weights."""
    if given is None or given == BALANCED or (isinstance(given, Mapping) and given):
        return
    raise ArgumentError(f"class_weight is {shown(given)}; it must be 'balanced', or a weight for each class")


def class_weights(targets: Targets, labels: np.ndarray, given: str | Mapping[str, Any]) -> list[np.ndarray]:
    """The weights of the classes of each target, in their order; a class that is not named weighs 1.

    `labels` are those of the training rows, (rows,) or (rows, targets). "balanced" is scikit-learn's
    `compute_class_weight`. Raises ArgumentError for weights that are none, or of classes that are none, and DataError
    for targets without classes.

    >>> import polars as pl
    >>> ripe = pl.Series("ripe", ["yes", "no", "no", "no"])
    >>> targets = (TargetEncoding.fit(ripe, "classification"),)
    >>> [weights.tolist() for weights in class_weights(targets, ripe.to_numpy(), "balanced")]
    [[0.6666666666666666, 2.0]]
    >>> [weights.tolist() for weights in class_weights(targets, ripe.to_numpy(), {"yes": 3})]
    [[1.0, 3.0]]
    """
    return _class_weights(targets, given, lambda: _counts(targets, labels))


def class_weights_of_counts(
    targets: Targets, counts: Sequence[np.ndarray], given: str | Mapping[str, Any]
) -> list[np.ndarray]:
    """The same by how many training rows each class of each target has.

    >>> import polars as pl
    >>> targets = (TargetEncoding.fit(pl.Series("ripe", ["no", "yes"]), "classification"),)
    >>> [weights.tolist() for weights in class_weights_of_counts(targets, [np.array([3, 1])], "balanced")]
    [[0.6666666666666666, 2.0]]
    """
    return _class_weights(targets, given, lambda: counts)


def _class_weights(
    targets: Targets, given: str | Mapping[str, Any], counts: Callable[[], Sequence[np.ndarray]]
) -> list[np.ndarray]:
    check_class_weight(given)
    measured = next((target.name for target in targets if not target.classes), None)
    if measured is not None:
        raise DataError(f"target {measured!r} is measured, and class weights are of classes: leave them out")
    if isinstance(given, Mapping) and len(targets) > 1:
        names = [target.name for target in targets]
        for name, weights in given.items():
            if name not in names:
                raise ArgumentError(f"class_weight: {unknown('target', name, names)}")
            if not isinstance(weights, Mapping):
                told = f"class_weight of target {name!r} is {shown(weights)}"
                raise ArgumentError(f"{told}; of several targets each has a table of its classes' weights")
        return [_of_table(target, given.get(target.name, {})) for target in targets]
    if isinstance(given, Mapping):
        return [_of_table(target, given) for target in targets]
    return [each.sum() / (len(target.classes) * each) for target, each in zip(targets, counts(), strict=True)]


def _counts(targets: Targets, labels: np.ndarray) -> list[np.ndarray]:
    """How many rows each class of each target has."""
    return [
        np.bincount(target.codes(labels if labels.ndim == 1 else labels[:, number]), minlength=len(target.classes))
        for number, target in enumerate(targets)
    ]


def row_factors(targets: Targets, labels: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """What the weights of its classes make of each row, (rows,): their product over the targets."""
    factors = np.ones(len(labels))
    for number, (target, of_target) in enumerate(zip(targets, weights, strict=True)):
        factors *= of_target[target.codes(labels if labels.ndim == 1 else labels[:, number])]
    return factors


def _of_table(target: TargetEncoding, given: Mapping[Any, Any]) -> np.ndarray:
    """The weights in a table of names of classes."""
    places = {name: place for place, label in enumerate(target.classes) for name in _spellings(label)}
    weights = np.ones(len(target.classes))
    for name, value in given.items():
        place = next((places[one] for one in _spellings(name) if one in places), None)
        if place is None:
            of = f"class of target {target.name!r}"
            raise ArgumentError(f"class_weight: {unknown(of, str(name), [str(label) for label in target.classes])}")
        number = None if isinstance(value, bool | str) else as_number(value)
        if number is None or not 0 <= number <= LARGEST_WEIGHT:
            raise ArgumentError(
                f"class_weight of {name!r} is {shown(value)}; it must be a number from 0 to {LARGEST_WEIGHT:g}"
            )
        weights[place] = number
    if not weights.any():
        raise ArgumentError(f"class_weight is 0 for every class of target {target.name!r}: give one a weight above 0")
    return weights


def _spellings(label: Any) -> set[str]:
    """How a class is written as a key: true and True, 1 and 1.0."""
    number = label if isinstance(label, int | float) and not isinstance(label, bool) else None
    plain = str(label)
    return {
        plain,
        *([plain.lower()] if isinstance(label, bool) else []),
        *([f"{number:g}", str(float(number))] if number is not None else []),
    }
