"""The file of a checkpoint: one safetensors file, arrays as tensors, all else as JSON in its header.

Reading one runs no code, whatever it holds. The header's `checkpoint` entry is a JSON object with `format`; its
`digest` entry is a SHA-256 of that and of all tensors, so that a file is whole or is known to be damaged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core.kinds import is_count
from ..errors import FileError, reason_of
from ..system import is_nested, whole_file

FORMAT = 1
"""The newest version of the format; it reads all up to this one."""
_DEEPEST = 32


class Stored(NamedTuple):
    """What a file holds."""

    header: dict[str, Any]
    tensors: dict[str, np.ndarray]


class DamagedError(Exception):
    """A file that is no whole checkpoint, and why."""


def stored_bytes(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> bytes:
    """The content of the file; the header is plain data.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "one")
    ...     _ = path.write_bytes(stored_bytes({"updates": 3}, {"x": np.ones(2)}))
    ...     read_stored(path)
    Stored(header={'format': 1, 'updates': 3}, tensors={'x': array([1., 1.])})
    """
    from safetensors.numpy import save

    text = json.dumps({"format": FORMAT, **header})
    return save(dict(tensors), metadata={"checkpoint": text, "digest": _digest(text, tensors)})


def plain_data(told: Any) -> Any:
    """What is told as JSON gives it back, numbers of NumPy's as Python's, and what it does not know as text.

    >>> plain_data({"rows": np.int64(3), "columns": ("a", "b")})
    {'rows': 3, 'columns': ['a', 'b']}
    """
    return json.loads(json.dumps(told, default=lambda value: value.item() if hasattr(value, "item") else str(value)))


def read_stored(path: Path) -> Stored:
    """What a file holds; raises DamagedError for one that is not whole, FileError for one of a newer format."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        raw = whole_file(path)
        tensors = load(raw)
        metadata = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")]).get("__metadata__") or {}
        text = metadata["checkpoint"]
        header = json.loads(text)
        version = header["format"]
    except KeyError:
        raise DamagedError("it is a safetensors file, but no checkpoint") from None
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(reason_of(error)) from error
    if is_count(version) and version > FORMAT:
        raise FileError(
            f"the checkpoint {str(path)!r} is of format {version}, and this version of Thalweg reads up to {FORMAT}: "
            "go on with the version that wrote it, or a newer one"
        )
    if not is_count(version) or is_nested(header, _DEEPEST) or metadata.get("digest") != _digest(text, tensors):
        raise DamagedError("its content is not what was written")
    return Stored(header, tensors)


def _digest(text: str, tensors: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        add_array(digest, name, tensors[name])
    return digest.hexdigest()


def add_array(digest: Any, name: str, values: np.ndarray) -> None:
    """Let a digest take in an array under a name, its type and shape too."""
    digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
    digest.update(np.asarray(values, order="C").reshape(-1).view(np.uint8))
