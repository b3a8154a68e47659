"""Where the examples of a buffer lie, each on one device, and where the examples of each update are taken there.

An update is that of one device: its examples are drawn from the whole buffer, whatever lies where, and each device
computes for those of them that lie with it. So processes need not exchange an example, and the run does not depend on
how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


def dealt(counts: Sequence[int], devices: int, held: Sequence[int] = ()) -> list[int]:
    """The device of each of the blocks of so many examples: the largest go first, to the one with the fewest.

    `held` are the examples that each device has already.

    >>> dealt([10, 30, 20, 10], 2)
    [1, 0, 1, 0]
    """
    load = list(held) or [0] * devices
    found = [0] * len(counts)
    for block in sorted(range(len(counts)), key=lambda block: -counts[block]):
        found[block] = min(range(devices), key=load.__getitem__)
        load[found[block]] += counts[block]
    return found


class Placement(NamedTuple):
    """Of each example of a buffer the device, and its row among the examples there; and how many each device has."""

    devices: np.ndarray
    rows: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, devices: np.ndarray, count: int) -> Placement:
        """That of examples on these devices, of which there are so many; each has its own in the buffer's order.

        >>> Placement.of(np.array([0, 1, 1, 0]), 2).rows
        array([0, 0, 1, 1], dtype=int32)
        """
        devices = devices.astype(np.uint16)
        counts = np.bincount(devices, minlength=count)
        order = np.argsort(devices, kind="stable")
        rows = np.empty(len(devices), np.int32)
        rows[order] = np.arange(len(devices)) - np.repeat(np.cumsum(counts) - counts, counts)
        return cls(devices, rows, counts)


class Slots(NamedTuple):
    """The batches of updates, by devices (updates, devices, slots).

    `rows` are the rows that each device takes of its examples, -1 for none; `places` those in the batch of one device.
    """

    rows: np.ndarray
    places: np.ndarray


def slots(placement: Placement, drawn: np.ndarray, least: int = 1) -> Slots:
    """The batches of row numbers in a buffer (updates, batch size), in at least so many slots a device.

    Row numbers that the buffer does not have stand for no example.

    >>> placement = Placement.of(np.array([0, 1, 1, 0]), 2)
    >>> slots(placement, np.array([[2, 1], [3, 9]])).rows.tolist()
    [[[-1, -1], [1, 0]], [[1, -1], [-1, -1]]]
    """
    count, (updates, size) = len(placement.counts), drawn.shape
    known = drawn < len(placement.devices)
    taken = np.where(known, drawn, 0)
    devices = np.where(known, placement.devices[taken], count).astype(np.uint16)
    order = np.argsort(devices, axis=1, kind="stable")
    sorted_devices = np.take_along_axis(devices, order, axis=1)
    each = np.stack([(devices == device).sum(axis=1) for device in range(count)], axis=1)
    starts = np.concatenate([np.zeros((updates, 1), int), np.cumsum(each, axis=1)], axis=1)
    slot = np.arange(size) - np.take_along_axis(starts, sorted_devices.astype(int), axis=1)
    shape = updates, count, max(least, int(each.max(initial=0)))
    rows, places = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
    there = sorted_devices < count
    at = np.nonzero(there)[0], sorted_devices[there], slot[there]
    rows[at] = placement.rows[np.take_along_axis(taken, order, axis=1)[there]]
    places[at] = order[there]
    return Slots(rows, places)
