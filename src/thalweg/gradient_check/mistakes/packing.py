"""How a student's x holds the parameters of a network: which of its numbers is which weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.network import Layer, Network
from ...errors import ArgumentError
from ..entries import Block, Entries
from .problem import BIAS, arrays_of

Numbers = np.ndarray
Piece = dict[tuple[str, str], Numbers]
"""Where the entries of arrays of the network stand in one array of x."""


@dataclass(frozen=True, eq=False)
class Packing:
    """The order of the network's parameters in x: `Network.ravel`'s vector is x[order]."""

    order: np.ndarray
    said: str
    """Such as "W1, b1, W2, b2, each matrix row by row"."""

    def names(self, net: Network, blocks: Sequence[Block]) -> dict[tuple[str, str], str]:
        """What x calls each array of the network; the network's own name where x is one vector."""
        found: dict[tuple[str, str], str] = {}
        start = 0
        for layer, source in arrays_of(net):
            size = _size(net, layer, source)
            places = self.order[start : start + size]
            start += size
            block = next((one for one in blocks if one.start <= places[0] < one.start + one.size), None)
            several = len({layer_source for layer_source in arrays_of(net) if layer_source[0] == layer}) > 1
            if block is None or len(blocks) == 1 or places.max() >= block.start + block.size:
                which = f" from {source}" if several and len(_layer(net, layer).sources or ()) > 1 else ""
                found[layer, source] = f"{layer} bias" if source == BIAS else f"{layer} weights{which}"
            elif block.size > size:
                found[layer, source] = f"{block.name} ({'bias' if source == BIAS else 'weights'})"
            else:
                found[layer, source] = block.name
        return found


def packings(net: Network, entries: Entries) -> list[Packing]:
    """The ways in which x may hold the parameters, the likeliest first; raises ArgumentError if there is none.

    >>> import thalweg as tw
    >>> from thalweg.gradient_check.entries import read_entries
    >>> net = tw.mlp(2, 3, 1)
    >>> x = {"W1": np.ones((3, 2)), "b1": np.ones(3), "W2": np.ones((1, 3)), "b2": np.ones(1)}
    >>> [one.said for one in packings(net, read_entries(x))][:1]
    ['weights and bias of each layer, matrices (to, from)']
    """
    size = len(entries.vector)
    found: dict[bytes, Packing] = {}
    if size == net.parameter_count:
        one_vector = len(entries.blocks) == 1
        ways = () if one_vector else _of_arrays(net, entries.blocks)
        for said, pieces in (*ways, *(_of_vector(net) if isinstance(entries.tree, Block) else ())):
            order = np.concatenate([pieces[place].reshape(-1) for place in arrays_of(net)])
            if np.array_equal(np.sort(order), np.arange(size)):
                found.setdefault(order.tobytes(), Packing(order, said))
    if not found:
        needs = ", ".join(
            f"{layer} {'bias' if source == BIAS else 'weights'} "
            f"{(net.sizes[layer],) if source == BIAS else (net.sizes[layer], net.sizes[source])}"
            for layer, source in arrays_of(net)
        )
        has = ", ".join(f"{block.name} {block.shape}" for block in entries.blocks)
        raise ArgumentError(
            f"x does not hold the network's parameters: it has {has}, {size} entries; the network has {needs}, "
            f"{net.parameter_count}: give the network that x is of, or a dict of W1, b1, W2, b2"
        )
    ways = list(found.values())
    named = [way for way in ways if _biases_named(net, way, entries.blocks)]
    return named or ways


def _biases_named(net: Network, way: Packing, blocks: Sequence[Block]) -> bool:
    """Whether the arrays that are biases by their names or shapes are those that are read as such."""
    if len(blocks) == 1:
        return False
    places = np.split(way.order, np.cumsum([_size(net, *place) for place in arrays_of(net)])[:-1])
    of = {
        next(one for one in blocks if one.start <= part[0] < one.start + one.size).name: source == BIAS
        for (_, source), part in zip(arrays_of(net), places, strict=True)
    }
    return len(of) == len(blocks) and all(block.is_bias == of[block.name] for block in blocks)


def _size(net: Network, layer: str, source: str) -> int:
    return net.sizes[layer] * (1 if source == BIAS else net.sizes[source])


class _Matrix:
    """A layer's array as it may stand in x: shape, and where the network's arrays are in it."""

    def __init__(self, shape: tuple[int, ...], piece: Callable[[Numbers], Piece]) -> None:
        self.shape, self.piece = shape, piece

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


