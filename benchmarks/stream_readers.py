"""One training from Parquet files, or one reading of them, in a process of its own: ours, PyTorch's, the bare files.

python stream_readers.py NAME CASE.json prints one line of JSON. Only the contenders of PyTorch import it, so that it
may live in an environment of its own, with PyArrow and without Thalweg.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np


def say(**facts: Any) -> None:
    """What came out, for the process that measures."""
    print(json.dumps(facts), flush=True)


def thalweg_run(case: dict[str, Any], stream: bool) -> None:
    """`tw.train`, from a stream or from arrays in memory: rows a second behind the first epoch, and what it learnt."""
    import thalweg as tw

    net = tw.mlp(*case["layers"], hidden=case["hidden"])
    if stream:
        given = (tw.blocks(case["files"], target="y", memory=case["memory"]),)
    else:
        import polars as pl

        table = pl.concat([pl.read_parquet(path) for path in case["files"]])
        P = table.drop("y").to_numpy().astype(np.float32)
        given = P, table["y"].to_numpy()[:, None].astype(np.float32)
        del table
    params = net.unravel(np.load(case["start"])["x"])
    clock = time.perf_counter()

    def look(end: Any) -> Any:
        return tw.STOP if end.epoch >= 3 and time.perf_counter() - clock > case["seconds"] else None

    look.every_epoch = False  # pyright: ignore[reportFunctionMemberAccess]
    run = tw.train(
        net, *given, loss="mse", optimizer=tw.optimizers.Adam(case["rate"], epsilon=1e-12),
        batch_size=case["batch"], epochs=case["epochs"], order=case["order"], params=params, engine="xla",
        callbacks=[look], record="seconds", verbose=False,
    )  # fmt: skip
    seconds = run.history["seconds"]
    epochs = len(seconds)
    a_second = case["rows"] * (epochs - 1) / (seconds[-1] - seconds[0]) if epochs > 1 else 0.0
    if case.get("keep"):
        np.save(case["keep"], run.network.ravel(run.params))
    say(a_second=a_second, losses=[float(loss) for loss in run.history.loss], updates=run.updates)


def polars_read(case: dict[str, Any]) -> None:
    """The values of the files by Polars, row group by row group, and nothing done with them."""
    import polars as pl

    def once() -> None:
        for path, groups in zip(case["files"], case["groups"], strict=True):
            before = 0
            for rows in groups:
                pl.scan_parquet(path, glob=False).slice(before, rows).collect()
                before += rows

    def whole() -> None:
        for path in case["files"]:
            pl.read_parquet(path)

    say(a_second=max(rate(once, case), rate(whole, case)))


def pyarrow_read(case: dict[str, Any]) -> None:
    """The same by PyArrow."""
    import pyarrow.parquet as pq

    def once() -> None:
        for path in case["files"]:
            file = pq.ParquetFile(path)
            for group in range(file.num_row_groups):
                file.read_row_group(group)

    say(a_second=rate(once, case))


def rate(once: Callable[[], None], case: dict[str, Any]) -> float:
    """Rows a second of the best of the passages that fit in the seconds, three at least."""
    times: list[float] = []
    end = time.perf_counter() + case["seconds"] / 2
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        once()
        times.append(time.perf_counter() - began)
    return case["rows"] / min(times)


def torch_run(case: dict[str, Any], workers: int, threads: int) -> None:
    """A `DataLoader` over the row groups of the files, whole batches as tensors, and PyTorch's usual loop."""
    import pyarrow.parquet as pq
    import torch
    from torch.utils.data import DataLoader, IterableDataset, get_worker_info

    class RowGroups(IterableDataset):
        """Batches of rows of Parquet files; what a row group leaves over goes into the next one's."""

        def __init__(self, files: list[str], batch: int, shuffle: bool) -> None:
            self.files, self.batch, self.shuffle, self.epoch = files, batch, shuffle, 0

        def __iter__(self) -> Iterator[tuple[Any, Any]]:
            self.epoch += 1
            draw = torch.Generator().manual_seed(self.epoch)
            info = get_worker_info()
            opened = [pq.ParquetFile(path) for path in self.files]
            groups = [(file, number) for file in opened for number in range(file.num_row_groups)]
            if self.shuffle:
                groups = [groups[k] for k in torch.randperm(len(groups), generator=draw).tolist()]
            if info is not None:
                groups = groups[info.id :: info.num_workers]
            left = None
            for file, number in groups:
                table = file.read_row_group(number, use_threads=info is None)
                columns = [table.column(name).to_numpy() for name in table.column_names]
                values = torch.from_numpy(np.column_stack(columns).astype(np.float32, copy=False))
                if self.shuffle:
                    values = values[torch.randperm(len(values), generator=draw)]
                if left is not None:
                    values = torch.cat([left, values])
                whole = len(values) // self.batch * self.batch
                for at in range(0, whole, self.batch):
                    rows = values[at : at + self.batch]
                    yield rows[:, :-1], rows[:, -1:]
                left = values[whole:] if whole < len(values) else None
            if left is not None:
                yield left[:, :-1], left[:, -1:]

    torch.set_num_threads(threads)
    layers: list[Any] = []
    sizes = case["layers"]
    start = np.load(case["start"])
    for number, (size, units) in enumerate(itertools.pairwise(sizes)):
        layer = torch.nn.Linear(size, units)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(start[f"W{number}"]))
            layer.bias.copy_(torch.from_numpy(start[f"b{number}"]))
        layers += [layer, {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[case["hidden"]]()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=case["rate"], eps=1e-12)
    loader = DataLoader(
        RowGroups(case["files"], case["batch"], case["order"] == "shuffle"),
        batch_size=None, num_workers=workers, persistent_workers=workers > 0,
    )  # fmt: skip
    criterion = torch.nn.MSELoss()
    losses: list[float] = []
    rows, rows_before, settled = 0, 0, 0.0
    began = time.perf_counter()
    over = False
    for _ in range(case["epochs"]):
        total = seen = 0.0
        for P, T in loader:
            optimizer.zero_grad()
            loss = criterion(model(P), T)
            loss.backward()
            optimizer.step()
            if case["order"] == "sequential":  # `item` waits, so that it is asked only where losses are compared
                total, seen = total + loss.item() * len(P), seen + len(P)
            rows += len(P)
            now = time.perf_counter() - began
            if not settled and now > case["seconds"] / 5:
                settled, rows_before = now, rows
            over = now > case["seconds"]
            if over:
                break
        if over:
            break
        losses.append(total / max(seen, 1))
    now = time.perf_counter() - began
    if case.get("keep"):
        np.save(case["keep"], np.concatenate([p.detach().numpy().ravel() for p in model.parameters()]))
    say(a_second=(rows - rows_before) / (now - settled) if settled else 0.0, losses=losses)


CONTENDERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "stream": lambda case: thalweg_run(case, True),
    "memory": lambda case: thalweg_run(case, False),
    "polars": polars_read,
    "pyarrow": pyarrow_read,
    "torch, 0 workers, 1 thread": lambda case: torch_run(case, 0, 1),
    "torch, 0 workers, 2 threads": lambda case: torch_run(case, 0, 2),
    "torch, 1 worker, 1 thread": lambda case: torch_run(case, 1, 1),
    "torch, 2 workers, 1 thread": lambda case: torch_run(case, 2, 1),
}
"""What a process can do; the workers are the DataLoader's, the threads those of PyTorch's operations."""


if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
