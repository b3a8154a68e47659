"""`--gallery NAME` in place of a step file, and the list of its names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ArgumentError, visible
from .each_once import EachOnce

LIST = ""
"""What `--gallery` is without a name: the list is asked for."""


def _names() -> list[str]:
    """The examples, for completion in a shell."""
    from ..worked.step_files.gallery import gallery

    return [example.name for example in gallery()]


Gallery = Annotated[
    str | None,
    typer.Option(
        "--gallery",
        help="An example of the gallery in place of the file: mazur; alone, it lists them.",
        metavar="NAME",
        autocompletion=_names,
    ),
]


class TakesGallery(EachOnce):
    """A command whose `--gallery` may stand without a name, at the end or before another option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As before, with an empty name behind such a `--gallery`."""
        given: list[str] = []
        for place, arg in enumerate(args):
            given.append(arg)
            if arg == "--gallery" and (place + 1 == len(args) or args[place + 1].startswith("-")):
                given.append(LIST)
        return super().parse_args(ctx, given)


def step_file_of(file: Path | None, gallery: str | None) -> Path:
    """The file that a command works on: the one given, or that of the gallery's example; raises where both or none are.

    `--gallery` without a name prints the list of the examples and leaves with status 0; an unknown name is told with
    the near ones.
    """
    if gallery is None:
        if file is None:
            raise typer.BadParameter("Missing argument 'FILE': name a step file, or an example with --gallery NAME.")
        if not file.suffix and not file.exists() and str(file) in _names():
            raise ArgumentError(f"{file}: no such file, but an example of the gallery: --gallery {file}")
        return file
    if file is not None:
        raise ArgumentError(f"{file} and --gallery both name what to open: give one of them")
    from ..worked.step_files.gallery import gallery_path

    if gallery == LIST:
        print_gallery()
        raise typer.Exit
    return gallery_path(gallery)


def print_gallery() -> None:
    """The list of the examples: name, text, what it shows."""
    from ..worked.step_files.gallery import gallery
    from .terminal import console, print_table

    rows = [(example.name, visible(example.source), visible(example.about or example.title)) for example in gallery()]
    print_table(console(), ("name", "text", "what it shows"), rows, most=len(rows))
