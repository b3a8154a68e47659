"""A student's numbers, judged line by line: right, right given an earlier mistake, or wrong, and what it looks like."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ...formulas.evaluation import evaluate
from ...formulas.expression import Expression
from .comparison import Comparison, Judged
from .hand import Span, in_hand, span
from .ledger import Calculation, Ledger
from .mistakes import Mistake, mistakes, with_sign
from .slips import slip
from .ways import ways

_GIVEN = ("input", "target")
_COUNTED_EACH = ("unknown", "digits", "rounding", "decimal point", "other line")
"""Kinds of mistakes that are no way of calculating, so that a second one is another one."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a student was asked: the ids of the blanks, and the numbers of the other lines that were printed."""

    blanks: tuple[str, ...]
    printed: Mapping[str, float]
    decimals: int

    @property
    def half(self) -> float:
        """Half a unit of the last decimal."""
        return 0.5 * 10.0**-self.decimals


@dataclass(frozen=True, eq=False)
class Book:
    """The mistakes of lines, found once for all students whose lines have the same formulas."""

    pages: dict[tuple[str, Expression], tuple[Mistake, ...]] = field(default_factory=dict)

    def of(self, one: Calculation, ledger: Ledger) -> tuple[Mistake, ...]:
        """The mistakes that a line may have."""
        assert one.formula is not None
        key = (one.id, one.formula)
        if key not in self.pages:
            self.pages[key] = mistakes(one, ledger)
        return self.pages[key]


@dataclass
class _Hand:
    """The numbers that a student has in hand: between what they lie, and what they are."""

    spans: dict[str, Span]
    values: dict[str, float]

    def take(self, id_: str, found: Span, value: float) -> None:
        self.spans[id_], self.values[id_] = found, value


def judge(ledger: Ledger, asked: Asked, answers: Mapping[str, float], book: Book | None = None) -> Comparison:
    """Judge the answers to blanks, by id; one that is not answered is empty, and computed from what is before it."""
    book = Book() if book is None else book
    key = ledger.rounded(asked.decimals)
    right = spans(ledger, asked, {id_: key[id_] for id_ in asked.blanks})
    hand = _given(ledger, asked)
    judged: list[Judged] = []
    off: set[str] = set()
    seen: set[tuple[str, str]] = set()
    fair: dict[str, float] = {}
    for id_, one in ledger.calculations.items():
        if id_ in hand.spans:
            continue
        assert one.formula is not None
        expected, value = span(one.formula, hand.spans, asked.half), evaluate(one.formula, hand.values)
        tainted = any(letter in off for letter in one.made_of)
        if id_ not in asked.blanks or id_ not in answers:
            hand.take(id_, expected, value)
            off |= {id_} if tainted else set()
            if id_ in asked.blanks:
                judged.append(_judged(ledger, id_, asked, key[id_], value, None, "empty"))
            continue
        given = answers[id_]
        others = [way for way in ways(one, ledger) if off.intersection(way.made_of)]
        followed = [way for way in (one, *others) if _formula_span(way, hand, asked).holds(given)]
        if right[id_].holds(given) or (not tainted and expected.holds(given)):
            judged.append(_judged(ledger, id_, asked, key[id_], value, given, "right"))
        elif followed:
            off.add(id_)
            value = evaluate(followed[0].formula, hand.values)  # pyright: ignore[reportArgumentType]
            judged.append(_judged(ledger, id_, asked, key[id_], value, given, "follow-on"))
        else:
            off.add(id_)
            ahead = _looking_ahead(hand, asked, {**key, **answers})
            may_be = {name: (number, fair.get(name, number)) for name, number in key.items()}
            named = _Named((one, *others), ledger, asked, ahead, may_be, book)
            quantity = str(one.line.about.get("quantity"))
            kind, words, also = named.of(given, value, {kind for of, kind in seen if of == quantity})
            what = quantity, kind
            verdict = "again" if what in seen and kind not in _COUNTED_EACH else "wrong"
            seen.add(what)
            judged.append(_judged(ledger, id_, asked, key[id_], value, given, verdict, kind, words, also))
        if judged[-1].verdict in ("right", "follow-on"):
            fair[id_] = given
        hand.take(id_, Span(given, given).wider(asked.half), given)
    return Comparison(tuple(judged), asked.decimals)


