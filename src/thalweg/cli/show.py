"""`thalweg show`: what a model file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import FileError
from .terminal import console, print_ensemble, print_json, print_scores, print_table

if TYPE_CHECKING:
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
    else:
        _print(trained, model)


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
    try:
        lines = _training(record)
        notes = [str(note) for note in record.get("notes", ())]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileError(f"{path} has a damaged record of its training ({error!r}): train again") from error
    for name, value in lines:
        out.print(f"  {name:<11} {escape(value)}")
    if trained.members:
        out.print()
        print_table(
            out, ("member", "setting", "fold", "weight", "epochs", "best epoch", "ended"), _members(trained, path)
        )
        print_ensemble(out, record["ensemble"], record.get("fold_scores"))
        out.print()
    for note in notes:
        out.print(f"  [yellow]note[/yellow] {escape(note)}")
    if record.get("scores"):
        print_scores(out, any_scores_from_dict(record["scores"]), "test")


def _members(trained: Model, path: Path) -> list[tuple[Any, ...]]:
    """A line for each member."""
    lines = []
    for number, (member, weight) in enumerate(zip(trained.members, trained.weights, strict=True), start=1):
        record = member.record
        try:
            known = record["member"]
            told = known["setting"], known["fold"] + 1, f"{weight:.3g}", record["epochs"], record["best_epoch"]
            lines.append((number, *told, record["stopped_because"]))
        except (KeyError, TypeError) as error:
            raise FileError(f"{path} has a damaged record of member {number} ({error!r}): train again") from error
    return lines


def _recipe(recipe: dict[str, Any], record: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines about a model that was fitted to arrays: the recipe, its rule and loss, and the parts of the rows."""
    ratios = "/".join(f"{100 * share:g}" for share in recipe["ratios"])
    shares = f" {ratios}" if recipe["divide"] not in ("indices", "divideind", "none", "dividetrain") else ""
    own = {name: value for name, value in (recipe.get("rule") or {}).items() if name != "name"}
    rule = ", ".join(f"{name} {value}" for name, value in own.items())
    loss = (record.get("loss") or {}).get("name", recipe["loss"])
    lines = [
        ("recipe", f"{recipe['name']}, scaling {recipe['scaling']}, seed {recipe['seed']}"),
        ("rule", f"{recipe['train']}{f': {rule}' if rule else ''}"),
        ("loss", f"{loss}, of scaled outputs and targets" if recipe["name"] != "patternnet" else str(loss)),
        (
            "division",
            f"{recipe['divide']}{shares}: " + ", ".join(f"{part} {n}" for part, n in recipe["examples"].items()),
        ),
    ]
    options = {**recipe.get("options", {})}
    if options:
        lines.append(("options", ", ".join(f"{name} {value}" for name, value in options.items())))
    if recipe.get("not_in_file"):
        lines.append(("not in file", ", ".join(recipe["not_in_file"])))
    return lines


def _training(record: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines about the training, of what the record has."""
    table, split, settings = record.get("table"), record.get("split"), record.get("settings")
    versions = record.get("versions")
    lines = []
    if record.get("read_from"):
        lines.append(("read from", f"{record['read_from']['name']}, {record['read_from']['format']}"))
        return lines
    if table:
        lines.append(("table", f"{table['name']}, {table['rows']} rows, sha256 {table['fingerprint'][:12]}"))
    if record.get("recipe"):
        lines += _recipe(record["recipe"], record)
    if record.get("task"):
        lines.append(("task", f"{record['task']}: {record.get('task_reason', '')}"))
    if split:
        lines.append(("rows", ", ".join(f"{part} {rows}" for part, rows in split.items())))
    if "explanation" in record:
        lines.append(("ended", str(record["explanation"])))
        lines.append(("work", f"{record['updates']} updates, {record['seconds']:.2f} s, {record['engine']}"))
    if settings:
        told = ", ".join(f"{name} {value}" for name, value in settings.items() if value not in (None, [], ""))
        lines.append(("settings", told))
    if versions:
        lines.append(("versions", ", ".join(f"{name} {value}" for name, value in versions.items())))
    return lines
