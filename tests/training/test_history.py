"""Which parameters a run keeps, beside those that the run and a plain loop have."""

import numpy as np
import pytest
from training_cases import CHAIN, ENGINES, by_hand, examples, vector

import thalweg as tw
from thalweg.training.batch_order import make_batch_order
from thalweg.training.history import kept_update

RULE = tw.optimizers.Momentum(0.9, 0.95)
ENDS = {
    "epochs": {"epochs": 9},
    "patience": {"epochs": 40, "patience": 2},
    "diverged": {"epochs": 40, "optimizer": tw.optimizers.GradientDescent(200.0), "loss": "sse"},
    "validated": {"epochs": 12, "validation": examples(9, 3)[:2]},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("end", ENDS)
def test_the_parameters_kept_are_those_after_the_update_told(end, engine):
    P, T, _ = examples()
    how = {"loss": "mse", "optimizer": RULE, **ENDS[end]}
    params = CHAIN.init(2)
    run = tw.train(CHAIN, P, T, batch_size=8, params=params, dtype="float64", engine=engine, seed=4, **how)
    validated = "validation" in how
    assert validated or run.stopped_because == end
    k = kept_update(validated, run.stopped_because, run.best_epoch, steps=3, updates=run.updates)
    rows = make_batch_order(len(T), 8, "shuffle", 4).rows(0, run.epochs)
    with np.errstate(all="ignore"):
        path, _ = by_hand(CHAIN, P, T, how["loss"], how["optimizer"], rows, params)
    np.testing.assert_allclose(vector(run), vector(path[k], CHAIN), rtol=1e-9, atol=1e-12)
    assert (run.kept_epoch is None) == (end == "epochs")
    assert k == run.updates if end == "epochs" else k < run.updates
