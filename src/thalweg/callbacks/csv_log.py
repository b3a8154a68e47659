"""A line of a CSV file for each epoch."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import IO, Any

from ..core.kinds import takes_kinds
from ..errors import FileError
from ..system import check_writable, write_atomically
from ..training.callbacks import EpochEnd, Listener

COLUMNS = ("epoch", "updates", "loss", "validation_loss", "best_epoch", "seconds")
_PURPOSE = "log"


class CSVLog(Listener):
    """A callback that writes a line for each epoch into a CSV file, which may be read while the run goes on.

    The columns are those of `EpochEnd`: epoch, updates, loss, validation_loss (empty without a validation set),
    best_epoch, seconds. Each run begins the file anew, and one that goes on from a checkpoint goes on in it; with
    `append` its lines come after those that are there. Raises FileError, before the training, for a file that cannot be
    written, and for one to append to that is no such log.

    >>> import tempfile, numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = tw.callbacks.CSVLog(folder + "/log.csv")
    ...     run = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=3, callbacks=[log])
    ...     print((log.path).read_text().splitlines()[0])
    epoch,updates,loss,validation_loss,best_epoch,seconds
    """

    @takes_kinds
    def __init__(self, path: str | os.PathLike[str], *, append: bool = False) -> None:
        check_writable(path, purpose=_PURPOSE)
        self.path = Path(path)
        self._append = append
        self._file: IO[str] | None = None
        self._lines: Any = None
        if append:
            self._continues()

    def begin(self) -> None:
        """Open the file, and write the names of the columns."""
        continues = self._append and self._continues()
        try:
            self._file = self.path.open("a" if continues else "w", encoding="utf-8", newline="")
            self._lines = csv.writer(self._file, lineterminator="\n")
            if not continues:
                self._lines.writerow(COLUMNS)
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error

    def resumed(self, epoch: int, saved: object) -> None:
        """Go on after the line of an epoch; those of later ones, which come again, are cut off."""
        if self._continues():
            try:
                lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = [line for line in lines[1:] if line.endswith("\n") and _epoch_of(line) <= epoch]
                write_atomically(self.path, "".join([lines[0], *kept]).encode(), purpose=_PURPOSE)
            except (OSError, ValueError) as error:
                raise self._refused(error) from error
        append, self._append = self._append, True
        try:
            self.begin()
        finally:
            self._append = append

    def __call__(self, end: EpochEnd) -> None:
        """Write the line of an epoch."""
        assert self._file is not None
        told = end.epoch, end.updates, end.loss, end.validation_loss, end.best_epoch, f"{end.seconds:.6f}"
        try:
            self._lines.writerow(told)
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error

    def end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _continues(self) -> bool:
        """Whether there are lines to append to; raises FileError for those of another file."""
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                head = file.readline(_LONGEST_HEAD).rstrip("\r\n")
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as error:
            raise self._refused(error) from error
        if head and head != ",".join(COLUMNS):
            raise FileError(f"cannot append to the log {str(self.path)!r}: its first line is {head[:60]!r}, not the "
                            "columns of a log; name another file, or leave append out to overwrite it")  # fmt: skip
        return bool(head)

    def _refused(self, error: Exception) -> FileError:
        reason = getattr(error, "strerror", None) or error
        return FileError(f"cannot write the log {str(self.path)!r}: {reason}; name another place")


_LONGEST_HEAD = 200


def _epoch_of(line: str) -> int:
    """The epoch of a line; raises ValueError for one that is none of a log."""
    return int(line.partition(",")[0])
