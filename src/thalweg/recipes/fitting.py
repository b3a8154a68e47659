"""What all recipes do: divide the examples, encode them, train, score each part, and put the model together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.initializers import INITIALIZERS, InitNW
from ..core.kinds import is_count
from ..core.network import Network
from ..core.weighing import finite_targets
from ..data import Encoding, Part, TargetEncoding
from ..data.array_layout import ArrayLayout, column_names, read_matrix
from ..data.columns import Column
from ..data.split import Split
from ..data.values import counted
from ..errors import ArgumentError, DataError, shown
from ..files.model import Model
from ..files.model_file import plain
from ..optimizers.bayesian_regularization import BayesianRegularization
from ..optimizers.conjugate_gradient import ConjugateGradient, ScaledConjugateGradient
from ..optimizers.interop import as_rule
from ..optimizers.levenberg_marquardt import LevenbergMarquardt
from ..optimizers.quasi_newton import BFGS, OneStepSecant
from ..registry import title_of
from ..tables.record import constant_of
from ..tables.score import score
from ..training.loop import train
from ..training.record import EVERYTHING, check_record
from .arrays import check_scaling, fit_inputs, fit_values, missing_told, read_classes, with_class
from .division import divide_examples
from .fitted import Fitted

_LEAST_GRADIENT: dict[type, float] = {
    LevenbergMarquardt: 1e-7,
    BayesianRegularization: 1e-7,
    ScaledConjugateGradient: 1e-6,
    BFGS: 1e-6,
    ConjugateGradient: 1e-10,
    OneStepSecant: 1e-10,
}
"""MATLAB's min_grad of each training function; 1e-5 of the others."""


@dataclass(frozen=True)
class Choices:
    """The arguments of a recipe beside its arrays; `options` are those of `tw.train`."""

    hidden: int | Sequence[int]
    activation: Any
    output: Any
    initializer: Any
    train: Any
    loss: Any
    batch_size: Any
    divide: str
    ratios: Sequence[float]
    indices: Any
    scaling: str
    seed: int
    options: Mapping[str, Any]


@dataclass(frozen=True)
class _Examples:
    """Arrays that were read and divided, and how they are encoded."""

    P: np.ndarray
    encoding: Encoding
    T: np.ndarray
    """The targets as outputs of the network (examples, outputs)."""
    labels: np.ndarray
    """The targets as they were given, (examples,) or of several (examples, targets)."""
    rows: Split


def recipe_of_values(name: str, make: Callable[..., Network], P: Any, T: Any, choices: Choices) -> Fitted:
    """A network whose outputs are values, scaled for the training and undone by the model."""
    names, P, T = column_names("P", P), read_matrix("P", P), read_matrix("T", T)
    _check_same(P, T.shape[0], T.shape)
    if choices.options.get("targets", "complete") == "complete":
        finite_targets("T", T)
    rows = _divided(P, np.shape(T), choices)
    columns, layout, notes = fit_inputs(P, rows.train, choices.scaling, names)
    notes += missing_told(P, rows, columns, layout)
    targets = fit_values(T, rows.train, choices.scaling)
    encoding = _encoding(columns, targets, layout, notes)
    scaled = np.column_stack([target.scale.apply(T[:, place]) for place, target in enumerate(targets) if target.scale])
    labels = T if len(targets) > 1 else T[:, 0]
    return _fitted(name, make, _Examples(P, encoding, scaled, labels, rows), choices)


