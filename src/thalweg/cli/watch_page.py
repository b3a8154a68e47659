"""`thalweg train --watch`: the page in which the run of a command is watched, beside what the command prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import ArgumentError

if TYPE_CHECKING:
    from ..studio.watch_server import Window
    from ..tables.settings import Settings


@contextmanager
def window(wanted: bool, settings: Settings, port: int | None, *, opens: bool) -> Iterator[Window | None]:
    """The page, served until what is done within has ended, and its end was seen; None where it is not wanted.

    Raises ArgumentError and FileError, before anything is done, for what cannot be watched or served.
    """
    if not wanted:
        if port is not None or not opens:
            raise ArgumentError(
                f"{'--port' if port is not None else '--no-open'} goes with --watch: give both, or neither"
            )
        yield None
        return
    from ..studio.watch_server import Window, check_installed
    from ..tables.arguments import wants_several

    check_installed()
    if wants_several(settings):
        raise ArgumentError("--watch shows one network that trains, and these settings train several: leave it out")
    shown = Window(port, opens=opens)
    shown.start()
    try:
        yield shown
    except BaseException:
        shown.close()
        raise
    shown.end()
