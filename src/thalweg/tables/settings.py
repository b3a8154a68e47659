"""The settings of a training on a table, with their defaults: the options of `thalweg train`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How to train on a table; each field is an option of `thalweg train` and a key of its configuration file.

    `learning_rate` and `momentum` None: the rule's own. `batch_size` None: 32, or all rows if they are fewer or if the
    rule needs them all.
    `schedule`: how the learning rate changes over all epochs.
    `final_momentum`: where the momentum goes over all epochs, in a straight line; None: it stays.
    `weight_decay` None: the rule's own (adamw, br), or an l2 penalty of 0.001; `patience` 0 or None: never stop early.
    `dates`, `decimal`: the order of dates and the decimal mark, where the columns leave them open; `text`: columns of
    names that look like numbers; `many_texts`: what is done with columns of too many texts.
    `dtype` None: float32, or float64 for a second-order rule.
    `shortcuts`: every layer is fed by the inputs and all layers before it.
    """

    hidden: tuple[int, ...] = (64, 32)
    activation: str = "tanh"
    optimizer: str = "adam"
    learning_rate: float | None = None
    momentum: float | None = None
    final_momentum: float | None = None
    schedule: str = "fixed"
    batch_size: int | str | None = None
    epochs: int = 500
    patience: int | None = 40
    seed: int = 0
    loss: str | None = None
    weight_decay: float | None = None
    dropout: float = 0.0
    shortcuts: bool = False
    initializer: str = "auto"
    order: str = "shuffle"
    task: str | None = None
    ignore: tuple[str, ...] = ()
    dates: str | None = None
    decimal: str | None = None
    text: tuple[str, ...] = ()
    many_texts: str = "leave-out"
    split: str = "70/15/15"
    max_seconds: float | None = None
    dtype: str | None = None
    engine: str = "auto"
