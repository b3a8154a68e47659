"""`thalweg import`: a network that one has elsewhere, as a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ArgumentError
from ..exchange.formats import SCALINGS
from .options import check_apart, choice, one_of
from .process import settle
from .terminal import console, print_json
from .training_options import MaxSize, opening


def import_network(
    file: Annotated[
        Path,
        typer.Argument(
            help="The network: .onnx, .keras, .safetensors or .npz (a state_dict of PyTorch, with --layers), .m "
            "(MATLAB's genFunction), .mat (its IW, LW, b), or what thalweg export wrote, .weights.h5 too."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="The model file; FILE.thalweg if left out.", show_default=False),
    ] = None,
    layers: Annotated[
        str | None, typer.Option(help="Of a state_dict: the modules of nn.Sequential in order, Linear,Tanh,Linear.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The columns of tables that it takes, in its order: size,weight; else x1, x2."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column that it predicts, or several: y1,y2.")] = None,
    classes: Annotated[
        str | None, typer.Option(help="The classes in the order of its outputs: fig,pear,plum; else 0, 1 ...")
    ] = None,
    scaling: Annotated[
        str,
        typer.Option(
            help=f"Of MATLAB's files: the scaling goes into the weights, or is kept beside them. {one_of(SCALINGS)}",
            **choice("scaling", SCALINGS),
        ),
    ] = "folded",
    loss: Annotated[
        str | None, typer.Option(help="The loss of further training; cross_entropy of classes, else mse.")
    ] = None,
    max_size: MaxSize = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Read a network that was trained elsewhere, to predict with, open steps of, check and train on; no code is run.

    Example: thalweg import engine.m --columns load,speed --target torque
    """
    from ..exchange import read_network
    from ..files import save
    from ..files.record import texts_at
    from ..system import check_writable

    if file.suffix.lower() == ".thalweg":
        raise ArgumentError(f"{file} is a model file already: thalweg predict {file} TABLE predicts with it")
    whole = file.name.removesuffix(".weights.h5")
    place = output or (file.with_suffix(".thalweg") if whole == file.name else file.with_name(f"{whole}.thalweg"))
    check_apart({"model": place}, (file,))
    if place.suffix.lower() != ".thalweg":
        raise ArgumentError(f"output {str(place)!r} ends in {place.suffix!r}; a model file ends in .thalweg")
    check_writable(place, purpose="model")
    listed: dict[str, Any] = {
        name: [part.strip() for part in text.split(",")]
        for name, text in {"columns": columns, "target": target, "classes": classes}.items()
        if text is not None
    }
    largest = opening(None, max_size)["largest"]
    listed |= {"layers": layers, "loss": loss, "scaling": scaling, "largest": largest}
    model = read_network(file, **listed)
    save(model, place)
    settle()
    notes = texts_at(model.record, "notes")
    if json:
        print_json({"file": str(file), "model": str(place), "parameters": model.parameter_count, "notes": notes})
    elif not quiet:
        out = console()
        for note in notes:
            out.print(f"note: {note}", markup=False, highlight=False)
        for line in model.in_words().splitlines():
            out.print(line, markup=False, highlight=False)
        out.print(f"model: {place}", markup=False, highlight=False)
