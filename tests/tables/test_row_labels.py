"""field s25-a-row-whose-columns-have-no-names: what a row's numbers are in its table."""

import re

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.tables.steps import open_row, open_step

FRUIT = ["fig", "plum", "pear"]


def frame(target):
    rng = np.random.default_rng(0)
    size = rng.normal(13.0, 0.8, 60).round(2)
    return pl.DataFrame({"size": size, "ripe": [k % 2 == 0 for k in range(60)], "y": target(size)})


@pytest.mark.parametrize("row", [1, 17])
def test_of_classes(row):
    table = frame(lambda size: [FRUIT[k % 3] for k in range(60)])
    model = tw.train_table(table, "y", tw.Settings(hidden=(3,), epochs=2)).model
    step = open_row(model, table, row)
    (value,) = table["size"][row - 1 : row]
    told = step.labels.input(0, 0)
    found = re.fullmatch(rf"size {value:g}, \(({value:g}) - ([\d.]+)\) / ([\d.]+)", told)
    x, mean, deviation = map(float, found.groups())
    assert (x - mean) / deviation == pytest.approx(float(step.inputs["input"][0, 0]), rel=1e-4, abs=1e-5)
    assert [step.labels.target(0, i) for i in range(3)] == sorted(FRUIT)
    assert step.labels.output(0, 1) == "pear"
    said = str(model.predict_table(table).values[row - 1])
    assert step.notes[0].startswith(f"The network says {said} for the row")
    for text in (step.show(), step.to_html(), step.to_markdown(), step.to_latex()):
        assert "size" in text
        assert "pear" in text


def test_of_numbers():
    table = frame(lambda size: 1.0 - 2.0 * size)
    model = tw.train_table(table, "y", tw.Settings(hidden=(3,), epochs=2)).model
    step = open_row(model, table, 5)
    found = re.fullmatch(r"y (\S+), \((\S+) - \((-\S+)\)\) / (\S+)", step.labels.target(0, 0))
    value, x, mean, deviation = map(float, found.groups())
    assert value == x == pytest.approx(table["y"][4])
    assert (x - mean) / deviation == pytest.approx(float(step.targets[0, 0]), rel=1e-4, abs=1e-5)
    said = float(step.labels.output(0, 0).removeprefix("y "))
    assert said == pytest.approx(model.predict_table(table).values[4], rel=1e-4)


def test_each_row_of_an_update_has_its_own():
    table = frame(lambda size: 2.0 * size + 1.0)
    model = tw.train_table(table, "y", tw.Settings(hidden=(3,), epochs=2, batch_size=4)).model
    step = open_step(model, table, 3)
    assert [step.labels.input(k, 0).split(",")[0] for k in range(4)] == [
        f"size {table['size'][int(r)]:g}" for r in step.rows
    ]
    assert step.labels.input(99, 0) == ""
