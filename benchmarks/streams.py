"""Training from a stream of Parquet files: rows a second beside memory and PyTorch's DataLoader, and the peak memory.

python benchmarks/streams.py                                   # 50 GB are read, some twenty minutes
python benchmarks/streams.py --gigabytes 1 --seconds 4         # some minutes
python benchmarks/streams.py --parts memory                    # one of speed, memory; each writes its own file
python benchmarks/streams.py --torch OTHER/bin/python          # an interpreter that has PyTorch and PyArrow
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from measuring import RESULTS, machine, report, table

import thalweg as tw

READERS = Path(__file__).with_name("stream_readers.py")
PEERS = (
    "torch, 0 workers, 1 thread",
    "torch, 0 workers, 2 threads",
    "torch, 1 worker, 1 thread",
    "torch, 2 workers, 1 thread",
)
BARE = ("polars", "pyarrow")
COLUMNS = 32
GROUP = 65_536
"""Rows of a row group."""
SEED = 7


class Case(NamedTuple):
    """A network and its batches."""

    layers: tuple[int, ...]
    batch: int
    hidden: str = "relu"


CASES = {
    "32-32-1, batches of 32": Case((COLUMNS, 32, 1), 32),
    "32-64-32-1, batches of 256": Case((COLUMNS, 64, 32, 1), 256),
    "32-256-128-1, batches of 256": Case((COLUMNS, 256, 128, 1), 256),
    "32-1, batches of 8,192": Case((COLUMNS, 1), 8192),
}
"""Of the last the reading is the most of the work."""


def write_file(path: Path, rows: int, seed: int) -> None:
    """A table of float32 numbers as they are measured, with two decimals, and a target that depends on them."""
    rng = np.random.default_rng(seed)
    P = rng.normal(size=(rows, COLUMNS)).round(2).astype(np.float32)
    w = np.random.default_rng(SEED).normal(size=COLUMNS).astype(np.float32) / np.float32(COLUMNS**0.5)
    y = np.tanh(P @ w) + 0.1 * rng.normal(size=rows).astype(np.float32)
    frame = pl.DataFrame({f"x{k:02}": P[:, k] for k in range(COLUMNS)} | {"y": y.astype(np.float32)})
    frame.write_parquet(path, row_group_size=GROUP)


def groups_of(rows: int) -> list[int]:
    """The rows of each row group of a file of so many."""
    return [min(GROUP, rows - before) for before in range(0, rows, GROUP)]


def start_of(case: Case, path: Path) -> None:
    """The initial parameters, as one vector for ours and layer by layer for PyTorch."""
    net = tw.mlp(*case.layers, hidden=case.hidden)
    params = net.init(SEED, dtype="float32")
    named: dict[str, Any] = {"x": net.ravel(params)}
    for number, (weights, bias) in enumerate(params.values()):
        named |= {f"W{number}": next(iter(weights.values())), f"b{number}": bias}
    np.savez(path, **named)


class Measured(NamedTuple):
    """What a process said, the most memory that it and its children took, and that memory over time."""

    told: dict[str, Any]
    peak: int
    seconds: list[float]
    memory: list[int]


def measured(python: str, name: str, case: dict[str, Any], folder: Path) -> Measured:
    """A contender in a process of its own; its memory is looked at twenty times a second."""
    given = folder / "case.json"
    given.write_text(json.dumps(case), encoding="utf-8")
    process = subprocess.Popen([python, str(READERS), name, str(given)], stdout=subprocess.PIPE, text=True)
    seconds: list[float] = []
    memory: list[int] = []
    over = threading.Event()

    def watch() -> None:
        began = time.perf_counter()
        while not over.wait(0.05):
            seconds.append(time.perf_counter() - began)
            memory.append(sum(proportional(one) for one in (process.pid, *descendants(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = process.communicate()[0]
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    return Measured(json.loads(said.splitlines()[-1]), max(memory, default=0), seconds, memory)


def proportional(process: int) -> int:
    """The bytes of memory of a process, shared pages by its share of them; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def descendants(process: int) -> list[int]:
    """The children of a process, and theirs."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    except OSError:
        return []
    return [*found, *(one for child in found for one in descendants(child))]


def equal_work(python: str, case: dict[str, Any], folder: Path) -> tuple[float, float]:
    """Over the same batches: by how much the losses of two epochs differ, relatively, and the parameters, of the way.

    They are of a small file, of which a buffer holds a quarter.
    """
    rows = max(64 * case["batch"] // 2, 8192) + 100
    file = folder / "proof.parquet"
    write_file(file, rows, 1)
    case = {
        **case, "order": "sequential", "epochs": 2, "seconds": 1e9, "files": [str(file)], "rows": rows,
        "memory": 6 * 4 * (COLUMNS + 1) * max(rows // 4, case["batch"]),
    }  # fmt: skip
    ours = measured(sys.executable, "stream", {**case, "keep": str(folder / "ours.npy")}, folder).told
    theirs = measured(python, PEERS[0], {**case, "keep": str(folder / "theirs.npy")}, folder).told
    losses = np.array([ours["losses"], theirs["losses"]])
    net = tw.mlp(*case["layers"], hidden=case["hidden"])
    start = np.load(case["start"])["x"]
    x = np.load(folder / "ours.npy")
    params = net.unravel(x)
    flat = np.concatenate([v.ravel() for weights, bias in params.values() for v in (*weights.values(), bias)])
    away = float(np.linalg.norm(flat - np.load(folder / "theirs.npy")) / np.linalg.norm(x - start))
    apart = float(np.abs(losses[0] / losses[1] - 1).max())
    told = f"losses {losses.tolist()}, which differ by {apart:.1e}; parameters by {away:.1e} of their way"
    assert max(apart, away / 300) < 1e-4, f"not equal work: {told}"
    assert ours["updates"] == 2 * -(-rows // case["batch"]), "another number of updates"
    return apart, away


def speeds(python: str, name: str, case: dict[str, Any], folder: Path, rounds: int) -> dict[str, Measured]:
    """The best of so many rounds of each contender, in turns."""
    contenders: dict[str, str] = dict.fromkeys(("memory", "stream"), sys.executable) | dict.fromkeys(PEERS, python)
    if "8,192" in name:
        contenders |= {"polars": sys.executable, "pyarrow": python}
    best: dict[str, Measured] = {}
    for turn in range(rounds):
        for one in contenders if turn % 2 == 0 else reversed(contenders):
            found = measured(contenders[one], one, case, folder)
            print(f"{name}: {one}: {found.told['a_second']:,.0f} rows/s, {found.peak / 2**20:.0f} MiB", flush=True)
            if one not in best or found.told["a_second"] > best[one].told["a_second"]:
                best[one] = found
    return best


def row_of(name: str, best: dict[str, Measured]) -> list[str]:
    """A line of the table of speeds."""
    told = {one: found.told["a_second"] for one, found in best.items()}
    peer = max(PEERS, key=lambda one: told[one])
    raw = max((told[one] for one in BARE if one in told), default=None)
    return [
        name, f"{told['memory']:,.0f}", f"{told['stream']:,.0f}", f"{told['stream'] / told['memory']:.2f}",
        f"{told[peer]:,.0f}", f"{told['stream'] / told[peer]:.2f}", "" if raw is None else f"{raw:,.0f}",
        "" if raw is None else f"{told['stream'] / raw:.2f}", mib(best["stream"].peak), mib(best[peer].peak),
    ]  # fmt: skip


HEADS = (
    "network", "in memory", "stream", "stream / memory", "best DataLoader", "stream / DataLoader", "bare reading",
    "stream / bare reading", "peak memory, stream", "peak memory, DataLoader",
)  # fmt: skip


def loaders_of(name: str, best: dict[str, Measured], apart: tuple[float, float]) -> list[str]:
    """A line of the table of PyTorch's forms, with the proof of equal work."""
    speeds = (f"{best[one].told['a_second']:,.0f}" for one in PEERS)
    return [name, *speeds, f"{apart[0]:.0e}", f"{apart[1]:.0e}"]


