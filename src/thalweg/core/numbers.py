"""Single numbers that were given, checked: whole ones and others."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, TypeGuard

from ..errors import ArgumentError, shown

_LARGEST = 2**63 - 1
"""What an array can count to."""


def is_count(value: Any, low: int = 1, high: int | None = None) -> TypeGuard[int]:
    """Whether a value is a whole number, of Python or NumPy, from `low` to `high`; True and False are none.

    >>> is_count(3), is_count(0), is_count(True), is_count(2.0), is_count(7, 0, 5)
    (True, False, False, False, False)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and low <= int(value) and (high is None or int(value) <= high)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """A whole number from `low` to `high`; raises ArgumentError otherwise.

    >>> check_count("bins", 0, 1, 100)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: bins is 0; it must be a whole number from 1 to 100
    """
    if not is_count(value, low, _LARGEST if high is None else high):
        told = f"of at least {low}" if not is_count(value, low) else f"of at least {low} and below 2⁶³"
        bounds = told if high is None else f"from {low} to {high}"
        raise ArgumentError(f"{name} is {shown(value)}; it must be a whole number {bounds}")
    return int(value)


def check_number(name: str, value: Any, *, at_least: float = 0.0) -> float:
    """A finite number of at least a bound; raises ArgumentError otherwise.

    >>> check_number("l2", -1.0)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: l2 is -1.0; it must be a finite number of at least 0
    """
    number = as_number(value)
    if number is None:
        raise ArgumentError(f"{name} is {shown(value)}; it must be a number")
    if not (math.isfinite(number) and number >= at_least):
        raise ArgumentError(f"{name} is {shown(value)}; it must be a finite number of at least {at_least:g}")
    return number


def as_number(value: Any) -> float | None:
    """A value as a float, infinite if it is too large for one; None for what is no real number.

    >>> as_number(2), as_number(10**400), as_number("x"), as_number([0.5])
    (2.0, inf, None, None)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return None
