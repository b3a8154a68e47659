"""What the files of a table hold: the columns, by the first rows; the encoding, by one passage through all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ..data.class_weights import class_weights_of_counts
from ..data.encoding import Encoding, input_names
from ..data.notes import Importance, Note
from ..data.statistics import ColumnStatistics
from ..data.stream import GatheredNotes, rows_after
from ..data.stream_files import TableFiles
from ..data.targets import infer_tasks, target_names
from ..data.written import Conventions, Writing, as_written
from ..errors import ArgumentError, DataError, unknown
from .arguments import column_of, ignored
from .settings import Settings
from .streamed_prediction import names_as_texts
from .streamed_rows import PARTS, RowCut, sample_weights
from .streamed_target import TargetStatistics

if TYPE_CHECKING:
    from ..data.table import Table


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
    return Known(
        names, targets, group, written.frame, written.writings, task, f"{reason} (of the first)", written.notes
    )


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
    if found not in sample.columns:
        raise ArgumentError(f"--group: {unknown('column', name, sample.columns)}")
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
    """What a passage through the training rows has told, and how many rows each part has."""

    encoding: Encoding
    constant: dict[str, Any]
    counts: dict[str, int]
    class_weights: list[np.ndarray] | None
    notes: tuple[str, ...]


def learn(files: TableFiles, known: Known, settings: Settings, cut: RowCut) -> Learnt:
    """What the training rows of the files tell."""
    columns: list[ColumnStatistics] = []
    notes: list[str] = []
    unused = [name for name in known.sample.columns if name not in (*known.names, *known.targets)]
    for name in known.names:
        if known.sample[name].null_count() == known.sample.height:
            unused.append(name)
            told = f"column {name!r} is left out: it is missing in the first rows of the files"
            notes.append(Note(told, Importance.LEFT_OUT))
        else:
            columns.append(ColumnStatistics(known.sample[name], known.writings.get(name)))
    targets = [TargetStatistics(known.sample[t], known.task, known.writings.get(t)) for t in known.targets]
    counts, left_out = [0, 0, 0], 0
    gathered = GatheredNotes()
    for piece, table in files.walk():
        gathered.add(table.notes, piece.before)
        with rows_after(piece.before, files.name(piece)):
            hashes = cut.hashes(files, piece)
            read = [target.read(table.frame[target.name]) for target in targets]
            for target, series in zip(targets, read, strict=True):
                target.look(series)
            there = ~np.any([_missing(series) for series in read], axis=0)
            part = cut.parts(hashes, table.frame)
            taken = there & (part == 0)
            left_out += int((~there).sum())
            for number in range(3):
                counts[number] += int((there & (part == number)).sum())
            frame = _texts_kept(table, columns)
            for column in columns:
                column.add(frame[column.name], hashes, taken)
            weight = sample_weights(table.frame, settings.sample_weight)
            for target, series in zip(targets, read, strict=True):
                target.add(series.filter(pl.Series(taken)), None if weight is None else weight[taken])
    inputs = []
    for column in _without_far(files, columns, targets, cut):
        found, said = column.column()
        notes += said
        inputs += [] if found is None else [found]
        unused += [column.name] if found is None else []
    if not inputs:
        raise DataError(f"no input column is left ({'; '.join(notes)}): give at least one that varies")
    if left_out:
        notes.append(Note(f"{left_out:,} rows without a target are left out", Importance.LEFT_OUT))
    fitted = tuple(target.encoding() for target in targets)
    notes += [note for target in targets for note in target.notes()]
    if len(fitted) > 1 and any(len(one.classes) > 2 for one in fitted):
        raise DataError("several targets are all measured, or all of two classes: train them apart")
    each = [target.constant() for target in targets]
    constant = each[0] if len(each) == 1 else {"targets": each}
    encoding = Encoding(tuple(inputs), fitted, tuple(notes), tuple(dict.fromkeys(unused)))
    weights = None
    if settings.class_weight is not None:
        weights = class_weights_of_counts(fitted, [target.counts() for target in targets], settings.class_weight)
    return Learnt(encoding, constant, dict(zip(PARTS, counts, strict=True)), weights, tuple(gathered))


def _without_far(
    files: TableFiles, columns: list[ColumnStatistics], targets: Sequence[TargetStatistics], cut: RowCut
) -> list[ColumnStatistics]:
    """The columns, of which those with values ruinously far off are learnt again without these, in a passage more."""
    again = {column.name: found for column in columns if (found := column.within()) is not None}
    if again:
        for piece, table in files.walk():
            with rows_after(piece.before, files.name(piece)):
                hashes = cut.hashes(files, piece)
                there = ~np.any([_missing(one.read(table.frame[one.name])) for one in targets], axis=0)
                taken = there & (cut.parts(hashes, table.frame) == 0)
                for name, column in again.items():
                    column.add(table.frame[name], hashes, taken)
    return [again.get(column.name, column) for column in columns]


def _missing(series: pl.Series) -> np.ndarray:
    missing = series.is_null()
    return (missing | series.is_nan().fill_null(False)).to_numpy() if series.dtype.is_float() else missing.to_numpy()


def _texts_kept(table: Table, columns: Sequence[ColumnStatistics]) -> pl.DataFrame:
    """The rows, in which columns of names that look like numbers here are text as they stand."""
    from ..data.categorical import CategoricalColumn

    names = tuple(CategoricalColumn(column.name, (), True) for column in columns if column.holds_texts)
    blank: Any = type("_Inputs", (), {"inputs": names})
    return names_as_texts(table, blank)
