"""train: examples in, trained parameters out; and its loop, segment after segment until something ends the run."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.arrays import Array, tree_map
from ..core.network import Network
from ..errors import ArgumentError
from .blocks import Blocks
from .callbacks import Callback
from .checkpoint import Begun, Checkpoint, begun_by, check_continuable, longer, resumed, same_but_epochs, started_from
from .checkpoints import Checkpoints, as_checkpoints
from .ending import conclude
from .engine import Engine
from .history import History
from .interruption import Interrupted, interruption, termination
from .options import TrainingOptions
from .processes import agreed, check_same, with_others
from .progress import SECONDS_UNSEEN, Standing, progress_for
from .recipe import Recipe, make_recipe
from .record import with_seconds
from .run import Run
from .saver import Position, Saver, saving, with_stored_engine
from .segments import Pace, Segment, SegmentResult, plan
from .stopping import RUNNING
from .taking_options import takes_all_options
from .telling import Telling, listening
from .watcher import Going, Watcher

_log = logging.getLogger("thalweg")


@takes_all_options(TrainingOptions)
def train(net: Network, P: Array | Mapping[str, Array] | Blocks, T: Array | None = None, **options: Any) -> Run:
    """Train a network by backpropagation, on NumPy or compiled by XLA, with the same result up to rounding.

    Args:
        net: The network.
        P: Inputs (examples, features), or a mapping of one array for each input; or `tw.blocks(...)` of inputs and
            targets, for more examples than fit in memory.
        T: Targets (examples, outputs); for cross-entropy one-hot rows, or 0/1 for a sigmoid output.
        {options}

    Returns a `Run`; what is plainly wrong with what it learnt (the first of `run.findings`) is logged in one line.
    Ctrl-C ends the run cleanly, with the best parameters so far; a second one raises KeyboardInterrupt. Raises
    ArgumentError and DataError for arguments that make no run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.05), batch_size="all", epochs=500)
    >>> run.predict(P).round().astype(int).ravel()
    array([0, 1, 1, 0])

    Source: docs/sources.md.
    """
    checked = with_stored_engine(TrainingOptions(**options))
    recipe, before = _recipe(net, P, T, checked)
    given = checked.checkpoint
    checkpoints = None if given is None else as_checkpoints("checkpoint", given)
    run = drive(
        recipe, checked.max_seconds, checked.callbacks, before, verbose=checked.verbose, checkpoints=checkpoints
    )
    if run.findings:
        _log.warning(str(run.findings[0]))
    return run


def _recipe(net: Network, P: Any, T: Any, options: TrainingOptions) -> tuple[Recipe, Run | None]:
    """The recipe, and the run that it goes on with; None if it only starts where that one ended, or from nothing."""
    run = options.state
    if run is None:
        return make_recipe(net, P, T, options), None
    if options.params is not None:
        raise ArgumentError("params and state both say where to start: give one of them")
    before, _ = check_continuable(run)
    open_ones = [name for name in ("dtype", "engine") if getattr(options, name) in (None, "auto")]
    as_before = {name: getattr(before, name) for name in open_ones}
    recipe = make_recipe(net, P, T, dataclasses.replace(options, **as_before))
    if same_but_epochs(recipe, before):
        return longer(before, run, recipe.epochs), run
    return started_from(recipe, run), None


def drive(
    recipe: Recipe,
    max_seconds: float | None = None,
    callbacks: Sequence[Callback] = (),
    before: Run | None = None,
    *,
    verbose: bool | None = False,
    checkpoints: Checkpoints | None = None,
) -> Run:
    """Run a recipe, segment after segment, until something ends the run; it goes on from the run `before`, if given.

    With `checkpoints` it is saved on the way, and goes on from the newest if these say so. `verbose` is as in `train`.
    """
    results: list[SegmentResult] = []
    progress = progress_for(verbose)
    unseen = 0.0 if verbose else SECONDS_UNSEEN
    with saving(checkpoints, recipe, callbacks) as saver, termination(saver is not None) as listed:
        begun = saver.begun if saver is not None and saver.begun is not None else before and begun_by(before)
        seconds_before, seconds = (0.0, 0.0) if begun is None else (begun.seconds_before, begun.seconds)
        ended = seconds
        stopped = None if begun is None else _ended_before(begun, recipe, max_seconds)
        with listening(callbacks, begun), interruption(listed) as interrupted:
            engine = start_engine(recipe, None if begun is None else begun.checkpoint)
            if engine.shares_its_run:
                _check_alike(recipe)
            watchers = [callback for callback in callbacks if isinstance(callback, Watcher)]
            for watcher in watchers:
                watcher.watch(Going(engine, recipe, interrupted.ask, begun and begun.history))
            began = time.perf_counter() - seconds

            def clock() -> float:
                return time.perf_counter() - began

            def ends(done: int) -> str | None:
                if interrupted.pressed():
                    return "interrupted"
                return (
                    "seconds" if max_seconds is not None and done < recipe.epochs and clock() >= max_seconds else None
                )

            def history() -> History:
                records = [result.records for result in results if result.epochs]
                return History.of(records, recipe.recorded, begun and begun.history)

            def position(stopped: str | None = None) -> Position:
                updates = results[-1].updates if results else 0 if begun is None else begun.updates
                return Position(telling.done, updates, clock(), seconds_before, history, stopped)

            telling = Telling(engine, recipe, callbacks, 0 if begun is None else begun.epochs, clock, ends)
            try:
                segments = () if stopped else run_segments(engine, recipe, telling=telling, saver=saver)
                for result in segments:
                    if "seconds" in recipe.record and result.epochs:
                        now = clock()
                        records = with_seconds(result.records, seconds_before + ended, seconds_before + now)
                        result, ended = result._replace(records=records), now  # noqa: PLW2901
                    results.append(result)
                    for watcher in watchers:
                        watcher.saw(result, seconds_before + clock())
                    if progress is not None and clock() >= unseen:
                        progress.show(_standing(recipe, telling.done, result, clock()))
                    if telling.stopped:
                        break
                    if saver is not None:
                        saver.look(engine, position())
                stopped = stopped or telling.stopped or "epochs"
            except Interrupted:
                stopped = "interrupted"
            finally:
                if recipe.stream is not None:
                    recipe.stream.close()
                if progress is not None:
                    progress.close()
            if saver is not None:
                saver.finish(engine, position(stopped))
    state, at = engine.state, position()
    return conclude(
        recipe,
        last=engine.parameters(state.x),
        best=engine.parameters(state.best_x),
        best_epoch=int(state.best_epoch),
        history=history(),
        epochs=at.epochs,
        updates=at.updates,
        stopped=stopped,
        seconds=at.seconds + seconds_before,
        checkpoint=Checkpoint(engine.on_host(state), engine.batch_order.high),
        saved_in=None if saver is None else saver.saved_in,
    )


def _ended_before(begun: Begun, recipe: Recipe, max_seconds: float | None) -> str | None:
    """Why a run that goes on from a checkpoint had ended, if nothing lets it go further; else None."""
    if begun.stopped == "epochs":
        return begun.stopped if begun.epochs >= recipe.epochs else None
    if begun.stopped == "seconds":
        return begun.stopped if max_seconds is not None and begun.seconds >= max_seconds else None
    return None if begun.stopped == "interrupted" else begun.stopped


def run_segments(
    engine: Engine,
    recipe: Recipe,
    *,
    until: int | None = None,
    telling: Telling | None = None,
    pace: Pace | None = None,
    saver: Saver | None = None,
) -> Iterator[SegmentResult]:
    """Run segments, each about a fifth of a second, from where the engine stands until a stopping rule ends the run.

    `until` is the number of updates to end after, if not all; `telling` tells callbacks of the epochs, for which
    segments are shorter, and may be cut; `pace` is gone on with, if one is given; where `saver` is to save after an
    epoch, a segment ends. The pools of priority sampling are filled when it is time to. An epoch that is judged by sets
    that are not in memory ends in a segment of its own, without an update.
    """
    steps = recipe.batch_order.steps
    done = int(engine.state.rule_state.step) - recipe.updates_before
    epoch, position = divmod(done, steps)
    if position == 0 and int(engine.state.epoch) < epoch:  # its updates were made, and it was not judged yet
        epoch, position = epoch - 1, steps
    last = recipe.epochs * steps if until is None else until
    pace = pace or Pace(engine.capacity)
    while done < last or position == steps:
        if position == 0 and engine.batch_order.next_refill(epoch) == epoch:
            engine.refill()
        stop = min(recipe.epochs, engine.batch_order.next_refill(epoch + 1))
        most = min(pace.updates, last - done, engine.capacity)
        if telling is not None:
            most = min(most, telling.epochs_ahead(pace.updates) * steps)
        if saver is not None:
            most = min(most, saver.updates_ahead(done))
        segment = plan(epoch, position, steps, stop, most)
        if position == steps:
            segment = Segment(epoch, 1, steps, steps, True)
            if recipe.passages is not None:
                with with_others():
                    recipe.passages.judge(engine, recipe, epoch)
        elif recipe.passages is not None:
            engine.judge_by(None, None)
            segment = plan(epoch, position, steps, epoch + 1, most)
        if recipe.stream is not None and segment.updates:
            segment = recipe.stream.cut(segment)
            recipe.stream.load(engine, segment)
        if recipe.passages is not None and segment.updates:
            segment = segment._replace(ends=False)
        if telling is not None:
            telling.hold(segment)
        clock = time.perf_counter()
        with with_others():
            result = engine.run(segment)
        seconds = time.perf_counter() - clock
        if telling is not None:
            result = telling.tell(result, seconds)
        if engine.shares_its_run:
            with with_others():
                seconds, ending = agreed(seconds, None if telling is None else telling.stopped)
            if telling is not None:
                telling.stopped = ending
        done = result.updates
        yield result
        if result.code != RUNNING:
            return
        epoch, position = epoch + result.epochs, 0 if segment.ends else segment.stop
        if segment.updates:
            pace.measured(segment.updates, seconds)


def start_engine(recipe: Recipe, checkpoint: Checkpoint | None = None) -> Engine:
    """The engine that the recipe names, at the start of its run or where another ended."""
    begun = None if checkpoint is None else resumed(checkpoint)
    if recipe.engine == "numpy":
        from .numpy_engine import NumPyEngine

        engine = NumPyEngine(recipe, begun)
    else:
        from .xla_engine import XLAEngine

        engine = XLAEngine(recipe, begun)
    if checkpoint is not None and checkpoint.high is not None:
        engine.reorder(dataclasses.replace(recipe.batch_order, high=checkpoint.high))
    return engine


def _check_alike(recipe: Recipe) -> None:
    """Raise ArgumentError where processes that train together were not given the same."""
    with with_others():
        check_same("settings or options", repr((recipe.program, recipe.epochs, recipe.batch_order)).encode())
        check_same("examples", *_bytes_of((recipe.examples, recipe.validation, recipe.test)))
        check_same("initial parameters", *_bytes_of(recipe.params))


def _bytes_of(tree: Any) -> Iterator[bytes]:
    """The bytes of a tree of arrays."""
    found: list[bytes] = []
    tree_map(lambda values: found.append(np.ascontiguousarray(values).tobytes()), tree)
    return iter(found)


def _standing(recipe: Recipe, done: int, result: SegmentResult, seconds: float) -> Standing:
    """Where a run stands after a segment."""
    losses, validation_losses = result.records.loss, result.records.validation_loss
    share = result.updates / (recipe.epochs * recipe.batch_order.steps)
    if not result.epochs:
        return Standing(done, recipe.epochs, share, seconds)
    validation_loss = None if validation_losses is None else float(validation_losses[-1])
    return Standing(done, recipe.epochs, share, seconds, float(losses[-1]), validation_loss)
