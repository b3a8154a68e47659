"""The pictures of a table's training that a command runs: those of any run, and its rule and its scores besides."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files.model import Model
from ..plots.table_section import section_of_table
from ..tables.score import score
from ..training.replay import replay_run
from ..widgets.board import Board
from ..widgets.board_page import board_page
from ..widgets.formula_data import Json
from ..widgets.looking_on import Onlooker
from ..widgets.run_pictures import GoingPictures
from ..widgets.weights_data import MAP_CELLS
from ..widgets.words_picture import Words
from .equation import equation

if TYPE_CHECKING:
    import polars as pl

    from ..core.network import Parameters
    from ..data import Prepared
    from ..plots.section import Section
    from ..tables.training import Trained

_MOST_ROWS = 4_000
_SECONDS_BETWEEN_SCORES = 1.0
_SECONDS_MADE_AGAIN = 1.0
_NO_RULE = '<p class="faint">The network, or its batch, is too large to be opened while it learns.</p>'
_FIRST_RULE = '<p class="faint">The next update is opened once a second.</p>'


class TablePictures:
    """The pictures of a training, made where they are asked for: in the thread that serves them.

    `looking` is the callback of the training. `frame` is the table, if all parts are from it.
    """

    def __init__(self, frame: pl.DataFrame | None, title: str) -> None:
        self.looking = Onlooker()
        self._frame, self._title = frame, title
        self._prepared: Prepared | None = None
        self._trained: Trained | None = None
        self._concluded = False
        self._going: GoingPictures | None = None
        self._rule, self._scores = Words("The rule in use, with the numbers of the next update", _FIRST_RULE), Words("")
        self._seen = self._version = 0
        self._scored = 0.0
        self._sent: dict[tuple[str, str], tuple[Any, int]] = {}

    @property
    def begun(self) -> bool:
        """Whether there is something to show."""
        return self.looking.version > 0 and self._prepared is not None

    def prepare(self, prepared: Prepared) -> None:
        """What was understood of the table, before the training begins."""
        self._prepared = prepared

    def conclude(self, trained: Trained) -> None:
        """The training has ended."""
        self._trained = trained

    def page(self, asks: str) -> str:
        """The page as it stands, which asks for what changes."""
        board = self._board()
        self.state(0)
        shown = {name: (picture.module, picture.values()) for name, picture in board.pictures.items()}
        return board_page(shown, self._title, "", wide="status", asks=asks)

    def has_news(self, since: int) -> bool:
        """Whether something changed since a version."""
        new = self._seen != self.looking.version if self._trained is None else not self._concluded
        return new or any(version > since for _, version in self._sent.values())

    def state(self, since: int) -> dict[str, Json]:
        """What changed since a version, and the version now."""
        board = self._board()
        self._refresh()
        values: dict[str, dict[str, Json]] = {}
        self._version += 1
        for name, picture in board.pictures.items():
            for key, value in picture.values().items():
                before = self._sent.get((name, key))
                if before is None or before[0] is not value:
                    self._sent[name, key] = before = (value, self._version)
                if before[1] > since:
                    values.setdefault(name, {})[key] = value
        return {"version": self._version, "values": values}

    def _board(self) -> Board:
        if self._going is None:
            prepared = self._prepared
            assert prepared is not None
            section, maps = self._sections(prepared)
            names = tuple(map(str, prepared.encoding.feature_names))
            self._going = GoingPictures(self.looking, section=section, maps=maps, names=names)
            pictures = {**self._going.board.pictures, "rule": self._rule, "scores": self._scores}
            self._shown = Board(pictures, self._title, wide="status")
        return self._shown

    def _sections(self, prepared: Prepared) -> tuple[Section | None, Section | None]:
        """What the regions are of, and, with smaller cells, what the units respond to."""
        frame, net = self._frame, self.looking.network
        if frame is None or len(prepared.encoding.inputs) > 2:
            return None, None
        parts = {"training": prepared.train, "validation": prepared.validation, "test": prepared.test}
        there = {name: (one.rows, one.labels) for name, one in parts.items() if one is not None and len(one.rows)}
        section = section_of_table(prepared.encoding, frame, there, net)
        return section, section_of_table(prepared.encoding, frame, there, net, cells=MAP_CELLS)

    def _refresh(self) -> None:
        going, trained = self._going, self._trained
        assert going is not None
        if trained is not None:
            if not self._concluded:
                self._concluded = True
                run = trained.run
                going.conclude(run, again=run.seconds < _SECONDS_MADE_AGAIN and run.stopped_because != "seconds")
                if trained.scores is not None:
                    self._scores.show(trained.scores.in_html(), "Scores of the test part")
                if run.seconds < _SECONDS_MADE_AGAIN and run.updates and run.stopped_because != "diverged":
                    self._rule.show(equation(replay_run(run, run.updates)), "The rule in use, with its last numbers")
                else:
                    self._rule.show(self._rule.data["html"], "The rule in use, with the numbers of an update")
            return
        if self._seen == self.looking.version:
            return
        self._seen, self.looking.asked = self.looking.version, time.monotonic()
        going.refresh()
        upcoming = self.looking.upcoming
        self._rule.show(
            equation(upcoming) if upcoming is not None else _NO_RULE if self.looking.updates else _FIRST_RULE
        )
        now = time.monotonic()
        if now - self._scored > _SECONDS_BETWEEN_SCORES:
            self._score(self.looking.latest().params)
            self._scored = time.monotonic()

    def _score(self, params: Parameters) -> None:
        prepared = self._prepared
        assert prepared is not None
        name, part = (
            ("validation", prepared.validation) if prepared.validation is not None else ("training", prepared.train)
        )
        rows = slice(0, _MOST_ROWS)
        model = Model(self.looking.network, params, self.looking.recipe.program.loss, prepared.encoding)
        title = f"Scores of the {name} part, as it stands"
        with np.errstate(all="ignore"):
            try:
                found = score(prepared.encoding, part.labels[rows], model.predict_rows(part.P[rows]))
            except (ValueError, FloatingPointError):
                self._scores.show('<p class="faint">The outputs are not finite any more.</p>', title)
                return
        self._scores.show(found.in_html(), title)
