"""The mistakes of lines of one quantity: of a slope, an output, a sensitivity, a gradient, an update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...formulas.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    rebuilt,
)
from .changed_formulas import other_way, renamed
from .ledger import Calculation, Ledger
from .mistake import Mistake


def of_quantity(quantity: str, one: Calculation, formula: Expression, ledger: Ledger) -> Iterator[Mistake]:
    """The mistakes that lines of this quantity alone have."""
    match quantity:
        case "slope":
            yield from _of_slope(one, formula, ledger)
        case "output":
            yield from _of_output(one)
        case "sensitivity":
            yield from _of_sensitivity(one, formula)
        case "example_gradient":
            yield from _of_example_gradient(one, formula, ledger)
        case "delta" | "new_weight":
            yield from _of_update(quantity, one, formula, ledger)


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


def _of_output(one: Calculation) -> Iterator[Mistake]:
    """The activation left out, or another one."""
    n = Symbol(f"net_input:{one.id.partition(':')[2]}")
    yield Mistake("activation", "the net input: the activation function is left out", n)
    e = Call("exp", (Negative(n),))
    yield Mistake("activation", "a sigmoid", Quotient(Number(1.0), Sum((Number(1.0), e))))
    yield Mistake("activation", "tanh", Call("tanh", (n,)))
    yield Mistake("activation", "relu: the positive part", Call("max", (Number(0.0), n)))


def _of_sensitivity(one: Calculation, formula: Expression) -> Iterator[Mistake]:
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
        bias = f"weight:{about.get('weight')}"
        if bias in ledger.given:
            yield Mistake("bias", "times the bias itself", Product((formula, Symbol(bias))))
        return
    source, origin = about["source"], about.get("origin")
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
    weight = f"weight:{one.line.about.get('weight')}"
    gradients = [id_ for id_ in one.made_of if id_.partition(":")[0] in ("gradient", "example_gradient")]
    if quantity == "delta":
        if weight in ledger.given:
            yield Mistake("update", "the new weight, not its change", Sum((Symbol(weight), formula)))
        for id_ in gradients:
            kind, _, place = id_.partition(":")
            name = ledger.weights.get(f"weight:{place.partition('#')[0]}")
            if name is not None and (other := other_way(ledger, name)):
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
