"""From settings to objects: the network, the update rule with its schedules, and the penalty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..core.activations import ACTIVATIONS
from ..core.kinds import check_count, check_number, is_count
from ..core.losses import LOSSES
from ..core.network import Network, cascade, mlp
from ..data import Encoding
from ..errors import ArgumentError, shown, unknown
from ..optimizers import RULES, SCHEDULES, BayesianRegularization, Rule
from ..optimizers.schedules import Linear
from ..registry import replaced
from ..training.arguments import default_batch_size
from ..training.batch_order import make_batch_order
from .pieces import with_pieces
from .settings import Settings

_DECAY = 0.001
_LARGEST_RATE = 1000.0


def build_network(encoding: Encoding, settings: Settings) -> Network:
    """The network for an encoded table: its outputs are softmax, sigmoid, or linear, as the targets need.

    Sigmoid for two classes, one output for each target; softmax for more, of a single target.
    """
    for number, size in enumerate(settings.hidden, start=1):
        if not is_count(size):
            raise ArgumentError(f"hidden layer {number} has size {size!r}; a size is a whole number of at least 1")
    softmax = max(target.outputs for target in encoding.targets) > 1
    output = "linear" if encoding.task == "regression" else "softmax" if softmax else "sigmoid"
    sizes = (len(encoding.feature_names), *settings.hidden, encoding.outputs)
    make = cascade if settings.shortcuts else mlp
    hidden = _for_each("activation", settings.activation, settings)
    if any(ACTIVATIONS.get(one) == ACTIVATIONS.get("softmax") for one in hidden):
        raise ArgumentError("activation 'softmax' is for the output layer, which has it where it fits: choose another")
    shares = [check_number("dropout", share) for share in _for_each("dropout", settings.dropout, settings)]
    net = make(*sizes, hidden=hidden, output=output)
    layers = [replace(layer, dropout=share) for layer, share in zip(net.layers, [*shares, 0.0], strict=True)]
    net = Network(dict(net.inputs), layers)
    if check_count("pieces", settings.pieces, 0, 1000):
        net = with_pieces(net, encoding, settings.pieces)
    most = check_count("max_parameters", settings.max_parameters)
    if net.parameter_count > most:
        raise ArgumentError(
            f"hidden layers of {', '.join(map(str, settings.hidden))} units make {net.parameter_count:,} parameters, "
            f"more than {most:,}: choose smaller layers, or allow more with --max-parameters"
        )
    loss = None if settings.loss is None else LOSSES.get(settings.loss)
    if loss is not None and loss.probabilities and output == "linear":
        told = f"targets {encoding.targets_told} are" if encoding.several else f"target {encoding.targets_told} is"
        raise ArgumentError(
            f"loss {settings.loss!r} is for classes, and {told} measured: use mse, or task classification"
        )
    return net


def _for_each(name: str, value: Any, settings: Settings) -> list[Any]:
    """What each hidden layer has: the same, or as many as there are; raises ArgumentError for another number."""
    count = len(settings.hidden)
    if not isinstance(value, list | tuple):
        return [value] * count
    if len(value) != count:
        layers = "there is 1 hidden layer" if count == 1 else f"there are {count} hidden layers"
        raise ArgumentError(f"{name} has {len(value)} values, and {layers}: give one for each, or one for all")
    return list(value)


def check_learning_rate(value: float) -> None:
    """Raise ArgumentError for a rate with which no table is trained."""
    if not 0 < value <= _LARGEST_RATE:
        raise ArgumentError(
            f"learning_rate is {value:g}; it must be above 0 and at most {_LARGEST_RATE:g}, usually 0.0001 to 1"
        )


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
            raise ArgumentError(f"{name} is {shown(value)}; it must be a number")
        number = name.removeprefix("final_")
        if number not in known:
            able = [other for other, kind in RULES.items() if number in (field.name for field in kind.numbers())]
            raise ArgumentError(
                f"optimizer {settings.optimizer!r} has no {number}: leave it out, or use {' or '.join(able)}"
            )
        if name == "final_momentum" and not 0 <= value < 1:
            raise ArgumentError(f"final_momentum is {value:g}; it must be at least 0 and below 1")
        if name == "learning_rate":
            check_learning_rate(value)
    if settings.schedule not in SCHEDULES:
        raise ArgumentError(unknown("schedule", settings.schedule, SCHEDULES))
    if settings.schedule != "fixed" and "learning_rate" not in known:
        raise ArgumentError(
            f"optimizer {settings.optimizer!r} has no learning_rate, which schedule {settings.schedule!r} would "
            "change: leave it out, or use adam"
        )
    own = "weight_decay" in known
    if settings.weight_decay is None:
        return replaced(rule, **numbers), 0.0 if own or isinstance(rule, BayesianRegularization) else _DECAY
    decay = check_number("weight_decay", settings.weight_decay)
    if own:
        return replaced(rule, **numbers, weight_decay=decay), 0.0
    return replaced(rule, **numbers), decay


def schedule_numbers(rule: Any, settings: Settings, examples: int) -> Rule:
    """The rule with its learning rate and momentum on their schedules, over all updates that the run may have."""
    if settings.schedule == "fixed" and settings.final_momentum is None:
        return rule
    batch_size = default_batch_size(rule, examples) if settings.batch_size is None else settings.batch_size
    updates = make_batch_order(examples, batch_size, settings.order, settings.seed).steps
    updates *= check_count("epochs", settings.epochs)
    if settings.schedule != "fixed":
        schedule = SCHEDULES[settings.schedule].over(rule.learning_rate, updates)
        rule = replaced(rule, learning_rate=schedule)
    if settings.final_momentum is not None:
        rule = replaced(rule, momentum=Linear(rule.momentum, settings.final_momentum, updates))
    return rule
