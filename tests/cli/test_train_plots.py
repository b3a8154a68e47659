"""`thalweg train --plots`: which pictures it writes, tells and refuses to write."""

import shutil
from pathlib import Path

import pytest
from command_line import DATA, folder, ok, refused, run

import thalweg as tw

ROWS = "".join(f"{i * 0.5},{i % 7},{'ab'[i % 2]}\n" for i in range(60))
FAST = ("--epochs", 3, "--hidden", "4")
ALWAYS = ("learning_curves", "network", "weights", "gradients")
MEASURED = ("predicted_against_actual", "error_histogram", "regression", "errors_by_part")
CLASSES = ("confusion_matrix", "roc", "precision_recall", "calibration")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,z,y\n" + ROWS)


@pytest.fixture
def unwritten(monkeypatch):
    """The figures are made, and not written as pictures by Matplotlib, most of the time."""
    monkeypatch.setattr("thalweg.reports.figures._as_png", lambda _: b"\x89PNG")


def train(*options):
    return ("train", "t.csv", "--target", "y", *FAST, *options)


@pytest.mark.parametrize(
    ("table", "target", "names"),
    [
        ("wine.csv", "cultivar", (*ALWAYS, *CLASSES)),
        ("diabetes.csv", "progression", (*ALWAYS, *MEASURED)),
    ],
)
@pytest.mark.usefixtures("unwritten")
def test_the_pictures_that_fit_are_written_and_told(table, target, names):
    shutil.copy(DATA / table, ".")
    ended = ok("train", table, "--target", target, *FAST, "--plots", "figures/new")
    stem = table.removesuffix(".csv")
    assert {path for path in folder() if path.startswith("figures")} == {f"figures/new/{name}.png" for name in names}
    assert ended.err == ""
    expected = [f"report  {stem}.report.html", *(f"plot    figures/new/{name}.png" for name in names)]
    assert ended.out.splitlines()[-len(expected) :] == expected


@pytest.mark.usefixtures("unwritten")
def test_two_numeric_inputs_have_decision_regions():
    ended = ok(*train("--plots", "p", "--json"))
    assert ended.json["plots"] == [f"p/{name}.png" for name in (*ALWAYS, *CLASSES, "decision_regions")]
    assert ended.json["plots_left_out"] == []
    assert all(Path(path).is_file() for path in ended.json["plots"])


def test_without_the_option_there_are_none():
    assert "plots" not in ok(*train("--json")).json
    assert set(folder()) == {"t.csv", "t.thalweg", "t.report.html"}


@pytest.mark.usefixtures("unwritten")
def test_a_picture_that_is_left_out_has_a_note():
    Path("one.csv").write_text("x,z,y\n" + "1,2,a\n2,3,a\n")
    ended = ok(*train("--plots", "p", "--test", "one.csv"))
    assert "note roc.png is left out: actual holds one class only, 'a'" in ended.out
    assert not Path("p/roc.png").exists()
    assert Path("p/calibration.png").exists()
    told = ok(*train("--plots", "p", "--test", "one.csv", "--json")).json
    assert [note.split()[0] for note in told["plots_left_out"]] == ["roc.png", "precision_recall.png"]


@pytest.mark.usefixtures("unwritten")
def test_a_configuration_may_name_the_folder_where_old_pictures_are_replaced_and_other_files_left():
    there = Path("from the file")
    there.mkdir()
    (there / "network.png").write_text("old")
    (there / "mine.txt").write_text("mine")
    Path("c.toml").write_text('plots = "from the file"\n')
    assert ok(*train("--config", "c.toml", "-q")) == (0, "", "")
    assert (there / "network.png").read_bytes().startswith(b"\x89PNG")
    assert (there / "mine.txt").read_text() == "mine"


@pytest.mark.usefixtures("unwritten")
def test_a_run_that_diverged_has_pictures_too():
    shutil.copy(DATA / "diabetes.csv", ".")
    options = ("--optimizer", "gd", "--learning-rate", 1000, "--activation", "relu", "--plots", "p")
    told = ok("train", "diabetes.csv", "--target", "progression", *FAST, *options, "--json").json
    assert told["stopped_because"] == "diverged"
    assert told["plots_left_out"] == []
    assert Path("p/learning_curves.png").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--plots", "file"), "cannot write the plots into 'file': it is a file; name a folder"),
        (("--plots", "file/deeper"), "file' is a file; name a folder"),
        (("--plots", "/proc/plots"), "may not be written to"),
        (("--plots", "x" * 300), "the name is too long"),
        (("--plots", "taken"), "cannot write the plot 'taken/roc.png': it is a folder; name a file"),
        (("--plots", "t.csv"), "the folder of plots would overwrite the input 't.csv'"),
        (("--plots", "m", "--output", "m"), "the folder of plots would overwrite the model"),
        (("--plots", "p", "--output", "p/network.png"), "would overwrite the model"),
        (("--plots", ".", "--test", "roc.png"), "the plot roc would overwrite the input 'roc.png'"),
    ],
    ids=str,
)
def test_a_folder_that_cannot_be_used_is_told_before_the_training(options, reason):
    Path("file").write_text("")
    Path("roc.png").write_text("")
    Path("taken/roc.png").mkdir(parents=True)
    assert reason in refused(*train(*options))


@pytest.mark.usefixtures("unwritten")
def test_a_full_disk_is_told(monkeypatch):
    import os

    ok(*train("-q"))
    fsync, calls = os.fsync, []

    def full(number):
        calls.append(number)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", full)
    ended = run(*train("--plots", "p", "-q"))
    assert ended.status == 1
    assert ended.err == (
        "thalweg: cannot write the plot 'p/network.png': the disk is full; make room, or name a folder on another "
        "disk\n"
    )
    assert not [path for path in folder() if path.startswith("p/")]  # all are written, or none


@pytest.mark.usefixtures("unwritten")
def test_what_is_recorded_is_drawn_and_kept_also_by_a_file_of_options():
    Path("options.toml").write_text(
        'record = ["gradient_norm", "mu", "test_loss"]\noptimizer = "lm"\nengine = "numpy"\n'
    )
    ended = ok("train", "t.csv", "--target", "x", *FAST, "--config", "options.toml", "--plots", "p")
    assert "plot    p/training_state.png" in ended.out
    assert Path("p/training_state.png").is_file()
    history = tw.load("t.thalweg").history
    assert history.names() == ("loss", "validation_loss", "test_loss", "gradient_norm", "mu")


def test_what_the_rule_does_not_have_is_told_and_nothing_written():
    assert "mu is recorded by lm and br, not by adam" in refused(*train("--record", "mu"))
    ended = run(*train("--record", "mu, losses"))
    assert ended.status == 2
    assert "unknown name in record 'losses'" in ended.err
