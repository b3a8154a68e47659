"""A stream of each format beside the same rows in memory: one training, to the bit, of what the files hold."""

import gzip

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.tables.streamed_training import ready_to_train

DRAWN = np.random.default_rng(3)
FRAME = pl.DataFrame({"a": DRAWN.normal(size=420), "b": DRAWN.integers(0, 9, 420), "c": DRAWN.choice(["x", "y"], 420)})
FRAME = FRAME.with_columns(y=pl.col("a") * 2 + pl.col("b") * (pl.col("c") == "x"))
SETTINGS = tw.Settings(hidden=(4,), epochs=2, batch_size=16, engine="numpy", split="80/10/10", order="sequential")
WRITERS = {
    "parquet": lambda frame, path: frame.write_parquet(path, row_group_size=50),
    "arrow": lambda frame, path: frame.write_ipc(path),
    "csv": lambda frame, path: frame.write_csv(path),
    "tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "ndjson": lambda frame, path: frame.write_ndjson(path),
    "csv.gz": lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode())),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_trains_as_its_rows_do_in_memory(tmp_path, suffix):
    for number in range(3):
        WRITERS[suffix](FRAME[number * 140 : number * 140 + 140], tmp_path / f"t{number}.{suffix}")
    ready = ready_to_train(tmp_path, "y", SETTINGS, memory=30_000)
    parts = [(P, T) for P, T, _ in ready.blocks if len(T)]
    P, T = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    streamed = tw.train(ready.network, ready.blocks, **ready.options, verbose=False)
    whole = tw.train(ready.network, P, T, **ready.options, verbose=False)
    assert streamed.recipe.stream is not None
    assert whole.recipe.stream is None
    for name in ("loss", "validation_loss"):
        np.testing.assert_array_equal(streamed.history[name], whole.history[name])
    np.testing.assert_array_equal(*(ready.network.ravel(one.params) for one in (streamed, whole)))
    scale = ready.rows.encoding.target.scale  # and they are the rows of the files, in their order
    values = T[:, 0] * scale.deviation + scale.mean
    at = np.searchsorted(np.cumsum(np.isin(FRAME["y"].round(6), values.round(6))), np.arange(1, len(values) + 1))
    np.testing.assert_allclose(values, FRAME["y"].to_numpy()[at], rtol=1e-6, atol=1e-9)


def test_the_rows_of_parts_are_counted_from_the_first_of_the_file(tmp_path):
    """Each with its target, over pieces of 50 rows."""
    WRITERS["parquet"](FRAME, tmp_path / "t.parquet")
    rows = ready_to_train(tmp_path, "y", SETTINGS, memory=30_000).rows
    found = [part for parts, _ in rows.parts() for part in parts]
    numbers = np.concatenate([part.rows for part in found])
    np.testing.assert_array_equal(np.sort(numbers), np.arange(len(FRAME)))
    np.testing.assert_array_equal(np.concatenate([part.labels for part in found]), FRAME["y"].to_numpy()[numbers])
