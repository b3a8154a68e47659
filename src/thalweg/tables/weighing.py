"""What each row of a table counts in a model's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.roles import weights_of
from ..data.written import as_written
from ..files.record import object_at

if TYPE_CHECKING:
    import polars as pl

    from ..files.model import Model


def weighed_by_column(trained: Model, frame: pl.DataFrame) -> dict[str, Any]:
    """The arguments of `score` for a table that has the column of sample weights of the training; else none."""
    name = object_at(trained.record, "settings").get("sample_weight")
    if not isinstance(name, str) or name not in frame.columns:
        return {}
    column = as_written(frame, [name]).frame[name]
    return {"sample_weight": weights_of(column, np.arange(frame.height)), "weighed_by": name}
