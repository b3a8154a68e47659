"""What a newcomer tries first: options that are alike everywhere, and mistakes whose message leads on."""

import typer.main

from thalweg.cli.commands import app


def test_output_has_one_short_form_in_every_command():
    commands = typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]
    options = {name: [parameter.opts for parameter in command.params] for name, command in commands.items()}
    having = {name: [opts for opts in of if "--output" in opts] for name, of in options.items()}
    assert {name for name, of in having.items() if of} >= {"train", "predict", "import", "derive", "step", "grade"}
    assert all(opts == ["--output", "-o"] for of in having.values() for opts in of)
    assert all("-o" not in opts or "--output" in opts for of in options.values() for opts in of)
