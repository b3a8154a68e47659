"""What a surface is drawn of: the network, examples and loss of a step file, or of a model and a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ArgumentError
from .options import table_needed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.arrays import Array
    from ..core.losses import Loss
    from ..core.network import Network, Parameters
    from ..optimizers import Rule


class Source(NamedTuple):
    """What a surface is drawn of; `rule` is the one that the file names."""

    net: Network
    params: Parameters
    loss: Loss
    inputs: Array | Mapping[str, Array]
    targets: Array
    rule: Rule | None
    batch_size: int | str
    l2: float
    missing: str = "complete"
    """How targets that are NaN are taken."""
    told: tuple[str, ...] = ()
    """Over which rows of a table the error is taken, with which penalty, and what was done to read them."""


def of_step_file(file: Path, table: Path | None, most: int | None) -> Source:
    """Of a step file; raises ArgumentError for one without examples, and for conventions that a surface has not."""
    from ..worked.step_files.file import read_step_file

    if table is not None:
        raise ArgumentError(f"--table goes with a model file; {file.name} is a step file: leave it out")
    read = read_step_file(file, most_parameters=most)
    if read.targets is None:
        raise ArgumentError(f"{file} has no [data], and an error needs examples: add inputs and targets")
    read.refuse_conventions("a surface")
    if read.l1:
        raise ArgumentError(f"{file}: l1 is {read.l1:g}; a surface is drawn without l1: use l2, or leave it out")
    size = "all" if read.batch_size is None else read.batch_size
    return Source(read.network, read.params, read.loss, read.inputs, read.targets, read.rule, size, read.l2)


def of_model(file: Path, table: Path | None, member: int | None, how: dict[str, Any]) -> Source:
    """Of a model and the table over all of whose rows its error is taken, with the l2 penalty of its training.

    Raises ArgumentError where the table is missing.
    """
    from ..files import load
    from ..tables.opened import one_network, read_for
    from ..tables.record import penalties_of, targets_for

    model = one_network(load(file), member)
    if model.encoding is None:
        raise ArgumentError(f"{file} was trained on arrays, not on a table: use tw.error_surface with the arrays")
    if table is None:
        raise table_needed(model.record)
    frame = read_for(model, table, **how)
    P, notes = model.encoding.inputs_of(frame)
    of_table = targets_for(model, frame)
    l1, l2 = penalties_of(model)
    told = f"the error is over all {len(P):,} rows of the table, each counted alike"
    told += f", with the l2 penalty of the training, {l2:g}" if l2 else ""
    told += f", without its l1 penalty, {l1:g}" if l1 else ""
    at = model.network, model.params, model.loss, P, of_table["T"]
    return Source(*at, None, "all", l2, of_table["targets"], (told, *notes))
