"""The rows of files, part by part: of which part each is, the training rows block by block, the other parts whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..data.encoding import Encoding
from ..data.prepared import Part
from ..data.roles import weights_of
from ..data.statistics import place_hashes
from ..data.stream import GatheredNotes, rows_after
from ..data.stream_files import Piece, TableFiles
from ..data.targets import encode_targets, labels_of
from ..data.written import as_written
from ..errors import DataError
from .settings import Settings
from .streamed_prediction import names_as_texts

PARTS = ("train", "validation", "test")
_SAMPLE = 20_000


class RowCut:
    """Of which part rows are."""

    def __init__(self, fractions: tuple[float, float, float], seed: int) -> None:
        self._edges = [round(edge * 2**64) - 1 for edge in np.cumsum(fractions)[:2].tolist()]
        self._seed = seed

    def hashes(self, files: TableFiles, piece: Piece) -> np.ndarray:
        """Of the rows of a piece."""
        return place_hashes(files.paths[piece.file].name, piece.before, piece.rows, self._seed)

    def parts(self, hashes: np.ndarray) -> np.ndarray:
        """0, 1 or 2 of each row."""
        first, second = (np.uint64(max(0, min(edge, 2**64 - 1))) for edge in self._edges)
        return (hashes > first).astype(np.int8) + (hashes > second)


class TrainingRows:
    """The training rows of files as blocks of arrays, any of which can be had by its number."""

    def __init__(self, files: TableFiles, encoding: Encoding, cut: RowCut, settings: Settings) -> None:
        self._files, self._encoding, self._cut = files, encoding, cut
        self._weight = settings.sample_weight
        self.notes = GatheredNotes()

    def __iter__(self) -> Iterator[Any]:
        return map(self.at, range(len(self._files.pieces)))

    def at(self, number: int) -> tuple[Any, Any, Any]:
        """The training rows of a piece."""
        part = self.parts(number)[0]
        return part.P, part.T, part.weight

    def place(self, number: int) -> str:
        """What messages call a piece."""
        piece = self._files.pieces[number]
        return f"{self._files.name(piece)}, rows {piece.before + 1:,} to {piece.before + piece.rows:,}: "

    def parts(self, number: int, *, note: bool = False) -> list[Part]:
        """The rows of a piece, by parts."""
        piece = self._files.pieces[number]
        table = self._files.at(piece)
        with rows_after(piece.before, self._files.name(piece)):
            frame = names_as_texts(table, self._encoding)
            P, notes = self._encoding.inputs_of(frame)
            T = encode_targets(self._encoding.targets, frame)
            weight = None
            if self._weight is not None:
                weight = weights_of(as_written(frame, [self._weight]).frame[self._weight], np.arange(frame.height))
        if note:
            self.notes.add((*table.notes, *notes), piece.before)
        of = self._cut.parts(self._cut.hashes(self._files, piece))
        there = ~np.isnan(T).any(axis=1)
        found = []
        for part in range(3):
            rows = np.flatnonzero(there & (of == part))
            labels = labels_of(self._encoding.targets, frame[rows]) if part or note else np.zeros(0)
            own = None if weight is None else weight[rows]
            found.append(Part(P[rows], T[rows], rows + piece.before, labels, own, own))
        return found


def gathered_parts(rows: TrainingRows) -> tuple[dict[str, Part | None], Part]:
    """The validation and the test part, and some training rows, spread over all."""
    found: dict[str, list[Part]] = {name: [] for name in PARTS}
    stride = 1
    for number in range(len(rows._files.pieces)):
        train, validation, test = rows.parts(number, note=True)
        found["validation"].append(validation)
        found["test"].append(test)
        found["train"].append(_thinned(train, stride))
        if sum(len(one.T) for one in found["train"]) > 2 * _SAMPLE:
            found["train"], stride = [_thinned(one, 2) for one in found["train"]], 2 * stride
    parts = {name: _together(of) for name, of in found.items()}
    sample = parts.pop("train")
    if sample is None:
        raise DataError("no row is a training row: give more rows, or another --split")
    return parts, sample


def _thinned(part: Part, stride: int) -> Part:
    return Part(*(None if values is None else values[::stride] for values in _arrays(part)))  # pyright: ignore


def _together(parts: Sequence[Part]) -> Part | None:
    if not sum(len(part.T) for part in parts):
        return None
    columns = zip(*map(_arrays, parts), strict=True)
    return Part(*(None if values[0] is None else np.concatenate(values) for values in columns))  # pyright: ignore


def _arrays(part: Part) -> tuple[Any, ...]:
    return part.P, part.T, part.rows, part.labels, part.weight, part.sample_weight
