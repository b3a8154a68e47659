"""Opening a file to read: an ordinary one, or one line that says why not; never a wait for a pipe or a device."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from ..errors import FileError

STANDARD_INPUT = "-"
"""The name of the standard input among the files."""


def ordinary_file(path: object, remedy: str) -> Path:
    """The path of an ordinary file, its `~` expanded; `remedy` says in messages what to give instead.

    Raises FileError for what is no path, for a name that cannot be opened, for a missing file, a folder, and for a
    device or a pipe, which are not opened at all.

    >>> ordinary_file("no/such/file.csv", "check the path")
    Traceback (most recent call last):
    thalweg.errors.FileError: no/such/file.csv: no such file: check the path
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise FileError(f"a file is named by a text or a path, not by {' '.join(repr(path).split())[:60]}: {remedy}")
    name = str(path)
    try:
        found = Path(path).expanduser()
        mode = found.stat().st_mode
    except FileNotFoundError as error:
        raise FileError(f"{name}: no such file: {remedy}") from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(f"{name!r}: cannot be opened ({reason}): {remedy}") from error
    if stat.S_ISDIR(mode):
        raise FileError(f"{name}: this is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        raise FileError(f"{name}: it is a device or a pipe, which is not waited for: {remedy}")
    return found


_BY_NAME = {
    **dict.fromkeys((".csv", ".tsv", ".parquet", ".arrow", ".feather", ".ndjson", ".jsonl", ".xlsx"), "a table"),
    ".thalweg": "a model file",
    ".toml": "a TOML file",
    **dict.fromkeys((".html", ".htm"), "a page"),
    ".py": "a Python file",
}


def kind_by_name(path: object) -> str | None:
    """What a file is by the ending of its name, None for one that tells nothing.

    >>> kind_by_name("wine.csv.gz"), kind_by_name("wine.thalweg"), kind_by_name("wine")
    ('a table', 'a model file', None)
    """
    name = str(path).lower().removesuffix(".gz")
    return _BY_NAME.get(name[name.rfind(".") :]) if "." in name else None


def refuse_other_kind(path: object, asked: str, remedy: str) -> None:
    """Raise FileError for a file that is of another kind than the one asked for, by its name.

    >>> refuse_other_kind("wine.csv", "a model file", "name one that thalweg train wrote, such as wine.thalweg")
    Traceback (most recent call last):
    thalweg.errors.FileError: wine.csv is a table by its name, and a model file is asked for here: name one that \
thalweg train wrote, such as wine.thalweg
    """
    kind = kind_by_name(path)
    if kind is not None and kind != asked:
        raise FileError(f"{path} is {kind} by its name, and {asked} is asked for here: {remedy}")


def is_several(table: Path) -> bool:
    """Whether a path is a folder, or the pattern of names."""
    try:
        return table.is_dir() or (any(letter in str(table) for letter in "*?[") and not table.exists())
    except (OSError, ValueError):
        return False


def read_ordinary_file(path: object, remedy: str) -> bytes:
    """All bytes of an ordinary file; raises FileError as `ordinary_file` does, and for one that cannot be read."""
    found = ordinary_file(path, remedy)
    try:
        return whole_file(found)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error


def whole_file(path: Path) -> bytes:
    """All bytes of a file, read and never mapped; raises FileError if it was cut or written to meanwhile.

    A mapped file that is cut would end the process by a signal.
    """
    with path.open("rb") as file:
        before = os.fstat(file.fileno()).st_size
        content = file.read()
        after = os.fstat(file.fileno()).st_size
    if before and not before == len(content) == after:  # some files of the system are 0 long and hold something
        raise FileError(
            f"{path}: it changed while it was read ({before:,} bytes before, {len(content):,} read, {after:,} after): "
            "read it again when it is whole"
        )
    return content


_DEEPEST = 32
"""How deep tables and lists of a TOML file may be nested: ours need five."""


def read_toml(path: object, remedy: str) -> dict[str, Any]:
    """The tables of a TOML file; raises FileError, in one line, for what cannot be read, or is nested too deeply.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "one.toml"
    ...     _ = file.write_text("seed = 1")
    ...     read_toml(file, "name a TOML file")
    {'seed': 1}
    """
    try:
        found = tomllib.loads(read_ordinary_file(path, remedy).decode())
    except FileError:
        raise
    except RecursionError:
        raise FileError(f"{path} is no TOML file: its brackets or keys are nested too deeply") from None
    except ValueError as error:
        refuse_other_kind(path, "a TOML file", remedy)
        told = "a number of thousands of digits" if "digits" in str(error) else " ".join(str(error).split())
        raise FileError(f"{path} is no TOML file: {told}") from error
    if is_nested(found, _DEEPEST):
        raise FileError(f"{path}: its brackets or keys are nested more than {_DEEPEST} deep")
    return found


def is_nested(value: Any, depth: int) -> bool:
    """Whether dicts and lists lie in each other so deep that something is within `depth` of them.

    >>> is_nested({"a": 1}, 2), is_nested({"a": [1]}, 2)
    (False, True)
    """
    level: list[Any] = [value]
    for _ in range(depth):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
    return bool(level)
