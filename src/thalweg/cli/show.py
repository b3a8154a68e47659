"""`thalweg show`: what a model file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, FileError
from .terminal import console, print_ensemble, print_json, print_scores, print_table

if TYPE_CHECKING:
    from ..core.plain_data import JsonObject
    from ..files import Model


def show(
    model: Annotated[Path, typer.Argument(help="The model file.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")] = False,
) -> None:
    """Describe a model: its network, the encoding of its table, the record of its training, its scores.

    Example: thalweg show wine.thalweg
    """
    from ..files import load

    trained = load(model)
    if json:
        print_json(_as_data(trained))
        return
    try:
        _print(trained, model)
    except FileError as error:
        raise FileError(f"{model}: {error}") from error


def _as_data(trained: Model) -> dict[str, Any]:
    from ..core.description import describe_network
    from ..core.losses import LOSSES

    return {
        "network": describe_network(trained.network),
        "parameters": trained.parameter_count,
        "loss": LOSSES.describe(trained.loss),
        "encoding": None if trained.encoding is None else trained.encoding.to_dict(),
        "record": trained.record,
        **({} if not trained.members else {"members": [_member(trained, n) for n in range(len(trained.members))]}),
    }


def _member(trained: Model, number: int) -> dict[str, Any]:
    from ..core.description import describe_network

    member = trained.members[number]
    return {
        "weight": trained.weights[number],
        "network": describe_network(member.network),
        "parameters": member.network.parameter_count,
        "record": {name: value for name, value in member.record.items() if name not in trained.record},
    }


def _print(trained: Model, path: Path) -> None:
    from rich.markup import escape

    from ..core.activations import ACTIVATIONS
    from ..files.record import damaged_record, object_at, texts_at
    from ..tables.several_scores import any_scores_from_dict

    out = console()
    net, record, encoding = trained.network, trained.record, trained.encoding
    several = f"the mean of {len(trained.members)} networks, " if trained.members else ""
    out.print(f"[bold]{escape(path.name)}[/bold]: {several}{trained.parameter_count:,} parameters, {trained.dtype}\n")
    rows = [
        (layer.name, layer.size, ACTIVATIONS.name_of(layer.activation), ", ".join(layer.sources or ()))
        for layer in net.layers
    ]
    print_table(
        out, ("layer", "size", "activation", "fed by"), rows, title="Network of member 1" if several else "Network"
    )
    if encoding is not None:
        out.print()
        print_table(out, ("column", "kind", "features", "detail"), encoding.summary(), title="Encoding")
    out.print("\n[bold]Training[/bold]")
    lines = _training(record)
    notes = texts_at(record, "notes") if "notes" in record else []
    for name, value in lines:
        out.print(f"  {name:<11} {escape(value)}")
    if trained.members:
        out.print()
        print_table(out, ("member", "setting", "fold", "weight", "epochs", "best epoch", "ended"), _members(trained))
        print_ensemble(out, record)
        out.print()
    for note in notes:
        out.print(f"  [yellow]note[/yellow] {escape(note)}")
    if scores := object_at(record, "scores"):
        try:
            print_scores(out, any_scores_from_dict(scores), "test")
        except DataError as error:
            raise damaged_record(error) from error


def _members(trained: Model) -> list[tuple[Any, ...]]:
    """A line for each member."""
    from ..files.record import count_at, text_at

    lines = []
    for number, (member, weight) in enumerate(zip(trained.members, trained.weights, strict=True), start=1):
        record = member.record
        try:
            known = text_at(record, "member", "setting"), count_at(record, "member", "fold") + 1, f"{weight:.3g}"
            ended = count_at(record, "epochs"), count_at(record, "best_epoch"), text_at(record, "stopped_because")
        except FileError as error:
            raise FileError(f"member {number}: {error}") from error
        lines.append((number, *known, *ended))
    return lines


def _recipe(record: JsonObject) -> list[tuple[str, str]]:
    """The lines about a model that was fitted to arrays: the recipe, its rule and loss, and the parts of the rows."""
    from ..files.record import numbers_at, object_at, text_at, texts_at, value_at

    def told(*names: str) -> str:
        return ", ".join(f"{name} {value}" for name, value in object_at(record, "recipe", *names).items())

    name, train, divide = (text_at(record, "recipe", part) for part in ("name", "train", "divide"))
    scaling, seed = (value_at(record, "recipe", part) for part in ("scaling", "seed"))
    ratios = "/".join(f"{100 * share:g}" for share in numbers_at(record, "recipe", "ratios"))
    shares = f" {ratios}" if divide not in ("indices", "divideind", "none", "dividetrain") else ""
    rule = ", ".join(f"{key} {value}" for key, value in object_at(record, "recipe", "rule").items() if key != "name")
    loss = object_at(record, "loss").get("name", value_at(record, "recipe", "loss"))
    lines = [
        ("recipe", f"{name}, scaling {scaling}, seed {seed}"),
        ("rule", f"{train}{f': {rule}' if rule else ''}"),
        ("loss", f"{loss}, of scaled outputs and targets" if name != "patternnet" else str(loss)),
        ("division", f"{divide}{shares}: {told('examples')}"),
    ]
    if options := told("options"):
        lines.append(("options", options))
    if "not_in_file" in object_at(record, "recipe") and (away := texts_at(record, "recipe", "not_in_file")):
        lines.append(("not in file", ", ".join(away)))
    return lines


def _training(record: JsonObject) -> list[tuple[str, str]]:
    """The lines about the training, of what the record has."""
    from ..files.record import ending_in, known_table, object_at, text_at

    if object_at(record, "read_from"):
        return [("read from", f"{text_at(record, 'read_from', 'name')}, {text_at(record, 'read_from', 'format')}")]
    lines = []
    if object_at(record, "table"):
        table = known_table(record)
        lines.append(("table", f"{table.name}, {table.rows} rows, sha256 {table.fingerprint[:12]}"))
    if object_at(record, "recipe"):
        lines += _recipe(record)
    if record.get("task"):
        lines.append(("task", f"{text_at(record, 'task')}: {record.get('task_reason', '')}"))
    if split := object_at(record, "split"):
        lines.append(("rows", ", ".join(f"{part} {rows}" for part, rows in split.items())))
    if "explanation" in record:
        ending = ending_in(record)
        lines += [("ended", ending.explanation), ("work", ending.work)]
    if settings := object_at(record, "settings"):
        told = ", ".join(f"{name} {value}" for name, value in settings.items() if value not in (None, [], ""))
        lines.append(("settings", told))
    if versions := object_at(record, "versions"):
        lines.append(("versions", ", ".join(f"{name} {value}" for name, value in versions.items())))
    return lines
