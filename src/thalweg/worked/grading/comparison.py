"""What is said of a student's numbers: a verdict for each line, the first mistake, and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.plain_data import JsonObject
from ...notebook import InWords
from ...notebook.pieces import GREEN, ORANGE, RED, marked, paragraph, table

VERDICTS = {
    "right": "right",
    "follow-on": "right, given the earlier mistake",
    "wrong": "wrong",
    "again": "the same mistake again",
    "empty": "empty",
}
"""The verdicts of a line, and what they are in words. Points are given for the first, the second and the fourth: a
mistake counts once."""


@dataclass(frozen=True)
class Judged:
    """A line as it was judged.

    `right` is the number of the key, `expected` what comes out of the student's own numbers before it, `kind` and
    `words` the mistake that a wrong number looks like, `also` what else it may be.
    """

    id: str
    symbol: str
    given: float | None
    right: float
    expected: float
    verdict: str
    kind: str = ""
    words: str = ""
    also: tuple[str, ...] = ()

    @property
    def has_point(self) -> bool:
        """Whether the line counts as done: right, or only wrong by a mistake that is counted elsewhere."""
        return self.verdict in ("right", "follow-on", "again") and not self.is_nothing

    @property
    def is_nothing(self) -> bool:
        """Whether it is a 0 that follows from a wrong number, which shows no calculation: zeros follow from zeros."""
        return self.verdict in ("follow-on", "again") and self.given == 0.0 and self.right != 0.0

    def told(self, decimals: int) -> str:
        """The line and its verdict in words."""
        given = "" if self.given is None else f" = {number(self.given, decimals)}"
        text = f"{self.symbol}{_example(self.id)}{given}: {VERDICTS[self.verdict]}"
        if self.verdict == "empty":
            return f"{text} ({number(self.right, decimals)})"
        if self.kind:
            what = self.words if self.kind == "unknown" else f"it looks like {self.kind}: {self.words}"
            text += f"; {number(self.expected, decimals)} comes out of the numbers before it; {what}"
            text += f" (or {'; or '.join(self.also)})" if self.also else ""
        return text


@dataclass(frozen=True, repr=False)
class Comparison(InWords):
    """A student's numbers, judged. `lines` are those that were asked, in the order of the calculation."""

    lines: tuple[Judged, ...]
    decimals: int

    @property
    def mistakes(self) -> tuple[Judged, ...]:
        """The lines in which something went wrong, each mistake once."""
        return tuple(line for line in self.lines if line.verdict == "wrong")

    @property
    def first_wrong(self) -> Judged | None:
        """The first line in which something went wrong; None if nothing did."""
        return next(iter(self.mistakes), None)

    @property
    def points(self) -> int:
        """A point for each line that is right, given what went wrong before it."""
        return sum(line.has_point for line in self.lines)

    @property
    def count(self) -> str:
        """How many lines are right, and the points where a mistake that is there again makes them more."""
        again = sum(line.has_point for line in self.lines if line.verdict == "again")
        told = f"{self.points - again} of {len(self.lines)} right"
        return f"{told}; the same mistake counts once: {self.points} points" if again else told

    def in_words(self) -> str:
        """The count, the first wrong line, and the other mistakes."""
        return "\n".join(self._words())

    def _words(self) -> list[str]:
        out = [f"{self.points} of {len(self.lines)} points"]
        for verdict, what in (
            ("follow-on", "right given an earlier mistake"),
            ("again", "a mistake again"),
            ("empty", "empty"),
        ):
            count = sum(line.verdict == verdict for line in self.lines)
            out[0] += f", {count} {what}" if count else ""
            nothing = sum(line.is_nothing for line in self.lines if line.verdict == verdict)
            out[0] += f" ({nothing} of these 0, for no point)" if nothing else ""
        for k, line in enumerate(self.mistakes):
            out.append(f"{'first wrong: ' if k == 0 else 'wrong: '}{line.told(self.decimals)}")
        return out

    def in_html(self) -> str:
        """The count, the mistakes, and a table of all lines."""
        count, *mistakes = self._words()
        rows = [
            (
                f"{line.symbol}{_example(line.id)}",
                "" if line.given is None else number(line.given, self.decimals),
                number(line.expected, self.decimals),
                number(line.right, self.decimals),
                VERDICTS[line.verdict],
            )
            for line in self.lines
        ]
        heads = ("line", "answer", "from the numbers before", "key", "verdict")
        colour = GREEN if not mistakes else ORANGE if self.points else RED
        told = "".join(marked(words, colour if k else RED) for k, words in enumerate(mistakes))
        return paragraph(count, "title") + told + table(heads, rows, most=200)

    def to_dict(self) -> JsonObject:
        """Plain data: points, the first wrong line, and every line with its verdict."""
        first = self.first_wrong
        return {
            "points": self.points,
            "out_of": len(self.lines),
            "first_wrong": None if first is None else first.id,
            "mistakes": [_of(line) for line in self.mistakes],
            "lines": [_of(line) for line in self.lines],
        }


def number(value: float, decimals: int) -> str:
    """A number with all its decimals; more where it has more.

    >>> number(0.5, 3), number(-0.0, 2), number(0.12345, 3)
    ('0.500', '0.00', '0.12345')
    """
    text = f"{value + 0.0:.{decimals}f}"
    return text if abs(float(text) - value) < 1e-12 * max(1.0, abs(value)) else f"{value:.10g}"


def _example(id_: str) -> str:
    example = id_.partition("#")[2]
    return f" of example {example}" if example else ""


def _of(line: Judged) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": line.id,
        "symbol": line.symbol,
        "given": line.given,
        "right": line.right,
        "expected": line.expected,
        "verdict": line.verdict,
    }
    if line.kind:
        found |= {"kind": line.kind, "words": line.words, "also": list(line.also)}
    return found
