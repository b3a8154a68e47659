"""From a table to a trained, scored model in one call: what the command line runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from .core.activations import ACTIVATIONS
from .core.losses import LOSSES
from .core.network import Network, cascade, mlp
from .data import Encoding, Part, Prepared, fingerprint, parse_fractions, prepare
from .errors import ArgumentError, DataError, FileError, ThalwegError, unknown
from .files.model import Model, Prediction
from .optimizers import RULES, SCHEDULES, BayesianRegularization, Rule
from .optimizers.schedules import Linear
from .scores import ClassificationScores, RegressionScores, classification_scores, regression_scores
from .settings import Settings
from .training.arguments import check_count, check_number, default_batch_size
from .training.batch_order import make_batch_order
from .training.fit import train
from .training.loop import Callback
from .training.recipe import Recipe, make_recipe
from .training.replay import ReplayedUpdate, kept_after, replay
from .training.replay_error import replay_error
from .training.run import Run

if TYPE_CHECKING:
    import polars as pl

_DECAY = 0.001
_LARGEST_RATE = 1000.0
_LARGEST_SEED = 2**32 - 1
_MOST_PARAMETERS = 10**9


@dataclass(frozen=True)
class Trained:
    """What `train_table` leaves: the model, how its table was read, how the run went, and how it scores.

    `scores` and `prediction` are of the test part (None without one), `actual` its labels or values.
    """

    model: Model
    prepared: Prepared
    run: Run
    scores: ClassificationScores | RegressionScores | None
    actual: np.ndarray | None
    prediction: Prediction | None


def train_table(
    frame: pl.DataFrame,
    target: str,
    settings: Settings | None = None,
    *,
    validation: pl.DataFrame | None = None,
    test: pl.DataFrame | None = None,
    name: str = "table",
    validation_name: str = "validation table",
    test_name: str = "test table",
    callbacks: Sequence[Callback] = (),
    on_prepared: Callable[[Prepared, Network], Any] = lambda prepared, net: None,
) -> Trained:
    """Read a table's columns, split its rows, train a network on them, and score it on the test part.

    `validation` and `test` are tables for those parts, if they are not to be split off; the names are those by which
    the record calls the tables. `on_prepared` is called before the training starts, with what was understood of the
    table and the network. Raises DataError for a table, and ArgumentError for settings, that cannot be used.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), activation="tanh", learning_rate=0.01))
    >>> trained.scores.r2 > 0.9
    True
    """
    settings = settings or Settings()
    prepared = prepare_table(frame, target, settings, validation, test)
    net = build_network(prepared.encoding, settings)
    on_prepared(prepared, net)
    run = train(
        net, **training_arguments(prepared, net, settings), max_seconds=settings.max_seconds, callbacks=callbacks
    )
    model = Model.from_run(run, prepared.encoding)
    scores = prediction = actual = None
    if prepared.test is not None:
        prediction = model.predict_rows(prepared.test.P)
        actual = prepared.test.labels
        scores = score(prepared.encoding, actual, prediction)
    record = {
        **model.record,
        "table": _known(frame, name),
        "validation_table": None if validation is None else _known(validation, validation_name),
        "test_table": None if test is None else _known(test, test_name),
        "task": prepared.task,
        "task_reason": prepared.task_reason,
        "split": {part: 0 if rows is None else len(rows.T) for part, rows in parts(prepared).items()},
        "notes": list(prepared.notes),
        "settings": dataclasses.asdict(settings),
        "scores": None if scores is None else scores.to_dict(),
        "versions": {library: version(library) for library in ("thalweg", "numpy", "jax", "polars", "scikit-learn")},
    }
    return Trained(dataclasses.replace(model, record=record), prepared, run, scores, actual, prediction)


def prepare_table(
    frame: pl.DataFrame,
    target: str,
    settings: Settings,
    validation: pl.DataFrame | None,
    test: pl.DataFrame | None,
) -> Prepared:
    """The table split and encoded, after a look at the settings that do not need it."""
    if isinstance(settings.seed, bool) or not isinstance(settings.seed, int) or not 0 <= settings.seed <= _LARGEST_SEED:
        raise ArgumentError(f"seed is {settings.seed!r}; it must be a whole number from 0 to {_LARGEST_SEED}")
    build_rule(settings)
    return prepare(
        frame,
        target=target,
        task=settings.task,
        ignore=settings.ignore,
        fractions=parse_fractions(settings.split),
        validation=validation,
        test=test,
        seed=settings.seed,
    )


def training_arguments(prepared: Prepared, net: Network, settings: Settings) -> dict[str, Any]:
    """The arguments of `train` that a prepared table and settings make: all that its parameters follow from."""
    rule, l2 = build_rule(settings)
    part = prepared.train
    return {
        "P": part.P,
        "T": part.T,
        "loss": settings.loss,
        "optimizer": schedule_numbers(rule, settings, len(part.T)),
        "batch_size": settings.batch_size,
        "epochs": settings.epochs,
        "params": net.init(settings.seed, settings.initializer),
        "l2": l2,
        "validation": None if prepared.validation is None else (prepared.validation.P, prepared.validation.T),
        "patience": settings.patience or None,
        "order": settings.order,
        "seed": settings.seed,
        "dtype": settings.dtype,
        "engine": settings.engine,
    }


def _known(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    """What the record says of a table, by which it is known again."""
    return {"name": name, "rows": frame.height, "fingerprint": fingerprint(frame)}


def replay_model(
    model: Model, frame: pl.DataFrame, k: int, *, validation: pl.DataFrame | None = None
) -> ReplayedUpdate:
    """Update `k`, counted from 1, of the run that made a model from a table; `rows` are those of the table, from 0.

    As `recipe_of`, and raises ArgumentError for a `k` that is no update of the run.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10, split="100/0/0"))
    >>> print(replay_model(trained.model, frame, 20).replay_error)
    the losses of 10 epochs are the run's to the bit; the parameters after it are the run's to the bit
    """
    recipe = recipe_of(model, frame, validation=validation)
    record = model.record
    try:
        updates, best_epoch = (count_in(record, name) for name in ("updates", "best_epoch"))
        history = np.asarray([np.nan if loss is None else float(loss) for loss in record["history"]["loss"]])
        kept = kept_after(recipe, updates, best_epoch, record["stopped_because"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged_record(error) from error
    replayed = replay(recipe, k, updates)
    params = model.params if k == kept else None
    near = replay_error(model.network, replayed.losses, history, replayed.params_after, params)
    return dataclasses.replace(replayed, replay_error=near)


def recipe_of(model: Model, frame: pl.DataFrame, *, validation: pl.DataFrame | None = None) -> Recipe:
    """The recipe of the run that made a model, from its record and the tables that it was trained and validated on.

    Raises DataError for another table than the one the model was trained on, and if that is split or encoded otherwise
    than it was then; ArgumentError for a model without settings, and if its validation table is needed or is not;
    FileError if its record is damaged.
    """
    if model.encoding is None:
        raise ArgumentError(
            "this model was trained on arrays, so its file has no settings to replay its steps: use the run itself"
        )
    record = model.record
    if record.get("settings") is None:
        raise ArgumentError("this model has no record of its settings, so its steps cannot be replayed: train it again")
    _check_table(record.get("table") or {}, frame, "table")
    _check_table(record.get("validation_table"), validation, "validation table")
    try:
        settings = dataclasses.replace(_settings(record["settings"]), engine=record["engine"])
        # Of a test table it only matters that there was one, and so no test part; any table can stand for it.
        test = None if record.get("test_table") is None else frame
        prepared = prepare_table(frame, model.encoding.target.name, settings, validation, test)
        split = {part: 0 if rows is None else len(rows.T) for part, rows in parts(prepared).items() if part != "test"}
        alike = prepared.encoding == model.encoding and all(record["split"][part] == split[part] for part in split)
        net = build_network(prepared.encoding, settings)
        if alike and net != model.network:
            raise ValueError("its settings make another network")
        recipe = make_recipe(net, **training_arguments(prepared, net, settings)) if alike else None
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise damaged_record(error) from error
    if recipe is None:
        raise DataError(
            "the table is split or encoded otherwise than when the model was trained, with "
            f"{_versions(record)}: use those versions"
        )
    return dataclasses.replace(recipe, rows=prepared.train.rows)


def settings_of(model: Model) -> Settings:
    """The settings that a model was trained with; raises ArgumentError for one without, FileError for damaged ones."""
    if model.record.get("settings") is None:
        raise ArgumentError("this model has no record of its settings: train it again on its table")
    try:
        return _settings(model.record["settings"])
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged_record(error) from error


def _settings(description: Any) -> Settings:
    """Settings as they come from a file, where tuples are lists."""
    known = [field.name for field in dataclasses.fields(Settings)]
    for name in description:
        if name not in known:
            raise ValueError(unknown("setting", name, known))
    found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in description.items()}
    return Settings(**found)


def _check_table(known: Any, frame: pl.DataFrame | None, what: str) -> None:
    """Raise unless a table is the one that the record knows, or none if that knows none."""
    if known is None and frame is None:
        return
    if known is None:
        raise ArgumentError(f"this model's record knows of no {what}: leave it out")
    try:
        name, rows, digest = known["name"], known["rows"], known["fingerprint"]
    except (KeyError, TypeError) as error:
        raise damaged_record(error) from error
    if frame is None:
        raise ArgumentError(f"this model was trained with a {what} of its own, {name!r}: give that too")
    if fingerprint(frame) != digest:
        found = f"{frame.height} rows where that had {rows}" if frame.height != rows else "other columns or values"
        raise DataError(
            f"the {what} is another one than {name!r}, which the model was trained with ({found}): give that"
        )


def count_in(record: Any, name: str) -> int:
    """A whole number of a record; raises KeyError and TypeError if it is not there, or is none."""
    value = record[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{name} is {value!r}")
    return value


def _versions(record: dict[str, Any]) -> str:
    versions = record.get("versions")
    return ", ".join(f"{name} {value}" for name, value in versions.items()) if isinstance(versions, dict) else "others"


def damaged_record(reason: Any) -> FileError:
    """The error for a record of a training that cannot be read, for this reason."""
    told = f"{reason.args[0]!r} is missing" if isinstance(reason, KeyError) else str(reason)
    return FileError(
        f"the record of the model's training is damaged ({told}): take a copy that is whole, or train again"
    )


def score(encoding: Encoding, actual: Any, prediction: Prediction) -> ClassificationScores | RegressionScores:
    """The scores of a prediction for rows whose labels or values are known."""
    if prediction.probabilities is None:
        return regression_scores(actual, prediction.values)
    return classification_scores(actual, prediction.values, prediction.probabilities, encoding.target.classes)


def parts(prepared: Prepared) -> dict[str, Part | None]:
    """Training, validation and test part by name."""
    return {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}


def build_network(encoding: Encoding, settings: Settings) -> Network:
    """The network for an encoded table: its outputs are softmax, one sigmoid, or linear, as the target needs."""
    if not isinstance(settings.hidden, tuple | list):
        raise ArgumentError(f"hidden is {settings.hidden!r}; it must be a tuple of sizes, such as (64, 32)")
    for number, size in enumerate(settings.hidden, start=1):
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ArgumentError(f"hidden layer {number} has size {size!r}; a size is a whole number of at least 1")
    target = encoding.target
    output = "linear" if target.task == "regression" else "sigmoid" if target.outputs == 1 else "softmax"
    sizes = (len(encoding.feature_names), *settings.hidden, target.outputs)
    make = cascade if settings.shortcuts else mlp
    if ACTIVATIONS.get(settings.activation) == ACTIVATIONS.get("softmax"):
        raise ArgumentError("activation 'softmax' is for the output layer, which has it where it fits: choose another")
    dropout = check_number("dropout", settings.dropout)
    net = make(*sizes, hidden=settings.activation, output=output, dropout=dropout)
    if net.parameter_count > _MOST_PARAMETERS:
        raise ArgumentError(
            f"hidden layers of {', '.join(map(str, settings.hidden))} units make {net.parameter_count:,} parameters, "
            f"more than {_MOST_PARAMETERS:,}: choose smaller layers"
        )
    loss = None if settings.loss is None else LOSSES.get(settings.loss)
    if loss is not None and loss.probabilities and output == "linear":
        raise ArgumentError(
            f"loss {settings.loss!r} is for classes, and target {target.name!r} is measured: use mse, or task "
            "classification"
        )
    return net


def build_rule(settings: Settings) -> tuple[Rule, float]:
    """The update rule with its numbers, and the l2 penalty: a weight decay is the rule's own if it has one."""
    rule = RULES.get(settings.optimizer)
    known = [field.name for field in rule.numbers()]
    given = {"learning_rate": settings.learning_rate, "momentum": settings.momentum}
    numbers = {name: value for name, value in given.items() if value is not None}
    for name, value in {**numbers, "final_momentum": settings.final_momentum}.items():
        if value is None:
            continue
        if not isinstance(value, int | float):
            raise ArgumentError(f"{name} is {value!r}; it must be a number")
        number = name.removeprefix("final_")
        if number not in known:
            able = [other for other, kind in RULES.items() if number in (field.name for field in kind.numbers())]
            raise ArgumentError(
                f"optimizer {settings.optimizer!r} has no {number}: leave it out, or use {' or '.join(able)}"
            )
        if name == "final_momentum" and not 0 <= value < 1:
            raise ArgumentError(f"final_momentum is {value:g}; it must be at least 0 and below 1")
        if name == "learning_rate" and not 0 < value <= _LARGEST_RATE:
            raise ArgumentError(
                f"learning_rate is {value:g}; it must be above 0 and at most {_LARGEST_RATE:g}, usually 0.0001 to 1"
            )
    if settings.schedule not in SCHEDULES:
        raise ArgumentError(unknown("schedule", settings.schedule, SCHEDULES))
    if settings.schedule != "fixed" and "learning_rate" not in known:
        raise ArgumentError(
            f"optimizer {settings.optimizer!r} has no learning_rate, which schedule {settings.schedule!r} would "
            "change: leave it out, or use adam"
        )
    own = "weight_decay" in known
    if settings.weight_decay is None:
        return dataclasses.replace(rule, **numbers), 0.0 if own or isinstance(rule, BayesianRegularization) else _DECAY
    decay = check_number("weight_decay", settings.weight_decay)
    if own:
        return dataclasses.replace(rule, **numbers, weight_decay=decay), 0.0
    return dataclasses.replace(rule, **numbers), decay


def schedule_numbers(rule: Any, settings: Settings, examples: int) -> Rule:
    """The rule with its learning rate and momentum on their schedules, over all updates that the run may have."""
    if settings.schedule == "fixed" and settings.final_momentum is None:
        return rule
    batch_size = default_batch_size(rule, examples) if settings.batch_size is None else settings.batch_size
    updates = make_batch_order(examples, batch_size, settings.order, settings.seed).steps
    updates *= check_count("epochs", settings.epochs)
    if settings.schedule != "fixed":
        schedule = SCHEDULES[settings.schedule].over(rule.learning_rate, updates)
        rule = dataclasses.replace(rule, learning_rate=schedule)
    if settings.final_momentum is not None:
        rule = dataclasses.replace(rule, momentum=Linear(rule.momentum, settings.final_momentum, updates))
    return rule
