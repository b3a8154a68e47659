"""`thalweg train --config`: the options from a TOML file."""

from pathlib import Path

import pytest
from command_line import ok, refused, run

ROWS = "".join(f"{i * 0.5},{i % 7},{'ab'[i % 2]}\n" for i in range(60))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,z,y\n" + ROWS)


def config(text: str | bytes) -> tuple[str, ...]:
    Path("c.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return ("train", "--config", "c.toml")


BASE = 'table = "t.csv"\ntarget = "y"\nepochs = 2\njson = true\n'


def test_the_table_and_the_target_may_stand_in_the_file():
    told = ok(*config(BASE)).json
    assert (told["table"]["name"], told["target"], told["epochs"]) == ("t.csv", "y", 2)


def test_the_command_line_wins():
    told = ok(*config(BASE + 'seed = 5\nhidden = [3]\noutput = "from_file.thalweg"\nignore = "z"'), "--seed", 6).json
    assert told["settings"]["seed"] == 6
    assert told["settings"]["hidden"] == [3]
    assert told["model"] == "from_file.thalweg"
    told = ok(
        *config('target = "nope"\ntable = "nope.csv"\nepochs=9'), "t.csv", "--target", "y", "--epochs", 1, "--json"
    )
    assert told.json["epochs"] == 1
    told = ok(*config(BASE + "ignore = ['x']"), "--ignore", "z").json
    assert told["settings"]["ignore"] == ["z"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "hidden = 5\nbatch-size = 16\nlearning-rate = 1\nignore = 'x'\nsplit = [80, 10, 10]\nshortcuts = true",
            {
                "hidden": [5], "batch_size": 16, "learning_rate": 1.0, "ignore": ["x"], "split": "80/10/10",
                "shortcuts": True,
            },
        ),
        (
            "hidden = [5, 4]\nbatch_size = 16\nlearning-rate = 0.25\nignore = ['x']\n"
            "split = [0.8, 0.1, 0.1]\nseed = '3'",
            {
                "hidden": [5, 4], "batch_size": 16, "learning_rate": 0.25, "ignore": ["x"], "split": "0.8/0.1/0.1",
                "seed": 3,
            },
        ),
        (
            "hidden = []\nbatch-size = \"all\"\nignore = []\nsplit = '80/10/10'",
            {"hidden": [], "batch_size": "all", "ignore": [], "split": "80/10/10"},
        ),
        ('hidden = "none"', {"hidden": []}),
        ('hidden = "5,4"', {"hidden": [5, 4]}),
    ],
    ids=["one of each", "lists", "none, all", "none as a text", "sizes as a text"],
)  # fmt: skip
def test_values(lines, expected):
    settings = ok(*config(BASE + lines)).json["settings"]
    assert {name: settings[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("learning_rat = 1", "c.toml: unknown setting 'learning_rat': did you mean 'learning-rate'?"),
        ("config = 'x'", "c.toml: unknown setting 'config'"),
        ("[training]\nepochs = 3", "c.toml: unknown setting 'training'"),
        ("seed = true", "c.toml: seed is True; it must be a text, a number, or a list of these"),
        ("learning-rate = true", "c.toml: learning-rate is True"),
        ("shortcuts = 'yes'", "c.toml: shortcuts is 'yes'; it must be true or false"),
        ("quiet = 1", "c.toml: quiet is 1; it must be true or false"),
        ("hidden = [true]", "c.toml: hidden is [True]"),
        ("hidden = [[1]]", "c.toml: hidden is [[1]]"),
        ("epochs = 1979-05-27", "c.toml: epochs is datetime.date"),
        ("epochs = {a = 1}", "c.toml: epochs is {'a': 1}"),
        ("learning-rate = nan", "learning_rate is nan"),
        ("ignore = 3", "ignored column '3' is not a column"),
        ("not toml", "c.toml is no TOML file: "),
        ("seed = 1\nseed = 2", "c.toml is no TOML file: "),
        (b"\xff\xfe", "c.toml is no TOML file: "),
    ],
)
def test_what_cannot_be_used(text, reason):
    assert reason in refused(*config(text), "t.csv", "--target", "y")


def test_files_that_are_none():
    assert "nope.toml: no such file" in refused("train", "--config", "nope.toml")
    Path("sub").mkdir()
    assert "sub: this is a folder" in refused("train", "--config", "sub")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("activation = 'tahn'", "did you mean 'tanh'?"),
        ("seed = 1.5", "--seed"),
        ("hidden = [8.5]", "--hidden"),
        ("target = 'y'", "Missing argument"),
    ],
)
def test_values_of_another_kind_are_usage(text, words):
    arguments = config(text)
    ended = run(*arguments, *(() if "target" in text else ("t.csv", "--target", "y")))
    assert ended.status == 2
    assert words in " ".join(ended.err.replace("│", " ").split())
