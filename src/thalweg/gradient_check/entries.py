"""Trees of arrays as one vector with a name for each entry, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from ..core.arrays import Array, Tree
from ..core.kinds import is_count
from ..errors import ArgumentError, DataError, reason_of, shown

Shapes: TypeAlias = Mapping[str, int | Sequence[int]]
"""Those of the parts of a flat vector, by name."""


@dataclass(frozen=True)
class Block:
    """One array of a tree: its name, its shape, and where it begins in the vector."""

    name: str
    shape: tuple[int, ...]
    start: int
    is_bias: bool = False
    names: Callable[[int], str] | None = field(default=None, compare=False, repr=False)
    """The name of an entry, if it is not the block's with the entry's indices."""

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    @property
    def part(self) -> slice:
        """Where it stands in the vector."""
        return slice(self.start, self.start + self.size)

    def name_of(self, index: int) -> str:
        """The name of an entry, given by its place in the block's own vector.

        >>> Block("W1", (2, 3), 0).name_of(4), Block("c", (), 0).name_of(0)
        ('W1[1,1]', 'c')
        """
        if self.names is not None:
            return self.names(index)
        place = np.unravel_index(index, self.shape) if self.shape else ()
        return f"{self.name}[{','.join(str(int(i)) for i in place)}]" if place else self.name


@dataclass(frozen=True)
class Entries:
    """A tree of dicts, lists, tuples and arrays as one vector in float64."""

    vector: np.ndarray
    blocks: tuple[Block, ...]
    build: Callable[[np.ndarray], Tree]
    """The tree of a vector: new arrays of the same kinds each time (NumPy's in float64)."""
    tree: Tree
    """The same tree with the blocks in the place of the arrays."""

    def name_of(self, index: int) -> str:
        """The name of an entry of the vector."""
        for block in self.blocks:
            if index < block.start + block.size:
                return block.name_of(index - block.start)
        raise IndexError(index)


def read_entries(x: Tree, shapes: Shapes | None = None) -> Entries:
    """The entries of an array or a tree of arrays; `shapes`, of a flat vector's parts, names the parts as blocks.

    Raises ArgumentError for what is no array of finite real numbers, and for shapes that do not fill the vector.

    >>> entries = read_entries({"W": np.zeros((1, 2)), "b": [0.5]})
    >>> [entries.name_of(index) for index in range(3)], entries.vector
    (['W[0,0]', 'W[0,1]', 'b[0]'], array([0. , 0. , 0.5]))
    >>> entries.build(entries.vector + 1.0)
    {'W': array([[1., 1.]]), 'b': array([1.5])}
    """
    leaves: list[tuple[str, Array]] = []
    try:
        tree = _collect(x, "", leaves)
    except RecursionError:
        raise ArgumentError("x holds itself, or lists in lists without an end: give a dict or list of arrays") from None
    if not leaves:
        raise ArgumentError("x holds no array: give an array, or a dict or list of arrays")
    arrays = [_checked(name or "x", leaf) for name, leaf in leaves]
    matrices = any(array.ndim > 1 for array in arrays)
    blocks: list[Block] = []
    start = 0
    for (name, _), array in zip(leaves, arrays, strict=True):
        bias = len(leaves) > 1 and (_says_bias(name) or (matrices and array.ndim == 1))
        blocks.append(Block(name or "x", array.shape, start, bias))
        start += array.size
    if start == 0:
        raise ArgumentError("x has no entries: give an array with at least one")
    if len({block.name for block in blocks}) < len(blocks):
        raise ArgumentError(f"x has two arrays of the same name: {', '.join(block.name for block in blocks)}")

    def build(vector: np.ndarray) -> Tree:
        def leaf(place: int) -> Array | float:
            block, original = blocks[place], leaves[place][1]
            return _like(original, vector[block.part].reshape(block.shape))

        return _rebuilt(tree, leaf)

    vector = np.concatenate([array.reshape(-1) for array in arrays])
    if shapes is not None:
        if len(blocks) > 1 or len(blocks[0].shape) != 1:
            raise ArgumentError("shapes names the parts of a flat vector, but x is no such vector: leave it out")
        blocks_told = _parts(shapes, len(vector))
        return Entries(vector, blocks_told, build, blocks[0])
    return Entries(vector, tuple(blocks), build, _rebuilt(tree, blocks.__getitem__))


def _collect(tree: Tree, path: str, leaves: list[tuple[str, Array]]) -> Tree:
    """The tree with the number of each leaf in its place."""
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: _collect(value, f"{path}.{key}" if path else str(key), leaves) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        dot = f"{path}." if path else ""
        fields = zip(tree._fields, tree, strict=True)  # pyright: ignore[reportAttributeAccessIssue]
        return type(tree)(*(_collect(value, f"{dot}{name}", leaves) for name, value in fields))
    if isinstance(tree, list | tuple) and not _is_numbers(tree):
        return type(tree)(_collect(value, f"{path or 'x'}[{place}]", leaves) for place, value in enumerate(tree))
    leaves.append((path, tree))
    return len(leaves) - 1


def _rebuilt(tree: Tree, leaf: Callable[[int], object]) -> Tree:
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: _rebuilt(value, leaf) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuilt(value, leaf) for value in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(_rebuilt(value, leaf) for value in tree)
    return leaf(tree)


def _is_numbers(tree: Sequence[Tree]) -> bool:
    """Whether a list is an array written out: numbers, or lists of numbers of the same length."""
    if not tree or not all(isinstance(item, int | float | np.number | list | tuple) for item in tree):
        return False
    if not any(isinstance(item, list | tuple) for item in tree):
        return True
    return all(isinstance(item, list | tuple) and len(item) == len(tree[0]) and _is_numbers(item) for item in tree)


def _checked(name: str, leaf: Array) -> np.ndarray:
    """A leaf in float64."""
    if np.ma.is_masked(leaf):
        raise DataError(f"{name} has masked values; choose an x of finite numbers")
    try:
        array = np.asarray(leaf)
    except Exception as error:
        told = reason_of(error)
        raise ArgumentError(f"{name} is {type(leaf).__name__}, which is no array: {told}") from error
    if array.dtype.kind not in "iuf":
        raise ArgumentError(f"{name} holds values of type {array.dtype}; it must hold real numbers")
    found = array.astype(np.float64)
    if not np.isfinite(found).all():
        place = Block(name, found.shape, 0).name_of(int(np.argmin(np.isfinite(found))))
        raise DataError(f"{place} is {found[~np.isfinite(found)][0]}; choose an x of finite numbers")
    return found


def _like(original: Array, values: np.ndarray) -> Array | float:
    """Values in the kind of array that the user gave: a number, another library's array, or NumPy's in float64."""
    if isinstance(original, int | float | np.generic):
        return float(values)
    if hasattr(original, "__array_namespace__") and not isinstance(original, np.ndarray):
        kept = values.astype(original.dtype) if np.asarray(original).dtype.kind == "f" else values
        return original.__array_namespace__().asarray(kept)
    return values.copy()


def _says_bias(name: str) -> bool:
    last = name.rpartition(".")[2].lower().rstrip("0123456789_")
    return last in ("b", "bias", "biases", "db", "intercept")


def _parts(shapes: Shapes, size: int) -> tuple[Block, ...]:
    """The blocks of a flat vector; raises ArgumentError unless they fill it."""
    if not isinstance(shapes, Mapping):
        raise ArgumentError(f'shapes is {shown(shapes)}; it must name the parts: {{"W1": (3, 2), "b1": (3,)}}')
    blocks: list[Block] = []
    start = 0
    several = len(shapes) > 1
    sides: dict[str, tuple[int, ...]] = {}
    for name, given in shapes.items():
        told = (given,) if is_count(given) else given
        if not isinstance(told, list | tuple) or not told or not all(is_count(side) for side in told):
            raise ArgumentError(
                f"shapes[{name!r}] is {shown(given)}; a shape is a tuple of whole numbers of at least 1"
            )
        sides[str(name)] = tuple(int(side) for side in told)
    matrices = any(len(shape) > 1 for shape in sides.values())
    for name, shape in sides.items():
        bias = several and (_says_bias(name) or (matrices and len(shape) == 1))
        blocks.append(Block(name, shape, start, bias))
        start += blocks[-1].size
    if start != size:
        raise ArgumentError(f"shapes has {start} entries together; x has {size}")
    return tuple(blocks)
