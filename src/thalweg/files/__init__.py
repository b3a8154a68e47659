"""The model and its file; files are written whole or not at all."""

from .atomic import (
    Content,
    check_folder,
    check_writable,
    make_folder,
    write_atomically,
    write_together,
    writing_atomically,
)
from .model import Model, Prediction
from .model_file import load, model_bytes, save

__all__ = [
    "Content",
    "Model",
    "Prediction",
    "check_folder",
    "check_writable",
    "load",
    "make_folder",
    "model_bytes",
    "save",
    "write_atomically",
    "write_together",
    "writing_atomically",
]


def __dir__() -> list[str]:
    return __all__
