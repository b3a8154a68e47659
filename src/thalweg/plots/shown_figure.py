"""A figure that shows itself as the last line of a notebook's cell, without pyplot and without a magic command."""

from __future__ import annotations

import io
import warnings

from matplotlib.figure import Figure

_DPI = 192
"""Twice as many points as are shown, for screens that have them."""


class ShownFigure(Figure):
    """A figure of Matplotlib's that a notebook shows as a picture."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, and its size in the notebook."""
        written = io.BytesIO()
        with warnings.catch_warnings():  # a letter that Matplotlib's font lacks is a box
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            self.savefig(written, format="png", dpi=_DPI)
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        return written.getvalue(), {"width": width, "height": height}
