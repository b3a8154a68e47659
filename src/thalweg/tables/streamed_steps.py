"""The updates of a training on files that need not fit in memory, opened again from the model and the same files."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import ArgumentError, DataError, ThalwegError
from ..files.model import Model
from ..files.record import count_at, damaged_record, object_at, text_at
from ..training.checkpoint import SavedIn
from ..training.devices import devices_at_hand
from ..training.fingerprint import Fingerprint, differences, digests_of
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from ..worked.calculation import WorkedStep
from ..worked.replayed import step_of
from .record import settings_of
from .steps import replay_model
from .streamed_training import ready_to_train


def is_of_files(model: Model) -> bool:
    """Whether a model was trained on files whose rows stream."""
    return bool(object_at(model.record, "files"))


def recipe_of_files(model: Model, source: Any, *, validation: Any = None) -> Recipe:
    """The recipe of the run that made a model, from its record and the files that it was trained on.

    `source` is as in `train_files`. Raises DataError for other files, which differ in a row, a name or their number;
    ArgumentError for a model that was not trained so, or with a validation table; FileError for a damaged record.
    """
    record = model.record
    if not is_of_files(model) or model.encoding is None:
        raise ArgumentError("this model was not trained on streamed files: open its steps with its table")
    if validation is not None:
        raise ArgumentError("a model of streamed files has no validation table of its own: leave it out")
    settings = settings_of(model)
    settings = dataclasses.replace(
        settings, engine=text_at(record, "engine"), devices=devices_at_hand(settings.devices)
    )
    memory = count_at(record, "files", "memory")
    digests = {name: text_at(record, "files", "digests", name) for name in object_at(record, "files", "digests")}
    if not digests:
        raise damaged_record("'files.digests' is missing")
    names = model.encoding.target_names
    try:
        ready = ready_to_train(source, names[0] if len(names) == 1 else names, settings, memory)
        recipe = make_recipe(ready.network, ready.blocks, None, TrainingOptions(**ready.options))
    except ThalwegError as error:
        raise DataError(f"the files are not those that the model was trained on: {error}") from error
    told = differences(Fingerprint({}, digests), Fingerprint({}, digests_of(recipe)))
    if told or ready.rows.encoding != model.encoding:
        told = told or ["another encoding"]
        found = f"{len(ready.rows.files.paths)} files with {sum(ready.counts.values()):,} rows"
        had = f"{count_at(record, 'files', 'count')} with {count_at(record, 'files', 'rows'):,}"
        raise DataError(
            f"the files are not those that the model was trained on, or in other versions of the libraries "
            f"({', '.join(told)}; {found}, it had {had}): give the same, by the same names"
        )
    return recipe


def open_step_of_files(model: Model, source: Any, number: int, saved_in: SavedIn | None = None) -> WorkedStep:
    """Update `number`, counted from 1, of the run that made the model from files, replayed and opened.

    Raises what `recipe_of_files` raises, and ArgumentError for a number that is no update of the run.
    """
    replayed = replay_model(model, source, number, recipe_from=recipe_of_files, saved_in=saved_in)
    return step_of(dataclasses.replace(replayed, rows=None))  # which are those of a buffer
