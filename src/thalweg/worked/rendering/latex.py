"""A worked calculation as a LaTeX article, and its formulas alone for a notebook."""

from __future__ import annotations

import re

from ...errors import visible
from ...formulas.write_latex import LatexWriter, escape
from ..sections.document import Document, Line
from .markdown import latex_line, latex_parts, latex_signs

_HEAD = r"""\documentclass[fleqn]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\mathindent}{1em}
\setcounter{MaxMatrixCols}{40}
\AtBeginDocument{\setlength{\abovedisplayskip}{2pt}\setlength{\belowdisplayskip}{2pt}}
"""
_LONG = 74
"""Letters that a line of the article holds."""
_FRACTION = re.compile(r"\\frac\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_MATRIX = re.compile(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}")
_ROW = re.compile(r"\\\\(?:\[\w+\])?")
"""Where a row of a matrix ends, and how far the next is from it."""
_INDEX = re.compile(r"[_^]\{([^{}]*)\}")
_SIGN = re.compile(r"\\[A-Za-z]+")
_WORDS = {"≥": r"$\ge$", "∂": r"$\partial$", "Δ": r"$\Delta$", "δ": r"$\delta$", "φ": r"$\varphi$", "√": r"$\surd$",
          "α": r"$\alpha$", "β": r"$\beta$", "ε": r"$\varepsilon$", "γ": r"$\gamma$", "λ": r"$\lambda$", "ρ": r"$\rho$",
          "ŷ": r"$\hat{y}$", "μ": r"$\mu$", "ψ": r"$\psi$", "η": r"$\eta$", "₁": r"$_1$", "₂": r"$_2$", "ᵏ": r"$^k$",
          "²": r"$^2$", "ᵀ": r"$^{\mathsf{T}}$", "Π": r"$\Pi$", "⊗": r"$\otimes$", "⁺": r"$^+$", "⁻": r"$^-$",
          "⊙": r"$\odot$", "σ": r"$\sigma$", "ω": r"$\omega$", "θ": r"$\theta$", "π": r"$\pi$",
          "₀": r"$_0$", "¹": r"$^1$", "→": r"$\to$"}  # fmt: skip


def render_latex(*documents: Document) -> str:
    """The documents as one article that pdflatex, xelatex and lualatex take."""
    parts = [line for document in documents for line in _article(document)]
    return "\n".join([_HEAD, r"\begin{document}", *parts, r"\end{document}"]) + "\n"


def _article(document: Document) -> list[str]:
    """What stands in the article for a document."""
    writer = LatexWriter(document.digits)
    out = [rf"\section*{{{plain(document.title)}}}"]
    out += [rf"{plain(text)}\\" for text in document.introduction]
    out += [f"Notation: {plain(document.text)}.", "", r"\medskip", r"\begin{tabular}{ll}"]
    out += [rf"${writer.write(symbol)}$ & {plain(meaning)} \\" for symbol, meaning in document.symbols]
    out.append(r"\end{tabular}")
    for section in document.sections:
        out += ["", rf"\subsection*{{{plain(section.title)}}}"]
        for item in section.items:
            if isinstance(item, str):
                out.append(rf"{plain(item)}\par")
            else:
                out += [r"\begin{align*}", _aligned(item, writer), r"\end{align*}"]
    if document.notes:
        out += ["", r"\subsection*{Notes}", r"\begin{itemize}"]
        out += [*(rf"\item {plain(note)}" for note in document.notes), r"\end{itemize}"]
    return out


def _aligned(line: Line, writer: LatexWriter) -> str:
    """A line with its equal signs under each other, and its sums broken between terms, where it is too long."""
    symbol, *parts = latex_parts(line, writer)
    signs = latex_signs(line, parts)
    note = rf"\quad\text{{{plain(line.beside)}}}" if line.beside else ""
    if sum(map(width_of, (symbol, *parts))) + 3 * len(parts) <= _LONG:
        whole = f"{parts[0]}" + "".join(f" {sign} {part}" for sign, part in zip(signs[1:], parts[1:], strict=True))
        return f"{symbol} &{signs[0]} {whole}{note}"
    room = _LONG - min(width_of(symbol), 20)
    rows = [
        f"{sign} {row}" if number == 0 else rf"\quad {{}} {row}"
        for sign, part in zip(signs, parts, strict=True)
        for number, row in enumerate(broken(part, room))
    ]
    return f"{symbol} " + " \\\\\n".join(f"&{row}" for row in rows) + note


def broken(formula: str, room: float) -> list[str]:
    """A formula in rows that are no wider than so many letters, if it can be broken at its signs or between factors.

    >>> broken("a + b + c", 4)
    ['a + b', '+ c']
    """
    rows, row = [], ""
    for piece in _pieces(formula):
        if row and width_of(row + piece) > room:
            rows.append(row)
            row = ""
        row += piece
    rows = [one.strip() for one in (*rows, row)]
    if len(rows) == 1:
        return rows
    return [one.replace(r"\left(", r"\Bigl(").replace(r"\right)", r"\Bigr)") for one in rows]


def _pieces(formula: str) -> list[str]:
    """A formula cut before the signs + and - and the spaces between factors that stand in no braces."""
    depth, cuts = 0, [0]
    for place, char in enumerate(formula):
        depth += (char == "{") - (char == "}")
        depth += formula.startswith(r"\begin{", place) - formula.startswith(r"\end{", place)
        if depth == 0 and (formula.startswith((" + ", " - "), place) or formula.startswith((r" \, ", ")("), place)):
            cuts.append(place + (char == ")"))
    return [formula[start:end] for start, end in zip(cuts, [*cuts[1:], len(formula)], strict=True)]


def width_of(formula: str) -> float:
    r"""About how many letters a formula is wide: commands are a letter, indices small, of a fraction the wider part.

    >>> width_of(r"\frac{1}{123} x_{1}")
    4.6
    """
    text = _MATRIX.sub(lambda found: max(_ROW.split(found[1]), key=width_of) + "xx", formula)
    while (found := _FRACTION.search(text)) is not None:
        text = text[: found.start()] + max(found[1], found[2], key=width_of) + text[found.end() :]
    small = sum(len(_SIGN.sub("x", part)) for part in _INDEX.findall(text))
    text = _SIGN.sub("x", _INDEX.sub("", re.sub(r"\\(?:left|right|Bigl|Bigr|,|quad)\b|\\,", "", text)))
    return round(len(re.sub(r"[{}\s]", "", text)) + 0.6 * small, 1)


def render_formulas(document: Document) -> str:
    """The lines alone, set under each other at their equal signs, for a notebook."""
    writer = LatexWriter(document.digits)
    rows = []
    for section in document.sections:
        rows.append(rf"&\textbf{{{escape(section.title)}}}")
        rows += [
            rf"&\text{{{escape(item)}}}" if isinstance(item, str) else latex_line(item, writer).replace("=", "&=", 1)
            for item in section.items
        ]
    return "$$\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$$"


def plain(text: str) -> str:
    """Text for an article: special characters escaped, mathematical letters in math mode.

    >>> plain("50 % of δ")
    '50 \\\\% of $\\\\delta$'
    """
    return "".join(_WORDS.get(char, escape(char)) for char in visible(text))
