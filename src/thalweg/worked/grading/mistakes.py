"""The mistakes that people make in a line: each as the formula that one has then worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...core.weight_names import WeightName
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
    rebuilt,
    symbols,
)
from .ledger import Calculation, Ledger

KINDS: dict[str, str] = {
    "sign": "a sign is turned",
    "derivative": "the derivative f' is forgotten, or is not what it should be",
    "transposed": "the weight, or gradient, of the opposite direction",
    "stale": "a new weight where the old one belongs",
    "mean for sum": "a mean for a sum, or a sum for a mean",
    "factor": "a factor is missing, or one too many",
    "term": "a term of a sum is missing",
    "bias": "the bias is missing, or where it does not belong",
    "activation": "the activation function is left out, or another one, or n for a",
    "layer": "of another layer",
    "error": "the error where the sensitivity belongs",
    "update": "the change and the new weight are exchanged",
    "power": "a square is missing",
    "decimal point": "the decimal point has slipped",
    "digits": "two digits exchanged, or one wrong",
    "rounding": "cut off or rounded too early",
    "other line": "the number of another line",
    "unknown": "none that is known",
}
"""The kinds of mistakes, the more telling first."""


@dataclass(frozen=True)
class Mistake:
    """A mistake of a line: its kind, what it is in words, and the formula of what comes out."""

    kind: str
    words: str
    formula: Expression

    @property
    def rank(self) -> int:
        """Its place among the kinds."""
        return _RANKS[self.kind]


_RANKS = {kind: number for number, kind in enumerate(KINDS)}
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
    if quantity == "slope":
        yield from _of_slope(one, formula, ledger)
    elif quantity == "output":
        yield from _of_output(one, ledger)
    elif quantity == "sensitivity":
        yield from _of_sensitivity(one, formula, ledger)
    elif quantity == "example_gradient":
        yield from _of_example_gradient(one, formula, ledger)
    elif quantity in ("delta", "new_weight"):
        yield from _of_update(quantity, one, formula, ledger)
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


def written(part: Expression, ledger: Ledger) -> str:
    """A part of a formula with the symbols of the notation."""
    from ...formulas.write_text import TextWriter

    return TextWriter(4).write(_with_symbols(part, ledger))


def _with_symbols(part: Expression, ledger: Ledger) -> Expression:
    if isinstance(part, Symbol):
        return ledger.symbols.get(part.base, part)
    return rebuilt(part, [_with_symbols(inside, ledger) for inside in parts(part)])


def everywhere(
    expression: Expression, change: Callable[[Expression], Iterable[tuple[str, str, Expression]]]
) -> Iterator[tuple[str, str, Expression]]:
    """The expression with one change, at each place where there is one: the change's kind, words, and the whole."""
    yield from change(expression)
    found = parts(expression)
    for k, part in enumerate(found):
        for kind, words, new in everywhere(part, change):
            yield kind, words, rebuilt(expression, [*found[:k], new, *found[k + 1 :]])


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The same with other ids for some."""
    if isinstance(expression, Symbol):
        return Symbol(names.get(expression.base, expression.base))
    return rebuilt(expression, [renamed(part, names) for part in parts(expression)])


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
            if other := _other_way(ledger, ledger.weights[id_]):
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


def _other_way(ledger: Ledger, name: WeightName) -> str | None:
    """The id of the weight with its two units exchanged, if there is one."""
    if name.source is None or name.origin is None or name.origin == name.to:
        return None
    return _ids(ledger).get((name.layer, name.origin, name.source, name.to))


@lru_cache(maxsize=4)
def _ids(ledger: Ledger) -> dict[tuple[str, int, str | None, int | None], str]:
    return {(name.layer, name.to, name.source, name.origin): id_ for id_, name in ledger.weights.items()}


def _of_slope(one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """f for f', f' at a for f' at n, and the other way round."""
    place = one.id.partition(":")[2]
    a, n = f"output:{place}", f"net_input:{place}"
    yield Mistake("derivative", "the function itself, not its derivative", Symbol(a))
    if a in one.made_of:
        yield Mistake("derivative", "f' of the net input where it is written by the output", renamed(formula, {a: n}))
        through = _put_everywhere(formula, a, ledger.calculations[a].formula, {n: a})
        if through is not None:
            yield Mistake("derivative", "f' at a instead of f' at n", through)
    if n in one.made_of:
        yield Mistake("derivative", "f' at a instead of f' at n", renamed(formula, {n: a}))
    A = Symbol(a)
    sigmoid, tanh = Product((A, Sum((Number(1.0), Negative(A))))), Sum((Number(1.0), Negative(Power(A, Number(2.0)))))
    yield Mistake("derivative", "the derivative of a sigmoid", sigmoid)
    yield Mistake("derivative", "the derivative of tanh", tanh)
    yield Mistake("derivative", "1: the derivative is left out", Number(1.0))


