"""Work off the page's own thread, which is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from nicegui import run

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `work` gives, from a thread; raises CancelledError if the page was left: nothing is to go on with it."""
    found = await run.io_bound(lambda: (work(*args, **kwargs),))
    if found is None:  # NiceGUI's word for a task that was cancelled, or a server that ends
        raise asyncio.CancelledError
    return found[0]
