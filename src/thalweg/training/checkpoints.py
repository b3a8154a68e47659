"""Where a training keeps its checkpoints, how often it writes one, and how many it keeps."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from ..core.kinds import check_count, check_fields
from ..errors import ArgumentError, shown
from .checkpoint_file import plain_data

_EVERY = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|epochs?)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Checkpoints:
    """The `checkpoint` of `train`: a folder for all that a run needs to go on, should its process end before it does.

    Args:
        folder: Made if it is not there. One training writes into it at a time.
        every: How often: "60s", "5min", "1h", or "10epochs". A segment of updates is not cut for a time, so that a
            checkpoint may come a fifth of a second later. One more is written at the end, whatever ends the run.
        keep: So many of the newest stay.
        resume: Go on from the newest whole checkpoint, if the folder has one; else a folder that has some is refused.
        trail: At most so many states, evenly along the run, stay for `run.step(k)`, which begins at the nearest one
            before update k; 0: none. They take 256 MiB at most.
        made_by: What the examples were made by, such as `{"split": "70/15/15"}`, as plain data: where a training with
            other examples is refused, it is told what of this differs.

    Each is one safetensors file, written aside, synced and renamed. The resumed run is the uninterrupted one, to the
    bit on the same engine. Raises ArgumentError for what says no such thing.

    >>> Checkpoints("runs/wine", every="10 minutes")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: every is '10 minutes'; it must be such as '60s', '5min', '1h' or '10epochs'
    >>> Checkpoints("runs/wine", every="5min").seconds, Checkpoints("runs/wine", every="10epochs").epochs
    (300.0, 10)
    """

    folder: str | os.PathLike[str]
    _: KW_ONLY
    every: str = "60s"
    keep: int = 3
    resume: bool = False
    trail: int = 1024
    made_by: Mapping[str, object] = field(default_factory=dict[str, object], hash=False)

    def __post_init__(self) -> None:
        check_fields(self)
        if not isinstance(self.folder, str | os.PathLike) or isinstance(os.fspath(self.folder), bytes):
            raise ArgumentError(f"checkpoint is {shown(self.folder)}; it must be the name of a folder, or Checkpoints")
        if not str(self.folder):
            raise ArgumentError("checkpoint is ''; it must be the name of a folder")
        check_count("keep", self.keep)
        check_count("trail", self.trail, 0)
        if not all(isinstance(name, str) for name in self.made_by) or not _is_plain(self.made_by):
            raise ArgumentError(
                f"made_by is {shown(self.made_by)}; it must be plain data with names, such as {{'split': '70/15/15'}}"
            )
        self._parsed()

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder)

    @property
    def seconds(self) -> float | None:
        """The time between two checkpoints; None where epochs say it."""
        number, unit = self._parsed()
        return number * _SECONDS[unit] if unit in _SECONDS else None

    @property
    def epochs(self) -> int | None:
        """The epochs between two checkpoints; None where the time says it."""
        number, unit = self._parsed()
        return None if unit in _SECONDS else int(number)

    def _parsed(self) -> tuple[float, str]:
        found = _EVERY.fullmatch(self.every.strip())
        number = float(found[1]) if found else 0.0
        if not found or not 0 < number < float("inf") or (found[2] not in _SECONDS and number % 1):
            raise ArgumentError(f"every is {shown(self.every)}; it must be such as '60s', '5min', '1h' or '10epochs'")
        return number, found[2]


def _is_plain(told: object) -> bool:
    try:
        plain_data(told)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def within(checkpoints: Checkpoints | None, name: str) -> Checkpoints | None:
    """The checkpoints of a training that is a part of another, in a folder of its own within that one's.

    >>> within(Checkpoints("runs", keep=1), "network1").path.name, within(None, "network1")
    ('network1', None)
    """
    return checkpoints and dataclasses.replace(checkpoints, folder=checkpoints.path / name)


def as_checkpoints(_: str, given: str | os.PathLike[str] | Checkpoints) -> Checkpoints:
    """The checkpoints of a folder's name, or as they are; raises ArgumentError for anything else."""
    return given if isinstance(given, Checkpoints) else Checkpoints(given)
