"""`thalweg rates`: which learning rate and momentum to use for a table."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..optimizers import RULES
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.rule import Rule
from ..registry import Registry
from ..tables.settings import Settings
from .checkpoints import Checkpoint, Every, Resume, checkpoints_from, checkpoints_told
from .heat_map import print_grid
from .options import check_apart, given_again, numbers, targets_again, targets_as_data
from .pictures import PICTURES, check_picture, rendered
from .process import interrupted_status, settle
from .terminal import console, print_json, print_notes
from .training_options import OF_A_RUN, SHARED, MaxSize, Sheet, Table, Target, Validation, reading, takes_settings
from .understood import tell_understood

if TYPE_CHECKING:
    from rich.console import Console

    from ..learning_rates import RatesGrid
    from ..training.checkpoints import Checkpoints


def rated() -> Registry[Rule]:
    """The rules whose learning rates are compared."""
    others = (
        name
        for name, rule in RULES.items()
        if issubclass(rule, FullBatchRule) or "learning_rate" not in (field.name for field in rule.numbers())
    )
    return RULES.without(*others)


@takes_settings(
    leave_out=OF_A_RUN,
    optimizer={"default": "momentum", "choices": rated},
    epochs={"default": 50, "help": "Passes over the rows in each run."},
)
def rates(
    context: typer.Context,
    table: Table,
    target: Target,
    settings: Settings,
    validation: Validation = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    learning_rates: Annotated[
        str | None,
        typer.Option(help="To try, such as 0.01,0.1; around 2/λ_max if left out.", rich_help_panel="Training"),
    ] = None,
    momenta: Annotated[
        str | None,
        typer.Option(help="To try, such as 0,0.9; six from 0 to 0.99 if left out.", rich_help_panel="Training"),
    ] = None,
    checkpoint: Checkpoint = None,
    every: Every = None,
    resume: Resume = False,
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
    from ..system import check_writable, write_atomically

    settings = dataclasses.replace(settings, patience=None)
    tried = {
        "learning_rates": None if learning_rates is None else numbers(learning_rates, "--learning-rates"),
        "momenta": None if momenta is None else numbers(momenta, "--momenta"),
    }
    if output is not None:
        check_picture(output)
        check_apart({"picture": output}, [path for path in (table, validation) if path is not None])
        check_writable(output, purpose="picture")
    out = console(quiet or json)
    checkpoints = checkpoints_from(checkpoint, every, resume=resume)
    grid = _grid(out, table, target, settings, validation, tried, reading(settings, sheet, max_size), checkpoints)
    if output is not None:
        from ..plots import rates_map

        write_atomically(output, rendered(rates_map(grid), output), purpose="picture")
        settle()
    if json:
        print_json(
            {"table": str(table), **targets_as_data(target), **grid.to_dict(), "picture": output and str(output)}
        )
    elif quiet:
        print(grid.options or "")
    else:
        _tell(
            out, grid, ["thalweg", "train", str(table), *targets_again(target), *given_again(context, SHARED)], output
        )
    if grid.interrupted:
        if checkpoints is not None:
            named = [name for name in context.params if name not in ("table", "target", "resume")]
            again = ["thalweg", "rates", str(table), *targets_again(target), *given_again(context, named), "--resume"]
            out.print(f"\n{shlex.join(again)} goes on with it", markup=False, soft_wrap=True)
        raise typer.Exit(interrupted_status())


def _grid(
    out: Console,
    table: Path,
    target: list[str],
    settings: Settings,
    validation: Path | None,
    tried: dict[str, Any],
    how: dict[str, Any],
    checkpoints: Checkpoints | None,
) -> RatesGrid:
    from rich.markup import escape

    from ..data.several_files import open_found, size_told
    from ..tables.rates import compare_rates
    from ..training.ending import unlogged

    read = [open_found(path, **how) for path in (table, validation) if path is not None]
    frame, *others = (one.frame for one in read)
    out.print(f"[bold]{escape(table.name)}[/bold]: {size_told(read[0])}")
    with unlogged(), checkpoints_told(out):  # what is found is told below
        return compare_rates(
            frame,
            target,
            settings,
            **tried,
            validation=others[0] if others else None,
            notes=[note for one in read for note in one.notes],
            checkpoint=checkpoints,
            on_prepared=lambda prepared, net: tell_understood(out, prepared, net, prepared.notes),
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
    print_notes(out, grid.findings)
    if output is not None:
        out.print(f"\npicture  {output}", markup=False)
