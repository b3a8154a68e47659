"""What a gradient function gave back, laid beside the x that it was given: absent arrays, other shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from ..core.arrays import Tree
from ..errors import ArgumentError, reason_of
from .entries import Block, Entries
from .findings import Finding, listed
from .naming import names_of, told_names, without_value

_OTHER = "other"


class Returned(NamedTuple):
    """The arrays that a gradient function gave, each in its own shape, by the names of x's blocks."""

    arrays: dict[str, np.ndarray]
    precision: float
    """The coarsest of their types' relative rounding errors."""
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    """What was taken for something else than its name or place says."""


def read_returned(entries: Entries, given: Tree, F: float = np.nan) -> Returned:
    """What a gradient function gave for x, where the function is F; raises ArgumentError for no tree of numbers.

    Of a pair of a value and a gradient, the gradient is taken; a key such as dW1 is taken for the gradient of W1.

    >>> from thalweg.gradient_check.entries import read_entries
    >>> read_returned(read_entries({"V": np.ones(2), "W": np.ones(2)}), {"V": np.ones(2)}).findings[0].text
    'absent from the gradient'
    """
    arrays: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    given, note = without_value(entries.tree, given, F)
    notes = [note] if note else []
    flat = _flat(entries, given)
    if flat is not None:
        if not isinstance(entries.tree, Block):
            findings.append(
                Finding("shape", (), f"the gradient is one vector of {flat.size} entries, where x is a tree")
            )
        for block in entries.blocks:
            arrays[block.name] = flat[block.part].reshape(block.shape)
    elif isinstance(entries.tree, Block) and len(entries.blocks) > 1:
        findings += _short(entries, _array("the gradient", given), arrays)
    elif _in_order(entries, given):
        arrays |= {block.name: _array(block.name, part) for block, part in zip(entries.blocks, given, strict=True)}
        names = listed([block.name for block in entries.blocks])
        notes.append(
            f"the gradient is a {type(given).__name__} of arrays: they were taken for those of {names}, in turn"
        )
    else:
        _read(entries.tree, given, "", arrays, findings, notes)
    kinds = [array.dtype for array in arrays.values()]
    precision = max([float(np.finfo(kind).eps) for kind in kinds if kind.kind == "f"], default=2.0**-52)
    in_double = {name: array.astype(np.float64) for name, array in arrays.items()}
    return Returned(in_double, precision, tuple(findings), tuple(dict.fromkeys(notes)))


def fit_shape(
    block: Block, array: np.ndarray, agrees: Callable[[np.ndarray], bool]
) -> tuple[np.ndarray | None, Finding | None]:
    """An array in the shape of its block, and what is wrong with its shape; None for one that cannot be laid over it.

    `agrees` tells whether values in the block's shape are the right ones.
    """
    if array.shape == block.shape:
        return array, None
    if array.shape == block.shape[::-1] and not agrees(array.reshape(block.shape)):
        text = f"transposed: its shape is {array.shape}, and x's is {block.shape}"
        return array.T, Finding("transposed", (block.name,), text)
    if array.size == block.size:
        text = f"its shape is {array.shape}, and x's is {block.shape}: reshape it"
        return array.reshape(block.shape), Finding("shape", (block.name,), text)
    if array.shape[1:] == block.shape and len(array):
        for kind, over in (("sum", array.sum(axis=0)), ("mean", array.mean(axis=0))):
            if agrees(over):
                text = (
                    f"its shape is {array.shape}, one gradient for each of {len(array)} examples: take their {kind}, "
                    f"{kind}(axis=0)"
                )
                return over, Finding("each_example", (block.name,), text)
    if array.size == 1:
        text = f"one number, where x has the shape {block.shape}: summed over too much, or never spread out"
    else:
        text = f"its shape is {array.shape}, and x's is {block.shape}"
    return None, Finding("shape", (block.name,), text)


def left_out(given: np.ndarray, right: np.ndarray, near: np.ndarray) -> np.ndarray | None:
    """Which of the right entries a shorter vector lacks, all others being there in their order; None if it is not so.

    >>> left_out(np.array([1.0, 3.0]), np.array([1.0, 2.0, 3.0]), np.full(3, 1e-9))
    array([False,  True, False])
    """
    lacking = np.ones(len(right), bool)
    next_given = 0
    for place in range(len(right)):
        if next_given < len(given) and abs(given[next_given] - right[place]) <= near[place]:
            lacking[place] = False
            next_given += 1
    return lacking if next_given == len(given) and 0 < len(given) < len(right) else None


