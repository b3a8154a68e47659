"""The folder of a training's checkpoints: which there are, the newest whole one, and one training at a time in it."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from ..errors import FileError
from ..system import check_folder, flocked, make_folder, write_atomically
from .checkpoint_file import DamagedError, Stored, read_stored

PURPOSE = "checkpoints"
_NAME = re.compile(r"(?:([a-z0-9]+)-)?checkpoint-(\d{15})\.safetensors")
_STATE = re.compile(r"(?:([a-z0-9]+)-)?state-(\d{15})\.safetensors")
_LOCK = "lock"

_log = logging.getLogger("thalweg.checkpoints")


class CheckpointFolder:
    """A folder with the checkpoints of a run, or of a group of several (`part`), and its trail of states."""

    def __init__(self, path: Path, part: str = "") -> None:
        self.path, self.part = path, part
        self._prefix = f"{part}-" if part else ""
        self.trail = path / "trail"
        self._lock: IO[Any] | None = None
        """While the folder is this training's own."""

    def of_group(self, part: str) -> CheckpointFolder:
        """The same folder, as much this training's own, with the checkpoints of a group of runs."""
        own = CheckpointFolder(self.path, part)
        own._lock = self._lock
        return own

    def file(self, updates: int) -> Path:
        """The file of the checkpoint after so many updates."""
        return self.path / f"{self._prefix}checkpoint-{updates:015}.safetensors"

    def state_file(self, updates: int) -> Path:
        """The file of the state after so many updates in the trail."""
        return self.trail / f"{self._prefix}state-{updates:015}.safetensors"

    def checkpoints(self) -> dict[int, Path]:
        """The checkpoints there are, whole or not, by their updates, the first first; FileError for no folder."""
        return _found(self.path, _NAME, self.part)

    def states(self) -> dict[int, Path]:
        """The states of the trail, likewise."""
        return _found(self.trail, _STATE, self.part)

    def has_any(self) -> bool:
        """Whether there is a checkpoint of any training, whole or not."""
        return bool(self.parts())

    def parts(self) -> list[str]:
        """The runs of which there are checkpoints: of one alone the empty name, of several those of their groups."""
        return _parts(self.path, _NAME)

    def parts_of_trail(self) -> list[str]:
        """The same of the trail."""
        return _parts(self.trail, _STATE)

    def newest(self) -> Stored | None:
        """The newest whole checkpoint; those that are damaged are passed over, with a warning, and set aside.

        None if there is none; FileError if all are damaged.
        """
        damaged: list[tuple[Path, DamagedError]] = []
        for path in reversed(self.checkpoints().values()):
            try:
                stored = read_stored(path)
            except DamagedError as error:
                damaged.append((path, error))
                continue
            for other, error in damaged:
                _log.warning(f"the checkpoint {str(other)!r} is damaged ({error}): {path.name} is used, before it")
                with suppress(OSError):
                    other.replace(other.with_name(f"{other.name}.damaged"))
            return stored
        if damaged:
            told = "the checkpoint" if len(damaged) == 1 else f"all {len(damaged)} checkpoints"
            raise FileError(
                f"{told} in {str(self.path)!r} {'is' if len(damaged) == 1 else 'are'} damaged ({damaged[0][1]}), and "
                "there is nothing to go on from: begin anew in another folder, or delete this one"
            )
        return None

    def write(self, updates: int, content: bytes, keep: int) -> None:
        """Write a checkpoint, synced, and leave the newest `keep` ones; raises FileError, and then none is lost."""
        self._check_own()
        make_folder(self.path, purpose=PURPOSE)
        write_atomically(self.file(updates), content, purpose="checkpoint")
        _sync(self.path)
        for path in list(self.checkpoints().values())[:-keep]:
            _remove(path)

    def write_state(self, updates: int, content: bytes) -> None:
        """Write a state of the trail, which need not outlast the machine; raises FileError."""
        self._check_own()
        make_folder(self.trail, purpose=PURPOSE)
        path = self.state_file(updates)
        aside = path.with_suffix(".tmp")
        try:
            aside.write_bytes(content)
            aside.replace(path)
        except OSError as error:
            _remove(aside)
            told = error.strerror or error
            raise FileError(f"cannot write the state {str(path)!r}: {told}; make room, or name a folder") from error

    def forget_state(self, updates: int) -> None:
        """Delete a state, if that can be done."""
        _remove(self.state_file(updates))

    def forget_states(self, after: int) -> None:
        """Delete the states after so many updates, which a run that goes on from there makes anew."""
        for updates, path in self.states().items():
            if updates > after:
                _remove(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The folder is this training's own; raises FileError while another has it, and if it cannot be written."""
        check_folder(self.path, purpose=PURPOSE)
        make_folder(self.path, purpose=PURPOSE)
        check_folder(self.path, purpose=PURPOSE)
        place = self.path / _LOCK
        try:
            file = place.open("a+", encoding="utf-8")
        except OSError as error:
            raise FileError(
                f"cannot write the {PURPOSE} into {str(self.path)!r}: {error.strerror or error}; name another folder"
            ) from error
        with file:
            if not _taken(file):
                file.seek(0)
                other = file.read(200).strip() or "another process"
                raise FileError(
                    f"{str(self.path)!r} is where another training writes its checkpoints ({other}): wait for its end, "
                    "or name another folder"
                )
            with suppress(OSError):
                file.truncate(0)
                file.write(f"process {os.getpid()} of {socket.gethostname()}\n")
                file.flush()
            self._lock = file
            try:
                yield
            finally:
                self._lock = None

    def _check_own(self) -> None:
        """Raise FileError if the folder was deleted, or is another by now: another training may write into that."""
        if self._lock is None:
            return
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._lock.fileno()), (self.path / _LOCK).stat()):
                return
        raise FileError(f"{str(self.path)!r} was deleted or replaced: nothing more is written into it")


def _found(folder: Path, name: re.Pattern[str], part: str = "") -> dict[int, Path]:
    """The files of a folder by the number at the end of their names; those of one `part`."""
    matches = (name.fullmatch(entry) for entry in _names(folder))
    found = {int(match[2]): folder / match[0] for match in matches if match and (match[1] or "") == part}
    return dict(sorted(found.items()))


def _parts(folder: Path, name: re.Pattern[str]) -> list[str]:
    found = (name.fullmatch(entry) for entry in _names(folder))
    return sorted({match[1] or "" for match in found if match})


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(f"{str(folder)!r}: cannot be read ({error.strerror or error}): name a folder") from error


def _taken(file: IO[Any]) -> bool:
    """Whether the lock of a file, held until it is closed, is now this process's; taken to be where there are none."""
    if (taken := flocked(file)) is not None:
        return taken
    import msvcrt

    try:
        file.seek(_BEYOND)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


_BEYOND = 1 << 20
"""Where Windows locks a file, whose beginning can then be read."""


def _sync(folder: Path) -> None:
    """Let the names in a folder outlast the machine, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
