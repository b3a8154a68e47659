"""A derivation as what a notebook shows of it: its lines under each other, each with its rule, as MathML."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ...formulas.expression import Symbol
from ...notebook.pieces import card, paragraph, points, text

if TYPE_CHECKING:
    from .derivation import Derivation, DerivationPart


def derivation_in_html(derivation: Derivation) -> str:
    """The title, the lines, and the notes, in the colours of the notebook.

    >>> import thalweg as tw
    >>> page = derivation_in_html(tw.derive("sigmoid"))
    >>> "<math" in page, "sum rule" in page
    (True, True)
    """
    pieces = [paragraph(derivation.title, "title"), *map(paragraph, derivation.introduction)]
    for title, parts in groupby(derivation.parts, key=lambda part: part.title):
        pieces += [paragraph(title, "title")] if title else []
        pieces += map(_part, parts)
    return card(*pieces, points(derivation.notes))


def _part(part: DerivationPart) -> str:
    """A chain of equal lines as a table: what is derived, the sign, the line, the rule."""
    rows = []
    if part.definition is not None:
        of = part.paper.mathml(Symbol(part.paper.of))
        rows.append(_row(of, "=", part.paper.mathml(part.definition), ""))
    left = part.paper.left_mathml
    for line in part.lines:
        rows.append(_row(left, line.sign, part.paper.mathml(line.expression), line.rule))
        left = ""
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _row(left: str, sign: str, formula: str, rule: str) -> str:
    written = f"<math><mrow>{left}</mrow></math>" if left else ""
    return (
        f'<tr><td class="n">{written}</td><td><math displaystyle="true"><mrow><mo form="infix">{sign}</mo>{formula}'
        f'</mrow></math></td><td><span class="faint">{"" if rule == "definition" else text(rule)}</span></td></tr>'
    )
