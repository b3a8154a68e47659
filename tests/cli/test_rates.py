"""`thalweg rates`: what it prints, writes and refuses; a recommendation that `thalweg train` takes."""

import io
import logging
import os
import shlex
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import DATA, folder, ok, refused, run
from rich.console import Console

import thalweg as tw
from thalweg.cli.heat_map import print_grid
from thalweg.cli.rates import _tell, rated
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.optimizers.rule import RULES
from thalweg.training.member_group import MemberGroup

FAST = ("--epochs", 4, "--hidden", "5", "--momenta", "0,0.9")
GRID = (*FAST, "--learning-rates", "0.01,0.1,1e30")
WILD = (*FAST, "--learning-rates", "1e29,2e29,1e30")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    frame = pl.DataFrame({"x": x[:, 0], "z": x[:, 1], "y": x[:, 0] - x[:, 1]})
    frame.write_csv("t.csv")


@pytest.mark.parametrize("command", [("train", "--epochs", 2, "--hidden", "5"), ("rates", *GRID)])
def test_what_reading_guessed_is_told_and_the_log_stays_as_it_was(command):
    content = Path("t.csv").read_text().replace("x,z,y", "\N{LATIN SMALL LETTER E WITH ACUTE},z,y")
    Path("old.csv").write_bytes(content.encode("cp1252"))
    log = logging.getLogger("thalweg")
    before = (log.level, list(log.filters))
    name, *options = command
    assert "cp1252" in ok(name, "old.csv", "--target", "y", *options).out
    assert (log.level, log.filters) == before


def test_the_example():
    shutil.copy(DATA / "wine.csv", ".")
    ended = ok("rates", "wine.csv", "--target", "cultivar", *FAST, "--output", "rates.png")
    assert ended.err == ""
    assert set(folder()) == {"t.csv", "wine.csv", "rates.png"}
    assert Path("rates.png").read_bytes().startswith(b"\x89PNG")
    told = ended.out
    assert "\x1b" not in told
    for words in ("178 rows", "classification of 'cultivar'", "5 tanh - 3 softmax", "2/λ_max = ", "stable up to"):
        assert words in told
    assert "picture  rates.png" in told
    command = next(line for line in told.splitlines() if line.startswith("  thalweg train "))
    arguments = shlex.split(command)[1:]
    assert arguments[:4] == ["train", "wine.csv", "--target", "cultivar"]
    ok(*arguments, "--epochs", 2, "-q")


def test_the_map_reads_without_colour():
    told = ok("rates", "t.csv", "--target", "y", *GRID).out.splitlines()
    at = next(number for number, line in enumerate(told) if line.startswith("momentum"))
    assert told[at].split()[:4] == ["momentum", "0.01", "0.1", "1e+30"]
    high, low = told[at + 1].split(), told[at + 2].split()
    assert (high[0], low[0]) == ("0.9", "0")
    grid = ok("rates", "t.csv", "--target", "y", *GRID, "--json").json
    for row, shown in ((1, high), (0, low)):
        assert shown[3] == "×"
        for column in (0, 1):
            number = f"{grid['errors'][row][column]:.3g}"
            assert shown[1 + column].strip("▁▂▃▄▅▆▇█*↑") == number
    row, column = grid["best"]
    assert (high if row else low)[1 + column].endswith("*")
    assert told[at + 3].startswith("validation loss at learning rate × momentum: ▁ ")
    assert "× diverged" in told[at + 3]


