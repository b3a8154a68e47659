"""The checkpoints of a run: killed at any moment, and where they cannot be written, damaged or another's."""

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from apart import run_apart
from interrupted_runs import NET, P, T, assert_same, train_until_killed

import thalweg as tw
from thalweg.system import atomic
from thalweg.training import saver, trail
from thalweg.training.checkpoint_folder import CheckpointFolder

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows forks no processes, and has no such signals")
QUICK = {"epochs": 14, "batch_size": 5, "engine": "numpy"}


@posix
def test_killed_terminated_and_interrupted_at_random_moments(tmp_path):
    """Ten kills; SIGTERM ends the process by itself, once it is saved; Ctrl-C gives the run as far as it came."""
    script = Path(__file__).with_name("kill_and_resume.py")
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as it is forked while it has no threads
    found = json.loads(run_apart(script, tmp_path, seconds=100, env=env))
    statuses, ended, stopped, numbers = found["killed"]
    assert set(statuses) == {-signal.SIGKILL}
    assert (ended, stopped) == (7, "epochs")
    assert numbers == found["whole"]
    assert found["SIGTERM"] == [-signal.SIGTERM, None, 7, "epochs", found["whole"]]
    assert found["SIGINT"] == [7, "interrupted", 7, "epochs", found["whole"]]
    assert "is where another training writes its checkpoints (process N of " in found["locked"]
    assert "wait for its end, or name another folder" in found["locked"]


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "text", "other", "place"])
def test_a_damaged_checkpoint_is_passed_over(damage, tmp_path, caplog):
    whole = tw.train(NET, P, T, **QUICK)
    train_until_killed(tmp_path, **QUICK)
    *_, before, newest = sorted(tmp_path.glob("checkpoint-*"))
    raw = bytearray(newest.read_bytes())
    if damage == "bit":
        raw[-9] ^= 4
    if damage == "other":
        model = tmp_path / "model"
        tw.save(whole, model)
        raw = model.read_bytes()
    if damage == "place":
        raw = raw.replace(b'\\"epochs\\": 9', b'\\"epochs\\": 8')
        assert raw != newest.read_bytes()
    newest.write_bytes({"cut": raw[:-40], "empty": b"", "text": b"x" * 100}.get(damage, bytes(raw)))
    with caplog.at_level(logging.WARNING):
        run = tw.resume(tmp_path, P, T)
    assert_same(run, whole)
    (warned,) = [record.getMessage() for record in caplog.records if "damaged" in record.getMessage()]
    assert warned.startswith(f"the checkpoint {str(newest)!r} is damaged (")
    assert warned.endswith(f"): {before.name} is used, before it")
    assert "\n" not in warned


def test_all_are_damaged(tmp_path):
    """Then nothing begins anew in their place, nor the next time."""
    tw.train(NET, P, T, **QUICK, checkpoint=tmp_path)
    for path in tmp_path.glob("checkpoint-*"):
        path.write_bytes(path.read_bytes()[:-1])
    for _ in range(2):
        with pytest.raises(tw.FileError, match=r"is damaged .*, and there is nothing to go on from: begin anew"):
            tw.train(NET, P, T, **QUICK, checkpoint=tw.Checkpoints(tmp_path, resume=True))


def test_a_newer_format_is_refused(tmp_path, monkeypatch):
    from thalweg.training import checkpoint_file

    monkeypatch.setattr(checkpoint_file, "FORMAT", 2)
    tw.train(NET, P, T, **QUICK, checkpoint=tmp_path)
    monkeypatch.undo()
    with pytest.raises(tw.FileError, match="is of format 2, and this version of Thalweg reads up to 1: go on with"):
        tw.resume(tmp_path, P, T)


def test_a_full_disk_is_told_once_and_loses_nothing(tmp_path, monkeypatch, caplog):
    whole = tw.train(NET, P, T, **QUICK)
    real, written = os.fsync, []

    def full(number):
        written.append(number)
        if 2 < len(written) < 12:
            raise OSError(28, "No space left on device")
        real(number)

    monkeypatch.setattr(atomic.os, "fsync", full)
    run = tw.train(NET, P, T, **QUICK, checkpoint=tw.Checkpoints(tmp_path, every="1epochs"))
    assert_same(run, whole)
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("cannot write the checkpoint")
    assert told.endswith("the disk is full; make room, or name a folder on another disk; the training goes on without")
    assert not list(tmp_path.glob(".thalweg-*"))
    assert_same(tw.resume(tmp_path, P, T), whole)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(tw.FileError, match="may not be written"):
        tw.train(NET, P, T, **QUICK, checkpoint=tmp_path / "run")


def test_a_place_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(tw.FileError, match="it is a file; name a folder"):
        tw.train(NET, P, T, **QUICK, checkpoint=tmp_path / "file")


