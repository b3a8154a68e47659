"""The look that all figures share: colours, sizes, and text that is shown as it is written."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which readers with any common colour blindness tell apart.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"

PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)
"""For what is told apart by colour on white, in this order; yellow is too pale for lines."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (8, 2)))

INK = "#222222"
"""Text and axes."""
FAINT = "#666666"
"""Text that explains, and lines that only guide the eye."""

VERBATIM: dict[str, Any] = {"parse_math": False}
"""Properties of a text that comes from the user's table: dollar signs are dollar signs."""


def canvas(ax: Axes | None, width: float, height: float) -> tuple[Figure, Axes]:
    """The axes to draw on, and their figure: those given, or new ones of `width` by `height` inches."""
    from matplotlib.figure import Figure

    if ax is None:
        from .shown_figure import ShownFigure

        ax = ShownFigure(figsize=(width, height), layout="compressed", facecolor="white").add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9)
    figure = ax.figure.figure  # a subfigure's figure is the whole one
    assert isinstance(figure, Figure)
    return figure, ax


def title(ax: Axes, text: str, explanation: str = "") -> None:
    """Put a title over the axes and, under it and smaller, a line of explanation."""
    lines = explanation.count("\n") + 1 if explanation else 0
    ax.set_title(text, loc="left", color=INK, fontsize=12, fontweight="bold", pad=8 + 13 * lines)
    if explanation:
        ax.annotate(
            explanation, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points",
            color=FAINT, fontsize=9, va="bottom", **VERBATIM,
        )  # fmt: skip


def plain_ticks(axis: Axis, low: float, high: float) -> None:
    """Write each tick of a linear axis from `low` to `high` in full, without an offset or a power of ten beside it."""
    from matplotlib.ticker import ScalarFormatter

    span, largest = high - low, max(abs(low), abs(high))
    if largest < 1e5 and span > 1e-3:
        axis.set_major_formatter(ScalarFormatter(useOffset=False))
        return
    digits = max(6, min(17, 3 + math.ceil(math.log10(largest / span)))) if 0 < span < math.inf else 6
    axis.set_major_formatter(lambda tick, _: f"{tick:.{digits}g}".replace("-", "\N{MINUS SIGN}"))


def told_apart(values: Iterable[float], digits: int = 3) -> list[str]:
    """Values with so many digits, or with as many more as it takes that no two neighbours are written alike.

    >>> told_apart([0.621, 0.614]), told_apart([0.6142, 0.6139]), told_apart([1.0, 1.0])
    (['0.621', '0.614'], ['0.6142', '0.6139'], ['1', '1'])
    """
    values = list(values)
    for enough in range(digits, 17):
        texts = [f"{value:.{enough}g}" for value in values]
        if all(one != other for one, other in itertools.pairwise(texts)):
            return texts
    return [f"{value:.{digits}g}" for value in values]


def loss_axis(ax: Axes, losses: np.ndarray, least: float = 100.0) -> None:
    """Scale the vertical axis for these finite losses: logarithmic if all are positive and `least` times apart."""
    if losses.size and losses.min() > 0 and losses.max() > least * losses.min():
        ax.set_yscale("log")
    elif losses.size:
        plain_ticks(ax.yaxis, losses.min(), losses.max())
    else:
        ax.set_yticks([])


def label(text: object, limit: int = 24) -> str:
    """A name from the user's table on one line of at most `limit` characters, its middle left out if need be.

    >>> label("alcohol"), label("a name that goes on and on and on", 16), label("two\\nlines")
    ('alcohol', 'a name t… and on', 'two lines')
    """
    line = "".join(character if character.isprintable() else " " for character in str(text))
    if len(line) <= limit:
        return line
    head = limit // 2
    return f"{line[:head]}…{line[len(line) - (limit - head - 1) :]}"


def look(index: int) -> tuple[str, str, Any]:
    """The colour, marker and dashes of the thing of this number: no two of the first 35 have the same ones.

    >>> look(0)[:2], look(7)[:2]
    (('#0072B2', 'o'), ('#0072B2', 's'))
    """
    turn = index // len(PALETTE)
    return (
        PALETTE[index % len(PALETTE)],
        MARKERS[(index + turn) % len(MARKERS)],
        DASHES[(index + turn) % len(DASHES)],
    )


def examples(count: int) -> str:
    """A number of examples, in words.

    >>> examples(1), examples(1234)
    ('1 example', '1,234 examples')
    """
    return f"{count:,} example{'' if count == 1 else 's'}"
