"""Parquet and Arrow files as arrays of inputs and targets, some rows of one file at a time."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError, FileError, nearest
from thalweg.opening import ordinary_file

from .column_files import check_column_files
from .limits import DAMAGE
from .reading import format_of
from .stream import COLUMN_FILES, Watched, count_rows, read_rows, scan

_SHARE = 48
"""A block is this part of the memory: an eighth of a buffer, in numbers of eight bytes."""


@dataclass(frozen=True, eq=False)
class ArrayFiles:
    """Blocks of rows of files: any of them can be had by its number, each as (P, T, sample weights or None)."""

    files: tuple[Watched, ...]
    pieces: tuple[tuple[int, int, int], ...]
    """The file, the rows before, and the rows of each block."""
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    sample_weight: str | None

    @classmethod
    def found(
        cls, source: Any, target: str | Sequence[str], inputs: Sequence[str] | None, weight: str | None, memory: int
    ) -> ArrayFiles:
        """The blocks of a file, a folder, a pattern, or a list of these, in the order of their names.

        Raises FileError and DataError for files that cannot be used, ArgumentError for columns that there are not.
        """
        if isinstance(inputs, str):
            raise ArgumentError(f"inputs is the text {inputs!r} and should be a list of columns: [{inputs!r}]")
        targets = (target,) if isinstance(target, str) else tuple(target)
        files: list[Watched] = []
        counts: list[int] = []
        first: tuple[str, pl.Schema] | None = None
        paths = found_files(source)
        for path in paths:
            suffix = format_of(path)
            if suffix not in COLUMN_FILES:
                raise FileError(
                    f"{path}: blocks come from {', '.join(COLUMN_FILES)} files: write it as Parquet first, "
                    "such as pl.scan_csv(path).sink_parquet(other)"
                )
            ordinary_file(path, "check the path")
        check_column_files(paths)
        for path in paths:
            suffix = format_of(path)
            files.append(Watched(path, str(path)))
            try:
                schema, rows = scan(path, suffix).collect_schema(), count_rows(path, suffix)
            except (pl.exceptions.PolarsError, *DAMAGE) as error:
                reason = str(error).strip().partition("\n")[0]
                raise FileError(f"{path}: damaged, or not a {suffix} file ({reason})") from error
            if not rows:
                raise DataError(f"{path}: the file has no rows: leave it out")
            counts.append(rows)
            if first is None:
                first = str(path), schema
                inputs = _inputs(schema, str(path), targets, inputs, weight)
            else:
                _check_alike(first, str(path), schema, (*(inputs or ()), *targets, *([weight] if weight else ())))
        taken = tuple(inputs or ())
        step = max(1, memory // (_SHARE * 8 * (len(taken) + len(targets) + 1)))
        pieces = [
            (number, before, min(step, rows - before))
            for number, rows in enumerate(counts)
            for before in range(0, rows, step)
        ]
        return cls(tuple(files), tuple(pieces), taken, targets, weight)

    def __iter__(self) -> Iterator[Any]:
        return map(self.at, range(len(self.pieces)))

    def at(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """A block; raises DataError, with file, column and row, for what is no number or missing."""
        of, before, rows = self.pieces[number]
        file = self.files[of]
        columns = (*self.inputs, *self.targets, *([self.sample_weight] if self.sample_weight else ()))
        frame = read_rows(file, format_of(file.path), before, rows, columns)
        values = [_numbers(frame[name], file.name, before) for name in columns]
        P = np.column_stack(values[: len(self.inputs)])
        T = np.column_stack(values[len(self.inputs) : len(self.inputs) + len(self.targets)])
        return P, T, values[-1] if self.sample_weight else None

    def check(self) -> None:
        """Raise FileError if a file has changed or vanished."""
        for file in self.files:
            file.check()

    def place(self, number: int) -> str:
        """What messages call a block."""
        of, before, rows = self.pieces[number]
        return f"{self.files[of].name}, rows {before + 1:,} to {before + rows:,}: "


def found_files(source: Any) -> list[Path]:
    """The files of a path, a folder, a pattern, or a list of such, those of each in the order of their names.

    Raises FileError where there are none.
    """
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [path for one in source for path in found_files(one)]
    path = Path(source).expanduser()
    if path.is_dir():
        found = sorted(
            one for one in path.rglob("*") if one.is_file() and not one.name.startswith((".", "_")) and one.suffix
        )
        if not found:
            raise FileError(f"{source}: this is a folder, and no file is in it: name another, or a pattern")
        return found
    if not path.exists() and any(letter in str(source) for letter in "*?["):
        found = sorted(Path(one) for one in glob.glob(str(path), recursive=True) if Path(one).is_file())  # noqa: PTH207 - from the root, too
        if not found:
            raise FileError(f"{source}: no file is called so: check the pattern")
        return found
    return [path]


def _inputs(
    schema: pl.Schema, name: str, targets: Sequence[str], inputs: Sequence[str] | None, weight: str | None
) -> tuple[str, ...]:
    for role, column in [
        *(("target", one) for one in targets),
        *(("input", one) for one in inputs or ()),
        *([("sample_weight", weight)] if weight else []),
    ]:
        if column not in schema:
            near = nearest(column, list(schema), cutoff=0.5)
            hint = f"did you mean {near!r}?" if near else f"the columns are {', '.join(list(schema)[:20])}"
            raise ArgumentError(f"{role} {column!r} is not a column of {name}: {hint}")
    taken = tuple(inputs) if inputs is not None else tuple(c for c in schema if c not in (*targets, weight))
    if not taken:
        raise ArgumentError(f"no column of {name} is left as input: name some, inputs=[...]")
    for column in (*taken, *targets, *([weight] if weight else ())):
        kind = schema[column]
        if not (kind.is_numeric() or kind == pl.Boolean):
            raise DataError(
                f"{name}: column {column!r} is of type {kind}; blocks of arrays hold numbers: encode it first, or name "
                "the inputs without it, inputs=[...]"
            )
    return taken


def _check_alike(first: tuple[str, pl.Schema], name: str, schema: pl.Schema, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in schema:
            raise DataError(f"{name}: column {column!r} is missing, which {first[0]} has: give files of one schema")
        before, now = first[1][column], schema[column]
        if before != now and not (before.is_numeric() and now.is_numeric()):
            raise DataError(f"{name}: column {column!r} is {now}, and {before} in {first[0]}: give files of one schema")


def _numbers(series: pl.Series, name: str, before: int) -> np.ndarray:
    values = series.cast(pl.Float64).to_numpy()
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(wrong.argmax())
        what = "missing" if series[row] is None else f"{values[row]}"
        raise DataError(
            f"{name}: column {series.name!r} is {what} in row {before + row + 1}: fill it in, or leave the row out"
        )
    return values
