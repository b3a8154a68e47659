"""Rows that count several times: whole weights as rows repeated, in an order that both have."""

from __future__ import annotations

import numpy as np
import polars as pl

MOST = 10
"""Weights that add up to more than so many times the rows stay weights."""


def repeated(table: pl.DataFrame, weight: np.ndarray | None) -> tuple[pl.DataFrame, np.ndarray | None]:
    """A table and what its rows (rows,) count, so that a weight of 2 is the row given twice, and 0 the row left out.

    Rows of whole weights are repeated, and none is left; others keep their weights. A table that has equal rows after
    that is put in an order of its rows' content: then it is the same, however the rows came. Weights that are all alike
    say nothing.

    >>> repeated(pl.DataFrame({"x": [5, 7, 9]}), np.array([2.0, 0.0, 1.0]))[0]["x"].sort().to_list()
    [5, 5, 9]
    """
    if weight is not None:
        kept = weight > 0
        table, weight = table.filter(pl.Series(kept)), weight[kept]
        if np.ptp(weight) == 0:
            weight = None
        elif (weight == np.round(weight)).all() and weight.sum() <= MOST * len(kept):
            table, weight = table[np.repeat(np.arange(table.height), weight.astype(np.intp))], None
    hashes = table.hash_rows(seed=0).to_numpy()
    order = np.argsort(hashes, kind="stable")
    if not (np.diff(hashes[order]) == 0).any():
        return table, weight
    return table[order], None if weight is None else weight[order]
