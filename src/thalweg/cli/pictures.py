"""Pictures that commands write: which files they can be, and their bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from .options import check_ending

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = (".png", ".svg", ".pdf")


def check_picture(path: Path, endings: tuple[str, ...] = PICTURES) -> None:
    """Raise ArgumentError unless a picture can be written under this name.

    >>> check_picture(Path("surface.txt"))
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: output 'surface.txt' ends in '.txt'; it must end in .png, .svg or .pdf
    """
    check_ending(path, endings)


def rendered(figure: Figure, path: Path) -> bytes:
    """The figure as a file of this name, the same bytes each time."""
    import matplotlib

    suffix = path.suffix.lower()
    buffer = io.BytesIO()
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    with matplotlib.rc_context({"svg.hashsalt": "thalweg"}):
        figure.savefig(buffer, format=suffix[1:], dpi=150, metadata=metadata)
    return buffer.getvalue()
