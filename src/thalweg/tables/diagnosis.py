"""What ails the training of a model, from its record and a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..core.plain_data import JsonObject
from ..diagnosis import Diagnosis, LossCurve, diagnose_network
from ..diagnosis.training import MOST_ROWS as MOST_DIAGNOSED
from ..diagnosis.training import diagnose_recipe
from ..errors import ArgumentError, DataError
from ..files.model import Model
from ..files.record import count_at, course_in, object_at
from ..optimizers.rule import Rule
from ..training.arguments import default_batch_size
from ..training.recipe import Recipe
from .objects import build_rule, schedule_numbers
from .record import penalties_of, recipe_of, rule_of, settings_of, targets_for

if TYPE_CHECKING:
    import polars as pl


def diagnose_model(
    model: Model,
    frame: pl.DataFrame,
    *,
    validation: pl.DataFrame | None = None,
    rows: int = MOST_DIAGNOSED,
    recipe_from: Callable[..., Recipe] = recipe_of,
) -> Diagnosis:
    """What ails the training of a model, from its record and a table: `tw.diagnose` of what the file holds.

    Over the training rows, if the table is the one that the model was trained on (with its `validation` table, if it
    had one); else over all rows, and a note says so. `recipe_from` is what finds these rows,
    `recipes.replaying.replayed` for a model that was fitted to arrays. Of more than `rows`, on so many spread over
    them. Raises ArgumentError for a model that was not trained on a table, DataError for a table that does not fit it,
    and FileError if its record is damaged.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> found = diagnose_model(trained.model, frame)
    >>> found.examples, found.notes[0]
    (28, 'over the 28 training rows of the table')
    """
    model = model.single()
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: use tw.diagnose_network with the arrays")
    loss_curve, updates = _loss_curve(model)
    try:
        recipe = recipe_from(model, frame, validation=validation)
    except (ArgumentError, DataError) as error:
        if validation is not None:
            raise
        return _over_all_rows(model, frame, loss_curve, updates, rows, str(error))
    classes = model.encoding.output_names or None
    found = diagnose_recipe(recipe, model.params, loss_curve, updates, rows=rows, classes=classes)
    note = f"over the {len(recipe.examples.T):,} training rows of the table"
    return dataclasses.replace(found, notes=(note, *found.notes))


def _over_all_rows(
    model: Model, frame: pl.DataFrame, loss_curve: LossCurve | None, updates: int, rows: int, why: str
) -> Diagnosis:
    assert model.encoding is not None
    P, notes = model.encoding.inputs_of(frame)
    of_table = targets_for(model, frame)
    T = of_table["T"]
    if not len(T):
        raise DataError("the table has no rows: a diagnosis needs some")
    rule, l2, batch_size = None, 0.0, "all"
    if model.record.get("settings") is not None:
        settings = settings_of(model)
        if settings.l1:
            notes = (*notes, "the l1 penalty is left out: it has no curvature")
        trained_on = count_at(model.record, "split", "train")
        rule, l2 = build_rule(settings)
        batch_size = settings.batch_size or default_batch_size(rule, trained_on)
        rule = schedule_numbers(rule, settings, trained_on)
    elif object_at(model.record, "recipe"):
        with suppress(ArgumentError):  # a rule that no file holds
            rule = rule_of(model)
        l2 = penalties_of(model)[1]
        batch_size = _batch_size(model.record, rule)
    found = diagnose_network(
        model.network, model.loss, model.params, P, T, rule,
        batch_size=batch_size, updates=updates, targets=of_table["targets"], l2=l2, loss_curve=loss_curve, rows=rows,
        classes=model.encoding.output_names or None,
    )  # fmt: skip
    note = f"over all {len(T):,} rows of the table, since its training rows are not known: {why}"
    return dataclasses.replace(found, notes=(note, *found.notes, *notes))


def _batch_size(record: JsonObject, rule: Rule | None) -> int | str:
    """The examples of an update by the recipe of a model of arrays; all, where neither it nor the rule tells."""
    told = object_at(record, "recipe").get("batch_size", "all")
    if told is None and rule is not None:
        return default_batch_size(rule, count_at(record, "recipe", "examples", "train"))
    return "all" if told is None or told == "all" else count_at(record, "recipe", "batch_size")


def _loss_curve(model: Model) -> tuple[LossCurve | None, int]:
    """The losses in a model's record, None for one without, and the number of its updates."""
    if model.record.get("history") is None:
        return None, 0
    told = course_in(model.record)
    return LossCurve(told.loss, told.validation_loss, told.stopped_because, told.best_epoch), told.updates
