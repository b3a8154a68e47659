"""Probabilities brought to what comes true: temperature and vector scaling, by predictions out of the fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.activations import Activation, Sigmoid, Softmax
from ..core.plain_data import GivenObject, JsonObject
from ..errors import DataError, shown
from .loss import output_loss

METHODS = ("temperature", "vector")
_LEAST = 1e-12
_GAIN = 1e-3
"""Less than this share of the loss is nothing that a calibration gains."""


@dataclass(frozen=True)
class Calibration:
    """Outputs with their net inputs scaled and shifted: n' = slope · n + shift, (outputs,) each.

    n is log a of softmax outputs, log(a / (1 - a)) of sigmoid ones. A temperature T is a slope of 1/T for all, and no
    shift (Guo et al. 2017); a vector has numbers of its own for each output, for one sigmoid that is Platt's.
    """

    method: str
    slope: tuple[float, ...]
    shift: tuple[float, ...]

    def apply(self, activation: Activation, outputs: np.ndarray) -> np.ndarray:
        """The calibrated outputs (rows, outputs).

        >>> calibration = Calibration("temperature", (0.5,), (0.0,))
        >>> calibration.apply(Sigmoid(), np.array([[0.9], [0.5]])).round(2).tolist()
        [[0.75], [0.5]]
        """
        return _scaled(activation, _net_inputs(activation, outputs), np.array(self.slope), np.array(self.shift))

    @property
    def told(self) -> str:
        """The calibration in words."""
        if self.method == "temperature":
            return f"temperature {1.0 / self.slope[0]:.3g}"
        return "vector scaling"

    def to_dict(self) -> JsonObject:
        """Plain data."""
        return {"method": self.method, "slope": list(self.slope), "shift": list(self.shift)}

    @classmethod
    def from_dict(cls, plain: GivenObject, outputs: int) -> Calibration:
        """The inverse of `to_dict`; raises DataError for anything else."""
        method, slope, shift = plain["method"], _numbers(plain["slope"]), _numbers(plain["shift"])
        if not isinstance(method, str) or method not in METHODS or not len(slope) == len(shift) == outputs:
            raise DataError(f"the calibration is none of {outputs} outputs")
        if not np.isfinite([*slope, *shift]).all():
            raise DataError("the calibration holds a number that is not finite")
        return cls(method, slope, shift)


def _numbers(given: object) -> tuple[float, ...]:
    if not isinstance(given, list | tuple):
        raise DataError(f"the calibration has {shown(given)} for a list of numbers")
    return tuple(map(float, given))


def fit_calibration(
    method: str, activation: Activation, outputs: np.ndarray, T: np.ndarray, weight: np.ndarray | None = None
) -> Calibration:
    """The calibration of the least log loss of outputs (rows, outputs) beside targets, by L-BFGS.

    >>> outputs, T = np.array([[0.99], [0.99], [0.01], [0.99]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    >>> fit_calibration("temperature", Sigmoid(), outputs, T).told
    'temperature 4.18'
    """
    from scipy.optimize import minimize

    n = _net_inputs(activation, outputs)
    width = n.shape[1]
    share = np.full(len(n), 1.0 / len(n)) if weight is None else weight / weight.sum()
    one = method == "temperature"

    def numbers(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.full(width, x[0]), np.zeros(width)) if one else (x[:width], x[width:])

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        a = _scaled(activation, n, *numbers(x))
        error = share[:, None] * (a - T)
        slope, shift = (error * n).sum(axis=0), error.sum(axis=0)
        gradient = np.array([slope.sum()]) if one else np.concatenate([slope, shift])
        return output_loss(activation, a, T, share), gradient

    start = np.ones(1) if one else np.concatenate([np.ones(width), np.zeros(width)])
    bounds = [(1e-3, 1e3)] * (1 if one else width) + ([] if one else [(-50.0, 50.0)] * width)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    slope, shift = numbers(np.asarray(found.x))
    return Calibration(method, tuple(map(float, slope)), tuple(map(float, shift)))


def calibration_that_helps(
    activation: Activation,
    outputs: np.ndarray,
    T: np.ndarray,
    folds: Sequence[np.ndarray],
    weight: np.ndarray | None = None,
) -> Calibration | None:
    """The calibration that lowers the loss of rows which it was not fitted to, fitted to all; None if none does.

    `folds` hold the places of the rows of each fold; each is judged by what the others are fitted to.
    """
    if type(activation) not in (Sigmoid, Softmax) or len(folds) < 2:
        return None
    rows = np.concatenate(folds)
    least, best = (1.0 - _GAIN) * output_loss(activation, outputs[rows], T[rows], _of(weight, rows)), None
    for method in METHODS:
        judged = np.array(outputs, dtype=np.float64)
        for number, fold in enumerate(folds):
            others = np.concatenate([other for place, other in enumerate(folds) if place != number])
            fitted = fit_calibration(method, activation, outputs[others], T[others], _of(weight, others))
            judged[fold] = fitted.apply(activation, outputs[fold])
        loss = output_loss(activation, judged[rows], T[rows], _of(weight, rows))
        if loss < least:
            least, best = loss, method
    return None if best is None else fit_calibration(best, activation, outputs[rows], T[rows], _of(weight, rows))


def _of(weight: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if weight is None else weight[rows]


def _net_inputs(activation: Activation, outputs: np.ndarray) -> np.ndarray:
    a = np.clip(np.asarray(outputs, dtype=np.float64), _LEAST, 1.0 - _LEAST)
    return np.log(a) if isinstance(activation, Softmax) else np.log(a) - np.log1p(-a)


def _scaled(activation: Activation, n: np.ndarray, slope: np.ndarray, shift: np.ndarray) -> np.ndarray:
    return np.asarray(activation(slope * n + shift))
