"""What is asked of the network of a training: its layers, each with an activation and a dropout, and its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from nicegui import events, ui

from ..core.activations import ACTIVATIONS
from ..errors import ThalwegError
from . import fields
from .in_thread import in_thread
from .spec import MOST_LAYERS, HiddenLayer
from .start import ENDING, start_from, start_of
from .uploads import LARGEST_FILE

if TYPE_CHECKING:
    from .train_form import TrainForm

_FIRST = (HiddenLayer(4),)


class NetworkPart:
    """The part of the form."""

    def __init__(self, form: TrainForm) -> None:
        self._form = form

    def show(self) -> None:
        """Make its fields."""
        form = self._form
        layers = form.spec.layers
        with ui.column().classes("gap-1").style("width: 100%"):
            for number, layer in enumerate(layers):
                self._layer(number, layer)

        async def add() -> None:
            await form.change(None, lambda: {"layers": (*form.spec.layers, *(form.spec.layers or _FIRST)[-1:])})

        if len(layers) < MOST_LAYERS:
            ui.button("Hidden layer", icon="add", on_click=add).props("flat dense no-caps")
        output = form.built.network.output
        ui.label(f"Output: {output.size} {type(output.activation).__name__.lower()}, as the target needs").classes(
            "faint"
        )
        with ui.element("div").classes("studio-row"):
            form.select("Initial weights", "initializer", fields.initializers())
            form.number("Seed", "seed", whole=True, min=0)
        self._start()
        form.switch_of(
            "Shortcuts: every layer is fed by all before", form.spec.shortcuts, lambda value: {"shortcuts": value}
        )

    def _start(self) -> None:
        """Where the weights begin: drawn, as they stand now, or as a model has them."""
        form = self._form
        start = form.workspace.start
        if start is not None:
            begun = {False: "weights drawn by the seed", True: f"weights of {start.name}"}
            form.select_of("Begin with", form.spec.start, begun, lambda value: {"start": value})

        async def keep() -> None:
            sample = form.workspace.session.sample()
            if sample.parameters is not None:
                await form.change(begin=start_of(form.built, sample.parameters))

        async def uploaded(event: events.UploadEventArguments) -> None:
            try:
                if event.file.size() > LARGEST_FILE:
                    form.say(f"the file is larger than {LARGEST_FILE >> 20} MiB")
                    return
                content = await event.file.read()
                found = await in_thread(start_from, event.file.name, content)
            except ThalwegError as error:
                form.say(str(error))
                return
            finally:
                cast(ui.upload, event.sender).reset()
            await form.change(begin=found)

        upload = ui.upload(auto_upload=True, max_file_size=LARGEST_FILE, max_files=1, on_upload=uploaded)
        upload.props(f"accept={ENDING}").style("display: none").props["data-of"] = "weights"
        with ui.row().classes("gap-1"):
            ui.button("Begin with these weights", icon="push_pin", on_click=keep).props("flat dense no-caps").tooltip(
                "as they are now, whatever is changed besides"
            )
            of_model = ui.button("With a model's", icon="upload_file").props("flat dense no-caps")
            of_model.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
            of_model.tooltip(f"the weights of a {ENDING} file of the same network")

    def _layer(self, number: int, layer: HiddenLayer) -> None:
        form = self._form

        def put(**changed: Any) -> dict[str, Any]:
            layers = list(form.spec.layers)
            layers[number : number + 1] = [one._replace(**changed) for one in layers[number : number + 1]]
            return {"layers": tuple(layers)}

        async def removed() -> None:
            await form.change(None, lambda: {"layers": form.spec.layers[:number] + form.spec.layers[number + 1 :]})

        with ui.element("div").classes("studio-layer"):
            form.number_of("units", layer.size, lambda value: put(size=value), whole=True, min=1).props[
                "aria-label"
            ] = f"units of hidden layer {number + 1}"
            form.select_of(
                f"layer {number + 1}",
                layer.activation,
                fields.activations(),
                lambda value: put(activation=value, settings=()),
            )
            dropped = form.number_of(
                "dropout", layer.dropout, lambda value: put(dropout=value), min=0, max=0.95, step=0.1
            )
            dropped.props["aria-label"] = f"dropout of hidden layer {number + 1}"
            ui.button(icon="close", on_click=removed).props(
                f'flat dense round size=sm aria-label="remove hidden layer {number + 1}"'
            )
        known = fields.part_fields(ACTIVATIONS, layer.activation)
        if not known:
            return

        def set_one(one: fields.Field) -> Any:
            def change(value: Any) -> dict[str, Any]:
                now = {one.name: value}
                for known_layer in form.spec.layers[number : number + 1]:
                    now = {**dict(known_layer.settings), **now}
                return put(settings=tuple(fields.differing(known, now).items()))

            return change

        values = dict(layer.settings)
        with ui.element("div").classes("studio-layer-settings"):
            for one in known:
                field = form.part_field(one, values.get(one.name, one.default), set_one(one))
                field.props["aria-label"] = f"{one.name} of hidden layer {number + 1}"
                if one.name == "formula":
                    field.tooltip("of x: + - * / **, exp, log, sqrt, tanh, sin, max, u if x > 0 else v, ...")
