"""Arrays of any library that follows the Python array API standard; trees of them; what is given as one, checked."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ArgumentError, DataError

Array: TypeAlias = Any
"""An array of any library; the standard names no type for it, nor for what follows."""
Namespace: TypeAlias = Any
"""The library itself, as `namespace` finds it."""
DType: TypeAlias = Any
Tree: TypeAlias = Any
"""Arrays in dicts, tuples and NamedTuples."""
Scalar: TypeAlias = Array | float
"""A number, or an array without dimensions."""
Inputs: TypeAlias = Array | Mapping[str, Array]
"""Examples as one array, or as one for each input of the network."""

if TYPE_CHECKING:
    import numpy as np

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


def table_array(place: str, values: object) -> Array:
    """The values as an array: unchanged if they are one, else by NumPy; raises DataError for what makes none.

    Refused are rows of different lengths, masked values, sparse matrices, generators and other objects that NumPy would
    take for one value.
    """
    import numpy as np

    if isinstance(values, np.ma.MaskedArray):
        if np.ma.is_masked(values):
            raise DataError(f"{place} has masked values: fill them in or leave out such rows")
        return np.asarray(values)
    if hasattr(values, "__array_namespace__"):
        return values
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise DataError(f"{place} is a sparse matrix: give an array, {place}.toarray()")
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{place} is not a table of numbers: its rows have different lengths") from None
    except Exception as error:  # whatever an object's own __array__ raises
        raise DataError(f"{place} is {_told(values)}, of which no array can be made ({_line(error)})") from None
    if array.ndim == 0 and array.dtype.kind not in "biufcUSmM":
        raise DataError(f"{place} is {_told(values)}; it must be an array, or a list of rows")
    return array


def number_array(place: str, values: object) -> Array:
    """`table_array` of real numbers; raises DataError, too, for texts, dates, objects and complex numbers."""
    array = table_array(place, values)
    if not holds_numbers(array):
        raise DataError(
            f"{place} holds values of type {array.dtype}; it must hold numbers: encode text and dates first"
        )
    return array


def float_array(place: str, values: object) -> np.ndarray:
    """`number_array` on NumPy, in float64."""
    import numpy as np

    return np.asarray(number_array(place, values), dtype=np.float64)


def holds_numbers(array: Array) -> bool:
    """Whether the type of an array's values is one of real numbers."""
    kind = getattr(array.dtype, "kind", "V")
    if kind != "V":  # V: NumPy's records, and types that other libraries add, such as bfloat16
        return kind in "biuf"
    xp = namespace(array)
    return xp.__name__ != "numpy" and bool(xp.isdtype(array.dtype, ("bool", "integral", "real floating")))


def finite_array(place: str, values: object) -> Array:
    """`number_array` of finite numbers; raises DataError with the row and column of the first that is not."""
    array = number_array(place, values)
    if getattr(array.dtype, "kind", "f") not in "biu" and not _is_finite(array):
        raise DataError(not_finite(place, array))
    return array


def _is_finite(array: Array) -> bool:
    """Whether all numbers are finite; of numbers that are not there yet it is taken so.

    The sum of squares of an array of NumPy is looked at first: it costs half, and if it is finite they are.
    """
    xp = namespace(array)
    if xp is namespace():
        quick = array.flags.c_contiguous and array.dtype.kind == "f" and math.isfinite(xp.vdot(array, array))
        return bool(quick or xp.isfinite(array).all())
    return is_traced(array) or bool(xp.isfinite(array).all())


def not_finite(place: str, array: Array) -> str:
    """What is said of an array that has a number which is not finite."""
    import numpy as np

    values = np.asarray(array)
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
    return f"{place} has {values[at]}{_here(at)} (counted from 0): fill in or leave out such rows"


def _here(at: tuple[int, ...]) -> str:
    return (f" at row {at[0]}" if at else "") + (f", column {at[1]}" if len(at) > 1 else "")


def is_traced(array: object) -> bool:
    """Whether an array stands for one that is not there yet, within a function that JAX compiles."""
    return any(kind.__name__ == "Tracer" for kind in type(array).__mro__)


def _told(values: object) -> str:
    name = type(values).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
