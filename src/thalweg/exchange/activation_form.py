"""An activation as an expression that other languages can compute: from the text by which it says what it is.

There is no table of activations by formats: what has a text that gives its values is exported, a part of one's own too.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

from ..core.activations import ACTIVATIONS, Activation
from ..core.kinds import settings
from ..errors import ArgumentError
from ..formulas.algebra import negative
from ..formulas.evaluation import evaluate
from ..formulas.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Quotient,
    Sum,
    Symbol,
    parts,
    rebuilt,
    symbols,
)
from ..formulas.parsing import parse
from ..formulas.program import compiled, reduces
from ..formulas.stable import stabilised

LETTER = Symbol("n")
"""The net input of a unit; `sum` and `largest` go over the units of the layer."""

_NET_INPUTS = np.array(
    [
        [-1000.0, -50.0, -20.0, -5.0, -1.5],
        [-1.0, -0.5, -1e-3, -1e-9, -0.0],
        [0.0, 1e-9, 1e-3, 0.5, 1.0],
        [1.5, 5.0, 20.0, 50.0, 1000.0],
        [-1000.0, 1000.0, 1000.0, 0.0, -0.25],
    ]
)
_APART = 1e-9


def form_of(activation: Activation, place: str) -> Expression:
    """The expression of a unit's output by its net input n, written so that it overflows no sooner than the code.

    Raises ArgumentError, naming the place ("layer 'hidden'"), for an activation without a text, and for one whose text
    does not give its values at net inputs from -1000 to 1000.

    >>> from thalweg.core.activations import Sigmoid, LeakyReLU
    >>> form_of(Sigmoid(), "layer 'out'")
    Call(function='sigmoid', arguments=(Symbol(base='n', below=(), above=(), mark=''),))
    """
    name = next((name for name, kind in ACTIVATIONS.items() if type(activation) is kind), type(activation).__name__)
    text = activation.value_text
    if not text:
        raise ArgumentError(
            f"{place}: activation {name!r} has no text that says what it computes, so no export can write it: give its "
            "class a value_text, such as 'n*tanh(n)'"
        )
    try:
        return _checked_form(activation, text)
    except TypeError:  # a part of one's own that cannot be looked up
        return _form(activation, text)
    except ArgumentError as error:
        raise ArgumentError(f"{place}: activation {name!r}, {text!r}: {error}") from error


@lru_cache(maxsize=256)
def _checked_form(activation: Activation, text: str) -> Expression:
    return _form(activation, text)


def _form(activation: Activation, text: str) -> Expression:
    known = {name: Number(Fraction(value)) for name, value in settings(activation).items() if np.isfinite(value)}
    plain = _with_numbers(parse(text, ("n", *known), ("sum",)), known)
    found = _shifted(stabilised(_small_differences(plain)))
    with np.errstate(all="ignore"):
        right, said = np.asarray(activation(_NET_INPUTS)), compiled(found)(_NET_INPUTS)
        near = np.abs(said - right) <= _APART * (1.0 + np.abs(right))
    agree = near | (said == right) | (np.isnan(said) & np.isnan(right))
    if not agree.all():
        row, unit = (int(at[0]) for at in np.nonzero(~agree))
        raise ArgumentError(
            f"the text comes to {said[row, unit]:.6g} at n = {_NET_INPUTS[row, unit]:g}, and the activation to "
            f"{right[row, unit]:.6g}: correct its value_text"
        )
    return found


def _with_numbers(expression: Expression, known: dict[str, Number]) -> Expression:
    """The settings' numbers for their names, and each part without letters as one number."""
    if isinstance(expression, Symbol):
        return known.get(expression.base, expression)
    inner = rebuilt(expression, (_with_numbers(part, known) for part in parts(expression)))
    if symbols(inner) or reduces(inner) or isinstance(inner, Number):
        return inner
    value = evaluate(inner)
    return Number(Fraction(value)) if np.isfinite(value) else inner


def _small_differences(expression: Expression) -> Expression:
    """exp(u) - 1 as expm1(u), which keeps its digits near 0."""
    inner = rebuilt(expression, (_small_differences(part) for part in parts(expression)))
    match inner:
        case Sum((Call("exp", (u,)), Number(value))) if value == -1:
            return Call("expm1", (u,))
        case Sum((Call("exp", (u,)), Negative(Number(value)))) if value == 1:
            return Call("expm1", (u,))
        case _:
            return inner


def _shifted(expression: Expression) -> Expression:
    """exp(u)/sum(exp(u)), a softmax, with the largest u taken away from each."""
    inner = rebuilt(expression, (_shifted(part) for part in parts(expression)))
    match inner:
        case Quotient(Call("exp", (u,)) as top, Call("sum", (below,))) if top == below:
            e = Call("exp", (Sum((u, negative(Call("largest", (u,))))),))
            return Quotient(e, Call("sum", (e,)))
        case Call("log", (Call("sum", (Call("exp", (u,)),)),)):
            largest = Call("largest", (u,))
            e = Call("exp", (Sum((u, negative(largest))),))
            return Sum((largest, Call("log", (Call("sum", (e,)),))))
        case _:
            return inner


def is_linear(expression: Expression) -> bool:
    """Whether the output is the net input itself."""
    return expression == LETTER
