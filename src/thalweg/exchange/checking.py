"""Whether an export gives what it says it should: its check rows, run by the tool that it is for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, FileError
from ..system import whole_file
from .exporting import format_of
from .formats import Format

_SECONDS = 300
"""After which a tool is given up."""
_LONGEST = 200
"""Letters of what a tool says that are told."""
_HELD = {
    "numpy_module": b"def check():",
    "c_source": b"#ifdef THALWEG_CHECK",
    "matlab_function": b"function good = check_of_",
    "torch_module": b"thalweg",
    "keras_source": b"thalweg",
    "onnx_graph": b"thalweg.check",
}
"""What an export has within it."""


@dataclass(frozen=True)
class ExportCheck:
    """What came of the check rows of an export: `passed` is None where the tool is not installed."""

    path: str
    tool: str
    passed: bool | None
    told: str

    @property
    def line(self) -> str:
        """In one line.

        >>> ExportCheck("net.m", "octave", None, "octave is not installed").line
        "'net.m' is not checked: octave is not installed"
        """
        if self.passed is None:
            return f"{self.path!r} is not checked: {self.told}"
        return f"{self.path!r} in {self.tool}: {self.told}"


def check_export(path: str | os.PathLike[str]) -> ExportCheck:
    """Run the check rows that an export holds, by the tool that it is for.

    A `.py`, and what lies beside a `.safetensors` or `.weights.h5`, is run by this Python; a `.c` is compiled by cc,
    gcc or clang; a `.m` is run by Octave or MATLAB, a `.onnx` by onnxruntime. What the file says is done: check none
    that you would not run. Raises FileError for a file that cannot be read, ArgumentError for one that is no export.

    >>> import tempfile, thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file, = tw.exchange.export(tw.Model(net, net.init(0), tw.losses.MSE()), folder + "/small.py")
    ...     check_export(file).told
    '3 check rows: as expected'
    """
    found = format_of(path)
    place = Path(path)
    raw = whole_file(place) if place.is_file() else None
    if raw is None:
        raise FileError(f"cannot read {str(path)!r}: there is no such file; name one that thalweg export wrote")
    if _HELD[found.module] not in raw:
        raise ArgumentError(f"{str(path)!r} holds no check rows: name a file that thalweg export wrote")
    tool, passed, told = _run(found, place.resolve(), raw)
    return ExportCheck(str(path), tool, passed, told)


def _run(found: Format, path: Path, raw: bytes) -> tuple[str, bool | None, str]:
    match found.module:
        case "onnx_graph":
            return _onnx(raw)
        case "c_source":
            return _compiled(path)
        case "matlab_function":
            return _octave(path)
        case "numpy_module":
            return _python(path, ())
        case "torch_module":
            return _python(path.with_suffix(".py"), ("torch", "safetensors"))
        case _:
            beside = path.with_name(f"{path.name[: -len('.weights.h5')]}.py")
            return _python(beside, ("keras", "h5py"))


def _python(source: Path, libraries: tuple[str, ...]) -> tuple[str, bool | None, str]:
    tool = f"Python with {libraries[0]}" if libraries else "Python"
    lacking = [name for name in libraries if find_spec(name) is None]
    if lacking:
        return tool, None, f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not installed"
    if not source.is_file():
        raise FileError(f"cannot read {str(source)!r}, the source beside it: export the model again")
    return tool, *_ended([sys.executable, str(source)], source.parent)


def _compiled(source: Path) -> tuple[str, bool | None, str]:
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return "a compiler of C", None, "no compiler of C is installed (cc, gcc, clang)"
    tool = Path(compiler).name
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "check")
        built, told = _ended(
            [compiler, "-std=c99", "-DTHALWEG_CHECK", str(source), "-o", program, "-lm"], source.parent
        )
        if not built:
            return tool, False, f"it does not compile: {told}"
        return tool, *_ended([program], source.parent)


def _octave(source: Path) -> tuple[str, bool | None, str]:
    call = f"if {source.stem}('check'), disp('as expected'), else, disp('NOT as expected'), exit(1), end"
    for name, options in (
        ("octave-cli", ["--quiet", "--eval"]),
        ("octave", ["--quiet", "--eval"]),
        ("matlab", ["-batch"]),
    ):
        program = shutil.which(name)
        if program is not None:
            return name, *_ended([program, *options, call], source.parent)
    return "Octave", None, "neither octave nor matlab is installed"


def _ended(command: list[str], folder: Path) -> tuple[bool, str]:
    """Whether a program ended well, and the last line that it printed, or the first of its errors."""
    try:
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"it took more than {_SECONDS} seconds"
    except OSError as error:
        return False, f"{command[0]} cannot be run: {error.strerror or error}"
    said, errors = ended.stdout.strip().splitlines(), ended.stderr.strip().splitlines()
    first = next((line for line in errors if "error" in line.lower()), errors[-1] if errors else "")
    shown = said[-1] if said else first or f"it ended with status {ended.returncode}"
    return ended.returncode == 0, shown[:_LONGEST]


def _onnx(raw: bytes) -> tuple[str, bool | None, str]:
    """The check rows of a graph, in onnxruntime."""
    tool = "onnxruntime"
    if find_spec(tool) is None:
        return tool, None, "onnxruntime is not installed"
    import onnxruntime

    try:
        session: Any = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
        held = json.loads(session.get_modelmeta().custom_metadata_map["thalweg.check"])
        feeds = {one.name: _fed(held["inputs"][one.name], one.type) for one in session.get_inputs()}
        found = dict(zip((one.name for one in session.get_outputs()), session.run(None, feeds), strict=True))
        wrong = [
            name
            for name, expected in held["outputs"].items()
            if not _same(found[name], expected, held["room"].get(name))
        ]
    except Exception as error:  # of onnxruntime's own kinds
        return tool, False, " ".join(str(error).split())[:_LONGEST]
    rows = len(next(iter(held["outputs"].values())))
    told = f"NOT as expected: {', '.join(wrong)}" if wrong else "as expected"
    return tool, not wrong, f"{rows} check rows: {told}"


def _fed(values: list[Any], kind: str) -> np.ndarray:
    """The rows of an input in the type that the graph takes."""
    if kind == "tensor(string)":
        return np.array(values, dtype=object).reshape(-1, 1)
    array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    return array.astype(np.float32) if kind == "tensor(float)" else array


def _same(found: np.ndarray, expected: list[Any], room: list[Any] | None) -> bool:
    if room is None:
        return found.tolist() == expected
    return found.shape == np.shape(expected) and bool((np.abs(found - np.array(expected)) <= np.array(room)).all())
