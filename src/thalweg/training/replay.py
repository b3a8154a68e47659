"""Any update of a run, reached again by the engine that made it, and opened: what went in, and what came out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from ..core.kinds import is_count
from ..core.network import Parameters
from ..errors import ArgumentError, shown
from ..optimizers.interop import OptaxRule
from ..optimizers.rule import Rule
from ..registry import replaced
from .batch_order import BatchOrder
from .checkpoint import SavedIn
from .engine import Engine
from .epoch import TrainState, penalty_share, update
from .examples import Examples
from .history import kept_update
from .loop import run_segments, start_engine
from .program import Program
from .programs import jax_step_by_step
from .recipe import Recipe
from .replay_error import Difference, ReplayDifference, difference, replay_error
from .run import Run
from .stopping import REASONS, RUNNING, StoppingCriteria
from .stored_run import nearest
from .watcher import Going

_MOST_OPENED = 200_000
"""Parameters times examples of a batch: an update of a larger network takes longer to be opened than to be made."""


@dataclass(frozen=True, eq=False)
class ReplayedUpdate:
    """One update of a run: all that went into it, and what the engine made of it, as NumPy arrays in the run's type.

    It is update `number` of the run, and number `position` of the `steps` of epoch `epoch`, all counted from 1. `rule`
    holds plain numbers: those of this update. `batch` holds inputs, targets and weights of the examples that counted
    (weights as sample weights and priority sampling make them; None: all alike), `rows` their numbers in the arrays
    that `train` was given (None: all, as they stand), `masks` the dropout of this very update.

    The states are as the loop carries them: each part that is shaped like the parameters is a vector in the order of
    `Network.ravel` if `program.flat`, else in the structure of the parameters; `step` is a plain int.

    `difference` is between `params_after`, which the engine computed, and the same update evaluated eagerly by NumPy
    from what is given here; `replay_error` is None unless there was a run to compare with.
    """

    number: int
    epoch: int
    position: int
    steps: int
    program: Program
    rule: Rule
    l1: float | None
    l2: float | None
    mean_batch_weight: float | None
    """The weight that a batch has on average, for a program that divides by it."""
    params: Parameters
    state: Any
    batch: Examples
    rows: np.ndarray | None
    masks: dict[str, np.ndarray] | None
    params_after: Parameters
    state_after: Any
    engine: str
    dtype: str
    losses: np.ndarray
    """Of the epochs completed on the way, this update's among them if it ended one."""
    difference: Difference
    missing: np.ndarray | None = None
    """A mask (examples, outputs) of the batch's targets that are missing; None: all are there."""
    replay_error: ReplayDifference | None = None
    epochs_before: int = 0
    """Those before the checkpoint at which the replay began."""


def replay(recipe: Recipe, k: int, updates: int | None = None, saved_in: SavedIn | None = None) -> ReplayedUpdate:
    """Run a recipe again up to its update `k`, counted from 1, and open that update.

    It begins at the nearest of the checkpoints that the run left, if there is one before that update.

    `updates` is how many the run made, and then nothing ends the replay before them; None: the replay ends where the
    recipe's own stopping rules end it. Raises ArgumentError for a `k` that is no update of the run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer="gd", batch_size=1, epochs=100)
    >>> replayed = replay(run.recipe, 103)
    >>> replayed.epoch, replayed.position, replayed.rows, replayed.batch.inputs["input"]
    (26, 3, array([1], dtype=int32), array([[0., 1.]], dtype=float32))
    """
    recipe = recipe.without_weightless()
    most = recipe.epochs * recipe.batch_order.steps
    if updates is not None:
        most = min(most, updates)
        hyperparameters = recipe.hyperparameters._replace(stopping=StoppingCriteria())
        recipe = dataclasses.replace(recipe, hyperparameters=hyperparameters)
        recipe = _unjudged(recipe)
    _check_update(k, most)
    checkpoint = nearest(saved_in, recipe, k - 1)
    engine = start_engine(recipe, checkpoint)
    first_epoch = 0 if checkpoint is None else int(checkpoint.state.epoch)
    try:
        losses = _run_before(engine, recipe, k, updates)
        return dataclasses.replace(open_next(engine, recipe, k, losses), epochs_before=first_epoch)
    finally:
        if recipe.stream is not None:
            recipe.stream.close()


