"""The mistakes that people make in a line: each as the formula that one has then worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...formulas.algebra import negative
from ...formulas.expression import (
    Call,
    Expression,
    Folded,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    symbols,
)
from .changed_formulas import everywhere, other_way, renamed, written
from .ledger import Calculation, Ledger
from .mistake import Mistake
from .quantity_mistakes import of_quantity

_POINTS = (10.0, 0.1, 100.0, 0.01)


def mistakes(one: Calculation, ledger: Ledger) -> tuple[Mistake, ...]:
    """What may have gone wrong in a line, one mistake at a time, each formula once, the more telling first."""
    assert one.formula is not None
    found: dict[Expression, Mistake] = {}
    for mistake in _of_line(one, one.formula, ledger):
        letters = {letter.base for letter in symbols(mistake.formula)}
        if mistake.formula != one.formula and all(id_ in ledger.symbols for id_ in letters):
            known = found.get(mistake.formula)
            if known is None or mistake.rank < known.rank:
                found[mistake.formula] = mistake
    return tuple(sorted(found.values(), key=lambda mistake: mistake.rank))


def with_sign(found: Iterable[Mistake]) -> Iterator[Mistake]:
    """The same mistakes with the sign turned as well."""
    for one in found:
        if one.kind != "sign":
            yield Mistake(one.kind, f"{one.words}, and the sign is turned", negative(one.formula))


def _of_line(one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """All mistakes of a line: of its quantity, then those of any formula."""
    quantity = str(one.line.about.get("quantity"))
    told = _Told(ledger)
    yield Mistake("sign", "the sign is turned", negative(formula))
    if not isinstance(formula, Symbol):
        yield from _signs(formula, told)
        if quantity != "new_weight":
            yield from _left_out(formula, told)
    yield from _exchanged(quantity, one, formula, ledger)
    yield from of_quantity(quantity, one, formula, ledger)
    yield from _counts(quantity, one, formula, ledger)
    for by, words in ((2.0, "twice what it should be"), (0.5, "half of what it should be")):
        yield Mistake("factor", words, Product((Number(by), formula)))
    for by in _POINTS:
        yield Mistake("decimal point", "the decimal point has slipped", Product((Number(by), formula)))


class _Told:
    """What letters are called in words."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def quantity(self, letter: Expression) -> str:
        """Of which quantity an id is; none for what is no id."""
        if not isinstance(letter, Symbol):
            return ""
        return letter.base.partition(":")[0].partition("#")[0]

    def symbol(self, part: Expression) -> str:
        """A part of a formula, as the text writes it."""
        return written(part, self.ledger)


def _signs(formula: Expression, told: _Told) -> Iterator[Mistake]:
    """One term of a sum with the other sign, or a sign within forgotten."""

    def change(part: Expression) -> Iterator[tuple[str, str, Expression]]:
        match part:
            case Sum(terms) if len(terms) > 1:
                for k, term in enumerate(terms):
                    if not isinstance(term, Folded):
                        turned = Sum((*terms[:k], negative(term), *terms[k + 1 :]))
                        yield "sign", f"the sign of {told.symbol(_bare(term))} is turned", turned
            case Call(name, (Negative(of),)):
                yield "sign", f"the sign in {name}(...) is forgotten", Call(name, (of,))
            case Call("exp" as name, (Symbol() as of,)):
                yield "sign", f"the sign in {name}(...) is turned", Call(name, (Negative(of),))

    for kind, words, whole in everywhere(formula, change):
        yield Mistake(kind, words, whole)


def _bare(term: Expression) -> Expression:
    return term.of if isinstance(term, Negative) else term


def _left_out(formula: Expression, told: _Told) -> Iterator[Mistake]:
    """A term of a sum, a factor of a product, a square or a division left out."""

    def change(part: Expression) -> Iterator[tuple[str, str, Expression]]:
        match part:
            case Sum(terms) if len(terms) > 1:
                for k, term in enumerate(terms):
                    rest = (*terms[:k], *terms[k + 1 :])
                    kind, words = _missing_term(term, told)
                    yield kind, words, rest[0] if len(rest) == 1 else Sum(rest)
            case Product(factors):
                for k, factor in enumerate(factors):
                    rest = (*factors[:k], *factors[k + 1 :])
                    kind, words = _missing_factor(factor, told)
                    yield kind, words, rest[0] if len(rest) == 1 else Product(rest)
            case Power(base, Number()):
                yield "power", f"{told.symbol(base)} is not raised to its power", base
            case Quotient(Number(top), Number(bottom)):
                if top != 1 or bottom != 1:
                    yield "factor", f"without the factor {float(top):g}/{float(bottom):g}", Number(1.0)
            case Quotient(top, bottom):
                yield "factor", f"not divided by {told.symbol(bottom)}", top

    for kind, words, whole in everywhere(formula, change):
        yield Mistake(kind, words, whole)


