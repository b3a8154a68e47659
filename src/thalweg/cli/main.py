"""`thalweg`: the commands; they end with 0, with 1 for a mistake told in one line, 2 for usage, 130 if interrupted."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..errors import ThalwegError
from .predict import predict
from .show import show
from .train import train

app = typer.Typer(
    name="thalweg",
    help="Train feedforward neural networks by backpropagation, and see the work.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(train)
app.command()(predict)
app.command()(show)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        print(f"thalweg {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Train feedforward neural networks by backpropagation, and see the work."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ThalwegError as error:
        print(f"thalweg: {error}", file=sys.stderr)
        sys.exit(1)
