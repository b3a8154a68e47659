"""The room of activations: each with its derivative, a point that one drags, and the derivation line by line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from nicegui import events, ui

from ..core.activations import ACTIVATIONS, Formula
from ..core.activations.steps import Step
from ..errors import ThalwegError
from ..widgets import Activation
from ..widgets.activation_data import MOST, activations_data, letters_of
from ..worked.derivations.derive import derive
from ..worked.derivations.render_mathml import render_fragment
from ..worked.notations import NOTATIONS
from .activations_state import ActivationsState, function_of, query_of, said_of, state_from
from .picture_element import PictureElement
from .rooms import room
from .workspace import SOON, Workspace


@room("activations", "Activations", "show_chart", "Each activation with its derivative, to be dragged along")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    state, told = ActivationsState(), None
    try:
        found = state_from(query or dict(parse_qsl(workspace.said.get("activations", ""), keep_blank_values=True)))
        activations_data(found.made(), **_look(found))
        state = found
    except ThalwegError as error:
        told = str(error)
    ActivationsRoom(workspace, state)
    if told:
        workspace.tell(told)


def _look(state: ActivationsState) -> dict[str, Any]:
    """How the picture shows the functions."""
    return {name: getattr(state, name) for name in ("low", "high", "saturated_below", "notation")}


def _derived(function: Any) -> Any:
    """What is derived: a formula by the net input, as the picture has it, and not by the x that it was typed with."""
    return function.value_text if isinstance(function, Formula) else function


def offered() -> dict[str, str]:
    """The activations by name, those that only predict among them."""
    steps = {name: f"{name} (a step)" for name in ACTIVATIONS.also if issubclass(ACTIVATIONS[name], Step)}
    return {**{name: name for name in ACTIVATIONS if name != "formula"}, **steps}


class ActivationsRoom:
    """The room, of one page."""

    def __init__(self, workspace: Workspace, state: ActivationsState) -> None:
        self._workspace = workspace
        self._state = state
        self._derived: tuple[Any, ...] = ()
        self._entered: dict[str, float] = {}
        """Bounds and a threshold that cannot be shown as yet."""
        self._picture = Activation(list(state.made()), at=state.at, **_look(state))
        self._picture.live = False  # a formula is typed at the side
        self._picture.chosen = min(state.chosen, len(state.functions) - 1)
        with ui.element("div").classes("studio-main"):
            self._settings()
            with ui.element("div").classes("studio-pictures"):
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="picture"'):
                    PictureElement(self._picture, "at", "chosen")
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="derivation"'):
                    self._derivation = ui.html(sanitize=False).classes("studio-derivation")
        self._picture.observe(self._moved, names=["at", "chosen"])
        self._derive()
        ui.timer(SOON, self._tell_address, once=True)

    def _settings(self) -> None:
        with ui.element("section").classes("studio-card studio-settings").props('aria-label="settings"'):
            self._error = ui.label().classes("studio-error").props('role="alert"')
            self._error.set_visibility(False)
            self._chosen = (
                ui.select(
                    offered(),
                    label=f"Functions, up to {MOST}",
                    multiple=True,
                    value=self._named(),
                    on_change=self._pick,
                )
                .props("dense outlined options-dense use-chips")
                .style("width: 100%")
            )
            with ui.element("form").classes("studio-formula").on("submit.prevent", self._add):
                self._formula = ui.input("A formula of your own", placeholder="x*tanh(x)").props(
                    'dense outlined spellcheck="false" autocomplete="off" maxlength="300"'
                )
                ui.button("Add", icon="add").props("type=submit outline no-caps dense")
            ui.label("of x: + - * / **, exp, log, tanh, max, erf, ..., and u if x > 0 else v").classes("faint")
            self._own = ui.refreshable(self._own_settings)
            self._own()
            ui.select(
                {name: f"{name}: {NOTATIONS[name].title}" for name in NOTATIONS},
                label="Notation",
                value=self._state.notation,
                on_change=lambda event: self._change({"notation": event.value}),
            ).props("dense outlined options-dense").style("width: 100%")
            with ui.element("div").classes("studio-row"):
                self._number("From net input", "low")
                self._number("To net input", "high")
                self._number("Saturated: |slope| below", "saturated_below")

    def _named(self) -> list[str]:
        """The functions that have a name, without their settings."""
        return [ACTIVATIONS.name_of(one) for one in self._state.made() if not isinstance(one, Formula)]

    def _number(self, label: str, name: str) -> None:
        def changed(event: events.ValueChangeEventArguments) -> None:
            if event.value is None:
                self._say(f"{label} is empty: give a number")
                return
            self._entered[name] = float(event.value)
            if self._change(self._entered):
                self._entered = {}

        ui.number(label, value=getattr(self._state, name), on_change=changed).props('dense outlined debounce="500"')

    def _own_settings(self) -> None:
        """The parameters of the functions that have some, and the formulas, each to be taken away."""
        for place, function in enumerate(self._state.made()):
            if isinstance(function, Formula):
                with ui.element("div").classes("studio-own"):
                    ui.label(function.formula).classes("studio-formula-said")
                    ui.button(icon="close", on_click=partial(self._remove, place)).props(
                        "flat dense round size=sm"
                    ).props["aria-label"] = f"remove {function.formula}"
                continue
            described = ACTIVATIONS.describe(function)
            name = described.pop("name")
            for setting, value in described.items():
                self._parameter(place, name, setting, value)

    def _parameter(self, place: int, name: str, setting: str, value: float) -> None:
        def changed(event: events.ValueChangeEventArguments) -> None:
            if event.value is None:
                self._say(f"{name}: {setting} is empty: give a number")
                return
            functions = list(self._state.functions)
            try:
                made = dataclasses.replace(self._state.made()[place], **{setting: float(event.value)})  # pyright: ignore[reportArgumentType]
                functions[place] = said_of(made)
            except ThalwegError as error:
                self._say(str(error))
                return
            self._change({"functions": tuple(functions)}, anew=False)

        ui.number(f"{name}: {setting}", value=value, step=0.1, on_change=changed).props(
            'dense outlined debounce="400"'
        ).style("width: 100%")

    def _pick(self, event: events.ValueChangeEventArguments) -> None:
        """Those that stay keep their places and settings; the new ones come behind."""
        wanted = list(event.value or [])
        kept = []
        for said, function in zip(self._state.functions, self._state.made(), strict=True):
            name = None if isinstance(function, Formula) else ACTIVATIONS.name_of(function)
            if name is None or name in wanted:
                kept.append(said)
        new = [name for name in wanted if name not in self._named()]
        if wanted != self._named():
            self._change({"functions": (*kept, *new)})

    def _add(self) -> None:
        said = (self._formula.value or "").strip()
        try:
            function_of(said)
        except ThalwegError as error:
            self._say(str(error))
            return
        if said in self._state.functions:
            self._say(f"{said} is shown already")
            return
        if self._change({"functions": (*self._state.functions, said), "chosen": len(self._state.functions)}):
            self._formula.set_value("")

    def _remove(self, place: int) -> None:
        functions = self._state.functions
        self._change({"functions": functions[:place] + functions[place + 1 :]})

    def _change(self, changed: Mapping[str, Any], *, anew: bool = True) -> bool:
        """Show something else; the page keeps what was entered, and says what of it cannot be."""
        try:
            state = dataclasses.replace(self._state, **changed)
            state = dataclasses.replace(state, chosen=min(state.chosen, len(state.functions) - 1))
            self._picture.show(state.made(), **_look(state))
        except ThalwegError as error:
            self._say(str(error))
            return False
        if changed is self._entered or not self._entered:
            self._say(None)
        self._state = state
        self._picture.chosen = state.chosen
        self._state = dataclasses.replace(state, at=self._picture.at)
        if anew and "functions" in changed:
            self._own.refresh()
            self._chosen.set_value(self._named())
        self._derive()
        self._tell_address()
        return True

    def _moved(self, _: Any) -> None:
        """The point was moved, or another function chosen, in the picture."""
        self._state = dataclasses.replace(self._state, at=self._picture.at, chosen=self._picture.chosen)
        self._derive()
        self._tell_address()

    def _derive(self) -> None:
        function, notation = self._state.looked_at, self._state.notation
        if (function, notation) == self._derived:
            return
        self._derived = function, notation
        try:
            letters = {name: letter for name, letter in letters_of(notation).items() if name != "f"}
            self._derivation.set_content(render_fragment(derive(_derived(function)), letters))
        except ThalwegError as error:
            self._derivation.set_content("")
            self._say(str(error))

    def _tell_address(self) -> None:
        self._workspace.say("activations", query_of(self._state))

    def _say(self, told: str | None) -> None:
        self._error.set_text(told or "")
        self._error.set_visibility(bool(told))
