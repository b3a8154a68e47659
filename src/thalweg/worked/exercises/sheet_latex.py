"""Sheets and keys as one LaTeX article, each student's on a page of its own or several to a page."""

from __future__ import annotations

from collections.abc import Sequence

from ...formulas.write_latex import LatexWriter
from ..rendering.latex import plain
from .sheet import Row, Sheet

_HEAD = r"""\documentclass[fleqn]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,multicol}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt}
\raggedright
\newcommand{\blank}{\underline{\hspace{2.6cm}}}
"""
_WRITER = LatexWriter(10)


def latex(sheets: Sequence[Sheet], per_page: int) -> str:
    """The article, which pdflatex, xelatex, lualatex and tectonic take."""
    out = [_HEAD + r"\begin{document}"]
    for number, sheet in enumerate(sheets):
        if number:
            out.append(r"\bigskip\hrule\bigskip" if number % per_page else r"\newpage")
        out += _sheet(sheet)
    return "\n".join([*out, r"\end{document}"]) + "\n"


def _sheet(sheet: Sheet) -> list[str]:
    sign = "" if sheet.name or sheet.is_key else r", name: \blank\blank"
    out = [rf"{{\Large\bfseries {plain(sheet.title)}}}\par", rf"\textbf{{{plain(sheet.who)}}}{sign}\par", r"\medskip"]
    out += [rf"{plain(text)}\par" for text in sheet.told]
    if sheet.symbols:
        out += [r"\begin{multicols}{2}\small\raggedright"]
        out += [rf"${_WRITER.write(symbol)}$: {plain(meaning)}\par" for symbol, meaning in sheet.symbols]
        out += [r"\end{multicols}"]
    given = ", ".join(f"${_WRITER.write(symbol)} = {value}$" for symbol, value in sheet.given)
    out += [rf"\textbf{{Given:}} {given}.\par"]
    for title, rows in sheet.sections:
        out += [rf"\subsection*{{{plain(title)}}}"]
        wide = sheet.is_key or any(row.formula is not None for row in rows)
        if not wide:
            out.append(r"\begin{multicols}{2}\raggedright")
        out += [_row(row) for row in rows]
        if not wide:
            out.append(r"\end{multicols}")
    return out


def _row(row: Row) -> str:
    parts = [_WRITER.write(row.symbol), *(_WRITER.write(one) for one in (row.formula, row.numbers) if one is not None)]
    end = (rf"\mathbf{{{row.value}}}" if row.is_blank else row.value) if row.value else ""
    line = r"\par\smallskip" if row.value else r" \blank\par\smallskip"
    return f"${' = '.join(parts)} = {end}$" + line
