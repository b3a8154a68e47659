"""Models to export, made once: of tables with all kinds of columns, of every activation, of several networks."""

import dataclasses
import datetime
import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.data import Encoding
from thalweg.ensembles.calibration import Calibration
from thalweg.exchange.check_row import CheckRows, check_of
from thalweg.exchange.subject import Subject, subject_of
from thalweg.system import write_together

ROWS = 60
NET_INPUTS = np.array([-1000.0, -88.0, -20.0, -3.0, -1.0, -1e-3, -0.0, 0.0, 1e-6, 0.5, 1.0, 2.5, 20.0, 88.0, 1000.0])
COLUMNS = ("size", "far", "ripe", "colour", "sold", "zoned", "opens")


@functools.cache
def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    start = datetime.datetime(2024, 1, 1)
    hours = rng.integers(0, 9000, ROWS).tolist()
    frame = pl.DataFrame(
        {
            "size": [None if row % 7 == 2 else float(v) for row, v in enumerate(rng.normal(50.0, 9.0, ROWS))],
            "far": [1e6 if row == 3 else float(v) for row, v in enumerate(rng.normal(size=ROWS))],
            "ripe": [None if row % 9 == 4 else bool(v) for row, v in enumerate(rng.random(ROWS) > 0.5)],
            "colour": rng.choice(["red", 'it\'s "b"?', "grün", "two\nlines"], ROWS),
            "sold": [None if row % 11 == 5 else start + datetime.timedelta(hours=h) for row, h in enumerate(hours)],
            "opens": [datetime.time(h % 24, 15 * (h % 4)) for h in hours],
            "kind": rng.choice(["fig", "plum", "sloe"], ROWS),
            "sweet": rng.random(ROWS) > 0.4,
            "price": rng.normal(1e4, 500.0, ROWS),
            "weight": rng.normal(2.0, 0.25, ROWS),
        }
    )
    zoned = pl.col("sold").fill_null(start).dt.replace_time_zone("UTC").dt.convert_time_zone("America/St_Johns")
    return frame.with_columns(zoned.alias("zoned"))


@functools.cache
def hostile() -> pl.DataFrame:
    """Rows of the table beside rows that are missing everywhere, unseen, huge, far beyond, and negative zero."""
    frame = table().select(COLUMNS)
    nothing = pl.DataFrame({name: pl.Series([None], dtype=frame.schema[name]) for name in COLUMNS})
    odd = frame.head(5).with_columns(
        pl.Series("size", [1e6, -1e6, -0.0, 5e-324, 1e5]),
        pl.Series("far", [-1e300, 1e300, 4.0, -4.0, float("nan")]),  # two of them outside the limits, and near them
        pl.Series("colour", ["teal", "", None, "RED", " red"]),
        pl.Series(
            "sold", [datetime.datetime(1900, 2, 28, 23, 59, 59), None, datetime.datetime(2024, 2, 29), None, None]
        ),
    )
    return pl.concat([frame.head(12), nothing, odd.select(COLUMNS)])


def of_table(target: str | list[str], hidden: str, output: str, dtype: str = "float32", seed: int = 0) -> tw.Model:
    """A model with initial weights, whose encoding was learnt from the table."""
    encoding = Encoding.fit(table().select(*COLUMNS, *([target] if isinstance(target, str) else target)), target)
    net = tw.mlp(len(encoding.feature_names), 5, encoding.outputs, hidden=hidden, output=output)
    return tw.Model(net, net.init(seed, dtype=dtype), tw.losses.MSE(), encoding)


