"""The room in which one looks at the error over two weights, and at the paths of rules on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from nicegui import ui

from ..errors import ThalwegError
from ..optimizers import RULES
from ..widgets import Contour
from .building import build
from .code_block import code_block
from .landscape_case import Case, case_of
from .landscape_form import LandscapeForm
from .landscape_scripts import command_of, script_of, step_file_of
from .landscape_state import NETWORK, OF_TRAINING, Chosen, State, chosen_of, query_of, state_from
from .landscape_told import curvature_html, rules_html
from .latest_only import LatestOnly
from .links import query_of as training_query
from .links import spec_from
from .picture_element import PictureElement
from .rooms import room
from .workspace import Workspace

_PAUSE = 0.2
"""Seconds without a change after which the numbers beside the picture are written."""
_TAKEN = "(event) => { event.preventDefault(); emit(event.detail); }"
"""A single value of the picture is sent alone: a slider that is dragged sends one after another."""
_WATCHED = ["paths", "step", "view", "eigenvectors"]


@room("landscape", "Landscape", "terrain", "The error over two weights, and the paths of rules on it")
def show(workspace: Workspace, query: Mapping[str, str]) -> None:
    """Fill the room."""
    state, told = State(), ""
    if not query:
        state = _as_it_was(workspace)
    try:
        state = state_from(query) if query else state
        if state.case == NETWORK and state.training:
            spec = spec_from(state.training)
            if spec != workspace.spec:
                workspace.session.reset(build(spec, workspace.own))
        _case_of(state, workspace)
    except ThalwegError as error:
        state, told = State(), str(error)
    LandscapeRoom(workspace, state)
    if told:
        workspace.tell(told)


class LandscapeRoom:
    """The room, of one page."""

    def __init__(self, workspace: Workspace, state: State) -> None:
        self._workspace = workspace
        self._case: Case | None = None
        self._picture: Contour | None = None
        self._asked, self._steps = state, 0
        self._building = LatestOnly(self._complain)
        self._following = LatestOnly(self._tell_in_picture)
        self._writing = LatestOnly(self._complain)
        with ui.element("div").classes("studio-main"):
            with ui.element("div"):
                self._form = LandscapeForm(self._choose, self._follow, self._now)
                with ui.element("div").classes("studio-controls q-mt-sm"):
                    self._flat("Script", "code", self._scripts, "the same in Python, and as a command")
                    self._flat("Link", "link", self._copy_link, "copy the address of this picture")
            with ui.element("div").classes("studio-pictures"):
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="landscape"'):
                    self._place = ui.element("div").style("width: 100%")
                    with self._place:
                        ui.label("The error is computed.").classes("faint")
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="curvature"'):
                    ui.html("<h2>The curvature, and how large a learning rate may be</h2>", sanitize=False)
                    self._curvature = ui.html("", sanitize=False).classes("studio-numbers")
                with ui.element("section").classes("studio-card studio-wide").props('aria-label="rules"'):
                    ui.html("<h2>The rules, with the numbers of the step that is shown</h2>", sanitize=False)
                    self._equations = ui.html("", sanitize=False).classes("studio-equation")
        self._timer = ui.timer(_PAUSE, self._write, active=False)
        self._dirty = False
        for end in (self._building.end, self._following.end, self._writing.end, self._timer.cancel, self._forget):
            workspace.on_leave(end)
        self._form.show(_case_of(state, workspace))
        self._draw(state)

    def _flat(self, text: str, icon: str, on_click: Any, told: str) -> None:
        ui.button(text, icon=icon, on_click=on_click).props("no-caps flat dense padding=xs").tooltip(told)

    def _forget(self) -> None:
        if self._picture is not None:
            self._picture.unobserve_all()
        self._picture = self._case = None

    def _choose(self, **changes: Any) -> None:
        """Show something else of what there is to choose."""
        if self._case is not None:
            self._draw(self._state().turned_to(**changes))

    def _draw(self, state: State) -> None:
        """Draw another error; what cannot be is told, and the picture stays."""
        self._asked = state
        case_of_now = _later(state, self._workspace)

        def made() -> tuple[Case, Contour]:
            case = case_of_now()
            return case, case.picture(self._following)

        self._building(made, self._show)

    def _show(self, made: tuple[Case, Contour]) -> None:
        self._case, picture = made
        if self._picture is not None:
            self._picture.unobserve_all()
        self._picture = picture
        self._steps = self._case.steps
        picture.observe(self._changed, names=_WATCHED)
        self._place.clear()
        with self._place:
            shown = PictureElement(picture).style("width: 100%")
            shown.on("asked", lambda event: picture.take(event.args), js_handler=_TAKEN)
        self._form.show(self._case, self._stable())
        self._changed(None)

    def _follow(self, chosen: tuple[Chosen, ...], steps: int) -> None:
        """Follow other rules on the same error."""
        picture = self._picture
        if picture is None:
            return
        try:
            picture.follow([one.made() for one in chosen], steps=steps)
        except ThalwegError as error:
            self._complain(str(error))
            return
        self._steps = steps

    def _now(self) -> list[Chosen]:
        """The rules as their sliders stand."""
        return [] if self._picture is None else [chosen_of(RULES.name_of(one), one) for one in self._picture.following]

    def _stable(self) -> float | None:
        """The largest stable rate of gradient descent where this is drawn."""
        curved = [max(one["values"]) for one in self._picture.curvature] if self._picture is not None else []
        return 2.0 / curved[-1] if curved and curved[-1] > 0 else None

    def _complain(self, text: str) -> None:
        with self._place:
            if self._picture is None and self._asked != State():  # of an address: shown is what there always is
                self._workspace.tell(text)
                self._draw(State())
            self._form.complain(text)

    def _tell_in_picture(self, text: str) -> None:
        if self._picture is not None:
            self._picture.told = text

    def _changed(self, _: object) -> None:
        """Write the numbers beside the picture, when it has come to rest."""
        self._dirty = True
        self._timer.activate()

    def _state(self) -> State:
        """What is shown, as an address holds it."""
        case, picture = self._case, self._picture
        assert case is not None
        assert picture is not None
        start = (float(picture.start[0]), float(picture.start[1]))
        own = case_of(replace(case.state, start=(), rules=(), steps=0), self._workspace.built) if (
            case.state.case != NETWORK) else None  # fmt: skip
        rules = tuple(self._now())
        return replace(
            case.state,
            start=() if own is not None and own.start == start else start,
            rules=() if own is not None and own.rules == rules else rules,
            steps=0 if own is not None and own.steps == self._steps else self._steps,
            weights=case.weights if case.state.case == NETWORK else (),
            view=picture.view,
            eigenvectors=picture.eigenvectors,
        )

    def _write(self) -> None:
        if self._dirty:  # it waits until nothing has changed for a while
            self._dirty = False
            return
        self._timer.deactivate()
        case, picture = self._case, self._picture
        if case is None or picture is None:
            return
        self._workspace.say("landscape", query_of(self._state()))
        (start, rules), step = picture.shown, picture.step
        paths, curvature, sliders = picture.paths, picture.curvature, picture.rules

        def written() -> tuple[str, str]:
            return curvature_html(case, curvature, sliders), rules_html(case, start, rules, step, paths)

        def show(told: tuple[str, str]) -> None:
            self._curvature.set_content(told[0])
            self._equations.set_content(told[1])

        self._writing(written, show)

    def _scripts(self) -> None:
        case, picture = self._case, self._picture
        if case is None or picture is None:
            return
        (first, second), rules = picture.shown
        start, names = (first, second), [path["name"] for path in picture.paths]
        command = command_of(case, start, rules, self._steps)
        with ui.dialog(value=True) as dialog, ui.card().classes("studio-dialog"):
            ui.html("<h2>The same picture in Python</h2>", sanitize=False)
            code_block(script_of(case, start, rules, names, self._steps), "script")
            ui.html("<h2>The same picture as a command</h2>", sanitize=False)
            if command.text:
                code_block(command.text, "command")
                name, text = f"{case.state.case}.toml", step_file_of(case, rules)
                ui.button(f"Download {name}, which it reads", icon="download",
                          on_click=lambda: ui.download.content(text.encode(), name, "application/toml")).props(
                    "flat dense no-caps")  # fmt: skip
            else:
                ui.label(command.missing).classes("faint")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")

    def _copy_link(self) -> None:
        if self._case is None:
            return
        self._workspace.say("landscape", query_of(self._state()))
        ui.run_javascript("navigator.clipboard && navigator.clipboard.writeText(location.href)")
        ui.notify("the address of this picture is copied", timeout=1500)


def _as_it_was(workspace: Workspace) -> State:
    """What the room showed when it was left; of a network of the room Train that is trained on, not its old weights."""
    said = dict(parse_qsl(workspace.said.get("landscape", ""), keep_blank_values=True))
    kept = {name: text for name, text in said.items() if not name.startswith(OF_TRAINING)}
    if kept.get("case") == NETWORK:
        kept.pop("start", None)
    try:
        state = state_from(kept)
        _case_of(state, workspace)
    except ThalwegError:  # it does not fit the network that is there now
        return State()
    return state


def _later(state: State, workspace: Workspace) -> Callable[[], Case]:
    """What makes the case of a state with the training as it is now."""
    session = workspace.session
    if state.case == NETWORK:
        state = replace(state, training=_training_of(workspace))
    sample, built = session.sample(), session.built
    return partial(case_of, state, built, sample.parameters, sample.updates)


def _case_of(state: State, workspace: Workspace) -> Case:
    return _later(state, workspace)()


def _training_of(workspace: Workspace) -> dict[str, str]:
    """What makes the page's training, as an address has it."""
    return dict(parse_qsl(training_query(workspace.spec), keep_blank_values=True))
