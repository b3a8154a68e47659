"""Predicted numbers against actual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..data.predictions import numbers, same_length
from . import style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

MOST_POINTS = 10_000
"""Of more examples than these a sample is drawn, with a word."""
MOST_SHAPES = 500
"""More points than these are drawn as one picture inside a vector figure, which keeps its file small."""


@takes_kinds
def predicted_against_actual(actual: ArrayLike, predicted: ArrayLike, *, ax: Axes | None = None) -> Figure:
    """Draw each example's predicted value over its actual one, both (examples,) or (examples, 1), and the line of
    perfect prediction.

    The line under the title gives Pearson's R = Σ (a - ā)(p - p̄) / √(Σ (a - ā)² Σ (p - p̄)²) of all the examples; it
    is not defined where either is constant.

    Raises DataError for no examples, lengths or shapes that do not match, and values that are not finite.

    >>> figure = predicted_against_actual([1.0, 2.0, 3.0], [1.5, 2.0, 2.5])
    >>> figure.axes[0].texts[0].get_text()
    'R = 1.0000, 3 examples'
    """
    truth, guess = numbers("actual", actual, use="draw"), numbers("predicted", predicted, use="draw")
    same_length(truth, guess)
    r = pearson(truth, guess)
    explanation = f"{told(r)}, {style.examples(len(truth))}"
    low, high = min(truth.min(), guess.min()), max(truth.max(), guess.max())
    if len(truth) > MOST_POINTS:
        truth, guess = sample(truth, guess)
        explanation += f" ({MOST_POINTS:,} of them drawn)"

    figure, ax = style.canvas(ax, 5.2, 5.0)
    scatter(ax, truth, guess, (low, high), identity="predicted = actual", label="examples")
    ax.set_xlabel("actual", color=style.INK)
    ax.set_ylabel("predicted", color=style.INK)
    ax.legend(frameon=False, fontsize=9, loc="upper left", handles=ax.lines[:1], labelcolor=style.INK)
    style.title(ax, "Predicted against actual", explanation)
    return figure


def scatter(
    ax: Axes,
    across: np.ndarray,
    up: np.ndarray,
    span: tuple[float, float],
    *,
    identity: str,
    label: str,
    color: str = style.BLUE,
) -> tuple[float, float]:
    """Draw points, and the line on which both numbers are the same, on axes alike; gives their limits."""
    low, high = span
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    limits = (low - margin, high + margin)
    ax.plot(limits, limits, color=style.FAINT, linestyle="--", linewidth=1.2, label=identity, zorder=1)
    many = len(across) > MOST_SHAPES
    ax.plot(
        across, up, linestyle="none", marker="o", markersize=3 if many else 5, color=color,
        alpha=0.3 if many else 0.65, markeredgewidth=0, rasterized=many, label=label,
    )  # fmt: skip
    ax.set_xlim(limits)
    ax.set_ylim(limits)
    ax.set_aspect("equal")
    ax.locator_params(nbins=5)
    style.plain_ticks(ax.xaxis, *limits)
    style.plain_ticks(ax.yaxis, *limits)
    return limits


def told(r: float | None) -> str:
    """Pearson's R in words.

    >>> told(0.5), told(None)
    ('R = 0.5000', 'R not defined')
    """
    return "R not defined" if r is None else f"R = {r:.4f}"


def sample(*columns: np.ndarray) -> list[np.ndarray]:
    """The same rows of each column, so many as are drawn."""
    import numpy as np

    chosen = np.random.default_rng(0).choice(len(columns[0]), MOST_POINTS, replace=False)
    return [column[chosen] for column in columns]


def pearson(actual: np.ndarray, predicted: np.ndarray) -> float | None:
    """Pearson's R, from deviations scaled to 1 so that no square leaves the range of a float."""
    import numpy as np

    deviations = []
    for values in (actual, predicted):
        if np.ptp(values) == 0:
            return None
        scaled = values / np.abs(values).max()
        deviation = scaled - scaled.mean()
        deviations.append(deviation / np.linalg.norm(deviation))
    return float(np.clip(deviations[0] @ deviations[1], -1, 1))
