"""A network put together from the operations of another program: products with weights, scalings, joins, activations.

What is only a scaling, a choice or a join goes into the weights of the layers that read it; what is an activation makes
a layer. So a network of any of the formats that are read becomes the layers that a `Network` has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from ..core.activations import ACTIVATIONS, Activation, Linear
from ..core.network import MOST_PARAMETERS, Layer, LayerParameters, Network, Parameters
from ..errors import ArgumentError, shown


@dataclass(frozen=True)
class Picked:
    """Elements of a source of a width, each by a factor: row j is scale[j] * source[index[j]]; None: all, or by 1."""

    width: int
    index: np.ndarray | None = None
    scale: np.ndarray | None = None

    def by(self, factor: np.ndarray) -> Picked:
        """Each element by a further factor."""
        return replace(self, scale=factor if self.scale is None else self.scale * factor)

    def at(self, rows: np.ndarray) -> Picked:
        """Some of the elements."""
        index = rows if self.index is None else self.index[rows]
        return Picked(self.width, index, None if self.scale is None else self.scale[rows])

    @property
    def whole(self) -> bool:
        """Whether all elements are taken, in their order."""
        return self.index is None or np.array_equal(self.index, np.arange(self.width))


_MOST_VALUES = 1_000_000
_MOST_BLOCKS = 10_000
"""Of what is joined, and taken."""
_MOST_FILLED = 1 << 26
"""Numbers in matrices that no file holds, and that joins and choices make."""

Term: TypeAlias = Picked | np.ndarray
"""What a source gives to a value: elements of it, or a product with a matrix (size, size of source)."""


@dataclass(frozen=True)
class Block:
    """Rows of a value: the sum of what sources give, and an offset."""

    size: int
    terms: dict[str, Term]
    offset: np.ndarray | None = None


@dataclass(frozen=True)
class Value:
    """What an operation gives for an example, by inputs and layers: blocks, one below the other.

    It is weighed if weights took part that no layer has yet; `name` is what a layer of it would be called.
    """

    blocks: tuple[Block, ...]
    weighed: bool = False
    name: str | None = None

    @property
    def size(self) -> int:
        """The number of its elements."""
        return sum(block.size for block in self.blocks)


class Assembly:
    """A network in the making. Each operation takes values and gives one; `place` begins its messages.

    Raises ArgumentError for sizes that do not fit, numbers that are not finite, and too many parameters.

    >>> made = Assembly()
    >>> p = made.scale(made.input("p", 2), 0.5, 1.0, "scaling")
    >>> hidden = made.activate(made.weigh(p, np.array([[2.0, 4.0]]), np.array([1.0]), "hidden"), "tanh", "hidden")
    >>> network, params = made.finish(made.weigh(hidden, np.array([[3.0]]), None, "out"))
    >>> params["hidden"], [layer.name for layer in network.layers]
    (LayerParameters(weights={'p': array([[1., 2.]])}, bias=array([7.])), ['hidden', 'out'])
    """

    def __init__(self) -> None:
        self.inputs: dict[str, int] = {}
        self.layers: list[Layer] = []
        self.params: Parameters = {}
        self.coarse: list[bool] = []
        """Of each array of weights whether it is float32, or narrower."""
        self._count = self._filled = 0

    def input(self, name: str, size: int) -> Value:
        """An input of the network."""
        if not 1 <= size <= MOST_PARAMETERS:
            raise ArgumentError(f"input {name!r} has size {size:,}; it must be from 1 to {MOST_PARAMETERS:,}")
        name = self._free(name)
        self.inputs[name] = size
        return _whole(name, size)

    def weigh(self, value: Value, weights: Any, bias: Any, place: str, name: str | None = None) -> Value:
        """W v + b of weights (size, size of v) and a bias (size,) or None."""
        W = self._matrix(f"the weights of {place}", weights)
        if W.shape[1] != value.size:
            raise ArgumentError(f"the weights of {place} have shape {W.shape}; they are given {value.size} values")
        if value.weighed:
            value = self._layer(value, Linear(), value.name)
        block = self._product(W, value)
        weighed = Value((block,), weighed=True, name=name or place)
        return weighed if bias is None else self.bias(weighed, bias, f"the bias of {place}")

    def bias(self, value: Value, bias: Any, place: str, *, column: bool = False) -> Value:
        """The value with a bias (size,), or a column (size, 1), added: never one number for several units."""
        wanted = (value.size, 1) if column else (value.size,)
        shape = np.shape(numbers(place, bias))
        if shape != wanted and not (column and (shape == (value.size,) or (value.size == 1 and not shape))):
            raise ArgumentError(f"{place} has shape {shape}; it must have shape {wanted}")
        return self.shift(value, bias, place)

    def mix(self, value: Value, matrix: Any, place: str) -> Value:
        """M v of a matrix that is part of a scaling, and no layer's weights."""
        M = self._matrix(place, matrix)
        if M.shape[1] != value.size:
            raise ArgumentError(f"{place} has shape {M.shape}; it is given {value.size} values")
        return replace(value, blocks=(self._product(M, value),))

    def shift(self, value: Value, offset: Any, place: str) -> Value:
        """The value with an offset, of its size or of 1, added."""
        return self.scale(value, None, offset, place)

    def scale(self, value: Value, factor: Any, offset: Any, place: str) -> Value:
        """Each element by a factor, and an offset added; either is of the value's size or of 1, or None."""
        blocks, at = [], 0
        by, plus = (
            None if one is None else self._vector(f"the {what} of {place}", one, value.size)
            for what, one in (("factor", factor), ("offset", offset))
        )
        for block in value.blocks:
            rows = slice(at, at + block.size)
            blocks.append(_scaled(block, None if by is None else by[rows], None if plus is None else plus[rows]))
            at += block.size
        return replace(value, blocks=tuple(blocks))

    def pick(self, value: Value, index: Sequence[int] | np.ndarray, place: str) -> Value:
        """Elements of the value, by their places from 0."""
        places = np.asarray(index, dtype=np.int64).ravel()
        if not places.size or places.min() < 0 or places.max() >= value.size:
            raise ArgumentError(f"{place} takes elements that are not among the {value.size} that it is given")
        block = self._merged(value)
        _check_values(len(places), place)
        for term in block.terms.values():
            if not isinstance(term, Picked) and len(places) > len(term):
                self._fill(len(places) * term.shape[1], place)
        terms: dict[str, Term] = {
            source: term.at(places) if isinstance(term, Picked) else term[places]
            for source, term in block.terms.items()
        }
        return replace(
            value, blocks=(Block(len(places), terms, None if block.offset is None else block.offset[places]),)
        )

    def add(self, one: Value, other: Value, place: str) -> Value:
        """The sum of two values of the same size."""
        if one.size != other.size:
            raise ArgumentError(f"{place} adds {one.size} values to {other.size}: only equal numbers are a layer's sum")
        left, right = self._merged(one), self._merged(other)
        terms = dict(left.terms)
        for source, term in right.terms.items():
            terms[source] = self._dense(terms[source]) + self._dense(term) if source in terms else term
        offset = right.offset if left.offset is None else left.offset
        if left.offset is not None and right.offset is not None:
            offset = left.offset + right.offset
        return Value((Block(one.size, terms, offset),), one.weighed or other.weighed, one.name or other.name)

    def join(self, values: Sequence[Value]) -> Value:
        """Values one below the other; those that are weighed become layers."""
        _check_values(sum(one.size for one in values), "a join")
        kept = [self._layer(one, Linear(), one.name) if one.weighed else one for one in values]
        if sum(len(one.blocks) for one in kept) > _MOST_BLOCKS:
            raise ArgumentError(f"a join of more than {_MOST_BLOCKS:,} parts")
        return Value(tuple(block for one in kept for block in one.blocks))

    def activate(self, value: Value, activation: str | Activation, name: str | None = None) -> Value:
        """The outputs of a new layer, whose net inputs are the value."""
        return self._layer(value, ACTIVATIONS.get(activation), name or value.name)

    def finish(self, value: Value) -> tuple[Network, Parameters]:
        """The network whose outputs are the value, and its parameters; one that only scales a linear layer is that."""
        last = self.layers[-1].name if self.layers else None
        block = value.blocks[0]
        term = block.terms.get(last or "")
        if len(value.blocks) > 1 or set(block.terms) != {last} or not isinstance(term, Picked) or not term.whole:
            value = self._layer(value, Linear(), value.name)
        elif block.offset is not None or term.scale is not None:
            if isinstance(self.layers[-1].activation, Linear):
                self._rescale(block, term)
            else:
                self._layer(value, Linear(), value.name)
        if self.coarse and all(self.coarse):
            self.params = {name: _in_float32(one) for name, one in self.params.items()}
        network = Network(self.inputs, tuple(self.layers))
        network.check_parameters(self.params)
        for name, one in self.params.items():
            if not all(np.isfinite(array).all() for array in (*one.weights.values(), one.bias) if array is not None):
                raise ArgumentError(f"layer {name!r} has weights that are not finite once its scaling is in them")
        return network, self.params

    def _rescale(self, block: Block, term: Picked) -> None:
        """Put a scaling of the last layer, which is linear, into its parameters."""
        layer = self.layers[-1]
        weights, bias = self.params[layer.name]
        factor = np.ones(layer.size) if term.scale is None else term.scale
        scaled = {source: factor[:, None] * array for source, array in weights.items()}
        offset = None if bias is None else factor * bias
        if block.offset is not None:
            offset = block.offset if offset is None else offset + block.offset
        self.params[layer.name] = LayerParameters(scaled, offset)
        self.layers[-1] = replace(layer, bias=offset is not None)

    def _layer(self, value: Value, activation: Activation, name: str | None) -> Value:
        block = self._merged(value)
        if not block.terms:
            raise ArgumentError(f"layer {shown(name)} is fed by no input and no layer: it is constant")
        name = self._free(name or f"layer{len(self.layers) + 1}")
        weights = {source: self._dense(term) for source, term in block.terms.items()}
        self.layers.append(Layer(name, block.size, activation, tuple(weights), bias=block.offset is not None))
        self.params[name] = LayerParameters(weights, block.offset)
        return _whole(name, block.size)

    def _merged(self, value: Value) -> Block:
        """All rows of a value as one block."""
        if len(value.blocks) == 1:
            return value.blocks[0]
        terms: dict[str, Term] = {}
        offset, at = np.zeros(value.size), 0
        for block in value.blocks:
            rows = slice(at, at + block.size)
            for source, term in block.terms.items():
                if source not in terms:
                    width = term.width if isinstance(term, Picked) else term.shape[1]
                    terms[source] = self._zeros(value.size, width)
                terms[source][rows] = self._dense(term)  # pyright: ignore[reportIndexIssue]
            if block.offset is not None:
                offset[rows] = block.offset
            at += block.size
        there = any(block.offset is not None for block in value.blocks)
        return Block(value.size, terms, offset if there else None)

    def _dense(self, term: Term) -> np.ndarray:
        if not isinstance(term, Picked):
            return term
        rows = np.arange(term.width) if term.index is None else term.index
        matrix = self._zeros(len(rows), term.width)
        matrix[np.arange(len(rows)), rows] = 1.0 if term.scale is None else term.scale
        return matrix

    def _product(self, W: np.ndarray, value: Value) -> Block:
        """W v, block by block of v."""
        terms: dict[str, Term] = {}
        offset, at = None, 0
        for block in value.blocks:
            part = W[:, at : at + block.size]
            at += block.size
            for source, term in block.terms.items():
                found = self._picked_product(part, term) if isinstance(term, Picked) else part @ term
                terms[source] = terms[source] + found if source in terms else found
            if block.offset is not None:
                offset = part @ block.offset if offset is None else offset + part @ block.offset
        return Block(len(W), terms, offset)

    def _picked_product(self, W: np.ndarray, term: Picked) -> np.ndarray:
        scaled = W if term.scale is None else W * term.scale
        if term.index is None:
            return scaled
        matrix = self._zeros(len(W), term.width)
        np.add.at(matrix.T, term.index, scaled.T)
        return matrix

    def _zeros(self, size: int, width: int) -> np.ndarray:
        self._fill(size * width, "a product")
        return np.zeros((size, width))

    def _fill(self, count: int, place: str) -> None:
        self._filled += count
        if self._filled > _MOST_FILLED:
            raise ArgumentError(f"{place}: joins and choices would make more than {_MOST_FILLED:,} numbers of it")
        self._take(count, place)

    def _take(self, count: int, place: str) -> None:
        self._count += count
        if self._count > MOST_PARAMETERS:
            raise ArgumentError(f"{place}: the network would have more than {MOST_PARAMETERS:,} weights")

    def _matrix(self, place: str, weights: Any) -> np.ndarray:
        array = numbers(place, weights)
        if array.ndim != 2 or not array.size:
            raise ArgumentError(f"{place} have shape {array.shape}; they must be a matrix (size, size of the source)")
        self.coarse.append(_is_coarse(weights))
        self._take(array.size, place)
        return array

    def _vector(self, place: str, values: Any, size: int) -> np.ndarray:
        array = numbers(place, values)
        if array.size not in (1, size) or sum(length > 1 for length in array.shape) > 1:
            raise ArgumentError(f"{place} has shape {array.shape}; it must have {size} numbers")
        self.coarse.append(_is_coarse(values))
        return np.broadcast_to(array.ravel(), (size,)).copy()

    def _free(self, name: str) -> str:
        """A name that no input and no layer has, of what a network takes."""
        begun = re.sub(r"[/\[\],\s]+", "_", name).strip("_") or "layer"
        found, number = begun, 2
        while found in self.inputs or found in self.params:
            found, number = f"{begun}_{number}", number + 1
        return found


