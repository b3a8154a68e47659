"""What a network of a table says along one of its columns of numbers, or over the plane of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.blocks import output_in_blocks
from ..data.targets import outputs_of
from ..errors import ArgumentError, unknown
from .section import (
    MOST_CLASSES,
    Section,
    chosen_inputs,
    grid_points,
    layer_outputs,
    sampled,
    widened,
    written_value,
)

if TYPE_CHECKING:
    import polars as pl

    from ..core.network import Network, Parameters
    from ..data import Encoding


def section_of_table(
    encoding: Encoding,
    frame: pl.DataFrame,
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]],
    net: Network,
    across: Sequence[str] | None = None,
    held: Mapping[str, object] | None = None,
    *,
    cells: int | None = None,
    which: int = 0,
) -> Section[Parameters] | None:
    """The section of a network of a table along one or two of its columns of numbers; None where it has none.

    `parts` are the numbers of the rows of each part, and their labels. The other columns are held at their median, or
    at what is there most often. Of several targets the one `which` is drawn, counted from 0, where it is there. Raises
    ArgumentError for a column that is no input of numbers.
    """
    import polars as pl

    target = encoding.targets[which]
    if len(target.classes) > MOST_CLASSES:
        return None
    inputs = [one.name for one in encoding.inputs]
    numeric = [name for name in inputs if frame[name].dtype.is_numeric()]
    if not numeric:
        return None
    chosen = chosen_inputs(across, numeric, 2)
    rows = np.concatenate([of for of, _ in parts.values()])
    labels = np.concatenate([of if of.ndim == 1 else of[:, which] for _, of in parts.values()])
    numbers = np.concatenate([np.full(len(of), number) for number, (of, _) in enumerate(parts.values())])
    places = frame.select(chosen).cast(pl.Float64).to_numpy()[rows]
    there = np.isfinite(places).all(axis=1)
    if not target.classes:
        there &= np.isfinite(labels.astype(np.float64))
    rows, labels, numbers, places = rows[there], labels[there], numbers[there], places[there]
    if not len(rows):
        return None
    low, high = places.min(axis=0), places.max(axis=0)
    count, kept = len(rows), sampled(len(rows))
    at = dict(held or {})
    for name in at:
        if name not in inputs or name in chosen:
            raise ArgumentError(unknown("input to hold", name, [one for one in inputs if one not in chosen]))
    others = {name: at.get(name, _middle(frame[name])) for name in inputs if name not in chosen}
    ends = widened(low, high)
    shape, points = grid_points(ends, cells, len(encoding.feature_names))
    whole = pl.DataFrame(dict(zip(chosen, points.T, strict=True))).with_columns(
        [pl.lit(value, dtype=frame[name].dtype).alias(name) for name, value in others.items()]
    )
    encoded = encoding.inputs_of(whole)[0]
    own = encoding.inputs_of(frame[rows[kept].tolist()])[0]
    input_name = next(iter(net.inputs))

    def read(params: Parameters, P: np.ndarray) -> np.ndarray:
        dtype = next(iter(params[net.output.name].weights.values())).dtype
        of_all = np.asarray(output_in_blocks(net, params, {input_name: P.astype(dtype)}), dtype=np.float64)
        outputs = outputs_of(encoding.targets, of_all)[which]
        if target.classes:
            return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
        return outputs[:, 0] if target.scale is None else target.scale.undo(outputs[:, 0])

    return Section(
        names=tuple(chosen),
        ends=ends,
        shape=shape,
        places=places[kept],
        targets=target.codes(labels[kept]) if target.classes else np.asarray(labels[kept], dtype=np.float64),
        parts=numbers[kept],
        part_names=tuple(parts),
        classes=tuple(map(str, target.classes)) if target.classes else None,
        target=target.name,
        held=tuple((name, written_value(value)) for name, value in others.items()),
        examples=count,
        grid_inputs=encoded,
        example_inputs=own,
        read=read,
        forward=lambda params, P: layer_outputs(net, params, {input_name: P}),
    )


def _middle(column: pl.Series) -> object:
    """The median of numbers, or what is there most often."""
    if column.dtype.is_numeric():
        value = column.median()
        return int(value) if isinstance(value, int | float) and column.dtype.is_integer() else value
    there = column.drop_nulls()
    return there.mode().sort()[0] if len(there) else None
