"""Numbers in pieces."""

import dataclasses
import itertools

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.tables.steps import replay_model

RNG = np.random.default_rng(0)
N = 60
FRAME = pl.DataFrame(
    {
        "kind": RNG.choice(["a", "b", "c"], N),
        "size": RNG.normal(size=N) ** 3,
        "ripe": RNG.random(N) < 0.5,
        "count": RNG.integers(0, 3, N),
    }
).with_columns(y=pl.col("size").sin() + pl.col("count"))
SETTINGS = tw.Settings(pieces=4, hidden=(5,), epochs=6, engine="numpy")


@pytest.fixture(scope="module", name="some")
def _some() -> tw.Trained:
    return tw.train_table(FRAME, "y", SETTINGS)


def test_a_number_is_told_by_the_quantiles_of_the_training_rows(some: tw.Trained) -> None:
    names = list(some.model.encoding.feature_names)
    P = some.prepared.train.P
    passed = tw.forward(some.model.network, some.model.params, P.astype(np.float32))
    said = passed.outputs["pieces"]
    assert said.shape == (len(P), 8)
    p = P[:, names.index("size")]
    edges = np.quantile(p, [0, 0.25, 0.5, 0.75, 1])
    for unit, (low, high) in enumerate(itertools.pairwise(edges)):
        half = max((high - low) / 2, 0.05)
        np.testing.assert_allclose(said[:, unit], np.tanh((p - (low + high) / 2) / half), atol=1e-5)
    edges = np.unique(np.quantile(P[:, names.index("count")], [0, 0.25, 0.5, 0.75, 1]))
    assert len(edges) == 3  # 0, 1 and 2: two pieces, and two units that say nothing
    assert (said[:, 6:] == 0).all()
    assert (np.abs(said[:, 4:6]).max(axis=0) > 0.9).all()


def test_the_layer_feeds_what_the_input_feeds_and_is_not_trained(some: tw.Trained) -> None:
    net = some.model.network
    assert {layer.name: layer.sources for layer in net.layers} == {
        "pieces": ("input",), "layer1": ("input", "pieces"), "layer2": ("layer1",),
    }  # fmt: skip
    before = some.run.recipe.params["pieces"]
    assert (some.model.params["pieces"].weights["input"] == before.weights["input"]).all()
    assert (some.model.params["layer1"].bias != some.run.recipe.params["layer1"].bias).all()
    cascade = tw.train_table(FRAME, "y", dataclasses.replace(SETTINGS, shortcuts=True, epochs=1)).model.network
    assert cascade.output.sources == ("input", "pieces", "layer1")


def test_its_steps_are_replayed_to_the_bit(some: tw.Trained) -> None:
    assert "to the bit" in str(replay_model(some.model, FRAME, 5).replay_error)


def test_a_table_without_numbers() -> None:
    with pytest.raises(ArgumentError, match="pieces is 4, and the table has no column of numbers: leave it out"):
        tw.train_table(FRAME.select("kind", "y"), "y", SETTINGS)
    with pytest.raises(ArgumentError, match="pieces is -1; it must be a whole number from 0 to 1000"):
        tw.train_table(FRAME, "y", dataclasses.replace(SETTINGS, pieces=-1))
