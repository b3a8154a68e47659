"""A moving picture in the page: of what the browser sends back only what a person can set is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

if TYPE_CHECKING:
    from ..widgets import Picture


class PictureElement(ui.anywidget):
    """A picture of `tw.widgets`; `set_by_person` names the values that a click in it may change."""

    def __init__(self, picture: Picture, *set_by_person: str) -> None:
        super().__init__(picture)
        picture.close()  # no notebook's kernel is there: without this it would be kept for ever, and written to
        self._set_by_person = set_by_person
        self.classes("studio-picture")

    def _handle_value_change(self, value: Any) -> None:
        """The browser sends all that it has, of a run that goes on older values too: these are left."""
        super()._handle_value_change({name: value[name] for name in self._set_by_person if name in value})
