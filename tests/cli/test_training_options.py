"""The options of the commands that train are those of `Settings`: names, defaults, choices, words; and all arrive."""

import dataclasses

import pytest
import typer.main

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
    assert option.default == written
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