def _check_values(count: int, place: str) -> None:
    if count > _MOST_VALUES:
        raise ArgumentError(f"{place} of {count:,} values, more than {_MOST_VALUES:,}")


def numbers(place: str, values: Any) -> np.ndarray:
    """Real, finite numbers as float64; raises ArgumentError, beginning with the place, for anything else."""
    if hasattr(values, "toarray") or type(values).__name__.startswith(("csr_", "csc_", "coo_")):
        raise ArgumentError(f"{place}: a sparse matrix; save it as a full one")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, RuntimeError):
        raise ArgumentError(f"{place}: {shown(values)} is no matrix of numbers") from None
    if array.dtype.kind == "c":
        raise ArgumentError(f"{place}: complex numbers; a network's are real")
    if array.dtype.kind not in "fiu":
        raise ArgumentError(f"{place}: values of type {array.dtype}; they must be numbers")
    try:
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    except (ValueError, MemoryError):  # lengths of which one is 0, and the others huge
        raise ArgumentError(f"{place} has shape {array.shape}, which is too large") from None
    if not np.isfinite(array).all():
        raise ArgumentError(f"{place}: a number that is not finite")
    return array


def _is_coarse(values: Any) -> bool:
    kind = np.asarray(values).dtype if hasattr(values, "dtype") else None
    return kind is not None and kind.kind == "f" and kind.itemsize <= 4


def _in_float32(one: LayerParameters) -> LayerParameters:
    with np.errstate(over="ignore"):
        weights = {source: array.astype(np.float32) for source, array in one.weights.items()}
        return LayerParameters(weights, None if one.bias is None else one.bias.astype(np.float32))


def _whole(name: str, size: int) -> Value:
    """All of an input or a layer."""
    return Value((Block(size, {name: Picked(size)}),))


def _scaled(block: Block, factor: np.ndarray | None, offset: np.ndarray | None) -> Block:
    terms, plus = block.terms, block.offset
    if factor is not None:
        terms = {
            source: term.by(factor) if isinstance(term, Picked) else factor[:, None] * term
            for source, term in terms.items()
        }
        plus = None if plus is None else plus * factor
    if offset is not None:
        plus = offset if plus is None else plus + offset
    return Block(block.size, dict(terms), plus)
