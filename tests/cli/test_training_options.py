"""The options of the commands that train are those of `Settings`: names, defaults, choices, words; and all arrive."""

import dataclasses
import gzip
from datetime import date
from pathlib import Path

import pytest
import typer.main
from command_line import ok, refused
from workbooks import workbook

from thalweg.cli.commands import app
from thalweg.cli.training_options import OF_A_RUN, SHARED
from thalweg.tables.settings import Settings

COMMANDS = typer.main.get_command(app).commands
SETTINGS = {option.name: option for option in dataclasses.fields(Settings)}


def parameters(command):
    return {parameter.name: parameter for parameter in COMMANDS[command].params}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_an_option_with_its_default_and_its_words(name):
    option = parameters("train")[name]
    assert f"--{name.replace('_', '-')}" in option.opts
    assert option.help.startswith(SETTINGS[name].metadata["help"])
    default = SETTINGS[name].default
    written = {(): None, (64, 32): "64,32"}.get(default, default) if isinstance(default, tuple) else default
    assert option.default == (str(written) if name == "dropout" else written)  # one, or one for each layer
    choices = SETTINGS[name].metadata["choices"]
    if choices is not None:
        for choice in choices() if callable(choices) else choices:
            assert f"{choice}" in option.help.split("One of ")[1]


def test_rates_has_the_settings_that_it_does_not_try_itself():
    of_rates = parameters("rates")
    assert set(SETTINGS) & set(of_rates) == set(SETTINGS) - set(OF_A_RUN)
    assert set(SHARED) <= set(of_rates) & set(parameters("train"))
    assert (of_rates["optimizer"].default, of_rates["epochs"].default) == ("momentum", 50)
    for name in set(SHARED) - {"validation"}:
        assert (of_rates[name].default, of_rates[name].help) == (
            parameters("train")[name].default,
            parameters("train")[name].help,
        )


TABLE = "x,y\n" + "".join(f"{i},{2 * i + 0.5}\n" for i in range(40))


def test_a_table_without_names(tmp_path, monkeypatch):
    """Field case 10-no-header."""
    monkeypatch.chdir(tmp_path)
    Path("bare.csv").write_text(TABLE.partition("\n")[2])
    Path("options.toml").write_text("no-header = true\nhidden = [4]\nepochs = 5\n")
    assert "say --no-header" in refused("train", "bare.csv", "--target", "2")
    ok("train", "bare.csv", "--target", "2", "--config", "options.toml", "-q")
    lines = ok("predict", "bare.thalweg", "bare.csv").out.splitlines()
    assert [line.rsplit(",", 1)[0] for line in lines] == TABLE.splitlines()[1:]
    for command in ("diagnose", "check"):
        ok(command, "bare.thalweg", "--table", "bare.csv")
    ok("step", "bare.thalweg", "--table", "bare.csv", "--step", 3)
    grid = ok("rates", "bare.csv", "--target", "column 2", "--no-header", "--epochs", 3, "--hidden", 4)
    assert "task    regression of 'column 2'" in grid.out
    assert "train bare.csv --target 'column 2' --no-header" in grid.out or "no recommendation" in grid.out


def test_sizes_that_are_refused_can_be_allowed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    short = ("--epochs", 2, "--hidden", 4)
    for command in ("train", "rates"):
        told = refused(command, "t.csv.gz", "--target", "y", "--max-size", "100B")
        assert "t.csv.gz: it unpacks to more bytes, more than the 100 bytes" in told
        assert "--max-size 8GiB" in told
    ok("train", "t.csv.gz", "--target", "y", "--max-size", "1MiB", *short)
    for arguments in (("predict", "t.thalweg", "t.csv.gz"), ("check", "t.thalweg", "--table", "t.csv.gz")):
        assert "it unpacks to more bytes" in refused(*arguments, "--max-size", "0.1kB")
        ok(*arguments, "--max-size", "1kB")
    assert "must be a size such as 8GiB" in refused("train", "t.csv.gz", "--target", "y", "--max-size", "big")
    told = refused("train", "t.csv.gz", "--target", "y", "--max-parameters", 10, *short)
    assert "make 13 parameters, more than 10: choose smaller layers, or allow more with --max-parameters" in told


def test_a_step_file_of_many_parameters(tmp_path, monkeypatch):
    """Field case h23-large-layers."""
    monkeypatch.chdir(tmp_path)
    Path("wide.toml").write_text(
        "[network]\ninputs = {p = 3}\n[[network.layers]]\nname = 'out'\nsize = 2\n"
        "[data]\ninputs = [[1, 2, 3]]\ntargets = [[0, 1]]\n"
    )
    for command in ("step", "check", "surface"):
        told = refused(command, "wide.toml", "--max-parameters", 7)
        assert "parameters, more than 7: choose smaller layers, or allow more with --max-parameters" in told
        assert "--max-size goes with a model file" in refused(command, "wide.toml", "--max-size", "1GB")
        assert "--max-parameters goes with a step file" in refused(command, "m.thalweg", "--max-parameters", 8)
    ok("step", "wide.toml", "--max-parameters", 8)


def test_a_workbook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [["day", "x", "y"], *([date(2024, 1 + i % 12, 1 + i % 28), i % 9, 3 * (i % 9) + 0.5] for i in range(60))]
    (tmp_path / "book.xlsx").write_bytes(workbook({"A": rows, "B": rows[:9]}))
    assert "it has 2 sheets with cells" in refused("train", "book.xlsx", "--target", "y")
    ok("train", "book.xlsx", "--target", "y", "--sheet", "A", "--epochs", 3, "-q")
    lines = ok("predict", "book.thalweg", "book.xlsx", "--sheet", "B").out.splitlines()
    assert lines[0] == "day,x,y,predicted_y"
    assert [line.split(",")[:3] for line in lines[1:]] == [[f"{day}", f"{x}", f"{y}"] for day, x, y in rows[1:9]]
