"""Activations that are steps: hardlim and hardlims of the perceptron, to predict with. Nothing trains through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NoReturn

from ...errors import ArgumentError
from ..arrays import Array, namespace
from .plain import ACTIVATIONS, Activation


class Step(Activation):
    """A function whose derivative is 0 wherever there is one, so that no gradient says anything."""

    below: ClassVar[float]
    instead: ClassVar[str]
    """A function of the same two ends that can be trained."""

    def __call__(self, n: Array) -> Array:
        """1 from 0 on, the lower output below."""
        xp = namespace(n)
        return xp.where(n >= 0, xp.ones_like(n), xp.full_like(n, self.below))

    def check_trainable(self) -> NoReturn:
        """Raise ArgumentError: there is nothing to train by."""
        raise ArgumentError(
            f"{ACTIVATIONS.name_of(self)} is a step, whose derivative is 0: it predicts, but no gradient passes it; "
            f"train with {self.instead}"
        )

    def backpropagate(self, n: Array, a: Array, v: Array) -> NoReturn:
        """Not to be had; raises ArgumentError."""
        self.check_trainable()

    def push(self, n: Array, a: Array, n_dot: Array) -> NoReturn:
        """Not to be had; raises ArgumentError."""
        self.check_trainable()

    def backpropagate_dot(self, n: Array, a: Array, v: Array, n_dot: Array, v_dot: Array) -> NoReturn:
        """Not to be had; raises ArgumentError."""
        self.check_trainable()


@ACTIVATIONS.register("hardlim", listed=False)
@dataclass(frozen=True)
class Hardlim(Step):
    """a = 1 if n ≥ 0 else 0, to predict with. NND table 2.1.

    >>> import numpy as np
    >>> Hardlim()(np.array([-0.5, 0.0, 2.0]))
    array([0., 1., 1.])
    """

    below: ClassVar[float] = 0.0
    instead: ClassVar[str] = "sigmoid (logsig)"
    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "1 if n >= 0 else 0"


@ACTIVATIONS.register("hardlims", listed=False)
@dataclass(frozen=True)
class Hardlims(Step):
    """a = 1 if n ≥ 0 else -1, to predict with. NND table 2.1.

    >>> import numpy as np
    >>> Hardlims()(np.array([-0.5, 0.0, 2.0]))
    array([-1.,  1.,  1.])
    """

    below: ClassVar[float] = -1.0
    instead: ClassVar[str] = "tanh (tansig)"
    outputs: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    value_text: ClassVar[str] = "1 if n >= 0 else -1"
