"""Columns appended to the rows of several files, one file after another, each row as it stands in its own."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from .appending import appended, as_it_stands, as_objects, as_typed, check_added, rows_of, texts_of, with_mark, written
from .delimited import DelimitedLayout
from .json_rows import JsonLayout
from .notes import Importance, Note
from .table import Table

_DELIMITED = (".csv", ".tsv")
_OBJECTS = (".ndjson", ".jsonl", ".json")


def appended_to_all(
    table: Table, added: Sequence[pl.Series], suffix: str | None, *, decimal: str = "."
) -> tuple[bytes, tuple[str, ...]]:
    """As `appended`, and of several files in their order: as they stand where all are written alike.

    Texts with other separators, encodings or orders of columns have those of the first, with their fields as they are.
    """
    if not table.parts:
        return appended(table, added, suffix, decimal=decimal)
    parts = [part for _, part in table.parts]
    for part in parts:
        check_added(part, added)
    ends = [sum(part.frame.height for part in parts[:number]) for number in range(len(parts))]
    more = [[one.slice(end, part.frame.height) for one in added] for end, part in zip(ends, parts, strict=True)]
    first = parts[0]
    suffix = suffix or (first.suffix.removesuffix(".gz") if first.layout else ".csv")
    plain = suffix.removesuffix(".gz")
    layouts = [part.layout for part in parts if isinstance(part.layout, DelimitedLayout)]
    texts = [part.layout for part in parts if isinstance(part.layout, JsonLayout)]
    notes: tuple[str, ...] = ()
    if len(layouts) == len(parts) and plain in _DELIMITED:
        more = [[with_mark(column, decimal) for column in columns] for columns in more]
        if _alike(parts, layouts, plain):
            data, notes = layouts[0].text.encoded(_as_they_stand(layouts, more))
        else:
            data, notes = _separated(layouts, more, "\t" if plain == ".tsv" else ",")
        if decimal != "." and any(column.dtype.is_float() for column in added):
            notes += (Note(f"numbers are written with {decimal!r}, as those of the table", Importance.ASIDE),)
    elif len(texts) == len(parts) and plain in _OBJECTS:
        data, notes = texts[0].text.encoded(_objects(texts, more, plain).encode())
    else:
        data = written(_given(parts, layouts).with_columns(added), plain)
    return (gzip.compress(data, mtime=0) if suffix.endswith(".gz") else data), notes


def _alike(parts: Sequence[Table], layouts: Sequence[DelimitedLayout], plain: str) -> bool:
    """Whether all texts are written in the same way, so that one can follow another."""
    ways = {
        (
            part.suffix.removesuffix(".gz"), layout.separator, layout.columns, layout.extra, layout.header,
            layout.text.encoding, layout.text.mark,
        )
        for part, layout in zip(parts, layouts, strict=True)
    }  # fmt: skip
    ends = any(layout.totals for layout in layouts[:-1])
    return len(ways) == 1 and next(iter(ways))[0] == plain and not ends


def _as_they_stand(layouts: Sequence[DelimitedLayout], more: Sequence[Sequence[pl.Series]]) -> bytes:
    """The texts one after another, the names of the columns and what stands before them in the first alone."""
    out = io.BytesIO()
    for number, (layout, added) in enumerate(zip(layouts, more, strict=True)):
        if number and not out.getvalue().endswith((b"\n", b"\r")):
            out.write(b"\n")
        lines = as_it_stands(replace(layout, header=layout.header and not number), added)
        if number:
            next(lines)
        out.writelines(line.encode() for line in lines)
    return out.getvalue()


def _rows(layouts: Sequence[DelimitedLayout]) -> tuple[list[str], Iterator[list[str]], tuple[str, ...]]:
    """The columns that all texts have, the fields of each row, and a note on others."""
    known = [name for name in layouts[0].columns if all(name in layout.columns for layout in layouts)]
    left = sorted({name for layout in layouts for name in layout.columns} - set(known))
    places = [[layout.columns.index(name) for name in known] for layout in layouts]
    rows = (
        [fields[place] for place in order]
        for layout, order in zip(layouts, places, strict=True)
        for fields in rows_of(layout)
    )
    return known, rows, (f"columns that stand in some of the files alone are left out: {left}",) if left else ()


def _separated(
    layouts: Sequence[DelimitedLayout], more: Sequence[Sequence[pl.Series]], separator: str
) -> tuple[bytes, tuple[str, ...]]:
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=separator, lineterminator="\n").writerow
    names, rows, notes = _rows(layouts)
    if layouts[0].header:
        write([*names, *(column.name for column in more[0])])
    columns = [[text for added in more for text in texts_of(added[number])] for number in range(len(more[0]))]
    for fields, texts in zip(rows, zip(*columns, strict=True), strict=True):
        write([*fields, *texts])
    return out.getvalue().encode(), notes


def _objects(layouts: Sequence[JsonLayout], more: Sequence[Sequence[pl.Series]], suffix: str) -> str:
    texts = [as_objects(layout, added, suffix) for layout, added in zip(layouts, more, strict=True)]
    if suffix != ".json":
        return "".join(texts)
    within = ",\n".join(text.strip()[1:-1] for text in texts)
    return f"[{within}]\n"


def _given(parts: Sequence[Table], layouts: Sequence[DelimitedLayout]) -> pl.DataFrame:
    """The rows as values: those of texts typed by all of them."""
    if len(layouts) == len(parts):
        names, rows, _ = _rows(layouts)
        return as_typed(names, rows)
    columns = parts[0].given.columns
    given = [
        part.given
        if not isinstance(part.layout, DelimitedLayout)
        else as_typed(part.layout.columns, rows_of(part.layout))
        for part in parts
    ]
    try:
        return pl.concat([frame.select(columns) for frame in given], how="vertical_relaxed")
    except pl.exceptions.PolarsError:
        return pl.concat([frame.select(pl.col(columns).cast(pl.String)) for frame in given])
