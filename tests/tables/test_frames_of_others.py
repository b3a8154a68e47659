"""A table trains, and is predicted, alike from whatever library it comes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import thalweg as tw

RNG = np.random.default_rng(0)
TABLE = pl.DataFrame(
    {
        "size": RNG.uniform(20, 200, 80),
        "colour": RNG.choice(["red", "green", "blue"], 80),
        "rooms": RNG.integers(1, 6, 80),
        "kind": RNG.choice(["flat", "house"], 80),
    }
)
SETTINGS = tw.Settings(hidden=(4,), epochs=5)


class Stream:
    def __getattr__(self, name: str) -> Any:
        if name != "__arrow_c_stream__":
            raise AttributeError(name)
        return TABLE.__arrow_c_stream__


def path(folder: Path) -> Path:
    TABLE.write_csv(folder / "table.csv")
    return folder / "table.csv"


DOORS: dict[str, Callable[[Path], Any]] = {
    "lazy": lambda _: TABLE.lazy(),
    "pandas": lambda _: pd.DataFrame(TABLE.to_dict(as_series=False), index=range(80, 0, -1)),
    "columns": lambda _: TABLE.to_dict(as_series=False),
    "arrow": lambda _: Stream(),
    "path": path,
}


@pytest.mark.parametrize("door", list(DOORS))
def test_trained_and_predicted(door: str, tmp_path: Path) -> None:
    expected = tw.train_table(TABLE, "kind", SETTINGS).model.predict_table(TABLE)
    given = DOORS[door](tmp_path)
    found = tw.train_table(given, "kind", SETTINGS).model.predict_table(given)
    assert (found.values == expected.values).all()
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    assert found.to_polars().columns == ["predicted_kind", "probability_flat", "probability_house"]
    assert list(found.to_pandas().index) == (list(range(80, 0, -1)) if door == "pandas" else list(range(80)))


def test_one_row_predicts() -> None:
    model = tw.train_table(TABLE, "size", SETTINGS).model
    row = {"colour": "red", "rooms": 3, "kind": "flat"}
    assert model.predict_table(row).values == model.predict_table(pl.DataFrame([row])).values


def test_other_frames_of_a_training() -> None:
    given = pd.DataFrame(TABLE.to_dict(as_series=False))
    trained = tw.train_table(given[:60], "kind", SETTINGS, validation=given[60:70], test=given[70:])
    expected = tw.train_table(TABLE[:60], "kind", SETTINGS, validation=TABLE[60:70], test=TABLE[70:])
    assert trained.scores == expected.scores


def test_categories_and_missing_values_of_pandas() -> None:
    given = pd.DataFrame(TABLE.to_dict(as_series=False))
    given["colour"] = pd.Categorical(given["colour"], categories=["green", "blue", "red", "black"])
    given["rooms"] = given["rooms"].astype("Int64").mask(given["rooms"] == 3)
    trained = tw.train_table(given, "kind", SETTINGS)
    kinds = {column.name: type(column).__name__ for column in trained.model.encoding.inputs}
    assert kinds == {"size": "NumericColumn", "colour": "CategoricalColumn", "rooms": "NumericColumn"}
    assert len(trained.model.predict_table(given).values) == 80


@pytest.mark.parametrize("given", [3, None, [1, 2], np.ones((3, 2))])
def test_what_is_no_table(given: Any) -> None:
    with pytest.raises(tw.ArgumentError, match="it must be a table"):
        tw.train_table(given, "kind")
    with pytest.raises(tw.ArgumentError, match="it must be a table"):
        tw.train_table(TABLE, "kind", SETTINGS).model.predict_table(given)
