"""The way of an update rule over the error surface: the parameters after every update, from a start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_count, takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.weight_names import find_weight, index_of
from ..errors import ArgumentError
from ..optimizers.full_batch import FullBatchRule, Problem
from ..optimizers.interop import OptaxRule, OptaxState, as_rule
from ..optimizers.rule import RULES, Rule
from ..optimizers.schedules import ReduceOnPlateau
from ..registry import title_of
from ..training.batch_order import BatchOrder, make_batch_order
from ..training.priority_sampling import PrioritySampling
from ..training.programs import jax_step_by_step
from .evaluate import errors_at
from .loss_point import batch_of, check_loss_point, named

if TYPE_CHECKING:
    from optax import GradientTransformation, MultiSteps


@dataclass(frozen=True)
class Trajectory:
    """The parameters X (points, parameters), the start first, and F (points,) over all examples at each.

    `stopped_because` is "steps"; "diverged" if the next point was not finite; "stalled" if the rule could go no
    lower.
    """

    name: str
    X: np.ndarray
    F: np.ndarray
    stopped_because: str = "steps"


@takes_kinds
def trajectory(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    rule: str | Rule | GradientTransformation | MultiSteps,
    *,
    steps: int = 100,
    batch_size: int | str = "all",
    order: str | PrioritySampling = "shuffle",
    only: Sequence[str] | None = None,
    name: str | None = None,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    seed: int = 0,
) -> Trajectory:
    """x ← x + Δx of a rule, `steps` times from `params`, with every point kept.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: Where to start.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        rule: A name, one of `tw.optimizers`, or an optax `GradientTransformation`; its updates are those of
            `tw.train`, in float64.
        steps: How many updates.
        batch_size: Examples an update, or "all", as in `tw.train`.
        order: Of the examples, as in `tw.train`.
        only: Names of weights: those alone are trained and the others stay, as if they were no parameters.
        name: What the path is called in a figure; None: the rule's name.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        seed: Of the batches.

    Raises ArgumentError and DataError for what does not fit. NND figures 3.2 to 3.4.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> start = net.unravel(np.array([0.0, 0.0]))
    >>> P, T = np.array([[1.0]]), np.array([[1.0]])
    >>> trajectory(net, "half_sse", start, P, T, tw.GradientDescent(0.25), steps=2).F
    array([0.5  , 0.125  , 0.03125])
    """
    problem, x = check_loss_point(net, loss, params, P, T, sample_weight, l2, target_weight, targets)
    rule = as_rule(rule)
    batches = make_batch_order(len(problem.T), batch_size, order, seed)
    steps = check_count("steps", steps)
    free = slice(None) if only is None else [index_of(net, find_weight(net, weight)) for weight in only]
    _check_rule(rule, batches, only)
    state = None if isinstance(rule, OptaxRule) else rule.init(x[free])
    X, stopped = [x], "steps"
    with np.errstate(all="ignore"):
        for k in range(steps):
            if isinstance(rule, FullBatchRule):
                after, state, _ = rule.search(problem, state, X[-1])
            elif isinstance(rule, OptaxRule):
                after, state = _by_optax(rule, batch_of(problem, batches, k), state, X[-1])
            else:
                F, g = batch_of(problem, batches, k).gradient(X[-1])
                delta, state = rule.update(g[free], state, X[-1][free], F)
                after = X[-1].copy()
                after[free] += np.asarray(delta)
            if not np.isfinite(after).all():
                stopped = "diverged"
                break
            X.append(after)
            if getattr(state, "stalled", False):
                stopped = "stalled"
                break
    name = named(RULES, rule) if name is None else name
    F = errors_at(problem, np.stack(X))
    finite = len(X) if np.isfinite(F).all() else max(1, int(np.isnan(F).argmax()))
    return Trajectory(name, np.stack(X[:finite]), F[:finite], stopped if finite == len(X) else "diverged")


def _by_optax(
    rule: OptaxRule, problem: Problem, state: OptaxState | None, x: np.ndarray
) -> tuple[np.ndarray, OptaxState]:
    """The next point and state of a rule of optax, which sees the tree of parameters."""
    net = problem.net

    def objective(params: Parameters) -> tuple[Array, Parameters]:
        F, g = problem.gradient(net.ravel(params))
        return F, net.unravel(g)

    with jax_step_by_step(net).enable_x64(True):
        params = net.unravel(x)
        if state is None:
            rule.check(params)
            state = rule.init(params)
        _, _, delta, state = rule.step(objective, state, params)
        return x + np.asarray(net.ravel(delta)), state


def _check_rule(rule: Rule, batches: BatchOrder, only: Sequence[str] | None) -> None:
    """Raise ArgumentError for a rule that does not go with the other arguments."""
    for field in rule.numbers():
        if isinstance(getattr(rule, field.name), ReduceOnPlateau):
            raise ArgumentError(f"{field.name} is reduced by what tw.train sees: give a number or another schedule")
    if isinstance(rule, OptaxRule) and only is not None:
        raise ArgumentError("a rule of optax sees all parameters: leave `only` out and mask the others by optax.masked")
    if isinstance(rule, FullBatchRule):
        if not batches.takes_all:
            raise ArgumentError(f"{title_of(rule)} needs all examples in each update: use batch_size='all'")
        if only is not None:
            raise ArgumentError(
                f"{title_of(rule)} moves all parameters: leave `only` (--only) out, name two weights instead of one, "
                "or use adam or gd"
            )
