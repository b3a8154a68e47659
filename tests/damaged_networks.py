"""Files that are damaged: bytes changed, and cut in the middle; only errors of ours may come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.errors import ThalwegError


def refusals(path: Path, raw: bytes, trials: int, **options: Any) -> int:
    """Write damaged copies of a file to a path, read each, and count those refused; each is told in one line."""
    damage, told = np.random.default_rng(1), []
    for trial in range(trials):
        changed = bytearray(raw)
        for place in damage.integers(len(raw), size=3):
            changed[place] = damage.integers(256)
        path.write_bytes(bytes(changed[: damage.integers(len(raw))] if trial % 2 else changed))
        try:
            tw.exchange.read_network(path, **options)
        except ThalwegError as error:
            told.append(str(error))
    assert not any("\n" in one or len(one) > 600 for one in told), told
    return len(told)
