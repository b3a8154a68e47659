"""A command that is told to be given again: what it says runs, and does the same."""

import shlex

import pytest
import typer
from typer.testing import CliRunner

from thalweg.cli.again import command_again


@pytest.fixture
def run():
    """Runs a small command, and gives its words and the command that it tells."""
    app = typer.Typer()

    @app.command("draw")
    def draw(
        context: typer.Context, file: str, across: str = "", rate: float = 0.1, only: bool = False, start: str = ""
    ) -> None:
        print(repr((file, across, rate, only, start)))
        print(command_again(context, "start", "{start}"))

    @app.command("other")
    def other() -> None: ...

    def call(*words):
        found = CliRunner().invoke(app, words)
        assert found.exit_code == 0, found.output
        return found.output.splitlines()

    return call


@pytest.mark.parametrize(
    "words",
    [
        ("draw", "a.toml"),
        ("draw", "--only", "a.toml", "--across", "a[0,0],a[0,1]", "--start", "1,2"),
        ("draw", "a name.toml", "--rate", "0.5", "--start=-1,2", "--across", "it's $5"),
    ],
)
def test_what_it_says_does_the_same_from_another_start(run, words):
    first, told = run(*words)
    assert told.startswith("thalweg draw ")
    assert told.endswith(" --start {start}")
    second, again = run(*shlex.split(told.replace("{start}", "-3,4"))[1:])
    assert again == told
    file, across, rate, only, _ = eval(first)
    assert second == repr((file, across, rate, only, "-3,4"))


def test_what_a_shell_would_read_is_within_double_quotes(run):
    _, told = run("draw", "a.toml", "--across", "a[0,0],a[0,1]")
    assert '--across "a[0,0],a[0,1]"' in told
    assert "--rate" not in told
