"""Many runs, killed and resumed: each is what it would have been, to the bit."""

import numpy as np
import optax
import pytest
from interrupted_runs import NET, Killed, P, T, assert_same

import thalweg as tw
from thalweg.training import members
from thalweg.training.checkpoint_file import read_stored, stored_bytes
from thalweg.training.member_group import MemberGroup

WEIGHTS = np.random.default_rng(1).integers(0, 3, (4, 23)).astype(float)
ADAMS = [tw.Adam(0.3), tw.Adam(0.01), tw.Adam(0.02), tw.Adam(0.3)]
QUICK = {"epochs": 12, "batch_size": 6, "seed": range(4)}


def train_many_until_killed(folder, monkeypatch, segments, **options):
    """A group is killed after so many segments; each of them is saved but for the last."""
    real, done = MemberGroup._advance, []

    def advance(self):
        done.append(self)
        if done.count(self) > segments:
            raise Killed
        real(self)

    monkeypatch.setattr(MemberGroup, "_advance", advance)
    with pytest.raises(Killed):
        tw.train_many(NET, P, T, "mse", **options, checkpoint=tw.Checkpoints(folder, every="2epochs"))
    monkeypatch.setattr(MemberGroup, "_advance", real)


def resumed(folder, **options):
    return tw.train_many(NET, P, T, "mse", **options, checkpoint=tw.Checkpoints(folder, resume=True))


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": ADAMS, "validation": (P[:7], T[:7]), "patience": 3, "record": "all"},
        {"sample_weight": WEIGHTS, "seed": 3, "optimizer": optax.noisy_sgd(0.01, key=3)},
    ],
    ids=["patience", "optax"],
)
def test_killed_and_resumed(options, tmp_path, monkeypatch):
    """Of the first kind some have ended when it is killed."""
    options = {**QUICK, **options}
    whole = tw.train_many(NET, P, T, "mse", **options)
    train_many_until_killed(tmp_path, monkeypatch, 4, **options)
    again = resumed(tmp_path, **options)
    for one, other in zip(again, whole, strict=True):
        assert_same(one, other)
    for one, other in zip(resumed(tmp_path, **options), whole, strict=True):
        assert_same(one, other)
    more = {**options, "epochs": 20}
    for one, other in zip(resumed(tmp_path, **more), tw.train_many(NET, P, T, "mse", **more), strict=True):
        assert_same(one, other)
    with pytest.raises(
        tw.ArgumentError, match=r"epochs is 12, and run \d in '.*' has 20 already: give as many at least"
    ):
        resumed(tmp_path, **options)


def test_more_epochs_of_runs_that_left_an_epoch_sooner(tmp_path, monkeypatch):
    """In the last epoch those of shorter epochs are through while the longest goes on; some had reached the goal."""
    monkeypatch.setattr("thalweg.training.member_group._STAYS_WHOLE", 2)
    monkeypatch.setattr("thalweg.training.member_group._INDICES_A_SEGMENT", 144)  # two updates
    monkeypatch.setattr(members.os, "cpu_count", lambda: 1)
    weights = np.ones((12, 23))
    weights[1:, 9:] = 0.0
    rules = [tw.Adam(0.0001), *[tw.Adam(0.02)] * 11]
    options = {**QUICK, "seed": range(12), "sample_weight": weights, "optimizer": rules, "goal": 0.06}
    short = tw.train_many(NET, P, T, "mse", **options, checkpoint=tmp_path)
    assert {run.stopped_because for run in short[1:]} == {"goal", short[0].stopped_because} == {"goal", "epochs"}
    more = {**options, "epochs": 16}
    for one, other in zip(resumed(tmp_path, **more), tw.train_many(NET, P, T, "mse", **more), strict=True):
        assert_same(one, other)


def test_members_that_left_their_group(tmp_path, monkeypatch):
    """A group that goes on with the few that still run, and one that is resumed on fewer cores."""
    monkeypatch.setattr("thalweg.training.member_group._STAYS_WHOLE", 2)
    monkeypatch.setattr(members.os, "cpu_count", lambda: 2)
    options = {**QUICK, "seed": range(12), "goal": 0.4, "optimizer": tw.Adam(0.02)}
    whole = tw.train_many(NET, P, T, "mse", **options)
    assert len({run.epochs for run in whole}) > 2
    train_many_until_killed(tmp_path, monkeypatch, 5, **options)
    going = read_stored(max(tmp_path.glob("members6-*"))).header["going"]
    assert len(going) == 1
    monkeypatch.setattr(members.os, "cpu_count", lambda: 1)
    for one, other in zip(resumed(tmp_path, **options), whole, strict=True):
        assert_same(one, other)