def open_next(engine: Engine, recipe: Recipe, k: int, losses: Sequence[np.ndarray] = ()) -> ReplayedUpdate:
    """Let an engine that has made k - 1 updates of a recipe make update `k`, and open that.

    `losses` are those of the epochs completed on the way.
    """
    before = _copied(engine)
    losses = [*losses, *(result.records.loss for result in run_segments(engine, recipe, until=k))]
    epoch, position = divmod(k - 1, recipe.batch_order.steps)
    scheduled = {name: float(values[0]) for name, values in recipe.scheduled(recipe.updates_before + k - 1, 1).items()}
    rule = recipe.program.rule_with({**recipe.hyperparameters.rule, **scheduled})
    rows, batch, missing = _batch(recipe, engine.batch_order, epoch, position)
    step = recipe.updates_before + k - 1
    masks = engine.masks(step, len(batch.T)) if recipe.program.drops else None
    share = float(penalty_share(batch)) if recipe.program.shares_penalties else 1.0
    after = _copied(engine)
    eager = _eager(recipe, rule, before, batch, masks)
    params, params_after, by_numpy = (_params(recipe.program, x) for x in (before.x, after.x, eager))
    return ReplayedUpdate(
        number=k,
        epoch=epoch + 1,
        position=position + 1,
        steps=recipe.batch_order.steps,
        program=recipe.program,
        rule=_with_share(recipe.program, rule, before.rate),
        l1=recipe.hyperparameters.l1 / share if recipe.program.penalizes_l1 else None,
        l2=recipe.hyperparameters.l2 / share if recipe.program.penalizes_l2 else None,
        mean_batch_weight=float(recipe.hyperparameters.mean_batch_weight)
        if recipe.program.normalizes_by_mean_weight
        else None,
        params=params,
        state=before.rule_state,
        batch=batch.dense(),
        rows=rows,
        masks=masks,
        params_after=params_after,
        state_after=after.rule_state,
        engine=recipe.engine,
        dtype=recipe.dtype,
        losses=np.concatenate(losses),
        difference=difference(recipe.program.net, by_numpy, params_after),
        missing=missing,
    )


def upcoming(going: Going) -> ReplayedUpdate | None:
    """The update that comes next in a run that goes on, opened, though not made; None where that takes long, or cannot
    be undone."""
    recipe, engine = going.recipe, going.engine
    size = recipe.program.net.parameter_count * min(recipe.batch_order.batch_size, recipe.batch_order.examples)
    done = int(engine.state.rule_state.step) - recipe.updates_before
    at_end = done >= recipe.epochs * recipe.batch_order.steps
    if size > _MOST_OPENED or at_end or not isinstance(recipe.batch_order.order, str):
        return None
    state = engine.on_host(engine.state)
    try:
        with np.errstate(all="ignore"):
            return open_next(engine, recipe, done + 1)
    finally:
        engine.restore(state)


def replay_run(run: Run, k: int) -> ReplayedUpdate:
    """Update `k` of a run, counted from 1, opened as by `replay`, with how close the replay came to the run.

    Raises ArgumentError for a `k` that is no update of the run, and for a run that has no recipe.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, batch_size=5, epochs=30)
    >>> print(replay_run(run, 120).replay_error)
    the losses of 30 epochs are the run's to the bit; the parameters after it are the run's to the bit
    """
    if run.recipe is None:
        raise ArgumentError(
            "this run has no recipe, so its steps cannot be replayed: use a run as train or train_many returned it"
        )
    replayed = replay(run.recipe, k, run.updates, run.saved_in)
    validated, steps = run.recipe.validation is not None, run.recipe.batch_order.steps
    kept = kept_update(validated, run.stopped_because, run.best_epoch, steps=steps, updates=run.updates)
    near = replay_error(
        run.network,
        replayed.losses,
        run.history.loss[replayed.epochs_before :],
        replayed.params_after,
        run.params if k == kept else None,
    )
    return dataclasses.replace(replayed, replay_error=near)


