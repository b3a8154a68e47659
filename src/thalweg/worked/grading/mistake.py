"""A mistake of a line: its kind, its words, and the formula that one has then worked out."""

from __future__ import annotations

from dataclasses import dataclass

from ...formulas.expression import Expression

KINDS: dict[str, str] = {
    "sign": "a sign is turned",
    "derivative": "the derivative f' is forgotten, or is not what it should be",
    "transposed": "the weight, or gradient, of the opposite direction",
    "stale": "a new weight where the old one belongs",
    "mean for sum": "a mean for a sum, or a sum for a mean",
    "factor": "a factor is missing, or one too many",
    "term": "a term of a sum is missing",
    "bias": "the bias is missing, or where it does not belong",
    "activation": "the activation function is left out, or another one, or n for a",
    "layer": "of another layer",
    "error": "the error where the sensitivity belongs",
    "update": "the change and the new weight are exchanged",
    "power": "a square is missing",
    "decimal point": "the decimal point has slipped",
    "digits": "two digits exchanged, or one wrong",
    "rounding": "cut off or rounded too early",
    "other line": "the number of another line",
    "unknown": "none that is known",
}
"""The kinds of mistakes, the more telling first."""


@dataclass(frozen=True)
class Mistake:
    """A mistake of a line: its kind, what it is in words, and the formula of what comes out."""

    kind: str
    words: str
    formula: Expression

    @property
    def rank(self) -> int:
        """Its place among the kinds."""
        return _RANKS[self.kind]


_RANKS = {kind: number for number, kind in enumerate(KINDS)}
