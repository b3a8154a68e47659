"""The fit of an estimator whose solver takes one epoch after another: a run of ours, booked as scikit-learn does."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import scipy.sparse
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from ..core.arrays import Array
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.propagation import forward_phase, total_loss
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.resilient import Rprop
from ..training.callbacks import Callback
from ..training.checkpoint import with_rule_state
from ..training.ending import unlogged
from ..training.examples import Examples
from ..training.given_order import GivenOrder
from ..training.loop import drive
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from ..training.run import Run
from .epoch_calls import EpochCalls
from .given import Scorer
from .network import INPUT, coefs_of, parameters_of
from .shuffling import EpochShuffles
from .solvers import EpochRates, SolverState, has_rate, inverse_scaled, rule_of
from .watching import EpochWatch

if TYPE_CHECKING:
    from .base import BaseMLP

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)
_CALLER = 5
"""How far scikit-learn's call of `fit` is from a warning, so that filters of the module `sklearn` hold for it."""


class _Plan(NamedTuple):
    """What a run is made from, and what of it changes from epoch to epoch."""

    recipe: Recipe
    shuffles: EpochShuffles | None
    rates: EpochRates | None


def fit_by_run(
    e: BaseMLP, net: Network, loss: Loss, examples: Examples, held: Examples | None, first: bool, once: bool
) -> None:
    """Train an estimator from its coefficients; `once` is one epoch, of `partial_fit`, `first` that nothing was before.

    Without rows held out, a verbose or adaptive estimator, or epochs before these, nothing has to be looked at after
    each epoch, and the whole training is one compiled program (or one loop on NumPy).
    """
    if not once or not hasattr(e, "_optimizer"):
        e._optimizer = SolverState(e)
    if scipy.sparse.issparse(examples.inputs[INPUT]):
        examples = examples._replace(inputs={INPUT: examples.inputs[INPUT].tocsr()})  # whose rows are soon taken
    if held is None and e.early_stopping:
        examples, held = _split(e, examples)
    listened = bool(getattr(e, "_skl_callbacks", None)) and not once
    watched = (
        once
        or not first
        or held is not None
        or bool(e.verbose)
        or e._optimizer.given.learning_rate == "adaptive"
        or listened
    )
    plan = _plan(e, net, loss, examples, held, epochs=1 if once else int(e.max_iter), tolerates=not watched)
    watch = None
    if watched:
        score = _score(e, net, loss, held) if e.early_stopping and held is not None else None
        watch = EpochWatch(e, len(examples.T), plan.rates, score, once)
    e.n_iter_ = 0
    callbacks: list[Callback] = [] if watch is None else [watch]
    calls = EpochCalls(e, examples, plan.recipe.epochs) if listened else None
    with unlogged():
        run = drive(plan.recipe, callbacks=callbacks if calls is None else [*callbacks, calls])
    if watch is None:
        _book(e, run, len(examples.T), plan.rates)
    _keep(e, run, watch, held is not None)
    if calls is not None:
        calls.end()
    if plan.shuffles is not None and not isinstance(e.random_state, Integral):
        plan.shuffles.leave(e._random_state, e.n_iter_)
    _warn(e, run, watch, once)


