"""A folder of checkpoints that is deleted while a training writes into it is another's from then on."""

import shutil

import numpy as np
import pytest

import thalweg as tw
from thalweg.training import group_saver

P = np.linspace(-1, 1, 12)[:, None]
HOW = {"epochs": 6, "engine": "numpy", "verbose": False}


@pytest.mark.parametrize("another", [False, True], ids=["deleted", "another's"])
def test_nothing_more_is_written_into_it(tmp_path, caplog, another):
    place = tmp_path / "runs"
    other = []

    def delete(progress):
        if progress.epoch == 3:
            shutil.rmtree(place)
            if another:
                tw.train(tw.mlp(1, 2, 1), P, P, **HOW, checkpoint=place)
                other.extend(sorted((path.name, path.read_bytes()) for path in place.glob("checkpoint-*")))

    one = tw.Checkpoints(place, every="1epochs")
    run = tw.train(tw.mlp(1, 3, 1), P, P, **HOW, checkpoint=one, callbacks=[delete])
    assert run.epochs == 6
    assert sorted((path.name, path.read_bytes()) for path in place.glob("checkpoint-*")) == other
    assert bool(other) is another
    (told,) = [record.getMessage() for record in caplog.records if "nothing more is written" in record.getMessage()]
    assert told.startswith(f"{str(place)!r} was deleted or replaced: ")


@pytest.mark.parametrize("another", [False, True], ids=["deleted", "another's"])
def test_nothing_more_of_several_runs(tmp_path, caplog, another, monkeypatch):
    place, other = tmp_path / "runs", []
    save, net = group_saver.GroupSaver.save, tw.mlp(1, 3, 1)

    def delete_first(saver, members, going, state, at):
        if at.epoch == 3:
            monkeypatch.setattr(group_saver.GroupSaver, "save", save)
            place.rename(tmp_path / "gone")  # at once, as other groups write meanwhile
            if another:
                tw.train_many(net, P, P, seed=[0, 1, 2], epochs=2, checkpoint=place)
                other.extend(sorted((path.name, path.read_bytes()) for path in place.glob("*checkpoint-*")))
        return save(saver, members, going, state, at)

    monkeypatch.setattr(group_saver.GroupSaver, "save", delete_first)
    runs = tw.train_many(net, P, P, seed=[0, 1], epochs=6, checkpoint=tw.Checkpoints(place, every="1epochs"))
    assert [run.epochs for run in runs] == [6, 6]
    assert sorted((path.name, path.read_bytes()) for path in place.glob("*checkpoint-*")) == other
    assert bool(other) is another
    told = [record.getMessage() for record in caplog.records if "nothing more is written" in record.getMessage()]
    assert told
    assert told[0].startswith(f"{str(place)!r} was deleted or replaced: ")
