"""Which learning rate and momentum to use for a table: the network that would be trained on it, with all of them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence

from ..core.kinds import takes_kinds
from ..core.network import Network
from ..data import Prepared
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..data.notes import most_important_first
from ..learning_rates.rates_grid import RatesGrid, grid_of
from ..training.checkpoints import Checkpoints
from .arguments import prepare_table, training_options
from .objects import build_network
from .settings import Settings


@takes_kinds
def compare_rates(
    frame: GivenTable,
    target: str | Sequence[str],
    settings: Settings | None = None,
    *,
    learning_rates: Sequence[float] | None = None,
    momenta: Sequence[float] | None = None,
    validation: GivenTable | None = None,
    notes: Sequence[str] = (),
    checkpoint: str | os.PathLike[str] | Checkpoints | None = None,
    on_prepared: Callable[[Prepared, Network], object] = lambda prepared, net: None,
) -> RatesGrid:
    """Train the network that `train_table` would, with each learning rate and momentum, all at once; recommend one.

    Args:
        frame: The table, as in `train_table`.
        target: The name of the column to predict, or of several.
        settings: Those of `train_table`, but for the learning rate, the momentum and their schedule, and for the time
            and the engine; None: momentum, with the defaults of `Settings`.
        learning_rates: As in `rates_grid`.
        momenta: As in `rates_grid`.
        validation: A table for the validation part, if that is not to be split off.
        notes: What is to be told beside what is found here, such as `open_table(path).notes`.
        checkpoint: As in `tw.train`.
        on_prepared: Called before the training starts, with what was understood of the table, and the network.

    Raises as `train_table` and `rates_grid` do.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> settings = tw.Settings(hidden=(8,), optimizer="momentum", epochs=20)
    >>> grid = tw.compare_rates(frame, "y", settings, learning_rates=[1e-5, 0.05], momenta=[0.5])
    >>> grid.options
    '--optimizer momentum --learning-rate 0.05 --momentum 0.5'
    """
    settings = dataclasses.replace(
        settings or Settings(optimizer="momentum"), learning_rate=None, momentum=None, schedule="fixed", engine="xla"
    )
    read = as_frame(frame)
    table, notes = read.table, (*notes, *read.notes)
    held = None if validation is None else as_frame(validation, "validation").table
    prepared = prepare_table(table, target, settings, held, None)
    prepared = dataclasses.replace(prepared, notes=most_important_first((*notes, *prepared.notes)))
    net = build_network(prepared.encoding, settings)
    on_prepared(prepared, net)
    part, options = prepared.train, training_options(prepared, net, settings)
    del (
        options["engine"],
        options["max_seconds"],
        options["record"],
        options["test"],
    )  # all at once, on XLA, to their ends
    options["checkpoint"] = checkpoint
    return grid_of(net, part.P, part.T, learning_rates, momenta, options, prepared.encoding.output_names or None)
