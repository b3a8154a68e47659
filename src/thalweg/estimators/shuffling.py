"""The order in which scikit-learn presents the rows: each epoch shuffles the order of the epoch before."""

from __future__ import annotations

import numpy as np

_REMEMBERED = 64


class EpochShuffles:
    """The rows of each epoch, as a `RandomState` shuffles them one epoch after another from where it stands now.

    >>> shuffles = EpochShuffles(np.random.RandomState(0), 4)
    >>> shuffles(1), shuffles(0)
    (array([2, 1, 3, 0]), array([2, 3, 1, 0]))
    """

    def __init__(self, random: np.random.RandomState, rows: int) -> None:
        self._start = random.get_state()
        self._rows = rows
        self._random: np.random.RandomState | None = None
        self._known: dict[int, np.ndarray] = {}
        self._next = 0

    def __call__(self, epoch: int) -> np.ndarray:
        """The rows of an epoch, counted from 0."""
        random = self._random
        if random is None or (epoch not in self._known and epoch < self._next):
            random = self._begin()
        while epoch >= self._next:
            drawn = np.arange(self._rows)
            random.shuffle(drawn)  # as sklearn.utils.shuffle does, which checks more than it shuffles
            self._order = self._order[drawn]
            self._known[self._next] = self._order
            self._known.pop(self._next - _REMEMBERED, None)
            self._next += 1
        return self._known[epoch]

    def leave(self, random: np.random.RandomState, epochs: int) -> None:
        """Set a generator to where so many epochs leave it."""
        if epochs != self._next:
            self._begin()
            if epochs:
                self(epochs - 1)
        random.set_state(self._start if self._random is None else self._random.get_state())

    def _begin(self) -> np.random.RandomState:
        self._random = random = np.random.RandomState(0)
        random.set_state(self._start)
        self._order = np.arange(self._rows)
        self._known.clear()
        self._next = 0
        return random