LOADERS = ("network", *(one.removeprefix("torch, ") for one in PEERS), "losses apart", "parameters apart")


def mib(size: int) -> str:
    """Bytes in words."""
    return f"{size / 2**20:.0f} MiB"


def large(case: dict[str, Any], one: Path, gigabytes: float, folder: Path) -> tuple[Measured, int, int]:
    """An epoch over so many GB of files, which are one file by many names; their number and bytes."""
    count = max(1, round(gigabytes * 1e9 / one.stat().st_size))
    place = Path(tempfile.mkdtemp(dir=folder))
    for number in range(count):
        os.link(one, place / f"part-{number:05}.parquet")
    rows = count * case["rows"]
    found = measured(
        sys.executable, "stream",
        {**case, "files": str(place / "*.parquet"), "rows": rows, "epochs": 1, "seconds": 1e9}, folder,
    )  # fmt: skip
    return found, rows, count * one.stat().st_size


def plot(found: dict[str, Measured], path: Path) -> None:
    """Memory over the share of each run that has passed."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "thalweg"
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7.5, 3.4), layout="constrained")
    for (name, one), style in zip(found.items(), (":", "--", "-"), strict=False):
        seconds = np.array(one.seconds)
        ax.plot(100 * seconds / seconds[-1], np.array(one.memory) / 2**20, style, lw=1.2, label=name)
    ax.axhline(1024, color="0.4", lw=0.8)
    ax.annotate("1 GiB", (100, 1024), ha="right", va="bottom", color="0.3")
    ax.set(
        xlabel="share of the time of the process, %", ylabel="memory with children, MiB", ylim=(0, 1150), xlim=(0, 100)
    )
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(title="read from files of", frameon=False, loc="center right")
    figure.savefig(path, metadata={"Date": None})


def speed_told(given: argparse.Namespace, common: dict[str, Any], folder: Path) -> list[str]:
    """Rows a second of each case beside memory, PyTorch and the bare files."""
    rows, loaders = [], []
    for name, case in CASES.items():
        if given.only not in name:
            continue
        asked = asked_of(case, common, folder)
        apart = equal_work(given.torch, asked, folder)
        best = speeds(given.torch, name, asked, folder, given.rounds)
        rows.append(row_of(name, best))
        loaders.append(loaders_of(name, best, apart))
    size = Path(common["files"][0]).stat().st_size / 1e6
    return [
        f"Rows a second. {given.rows:,} rows of {COLUMNS} float32 inputs and a target, a Parquet file of {size:.0f} MB "
        f"in row groups of {GROUP:,}, shuffled; a stream with memory='{given.memory}'. The best of {given.rounds} "
        "rounds in turns, each a process of its own, behind the first epoch (PyTorch: behind the first fifth).",
        table(HEADS, rows),
        "PyTorch's DataLoader over the row groups, batches as tensors; and how far its losses (relatively) and "
        "parameters (of their way) were from ours over the same batches in order:",
        table(LOADERS, loaders),
    ]


def memory_told(given: argparse.Namespace, common: dict[str, Any], folder: Path) -> list[str]:
    """The memory of an epoch over files of three sizes."""
    name = "32-1, batches of 8,192"
    asked = asked_of(CASES[name], common, folder)
    found: dict[str, Measured] = {}
    rows = []
    for gigabytes in (given.gigabytes / 100, given.gigabytes / 10, given.gigabytes):
        one, count, size = large(asked, Path(common["files"][0]), gigabytes, folder)
        found[f"{size / 1e9:.3g} GB"] = one
        rows.append((f"{size / 1e9:.3g} GB", f"{count:,}", f"{3 * size / 1e9:.3g} GB", mib(one.peak)))
    heads = ("files", "rows", "read in all", "peak memory")
    plot(found, RESULTS / "streams_memory.svg")
    return [
        f"An epoch of {name}, with memory='{given.memory}', from one Parquet file by many names; each is read three "
        "times: by the child that tries whether it is whole, for the counts, and for the epoch. The memory is that of "
        "the process and the child together, shared pages by their share, twenty times a second.",
        table(heads, rows),
        "![memory over time](streams_memory.svg)",
    ]


PARTS = {"speed": ("streams", speed_told), "memory": ("streams_memory", memory_told)}


def asked_of(case: Case, common: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a contender is asked, with initial parameters."""
    start_of(case, folder / "start.npz")
    return {**common, **case._asdict(), "start": str(folder / "start.npz")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--gigabytes", type=float, default=17.0, help="of all files of the largest stream")
    parser.add_argument("--rows", type=int, default=600_000, help="of a file")
    parser.add_argument("--seconds", type=float, default=9.0, help="of each measurement of speed")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--memory", default="250MB", help="of a stream")
    parser.add_argument("--torch", default=sys.executable, help="an interpreter that has PyTorch and PyArrow")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    given = parser.parse_args()
    for part, (name, told) in PARTS.items():
        if part not in given.parts:
            continue
        with tempfile.TemporaryDirectory() as place:
            file = Path(place, "rows.parquet")
            write_file(file, given.rows, 0)
            common = {
                "files": [str(file)], "groups": [groups_of(given.rows)], "rows": given.rows, "memory": given.memory,
                "rate": 1e-3, "order": "shuffle", "epochs": 10**6, "seconds": given.seconds,
            }  # fmt: skip
            report(name, [machine(["thalweg", "numpy", "jax", "polars"]), *told(given, common, Path(place))])


if __name__ == "__main__":
    main()
