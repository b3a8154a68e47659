"""What a wrong number may be: each mistake that comes out to it, a slip of the pen, the number of another line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...formulas.evaluation import evaluate
from .hand import span
from .held_numbers import Hand
from .mistake import KINDS, Mistake
from .mistakes import with_sign
from .slips import slip

COUNTED_EACH = frozenset(("unknown", "digits", "rounding", "decimal point", "other line"))
"""Kinds of mistakes that are no way of calculating, so that a second one is another one."""
CUT = "cut off, or rounded too early: by no more than a unit of the last decimal"
"""What is said of a number that is cut off."""
_RANKS = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Likeness:
    """What a number may be: a kind, in words, and how far it is from what the mistake comes out to.

    `is_second` where there is something simpler.
    """

    kind: str
    words: str
    apart: float = 0.0
    is_second: bool = False

    @property
    def rank(self) -> int:
        """The place of its kind."""
        return _RANKS[self.kind]


def likenesses(
    known: Sequence[Mistake], hands: Sequence[Hand], given: float, value: float, decimals: int, *, cut: bool, other: str
) -> tuple[Likeness, ...]:
    """What a wrong number may be, at least one.

    `cut` says that numbers cut off, each by a unit at most, lead to it as well: that is simpler than any mistake.
    """
    for candidates in (known, tuple(with_sign(known))):
        found = tuple(
            Likeness(mistake.kind, mistake.words, min(apart), is_second=cut)
            for mistake in candidates
            if (apart := [_apart(mistake, hand, given) for hand in hands if _explains(mistake, hand, given)])
        )
        if cut and (found or candidates is not known):
            return (Likeness("rounding", CUT), *found)
        if found:
            return found
    slipped = slip(given, value, decimals)
    if slipped is not None:
        return (Likeness(*slipped),)
    if other:
        return (Likeness("other line", f"the number of {other}"),)
    return (Likeness("unknown", "of no mistake that is known"),)


def _explains(mistake: Mistake, hand: Hand, given: float) -> bool:
    found = span(mistake.formula, hand.spans, hand.half)
    return found.is_known and found.holds(given)


def _apart(mistake: Mistake, hand: Hand, given: float) -> float:
    return abs(evaluate(mistake.formula, hand.values) - given)
