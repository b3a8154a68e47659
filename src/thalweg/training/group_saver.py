"""Writes the checkpoints of `train_many`, a file a group, and finds those to go on from."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..optimizers.interop import OptaxRule
from .checkpoint import AmongOthers, SavedIn
from .checkpoint_file import stored_bytes
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .due import Due
from .fingerprint import Fingerprint, fingerprint_of
from .history import History
from .saved_tree import tensors_of
from .saver import check_free, stored_in, tell_versions, versions_of
from .stopping import RUNNING
from .stored_group import COUNTS, GroupPosition, StoredGroup, stored_group
from .trail import Trail, size_of_state

if TYPE_CHECKING:
    from .member_group import Member

_log = logging.getLogger("thalweg.checkpoints")


class GroupSaver:
    """The checkpoints of one group of members, and its trail, in a folder that is the training's own."""

    def __init__(
        self,
        folder: CheckpointFolder,
        settings: Checkpoints,
        shared: Mapping[str, Any],
        numbers: list[int],
        stored: StoredGroup | None,
        size: int,
    ) -> None:
        self._folder, self._settings, self._shared, self.numbers = folder, settings, shared, numbers
        self.stored = stored
        """What the group goes on from."""
        self.seconds = 0.0 if stored is None else float(stored.at.seconds)
        """Those before it goes on."""
        self._due = Due(settings, self.seconds, 0 if stored is None else stored.at.epoch)
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
            told.append({name: int(getattr(member, name)) for name in COUNTS} | {"seconds": member.seconds})
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
            **at._asdict(),
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


class ManySaver:
    """The checkpoints of all groups."""

    def __init__(self, whole: CheckpointFolder, settings: Checkpoints, members: Sequence[Member]) -> None:
        self._whole, self._settings = whole, settings
        place = str(settings.path)
        found = [fingerprint_of(member.recipe) for member in members]
        self._shared: dict[str, Any] = {"runs": len(members), **_packed(found)}
        self._shared["versions"] = versions_of(members[0].recipe)
        self._stored: dict[str, StoredGroup] = {}
        if check_free(whole, settings):
            for part in whole.parts():
                stored = stored_in(whole.of_group(part))
                self._stored[part] = stored_group(stored, part, found, place)
                tell_versions(stored)
            self._tell(members, place)
        runs = (one.stored.header.get("run") for one in self._stored.values())
        self._shared["run"] = next((run for run in runs if isinstance(run, str)), secrets.token_hex(16))
        for part in whole.parts_of_trail():
            stored = self._stored.get(part)
            whole.of_group(part).forget_states(-1 if stored is None else stored.at.updates)

    def _tell(self, members: Sequence[Member], place: str) -> None:
        """Say that those go on which had not ended."""
        ended = {
            number
            for one in self._stored.values()
            for number, told in zip(one.numbers, one.members, strict=True)
            if told["code"] != RUNNING or told["epochs"] >= members[number].recipe.epochs
        }
        if len(ended) < len(members):
            epoch = max(told["epochs"] for one in self._stored.values() for told in one.members)
            told = (
                f"{len(members) - len(ended)} of {len(members)} runs go on" if ended else f"{len(members)} runs go on"
            )
            _log.info(f"{told}, after epoch {epoch:,}, from the checkpoints in {place!r}")

    def groups(self, members: Mapping[int, Member], dealt: Any) -> list[GroupSaver]:
        """The members by their numbers in the groups that were stored, and the rest as `dealt` deals them out."""
        savers, left = [], list(members)
        size = max(size_of_state(member.recipe) for member in members.values())
        for stored in self._stored.values():
            if set(stored.numbers) <= set(left):
                savers.append(self._of(stored.numbers, stored, size))
                left = [number for number in left if number not in stored.numbers]
        return savers + [self._of(list(group), None, size) for group in (dealt(left) if left else [])]

    def _of(self, numbers: list[int], stored: StoredGroup | None, size: int) -> GroupSaver:
        folder = self._whole.of_group(f"members{numbers[0]}")
        return GroupSaver(folder, self._settings, self._shared, numbers, stored, size)


@contextmanager
def saving_many(settings: Checkpoints | None, members: Sequence[Member]) -> Iterator[ManySaver | None]:
    """What saves many runs, if they are to be saved; until the end the folder is their own."""
    if settings is None:
        yield None
        return
    whole = CheckpointFolder(settings.path)
    with whole.locked():
        yield ManySaver(whole, settings, members)


def _places(members: Sequence[Member], going: Sequence[Member]) -> list[int]:
    """The places in a group of those that are going on."""
    return [place for place, member in enumerate(members) if any(member is one for one in going)]


def _packed(found: Sequence[Fingerprint]) -> dict[str, Any]:
    """What all runs have in common, and what each has of its own."""
    packed = {}
    for name in Fingerprint._fields:
        each: list[dict[str, Any]] = [getattr(one, name) for one in found]
        common = {key: value for key, value in each[0].items() if all(one.get(key) == value for one in each)}
        packed[name] = common
        packed[f"own_{name}"] = [{key: value for key, value in one.items() if key not in common} for one in each]
    return packed
