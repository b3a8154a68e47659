"""What an activation is: a function of the net inputs of a layer, and products with its derivatives."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from ..registry import Registry
from .arrays import Array, Float
from .kinds import check_fields


class Activation(ABC):
    """A function a = f(n) of the net inputs of a layer, and the product with its Jacobian Ḟ(n).

    Its texts are how worked calculations show it, in the language of formulas, with the names of its settings and
    sum(u), the sum of u over the units of the layer. Without a text its values are shown alone.
    """

    initializer: ClassVar[str] = "xavier_normal"
    """The initializer that keeps the signal's variance through layers of this activation."""
    value_text: ClassVar[str] = ""
    """f of a unit, by its net input n."""
    backpropagate_text: ClassVar[str] = ""
    """`backpropagate` of a unit, by its net input n, its output a and v, the derivative by its output."""

    def __post_init__(self) -> None:
        """Raise ArgumentError for a setting that is not of its kind; a number must be finite."""
        if dataclasses.is_dataclass(self):
            check_fields(self, finite=True, label=type(self).__name__.lower())

    @abstractmethod
    def __call__(self, n: Float[Array, "*examples size"]) -> Float[Array, "*examples size"]:
        """a = f(n)."""

    @abstractmethod
    def backpropagate(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        v: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """Ḟ(n)ᵀ v: the derivative by the net inputs, given v, the derivative by the outputs (NND 3.49, 3.50)."""

    @abstractmethod
    def push(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        n_dot: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """Ḟ(n) n_dot: how the outputs change when the net inputs change by n_dot."""

    @abstractmethod
    def backpropagate_dot(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        v: Float[Array, "*examples size"],
        n_dot: Float[Array, "*examples size"],
        v_dot: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """How `backpropagate(n, a, v)` changes when n and v change by n_dot and v_dot: exact second derivatives."""


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)


class Elementwise(Activation):
    """An activation of one net input at a time, so that Ḟ(n) is diagonal."""

    reads: ClassVar[Literal["net_input", "output"]] = "output"
    """What `derivative` takes: the net input n, or the output a = f(n)."""
    derivative_text: ClassVar[str] = ""
    """f' of a unit, by its net input n and its output a."""

    @abstractmethod
    def derivative(self, x: Float[Array, "*examples size"]) -> Float[Array, "*examples size"]:
        """f'(n), from n or from a as `reads` says."""

    @abstractmethod
    def second_derivative(
        self, n: Float[Array, "*examples size"], a: Float[Array, "*examples size"]
    ) -> Float[Array, "*examples size"]:
        """f''(n), from the net input and the output."""

    def backpropagate(self, n: Array, a: Array, v: Array) -> Array:
        """f'(n) v, element by element."""
        return self.derivative(n if self.reads == "net_input" else a) * v

    def push(self, n: Array, a: Array, n_dot: Array) -> Array:
        """f'(n) n_dot, element by element."""
        return self.backpropagate(n, a, n_dot)

    def backpropagate_dot(self, n: Array, a: Array, v: Array, n_dot: Array, v_dot: Array) -> Array:
        """f'(n) v_dot + f''(n) n_dot v."""
        return self.backpropagate(n, a, v_dot) + self.second_derivative(n, a) * n_dot * v
