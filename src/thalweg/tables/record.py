"""The record of a training in its model: what it was made from, and back from it to the recipe of its run."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.plain_data import JsonObject
from ..data import Encoding, Part, Prepared, TargetEncoding, fingerprint
from ..data.folds import make_folds
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..errors import ArgumentError, DataError, ThalwegError, shown, unknown
from ..files.model import Model
from ..files.record import count_at, damaged_record, known_table, numbers_at, object_at, text_at
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..training.devices import devices_at_hand
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from .arguments import parts, prepare_table, training_options
from .objects import build_network, build_rule
from .score import of_target
from .settings import Settings
from .several import member_options

if TYPE_CHECKING:
    import polars as pl


def training_record(
    model: Model,
    prepared: Prepared,
    settings: Settings,
    tables: dict[str, tuple[str, pl.DataFrame | None]],
    scores: dict[str, Any] | None,
    constant: dict[str, Any],
    fold_scores: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The record of a model's run, and of what it was made from: `tables` by their keys, each with its name or None.

    `constant` is what the training rows say of the constant answer; `fold_scores` are those of several networks.
    """
    known = {key: None if frame is None else _known(frame, name) for key, (name, frame) in tables.items()}
    of_training = tables["table"][1]
    if known["table"] is not None and of_training is not None:
        known["table"]["columns"] = of_training.columns  # their order: tables without names may come
    return {
        **model.record,
        **known,
        "task": prepared.task,
        "task_reason": prepared.task_reason,
        "split": {part: 0 if rows is None else len(rows.T) for part, rows in parts(prepared).items()},
        "equal_rows": "together",
        "notes": list(prepared.notes),
        "settings": dataclasses.asdict(settings),
        "scores": scores,
        "constant": constant,
        **({} if fold_scores is None else {"fold_scores": fold_scores}),
        "versions": {library: version(library) for library in ("thalweg", "numpy", "jax", "polars", "scikit-learn")},
    }


def recipe_of(model: Model, frame: GivenTable, *, validation: GivenTable | None = None) -> Recipe:
    """The recipe of the run that made a model, from its record and the tables that it was trained and validated on.

    Raises DataError for another table than the one the model was trained on, and if that is split or encoded otherwise
    than it was then; ArgumentError for a model without settings, and if its validation table is needed or is not;
    FileError if its record is damaged.
    """
    model = model.single()
    if model.encoding is None:
        raise ArgumentError(
            "this model was trained on arrays, so its file has no settings to replay its steps: use the run itself"
        )
    frame = as_frame(frame).table
    validation = None if validation is None else as_frame(validation, "validation").table
    record = model.record
    if recipe_told := object_at(record, "recipe"):
        raise ArgumentError(
            f"this model was fitted to arrays by {recipe_told.get('name')}: tw.recipes.open_step opens "
            "its updates from these as a table"
        )
    if files := object_at(record, "files"):
        raise ArgumentError(
            f"this model was trained on a stream of {files.get('count')} files, which are no "
            "table: thalweg step MODEL --step 100 --table FOLDER opens its updates"
        )
    if record.get("settings") is None:
        raise ArgumentError("this model has no record of its settings, so its steps cannot be replayed: train it again")
    _check_table(record, frame, "table")
    _check_table(record, validation, "validation_table")
    settings, engine = settings_of(model), text_at(record, "engine")
    had = {part: count_at(record, "split", part) for part in ("train", "validation")}
    of_member = None
    if record.get("member") is not None:
        of_member = count_at(record, "member", "number"), count_at(record, "member", "folds")
    try:
        settings = dataclasses.replace(settings, engine=engine, devices=devices_at_hand(settings.devices))
        # Of a test table it only matters that there was one, and so no test part; any table can stand for it.
        test = None if record.get("test_table") is None else frame
        together = record.get("equal_rows") == "together"  # earlier versions dealt all rows out one by one
        prepared = prepare_table(
            frame, model.encoding.target_names, settings, validation, test, equal_together=together
        )
        split = {part: 0 if rows is None else len(rows.T) for part, rows in parts(prepared).items() if part in had}
        alike = prepared.encoding == model.encoding and split == had
        net = build_network(prepared.encoding, settings)
        if alike and net != model.network:
            raise ValueError("its settings make another network")
        part = prepared.train
        if of_member is not None:
            number, folds = of_member
            dealt = make_folds(part, folds, settings.seed, prepared.task == "classification")
            options = member_options(prepared, dealt, net, settings, number)
        else:
            options = training_options(prepared, net, settings)
        recipe = make_recipe(net, part.P, part.T, TrainingOptions(**options)) if alike else None
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise damaged_record(error) from error
    if recipe is None:
        raise DataError(
            "the table is split or encoded otherwise than when the model was trained, with "
            f"{_versions(record)}: use those versions"
        )
    rows = prepared.train.rows  # those of the weight 0 are no examples
    return dataclasses.replace(recipe, rows=rows if recipe.rows is None else rows[recipe.rows])


def constant_of(encoding: Encoding, part: Part) -> dict[str, Any]:
    """What the training rows say of the constant answer, as the record keeps it: shares of the classes, or the mean.

    That of several targets is a list under `targets`; sample weights count.
    """
    if encoding.several:
        each = zip(encoding.targets, part.labels.T, strict=True)
        weights = [of_target(part.sample_weight, place) for place in range(len(encoding.targets))]
        return {"targets": [_constant(*one, weight) for one, weight in zip(each, weights, strict=True)]}
    return _constant(encoding.target, part.labels, of_target(part.sample_weight, 0))


