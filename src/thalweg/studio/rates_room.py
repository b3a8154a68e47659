"""The room of rates: learning rate × momentum as a map, each cell a network; a range test; and on to the room Train."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from nicegui import events, ui

from ..errors import ArgumentError, ThalwegError
from ..learning_rates import RangeTest
from ..widgets import Curves
from .building import Built, build
from .datasets import DATASETS
from .in_thread import in_thread
from .jobs import DONE, FAILED, RUNNING, Job
from .links import query_of as query_of_spec
from .picture_element import PictureElement
from .rates_map import CLICK, MOVE, map_html, told_of
from .rates_state import (
    RatesState,
    numbers_in,
    query_of,
    rated,
    same_but_for_the_rule,
    state_from,
    usual_rule,
)
from .rates_work import Tried, find_range, try_rates
from .rooms import room
from .spec import Spec
from .workspace import SOON, Workspace

_NAME = "rates"
_SECONDS = 0.3
_SESSION = "train"
"""The choice of the training that the room Train has."""


@room("rates", "Rates", "grid_on", "Which learning rate and momentum: hundreds of networks trained at once")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    state, told = RatesState(spec=workspace.spec, rule=usual_rule(workspace.spec)), None
    left: Left | None = None if query else workspace.remembered.get(_NAME)
    if query:
        try:
            state = state_from(query, workspace.spec)
        except ThalwegError as error:
            told = str(error)
    elif left is not None and (same_but_for_the_rule(left.state.spec, workspace.spec) or not left.of_session):
        state = left.state
    else:
        left = None
    RatesRoom(workspace, state, left)
    if told:
        workspace.tell(told)


class Left(NamedTuple):
    """What the room showed when it was left."""

    state: RatesState
    of_session: bool
    """Whether it was on the training of the room Train."""
    tried: Tried | None
    test: RangeTest | None


class RatesRoom:
    """The room, of one page."""

    def __init__(self, workspace: Workspace, state: RatesState, left: Left | None = None) -> None:
        self._workspace = workspace
        self._state = state
        self._job: Job[Any] | None = None
        self._tried: Tried | None = None
        self._found: RangeTest | None = None
        self._curves: Curves | None = None
        self._entered: dict[str, Callable[[], Any]] = {}
        """What was entered and cannot be tried as yet, by the state's field."""
        with ui.element("div").classes("studio-main"):
            self._settings()
            with ui.element("div").classes("studio-pictures"):
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="map"'):
                    self._controls()
                    self._map = ui.html(sanitize=False)
                    self._map.on("click", self._clicked, js_handler=CLICK)
                    self._map.on("keydown", js_handler=MOVE)
                    self._reason = ui.label().classes("studio-note q-mt-sm")
                    self._reason.set_visibility(False)
                self._of_cell = ui.element("section").classes("studio-card studio-wide").props('aria-label="cell"')
                self._of_cell.set_visibility(False)
                self._of_test = (
                    ui.element("section").classes("studio-card studio-wide").props('aria-label="range test"')
                )
                self._of_test.set_visibility(False)
        timer = ui.timer(_SECONDS, self._look)
        workspace.on_leave(timer.cancel)
        workspace.on_leave(self._stop)
        workspace.on_leave(self._remember)
        ui.timer(SOON, self._tell_address, once=True)
        if left is not None and left.tried is not None:
            self._show_map(left.tried)
        elif state.cell is not None:
            self._status.set_text("Train them all: then the map and its cell are shown.")
        if left is not None and left.test is not None:
            self._show_test(left.test)

    def _remember(self) -> None:
        """Keep what is shown for when the room is entered again."""
        of_session = same_but_for_the_rule(self._state.spec, self._workspace.spec)
        self._workspace.remembered[_NAME] = Left(self._state, of_session, self._tried, self._found)

    def _settings(self) -> None:
        state = self._state
        with ui.element("section").classes("studio-card studio-settings").props('aria-label="settings"'):
            self._error = ui.label().classes("studio-error").props('role="alert"')
            self._error.set_visibility(False)
            names = {_SESSION: f"that of the room Train: {self._workspace.built.name}"}
            names |= {name: one.title for name, one in DATASETS.items()}
            names.setdefault(state.spec.data, state.spec.data)
            chosen = _SESSION if same_but_for_the_rule(state.spec, self._workspace.spec) else state.spec.data
            ui.select(names, label="Training", value=chosen, on_change=self._of_training).props(
                "dense outlined options-dense"
            ).style("width: 100%")
            self._about = ui.label().classes("faint")
            ui.select(
                rated(), label="Update rule", value=state.rule, on_change=lambda event: self._change(rule=event.value)
            ).props("dense outlined options-dense").style("width: 100%")
            with ui.element("div").classes("studio-row"):
                self._number("Lowest rate", "low", none=True)
                self._number("Highest rate", "high", none=True)
                self._number("Rates", "columns", whole=True)
                self._number("Epochs of each", "epochs", whole=True)
            self._range = ui.label().classes("faint")
            self._momenta_field = (
                ui.input("Momenta", value=", ".join(f"{value:g}" for value in state.momenta), on_change=self._momenta)
                .props('dense outlined debounce="600"')
                .style("width: 100%")
            )
            self._number("Updates of the range test", "updates", whole=True).style("width: 100%")
            self._count = ui.label().classes("faint")
        self._tell_count()

    def _controls(self) -> None:
        with ui.element("div").classes("studio-controls"):
            self._start = ui.button("Train them all", icon="play_arrow", color="blue-9", on_click=self._train).props(
                "no-caps unelevated"
            )
            self._test = ui.button("Range test", icon="trending_up", on_click=self._range_test).props("no-caps outline")
            self._end = ui.button("Stop", icon="stop", on_click=self._stop).props("no-caps outline")
            self._end.set_enabled(False)
            ui.space()
            self._status = ui.label("Ready.").classes("studio-numbers").props('role="status" aria-live="polite"')
        self._progress = ui.linear_progress(0.0, show_value=False, size="6px").props('aria-label="progress"')
        self._progress.set_visibility(False)

    def _number(self, label: str, name: str, *, whole: bool = False, none: bool = False) -> ui.number:
        def changed(event: events.ValueChangeEventArguments) -> None:
            self._enter(name, partial(_read, label, event.value, whole=whole, none=none))

        props = 'dense outlined debounce="500"' + (" clearable" if none else "")
        return ui.number(label, value=getattr(self._state, name), on_change=changed).props(props)

    def _of_training(self, event: events.ValueChangeEventArguments) -> None:
        spec = self._workspace.spec if event.value == _SESSION else Spec(data=event.value)
        self._change(spec=spec)

    def _momenta(self, event: events.ValueChangeEventArguments) -> None:
        self._enter("momenta", partial(numbers_in, "momenta", str(event.value or "")))

    def _enter(self, name: str, read: Callable[[], Any]) -> None:
        """Take what was entered, with what was entered before and did not fit; tell what still does not."""
        self._entered[name] = read
        try:
            changed = {field: read() for field, read in self._entered.items()}
            self._state = dataclasses.replace(self._state, **changed)
        except ThalwegError as error:
            self._say(str(error))
            return
        self._entered.clear()
        self._changed()

    def _change(self, **changed: Any) -> None:
        """Take what was chosen; what was entered and does not fit stays told."""
        try:
            self._state = dataclasses.replace(self._state, **changed)
        except ThalwegError as error:
            self._say(str(error))
            return
        self._changed()

    def _changed(self) -> None:
        if not self._entered:
            self._say(None)
        self._tell_count()
        self._tell_address()

    def _tell_count(self) -> None:
        state = self._state
        rows = len(state.momenta) if state.has_momentum else 1
        told = f"{state.columns} rates × {rows} momenta: " if state.has_momentum else ""
        without = "" if state.has_momentum else f"; {state.rule} has no momentum to try: momentum and nesterov have"
        self._count.set_text(f"{told}{state.columns * rows} networks at once{without}")
        self._momenta_field.set_visibility(state.has_momentum)
        bounded = state.made_rule().stability() is not None
        around = "they lie around the largest stable rate, 2/λ_max" if bounded else "they go from 0.0001 to 1"
        self._range.set_text(f"Without a lowest and highest {around}.")
        spec = state.spec
        layers = ", ".join(f"{layer.size} {layer.activation}" for layer in spec.layers) or "no hidden layer"
        self._about.set_text(f"{spec.data}; {layers}")

    async def _train(self) -> None:
        state = self._state
        await self._begin(lambda built: Job(lambda job: try_rates(state, built, job)))

    async def _range_test(self) -> None:
        state = self._state
        await self._begin(lambda built: Job(lambda job: find_range(state, built, job)))

    async def _begin(self, started: Any) -> None:
        """Start a job on the training that is chosen, in the place of one that runs."""
        if self._entered:
            return  # what does not fit is told beside the fields
        self._stop()
        self._buttons(False)
        try:
            built = await in_thread(self._built)
        except ThalwegError as error:
            self._buttons(True)
            self._say(str(error))
            return
        self._say(None)
        self._job = started(built)
        self._progress.set_value(0.0)
        self._progress.set_visibility(True)

    def _built(self) -> Built:
        session = self._workspace.built
        return session if session.spec == self._state.spec else build(self._state.spec, self._workspace.own)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()

    def _buttons(self, ready: bool) -> None:
        self._start.set_enabled(ready)
        self._test.set_enabled(ready)
        self._end.set_enabled(not ready)

    def _look(self) -> None:
        """How far the job is."""
        job = self._job
        if job is None:
            return
        if not job.ended:
            told = "Stopping." if job.stopped else "Running." if job.status == RUNNING else "Waiting for other pages."
            if job.status == RUNNING and not job.share and not job.stopped:
                told = "Running: XLA compiles the training first."
            self._status.set_text(told)
            self._progress.set_value(round(job.share, 3))
            return
        self._job = None
        self._buttons(True)
        self._progress.set_visibility(False)
        if job.status == FAILED:
            self._status.set_text("")
            self._say(job.told)
        elif job.status == DONE:
            self._status.set_text("Stopped." if job.stopped else "Done.")
            if isinstance(job.result, Tried):
                self._show_map(job.result)
            elif isinstance(job.result, RangeTest):
                self._show_test(job.result)

    def _show_map(self, tried: Tried) -> None:
        self._tried = tried
        rows, columns = tried.grid.errors.shape
        cell = self._state.cell
        if cell is not None and not (cell[0] < rows and cell[1] < columns):
            cell = None
        self._map.set_content(map_html(tried.grid, cell))
        found = "; ".join([tried.grid.reason, *tried.grid.findings])
        self._reason.set_text(f"{tried.grid.in_words().splitlines()[0]}: {found}")
        self._reason.set_visibility(True)
        shown = cell or tried.grid.best
        if shown is not None:
            self._show_cell(*shown)
        else:
            self._of_cell.set_visibility(False)

    def _clicked(self, event: events.GenericEventArguments) -> None:
        row, column = (int(part) for part in str(event.args).split(","))
        if self._tried is None:
            return
        rows, columns = self._tried.grid.errors.shape
        if 0 <= row < rows and 0 <= column < columns:
            self._state = dataclasses.replace(self._state, cell=(row, column))
            self._tell_address()
            self._show_cell(row, column)

    def _show_cell(self, row: int, column: int) -> None:
        """The curve of a cell, and the way to the room Train with its numbers."""
        tried = self._tried
        assert tried is not None
        grid = tried.grid
        momentum = None if grid.momenta is None else float(grid.momenta[row])
        spec = tried.state.taken_over(float(grid.learning_rates[column]), momentum)
        self._of_cell.clear()
        self._of_cell.set_visibility(True)
        with self._of_cell:
            ui.html("<h2>The network of the cell</h2>", sanitize=False)
            ui.label(f"{told_of(grid, row, column)}; {tried.why(row, column)}")
            history = tried.history(row, column)
            if len(history.loss):
                self._curves = Curves({"cell": history}, title="")
                PictureElement(self._curves, "log", "panels", "hidden", "epoch")
            else:
                ui.label("It diverged before the end of its first epoch.").classes("faint")
            ui.link("Train with these numbers in the room Train", f"/train?{query_of_spec(spec)}").classes("studio-go")

    def _show_test(self, found: RangeTest) -> None:
        self._found = found
        self._of_test.clear()
        self._of_test.set_visibility(True)
        with self._of_test:
            ui.html("<h2>Range test: the loss as the rate rises</h2>", sanitize=False)
            best = "no rate recommended" if found.recommended is None else f"recommended {found.recommended:.3g}"
            ui.label(f"{best}: {found.reason}").classes("studio-note")
            ui.echart(range_chart(found)).classes("studio-chart").props('role="img" aria-label="loss against rate"')
            if found.recommended is not None:
                spec = self._state.taken_over(found.recommended, None)
                ui.link(
                    f"Train with a rate of {found.recommended:.3g} in the room Train", f"/train?{query_of_spec(spec)}"
                ).classes("studio-go")

    def _tell_address(self) -> None:
        self._workspace.say(_NAME, query_of(self._state))

    def _say(self, told: str | None) -> None:
        self._error.set_text(told or "")
        self._error.set_visibility(bool(told))


