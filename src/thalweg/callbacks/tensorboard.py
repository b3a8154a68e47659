"""Event files that TensorBoard shows."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.kinds import check_count, takes_kinds
from ..errors import ArgumentError
from ..system import check_folder, make_folder
from ..training.callbacks import EpochEnd, Listener

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

_PURPOSE = "event files"


class TensorBoard(Listener):
    """A callback that writes the losses of each epoch as event files, for `tensorboard --logdir FOLDER`.

    `loss/training` and, with a validation set, `loss/validation`, by the epoch. With `histograms_every` the weights and
    biases of each layer too, every so many epochs. The folder is made if it is not there; each run is a file of its own
    in it. Needs the extra `tensorboard`, which is tensorboardX; raises ArgumentError without, and FileError, before the
    training, for a folder that cannot be written into.

    >>> import tempfile, numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = tw.callbacks.TensorBoard(folder + "/first")
    ...     run = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=3, callbacks=[board])
    ...     len(list(board.folder.iterdir()))
    1
    """

    @takes_kinds
    def __init__(self, folder: str | os.PathLike[str], *, histograms_every: int | None = None) -> None:
        self._every = None if histograms_every is None else check_count("histograms_every", histograms_every)
        _writer_class()
        check_folder(folder, purpose=_PURPOSE)
        self.folder = Path(folder)
        self._writer: SummaryWriter | None = None

    def begin(self) -> None:
        """Make the folder, and an event file in it."""
        self._begin(None)

    def resumed(self, epoch: int, saved: object) -> None:
        """Begin another event file, by which TensorBoard forgets the epochs after this one, which come again."""
        self._begin(epoch + 1)

    def _begin(self, purge_step: int | None) -> None:
        make_folder(self.folder, purpose=_PURPOSE)
        check_folder(self.folder, purpose=_PURPOSE)
        self._writer = _writer_class()(str(self.folder), filename_suffix=f".{time.time_ns()}", purge_step=purge_step)

    def __call__(self, end: EpochEnd) -> None:
        """Write what an epoch left."""
        assert self._writer is not None
        self._writer.add_scalar("loss/training", end.loss, end.epoch)
        if end.validation_loss is not None:
            self._writer.add_scalar("loss/validation", end.validation_loss, end.epoch)
        if self._every is not None and end.epoch % self._every == 0:
            for layer, (weights, bias) in end.parameters().items():
                for source, W in weights.items():
                    self._writer.add_histogram(f"{layer}/weights/{source}", W, end.epoch)
                if bias is not None:
                    self._writer.add_histogram(f"{layer}/bias", bias, end.epoch)

    def end(self) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()


def _writer_class() -> type[SummaryWriter]:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ArgumentError(
            "event files are written with the extra tensorboard: pip install 'thalweg[tensorboard]', or write a "
            "tw.callbacks.CSVLog"
        ) from error
    return SummaryWriter
