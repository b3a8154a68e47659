"""The room in which a step is worked through, and exercises are made of it."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Mapping
from typing import Any, cast

from nicegui import events, ui

from ..errors import ThalwegError
from ..worked.notations import Notation
from .building import build
from .code_block import code_block
from .in_thread import in_thread
from .rooms import room
from .session import RUNNING
from .spec import OWN_TABLE, Spec
from .work_exercise import ExerciseView
from .work_source import LARGEST, Opened, Source, gallery_titles, own_file
from .work_state import (
    AS_MADE,
    BATCH,
    BATCHES,
    EXERCISE,
    ONLINE,
    OWN_FILE,
    RUN,
    STEP,
    WorkState,
    address_of,
    state_from,
)  # fmt: skip
from .work_step import StepView
from .workspace import Workspace

_BATCHES = {AS_MADE: "as it was made", ONLINE: "one (online)", BATCH: "all (batch)"}
_SECONDS = 0.3


@dataclasses.dataclass
class Memory:
    """What the room keeps of a page: where it was, what it opened of, and a notation of one's own."""

    source: Source
    state: WorkState
    own_notation: type[Notation] | None = None


@room("work", "Work", "functions", "Work through a step, number by number, or make an exercise of it")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    memory = cast("Memory | None", workspace.remembered.get("work"))
    if memory is None:
        memory = workspace.remembered["work"] = Memory(Source(workspace.session), WorkState())
    told = None
    if query:
        try:
            state, spec = state_from(query)
            if spec is not None:
                _train(workspace, spec)
            memory.state = state
        except ThalwegError as error:
            told = str(error)
    elif memory.state.of == RUN:
        memory.state = dataclasses.replace(memory.state, step=None)
    WorkRoom(workspace, memory)
    if told:
        workspace.tell(told)


def _train(workspace: Workspace, spec: Spec) -> None:
    """Take the training that an address is of, unless it is here; the table of one's own may have another name."""
    here = workspace.spec
    if spec != here and not (spec.data == OWN_TABLE and here.data == OWN_TABLE):
        workspace.session.reset(build(spec, workspace.own))


