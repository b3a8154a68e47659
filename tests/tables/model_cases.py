"""A small table, and a model that is trained on it once."""

import numpy as np
import polars as pl

import thalweg as tw

FRAME = pl.DataFrame(
    {
        "x": np.linspace(0, 5, 60),
        "kind": ["a", "b", "c"] * 20,
        "y": np.sin(np.linspace(0, 5, 60)) + np.tile([0.0, 0.5, 1.0], 20),
    }
)


SETTINGS = tw.Settings(hidden=(5,), epochs=12, weight_decay=0.01)
