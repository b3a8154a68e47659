"""Pictures beside each other: in a notebook, and as one page that needs no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, unknown
from ..notebook.pieces import card
from ..system import write_atomically
from .board_page import board_page
from .formula_data import Json
from .picture import HOW, Picture

_SHOWN = "the last line of a cell shows it, to_html() is its page"
_COLUMNS = "repeat(auto-fit, minmax(min(100%, 27em), 1fr))"


class Board:
    """Pictures of one thing, by name: a notebook shows them beside each other, and `to_html` is a page with all.

    In a run all go together: who goes to an epoch in the curves sees the network there, and what it says.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> board = tw.train(tw.mlp(1, 3, 1), P, P**2, epochs=10, engine="numpy").show()
    >>> list(board)
    ['curves', 'network', 'regions']
    >>> board.to_html().startswith("<!doctype html>")
    True
    """

    def __init__(self, pictures: Mapping[str, Picture], title: str, read: str = "", *, wide: str = "") -> None:
        self._pictures = dict(pictures)
        self._title, self._read, self._wide = title, read, wide
        self._following = False
        self._live = all(hasattr(picture, "observe") for picture in self._pictures.values())
        if self._live:
            self._follow()

    @property
    def pictures(self) -> dict[str, Picture]:
        """The pictures by name, each a widget of its own."""
        return dict(self._pictures)

    def __getitem__(self, name: str) -> Picture:
        if name not in self._pictures:
            raise ArgumentError(unknown("picture", str(name), list(self._pictures)))
        return self._pictures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pictures)

    def __len__(self) -> int:
        return len(self._pictures)

    def __repr__(self) -> str:
        return f"Board({', '.join(self._pictures)}; {_SHOWN if self._live else HOW})"

    def to_html(self) -> str:
        """All pictures as one HTML page, as they stand now: it loads nothing and needs no server."""
        shown = {name: (picture.module, picture.values()) for name, picture in self._pictures.items()}
        return board_page(shown, self._title, card(self._read), wide=self._wide)

    def write_html(self, path: str | Path) -> None:
        """Write the page to a file; raises FileError where that cannot be."""
        write_atomically(path, self.to_html().encode("utf-8"), purpose="page")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        plain: dict[str, Json] = {"text/plain": repr(self), "text/html": card(self._read or f"<p>{HOW}</p>")}
        if not self._live:
            return plain
        import ipywidgets

        above: list[Any] = [picture for name, picture in self._pictures.items() if name == self._wide]
        others: list[Any] = [picture for name, picture in self._pictures.items() if name != self._wide]
        layout = ipywidgets.Layout(grid_template_columns=_COLUMNS, width="100%")
        beside = ipywidgets.GridBox(others, layout=layout)
        shown = ipywidgets.VBox([*above, beside]) if above else beside
        bundle: Any = shown._repr_mimebundle_(include=include, exclude=exclude)
        told, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
        told = {**plain, **(told or {}), "text/html": plain["text/html"]}
        return (told, *rest) if rest else told

    def _follow(self) -> None:
        """Let each picture go to the moment that another one goes to."""
        for name, trait in (("curves", "epoch"), ("regions", "frame"), ("network", "frame")):
            picture: Any = self._pictures.get(name)
            if picture is not None:
                picture.observe(self._moved, names=trait)

    def _moved(self, change: Any) -> None:
        if self._following:
            return
        curves, regions, network = (self._pictures.get(name) for name in ("curves", "regions", "network"))
        framed: Any = regions if regions is not None and regions.frames else network  # pyright: ignore
        frames: list[Any] = [] if framed is None else framed.frames
        if not frames:
            return
        self._following = True
        try:
            moved: Any = change["owner"]
            if moved is curves:
                wanted = change["new"] or max(one["epoch"] for one in frames)
                at = min(range(len(frames)), key=lambda k: abs(frames[k]["epoch"] - wanted))
            else:
                at = min(max(0, change["new"]), len(frames) - 1)
                if curves is not None:
                    curves.epoch = max(1, frames[at]["epoch"]) if at < len(frames) - 1 else 0  # pyright: ignore
            for one in (regions, network):
                if one is not None and one is not moved and one.frames:  # pyright: ignore
                    one.frame = min(at, len(one.frames) - 1)  # pyright: ignore
        finally:
            self._following = False
