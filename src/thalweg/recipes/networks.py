"""From two arrays to a fitted network in one call, with the defaults that MATLAB documents."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..core.kinds import takes_kinds
from ..core.network import cascade, mlp
from ..optimizers.rule import Rule
from ..training.options import takes_options
from .division import RATIOS
from .fitted import Fitted
from .fitting import Choices, recipe_of_classes, recipe_of_values

_takes_options = takes_options(
    leave_out=(
        "loss", "optimizer", "batch_size", "params", "frozen", "validation", "test", "state", "sample_weight",
        "target_weight", "seed",
    ),
    epochs=1000,
    patience=6,
    goal=0.0,
    dtype="float64",
    record="all",
)  # fmt: skip


@takes_kinds
@_takes_options
def fitnet(
    P: Any,
    T: Any,
    hidden: int | Sequence[int] = 10,
    train: str | Rule | Any = "lm",
    *,
    divide: str = "random",
    ratios: Sequence[float] = RATIOS,
    indices: Sequence[Any] | None = None,
    scaling: str = "mapminmax",
    activation: Any = "tansig",
    output: Any = "purelin",
    initializer: Any = "initnw",
    loss: Any = "mse",
    batch_size: Any = "all",
    seed: int = 0,
    **options: Any,
) -> Fitted:
    """Fit a network to values: sizes from the data, inputs and targets scaled, MATLAB's defaults (its fitnet).

    What is learnt of the data (scaling, which inputs vary) is learnt from the training rows. "lm" is
    Levenberg-Marquardt with geodesic acceleration, "trainlm" MATLAB's without. br looks at no validation part: its rows
    train too.

    Args:
        P: Inputs (examples, inputs), examples as rows: MATLAB's x.T. A vector is one input. NaN is a missing value,
            which the mean of the training rows stands for, beside a mark, 1 where one is missing. A frame of Polars or
            pandas keeps the names of its columns, by which `predict` takes them.
        T: Targets (examples, outputs): MATLAB's t.T. A vector is one output.
        hidden: The size of the hidden layer, or the sizes of several.
        train: The update rule: a name of ours or MATLAB's, or a rule with its settings.
        divide: Training, validation and test rows: "random", "block", "interleaved", "indices" or "none".
        ratios: Their shares.
        indices: For divide "indices": (train, validation, test), rows from 0.
        scaling: "mapminmax" (to ±1), "standard" (to mean 0 and deviation 1) or "none"; of inputs and targets.
        activation: Of the hidden layers.
        output: Of the output layer.
        initializer: Of the weights.
        loss: A name or object of `tw.losses`, of scaled outputs and targets.
        batch_size: Examples an update.
        seed: Of the division, the initial weights and the batches.
        {options}

    `min_gradient` is MATLAB's min_grad of the rule if left out. Raises ArgumentError and DataError for what makes no
    training.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-3, 3, 120)
    >>> fit = tw.fitnet(P, np.sin(P), hidden=6)
    >>> fit.predict([0.5]).round(2), fit.scores["test"].r2 > 0.999
    (array([[0.48]]), True)
    """
    of_network = hidden, activation, output, initializer
    choices = Choices(*of_network, train, loss, batch_size, divide, ratios, indices, scaling, seed, options)
    return recipe_of_values("fitnet", mlp, P, T, choices)


@takes_kinds
@_takes_options
def patternnet(
    P: Any,
    T: Any,
    hidden: int | Sequence[int] = 10,
    train: str | Rule | Any = "scg",
    *,
    divide: str = "random",
    ratios: Sequence[float] = RATIOS,
    indices: Sequence[Any] | None = None,
    scaling: str = "mapminmax",
    activation: Any = "tansig",
    output: Any = None,
    initializer: Any = "initnw",
    loss: Any = "cross_entropy",
    batch_size: Any = "all",
    seed: int = 0,
    **options: Any,
) -> Fitted:
    """Fit a network to classes, by scaled conjugate gradient on the cross-entropy (MATLAB's patternnet).

    The outputs are a softmax, one for each column of T; of a T of one column, and of two labels, one logsig output.
    `predict` gives the probabilities of the classes, in the order of T's columns, and of a T of one column that of 1.

    Args:
        P: Inputs (examples, inputs), as for `fitnet`.
        T: Classes: one-hot rows (examples, classes), MATLAB's t.T; one column of 0 and 1; or a vector of labels.
        hidden: The size of the hidden layer, or the sizes of several.
        train: The update rule: a name of ours or MATLAB's, or a rule with its settings.
        divide: Training, validation and test rows: "random", "block", "interleaved", "indices" or "none".
        ratios: Their shares.
        indices: For divide "indices": (train, validation, test), rows from 0.
        scaling: "mapminmax" (to ±1), "standard" (to mean 0 and deviation 1) or "none"; of the inputs.
        activation: Of the hidden layers.
        output: Of the output layer; None: softmax, or logsig if there is one.
        initializer: Of the weights.
        loss: A name or object of `tw.losses`.
        batch_size: Examples an update.
        seed: Of the division, the initial weights and the batches.
        {options}

    `min_gradient` is MATLAB's min_grad of the rule if left out. Raises ArgumentError and DataError for what makes no
    training.

    >>> import numpy as np, thalweg as tw
    >>> P = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    >>> inside = (P**2).sum(axis=1) < 0.5
    >>> fit = tw.patternnet(P, np.column_stack([inside, ~inside]))
    >>> fit.predict([[0.0, 0.1], [0.9, 0.9]]).argmax(axis=1), fit.scores["test"].accuracy > 0.9
    (array([0, 1]), True)
    """
    of_network = hidden, activation, output, initializer
    choices = Choices(*of_network, train, loss, batch_size, divide, ratios, indices, scaling, seed, options)
    return recipe_of_classes("patternnet", mlp, P, T, choices)


def _as_fitnet(function: Callable[..., Fitted]) -> Callable[..., Fitted]:
    """Let a function of P, T and choices take the arguments of `fitnet`, told in its docstring at {arguments}."""
    signature = inspect.signature(fitnet)
    told = re.search(r"    Args:\n.*?\n(?=\n)", fitnet.__doc__ or "", re.DOTALL)
    own = {field.name for field in dataclasses.fields(Choices)} - {"options"}

    @functools.wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Fitted:
        try:
            bound = signature.bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{function.__name__}() {error}") from None
        bound.apply_defaults()
        given = bound.arguments
        P, T = given.pop("P"), given.pop("T")
        options = {name: value for name, value in given.items() if name not in own}
        return function(P, T, Choices(**{name: given[name] for name in own}, options=options))

    wrapper.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    wrapper.__doc__ = (function.__doc__ or "").replace("    {arguments}\n", told.group() if told else "")
    return takes_kinds(wrapper)


@_as_fitnet
def feedforwardnet(P: Any, T: Any, choices: Choices) -> Fitted:
    """`fitnet` by the name of MATLAB's feedforwardnet.

    {arguments}

    >>> import numpy as np, thalweg as tw
    >>> tw.feedforwardnet(np.linspace(-1, 1, 40), np.linspace(0, 1, 40), [3, 2], epochs=3).model.network
    Network(1 - 3 tansig - 2 tansig - 1 purelin, 17 parameters)
    """
    return recipe_of_values("feedforwardnet", mlp, P, T, choices)


@_as_fitnet
def cascadeforwardnet(P: Any, T: Any, choices: Choices) -> Fitted:
    """`fitnet` with every layer fed by the inputs and all layers before it (MATLAB's cascadeforwardnet).

    {arguments}

    >>> import numpy as np, thalweg as tw
    >>> fit = tw.cascadeforwardnet(np.linspace(-1, 1, 40), np.linspace(0, 1, 40), 2, epochs=3)
    >>> fit.model.network.layers[-1].sources
    ('input', 'layer1')
    """
    return recipe_of_values("cascadeforwardnet", cascade, P, T, choices)