def test_a_large_one_is_written_while_the_training_goes_on(tmp_path, monkeypatch, caplog):
    """By another thread: the run that is killed, and that where the disk is full, are as they would be."""
    whole = tw.train(NET, P, T, **QUICK)
    monkeypatch.setattr(saver, "_WRITTEN_AT_ONCE", 0)
    threads, real = set(), CheckpointFolder.write

    def write(self, updates, *rest):
        threads.add(threading.current_thread().name)
        if updates == 45:
            raise OSError(28, "No space left on device")
        real(self, updates, *rest)

    monkeypatch.setattr(CheckpointFolder, "write", write)
    train_until_killed(tmp_path, every="1epochs", **QUICK)
    assert list(CheckpointFolder(tmp_path).checkpoints()) == [35, 40, 50]
    assert threads == {"thalweg-checkpoint"}
    assert caplog.text.count("No space left on device; the training goes on without") == 1
    assert_same(tw.resume(tmp_path, P, T), whole)
    assert max(CheckpointFolder(tmp_path).checkpoints()) == 70


def test_how_many_are_kept(tmp_path):
    tw.train(NET, P, T, **QUICK, checkpoint=tw.Checkpoints(tmp_path, every="2epochs", keep=2))
    assert list(CheckpointFolder(tmp_path).checkpoints()) == [60, 70]


def test_a_run_that_is_saved_is_the_same_and_compiles_nothing_anew(tmp_path):
    from thalweg.training.programs import compilations

    options = {**QUICK, "engine": "xla"}
    plain = tw.train(NET, P, T, **options)
    before = compilations()
    assert_same(tw.train(NET, P, T, **options, checkpoint=tw.Checkpoints(tmp_path, every="3epochs")), plain)
    assert compilations() == before


def test_what_callbacks_need(tmp_path):
    """A log goes on where the checkpoint was, and what a listener saved is given back to it."""

    class Sum(tw.callbacks.Listener):
        def begin(self):
            self.total, self.resumed_after = 0.0, 0

        def resumed(self, epoch, saved):
            self.total, self.resumed_after = saved["total"], epoch

        def saved(self):
            return {"total": self.total}

        def __call__(self, end):
            self.total += end.loss

    whole, log = Sum(), tmp_path / "log.csv"
    tw.train(NET, P, T, **QUICK, callbacks=[whole])
    train_until_killed(tmp_path / "run", **QUICK, callbacks=[Sum(), tw.callbacks.CSVLog(log)])
    assert len(log.read_text().splitlines()) == 12
    again = Sum()
    run = tw.resume(tmp_path / "run", P, T, callbacks=[again, tw.callbacks.CSVLog(log)])
    assert (again.total, again.resumed_after) == (whole.total, 9)
    _, *lines = log.read_text().splitlines()
    assert [int(line.split(",")[0]) for line in lines] == list(range(1, 15))
    np.testing.assert_allclose([float(line.split(",")[2]) for line in lines], run.history.loss)


def test_what_a_callback_saves_is_plain_data(tmp_path):
    class Wrong(tw.callbacks.Listener):
        def saved(self):
            return object()

        def __call__(self, end):
            pass

    with pytest.raises(
        tw.ArgumentError, match=r"Wrong.saved\(\) gave what a checkpoint cannot hold .*: it must be plain"
    ):
        tw.train(NET, P, T, **QUICK, callbacks=[Wrong()], checkpoint=tmp_path)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_updates_are_opened_from_the_nearest_state(engine, tmp_path, monkeypatch):
    """With states so often that the first half of them goes more than once; the same step as without, to the bit."""
    monkeypatch.setattr(trail, "_SECONDS_OF_TRAIL", 0.0)
    monkeypatch.setattr(trail, "_SHARE_OF_TRAIL", 0.0)
    options = {**QUICK, "engine": engine, "epochs": 60, "order": tw.PrioritySampling(0.5, refill_every=4)}
    place = tw.Checkpoints(tmp_path, every="1h", trail=5)
    stops = [lambda end: None]  # short segments
    run = tw.train(NET, P, T, **options, checkpoint=place, callbacks=stops)
    plain = tw.train(NET, P, T, **options)
    states = list(CheckpointFolder(tmp_path).states())
    assert 2 <= len(states) <= 5
    for k in (1, states[1], states[1] + 1, states[-1], 300):
        one, other = run.step(k), plain.step(k)
        assert ("from a checkpoint after epoch" in one.notes[1]) == (k > states[0])
        assert "to the bit" in one.notes[1] or "no epoch was completed" in one.notes[1]
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(NET.ravel(one.params), NET.ravel(other.params))


def test_states_of_another_run_are_not_used(tmp_path):
    run = tw.train(NET, P, T, **QUICK, checkpoint=tw.Checkpoints(tmp_path, every="2epochs"))
    for path in tmp_path.glob("checkpoint-*"):
        path.unlink()
    tw.train(NET, P * 2, T, **QUICK, checkpoint=tw.Checkpoints(tmp_path, every="2epochs"))
    assert "from a checkpoint" not in run.step(65).notes[1]
    assert "to the bit" in run.step(65).notes[1]