def _formula_span(one: Calculation, hand: _Hand, asked: Asked) -> Span:
    assert one.formula is not None
    return span(one.formula, hand.spans, asked.half)


def spans(ledger: Ledger, asked: Asked, answers: Mapping[str, float]) -> dict[str, Span]:
    """Between which numbers each line may lie for one whose answers are these."""
    hand = _given(ledger, asked)
    found = dict(hand.spans)
    for id_, one in ledger.calculations.items():
        if id_ in found:
            continue
        assert one.formula is not None
        found[id_] = span(one.formula, hand.spans, asked.half)
        value = answers.get(id_)
        hand.spans[id_] = found[id_] if value is None else Span(value, value).wider(asked.half)
    return found


def _given(ledger: Ledger, asked: Asked) -> _Hand:
    """What stands on the sheet: parameters, settings, inputs and targets, and lines that are printed."""
    hand = _Hand({id_: in_hand(value, asked.half) for id_, value in ledger.given.items()}, dict(ledger.given))
    for id_, one in ledger.calculations.items():
        if one.formula is None:
            value = ledger.exact.get(id_, math.nan)
            hand.take(id_, in_hand(value, asked.half), value)
        elif id_ in asked.printed:
            value = asked.printed[id_]
            hand.take(id_, Span(value, value).wider(asked.half), value)
    return hand


def _judged(
    ledger: Ledger, id_: str, asked: Asked, right: float, expected: float, given: float | None, *verdict: object
) -> Judged:
    expected = round(expected, asked.decimals) + 0.0
    return Judged(id_, ledger.names.texts[id_], given, right, expected, *verdict)  # pyright: ignore[reportArgumentType]


def _looking_ahead(hand: _Hand, asked: Asked, later: Mapping[str, float]) -> _Hand:
    """With the lines that come later: someone may have taken a new weight before its time."""
    ahead = {id_: value for id_, value in later.items() if id_ not in hand.spans}
    spans = {id_: Span(value, value).wider(asked.half) for id_, value in ahead.items()}
    return _Hand({**spans, **hand.spans}, {**ahead, **hand.values})


@dataclass
class _Named:
    """A wrong line, in all ways to calculate it, on its way to a name."""

    ways: tuple[Calculation, ...]
    ledger: Ledger
    asked: Asked
    hand: _Hand
    fair: Mapping[str, tuple[float, ...]]
    """The numbers that each line may have: that of the key, and the student's where it follows from those before."""
    book: Book

    def of(self, given: float, value: float, seen: Collection[str] = ()) -> tuple[str, str, tuple[str, ...]]:
        """What the wrong number looks like: its kind, first one of those seen, its words, and what else it may be."""
        known = tuple(mistake for way in self.ways for mistake in self.book.of(way, self.ledger))
        for candidates in (known, tuple(with_sign(known))):
            found = [mistake for mistake in candidates if self._explains(mistake, given)]
            if found:
                best, *others = sorted(
                    found, key=lambda one: (one.kind not in seen, one.rank, abs(self._value(one) - given))
                )
                also = dict.fromkeys(one.words for one in others if one.kind != best.kind)
                return best.kind, best.words, tuple(also)[:2]
        found = slip(given, value, self.asked.decimals)
        if found is not None:
            return *found, ()
        other = self._other_line(given)
        if other is not None:
            return "other line", f"the number of {self.ledger.names.texts[other]}", ()
        return "unknown", "of no mistake that is known", ()

    def _explains(self, mistake: Mistake, given: float) -> bool:
        found = span(mistake.formula, self.hand.spans, self.asked.half)
        return found.is_known and found.holds(given)

    def _value(self, mistake: Mistake) -> float:
        return evaluate(mistake.formula, self.hand.values)

    def _other_line(self, given: float) -> str | None:
        """Another line of the same quantity whose number it is."""
        one = self.ways[0]
        quantity = one.line.about.get("quantity")
        for id_ in self.asked.blanks:
            same = id_ != one.id and self.ledger.calculations[id_].line.about.get("quantity") == quantity
            near = (abs(value - given) <= self.asked.half for value in self.fair[id_])
            if same and any(near):
                return id_
        return None
