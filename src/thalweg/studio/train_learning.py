"""What is asked of how a training learns: its rule with its settings, its loss, its batches, its penalties, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import events, ui

from ..core.losses import LOSSES
from ..errors import ArgumentError
from ..training.choices import DTYPES, ENGINES, ORDERS
from . import fields

if TYPE_CHECKING:
    from .train_form import TrainForm


class LearningPart:
    """The part of the form."""

    def __init__(self, form: TrainForm) -> None:
        self._form = form

    def show(self) -> None:
        """Make its fields."""
        form = self._form
        spec = form.spec

        def ruled(value: str) -> dict[str, Any]:
            given: dict[str, Any] = {"optimizer": value, "rule": {}}
            known = [one.name for one in fields.rule_fields(value)]
            given |= {} if "momentum" in known else {"final_momentum": None}
            given |= {} if "learning_rate" in known else {"schedule": "fixed"}
            return given | ({"batch_size": None, "schedule": "fixed", "l1": 0.0} if fields.wants_all(value) else {})

        form.select_of("Update rule", spec.optimizer, fields.rules(), ruled, with_input=True)
        known = fields.rule_fields(spec.optimizer)
        names = [one.name for one in known]
        with ui.element("div").classes("studio-row"):
            for one in known:
                form.part_field(one, spec.rule.get(one.name, one.default), self._setting(one))
            self._loss()
            if not fields.wants_all(spec.optimizer):
                self._batch()
                form.select("Order", "order", list(ORDERS))
            if "learning_rate" in names:
                form.select("Rate's schedule", "schedule", fields.schedules())
            if "momentum" in names:
                form.number("Last momentum", "final_momentum", none=True, min=0, max=0.999, step=0.05)
            form.number("l2 penalty", "l2", min=0, step=0.001)
            if not fields.wants_all(spec.optimizer):
                form.number("l1 penalty", "l1", min=0, step=0.001)

    def _setting(self, one: fields.Field) -> Any:
        def change(value: Any) -> dict[str, Any]:
            spec = self._form.spec
            known = fields.rule_fields(spec.optimizer)
            return {"rule": fields.differing(known, {**spec.rule, one.name: value})}

        return change

    def _loss(self) -> None:
        form = self._form
        spec = form.spec
        form.select_of("Loss", spec.loss, {None: "by the task", **fields.losses()},
                       lambda value: {"loss": value, "loss_settings": {}})  # fmt: skip
        if spec.loss is None:
            return
        known = fields.part_fields(LOSSES, spec.loss)
        for one in known:

            def change(value: Any, one: fields.Field = one) -> dict[str, Any]:
                return {"loss_settings": fields.differing(known, {**form.spec.loss_settings, one.name: value})}

            form.part_field(one, spec.loss_settings.get(one.name, one.default), change).props["aria-label"] = (
                f"{one.name} of the loss"
            )

    def _batch(self) -> None:
        form = self._form

        async def changed(event: events.ValueChangeEventArguments) -> None:
            text = str(event.value or "").strip()

            def made() -> dict[str, Any]:
                if text in ("", "auto"):
                    return {"batch_size": None}
                if text == "all" or (text.isdecimal() and text.isascii() and len(text) < 12):
                    return {"batch_size": "all" if text == "all" else int(text)}
                raise ArgumentError(f"batch size is {text!r}; it must be a whole number, all, or empty for 32")

            await form.change(field, made)

        value = "" if form.spec.batch_size is None else str(form.spec.batch_size)
        field = ui.input("Batch size", value=value, placeholder="32, or all", on_change=changed).props(
            'dense outlined debounce="600" no-error-icon hide-bottom-space'
        )


class EndingPart:
    """The part of the form for when a training ends, and by what it is computed."""

    def __init__(self, form: TrainForm) -> None:
        self._form = form

    def show(self) -> None:
        """Make its fields."""
        form = self._form
        with ui.element("div").classes("studio-row"):
            form.number("Epochs at most", "epochs", whole=True, min=1)
            form.number("Patience (0: never)", "patience", whole=True, min=0)
            form.number("Seconds at most", "max_seconds", none=True, min=0)
            form.number("Goal of the loss", "goal", none=True)
            form.number("Least gradient norm", "min_gradient", none=True)
            form.select("Type of numbers", "dtype", {None: "by the rule", **{one: one for one in DTYPES}})
            form.select("Engine", "engine", list(ENGINES))
