"""What the room Landscape shows, as an address holds it: the case, its weights, the start, the rules, edited data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..errors import ArgumentError, ThalwegError, shown, unknown
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..registry import replaced
from ..surface import demonstration
from ..widgets.contour_rules import TURNED, settings_of

DESCENT, ADAM, NETWORK = "dl3gd", "dl3aa", "network"
CASES = {
    DESCENT: "NND dl3gd: gradient descent",
    ADAM: "NND dl3aa: Adam, a 1-2-1 network",
    NETWORK: "The network of the room Train",
}
VIEWS = ("contours", "surface")
MOST_RULES, MOST_STEPS, MOST_ROWS = 5, 5000, 200
_LONGEST = 8_000
OF_TRAINING = "net."
"""Before the names of what makes the training, in an address."""


class Chosen(NamedTuple):
    """A rule by its name, with the learning rate and the momentum that are set; None: its own."""

    name: str
    learning_rate: float | None = None
    momentum: float | None = None

    def made(self) -> Rule:
        """The rule; raises ArgumentError for what it does not have."""
        rule = RULES.get(self.name)
        own = settings_of(rule)
        given = {name: value for name, value in zip(TURNED, self[1:], strict=True) if value is not None}
        for name in given:
            if own[name] is None:
                raise ArgumentError(f"{self.name} has no {name.replace('_', ' ')}")
        return replaced(rule, **given) if given else rule


def chosen_of(name: str, rule: Any) -> Chosen:
    """A rule in few words."""
    return Chosen(name, *(settings_of(rule)[one] for one in TURNED))


@dataclass(frozen=True)
class State:
    """What is shown; empty fields stand for what the case begins with."""

    case: str = DESCENT
    pair: int = 1
    weights: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    rules: tuple[Chosen, ...] = ()
    steps: int = 0
    alone: bool = True
    view: str = "contours"
    eigenvectors: bool = True
    data: tuple[tuple[float, float, float], ...] = ()
    training: Mapping[str, str] = field(default_factory=dict)
    """What makes the training of the case "network", as the room Train has it in its address."""

    def turned_to(self, **changes: Any) -> State:
        """The same with changes; a case or weights that change bring their own start."""
        if {"case", "pair", "weights", "data"} & changes.keys():
            changes = {"start": (), **changes}
        if "case" in changes:
            changes = {"rules": (), "steps": 0, "weights": (), "pair": 1, "data": (), **changes}
        return replace(self, **changes)


def query_of(state: State) -> str:
    """What stands behind the ? of an address.

    >>> query_of(State(start=(0.5, -1.0), rules=(Chosen("gd", 0.12),)))
    'case=dl3gd&start=0.5%2C-1.0&rules=gd+0.12'
    """
    pairs: list[tuple[str, str]] = [("case", state.case)]
    if state.case == ADAM and state.pair != 1:
        pairs.append(("pair", str(state.pair)))
    if state.weights:
        pairs.append(("weights", ";".join(state.weights)))
    if state.start:
        pairs.append(("start", ",".join(map(repr, state.start))))
    if state.rules:
        pairs.append(("rules", ",".join(map(_rule_text, state.rules))))
    pairs += [("steps", str(state.steps))] if state.steps else []
    pairs += [] if state.alone else [("alone", "no")]
    pairs += [] if state.view == "contours" else [("view", state.view)]
    pairs += [] if state.eigenvectors else [("eigenvectors", "no")]
    if state.data:
        pairs.append(("data", ";".join(",".join(f"{x:.12g}" for x in row) for row in state.data)))
    if state.case == NETWORK:
        pairs += [(OF_TRAINING + name, value) for name, value in state.training.items()]
    return urlencode(pairs)


def state_from(query: Mapping[str, str]) -> State:
    """What an address holds; raises ArgumentError, which says what of it is broken.

    >>> state_from({"case": "dl3gd", "rules": "gd 0.12,momentum 0.01 0.5"}).rules[1]
    Chosen(name='momentum', learning_rate=0.01, momentum=0.5)
    >>> state_from({"pair": "4", "case": "dl3aa"})
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: pair is '4'; it must be 1 to 3
    """
    try:
        return _state(query)
    except ThalwegError as error:
        raise ArgumentError(f"the address is broken: {error}") from None


def _state(query: Mapping[str, str]) -> State:
    if sum(len(name) + len(value) for name, value in query.items()) > _LONGEST:
        raise ArgumentError(f"it has more than {_LONGEST:,} letters")
    given: dict[str, Any] = {"training": {}}
    for name, text in query.items():
        if name.startswith(OF_TRAINING):
            given["training"][name.removeprefix(OF_TRAINING)] = text
        elif name not in _READ:
            raise ArgumentError(unknown("name", name, _READ))
        else:
            given[name] = _READ[name](text)
    state = State(**given)
    if state.case not in CASES:
        raise ArgumentError(unknown("case", state.case, CASES))
    if state.data and state.case != DESCENT:
        raise ArgumentError(f"data go with the case {DESCENT}")
    if state.weights and state.case != NETWORK:
        raise ArgumentError(f"weights go with the case {NETWORK}")
    if state.pair > len(demonstration(ADAM).views) or (state.pair != 1 and state.case != ADAM):
        raise ArgumentError(f"pair goes with the case {ADAM}" if state.case != ADAM else f"pair is {state.pair}")
    return state


def rows_of(text: str) -> tuple[tuple[float, float, float], ...]:
    """Rows of p1, p2 and t, a line or a ; each; raises ArgumentError, which names the row, for what is none.

    >>> rows_of("-1, 2, -1")
    ((-1.0, 2.0, -1.0),)
    """
    rows: list[tuple[float, float, float]] = []
    for number, line in enumerate(text.replace(";", "\n").splitlines(), start=1):
        values = line.replace(",", " ").split()
        if not values:
            continue
        numbers = [_number(f"row {number} of the data", value) for value in values]
        if len(numbers) != 3:
            raise ArgumentError(f"row {number} of the data has {len(numbers)} values; it must have 3: p1, p2 and t")
        rows.append((numbers[0], numbers[1], numbers[2]))
    if not rows:
        raise ArgumentError("there are no data: write p1, p2 and t, a line for each example")
    if len(rows) > MOST_ROWS:
        raise ArgumentError(f"there are {len(rows)} rows of data; at most {MOST_ROWS} are taken here")
    return tuple(rows)


def _rule_text(said: Chosen) -> str:
    numbers = [said.learning_rate, said.momentum]
    while numbers and numbers[-1] is None:
        numbers.pop()
    return " ".join([said.name, *("-" if one is None else repr(one) for one in numbers)])


def _rules(text: str) -> tuple[Chosen, ...]:
    found = []
    for part in text.split(","):
        name, *numbers = part.split() or [""]
        if len(numbers) > 2:
            raise ArgumentError(f"rule {shown(part)} has more than a learning rate and a momentum")
        said = Chosen(name, *(None if one == "-" else _number(f"rule {name}", one) for one in numbers))
        said.made()
        found.append(said)
    if len(found) > MOST_RULES:
        raise ArgumentError(f"there are {len(found)} rules; at most {MOST_RULES} can be told apart")
    return tuple(found)


def _number(what: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ArgumentError(f"{what}: {shown(text)} is no number") from None
    if not math.isfinite(value) or abs(value) > 1e100:
        raise ArgumentError(f"{what}: {shown(text)} is no number that can be drawn")
    return value


def _whole(name: str, most: int) -> Any:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most):
            raise ArgumentError(f"{name} is {shown(text)}; it must be 1 to {most:,}")
        return int(text)

    return read


def _one_of(name: str, among: Mapping[str, Any]) -> Any:
    def read(text: str) -> Any:
        if text not in among:
            raise ArgumentError(unknown(name, text, among))
        return among[text]

    return read


def _start(text: str) -> tuple[float, ...]:
    found = tuple(_number("start", part) for part in text.split(","))
    if len(found) != 2:
        raise ArgumentError(f"start has {len(found)} values; it must have 2, one for each weight")
    return found


def _weights(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(";"))
    if len(found) != 2:
        raise ArgumentError(f"weights names {len(found)}; a landscape has 2")
    return found


_READ: dict[str, Any] = {
    "case": lambda text: text,
    "pair": _whole("pair", 3),
    "weights": _weights,
    "start": _start,
    "rules": _rules,
    "steps": _whole("steps", MOST_STEPS),
    "alone": _one_of("alone", {"yes": True, "no": False}),
    "view": _one_of("view", {view: view for view in VIEWS}),
    "eigenvectors": _one_of("eigenvectors", {"yes": True, "no": False}),
    "data": rows_of,
}
"""How each name of an address is read."""
