"""What one opened page has: its training, the table it was given, and what ends when it is closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from .building import Built, OwnTable
from .kept_runs import KeptRuns
from .session import Session
from .spec import Spec
from .start import Start

SOON = 0.2
"""Seconds after which a room that is entered says its address: before, the page still writes the room's plain one."""
OPEN: dict[str, Workspace] = {}
"""Those of the pages that are open, by the page's number."""


class Workspace:
    """The state of one opened page; each has its own."""

    def __init__(self, built: Built, own: OwnTable | None = None) -> None:
        self.own = own
        self.start: Start | None = None
        """The parameters that a person wants to begin with."""
        self.session = Session(built)
        self.remembered: dict[str, Any] = {}
        """What a room leaves for when it is entered again, by its name."""
        self.said: dict[str, str] = {}
        """What the address of each room said last, behind its ?."""
        self.kept = KeptRuns()
        self._leaving: list[Callable[[], None]] = []

    @property
    def spec(self) -> Spec:
        """What the training is made from."""
        return self.session.built.spec

    @property
    def built(self) -> Built:
        """The training that is ready, or runs."""
        return self.session.built

    def say(self, room: str, query: str | Mapping[str, str] = "") -> None:
        """Let the browser's address say where the page is."""
        from nicegui import ui

        query = query if isinstance(query, str) else urlencode(query)
        self.said[room] = query
        address = f"/{room}" + (f"?{query}" if query else "")
        ui.run_javascript(f"history.replaceState({{page: {json.dumps(address)}}}, '', {json.dumps(address)})")

    def tell(self, text: str, kind: Literal["negative", "warning", "info"] = "negative") -> None:
        """Tell something at the foot of the page, until it is read."""
        from nicegui import ui

        ui.notify(text, type=kind, timeout=0, close_button="Close", multi_line=True, position="bottom")

    def on_leave(self, function: Callable[[], None]) -> None:
        """Call a function when the room is left, and when the page is closed."""
        self._leaving.append(function)

    def leave(self) -> None:
        """End what the room began."""
        leaving, self._leaving = self._leaving, []
        for function in leaving:
            function()

    def close(self) -> None:
        """End the training, and let go of all."""
        self.leave()
        self.session.close()
        self.own = self.start = None
        self.remembered.clear()
        self.kept = KeptRuns()
