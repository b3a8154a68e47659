"""Columns appended to a table as it was read: in a text format every line begins as it did, character for character."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from thalweg.errors import DataError

from .delimited import DelimitedLayout, records
from .header import MISSING
from .json_rows import JsonLayout, objects
from .notes import Importance, Note
from .table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_WRITERS: dict[str, Callable[[pl.DataFrame, io.BytesIO], Any]] = {
    ".csv": lambda frame, file: frame.write_csv(file),
    ".tsv": lambda frame, file: frame.write_csv(file, separator="\t"),
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".arrow": lambda frame, file: frame.write_ipc(file),
    ".feather": lambda frame, file: frame.write_ipc(file),
    ".ipc": lambda frame, file: frame.write_ipc(file),
    ".ndjson": lambda frame, file: frame.write_ndjson(file),
    ".jsonl": lambda frame, file: frame.write_ndjson(file),
    ".json": lambda frame, file: frame.write_json(file),
}

OUTPUTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", *list(_WRITERS)[2:])
"""The suffixes of the files that a table can be written to."""

_BLOCK = 1 << 14
_LINES = (".ndjson", ".jsonl", ".json")


def appended(
    table: Table, added: Sequence[pl.Series], suffix: str | None, *, decimal: str = "."
) -> tuple[bytes, tuple[str, ...]]:
    """The table with more columns behind its own, in the format of a suffix (one of `OUTPUTS`), and notes.

    None is the table's own format if that is a text, else CSV. A text that stays in its format keeps its encoding, line
    ends, quotes, spaces and every spelling, and what is added has the `decimal` mark of its numbers; elsewhere a column
    of it whose values are not plain numbers, truth values or ISO dates stays text, and values of binary formats keep
    their types.

    Raises DataError for a name that the table has already, and for what the format cannot hold.
    """
    check_added(table, added)
    layout = table.layout
    suffix = suffix or (table.suffix.removesuffix(".gz") if layout else ".csv")
    plain = suffix.removesuffix(".gz")
    notes: tuple[str, ...] = ()
    if isinstance(layout, DelimitedLayout) and plain in (".csv", ".tsv"):
        same = plain == table.suffix.removesuffix(".gz")
        numbers = any(column.dtype.is_float() for column in added)
        added = [with_mark(column, decimal) for column in added]
        lines = as_it_stands(layout, added) if same else _separated(layout, added, "\t" if plain == ".tsv" else ",")
        out = io.BytesIO()
        out.writelines(line.encode() for line in lines)
        data, notes = layout.text.encoded(out.getvalue()) if same else (out.getvalue(), ())
        if decimal != "." and numbers:
            notes += (Note(f"numbers are written with {decimal!r}, as those of the table", Importance.ASIDE),)
    elif isinstance(layout, JsonLayout) and plain in _LINES:
        data, notes = layout.text.encoded(_json(layout, added, plain, plain == table.suffix).encode())
    else:
        given = as_typed(layout.columns, rows_of(layout)) if isinstance(layout, DelimitedLayout) else table.given
        data = written(given.with_columns(added), plain)
    return (gzip.compress(data, mtime=0) if suffix.endswith(".gz") else data), notes


def check_added(table: Table, added: Sequence[pl.Series]) -> None:
    """Raise DataError for a name that the table has already."""
    taken = [column.name for column in added if column.name in _names(table)]
    if taken:
        raise DataError(f"the table has a column {taken[0]!r} already: rename it, or predict from the table without it")


def with_mark(column: pl.Series, decimal: str) -> pl.Series:
    """Numbers with another mark than a point as the texts that are written."""
    if decimal == "." or not column.dtype.is_float():
        return column
    return pl.Series(column.name, [text.replace(".", decimal) for text in texts_of(column)], pl.String)


def formulas(added: Sequence[pl.Series]) -> tuple[str, ...]:
    """A note on texts that a spreadsheet would take for formulas; they are written as they are."""
    for series in added:
        if series.dtype == pl.String:
            found = series.filter(series.str.contains(r"^[=+@-]"))
            if len(found):
                return (f"{found[0]!r} in column {series.name!r} begins as a formula: a spreadsheet may run it",)
    return ()


def _names(table: Table) -> Sequence[str]:
    return table.layout.columns if isinstance(table.layout, DelimitedLayout) else table.given.columns


def as_it_stands(layout: DelimitedLayout, added: Sequence[pl.Series]) -> Iterator[str]:
    """The text, with fields behind the last of each record."""
    width = len(layout.columns) + layout.extra
    names = [_field(column.name, layout.separator) for column in added]
    fields = _in_blocks(added, lambda column: _fields(column, layout.separator))
    yield layout.text.content[: layout.start].decode()
    left = len(added[0])
    for line, count, text in _raw_records(layout):
        if line == layout.line and not layout.header:
            continue
        if line in layout.skipped or (not left and not text.strip()):
            yield text
            continue
        body = text[: -2 if text.endswith("\r\n") else -1 if text.endswith(("\n", "\r")) else len(text)]
        if line == layout.line or line in layout.repeated:
            more: Sequence[str] = names
        elif line in layout.totals:
            more = [""] * len(names)
        else:
            more = next(fields)
            left -= 1
        yield layout.separator.join((body + layout.separator * (width - count), *more)) + text[len(body) :]


def _separated(layout: DelimitedLayout, added: Sequence[pl.Series], separator: str) -> Iterator[str]:
    """The same fields with another separator between them."""
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=separator, lineterminator="\n").writerow
    if layout.header:
        write([*layout.columns, *(column.name for column in added)])
        yield out.getvalue()
    for fields, more in zip(rows_of(layout), _in_blocks(added, texts_of), strict=True):
        out.seek(0)
        out.truncate()
        write([*fields, *more])
        yield out.getvalue()


def _raw_records(layout: DelimitedLayout) -> Iterator[tuple[int, int, str]]:
    """Line, number of fields and text of each record from the header on."""
    content = layout.text.content
    if b'"' in content:
        for line, fields, text in records(content, layout.start, layout.line, layout.separator, "the table"):
            yield line, max(1, len(fields)), text
        return
    lines = io.TextIOWrapper(io.BytesIO(memoryview(content)[layout.start :]), "utf-8", newline="")
    for line, text in enumerate(lines, start=layout.line):
        yield line, text.count(layout.separator) + 1, text


def rows_of(layout: DelimitedLayout) -> Iterator[list[str]]:
    """The fields of each row."""
    width = len(layout.columns)
    other = {layout.line, *layout.repeated, *layout.skipped, *layout.totals}
    content = layout.text.content.rstrip(b"\r\n")
    for line, fields, _ in records(content, layout.start, layout.line, layout.separator, "the table"):
        if line not in other:
            yield fields[:width] or [""]


_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"
_LONG = r"\d(\.?\d){16}"


def as_typed(names_of: Sequence[str], rows: Iterable[Sequence[str]]) -> pl.DataFrame:
    """The rows of a text with types where these say all that the text says, else as text."""
    names = [column or f"column_{number}" for number, column in enumerate(names_of, start=1)]
    columns = zip(*rows, strict=True)
    return pl.DataFrame([_typed_column(pl.Series(n, v, pl.String)) for n, v in zip(names, columns, strict=True)])


def _typed_column(texts: pl.Series) -> pl.Series:
    stripped = texts.str.strip_chars(" ")
    present = stripped.filter(~stripped.is_in(MISSING))
    values = stripped.replace(dict.fromkeys(MISSING))
    if not len(present):
        return texts.replace({"": None})
    if present.str.contains(_NUMBER).all():
        for kind in (pl.Int64, pl.Float64):
            cast = values.cast(kind, strict=False)
            exact = kind == pl.Int64 or not present.str.contains(_LONG).any()
            if exact and cast.null_count() == values.null_count():
                return cast
    if present.is_in(["true", "false"]).all():
        return values == "true"
    day = stripped.replace({"": None})
    if day.drop_nulls().str.contains(r"^\d{4}-\d{2}-\d{2}$").all():
        cast = day.str.to_date("%Y-%m-%d", strict=False)
        if cast.null_count() == day.null_count():
            return cast
    return texts.replace({"": None})


def as_objects(layout: JsonLayout, added: Sequence[pl.Series], suffix: str) -> str:
    """The objects of a text with more fields behind the last of each, as lines or as one array."""
    return _json(layout, added, suffix, same=False)


def _json(layout: JsonLayout, added: Sequence[pl.Series], suffix: str, same: bool) -> str:
    """The text of the objects with more fields behind the last of each."""
    text = layout.text.content.decode()
    names = [json.dumps(column.name, ensure_ascii=False) for column in added]
    values = zip(*(column.to_list() for column in added), strict=True)
    parts: list[str] = []
    place = 0
    for start, end, _ in objects(text):
        body = text[start : end - 1].rstrip()
        pairs = (f"{n}:{json.dumps(v, ensure_ascii=False)}" for n, v in zip(names, next(values), strict=True))
        row = body + ("" if body == "{" else ",") + ",".join(pairs) + text[start + len(body) : end]
        parts.append((text[place:start] if same else "") + row)
        place = end
    if same:
        return "".join(parts) + text[place:]
    if suffix == ".json":
        return "[" + ",\n".join(parts) + "]\n"
    return "".join(part.replace("\r", " ").replace("\n", " ") + "\n" for part in parts)


def written(frame: pl.DataFrame, suffix: str) -> bytes:
    """A table as a file of a suffix."""
    out = io.BytesIO()
    try:
        _WRITERS[suffix](frame, out)
    except pl.exceptions.PolarsError as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(f"the table cannot be written as {suffix} ({reason}): use --output with .parquet") from error
    return out.getvalue()


def _in_blocks(added: Sequence[pl.Series], texts: Callable[[pl.Series], list[str]]) -> Iterator[tuple[str, ...]]:
    """The texts of each row; those of a block of rows at a time are made."""
    for start in range(0, len(added[0]), _BLOCK):
        yield from zip(*(texts(column.slice(start, _BLOCK)) for column in added), strict=True)


def texts_of(column: pl.Series) -> list[str]:
    """The values as texts."""
    if column.dtype == pl.Boolean:
        return ["true" if value else "false" for value in column.to_list()]
    return [repr(value) if isinstance(value, float) else str(value) for value in column.to_list()]


def _fields(column: pl.Series, separator: str) -> list[str]:
    """The values as fields of a delimited text."""
    texts = texts_of(column)
    return texts if column.dtype.is_numeric() else [_field(text, separator) for text in texts]


def _field(text: str, separator: str) -> str:
    """A text as a field, in quotes if it needs them."""
    if any(letter in text for letter in (separator, '"', "\n", "\r")) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