def _constant(target: TargetEncoding, labels: np.ndarray, weight: np.ndarray | None) -> dict[str, Any]:
    if not target.classes:
        labels = labels.astype(np.float64)
        there = ~np.isnan(labels)  # what is missing is ignored
        return {"mean": float(np.average(labels[there], weights=None if weight is None else weight[there]))}
    if weight is None:
        counts = Counter(labels.tolist())
        return {"shares": [counts[one] / len(labels) for one in target.classes]}
    weights = np.bincount(target.codes(labels), weight, minlength=len(target.classes))
    return {"shares": (weights / weights.sum()).tolist()}


def constant_in(record: Mapping[str, Any], encoding: Encoding) -> dict[str, Any]:
    """What a model's record says of the constant answer, as `constant_of` gives it; nothing in earlier versions.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10, split="100/0/0"))
    >>> constant_in(trained.model.record, trained.model.encoding), constant_in({}, trained.model.encoding)
    ({'mean': 40.0}, {})
    """
    match record.get("constant"):
        case {"targets": [*each]} if encoding.several and len(each) == len(encoding.targets):
            found = [_constant_in(one, target) for one, target in zip(each, encoding.targets, strict=True)]
            return {"targets": found} if all(found) else {}
        case constant if not encoding.several:
            return _constant_in(constant, encoding.target)
    return {}


def _constant_in(constant: Any, target: TargetEncoding) -> dict[str, Any]:
    match constant:
        case {"mean": int() | float() as mean} if np.isfinite(mean) and not target.classes:
            return {"mean": float(mean)}
        case {"shares": [*shares]} if len(shares) == len(target.classes) and shares:
            return {"shares": shares} if all(isinstance(share, int | float) for share in shares) else {}
    return {}


def ignores_missing(model: Model) -> bool:
    """Whether a model was trained on rows that lacked some of its targets."""
    if object_at(model.record, "recipe"):
        return object_at(model.record, "recipe", "options").get("targets") == "ignore_nan"
    return object_at(model.record, "settings").get("missing_targets") == "ignore"


def targets_for(model: Model, frame: pl.DataFrame) -> dict[str, Any]:
    """The targets of a table, and whether those that are missing are ignored, as they were in the model's training."""
    assert model.encoding is not None
    some = ignores_missing(model)
    return {"T": model.encoding.targets_of(frame, some=some), "targets": "ignore_nan" if some else "complete"}


def settings_of(model: Model) -> Settings:
    """The settings that a model was trained with; raises ArgumentError for one without, FileError for damaged ones."""
    if model.record.get("settings") is None:
        raise ArgumentError("this model has no record of its settings: train it again on its table")
    told = object_at(model.record, "settings")
    try:
        return _settings(told)
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged_record(f"settings: {error}") from error


def penalties_of(model: Model) -> tuple[float, float]:
    """The l1 and l2 of a model's training, from its settings or from the recipe of its arrays; none of one without."""
    if recipe := object_at(model.record, "recipe"):
        found = numbers_at(model.record, "recipe", "penalties") if "penalties" in recipe else [0.0, 0.0]
        if len(found) != 2 or not np.isfinite(found).all():
            raise damaged_record(f"recipe.penalties is {shown(recipe['penalties'])}; it must be two numbers")
        return found[0], found[1]
    if model.record.get("settings") is None:
        return 0.0, 0.0
    settings = settings_of(model)
    return settings.l1, build_rule(settings)[1]


def rule_of(model: Model) -> Rule:
    """The update rule of a model's training, from its settings or from the recipe of its arrays.

    Raises ArgumentError for a model without either, and for one whose file cannot hold its rule; FileError for damaged
    ones.
    """
    recipe = object_at(model.record, "recipe")
    if not recipe:
        return build_rule(settings_of(model))[0]
    train, described = text_at(model.record, "recipe", "train"), object_at(model.record, "recipe", "rule")
    if "rule" not in recipe and train in RULES:  # as earlier versions wrote it
        described = {"name": train}
    elif recipe.get("rule") is None:
        raise ArgumentError(
            f"{train}, by which {text_at(model.record, 'recipe', 'name')} trained, is no rule that a file can hold: "
            "open a step of its run, fit.run.step(k), or one of another rule by tw.worked_step"
        )
    try:
        return RULES.build(described)
    except ArgumentError:
        raise
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged_record(error) from error


def _known(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    """What the record says of a table, by which it is known again."""
    return {"name": name, "rows": frame.height, "fingerprint": fingerprint(frame)}


def _settings(description: JsonObject) -> Settings:
    """Settings as they come from a file, where tuples are lists."""
    known = [field.name for field in dataclasses.fields(Settings)]
    for name in description:
        if name not in known:
            raise ValueError(unknown("setting", name, known))
    found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in description.items()}
    return Settings(**found)


def _check_table(record: JsonObject, frame: pl.DataFrame | None, key: str) -> None:
    """Raise unless a table is the one that the record knows by the key, or none if that knows none."""
    what = key.replace("_", " ")
    if frame is None and record.get(key) is None:
        return
    if key != "table" and record.get(key) is None:
        raise ArgumentError(f"this model's record knows of no {what}: leave it out")
    known = known_table(record, key)
    if frame is None:
        raise ArgumentError(f"this model was trained with a {what} of its own, {known.name!r}: give that too")
    if fingerprint(frame) != known.fingerprint:
        other = f"{frame.height} rows where that had {known.rows}"
        found = other if frame.height != known.rows else "other columns or values"
        raise DataError(
            f"the {what} is another one than {known.name!r}, which the model was trained with ({found}): give that"
        )


def _versions(record: JsonObject) -> str:
    return ", ".join(f"{name} {value}" for name, value in object_at(record, "versions").items()) or "others"
