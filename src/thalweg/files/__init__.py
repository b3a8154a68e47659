"""The model and its file."""

from .model import Model, Prediction
from .model_file import load, model_bytes, save

__all__ = ["Model", "Prediction", "load", "model_bytes", "save"]


def __dir__() -> list[str]:
    return __all__
