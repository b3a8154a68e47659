"""What happens after each epoch of an estimator: scores of held-out rows, the count of epochs without improvement."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..core.network import Parameters
from ..training.callbacks import STOP, EpochEnd, Stop
from .network import coefs_of
from .solvers import EpochRates, inverse_scaled

if TYPE_CHECKING:
    from .base import BaseMLP

_LEAST_RATE = 1e-6
_DIVISOR = 5.0


class EpochWatch:
    """A callback that keeps an estimator's books as scikit-learn does.

    With a `score` of parameters it keeps the best of them; `rates` are the learning rates that it may change.
    """

    def __init__(
        self,
        estimator: BaseMLP,
        rows: int,
        rates: EpochRates | None,
        score: Callable[[Parameters], float] | None,
        once: bool,
    ) -> None:
        self._estimator, self._rows, self._rates, self._score, self._once = estimator, rows, rates, score, once
        self.message = ""
        self.best_epoch = 0

    def __call__(self, told: EpochEnd) -> Stop | None:
        """Book an epoch; STOP where scikit-learn would."""
        e = self._estimator
        e.n_iter_ += 1
        e.loss_ = np.float64(told.loss)
        e.t_ += self._rows
        e.loss_curve_.append(e.loss_)
        if e.verbose:
            print(f"Iteration {e.n_iter_}, loss = {e.loss_:.8f}")
        self._judge(told)
        if self._rates is not None and e._optimizer.given.learning_rate == "invscaling":
            e._optimizer.learning_rate = inverse_scaled(e._optimizer.given, e.t_)
        stops = self._looks_up(e)
        if self._rates is not None:
            self._rates.rates.append(e._optimizer.learning_rate)
        return STOP if stops or self._once else None

    def _looks_up(self, e: BaseMLP) -> bool:
        """Whether too many epochs were no improvement, and the run ends for it."""
        if e._no_improvement_count > e.n_iter_no_change:
            what = "Validation score" if self._score else "Training loss"
            self.message = (
                f"{what} did not improve more than tol={e.tol:f} for {e.n_iter_no_change} consecutive epochs."
            )
            if self._stops():
                return True
            e._no_improvement_count = 0
        return False

    def _judge(self, told: EpochEnd) -> None:
        """Whether the epoch is no improvement by `tol`, and whether it is the best."""
        e = self._estimator
        if self._score is None:
            assert e.best_loss_ is not None
            e._no_improvement_count = e._no_improvement_count + 1 if e.loss_ > e.best_loss_ - e.tol else 0
            e.best_loss_ = min(e.best_loss_, e.loss_) if not math.isnan(e.loss_) else e.best_loss_
            return
        assert e.validation_scores_ is not None
        assert e.best_validation_score_ is not None
        params = told.parameters()
        score = self._score(params) if math.isfinite(e.loss_) else math.nan
        e.validation_scores_.append(score)
        if e.verbose:
            print(f"Validation score: {score:f}")
        e._no_improvement_count = e._no_improvement_count + 1 if score < e.best_validation_score_ + e.tol else 0
        if score > e.best_validation_score_:
            e.best_validation_score_ = score
            e._best_coefs, e._best_intercepts = coefs_of(params)
            self.best_epoch = told.epoch

    def _stops(self) -> bool:
        """Whether the run ends; with an adaptive learning rate only where that is as small as can be."""
        e = self._estimator
        if self._rates is None or e._optimizer.given.learning_rate != "adaptive":
            self._say("Stopping.")
            return True
        rate = e._optimizer.learning_rate
        if rate <= _LEAST_RATE:
            self._say("Learning rate too small. Stopping.")
            return True
        e._optimizer.learning_rate = rate / _DIVISOR
        self._say(f"Setting learning rate to {e._optimizer.learning_rate:f}")
        return False

    def _say(self, what: str) -> None:
        if self._estimator.verbose:
            print(f"{self.message} {what}")
