"""A student's numbers, judged line by line: right, right given an earlier mistake, or wrong, and what it looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...formulas.expression import Expression
from .comparison import Comparison, Judged
from .hand import Span
from .held_numbers import Asked, Hands
from .ledger import Calculation, Ledger
from .likeness import COUNTED_EACH, Likeness, likenesses
from .mistake import Mistake
from .mistakes import mistakes
from .ways import ways


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


def judge(ledger: Ledger, asked: Asked, answers: Mapping[str, float], book: Book | None = None) -> Comparison:
    """Judge the answers to blanks, by id; one that is not answered is empty, and computed from what is before it."""
    book = Book() if book is None else book
    key = ledger.rounded(asked.decimals)
    right = spans(ledger, asked, {id_: key[id_] for id_ in asked.blanks})
    hands = Hands(ledger, asked)
    printed = hands.of(asked.decimals).spans.copy()
    judged: list[Judged] = []
    off: set[str] = set()
    looks: dict[str, tuple[Likeness, ...]] = {}
    fair: dict[str, float] = {}
    for id_, one in ledger.calculations.items():
        if id_ in printed:
            continue
        tainted = any(letter in off for letter in one.made_of)
        others = [way for way in ways(one, ledger) if off.intersection(way.made_of)]
        told = answers.get(id_) if id_ in asked.blanks else None
        if told is None:
            if others:
                hands.own[id_] = others[0]
            hands.take(one, None)
            off |= {id_} if tainted else set()
            if id_ in asked.blanks:
                judged.append(
                    _judged(ledger, id_, asked, key[id_], hands.of(asked.decimals).values[id_], None, "empty")
                )
            continue
        decimals = asked.decimals_of(id_)
        held = hands.all(decimals)
        value = held[0].value(one)
        followed = [(hand, way) for hand in held for way in (one, *others) if hand.span(way).holds(told)]
        if right[id_].holds(told) or (not tainted and held[0].span(one).holds(told)):
            judged.append(_judged(ledger, id_, asked, key[id_], value, told, "right"))
            fair[id_] = told
        elif followed:
            off.add(id_)
            hand, way = followed[0]
            judged.append(_judged(ledger, id_, asked, key[id_], hand.value(way), told, "follow-on"))
            fair[id_] = told
        else:
            off.add(id_)
            ahead = tuple(hand.ahead({**key, **answers}) for hand in held)
            wide = [hand.span(way) for hand in hands.all(decimals, 2.0) for way in (one, *others)]
            cut = any(found.is_known and found.holds(told) for found in wide)
            known = tuple(mistake for way in (one, *others) for mistake in book.of(way, ledger))
            other = _other_line(one, ledger, asked, told, {id_: (v, fair.get(id_, v)) for id_, v in key.items()})
            looks[id_] = likenesses(known, ahead, told, value, decimals, cut=cut, other=other)
            judged.append(_judged(ledger, id_, asked, key[id_], value, told, "wrong"))
        hands.take(one, told)
    return Comparison(tuple(_named(judged, ledger, looks)), asked.decimals)


def _named(judged: list[Judged], ledger: Ledger, looks: Mapping[str, tuple[Likeness, ...]]) -> list[Judged]:
    """The wrong lines with names: of what a number may be that which most others of its quantity may be as well."""
    quantity = {id_: str(ledger.calculations[id_].line.about.get("quantity")) for id_ in looks}
    common = Counter(
        (quantity[id_], kind)
        for id_, may_be in looks.items()
        for kind in {one.kind for one in may_be if not one.is_second} - COUNTED_EACH
    )
    seen: set[tuple[str, str]] = set()
    found = []
    for line in judged:
        if line.id not in looks:
            found.append(line)
            continue
        of = quantity[line.id]
        best, *rest = sorted(
            looks[line.id],
            key=lambda one: (one.is_second, (of, one.kind) not in seen, -common[of, one.kind], one.rank, one.apart),
        )
        again = (of, best.kind) in seen and best.kind not in COUNTED_EACH
        seen.add((of, best.kind))
        also = tuple(dict.fromkeys(one.words for one in rest if one.kind != best.kind))[:2]
        verdict = "again" if again else "wrong"
        found.append(replace(line, verdict=verdict, kind=best.kind, words=best.words, also=also))
    return found


def spans(ledger: Ledger, asked: Asked, answers: Mapping[str, float]) -> dict[str, Span]:
    """Between which numbers each line may lie for one whose answers are these."""
    hands = Hands(ledger, asked)
    found = dict(hands.of(asked.decimals).spans)
    for id_, one in ledger.calculations.items():
        if id_ not in found:
            found[id_] = hands.of(asked.decimals_of(id_)).span(one)
            hands.take(one, answers.get(id_))
    return found


def _judged(
    ledger: Ledger, id_: str, asked: Asked, right: float, expected: float, given: float | None, verdict: str
) -> Judged:
    expected = round(expected, asked.decimals) + 0.0
    return Judged(id_, ledger.names.texts[id_], given, right, expected, verdict)


def _other_line(
    one: Calculation, ledger: Ledger, asked: Asked, given: float, may_be: Mapping[str, tuple[float, ...]]
) -> str:
    """Another line of the same quantity whose number it is, by its symbol; `may_be` are the numbers that each may have:
    that of the key, and the student's where it follows from those before.
    """
    quantity = one.line.about.get("quantity")
    for id_ in asked.blanks:
        same = id_ != one.id and ledger.calculations[id_].line.about.get("quantity") == quantity
        if same and any(abs(value - given) <= asked.half_of(one.id) for value in may_be[id_]):
            return ledger.names.texts[id_]
    return ""
