"""A curve of a run that may have millions of epochs, in so many points as a picture shows."""

from __future__ import annotations

import numpy as np

MOST_POINTS = 500


class Curve:
    """Some of the values that were added, evenly apart, and always the last; no more than a picture shows.

    >>> curve = Curve(most=4)
    >>> curve.add(np.arange(10.0))
    >>> curve.points()
    ([1, 5, 9, 10], [0.0, 4.0, 8.0, 9.0])
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._stride = 1
        self._epochs: list[int] = []
        self._values: list[float] = []
        self.last = float("nan")
        """The value that was added last."""
        self.count = 0
        """How many values were added."""

    def add(self, values: np.ndarray) -> None:
        """Add the values of epochs that follow."""
        if not len(values):
            return
        while (self.count + len(values)) / self._stride > self._most:
            self._stride *= 2
            keep = [k for k, epoch in enumerate(self._epochs) if (epoch - 1) % self._stride == 0]
            self._epochs = [self._epochs[k] for k in keep]
            self._values = [self._values[k] for k in keep]
        first = -self.count % self._stride
        taken = range(first, len(values), self._stride)
        self._epochs += [self.count + k + 1 for k in taken]
        self._values += [float(value) for value in values[first :: self._stride]]
        self.count += len(values)
        self.last = float(values[-1])

    def points(self) -> tuple[list[int], list[float]]:
        """The epochs, counted from 1, and their values."""
        if not self._epochs or self._epochs[-1] == self.count:
            return list(self._epochs), list(self._values)
        return [*self._epochs, self.count], [*self._values, self.last]
