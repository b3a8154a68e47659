"""train: examples in, trained parameters out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.arrays import Array
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..errors import ArgumentError
from ..optimizers.interop import OptaxRule, as_rule
from ..optimizers.rule import Rule
from .arguments import (
    check_callbacks,
    check_count,
    check_dtype,
    check_examples,
    check_number,
    check_start,
    check_validation,
    default_loss,
)
from .batches import presentation
from .engines import Engine, Recipe
from .epoch import Job, Numbers
from .loop import Callback, drive
from .run import Run
from .stopping import NEVER, Limits

ENGINES = ("auto", "numpy", "xla")
_FLAT_UP_TO = 50_000
"""Parameters up to which the compiled loop carries one vector; above, copying it costs more than it saves."""


def train(
    net: Network,
    P: Array | Mapping[str, Array],
    T: Array,
    loss: str | Loss | None = None,
    optimizer: str | Rule | Any = "adam",
    batch_size: int | str | None = None,
    epochs: int = 200,
    params: Parameters | None = None,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
    validation: Sequence[Any] | None = None,
    goal: float | None = None,
    min_gradient: float | None = None,
    patience: int | None = None,
    max_seconds: float | None = None,
    sample_weight: Array | None = None,
    order: str = "shuffle",
    seed: int = 0,
    dtype: Any = "float32",
    engine: str = "auto",
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train a network by backpropagation, on NumPy or compiled by XLA, with the same result up to rounding.

    Args:
        net: The network.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs); for cross-entropy one-hot rows, or 0/1 for a sigmoid output.
        loss: A name or object of `tw.losses`; None: cross-entropy for sigmoid and softmax outputs, else `mse`.
        optimizer: A name, one of our rules, or an optax `GradientTransformation`.
        batch_size: Examples an update: "all", or a number; None: 32, or all of them if they are fewer.
        epochs: How often all examples are presented, at most.
        params: Where to start; None: `net.init(seed)`.
        l1: Adds l1 Σ|w| over the weights to the loss.
        l2: Adds (l2/2) Σ w² over the weights to the loss.
        validation: (P, T) or (P, T, sample_weight): judged after each epoch, and the best parameters are returned.
        goal: Stop when an epoch's loss is at most this.
        min_gradient: Stop when the norm of an epoch's mean gradient is at most this.
        patience: Stop after this many epochs without a lower validation loss (training loss, without a validation set).
        max_seconds: Stop after this time, at the next look at the clock.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice, 0 as left out.
        order: "shuffle", "sequential", or "random" (with replacement).
        seed: Of the initial parameters, the batches and the dropout.
        dtype: "float32" or "float64".
        engine: "numpy", "xla", or "auto": NumPy for a job that it finishes before XLA would have compiled.
        callbacks: Functions called with an `EpochEnd` after each epoch; one that returns True stops the run.

    Returns a `Run`. Ctrl-C ends the run cleanly, with the best parameters so far; a second one raises
    KeyboardInterrupt. Raises ArgumentError and DataError for arguments that make no run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.05), batch_size="all", epochs=500)
    >>> run.predict(P).round().astype(int).ravel()
    array([0, 1, 1, 0])

    Source: SOURCES.md sections 5 to 7.
    """
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    checked.check(net.output.activation)
    rule = as_rule(optimizer)
    dtype = check_dtype(dtype)
    epochs = check_count("epochs", epochs)
    if patience is not None:
        patience = check_count("patience", patience)
    if max_seconds is not None:
        max_seconds = check_number("max_seconds", max_seconds)
    limits = Limits(
        -np.inf if goal is None else check_number("goal", goal, at_least=-np.inf),
        -1.0 if min_gradient is None else check_number("min_gradient", min_gradient),
        NEVER if patience is None else patience,
    )
    l1, l2 = check_number("l1", l1), check_number("l2", l2)
    examples = check_examples(net, checked, P, T, sample_weight, dtype)
    shown = presentation(len(examples.T), min(32, len(examples.T)) if batch_size is None else batch_size, order, seed)
    first_params = check_start(net, net.init(seed) if params is None else params, dtype)
    callbacks = check_callbacks(callbacks)
    scheduled = {f.name: value for f in rule.numbers() if callable(value := getattr(rule, f.name))}
    name = choose_engine(engine, net, rule, epochs * shown.steps, shown.batch_size)
    job = Job(
        net=net,
        loss=checked,
        rule=dataclasses.replace(rule, **{f.name: f.default for f in rule.numbers()}),
        batch_size=None if shown.presents_all else shown.batch_size,
        flat=name == "numpy" or net.parameter_count <= _FLAT_UP_TO,
        penalizes_l1=l1 > 0,
        penalizes_l2=l2 > 0,
        drops=any(layer.dropout for layer in net.layers),
        watches_gradient=min_gradient is not None,
        scheduled=tuple(scheduled),
    )
    numbers = Numbers(
        {f.name: float(getattr(rule, f.name)) for f in rule.numbers() if f.name not in scheduled}, l1, l2, limits
    )
    recipe = Recipe(
        job=job,
        numbers=numbers,
        schedules=scheduled,
        examples=examples,
        validation=check_validation(net, checked, validation, dtype),
        presentation=shown,
        params=first_params,
        dtype=dtype,
    )
    return drive(_build(name, recipe), recipe, rule, epochs, max_seconds, callbacks)


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
    overhead = updates * (40e-6 + 20e-6 * len(net.layers))
    operations = updates * 6.0 * net.parameter_count * batch_size
    return "xla" if overhead > 1.0 or operations > 1e12 else "numpy"


def _build(name: str, recipe: Recipe) -> Engine:
    if name == "numpy":
        from .numpy_engine import NumPyEngine

        return NumPyEngine(recipe)
    from .xla_engine import XLAEngine

    return XLAEngine(recipe)
