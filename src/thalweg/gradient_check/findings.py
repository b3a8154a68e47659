"""What is wrong with a gradient, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a gradient: what kind it is of, where, and a sentence.

    `number` is the factor, offset, penalty or step that the sentence names, if any.
    """

    kind: str
    where: tuple[str, ...]
    text: str
    number: float | None = None
    equation: str = ""
    """The line of the derivation that it is a slip in, where the network is known."""

    def __str__(self) -> str:
        """The sentence.

        >>> str(Finding("sign", ("W1", "W2"), "the sign is flipped"))
        'W1 and W2: the sign is flipped'
        """
        return f"{listed(self.where)}: {self.text}" if self.where else self.text


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names as a sentence has them.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefgh"), most=3)
    ('a', 'a, b and c', 'a, b, c and 5 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def counted(number: int, what: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "weight"), counted(1200, "weight"), counted(2, "entry", "entries")
    ('1 weight', '1,200 weights', '2 entries')
    """
    return f"{number:,} {what if number == 1 else plural or what + 's'}"
