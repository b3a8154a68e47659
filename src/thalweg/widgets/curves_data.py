"""The curves of runs as the plain data of a picture: few points of each, where validation was best, why each ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, DataError, shown
from ..plots.curves import name_of_loss
from ..plots.parts import Fitted
from ..plots.thinned import Thinned, thinned
from ..training.history import kept_update
from .formula_data import Json

if TYPE_CHECKING:
    from ..training.run import Run

LOSSES = ("loss", "validation_loss", "test_loss")
_TITLES = {"loss": "training", "validation_loss": "validation", "test_loss": "test"}
_APART = ("seconds", "epoch")
"""What only rises."""
_COUNTS = ("validation_checks",)
"""What is shown as steps, never on a logarithmic scale."""
MOST_RUNS = 12
_SPAN, _DECADE = 100.0, 10.0
"""A scale is logarithmic where the greatest value is so many times the least: of losses, and of what else there is."""


@dataclass
class RunCurves:
    """The curves of one run, by what they are of, and how it went."""

    name: str
    curves: dict[str, Thinned] = field(default_factory=dict)
    best: int | None = None
    """The epoch whose parameters are kept; 0: none, the initial ones are; None: where the validation loss is least."""
    best_value: float | None = None
    ended: str = ""
    """Why it ended; empty before."""
    loss: str = ""
    """The name of its loss function, if it is known."""

    def add(self, values: Mapping[str, Any]) -> None:
        """Add the values of epochs that follow, by what they are of."""
        for name, these in values.items():
            if these is not None and name not in _APART:
                self.curves.setdefault(name, Thinned()).add(_numbers(name, these))

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return max((curve.count for curve in dict(self.curves).values()), default=0)

    def at_best(self) -> list[Json] | None:
        """The epoch of the least validation loss, or whose parameters are kept, and the loss there."""
        if self.best == 0:
            return None
        curve = self.curves.get("validation_loss") or (self.curves.get("loss") if self.best else None)
        least = None if curve is None else curve.least
        if self.best is None or (least is not None and least[0] == self.best):
            return None if least is None else [least[0], tidy(least[1])]
        return [self.best, None if self.best_value is None else tidy(self.best_value)] if self.best else None


def several_runs(runs: Any, names: Sequence[str] | None = None) -> list[RunCurves]:
    """Runs, or one, as their curves; raises ArgumentError and DataError for what are none.

    >>> import thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 2, 1), P, P**2, epochs=3, engine="numpy")
    >>> [(one.name, list(one.curves)) for one in several_runs({"a": run, "b": {"loss": [2.0, 1.0]}})]
    [('a', ['loss']), ('b', ['loss'])]
    """
    if runs is None:
        given: dict[str, Any] = {}
    elif isinstance(runs, Mapping) and not _is_curves(runs):
        given = {str(name): one for name, one in runs.items()}
    elif isinstance(runs, list | tuple):
        given = {f"run {number}": one for number, one in enumerate(runs, 1)}
    else:
        given = {"run": runs}
    if names is not None:
        if isinstance(names, str) or len(names) != len(given) or len(set(names)) != len(names):
            raise ArgumentError(f"names is {shown(names)}; it must be {len(given)} different names, one for each run")
        given = dict(zip(map(str, names), given.values(), strict=True))
    if len(given) > MOST_RUNS:
        raise ArgumentError(f"{len(given)} runs are more than {MOST_RUNS}, the most that can be told apart: choose")
    return [curves_of(name, one) for name, one in given.items()]


def curves_of(name: str, run: Any) -> RunCurves:
    """The curves of a run, of a fitted network, of a history, of a model with its record, or of numbers by name."""
    from ..training.history import History
    from ..training.run import Run

    if isinstance(run, RunCurves):
        return run
    if isinstance(run, Fitted):
        run = run.run
    if isinstance(run, Run):
        return _of_run(name, run)
    if isinstance(run, History):
        return _of_columns(name, run.columns())
    if isinstance(run, Mapping) and _is_curves(run):
        return _of_columns(name, run)
    history = getattr(run, "history", None)
    if isinstance(history, History):
        return _of_columns(name, history.columns())
    raise ArgumentError(
        f"run {name!r} is {shown(run)}; it must be a run, a history, a model with its record, or a dict such as "
        "{'loss': [0.5, 0.25]}"
    )


def _of_run(name: str, run: Run) -> RunCurves:
    found = _of_columns(name, run.history.columns())
    found.loss = name_of_loss(run)
    found.ended = run.explanation.split(". ")[0].rstrip(".")
    found.best = best_of(run)
    if found.best:
        losses = run.history.loss if run.history.validation_loss is None else run.history.validation_loss
        value = float(losses[found.best - 1])
        found.best_value = value if np.isfinite(value) else None
    return found


def best_of(run: Run) -> int | None:
    """The epoch that is marked as best, as `RunCurves.best`: of a run that came to nothing none.

    Without validation the parameters of an epoch are those before its updates: of the first the initial ones.

    >>> import thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 2, 1), P, P**2, optimizer=tw.optimizers.GradientDescent(1e9), epochs=9, engine="numpy")
    >>> run.stopped_because, run.kept_epoch, best_of(run)
    ('diverged', 1, 0)
    """
    kept, validated = run.kept_epoch, run.history.validation_loss is not None
    if kept is None:
        return None
    why, last = run.stopped_because, run.updates
    return kept if kept_update(validated, why, run.best_epoch, steps=1, updates=last) else 0


def _of_columns(name: str, columns: Mapping[str, Any]) -> RunCurves:
    found = RunCurves(name)
    for of, values in columns.items():
        if of not in _APART and values is not None:
            found.curves[str(of)] = thinned(_numbers(str(of), values))
    lengths = {of: curve.count for of, curve in found.curves.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{of} {count}" for of, count in lengths.items())
        raise DataError(f"the curves of run {name!r} must be as long as each other, not {told}")
    return found


def _is_curves(given: Mapping[Any, Any]) -> bool:
    """Whether a mapping holds the numbers of one run by name, and not runs."""
    return bool(given) and all(
        values is None or isinstance(values, np.ndarray)
        or (isinstance(values, list | tuple) and all(isinstance(one, int | float | np.number) for one in values[:9]))
        for values in given.values()
    )  # fmt: skip


def _numbers(name: str, values: Any) -> np.ndarray:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} is {shown(values)}; it must be numbers, one for each epoch") from None
    if found.ndim > 1:
        raise DataError(f"{name} must be one number for each epoch, not of shape {found.shape}")
    return np.atleast_1d(found)


def whole_data(runs: Sequence[RunCurves], title: str) -> dict[str, Json]:
    """All that the picture shows at first; what comes later is `tail_data`."""
    losses = {run.loss for run in runs if run.loss}
    return {
        "title": title,
        "loss": next(iter(losses)) if len(losses) == 1 else "",
        "runs": [
            {
                "name": run.name,
                "curves": [
                    {"name": name, "title": title_of(name), "panel": panel_of(name), "counts": name in _COUNTS,
                     **_points(curve, 0)}
                    for name, curve in sorted(dict(run.curves).items(), key=_order)
                ],
                **_standing(run),
            }
            for run in runs
        ],
    }  # fmt: skip


def tail_data(runs: Sequence[RunCurves], since: Mapping[tuple[str, str], int]) -> list[Json]:
    """What came since: of each run how it stands, and of each curve the points from a stretch on."""
    return [
        {
            "curves": {
                name: _points(curve, since[run.name, name])
                for name, curve in dict(run.curves).items()
                if (run.name, name) in since
            },
            **_standing(run),
        }
        for run in runs
    ]


def _points(curve: Thinned, since: int) -> dict[str, Json]:
    epochs, values = curve.points(since)
    return {
        "from": since * curve.stride + 1,
        "epochs": epochs,
        "values": [None if value is None else tidy(value) for value in values],
        "stride": curve.stride,
        "left_out": curve.left_out,
    }


def _standing(run: RunCurves) -> dict[str, Json]:
    return {"epochs": run.epochs, "best": run.at_best(), "ended": run.ended}


def panel_of(name: str) -> str:
    """The panel in which a curve is drawn: that of all losses, or its own."""
    return "losses" if name in LOSSES else name


def title_of(name: str) -> str:
    """What a curve is called.

    >>> title_of("validation_loss"), title_of("gradient_norm")
    ('validation', 'gradient norm')
    """
    return _TITLES.get(name, name.replace("_", " "))


def panels_of(runs: Sequence[RunCurves]) -> list[str]:
    """The panels that there are, losses first, counts last."""
    names = {name for run in runs for name in dict(run.curves)}
    ordered = sorted(((name, None) for name in names), key=_order)
    return list(dict.fromkeys(panel_of(name) for name, _ in ordered))


def spans_decades(runs: Sequence[RunCurves]) -> bool:
    """Whether losses are best shown on a logarithmic scale: all positive, some many times as great as others."""
    values = [
        value for run in runs for name, curve in run.curves.items() if name in LOSSES
        for value in curve.points()[1] if value is not None
    ]  # fmt: skip
    return bool(values) and min(values) > 0 and max(values) > _SPAN * min(values)


def tidy(value: float) -> float:
    """A number to the digits that a picture tells."""
    return float(f"{value:.6g}")


_KNOWN = (*LOSSES, "gradient_norm", "learning_rate", "mu")


def _order(item: tuple[str, Any]) -> tuple[int, str]:
    name = item[0]
    if name in _KNOWN:
        return _KNOWN.index(name), ""
    return (len(_KNOWN) + (name in _COUNTS), name)