def test_json_is_one_strict_object():
    told = ok("rates", "t.csv", "--target", "y", *GRID, "--json", "--output", "m.svg").json
    assert (told["table"], told["target"], told["optimizer"], told["picture"]) == ("t.csv", "y", "momentum", "m.svg")
    assert told["learning_rates"] == [0.01, 0.1, 1e30]
    assert told["momenta"] == [0.0, 0.9]
    assert np.shape(told["errors"]) == (2, 3)
    assert [row[2] for row in told["errors"]] == [None, None]
    assert len(told["stable_rate"]) == 2
    assert told["lambda_max"] > 0
    assert told["watched"] == "validation loss"
    assert told["options"].startswith("--optimizer momentum")
    assert Path("m.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_numbers_are_those_of_the_library():
    told = ok("rates", "t.csv", "--target", "y", *GRID, "--json", "--seed", 5, "--batch-size", 8).json
    settings = tw.Settings(hidden=(5,), epochs=4, patience=None, seed=5, batch_size=8, optimizer="momentum")
    grid = tw.compare_rates(
        tw.read_table("t.csv"), "y", settings, learning_rates=told["learning_rates"], momenta=told["momenta"]
    )
    np.testing.assert_allclose(told["errors"][0][:2], grid.errors[0, :2], rtol=1e-6)
    assert told["options"] == grid.options
    assert told["reason"] == grid.reason


def test_quiet_prints_the_options_alone():
    ended = ok("rates", "t.csv", "--target", "y", *GRID, "-q")
    assert ended.out.startswith("--optimizer momentum --learning-rate ")
    assert ended.out.count("\n") == 1
    assert ok("rates", "t.csv", "--target", "y", *WILD, "-q").out == "\n"


def test_where_all_goes_wrong_nothing_is_recommended():
    told = ok("rates", "t.csv", "--target", "y", *WILD, "--output", "m.pdf").out
    assert "no recommendation: no cell got below the validation loss at the start" in told
    assert "thalweg train" not in told
    assert Path("m.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("optimizer", [pytest.param("gd", marks=pytest.mark.thorough), "adam", "nesterov"])
def test_other_rules(optimizer):
    momenta = ("--momenta", "0.5") if optimizer == "nesterov" else ()
    arguments = ("t.csv", "--target", "y", "--optimizer", optimizer, *FAST[:4], *momenta)
    told = ok("rates", *arguments).out
    assert f"--optimizer {optimizer} --learning-rate " in told
    assert ("--momentum" in told) == (optimizer == "nesterov")
    assert ("momentum" in told) == (optimizer == "nesterov")
    assert ("stable up to" in told.replace("is stable up to", "")) == (optimizer != "adam")


@pytest.fixture(scope="module", name="grid")
def _grid():
    """Of as many cells as the tests above train."""
    x = np.random.default_rng(0).normal(size=(60, 2))
    frame = pl.DataFrame({"x": x[:, 0], "z": x[:, 1], "y": x[:, 0] - x[:, 1]})
    how = tw.Settings(hidden=(5,), epochs=4, optimizer="momentum")
    return tw.compare_rates(frame, "y", how, learning_rates=[0.01, 0.1, 1e30], momenta=[0, 0.9])


def test_in_a_narrow_terminal_the_bars_stand_alone(grid):
    for width, numbers in ((36, False), (200, True)):
        out = Console(width=width, record=True, file=io.StringIO())
        print_grid(out, grid)
        told = out.export_text()
        lines = told.splitlines()
        assert max(map(len, lines)) <= width
        assert (f"{grid.errors[0, 0]:.3g}" in told.split("validation loss")[0]) == numbers
        assert "*" in told
        assert sum(character in "▁▂▃▄▅▆▇█×" for character in told) >= grid.errors.size


def test_the_rules_that_can_be_chosen_have_a_learning_rate():
    assert set(rated()) == {
        name for name, kind in RULES.items() if hasattr(kind(), "learning_rate") and not issubclass(kind, FullBatchRule)
    }


def test_a_run_that_diverges_names_the_command():
    told = ok(
        "train", "t.csv", "--target", "y", "--optimizer", "gd", "--learning-rate", 1000, "--activation", "relu"
    ).out
    assert "thalweg rates t.csv --target y" in told
    assert "2/λ_max = 2/" in told


GIVEN = ["--ignore", "z", "--ignore", "a b", "--split", "60/20/20", "--hidden", "5", "--activation", "relu"]
GIVEN += ["--shortcuts", "--dropout", "0.1", "--initializer", "uniform", "--loss", "half_mse"]
FEW = ["--epochs", "5", "--momenta", "0.5", "--learning-rates", "0.01,0.1"]
GIVEN += ["--weight-decay", "0.01", "--batch-size", "all", "--order", "sequential", "--seed", "3", "--dtype", "float64"]


def test_the_command_that_is_recommended_trains_the_network_that_was_tried():
    frame = tw.read_table("t.csv").with_columns(pl.col("x").alias("a b"))
    frame.write_csv("my t.csv")
    told = ok("rates", "my t.csv", "--target", "y", *GIVEN, *FEW).out
    command = next(line for line in told.splitlines() if line.startswith("  thalweg train "))
    arguments = shlex.split(command)[1:]
    at = arguments.index("--optimizer")
    assert arguments[:at] == ["train", "my t.csv", "--target", "y", *GIVEN]
    trained = ok(*arguments, "--epochs", 5, "--engine", "xla", "--json").json
    grid = ok("rates", "my t.csv", "--target", "y", *GIVEN, *FEW, "--json").json
    row, column = grid["best"]
    assert trained["best_epoch"] == grid["epochs"][row][column]


def test_a_run_that_diverged_names_the_command_for_its_network():
    bad = ("--optimizer", "gd", "--learning-rate", 1000, "--hidden", "5,4", "--activation", "relu")
    told = ok("train", "t.csv", "--target", "y", *bad).out
    assert "thalweg rates t.csv --target y --hidden 5,4 --activation relu finds one" in told
    Path("c.toml").write_text('hidden = [5, 4]\nshortcuts = true\nactivation = "relu"\n', encoding="utf-8")
    told = ok("train", "t.csv", "--target", "y", "--config", "c.toml", *bad[:4]).out
    assert "thalweg rates t.csv --target y --hidden 5,4 --activation relu --shortcuts finds one" in told


def test_a_command_is_one_line_in_any_terminal(grid):
    out = Console(width=40, record=True, file=io.StringIO())
    _tell(out, grid, ["thalweg", "train", "t.csv", "--target", "y", "--hidden", "5"], None)
    assert f"  thalweg train t.csv --target y --hidden 5 {grid.options}\n" in out.export_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("t.csv", "--target", "w"), "'w'"),
        (("no.csv", "--target", "y"), "no.csv"),
        (("t.csv", "--target", "y", "--output", "m.txt"), "must end in .png, .svg or .pdf"),
        (("t.csv", "--target", "y", "--output", "no/m.png"), "cannot write the picture"),
        (("t.csv", "--target", "y", "--learning-rates", "0"), "learning_rates is 0 among others"),
        (("t.csv", "--target", "y", "--momenta", "1"), "momenta is 1 among others"),
        (("t.csv", "--target", "y", "--optimizer", "adam", "--momenta", "0.5"), "Adam has no momentum"),
        (("t.csv", "--target", "y", "--epochs", "0"), "epochs is 0"),
    ],
)
def test_refuses_in_one_line(arguments, says):
    assert says in refused("rates", *arguments)


