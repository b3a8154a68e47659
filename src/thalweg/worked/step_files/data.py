"""The examples of a step file: inputs and targets, their weights, masks of dropout, and how many an update sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypedDict

import numpy as np

from ...core.checked import check_inputs, check_targets
from ...core.kinds import is_count
from ...core.losses import LOSSES, Loss
from ...core.network import Network
from ...errors import ArgumentError, shown
from ..step.masks import check_masks
from .network import check_keys, read_array, read_rows

KEYS = ("inputs", "targets", "batch_size", "weights", "target_weights", "missing_targets", "masks")
MISSING = "missing"
"""What stands in the place of a target that is missing."""


class TakenExamples(TypedDict):
    """Examples as the arguments of `worked_step`."""

    P: dict[str, np.ndarray]
    T: np.ndarray
    sample_weight: np.ndarray | None
    target_weight: np.ndarray | None
    targets: str
    masks: dict[str, np.ndarray] | None


@dataclass(frozen=True, eq=False)
class StepData:
    """The examples of a step file; a missing target is NaN. `batch_size` None: an update sees all of them."""

    inputs: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    targets: np.ndarray | None = None
    batch_size: int | None = None
    sample_weight: np.ndarray | None = None
    target_weight: np.ndarray | None = None
    masks: Mapping[str, np.ndarray] | None = None

    @property
    def examples(self) -> int:
        """How many there are."""
        return 0 if self.targets is None else len(self.targets)

    def taken(self, rows: np.ndarray) -> TakenExamples:
        """Some of the examples, as the arguments of `worked_step`; raises ArgumentError where they weigh nothing."""
        assert self.targets is not None
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        if weight is not None and not weight.any():
            raise ArgumentError(
                f"[data] weights are 0 for all examples of a batch, {rows[0] + 1} to {rows[-1] + 1}: one must count"
            )
        T = self.targets[rows]
        return {
            "P": {name: p[rows] for name, p in self.inputs.items()},
            "T": T,
            "sample_weight": weight,
            "target_weight": None if self.target_weight is None else self.target_weight[rows],
            "targets": "ignore_nan" if np.isnan(T).any() else "complete",
            "masks": None if self.masks is None else {name: mask[rows] for name, mask in self.masks.items()},
        }

    def refuse_replacing(self) -> None:
        """Raise ArgumentError where something is given for these examples that another example would not have."""
        for name, given in (
            ("weights", self.sample_weight),
            ("target_weights", self.target_weight),
            ("masks", self.masks),
        ):
            if given is not None:
                raise ArgumentError(
                    f"--input and --target take the place of the examples, and [data] {name} are those of the file: "
                    "leave them out"
                )


def read_data(net: Network, loss: Loss, table: Any) -> StepData:
    """What `[data]` says; raises ArgumentError that names the key at fault."""
    if table is None:
        return StepData()
    if not isinstance(table, Mapping):
        raise ArgumentError(f"data is {shown(table)}; write it as [data] with inputs and targets")
    check_keys("[data]", table, KEYS)
    needed = ("inputs", "targets") if loss.uses_targets else ("inputs",)
    for key in needed:
        if key not in table:
            raise ArgumentError(f"[data] has no {key}")
    if not loss.uses_targets:
        for key in ("targets", "target_weights", "missing_targets"):
            if key in table:
                raise ArgumentError(f"[data] {key}: loss {LOSSES.name_of(loss)!r} has no targets: leave them out")
    given = table["inputs"]
    arrays = (
        {name: read_rows(values, f"[data] inputs {name!r}") for name, values in given.items()}
        if isinstance(given, Mapping)
        else read_rows(given, "[data] inputs")
    )
    inputs = check_inputs(net, arrays)
    count = len(next(iter(inputs.values())))
    targets = _targets(net, table, count) if loss.uses_targets else np.zeros((count, net.output.size))
    size = table.get("batch_size", "all")
    if size != "all" and not is_count(size, 1, count):
        raise ArgumentError(f'[data] batch_size is {shown(size)}; it must be "all" or a number from 1 to {count}')
    return StepData(
        inputs,
        targets,
        None if size == "all" else size,
        _weights(table, "weights", (count,)),
        _weights(table, "target_weights", targets.shape),
        _masks(net, table, count),
    )


def _targets(net: Network, table: Mapping[str, Any], count: int) -> np.ndarray:
    """The targets, NaN where they are missing, which must be said."""
    ignored = table.get("missing_targets", "refuse")
    if ignored not in ("ignore", "refuse"):
        raise ArgumentError(f'[data] missing_targets is {shown(ignored)}; it must be "ignore", or left out')
    targets, place = table["targets"], "[data] targets"
    said = not _same(targets, _with_nan(targets))
    rows = read_rows(_with_nan(targets), place, missing=True)
    if ignored == "refuse" and not said and np.isnan(rows).any():
        row = int(np.argwhere(np.isnan(rows))[0][0])
        raise ArgumentError(
            f'{place} has nan in row {row + 1}: write "{MISSING}" for a target that is missing, or say '
            'missing_targets = "ignore"'
        )
    missing = np.isnan(rows)
    if missing.all():
        raise ArgumentError(f"{place}: all are missing; some target must be there")
    check_targets(net, np.where(missing, 0.0, rows), count)
    return rows


def _with_nan(value: Any) -> Any:
    """The same with NaN where a target is said to be missing."""
    if isinstance(value, list):
        return [_with_nan(item) for item in value]
    if isinstance(value, str) and value != MISSING:
        near = get_close_matches(value.lower(), [MISSING])
        told = f"did you mean {MISSING!r}?" if near else f"write a number, or {MISSING!r} for a target that is missing"
        raise ArgumentError(f"[data] targets has {shown(value)}: words are not numbers, {told}")
    return np.nan if value == MISSING else value


def _same(first: Any, second: Any) -> bool:
    """Whether two lists are the same, NaN being NaN."""
    if isinstance(first, list):
        return all(_same(*both) for both in zip(first, second, strict=True))
    return first is second


def _weights(table: Mapping[str, Any], key: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """Weights of examples or of targets: numbers of at least 0, of which one is above."""
    if key not in table:
        return None
    weights = read_array(table[key], f"[data] {key}", shape, "float64")
    if (weights < 0).any() or not weights.any():
        raise ArgumentError(f"[data] {key} must be at least 0, and one must be above")
    return weights


def _masks(net: Network, table: Mapping[str, Any], count: int) -> dict[str, np.ndarray] | None:
    """The masks of all layers that have dropout."""
    dropping = [layer.name for layer in net.layers if layer.dropout]
    if "masks" not in table:
        if dropping:
            raise ArgumentError(
                f"layer {dropping[0]!r} has dropout: give [data.masks] {dropping[0]}, a row for each example with 0 "
                "for a unit that is dropped, or leave dropout out"
            )
        return None
    return check_masks(net, table["masks"], count, "float64", "[data.masks]")
