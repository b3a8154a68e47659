"""An exercise in the room Work: a sheet in which one types and is told at once, its key, and sheets for a class."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import events, ui

from ..errors import ArgumentError, ThalwegError
from ..worked.exercises.blanks import RANDOM, USUALLY, words_of
from ..worked.exercises.choices import NUMBERS, QUANTITIES
from ..worked.exercises.exercise import Exercise, exercise
from ..worked.exercises.making import Maker
from ..worked.exercises.pdf import pdf
from ..worked.exercises.sheet import sheet_of
from ..worked.exercises.sheet_html import html, section
from ..worked.exercises.task import Settings, Task, code_of, exactly
from ..worked.notations import NOTATIONS
from ..worked.rendering.formats import ENDINGS
from .in_thread import in_thread
from .work_judging import answers_csv, judged
from .work_scripts import exercise_command, exercise_script
from .work_source import Opened, notation_of
from .work_state import MOST_STUDENTS, RUN
from .work_typing import TYPED, clearing, filling, printing, telling

if TYPE_CHECKING:
    from .work_room import WorkRoom

_DECIMALS = 4
_MOST_LINES = 700
"""About so many, as parameters times examples: the numbers of more take long to be drawn, and nobody works them out."""
_FILES = {
    "sheet html": "Sheets that judge (HTML)",
    "sheet pdf": "Sheets (PDF)",
    "sheet latex": "Sheets (LaTeX)",
    "sheet markdown": "Sheets (Markdown)",
    "key html": "Key (HTML)",
    "key pdf": "Key (PDF)",
    "key latex": "Key (LaTeX)",
    "key markdown": "Key (Markdown)",
    "answers csv": "Table for the answers (CSV)",
}


class ExerciseView:
    """The sheet of one student, judged as one types."""

    def __init__(self, room: WorkRoom) -> None:
        self._room = room
        self._opened: Opened | None = None
        self._maker: Maker | None = None
        self._made_of: tuple[Any, ...] = ()
        self._task: Task | None = None
        self._typed: dict[str, str] = {}
        self._asked = 0
        self._students = 30
        self._controls()
        with ui.element("div").classes("studio-card studio-exercise") as self._card:
            self._count = ui.label().classes("studio-numbers").props('role="status" aria-live="polite"')
            self._notes = ui.element("div")
            self._sheet = ui.html("", sanitize=False)
            self._sheet.on("input", self._judge, js_handler=TYPED)
            self._key = ui.html("", sanitize=False).props('role="region" aria-label="key"')
        self._key.set_visibility(False)

    def _controls(self) -> None:
        state = self._room.state
        with ui.element("section").classes("studio-card studio-work-bar").props('aria-label="the exercise"'):
            with ui.element("div").classes("studio-controls"):
                self._kinds = ui.select(
                    {name: name.replace("_", " ") for name in QUANTITIES},
                    label="What is blank",
                    multiple=True,
                    on_change=self._kinds_chosen,
                ).props("dense outlined options-dense use-chips")
                self._kinds.classes("studio-work-kinds")
                self._blank = ui.input("Blank, in words", value=state.blank, on_change=self._blanked)
                self._blank.props('dense outlined debounce="700"').classes("studio-work-kinds")
                self._blank.tooltip(
                    "as --blank takes it: sensitivities:layer1, updates:layer1[0,1], s2_1, all, random:8"
                )
                ui.button("At random", icon="casino", on_click=self._at_random).props("no-caps outline dense").tooltip(
                    "other lines, drawn by another seed"
                )
                self._seed = self._number("Seed", "seed", 0, state.seed)
                ui.button("Other numbers", icon="refresh", on_click=self._other_numbers).props(
                    "no-caps outline dense"
                ).tooltip("the numbers of the next seed")
                self._student = self._number("Student", "student", 1, state.student)
                self._round = self._number("Decimals", "round", 1, state.round or _DECIMALS)
                self._numbers = ui.select(
                    dict(zip(NUMBERS, ("drawn for each", "those of the step"), strict=True)),
                    label="Numbers",
                    value=state.numbers,
                    on_change=self._numbers_chosen,
                ).props("dense outlined options-dense")
                self._numbers.classes("studio-work-batch")
                self._notation = ui.select(self._notations(), label="Notation", on_change=self._noted).props(
                    "dense outlined options-dense"
                )
                self._notation.classes("studio-work-batch")
            with ui.element("div").classes("studio-controls"):
                self._hints = ui.switch("Hints", value=state.hints, on_change=self._hinted)
                self._hints.tooltip("show the formulas of the blanks")
                self._tells = ui.switch("Judge as I type", value=True, on_change=self._told)
                self._shows = ui.switch("Key", value=False, on_change=self._keyed)
                ui.button("Clear", icon="backspace", on_click=self._clear).props("no-caps flat dense").tooltip(
                    "empty all blanks; what is typed stays in this tab until then"
                )
                ui.space()
                sheets = ui.number(
                    "Sheets", value=self._students, min=1, max=MOST_STUDENTS, precision=0, on_change=self._counted
                ).props("dense outlined")
                sheets.classes("studio-work-number").tooltip("how many students' sheets are saved")
                with ui.dropdown_button("Save", icon="download", auto_close=True).props("no-caps flat dense"):
                    for what, title in _FILES.items():
                        ui.item(title, on_click=partial(self._save, what))
                    ui.item("My answers (CSV)", on_click=self._save_answers)
                ui.button("Print", icon="print", on_click=self._print).props("no-caps flat dense").tooltip(
                    "this sheet and its key, a page each"
                )
                ui.button("Script", icon="code", on_click=self._scripts).props("no-caps flat dense").tooltip(
                    "the same as a command, and in Python"
                )
                ui.button("Link", icon="link", on_click=self._room.copy_link).props("no-caps flat dense").tooltip(
                    "copy the address of this exercise"
                )

    def _number(self, label: str, name: str, least: int, value: int) -> ui.number:
        async def changed(event: events.ValueChangeEventArguments) -> None:
            if event.value is None:
                self._room.say(f"{label.lower()} is empty: give a whole number from {least}")
            elif int(event.value) != self._value(name):
                await self._room.change(**{name: int(event.value)})

        number = ui.number(label, value=value, min=least, precision=0, on_change=changed)
        number.props('dense outlined debounce="500"').classes("studio-work-number")
        return number

    def _value(self, name: str) -> int:
        value = getattr(self._room.state, name)
        return self._decimals() if value is None else value

    def _decimals(self) -> int:
        """To how many decimals lines are rounded: as it is asked, or as the file says."""
        said = None if self._opened is None else self._opened.file.decimals
        return self._room.state.round or said or _DECIMALS

    def _notations(self) -> dict[str, str]:
        own = self._room.memory.own_notation
        found = {"": "the step's own"} | {name: name for name in NOTATIONS}
        return found if own is None else {**found, own.name: own.name}

    async def _kinds_chosen(self, event: events.ValueChangeEventArguments) -> None:
        chosen = ",".join(name for name in QUANTITIES if name in (event.value or ()))
        if not chosen:
            self._room.say("nothing is blank: choose at least one kind")
        elif set(event.value) != set(self._kinds_of(self._room.state.blank)):
            await self._room.change(blank=chosen)

    @staticmethod
    def _kinds_of(blank: str) -> list[str]:
        return [word for word in words_of(blank) if word in QUANTITIES]

    async def _blanked(self, event: events.ValueChangeEventArguments) -> None:
        if (event.value or "") != self._room.state.blank:
            await self._room.change(blank=event.value or "")

    async def _at_random(self) -> None:
        state = self._room.state
        drawn = next((word for word in words_of(state.blank) if word.startswith(RANDOM)), None)
        await self._room.change(blank=drawn or f"{RANDOM}:{USUALLY}", seed=state.seed + (drawn is not None))

    async def _other_numbers(self) -> None:
        await self._room.change(seed=self._room.state.seed + 1, numbers=NUMBERS[0])

    async def _numbers_chosen(self, event: events.ValueChangeEventArguments) -> None:
        if event.value != self._room.state.numbers:
            await self._room.change(numbers=event.value)

    async def _noted(self, event: events.ValueChangeEventArguments) -> None:
        if event.value is not None and event.value != self._room.state.notation:
            await self._room.change(notation=event.value)

    async def _hinted(self, event: events.ValueChangeEventArguments) -> None:
        if bool(event.value) != self._room.state.hints:
            await self._room.change(hints=bool(event.value))

    def _counted(self, event: events.ValueChangeEventArguments) -> None:
        if event.value is not None and 1 <= int(event.value) <= MOST_STUDENTS:
            self._students = int(event.value)
        else:
            self._room.say(f"sheets is {event.value}; it must be a whole number from 1 to {MOST_STUDENTS}")

    # The sheet.

    async def show(self, opened: Opened) -> None:
        """Show the sheet of what was opened; what was typed stays while it is the same exercise."""
        state = self._room.state
        maker, task, one = await in_thread(self._make, opened)
        same = self._made_of == self._key_of(opened)
        self._opened, self._maker, self._task, self._made_of = opened, maker, task, self._key_of(opened)
        self._sheet.set_content(section(sheet_of(one, task, hints=state.hints, key=False), typed=True))
        self._key.set_content(section(sheet_of(one, task, hints=False, key=True), typed=False))
        if not same:
            self._typed = {}
            self._shows.set_value(False)
        ui.run_javascript(filling(self._sheet.id, code_of(maker.settings, task.number, maker.file), self._typed))
        self._notes.clear()
        with self._notes:
            for flaw in task.flaws[:4]:
                ui.label(flaw).classes("faint")
        self._kinds.set_value(self._kinds_of(state.blank))
        self._blank.set_value(state.blank)
        self._seed.set_value(state.seed)
        self._student.set_value(state.student)
        self._round.set_value(self._decimals())
        self._numbers.set_value(state.numbers)
        self._notation.set_options(self._notations(), value=state.notation)
        self._hints.set_value(state.hints)
        self._room.address()  # before the judging, which takes its time: a page that is reloaded stands here
        await self._tell()

    def _key_of(self, opened: Opened) -> tuple[Any, ...]:
        state = self._room.state
        shape = state.blank, state.seed, state.student, state.numbers, state.round
        return state.of, state.step, state.batch, *shape, self._room.workspace.built if state.of == RUN else opened.last

    def _settings(self, opened: Opened) -> Settings:
        state, room = self._room.state, self._room
        notation = notation_of(state, room.memory.own_notation)
        decimals = state.round or opened.file.decimals or _DECIMALS
        step = 1 if state.of == RUN else opened.number
        return Settings(words_of(state.blank), state.seed, decimals, step, state.numbers, notation)

    def _make(self, opened: Opened) -> tuple[Maker, Task, Exercise]:
        about = opened.file.network.parameter_count * (opened.steps[0].examples + 2)
        if about > _MOST_LINES:
            raise ArgumentError(
                f"the step has about {about:,} lines, and an exercise in the page at most {_MOST_LINES:,}: take one "
                "example an update, a smaller network or fewer examples"
            )
        maker = Maker(exactly(opened.file), self._settings(opened))
        task = maker.task(self._room.state.student, "")
        return maker, task, Exercise(opened.file.title, maker.settings, maker.file, (task,), maker.book)

    async def _judge(self, event: events.GenericEventArguments) -> None:
        task, typed = self._task, event.args
        if task is None or not isinstance(typed, dict):
            return
        asked = set(task.asked.blanks)
        self._typed = {id_: text[:100] for id_, text in typed.items() if id_ in asked and isinstance(text, str)}
        await self._tell()

    async def _clear(self) -> None:
        self._typed = {}
        ui.run_javascript(clearing(self._sheet.id))
        await self._tell()

    async def _tell(self) -> None:
        """Judge what was typed, and say it beside each blank."""
        task, maker = self._task, self._maker
        if task is None or maker is None:
            return
        self._asked += 1
        asked = self._asked
        if not self._tells.value:
            filled = sum(bool(text.strip()) for text in self._typed.values())
            self._count.set_text(f"{filled} of {len(task.asked.blanks)} filled in")
            ui.run_javascript(telling(self._sheet.id, {}))
            return
        found = await in_thread(judged, task, maker.book, dict(self._typed))
        if asked == self._asked:
            self._count.set_text(found.told)
            ui.run_javascript(telling(self._sheet.id, found.of))

    async def _told(self) -> None:
        await self._tell()

    def _keyed(self, event: events.ValueChangeEventArguments) -> None:
        self._key.set_visibility(bool(event.value))

    def tick(self) -> None:
        """Nothing moves by itself."""

    # What leaves the page.

    async def _save(self, what: str) -> None:
        opened = self._opened
        if opened is None:
            return
        kind, form = what.split()
        ui.notify("it is being made ...", timeout=2000)
        try:
            content = await in_thread(self._file, opened, kind, form)
        except ThalwegError as error:
            self._room.say(str(error))
            return
        part = "" if kind == "sheet" else f".{kind}"
        ui.download.content(content, f"{self._room.stem()}{part}{ENDINGS[form]}")

    def _file(self, opened: Opened, kind: str, form: str) -> bytes:
        """Sheets, key or table of a class, as the command makes them."""
        settings, hints = self._settings(opened), self._room.state.hints
        made = exercise(
            opened.file,
            settings.blank,
            self._students,
            seed=settings.seed,
            round=settings.decimals,
            step=settings.step,
            numbers=settings.numbers,
            notation=settings.notation,
        )
        if kind == "answers":
            return made.answers_csv().encode()

        def text(form: str) -> str:
            return made.key(form) if kind == "key" else made.sheet(form, hints=hints)

        if form == "pdf":
            return pdf(lambda: text("latex"), lambda: text("html"))[0]
        return text(form).encode()

    def _save_answers(self) -> None:
        if self._maker is not None and self._task is not None:
            name = f"{self._room.stem()}.answers-{self._task.number}.csv"
            ui.download.content(answers_csv(self._maker, self._task, self._typed).encode(), name, "text/csv")

    def _print(self) -> None:
        maker, task, opened = self._maker, self._task, self._opened
        if maker is None or task is None or opened is None:
            return
        one = Exercise(opened.file.title, maker.settings, maker.file, (task,), maker.book)
        hints = self._room.state.hints
        sheets = [sheet_of(one, task, hints=hints, key=False), sheet_of(one, task, hints=False, key=True)]
        ui.run_javascript(printing(html(sheets, 1, data=None)))

    def _scripts(self) -> None:
        room = self._room
        state = room.state
        if self._opened is not None and self._opened.file.decimals is None:
            state = dataclasses.replace(state, round=self._decimals())
        number, epochs, built = state.step or 1, room.made_epochs(), room.workspace.built
        command = exercise_command(state, number, self._students, room.own_name())
        script = exercise_script(state, built, number, epochs, self._students, room.own_name())
        room.show_code([("The same as a command", command.text, command.missing), ("The same as a script", script, "")])
