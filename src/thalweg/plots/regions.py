"""Which class a classifier gives to every point of the plane of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.arrays import float_array, number_array, table_array
from ..core.kinds import check_count, takes_kinds
from ..data.predictions import Label, class_indices, plain_label, short
from ..errors import ArgumentError, DataError, shown
from . import style
from .parts import Fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ..files.model import Model
    from ..training.run import Run

MOST_POINTS = 5_000
"""Of more examples than these a sample is drawn, with a word."""

_STRENGTHS = (0.2, 0.3, 0.4)
"""Of the colours of the regions in turn, so that those of three classes differ in a print in grey as well."""
_WIDTH_OF_A_LETTER = 0.012
"""As a share of the picture's width."""


class Regions(NamedTuple):
    """The class of each point of a grid: `x` (columns,), `y` (rows,), `indices` (rows, columns) among `classes`."""

    x: np.ndarray
    y: np.ndarray
    indices: np.ndarray
    classes: list[Label]


@takes_kinds
def class_regions(
    predict: Callable[[np.ndarray], ArrayLike],
    low: ArrayLike,
    high: ArrayLike,
    classes: Sequence[Label] | None = None,
    *,
    resolution: int = 200,
) -> Regions:
    """What `predict` says of a grid of points (points, 2) from `low` (2,) to `high` (2,).

    `predict` returns labels, (points,), or the outputs of a network: (points, 1), the probability of the second of two
    classes, or (points, classes), of which the largest decides. `classes` name them, in order; without them labels
    are sorted, and outputs numbered 0, 1, ... Raises DataError for what cannot be read so.

    >>> regions = class_regions(lambda p: p[:, 0] > p[:, 1], [0, 0], [1, 1], resolution=3)
    >>> regions.classes, regions.indices.tolist()
    ([False, True], [[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    """
    x, y, points = _grid(low, high, resolution)
    indices, names = _read(predict(points), len(points), classes)
    return Regions(x, y, indices.reshape(len(y), len(x)), names)


