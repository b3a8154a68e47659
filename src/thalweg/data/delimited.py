"""Delimited text (CSV, TSV): parsed by Polars, and looked at line by line where there is trouble.

Polars alone would pad short lines, rename duplicate columns, keep spaces around numbers and read odd quotes in a way
of its own; a quick survey tells whether any of these can be. If so each line is read by Python's csv, refused with its
number or written again plainly, and that is what Polars parses.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from thalweg.errors import FileError

from .dialect import Dialect, dialect_of
from .header import MISSING, check_header, check_no_header, left_out, named, numbered, totals_doubt, totals_row
from .kept_texts import keep_texts
from .limits import LARGEST, allowed, check_columns, gunzipped
from .notes import Importance, Note
from .survey import letters_in, quoted_lines, separators, survey
from .text import Text, decoded
from .values import is_missing

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_GUESS = 1_000
_TELLING = b'\r"Nn?'
"""Letters whose absence spares a look: for odd quotes and line ends, or for markers of missing values."""
_ZLIB = (b"x^", b"x\x01")
"""Texts that begin so are taken for compressed ones by Polars: a column called x^2."""


@dataclass(frozen=True)
class DelimitedLayout:
    """Where the rows of a table stand in its text.

    The header begins at byte `start`, line `line`. `repeated` are the lines of further headers, `skipped` those of no
    record (blank, comments), `totals` those of records that are no rows; all other records are the rows, in turn. Some
    have up to `extra` empty fields behind the last column. Without a `header` of the file's own the names in the text
    are ours.
    """

    text: Text
    separator: str
    start: int
    line: int
    columns: tuple[str, ...]
    header: bool = True
    repeated: frozenset[int] = frozenset()
    skipped: frozenset[int] = frozenset()
    totals: frozenset[int] = frozenset()
    extra: int = 0


def read_delimited(raw: bytes, name: str, separator: str) -> pl.DataFrame:
    """The table in the bytes of a delimited text file called `name`, gzipped or not.

    The first line names the columns. The markers in `MISSING` are missing values; spaces around a field and blank
    lines do not count; dates and times are recognised (year first; others stay text); a column is typed by all
    of its values. Encoding and separator are found as `decoded` and `dialect_of` say. Left out, with a note: comments
    (#), a header that stands again between the rows, a last row of totals, an index without a name.

    Raises FileError for lines of unequal length and broken quotes, each with the line; DataError for unnamed or
    duplicate columns, and for a first line that looks like data.

    >>> read_delimited(b"size, colour\\n1, red\\n?, blue\\n", "shapes.csv", ",").to_dict(as_series=False)
    {'size': [1, None], 'colour': ['red', 'blue']}
    """
    return delimited(decoded(gunzipped(raw, name, allowed(len(raw), None)), name), name, separator)[0]


def delimited(
    text: Text, name: str, separator: str, *, header: bool = True, most: int = LARGEST
) -> tuple[pl.DataFrame, DelimitedLayout, tuple[str, ...]]:
    """The table in a delimited text, where its rows stand in that, and notes on what was found and left out.

    Without a `header` one is put before the first record: column 1, column 2, ... Raises FileError for columns that
    would take more than `most` bytes.
    """
    dialect = dialect_of(text.content, name, separator, header=header)
    check_columns(len(dialect.columns), most, name)
    notes = (*text.notes, *dialect.notes)
    if header:
        notes += check_header(dialect, name)
    else:
        check_no_header(dialect, name)
        text, dialect = with_names(text, dialect)
    layout = DelimitedLayout(text, dialect.separator, dialect.start, dialect.line, dialect.columns, header)
    frame = _plain(text.content, dialect)
    if frame is None:
        frame, layout, said = _line_by_line(layout, name)
        notes += said
    reason = totals_row(frame)
    if reason:
        frame, layout, _ = _line_by_line(layout, name, totals=True)
        notes += left_out(sorted(layout.totals), f"totals ({reason})", name)
    frame, said = named(frame, dialect.columns, name, dialect.line)
    return frame, layout, (*notes, *said, *totals_doubt(frame))


def delimited_block(
    text: Text, dialect: Dialect, name: str, header: bool
) -> tuple[pl.DataFrame, DelimitedLayout, tuple[str, ...]]:
    """The same of some rows of a table, behind its header, which the text has for itself if `header` says so.

    No row of totals is looked for.
    """
    layout = DelimitedLayout(text, dialect.separator, dialect.start, dialect.line, dialect.columns, header)
    notes: tuple[str, ...] = ()
    frame = _plain(text.content, dialect)
    if frame is None:
        frame, layout, notes = _line_by_line(layout, name)
    frame, said = named(frame, dialect.columns, name, dialect.line)
    return frame, layout, (*notes, *said)


def with_names(text: Text, dialect: Dialect) -> tuple[Text, Dialect]:
    """The text with a line of names before its first record, which keeps its number."""
    columns = numbered(len(dialect.columns))
    start, separator = dialect.start, dialect.separator
    line = separator.join(f'"{name}"' if separator in name else name for name in columns).encode() + b"\n"
    content = text.content[:start] + line + text.content[start:]
    return replace(text, content=content), replace(dialect, columns=columns, line=dialect.line - 1)


def _plain(content: bytes, dialect: Dialect) -> pl.DataFrame | None:
    """The table as Polars reads it; None unless that is certain to be what stands there, line by line.

    Polars refuses longer lines and fills shorter and blank ones up, so that the last column is missing there: with
    quotes only where fields begin and end, one row a line, and without carriage returns there is no other doubt, and a
    table whose last column is whole needs no survey.
    """
    start, separator = dialect.start, dialect.separator
    letters = letters_in(content, _TELLING)
    found, lines = None, None
    if ord("\r") in letters:
        found = survey(content, start, separator)
        if found.odd:
            return None
    elif ord('"') in letters:
        lines = quoted_lines(content, start, separator)
        if lines is None:
            return None
    try:
        frame = parsed(content[start:] if start else content, separator, letters)
    except pl.exceptions.PolarsError:
        return None
    width = len(dialect.columns)
    if frame.width != width:
        return None
    if lines not in (None, frame.height):
        found = survey(content, start, separator)
        if found.odd:
            return None
    if frame.to_series(-1).null_count():
        found = found or survey(content, start, separator)
        if found.odd or separators(content, start, separator) != (width - 1) * found.records:
            return None
        frame = frame.head(found.records - 1)  # blank lines at the end
    if found is not None and frame.height != found.records - 1:
        return None
    return None if _padded(frame) or _repeated(frame, dialect.columns) else frame


def _padded(frame: pl.DataFrame) -> bool:
    """Whether a text begins or ends with a space."""
    texts = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.String]
    edges = [text.str.starts_with(" ") | text.str.ends_with(" ") for text in texts]
    return any(frame.select(edge.any() for edge in edges).row(0)) if edges else False


def _repeated(frame: pl.DataFrame, columns: tuple[str, ...]) -> bool:
    """Whether a row may be the header again: only a table of texts can hold it."""
    if any(kind != pl.String for kind in frame.dtypes):
        return False
    same = [
        pl.col(column).is_null() if name in MISSING else pl.col(column) == name
        for column, name in zip(frame.columns, columns, strict=True)
    ]
    return frame.select(pl.all_horizontal(same).any()).item() or False


def parsed(content: bytes, separator: str, letters: Container[int] = range(256)) -> pl.DataFrame:
    """The table, its types guessed from the first rows; from all of them, slower, where the guess does not hold.

    A column whose dates are not all written in one way is text, and so are those that `keep_texts` keeps. Of the
    `_TELLING` letters only `letters` occur: each marker that is looked for costs Polars a hundredth of its time.
    """
    markers = [marker for marker in MISSING if all(ord(one) in letters for one in marker if ord(one) in _TELLING)]
    if content.startswith(_ZLIB):
        content = codecs.BOM_UTF8 + content
    read = partial(pl.read_csv, content, separator=separator, null_values=markers)
    return keep_texts(
        _typed(read),
        content,
        separator,
        lambda columns, rows: read(columns=columns, n_rows=rows, infer_schema=False),
    )


def _typed(read: partial[pl.DataFrame]) -> pl.DataFrame:
    try:
        frame = read(infer_schema_length=_GUESS, try_parse_dates=True)
    except pl.exceptions.PolarsError:
        return _from_all_rows(read)
    texts = [column for column in frame.iter_columns() if column.dtype == pl.String]
    blind = any(is_missing(column.head(_GUESS)) and not is_missing(column) for column in texts)
    return _from_all_rows(read) if blind else frame


def _from_all_rows(read: partial[pl.DataFrame]) -> pl.DataFrame:
    for dates in (True, False):
        try:
            return read(infer_schema_length=None, try_parse_dates=dates)
        except pl.exceptions.PolarsError:
            continue
    return _column_by_column(read)


def _column_by_column(read: partial[pl.DataFrame]) -> pl.DataFrame:
    """The table with columns as text that cannot be read as what they look like."""
    frame = read(infer_schema=False)
    for number in range(frame.width):
        try:
            frame.replace_column(number, read(columns=[number], infer_schema_length=None).to_series())
        except pl.exceptions.PolarsError:
            continue
    return frame


def records(content: bytes, start: int, line: int, separator: str, name: str) -> Iterator[tuple[int, list[str], str]]:
    """Each record from a byte on, on line `line`: the line where it begins, its fields, and its text as it stands.

    Raises FileError, with the line, for broken quotes.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        source = io.TextIOWrapper(io.BytesIO(memoryview(content)[start:]), "utf-8", newline="")
        for one in source:
            taken.append(one)
            yield one

    try:
        for fields in csv.reader(lines(), delimiter=separator, skipinitialspace=True, strict=True):
            yield line, fields, "".join(taken)
            line += len(taken)
            taken.clear()
    except csv.Error as error:
        raise FileError(f"{name}: line {line} is not valid ({error}): mend the quotes of its fields") from error


def _line_by_line(
    layout: DelimitedLayout, name: str, *, totals: bool = False
) -> tuple[pl.DataFrame, DelimitedLayout, tuple[str, ...]]:
    """The table as Python's csv reads it, where its rows stand, and notes on the lines left out.

    With `totals` the last record is none of its rows.
    """
    width, columns = len(layout.columns), list(layout.columns)
    blank: list[int] = []
    comments: list[int] = []
    repeated: list[int] = []
    extra = 0
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=layout.separator, lineterminator="\r\n").writerow
    write(columns)
    rows, last = 0, (0, columns)
    content = layout.text.content.rstrip(b"\r\n")
    for line, given, _ in islice(records(content, layout.start, layout.line, layout.separator, name), 1, None):
        fields = [field.strip(" ") for field in given] or [""]
        if fields == [""] and width > 1:
            blank.append(line)
        elif width > 1 and len(fields) != width and fields[0].startswith("#"):
            comments.append(line)
        elif fields == columns:
            repeated.append(line)
        elif len(fields) < width or any(fields[width:]):
            raise FileError(_ragged(name, line, len(given), layout))
        else:
            if rows:
                write(last[1])
            extra = max(extra, len(fields) - width)
            rows, last = rows + 1, (line, fields[:width])
    if rows and not totals:
        write(last[1])
    frame = _checked(parsed(out.getvalue().encode(), layout.separator), rows - totals, width, name)
    notes = (
        *left_out(blank, "blank", name),
        *left_out(comments, "they begin with #" if len(comments) > 1 else "it begins with #", name),
        *left_out(repeated, f"the names of the columns again, as in line {layout.line}", name),
        *(
            (Note(f"lines of {name} end in a separator that line {layout.line} lacks: not counted", Importance.ASIDE),)
            if extra
            else ()
        ),
    )
    found = replace(
        layout,
        repeated=frozenset(repeated),
        skipped=frozenset((*blank, *comments)),
        totals=frozenset([last[0]] if totals else []),
        extra=extra,
    )
    return frame, found, notes


def _checked(frame: pl.DataFrame, rows: int, width: int, name: str) -> pl.DataFrame:
    if (frame.height, frame.width) != (rows, width):
        raise FileError(
            f"{name}: of {rows} rows and {width} columns only {frame.height} and {frame.width} can be read: "
            "save the file again with ordinary line ends and quotes"
        )
    return frame


def _ragged(name: str, line: int, found: int, layout: DelimitedLayout) -> str:
    fields = "1 field" if found == 1 else f"{found} fields"
    first = "the header" if layout.header else f"line {layout.line + 1}"
    return (
        f"{name}: line {line} has {fields} where {first} has {len(layout.columns)}: "
        "correct the line, or quote a field that holds the separator"
    )
