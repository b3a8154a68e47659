"""Examples dealt out to training, validation and test, in the ways of MATLAB's divide functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import numpy as np

from ..core.arrays import table_array
from ..core.kinds import check_count, check_number
from ..data.split import Split, check_fractions, split_rows, too_few
from ..errors import ArgumentError, shown, unknown

DIVISIONS = {
    "random": "dividerand",
    "block": "divideblock",
    "interleaved": "divideint",
    "indices": "divideind",
    "none": "dividetrain",
}
"""The ways, and what MATLAB calls them."""
Value = TypeVar("Value")
Rows: TypeAlias = Sequence[int] | np.ndarray
RATIOS = (0.7, 0.15, 0.15)


def divide_examples(
    examples: int, divide: str, ratios: Sequence[float] = RATIOS, indices: Sequence[Rows] | None = None, seed: int = 0
) -> Split:
    """The rows of training, validation and test.

    "random" draws them by the seed; "block" takes the first, the next and the last; "interleaved" gives each row to the
    part that is farthest behind its share, so that all run through the whole; "indices" takes them as they are given,
    from 0, and leaves out others; "none" trains on all. MATLAB's names are taken too. Raises ArgumentError for what is
    no such thing, DataError for too few examples.

    >>> divide_examples(10, "block", (0.6, 0.2, 0.2)).validation, divide_examples(10, "interleaved").test
    (array([6, 7]), array([4]))
    """
    ways = {matlab: way for way, matlab in DIVISIONS.items()}
    way = ways.get(divide, divide) if isinstance(divide, str) else divide
    check_count("seed", seed, 0, 2**32 - 1)
    if way not in DIVISIONS:
        raise ArgumentError(unknown("division", way, DIVISIONS))
    if (indices is not None) != (way == "indices"):
        told = "needs" if indices is None else "takes no"
        raise ArgumentError(
            f"divide {way!r} {told} indices: give divide='indices' and indices=(train, validation, test)"
        )
    if indices is not None:
        return _given(indices, examples)
    everyone, none = np.arange(examples), np.arange(0)
    if way == "none":
        return Split(everyone, none, none)
    shares = check_fractions([check_number("ratios: a share", share) for share in _three("ratios", ratios)])
    if way == "random":
        return split_rows(everyone, shares, seed, stratify=False)
    if way == "block":
        validation, test = (round(examples * share) for share in shares[1:])
        first, second = examples - validation - test, examples - test
        parts = Split(everyone[:first], everyone[first:second], everyone[second:])
    else:
        owners = _interleaved(examples, shares)
        parts = Split(np.flatnonzero(owners == 0), np.flatnonzero(owners == 1), np.flatnonzero(owners == 2))
    rows = (parts.train, parts.validation, parts.test)
    if any(share > 0 and not len(part) for share, part in zip(shares, rows, strict=True)):
        raise too_few(examples, shares)
    return parts


def _interleaved(examples: int, shares: Sequence[float]) -> np.ndarray:
    """For each row the part whose number of rows is farthest below its share of all so far, the first among equals."""
    counts, owners = np.zeros(3), np.empty(examples, dtype=np.intp)
    for row in range(examples):
        behind = np.asarray(shares) * (row + 1) - counts
        owners[row] = int(np.argmax(np.round(behind, 9)))
        counts[owners[row]] += 1
    return owners


def _three(name: str, values: Sequence[Value]) -> Sequence[Value]:
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | np.ndarray) or len(values) != 3:
        raise ArgumentError(f"{name} is {shown(values)}; it must be three: of training, validation and test")
    return values


def _given(indices: Sequence[Rows], examples: int) -> Split:
    parts = []
    for name, rows in zip(("train", "validation", "test"), _three("indices", indices), strict=True):
        array = table_array(f"indices of {name}", rows)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise ArgumentError(f"indices of {name} are {shown(rows)}; they must be whole numbers of rows, from 0")
        array = array.astype(np.intp)
        if array.size and not (array.min() >= 0 and array.max() < examples):
            wrong = int(array[(array < 0) | (array >= examples)][0])
            raise ArgumentError(f"indices of {name} have {wrong}; rows go from 0 to {examples - 1}")
        parts.append(np.sort(array))
    together = np.concatenate(parts)
    if len(np.unique(together)) < len(together):
        values, counts = np.unique(together, return_counts=True)
        raise ArgumentError(f"indices have row {values[counts > 1][0]} twice: a row belongs to one part")
    if not len(parts[0]):
        raise ArgumentError("indices of train are none: a training needs rows")
    return Split(parts[0], parts[1], parts[2])
