"""What a training in the page is made from: plain data, so that an address can hold it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..core.activations import ACTIVATIONS, Activation
from ..core.initializers import INITIALIZERS
from ..core.kinds import check_count, check_number
from ..core.losses import LOSSES, Loss
from ..data import parse_fractions
from ..data.choices import DATE_ORDERS, DECIMALS, MANY_TEXTS, MISSING_TARGETS, TASKS
from ..errors import ArgumentError, ThalwegError, shown, unknown
from ..optimizers import RULES, SCHEDULES
from ..optimizers.rule import Rule
from ..tables.objects import check_learning_rate
from ..training.choices import DTYPES, ENGINES, ORDERS

MOST_EPOCHS = 1_000_000
MOST_UNITS = 2_000
MOST_LAYERS = 12
OWN_TABLE = "table"
"""The name of the data that a person brings."""


class HiddenLayer(NamedTuple):
    """A hidden layer: its units, their activation with its settings, the share of them that is dropped."""

    size: int
    activation: str = "tanh"
    dropout: float = 0.0
    settings: tuple[tuple[str, Any], ...] = ()
    """Names and values; a formula of one's own is the setting of the activation "formula"."""

    def made(self) -> Activation:
        """The activation; raises ArgumentError for a setting that cannot be, and a formula that is none."""
        activation = ACTIVATIONS.build({"name": self.activation, **dict(self.settings)})
        activation.check_trainable()
        return activation


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A training: its data, network, rule and settings. Raises ArgumentError that names the field that cannot be.

    >>> Spec(order="shufle")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: unknown order 'shufle': did you mean 'shuffle'? Known: shuffle, sequential, random
    """

    data: str = "xor"
    noise: float = 0.1
    points: int = 200
    data_seed: int = 0
    target: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    sheet: str | None = None
    no_header: bool = False
    dates: str | None = None
    decimal: str | None = None
    many_texts: str = "leave-out"
    missing_targets: str = "leave-out"
    sample_weight: str | None = None
    class_weight: str | None = None
    group: str | None = None
    time: str | None = None
    stratify: str | None = None
    task: str | None = None
    split: str = "auto"
    layers: tuple[HiddenLayer, ...] = (HiddenLayer(4),)
    shortcuts: bool = False
    initializer: str = "auto"
    start: bool = False
    """Whether it begins with parameters of a person's own."""
    loss: str | None = None
    loss_settings: dict[str, Any] = field(default_factory=dict)
    optimizer: str = "adam"
    rule: dict[str, Any] = field(default_factory=dict)
    schedule: str = "fixed"
    final_momentum: float | None = None
    batch_size: int | str | None = None
    order: str = "shuffle"
    epochs: int = 1000
    patience: int = 0
    max_seconds: float | None = None
    goal: float | None = None
    min_gradient: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0
    dtype: str | None = None
    engine: str = "auto"

    def __post_init__(self) -> None:
        from .datasets import DATASETS

        known = [*DATASETS, OWN_TABLE]
        for name, value, choices in (
            ("data", self.data, known),
            ("initializer", self.initializer, INITIALIZERS),
            ("optimizer", self.optimizer, RULES),
            ("schedule", self.schedule, SCHEDULES),
            ("order", self.order, ORDERS),
            ("engine", self.engine, ENGINES),
            ("many_texts", self.many_texts, MANY_TEXTS),
            ("missing_targets", self.missing_targets, MISSING_TARGETS),
        ):
            if not isinstance(value, str) or value not in choices:
                raise ArgumentError(unknown(name, value, choices))
        for name, value, choices in (
            ("loss", self.loss, LOSSES), ("dtype", self.dtype, DTYPES), ("task", self.task, TASKS),
            ("dates", self.dates, DATE_ORDERS), ("decimal", self.decimal, DECIMALS),
            ("class_weight", self.class_weight, ("balanced",)),
        ):  # fmt: skip
            if value is not None and value not in choices:
                raise ArgumentError(unknown(name, value, choices))
        check_count("points", self.points, 8, 10_000)
        check_number("noise", self.noise)
        check_count("data_seed", self.data_seed, 0, 2**32 - 1)
        check_count("seed", self.seed, 0, 2**32 - 1)
        check_count("epochs", self.epochs, 1, MOST_EPOCHS)
        check_count("patience", self.patience, 0)
        check_number("l1", self.l1)
        check_number("l2", self.l2)
        if self.batch_size not in (None, "all"):
            check_count("batch_size", self.batch_size)
        if self.max_seconds is not None:
            check_number("max_seconds", self.max_seconds)
        if self.goal is not None:
            check_number("goal", self.goal, at_least=float("-inf"))
        if self.min_gradient is not None:
            check_number("min_gradient", self.min_gradient)
        if self.split != "auto":
            parse_fractions(self.split)
        if len(self.layers) > MOST_LAYERS:
            raise ArgumentError(f"layers has {len(self.layers)}; at most {MOST_LAYERS} hidden layers are shown here")
        object.__setattr__(self, "layers", tuple(HiddenLayer(*layer) for layer in self.layers))
        for number, layer in enumerate(self.layers, start=1):
            check_count(f"hidden layer {number}: size", layer.size, 1, MOST_UNITS)
            if layer.activation not in ACTIVATIONS or layer.activation == "softmax":
                raise ArgumentError(
                    f"hidden layer {number}: {unknown('activation', layer.activation, ACTIVATIONS.without('softmax'))}"
                )
            try:
                layer.made()
            except ThalwegError as error:
                raise ArgumentError(f"hidden layer {number}: {error}") from None
            if not 0 <= check_number(f"hidden layer {number}: dropout", layer.dropout) < 1:
                raise ArgumentError(
                    f"hidden layer {number}: dropout is {shown(layer.dropout)}; it must be at least 0 and below 1"
                )
        if self.loss_settings and self.loss is None:
            raise ArgumentError("loss_settings go with a loss: name one, or leave them out")
        try:
            self.made_loss()
        except ThalwegError as error:
            raise ArgumentError(f"loss: {error}") from None
        self.made_rule()

    @property
    def plain(self) -> bool:
        """Whether the hidden layers have activations without settings of their own, as a command can say them."""
        return not any(layer.settings or layer.activation == "formula" for layer in self.layers)

    def made_loss(self) -> Loss | None:
        """The loss with its settings; None: what fits the task."""
        return None if self.loss is None else LOSSES.build({"name": self.loss, **self.loss_settings})

    def made_rule(self) -> Rule:
        """The update rule with its settings; of its rate the commands' rule holds, for whatever else it is set to."""
        rate = self.rule.get("learning_rate")
        if isinstance(rate, int | float):
            check_learning_rate(rate)
        return RULES.build({"name": self.optimizer, **self.rule})

    def changed(self) -> dict[str, Any]:
        """The fields that are not the defaults."""
        plain = Spec.__dataclass_fields__
        found: dict[str, Any] = {}
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            default = {} if one.name in ("rule", "loss_settings") else plain[one.name].default
            if value != default:
                found[one.name] = value
        return found
