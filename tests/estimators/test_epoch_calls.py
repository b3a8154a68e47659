"""scikit-learn's callbacks, on estimators alone and in a search."""

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_iris
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from thalweg.estimators import MLPClassifier, MLPRegressor

X, Y = load_iris(return_X_y=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """Writes down what it is told, and stops after `most` epochs."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.told: list[tuple[str, str, int]] = []
        self.losses: list[float] = []

    def setup(self, estimator, context) -> None:
        self.told.append(("setup", context.task_name, -1))

    def teardown(self, estimator, context) -> None:
        self.told.append(("teardown", context.task_name, -1))

    def on_fit_task_begin(self, estimator, context) -> None:
        self.told.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator) -> bool:
        self.told.append(("end", context.task_name, context.task_id))
        if context.task_name == "epoch":
            self.losses.append(log_loss(Y, fitted_estimator.predict_proba(X)))
        return len(self.losses) >= self.most


def test_begin_and_end_of_each_epoch() -> None:
    recorder = Recorder(most=3)
    model = MLPClassifier((4,), max_iter=10, random_state=0).set_callbacks(recorder).fit(X, Y)
    epochs = [(what, "epoch", number) for number in range(3) for what in ("begin", "end")]
    assert recorder.told == [
        ("setup", "fit", -1),
        ("begin", "fit", 0),
        *epochs,
        ("end", "fit", 0),
        ("teardown", "fit", -1),
    ]
    assert model.n_iter_ == 3
    alone = [log_loss(Y, MLPClassifier((4,), max_iter=n, random_state=0).fit(X, Y).predict_proba(X)) for n in (1, 2, 3)]
    np.testing.assert_allclose(recorder.losses, alone, rtol=1e-12)


def test_scikit_learns_own(capsys: pytest.CaptureFixture[str]) -> None:
    monitor = ScoringMonitor(scoring="r2")
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=6, random_state=0).set_callbacks(monitor, ProgressBar())
    model.fit(X, Y)
    assert model.n_iter_ == 6
    told = [task["r2"] for task in monitor.get_logs().data if task["task_name"] == "epoch"]
    assert len(told) == 6
    assert told[-1] == pytest.approx(model.score(X, Y))
    search = GridSearchCV(MLPClassifier((4,), max_iter=3), {"activation": ["relu", "tanh"]}, cv=2)
    search.set_callbacks(ProgressBar()).fit(X, Y)
    assert search.best_score_ > 0
