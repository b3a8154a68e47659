"""Members trained one after another and at once, and what they say out of their folds."""

import numpy as np
import pytest
from sklearn.metrics import mean_squared_error

import thalweg as tw
from thalweg.ensembles.candidates import Candidate, train_candidates, tried

RNG = np.random.default_rng(0)
P = RNG.uniform(-1, 1, (40, 2))
T = P[:, :1] * P[:, 1:]
FOLDS = np.array_split(RNG.permutation(40), 2)
WEIGHT = RNG.uniform(0.5, 2.0, 40)


def candidate(name: str, net: tw.Network, members: int = 2, **options) -> Candidate:
    each = []
    for number in range(members):
        rows = FOLDS[number % 2]
        mask = WEIGHT.copy()
        mask[rows] = 0.0
        shared = {"epochs": 6, "batch_size": 10, "patience": 3, "optimizer": tw.Adam(0.01 * (number + 1)), "l2": 0.01}
        own = {"params": net.init(number), "seed": number, "sample_weight": mask}
        each.append({**shared, **own, "validation": (P[rows], T[rows], WEIGHT[rows]), **options})
    return Candidate(name, net, tuple(each), tuple(number % 2 for number in range(members)))


SMALL, OTHER = tw.mlp(2, 3, 1), tw.mlp(2, 4, 1)
CANDIDATES = [candidate("one", SMALL), candidate("decay", SMALL, l2=0.1), candidate("wide", OTHER, members=3)]


@pytest.fixture(scope="module")
def in_turn() -> dict:
    return {one.name: runs for one, runs in train_candidates(P, T, CANDIDATES, together=False)}


def test_each_run_is_what_train_gives(in_turn: dict) -> None:
    for one in CANDIDATES:
        for options, run in zip(one.options, in_turn[one.name], strict=True):
            alone = tw.train(one.net, P, T, **options)
            assert (one.net.ravel(run.params) == one.net.ravel(alone.params)).all()


def test_at_once_they_are_the_same_up_to_rounding(in_turn: dict) -> None:
    found = {one.name: runs for one, runs in train_candidates(P, T, CANDIDATES[:2], together=True)}
    for name in ("one", "decay"):
        for run, alone in zip(found[name], in_turn[name], strict=True):
            assert run.engine == "xla"
            np.testing.assert_allclose(run.history.validation_loss, alone.history.validation_loss, rtol=1e-4)


def test_what_is_said_out_of_the_folds(in_turn: dict) -> None:
    runs = in_turn["wide"]  # two members of fold 0, one of fold 1
    found = tried(CANDIDATES[2], runs, P, T, FOLDS, WEIGHT)
    expected = np.zeros((40, 1))
    expected[FOLDS[0]] = (runs[0].predict(P[FOLDS[0]]) + runs[2].predict(P[FOLDS[0]])) / 2
    expected[FOLDS[1]] = runs[1].predict(P[FOLDS[1]])
    np.testing.assert_allclose(found.outputs, expected, atol=1e-6)
    assert found.loss == pytest.approx(mean_squared_error(T, expected, sample_weight=WEIGHT), rel=1e-6)


def test_a_fold_that_no_run_was_validated_by_has_no_outputs(in_turn: dict) -> None:
    found = tried(CANDIDATES[0], in_turn["one"][:1], P, T, FOLDS)
    assert np.isnan(found.outputs[FOLDS[1]]).all()
    assert found.loss == pytest.approx(mean_squared_error(T[FOLDS[0]], found.outputs[FOLDS[0]]))
