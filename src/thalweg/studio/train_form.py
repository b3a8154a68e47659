"""What is asked of a training: its data, network, rule, ending; each change makes it anew, or says why it cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, cast

from nicegui import events, run, ui

from ..data import FORMATS
from ..data.choices import TASKS
from ..errors import ThalwegError
from ..training.choices import ENGINES, ORDERS
from . import fields
from .building import Built, build
from .datasets import DATASETS
from .spec import MOST_LAYERS, OWN_TABLE, HiddenLayer, Spec
from .uploads import LARGEST_FILE, MOST_ROWS, table_from
from .workspace import Workspace

_AS_READ, _LEFT_OUT, _AS_TEXT = "as read", "leave out", "text"
_MOST_COLUMNS_LISTED = 80
_TOO_LARGE = f"the file is larger than {LARGEST_FILE >> 20} MiB: train it with the command thalweg train"


class TrainForm:
    """The settings at the side; `on_built` is called with the training that a change made."""

    def __init__(self, workspace: Workspace, on_built: Callable[[Built], Awaitable[None]]) -> None:
        self._workspace = workspace
        self._on_built = on_built
        self._asked = 0
        self._columns_seen = False
        self.spec = workspace.spec
        with ui.element("section").classes("studio-card studio-settings").props('aria-label="settings"'):
            self._error = ui.label().classes("studio-error").props('role="alert"')
            self._error.set_visibility(False)
            self._parts: list[Any] = []
            for title, icon, show, opened in (
                ("Data", "table_view", self._data, True),
                ("Network", "hub", self._network, True),
                ("Learning", "trending_down", self._learning, True),
                ("Ending and more", "flag", self._ending, False),
            ):
                with ui.expansion(title, icon=icon, value=opened).props("dense header-class=text-weight-medium"):
                    part = ui.refreshable(show)
                    part()
                    self._parts.append(part)

    def show(self, spec: Spec) -> None:
        """Show another training."""
        self.spec = spec
        self._say(None)
        for part in self._parts:
            part.refresh()

    def _say(self, told: str | None) -> None:
        self._error.set_text(told or "")
        self._error.set_visibility(bool(told))

    async def change(self, **changed: Any) -> None:
        """Take other settings; the form keeps what was entered, and says what of it cannot be."""
        self._asked += 1
        asked = self._asked
        try:
            spec = dataclasses.replace(self.spec, **changed)
            built = await run.io_bound(build, spec, self._workspace.own)
        except ThalwegError as error:
            self._say(str(error))
            return
        if asked != self._asked:
            return
        shapes = ("data", "optimizer", "ignore", "text", "target", "task")
        other = len(spec.layers) != len(self.spec.layers)
        self.spec = spec
        self._say(None)
        await self._on_built(cast(Built, built))
        if other or any(name in changed for name in shapes):
            for part in self._parts:
                part.refresh()

    def _number(self, label: str, name: str, *, whole: bool = False, none: bool = False, **more: Any) -> ui.number:
        async def changed(event: events.ValueChangeEventArguments) -> None:
            value = event.value
            if value is None and not none:
                self._say(f"{label} is empty: give a number")
                return
            await self.change(**{name: value if value is None else (int(value) if whole else float(value))})

        props = 'dense outlined debounce="500"' + (" clearable" if none else "")
        return ui.number(label, value=getattr(self.spec, name), on_change=changed, **more).props(props)

    def _select(self, label: str, name: str, choices: Any) -> ui.select:
        async def changed(event: events.ValueChangeEventArguments) -> None:
            await self.change(**{name: event.value})

        return ui.select(choices, label=label, value=getattr(self.spec, name), on_change=changed).props(
            "dense outlined options-dense"
        )

    def _data(self) -> None:
        names = {name: one.title for name, one in DATASETS.items()}
        own = self._workspace.own
        if own is not None:
            names[OWN_TABLE] = own.name

        async def chosen(event: events.ValueChangeEventArguments) -> None:
            await self.change(data=event.value, target=(), ignore=(), text=(), task=None, split="auto")

        ui.select(names, label="Data", value=self.spec.data, on_change=chosen).props("dense outlined options-dense")
        if self.spec.data in DATASETS:
            about = DATASETS[self.spec.data]
            ui.label(about.about).classes("faint")
            if about.varies:
                with ui.element("div").classes("studio-row"):
                    self._number("Points", "points", whole=True, min=8, max=10_000)
                    self._number("Noise", "noise", min=0, step=0.05)
                    self._number("Seed of the data", "data_seed", whole=True, min=0)
        upload = ui.upload(
            auto_upload=True,
            max_file_size=LARGEST_FILE,
            max_files=1,
            on_upload=self._uploaded,
            on_rejected=lambda: self._say(_TOO_LARGE),
        )
        upload.props(f"accept={','.join(FORMATS)}").style("display: none")
        pick = (
            ui.button("A table of your own", icon="upload_file").props("outline no-caps dense").classes("studio-pick")
        )
        pick.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
        pick.tooltip(f"CSV, Parquet, Excel and others; at most {LARGEST_FILE >> 20} MiB and {MOST_ROWS:,} rows")
        self._split()
        self._columns()

    def _split(self) -> None:
        async def changed(event: events.ValueChangeEventArguments) -> None:
            await self.change(split=event.value.strip() or "auto")

        with ui.element("div").classes("studio-row"):
            ui.input("Split in percent", value=self._workspace.built.settings.split, on_change=changed).props(
                'dense outlined debounce="700"'
            ).tooltip("training/validation/test, such as 70/15/15")
            self._select("Task", "task", {None: "as the target tells", **{one: one for one in TASKS}})

    def _columns(self) -> None:
        built = self._workspace.built
        frame = built.frame
        if self.spec.data in ("xor", "and"):
            return

        async def targeted(event: events.ValueChangeEventArguments) -> None:
            ignore = tuple(name for name in self.spec.ignore if name != event.value)
            await self.change(target=(event.value,), ignore=ignore)

        def opened(event: events.ValueChangeEventArguments) -> None:
            self._columns_seen = bool(event.value)

        seen = ui.expansion("Columns", icon="view_column", value=self._columns_seen, on_value_change=opened)
        with seen.props("dense"):
            ui.select(frame.columns, label="Target", value=built.target[0], on_change=targeted).props(
                "dense outlined options-dense"
            )
            kinds = {row.column: (row.kind, row.detail) for row in built.prepared.encoding.summary()}
            with ui.element("table").classes("columns"):
                for name in frame.columns[:_MOST_COLUMNS_LISTED]:
                    if name in built.target:
                        continue
                    kind, detail = kinds.get(name, ("left out", ""))
                    with ui.element("tr"):
                        with ui.element("td"):
                            ui.label(name).tooltip(detail or kind)
                        with ui.element("td"):
                            ui.label(kind).classes("faint")
                        with ui.element("td"):
                            self._column_kind(name)
            if frame.width > _MOST_COLUMNS_LISTED:
                ui.label(f"... and {frame.width - _MOST_COLUMNS_LISTED} more columns").classes("faint")
        for note in built.prepared.notes[:6]:
            ui.label(note).classes("studio-note")

    def _column_kind(self, name: str) -> None:
        now = _LEFT_OUT if name in self.spec.ignore else _AS_TEXT if name in self.spec.text else _AS_READ

        async def changed(event: events.ValueChangeEventArguments) -> None:
            ignore = [one for one in self.spec.ignore if one != name] + [name] * (event.value == _LEFT_OUT)
            text = [one for one in self.spec.text if one != name] + [name] * (event.value == _AS_TEXT)
            await self.change(ignore=tuple(ignore), text=tuple(text))

        ui.select([_AS_READ, _LEFT_OUT, _AS_TEXT], value=now, on_change=changed).props(
            "dense borderless options-dense"
        ).props["aria-label"] = f"column {name}"

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        sender = cast(ui.upload, event.sender)
        try:
            if event.file.size() > LARGEST_FILE:
                self._say(_TOO_LARGE)
                return
            content = await event.file.read()
            own = await run.io_bound(table_from, event.file.name, content)
        except ThalwegError as error:
            self._say(str(error))
            return
        finally:
            sender.reset()
        before = self._workspace.own
        self._workspace.own = own
        await self.change(data=OWN_TABLE, target=(), ignore=(), text=(), task=None, split="auto")
        if self.spec.data != OWN_TABLE:
            self._workspace.own = before

    def _network(self) -> None:
        layers = self.spec.layers
        with ui.column().classes("gap-1").style("width: 100%"):
            for number, layer in enumerate(layers):
                self._layer(number, layer)

        async def add() -> None:
            last = layers[-1] if layers else HiddenLayer(4)
            await self.change(layers=(*layers, last))

        if len(layers) < MOST_LAYERS:
            ui.button("Hidden layer", icon="add", on_click=add).props("flat dense no-caps")
        output = self._workspace.built.network.output
        ui.label(f"Output: {output.size} {type(output.activation).__name__.lower()}, as the target needs").classes(
            "faint"
        )
        with ui.element("div").classes("studio-row"):
            self._select("Initial weights", "initializer", fields.initializers())
            self._number("Seed", "seed", whole=True, min=0)

        async def cut(event: events.ValueChangeEventArguments) -> None:
            await self.change(shortcuts=event.value)

        ui.switch("Shortcuts: every layer is fed by all before", value=self.spec.shortcuts, on_change=cut)

    def _layer(self, number: int, layer: HiddenLayer) -> None:
        async def put(**changed: Any) -> None:
            layers = list(self.spec.layers)
            layers[number] = layers[number]._replace(**changed)
            await self.change(layers=tuple(layers))

        async def sized(event: events.ValueChangeEventArguments) -> None:
            if event.value is not None:
                await put(size=int(event.value))

        async def activated(event: events.ValueChangeEventArguments) -> None:
            await put(activation=event.value)

        async def dropped(event: events.ValueChangeEventArguments) -> None:
            await put(dropout=float(event.value or 0))

        async def removed() -> None:
            layers = self.spec.layers
            await self.change(layers=layers[:number] + layers[number + 1 :])

        with ui.element("div").classes("studio-layer"):
            ui.number("units", value=layer.size, min=1, on_change=sized).props('dense outlined debounce="600"').props[
                "aria-label"
            ] = f"units of hidden layer {number + 1}"
            ui.select(
                fields.activations(), label=f"layer {number + 1}", value=layer.activation, on_change=activated
            ).props("dense outlined options-dense")
            ui.number("dropout", value=layer.dropout, min=0, max=0.95, step=0.1, on_change=dropped).props(
                'dense outlined debounce="600"'
            )
            ui.button(icon="close", on_click=removed).props(
                f'flat dense round size=sm aria-label="remove hidden layer {number + 1}"'
            )

    def _learning(self) -> None:
        async def ruled(event: events.ValueChangeEventArguments) -> None:
            given: dict[str, Any] = {"optimizer": event.value, "rule": {}}
            if fields.wants_all(event.value):
                given |= {"batch_size": None, "schedule": "fixed", "l1": 0.0}
            await self.change(**given)

        ui.select(
            fields.rules(), label="Update rule", value=self.spec.optimizer, on_change=ruled, with_input=True
        ).props("dense outlined options-dense")
        known = fields.rule_fields(self.spec.optimizer)
        with ui.element("div").classes("studio-row"):
            for one in known:
                self._rule_field(one)
            losses = {None: "what fits the task", **fields.losses()}
            self._select("Loss", "loss", losses)
            if not fields.wants_all(self.spec.optimizer):
                self._batch()
                self._select("Order of the examples", "order", list(ORDERS))
            if any(one.name == "learning_rate" for one in known):
                self._select("Schedule of the rate", "schedule", fields.schedules())
            self._number("l2 penalty", "l2", min=0, step=0.001)
            if not fields.wants_all(self.spec.optimizer):
                self._number("l1 penalty", "l1", min=0, step=0.001)

    def _rule_field(self, one: fields.Field) -> None:
        value = self.spec.rule.get(one.name, one.default)

        async def changed(event: events.ValueChangeEventArguments) -> None:
            if event.value is None:
                self._say(f"{one.name} is empty: give a number")
                return
            new = event.value
            if one.kind in (fields.NUMBER, fields.WHOLE):
                new = int(new) if one.kind == fields.WHOLE else float(new)
            await self.change(
                rule=fields.differing(fields.rule_fields(self.spec.optimizer), {**self.spec.rule, one.name: new})
            )

        label = one.name.replace("_", " ")
        if one.kind == fields.SWITCH:
            ui.switch(label, value=value, on_change=changed)
        elif one.kind == fields.CHOICE:
            ui.select(list(one.choices), label=label, value=value, on_change=changed).props(
                "dense outlined options-dense"
            )
        else:
            ui.number(label, value=value, on_change=changed).props('dense outlined debounce="500"')

    def _batch(self) -> None:
        async def changed(event: events.ValueChangeEventArguments) -> None:
            text = str(event.value or "").strip()
            if text in ("", "auto"):
                await self.change(batch_size=None)
            elif text == "all" or text.isdecimal():
                await self.change(batch_size="all" if text == "all" else int(text))
            else:
                self._say(f"batch size is {text!r}; it must be a whole number, all, or empty for 32")

        value = "" if self.spec.batch_size is None else str(self.spec.batch_size)
        ui.input("Batch size", value=value, placeholder="32, or all", on_change=changed).props(
            'dense outlined debounce="600"'
        )

    def _ending(self) -> None:
        with ui.element("div").classes("studio-row"):
            self._number("Epochs at most", "epochs", whole=True, min=1)
            self._number("Patience (0: never)", "patience", whole=True, min=0)
            self._number("Goal of the loss", "goal", none=True)
            self._number("Least gradient norm", "min_gradient", none=True)
            self._select(
                "Type of numbers", "dtype", {None: "as the rule needs", "float32": "float32", "float64": "float64"}
            )
            self._select("Engine", "engine", list(ENGINES))
