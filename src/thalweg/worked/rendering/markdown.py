"""A worked calculation as Markdown, its formulas in LaTeX between dollar signs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...errors import visible
from ...formulas.write_latex import LatexWriter
from ...formulas.write_mathml import MathMLWriter
from ...formulas.writer import rounded
from ..sections.document import Document, Line

_TAG = re.compile("<(?=[a-zA-Z/!?])")
"""The beginning of a tag of HTML, which Markdown would let through."""


def render_markdown(document: Document) -> str:
    """The document as Markdown."""
    writer = LatexWriter(document.digits)
    out = [f"# {document.title}", "", *(f"{text}  " for text in document.introduction)]
    out += [f"Notation: {document.text}.", "", "| symbol | meaning |", "| --- | --- |"]
    out += [f"| ${writer.write(symbol)}$ | {meaning.replace('|', '&#124;')} |" for symbol, meaning in document.symbols]
    for section in document.sections:
        out += ["", f"{'#' * section.level} {section.title}", ""]
        out += [f"* {item}" if isinstance(item, str) else _item(item, writer) for item in section.items]
    if document.notes:
        out += ["", "## Notes", "", *(f"* {note}" for note in document.notes)]
    return _TAG.sub("&lt;", visible("\n".join(out))) + "\n"


def _item(line: Line, writer: LatexWriter) -> str:
    return f"* ${latex_line(line, writer)}$" + (f" ({line.beside})" if line.beside else "")


def latex_line(line: Line, writer: LatexWriter) -> str:
    """symbol = steps = value, as LaTeX."""
    first, *parts = latex_parts(line, writer)
    return first + "".join(f" {sign} {part}" for sign, part in zip(latex_signs(line, parts), parts, strict=True))


def latex_parts(line: Line, writer: LatexWriter) -> list[str]:
    """The symbol, the steps and the value, as LaTeX."""
    of_steps = LatexWriter(line.digits or writer.digits)
    parts = [of_steps.write(line.symbol), *(of_steps.write(step) for step in line.steps)]
    parts += value_in(line, writer)
    return [part for number, part in enumerate(parts) if number < 2 or part != parts[number - 1]]


def value_in(line: Line, writer: LatexWriter | MathMLWriter) -> list[str]:
    """The value of a line as a formula has it; none if it has none."""
    if line.matrix is not None:
        return [writer.write(line.matrix)]
    return [] if line.value is None else [writer.number(rounded(line.value, writer.digits), 0)]


def latex_signs(line: Line, parts: Sequence[str]) -> list[str]:
    """What stands before each part of a line but its symbol."""
    last = r"\approx" if line.approximate else "="
    return [*["="] * (len(parts) - 1), last][-len(parts) :]
