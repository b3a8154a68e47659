"""The room in which a training is set up, run, paused, stepped and watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import events, ui

from ..errors import ThalwegError
from .building import Built, build
from .code_block import code_block
from .compare_keep import keep_button
from .in_thread import in_thread
from .links import query_of, spec_from
from .models import model_file
from .rooms import room
from .scripts import command_of, script_of, unlike
from .session import ENDED, FAILED, RUNNING, Sample
from .spec import OWN_TABLE, Spec
from .train_form import TrainForm
from .train_pictures import TrainPictures
from .uploads import plain_name
from .workspace import OPEN, Workspace

_SECONDS = 0.2
_SHARE = 6.0
"""The curves of all pages together may take a sixth of the time, and so may the other pictures."""
_SECONDS_BETWEEN_PICTURES = 0.8
"""At least: what a browser draws on this machine, it takes from the training."""


@room("train", "Train", "model_training", "Set up a training, run it, and watch it learn")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    told = None
    if query:
        try:
            spec = spec_from(query)
            if spec != workspace.spec:
                workspace.session.reset(build(spec, workspace.own, workspace.start))
        except ThalwegError as error:
            told = str(error)
    elif workspace.spec != Spec():
        ui.timer(0, lambda: workspace.say("train", query_of(workspace.spec)), once=True)  # when the browser is here
    TrainRoom(workspace)
    if told:
        workspace.tell(told)


class Pace:
    """Draws samples, and the less often the longer that takes and the more pages there are; the last one always."""

    def __init__(self, draw: Callable[[Sample], None]) -> None:
        self._draw = draw
        self._version = -1
        self._next = 0.0

    def look(self, sample: Sample) -> None:
        """Draw a sample, if it is another one and it is time."""
        began = time.monotonic()
        if sample.version == self._version or (sample.status == RUNNING and began < self._next):
            return
        self._version = sample.version
        self._draw(sample)
        now = time.monotonic()
        self._next = now + max(_SECONDS_BETWEEN_PICTURES, (now - began) * _SHARE * max(1, len(OPEN)))


class TrainRoom:
    """The room, of one page."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._version = -1
        self._status = ""
        self._light = Pace(self._draw_light)
        self._heavy = Pace(self._draw_heavy)
        with ui.element("div").classes("studio-main"):
            with ui.element("div"):
                self._form = TrainForm(workspace, self._begin)
            with ui.element("div").classes("studio-pictures"):
                self._controls()
                self._pictures = TrainPictures(workspace.session)
        timer = ui.timer(_SECONDS, self._refresh)
        workspace.on_leave(timer.cancel)
        ui.keyboard(on_key=self._key)
        self._refresh()

    def _controls(self) -> None:
        with ui.element("section").classes("studio-card studio-wide").props('aria-label="controls"'):
            with ui.element("div").classes("studio-controls"):
                self._run = ui.button("Run", icon="play_arrow", color="blue-9", on_click=self._run_or_pause).props(
                    "no-caps unelevated"
                )
                _told_above(self._run, "space")
                self._step = self._button("Step", "skip_next", self._do_step, "one update (s)")
                self._epoch = self._button("Epoch", "fast_forward", self._do_epoch, "to the end of the epoch (e)")
                self._undo = self._button("Undo", "undo", self._do_undo, "back to before (u)")
                self._reset = self._button("Reset", "restart_alt", self._do_reset, "from the initial weights (r)")
                ui.space()
                self._flat("Script", "code", self._scripts, "the same in Python, and as a command")
                self._save = self._flat("Model", "download", self._download, "download the model as it is")
                keep_button(self._workspace).props("no-caps flat dense padding=xs")
                self._flat("Table", "table_view", self._download_table, "download the data as CSV")
                self._flat("Link", "link", self._copy_link, "copy the address of this training")
            self._numbers = ui.label().classes("studio-numbers q-mt-sm")
            self._state = ui.label().classes("studio-numbers").props('role="status" aria-live="polite"')
            self._failure = ui.label().classes("studio-error").props('role="alert"')
            self._failure.set_visibility(False)

    def _button(self, text: str, icon: str, on_click: Callable[[], Any], told: str) -> ui.button:
        return _told_above(ui.button(text, icon=icon, on_click=on_click).props("no-caps outline"), told)

    def _flat(self, text: str, icon: str, on_click: Callable[[], Any], told: str) -> ui.button:
        return _told_above(ui.button(text, icon=icon, on_click=on_click).props("no-caps flat dense padding=xs"), told)

    async def _begin(self, built: Built) -> None:
        await in_thread(self._workspace.session.reset, built)
        self._workspace.say("train", query_of(built.spec))
        self._pictures.begin()
        self._refresh()

    async def _run_or_pause(self) -> None:
        session = self._workspace.session
        if session.sample().status == RUNNING:
            session.pause()
        elif await self._is_settled():
            session.run()
        self._refresh()

    async def _do_step(self) -> None:
        if await self._is_settled():
            self._workspace.session.step()

    async def _do_epoch(self) -> None:
        if await self._is_settled():
            self._workspace.session.epoch()

    async def _is_settled(self) -> bool:
        """Whether the training is the one of all fields, and can go on; if it is not, that is told."""
        if self._workspace.session.leads_nowhere:
            self._workspace.tell("this run diverged: reset it or undo, and choose a smaller learning rate", "warning")
            return False
        told = await self._form.settled()
        if told:
            self._workspace.tell(f"{told}. Mend this field first")
        return not told

    async def _do_undo(self) -> None:
        session = self._workspace.session
        before = session.built
        if await in_thread(session.undo):
            if session.built is not before:
                self._workspace.start = session.built.start or self._workspace.start
                self._form.show(session.built.spec)
                self._workspace.say("train", query_of(session.built.spec))
                self._pictures.begin()
            self._refresh()

    async def _do_reset(self) -> None:
        await in_thread(self._workspace.session.reset)
        self._refresh()

    def _refresh(self) -> None:
        session = self._workspace.session
        sample = session.sample()
        if sample.version != self._version:
            self._version = sample.version
            self._tell(sample)
        self._light.look(sample)
        self._heavy.look(sample)

    def _draw_light(self, sample: Sample) -> None:
        self._pictures.light(sample)

    def _draw_heavy(self, sample: Sample) -> None:
        self._pictures.heavy(sample)

    def _tell(self, sample: Sample) -> None:
        session = self._workspace.session
        running, lost = sample.status == RUNNING, session.leads_nowhere
        self._run.set_text("Pause" if running else "Run on" if sample.status == ENDED and not lost else "Run")
        self._run.props(f"icon={'pause' if running else 'play_arrow'}")
        self._run.set_enabled(running or not lost)
        for button in (self._step, self._epoch):
            button.set_enabled(not running and not lost)
        self._reset.set_enabled(not running)
        self._undo.set_enabled(sample.can_undo and not running)
        self._save.set_enabled(sample.updates > 0)
        losses = [
            f"{title} {curve.last:.4g}"
            for name, title in (("loss", "training loss"), ("validation_loss", "validation"), ("test_loss", "test"))
            if (curve := session.curves.get(name)) is not None
        ]
        most = session.epochs_at_most
        rate = f"{sample.updates / sample.seconds:,.0f} updates/s" if sample.seconds > 0.05 else ""
        checks = session.curves.get("validation_checks")
        told = [
            f"epoch {sample.epochs:,} of {most:,}",
            f"update {sample.updates:,}",
            *losses,
            f"validation checks {checks.last:.0f}" if checks is not None else "",
            f"{sample.seconds:.1f} s",
            rate,
            session.built.recipe.engine,
        ]
        self._numbers.set_text("  ·  ".join(filter(None, told)))
        state = sample.told or {"ready": "Ready.", "running": "Running.", "paused": "Paused."}.get(sample.status, "")
        if running and not sample.updates and session.built.recipe.engine == "xla":
            state = "Running: XLA compiles the training first."
        bad = sample.status == FAILED or sample.stopped == "diverged"
        if state != self._status:
            self._status = state
            self._state.set_text("" if bad else state)
            self._failure.set_text(state if bad else "")
            self._failure.set_visibility(bad)

    def _scripts(self) -> None:
        built, epochs = self._workspace.built, self._made_epochs()
        command = command_of(built, epochs)
        shown = ui.dialog(value=True).props('aria-label="the same training in Python and as a command"')
        with shown as dialog, ui.card().classes("studio-dialog"):
            ui.html("<h2>The same training in Python</h2>", sanitize=False)
            other = unlike(built, epochs, went_on=self._workspace.session.went_on)
            if other:
                ui.label(other).classes("studio-note")
            elif epochs and self._workspace.session.sample().updates % built.recipe.batch_order.steps:
                ui.label(f"Up to the end of epoch {epochs:,}, the last whole one.").classes("faint")
            code_block(script_of(built, epochs), "script")
            if built.start is not None:
                start = built.start
                ui.button(
                    f"Download {start.name}, which it reads",
                    icon="download",
                    on_click=lambda: ui.download.content(start.file(), start.name, "application/octet-stream"),
                ).props("flat dense no-caps")
            ui.html("<h2>The same training as a command</h2>", sanitize=False)
            if command.text:
                code_block(command.text, "command")
                ui.label(f"It reads {built.name}, which the button Table brings.").classes("faint")
            else:
                ui.label(command.missing).classes("faint")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")

    def _made_epochs(self) -> int | None:
        """The epochs of the run as it stands, for what makes the same again; None: all that it may have."""
        sample = self._workspace.session.sample()
        return sample.epochs if sample.epochs and sample.status != RUNNING else None

    async def _download(self) -> None:
        session = self._workspace.session

        def made() -> tuple[bytes, str] | None:
            finished = session.finished()
            if finished is None:
                return None
            kept = finished.kept_epoch
            told = (
                "" if kept is None or kept == finished.epochs else f"It has the parameters of epoch {kept:,}, the best."
            )
            return model_file(session.built, finished), told

        try:
            made_file = await in_thread(made)
        except ThalwegError as error:
            self._workspace.tell(str(error))
            return
        if made_file is not None:
            content, told = made_file
            stem = plain_name(session.built.name).partition(".")[0]
            ui.download.content(content, f"{stem}.thalweg", "application/octet-stream")
            if told:
                ui.notify(told, timeout=4000)

    def _download_table(self) -> None:
        built, own = self._workspace.built, self._workspace.own
        if built.spec.data == OWN_TABLE and own is not None and own.raw:
            ui.download.content(own.raw, own.name)
            return
        stem = plain_name(built.name).partition(".")[0]
        ui.download.content(built.frame.write_csv().encode(), f"{stem}.csv", "text/csv")

    def _copy_link(self) -> None:
        query = query_of(self._workspace.spec)
        self._workspace.say("train", query)
        ui.run_javascript("navigator.clipboard && navigator.clipboard.writeText(location.href)")
        ui.notify("the address of this training is copied", timeout=1500)

    async def _key(self, event: events.KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat or event.modifiers.ctrl or event.modifiers.meta:
            return
        running = self._workspace.session.sample().status == RUNNING
        if event.key == " ":
            await self._run_or_pause()
        elif not running and event.key == "s":
            await self._do_step()
        elif not running and event.key == "e":
            await self._do_epoch()
        elif not running and event.key == "u":
            await self._do_undo()
        elif not running and event.key == "r":
            await self._do_reset()


def _told_above(button: ui.button, told: str) -> ui.button:
    """The button with what it is for above it, where it hides no numbers."""
    with button:
        ui.tooltip(told).props('anchor="top middle" self="bottom middle"')
    return button
