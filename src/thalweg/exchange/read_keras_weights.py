"""Weights of Keras that Thalweg wrote, `.weights.h5`: the model that the file says it is of."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..errors import ArgumentError
from .found import Found
from .held_model import found_again, networks_in, split
from .keras_arrays import hdf5_arrays
from .keras_source import HELD, layer_group


def read_keras_weights(raw: bytes, *, most: int) -> Found:
    """The model of a `.weights.h5` file; raises ArgumentError for one that does not say what it is of."""
    arrays = hdf5_arrays(raw, most, "the file", names=False).arrays
    if HELD not in arrays:
        raise ArgumentError(
            "weights alone do not say which layers they are of: save the model whole, model.save('net.keras'), or "
            "export it by Thalweg again"
        )
    try:
        told: Any = json.loads(np.asarray(arrays[HELD]).astype(np.uint8).tobytes())
        description = told["model"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"what it says of its model is damaged ({error}): export it again") from error
    tensors: dict[str, np.ndarray] = {}
    number = 0
    for place, net in networks_in(description).items():
        for layer in net.layers:
            group = layer_group(number)
            kernel, bias = (arrays.get(f"{group}/vars/{part}") for part in (0, 1))
            if kernel is None or kernel.ndim != 2:
                raise ArgumentError(f"it has no kernel of layer {layer.name!r}: export the model again")
            tensors |= split(kernel.T, bias if layer.bias else None, net, layer, place)
            number += 1
    return found_again(description, tensors, "weights of Keras")
