"""Whether a function can be trained with: finite, without a jump, and its derivative the one that differences give."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ...errors import ArgumentError
from ...formulas.expression import Expression, Symbol, symbols
from ..arrays import Array

REACH = 20.0
"""Net inputs from -20 to 20 are looked at."""
_INTERVALS = 4000
_HALVINGS = 30
_STEP = 1e-4
_LONGEST_SHOWN = 60


def check_variable(expression: Expression) -> Symbol:
    """The one variable of a formula; raises ArgumentError if it has none, or two.

    >>> from thalweg.formulas.parsing import parse
    >>> check_variable(parse("n*tanh(n)")).base
    'n'
    """
    match symbols(expression):
        case (variable,):
            return variable
        case ():
            raise ArgumentError("the formula is a constant: it needs the variable x, as in x*tanh(x)")
        case several:
            raise ArgumentError(
                f"the formula has the variables {' and '.join(letter.base for letter in several)}: write one of them"
            )


def check_activation(
    formula: str, value: Callable[[Array], Array], slope: Callable[[Array], Array], variable: str = "x"
) -> None:
    """Raise ArgumentError, naming the net input, unless f is finite and differentiable from -20 to 20, but for kinks.

    f' must lie within its own range around each point when it is had from central differences.
    """
    import numpy as np

    x = np.linspace(-REACH, REACH, _INTERVALS + 1)
    f, d = value(x), slope(x)
    _check_finite(formula, x, f, d, variable)
    _check_jumps(formula, x, f, d, value, slope, variable)
    inner = x[:-1] + 0.3183 * (x[1] - x[0])  # off the round numbers, where kinks are
    differences = (value(inner + _STEP) - value(inner - _STEP)) / (2.0 * _STEP)
    around = np.stack([slope(inner + share * _STEP) for share in np.linspace(-1.0, 1.0, 9)])
    low, high = around.min(axis=0), around.max(axis=0)
    room = (high - low) + 1e-6 * (1.0 + np.abs(low) + np.abs(high))
    wrong = ~((differences >= low - room) & (differences <= high + room))
    if wrong.any():
        place = int(np.argmax(wrong))
        _refuse(
            formula,
            inner[place],
            f"changes by {differences[place]:.4g} where its derivative is {d[place]:.4g}",
            variable,
        )


def check_at(formula: str, x: Array, f: Array, d: Array, where: str) -> None:
    """Raise ArgumentError unless f and f' are finite at all of some places; `where` tells one, such as "x = {}"."""
    import numpy as np

    for values, what in ((f, ""), (d, "the derivative of ")):
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            place = bad[np.argmin(np.abs(np.ravel(x)[bad]))]
            raise ArgumentError(f"{what}formula {_shown(formula)} is not finite at {where.format(np.ravel(x)[place])}")


def _check_finite(formula: str, x: Array, f: Array, d: Array, variable: str) -> None:
    check_at(formula, x, f, d, f"{variable} = {{:.6g}}: it must be, from {-REACH:g} to {REACH:g}, to be trained with")


def _check_jumps(
    formula: str,
    x: Array,
    f: Array,
    d: Array,
    value: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    variable: str,
) -> None:
    """Halve every interval, again and again, keeping the half whose change the derivative explains worse."""
    import numpy as np

    steepest = 1.0 + np.abs(d).max()
    left, right, f_left, f_right, d_left, d_right = x[:-1], x[1:], f[:-1], f[1:], d[:-1], d[1:]
    with np.errstate(all="ignore"):
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            f_middle, d_middle = value(middle), slope(middle)
            _check_finite(formula, middle, f_middle, d_middle, variable)
            first = np.abs(f_middle - f_left - 0.5 * (middle - left) * (d_left + d_middle))
            second = np.abs(f_right - f_middle - 0.5 * (right - middle) * (d_middle + d_right))
            keep = first >= second
            left, right = np.where(keep, left, middle), np.where(keep, middle, right)
            f_left, f_right = np.where(keep, f_left, f_middle), np.where(keep, f_middle, f_right)
            d_left, d_right = np.where(keep, d_left, d_middle), np.where(keep, d_middle, d_right)
        width, slopes = right - left, np.abs(d_left) + np.abs(d_right)
        left_over = np.abs(f_right - f_left - 0.5 * width * (d_left + d_right))
        jumps = ~(left_over <= 1e-6 * (1.0 + np.abs(f_left)) + width * slopes)
        steep = ~(slopes <= 1e3 * steepest)
    if jumps.any():
        place = int(np.argmax(jumps))
        _refuse(formula, left[place], f"jumps from {f_left[place]:.4g} to {f_right[place]:.4g}", variable)
    if steep.any():
        place = int(np.argmax(steep))
        _refuse(formula, left[place], f"is too steep (derivative {d_left[place]:.4g})", variable)


def _refuse(formula: str, x: float, what: str, variable: str) -> NoReturn:
    raise ArgumentError(
        f"formula {_shown(formula)} {what} near {variable} = {x:.6g}: it must be differentiable, but for kinks"
    )


def _shown(formula: str) -> str:
    return repr(formula if len(formula) <= _LONGEST_SHOWN else f"{formula[: _LONGEST_SHOWN - 3]}...")
