"""What a run says of itself."""

import numpy as np
import pytest

import thalweg as tw

P = np.linspace(-1, 1, 20)[:, None]
T = 3 * P
NET = tw.mlp(1, 1)


def run(**settings):
    return tw.train(NET, P, T, engine="numpy", **{"epochs": 5, "batch_size": "all"} | settings)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [({}, False), ({"validation": (P, T)}, True), ({"patience": 1, "optimizer": tw.Adam(0.5), "epochs": 500}, True),
     ({"optimizer": tw.GradientDescent(1e30)}, True), ({"goal": 1e9}, False)],
    ids=["all epochs", "validated", "patience", "diverged", "goal"],
)  # fmt: skip
def test_the_kept_epoch_is_that_of_the_parameters(settings, kept):
    found = run(**settings)
    assert found.kept_epoch == (found.best_epoch if kept else None)
    if "validation" in settings:  # judged after each epoch, so the parameters have the loss of the epoch that is told
        error = np.mean((T - found.predict(P)) ** 2)
        assert found.history.validation_loss[found.kept_epoch - 1] == pytest.approx(error, rel=1e-5)
