"""What every slice of the error surface is taken from: a loss, a point and examples, checked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..optimizers.full_batch import Problem
from ..registry import Registry
from ..training.arguments import check_examples, check_number, check_start, default_loss


class Ground(NamedTuple):
    """F of a network on examples as a function of the vector of its parameters, and a point x on it, in float64."""

    problem: Problem
    x: np.ndarray


def named(registry: Registry[Any], part: Any) -> str:
    """The name of a part in its registry; of one that is not in it, that of its class."""
    return registry.name_of(part) if type(part) in registry.values() else type(part).__name__


def check_ground(
    net: Network, loss: str | Loss | None, params: Any, P: Any, T: Any, sample_weight: Any, l2: Any = 0.0
) -> Ground:
    """The arguments of a slice, checked; raises ArgumentError and DataError for what does not fit or is not finite."""
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    checked.check(net.output.activation)
    inputs, T, weight = check_examples(net, checked, P, T, sample_weight, "float64")
    x = net.ravel(check_start(net, params, "float64"))
    l2 = check_number("l2", l2)
    return Ground(Problem(net, checked, inputs, T, weight, l2 or None), x)
