"""What all recipes do: train on the training part, score each part, and put the model together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.initializers import INITIALIZERS, Initializer, InitNW
from ..core.kinds import is_count
from ..core.network import Network
from ..data.split import Split
from ..errors import ArgumentError, shown
from ..files.model import Model
from ..files.model_file import plain
from ..optimizers.bayesian_regularization import BayesianRegularization
from ..optimizers.conjugate_gradient import ConjugateGradient, ScaledConjugateGradient
from ..optimizers.interop import as_rule
from ..optimizers.levenberg_marquardt import LevenbergMarquardt
from ..optimizers.quasi_newton import BFGS, OneStepSecant
from ..optimizers.rule import Rule
from ..registry import title_of
from ..tables.record import constant_of
from ..tables.score import score
from ..training.choices import EVERYTHING
from ..training.loop import train
from ..training.record import check_record
from .choices import Choices
from .examples import RecipeExamples, examples_of_classes, examples_of_values
from .fitted import Fitted
from .record import choices_told

_LEAST_GRADIENT: dict[type, float] = {
    LevenbergMarquardt: 1e-7,
    BayesianRegularization: 1e-7,
    ScaledConjugateGradient: 1e-6,
    BFGS: 1e-6,
    ConjugateGradient: 1e-10,
    OneStepSecant: 1e-10,
}
"""MATLAB's min_grad of each training function; 1e-5 of the others."""


def recipe_of_values(name: str, make: Callable[..., Network], P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """A network whose outputs are values, scaled for the training and undone by the model."""
    return _fitted(name, make, examples_of_values(P, T, choices), choices)


def recipe_of_classes(name: str, make: Callable[..., Network], P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """A network whose outputs are probabilities of classes."""
    examples = examples_of_classes(P, T, choices)
    if choices.output is None:
        choices = dataclasses.replace(choices, output="softmax" if examples.T.shape[1] > 1 else "logsig")
    return _fitted(name, make, examples, choices)


def _fitted(name: str, make: Callable[..., Network], examples: RecipeExamples, choices: Choices) -> Fitted:
    encoding, rule, notes = examples.encoding, as_rule(choices.train), list(examples.encoding.notes)
    rows = rows_of_rule(rule, examples.rows)
    if rows is not examples.rows:
        joined = len(examples.rows.validation)
        notes.append(f"{title_of(rule)} needs no validation part: its {joined} examples trained too")
    sizes = _sizes(examples.X.shape[1], choices.hidden, examples.T.shape[1])
    net = make(*sizes, hidden=choices.activation, output=choices.output)
    options = training_options(net, examples, choices, rule, rows)
    run = dataclasses.replace(train(net, examples.X[rows.train], examples.T[rows.train], **options), scaled=True)
    model = Model.from_run(run, encoding)
    parts = {"train": rows.train, "validation": rows.validation, "test": rows.test}
    constant = constant_of(encoding, examples.part(examples.there(rows.train)))
    scores = {
        part: score(encoding, examples.labels[there], model.predict_rows(examples.X[there]), constant,
                    **examples.scored(there))
        for part, of in parts.items()
        if len(there := examples.there(of))
    }  # fmt: skip
    notes += _not_scored(examples, parts)
    told: dict[str, Any] = {
        "recipe": {
            "name": name, **choices_told(choices, run), "examples": {part: len(of) for part, of in parts.items()},
            "columns": [*layout.inputs, *encoding.target_names] if (layout := encoding.layout) else [],
            "fingerprint": examples.fingerprint,
        },
        "constant": constant,
        "scores": scores["test"].to_dict() if "test" in scores else None,
        "scores_by_part": {part: one.to_dict() for part, one in scores.items()},
        "notes": notes,
    }  # fmt: skip
    model = model.with_record({**model.record, **plain(told)})
    return Fitted(model, run, rows, scores, tuple(notes), examples.P, examples.targets)


def rows_of_rule(rule: Rule, rows: Split) -> Split:
    """The rows of the parts: br needs no validation part, whose rows train too."""
    if not isinstance(rule, BayesianRegularization) or not len(rows.validation):
        return rows
    return Split(np.sort(np.concatenate([rows.train, rows.validation])), rows.validation[:0], rows.test)


def training_options(
    net: Network, examples: RecipeExamples, choices: Choices, rule: Rule, rows: Split
) -> dict[str, Any]:
    """The options of the training, in the scaled units of the network."""
    X, T, options = examples.X, examples.T, dict(choices.options)
    for weights in ("sample_weight", "target_weight"):
        options.pop(weights, None)
    if options.get("min_gradient") is None:
        options["min_gradient"] = _LEAST_GRADIENT.get(type(rule), 1e-5)
    if not len(rows.validation):
        options["patience"] = None  # MATLAB's validation stops: without such a part there are none
    params = options.pop("params", None)
    if params is None:
        params = net.init(choices.seed, _initializer(choices, X[rows.train]))
    asked = check_record("record", options.get("record", ()))
    tested = rows.test[~np.isnan(examples.targets[rows.test]).all(axis=1)]
    tested = tested if "test_loss" in asked or EVERYTHING in asked else tested[:0]
    judged = {
        part: (X[of], T[of], examples.weight(of)) if len(of) else None
        for part, of in (("validation", rows.validation), ("test", tested))
    }
    return {
        "loss": choices.loss, "optimizer": rule, "batch_size": choices.batch_size, "params": params,
        "seed": choices.seed, **judged, **examples.weights(rows.train), **options,
    }  # fmt: skip


def _not_scored(examples: RecipeExamples, parts: Mapping[str, np.ndarray]) -> list[str]:
    """A note on each part that has no scores, as it lacks all values of some target."""
    notes = []
    for part, rows in parts.items():
        none = np.isnan(examples.targets[rows]).all(axis=0)
        if len(rows) and none.any():
            names = ", ".join(repr(examples.encoding.target_names[place]) for place in np.flatnonzero(none))
            notes.append(f"no {part} row has a target {names}: that part has no scores")
    return notes


def _sizes(inputs: int, hidden: int | Sequence[int], outputs: int) -> tuple[int, ...]:
    sizes = (hidden,) if is_count(hidden) else hidden
    if not isinstance(sizes, Sequence | np.ndarray) or isinstance(sizes, str) or not all(map(is_count, sizes)):
        raise ArgumentError(f"hidden is {shown(hidden)}; it must be a size, such as 10, or a list of sizes")
    return inputs, *(int(size) for size in sizes), outputs


def _initializer(choices: Choices, X: np.ndarray) -> Initializer:
    """initnw by the range of each scaled input, unless another initializer, or one with its ranges, was given.

    An input that is the same in every training row counts as one that goes 1 to either side.
    """
    if not isinstance(choices.initializer, str) or choices.initializer != "initnw":
        return INITIALIZERS.get(choices.initializer)
    low, high = X.min(axis=0), X.max(axis=0)
    same = 1.0 * (low == high)
    return InitNW(tuple((low - same).tolist()), tuple((high + same).tolist()))
