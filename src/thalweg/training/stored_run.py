"""A stored checkpoint as what a run goes on from, or as a state to replay from."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..optimizers.interop import OptaxRule
from .checkpoint import Begun, Checkpoint, SavedIn
from .checkpoint_file import DamagedError, Stored, read_stored
from .checkpoint_folder import CheckpointFolder
from .epoch import TrainState, start
from .history import History
from .recipe import Recipe
from .saved_tree import tree_of

UNFIT = (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError)
"""What is raised by a file whose content, though whole, is not that of the run."""


def begun_from(stored: Stored, recipe: Recipe) -> Begun:
    """What a run goes on from; raises FileError for a file that does not hold it."""
    header = stored.header
    try:
        callbacks = header["callbacks"]
        return Begun(
            checkpoint_in(stored, recipe),
            history_in(stored),
            int(header["epochs"]),
            int(header["updates"]),
            float(header["seconds_before"]),
            float(header["seconds"]),
            header["stopped"],
            tuple(callbacks),
        )
    except UNFIT as error:
        raise FileError(f"the checkpoint does not hold a run of this network and rule ({error})") from error


def checkpoint_in(stored: Stored, recipe: Recipe) -> Checkpoint:
    """The state of the engine, and the high pool; KeyError or ValueError if the file has not those of the recipe."""
    by_jax = isinstance(recipe.rule, OptaxRule)
    state = tree_of("state", like_of(recipe), stored.tensors, stored.header["kinds"], by_jax=by_jax)
    high = stored.tensors.get("high")
    if high is not None and (high.shape != (recipe.batch_order.examples,) or high.dtype != bool):
        raise ValueError("its pool is no mask of the examples")
    return Checkpoint(state, None if high is None else np.array(high))


def history_in(stored: Stored) -> History:
    """The history of the epochs that ended."""
    found = {name.removeprefix("history/"): values for name, values in stored.tensors.items() if "history/" in name}
    if not found:
        return History(np.zeros(0), None, None)
    recorded = {name: np.array(found.pop(name), np.float64) for name in stored.header["recorded"]}
    return History(
        **{name: np.array(found[name]) if name in found else None for name in _LOSSES},  # pyright: ignore
        recorded=recorded,
    )


_LOSSES = ("loss", "validation_loss", "gradient_norm", "test_loss")


def like_of(recipe: Recipe) -> TrainState:
    """A state of the structure and shapes that the recipe's engine has."""
    if recipe.engine == "numpy":
        return start(recipe.program, np, recipe.params, recipe.dtype, rule_state=recipe.rule_state)
    import jax

    from .programs import prepare_jax
    from .xla_engine import initial_rule_state

    prepare_jax()
    with jax.enable_x64(recipe.dtype == "float64"):
        init = functools.partial(initial_rule_state, recipe.program.rule)
        return start(recipe.program, np, recipe.params, recipe.dtype, init, recipe.rule_state)


def nearest(saved_in: SavedIn | None, recipe: Recipe, updates: int) -> Checkpoint | None:
    """The last state that was saved of a run after at most so many updates; None if none was, or none is left."""
    if saved_in is None:
        return None
    folder = CheckpointFolder(Path(saved_in.folder))
    try:
        found = {**folder.states(), **folder.checkpoints()}
    except FileError:
        return None
    for at in sorted((number for number in found if number <= updates), reverse=True):
        try:
            stored = read_stored(found[at])
            if stored.header["run"] == saved_in.run:
                return checkpoint_in(stored, recipe)
        except (DamagedError, FileError, *UNFIT):
            continue
    return None
