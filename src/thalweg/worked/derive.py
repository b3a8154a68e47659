"""Derivatives derived line by line: of the activations, of the losses, and of a user's formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.activation import Activation
from ..core.activations import ACTIVATIONS, Elementwise, Formula, Softmax
from ..core.formula_check import check_variable
from ..core.losses import LOSSES, Loss, PointwiseLoss
from ..errors import ArgumentError, unknown
from ..formulas.collecting import collect
from ..formulas.differentiation import steps
from ..formulas.expression import (
    ONE,
    Derivative,
    Expression,
    Function,
    Sum,
    Variable,
    depends,
    negative,
    replaced,
)
from ..formulas.parsing import parse
from ..formulas.stable import stabilised
from .calculus import Total
from .derivation import Derivation, DerivationLine, DerivationPart, Paper
from .derived_activations import ACTIVATION_SOURCES, SOFTMAX_NOTES, Source
from .derived_losses import LOSS_NOTES, LOSS_PARTS, LossPart
from .mathematics import Call, Fraction, Negative, Number, Power, Product, Symbol
from .mathematics import Sum as Plus
from .step.settings import settings

_WORD = re.compile(r"[A-Za-z_]\w*")


def derive(what: str | Activation | Loss) -> Derivation:
    """The derivative of an activation (da/dn), a loss (∂ℓ/∂a) or a formula of x, derived line by line.

    One rule a line, each line equal to the one before it, to the form in the output a where there is one. The rules are
    those that `activation_from_formula` trains with. Raises ArgumentError for a name that is none and a text that is no
    formula.

    >>> for line in derive("tanh").lines[-2:]:
    ...     print(line.rule, "|", line.text)
    split the fraction | 1 - ((eⁿ - e⁻ⁿ) / (eⁿ + e⁻ⁿ))²
    write with a | 1 - a²
    """
    if isinstance(what, Formula):
        return _of_formula(what.formula)
    if isinstance(what, Activation):
        return _of_activation(what)
    if isinstance(what, Loss):
        return _of_loss(what)
    if not isinstance(what, str):
        raise ArgumentError(f"derive takes a name, a formula, an activation or a loss, not {type(what).__name__}")
    name = what.strip()
    if name in ACTIVATIONS:
        return derive(ACTIVATIONS.get(name))
    if name in LOSSES:
        return _of_loss(LOSSES.get(name))
    if _WORD.fullmatch(name) and name not in ("x", "n"):
        known = [*ACTIVATIONS, *LOSSES]
        raise ArgumentError(f"{unknown('activation or loss', name, known)}; or a formula, such as x*tanh(x)")
    return _of_formula(what)


def derived_names() -> list[str]:
    """The names that `derive` takes."""
    return [*ACTIVATIONS, *LOSSES]


def _of_activation(activation: Activation) -> Derivation:
    name = ACTIVATIONS.name_of(activation)
    if isinstance(activation, Softmax):
        return _of_softmax()
    if not isinstance(activation, Elementwise) or not activation.value_text:
        raise ArgumentError(
            f"activation {name!r} says no formula of one net input: give one, such as derive('x*tanh(x)')"
        )
    source = ACTIVATION_SOURCES.get(name, Source())
    known = settings(activation)
    names = ("n", "a", *known)
    definition = parse(source.formula or activation.value_text, names)
    closing = [(rule, parse(text, names)) for rule, text in source.closing]
    paper = Paper("a", "n")
    notes = source.notes
    if known:
        letters = ", ".join(f"{paper.text(Variable(letter))} = {value:g}" for letter, value in known.items())
        notes = (f"Here {letters}.", *notes)
    return Derivation(f"The derivative of {name}", (_part("", paper, definition, closing, {"a": definition}),), notes)


def _of_formula(text: str) -> Derivation:
    from ..core.formula_check import check_activation
    from ..formulas.program import compiled

    definition = parse(text)
    variable = check_variable(definition)
    paper = Paper("a", variable)
    given = {"a": definition}
    part = _part("", paper, definition, (), given)
    last = part.lines[-1].expression
    more = [DerivationLine(rule, found, paper, given) for rule, found in _endings(definition, last, variable)]
    part = DerivationPart("", paper, (*part.lines, *more), definition)
    safe = stabilised(definition)
    try:
        check_activation(text, compiled(safe), compiled(stabilised(collect(last))))
        note = "Compared with central differences from -20 to 20: the same."
    except ArgumentError as error:
        note = f"This is no activation to train with: {error}."
    return Derivation(f"The derivative of {paper.text(definition)}", (part,), (note,))


def _endings(definition: Expression, last: Expression, variable: str) -> Iterator[tuple[str, Expression]]:
    """The derivative in the output alone, where it can be had from it; else without overflow, if it has any."""
    safe, whole = stabilised(last), stabilised(definition)
    forms = [(last, definition), (safe, whole)]
    match whole:
        case Function("sigmoid", (u,)):  # σ(-u) is 1 - σ(u)
            mirrored = Function("sigmoid", (negative(u),))
            forms.append((replaced(safe, mirrored, Sum((ONE, negative(whole)))), whole))
    for found, output in forms:
        in_output = collect(replaced(found, output, Variable("a")))
        if not depends(in_output, variable) and depends(in_output, "a"):
            yield "write with a", in_output
            return
    if safe != last:
        yield "write with softplus, σ and tanh, which do not overflow", safe


def _part(
    title: str,
    paper: Paper,
    definition: Expression,
    closing: Sequence[tuple[str, Expression]],
    given: Mapping[str, Expression],
) -> DerivationPart:
    """The rules applied one by one, the result collected, and the closing lines."""
    begun = Derivative(definition)
    found = [("definition", begun), *steps(begun, paper.by)]
    collected = collect(found[-1][1])
    if collected != found[-1][1]:
        found.append(("collect", collected))
    found += closing
    lines = tuple(DerivationLine(rule, expression, paper, given) for rule, expression in found)
    return DerivationPart(title, paper, lines, definition)


def _of_softmax() -> Derivation:
    letters = {"rest": Total("k≠j", Power(Symbol("e"), Symbol("n", ("k",))))}
    names = ("n_i", "n_j", "a_i", "a_j", "rest")
    same, other = (parse(f"exp(n_{i})/(exp(n_j) + rest)", names) for i in "ji")
    given = {"a_j": same, "a_i": other}
    closings = {
        "j": (
            ("split the fraction", "exp(n_j)/(exp(n_j) + rest) - (exp(n_j)/(exp(n_j) + rest))**2"),
            ("write with a", "a_j - a_j**2"),
            ("take out aⱼ", "a_j*(1 - a_j)"),
        ),
        "i": (
            ("two fractions", "-(exp(n_i)/(exp(n_j) + rest))*(exp(n_j)/(exp(n_j) + rest))"),
            ("write with a", "-a_i*a_j"),
        ),
    }
    cases = (("j", same, "i = j: the output of the net input itself"), ("i", other, "i ≠ j: another output"))
    parts = tuple(
        _part(
            title,
            Paper(f"a_{i}", "n_j", "∂", letters),
            definition,
            [(rule, parse(text, names)) for rule, text in closings[i]],
            given,
        )
        for i, definition, title in cases
    )
    return Derivation("The derivatives of softmax", parts, SOFTMAX_NOTES)


def _of_loss(loss: Loss) -> Derivation:
    name = LOSSES.name_of(loss)
    notes = ("ℓ is the loss of one example; F is its mean or its sum over the examples, as its reduction says.",)
    parts = tuple(_loss_part(part) for part in LOSS_PARTS.get(name, ())) or (_own_loss_part(name, loss),)
    return Derivation(f"The derivative of {name} by the outputs", parts, (*notes, *LOSS_NOTES.get(name, ())))


def _own_loss_part(name: str, loss: Loss) -> DerivationPart:
    """By one output, from what a loss says of itself."""
    if not isinstance(loss, PointwiseLoss) or not loss.value_text:
        raise ArgumentError(f"loss {name!r} says no formula of one output: give one, such as derive('(x - 1)**2')")
    e = Sum((Variable("t"), negative(Variable("a"))))
    definition = replaced(parse(loss.value_text, ("a", "t", "e", *settings(loss))), Variable("e"), e)
    return _part("one output", Paper("ℓ", "a", "∂"), definition, (), {})


def _loss_part(part: LossPart) -> DerivationPart:
    of, by = part.left
    paper = Paper(of, by, "∂", _TOTALS)
    names = ("a", "t", "n", "S", "delta", "a_i", "t_i", "n_i", *_TOTALS)
    given: dict[str, Any] = {letter: parse(text, names) for letter, text in part.given.items()}
    closing = [(rule, parse(text, names)) for rule, text in part.closing]
    if part.formula:
        return _part(part.title, paper, parse(part.formula, names), closing, given)
    lines = tuple(DerivationLine(rule, expression, paper, given) for rule, expression in closing)
    return DerivationPart(part.title, paper, lines)


def _totals() -> dict[str, Any]:
    """Sums over the other outputs, which stand still."""
    t, a, i = Symbol("t", ("k",)), Symbol("a", ("k",)), Symbol("a", ("i",))
    e = Plus((t, Negative(a)))
    of = {
        "squares": Power(e, Number(2.0)),
        "sizes": Call("abs", (e,)),
        "hubers": Call("huber", (e,)),
        "logs": Product((t, Call("ln", (a,)))),
        "targets": t,
        "others": Product((Fraction(t, a), a, i)),
    }
    return {name: Total("k≠i", inner) for name, inner in of.items()}


_TOTALS = _totals()
