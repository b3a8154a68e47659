"""A gradient in the wrapping that people give it: named dW1 for W1, or beside the value of the function."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.arrays import Tree
from .entries import Block
from .findings import listed

_BEFORE = (
    "",
    "d",
    "g",
    "grad",
    "gradient",
    "nabla",
    "∂",
    "∇",
    *(f"{sign}{error}{sign}" for sign in "d∂" for error in ("l", "loss", "j", "c", "cost", "e", "f")),
)
_AFTER = ("", "grad", "gradient")


def names_of(tree: Mapping[object, Tree], given: Mapping[object, Tree]) -> dict[str, str]:
    """For each key of x that the gradient lacks, the one of its keys that names its gradient, if there is just one.

    >>> names_of({"W1": 0, "b1": 0}, {"dW1": 0, "db1": 0, "dZ1": 0}), names_of({"W": 0}, {"w_grad": 0})
    ({'W1': 'dW1', 'b1': 'db1'}, {'W': 'w_grad'})
    """
    left = [key for key in given if key not in tree and isinstance(key, str)]
    found = {}
    for key in tree:
        if isinstance(key, str) and key not in given:
            exact = [other for other in left if _names(other, key)]
            loose = [other for other in left if _names(other.lower(), key.lower())]
            for fitting in (exact, loose):
                if len(fitting) == 1 and fitting[0] not in found.values():
                    found[key] = fitting[0]
                    break
    return found


def _names(other: str, key: str) -> bool:
    """Whether a name says the gradient of a key, such as dW1, grad_W1, dL_dW1 or W1_grad."""
    bare, of = (text.replace("_", "").replace("/", "") for text in (other, key))
    if not of:
        return False
    before, _, after = bare.rpartition(of)
    return of in bare and (
        (before.lower() in _BEFORE and not after) or (bare.startswith(of) and bare[len(of) :].lower() in _AFTER)
    )


def told_names(renamed: Mapping[str, str], aside: list[str]) -> str:
    """The note on names that were taken for those of x, and on what else was given."""
    text = f"the gradient of {listed(list(renamed))} is taken from {listed(list(renamed.values()))}"
    return text + (f", and {listed(aside)} left aside" if aside else "")


def in_other_form(tree: Tree, given: Tree) -> bool:
    """Whether something may be the gradient of a dict in another form: a vector, or a list of arrays."""
    if not isinstance(tree, Mapping) or isinstance(given, Mapping | str) or one_number(given) is not None:
        return False
    return isinstance(given, list | tuple) or np.ndim(given) > 0


def one_number(given: object) -> float | None:
    """The single real number that something is; None for anything else."""
    try:
        array = np.asarray(given)
    except Exception:
        return None
    if array.dtype.kind not in "iuf" or array.size != 1 or isinstance(given, list | tuple | Mapping):
        return None
    return float(array.reshape(()))


def without_value(tree: Tree, given: Tree, F: float) -> tuple[Tree, str]:
    """The gradient of a pair, (value, gradient) or (gradient, value), and the note on it; else what was given.

    >>> without_value(Block("x", (2,), 0), (3.0, np.ones(2)), 3.0)[0]
    array([1., 1.])
    >>> without_value(Block("x", (2,), 0), (3.0, 4.0), 3.0)
    ((3.0, 4.0), '')
    """
    if not isinstance(given, list | tuple) or len(given) != 2 or hasattr(given, "_fields"):
        return given, ""
    for place, which in ((1, "second"), (0, "first")):
        beside = given[1 - place]
        value = one_number(beside[0] if isinstance(beside, tuple) and beside else beside)
        near = value is not None and abs(value - F) <= 1e-6 * max(abs(value), abs(F))
        if value is None or not (looks_like(tree, given[place]) or (near and in_other_form(tree, given[place]))):
            continue
        if looks_like(tree, given) and not near:
            continue
        note = f"gradient(x) gives a pair: its {which} part was taken for the gradient"
        return given[place], note + ("" if near else f"; the value beside it is {value:.6g}, function(x) is {F:.6g}")
    return given, ""


def looks_like(tree: Tree, given: Tree) -> bool:
    """Whether something has the outer shape of x."""
    if isinstance(tree, Block):
        try:
            return not isinstance(given, Mapping) and np.size(given) == tree.size
        except ValueError:
            return False
    if isinstance(tree, Mapping):
        return isinstance(given, Mapping)
    return isinstance(given, list | tuple) and tree is not None and len(given) == len(tree)
