"""How a delimited text is written: where its header stands and what separates its fields, from its first records."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from thalweg.errors import FileError

from .notes import Importance, Note
from .values import counted, shown

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate the fields, and its name."""

_SAMPLE = 1 << 17
_WIDEST = 1 << 24
_RECORDS = 200
_TITLES = 5
_SEP_LINE = re.compile(rb'"?sep=([\t !#-~])"?(?:\r\n|\n|\r)', re.IGNORECASE)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|$)")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """The separator, where the header begins (byte, and line from 1), its fields and those of the records after it."""

    separator: str
    start: int
    line: int
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def is_number(field: str) -> bool:
    """Whether a field is written as a number, with a decimal point or comma.

    >>> is_number("-1.5e3"), is_number("1a")
    (True, False)
    """
    return _NUMBER.fullmatch(field) is not None


def dialect_of(content: bytes, name: str, separator: str, *, header: bool = True) -> Dialect:
    """The dialect of a text whose suffix says that `separator` separates its fields.

    The separator is the one that cuts the first records into equally many fields, two or more, outside of quotes: the
    suffix's own if it does, else one of `SEPARATORS`. A first line `sep=;` names it. Blank lines and lines that begin
    with # before the header are passed over; the last of these is the header, if there
    is one (`header`), and numbers for each of its names follow.

    >>> dialect = dialect_of(b'"depth, m";yield\\n5.1;15.2\\n', "field.csv", ",")
    >>> dialect.separator, dialect.columns
    (';', ('depth, m', 'yield'))
    """
    named = _SEP_LINE.match(content)
    start, comments = _after_comments(content, named.end() if named else 0)
    titles: tuple[str, ...] = ()
    if named is None and header:
        start, titles = _after_titles(content, start)
    # Ten lines at the least, however wide they are.
    end = start + max(_SAMPLE, 10 * (content.find(b"\n", start, start + _WIDEST) - start))
    sample, whole = content[start:end].decode(errors="ignore"), end >= len(content)
    separator, notes = (named[1].decode(), ()) if named else _separator(sample, whole, separator)
    notes += titles
    records = _records(sample, whole, separator)
    if not records:
        raise FileError(f"{name}: the file is empty: it needs the names of the columns and at least one row")
    if comments and header:
        names = _commented_header(content[comments[-1] : start].decode(), separator, records[0])
        if names:
            start = comments.pop()
            records.insert(0, names)
            notes += (Note("the names of the columns stand behind a #", Importance.ASIDE),)
    if comments:
        told = f"{counted(len(comments), 'line')} before the names of the columns left out: they begin with #"
        notes += (Note(told, Importance.LEFT_OUT),)
    if len(records[0]) == 1:
        _refuse_other_separators(records, name)
    if records[0] and all(re.fullmatch(r" *'[^']*' *", field) for field in records[0]):
        raise FileError(f'{name}: single quotes stand around the names of the columns: use double quotes ("), or none')
    columns, *rest = (tuple(field.strip(" ") for field in record) for record in records)
    line = len(_LINE.findall(content, 0, start))
    return Dialect(separator, start, line, columns, tuple(rest), notes)


def _after_comments(content: bytes, start: int) -> tuple[int, list[int]]:
    """Where the first line stands that is neither blank nor begins with #, and where those with # begin."""
    comments: list[int] = []
    while start < len(content) and (match := _LINE.match(content, start)) is not None:
        line = match[0].strip()
        if line.startswith(b"#"):
            comments.append(start)
        elif line:
            break
        start = match.end()
    return start, comments


