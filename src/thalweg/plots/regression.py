"""Outputs over targets, part by part: how well a line fits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.kinds import takes_kinds
from ..errors import DataError
from . import style
from .agreement import MOST_POINTS, pearson, sample, scatter, told
from .parts import Fitted, Pairs, all_together, color_of, names_of, output_names, parts_of, scaled_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..training.run import Run

MOST_OUTPUTS = 5
"""More rows than these would make a page larger than people can use."""
_CELL = 3.1
_ROUNDING = 1e-9


@takes_kinds
def regression(parts: Run | Fitted | Pairs, *, names: Sequence[str] | None = None) -> Figure:
    """Draw outputs over targets for training, validation, test and all of them, with the line that fits them and R.

    The line is a ≈ m t + b by least squares, R is Pearson's; on the dashed line output and target are the same
    (MATLAB's plotregression). One row an output, called as `names` say; one column a part, and one of all where there
    are several. `parts` is a `Run`, whose own examples are drawn, or what `tw.fitnet` or its like leaves, drawn in the
    units of its arrays, or a dict of (targets, outputs) by the name of the part, both (examples, outputs); targets that
    are NaN are left out, with a word.

    Raises ArgumentError for what are no parts, and for as many names as there are no outputs; DataError for shapes that
    do not match, for values that are not finite, and for more outputs than can be drawn on a page.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P[::2], P[::2] ** 2, optimizer="lm", epochs=20, test=(P[1::2], P[1::2] ** 2))
    >>> [ax.get_title(loc="left") for ax in regression(run).axes]
    ['training', 'test', 'all']
    """
    from .shown_figure import ShownFigure

    found = parts_of(parts)
    outputs = next(iter(found.values())).targets.shape[1]
    called = output_names(names_of(parts, outputs) if names is None else names, outputs)
    if outputs > MOST_OUTPUTS:
        raise DataError(f"{outputs} outputs are more than {MOST_OUTPUTS}, the most rows on a page: give some of them")
    if len(found) > 1:
        found["all"] = all_together(found)
    figure = ShownFigure(figsize=(_CELL * len(found), (_CELL + 0.4) * outputs), layout="compressed", facecolor="white")
    grid = figure.subplots(outputs, len(found), squeeze=False)
    for output, row in enumerate(grid):
        for number, (ax, (name, part)) in enumerate(zip(row, found.items(), strict=True)):
            targets, given = part.of(output)
            left_out = len(part.targets) - len(targets)
            words = f"{called[output]}: {style.label(name, 14)}" if called[output] else style.label(name, 20)
            _cell(ax, words, targets, given, left_out, color_of(name, number))
            ax.set_xlabel(f"target t{scaled_told(parts)}", color=style.INK)
            ax.set_ylabel(f"output a{scaled_told(parts)}", color=style.INK)
    first = grid[0, 0]
    entries = [one for one in first.lines if one.get_label() != "examples"]
    first.legend(frameon=False, fontsize=8, loc="lower right", handles=entries, labelcolor=style.INK)
    return figure


def fitted_line(targets: np.ndarray, outputs: np.ndarray) -> tuple[float, float] | None:
    """The slope m and the intercept b of a ≈ m t + b by least squares; None where all targets are the same.

    >>> import numpy as np
    >>> fitted_line(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    (2.0, 1.0)
    """
    import numpy as np

    if np.ptp(targets) == 0:
        return None
    scale = float(np.abs(targets).max())  # so that no square leaves the range of a float
    t = targets / scale
    centred = t - t.mean()
    slope = float(centred @ (outputs - outputs.mean()) / (centred @ centred))
    return slope / scale, float(outputs.mean() - slope * t.mean())


def _cell(ax: Axes, words: str, targets: np.ndarray, outputs: np.ndarray, left_out: int, color: str) -> None:
    lines = [f"{told(pearson(targets, outputs))}, {style.examples(len(targets))}"]
    fitted = fitted_line(targets, outputs)
    lines += [] if fitted is None else [_formula(*fitted, largest=float(abs(outputs).max()))]
    lines += [f"{left_out:,} missing"] if left_out else []
    span = min(targets.min(), outputs.min()), max(targets.max(), outputs.max())
    if len(targets) > MOST_POINTS:
        targets, outputs = sample(targets, outputs)
        lines.append(f"{MOST_POINTS:,} drawn")
    style.canvas(ax, 0, 0)
    limits = scatter(ax, targets, outputs, span, identity="output = target", label="examples", color=color)
    if fitted is not None:
        ends = [fitted[0] * end + fitted[1] for end in limits]
        ax.plot(limits, ends, color=style.ORANGE, linewidth=1.8, label="fitted line")
    style.title(ax, words, "\n".join(lines))


def _formula(slope: float, intercept: float, largest: float) -> str:
    """The line in words; an intercept that is rounding beside the largest output is none.

    >>> _formula(0.5, -1.0, 3.0)
    'a ≈ 0.5 t − 1'
    """
    sign = "+" if intercept >= 0 else "-"
    more = f" {sign} {abs(intercept):.2g}" if abs(intercept) > _ROUNDING * largest else ""
    return f"a ≈ {slope:.3g} t{more}".replace("-", "\N{MINUS SIGN}")
