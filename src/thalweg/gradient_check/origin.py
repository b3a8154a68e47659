"""Where a mistake comes in, told from the arrays that are right: before which product, or on which way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from .entries import Block
from .findings import Finding, listed
from .verdict import CheckedPart

_UNEXPLAINED = ("none", "by_row", "by_column")


class _Layer(NamedTuple):
    """The weights of a layer and its bias, if it has one."""

    weights: tuple[Block, ...]
    bias: Block | None

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.weights if self.bias is None else (*self.weights, self.bias)


def where_it_comes_in(
    blocks: Sequence[Block], parts: Sequence[CheckedPart], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """What the arrays that are right say of those that are wrong without a pattern, a sentence for each layer.

    With s^m the sensitivities (error terms) of layer m, ∂F/∂W^m = (s^m)ᵀ a^{m-1} and ∂F/∂b^m = Σ s^m, and s^m comes
    from s^{m+1}. So a bias that is right speaks for s^m, as do the layers before; what is wrong then is what s^m was
    multiplied with. Empty where arrays cannot be told to belong to layers.

    >>> W, b = Block("W1", (4, 3), 0), Block("b1", (4,), 12, True)
    >>> parts = CheckedPart("W1", 12, 12, 12, 0, 0, 1.0), CheckedPart("b1", 4, 4, 0, 0, 0, 0.0)
    >>> where_it_comes_in([W, b], parts, [Finding("none", ("W1",), "no simple pattern")])[0]
    "what is wrong in W1 is not the layer's error terms, since b1, their sum, is right, but what they are multiplied \
with, the layer's input, or how"
    """
    wrong = {part.name for part in parts if part.wrong}
    right = {part.name for part in parts if part.checked > part.kinks + part.unclear and not part.wrong}
    told = {name for found in findings if found.kind in _UNEXPLAINED for name in found.where} & wrong
    layers = _layers(blocks)
    notes: list[str] = []
    for number, layer in enumerate(layers):
        weights = [W.name for W in layer.weights]
        hurt = [name for name in weights if name in told]
        bias = None if layer.bias is None else layer.bias.name
        names = [block.name for block in layer.blocks if block.name in wrong]
        if bias in right and hurt:
            notes.append(
                f"what is wrong in {listed(hurt)} is not the layer's error terms, since {bias}, their sum, is right, "
                "but what they are multiplied with, the layer's input, or how"
            )
        elif bias in told and right.issuperset(weights):
            notes.append(f"the error terms are right, since {listed(weights)} {_is(weights)}: {bias} is not their sum")
        elif hurt and (bias is None or bias in told):
            before = [block.name for other in layers[:number] for block in other.blocks]
            after = [block.name for other in layers[number + 1 :] for block in other.blocks]
            if before and right.issuperset(before):
                notes.append(
                    f"the error terms of the layer are right, since {listed(before)} {_is(before)}, which come from "
                    f"them: {listed(names)} {_is(names)} formed from these in a wrong way"
                )
            elif right.issuperset(after):
                notes.append(_on_the_way(names, bool(after), bias is not None))
    return tuple(notes)


def follow_on(blocks: Sequence[Block], parts: Sequence[CheckedPart], findings: Sequence[Finding]) -> tuple[str, ...]:
    """What is to be said of arrays that are wrong by a mistake that is named elsewhere, and by that alone.

    >>> parts = [CheckedPart(name, 2, 2, 2, 0, 0, 1.0) for name in ("W1", "W2")]
    >>> follow_on([Block("W1", (2,), 0), Block("W2", (2,), 2)], parts, [Finding("no_slope", ("W2",), "without f'")])
    ('W1 is wrong as what follows from it, and holds no mistake of its own',)
    """
    told = {name for found in findings for name in found.where}
    wrong = [part.name for part in parts if part.wrong and part.name not in told]
    if not wrong or not told <= {block.name for block in blocks}:
        return ()
    one = len(wrong) == 1
    return (
        f"{listed(wrong)} {_is(wrong)} wrong as what follows from it, and {'holds' if one else 'hold'} no mistake of "
        f"{'its' if one else 'their'} own",
    )


def _on_the_way(names: Sequence[str], later: bool, has_bias: bool) -> str:
    """The error term of a layer is wrong, and all that is after it right."""
    product = "" if has_bias else ", or by the layer's input that it is multiplied with"
    if later:
        return (
            f"all that comes after {names[-1]} is right: the mistake comes in on the way back to it, by the derivative "
            f"of its activation or by the weights that the error is carried back with{product}"
        )
    return (
        f"the mistake comes in at the output, {listed(names)}, by its error term: the derivative of the loss or of the "
        f"output's activation, or examples left out{product}"
    )


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _layers(blocks: Sequence[Block]) -> list[_Layer]:
    """The arrays by layers, from the input to the output: by their names, or by their order; empty if neither fits."""
    for key in (_numbers, _before_the_last, _before_the_first):
        found = _grouped(blocks, key)
        if found is not None and _chained(found):
            return found
    return []


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", name)))


def _before_the_last(name: str) -> str:
    return re.sub(r"(\.[^.\[]*|\[\d+\])$", "", name)


def _before_the_first(name: str) -> str:
    return name.partition(".")[0]


def _grouped(blocks: Sequence[Block], key: Callable[[str], object]) -> list[_Layer] | None:
    """The arrays whose names have the same key, as layers; None unless each is one."""
    groups: dict[object, list[Block]] = {}
    for block in blocks:
        groups.setdefault(key(block.name), []).append(block)
    order = sorted(groups) if all(isinstance(one, tuple) for one in groups) else list(groups)  # pyright: ignore
    layers = []
    for one in order:
        weights = tuple(block for block in groups[one] if not block.is_bias)
        biases = [block for block in groups[one] if block.is_bias]
        if not weights or len(biases) > 1:
            return None
        if biases and not all(biases[0].size in (1, *W.shape) for W in weights):
            return None
        layers.append(_Layer(weights, biases[0] if biases else None))
    return layers


def _chained(layers: Sequence[_Layer]) -> bool:
    """Whether the units of each layer are the source of the next one's weights."""
    for layer, after in pairwise(layers):
        units = {layer.bias.size} if layer.bias else set(layer.weights[0].shape)
        if not any(units & set(W.shape) for W in after.weights):
            return False
    return True
