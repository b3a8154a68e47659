"""Files of types among delimited texts of the same table: their texts are read as those of the others are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from .header import MISSING
from .notes import Importance, Note
from .table import Table

_DELIMITED = (".csv", ".tsv", ".xlsx")


def are_mixed(suffixes: Iterable[str]) -> bool:
    """Whether there are delimited texts, or sheets, and files of another format beside them.

    >>> are_mixed([".csv.gz", ".parquet"]), are_mixed([".csv", ".tsv"]), are_mixed([".arrow", ".ndjson"])
    (True, False, False)
    """
    return len({suffix.removesuffix(".gz") in _DELIMITED for suffix in suffixes}) == 2


def as_delimited(table: Table) -> Table:
    """The table as one from a delimited text: spaces around a text do not count, and markers are missing values.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"city": [" Ulm", "NA", "Ulm"]})
    >>> as_delimited(Table(frame, frame, ".parquet")).frame["city"].to_list()
    ['Ulm', None, 'Ulm']
    """
    if table.suffix.removesuffix(".gz") in _DELIMITED:
        return table
    texts = [name for name, kind in table.frame.schema.items() if kind == pl.String]
    read = pl.col(texts).str.strip_chars(" ").replace(dict.fromkeys(MISSING))
    frame = table.frame.with_columns(read) if texts else table.frame
    changed = [name for name in texts if not frame[name].equals(table.frame[name])]
    if not changed:
        return table
    told = (
        f"column {changed[0]!r} of {table.suffix} is read as that of the delimited files beside it: spaces around a "
        "text do not count, and markers such as NA are missing values"
    )
    return replace(table, frame=frame, notes=(*table.notes, Note(told, Importance.GUESS)))
