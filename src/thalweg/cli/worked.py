"""Worked calculations on a terminal: headings in colour, values bold, long lines broken at their equal signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ..worked.sections.document import Document


def print_document(out: Console, document: Document) -> None:
    """Print a worked calculation in the width of the terminal."""
    from rich.text import Text

    from ..errors import visible
    from ..formulas.write_text import TextWriter
    from ..worked.rendering.text import render_line
    from ..worked.sections.document import Line

    writer = TextWriter(document.digits)
    out.print(Text(visible(document.title), style="bold underline"))
    for text in (*document.introduction, f"Notation: {document.text}."):
        out.print(Text(visible(text), style="dim"))
    out.print()
    written = [(writer.write(symbol), meaning) for symbol, meaning in document.symbols]
    longest = max((len(symbol) for symbol, _ in written), default=0)
    for symbol, meaning in written:
        out.print(Text.assemble("  ", (symbol.ljust(longest), "cyan"), visible(f"  {meaning}")))
    for section in document.sections:
        out.print()
        out.print(Text(visible(section.title), style="bold green"))
        for item in section.items:
            if not isinstance(item, Line):
                out.print(Text(visible(item), style="dim italic"))
                continue
            lines = render_line(item, writer, max(40, out.width - 2))
            for number, line in enumerate(lines):
                out.print(_styled(visible(line), item.beside, last=number == len(lines) - 1 and item.value is not None))
    if document.notes:
        out.print()
        out.print(Text("Notes", style="bold yellow"))
        for note in document.notes:
            out.print(Text(visible(f"* {note}")))


def _styled(line: str, note: str, last: bool):
    """A line whose value is bold."""
    from rich.text import Text

    note = f"    {note}" if note and last else ""
    start = max(line.rfind(" = "), line.rfind(" ≈ "))
    if not last or start < 0:
        return Text(line)
    head, value = line[: start + 3], line[start + 3 :].removesuffix(note)
    return Text.assemble(head, (value, "bold"), (note, "dim"))
