"""The learning-rate range test: the rate rises over a short run, and the loss says which rates are of use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.kinds import check_count, check_number, takes_kinds
from ..core.network import Network
from ..core.plain_data import JsonObject
from ..errors import ArgumentError
from ..notebook import InWords
from ..notebook.pictures import curves
from ..notebook.pieces import paragraph, points
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import as_rule
from ..registry import replaced, title_of
from ..surface.loss_point import batch_of, check_loss_point, part_of
from ..training.batch_order import make_batch_order
from ..training.options import TrainingOptions
from ..training.taking_options import takes_options

_BOUNCED = 4.0
"""A loss so many times the lowest one ends the test."""
_LEAST = 0.01
"""Of the first loss: a loss that fell by less has not fallen, and one that rose by less has not bounced."""
_WIDEST = 1e100
"""So many times the lowest rate the highest may be."""
_JUDGED = 2048
"""Examples that the loss is taken over, at most."""


@dataclass(frozen=True, repr=False)
class RangeTest(InWords):
    """The loss as the learning rate rises: `losses[k]` is F after the update with `rates[k]`.

    F is over all examples, or over 2048 of them if they are more. The arrays end where F bounced, at `bounced_at` (None
    if it never did). Before, F fell the fastest at `steepest_at` and was lowest at `lowest_at`, each loss taken
    together with its neighbours, a twentieth of all; `recommended` is a tenth of the latter, for the reason in
    `reason`. All three are None if F never fell.
    """

    rates: np.ndarray
    losses: np.ndarray
    steepest_at: float | None
    lowest_at: float | None
    bounced_at: float | None
    recommended: float | None
    reason: str

    def in_words(self) -> str:
        """The recommended rate, and why."""
        best = "no rate recommended" if self.recommended is None else f"learning rate {self.recommended:.3g}"
        return f"{best}\n{self.reason}"

    def in_html(self) -> str:
        """The recommendation, and the loss against the rate."""
        title, *more = self.in_words().splitlines()
        first, last = (math.log10(rate) for rate in self.rates[[0, -1]]) if len(self.rates) else (0.0, 1.0)
        marks = {} if self.recommended is None else {"recommended": math.log10(self.recommended)}
        drawn = curves({"loss": self.losses.tolist()}, first, last, "log10 of the learning rate", marks)
        return paragraph(title, "title") + drawn + points(more)

    def to_dict(self) -> JsonObject:
        """Plain data for a file; None where the loss is not finite."""
        from ..files.model_file import plain

        return plain(vars(self))


_OPTIONS = (
    "loss",
    "optimizer",
    "batch_size",
    "params",
    "l2",
    "sample_weight",
    "target_weight",
    "targets",
    "order",
    "seed",
)


@takes_kinds
@takes_options(only=_OPTIONS, optimizer="gd")
def learning_rate_range_test(
    net: Network,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    *,
    lowest: float = 1e-5,
    highest: float = 10.0,
    updates: int = 200,
    **options: Any,
) -> RangeTest:
    """Train while the learning rate rises geometrically from `lowest` to `highest` over so many updates.

    The k-th rate is lowest (highest/lowest)^(k/(updates-1)); the test ends before, where F bounced: it is not finite,
    or rose to four times its lowest and by a hundredth of that of the start. The updates are those of
    `tw.train`, in float64 and without dropout.

    Args:
        net: The network.
        P: Inputs, as in `tw.train`.
        T: Targets, as in `tw.train`.
        lowest: The first rate.
        highest: The last one.
        updates: How many.
        {options}

    Raises ArgumentError for a rule without a learning rate, and whatever `tw.train` raises.

    >>> import thalweg as tw
    >>> P = np.linspace(-1, 1, 64)[:, None]
    >>> test = learning_rate_range_test(tw.mlp(1, 8, 1), P, np.sin(3 * P), batch_size="all")
    >>> 0.01 < test.recommended < 0.2 * test.bounced_at
    True

    Source: Smith 2017 (Cyclical learning rates).
    """
    return range_test(net, P, T, lowest, highest, updates, options)


def range_test(
    net: Network,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    lowest: float,
    highest: float,
    updates: int,
    options: Mapping[str, Any],
    on_update: Callable[[int], bool] = lambda k: False,
) -> RangeTest:
    """`learning_rate_range_test`; `on_update` is told how many updates there were, and says whether that is enough."""
    checked = TrainingOptions(**options)
    rule = as_rule(checked.optimizer)
    if isinstance(rule, FullBatchRule) or "learning_rate" not in (field.name for field in rule.numbers()):
        raise ArgumentError(f"{title_of(rule)} has no learning rate: use gd, momentum or adam")
    lowest, highest = check_number("lowest", lowest), check_number("highest", highest)
    if not 0 < lowest < highest <= _WIDEST * lowest:
        raise ArgumentError(
            f"lowest is {lowest:g} and highest {highest:g}; they must be above 0, and rising by at most {_WIDEST:g} "
            "times"
        )
    updates = check_count("updates", updates)
    if updates < 2:
        raise ArgumentError("updates is 1; a rate that rises needs two or more")
    params = net.init(checked.seed) if checked.params is None else checked.params
    weights = checked.sample_weight, checked.l2, checked.target_weight, checked.targets
    problem, x = check_loss_point(net, checked.loss, params, P, T, *weights)
    growth = (highest / lowest) ** (1.0 / max(1, updates - 1))
    rising = replaced(rule, learning_rate=lambda k: lowest * growth**k)
    examples = len(problem.T)
    batch_size = min(32, examples) if checked.batch_size is None else checked.batch_size
    batches = make_batch_order(examples, batch_size, checked.order, checked.seed)
    judge = part_of(problem, np.sort(np.random.default_rng(checked.seed).permutation(examples)[:_JUDGED]))
    state = rising.init(x)
    with np.errstate(all="ignore"):
        seen = [float(judge.value(x))]
        for k in range(updates):
            F, g = batch_of(problem, batches, k).gradient(x)
            delta, state = rising.update(g, state, x, F)
            x = x + np.asarray(delta)
            seen.append(float(judge.value(x)))
            if _has_bounced(seen) or on_update(k + 1):
                break
    return _judged(lowest * growth ** np.arange(len(seen) - 1.0), np.asarray(seen))


def _smoothed(losses: np.ndarray) -> np.ndarray:
    """The mean of each loss and its neighbours, a twentieth of all together; at the ends of as many as there are.

    >>> _smoothed(np.array([4.0, 1.0, 4.0])).tolist(), _smoothed(np.arange(41.0) ** 2)[[0, 1, 40]].tolist()
    ([4.0, 1.0, 4.0], [0.0, 1.6666666666666667, 1600.0])
    """
    last, half = len(losses) - 1, len(losses) // 40
    reach = [min(half, k, last - k) for k in range(len(losses))]
    return np.array([losses[k - r : k + r + 1].mean() for k, r in enumerate(reach)])


def _has_bounced(seen: Sequence[float]) -> bool:
    """Whether the last loss is far above the lowest, or not finite."""
    lowest = min(seen)
    return not seen[-1] <= max(_BOUNCED * lowest, lowest + _LEAST * abs(seen[0]))


def _judged(rates: np.ndarray, seen: np.ndarray) -> RangeTest:
    """What the losses say; `seen[k]` is F before the update with `rates[k]`."""
    losses = seen[1:]
    bounced = _has_bounced(seen.tolist())
    bounced_at = float(rates[-1]) if bounced else None
    ending = f"it bounced at {rates[-1]:.3g}" if bounced else f"it did not bounce up to {rates[-1]:.3g}"
    kept = losses[:-1] if bounced else losses
    if not len(kept) or seen[0] - kept.min() <= _LEAST * abs(seen[0]):
        return RangeTest(rates, losses, None, None, bounced_at, None, f"the loss did not fall at any rate; {ending}")
    smooth = _smoothed(seen[: len(kept) + 1])
    lowest = int(np.argmin(smooth[1:]))
    steepest, at_lowest = float(rates[int(np.argmin(np.diff(smooth[: lowest + 2])))]), float(rates[lowest])
    reason = (
        f"the loss was lowest at {at_lowest:.3g}, and {ending}: a tenth of the first leaves room for the curvature to "
        "grow"
    )
    return RangeTest(rates, losses, steepest, at_lowest, bounced_at, 0.1 * at_lowest, reason)
