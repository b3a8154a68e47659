"""The built-in data: the same for the same settings, and what a file of them holds."""

import io

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_wine

from thalweg.data.reading import open_table
from thalweg.studio.building import build
from thalweg.studio.datasets import DATASETS, TARGET, table_of
from thalweg.studio.spec import Spec


@pytest.mark.parametrize("name", list(DATASETS))
def test_a_file_of_it_trains_as_it_does(name, tmp_path):
    frame = table_of(name, points=60)
    path = tmp_path / f"{name}.csv"
    frame.write_csv(path)
    from thalweg.tables.arguments import prepare_table

    built = build(Spec(data=name, points=60, epochs=1, engine="numpy"))
    read = prepare_table(open_table(path).frame, TARGET, built.settings, None, None)
    np.testing.assert_array_equal(read.train.P, built.prepared.train.P)
    np.testing.assert_array_equal(read.train.T, built.prepared.train.T)
    assert read.task == built.prepared.task


def test_seeds_and_noise_count():
    assert table_of("spirals").equals(table_of("spirals"))
    assert not table_of("spirals").equals(table_of("spirals", seed=1))
    assert not table_of("spirals").equals(table_of("spirals", noise=0.2))
    assert table_of("clouds", points=30).height == 30


def test_gates_and_shapes_are_what_they_say():
    assert table_of("xor")[TARGET].to_list() == [0, 1, 1, 0]
    circle = table_of("circle", noise=0, points=400)
    radius = circle["x1"] ** 2 + circle["x2"] ** 2
    assert ((radius < 0.5) == (circle[TARGET] == "inside")).all()
    sine = table_of("sine", noise=0)
    np.testing.assert_allclose(sine[TARGET], np.sin(1.5 * np.pi * sine["x"].to_numpy()), atol=1e-5)
    plane = table_of("plane", noise=0).to_numpy()
    fit = np.linalg.lstsq(np.c_[plane[:, :2], np.ones(len(plane))], plane[:, 2], rcond=None)
    np.testing.assert_allclose(fit[0], [0.8, -0.5, 0.2], atol=1e-5)


def test_bundled_tables_are_those_of_scikit_learn():
    wine = load_wine()
    frame = table_of("wine")
    np.testing.assert_array_equal(frame.drop(TARGET).to_numpy(), wine.data)
    assert frame[TARGET].to_list() == [str(wine.target_names[k]) for k in wine.target]
    assert pl.read_csv(io.StringIO(frame.write_csv())).width == 14
