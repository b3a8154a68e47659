"""The curve of a network of one input, with the targets that it was fitted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..core.arrays import float_array
from ..core.kinds import check_count, takes_kinds
from ..errors import ArgumentError, DataError, shown
from . import style
from .parts import Fitted, color_of, examples_of, outputs_of_run, scaled_told, weights_there

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ..training.run import Run

_POINTS = 401
"""Of the curve."""
_MARGIN = 0.05
"""How far the curve goes beyond the examples, as a share of their span."""


@takes_kinds
def fit(
    model: Run | Fitted | Callable[[np.ndarray], ArrayLike],
    parts: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    *,
    output: int = 1,
    ax: Axes | None = None,
) -> Figure:
    """Draw a function of one input as a curve, the targets over their inputs, and the errors between the two.

    The targets of training, validation and test are told apart, and a line leads from each to the output for it
    (MATLAB's plotfit). `model` is a `Run` or what `tw.fitnet` leaves, whose own examples are drawn unless others are
    given, or a function of inputs (examples, 1); `parts` is a dict of (inputs, targets) by the name of the part;
    `output`, counted from 1, says which of several outputs is drawn. Targets that are NaN are left out.

    Raises ArgumentError for what are no parts and for an output that there is not, DataError for more than one input,
    for shapes that do not match, and for values that are not finite.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, optimizer="lm", epochs=20)
    >>> [line.get_label() for line in fit(run).axes[0].lines]
    ['output', 'training']
    """
    import numpy as np

    from ..training.run import Run

    if parts is None and isinstance(model, Fitted):
        parts = {name: (P, T) for name, (P, T, _) in model.parts.items()}
    given = _examples_of_run(model) if isinstance(model, Run) and parts is None else _given(parts)
    predict = _function_of(model)
    everywhere = np.concatenate([p for p, _ in given.values()])
    low, high = float(everywhere.min()), float(everywhere.max())
    margin = _MARGIN * (high - low) or 0.5
    grid = np.linspace(low - margin, high + margin, _POINTS)
    curve = _outputs(predict, grid)
    check_count("output", output, 1, curve.shape[1])
    figure, ax = style.canvas(ax, 6.4, 4.4)
    ax.plot(grid, curve[:, output - 1], color=style.BLACK, linewidth=1.8, label="output", zorder=2)
    squares, count = 0.0, 0
    for number, (name, (p, T)) in enumerate(given.items()):
        a = _outputs(predict, p)
        if T.shape != a.shape:
            raise DataError(f"{name}: targets must be (examples, outputs) = {a.shape}, not {T.shape}")
        there = ~np.isnan(T[:, output - 1])
        x, t, y = p[there], T[there, output - 1], a[there, output - 1]
        color = color_of(name, number)
        low, high = np.minimum(t, y), np.maximum(t, y)
        ax.vlines(x, low, high, color=style.ORANGE, linewidth=1.0, zorder=1, label="" if count else "error")
        ax.plot(x, t, linestyle="none", marker=style.MARKERS[number % len(style.MARKERS)], markersize=5, color=color,
                alpha=0.75, markeredgewidth=0, label=style.label(name), zorder=3)  # fmt: skip
        squares, count = squares + float(((t - y) ** 2).sum()), count + len(t)
    ax.set_xlabel(f"input{scaled_told(model)}", color=style.INK)
    ax.set_ylabel(f"output and target{scaled_told(model)}", color=style.INK)
    style.plain_ticks(ax.xaxis, *ax.get_xlim())
    style.plain_ticks(ax.yaxis, *ax.get_ylim())
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    root = (squares / max(count, 1)) ** 0.5
    style.title(ax, "Fit", f"{style.examples(count)}, root mean square error {root:.3g}")
    return figure


def _function_of(model: Run | Fitted | Callable[[np.ndarray], ArrayLike]) -> Callable[[np.ndarray], ArrayLike]:
    from ..training.run import Run

    if isinstance(model, Fitted):
        return model.predict
    if not isinstance(model, Run):
        return model
    return lambda P: outputs_of_run(model, {next(iter(model.network.inputs)): P}) if model.scaled else model.predict(P)


def _examples_of_run(run: Run) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    import numpy as np

    found = {}
    for name, examples in examples_of(run).items():
        P = np.concatenate([np.asarray(inputs) for inputs in examples.inputs.values()], axis=1)
        _check_one_input(P.shape)
        T = np.where(weights_there(examples), np.asarray(examples.T, dtype=np.float64), np.nan)
        found[name] = (P[:, 0].astype(np.float64), T)
    return found


def _given(parts: Mapping[str, tuple[ArrayLike, ArrayLike]] | None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    import numpy as np

    pairs = list(parts.values()) if isinstance(parts, Mapping) else []
    if parts is None or not pairs or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise ArgumentError(f"parts is {shown(parts)}; it must be a dict such as {{'training': (inputs, targets)}}")
    found = {}
    for name, (P, T) in parts.items():
        p, t = float_array(f"{name} inputs", P), float_array(f"{name} targets", T)
        p, t = (values[:, None] if values.ndim == 1 else values for values in (p, t))
        _check_one_input(p.shape)
        if t.ndim != 2 or len(p) != len(t) or not len(p):
            raise DataError(f"{name}: inputs and targets must be of as many examples, not {p.shape} and {t.shape}")
        if not np.isfinite(p).all() or np.isinf(t).any():
            raise DataError(f"{name}: an input or a target is not a finite number; draw finite numbers only")
        found[str(name)] = (p[:, 0], t)
    return found


def _check_one_input(shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[1] != 1:
        what = f"{shape[-1]} inputs" if len(shape) == 2 else f"inputs of shape {shape}"
        raise DataError(f"a fit is drawn over one input, not over {what}: use plots.regression")


def _outputs(predict: Callable[[np.ndarray], ArrayLike], p: np.ndarray) -> np.ndarray:
    """The outputs (examples, outputs) for one input."""
    import numpy as np

    outputs = float_array("outputs", predict(p[:, None]))
    outputs = outputs[:, None] if outputs.ndim == 1 else outputs
    if outputs.ndim != 2 or len(outputs) != len(p):
        raise DataError(f"the model gives outputs of shape {outputs.shape} for {len(p)} examples: one row an example")
    if not np.isfinite(outputs).all():
        raise DataError("the model's outputs are not finite numbers: draw those of an earlier epoch")
    return outputs
