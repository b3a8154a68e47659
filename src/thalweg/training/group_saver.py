"""Writes the checkpoints of `train_many`, a file a group, and finds those to go on from."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import ArgumentError
from ..optimizers.interop import OptaxRule
from .checkpoint import AmongOthers, SavedIn
from .checkpoint_file import Stored, stored_bytes
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .due import Due
from .epoch import EpochRecord
from .fingerprint import Fingerprint, check_same, fingerprint_of
from .history import History
from .saved_tree import tensors_of, tree_of
from .saver import check_free, stored_in, tell_versions, versions_of
from .trail import Trail, size_of_state

if TYPE_CHECKING:
    from .member_group import Member

_COUNTS = ("epochs", "updates", "code", "best_epoch")


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


class GroupSaver:
    """The checkpoints of one group of members, and its trail, in a folder that is the training's own."""

    def __init__(
        self,
        folder: CheckpointFolder,
        settings: Checkpoints,
        shared: Mapping[str, Any],
        numbers: list[int],
        stored: Stored | None,
        size: int,
    ) -> None:
        self._folder, self._settings, self._shared, self.numbers = folder, settings, shared, numbers
        self.stored = stored
        """What the group goes on from."""
        self.seconds = 0.0 if stored is None else float(stored.header["seconds"])
        """Those before it goes on."""
        self._due = Due(settings, self.seconds, 0 if stored is None else int(stored.header["epoch"]))
        share = len(numbers) / shared["runs"]
        self._trail = Trail(folder, settings, self._due, size * len(numbers), self.seconds, share)

    def saved_in(self, place: int, steps: int) -> SavedIn:
        """Where the states are of the member at a place of the group, whose longest epochs have so many updates."""
        return SavedIn(self._folder.path.resolve(), self._shared["run"], AmongOthers(self._folder.part, place, steps))

    def epochs_ahead(self, epoch: int) -> int | None:
        """How many more epochs may come before a checkpoint is due; None where the time says it."""
        return self._due.epochs_ahead(epoch)

    def look(
        self, members: Sequence[Member], going: Sequence[Member], state: Callable[[], Any], at: GroupPosition
    ) -> None:
        """Write a checkpoint if it is time for one, or a state of the trail."""
        if self._due.now(at.seconds, at.epoch):
            self.save(members, going, state(), at)
        elif self._trail.now(at.seconds):
            self._trail.save(at.seconds, at.updates, lambda: self._state_bytes(members, going, state()))

    def save(self, members: Sequence[Member], going: Sequence[Member], state: Any, at: GroupPosition) -> None:
        """Write a checkpoint of all members, of which some are `going` on in a stacked state."""
        self._due.saved(at.seconds, at.epoch)
        by_jax = isinstance(members[0].recipe.rule, OptaxRule)
        tensors, kinds = tensors_of("state", state, by_jax=by_jax)
        told, there = [], _places(members, going)
        for number, member in enumerate(members):
            history = History.of(member.records, member.recipe.recorded)
            tensors |= {f"{number}/history/{name}": history[name] for name in history}
            told.append({name: int(getattr(member, name)) for name in _COUNTS} | {"seconds": member.seconds})
            if number not in there:
                ravel = member.recipe.program.net.ravel
                tensors |= {
                    f"{number}/last": np.asarray(ravel(member.last)),
                    f"{number}/best": np.asarray(ravel(member.best)),
                }
                own, more = tensors_of(f"{number}/rule", member.state, by_jax=by_jax)
                tensors, kinds = tensors | own, kinds | more
        header = {
            **self._shared,
            "numbers": self.numbers,
            "epoch": at.epoch,
            "position": at.position,
            "steps": at.steps,
            "seconds": at.seconds,
            "members": told,
            "going": there,
            "kinds": kinds,
        }
        self._due.written(lambda: self._folder.write(at.updates, stored_bytes(header, tensors), self._settings.keep))

    def _state_bytes(self, members: Sequence[Member], going: Sequence[Member], state: Any) -> bytes:
        """A state of the trail: of those that are going on."""
        tensors, kinds = tensors_of("state", state, by_jax=isinstance(members[0].recipe.rule, OptaxRule))
        told = {"run": self._shared["run"], "going": _places(members, going), "kinds": kinds}
        return stored_bytes(told, tensors)

    def restore(self, members: Sequence[Member], rule_state: Any, stacked: Any) -> tuple[list[Member], Any]:
        """Give members what they had, and those that went on, with their stacked state; `stacked` makes one like it.

        `rule_state` is like that of one member.
        """
        assert self.stored is not None
        header, tensors = self.stored
        kinds, by_jax = header["kinds"], isinstance(members[0].recipe.rule, OptaxRule)
        for number, (member, told) in enumerate(zip(members, header["members"], strict=True)):
            for name in _COUNTS:
                setattr(member, name, int(told[name]))
            member.seconds = float(told["seconds"])
            own = {name.removeprefix(f"{number}/"): values for name, values in tensors.items()}
            member.records = [_record_in(own, member)] if "history/loss" in own else []
            if number not in header["going"]:
                unravel = member.recipe.program.net.unravel
                member.last, member.best = unravel(np.array(own["last"])), unravel(np.array(own["best"]))
                member.state = tree_of(f"{number}/rule", rule_state, tensors, kinds, by_jax=by_jax)
        going = [members[number] for number in header["going"]]
        return going, tree_of("state", stacked(going), tensors, kinds, by_jax=by_jax)


