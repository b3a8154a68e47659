"""Writing a file so that either all of it is there afterwards, or what was there before."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import FileError, shown
from .locking import flocked


def write_atomically(path: str | os.PathLike[str], data: bytes, *, purpose: str = "file") -> None:
    """Write `data` to `path`: to a temporary file beside it, flushed to the disk, then renamed.

    Until the rename the old file is as it was; a replaced file keeps its permissions, and a link its target's place.
    `purpose` says in messages what the file is: "model", "report".

    Raises FileError if the file cannot be written; the temporary file is then gone and the old file unharmed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "note.txt", b"all or nothing")
    ...     [(entry.name, entry.read_bytes()) for entry in Path(folder).iterdir()]
    [('note.txt', b'all or nothing')]
    """
    write_together([Content(path, data, purpose)])


@contextlib.contextmanager
def writing_atomically(path: str | os.PathLike[str], *, purpose: str = "file") -> Iterator[IO[bytes]]:
    """A file to write to piece by piece, which takes its place, whole, at the end; if anything is raised, never.

    Raises FileError as `write_atomically` does.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing_atomically(Path(folder) / "note.txt") as file:
    ...         _ = file.write(b"piece ")
    ...         _ = file.write(b"by piece")
    ...     [(entry.name, entry.read_bytes()) for entry in Path(folder).iterdir()]
    [('note.txt', b'piece by piece')]
    """
    target = _target(path, purpose)
    with _told(path, purpose, target):
        _clear(target.parent)
        with _unfinished(target) as (temporary, file):
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, temporary)
            if os.name == "nt":  # which moves no file that is open
                file.close()
            temporary.replace(target)


class Content(NamedTuple):
    """What a file is to hold; `purpose` says in messages what the file is."""

    path: str | os.PathLike[str]
    data: bytes
    purpose: str = "file"


def write_together(contents: Sequence[Content]) -> None:
    """Write files that belong together: all are on the disk under other names before the first takes its place.

    If one cannot be written, none is. Raises FileError as `write_atomically` does.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_together([Content(Path(folder) / "a", b"1"), Content(Path(folder) / "b", b"2")])
    ...     sorted(entry.name for entry in Path(folder).iterdir())
    ['a', 'b']
    """
    targets = [_target(path, purpose) for path, _, purpose in contents]
    with contextlib.ExitStack() as stack:
        written = []
        for (path, data, purpose), target in zip(contents, targets, strict=True):
            with _told(path, purpose, target):
                _clear(target.parent)
                temporary, file = stack.enter_context(_unfinished(target))
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                if target.exists():
                    shutil.copymode(target, temporary)
                written.append(temporary)
        if os.name == "nt":  # which moves no file that is open
            stack.pop_all().close()
        _replace(contents, written, targets)


def _replace(contents: Sequence[Content], written: Sequence[Path], targets: Sequence[Path]) -> None:
    """Give all files their places; those that have one get back what was there if another cannot have its own."""
    before: list[tuple[Path, bytes | None]] = []
    for content, temporary, target in zip(contents, written, targets, strict=True):
        try:
            with _told(content.path, content.purpose, target):
                old = target.read_bytes() if len(contents) > 1 and target.exists() else None
                temporary.replace(target)
                before.append((target, old))
        except FileError:
            for place, old in before:
                if old is None:
                    _remove(place)
                else:
                    write_atomically(place, old)
            raise


def check_writable(path: str | os.PathLike[str], *, purpose: str = "file") -> None:
    """Raise FileError now if `path` could not be written later; nothing is left behind and no file is changed.

    >>> check_writable("no/such/folder/net.thalweg", purpose="model")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    thalweg.errors.FileError: cannot write the model 'no/such/folder/net.thalweg': ...
    """
    target = _target(path, purpose)
    temporary = _temporary(target)
    try:
        temporary.open("xb").close()
    except OSError as error:
        raise FileError(f"cannot write the {purpose} {str(path)!r}: {_reason(error, target)}") from error
    finally:
        _remove(temporary)


def check_folder(path: str | os.PathLike[str], *, purpose: str = "files") -> None:
    """Raise FileError now if `path` is no folder that files could be written into later, nor one that could be made.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     check_folder(file.name, purpose="plots")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    thalweg.errors.FileError: cannot write the plots into '...': it is a file; name a folder
    """
    place = f"cannot write the {purpose} into {str(path)!r}"
    wanted = folder = Path(path)
    try:
        wanted = folder = Path(os.path.realpath(path))
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            part = "it" if folder == wanted else repr(str(folder))
            raise FileError(f"{place}: {part} is a file; name a folder")
        temporary = _temporary(folder / "file")
        try:
            temporary.open("xb").close()
        finally:
            _remove(temporary)
    except ValueError as error:
        raise FileError(f"{place}: {error}; choose another name") from error
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{place}: {_reason(error, folder / 'file')}") from error


def make_folder(path: str | os.PathLike[str], *, purpose: str = "files") -> None:
    """Make a folder, and those that it lies in, unless it is there; raises FileError if that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot write the {purpose} into {str(path)!r}: {error.strerror or error}") from error


