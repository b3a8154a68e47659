"""The numbers that a student has in hand at a line: between what they lie, and what they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...formulas.evaluation import evaluate
from .hand import Span, in_hand, span
from .ledger import Calculation, Ledger


@dataclass(frozen=True, eq=False)
class Asked:
    """What a student was asked: the ids of the blanks, and the numbers of the other lines that were printed.

    `of_lines` are the decimals of those lines that are told with others than `decimals`.
    """

    blanks: tuple[str, ...]
    printed: Mapping[str, float]
    decimals: int
    of_lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def half(self) -> float:
        """Half a unit of the last decimal."""
        return 0.5 * 10.0**-self.decimals

    def decimals_of(self, id_: str) -> int:
        """To how many decimals a line is told."""
        return self.of_lines.get(id_, self.decimals)

    def half_of(self, id_: str) -> float:
        """Half a unit of the last decimal of a line."""
        return 0.5 * 10.0 ** -self.decimals_of(id_)


@dataclass
class Hand:
    """The numbers in hand of one who calculates with so many decimals.

    `times` is 1 for one who rounds, and 2 for one who cuts off, whose numbers are off by a whole unit.
    """

    asked: Asked
    decimals: int
    times: float = 1.0
    spans: dict[str, Span] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)

    @property
    def half(self) -> float:
        """By how much a result may be off when it is written down."""
        return self.times * 0.5 * 10.0**-self.decimals

    def given(self, ledger: Ledger) -> Hand:
        """Itself with what stands on the sheet: parameters, settings, inputs and targets, and lines printed."""
        for id_, value in ledger.given.items():
            self._hold(id_, value)
        for id_, one in ledger.calculations.items():
            if one.formula is None:
                self._hold(id_, ledger.exact.get(id_, math.nan))
            elif id_ in self.asked.printed:
                self.write(id_, self.asked.printed[id_])
        return self

    def _hold(self, id_: str, value: float) -> None:
        self.spans[id_], self.values[id_] = in_hand(value, self.half), value

    def write(self, id_: str, value: float) -> None:
        """A number that is told, with the decimals of its line."""
        self.spans[id_] = Span(value, value).wider(self.times * self.asked.half_of(id_))
        self.values[id_] = value

    def work_out(self, one: Calculation) -> None:
        """A number that nobody has seen."""
        self.spans[one.id], self.values[one.id] = self.span(one), self.value(one)

    def span(self, one: Calculation) -> Span:
        """Between which numbers a line lies."""
        assert one.formula is not None
        return span(one.formula, self.spans, self.half)

    def value(self, one: Calculation) -> float:
        """A line's number by those in hand."""
        assert one.formula is not None
        return evaluate(one.formula, self.values)

    def ahead(self, later: Mapping[str, float]) -> Hand:
        """With the lines that come later: someone may have taken a new weight before its time."""
        found = Hand(self.asked, self.decimals, self.times)
        for id_, value in later.items():
            if id_ not in self.spans:
                found.write(id_, value)
        found.spans |= self.spans
        found.values |= self.values
        return found


@dataclass
class Hands:
    """The hands of one student: for each number of decimals; rounding and cutting off; with what was worked out by
    the wrong errors that were told, where `own` are these lines.
    """

    ledger: Ledger
    asked: Asked
    own: dict[str, Calculation] = field(default_factory=dict)
    _done: list[tuple[Calculation, float | None]] = field(default_factory=list)
    _hands: dict[tuple[int, float, bool], Hand] = field(default_factory=dict)

    def of(self, decimals: int, times: float = 1.0, *, own: bool = False) -> Hand:
        """One of them, as far as the student has come."""
        key = (decimals, times, own)
        if key not in self._hands:
            self._hands[key] = Hand(self.asked, decimals, times).given(self.ledger)
            for one, told in self._done:
                self._take(key, one, told)
        return self._hands[key]

    def all(self, decimals: int, times: float = 1.0) -> tuple[Hand, ...]:
        """That of the formulas alone, and that of the student's own errors, if it is another."""
        plain = self.of(decimals, times)
        return (plain, self.of(decimals, times, own=True)) if self.own else (plain,)

    def take(self, one: Calculation, told: float | None) -> None:
        """A line goes into all hands: as it is told, or worked out."""
        self._done.append((one, told))
        for key in self._hands:
            self._take(key, one, told)

    def _take(self, key: tuple[int, float, bool], one: Calculation, told: float | None) -> None:
        hand = self._hands[key]
        if told is None:
            hand.work_out(self.own.get(one.id, one) if key[2] else one)
        else:
            hand.write(one.id, told)
