"""train: examples in, trained parameters out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.arrays import Array
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..optimizers.rule import Rule
from .arguments import check_callbacks, check_number
from .loop import Callback, drive
from .priority_sampling import PrioritySampling
from .recipe import make_recipe
from .run import Run


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
    generalization_loss: float | None = None,
    min_progress: float | None = None,
    validate_every: int = 1,
    sample_weight: Array | None = None,
    order: str | PrioritySampling = "shuffle",
    seed: int = 0,
    dtype: Any = None,
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
        batch_size: Examples an update: "all", or a number; None: 32, or all of them if they are fewer or if the rule
            needs them all.
        epochs: How often all examples are presented, at most.
        params: Where to start; None: `net.init(seed)`.
        l1: Adds l1 Σ|w| over the weights to the loss.
        l2: Adds (l2/2) Σ w² over the weights to the loss.
        validation: (P, T) or (P, T, sample_weight): judged after each epoch, and the best parameters are returned.
        goal: Stop when an epoch's loss is at most this.
        min_gradient: Stop when the norm of an epoch's mean gradient is at most this.
        patience: Stop after this many epochs without a lower validation loss (training loss, without a validation set).
        max_seconds: Stop after this time, at the next look at the clock.
        generalization_loss: Stop when the validation loss is so many percent above its lowest (PROBEN1's GL).
        min_progress: Stop when the training losses of the last `validate_every` epochs were, on average, less than so
            many per thousand above their least (PROBEN1's P_k).
        validate_every: Judge the validation set only after every so many epochs; NaN in the history between.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice, 0 as left out.
        order: "shuffle", "sequential", "random" (with replacement), or a `PrioritySampling`.
        seed: Of the initial parameters, the batches and the dropout.
        dtype: "float32" or "float64"; None: float32, or float64 for a second-order rule.
        engine: "numpy", "xla", or "auto": NumPy for a job that it finishes before XLA would have compiled.
        callbacks: Functions called with an `EpochEnd` after each epoch; one that returns True stops the run.

    Returns a `Run`. Ctrl-C ends the run cleanly, with the best parameters so far; a second one raises
    KeyboardInterrupt. Raises ArgumentError and DataError for arguments that make no run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.05), batch_size="all", epochs=500)
    >>> run.predict(P).round().astype(int).ravel()
    array([0, 1, 1, 0])

    Source: docs/sources.md.
    """
    recipe = make_recipe(
        net,
        P,
        T,
        loss=loss,
        optimizer=optimizer,
        batch_size=batch_size,
        epochs=epochs,
        params=params,
        l1=l1,
        l2=l2,
        validation=validation,
        goal=goal,
        min_gradient=min_gradient,
        patience=patience,
        generalization_loss=generalization_loss,
        min_progress=min_progress,
        validate_every=validate_every,
        sample_weight=sample_weight,
        order=order,
        seed=seed,
        dtype=dtype,
        engine=engine,
    )
    seconds = None if max_seconds is None else check_number("max_seconds", max_seconds)
    return drive(recipe, seconds, check_callbacks(callbacks))
