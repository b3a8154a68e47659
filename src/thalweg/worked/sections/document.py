"""A worked calculation ready to be written: sections of lines, each symbol = formula = formula with numbers = value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict, cast

from ...core.plain_data import Json, JsonObject
from ...formulas.expression import Expression, Matrix
from ...formulas.write_latex import LatexWriter
from ...formulas.write_text import TextWriter
from ...formulas.writer import rounded

_EXACT = 8
"""Digits of an exact value beside a rounded one."""


class About(TypedDict, total=False):
    """Which quantity a line is, of what."""

    quantity: str
    layer: str
    neuron: int
    source: str
    origin: int
    example: int
    examples: list[int]
    part: str
    sign: int
    form: str
    shape: list[int]
    weight: str


@dataclass(frozen=True)
class Line:
    """symbol = steps[0] = steps[1] = ... = value; `about` says which quantity of what it is.

    The numbers of the steps are written with `digits` (None: the document's), so many that the line is true as it is
    printed; where no number of digits makes it so, it is `approximate`, and ≈ stands before the value. `note` stands
    beside the line.

    `about` holds `quantity` and, where they apply, `layer`, `neuron`, `source`, `origin`, `example` and `part`, all
    counted from 0, and `sign`: -1 where the text writes the negative of the quantity. In matrix form `form` is "matrix"
    there; where the value is a matrix, `shape` has its rows and columns.
    """

    symbol: Expression
    steps: tuple[Expression, ...]
    value: float | None
    about: About = field(default_factory=About)
    digits: int | None = None
    approximate: bool = False
    note: str = ""
    exact: float | None = None
    """The value without rounding, of a line that is rounded to decimals; None: of others, and of what is given."""
    matrix: Matrix | None = None
    """The value of a line whose value is a matrix; `value` is then None."""

    @property
    def beside(self) -> str:
        """What stands beside the line: its note, and the exact value of a rounded one."""
        exact = None if self.exact is None else rounded(self.exact, _EXACT)
        told = "" if exact is None or self.value is None or exact == rounded(self.value, _EXACT) else f"exact {exact}"
        return ", ".join(filter(None, [self.note, told]))

    @property
    def sign(self) -> str:
        """What stands before the value."""
        return "≈" if self.approximate else "="


def _plain(matrix: Matrix) -> Json:
    """The rows and columns of a matrix that are shown."""
    return matrix.values[: matrix.rows, : matrix.columns].tolist()


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it: lines, and texts between them."""

    title: str
    items: tuple[Line | str, ...]
    level: int = 2


@dataclass(frozen=True)
class Document:
    """A worked calculation in a notation. `symbols` explains the letters, `notes` where the text prints otherwise."""

    title: str
    notation: str
    text: str
    introduction: tuple[str, ...]
    symbols: tuple[tuple[Expression, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    digits: int
    facts: Mapping[str, Json]

    def lines(self) -> tuple[Line, ...]:
        """All lines, in their order."""
        return tuple(item for section in self.sections for item in section.items if isinstance(item, Line))

    def to_dict(self) -> JsonObject:
        """Plain data: each line with its value at full precision, its texts and its LaTeX."""
        text = TextWriter(self.digits)

        def of(item: Line | str) -> JsonObject:
            if isinstance(item, str):
                return {"text": item}
            of_line, latex = TextWriter(item.digits or self.digits), LatexWriter(item.digits or self.digits)
            return {
                **cast("JsonObject", item.about),
                "symbol": of_line.write(item.symbol),
                "steps": [of_line.write(step) for step in item.steps],
                "value": item.value if item.matrix is None else _plain(item.matrix),
                "latex": " = ".join(latex.write(part) for part in (item.symbol, *item.steps)),
                **({"approximate": True} if item.approximate else {}),
                **({"note": item.note} if item.note else {}),
                **({"exact": item.exact} if item.exact is not None else {}),
            }

        return {
            "title": self.title,
            "notation": self.notation,
            "source": self.text,
            "introduction": list(self.introduction),
            "symbols": [{"symbol": text.write(symbol), "meaning": meaning} for symbol, meaning in self.symbols],
            **self.facts,
            "sections": [
                {"title": section.title, "lines": [of(item) for item in section.items]} for section in self.sections
            ],
            "notes": list(self.notes),
        }
