"""Formulas with matrices as plain text of several rows, each matrix set up as one writes it on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining

from ...formulas.expression import (
    Array,
    Call,
    Expression,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Transposed,
)
from ...formulas.matrices import has_matrix
from ...formulas.write_text import TextWriter


@dataclass(frozen=True)
class Block:
    """Rows of one width; what stands beside it on one line stands at the row `base`."""

    rows: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        """Columns of a terminal."""
        return width_of(self.rows[0])


def width_of(text: str) -> int:
    """Columns of a terminal: a mark over a letter takes none."""
    return sum(not combining(char) for char in text)


def beside(blocks: Sequence[Block]) -> Block:
    """Blocks side by side, their base rows on one line.

    >>> beside([Block(("a = ",)), Block(("[1]", "[2]"))]).rows
    ('a = [1]', '    [2]')
    """
    above = max(block.base for block in blocks)
    below = max(len(block.rows) - block.base for block in blocks)
    rows = []
    for row in range(-above, below):
        cells = [
            block.rows[block.base + row] if 0 <= block.base + row < len(block.rows) else " " * block.width
            for block in blocks
        ]
        rows.append("".join(cells))
    return Block(tuple(rows), above)


def text_block(text: str) -> Block:
    """A text of one row."""
    return Block((text,))


def matrix_block(matrix: Array | Matrix, writer: TextWriter) -> Block:
    """A matrix in brackets, its columns set right."""
    cells = [[cell or "..." for cell in row] for row in writer.cells(matrix)]
    widths = [max(width_of(row[k]) for row in cells) for k in range(len(cells[0]))]
    rows = [
        "  ".join(" " * (wide - width_of(cell)) + cell for cell, wide in zip(row, widths, strict=True)) for row in cells
    ]
    return Block(tuple(f"[{row}]" for row in rows), (len(rows) - 1) // 2)


def pieces_of(expression: Expression, writer: TextWriter) -> Iterator[Block]:
    """The blocks of a formula, between which a line may be broken: the terms of a sum, the factors of a product."""
    match expression:
        case Sum(terms) if has_matrix(expression):
            for number, term in enumerate(terms):
                sign, of = ("-", term.of) if isinstance(term, Negative) else ("+", term)
                before = f" {sign} " if number else "-" if sign == "-" else ""
                first, *others = _factors(of, writer)
                yield beside([text_block(before), first])
                yield from others
        case Negative(of) if has_matrix(expression):
            first, *others = _factors(of, writer)
            yield beside([text_block("-"), first])
            yield from others
        case _:
            yield from _factors(expression, writer)


def _factors(expression: Expression, writer: TextWriter) -> Iterator[Block]:
    """The factors of a product, each a block."""
    if not has_matrix(expression):
        yield text_block(writer.write(expression))
        return
    match expression:
        case Product(factors):
            for number, factor in enumerate(factors):
                block = _factor(factor, writer, alone=number == 0)
                yield beside([text_block(" "), block]) if number else block
        case Hadamard(factors):
            for number, factor in enumerate(factors):
                inner = list(_factors(factor, writer)) if isinstance(factor, Product) else [_factor(factor, writer)]
                yield beside([text_block(" ⊙ "), inner[0]]) if number else inner[0]
                yield from inner[1:]
        case _:
            yield _block(expression, writer)


def _factor(expression: Expression, writer: TextWriter, alone: bool = False) -> Block:
    """A factor; sums stand in parentheses, and numbers that are not first."""
    match expression:
        case Number() if not alone:
            return text_block(f"({writer.write(expression)})")
        case Sum() | Negative() | Hadamard():
            return _in_parentheses(_block(expression, writer))
        case Quotient() if not has_matrix(expression):
            return text_block(f"({writer.write(expression)})" if not alone else writer.write(expression))
        case _:
            return _block(expression, writer)


def _block(expression: Expression, writer: TextWriter) -> Block:
    """A formula as one block."""
    if not has_matrix(expression):
        return text_block(writer.write(expression))
    match expression:
        case Array() | Matrix():
            return matrix_block(expression, writer)
        case Transposed(of):
            inside = _block(of, writer) if isinstance(of, Array | Matrix) else _in_parentheses(_block(of, writer))
            return Block(
                tuple(f"{row}{'ᵀ' if number == 0 else ' '}" for number, row in enumerate(inside.rows)), inside.base
            )
        case Call(function, arguments):
            name = writer.symbol(function) if isinstance(function, Symbol) else "√" if function == "sqrt" else function
            inside = [text_block(", ") if number % 2 else _block(arguments[number // 2], writer)
                      for number in range(2 * len(arguments) - 1)]  # fmt: skip
            return beside([text_block(name), _in_parentheses(beside(inside))])
        case Quotient(top, bottom):
            return beside([_of_quotient(top, writer), text_block(" / "), _of_quotient(bottom, writer)])
        case Power(base, exponent):
            inside = _block(base, writer) if isinstance(base, Array | Matrix) else _in_parentheses(_block(base, writer))
            raised = writer.power("", exponent)
            rows = (f"{row}{raised if number == 0 else ' ' * len(raised)}" for number, row in enumerate(inside.rows))
            return Block(tuple(rows), inside.base)
        case _:
            return beside(list(pieces_of(expression, writer)))


def _of_quotient(expression: Expression, writer: TextWriter) -> Block:
    block = _block(expression, writer)
    return _in_parentheses(block) if isinstance(expression, Sum | Negative | Product | Hadamard | Quotient) else block


def _in_parentheses(block: Block) -> Block:
    return Block(tuple(f"({row})" for row in block.rows), block.base)


def flowed(pieces: Sequence[Block], room: int) -> list[Block]:
    """The blocks side by side, in as many lines of so many columns as they need."""
    lines: list[list[Block]] = [[]]
    for piece in pieces:
        if lines[-1] and sum(block.width for block in lines[-1]) + piece.width > room:
            sign = piece.rows[piece.base].lstrip()[:1]
            lines.append([] if sign in "+-⊙" else [text_block(" ·")])
        lines[-1].append(piece)
    return [beside(line) for line in lines if line]
