"""The files of one table, read whole: their rows one file after another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from thalweg.errors import DataError

from .as_delimited import are_mixed, as_delimited
from .table import Table


def open_files(paths: Sequence[Path], **how: Any) -> Table:
    """The table in one file or in several of the same columns, as `open_table` reads each; notes name the file.

    Raises what that raises, and DataError for a file of other columns, or of a column of another kind.
    """
    from .reading import open_table

    tables = [open_table(path, **how) for path in paths]
    if are_mixed(table.suffix for table in tables):
        tables = list(map(as_delimited, tables))
    first = tables[0]
    if len(tables) == 1:
        return first
    columns = first.frame.columns
    for path, table in zip(paths, tables, strict=True):
        if set(table.frame.columns) != set(columns):
            lacks = [name for name in columns if name not in table.frame.columns]
            more = [name for name in table.frame.columns if name not in columns]
            told = (
                f"lacks {lacks[0]!r}, which {paths[0]} has" if lacks else f"has {more[0]!r}, which {paths[0]} has not"
            )
            raise DataError(f"{path} {told}: give files of the same columns")
    try:
        frame = pl.concat([table.frame.select(columns) for table in tables], how="vertical_relaxed")
    except pl.exceptions.PolarsError as error:
        path, name = next(
            (path, name)
            for path, table in zip(paths, tables, strict=True)
            for name in columns
            if not _alike(table.frame[name].dtype, first.frame[name].dtype)
        )
        kinds = first.frame[name].dtype, tables[list(paths).index(path)].frame[name].dtype
        raise DataError(
            f"{path}: column {name!r} is {kinds[1]}, and {kinds[0]} in {paths[0]}: give files of one schema"
        ) from error
    notes = [f"{path.name}: {note}" for path, table in zip(paths, tables, strict=True) for note in table.notes]
    parts = tuple((str(path), table) for path, table in zip(paths, tables, strict=True))
    return Table(frame, frame, first.suffix, tuple(notes), parts=parts)


def open_found(source: str | Path, **how: Any) -> Table:
    """The table in a file, or in all files of a folder or a pattern, as `open_files` reads them."""
    from .stream_arrays import found_files

    return open_files(found_files(source), **how)


def rows_of_files(table: Table) -> dict[str, int]:
    """How many rows each of several files has, in their order; empty for a table of one."""
    return {path: part.frame.height for path, part in table.parts}


def size_told(table: Table) -> str:
    """How large a table is, and of how many files.

    >>> size_told(Table(pl.DataFrame({"x": [1, 2]}), pl.DataFrame({"x": [1, 2]}), ".csv"))
    '2 rows, 1 columns'
    """
    many = f"{len(table.parts)} files, " if table.parts else ""
    return f"{many}{table.frame.height} rows, {table.frame.width} columns"


def _alike(one: pl.DataType, other: pl.DataType) -> bool:
    return one == other or (one.is_numeric() and other.is_numeric()) or pl.Null in (one, other)
