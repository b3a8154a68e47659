"""What an update rule is: frozen settings, a state in and out, a signed update that is added to the parameters."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from numbers import Real
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

from ..core.arrays import Array, Scalar, Tree
from ..core.kinds import as_number, check_fields, is_number
from ..errors import ArgumentError, shown
from ..registry import Registry, replaced

Schedule: TypeAlias = Callable[[Array], Scalar]
"""A number that changes with the step k = 0, 1, ...: any function of k, such as optax's schedules."""


if TYPE_CHECKING:

    class Number:
        """A rule is given a number or a schedule of it; where its equations read it, it is a number."""

        def __get__(self, rule: object, kind: type | None = None) -> Scalar: ...
        def __set__(self, rule: object, given: Scalar | Schedule) -> None: ...

else:
    Number = Scalar | Schedule


@runtime_checkable
class RuleState(Protocol):
    """What a rule keeps from one update to the next: a NamedTuple that begins with `step`."""

    @property
    def step(self) -> Scalar:
        """The number of updates done."""
        ...

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def _asdict(self) -> dict[str, Tree]: ...

    def _replace(self, **parts: Tree) -> Self: ...


State = TypeVar("State", bound=RuleState)


Equations: TypeAlias = tuple[tuple[str, str], ...]
"""The name of a part of an update and the text that gives it, in the order in which they follow."""


_OF_LAYERS = (
    ": a rate for each layer is for worked steps, tw.worked_step(..., learning_rates=...); train with a rule of optax, "
    "such as optax.multi_transform"
)


class StabilityBound(NamedTuple):
    """The largest stable learning rate is `factor` / λ_max; `formula` says it with the momentum α."""

    factor: float
    formula: str


def number(default: float, *, at_least: float = 0.0, below: float = math.inf) -> Any:
    """A setting of a rule: a number within bounds, or a schedule of it; numbers never cause a recompilation."""
    return dataclasses.field(default=default, metadata={"at_least": at_least, "below": below})


def choice(default: str, among: tuple[str, ...]) -> str:
    """A setting of a rule that is one of some names; a form asks for it by these."""
    return dataclasses.field(default=default, metadata={"choices": among})


@dataclasses.dataclass(frozen=True)
class Rule(ABC, Generic[State]):
    """An update rule: `delta, state = rule.update(gradient, state, params)`, and x ← x + delta.

    Gradients and parameters are trees of arrays alike (dicts, tuples, NamedTuples), or single vectors.
    """

    recorded: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The numbers of the state after an update that a training may record, by name: "damped.mu" is mu of damped.

    A learning_rate among them is the rate of that update; if none is, that of the settings is recorded.
    """

    def __post_init__(self) -> None:
        for field in self.numbers():
            value = getattr(self, field.name)
            if isinstance(value, Real) and not isinstance(value, bool):
                if not field.metadata["at_least"] <= (as_number(value) or 0.0) < field.metadata["below"]:
                    told, below = shown(value) if isinstance(value, int) else value, field.metadata["below"]
                    raise ArgumentError(
                        f"{type(self).__name__}: {field.name} is {told}; it must be at least "
                        f"{field.metadata['at_least']:g} and {f'below {below:g}' if below < math.inf else 'finite'}"
                    )
            elif not is_number(value) and (not callable(value) or isinstance(value, type)):
                raise ArgumentError(
                    f"{type(self).__name__}: {field.name} is {shown(value)}; it must be a number or schedule"
                    f"{_OF_LAYERS if isinstance(value, Mapping) and field.name == 'learning_rate' else ''}"
                )
        check_fields(self)

    @classmethod
    def numbers(cls) -> tuple[dataclasses.Field[Scalar | Schedule], ...]:
        """The settings that are numbers or schedules."""
        return tuple(field for field in dataclasses.fields(cls) if "at_least" in field.metadata)

    def at(self, step: Array | int) -> Self:
        """The rule with each schedule replaced by its number at a step."""
        scheduled = {
            field.name: _number_of(value(step))
            for field in self.numbers()
            if callable(value := getattr(self, field.name))
        }
        return replaced(self, **scheduled) if scheduled else self

    @abstractmethod
    def init(self, params: Tree) -> State:
        """The state before the first update: a NamedTuple that begins with `step`, the number of updates done."""

    def update(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> tuple[Tree, State]:
        """The update to add to the parameters, and the next state; `value` is F, for a rule that looks at it."""
        return self.at(state.step).apply(gradient, state, params, value)

    @abstractmethod
    def apply(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> tuple[Tree, State]:
        """`update` of a rule that holds no schedules: the rule's equation."""

    def texts(self) -> Equations:
        """The equations for one weight as worked calculations show them, in the language of formulas.

        `x` is the weight, `g` its gradient, `k` the number of the update from 1, NAME_last a part of the state before
        it, and the names of settings are themselves; `delta` is the update. A part without a text is shown by its
        value, and so are all parts of a rule without texts.
        """
        return ()

    def stability(self) -> StabilityBound | None:
        """By what the largest curvature bounds the learning rate of a rule that holds no schedules, if by anything."""
        return None


def check_state(rule: Rule, state: object, params: Tree) -> None:
    """Raise ArgumentError for what is no state of the rule."""
    check_state_is(type(rule.init(params)), state)


def check_state_is(kind: type, state: object) -> None:
    """Raise ArgumentError for a state that is not of the rule's kind."""
    if not isinstance(state, kind):
        raise ArgumentError(f"state is {shown(state)}; it must be a {kind.__name__}, as the rule's init gives it")


def _number_of(value: Scalar) -> Scalar:
    """A schedule's number as a Python float, which leaves the arrays' library and type alone; or as it is traced."""
    try:
        return float(value)
    except TypeError:  # JAX's ConcretizationTypeError: the number is not known yet
        return value


RULES: Registry[Rule] = Registry("optimizer", Rule)