def test_a_picture_that_would_overwrite_the_table():
    Path("t.csv").rename("t.png")
    assert "would overwrite the input" in refused("rates", "t.png", "--target", "y", "--output", "./t.png")


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--learning-rates", "fast", "no list of numbers such as 0.01,0.1"),
        ("--optimizer", "lm", "unknown optimizer 'lm'"),
        ("--batch-size", "some", "neither a number of rows nor 'all'"),
    ],
)
def test_usage(option, value, says):
    ended = run("rates", "t.csv", "--target", "y", option, value)
    assert ended.status == 2
    assert says in " ".join(ended.err.replace("│", " ").split())


def test_interrupted_and_gone_on_with(monkeypatch):
    """Ctrl-C in the third segment leaves a checkpoint, from which the grid is what it was to be."""
    table, fast = ("t.csv", "--target", "y"), ("--epochs", 30, "--hidden", "5", "--momenta", "0,0.9")
    command = (*table, *fast, "--learning-rates", "0.01,0.1", "--checkpoint", "runs")
    real, done = MemberGroup._advance, []

    def advance(group):
        done.append(group)
        if len(done) == 3:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
        real(group)

    with monkeypatch.context() as cut:
        cut.setattr(MemberGroup, "_advance", advance)
        ended = run("rates", *command, "--every", "3epochs")
    assert (ended.status, ended.err) == (130, "")
    again = ended.out.splitlines()[-1].removesuffix(" goes on with it")
    assert again.startswith("thalweg rates t.csv --target y ")
    assert again.endswith(" --checkpoint runs --every 3epochs --resume")
    assert "are not overwritten: go on with it" in refused("rates", *command)
    more = ("0,0.5,0.9" if word == "0,0.9" else word for word in command)
    other = refused("rates", *more, "--resume")
    assert "is of 4 runs, and here are 6: optimizer momentum was 0.0, 0.9 and is 0.0, 0.5, 0.9; give" in other
    assert "--every goes with --checkpoint" in refused("rates", *command[:-2], "--every", "9s")
    gone_on = ok(*again.split()[1:], "--json")
    assert gone_on.json["interrupted"] is False
    assert gone_on.json == ok("rates", *command[:-2], "--json").json
    assert "go on, after epoch" not in ok(*again.split()[1:]).out
