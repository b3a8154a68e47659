"""What classifiers' graphs say besides probabilities: labels chosen by the largest, dicts of them, 1 - p beside p."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

_FAR = 20
"""Nodes between a label and the largest that chose it."""


def is_label(name: str, makers: Mapping[str, Any]) -> bool:
    """Whether an output is a label chosen by the largest probability, which a model says itself."""
    node = makers.get(name)
    seen = 0
    while node is not None and seen < _FAR:
        if node.op_type in ("ArgMax", "ArrayFeatureExtractor"):
            return True
        if node.op_type not in ("Cast", "Reshape", "Identity", "Squeeze", "Gather"):
            return False
        node, seen = makers.get(node.input[node.op_type == "Gather"]), seen + 1
    return False


def classes_of(
    labels: Sequence[str], nodes: Iterable[Any], makers: Mapping[str, Any], things: Mapping[str, Any]
) -> tuple[Any, ...]:
    """The labels among which an ArrayFeatureExtractor, or a Gather by the largest, chooses."""
    for node in nodes if labels else ():
        chooses = node.op_type in ("ArrayFeatureExtractor", "Gather") and is_label(node.output[0], makers)
        known = things.get(node.input[0]) if chooses else None
        if isinstance(known, np.ndarray) and known.ndim:
            return tuple(one.decode() if isinstance(one, bytes) else one for one in known.ravel().tolist())
    return ()


def probabilities_before(name: str, makers: Mapping[str, Any], things: Mapping[str, Any]) -> str:
    """The edge before a ZipMap, which makes dicts of probabilities, and p where they are 1 - p and p."""
    both = makers.get(name)
    if both is not None and both.op_type == "ZipMap" and both.input:
        name = both.input[0]
        both = makers.get(name)
    if both is not None and both.op_type == "Cast" and both.input:
        both = makers.get(both.input[0])
    if both is None or both.op_type != "Concat" or len(both.input) != 2:
        return name
    other, p = makers.get(both.input[0]), both.input[1]
    if other is None or other.op_type != "Sub" or list(other.input[1:]) != [p]:
        return name
    one = things.get(other.input[0])
    return p if isinstance(one, np.ndarray) and np.all(one == 1) else name
