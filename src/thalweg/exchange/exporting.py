"""A model written for elsewhere: the format is told by the name of the file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.kinds import takes_kinds
from ..errors import ArgumentError
from ..files import Model
from ..system import Content, check_writable, write_together
from ..training.run import Run
from .formats import Format, format_by_name, suffix_meant
from .subject import subject_of

FORMATS = (
    Format(".onnx", "an ONNX graph", "onnx_graph"),
    Format(".py", "a module in Python that needs NumPy alone", "numpy_module"),
    Format(".c", "C99, with its header beside it", "c_source"),
    Format(".m", "a function for MATLAB and Octave", "matlab_function"),
    Format(".safetensors", "a state_dict of PyTorch, with its module's source beside it", "torch_module"),
    Format(".weights.h5", "weights of Keras, with the model's source beside them", "keras_source"),
)
"""The one list of formats."""


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that a file's name asks for; raises ArgumentError for any other.

    >>> format_of("wine.onnx").words
    'an ONNX graph'
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"an export is named by a text or a path, not by {type(path).__name__}")
    found = format_by_name(path, FORMATS)
    if found is not None:
        return found
    name = Path(path).name.lower()
    known = ", ".join(one.suffix for one in FORMATS)
    near = suffix_meant(path, FORMATS)
    hint = f"; did you mean {near!r}?" if near else ""
    if Path(name).suffix in (".keras", ".h5"):
        hint = f"; for Keras name it {Path(path).stem.removesuffix('.weights')}.weights.h5"
    elif Path(name).suffix in (".pt", ".pth", ".pkl"):
        hint = f"; for PyTorch name it {Path(path).stem}.safetensors, which holds no code"
    elif Path(name).suffix == ".h":
        hint = "; name the .c file: its header is written beside it"
    raise ArgumentError(f"export {str(path)!r} must end in one of {known}{hint}")


MARK = b"Written by Thalweg"
_LIBRARIES = ("numpy", "torch", "keras", "onnx", "thalweg")
"""How an export is known."""


@takes_kinds
def export(
    model: Model | Run, path: str | os.PathLike[str], *, dtype: str | None = None, fixed_buffers: bool = False
) -> tuple[Path, ...]:
    """Write a model for elsewhere, all of it or nothing; the end of the name says how. Returns the files.

    `.onnx`, `.py` (NumPy alone), `.c` (with its `.h`), `.m` (MATLAB and Octave), `.safetensors` (PyTorch, with its
    `.py`), `.weights.h5` (Keras, with its `.py`). `dtype` is the type that the network computes in, "float32" or
    "float64"; None: its own (Keras: float32). `fixed_buffers`, of C alone: layers live in static memory, not
    on the stack. Each holds rows with what `predict` says of them, which `check_export` runs; those but `.py` and `.c`
    hold the model too, and `read_network` reads it back.

    Raises ArgumentError for what the format cannot represent, by name; FileError if a file cannot be written.

    >>> import tempfile, thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in export(tw.Model(net, net.init(0), tw.losses.MSE()), folder + "/small.c")]
    ['small.c', 'small.h']
    """
    found = format_of(path)
    if fixed_buffers and found.module != "c_source":
        raise ArgumentError(f"fixed buffers are for C; {str(path)!r} is {found.words}: leave them out")
    if found.module == "keras_source":
        if dtype == "float64":
            raise ArgumentError("Keras multiplies matrices in float32 whatever their type: leave dtype='float64' out")
        dtype = "float32"
    if isinstance(model, Run):
        model = Model.from_run(model)
    check_writable(path, purpose="export")
    subject = subject_of(model, path, dtype)
    write: Callable[..., list[Content]] = found.function()
    more: dict[str, Any] = {"fixed_buffers": fixed_buffers} if found.module == "c_source" else {}
    contents = write(subject, os.fspath(path), **more)
    _check_beside(contents)
    write_together(contents)
    return tuple(Path(one.path) for one in contents)


def _check_beside(contents: list[Content]) -> None:
    """Raise ArgumentError if a file that comes beside the one that was named would take the place of another's.

    And for a module that Python would take for another: every program started beside it would end.
    """
    for one in contents[1:]:
        there = Path(one.path)
        if not there.is_file():
            continue
        raw = there.read_bytes()
        if MARK not in raw[:4096] or _libraries(raw) != _libraries(one.data):
            which = "which no export wrote" if MARK not in raw[:4096] else "which an export of another kind wrote"
            raise ArgumentError(
                f"the {one.purpose} beside {str(contents[0].path)!r} would overwrite {str(there)!r}, {which}: choose "
                "another name"
            )
    for one in contents:
        name = Path(one.path)
        if name.suffix == ".py" and name.stem in (*_LIBRARIES, *sys.stdlib_module_names):
            raise ArgumentError(f"{str(name)!r} would stand for the module {name.stem!r} there: choose another name")


def _libraries(source: bytes) -> set[str]:
    """The libraries that a module in Python imports."""
    return {name for name in _LIBRARIES if f"\nimport {name}".encode() in source}