def _after_titles(content: bytes, start: int) -> tuple[int, tuple[str, ...]]:
    """Where the names of the columns stand below a few lines of titles, and a note on these.

    They are fewer fields than the names, which are texts above lines of as many fields with numbers among them.
    """
    lines: list[tuple[int, str]] = []
    for match in islice(_LINE.finditer(content, start, start + _SAMPLE), _TITLES + 20):
        if text := match[0].strip(b"\r\n").decode(errors="ignore"):
            lines.append((match.start(), text))
    cut = {
        separator: [next(csv.reader([text], delimiter=separator, skipinitialspace=True)) for _, text in lines[:-1]]
        for separator in (SEPARATORS if len(lines) > 2 else ())
    }
    if any(len(fields[0]) > 1 and all(fields[0]) and len(set(map(len, fields))) == 1 for fields in cut.values()):
        return start, ()  # the first line names each field of the others
    for fields in cut.values():
        filled = [sum(bool(field.strip()) for field in record) for record in fields]
        width = len(fields[-1])
        for number in range(1, min(_TITLES, len(fields) - 1) + 1):
            names, below = fields[number], fields[number + 1 :]
            if (
                below
                and filled[number] == width > 1
                and all(len(record) == width for record in below)
                and 2 * max(filled[:number]) <= width
                and (width > 2 or all(record[0].strip() for record in fields[:number]))
                and not any(map(is_number, names))
                and any(is_number(field) for record in below for field in record)
            ):
                title = next(field for field in fields[0] if field.strip())
                told = f"{counted(number, 'line')} above the names of the columns left out (the first: {shown(title)})"
                return lines[number][0], (Note(told, Importance.LEFT_OUT),)
    return start, ()


def _refuse_other_separators(records: list[list[str]], name: str) -> None:
    """Raise FileError for lines of one field that spaces, or colons, cut into equally many, two or more of numbers."""
    for mark, words in ((None, "spaces"), (":", "colons")):
        fields = [field.split(mark) for record in records if record and (field := record[0].strip())]
        numeric = [all(map(is_number, values)) for values in zip(*fields[1:], strict=False)]
        if len(fields) > 2 and len(set(map(len, fields))) == 1 and sum(numeric) > 1:
            raise FileError(
                f"{name}: {words} seem to separate the fields of its lines, and are not read as that: write commas, "
                "semicolons or tabs there"
            )


def _commented_header(line: str, separator: str, first: list[str]) -> list[str] | None:
    """The names in a comment, as `numpy.savetxt` writes them, if they stand over a line of numbers."""
    names = next(iter(_records(line.lstrip("# "), True, separator)), [])
    names_them = len(names) == len(first) and any(map(is_number, first)) and not any(map(is_number, names))
    return names if names_them else None


def _separator(sample: str, whole: bool, own: str) -> tuple[str, tuple[str, ...]]:
    """The separator that the first records speak for, and a note if it is another one than the header suggests."""
    widths: dict[str, list[int]] = {}
    fit: list[str] = []
    for candidate in (own, *(other for other in SEPARATORS if other != own)):
        found = widths[candidate] = [len(record) for record in _records(sample, whole, candidate)]
        if found and found[0] >= 2 and len(set(found)) == 1:
            fit.append(candidate)
        if fit == [own]:
            return own, ()
    in_header = widths[own][:1] > [1]
    if not fit:
        return (own if in_header else max(widths, key=lambda candidate: widths[candidate][:1])), ()
    chosen = max(fit, key=lambda candidate: widths[candidate][0])
    told = f"{SEPARATORS[chosen]} separate the columns: they cut all lines into {widths[chosen][0]} fields"
    return chosen, (told,) if in_header else ()


def _records(sample: str, whole: bool, separator: str) -> list[list[str]]:
    """The fields of the first records; the last is left out if the sample may end within it."""
    records: list[list[str]] = []
    try:
        for fields in csv.reader(io.StringIO(sample, newline=""), delimiter=separator, skipinitialspace=True):
            if not fields or (records and fields[0].startswith("#")):
                continue
            records.append(fields)
            if len(records) > _RECORDS:
                return records
    except csv.Error:
        return records
    return records if whole or len(records) < 2 else records[:-1]
