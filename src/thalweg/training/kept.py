"""Which parameters a run keeps: the best, or those of its last update."""

from __future__ import annotations

_RESTORING = ("diverged", "patience")
"""The ends of a run that go back to its best parameters without a validation set too."""


def kept_epoch(validated: bool, stopped_because: str, best_epoch: int) -> int | None:
    """The epoch whose parameters a run keeps (0: the initial ones), None if they are those of its last update.

    Those after the epoch of the lowest validation loss if there was a validation set; those of the lowest training
    loss, which are those before that epoch's updates, if the run diverged or ran out of patience.

    >>> kept_epoch(True, "epochs", 7), kept_epoch(False, "patience", 7), kept_epoch(False, "epochs", 7)
    (7, 7, None)
    """
    return best_epoch if validated or stopped_because in _RESTORING else None


def kept_update(validated: bool, stopped_because: str, best_epoch: int, *, steps: int, updates: int) -> int:
    """The update after which the parameters were those that a run of so many `updates`, `steps` an epoch, keeps.

    >>> kept_update(True, "epochs", 7, steps=10, updates=95), kept_update(False, "diverged", 7, steps=10, updates=95)
    (70, 60)
    """
    epoch = kept_epoch(validated, stopped_because, best_epoch)
    if epoch is None:
        return updates
    return steps * (epoch if validated else max(0, epoch - 1))
