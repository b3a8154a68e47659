"""What the files of a table hold: the columns, by the first rows; the encoding, by one passage through all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ..data.class_weights import class_weights_of_counts
from ..data.columns import identifier_note
from ..data.encoding import Encoding, check_name, input_names
from ..data.notes import Importance, Note
from ..data.statistics import ColumnStatistics
from ..data.stream import GatheredNotes, rows_after
from ..data.stream_files import Passed, Piece, TableFiles
from ..data.targets import infer_tasks, target_names
from ..data.written import Conventions, Writing, as_written
from ..errors import DataError
from ..training.readers import ALONE, Readers
from .arguments import column_of, ignored
from .settings import Settings
from .streamed_prediction import names_as_texts
from .streamed_rows import PARTS, RowCut, sample_weights
from .streamed_target import TargetStatistics

if TYPE_CHECKING:
    from ..data.table import Table


_FEWEST = 8
"""Of fewer rows nobody could say that they are counted."""


class Known(NamedTuple):
    """What the first rows of some files say of the columns."""

    names: list[str]
    targets: tuple[str, ...]
    group: str | None
    sample: pl.DataFrame
    writings: dict[str, Writing]
    task: str
    reason: str
    notes: tuple[str, ...]


def look(files: TableFiles, target: str | Sequence[str], settings: Settings) -> Known:
    """The columns, by the first rows of some files."""
    found = dict(files.beginnings())
    frames = list(found.values())
    try:
        sample = pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.PolarsError:
        sample = pl.concat([_as_texts(frame, frames) for frame in frames], how="diagonal_relaxed")
    targets = tuple(column_of(sample, one) for one in target_names(target))
    group = None if settings.group is None else _group(sample, settings.group)
    others = filter(None, [settings.sample_weight, group])
    left = list(dict.fromkeys((*ignored(sample, settings.ignore), *others)))
    names = input_names(sample, targets, left)
    conventions = Conventions(settings.dates, settings.decimal, tuple(ignored(sample, settings.text)))
    try:
        written = as_written(sample, names, conventions, targets, settings.task)
        task, reason = infer_tasks(written.frame, list(targets), settings.task)
    except DataError as error:
        raise DataError(_by_files(str(error), found)) from error
    notes = (*written.notes, *_identifiers(names, frames))
    return Known(names, targets, group, written.frame, written.writings, task, f"{reason} (of the first)", notes)


def _identifiers(names: Sequence[str], frames: Sequence[pl.DataFrame]) -> Iterator[str]:
    """What `identifier_note` tells of columns, where it does so of the first rows of every file."""
    long = [frame for frame in frames if frame.height >= _FEWEST]
    for name in names:
        told = [identifier_note(frame[name]) for frame in long]
        if told and all(told):
            yield from told[0]


def _by_files(told: str, found: Mapping[str, pl.DataFrame]) -> str:
    """A message with the row of a file for the row of the first rows of all of them together."""

    def place(match: re.Match[str]) -> str:
        row = int(match[1])
        for name, frame in found.items():
            if row <= frame.height:
                return f"row {row} of {name}"
            row -= frame.height
        return match[0]

    return re.sub(r"\brow (\d+)", place, told)


def _as_texts(frame: pl.DataFrame, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Columns that are text in one of the frames as text."""
    texts = {name for one in frames for name, kind in one.schema.items() if kind == pl.String}
    return frame.with_columns(pl.col(name).cast(pl.String) for name in texts if name in frame.columns)


def _group(sample: pl.DataFrame, name: str) -> str:
    found = column_of(sample, name)
    check_name(sample, found, "group")
    return found


def width_of(known: Known) -> int:
    """How many numbers a row is about, by the first rows."""
    try:
        fitted = Encoding.of_written(
            known.sample,
            known.targets,
            known.task,
            [c for c in known.sample.columns if c not in (*known.names, *known.targets)],
        )
        return len(fitted.feature_names) + fitted.outputs
    except DataError:
        return 2 * len(known.names) + 1


