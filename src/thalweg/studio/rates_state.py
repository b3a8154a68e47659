"""What the room of rates tries, on which training, and how its address says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ..core.kinds import check_count, check_number
from ..errors import ArgumentError, ThalwegError, shown, unknown
from ..optimizers import RULES
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.rule import Rule
from .links import query_of as query_of_spec
from .links import spec_from
from .spec import Spec

_OWN = "rates."
MOST_CELLS = 600
MOST_EPOCHS = 5_000
MOST_UPDATES = 5_000
MOMENTA = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, kw_only=True)
class RatesState:
    """The training, the rule, the rates from `low` to `high` (None: around the largest stable one), the momenta, the
    epochs of each network, the updates of a range test, and the cell that is looked at.

    Raises ArgumentError for what cannot be tried.

    >>> RatesState(momenta=(0.5, 1.0))
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: momenta has 1; each must be at least 0 and below 1
    """

    spec: Spec = field(default_factory=Spec)
    rule: str = "momentum"
    low: float | None = None
    high: float | None = None
    columns: int = 25
    momenta: tuple[float, ...] = MOMENTA
    epochs: int = 100
    updates: int = 200
    cell: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.rule not in rated():
            raise ArgumentError(unknown("rule with a learning rate", self.rule, rated()))
        for name in ("low", "high"):
            value = getattr(self, name)
            if value is not None and not 0 < check_number(f"{name}est rate", value) < 1e12:
                raise ArgumentError(f"{name}est rate is {shown(value)}; it must be above 0 and below 1e12")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ArgumentError(f"the lowest rate is {self.low:g} and the highest {self.high:g}: they must rise")
        check_count("rates", self.columns, 2, 100)
        check_count("epochs", self.epochs, 1, MOST_EPOCHS)
        check_count("updates of the range test", self.updates, 2, MOST_UPDATES)
        if not self.momenta:
            raise ArgumentError("momenta is empty: give numbers such as 0, 0.5, 0.9")
        for value in self.momenta:
            if not 0 <= check_number("momenta", value) < 1:
                raise ArgumentError(f"momenta has {value:g}; each must be at least 0 and below 1")
        if self.columns * len(self.momenta) > MOST_CELLS:
            raise ArgumentError(
                f"{self.columns} rates and {len(self.momenta)} momenta are {self.columns * len(self.momenta)} "
                f"networks; at most {MOST_CELLS} are trained at once here"
            )

    @property
    def has_momentum(self) -> bool:
        """Whether the rule has one."""
        return "momentum" in (one.name for one in RULES.get(self.rule).numbers())

    def made_rule(self) -> Rule:
        """The rule: that of the training with its settings, if it is of the same name."""
        return self.spec.made_rule() if self.spec.optimizer == self.rule else RULES.get(self.rule)

    def taken_over(self, rate: float, momentum: float | None) -> Spec:
        """The training with a learning rate, and a momentum where the rule has one."""
        settings = dict(self.spec.rule) if self.spec.optimizer == self.rule else {}
        settings["learning_rate"] = float(f"{rate:.4g}")
        if momentum is not None:
            settings["momentum"] = momentum
        return dataclasses.replace(self.spec, optimizer=self.rule, rule=settings, schedule="fixed")


def rated() -> list[str]:
    """The rules whose learning rates can be compared."""
    return [
        name
        for name, rule in RULES.items()
        if not issubclass(rule, FullBatchRule) and "learning_rate" in (one.name for one in rule.numbers())
    ]


def usual_rule(spec: Spec) -> str:
    """The rule of a training if its rates can be compared, else momentum."""
    return spec.optimizer if spec.optimizer in rated() else "momentum"


def same_but_for_the_rule(one: Spec, other: Spec) -> bool:
    """Whether two trainings are of the same network on the same examples, whatever their rules."""
    return dataclasses.replace(one, optimizer=other.optimizer, rule=other.rule, schedule=other.schedule) == other


_NUMBERS = {"low": float, "high": float, "columns": int, "epochs": int, "updates": int}


def query_of(state: RatesState) -> str:
    """What stands behind the ? of an address.

    >>> query_of(RatesState(spec=Spec(data="circle"), rule="nesterov", columns=10, cell=(0, 3)))
    'data=circle&rates.rule=nesterov&rates.columns=10&rates.cell=0%2C3'
    """
    usual = RatesState()
    pairs: list[tuple[str, str]] = []
    if state.rule != "momentum":
        pairs.append(("rule", state.rule))
    pairs += [
        (name, f"{getattr(state, name):.12g}") for name in _NUMBERS if getattr(state, name) != getattr(usual, name)
    ]
    if state.momenta != usual.momenta:
        pairs.append(("momenta", ",".join(f"{value:g}" for value in state.momenta)))
    if state.cell is not None:
        pairs.append(("cell", ",".join(map(str, state.cell))))
    own = urlencode([(_OWN + name, value) for name, value in pairs])
    return "&".join(filter(None, (query_of_spec(state.spec), own)))


def state_from(query: Mapping[str, str], spec: Spec) -> RatesState:
    """What an address says; of a training that it does not say it is `spec`. Raises ArgumentError for a broken one.

    >>> state_from({"rates.momenta": "0,0.9", "data": "circle"}, Spec()).momenta
    (0.0, 0.9)
    >>> state_from({"rates.cell": "1"}, Spec())
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: cell is '1'; it must be a row and a column, such as 0,3
    """
    own = {name.removeprefix(_OWN): text for name, text in query.items() if name.startswith(_OWN)}
    of_training = {name: text for name, text in query.items() if not name.startswith(_OWN)}
    said = spec_from(of_training) if of_training else spec
    try:
        return RatesState(spec=said, **{"rule": "momentum", **_given(own)})
    except ThalwegError as error:
        raise ArgumentError(f"the address is broken: {error}") from None


def _given(own: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    known = ["rule", *_NUMBERS, "momenta", "cell"]
    for name, text in own.items():
        if name not in known:
            raise ArgumentError(unknown("name", _OWN + name, [_OWN + one for one in known]))
        if name == "rule":
            given[name] = text
        elif name == "momenta":
            given[name] = numbers_in("momenta", text)
        elif name == "cell":
            given[name] = _cell(text)
        else:
            try:
                given[name] = _NUMBERS[name](text)
            except ValueError:
                raise ArgumentError(f"{name} is {shown(text)}; it must be a number") from None
    return given


def numbers_in(name: str, text: str) -> tuple[float, ...]:
    """The numbers of a text, between which stand commas or spaces; raises ArgumentError for what are none.

    >>> numbers_in("momenta", "0.9, 0 0.5")
    (0.0, 0.5, 0.9)
    """
    try:
        return tuple(sorted({float(one) for one in text.replace(",", " ").split()}))
    except ValueError:
        raise ArgumentError(f"{name} is {shown(text)}; it must be numbers such as 0, 0.5, 0.9") from None


def _cell(text: str) -> tuple[int, int]:
    row, _, column = text.partition(",")
    if not (row.isdecimal() and column.isdecimal() and len(text) < 9):
        raise ArgumentError(f"cell is {shown(text)}; it must be a row and a column, such as 0,3")
    return int(row), int(column)