def _unjudged(recipe: Recipe) -> Recipe:
    """The recipe without sets that are not in memory, where no update depends on them."""
    if recipe.passages is None or recipe.program.reduces_rate:
        return recipe
    kept = {name: None for name in ("validation", "test") if getattr(recipe.passages, name) is not None}
    return dataclasses.replace(recipe, passages=None, **kept)


def _check_update(k: Any, updates: int) -> None:
    if not is_count(k):
        raise ArgumentError(f"step {shown(k)}: updates are counted from 1, and the run has {updates}")
    if k > updates:
        raise ArgumentError(f"step {k}: the run ends with update {updates}")


def _run_before(engine: Engine, recipe: Recipe, k: int, updates: int | None) -> list[np.ndarray]:
    """All updates before update `k`; gives the losses of the epochs that they completed."""
    losses = []
    for result in run_segments(engine, recipe, until=k - 1):
        losses.append(result.records.loss)
        if result.code != RUNNING:
            ended = f"ends with update {result.updates} ({REASONS[result.code]})"
            if updates is None:
                raise ArgumentError(f"step {k}: the run {ended}")
            raise ArgumentError(
                f"step {k}: the replay {ended}, sooner than the run, which made {updates}: replay it on the machine "
                "and with the versions that made it"
            )
    return losses


def _batch(
    recipe: Recipe, batches: BatchOrder, epoch: int, position: int
) -> tuple[np.ndarray | None, Examples, np.ndarray | None]:
    """The numbers of an update's examples in the arrays that were given (None: all of those), the examples, and which
    targets of these are missing."""
    examples, missing = recipe.weighed(batches), recipe.missing
    if recipe.program.batch_size is None:
        return recipe.rows, examples, missing
    drawn = batches.part(epoch, 1, position, position + 1)[0][0]
    drawn = drawn[drawn < batches.examples]
    if recipe.stream is not None:  # the rows are those of a buffer
        return None, recipe.stream.examples_of(epoch, position).taken(drawn), None
    rows = drawn if recipe.rows is None else recipe.rows[drawn]
    return rows, examples.taken(drawn), None if missing is None else missing[drawn]


def _eager(recipe: Recipe, rule: Rule, before: TrainState, batch: Examples, masks: Any) -> Any:
    """The parameters after the update, evaluated by NumPy (a rule of optax's by JAX)."""
    if isinstance(rule, OptaxRule):
        jax = jax_step_by_step(recipe.program.net)
        with jax.enable_x64(recipe.dtype == "float64"):
            before = before._replace(rule_state=jax.tree.map(jax.numpy.asarray, before.rule_state))
            after = update(recipe.program, rule, recipe.hyperparameters, before, batch, masks)
            return tree_map(np.asarray, after.x)
    with np.errstate(all="ignore"):
        return update(recipe.program, rule, recipe.hyperparameters, before, batch, masks).x


def _params(program: Program, x: Any) -> Parameters:
    """What the loop carries in the network's own structure and order."""
    return program.net.unravel(x if program.flat else program.net.ravel(x))


def _with_share(program: Program, rule: Any, share: Any) -> Rule:
    """The rule with the share of its learning rate that plateaus have left."""
    return replaced(rule, learning_rate=float(rule.learning_rate * share)) if program.reduces_rate else rule


def _copied(engine: Engine) -> TrainState:
    """A copy of the state, as the engine may write over its arrays; the step is a plain number."""
    copy = engine.on_host(engine.state)
    return copy._replace(rule_state=copy.rule_state._replace(step=int(copy.rule_state.step)))