def _put_everywhere(
    formula: Expression, id_: str, made: Expression | None, names: Mapping[str, str]
) -> Expression | None:
    """The formula with another's formula, its ids renamed, in the place of an id."""
    if made is None:
        return None
    if formula == Symbol(id_):
        return renamed(made, names)
    found = [_put_everywhere(part, id_, made, names) for part in parts(formula)]
    return rebuilt(formula, [part for part in found if part is not None])


def _of_output(one: Calculation, ledger: Ledger) -> Iterator[Mistake]:
    """The activation left out, or another one."""
    n = Symbol(f"net_input:{one.id.partition(':')[2]}")
    yield Mistake("activation", "the net input: the activation function is left out", n)
    e = Call("exp", (Negative(n),))
    yield Mistake("activation", "a sigmoid", Quotient(Number(1.0), Sum((Number(1.0), e))))
    yield Mistake("activation", "tanh", Call("tanh", (n,)))
    yield Mistake("activation", "relu: the positive part", Call("max", (Number(0.0), n)))


def _of_sensitivity(one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """f for f', a derivative too many, all derivatives forgotten."""
    slopes = {id_: f"output:{id_.partition(':')[2]}" for id_ in one.made_of if id_.startswith("slope:")}
    if slopes:
        yield Mistake("derivative", "the output where its derivative belongs", renamed(formula, slopes))
    else:
        place = one.id.partition(":")[2]
        a = Symbol(f"output:{place}")
        if a.base in one.made_of:
            more = Product((formula, a, Sum((Number(1.0), Negative(a)))))
            yield Mistake("derivative", "times a derivative that this loss has taken out already", more)


def _of_example_gradient(one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """Of the other way; the layer's own output; a bias that is multiplied."""
    about = one.line.about
    example = one.id.partition("#")[2]
    end = f"#{example}" if example else ""
    layer, to = about.get("layer"), about.get("neuron")
    if to is None or about.get("quantity") != "example_gradient":  # of a bias that a layer shares
        return
    s = f"sensitivity:{layer}[{to}]{end}"
    if "source" not in about:
        bias = f"weight:{about['weight']}"
        if bias in ledger.given:
            yield Mistake("bias", "times the bias itself", Product((formula, Symbol(bias))))
        return
    source, origin = about["source"], about["origin"]
    own = f"output:{layer}[{to}]{end}"
    sent = [id_ for id_ in one.made_of if id_ != s]
    if own in ledger.calculations and len(sent) == 1:
        yield Mistake(
            "layer", "the output of the unit itself, not what comes into it", renamed(formula, {sent[0]: own})
        )
    other_s = f"sensitivity:{layer}[{origin}]{end}"
    others = [f"{kind}:{source}[{to}]{end}" for kind in ("input", "output", "sent")]
    other = next((id_ for id_ in others if id_ in ledger.calculations), None)
    if origin != to and other is not None and other_s in ledger.calculations and len(sent) == 1:
        exchanged = renamed(formula, {s: other_s, sent[0]: other})
        yield Mistake("transposed", "of the weight of the other direction: W and its transpose", exchanged)


def _of_update(quantity: str, one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """The new weight for the change and the other way round; the gradient itself added; of the other direction."""
    weight = f"weight:{one.line.about['weight']}"
    gradients = [id_ for id_ in one.made_of if id_.partition(":")[0] in ("gradient", "example_gradient")]
    if quantity == "delta":
        if weight in ledger.given:
            yield Mistake("update", "the new weight, not its change", Sum((Symbol(weight), formula)))
        for id_ in gradients:
            kind, _, place = id_.partition(":")
            name = ledger.weights.get(f"weight:{place.partition('#')[0]}")
            if name is not None and (other := _other_way(ledger, name)):
                end = f"#{place.partition('#')[2]}" if "#" in place else ""
                exchanged = renamed(formula, {id_: f"{kind}:{other.partition(':')[2]}{end}"})
                yield Mistake("transposed", "by the gradient of the weight of the other direction", exchanged)
        return
    delta = next((id_ for id_ in one.made_of if id_.startswith("delta:")), None)
    if delta is None:
        return
    yield Mistake("update", "the change alone, without the old weight", Symbol(delta))
    if weight in ledger.given:
        yield Mistake("update", "the old weight: it has not changed", Symbol(weight))
    made = ledger.calculations[delta]
    for id_ in made.made_of:
        if id_.partition(":")[0] in ("gradient", "example_gradient"):
            for sign, words in ((-1, "subtracted"), (1, "added")):
                g: Expression = Symbol(id_) if sign > 0 else Negative(Symbol(id_))
                told = f"the gradient itself {words}, without the learning rate"
                yield Mistake("factor", told, Sum((Symbol(weight), g)))