def _weights(net: Network, layer: Layer, sources: Sequence[str], turned: bool, bias: str = "") -> _Matrix:
    """A matrix of weights from sources side by side, and the bias as its first or last column."""
    widths = [net.sizes[source] for source in sources]
    columns = sum(widths) + bool(bias)

    def piece(numbers: Numbers) -> Piece:
        M = numbers.reshape((columns, layer.size)).T if turned else numbers.reshape((layer.size, columns))
        found: Piece = {}
        if bias:
            found[layer.name, BIAS] = M[:, 0] if bias == "first" else M[:, -1]
            M = M[:, 1:] if bias == "first" else M[:, :-1]
        for source, part in zip(sources, np.split(M, np.cumsum(widths)[:-1], axis=1), strict=True):
            found[layer.name, source] = part
        return found

    return _Matrix((columns, layer.size) if turned else (layer.size, columns), piece)


def _bias(layer: Layer) -> _Matrix:
    return _Matrix((layer.size,), lambda numbers: {(layer.name, BIAS): numbers})


_TURNS = ((False, "matrices (to, from)"), (True, "matrices (from, to)"))


def _patterns(net: Network, layers: Sequence[Layer]) -> Iterator[tuple[str, list[_Matrix]]]:
    """The orders of arrays that people use, in words."""
    several = any(len(layer.sources or ()) > 1 for layer in layers)
    for turned, told in _TURNS:
        for together in (False, True) if several else (False,):

            def weights(layer: Layer, turned: bool = turned, together: bool = together) -> list[_Matrix]:
                sources = layer.sources or ()
                parts = [tuple(sources)] if together else [(source,) for source in sources]
                return [_weights(net, layer, part, turned) for part in parts]

            def bias(layer: Layer) -> list[_Matrix]:
                return [_bias(layer)] if layer.bias else []

            each = [(weights(layer), bias(layer)) for layer in layers]
            every_W = [one for W, _ in each for one in W]
            every_b = [one for _, b in each for one in b]
            yield f"weights and bias of each layer, {told}", [one for W, b in each for one in (*W, *b)]
            yield f"all weights, then all biases, {told}", [*every_W, *every_b]
            yield f"bias and weights of each layer, {told}", [one for W, b in each for one in (*b, *W)]
            yield f"all biases, then all weights, {told}", [*every_b, *every_W]
        for which in ("first", "last"):
            if any(layer.bias for layer in layers):
                yield (
                    f"one matrix a layer, the bias its {which} {'row' if turned else 'column'}, {told}",
                    [
                        _weights(net, layer, layer.sources or (), turned, which if layer.bias else "")
                        for layer in layers
                    ],
                )


def _of_vector(net: Network) -> Iterator[tuple[str, Piece]]:
    """Of one vector, its parts beside each other; a matrix by columns is the turned one by rows."""
    for layers, more in ((net.layers, ""), (net.layers[::-1], ", the output layer first")):
        for said, matrices in _patterns(net, layers):
            found: Piece = {}
            start = 0
            for matrix in matrices:
                found.update(matrix.piece(np.arange(start, start + matrix.size)))
                start += matrix.size
            told = said.replace("matrices (to, from)", "matrices (to, from) by rows")
            told = told.replace("matrices (from, to)", "matrices (to, from) by columns, or (from, to) by rows")
            yield f"one vector of {told}{more}", found


def _of_arrays(net: Network, blocks: Sequence[Block]) -> Iterator[tuple[str, Piece]]:
    """Of several arrays, in their order, in that of their names' numbers, or from the output layer back."""
    orders = [list(blocks), sorted(blocks, key=_number), list(blocks)[::-1]]
    for order in orders:
        for said, matrices in _patterns(net, net.layers):
            if len(matrices) != len(order):
                continue
            pieces: Piece = {}
            for block, matrix in zip(order, matrices, strict=True):
                if not _fits(block.shape, matrix.shape):
                    break
                pieces.update(matrix.piece(np.arange(block.start, block.start + block.size)))
            else:
                yield said, pieces


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether an array's shape is one that is wanted; a bias may be a row or a column."""
    if len(wanted) == 1:
        return shape in (wanted, (*wanted, 1), (1, *wanted)) or (wanted == (1,) and shape == ())
    return shape == wanted or (len(shape) == 1 and 1 in wanted and shape == (max(wanted),))


def _number(block: Block) -> tuple[tuple[int, ...], bool]:
    """The numbers in a name, and weights before biases."""
    return tuple(map(int, re.findall(r"\d+", block.name))), block.is_bias


def _layer(net: Network, name: str) -> Layer:
    return next(layer for layer in net.layers if layer.name == name)
