"""Trainings that outlast their process: killed at random moments, the cost of checkpoints, updates opened by them.

python benchmarks/scale.py                      # 200 kills, networks of up to 10 million parameters, 10 million updates
python benchmarks/scale.py --kills 20 --parameters 100000 --updates 300000      # some minutes
python benchmarks/scale.py --parts opening      # one of kills, checkpoints, opening; each writes its own file

Streams larger than memory are in streams.py, several processes in processes.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine, report, table, times

import thalweg as tw
from thalweg.training.group_saver import GroupSaver
from thalweg.training.saver import Saver

_RNG = np.random.default_rng(0)
P = _RNG.normal(size=(120, 2))
T = np.sin(P[:, :1]) + P[:, 1:]
NET = tw.mlp(2, 8, 1)
DROPS = tw.mlp(2, 12, 1, dropout=0.2)
CASES: dict[str, dict[str, Any]] = {
    "adam, dropout, validation": {
        "net": DROPS, "epochs": 600, "batch_size": 20, "optimizer": tw.Adam(0.01), "validation": (P[:30], T[:30]),
        "record": "all",
    },
    "nesterov, plateau, priority sampling": {
        "net": NET, "epochs": 700, "batch_size": 20, "order": tw.PrioritySampling(0.5, refill_every=3),
        "optimizer": tw.optimizers.Nesterov(tw.schedules.ReduceOnPlateau(0.05, patience=9), 0.8),
    },
    "momentum, schedule, weights": {
        "net": NET, "epochs": 700, "batch_size": 20, "sample_weight": np.arange(120.0), "l2": 1e-3,
        "optimizer": tw.Momentum(tw.schedules.Cosine(0.05, steps=4200), 0.5),
    },
    "lm": {"net": NET, "epochs": 250, "optimizer": "lm"},
    "bfgs": {"net": NET, "epochs": 250, "optimizer": "bfgs"},
}  # fmt: skip
"""What is trained while it is killed, on NumPy, each for about a second."""


def train(case: dict[str, Any], folder: Path | None = None) -> tw.Run:
    """A case, which goes on from what there is in a folder, and saves itself all the time."""
    options = {name: value for name, value in case.items() if name != "net"}
    checkpoint = None if folder is None else tw.Checkpoints(folder, every="0.02s", resume=True)
    return tw.train(case["net"], P, T, "mse", engine="numpy", verbose=False, **options, checkpoint=checkpoint)


def told(run: tw.Run) -> bytes:
    """All numbers of a run but its times, as bytes."""
    numbers = [run.history[name] for name in run.history if name != "seconds"]
    ends = np.array([run.epochs, run.updates, run.best_epoch], float)
    return b"".join(np.asarray(values).tobytes() for values in (run.network.ravel(run.params), ends, *numbers))


def killed(case: dict[str, Any], folder: Path, most: int, draw: random.Random, seconds: float) -> tuple[int, bytes]:
    """How often a case was killed until it came to its end, and what it then was; at most so often."""
    kills, answer = 0, folder.with_suffix(".answer")
    while True:
        child = os.fork()
        if child == 0:
            try:
                found = told(train(case, folder))
                answer.with_suffix(".aside").write_bytes(found)
                answer.with_suffix(".aside").replace(answer)
            finally:
                os._exit(0)
        if kills < most:
            time.sleep(draw.uniform(0.0, seconds))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return kills, answer.read_bytes()
        kills += 1


def kills(count: int, seed: int = 0) -> Iterator[tuple[str, int, int, int]]:
    """Of each case: trainings, kills, and how many ended as the one that was not killed."""
    draw = random.Random(seed)
    left = count
    for number, (name, case) in enumerate(CASES.items()):
        began = time.perf_counter()
        whole, seconds = told(train(case)), time.perf_counter() - began
        trainings = done = equal = 0
        while done < left // (len(CASES) - number):
            with tempfile.TemporaryDirectory() as place:
                of_it, found = killed(case, Path(place, "run"), 1, draw, seconds)
            trainings, done, equal = trainings + 1, done + of_it, equal + (found == whole)
        left -= done
        yield name, trainings, done, equal


def timed(method: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """A method whose calls are timed."""

    def wrapper(*arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return method(*arguments)
        finally:
            spent.append(time.perf_counter() - began)

    return wrapper


def cost(hidden: int, engine: str, seconds: float) -> tuple[int, float, float, int]:
    """Parameters, the seconds of a checkpoint, the share of the trail of the whole run, the bytes of a checkpoint."""
    net = tw.mlp(64, hidden, hidden, 1)
    inputs = _RNG.normal(size=(512, 64)).astype(np.float32)
    saves: list[float] = []
    states: list[float] = []
    before = Saver.save, Saver._save_state
    Saver.save, Saver._save_state = timed(Saver.save, saves), timed(Saver._save_state, states)
    try:
        with tempfile.TemporaryDirectory() as place:
            run = tw.train(
                net, inputs, inputs[:, :1], "mse", epochs=10**7, batch_size=64, engine=engine, max_seconds=seconds,
                verbose=False, checkpoint=tw.Checkpoints(place, every=f"{seconds / 8:.3f}s"),
            )  # fmt: skip
            size = max(path.stat().st_size for path in Path(place).glob("checkpoint-*"))
    finally:
        Saver.save, Saver._save_state = before
    return net.parameter_count, float(np.median(saves)), sum(states) / run.seconds, size


def cost_of_many(runs: int, hidden: int, seconds: float) -> tuple[int, float, float, int]:
    """The same of so many runs at once, a file a group: of its thread's time."""
    net = tw.mlp(64, hidden, hidden, 1)
    inputs = _RNG.normal(size=(512, 64)).astype(np.float32)
    options: dict[str, Any] = {"batch_size": 64, "seed": range(runs), "order": "shuffle"}
    saves: list[float] = []
    states: dict[int, float] = {}
    look = GroupSaver.look

    def timed_look(self: Any, *arguments: Any) -> None:
        before = self._due._last_seconds, self._trail._seconds
        began = time.perf_counter()
        look(self, *arguments)
        spent = time.perf_counter() - began
        states.setdefault(id(self), 0.0)
        if self._due._last_seconds != before[0]:
            saves.append(spent)
        elif self._trail._seconds != before[1]:
            states[id(self)] += spent

    def trained(epochs: int, checkpoint: Any = None) -> float:
        began = time.perf_counter()
        tw.train_many(net, inputs, inputs[:, :1], "mse", epochs=epochs, **options, checkpoint=checkpoint)
        return time.perf_counter() - began

    trained(20)  # compiled, or loaded
    epochs = int(20 * seconds / trained(20))
    GroupSaver.look = timed_look  # pyright: ignore[reportAttributeAccessIssue]
    try:
        with tempfile.TemporaryDirectory() as place:
            whole = trained(epochs, tw.Checkpoints(place, every=f"{seconds / 8:.3f}s"))
            size = max(path.stat().st_size for path in Path(place).glob("*checkpoint-*"))
    finally:
        GroupSaver.look = look
    return net.parameter_count, float(np.median(saves)), sum(states.values()) / len(states) / whole, size


