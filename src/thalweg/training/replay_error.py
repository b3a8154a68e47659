"""How close a replay came to the run that it replays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core.network import Network, Parameters


class Difference(NamedTuple):
    """How far two sets of parameters are apart."""

    absolute: float
    """The largest difference."""
    relative: float
    """Its share of the largest parameter; infinite if all of those are 0."""


@dataclass(frozen=True)
class ReplayDifference:
    """How close a replay is to the run itself, in numbers and, as `str(replay_error)`, in a sentence.

    `losses` is the largest relative difference between the losses of the `epochs` that the replay completed and those
    in the run's history; None if it completed none. `parameters` compares what the step leads to with what the run
    returned; None unless they are the parameters of the same moment.

    >>> print(ReplayDifference(epochs=30, losses=2e-7, parameters=Difference(0.0, 0.0)))
    the losses of 30 epochs are the run's within 2e-07 of their size; the parameters after it are the run's to the bit
    """

    epochs: int
    losses: float | None
    parameters: Difference | None

    def __str__(self) -> str:
        if self.losses is None:
            told = ["no epoch was completed, so no loss can be compared"]
        else:
            count = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}"
            told = [f"the losses of {count} are the run's {_within(self.losses)}"]
        if self.parameters is not None:
            told.append(f"the parameters after it are the run's {_within(self.parameters.relative)}")
        return "; ".join(told)


def difference(net: Network, one: Parameters, other: Parameters) -> Difference:
    """How far two sets of parameters of a network are apart.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> difference(net, net.unravel(np.array([4.0, 1.0])), net.unravel(np.array([4.0, 2.0])))
    Difference(absolute=1.0, relative=0.25)
    """
    a, b = (np.asarray(net.ravel(params), dtype=np.float64) for params in (one, other))
    absolute, largest = _largest(a, b), float(np.abs(b).max())
    with np.errstate(divide="ignore"):
        return Difference(
            absolute, float(np.divide(absolute, largest)) if absolute and np.isfinite(largest) else absolute
        )


def replay_error(
    net: Network, losses: np.ndarray, history: np.ndarray, params: Parameters, kept: Parameters | None
) -> ReplayDifference:
    """Of a replay's losses and parameters to a run's history of losses and the parameters kept (None: of another time).

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> replay_error(net, np.array([2.0, 1.0]), np.array([2.0, 1.25, 1.0]), net.init(0), None).losses
    0.2
    """
    told = history[: len(losses)]
    size = np.maximum(np.abs(losses), np.abs(told))
    apart = _largest(losses, told, size) if len(losses) else None
    return ReplayDifference(len(losses), apart, None if kept is None else difference(net, params, kept))


def _largest(a: np.ndarray, b: np.ndarray, size: np.ndarray | float = 1.0) -> float:
    """The largest difference as a share of the size; two numbers that are not finite are alike, one is not."""
    with np.errstate(all="ignore"):
        alike = (a == b) | ~(np.isfinite(a) | np.isfinite(b))
        return float(np.where(alike, 0.0, np.where(np.isfinite(a - b), np.abs(a - b) / size, np.inf)).max())


def _within(relative: float) -> str:
    return "to the bit" if relative == 0 else f"within {relative:.1g} of their size"
