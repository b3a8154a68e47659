"""What is asked of a training: its data, network, rule, ending; each change makes it anew, or says why it cannot be."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from nicegui import events, ui

from ..errors import ArgumentError, ThalwegError
from . import fields
from .building import Built, OwnTable, build
from .in_thread import in_thread
from .spec import OWN_TABLE, Spec
from .start import Start
from .train_data import DataPart
from .train_learning import EndingPart, LearningPart
from .train_network import NetworkPart
from .workspace import Workspace

Changes: TypeAlias = Callable[[], dict[str, Any]]

_DENSE = "dense outlined options-dense"


class TrainForm:
    """The settings at the side; `on_built` is called with the training that a change made."""

    def __init__(self, workspace: Workspace, on_built: Callable[[Built], Awaitable[None]]) -> None:
        self.workspace = workspace
        self._on_built = on_built
        self._one = asyncio.Lock()
        self._settled = asyncio.Event()
        self._settled.set()
        self._waiting = 0
        self._refused: dict[ui.element, Changes] = {}
        """What stands in a field and cannot be, as it was asked for."""
        self._wrong: ui.element | None = None
        self.spec = workspace.spec
        with ui.element("section").classes("studio-card studio-settings").props('aria-label="settings"'):
            self._error = ui.label().classes("studio-error").props('role="alert"')
            self._error.set_visibility(False)
            self._parts: list[Any] = []
            for title, icon, part, opened in (
                ("Data", "table_view", DataPart(self), True),
                ("Network", "hub", NetworkPart(self), True),
                ("Learning", "trending_down", LearningPart(self), True),
                ("Ending and more", "flag", EndingPart(self), False),
            ):
                with ui.expansion(title, icon=icon, value=opened).props("dense header-class=text-weight-medium"):
                    shown = ui.refreshable(part.show)
                    shown()
                    self._parts.append(shown)

    @property
    def built(self) -> Built:
        """The training that the form shows, as it was made last."""
        return self.workspace.built

    @property
    def told(self) -> str:
        """What is told to be wrong."""
        return self._error.text

    def show(self, spec: Spec) -> None:
        """Show another training."""
        self.spec = spec
        self.say(None)
        self._refresh()

    def _refresh(self) -> None:
        """Show all fields anew, with what is taken."""
        self._refused.clear()
        for part in self._parts:
            part.refresh()

    async def settled(self) -> str:
        """Wait until what was entered is taken or refused; what is told of a field that cannot be, if there is one."""
        await self._settled.wait()
        return self._error.text if self._refused else ""

    def say(self, told: str | None, field: ui.element | None = None) -> None:
        """Say what cannot be, and mark the field in which it stands; None: all can be."""
        if self._wrong is not None and not self._wrong.is_deleted:
            self._wrong.props(remove="error")
        self._wrong = field if told else None
        if self._wrong is not None:
            self._wrong.props("error")
        self._error.set_text(told or "")
        self._error.set_visibility(bool(told))

    async def change(
        self,
        field: ui.element | None = None,
        of: Changes | None = None,
        *,
        own: OwnTable | None = None,
        begin: Start | None = None,
        **changed: Any,
    ) -> bool:
        """Take other settings, and another table or other weights to begin with; whether they can be.

        One change is made after another; `of` gives its settings when its turn comes, where they depend on others. The
        form keeps what was entered, and says what of it cannot be until it is mended.
        """
        self._waiting += 1
        self._settled.clear()
        try:
            async with self._one:
                taken = await self._take(field, of or (lambda: changed), own, begin)
                for other, again in list(self._refused.items()) if taken else ():
                    if other in self._refused:
                        await self._take(other, again)
                return taken
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._settled.set()

    async def _take(
        self, field: ui.element | None, of: Changes, own: OwnTable | None = None, begin: Start | None = None
    ) -> bool:
        if field is not None:
            self._refused.pop(field, None)

        def made() -> tuple[Spec, Built, OwnTable | None]:
            changed = of()
            spec = dataclasses.replace(self.spec, **({**changed, "start": True} if begin else changed))
            if spec == self.spec and own is None and begin is None:
                return spec, self.built, self.workspace.own
            table = own or self.workspace.own
            if table is not None and spec.data == OWN_TABLE:
                table = table.read_as(header=not spec.no_header, sheet=spec.sheet)
            return spec, build(spec, table, begin or self.workspace.start), table

        try:
            spec, built, table = await in_thread(made)
        except ThalwegError as error:
            if field is not None and not field.is_deleted:
                self._refused[field] = of
            self.say(str(error), field)
            return False
        before, self.spec = self.spec, spec
        self.workspace.own, self.workspace.start = table, begin or self.workspace.start
        if not self._refused:  # else it is told until that is tried again with these settings
            self.say(None)
        if built is not self.built:
            await self._on_built(built)
        if _other_fields(before, spec):
            self._refresh()
            self.say(None)
        return True

    def number(self, label: str, name: str, *, whole: bool = False, none: bool = False, **more: Any) -> ui.number:
        """A field for a number of the settings; with `none` it may be left empty."""
        return self.number_of(
            label, getattr(self.spec, name), lambda value: {name: value}, whole=whole, none=none, **more
        )

    def number_of(
        self,
        label: str,
        value: float | None,
        change: Callable[[Any], dict[str, Any]],
        *,
        whole: bool = False,
        none: bool = False,
        **more: Any,
    ) -> ui.number:
        """A field for a number; `change` gives the settings that it makes."""

        async def changed(event: events.ValueChangeEventArguments) -> None:
            given = event.value
            if given is not None:
                given = int(given) if whole and float(given).is_integer() else float(given)

            def made() -> dict[str, Any]:
                if given is None and not none:
                    raise ArgumentError(f"{label} is empty: give a number")
                return change(given)

            await self.change(field, made)

        props = 'dense outlined debounce="500" no-error-icon hide-bottom-space' + (" clearable" if none else "")
        field = ui.number(label, value=value, on_change=changed, **more).props(props)
        return field

    def select(self, label: str, name: str, choices: Any) -> ui.select:
        """A field for a choice among the settings."""
        return self.select_of(label, getattr(self.spec, name), choices, lambda value: {name: value})

    def select_of(
        self, label: str, value: Any, choices: Any, change: Callable[[Any], dict[str, Any]], **more: Any
    ) -> ui.select:
        """A field for a choice; `change` gives the settings that it makes."""

        async def changed(event: events.ValueChangeEventArguments) -> None:
            await self.change(field, partial(change, event.value))

        field = ui.select(choices, label=label, value=value, on_change=changed, **more).props(
            f"{_DENSE} no-error-icon hide-bottom-space"
        )
        return field

    def text_of(self, label: str, value: str, change: Callable[[str], dict[str, Any]], **more: Any) -> ui.input:
        """A field for a text; `change` gives the settings that it makes."""

        async def changed(event: events.ValueChangeEventArguments) -> None:
            await self.change(field, partial(change, str(event.value or "").strip()))

        field = ui.input(label, value=value, on_change=changed, **more).props(
            'dense outlined debounce="700" no-error-icon hide-bottom-space'
        )
        return field

    def switch_of(self, label: str, value: bool, change: Callable[[bool], dict[str, Any]]) -> ui.switch:
        """A field for yes or no; `change` gives the settings that it makes."""

        async def changed(event: events.ValueChangeEventArguments) -> None:
            await self.change(field, partial(change, bool(event.value)))

        field = ui.switch(label, value=value, on_change=changed)
        return field

    def part_field(self, one: fields.Field, value: Any, change: Callable[[Any], dict[str, Any]]) -> ui.element:
        """The field for a setting of a part."""
        label = one.name.replace("_", " ")
        if one.kind == fields.SWITCH:
            return self.switch_of(label, value, change)
        if one.kind == fields.CHOICE:
            return self.select_of(label, value, list(one.choices), change)
        if one.kind == fields.TEXT:
            return self.text_of(label, value, change)
        return self.number_of(label, value, change, whole=one.kind == fields.WHOLE)


def _other_fields(before: Spec, after: Spec) -> bool:
    """Whether another training is asked for other settings."""
    names = (
        "data", "target", "task", "ignore", "text", "sheet", "no_header", "dates", "decimal", "many_texts",
        "missing_targets", "sample_weight", "group", "time", "stratify", "start", "optimizer", "loss",
    )  # fmt: skip
    layers = [[(layer.activation,) for layer in spec.layers] for spec in (before, after)]
    return layers[0] != layers[1] or any(getattr(before, name) != getattr(after, name) for name in names)
