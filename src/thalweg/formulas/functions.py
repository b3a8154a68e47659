"""The elementary functions that a formula may call: value, value over arrays, and derivative, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

from .algebra import ONE, ZERO, negative, number
from .expression import Call, Constant, Expression, Power, Product, Quotient, Sum

Array: TypeAlias = Any
"""Of any library that follows the Python array API standard."""


@dataclass(frozen=True)
class Row:
    """An elementary function."""

    scalar: Callable[..., float]
    """Its value at numbers."""
    array: Callable[..., Array]
    """Its value at arrays; the array library stands first."""
    slope: Callable[[Expression], Expression] | None
    """Its derivative by its argument; None if that goes by cases."""
    words: tuple[str, str]
    """The function of u and its derivative, as a reader writes them."""


def _call(name: str, *arguments: Expression) -> Expression:
    return Call(name, arguments)


def _square(u: Expression) -> Expression:
    return Power(u, number(2))


def _logistic(u: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * u))


def _sign(u: float) -> float:
    return float(u > 0) - float(u < 0)


def _erf(xp: Any, u: Array) -> Array:
    """The standard lacks it: from the scipy module of the array library."""
    library = xp.__name__.partition(".")[0]
    return import_module("scipy.special" if library == "numpy" else f"{library}.scipy.special").erf(u)


def _sigmoid(xp: Any, u: Array) -> Array:
    """1 / (1 + e⁻ᵘ), without overflow."""
    e = xp.exp(-xp.abs(u))
    return xp.where(u >= 0, 1.0, e) / (1.0 + e)


def _softplus(xp: Any, u: Array) -> Array:
    """ln(1 + eᵘ), without overflow."""
    return xp.maximum(u, 0.0) + xp.log1p(xp.exp(-xp.abs(u)))


FUNCTIONS: dict[str, Row] = {
    "exp": Row(math.exp, lambda xp, u: xp.exp(u), lambda u: _call("exp", u), ("eᵘ", "eᵘ")),
    "log": Row(math.log, lambda xp, u: xp.log(u), lambda u: Quotient(ONE, u), ("ln u", "1/u")),
    "log1p": Row(
        math.log1p, lambda xp, u: xp.log1p(u), lambda u: Quotient(ONE, Sum((ONE, u))), ("ln(1 + u)", "1/(1 + u)")
    ),
    "expm1": Row(math.expm1, lambda xp, u: xp.expm1(u), lambda u: _call("exp", u), ("eᵘ - 1", "eᵘ")),
    "sqrt": Row(
        math.sqrt,
        lambda xp, u: xp.sqrt(u),
        lambda u: Quotient(ONE, Product((number(2), _call("sqrt", u)))),
        ("√u", "1/(2 √u)"),
    ),
    "abs": Row(math.fabs, lambda xp, u: xp.abs(u), lambda u: _call("sign", u), ("|u|", "sign(u)")),
    "sign": Row(_sign, lambda xp, u: xp.sign(u), lambda u: ZERO, ("sign(u)", "0")),
    "tanh": Row(
        math.tanh,
        lambda xp, u: xp.tanh(u),
        lambda u: Sum((ONE, negative(_square(_call("tanh", u))))),
        ("tanh u", "1 - tanh² u"),
    ),
    "sinh": Row(math.sinh, lambda xp, u: xp.sinh(u), lambda u: _call("cosh", u), ("sinh u", "cosh u")),
    "cosh": Row(math.cosh, lambda xp, u: xp.cosh(u), lambda u: _call("sinh", u), ("cosh u", "sinh u")),
    "sin": Row(math.sin, lambda xp, u: xp.sin(u), lambda u: _call("cos", u), ("sin u", "cos u")),
    "cos": Row(math.cos, lambda xp, u: xp.cos(u), lambda u: negative(_call("sin", u)), ("cos u", "-sin u")),
    "tan": Row(
        math.tan,
        lambda xp, u: xp.tan(u),
        lambda u: Sum((ONE, _square(_call("tan", u)))),
        ("tan u", "1 + tan² u"),
    ),
    "atan": Row(
        math.atan,
        lambda xp, u: xp.atan(u),
        lambda u: Quotient(ONE, Sum((ONE, _square(u)))),
        ("atan u", "1/(1 + u²)"),
    ),
    "asinh": Row(
        math.asinh,
        lambda xp, u: xp.asinh(u),
        lambda u: Quotient(ONE, _call("sqrt", Sum((ONE, _square(u))))),
        ("asinh u", "1/√(1 + u²)"),
    ),
    "erf": Row(
        math.erf,
        _erf,
        lambda u: Product((Quotient(number(2), _call("sqrt", Constant("pi"))), _call("exp", negative(_square(u))))),
        ("erf u", "(2/√π) e^(-u²)"),
    ),
    "sigmoid": Row(
        _logistic,
        _sigmoid,
        lambda u: Product((_call("sigmoid", u), Sum((ONE, negative(_call("sigmoid", u)))))),
        ("σ(u)", "σ(u) (1 - σ(u))"),
    ),
    "softplus": Row(
        lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
        _softplus,
        lambda u: _call("sigmoid", u),
        ("softplus(u)", "σ(u)"),
    ),
    "relu": Row(lambda u: max(u, 0.0), lambda xp, u: xp.where(u > 0, u, 0 * u), None, ("relu(u)", "")),
    "max": Row(max, lambda xp, u, v: xp.where(u > v, u, v), None, ("max(u, v)", "")),
    "min": Row(min, lambda xp, u, v: xp.where(u < v, u, v), None, ("min(u, v)", "")),
}
"""The one list of functions."""
