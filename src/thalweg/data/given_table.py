"""What a person gives as a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

import polars as pl


class ArrowStream(Protocol):
    """What speaks Arrow's protocol: frames of Polars and pandas, Arrow tables, results of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as a capsule of Arrow's."""
        ...


GivenTable: TypeAlias = pl.DataFrame | pl.LazyFrame | ArrowStream | Mapping[str, object] | str | Path
"""A frame of Polars or pandas, an Arrow table, columns by name, one row by name, or the path of a file."""
