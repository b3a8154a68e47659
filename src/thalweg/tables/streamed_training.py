"""From files of any size to a trained, scored model: statistics in one pass, a split by hashes, epochs of blocks."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ..core.network import Network
from ..data.class_weights import check_class_weight, class_weights_of_counts
from ..data.encoding import Encoding, input_names
from ..data.notes import Importance, Note, most_important_first
from ..data.prepared import Prepared
from ..data.split import parse_fractions
from ..data.statistics import ColumnStatistics
from ..data.stream import GatheredNotes, rows_after
from ..data.stream_arrays import found_files
from ..data.stream_files import TableFiles
from ..data.targets import infer_tasks, target_names
from ..data.written import Conventions, Writing, as_written
from ..errors import ArgumentError, DataError, unknown
from ..files.model import Model
from ..training.blocks import Blocks
from ..training.callbacks import Callback
from ..training.loop import train
from ..training.outcome import findings_of
from ..training.stream_recipe import COPIES
from .arguments import column_of, ignored, training_options, wants_several
from .no_better import no_better
from .objects import build_network, build_rule, schedule_numbers
from .record import training_record
from .score import score
from .settings import Settings
from .streamed_prediction import names_as_texts
from .streamed_rows import PARTS, PartRows, RowCut, gathered_parts, sample_weights
from .streamed_scoring import part_scores
from .streamed_target import TargetStatistics

if TYPE_CHECKING:
    from ..data.table import Table
    from .training import Trained

_BYTES = 12
"""Of a number of a part that is kept: in float64, and a copy in float32."""
_NOT_STREAMED = {
    "folds": None, "members": None, "best": False, "time": None, "stratify": None, "pieces": 0,
    "missing_targets": "leave-out", "many_texts": "leave-out",
}  # fmt: skip


def refusal(settings: Settings) -> str | None:
    """The option that goes with tables in memory alone, if one was given."""
    return next((name for name, usual in _NOT_STREAMED.items() if getattr(settings, name) != usual), None)


class _Known(NamedTuple):
    """What the first rows of some files say of the columns."""

    names: list[str]
    targets: tuple[str, ...]
    group: str | None
    sample: pl.DataFrame
    writings: dict[str, Writing]
    task: str
    reason: str
    notes: tuple[str, ...]


def train_files(
    source: Any,
    target: str | Sequence[str],
    settings: Settings | None = None,
    *,
    memory: int = 2 * 10**9,
    name: str = "files",
    callbacks: Sequence[Callback] = (),
    verbose: bool | None = None,
    checkpoint: Any = None,
    on_prepared: Callable[[Prepared, Network, dict[str, int]], Any] = lambda prepared, net, rows: None,
) -> Trained:
    """Train a network on the rows of files that need not fit in memory, and score it on its test rows.

    A first passage learns the encoding from the training rows: counts, means and deviations exactly, medians by a
    sample (`ColumnStatistics`). A row's part is told by a hash of its file's name and its number, so that it does not
    depend on the order in which files are read; with `settings.group` by a hash of its group's name. Validation and
    test rows are kept if they fit in a sixth of the memory each, and else stream as training rows do: validation rows
    once an epoch, test rows once, for scores that are exact. Of those `Trained` has some, spread over all.

    Args:
        source: A file, a folder, a pattern, or a list of such: Parquet, Arrow, CSV, TSV or NDJSON files of one table.
        target: The name of the column to predict, or of several.
        settings: How to train; what needs all rows at once (folds, times, strata) is refused.
        memory: The bytes that rows may take.
        name: What the record calls the files.
        callbacks: As in `tw.train`.
        verbose: As in `tw.train`.
        checkpoint: As in `tw.train`.
        on_prepared: Called before the training starts, with what was understood (of the training rows some stand for
            all), the network, and how many rows each part has.

    Raises ArgumentError for settings, DataError and FileError for files that cannot be used, with file and row.
    """
    from .training import Trained

    settings = settings or Settings()
    _refuse(settings)
    build_rule(settings)
    check_class_weight(settings.class_weight)
    files = TableFiles(found_files(source), header=not settings.no_header)
    known = _look(files, target, settings)
    width = _width(known)
    files.about()
    files.in_pieces_of(_of_training(memory) // (COPIES * 4 * (width + 1) * 8))
    cut = RowCut(parse_fractions(settings.split), settings.seed, known.group)
    learnt = _learn(files, known, settings, cut)
    encoding, constant, counts = learnt.encoding, learnt.constant, learnt.counts
    rows = PartRows(files, encoding, cut, settings.sample_weight, learnt.class_weights)
    width = len(encoding.feature_names) + encoding.outputs
    fits = [_BYTES * width * counts[part] <= memory / COPIES for part in PARTS[1:]]
    parts, noted = gathered_parts(rows, [False, *fits])
    told = (*known.notes, *_streamed(counts, fits), *learnt.notes, *encoding.notes)
    prepared = Prepared(encoding, known.task, known.reason, *parts, told)
    net = build_network(encoding, settings)
    on_prepared(prepared, net, counts)
    options = training_options(prepared, net, dataclasses.replace(settings, schedule="fixed", final_momentum=None))
    options["optimizer"] = schedule_numbers(build_rule(settings)[0], settings, counts["train"])
    del options["sample_weight"]
    for number, part in enumerate(PARTS[1:]):
        if not fits[number] and options[part] is not None:
            options[part] = Blocks(rows.of_part(number + 1), memory // COPIES)
    run = train(
        net, Blocks(rows, _of_training(memory)), **options, callbacks=callbacks, verbose=verbose, checkpoint=checkpoint
    )
    model = Model.from_run(run, encoding)
    scores = prediction = actual = None
    findings: tuple[str, ...] = ()
    test = prepared.test
    if test is not None:
        prediction, actual = model.predict_rows(test.P), test.labels
        weighed: dict[str, Any] = {"sample_weight": test.sample_weight, "weighed_by": settings.sample_weight}
        if fits[1]:
            scores = score(encoding, actual, prediction, constant, **weighed)
        else:
            scores = part_scores(model, rows.of_part(2), constant, settings.sample_weight)
        findings = no_better(scores)
    findings = (*(str(one) for one in findings_of(run, encoding.output_names or None)), *findings)
    notes = (*(Note(one, Importance.MAY_BE_WRONG) for one in findings), *prepared.notes, *noted)
    prepared = dataclasses.replace(prepared, notes=most_important_first(notes))
    tables: dict[str, Any] = {f"{key}table": ("", None) for key in ("", "validation_", "test_")}
    found = training_record(model, prepared, settings, tables, scores and scores.to_dict(), constant)
    found["split"] = counts
    digest = hashlib.sha256("\0".join(f"{path.name} {path.stat().st_size}" for path in files.paths).encode())
    columns = known.sample.columns
    found["table"] = {"name": name, "rows": sum(counts.values()), "fingerprint": digest.hexdigest(), "columns": columns}
    found["files"] = {"name": name, "count": len(files.paths), "rows": sum(counts.values()), "memory": memory}
    return Trained(model.with_record(found), prepared, run, scores, findings, actual, prediction)


def _refuse(settings: Settings) -> None:
    given = refusal(settings)
    if given is not None or wants_several(settings):
        option = f"--{(given or 'folds').replace('_', '-')}"
        raise ArgumentError(f"{option} needs all rows at once, and these stream: leave it out, or give more --memory")


def _look(files: TableFiles, target: str | Sequence[str], settings: Settings) -> _Known:
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
    return _Known(
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


def _width(known: _Known) -> int:
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


def _streamed(counts: dict[str, int], fits: Sequence[bool]) -> list[Note]:
    """What it means that parts do not fit."""
    told = []
    if not fits[0]:
        told.append(
            f"the {counts['validation']:,} validation rows do not fit in the memory: each epoch reads the files a "
            "second time for them, which a smaller share spares, such as --split 98/1/1"
        )
    if not fits[1]:
        told.append(
            f"the {counts['test']:,} test rows do not fit in the memory: their scores are of all of them, and what "
            "shows single rows is of some, spread over all"
        )
    return [Note(one, Importance.ASIDE) for one in told]


def _of_training(memory: int) -> int:
    """What training rows may take: a sixth of the memory is for the validation part, and one for the test part."""
    return 2 * memory // 3


class _Learnt(NamedTuple):
    """What a passage through the training rows has told, and how many rows each part has."""

    encoding: Encoding
    constant: dict[str, Any]
    counts: dict[str, int]
    class_weights: list[np.ndarray] | None
    notes: tuple[str, ...]


def _learn(files: TableFiles, known: _Known, settings: Settings, cut: RowCut) -> _Learnt:
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
    for column in columns:
        found, said = column.column()
        notes += said
        inputs += [] if found is None else [found]
        unused += [column.name] if found is None else []
    if not inputs:
        raise DataError(f"no input column is left ({'; '.join(notes)}): give at least one that varies")
    if left_out:
        notes.append(Note(f"{left_out:,} rows without a target are left out", Importance.LEFT_OUT))
    fitted = tuple(target.encoding() for target in targets)
    if len(fitted) > 1 and any(len(one.classes) > 2 for one in fitted):
        raise DataError("several targets are all measured, or all of two classes: train them apart")
    each = [target.constant() for target in targets]
    constant = each[0] if len(each) == 1 else {"targets": each}
    encoding = Encoding(tuple(inputs), fitted, tuple(notes), tuple(dict.fromkeys(unused)))
    weights = None
    if settings.class_weight is not None:
        weights = class_weights_of_counts(fitted, [target.counts() for target in targets], settings.class_weight)
    return _Learnt(encoding, constant, dict(zip(PARTS, counts, strict=True)), weights, tuple(gathered))


def _missing(series: pl.Series) -> np.ndarray:
    missing = series.is_null()
    return (missing | series.is_nan().fill_null(False)).to_numpy() if series.dtype.is_float() else missing.to_numpy()


def _texts_kept(table: Table, columns: Sequence[ColumnStatistics]) -> pl.DataFrame:
    """The rows, in which columns of names that look like numbers here are text as they stand."""
    from ..data.categorical import CategoricalColumn

    names = tuple(CategoricalColumn(column.name, (), True) for column in columns if column.holds_texts)
    blank: Any = type("_Inputs", (), {"inputs": names})
    return names_as_texts(table, blank)
