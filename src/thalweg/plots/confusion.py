"""Which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.arrays import float_array
from ..core.kinds import takes_kinds
from ..errors import DataError
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_TEXT = 5.5
"""In points: where the counts would have to be smaller to fit into their cells, a colour scale stands for them."""


@takes_kinds
def confusion_matrix(
    confusion: Sequence[Sequence[int]], classes: Sequence[object], *, ax: Axes | None = None
) -> Figure:
    """Draw the counts, shape (classes, classes), of examples by actual class (rows) and predicted class (columns).

    A cell's shade, and the percentage under its count, is its share of its row: the diagonal holds the recalls.

    Raises DataError without classes or examples, for another shape, and for counts that are negative or not whole.

    >>> figure = confusion_matrix([[9, 1], [0, 5]], ["red", "white"])
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['9\\n90%', '1\\n10%', '0']
    """
    import numpy as np

    counts = float_array("confusion", confusion)
    size = len(classes)
    if size == 0 or counts.shape != (size, size):
        raise DataError(f"confusion must be of shape (classes, classes) = {(size, size)}, not {counts.shape}")
    if not (counts >= 0).all() or not (counts == np.floor(counts)).all() or counts.sum() == 0:
        raise DataError("confusion must hold whole counts, none negative and not all 0")
    counts = counts.astype(np.int64)
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.zeros(counts.shape), where=rows > 0)

    own = ax is None
    names = [style.label(name) for name in classes]
    longest = max(map(len, names))
    side = min(9.0, size * min(0.9, max(0.3, 6.0 / size)))  # of the square of cells, in inches
    figure, ax = style.canvas(ax, max(side, 2.4) + 1.4 + 0.08 * longest, max(side, 1.2) + 1.4 + 0.06 * longest)
    if not own:
        box = ax.get_window_extent()
        side = min(box.width, box.height) / figure.dpi
    cell = 72 * side / size  # in points
    wide = max(len(f"{counts.max():,}"), 4)
    font = min(11.0, cell * 0.85 / (0.62 * wide))

    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="none")
    if font >= SMALLEST_TEXT:
        _write_cells(ax, counts, shares, font, percentages=cell > 3 * font)
    else:
        if own:
            figure.set_figwidth(figure.get_figwidth() + 1)
        figure.colorbar(image, ax=ax, label="share of the actual class", shrink=0.6)

    step = -(-size // 40)
    ticks = range(0, size, step)
    font = min(9.0, max(6.0, cell * step * 0.6))
    ax.set_yticks(ticks, names[::step], fontsize=font, **style.VERBATIM)
    slanted = longest * 0.6 * font > cell * step
    turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    ax.set_xticks(ticks, names[::step], fontsize=font, **turn, **style.VERBATIM)
    ax.set_xticks(np.arange(size - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(size - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5 if size <= 20 else 0.6)
    ax.tick_params(which="both", length=0)
    ax.set_xlabel("predicted", color=style.INK)
    ax.set_ylabel("actual", color=style.INK)
    style.title(ax, "Confusion matrix")
    return figure


def _write_cells(ax: Axes, counts: np.ndarray, shares: np.ndarray, font: float, *, percentages: bool) -> None:
    import numpy as np
    from matplotlib import colormaps

    for (row, column), share in np.ndenumerate(shares):
        count = counts[row, column]
        red, green, blue, _ = colormaps["Blues"](share)
        dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
        text = f"{count:,}" + (f"\n{100 * share:.0f}%" if count and percentages else "")
        color = "white" if dark else style.INK if count else style.FAINT
        ax.text(column, row, text, ha="center", va="center", fontsize=font, color=color)
