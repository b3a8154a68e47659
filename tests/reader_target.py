"""A target of hostile files: a reader, whole files to begin with, and the ways to damage them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from damage import Damage, damaged_bytes


@dataclasses.dataclass(frozen=True)
class Target:
    """A reader, and files for it."""

    suffix: str
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[Path], object]
    ways: tuple[Damage, ...] = (damaged_bytes,)
    within: Callable[[Path], object] | None = None
    """What `read` does in a child process, done here: it is tried first, and `read` where it ends the process."""
