"""The options of a table, a network and a training that several commands have, each with its help and its choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.activations import ACTIVATIONS
from ..core.initializers import INITIALIZERS
from ..core.losses import LOSSES
from ..tables.settings import Settings
from .options import choice, one_of

TASKS = ("classification", "regression")
ORDERS = ("shuffle", "sequential", "random")
DATES = ("day-first", "month-first", "iso")
DECIMALS = ("point", "comma")
MANY_TEXTS = ("leave-out", "hash")
DTYPES = ("float32", "float64")
HIDDEN_SIZES = ",".join(map(str, Settings.hidden))


def hidden_activations() -> list[str]:
    """The activations of hidden layers."""
    return [name for name in ACTIVATIONS if name != "softmax"]


_TABLE: Any = {"rich_help_panel": "Table"}
_NETWORK: Any = {"rich_help_panel": "Network"}
_TRAINING: Any = {"rich_help_panel": "Training"}

Table = Annotated[
    Path, typer.Argument(help="The table: .csv, .tsv, .parquet, .arrow, .json, .npz or .mat; - is the standard input.")
]
Target = Annotated[str, typer.Option(help="The column to predict.", **_TABLE)]
Ignore = Annotated[
    list[str] | None, typer.Option(help="A column to leave out, or several with commas; may be repeated.", **_TABLE)
]
Task = Annotated[
    str | None,
    typer.Option(
        help=f"What to do with the target, if not as its values suggest. {one_of(TASKS)}",
        **_TABLE,
        **choice("task", TASKS),
    ),
]
Dates = Annotated[
    str | None,
    typer.Option(
        help=f"The order of dates such as 03/04/2024, if no column tells. {one_of(DATES)}",
        **_TABLE,
        **choice("order of dates", DATES),
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(
        help=f"The decimal mark of numbers such as 1,234, if no column tells. {one_of(DECIMALS)}",
        **_TABLE,
        **choice("decimal mark", DECIMALS),
    ),
]
Text = Annotated[
    list[str] | None, typer.Option(help="A column of names that look like numbers; may be repeated.", **_TABLE)
]
ManyTexts = Annotated[
    str,
    typer.Option(
        help=f"For columns with too many texts to be categories. {one_of(MANY_TEXTS)}",
        **_TABLE,
        **choice("way with many texts", MANY_TEXTS),
    ),
]
Split = Annotated[str, typer.Option(help="Training/validation/test parts in percent.", **_TABLE)]
Validation = Annotated[Path | None, typer.Option(help="A table for the validation part.", **_TABLE)]

Hidden = Annotated[str, typer.Option(help="Sizes of the hidden layers, or none.", **_NETWORK)]
Activation = Annotated[
    str,
    typer.Option(
        help=f"Of the hidden layers. {one_of(hidden_activations)}",
        **_NETWORK,
        **choice("activation", hidden_activations),
    ),
]
Shortcuts = Annotated[bool, typer.Option("--shortcuts", help="Feed every layer by all before it.", **_NETWORK)]
Dropout = Annotated[float, typer.Option(help="Share of hidden units dropped in each update.", **_NETWORK)]
Initializer = Annotated[
    str, typer.Option(help=f"Of the weights. {one_of(INITIALIZERS)}", **_NETWORK, **choice("initializer", INITIALIZERS))
]

Loss = Annotated[
    str | None,
    typer.Option(help=f"What fits the task if left out. {one_of(LOSSES)}", **_TRAINING, **choice("loss", LOSSES)),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(help="Decay of the weights (adamw's and br's own), else an l2 penalty of 0.001.", **_TRAINING),
]
BatchSize = Annotated[
    str | None, typer.Option(help="Rows an update, or all; 32 if left out, or what the rule needs.", **_TRAINING)
]
Order = Annotated[
    str, typer.Option(help=f"In which rows are presented. {one_of(ORDERS)}", **_TRAINING, **choice("order", ORDERS))
]
Seed = Annotated[int, typer.Option(help="Of the split, the initial weights and the batches.", **_TRAINING)]
Dtype = Annotated[
    str | None,
    typer.Option(
        help="float32 or float64; if left out, float32, and float64 for second-order rules.",
        **_TRAINING,
        **choice("dtype", DTYPES),
    ),
]
