"""`thalweg train`: a table in; a model, its scores and a report out."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import ArgumentError
from ..optimizers import RULES
from ..system import STANDARD_INPUT, refuse_other_kind
from ..tables.settings import Settings
from .checkpoints import Checkpoint, Every, Resume, checkpoints_from, checkpoints_told
from .joining import join
from .options import check_apart, given_again, read_config, targets_again, targets_as_data
from .process import interrupted_status, leave, saving, settle, writing
from .terminal import (
    ProgressBar,
    console,
    print_ensemble,
    print_json,
    print_notes,
    print_scores,
    warn_if_slow,
)
from .train_outputs import Outputs, check_endings, places
from .train_stream import Files, Memory, Stream, files_of, stem_of
from .training_options import SHARED, MaxSize, Sheet, Table, Target, Validation, reading, takes_settings
from .understood import tell_understood
from .watch_page import window

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from ..core.network import Network
    from ..data import Prepared
    from ..ensembles.candidates import Tried
    from ..reports.figures import Drawn
    from ..studio.watch_pictures import TablePictures
    from ..studio.watch_server import Window
    from ..tables.training import Trained
    from ..training.checkpoints import Checkpoints

_NOT_AGAIN = ("table", "target", "output", "report", "plots", "json", "quiet", "config", "folds", "members", "best",
              "watch", "port", "no_open", "checkpoint", "every", "resume")  # fmt: skip
"""What is not said again where it is told what --best would do."""


@takes_settings()
def train(
    context: typer.Context,
    table: Table,
    target: Target,
    settings: Settings,
    validation: Validation = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    test: Annotated[Path | None, typer.Option(help="A table for the test part.", rich_help_panel="Table")] = None,
    output: Annotated[
        Path | None, typer.Option(help="The model file; TABLE.thalweg if left out.", rich_help_panel="Output")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="The report; beside the model if left out.", rich_help_panel="Output")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="A folder for the figures that fit the task, as PNG files; made if it is not there.",
            rich_help_panel="Output",
        ),
    ] = None,
    stream: Stream = False,
    memory: Memory = None,
    checkpoint: Checkpoint = None,
    every: Every = None,
    resume: Resume = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, nothing else.", rich_help_panel="Output")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors.", rich_help_panel="Output")
    ] = False,
    processes: Annotated[
        str | None,
        typer.Option(
            help="Train together with so many processes, or auto: as SLURM, Open MPI or Kubernetes say.",
            rich_help_panel="Processes",
        ),
    ] = None,
    coordinator: Annotated[
        str | None, typer.Option(help="HOST:PORT where process 0 listens.", rich_help_panel="Processes")
    ] = None,
    process_id: Annotated[
        int | None, typer.Option(help="Which process this is, counted from 0.", rich_help_panel="Processes")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file with any of these options.",
            is_eager=True,
            callback=read_config,
            rich_help_panel="Output",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Show the training in the browser while it goes on.", rich_help_panel="Output"),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            help="Where --watch serves its page; the next free one from 8188 if left out.",
            min=1,
            max=65535,
            rich_help_panel="Output",
        ),
    ] = None,
    no_open: Annotated[
        bool,
        typer.Option("--no-open", help="Do not open a browser for --watch.", rich_help_panel="Output"),
    ] = False,
) -> None:
    """Train a network on a table: split, encode, train, test, save and report.

    Example: thalweg train wine.csv --target cultivar
    """
    for given in (table, validation, test):
        if given is not None and given.suffix.lower() == ".thalweg":
            refuse_other_kind(given, "a table", "name one, such as wine.csv; thalweg predict takes the model")
    settings, joined = join(settings, processes, coordinator, process_id)
    writes = joined is None or joined[0] == 0
    model_path = output or Path("table.thalweg" if str(table) == STANDARD_INPUT else f"{stem_of(table)}.thalweg")
    report_path = report or model_path.parent / f"{model_path.name.removesuffix('.thalweg')}.report.html"
    inputs = [path for path in (table, validation, test, config) if path is not None]
    check_apart({"model": model_path, "report": report_path, **places(plots, target)}, inputs)
    check_endings(model_path, report_path)
    outputs = Outputs(model_path, report_path, plots)
    named = [str(table), *targets_again(target)]
    resumed = [name for name in context.params if name not in ("table", "target", "resume")]
    others = [name for name in context.params if name not in _NOT_AGAIN]
    again = {
        "rates": shlex.join(["thalweg", "rates", *named, *given_again(context, SHARED)]),
        "resume": shlex.join(["thalweg", "train", *named, *given_again(context, resumed), "--resume"]),
        "best": shlex.join(["thalweg", "train", *named, *given_again(context, others), "--best"]),
    }
    how = reading(settings, sheet, max_size)
    checkpoints = checkpoints_from(checkpoint, every, resume=resume)
    quiet = quiet or json or not writes
    files = files_of(table, stream, memory, settings, validation, test)
    if files.memory is not None and watch:
        raise ArgumentError("--watch goes with rows in memory: leave it out, or give more --memory")
    with window(watch and writes, settings, port, opens=not no_open) as shown:
        trained, drawn = _train(
            table,
            files,
            target,
            settings,
            validation,
            test,
            outputs,
            again,
            how,
            writes,
            checkpoints,
            quiet=quiet,
            shown=shown,
        )
        if json and writes:
            print_json(_result(trained, outputs, drawn))
    if trained.model.record["stopped_because"] == "interrupted":
        raise typer.Exit(interrupted_status())
    if trained.unscored == "interrupted":
        leave("interrupted while the test part was scored: the model is saved without its scores", interrupted_status())
    if trained.unscored:
        leave(f"{trained.unscored}; the model is saved without the scores of its test part", 1)


def _train(
    table: Path,
    files: Files,
    target: list[str],
    settings: Settings,
    validation: Path | None,
    test: Path | None,
    outputs: Outputs,
    again: dict[str, str],
    how: dict[str, Any],
    writes: bool,
    checkpoints: Checkpoints | None,
    *,
    quiet: bool,
    shown: Window | None,
) -> tuple[Trained, Drawn | None]:
    """Trains, tells what came of it, and writes what is to be written.

    Args:
        table, files, target, validation, test: What is read, and what is to be predicted.
        settings, how, checkpoints: What the training is made from.
        outputs, writes: Where the model, the report and the plots go, and whether this process writes them.
        again: Commands to go on with, by what they do.
        quiet, shown: Whether nothing is printed; the window of a training that is watched.
    """
    from rich.markup import escape

    from ..files import model_bytes
    from ..files.record import ending_in
    from ..reports.figures import draw_figures, figure_paths
    from ..reports.report import render_report
    from ..reports.training_report import training_report
    from ..system import Content, check_folder, check_writable, make_folder, write_together
    from ..training.ending import unlogged

    out = console(quiet)
    if writes:
        check_writable(outputs.model, purpose="model")
        check_writable(outputs.report, purpose="report")
    if outputs.plots is not None and writes:
        check_folder(outputs.plots, purpose="plots")
        for path in figure_paths(outputs.plots, target).values():
            if path.exists():
                check_writable(path, purpose="plot")
    work = _stream if files.memory is not None else _in_memory
    with saving() as begin:
        with unlogged(), checkpoints_told(out), ProgressBar(out, begin) as progress:  # a diverged run is told below
            given = _Given(table, files, target, settings, {"validation": validation, "test": test}, how, checkpoints)
            trained = work(out, given, progress, begin, shown)
        ending = ending_in(trained.model.record)
        diverged = ending.stopped_because == "diverged"
        style = "yellow" if diverged else "default"
        if ending.stopped_because == "interrupted" and not ending.updates:
            leave("interrupted before the first update: nothing is written", interrupted_status())
        out.print(f"[{style}]{escape(ending.explanation)}[/{style}] ({ending.work})")
        if diverged:
            out.print(f"{again['rates']} finds one", markup=False, soft_wrap=True)
        if trained.ensemble is not None:
            print_ensemble(out, trained.model.record)
        if trained.scores is not None:
            print_scores(out, trained.scores, "test")
        begin()
        if not writes:  # the first of several processes does
            return trained, None
        page = render_report(training_report(trained, title=outputs.model.stem)).encode("utf-8", errors="replace")
        contents = [
            Content(outputs.model, model_bytes(trained.model), "model"),
            Content(outputs.report, page, "report"),
        ]
        drawn = None if outputs.plots is None else draw_figures(outputs.plots, trained)
        with writing():
            if outputs.plots is not None and drawn is not None:
                make_folder(outputs.plots, purpose="plots")
                contents += drawn.contents
            write_together(contents)
            settle()
    print_notes(out, (*trained.prepared.notes, *(drawn.notes if drawn else ())))
    hint = _best_hint(trained, again["best"], settings)
    if hint:
        out.print(f"\n{hint}", markup=False, soft_wrap=True)
    out.print(f"\nmodel   {outputs.model}\nreport  {outputs.report}", markup=False)
    for content in drawn.contents if drawn else ():
        out.print(f"plot    {content.path}", markup=False)
    if checkpoints is not None and (ending.stopped_because == "interrupted" or trained.unscored):
        out.print(f"\n{again['resume']} goes on with it", markup=False, soft_wrap=True)
    return trained, drawn


class _Given(NamedTuple):
    """What is trained on, and how."""

    table: Path
    files: Files
    target: list[str]
    settings: Settings
    parts: dict[str, Path | None]
    how: dict[str, Any]
    checkpoints: Checkpoints | None


def _in_memory(
    out: Console, given: _Given, progress: ProgressBar, begin: Callable[[], None], shown: Window | None
) -> Trained:
    """Train on a table that is read whole."""
    from rich.markup import escape

    from ..data.several_files import open_files, open_found, size_told
    from ..tables.training import train_table

    read, table = open_files(given.files.paths, **given.how), given.table
    frame = read.frame
    paths = {part: path for part, path in given.parts.items() if path is not None}
    names: dict[str, Any] = {f"{part}_name": path.name for part, path in paths.items()}
    others = {part: open_found(path, **given.how) for part, path in paths.items()}
    frames = {part: other.frame for part, other in others.items()}
    out.print(f"[bold]{escape(table.name)}[/bold]: {size_told(read)}")
    pictures = None
    if shown is not None:
        from ..studio.watch_pictures import TablePictures

        shown.pictures = pictures = TablePictures(None if frames else frame, f"Training on {table.name}")
    trained = train_table(
        frame,
        given.target,
        given.settings,
        **frames,
        name=table.name,
        **names,
        notes=[note for one in (read, *others.values()) for note in one.notes],
        callbacks=(progress,) if pictures is None else (progress, pictures.looking),
        checkpoint=given.checkpoints,
        verbose=False,
        on_prepared=lambda prepared, net: _begin(out, prepared, net, given.settings, pictures),
        on_tried=lambda tried: _tried(out, tried, begin),
    )
    if pictures is not None:
        pictures.conclude(trained)
    return trained


def _stream(
    out: Console, given: _Given, progress: ProgressBar, begin: Callable[[], None], shown: Window | None
) -> Trained:
    """Train on files whose rows are read in each epoch."""
    from rich.markup import escape

    from ..tables.streamed_training import train_files

    out.print(f"[bold]{escape(given.table.name)}[/bold]: {given.files.word}")
    return train_files(
        given.files.paths,
        given.target,
        given.settings,
        memory=given.files.memory or 1,
        name=given.table.name,
        callbacks=(progress,),
        checkpoint=given.checkpoints,
        verbose=False,
        on_prepared=lambda prepared, net, rows: _begin(out, prepared, net, given.settings, rows=rows),
    )


def _best_hint(trained: Trained, command: str, settings: Settings) -> str:
    """What --best would do, where it would do something: for enough rows, and after a training that came to an end."""
    from ..tables.several import would_train

    alone = trained.ensemble is None and "files" not in trained.model.record
    several = would_train(trained.prepared, settings) if alone else 0
    if not several or trained.run.stopped_because in ("diverged", "interrupted", "seconds"):
        return ""
    return f"{command} trains {several} networks and keeps the mean of those of the best settings"


def _begin(
    out: Console,
    prepared: Prepared,
    net: Network,
    settings: Settings,
    pictures: TablePictures | None = None,
    rows: dict[str, int] | None = None,
) -> None:
    """What was understood, and whether the rule will be slow for so many parameters."""
    if pictures is not None:
        pictures.prepare(prepared)
    tell_understood(out, prepared, net, rows=rows)
    warn_if_slow(out, str(settings.optimizer), RULES.get(settings.optimizer), net)


def _tried(out: Console, tried: Tried, begin: Callable[[], None]) -> None:
    """A setting whose networks are trained."""
    begin()
    epochs = sum(run.epochs for run in tried.runs)
    out.print(f"{len(tried.runs)} networks {tried.name}: {epochs} epochs, out-of-fold loss {tried.loss:.4g}")


def _result(trained: Trained, outputs: Outputs, drawn: Drawn | None) -> dict[str, Any]:
    """What `--json` prints."""
    from ..core.description import describe_network
    from ..files.record import course_in

    record = dict(trained.model.record)
    course = course_in(record) if "history" in record else None  # several networks have one each, in their own records
    record.pop("history", None)
    losses, judged = (None, None) if course is None else (course.loss.tolist(), course.validation_loss)
    return {
        "model": str(outputs.model),
        "report": str(outputs.report),
        **(
            {}
            if drawn is None
            else {"plots": [str(content.path) for content in drawn.contents], "plots_left_out": list(drawn.notes)}
        ),
        **targets_as_data(trained.prepared.encoding.target_names),
        **record,
        "network": describe_network(trained.model.network),
        "parameters": trained.model.parameter_count,
        "final_loss": losses[-1] if losses else None,
        "best_validation_loss": None if judged is None else min(judged.tolist(), default=None),
    }
