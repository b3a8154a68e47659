"""A derivation as plain text, as Markdown, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING
from unicodedata import combining

from ...formulas.expression import Symbol
from ...formulas.write_latex import escape
from ..rendering.latex import plain
from ..rendering.text import AT_SPACES

if TYPE_CHECKING:
    from .derivation import Derivation, DerivationLine, DerivationPart

_MOST = 64
_LONG = 240
"""Signs of LaTeX from which a sum is written term under term."""
_SIGNS = {"=": "=", "≈": r"\approx"}
_HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\allowdisplaybreaks
"""


def render_text(derivation: Derivation, width: int = 100) -> str:
    """The lines under each other at their equal signs, the rules beside them, or under lines that are too long."""
    out = [derivation.title, "=" * len(derivation.title)]
    for text in derivation.introduction:
        out += wrap(text, width)
    for title, parts in _grouped(derivation):
        if title:
            out += ["", title, "-" * len(title)]
        longest = max(_width(part.paper.left) for part in parts)
        column = _column([line for part in parts for line in part.lines], width - longest)
        apart = True
        for part in parts:
            if part.definition is not None:
                out += ["", f"  {part.paper.text(Symbol(part.paper.of))} = {part.paper.text(part.definition)}"]
            alone = len(part.lines) == 1 and len(parts) > 1
            if apart or not alone:
                out.append("")
            out += _lines(part, width, longest if alone else 0, column if alone else None)
            apart = not alone
    if derivation.notes:
        out += ["", "Notes", "-----"]
        for note in derivation.notes:
            out += wrap(note, width, initial_indent="* ", subsequent_indent="  ")
    return "\n".join(out) + "\n"


def _grouped(derivation: Derivation) -> list[tuple[str, list[DerivationPart]]]:
    """The parts by their titles."""
    return [(title, list(parts)) for title, parts in groupby(derivation.parts, key=lambda part: part.title)]


def _lines(part: DerivationPart, width: int, longest: int, column: int | None) -> list[str]:
    """The lines of a part; its left side is set as wide as the longest, the rules stand at the column."""
    left, out = _padded(part.paper.left, longest, right=True), []
    room = width - _width(left) - 5
    at = _column(part.lines, room) if column is None else column
    for place, line in enumerate(part.lines):
        start = f"  {left if place == 0 else ' ' * _width(left)} {line.sign} "
        indent = " " * _width(start)
        text, rule = line.text, _rule_in_text(line.rule)
        if rule and max(at, _width(text)) + 3 + len(rule) <= room:
            out.append(f"{start}{_padded(text, at)}   {rule}")
            continue
        pieces = line.terms if _width(text) > room else (text,)
        for number, piece in enumerate(pieces):
            first = start if number == 0 else indent
            if _width(piece) > room:
                piece = re.sub(r"(Σ\[[^]]*\]) ", r"\1~", piece.replace(")(", ") ("))  # noqa: PLW2901 - where to break
            rows = wrap(piece, width, initial_indent=first, subsequent_indent=f"{indent}    ", **AT_SPACES)
            out += [row.replace("~", " ") for row in rows]
        if rule:
            out += wrap(f"({rule})", width, initial_indent=f"{indent}    ", subsequent_indent=f"{indent}     ")
    return out


def _column(lines: Sequence[DerivationLine], room: int) -> int:
    """Where rules stand: behind the longest line that leaves room for its rule."""
    fitting = [_width(line.text) for line in lines if _width(line.text) + 3 + len(line.rule) <= room]
    return max((length for length in fitting if length <= _MOST), default=0)


def _width(text: str) -> int:
    """Columns of a terminal: a mark over a letter takes none."""
    return sum(not combining(char) for char in text)


