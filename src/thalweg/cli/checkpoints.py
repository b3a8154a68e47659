"""The options of checkpoints, and how their messages are told."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ArgumentError, visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..training.checkpoints import Checkpoints

_PANEL = "Checkpoints"
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        help="A folder for all that the training needs to go on, should it be ended.",
        rich_help_panel=_PANEL,
    ),
]
Every = Annotated[
    str | None,
    typer.Option(
        help="How often it is written there, such as 60s, 5min or 10epochs; 60s if left out.", rich_help_panel=_PANEL
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on from the newest whole checkpoint, if there is one; the other options as they were.",
        rich_help_panel=_PANEL,
    ),
]


def checkpoints_from(folder: Path | None, every: str | None, *, resume: bool) -> Checkpoints | None:
    """What the options say; raises ArgumentError for some without a folder, and for times that are none."""
    if folder is None:
        for option, given in (("--every", every is not None), ("--resume", resume)):
            if given:
                raise ArgumentError(f"{option} goes with --checkpoint: name its folder, --checkpoint DIR")
        return None
    from ..system import check_folder
    from ..training.checkpoint_folder import CheckpointFolder
    from ..training.checkpoints import Checkpoints
    from ..training.saver import check_free

    found = Checkpoints(folder, resume=resume) if every is None else Checkpoints(folder, every=every, resume=resume)
    check_folder(folder, purpose="checkpoints")
    check_free(CheckpointFolder(folder), found)
    return found


@contextmanager
def checkpoints_told(out: Console) -> Iterator[None]:
    """Where a training goes on is printed; which checkpoints were damaged or not written is told as errors are."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = visible(record.getMessage())
            if record.levelno < logging.WARNING:
                out.print(text, markup=False, soft_wrap=True)
            else:
                print(f"thalweg: {text}", file=sys.stderr)

    log, handler = logging.getLogger("thalweg.checkpoints"), Told()
    level, propagates = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagates
