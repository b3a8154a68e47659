"""The folder of several trainings, one after another: what they are together, and a folder for each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import FileError
from .checkpoint_file import Stored, stored_bytes
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .fingerprint import Fingerprint, check_same
from .saver import check_free, fingerprint_in, stored_in

SEVERAL = "several"
"""The name of the file that says what they are together: it is no checkpoint of any of them."""

_log = logging.getLogger("thalweg.checkpoints")


@contextmanager
def saving_several(
    settings: Checkpoints | None,
    fingerprint: Fingerprint,
    kept: dict[str, Any],
    follows: Callable[[Mapping[str, Any]], Mapping[str, Collection[str]]],
) -> Iterator[dict[str, Any]]:
    """What was decided when the trainings began, plain: what is `kept` now, or was where they go on.

    Until the end the folder is their own. `follows` tells, by the settings that were, what only differs because others
    do (`check_same`). Raises FileError for a folder that is not to be gone on with, or holds another kind of training,
    and ArgumentError for one of other data or settings.
    """
    if settings is None:
        yield kept
        return
    whole, own = CheckpointFolder(settings.path), CheckpointFolder(settings.path, SEVERAL)
    with whole.locked(), told_once():
        if check_free(whole, settings):
            kept = _checked(whole, own, fingerprint, follows)
            _log.info(f"goes on with the networks whose checkpoints are in {str(whole.path)!r}")
        else:
            own.write(0, stored_bytes({**fingerprint._asdict(), "kept": kept}, {}), keep=1)
        yield kept


def _checked(
    whole: CheckpointFolder,
    own: CheckpointFolder,
    fingerprint: Fingerprint,
    follows: Callable[[Mapping[str, Any]], Mapping[str, Collection[str]]],
) -> dict[str, Any]:
    """What was kept; raises as `saving_several` does."""
    if not own.checkpoints():
        raise FileError(
            f"{str(whole.path)!r} holds the checkpoints of another kind of training, not of several networks: give "
            "what it was begun with, or name another folder"
        )
    stored: Stored = stored_in(own)
    was = fingerprint_in(stored)
    check_same(was, fingerprint, str(whole.path), follows=follows(was.settings))
    kept = stored.header.get("kept")
    if not isinstance(kept, dict):
        raise FileError(f"the checkpoint in {str(whole.path)!r} does not hold several networks: name another folder")
    return kept


@contextmanager
def told_once() -> Iterator[None]:
    """Of what each training would tell again of the checkpoints, the first is told."""
    told: set[str] = set()

    def first(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return text not in told and not told.add(text)

    _log.addFilter(first)
    try:
        yield
    finally:
        _log.removeFilter(first)