def test_other_runs_are_refused(tmp_path):
    place = tw.Checkpoints(tmp_path)
    tw.train_many(NET, P, T, "mse", **QUICK, checkpoint=place)
    with pytest.raises(tw.FileError, match="are not overwritten"):
        tw.train_many(NET, P, T, "mse", **QUICK, checkpoint=place)
    with pytest.raises(tw.ArgumentError, match="is of another training: of run 3 seed was 2 and is 5; give"):
        resumed(tmp_path, **{**QUICK, "seed": [0, 1, 5, 3]})
    with pytest.raises(
        tw.ArgumentError, match="is of 4 runs, and here are 3: seed was 0, 1, 2, 3 and is 0, 1, 2; give"
    ):
        resumed(tmp_path, **{**QUICK, "seed": range(3)})
    with pytest.raises(
        tw.ArgumentError, match=r"2: optimizer learning_rate was 0\.001 and is 0\.1, 0\.2, seed was 0, "
    ):
        resumed(tmp_path, **{**QUICK, "seed": 0, "optimizer": [tw.Adam(0.1), tw.Adam(0.2)]})
    with pytest.raises(tw.FileError, match="of several runs, with which the call goes on"):
        tw.resume(tmp_path, P, T)


def test_a_whole_file_that_holds_no_such_group_is_refused(tmp_path, monkeypatch):
    """Its digest is right, and what it holds is of no group: one would have gone on without end, or from nowhere."""
    monkeypatch.setattr(members.os, "cpu_count", lambda: 1)
    tw.train_many(NET, P, T, "mse", **QUICK, checkpoint=tmp_path)
    path = max(tmp_path.glob("members0-checkpoint-*"))
    whole = read_stored(path)

    def of_first(**changed):
        return {"members": [{**whole.header["members"][0], **changed}, *whole.header["members"][1:]]}

    best = {name: np.full_like(values, 99) for name, values in whole.tensors.items() if name == "state/best_epoch"}
    assert best
    cases = [
        ({"numbers": [0] * len(whole.header["numbers"])}, {}),
        ({"numbers": whole.header["numbers"][::-1]}, {}),
        ({"steps": 999}, {}),
        ({"position": 10**400}, {}),
        ({"going": []}, {}),
        ({"epoch": 14}, {}),
        ({"seconds": float("nan")}, {}),
        (of_first(epochs=3), {}),
        (of_first(code=77), {}),
        ({}, best),
        ({}, {"0/history/loss": np.zeros(5)}),
        ({}, {"state/loss_sum": np.zeros(4, np.int32)}),
    ]
    for header, tensors in cases:
        path.write_bytes(stored_bytes({**whole.header, **header}, {**whole.tensors, **tensors}))
        with pytest.raises(tw.FileError, match=r"does not hold these runs \(.*\): name another folder") as refused:
            resumed(tmp_path, **QUICK)
        assert len(str(refused.value)) < 300


def test_updates_of_each_run_are_opened_from_the_nearest_state(tmp_path, monkeypatch):
    """Of runs with epochs of other lengths, some of which end sooner, killed and resumed: as without states."""
    monkeypatch.setattr("thalweg.training.trail._SECONDS_OF_TRAIL", 0.0)
    monkeypatch.setattr("thalweg.training.trail._SHARE_OF_TRAIL", 0.0)
    monkeypatch.setattr(members.os, "cpu_count", lambda: 2)
    options = {
        **QUICK,
        "epochs": 40,
        "goal": 0.25,
        "optimizer": ADAMS,
        "sample_weight": np.r_[WEIGHTS[:3], WEIGHTS[:1]],
    }
    options["sample_weight"][1, 11:] = 0.0  # shorter epochs
    train_many_until_killed(tmp_path, monkeypatch, 6, **options)
    runs = resumed(tmp_path, **options)
    plain = tw.train_many(NET, P, T, "mse", **options)
    assert len({run.recipe.batch_order.steps for run in runs}) > 1
    assert len({run.epochs for run in runs}) > 1
    for run, other in zip(runs, plain, strict=True):
        k = run.updates - 1
        one, alone = run.step(k), other.step(k)
        assert ("from a checkpoint after epoch" in one.notes[1]) == (run.epochs > 2)
        np.testing.assert_array_equal(one.rows, alone.rows)
        np.testing.assert_allclose(NET.ravel(one.params), NET.ravel(alone.params), rtol=2e-4, atol=2e-6)
    assert "from a checkpoint" not in runs[0].step(1).notes[1]
