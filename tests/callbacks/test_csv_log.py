"""The CSV log: its numbers are the run's, and what cannot be written is told before the training."""

import csv

import numpy as np
import pytest

import thalweg as tw

P = np.linspace(-1, 1, 20)[:, None]
COLUMNS = ["epoch", "updates", "loss", "validation_loss", "best_epoch", "seconds"]


def train(*callbacks, epochs=5, validation=(P, P**2)):
    net = tw.mlp(1, 4, 1)
    return tw.train(
        net, P, P**2, batch_size=10, epochs=epochs, engine="numpy", callbacks=callbacks, validation=validation
    )


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        head, *lines = csv.reader(file)
    assert head == COLUMNS
    return dict(zip(head, zip(*lines, strict=True), strict=True))


def test_the_numbers_are_those_of_the_run(tmp_path):
    run = train(tw.callbacks.CSVLog(tmp_path / "log.csv"))
    read_back = read(tmp_path / "log.csv")
    assert read_back["epoch"] == ("1", "2", "3", "4", "5")
    assert read_back["updates"] == ("2", "4", "6", "8", "10")
    assert [float(loss) for loss in read_back["loss"]] == run.history.loss.tolist()
    assert [float(loss) for loss in read_back["validation_loss"]] == run.history.validation_loss.tolist()
    assert int(read_back["best_epoch"][-1]) == run.best_epoch
    assert sorted(map(float, read_back["seconds"])) == [float(second) for second in read_back["seconds"]]


def test_without_a_validation_set_its_column_is_empty(tmp_path):
    train(tw.callbacks.CSVLog(tmp_path / "log.csv"), validation=None)
    assert set(read(tmp_path / "log.csv")["validation_loss"]) == {""}


def test_lines_are_there_while_the_run_goes_on(tmp_path):
    lines = []
    path = tmp_path / "log.csv"
    train(tw.callbacks.CSVLog(path), lambda end: lines.append(len(path.read_text(encoding="utf-8").splitlines())))
    assert lines == [2, 3, 4, 5, 6]


def test_a_second_run_begins_the_file_anew_or_goes_on_in_it(tmp_path):
    log = tw.callbacks.CSVLog(tmp_path / "log.csv")
    train(log)
    run = train(log, epochs=3)
    assert read(tmp_path / "log.csv")["epoch"] == ("1", "2", "3")
    run.more(2, callbacks=[tw.callbacks.CSVLog(tmp_path / "log.csv", append=True)])
    assert read(tmp_path / "log.csv")["epoch"] == ("1", "2", "3", "4", "5")


def test_append_to_no_file_begins_one(tmp_path):
    train(tw.callbacks.CSVLog(tmp_path / "log.csv", append=True))
    assert len(read(tmp_path / "log.csv")["epoch"]) == 5


def test_places_that_cannot_be_written_are_told_before_the_training(tmp_path):
    for path, words in (
        (tmp_path / "no folder" / "log.csv", "there is no folder"),
        (tmp_path, "it is a folder; name a file"),
        (3, "path"),
    ):
        with pytest.raises(tw.ThalwegError, match=words) as told:
            tw.callbacks.CSVLog(path)
        assert "\n" not in str(told.value)


def test_a_folder_that_went_away_is_told_before_the_first_epoch(tmp_path):
    (tmp_path / "logs").mkdir()
    log, epochs = tw.callbacks.CSVLog(tmp_path / "logs" / "log.csv"), []
    (tmp_path / "logs").rmdir()
    with pytest.raises(tw.FileError, match="cannot write the log") as told:
        train(epochs.append, log)
    assert "\n" not in str(told.value)
    assert not epochs


def test_nothing_is_appended_to_another_table(tmp_path):
    path = tmp_path / "wine.csv"
    path.write_text("alcohol,hue\n1,2\n", encoding="utf-8")
    with pytest.raises(tw.FileError, match="its first line is 'alcohol,hue'"):
        tw.callbacks.CSVLog(path, append=True)
    assert path.read_text(encoding="utf-8") == "alcohol,hue\n1,2\n"