def _plan(
    e: BaseMLP, net: Network, loss: Loss, examples: Examples, held: Examples | None, epochs: int, tolerates: bool
) -> _Plan:
    """`tolerates` is whether the run itself ends by the estimator's `tol`."""
    rows, batch_size = len(examples.T), _batch_size(e, len(examples.T))
    kept, rate, given = e._optimizer.rule, e._optimizer.learning_rate, e._optimizer.given
    rule, rates = rule_of(given, rate), None
    if given.learning_rate != "constant" and has_rate(rule) and given.solver != "adam":
        rates = EpochRates(0 if kept is None else int(kept.step), -(-rows // batch_size), [rate])
        if tolerates:
            rates.rates += (inverse_scaled(given, e.t_ + epoch * rows) for epoch in range(1, epochs))
        rule = rule_of(given, rates)
    shuffles = None
    if e.shuffle and not isinstance(rule, FullBatchRule):
        shuffles = EpochShuffles(e._random_state, rows)
    (X,) = examples.inputs.values()
    options = TrainingOptions(
        loss=loss,
        optimizer=rule,
        batch_size="all" if isinstance(rule, FullBatchRule | Rprop) and e.batch_size == "auto" else batch_size,
        epochs=epochs,
        params=parameters_of(net, e.coefs_, e.intercepts_),
        l2=float(e.alpha),
        shares_penalties=True,
        tolerance=float(e.tol) if tolerates else None,
        tolerance_epochs=2**31 - 1 if math.isinf(e.n_iter_no_change) else int(e.n_iter_no_change) + 1,
        order="sequential" if shuffles is None else GivenOrder(shuffles),
        seed=int(e.random_state) if isinstance(e.random_state, Integral) else 0,
        dtype=str(examples.T.dtype),
        engine="numpy" if scipy.sparse.issparse(X) else e.engine,
        frozen=[net.layers[number].name for number in e.frozen],
    )
    made = make_recipe(net, None, None, options, examples)
    program = dataclasses.replace(made.program, counts_rows=examples.weight is not None)
    recipe = dataclasses.replace(made, program=program, validation=held)
    if kept is not None and e._optimizer.kind == _kind(recipe):
        recipe = with_rule_state(recipe, kept)
    return _Plan(recipe, shuffles, rates)


def _kind(recipe: Recipe) -> tuple[object, ...]:
    """What must be alike in two recipes for the state of one's rule to go on in the other."""
    return recipe.program.rule, tuple(recipe.program.net.sizes.values()), recipe.dtype


def _batch_size(e: BaseMLP, rows: int) -> int:
    if e.batch_size == "auto":
        return min(200, rows)
    if e.batch_size > rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=_CALLER + 1,
        )
    return min(int(e.batch_size), rows)


def _split(e: BaseMLP, examples: Examples) -> tuple[Examples, Examples]:
    """Rows to train on and rows held out, as scikit-learn splits them."""
    classes = is_classifier(e)
    labels = examples.T.astype(bool) if classes else examples.T
    weights = [] if examples.weight is None else [examples.weight]
    parts: list[Array] = train_test_split(
        examples.inputs[INPUT],
        labels,
        *weights,
        random_state=e._random_state,
        test_size=e.validation_fraction,
        stratify=labels if classes and e.n_outputs_ == 1 else None,
    )
    X, X_held, Y, Y_held, *weights = parts
    if X_held.shape[0] < 2:
        raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    weight, weight_held = weights or (None, None)
    dtype = examples.T.dtype
    return (
        Examples({INPUT: X}, Y.astype(dtype), weight),
        Examples({INPUT: X_held}, Y_held.astype(dtype), weight_held),
    )


def _score(e: BaseMLP, net: Network, loss: Loss, held: Examples) -> Callable[[Parameters], float]:
    """The score of parameters on the rows held out."""
    (X,), Y, weight = held.inputs.values(), held.T, held.weight

    def by_loss(params: Parameters) -> float:
        return -float(total_loss(net, loss, forward_phase(net, params, held.inputs), Y, weight))

    if isinstance(e.scoring, str) and e.scoring == "loss":
        return by_loss
    labels = e._predict_from(Y)

    def by_score(params: Parameters) -> float:
        outputs = forward_phase(net, params, held.inputs).output
        return e._score_of(labels, e._predict_from(outputs), weight) if np.isfinite(outputs).all() else math.nan

    if e.scoring is None:
        return by_score
    scorer = cast("Scorer", check_scoring(e, e.scoring))

    def by_scorer(params: Parameters) -> float:
        e.coefs_, e.intercepts_ = coefs_of(params)
        return float(scorer(e, X, labels) if weight is None else scorer(e, X, labels, sample_weight=weight))

    return by_scorer


def _book(e: BaseMLP, run: Run, rows: int, rates: EpochRates | None) -> None:
    """The books of a run that nothing watched."""
    assert run.checkpoint is not None
    e.loss_curve_.extend(run.history.loss)
    e.n_iter_ = run.epochs
    e.t_ += rows * run.epochs
    e.loss_ = e.loss_curve_[-1] if e.loss_curve_ else math.nan
    e.best_loss_ = np.float64(run.checkpoint.state.best_loss)
    e._no_improvement_count = int(run.checkpoint.state.idle)
    if rates is not None:
        e._optimizer.learning_rate = inverse_scaled(e._optimizer.given, e.t_)


def _keep(e: BaseMLP, run: Run, watch: EpochWatch | None, validated: bool) -> None:
    """The estimator's coefficients, its solver's state, and the run with those coefficients."""
    assert run.checkpoint is not None
    assert run.recipe is not None
    e._optimizer.rule, e._optimizer.kind = run.checkpoint.state.rule_state, _kind(run.recipe)
    e.coefs_, e.intercepts_ = coefs_of(run.recipe.program.unpack(run.checkpoint.state.x))
    best = run.epochs
    if watch is not None and e.early_stopping:
        e.coefs_, e.intercepts_ = e._best_coefs, e._best_intercepts
        best = watch.best_epoch
    if run.history.validation_loss is not None:
        e.validation_curve_ = [*(e.validation_curve_ or []), *run.history.validation_loss.tolist()]
    e.run_ = dataclasses.replace(
        run,
        params=parameters_of(run.network, e.coefs_, e.intercepts_),
        best_epoch=best if validated else run.best_epoch,
        explanation=watch.message if watch is not None and watch.message else run.explanation,
    )


def _warn(e: BaseMLP, run: Run, watch: EpochWatch | None, once: bool) -> None:
    """Warn of a run that did not converge; raises ValueError for one that diverged."""
    if run.stopped_because == "interrupted":
        warnings.warn("Training interrupted by user.", stacklevel=_CALLER)
    if run.stopped_because == "epochs" and not once:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({e.max_iter}) reached and the optimization hasn't converged "
            "yet.",
            ConvergenceWarning,
            stacklevel=_CALLER,
        )
    diverged = run.stopped_because == "diverged" and not e.early_stopping
    if diverged or not all(np.isfinite(part).all() for part in (*e.coefs_, *e.intercepts_)):
        raise ValueError(f"{NOT_FINITE} The training {run.explanation}")
