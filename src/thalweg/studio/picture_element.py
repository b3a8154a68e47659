"""A moving picture in the page: of what the browser sends back only what a person can set is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

if TYPE_CHECKING:
    from ..widgets import Picture


class PictureElement(ui.anywidget):
    """A picture of `tw.widgets`; `set_by_person` names the values that a click in it may change.

    It is no notebook's widget any more: those are kept, and written to, until they are closed.
    """

    def __init__(self, picture: Picture, *set_by_person: str) -> None:
        super().__init__(picture)
        self._picture = picture
        self._set_by_person = set_by_person
        self.classes("studio-picture")
        for one in (picture, getattr(picture, "layout", None)):
            if one is not None:
                one.close()

    def _handle_value_change(self, value: Any) -> None:
        """The browser sends all that it has, of a run that goes on older values too: these are left."""
        self._state_lock = {name: value[name] for name in self._set_by_person if name in value}  # not to be sent back
        try:
            for name, new in self._state_lock.items():
                if getattr(self._picture, name) != new:
                    setattr(self._picture, name, new)
        finally:
            self._state_lock = None
