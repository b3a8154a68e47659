import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.utils import Bunch

from thalweg.data import prepare, read_table

TABLES = Path(__file__).parents[2] / "examples" / "data"


@pytest.mark.parametrize(
    ("name", "target", "task", "rows"),
    [
        ("wine", "cultivar", "classification", 178),
        ("diabetes", "progression", "regression", 442),
        ("houses", "price", "regression", 200),
    ],
)
def test_every_table_can_be_prepared(name: str, target: str, task: str, rows: int):
    frame = read_table(TABLES / f"{name}.csv")
    assert frame.height == rows
    assert frame.columns[-1] == target
    prepared = prepare(frame, target=target)
    assert prepared.task == task
    assert np.isfinite(prepared.train.P).all()


def test_wine_is_scikit_learns():
    frame, wine = read_table(TABLES / "wine.csv"), load_wine()
    assert isinstance(wine, Bunch)
    np.testing.assert_array_equal(frame.drop("cultivar").to_numpy(), wine.data)
    names = np.array(["Barolo", "Grignolino", "Barbera"])
    assert frame["cultivar"].to_list() == names[wine.target].tolist()


def test_diabetes_is_scikit_learns():
    frame, diabetes = read_table(TABLES / "diabetes.csv"), load_diabetes(scaled=False)
    assert isinstance(diabetes, Bunch)
    np.testing.assert_array_equal(frame.drop("progression").to_numpy(), diabetes.data)
    np.testing.assert_array_equal(frame["progression"].to_numpy(), diabetes.target)


def test_houses_is_what_its_script_makes():
    made = runpy.run_path(str(TABLES / "make_houses.py"))["houses"]()
    frame = read_table(TABLES / "houses.csv")
    assert frame.equals(made)
    kinds = {"area": pl.Float64, "garden": pl.Boolean, "district": pl.String, "sold": pl.Date}
    assert {name: frame[name].dtype for name in kinds} == kinds
    assert frame["sold"].null_count() > 0
    notes = prepare(frame, target="price").notes
    assert len([note for note in notes if "missing in" in note]) == 5
