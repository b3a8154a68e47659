"""Parquet and Arrow: tried in a child process first, since Polars can end the process that reads a damaged file.

The child may take some memory beyond what the table may, and no more.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from thalweg.errors import FileError

from .limits import too_large

_REFUSED, _TOO_LARGE = 3, 4

_BOUND = """
import sys
import polars
try:
    import resource
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 4 * int(sys.argv[2]) + (1 << 30), resource.RLIM_INFINITY))
except (ImportError, OSError, ValueError):
    pass  # another system: it is bounded by what the file claims alone
"""
"""Bounds the memory of the process, so that a file that blows up ends it, and not the machine."""

_TRIAL = f"""
import io, sys
import polars as pl
kind, most = sys.argv[1], int(sys.argv[2])
raw = sys.stdin.buffer.read()
try:
    if kind == ".parquet":
        scanned = pl.scan_parquet(io.BytesIO(raw))
        if scanned.select(pl.len()).collect().item() * max(1, len(scanned.collect_schema())) > most:
            sys.exit({_TOO_LARGE})
        frame = pl.read_parquet(io.BytesIO(raw))
    else:
        frame = pl.read_ipc(io.BytesIO(raw))
    if frame.estimated_size() > most:
        sys.exit({_TOO_LARGE})
    for series in frame.iter_columns():
        if series.dtype in (pl.Categorical, pl.Enum):
            series = series.cast(pl.String)
        if series.dtype == pl.String:
            series.str.len_chars().max()
        elif series.dtype.is_nested():
            series.to_list()
        series.n_unique() if series.dtype.is_numeric() else series.null_count()
except BaseException as error:
    if isinstance(error, SystemExit):
        raise
    print(str(error).strip().partition("\\n")[0] or type(error).__name__)
    sys.exit({_REFUSED})
"""
"""Reads a table from the standard input and looks at all its values; `sys.argv` holds the format and the most bytes."""


def read_columns(raw: bytes, name: str, suffix: str, most: int) -> pl.DataFrame:
    """The table in the bytes of a Parquet (`.parquet`) or an Arrow file.

    Raises FileError for one that is damaged, or that unpacks to more than `most` bytes.
    """
    refusal = _tried(raw, name, suffix, most)
    if refusal is not None:
        raise refusal
    return (pl.read_parquet if suffix == ".parquet" else pl.read_ipc)(io.BytesIO(raw))


_TRIAL_OF_FILES = f"""
import sys
import polars as pl
step, paths = int(sys.argv[1]), sys.stdin.read().split("\\0")
how = {{"glob": False, "hive_partitioning": False}}
for path in paths:
    print(path, flush=True)
    try:
        scanned = (pl.scan_parquet if path.lower().endswith(".parquet") else pl.scan_ipc)(path, **how)
        rows, width = scanned.select(pl.len()).collect().item(), max(1, len(scanned.collect_schema()))
        size = max(1, step // width)
        for before in range(0, rows, size):
            for series in scanned.slice(before, size).collect().iter_columns():
                if series.dtype in (pl.Categorical, pl.Enum):
                    series = series.cast(pl.String)
                if series.dtype == pl.String:
                    series.str.len_chars().max()
                elif series.dtype.is_nested():
                    series.to_list()
                series.max() if series.dtype.is_numeric() else series.null_count()
    except BaseException as error:
        print(str(error).strip().partition("\\n")[0] or type(error).__name__)
        sys.exit({_REFUSED})
"""
"""Looks at all values of files, so many at once; their paths come in, and each goes out before it is looked at."""
_VALUES = 1 << 21


def check_column_files(paths: Sequence[Path]) -> None:
    """Raise FileError for a Parquet or an Arrow file that is damaged; their values are looked at in a child process.

    Of their blocks no more than some are in memory at a time.
    """
    if not sys.executable or not paths:
        return
    seconds = 60 + sum(path.stat().st_size for path in paths) / 1e7
    process = [sys.executable, "-c", _TRIAL_OF_FILES, str(_VALUES)]
    given = "\0".join(map(str, paths)).encode()
    try:
        ended = subprocess.run(
            process, input=given, capture_output=True, env=_environment(), timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        begun = (error.stdout or b"").decode(errors="replace").splitlines()
        raise FileError(f"{begun[-1] if begun else paths[0]}: reading it does not end: write it again") from None
    except OSError:
        return
    said = ended.stdout.decode(errors="replace").splitlines()
    told = "{}: damaged, or not a Parquet or Arrow file ({}): write or download it again"
    if ended.returncode == _REFUSED and len(said) > 1:
        raise FileError(told.format(said[-2], said[-1].strip()))
    if ended.returncode < 0 or ended.returncode in (134, 139):
        raise FileError(told.format(said[-1] if said else paths[0], "reading it ends the process that does"))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _tried(raw: bytes, name: str, suffix: str, most: int) -> FileError | None:
    """What a child process that read the file ended with; None if it could, or if no child can be had."""
    if not sys.executable:
        return None
    told = f"{name}: damaged, or not a {suffix} file ({{}}): write or download it again"
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _BOUND + _TRIAL, suffix, str(most)],
            input=raw,
            capture_output=True,
            env=_environment(),
            timeout=60 + len(raw) / 1e7,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return FileError(told.format("reading it does not end"))
    except OSError:
        return None
    if ended.returncode == _TOO_LARGE:
        return too_large(name, "it unpacks to more bytes", most)
    if ended.returncode == _REFUSED:
        return FileError(told.format(ended.stdout.decode(errors="replace").strip()))
    if ended.returncode < 0 or ended.returncode in (134, 139):
        return FileError(told.format("reading it ends the process that does"))
    return None
