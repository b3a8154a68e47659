"""How two functions behave when they are called: whether they change x, differ from call to call, or add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..core.arrays import Tree
from ..errors import ArgumentError, ThalwegError
from .entries import Entries, read_entries
from .findings import Finding
from .naming import one_number
from .returned import Returned, read_returned

_SAME = 1e-6
"""The relative distance within which two calls give the same: threads may add up in another order."""


_CHANCE = "without chance (a fixed seed, no dropout) it can be checked"


class Behaviour(NamedTuple):
    """What calls at x gave, and what is wrong with how they gave it."""

    F: float
    returned: Returned | None
    """The gradient of one call; None where no call is like another."""
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def watch(function: Callable[[Tree], object], gradient: Callable[[Tree], Tree], entries: Entries) -> Behaviour:
    """Call both at x more than once, and the function elsewhere between.

    Raises ArgumentError for a value that is not one finite number, and for a gradient that is no tree of numbers.
    """
    findings: list[Finding] = []
    notes: list[str] = []

    def call(role: str, called: Callable[[Tree], Tree]) -> Tree:
        x = entries.build(entries.vector)
        result = called(x)
        changed = _changed(entries, x)
        if changed and not any(found.where == (role,) for found in findings):
            text = f"changes its argument ({changed}): work on a copy, as by x = x.copy()"
            findings.append(Finding("changes_argument", (role,), text))
        return result

    first_given = call("function", function)
    if isinstance(first_given, tuple):
        notes.append(f"function(x) gives {len(first_given)} things: the first, a number, was taken for F")
    F, again = value_of(first_given), value_of(call("function", function))
    if not np.isfinite(F):
        raise ArgumentError(f"function(x) is {F}; choose an x where it is finite")
    if abs(F - again) > _SAME * max(abs(F), abs(again)):
        text = f"two calls at the same x give {F:.6g} and {again:.6g}: {_CHANCE}"
        return Behaviour(F, None, (*findings, Finding("random", ("function",), text)))

    def one() -> Returned:
        given = call("gradient", gradient)
        if given is None:
            raise ArgumentError("gradient(x) is None: does it end with return?")
        return read_returned(entries, given, F)

    first, second, third = one(), one(), one()
    if not _alike(first, second):
        growth, more = _less(second, first), _less(third, second)
        if not _alike(growth, more):
            text = f"two calls at the same x give different gradients: {_CHANCE}"
            return Behaviour(F, None, (*findings, Finding("random", ("gradient",), text)))
        text = "each call adds the gradient to what the calls before it left: begin each with zeros"
        findings.append(Finding("accumulated", ("gradient",), text))
        return Behaviour(F, growth, tuple(findings), (*notes, *first.notes))
    function(entries.build(entries.vector + 0.1 * (1.0 + np.abs(entries.vector))))
    if not _alike(first, one()):
        text = (
            "depends on where function was called last, not on x alone: it works from values that function kept, so "
            "call function(x) within it first"
        )
        findings.append(Finding("stale", ("gradient",), text))
    return Behaviour(F, first, tuple(findings), (*notes, *first.notes))


def value_of(given: object) -> float:
    """F as a number, also where it comes first in a tuple; raises ArgumentError for anything else.

    >>> value_of(np.ones((1, 1))), value_of((2.0, {"W": np.ones(2)}))
    (1.0, 2.0)
    """
    if isinstance(given, tuple) and given and one_number(given[0]) is not None:
        given = given[0]
    if given is None:
        raise ArgumentError("function(x) is None: does it end with return?")
    try:
        array = np.asarray(given)
    except Exception as error:
        raise ArgumentError(f"function(x) is {type(given).__name__}; it must be one number") from error
    if array.size != 1 or array.dtype.kind not in "iuf" or np.ma.is_masked(given):
        told = f"an array of shape {array.shape}" if array.ndim else f"{type(given).__name__} {given!r}"
        raise ArgumentError(f"function(x) is {told}; it must be one number, such as the sum or mean of a loss")
    return float(array.reshape(()))


def _changed(entries: Entries, x: Tree) -> str:
    """What a call changed in its argument, in words; empty if nothing."""
    try:
        after = read_entries(x).vector
    except ThalwegError:
        return "it holds other things afterwards"
    if after.shape != entries.vector.shape:
        return "it holds other things afterwards"
    moved = np.flatnonzero(after != read_entries(entries.build(entries.vector)).vector)
    if len(moved) == 0:
        return ""
    place = int(moved[0])
    return f"{entries.name_of(place)} was {entries.vector[place]:.6g} and is {after[place]:.6g} afterwards"


def _alike(one: Returned, other: Returned) -> bool:
    if one.arrays.keys() != other.arrays.keys():
        return False
    for name, array in one.arrays.items():
        if array.shape != other.arrays[name].shape:
            return False
        size = np.nan_to_num(np.abs(array), posinf=0.0).max(initial=0.0)
        if not np.allclose(array, other.arrays[name], rtol=_SAME, atol=_SAME * size, equal_nan=True):
            return False
    return True


def _less(one: Returned, other: Returned) -> Returned:
    """The difference of two gradients of the same shapes; the first if their shapes differ."""
    if any(other.arrays.get(name, np.zeros(0)).shape != array.shape for name, array in one.arrays.items()):
        return one
    return one._replace(arrays={name: array - other.arrays[name] for name, array in one.arrays.items()})
