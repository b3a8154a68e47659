"""scikit-learn's callbacks on an estimator: each epoch is a task of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.callback._callback_context import CallbackContext

from ..training.callbacks import STOP, EpochEnd, Stop
from ..training.examples import Examples
from .network import INPUT, coefs_of

if TYPE_CHECKING:
    from .base import BaseMLP

_LEARNT = ("coefs_", "intercepts_", "n_iter_", "loss_curve_", "n_outputs_", "n_layers_", "out_activation_", "classes_",
           "n_features_in_", "feature_names_in_", "_label_binarizer")  # fmt: skip


class EpochCalls:
    """Calls the callbacks that `set_callbacks` gave an estimator, at the start and end of the fit and of each epoch."""

    def __init__(self, estimator: BaseMLP, examples: Examples, epochs: int) -> None:
        self._estimator, self._epochs = estimator, epochs
        self._given = {"X": examples.inputs[INPUT], "y": examples.T}
        self._fit: CallbackContext = estimator._init_callback_context(max_subtasks=epochs)
        self._fit.call_on_fit_task_begin(estimator=estimator, **self._given)
        self._begin()

    def __call__(self, told: EpochEnd) -> Stop | None:
        """The end of an epoch; STOP if a callback asks for it."""
        e = self._estimator

        def learnt() -> dict[str, object]:
            coefs, intercepts = coefs_of(told.parameters())
            known = {name: getattr(e, name) for name in _LEARNT if hasattr(e, name)}
            return {**known, "coefs_": coefs, "intercepts_": intercepts}

        stops = self._epoch.call_on_fit_task_end(estimator=e, **self._given, reconstruction_attributes=learnt)
        if not stops and told.epoch < self._epochs:
            self._begin()
        return STOP if stops else None

    def end(self) -> None:
        """The end of the fit."""
        e = self._estimator
        self._fit.call_on_fit_task_end(
            estimator=e,
            **self._given,
            reconstruction_attributes=lambda: {name: getattr(e, name) for name in _LEARNT if hasattr(e, name)},
        )

    def _begin(self) -> None:
        self._epoch: CallbackContext = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(estimator=self._estimator, **self._given)
