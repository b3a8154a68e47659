"""Features of a row, computed by a plain loop, are those of the encoding."""

import math

import numpy as np
import polars as pl
import pytest
from to_export import hostile, models, table

from thalweg.data import Encoding
from thalweg.errors import ArgumentError
from thalweg.exchange.features import Beyond, Circle, Flag, Missing, OneHot, Standard, encoded, source_values


def by_a_loop(found, row):
    features = []
    for feature in found.features:
        x = row[feature.source]
        match feature:
            case Standard(_, fill, scale, limits):
                value = fill if math.isnan(x) else x
                if limits is not None:
                    span = limits.high - limits.low
                    if value < limits.low - span or value > limits.high + span:
                        value = limits.low if value < limits.low else limits.high
                features.append((value - scale.mean) / scale.deviation)
            case Missing():
                features.append(float(math.isnan(x)))
            case Beyond(_, limits):
                span = limits.high - limits.low
                features.append(float(x < limits.low - span or x > limits.high + span))
            case Flag(_, fill):
                features.append(fill if math.isnan(x) else float(x != 0))
            case OneHot(_, categories, missing):
                keys = [*categories, *([None] if missing else [])]
                features += [float(key == x) for key in keys]
            case Circle(_, of, first, length, fill):
                angle = fill if math.isnan(row[of]) else 2 * math.pi * (x - first) / length
                features += [math.sin(angle), math.cos(angle)]
    return features


@pytest.mark.parametrize("name", ["classes", "measured"])
def test_a_plain_loop_over_the_features_gives_those_of_the_encoding(name):
    encoding = models()[name].encoding
    assert encoding is not None
    found, values = encoded(encoding), source_values(encoding, hostile())
    rows = zip(*(values[source.name] for source in found.sources), strict=True)
    right = encoding.inputs_of(hostile())[0]
    np.testing.assert_allclose(np.array([by_a_loop(found, row) for row in rows]), right, rtol=1e-12, atol=1e-12)
    assert found.width == right.shape[1]
    assert {type(feature) for feature in found.features} == {Standard, Missing, Beyond, Flag, OneHot, Circle}


def test_two_sources_of_one_name_are_refused():
    start = table()["sold"].drop_nulls()
    months = pl.Series("sold month of year", np.arange(len(start), dtype=float))
    frame = pl.DataFrame([start, months, pl.Series("y", np.arange(len(start)) % 5.0)])
    with pytest.raises(ArgumentError, match="two inputs of the export would be called 'sold month of year'"):
        encoded(Encoding.fit(frame, "y", "regression"))


def test_numbers_written_as_text_are_read_as_in_training():
    frame = pl.DataFrame({"size": ["1,5 kg", "2,5 kg", None], "y": [1.0, 2.0, 4.0]})
    encoding = Encoding.fit(frame, "y", "regression")
    assert source_values(encoding, frame)["size"].tolist()[:2] == [1.5, 2.5]
    assert encoded(encoding).sources[0].word == "a number, in kg"
