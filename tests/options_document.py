"""docs/options.md: the options of a training as a table, made from the dataclasses that hold them.

python tests/options_document.py      # writes docs/options.md anew
"""

import dataclasses
from pathlib import Path

from thalweg.tables.settings import Settings
from thalweg.training.options import TrainingOptions

PATH = Path(__file__).parents[1] / "docs" / "options.md"
HEAD = """# The options of a training

Made by `python tests/options_document.py` from `TrainingOptions` (training/options.py) and `Settings`
(tables/settings.py); `help(tw.train)` and `thalweg train --help` say the same.

"""


def written() -> str:
    """The whole document."""
    arrays = [
        (f"`{option.name}`", shown(option.default), option.metadata["doc"])
        for option in dataclasses.fields(TrainingOptions)
    ]
    tables = []
    for option in dataclasses.fields(Settings):
        names = option.metadata["choices"]
        words = option.metadata["help"]
        if names is not None:
            words += f" One of {', '.join(names() if callable(names) else names)}."
        flag = f"`--{option.name.replace('_', '-')}`"
        tables.append((f"`{option.name}`", flag, shown(option.default), words))
    return (
        HEAD
        + "## On arrays: `tw.train`, `tw.train_many`, `tw.rates_grid`\n\n"
        + table(("argument", "default", "what it is"), arrays)
        + "\n## On a table: `tw.Settings`, `thalweg train`, and its configuration file\n\n"
        + "A key of the TOML file is an option of the command line without its dashes in front.\n\n"
        + table(("field", "option", "default", "what it is"), tables)
    )


def shown(default: object) -> str:
    """A default as it is written."""
    return f"`{default!r}`"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
