"""Sheets and keys as Markdown, their formulas in LaTeX between dollar signs."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import visible
from ...formulas.write_latex import LatexWriter
from .sheet import Row, Sheet

_BLANK = "\\_" * 10
_WRITER = LatexWriter(10)


def markdown(sheets: Sequence[Sheet]) -> str:
    """All sheets, one after another, with a rule between them."""
    return visible("\n\n---\n\n".join("\n".join(_sheet(one)) for one in sheets)) + "\n"


def _sheet(sheet: Sheet) -> list[str]:
    sign = "" if sheet.name or sheet.is_key else f", name: {_BLANK}"
    out = [f"# {sheet.title}", "", f"**{sheet.who[0].upper()}{sheet.who[1:]}**{sign}", ""]
    out += [f"{text}  " for text in sheet.told]
    if sheet.symbols:
        out += ["", "| symbol | meaning |", "| --- | --- |"]
        out += [
            f"| ${_WRITER.write(symbol)}$ | {meaning.replace('|', '&#124;')} |" for symbol, meaning in sheet.symbols
        ]
    out += ["", "Given: " + ", ".join(f"${_WRITER.write(symbol)} = {value}$" for symbol, value in sheet.given) + "."]
    for title, rows in sheet.sections:
        out += ["", f"## {title}", "", *(_row(row) for row in rows)]
    return [line.replace("<", "&lt;") for line in out]


def _row(row: Row) -> str:
    parts = [_WRITER.write(row.symbol), *(_WRITER.write(one) for one in (row.formula, row.numbers) if one is not None)]
    if row.value:
        value = rf"\mathbf{{{row.value}}}" if row.is_blank else row.value
        return f"* ${' = '.join(parts)} = {value}$"
    return f"* ${' = '.join(parts)} =$ {_BLANK}"
