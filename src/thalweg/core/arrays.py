"""Arrays of any library that follows the Python array API standard, and trees of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ArgumentError

Array: TypeAlias = Any
"""An array of any library; the standard names no type for it, nor for what follows."""
Namespace: TypeAlias = Any
"""The library itself, as `namespace` finds it."""
DType: TypeAlias = Any
Tree: TypeAlias = Any
"""Arrays in dicts, tuples and NamedTuples."""
Scalar: TypeAlias = Array | float
"""A number, or an array without dimensions."""

if TYPE_CHECKING or os.environ.get("THALWEG_CHECK_SHAPES"):
    from jaxtyping import Float as Float
    from jaxtyping import Real as Real
else:  # shapes are checked in tests; elsewhere the annotations cost nothing, not even the import
    Float = Real = None


def namespace(*arrays: Array) -> Namespace:
    """The array library of the arguments: NumPy unless one of them belongs to another.

    >>> import numpy as np
    >>> namespace(np.ones(2)).__name__
    'numpy'
    """
    import numpy as np

    for array in arrays:
        if not isinstance(array, np.ndarray | np.generic) and hasattr(array, "__array_namespace__"):
            return array.__array_namespace__()
    return np


def tree_map(function: Callable[..., Any], tree: Tree, *rest: Tree) -> Tree:
    """Apply `function` to the arrays of a tree, and to those at the same place in the other trees.

    A tree is made of dicts, tuples, NamedTuples and None. Raises ArgumentError for trees that are not alike.

    >>> tree_map(lambda a, b: a + b, {"w": 1, "b": None}, {"w": 10, "b": None})
    {'w': 11, 'b': None}
    """
    if tree is None:
        if any(other is not None for other in rest):
            raise ArgumentError("trees differ: None stands in one where another has an array")
        return None
    if isinstance(tree, Mapping):
        for other in rest:
            if not isinstance(other, Mapping) or other.keys() != tree.keys():
                found = ", ".join(map(str, other)) if isinstance(other, Mapping) else type(other).__name__
                raise ArgumentError(f"trees differ: {', '.join(map(str, tree))} in one, {found} in another")
        return {key: tree_map(function, value, *(other[key] for other in rest)) for key, value in tree.items()}
    if isinstance(tree, tuple):
        for other in rest:
            if not isinstance(other, tuple) or len(other) != len(tree):
                found = f"{len(other)} parts" if isinstance(other, tuple) else type(other).__name__
                raise ArgumentError(f"trees differ: {len(tree)} parts in one, {found} in another")
        items = (tree_map(function, value, *others) for value, *others in zip(tree, *rest, strict=True))
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    return function(tree, *rest)


def special(xp: Namespace, name: str) -> Callable[[Array], Array]:
    """A special function, such as `erf`, that the standard lacks: from the scipy module of the array library."""
    from importlib import import_module

    library = xp.__name__.partition(".")[0]
    return getattr(import_module("scipy.special" if library == "numpy" else f"{library}.scipy.special"), name)
