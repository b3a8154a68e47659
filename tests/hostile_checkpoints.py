"""Checkpoints as hostile files: of one run, of a group of runs, and what several networks are together.

Each lies in a folder from which a training goes on, beside the other files of that folder as they were.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import damage_packed as packed
import numpy as np
from damage import damaged_bytes, damaged_tree
from reader_target import Target

_P = np.linspace(-1.0, 1.0, 12).reshape(6, 2)
_ROWS = np.linspace(-1.0, 1.0, 24).reshape(12, 2)


def _folder(path: Path) -> Path:
    """An empty folder beside a file."""
    folder = path.parent / "run"
    for other in sorted(folder.rglob("*"), reverse=True):
        other.rmdir() if other.is_dir() else other.unlink()
    folder.mkdir(exist_ok=True)
    return folder


def _of_one() -> tuple[bytes, ...]:
    import thalweg as tw

    found = []
    for optimizer, more in (("momentum", {}), ("lm", {}), ("adam", {"batch_size": 2, "order": tw.PrioritySampling()})):
        with tempfile.TemporaryDirectory() as folder:
            options = {"optimizer": optimizer, "epochs": 2, "engine": "numpy", **more}
            tw.train(tw.mlp(2, 2, 1), _P, _P[:, :1], checkpoint=folder, **options)
            found += [path.read_bytes() for path in Path(folder).glob("*.safetensors")]
    return tuple(found)


def _one(path: Path) -> object:
    """Go on from a checkpoint, the only one in its folder."""
    import thalweg as tw

    folder = _folder(path)
    (folder / "checkpoint-000000000000006.safetensors").write_bytes(path.read_bytes())
    return tw.resume(folder, _P, _P[:, :1], epochs=2, max_seconds=1.0)


@contextlib.contextmanager
def _on_one_core() -> Iterator[None]:
    """All runs are one group."""
    with mock.patch.object(os, "cpu_count", return_value=1):
        yield


def _train_group(checkpoint: Any) -> list[Any]:
    import thalweg as tw

    judged = {"validation": (_P[:2], _P[:2, :1]), "patience": 1, "order": "sequential"}
    rules = [
        tw.optimizers.Adam(0.01),
        tw.optimizers.Adam(50.0),
        tw.optimizers.Adam(0.02),
    ]  # the second has ended before the others
    with _on_one_core():
        return tw.train_many(
            tw.mlp(2, 2, 1), _P, _P[:, :1], "mse", rules, 2, 4, seed=range(3), **judged, checkpoint=checkpoint
        )


def _of_groups() -> tuple[bytes, ...]:
    """In the middle, and at the end."""
    import thalweg as tw

    with tempfile.TemporaryDirectory() as folder:
        _train_group(tw.Checkpoints(folder, every="1epochs"))
        return tuple(path.read_bytes() for path in sorted(Path(folder).glob("*.safetensors"))[-2:])


def _group(path: Path) -> object:
    """Go on from the checkpoint of a group."""
    import thalweg as tw

    folder = _folder(path)
    (folder / "members0-checkpoint-000000000000006.safetensors").write_bytes(path.read_bytes())
    return _train_group(tw.Checkpoints(folder, resume=True, trail=0))


def _train_several(folder: Path | str) -> Any:
    import polars as pl

    import thalweg as tw

    settings = tw.Settings(folds=2, hidden=(), epochs=1, engine="numpy", split="100/0/0", learning_rate=0.01)
    table = pl.DataFrame({"a": _ROWS[:, 0], "y": _ROWS[:, 1]})
    return tw.train_table(table, "y", settings, checkpoint=tw.Checkpoints(folder, resume=True, trail=0))


@functools.cache
def _several_networks() -> dict[str, bytes]:
    """All files of the folder of two networks that have ended, by their places."""
    with tempfile.TemporaryDirectory() as folder:
        _train_several(folder)
        files = Path(folder).rglob("*.safetensors")
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def _of_several() -> tuple[bytes, ...]:
    from thalweg.training.programs import prepare_jax

    prepare_jax()  # which asks another process what XLA says to flags, before it is watched what is started
    return tuple(content for place, content in _several_networks().items() if place.startswith("several"))


def _several(path: Path) -> object:
    """Go on with two networks, of which a file says what they are together."""
    folder = _folder(path)
    for place, content in _several_networks().items():
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_bytes(path.read_bytes() if place.startswith("several") else content)
    return _train_several(folder)


def damaged_checkpoint(content: bytes, rng: Any) -> bytes:
    """Another header or other arrays, whose digest is as it should be."""
    from safetensors.numpy import load, save

    from thalweg.training.checkpoint_file import stored_bytes

    size = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + size])["__metadata__"]
    tensors, header = load(content), json.loads(metadata["checkpoint"])
    if not tensors or rng.randrange(2):
        header = damaged_tree(header, rng)
    else:
        name = rng.choice(list(tensors))
        other = rng.choice(list(tensors.values()))
        changed = load(packed.damaged_safetensors(save({"x": tensors[name]}), rng)) if tensors[name].size else {}
        tensors[name] = rng.choice((other, np.zeros(3), np.full_like(tensors[name], -1), changed.get("x", other)))
        if not rng.randrange(4):
            del tensors[name]
    return stored_bytes(header, tensors)


_WAYS = (*(damaged_checkpoint,) * 4, packed.damaged_safetensors, damaged_bytes)
TARGETS = {
    "checkpoint": Target(".safetensors", _of_one, _one, _WAYS),
    "group checkpoint": Target(".safetensors", _of_groups, _group, _WAYS),
    "several networks": Target(".safetensors", _of_several, _several, _WAYS),
}
"""By what goes on."""