def _read(label: str, value: Any, *, whole: bool, none: bool) -> Any:
    """The number of a field, None of an empty one that may be so."""
    if value is None:
        if none:
            return None
        raise ArgumentError(f"{label} is empty: give a number")
    if whole and value != int(value):
        raise ArgumentError(f"{label} is {value:g}; it must be a whole number")
    return int(value) if whole else float(value)


def range_chart(found: RangeTest) -> dict[str, Any]:
    """The losses of a range test against the rates, with what is told of them, for ECharts."""
    pairs = [
        [float(rate), float(loss)]
        for rate, loss in zip(found.rates, found.losses, strict=True)
        if loss > 0 and loss < 1e300
    ]
    named = (("recommended", found.recommended), ("lowest", found.lowest_at), ("bounced", found.bounced_at))
    marks = [{"xAxis": rate, "name": name} for name, rate in named if rate is not None]
    axis: dict[str, Any] = {"type": "log", "axisLabel": {"color": "#7a8592"}, "nameLocation": "middle"}
    return {
        "animation": False,
        "grid": {"left": 70, "right": 30, "top": 30, "bottom": 46},
        "tooltip": {"trigger": "axis"},
        "xAxis": {**axis, "name": "learning rate", "nameGap": 28},
        "yAxis": {**axis, "name": "loss", "nameGap": 52},
        "series": [
            {
                "type": "line",
                "data": pairs,
                "showSymbol": False,
                "itemStyle": {"color": "#0072b2"},
                "markLine": {
                    "symbol": "none",
                    "data": marks,
                    "label": {"formatter": "{b}", "color": "#7a8592"},
                    "lineStyle": {"color": "#d55e00"},
                },
            }
        ],
    }
