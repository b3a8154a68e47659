"""The rooms of the page: a module each, entered here, with a function that fills the room.

A room is a module of this folder with a function `show(workspace, query)` under `@room(...)`; its name goes into
`_MODULES`. `query` is what its address says behind the ?, and `workspace.say(name, query)` keeps that up to date, so
that the address in the browser can be shared. What a room shows of the training is `workspace.session`; what it starts
it ends in `workspace.on_leave`. A query that is broken is told with `workspace.tell`. A moving picture of `widgets/` is
shown with `PictureElement(picture, ...)`, cards and pairs of columns by the classes of style.css.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .workspace import Workspace

Show: TypeAlias = "Callable[[Workspace, Mapping[str, str]], None]"

_MODULES = ("train_room", "work_room", "landscape_room", "activations_room", "rates_room", "compare_room")
"""In the order in which they are offered; the first one is the page's own address too."""


@dataclass(frozen=True)
class Room:
    """A room: its name, which is its address too, its title, its icon, what it is for, and what fills it."""

    name: str
    title: str
    icon: str
    about: str
    show: Show


_ROOMS: dict[str, Room] = {}


def room(name: str, title: str, icon: str, about: str) -> Callable[[Show], Show]:
    """Enter the function that fills a room."""

    def enter(show: Show) -> Show:
        _ROOMS[name] = Room(name, title, icon, about, show)
        return show

    return enter


def rooms() -> list[Room]:
    """All rooms, in the order in which they are offered."""
    for module in _MODULES:
        import_module(f".{module}", __package__)
    return list(_ROOMS.values())
