"""Derivatives derived line by line: of the activations, of the losses, and of a user's formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ...core.activations import ACTIVATIONS, Activation, Elementwise, Formula, Softmax
from ...core.activations.formula_check import check_variable
from ...core.activations.steps import Step
from ...core.kinds import settings
from ...core.losses import LOSSES, Loss
from ...errors import ArgumentError, unknown
from ...formulas.algebra import ONE, negative, number, times
from ...formulas.collecting import collect
from ...formulas.differentiation import differentiate
from ...formulas.evaluation import evaluate
from ...formulas.expression import (
    Call,
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
from ...formulas.parsing import parse
from ...formulas.stable import stabilised
from .chained import NET_INPUTS, chained, check_said, closed, own_notes, true_lines
from .derivation import Derivation, Paper
from .derive_loss import derived_loss

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
        return derived_loss(what)
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
        return _of_softmax(activation)
    text = activation.definition_text or activation.value_text
    if not text or not isinstance(activation, Elementwise | Step):
        raise ArgumentError(
            f"activation {name!r} says no formula of one net input: give its class a value_text, such as 'n*tanh(n)', "
            "or derive a formula, such as derive('x*tanh(x)')"
        )
    known = {} if isinstance(activation, Step) else settings(activation)
    definition = parse(text, ("n", "a", *known))
    points = [{"n": n, "a": float(activation(np.asarray([n]))[0]), **known} for n in NET_INPUTS]
    said = "definition_text" if activation.definition_text else "value_text"
    for point in points:
        found = evaluate(definition, point)
        check_said(f"activation {name!r} says {text!r}, which at n = {point['n']:g}", found, point["a"], said)
    paper = Paper("a", "n")
    notes = own_notes(activation)
    if isinstance(activation, Step):
        notes = (*notes, f"{STEP_NOTE}: train with {activation.instead}.")
    if known:
        letters = ", ".join(f"{paper.text(Symbol(letter))} = {value:g}" for letter, value in known.items())
        notes = (f"Here {letters}.", *notes)
    given = {"a": definition}
    part = chained("", paper, definition, given)
    last = part.lines[-1].expression
    closing = true_lines(activation.closing_lines, points, [evaluate(last, point) for point in points])
    return Derivation(
        f"The derivative of {name}", (closed(part, closing or _endings(definition, last, Symbol("n")), given),), notes
    )


def _of_formula(text: str) -> Derivation:
    from ...core.activations.formula_check import check_activation
    from ...formulas.program import compiled

    definition = parse(text)
    variable = check_variable(definition)
    paper = Paper("a", variable.base)
    given = {"a": definition}
    part = chained("", paper, definition, given)
    last = part.lines[-1].expression
    part = closed(part, _endings(definition, last, variable), given)
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


def _of_softmax(softmax: Softmax) -> Derivation:
    letters = {"rest": Summation("k≠j", Power(Symbol("e"), Symbol("n", ("k",))))}
    names = ("n_i", "n_j", "rest")
    same, other = (parse(f"exp(n_{i})/(exp(n_j) + rest)", names) for i in "ji")
    given = {"a_j": same, "a_i": other}
    n = np.asarray(NET_INPUTS)
    (n_i, n_j), (a_i, a_j), rest = n[:2].tolist(), softmax(n)[:2].tolist(), float(np.exp(n[[0, 2, 3]]).sum())
    point = {"n_i": n_i, "n_j": n_j, "a_i": a_i, "a_j": a_j, "rest": rest}
    parts = []
    for i, definition, title, closing in (
        ("j", same, "i = j: the output of the net input itself", softmax.closing_lines),
        ("i", other, "i ≠ j: another output", softmax.closing_lines_of_others),
    ):
        part = chained(title, Paper(f"a_{i}", "n_j", "∂", letters), definition, given)
        right = evaluate(part.lines[-1].expression, point)
        parts.append(closed(part, true_lines(closing, [point], [right]), given))
    return Derivation("The derivatives of softmax", tuple(parts), own_notes(softmax))
