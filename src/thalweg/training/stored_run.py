"""A stored checkpoint as what a run goes on from, or as a state to replay from."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from ..errors import FileError, reason_of, shown
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
_REASONS = (
    "epochs", "goal", "min_gradient", "stalled", "patience", "generalization_loss", "min_progress", "tolerance",
    "seconds", "callback", "interrupted", "diverged",
)  # fmt: skip


def begun_from(stored: Stored, recipe: Recipe) -> Begun:
    """What a run goes on from; raises FileError for a file that does not hold it."""
    header = stored.header
    try:
        callbacks = header["callbacks"]
        checkpoint, history = checkpoint_in(stored, recipe), history_in(stored)
        epochs = int(header["epochs"])
        _check_ending(checkpoint, history, epochs, header["stopped"])
        return Begun(
            checkpoint,
            history,
            epochs,
            int(header["updates"]),
            float(header["seconds_before"]),
            float(header["seconds"]),
            header["stopped"],
            tuple(callbacks),
        )
    except UNFIT as error:
        raise FileError(f"the checkpoint does not hold a run of this network and rule ({reason_of(error)})") from error


def _check_ending(checkpoint: Checkpoint, history: History, epochs: int, stopped: object) -> None:
    """Raise ValueError for a history, a best epoch or an ending that no run of so many epochs has."""
    best = int(checkpoint.state.best_epoch)
    if (
        np.shape(history.loss) != (epochs,)
        or any(history[name].shape != (epochs,) for name in history)
        or not 0 <= best <= epochs
    ):
        raise ValueError(f"its history is not that of {epochs} epochs, of which {best} was the best")
    if stopped is not None and (not isinstance(stopped, str) or stopped not in _REASONS):
        raise ValueError(f"it ended by {shown(stopped)}, which no run does")


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
    among, steps = saved_in.among, recipe.batch_order.steps
    folder = CheckpointFolder(Path(saved_in.folder), "" if among is None else among.group)
    try:
        found = {**folder.states(), **folder.checkpoints()}
    except FileError:
        return None
    made = {number: number if among is None else among.updates(number, steps) for number in found}
    for at in sorted((number for number in found if made[number] <= updates), reverse=True):
        try:
            stored = read_stored(found[at])
            if stored.header["run"] == saved_in.run:
                own = stored if among is None else _of_member(stored, among.place)
                checkpoint = checkpoint_in(own, recipe)
                if among is None or int(checkpoint.state.rule_state.step) == made[at]:
                    return checkpoint
        except (DamagedError, FileError, *UNFIT):
            continue
    return None


def _of_member(stored: Stored, place: int) -> Stored:
    """What one of several runs has in the stacked state of a group; ValueError for one that had stopped."""
    at = stored.header["going"].index(place)
    tensors, kinds = {}, dict(stored.header["kinds"])
    for name, values in stored.tensors.items():
        if name.startswith("state"):
            turned = kinds.get(name) == "columns"  # as they lay in memory
            tensors[name] = (values.T if turned else values)[at]
            if turned:
                del kinds[name]
    return Stored({**stored.header, "kinds": kinds}, tensors)
