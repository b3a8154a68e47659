"""`thalweg train --checkpoint`: saved on a signal, gone on with by --resume, opened by `thalweg step`."""

import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import DATA, as_program, ok, refused, run

import thalweg as tw
from thalweg.training.checkpoint_folder import CheckpointFolder

SMALL = ("wine.csv", "--target", "cultivar", "--hidden", 3, "--batch-size", "all", "--engine", "numpy", "--patience", 0)
TRAIN = ("train", *SMALL, "--epochs", 150)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "wine.csv", ".")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_saves_and_resume_goes_on(monkeypatch):
    """The model in the end is that of the training that was not interrupted, to the bit; so is an update of it."""
    write, written = CheckpointFolder.write, []

    def signalled(*given):
        write(*given)
        written.append(given)
        if len(written) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as pressed, as_program() as program:
        pressed.setattr(CheckpointFolder, "write", signalled)
        done = program(*TRAIN, "--checkpoint", "runs", "--every", "20epochs")
    assert (done.status, done.err) == (143, "")
    cut = tw.load("wine.thalweg").record
    assert cut["stopped_because"] == "interrupted"
    assert cut["updates"] < 150
    again = done.out.splitlines()[-1].removesuffix(" goes on with it")
    assert again.startswith("thalweg train wine.csv --target cultivar --hidden 3")
    assert again.endswith("--checkpoint runs --every 20epochs --resume")
    assert f"goes on after epoch {cut['epochs']:,}, from the checkpoint in 'runs'" in ok(*again.split()[1:]).out
    ok(*TRAIN, "--output", "whole.thalweg", "-q")
    ours, theirs = tw.load("wine.thalweg"), tw.load("whole.thalweg")
    ravel = ours.network.ravel
    np.testing.assert_array_equal(ravel(ours.params), ravel(theirs.params))
    apart = {name for name in theirs.record if ours.record[name] != theirs.record[name]}
    assert apart == {"seconds"}
    assert set(ours.record) - set(theirs.record) == {"checkpoints"}
    saved = sorted(int(path.stem.split("-")[1]) for path in Path("runs").glob("checkpoint-*"))[-2]
    number = min(saved + 5, 150)
    step = ok("step", "wine.thalweg", "--step", number).out
    assert f"from a checkpoint after epoch {saved:,}: the losses of {number - saved} epoch" in step
    assert "the run's to the bit" in step
    shutil.move("runs", "elsewhere")
    plain = ok("step", "wine.thalweg", "--step", number).out
    assert "from a checkpoint" not in plain
    assert _without_notes(step) == _without_notes(plain)
    assert ok("step", "wine.thalweg", "--step", number, "--checkpoint", "elsewhere").out == step


def _without_notes(step):
    return [line for line in step.splitlines() if "Replayed by" not in line]


def test_what_is_refused():
    few = ("train", *SMALL, "--epochs", 3)
    assert "--resume goes with --checkpoint: name its folder" in refused(*few, "--resume")
    assert "--every goes with --checkpoint" in refused(*few, "--every", "60s")
    assert "every is '60'; it must be such as '60s'" in refused(*few, "--checkpoint", "runs", "--every", "60")
    assert "it is a file; name a folder" in refused(*few, "--checkpoint", "wine.csv")
    ok(*few, "--checkpoint", "folds", "--folds", 3, "-q")
    other = refused(*few, "--checkpoint", "folds", "--folds", 4, "--resume")
    assert "of another training: folds was 3 and is 4; give" in other
    assert "goes on with the networks whose" in ok(*few, "--checkpoint", "folds", "--folds", 3, "--resume").out
    ok(*few, "--checkpoint", "runs", "-q")
    assert "holds the checkpoints of a training, which are not overwritten" in refused(*few, "--checkpoint", "runs")
    fifty = (50 if word == "all" else word for word in few)
    other = refused(*fifty, "--checkpoint", "runs", "--resume", "--learning-rate", "0.5")
    assert "of another training: optimizer learning_rate was 0.001 and is 0.5, batch_size was all and is 50" in other
    ok(*few, "--output", "plain.thalweg", "-q")
    assert "left no checkpoints" in refused("step", "plain.thalweg", "--step", 2, "--checkpoint", "runs")
    tw.train(tw.mlp(1, 1), [[1.0], [2.0]], [[1.0], [2.0]], epochs=1, engine="numpy", checkpoint="others")
    told = refused("step", "wine.thalweg", "--step", 2, "--checkpoint", "others")
    assert "the checkpoints in 'others' are of another training than this model" in told
    assert "--checkpoint goes with --step" in refused("step", "wine.thalweg", "--row", 2, "--checkpoint", "runs")


def test_what_is_damaged_or_cannot_be_written_is_told_as_errors_are(monkeypatch):
    few = ("train", *SMALL, "--epochs", 9, "--checkpoint", "runs", "--every", "3epochs", "-q")
    ok(*few)
    newest = max(Path("runs").glob("checkpoint-*"))
    newest.write_bytes(newest.read_bytes()[:-3])
    ended = ok(*few, "--resume")
    assert ended.err.startswith("thalweg: the checkpoint 'runs/checkpoint-000000000000009.safetensors' is damaged (")
    assert ended.err.count("\n") == 1

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("thalweg.training.checkpoint_folder.CheckpointFolder.write", full)
    ended = run(*few[:-5], "--checkpoint", "new", "--every", "3epochs", "-q")
    assert ended.status == 0
    assert ended.err == "thalweg: [Errno 28] No space left on device; the training goes on without\n"
