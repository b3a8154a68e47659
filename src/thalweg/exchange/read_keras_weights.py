"""Weights of Keras that Thalweg wrote, `.weights.h5`: the model that the file says it is of."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..errors import ArgumentError
from .found import Found
from .held_model import found_again, networks_in, split
from .keras_arrays import hdf5_arrays
from .keras_source import HELD


def read_keras_weights(raw: bytes, *, most: int) -> Found:
    """The model of a `.weights.h5` file; raises ArgumentError for one that does not say what it is of."""
    arrays, called = hdf5_arrays(raw, most, "the file")
    if HELD not in arrays:
        raise ArgumentError(
            "weights alone do not say which layers they are of: save the model whole, model.save('net.keras'), or "
            "export it by Thalweg again"
        )
    try:
        told: Any = json.loads(np.asarray(arrays[HELD]).astype(np.uint8).tobytes())
        description, names = told["model"], list(map(str, told["layers"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"what it says of its model is damaged ({error}): export it again") from error
    networks = networks_in(description)
    if len(names) != sum(len(net.layers) for net in networks.values()):
        raise ArgumentError("what it says of its layers is damaged: export it again")
    groups = {name: path for path, name in called.items()}
    tensors: dict[str, np.ndarray] = {}
    own = iter(names)
    for place, net in networks.items():
        for layer in net.layers:
            group = groups.get(next(own), "")
            kernel, bias = (arrays.get(f"{group}/vars/{number}") for number in (0, 1))
            if kernel is None or kernel.ndim != 2:
                raise ArgumentError(f"it has no kernel of layer {layer.name!r}: export the model again")
            tensors |= split(kernel.T, bias if layer.bias else None, net, layer, place)
    return found_again(description, tensors, "weights of Keras")
