"""The room that compares: up to eight runs overlaid, and a table of what they were made from and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from nicegui import events, ui

from ..errors import ThalwegError
from ..widgets import Curves
from .compare_files import ENDING, TOO_LARGE, model_from
from .compare_keep import keep_button
from .compare_state import CompareState, query_of, state_from
from .compare_table import NAME, Column, as_csv, best_of, columns_of, in_order, shown, value_of
from .in_thread import in_thread
from .kept_runs import MOST_SHOWN, KeptRun
from .picture_element import PictureElement
from .rooms import room
from .uploads import LARGEST_FILE, plain_name
from .workspace import SOON, Workspace

_MOST_FILES = 8
_EMPTY = (
    "Nothing is kept yet: train in the room Train and press Keep there, or bring saved models. Runs are kept as long "
    "as this page is open, and found again by its address for a while after."
)


@room("compare", "Compare", "compare_arrows", "Runs and saved models side by side")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    state, told = CompareState(), None
    try:
        state = state_from(query)
    except ThalwegError as error:
        told = str(error)
    missing: list[tuple[str, str]] = []
    try:
        for id_, name in state.runs:
            if not workspace.kept.find(id_, name, drawn=id_ not in state.undrawn):
                missing.append((id_, name))
    except ThalwegError as error:
        told = str(error)
    CompareRoom(workspace, state, missing)
    if told:
        workspace.tell(told)


class CompareRoom:
    """The room, of one page."""

    def __init__(self, workspace: Workspace, state: CompareState, missing: list[tuple[str, str]]) -> None:
        self._workspace = workspace
        self._state = state
        self._missing = missing
        """Runs of the address, by id and name, which are not here."""
        self._curves: Curves | None = None
        with ui.element("div").classes("studio-wide-main"):
            with ui.element("section").classes("studio-card").props('aria-label="controls"'):
                self._controls()
                self._not_here = ui.refreshable(self._missing_of)
                self._not_here()
            self._drawn = ui.element("section").classes("studio-card").props('aria-label="curves"')
            self._listed = ui.element("section").classes("studio-card").props('aria-label="table"')
            with self._listed:
                self._table = ui.refreshable(self._table_of)
                self._table()
        self._draw()
        ui.timer(SOON, self._tell_address, once=True)

    def _missing_of(self) -> None:
        if self._missing:
            ui.label(missing_told([name for _, name in self._missing])).classes("studio-note q-mt-sm")

    def _controls(self) -> None:
        with ui.element("div").classes("studio-controls"):
            keep_button(self._workspace, "Keep the run of the room Train", self._changed).props("no-caps outline")
            upload = ui.upload(
                multiple=True,
                auto_upload=True,
                max_file_size=LARGEST_FILE,
                max_files=_MOST_FILES,
                on_upload=self._uploaded,
                on_rejected=lambda: self._say(f"{TOO_LARGE}, and {_MOST_FILES} of them at a time at most"),
            )
            upload.props(f"accept={ENDING}").style("display: none")
            pick = ui.button("Saved models", icon="upload_file").props("no-caps outline")
            pick.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
            pick.tooltip(f"{ENDING} files; their curves are those of their records")
            ui.button("CSV", icon="download", on_click=self._download).props("no-caps outline").tooltip(
                "the whole table as a CSV file"
            )
            ui.button("Link", icon="link", on_click=self._copy_link).props("no-caps outline").tooltip(
                "copy the address of this comparison: its runs are found by whoever has it, as long as this server runs"
            )
            ui.space()
            ui.switch("Differences only", value=self._state.differing, on_change=self._differing)
        self._error = ui.label().classes("studio-error q-mt-sm").props('role="alert"')
        self._error.set_visibility(False)

    def _differing(self, event: events.ValueChangeEventArguments) -> None:
        self._state = dataclasses.replace(self._state, differing=bool(event.value))
        self._table.refresh()
        self._tell_address()

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        sender = cast(ui.upload, event.sender)
        try:
            if event.file.size() > LARGEST_FILE:
                self._say(f"{TOO_LARGE}")
                return
            content = await event.file.read()
            found = await in_thread(model_from, event.file.name, content)
            if found is not None:
                kept = self._workspace.kept.add(found)
                self._missing = [one for one in self._missing if plain_name(one[1]) != kept.name]
                self._not_here.refresh()
        except ThalwegError as error:
            self._say(str(error))
            return
        finally:
            sender.reset()
        self._say(None)
        self._changed()

    def _download(self) -> None:
        runs = in_order(self._workspace.kept.runs, self._state.sort)
        if not runs:
            self._say("there is no run in the table yet")
            return
        ui.download.content(as_csv(runs).encode(), "runs.csv", "text/csv")

    def _download_model(self, one: KeptRun) -> None:
        ui.download.content(one.content or b"", f"{plain_name(one.name)}{ENDING}", "application/octet-stream")

    def _copy_link(self) -> None:
        self._tell_address()
        ui.run_javascript("navigator.clipboard && navigator.clipboard.writeText(location.href)")
        ui.notify("the address of this comparison is copied", timeout=1500)

    def _changed(self) -> None:
        """Other runs are there, by other names, or drawn."""
        self._table.refresh()
        self._draw()
        self._tell_address()

    def _draw(self) -> None:
        """The curves of those that are drawn."""
        drawn = self._workspace.kept.drawn()
        self._listed.set_visibility(bool(self._workspace.kept.runs))
        if self._curves is not None and drawn:
            self._curves.replace(drawn)
            return
        self._drawn.clear()
        self._curves = None
        with self._drawn:
            if not drawn:
                ui.label(_EMPTY if not self._workspace.kept.runs else "No run is drawn: tick one below.").classes(
                    "faint"
                )
                return
            self._curves = Curves(drawn, log=self._state.log, title="")
            there = [one for one in self._state.panels if one in self._curves.panels or one in _panels(drawn)]
            if there:
                self._curves.panels = there
            PictureElement(self._curves, "log", "panels", "hidden", "epoch")
            self._curves.observe(self._looked, names=["log", "panels"])

    def _looked(self, change: Any) -> None:
        if self._curves is not None:
            self._state = dataclasses.replace(self._state, log=self._curves.log, panels=tuple(self._curves.panels))
            self._tell_address()

    def _table_of(self) -> None:
        kept = self._workspace.kept
        if not kept.runs:
            return
        columns = [one for one in columns_of(kept.runs) if one.differs or not self._state.differing]
        best = {one.name: best_of(kept.runs, one.name) for one in columns}
        with ui.element("div").classes("compare-scroll"), ui.element("table").classes("compare"):
            with ui.element("thead"), ui.element("tr"):
                self._plain_head(f"drawn, up to {MOST_SHOWN}")
                self._head(Column(NAME, False, False))
                for column in columns:
                    self._head(column)
                self._plain_head("")
            with ui.element("tbody"):
                for one in in_order(kept.runs, self._state.sort):
                    self._row(one, columns, best)

    def _plain_head(self, text: str) -> None:
        with ui.element("th").props('scope="col"'):
            ui.label(text)

    def _head(self, column: Column) -> None:
        sort = self._state.sort
        sorted_by = sort.removeprefix("-") == column.name
        direction = ("descending" if sort.startswith("-") else "ascending") if sorted_by else "none"
        classes = ("result " if column.result else "") + ("differs" if column.differs else "")
        with ui.element("th").classes(classes).props(f'scope="col" aria-sort="{direction}"'):
            arrow = {"ascending": " ▲", "descending": " ▼", "none": ""}[direction]
            mark = "≠ " if column.differs else ""
            button = ui.button(f"{mark}{column.name}{arrow}", on_click=partial(self._sort, column.name))
            button.props("flat dense no-caps size=sm padding=xs")
            if column.differs:
                button.tooltip("the runs differ here")

    def _row(self, one: KeptRun, columns: list[Column], best: Mapping[str, Any]) -> None:
        kept = self._workspace.kept
        with ui.element("tr"):
            with ui.element("td"):
                box = ui.checkbox(value=one.name in kept.shown, on_change=partial(self._tick, one.name)).props("dense")
                box.props["aria-label"] = f"draw {one.name}"
                box.set_enabled(one.curves is not None)
                if one.curves is None:
                    box.tooltip("its record has no curves")
            with ui.element("td").classes("name"):
                field = ui.input(value=one.name, on_change=partial(self._rename, one.name)).props(
                    'dense borderless debounce="900" maxlength="60"'
                )
                field.props["aria-label"] = f"name of {one.name}"
            for column in columns:
                value = value_of(one, column.name)
                good = best[column.name] is not None and value == best[column.name]
                classes = f"{'differs ' if column.differs else ''}{'best ' if good else ''}"
                classes += "number" if isinstance(value, int | float) else ""
                with ui.element("td").classes(classes):
                    ui.label(shown(value) + (" ★" if good else ""))
            with ui.element("td").classes("do"):
                if one.link is not None:
                    ui.link("open", f"/train?{one.link}").tooltip("this training, in the room Train")
                if one.content is not None:
                    ui.button(icon="download", on_click=partial(self._download_model, one)).props(
                        "flat dense round size=sm"
                    ).tooltip("its model, as a file that Saved models takes elsewhere").props[
                        "aria-label"
                    ] = f"download {one.name}"
                ui.button(icon="close", on_click=partial(self._remove, one.name)).props(
                    "flat dense round size=sm"
                ).props["aria-label"] = f"remove {one.name}"

    def _sort(self, column: str) -> None:
        """Up, down, and as they came."""
        following = {column: f"-{column}", f"-{column}": ""}.get(self._state.sort, column)
        self._state = dataclasses.replace(self._state, sort=following)
        self._table.refresh()
        self._tell_address()

    def _tick(self, name: str, event: events.ValueChangeEventArguments) -> None:
        try:
            self._workspace.kept.draw(name, bool(event.value))
        except ThalwegError as error:
            self._say(str(error))
            self._table.refresh()
            return
        self._say(None)
        self._draw()
        self._tell_address()

    def _rename(self, old: str, event: events.ValueChangeEventArguments) -> None:
        new = str(event.value or "").strip()
        if new == old:
            return
        try:
            self._workspace.kept.rename(old, new)
        except ThalwegError as error:
            self._say(str(error))
            return
        self._say(None)
        self._changed()

    def _remove(self, name: str) -> None:
        self._workspace.kept.remove(name)
        self._changed()

    def _tell_address(self) -> None:
        kept = self._workspace.kept
        state = dataclasses.replace(
            self._state,
            runs=(*((one.id, one.name) for one in kept.runs), *self._missing),
            undrawn=tuple(one.id for one in kept.runs if one.curves is not None and one.name not in kept.shown),
        )
        self._workspace.say("compare", query_of(state))

    def _say(self, told: str | None) -> None:
        self._error.set_text(told or "")
        self._error.set_visibility(bool(told))


def missing_told(names: list[str]) -> str:
    """Which runs of an address are not here, and how they come here.

    >>> missing_told(["circle adam"])[:49]
    "Not here: 'circle adam', which this address names"
    """
    which = ", ".join(repr(name) for name in names)
    return (
        f"Not here: {which}, which this address names. A run is found by its address where it was kept, as long as "
        "that server runs and has not kept many others since. Its model brings it here: download it there, by the "
        "arrow at the end of the run's row or by Model in the room Train, and bring it by Saved models."
    )


def _panels(drawn: Mapping[str, Any]) -> list[str]:
    from ..widgets.curves_data import panels_of

    return panels_of(list(drawn.values()))
