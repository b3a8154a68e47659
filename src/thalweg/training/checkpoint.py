"""Where a run stood when it ended, and how another goes on from there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.arrays import tree_map
from ..core.kinds import is_count
from ..errors import ArgumentError
from ..optimizers.interop import OptaxRule
from .epoch import TrainState
from .recipe import Recipe
from .stopping import RUNNING

if TYPE_CHECKING:
    from .history import History
    from .run import Run


class Checkpoint(NamedTuple):
    """The state that the last update left, as NumPy arrays, and the high pool of priority sampling."""

    state: TrainState
    high: np.ndarray | None


class Begun(NamedTuple):
    """What was there of a run when it goes on: of an ended one, or of one whose process ended."""

    checkpoint: Checkpoint
    history: History
    epochs: int
    updates: int
    seconds_before: float
    """Of the run that has ended."""
    seconds: float = 0.0
    """Of this one, on whose clock it goes on."""
    stopped: str | None = None
    """Why it had ended already, if it had."""
    callbacks: tuple[Any, ...] | None = None
    """What the callbacks had saved, each with the name of its class, of a run whose process ended."""


class AmongOthers(NamedTuple):
    """Which run of a group it is: the group's name, the run's place in it, the updates of its longest epochs."""

    group: str
    place: int
    steps: int

    def updates(self, of_group: int, steps: int) -> int:
        """How many updates a run of so many an epoch has made when the group's longest has made `of_group`.

        >>> AmongOthers("members0", place=1, steps=4).updates(of_group=11, steps=2)
        6
        """
        epoch, position = divmod(of_group, self.steps)
        return epoch * steps + min(position, steps)


class SavedIn(NamedTuple):
    """Where the checkpoints of a run lie, and what tells it, or all that were trained with it, from all other runs."""

    folder: Path
    run: str
    among: AmongOthers | None = None
    """Where it is among others that were trained at once, whose states lie in one file; None: it was alone."""

    def told(self, folders: int) -> dict[str, Any]:
        """What a record keeps, with so many of the last folders' names."""
        among = {} if self.among is None else {"among": list(self.among)}
        return {"folder": "/".join(self.folder.parts[-folders:]), "run": self.run, **among}


def saved_in_told(told: Any) -> SavedIn | None:
    """What a record tells of where checkpoints lie, by the last names of their folders; None if it does not.

    >>> saved_in_told({"folder": "runs/group1", "run": "5f", "among": ["members0", 2, 10]})  # doctest: +ELLIPSIS
    SavedIn(folder=...Path('runs/group1'), run='5f', among=AmongOthers(group='members0', place=2, steps=10))
    >>> saved_in_told({"folder": "../../runs", "run": "5f"}).folder.parts
    ('runs',)
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("folder"), str) or not isinstance(told.get("run"), str):
        return None
    names = [name for name in told["folder"].replace("\\", "/").split("/") if name not in ("", ".", "..")][-2:]
    among = told.get("among")
    if among is not None:
        if not (isinstance(among, list) and len(among) == 3 and isinstance(among[0], str)):
            return None
        if not (is_count(among[1], 0) and is_count(among[2])):
            return None
        among = AmongOthers(*among)
    return SavedIn(Path(*names), told["run"], among) if names else None


def begun_by(run: Run) -> Begun:
    """An ended run, as another goes on from it."""
    assert run.checkpoint is not None
    return Begun(run.checkpoint, run.history, run.epochs, run.updates, run.seconds)


def check_continuable(run: Run) -> tuple[Recipe, Checkpoint]:
    """What a run was made from and where it stood; raises ArgumentError for one that nothing can go on from."""
    if run.recipe is None or run.checkpoint is None:
        raise ArgumentError(
            "this run does not hold where its rule stood (one of train_many or of a file): start another from "
            "params=run.params"
        )
    if run.stopped_because == "diverged":
        raise ArgumentError(
            "this run diverged, and its last parameters lead nowhere: start another from params=run.params, with a "
            "smaller learning rate"
        )
    return run.recipe, run.checkpoint


def same_but_epochs(recipe: Recipe, other: Recipe) -> bool:
    """Whether two recipes make the same run, but for where it starts and after how many epochs it ends."""
    return (
        (recipe.program, recipe.batch_order, recipe.dtype, recipe.engine, recipe.devices)
        == (other.program, other.batch_order, other.dtype, other.engine, other.devices)
        and recipe.schedules == other.schedules
        and _equal(recipe.hyperparameters, other.hyperparameters)
        and _equal(recipe.examples, other.examples)
        and _equal(recipe.validation, other.validation)
        and _equal(recipe.test, other.test)
        and recipe.record == other.record
        and _digests_of_streams(recipe) == _digests_of_streams(other)
    )


def _digests_of_streams(recipe: Recipe) -> tuple[Any, ...]:
    """Of what does not fit in memory, of which the examples are samples."""
    passages = recipe.passages
    return recipe.stream and recipe.digest, None if passages is None else passages.digests()


def longer(recipe: Recipe, run: Run, epochs: int) -> Recipe:
    """The recipe of a run for so many epochs more."""
    return dataclasses.replace(recipe, epochs=run.epochs + epochs)


def started_from(recipe: Recipe, run: Run) -> Recipe:
    """The recipe, begun with the last parameters and the state of the rule of a run of another one.

    Raises ArgumentError for a run of another network, rule or number type.
    """
    before, checkpoint = check_continuable(run)
    for name, mine, its in (
        ("network", recipe.program.net, before.program.net),
        ("rule", recipe.program.rule, before.program.rule),
        ("dtype", recipe.dtype, before.dtype),
    ):
        if mine != its:
            raise ArgumentError(f"state is a run of another {name}: {its}, not {mine}; give it the same")
    params = before.program.unpack(checkpoint.state.x)
    return with_rule_state(dataclasses.replace(recipe, params=params), checkpoint.state.rule_state)


def with_rule_state(recipe: Recipe, rule_state: Any) -> Recipe:
    """The recipe, begun with a state of its rule, whose parts are vectors or trees, as its engine carries parameters.

    It may come from the other engine, which carries those of a large network otherwise.
    """
    net, flat = recipe.program.net, recipe.program.flat

    def held(part: Any) -> Any:
        if flat:
            return net.ravel(part) if isinstance(part, dict) else part
        return net.unravel(part) if getattr(part, "shape", None) == (net.parameter_count,) else part

    if not isinstance(recipe.rule, OptaxRule):
        rule_state = type(rule_state)(*map(held, rule_state))
    return dataclasses.replace(recipe, rule_state=rule_state)


def resumed(checkpoint: Checkpoint) -> TrainState:
    """The state to go on with: nothing ends it any more."""
    return checkpoint.state._replace(code=np.zeros_like(checkpoint.state.code) + RUNNING)


def _equal(tree: Any, other: Any) -> bool:
    """Whether two trees hold the same numbers."""
    if tree is None or other is None:
        return tree is other
    same: list[bool] = []
    try:
        tree_map(lambda a, b: same.append(a is b or np.array_equal(a, b)), tree, other)
    except (KeyError, ValueError, TypeError, AttributeError):
        return False
    return all(same)