class Learnt(NamedTuple):
    """What a passage through the training rows has told, and how many rows of each part each piece has."""

    encoding: Encoding
    constant: dict[str, Any]
    of_pieces: np.ndarray
    """(pieces, parts)."""
    class_weights: list[np.ndarray] | None
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each part has."""
        return dict(zip(PARTS, self.of_pieces.sum(axis=0).tolist(), strict=True))


class Passage:
    """What rows of the files hold, piece by piece."""

    def __init__(self, files: TableFiles, known: Known, settings: Settings, cut: RowCut) -> None:
        self._files, self._cut, self._sample_weight = files, cut, settings.sample_weight
        self.unused = [name for name in known.sample.columns if name not in (*known.names, *known.targets)]
        self.columns: list[ColumnStatistics] = []
        self.notes: list[str] = []
        for name in known.names:
            if known.sample[name].null_count() == known.sample.height:
                self.unused.append(name)
                told = f"column {name!r} is left out: it is missing in the first rows of the files"
                self.notes.append(Note(told, Importance.LEFT_OUT))
            else:
                self.columns.append(ColumnStatistics(known.sample[name], known.writings.get(name)))
        self.targets = [TargetStatistics(known.sample[t], known.task, known.writings.get(t)) for t in known.targets]
        self.counts: list[list[int]] = []
        """Of each piece, how many rows it has in each part."""
        self.left_out = 0
        self.gathered = GatheredNotes()

    def add(self, piece: Piece, table: Table) -> None:
        """The rows of a piece."""
        self.gathered.add(table.notes, piece.before)
        with rows_after(piece.before, self._files.name(piece)):
            hashes = self._cut.hashes(self._files, piece)
            read = [target.read(table.frame[target.name]) for target in self.targets]
            for target, series in zip(self.targets, read, strict=True):
                target.look(series)
            there = ~np.any([_missing(series) for series in read], axis=0)
            part = self._cut.parts(hashes, table.frame)
            taken = there & (part == 0)
            self.left_out += int((~there).sum())
            self.counts.append([int((there & (part == number)).sum()) for number in range(len(PARTS))])
            frame = _texts_kept(table, self.columns)
            for column in self.columns:
                column.add(frame[column.name], hashes, taken)
            weight = sample_weights(table.frame, self._sample_weight)
            for target, series in zip(self.targets, read, strict=True):
                target.add(series.filter(pl.Series(taken)), None if weight is None else weight[taken])

    def again(self, piece: Piece, table: Table, columns: Sequence[ColumnStatistics]) -> None:
        """The rows of a piece that `add` was given, for other statistics of some columns."""
        with rows_after(piece.before, self._files.name(piece)):
            hashes = self._cut.hashes(self._files, piece)
            there = ~np.any([_missing(target.read(table.frame[target.name])) for target in self.targets], axis=0)
            taken = there & (self._cut.parts(hashes, table.frame) == 0)
            for column in columns:
                column.add(table.frame[column.name], hashes, taken)

    def share(self, readers: Readers) -> None:
        """Take in what other processes have seen of their pieces, as they do."""
        own = {
            "left out": self.left_out,
            "notes": self.gathered.told(),
            "targets": [target.told() for target in self.targets],
        }
        self.gathered = GatheredNotes()
        told = readers.data(own)
        for number, one in enumerate(told):
            self.gathered.merge(one["notes"])
            if number != readers.number:
                self.left_out += one["left out"]
                for target, of_target in zip(self.targets, one["targets"], strict=True):
                    target.merge(of_target)
        for target, *of_all in zip(self.targets, *(one["targets"] for one in told), strict=True):
            target.hold_ranges(of_all)
        _share_columns(self.columns, readers)
        found = np.hstack([np.array(self._files.pieces, int).reshape(-1, len(Piece._fields)), self.of_pieces])
        rows = np.concatenate(readers.arrays(found))
        self._files.hold([Piece(*row[: len(Piece._fields)].tolist()) for row in rows])
        self.counts = rows[:, len(Piece._fields) :].tolist()

    @property
    def of_pieces(self) -> np.ndarray:
        """The counts of the pieces (pieces, parts)."""
        return np.array(self.counts, int).reshape(-1, len(PARTS))


def _share_columns(columns: Sequence[ColumnStatistics], readers: Readers) -> None:
    """Take in what other processes have seen of the columns, as they do."""
    told = readers.data([column.told() for column in columns])
    for place, column in enumerate(columns):
        for number, one in enumerate(told):
            if number != readers.number:
                column.merge(one[place])
        column.hold_ranges([one[place] for one in told])
        if column.samples:
            for number, (values, hashes) in enumerate(_samples(readers, *column.sampled())):
                if number != readers.number:
                    column.merge_sample(values, hashes)


def _samples(readers: Readers, values: np.ndarray, hashes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for found in readers.arrays(np.stack([values.view(np.uint64), hashes], axis=1)):
        yield np.ascontiguousarray(found[:, 0]).view(np.float64), found[:, 1]


def learn(files: TableFiles, known: Known, settings: Settings, cut: RowCut, readers: Readers = ALONE) -> Learnt:
    """What the training rows of the files tell; of several processes each passes through its share of them."""
    with readers.agreeing():
        seen, passed = Passage(files, known, settings, cut), files.passed()
        share = readers.share([one.bytes for one in passed])
        own = passed[share.start : share.stop]
        for piece, table in files.walk(own):
            seen.add(piece, table)
    if readers.count > 1:
        seen.share(readers)
    unused, notes, inputs = seen.unused, seen.notes, []
    for column in _without_far(files, seen, own, readers):
        found, said = column.column()
        notes += said
        inputs += [] if found is None else [found]
        unused += [column.name] if found is None else []
    if not inputs:
        raise DataError(f"no input column is left ({'; '.join(notes)}): give at least one that varies")
    if seen.left_out:
        notes.append(Note(f"{seen.left_out:,} rows without a target are left out", Importance.LEFT_OUT))
    fitted = tuple(target.encoding() for target in seen.targets)
    notes += [note for target in seen.targets for note in target.notes()]
    if len(fitted) > 1 and any(len(one.classes) > 2 for one in fitted):
        raise DataError("several targets are all measured, or all of two classes: train them apart")
    each = [target.constant() for target in seen.targets]
    constant = each[0] if len(each) == 1 else {"targets": each}
    encoding = Encoding(tuple(inputs), fitted, tuple(notes), tuple(dict.fromkeys(unused)))
    weights = None
    if settings.class_weight is not None:
        weights = class_weights_of_counts(fitted, [target.counts() for target in seen.targets], settings.class_weight)
    return Learnt(encoding, constant, seen.of_pieces, weights, tuple(seen.gathered))


def _without_far(files: TableFiles, seen: Passage, own: Sequence[Passed], readers: Readers) -> list[ColumnStatistics]:
    """The columns, of which those with values ruinously far off are learnt again without these, in a passage more."""
    again = {column.name: found for column in seen.columns if (found := column.within()) is not None}
    if again:
        pieces = files.pieces
        with readers.agreeing():
            for piece, table in files.walk(own):
                seen.again(piece, table, list(again.values()))
        files.hold(pieces)
        if readers.count > 1:
            _share_columns(list(again.values()), readers)
    return [again.get(column.name, column) for column in seen.columns]


def _missing(series: pl.Series) -> np.ndarray:
    missing = series.is_null()
    return (missing | series.is_nan().fill_null(False)).to_numpy() if series.dtype.is_float() else missing.to_numpy()


def _texts_kept(table: Table, columns: Sequence[ColumnStatistics]) -> pl.DataFrame:
    """The rows, in which columns of names that look like numbers here are text as they stand."""
    from ..data.categorical import CategoricalColumn

    names = tuple(CategoricalColumn(column.name, (), True) for column in columns if column.holds_texts)
    blank: Any = type("_Inputs", (), {"inputs": names})
    return names_as_texts(table, blank)
