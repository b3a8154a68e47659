"""One chain of lines: the rules applied one by one, the result collected, and the lines that a part closes it with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from ...core.activations import Activation
from ...core.losses import Loss
from ...errors import ArgumentError
from ...formulas.building import parsed
from ...formulas.collecting import collect
from ...formulas.differentiation import steps
from ...formulas.evaluation import evaluate
from ...formulas.expression import Derivative, Expression, Symbol
from .derivation import DerivationLine, DerivationPart, Paper

NET_INPUTS = (-1.7, -0.4, 0.3, 2.1)
"""Where what a part says of itself is compared with what it computes."""

Ruled = tuple[str, Expression]
"""Why a line is equal to the one before it, and what it is."""


def chained(
    title: str, paper: Paper, definition: Expression, given: Mapping[str, Expression] | None = None
) -> DerivationPart:
    """The rules applied one by one, and the result collected."""
    begun = Derivative(definition, Symbol(paper.by), paper.sign)
    found: list[Ruled] = [("definition", begun), *steps(begun)]
    collected = collect(found[-1][1])
    if collected != found[-1][1]:
        found.append(("collect", collected))
    return closed(DerivationPart(title, paper, (), definition), found, given)


def closed(
    part: DerivationPart, found: Iterable[Ruled], given: Mapping[str, Expression] | None = None
) -> DerivationPart:
    """A chain that goes on with these lines."""
    more = (DerivationLine(rule, expression, part.paper, given or {}) for rule, expression in found)
    return dataclasses.replace(part, lines=(*part.lines, *more))


def true_lines(
    lines: Iterable[tuple[str, str]], points: Sequence[Mapping[str, float]], right: Sequence[float]
) -> list[Ruled]:
    """Of closing lines those that come to the derivative where the letters have these values.

    A line that does not, that is no formula, or that names what there is not, is left out.

    >>> [rule for rule, _ in true_lines([("true", "n**2"), ("false", "2*n"), ("none", "n +")], [{"n": 3.0}], [9.0])]
    ['true']
    """
    found = []
    for rule, text in lines:
        try:
            expression = parsed(text, frozenset(points[0]))
        except ArgumentError:
            continue
        if all(is_near(evaluate(expression, point), value) for point, value in zip(points, right, strict=True)):
            found.append((rule, expression))
    return found


def is_near(found: float, right: float) -> bool:
    """Whether a value is the right one but for rounding."""
    return abs(found - right) <= 1e-9 * (1.0 + abs(right))


def check_said(said: str, found: float, right: float, text: str = "value_text") -> None:
    """Refuse what a part says of itself where it is not what it computes."""
    if not is_near(found, right):
        raise ArgumentError(f"{said} is {found:.6g}, not {right:.6g}: correct its {text}")


def own_notes(part: Activation | Loss) -> tuple[str, ...]:
    """What a part says under its derivation, and not what it is made of says there."""
    return vars(type(part)).get("derivation_notes", ())
