"""Workbooks (.xlsx): the sheet, the row that names its columns, and its cells as values of their types."""

from __future__ import annotations

import io
import logging
import re
import statistics
import zipfile
from datetime import time
from typing import TYPE_CHECKING, Any

import polars as pl

from thalweg.errors import ArgumentError, DataError, FileError, nearest

from .dialect import Dialect
from .header import MISSING, check_header, check_no_header, left_out, named, numbered, totals_row
from .limits import check_claim
from .notes import Importance, Note
from .values import counted, shown

if TYPE_CHECKING:
    from .source import Source

_LONGEST = 200
"""Characters of what the reader says of a file: it may name what it found."""
_SAMPLE = 200
_A_CELL = 32
"""Bytes in memory."""
_EXACT = 2**53


def read_excel(source: Source) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The table in a sheet of a workbook, and notes on what was left out: titles, blank rows, totals.

    The first row names the columns that is filled as most rows are; titles above it hold fewer. Days without a time are
    dates, whole numbers integers. Raises FileError for what is no workbook, is larger than it may be, or has several
    sheets of which none is said; ArgumentError for a sheet that it has not; DataError as delimited text does.
    """
    fastexcel, name = _fastexcel(source.name), source.name
    try:
        _check_sizes(source)
        book = fastexcel.read_excel(source.raw)
        sheet, texts = _chosen(book, source)
        rows = texts.rows()
        at = _first_row(rows, name)
        skip = at + 1 if source.header else at
        frame = _cells(book, sheet, skip)
    except (ArgumentError, DataError, FileError):
        raise
    except Exception as error:
        raise _damaged(source, error) from error
    notes = _titles(rows[:at], at + 1)
    names = tuple((text or "").strip() for text in rows[at])
    sample = tuple(tuple((text or "").strip() for text in row) for row in rows[at + 1 : at + 1 + _SAMPLE] if any(row))
    dialect = Dialect(",", 0, at + 1, names, sample)
    if source.header:
        notes += check_header(dialect, name)
    else:
        check_no_header(dialect, name)
        names = numbered(len(names))
    frame, said = named(frame, names, name, at + 1)
    filled = ~pl.select(pl.all_horizontal(pl.lit(True), *(s.is_null() for s in frame))).to_series()
    lines = [skip + row + 1 for row in (~filled).arg_true() if filled[row:].any()]
    frame = frame.filter(filled)
    notes += (*said, *left_out(lines, "blank", name))
    reason = totals_row(frame)
    if reason:
        frame, notes = (
            frame.head(-1),
            (*notes, Note(f"the last row of {name} left out: totals ({reason})", Importance.LEFT_OUT)),
        )
    return frame, notes


def sheets_with_cells(source: Source) -> list[str]:
    """The names of the sheets of a workbook that are not empty; raises FileError as `read_excel` does."""
    fastexcel = _fastexcel(source.name)
    try:
        _check_sizes(source)
        book = fastexcel.read_excel(source.raw)
        return [name for name in book.sheet_names if _texts(book, name).height]
    except (ArgumentError, DataError, FileError):
        raise
    except Exception as error:
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> FileError:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return FileError(f"{source.name}: damaged, or not a {source.suffix} file ({reason[:_LONGEST]}): write it again")


def _fastexcel(name: str) -> Any:
    try:
        import fastexcel
    except ImportError:
        raise FileError(
            f"{name}: workbooks are read with the extra excel: pip install 'thalweg[excel]', or save the sheet as CSV "
            "(File, Save As, CSV UTF-8)"
        ) from None
    return fastexcel


def _check_sizes(source: Source) -> None:
    """Raise FileError for a workbook that would take more memory than it may: all cells up to the last have a place."""
    with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
        members = archive.infolist()
        check_claim(sum(member.file_size for member in members), source.most, source.name, "it unpacks to")
        for member in members:
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                check_claim(
                    _extent(_plain(archive.read(member)), source.most), source.most, source.name, "its cells take"
                )


def _plain(xml: bytes) -> bytes:
    """A sheet whose places of cells stand all in one spelling; raises ValueError for one that no sheet has."""
    if any(odd in xml for odd in (b"\tr", b"\nr", b"\rr", b" r ", b" r\t", b" r\n", b" r\r", b" r='")):
        xml = re.sub(rb"\sr\s*=\s*[\"']", b' r="', xml)
    if beyond := re.search(rb' r="([A-Za-z]{4,}\d|[A-Za-z]{0,3}0*[1-9]\d{7})', xml):
        raise ValueError(f"a cell or row at {beyond[1].decode()}..., which is beyond the last of a sheet")
    return xml


def _extent(xml: bytes, most: int) -> int:
    """The bytes of a sheet's cells up to its last column and row; a bound where that is within `most`."""
    letters = next((n for n in (3, 2) if re.search(rb' r="[A-Za-z]{%d}\d' % n, xml)), 1)
    digits = next((n for n in range(7, 1, -1) if re.search(rb' r="[A-Za-z]{0,3}0*[1-9]\d{%d}(?!\d)' % (n - 1), xml)), 1)
    bound = (26, 702, 16384)[letters - 1] * 10**digits * _A_CELL
    if bound <= most:
        return bound
    column = row = 1
    for place in re.finditer(rb' r="([A-Za-z]{0,3})(\d+)', xml):
        number = 0
        for letter in place[1].upper():
            number = 26 * number + letter - 64
        column, row = max(column, number), max(row, int(place[2]))
    return column * row * _A_CELL


