"""A worked calculation as a LaTeX article, and its formulas alone for a notebook."""

from __future__ import annotations

from ...errors import visible
from ...formulas.write_latex import LatexWriter, escape
from ..document import Document, Line
from .markdown import latex_line, latex_parts

_HEAD = r"""\documentclass[fleqn]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\mathindent}{1em}
\AtBeginDocument{\setlength{\abovedisplayskip}{2pt}\setlength{\belowdisplayskip}{2pt}}
"""
_LONG = 110
_WORDS = {"≥": r"$\ge$", "∂": r"$\partial$", "Δ": r"$\Delta$", "δ": r"$\delta$", "φ": r"$\varphi$", "√": r"$\surd$",
          "α": r"$\alpha$", "β": r"$\beta$", "ε": r"$\varepsilon$", "γ": r"$\gamma$", "λ": r"$\lambda$", "ρ": r"$\rho$",
          "ŷ": r"$\hat{y}$", "μ": r"$\mu$", "ψ": r"$\psi$", "η": r"$\eta$", "₁": r"$_1$", "₂": r"$_2$", "ᵏ": r"$^k$",
          "²": r"$^2$", "ᵀ": r"$^{\mathsf{T}}$", "Π": r"$\Pi$", "⊗": r"$\otimes$", "⁺": r"$^+$", "⁻": r"$^-$",
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
    """A line with its equal signs under each other where it is long."""
    parts = latex_parts(line, writer)
    short = sum(map(len, parts)) < _LONG
    return f"{parts[0]} &= " + (" = " if short else " \\\\\n&= ").join(parts[1:])


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
