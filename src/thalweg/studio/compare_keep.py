"""The button that keeps the run of a page, for the room that compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from ..errors import ThalwegError
from .in_thread import in_thread
from .kept_runs import kept_of
from .workspace import Workspace


async def keep_run(workspace: Workspace) -> bool:
    """Keep the run as it stands, and tell so, or why not; whether it was."""
    try:
        found = await in_thread(kept_of, workspace.session)
        if found is None:
            return False
        kept = workspace.kept.add(found)
    except ThalwegError as error:
        workspace.tell(str(error), "warning")
        return False
    ui.notify(f"kept as {kept.name}, for the room Compare", timeout=2500)
    return True


def keep_button(workspace: Workspace, text: str = "Keep", on_kept: Callable[[], Any] = lambda: None) -> ui.button:
    """The button; `on_kept` is called when a run was kept."""

    async def keep() -> None:
        if await keep_run(workspace):
            on_kept()

    button = ui.button(text, icon="bookmark_add", on_click=keep)
    return button.tooltip("keep this run as it stands, for the room Compare")
