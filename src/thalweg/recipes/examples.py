"""The examples of a recipe: arrays read, divided and weighed, and how they are encoded."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.weighing import check_target_weight, finite_targets
from ..data import Encoding, Part, TargetEncoding
from ..data.array_layout import ArrayLayout, column_names, read_matrix
from ..data.columns import Column
from ..data.split import Split
from ..data.values import counted
from ..errors import ArgumentError, DataError
from ..training.arguments import example_weight
from .arrays import (
    encoded_inputs,
    fit_inputs,
    fit_values,
    missing_told,
    read_classes,
    read_scaling,
    target_names,
    with_class,
)
from .choices import Choices
from .division import divide_examples


@dataclass(frozen=True)
class RecipeExamples:
    """Arrays that were read, weighed and divided, and how they are encoded; all have a row for each example.

    `X` and `T` are inputs and targets of the network, `targets` those that `predict` answers with, NaN where one is
    missing or weighs nothing, and `labels` what the scores compare with: of one target (examples,).
    """

    P: np.ndarray
    X: np.ndarray
    T: np.ndarray
    targets: np.ndarray
    labels: np.ndarray
    encoding: Encoding
    rows: Split
    sample_weight: np.ndarray | None
    target_weight: np.ndarray | None

    @property
    def fingerprint(self) -> str:
        """What tells these inputs and targets from others, however they were given."""
        digest = hashlib.sha256()
        told = self.targets if self.encoding.task == "regression" else self.T
        for array in (self.P, told):
            one_nan = np.where(np.isnan(array), np.nan, array)
            digest.update(str(array.shape).encode() + np.ascontiguousarray(one_nan).tobytes())
        return digest.hexdigest()

    def weight(self, rows: np.ndarray) -> np.ndarray | None:
        """What rows count: (rows,), or (rows, outputs) where targets have weights of their own; None: all alike."""
        examples, single = self.sample_weight, self.target_weight
        if single is None:
            return None if examples is None else examples[rows]
        return single[rows] if examples is None else single[rows] * examples[rows, None]

    def weights(self, rows: np.ndarray) -> dict[str, np.ndarray | None]:
        """The same as the arguments of a training."""
        given = {"sample_weight": self.sample_weight, "target_weight": self.target_weight}
        return {name: None if weight is None else weight[rows] for name, weight in given.items()}

    def scored(self, rows: np.ndarray) -> dict[str, Any]:
        """The weights of rows in the scores: those of single targets only where these are values."""
        if self.target_weight is not None and self.encoding.task == "regression":
            return {"sample_weight": self.weight(rows), "weighed_by": "target_weight"}
        if self.sample_weight is None:
            return {}
        return {"sample_weight": self.sample_weight[rows], "weighed_by": "sample_weight"}

    def there(self, rows: np.ndarray) -> np.ndarray:
        """Those of the rows that have a target; none if some target is missing in all of them: it has no score."""
        there = ~np.isnan(self.targets[rows])
        return rows[there.any(axis=1)] if there.any(axis=0).all() else rows[:0]

    def part(self, rows: np.ndarray) -> Part:
        """The rows as a part of a table, with the weights of the scores."""
        weight = self.scored(rows).get("sample_weight")
        return Part(self.X[rows], self.T[rows], rows, self.labels[rows], sample_weight=weight)


def examples_of_values(P: ArrayLike, T: ArrayLike, choices: Choices) -> RecipeExamples:
    """The examples of a network whose outputs are values; raises ArgumentError and DataError for what are none."""
    input_names, names = column_names("P", P), target_names(T)
    P, T = read_matrix("P", P), read_matrix("T", T)
    _check_same(P, T.shape[0], T.shape)
    if choices.options.get("targets", "complete") == "complete":
        finite_targets("T", T)
    sample_weight, target_weight = _weights(choices, T)
    counting = T if target_weight is None else np.where(target_weight > 0, T, np.nan)
    rows, notes = _weighed(_divided(P, np.shape(T), choices), sample_weight, target_weight)
    scaling = read_scaling(choices.scaling)
    columns, layout, more = fit_inputs(P, rows.train, scaling, input_names)
    targets = fit_values(counting, rows.train, scaling, names)
    encoding = _encoding(columns, targets, layout, [*notes, *more, *missing_told(P, rows, columns, layout)])
    scaled = np.column_stack([target.scale.apply(T[:, place]) for place, target in enumerate(targets) if target.scale])
    labels = counting if len(targets) > 1 else counting[:, 0]
    return RecipeExamples(
        P, encoded_inputs(encoding, P), scaled, counting, labels, encoding, rows, sample_weight, target_weight
    )


def examples_of_classes(P: ArrayLike, T: ArrayLike, choices: Choices) -> RecipeExamples:
    """The examples of a network whose outputs are probabilities of classes; raises as `examples_of_values` does."""
    input_names, names, P = column_names("P", P), target_names(T), read_matrix("P", P)
    T, there = with_class(T)
    if not there.all() and choices.options.get("targets", "complete") == "complete":
        row = int((~there).argmax())
        raise DataError(
            f"T has no class in row {row} (counted from 0): leave the row out, as targets='ignore_nan' does"
        )
    labels, target, single = read_classes(T, names, len(P))
    _check_same(P, len(labels), np.shape(T))
    codes = target.codes(labels)
    one_hot = np.eye(len(target.classes))[codes]
    outputs = one_hot if target.outputs > 1 else one_hot[:, 1:]
    sample_weight, target_weight = _weights(choices, outputs)
    rows = _kept(_divided(P, np.shape(T), choices), there, "T has no class in any training row: give some")
    rows, notes = _weighed(rows, sample_weight, target_weight)
    columns, layout, more = fit_inputs(P, rows.train, read_scaling(choices.scaling), input_names)
    notes += [*more, *missing_told(P, rows, columns, layout)]
    if not there.all():
        without = int((~there).sum())
        notes.append(f"{without} {'example has' if without == 1 else 'examples have'} no class in T: left out")
    encoding = _encoding(columns, (target,), dataclasses.replace(layout, single=single), notes)
    outputs = np.where(there[:, None], outputs, np.nan)
    answers = np.where(there[:, None], one_hot[:, 1:] if single else one_hot, np.nan)
    return RecipeExamples(
        P, encoded_inputs(encoding, P), outputs, answers, labels, encoding, rows, sample_weight, target_weight
    )


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


def _weights(choices: Choices, T: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The weights of the examples and of the targets, checked as `tw.train` does; None for those not given."""
    given, of_targets = choices.options.get("sample_weight"), choices.options.get("target_weight")
    sample_weight = None if given is None else example_weight("sample_weight", given, len(T), "float64")
    target_weight = None if of_targets is None else np.asarray(check_target_weight("target_weight", of_targets, T))
    return sample_weight, target_weight


def _divided(P: np.ndarray, shape: tuple[int, ...], choices: Choices) -> Split:
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


def _weighed(
    rows: Split, sample_weight: np.ndarray | None, target_weight: np.ndarray | None
) -> tuple[Split, list[str]]:
    """The rows of each part that weigh something, and a note if there are others."""
    if sample_weight is None and target_weight is None:
        return rows, []
    counts: Any = True if sample_weight is None else sample_weight > 0
    if target_weight is not None:
        counts = counts & (target_weight > 0).any(axis=1)
    none = int((~counts).sum())
    kept = _kept(rows, counts, "every training row has the weight 0: weigh some")
    return kept, [f"{counted(none, 'example')} of weight 0 left out"] if none else []


def _kept(rows: Split, there: np.ndarray, otherwise: str) -> Split:
    """The rows of each part that are there; raises DataError if none of training is."""
    train, validation, test = (of[there[of]] for of in (rows.train, rows.validation, rows.test))
    if not len(train):
        raise DataError(f"{otherwise}, or divide the examples otherwise")
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
