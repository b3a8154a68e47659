"""A moving picture in the page, which sends back what changed in it, and never all that it shows."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from .work_picture import KEPT

SENT = (*KEPT, "wanted", "beyond")
"""What the picture sends."""
_SECONDS = 0.1
_WITHOUT_DATA = "(values) => { const { data, ...others } = values; emit(others); }"


class WorkElement(ui.anywidget):
    """The picture of the room Work. It is no notebook's widget any more: those are kept until they are closed."""

    def __init__(self, picture: Any) -> None:
        super().__init__(picture, throttle=_SECONDS)
        self.style("width: 100%")
        for one in (picture, getattr(picture, "layout", None)):
            if one is not None:
                one.close()

    def on(self, type: str, *args: Any, **more: Any) -> Any:  # noqa: A002 - NiceGUI's name
        """As of any element; what the picture holds stays where it is."""
        if type == f"update:{self.VALUE_PROP}":
            more["js_handler"] = _WITHOUT_DATA
        return super().on(type, *args, **more)

    def _handle_value_change(self, value: Any) -> None:
        """Of what the browser sends what a person can change there is taken."""
        changed = {name: value[name] for name in SENT if name in value}
        self._state_lock = changed
        try:
            for name, new in dict(changed).items():
                if getattr(self._widget, name) != new:
                    setattr(self._widget, name, new)
        finally:
            self._state_lock = None
