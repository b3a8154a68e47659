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
from ..data.target import label_array
from ..data.targets import encode_targets, labels_of, side_by_side
from ..data.written import as_written
from ..errors import DataError
from ..training.block_look import stride_of
from ..training.readers import ALONE, Readers
from .streamed_prediction import names_as_texts

if TYPE_CHECKING:
    from ..data.table import Table

PARTS = ("train", "validation", "test")


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
        return digest_of(self.files.sizes, self.files.pieces)

    def place(self, number: int) -> str:
        """What messages call a piece."""
        piece = self.files.pieces[number]
        return f"{self.files.name(piece)}, rows {piece.before + 1:,} to {piece.before + piece.rows:,}: "

    @property
    def rows_of_pieces(self) -> list[int]:
        """How many rows each piece has, of all parts."""
        return [piece.rows for piece in self.files.pieces]

    def parts(
        self, which: Sequence[int] = (0, 1, 2), numbers: Sequence[int] | None = None, *, labelled: bool = True
    ) -> Iterator[tuple[list[Part], tuple[str, ...]]]:
        """The rows of each piece, or of those of some numbers, in some of the parts, and notes on the piece.

        They have their labels if these are asked for.
        """
        for number, (piece, table) in enumerate(self.files.walk()):
            if numbers is None or number in numbers:
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

    def labelled(self, numbers: Sequence[int]) -> Iterator[Part]:
        """The rows of the part in these pieces, in turn, with their labels."""
        for (found,), _ in self.parts((self.part,), numbers):
            yield found

    def none(self) -> Part:
        """No rows."""
        encoding = self.encoding
        frame = pl.DataFrame({target.name: pl.Series([], dtype=pl.Float64) for target in encoding.targets})
        labels = labels_of(encoding.targets, frame)
        weight, own = np.zeros(0), None if self.sample_weight is None else np.zeros(0)
        if self.sample_weight is None and self.class_weights is None:
            weight = None
        P, T = np.zeros((0, len(encoding.feature_names))), np.zeros((0, encoding.outputs))
        return Part(P, T, np.zeros(0, np.int64), labels, weight, own)


class PartRowsAtRandom(PartRows):
    """The same of files of which any piece can be had by its number."""

    def __len__(self) -> int:
        return len(self.files.pieces)

    @property
    def sizes(self) -> list[int]:
        """The rows of each piece."""
        return self.rows_of_pieces

    def at(self, number: int) -> tuple[Any, Any, Any]:
        """The rows of a piece."""
        piece, labelled = self.files.pieces[number], self.class_weights is not None
        (found,), _ = self.parts_of(piece, self.files.at(piece), (self.part,), labelled=labelled)
        return found.P, found.T, found.weight

    def parts(
        self, which: Sequence[int] = (0, 1, 2), numbers: Sequence[int] | None = None, *, labelled: bool = True
    ) -> Iterator[tuple[list[Part], tuple[str, ...]]]:
        """As of `PartRows`; others may read meanwhile."""
        for number in range(len(self)) if numbers is None else numbers:
            piece = self.files.pieces[number]
            yield self.parts_of(piece, self.files.at(piece), which, labelled=labelled)


def sample_weights(frame: pl.DataFrame, column: str | None) -> np.ndarray | None:
    """What each of some rows of many counts, by a column; raises DataError, with the row, for what is no weight."""
    if column is None:
        return None
    return weights_of(as_written(frame, [column]).frame[column], np.arange(frame.height), may_vanish=True)


class Gathered:
    """Rows that come block by block: all of them, or one of so many of more than fit."""

    def __init__(self, whole: bool, stride: int) -> None:
        self._stride = 1 if whole else stride
        self._kept: list[Part] = []

    def add(self, part: Part) -> None:
        """The next rows."""
        self._kept.append(_thinned(part, self._stride))

    def together(self, none: Part) -> Part:
        """What was gathered, or no rows."""
        columns = zip(*map(_arrays, self._kept or [none]), strict=True)
        return Part(*(None if values[0] is None else np.concatenate(values) for values in columns))  # pyright: ignore


def gathered_parts(
    rows: PartRows, fits: Sequence[bool], of_pieces: np.ndarray, readers: Readers = ALONE
) -> tuple[tuple[Part, Part | None, Part | None], GatheredNotes]:
    """The parts, whole if they fit, else some rows of them, spread over all; and notes on all rows.

    `of_pieces` are the rows of each piece in each part (pieces, parts). Of several processes each reads its share of
    the pieces, and tells the others its rows.
    """
    found = [Gathered(whole, stride_of(counts)) for whole, counts in zip(fits, of_pieces.T.tolist(), strict=True)]
    own = GatheredNotes()
    with readers.agreeing():
        share = readers.share(rows.rows_of_pieces)
        for number, (parts, said) in zip(share, rows.parts(numbers=share), strict=True):
            own.add(said, rows.files.pieces[number].before)
            for gathered, part in zip(found, parts, strict=True):
                gathered.add(part)
    notes = GatheredNotes()
    for said in readers.data(own.told()):
        notes.merge(said)
    train, validation, test = (_of_all(gathered.together(rows.none()), rows.encoding, readers) for gathered in found)
    if train is None:
        raise DataError("no row is a training row: give more rows, or another --split")
    return (train, validation, test), notes


def _of_all(part: Part, encoding: Encoding, readers: Readers) -> Part | None:
    """The rows that all processes have of a part, in the order of their pieces; None of no rows."""
    if readers.count > 1:
        columns = [part.P, part.T, part.rows, _as_numbers(part.labels, encoding), part.weight, part.sample_weight]
        P, T, rows, labels, *weights = [
            None if values is None else np.concatenate(readers.arrays(values)) for values in columns
        ]
        part = Part(P, T, rows, _as_labels(labels, encoding), *weights)  # pyright: ignore[reportArgumentType]
    return part if len(part.T) else None


def _as_numbers(labels: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Labels (rows,) or (rows, targets) as (rows, targets): values as they are, classes by their places."""
    columns = labels.T if labels.ndim == 2 else [labels]
    found = []
    for target, column in zip(encoding.targets, columns, strict=True):
        places = {label: place for place, label in enumerate(target.classes)}
        found.append([places[label] for label in column.tolist()] if places else column)
    return np.array(found, np.float64).T


def _as_labels(numbers: np.ndarray, encoding: Encoding) -> np.ndarray:
    """The inverse."""
    return side_by_side(
        [
            label_array(target.classes)[column.astype(int)] if target.classes else column
            for target, column in zip(encoding.targets, numbers.T, strict=True)
        ]
    )


def _thinned(part: Part, stride: int) -> Part:
    return Part(*(None if values is None else values[::stride] for values in _arrays(part)))  # pyright: ignore


def _arrays(part: Part) -> tuple[Any, ...]:
    return part.P, part.T, part.rows, part.labels, part.weight, part.sample_weight
