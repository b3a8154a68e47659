"""The settings of a training on a table, with their defaults: the options of `thalweg train`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.activations import ACTIVATIONS, Activation
from ..core.initializers import INITIALIZERS
from ..core.kinds import check_count, check_kind
from ..core.network import MOST_PARAMETERS
from ..data.choices import DATE_ORDERS, DECIMALS, MANY_TEXTS, MISSING_TARGETS, TASKS
from ..optimizers import SCHEDULES
from ..registry import Registry
from ..training.options import SharedOptions, told


def hidden_activations() -> Registry[Activation]:
    """The activations of hidden layers."""
    return ACTIVATIONS.without("softmax")


def _shared(name: str, default: Any) -> Any:
    """An option of every training, with another default."""
    options = {option.name: option for option in dataclasses.fields(SharedOptions)}
    return field(default=default, metadata=options[name].metadata)


@dataclass(frozen=True, kw_only=True)
class Settings(SharedOptions):
    """How to train on a table; each field is an option of `thalweg train` and a key of its configuration file.

    What they are stands in docs/options.md. None leaves the choice to Thalweg, or something out; `patience` 0 or None:
    never stop early. Raises ArgumentError for a value of another kind than its field's.

    >>> Settings(no_header="yes")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: no_header is 'yes'; it must be true or false
    """

    ignore: tuple[str, ...] = field(
        default=(),
        metadata=told(
            "Columns to leave out.",
            help="A column to leave out, or several with commas; may be repeated.",
            panel="Table",
        ),
    )
    task: str | None = field(
        default=None,
        metadata=told("What to do with the target, if not as its values suggest.", choices=TASKS, panel="Table"),
    )
    no_header: bool = field(
        default=False,
        metadata=told("The tables have no names of columns: these are column 1, column 2, ...", panel="Table"),
    )
    dates: str | None = field(
        default=None,
        metadata=told(
            "The order of dates such as 03/04/2024, if no column tells.",
            choices=DATE_ORDERS,
            kind="order of dates",
            panel="Table",
        ),
    )
    decimal: str | None = field(
        default=None,
        metadata=told(
            "The decimal mark of numbers such as 1,234, if no column tells.",
            choices=DECIMALS,
            kind="decimal mark",
            panel="Table",
        ),
    )
    text: tuple[str, ...] = field(
        default=(),
        metadata=told(
            "Columns of names that look like numbers.",
            help="A column of names that look like numbers, or several with commas; may be repeated.",
            panel="Table",
        ),
    )
    many_texts: str = field(
        default="leave-out",
        metadata=told(
            "For columns with too many texts to be categories.",
            choices=MANY_TEXTS,
            kind="way with many texts",
            panel="Table",
        ),
    )
    missing_targets: str = field(
        default="leave-out",
        metadata=told(
            "For rows that lack some of several measured targets: leave them out, or ignore what they lack alone.",
            choices=MISSING_TARGETS,
            kind="way with missing targets",
            panel="Table",
        ),
    )
    split: str = field(default="70/15/15", metadata=told("Training/validation/test parts in percent.", panel="Table"))
    sample_weight: str | None = field(
        default=None,
        metadata=told(
            "A column that says what each row counts, in the loss and in the scores; it is no input.", panel="Table"
        ),
    )
    class_weight: str | Mapping[str, float] | None = field(
        default=None,
        metadata=told(
            "What each class counts in the loss: balanced, or a weight for each, such as '{yes = 3, no = 1}'.",
            panel="Table",
        ),
    )
    group: str | None = field(
        default=None,
        metadata=told("A column whose rows of one value stay in one part of the split; it is no input.", panel="Table"),
    )
    time: str | None = field(
        default=None,
        metadata=told(
            "A column of dates or rising numbers: the first rows train, the last test. An input unless ignored.",
            panel="Table",
        ),
    )
    stratify: str | None = field(
        default=None,
        metadata=told(
            "A column whose values all parts have in the same proportions; the classes, if left out.", panel="Table"
        ),
    )
    folds: int | None = field(
        default=None,
        metadata=told(
            "So many networks, each validated on another part of the rows, with the mean and spread of their scores.",
            panel="Several networks",
        ),
    )
    members: int | None = field(
        default=None,
        metadata=told(
            "The mean of so many networks, each validated on another of as many folds, or of `folds`.",
            help="The mean of so many networks, each validated on another of as many folds, or of --folds.",
            panel="Several networks",
        ),
    )
    best: bool = field(
        default=False,
        metadata=told(
            "Try several settings on 5 folds and keep the mean of the best ones' networks; docs/best.md.",
            panel="Several networks",
        ),
    )
    hidden: tuple[int, ...] = field(
        default=(64, 32), metadata=told("Sizes of the hidden layers, or none.", panel="Network")
    )
    activation: str | tuple[str, ...] = field(
        default="tanh",
        metadata=told(
            "Of the hidden layers: one of all, or one for each.",
            help="Of the hidden layers: one of all, or one for each, with commas.",
            choices=hidden_activations,
            panel="Network",
        ),
    )
    max_parameters: int = field(
        default=MOST_PARAMETERS,
        metadata=told("A network of more is refused before it takes the memory.", panel="Network"),
    )
    shortcuts: bool = field(default=False, metadata=told("Feed every layer by all before it.", panel="Network"))
    pieces: int = field(
        default=0,
        metadata=told(
            "Tell the network besides in which of so many pieces, between quantiles of the training rows, each number "
            "lies: a layer that is not trained; 0: do not.",
            panel="Network",
        ),
    )
    dropout: float | tuple[float, ...] = field(
        default=0.0,
        metadata=told(
            "Share of hidden units dropped in each update: one of all layers, or one for each.",
            help="Share of hidden units dropped in each update: one of all layers, or one for each, with commas.",
            panel="Network",
        ),
    )
    initializer: str = field(default="auto", metadata=told("Of the weights.", choices=INITIALIZERS, panel="Network"))
    learning_rate: float | None = field(default=None, metadata=told("The rule's own if left out."))
    momentum: float | None = field(default=None, metadata=told("For a rule that has it."))
    final_momentum: float | None = field(
        default=None, metadata=told("Where the momentum goes in a straight line over all epochs.")
    )
    schedule: str = field(
        default="fixed", metadata=told("How the learning rate changes over all epochs.", choices=SCHEDULES)
    )
    weight_decay: float | None = field(
        default=None, metadata=told("Decay of the weights (adamw's and br's own), else an l2 penalty of 0.001.")
    )
    epochs: int = _shared("epochs", 500)
    patience: int | None = _shared("patience", 40)

    def __post_init__(self) -> None:
        for option in dataclasses.fields(self):
            check_kind(option.name, getattr(self, option.name), str(option.type))
        if self.patience is not None:
            check_count("patience", self.patience, 0)


OF_EXAMPLES = (*(option.name for option in dataclasses.fields(Settings) if option.metadata["panel"] == "Table"), "seed")
"""The settings that decide which numbers of a table a training sees, and in which part."""
