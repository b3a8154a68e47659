"""What processes that train together tell one another: bytes of any length, and that one of them cannot go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import errors
from ..errors import ArgumentError, LostProcessError, ThalwegError
from .interruption import Interrupted
from .processes import gathered, joined, meet, with_others

_LONGEST = 2000
"""Characters of a message that others are told."""
_ROUND = 16 << 20
"""Bytes of each process that are exchanged at once."""


def exchanged(told: bytes) -> list[bytes]:
    """What each process tells, in their order; of a process alone, its own.

    >>> exchanged(b"a")
    [b'a']
    """
    if joined() is None:
        return [told]
    with with_others():
        lengths = gathered(np.frombuffer(len(told).to_bytes(8, "little"), np.uint8))
        left = [int.from_bytes(row.tobytes(), "little") for row in lengths]
        found = [bytearray() for _ in left]
        for start in range(0, max(left), _ROUND):
            part = np.frombuffer(told[start : start + _ROUND], np.uint8)
            size = min(max(left) - start, _ROUND)
            room = max(64, 1 << (size - 1).bit_length())  # few sizes, for each of which a program is compiled
            rows = gathered(np.pad(part, (0, room - len(part))))
            for whole, row, length in zip(found, rows, left, strict=True):
                whole.extend(row[: max(0, length - start)].tobytes())
    return [bytes(one) for one in found]


def exchanged_data(told: Any) -> list[Any]:
    """The same of plain data, as JSON has it.

    >>> exchanged_data({"a": [1]})
    [{'a': [1]}]
    """
    return [json.loads(one) for one in exchanged(json.dumps(told).encode())]


def exchanged_arrays(told: np.ndarray) -> list[np.ndarray]:
    """The same of arrays of one type, whose shapes may differ in the number of rows.

    >>> exchanged_arrays(np.eye(2))[0].shape
    (2, 2)
    """
    rows = exchanged(np.ascontiguousarray(told).tobytes())
    return [np.frombuffer(one, told.dtype).reshape(-1, *told.shape[1:]) for one in rows]


@contextmanager
def raised_in_all() -> Iterator[None]:
    """What one process works out, and others wait for: where it fails, all of them end with its message.

    >>> with raised_in_all():
    ...     raise ArgumentError("give more")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: give more
    """
    failed: Exception | None = None
    try:
        yield
    except LostProcessError:  # the others are not there to be told
        raise
    except Exception as error:
        failed = error
    if joined() is not None and _any_failed(failed):
        kind = type(failed).__name__ if isinstance(failed, ThalwegError | Interrupted) else ""
        told = exchanged_data(failed and [kind, (str(failed) if kind else repr(failed))[:_LONGEST]])
        if failed is None:
            _raise_first(told)
    if failed is not None:
        raise failed


def check_alike(told: Any, message: Callable[[Any, Any, int], str]) -> None:
    """Raise ArgumentError, in every process, where one tells other plain data than process 0.

    `message` gets what process 0 and the first that differs tell, and the number of that.
    """
    found = exchanged_data(told)
    for number, one in enumerate(found):
        if one != found[0]:
            raise ArgumentError(message(found[0], one, number))


def _any_failed(failed: Exception | None) -> bool:
    try:
        meet()
        with with_others():
            return bool(gathered(np.asarray([failed is not None], np.uint8)).any())
    except LostProcessError:
        if failed is not None:
            raise failed from None
        raise


def _raise_first(told: list[Any]) -> None:
    """Raise what the first process that failed did, or that one of them was interrupted."""
    if any(one and one[0] == Interrupted.__name__ for one in told):
        raise Interrupted
    number, (kind, message) = next((number, one) for number, one in enumerate(told) if one)
    raise getattr(errors, kind or "LostProcessError")(f"process {number}: {message}")
