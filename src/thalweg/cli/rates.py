"""`thalweg rates`: which learning rate and momentum to use for a table."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.initializers import INITIALIZERS
from ..core.losses import LOSSES
from ..optimizers import RULES
from ..optimizers.full_batch import FullBatchRule
from ..settings import Settings
from .heat_map import print_grid
from .options import batch_size as read_batch_size
from .options import check_apart, choice, given_again, numbers, one_of, sizes
from .pictures import PICTURES, check_picture, rendered
from .terminal import console, print_json
from .train import HIDDEN, ORDERS, TASKS, tell_understood

if TYPE_CHECKING:
    from rich.console import Console

    from ..landscape import RatesGrid

RATED = [
    name
    for name, rule in RULES.items()
    if not issubclass(rule, FullBatchRule) and "learning_rate" in (field.name for field in rule.numbers())
]


def rates(
    context: typer.Context,
    table: Annotated[Path, typer.Argument(help="The table: .csv, .tsv, .parquet, .arrow, .ndjson or .npz.")],
    target: Annotated[str, typer.Option(help="The column to predict.", rich_help_panel="Table")],
    ignore: Annotated[
        list[str] | None, typer.Option(help="A column to leave out; may be repeated.", rich_help_panel="Table")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help=f"What to do with the target, if not as its values suggest. {one_of(TASKS)}",
            rich_help_panel="Table",
            **choice("task", TASKS),
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="Training/validation/test parts in percent.", rich_help_panel="Table")
    ] = Settings.split,
    validation: Annotated[
        Path | None, typer.Option(help="A table for the validation part.", rich_help_panel="Table")
    ] = None,
    hidden: Annotated[
        str, typer.Option(help="Sizes of the hidden layers, or none.", rich_help_panel="Network")
    ] = ",".join(map(str, Settings.hidden)),
    activation: Annotated[
        str,
        typer.Option(
            help=f"Of the hidden layers. {one_of(HIDDEN)}", rich_help_panel="Network", **choice("activation", HIDDEN)
        ),
    ] = Settings.activation,
    shortcuts: Annotated[
        bool, typer.Option("--shortcuts", help="Feed every layer by all before it.", rich_help_panel="Network")
    ] = Settings.shortcuts,
    dropout: Annotated[
        float, typer.Option(help="Share of hidden units dropped in each update.", rich_help_panel="Network")
    ] = Settings.dropout,
    initializer: Annotated[
        str,
        typer.Option(
            help=f"Of the weights. {one_of(INITIALIZERS)}",
            rich_help_panel="Network",
            **choice("initializer", INITIALIZERS),
        ),
    ] = Settings.initializer,
    optimizer: Annotated[
        str,
        typer.Option(
            help=f"The update rule. {one_of(RATED)}", rich_help_panel="Training", **choice("optimizer", RATED)
        ),
    ] = "momentum",
    learning_rates: Annotated[
        str | None,
        typer.Option(help="To try, such as 0.01,0.1; around 2/λ_max if left out.", rich_help_panel="Training"),
    ] = None,
    momenta: Annotated[
        str | None,
        typer.Option(help="To try, such as 0,0.9; six from 0 to 0.99 if left out.", rich_help_panel="Training"),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help=f"What fits the task if left out. {one_of(LOSSES)}",
            rich_help_panel="Training",
            **choice("loss", LOSSES),
        ),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(
            help="Decay of the weights (adamw's own), else an l2 penalty of 0.001.", rich_help_panel="Training"
        ),
    ] = Settings.weight_decay,
    batch_size: Annotated[
        str | None, typer.Option(help="Rows an update, or all; 32 if left out.", rich_help_panel="Training")
    ] = None,
    order: Annotated[
        str,
        typer.Option(
            help=f"In which rows are presented. {one_of(ORDERS)}",
            rich_help_panel="Training",
            **choice("order", ORDERS),
        ),
    ] = Settings.order,
    epochs: Annotated[int, typer.Option(help="Passes over the rows in each run.", rich_help_panel="Training")] = 50,
    seed: Annotated[
        int, typer.Option(help="Of the split, the initial weights and the batches.", rich_help_panel="Training")
    ] = Settings.seed,
    dtype: Annotated[
        str | None,
        typer.Option(
            help="float32 (if left out) or float64.",
            rich_help_panel="Training",
            **choice("dtype", ("float32", "float64")),
        ),
    ] = Settings.dtype,
    output: Annotated[
        Path | None, typer.Option(help=f"The map as a picture: {', '.join(PICTURES)}.", rich_help_panel="Output")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, nothing else.", rich_help_panel="Output")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the recommended options alone.", rich_help_panel="Output")
    ] = False,
) -> None:
    """Find the learning rate and the momentum for a table: its network trained with each of many, all at once.

    Example: thalweg rates wine.csv --target cultivar
    """
    from ..files import check_writable, write_atomically

    settings = Settings(
        hidden=sizes(hidden),
        activation=activation,
        optimizer=optimizer,
        batch_size=None if batch_size is None else read_batch_size(batch_size),
        epochs=epochs,
        patience=None,
        seed=seed,
        loss=loss,
        weight_decay=weight_decay,
        dropout=dropout,
        shortcuts=shortcuts,
        initializer=initializer,
        order=order,
        task=task,
        ignore=tuple(ignore or ()),
        split=split,
        dtype=dtype,
    )
    tried = {
        "learning_rates": None if learning_rates is None else numbers(learning_rates, "--learning-rates"),
        "momenta": None if momenta is None else numbers(momenta, "--momenta"),
    }
    if output is not None:
        check_picture(output)
        check_apart({"picture": output}, [path for path in (table, validation) if path is not None])
        check_writable(output, purpose="picture")
    out = console(quiet or json)
    grid = _grid(out, table, target, settings, validation, tried)
    if output is not None:
        from ..plots import rates_map

        write_atomically(output, rendered(rates_map(grid), output), purpose="picture")
    if json:
        print_json({"table": str(table), "target": target, **grid.to_dict(), "picture": output and str(output)})
    elif quiet:
        print(grid.options or "")
    else:
        _tell(out, grid, ["thalweg", "train", str(table), "--target", target, *given_again(context)], output)


def _grid(
    out: Console, table: Path, target: str, settings: Settings, validation: Path | None, tried: dict[str, Any]
) -> RatesGrid:
    from rich.markup import escape

    from ..data import read_table
    from ..table_rates import compare_rates

    logging.getLogger("thalweg").setLevel(logging.ERROR)
    frame = read_table(table)
    out.print(f"[bold]{escape(table.name)}[/bold]: {frame.height} rows, {frame.width} columns")
    return compare_rates(
        frame,
        target,
        settings,
        **tried,
        validation=None if validation is None else read_table(validation),
        on_prepared=lambda prepared, net: tell_understood(out, target, prepared, net),
    )


def _tell(out: Console, grid: RatesGrid, training: list[str], output: Path | None) -> None:
    """What the curvature says, the map, and the recommendation with its reason, for the same training."""
    if grid.lambda_max > 0:
        limit = f"gradient descent is stable up to a learning rate of 2/λ_max = {2 / grid.lambda_max:.3g}"
        out.print(f"λ_max {grid.lambda_max:.4g} at the initial weights: plain {limit} there\n", markup=False)
    print_grid(out, grid)
    if grid.options is None:
        out.print(f"\n[yellow]no recommendation[/yellow]: {grid.reason}")
    else:
        out.print(f"\n[bold]recommended[/bold] [green]{grid.options}[/green]\n{grid.reason}")
        out.print(f"\n  {shlex.join([*training, *grid.options.split()])}", markup=False, soft_wrap=True)
    if output is not None:
        out.print(f"\npicture  {output}", markup=False)