def _chosen(book: Any, source: Source) -> tuple[str, pl.DataFrame]:
    """The name of the sheet that is meant, and the first of its cells, as texts."""
    names: list[str] = book.sheet_names
    if source.sheet is None:
        found = {name: texts for name in names if (texts := _texts(book, name)).height}
        if len(found) != 1:
            raise FileError(
                f"{source.name}: it has {counted(len(found), 'sheet')} with cells ({', '.join(map(repr, found))}): say "
                f"which with --sheet {next(iter(found))!r} (sheet=...)"
                if found
                else f"{source.name}: all of its sheets are empty: it needs the names of the columns and rows"
            )
        return next(iter(found.items()))
    if source.sheet not in names:
        near = nearest(source.sheet, names)
        hint = f"did you mean {near!r}? " if near else ""
        raise ArgumentError(f"{source.name} has no sheet {source.sheet!r}: {hint}It has {', '.join(map(repr, names))}")
    texts = _texts(book, source.sheet)
    if not texts.height:
        raise FileError(f"{source.name}: sheet {source.sheet!r} is empty: it needs the names of the columns and rows")
    return source.sheet, texts


def _texts(book: Any, sheet: str) -> pl.DataFrame:
    loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=3 * _SAMPLE, dtypes="string")
    return loaded.to_polars()


def _first_row(rows: list[tuple[str | None, ...]], name: str) -> int:
    """The row, from 0, that names the columns, or is the first of those without names."""
    counts = [sum(bool((text or "").strip()) for text in row) for row in rows]
    filled = [count for count in counts if count]
    if not filled:
        raise FileError(f"{name}: its first {len(rows)} rows are empty: begin the table further up")
    usual = statistics.median(filled)
    for number, count in enumerate(counts):
        title = count <= usual / 2 and (usual > 2 or bool((rows[number][0] or "").strip()))
        if count and not title:
            return number
    return counts.index(max(counts))


def _titles(rows: list[tuple[str | None, ...]], line: int) -> tuple[str, ...]:
    """A note on filled rows above the names."""
    above = [next(text for text in row if text) for row in rows if any(row)]
    if not above:
        return ()
    told = counted(len(above), "row")
    text = f"{told} above the names of the columns in row {line} left out (the first: {shown(above[0])})"
    return (Note(text, Importance.LEFT_OUT),)


def _cells(book: Any, sheet: str, skip: int) -> pl.DataFrame:
    """The cells below a row, each column in the type that all of its cells have."""
    log = logging.getLogger("fastexcel")  # which tells of each empty column
    silent, propagated = logging.NullHandler(), log.propagate
    log.addHandler(silent)
    log.propagate = False
    try:
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=skip, schema_sample_rows=None)
    finally:
        log.propagate = propagated
        log.removeHandler(silent)
    return pl.DataFrame([_tidy(series) for series in loaded.to_polars()])


def _tidy(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        texts = series.str.strip_chars()
        return texts.replace(dict.fromkeys(MISSING))
    if isinstance(series.dtype, pl.Datetime) and (series.dt.time().drop_nulls() == time()).all():
        return series.cast(pl.Date)
    if series.dtype.is_float() and series.count():
        present = series.drop_nulls()
        if ((present == present.round()) & (present.abs() < _EXACT)).all():
            return series.cast(pl.Int64)
    return series