def _padded(text: str, width: int, right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _rule_in_text(rule: str) -> str:
    return "" if rule == "definition" else rule


def render_markdown(derivation: Derivation) -> str:
    """The derivation as Markdown; formulas stand between dollar signs."""
    out = [f"# {derivation.title}"]
    for text in derivation.introduction:
        out += ["", text]
    for title, parts in _grouped(derivation):
        if title:
            out += ["", f"## {title}"]
        out += ["", *(f"$$\n{formula}\n$$" for formula in _formulas(parts))]
    if derivation.notes:
        out += ["", "## Notes", "", *(f"* {note}" for note in derivation.notes)]
    return "\n".join(out) + "\n"


def render_latex(derivation: Derivation) -> str:
    """The derivation as an article that pdflatex, xelatex and lualatex take."""
    out = [_HEAD, r"\begin{document}", rf"\section*{{{_words(derivation.title)}}}"]
    for text in derivation.introduction:
        out += [_words(text), ""]
    for title, parts in _grouped(derivation):
        if title:
            out += ["", rf"\subsection*{{{_words(title)}}}"]
        out += [f"\\[\n{formula}\n\\]" for formula in _formulas(parts)]
    if derivation.notes:
        out += ["", r"\subsection*{Notes}", r"\begin{itemize}"]
        out += [*(rf"\item {_words(note)}" for note in derivation.notes), r"\end{itemize}"]
    return "\n".join([*out, r"\end{document}"]) + "\n"


def render_formulas(derivation: Derivation) -> str:
    """The lines alone, for a notebook."""
    formulas = (formula for _, parts in _grouped(derivation) for formula in _formulas(parts))
    return "\n".join(f"$${formula}$$" for formula in formulas)


def _formulas(parts: list[DerivationPart]) -> Iterator[str]:
    """What is differentiated, then the lines set under each other at their equal signs."""
    rows: list[str] = []
    for part in parts:
        if part.definition is not None:
            yield _definition(part)
        rows += _rows(part)
        if part.definition is not None:
            yield _aligned(rows)
            rows = []
    if rows:
        yield _aligned(rows)


def _definition(part: DerivationPart) -> str:
    assert part.definition is not None
    return f"{part.paper.latex(Symbol(part.paper.of))} = {part.paper.latex(part.definition)}"


def _rows(part: DerivationPart) -> list[str]:
    rows = []
    for place, line in enumerate(part.lines):
        left = part.paper.left_latex if place == 0 else ""
        rule = _rule_in_text(line.rule)
        terms = line.latex_terms if len(line.latex) > _LONG else (line.latex,)
        written = [f"{left} &{_SIGNS[line.sign]} {terms[0]}", *(rf" &\quad {term}" for term in terms[1:])]
        rows += [*written[:-1], written[-1] + (f" && {rule_in_latex(rule)}" if rule else "")]
    return rows


def _aligned(rows: list[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


_RAISED = dict(zip("ᵘᵛᵏⁿᵃˣ⁻¹²³", ["u", "v", "k", "n", "a", "x", "-", "1", "2", "3"], strict=True))
_LOWERED = {"ᵢ": "i", "ⱼ": "j", "ₖ": "k"}
_LETTERS = {
    "α": r"\alpha", "δ": r"\delta", "λ": r"\lambda", "π": r"\pi", "σ": r"\sigma", "φ": r"\varphi", "Φ": r"\Phi",
    "Σ": r"\sum", "ℓ": r"\ell", "∂": r"\partial", "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "√": r"\surd", "′": "'",
}  # fmt: skip
_COMMANDS = re.compile(r"\b(tanh|sinh|cosh|sin|cos|tan|ln)\b")
_NAMED = re.compile(r"\b(asinh|atan|erf|sign|softplus|relu|max|min)\b")


def rule_in_latex(rule: str) -> str:
    r"""A rule's words as text and its formula, which stands behind a colon or has a ′, as LaTeX.

    >>> rule_in_latex("chain rule: (eᵘ)′ = eᵘ u′")
    "\\text{chain rule: }(e^{u})' = e^{u} u'"
    """
    words, colon, formula = rule.rpartition(": ")
    if not colon:
        words, formula = ("", rule) if "′" in rule else (rule, "")
    special = {*_RAISED, *_LOWERED, *_LETTERS}
    parts = re.split(r"(\S+)", words + colon)
    runs = groupby(parts, key=lambda part: bool(set(part) & special))
    told = ("".join(map(_formula, run)) if mathematical else _plain_text("".join(run)) for mathematical, run in runs)
    return "".join(told) + _formula(formula)


def _plain_text(text: str) -> str:
    return rf"\text{{{escape(text)}}}" if text else ""


def _formula(text: str) -> str:
    """A short formula in Unicode as LaTeX."""
    text = re.sub(r"√\(([^)]*)\)", r"\\sqrt{\1}", re.sub(r"√(\w)", r"\\sqrt{\1}", text))
    text = _indices(re.sub(r"\^\(([^)]*)\)", r"^{\1}", text), "", "")
    text = _NAMED.sub(r"\\operatorname{\1} ", _COMMANDS.sub(r"\\\1 ", text))
    text = "".join(_LETTERS[char] + " " * (char != "′") if char in _LETTERS else char for char in text)
    return re.sub(r" +", " ", text)


def _words(text: str) -> str:
    """Text with its mathematical letters as formulas."""
    text = _indices(plain(text), "$", "$")
    return "".join(f"${_LETTERS[char]}$" if char in _LETTERS else char for char in text)


def _indices(text: str, before: str, after: str) -> str:
    """Raised and lowered letters as LaTeX has them."""
    for letters, mark in ((_RAISED, "^"), (_LOWERED, "_")):
        text = re.sub(
            f"[{''.join(letters)}]+",
            lambda run, mark=mark, letters=letters: (
                f"{before}{mark}{{{''.join(letters[char] for char in run[0])}}}{after}"
            ),
            text,
        )
    return text