def _grid(low: ArrayLike, high: ArrayLike, resolution: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The places along both axes, and the points (points, 2) of the grid, row by row."""
    import numpy as np

    resolution = check_count("resolution", resolution, 2, 2000)
    lows, highs = float_array("low", low), float_array("high", high)
    ends = np.stack([lows, highs]) if lows.shape == highs.shape == (2,) else np.empty(0)
    if ends.shape != (2, 2) or not np.isfinite(ends).all() or not (ends[0] < ends[1]).all():
        raise ArgumentError(
            f"low and high must be two finite numbers each, low below high, not {shown(lows.tolist())} and "
            f"{shown(highs.tolist())}"
        )
    x, y = (np.linspace(ends[0, axis], ends[1, axis], resolution) for axis in (0, 1))
    return x, y, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _predictor(
    thing: Callable[[np.ndarray], ArrayLike] | Run | Model | Fitted,
) -> tuple[Callable[[np.ndarray], ArrayLike], Sequence[Label] | None]:
    """What gives points their classes, and the classes if they are known; raises ArgumentError for what does not."""
    from ..files.model import Model
    from ..training.run import Run

    if isinstance(thing, Fitted):
        thing = thing.model
    if isinstance(thing, Run) or (isinstance(thing, Model) and thing.encoding is None):
        return thing.predict, None
    if isinstance(thing, Model):
        return _of_table(thing)
    if callable(thing):
        return thing, None
    raise ArgumentError(
        f"decision regions need a run, a model, or a function of points (points, 2), not {type(thing).__name__}"
    )


def _of_table(model: Model) -> tuple[Callable[[np.ndarray], ArrayLike], Sequence[Label]]:
    """A model's classes of points that are rows of its table's two columns."""
    import polars as pl

    assert model.encoding is not None
    columns = [column.name for column in model.encoding.inputs]
    if len(columns) != 2 or model.encoding.task != "classification" or model.encoding.several:
        targets = f" of {len(model.encoding.targets)} targets" if model.encoding.several else ""
        raise ArgumentError(
            f"decision regions need a classifier of two columns; this model has {len(columns)} and is of the task "
            f"{model.encoding.task}{targets}: give a function of two of them"
        )

    def predict(points: np.ndarray) -> np.ndarray:
        return model.predict_table(pl.DataFrame(dict(zip(columns, points.T, strict=True)))).values

    return predict, model.encoding.target.classes


def _read(
    said: ArrayLike, points: int, classes: Sequence[Label] | None, cut: float = 0.5
) -> tuple[np.ndarray, list[Label]]:
    """The number of the class of each of some points, and the classes, from labels or from outputs of a network."""
    import numpy as np

    array = np.asarray(table_array("predict", said))
    if array.ndim not in (1, 2) or len(array) != points or array.size == 0:
        raise DataError(
            f"predict must return labels (points,) or outputs (points, outputs), not an array of shape {array.shape} "
            f"for {points} points"
        )
    if array.ndim == 1:
        try:
            found = np.unique(array).tolist() if classes is None else classes
        except TypeError:
            raise DataError("predict must return labels of one kind, or numbers") from None
        names = [plain_label(name) for name in found]
        return class_indices("predict", array, names), names
    outputs = float_array("predict", array)
    if not np.isfinite(outputs).all():
        raise DataError("predict returned outputs that are not finite: decision regions need finite ones")
    width = max(outputs.shape[1], 2)
    names = [plain_label(name) for name in (range(width) if classes is None else classes)]
    if len(names) != width:
        raise DataError(f"predict returned {outputs.shape[1]} outputs a point, which do not fit classes {short(names)}")
    return (outputs[:, 0] > cut).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1), names


@takes_kinds
def decision_regions(
    predict: Callable[[np.ndarray], ArrayLike] | Run | Model | Fitted,
    P: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[Label] | None = None,
    names: tuple[str, str] = ("input 1", "input 2"),
    resolution: int = 200,
    ax: Axes | None = None,
) -> Figure:
    """Draw the class that `predict` gives to each point around the examples P (examples, 2), and these on top.

    `predict` is a run, a model, or a function that takes points (points, 2) and returns what `class_regions` reads;
    `labels` are classes (examples,), or targets as a network is trained with: (examples, 1), or one-hot rows. One
    output is of the upper of two numbers where it is above their middle, which is told. Each class has a colour and a
    marker; an example in a region of another class than its label has a thick black edge.

    Raises DataError for examples of another shape, that are not finite, or with labels that are none of the classes.

    >>> figure = decision_regions(lambda p: p[:, 0] > p[:, 1], [[0, 1], [1, 0], [1, 2]], [False, True, True])
    >>> figure.axes[0].texts[0].get_text()
    '2 of 3 examples lie in the region of their class'
    """
    import numpy as np

    predict, own = _predictor(predict)
    points, given = _examples(P, labels)
    classes = own if classes is None else classes
    low, high = _around(points)
    x, y, grid = _grid(low, high, resolution)
    said, at_points = np.asarray(predict(grid)), np.asarray(predict(points))
    if classes is None and said.ndim == 1:
        classes = np.unique(np.concatenate([said, at_points, given])).tolist()
    one_output = said.ndim == 2 and said.shape[1] == 1
    cut = 0.5
    if classes is None and one_output and given.dtype.kind in "biuf" and len(np.unique(given)) == 2:
        classes = [int(value) if float(value).is_integer() else float(value) for value in np.unique(given)]
        cut = float(sum(classes)) / 2
    indices, known = _read(said, len(grid), classes, cut)
    regions = Regions(x, y, indices.reshape(len(y), len(x)), known)
    truth = class_indices("labels", given, known)
    right = _read(at_points, len(points), known, cut)[0] == truth
    explanation = f"{right.sum():,} of {style.examples(len(points))} lie in the region of their class"
    if len(points) > MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(points), MOST_POINTS, replace=False)
        points, truth, right = points[chosen], truth[chosen], right[chosen]
        explanation += f" ({MOST_POINTS:,} drawn)"
    if one_output:
        explanation += f"\n{style.label(known[1])}: the output is above {cut:g}"

    columns = 1 + (len(known) - 1) // 18
    longest = max(len(style.label(name)) for name in known)
    figure, ax = style.canvas(ax, 4.9 + columns * (0.45 + 0.075 * longest), 4.8)
    _draw_regions(ax, regions)
    _draw_points(ax, points, truth, right, known)
    style.plain_ticks(ax.xaxis, low[0], high[0])
    style.plain_ticks(ax.yaxis, low[1], high[1])
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.set_xlabel(style.label(names[0], 40), color=style.INK, **style.VERBATIM)
    ax.set_ylabel(style.label(names[1], 40), color=style.INK, **style.VERBATIM)
    legend = ax.legend(
        frameon=False, fontsize=9, labelcolor=style.INK, loc="upper left", bbox_to_anchor=(1.01, 1.0),
        ncols=columns,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    style.title(ax, "Decision regions", explanation)
    return figure


def _examples(P: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The examples (examples, 2) and their labels (examples,), checked."""
    import numpy as np

    points, given = float_array("P", P), np.asarray(table_array("labels", labels))
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise DataError(f"P must be of shape (examples, 2), one or more, not {points.shape}")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        row = int(finite.argmin())
        raise DataError(f"P, row {row + 1}: {points[row].tolist()} are not finite numbers; draw finite numbers only")
    if given.ndim == 2 and len(given) == len(points) and given.shape[1]:
        given = given[:, 0] if given.shape[1] == 1 else number_array("labels", given).argmax(axis=1)
    if given.shape != (len(points),):
        raise DataError(f"labels must be one for each of the {len(points)} examples, not of shape {given.shape}")
    return points, given


def _around(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The corners of a frame around the points, a tenth wider than they are."""
    import numpy as np

    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.1 * (high - low)
    margin = np.where(margin > 1e-9 * np.abs(points).max(axis=0), margin, np.maximum(0.1 * np.abs(high), 0.5))
    return low - margin, high + margin


def _draw_regions(ax: Axes, regions: Regions) -> None:
    """A pale colour for each class, a line along their borders, and names inside where colours come twice."""
    import numpy as np
    from matplotlib.colors import ListedColormap, to_rgb

    x, y, indices, known = regions
    strengths = [_STRENGTHS[number % len(_STRENGTHS)] for number in range(len(known))]
    tints = [1 - part * (1 - np.asarray(to_rgb(style.look(number)[0]))) for number, part in enumerate(strengths)]
    pixel = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    ax.imshow(
        indices, origin="lower", aspect="auto", interpolation="nearest", cmap=ListedColormap(tints),
        vmin=-0.5, vmax=len(known) - 0.5, extent=(x[0] - pixel[0], x[-1] + pixel[0], y[0] - pixel[1], y[-1] + pixel[1]),
    )  # fmt: skip
    for number in np.unique(indices):
        inside = indices == number
        if not inside.all():
            ax.contour(x, y, inside, levels=[0.5], colors=[style.FAINT], linewidths=0.8)
        if len(known) > len(style.PALETTE):
            row, column, depth = _middle(inside)
            name = style.label(known[number], 12)
            if 2 * depth / len(x) >= _WIDTH_OF_A_LETTER * len(name):
                ax.text(
                    x[column], y[row], name, fontsize=7, ha="center", va="center", color=style.INK, **style.VERBATIM
                )


def _middle(inside: np.ndarray) -> tuple[int, int, float]:
    """The row and column of the point that is farthest from the border of a region, and how far."""
    import numpy as np
    from scipy import ndimage

    depth = np.asarray(ndimage.distance_transform_edt(np.pad(inside, 1)))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(row), int(column), float(depth.max())


def _draw_points(ax: Axes, points: np.ndarray, truth: np.ndarray, right: np.ndarray, known: list[Label]) -> None:
    import numpy as np

    many = len(points) > 500
    for number, name in enumerate(known):
        mine = truth == number
        color, marker, _ = style.look(number)
        ax.scatter(
            *points[mine].T, s=14 if many else 36, color=color, marker=marker, label=style.label(name), zorder=3,
            edgecolors=np.where(right[mine], "white", style.BLACK).tolist(),
            linewidths=np.where(right[mine], 0.6, 1.0 if many else 1.6).tolist(), rasterized=many,
        )  # fmt: skip
