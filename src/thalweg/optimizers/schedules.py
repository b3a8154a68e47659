"""Learning rates and momenta that change with the steps k = 0, 1, ...: any function of k is a schedule, optax's too.

Those here take a step or an array of steps, on NumPy in float64, and need no JAX (optax's do, and reckon in float32).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import pi

from ..core.arrays import Array, Scalar, namespace
from ..core.kinds import check_fields
from ..errors import ArgumentError, shown
from ..registry import Registry

__all__ = [
    "SCHEDULES",
    "Cosine",
    "Exponential",
    "Fixed",
    "FixedThen",
    "InverseTime",
    "Linear",
    "OneCycle",
    "ReduceOnPlateau",
    "Schedule",
    "WarmUp",
]


def __dir__() -> list[str]:
    return __all__


class Schedule(ABC):
    """A number that changes with the step."""

    @abstractmethod
    def __call__(self, step: Array | int) -> Scalar:
        """The number at a step, or the numbers at an array of steps."""

    @classmethod
    @abstractmethod
    def over(cls, rate: float, steps: int) -> Schedule:
        """The schedule of a run of so many steps: what the command line takes."""


SCHEDULES: Registry[Schedule] = Registry("schedule", Schedule)


def _share(step: Array | int, steps: int) -> Array:
    """min(k/K, 1)."""
    return namespace(step).minimum(step / steps, 1.0)


def _since(step: Array | int, first: int) -> Array:
    """max(k - K, 0)."""
    return namespace(step).maximum(step - first, 0)


def _check(schedule: Schedule, then: object = None, **counts: float) -> None:
    """Raise ArgumentError for a count of steps below 1, or for a schedule that can only stand alone."""
    if then is not None and (isinstance(then, ReduceOnPlateau | type) or not callable(then)):
        raise ArgumentError(
            f"{type(schedule).__name__}: then is {shown(then)}; it must be a function of the step, and not "
            "ReduceOnPlateau, which follows the loss"
        )
    check_fields(schedule, finite=True)
    for name, count in counts.items():
        if isinstance(count, bool) or not count >= 1:
            raise ArgumentError(f"{type(schedule).__name__}: {name} is {shown(count)}; it must be at least 1")


@SCHEDULES.register("fixed")
@dataclass(frozen=True)
class Fixed(Schedule):
    """The same number at every step: α_k = α. NCSU, AIFH.

    >>> float(Fixed(0.1)(7))
    0.1
    """

    value: float = 0.01

    def __post_init__(self) -> None:
        _check(self)

    def __call__(self, step: Array | int) -> Scalar:
        """α."""
        return self.value + 0.0 * step

    @classmethod
    def over(cls, rate: float, steps: int) -> Fixed:
        """The rate."""
        return cls(rate)


@SCHEDULES.register("inverse_time")
@dataclass(frozen=True)
class InverseTime(Schedule):
    """Steadily decreasing: α_k = α / (1 + k/τ), half of α after τ = `half_after` steps. Robbins & Monro 1951; NCSU.

    >>> InverseTime(0.1, half_after=100)(300)
    0.025
    """

    start: float = 0.01
    half_after: float = 1000

    def __post_init__(self) -> None:
        _check(self, half_after=self.half_after)

    def __call__(self, step: Array | int) -> Scalar:
        """α / (1 + k/τ)."""
        return self.start / (1.0 + step / self.half_after)

    @classmethod
    def over(cls, rate: float, steps: int) -> InverseTime:
        """Down to a tenth."""
        return cls(rate, max(1, round(steps / 9)))


@SCHEDULES.register("exponential")
@dataclass(frozen=True)
class Exponential(Schedule):
    """Steadily decreasing by the same share: α_k = α γ^(k/K), times γ = `factor` in every K = `steps` steps.

    >>> Exponential(0.1, factor=0.5, steps=10)(20)
    0.025
    """

    start: float = 0.01
    factor: float = 0.5
    steps: int = 1000

    def __post_init__(self) -> None:
        _check(self, steps=self.steps)
        if not self.factor > 0:
            raise ArgumentError(f"{self}: factor must be above 0")

    def __call__(self, step: Array | int) -> Scalar:
        """α γ^(k/K)."""
        return self.start * self.factor ** (step / self.steps)

    @classmethod
    def over(cls, rate: float, steps: int) -> Exponential:
        """Down to a hundredth."""
        return cls(rate, 0.01, steps)


@SCHEDULES.register("linear")
@dataclass(frozen=True)
class Linear(Schedule):
    """In a straight line from `start` to `end` in K = `steps` steps, and `end` from there: up as well as down.

    α_k = α + (ω - α) min(k/K, 1). A momentum may rise so, from 0.5 to 0.9.

    >>> [round(float(Linear(0.1, 0.02, steps=4)(k)), 12) for k in (0, 1, 9)]
    [0.1, 0.08, 0.02]
    """

    start: float = 0.01
    end: float = 0.0
    steps: int = 1000

    def __post_init__(self) -> None:
        _check(self, steps=self.steps)

    def __call__(self, step: Array | int) -> Scalar:
        """α + (ω - α) min(k/K, 1)."""
        share = _share(step, self.steps)
        return self.start * (1.0 - share) + self.end * share

    @classmethod
    def over(cls, rate: float, steps: int) -> Linear:
        """Down to 0."""
        return cls(rate, 0.0, steps)


@SCHEDULES.register("cosine")
@dataclass(frozen=True)
class Cosine(Schedule):
    """From `start` to `end` in K = `steps` steps along half a wave, slow at both ends; and `end` from there.

    α_k = ω + (α - ω) (1 + cos(π min(k/K, 1))) / 2. Loshchilov & Hutter 2017, eq. 5.

    >>> float(Cosine(0.1, steps=100)(50).round(12))
    0.05
    """

    start: float = 0.01
    end: float = 0.0
    steps: int = 1000

    def __post_init__(self) -> None:
        _check(self, steps=self.steps)

    def __call__(self, step: Array | int) -> Scalar:
        """ω + (α - ω) (1 + cos(π min(k/K, 1))) / 2."""
        wave = namespace(step).cos(pi * _share(step, self.steps))
        return self.end + (self.start - self.end) * 0.5 * (1.0 + wave)

    @classmethod
    def over(cls, rate: float, steps: int) -> Cosine:
        """Down to 0."""
        return cls(rate, 0.0, steps)


@SCHEDULES.register("one_cycle")
@dataclass(frozen=True)
class OneCycle(Schedule):
    """Along half a wave from `peak`/25 up to `peak` in the first 0.3 of the steps, then down to `peak`/250,000.

    Those numbers are peak/`below`, `rise`, and peak/(`below` · `last_below`). Smith & Topin 2018.

    >>> cycle = OneCycle(0.5, steps=100)
    >>> [round(float(cycle(k)), 6) for k in (0, 30, 100)]
    [0.02, 0.5, 2e-06]
    """

    peak: float = 0.01
    steps: int = 1000
    rise: float = 0.3
    below: float = 25.0
    last_below: float = 1e4

    def __post_init__(self) -> None:
        _check(self, steps=self.steps)
        if not (0 < self.rise < 1 and self.below > 0 and self.last_below > 0):
            raise ArgumentError(f"{self}: rise must be between 0 and 1, below and last_below above 0")

    def __call__(self, step: Array | int) -> Scalar:
        """One half-wave up, one down."""
        top = max(1, int(self.rise * self.steps))
        first, last = self.peak / self.below, self.peak / (self.below * self.last_below)
        down = Cosine(self.peak, last, max(1, self.steps - top))
        return namespace(step).where(step < top, Cosine(first, self.peak, top)(step), down(_since(step, top)))

    @classmethod
    def over(cls, rate: float, steps: int) -> OneCycle:
        """Up to the rate and down."""
        return cls(rate, steps)


@SCHEDULES.register("fixed_then")
@dataclass(frozen=True)
class FixedThen(Schedule):
    """Fixed for the first K = `steps` steps, then another schedule from its beginning: α_k = f(max(k - K, 0)). NCSU.

    >>> schedule = FixedThen(Exponential(0.1, factor=0.5, steps=10), steps=100)
    >>> [float(schedule(k)) for k in (0, 100, 110)]
    [0.1, 0.1, 0.05]
    """

    then: Callable[[Array], Scalar] = Exponential()
    steps: int = 1000

    def __post_init__(self) -> None:
        _check(self, steps=self.steps, then=self.then)

    def __call__(self, step: Array | int) -> Scalar:
        """f(max(k - K, 0))."""
        return self.then(_since(step, self.steps))

    @classmethod
    def over(cls, rate: float, steps: int) -> FixedThen:
        """Fixed for half of the steps, then in a straight line to 0."""
        half = max(1, steps // 2)
        return cls(Linear(rate, 0.0, max(1, steps - half)), half)


@SCHEDULES.register("warm_up")
@dataclass(frozen=True)
class WarmUp(Schedule):
    """From `start` in a straight line to f(0) in the first K = `steps` steps, then the schedule f from its beginning.

    >>> schedule = WarmUp(Exponential(0.1, factor=0.5, steps=10), steps=100)
    >>> [float(schedule(k)) for k in (0, 50, 100, 110)]
    [0.0, 0.05, 0.1, 0.05]
    """

    then: Callable[[Array], Scalar] = Cosine()
    steps: int = 100
    start: float = 0.0

    def __post_init__(self) -> None:
        _check(self, steps=self.steps, then=self.then)

    def __call__(self, step: Array | int) -> Scalar:
        """A ramp, then f(k - K)."""
        share = _share(step, self.steps)
        ramp = self.start * (1.0 - share) + self.then(0) * share
        return namespace(step).where(step < self.steps, ramp, self.then(_since(step, self.steps)))

    @classmethod
    def over(cls, rate: float, steps: int) -> WarmUp:
        """From 0 in a twentieth of the steps, then half a wave down to 0."""
        first = max(1, steps // 20)
        return cls(Cosine(rate, 0.0, max(1, steps - first)), first)


@SCHEDULES.register("plateau")
@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """A learning rate that `train` multiplies by `factor` after `patience` epochs without a lower loss.

    It goes down to `least`. The validation loss is watched if there is a validation set, else the training loss.
    Used outside of `train` it is `start` at every step.

    >>> ReduceOnPlateau(0.1)(7)
    0.1
    """

    start: float = 0.01
    factor: float = 0.5
    patience: int = 10
    least: float = 0.0

    def __post_init__(self) -> None:
        _check(self)
        if not (self.start > 0 and 0 < self.factor < 1 and self.patience >= 1 and 0 <= self.least <= self.start):
            raise ArgumentError(
                f"{self}: start must be above 0, factor between 0 and 1, patience at least 1, least from 0 to start"
            )

    def __call__(self, step: Array | int) -> float:
        """The rate at the start."""
        return self.start

    @classmethod
    def over(cls, rate: float, steps: int) -> ReduceOnPlateau:
        """From the rate."""
        return cls(rate)
