"""A table as it was read: what is understood of it, what the file holds, and what is to be said about both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from .delimited import DelimitedLayout
    from .json_rows import JsonLayout


@dataclass(frozen=True)
class Table:
    """`frame` is what training and prediction see, `given` the values as they stand in the file.

    `suffix` is its format. `layout` says where the rows stand in a text, None for a binary file; `notes` tell what was
    guessed or left out. Of rows that several files hold `parts` are the tables of these, each with its path.
    """

    frame: pl.DataFrame
    given: pl.DataFrame
    suffix: str
    notes: tuple[str, ...] = ()
    layout: DelimitedLayout | JsonLayout | None = None
    parts: tuple[tuple[str, Table], ...] = ()
