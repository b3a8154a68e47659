"""Priority sampling: each batch takes a set portion from a pool of high and from a pool of low priority (NCSU)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..core.arrays import Array, namespace
from ..core.kinds import check_count, check_fields
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.propagation import forward_phase
from ..errors import ArgumentError, shown

_BITS = 10
"""Bits to which losses are compared, so that rounding on another engine does not make another choice."""


@dataclass(frozen=True, eq=False)
class PrioritySampling:
    """An `order` for `train`: the examples in two pools, and in each batch the share `portion` from the high pool.

    Args:
        portion: The share of each batch that comes from the high pool.
        high: The examples of the high pool: row numbers, or a mask (examples,). None: those of the greatest loss, as
            many as `share` says, chosen anew at the start and after every `refill_every` epochs.
        share: The size of the high pool, as a share of the examples.
        refill_every: Epochs between one choice and the next.
        unbiased: Whether examples are weighed by (share of the pool in the examples) / (share of the pool in a batch),
            so that a batch's gradient is expected to be that of all examples. With sample weights too: a batch is then
            divided by the weight that a batch has on average, not by its own.

    Each pool is gone through in a new order again and again, so that each of its examples comes as often as any other.
    An epoch has as many updates as without pools, each of a whole batch. The loss in the history is that of the batches
    as they are weighed. Raises ArgumentError for a pool or a portion that is nothing or everything.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 40)[:, None]
    >>> sampling = tw.PrioritySampling(portion=0.5, share=0.25, unbiased=True)
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, order=sampling, batch_size=8, epochs=100, optimizer=tw.Adam(0.02))
    >>> bool(run.history.loss[-1] < run.history.loss[0])
    True

    Source: NCSU, priority sampling.
    """

    portion: float = 0.5
    high: ArrayLike | None = None
    share: float = 0.2
    refill_every: int = 5
    unbiased: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("portion", "share"):
            if not 0 < getattr(self, name) < 1:
                raise ArgumentError(
                    f"PrioritySampling: {name} is {shown(getattr(self, name))}; it must be between 0 and 1"
                )
        check_count("PrioritySampling: refill_every", self.refill_every)

    def of_batch(self, batch_size: int) -> int:
        """How many examples of a batch come from the high pool; both pools give one at least."""
        count = int(self.portion * batch_size + 0.5)
        if not 0 < count < batch_size:
            raise ArgumentError(
                f"PrioritySampling: a portion of {self.portion:g} of a batch of {batch_size} is {count} from the high "
                "pool; both pools must give one at least: use a larger batch or another portion"
            )
        return count

    def of_examples(self, examples: int, kept: np.ndarray | None = None) -> PrioritySampling:
        """The same with the given pool as a mask (examples,); `kept` masks the rows that the examples are, if not all.

        Raises ArgumentError for a pool that does not fit the examples, or has none or all of them.
        """
        if self.high is None:
            return self
        rows = examples if kept is None else len(kept)
        high = np.asarray(self.high)
        mask = high
        if high.dtype != bool:
            if high.ndim != 1 or high.dtype.kind not in "iu" or ((high < 0) | (high >= rows)).any():
                raise ArgumentError(
                    f"PrioritySampling: high must hold row numbers from 0 to {rows - 1}, or be a mask ({rows},)"
                )
            mask = np.zeros(rows, bool)
            mask[high] = True
        if mask.shape != (rows,):
            raise ArgumentError(f"PrioritySampling: high has shape {mask.shape}; a mask must have ({rows},)")
        mask = mask if kept is None else mask[kept]
        if mask.all() or not mask.any():
            which = "all" if mask.all() else "none"
            raise ArgumentError(f"PrioritySampling: {which} of the {examples} examples are in the high pool: use some")
        return replace(self, high=mask)

    def chosen(self, losses: np.ndarray) -> np.ndarray:
        """The mask of the examples of the greatest loss; of those with the same, the first ones."""
        fraction, exponent = np.frexp(losses)
        compared = np.ldexp(np.round(fraction * 2.0**_BITS), exponent)
        count = min(max(1, int(self.share * len(losses) + 0.5)), len(losses) - 1)
        mask = np.zeros(len(losses), bool)
        mask[np.argsort(-compared, kind="stable")[:count]] = True
        return mask

    def factors(self, high: np.ndarray, batch_size: int) -> np.ndarray:
        """The factor (examples,) of each example's weight that makes the sampling unbiased; 1 on average in a batch."""
        portion = self.of_batch(batch_size) / batch_size
        share = high.mean()
        return np.where(high, share / portion, (1.0 - share) / (1.0 - portion))

    def draw(self, high: np.ndarray, steps: int, batch_size: int, rng: np.random.Generator) -> np.ndarray:
        """Row numbers (steps, batch_size): in each batch first those from the high pool."""
        count = self.of_batch(batch_size)
        first = _again_and_again(np.flatnonzero(high), steps * count, rng)
        rest = _again_and_again(np.flatnonzero(~high), steps * (batch_size - count), rng)
        return np.concatenate([first.reshape(steps, -1), rest.reshape(steps, -1)], axis=1)


def example_losses(
    net: Network, loss: Loss, params: Parameters, inputs: dict[str, Array], T: Array, weight: Array | None = None
) -> Array:
    """The loss of each example (examples,), summed over the targets that count; no weights, penalties or dropout."""
    passed = forward_phase(net, params, inputs)
    last = net.output
    terms = loss.terms(last.activation, passed.net_inputs[last.name], passed.output, T)
    xp = namespace(terms)
    if weight is not None and weight.ndim == 2:
        terms = xp.where(weight > 0, terms, xp.zeros_like(terms))
    return xp.sum(terms, axis=1)


def _again_and_again(pool: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` members of a pool: the whole pool in a new order, and again, until there are enough."""
    rounds = -(-count // len(pool))
    return rng.permuted(np.tile(pool, (rounds, 1)), axis=1).ravel()[:count].astype(np.int32)
