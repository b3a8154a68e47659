"""Derivatives derived line by line: of the activations, of the losses, and of a user's formula."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from ...core.activations import ACTIVATIONS, Activation, Elementwise, Formula, Softmax
from ...core.activations.formula_check import check_variable
from ...core.activations.steps import Step
from ...core.kinds import settings
from ...core.losses import LOSSES, Loss, PointwiseLoss
from ...errors import ArgumentError, unknown
from ...formulas.algebra import ONE, negative, number, times
from ...formulas.building import build
from ...formulas.collecting import collect
from ...formulas.differentiation import differentiate, steps
from ...formulas.evaluation import evaluate
from ...formulas.expression import (
    Call,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Summation,
    Symbol,
    depends,
    replaced,
    walk,
)
from ...formulas.paper import on_paper
from ...formulas.parsing import parse
from ...formulas.stable import stabilised
from .derivation import Derivation, DerivationLine, DerivationPart, Paper
from .derived_activations import ACTIVATION_SOURCES, SOFTMAX_NOTES, Source
from .derived_losses import LOSS_NOTES, LOSS_PARTS, LossPart, each_output, one_output

_NET_INPUTS = (-1.7, -0.4, 0.3, 2.1)
"""Where what a part says of itself is compared with what it computes."""
_KINKS = "At a kink, where the cases of max, min or |u| meet, there is no derivative; what it is there is a convention."
STEP_NOTE = "At n = 0 there is no derivative, and elsewhere it is 0, so that no gradient passes a step"
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


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
        return derive(LOSSES.get(name))
    if _WORD.fullmatch(name) and name not in ("x", "n"):
        known = [*ACTIVATIONS, *LOSSES]
        raise ArgumentError(f"{unknown('activation or loss', name, known)}; or a formula, such as x*tanh(x)")
    return _of_formula(what)


def derived_names() -> list[str]:
    """The names that `derive` takes."""
    return [*ACTIVATIONS, *LOSSES]


def _of_activation(activation: Activation) -> Derivation:
    name = ACTIVATIONS.name_of(activation)
    if type(activation) is Softmax:
        return _of_softmax()
    source = ACTIVATION_SOURCES.get(ACTIVATIONS.plain_name(activation), Source())
    text = source.formula or activation.value_text
    if not text or not isinstance(activation, Elementwise | Step):
        raise ArgumentError(
            f"activation {name!r} says no formula of one net input: give its class a value_text, such as 'n*tanh(n)', "
            "or derive a formula, such as derive('x*tanh(x)')"
        )
    known = {} if isinstance(activation, Step) else settings(activation)
    names = ("n", "a", *known)
    definition = parse(text, names)
    for n in _NET_INPUTS:
        found, right = evaluate(definition, {"n": n, **known}), float(activation(np.asarray([n]))[0])
        _check(f"activation {name!r} says {text!r}, which at n = {n:g}", found, right)
    closing = [(rule, parse(text, names)) for rule, text in source.closing]
    paper = Paper("a", "n")
    notes = source.notes
    if isinstance(activation, Step):
        notes = (*notes, f"{STEP_NOTE}: train with {activation.instead}.")
    if known:
        letters = ", ".join(f"{paper.text(Symbol(letter))} = {value:g}" for letter, value in known.items())
        notes = (f"Here {letters}.", *notes)
    part = _part("", paper, definition, closing, {"a": definition})
    if ACTIVATIONS.plain_name(activation) not in ACTIVATION_SOURCES:
        part = _ended(part, definition)
    return Derivation(f"The derivative of {name}", (part,), notes)


def _of_formula(text: str) -> Derivation:
    from ...core.activations.formula_check import check_activation
    from ...formulas.program import compiled

    definition = parse(text)
    variable = check_variable(definition)
    paper = Paper("a", variable.base)
    given = {"a": definition}
    part = _part("", paper, definition, (), given)
    last = part.lines[-1].expression
    part = _ended(part, definition)
    safe = stabilised(definition)
    try:
        check_activation(text, compiled(safe), compiled(stabilised(collect(last))), variable.base)
        note = "Compared with central differences from -20 to 20: the same."
    except ArgumentError as error:
        note = f"This is no activation to train with: {error}."
    notes = (note, _KINKS) if any(_has_kink(one) for one in walk(definition)) else (note,)
    return Derivation(f"The derivative of {paper.text(definition)}", (part,), notes)


def _has_kink(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function in ("abs", "max", "min", "relu")


def _ended(part: DerivationPart, definition: Expression) -> DerivationPart:
    """With the lines that `_endings` finds."""
    last = part.lines[-1]
    found = _endings(definition, last.expression, Symbol(part.paper.by))
    more = (dataclasses.replace(last, rule=rule, expression=expression) for rule, expression in found)
    return dataclasses.replace(part, lines=(*part.lines, *more))


def _endings(definition: Expression, last: Expression, variable: Symbol) -> Iterator[tuple[str, Expression]]:
    """The derivative in the output alone, where it can be had from it; else without overflow, if it has any."""
    safe, whole = stabilised(last), stabilised(definition)
    forms = [(last, definition), (safe, whole)]
    match whole:
        case Call("sigmoid", (u,)):  # σ(-u) is 1 - σ(u)
            mirrored = Call("sigmoid", (negative(u),))
            forms.append((replaced(safe, mirrored, Sum((ONE, negative(whole)))), whole))
    for found, output in forms:
        in_output = collect(replaced(found, output, Symbol("a")))
        if not depends(in_output, variable) and depends(in_output, Symbol("a")):
            yield "write with a", in_output
            return
    scaled = _of_scaled_sigmoid(whole, safe, variable)
    if scaled is not None:
        yield "write with a", scaled
    elif safe != last:
        turned = any(_is_turned(part) for part in walk(safe))
        also = "; σ(-u) is 1 - σ(u)" if turned else ""
        yield f"write with softplus, σ and tanh, which do not overflow{also}", safe


def _is_turned(expression: Expression) -> bool:
    """Whether it is σ(-u)."""
    return isinstance(expression, Call) and expression.function == "sigmoid" and _is_negative(expression.arguments[0])


def _is_negative(expression: Expression) -> bool:
    match expression:
        case Negative():
            return True
        case Number(value) | Product((Number(value), *_)) | Quotient(Product((Number(value), *_)), _):
            return value < 0
        case Quotient(top, _):
            return _is_negative(top)
    return False


def _of_scaled_sigmoid(whole: Expression, slope: Expression, variable: Symbol) -> Expression | None:
    """u′ (a - d)(c + d - a)/c, multiplied out, where a is c σ(u) + d with numbers c and d and u′ is one, too."""
    sigmoids = {part for part in walk(whole) if isinstance(part, Call) and part.function == "sigmoid"}
    if len(sigmoids) != 1:
        return None
    (sigmoid,) = sigmoids
    inner = collect(differentiate(sigmoid.arguments[0], variable))
    at = [collect(replaced(whole, sigmoid, number(value))) for value in (0, 1, 2)]
    values = [part.value for part in (inner, *at) if isinstance(part, Number) and isinstance(part.value, Fraction)]
    if len(values) < 4 or values[3] - values[2] != values[2] - values[1] or values[2] == values[1]:
        return None
    rate, d, top, _ = values
    c = top - d
    a, factor = Symbol("a"), rate / c
    terms = (
        Number(-factor * d * (c + d)),
        times(Number(factor * (c + 2 * d)), a),
        negative(times(Number(factor), Power(a, number(2)))),
    )
    found = collect(Sum(terms))
    there = {variable.base: 0.3}
    apart = abs(evaluate(found, {"a": evaluate(whole, there)}) - evaluate(slope, there))
    return found if apart <= 1e-9 * (1.0 + abs(evaluate(slope, there))) else None


def _part(
    title: str,
    paper: Paper,
    definition: Expression,
    closing: Sequence[tuple[str, Expression]],
    given: Mapping[str, Expression],
) -> DerivationPart:
    """The rules applied one by one, the result collected, and the closing lines."""
    begun = Derivative(definition, Symbol(paper.by), paper.sign)
    found: list[tuple[str, Expression]] = [("definition", begun), *steps(begun)]
    collected = collect(found[-1][1])
    if collected != found[-1][1]:
        found.append(("collect", collected))
    found += closing
    lines = tuple(DerivationLine(rule, expression, paper, given) for rule, expression in found)
    return DerivationPart(title, paper, lines, definition)


def _of_softmax() -> Derivation:
    letters = {"rest": Summation("k≠j", Power(Symbol("e"), Symbol("n", ("k",))))}
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
    own = LOSSES.plain_name(loss)
    parts = LOSS_PARTS.get(own, (one_output(), each_output(loss.averages_outputs)))
    notes = ("ℓ is the loss of one example; F is its mean or its sum over the examples, as its reduction says.",)
    found = tuple(_loss_part(part, loss) for part in parts)
    return Derivation(f"The derivative of {name} by the outputs", found, (*notes, *LOSS_NOTES.get(own, ())))


def _loss_part(part: LossPart, loss: Loss) -> DerivationPart:
    of, by = part.left
    letters = _TOTALS
    names = ("a", "t", "n", "S", "a_i", "t_i", "n_i", *_TOTALS, *settings(loss))
    given: dict[str, Expression] = {letter: parse(text, names) for letter, text in part.given.items()}
    closing = [(rule, parse(text, names)) for rule, text in part.closing]
    if part.formula is None:
        paper = Paper(of, by, "∂", letters)
        lines = tuple(DerivationLine(rule, expression, paper, given) for rule, expression in closing)
        return DerivationPart(part.title, paper, lines)
    if part.formula:
        definition = parse(part.formula, names)
    elif by == "a":
        definition = _term(loss, "")
    else:
        letters = {"rest": Summation("k≠i", on_paper(_term(loss, "_k")))}
        together = Sum((_term(loss, "_i"), Symbol("rest")))
        definition = Quotient(together, Symbol("S")) if loss.averages_outputs else together
    return _part(part.title, Paper(of, by, "∂", letters), definition, closing, given)


def _term(loss: Loss, index: str) -> Expression:
    """The text of a loss of one output, by it and its target."""
    if not isinstance(loss, PointwiseLoss) or not loss.value_text:
        raise ArgumentError(
            f"loss {LOSSES.name_of(loss)!r} says no formula of one output: give its class a value_text, such as "
            "'e**4', or derive a formula, such as derive('(x - 1)**4')"
        )
    text, known = loss.value_text, settings(loss)
    for e in _NET_INPUTS:
        values = {"a": 0.5, "t": 0.5 + e, "e": e, **known}
        one = build(text, {name: Number(value) for name, value in values.items()})
        right = float(loss.value(np.asarray([[0.5]]), np.asarray([[0.5 + e]]))[0, 0])
        _check(f"loss {LOSSES.name_of(loss)!r} says {text!r}, which at e = {e:g}", evaluate(one), right)
    a, t = Symbol(f"a{index}"), Symbol(f"t{index}")
    return build(text, {"a": a, "t": t, "e": Sum((t, Negative(a))), **{name: Symbol(name) for name in known}})


def _check(said: str, found: float, right: float) -> None:
    """Refuse what a part says of itself where it is not what it computes."""
    if not abs(found - right) <= 1e-9 * (1.0 + abs(right)):
        raise ArgumentError(f"{said} is {found:.6g}, not {right:.6g}: correct its value_text")


def _totals() -> dict[str, Expression]:
    """Sums over the other outputs, which stand still."""
    t, a, i = Symbol("t", ("k",)), Symbol("a", ("k",)), Symbol("a", ("i",))
    e = Sum((t, Negative(a)))
    of: dict[str, Expression] = {
        "squares": Power(e, number(2)),
        "hubers": Call("huber", (e,)),
        "logs": Product((t, Call("log", (a,)))),
        "targets": t,
        "others": Product((Quotient(t, a), a, i)),
    }
    return {name: Summation("k≠i", inner) for name, inner in of.items()}


_TOTALS = _totals()