def _target(path: str | os.PathLike[str], purpose: str) -> Path:
    """The file that a path or link leads to; raises FileError if it is something else than a file."""
    if not isinstance(path, str | os.PathLike):
        raise FileError(f"cannot write the {purpose}: a file is named by a text or a path, not by {shown(path)}")
    try:
        target = Path(os.path.realpath(path))
    except ValueError as error:
        raise FileError(f"cannot write the {purpose} {str(path)!r}: {error}; choose another name") from error
    try:
        exists = target.exists()
    except OSError as error:
        raise FileError(f"cannot write the {purpose} {str(path)!r}: {_reason(error, target)}") from error
    if exists and not target.is_file():
        what = "a folder" if target.is_dir() else "a device or a pipe"
        raise FileError(f"cannot write the {purpose} {str(path)!r}: it is {what}; name a file")
    return target


def remove_unfinished() -> None:
    """Delete the temporary files of this process, which ends at once."""
    for temporary in tuple(_UNFINISHED):
        _remove(temporary)


_UNFINISHED: set[Path] = set()


@contextlib.contextmanager
def _told(path: str | os.PathLike[str], purpose: str, target: Path) -> Iterator[None]:
    """What the system refuses, as a FileError."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"cannot write the {purpose} {str(path)!r}: {_reason(error, target)}") from error


@contextlib.contextmanager
def _unfinished(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file beside the target, locked while it is written so that others know it from one that was left behind."""
    while True:
        temporary = _temporary(target)
        _UNFINISHED.add(temporary)
        try:
            with temporary.open("xb") as file:
                if not (_lock(file) and temporary.exists()):  # taken for one that was left behind, and deleted
                    continue
                yield temporary, file
                return
        finally:
            _remove(temporary)
            _UNFINISHED.discard(temporary)


def _clear(folder: Path) -> None:
    """Delete the temporary files in a folder that were left behind by programs that were killed."""
    if os.name == "nt":  # which has no such locks
        return
    with contextlib.suppress(OSError):
        for left in folder.glob(".thalweg-*.tmp"):
            if left in _UNFINISHED:
                continue
            with contextlib.suppress(OSError), left.open("rb") as file:
                if _lock(file):
                    left.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> bool:
    """Whether the file is now this process's own; where there are no locks, or none here, it is taken to be."""
    return flocked(file) is not False


def _temporary(target: Path) -> Path:
    """A new name beside the target."""
    return target.parent / f".thalweg-{secrets.token_hex(8)}.tmp"


def _remove(temporary: Path) -> None:
    """Delete the temporary file if it was made and can be deleted: what went wrong before matters more."""
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)


def _reason(error: OSError, target: Path) -> str:
    """Why the system refused, and what to do about it."""
    folder = str(target.parent)
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR if not target.parent.is_dir():
            return f"there is no folder {folder!r}; create it, or name another"
        case errno.ENOENT | errno.EACCES | errno.EPERM | errno.EROFS:
            return f"the folder {folder!r} may not be written to; change its permissions, or name another"
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; make room, or name a folder on another disk"
        case errno.EFBIG:
            return "the file is larger than this system allows; name a folder on another disk"
        case errno.ENAMETOOLONG:
            return "the name is too long; choose a shorter one"
        case _:
            return f"{error.strerror or error}; name another place"
