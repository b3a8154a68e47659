"""A worked calculation as plain text: each line broken at its equal signs where it is too long."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from ...errors import visible
from ...formulas.expression import Array
from ...formulas.write_text import TextWriter
from ...formulas.writer import rounded
from ..sections.document import Document, Line
from .blocks import beside, flowed, matrix_block, pieces_of, text_block, width_of

WIDTH = 100
AT_SPACES: Any = {"break_long_words": False, "break_on_hyphens": False}


def render_text(document: Document, width: int = WIDTH) -> str:
    """The document as text of about so many columns."""
    writer = TextWriter(document.digits)
    out = [document.title, "=" * len(document.title), *document.introduction]
    out.append(f"Notation: {document.text}.")
    out += ["", *_symbols(document, writer)]
    for section in document.sections:
        out += ["", section.title, "-" * len(section.title)]
        for item in section.items:
            out += [item] if isinstance(item, str) else render_line(item, writer, width)
    if document.notes:
        out += ["", "Notes", "-----", *(f"* {note}" for note in document.notes)]
    return visible("\n".join(out)) + "\n"


def render_line(line: Line, writer: TextWriter, width: int) -> list[str]:
    """symbol = ... = value on one line if it fits, else a line for each step, set under the first equal sign."""
    if line.matrix is not None or line.about.get("form") == "matrix":
        return _with_matrices(line, writer, width)
    symbol = writer.write(line.symbol)
    of_steps = TextWriter(line.digits or writer.digits)
    parts = [of_steps.write(step) for step in line.steps]
    if line.value is not None:
        parts.append(rounded(line.value, writer.digits))
    parts = [part for number, part in enumerate(parts) if number == 0 or part != parts[number - 1]]
    signs = ["="] * (len(parts) - 1) + [line.sign if line.value is not None else "="]
    note = f"    {line.beside}" if line.beside else ""
    if line.steps and isinstance(line.steps[-1], Array):
        return [f"  {symbol} =", *(f"      [{row}]" for row in parts[-1].strip("[]").split("; "))]
    whole = symbol + "".join(f" {sign} {part}" for sign, part in zip(signs, parts, strict=True))
    if len(whole) <= width or len(parts) < 2:
        return [f"  {whole}{note}"]
    indent = " " * min(len(symbol), 16)
    starts = [f"  {symbol if number == 0 else indent} {sign} " for number, sign in enumerate(signs)]
    rows = [
        row
        for start, part in zip(starts, parts, strict=True)
        for row in wrap(part, width + 2, initial_indent=start, subsequent_indent=f"  {indent}   ", **AT_SPACES)
    ]
    return [*rows[:-1], rows[-1] + note]


def _with_matrices(line: Line, writer: TextWriter, width: int) -> list[str]:
    """The same with matrices, each of as many rows as it has."""
    symbol, of_steps = writer.write(line.symbol), TextWriter(line.digits or writer.digits)
    parts = [list(pieces_of(step, of_steps)) for step in line.steps]
    if line.matrix is not None:
        parts.append([matrix_block(line.matrix, writer)])
    elif line.value is not None:
        parts.append([text_block(rounded(line.value, writer.digits))])
    signs = ["="] * (len(parts) - 1) + [line.sign]
    note = [text_block(f"    {line.beside}")] if line.beside else []
    whole = [block for sign, part in zip(signs, parts, strict=True) for block in (text_block(f" {sign} "), *part)]
    if len(parts) < 2 or sum(block.width for block in whole) + width_of(symbol) <= width:
        return [f"  {row}".rstrip() for row in beside([text_block(symbol), *whole, *note]).rows]
    indent = min(width_of(symbol), 16)
    rows: list[str] = []
    for number, (sign, part) in enumerate(zip(signs, parts, strict=True)):
        start = symbol if number == 0 else " " * indent
        for place, block in enumerate(flowed(part, width - indent - 3)):
            before = text_block(f"{start} {sign} " if place == 0 else " " * (indent + 3))
            last = number == len(parts) - 1
            rows += beside([before, block, *(note if last else [])]).rows
    return [f"  {row}".rstrip() for row in rows]


def _symbols(document: Document, writer: TextWriter) -> list[str]:
    written = [(writer.write(symbol), meaning) for symbol, meaning in document.symbols]
    longest = max((len(symbol) for symbol, _ in written), default=0)
    return [f"  {symbol.ljust(longest)}  {meaning}" for symbol, meaning in written]
