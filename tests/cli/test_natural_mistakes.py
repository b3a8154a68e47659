"""What a newcomer tries first: options that are alike everywhere, and mistakes whose message leads on."""

import re
import shutil

import pytest
import typer.main
from command_line import DATA, refused, run

from thalweg.cli.commands import app

MODEL_ASKED = "and a model file is asked for here: name one that thalweg train or tw.save wrote"
TABLE_ASKED = "and a table is asked for here: name one, such as wine.csv"


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "xor.csv", "xor.csv")
    for name in ("empty.csv", "net.thalweg", "page.html", "student.py"):
        (tmp_path / name).touch()
    (tmp_path / "net.thalweg").write_bytes(b"\x88")
    (tmp_path / "options.toml").write_text("hidden = [3]")
    (tmp_path / "step.toml").write_text("[network]")
    for folder in ("folder", "mixed"):
        (tmp_path / folder).mkdir()
    shutil.copy("xor.csv", "mixed")
    (tmp_path / "mixed" / "notes.md").touch()


def test_output_has_one_short_form_in_every_command():
    commands = typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]
    options = {name: [parameter.opts for parameter in command.params] for name, command in commands.items()}
    having = {name: [opts for opts in of if "--output" in opts] for name, of in options.items()}
    assert {name for name, of in having.items() if of} >= {"train", "predict", "import", "derive", "step", "grade"}
    assert all(opts == ["--output", "-o"] for of in having.values() for opts in of)
    assert all("-o" not in opts or "--output" in opts for of in options.values() for opts in of)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("predict xor.csv net.thalweg", f"xor.csv is a table by its name, {MODEL_ASKED}"),
        ("show step.toml", f"step.toml is a TOML file by its name, {MODEL_ASKED}"),
        ("step xor.csv", f"xor.csv is a table by its name, {MODEL_ASKED}"),
        ("check student.py", f"student.py is a Python file by its name, {MODEL_ASKED}"),
        ("diagnose empty.csv", f"empty.csv is a table by its name, {MODEL_ASKED}"),
        ("export page.html x.onnx", f"page.html is a page by its name, {MODEL_ASKED}"),
        ("train net.thalweg --target y", f"net.thalweg is a model file by its name, {TABLE_ASKED}"),
        ("rates net.thalweg --target y", f"net.thalweg: it is a model file by its name, {TABLE_ASKED}"),
        ("train options.toml --target y", f"a TOML file by its name, {TABLE_ASKED}; --config FILE takes options"),
        (
            "train mixed --target y",
            "mixed/notes.md: the folder holds it, and it is no table: name the tables by a pattern",
        ),
        ("train xor.csv --target y --config step.toml", "a step file, and no file of options: thalweg step step.toml"),
        ("import net.thalweg", "a model file already: thalweg predict net.thalweg TABLE predicts with it"),
        (
            "exercise net.thalweg",
            "net.thalweg is a model file by its name, and a TOML file is asked for here: name a step",
        ),
        (
            "grade xor.csv step.toml",
            "xor.csv is a table by its name, and a TOML file is asked for here: name a step file",
        ),
        (
            "step options.toml",
            "no [network], as a step file has, but 'hidden': options of a training are given by thalweg",
        ),
        ("step mazur", "mazur: no such file, but an example of the gallery: --gallery mazur"),
        ("step step.toml -o folder", "output 'folder' is a folder: name a file in it that ends in .txt, .md,"),
        ("predict net.thalweg xor.csv -o folder", "output 'folder' is a folder: name a file in it that ends in .csv,"),
        ("derive xor.csv", "xor.csv is a table by its name, and a formula is asked for here: write one of x"),
        ("derive sigmoid tanh", "'tanh' is one more than can be derived at once: thalweg derive tanh by itself"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(command, told):
    assert told in refused(*command.split())


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("train --table xor.csv --target y", "--table: it stands without an option, thalweg train TABLE"),
        ("export net.thalweg --output x.onnx", "it stands without an option, thalweg export MODEL OUTPUT"),
        ("show net.thalweg --table xor.csv", "an option of thalweg diagnose, step, check, surface"),
        (
            "rates xor.csv --target y --learning-rate 1",
            "No such option: --learning-rate (Possible options: --learning-",
        ),
        ("check net.thalweg xor.csv", "(xor.csv): a table is given by --table xor.csv"),
        ("predict net.thalweg xor.csv out.csv", "what is written is named by --output out.csv"),
        ("train xor.csv xor.csv --target y", "several files of one table are a folder, or a pattern in quotes"),
        ("train xor.csv --target y --hidden 3 4", "several values of an option stand with commas, such as 64,32"),
        (
            "train xor.csv --target y --hidden 3 --hidden 4",
            "'--hidden': it takes one value, and is given twice: give it once",
        ),
        ("derive sigmoid -o a.md --output b.md --output c.md", "is given 3 times: give it once"),
        ("xor.csv", "No such command 'xor.csv': thalweg train xor.csv --target COLUMN trains on a table"),
        ("net.thalweg", "thalweg show net.thalweg tells what is in a model"),
    ],
)
def test_a_wrong_use_is_told_what_was_meant(command, told):
    ended = run(*command.split())
    assert ended.status == 2
    assert told in re.sub(r"\s*│?\s*\n\s*│?\s*", " ", ended.err)
