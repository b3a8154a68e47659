"""Which elements a Gather, a Slice or a Split of ONNX takes: their places from 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError


def gathered(index: np.ndarray, size: int, place: str) -> np.ndarray:
    """Those of a Gather, whose negative places count from the end; raises ArgumentError for what are none.

    >>> gathered(np.array([0, -1]), 3, "node")
    array([0, 2])
    """
    places = np.ravel(index)
    if places.dtype.kind not in "iu":
        raise ArgumentError(f"{place}: places of type {places.dtype}; they must be whole numbers")
    if (places < -size).any() or (places >= size).any():
        raise ArgumentError(f"{place} takes elements that are not among the {size} that it is given")
    return np.where(places < 0, places + size, places)


def sliced(given: Sequence[Any], attributes: Mapping[str, Any], size: int, place: str) -> np.ndarray:
    """Those of a Slice, by its starts, ends, axes and steps, which are inputs or, before opset 10, attributes.

    >>> sliced([np.array([-2]), np.array([2**62]), np.array([1])], {}, 5, "node")
    array([3, 4])
    """
    parts = [np.ravel(one).tolist() for one in given if isinstance(one, np.ndarray)]
    if not parts:
        parts = [list(attributes[name]) for name in ("starts", "ends", "axes") if name in attributes]
    starts, ends, axes, steps = (*parts, *([], [], [0], [1])[len(parts) :])
    if len(starts) != 1 or len(ends) != 1 or list(axes) not in ([1], [-1]):
        raise ArgumentError(f"{place}: a slice of examples, or of several dimensions")
    return np.arange(size)[int(starts[0]) : int(ends[0]) : int(steps[0])]


def split(lengths: Any, size: int, outputs: int, at: int, place: str) -> np.ndarray:
    """Those of an output of a Split: of lengths that are said, or of equal ones, the last of what is left.

    >>> split(None, 5, 2, 1, "node")
    array([3, 4])
    """
    if lengths is None:
        longest = -(-size // outputs)
        lengths = [longest] * (outputs - 1) + [size - longest * (outputs - 1)]
    lengths = [int(one) for one in np.ravel(np.asarray(lengths))]
    if len(lengths) != outputs or min(lengths) < 0 or sum(lengths) != size:
        raise ArgumentError(f"{place}: {size} values are split into {lengths} for {outputs} outputs")
    return np.arange(size)[sum(lengths[:at]) : sum(lengths[: at + 1])]
