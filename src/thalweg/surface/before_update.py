"""The point and the state of a rule before one of the updates of a trajectory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..core.arrays import Tree
from ..core.kinds import check_count, takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.weight_names import find_weight, index_of
from ..errors import ArgumentError
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import OptaxRule, as_rule
from ..optimizers.rule import Rule
from ..registry import title_of
from .loss_point import check_loss_point


class BeforeUpdate(NamedTuple):
    """The parameters before an update, and the rule's state there, in the order of `Network.ravel`."""

    params: Parameters
    state: Tree


@takes_kinds
def before_update(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    rule: str | Rule,
    k: int,
    *,
    only: Sequence[str] | None = None,
    l2: float = 0.0,
) -> BeforeUpdate:
    """What a trajectory of all examples has before its update `k`, counted from 1: what `tw.worked_step` opens.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: Where the trajectory starts.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        rule: A name, or one of `tw.optimizers`.
        k: Which update.
        only: Names of weights: those alone are trained. The state's parts of the others are 0.
        l2: Adds (l2/2) Σ w² over the weights to F.

    Raises ArgumentError for a rule of optax, whose state is its own, and whatever `tw.trajectory` raises.

    >>> import thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0]]), np.array([[1.0]])
    >>> start = net.unravel(np.array([0.0, 0.0]))
    >>> before = before_update(net, "half_sse", start, P, T, tw.optimizers.Momentum(0.25, 0.5), 2)
    >>> net.ravel(before.params), before.state.delta
    (array([0.25, 0.25]), array([0.25, 0.25]))
    """
    problem, x = check_loss_point(net, loss, params, P, T, None, l2)
    used: Rule = as_rule(rule)
    count = check_count("k", k)
    if isinstance(used, OptaxRule):
        raise ArgumentError("the state of a rule of optax is its own: take one of tw.optimizers")
    if isinstance(used, FullBatchRule) and only is not None:
        raise ArgumentError(f"{title_of(used)} moves all parameters: leave `only` out, or use adam or gd")
    free = np.ones(len(x), dtype=bool)
    if only is not None:
        free[:] = False
        free[[index_of(net, find_weight(net, name)) for name in only]] = True
    state = used.init(x)
    with np.errstate(all="ignore"):
        for _ in range(count - 1):
            if isinstance(used, FullBatchRule):
                x, state, _ = used.search(problem, state, x)
            else:
                F, g = problem.gradient(x)
                delta, state = used.update(np.where(free, g, 0.0), state, x, F)
                x = x + np.where(free, delta, 0.0)
    return BeforeUpdate(net.unravel(x), state)
