"""`thalweg studio`: the page in which one watches it learn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PORT = 8188


def studio(
    table: Annotated[
        Path | None,
        typer.Argument(help="A table to begin with: .csv, .tsv, .parquet, .arrow, .json, .npz, .mat, .xlsx."),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="The column to predict; the last one if left out; repeated for several.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook, if it has several.")] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The table has no names of columns: these are column 1, column 2, ...")
    ] = False,
    port: Annotated[int, typer.Option(help="Where the page is served.", min=1, max=65535)] = PORT,
    host: Annotated[
        str, typer.Option(help="The address to listen at; others than this machine's own ask for a token.")
    ] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Open the page in which trainings are watched, stepped and compared, in the browser.

    Example: thalweg studio wine.csv --target cultivar
    """
    from ..errors import ArgumentError
    from ..studio.app import check_installed, check_port, serve

    check_installed()
    for option, given in (("--target", target), ("--sheet", sheet), ("--no-header", no_header)):
        if given and table is None:
            raise ArgumentError(f"{option} goes with a table: name one, or leave it out")
    own, spec = None, None
    if table is not None:
        from ..data.encoding import check_name
        from ..studio.building import build
        from ..studio.spec import OWN_TABLE, Spec
        from ..studio.uploads import read_table_file
        from ..tables.arguments import column_of

        own = read_table_file(table, str(table), header=not no_header, sheet=sheet)
        own = own.named(table.name)
        names = tuple(column_of(own.frame, name) for name in target or ())
        for name in names:
            check_name(own.frame, name, "target")
        spec = Spec(data=OWN_TABLE, target=names, sheet=sheet, no_header=no_header)
        build(spec, own)
    check_port(host, port)
    serve(host=host, port=port, own=own, spec=spec, opens=not no_open)
