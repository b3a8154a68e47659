"""A saved model that is brought to the page: read by what reads those of the commands."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..errors import DataError, FileError, ThalwegError
from ..files.model_file import load
from .kept_runs import KeptRun, model_kept
from .uploads import LARGEST_FILE, plain_name

ENDING = ".thalweg"
TOO_LARGE = f"the file is larger than {LARGEST_FILE >> 20} MiB: the page takes none so large"


def model_from(name: str, content: bytes) -> KeptRun:
    """The model in the bytes of a file, by its name without folders.

    Raises FileError and DataError for what is none.
    """
    name = plain_name(name)
    if len(content) > LARGEST_FILE:
        raise FileError(f"{name}: {len(content) / 2**20:.0f} MiB, and the page takes at most {LARGEST_FILE >> 20}")
    if not name.endswith(ENDING):
        raise FileError(f"{name}: no model: give a file that thalweg train saved, which ends in {ENDING}")
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        path = Path(folder, f"model{ENDING}")
        path.write_bytes(content)
        try:
            return model_kept(name.removesuffix(ENDING), load(path), content)
        except ThalwegError as error:
            raise type(error)(str(error).replace(str(path), name)) from None
        except (RecursionError, MemoryError, ValueError, TypeError, AttributeError, KeyError):
            raise DataError(f"{name}: damaged, or not a {ENDING} file: save or download it again") from None
