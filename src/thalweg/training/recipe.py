"""The recipe of a run: the arguments of `train`, checked and put in the shape that the engines take."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..errors import ArgumentError
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import OptaxRule, as_rule
from ..optimizers.rule import Rule
from ..optimizers.schedules import ReduceOnPlateau
from .arguments import (
    check_count,
    check_dtype,
    check_examples,
    check_full_batch,
    check_number,
    check_start,
    check_validation,
    default_batch_size,
    default_loss,
)
from .batches import presentation
from .engines import Recipe
from .epoch import Job, Numbers
from .sampling import PrioritySampling
from .stopping import NEVER, Limits

ENGINES = ("auto", "numpy", "xla")
_FLAT_UP_TO = 50_000
"""Parameters up to which the compiled loop carries one vector; above, copying it costs more than it saves."""


def make_recipe(
    net: Network,
    P: Any,
    T: Any,
    *,
    loss: Any = None,
    optimizer: Any = "adam",
    batch_size: Any = None,
    epochs: Any = 200,
    params: Any = None,
    l1: Any = 0.0,
    l2: Any = 0.0,
    validation: Any = None,
    goal: Any = None,
    min_gradient: Any = None,
    patience: Any = None,
    generalization_loss: Any = None,
    min_progress: Any = None,
    validate_every: Any = 1,
    sample_weight: Any = None,
    order: str | PrioritySampling = "shuffle",
    seed: Any = 0,
    dtype: Any = None,
    engine: str = "auto",
) -> Recipe:
    """The recipe for the arguments of `train`; raises ArgumentError and DataError for arguments that make no run."""
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    checked.check(net.output.activation)
    rule = as_rule(optimizer)
    dtype = check_dtype(dtype or ("float64" if isinstance(rule, FullBatchRule) else "float32"))
    epochs = check_count("epochs", epochs)
    if generalization_loss is not None and validation is None:
        raise ArgumentError("generalization_loss needs a validation set: give validation=(P, T)")
    limits = Limits(
        -np.inf if goal is None else check_number("goal", goal, at_least=-np.inf),
        -1.0 if min_gradient is None else check_number("min_gradient", min_gradient),
        NEVER if patience is None else check_count("patience", patience),
        np.inf if generalization_loss is None else check_number("generalization_loss", generalization_loss),
        -1.0 if min_progress is None else check_number("min_progress", min_progress),
    )
    l1, l2 = check_number("l1", l1), check_number("l2", l2)
    examples = check_examples(net, checked, P, T, sample_weight, dtype)
    if isinstance(rule, FullBatchRule):
        batch_size = check_full_batch(rule, net, checked, batch_size, l1, len(examples.T))
    elif batch_size is None:
        batch_size = default_batch_size(rule, len(examples.T))
    kept = None if sample_weight is None else np.asarray(sample_weight) > 0
    shown = presentation(len(examples.T), batch_size, order, seed, kept)
    if isinstance(rule, FullBatchRule) and not shown.presents_all:
        raise ArgumentError(
            f"{type(rule).__name__} needs every example once in each update: use order='shuffle', or adam"
        )
    first_params = check_start(net, net.init(seed) if params is None else params, dtype)
    given = {field.name: getattr(rule, field.name) for field in rule.numbers()}
    reduction = ()
    match given.get("learning_rate"):
        case ReduceOnPlateau(start, factor, patience_of_rate, least):
            given["learning_rate"] = start
            reduction = (factor, patience_of_rate, least / start)
    for name, value in given.items():
        if isinstance(value, ReduceOnPlateau):
            raise ArgumentError(f"{name} is {value}; only a learning_rate can be reduced on a plateau")
    schedules = {name: value for name, value in given.items() if callable(value)}
    name = choose_engine(engine, net, rule, epochs * shown.steps, shown.batch_size)
    job = Job(
        net=net,
        loss=checked,
        rule=dataclasses.replace(rule, **{field.name: field.default for field in rule.numbers()}),
        batch_size=None if shown.presents_all else shown.batch_size,
        flat=name == "numpy" or isinstance(rule, FullBatchRule) or net.parameter_count <= _FLAT_UP_TO,
        penalizes_l1=l1 > 0,
        penalizes_l2=l2 > 0,
        drops=any(layer.dropout for layer in net.layers),
        watches_gradient=min_gradient is not None,
        watches_progress=min_progress is not None,
        validates_every=check_count("validate_every", validate_every),
        reduces_rate=bool(reduction),
        scheduled=tuple(schedules),
        evens_batches=shown.weighs and checked.reduction == "mean" and examples.weight is not None,
    )
    numbers = {name: float(value) for name, value in given.items() if name not in schedules}
    batch_weight = shown.batch_size * float(np.mean(examples.weight)) if examples.weight is not None else ()
    return Recipe(
        job=job,
        numbers=Numbers(numbers, l1, l2, limits, reduction, batch_weight if job.evens_batches else ()),
        schedules=schedules,
        examples=examples,
        validation=check_validation(net, checked, validation, dtype),
        presentation=shown,
        params=first_params,
        dtype=dtype,
        rule=rule,
        epochs=epochs,
        engine=name,
        rows=None if kept is None or kept.all() else np.flatnonzero(kept),
    )


def choose_engine(engine: str, net: Network, rule: Rule, updates: int, batch_size: int) -> str:
    """The engine of a run; "auto" weighs the calls that NumPy makes in all updates against XLA's start.

    Both multiply matrices equally fast; what XLA saves is the time between the multiplications, and what it costs is
    its import and compilation, once. The numbers were measured by benchmarks/engine_choice.py.
    """
    if engine not in ENGINES:
        raise ArgumentError(f"engine is {engine!r}; it must be one of {', '.join(ENGINES)}")
    if isinstance(rule, OptaxRule):
        if engine == "numpy":
            raise ArgumentError("an optax rule runs on XLA: use engine='xla' or 'auto', or one of our rules")
        return "xla"
    if engine != "auto":
        return engine
    overhead = updates * (25e-6 + 16e-6 * len(net.layers))
    operations = updates * 6.0 * net.parameter_count * batch_size
    return "xla" if overhead > 1.0 or operations > 1e12 else "numpy"
