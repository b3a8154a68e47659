"""`thalweg export`: a model written for elsewhere, and whether it computes the same there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ArgumentError
from .options import check_apart
from .process import settle
from .terminal import console, print_json


def export(
    model: Annotated[Path, typer.Argument(help="A model file; with --check alone, a file that was exported.")],
    output: Annotated[
        Path | None,
        typer.Argument(
            help="Where to write: .onnx, .py (NumPy), .c (with its .h), .m (MATLAB, Octave), .safetensors (PyTorch, "
            "with its .py) or .weights.h5 (Keras, with its .py).",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Run the rows that the export holds by the tool that it is for: Python, gcc, Octave, onnxruntime, "
            "PyTorch, Keras. It runs what the file says.",
        ),
    ] = False,
    dtype: Annotated[
        str | None, typer.Option(help="float32 or float64: what the network computes in; its own type if left out.")
    ] = None,
    fixed_buffers: Annotated[
        bool,
        typer.Option("--fixed-buffers", help="Of C: layers in static memory, not on the stack, for microcontrollers."),
    ] = False,
    member: Annotated[
        int | None, typer.Option(help="Of a model of several networks: this one alone, counted from 1.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write a model for elsewhere: ONNX, NumPy, C, MATLAB, PyTorch, Keras.

    Example: thalweg export wine.thalweg wine.onnx --check
    """
    from ..exchange import check_export

    if output is None and not check:
        raise ArgumentError(f"no file to write is named: thalweg export {model} {model.stem}.onnx, or .py, .c, .m")
    given = {"--dtype": dtype is not None, "--fixed-buffers": fixed_buffers, "--member": member is not None}
    needless = [name for name, there in given.items() if there]
    if output is None and needless:
        raise ArgumentError(f"{needless[0]} says how to write, and no file to write is named: name it behind the model")
    written = () if output is None else _written(model, output, dtype, fixed_buffers, member)
    settle()
    found = check_export(written[0] if written else model) if check else None
    if json:
        checked = None if found is None else {"tool": found.tool, "passed": found.passed, "told": found.told}
        print_json({"model": str(model), "files": [str(file) for file in written], "check": checked})
    elif not quiet:
        out = console()
        for file in written:
            out.print(f"written: {file}", markup=False, highlight=False)
        if found is not None:
            out.print(found.line, markup=False, highlight=False)
    if found is not None and not found.passed:
        raise typer.Exit(1)


def _written(model: Path, output: Path, dtype: str | None, fixed_buffers: bool, member: int | None) -> tuple[Path, ...]:
    from ..exchange import export as write
    from ..files import load

    check_apart({"export": output}, (model,))
    trained = load(model)
    if member is not None:
        trained = trained.member(member)
    return write(trained, output, dtype=dtype, fixed_buffers=fixed_buffers)
