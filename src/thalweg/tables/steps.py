"""The steps of a model as worked calculations: on a row of a table, and those of the run that made it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.given_table import GivenTable
from ..errors import ArgumentError, DataError
from ..files.model import Model
from ..files.record import course_in
from ..optimizers import GradientDescent
from ..registry import title_of
from ..training.checkpoint import SavedIn, saved_in_told
from ..training.checkpoint_folder import CheckpointFolder
from ..training.history import kept_update
from ..training.recipe import Recipe
from ..training.replay import ReplayedUpdate, replay
from ..training.replay_error import replay_error
from ..training.saver import stored_in
from ..worked.calculation import WorkedStep, worked_step
from ..worked.replayed import step_of
from .record import penalties_of, recipe_of, rule_of, targets_for
from .row_labels import labels_of, said_of

if TYPE_CHECKING:
    import polars as pl


def replay_model(
    model: Model,
    frame: GivenTable,
    k: int,
    *,
    validation: pl.DataFrame | None = None,
    recipe_from: Callable[..., Recipe] = recipe_of,
    saved_in: SavedIn | None = None,
) -> ReplayedUpdate:
    """Update `k`, counted from 1, of the run that made a model from a table; `rows` are those of the table, from 0.

    As `recipe_of`, or as `recipe_from` (`recipes.replaying.replayed` of a model that was fitted to arrays), from the
    nearest of the checkpoints that it was `saved_in`, and raises ArgumentError for a `k` that is no update of the run.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10, split="100/0/0"))
    >>> print(replay_model(trained.model, frame, 20).replay_error)
    the losses of 10 epochs are the run's to the bit; the parameters after it are the run's to the bit
    """
    recipe = recipe_from(model, frame, validation=validation)
    course = course_in(model.record)
    kept = kept_update(
        recipe.validation is not None,
        course.stopped_because,
        course.best_epoch,
        steps=recipe.batch_order.steps,
        updates=course.updates,
    )
    replayed = replay(recipe, k, course.updates, saved_in)
    params = model.params if k == kept else None
    history = course.loss[replayed.epochs_before :]
    near = replay_error(model.network, replayed.losses, history, replayed.params_after, params)
    return dataclasses.replace(replayed, replay_error=near)


def open_step(
    model: Model,
    frame: pl.DataFrame,
    number: int,
    *,
    validation: pl.DataFrame | None = None,
    recipe_from: Callable[..., Recipe] = recipe_of,
    saved_in: SavedIn | None = None,
) -> WorkedStep:
    """Update `number`, counted from 1, of the run that made the model from the table, replayed and opened.

    `recipe_from` and `saved_in` are as in `replay_model`, which raises what this does.
    """
    step = step_of(
        replay_model(model, frame, number, validation=validation, recipe_from=recipe_from, saved_in=saved_in)
    )
    return step if step.rows is None else _labelled(model, frame, step, step.rows.tolist())


def checkpoints_of(model: Model, beside: Path, given: Path | None = None) -> SavedIn | None:
    """Where the checkpoints of a model's training are: in the `given` folder, or in that of their name.

    That lies `beside` the model's file, or in the working folder; None where there is none. Raises ArgumentError and
    FileError for a given folder that has none of this training.
    """
    told = saved_in_told(model.record.get("checkpoints"))
    if told is None:
        if given is not None:
            raise ArgumentError("the training of this model left no checkpoints: leave --checkpoint out")
        return None
    if given is not None:
        inner = given.joinpath(*told.folder.parts[1:])  # of one of several networks
        place = inner if inner.is_dir() else given
        group = "" if told.among is None else told.among.group
        if stored_in(CheckpointFolder(place, group)).header.get("run") != told.run:
            raise ArgumentError(
                f"the checkpoints in {str(given)!r} are of another training than this model: name its own"
            )
        return told._replace(folder=place)
    places = [beside / told.folder, told.folder]
    return next((told._replace(folder=place) for place in places if place.is_dir()), None)


def open_row(model: Model, frame: pl.DataFrame, row: int, name: str = "the table") -> WorkedStep:
    """The first step of the model's rule from its parameters on one row of a table, counted from 1.

    Of a model that was not trained here, and so has no rule, one of gradient descent. Raises ArgumentError for a row
    that there is not and a model that takes no tables, and DataError for a table that does not fit the model.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> open_row(trained.model, frame, 17).examples
    1
    """
    model = model.single()
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: open a step of its run, run.step(k)")
    if not 1 <= row <= frame.height:
        raise ArgumentError(f"row {row}: the table has {frame.height:,} rows, counted from 1")
    P, notes = model.encoding.inputs_of(frame)
    of_table = targets_for(model, frame)
    told = "The inputs and the target are as the model's encoding makes them from the row."
    if "read_from" in model.record and not {"settings", "recipe"} & model.record.keys():
        rule = GradientDescent()
        told += f" It was not trained here: the rule is gradient descent, learning rate {rule.learning_rate:g}."
    else:
        rule = rule_of(model)
    l1, l2 = penalties_of(model)
    if np.isnan(of_table["T"][row - 1]).all():
        raise DataError(f"row {row} of {name} has no target, and a step needs one: open another row")
    dtype = np.dtype(model.dtype).name
    step = worked_step(
        model.network,
        model.loss,
        model.params,
        P[row - 1 : row].astype(dtype),
        of_table["T"][row - 1 : row].astype(dtype),
        rule.at(0),
        targets=of_table["targets"],
        l1=l1,
        l2=l2,
        title=f"A step on row {row:,} of {name}, with {title_of(rule)}",
        notes=(told, *notes),
    )
    said = said_of(model, step.passed.output[0])
    return dataclasses.replace(_labelled(model, frame, step, [row - 1]), notes=(said, *step.notes))


def _labelled(model: Model, frame: pl.DataFrame, step: WorkedStep, rows: list[int]) -> WorkedStep:
    """The step with what its numbers are in the table beside them."""
    if model.encoding is None or len(step.inputs) != 1:
        return step
    (P,) = step.inputs.values()
    labels = labels_of(model, frame, rows, P, step.targets, step.passed.output)
    return dataclasses.replace(step, labels=labels)
