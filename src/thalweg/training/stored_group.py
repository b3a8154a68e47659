"""A stored checkpoint of a group of runs: whether it is of these runs, and what each goes on from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.kinds import is_count
from ..errors import ArgumentError, FileError, ThalwegError, reason_of
from ..optimizers.interop import OptaxRule
from .checkpoint_file import Stored
from .epoch import EpochRecord
from .fingerprint import Fingerprint, apart_in_all, check_same
from .saved_tree import tree_of
from .stopping import REASONS, RUNNING
from .stored_run import UNFIT
from .xla_engine import is_key

if TYPE_CHECKING:
    from .member_group import Member

COUNTS = ("epochs", "updates", "code", "best_epoch")
"""What is told of each member by its own names."""
_MOST = 1 << 53
"""Counts of epochs and updates are below."""


class GroupPosition(NamedTuple):
    """Where a group stands: in which epoch, after how many of the `steps` updates of the longest one, and the time."""

    epoch: int
    position: int
    steps: int
    seconds: float

    @property
    def updates(self) -> int:
        """Those of a member of the longest epochs that has not stopped: the number of what is saved."""
        return self.epoch * self.steps + self.position


class StoredGroup(NamedTuple):
    """What a file holds of a group: which runs they are, where they stand, the count of each, and which went on."""

    stored: Stored
    numbers: list[int]
    at: GroupPosition
    members: list[dict[str, Any]]
    going: list[int]


def stored_group(stored: Stored, part: str, found: Sequence[Fingerprint], place: str) -> StoredGroup:
    """What a file of a group holds, beside the runs that are to go on.

    Raises ArgumentError, which says what differs, for other runs, and FileError for a file that holds no such group.
    """
    try:
        _check_same_runs(stored, found, place)
        return _group_in(stored, part, len(found), min(int(one.settings["epochs"]) for one in found), place)
    except ThalwegError:
        raise
    except UNFIT as error:
        raise _unfit(place, error) from error


def restore(
    group: StoredGroup, members: Sequence[Member], rule_state: Any, stacked: Callable[[Sequence[Member]], Any]
) -> tuple[list[Member], Any]:
    """Give members what they had, and those that went on, with their stacked state; `stacked` makes one like it.

    `rule_state` is like that of one member. Raises FileError for a file that does not hold it.
    """
    try:
        return _restored(group, members, rule_state, stacked)
    except UNFIT as error:
        raise _unfit(f"members{group.numbers[0]}", error) from error


def _restored(
    group: StoredGroup, members: Sequence[Member], rule_state: Any, stacked: Callable[[Sequence[Member]], Any]
) -> tuple[list[Member], Any]:
    header, tensors = group.stored
    kinds, by_jax = header["kinds"], isinstance(members[0].recipe.rule, OptaxRule)
    if group.at.steps != max(member.recipe.batch_order.steps for member in members):
        raise ValueError("its epochs are of another length")
    for number, (member, told) in enumerate(zip(members, group.members, strict=True)):
        for name in COUNTS:
            setattr(member, name, told[name])
        member.seconds = float(told["seconds"])
        own = {name.removeprefix(f"{number}/"): values for name, values in tensors.items()}
        member.records = _records_in(own, member, group.numbers[number])
        if number not in group.going:
            if member.goes_on:
                raise ValueError(f"where run {group.numbers[number] + 1} stood is not there")
            ravel, unravel = member.recipe.program.net.ravel, member.recipe.program.net.unravel
            like = np.shape(ravel(member.recipe.params))
            for name in ("last", "best"):
                if own[name].shape != like or own[name].dtype.kind != "f":
                    raise ValueError(f"{name} of run {group.numbers[number] + 1} is no set of parameters")
            member.last, member.best = unravel(np.array(own["last"])), unravel(np.array(own["best"]))
            member.state = tree_of(f"{number}/rule", rule_state, tensors, kinds, by_jax=by_jax)
    going = [members[number] for number in group.going]
    like = stacked(going)
    state = tree_of("state", like, tensors, kinds, by_jax=by_jax)
    _check_types(state, like)
    epochs, best = [member.epochs for member in going], np.asarray(state.best_epoch)
    alike = np.array_equal(state.epoch, epochs) and np.array_equal(state.code, [member.code for member in going])
    if not (alike and ((best >= 0) & (best <= epochs)).all()):
        raise ValueError("its state is not that of these runs")
    return going, state


def _records_in(own: Mapping[str, np.ndarray], member: Member, number: int) -> list[EpochRecord]:
    """All records of a member as one, or none before its first epoch; ValueError for others than such a run has."""
    recipe = member.recipe
    there = {
        "loss": True,
        "validation_loss": recipe.validation is not None,
        "gradient_norm": recipe.program.watches_gradient,
        "test_loss": recipe.test is not None,
    }
    names = [name for name, is_there in there.items() if is_there] + list(recipe.recorded)
    found = {name: own[f"history/{name}"] for name in names if f"history/{name}" in own}
    if member.epochs and (len(found) < len(names) or any(np.shape(one) != (member.epochs,) for one in found.values())):
        raise ValueError(f"the history of run {number + 1} is not that of {member.epochs} epochs")
    if not member.epochs:
        return []
    values = {name: np.array(one, np.float64) for name, one in found.items()}
    recorded = tuple(values[name] for name in recipe.recorded)
    return [EpochRecord(**{name: values.get(name) for name in there}, recorded=recorded)]


def _check_types(state: Any, like: Any) -> None:
    """Raise ValueError for numbers of other types than those of a state that it is to be."""
    import jax

    def of(leaf: Any) -> Any:
        return "key" if is_key(leaf) else jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype)

    if [of(leaf) for leaf in jax.tree.leaves(state)] != [of(leaf) for leaf in jax.tree.leaves(like)]:
        raise ValueError("its numbers are of other types")


def _check_same_runs(stored: Stored, found: Sequence[Fingerprint], place: str) -> None:
    header = stored.header
    runs = header.get("runs")
    if runs is None:
        raise ArgumentError(
            f"the checkpoint in {place!r} is of another kind of training: give what it was begun with, or name "
            "another folder"
        )
    own = header["own_settings"], header["own_digests"]
    was = [
        Fingerprint({**header["settings"], **settings}, {**header["digests"], **digests})
        for settings, digests in zip(*own, strict=True)
    ]
    if len(was) != len(found):
        which = apart_in_all([one.settings for one in was], [one.settings for one in found])
        told = f": {', '.join(which)}" if which else ""
        raise ArgumentError(
            f"the checkpoint in {place!r} is of {len(was)} runs, and here are {len(found)}{told}; give what it was "
            "begun with, or name another folder"
        )
    for number, (before, now) in enumerate(zip(was, found, strict=True)):
        check_same(before, now, place, run=number)


def _group_in(stored: Stored, part: str, runs: int, epochs: int, place: str) -> StoredGroup:
    header = stored.header
    numbers, told, going = header["numbers"], header["members"], header["going"]
    at = GroupPosition(*(header[name] for name in GroupPosition._fields))
    if not (_are_places(numbers, runs) and part == f"members{numbers[0]}" and len(told) == len(numbers)):
        raise ValueError("its runs are not told")
    if not (_are_places(going, len(numbers)) and all(is_count(one, 0) for one in at[:3]) and at.position < at.steps):
        raise ValueError("where its runs stand is not told")
    if at.epoch >= _MOST or at.steps >= _MOST or not 0 <= float(at.seconds) < float("inf"):
        raise ValueError("it stands nowhere")
    for number, member in zip(numbers, told, strict=True):
        if not all(is_count(member[name], 0) and member[name] < _MOST for name in COUNTS):
            raise ValueError(f"run {number + 1} is not told")
        ended = at.epoch + (at.position > 0)  # of epochs that are shorter than the longest ones
        least = at.epoch if member["code"] == RUNNING else member["best_epoch"]
        if member["code"] not in (RUNNING, *REASONS) or not least <= member["epochs"] <= ended:
            raise ValueError(f"run {number + 1} stands where no run of the group does")
        if member["best_epoch"] > member["epochs"]:
            raise ValueError(f"the best epoch of run {number + 1} is none of its epochs")
        if member["epochs"] > epochs:
            raise ArgumentError(
                f"epochs is {epochs}, and run {number + 1} in {place!r} has {member['epochs']} already: "
                "give as many at least"
            )
    return StoredGroup(stored, numbers, at, told, going)


def _are_places(numbers: Any, count: int) -> bool:
    """Whether they are some of so many places, each once."""
    return (
        isinstance(numbers, list)
        and bool(numbers)
        and all(is_count(one, 0) and one < count for one in numbers)
        and len(set(numbers)) == len(numbers)
    )


def _unfit(place: str, error: Exception) -> FileError:
    return FileError(f"the checkpoint in {place!r} does not hold these runs ({reason_of(error)}): name another folder")
