"""Several networks on a table whose process ends in the middle: gone on with, they are what they would have been."""

import dataclasses
import logging

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.tables.steps import checkpoints_of, open_step
from thalweg.training.member_group import MemberGroup

X = np.random.default_rng(0).normal(size=(60, 2))
TABLE = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] - 2 * X[:, 1] ** 2})
FOLDS = tw.Settings(epochs=12, hidden=(4,), learning_rate=0.03, folds=3, engine="numpy")


def train(settings, **options):
    return tw.train_table(TABLE, "y", settings, **options)


def power_cut(monkeypatch, at):
    """The process ends in the training number `at`, after its checkpoint of epoch 6."""
    from thalweg.ensembles import candidates

    begun = []

    def cut(end):
        if end.epoch == 8:
            raise SystemExit

    def train(*arguments, **options):
        begun.append(options["checkpoint"])
        return tw.train(*arguments, **options, callbacks=[cut] if len(begun) == at else [lambda end: None])

    monkeypatch.setattr(candidates, "train", train)


def assert_equal(one, other, apart):
    """Two models are the same to the bit, and their records but for these."""
    assert len(one.members) == len(other.members)
    for mine, its in zip((one, *one.members), (other, *other.members), strict=True):
        ravel = mine.network.ravel
        np.testing.assert_array_equal(ravel(mine.params), ravel(its.params), strict=True)
        assert {name for name in mine.record if mine.record[name] != its.record.get(name)} <= apart
    assert one.weights == other.weights


def test_cut_and_resumed(tmp_path, monkeypatch, caplog):
    """One after another: what had ended is not trained again, the second goes on; then all that is refused."""
    whole = train(FOLDS)
    place = tw.Checkpoints(tmp_path / "runs", every="3epochs")
    power_cut(monkeypatch, 2)
    with pytest.raises(SystemExit):
        train(FOLDS, checkpoint=place)
    monkeypatch.undo()
    first = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/setting1-network1/*.safetensors")}
    assert first
    with caplog.at_level(logging.INFO, "thalweg.checkpoints"):
        again = train(FOLDS, checkpoint=dataclasses.replace(place, resume=True))
    assert {path: path.stat().st_mtime_ns for path in first} == first
    told = [record.getMessage() for record in caplog.records]
    assert [text.split(",")[0] for text in told] == [
        f"goes on with the networks whose checkpoints are in {str(place.folder)!r}",
        "goes on after epoch 6",
    ]
    assert_equal(again.model, whole.model, {"seconds", "checkpoints"})
    assert again.scores == whole.scores
    assert again.ensemble.seconds >= sum(run.seconds for run in again.ensemble.tried[0].runs)
    member = again.model.members[1]
    assert member.record["checkpoints"]["folder"] == "runs/setting1-network2"
    notes = open_step(member, TABLE, 20, saved_in=checkpoints_of(member, tmp_path)).notes[1]
    assert "from a checkpoint after epoch" in notes
    assert notes == open_step(member, TABLE, 20, saved_in=checkpoints_of(member, tmp_path, tmp_path / "runs")).notes[1]
    with pytest.raises(tw.FileError, match="which are not overwritten: go on with it"):
        train(FOLDS, checkpoint=place)
    on = dataclasses.replace(place, resume=True)
    told = {
        "folds was 3 and is 4": {"folds": 4},
        "folds was 3 and is 4, members was 3 and is 5": {"folds": 4, "members": 5},
        "members was 3 and is 4": {"folds": None, "members": 4},
        "seed was 0 and is 1, split was 70/15/15 and is 80/10/10, best was False and is True": {
            "split": "80/10/10", "seed": 1, "best": True,
        },
    }  # fmt: skip
    for words, changed in told.items():
        with pytest.raises(tw.ArgumentError, match=rf"is of another training: {words}; give what it was begun with"):
            train(dataclasses.replace(FOLDS, **changed), checkpoint=on)
    more = dataclasses.replace(FOLDS, epochs=15)
    assert_equal(train(more, checkpoint=on).model, train(more).model, {"seconds", "checkpoints"})
    with pytest.raises(tw.ArgumentError, match=r"epochs is 12, and the run in '.*network1' has 15 already"):
        train(FOLDS, checkpoint=on)
    with pytest.raises(tw.ArgumentError, match="of another training: other targets"):
        tw.train_table(TABLE.with_columns(y=pl.col("y") * pl.col("a")), "y", FOLDS, checkpoint=on)
    with pytest.raises(tw.FileError, match="holds the checkpoints of several runs, with which the call goes on"):
        train(dataclasses.replace(FOLDS, folds=None), checkpoint=on)
    single = tw.Checkpoints(tmp_path / "runs" / "setting1-network1", resume=True)
    with pytest.raises(tw.FileError, match="of another kind of training, not of several networks"):
        train(FOLDS, checkpoint=single)


def test_cut_and_resumed_where_all_are_trained_at_once(tmp_path, monkeypatch):
    """The choice between NumPy and XLA is kept, as it was when the training began."""
    from thalweg.tables import several

    settings = dataclasses.replace(FOLDS, engine="auto")
    monkeypatch.setattr(several, "_together", lambda *_: True)
    whole = train(settings)
    real, done = MemberGroup._advance, []

    def advance(self):
        done.append(self)
        if len(done) > 3:
            raise SystemExit
        real(self)

    place = tw.Checkpoints(tmp_path / "runs", every="3epochs")
    with monkeypatch.context() as cut:
        cut.setattr(MemberGroup, "_advance", advance)
        with pytest.raises(SystemExit):
            train(settings, checkpoint=place)
    monkeypatch.setattr(several, "_together", lambda *_: False)
    again = train(settings, checkpoint=dataclasses.replace(place, resume=True))
    assert_equal(again.model, whole.model, {"seconds", "checkpoints"})
    member = again.model.members[2]
    assert member.record["checkpoints"]["folder"] == "runs/group1"
    assert checkpoints_of(member, tmp_path).among.steps == member.record["updates"] // member.record["epochs"]
    settings = dataclasses.replace(settings, epochs=15)
    longer = train(settings, checkpoint=dataclasses.replace(place, resume=True))
    monkeypatch.setattr(several, "_together", lambda *_: True)
    assert_equal(longer.model, train(settings).model, {"seconds", "checkpoints"})


def test_what_was_pressed_between_two_networks_ends_all(monkeypatch):
    """Ctrl-C that came when no network trained: the next is not begun, and the model is of those that there are."""
    from thalweg.ensembles import candidates

    class Pressed(candidates.Interruption):
        def pressed(self):
            return True

    class Context:
        def __enter__(self):
            return Pressed()

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(candidates, "interruption", Context)
    cut = train(FOLDS)
    assert len(cut.ensemble.tried[0].runs) == 1
    assert cut.model.record["stopped_because"] == "interrupted"
