"""A derivation as a piece of a page: MathML, its rules beside the lines, in the letters of a text if it is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from ...errors import visible
from ...formulas.expression import Expression, Symbol, parts, rebuilt
from ...formulas.paper import DIGITS, LETTERS, on_paper
from ...formulas.write_mathml import MathMLWriter
from ..rendering.html import STYLE, as_page

if TYPE_CHECKING:
    from .derivation import Derivation, DerivationPart

_STYLE = """
.worked .derivation { display: block; overflow-x: auto; overflow-y: hidden; }
.worked .derivation .line { text-indent: 0; }
.worked .derivation td { padding: .4em .4em 0 0; }
.worked .derivation .rule { color: #555; padding-left: 1.5em; min-width: 12em; }
.worked p.line { text-indent: 0; padding-left: 0; }
"""


def render_html(derivation: Derivation) -> str:
    """The derivation as a page that stands alone: no program, nothing from the network."""
    fragment = render_fragment(derivation, heading="h1")
    return as_page(derivation.title, f'<div class="worked">\n<style>{STYLE}{_STYLE}</style>\n{fragment}\n</div>')


def render_fragment(derivation: Derivation, letters: Mapping[str, Symbol] | None = None, heading: str = "h2") -> str:
    """The derivation as elements of a page, without style; `letters` are others for n, a and so on, by their bases.

    >>> import thalweg as tw
    >>> render_fragment(tw.derive("linear")).count('<tr class="line">')
    2
    """
    below = f"h{int(heading[1:]) + 1}"
    out = [f"<{heading}>{_text(derivation.title)}</{heading}>"]
    out += [f'<p class="about">{_text(text)}</p>' for text in derivation.introduction]
    for title, found in groupby(derivation.parts, key=lambda part: part.title):
        if title:
            out.append(f"<{below}>{_text(title)}</{below}>")
        out += [_part(part, letters or {}) for part in found]
    others = {name: letter.base for name, letter in (letters or {}).items() if letter.base != name}
    if others:
        told = " and ".join(f"{name} what is written {base}" for name, base in others.items())
        out.append(f'<p class="note">The words beside the lines call {_text(told)}.</p>')
    out += [f'<p class="note">{_text(note)}</p>' for note in derivation.notes]
    return "\n".join(out)


def _part(part: DerivationPart, letters: Mapping[str, Symbol]) -> str:
    """What is differentiated, then the lines under each other at their equal signs."""
    paper = part.paper

    def written(expression: Expression) -> str:
        named = _renamed(on_paper(expression, {**LETTERS, **paper.letters}), letters)
        return MathMLWriter(DIGITS, algebraic=True).write(named)

    of = written(Symbol(paper.of))
    left = of
    if paper.by:
        d = f"<mi>{paper.sign}</mi>"
        left = f"<mfrac><mrow>{d}{of}</mrow><mrow>{d}{written(Symbol(paper.by))}</mrow></mfrac>"
    out = []
    if part.definition is not None:
        out.append(f'<p class="line"><math><mrow>{of}<mo>=</mo>{written(part.definition)}</mrow></math></p>')
    rows = []
    for place, line in enumerate(part.lines):
        begun = f"<math><mrow>{left}</mrow></math>" if place == 0 else ""
        rule = "" if line.rule == "definition" else _text(line.rule)
        formula = f'<math><mrow><mo form="infix">{line.sign}</mo>{written(line.expression)}</mrow></math>'
        rows.append(f'<tr class="line"><td>{begun}</td><td>{formula}</td><td class="rule">{rule}</td></tr>')
    return "\n".join([*out, f'<table class="derivation">{"".join(rows)}</table>'])


def _renamed(expression: Expression, letters: Mapping[str, Symbol]) -> Expression:
    """With other letters, which keep their indices."""
    if isinstance(expression, Symbol):
        other = letters.get(expression.base)
        if other is None:
            return expression
        return Symbol(other.base, expression.below, expression.above, other.mark or expression.mark, expression.bold)
    return rebuilt(expression, (_renamed(part, letters) for part in parts(expression)))


def _text(text: str) -> str:
    return escape(visible(text))