class ManySaver:
    """The checkpoints of all groups."""

    def __init__(self, settings: Checkpoints, members: Sequence[Member]) -> None:
        self._settings = settings
        place = str(settings.path)
        found = [fingerprint_of(member.recipe) for member in members]
        self._shared: dict[str, Any] = {"runs": len(members), **_packed(found)}
        self._shared["versions"] = versions_of(members[0].recipe)
        self._stored: dict[str, Stored] = {}
        whole = CheckpointFolder(settings.path)
        if check_free(whole, settings):
            for part in whole.parts():
                stored = stored_in(CheckpointFolder(settings.path, part))
                _check_same_runs(stored, found, place)
                tell_versions(stored)
                self._stored[part] = stored
        runs = (stored.header.get("run") for stored in self._stored.values())
        self._shared["run"] = next((run for run in runs if isinstance(run, str)), secrets.token_hex(16))
        for part in whole.parts_of_trail():
            CheckpointFolder(settings.path, part).forget_states(_updates_in(self._stored.get(part)))

    def groups(self, members: Mapping[int, Member], dealt: Any) -> list[GroupSaver]:
        """The members by their numbers in the groups that were stored, and the rest as `dealt` deals them out."""
        savers, left = [], list(members)
        size = max(size_of_state(member.recipe) for member in members.values())
        for stored in self._stored.values():
            of_it = [int(number) for number in stored.header["numbers"]]
            if of_it and set(of_it) <= set(left):
                savers.append(self._of(of_it, stored, size))
                left = [number for number in left if number not in of_it]
        return savers + [self._of(list(group), None, size) for group in (dealt(left) if left else [])]

    def _of(self, numbers: list[int], stored: Stored | None, size: int) -> GroupSaver:
        folder = CheckpointFolder(self._settings.path, f"members{numbers[0]}")
        return GroupSaver(folder, self._settings, self._shared, numbers, stored, size)


@contextmanager
def saving_many(settings: Checkpoints | None, members: Sequence[Member]) -> Iterator[ManySaver | None]:
    """What saves many runs, if they are to be saved; until the end the folder is their own."""
    if settings is None:
        yield None
        return
    with CheckpointFolder(settings.path).locked():
        yield ManySaver(settings, members)


def _places(members: Sequence[Member], going: Sequence[Member]) -> list[int]:
    """The places in a group of those that are going on."""
    return [place for place, member in enumerate(members) if any(member is one for one in going)]


def _updates_in(stored: Stored | None) -> int:
    """After how many updates, as the files of a group are numbered, it goes on; -1 if it begins anew."""
    if stored is None:
        return -1
    header = stored.header
    return int(header["epoch"]) * int(header["steps"]) + int(header["position"]) if "steps" in header else -1


def _packed(found: Sequence[Fingerprint]) -> dict[str, Any]:
    """What all runs have in common, and what each has of its own."""
    packed = {}
    for name in Fingerprint._fields:
        each: list[dict[str, Any]] = [getattr(one, name) for one in found]
        common = {key: value for key, value in each[0].items() if all(one.get(key) == value for one in each)}
        packed[name] = common
        packed[f"own_{name}"] = [{key: value for key, value in one.items() if key not in common} for one in each]
    return packed


def _check_same_runs(stored: Stored, found: Sequence[Fingerprint], place: str) -> None:
    header = stored.header
    runs = header.get("runs")
    if runs != len(found):
        told = "of another kind of training" if runs is None else f"of {runs} runs"
        raise ArgumentError(
            f"the checkpoint in {place!r} is {told}, and here are {len(found)}: give what it was begun with, or name "
            "another folder"
        )
    for number, now in enumerate(found):
        was = Fingerprint(*({**header[name], **header[f"own_{name}"][number]} for name in Fingerprint._fields))
        check_same(was, now, place, may_differ=(), run=number)


def _record_in(own: Mapping[str, np.ndarray], member: Member) -> EpochRecord:
    """All records of a member as one."""

    def of(name: str) -> np.ndarray | None:
        values = own.get(f"history/{name}")
        return None if values is None else np.array(values, np.float64)

    recorded = tuple(np.array(own[f"history/{name}"], np.float64) for name in member.recipe.recorded)
    return EpochRecord(of("loss"), of("validation_loss"), of("gradient_norm"), of("test_loss"), recorded)
