"""Trainings on streams, alone or with others, and what comes out, for their tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.tables.arguments import parts as parts_of
from thalweg.tables.streamed_rows import PartRows
from thalweg.tables.streamed_training import ready_to_train, train_files
from thalweg.training import programs
from thalweg.training.readers import Readers
from thalweg.training.replay import replay_run

RNG = np.random.default_rng(5)
P, T, W = RNG.normal(size=(500, 3)), RNG.normal(size=(500, 2)), RNG.uniform(0.5, 2.0, 500)
SIZES = [(30, 11, 47)[k % 3] for k in range(17)]
BUFFER = 6 * 150 * 8 * 6
"""The memory for a buffer of 150 examples in float64."""
PIECES, PASSAGES = 6, 125_000
"""In how many pieces the files below are read, and the memory in which they come in passages."""
NET = tw.Network({"p": 3}, [tw.Layer("hidden", 4, tw.activations.Tanh(), dropout=0.2), tw.Layer("out", 2)])
HOW: dict[str, Any] = {
    "epochs": 3, "batch_size": 32, "engine": "xla", "dtype": "float64", "optimizer": "adam", "l2": 1e-3, "seed": 3,
    "validation": (P[:40], T[:40]),
}  # fmt: skip


class Parts:
    """The examples in blocks, which remembers which of them were read."""

    def __init__(self, count: int | None = None, *, broken: int | None = None) -> None:
        self._ends = np.cumsum([0, *SIZES])[: None if count is None else count + 1].tolist()
        self._broken = broken
        self.read: list[int] = []
        """The numbers of the blocks that were read, in turn."""

    def __len__(self) -> int:
        return len(self._ends) - 1

    def at(self, number: int) -> tuple[np.ndarray, ...]:
        """A block."""
        self.read.append(number)
        if number == self._broken:
            raise tw.FileError("the file is gone: put it back")
        i, j = self._ends[number : number + 2]
        return P[i:j], T[i:j], W[i:j]

    def __iter__(self) -> Any:
        return map(self.at, range(len(self)))


def cases() -> dict[str, tuple[Any, dict[str, Any]]]:
    """The blocks, and options, by name."""
    in_turn = Parts()
    return {
        "stream": (tw.blocks(Parts(), memory=BUFFER), {}),
        "in turn": (tw.blocks(lambda: iter(in_turn), memory=BUFFER), {}),
        "kept": (tw.blocks(Parts()), {}),
    }


def trained(name: str, devices: int | str | None, **more: Any) -> list[float]:
    """The parameters and losses of a case, and the inputs of an update that was opened."""
    blocks, options = cases()[name]
    run = tw.train(NET, blocks, **{**HOW, **options, **more}, devices=devices)
    opened = replay_run(run, 10).batch.inputs["p"].ravel() if name in ("stream", "kept") else []
    if run.recipe is not None and run.recipe.stream is not None:
        run.recipe.stream.close()  # what the replay read ahead
    return np.concatenate([NET.ravel(run.params), run.history.loss, run.history.validation_loss, opened]).tolist()


def told(blocks: Any) -> str:
    """The line that a training with others ends with."""
    try:
        tw.train(NET, blocks, **HOW, devices="all")
    except tw.ThalwegError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def write_files(folder: Path) -> None:
    """A table in three files, whose rows have numbers, names, days, truth values, gaps, weights and two targets."""
    folder.mkdir()
    for number in range(3):
        rng, rows = np.random.default_rng(number), range(450)
        X = rng.normal(size=(len(rows), 3)).round(3)
        lines = [
            f"{X[i, 0]},{'' if i % 7 == 0 else X[i, 1]},{('red', 'blue', 'green')[i % 3]},2024-0{1 + i % 9}-11,"
            f"{str(i % 2 == 0).lower()},{1 + i % 4 / 3},{X[i, 0] - X[i, 1]},{('up', 'down')[int(X[i, 0] > X[i, 2])]}"
            for i in rows
        ]
        (folder / f"t{number}.csv").write_text(
            "a,b,kind,day,ripe,w,y,class\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )


def of_files(folder: Path, target: str, devices: str | None, memory: int = PASSAGES, **more: Any) -> dict[str, Any]:
    """What a training on a table in files has learnt, and what its parts are; of one in memory before it trains."""
    settings = tw.Settings(
        hidden=(3,), epochs=2, batch_size=64, engine="xla", split="60/20/20", devices=devices, sample_weight="w",
        ignore=("class" if target == "y" else "y",),
    )  # fmt: skip
    if memory > 10**6:
        ready = ready_to_train(folder, target, settings, memory, Readers.of(devices))
        same, prepared = [ready.rows.encoding.to_dict(), ready.constant, ready.counts], ready.prepared
        near: list[float] = []
    else:
        found = train_files(folder, target, settings, memory=memory, verbose=False, **more)
        prepared, run = found.prepared, found.run
        same = [prepared.encoding.to_dict(), found.model.record["constant"], found.model.record["split"]]
        assert run.recipe is not None
        assert run.recipe.passages is not None
        assert found.scores is not None
        scores = found.scores.to_dict()
        near = [*run.network.ravel(run.params), *run.history.validation_loss, scores["log_loss"], scores["accuracy"]]
    parts = [[part.rows.tolist(), part.T.tolist(), part.labels.tolist()] for part in parts_of(prepared).values()]
    return {"same": [*same, list(map(str, prepared.notes)), parts], "near": list(map(float, near))}


def files_together(folder: Path, number: int) -> dict[str, Any]:
    """What each of several processes finds on a table in files: of one folder, and of one that it has for itself."""
    reads: list[tuple[Any, int]] = []
    parts_of_piece = PartRows.parts_of

    def watched(self: PartRows, piece: Any, table: Any, which: Any, **how: Any) -> Any:
        reads.append((list(which), self.files.pieces.index(piece)))
        return parts_of_piece(self, piece, table, which, **how)

    PartRows.parts_of = watched
    found: dict[str, Any] = {"table": of_files(folder / "files", "class", "all"), "table reads": reads}
    PartRows.parts_of = parts_of_piece
    found["small table"] = of_files(folder / "files", "y", "all", 10**8)
    own = folder / f"own{number}"
    write_files(own)
    last = own / "t2.csv"
    whole = last.read_text(encoding="utf-8")
    found["table errors"] = errors = []

    def vanish(epoch: Any) -> None:
        if number == 1:
            last.unlink()

    wrong = whole.replace("1.3333333333333333", "-1.333333333333333", 1) if number == 1 else whole
    for text, callbacks in ((wrong, ()), (whole + "\n" * number, ()), (whole, [vanish])):
        last.write_text(text, encoding="utf-8")
        try:
            of_files(own, "class", "all", callbacks=callbacks)
        except tw.ThalwegError as error:
            errors.append(f"{type(error).__name__}: {error}".replace(str(folder / "own1"), "DIR"))
    return found


def together(folder: Path, number: int) -> dict[str, Any]:
    """What each of several processes finds."""
    found: dict[str, Any] = {"streams": {name: trained(name, "all") for name in cases()}}
    for name, memory in (("stream", BUFFER), ("kept", 10**9)):
        parts = Parts()
        saved = tw.Checkpoints(folder / name, every="1epochs")
        tw.train(NET, tw.blocks(parts, memory=memory), **{**HOW, "epochs": 1}, devices="all", checkpoint=saved)
        found[f"{name} reads"] = parts.read
    found["errors"] = [told(tw.blocks(one)) for one in (Parts(broken=16), Parts(1), Parts(10 + number))]
    return found | files_together(folder, number)


def collectives() -> list[str]:
    """What the devices exchanged, by the programs that XLA compiled."""
    texts = [one._compilation._compiled.as_text() for one in programs._PROGRAMS._kept.values()]
    return sorted(
        {name for text in texts for name in re.findall(r" (all-[a-z]+|collective-[a-z]+|reduce-scatter)\(", text)}
    )
