"""Steps of a model from its file and its table."""

import dataclasses

import numpy as np
import pytest
from model_cases import FRAME

import thalweg as tw
from thalweg.tables.steps import open_row, open_step


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
