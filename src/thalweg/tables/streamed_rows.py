"""The rows of files, part by part: of which part each is, and the rows of a part block by block."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ..data.class_weights import row_factors
from ..data.encoding import Encoding
from ..data.prepared import Part
from ..data.roles import groups_of, weights_of
from ..data.statistics import place_hashes
from ..data.stream import GatheredNotes, rows_after
from ..data.stream_arrays import digest_of
from ..data.stream_files import Piece, TableFiles
from ..data.targets import encode_targets, labels_of
from ..data.written import as_written
from ..errors import DataError
from .streamed_prediction import names_as_texts

if TYPE_CHECKING:
    from ..data.table import Table

PARTS = ("train", "validation", "test")
SAMPLE = 20_000
"""Rows that stand for all of a part at least, if it has as many."""


class RowCut:
    """Of which part rows are: by a hash of their place, or of their group."""

    def __init__(self, fractions: tuple[float, float, float], seed: int, group: str | None = None) -> None:
        self._edges = [round(edge * 2**64) - 1 for edge in np.cumsum(fractions)[:2].tolist()]
        self._seed, self.group = seed, group

    def hashes(self, files: TableFiles, piece: Piece) -> np.ndarray:
        """Of the places of the rows of a piece."""
        return place_hashes(files.paths[piece.file].name, piece.before, piece.rows, self._seed)

    def parts(self, hashes: np.ndarray, frame: pl.DataFrame) -> np.ndarray:
        """0, 1 or 2 of each row of a piece, whose places have these hashes.

        Raises DataError, with the row, for one without a group.
        """
        if self.group is not None:
            hashes = self._of_groups(frame[self.group])
        first, second = (np.uint64(max(0, min(edge, 2**64 - 1))) for edge in self._edges)
        return (hashes > first).astype(np.int8) + (hashes > second)

    def _of_groups(self, series: pl.Series) -> np.ndarray:
        groups_of(series, np.arange(len(series)))
        values = series.cast(pl.Float64) if series.dtype.is_numeric() else series.cast(pl.String)
        each = values.unique(maintain_order=True)
        found = [hashlib.sha256(f"{self._seed}\0{_named(value)}".encode()).digest()[:8] for value in each.to_list()]
        known = pl.Series(np.frombuffer(b"".join(found), "<u8"))
        places = values.replace_strict(each, pl.Series(range(len(each)), dtype=pl.UInt32), return_dtype=pl.UInt32)
        return known.gather(places).to_numpy()


def _named(value: str | float) -> str:
    """A group's name in one way, as a column of a text may be of numbers in some pieces alone."""
    try:
        return repr(float(value))
    except ValueError:
        return str(value).strip().lower()


@dataclasses.dataclass(frozen=True, eq=False)
class PartRows:
    """The rows of a part of files as blocks of arrays, one of each piece, in their order."""

    files: TableFiles
    encoding: Encoding
    cut: RowCut
    sample_weight: str | None = None
    """The column of it."""
    class_weights: list[np.ndarray] | None = None
    part: int = 0

    def of_part(self, part: int) -> PartRows:
        """The rows of another part."""
        return dataclasses.replace(self, part=part)

    def __iter__(self) -> Iterator[Any]:
        for (found,), _ in self.parts((self.part,), labelled=self.class_weights is not None):
            yield found.P, found.T, found.weight

    @property
    def digest(self) -> str:
        """What tells these files from others, wherever they lie."""
        files = self.files
        return digest_of([(path.name, path.stat().st_size) for path in files.paths], files.pieces)

    def place(self, number: int) -> str:
        """What messages call a piece."""
        piece = self.files.pieces[number]
        return f"{self.files.name(piece)}, rows {piece.before + 1:,} to {piece.before + piece.rows:,}: "

    def parts(
        self, which: Sequence[int] = (0, 1, 2), *, labelled: bool = True
    ) -> Iterator[tuple[list[Part], tuple[str, ...]]]:
        """The rows of each piece in some of the parts, with their labels if asked for, and notes on the piece."""
        for piece, table in self.files.walk():
            yield self.parts_of(piece, table, which, labelled=labelled)

    def parts_of(
        self, piece: Piece, table: Table, which: Sequence[int], *, labelled: bool
    ) -> tuple[list[Part], tuple[str, ...]]:
        """The same of one piece."""
        with rows_after(piece.before, self.files.name(piece)):
            frame = names_as_texts(table, self.encoding)
            P, notes = self.encoding.inputs_of(frame)
            T = encode_targets(self.encoding.targets, frame)
            sample_weight = sample_weights(frame, self.sample_weight)
            of = self.cut.parts(self.cut.hashes(self.files, piece), frame)
        there = ~np.isnan(T).any(axis=1)
        found = []
        for part in which:
            rows = np.flatnonzero(there & (of == part))
            labels = labels_of(self.encoding.targets, frame[rows]) if labelled else np.zeros(0)
            own = None if sample_weight is None else sample_weight[rows]
            weight = own
            if self.class_weights is not None:
                factors = row_factors(self.encoding.targets, labels, self.class_weights)
                weight = factors if own is None else own * factors
            found.append(Part(P[rows], T[rows], rows + piece.before, labels, weight, own))
        return found, (*table.notes, *notes)

    def labelled(self) -> Iterator[Part]:
        """The rows of the part, piece by piece, with their labels."""
        for (found,), _ in self.parts((self.part,)):
            yield found


