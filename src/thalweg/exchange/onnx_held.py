"""What a graph of ours holds of its model, by which it is read back whole: where each parameter lies among its tensors.

It counts for the graph that was written alone: one whose nodes or other constants were changed since is read by its
nodes, as anyone's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from .found import Found
from .held_model import found_again
from .onnx_nodes import Nodes
from .subject import Subject

_KEY = "thalweg.model"


def parameters_of(subject: Subject, nodes: Nodes) -> dict[str, str]:
    """The tensors of the graph that hold the parameters, by the names that a model file gives these."""
    found: dict[str, str] = {}
    several = subject.described is not None and "members" in subject.described
    for number, member in enumerate(subject.members, start=1):
        place = f"members/{number}/" if several else ""
        for unit in member.units:
            begun = f"{place}parameters/{unit.layer.name}/"
            found |= {f"{begun}weights/{source}": nodes.constant(one) for source, one in unit.weights.items()}
            if unit.bias is not None:
                found[f"{begun}bias"] = nodes.constant(unit.bias)
    return found


def held(subject: Subject, nodes: Nodes, graph: Any) -> dict[str, str]:
    """What the file says of its model, by the key under which it does."""
    if subject.described is None:
        return {}
    tensors = parameters_of(subject, nodes)
    told = {"model": subject.described, "tensors": tensors, "nodes": _digest(graph, tensors.values())}
    return {_KEY: json.dumps(told)}


def model_held(graph: Any, constants: Mapping[str, np.ndarray], told: Mapping[str, str]) -> Found | None:
    """The model that a graph of ours says it is of; None for any other graph, and one that was changed since."""
    try:
        held_there = json.loads(told[_KEY])
        tensors = dict(held_there["tensors"])
        if held_there["nodes"] != _digest(graph, tensors.values()):
            return None
        arrays = {name: np.asarray(constants[tensor]) for name, tensor in tensors.items()}
        model = held_there["model"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found_again(model, arrays, "an ONNX graph")


def _digest(graph: Any, parameters: Collection[str]) -> str:
    """Of all that the graph computes but for the values of its parameters."""
    known, found = set(parameters), sha256()
    for node in graph.node:
        found.update(node.SerializeToString(deterministic=True))
    for one in graph.initializer:
        if one.name not in known:
            found.update(one.SerializeToString(deterministic=True))
    return found.hexdigest()
