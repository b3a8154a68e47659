"""Loops that run step by step on NumPy and are compiled on JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import TypeVar

from .arrays import Array, Namespace, Scalar, Tree, namespace, tree_map

State = TypeVar("State")
Result = TypeVar("Result")

_SPREAD: ContextVar[int] = ContextVar("devices that rows are spread over", default=1)


@contextmanager
def rows_spread_over(devices: int) -> Iterator[None]:
    """While JAX traces: rows lie on so many devices, each with its part, and chunks of them take some of each part.

    >>> with rows_spread_over(4):
    ...     spread_over()
    4
    """
    before = _SPREAD.set(devices)
    try:
        yield
    finally:
        _SPREAD.reset(before)


def spread_over() -> int:
    """How many devices the rows are spread over.

    >>> spread_over()
    1
    """
    return _SPREAD.get()


def while_loop(
    xp: Namespace, condition: Callable[[State], Array | bool], body: Callable[[State], State], state: State
) -> State:
    """Apply `body` to the state, a tree of arrays, while `condition` of it holds.

    >>> import numpy as np
    >>> while_loop(np, lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * 2), (0, 1))
    (3, 8)
    """
    if _compiles(xp):
        return import_module("jax.lax").while_loop(condition, body, state)
    while condition(state):
        state = body(state)
    return state


def choose(
    xp: Namespace,
    condition: Array | bool,
    then: Callable[..., Result],
    otherwise: Callable[..., Result],
    *arguments: Tree,
) -> Result:
    """`then` of the arguments if the condition holds, else `otherwise` of them; the other one is not computed.

    >>> import numpy as np
    >>> choose(np, True, lambda x: x + 1, lambda x: x, 1)
    2
    """
    if _compiles(xp):
        return import_module("jax.lax").cond(condition, then, otherwise, *arguments)
    return then(*arguments) if condition else otherwise(*arguments)


def fold(xp: Namespace, function: Callable[[State, Tree], State], start: State, items: Tree) -> State:
    """function(... function(start, item 0) ..., item k) over the leading axis of a tree of arrays.

    >>> import numpy as np
    >>> fold(np, lambda total, row: total + row, np.zeros(2), np.ones((3, 2)))
    array([3., 3.])
    """
    if _compiles(xp):
        return import_module("jax.lax").scan(lambda carry, item: (function(carry, item), None), start, items)[0]
    lengths: list[int] = []
    tree_map(lambda values: lengths.append(len(values)), items)
    for i in range(lengths[0]):
        start = function(start, tree_map(lambda values, i=i: values[i], items))
    return start


def fold_rows(xp: Namespace, function: Callable[[State, Tree], State], start: State, arrays: Tree, rows: int) -> State:
    """As `fold`, over chunks of at most so many rows, on each device, of arrays; for JAX the last is filled with zeros.

    >>> import numpy as np
    >>> fold_rows(np, lambda total, chunk: total + chunk.sum(), 0.0, np.ones(5), rows=2)
    np.float64(5.0)
    """
    found: list[int] = []
    tree_map(lambda values: found.append(values.shape[0]), arrays)
    count = found[0]
    devices = spread_over() if _compiles(xp) else 1
    chunks = -(-count // (rows * devices))
    if chunks == 1:
        return function(start, arrays)
    if not _compiles(xp):
        for k in range(chunks):
            start = function(start, tree_map(lambda values, k=k: values[k * rows : (k + 1) * rows], arrays))
        return start
    rows = -(-count // chunks)
    if devices > 1 and count % devices == 0:
        return fold(xp, function, start, tree_map(lambda values: _of_each(xp, values, devices, chunks), arrays))

    def cut(values: Array) -> Array:
        if extra := chunks * rows - count:
            values = xp.concat([values, xp.zeros((extra, *values.shape[1:]), dtype=values.dtype)])
        return xp.reshape(values, (chunks, rows, *values.shape[1:]))

    return fold(xp, function, start, tree_map(cut, arrays))


def _of_each(xp: Namespace, values: Array, devices: int, chunks: int) -> Array:
    """Chunks of rows, each of them of rows of every device, so that no row is sent to another."""
    own, shape = values.shape[0] // devices, values.shape[1:]
    values = xp.reshape(values, (devices, own, *shape))
    if extra := -own % chunks:
        values = xp.concat([values, xp.zeros((devices, extra, *shape), dtype=values.dtype)], axis=1)
    rows = (own + extra) // chunks
    values = xp.moveaxis(xp.reshape(values, (devices, rows, chunks, *shape)), 2, 0)
    return xp.reshape(values, (chunks, devices * rows, *shape))


def map_rows(xp: Namespace, function: Callable[[Array], Array], rows: Array) -> Array:
    """The results of a function of one row for all rows, stacked.

    >>> import numpy as np
    >>> map_rows(np, lambda row: row * 2, np.eye(2))
    array([[2., 0.],
           [0., 2.]])
    """
    if _compiles(xp):
        return import_module("jax.lax").map(function, rows)
    return xp.stack([function(row) for row in rows])


def put(array: Array, at: Array | int, row: Scalar) -> Array:
    """The array with another row, or number, at a place of its leading axis; the array given stays as it is.

    >>> import numpy as np
    >>> put(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    if _compiles(namespace(array)):
        return array.at[at].set(row)
    changed = array.copy()
    changed[at] = row
    return changed


def _compiles(xp: Namespace) -> bool:
    return xp is not namespace() and xp.__name__.partition(".")[0] == "jax"
