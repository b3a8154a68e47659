"""How well probabilities rank the examples of a class before the others: ROC and precision-recall curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ..core.kinds import takes_kinds
from ..data.predictions import Judged, Label, judged
from ..errors import DataError
from . import style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

MOST_NAMED = len(style.PALETTE)
"""Of more classes those with the lowest areas are named and in colour, the others grey."""
_MOST_INSIDE = 4
"""The names of more curves stand beside the picture."""
_CELLS = 1000
"""Points that fall into the same of so many cells along each axis look the same, and are drawn once."""


class RankingCurve(NamedTuple):
    """One class against the rest: every point is a threshold of its probability."""

    label: Label
    x: np.ndarray
    """False positive rate, or recall."""
    y: np.ndarray
    """True positive rate (recall), or precision."""
    area: float
    """AUC, or average precision."""
    share: float
    """Of the examples that are of the class."""


@takes_kinds
def roc_curves(
    actual: ArrayLike, probabilities: ArrayLike, classes: Sequence[Label] | None = None
) -> list[RankingCurve]:
    """The ROC curve of the second of two classes, or of each of several against the rest, from scikit-learn.

    Arguments are those of `roc`. A class that no example or every example belongs to has no curve. Raises DataError
    if that holds for all of them, and for arrays that do not fit.

    >>> (curve,) = roc_curves([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve.area, curve.x.tolist(), curve.y.tolist()
    (0.75, [0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    from sklearn import metrics

    def curve(label: Label, positive: np.ndarray, chance: np.ndarray) -> RankingCurve:
        x, y, _ = metrics.roc_curve(positive, chance)
        return RankingCurve(label, x, y, float(metrics.roc_auc_score(positive, chance)), float(positive.mean()))

    return _one_against_the_rest(judged(actual, probabilities, classes), curve)


@takes_kinds
def precision_recall_curves(
    actual: ArrayLike, probabilities: ArrayLike, classes: Sequence[Label] | None = None
) -> list[RankingCurve]:
    """The precision-recall curve of the second of two classes, or of each of several, from scikit-learn.

    Arguments and errors are those of `roc_curves`.

    >>> (curve,) = precision_recall_curves([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> round(curve.area, 4), curve.share
    (0.8333, 0.5)
    """
    from sklearn import metrics

    def curve(label: Label, positive: np.ndarray, chance: np.ndarray) -> RankingCurve:
        precision, recall, _ = metrics.precision_recall_curve(positive, chance)
        area = float(metrics.average_precision_score(positive, chance))
        return RankingCurve(label, recall, precision, area, float(positive.mean()))

    return _one_against_the_rest(judged(actual, probabilities, classes), curve)


@takes_kinds
def roc(
    actual: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[Label] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure:
    """Draw ROC curves: true positive rate over false positive rate, with the area under each (AUC).

    `actual` are labels, (examples,). `probabilities` are (examples, classes) in the order of `classes`, or those of
    the second of two classes, (examples,) or (examples, 1). Without `classes` they are 0, 1, ... Two classes make one
    curve, that of the second; more make one each, against the rest.

    Raises DataError for arrays that do not fit and for a single class among the examples.

    >>> figure = roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> figure.axes[0].get_legend().get_texts()[0].get_text()
    '1 (AUC 0.750)'
    """
    told = judged(actual, probabilities, classes)
    curves = roc_curves(actual, probabilities, classes)
    figure, ax = style.canvas(ax, 5.2 + (2.6 if len(curves) > _MOST_INSIDE else 0.0), 5.0)
    _draw(ax, curves, "AUC", steps=False)
    ax.plot([0, 1], [0, 1], color=style.FAINT, linestyle="--", linewidth=1, label="chance", zorder=1)
    ax.set_xlabel("false positive rate", color=style.INK)
    ax.set_ylabel("true positive rate", color=style.INK)
    _finish(ax, "ROC", curves, told, "lower right")
    return figure


@takes_kinds
def precision_recall(
    actual: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[Label] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure:
    """Draw precision over recall, with the average precision (AP) of each class; arguments are those of `roc`.

    For two classes a dashed line shows the precision of chance, the share of the second one. Raises as `roc` does.

    >>> figure = precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> figure.axes[0].get_legend().get_texts()[0].get_text()
    '1 (AP 0.833)'
    """
    told = judged(actual, probabilities, classes)
    curves = precision_recall_curves(actual, probabilities, classes)
    figure, ax = style.canvas(ax, 5.2 + (2.6 if len(curves) > _MOST_INSIDE else 0.0), 5.0)
    _draw(ax, curves, "AP", steps=True)
    if len(told.classes) == 2:
        ax.axhline(curves[0].share, color=style.FAINT, linestyle="--", linewidth=1, label="chance", zorder=1)
    ax.set_xlabel("recall", color=style.INK)
    ax.set_ylabel("precision", color=style.INK)
    _finish(ax, "Precision and recall", curves, told, "lower left")
    return figure


def _one_against_the_rest(
    told: Judged, curve: Callable[[Label, np.ndarray, np.ndarray], RankingCurve]
) -> list[RankingCurve]:
    """The curve of each class that some examples belong to and some do not."""
    indices, probabilities, names = told
    curves = []
    for index in range(1 if len(names) == 2 else 0, len(names)):
        positive = indices == index
        if 0 < positive.sum() < len(positive):
            curves.append(curve(names[index], positive.astype(int), probabilities[:, index]))
    if not curves:
        raise DataError(f"actual holds one class only, {names[indices[0]]!r}: give examples of two classes or more")
    return curves


def _draw(ax: Axes, curves: list[RankingCurve], measure: str, *, steps: bool) -> None:
    """The curves: those of the lowest areas in colour, on top, with a name; those of further classes in grey."""
    import numpy as np

    order = np.argsort([curve.area for curve in curves], kind="stable")
    named = sorted(order[:MOST_NAMED].tolist())
    rest = [index for index in range(len(curves)) if index not in named]
    for number, index in enumerate((*named, *rest)):
        curve = curves[index]
        x, y = _seen(curve)
        label = f"{style.label(curve.label)} ({measure} {curve.area:.3f})"
        color, _, dashes = style.look(number)
        if number >= MOST_NAMED:
            color, dashes = "#bbbbbb", "-"
            label = f"{len(rest)} more, {measure} higher" if number == MOST_NAMED else "_"
        ax.plot(
            x, y, color=color, linestyle=dashes, linewidth=1.8 if number < MOST_NAMED else 0.8, label=label,
            drawstyle="steps-post" if steps else "default", zorder=2.5 if number < MOST_NAMED else 1.5, clip_on=False,
        )  # fmt: skip


def _seen(curve: RankingCurve) -> tuple[np.ndarray, np.ndarray]:
    """The points of a curve; of a long one, the first, the last, and one for each cell of a fine grid."""
    import numpy as np

    if len(curve.x) <= _CELLS:
        return curve.x, curve.y
    cells = np.round(np.column_stack([curve.x, curve.y]) * _CELLS).astype(int)
    new = np.append(np.any(np.diff(cells, axis=0) != 0, axis=1), True)
    new[0] = True
    return curve.x[new], curve.y[new]


def _finish(
    ax: Axes, title: str, curves: list[RankingCurve], told: Judged, place: Literal["lower left", "lower right"]
) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.margins(0)
    ax.set_aspect("equal")
    beside = len(curves) > _MOST_INSIDE
    legend = ax.legend(
        framealpha=0.85, edgecolor="none", fontsize=9, labelcolor=style.INK, loc="upper left" if beside else place,
        bbox_to_anchor=(1.01, 1.0) if beside else None,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    if len(told.classes) == 2:
        about = f"class {style.label(told.classes[1])}"
    else:
        lacking = len(told.classes) - len(curves)
        without = f" ({lacking} of {len(told.classes)} classes without examples)" if lacking else ""
        about = f"each class against the rest{without}"
    style.title(ax, title, f"{about}, {style.examples(len(told.indices))}")
