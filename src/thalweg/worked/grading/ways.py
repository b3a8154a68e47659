"""Other right ways to a line: with the error that was worked out, where the formula takes target and output again."""

from __future__ import annotations

from dataclasses import replace

from ...formulas.algebra import negative
from ...formulas.expression import Expression, Negative, Sum, Symbol, parts, rebuilt, symbols
from .ledger import Calculation, Ledger


def ways(one: Calculation, ledger: Ledger) -> tuple[Calculation, ...]:
    """The same line by the other formulas that it has; they differ only in which numbers in hand they take."""
    error = f"error:{one.id.partition(':')[2]}"
    made = ledger.calculations.get(error)
    if not one.id.startswith("sensitivity:") or one.formula is None or made is None or made.formula is None:
        return ()
    found = _with(one.formula, made.formula, Symbol(error))
    if found == one.formula:
        return ()
    return (replace(one, formula=found, made_of=tuple(letter.base for letter in symbols(found))),)


def _with(formula: Expression, difference: Expression, error: Symbol) -> Expression:
    """The formula with the error in the place of the difference that it is, or of the opposite one."""
    if formula == difference:
        return error
    if _opposite(formula) == difference:
        return negative(error)
    return rebuilt(formula, [_with(part, difference, error) for part in parts(formula)])


def _opposite(formula: Expression) -> Expression | None:
    match formula:
        case Sum((one, Negative(other))):
            return Sum((other, negative(one)))
    return None
