"""Processes forked after XLA had run: its threads are not forked with them, and they would wait without end."""

from __future__ import annotations

import os
import sys

from ..errors import ArgumentError

_FORKED: list[int] = []
"""The processes, from the first, that were forked on the way to this one after XLA had run."""


def check_not_forked() -> None:
    """Raise ArgumentError in a process that was forked after XLA had run."""
    if _FORKED:
        raise ArgumentError(
            "XLA had run before this process was forked, and cannot run in it: start processes otherwise, by "
            'multiprocessing.get_context("spawn") (or its set_start_method), or use engine="numpy"'
        )


def _after_fork() -> None:
    bridge = sys.modules.get("jax._src.xla_bridge")
    if getattr(bridge, "_backends", None):
        _FORKED.append(os.getpid())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
