"""Which files `thalweg train` is given, and whether their rows fit in memory or stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ..errors import ArgumentError
from ..system import STANDARD_INPUT, is_several, ordinary_file

if TYPE_CHECKING:
    from ..tables.settings import Settings

Stream = Annotated[
    bool,
    typer.Option(
        "--stream",
        help="Read the rows block by block in each epoch, so that files of any size fit; so it is of itself where the "
        "files take more than a quarter of --memory.",
        rich_help_panel="Table",
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(help="What streamed rows may take, such as 8GB; 2GB if left out.", rich_help_panel="Table"),
]
_MEMORY = "2GB"
_SHARE = 4


class Files(NamedTuple):
    """The files of a table, and the memory for their rows if they stream; None: they are read whole."""

    paths: list[Path]
    memory: int | None
    word: str = ""


def files_of(table: Path, stream: bool, memory: str | None, settings: Settings, *others: Path | None) -> Files:
    """The files that a path, a folder or a pattern names; `others` are tables of parts of their own.

    Raises ArgumentError where rows are to stream and something needs them all at once.
    """
    if str(table) == STANDARD_INPUT or not (stream or memory or is_several(table) or _is_large(table)):
        if stream:
            raise ArgumentError("the standard input can be read once only: lead it into a file, or leave --stream out")
        return Files([table], None)
    from ..data.limits import parse_size
    from ..data.stream import STREAMED, format_of
    from ..data.stream_arrays import found_files
    from ..tables.streamed_training import refusal, refuse_unstreamed

    paths = found_files(table)
    most = parse_size(memory or _MEMORY, "--memory")
    size = sum(path.stat().st_size for path in paths if path.is_file())
    known = all(format_of(path) in STREAMED for path in paths)
    other = next((other for other in others if other is not None), None)
    needs = refusal(settings)
    if not stream and (_SHARE * size <= most or ((not known or other or needs) and len(paths) == 1)):
        return Files(paths, None)
    refuse_unstreamed(settings)
    for path in paths:
        ordinary_file(path, "check the path")
    if other is not None:
        raise ArgumentError(
            f"{other}: a table of its own goes with rows in memory: leave it out, or give more --memory"
        )
    why = "" if stream else f", more than a quarter of --memory {memory or _MEMORY}"
    word = (
        f"{len(paths)} file{'s' * (len(paths) > 1)} of {_told(size)}{why}: streamed; rows take up to {_told(most)} of "
        "memory, the program 0.3 to 0.6 GB besides"
    )
    return Files(paths, most, word)


def stem_of(table: Path) -> str:
    """What a model is called by its table."""
    if is_several(table) and not table.is_dir():
        return table.parent.name or "table"
    return Path(table.name.removesuffix(".gz")).stem or "table"


def _is_large(table: Path) -> bool:
    from ..data.limits import parse_size

    try:
        return table.is_file() and _SHARE * table.stat().st_size > parse_size(_MEMORY)
    except (OSError, ValueError):
        return False


def _told(size: int) -> str:
    return f"{size / 1e9:.3g} GB" if size >= 1e8 else f"{size / 1e6:.3g} MB"
