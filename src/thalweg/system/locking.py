"""Locks of files, by which processes know of each other."""

from __future__ import annotations

from typing import IO, Any


def flocked(file: IO[Any]) -> bool | None:
    """Whether the lock of a file, held until it is closed, is now this process's; None where the system has none.

    Taken to be where the file's own system has none.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