def _missing_term(term: Expression, told: _Told) -> tuple[str, str]:
    bare = _bare(term)
    letters = bare.factors if isinstance(bare, Product) else (bare,)
    first = letters[0]
    if isinstance(first, Symbol) and (name := told.ledger.weights.get(first.base)) and name.source is None:
        return "bias", f"without the bias {told.symbol(first)}"
    return "term", f"without the term {told.symbol(bare)}"


def _missing_factor(factor: Expression, told: _Told) -> tuple[str, str]:
    if told.quantity(factor) == "slope":
        return "derivative", f"without the derivative {told.symbol(factor)}"
    return "factor", f"without the factor {told.symbol(factor)}"


def _counts(quantity: str, one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """Divided by a number of examples or of outputs, or not."""
    of: list[tuple[int, str]] = []
    if quantity in ("gradient", "error_before", "delta") and ledger.examples > 1:
        of.append((ledger.examples, "examples"))
    of_output = quantity == "sensitivity" and f"error:{one.id.partition(':')[2]}" in ledger.calculations
    if (of_output or quantity in ("example_error", "error_before")) and ledger.outputs > 1:
        of.append((ledger.outputs, "outputs"))
    for count, what in of:
        words = f"the mean over the {count} {what} for their sum"
        yield Mistake("mean for sum", words, Quotient(formula, Number(float(count))))
        if _is_mean(formula, count) or (quantity == "delta" and any(_is_mean(f, count) for f in _before(one, ledger))):
            words = f"the sum over the {count} {what} for their mean"
            yield Mistake("mean for sum", words, Product((Number(float(count)), formula)))


def _is_mean(formula: Expression, count: int) -> bool:
    """Whether a formula has a factor of numbers that divides by a count: there is no mean to forget in a sum."""
    match formula:
        case Quotient(Number(), Number(bottom)) if float(bottom) % count == 0.0:
            return True
    return any(_is_mean(part, count) for part in parts(formula))


def _before(one: Calculation, ledger: Ledger) -> Iterator[Expression]:
    """The formulas of the lines that a line is made of."""
    for id_ in one.made_of:
        made = ledger.calculations.get(id_)
        if made is not None and made.formula is not None:
            yield made.formula


def _exchanged(quantity: str, one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """Other numbers in the places of the right ones: turned or new weights, n for a, e for s."""
    turned: dict[str, str] = {}
    new: dict[str, str] = {}
    nets: dict[str, str] = {}
    errors: dict[str, str] = {}
    for id_ in one.made_of:
        kind, _, place = id_.partition(":")
        if id_ in ledger.weights:
            if other := other_way(ledger, ledger.weights[id_]):
                turned[id_] = other
            if f"new_weight:{place}" in ledger.calculations and quantity != "new_weight":
                new[id_] = f"new_weight:{place}"
        elif kind == "output" and f"net_input:{place}" in ledger.calculations:
            nets[id_] = f"net_input:{place}"
        elif kind == "sensitivity" and f"error:{place}" in ledger.calculations:
            errors[id_] = f"error:{place}"
    if turned and quantity in ("net_input", "sensitivity"):
        yield Mistake("transposed", "the weights of the other direction: W and its transpose", renamed(formula, turned))
    if new and quantity in ("net_input", "sensitivity"):
        yield Mistake("stale", "with the new weights; it takes those before the step", renamed(formula, new))
        for id_, other in new.items():
            words = f"the new {written(Symbol(id_), ledger)} for the old one"
            yield Mistake("stale", words, renamed(formula, {id_: other}))
    if nets and quantity in ("net_input", "example_gradient"):
        yield Mistake("activation", "the net input where the output belongs", renamed(formula, nets))
    if errors and quantity in ("sensitivity", "example_gradient"):
        yield Mistake("error", "the error where the sensitivity belongs", renamed(formula, errors))
        opposite = negative(renamed(formula, errors))
        yield Mistake("error", "the error, with the other sign, where the sensitivity belongs", opposite)
