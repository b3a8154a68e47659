"""`thalweg predict` block by block: a table of any size in, a table out, its rows in order, in flat memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ArgumentError
from ..system import STANDARD_INPUT, is_several

if TYPE_CHECKING:
    import polars as pl

    from ..data.table import Table
    from ..files import Model
    from ..tables.several_scores import Scores, SeveralScores
    from ..tables.streamed_prediction import StreamedPrediction


class Told(NamedTuple):
    """What there is to tell of the predictions of a table."""

    rows: int
    notes: tuple[str, ...]
    scores: Scores | SeveralScores | None
    several: bool
    files: Mapping[str, int] = MappingProxyType({})
    """How many rows each of several files has."""


def is_streamed(table: Path, output: str | None, *, json: bool) -> bool:
    """Whether a table is so large that it is streamed without being asked, and can be."""
    if str(table) == STANDARD_INPUT or is_several(table):
        return False
    from ..data.stream import COLUMN_FILES, is_large
    from ..data.stream_bytes import is_utf8
    from ..data.stream_writing import can_stream

    if not is_large(table) or (json and output is None):
        return False
    suffix = _suffix(table)
    if not can_stream(suffix, output or _own(suffix)):
        return False
    return suffix in COLUMN_FILES or is_utf8(table, suffix)


def predict_in_blocks(
    model: Model,
    table: Path,
    output: Path | None,
    suffix: str | None,
    *,
    no_header: bool,
    sheet: str | None,
    json: bool,
) -> Told:
    """Write the table with its predictions, block by block; what is to be told of it then.

    Raises ArgumentError for what cannot be had in blocks, and what reading, predicting and writing raise: a file is
    then as it was.
    """
    from ..data.notes import Importance, Note, most_important_first
    from ..data.stream_writing import check_can_stream, write_blocks
    from ..system import writing_atomically
    from ..tables.streamed_prediction import StreamedPrediction
    from .process import settle

    if output is None and json:
        raise ArgumentError("--json prints one object, which is no stream: give --output, or leave --stream out")
    source = _suffix(table)
    suffix = suffix or _own(source)
    if sheet is not None:
        raise ArgumentError(f"{table}: a {source} file has no sheets: leave --sheet out")
    check_can_stream(source, suffix)
    found = StreamedPrediction(model)
    blocks = _with_columns(found, table, no_header)
    begun = list(islice(blocks, 1))
    decimal = model.encoding.decimal_of(begun[0][0].frame) if begun and model.encoding is not None else "."
    blocks = chain(begun, blocks)
    if output is None:
        said = write_blocks(_StandardOutput(), blocks, suffix, decimal=decimal)  # pyright: ignore[reportArgumentType]
    else:
        with writing_atomically(output, purpose="table") as file:
            said = write_blocks(file, blocks, suffix, decimal=decimal)
        settle()
    scores = found.scores()
    notes = (*found.notes, *said, *_no_better(scores))
    if found.unscored:
        notes += (Note(f"not scored: {found.unscored}", Importance.GUESS),)
    several = model.encoding is not None and model.encoding.several
    return Told(found.rows, most_important_first(notes), scores, several)


class _StandardOutput:
    """The standard output for data."""

    def write(self, data: bytes) -> int:
        """Write them, as `print_data` does."""
        from .terminal import print_data

        print_data(data)
        return len(data)


def _with_columns(found: StreamedPrediction, table: Path, no_header: bool) -> Iterator[tuple[Table, list[pl.Series]]]:
    import polars as pl

    from ..data.appending import formulas

    for one, prediction in found.blocks(table, no_header=no_header):
        added = [pl.Series(name, values) for name, values in prediction.columns().items()]
        found.notes.add(formulas(added), 0)
        yield one, added


def _no_better(scores: Scores | SeveralScores | None) -> tuple[str, ...]:
    if scores is None:
        return ()
    from ..data.notes import Importance, Note
    from ..tables.no_better import no_better

    return tuple(Note(told, Importance.MAY_BE_WRONG) for told in no_better(scores))


def _suffix(table: Path) -> str:
    """The format of the table: CSV if it is the standard input."""
    from ..data.reading import format_of
    from ..data.stream import STREAMED

    if str(table) == STANDARD_INPUT:
        return ".ndjson" if _begins_as_json() else ".csv"
    suffix = format_of(table)
    if suffix not in STREAMED:
        raise ArgumentError(
            f"{table}: a {suffix or 'file without a suffix'} is not streamed, only {', '.join(STREAMED)}: leave "
            "--stream out"
        )
    return suffix


def _begins_as_json() -> bool:
    peek = getattr(getattr(sys.stdin, "buffer", None), "peek", None)
    return peek is not None and peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _own(suffix: str) -> str:
    """The format in which a table of a suffix is printed: its own if it is a text."""
    from ..data.stream import COLUMN_FILES

    return ".csv" if suffix in COLUMN_FILES else suffix.removesuffix(".gz")
