"""Parameters that a training begins with instead of drawn ones: of a model file, or as they stand in the page."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.network import Network, Parameters
from ..errors import ArgumentError, FileError, ThalwegError
from ..files.model import Model
from ..files.model_file import load, model_bytes
from .uploads import LARGEST_FILE, plain_name

if TYPE_CHECKING:
    from .building import Built

ENDING = ".thalweg"


@dataclass(frozen=True)
class Start:
    """Parameters to begin with: the model that has them, and the name of its file."""

    name: str
    model: Model

    def parameters_for(self, net: Network) -> Parameters:
        """The parameters; raises ArgumentError, which names the file, for a network that they do not fit."""
        try:
            net.check_parameters(self.model.params)
        except ThalwegError as error:
            raise ArgumentError(f"{self.name} is of another network: {error}") from None
        return self.model.params

    def file(self) -> bytes:
        """The bytes of the model file."""
        return model_bytes(self.model)


def start_from(name: str, content: bytes) -> Start:
    """The parameters in the bytes of a model file; raises FileError and ArgumentError for what is none, or several.

    >>> start_from("../empty.thalweg", b"")
    Traceback (most recent call last):
    thalweg.errors.FileError: empty.thalweg: the file is empty: download it again
    """
    name = plain_name(name)
    if len(content) > LARGEST_FILE:
        raise FileError(f"{name}: {len(content) / 2**20:.0f} MiB, and the page takes at most {LARGEST_FILE >> 20}")
    if not content:
        raise FileError(f"{name}: the file is empty: download it again")
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        path = Path(folder, f"model{ENDING}")
        path.write_bytes(content)
        try:
            return Start(name, load(path).single())
        except ThalwegError as error:
            raise type(error)(str(error).replace(str(path), name)) from None


def start_of(built: Built, params: Parameters) -> Start:
    """The parameters of a training as they stand.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> built = build(Spec())
    >>> start_of(built, built.recipe.params).name
    'xor.start.thalweg'
    """
    stem = plain_name(built.name).partition(".")[0]
    return Start(f"{stem}.start{ENDING}", Model(built.network, params, built.recipe.program.loss))
