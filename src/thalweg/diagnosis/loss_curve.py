"""What the losses of a run tell, epoch by epoch: whether it diverged, bounced, rose, stopped too early, overfitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.plain_data import JsonObject
from ..training.finding import Finding
from ..training.history import kept_epoch
from .words import percent

RISE = 0.05
"""A loss that rises by this share of itself, and by `LEAST` of that of the first epoch, has bounced."""
LEAST = 0.01
MOST_RISES = 0.2
"""Of the later half's epochs; so many must fall again, or the loss does not bounce but rises."""
FEWEST_EPOCHS = 8
STILL_FALLING = 0.05
"""A loss whose mean over the last tenth of the epochs is lower by this share than over the tenth before, or higher."""
NO_GAIN = 1e-4
"""Of the first epoch's loss: a fall by less is not worth an epoch."""
OVERFITTED = 0.1
"""A validation loss that ends so far above its lowest."""
_STOPPED_EARLY = ("patience", "generalization_loss")
_CUT_SHORT = ("epochs", "seconds", "callback", "interrupted")


@dataclass(frozen=True)
class LossCurve:
    """The losses of a run's epochs, epoch k at index k - 1, and how it ended.

    `stopped_because` and `best_epoch` are those of a `Run`; `validation_loss` is None without a validation set. With
    `dropout` the training loss is that of networks drawn at random, so that its ups and downs tell nothing.
    """

    loss: np.ndarray
    validation_loss: np.ndarray | None
    stopped_because: str
    best_epoch: int
    dropout: bool = False

    @property
    def epochs(self) -> int:
        """How many epochs have a loss."""
        return len(self.loss)

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose parameters the run kept (0: the initial ones), as `Run.kept_epoch`; None for the last."""
        return kept_epoch(self.validation_loss is not None, self.stopped_because, self.best_epoch)

    @property
    def cut_short(self) -> bool:
        """Whether the run ended by its number of epochs, its time or its user, not because it was done."""
        return self.stopped_because in _CUT_SHORT

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is unusual about the losses, the gravest first; empty if nothing is.

        >>> loss_curve = LossCurve(np.array([1.0, 0.5, 0.3, 0.2]), np.array([1.0, 0.6, 0.9, 1.2]), "epochs", 2)
        >>> [finding.kind for finding in loss_curve.findings]
        ['overfitting']
        """
        if self.stopped_because == "diverged":
            return (
                Finding(
                    "diverged",
                    (),
                    f"the training diverged in epoch {max(1, self.epochs)}",
                    "a smaller learning rate; thalweg rates, or tw.rates_grid, finds one",
                ),
            )
        found = [*self._bounced(), *(self._overfitted() or self._never_fell())]
        return tuple(found or (*self._rising(), *self._still_falling()))

    @property
    def rises(self) -> bool:
        """Whether the training loss is higher in the last tenth of the epochs than in the tenth before."""
        return not self.dropout and self._fall(self.loss) <= -STILL_FALLING

    @property
    def stands_still(self) -> bool:
        """Whether the training loss is about the same in the last epoch as in the first."""
        first, last = (float(self.loss[k]) if self.epochs > 1 else float("nan") for k in (0, -1))
        return abs(first - last) <= LEAST * abs(first)

    @property
    def steady(self) -> bool:
        """Whether there are epochs enough to tell a loss that bounces, and this one does not."""
        return self._later() is not None and not self._bounced()

    def _watched(self) -> tuple[str, np.ndarray]:
        if self.validation_loss is not None:
            return "validation loss", self.validation_loss
        return "training loss", self.loss

    def _tenth(self) -> int:
        return max(2, self.epochs // 10)

    def _fall(self, losses: np.ndarray) -> float:
        """By which share of itself a loss fell from the last tenth but one to the last tenth of epochs; 0: unknown."""
        tenth = self._tenth()
        if len(losses) < 2 * tenth:
            return 0.0
        before, after = np.mean(losses[-2 * tenth : -tenth]), np.mean(losses[-tenth:])
        if not (np.isfinite([before, after]).all() and before > 0):
            return 0.0
        return float(1.0 - after / before) if abs(before - after) > NO_GAIN * abs(losses[0]) else 0.0

    def _later(self) -> np.ndarray | None:
        """The loss whose ups and downs are looked at, in the later half of the epochs; None if these are too few."""
        losses = self.validation_loss if self.dropout else self.loss
        return None if losses is None or len(losses) + 1 < 2 * FEWEST_EPOCHS else losses[len(losses) // 2 :]

    def _bounced(self) -> list[Finding]:
        later = self._later()
        if later is None:
            return []
        name = "validation loss" if self.dropout else "training loss"
        rises = np.diff(later)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = rises / later[:-1]
        bounced = (shares > RISE) & (rises > LEAST * abs(self.loss[0]))
        if min(np.mean(bounced), np.mean(rises < 0)) < MOST_RISES:
            return []
        text = (
            f"the {name} bounces: in the last {len(rises)} epochs it rose {int(np.sum(bounced))} times by more "
            f"than {percent(RISE)}, once by {percent(float(shares[bounced].max()))}"
        )
        remedy = "a smaller learning rate, a larger batch, or a schedule that lowers the rate"
        return [Finding("bouncing", (), text, remedy, float(np.mean(bounced)))]

    def _overfitted(self) -> list[Finding]:
        losses = self.validation_loss
        if losses is None or self.stopped_because in _STOPPED_EARLY or not np.isfinite(losses).any():
            return []
        lowest = int(np.nanargmin(losses))
        least, last = float(losses[lowest]), float(losses[-1])
        if not (least > 0 and last >= (1.0 + OVERFITTED) * least and self.loss[-1] < self.loss[lowest]):
            return []
        text = (
            f"overfitting: the validation loss rose by {percent(last / least - 1)} after epoch {lowest + 1}, "
            f"while the training loss fell from {self.loss[lowest]:.3g} to {self.loss[-1]:.3g}"
        )
        text += f" (the parameters of epoch {self.kept_epoch} were kept)"
        remedy = "weight decay, dropout, more examples, or a smaller network"
        return [Finding("overfitting", (), text, remedy, last / least)]

    def _never_fell(self) -> list[Finding]:
        losses = self.validation_loss
        if losses is None or self.epochs < FEWEST_EPOCHS:
            return []
        if not losses[0] > 0 or np.nanmin(losses) < losses[0]:
            return []
        text = f"the validation loss never fell: of {self.epochs} epochs it is lowest in the first"
        remedy = "another learning rate (thalweg rates tries many); or inputs that tell more of the target"
        return [Finding("never fell", (), text, remedy)]

    def _rising(self) -> list[Finding]:
        if not self.rises:
            return []
        rise, tenth = -self._fall(self.loss), self._tenth()
        text = (
            f"the training loss rises: over the last {tenth} of {self.epochs} epochs it is on average "
            f"{percent(rise)} above that of the {tenth} before"
        )
        return [Finding("rising", (), text, "a smaller learning rate, or a schedule that lowers the rate", rise)]

    def _still_falling(self) -> list[Finding]:
        fall = self._fall(self._watched()[1])
        if not self.cut_short or fall < STILL_FALLING:
            return []
        name, tenth = self._watched()[0], self._tenth()
        text = (
            f"the {name} was still falling at the end: over the last {tenth} of {self.epochs} epochs it is on average "
            f"{percent(fall)} below that of the {tenth} before"
        )
        return [Finding("still falling", (), text, "more epochs", fall)]

    def to_dict(self) -> JsonObject:
        """Plain data for a file."""
        from ..files.model_file import plain

        return plain(vars(self))
