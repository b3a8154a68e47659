"""Ready callbacks: what each epoch left, written to a file as it ends."""

from ..training.callbacks import Callback, Listener
from .csv_log import CSVLog
from .tensorboard import TensorBoard

__all__ = ["CSVLog", "Callback", "Listener", "TensorBoard"]


def __dir__() -> list[str]:
    return __all__