def recipe_of_classes(name: str, make: Callable[..., Network], P: Any, T: Any, choices: Choices) -> Fitted:
    """A network whose outputs are probabilities of classes."""
    names, P = column_names("P", P), read_matrix("P", P)
    T, there = with_class(T)
    if not there.all() and choices.options.get("targets", "complete") == "complete":
        row = int((~there).argmax())
        raise DataError(
            f"T has no class in row {row} (counted from 0): leave the row out, as targets='ignore_nan' does"
        )
    labels, target, single = read_classes(T)
    _check_same(P, len(labels), np.shape(T))
    rows = _kept(_divided(P, np.shape(T), choices), there)
    columns, layout, notes = fit_inputs(P, rows.train, choices.scaling, names)
    notes += missing_told(P, rows, columns, layout)
    if not there.all():
        without = int((~there).sum())
        notes.append(f"{without} {'example has' if without == 1 else 'examples have'} no class in T: left out")
    encoding = _encoding(columns, (target,), dataclasses.replace(layout, single=single), notes)
    codes = target.codes(labels)
    outputs = np.eye(len(target.classes))[codes] if target.outputs > 1 else codes[:, None].astype(np.float64)
    output = ("softmax" if target.outputs > 1 else "logsig") if choices.output is None else choices.output
    choices = dataclasses.replace(choices, output=output)
    return _fitted(name, make, _Examples(P, encoding, outputs, labels, rows), choices)


def _check_same(P: np.ndarray, examples: int, shape: tuple[int, ...]) -> None:
    if len(P) == examples:
        return
    hint = "they must have the same"
    if len(shape) == 2 and P.shape[1] == shape[1] > max(examples, len(P)):
        hint = "transposed? examples are rows here, give P.T and T.T"
    elif P.shape[1] == examples > len(P):
        hint = "transposed? examples are rows here, give P.T"
    elif len(shape) == 2 and shape[1] == len(P):
        hint = "transposed? examples are rows here, give T.T"
    raise ArgumentError(f"T has {examples} examples and P has {len(P)}: {hint}")


def _divided(P: np.ndarray, shape: tuple[int, ...], choices: Choices) -> Split:
    check_scaling(choices.scaling)
    examples = len(P)
    if not examples:
        raise DataError("P has no examples")
    hint = "add examples, or give divide='none'"
    if len(shape) == 2 and P.shape[1] == shape[1] > examples:
        hint = "transposed? examples are rows here, give P.T and T.T"
        if examples == 1:
            raise DataError(f"P and T have shape {P.shape}, one example: {hint}")
    try:
        return divide_examples(examples, choices.divide, choices.ratios, choices.indices, choices.seed)
    except DataError:
        shares = "/".join(f"{100 * share:g}" for share in choices.ratios)
        raise DataError(f"{counted(examples, 'example')}: too few to divide {shares}; {hint}") from None


def _kept(rows: Split, there: np.ndarray) -> Split:
    """The rows of each part that are there; raises DataError if none of training is."""
    train, validation, test = (of[there[of]] for of in (rows.train, rows.validation, rows.test))
    if not len(train):
        raise DataError("T has no class in any training row: give some, or divide the examples otherwise")
    return Split(train, validation, test)