def without_of_many(runs: int, epochs: int, rounds: int) -> tuple[float, float]:
    """Seconds of runs at once that are not saved, and of the same that are, the least of so many rounds, in turn."""
    options: dict[str, Any] = {"batch_size": 20, "seed": range(runs)}
    tw.train_many(NET, P, T, **options, epochs=50)
    best = [float("inf")] * 2
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            for number, checkpoint in enumerate((None, place)):
                began = time.perf_counter()
                tw.train_many(NET, P, T, **options, epochs=epochs, checkpoint=checkpoint)
                best[number] = min(best[number], time.perf_counter() - began)
    return best[0], best[1]


def without(engine: str, epochs: int, rounds: int) -> tuple[float, float]:
    """Seconds of a run that is not saved, and of the same that is, the least of so many rounds, in turn."""
    options: dict[str, Any] = {"epochs": epochs, "batch_size": 20, "engine": engine, "verbose": False}
    tw.train(NET, P, T, **{**options, "epochs": 50})  # compiled, or loaded
    best = [float("inf")] * 2
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            for number, checkpoint in enumerate((None, place)):
                began = time.perf_counter()
                tw.train(NET, P, T, **options, checkpoint=checkpoint)
                best[number] = min(best[number], time.perf_counter() - began)
    return best[0], best[1]


