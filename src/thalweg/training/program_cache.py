"""What XLA has compiled, kept for later processes in files that are whole or not there.

JAX's own cache writes in place: of a file that a killed process or a full disk has cut it warns in every process after
it, and of one that is read while another process writes it, and of a folder that cannot be had.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

_DIGEST = hashlib.sha256().digest_size


def keep_programs(jax: Any, folder: Path, least_seconds: float) -> None:
    """Let JAX keep in a folder what takes so many seconds or more to compile."""
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", least_seconds)
    with suppress(ImportError, AttributeError):  # JAX has no public name for it: without, its own cache is used
        from jax._src import compilation_cache

        of_jax = compilation_cache.get_file_cache
        ours = WholeFiles(folder), str(folder)
        compilation_cache.get_file_cache = lambda path: ours if path == str(folder) else of_jax(path)


class WholeFiles:
    """Values by their keys in files of a folder, each with a digest behind it; what cannot be had is not there."""

    def __init__(self, folder: Path) -> None:
        self._path = folder

    def get(self, key: str) -> bytes | None:
        """The value of a key; None where there is none that is whole."""
        with suppress(OSError):
            held = self._file(key).read_bytes()
            value = held[:-_DIGEST]
            if held[-_DIGEST:] == hashlib.sha256(value).digest():
                return value
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, written aside and renamed, where the disk lets it."""
        with suppress(OSError):
            self._path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._path, prefix=".", delete=False) as file:
                aside = Path(file.name)
                try:
                    file.write(value + hashlib.sha256(value).digest())
                    file.close()  # what is open cannot be renamed on Windows
                    aside.replace(self._file(key))
                except OSError:
                    file.close()
                    aside.unlink()

    def _file(self, key: str) -> Path:
        return self._path / f"{key}.program"
