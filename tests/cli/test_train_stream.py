"""`thalweg train` on folders and patterns: in memory as one table, or streamed by --stream or by size, with a word."""

import os
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import DATA, ok, refused, run

import thalweg as tw
from thalweg.cli.train_stream import files_of
from thalweg.data.several_files import open_files
from thalweg.tables.streamed_scores import StreamedScores

HOW = ("--target", "price", "--epochs", 1, "--engine", "numpy", "--batch-size", 16, "--hidden", 4)


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for look in ("thalweg.data.stream_files.check_column_files", "thalweg.data.column_files._tried"):
        monkeypatch.setattr(look, lambda *_: None)  # no process looks whether files are damaged
    frame = tw.read_table(DATA / "houses.csv")
    (tmp_path / "year").mkdir()
    for number in range(3):
        frame[number::3].write_parquet(f"year/part{number}.parquet")
    shutil.copy(DATA / "houses.csv", ".")


def test_a_folder_that_fits_is_one_table():
    told = ok("train", "year/*.parquet", *HOW, "--json").json
    whole = tw.train_table(
        open_files([f"year/part{n}.parquet" for n in range(3)]).frame, "price",
        tw.Settings(epochs=1, engine="numpy", batch_size=16, hidden=(4,)),
    )  # fmt: skip
    assert told["model"] == "year.thalweg"
    assert told["scores"] == whole.scores.to_dict()


def test_a_folder_that_does_not_fit_streams_with_a_word():
    told = ok("train", "year", *HOW, "--memory", "30kB")
    assert "more than a quarter of --memory 30kB: streamed; rows take up to 0.03 MB of memory" in told.out
    assert "Scores of the test part" in told.out
    step = ok("step", "year.thalweg", "--step", 3, "--layer", "layer2", "--example", 1).out
    assert step.startswith("Update 3 of a run with Adam")
    assert "--sheet does not go with a model of streamed files" in refused(
        "step", "year.thalweg", "--step", 3, "--sheet", "a"
    )
    streamed = ok("train", "houses.csv", *HOW, "--stream", "--memory", "200kB", "--json").json
    assert streamed["files"].pop("digests").keys() >= {"inputs", "targets", "validation set"}
    assert streamed["files"] == {
        "name": "houses.csv",
        "count": 1,
        "rows": tw.read_table("houses.csv").height,
        "memory": 200_000,
    }
    assert ok("predict", "houses.thalweg", "houses.csv", "--output", "out.csv", "--stream").err.endswith(
        "200 rows with predictions: out.csv\n"
    )


def test_packed_files_stream():
    shutil.copy("houses.csv", "houses.csv.gz")  # its name alone is looked at here
    found = files_of(Path("houses.csv.gz"), True, None, tw.Settings())
    assert found.memory == 2 * 10**9
    assert found.word.startswith("1 file of ")


def test_a_signal_while_the_test_part_is_read_loses_no_training(monkeypatch):
    """Ctrl-C in the passage through the test rows: the model is saved without scores, which --resume adds."""
    pl.DataFrame({"x": range(160), "price": range(160)}).write_parquet("n.parquet")
    command = ("n.parquet", *HOW[:2], "--epochs", 1, *HOW[4:6], "--hidden", "none", "--batch-size", 4, "--stream",
               "--memory", "5kB", "--split", "60/15/25", "--checkpoint", "runs")  # fmt: skip
    add = StreamedScores.add
    with monkeypatch.context() as pressed:
        pressed.setattr(
            StreamedScores, "add", lambda *given: (add(*given), os.kill(os.getpid(), signal.SIGINT), time.sleep(0.01))
        )
        ended = run("train", *command)
    assert ended.status == 130
    assert ended.err == "thalweg: interrupted while the test part was scored: the model is saved without its scores\n"
    assert "test rows were not scored, so there are no scores: interrupted" in ended.out
    told = "The test part was not scored, so there are no scores: interrupted."
    assert told in Path("n.report.html").read_text(encoding="utf-8")
    model = tw.load("n.thalweg")
    assert (model.record["scores"], model.record["stopped_because"]) == (None, "epochs")
    again = ended.out.splitlines()[-1].removesuffix(" goes on with it")
    assert "Scores of the test part" in ok(*again.split()[1:]).out
    with monkeypatch.context() as gone:
        gone.setattr(StreamedScores, "add", lambda *given: (add(*given), Path("n.parquet").unlink(missing_ok=True)))
        lost = run("train", *command[:-2], "--output", "lost.thalweg")
    assert lost.status == 1
    assert re.fullmatch(
        r"thalweg: n.parquet: it vanished .*; the model is saved without the scores of its test part\n", lost.err
    )
    scored, lost_one = tw.load("n.thalweg"), tw.load("lost.thalweg")
    assert lost_one.record["scores"] is None
    np.testing.assert_array_equal(*(one.network.ravel(one.params) for one in (scored, lost_one)))
    assert scored.record["scores"]["examples"] == scored.record["split"]["test"]
    np.testing.assert_array_equal(*(one.network.ravel(one.params) for one in (model, scored)))


def test_what_does_not_stream_is_refused():
    assert "the standard input can be read once only" in refused("train", "-", *HOW, "--stream")
    assert "goes with rows in memory" in refused("train", "houses.csv", *HOW, "--stream", "--test", "houses.csv")
    assert "no file is called so" in refused("train", "year/*.csv", *HOW)
    assert "--folds needs all rows" in refused("train", "year", *HOW, "--stream", "--folds", 3)
    assert "--memory is 'lots'" in refused("train", "year", *HOW, "--memory", "lots")
    tw.read_table("houses.csv").drop("rooms").write_parquet("year/part3.parquet")
    assert "part3.parquet lacks 'rooms', which" in refused("train", "year", *HOW)
