"""Runs whose divergence is not logged, since whoever started them tells it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unlogged() -> Iterator[None]:
    """Nothing is logged within, and the logger is afterwards as it was.

    >>> import logging
    >>> log = logging.getLogger("thalweg")
    >>> with unlogged():
    ...     log.filters == [], log.level
    (False, 0)
    >>> log.filters
    []
    """

    def nothing(record: logging.LogRecord) -> bool:
        return False

    log = logging.getLogger("thalweg")
    log.addFilter(nothing)
    try:
        yield
    finally:
        log.removeFilter(nothing)
