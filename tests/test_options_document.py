"""docs/options.md is what the dataclasses of the options say, and every option of either stands in it."""

import dataclasses

import options_document

from thalweg.tables.settings import Settings
from thalweg.training.options import TrainingOptions


def test_the_document_is_up_to_date():
    assert options_document.PATH.read_text(encoding="utf-8") == options_document.written(), (
        "run: python tests/options_document.py"
    )


def test_every_option_stands_in_it():
    arrays, tables = options_document.PATH.read_text(encoding="utf-8").split("## On a table")
    for option in dataclasses.fields(TrainingOptions):
        assert f"| `{option.name}` | `{option.default!r}` |" in arrays
    for option in dataclasses.fields(Settings):
        assert f"| `{option.name}` | `--{option.name.replace('_', '-')}` | `{option.default!r}` |" in tables