def _flat(entries: Entries, given: Tree) -> np.ndarray | None:
    """The gradient as one vector, if it is one that has as many entries as x."""
    if isinstance(entries.tree, Block) and len(entries.blocks) == 1:
        return None
    if isinstance(given, Mapping | list | tuple) or given is None:
        return None
    array = _array("the gradient", given)
    return array.reshape(-1) if array.shape in ((len(entries.vector),), (len(entries.vector), 1)) else None


def _in_order(entries: Entries, given: Tree) -> bool:
    """Whether the gradient of a dict is a list of arrays, one for each of x's, in their shapes."""
    if not isinstance(entries.tree, Mapping) or not isinstance(given, list | tuple):
        return False
    return len(given) == len(entries.blocks) and all(
        np.shape(part) == block.shape for block, part in zip(entries.blocks, given, strict=True)
    )


def _short(entries: Entries, array: np.ndarray, arrays: dict[str, np.ndarray]) -> list[Finding]:
    """A vector of another length than x, whose parts have names: perhaps the biases are absent."""
    weights = [block for block in entries.blocks if not block.is_bias]
    if array.size != sum(block.size for block in weights):
        return [Finding("shape", (), f"the gradient has {array.size} entries; x has {len(entries.vector)}")]
    start = 0
    for block in weights:
        arrays[block.name] = array.reshape(-1)[start : start + block.size].reshape(block.shape)
        start += block.size
    biases = tuple(block.name for block in entries.blocks if block.is_bias)
    return [Finding("bias_missing", biases, f"absent: the gradient has {array.size} entries, those of the weights")]


def _read(
    tree: Tree, given: Tree, path: str, arrays: dict[str, np.ndarray], findings: list[Finding], notes: list[str]
) -> None:
    """Walk both trees together."""
    if isinstance(tree, Block):
        array = None if given is None else _array(tree.name, given)
        if array is None or (tree.size and array.size == 0):
            findings.append(_absent(tree))
        else:
            arrays[tree.name] = array
        return
    if tree is None:
        return
    if isinstance(tree, Mapping):
        if not isinstance(given, Mapping):
            raise ArgumentError(
                f"{path or 'the gradient'} is {_told(given)}; x has a dict of {', '.join(map(str, tree))}: "
                "give a dict of the same names"
            )
        renamed = names_of(tree, given)
        if not renamed and not any(key in given for key in tree):
            raise ArgumentError(
                f"no entry can be compared: {path or 'the gradient'} is {_told(given)}; x has {_told(tree)[10:]}: give "
                "each gradient the name of its array"
            )
        extra = [key for key in given if key not in tree and key not in renamed.values()]
        if renamed:
            notes.append(told_names(renamed, [str(key) for key in extra]))
        else:
            findings += [Finding("extra", (f"{path}.{key}" if path else str(key),), "not in x") for key in extra]
        parts = [
            (f"{path}.{key}" if path else str(key), part, given.get(renamed.get(key, key)))
            for key, part in tree.items()
        ]
    else:
        if not isinstance(given, list | tuple) or (len(given) != len(tree)):
            raise ArgumentError(f"{path or 'the gradient'} is {_told(given)}; x has {len(tree)} parts there")
        parts = [(f"{path}[{place}]", part, given[place]) for place, part in enumerate(tree)]
    for name, part, value in parts:
        if value is None and not isinstance(part, Block):
            findings += [_absent(block) for block in _blocks(part)]
        else:
            _read(part, value, name, arrays, findings, notes)


def _absent(block: Block) -> Finding:
    if block.is_bias:
        return Finding("bias_missing", (block.name,), "absent: the gradient of the bias is missing")
    return Finding("missing", (block.name,), "absent from the gradient")


def _blocks(tree: Tree) -> list[Block]:
    if isinstance(tree, Block):
        return [tree]
    parts = tree.values() if isinstance(tree, Mapping) else tree or ()
    return [block for part in parts for block in _blocks(part)]


def _array(name: str, given: Tree) -> np.ndarray:
    if np.ma.is_masked(given):
        raise ArgumentError(f"gradient(x): {name} has masked values; it must hold real numbers")
    try:
        array = np.asarray(given)
    except Exception as error:
        told = reason_of(error)
        raise ArgumentError(f"gradient(x): {name} is {type(given).__name__}, which is no array: {told}") from error
    if array.dtype.kind not in "iuf":
        raise ArgumentError(f"gradient(x): {name} holds values of type {array.dtype}; it must hold real numbers")
    return array


def _told(given: Tree) -> str:
    if isinstance(given, Mapping):
        return f"a dict of {', '.join(map(str, given)) or 'nothing'}"
    if isinstance(given, list | tuple):
        return f"a {type(given).__name__} of {len(given)}"
    return f"an array of shape {np.shape(given)}" if hasattr(given, "shape") else type(given).__name__