@functools.cache
def models() -> dict[str, tw.Model]:
    """By what they are."""
    found = {
        "classes": of_table("kind", "tanh", "softmax"),
        "booleans": of_table("sweet", "elliott", "sigmoid", "float64"),
        "measured": of_table("price", "relu", "linear"),
        "several": of_table(["price", "weight"], "gelu", "linear", "float64"),
    }
    members = (found["classes"], of_table("kind", "elu", "softmax", "float64", 1))
    calibration = Calibration("vector", (0.5, 0.6, 0.7), (0.1, 0.0, -0.1))
    found["mean"] = dataclasses.replace(found["classes"], members=members, weights=(1.0, 2.0), calibration=calibration)
    pair = (found["booleans"], of_table("sweet", "silu", "sigmoid", "float64", 2))
    calibrated = Calibration("temperature", (0.5,), (0.0,))
    found["pair"] = dataclasses.replace(found["booleans"], members=pair, weights=(3.0, 1.0), calibration=calibrated)
    return found


@functools.cache
def every_activation(dtype: str) -> tw.Model:
    """A network whose outputs are those of every registered activation, each of the same three net inputs."""
    names = list(ACTIVATIONS)
    layers = [tw.Layer(f"a {name}", 3, name, ("p",), bias=False) for name in names]
    net = tw.Network({"p": 3}, [*layers, tw.Layer("out", 3 * len(names), "linear", tuple(one.name for one in layers))])
    params = net.init(0, "zeros", dtype)
    for place, layer in enumerate(layers):
        params[layer.name].weights["p"][:] = np.eye(3)
        params["out"].weights[layer.name][3 * place : 3 * place + 3] = np.eye(3)
    return tw.Model(net, params, tw.losses.MSE())


def of_arrays(model: tw.Model, inputs: dict[str, np.ndarray]) -> Subject:
    """What an export of a model on arrays is of, with these rows as check rows."""
    subject = subject_of(model, "net")
    with np.errstate(all="ignore"):
        cast = {name: values.astype(model.dtype) for name, values in inputs.items()}
        outputs = np.asarray(model.predict(cast), dtype=np.float64)
    scale, tolerance = np.ones(outputs.shape[1]), subject.check.tolerance
    return dataclasses.replace(subject, check=CheckRows(inputs, outputs, subject.check.values, scale, tolerance))


def of_every_activation(dtype: str) -> Subject:
    return of_arrays(every_activation(dtype), {"p": NET_INPUTS.reshape(-1, 3)})


def two_inputs() -> Subject:
    """A graph of two inputs and a shortcut, one layer without a bias."""
    layers = [tw.Layer("b", 3, "softplus", ("left", "right")), tw.Layer("np", 2, "tanh", ("b",), bias=False)]
    net = tw.Network({"left": 2, "right": 1}, [*layers, tw.Layer("y", 2, "linear", ("np", "left"))])
    rng = np.random.default_rng(1)
    rows = {"left": rng.normal(size=(4, 2)), "right": rng.normal(size=(4, 1))}
    return of_arrays(tw.Model(net, net.init(1), tw.losses.MSE()), rows)


def of_hostile(name: str) -> Subject:
    """What an export of a model is of, its check rows the hostile table: what Thalweg's own predict says of it."""
    model = models()[name]
    return dataclasses.replace(subject_of(model, "net"), check=check_of(model, hostile()))


SUBJECTS = {
    **{
        name: functools.partial(of_hostile, name)
        for name in ("classes", "booleans", "measured", "several", "mean", "pair")
    },
    "float32": functools.partial(of_every_activation, "float32"),
    "float64": functools.partial(of_every_activation, "float64"),
    "two inputs": two_inputs,
}
"""What every format must write: each compares its check rows itself."""


def write(contents, folder: Path) -> Path:
    """The files of an export in a folder; returns the first."""
    write_together([content._replace(path=folder / Path(content.path).name) for content in contents])
    return folder / Path(contents[0].path).name


def python(source: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module as a program."""
    return subprocess.run(
        [sys.executable, str(source)], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def wrong(subject: Subject) -> Subject:
    """The same, one expected number not as it should be."""
    outputs = subject.check.outputs.copy()
    outputs[0, -1] += 3.0 * subject.check.room[0, -1]
    return dataclasses.replace(subject, check=dataclasses.replace(subject.check, outputs=outputs))
