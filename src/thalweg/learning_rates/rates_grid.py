"""Which learning rate and momentum to use: a grid of them trained all at once, and one recommendation."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.blocks import loss_and_gradient_in_blocks, total_loss_in_blocks
from ..core.kinds import takes_kinds
from ..core.network import Network
from ..core.plain_data import JsonObject
from ..core.weighing import named_weights
from ..errors import ArgumentError, shown
from ..files.model_file import plain
from ..notebook import InWords
from ..notebook.pictures import shades
from ..notebook.pieces import paragraph, points
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import OptaxRule, as_rule
from ..optimizers.rule import RULES, Rule
from ..optimizers.stability import stability_bound
from ..registry import replaced, title_of
from ..training.advice import share_of_an_update
from ..training.checkpoints import as_checkpoints
from ..training.common_findings import common_findings
from ..training.ending import unlogged
from ..training.many import run_many
from ..training.member_group import Member
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from ..training.run import Run
from ..training.taking_options import takes_options
from .stable_rate import curvature_spectrum

_log = logging.getLogger("thalweg")

MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
_STEPS = (1.0, 2.0, 5.0)
_RISE = 2.0
_LEAST_RISE = 0.05
"""A training loss bounces when it rises to so many times its lowest before, by so much of that of the start."""
_LEAST_FALL = 1e-5
"""Of the error at the start: one that fell by less has not fallen, but for rounding."""
_NEAR, _NEAR_IN_VALIDATION = 1.05, 1.5
"""Errors up to so many times the lowest one count as equal."""
_ROOM = 3.0
"""A rate has room below one that is so many times as high."""


@dataclass(frozen=True, repr=False)
class RatesGrid(InWords):
    """The error that each learning rate (R,) reached with each momentum (M,): `errors` (M, R), NaN where it diverged.

    `errors` are those of `watched`: the lowest "validation loss" of a run, or without a validation set its last
    "training loss". `epochs` (M, R) are those at which they were reached, `error_at_start` is that of the initial
    parameters. `bounced` (M, R) tells the cells whose training loss rose to more than twice its lowest before, by a
    twentieth of that of the start or more. `momenta` is None for a rule without momentum; then M is 1.

    `best` is the cell (row, column) that is recommended, None if no cell got below the start without bouncing; `reason`
    says why in words. `lambda_max` is the largest curvature at the initial parameters that an update sees (of a batch
    on the average), 0 if there is none; `stable_rate` (M,) is the largest stable learning rate there with each
    momentum, None for a rule without such a bound.
    """

    rule: Rule
    learning_rates: np.ndarray
    momenta: np.ndarray | None
    errors: np.ndarray
    epochs: np.ndarray
    bounced: np.ndarray
    error_at_start: float
    watched: str
    stable_rate: np.ndarray | None
    lambda_max: float
    best: tuple[int, int] | None
    reason: str
    interrupted: bool = False
    """Whether Ctrl-C ended the runs: the errors are those reached by then."""
    findings: tuple[str, ...] = ()
    """What is plain of most runs that did not diverge, as `run.findings` tells it of one."""

    @property
    def diverged(self) -> np.ndarray:
        """Which cells diverged (M, R)."""
        return np.isnan(self.errors)

    @property
    def recommended(self) -> Rule | None:
        """The rule with the recommended numbers."""
        if self.best is None:
            return None
        row, column = self.best
        numbers = {"learning_rate": float(self.learning_rates[column])}
        if self.momenta is not None:
            numbers["momentum"] = float(self.momenta[row])
        return replaced(self.rule, **numbers)

    @property
    def options(self) -> str | None:
        """The recommendation as options of `thalweg train`."""
        rule = self.recommended
        if rule is None:
            return None
        numbers = [("learning_rate", "learning-rate")] + ([] if self.momenta is None else [("momentum", "momentum")])
        told = " ".join(f"--{option} {getattr(rule, name):g}" for name, option in numbers)
        return f"--optimizer {RULES.name_of(rule)} {told}"

    def in_words(self) -> str:
        """How many rates and momenta, which are recommended, and why."""
        count = f"{len(self.learning_rates)} learning rates"
        count += "" if self.momenta is None else f" and {len(self.momenta)} momenta"
        best = "none recommended"
        if self.best is not None:
            best = f"{self.learning_rates[self.best[1]]:.3g}"
            best += "" if self.momenta is None else f" with momentum {self.momenta[self.best[0]]:g}"
        return "\n".join([f"{count}: {best}", self.reason, *self.findings])

    def in_html(self) -> str:
        """The recommendation, and the errors as shades over rates and momenta."""
        title, *more = self.in_words().splitlines()
        rates, momenta = self.learning_rates, np.zeros(1) if self.momenta is None else self.momenta
        ranges = (float(rates[0]), float(rates[-1])), (float(momenta[0]), float(momenta[-1]))
        mark = None
        if self.best is not None:
            rows, columns = self.errors.shape
            mark = (self.best[1] + 0.5) / columns, (self.best[0] + 0.5) / rows
        down = "" if self.momenta is None else "momentum"
        picture = shades(self.errors.tolist(), "learning rate", down, ranges, mark, wide=2)
        told = f"{self.watched}: the lower, the fuller the colour; empty where it diverged; the ring is recommended"
        return paragraph(title, "title") + points(more) + picture + paragraph(told, "faint")

    def to_dict(self) -> JsonObject:
        """Plain data for a file; None for the error of a cell that diverged."""
        told = {name: value for name, value in vars(self).items() if name != "rule"}
        return plain({"optimizer": RULES.name_of(self.rule), **told, "options": self.options})


_NO_OPTIONS = ("max_seconds", "engine", "callbacks", "state", "verbose", "record", "test")


@takes_kinds
@takes_options(leave_out=_NO_OPTIONS, optimizer="momentum", epochs=50)
def rates_grid(
    net: Network,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    *,
    learning_rates: Sequence[float] | None = None,
    momenta: Sequence[float] | None = None,
    **options: Any,
) -> RatesGrid:
    """Train a network with each learning rate and each momentum, all at once on XLA, and recommend one of them.

    Each cell is the run of `tw.train` for its numbers, from the same parameters over the same batches.

    Args:
        net: The network.
        P: Inputs, as in `tw.train`.
        T: Targets, as in `tw.train`.
        learning_rates: The rates; None: ten or so around the largest stable one, 2/λ_max, at the initial parameters
            (from 0.0001 to 1 for a rule without such a bound).
        momenta: The momenta; None: 0 to 0.99.
        {options}

    Recommended is the cell of the lowest error of those that did not bounce: within 5 % of it (within half of it for a
    validation loss, which is noisier), one whose rate may be trebled before runs diverge or bounce. Raises
    ArgumentError for a rule without a learning rate, for lists of numbers that are no rates or momenta, and whatever
    `tw.train` raises.

    >>> import thalweg as tw
    >>> P = np.linspace(-1, 1, 64)[:, None]
    >>> grid = rates_grid(tw.mlp(1, 4, 1), P, P**2, learning_rates=[0.001, 0.1, 1e9], momenta=[0.0, 0.9], epochs=20)
    >>> grid.diverged, grid.recommended.learning_rate, grid.recommended.momentum
    (array([[False, False,  True],
           [False, False,  True]]), 0.1, 0.9)

    Sources: NCSU, AIFH (learning rates compared).
    """
    return grid_of(net, P, T, learning_rates, momenta, options)


def grid_of(
    net: Network,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    learning_rates: Sequence[float] | None,
    momenta: Sequence[float] | None,
    options: dict[str, Any],
    classes: Sequence[object] | None = None,
) -> RatesGrid:
    """`rates_grid`; `classes` are the names of the classes, if not their numbers."""
    return grid_and_runs(net, P, T, learning_rates, momenta, options, classes)[0]


def grid_and_runs(
    net: Network,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    learning_rates: Sequence[float] | None,
    momenta: Sequence[float] | None,
    options: dict[str, Any],
    classes: Sequence[object] | None = None,
    on_look: Callable[[Sequence[Member]], None] | None = None,
) -> tuple[RatesGrid, list[Run]]:
    """`grid_of`, and the runs of its cells row by row; `on_look` is called now and then with what runs."""
    rule = as_rule(options["optimizer"])
    known = [field.name for field in rule.numbers()]
    if isinstance(rule, FullBatchRule | OptaxRule) or "learning_rate" not in known:
        raise ArgumentError(f"{title_of(rule)} has no learning rate to try: use momentum, nesterov, gd or adam")
    if momenta is not None and "momentum" not in known:
        raise ArgumentError(f"{title_of(rule)} has no momentum: leave momenta out, or use momentum or nesterov")
    chosen = np.asarray(_checked("momenta", MOMENTA if momenta is None else momenta, 0.0, 1.0))
    rows = chosen if "momentum" in known else np.zeros(1)
    if learning_rates is not None:
        learning_rates = _checked("learning_rates", learning_rates, 0.0, np.inf, above=True)
    if options.get("validation") is not None:
        options["validation"] = tuple(options["validation"])  # a list would be one for each run
    recipe = make_recipe(net, P, T, TrainingOptions(**{**options, "dtype": "float64"}))
    lambda_max, stable = _lambda_max(recipe), None
    if stability_bound(rule) is not None:
        stable = np.asarray([_bound(rule, momentum, known) / lambda_max if lambda_max else np.inf for momentum in rows])
    columns = _default_rates(lambda_max if stable is not None else 0.0) if learning_rates is None else learning_rates
    columns = np.asarray(columns)
    cells = [
        replaced(rule, learning_rate=rate, **({"momentum": momentum} if "momentum" in known else {}))
        for momentum in rows.tolist()
        for rate in columns.tolist()
    ]
    given = options.get("checkpoint")
    checkpoint = None if given is None else dataclasses.replace(as_checkpoints("checkpoint", given), trail=0)
    with unlogged():
        runs = run_many(net, P, T, {**options, "optimizer": cells, "checkpoint": checkpoint}, on_look)
    shape = len(rows), len(columns)
    before = at_start = _loss_at_start(recipe)
    if recipe.validation is not None:
        before = _validation_at_start(recipe)
    interrupted = any(run.stopped_because == "interrupted" for run in runs)
    reached = [_reached(run, before) for run in runs]
    errors = np.asarray([error for error, _ in reached]).reshape(shape)
    at = np.asarray([epoch for _, epoch in reached]).reshape(shape)
    bounced = np.asarray([_bounced(run.history.loss, at_start) for run in runs]).reshape(shape) & ~np.isnan(errors)
    watched = "training loss" if recipe.validation is None else "validation loss"
    shown = rows if "momentum" in known else None
    good = (np.where(np.isfinite(errors), errors, np.inf) < before - _LEAST_FALL * abs(before)) & ~bounced
    best = _best(errors, good, columns, _near(watched))
    reason = _reason(errors, good, before, watched, best, columns, at, shown is not None)
    findings = tuple(map(str, common_findings(runs, classes, "cells")))
    for finding in findings:
        _log.warning(finding)
    if interrupted:
        reason = f"interrupted after {max(run.epochs for run in runs)} of {options['epochs']} epochs: {reason}"
    grid = RatesGrid(
        rule, columns, shown, errors, at, bounced, before, watched, stable, lambda_max, best, reason, interrupted,
        findings,
    )  # fmt: skip
    return grid, runs


def range_of_rates(
    net: Network, P: np.ndarray | Mapping[str, np.ndarray], T: np.ndarray, options: dict[str, Any]
) -> tuple[float, float]:
    """The lowest and the highest of the rates that `rates_grid` would try by itself."""
    recipe = make_recipe(net, P, T, TrainingOptions(**{**options, "dtype": "float64"}))
    bounded = stability_bound(as_rule(options["optimizer"])) is not None
    rates = _default_rates(_lambda_max(recipe) if bounded else 0.0)
    return rates[0], rates[-1]


def _lambda_max(recipe: Recipe) -> float:
    """The largest curvature at the initial parameters, as an update sees it; 0 if nothing curves upwards."""
    inputs, T, weight = recipe.examples
    share = share_of_an_update(recipe.program.loss, len(T), recipe.batch_order.batch_size)
    found = curvature_spectrum(
        recipe.program.net, recipe.program.loss, recipe.params, inputs, T,
        smallest=0, **named_weights(weight), l2=recipe.penalties[1] / share, seed=recipe.batch_order.seed,
    )  # fmt: skip
    return max(0.0, share * found.lambda_max)


def _checked(name: str, values: Sequence[float], low: float, high: float, above: bool = False) -> list[float]:
    """Numbers within bounds, rising and without repetition; raises ArgumentError for others."""
    kind = "learning rates above 0" if above else "momenta of at least 0 and below 1"
    refused = ArgumentError(f"{name} is {shown(values)}; it must be a list of {kind}")
    if isinstance(values, str):
        raise refused
    try:
        numbers = sorted({float(value) for value in values})
    except (TypeError, ValueError):
        raise refused from None
    wrong = [value for value in numbers if not (low < value if above else low <= value) or not value < high]
    if wrong or not numbers:
        found = "empty" if not numbers else f"{wrong[0]:g} among others"
        raise ArgumentError(f"{name} is {found}; it must be a list of {kind}")
    return numbers


def _bound(rule: Rule, momentum: float, known: Sequence[str]) -> float:
    bound = stability_bound(replaced(rule, momentum=momentum) if "momentum" in known else rule)
    assert bound is not None
    return bound.factor


def _default_rates(lambda_max: float) -> list[float]:
    """Rates of 1, 2 and 5 times a power of ten, from a thousandth of the largest stable one to somewhat above it."""
    limit = 2.0 / lambda_max if lambda_max else 1.0
    low, high = (limit / 500, 4 * limit) if lambda_max else (1e-4, 1.0)
    powers = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    series = [float(f"{step * 10.0**power:.1g}") for power in powers for step in _STEPS]
    return [rate for rate in series if low * 0.99 <= rate <= high * 1.01]


def _reached(run: Run, at_start: float) -> tuple[float, int]:
    """The error that a run reached, and in which epoch; NaN if it diverged."""
    if run.stopped_because == "interrupted" and not run.epochs:
        return at_start, 0
    if run.stopped_because == "diverged" or not run.epochs:
        return float("nan"), run.epochs
    losses = run.history.validation_loss
    if losses is None:
        return float(run.history.loss[-1]), run.epochs
    best = int(np.nanargmin(losses)) if np.isfinite(losses).any() else -1
    return float(losses[best]), best + 1


def _loss_at_start(recipe: Recipe) -> float:
    """The training loss of the initial parameters, as the history would have it."""
    net, loss, (l1, l2) = recipe.program.net, recipe.program.loss, recipe.penalties
    return float(loss_and_gradient_in_blocks(net, loss, recipe.params, *recipe.examples, l1=l1, l2=l2)[0])


def _validation_at_start(recipe: Recipe) -> float:
    """The validation loss of the initial parameters."""
    assert recipe.validation is not None
    return float(total_loss_in_blocks(recipe.program.net, recipe.program.loss, recipe.params, *recipe.validation))


def _bounced(losses: np.ndarray, at_start: float) -> bool:
    """Whether the training loss rose, far, above where it had been."""
    before = np.minimum.accumulate(np.concatenate([[at_start], losses]))[:-1]
    return bool(((losses > _RISE * before) & (losses > before + _LEAST_RISE * abs(at_start))).any())


def _best(errors: np.ndarray, good: np.ndarray, rates: np.ndarray, near_by: float = _NEAR) -> tuple[int, int] | None:
    """The good cell of the lowest error; near it, one whose rate is well below the first of its row that is not."""
    if not good.any():
        return None
    lowest = errors[good].min()
    near = good & (errors <= max(lowest, lowest * near_by))

    def worth(cell: tuple[int, int]) -> tuple[bool, float]:
        wrong = _wrong_from(good, cell)
        limit = rates[-1] if wrong is None else rates[wrong]
        return limit >= _ROOM * rates[cell[1]], -errors[cell]

    return max([(int(row), int(column)) for row, column in np.argwhere(near)], key=worth)


def _near(watched: str) -> float:
    """Up to how many times the lowest errors count as equal."""
    return _NEAR_IN_VALIDATION if watched == "validation loss" else _NEAR


def _wrong_from(good: np.ndarray, cell: tuple[int, int]) -> int | None:
    """The column of the next higher rate, with the same momentum, that is not good."""
    row, column = cell
    beyond = np.flatnonzero(~good[row, column:])
    return int(column + beyond[0]) if beyond.size else None


def _reason(
    errors: np.ndarray, good: np.ndarray, before: float, watched: str, best: tuple[int, int] | None,
    rates: np.ndarray, at: np.ndarray, has_momentum: bool,
) -> str:  # fmt: skip
    if best is None:
        still = np.allclose(errors, before, rtol=_LEAST_FALL, atol=0.0)
        remedy = "nothing changed, try higher rates" if still else "try smaller rates"
        return f"no cell got below the {watched} at the start, {before:.4g}, without bouncing: {remedy}"
    row, column = best
    lowest = errors[good].min()
    momentum = "with this momentum " if has_momentum else ""
    reached = f"{watched} {errors[best]:.4g} in epoch {at[best]}"
    if errors[best] <= lowest:
        first = f"the lowest {reached}, of the {int(good.sum())} of {errors.size} cells that trained without bouncing"
    else:
        first = f"{reached}, within {100 * (_near(watched) - 1):.0f} % of the lowest that did not bounce ({lowest:.4g})"
    wrong = _wrong_from(good, best)
    if wrong is not None:
        what = "diverges" if np.isnan(errors[row, wrong]) else "bounces, or ends above the start,"
        return f"{first}; {momentum}training {what} from a rate of {rates[wrong]:g} on"
    if column == len(rates) - 1:
        return f"{first}; it is the highest rate tried: try higher ones too"
    return f"{first}; {momentum}no rate goes wrong up to {rates[-1]:g}"
