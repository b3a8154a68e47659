"""resume: a training goes on from its newest whole checkpoint, from what the folder holds and the examples."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.arrays import Array, Inputs
from ..core.description import build_network
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES
from ..errors import ArgumentError, FileError, ThalwegError
from ..optimizers import RULES
from ..optimizers.interop import OptaxRule
from .blocks import Blocks
from .checkpoint_file import Stored
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .fingerprint import built, built_order, held_by_none
from .loop import drive
from .options import TrainingOptions
from .recipe import Recipe, make_recipe
from .run import Run
from .saved_tree import tree_of
from .saver import stored_in
from .stopping import StoppingCriteria
from .stored_run import UNFIT, like_of

_log = logging.getLogger("thalweg")
_AS_THEY_ARE = (
    "batch_size", "seed", "epochs", "dtype", "engine", "l1", "l2", "shares_penalties", "validate_every", "targets",
)  # fmt: skip
_OPTIONS = {field.name for field in dataclasses.fields(TrainingOptions)} - {"state", "checkpoint", "params"}
_PARTS = ("optimizer", "loss", "order")
_SETS = {"validation set": "validation=(P, T)", "test set": "test=(P, T)"}


@takes_kinds
def resume(
    folder: str | os.PathLike[str], P: Array | Mapping[str, Array] | Blocks, T: Array | None = None, **options: object
) -> Run:
    """Go on with a training from its newest whole checkpoint: what `train` would have returned, to the bit.

    Args:
        folder: That of its checkpoints, or `tw.Checkpoints(folder, every=...)` to go on with other ones.
        P: The inputs that it was begun with, or the `tw.blocks(...)`, of the same memory.
        T: Its targets; blocks bring them.
        **options: Those of `train` that hold arrays or functions, as they were: `sample_weight`, `target_weight`,
            `validation`, `test`, `callbacks`; a rule of optax, a schedule or an order of one's own. `max_seconds` and
            `verbose`, which no checkpoint holds. Other `epochs`, if it is to run longer. The rest is in the folder.

    A run that had ended is returned as it ended. Damaged checkpoints are passed over, with a warning. Raises
    ArgumentError, which says what differs, for other data or settings; FileError for a folder without a whole
    checkpoint, one in which another training writes, and a checkpoint of a newer version.

    >>> import tempfile, numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ten = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=10, checkpoint=folder)
    ...     twenty = tw.resume(folder, P, P**2, epochs=20)
    >>> whole = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=20)
    >>> bool((twenty.history.loss == whole.history.loss).all())
    True
    """
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f"resume() got an unexpected keyword argument {name!r}")
    settings = folder if isinstance(folder, Checkpoints) else None
    place = CheckpointFolder(Checkpoints(folder).path if settings is None else settings.path)
    stored = stored_in(place)
    try:
        checkpoints = _checkpoints(folder, settings, stored)
        recipe, checked = _recipe(stored, P, T, options, str(place.path))
    except ThalwegError:
        raise
    except UNFIT as error:
        raise FileError(f"the checkpoint in {str(place.path)!r} does not hold a training ({error})") from error
    run = drive(recipe, checked.max_seconds, checked.callbacks, verbose=checked.verbose, checkpoints=checkpoints)
    if run.findings:
        _log.warning(str(run.findings[0]))
    return run


def _checkpoints(folder: str | os.PathLike[str], settings: Checkpoints | None, stored: Stored) -> Checkpoints:
    if settings is not None:
        return dataclasses.replace(settings, resume=True)
    kept = {name: stored.header[name] for name in ("every", "keep", "trail")}
    return Checkpoints(folder, **kept, resume=True)


def _recipe(
    stored: Stored, P: Inputs | Blocks, T: Array | None, options: Mapping[str, object], place: str
) -> tuple[Recipe, TrainingOptions]:
    """The recipe of the run, from what was stored and the options that were given, and the options."""
    settings = stored.header["settings"]
    for name, given in _SETS.items():
        if name in stored.header["digests"] and name.split()[0] not in options:
            raise ArgumentError(f"the training in {place!r} had a {name}: give it again, {given}")
    for name in ("network", *_PARTS):
        told = held_by_none(settings[name])
        if told is not None and name not in options:
            remedy = "go on by tw.train(..., checkpoint=tw.Checkpoints(folder, resume=True))"
            raise ArgumentError(
                f"the training in {place!r} has {told}, which no file holds: "
                + (remedy if name == "network" else f"give it again, {name}=...")
            )
    net = build_network(settings["network"])
    found: dict[str, Any] = {name: settings[name] for name in _AS_THEY_ARE}
    found |= {name: settings[name] for name in StoppingCriteria._fields if settings[name] is not None}
    found |= {"frozen": tuple(settings["frozen"]), "record": tuple(settings["record"])}
    found |= {"params": net.unravel(np.array(stored.tensors["start"]))}
    if "loss" not in options:
        found["loss"] = built(LOSSES, settings["loss"])
    if "optimizer" not in options:
        found["optimizer"] = built(RULES, settings["optimizer"])
    if "order" not in options:
        found["order"] = built_order(settings["order"], _pool(stored, T))
    checked = TrainingOptions(**{**found, **options})
    recipe = make_recipe(net, P, T, checked)
    if settings["updates_before"]:
        by_jax = isinstance(recipe.rule, OptaxRule)
        begun = tree_of("begun", like_of(recipe).rule_state, stored.tensors, stored.header["kinds"], by_jax=by_jax)
        recipe = dataclasses.replace(recipe, rule_state=begun)
    return recipe, checked


def _pool(stored: Stored, T: Any) -> np.ndarray | None:
    """The high pool that was given, as a mask of all examples that were, those without weight among them."""
    pool, rows = stored.tensors.get("pool"), stored.tensors.get("rows")
    if pool is None or rows is None:
        return pool
    mask = np.zeros(len(T), bool)
    mask[rows] = pool
    return mask
