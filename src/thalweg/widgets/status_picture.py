"""How a run stands, in words and as a share, with a button that ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .formula_data import Json
from .picture import Picture
from .picture_page import module, page, style


class Status(Picture):
    """How a run stands; while it goes on, a button ends it.

    `data` holds what it is (`title`), how it stands (`lines`), how much of it is done (`share`, 0 to 1) and how it
    `ended`. `going` says whether it goes on. The button, which is there if `on_stop` is given, sets `stop`, of which
    `on_stop` is told; in JupyterLab and Notebook a kernel that does not answer while it works is interrupted, as their
    own button does it (`kernel` is its name there).
    """

    going: bool
    """Whether the run goes on."""
    stop: bool
    """Whether it was asked to end."""
    _esm = module("status")
    _css = style("status")

    def __init__(self, title: str, *, kernel: str = "", on_stop: Callable[[], object] | None = None) -> None:
        super().__init__(standing(title), going=True, stops=on_stop is not None, stop=False, heard=False, kernel=kernel)
        self._on_stop = on_stop
        if hasattr(self, "observe"):
            self.observe(self._stopped, names="stop")

    def show(self, data: dict[str, Json], *, going: bool) -> None:
        """How it stands now."""
        self.data = data
        if self.going != going:
            self.going = going

    def to_html(self) -> str:
        """What it says as one HTML page."""
        values = {**self.values(), "going": False, "kernel": ""}
        return page("status", values, self.data["title"], "")

    def _stopped(self, change: Any) -> None:
        if change["new"] and self._on_stop is not None:
            self.heard = True
            self._on_stop()


def standing(title: str, lines: list[str] | None = None, share: float = 0.0, ended: str = "") -> dict[str, Json]:
    """The data of the picture."""
    return {"title": title, "lines": lines or [], "share": share, "ended": ended}
