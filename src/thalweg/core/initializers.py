"""Initial weights and biases of a layer, drawn by a NumPy generator on the host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ArgumentError, shown
from ..registry import Registry
from .activations import Activation, Linear
from .arrays import Array, Float
from .kinds import check_fields, is_number

__all__ = [
    "INITIALIZERS",
    "Auto",
    "HeNormal",
    "InitNW",
    "Initializer",
    "LeCunNormal",
    "NguyenWidrow",
    "Uniform",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
]


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    import numpy as np

    from .network import Layer

Source: TypeAlias = tuple[int, "Activation | None"]
"""What feeds a layer: how many units, and their activation; None for an input of the network."""


class Initializer(ABC):
    """Draws the weights (size, n_in) and the bias (size,) of a layer; n_in counts the units of all its sources."""

    @abstractmethod
    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Weights and bias of one layer."""

    def of_layer(
        self, rng: np.random.Generator, layer: Layer, sources: Sequence[Source]
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """`__call__` for a layer; for an initializer that looks at more of it, or at what feeds it."""
        return self(rng, layer.size, sum(width for width, _ in sources), layer.activation)


INITIALIZERS: Registry[Initializer] = Registry("initializer", Initializer)


class _Normal(Initializer):
    """Weights normal with mean 0 and a variance that n_in and the layer's size give; bias 0."""

    @abstractmethod
    def variance(self, n_in: int, size: int) -> float:
        """The variance of a weight."""

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Draw from N(0, variance)."""
        return rng.normal(0.0, sqrt(self.variance(n_in, size)), (size, n_in)), _zeros(size)


@INITIALIZERS.register("xavier_normal")
@dataclass(frozen=True)
class XavierNormal(_Normal):
    """w ~ N(0, 2/(n_in + n_out)), b = 0. NCSU; Glorot & Bengio 2010.

    NCSU's "same init value" within a layer means the same distribution.

    >>> XavierNormal().variance(3, 1)
    0.5
    """

    def variance(self, n_in: int, size: int) -> float:
        """2/(n_in + n_out)."""
        return 2.0 / (n_in + size)


@INITIALIZERS.register("he_normal")
@dataclass(frozen=True)
class HeNormal(_Normal):
    """w ~ N(0, 2/n_in), b = 0: for ReLU (He et al. 2015).

    >>> HeNormal().variance(4, 1)
    0.5
    """

    def variance(self, n_in: int, size: int) -> float:
        """2/n_in."""
        return 2.0 / n_in


@INITIALIZERS.register("lecun_normal")
@dataclass(frozen=True)
class LeCunNormal(_Normal):
    """w ~ N(0, 1/n_in), b = 0 (LeCun et al. 1998; for SELU, Klambauer et al. 2017).

    >>> LeCunNormal().variance(4, 1)
    0.25
    """

    def variance(self, n_in: int, size: int) -> float:
        """1/n_in."""
        return 1.0 / n_in


@INITIALIZERS.register("xavier_uniform")
@dataclass(frozen=True)
class XavierUniform(Initializer):
    """w ~ U[-r, r] with r = √(6/(n_in + n_out)), b = 0: the same variance as `xavier_normal`. Glorot & Bengio 2010.

    >>> import numpy as np
    >>> W, b = XavierUniform()(np.random.default_rng(0), 2, 4, None)
    >>> W.shape, b
    ((2, 4), array([0., 0.]))
    """

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Draw from U[-r, r]."""
        reach = sqrt(6.0 / (n_in + size))
        return rng.uniform(-reach, reach, (size, n_in)), _zeros(size)


@INITIALIZERS.register("uniform")
@dataclass(frozen=True)
class Uniform(Initializer):
    """w, b ~ U[-reach, reach], reach 1 by default. BRL.

    >>> import numpy as np
    >>> W, b = Uniform(reach=0.01)(np.random.default_rng(0), 1, 2, None)
    >>> bool(abs(W).max() <= 0.01)
    True
    """

    reach: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self, finite=True)

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Draw weights, then biases."""
        return rng.uniform(-self.reach, self.reach, (size, n_in)), rng.uniform(-self.reach, self.reach, size)


@INITIALIZERS.register("zeros")
@dataclass(frozen=True)
class Zeros(Initializer):
    """w = 0, b = 0: right for one layer; in a hidden layer all units would stay alike.

    >>> Zeros()(None, 1, 2, None)
    (array([[0., 0.]]), array([0.]))
    """

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """All zero."""
        return _zeros(size, n_in), _zeros(size)


@INITIALIZERS.register("nguyen_widrow")
@dataclass(frozen=True)
class NguyenWidrow(Initializer):
    """Rows of random direction and length β = 0.7 S^{1/n_in}, b ~ U[-β, β].

    So the active regions of the S units cover inputs in [-1, 1]. β is doubled for the sigmoid, whose active region
    is twice as wide as that of tanh. Nguyen & Widrow 1990.

    >>> import numpy as np
    >>> from thalweg.core.activations import Tanh
    >>> W, b = NguyenWidrow()(np.random.default_rng(0), 4, 2, Tanh())
    >>> np.linalg.norm(W, axis=1).round(6)
    array([1.4, 1.4, 1.4, 1.4])
    """

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Draw directions, then biases."""
        import numpy as np

        from .activations import Sigmoid

        beta = 0.7 * size ** (1.0 / n_in) * (2.0 if isinstance(activation, Sigmoid) else 1.0)
        direction = rng.uniform(-1.0, 1.0, (size, n_in))
        lengths = np.linalg.norm(direction, axis=1, keepdims=True)
        return beta * direction / lengths, rng.uniform(-beta, beta, size)


