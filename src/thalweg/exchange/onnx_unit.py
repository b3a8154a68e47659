"""What operations of ONNX element by element have made of a value, before it is a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import ArgumentError
from .assembly import Value

Affine: TypeAlias = tuple[np.ndarray | None, np.ndarray | None]


@dataclass(frozen=True)
class Unit:
    """A function, as a text by n ("" if it is long) and by values, of each element of a value; not yet a layer.

    `affine` is the factor and the offset, None where there is none, of one that only scales.
    """

    base: Value
    text: str
    values: np.ndarray
    """At the net inputs of PROBE."""
    name: str
    affine: Affine | None = None


@dataclass(frozen=True)
class Row:
    """One number for each example: the sum or the largest of a unit's, as a softmax is spelt out with."""

    kind: str
    unit: Unit


def affine_of(kind: str, given: Sequence[Any], known: Affine | None) -> Affine | None:
    """Factor and offset of an operation by single numbers on what has `known`; None for any other function."""
    behind = isinstance(given[0], np.ndarray)
    constant = given[0] if behind else given[-1]
    if known is None or (kind != "Neg" and not (len(given) == 2 and isinstance(constant, np.ndarray))):
        return None
    minus = np.asarray(-1.0, np.float32)
    factor, offset = known
    match kind, behind:
        case ("Add", _):
            return factor, _plus(offset, constant)
        case ("Sub", False):
            return factor, _plus(offset, -np.asarray(constant))
        case ("Sub", True):
            return _times(factor, minus), _plus(None if offset is None else -offset, constant)
        case ("Mul", _):
            return _times(factor, constant), None if offset is None else _times(offset, constant)
        case ("Div", False):
            one = 1.0 / np.asarray(constant)
            return _times(factor, one), None if offset is None else _times(offset, one)
        case ("Neg", _):
            return _times(factor, minus), None if offset is None else -offset
    return None


def said_of(unit: Unit) -> tuple[str, np.ndarray]:
    """Its text as a part of another, and its values."""
    return f"({unit.text})" if unit.text and unit.text != "n" else unit.text, unit.values


def _plus(one: np.ndarray | None, other: Any) -> np.ndarray:
    return np.asarray(other if one is None else one + other)


def _times(one: np.ndarray | None, other: Any) -> np.ndarray:
    return np.asarray(other if one is None else one * other)


def check_rows(constants: Sequence[np.ndarray], place: str) -> None:
    """Raise ArgumentError for a constant that is no row: a column is one number for each example, not for each unit."""
    for one in constants:
        if one.size > 1 and one.shape not in ((one.size,), (1, one.size)):
            raise ArgumentError(
                f"{place}: a constant of shape {one.shape}; beside rows it must be ({one.size},) or (1, {one.size})"
            )
