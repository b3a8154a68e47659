"""Steps of a model from its file and its table."""

import dataclasses

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.opening import check_model, open_row, open_step

FRAME = pl.DataFrame(
    {
        "x": np.linspace(0, 5, 60),
        "kind": ["a", "b", "c"] * 20,
        "y": np.sin(np.linspace(0, 5, 60)) + np.tile([0.0, 0.5, 1.0], 20),
    }
)
SETTINGS = tw.Settings(hidden=(5,), epochs=12, weight_decay=0.01)


@pytest.fixture(scope="module")
def trained():
    return tw.train_table(FRAME, "y", SETTINGS)


def test_a_row_as_the_model_encodes_it(trained, tmp_path):
    tw.save(trained.model, tmp_path / "m.thalweg")
    model = tw.load(tmp_path / "m.thalweg")
    step = open_row(model, FRAME, 17, "table.csv")
    P, _ = model.encoding.inputs_of(FRAME[16:17])
    np.testing.assert_allclose(step.inputs["input"], P, rtol=1e-6)
    np.testing.assert_allclose(step.targets, model.encoding.targets_of(FRAME[16:17]), rtol=1e-6)
    F, g = tw.gradient(model.network, model.loss, model.params, P.astype("float32"), step.targets, l2=0.01)
    np.testing.assert_allclose(model.network.ravel(step.gradient), model.network.ravel(g), rtol=1e-5, atol=1e-7)
    assert step.value == pytest.approx(float(F), rel=1e-5)
    assert "row 17 of table.csv" in step.title


def test_an_update_of_its_run(trained):
    step = open_step(trained.model, FRAME, trained.run.updates)
    assert step.number == trained.run.updates
    again = trained.run.step(trained.run.updates)
    np.testing.assert_array_equal(
        trained.run.network.ravel(step.new_params), trained.run.network.ravel(again.new_params)
    )


def test_what_cannot_be_opened_is_told(trained):
    for row in (0, 61):
        with pytest.raises(tw.ArgumentError, match="60 rows, counted from 1"):
            open_row(trained.model, FRAME, row)
    with pytest.raises(tw.ArgumentError, match="on arrays"):
        open_row(dataclasses.replace(trained.model, encoding=None), FRAME, 1)
    with pytest.raises(tw.ArgumentError, match="no record of its settings"):
        open_row(dataclasses.replace(trained.model, record={}), FRAME, 1)
    with pytest.raises(tw.FileError, match="damaged"):
        open_row(dataclasses.replace(trained.model, record={"settings": {"no": 1}}), FRAME, 1)
    with pytest.raises(tw.DataError, match="another one"):
        open_step(trained.model, FRAME[:50], 1)


def test_the_gradient_of_a_model_has_the_penalty_of_its_training(trained):
    model = trained.model
    P, _ = model.encoding.inputs_of(FRAME)
    params = model.network.unravel(model.network.ravel(model.params).astype("float64"))
    _, g = tw.gradient(model.network, model.loss, params, P, model.encoding.targets_of(FRAME), l2=0.01)
    check = check_model(model, FRAME)
    assert check.passed
    np.testing.assert_array_equal(check.analytic, model.network.ravel(g))
    assert "The error has the l2 penalty of the training, 0.01." in check.explanation
    some = check_model(model, FRAME, rows=7, weights=20)
    assert len(some.names) < len(check.names)
    assert "7 of 60 rows were used, spread over the table." in some.explanation
    bare = check_model(dataclasses.replace(model, record={}), FRAME, rows="all")
    assert bare.passed
    assert "l2" not in bare.explanation


def test_a_gradient_that_cannot_be_checked_is_told(trained):
    with pytest.raises(tw.ArgumentError, match="rows is 0"):
        check_model(trained.model, FRAME, rows=0)
    with pytest.raises(tw.ArgumentError, match="on arrays"):
        check_model(dataclasses.replace(trained.model, encoding=None), FRAME)
    with pytest.raises(tw.DataError, match="'y' is not a column"):
        check_model(trained.model, FRAME.drop("y"))
