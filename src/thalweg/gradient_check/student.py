"""The functions of a student's own in the forms that people give them: two, one that gives both, or numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..core.arrays import Tree
from ..core.kinds import check_kind
from ..errors import ArgumentError, shown
from .entries import Block, Entries, Shapes, read_entries
from .guarded import Guard
from .naming import in_other_form, looks_like, one_number


class Student(NamedTuple):
    """What is judged."""

    value: Callable[[Tree], object] | None
    """F of x; None where it is the network's."""
    gradient: Callable[[Tree], Tree]
    entries: Entries
    numbers: bool = False
    """Whether the gradient is numbers, known at x alone."""


def read_functions(
    guard: Guard,
    function: Callable[[Tree], Tree] | None,
    gradient: Callable[[Tree], Tree] | Tree,
    x: Tree,
    shapes: Shapes | None,
    with_network: bool,
) -> Student:
    """The functions as they are given: (function, gradient, x), (f, x) with f giving both, or numbers for a gradient.

    Raises ArgumentError for what is none of these.
    """
    if x is ...:  # check_gradient(f, x)
        gradient, x = ..., gradient
    if x is ...:
        raise ArgumentError("x is missing: give the parameters at which the gradient is judged")
    if function is None and not with_network:
        raise ArgumentError("function is None; it must be a function of x, or give a network, of which F is the loss")
    entries = read_entries(x, shapes)
    if gradient is ...:
        return _of_one(guard, function, entries, with_network)
    value = None if function is None else guard.around("function", function)
    if with_network and not callable(gradient):
        return Student(value, lambda x: gradient, entries, numbers=True)
    check_kind("gradient", gradient, "Callable")
    return Student(value, guard.around("gradient", gradient), entries)


def _of_one(guard: Guard, function: Callable[[Tree], Tree] | None, entries: Entries, with_network: bool) -> Student:
    """One function: of (F, gradient), of (gradient, F), or, with a network, of the gradient alone."""
    if function is None:
        raise ArgumentError("there is neither a function nor a gradient: give f, that gives (F, gradient), and x")
    f = guard.around("f", function)
    given = f(entries.build(entries.vector))
    if given is None:
        raise ArgumentError("f(x) is None: does it end with return?")
    place = _value_in(entries.tree, given)
    if place is None:
        if with_network:
            return Student(None, f, entries)
        raise ArgumentError(
            f"f(x) is {shown(given)}; alone it must give both, (F, gradient): or give function and gradient"
        )

    def value(x: Tree) -> object:
        found = f(x)[place]
        return found[0] if isinstance(found, tuple) and one_number(found) is None else found

    return Student(value, lambda x: f(x)[1 - place], entries)


def _value_in(tree: Tree, given: Tree) -> int | None:
    """Where the value stands in a pair of a value and a gradient; None if it is no pair."""
    if not isinstance(given, list | tuple) or len(given) != 2 or hasattr(given, "_fields"):
        return None
    for place in (0, 1):
        beside = given[place]
        value = one_number(beside[0] if isinstance(beside, tuple) and beside else beside)
        if value is None or not (looks_like(tree, given[1 - place]) or in_other_form(tree, given[1 - place])):
            continue
        part = tree[place] if isinstance(tree, list | tuple) and len(tree) == 2 else None
        if not (isinstance(part, Block) and part.size == 1):  # else it may be the gradient of a number
            return place
    return None
