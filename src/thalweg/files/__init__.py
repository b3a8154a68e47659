"""The model and its file; files are written whole or not at all."""

from .atomic import check_folder, check_writable, make_folder, write_atomically
from .model import Model, Prediction
from .model_file import load, save

__all__ = [
    "Model",
    "Prediction",
    "check_folder",
    "check_writable",
    "load",
    "make_folder",
    "save",
    "write_atomically",
]


def __dir__() -> list[str]:
    return __all__
