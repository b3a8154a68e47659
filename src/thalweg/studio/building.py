"""From a training's plain data to its recipe: by the same functions as `thalweg train`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.network import Network
from ..data import Prepared
from ..errors import ArgumentError
from ..optimizers import RULES
from ..optimizers.bayesian_regularization import BayesianRegularization
from ..optimizers.full_batch import FullBatchRule
from ..tables.arguments import prepare_table, training_options
from ..tables.objects import build_network
from ..tables.settings import Settings
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from .datasets import DATASETS, TARGET, table_of
from .spec import OWN_TABLE, Spec
from .start import Start
from .uploads import OwnTable as OwnTable

if TYPE_CHECKING:
    import polars as pl

MOST_PARAMETERS = 2_000_000


@dataclass(frozen=True, eq=False)
class Built:
    """A training that is ready to run: its table, what was understood of it, its network and its recipe.

    Each is equal to itself alone: tables and parameters are not compared.
    """

    spec: Spec
    name: str
    frame: pl.DataFrame
    target: tuple[str, ...]
    settings: Settings
    prepared: Prepared
    network: Network
    options: dict[str, Any]
    recipe: Recipe
    start: Start | None = None
    """The parameters that it begins with, if they were not drawn."""


def build(spec: Spec, own: OwnTable | None = None, start: Start | None = None) -> Built:
    """Make a training ready; raises ArgumentError and DataError, which name the field, for one that cannot be."""
    if spec.start and start is None:
        raise ArgumentError(
            "this training begins with weights of one's own, which an address does not hold: upload them"
        )
    if spec.data == OWN_TABLE:
        if own is None:
            raise ArgumentError("this training is of a table of one's own, which an address does not hold: upload it")
        own = own.read_as(header=not spec.no_header, sheet=spec.sheet)
        name, frame = own.name, own.frame
    else:
        name, frame = f"{spec.data}.csv", _builtin(spec)
    target = spec.target or ((TARGET,) if TARGET in frame.columns else (frame.columns[-1],))
    settings = settings_of(spec)
    prepared = prepare_table(frame, target, settings, None, None)
    if own is not None and spec.data == OWN_TABLE:
        prepared = dataclasses.replace(prepared, notes=(*own.notes, *prepared.notes))
    net = with_layers(build_network(prepared.encoding, settings), spec)
    options = training_options(prepared, net, settings)
    start = start if spec.start else None
    if start is not None:
        options["params"] = start.parameters_for(net)
    recipe = make_recipe(net, prepared.train.P, prepared.train.T, TrainingOptions(**options))
    return Built(spec, name, frame, target, settings, prepared, net, options, recipe, start)


def settings_of(spec: Spec) -> Settings:
    """The settings of a table's training that say it, as far as they can."""
    rule = spec.made_rule()
    own_decay = "weight_decay" in (field.name for field in rule.numbers()) or isinstance(rule, BayesianRegularization)
    if own_decay and spec.l2:
        raise ArgumentError(f"l2 goes with a rule without a decay of its own, not with {spec.optimizer}: set it to 0")
    activation: Any = tuple(layer.activation for layer in spec.layers)
    dropout: Any = tuple(layer.dropout for layer in spec.layers)
    if not spec.plain:
        activation, dropout = "tanh", 0.0  # each layer is made by itself
    elif len({*activation}) <= 1 and len({*dropout}) <= 1:
        activation, dropout = (*activation, "tanh")[0], (*dropout, 0.0)[0]
    batch = None if isinstance(rule, FullBatchRule) else spec.batch_size
    default = "70/15/15" if spec.data == OWN_TABLE else DATASETS[spec.data].split
    same = ("ignore", "text", "no_header", "dates", "decimal", "many_texts", "missing_targets", "sample_weight",
            "class_weight", "group", "time", "stratify", "final_momentum", "max_seconds")  # fmt: skip
    return Settings(
        **{name: getattr(spec, name) for name in same},
        task=spec.task,
        split=default if spec.split == "auto" else spec.split,
        hidden=tuple(layer.size for layer in spec.layers),
        activation=activation,
        dropout=dropout,
        shortcuts=spec.shortcuts,
        initializer=spec.initializer,
        max_parameters=MOST_PARAMETERS,
        loss=spec.made_loss() if spec.loss_settings else spec.loss,
        **rule_options(spec),
        schedule=spec.schedule,
        weight_decay=None if own_decay else spec.l2,
        l1=spec.l1,
        goal=spec.goal,
        min_gradient=spec.min_gradient,
        batch_size=batch,
        order=spec.order,
        epochs=spec.epochs,
        patience=spec.patience,
        seed=spec.seed,
        dtype=spec.dtype,
        engine=spec.engine,
        record="all",
    )


AS_OPTIONS = ("learning_rate", "momentum")
"""The settings of rules that a command has options for."""


def own_settings(spec: Spec) -> dict[str, Any]:
    """The settings of the rule that are not its defaults."""
    usual = RULES.describe(RULES.get(spec.optimizer))
    return {name: value for name, value in spec.rule.items() if value != usual[name]}


def rule_options(spec: Spec) -> dict[str, Any]:
    """The rule as settings of a table's training: its name and its options, or else an object."""
    own = own_settings(spec)
    if all(name in AS_OPTIONS for name in own):
        return {"optimizer": spec.optimizer, **own}
    return {"optimizer": spec.made_rule()}


def with_layers(net: Network, spec: Spec) -> Network:
    """The network with the activation and the dropout of each hidden layer, where settings cannot say them."""
    if spec.plain:
        return net
    hidden = [
        dataclasses.replace(layer, activation=one.made(), dropout=one.dropout)
        for layer, one in zip(net.layers[:-1], spec.layers, strict=True)
    ]
    return Network(dict(net.inputs), [*hidden, net.layers[-1]])


def _builtin(spec: Spec) -> pl.DataFrame:
    return table_of(spec.data, points=spec.points, noise=spec.noise, seed=spec.data_seed)
