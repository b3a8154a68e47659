"""Writes the checkpoints of a run while it goes on, between two segments, and finds the one to go on from."""

from __future__ import annotations

import dataclasses
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, FileError
from ..optimizers.interop import OptaxRule
from .callbacks import Callback, Listener
from .checkpoint import Begun, SavedIn
from .checkpoint_file import Stored, plain_data, stored_bytes
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .due import Due
from .engine import Engine
from .fingerprint import Fingerprint, check_same, fingerprint_of
from .history import History
from .options import TrainingOptions
from .processes import await_others, is_first
from .recipe import Recipe
from .saved_tree import tensors_of
from .stored_run import begun_from
from .trail import Trail, size_of_state

_WRITTEN_AT_ONCE = 4 << 20
"""Bytes of a checkpoint that the training waits for; of a larger one only for its copy in memory."""
_MOST_UPDATES = 1 << 62
_LIBRARIES = ("thalweg", "numpy", "jax", "jaxlib")

_log = logging.getLogger("thalweg.checkpoints")


class Position(NamedTuple):
    """Where a run stands, beside the state of its engine."""

    epochs: int
    updates: int
    seconds: float
    seconds_before: float
    history: Callable[[], History]
    stopped: str | None = None


class Saver:
    """The checkpoints of one run in a folder that is its own.

    What cannot be written is told once, and the run goes on; the checkpoints before stay.
    """

    def __init__(
        self,
        settings: Checkpoints,
        recipe: Recipe,
        folder: CheckpointFolder,
        callbacks: Sequence[Callback] = (),
        *,
        writes: bool = True,
    ) -> None:
        self._writes = writes
        self._settings, self._recipe, self._folder, self._callbacks = settings, recipe, folder, callbacks
        self._fingerprint = fingerprint_of(recipe)._replace(made_by=plain_data(settings.made_by))
        self._by_jax = isinstance(recipe.rule, OptaxRule)
        self._writing: threading.Thread | None = None
        self._run = secrets.token_hex(16)
        self.begun: Begun | None = None
        stored = _stored(folder, settings)
        if stored is not None:
            was = fingerprint_in(stored)
            check_same(was, self._fingerprint, str(folder.path))
            self._fingerprint = self._fingerprint._replace(made_by=self._fingerprint.made_by or was.made_by)
            tell_versions(stored)
            self._run = str(stored.header.get("run"))
            self.begun = begun_from(stored, recipe)
            if self.begun.epochs > recipe.epochs:
                raise ArgumentError(
                    f"epochs is {recipe.epochs}, and the run in {str(folder.path)!r} has {self.begun.epochs} already: "
                    "give as many at least"
                )
            if writes:
                folder.forget_states(self.begun.updates)
            if self.begun.stopped in (None, "interrupted"):
                _log.info(f"goes on after epoch {self.begun.epochs:,}, from the checkpoint in {str(folder.path)!r}")
        elif writes:
            folder.forget_states(-1)
        begun = self.begun
        seconds, epochs = (0.0, 0) if begun is None else (begun.seconds, begun.epochs)
        self._due = Due(settings, seconds, epochs)
        self._saved_updates = -1 if begun is None else begun.updates
        self._trail = Trail(folder, settings, self._due, size_of_state(recipe), seconds)

    @property
    def saved_in(self) -> SavedIn:
        """Where the checkpoints are, for whoever opens an update later."""
        return SavedIn(self._folder.path.resolve(), self._run)

    def updates_ahead(self, done: int) -> int:
        """How many updates may come, after `done` in all, before the next checkpoint is due."""
        steps = self._recipe.batch_order.steps
        ahead = self._due.epochs_ahead(done // steps)
        return _MOST_UPDATES if ahead is None else ahead * steps - done % steps

    def look(self, engine: Engine, position: Position) -> None:
        """Write a checkpoint if it is time for one, or a state of the trail."""
        if not self._writes:
            return
        if self._due.now(position.seconds, position.epochs):
            self.save(engine, position)
        elif self._trail.now(position.seconds):
            self._save_state(engine, position)

    def save(self, engine: Engine, position: Position) -> None:
        """Write a checkpoint."""
        self._due.saved(position.seconds, position.epochs)
        header, tensors = self._state_told(engine, position.updates)
        history = position.history()
        program = self._recipe.program
        header |= {
            **self._fingerprint._asdict(),
            "versions": versions_of(self._recipe),
            "seconds": position.seconds,
            "seconds_before": position.seconds_before,
            "epochs": position.epochs,
            "stopped": position.stopped,
            "callbacks": [_saved_by(callback) for callback in self._callbacks if isinstance(callback, Listener)],
            "recorded": list(history.recorded),
            "every": self._settings.every,
            "keep": self._settings.keep,
            "trail": self._settings.trail,
        }
        tensors["start"] = np.asarray(program.net.ravel(self._recipe.params), self._recipe.dtype)
        tensors |= {f"history/{name}": history[name] for name in history}
        if self._recipe.rule_state is not None:
            begun, kinds = tensors_of("begun", self._recipe.rule_state, by_jax=self._by_jax)
            tensors |= begun
            header["kinds"] |= kinds
        pool = getattr(self._recipe.batch_order.order, "high", None)
        if pool is not None:
            tensors["pool"] = np.asarray(pool)
            if self._recipe.rows is not None:
                tensors["rows"] = self._recipe.rows
        self._write(position.updates, header, tensors)

    def _write(self, updates: int, header: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        """Write what was copied, while the training goes on if it is large."""

        def write() -> None:
            if self._due.written(
                lambda: self._folder.write(updates, stored_bytes(header, tensors), self._settings.keep)
            ):
                self._saved_updates = updates

        self.wait()
        if sum(values.nbytes for values in tensors.values()) < _WRITTEN_AT_ONCE:
            write()
            return
        self._writing = threading.Thread(target=write, name="thalweg-checkpoint")
        self._writing.start()

    def wait(self) -> None:
        """Until what is being written is."""
        if self._writing is not None:
            self._writing.join()
            self._writing = None

    def finish(self, engine: Engine, position: Position) -> None:
        """Write the last checkpoint of a run that ends."""
        self.wait()
        if not position.updates or not self._writes:
            return
        if self.begun is None or position.updates != self._saved_updates or position.stopped != self.begun.stopped:
            self.save(engine, position)
            self.wait()

    def _save_state(self, engine: Engine, position: Position) -> None:
        """Write a state of the trail."""
        updates = position.updates
        self._trail.save(position.seconds, updates, lambda: stored_bytes(*self._state_told(engine, updates)))

    def _state_told(self, engine: Engine, updates: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The header and the tensors of what the engine stands at."""
        tensors, kinds = tensors_of("state", engine.on_host(engine.state), by_jax=self._by_jax)
        if engine.batch_order.high is not None:
            tensors["high"] = np.asarray(engine.batch_order.high)
        return {"run": self._run, "updates": updates, "kinds": kinds}, tensors


@contextmanager
def saving(settings: Checkpoints | None, recipe: Recipe, callbacks: Sequence[Callback] = ()) -> Iterator[Saver | None]:
    """What saves a run, if it is to be saved; until the end the folder is its own."""
    if settings is None:
        yield None
        return
    folder = CheckpointFolder(settings.path)
    if is_first():
        with folder.locked():
            saver = Saver(settings, recipe, folder, callbacks)
            await_others()
            try:
                yield saver
            finally:
                saver.wait()
    else:  # of several processes this one reads what the first has looked through, and leaves the writing to it
        await_others()
        yield Saver(settings, recipe, folder, callbacks, writes=False)


def stored_in(folder: CheckpointFolder) -> Stored:
    """The newest whole checkpoint; raises FileError for a folder without."""
    stored = folder.newest()
    if stored is None and any(folder.parts()):
        raise FileError(
            f"{str(folder.path)!r} holds the checkpoints of several runs, with which the call goes on that began them "
            "(tw.train_many, or a training of several networks): name the folder of one"
        )
    if stored is None:
        raise FileError(f"{str(folder.path)!r} holds no whole checkpoint: name the folder of a training's checkpoints")
    return stored


def _stored(folder: CheckpointFolder, settings: Checkpoints) -> Stored | None:
    """The checkpoint to go on from; raises FileError for a folder that has some which are not to be gone on with."""
    return stored_in(folder) if check_free(folder, settings) else None


def check_free(folder: CheckpointFolder, settings: Checkpoints) -> bool:
    """Whether a folder holds checkpoints to go on from; raises FileError if it does, and it was not asked for."""
    if not folder.has_any():
        return False
    if not settings.resume:
        raise FileError(
            f"{str(folder.path)!r} holds the checkpoints of a training, which are not overwritten: go on with it "
            "(tw.resume, or --resume), or name another folder"
        )
    return True


def fingerprint_in(stored: Stored) -> Fingerprint:
    """What a stored training is made from; raises FileError for a file that does not say."""
    settings, digests, made_by = (stored.header.get(name) for name in Fingerprint._fields)
    if not (isinstance(settings, dict) and isinstance(digests, dict) and _are_texts(digests.values())):
        raise FileError("the checkpoint does not say what training it is of: name the folder of another")
    return Fingerprint(settings, digests, made_by if isinstance(made_by, dict) else {})


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(one, str) for one in values)


def versions_of(recipe: Recipe) -> dict[str, str]:
    """The versions of the libraries that reckon a run."""
    libraries = _LIBRARIES[:2] if recipe.engine == "numpy" else _LIBRARIES
    return {library: version(library) for library in libraries}


def tell_versions(stored: Stored) -> None:
    """Warn of other versions, by which the last bits may be others."""
    versions = stored.header.get("versions")
    told = {name: versions[name] for name in _LIBRARIES if name in versions} if isinstance(versions, dict) else {}
    now = {library: version(library) for library in told}
    apart = [f"{library} {told[library]} (now {now[library]})" for library in told if told[library] != now[library]]
    if apart:
        _log.warning(
            f"the checkpoint was written with {', '.join(apart)}: the run goes on, and its last digits may be others "
            "than those of a run that was not interrupted"
        )


def _saved_by(callback: Listener) -> dict[str, Any]:
    """What a callback wants to have again, by its class; raises ArgumentError for what is no plain data."""
    saved = callback.saved()
    try:
        return {"name": type(callback).__name__, "saved": json.loads(json.dumps(saved))}
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"{type(callback).__name__}.saved() gave what a checkpoint cannot hold ({error}): it must be plain "
            "data, as JSON has it"
        ) from error


def with_stored_engine(options: TrainingOptions) -> TrainingOptions:
    """The options, with the engine of the checkpoint to go on from where they leave the choice."""
    checkpoint = options.checkpoint
    if options.engine != "auto" or not isinstance(checkpoint, Checkpoints) or not checkpoint.resume:
        return options
    folder = CheckpointFolder(checkpoint.path)
    stored = folder.newest() if folder.has_any() else None
    if stored is None:
        return options
    return dataclasses.replace(options, engine=stored.header["settings"]["engine"])
