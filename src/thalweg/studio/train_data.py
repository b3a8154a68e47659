"""What is asked of the data of a training: what is built in, a table of one's own and how it is read, its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from nicegui import events, ui

from ..data import FORMATS
from ..data.choices import DATE_ORDERS, DECIMALS, MANY_TEXTS, MISSING_TARGETS, TASKS
from ..errors import ThalwegError
from .datasets import DATASETS
from .in_thread import in_thread
from .spec import OWN_TABLE
from .uploads import LARGEST_FILE, MOST_ROWS, OwnTable, sheets_of, table_from

if TYPE_CHECKING:
    from .train_form import TrainForm

_AS_READ, _LEFT_OUT, _AS_TEXT = "as read", "leave out", "names"
_PARTS = {"sample_weight": "weight of the row", "group": "group", "time": "time", "stratify": "strata"}
"""What a column may be besides an input, by the setting that says it."""
_MOST_COLUMNS_LISTED = 80
_MOST_NOTES = 6
_TOO_LARGE = f"the file is larger than {LARGEST_FILE >> 20} MiB: train it with the command thalweg train"
_ANEW: dict[str, Any] = {
    "target": (), "ignore": (), "text": (), "task": None, "split": "auto", "sheet": None, "no_header": False,
    "dates": None, "decimal": None, "many_texts": "leave-out", "missing_targets": "leave-out", "class_weight": None,
    **dict.fromkeys(_PARTS),
}  # fmt: skip
"""What other data begin with."""


class DataPart:
    """The part of the form."""

    def __init__(self, form: TrainForm) -> None:
        self._form = form
        self._seen = {"Columns": False, "How it is read": False}

    def show(self) -> None:
        """Make its fields."""
        form = self._form
        spec, own = form.spec, form.workspace.own
        names = {name: one.title for name, one in DATASETS.items()}
        if own is not None:
            names[OWN_TABLE] = own.name
        form.select_of("Data", spec.data, names, lambda value: {"data": value, **_ANEW})
        if spec.data in DATASETS:
            about = DATASETS[spec.data]
            ui.label(about.about).classes("faint")
            if about.varies:
                with ui.element("div").classes("studio-row"):
                    form.number("Points", "points", whole=True, min=8, max=10_000)
                    form.number("Noise", "noise", min=0, step=0.05)
                    form.number("Seed of the data", "data_seed", whole=True, min=0)
        self._upload()
        with ui.element("div").classes("studio-row"):
            form.text_of("Split in percent", form.built.settings.split, lambda text: {"split": text or "auto"}).tooltip(
                "training/validation/test, such as 70/15/15"
            )
            form.select("Task", "task", {None: "by the target", **{one: one for one in TASKS}})
        if spec.data == OWN_TABLE and own is not None:
            self._reading()
        if spec.data not in ("xor", "and"):
            self._columns()

    def _upload(self) -> None:
        upload = ui.upload(
            auto_upload=True,
            max_file_size=LARGEST_FILE,
            max_files=1,
            on_upload=self._uploaded,
            on_rejected=lambda: self._form.say(_TOO_LARGE),
        )
        upload.props(f"accept={','.join(FORMATS)}").style("display: none").props["data-of"] = "table"
        pick = (
            ui.button("A table of your own", icon="upload_file").props("outline no-caps dense").classes("studio-pick")
        )
        pick.on("click", js_handler=f"() => runMethod({upload.id}, 'pickFiles', [])")
        pick.tooltip(f"CSV, Parquet, Excel and others; at most {LARGEST_FILE >> 20} MiB and {MOST_ROWS:,} rows")

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        sender = cast(ui.upload, event.sender)
        name = event.file.name
        try:
            if event.file.size() > LARGEST_FILE:
                self._form.say(_TOO_LARGE)
                return
            content = await event.file.read()
            sheets = await in_thread(sheets_of, name, content)
            sheet = await _chosen_sheet(sheets) if len(sheets) > 1 else None
            if len(sheets) > 1 and sheet is None:
                return
            own = await self._read(name, content, sheet)
        except ThalwegError as error:
            self._form.say(str(error))
            return
        finally:
            sender.reset()
        if own is None:
            return
        asked: dict[str, Any] = {**_ANEW, "sheet": sheet, "no_header": not own.header}
        while not await self._form.change(own=own, data=OWN_TABLE, **asked):
            columns = await _chosen_columns(self._form.told, own.frame.columns, asked)
            if columns is None:
                return
            asked |= columns

    async def _read(self, name: str, content: bytes, sheet: str | None) -> OwnTable | None:
        """The table; where its first line is none of names, and that is all that ails it, somebody is asked."""

        def read() -> tuple[OwnTable, str]:
            try:
                return table_from(name, content, sheet=sheet), ""
            except ThalwegError as error:
                told = str(error)
                try:
                    return table_from(name, content, header=False, sheet=sheet), told
                except ThalwegError:
                    raise error from None

        own, told = await in_thread(read)
        if told and not await _asked(told, "Read it without names of columns"):
            self._form.say(told)
            return None
        return own

    def _expansion(self, title: str, icon: str) -> ui.expansion:
        def opened(event: events.ValueChangeEventArguments) -> None:
            self._seen[title] = bool(event.value)

        return ui.expansion(title, icon=icon, value=self._seen[title], on_value_change=opened).props("dense")

    def _reading(self) -> None:
        form, own = self._form, self._form.workspace.own
        assert own is not None
        with self._expansion("How it is read", "rule"):
            if len(own.sheets) > 1:
                form.select_of("Sheet", own.sheet, list(own.sheets), lambda value: {**_ANEW, "sheet": value})
            if own.may_lack_names:
                form.switch_of(
                    "The first line names the columns",
                    own.header,
                    lambda value: {**_ANEW, "sheet": form.spec.sheet, "no_header": not value},
                )
            form.select("Dates such as 03/04/2024", "dates", {None: "as a column tells", **_each(DATE_ORDERS)})
            marks = {None: "as a column tells", **{one: f"decimal {one}" for one in DECIMALS}}
            form.select("Numbers such as 1,234", "decimal", marks)
            form.select("Columns of many texts", "many_texts", _each(MANY_TEXTS))
            if len(form.built.target) > 1:
                form.select("Rows that lack a target", "missing_targets", _each(MISSING_TARGETS))

    def _columns(self) -> None:
        form, built = self._form, self._form.built
        frame, encoding = built.frame, built.prepared.encoding

        def targeted(names: list[str]) -> dict[str, Any]:
            taken = {part: None for part in _PARTS if getattr(form.spec, part) in names}
            return {
                "target": tuple(names),
                "ignore": tuple(one for one in form.spec.ignore if one not in names),
                **taken,
            }

        with self._expansion("Columns", "view_column"):
            form.select_of("Target", list(built.target), frame.columns, targeted, multiple=True).props("use-chips")
            if built.prepared.task == "classification":
                counts = {None: "each row counts once", "balanced": "balanced"}
                form.select("Weights of the classes", "class_weight", counts)
            kinds = {row.column: (row.kind, row.detail) for row in encoding.summary()}
            with ui.element("table").classes("columns").props('aria-label="columns"'):
                with ui.element("tr"):
                    for head in ("column", "kind", "taken as"):
                        with ui.element("th").props('scope="col"'):
                            ui.label(head)
                for name in frame.columns[:_MOST_COLUMNS_LISTED]:
                    if name not in built.target:
                        self._column(name, *kinds.get(name, ("no input", "")))
            if frame.width > _MOST_COLUMNS_LISTED:
                ui.label(f"... and {frame.width - _MOST_COLUMNS_LISTED} more columns").classes("faint")
        notes = built.prepared.notes
        for note in notes[:_MOST_NOTES]:
            ui.label(note).classes("studio-note")
        if len(notes) > _MOST_NOTES:
            with ui.expansion(f"{len(notes) - _MOST_NOTES} more notes").props("dense"):
                for note in notes[_MOST_NOTES:]:
                    ui.label(note).classes("studio-note")

    def _column(self, name: str, kind: str, detail: str) -> None:
        spec = self._form.spec
        part = next((part for part in _PARTS if getattr(spec, part) == name), None)
        now = _LEFT_OUT if name in spec.ignore else _AS_TEXT if name in spec.text else part or _AS_READ

        def changed(value: str) -> dict[str, Any]:
            spec = self._form.spec
            given: dict[str, Any] = {one: None for one in _PARTS if getattr(spec, one) == name}
            given |= {value: name} if value in _PARTS else {}
            ignore = [one for one in spec.ignore if one != name] + [name] * (value == _LEFT_OUT)
            text = [one for one in spec.text if one != name] + [name] * (value == _AS_TEXT)
            return {"ignore": tuple(ignore), "text": tuple(text), **given}

        with ui.element("tr"):
            with ui.element("td"):
                ui.label(name)
            with ui.element("td"):
                ui.label(kind).classes("faint").tooltip(detail or kind)
            with ui.element("td"):
                field = self._form.select_of("", now, {one: one for one in (_AS_READ, _LEFT_OUT, _AS_TEXT)} | _PARTS,
                                             changed)  # fmt: skip
                field.props("borderless").props(remove="outlined")
                field.props["aria-label"] = f"column {name}"


def _each(names: Any) -> dict[str, str]:
    return {name: str(name).replace("-", " ") for name in names}


async def _asked(told: str, yes: str) -> bool:
    """Whether a person wants what is offered."""
    with ui.dialog(value=True).props('aria-label="how it is read"') as dialog, ui.card():
        ui.label(told).style("overflow-wrap: anywhere")
        with ui.row():
            ui.button(yes, on_click=lambda: dialog.submit(True)).props("no-caps")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")
    return bool(await dialog)


async def _chosen_sheet(sheets: tuple[str, ...]) -> str | None:
    """The sheet of a workbook that a person chooses; None for none."""
    with ui.dialog(value=True).props('aria-label="sheets of the workbook"') as dialog, ui.card():
        ui.label("Which sheet of the workbook?")
        choice = ui.radio(list(sheets), value=sheets[0])
        with ui.row():
            ui.button("Read it", on_click=lambda: dialog.submit(choice.value)).props("no-caps")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")
    return await dialog


async def _chosen_columns(told: str, names: list[str], asked: dict[str, Any]) -> dict[str, Any] | None:
    """Another target and columns to leave out, of a table that cannot be trained on as it is; None for no others."""
    with ui.dialog(value=True).props('aria-label="columns of the table"') as dialog, ui.card().classes("studio-dialog"):
        ui.label(told).classes("studio-error").props('role="alert"')
        now = list(asked["target"]) or names[-1:]
        target = ui.select(names, label="Target", value=now, multiple=True).props("outlined dense use-chips")
        ignore = ui.select(names, label="Columns to leave out", value=list(asked["ignore"]), multiple=True)
        ignore.props("outlined dense use-chips")
        for one in (target, ignore):
            one.style("width: 100%")
        with ui.row():
            ui.button("Take these", on_click=lambda: dialog.submit(True)).props("no-caps")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")
    if not await dialog:
        return None
    chosen = tuple(target.value or ())
    return {"target": chosen, "ignore": tuple(name for name in ignore.value or () if name not in chosen)}
