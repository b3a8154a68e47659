"""A derivation as plain text, as Markdown, and as LaTeX."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Any

from ..core.formulas.expression import Variable
from .derivation import Derivation, DerivationPart
from .render_latex import plain

_MOST = 64
_AT_SPACES: Any = {"break_long_words": False, "break_on_hyphens": False}
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
    for part in derivation.parts:
        if part.title:
            out += ["", part.title, "-" * len(part.title)]
        if part.definition is not None:
            out += ["", f"  {part.paper.text(Variable(part.paper.of))} = {part.paper.text(part.definition)}"]
        out += ["", *_lines(part, width)]
    if derivation.notes:
        out += ["", "Notes", "-----"]
        for note in derivation.notes:
            out += wrap(note, width, initial_indent="* ", subsequent_indent="  ")
    return "\n".join(out) + "\n"


def _lines(part: DerivationPart, width: int) -> list[str]:
    left, out = part.paper.left, []
    texts = [line.text for line in part.lines]
    rules = [_rule_in_text(line.rule) for line in part.lines]
    room = width - len(left) - 5
    beside = [len(text) + 3 + len(rule) <= room for text, rule in zip(texts, rules, strict=True)]
    column = max(
        (len(text) for text, fits in zip(texts, beside, strict=True) if fits and len(text) <= _MOST), default=0
    )
    for place, (text, rule) in enumerate(zip(texts, rules, strict=True)):
        start = f"  {left if place == 0 else ' ' * len(left)} = "
        indent = " " * len(start)
        if rule and max(column, len(text)) + 3 + len(rule) <= room:
            out.append(f"{start}{text.ljust(column)}   {rule}")
            continue
        out += wrap(text, width, initial_indent=start, subsequent_indent=f"{indent}  ", **_AT_SPACES)
        out += (
            wrap(f"({rule})", width, initial_indent=f"{indent}    ", subsequent_indent=f"{indent}     ") if rule else []
        )
    return out


def _rule_in_text(rule: str) -> str:
    return "" if rule == "definition" else rule


def render_markdown(derivation: Derivation) -> str:
    """The derivation as Markdown; formulas stand between dollar signs."""
    out = [f"# {derivation.title}"]
    for part in derivation.parts:
        if part.title:
            out += ["", f"## {part.title}"]
        if part.definition is not None:
            out += ["", f"$${_definition(part)}$$"]
        out += ["", "$$", _aligned(part), "$$"]
    if derivation.notes:
        out += ["", "## Notes", "", *(f"* {note}" for note in derivation.notes)]
    return "\n".join(out) + "\n"


def render_latex(derivation: Derivation) -> str:
    """The derivation as an article that pdflatex, xelatex and lualatex take."""
    out = [_HEAD, r"\begin{document}", rf"\section*{{{_words(derivation.title)}}}"]
    for part in derivation.parts:
        if part.title:
            out += ["", rf"\subsection*{{{_words(part.title)}}}"]
        if part.definition is not None:
            out += [rf"\[ {_definition(part)} \]"]
        out += [r"\[", _aligned(part), r"\]"]
    if derivation.notes:
        out += ["", r"\subsection*{Notes}", r"\begin{itemize}"]
        out += [*(rf"\item {_words(note)}" for note in derivation.notes), r"\end{itemize}"]
    return "\n".join([*out, r"\end{document}"]) + "\n"


def render_formulas(derivation: Derivation) -> str:
    """The lines alone, for a notebook."""
    return "\n".join(f"$${_aligned(part)}$$" for part in derivation.parts)


def _definition(part: DerivationPart) -> str:
    assert part.definition is not None
    return f"{part.paper.latex(Variable(part.paper.of))} = {part.paper.latex(part.definition)}"


def _aligned(part: DerivationPart) -> str:
    rows = []
    for place, line in enumerate(part.lines):
        left = part.paper.left_latex if place == 0 else ""
        rule = "" if line.rule == "definition" else f" && {rule_in_latex(line.rule)}"
        rows.append(f"{left} &= {line.latex}{rule}")
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
    return (rf"\text{{{_words(words + colon)}}}" if words else "") + _formula(formula)


def _formula(text: str) -> str:
    """A short formula in Unicode as LaTeX."""
    text = re.sub(r"√\(([^)]*)\)", r"\\sqrt{\1}", re.sub(r"√(\w)", r"\\sqrt{\1}", text))
    text = _NAMED.sub(r"\\operatorname{\1} ", _COMMANDS.sub(r"\\\1 ", text))
    text = _indices(text, "", "")
    return "".join(_LETTERS[char] + " " * (char != "′") if char in _LETTERS else char for char in text)


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
