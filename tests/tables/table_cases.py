"""Tables and trainings that several tests share."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

import thalweg as tw

DATA = Path(__file__).parents[2] / "examples" / "data"


FAST = tw.Settings(hidden=(6,), epochs=12, learning_rate=0.01)


CHANGES = [
    {"hidden": (7,)},
    {"hidden": (6, 6)},
    {"hidden": ()},
    {"activation": "elliott"},
    {"optimizer": "gd"},
    {"learning_rate": 0.02},
    {"batch_size": "all"},
    {"batch_size": 7},
    {"epochs": 13},
    {"l1": 0.05},
    {"goal": 0.45},
    {"min_gradient": 10.0},
    {"seed": 1},
    {"loss": "mae"},
    {"weight_decay": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.2},
    {"dropout": 0.4},
    {"shortcuts": True},
    {"pieces": 4},
    {"initializer": "nguyen_widrow"},
    {"order": "sequential"},
    {"order": "random"},
    {"ignore": ("z",)},
    {"split": "60/20/20"},
    {"dtype": "float64"},
    {"schedule": "cosine"},
    {"schedule": "plateau", "learning_rate": 0.3},
    {"optimizer": "momentum", "momentum": 0.5},
    {"optimizer": "momentum", "momentum": 0.6},
    {"optimizer": "momentum", "momentum": 0.6, "final_momentum": 0.9},
    {"optimizer": "nesterov", "momentum": 0.6},
]


def wine() -> pl.DataFrame:
    return tw.read_table(DATA / "wine.csv")


def two_classes() -> pl.DataFrame:
    return wine().filter(pl.col("cultivar") != "Barbera")


def houses() -> pl.DataFrame:
    return tw.read_table(DATA / "houses.csv")


def small(rows: int = 60) -> pl.DataFrame:
    x = np.linspace(-2, 2, rows)
    return pl.DataFrame({"x": x, "z": np.cos(9 * x), "y": 100 * x + 5000 + np.sin(3 * x)})


def vector(trained: tw.Trained) -> bytes:
    return np.asarray(trained.model.network.ravel(trained.model.params)).tobytes()


def small_run(**changes) -> tw.Trained:
    return tw.train_table(small(), "y", dataclasses.replace(FAST, **changes))
