"""A program that trains alone or with others, and writes what came out: run by the tests of devices and processes."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.core import blocks
from thalweg.core.control import rows_spread_over
from thalweg.optimizers import full_batch
from thalweg.training import programs
from thalweg.training.devices import device_mesh


def cases() -> dict[str, dict]:
    """Trainings that between them pass every way that examples take to the devices."""
    P, _ = examples()
    return {
        "batches": {
            "batch_size": 30, "epochs": 3, "validation": examples(50), "l2": 1e-3, "shares_penalties": True,
            "order": tw.PrioritySampling(), "sample_weight": np.arange(len(P)) % 3.0,
        },
        "all of them": {"batch_size": "all", "epochs": 20, "min_gradient": 1e-9},
        "lm": {"optimizer": "lm", "epochs": 4},
    }  # fmt: skip


def examples(count: int = 203) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets."""
    P = np.random.default_rng(count).normal(size=(count, 3))
    return P, np.stack([np.sin(P[:, 0]), P[:, 1] * P[:, 2]], axis=1)


def network(dropout: float = 0.2) -> tw.Network:
    """With dropout, which is drawn by the row of a batch."""
    hidden = tw.Layer("hidden", 5, tw.activations.Tanh(), dropout=dropout)
    return tw.Network({"p": 3}, [hidden, tw.Layer("out", 2)])


def trained(devices: int | str | None, names: list[str]) -> dict[str, list[float]]:
    """The parameters and losses of each case."""
    found = {}
    for name in names:
        options = cases()[name]
        net = network(0.0 if name == "lm" else 0.2)
        run = tw.train(net, *examples(), **options, dtype="float64", engine="xla", devices=devices, seed=3)
        found[name] = [*net.ravel(run.params).tolist(), *run.history.loss.tolist(), float(run.best_epoch)]
    return found


def losses_of_many(devices: int | None) -> list[list[float]]:
    """Of six networks."""
    runs = tw.train_many(network(0.0), *examples(), seed=range(6), epochs=2, devices=devices)
    return [run.history.loss.tolist() for run in runs]


def problem(count: int) -> tuple[full_batch.Problem, np.ndarray]:
    """The loss on so many examples, and where it is looked at."""
    net = network(0.0)
    P, T = examples(count)
    return full_batch.Problem(net, tw.losses.MSE(), {"p": P}, T), np.asarray(net.ravel(net.init(seed=0)), np.float64)


def factors(devices: int) -> dict[str, Any]:
    """R of the Jacobian of a problem whose rows lie on several devices, and the arrays that XLA gathers for it."""
    import jax

    full_batch._NUMBERS_IN_A_CHUNK = 500  # so that J goes in chunks
    mesh = device_mesh(devices)

    def triangle(x: Any, inputs: Any, T: Any) -> Any:
        with rows_spread_over(devices):
            return mesh.said_on_each(dataclasses.replace(whole, inputs=inputs, T=T).triangle(x))

    with jax.enable_x64(True):
        whole, x = problem(200)
        given = mesh.on_each(x), mesh.by_rows(dict(whole.inputs)), mesh.by_rows(whole.T)
        compiled = jax.jit(triangle).lower(*given).compile()
        shapes = re.findall(r"f64\[(\d+),(\d+)\]\S* all-gather\(", compiled.as_text())
        return {"R": np.asarray(compiled(*given)).tolist(), "gathered": [list(map(int, shape)) for shape in shapes]}


def distance(found: list[float], expected: list[float]) -> float:
    """The largest difference, as a share of the largest number."""
    return float(np.abs(np.subtract(found, expected)).max() / np.abs(expected).max())


def refused(table: str) -> str:
    """The line that a training on a table ends with."""
    try:
        tw.train_table(table, "y", tw.Settings(devices="all"), verbose=False)
    except tw.ThalwegError as error:
        return str(error)
    return "nothing"


if __name__ == "__main__":
    import shared_stream_run

    programs.check_xla_flags = lambda: None  # which asks another process what XLA says to those that the test gives
    given = json.loads(sys.argv[1])
    found: dict[str, Any] = {"runs": {}, "exchanged": {}}
    if "join" in given:
        tw.join_processes(**given["join"])
        tw.train(network(), *examples(), epochs=10**8, devices="all", callbacks=[lambda epoch: print(flush=True)])
    found["stream"] = shared_stream_run.trained("stream", given["stream"])
    found["exchanged"]["stream"] = shared_stream_run.collectives()
    blocks.COMPILED_NUMBERS = given["block"]  # so that the rows of a device go in several
    for name in given["names"]:
        found["runs"] |= trained("all", [name])
        found["exchanged"][name] = shared_stream_run.collectives()
    found["losses"] = losses_of_many(given["members"])
    found["factors"] = factors(given["factors"])
    Path(given["output"]).write_text(json.dumps(found), encoding="utf-8")
