"""The commands of `thalweg`; one that cannot go on ends with a line on the standard error."""

from __future__ import annotations

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import ThalwegError
from .check import check
from .derive import derive
from .diagnose import diagnose
from .each_once import EachOnce
from .exercise import exercise
from .export import export
from .gallery import TakesGallery
from .grade import grade
from .import_network import import_network
from .options import FormulaFirst
from .predict import predict
from .process import INTERRUPTED, leave
from .rates import rates
from .show import show
from .step import step
from .studio import studio
from .surface import surface
from .train import train
from .usage import with_hint

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What Typer raises for a wrong use."""


class Commands(TyperGroup):
    """The commands; one that cannot go on ends with a line on the standard error.

    `--output` has the short form `-o` in all of them.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for command in self.commands.values():
            for parameter in command.params:
                if "--output" in parameter.opts:
                    parameter.opts.append("-o")

    def invoke(self, ctx: Any) -> Any:
        """Run the command; its mistakes and interruptions become an exit status."""
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            raise with_hint(error, self) from None
        except ThalwegError as error:
            leave(str(error), 1)
        except MemoryError as error:
            leave(f"the memory is too small ({error}): choose a smaller network, or a table of fewer columns", 1)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever reads the output has enough
                raise
            leave(f"{error.filename or 'the system'}: {error.strerror or error}", 1)
        except KeyboardInterrupt:
            leave("interrupted", INTERRUPTED)


app = typer.Typer(
    cls=Commands,
    name="thalweg",
    help="Train feedforward neural networks by backpropagation, and see the work.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=EachOnce)(train)
app.command(cls=EachOnce)(predict)
app.command(cls=EachOnce)(export)
app.command(name="import", cls=EachOnce)(import_network)
app.command(cls=EachOnce)(show)
app.command(cls=EachOnce)(rates)
app.command(cls=EachOnce)(diagnose)
app.command(cls=TakesGallery)(step)
app.command(cls=TakesGallery)(exercise)
app.command(cls=TakesGallery)(grade)
app.command(cls=FormulaFirst)(derive)
app.command(cls=TakesGallery)(check)
app.command(cls=TakesGallery)(surface)
app.command(cls=EachOnce)(studio)


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
