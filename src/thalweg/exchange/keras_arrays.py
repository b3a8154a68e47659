"""The arrays in a file of weights of Keras, HDF5: by their paths, and by the layers that they are of."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, reason_of


class Arrays(NamedTuple):
    """The datasets of an HDF5 file by their paths, and the names that groups say of themselves by theirs."""

    arrays: dict[str, np.ndarray]
    names: dict[str, str]


def hdf5_arrays(raw: bytes, most: int, place: str, *, names: bool = True) -> Arrays:
    """What an HDF5 file of numbers holds.

    Raises ArgumentError for a damaged file (`place` says which), for more than `most` bytes, and for what are no
    numbers. Without `names` no text is read, of which a damaged one ends the process in HDF5's own library.
    """
    try:
        import h5py
    except ImportError:
        raise ArgumentError("h5py is not installed: pip install 'thalweg[exchange]'") from None
    found = Arrays({}, {})
    left = [most]

    def keep(path: str, thing: Any) -> None:
        if names and "name" in thing.attrs:
            found.names[path] = str(thing.attrs["name"])
        if isinstance(thing, h5py.Dataset):
            left[0] -= int(thing.size or 0) * thing.dtype.itemsize
            if left[0] < 0 or thing.dtype.kind not in "fiub":
                raise ArgumentError(
                    f"weights {path!r} are of shape {thing.shape} and type {thing.dtype}, which no layer has"
                )
            if thing.is_virtual or thing.external:
                raise ArgumentError(f"weights {path!r} lie in another file: save them in one")
            found.arrays[path] = np.asarray(thing[()])

    try:
        with h5py.File(io.BytesIO(raw), "r") as file:
            file.visititems(keep)
    except ArgumentError:
        raise
    except Exception as error:  # whatever HDF5 stumbles over in a damaged file
        reason = reason_of(error)
        raise ArgumentError(f"{place} is damaged ({reason}): save it again") from error
    return found


def by_layer(layers: Sequence[tuple[str, str]], given: Arrays) -> dict[str, list[np.ndarray]]:
    """The weights of each layer, (class, name), in order: their groups go by class and number, or say the layer's name.

    Those of an activation that is a layer within another stand under `NAME/activation`.
    """
    arrays, named = given
    found: dict[str, list[np.ndarray]] = {}
    counts: dict[str, int] = {}
    for kind, name in layers:
        snake = _snake(kind)
        number = counts[snake] = counts.get(snake, -1) + 1
        group = f"layers/{snake}_{number}" if number else f"layers/{snake}"
        own = next((path for path, known in named.items() if known == name and path.startswith("layers/")), None)
        for candidate in (own, group, f"layers/{name}"):
            there = (
                {key: _within(f"{candidate}{more}", arrays) for key, more in _parts(name).items()} if candidate else {}
            )
            if any(there.values()):
                found |= {key: part for key, part in there.items() if part}
                break
    return found


def _parts(name: str) -> dict[str, str]:
    """A layer, and the activation within it, by where their weights stand in its group."""
    return {name: "", f"{name}/activation": "/activation"}


def _within(group: str, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The variables of a group, by their numbers."""
    paths = [path for path in arrays if re.fullmatch(rf"{re.escape(group)}/vars/\d+", path)]
    return [arrays[path] for path in sorted(paths, key=lambda path: int(path.rpartition("/")[2]))]


def _snake(name: str) -> str:
    """A class as Keras names its groups: BatchNormalization is batch_normalization, ReLU re_lu.

    >>> _snake("BatchNormalization"), _snake("Dense"), _snake("LeakyReLU")
    ('batch_normalization', 'dense', 'leaky_re_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
