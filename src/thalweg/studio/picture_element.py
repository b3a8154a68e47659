"""A moving picture in the page: of what the browser has only what a person can set is sent and taken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nicegui import ui

if TYPE_CHECKING:
    from ..widgets import Picture

_SECONDS = 0.1
_SENT_APART = ("_esm", "_css")
"""The picture's module and style, which are long, and which the element sends by themselves."""
_ONLY = "(values) => emit(Object.fromEntries(Object.entries(values).filter(([name]) => {names}.includes(name))))"


SCRIPT = """
window.thalwegViews = new Set();
setInterval(() => thalwegViews.forEach((view) => {
  if (view.el.isConnected) return;
  thalwegViews.delete(view);
  try { view.end(); } catch {}
}), 1000);
"""
"""What a page that shows pictures needs in its head: NiceGUI takes them away, and does not end them. Its model of them,
which goes with them, cannot forget a listener, and says so."""


class PictureElement(ui.anywidget):
    """A picture of `tw.widgets`; `set_by_person` names the values that a click in it may change.

    It is no notebook's widget any more: those are kept, and written to, until they are closed.
    """

    def __init__(self, picture: Picture, *set_by_person: str) -> None:
        self._set_by_person = set_by_person
        super().__init__(picture, throttle=_SECONDS)
        self.classes("studio-picture")
        traits = self._props[self.VALUE_PROP]
        self._props[self.VALUE_PROP] = {name: traits[name] for name in traits if name not in _SENT_APART}
        for one in (picture, getattr(picture, "layout", None)):
            if one is not None:
                one.close()

    def on(self, type: str, *args: Any, **more: Any) -> Any:  # noqa: A002 - NiceGUI's name
        """As of any element; what the picture shows stays where it is."""
        if type == f"update:{self.VALUE_PROP}":
            more["js_handler"] = _ONLY.replace("{names}", json.dumps(self._set_by_person))
        return super().on(type, *args, **more)

    def _handle_value_change(self, value: Any) -> None:
        """What the browser sends of a run that goes on may be older than what is here: only what is set is taken."""
        self._state_lock = {name: value[name] for name in self._set_by_person if name in value}  # not to be sent back
        try:
            for name, new in self._state_lock.items():
                if getattr(self._widget, name) != new:
                    setattr(self._widget, name, new)
        finally:
            self._state_lock = None