class PartRowsAtRandom(PartRows):
    """The same of files of which any piece can be had by its number."""

    def __len__(self) -> int:
        return len(self.files.pieces)

    @property
    def sizes(self) -> list[int]:
        """The rows of each piece."""
        return [piece.rows for piece in self.files.pieces]

    def at(self, number: int) -> tuple[Any, Any, Any]:
        """The rows of a piece."""
        piece, labelled = self.files.pieces[number], self.class_weights is not None
        (found,), _ = self.parts_of(piece, self.files.at(piece), (self.part,), labelled=labelled)
        return found.P, found.T, found.weight

    def parts(
        self, which: Sequence[int] = (0, 1, 2), *, labelled: bool = True
    ) -> Iterator[tuple[list[Part], tuple[str, ...]]]:
        """As of `PartRows`; others may read meanwhile."""
        for piece in self.files.pieces:
            yield self.parts_of(piece, self.files.at(piece), which, labelled=labelled)


def sample_weights(frame: pl.DataFrame, column: str | None) -> np.ndarray | None:
    """What each of some rows of many counts, by a column; raises DataError, with the row, for what is no weight."""
    if column is None:
        return None
    return weights_of(as_written(frame, [column]).frame[column], np.arange(frame.height), may_vanish=True)


class Gathered:
    """Rows that come block by block: all of them, or some, spread over all, of more than fit."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self._kept: list[Part] = []
        self._stride = 1

    def add(self, part: Part) -> None:
        """The next rows."""
        self._kept.append(part if self.whole else _thinned(part, self._stride))
        if not self.whole and sum(len(one.T) for one in self._kept) > 2 * SAMPLE:
            self._kept = [_thinned(one, 2) for one in self._kept]
            self._stride *= 2

    def together(self) -> Part | None:
        """What was gathered; None of no rows."""
        if not sum(len(part.T) for part in self._kept):
            return None
        columns = zip(*map(_arrays, self._kept), strict=True)
        return Part(*(None if values[0] is None else np.concatenate(values) for values in columns))  # pyright: ignore


def gathered_parts(rows: PartRows, fits: Sequence[bool]) -> tuple[tuple[Part, Part | None, Part | None], GatheredNotes]:
    """The parts, whole if they fit, else some rows of them, spread over all; and notes on all rows."""
    found = [Gathered(whole) for whole in fits]
    notes = GatheredNotes()
    for piece, (parts, said) in zip(rows.files.pieces, rows.parts(), strict=True):
        notes.add(said, piece.before)
        for gathered, part in zip(found, parts, strict=True):
            gathered.add(part)
    train, validation, test = (gathered.together() for gathered in found)
    if train is None:
        raise DataError("no row is a training row: give more rows, or another --split")
    return (train, validation, test), notes


def _thinned(part: Part, stride: int) -> Part:
    return Part(*(None if values is None else values[::stride] for values in _arrays(part)))  # pyright: ignore


def _arrays(part: Part) -> tuple[Any, ...]:
    return part.P, part.T, part.rows, part.labels, part.weight, part.sample_weight
