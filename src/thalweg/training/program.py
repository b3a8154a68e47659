"""What XLA compiles for, and the numbers that never cause a recompilation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..core.losses import Loss
from ..core.network import Network
from ..optimizers.rule import Rule
from ..registry import replaced
from .stopping import StoppingCriteria
from .ties import Ties


@dataclasses.dataclass(frozen=True)
class Program:
    """What shapes the computation, and so what XLA compiles for; numbers that users vary are `Hyperparameters`."""

    net: Network
    loss: Loss
    rule: Rule
    """With every number at its default: the numbers come from `Hyperparameters`."""
    batch_size: int | None
    """None when each update sees all examples."""
    flat: bool
    """Whether parameters are one vector (few operations, for small networks) or arrays (no copying, for large ones)."""
    penalizes_l1: bool = False
    penalizes_l2: bool = False
    shares_penalties: bool = False
    """Whether penalties are divided by the weight of each batch."""
    drops: bool = False
    watches_gradient: bool = False
    watches_progress: bool = False
    watches_tolerance: bool = False
    validates_every: int = 1
    reduces_rate: bool = False
    scheduled: tuple[str, ...] = ()
    normalizes_by_mean_weight: bool = False
    """Whether a batch's sums are divided by the weight that a batch has on average, not by its own."""
    ties: Ties = ()
    frozen: tuple[str, ...] = ()
    """The layers that are left as they are."""
    records: tuple[str, ...] = ()
    """What each epoch records of the rule and of validation, by name."""
    counts_rows: bool = False
    """Whether an epoch's loss is the mean of its batches' by their numbers of examples, not by their weights."""

    @property
    def watches_rate(self) -> bool:
        """Whether the learning rate is recorded, of a rule whose state does not say it."""
        return "learning_rate" in self.records and "learning_rate" not in self.rule.recorded

    def rule_with(self, numbers: Mapping[str, Any]) -> Rule:
        """The rule with its numbers."""
        return replaced(self.rule, **numbers)

    def pack(self, params: Any) -> Any:
        """Parameters, or a gradient, as the loop carries them."""
        return self.net.ravel(params) if self.flat else params

    def unpack(self, x: Any) -> Any:
        """The parameters that the loop carries."""
        return self.net.unravel(x) if self.flat else x


class Hyperparameters(NamedTuple):
    """The numbers that users vary; they never cause a recompilation."""

    rule: dict[str, Any]
    """Those of the rule, but for the scheduled ones."""
    l1: Any
    l2: Any
    stopping: StoppingCriteria
    plateau: Any = ()
    """(factor, patience, least) of a learning rate that is reduced on a plateau."""
    mean_batch_weight: Any = ()
    """The weight that a batch has on average."""
