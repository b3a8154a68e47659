"""A step in the room Work: the picture that steps, what of it is shown, and how it is printed and saved."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from nicegui import events, ui

from ..errors import ThalwegError
from ..widgets.step_forms import written
from ..worked.notations import NOTATIONS, AnyNotation, name_of_notation
from ..worked.rendering.formats import ENDINGS
from .in_thread import in_thread
from .picture_element import PictureElement
from .scripts import unlike
from .work_picture import KEPT, SET_BY_PERSON, WorkPicture
from .work_scripts import step_command, step_script
from .work_source import LARGEST, Opened, notation_of, own_notation
from .work_state import RUN, numbers_in

if TYPE_CHECKING:
    from .work_room import WorkRoom

_SAVED = {
    "page": "The page that steps (HTML)",
    "html": "The calculation (HTML)",
    "latex": "LaTeX",
    "markdown": "Markdown",
    "text": "Text",
    "json": "JSON",
}
_TYPES = {"page": "text/html", "html": "text/html", "latex": "application/x-tex", "json": "application/json"}


class StepView:
    """The picture of what is opened, with what it may be asked."""

    def __init__(self, room: WorkRoom) -> None:
        self._room = room
        self._picture: WorkPicture | None = None
        self._of: tuple[Any, ...] = ()
        self._moved = False
        self._controls()
        self._place = ui.element("div").classes("studio-work-picture")

    def _controls(self) -> None:
        state = self._room.state
        bar = ui.element("section").classes("studio-card studio-work-bar").props('aria-label="what is shown"')
        with bar, ui.element("div").classes("studio-controls"):
            self._only = ui.input("Only", value=state.only, placeholder="layer1[2,0]", on_change=self._asked_for).props(
                'dense outlined clearable debounce="600"'
            )
            self._only.tooltip("a layer (layer1), a unit (layer1[2]) or a weight (layer1[2,0]), then shown whole")
            self._examples = ui.input(
                "Examples", value=",".join(map(str, state.examples)), placeholder="1,3", on_change=self._exampled
            ).props('dense outlined clearable debounce="600"')
            self._examples.tooltip("of a batch only these, counted from 1")
            self._digits = ui.number(
                "Digits", value=state.digits, min=1, max=17, precision=0, on_change=self._digited
            ).props('dense outlined debounce="500"')
            self._digits.classes("studio-work-number")
            self._upload()
            ui.space()
            with ui.dropdown_button("Save", icon="download", auto_close=True).props("no-caps flat dense"):
                for form, title in _SAVED.items():
                    ui.item(title, on_click=partial(self._save, form))
            ui.button("Script", icon="code", on_click=self._scripts).props("no-caps flat dense").tooltip(
                "the same as a command, and in Python"
            )
            ui.button("Link", icon="link", on_click=self._room.copy_link).props("no-caps flat dense").tooltip(
                "copy the address of this place"
            )

    def _upload(self) -> None:
        upload = ui.upload(
            auto_upload=True,
            max_file_size=LARGEST,
            max_files=1,
            on_upload=self._uploaded,
            on_rejected=lambda: self._room.say(
                f"the file is larger than {LARGEST >> 20} MiB: it is no table of symbols"
            ),
        )
        upload.props('accept=".toml" data-brings="notation"').style("display: none")
        pick = ui.button("Notation", icon="upload_file").props("outline no-caps dense")
        pick.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
        pick.tooltip("a table of symbols of your own: .toml, as --notation takes it")

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        cast(ui.upload, event.sender).reset()
        try:
            content = await event.file.read()
            kind = await in_thread(own_notation, event.file.name, content)
        except ThalwegError as error:
            self._room.say(str(error))
            return
        self._room.memory.own_notation = kind
        self._of = ()  # the menu of the picture has it from now on
        await self._room.change(notation=kind.name)

    async def _asked_for(self, event: events.ValueChangeEventArguments) -> None:
        if (event.value or "").strip() != self._room.state.only:
            await self._room.change(only=(event.value or "").strip(), line=0, phase="")

    async def _exampled(self, event: events.ValueChangeEventArguments) -> None:
        try:
            examples = numbers_in("examples", event.value or "")
        except ThalwegError as error:
            self._room.say(str(error))
            return
        if examples != self._room.state.examples:
            await self._room.change(examples=examples, line=0, phase="")

    async def _digited(self, event: events.ValueChangeEventArguments) -> None:
        if event.value is None:
            self._room.say("digits is empty: give a number from 1 to 17")
        elif int(event.value) != self._room.state.digits:
            await self._room.change(digits=int(event.value))

    # The picture.

    async def show(self, opened: Opened) -> None:
        """Show what was opened: in the picture that is there, if it is of the same."""
        room, state = self._room, self._room.state
        notation = notation_of(state, room.memory.own_notation)
        view = state.shown()
        _check_examples(opened, view)
        several = len(opened.steps) > 1 and state.of != RUN
        place = opened.number - 1 if several else min(state.place, len(opened.steps) - 1)
        of = (state.of, room.memory.own_notation, room.workspace.built if state.of == RUN else None)
        if self._picture is not None and of == self._of:
            ready = await in_thread(self._picture.rewritten, opened.steps, notation, view, place)
            ready()
        else:
            begins = {name: getattr(state, name) for name in ("form", "line", "phased", "phase")} | {"step": place}
            made = await in_thread(self._made, opened, notation, begins, view)
            self._picture, self._of = made, of
            self._place.clear()
            with self._place:
                PictureElement(self._picture, *SET_BY_PERSON)
            self._picture.observe(self._noticed, list(KEPT))
        self._only.set_value(state.only)
        self._examples.set_value(",".join(map(str, state.examples)))
        self._digits.set_value(state.digits)

    def _made(
        self, opened: Opened, notation: AnyNotation | None, begins: dict[str, Any], view: dict[str, Any]
    ) -> WorkPicture:
        own = self._room.memory.own_notation
        notations = None if own is None else [own, *NOTATIONS]
        return WorkPicture(opened.steps, notation, notations, self._written, self._left, begins, view)

    def _noticed(self, _: object) -> None:
        self._moved = True

    def _written(self, name: str) -> None:
        """A notation was chosen that is not written yet."""
        self._room.soon(notation=name)

    def _left(self, by: int) -> None:
        """The picture was left for the step before or after."""
        opened, state = self._room.opened, self._room.state
        if opened is None:
            return
        last = (state.step or 1) if len(opened.steps) == 1 or state.of == RUN else len(opened.steps)
        number = last + 1 if by > 0 else (state.step or 1) - 1
        if number >= 1:
            self._room.soon(step=number, place=0)

    def turn(self, number: int) -> bool:
        """Turn to a step that the picture holds; whether it does."""
        opened = self._room.opened
        if self._picture is None or opened is None or self._room.state.of == RUN or len(opened.steps) < 2:
            return False
        if not 1 <= number <= len(opened.steps):
            return False
        self._picture.step = number - 1
        self._room.moved(step=number)
        return True

    def tick(self) -> None:
        """Let the address follow the picture."""
        if not self._moved or self._picture is None:
            return
        self._moved = False
        picture, opened, state = self._picture, self._room.opened, self._room.state
        if opened is None:
            return
        own = name_of_notation(opened.steps[0].notation)
        changed: dict[str, Any] = {
            "notation": "" if picture.notation == own else picture.notation,
            "form": picture.form,
            "line": picture.line,
            "phased": picture.phased,
            "phase": picture.phase,
        }
        if state.of == RUN:
            changed["place"] = picture.step
        elif len(opened.steps) > 1 and picture.step + 1 != state.step:
            changed["step"] = picture.step + 1
        if any(getattr(state, name) != value for name, value in changed.items()):
            self._room.moved(**changed)

    # What leaves the page.

    async def _save(self, form: str) -> None:
        opened, picture, state = self._room.opened, self._picture, self._room.state
        if opened is None or picture is None:
            return
        kind = picture.kind_of(picture.notation)
        view = {**state.shown(), "form": picture.form}
        steps = [opened.steps[picture.step]] if state.of != RUN and form != "page" else opened.steps
        ui.notify("it is being written ...", timeout=1500)
        try:
            text = await in_thread(written, steps, form, kind, view)
        except ThalwegError as error:
            self._room.say(str(error))
            return
        name = f"{self._room.stem()}-step-{state.step or 1}{ENDINGS[form]}"
        ui.download.content(text.encode(), name, _TYPES.get(form, "text/plain"))

    def _scripts(self) -> None:
        room, state = self._room, self._room.state
        picture = self._picture
        if picture is not None:
            state = dataclasses.replace(state, form=picture.form)
        number, epochs, built = state.step or 1, room.made_epochs(), room.workspace.built
        other = unlike(built, epochs, went_on=room.workspace.session.went_on) if state.of == RUN else ""
        command = step_command(state, built, number, epochs, room.own_name())
        room.show_code(
            [
                ("The same as a command", command.text, command.missing),
                ("The same as a script", step_script(state, built, number, epochs, room.own_name()), other),
            ]
        )


def _check_examples(opened: Opened, view: dict[str, Any]) -> None:
    """Raise ArgumentError for an example that a step has not, counted as on the page."""
    from ..errors import ArgumentError

    most = min(step.examples for step in opened.steps)
    for place in view.get("examples", ()):
        if not 0 <= place < most:
            raise ArgumentError(f"example {place + 1}: the step has {most}, counted from 1")