@INITIALIZERS.register("initnw")
@dataclass(frozen=True)
class InitNW(Initializer):
    """Nguyen & Widrow's weights by the rule of MATLAB's initnw: active regions spread evenly, not at random.

    For inputs in [-1, 1] and an active region from -1 to 1: rows of random direction and length β = 0.7 S^{1/n_in},
    biases β (-1, ..., 1) in even steps, each with the sign of its unit's first weight; 0 for one unit. Then stretched:
    the net inputs to the active region of the activation (tanh ±2, sigmoid ±4), the inputs from their own range: `low`
    to `high` for the network's (a number for all, or one for each), and what the activation can give for those of a
    layer. Where a region or a range has no bounds (linear, relu), and without biases, w, b ~ U[-1, 1]. A tanh layer's
    rows are twice as long as `nguyen_widrow`'s. Nguyen & Widrow 1990; MATLAB's initnw.

    >>> import numpy as np, thalweg as tw
    >>> W, b = tw.mlp(2, 5, 1).init(seed=0, initializer="initnw")["layer1"]
    >>> np.linalg.norm(W["input"], axis=1).round(3), np.sort(np.abs(b)).round(3)  # 2 · 0.7 √5
    (array([3.13, 3.13, 3.13, 3.13, 3.13]), array([0.   , 1.565, 1.565, 3.13 , 3.13 ]))
    """

    low: float | Sequence[float] = -1.0
    high: float | Sequence[float] = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            given = getattr(self, name)
            if isinstance(given, Sequence) and not isinstance(given, str):
                object.__setattr__(self, name, tuple(given))
            for number in self._each(getattr(self, name)):
                if not is_number(number) or not isfinite(number):
                    raise ArgumentError(
                        f"initnw: {name} is {shown(given)}; it must be a finite number, or one for each input"
                    )
        lows, highs = self._each(self.low), self._each(self.high)
        if len(lows) != len(highs) and 1 not in (len(lows), len(highs)):
            raise ArgumentError(f"initnw: low has {len(lows)} numbers and high {len(highs)}; give one for each input")
        if not all(low < high for low, high in self._ranges(max(len(lows), len(highs)))):
            raise ArgumentError(f"initnw: low is {self.low} and high {self.high}; low must be below high")

    @staticmethod
    def _each(given: float | Sequence[float]) -> tuple[float, ...]:
        return tuple(given) if isinstance(given, Sequence) else (given,)

    def _ranges(self, inputs: int) -> list[tuple[float, float]]:
        """The range of each of so many inputs of the network."""
        ranges = []
        for name in ("low", "high"):
            given = self._each(getattr(self, name))
            if len(given) not in (1, inputs):
                raise ArgumentError(f"initnw: {name} has {len(given)} numbers for {inputs} inputs; give one for each")
            ranges.append(given * inputs if len(given) == 1 else given)
        return list(zip(*ranges, strict=True))

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """For a layer that inputs of the network feed."""
        return self._drawn(rng, size, self._ranges(n_in), activation.active)

    def of_layer(
        self, rng: np.random.Generator, layer: Layer, sources: Sequence[Source]
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """For a layer by the ranges of what feeds it."""
        ranges: list[tuple[float, float] | None] = []
        for width, activation in sources:
            ranges += self._ranges(width) if activation is None else [activation.outputs] * width
        return self._drawn(rng, layer.size, ranges, layer.activation.active if layer.bias else None)

    def _drawn(
        self,
        rng: np.random.Generator,
        size: int,
        ranges: Sequence[tuple[float, float] | None],
        active: tuple[float, float] | None,
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        import numpy as np

        known = [one for one in ranges if one is not None]
        if active is None or len(known) < len(ranges):
            return Uniform()(rng, size, len(ranges), Linear())
        beta = 0.7 * size ** (1.0 / len(known))
        direction = rng.uniform(-1.0, 1.0, (size, len(known)))
        W = beta * direction / np.linalg.norm(direction, axis=1, keepdims=True)
        b = beta * np.linspace(-1.0, 1.0, size) * np.sign(W[:, 0]) if size > 1 else _zeros(1)
        W, b = 0.5 * (active[1] - active[0]) * W, 0.5 * (active[1] - active[0]) * b + 0.5 * (active[1] + active[0])
        low, high = np.asarray(known).T
        stretch = 2.0 / (high - low)
        return W * stretch, b + W @ (1.0 - high * stretch)


@INITIALIZERS.register("auto")
@dataclass(frozen=True)
class Auto(Initializer):
    """The initializer that each activation names: He for the ReLU family, LeCun for SELU, Xavier for the rest.

    >>> import numpy as np
    >>> from thalweg.core.activations import ReLU
    >>> W, _ = Auto()(np.random.default_rng(0), 1, 2, ReLU())
    >>> bool((W == HeNormal()(np.random.default_rng(0), 1, 2, ReLU())[0]).all())
    True
    """

    def __call__(
        self, rng: np.random.Generator, size: int, n_in: int, activation: Activation
    ) -> tuple[Float[Array, "size n_in"], Float[Array, " size"]]:
        """Draw by the activation's own initializer."""
        return INITIALIZERS.get(activation.initializer)(rng, size, n_in, activation)


def _zeros(*shape: int) -> Array:
    import numpy as np

    return np.zeros(shape)
