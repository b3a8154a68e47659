"""A table written block by block, in the format of a suffix, as `appended` writes a whole one."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

import polars as pl

from thalweg.errors import ArgumentError

from .appending import appended
from .delimited import DelimitedLayout
from .json_rows import JsonLayout
from .notes import Note
from .stream import COLUMN_FILES
from .table import Table

_DELIMITED = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_LINES = (".ndjson", ".jsonl")


def can_stream(source: str, output: str) -> bool:
    """Whether a table of a suffix can be written block by block in the format of another.

    A text becomes a text of its kind: the types that a binary format needs are known only when all of it is read.

    >>> can_stream(".csv", ".tsv.gz"), can_stream(".parquet", ".arrow"), can_stream(".csv", ".parquet")
    (True, True, False)
    """
    if source in COLUMN_FILES:
        return output in (*_DELIMITED, *_LINES, *COLUMN_FILES)
    return output in (_DELIMITED if source in _DELIMITED else _LINES)


def check_can_stream(source: str, output: str) -> None:
    """Raise ArgumentError where it cannot."""
    if not can_stream(source, output):
        raise ArgumentError(
            f"a stream of {source} is not written as {output}, whose types are known only when all is read: end the "
            f"output in {' or '.join(_DELIMITED[:2] if source in _DELIMITED else _LINES)}, or leave --stream out"
        )


def write_blocks(
    file: IO[bytes], blocks: Iterator[tuple[Table, Sequence[pl.Series]]], suffix: str, *, decimal: str = "."
) -> tuple[str, ...]:
    """Write blocks of a table with columns more; gives notes. Raises what the blocks raise and `appended` raises."""
    if suffix in COLUMN_FILES:
        _write_columns(file, blocks, suffix)
        return ()
    plain = suffix.removesuffix(".gz")
    notes: dict[str, None] = {}
    out = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="wb", mtime=0)) if suffix.endswith(".gz") else file
    for number, (table, added) in enumerate(blocks):
        data, said = _text(table, added, plain, decimal, number == 0)
        out.write(data)
        notes |= dict.fromkeys(said)
    if out is not file:
        out.close()
    return tuple(notes)


def _text(
    table: Table, added: Sequence[pl.Series], suffix: str, decimal: str, first: bool
) -> tuple[bytes, tuple[str | Note, ...]]:
    if isinstance(table.layout, DelimitedLayout | JsonLayout) or suffix not in (".csv", ".tsv"):
        return appended(table, added, suffix, decimal=decimal)
    data, notes = appended(table, added, suffix, decimal=decimal)
    return (data if first else data[data.index(b"\n") + 1 :]), notes


def _write_columns(file: IO[bytes], blocks: Iterator[tuple[Table, Sequence[pl.Series]]], suffix: str) -> None:
    """By the sink of Polars, which asks for one block after another."""
    from polars.io.plugins import register_io_source

    from .appending import check_added

    table, added = next(blocks)
    check_added(table, added)
    first = table.given.with_columns(added)
    raised: list[BaseException] = []

    def frames(columns: Any, predicate: Any, rows: Any, size: Any) -> Iterator[pl.DataFrame]:
        try:
            yield first
            for table, added in blocks:
                yield table.given.with_columns(added)
        except BaseException as error:
            raised.append(error)
            raise

    lazy = register_io_source(frames, schema=first.schema)
    try:
        if suffix == ".parquet":
            lazy.sink_parquet(file)
        else:
            lazy.sink_ipc(file)
    except BaseException:
        if raised:
            raise raised[0] from None
        raise
