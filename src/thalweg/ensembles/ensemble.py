"""The ensemble: the settings that were tried, those that are kept, and what their members say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core.activations import Activation
from ..training.run import Run
from .averaging import mean_output
from .calibration import Calibration, calibration_that_helps
from .candidates import Tried
from .loss import output_loss
from .selection import choose


class EnsembleMember(NamedTuple):
    """A run that is kept: that of the setting `name`, its number there from 0, the fold it was validated on."""

    name: str
    number: int
    fold: int
    run: Run
    weight: float


@dataclass(frozen=True)
class Ensemble:
    """What was tried, and what is kept of it.

    `weights` are those of the settings tried; `outputs` (rows, outputs) what those kept say out of their folds, NaN for
    rows in no fold, calibrated if they are; `loss` is theirs, `plain_loss` without calibration.
    """

    tried: tuple[Tried, ...]
    weights: tuple[float, ...]
    outputs: np.ndarray
    loss: float
    plain_loss: float
    calibration: Calibration | None
    seconds: float
    cut_short: bool = False

    @property
    def members(self) -> tuple[EnsembleMember, ...]:
        """The runs that are kept, one setting after another."""
        return tuple(
            EnsembleMember(one.name, number, fold, run, weight / len(one.runs))
            for one, weight in zip(self.tried, self.weights, strict=True)
            if weight > 0
            for number, (fold, run) in enumerate(zip(one.folds, one.runs, strict=True))
        )

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.cut_short or any(run.stopped_because == "interrupted" for one in self.tried for run in one.runs)


def combine(
    tried: Sequence[Tried],
    activation: Activation,
    T: np.ndarray,
    validation: Sequence[np.ndarray],
    *,
    weight: np.ndarray | None = None,
    calibrates: bool = True,
    seconds: float = 0.0,
    cut_short: bool = False,
) -> Ensemble:
    """Choose among the settings tried, by the rows of the folds, and calibrate what is kept where that helps."""
    known = np.flatnonzero(np.logical_or.reduce([np.isfinite(one.outputs).all(axis=1) for one in tried]))
    own = None if weight is None else weight[known]
    weights = choose(
        [one.outputs[known] for one in tried],
        [one.loss for one in tried],
        lambda mean: output_loss(activation, mean, T[known], own),
    )
    outputs = mean_output([one.outputs for one in tried], weights)
    folds = [rows[np.isin(rows, known)] for rows in validation]
    folds = [rows for rows in folds if len(rows)]
    plain = output_loss(activation, outputs[known], T[known], own) if len(known) else np.inf
    found = calibration_that_helps(activation, outputs, T, folds, weight) if calibrates and len(known) else None
    loss = plain
    if found is not None:
        outputs[known] = found.apply(activation, outputs[known])
        loss = output_loss(activation, outputs[known], T[known], own)
    return Ensemble(tuple(tried), weights, outputs, loss, plain, found, seconds, cut_short)