class WorkRoom:
    """The room, of one page: what is opened, above what is shown of it."""

    def __init__(self, workspace: Workspace, memory: Memory) -> None:
        self.workspace, self.memory = workspace, memory
        self.opened: Opened | None = None
        self._asked = 0
        self._stopped = threading.Event()
        self._reached = 0
        self._step: int | None = None
        """The one that is being opened."""
        self._view: StepView | ExerciseView | None = None
        self._gallery: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        with ui.element("div").classes("studio-work"):
            self._controls()
            self._body = ui.element("div").classes("studio-work-body")
        self._timer = ui.timer(_SECONDS, self._tick)
        workspace.on_leave(self._leave)
        ui.timer(0, lambda: self.open(memory.state), once=True)

    @property
    def state(self) -> WorkState:
        """Where the room stands."""
        return self.memory.state

    def _leave(self) -> None:
        self._timer.cancel()
        self._stopped.set()
        self._asked += 1

    # What is opened.

    def _controls(self) -> None:
        state = self.state
        with ui.element("section").classes("studio-card studio-work-bar").props('aria-label="what is opened"'):
            with ui.element("div").classes("studio-controls"):
                self._which = ui.toggle(
                    {STEP: "Step", EXERCISE: "Exercise"}, value=state.view, on_change=self._viewed
                ).props('no-caps unelevated toggle-color=blue-9 aria-label="step or exercise"')
                self._of = ui.select(self._sources(), label="Of", value=None, on_change=self._chosen, with_input=True)
                self._of.props("dense outlined options-dense").classes("studio-work-of")
                self._upload()
                with ui.element("div").classes("studio-work-step"):
                    self._back = self._arrow("chevron_left", "the step before", -1)
                    self._number = ui.number("Step", value=state.step, min=1, precision=0, on_change=self._numbered)
                    self._number.props('dense outlined debounce="500"')
                    self._on = self._arrow("chevron_right", "the step after", 1)
                self._now = ui.button("Now", icon="my_location", on_click=self._to_now).props("no-caps flat dense")
                self._now.tooltip("the step at which the training stands")
                self._batch = ui.select(
                    _BATCHES, label="Examples an update", value=state.batch, on_change=self._batched
                ).props("dense outlined options-dense")
                self._batch.classes("studio-work-batch")
            with ui.element("div").classes("studio-controls") as self._waiting:
                ui.spinner(size="1.2em")
                self._progress = ui.label().classes("studio-numbers").props('role="status"')
                ui.button("Stop", on_click=self._stop).props("no-caps flat dense")
            self._waiting.set_visibility(False)
            self._failure = ui.label().classes("studio-error").props('role="alert"')
            self._failure.set_visibility(False)
            self._told = ui.element("div").classes("studio-work-told")

    def _sources(self) -> dict[str, str]:
        built = self.workspace.built
        found = {RUN: f"the training: {built.name.partition('.')[0]}"}
        own = self.memory.source.own
        if own is not None:
            found[OWN_FILE] = f"{own.name}: {own.file.title}"
        return found | self._gallery

    def _upload(self) -> None:
        upload = ui.upload(
            auto_upload=True,
            max_file_size=LARGEST,
            max_files=1,
            on_upload=self._uploaded,
            on_rejected=lambda: self.say(f"the file is larger than {LARGEST >> 20} MiB: it is no step file"),
        )
        upload.props('accept=".toml" data-brings="step"').style("display: none")
        pick = ui.button("Step file", icon="upload_file").props("outline no-caps dense")
        pick.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
        pick.tooltip("a step file of your own: .toml, as thalweg step reads it")

    def _arrow(self, icon: str, told: str, by: int) -> ui.button:
        return (
            ui.button(icon=icon, on_click=lambda: self.go(by))
            .props(f'flat dense round aria-label="{told}"')
            .tooltip(told)
        )

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        cast(ui.upload, event.sender).reset()
        try:
            content = await event.file.read()
            self.memory.source.own = await in_thread(own_file, event.file.name, content)
        except ThalwegError as error:
            self.say(str(error))
            return
        await self.open(dataclasses.replace(self.state, of=OWN_FILE, step=None, batch=AS_MADE, **_AT_THE_BEGINNING))

    async def _viewed(self, event: events.ValueChangeEventArguments) -> None:
        if event.value != self.state.view:
            await self.open(dataclasses.replace(self.state, view=event.value))

    async def _chosen(self, event: events.ValueChangeEventArguments) -> None:
        if event.value and event.value != self.state.of:
            await self.open(
                dataclasses.replace(
                    self.state, of=event.value, step=None, batch=AS_MADE, notation="", **_AT_THE_BEGINNING
                )
            )

    async def _batched(self, event: events.ValueChangeEventArguments) -> None:
        if event.value in BATCHES and event.value != self.state.batch:
            await self.open(dataclasses.replace(self.state, batch=event.value, line=0, phase="", place=0))

    async def _numbered(self, event: events.ValueChangeEventArguments) -> None:
        if event.value is None:
            self.say("step is empty: give a number from 1")
        elif event.value != self.state.step:
            number = int(event.value)
            if not self._turned(number):
                await self.change(step=number, place=0)

    async def go(self, by: int) -> None:
        """One step on, or back."""
        number = (self.state.step or 1) + by
        if number >= 1 and not self._turned(number):
            await self.change(step=number, place=0)

    def _turned(self, number: int) -> bool:
        """Whether the picture that is here holds the step, and turns to it."""
        return isinstance(self._view, StepView) and self._view.turn(number)

    async def _to_now(self) -> None:
        await self.open(dataclasses.replace(self.state, step=None))

    def _stop(self) -> None:
        self._stopped.set()

    # What happens.

    async def change(self, **changed: Any) -> None:
        """Take other values of the state; what of them cannot be is told, and nothing else happens."""
        try:
            state = dataclasses.replace(self.state, **changed)
        except ThalwegError as error:
            self.say(str(error))
            return
        await self.open(state)

    def soon(self, **changed: Any) -> None:
        """As `change`, from where nobody waits."""

        async def within() -> None:
            with self._body:
                await self.change(**changed)

        task = asyncio.create_task(within())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def open(self, state: WorkState) -> None:
        """Open what a state is about, and show it; what cannot be opened is told, and what is there stays."""
        self._asked += 1
        asked = self._asked
        self._stopped.set()
        stopped = self._stopped = threading.Event()
        self._reached, self._step = 0, state.step
        self._progress.set_text("Opening ...")
        self._waiting.set_visibility(True)
        try:
            self._gallery = await in_thread(gallery_titles)
            opened = await in_thread(self.memory.source.open, state, stopped, self._reach)
            if asked != self._asked:
                return
            if opened is None:
                if self.opened is None:
                    self.say(f"stopped at step {self._reached:,}: give another step, or open something else")
                self._show_controls()
                return
            before = self.opened, self.state
            self.opened, self.memory.state = opened, dataclasses.replace(state, step=opened.number)
            try:
                await self._show(opened)
            except ThalwegError:
                self.opened, self.memory.state = before
                if self.opened is not None and not isinstance(self._view, self._kind()):
                    await self._show(self.opened)  # what was there was left for what cannot be
                raise
        except ThalwegError as error:
            if asked == self._asked:
                await self._failed(str(error))
            return
        finally:
            if asked == self._asked:
                self._waiting.set_visibility(False)
        if asked == self._asked:
            self.say(None)
            self._show_told(opened)
            self._show_controls()
            self.address()

    async def _failed(self, told: str) -> None:
        """Nothing was opened: what is there stays; where nothing is, the page's training is opened."""
        if self.opened is None and self.state != WorkState():
            self.memory.state = WorkState()
            await self.open(self.state)
        self.say(told)
        self._show_controls()

    def _reach(self, updates: int) -> None:
        self._reached = updates

    async def _show(self, opened: Opened) -> None:
        kind = self._kind()
        if not isinstance(self._view, kind):
            self._body.clear()
            with self._body:
                self._view = kind(self)
        await self._view.show(opened)

    def _kind(self) -> type[StepView | ExerciseView]:
        return StepView if self.state.view == STEP else ExerciseView

    def _show_controls(self) -> None:
        state = self.state
        self._which.set_value(state.view)
        sources = self._sources()
        self._of.set_options(sources, value=state.of if state.of in sources else None)
        self._number.set_value(state.step)
        self._batch.set_value(state.batch)
        self._now.set_visibility(state.of == RUN)
        self._back.set_enabled((state.step or 1) > 1)
        last = None if self.opened is None else self.opened.last
        self._on.set_enabled(state.of != RUN or last is None or (state.step or 1) < last)

    def _show_told(self, opened: Opened) -> None:
        self._told.clear()
        session = self.workspace.session
        with self._told:
            if self.state.of == RUN and not session.sample().updates:
                with ui.element("p").classes("studio-note"):
                    ui.label("The training has made no update yet: run it in the room").style("display: inline")
                    ui.link("Train", "/train").style("margin: 0 .3em")
                    ui.label("first, or see here what an update of it will be.").style("display: inline")
            elif self.state.of == RUN and session.sample().status == RUNNING:
                ui.label("The training runs on: Now opens where it stands.").classes("studio-note")
            for text in opened.told:
                ui.label(text).classes("studio-note")

    def say(self, told: str | None) -> None:
        """Tell what is wrong, or that nothing is any more."""
        self._failure.set_text(told or "")
        self._failure.set_visibility(bool(told))

    def address(self) -> None:
        """Let the address say where the room stands."""
        self.workspace.say("work", address_of(self.state, self.workspace.spec))

    def moved(self, **changed: Any) -> None:
        """The picture, or an exercise, stands elsewhere: the address follows."""
        self.memory.state = dataclasses.replace(self.state, **changed)
        if "step" in changed:
            self._show_controls()
        self.address()

    def _tick(self) -> None:
        if self._waiting.visible and self._reached:
            of = "" if self._step is None else f" of {self._step:,}"
            self._progress.set_text(f"On the way there: step {self._reached:,}{of} ...")
        if self._view is not None:
            self._view.tick()

    def copy_link(self) -> None:
        """Copy the address."""
        self.address()
        ui.run_javascript("navigator.clipboard && navigator.clipboard.writeText(location.href)")
        ui.notify("the address of this place is copied", timeout=1500)

    def made_epochs(self) -> int | None:
        """The epochs that the run of this page has made, if they reach to the step; None: all that it may have."""
        sample = self.workspace.session.sample()
        reaches = sample.updates >= (self.state.step or 1)
        return sample.epochs if reaches and sample.epochs and sample.status != RUNNING else None

    def show_code(self, parts: list[tuple[str, str, str]]) -> None:
        """A dialog of titles, texts that are copied, and notes where there is no text."""
        with ui.dialog(value=True) as dialog, ui.card().classes("studio-dialog"):
            for title, text, note in parts:
                ui.label(title).props('role="heading" aria-level="2"').classes("studio-work-title")
                if text:
                    code_block(text, title.rpartition(" ")[2], f"copy: {title}")
                if note:
                    ui.label(note).classes("faint")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")

    def own_name(self) -> str:
        """The name of one's own step file."""
        own = self.memory.source.own
        return "" if own is None else own.name

    def stem(self) -> str:
        """What files of this place are called."""
        state = self.state
        if state.of == RUN:
            return self.workspace.built.name.partition(".")[0]
        return self.own_name().rpartition(".")[0] if state.of == OWN_FILE else state.of


_AT_THE_BEGINNING: dict[str, Any] = {"line": 0, "phase": "", "place": 0, "only": "", "examples": ()}