def _encoding(
    columns: tuple[Column, ...], targets: tuple[TargetEncoding, ...], layout: ArrayLayout, notes: Sequence[str]
) -> Encoding:
    targets = tuple(dataclasses.replace(one, name=_free(one.name, layout.inputs)) for one in targets)
    used = {column.name for column in columns}
    unused = tuple(name for name in layout.inputs if name not in used)
    return Encoding(columns, targets, tuple(notes), unused, layout)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name of a target that no input has."""
    return _free(f"target_{name}", taken) if name in taken else name


def _fitted(name: str, make: Callable[..., Network], examples: _Examples, choices: Choices) -> Fitted:
    encoding, rows = examples.encoding, examples.rows
    assert encoding.layout is not None
    frame = encoding.layout.frame(examples.P)
    X = np.hstack([column.encode(frame[column.name])[0] for column in encoding.inputs])
    rule, notes, options = as_rule(choices.train), list(encoding.notes), dict(choices.options)
    training, validation = rows.train, rows.validation
    if isinstance(rule, BayesianRegularization) and len(validation):
        training, validation = np.sort(np.concatenate([training, validation])), validation[:0]
        notes.append(f"{title_of(rule)} needs no validation part: its {len(rows.validation)} examples trained too")
    if options.get("min_gradient") is None:
        options["min_gradient"] = _LEAST_GRADIENT.get(type(rule), 1e-5)
    if not len(validation):
        options["patience"] = None  # MATLAB's validation stops: without such a part there are none
    asked = check_record("record", options["record"])
    tested = rows.test[~np.isnan(examples.T[rows.test]).all(axis=1)]
    tested = tested if "test_loss" in asked or EVERYTHING in asked else tested[:0]
    net = make(*_sizes(X.shape[1], choices.hidden, examples.T.shape[1]), hidden=choices.activation,
               output=choices.output)  # fmt: skip
    run = train(
        net,
        X[training],
        examples.T[training],
        choices.loss,
        rule,
        choices.batch_size,
        params=net.init(choices.seed, _initializer(choices, X[training])),
        validation=(X[validation], examples.T[validation]) if len(validation) else None,
        test=(X[tested], examples.T[tested]) if len(tested) else None,
        seed=choices.seed,
        **options,
    )
    model = Model.from_run(run, encoding)
    rows = Split(training, validation, rows.test)
    parts = {"train": rows.train, "validation": rows.validation, "test": rows.test}
    constant = constant_of(encoding, _part(X, examples, _there(examples, training)))
    scores = {
        part: score(encoding, examples.labels[there], model.predict_rows(X[there]), constant)
        for part, of in parts.items()
        if len(there := _there(examples, of))
    }
    notes += _not_scored(examples, parts)
    told = {
        "recipe": {"name": name, **_told(choices), "examples": {part: len(of) for part, of in parts.items()}},
        "constant": constant,
        "scores": scores["test"].to_dict() if "test" in scores else None,
        "scores_by_part": {part: one.to_dict() for part, one in scores.items()},
        "notes": notes,
    }
    return Fitted(model.with_record({**model.record, **plain(told)}), run, rows, scores, tuple(notes))


def _there(examples: _Examples, rows: np.ndarray) -> np.ndarray:
    """Those of the rows that have a target; none if some target is missing in all of them: it has no score."""
    there = ~np.isnan(examples.T[rows])
    return rows[there.any(axis=1)] if there.any(axis=0).all() else rows[:0]


def _not_scored(examples: _Examples, parts: Mapping[str, np.ndarray]) -> list[str]:
    """A note on each part that has no scores, as it lacks all values of some target."""
    notes = []
    for part, rows in parts.items():
        none = np.isnan(examples.T[rows]).all(axis=0)
        if len(rows) and none.any():
            names = ", ".join(repr(examples.encoding.target_names[place]) for place in np.flatnonzero(none))
            notes.append(f"no {part} row has a target {names}: that part has no scores")
    return notes


def _part(X: np.ndarray, examples: _Examples, rows: np.ndarray) -> Part:
    return Part(X[rows], examples.T[rows], rows, examples.labels[rows])


def _sizes(inputs: int, hidden: Any, outputs: int) -> tuple[int, ...]:
    sizes = (hidden,) if is_count(hidden) else hidden
    if not isinstance(sizes, Sequence | np.ndarray) or isinstance(sizes, str) or not all(map(is_count, sizes)):
        raise ArgumentError(f"hidden is {shown(hidden)}; it must be a size, such as 10, or a list of sizes")
    return inputs, *(int(size) for size in sizes), outputs


def _initializer(choices: Choices, X: np.ndarray) -> Any:
    """initnw by the range of the scaled inputs, unless another initializer, or one with its range, was given."""
    if not isinstance(choices.initializer, str) or choices.initializer != "initnw":
        return INITIALIZERS.get(choices.initializer)
    return InitNW(float(X.min()), float(X.max()))


def _told(choices: Choices) -> dict[str, Any]:
    """The choices as a record keeps them: names and numbers; of an object its name, of indices nothing."""
    kept: dict[str, Any] = {}
    for field in dataclasses.fields(choices):
        value = getattr(choices, field.name)
        if field.name in ("indices", "options"):
            continue
        if isinstance(value, list | tuple | np.ndarray):
            value = list(value)
        kept[field.name] = value if isinstance(value, str | int | float | list | None) else title_of(value)
    return kept