def opening(updates: int) -> tuple[float, float, float, str]:
    """Seconds of a run of so many updates, and of opening the one in its middle with checkpoints and without."""
    few = P[:32], T[:32]
    with tempfile.TemporaryDirectory() as place:
        run = tw.train(
            NET, *few, "mse", epochs=updates // 8, batch_size=4, engine="xla", optimizer="gd", verbose=False,
            checkpoint=place,
        )  # fmt: skip
        middle = updates // 2 + 3
        run.step(3)  # compiled, or loaded
        began = time.perf_counter()
        step = run.step(middle)
        by_checkpoint = time.perf_counter() - began
        began = time.perf_counter()
        same = dataclasses.replace(run, saved_in=None).step(middle)
        by_replay = time.perf_counter() - began
    assert all((step.params[name].weights[source] == W).all() for name, (weights, _) in same.params.items()
               for source, W in weights.items())  # fmt: skip
    return run.seconds, by_checkpoint, by_replay, step.notes[1]


def kills_told(given: argparse.Namespace) -> list[str]:
    """What the kills left."""
    rows = [(name, f"{trainings}", f"{count}", f"{equal}") for name, trainings, count, equal in kills(given.kills)]
    heads = ("training", "trainings", "kills", "ended as the one that was not killed, to the bit")
    return ["## Killed by SIGKILL at a random moment, and resumed", table(heads, rows)]


def checkpoints_told(given: argparse.Namespace) -> list[str]:
    """What checkpoints cost, one by one and in a whole run."""
    rows = []
    for engine in ("numpy", "xla"):
        for hidden in (32, 256, 1000, 3100):
            if hidden * hidden <= given.parameters:
                count, save, trail, size = cost(hidden, engine, given.seconds)
                share = save / 60.0
                rows.append(
                    (f"{engine}, {count:,}", f"{size / 2**20:.2f} MiB", times(save), f"{share:.3%}", f"{trail:.2%}")
                )
    for runs, hidden in ((16, 32), (64, 32), (16, 256)):
        if hidden * hidden <= given.parameters:
            count, save, trail, size = cost_of_many(runs, hidden, given.seconds)
            told = f"{runs} runs at once, {count:,} each"
            rows.append((told, f"{size / 2**20:.2f} MiB", times(save), f"{save / 60.0:.3%}", f"{trail:.2%}"))
    heads = ("engine, parameters", "file", "the training waits", "of it, at one a minute", "the trail besides")
    parts = ["## What a checkpoint costs", table(heads, rows)]
    rows = []
    for engine, epochs in (("numpy", 20_000), ("xla", 600_000)):
        plain, saved = without(engine, max(50, int(epochs * given.seconds / 20)), given.rounds)
        rows.append((engine, times(plain), times(saved), f"{saved / plain - 1:+.1%}"))
    for runs, epochs in ((16, 60_000), (64, 20_000)):
        plain, saved = without_of_many(runs, max(50, int(epochs * given.seconds / 20)), given.rounds)
        rows.append((f"{runs} runs at once", times(plain), times(saved), f"{saved / plain - 1:+.1%}"))
    heads = ("engine", "not saved", "saved", "difference")
    return [*parts, "A whole run, not saved, and saved every minute and at its end:", table(heads, rows)]


def opening_told(given: argparse.Namespace) -> list[str]:
    """How soon an update is opened, in runs of a tenth of the updates and of all."""
    rows, notes = [], []
    for updates in (given.updates // 10, given.updates):
        seconds, by_checkpoint, by_replay, note = opening(updates)
        share = f"{by_checkpoint / by_replay:.1%}"
        rows.append((f"{updates:,}", times(seconds), times(by_checkpoint), times(by_replay), share))
        notes.append(note)
    heads = ("updates", "the run", "with checkpoints", "without", "of it")
    return ["## Opening an update in the middle of a long run", table(heads, rows), *notes]


PARTS = {"kills": kills_told, "checkpoints": checkpoints_told, "opening": opening_told}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--parameters", type=int, default=10_000_000, help="of the largest network")
    parser.add_argument("--updates", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run whose checkpoints are timed")
    parser.add_argument("--rounds", type=int, default=3, help="of the whole runs")
    given = parser.parse_args()
    for part, told in PARTS.items():  # the kills first: nothing of JAX's runs before a fork
        if part in given.parts:
            report(f"scale_{part}", [machine(["thalweg", "numpy", "jax"]), *told(given)])


if __name__ == "__main__":
    main()
